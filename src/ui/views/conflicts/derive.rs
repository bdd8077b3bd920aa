//! Pure part of the conflict view: whose verdict counts, what is listed and comes next, the strip of stances.

use std::collections::BTreeMap;

use crate::base::ids::EdgeId;
use crate::domain::conflict::Verdict;
use crate::domain::review::Standing;
use crate::domain::review::filter::QueueFilter;
use crate::snapshot::model::conflicts::{ConflictData, QueueItem};

/// Verdicts given in this window that the snapshot does not show yet; `None` for one taken back.
pub(super) type Pending = BTreeMap<EdgeId, Option<Verdict>>;

/// In which order the queue is listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// Highest priority first.
    #[default]
    Priority,
    /// Least confident deviating stance first.
    LeastConfident,
}

/// Who looks at the queue, and how.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    /// The reviewer.
    pub(super) name: &'a str,
    /// Verdicts on their way.
    pub(super) pending: &'a Pending,
    /// Decides where reviewers differ.
    pub(super) adjudicates: bool,
    /// Also looks at what others have decided.
    pub(super) doubles: bool,
}

impl Reader<'_> {
    /// Returns the reader's own verdict in force on an item.
    pub(super) fn verdict(&self, item: &QueueItem) -> Option<Verdict> {
        if let Some(given) = self.pending.get(&item.edge) {
            return *given;
        }
        let vote = if self.adjudicates {
            item.votes.adjudication.as_ref()
        } else {
            item.votes.of(self.name)
        };
        vote.map(|v| v.verdict)
    }

    /// Tells whether an item waits for the reader.
    pub(super) fn waits(&self, item: &QueueItem) -> bool {
        let wanted = if self.adjudicates {
            let taken_back = self.pending.get(&item.edge) == Some(&None);
            taken_back || matches!(item.standing, Standing::Disputed { .. })
        } else {
            self.doubles || !self.is_settled(item)
        };
        wanted && self.verdict(item).is_none()
    }

    /// Tells whether the round need not wait for an item any more, as far as this window knows.
    pub(super) fn is_settled(&self, item: &QueueItem) -> bool {
        match self.pending.get(&item.edge) {
            Some(given) => given.is_some(),
            None => item.standing.is_settled(),
        }
    }

    /// Counts the items that the round need not wait for.
    pub(super) fn n_settled(&self, queue: &[QueueItem]) -> usize {
        queue.iter().filter(|q| self.is_settled(q)).count()
    }

    /// Returns the place in `listed` to look at after `from`: the next that waits, else the next not sure.
    pub(super) fn next(&self, queue: &[QueueItem], listed: &[usize], from: usize) -> Option<usize> {
        let n = listed.len();
        let item = |place: usize| listed.get(place).and_then(|&i| queue.get(i));
        let round = || (1..=n).map(|step| (from + step) % n.max(1));
        let unsure = |q: &QueueItem| self.verdict(q) == Some(Verdict::NotSure);
        let find = |wanted: &dyn Fn(&QueueItem) -> bool| {
            round().find(|&place| item(place).is_some_and(wanted))
        };
        find(&|q| self.waits(q)).or_else(|| find(&unsure))
    }
}

/// Lists the items of the queue that a filter lets through, in order, as places in the queue.
pub(super) fn listed(
    data: &ConflictData,
    filter: &QueueFilter,
    order: Order,
    disputed_only: bool,
) -> Vec<usize> {
    let goes_through = |item: &QueueItem| {
        let disputed =
            matches!(item.standing, Standing::Disputed { .. }) || item.votes.adjudication.is_some();
        (!disputed_only || disputed) && (filter.is_empty() || filter.passes(&item.facts(data)))
    };
    let queue = data.queue.iter().enumerate();
    let mut listed: Vec<usize> = queue
        .filter(|(_, item)| goes_through(item))
        .map(|(i, _)| i)
        .collect();
    if order == Order::LeastConfident {
        // Stable: of equally confident ones the higher priority stays first.
        let confidence = |i: &usize| data.queue.get(*i).map_or(0.0, |q| q.b.confidence);
        listed.sort_by(|x, y| confidence(x).total_cmp(&confidence(y)));
    }
    listed
}

/// Spreads stances over a strip: x in `-1.0..=1.0`, y in `-1.0..=1.0` so that equal ones stay apart.
pub(super) fn strip(stances: &[f32]) -> Vec<[f32; 2]> {
    let mut seen: BTreeMap<i32, i32> = BTreeMap::new();
    stances
        .iter()
        .map(|&s| {
            let bin = (s * 24.0).round() as i32;
            let n = seen.entry(bin).or_insert(0);
            *n += 1;
            // 0, 1, −1, 2, −2, … : stacked about the middle.
            let level = if *n % 2 == 0 { *n / 2 } else { -(*n / 2) };
            [s.clamp(-1.0, 1.0), (level as f32 / 5.0).clamp(-1.0, 1.0)]
        })
        .collect()
}

/// Says a dominant stance in words.
pub(super) fn dominant_words(dominant: f64) -> &'static str {
    if dominant >= 0.2 {
        "supports"
    } else if dominant <= -0.2 {
        "opposes"
    } else {
        "contested"
    }
}

/// Says a verdict in a word.
pub(super) fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Keep => "keep",
        Verdict::Remove => "remove",
        Verdict::NotSure => "not sure",
        Verdict::Undo => "taken back",
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "places are compared as they are")]
mod tests {
    use super::super::sample::{sample, voted};
    use super::*;
    use crate::domain::conflict::Verdict::{Keep, NotSure, Remove};

    fn reader<'a>(name: &'a str, pending: &'a Pending) -> Reader<'a> {
        Reader {
            name,
            pending,
            adjudicates: false,
            doubles: false,
        }
    }

    #[test]
    fn the_next_item_is_the_next_that_waits() {
        let mut data = sample(4);
        voted(&mut data, 1, &[("Ada", Keep)]);
        voted(&mut data, 3, &[("Ada", NotSure)]);
        let all = listed(&data, &QueueFilter::default(), Order::Priority, false);
        let mut pending = Pending::new();
        assert_eq!(reader("Ada", &pending).next(&data.queue, &all, 0), Some(2));
        pending.insert(EdgeId(2), Some(Remove));
        assert_eq!(reader("Ada", &pending).next(&data.queue, &all, 2), Some(0));
        pending.insert(EdgeId(0), Some(Remove));
        let last = reader("Ada", &pending).next(&data.queue, &all, 0);
        assert_eq!(last, Some(3), "not sure comes back at the end");
        assert_eq!(reader("Ada", &pending).n_settled(&data.queue), 4);
        pending.insert(EdgeId(3), Some(Keep));
        assert_eq!(reader("Ada", &pending).next(&data.queue, &all, 0), None);
        // One taken back waits again.
        pending.insert(EdgeId(1), None);
        assert_eq!(reader("Ada", &pending).next(&data.queue, &all, 3), Some(1));
        assert_eq!(reader("Ada", &pending).next(&[], &[], 0), None);
    }

    #[test]
    fn a_second_reviewer_looks_where_asked() {
        let mut data = sample(3);
        voted(&mut data, 0, &[("Ada", Keep)]);
        voted(&mut data, 1, &[("Ada", Keep), ("Ben", Remove)]);
        let pending = Pending::new();
        let mut ben = reader("Ben", &pending);
        let waiting =
            |r: &Reader<'_>| -> Vec<bool> { data.queue.iter().map(|q| r.waits(q)).collect() };
        assert_eq!(waiting(&ben), [false, false, true]);
        ben.doubles = true;
        assert_eq!(waiting(&ben), [true, false, true]);
        ben.adjudicates = true;
        assert_eq!(waiting(&ben), [false, true, false]);
        assert_eq!(
            listed(&data, &QueueFilter::default(), Order::Priority, true),
            [1]
        );
    }

    #[test]
    fn a_filter_and_an_order_make_the_list() {
        let mut data = sample(3);
        for (item, confidence) in data.queue.iter_mut().zip([0.9, 0.4, 0.6]) {
            item.b.confidence = confidence;
        }
        let all = QueueFilter::default();
        assert_eq!(listed(&data, &all, Order::LeastConfident, false), [1, 2, 0]);
        let unsure = QueueFilter {
            confidence: Some((0.0, 0.7)),
            ..QueueFilter::default()
        };
        assert_eq!(listed(&data, &unsure, Order::Priority, false), [1, 2]);
    }

    #[test]
    fn equal_stances_stay_apart() {
        let points = strip(&[0.5, 0.5, 0.5, -1.0]);
        assert_eq!(points.len(), 4);
        assert!(points[0] != points[1] && points[1] != points[2]);
        assert_eq!(points[3][0], -1.0);
    }
}
