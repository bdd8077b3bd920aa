//! Pure part of topics over time: documents by topic and stretch of months.

use std::sync::{Arc, Weak};

use crate::domain::months::Months;
use crate::snapshot::model::{MapData, TopicRow};
use crate::snapshot::passing::Focus;

/// Months that stand together where single ones are too narrow to see.
const MONTHS_PER_STEP: [usize; 7] = [1, 3, 6, 12, 24, 60, 120];

/// A step narrower than this is not seen, in points.
const LEAST_WIDTH: f32 = 4.0;

/// Documents by topic and stretch of months.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Heat {
    /// Months to a step; steps begin with the year where they can.
    pub(super) n_months: usize,
    /// First month of each step, counted from the project's first, and how many it holds.
    pub(super) steps: Vec<(usize, usize)>,
    /// Of each topic, by its position in `Snapshot::topics`.
    pub(super) by_topic: Vec<Vec<u32>>,
    /// Of all documents, those without a topic as well.
    pub(super) all: Vec<u32>,
    /// The greatest number of a topic in a step.
    pub(super) top: u32,
    /// The greatest share of a topic in a step.
    pub(super) top_share: f64,
    /// Whether filter and selection are counted, else the whole corpus is.
    pub(super) of_shown: bool,
}

impl Heat {
    /// Returns the share of a topic in the documents of a step.
    pub(super) fn share(&self, topic: usize, step: usize) -> f64 {
        let n = self.n(topic, step);
        let all = self.all.get(step).copied().unwrap_or(0);
        f64::from(n) / f64::from(all.max(1))
    }

    /// Returns the number of documents of a topic in a step.
    pub(super) fn n(&self, topic: usize, step: usize) -> u32 {
        let row = self.by_topic.get(topic);
        row.and_then(|r| r.get(step)).copied().unwrap_or(0)
    }
}

/// Counts of the last frame, kept while topics, filter and width stay.
#[derive(Debug, Default)]
pub(super) struct HeatCache {
    topics: Weak<Vec<TopicRow>>,
    focus: Option<Weak<Focus>>,
    heat: Arc<Heat>,
}

impl HeatCache {
    /// Counts topics by month for a strip of a width.
    pub(super) fn heat(
        &mut self,
        topics: &Arc<Vec<TopicRow>>,
        map: &MapData,
        focus: Option<&Arc<Focus>>,
        width: f32,
    ) -> Arc<Heat> {
        let n_months = months_per_step(map.months.n, width);
        let same = self.topics.as_ptr() == Arc::as_ptr(topics)
            && self.focus.as_ref().map(Weak::as_ptr) == focus.map(Arc::as_ptr)
            && self.heat.n_months == n_months;
        if !same {
            self.topics = Arc::downgrade(topics);
            self.focus = focus.map(Arc::downgrade);
            self.heat = Arc::new(heat(topics, map, focus.map(|f| &**f), n_months));
        }
        Arc::clone(&self.heat)
    }
}

/// Returns how many months stand together so that each step can be seen.
pub(super) fn months_per_step(n_months: usize, width: f32) -> usize {
    let n_steps = (width / LEAST_WIDTH).max(1.0) as usize;
    MONTHS_PER_STEP
        .into_iter()
        .find(|per| n_months.div_ceil(*per) <= n_steps)
        .unwrap_or(120)
}

/// Names a stretch of months, `month`, `3 months`, `year`.
pub(super) fn unit(n_months: usize) -> String {
    match n_months {
        1 => "month".to_owned(),
        12 => "year".to_owned(),
        n if n % 12 == 0 => format!("{} years", n / 12),
        n => format!("{n} months"),
    }
}

/// Puts months into steps that begin with the year where they can.
fn steps(months: &Months, per: usize) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    let step_of = |m: usize| (months.first + m as i32).div_euclid(per as i32);
    for m in 0..months.n {
        match out.last_mut() {
            Some((first, n)) if step_of(*first) == step_of(m) => *n += 1,
            _ => out.push((m, 1)),
        }
    }
    out
}

fn heat(topics: &[TopicRow], map: &MapData, focus: Option<&Focus>, n_months: usize) -> Heat {
    let steps = steps(&map.months, n_months);
    let sums = |months: &[u32]| -> Vec<u32> {
        steps
            .iter()
            .map(|(first, n)| months.iter().skip(*first).take(*n).sum())
            .collect()
    };
    let counted = focus.filter(|f| !f.topic_months.is_empty());
    let of_all = counted.map_or(&map.all.by_month, |f| &f.shown.by_month);
    let by_topic: Vec<Vec<u32>> = topics
        .iter()
        .map(|t| match counted {
            None => sums(&t.per_month),
            Some(f) => {
                let first = t.number * map.months.n;
                let months = f.topic_months.get(first..first + map.months.n);
                sums(months.unwrap_or(&[]))
            }
        })
        .collect();
    let mut heat = Heat {
        n_months,
        all: sums(of_all),
        top: by_topic.iter().flatten().copied().max().unwrap_or(0),
        top_share: 0.0,
        of_shown: counted.is_some(),
        steps,
        by_topic,
    };
    heat.top_share = (0..heat.by_topic.len())
        .flat_map(|t| (0..heat.steps.len()).map(move |s| (t, s)))
        .map(|(t, s)| heat.share(t, s))
        .fold(0.0, f64::max);
    heat
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::domain::columns::{Places, day_of_civil};
    use crate::domain::filter::{Desk, Filter};
    use crate::snapshot::passing::focus;
    use crate::ui::views::map::sample;

    #[test]
    fn narrow_strips_put_months_together() {
        assert_eq!(months_per_step(72, 400.0), 1);
        assert_eq!(months_per_step(72, 100.0), 3);
        assert_eq!(months_per_step(72, 40.0), 12);
        assert_eq!(months_per_step(90_000, 40.0), 120);
        assert_eq!(unit(1), "month");
        assert_eq!(unit(6), "6 months");
        assert_eq!(unit(12), "year");
        assert_eq!(unit(24), "2 years");
    }

    #[test]
    fn steps_begin_with_the_year() {
        let days = [(2019, 3), (2020, 4)].map(|(year, month)| day_of_civil(year, month, 9));
        let months = Months::of(&Places {
            docs: vec![1, 2].into(),
            days: days.to_vec().into(),
            date_parts: vec![3u8; 2].into(),
            ..Places::default()
        });
        assert_eq!(steps(&months, 12), [(0, 10), (10, 4)]);
        assert_eq!(
            steps(&months, 3),
            [(0, 1), (1, 3), (4, 3), (7, 3), (10, 3), (13, 1)]
        );
        assert_eq!(steps(&months, 1).len(), 14);
    }

    #[test]
    fn counts_follow_the_filter_and_add_up() {
        let snapshot = sample::snapshot(1400);
        let map = snapshot.map.clone().unwrap();
        let desk = Desk {
            filter: Filter {
                nations: [snapshot.nations[1].nation].into(),
                ..Filter::default()
            },
            ..Desk::default()
        };
        let look = Arc::new(focus(&map, &desk, "", &|_| None));
        let mut cache = HeatCache::default();
        let part = cache.heat(&snapshot.topics, &map, Some(&look), 300.0);
        assert!(part.of_shown);
        assert_eq!(part.all.iter().sum::<u32>() as usize, look.shown.n);
        for (row, topic) in part.by_topic.iter().zip(snapshot.topics.iter()) {
            // Every document of the sample has its month.
            assert_eq!(
                row.iter().sum::<u32>() as usize,
                look.shown.n_of_topic(topic.number)
            );
        }
        assert!(part.top_share > 0.0 && part.top_share <= 1.0);
        assert!(Arc::ptr_eq(
            &part,
            &cache.heat(&snapshot.topics, &map, Some(&look), 300.0)
        ));
        // Without a filter the rows' own months count.
        let all = cache.heat(&snapshot.topics, &map, None, 300.0);
        assert!(!all.of_shown);
        assert_eq!(
            all.by_topic[0].iter().sum::<u32>(),
            snapshot.topics[0].per_month.iter().sum::<u32>()
        );
    }
}
