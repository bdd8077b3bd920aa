//! Pure part of the conflict view: whose verdict counts, what is listed and comes next, the strip of stances.

use std::collections::BTreeMap;

use crate::base::ids::EdgeId;
use crate::domain::conflict::Verdict;
use crate::domain::review::Standing;
use crate::domain::review::filter::QueueFilter;
use crate::snapshot::model::conflicts::{ConflictData, QueueItem};

/// A verdict given in this window that the snapshot does not show yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OnItsWay {
    /// The verdict; `None` for one taken back.
    pub(super) verdict: Option<Verdict>,
    /// Decides over what reviewers say.
    pub(super) adjudicates: bool,
}

impl OnItsWay {
    /// Tells whether an item of the snapshot shows it by now.
    pub(super) fn is_shown(self, item: &QueueItem, me: &str) -> bool {
        let own = item.votes.of(me).map(|v| v.verdict);
        let over = item.votes.adjudication.as_ref();
        let by_me = over.filter(|v| v.reviewer == me).map(|v| v.verdict);
        match self.verdict {
            // A person whose adjudication is in force renews it.
            Some(_) if !self.adjudicates => own == self.verdict || by_me == self.verdict,
            Some(_) => by_me == self.verdict,
            None if self.adjudicates => by_me.is_none(),
            None => own.is_none(),
        }
    }
}

/// Verdicts on their way, by edge.
pub(super) type Pending = BTreeMap<EdgeId, OnItsWay>;

/// In which order the queue is listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// Highest priority first.
    #[default]
    Priority,
    /// Least confident deviating stance first.
    LeastConfident,
}

impl Order {
    /// Returns the other one.
    pub(super) fn next(self) -> Self {
        match self {
            Self::Priority => Self::LeastConfident,
            Self::LeastConfident => Self::Priority,
        }
    }
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
            return given.verdict;
        }
        let over = item.votes.adjudication.as_ref();
        let vote = if self.adjudicates {
            over
        } else {
            // Whoever adjudicated has spoken.
            let own = item.votes.of(self.name);
            own.or(over.filter(|v| v.reviewer == self.name))
        };
        vote.map(|v| v.verdict)
    }

    /// Tells whether an item waits for the reader.
    pub(super) fn waits(&self, item: &QueueItem) -> bool {
        let wanted = if self.adjudicates {
            let given = self.pending.get(&item.edge);
            given.is_some_and(|g| g.verdict.is_none())
                || matches!(item.standing, Standing::Disputed { .. })
        } else {
            self.doubles || !self.is_settled(item)
        };
        wanted && self.verdict(item).is_none()
    }

    /// Tells whether the round need not wait for an item any more, as far as this window knows.
    pub(super) fn is_settled(&self, item: &QueueItem) -> bool {
        match self.pending.get(&item.edge) {
            Some(given) => given.verdict.is_some(),
            None => item.standing.is_settled(),
        }
    }

    /// Counts the items that the round need not wait for.
    pub(super) fn n_settled(&self, queue: &[QueueItem]) -> usize {
        queue.iter().filter(|q| self.is_settled(q)).count()
    }

    /// Returns the place in `listed` of the next item after `from` that waits.
    pub(super) fn next(&self, queue: &[QueueItem], listed: &[usize], from: usize) -> Option<usize> {
        next_in(queue, listed, from, |q| self.waits(q))
    }

    /// Returns the place in `listed` of the next item after `from` that the reader was not sure about.
    pub(super) fn next_unsure(
        &self,
        queue: &[QueueItem],
        listed: &[usize],
        from: usize,
    ) -> Option<usize> {
        next_in(queue, listed, from, |q| {
            self.verdict(q) == Some(Verdict::NotSure)
        })
    }
}

/// Returns the place in `listed` of the next item after `from` that is wanted, round and round.
fn next_in(
    queue: &[QueueItem],
    listed: &[usize],
    from: usize,
    wanted: impl Fn(&QueueItem) -> bool,
) -> Option<usize> {
    let n = listed.len();
    let item = |place: usize| listed.get(place).and_then(|&i| queue.get(i));
    (1..=n)
        .map(|step| from.wrapping_add(step) % n.max(1))
        .find(|&place| item(place).is_some_and(&wanted))
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
pub(super) fn dominant_words(dominant: f64, contested: bool) -> &'static str {
    if contested {
        "contested"
    } else if dominant > 0.0 {
        "supports"
    } else {
        "opposes"
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
    use std::sync::Arc;

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
        let given = |verdict| OnItsWay {
            verdict,
            adjudicates: false,
        };
        pending.insert(EdgeId(2), given(Some(Remove)));
        assert_eq!(reader("Ada", &pending).next(&data.queue, &all, 2), Some(0));
        pending.insert(EdgeId(0), given(Some(Remove)));
        let ada = reader("Ada", &pending);
        assert_eq!(ada.next(&data.queue, &all, 0), None);
        assert_eq!(ada.next_unsure(&data.queue, &all, 0), Some(3));
        assert_eq!(reader("Ada", &pending).n_settled(&data.queue), 4);
        pending.insert(EdgeId(3), given(Some(Keep)));
        assert_eq!(reader("Ada", &pending).next(&data.queue, &all, 0), None);
        // One taken back waits again.
        pending.insert(EdgeId(1), given(None));
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
    fn a_verdict_on_its_way_is_over_once_it_shows() {
        let mut data = sample(1);
        let given = |verdict, adjudicates| OnItsWay {
            verdict,
            adjudicates,
        };
        voted(&mut data, 0, &[("Ada", Keep), ("Ben", Remove)]);
        let item = &data.queue[0];
        assert!(given(Some(Keep), false).is_shown(item, "Ada"));
        assert!(!given(Some(Keep), true).is_shown(item, "Ada"));
        // What was taken back as adjudicator is gone, whatever one said oneself.
        assert!(given(None, true).is_shown(item, "Ada"));
        assert!(!given(None, false).is_shown(item, "Ada"));
        assert!(given(None, false).is_shown(item, "Cem"));
    }

    #[test]
    fn a_filter_and_an_order_make_the_list() {
        let mut data = sample(3);
        for (item, confidence) in data.queue.iter_mut().zip([0.9, 0.4, 0.6]) {
            Arc::make_mut(&mut item.b).confidence = confidence;
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
