//! Reads samples, their pairs and what judgments come to; a sample that nobody judged since is kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::SnapshotError;
use super::model::verification::{
    Candidate, CoefficientRow, NationCandidates, PairCard, PairStatement, ProgressRow, RateCell,
    RateRow, SampleData, VerificationData,
};
use crate::base::ids::{ItemId, JudgmentId, RunId, SampleId};
use crate::base::sentences::in_context;
use crate::domain::verification::{Judgment, Judgments, Sample};
use crate::stages::verification::{Coefficient, Rates, Verification, propose};
use crate::store::{JudgedStatement, Store, StoreError};

/// Characters of the article shown on each side of a passage.
const CONTEXT_CHARS: usize = 260;

/// Statements of a nation that a verified one is picked from in the window: what a list can be searched
/// through while somebody types. On the command line any can be named.
const MAX_CANDIDATES: usize = 5_000;

/// What was read last.
#[derive(Default)]
pub(super) struct VerificationCache {
    samples: BTreeMap<SampleId, (Option<JudgmentId>, Arc<SampleData>)>,
    of: Option<FieldKey>,
    candidates: Arc<Vec<NationCandidates>>,
    has_issues: bool,
    is_after_reduction: bool,
}

/// What candidates were made of.
type FieldKey = ([Option<RunId>; 2], usize);

impl VerificationCache {
    /// Reads the verification as it stands.
    pub(super) fn read(&mut self, store: &Store) -> Result<Arc<VerificationData>, SnapshotError> {
        self.read_field(store)?;
        let mut samples = Vec::new();
        let mut kept = BTreeMap::new();
        for sample in store.samples()? {
            let rows = store.judgments(sample.id)?;
            let newest = rows.last().map(|r| r.id);
            let id = sample.id;
            let data = match self.samples.remove(&id) {
                Some((of, data)) if of == newest => data,
                _ => Arc::new(sample_data(store, sample, Judgments::replay(&rows))?),
            };
            kept.insert(id, (newest, Arc::clone(&data)));
            samples.push(data);
        }
        self.samples = kept;
        Ok(Arc::new(VerificationData {
            samples,
            candidates: Arc::clone(&self.candidates),
            has_issues: self.has_issues,
            is_after_reduction: self.is_after_reduction,
        }))
    }

    /// Reads what verified statements are picked from, anew only where runs or rounds changed.
    fn read_field(&mut self, store: &Store) -> Result<(), SnapshotError> {
        let reduce = store.newest_run("reduce")?.map(|r| r.id);
        let extract = store.current_run("extract")?.map(|r| r.id);
        let rounds = match reduce {
            Some(run) => store.rounds(run)?,
            None => Vec::new(),
        };
        let n_closed = rounds.iter().filter(|r| r.closed).count();
        let has_issues = match reduce {
            Some(run) => store.done_units(run)?.contains(&0),
            None => false,
        };
        let key = ([extract, reduce], n_closed + usize::from(has_issues));
        if self.of == Some(key) {
            return Ok(());
        }
        self.candidates = Arc::new(candidates(store)?);
        self.has_issues = match reduce {
            Some(run) => !store.issues(run)?.is_empty(),
            None => false,
        };
        self.is_after_reduction = n_closed > 0;
        self.of = Some(key);
        Ok(())
    }
}

fn candidates(store: &Store) -> Result<Vec<NationCandidates>, StoreError> {
    let mut of_nation: BTreeMap<_, Vec<Candidate>> = BTreeMap::new();
    for s in store.statements()?.into_iter().filter(|s| !s.dropped) {
        of_nation.entry(s.nation).or_default().push(Candidate {
            id: s.id,
            text: s.text,
            confidence: s.confidence,
        });
    }
    let mut out = Vec::new();
    for proposal in propose(store)? {
        let mut statements = of_nation.remove(&proposal.nation).unwrap_or_default();
        let n_statements = statements.len();
        statements.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        let is_proposed = |c: &Candidate| c.id == proposal.statement;
        if let Some(at) = statements.iter().position(is_proposed)
            && at >= MAX_CANDIDATES
        {
            statements.swap(at, MAX_CANDIDATES - 1);
        }
        statements.truncate(MAX_CANDIDATES);
        out.push(NationCandidates {
            nation: proposal.nation,
            n_statements,
            proposed: proposal.statement,
            reason: proposal.reason,
            statements,
        });
    }
    Ok(out)
}

fn sample_data(
    store: &Store,
    sample: Sample,
    judgments: Judgments,
) -> Result<SampleData, SnapshotError> {
    let statements = store.sample_statements(sample.id)?;
    let items = store.sample_items(sample.id)?;
    let propositions = store.propositions(items.iter().filter_map(|i| i.issue))?;
    let place: BTreeMap<ItemId, usize> = items
        .iter()
        .enumerate()
        .map(|(i, item)| (item.id, i))
        .collect();
    let mut dealt = BTreeMap::new();
    for reviewer in &sample.plan.reviewers {
        let mine = store.dealt_to(sample.id, reviewer)?;
        let places = mine
            .iter()
            .filter_map(|id| place.get(id).copied())
            .collect();
        dealt.insert(reviewer.clone(), places);
    }
    let v = Verification {
        sample,
        items,
        judgments,
    };
    let measured = v.measure();
    let is_finished = v.is_finished();
    let statement = |id| {
        statements
            .get(&id)
            .map(pair_statement)
            .ok_or(StoreError::Unreadable {
                what: "pair of statements",
                value: id.to_string(),
            })
    };
    let mut cards = Vec::with_capacity(v.items.len());
    for item in &v.items {
        cards.push(PairCard {
            anchor: statement(item.anchor)?,
            other: statement(item.other)?,
            proposition: item
                .issue
                .and_then(|i| propositions.get(&i).cloned())
                .unwrap_or_default(),
            item: item.clone(),
        });
    }
    Ok(SampleData {
        cards,
        dealt,
        is_finished,
        progress: measured
            .progress
            .iter()
            .map(|p| ProgressRow {
                reviewer: p.reviewer.clone(),
                n_dealt: p.n_dealt,
                n_judged: p.n_judged(),
                median_secs: p.median_secs,
            })
            .collect(),
        rates: measured.rates.iter().map(rate_row).collect(),
        agreement: measured.agreement.iter().map(coefficient_row).collect(),
        sample: v.sample,
        judgments: v.judgments,
    })
}

fn pair_statement(s: &JudgedStatement) -> PairStatement {
    let (context, passage_in_context) = in_context(&s.body, s.passage, CONTEXT_CHARS);
    PairStatement {
        doc: s.doc,
        text: s.text.clone(),
        language: s.language,
        context,
        passage_in_context,
        source: s.source.clone(),
        date: s.date.clone(),
        speaker: s.speaker.clone(),
    }
}

fn rate_row(r: &Rates) -> RateRow {
    RateRow {
        nation: r.nation,
        pairs: r.stratum.code(),
        n_items: r.n_items,
        n_settled: r.n_settled(),
        n_disputed: r.n_disputed,
        rates: Judgment::ALL.map(|j| {
            let (rate, interval) = r.rate(j)?;
            Some(RateCell {
                n: r.counts.get(j.idx()).copied().unwrap_or(0),
                rate,
                low: interval.low,
                high: interval.high,
            })
        }),
    }
}

fn coefficient_row(c: &Coefficient) -> CoefficientRow {
    let found = c.value.ok();
    CoefficientRow {
        name: c.name.name(),
        between: c
            .between
            .as_ref()
            .map_or_else(String::new, |(a, b)| format!("{a} and {b}")),
        nation: c.nation,
        value: found.map(|f| f.agreement.value),
        interval: found.and_then(|f| f.interval.ok()).map(|i| (i.low, i.high)),
        n_items: found.map_or(0, |f| f.agreement.n_items),
        remark: c.remark(),
    }
}
