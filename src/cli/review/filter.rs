//! The options that choose edges of the queue.

use anyhow::ensure;

use crate::base::ids::IssueId;
use crate::domain::conflict::EdgeKind;
use crate::domain::corpus::Nation;
use crate::domain::review::ReviewState;
use crate::domain::review::filter::QueueFilter;

/// Conditions on an edge; all that are given must hold.
#[derive(clap::Args)]
#[command(next_help_heading = "Which edges")]
pub(super) struct FilterArgs {
    /// Nation, e.g. US; may be given again for another
    #[arg(long, value_parser = nation)]
    nation: Vec<Nation>,
    /// Kind of edge: shared, opposed, semantic, place or people; may be given again
    #[arg(long, value_parser = kind)]
    kind: Vec<EdgeKind>,
    /// Number of an issue, as exported statements show it; may be given again
    #[arg(long)]
    issue: Vec<i64>,
    /// Part of the name of a speaker at either end
    #[arg(long, default_value = "")]
    speaker: String,
    /// Least confidence of the deviating stance, 0 to 1
    #[arg(long)]
    min_confidence: Option<f64>,
    /// Greatest confidence of the deviating stance, 0 to 1
    #[arg(long)]
    max_confidence: Option<f64>,
    /// Least number of conflict cycles
    #[arg(long, default_value_t = 0)]
    min_cycles: u64,
    /// Where it stands: open, not-sure, kept, removed or disputed; may be given again
    #[arg(long, value_parser = state)]
    state: Vec<ReviewState>,
    /// A reviewer who gave a verdict
    #[arg(long, value_name = "NAME")]
    judged_by: Option<String>,
    /// A reviewer who gave none
    #[arg(long, value_name = "NAME")]
    not_judged_by: Option<String>,
    /// Words that stand in the proposition or the statements
    #[arg(long, default_value = "")]
    words: String,
}

impl FilterArgs {
    /// Returns the filter.
    pub(super) fn checked(&self) -> anyhow::Result<QueueFilter> {
        let (least, most) = (
            self.min_confidence.unwrap_or(0.0),
            self.max_confidence.unwrap_or(1.0),
        );
        ensure!(
            (0.0..=1.0).contains(&least) && (0.0..=1.0).contains(&most) && least <= most,
            "confidence lies between 0 and 1, the least below the greatest, not {least} to {most}"
        );
        let has_confidence = self.min_confidence.is_some() || self.max_confidence.is_some();
        Ok(QueueFilter {
            issues: self.issue.iter().map(|id| IssueId(*id)).collect(),
            kinds: self.kind.iter().copied().collect(),
            nations: self.nation.iter().copied().collect(),
            speaker: self.speaker.clone(),
            confidence: has_confidence.then_some((least, most)),
            min_cycles: self.min_cycles,
            states: self.state.iter().copied().collect(),
            judged_by: self.judged_by.clone(),
            unjudged_by: self.not_judged_by.clone(),
            words: self.words.clone(),
        })
    }
}

fn nation(text: &str) -> Result<Nation, String> {
    Nation::parse(text).map_err(|e| e.to_string())
}

fn kind(text: &str) -> Result<EdgeKind, String> {
    EdgeKind::parse(text)
        .ok_or_else(|| "a kind is shared, opposed, semantic, place or people".to_owned())
}

fn state(text: &str) -> Result<ReviewState, String> {
    ReviewState::parse(text)
        .ok_or_else(|| "an edge stands open, not-sure, kept, removed or disputed".to_owned())
}
