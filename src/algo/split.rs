//! The split into training and test items that lets nothing leak.
//!
//! Items that share a document, a near-duplicate cluster or an issue are one component and stay
//! together, and so do items whose texts are near copies where the caller asks for it. It parts, it
//! drops nothing: an item too entangled to be tested is trained on.

use std::collections::{BTreeMap, BTreeSet};

use super::duplicates::{DuplicateSettings, find_duplicates};
use crate::base::observe::{Cancelled, Observe};
use crate::base::seed::Seed;

/// An item with what ties it to others. Keys are compared within their kind only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitItem {
    /// Identity that stays the same from one project state to the next.
    pub id: i64,
    /// What the share of test items is held in, such as nation × set.
    pub stratum: usize,
    /// The document it was taken from.
    pub document: i64,
    /// Cluster of near-duplicate documents; the document's own number where it is alone.
    pub near_duplicate: i64,
    /// Issue it takes a side on, if any.
    pub issue: Option<i64>,
}

/// A side of the split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Trained on.
    Train,
    /// Held out.
    Test,
}

/// How items are split.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SplitSettings {
    /// Share of test items wanted in every stratum, `0.0..=1.0`.
    pub test_share: f64,
    /// Seed of the order in which components are looked at.
    pub seed: Seed,
}

impl Default for SplitSettings {
    fn default() -> Self {
        Self {
            test_share: 0.2,
            seed: Seed(42),
        }
    }
}

/// Items cannot be split.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum SplitError {
    /// Something is not given for each item.
    #[error("{n_given} {what} are given for {n_items} items, one for each is needed")]
    Length {
        /// What is missing or too much.
        what: &'static str,
        /// Number given.
        n_given: usize,
        /// Items.
        n_items: usize,
    },
    /// The test share is none.
    #[error("test share must lie in 0..=1, not {test_share}")]
    TestShare {
        /// The share asked for.
        test_share: f64,
    },
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Where every item went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Side of each item.
    pub parts: Vec<Part>,
    /// Component of each item; components are numbered by their smallest item id.
    pub components: Vec<usize>,
    /// Components in all.
    pub n_components: usize,
}

/// What stands on both sides of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeakKind {
    /// One and the same item.
    Item,
    /// A document.
    Document,
    /// A cluster of near-duplicate documents.
    NearDuplicate,
    /// An issue.
    Issue,
    /// Texts that are near copies, or equal but for case and punctuation.
    Text,
}

impl LeakKind {
    /// Returns its name in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Document => "document",
            Self::NearDuplicate => "near-duplicate cluster",
            Self::Issue => "issue",
            Self::Text => "text",
        }
    }
}

/// Something that stands on both sides, with an item of either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leak {
    /// What it is.
    pub kind: LeakKind,
    /// Smallest id of its items in training.
    pub train: i64,
    /// Smallest id of its items in test.
    pub test: i64,
}

/// Jaccard similarity of character 5-grams from which two texts are near copies.
const MIN_TEXT_JACCARD: f64 = 0.8;

/// Groups items whose texts are near copies, also over a chain of them.
///
/// # Shapes
/// - `items`, `texts`: `n`.
/// - returns: `n` group numbers; equal ones are near copies.
///
/// # Errors
/// [`SplitError::Length`] if a text is missing, [`SplitError::Cancelled`] if the observer asks for it.
///
/// # Source
/// [`find_duplicates`] at Jaccard 0.8. The estimate has a standard error of about 0.035 there, so
/// pairs close to the bound may fall on either side of it, and always on the same.
pub fn text_groups(
    items: &[SplitItem],
    texts: &[&str],
    observe: &dyn Observe,
) -> Result<Vec<usize>, SplitError> {
    check_length("texts", texts.len(), items.len())?;
    // In the order of ids, so that the order given cannot matter.
    let order = order_by_id(items);
    let sorted: Vec<&str> = order.iter().map(|&i| texts[i]).collect();
    let settings = DuplicateSettings {
        min_jaccard: MIN_TEXT_JACCARD,
        ..DuplicateSettings::default()
    };
    let first_of = find_duplicates(&sorted, &settings, observe)?;
    let mut groups = vec![0; items.len()];
    for (place, &i) in order.iter().enumerate() {
        groups[i] = first_of[place];
    }
    Ok(groups)
}

/// Splits items into training and test without parting what belongs together.
///
/// Components are looked at in an order drawn from the seed; each goes to test where that brings the
/// test shares of the strata nearer to the wanted one, measured by the sum of their squared
/// deviations, and to training else. Large components overshoot and so are trained on. Then single
/// components change sides as long as that still helps. The result depends on the items' ids and keys,
/// not on their order.
///
/// # Shapes
/// - `near_texts`: `n` group numbers from [`text_groups`], if near copies shall stay together.
///
/// # Errors
/// [`SplitError::Length`] if groups are given for other than `n` items, [`SplitError::TestShare`] if
/// the share is none.
pub fn split_items(
    items: &[SplitItem],
    near_texts: Option<&[usize]>,
    settings: &SplitSettings,
) -> Result<Split, SplitError> {
    let test_share = settings.test_share;
    if !(0.0..=1.0).contains(&test_share) {
        return Err(SplitError::TestShare { test_share });
    }
    if let Some(groups) = near_texts {
        check_length("groups of near texts", groups.len(), items.len())?;
    }
    let components = components(items, near_texts);
    let n_components = components.iter().max().map_or(0, |m| m + 1);

    let strata: BTreeSet<usize> = items.iter().map(|i| i.stratum).collect();
    let stratum_idx: BTreeMap<usize, usize> = strata.into_iter().zip(0..).collect();
    let mut n_all = vec![0usize; stratum_idx.len()];
    let mut members: Vec<BTreeMap<usize, usize>> = vec![BTreeMap::new(); n_components];
    for (item, &component) in items.iter().zip(&components) {
        let stratum = stratum_idx[&item.stratum];
        n_all[stratum] += 1;
        *members[component].entry(stratum).or_insert(0) += 1;
    }

    let mut order: Vec<usize> = (0..n_components).collect();
    settings.seed.stream("split").shuffle(&mut order);
    let mut n_test = vec![0usize; n_all.len()];
    let mut is_test = vec![false; n_components];
    for _ in 0..MAX_PASSES {
        let mut moved = false;
        for &component in &order {
            let out = is_test[component];
            let change: f64 = members[component]
                .iter()
                .map(|(&stratum, &n)| {
                    let deviation =
                        |n_test: usize| n_test as f64 / n_all[stratum] as f64 - test_share;
                    let now = n_test[stratum];
                    let then = if out { now - n } else { now + n };
                    deviation(then).powi(2) - deviation(now).powi(2)
                })
                .sum();
            if change < -LEAST_GAIN {
                for (&stratum, &n) in &members[component] {
                    n_test[stratum] = if out {
                        n_test[stratum] - n
                    } else {
                        n_test[stratum] + n
                    };
                }
                is_test[component] = !out;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    let part = |&component: &usize| {
        if is_test[component] {
            Part::Test
        } else {
            Part::Train
        }
    };
    Ok(Split {
        parts: components.iter().map(part).collect(),
        components,
        n_components,
    })
}

/// Looks over all components at most; the first fills the test side, the others mend it.
const MAX_PASSES: usize = 10;
/// Gains below are rounding, and moving for them could go on forever.
const LEAST_GAIN: f64 = 1e-12;

/// Finds what stands on both sides of a split, by its own look at keys and texts.
///
/// # Shapes
/// - `items`, `parts`, `texts`: `n`.
/// - returns: leaks by kind and id; none is what a split must have.
///
/// # Errors
/// [`SplitError::Length`] if a side or text is missing, [`SplitError::Cancelled`] if the observer asks
/// for it.
pub fn check_split(
    items: &[SplitItem],
    parts: &[Part],
    texts: &[&str],
    observe: &dyn Observe,
) -> Result<Vec<Leak>, SplitError> {
    check_length("sides", parts.len(), items.len())?;
    let groups = text_groups(items, texts, observe)?;
    // Smallest id on either side, per thing that must not stand on both.
    let mut seen: BTreeMap<(LeakKind, i64), [Option<i64>; 2]> = BTreeMap::new();
    for ((item, part), group) in items.iter().zip(parts).zip(groups) {
        let mut keys = vec![
            (LeakKind::Item, item.id),
            (LeakKind::Document, item.document),
            (LeakKind::NearDuplicate, item.near_duplicate),
            (LeakKind::Text, group as i64),
        ];
        keys.extend(item.issue.map(|issue| (LeakKind::Issue, issue)));
        for key in keys {
            let sides = seen.entry(key).or_default();
            let side = &mut sides[usize::from(*part == Part::Test)];
            *side = Some(side.map_or(item.id, |id| id.min(item.id)));
        }
    }
    let mut leaks: Vec<Leak> = seen
        .into_iter()
        .filter_map(|((kind, _), sides)| {
            let [Some(train), Some(test)] = sides else {
                return None;
            };
            Some(Leak { kind, train, test })
        })
        .collect();
    leaks.sort_unstable();
    Ok(leaks)
}

fn check_length(what: &'static str, n_given: usize, n_items: usize) -> Result<(), SplitError> {
    if n_given == n_items {
        Ok(())
    } else {
        Err(SplitError::Length {
            what,
            n_given,
            n_items,
        })
    }
}

fn order_by_id(items: &[SplitItem]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    let key = |i: usize| {
        let item = &items[i];
        (item.id, item.document, item.near_duplicate, item.issue)
    };
    order.sort_by_key(|&i| key(i));
    order
}

/// Numbers the components of items that share any key, by their smallest id.
fn components(items: &[SplitItem], near_texts: Option<&[usize]>) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..items.len()).collect();
    let mut first_with: BTreeMap<(LeakKind, i64), usize> = BTreeMap::new();
    for (i, item) in items.iter().enumerate() {
        let keys = [
            Some((LeakKind::Item, item.id)),
            Some((LeakKind::Document, item.document)),
            Some((LeakKind::NearDuplicate, item.near_duplicate)),
            item.issue.map(|issue| (LeakKind::Issue, issue)),
            near_texts.map(|groups| (LeakKind::Text, groups[i] as i64)),
        ];
        for key in keys.into_iter().flatten() {
            let first = *first_with.entry(key).or_insert(i);
            let (a, b) = (root(&mut parent, first), root(&mut parent, i));
            parent[a.max(b)] = a.min(b);
        }
    }
    let mut number_of: BTreeMap<usize, usize> = BTreeMap::new();
    let mut numbers = vec![0; items.len()];
    for i in order_by_id(items) {
        let n_known = number_of.len();
        numbers[i] = *number_of.entry(root(&mut parent, i)).or_insert(n_known);
    }
    numbers
}

fn root(parent: &mut [usize], mut i: usize) -> usize {
    while parent[i] != i {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    i
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::observe::Silent;

    fn item(id: i64, stratum: usize, document: i64, issue: Option<i64>) -> SplitItem {
        SplitItem {
            id,
            stratum,
            document,
            near_duplicate: document,
            issue,
        }
    }

    /// Texts that share nothing.
    fn own_texts(n: usize) -> Vec<String> {
        (0..n)
            .map(|i| format!("{0}a{0}b{0}c{0}d{0}", i * 7919 + 1))
            .collect()
    }

    fn leaks(items: &[SplitItem], parts: &[Part], texts: &[String]) -> Vec<Leak> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        check_split(items, parts, &texts, &Silent).unwrap()
    }

    fn seeded(seed: u64) -> SplitSettings {
        SplitSettings {
            seed: Seed(seed),
            ..SplitSettings::default()
        }
    }

    fn test_shares(items: &[SplitItem], parts: &[Part]) -> Vec<(usize, f64)> {
        let mut counts: BTreeMap<usize, [usize; 2]> = BTreeMap::new();
        for (item, part) in items.iter().zip(parts) {
            let [n_test, n_all] = counts.entry(item.stratum).or_default();
            *n_test += usize::from(*part == Part::Test);
            *n_all += 1;
        }
        counts
            .values()
            .map(|[n_test, n_all]| (*n_all, *n_test as f64 / *n_all as f64))
            .collect()
    }

    #[test]
    fn each_kind_of_leak_is_told() {
        let items = [
            item(1, 0, 10, Some(7)),
            item(2, 0, 10, None),
            SplitItem {
                near_duplicate: 10,
                ..item(3, 0, 11, None)
            },
            item(4, 0, 12, Some(7)),
            item(5, 0, 13, None),
        ];
        let texts = own_texts(5);
        let parts = [Part::Train, Part::Test, Part::Train, Part::Test, Part::Test];
        let leak = |kind, train, test| Leak { kind, train, test };
        assert_eq!(
            leaks(&items, &parts, &texts),
            [
                leak(LeakKind::Document, 1, 2),
                leak(LeakKind::NearDuplicate, 1, 2),
                leak(LeakKind::Issue, 1, 4),
            ]
        );
        assert_eq!(leaks(&items, &[Part::Train; 5], &texts), []);
    }

    const LONG: &str = "The town should keep its public library open on Sundays, because many families have no other day to read together.";

    #[test]
    fn a_planted_copy_is_found_and_joined() {
        let items: Vec<SplitItem> = (0..40).map(|i| item(i, 0, 100 + i, None)).collect();
        for copy in [
            LONG.to_uppercase(),
            LONG.replace(", because", " because"),
            LONG.replace("Sundays", "Saturdays"),
        ] {
            let mut texts = own_texts(40);
            texts[3] = LONG.to_owned();
            texts[31] = copy;
            let mut parts = vec![Part::Train; 40];
            parts[31] = Part::Test;
            assert_eq!(
                leaks(&items, &parts, &texts),
                [Leak {
                    kind: LeakKind::Text,
                    train: 3,
                    test: 31
                }]
            );
            let refs: Vec<&str> = texts.iter().map(String::as_str).collect();
            let groups = text_groups(&items, &refs, &Silent).unwrap();
            for seed in 0..20 {
                let split = split_items(&items, Some(&groups), &seeded(seed)).unwrap();
                assert_eq!(split.components[3], split.components[31]);
                assert_eq!(split.n_components, 39);
                assert!(leaks(&items, &split.parts, &texts).is_empty());
            }
        }
    }

    #[test]
    fn chinese_copies_are_found() {
        let a = "农村学校的孩子应当和城市的孩子一样得到好的教育，这是社会公平的要求。";
        let items = [item(1, 0, 1, None), item(2, 0, 2, None)];
        let texts = [a.to_owned(), a.replace('，', " ").replace('。', "！")];
        assert_eq!(leaks(&items, &[Part::Test, Part::Train], &texts).len(), 1);
    }

    #[test]
    fn shares_are_near_where_components_are_small() {
        let sizes = [900, 420, 150, 60, 700];
        let mut items = Vec::new();
        let mut random = Seed(3).stream("sizes");
        let mut document = 0;
        for (stratum, &n) in sizes.iter().enumerate() {
            let mut left: usize = n;
            while left > 0 {
                document += 1;
                let n_here = (1 + random.below(4)).min(left);
                for _ in 0..n_here {
                    items.push(item(items.len() as i64, stratum, document, None));
                }
                left -= n_here;
            }
        }
        for seed in 0..10 {
            let split = split_items(&items, None, &seeded(seed)).unwrap();
            for (n, share) in test_shares(&items, &split.parts) {
                // One item from the nearest share, components have up to four.
                assert!((share - 0.2).abs() <= 1.0 / n as f64 + 1e-9, "{n} {share}");
            }
        }
        let one = split_items(&items, None, &seeded(1)).unwrap();
        let two = split_items(&items, None, &seeded(2)).unwrap();
        assert_ne!(one.parts, two.parts, "the seed must matter");
    }

    #[test]
    fn a_component_that_is_too_large_is_trained_on() {
        let mut items: Vec<SplitItem> = (0..50).map(|i| item(i, 0, 1, None)).collect();
        items.extend((50..100).map(|i| item(i, 0, i, None)));
        for seed in 0..20 {
            let split = split_items(&items, None, &seeded(seed)).unwrap();
            assert!(split.parts.iter().take(50).all(|&p| p == Part::Train));
            assert_eq!(split.parts.iter().filter(|&&p| p == Part::Test).count(), 20);
        }
    }

    #[test]
    fn odd_input_stands() {
        let none = split_items(&[], None, &SplitSettings::default()).unwrap();
        assert!(none.parts.is_empty() && none.n_components == 0);
        let alone = [item(5, 9, 1, None)];
        let split = split_items(&alone, None, &SplitSettings::default()).unwrap();
        assert_eq!(split.parts, [Part::Train]);
        assert!(matches!(
            split_items(&alone, Some(&[]), &SplitSettings::default()),
            Err(SplitError::Length {
                n_given: 0,
                n_items: 1,
                ..
            })
        ));
        let settings = SplitSettings {
            test_share: f64::NAN,
            ..SplitSettings::default()
        };
        assert!(matches!(
            split_items(&alone, None, &settings),
            Err(SplitError::TestShare { .. })
        ));
        assert!(check_split(&alone, &[], &[""], &Silent).is_err());
    }

    /// Items with few keys each, so that components of every size arise.
    fn any_items() -> impl Strategy<Value = Vec<SplitItem>> {
        let one = (
            0usize..4,
            0i64..60,
            0i64..90,
            proptest::option::weighted(0.3, 0i64..30),
        );
        proptest::collection::vec(one, 0..90).prop_map(|rows| {
            rows.into_iter()
                .enumerate()
                .map(|(i, (stratum, document, near, issue))| SplitItem {
                    // Ids that do not rise with the position.
                    id: (i as i64 * 37) % 101,
                    stratum,
                    document,
                    near_duplicate: if near < 60 { document } else { near },
                    issue,
                })
                .collect()
        })
    }

    proptest! {
        /// No split leaks, whatever the keys and texts.
        #[test]
        fn nothing_leaks(
            items in any_items(),
            picks in proptest::collection::vec(0usize..40, 90),
            seed: u64,
        ) {
            // Every text is a near copy of some other, by its last letters.
            let texts: Vec<String> = items
                .iter()
                .zip(&picks)
                .map(|(i, &p)| format!("{LONG} {}{}", "wxyz ".repeat(p), i.id % 3))
                .collect();
            let refs: Vec<&str> = texts.iter().map(String::as_str).collect();
            let groups = text_groups(&items, &refs, &Silent).unwrap();
            let split = split_items(&items, Some(&groups), &seeded(seed)).unwrap();
            prop_assert!(leaks(&items, &split.parts, &texts).is_empty());
            let by_keys = split_items(&items, None, &seeded(seed)).unwrap();
            let left = leaks(&items, &by_keys.parts, &own_texts(items.len()));
            prop_assert!(left.is_empty(), "{left:?}");
        }

        /// The order of the items does not matter.
        #[test]
        fn order_does_not_matter(items in any_items(), seed: u64, turn in 0usize..90) {
            let mut turned = items.clone();
            turned.rotate_left(turn % items.len().max(1));
            turned.reverse();
            let one = split_items(&items, None, &seeded(seed)).unwrap();
            let two = split_items(&turned, None, &seeded(seed)).unwrap();
            let by_id = |items: &[SplitItem], split: &Split| -> BTreeMap<i64, (Part, usize)> {
                let sides = split.parts.iter().copied().zip(split.components.iter().copied());
                items.iter().map(|i| i.id).zip(sides).collect()
            };
            prop_assert_eq!(by_id(&items, &one), by_id(&turned, &two));
        }
    }
}
