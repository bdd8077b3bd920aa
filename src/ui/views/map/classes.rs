//! What colors the map's documents: a field's values folded into the few classes that can be told apart.

mod said;

use std::sync::Arc;

use rayon::prelude::*;

use crate::base::bits::Bits;
use crate::domain::columns::{NO_CODE, NO_DAY, civil_of_day};
use crate::domain::corpus::Nation;
use crate::domain::statement::StatementSet;
use crate::gpu::raster::{HIDDEN, N_CLASSES};
use crate::snapshot::model::MapData;
use crate::snapshot::passing::Focus;

/// Classes besides the context.
pub(super) const N_COLORS: usize = N_CLASSES - 1;

/// What color means.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColorBy {
    /// The nation.
    #[default]
    Nation,
    /// The topic.
    Topic,
    /// The outlet.
    Source,
    /// The date.
    Time,
    /// How firmly a document belongs to its topic.
    Strength,
    /// The sets its statements belong to.
    Set,
    /// Whether an evaluated model agreed with its statements, by the name of model and method.
    Agreement(String),
    /// A further column of the files.
    Field(String),
}

impl ColorBy {
    /// Returns its name on screen.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Nation => "Nation",
            Self::Topic => "Topic",
            Self::Source => "Source",
            Self::Time => "Time",
            Self::Strength => "Strength",
            Self::Set => "Set",
            Self::Agreement(name) | Self::Field(name) => name,
        }
    }

    /// Returns its name within a sentence: names of models and columns keep their letters.
    fn in_words(&self) -> String {
        match self {
            Self::Agreement(name) | Self::Field(name) => name.clone(),
            _ => self.name().to_lowercase(),
        }
    }

    /// Returns what choosing it does, e.g. `Color by source`.
    pub(super) fn action(&self) -> String {
        format!("Color by {}", self.in_words())
    }

    /// Lists what a map can be colored by.
    pub(super) fn all(map: &MapData) -> Vec<Self> {
        let mut all = vec![Self::Nation];
        if map.n_topics > 0 {
            all.extend([Self::Topic, Self::Strength]);
        }
        if map.places.sources.len() > 1 {
            all.push(Self::Source);
        }
        if map.months.n > 1 {
            all.push(Self::Time);
        }
        if map.tallies.sets.iter().any(|n| *n > 0) {
            all.push(Self::Set);
        }
        let agreements = map.agreements.iter();
        all.extend(agreements.map(|a| Self::Agreement(a.name.clone())));
        all.extend(
            map.places
                .fields
                .iter()
                .map(|f| Self::Field(f.name.clone())),
        );
        all
    }
}

/// What a click on a value's row in the legend filters by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Nation(Nation),
    Topic(u16),
    Source(String),
    /// First and last day.
    Days(i32, i32),
    /// Least and greatest strength in 1/255.
    Strengths(u8, u8),
    /// A set of statements.
    Set(StatementSet),
    /// Name and value of a further column.
    Field(String, String),
    /// Nothing: several values in one, or what no filter can say.
    None,
}

/// How a class is colored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Hue {
    /// A nation's own color.
    Nation(Nation),
    /// One of the colors of topics and other names.
    Slot(usize),
    /// A step of the sequential scale, `0.0..=1.0`.
    Scale(f32),
    /// A step of the diverging scale, `-1.0..=1.0`.
    Sides(f32),
    /// What is left over.
    Rest,
}

/// A value of the field that colors.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Value {
    pub(super) name: String,
    pub(super) class: u8,
    /// Documents shown.
    pub(super) n: usize,
    pub(super) target: Target,
}

/// The classes of all documents.
#[derive(Clone, Debug)]
pub(super) struct Coloring {
    pub(super) by: ColorBy,
    /// One for each row of the map.
    pub(super) classes: Arc<Vec<u8>>,
    /// Color of each class, from 1; the first is class 1.
    pub(super) hues: Vec<Hue>,
    /// The values, in the order of the legend.
    pub(super) values: Vec<Value>,
    /// Documents drawn as context though the filter lets them through: outliers, or without the value.
    pub(super) n_context: usize,
}

/// A field: its values and how a row has one.
struct Field<'a> {
    values: Vec<Value>,
    of_row: Box<dyn Fn(usize) -> Option<usize> + Sync + 'a>,
}

impl Coloring {
    /// Finds the class of every document.
    ///
    /// # Shapes
    /// - `labels`: of the topics by number.
    /// - `only`: the nation that is drawn alone, by index; others are hidden.
    pub(super) fn build(
        map: &MapData,
        by: &ColorBy,
        labels: &[String],
        focus: Option<&Focus>,
        hides_context: bool,
    ) -> Self {
        let field = field(map, by, labels);
        let rows = focus.and_then(|f| f.shown.rows.as_deref());
        let context = if hides_context { HIDDEN } else { 0 };
        let (classes, counts, n_context) = classify(map, by, &field, rows, context);
        let mut values = field.values;
        for (value, n) in values.iter_mut().zip(counts) {
            value.n = n;
        }
        Self {
            by: by.clone(),
            classes: Arc::new(classes),
            hues: hues(map, by),
            values,
            n_context,
        }
    }

    /// Makes a coloring of no documents, for its colors.
    pub(super) fn of_hues(by: ColorBy, hues: Vec<Hue>) -> Self {
        Self {
            by,
            classes: Arc::default(),
            hues,
            values: Vec::new(),
            n_context: 0,
        }
    }

    /// Returns the classes with every nation but one hidden.
    pub(super) fn only(&self, map: &MapData, nation_idx: u8) -> Vec<u8> {
        let nations = map.places.nation_idx.values();
        self.classes
            .par_iter()
            .zip(nations)
            .map(|(class, nation)| {
                if *nation == nation_idx {
                    *class
                } else {
                    HIDDEN
                }
            })
            .collect()
    }
}

/// Returns the color of each class of a field.
///
/// Asked in every frame: it looks at no document.
pub(super) fn hues(map: &MapData, by: &ColorBy) -> Vec<Hue> {
    let places = &map.places;
    match by {
        ColorBy::Nation => nation_hues(map),
        ColorBy::Topic => (0..N_COLORS).map(Hue::Slot).collect(),
        ColorBy::Source => named_hues(places.sources.len()),
        ColorBy::Time => scale(time_bins(map).0.len()),
        ColorBy::Strength => scale(N_STRENGTH_BINS),
        ColorBy::Set => said::set_hues(),
        ColorBy::Agreement(_) => said::agreement_hues(),
        ColorBy::Field(name) => match places.fields.iter().find(|f| f.name == *name) {
            Some(f) => named_hues(f.values.len()),
            None => nation_hues(map),
        },
    }
}

fn nation_hues(map: &MapData) -> Vec<Hue> {
    let nations = map.places.nations.iter().take(N_COLORS);
    nations.map(|n| Hue::Nation(*n)).collect()
}

/// How many names get a color of their own.
fn n_own_colors(n_names: usize) -> usize {
    if n_names <= N_COLORS {
        n_names
    } else {
        N_COLORS - 1
    }
}

fn named_hues(n_names: usize) -> Vec<Hue> {
    let n_own = n_own_colors(n_names);
    let rest = (n_own < n_names).then_some(Hue::Rest);
    (0..n_own).map(Hue::Slot).chain(rest).collect()
}

/// Classes, documents of each value, and documents that are context all the same.
fn classify(
    map: &MapData,
    by: &ColorBy,
    field: &Field<'_>,
    rows: Option<&Bits>,
    context: u8,
) -> (Vec<u8>, Vec<usize>, usize) {
    const CHUNK: usize = 1 << 16;
    let n = map.places.n_rows();
    let n_values = field.values.len();
    let mut classes = vec![context; n];
    // Before there are topics nothing is noise. What does not come from the clustering, such as a date or a
    // statement, outliers have as well.
    let of_clusters = matches!(by, ColorBy::Nation | ColorBy::Topic | ColorBy::Strength);
    let noise_is_gray = map.n_topics > 0 && of_clusters;
    let sums = classes
        .par_chunks_mut(CHUNK)
        .enumerate()
        .map(|(chunk, classes)| {
            let mut counts = vec![0usize; n_values + 1];
            for (k, class) in classes.iter_mut().enumerate() {
                let row = chunk * CHUNK + k;
                if rows.is_some_and(|b| !b.has(row)) {
                    continue;
                }
                let gray = noise_is_gray && map.is_context(row);
                let value = (!gray).then(|| (field.of_row)(row)).flatten();
                match value.and_then(|v| Some((v, field.values.get(v)?))) {
                    Some((v, value)) => {
                        *class = value.class;
                        if let Some(count) = counts.get_mut(v) {
                            *count += 1;
                        }
                    }
                    None => {
                        if let Some(count) = counts.last_mut() {
                            *count += 1;
                        }
                    }
                }
            }
            counts
        })
        .reduce(
            || vec![0; n_values + 1],
            |mut a, b| {
                for (x, y) in a.iter_mut().zip(b) {
                    *x += y;
                }
                a
            },
        );
    let mut counts = sums;
    let n_context = counts.pop().unwrap_or(0);
    (classes, counts, n_context)
}

fn value(name: String, class: u8, target: Target) -> Value {
    Value {
        name,
        class,
        n: 0,
        target,
    }
}

fn field<'a>(map: &'a MapData, by: &ColorBy, labels: &[String]) -> Field<'a> {
    match by {
        ColorBy::Nation => nations(map),
        ColorBy::Topic => topics(map, labels),
        ColorBy::Source => {
            let codes = map.places.source_idx.values();
            let target = |name: &str| Target::Source(name.to_owned());
            named(&map.places.sources, codes, target)
        }
        ColorBy::Time => time(map),
        ColorBy::Strength => strengths(map),
        ColorBy::Set => said::sets(map),
        ColorBy::Agreement(name) => match map.agreements.iter().find(|a| a.name == *name) {
            Some(a) => said::agreement(a),
            None => nations(map),
        },
        ColorBy::Field(name) => match map.places.fields.iter().find(|f| f.name == *name) {
            Some(f) => named(&f.values, f.codes.values(), |value| {
                Target::Field(name.clone(), value.to_owned())
            }),
            None => nations(map),
        },
    }
}

fn nations(map: &MapData) -> Field<'_> {
    let class = |i: usize| (i % N_COLORS + 1) as u8;
    let all = map.places.nations.iter();
    Field {
        values: all
            .enumerate()
            .map(|(i, n)| value(n.name().to_owned(), class(i), Target::Nation(*n)))
            .collect(),
        of_row: {
            let nation_idx = map.places.nation_idx.values();
            Box::new(|row| nation_idx.get(row).map(|n| usize::from(*n)))
        },
    }
}

fn topics<'a>(map: &'a MapData, labels: &[String]) -> Field<'a> {
    let slots = topic_slots(map);
    Field {
        values: (0..map.n_topics)
            .map(|t| {
                let name = labels.get(t).cloned().unwrap_or_default();
                let slot = slots.get(t).copied().unwrap_or(0);
                value(name, slot + 1, Target::Topic(t as u16))
            })
            .collect(),
        of_row: Box::new(|row| map.topic(row).map(usize::from)),
    }
}

/// Gives each topic one of the colors so that topics of one color lie as far apart as can be: the largest
/// first, each takes the color whose nearest topic is farthest.
fn topic_slots(map: &MapData) -> Vec<u8> {
    let mut slots = vec![0u8; map.n_topics];
    let mut placed: Vec<Vec<[f32; 2]>> = vec![Vec::new(); N_COLORS];
    for label in &map.labels {
        let [topic] = label.topics.as_slice() else {
            continue;
        };
        let [x, y] = label.anchor_in_map;
        let room = |taken: &Vec<[f32; 2]>| {
            taken
                .iter()
                .map(|p| (p[0] - x).hypot(p[1] - y))
                .fold(f32::INFINITY, f32::min)
        };
        let mut best = (0, f32::NEG_INFINITY);
        for (slot, taken) in placed.iter().enumerate() {
            let room = room(taken);
            if room > best.1 {
                best = (slot, room);
            }
        }
        if let Some(taken) = placed.get_mut(best.0) {
            taken.push(label.anchor_in_map);
        }
        if let Some(slot) = slots.get_mut(usize::from(*topic)) {
            *slot = best.0 as u8;
        }
    }
    slots
}

/// A field of names: the frequent ones get a color each, all others share the last.
fn named<'a>(names: &[String], codes: &'a [u16], target: impl Fn(&str) -> Target) -> Field<'a> {
    let mut counts = vec![0usize; names.len()];
    for code in codes {
        if let Some(count) = counts.get_mut(usize::from(*code)) {
            *count += 1;
        }
    }
    let mut by_count: Vec<usize> = (0..names.len()).collect();
    by_count.sort_by_key(|i| (std::cmp::Reverse(counts.get(*i).copied()), *i));
    let n_own = n_own_colors(names.len());
    let mut place = vec![0usize; names.len()];
    for (at, i) in by_count.iter().enumerate() {
        if let Some(slot) = place.get_mut(*i) {
            *slot = at;
        }
    }
    Field {
        values: by_count
            .iter()
            .enumerate()
            .filter_map(|(at, i)| {
                let name = names.get(*i)?;
                Some(value(name.clone(), at.min(n_own) as u8 + 1, target(name)))
            })
            .collect(),
        of_row: Box::new(move |row| {
            let code = *codes.get(row)?;
            if code == NO_CODE {
                return None;
            }
            place.get(usize::from(code)).copied()
        }),
    }
}

/// Bins of dates, as the months they begin with, and whether they are years: years where there are few,
/// else as many equal stretches of whole months.
fn time_bins(map: &MapData) -> (Vec<usize>, bool) {
    let months = &map.months;
    let (first_year, _) = months.year_month(0);
    let (last_year, _) = months.year_month(months.n.saturating_sub(1));
    let n_years = (last_year - first_year + 1).max(1) as usize;
    if (4..=N_COLORS).contains(&n_years) {
        let january = |year: i32| usize::try_from(year * 12 - months.first).unwrap_or(0);
        return ((first_year..=last_year).map(january).collect(), true);
    }
    let step = months.n.div_ceil(12).max(1);
    ((0..months.n).step_by(step).collect(), false)
}

fn time(map: &MapData) -> Field<'_> {
    let months = &map.months;
    let (starts, by_year) = time_bins(map);
    let end_of = |i: usize| starts.get(i + 1).copied().unwrap_or(months.n);
    let values = starts
        .iter()
        .enumerate()
        .map(|(i, &start)| {
            let (y, m) = months.year_month(start);
            let (y2, m2) = months.year_month(end_of(i).saturating_sub(1));
            let name = if by_year {
                y.to_string()
            } else if (y, m) == (y2, m2) {
                format!("{y}-{m:02}")
            } else {
                format!("{y}-{m:02} to {y2}-{m2:02}")
            };
            let last_day = months.first_day(end_of(i)) - 1;
            let target = Target::Days(months.first_day(start), last_day);
            value(name, i as u8 + 1, target)
        })
        .collect();
    let first_days: Vec<i32> = starts.iter().map(|s| months.first_day(*s)).collect();
    let years: Vec<i32> = first_days.iter().map(|d| civil_of_day(*d).0).collect();
    Field {
        values,
        of_row: Box::new(move |row| {
            let day = *map.places.days.get(row).filter(|d| **d != NO_DAY)?;
            match map.months.of_row(row) {
                Some(_) => first_days.partition_point(|d| *d <= day).checked_sub(1),
                // Only the year is known: enough where bins are years.
                None if by_year => years.iter().position(|y| *y == civil_of_day(day).0),
                None => None,
            }
        }),
    }
}

/// Colors of `n` steps of the sequential scale; the palest is left out, it would be lost on the ground.
fn scale(n: usize) -> Vec<Hue> {
    (0..n)
        .map(|i| Hue::Scale(0.22 + 0.78 * i as f32 / n.saturating_sub(1).max(1) as f32))
        .collect()
}

const N_STRENGTH_BINS: usize = 8;

fn strengths(map: &MapData) -> Field<'_> {
    let bound = |i: usize| (i * 256 / N_STRENGTH_BINS) as u8;
    let share = |i: usize| i as f32 / N_STRENGTH_BINS as f32;
    Field {
        values: (0..N_STRENGTH_BINS)
            .map(|i| {
                let last = ((i + 1) * 256 / N_STRENGTH_BINS - 1) as u8;
                let name = format!("{:.2} to {:.2}", share(i), share(i + 1));
                value(name, i as u8 + 1, Target::Strengths(bound(i), last))
            })
            .collect(),
        of_row: Box::new(|row| {
            let s = usize::from(*map.members.strengths.get(row)?);
            Some(s * N_STRENGTH_BINS / 256)
        }),
    }
}
