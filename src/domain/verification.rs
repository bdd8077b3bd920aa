//! The verification by people: pairs of statements, and what several reviewers say of each (SPEC 7.8).
//!
//! Judgments are rows that are only added; what is in force is their replay ([`Judgments::replay`]). It
//! draws no sample and computes no rate.

use std::collections::BTreeMap;

use super::corpus::Nation;
use crate::base::ids::{IssueId, ItemId, JudgmentId, SampleId, StatementId};
use crate::base::seed::Seed;

/// Statements drawn for each nation where nobody says otherwise: the paper's Table 7.
pub const N_PER_NATION: usize = 100;

/// Share of the pairs that every reviewer judges, where nobody says otherwise.
pub const OVERLAP_SHARE: f64 = 0.3;

/// Pairs of a nation at most.
pub const MAX_PER_NATION: usize = 10_000;

/// Reviewers of a sample at most.
pub const MAX_REVIEWERS: usize = 20;

/// Characters of a reviewer's name at most.
pub const MAX_NAME_CHARS: usize = 60;

/// Characters of a note at most.
pub const MAX_NOTE_CHARS: usize = 1_000;

/// How two statements stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Judgment {
    /// Both can be held together, and speak of the same.
    Align,
    /// Who holds one cannot well hold the other.
    Conflict,
    /// They do not speak of the same.
    Unrelated,
}

impl Judgment {
    /// All judgments in order.
    pub const ALL: [Self; 3] = [Self::Align, Self::Conflict, Self::Unrelated];

    /// How many there are.
    pub const N: usize = Self::ALL.len();

    /// Returns the lower-case name used in files and in the store.
    pub fn code(self) -> &'static str {
        match self {
            Self::Align => "align",
            Self::Conflict => "conflict",
            Self::Unrelated => "unrelated",
        }
    }

    /// Returns the name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Align => "Align",
            Self::Conflict => "Conflict",
            Self::Unrelated => "Unrelated",
        }
    }

    /// Returns the position in [`Judgment::ALL`].
    pub fn idx(self) -> usize {
        match self {
            Self::Align => 0,
            Self::Conflict => 1,
            Self::Unrelated => 2,
        }
    }

    /// Reads [`Judgment::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|j| j.code() == code)
    }
}

/// Which pairs a sample is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SampleKind {
    /// Statements of a nation at random, each against the nation's verified statement.
    Random,
    /// Pairs of statements on one issue, before and after reduction.
    Within,
}

impl SampleKind {
    /// Both kinds in order.
    pub const ALL: [Self; 2] = [Self::Random, Self::Within];

    /// Returns the lower-case name used in files and in the store.
    pub fn code(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Within => "within",
        }
    }

    /// Returns the name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Random => "Against a verified statement",
            Self::Within => "Within an issue",
        }
    }

    /// Reads [`SampleKind::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }
}

/// What is to be drawn, and for whom.
#[derive(Clone, Debug, PartialEq)]
pub struct SamplePlan {
    /// Which pairs.
    pub kind: SampleKind,
    /// Pairs of each nation; of [`SampleKind::Within`] as many before as after reduction.
    pub n_per_nation: usize,
    /// Who judges, in order.
    pub reviewers: Vec<String>,
    /// Share of the pairs that every reviewer judges; the others are dealt out.
    pub overlap_share: f64,
    /// Pairs of a reviewer at most, `None` for no limit.
    pub n_per_reviewer: Option<usize>,
    /// Each nation's verified statement, for [`SampleKind::Random`].
    pub anchors: BTreeMap<Nation, StatementId>,
    /// The seed of drawing and dealing.
    pub seed: Seed,
}

/// Why a sample is not drawn or a judgment not taken.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum VerificationError {
    /// There is no statement.
    #[error(
        "the project has no statements yet; `meridian run PROJECT --to judge_source` finds them"
    )]
    NoStatements,
    /// There is no issue.
    #[error(
        "no statements share an issue yet; `meridian run PROJECT --to reduce` finds issues, and pairs against a verified statement need none"
    )]
    NoIssues,
    /// Nobody is to judge.
    #[error("a sample needs at least one reviewer")]
    NoReviewers,
    /// Too many are to judge.
    #[error("a sample has at most {max} reviewers, these are {n}")]
    ManyReviewers {
        /// Given.
        n: usize,
        /// Allowed.
        max: usize,
    },
    /// A name without letters, or too long.
    #[error("a reviewer's name has 1 to {max} characters, this is none: {name:?}")]
    Name {
        /// The name.
        name: String,
        /// Characters allowed.
        max: usize,
    },
    /// A number that cannot be.
    #[error("{what} lies in {range}, not {given}")]
    Range {
        /// What.
        what: &'static str,
        /// Where it may lie.
        range: String,
        /// What was given.
        given: String,
    },
    /// A verified statement that is none of the project's.
    #[error(
        "there is no statement {statement} in the project now; `meridian export PROJECT statements FILE` lists them"
    )]
    UnknownStatement {
        /// The identity.
        statement: StatementId,
    },
    /// Two verified statements of one nation.
    #[error("statements {first} and {second} are both of {}; a nation has one verified statement", nation.name())]
    TwoAnchors {
        /// The nation.
        nation: Nation,
        /// One.
        first: StatementId,
        /// The other.
        second: StatementId,
    },
    /// No sample of that number.
    #[error("there is no sample {sample}; `meridian verify PROJECT list` shows those there are")]
    UnknownSample {
        /// The identity.
        sample: SampleId,
    },
    /// No sample at all.
    #[error("no sample was drawn yet; `meridian verify PROJECT sample` draws one")]
    NoSample,
    /// No pair of that number.
    #[error(
        "there is no item {item}; `meridian verify PROJECT list --reviewer NAME` shows a reviewer's items"
    )]
    UnknownItem {
        /// The identity.
        item: ItemId,
    },
    /// A reviewer to whom the pair was not dealt.
    #[error("item {item} is not among the items of this reviewer: {reviewer}")]
    NotAssigned {
        /// The pair.
        item: ItemId,
        /// The reviewer.
        reviewer: String,
    },
    /// Adjudication of what needs none.
    #[error("reviewers do not disagree on item {item}, so there is nothing to adjudicate")]
    NotDisputed {
        /// The pair.
        item: ItemId,
    },
    /// An undo of nothing.
    #[error(
        "no judgment of item {item} by this reviewer is in force, so there is nothing to take back: {reviewer}"
    )]
    NothingToTakeBack {
        /// The pair.
        item: ItemId,
        /// The reviewer.
        reviewer: String,
    },
    /// A note too long to show.
    #[error("a note has at most {max} characters, this one has {n_chars}")]
    LongNote {
        /// Characters given.
        n_chars: usize,
        /// Characters allowed.
        max: usize,
    },
}

impl SamplePlan {
    /// Returns the plan as it is kept: names with single spaces and once each.
    ///
    /// # Errors
    /// [`VerificationError`] for what cannot be.
    pub fn check(mut self) -> Result<Self, VerificationError> {
        let mut names: Vec<String> = Vec::new();
        for name in &self.reviewers {
            let tidy = tidy_name(name)?;
            if !names.contains(&tidy) {
                names.push(tidy);
            }
        }
        if names.is_empty() {
            return Err(VerificationError::NoReviewers);
        }
        if names.len() > MAX_REVIEWERS {
            return Err(VerificationError::ManyReviewers {
                n: names.len(),
                max: MAX_REVIEWERS,
            });
        }
        if !(1..=MAX_PER_NATION).contains(&self.n_per_nation) {
            return Err(VerificationError::Range {
                what: "the number of pairs for each nation",
                range: format!("1..={MAX_PER_NATION}"),
                given: self.n_per_nation.to_string(),
            });
        }
        if !(0.0..=1.0).contains(&self.overlap_share) {
            return Err(VerificationError::Range {
                what: "the share that all reviewers judge",
                range: "0..=1".to_owned(),
                given: self.overlap_share.to_string(),
            });
        }
        if self.n_per_reviewer == Some(0) {
            return Err(VerificationError::Range {
                what: "the number of items of a reviewer",
                range: "1 and above".to_owned(),
                given: "0".to_owned(),
            });
        }
        self.reviewers = names;
        Ok(self)
    }
}

/// Returns a reviewer's name with single spaces.
///
/// # Errors
/// [`VerificationError::Name`] if nothing is left or it is too long.
pub fn tidy_name(name: &str) -> Result<String, VerificationError> {
    let tidy = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if (1..=MAX_NAME_CHARS).contains(&tidy.chars().count()) {
        Ok(tidy)
    } else {
        Err(VerificationError::Name {
            name: name.chars().take(MAX_NAME_CHARS).collect(),
            max: MAX_NAME_CHARS,
        })
    }
}

/// A sample that was drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Identity in the project.
    pub id: SampleId,
    /// What was asked for.
    pub plan: SamplePlan,
    /// Whether reduction had closed a round when it was drawn: without one there is no "after".
    pub is_after_reduction: bool,
    /// Who had it drawn.
    pub who: String,
    /// When, in milliseconds since 1970.
    pub made_ms: i64,
}

/// A pair of a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Identity in the project.
    pub id: ItemId,
    /// Number within the sample, from 0.
    pub number: usize,
    /// Nation of both.
    pub nation: Nation,
    /// The statement that is compared with: the verified one, or the first of a pair.
    pub anchor: StatementId,
    /// The statement that is judged.
    pub other: StatementId,
    /// The issue they share, for [`SampleKind::Within`].
    pub issue: Option<IssueId>,
    /// Belongs to the pairs drawn before reduction.
    pub is_before: bool,
    /// Belongs to the pairs drawn of what reduction left.
    pub is_after: bool,
    /// Who judges it.
    pub reviewers: Vec<String>,
}

/// What a row of the record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// A judgment.
    Judged(Judgment),
    /// Takes the same person's newest judgment of the item that is in force back.
    Undo,
}

impl Said {
    /// Returns the lower-case name used in files and in the store.
    pub fn code(self) -> &'static str {
        match self {
            Self::Judged(judgment) => judgment.code(),
            Self::Undo => "undo",
        }
    }

    /// Reads [`Said::code`].
    pub fn parse(code: &str) -> Option<Self> {
        if code == "undo" {
            return Some(Self::Undo);
        }
        Judgment::parse(code).map(Self::Judged)
    }
}

/// What a judgment counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// One reviewer's own, blind to the others'.
    Reviewer,
    /// The last word on an item that reviewers disagree on, all of theirs seen.
    Adjudicator,
}

/// A row of the record, only ever added.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgmentRow {
    /// Identity; a later row has a larger one.
    pub id: JudgmentId,
    /// The pair.
    pub item: ItemId,
    /// Who.
    pub reviewer: String,
    /// As what.
    pub role: Role,
    /// What.
    pub said: Said,
    /// A remark, may be empty.
    pub note: String,
    /// How long the item was looked at, seconds; `None` where nobody measured.
    pub spent_secs: Option<f64>,
    /// When, in milliseconds since 1970.
    pub judged_ms: i64,
}

/// A judgment in force.
#[derive(Clone, Debug, PartialEq)]
pub struct InForce {
    /// The row that says it.
    pub row: JudgmentId,
    /// The judgment.
    pub judgment: Judgment,
    /// Who.
    pub reviewer: String,
    /// A remark, may be empty.
    pub note: String,
    /// How long the item was looked at, seconds.
    pub spent_secs: Option<f64>,
    /// When, in milliseconds since 1970.
    pub judged_ms: i64,
}

/// Where an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has judged it.
    Open,
    /// All who judged it say the same.
    Agreed(Judgment),
    /// Reviewers disagree and nobody has adjudicated.
    Disputed,
    /// The adjudicator's word.
    Adjudicated(Judgment),
}

impl Standing {
    /// Returns the item's final judgment, `None` while there is none.
    pub fn judgment(self) -> Option<Judgment> {
        match self {
            Self::Agreed(j) | Self::Adjudicated(j) => Some(j),
            Self::Open | Self::Disputed => None,
        }
    }

    /// Returns the word used in files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Agreed(_) => "agreed",
            Self::Disputed => "disputed",
            Self::Adjudicated(_) => "adjudicated",
        }
    }
}

/// The judgments in force of a sample.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgments {
    of_item: BTreeMap<ItemId, BTreeMap<String, InForce>>,
    adjudicated: BTreeMap<ItemId, InForce>,
}

impl Judgments {
    /// Replays the record, oldest row first: a judgment replaces the same person's earlier one, an undo
    /// brings that back.
    pub fn replay(rows: &[JudgmentRow]) -> Self {
        // Of adjudicators the newest word counts, whoever says it.
        let mut stacks: BTreeMap<(ItemId, Role, &str), Vec<InForce>> = BTreeMap::new();
        for row in rows {
            let who = match row.role {
                Role::Reviewer => row.reviewer.as_str(),
                Role::Adjudicator => "",
            };
            let stack = stacks.entry((row.item, row.role, who)).or_default();
            match row.said {
                Said::Judged(judgment) => stack.push(InForce {
                    row: row.id,
                    judgment,
                    reviewer: row.reviewer.clone(),
                    note: row.note.clone(),
                    spent_secs: row.spent_secs,
                    judged_ms: row.judged_ms,
                }),
                Said::Undo => {
                    stack.pop();
                }
            }
        }
        let mut out = Self::default();
        for ((item, role, who), mut stack) in stacks {
            let Some(top) = stack.pop() else { continue };
            match role {
                Role::Reviewer => {
                    let of_item = out.of_item.entry(item).or_default();
                    of_item.insert(who.to_owned(), top);
                }
                Role::Adjudicator => {
                    out.adjudicated.insert(item, top);
                }
            }
        }
        out
    }

    /// Returns one reviewer's judgment of an item.
    pub fn of(&self, item: ItemId, reviewer: &str) -> Option<&InForce> {
        self.of_item.get(&item)?.get(reviewer)
    }

    /// Returns all reviewers' judgments of an item, by name.
    pub fn of_all(&self, item: ItemId) -> impl Iterator<Item = &InForce> {
        self.of_item
            .get(&item)
            .into_iter()
            .flat_map(BTreeMap::values)
    }

    /// Returns the adjudicator's word on an item.
    pub fn adjudicated(&self, item: ItemId) -> Option<&InForce> {
        self.adjudicated.get(&item)
    }

    /// Tells whether those who judged an item disagree, adjudicated or not.
    pub fn is_disputed(&self, item: ItemId) -> bool {
        let mut said = self.of_all(item).map(|j| j.judgment);
        let first = said.next();
        said.any(|j| Some(j) != first)
    }

    /// Tells where an item stands. An adjudicator's word counts only while reviewers disagree.
    pub fn standing(&self, item: ItemId) -> Standing {
        if self.is_disputed(item) {
            return self
                .adjudicated(item)
                .map_or(Standing::Disputed, |a| Standing::Adjudicated(a.judgment));
        }
        self.of_all(item)
            .next()
            .map_or(Standing::Open, |j| Standing::Agreed(j.judgment))
    }

    /// Returns the judgment that this person's undo takes back: the newest in force, with its item.
    pub fn newest_of(&self, reviewer: &str, role: Role) -> Option<(ItemId, &InForce)> {
        let all: Vec<(ItemId, &InForce)> = match role {
            Role::Reviewer => self
                .of_item
                .iter()
                .filter_map(|(item, of)| Some((*item, of.get(reviewer)?)))
                .collect(),
            Role::Adjudicator => self
                .adjudicated
                .iter()
                .filter(|(_, a)| a.reviewer == reviewer)
                .map(|(item, a)| (*item, a))
                .collect(),
        };
        all.into_iter().max_by_key(|(_, j)| j.row)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(id: i64, item: i64, reviewer: &str, role: Role, said: Said) -> JudgmentRow {
        JudgmentRow {
            id: JudgmentId(id),
            item: ItemId(item),
            reviewer: reviewer.to_owned(),
            role,
            said,
            note: String::new(),
            spent_secs: None,
            judged_ms: id,
        }
    }

    fn judged(id: i64, item: i64, reviewer: &str, judgment: Judgment) -> JudgmentRow {
        row(id, item, reviewer, Role::Reviewer, Said::Judged(judgment))
    }

    fn plan(reviewers: &[&str]) -> SamplePlan {
        SamplePlan {
            kind: SampleKind::Random,
            n_per_nation: N_PER_NATION,
            reviewers: reviewers.iter().map(|r| (*r).to_owned()).collect(),
            overlap_share: OVERLAP_SHARE,
            n_per_reviewer: None,
            anchors: BTreeMap::new(),
            seed: Seed(1),
        }
    }

    #[test]
    fn words_come_back() {
        for j in Judgment::ALL {
            assert_eq!(Judgment::parse(j.code()), Some(j));
            assert_eq!(Said::parse(j.code()), Some(Said::Judged(j)));
            assert_eq!(Judgment::ALL.get(j.idx()), Some(&j));
        }
        assert_eq!(Said::parse("undo"), Some(Said::Undo));
        assert_eq!(Said::parse("agree"), None);
        assert!(
            SampleKind::ALL
                .iter()
                .all(|k| SampleKind::parse(k.code()) == Some(*k))
        );
    }

    #[test]
    fn plans_are_checked() {
        let tidy = plan(&[" Ada  Lovelace", "Bo", "Ada Lovelace"]).check();
        assert_eq!(
            tidy.map(|p| p.reviewers),
            Ok(vec!["Ada Lovelace".to_owned(), "Bo".to_owned()])
        );
        assert_eq!(plan(&[]).check(), Err(VerificationError::NoReviewers));
        assert!(matches!(
            plan(&["  "]).check(),
            Err(VerificationError::Name { .. })
        ));
        assert!(matches!(
            plan(&[&"x".repeat(61)]).check(),
            Err(VerificationError::Name { .. })
        ));
        for bad in [
            SamplePlan {
                n_per_nation: 0,
                ..plan(&["a"])
            },
            SamplePlan {
                overlap_share: f64::NAN,
                ..plan(&["a"])
            },
            SamplePlan {
                overlap_share: 1.01,
                ..plan(&["a"])
            },
            SamplePlan {
                n_per_reviewer: Some(0),
                ..plan(&["a"])
            },
        ] {
            assert!(matches!(bad.check(), Err(VerificationError::Range { .. })));
        }
    }

    #[test]
    fn items_go_from_open_to_adjudicated() {
        let mut rows = Vec::new();
        let standing = |rows: &[JudgmentRow]| Judgments::replay(rows).standing(ItemId(7));
        assert_eq!(standing(&rows), Standing::Open);
        rows.push(judged(1, 7, "a", Judgment::Align));
        assert_eq!(standing(&rows), Standing::Agreed(Judgment::Align));
        rows.push(judged(2, 7, "b", Judgment::Conflict));
        assert_eq!(standing(&rows), Standing::Disputed);
        let last = Said::Judged(Judgment::Unrelated);
        rows.push(row(3, 7, "c", Role::Adjudicator, last));
        assert_eq!(standing(&rows), Standing::Adjudicated(Judgment::Unrelated));
        // Another adjudicator's word replaces it, whose undo brings it back.
        rows.push(row(
            4,
            7,
            "d",
            Role::Adjudicator,
            Said::Judged(Judgment::Align),
        ));
        assert_eq!(standing(&rows), Standing::Adjudicated(Judgment::Align));
        rows.push(row(5, 7, "d", Role::Adjudicator, Said::Undo));
        assert_eq!(standing(&rows), Standing::Adjudicated(Judgment::Unrelated));
        // Who changes their mind ends the dispute.
        rows.push(judged(6, 7, "b", Judgment::Align));
        assert_eq!(standing(&rows), Standing::Agreed(Judgment::Align));
        rows.push(row(7, 7, "b", Role::Reviewer, Said::Undo));
        assert_eq!(standing(&rows), Standing::Adjudicated(Judgment::Unrelated));
    }

    proptest! {
        /// A judgment and its undo leave everything as it was, wherever they stand in the record's end.
        #[test]
        fn an_undo_is_the_opposite(
            ops in proptest::collection::vec((0..4i64, 0..2usize, proptest::option::of(0..3usize)), 0..40),
            item in 0..4i64, who in 0..2usize, what in 0..3usize,
        ) {
            let names = ["a", "b"];
            let mut rows: Vec<JudgmentRow> = ops
                .iter()
                .zip(1..)
                .map(|((item, who, what), id)| {
                    let said = what.map_or(Said::Undo, |w| Said::Judged(Judgment::ALL[w]));
                    row(id, *item, names[*who], Role::Reviewer, said)
                })
                .collect();
            let before = Judgments::replay(&rows);
            let next = rows.len() as i64 + 1;
            rows.push(judged(next, item, names[who], Judgment::ALL[what]));
            let now = Judgments::replay(&rows);
            prop_assert_eq!(now.newest_of(names[who], Role::Reviewer).map(|(i, j)| (i, j.row)), Some((ItemId(item), JudgmentId(next))));
            rows.push(row(next + 1, item, names[who], Role::Reviewer, Said::Undo));
            prop_assert_eq!(Judgments::replay(&rows), before);
        }
    }
}
