//! Which topic of one map is which topic of another: scores from meaning, words and labels, and the
//! one-to-one choice with the largest sum.
//!
//! It proposes; a person accepts or refuses, and sees why each pair was proposed. No map is changed.

use std::collections::BTreeMap;

use super::cosine;
use crate::algo::lexical::{concept_counts, concept_name};
use crate::base::language::{Language, is_han};
use crate::base::matrix::Matrix;
use crate::base::observe::{Cancelled, Observe};
use crate::base::words::{content_stems, words};
use crate::domain::topic::TermWeight;

/// Reasons shown with a match.
const N_REASONS: usize = 5;

/// A topic as it is compared.
#[derive(Clone, Copy, Debug)]
pub struct TopicProfile<'a> {
    /// Language of most of its documents.
    pub language: Language,
    /// Its label.
    pub label: &'a str,
    /// Its words, with weights above 0.
    pub terms: &'a [TermWeight],
    /// The mean vector of its documents, where both maps share one space.
    pub vector: Option<&'a [f32]>,
}

/// How much each part of a score counts, and from where on a match is proposed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatchSettings {
    /// Weight of the vectors' cosine.
    pub vector_weight: f64,
    /// Weight of the words in common.
    pub words_weight: f64,
    /// Weight of the labels' words in common.
    pub label_weight: f64,
    /// Pairs below are not proposed.
    pub min_score: f64,
}

impl Default for MatchSettings {
    /// Guessed: vectors see most of a topic, a label least; below about a third, pairs may share little more
    /// than everyday words. People decide in the end.
    fn default() -> Self {
        Self {
            vector_weight: 0.5,
            words_weight: 0.35,
            label_weight: 0.15,
            min_score: 0.35,
        }
    }
}

/// Parts of a score, each a share; none where a side has nothing to compare.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ScoreParts {
    /// Cosine of the mean vectors, 0 for negative ones.
    pub vector: Option<f64>,
    /// Cosine of the words, read as concepts where the lexicon knows them.
    pub words: Option<f64>,
    /// The same of the labels, each of their words counting alike.
    pub label: Option<f64>,
}

/// Two topics that may be one.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicMatch {
    /// Topic of the first map.
    pub a_idx: usize,
    /// Topic of the second map.
    pub b_idx: usize,
    /// Mean of the parts there are, by the settings' weights, `0.0..=1.0`.
    pub score: f64,
    /// What it is made of.
    pub parts: ScoreParts,
    /// Concepts and words in common, those that say most first.
    pub reasons: Vec<String>,
}

/// Why nothing was matched.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum MatchError {
    /// Vectors of two topics have different lengths, so they are of no common space.
    #[error("vectors of {n_dims} and of {n_dims_other} numbers are of no common space")]
    DimsDiffer {
        /// Length of one.
        n_dims: usize,
        /// Length of the other.
        n_dims_other: usize,
    },
    /// A vector or weight is no finite number.
    #[error("topic {topic_idx} of a map holds a value that is not finite")]
    NotFinite {
        /// The topic.
        topic_idx: usize,
    },
    /// A setting is out of its range.
    #[error("{name} is {value} but must be {wanted}")]
    Setting {
        /// The setting, as its field is called.
        name: &'static str,
        /// What it was set to.
        value: f64,
        /// What is allowed.
        wanted: &'static str,
    },
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Proposes at most one topic of the second map for each topic of the first, so that the sum of scores
/// is largest.
///
/// # Shapes
/// - returns: matches with a score of at least `min_score` and above 0, best first.
///
/// # Errors
/// [`MatchError`].
///
/// # Source
/// Ours; the paper matches topics of its five maps by hand. Words of four languages meet in the concepts
/// of the lexicon (`algo::lexical`); a word it does not know, such as a name, meets its like by spelling.
/// A concept counts by ln(1 + topics/topics that have it), so that what every topic has says little.
pub fn match_topics(
    a: &[TopicProfile<'_>],
    b: &[TopicProfile<'_>],
    settings: MatchSettings,
    observe: &dyn Observe,
) -> Result<Vec<TopicMatch>, MatchError> {
    check(a, b, settings)?;
    observe.phase("matching topics");
    let sides: Vec<Vec<Side>> = [a, b]
        .iter()
        .map(|topics| topics.iter().map(Side::read).collect())
        .collect();
    let rarity = Rarity::of(sides.iter().flatten());
    let [sides_a, sides_b] = sides.as_slice() else {
        return Ok(Vec::new());
    };
    let mut parts = Vec::with_capacity(a.len());
    let mut scores = Matrix::filled(a.len(), b.len(), 0.0);
    for (i, (x, of_x)) in a.iter().zip(sides_a).enumerate() {
        observe.step(i as u64, a.len() as u64)?;
        let row: Vec<ScoreParts> = b
            .iter()
            .zip(sides_b)
            .map(|(y, of_y)| ScoreParts {
                vector: x
                    .vector
                    .zip(y.vector)
                    .and_then(|(x, y)| cosine(x, y))
                    .map(|c| c.clamp(0.0, 1.0)),
                words: rarity.cosine(&of_x.words, &of_y.words),
                label: rarity.cosine(&of_x.label, &of_y.label),
            })
            .collect();
        for (slot, parts) in scores.row_mut(i).iter_mut().zip(&row) {
            *slot = score(parts, settings);
        }
        parts.push(row);
    }
    let mut out: Vec<TopicMatch> = assign(&scores, settings.min_score, observe)?
        .into_iter()
        .map(|(i, j)| TopicMatch {
            a_idx: i,
            b_idx: j,
            score: scores.row(i)[j],
            parts: parts[i][j],
            reasons: rarity.reasons(&sides_a[i], &sides_b[j]),
        })
        .collect();
    out.sort_by(|x, y| y.score.total_cmp(&x.score));
    Ok(out)
}

fn check(
    a: &[TopicProfile<'_>],
    b: &[TopicProfile<'_>],
    settings: MatchSettings,
) -> Result<(), MatchError> {
    for (name, value) in [
        ("vector_weight", settings.vector_weight),
        ("words_weight", settings.words_weight),
        ("label_weight", settings.label_weight),
    ] {
        if !(value >= 0.0 && value.is_finite()) {
            return Err(MatchError::Setting {
                name,
                value,
                wanted: "finite and not negative",
            });
        }
    }
    if !(0.0..=1.0).contains(&settings.min_score) {
        return Err(MatchError::Setting {
            name: "min_score",
            value: settings.min_score,
            wanted: "in 0 to 1",
        });
    }
    let mut n_dims = None;
    for side in [a, b] {
        for (topic_idx, topic) in side.iter().enumerate() {
            let vector = topic.vector.unwrap_or(&[]);
            let is_broken = vector.iter().any(|x| !x.is_finite())
                || topic.terms.iter().any(|t| !t.weight.is_finite());
            if is_broken {
                return Err(MatchError::NotFinite { topic_idx });
            }
            if topic.vector.is_none() {
                continue;
            }
            let first = *n_dims.get_or_insert(vector.len());
            if first != vector.len() {
                return Err(MatchError::DimsDiffer {
                    n_dims: vector.len(),
                    n_dims_other: first,
                });
            }
        }
    }
    Ok(())
}

fn score(parts: &ScoreParts, settings: MatchSettings) -> f64 {
    let weighed = [
        (parts.vector, settings.vector_weight),
        (parts.words, settings.words_weight),
        (parts.label, settings.label_weight),
    ];
    let (mut sum, mut weight) = (0.0, 0.0);
    for (part, w) in weighed {
        if let Some(part) = part {
            sum += w * part;
            weight += w;
        }
    }
    if weight > 0.0 { sum / weight } else { 0.0 }
}

/// What two topics can have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sense {
    /// A concept of the lexicon, in any of its languages.
    Concept(usize),
    /// A stem that the lexicon does not know.
    Stem(String),
}

impl Sense {
    fn name(&self) -> String {
        match self {
            Self::Concept(idx) => concept_name(*idx).unwrap_or_default().replace('_', " "),
            Self::Stem(stem) => stem.clone(),
        }
    }
}

type Senses = BTreeMap<Sense, f64>;

/// A topic read as concepts.
struct Side {
    words: Senses,
    label: Senses,
}

impl Side {
    fn read(topic: &TopicProfile<'_>) -> Self {
        let mut this = Self {
            words: Senses::new(),
            label: Senses::new(),
        };
        for term in topic.terms.iter().filter(|t| t.weight > 0.0) {
            add_senses(&mut this.words, &term.term, topic.language, term.weight);
        }
        for word in words(topic.label) {
            add_senses(&mut this.label, &word, topic.language, 1.0);
        }
        this
    }
}

fn add_senses(senses: &mut Senses, term: &str, language: Language, weight: f64) {
    // A word's own language is not known; that of most of the topic is the best guess.
    let language = match language {
        _ if term.chars().any(is_han) => Language::Zh,
        Language::Zh => Language::Other,
        other => other,
    };
    let concepts = concept_counts(language, term);
    let stems = if concepts.is_empty() {
        content_stems(term, language)
    } else {
        Vec::new()
    };
    let n = (concepts.len() + stems.len()).max(1) as f64;
    let found = concepts
        .into_iter()
        .map(|(c, share)| (Sense::Concept(c), f64::from(share)))
        .chain(stems.into_iter().map(|s| (Sense::Stem(s), 1.0)));
    for (sense, share) in found {
        *senses.entry(sense).or_insert(0.0) += weight * share / n;
    }
}

/// How much a sense tells topics apart.
struct Rarity {
    n_topics: f64,
    n_with: BTreeMap<Sense, usize>,
}

impl Rarity {
    fn of<'a>(sides: impl Iterator<Item = &'a Side>) -> Self {
        let mut n_with = BTreeMap::new();
        let mut n_topics = 0.0;
        for side in sides {
            n_topics += 1.0;
            let in_label = side.label.keys().filter(|s| !side.words.contains_key(s));
            for sense in side.words.keys().chain(in_label) {
                *n_with.entry(sense.clone()).or_insert(0) += 1;
            }
        }
        Self { n_topics, n_with }
    }

    fn weight(&self, sense: &Sense) -> f64 {
        let n = self.n_with.get(sense).copied().unwrap_or(1) as f64;
        (1.0 + self.n_topics / n).ln()
    }

    /// Weighed cosine, none if a side is empty.
    fn cosine(&self, a: &Senses, b: &Senses) -> Option<f64> {
        let square = |senses: &Senses| -> f64 {
            senses
                .iter()
                .map(|(s, w)| (w * self.weight(s)).powi(2))
                .sum()
        };
        let scale = (square(a) * square(b)).sqrt();
        (scale > 0.0).then(|| {
            let dot: f64 = self.common(a, b).map(|(_, product)| product).sum();
            (dot / scale).clamp(0.0, 1.0)
        })
    }

    /// Senses of both sides with what each adds to the cosine before scaling.
    fn common<'a>(
        &'a self,
        a: &'a Senses,
        b: &'a Senses,
    ) -> impl Iterator<Item = (&'a Sense, f64)> {
        a.iter().filter_map(|(sense, x)| {
            let y = b.get(sense)?;
            Some((sense, x * y * self.weight(sense).powi(2)))
        })
    }

    fn reasons(&self, a: &Side, b: &Side) -> Vec<String> {
        let mut found: Vec<(&Sense, f64)> = self.common(&a.words, &b.words).collect();
        found.sort_by(|x, y| y.1.total_cmp(&x.1));
        for (sense, _) in self.common(&a.label, &b.label) {
            if !found.iter().any(|(s, _)| *s == sense) {
                found.push((sense, 0.0));
            }
        }
        found
            .into_iter()
            .take(N_REASONS)
            .map(|(s, _)| s.name())
            .collect()
    }
}

/// Chooses pairs, each row and column at most once, so that the sum of scores is largest.
///
/// # Shapes
/// - `scores`: rows × columns, finite; those below `min_score`, and those not above 0, are never chosen.
/// - returns: pairs (row, column) by rising row.
///
/// # Errors
/// [`Cancelled`].
///
/// # Source
/// Shortest augmenting paths with prices (Jonker and Volgenant 1987); equals the sums of
/// `scipy.optimize.linear_sum_assignment` 1.17. A pair that may not be chosen scores 0, as much as none,
/// so leaving topics alone is part of the choice.
///
/// # Cost
/// `O(k²·l)` for the shorter side `k` and the longer `l`.
pub fn assign(
    scores: &Matrix<f64>,
    min_score: f64,
    observe: &dyn Observe,
) -> Result<Vec<(usize, usize)>, Cancelled> {
    let is_wide = scores.n_rows() <= scores.n_cols();
    let (n_short, n_long) = if is_wide {
        (scores.n_rows(), scores.n_cols())
    } else {
        (scores.n_cols(), scores.n_rows())
    };
    let gain = |short: usize, long: usize| {
        let s = if is_wide {
            scores.row(short)[long]
        } else {
            scores.row(long)[short]
        };
        if s >= min_score { s.max(0.0) } else { 0.0 }
    };
    // Prices keep every reduced cost −gain − row − column at 0 or above, and 0 for chosen pairs.
    let mut row_price = vec![0.0f64; n_short];
    let mut column_price = vec![0.0f64; n_long];
    let mut row_of: Vec<Option<usize>> = vec![None; n_long];
    let mut column_of: Vec<Option<usize>> = vec![None; n_short];
    for start in 0..n_short {
        observe.step(start as u64, n_short as u64)?;
        // Dijkstra's way from the new row over chosen pairs to the nearest free column.
        let mut cost = vec![f64::INFINITY; n_long];
        let mut came_from = vec![start; n_long];
        let mut settled: Vec<usize> = Vec::new();
        let mut is_open = vec![true; n_long];
        let (mut row, mut so_far) = (start, 0.0);
        let end = loop {
            let mut nearest: Option<usize> = None;
            for column in (0..n_long).filter(|c| is_open[*c]) {
                let through = so_far - gain(row, column) - row_price[row] - column_price[column];
                if through < cost[column] {
                    cost[column] = through;
                    came_from[column] = row;
                }
                if nearest.is_none_or(|n| cost[column] < cost[n]) {
                    nearest = Some(column);
                }
            }
            let Some(column) = nearest else { break None };
            so_far = cost[column];
            is_open[column] = false;
            match row_of[column] {
                None => break Some(column),
                Some(next) => {
                    settled.push(column);
                    row = next;
                }
            }
        };
        let Some(mut column) = end else { continue };
        row_price[start] += so_far;
        for &done in &settled {
            let room = so_far - cost[done];
            column_price[done] -= room;
            if let Some(r) = row_of[done] {
                row_price[r] += room;
            }
        }
        // Every row on the way gives up its column for the next; the new row had none.
        loop {
            let row = came_from[column];
            row_of[column] = Some(row);
            match column_of[row].replace(column) {
                Some(held) => column = held,
                None => break,
            }
        }
    }
    let mut pairs: Vec<(usize, usize)> = row_of
        .iter()
        .enumerate()
        .filter_map(|(long, short)| Some(((*short)?, long)))
        .filter(|(short, long)| gain(*short, *long) > 0.0)
        .map(|(short, long)| {
            if is_wide {
                (short, long)
            } else {
                (long, short)
            }
        })
        .collect();
    pairs.sort_unstable();
    Ok(pairs)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::observe::Silent;
    use crate::base::seed::Seed;

    const GOLDEN: &str = include_str!("../../../tests/golden/topics/assignment.tsv");

    fn matrix(rows: &[Vec<f64>]) -> Matrix<f64> {
        let n_cols = rows.first().map_or(0, Vec::len);
        Matrix::from_values(rows.len(), n_cols, rows.concat()).unwrap()
    }

    fn sum(scores: &Matrix<f64>, pairs: &[(usize, usize)]) -> f64 {
        pairs.iter().map(|&(i, j)| scores.row(i)[j]).sum()
    }

    #[test]
    fn equals_the_reference() {
        let blocks = GOLDEN.split("total\t").skip(1);
        let mut n = 0;
        for block in blocks {
            let mut lines = block.lines();
            let total: f64 = lines.next().unwrap().parse().unwrap();
            let rows: Vec<Vec<f64>> = lines
                .map(|l| l.split('\t').map(|x| x.parse().unwrap()).collect())
                .collect();
            let scores = matrix(&rows);
            let pairs = assign(&scores, 0.0, &Silent).unwrap();
            assert!((sum(&scores, &pairs) - total).abs() < 1e-9, "{pairs:?}");
            n += 1;
        }
        assert_eq!(n, 6);
    }

    /// The largest sum over every choice.
    fn best(scores: &Matrix<f64>, min: f64, row: usize, taken: u32) -> f64 {
        if row == scores.n_rows() {
            return 0.0;
        }
        let mut top = best(scores, min, row + 1, taken);
        for (j, &s) in scores.row(row).iter().enumerate() {
            if taken >> j & 1 == 0 && s >= min {
                top = top.max(s + best(scores, min, row + 1, taken | 1 << j));
            }
        }
        top
    }

    #[test]
    fn no_other_choice_is_better() {
        let mut random = Seed(2).stream("assign");
        for round in 0..90 {
            let (n, m) = (1 + random.below(7), 1 + random.below(7));
            // Few values make ties.
            let steps = if round % 2 == 0 { 4 } else { 1000 };
            let values = (0..n * m)
                .map(|_| random.below(steps + 1) as f64 / steps as f64)
                .collect();
            let scores = Matrix::from_values(n, m, values).unwrap();
            for min in [0.0, 0.3, 0.8] {
                let pairs = assign(&scores, min, &Silent).unwrap();
                let (mut rows, mut columns) = (vec![false; n], vec![false; m]);
                for &(i, j) in &pairs {
                    assert!(scores.row(i)[j] >= min && scores.row(i)[j] > 0.0);
                    assert!(!std::mem::replace(&mut rows[i], true));
                    assert!(!std::mem::replace(&mut columns[j], true));
                }
                let want = best(&scores, min, 0, 0);
                assert!(
                    (sum(&scores, &pairs) - want).abs() < 1e-9,
                    "{scores:?} {pairs:?}"
                );
            }
        }
    }

    fn terms(words: &str) -> Vec<TermWeight> {
        words
            .split(' ')
            .zip([0.5, 0.4, 0.3, 0.2, 0.1])
            .map(|(term, weight)| TermWeight {
                term: term.to_owned(),
                weight,
            })
            .collect()
    }

    fn topic<'a>(language: Language, label: &'a str, terms: &'a [TermWeight]) -> TopicProfile<'a> {
        TopicProfile {
            language,
            label,
            terms,
            vector: None,
        }
    }

    #[test]
    fn languages_meet_in_concepts() {
        let (wind, court, nato) = (
            terms("turbines wind grid"),
            terms("court asylum judges"),
            terms("nato drones macron"),
        );
        let (recht, windrad, otan) = (
            terms("Gericht Asyl Richter"),
            terms("Windräder Windkraft Stromnetz"),
            terms("nato drohnen macron"),
        );
        let a = [
            topic(Language::En, "Wind power", &wind),
            topic(Language::En, "Asylum courts", &court),
            topic(Language::En, "NATO", &nato),
        ];
        let b = [
            topic(Language::De, "Asylrecht", &recht),
            topic(Language::De, "Windkraft", &windrad),
            topic(Language::De, "NATO", &otan),
        ];
        let found = match_topics(&a, &b, MatchSettings::default(), &Silent).unwrap();
        let mut pairs: Vec<(usize, usize)> = found.iter().map(|m| (m.a_idx, m.b_idx)).collect();
        pairs.sort_unstable();
        assert_eq!(pairs, [(0, 1), (1, 0), (2, 2)], "{found:?}");
        assert!(found.windows(2).all(|w| w[0].score >= w[1].score));
        for m in &found {
            assert!((0.0..=1.0).contains(&m.score) && m.parts.vector.is_none());
            assert!(!m.reasons.is_empty());
        }
        // The other way round is the same.
        let mut back: Vec<(usize, usize)> = match_topics(&b, &a, MatchSettings::default(), &Silent)
            .unwrap()
            .iter()
            .map(|m| (m.b_idx, m.a_idx))
            .collect();
        back.sort_unstable();
        assert_eq!(back, pairs);
    }

    #[test]
    fn parts_there_are_make_the_score() {
        let none: Vec<TermWeight> = Vec::new();
        let with = |vector| TopicProfile {
            vector: Some(vector),
            ..topic(Language::En, "", &none)
        };
        let (x, y, z) = ([1.0f32, 0.0], [0.6f32, 0.8], [-1.0f32, 0.0]);
        let found = |a: TopicProfile<'_>, b: TopicProfile<'_>| {
            match_topics(
                &[a],
                &[b],
                MatchSettings {
                    min_score: 0.0,
                    ..MatchSettings::default()
                },
                &Silent,
            )
            .unwrap()
        };
        assert!((found(with(&x), with(&y))[0].score - 0.6).abs() < 1e-6);
        // A negative cosine is no likeness, and no match.
        assert!(found(with(&x), with(&z)).is_empty());
        assert!(found(topic(Language::En, "", &none), with(&x)).is_empty());
        let words = terms("court");
        let both = TopicProfile {
            terms: &words,
            ..with(&x)
        };
        let other = TopicProfile {
            terms: &words,
            ..with(&y)
        };
        let m = &found(both, other)[0];
        assert!((m.score - (0.5 * 0.6 + 0.35) / 0.85).abs() < 1e-6, "{m:?}");
        assert_eq!(m.reasons.len(), 1);
    }

    #[test]
    fn takes_nothing_and_refuses_what_does_not_fit() {
        let all = MatchSettings::default();
        assert_eq!(match_topics(&[], &[], all, &Silent), Ok(vec![]));
        let none: Vec<TermWeight> = Vec::new();
        let with = |vector| TopicProfile {
            vector: Some(vector),
            ..topic(Language::En, "", &none)
        };
        assert_eq!(match_topics(&[], &[with(&[1.0])], all, &Silent), Ok(vec![]));
        assert!(matches!(
            match_topics(&[with(&[1.0])], &[with(&[1.0, 2.0])], all, &Silent),
            Err(MatchError::DimsDiffer { .. })
        ));
        assert!(matches!(
            match_topics(&[with(&[f32::NAN])], &[], all, &Silent),
            Err(MatchError::NotFinite { topic_idx: 0 })
        ));
        let wrong = MatchSettings {
            label_weight: -1.0,
            ..all
        };
        assert!(matches!(
            match_topics(&[], &[], wrong, &Silent),
            Err(MatchError::Setting {
                name: "label_weight",
                ..
            })
        ));
    }
}
