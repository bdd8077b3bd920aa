//! What a filter lets through and what is selected, counted by nation and topic.

use std::sync::Arc;

use rayon::prelude::*;

use super::model::MapData;
use crate::base::bits::Bits;
use crate::base::cloud::Outline;
use crate::domain::columns::{Memberships, NO_CODE, NO_DAY, NO_TOPIC};
use crate::domain::filter::{Desk, Filter, SelectMode, Selected, Selection};
use crate::domain::statement::StatementSet;

/// Documents of the map, counted.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// Which rows; `None` for all.
    pub rows: Option<Arc<Bits>>,
    /// How many.
    pub n: usize,
    /// Of these, noise of the clustering.
    pub n_outliers: usize,
    /// Per nation, in the order of the columns.
    pub by_nation: Vec<usize>,
    /// Per topic number and nation; one row more than topics, for documents without.
    pub by_topic: Vec<Vec<u32>>,
    /// Per month of [`crate::domain::months::Months`].
    pub by_month: Vec<u32>,
}

impl Counted {
    /// Tells whether a row is among them.
    pub fn has(&self, row: usize) -> bool {
        self.rows.as_ref().is_none_or(|b| b.has(row))
    }

    /// Counts the documents of a topic.
    pub fn n_of_topic(&self, number: usize) -> usize {
        self.by_topic
            .get(number)
            .map_or(0, |row| row.iter().map(|n| *n as usize).sum())
    }
}

/// What the window looks at, worked out for one map.
#[derive(Clone, Debug)]
pub struct Focus {
    /// What was asked for.
    pub desk: Desk,
    /// The words in the search field, empty for none.
    pub words: String,
    /// The map it was worked out for.
    pub map: Arc<MapData>,
    /// What the filter lets through.
    pub passing: Arc<Counted>,
    /// What is selected, filter or not.
    pub selected: Option<Arc<Counted>>,
    /// What is let through, selected and found by the search field: what is drawn in color and counted.
    pub shown: Arc<Counted>,
    /// Of these, documents per topic number and month, months of one topic side by side; empty where
    /// topics and months are too many to count both.
    pub topic_months: Vec<u32>,
}

impl Focus {
    /// Tells whether it narrows what this map shows.
    pub fn narrows(&self, map: &Arc<MapData>) -> bool {
        Arc::ptr_eq(&self.map, map) && !(self.desk.is_empty() && self.words.is_empty())
    }
}

/// Works out a desk.
///
/// # Shapes
/// - `find`: returns the rows that hold some words.
///
/// # Cost
/// About 60 ms for six million documents on two cores, the search for words aside.
pub fn focus(
    map: &Arc<MapData>,
    desk: &Desk,
    words: &str,
    find: &dyn Fn(&str) -> Option<Bits>,
) -> Focus {
    let with_words = |words: &str| Some(words).filter(|w| !w.is_empty()).and_then(find);
    let passing = if desk.filter.is_empty() {
        Arc::clone(&map.all)
    } else {
        Arc::new(passing(
            map,
            &desk.filter,
            with_words(&desk.filter.words).as_ref(),
        ))
    };
    let selected = selected(map, &desk.selection, &with_words).map(Arc::new);
    let found = with_words(words);
    let shown = if selected.is_none() && found.is_none() {
        Arc::clone(&passing)
    } else {
        let all = || Bits::of(map.places.n_rows(), |_| true);
        let mut rows = passing.rows.as_ref().map_or_else(all, |b| (**b).clone());
        let of_selection = selected.as_ref().and_then(|s| s.rows.as_deref());
        for other in [of_selection, found.as_ref()].into_iter().flatten() {
            rows.intersect(other);
        }
        Arc::new(count(map, Some(Arc::new(rows))))
    };
    Focus {
        desk: desk.clone(),
        words: words.to_owned(),
        map: Arc::clone(map),
        passing,
        selected,
        topic_months: topic_months(map, &shown),
        shown,
    }
}

/// Topics times months that are counted at most; each thread holds as many numbers.
const MAX_TOPIC_MONTHS: usize = 1 << 20;

/// Rows that a thread counts before it takes the next ones.
const CHUNK: usize = 1 << 16;

/// Counts documents by topic and month.
fn topic_months(map: &MapData, of: &Counted) -> Vec<u32> {
    let n_months = map.months.n;
    let n_cells = map.n_topics.saturating_mul(n_months);
    if n_cells > MAX_TOPIC_MONTHS {
        return Vec::new();
    }
    let topics = map.members.topics.values();
    let empty = || vec![0u32; n_cells];
    (0..topics.len().div_ceil(CHUNK))
        .into_par_iter()
        .fold(empty, |mut sums, chunk| {
            for row in chunk * CHUNK..((chunk + 1) * CHUNK).min(topics.len()) {
                let cell = map
                    .months
                    .of_row(row)
                    .zip(map.topic(row))
                    .map(|(month, topic)| usize::from(topic) * n_months + month);
                if of.has(row)
                    && let Some(sum) = cell.and_then(|at| sums.get_mut(at))
                {
                    *sum += 1;
                }
            }
            sums
        })
        .reduce(empty, summed)
}

/// Adds counts of the same cells.
fn summed(mut a: Vec<u32>, b: Vec<u32>) -> Vec<u32> {
    for (x, y) in a.iter_mut().zip(b) {
        *x += y;
    }
    a
}

/// Finds what a filter lets through.
///
/// # Shapes
/// - `with_words`: the rows that hold the filter's words; `None` where they are not looked for.
pub fn passing(map: &MapData, filter: &Filter, with_words: Option<&Bits>) -> Counted {
    if filter.is_empty() {
        return count(map, None);
    }
    let test = Test::new(map, filter);
    let mut rows = Bits::of(map.places.n_rows(), |row| test.holds(row));
    if let Some(words) = with_words.filter(|_| !filter.words.is_empty()) {
        rows.intersect(words);
    }
    count(map, Some(Arc::new(rows)))
}

/// Finds what a selection holds; `None` if nothing is selected, or on another layout.
///
/// # Shapes
/// - `with_words`: as [`passing`] takes it, asked for each filter that looks for words.
pub fn selected(
    map: &MapData,
    selection: &Selection,
    with_words: &dyn Fn(&str) -> Option<Bits>,
) -> Option<Counted> {
    if selection.is_empty() || selection.layout != map.layout {
        return None;
    }
    let n = map.places.n_rows();
    let mut rows = Bits::none(n);
    for (mode, what) in &selection.steps {
        let step = match what {
            Selected::Outline(corners) => {
                let mut inside = Bits::none(n);
                if let Some(outline) = Outline::new(corners.clone()) {
                    for run in map.cloud.inside(&outline).runs {
                        inside.insert_run(run);
                    }
                }
                inside
            }
            Selected::Docs(docs) => {
                let mut named = Bits::none(n);
                for row in docs.iter().filter_map(|doc| map.places.row_of(doc)) {
                    named.insert(row);
                }
                named
            }
            Selected::Passing(filter) => {
                let words = Some(&filter.words)
                    .filter(|w| !w.is_empty())
                    .and_then(|w| with_words(w));
                passing(map, filter, words.as_ref())
                    .rows
                    .map_or_else(|| Bits::of(n, |_| true), |b| (*b).clone())
            }
        };
        match mode {
            SelectMode::Replace => rows = step,
            SelectMode::Add => rows.unite(&step),
            SelectMode::Subtract => rows.subtract(&step),
            SelectMode::Intersect => rows.intersect(&step),
        }
    }
    Some(count(map, Some(Arc::new(rows))))
}

/// A filter with its conditions looked up in the columns' lists: each with the column that it asks, `None`
/// where it lets all through.
struct Test<'a> {
    /// Per nation.
    nations: Option<(&'a [u8], Vec<bool>)>,
    /// Per outlet, per topic number, and per value of further columns.
    codes: Vec<(&'a [u16], Vec<bool>)>,
    days: Option<(&'a [i32], (i32, i32))>,
    /// Flags of which one must be set.
    sets: Option<(&'a [u8], u8)>,
    strengths: Option<(&'a [u8], (u8, u8))>,
}

impl<'a> Test<'a> {
    fn new(map: &'a MapData, filter: &Filter) -> Self {
        let (places, members) = (&*map.places, &*map.members);
        let byte = |v: f32| (v.clamp(0.0, 1.0) * 255.0).round() as u8;
        let mut codes: Vec<(&[u16], Vec<bool>)> = Vec::new();
        if !filter.sources.is_empty() {
            let on = places.sources.iter();
            let on = on.map(|s| filter.sources.contains(s)).collect();
            codes.push((places.source_idx.values(), on));
        }
        if !filter.topics.is_empty() {
            // A document without a topic has a number beyond all.
            let on = (0..map.n_topics as u32).map(|t| filter.topics.contains(&(t as u16)));
            codes.push((members.topics.values(), on.collect()));
        }
        for (name, values) in filter.fields.iter().filter(|(_, v)| !v.is_empty()) {
            // A column that this corpus does not have lets nothing through.
            let field = places.fields.iter().find(|f| f.name == *name);
            codes.push(field.map_or((&[], Vec::new()), |f| {
                let on = f.values.iter().map(|v| values.contains(v)).collect();
                (f.codes.values(), on)
            }));
        }
        let sets = filter.sets.iter().fold(0, |bits, set| bits | flag_of(*set));
        Self {
            nations: (!filter.nations.is_empty()).then(|| {
                let on = places.nations.iter().map(|n| filter.shows(*n)).collect();
                (places.nation_idx.values(), on)
            }),
            codes,
            days: filter.days.map(|days| (places.days.values(), days)),
            sets: (sets != 0).then(|| (members.flags.values(), sets)),
            strengths: filter
                .strength
                .map(|(lo, hi)| (members.strengths.values(), (byte(lo), byte(hi)))),
        }
    }

    fn holds(&self, row: usize) -> bool {
        let is_on = |on: &[bool], at: usize| on.get(at).copied().unwrap_or(false);
        self.nations.as_ref().is_none_or(|(of, on)| {
            of.get(row)
                .is_some_and(|nation| is_on(on, usize::from(*nation)))
        }) && self.codes.iter().all(|(of, on)| {
            of.get(row)
                .is_some_and(|code| *code != NO_CODE && is_on(on, usize::from(*code)))
        }) && self.days.is_none_or(|(of, (first, last))| {
            of.get(row)
                .is_some_and(|d| *d != NO_DAY && (first..=last).contains(d))
        }) && self
            .sets
            .is_none_or(|(of, sets)| of.get(row).is_some_and(|f| f & sets != 0))
            && self
                .strengths
                .is_none_or(|(of, (lo, hi))| of.get(row).is_some_and(|s| (lo..=hi).contains(s)))
    }
}

/// Returns the bit of documents with a statement in a set.
pub fn flag_of(set: StatementSet) -> u8 {
    match set {
        StatementSet::Quoted => Memberships::QUOTED,
        StatementSet::Official => Memberships::OFFICIAL,
        StatementSet::Unattributed => Memberships::UNATTRIBUTED,
    }
}

/// Counts rows by nation and topic.
fn count(map: &MapData, rows: Option<Arc<Bits>>) -> Counted {
    let n = map.places.n_rows();
    let n_nations = map.places.nations.len();
    let n_topics = map.n_topics;
    let width = n_nations.max(1);
    let (nations, topics) = (map.places.nation_idx.values(), map.members.topics.values());
    let flags = map.members.flags.values();
    let months = &map.months;
    // The places after the topics count outliers by nation, and then documents by month.
    let first_month = (n_topics + 2) * width;
    let empty = || vec![0u32; first_month + months.n];
    let sums = (0..n.div_ceil(CHUNK))
        .into_par_iter()
        .fold(empty, |mut sums, chunk| {
            for row in chunk * CHUNK..((chunk + 1) * CHUNK).min(n) {
                if rows.as_ref().is_some_and(|b| !b.has(row)) {
                    continue;
                }
                let nation = nations
                    .get(row)
                    .map_or(0, |v| usize::from(*v))
                    .min(width - 1);
                let topic = topics
                    .get(row)
                    .filter(|t| **t != NO_TOPIC)
                    .map_or(n_topics, |t| usize::from(*t).min(n_topics));
                if let Some(sum) = sums.get_mut(topic * width + nation) {
                    *sum += 1;
                }
                let out = flags
                    .get(row)
                    .is_some_and(|f| f & Memberships::OUTLIER != 0);
                if let Some(sum) = sums.get_mut((n_topics + 1) * width + nation) {
                    *sum += u32::from(out);
                }
                if let Some(sum) = months
                    .of_row(row)
                    .and_then(|m| sums.get_mut(first_month + m))
                {
                    *sum += 1;
                }
            }
            sums
        })
        .reduce(empty, summed);
    let (by_topic, by_month) = sums.split_at(first_month);
    let by_month = by_month.to_vec();
    let mut by_topic: Vec<Vec<u32>> = by_topic.chunks(width).map(<[u32]>::to_vec).collect();
    let n_outliers = by_topic
        .pop()
        .map_or(0, |row| row.iter().map(|n| *n as usize).sum());
    let by_nation: Vec<usize> = (0..n_nations)
        .map(|k| {
            by_topic
                .iter()
                .filter_map(|row| row.get(k))
                .map(|n| *n as usize)
                .sum()
        })
        .collect();
    Counted {
        rows,
        n: by_nation.iter().sum(),
        n_outliers,
        by_nation,
        by_topic,
        by_month,
    }
}
