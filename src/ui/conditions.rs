//! What is filtered by and selected, one condition at a time: its words and its way out.

use super::text;
use super::views::map::months_in_words;
use crate::domain::corpus::Nation;
use crate::domain::filter::{Desk, Selection};
use crate::domain::months::Months;
use crate::domain::statement::StatementSet;

/// A condition that documents must meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Nations,
    Topics,
    Outlets,
    Time,
    Sets,
    Strength,
    Words,
    /// A further column, by name.
    Field(String),
    Selection,
}

impl Condition {
    /// Lists the conditions in force.
    pub(super) fn all(desk: &Desk) -> Vec<Self> {
        let filter = &desk.filter;
        let mut all: Vec<Self> = [
            (!filter.nations.is_empty(), Self::Nations),
            (!filter.topics.is_empty(), Self::Topics),
            (!filter.sources.is_empty(), Self::Outlets),
            (filter.days.is_some(), Self::Time),
            (!filter.sets.is_empty(), Self::Sets),
            (filter.strength.is_some(), Self::Strength),
            (!filter.words.is_empty(), Self::Words),
        ]
        .into_iter()
        .filter_map(|(is, condition)| is.then_some(condition))
        .collect();
        all.extend(filter.fields.keys().cloned().map(Self::Field));
        if !desk.selection.is_empty() {
            all.push(Self::Selection);
        }
        all
    }

    /// Says in a few words what is asked for.
    pub(super) fn words(&self, desk: &Desk, months: &Months) -> String {
        let filter = &desk.filter;
        match self {
            Self::Nations => {
                let codes: Vec<&str> = filter.nations.iter().map(Nation::code).collect();
                codes.join(" ")
            }
            Self::Topics => text::counted(filter.topics.len(), "topic", "topics"),
            Self::Outlets => {
                let one = filter.sources.first().filter(|_| filter.sources.len() == 1);
                one.cloned()
                    .unwrap_or_else(|| text::counted(filter.sources.len(), "outlet", "outlets"))
            }
            Self::Time => filter
                .days
                .map_or_else(String::new, |days| months_in_words(months, days)),
            Self::Sets => {
                let names: Vec<&str> = filter.sets.iter().map(|s| StatementSet::name(*s)).collect();
                names.join(" or ").to_lowercase()
            }
            Self::Strength => filter.strength.map_or_else(String::new, |(lo, hi)| {
                format!("membership {lo:.2} to {hi:.2}")
            }),
            Self::Words => format!("“{}”", filter.words),
            Self::Field(name) => {
                let values = filter.fields.get(name);
                let one = values.filter(|v| v.len() == 1).and_then(|v| v.first());
                one.map_or_else(
                    || {
                        let n = values.map_or(0, std::collections::BTreeSet::len);
                        format!("{name}: {}", text::counted(n, "value", "values"))
                    },
                    |value| format!("{name}: {value}"),
                )
            }
            Self::Selection => text::counted(desk.selection.steps.len(), "outline", "outlines"),
        }
    }

    /// Asks for it no longer.
    pub(super) fn let_go(&self, desk: &mut Desk) {
        let filter = &mut desk.filter;
        match self {
            Self::Nations => filter.nations.clear(),
            Self::Topics => filter.topics.clear(),
            Self::Outlets => filter.sources.clear(),
            Self::Time => filter.days = None,
            Self::Sets => filter.sets.clear(),
            Self::Strength => filter.strength = None,
            Self::Words => filter.words.clear(),
            Self::Field(name) => {
                filter.fields.remove(name);
            }
            Self::Selection => desk.selection = Selection::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::filter::{Filter, SelectMode, Selected};

    #[test]
    fn every_condition_has_words_and_a_way_out() {
        let mut desk = Desk {
            filter: Filter {
                nations: Nation::FIVE.into_iter().take(2).collect(),
                sources: ["Le Quai".to_owned()].into(),
                topics: [3, 7].into(),
                days: Some((0, 30)),
                sets: [StatementSet::Quoted, StatementSet::Official].into(),
                strength: Some((0.25, 1.0)),
                words: "grève".to_owned(),
                fields: [
                    ("desk".to_owned(), ["home".to_owned()].into()),
                    ("page".to_owned(), ["1".to_owned(), "2".to_owned()].into()),
                ]
                .into(),
            },
            selection: Selection::default(),
        };
        let outline = Selected::Outline(vec![[0.0; 2]; 3]);
        desk.selection.push(SelectMode::Replace, outline);
        let all = Condition::all(&desk);
        let months = Months::default();
        let words: Vec<String> = all.iter().map(|c| c.words(&desk, &months)).collect();
        assert_eq!(words[2], "Le Quai");
        assert_eq!(words[4], "quoted or official");
        assert_eq!(words[5], "membership 0.25 to 1.00");
        assert_eq!(words[6], "“grève”");
        assert_eq!(words[7..], ["desk: home", "page: 2 values", "1 outline"]);
        for (i, condition) in all.iter().enumerate() {
            condition.let_go(&mut desk);
            assert_eq!(Condition::all(&desk), all[i + 1..]);
        }
        assert!(desk.is_empty());
    }
}
