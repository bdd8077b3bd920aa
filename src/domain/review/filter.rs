//! Choosing edges of the review queue, and rules that decide on all that are chosen.
//!
//! A filter is a pure predicate over what is known of an edge; window and command line give it the same
//! facts. A rule says what would be decided and decides nothing itself.

use std::collections::BTreeSet;

use super::{EdgeVotes, ReviewState, Standing};
use crate::base::fold::fold;
use crate::base::ids::{EdgeId, IssueId};
use crate::domain::conflict::{EdgeKind, Verdict};
use crate::domain::corpus::Nation;

/// What a filter may ask of a flagged edge.
#[derive(Clone, Copy, Debug)]
pub struct QueueFacts<'a> {
    /// The edge.
    pub edge: EdgeId,
    /// Its issue.
    pub issue: Option<IssueId>,
    /// Whose graph.
    pub nation: Nation,
    /// What it rests on.
    pub kind: EdgeKind,
    /// Names of the speakers of both ends, empty for none.
    pub speakers: [&'a str; 2],
    /// Confidence of the deviating end's stance, `0.0..=1.0`.
    pub confidence: f64,
    /// Conflict cycles through its link.
    pub n_cycles: u64,
    /// What the machine would do.
    pub proposal: Verdict,
    /// What is in force on it, `None` for nothing.
    pub votes: Option<&'a EdgeVotes>,
    /// Texts that are searched: the proposition and both statements.
    pub texts: [&'a str; 3],
}

impl QueueFacts<'_> {
    /// Tells where the edge stands.
    pub fn standing(&self) -> Standing {
        self.votes.map_or(Standing::Open, EdgeVotes::standing)
    }
}

/// Which edges of the queue are meant; an empty condition lets all through, and all conditions must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueFilter {
    /// Issues, any of these.
    pub issues: BTreeSet<IssueId>,
    /// Kinds, any of these.
    pub kinds: BTreeSet<EdgeKind>,
    /// Nations, any of these.
    pub nations: BTreeSet<Nation>,
    /// Part of the name of a speaker at either end.
    pub speaker: String,
    /// Least and greatest confidence of the deviating stance, both included.
    pub confidence: Option<(f64, f64)>,
    /// Least number of conflict cycles.
    pub min_cycles: u64,
    /// Standings, any of these.
    pub states: BTreeSet<ReviewState>,
    /// A reviewer with a verdict of his own on it.
    pub judged_by: Option<String>,
    /// A reviewer without one.
    pub unjudged_by: Option<String>,
    /// Words that all stand in the proposition or the statements.
    pub words: String,
}

impl QueueFilter {
    /// Tells whether everything is let through.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Tells whether an edge is let through.
    pub fn passes(&self, facts: &QueueFacts<'_>) -> bool {
        let judged = |reviewer: &str| facts.votes.is_some_and(|v| v.of(reviewer).is_some());
        let among = |issue: IssueId| self.issues.contains(&issue);
        (self.issues.is_empty() || facts.issue.is_some_and(among))
            && (self.kinds.is_empty() || self.kinds.contains(&facts.kind))
            && (self.nations.is_empty() || self.nations.contains(&facts.nation))
            // Written so that a confidence that is no number never passes.
            && self
                .confidence
                .is_none_or(|(least, most)| least <= facts.confidence && facts.confidence <= most)
            && facts.n_cycles >= self.min_cycles
            && (self.states.is_empty() || self.states.contains(&facts.standing().state()))
            && self.judged_by.as_deref().is_none_or(judged)
            && self.unjudged_by.as_deref().is_none_or(|who| !judged(who))
            && facts.speakers_hold(&self.speaker)
            && facts.texts_hold(&self.words)
    }

    /// Says the conditions in words, e.g. `US · opposed · confidence at most 0.6`; `all edges` without any.
    pub fn sentence(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        let any_of = |words: Vec<String>| words.join(" or ");
        if !self.nations.is_empty() {
            parts.push(any_of(
                self.nations.iter().map(|n| n.code().to_owned()).collect(),
            ));
        }
        if !self.kinds.is_empty() {
            parts.push(any_of(
                self.kinds.iter().map(|k| k.code().to_owned()).collect(),
            ));
        }
        if !self.issues.is_empty() {
            parts.push(any_of(
                self.issues.iter().map(|i| format!("issue {i}")).collect(),
            ));
        }
        if !self.speaker.trim().is_empty() {
            parts.push(format!("speaker {}", self.speaker.trim()));
        }
        match self.confidence {
            Some((least, most)) if least <= 0.0 => {
                parts.push(format!("confidence at most {most}"));
            }
            Some((least, most)) if most >= 1.0 => {
                parts.push(format!("confidence at least {least}"));
            }
            Some((least, most)) => parts.push(format!("confidence {least} to {most}")),
            None => {}
        }
        if self.min_cycles > 0 {
            parts.push(format!("at least {} cycles", self.min_cycles));
        }
        if !self.states.is_empty() {
            parts.push(any_of(
                self.states.iter().map(|s| s.code().to_owned()).collect(),
            ));
        }
        if let Some(who) = &self.judged_by {
            parts.push(format!("judged by {who}"));
        }
        if let Some(who) = &self.unjudged_by {
            parts.push(format!("not judged by {who}"));
        }
        if !self.words.trim().is_empty() {
            parts.push(format!("“{}”", self.words.trim()));
        }
        if parts.is_empty() {
            "all edges".to_owned()
        } else {
            parts.join(" · ")
        }
    }
}

impl QueueFacts<'_> {
    fn speakers_hold(&self, part: &str) -> bool {
        hold_all(&self.speakers, part)
    }

    fn texts_hold(&self, words: &str) -> bool {
        hold_all(&self.texts, words)
    }
}

/// Tells whether every word stands in one of the texts, as a search sees them.
fn hold_all(texts: &[&str], words: &str) -> bool {
    let words = fold(words);
    if words.is_empty() {
        return true;
    }
    let texts: Vec<String> = texts.iter().map(|t| fold(t)).collect();
    words
        .split(' ')
        .all(|word| texts.iter().any(|t| t.contains(word)))
}

/// What a rule decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleVerdict {
    /// Keeps every edge.
    Keep,
    /// Removes every edge.
    Remove,
    /// Takes the machine's proposal for each.
    Proposal,
}

impl RuleVerdict {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Keep, Self::Remove, Self::Proposal];

    /// Returns the lower-case name used on the command line and in the record.
    pub fn code(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Remove => "remove",
            Self::Proposal => "proposal",
        }
    }

    /// Reads [`RuleVerdict::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.code() == code)
    }
}

/// One verdict over all edges that a filter lets through.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Which edges.
    pub filter: QueueFilter,
    /// What is decided on them.
    pub verdict: RuleVerdict,
    /// Leaves alone what somebody has spoken about.
    pub only_open: bool,
}

impl Rule {
    /// Returns what the rule decides on an edge, `None` if it does not mean it.
    pub fn verdict_on(&self, facts: &QueueFacts<'_>) -> Option<Verdict> {
        if self.only_open && facts.standing() != Standing::Open {
            return None;
        }
        self.filter.passes(facts).then_some(match self.verdict {
            RuleVerdict::Keep => Verdict::Keep,
            RuleVerdict::Remove => Verdict::Remove,
            RuleVerdict::Proposal => facts.proposal,
        })
    }

    /// Says the rule in words, as it stands with each of its decisions.
    pub fn sentence(&self) -> String {
        let all = if self.only_open {
            ""
        } else {
            ", decided ones too"
        };
        format!("{}{all}: {}", self.filter.sentence(), self.verdict.code())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Vote;
    use super::*;
    use crate::base::ids::DecisionId;

    fn votes() -> EdgeVotes {
        EdgeVotes {
            people: vec![Vote {
                reviewer: "Ada".to_owned(),
                verdict: Verdict::Keep,
                note: String::new(),
                decision: DecisionId(1),
                decided_ms: 0,
            }],
            ..EdgeVotes::default()
        }
    }

    #[track_caller]
    fn check(filter: &QueueFilter, passes: bool, sentence: &str) {
        let votes = votes();
        let facts = QueueFacts {
            edge: EdgeId(1),
            issue: Some(IssueId(4)),
            nation: Nation::FIVE[1],
            kind: EdgeKind::Opposed,
            speakers: ["Angela Müller", ""],
            confidence: 0.6,
            n_cycles: 12,
            proposal: Verdict::Remove,
            votes: Some(&votes),
            texts: ["Coal is to end", "Le charbon reste", "国家安全"],
        };
        assert_eq!(filter.passes(&facts), passes, "{filter:?}");
        assert_eq!(filter.sentence(), sentence);
        let rule = |verdict, only_open| Rule {
            filter: filter.clone(),
            verdict,
            only_open,
        };
        let meant = |verdict| passes.then_some(verdict);
        assert_eq!(
            rule(RuleVerdict::Keep, false).verdict_on(&facts),
            meant(Verdict::Keep)
        );
        assert_eq!(
            rule(RuleVerdict::Proposal, false).verdict_on(&facts),
            meant(Verdict::Remove)
        );
        assert_eq!(rule(RuleVerdict::Keep, true).verdict_on(&facts), None);
        let open = QueueFacts {
            votes: None,
            ..facts
        };
        let only_open = rule(RuleVerdict::Keep, true);
        assert_eq!(
            only_open.verdict_on(&open).is_some(),
            only_open.filter.passes(&open)
        );
    }

    #[test]
    fn conditions_hold_together() {
        let of = QueueFilter::default;
        check(&of(), true, "all edges");
        check(
            &QueueFilter {
                nations: [Nation::FIVE[1]].into(),
                kinds: [EdgeKind::Opposed].into(),
                confidence: Some((0.0, 0.6)),
                ..of()
            },
            true,
            "US · opposed · confidence at most 0.6",
        );
        let confidence = |least, most| QueueFilter {
            confidence: Some((least, most)),
            ..of()
        };
        check(&confidence(0.61, 1.0), false, "confidence at least 0.61");
        check(&confidence(0.6, 0.7), true, "confidence 0.6 to 0.7");
        let speaker = |name: &str| QueueFilter {
            speaker: name.to_owned(),
            ..of()
        };
        check(&speaker("MULLER"), true, "speaker MULLER");
        check(&speaker("Muller B"), false, "speaker Muller B");
        let words = |words: &str| QueueFilter {
            words: words.to_owned(),
            ..of()
        };
        check(&words("coal charbon"), true, "“coal charbon”");
        check(&words("安全"), true, "“安全”");
        check(&words("coal wind"), false, "“coal wind”");
        let state = |state| QueueFilter {
            states: [state].into(),
            ..of()
        };
        check(&state(ReviewState::Kept), true, "kept");
        check(&state(ReviewState::Open), false, "open");
        let cycles = |min_cycles| QueueFilter { min_cycles, ..of() };
        check(&cycles(12), true, "at least 12 cycles");
        check(&cycles(13), false, "at least 13 cycles");
        let by = |name: &str, judged: bool| QueueFilter {
            judged_by: judged.then(|| name.to_owned()),
            unjudged_by: (!judged).then(|| name.to_owned()),
            ..of()
        };
        check(&by("Ada", true), true, "judged by Ada");
        check(&by("Ada", false), false, "not judged by Ada");
        check(&by("Ben", false), true, "not judged by Ben");
        let issue = |id| QueueFilter {
            issues: [IssueId(id)].into(),
            ..of()
        };
        check(&issue(4), true, "issue 4");
        check(&issue(5), false, "issue 5");
    }
}
