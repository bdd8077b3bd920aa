//! Before and after alignment: Table 3 of one model, paired differences, and what happened to each item.

use super::alignment::Variant;
use super::corpus::Nation;
use super::evaluation::Method;
use super::statement::StatementSet;
use crate::base::ids::StatementId;
use crate::base::language::Language;

/// A cell of the paper's Table 3 (Llama 3.1 8B base).
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceVariant {
    /// `quoted` or `official`.
    pub set: &'static str,
    /// Variant: A0, A1 or A2; the paper has no A3.
    pub variant: Variant,
    /// Nation.
    pub nation: Nation,
    /// MC rate.
    pub mc_share: f64,
    /// AJ rate.
    pub aj_share: f64,
}

/// Table 3 of one model and method.
#[derive(Clone, Debug)]
pub struct AlignmentComparison {
    /// Name of the base model.
    pub model: String,
    /// The model is one of the demonstration models.
    pub demonstration: bool,
    /// Method.
    pub method: Method,
    /// One line per nation, in the paper's order, then none for nations without test items.
    pub nations: Vec<NationSlope>,
    /// The same within the paper's two sets, for tables in its shape.
    pub by_set: Vec<(StatementSet, Vec<NationSlope>)>,
    /// All nations together.
    pub overall: NationSlope,
    /// Trials (training seeds) of the aligned variants.
    pub n_seeds: usize,
    /// Difference A2 − A1 over all nations for each training seed, points as shares.
    pub seed_differences: Vec<f64>,
    /// Items by what alignment (A2 against A1) did to them; over all nations, majority over trials.
    pub items: ItemChanges,
    /// Each item that changed, worsened first; those that stayed are counted only. At most 500.
    pub cases: Vec<CaseRow>,
}

/// Rates of A0 to A3 in one nation, or over all.
#[derive(Clone, Debug, Default)]
pub struct NationSlope {
    /// The nation; `None` for all together.
    pub nation: Option<Nation>,
    /// Test items (held out).
    pub n_items: usize,
    /// Rates with interval by variant: A0, A1, A2, A3.
    pub rates: [Option<VariantRate>; 4],
    /// A2 − A1, paired on the held-out items.
    pub a2_minus_a1: Option<PairedDifference>,
    /// A3 − A1, paired on the same items.
    pub a3_minus_a1: Option<PairedDifference>,
    /// A2 − A3, paired on the same items.
    pub a2_minus_a3: Option<PairedDifference>,
}

/// A rate with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VariantRate {
    /// `0.0..=1.0`.
    pub rate_share: f64,
    /// Ends of the 95 % interval.
    pub interval: (f64, f64),
    /// Items behind it.
    pub n_items: usize,
}

/// A paired difference of two variants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedDifference {
    /// Difference of rates, `-1.0..=1.0`.
    pub difference: f64,
    /// Ends of the 95 % interval, by bootstrap over documents.
    pub interval: (f64, f64),
    /// Two-sided p-value of the exact `McNemar` test on items' majority verdicts.
    pub p_mcnemar: f64,
    /// The same after Holm over all nations and methods of the stored comparison.
    pub p_holm: f64,
    /// Smallest difference that could have been seen (80 % power), as a share.
    pub detectable: f64,
}

/// Items by what alignment did to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ItemChanges {
    /// Wrong before, right after.
    pub n_improved: usize,
    /// Right both times.
    pub n_same_right: usize,
    /// Wrong both times.
    pub n_same_wrong: usize,
    /// Right before, wrong after.
    pub n_worsened: usize,
}

/// What alignment did to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Right before, wrong after.
    Worsened,
    /// Wrong before, right after.
    Improved,
}

/// One question before and after.
#[derive(Clone, Debug)]
pub struct CaseRow {
    /// The statement.
    pub statement: StatementId,
    /// Nation.
    pub nation: Nation,
    /// Label of its topic, may be empty.
    pub topic: String,
    /// Language.
    pub language: Language,
    /// Q.
    pub question: String,
    /// S.
    pub statement_text: String,
    /// RS.
    pub reverse: String,
    /// What happened.
    pub change: Change,
    /// Before: perplexities of S and RS (`mc`) or the answer in words (`aj`).
    pub before: CaseAnswer,
    /// After.
    pub after: CaseAnswer,
}

/// What the model said or preferred in one of the two states.
#[derive(Clone, Debug, Default)]
pub struct CaseAnswer {
    /// The model's own answer, where one was generated.
    pub answer: Option<String>,
    /// Words of the answer that the other state's answer does not have, as character ranges of `answer`.
    pub changed: Vec<(usize, usize)>,
    /// Perplexities of S and RS, where they were measured.
    pub perplexities: Option<(f64, f64)>,
    /// What the verdict says, e.g. `closer to RS in both orders`.
    pub verdict: String,
    /// Sides with S.
    pub right: bool,
}
