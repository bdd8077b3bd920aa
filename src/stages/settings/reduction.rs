//! How conflict graphs are made and reduced: as written, as checked, and as kept with a run.

use serde::{Deserialize, Serialize};

use super::{Preset, SettingsError};
use crate::algo::conflict::graph::GraphSettings;
use crate::algo::conflict::reduce::{FlagOrder, ReductionSettings};
use crate::algo::conflict::stance::DominantRule;

/// Cycle that the paper counts.
const PAPER_CYCLE: usize = 5;

/// Conflict reduction as written; what is absent takes SPEC 7's value, in the preset `paper` cycles of
/// exactly five documents.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct WrittenReduction {
    /// Documents of the longest conflict cycle, 3 to 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_cycle: Option<usize>,
    /// Only cycles of so many documents, 3 to 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exact_cycle: Option<usize>,
    /// Neighbor entries read for one link; beyond it counts are lower bounds. Absent: no bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycle_cap: Option<u64>,
    /// How the dominant stance is found: `mean` or `majority`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dominant: Option<String>,
    /// Least |D|; below it an issue is contested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contested_below: Option<f64>,
    /// Least number of documents; with fewer an issue is contested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_docs: Option<usize>,
    /// δ: the least distance of a deviating stance from D.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<f64>,
    /// Share of the candidates that a round flags at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_share: Option<f64>,
    /// What comes first: `priority` or `least-confident`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Share of a statement's first conflict edges whose removal drops it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop_share: Option<f64>,
    /// Least confidence of a stance for the machine to propose a removal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub propose_min_confidence: Option<f64>,
    /// Nearest statements of an issue, on each side, that a statement is joined to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub k_issue: Option<usize>,
    /// Nearest statements of a topic that a statement is joined to; 0: no semantic edges.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub k_semantic: Option<usize>,
    /// Heaviest place edges that a statement chooses; 0: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub k_place: Option<usize>,
    /// Heaviest people edges that a statement chooses; 0: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub k_people: Option<usize>,
    /// Least cosine of a semantic edge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub semantic_min_cosine: Option<f64>,
    /// Farthest distance of two places that are joined, km.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place_km: Option<f64>,
    /// Share of the documents above which a name or place links nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_name_share: Option<f64>,
}

/// Conflict reduction in force.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reduction {
    /// How edges are made.
    pub graph: GraphSettings,
    /// How rounds flag and drop; the number of rounds is a setting of its own.
    pub rounds: ReductionSettings,
}

impl Reduction {
    /// Checks written settings.
    ///
    /// # Errors
    /// [`SettingsError::OutOfRange`] names the first setting that cannot be.
    pub fn check(
        written: Option<&WrittenReduction>,
        preset: Preset,
    ) -> Result<Self, SettingsError> {
        let mut out = Self::default();
        if preset == Preset::Paper {
            out.rounds.cycles.exact_len = Some(PAPER_CYCLE);
        }
        let Some(w) = written else {
            return Ok(out);
        };
        let rounds = &mut out.rounds;
        if let Some(longest) = w.max_cycle {
            rounds.cycles.max_len = cycle("max_cycle", longest)?;
            rounds.cycles.exact_len = None;
        }
        if let Some(length) = w.exact_cycle {
            rounds.cycles.exact_len = Some(cycle("exact_cycle", length)?);
        }
        rounds.cycles.cap = w.cycle_cap;
        if let Some(word) = &w.dominant {
            rounds.dominant.rule = parse(
                "dominant",
                word,
                &[
                    ("mean", DominantRule::WeightedMean),
                    ("majority", DominantRule::MajoritySign),
                ],
                "mean or majority",
            )?;
        }
        if let Some(word) = &w.order {
            rounds.order = parse(
                "order",
                word,
                &[
                    ("priority", FlagOrder::Priority),
                    ("least-confident", FlagOrder::LeastConfident),
                ],
                "priority or least-confident",
            )?;
        }
        let graph = &mut out.graph;
        let one = (1.0, "between 0 and 1");
        for (name, value, to, (most, expected)) in [
            (
                "contested_below",
                w.contested_below,
                &mut rounds.dominant.contested_below,
                one,
            ),
            (
                "delta",
                w.delta,
                &mut rounds.delta,
                (2.0, "between 0 and 2"),
            ),
            ("top_share", w.top_share, &mut rounds.top_share, one),
            ("drop_share", w.drop_share, &mut rounds.drop_share, one),
            (
                "propose_min_confidence",
                w.propose_min_confidence,
                &mut rounds.propose_min_confidence,
                one,
            ),
            (
                "max_name_share",
                w.max_name_share,
                &mut graph.max_name_share,
                one,
            ),
        ] {
            let Some(value) = value else { continue };
            if !(0.0..=most).contains(&value) {
                return Err(out_of_range(name, expected, value));
            }
            *to = value;
        }
        for (name, value, to, most, expected) in [
            (
                "semantic_min_cosine",
                w.semantic_min_cosine,
                &mut graph.semantic_min_cosine,
                1.0,
                "above 0, at most 1",
            ),
            (
                "place_km",
                w.place_km,
                &mut graph.place_km,
                20_000.0,
                "above 0, at most 20000",
            ),
        ] {
            let Some(value) = value else { continue };
            if !(value > 0.0 && value <= most) {
                return Err(out_of_range(name, expected, value));
            }
            *to = value;
        }
        for (value, to) in [
            (w.min_docs, &mut rounds.dominant.min_docs),
            (w.k_issue, &mut graph.k_issue),
            (w.k_semantic, &mut graph.k_semantic),
            (w.k_place, &mut graph.k_place),
            (w.k_people, &mut graph.k_people),
        ] {
            *to = value.unwrap_or(*to);
        }
        Ok(out)
    }

    /// Writes down what differs from SPEC 7, for the parameters of a run; `None` where nothing does.
    ///
    /// So a run made before there were such settings is the same run still, with all decisions on it.
    pub fn written(&self) -> Option<WrittenReduction> {
        let usual = Self::default();
        let (r, u) = (&self.rounds, &usual.rounds);
        let (g, h) = (&self.graph, &usual.graph);
        let number = |x: f64, usual: f64| (x.to_bits() != usual.to_bits()).then_some(x);
        let count = |n: usize, usual: usize| (n != usual).then_some(n);
        let written = WrittenReduction {
            max_cycle: count(r.cycles.max_len, u.cycles.max_len),
            exact_cycle: r.cycles.exact_len,
            cycle_cap: r.cycles.cap,
            dominant: match r.dominant.rule {
                DominantRule::WeightedMean => None,
                DominantRule::MajoritySign => Some("majority".to_owned()),
            },
            contested_below: number(r.dominant.contested_below, u.dominant.contested_below),
            min_docs: count(r.dominant.min_docs, u.dominant.min_docs),
            delta: number(r.delta, u.delta),
            top_share: number(r.top_share, u.top_share),
            order: match r.order {
                FlagOrder::Priority => None,
                FlagOrder::LeastConfident => Some("least-confident".to_owned()),
            },
            drop_share: number(r.drop_share, u.drop_share),
            propose_min_confidence: number(r.propose_min_confidence, u.propose_min_confidence),
            k_issue: count(g.k_issue, h.k_issue),
            k_semantic: count(g.k_semantic, h.k_semantic),
            k_place: count(g.k_place, h.k_place),
            k_people: count(g.k_people, h.k_people),
            semantic_min_cosine: number(g.semantic_min_cosine, h.semantic_min_cosine),
            place_km: number(g.place_km, h.place_km),
            max_name_share: number(g.max_name_share, h.max_name_share),
        };
        (written != WrittenReduction::default()).then_some(written)
    }
}

fn cycle(name: &'static str, length: usize) -> Result<usize, SettingsError> {
    if (3..=5).contains(&length) {
        Ok(length)
    } else {
        Err(out_of_range(name, "3, 4 or 5", length))
    }
}

fn parse<T: Copy>(
    name: &'static str,
    word: &str,
    words: &[(&str, T)],
    expected: &'static str,
) -> Result<T, SettingsError> {
    let found = words.iter().find(|(w, _)| *w == word);
    found
        .map(|(_, value)| *value)
        .ok_or_else(|| out_of_range(name, expected, word))
}

fn out_of_range(
    name: &'static str,
    expected: &'static str,
    value: impl std::fmt::Display,
) -> SettingsError {
    SettingsError::OutOfRange {
        name,
        expected,
        value: value.to_string(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    #[test]
    fn every_setting_comes_back_as_it_was_written() {
        let written = WrittenReduction {
            max_cycle: Some(4),
            exact_cycle: Some(3),
            cycle_cap: Some(900),
            dominant: Some("majority".to_owned()),
            contested_below: Some(0.3),
            min_docs: Some(2),
            delta: Some(0.7),
            top_share: Some(1.0),
            order: Some("least-confident".to_owned()),
            drop_share: Some(0.4),
            propose_min_confidence: Some(0.1),
            k_issue: Some(7),
            k_semantic: Some(0),
            k_place: Some(3),
            k_people: Some(2),
            semantic_min_cosine: Some(0.9),
            place_km: Some(20.0),
            max_name_share: Some(0.2),
        };
        let checked = Reduction::check(Some(&written), Preset::Quick).unwrap();
        assert_eq!(checked.written(), Some(written));
        let usual = Reduction::check(None, Preset::Quick).unwrap();
        assert_eq!((usual, usual.written()), (Reduction::default(), None));
    }

    #[test]
    fn the_paper_counts_cycles_of_five() {
        let exact = |json: &str| {
            let written: WrittenReduction = serde_json::from_str(json).unwrap();
            let checked = Reduction::check(Some(&written), Preset::Paper).unwrap();
            checked.rounds.cycles.exact_len
        };
        assert_eq!(exact("{}"), Some(5));
        assert_eq!(exact(r#"{"max_cycle": 5}"#), None);
        assert_eq!(exact(r#"{"exact_cycle": 4}"#), Some(4));
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (json, wrong) in [
            (r#"{"max_cycle": 6}"#, "max_cycle"),
            (r#"{"exact_cycle": 2}"#, "exact_cycle"),
            (r#"{"delta": 2.5}"#, "delta"),
            (r#"{"top_share": -0.1}"#, "top_share"),
            (r#"{"place_km": 0}"#, "place_km"),
            (r#"{"dominant": "loudest"}"#, "dominant"),
            (r#"{"order": "any"}"#, "order"),
        ] {
            let written: WrittenReduction = serde_json::from_str(json).unwrap();
            let error = Reduction::check(Some(&written), Preset::Quick).unwrap_err();
            assert!(
                matches!(error, SettingsError::OutOfRange { name, .. } if name == wrong),
                "{json}: {error}"
            );
        }
        assert!(serde_json::from_str::<WrittenReduction>(r#"{"detla": 1}"#).is_err());
    }
}
