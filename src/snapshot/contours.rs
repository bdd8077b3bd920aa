//! Lines around the densest regions of the map: of each nation, of each topic, or of all that is shown.
//!
//! Worked out off the screen's thread, in map units, for every zoom at once; nothing is drawn here.

use std::sync::Arc;

use rayon::prelude::*;

use super::model::MapData;
use super::passing::Focus;
use crate::algo::map::MapError;
use crate::algo::map::density::{DensitySettings, ShareOf, density};
use crate::base::cloud::{Bounds, bounds_of};
use crate::base::observe::Observe;

/// What the lines enclose, as shares of their documents: the smallest regions that hold so much.
pub const SHARES: [f64; 4] = [0.25, 0.5, 0.75, 0.95];

/// Fewer documents have no density worth a line: a quarter of them would be a handful.
pub const LEAST_DOCS: usize = 20;

/// Topics that get lines, the largest of those shown; more would hide each other.
pub const MAX_TOPICS: usize = 12;

/// Whose density is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinesOf {
    /// Of all documents shown, together.
    #[default]
    All,
    /// Of each nation, outliers aside where there are topics.
    Nations,
    /// Of each topic, at most [`MAX_TOPICS`].
    Topics,
}

/// Which lines are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContoursKey {
    /// Whose.
    pub of: LinesOf,
    /// Whether each nation has a map, and on it lines, of its own.
    pub per_nation: bool,
}

/// Some documents that have lines together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// All of them.
    All,
    /// Those of the nation at an index of the columns.
    Nation(u8),
    /// Those of the topic with a number.
    Topic(u16),
}

/// A closed line: its last point is joined to its first, which is not repeated.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Corners, in map units.
    pub points_in_map: Vec<[f32; 2]>,
    /// The box around them.
    pub bounds: Bounds,
}

/// The lines of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupLines {
    /// Whose they are.
    pub group: Group,
    /// The nation on whose map they are drawn; `None` for the one map.
    pub nation: Option<u8>,
    /// Documents behind them.
    pub n_docs: usize,
    /// The lines of each of [`SHARES`]; none at all below [`LEAST_DOCS`].
    pub levels: Vec<Vec<Line>>,
}

/// The lines of what is shown.
#[derive(Clone, Debug)]
pub struct Contours {
    /// What was asked for.
    pub key: ContoursKey,
    /// The map they lie on.
    pub map: Arc<MapData>,
    /// What narrowed the documents; `None` for all of them.
    pub focus: Option<Arc<Focus>>,
    /// The groups that have documents.
    pub groups: Vec<GroupLines>,
}

/// Documents of a group, gathered.
#[derive(Default)]
struct Gathered {
    points: Vec<[f32; 2]>,
    topics: Vec<Option<u16>>,
}

/// Finds the lines of what a map shows.
///
/// # Errors
/// [`MapError::Cancelled`]; the others cannot come from a map's own places.
///
/// # Source
/// Kernel density and regions of highest density as in [`density`], by the quantiles of the documents'
/// own densities, so that a line holds the share of documents it names. The kernel is narrower than
/// Scott's rule would have it for the whole map, see [`bandwidth`].
///
/// # Cost
/// One pass over the documents and some milliseconds for each group.
pub fn contours(
    map: &Arc<MapData>,
    focus: Option<&Arc<Focus>>,
    key: ContoursKey,
    observe: &dyn Observe,
) -> Result<Contours, MapError> {
    observe.step(0, 2)?;
    let gathered = gather(map, focus, key);
    observe.step(1, 2)?;
    let groups = gathered
        .into_par_iter()
        .map(|(group, nation, docs)| {
            Ok(GroupLines {
                group,
                nation,
                n_docs: docs.points.len(),
                levels: levels(&docs, observe)?,
            })
        })
        .collect::<Result<Vec<_>, MapError>>()?;
    observe.step(2, 2)?;
    Ok(Contours {
        key,
        map: Arc::clone(map),
        focus: focus.cloned(),
        groups,
    })
}

/// Sorts the documents shown into groups; groups without any are left out.
fn gather(
    map: &MapData,
    focus: Option<&Arc<Focus>>,
    key: ContoursKey,
) -> Vec<(Group, Option<u8>, Gathered)> {
    let shown = focus.map_or(&*map.all, |f| &*f.shown);
    let n_nations = map.places.nations.len().max(1);
    let mut slot_of_topic: Vec<Option<usize>> = vec![None; map.n_topics];
    let groups: Vec<Group> = match key.of {
        LinesOf::All => vec![Group::All],
        LinesOf::Nations => (0..n_nations).map(|n| Group::Nation(n as u8)).collect(),
        LinesOf::Topics => {
            let mut sizes: Vec<(usize, usize)> = (0..map.n_topics)
                .map(|t| (t, shown.n_of_topic(t)))
                .filter(|(_, n)| *n > 0)
                .collect();
            sizes.sort_by_key(|(t, n)| (std::cmp::Reverse(*n), *t));
            sizes.truncate(MAX_TOPICS);
            for (slot, (t, _)) in sizes.iter().enumerate() {
                if let Some(of) = slot_of_topic.get_mut(*t) {
                    *of = Some(slot);
                }
            }
            sizes.iter().map(|(t, _)| Group::Topic(*t as u16)).collect()
        }
    };
    // A nation's lines lie on its own map anyway.
    let n_panes = if key.per_nation && key.of != LinesOf::Nations {
        n_nations
    } else {
        1
    };
    let mut all: Vec<(Group, Option<u8>, Gathered)> = Vec::new();
    for group in groups {
        for pane in 0..n_panes {
            let nation = match (key.per_nation, group) {
                (false, _) => None,
                (true, Group::Nation(n)) => Some(n),
                (true, _) => Some(pane as u8),
            };
            all.push((group, nation, Gathered::default()));
        }
    }
    let mut put = |row: usize| {
        let topic = map.topic(row);
        let nation = || map.places.nation_idx.get(row).map(|n| usize::from(*n));
        let group = match key.of {
            LinesOf::All => Some(0),
            LinesOf::Nations if map.n_topics > 0 && map.is_context(row) => None,
            LinesOf::Nations => nation(),
            LinesOf::Topics => topic
                .and_then(|t| slot_of_topic.get(usize::from(t)).copied().flatten())
                .filter(|_| !map.is_context(row)),
        };
        let pane = if n_panes > 1 { nation() } else { Some(0) };
        if let (Some(group), Some(pane)) = (group, pane)
            && let Some((_, _, docs)) = all.get_mut(group * n_panes + pane)
            && let Some(point) = map.places.positions_in_map.get(row)
        {
            docs.points.push(*point);
            docs.topics.push(topic);
        }
    };
    match &shown.rows {
        Some(rows) => rows.rows().for_each(&mut put),
        None => (0..map.places.n_rows()).for_each(&mut put),
    }
    all.retain(|(_, _, docs)| !docs.points.is_empty());
    all
}

/// Finds the lines of a group.
fn levels(docs: &Gathered, observe: &dyn Observe) -> Result<Vec<Vec<Line>>, MapError> {
    if docs.points.len() < LEAST_DOCS {
        return Ok(Vec::new());
    }
    let settings = DensitySettings {
        bandwidth_in_map: bandwidth(docs),
        mass_shares: SHARES.to_vec(),
        share_of: ShareOf::Points,
    };
    let found = density(&docs.points, None, &settings, observe)?;
    let line = |points_in_map: Vec<[f32; 2]>| {
        Some(Line {
            bounds: bounds_of(&points_in_map)?,
            points_in_map,
        })
    };
    Ok(found
        .contours
        .into_iter()
        .map(|c| {
            c.lines
                .into_iter()
                .filter_map(|l| line(l.points_in_map))
                .collect()
        })
        .collect())
}

/// How wide the kernel is for some documents, in map units; `None` where no topic tells.
///
/// # Source
/// Scott's rule is made for one hill, and a map is many: over all of them it would smooth the hills into
/// one. Topics are the hills here: their deviation, pooled, times (documents per hill)^(−1/6), where the
/// number of hills is (Σn)²/Σn² so that small topics hardly count.
fn bandwidth(docs: &Gathered) -> Option<f64> {
    #[derive(Clone, Default)]
    struct Hill {
        n: f64,
        mean: [f64; 2],
        about: f64,
    }
    let mut hills: Vec<Hill> = Vec::new();
    for (point, topic) in docs.points.iter().zip(&docs.topics) {
        let Some(topic) = topic.map(usize::from) else {
            continue;
        };
        if hills.len() <= topic {
            hills.resize(topic + 1, Hill::default());
        }
        let Some(hill) = hills.get_mut(topic) else {
            continue;
        };
        hill.n += 1.0;
        for (mean, x) in hill.mean.iter_mut().zip(point.map(f64::from)) {
            let off = x - *mean;
            *mean += off / hill.n;
            hill.about += off * (x - *mean);
        }
    }
    hills.retain(|h| h.n > 0.0);
    let n: f64 = hills.iter().map(|h| h.n).sum();
    let squares: f64 = hills.iter().map(|h| h.n * h.n).sum();
    let about: f64 = hills.iter().map(|h| h.about).sum();
    // Two axes.
    let variance = about / (2.0 * (n - hills.len() as f64));
    let width = variance.sqrt() * (squares / n).powf(-1.0 / 6.0);
    Some(width).filter(|w| w.is_finite() && *w > 0.0)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::observe::Silent;
    use crate::domain::filter::{Desk, Filter};
    use crate::snapshot::passing::focus;
    use crate::ui::views::map::sample;

    const N: usize = 4200;

    fn check(key: ContoursKey, filter: Filter) -> (Arc<MapData>, Contours) {
        let map = Arc::new(sample::map(N));
        let desk = Desk {
            filter,
            ..Desk::default()
        };
        let none = |_: &str| None;
        let focus = (!desk.is_empty()).then(|| Arc::new(focus(&map, &desk, "", &none)));
        let found = contours(&map, focus.as_ref(), key, &Silent).unwrap();
        (map, found)
    }

    fn of(of: LinesOf, per_nation: bool) -> ContoursKey {
        ContoursKey { of, per_nation }
    }

    fn is_inside(lines: &[Line], p: [f32; 2]) -> bool {
        let mut inside = false;
        for line in lines {
            let l = &line.points_in_map;
            for (a, b) in l.iter().zip(l.iter().cycle().skip(1)) {
                if (a[1] > p[1]) != (b[1] > p[1]) {
                    inside ^= p[0] < a[0] + (p[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
                }
            }
        }
        inside
    }

    #[test]
    fn a_line_holds_the_share_it_names() {
        let (map, found) = check(of(LinesOf::All, false), Filter::default());
        let [group] = found.groups.as_slice() else {
            panic!("{} groups", found.groups.len());
        };
        assert_eq!((group.group, group.n_docs), (Group::All, N));
        for (lines, share) in group.levels.iter().zip(SHARES) {
            let points = map.places.positions_in_map.values();
            let n = points.iter().filter(|p| is_inside(lines, **p)).count();
            let held = n as f64 / N as f64;
            assert!((held - share).abs() < 0.03, "{held} for {share}");
        }
        // The hills stay apart.
        assert!(group.levels.first().unwrap().len() >= sample::N_TOPICS);
    }

    #[test]
    fn groups_follow_color_panes_and_filter() {
        let groups = |key, filter| -> Vec<(Group, Option<u8>)> {
            let (_, found) = check(key, filter);
            found.groups.iter().map(|g| (g.group, g.nation)).collect()
        };
        let nations = groups(of(LinesOf::Nations, false), Filter::default());
        assert_eq!(nations.len(), 5);
        assert!(nations.iter().all(|g| g.1.is_none()));
        let own = groups(of(LinesOf::Nations, true), Filter::default());
        assert_eq!(own.first(), Some(&(Group::Nation(0), Some(0))));
        assert_eq!(own.len(), 5);
        let both = groups(of(LinesOf::Topics, true), Filter::default());
        assert_eq!(both.len(), 5 * sample::N_TOPICS);
        let chosen = Filter {
            topics: [2, 4].into(),
            ..Filter::default()
        };
        let mut topics = groups(of(LinesOf::Topics, false), chosen);
        topics.sort_by_key(|g| match g.0 {
            Group::Topic(t) => t,
            _ => u16::MAX,
        });
        assert_eq!(topics, [(Group::Topic(2), None), (Group::Topic(4), None)]);
    }

    #[test]
    fn a_handful_has_no_lines() {
        let map = Arc::new(sample::map(LEAST_DOCS - 1));
        let found = contours(&map, None, ContoursKey::default(), &Silent).unwrap();
        assert!(found.groups.iter().all(|g| g.levels.is_empty()));
        let map = Arc::new(sample::map(0));
        let found = contours(&map, None, ContoursKey::default(), &Silent).unwrap();
        assert!(found.groups.is_empty());
    }

    /// Told with `--nocapture`; a million documents must not take long, however slow the machine.
    #[test]
    #[expect(clippy::print_stderr, reason = "the time is told to who asks for it")]
    fn a_million_documents_are_quick() {
        let map = Arc::new(sample::map(1_000_000));
        for key in [
            of(LinesOf::All, false),
            of(LinesOf::Nations, false),
            of(LinesOf::Topics, false),
            of(LinesOf::Topics, true),
        ] {
            let began = std::time::Instant::now();
            let found = contours(&map, None, key, &Silent).unwrap();
            let n_points: usize = found
                .groups
                .iter()
                .flat_map(|g| g.levels.iter().flatten())
                .map(|l| l.points_in_map.len())
                .sum();
            eprintln!("{key:?}: {:?}, {n_points} corners", began.elapsed());
            assert!(began.elapsed().as_secs() < 20, "{key:?}");
        }
    }
}
