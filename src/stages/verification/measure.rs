//! What the judgments of a sample come to: rates with intervals, and how far reviewers agree.

use std::collections::BTreeMap;

use crate::algo::stats::bootstrap::{Bootstrapped, bootstrap_agreement};
use crate::algo::stats::intervals::{Interval, Z_95, wilson};
use crate::algo::stats::kappa::{Undefined, cohen_kappa, fleiss_kappa, gwet_ac1};
use crate::algo::stats::krippendorff::nominal_alpha;
use crate::algo::stats::paired::N_RESAMPLES;
use crate::base::ids::{ItemId, SampleId};
use crate::base::seed::Seed;
use crate::domain::corpus::Nation;
use crate::domain::verification::{
    Item, Judgment, Judgments, Sample, SampleKind, Standing, VerificationError,
};
use crate::store::{Store, StoreError};

/// A sample with its pairs and the judgments in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// The sample.
    pub sample: Sample,
    /// Its pairs in order.
    pub items: Vec<Item>,
    /// The judgments in force.
    pub judgments: Judgments,
}

/// Why a sample cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The project's files refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such sample.
    #[error(transparent)]
    Verification(#[from] VerificationError),
}

impl Verification {
    /// Reads a sample, the newest where none is named.
    ///
    /// # Errors
    /// [`ReadError`], also where there is no such sample.
    pub fn read(store: &Store, sample: Option<SampleId>) -> Result<Self, ReadError> {
        let mut samples = store.samples()?.into_iter();
        let found = match sample {
            None => samples.next().ok_or(VerificationError::NoSample)?,
            Some(id) => samples
                .find(|s| s.id == id)
                .ok_or(VerificationError::UnknownSample { sample: id })?,
        };
        Ok(Self {
            items: store.sample_items(found.id)?,
            judgments: Judgments::replay(&store.judgments(found.id)?),
            sample: found,
        })
    }

    /// Returns the pairs on which reviewers disagree, adjudicated or not, in order.
    pub fn disputed(&self) -> impl Iterator<Item = &Item> {
        self.items
            .iter()
            .filter(|i| self.judgments.is_disputed(i.id))
    }

    /// Tells whether everyone has judged all that was dealt to them.
    pub fn is_finished(&self) -> bool {
        self.items.iter().all(|i| {
            let mut of = i.reviewers.iter();
            of.all(|r| self.judgments.of(i.id, r).is_some())
        })
    }

    /// Computes rates and agreement.
    pub fn measure(&self) -> Measured {
        Measured {
            progress: self
                .sample
                .plan
                .reviewers
                .iter()
                .map(|r| self.progress(r))
                .collect(),
            rates: self.rates(),
            agreement: self.agreement(),
        }
    }

    fn progress(&self, reviewer: &str) -> Progress {
        let dealt: Vec<ItemId> = self
            .items
            .iter()
            .filter(|i| i.reviewers.iter().any(|r| r == reviewer))
            .map(|i| i.id)
            .collect();
        let mut counts = [0; Judgment::N];
        let mut secs = Vec::new();
        for judged in dealt.iter().filter_map(|i| self.judgments.of(*i, reviewer)) {
            add(&mut counts, judged.judgment);
            secs.extend(judged.spent_secs);
        }
        secs.sort_by(f64::total_cmp);
        Progress {
            reviewer: reviewer.to_owned(),
            n_dealt: dealt.len(),
            counts,
            median_secs: secs.get(secs.len() / 2).copied(),
        }
    }

    fn nations(&self) -> Vec<Nation> {
        let mut nations: Vec<Nation> = self.items.iter().map(|i| i.nation).collect();
        nations.sort_by_key(Nation::paper_order);
        nations.dedup();
        nations
    }

    fn rates(&self) -> Vec<Rates> {
        let strata = match (self.sample.plan.kind, self.sample.is_after_reduction) {
            (SampleKind::Random, _) => &[Stratum::All][..],
            (SampleKind::Within, true) => &[Stratum::Before, Stratum::After],
            (SampleKind::Within, false) => &[Stratum::Before],
        };
        let mut out = Vec::new();
        for &stratum in strata {
            let nations = self.nations();
            let each = nations.iter().map(|n| Some(*n));
            // All nations together last, where there are several.
            let all = (nations.len() > 1).then_some(None);
            for nation in each.chain(all) {
                out.push(self.rates_of(nation, stratum));
            }
        }
        out
    }

    fn rates_of(&self, nation: Option<Nation>, stratum: Stratum) -> Rates {
        let mut rates = Rates {
            nation,
            stratum,
            n_items: 0,
            n_open: 0,
            n_disputed: 0,
            counts: [0; Judgment::N],
        };
        for item in &self.items {
            let is_in = nation.is_none_or(|n| n == item.nation)
                && match stratum {
                    Stratum::All => true,
                    Stratum::Before => item.is_before,
                    Stratum::After => item.is_after,
                };
            if !is_in {
                continue;
            }
            rates.n_items += 1;
            match self.judgments.standing(item.id) {
                Standing::Open => rates.n_open += 1,
                Standing::Disputed => rates.n_disputed += 1,
                Standing::Agreed(j) | Standing::Adjudicated(j) => add(&mut rates.counts, j),
            }
        }
        rates
    }

    fn agreement(&self) -> Vec<Coefficient> {
        let reviewers = &self.sample.plan.reviewers;
        let mut out = Vec::new();
        for (i, first) in reviewers.iter().enumerate() {
            for second in reviewers.iter().skip(i + 1) {
                let pairs: Vec<(Judgment, Judgment)> = self
                    .items
                    .iter()
                    .filter_map(|i| {
                        let of = |who| self.judgments.of(i.id, who).map(|j| j.judgment);
                        of(first).zip(of(second))
                    })
                    .collect();
                out.push(Coefficient {
                    name: CoefficientName::Cohen,
                    between: Some((first.clone(), second.clone())),
                    nation: None,
                    value: bootstrap_agreement(
                        &pairs,
                        N_RESAMPLES,
                        self.seed(&format!("cohen {first} {second}")),
                        cohen_kappa,
                    )
                    .map_err(NoValue::Undefined),
                });
            }
        }
        let nations = self.nations();
        let each = nations
            .iter()
            .map(|n| Some(*n))
            .filter(|_| nations.len() > 1);
        for nation in std::iter::once(None).chain(each) {
            let counts: Vec<[u32; Judgment::N]> = self
                .items
                .iter()
                .filter(|i| nation.is_none_or(|n| n == i.nation))
                .map(|i| {
                    let mut counts = [0u32; Judgment::N];
                    for judged in self.judgments.of_all(i.id) {
                        if let Some(n) = counts.get_mut(judged.judgment.idx()) {
                            *n += 1;
                        }
                    }
                    counts
                })
                .filter(|c| c.iter().any(|n| *n > 0))
                .collect();
            // Chance is that of the pairs that agreement is seen on: most pairs are dealt to one reviewer
            // alone, and their kinds would drown those few. Where there are only such, that is the reason.
            let shared: Vec<_> = counts
                .iter()
                .copied()
                .filter(|c| c.iter().sum::<u32>() > 1)
                .collect();
            let counts = if shared.is_empty() { counts } else { shared };
            for name in [
                CoefficientName::Fleiss,
                CoefficientName::Alpha,
                CoefficientName::Ac1,
            ] {
                let of = nation.as_ref().map_or("all", Nation::code);
                let seed = self.seed(&format!("{} {of}", name.code()));
                let value = if reviewers.len() < 2 {
                    Err(NoValue::OneReviewer)
                } else {
                    let of = |counts: &[[u32; Judgment::N]]| match name {
                        CoefficientName::Fleiss => fleiss_kappa(counts),
                        CoefficientName::Ac1 => gwet_ac1(counts),
                        CoefficientName::Alpha | CoefficientName::Cohen => nominal_alpha(counts),
                    };
                    bootstrap_agreement(&counts, N_RESAMPLES, seed, of).map_err(NoValue::Undefined)
                };
                out.push(Coefficient {
                    name,
                    between: None,
                    nation,
                    value,
                });
            }
        }
        out
    }

    /// A seed for each coefficient, so that one more reviewer moves no other's interval.
    fn seed(&self, label: &str) -> Seed {
        let mut stream = self.sample.plan.seed.stream(&format!("agreement {label}"));
        Seed(stream.next_u64())
    }
}

/// Counts one more of a judgment.
fn add(counts: &mut [u64; Judgment::N], judgment: Judgment) {
    if let Some(n) = counts.get_mut(judgment.idx()) {
        *n += 1;
    }
}

/// Returns how many there are of a judgment.
pub(super) fn count(counts: &[u64; Judgment::N], judgment: Judgment) -> u64 {
    counts.get(judgment.idx()).copied().unwrap_or(0)
}

/// What judgments come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// How far each reviewer is, in the plan's order.
    pub progress: Vec<Progress>,
    /// Rates by nation, all nations together last; before reduction, then after.
    pub rates: Vec<Rates>,
    /// Cohen's kappa of each two reviewers, then the others of all nations and of each.
    pub agreement: Vec<Coefficient>,
}

/// How far a reviewer is.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Who.
    pub reviewer: String,
    /// Pairs dealt.
    pub n_dealt: usize,
    /// Of these judged, by [`Judgment::idx`].
    pub counts: [u64; Judgment::N],
    /// Median time for one, seconds; `None` where nobody measured.
    pub median_secs: Option<f64>,
}

impl Progress {
    /// Counts the pairs judged.
    pub fn n_judged(&self) -> usize {
        self.counts.iter().sum::<u64>() as usize
    }
}

/// Which of a sample's pairs a rate is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stratum {
    /// All of them.
    All,
    /// Those drawn of all there were before reduction.
    Before,
    /// Those drawn of what reduction left.
    After,
}

impl Stratum {
    /// Returns the word used in files, also on screen.
    pub fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// Final judgments counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Whose, `None` for all nations.
    pub nation: Option<Nation>,
    /// Of which pairs.
    pub stratum: Stratum,
    /// Pairs.
    pub n_items: u64,
    /// Judged by nobody yet.
    pub n_open: u64,
    /// Disputed and not adjudicated.
    pub n_disputed: u64,
    /// Settled, by [`Judgment::idx`].
    pub counts: [u64; Judgment::N],
}

impl Rates {
    /// Counts the pairs with a final judgment: what the rates are of.
    pub fn n_settled(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Returns the rate of a judgment with its 95 % Wilson interval, `None` while nothing is settled.
    ///
    /// # Units
    /// Shares in `0.0..=1.0`. With 0 of 100 the upper end is 0.037.
    pub fn rate(&self, judgment: Judgment) -> Option<(f64, Interval)> {
        let (hits, n) = (count(&self.counts, judgment), self.n_settled());
        Some((hits as f64 / n as f64, wilson(hits, n, Z_95)?))
    }
}

/// A coefficient of agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoefficientName {
    /// Cohen's kappa.
    Cohen,
    /// Fleiss' kappa.
    Fleiss,
    /// Krippendorff's alpha.
    Alpha,
    /// Gwet's AC1.
    Ac1,
}

impl CoefficientName {
    /// Returns the lower-case name used in files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cohen => "cohen_kappa",
            Self::Fleiss => "fleiss_kappa",
            Self::Alpha => "krippendorff_alpha",
            Self::Ac1 => "gwet_ac1",
        }
    }

    /// Returns the name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cohen => "Cohen’s kappa",
            Self::Fleiss => "Fleiss’ kappa",
            Self::Alpha => "Krippendorff’s alpha",
            Self::Ac1 => "Gwet’s AC1",
        }
    }
}

/// Why a coefficient of the sample has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoValue {
    /// Nobody to agree with.
    #[error("one reviewer alone has nobody to agree with")]
    OneReviewer,
    /// The judgments allow none.
    #[error(transparent)]
    Undefined(Undefined),
}

/// A coefficient of some judgments.
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficient {
    /// Which.
    pub name: CoefficientName,
    /// The two it is between, for Cohen's kappa; else all reviewers.
    pub between: Option<(String, String)>,
    /// Of which nation's pairs, `None` for all.
    pub nation: Option<Nation>,
    /// Its value with its interval, or why there is none.
    pub value: Result<Bootstrapped, NoValue>,
}

impl Coefficient {
    /// Says in words why there is no value or no interval, or how many resamples the interval had to leave
    /// out; `None` where there is nothing to say.
    pub fn remark(&self) -> Option<String> {
        match &self.value {
            Err(why) => Some(why.to_string()),
            Ok(found) => found.remark(N_RESAMPLES),
        }
    }
}

/// Groups the judgments of a pair by who gave them, in the plan's order.
pub fn judgments_by_reviewer<'a>(
    verification: &'a Verification,
    item: &'a Item,
) -> Vec<(&'a str, Option<Judgment>)> {
    let found: BTreeMap<&str, Judgment> = verification
        .judgments
        .of_all(item.id)
        .map(|j| (j.reviewer.as_str(), j.judgment))
        .collect();
    item.reviewers
        .iter()
        .map(|r| (r.as_str(), found.get(r.as_str()).copied()))
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::algo::stats::bootstrap::NoInterval;
    use crate::base::ids::{JudgmentId, StatementId};
    use crate::domain::verification::{JudgmentRow, Role, Said, SamplePlan};

    const CN: Nation = Nation::FIVE[0];
    const US: Nation = Nation::FIVE[1];

    /// A sample of pairs, each with what `a` and `b` say of it.
    fn verification(
        kind: SampleKind,
        of: &[(Nation, Option<Judgment>, Option<Judgment>)],
    ) -> Verification {
        let names = ["a", "b"];
        let mut rows = Vec::new();
        for (i, (_, a, b)) in of.iter().enumerate() {
            for (name, said) in names.iter().zip([a, b]) {
                rows.extend(said.map(|j| JudgmentRow {
                    id: JudgmentId(rows.len() as i64),
                    item: ItemId(i as i64),
                    reviewer: (*name).to_owned(),
                    role: Role::Reviewer,
                    said: Said::Judged(j),
                    note: String::new(),
                    spent_secs: Some(i as f64),
                    judged_ms: 0,
                }));
            }
        }
        Verification {
            sample: Sample {
                id: SampleId(1),
                plan: SamplePlan {
                    kind,
                    n_per_nation: 100,
                    reviewers: names.iter().map(|n| (*n).to_owned()).collect(),
                    overlap_share: 1.0,
                    n_per_reviewer: None,
                    anchors: BTreeMap::new(),
                    seed: Seed(5),
                },
                is_after_reduction: true,
                who: "a".to_owned(),
                made_ms: 0,
            },
            items: of
                .iter()
                .enumerate()
                .map(|(i, (nation, ..))| Item {
                    id: ItemId(i as i64),
                    number: i,
                    nation: *nation,
                    anchor: StatementId(1),
                    other: StatementId(2),
                    issue: None,
                    is_before: i % 2 == 0,
                    is_after: i % 3 == 0,
                    reviewers: names.iter().map(|n| (*n).to_owned()).collect(),
                })
                .collect(),
            judgments: Judgments::replay(&rows),
        }
    }

    const A: Option<Judgment> = Some(Judgment::Align);
    const C: Option<Judgment> = Some(Judgment::Conflict);
    const U: Option<Judgment> = Some(Judgment::Unrelated);

    #[test]
    fn none_of_a_hundred_still_allows_some() {
        let of = [(CN, U, U); 100];
        let measured = verification(SampleKind::Random, &of).measure();
        let (rate, interval) = measured.rates[0].rate(Judgment::Conflict).unwrap();
        assert!(rate.abs() < 1e-12 && interval.low.abs() < 1e-12);
        assert_eq!(format!("{:.1}", 100.0 * interval.high), "3.7");
        // All agree on one kind: only AC1 can tell that from chance, and it says so.
        for c in &measured.agreement {
            if c.name == CoefficientName::Ac1 {
                let value = c.value.as_ref().unwrap().agreement.value;
                assert!((value - 1.0).abs() < 1e-12);
            } else {
                assert_eq!(c.value, Err(NoValue::Undefined(Undefined::OneCategory)));
                assert!(c.remark().unwrap().contains("one kind"));
            }
        }
    }

    #[test]
    fn rates_count_what_is_settled() {
        let of = [
            (CN, A, A),
            (CN, A, C),
            (CN, None, None),
            (CN, C, None),
            (US, U, U),
            (US, U, U),
        ];
        let v = verification(SampleKind::Within, &of);
        let measured = v.measure();
        assert_eq!(measured.rates.len(), 6);
        let find = |nation, stratum| {
            measured
                .rates
                .iter()
                .find(|r| r.nation == nation && r.stratum == stratum)
                .unwrap()
        };
        let cn = find(Some(CN), Stratum::Before);
        assert_eq!(
            (cn.n_items, cn.n_open, cn.n_disputed, cn.counts),
            (2, 1, 0, [1, 0, 0])
        );
        let all = find(None, Stratum::After);
        assert_eq!(
            (all.n_items, all.n_settled(), all.counts),
            (2, 2, [1, 1, 0])
        );
        assert!(
            find(Some(US), Stratum::Before)
                .rate(Judgment::Align)
                .is_some()
        );
        assert_eq!(v.disputed().map(|i| i.number).collect::<Vec<_>>(), [1]);
        assert!(!v.is_finished());
        let a = &measured.progress[0];
        assert_eq!((a.n_dealt, a.n_judged(), a.counts), (6, 5, [2, 1, 2]));
        assert_eq!(a.median_secs, Some(3.0));
    }

    #[test]
    fn agreement_has_a_value_or_a_reason() {
        let mut of = vec![
            (CN, A, A),
            (CN, C, C),
            (CN, U, U),
            (CN, A, C),
            (CN, U, U),
            (US, U, None),
        ];
        let v = verification(SampleKind::Random, &of);
        let measured = v.measure();
        // A pair that one judged alone moves no coefficient: four of five agree, and chance is of these five.
        let fleiss = measured
            .agreement
            .iter()
            .find(|c| c.name == CoefficientName::Fleiss)
            .and_then(|c| c.value.ok())
            .unwrap();
        let chance = (9.0 + 9.0 + 16.0) / 100.0;
        assert!((fleiss.agreement.chance_share - chance).abs() < 1e-12);
        // Cohen of the two, then three for all, three for each nation.
        assert_eq!(measured.agreement.len(), 1 + 3 + 6);
        let cohen = &measured.agreement[0];
        assert_eq!(cohen.between, Some(("a".to_owned(), "b".to_owned())));
        // 4 of 5 agree; chance is (2·1 + 1·2 + 2·2) / 25.
        let want = (0.8 - 0.32) / (1.0 - 0.32);
        assert!((cohen.value.as_ref().unwrap().agreement.value - want).abs() < 1e-12);
        let us: Vec<_> = measured
            .agreement
            .iter()
            .filter(|c| c.nation == Some(US))
            .collect();
        assert!(
            us.iter()
                .all(|c| c.value == Err(NoValue::Undefined(Undefined::NoOverlap)))
        );
        assert_eq!(v.measure(), measured);
        of.truncate(1);
        let one = verification(SampleKind::Random, &[(CN, A, C)]).measure();
        let alpha = one
            .agreement
            .iter()
            .find(|c| c.name == CoefficientName::Alpha)
            .unwrap();
        assert_eq!(
            alpha.value.unwrap().interval,
            Err(NoInterval::FewItems { n_items: 1 })
        );
        let mut alone = verification(SampleKind::Random, &of);
        alone.sample.plan.reviewers.truncate(1);
        assert!(
            alone
                .measure()
                .agreement
                .iter()
                .all(|c| c.value == Err(NoValue::OneReviewer))
        );
    }
}
