//! Agreement between people beyond what chance would bring: Cohen's kappa, Fleiss' kappa, Gwet's AC1.
//!
//! Judgments are names without an order. Where a coefficient means nothing the answer says why, so that
//! nothing after it can print a number that is none.

use std::collections::BTreeMap;

/// Why a coefficient of agreement has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undefined {
    /// There is no judgment.
    #[error("nothing has been judged yet")]
    Empty,
    /// No item was judged twice.
    #[error("no item was judged by two people")]
    NoOverlap,
    /// Chance alone agrees on everything.
    #[error(
        "every judgment compared is of one kind, so agreement cannot be told from chance; the share of agreement is all there is to say"
    )]
    OneCategory,
}

/// A coefficient of agreement with the two shares it is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// (observed − chance) / (1 − chance), 1 at most; negative where people agree less than by chance.
    pub value: f64,
    /// Share of pairs of judgments that agree.
    pub observed_share: f64,
    /// Share that chance would bring.
    pub chance_share: f64,
    /// Items with two judgments or more: what `observed_share` is measured on.
    pub n_items: usize,
}

impl Agreement {
    /// Corrects a share for chance.
    ///
    /// # Errors
    /// [`Undefined::OneCategory`] where chance leaves nothing to be agreed on.
    pub(super) fn beyond_chance(
        observed_share: f64,
        chance_share: f64,
        n_items: usize,
    ) -> Result<Self, Undefined> {
        let left = 1.0 - chance_share;
        // A share made of counts that is not 1 stays away from it by more than rounding does.
        if left <= 1e-12 {
            return Err(Undefined::OneCategory);
        }
        Ok(Self {
            value: (observed_share - chance_share) / left,
            observed_share,
            chance_share,
            n_items,
        })
    }
}

/// Returns how well two people agree on the items both judged.
///
/// # Shapes
/// - `pairs`: one entry for each item judged by both: the first one's judgment and the second one's.
///
/// # Errors
/// [`Undefined::NoOverlap`] without pairs, [`Undefined::OneCategory`] where both gave one and the same
/// judgment throughout.
///
/// # Source
/// Cohen 1960, "A coefficient of agreement for nominal scales", formula 1. Its example (200 cases, Table 1)
/// and the references of `tests/golden/stats` are matched.
pub fn cohen_kappa<J: Copy + Ord>(pairs: &[(J, J)]) -> Result<Agreement, Undefined> {
    if pairs.is_empty() {
        return Err(Undefined::NoOverlap);
    }
    let n = pairs.len() as f64;
    let mut given: BTreeMap<J, (f64, f64)> = BTreeMap::new();
    let mut n_equal = 0.0;
    for &(first, second) in pairs {
        given.entry(first).or_default().0 += 1.0;
        given.entry(second).or_default().1 += 1.0;
        n_equal += if first == second { 1.0 } else { 0.0 };
    }
    let chance: f64 = given.values().map(|(a, b)| a * b).sum::<f64>() / (n * n);
    Agreement::beyond_chance(n_equal / n, chance, pairs.len())
}

/// Returns [`cohen_kappa`] from the table of what two people said: rows the first one's judgments, columns the
/// second one's.
///
/// # Errors
/// As [`cohen_kappa`].
pub fn cohen_kappa_of<const Q: usize>(table: &[[usize; Q]; Q]) -> Result<Agreement, Undefined> {
    let n: usize = table.iter().flatten().sum();
    if n == 0 {
        return Err(Undefined::NoOverlap);
    }
    let first = table.iter().map(|row| row.iter().sum::<usize>());
    let second = (0..Q).map(|b| table.iter().map(|row| row[b]).sum::<usize>());
    let both = first.zip(second).map(|(a, b)| a as f64 * b as f64);
    let n_equal: usize = (0..Q).map(|q| table[q][q]).sum();
    let square = n as f64 * n as f64;
    Agreement::beyond_chance(n_equal as f64 / n as f64, both.sum::<f64>() / square, n)
}

/// Returns how well any number of people agree, each item judged by some of them.
///
/// # Shapes
/// - `counts`: `n × Q`, judgments of each kind for each item. The numbers of judgments may differ between
///   items; items without any are passed over, items with one count for the chance share only.
///
/// # Errors
/// [`Undefined`], whichever applies.
///
/// # Source
/// Fleiss 1971, "Measuring nominal scale agreement among many raters", whose example of 30 patients and
/// six psychiatrists gives 0.430. Fleiss asks for as many judgments of every item; where they differ we
/// follow Gwet 2014 ("Handbook of Inter-Rater Reliability", 4th edition, chapter 2): an item with two
/// judgments or more weighs one in the observed share, and the share of a kind is the mean of its shares
/// of the items. Equals `irrCAC` 0.4.
pub fn fleiss_kappa<const Q: usize>(counts: &[[u32; Q]]) -> Result<Agreement, Undefined> {
    let (observed, n_items) = observed_share(counts)?;
    let chance = kind_shares(counts).iter().map(|p| p * p).sum();
    Agreement::beyond_chance(observed, chance, n_items)
}

/// Returns Gwet's AC1: as [`fleiss_kappa`], but chance is that of judging at random where judging is hard,
/// so that a rare kind does not pull it to zero.
///
/// # Shapes
/// - `counts`: as for [`fleiss_kappa`]; `Q` counts every kind that could be given, seen or not.
///
/// # Errors
/// [`Undefined::Empty`] or [`Undefined::NoOverlap`]; [`Undefined::OneCategory`] only for `Q` below two.
///
/// # Source
/// Gwet 2008, "Computing inter-rater reliability and its variance in the presence of high agreement",
/// chance = Σ π(1 − π) / (Q − 1); equals `irrCAC` 0.4 when that is told all kinds (by default it counts only
/// the kinds it meets).
pub fn gwet_ac1<const Q: usize>(counts: &[[u32; Q]]) -> Result<Agreement, Undefined> {
    let (observed, n_items) = observed_share(counts)?;
    if Q < 2 {
        return Err(Undefined::OneCategory);
    }
    let spread: f64 = kind_shares(counts).iter().map(|p| p * (1.0 - p)).sum();
    Agreement::beyond_chance(observed, spread / (Q - 1) as f64, n_items)
}

/// Returns the mean over items of the share of agreeing pairs, and the number of items with a pair.
fn observed_share<const Q: usize>(counts: &[[u32; Q]]) -> Result<(f64, usize), Undefined> {
    let (mut sum, mut n_items, mut n_judgments) = (0.0, 0, 0u64);
    for item in counts {
        let n: u64 = item.iter().map(|&c| u64::from(c)).sum();
        n_judgments += n;
        if n >= 2 {
            let n = n as f64;
            let equal: f64 = item
                .iter()
                .map(|&c| f64::from(c) * (f64::from(c) - 1.0))
                .sum();
            sum += equal / (n * (n - 1.0));
            n_items += 1;
        }
    }
    match (n_judgments, n_items) {
        (0, _) => Err(Undefined::Empty),
        (_, 0) => Err(Undefined::NoOverlap),
        _ => Ok((sum / n_items as f64, n_items)),
    }
}

/// Returns the mean over judged items of each kind's share.
fn kind_shares<const Q: usize>(counts: &[[u32; Q]]) -> [f64; Q] {
    let mut shares = [0.0; Q];
    let mut n_judged = 0.0;
    for item in counts {
        let n: f64 = item.iter().map(|&c| f64::from(c)).sum();
        if n > 0.0 {
            n_judged += 1.0;
            for (share, &c) in shares.iter_mut().zip(item) {
                *share += f64::from(c) / n;
            }
        }
    }
    shares.map(|s| if n_judged > 0.0 { s / n_judged } else { 0.0 })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A table of the reference: each item's judgment by each person, none where it is missing.
    pub(in crate::algo::stats) struct Golden {
        pub(in crate::algo::stats) name: String,
        pub(in crate::algo::stats) items: Vec<Vec<Option<usize>>>,
        /// Coefficient and its value; `none` where the reference has none.
        pub(in crate::algo::stats) values: Vec<(String, Option<f64>)>,
    }

    impl Golden {
        pub(in crate::algo::stats) fn all() -> Vec<Self> {
            let mut out: Vec<Self> = Vec::new();
            for line in include_str!("../../../tests/golden/stats/agreement.tsv").lines() {
                let field: Vec<&str> = line.split('\t').collect();
                match field[0] {
                    "table" => out.push(Self {
                        name: field[1].to_owned(),
                        items: field[2]
                            .split(' ')
                            .map(|item| {
                                item.chars()
                                    .map(|c| c.to_digit(10).map(|d| d as usize))
                                    .collect()
                            })
                            .collect(),
                        values: Vec::new(),
                    }),
                    "value" => out
                        .last_mut()
                        .unwrap()
                        .values
                        .push((field[1].to_owned(), field[2].parse().ok())),
                    _ => assert!(line.starts_with('#'), "{line}"),
                }
            }
            assert!(out.len() > 20);
            out
        }

        pub(in crate::algo::stats) fn counts(&self) -> Vec<[u32; 5]> {
            counts(&self.items)
        }

        fn pairs(&self) -> Vec<(usize, usize)> {
            self.items.iter().filter_map(|i| i[0].zip(i[1])).collect()
        }
    }

    pub(in crate::algo::stats) fn counts<const Q: usize>(
        items: &[Vec<Option<usize>>],
    ) -> Vec<[u32; Q]> {
        items
            .iter()
            .map(|item| {
                let mut counts = [0; Q];
                for &kind in item.iter().flatten() {
                    counts[kind] += 1;
                }
                counts
            })
            .collect()
    }

    pub(in crate::algo::stats) fn check_golden(
        coefficient: &str,
        n_least: usize,
        compute: impl Fn(&Golden) -> Result<Agreement, Undefined>,
    ) {
        let mut n_checked = 0;
        for table in Golden::all() {
            for (name, want) in &table.values {
                if name != coefficient {
                    continue;
                }
                n_checked += 1;
                let got = compute(&table);
                match want {
                    Some(want) => assert!(
                        got.is_ok_and(|g| (g.value - want).abs() < 1e-9),
                        "{} {name}: {got:?}, not {want}",
                        table.name
                    ),
                    None => assert!(got.is_err(), "{} {name}: {got:?}", table.name),
                }
            }
        }
        assert!(n_checked >= n_least, "{coefficient}: {n_checked}");
    }

    #[test]
    fn cohen_equals_the_reference() {
        check_golden("cohen", 10, |t| cohen_kappa(&t.pairs()));
    }

    #[test]
    fn fleiss_equals_the_reference() {
        check_golden("fleiss", 20, |t| fleiss_kappa(&t.counts()));
    }

    /// The reference counts the kinds of the table, so each number of kinds is a case of its own.
    #[test]
    fn ac1_equals_the_reference() {
        check_golden("ac1 of 5", 20, |t| gwet_ac1(&t.counts()));
        check_golden("ac1 of 3", 5, |t| gwet_ac1(&counts::<3>(&t.items)));
    }

    /// Cohen 1960, Table 1: 200 cases, two psychologists, κ = .492.
    #[test]
    fn cohen_equals_the_paper() {
        let table = [[88, 14, 18], [10, 40, 10], [2, 6, 12]];
        let pairs = spread(table);
        let got = cohen_kappa(&pairs).unwrap();
        assert_eq!(got.n_items, 200);
        assert!((got.observed_share - 0.70).abs() < 1e-12);
        assert!((got.chance_share - 0.41).abs() < 1e-12);
        assert!((got.value - 0.492).abs() < 0.0005, "{got:?}");
    }

    /// Gwet's table of two abstractors and 100 patients, as printed in the vignette of the R package
    /// irrCAC: κ = 0.7964094, AC1 = 0.8493305.
    #[test]
    fn two_abstractors_as_printed() {
        let pairs = spread([[13, 0, 0], [0, 20, 7], [0, 4, 56]]);
        assert!((cohen_kappa(&pairs).unwrap().value - 0.796_409_4).abs() < 5e-8);
        let items: Vec<_> = pairs.iter().map(|&(a, b)| vec![Some(a), Some(b)]).collect();
        let got = gwet_ac1(&counts::<3>(&items)).unwrap();
        assert!((got.value - 0.849_330_5).abs() < 5e-8, "{got:?}");
    }

    /// Fleiss 1971, Table 1: 30 patients, six psychiatrists, five diagnoses, κ = .430.
    #[test]
    fn fleiss_equals_the_paper() {
        let table = Golden::all()
            .into_iter()
            .find(|t| t.name == "Fleiss 1971")
            .unwrap();
        let got = fleiss_kappa(&table.counts()).unwrap();
        assert_eq!(got.n_items, 30);
        assert!((got.observed_share - 0.5556).abs() < 0.0001, "{got:?}");
        assert!((got.chance_share - 0.2199).abs() < 0.0001, "{got:?}");
        assert!((got.value - 0.430).abs() < 0.0005, "{got:?}");
    }

    /// Four observers, twelve units, some missing: the same vignette prints AC1 = 0.77544 and Fleiss'
    /// kappa = 0.76117.
    #[test]
    fn four_raters_as_printed() {
        let table = Golden::all()
            .into_iter()
            .find(|t| t.name == "Krippendorff 2011")
            .unwrap();
        assert!((gwet_ac1(&table.counts()).unwrap().value - 0.77544).abs() < 5e-6);
        assert!((fleiss_kappa(&table.counts()).unwrap().value - 0.76117).abs() < 5e-6);
    }

    fn spread(table: [[usize; 3]; 3]) -> Vec<(usize, usize)> {
        let mut pairs = Vec::new();
        for (a, row) in table.iter().enumerate() {
            for (b, &n) in row.iter().enumerate() {
                pairs.extend(std::iter::repeat_n((a, b), n));
            }
        }
        pairs
    }

    #[test]
    fn what_means_nothing_says_why() {
        assert_eq!(cohen_kappa::<u8>(&[]), Err(Undefined::NoOverlap));
        assert_eq!(cohen_kappa(&[(1, 1), (1, 1)]), Err(Undefined::OneCategory));
        // One judges all alike, the other does not: no better than chance, and that is a value.
        assert!(cohen_kappa(&[(1, 1), (1, 2)]).is_ok_and(|a| a.value.abs() < 1e-12));
        let fleiss = |c: &[[u32; 3]]| fleiss_kappa(c).map(|a| a.value);
        let ac1 = |c: &[[u32; 3]]| gwet_ac1(c).map(|a| a.value);
        assert_eq!(fleiss(&[]), Err(Undefined::Empty));
        assert_eq!(fleiss(&[[0, 0, 0]]), Err(Undefined::Empty));
        assert_eq!(ac1(&[[1, 0, 0], [0, 1, 0]]), Err(Undefined::NoOverlap));
        assert_eq!(fleiss(&[[0, 0, 2], [0, 0, 3]]), Err(Undefined::OneCategory));
        // All agree on one kind: AC1 can tell that from chance, since two more could have been given.
        assert_eq!(ac1(&[[0, 0, 2], [0, 0, 3]]), Ok(1.0));
        assert_eq!(gwet_ac1(&[[2], [2]]), Err(Undefined::OneCategory));
    }

    proptest! {
        /// Two people, nothing missing: the observed share is that of equal pairs for every coefficient, and
        /// Fleiss' chance is that of the kinds of both together.
        #[test]
        fn two_people_are_counted_by_hand(pairs in proptest::collection::vec((0..3usize, 0..3usize), 1..40)) {
            let items: Vec<_> = pairs.iter().map(|&(a, b)| vec![Some(a), Some(b)]).collect();
            let n = pairs.len() as f64;
            let equal = pairs.iter().filter(|(a, b)| a == b).count() as f64 / n;
            let mut chance = 0.0;
            for kind in 0..3 {
                let share = pairs.iter().map(|&(a, b)| u32::from(a == kind) + u32::from(b == kind)).sum::<u32>();
                chance += (f64::from(share) / (2.0 * n)).powi(2);
            }
            match fleiss_kappa(&counts::<3>(&items)) {
                Ok(got) => {
                    prop_assert!((got.observed_share - equal).abs() < 1e-12);
                    prop_assert!((got.chance_share - chance).abs() < 1e-12);
                }
                Err(why) => {
                    prop_assert_eq!(why, Undefined::OneCategory);
                    prop_assert!(chance > 1.0 - 1e-9);
                }
            }
            if let Ok(got) = cohen_kappa(&pairs) {
                prop_assert!((got.observed_share - equal).abs() < 1e-12);
            }
        }

        /// Neither the order of people nor that of items, nor the names of kinds, changes a coefficient.
        #[test]
        fn names_and_order_do_not_matter(
            items in proptest::collection::vec(proptest::collection::vec(proptest::option::of(0..3usize), 4), 1..20)
        ) {
            let renamed: Vec<Vec<Option<usize>>> = items
                .iter()
                .rev()
                .map(|i| i.iter().rev().map(|k| k.map(|k| (k + 1) % 3)).collect())
                .collect();
            let (one, other) = (counts::<3>(&items), counts::<3>(&renamed));
            for (a, b) in [
                (fleiss_kappa(&one), fleiss_kappa(&other)),
                (gwet_ac1(&one), gwet_ac1(&other)),
                (
                    super::super::krippendorff::nominal_alpha(&one),
                    super::super::krippendorff::nominal_alpha(&other),
                ),
            ] {
                match (a, b) {
                    (Ok(a), Ok(b)) => prop_assert!((a.value - b.value).abs() < 1e-9 && a.value <= 1.0 + 1e-12),
                    (a, b) => prop_assert_eq!(a, b),
                }
            }
        }
    }
}
