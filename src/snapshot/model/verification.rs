//! The read model of the verification by people: samples with their pairs, and what judgments come to.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::ids::{DocId, ItemId, StatementId};
use crate::base::language::Language;
use crate::base::sentences::Span;
use crate::domain::corpus::Nation;
use crate::domain::verification::{Item, Judgment, Judgments, Sample};

/// Everything of the verification.
#[derive(Clone, Debug, Default)]
pub struct VerificationData {
    /// Samples, the newest first.
    pub samples: Vec<Arc<SampleData>>,
    /// What a verified statement is picked from, by nation in the paper's order; none before there are
    /// statements.
    pub candidates: Arc<Vec<NationCandidates>>,
    /// Whether statements share an issue.
    pub has_issues: bool,
    /// Whether reduction has closed a round.
    pub is_after_reduction: bool,
}

/// The statements of a nation that a verified one is picked from.
#[derive(Clone, Debug)]
pub struct NationCandidates {
    /// The nation.
    pub nation: Nation,
    /// Its statements in all.
    pub n_statements: usize,
    /// The one that is proposed.
    pub proposed: StatementId,
    /// Why.
    pub reason: String,
    /// The most confident of them, the most confident first; the proposed one is always among them.
    pub statements: Vec<Candidate>,
}

/// A statement that may be picked.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Identity.
    pub id: StatementId,
    /// The claim.
    pub text: String,
    /// Confidence of the extraction.
    pub confidence: f64,
}

/// A sample.
#[derive(Clone, Debug)]
pub struct SampleData {
    /// What was asked for.
    pub sample: Sample,
    /// Its pairs in order.
    pub cards: Vec<PairCard>,
    /// Positions in `cards` for each reviewer, in the order of judging.
    pub dealt: BTreeMap<String, Vec<usize>>,
    /// The judgments in force.
    pub judgments: Judgments,
    /// Whether everyone has judged all that was dealt to them.
    pub is_finished: bool,
    /// How far each reviewer is, in the plan's order.
    pub progress: Vec<ProgressRow>,
    /// Rates by nation; before reduction, then after.
    pub rates: Vec<RateRow>,
    /// Coefficients of agreement.
    pub agreement: Vec<CoefficientRow>,
}

impl SampleData {
    /// Returns a pair.
    pub fn card(&self, item: ItemId) -> Option<&PairCard> {
        self.cards.iter().find(|c| c.item.id == item)
    }

    /// Returns the pairs on which reviewers disagree, in order.
    pub fn disputed(&self) -> impl Iterator<Item = &PairCard> {
        self.cards
            .iter()
            .filter(|c| self.judgments.is_disputed(c.item.id))
    }
}

/// A pair as it is judged.
#[derive(Clone, Debug)]
pub struct PairCard {
    /// The pair.
    pub item: Item,
    /// The statement that is compared with.
    pub anchor: PairStatement,
    /// The statement that is judged.
    pub other: PairStatement,
    /// What the issue proposes that they share, may be empty.
    pub proposition: String,
}

/// A statement of a pair with its passage in its article.
#[derive(Clone, Debug)]
pub struct PairStatement {
    /// Its document.
    pub doc: DocId,
    /// The claim.
    pub text: String,
    /// Language of the document.
    pub language: Language,
    /// The article around the passage.
    pub context: String,
    /// The passage inside [`PairStatement::context`], in characters.
    pub passage_in_context: Span,
    /// Outlet.
    pub source: String,
    /// Date as ISO text, empty where unknown.
    pub date: String,
    /// Who said it.
    pub speaker: Option<String>,
}

/// How far a reviewer is.
#[derive(Clone, Debug)]
pub struct ProgressRow {
    /// Who.
    pub reviewer: String,
    /// Pairs dealt.
    pub n_dealt: usize,
    /// Of these judged.
    pub n_judged: usize,
    /// Median time for one, seconds, where it was measured.
    pub median_secs: Option<f64>,
}

/// Final judgments of a nation's pairs.
#[derive(Clone, Debug)]
pub struct RateRow {
    /// Whose, `None` for all nations.
    pub nation: Option<Nation>,
    /// Which pairs: `all`, `before` or `after` reduction.
    pub pairs: &'static str,
    /// Pairs.
    pub n_items: u64,
    /// With a final judgment.
    pub n_settled: u64,
    /// Disputed and not adjudicated.
    pub n_disputed: u64,
    /// By [`Judgment::idx`]; `None` while nothing is settled.
    pub rates: [Option<RateCell>; Judgment::N],
}

/// A rate with its 95 % Wilson interval.
#[derive(Clone, Copy, Debug)]
pub struct RateCell {
    /// Pairs.
    pub n: u64,
    /// Share.
    pub rate: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A coefficient of agreement.
#[derive(Clone, Debug)]
pub struct CoefficientRow {
    /// Its name.
    pub name: &'static str,
    /// The two it is between; empty for all reviewers.
    pub between: String,
    /// Of which nation's pairs, `None` for all.
    pub nation: Option<Nation>,
    /// Its value, `None` where it has none.
    pub value: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<(f64, f64)>,
    /// Pairs judged twice or more.
    pub n_items: usize,
    /// Why there is no value or no interval, or what the interval leaves out.
    pub remark: Option<String>,
}
