//! Exact and near duplicates among texts.
//!
//! It marks, it deletes nothing; which text is the original is decided by order alone.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::base::observe::{Cancelled, Observe};
use crate::base::seed::{Seed, mix};

/// How duplicates are found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DuplicateSettings {
    /// Estimated Jaccard similarity from which two texts are near duplicates.
    pub min_jaccard: f64,
    /// Seed of the hashes.
    pub seed: Seed,
}

impl Default for DuplicateSettings {
    fn default() -> Self {
        Self {
            min_jaccard: 0.8,
            seed: Seed(42),
        }
    }
}

/// Characters in a shingle.
const SHINGLE_CHARS: usize = 5;
/// Values in a signature.
const N_HASHES: usize = 128;
/// Values in a band. 25 bands of 5 miss a pair at Jaccard 0.8 once in 20,000 times:
/// (1 − 0.8⁵)²⁵ ≈ 5 · 10⁻⁵; the three values left over serve the estimate only.
const BAND_ROWS: usize = 5;
/// Members of a bucket that a text is compared with at most. Larger buckets come from boilerplate;
/// true duplicates meet in many buckets.
const MAX_COMPARED: usize = 200;
/// Texts hashed between two looks at a cancel.
const CHUNK_DOCS: usize = 256;

/// Finds for each text the first of its group of exact or near duplicates.
///
/// # Shapes
/// - `texts`: `n`.
/// - returns: `n` positions; an entry is its own position for a text that is first or alone. Texts
///   without a letter or digit are alone.
///
/// # Errors
/// [`Cancelled`] if the observer asks for it.
///
/// # Source
/// Broder 1997, `MinHash` over character 5-grams of the normalized text (lower case, letters and
/// digits only). The 128 values come from one hash per shingle spread over 128 bins, empty bins
/// filled by optimal densification (Shrivastava 2017): the same estimate at 1/128 of the cost.
/// Groups are connected components, so that a chain of small edits is one group.
///
/// # Cost
/// One pass over the characters; 512 bytes a text.
pub fn find_duplicates(
    texts: &[&str],
    settings: &DuplicateSettings,
    observe: &dyn Observe,
) -> Result<Vec<usize>, Cancelled> {
    observe.phase("duplicates");
    let total = texts.len() as u64;
    let salt = settings.seed.stream("duplicates").next_u64();
    let mut signed: Vec<Signed> = Vec::with_capacity(texts.len());
    for chunk in texts.chunks(CHUNK_DOCS) {
        observe.step(signed.len() as u64, total)?;
        signed.par_extend(chunk.par_iter().map(|text| sign(text, salt)));
    }
    let mut groups = Groups::new(texts.len());

    // Exact duplicates first: only one of them goes on to the bands.
    let mut first_of: HashMap<(u64, u64), usize> = HashMap::new();
    let mut distinct = Vec::new();
    for (i, s) in signed.iter().enumerate() {
        if s.n_chars == 0 {
            continue;
        }
        match first_of.entry(s.whole) {
            std::collections::hash_map::Entry::Occupied(first) => groups.join(*first.get(), i),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(i);
                distinct.push(i);
            }
        }
    }

    let n_bands = N_HASHES / BAND_ROWS;
    let needed = (settings.min_jaccard * N_HASHES as f64).ceil() as usize;
    for band in 0..n_bands {
        observe.step(total * band as u64 / n_bands as u64, total)?;
        let range = band * BAND_ROWS..(band + 1) * BAND_ROWS;
        // Sorting by key keeps the order of buckets and of texts in them fixed.
        let mut keyed: Vec<(u64, usize)> = distinct
            .iter()
            .map(|&i| {
                let rows = &signed[i].signature[range.clone()];
                (rows.iter().fold(salt, |h, &v| mix(h ^ u64::from(v))), i)
            })
            .collect();
        keyed.sort_unstable();
        for bucket in keyed.chunk_by(|a, b| a.0 == b.0) {
            for (at, &(_, i)) in bucket.iter().enumerate() {
                for &(_, j) in &bucket[at.saturating_sub(MAX_COMPARED)..at] {
                    if groups.root(i) != groups.root(j) && n_equal(&signed[i], &signed[j]) >= needed
                    {
                        groups.join(i, j);
                    }
                }
            }
        }
    }
    observe.step(total, total)?;
    Ok((0..texts.len()).map(|i| groups.root(i)).collect())
}

/// A text by its hashes.
struct Signed {
    n_chars: usize,
    /// Two hashes of the whole normalized text: 128 bits, so that equal means equal.
    whole: (u64, u64),
    signature: [u32; N_HASHES],
}

fn sign(text: &str, salt: u64) -> Signed {
    let chars: Vec<char> = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let hash = |part: &[char], salt: u64| {
        part.iter()
            .fold(salt, |h, &c| mix(h ^ u64::from(u32::from(c))))
    };
    let mut bins = [u32::MAX; N_HASHES];
    let mut is_full = [false; N_HASHES];
    for shingle in chars.windows(SHINGLE_CHARS.min(chars.len()).max(1)) {
        let h = hash(shingle, salt);
        let bin = (h >> 57) as usize;
        bins[bin] = bins[bin].min(h as u32);
        is_full[bin] = true;
    }
    if !chars.is_empty() {
        for bin in 0..N_HASHES {
            // An empty bin takes the value of a full one, chosen by hashing, alike in every text.
            let mut attempt = 0u64;
            let mut from = bin;
            while !is_full[from] {
                attempt += 1;
                from = (mix(salt ^ ((bin as u64) << 32) ^ attempt) >> 57) as usize;
            }
            if from != bin {
                bins[bin] = bins[from];
            }
        }
    }
    Signed {
        n_chars: chars.len(),
        whole: (hash(&chars, salt), hash(&chars, !salt)),
        signature: bins,
    }
}

fn n_equal(a: &Signed, b: &Signed) -> usize {
    a.signature
        .iter()
        .zip(&b.signature)
        .filter(|(x, y)| x == y)
        .count()
}

/// Disjoint sets whose root is the smallest member.
struct Groups {
    parent: Vec<usize>,
}

impl Groups {
    fn new(n: usize) -> Self {
        Self {
            parent: (0..n).collect(),
        }
    }

    fn root(&mut self, mut i: usize) -> usize {
        while self.parent[i] != i {
            self.parent[i] = self.parent[self.parent[i]];
            i = self.parent[i];
        }
        i
    }

    fn join(&mut self, i: usize, j: usize) {
        let (a, b) = (self.root(i), self.root(j));
        self.parent[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::base::observe::Silent;

    fn find(texts: &[&str]) -> Vec<usize> {
        find_duplicates(texts, &DuplicateSettings::default(), &Silent).unwrap()
    }

    /// An invented text of `n_words` words.
    fn text(seed: u64, n_words: usize) -> String {
        let mut random = Seed(seed).stream("text");
        let word = |n: usize| format!("{}{}", ["gor", "lim", "pas", "tev", "run"][n % 5], n);
        (0..n_words)
            .map(|_| word(random.below(4000)))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn case_and_punctuation_do_not_matter() {
        assert_eq!(
            find(&[
                "A plan, for rail.",
                "other",
                "a plan for RAIL",
                "",
                "!?",
                ""
            ]),
            [0, 1, 0, 3, 4, 5]
        );
        assert_eq!(find(&["ab", "AB", "ba"]), [0, 0, 2]);
        assert!(find(&[]).is_empty());
    }

    #[test]
    fn near_texts_meet_and_far_ones_do_not() {
        let a = text(1, 300);
        let edited = a.replacen("gor", "xyz", 3);
        let half = format!("{} {}", a.get(..a.len() / 2).unwrap(), text(2, 150));
        let other = text(3, 300);
        assert_eq!(find(&[&other, &a, &edited, &half]), [0, 1, 1, 3]);
    }

    #[test]
    fn chinese_meets_too() {
        let a = "市政府昨天公布了新的住房计划，计划在三年内建设两万套保障性住房，并改善老旧小区的基础设施。居民普遍表示欢迎，也希望尽快落实。";
        let b = a.replace("昨天", "今天");
        let found = find(&["春耕时节，各地农民忙着播种。", a, &b]);
        assert_eq!(found, [0, 1, 1]);
    }

    /// The estimate is unbiased: its mean error over many pairs is small.
    #[test]
    fn estimate_agrees_with_the_true_jaccard() {
        let shingles = |t: &str| -> BTreeSet<Vec<char>> {
            let c: Vec<char> = t.chars().filter(|c| c.is_alphanumeric()).collect();
            c.windows(SHINGLE_CHARS).map(<[char]>::to_vec).collect()
        };
        let mut sum = 0.0;
        for seed in 0..60 {
            let n_words = 20 + seed as usize * 5;
            let a = text(seed, n_words);
            let b = format!(
                "{} {}",
                a.get(a.len() / 5..).unwrap(),
                text(seed + 900, n_words / 5)
            );
            let (sa, sb) = (shingles(&a), shingles(&b));
            let truth = sa.intersection(&sb).count() as f64 / sa.union(&sb).count() as f64;
            let estimate = n_equal(&sign(&a, 7), &sign(&b, 7)) as f64 / N_HASHES as f64;
            sum += estimate - truth;
            assert!((estimate - truth).abs() < 0.25, "{estimate} {truth}");
        }
        assert!((sum / 60.0).abs() < 0.02, "{}", sum / 60.0);
    }

    #[test]
    fn thousands_of_texts_are_quick() {
        let texts: Vec<String> = (0..600).map(|i| text(i % 500, 350)).collect();
        let refs: Vec<&str> = texts.iter().map(String::as_str).collect();
        let found = find(&refs);
        assert!((0..600).all(|i| found[i] == i % 500));
    }
}
