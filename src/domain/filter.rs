//! What the window looks at: one filter and one selection for all views.
//!
//! Both are recipes, small and independent of how many documents there are; what they let through is
//! computed from the corpus' columns.

use std::collections::{BTreeMap, BTreeSet};

use super::corpus::Nation;
use super::statement::StatementSet;
use crate::base::doc_set::DocSet;

/// Which documents are looked at; an empty condition lets all through, and all conditions must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Nations, any of these.
    pub nations: BTreeSet<Nation>,
    /// Outlets, any of these.
    pub sources: BTreeSet<String>,
    /// Numbers of topics, any of these.
    pub topics: BTreeSet<u16>,
    /// First and last day, in days since 1970-01-01, both included; a date of which only the year or the
    /// month is known counts by its first day.
    pub days: Option<(i32, i32)>,
    /// Sets, any of these: documents with a statement in one.
    pub sets: BTreeSet<StatementSet>,
    /// Least and greatest strength of membership, `0.0..=1.0`.
    pub strength: Option<(f32, f32)>,
    /// Words to be found in title or text; empty for none.
    pub words: String,
    /// Further columns: values by the column's name, any of a column's values.
    pub fields: BTreeMap<String, BTreeSet<String>>,
}

impl Filter {
    /// Tells whether everything is let through.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Tells whether a nation is let through.
    pub fn shows(&self, nation: Nation) -> bool {
        self.nations.is_empty() || self.nations.contains(&nation)
    }

    /// Lets a set of statements in or out. All of them together are a condition as well: documents may
    /// hold no statement.
    pub fn toggle_set(&mut self, set: StatementSet) {
        toggle(&mut self.sets, set, usize::MAX);
    }

    /// Lets a value of a further column in or out; a document may lack the column, so that all values
    /// together are a condition as well.
    pub fn toggle_field(&mut self, name: &str, value: &str) {
        let on = self.fields.entry(name.to_owned()).or_default();
        toggle(on, value.to_owned(), usize::MAX);
        self.fields.retain(|_, on| !on.is_empty());
    }

    /// Tells whether a topic is let through.
    pub fn shows_topic(&self, number: u16) -> bool {
        self.topics.is_empty() || self.topics.contains(&number)
    }
}

/// Puts a value into a condition or takes it out; a condition that would name all `n_all` lets go of them.
pub fn toggle<T: Ord>(condition: &mut BTreeSet<T>, value: T, n_all: usize) {
    if !condition.remove(&value) {
        condition.insert(value);
    }
    if condition.len() >= n_all {
        condition.clear();
    }
}

/// How a step changes the selection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SelectMode {
    /// Selects this and nothing else.
    #[default]
    Replace,
    /// Selects this as well.
    Add,
    /// Takes this out of the selection.
    Subtract,
    /// Keeps of the selection what is in this.
    Intersect,
}

/// What a step selects.
#[derive(Clone, Debug, PartialEq)]
pub enum Selected {
    /// What lies inside an outline on the map, in map units.
    Outline(Vec<[f32; 2]>),
    /// What a filter lets through.
    Passing(Box<Filter>),
    /// These documents, e.g. those inside an outline on the conflict graph.
    Docs(DocSet),
}

/// Which documents are selected: steps, one after another, on one layout.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// Name of the layout whose map the outlines lie on.
    pub layout: String,
    /// The steps; the first replaces.
    pub steps: Vec<(SelectMode, Selected)>,
}

impl Selection {
    /// Tells whether nothing was selected.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Counts the corners of all outlines.
    pub fn n_corners(&self) -> usize {
        self.steps
            .iter()
            .map(|(_, what)| match what {
                Selected::Outline(corners) => corners.len(),
                Selected::Passing(_) | Selected::Docs(_) => 0,
            })
            .sum()
    }

    /// Counts the documents that are named one by one.
    pub fn n_named(&self) -> usize {
        self.steps
            .iter()
            .map(|(_, what)| match what {
                Selected::Docs(docs) => docs.len(),
                Selected::Outline(_) | Selected::Passing(_) => 0,
            })
            .sum()
    }

    /// Adds a step; one that replaces forgets the steps before it.
    pub fn push(&mut self, mode: SelectMode, selected: Selected) {
        if mode == SelectMode::Replace {
            self.steps.clear();
        }
        self.steps.push((mode, selected));
    }
}

/// Everything that the window looks at: what is let through, and of that what is selected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desk {
    /// What is let through.
    pub filter: Filter,
    /// What is selected.
    pub selection: Selection,
}

impl Desk {
    /// Tells whether nothing is filtered and nothing selected.
    pub fn is_empty(&self) -> bool {
        self.filter.is_empty() && self.selection.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn naming_all_is_naming_none() {
        let mut of: BTreeSet<u16> = BTreeSet::new();
        toggle(&mut of, 1, 3);
        toggle(&mut of, 2, 3);
        assert_eq!(of.len(), 2);
        toggle(&mut of, 1, 3);
        assert_eq!(of.iter().copied().collect::<Vec<_>>(), [2]);
        toggle(&mut of, 1, 3);
        toggle(&mut of, 0, 3);
        assert!(of.is_empty());
        assert!(Filter::default().is_empty());
    }

    #[test]
    fn what_a_document_may_lack_can_be_asked_for_in_full() {
        let mut filter = Filter::default();
        for set in StatementSet::ALL {
            filter.toggle_set(set);
        }
        assert_eq!(filter.sets.len(), 3);
        filter.toggle_field("desk", "home");
        assert_eq!(filter.fields.len(), 1);
        filter.toggle_field("desk", "home");
        assert!(filter.fields.is_empty());
    }

    #[test]
    fn a_step_that_replaces_forgets() {
        let mut selection = Selection::default();
        let all = || Selected::Passing(Box::default());
        selection.push(SelectMode::Replace, all());
        selection.push(SelectMode::Subtract, Selected::Outline(vec![[0.0; 2]; 3]));
        assert_eq!(selection.steps.len(), 2);
        selection.push(SelectMode::Replace, all());
        assert_eq!(selection.steps.len(), 1);
    }
}
