//! Draws topics and documents: where topics lie, how large they are, which nations write about them.

use super::Labels;
use super::words;
use crate::base::seed::{Random, Seed};
use crate::domain::corpus::{Nation, PartialDate};

/// The nations' shares of the paper's corpus: CN 4.00, US 0.78, UK 0.48, FR 0.34, DE 0.54 of 6.13 million.
const NATION_SHARES: [f64; 5] = [0.652, 0.128, 0.078, 0.055, 0.087];

/// Share of documents that belong to no cluster, and of these the share that tags placed.
const OUTLIER_SHARE: f64 = 0.14;
const TAGGED_SHARE: f64 = 0.85;

/// Years of the documents.
const YEARS: std::ops::RangeInclusive<u32> = 2015..=2024;

/// A topic.
pub(super) struct Topic {
    pub(super) label: String,
    pub(super) terms: Vec<String>,
    /// Concepts by index in the list of words.
    pub(super) concepts: Vec<usize>,
    middle: [f64; 2],
    /// Half axes and turn of its cloud.
    axes: [f64; 2],
    turn: f64,
    /// Documents up to and with this topic, as a share.
    cumulative: f64,
    /// How much more or less each nation writes about it, cumulative.
    nations: [f64; 5],
    /// Middle of its time, as a share of all years, and how narrow it is.
    time: (f64, f64),
}

/// All topics.
pub(super) struct Plan {
    pub(super) topics: Vec<Topic>,
    pub(super) seed: Seed,
}

impl Plan {
    pub(super) fn new(n_docs: usize, seed: Seed) -> Self {
        let n_topics = (((n_docs as f64).sqrt() / 6.0) as usize).clamp(3, 400);
        let mut random = seed.stream("synth topics");
        let n_regions = n_topics.div_ceil(9);
        // Regions lie on a sunflower's spiral, so that they fill a disc evenly.
        let region = |r: usize| {
            let angle = r as f64 * 2.399_963;
            let radius =
                3.2 * ((r as f64 + 0.5) / n_regions as f64).sqrt() * (n_regions as f64).sqrt();
            [radius * angle.cos(), radius * angle.sin()]
        };
        let mut labels = Labels::new();
        let mut sizes = Vec::new();
        let mut topics: Vec<Topic> = (0..n_topics)
            .map(|t| {
                let middle = region(t % n_regions);
                let size = 1.0 / (t as f64 + 4.0).powf(0.8);
                sizes.push(size);
                let spread = 0.25 + 1.6 * (size / 0.3).sqrt() * (0.4 + random.next_f64());
                let (label, terms, concepts) = words::topic(t, n_regions, &mut random, &mut labels);
                let mut nations = [0.0; 5];
                let mut sum = 0.0;
                for (slot, share) in nations.iter_mut().zip(NATION_SHARES) {
                    // Some topics are one nation's own, others everybody's.
                    sum += share * (1.6 * random.next_normal()).exp();
                    *slot = sum;
                }
                Topic {
                    label,
                    terms,
                    concepts,
                    middle: [0, 1].map(|a| middle[a] + 1.1 * random.next_normal()),
                    axes: [spread, spread * (0.25 + 0.7 * random.next_f64())],
                    turn: std::f64::consts::TAU * random.next_f64(),
                    cumulative: 0.0,
                    nations: nations.map(|v| v / sum),
                    time: (random.next_f64(), 0.15 + random.next_f64()),
                }
            })
            .collect();
        let total: f64 = sizes.iter().sum();
        let mut sum = 0.0;
        for (topic, size) in topics.iter_mut().zip(&sizes) {
            sum += size / total;
            topic.cumulative = sum;
        }
        Self { topics, seed }
    }
}

/// A drawn document.
pub(super) struct Drawn {
    pub(super) topic: usize,
    pub(super) has_topic: bool,
    pub(super) is_outlier: bool,
    pub(super) nation: usize,
    pub(super) source: usize,
    pub(super) date: Option<PartialDate>,
    pub(super) place: [f32; 2],
    /// From its topic's middle, in half axes.
    pub(super) distance: f32,
    pub(super) strength: f32,
    /// For the words.
    pub(super) dice: u64,
}

/// Draws documents one after another.
pub(super) struct Draw<'a> {
    plan: &'a Plan,
    random: Random,
}

impl<'a> Draw<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            random: plan.seed.stream("synth documents"),
        }
    }

    pub(super) fn next(&mut self) -> Drawn {
        let r = &mut self.random;
        let u = r.next_f64();
        let topics = &self.plan.topics;
        let topic = topics
            .partition_point(|t| t.cumulative < u)
            .min(topics.len() - 1);
        let t = &topics[topic];
        let v = r.next_f64();
        let nation = t.nations.iter().position(|c| v <= *c).unwrap_or(0);
        let is_outlier = r.next_f64() < OUTLIER_SHARE;
        let reach = if is_outlier { 3.0 } else { 1.0 };
        let (a, b) = (reach * r.next_normal(), reach * r.next_normal());
        let (sin, cos) = t.turn.sin_cos();
        let place = [
            t.middle[0] + a * t.axes[0] * cos - b * t.axes[1] * sin,
            t.middle[1] + a * t.axes[0] * sin + b * t.axes[1] * cos,
        ];
        let distance = a.hypot(b);
        let strength = if is_outlier {
            0.0
        } else {
            (-0.25 * distance * distance).exp()
        };
        Drawn {
            topic,
            has_topic: !is_outlier || r.next_f64() < TAGGED_SHARE,
            is_outlier,
            nation,
            source: r.below(words::n_sources(nation)),
            date: date(t, r),
            place: place.map(|v| v as f32),
            distance: distance as f32,
            strength: strength as f32,
            dice: r.next_u64(),
        }
    }
}

/// Draws a date: most whole, some without a day, some none at all.
fn date(topic: &Topic, r: &mut Random) -> Option<PartialDate> {
    let n_years = (YEARS.end() - YEARS.start() + 1) as f64;
    let (middle, width) = topic.time;
    let share = middle + 0.3 * width * r.next_normal();
    // Around the corner comes in on the other side, so that no year is crowded.
    let years = share.rem_euclid(1.0) * n_years;
    let year = (YEARS.start() + years as u32).min(*YEARS.end());
    let month = 1 + r.below(12) as u32;
    let day = 1 + r.below(28) as u32;
    match r.below(40) {
        0 => None,
        1 => PartialDate::new(year, Some(month), None),
        _ => PartialDate::new(year, Some(month), Some(day)),
    }
}

/// The nations in the order of the shares.
const _: () = assert!(Nation::FIVE.len() == NATION_SHARES.len());
