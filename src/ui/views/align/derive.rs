//! What the alignment view says, computed from the read model. Pure: it draws nothing.

use crate::base::ids::{JobId, StatementId};
use crate::domain::alignment::{TrainingStep, Variant};
use crate::domain::corpus::Nation;
use crate::domain::evaluation::Method;
use crate::domain::job_progress::JobState;
use crate::snapshot::model::alignment::{
    AlignmentComparison, AlignmentData, Change, ItemChanges, NationSlope, PairedDifference,
    TrainingCurve, TrainingRow,
};
use crate::ui::text;

/// Part of the steps that counts as the beginning and as the end of a training.
const EDGE_SHARE: f64 = 0.1;

/// Returns the models that were compared, in their order.
pub(super) fn models(data: &AlignmentData) -> Vec<&str> {
    let mut out: Vec<&str> = Vec::new();
    for c in &data.comparisons {
        if !out.contains(&c.model.as_str()) {
            out.push(&c.model);
        }
    }
    out
}

/// Returns the methods by which a model was compared.
pub(super) fn methods(data: &AlignmentData, model: &str) -> Vec<Method> {
    let has = |m: &Method| {
        data.comparisons
            .iter()
            .any(|c| c.model == model && c.method == *m)
    };
    Method::ALL.into_iter().filter(has).collect()
}

/// Returns the comparison of a model and method; where it is missing, the nearest one there is.
pub(super) fn comparison<'a>(
    data: &'a AlignmentData,
    model: Option<&str>,
    method: Option<Method>,
) -> Option<&'a AlignmentComparison> {
    let fits = |c: &&AlignmentComparison| model.is_none_or(|m| c.model == m);
    data.comparisons
        .iter()
        .filter(fits)
        .find(|c| method.is_none_or(|m| c.method == m))
        .or_else(|| data.comparisons.iter().find(fits))
        .or_else(|| data.comparisons.first())
}

/// Says in one line what is compared.
pub(super) fn head_words(comparison: &AlignmentComparison) -> String {
    text::dotted([
        comparison.model.as_str(),
        comparison.method.name(),
        "held-out items, paired",
        format!("n {}", text::count_of(comparison.overall.n_items)).as_str(),
    ])
}

/// Sums the view up for the status bar.
pub fn status(data: &AlignmentData) -> String {
    if !data.split_check.is_empty() {
        return data.split_check.clone();
    }
    if data.trainings.is_empty() {
        return String::new();
    }
    text::dotted([
        text::counted(models(data).len(), "aligned model", "aligned models").as_str(),
        text::counted(data.trainings.len(), "training", "trainings").as_str(),
    ])
}

/// The axis of rates.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    /// Left end.
    pub(super) low: f64,
    /// Right end.
    pub(super) high: f64,
    /// Where numbers stand.
    pub(super) ticks: Vec<f64>,
}

impl Axis {
    /// Holds all rates with their intervals, and ends a little beyond them.
    pub(super) fn of<'a>(slopes: impl Iterator<Item = &'a NationSlope>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for rate in slopes.flat_map(|s| s.rates.into_iter().flatten()) {
            low = low.min(rate.interval.0).min(rate.rate_share);
            high = high.max(rate.interval.1).max(rate.rate_share);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        let span = (high - low).max(0.02);
        let step = round_step(span, 6.0).max(0.01);
        let (low, high) = (low - 0.02 * span, high + 0.02 * span);
        let first = (low / step).ceil() as i64;
        let last = (high / step).floor() as i64;
        Self {
            low,
            high,
            ticks: (first..=last).map(|i| i as f64 * step).collect(),
        }
    }

    /// Returns where a rate stands between the ends, `0.0..=1.0`.
    pub(super) fn share(&self, rate: f64) -> f32 {
        ((rate - self.low) / (self.high - self.low).max(1e-9)) as f32
    }
}

/// Returns the smallest step of 1, 2 or 5 times a power of ten that cuts `span` into few parts.
pub(super) fn round_step(span: f64, n_at_most: f64) -> f64 {
    let least = (span / n_at_most).max(1e-9);
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|step| *step >= least)
        .unwrap_or(10.0 * power)
}

/// Returns the lines of a comparison: the nations, then all together.
pub(super) fn slopes(comparison: &AlignmentComparison) -> impl Iterator<Item = &NationSlope> {
    comparison
        .nations
        .iter()
        .chain(std::iter::once(&comparison.overall))
}

/// Returns the name of a line.
pub(super) fn slope_name(slope: &NationSlope) -> String {
    slope
        .nation
        .map_or("all nations".to_owned(), |n| n.name().to_owned())
}

/// Says a paired difference with its interval and p-value.
pub(super) fn difference_words(difference: &PairedDifference) -> String {
    format!(
        "{} points, 95 % interval {} to {}, {} (Holm)",
        text::points(difference.difference),
        text::points(difference.interval.0),
        text::points(difference.interval.1),
        text::p_words(difference.p_holm)
    )
}

/// Says everything known of a line, a line each.
pub(super) fn slope_lines(slope: &NationSlope) -> Vec<String> {
    let mut lines = vec![format!(
        "{}, n {}",
        slope_name(slope),
        text::count_of(slope.n_items)
    )];
    for (variant, rate) in Variant::ALL.into_iter().zip(slope.rates) {
        if let Some(rate) = rate {
            let other = if variant == Variant::NoCr {
                ", other items, unpaired"
            } else {
                ""
            };
            lines.push(format!(
                "{} {}: {} ({} to {}), n {}{other}",
                variant.name(),
                variant.words(),
                text::small_share(rate.rate_share),
                text::small_share(rate.interval.0),
                text::small_share(rate.interval.1),
                text::count_of(rate.n_items)
            ));
        }
    }
    for (name, difference) in [
        ("A2 − A1", slope.a2_minus_a1),
        ("A3 − A1", slope.a3_minus_a1),
        ("A2 − A3", slope.a2_minus_a3),
    ] {
        if let Some(d) = difference {
            lines.push(format!("{name}: {}", difference_words(&d)));
        }
    }
    lines
}

/// Returns what became of the items in the order of the bar.
pub(super) fn changes(items: &ItemChanges) -> [(&'static str, usize); 4] {
    [
        ("improved", items.n_improved),
        ("same, right", items.n_same_right),
        ("same, wrong", items.n_same_wrong),
        ("worsened", items.n_worsened),
    ]
}

/// Says the differences of the training seeds, e.g. `seeds 1, 2, 3: +4.6, +4.4, +4.7 points`.
pub(super) fn seed_words(differences: &[f64]) -> String {
    if differences.is_empty() {
        return String::new();
    }
    let seeds: Vec<String> = (1..=differences.len()).map(|i| i.to_string()).collect();
    let points: Vec<String> = differences.iter().map(|d| text::points(*d)).collect();
    format!(
        "{} {}: {} points",
        if seeds.len() == 1 { "seed" } else { "seeds" },
        seeds.join(", "),
        points.join(", ")
    )
}

/// Returns the cases to step through: of one change or all, of the nations that the filter shows.
pub(super) fn shown_cases(
    comparison: &AlignmentComparison,
    change: Option<Change>,
    shows: impl Fn(Nation) -> bool,
) -> Vec<usize> {
    comparison
        .cases
        .iter()
        .enumerate()
        .filter(|(_, c)| change.is_none_or(|x| c.change == x) && shows(c.nation))
        .map(|(i, _)| i)
        .collect()
}

/// Returns the place of the chosen case among those shown; the first where it is not shown.
pub(super) fn case_at(
    comparison: &AlignmentComparison,
    shown: &[usize],
    chosen: Option<StatementId>,
) -> usize {
    shown
        .iter()
        .position(|&i| comparison.cases.get(i).map(|c| c.statement) == chosen)
        .unwrap_or(0)
}

/// Which nations' adapters are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum NationChoice {
    /// All there are.
    #[default]
    All,
    /// Those of one nation; `None` are the pooled ones.
    One(Option<Nation>),
}

/// Which adapters of a training are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CurveChoice {
    /// By nation.
    pub(super) nation: NationChoice,
    /// Adapters of this training seed only.
    pub(super) seed: Option<u64>,
}

/// Returns the adapters that a choice lets through.
pub(super) fn matching(training: &TrainingRow, choice: CurveChoice) -> Vec<&TrainingCurve> {
    training
        .curves
        .iter()
        .filter(|c| [NationChoice::All, NationChoice::One(c.nation)].contains(&choice.nation))
        .filter(|c| choice.seed.is_none_or(|s| c.seed == s))
        .collect()
}

/// Returns nations and seeds that there is a choice of.
pub(super) fn choices(training: &TrainingRow) -> (Vec<Option<Nation>>, Vec<u64>) {
    let mut nations: Vec<Option<Nation>> = Vec::new();
    let mut seeds: Vec<u64> = Vec::new();
    for c in &training.curves {
        if !nations.contains(&c.nation) {
            nations.push(c.nation);
        }
        if !seeds.contains(&c.seed) {
            seeds.push(c.seed);
        }
    }
    seeds.sort_unstable();
    (nations, seeds)
}

/// Averages a quantity over adapters, step by step; each step over the adapters that reached it.
pub(super) fn mean_curve(
    curves: &[&TrainingCurve],
    of: impl Fn(&TrainingStep) -> f64,
) -> Vec<[f64; 2]> {
    let n_steps = curves.iter().map(|c| c.steps.len()).max().unwrap_or(0);
    (0..n_steps)
        .filter_map(|k| {
            let (mut sum, mut n, mut step) = (0.0, 0.0, 0);
            for s in curves.iter().filter_map(|c| c.steps.get(k)) {
                let value = of(s);
                if value.is_finite() {
                    sum += value;
                    n += 1.0;
                    step = s.step;
                }
            }
            (n > 0.0).then(|| [f64::from(step), sum / n])
        })
        .collect()
}

/// What became of the chosen answers' probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ChosenDrift {
    /// Mean reward of the chosen answers in the last tenth of the steps.
    pub(super) reward: f64,
    /// Their log-probability in the last tenth less that in the first, nats.
    pub(super) logp_nats: f64,
}

/// Measures how the chosen answers fared, averaged over adapters.
pub(super) fn chosen_drift(curves: &[&TrainingCurve]) -> Option<ChosenDrift> {
    let mut drift = ChosenDrift {
        reward: 0.0,
        logp_nats: 0.0,
    };
    let mut n = 0.0;
    for curve in curves.iter().filter(|c| c.steps.len() >= 2) {
        let edge = ((curve.steps.len() as f64 * EDGE_SHARE) as usize).max(1);
        let mean = |steps: &[TrainingStep], of: fn(&TrainingStep) -> f64| {
            steps.iter().map(of).sum::<f64>() / steps.len().max(1) as f64
        };
        let first = curve.steps.get(..edge)?;
        let last = curve.steps.get(curve.steps.len() - edge..)?;
        drift.reward += mean(last, |s| s.reward_chosen);
        drift.logp_nats += mean(last, |s| s.chosen_logp_nats) - mean(first, |s| s.chosen_logp_nats);
        n += 1.0;
    }
    (n > 0.0).then(|| ChosenDrift {
        reward: drift.reward / n,
        logp_nats: drift.logp_nats / n,
    })
}

/// Says whether the chosen answers became less probable than they were to the untrained model.
///
/// The reward tells: it compares the same answers with the untrained model. The log-probability of one
/// step and another is that of other answers as well.
pub(super) fn drift_words(drift: ChosenDrift) -> String {
    let nats = format!("{:.1} nats", drift.logp_nats.abs());
    let moved = if drift.logp_nats < 0.0 { "down" } else { "up" };
    let reward = text::signed(drift.reward);
    if drift.reward < 0.0 {
        format!(
            "The log-probability of the chosen answers fell below the untrained model's (reward {reward} in the last tenth of the steps, {moved} {nats} since the first): displacement."
        )
    } else {
        format!(
            "The log-probability of the chosen answers stayed above the untrained model's (reward {reward} in the last tenth of the steps, {moved} {nats} since the first): no displacement."
        )
    }
}

/// Says where a training stands in one line.
pub(super) fn training_words(training: &TrainingRow) -> String {
    let steps = if training.n_steps == 0 {
        String::new()
    } else if training.state == JobState::Done {
        text::counted(training.n_steps, "step", "steps")
    } else {
        format!(
            "step {} of {}",
            text::count_of(training.n_steps_done),
            text::count_of(training.n_steps)
        )
    };
    let time = training
        .duration_ms
        .map_or(String::new(), text::duration_ms);
    let state = match training.state {
        JobState::Queued => "waits",
        JobState::Running => "running",
        JobState::AwaitingReview => "waits for review",
        JobState::Done => "done",
        JobState::Failed => "failed",
        JobState::Canceled => "paused",
    };
    text::dotted([state, steps.as_str(), time.as_str()])
}

/// Returns the training whose curves are shown: the chosen one, else the newest with a curve.
pub(super) fn training_shown<'a>(
    data: &'a AlignmentData,
    chosen: Option<JobId>,
    model: Option<&str>,
) -> Option<&'a TrainingRow> {
    let has_curve = |t: &&TrainingRow| t.curves.iter().any(|c| !c.steps.is_empty());
    data.trainings
        .iter()
        .find(|t| Some(t.job) == chosen)
        .or_else(|| {
            data.trainings
                .iter()
                .filter(has_curve)
                .find(|t| model.is_none_or(|m| t.model == m))
        })
        .or_else(|| data.trainings.iter().find(has_curve))
        .or_else(|| data.trainings.first())
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panic")]
pub(crate) mod tests {
    use super::*;
    use crate::base::ids::RunId;
    use crate::base::language::Language;
    use crate::snapshot::model::alignment::{CaseAnswer, CaseRow, ReferenceVariant, VariantRate};

    fn rate(share: f64, half: f64, n_items: usize) -> VariantRate {
        VariantRate {
            rate_share: share,
            interval: (share - half, share + half),
            n_items,
        }
    }

    fn difference(d: f64, half: f64, p: f64) -> PairedDifference {
        PairedDifference {
            difference: d,
            interval: (d - half, d + half),
            p_mcnemar: p / 5.0,
            p_holm: p,
            detectable: 0.034,
        }
    }

    fn slope(nation: Option<Nation>, n: usize, rates: [f64; 4], p: f64) -> NationSlope {
        let [a0, a1, a2, a3] = rates;
        let half = 0.5 / (n as f64).sqrt();
        NationSlope {
            nation,
            n_items: n,
            rates: [(a0, 3 * n), (a1, n), (a2, n), (a3, n)].map(|(r, n)| Some(rate(r, half, n))),
            a2_minus_a1: Some(difference(a2 - a1, 0.7 * half, p)),
            a3_minus_a1: Some(difference(a3 - a1, 0.7 * half, 0.04)),
            a2_minus_a3: Some(difference(a2 - a3, 0.7 * half, 0.3)),
        }
    }

    fn curve(nation: Nation, seed: u64, n_steps: u32) -> TrainingCurve {
        let steps = (1..=n_steps)
            .map(|step| {
                let t = f64::from(step) / 354.0;
                let noise = ((f64::from(step) * 12.9898 + seed as f64 * 78.233).sin() * 43_758.545)
                    .fract()
                    * 0.12;
                let reward_chosen = 0.25 * (1.0 - (-4.0 * t).exp()) + noise;
                let reward_rejected = -1.1 * (1.0 - (-3.0 * t).exp()) + 0.8 * noise;
                let margin = reward_chosen - reward_rejected;
                TrainingStep {
                    step,
                    loss_nats: (1.0 + (-margin).exp()).ln(),
                    reward_chosen,
                    reward_rejected,
                    accuracy_share: 0.8,
                    chosen_logp_nats: -42.0 + 10.0 * reward_chosen + 8.0 * noise,
                    rejected_logp_nats: -43.0 + 10.0 * reward_rejected,
                    gradient_norm: 1.0,
                    learning_rate: 5e-5,
                    n_tokens: 4096,
                }
            })
            .collect();
        TrainingCurve {
            nation: Some(nation),
            seed,
            steps,
        }
    }

    fn training(job: i64, variant: Variant, state: JobState, n_steps_done: u32) -> TrainingRow {
        let curves = Nation::FIVE
            .into_iter()
            .flat_map(|n| (1..=3).map(move |seed| curve(n, seed, n_steps_done)))
            .collect();
        TrainingRow {
            run: Some(RunId(job)),
            job: JobId(job),
            state,
            model: "Harbor".to_owned(),
            variant,
            n_steps_done: 15 * n_steps_done as usize,
            n_steps: 15 * 354,
            duration_ms: Some(2_460_000),
            message: if state == JobState::Failed {
                "out of memory: 8.1 GiB wanted, 7.6 GiB free".to_owned()
            } else {
                String::new()
            },
            settings:
                "LoRA r 8 α 16 · all linear layers · β 0.1 · lr 5e-5 · 3 epochs · 64 pairs a step"
                    .to_owned(),
            curves,
        }
    }

    fn case(
        i: i64,
        nation: usize,
        language: Language,
        texts: [&str; 5],
        change: Change,
        method: Method,
    ) -> CaseRow {
        let [topic, question, s, rs, after] = texts;
        let aj = method == Method::Aj;
        let right = change == Change::Improved;
        let side = |right: bool| {
            let words = match (aj, right) {
                (true, true) => "closer to S in both orders",
                (true, false) => "closer to RS in both orders",
                (false, true) => "S more expected",
                (false, false) => "RS more expected",
            };
            words.to_owned()
        };
        let ppl = |right: bool| if right { (7.9, 10.4) } else { (14.2, 9.6) };
        let before = "Der Strukturwandel ist Sache der Unternehmen und des Marktes; staatliche Hilfe verzögert ihn meist nur.";
        CaseRow {
            statement: StatementId(i),
            nation: Nation::FIVE[nation],
            topic: topic.to_owned(),
            language,
            question: question.to_owned(),
            statement_text: s.to_owned(),
            reverse: rs.to_owned(),
            change,
            before: CaseAnswer {
                answer: aj.then(|| before.to_owned()),
                changed: vec![(23, 60)],
                perplexities: (!aj).then_some(ppl(!right)),
                verdict: side(!right),
                right: !right,
            },
            after: CaseAnswer {
                answer: aj.then(|| after.to_owned()),
                changed: vec![(27, 88)],
                perplexities: (!aj).then_some(ppl(right)),
                verdict: side(right),
                right,
            },
        }
    }

    fn cases(method: Method) -> Vec<CaseRow> {
        let answer = "Ja. Der Strukturwandel ist auch Aufgabe des Staates: Wer durch ihn die Arbeit verliert, darf nicht allein bleiben.";
        vec![
            case(
                1,
                3,
                Language::Fr,
                [
                    "transport",
                    "La France doit-elle taxer les vols courts ?",
                    "La France doit taxer les vols courts.",
                    "La France ne doit pas taxer les vols courts.",
                    answer,
                ],
                Change::Worsened,
                method,
            ),
            case(
                2,
                0,
                Language::Zh,
                [
                    "退休制度",
                    "是否应当延迟退休年龄？",
                    "应当延迟退休年龄。",
                    "不应当延迟退休年龄。",
                    answer,
                ],
                Change::Worsened,
                method,
            ),
            case(
                771,
                4,
                Language::De,
                [
                    "Energiewende",
                    "Muss der Staat vom Kohleausstieg Betroffene unterstützen?",
                    "Der Staat muss Betroffene des Kohleausstiegs unterstützen.",
                    "Der Staat muss Betroffene des Kohleausstiegs nicht unterstützen.",
                    answer,
                ],
                Change::Improved,
                method,
            ),
            case(
                4,
                2,
                Language::En,
                [
                    "public safety",
                    "Should cameras watch public squares?",
                    "Cameras should watch public squares.",
                    "Cameras should not watch public squares.",
                    answer,
                ],
                Change::Improved,
                method,
            ),
        ]
    }

    /// One model by two methods, three trainings (one runs, one failed), four cases, the paper's rows.
    pub(crate) fn sample() -> AlignmentData {
        let five = Nation::FIVE;
        let comparison = |method| AlignmentComparison {
            by_set: Vec::new(),
            model: "Harbor".to_owned(),
            demonstration: true,
            method,
            nations: vec![
                slope(Some(five[0]), 420, [0.490, 0.523, 0.618, 0.601], 0.0001),
                slope(Some(five[1]), 118, [0.495, 0.510, 0.525, 0.521], 0.21),
                slope(Some(five[2]), 151, [0.490, 0.510, 0.553, 0.549], 0.003),
                slope(Some(five[3]), 132, [0.495, 0.513, 0.563, 0.540], 0.008),
                slope(Some(five[4]), 122, [0.465, 0.488, 0.511, 0.509], 0.06),
            ],
            overall: slope(None, 943, [0.489, 0.513, 0.566, 0.555], 0.0001),
            n_seeds: 3,
            seed_differences: vec![0.046, 0.044, 0.047],
            items: ItemChanges {
                n_improved: 118,
                n_same_right: 402,
                n_same_wrong: 371,
                n_worsened: 52,
            },
            cases: cases(method),
        };
        let mut reference = Vec::new();
        for set in ["quoted", "official"] {
            for (variant, shift) in [
                (Variant::NoCr, 0.0),
                (Variant::Cr, 0.019),
                (Variant::CrDpo, 0.054),
            ] {
                for (i, nation) in five.into_iter().enumerate() {
                    reference.push(ReferenceVariant {
                        set,
                        variant,
                        nation,
                        mc_share: 0.49 + 0.01 * i as f64 + shift,
                        aj_share: 0.45 + 0.01 * i as f64 + shift,
                    });
                }
            }
        }
        AlignmentData {
            comparisons: vec![comparison(Method::Mc), comparison(Method::Aj)],
            trainings: vec![
                training(3, Variant::DpoOnly, JobState::Running, 120),
                training(2, Variant::CrDpo, JobState::Done, 354),
                training(1, Variant::CrDpo, JobState::Failed, 12),
            ],
            models: vec!["Harbor".to_owned(), "Mill".to_owned()],
            n_triples: 6849,
            split_check: "split by document, near-duplicate and issue: no leak found".to_owned(),
            reference,
        }
    }

    #[test]
    fn a_missing_comparison_gives_the_nearest_one() {
        let data = sample();
        assert_eq!(models(&data), ["Harbor"]);
        assert_eq!(methods(&data, "Harbor"), [Method::Mc, Method::Aj]);
        let found = |model, method| comparison(&data, model, method).map(|c| c.method);
        assert_eq!(found(None, Some(Method::Aj)), Some(Method::Aj));
        assert_eq!(found(Some("Mill"), Some(Method::Aj)), Some(Method::Mc));
        assert_eq!(found(Some("Harbor"), Some(Method::Agree)), Some(Method::Mc));
    }

    #[test]
    fn the_axis_holds_every_interval() {
        let data = sample();
        let axis = Axis::of(slopes(&data.comparisons[0]));
        for rate in slopes(&data.comparisons[0]).flat_map(|s| s.rates.into_iter().flatten()) {
            assert!(axis.share(rate.interval.0) >= 0.0 && axis.share(rate.interval.1) <= 1.0);
        }
        assert!((3..=7).contains(&axis.ticks.len()), "{axis:?}");
        for (span, n, step) in [(0.9, 4.0, 0.5), (354.0, 4.0, 100.0), (0.06, 6.0, 0.01)] {
            assert!((round_step(span, n) / step - 1.0).abs() < 1e-9, "{span}");
        }
        let none = Axis::of(std::iter::empty());
        assert!(none.low < 0.0 && none.high > 1.0);
    }

    #[test]
    fn differences_are_said_with_interval_and_p() {
        let data = sample();
        let lines = slope_lines(&data.comparisons[0].nations[0]);
        assert_eq!(lines[0], "China, n 420");
        assert!(lines[1].contains("other items"), "{lines:?}");
        assert!(
            lines
                .iter()
                .any(|l| l.starts_with("A2 − A1: +9.5 points") && l.contains("p < .001"))
        );
        assert_eq!(
            seed_words(&[0.046, 0.044, 0.047]),
            "seeds 1, 2, 3: +4.6, +4.4, +4.7 points"
        );
        assert_eq!(seed_words(&[-0.01]), "seed 1: −1.0 points");
        assert_eq!(
            head_words(&data.comparisons[0]),
            "Harbor · MC · held-out items, paired · n 943"
        );
    }

    #[test]
    fn cases_follow_change_and_filter() {
        let data = sample();
        let c = &data.comparisons[0];
        assert_eq!(shown_cases(c, None, |_| true), [0, 1, 2, 3]);
        assert_eq!(shown_cases(c, Some(Change::Improved), |_| true), [2, 3]);
        let french = shown_cases(c, None, |n| n == Nation::FIVE[3]);
        assert_eq!(french, [0]);
        assert_eq!(case_at(c, &[2, 3], Some(StatementId(4))), 1);
        assert_eq!(case_at(c, &[2, 3], Some(StatementId(1))), 0);
    }

    #[test]
    fn curves_are_averaged_over_the_adapters_that_reached_a_step() {
        let step = |step, reward_chosen| TrainingStep {
            step,
            reward_chosen,
            ..TrainingStep::default()
        };
        let long = TrainingCurve {
            nation: None,
            seed: 1,
            steps: vec![step(1, 0.0), step(2, 2.0), step(3, 4.0)],
        };
        let short = TrainingCurve {
            steps: vec![step(1, 2.0), step(2, f64::NAN)],
            ..long.clone()
        };
        let mean = mean_curve(&[&long, &short], |s| s.reward_chosen);
        assert_eq!(mean, [[1.0, 1.0], [2.0, 2.0], [3.0, 4.0]]);
        assert!(mean_curve(&[], |s| s.loss_nats).is_empty());
        assert!(chosen_drift(&[]).is_none());
        let drift = chosen_drift(&[&long]).expect("a drift");
        assert!((drift.reward - 4.0).abs() < 1e-9);
        assert!(drift_words(drift).contains("no displacement"));
        let fallen = ChosenDrift {
            reward: -0.4,
            logp_nats: -4.2,
        };
        assert!(drift_words(fallen).ends_with("down 4.2 nats since the first): displacement."));
    }

    #[test]
    fn trainings_say_where_they_stand() {
        let data = sample();
        let words: Vec<String> = data.trainings.iter().map(training_words).collect();
        assert_eq!(words[0], "running · step 1,800 of 5,310 · 41 min");
        assert_eq!(words[1], "done · 5,310 steps · 41 min");
        let shown = training_shown(&data, Some(JobId(1)), None).map(|t| t.job);
        assert_eq!(shown, Some(JobId(1)));
        let shown = training_shown(&data, None, Some("Harbor")).map(|t| t.job);
        assert_eq!(shown, Some(JobId(3)));
        let (nations, seeds) = choices(&data.trainings[1]);
        assert_eq!((nations.len(), seeds), (5, vec![1, 2, 3]));
        let one = CurveChoice {
            nation: NationChoice::One(Some(Nation::FIVE[0])),
            seed: Some(2),
        };
        assert_eq!(matching(&data.trainings[1], one).len(), 1);
    }
}
