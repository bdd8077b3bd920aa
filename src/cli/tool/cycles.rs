//! `meridian tool cycles`: conflict cycles through every conflict link of a graph.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

use anyhow::Context;
use serde_json::{Map, Value, json};

use super::{Timing, finish, write_whole};
use crate::algo::conflict::cycles::{
    CycleSettings, LinkCycles, count_conflict_cycles, count_links,
};
use crate::algo::conflict::links::LinkGraph;
use crate::base::observe::Observe;
use crate::cli::console::Console;
use crate::formats::links::{Links, read_links};

/// Lengths that are counted, in the order of the counts.
const LENGTHS: [&str; 3] = ["3", "4", "5"];

/// Arguments of `tool cycles`.
#[derive(clap::Args)]
pub(in crate::cli) struct CyclesArgs {
    /// Links: CSV with the columns `u`, `v` and `agreement`; at most −0.25 is a conflict. Several rows
    /// of one pair are one link, a conflict if any of them is
    edges: PathBuf,
    /// Counts to write: JSON with `edges`, one entry for each conflict link, and `totals`
    counts: PathBuf,
    /// Nodes of the longest cycle
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u8).range(3..=5))]
    max_length: u8,
    /// Only cycles of so many nodes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(3..=5))]
    exact_length: Option<u8>,
    /// Neighbor entries that may be read for one link; beyond it counts are lower bounds, marked
    /// `capped`
    #[arg(long, value_name = "N")]
    cap: Option<u64>,
    /// Threads; without it one for each core
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Counts the cycles.
pub(super) fn cycles(args: &CyclesArgs, console: &Console) -> anyhow::Result<()> {
    let shown = args.edges.display();
    let settings = CycleSettings {
        max_len: usize::from(args.max_length),
        exact_len: args.exact_length.map(usize::from),
        cap: args.cap,
    };
    let work = |timing: &Timing<'_>| {
        timing.phase("read");
        let file = File::open(&args.edges).with_context(|| format!("cannot read {shown}"))?;
        let links = read_links(file).with_context(|| format!("cannot read {shown}"))?;
        let graph = LinkGraph::new(links.names.len(), &links.rows)?;
        let conflicts = graph.conflict_links();
        timing.phase("cycles per link");
        let counted = count_links(&graph, &conflicts, &settings, timing)?;
        timing.phase("distinct cycles");
        let all = count_conflict_cycles(&graph, &settings, timing)?;
        Ok((links, graph, counted, all))
    };
    let ((links, graph, counted, all), mut summary) =
        Timing::begin("conflict cycles", console).run(args.threads, work)?;
    let is_wanted = settings.lengths();
    let by_length = |counts: &[u64; 3]| -> Value {
        let wanted = LENGTHS.iter().zip(counts).zip(is_wanted);
        wanted
            .filter(|(_, wanted)| *wanted)
            .map(|((length, count), _)| ((*length).to_owned(), Value::from(*count)))
            .collect::<Map<_, _>>()
            .into()
    };
    let n_self = links.rows.iter().filter(|(a, b, _)| a == b).count();
    let totals = json!({
        "nodes": links.names.len(),
        "rows": links.rows.len(),
        "links": graph.n_links(),
        "self_links": n_self,
        "conflict_links": counted.len(),
        "cycles": by_length(&all.by_length),
        "odd": by_length(&all.odd),
        "capped": all.capped || counted.iter().any(|c| c.capped),
        "capped_links": counted.iter().filter(|c| c.capped).count(),
        "secs": summary.get("secs").cloned(),
    });
    let n_conflicts = counted.len();
    let names = names(&links);
    write_whole(&args.counts, |out| {
        write!(out, "{{\"edges\": [")?;
        for (i, (u, v, cycles)) in in_order(&links, counted).iter().enumerate() {
            let entry = json!({
                "u": names.get(*u as usize),
                "v": names.get(*v as usize),
                "cycles": by_length(&cycles.by_length),
                "odd": by_length(&cycles.odd),
                "capped": cycles.capped,
            });
            write!(out, "{}\n{entry}", if i > 0 { "," } else { "" })?;
        }
        writeln!(out, "\n],\n\"totals\": {totals}}}")?;
        Ok(())
    })?;
    let text = format!(
        "{} conflict links of {} links between {} nodes; {} conflict cycles{}; written to {}",
        n_conflicts,
        graph.n_links(),
        links.names.len(),
        all.total(),
        if all.capped { " at least" } else { "" },
        args.counts.display()
    );
    if let Value::Object(totals) = totals {
        summary.extend(totals);
    }
    finish(args.json, summary, &text, console);
    Ok(())
}

/// Names as they are written: numbers where every name of the file is a whole number, else text.
fn names(links: &Links) -> Vec<Value> {
    let whole = |name: &String| name.parse::<i64>().ok().filter(|n| n.to_string() == *name);
    let numbers: Option<Vec<Value>> = links
        .names
        .iter()
        .map(|name| whole(name).map(Value::from))
        .collect();
    numbers.unwrap_or_else(|| {
        let texts = links.names.iter();
        texts.map(|name| Value::from(name.as_str())).collect()
    })
}

/// Counts in the order of the file, each link's ends as its first row has them.
fn in_order(links: &Links, counted: Vec<LinkCycles>) -> Vec<(u32, u32, LinkCycles)> {
    let mut open: BTreeMap<(u32, u32), LinkCycles> =
        counted.into_iter().map(|c| (c.link, c)).collect();
    let taken = links.rows.iter().filter_map(|&(u, v, _)| {
        let cycles = open.remove(&(u.min(v), u.max(v)))?;
        Some((u, v, cycles))
    });
    taken.collect()
}
