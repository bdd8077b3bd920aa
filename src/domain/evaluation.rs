//! How well a language model agrees with statements: methods, sets, verdicts per item.

use super::statement::StatementSet;

/// How agreement is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Multiple choice by perplexity: is the statement more expected than its reverse?
    Mc,
    /// Answer judged: is the model's own answer closer to the statement or to its reverse?
    Aj,
    /// Does the model say *agree* rather than *disagree* to the statement?
    Agree,
}

impl Method {
    /// All methods in the order they are shown.
    pub const ALL: [Self; 3] = [Self::Mc, Self::Aj, Self::Agree];

    /// Returns the word used in files, in the store and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Self::Mc => "mc",
            Self::Aj => "aj",
            Self::Agree => "agree",
        }
    }

    /// Reads [`Method::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.code() == code)
    }

    /// Returns the short name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mc => "MC",
            Self::Aj => "AJ",
            Self::Agree => "Agree",
        }
    }

    /// Says what it is in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Mc => "multiple choice",
            Self::Aj => "answers judged",
            Self::Agree => "agree or disagree",
        }
    }
}

/// A set of items that gets a column of its own in each nation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemSet {
    /// Said by a person or an organization, left after reduction.
    Quoted,
    /// The outlet's own voice, left after reduction.
    Official,
    /// Dropped by reduction.
    Minority,
    /// Of issues too even or too small for a dominant stance; also in the other sets.
    Contested,
}

impl ItemSet {
    /// All sets in the order they are shown; the first two are the paper's.
    pub const ALL: [Self; 4] = [
        Self::Quoted,
        Self::Official,
        Self::Minority,
        Self::Contested,
    ];

    /// Returns the lower-case name used in files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Quoted => "quoted",
            Self::Official => "official",
            Self::Minority => "minority",
            Self::Contested => "contested",
        }
    }

    /// Reads [`ItemSet::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// Returns the name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quoted => "Quoted",
            Self::Official => "Official",
            Self::Minority => "Minority",
            Self::Contested => "Contested",
        }
    }

    /// Tells whether an item belongs to the set.
    pub fn holds(self, set: StatementSet, dropped: bool, contested: bool) -> bool {
        match self {
            Self::Quoted => set == StatementSet::Quoted && !dropped,
            Self::Official => set == StatementSet::Official && !dropped,
            Self::Minority => dropped,
            Self::Contested => contested,
        }
    }
}

/// What a trial said of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemVerdict {
    /// The model sides with the statement.
    Statement,
    /// The model sides with the reverse statement.
    Reverse,
    /// Both are equal; counts as not siding with the statement.
    Tie,
    /// The judge said the one in one order and the other in the other order.
    Flip,
    /// The judge found the answer closer to neither.
    Undecided,
    /// The model gave no answer.
    Refused,
}

impl ItemVerdict {
    /// All verdicts.
    pub const ALL: [Self; 6] = [
        Self::Statement,
        Self::Reverse,
        Self::Tie,
        Self::Flip,
        Self::Undecided,
        Self::Refused,
    ];

    /// Returns the word used in files and in the store.
    pub fn code(self) -> &'static str {
        match self {
            Self::Statement => "statement",
            Self::Reverse => "reverse",
            Self::Tie => "tie",
            Self::Flip => "flip",
            Self::Undecided => "undecided",
            Self::Refused => "refused",
        }
    }

    /// Reads [`ItemVerdict::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.code() == code)
    }

    /// Tells whether it counts toward the rate.
    pub fn is_right(self) -> bool {
        self == Self::Statement
    }
}

/// What a judge says of an answer between two references.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Closer {
    /// Closer to the reference shown first.
    First,
    /// Closer to the reference shown second.
    Second,
    /// Neither, or both alike.
    Neither,
}

impl Closer {
    /// All verdicts.
    pub const ALL: [Self; 3] = [Self::First, Self::Second, Self::Neither];

    /// Returns the word used in answers and in the store.
    pub fn code(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Second => "second",
            Self::Neither => "neither",
        }
    }

    /// Reads [`Closer::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.code() == code)
    }
}

/// Joins the judge's words in both orders: the statement only where both orders say so.
///
/// `s_first` was given with the statement shown first, `rs_first` with the reverse shown first.
pub fn judged_in_both_orders(s_first: Closer, rs_first: Closer) -> ItemVerdict {
    match (s_first, rs_first) {
        (Closer::First, Closer::Second) => ItemVerdict::Statement,
        (Closer::Second, Closer::First) => ItemVerdict::Reverse,
        (Closer::First, Closer::First) | (Closer::Second, Closer::Second) => ItemVerdict::Flip,
        _ => ItemVerdict::Undecided,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_must_agree() {
        use Closer::{First, Neither, Second};
        for (a, b, verdict) in [
            (First, Second, ItemVerdict::Statement),
            (Second, First, ItemVerdict::Reverse),
            (First, First, ItemVerdict::Flip),
            (Second, Second, ItemVerdict::Flip),
            (First, Neither, ItemVerdict::Undecided),
            (Neither, Neither, ItemVerdict::Undecided),
        ] {
            assert_eq!(judged_in_both_orders(a, b), verdict);
        }
    }

    #[test]
    fn dropped_items_are_minority_only() {
        let sets = |dropped, contested| {
            ItemSet::ALL
                .into_iter()
                .filter(|s| s.holds(StatementSet::Official, dropped, contested))
                .collect::<Vec<_>>()
        };
        assert_eq!(sets(false, false), [ItemSet::Official]);
        assert_eq!(sets(true, false), [ItemSet::Minority]);
        assert_eq!(sets(false, true), [ItemSet::Official, ItemSet::Contested]);
    }
}
