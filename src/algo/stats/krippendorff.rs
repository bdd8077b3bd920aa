//! Krippendorff's alpha for judgments without an order.
//!
//! Distances between kinds are all alike; ordered or measured judgments are not asked for here.

use super::kappa::{Agreement, Undefined};

/// Returns alpha of any number of people, each item judged by some of them.
///
/// # Shapes
/// - `counts`: `n × Q`, judgments of each kind for each item; items with fewer than two are left out.
///
/// # Errors
/// [`Undefined`], whichever applies.
///
/// # Source
/// Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: `α = 1 − (n − 1) Σ o_ck /
/// Σ n_c n_k` over unlike kinds, each item's pairs weighing 1 / (its judgments − 1). Its example of four
/// observers and twelve units gives 0.743. Equals the package `krippendorff` 0.9.
pub fn nominal_alpha<const Q: usize>(counts: &[[u32; Q]]) -> Result<Agreement, Undefined> {
    // The coincidences on the diagonal are all that nominal distances need.
    let (mut alike, mut n_items, mut n_judgments) = (0.0, 0, 0u64);
    let mut of_kind = [0u64; Q];
    for item in counts {
        let n: u64 = item.iter().map(|&c| u64::from(c)).sum();
        n_judgments += n;
        if n < 2 {
            continue;
        }
        n_items += 1;
        let equal: f64 = item
            .iter()
            .map(|&c| f64::from(c) * (f64::from(c) - 1.0))
            .sum();
        alike += equal / (n - 1) as f64;
        for (sum, &c) in of_kind.iter_mut().zip(item) {
            *sum += u64::from(c);
        }
    }
    let n: u64 = of_kind.iter().sum();
    if n_judgments == 0 {
        return Err(Undefined::Empty);
    }
    if n_items == 0 {
        return Err(Undefined::NoOverlap);
    }
    if of_kind.contains(&n) {
        return Err(Undefined::OneCategory);
    }
    let pairs = n as f64 * (n as f64 - 1.0);
    let by_chance: f64 = of_kind.iter().map(|&c| c as f64 * (c as f64 - 1.0)).sum();
    Agreement::beyond_chance(alike / n as f64, by_chance / pairs, n_items)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use proptest::prelude::*;

    use super::super::kappa::tests::{Golden, check_golden, counts};
    use super::*;

    #[test]
    fn equals_the_reference() {
        check_golden("alpha", 20, |t| nominal_alpha(&t.counts()));
    }

    /// Krippendorff 2011: section A (two observers, ten units, two kinds) 0.095, section B (two observers,
    /// twelve units, five kinds) 0.692, section C (four observers, some missing) 0.743.
    #[test]
    fn equals_the_paper() {
        let of = |name: &str| {
            let table = Golden::all().into_iter().find(|t| t.name == name).unwrap();
            nominal_alpha(&table.counts()).unwrap().value
        };
        assert!((of("Krippendorff 2011 A") - 0.095).abs() < 0.0005);
        assert!((of("Krippendorff 2011 B") - 0.692).abs() < 0.0005);
        assert!((of("Krippendorff 2011") - 0.743).abs() < 0.0005);
    }

    /// Alpha by its definition: disagreement of all pairs inside items over that of all pairs there are.
    fn by_pairs(items: &[Vec<Option<usize>>]) -> Option<f64> {
        let items: Vec<Vec<usize>> = items
            .iter()
            .map(|i| i.iter().flatten().copied().collect::<Vec<_>>())
            .filter(|i| i.len() > 1)
            .collect();
        let all: Vec<usize> = items.iter().flatten().copied().collect();
        let n = all.len() as f64;
        let unlike = |of: &[usize]| {
            let mut sum = 0.0;
            for (i, a) in of.iter().enumerate() {
                for (j, b) in of.iter().enumerate() {
                    sum += if i != j && a != b { 1.0 } else { 0.0 };
                }
            }
            sum
        };
        let observed: f64 = items
            .iter()
            .map(|i| unlike(i) / (i.len() - 1) as f64)
            .sum::<f64>()
            / n;
        let expected = unlike(&all) / (n * (n - 1.0));
        (expected > 0.0).then(|| 1.0 - observed / expected)
    }

    proptest! {
        #[test]
        fn equals_its_definition(
            items in proptest::collection::vec(proptest::collection::vec(proptest::option::of(0..3usize), 4), 0..20)
        ) {
            match (nominal_alpha(&counts::<3>(&items)), by_pairs(&items)) {
                (Ok(got), Some(want)) => prop_assert!((got.value - want).abs() < 1e-9, "{got:?} {want}"),
                (Err(_), None) => {}
                (got, want) => prop_assert!(false, "{got:?} {want:?}"),
            }
        }
    }

    #[test]
    fn what_means_nothing_says_why() {
        let why = |c: &[[u32; 3]]| nominal_alpha(c).unwrap_err();
        assert_eq!(why(&[]), Undefined::Empty);
        assert_eq!(why(&[[1, 0, 0], [0, 1, 0]]), Undefined::NoOverlap);
        assert_eq!(
            why(&[[2, 0, 0], [3, 0, 0], [0, 1, 0]]),
            Undefined::OneCategory
        );
    }
}
