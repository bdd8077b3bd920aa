//! The dominant stance of an issue, and how an edge deviates from it (SPEC 7.4 and 7.5).
//!
//! Plain arithmetic over stances: it holds no graph and decides nothing.

use crate::base::ids::DocId;
use crate::domain::conflict::Stance;
use std::collections::BTreeSet;

/// Slack of comparisons with a threshold, so that what is 0.2 on paper is 0.2 after rounding too.
const SLACK: f64 = 1e-9;

/// How the dominant stance is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DominantRule {
    /// Σ w·s / Σ w.
    WeightedMean,
    /// 1 or −1, the side that more statements take, 0 when both are equal; no weights.
    MajoritySign,
}

/// When an issue has a dominant stance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DominantSettings {
    /// How D is found.
    pub rule: DominantRule,
    /// Least |D|; below it the issue is contested.
    pub contested_below: f64,
    /// Least number of documents; with fewer the issue is contested.
    pub min_docs: usize,
}

impl Default for DominantSettings {
    /// SPEC 7.4.
    fn default() -> Self {
        Self {
            rule: DominantRule::WeightedMean,
            contested_below: 0.2,
            min_docs: 3,
        }
    }
}

/// What one live statement adds to its issue's dominant stance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vote {
    /// Its document.
    pub doc: DocId,
    /// Its side.
    pub stance: Stance,
    /// Its weight, see [`vote_weight`].
    pub weight: f64,
}

/// Why nothing in an issue is flagged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contested {
    /// Neither side prevails: |D| is too small.
    Balanced,
    /// Too few documents to speak of a dominant stance.
    FewDocuments,
}

/// The stance that prevails on an issue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dominant {
    /// D, `-1.0..=1.0`; 0 if nobody has weight.
    pub value: f64,
    /// Set if D must not be used to flag.
    pub contested: Option<Contested>,
    /// Documents with live statements.
    pub n_docs: usize,
}

/// Returns w = c · (1 + support) / copies.
///
/// `support` is the sum of weights of the statement's live non-conflict edges inside the issue,
/// `n_copies` the size of its document's near-duplicate group (0 counts as 1).
pub fn vote_weight(confidence: f64, support: f64, n_copies: usize) -> f64 {
    confidence * (1.0 + support) / n_copies.max(1) as f64
}

/// Finds the dominant stance of the live statements of one issue, added in the order given.
pub fn dominant(votes: &[Vote], settings: &DominantSettings) -> Dominant {
    let value = match settings.rule {
        DominantRule::WeightedMean => {
            let total: f64 = votes.iter().map(|v| v.weight).sum();
            let signed: f64 = votes.iter().map(|v| v.weight * v.stance.value()).sum();
            if total > 0.0 { signed / total } else { 0.0 }
        }
        DominantRule::MajoritySign => {
            let on_side = |side: f64| {
                votes
                    .iter()
                    .filter(|v| v.stance.value() * side > 0.0)
                    .count()
            };
            match on_side(1.0).cmp(&on_side(-1.0)) {
                std::cmp::Ordering::Less => -1.0,
                std::cmp::Ordering::Equal => 0.0,
                std::cmp::Ordering::Greater => 1.0,
            }
        }
    };
    let n_docs = votes.iter().map(|v| v.doc).collect::<BTreeSet<_>>().len();
    let contested = if n_docs < settings.min_docs {
        Some(Contested::FewDocuments)
    } else if value.abs() < settings.contested_below - SLACK || value.abs() <= 0.0 {
        Some(Contested::Balanced)
    } else {
        None
    };
    Dominant {
        value,
        contested,
        n_docs,
    }
}

/// One of the two ends of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// The end named first.
    A,
    /// The end named second.
    B,
}

/// Returns the end farther from `dominant`: the deviating end t.
///
/// Where both are equally far, the one on the other side of zero than `dominant` deviates.
pub fn deviating_end(a: Stance, b: Stance, dominant: f64) -> End {
    let away = |s: Stance| (s.value() - dominant).abs();
    let beyond = away(b) - away(a);
    if beyond > SLACK || (beyond > -SLACK && b.value() * dominant < a.value() * dominant) {
        End::B
    } else {
        End::A
    }
}

/// Tells whether stance s of a deviating end is flagged: s·D < 0 and |s − D| > δ.
pub fn deviates(stance: Stance, dominant: f64, delta: f64) -> bool {
    let s = stance.value();
    s * dominant < 0.0 && (s - dominant).abs() > delta + SLACK
}

/// Returns ln(1 + cycles) · |s − D| · weight.
pub fn priority(n_cycles: u64, stance: Stance, dominant: f64, weight: f64) -> f64 {
    (n_cycles as f64).ln_1p() * (stance.value() - dominant).abs() * weight
}

/// Returns how many of `n` candidates a round flags: the whole part of their share, at least one.
pub fn top_count(n: usize, share: f64) -> usize {
    let whole = (n as f64 * share + SLACK).floor() as usize;
    whole.max(1).min(n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Stance::{LeansAgainst, LeansTowards, Neither, Opposes, Supports};

    fn votes(all: &[(i64, Stance, f64)]) -> Vec<Vote> {
        let vote = |&(doc, stance, weight): &(i64, Stance, f64)| Vote {
            doc: DocId(doc),
            stance,
            weight,
        };
        all.iter().map(vote).collect()
    }

    #[test]
    fn weights_by_hand() {
        // 0.8 · (1 + 1.5) / 2 = 1.0
        assert!((vote_weight(0.8, 1.5, 2) - 1.0).abs() < 1e-12);
        assert!((vote_weight(0.8, 0.0, 0) - 0.8).abs() < 1e-12);
    }

    #[test]
    fn mean_and_majority() {
        // (2·1 + 1·½ − 1·1 + 1·0) / 5 = 0.3; two for, one against.
        let all = votes(&[
            (1, Supports, 2.0),
            (2, LeansTowards, 1.0),
            (3, Opposes, 1.0),
            (3, Neither, 1.0),
        ]);
        let mean = dominant(&all, &DominantSettings::default());
        assert!((mean.value - 0.3).abs() < 1e-12);
        assert_eq!((mean.contested, mean.n_docs), (None, 3));
        let majority = DominantSettings {
            rule: DominantRule::MajoritySign,
            ..DominantSettings::default()
        };
        assert!((dominant(&all, &majority).value - 1.0).abs() < 1e-12);
        assert_eq!(
            dominant(&all[1..3], &majority).contested,
            Some(Contested::FewDocuments)
        );
        let even = votes(&[(1, Supports, 9.0), (2, Opposes, 1.0), (3, Neither, 1.0)]);
        assert_eq!(
            dominant(&even, &majority).contested,
            Some(Contested::Balanced)
        );
    }

    #[test]
    fn contested_at_the_threshold() {
        // 3 against 2: D = 0.2 is just enough; three documents are.
        let five = votes(&[
            (1, Supports, 0.1),
            (2, Supports, 0.1),
            (3, Supports, 0.1),
            (4, Opposes, 0.1),
            (5, Opposes, 0.1),
        ]);
        assert_eq!(
            dominant(&five, &DominantSettings::default()).contested,
            None
        );
        let close = votes(&[(1, Supports, 0.59), (2, Opposes, 0.41), (3, Neither, 0.0)]);
        assert_eq!(
            dominant(&close, &DominantSettings::default()).contested,
            Some(Contested::Balanced)
        );
        let weightless = votes(&[(1, Supports, 0.0), (2, Supports, 0.0), (3, Supports, 0.0)]);
        let zero = dominant(&weightless, &DominantSettings::default());
        assert_eq!(
            (zero.value.abs() <= 0.0, zero.contested),
            (true, Some(Contested::Balanced))
        );
        assert_eq!(
            dominant(&[], &DominantSettings::default()).contested,
            Some(Contested::FewDocuments)
        );
    }

    #[test]
    fn the_farther_end_deviates() {
        assert_eq!(deviating_end(Supports, Opposes, 0.4), End::B);
        assert_eq!(deviating_end(Supports, Opposes, -0.4), End::A);
        // |1 − 0.25| = |−½ − 0.25|: equally far, −½ is on the other side.
        assert_eq!(deviating_end(Supports, LeansAgainst, 0.25), End::B);
        assert_eq!(deviating_end(LeansAgainst, Supports, 0.25), End::A);
        // |1 − 0.2| > |−½ − 0.2|: the farther end is on D's own side, so nothing is flagged.
        assert_eq!(deviating_end(Supports, LeansAgainst, 0.2), End::A);
        assert!(!deviates(Supports, 0.2, 0.5));
    }

    #[test]
    fn deviation_and_priority() {
        assert!(deviates(LeansAgainst, 0.2, 0.5));
        assert!(!deviates(LeansAgainst, 0.2, 0.7));
        assert!(!deviates(Neither, 0.9, 0.5));
        // ln(1 + 3) · |−1 − 0.5| · 0.8
        assert!((priority(3, Opposes, 0.5, 0.8) - 4f64.ln() * 1.2).abs() < 1e-12);
    }

    #[test]
    fn top_quarter() {
        let counts: Vec<usize> = [0, 1, 3, 4, 7, 8, 100]
            .iter()
            .map(|&n| top_count(n, 0.25))
            .collect();
        assert_eq!(counts, vec![0, 1, 1, 1, 1, 2, 25]);
        assert_eq!(top_count(100, 0.29), 29);
        assert_eq!(top_count(3, 1.0), 3);
    }
}
