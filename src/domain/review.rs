//! The review of flagged edges: from rows that are only added to what is in force.
//!
//! [`Votes::read`] is the one way from rows to standings; replay, window and command line all take it.
//! [`filter`] chooses edges of the queue and makes rules of the choice, [`agreement`] compares
//! reviewers. Nothing here decides: an edge that nobody decided on is open.

pub mod agreement;
pub mod filter;

use std::collections::BTreeMap;

use super::conflict::{Decision, Verdict};
use crate::base::ids::{DecisionId, EdgeId};

/// The reviewer's name under accepted proposals.
pub const MACHINE: &str = "machine";

/// Characters of a reviewer's name.
const MAX_NAME_CHARS: usize = 80;

/// Why a text is no reviewer's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewerError {
    /// Nothing but spaces.
    #[error("a decision needs the name of who decides")]
    Empty,
    /// Too long, or with line breaks and the like.
    #[error("a reviewer's name is one line of at most {MAX_NAME_CHARS} characters")]
    NotALine,
    /// The machine's.
    #[error(
        "`machine` stands under proposals that were taken as they were; give the name of a person"
    )]
    Machine,
}

/// Reads the name of a person who reviews, without spaces around it.
///
/// # Errors
/// [`ReviewerError`] says what is wrong with it.
pub fn reviewer_name(text: &str) -> Result<String, ReviewerError> {
    let name = text.trim();
    if name.is_empty() {
        return Err(ReviewerError::Empty);
    }
    if name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
        return Err(ReviewerError::NotALine);
    }
    if name.eq_ignore_ascii_case(MACHINE) {
        return Err(ReviewerError::Machine);
    }
    Ok(name.to_owned())
}

/// A reviewer's verdict in force on an edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// Who.
    pub reviewer: String,
    /// Keep, remove or not sure.
    pub verdict: Verdict,
    /// The reason, may be empty.
    pub note: String,
    /// The row it stands in.
    pub decision: DecisionId,
    /// When, in milliseconds since 1970.
    pub decided_ms: i64,
}

/// Everything in force on an edge of a round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EdgeVotes {
    /// Verdicts of people, by name.
    pub people: Vec<Vote>,
    /// The machine's, where its proposal was taken.
    pub machine: Option<Vote>,
    /// What decides over all of them.
    pub adjudication: Option<Vote>,
}

impl EdgeVotes {
    /// Returns a person's own verdict.
    pub fn of(&self, reviewer: &str) -> Option<&Vote> {
        self.people.iter().find(|v| v.reviewer == reviewer)
    }

    /// Returns what a reviewer says, as adjudicator or for himself.
    pub fn said_by(&self, reviewer: &str, adjudicates: bool) -> Option<&Vote> {
        let vote = match (adjudicates, reviewer) {
            (true, _) => self.adjudication.as_ref(),
            (false, MACHINE) => self.machine.as_ref(),
            (false, _) => self.of(reviewer),
        };
        vote.filter(|v| v.reviewer == reviewer)
    }

    /// Tells whether a verdict of a person takes the place of the adjudication in force: it does of
    /// that person's own, which is a change of mind, and of one that the machine gave before people could differ.
    pub fn renews_adjudication(&self, reviewer: &str) -> bool {
        let by = self.adjudication.as_ref().map(|v| v.reviewer.as_str());
        reviewer != MACHINE && by.is_some_and(|by| by == reviewer || by == MACHINE)
    }

    /// Tells where the edge stands.
    ///
    /// An adjudication counts before everything; else people who can tell must agree, and one who is
    /// not sure abstains; the machine's proposal counts where no person said anything.
    pub fn standing(&self) -> Standing {
        if let Some(vote) = &self.adjudication {
            return Standing::of_one(vote, true);
        }
        let who_say = |verdict: Verdict| -> Vec<String> {
            let saying = self.people.iter().filter(|v| v.verdict == verdict);
            saying.map(|v| v.reviewer.clone()).collect()
        };
        let (keep, remove) = (who_say(Verdict::Keep), who_say(Verdict::Remove));
        match (keep.is_empty(), remove.is_empty()) {
            (false, false) => Standing::Disputed { keep, remove },
            (false, true) => Standing::Decided {
                verdict: Verdict::Keep,
                by: keep,
                adjudicated: false,
            },
            (true, false) => Standing::Decided {
                verdict: Verdict::Remove,
                by: remove,
                adjudicated: false,
            },
            (true, true) => {
                let by = who_say(Verdict::NotSure);
                match &self.machine {
                    _ if !by.is_empty() => Standing::NotSure {
                        by,
                        adjudicated: false,
                    },
                    Some(vote) => Standing::of_one(vote, false),
                    None => Standing::Open,
                }
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.people.is_empty() && self.machine.is_none() && self.adjudication.is_none()
    }

    /// Takes a row in; rows come in the order they were added.
    fn take(&mut self, d: &Decision) {
        let vote = d.after().map(|verdict| Vote {
            reviewer: d.reviewer.clone(),
            verdict,
            note: d.note.clone(),
            decision: d.id,
            decided_ms: d.decided_ms,
        });
        if d.adjudicates {
            self.adjudication = vote;
        } else if d.reviewer == MACHINE {
            self.machine = vote;
        } else {
            let at = self
                .people
                .binary_search_by(|v| v.reviewer.as_str().cmp(&d.reviewer));
            match (at, vote) {
                (Ok(i), Some(vote)) => {
                    if let Some(place) = self.people.get_mut(i) {
                        *place = vote;
                    }
                }
                (Ok(i), None) => {
                    self.people.remove(i);
                }
                (Err(i), Some(vote)) => self.people.insert(i, vote),
                (Err(_), None) => {}
            }
        }
    }
}

/// Where an edge of the queue stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody said anything.
    Open,
    /// Everyone who spoke cannot tell: the round may close and leave the edge undecided.
    NotSure {
        /// Who.
        by: Vec<String>,
        /// An adjudicator says so, whatever others said.
        adjudicated: bool,
    },
    /// A verdict is in force.
    Decided {
        /// Keep or remove.
        verdict: Verdict,
        /// Who gave it.
        by: Vec<String>,
        /// An adjudicator gave it, whatever others said.
        adjudicated: bool,
    },
    /// People differ: the round stays open until one of them changes a verdict or somebody adjudicates.
    Disputed {
        /// Who would keep it.
        keep: Vec<String>,
        /// Who would remove it.
        remove: Vec<String>,
    },
}

impl Standing {
    fn of_one(vote: &Vote, adjudicated: bool) -> Self {
        let by = vec![vote.reviewer.clone()];
        match vote.verdict {
            Verdict::Keep | Verdict::Remove => Self::Decided {
                verdict: vote.verdict,
                by,
                adjudicated,
            },
            Verdict::NotSure | Verdict::Undo => Self::NotSure { by, adjudicated },
        }
    }

    /// Tells whether a round may close with the edge as it stands.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::NotSure { .. } | Self::Decided { .. })
    }

    /// Returns what closing the round applies, `None` while it cannot close.
    pub fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Decided { verdict, .. } => Some(*verdict),
            Self::NotSure { .. } => Some(Verdict::NotSure),
            Self::Open | Self::Disputed { .. } => None,
        }
    }

    /// Returns its kind.
    pub fn state(&self) -> ReviewState {
        match self {
            Self::Open => ReviewState::Open,
            Self::NotSure { .. } => ReviewState::NotSure,
            Self::Decided {
                verdict: Verdict::Remove,
                ..
            } => ReviewState::Removed,
            Self::Decided { .. } => ReviewState::Kept,
            Self::Disputed { .. } => ReviewState::Disputed,
        }
    }

    /// Says it in words, e.g. `keep (Ada, Ben)` or `disputed: Ada keep, Ben remove`.
    pub fn words(&self) -> String {
        let said = |verdict: &str, by: &[String], adjudicated: bool| {
            let how = if adjudicated { "adjudicated by " } else { "" };
            format!("{verdict} ({how}{})", by.join(", "))
        };
        match self {
            Self::Open => "open".to_owned(),
            Self::NotSure { by, adjudicated } => said("not sure", by, *adjudicated),
            Self::Decided {
                verdict,
                by,
                adjudicated,
            } => said(verdict.code(), by, *adjudicated),
            Self::Disputed { keep, remove } => format!(
                "disputed: {} keep, {} remove",
                keep.join(", "),
                remove.join(", ")
            ),
        }
    }
}

/// Kind of an edge's standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReviewState {
    /// Nobody said anything.
    Open,
    /// Everyone who spoke cannot tell.
    NotSure,
    /// Stays.
    Kept,
    /// Goes.
    Removed,
    /// People differ.
    Disputed,
}

impl ReviewState {
    /// All kinds in order.
    pub const ALL: [Self; 5] = [
        Self::Open,
        Self::NotSure,
        Self::Kept,
        Self::Removed,
        Self::Disputed,
    ];

    /// Returns the lower-case name used in files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::NotSure => "not-sure",
            Self::Kept => "kept",
            Self::Removed => "removed",
            Self::Disputed => "disputed",
        }
    }

    /// Reads [`ReviewState::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }
}

/// Everything in force on the edges of one round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Votes {
    /// The round, from 1.
    pub round: u32,
    /// Edges that somebody said something about.
    pub by_edge: BTreeMap<EdgeId, EdgeVotes>,
}

impl Votes {
    /// Reads the rows of a round, given in the order they were added.
    ///
    /// Of each reviewer, and among adjudications of whoever adjudicated, the newest row counts; *undo*
    /// takes it back and leaves nothing.
    pub fn read(decisions: &[Decision], round: u32) -> Self {
        let mut votes = Self {
            round,
            by_edge: BTreeMap::new(),
        };
        for d in decisions {
            votes.take(d);
        }
        votes
    }

    /// Takes one more row in; one of another round means nothing here.
    pub fn take(&mut self, d: &Decision) {
        if d.round != self.round {
            return;
        }
        let of_edge = self.by_edge.entry(d.edge).or_default();
        of_edge.take(d);
        if of_edge.is_empty() {
            self.by_edge.remove(&d.edge);
        }
    }

    /// Returns what is in force on an edge, `None` for nothing.
    pub fn of(&self, edge: EdgeId) -> Option<&EdgeVotes> {
        self.by_edge.get(&edge)
    }

    /// Tells where an edge stands.
    pub fn standing(&self, edge: EdgeId) -> Standing {
        self.of(edge).map_or(Standing::Open, EdgeVotes::standing)
    }

    /// Returns what closing the round applies: the verdict of every settled edge.
    pub fn verdicts(&self) -> BTreeMap<EdgeId, Verdict> {
        let settled = self
            .by_edge
            .iter()
            .filter_map(|(edge, votes)| Some((*edge, votes.standing().verdict()?)));
        settled.collect()
    }

    /// Returns the newest verdict in force of a reviewer with its edge, and whether it adjudicates.
    pub fn last_of(&self, reviewer: &str) -> Option<(EdgeId, &Vote, bool)> {
        let all = self.by_edge.iter().flat_map(|(edge, votes)| {
            let own = votes.people.iter().chain(&votes.machine);
            let own = own.map(|v| (*edge, v, false));
            own.chain(votes.adjudication.as_ref().map(|v| (*edge, v, true)))
        });
        all.filter(|(_, vote, _)| vote.reviewer == reviewer)
            .max_by_key(|(_, vote, _)| vote.decision)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use Verdict::{Keep, NotSure, Remove, Undo};

    /// Rows on one edge: reviewer, verdict, whether it adjudicates.
    fn standing(rows: &[(&str, Verdict, bool)]) -> Standing {
        let rows: Vec<Decision> = rows
            .iter()
            .enumerate()
            .map(|(i, (reviewer, verdict, adjudicates))| Decision {
                id: DecisionId(i as i64 + 1),
                edge: EdgeId(7),
                round: 2,
                verdict: *verdict,
                before: None,
                reviewer: (*reviewer).to_owned(),
                note: String::new(),
                decided_ms: 0,
                spent_ms: None,
                adjudicates: *adjudicates,
                rule: String::new(),
            })
            .collect();
        assert_eq!(
            Votes::read(&rows, 1),
            Votes {
                round: 1,
                ..Votes::default()
            }
        );
        Votes::read(&rows, 2).standing(EdgeId(7))
    }

    #[track_caller]
    fn check_words(rows: &[(&str, Verdict, bool)], words: &str) {
        assert_eq!(standing(rows).words(), words);
    }

    #[test]
    fn rows_lead_to_standings() {
        check_words(&[], "open");
        check_words(&[("Ada", Keep, false)], "keep (Ada)");
        check_words(
            &[("Ben", Keep, false), ("Ada", Keep, false)],
            "keep (Ada, Ben)",
        );
        check_words(
            &[("Ada", Keep, false), ("Ben", Remove, false)],
            "disputed: Ada keep, Ben remove",
        );
        // Not sure abstains; alone it leaves the edge undecided.
        check_words(
            &[("Ada", NotSure, false), ("Ben", Remove, false)],
            "remove (Ben)",
        );
        check_words(
            &[("Ada", NotSure, false), ("Ben", NotSure, false)],
            "not sure (Ada, Ben)",
        );
        // People change their minds, and take back what is theirs alone.
        check_words(
            &[
                ("Ada", Keep, false),
                ("Ben", Remove, false),
                ("Ada", Remove, false),
            ],
            "remove (Ada, Ben)",
        );
        check_words(
            &[
                ("Ada", Keep, false),
                ("Ben", Remove, false),
                ("Ben", Undo, false),
            ],
            "keep (Ada)",
        );
        check_words(&[("Ada", Keep, false), ("Ben", Undo, false)], "keep (Ada)");
    }

    #[test]
    fn the_machine_fills_only_what_no_person_spoke_about() {
        check_words(&[(MACHINE, Remove, false)], "remove (machine)");
        check_words(
            &[(MACHINE, Remove, false), ("Ada", Keep, false)],
            "keep (Ada)",
        );
        check_words(
            &[(MACHINE, Remove, false), ("Ada", NotSure, false)],
            "not sure (Ada)",
        );
        check_words(
            &[
                ("Ada", Keep, false),
                (MACHINE, Remove, false),
                ("Ada", Undo, false),
            ],
            "remove (machine)",
        );
    }

    #[test]
    fn an_adjudication_stands_until_it_is_taken_back() {
        let disputed = [("Ada", Keep, false), ("Ben", Remove, false)];
        let with = |more: &[(&'static str, Verdict, bool)]| [&disputed[..], more].concat();
        check_words(
            &with(&[("Cem", Remove, true)]),
            "remove (adjudicated by Cem)",
        );
        check_words(
            &with(&[("Cem", Remove, true), ("Ben", Keep, false)]),
            "remove (adjudicated by Cem)",
        );
        check_words(
            &with(&[("Cem", Remove, true), ("Cem", Undo, true)]),
            "disputed: Ada keep, Ben remove",
        );
        check_words(
            &with(&[("Cem", NotSure, true)]),
            "not sure (adjudicated by Cem)",
        );
        assert!(!standing(&disputed).is_settled());
        assert!(standing(&with(&[("Cem", NotSure, true)])).is_settled());
    }

    #[test]
    fn names_of_people() {
        assert_eq!(reviewer_name("  Ada ").unwrap(), "Ada");
        assert_eq!(reviewer_name(" "), Err(ReviewerError::Empty));
        assert_eq!(reviewer_name("machine"), Err(ReviewerError::Machine));
        assert_eq!(reviewer_name("a\nb"), Err(ReviewerError::NotALine));
        assert_eq!(reviewer_name(&"x".repeat(81)), Err(ReviewerError::NotALine));
        for state in ReviewState::ALL {
            assert_eq!(ReviewState::parse(state.code()), Some(state));
        }
    }
}
