//! Filter, selection and saved selections as the project's journal keeps them: JSON with twins of the plain records.
//!
//! A part that a newer program wrote and this one does not know is left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::ids::DocId;
use crate::domain::corpus::Nation;
use crate::domain::filter::{Desk, Filter, SelectMode, Selected, Selection};
use crate::domain::saved::SavedSelection;
use crate::domain::statement::StatementSet;

/// A step of the desk.
#[derive(Serialize, Deserialize)]
struct StepJson {
    before: DeskJson,
    after: DeskJson,
}

/// A step of the saved selections.
#[derive(Serialize, Deserialize)]
struct SavedStepJson {
    before: Vec<SavedJson>,
    after: Vec<SavedJson>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct SavedJson {
    name: String,
    n_docs: usize,
    desk: DeskJson,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct DeskJson {
    filter: FilterJson,
    selection: SelectionJson,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct FilterJson {
    nations: Vec<String>,
    sources: Vec<String>,
    topics: Vec<u16>,
    days: Option<(i32, i32)>,
    sets: Vec<String>,
    strength: Option<(f32, f32)>,
    words: String,
    fields: BTreeMap<String, Vec<String>>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct SelectionJson {
    layout: String,
    steps: Vec<SelectJson>,
}

#[derive(Serialize, Deserialize)]
struct SelectJson {
    mode: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outline: Option<Vec<[f32; 2]>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    passing: Option<FilterJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    docs: Option<Vec<i64>>,
}

const MODES: [(SelectMode, &str); 4] = [
    (SelectMode::Replace, "replace"),
    (SelectMode::Add, "add"),
    (SelectMode::Subtract, "subtract"),
    (SelectMode::Intersect, "intersect"),
];

impl From<&Filter> for FilterJson {
    fn from(f: &Filter) -> Self {
        Self {
            nations: f.nations.iter().map(|n| n.code().to_owned()).collect(),
            sources: f.sources.iter().cloned().collect(),
            topics: f.topics.iter().copied().collect(),
            days: f.days,
            sets: f.sets.iter().map(|s| s.code().to_owned()).collect(),
            strength: f.strength,
            words: f.words.clone(),
            fields: f
                .fields
                .iter()
                .map(|(name, on)| (name.clone(), on.iter().cloned().collect()))
                .collect(),
        }
    }
}

impl From<FilterJson> for Filter {
    fn from(f: FilterJson) -> Self {
        Self {
            nations: f
                .nations
                .iter()
                .filter_map(|n| Nation::parse(n).ok())
                .collect(),
            sources: f.sources.into_iter().collect(),
            topics: f.topics.into_iter().collect(),
            days: f.days,
            sets: f
                .sets
                .iter()
                .filter_map(|s| StatementSet::parse(s))
                .collect(),
            strength: f.strength,
            words: f.words,
            fields: f
                .fields
                .into_iter()
                .map(|(name, on)| (name, on.into_iter().collect()))
                .collect(),
        }
    }
}

impl From<&Desk> for DeskJson {
    fn from(desk: &Desk) -> Self {
        let step = |(mode, what): &(SelectMode, Selected)| SelectJson {
            mode: MODES
                .iter()
                .find(|(m, _)| m == mode)
                .map_or_else(String::new, |(_, code)| (*code).to_owned()),
            outline: match what {
                Selected::Outline(corners) => Some(corners.clone()),
                Selected::Passing(_) | Selected::Docs(_) => None,
            },
            passing: match what {
                Selected::Passing(filter) => Some((&**filter).into()),
                Selected::Outline(_) | Selected::Docs(_) => None,
            },
            docs: match what {
                Selected::Docs(docs) => Some(docs.iter().map(|doc| doc.0).collect()),
                Selected::Outline(_) | Selected::Passing(_) => None,
            },
        };
        Self {
            filter: (&desk.filter).into(),
            selection: SelectionJson {
                layout: desk.selection.layout.clone(),
                steps: desk.selection.steps.iter().map(step).collect(),
            },
        }
    }
}

impl From<DeskJson> for Desk {
    fn from(desk: DeskJson) -> Self {
        let step = |s: SelectJson| {
            let (mode, _) = MODES.iter().find(|(_, code)| *code == s.mode)?;
            let what = match (s.outline, s.passing, s.docs) {
                (Some(corners), _, _) => Selected::Outline(corners),
                (None, Some(filter), _) => Selected::Passing(Box::new(filter.into())),
                (None, None, Some(docs)) => Selected::Docs(docs.into_iter().map(DocId).collect()),
                (None, None, None) => return None,
            };
            Some((*mode, what))
        };
        Self {
            filter: desk.filter.into(),
            selection: Selection {
                layout: desk.selection.layout,
                steps: desk.selection.steps.into_iter().filter_map(step).collect(),
            },
        }
    }
}

impl From<&SavedSelection> for SavedJson {
    fn from(saved: &SavedSelection) -> Self {
        Self {
            name: saved.name.clone(),
            n_docs: saved.n_docs,
            desk: (&saved.desk).into(),
        }
    }
}

impl From<SavedJson> for SavedSelection {
    fn from(saved: SavedJson) -> Self {
        Self {
            name: saved.name,
            n_docs: saved.n_docs,
            desk: saved.desk.into(),
        }
    }
}

fn all_saved(list: Vec<SavedJson>) -> Vec<SavedSelection> {
    list.into_iter().map(Into::into).collect()
}

/// Writes a step of the saved selections.
pub(super) fn write_saved(before: &[SavedSelection], after: &[SavedSelection]) -> String {
    let step = SavedStepJson {
        before: before.iter().map(Into::into).collect(),
        after: after.iter().map(Into::into).collect(),
    };
    serde_json::to_string(&step).unwrap_or_default()
}

/// Reads the saved selections before and after a step; `None` if it is no such step.
pub(super) fn read_saved(payload: &str) -> Option<(Vec<SavedSelection>, Vec<SavedSelection>)> {
    let step: SavedStepJson = serde_json::from_str(payload).ok()?;
    Some((all_saved(step.before), all_saved(step.after)))
}

/// Reads the saved selections alone, as the store keeps those in force.
pub(super) fn read_all_saved(json: &str) -> Option<Vec<SavedSelection>> {
    Some(all_saved(serde_json::from_str(json).ok()?))
}

/// Writes a step.
pub(super) fn write(before: &Desk, after: &Desk) -> String {
    let step = StepJson {
        before: before.into(),
        after: after.into(),
    };
    // Names and finite numbers always have a JSON form.
    serde_json::to_string(&step).unwrap_or_default()
}

/// Reads a step's two desks, before and after; `None` if it is no step of a desk.
pub(super) fn read(payload: &str) -> Option<(Desk, Desk)> {
    let step: StepJson = serde_json::from_str(payload).ok()?;
    Some((step.before.into(), step.after.into()))
}

/// Reads a desk alone, as the store keeps the one in force.
pub(super) fn read_one(json: &str) -> Option<Desk> {
    let desk: DeskJson = serde_json::from_str(json).ok()?;
    Some(desk.into())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::domain::saved::{SaveError, save};

    #[test]
    fn a_desk_comes_back_as_it_was() {
        let filter = Filter {
            nations: Nation::FIVE.into_iter().take(2).collect(),
            sources: ["Le Quai".to_owned(), "人民".to_owned()].into(),
            topics: [3, 700].into(),
            days: Some((-400, 17_000)),
            sets: [StatementSet::Quoted].into(),
            strength: Some((0.25, 0.1 + 0.2)),
            words: "élection \"x\"".to_owned(),
            fields: [("desk".to_owned(), ["home".to_owned()].into())].into(),
        };
        let mut selection = Selection {
            layout: "places-4".to_owned(),
            ..Selection::default()
        };
        selection.push(
            SelectMode::Replace,
            Selected::Outline(vec![[0.1, -3.5e7], [1.0 / 3.0, 2.0], [5.0, 6.0]]),
        );
        selection.push(
            SelectMode::Intersect,
            Selected::Passing(Box::new(filter.clone())),
        );
        let docs = [3i64, 4, 90_000].map(DocId).into_iter().collect();
        selection.push(SelectMode::Add, Selected::Docs(docs));
        let desk = Desk { filter, selection };
        let (before, after) = read(&write(&Desk::default(), &desk)).unwrap();
        assert!(before.is_empty());
        assert_eq!(after, desk);
        let saved = vec![SavedSelection {
            name: "Énergie".to_owned(),
            desk,
            n_docs: 1284,
        }];
        let text = write_saved(&[], &saved);
        assert_eq!(read_saved(&text).unwrap(), (Vec::new(), saved.clone()));
        let after = text.split_once(r#""after":"#).unwrap().1;
        let list = after.strip_suffix('}').unwrap();
        assert_eq!(read_all_saved(list).unwrap(), saved);
    }

    /// Saves one selection under different names until the list is full.
    fn check_full_list_fits(desk: &Desk) {
        let mut saved = Vec::new();
        let full = loop {
            // As long as a name may be, of letters that are escaped.
            let name = format!("{:\u{1}<80}", saved.len());
            let new = SavedSelection {
                name,
                desk: desk.clone(),
                n_docs: usize::MAX,
            };
            if let Err(full) = save(&mut saved, new) {
                break full;
            }
        };
        assert!(matches!(full, SaveError::Large | SaveError::Full));
        assert!(saved.len() > 1);
        let n_bytes = write_saved(&saved, &saved).len();
        assert!(n_bytes < 1 << 20, "{n_bytes}");
    }

    #[test]
    fn a_full_list_fits_into_a_step_of_the_journal() {
        let long = -0.012_345_679 / 1000.0;
        let least = Filter {
            days: Some((i32::MIN, i32::MIN)),
            sets: StatementSet::ALL.into_iter().collect(),
            strength: Some((long, long)),
            ..Filter::default()
        };
        let mut steps = Selection::default();
        for _ in 0..50 {
            let passing = Selected::Passing(Box::new(least.clone()));
            steps.steps.push((SelectMode::Intersect, passing));
            let outline = Selected::Outline(vec![[long, f32::MIN]; 9]);
            steps.steps.push((SelectMode::Intersect, outline));
        }
        let escaped = || "\u{1}\"\\农".repeat(50);
        let wordy = Filter {
            nations: Nation::FIVE.into_iter().collect(),
            sources: (0..100).map(|i| format!("{i}{}", escaped())).collect(),
            topics: (u16::MAX - 900..u16::MAX).collect(),
            words: escaped(),
            fields: (0..100)
                .map(|i| (i.to_string(), [i.to_string(), escaped()].into()))
                .collect(),
            ..least.clone()
        };
        let few = Filter {
            fields: [(String::new(), [String::new()].into())].into(),
            ..least
        };
        for (filter, selection) in [
            (few, Selection::default()),
            (Filter::default(), steps),
            (wordy, Selection::default()),
        ] {
            check_full_list_fits(&Desk { filter, selection });
        }
    }

    #[test]
    fn what_is_unknown_is_left_out() {
        let text = r#"{"before":{},"after":{"filter":{"nations":["XX","FR"],"new":1},"selection":{"layout":"a","steps":[{"mode":"twist","outline":[]},{"mode":"add"}]}}}"#;
        let (_, after) = read(text).unwrap();
        assert_eq!(after.filter.nations.len(), 1);
        assert!(after.selection.steps.is_empty());
        assert!(read("{}").is_none());
        assert!(read_one("7").is_none());
    }
}
