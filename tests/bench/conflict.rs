//! How fast the conflict engine answers a reviewer on a large graph of documents.
//!
//! `cargo bench --bench conflict -- [DOCUMENTS] [LINKS] [CONFLICTS]` makes a nation of invented statements,
//! by default 100,000 documents, 1,000,000 links and 10,000 conflict edges with five documents of
//! degree 5,000, and prints milliseconds of single decisions, of taking them back and of previews. It
//! judges nothing.
#![expect(clippy::print_stdout, reason = "its output is a table")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use meridian::algo::conflict::reduce::{ReductionSettings, ReductionState};
use meridian::base::ids::{EdgeId, StatementId};
use meridian::base::observe::Silent;
use meridian::base::seed::Seed;
use meridian::domain::conflict::Verdict;
use nation::{N_HUBS, nation};

mod nation;

/// Decisions of a kind.
const N_DECISIONS: usize = 300;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sizes: Vec<usize> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .map(|a| a.parse())
        .collect::<Result<_, _>>()?;
    let size = |i: usize, default| sizes.get(i).copied().unwrap_or(default);
    let (n_docs, n_links, n_conflicts) = (size(0, 100_000), size(1, 1_000_000), size(2, 10_000));
    let mut random = Seed(7).stream("nation");
    let (statements, edges) = nation(&mut random, n_docs, n_links, n_conflicts);
    let began = Instant::now();
    let settings = ReductionSettings {
        top_share: 1.0,
        ..ReductionSettings::default()
    };
    let mut state = ReductionState::new(statements, edges.clone(), settings, &Silent)?;
    println!(
        "{n_docs} documents, {} links, {} conflict edges; {} flagged; {} conflict cycles; made and counted in {:.2} s",
        edges.len(),
        edges.iter().filter(|e| e.is_conflict()).count(),
        state.flagged().len(),
        state.n_cycles().0,
        began.elapsed().as_secs_f64()
    );
    println!(
        "{:<44}{:>8}{:>10}{:>10}{:>10}",
        "milliseconds", "n", "median", "95 %", "worst"
    );
    let hubs: BTreeSet<StatementId> = (1..=N_HUBS as i64).map(StatementId).collect();
    let (at_hubs, elsewhere): (Vec<_>, Vec<_>) = state
        .flagged()
        .iter()
        .copied()
        .partition(|f| hubs.contains(&f.deviating));
    for (place, flags) in [("anywhere", elsewhere), ("at the largest", at_hubs)] {
        let mut times: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        let mut order: Vec<EdgeId> = flags.iter().map(|f| f.edge).collect();
        random.shuffle(&mut order);
        order.truncate(N_DECISIONS);
        let mut n_dropped = 0;
        let mut note = |what, began: Instant| {
            let ms = began.elapsed().as_secs_f64() * 1e3;
            times.entry(what).or_default().push(ms);
        };
        for (i, &edge) in order.iter().enumerate() {
            let began = Instant::now();
            let preview = state.preview(edge);
            note("preview", began);
            let began = Instant::now();
            let effect = state.decide(edge, Some(Verdict::Remove));
            let dropped = effect.and_then(|e| e.dropped).is_some();
            note(if dropped { "remove, drops" } else { "remove" }, began);
            n_dropped += usize::from(dropped);
            let expected = preview.map(|p| p.cycles_left);
            if effect.map(|e| e.cycles_left) != expected {
                return Err(
                    format!("the preview of edge {edge} did not tell what happened").into(),
                );
            }
            let began = Instant::now();
            let next = state.flags_now();
            note("flags as they would be", began);
            drop(next);
            // Every third decision is taken back, and those that drop always.
            if dropped || i % 3 == 0 {
                let began = Instant::now();
                let effect = state.decide(edge, None);
                let returned = effect.and_then(|e| e.returned).is_some();
                note(
                    if returned {
                        "undo, brings back"
                    } else {
                        "undo"
                    },
                    began,
                );
                if returned && i % 2 == 0 {
                    state.decide(edge, Some(Verdict::Remove));
                }
            }
        }
        for (what, ms) in &mut times {
            ms.sort_by(f64::total_cmp);
            let at = |share: f64| {
                let i = (share * (ms.len() - 1) as f64).round() as usize;
                ms.get(i).copied().unwrap_or_default()
            };
            println!(
                "{:<44}{:>8}{:>10.2}{:>10.2}{:>10.2}",
                format!("{what}, {place}"),
                ms.len(),
                at(0.5),
                at(0.95),
                at(1.0)
            );
        }
        println!("{n_dropped} statements dropped, {place}");
    }
    let began = Instant::now();
    let outcome = state.close_round();
    println!(
        "closing the round: {:.1} ms; {} removed, {} dropped, {} cycles left, {} flagged next",
        began.elapsed().as_secs_f64() * 1e3,
        outcome.removed.len(),
        outcome.dropped.len(),
        outcome.cycles_left,
        state.flagged().len()
    );
    let all: BTreeMap<EdgeId, Verdict> = state
        .flagged()
        .iter()
        .map(|f| (f.edge, f.proposal))
        .collect();
    let began = Instant::now();
    let outcome = state.what_if(&all);
    println!(
        "what a rule over {} edges would do: {:.1} ms; {} dropped",
        all.len(),
        began.elapsed().as_secs_f64() * 1e3,
        outcome.dropped.len()
    );
    Ok(())
}
