//! What two maps share: the matches between them, and the color of every topic.

use crate::domain::source_map::MatchVerdict;
use crate::snapshot::model::source_maps::{PartMap, SourceMapsData};

/// A match between the two maps on the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Link {
    /// Number of the match.
    pub(super) number: usize,
    /// Its topic on the left and on the right.
    pub(super) topics: [usize; 2],
    /// Its score.
    pub(super) score: f64,
    /// What was said of it.
    pub(super) verdict: Option<MatchVerdict>,
    /// The color that both topics share, `None` once it is refused.
    pub(super) slot: Option<usize>,
}

/// Returns the matches between two parts, those of the largest topics on the left first.
pub(super) fn links(data: &SourceMapsData, left: &PartMap, right: &PartMap) -> Vec<Link> {
    let mut out: Vec<Link> = data
        .matches
        .iter()
        .filter_map(|m| {
            let (a, b) = (m.found.a, m.found.b);
            let topics = if (a.part, b.part) == (left.number, right.number) {
                [a.topic, b.topic]
            } else if (b.part, a.part) == (left.number, right.number) {
                [b.topic, a.topic]
            } else {
                return None;
            };
            Some(Link {
                number: m.found.number,
                topics,
                score: m.found.score,
                verdict: m.verdict(),
                slot: None,
            })
        })
        .collect();
    out.sort_by_key(|l| l.topics);
    // A color stays with its match whatever is said of the others.
    for (slot, link) in out.iter_mut().enumerate() {
        link.slot = (link.verdict != Some(MatchVerdict::Refused)).then_some(slot);
    }
    out
}

/// Returns the color of every topic of a side, `None` for those that no match in force holds.
pub(super) fn slots(links: &[Link], side: usize, n_topics: usize) -> Vec<Option<usize>> {
    let mut out = vec![None; n_topics];
    for link in links {
        if let Some(place) = link.topics.get(side).and_then(|t| out.get_mut(*t))
            && link.slot.is_some()
        {
            *place = link.slot;
        }
    }
    out
}

/// Returns the match that is looked at after one: the next of the list, or of those that nobody ruled on.
pub(super) fn next(links: &[Link], from: Option<usize>, step: isize, open: bool) -> Option<usize> {
    let n = links.len() as isize;
    let at = links
        .iter()
        .position(|l| Some(l.number) == from)
        .map(|i| i as isize);
    let first = at.map_or(if step < 0 { n - 1 } else { 0 }, |i| i + step);
    (0..n)
        .map(|k| (first + k * step.signum()).rem_euclid(n))
        .filter_map(|i| links.get(i as usize))
        .find(|l| !open || (l.verdict.is_none() && Some(l.number) != from))
        .map(|l| l.number)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn matched_topics_share_a_color_on_both_sides() {
        let data = sample::data();
        let found = links(&data, &data.parts[0], &data.parts[1]);
        assert_eq!(found.len(), 3);
        let left = slots(&found, 0, 4);
        let right = slots(&found, 1, 4);
        for link in &found {
            assert_eq!(left[link.topics[0]], right[link.topics[1]]);
        }
        // Changing sides turns the matches round.
        let turned = links(&data, &data.parts[1], &data.parts[0]);
        assert_eq!(turned.len(), 3);
        assert!(turned.iter().all(|t| {
            found
                .iter()
                .any(|f| f.number == t.number && f.topics == [t.topics[1], t.topics[0]])
        }));
    }

    #[test]
    fn a_refused_match_has_no_color_and_the_others_keep_theirs() {
        let mut data = sample::data();
        let before = links(&data, &data.parts[0], &data.parts[1]);
        sample::rule(&mut data, before[0].number, MatchVerdict::Refused);
        let after = links(&data, &data.parts[0], &data.parts[1]);
        assert_eq!(after[0].slot, None);
        assert_eq!(after[1].slot, before[1].slot);
        assert_eq!(slots(&after, 0, 4)[after[0].topics[0]], None);
    }

    #[test]
    fn the_next_match_goes_round_and_skips_what_was_ruled_on() {
        let mut data = sample::data();
        let found = links(&data, &data.parts[0], &data.parts[1]);
        let n: Vec<usize> = found.iter().map(|l| l.number).collect();
        assert_eq!(next(&found, None, 1, false), Some(n[0]));
        assert_eq!(next(&found, None, -1, false), Some(n[2]));
        assert_eq!(next(&found, Some(n[2]), 1, false), Some(n[0]));
        sample::rule(&mut data, n[1], MatchVerdict::Accepted);
        let found = links(&data, &data.parts[0], &data.parts[1]);
        assert_eq!(next(&found, Some(n[0]), 1, true), Some(n[2]));
        sample::rule(&mut data, n[2], MatchVerdict::Accepted);
        let found = links(&data, &data.parts[0], &data.parts[1]);
        assert_eq!(next(&found, Some(n[0]), 1, true), None);
        assert_eq!(next(&[], None, 1, true), None);
    }
}
