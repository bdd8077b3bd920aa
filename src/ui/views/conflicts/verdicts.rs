//! Draws the row of verdicts under the graph, and what others and the machine say about the edge.

use egui::Ui;

use super::derive::verdict_word;
use super::state::{ConflictsState, Field, Tab};
use crate::domain::conflict::Verdict;
use crate::snapshot::model::conflicts::{ConflictData, QueueItem};
use crate::ui::widgets::{self, Look};
use crate::ui::{Cx, text};

/// Points that what others say needs at least.
const OTHERS: f32 = 190.0;

/// Draws the verdicts with their keys, the note, and what others say.
pub(super) fn verdicts_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut ConflictsState,
    data: &ConflictData,
    item: &QueueItem,
) {
    let given = state.reader(cx).verdict(item);
    let mut chosen = None;
    let mut skip = false;
    ui.horizontal(|ui| {
        for (verdict, words, key) in [
            (Verdict::Keep, "Keep", "K"),
            (Verdict::Remove, "Remove", "R"),
            (Verdict::NotSure, "Not sure", "U"),
        ] {
            let look = if given == Some(verdict) {
                Look::Primary
            } else {
                Look::Plain
            };
            if widgets::action(ui, words, Some(key), look, true).clicked() {
                chosen = Some(verdict);
            }
        }
        skip = widgets::action(ui, "Skip", Some("S"), Look::Plain, true).clicked();
        let width = (ui.available_width() - OTHERS - 40.0).min(280.0);
        if width > 90.0 {
            let response = widgets::field(ui, &mut state.note, "Note", "Note (W)", width);
            state.focus_if_wanted(Field::Note, &response);
        }
        if ui.available_width() < OTHERS {
            return;
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let adjudicates = state.tab == Tab::Disputed;
            let shown = adjudicates || state.how.sees_all || given.is_some();
            let words = if shown {
                others(item, cx.input.reviewer)
            } else {
                "blind: others show after your verdict".to_owned()
            };
            let name = format!("{words}: show or hide what others and the machine say");
            let most = ui.available_width();
            if widgets::action_within(ui, &words, &name, Some("B"), most).clicked() {
                state.how.sees_all = !state.how.sees_all;
            }
        });
    });
    if let Some(verdict) = chosen {
        state.decide(cx, data, verdict);
    } else if skip {
        state.skip(cx, data);
    }
}

/// Says what the machine and the other reviewers say about an edge.
fn others(item: &QueueItem, me: &str) -> String {
    let people = item.votes.people.iter().filter(|v| v.reviewer != me);
    let mut said: Vec<String> = people
        .map(|v| format!("{} {}", v.reviewer, verdict_word(v.verdict)))
        .collect();
    if let Some(vote) = &item.votes.adjudication {
        said.push(format!(
            "adjudicated {} by {}",
            verdict_word(vote.verdict),
            vote.reviewer
        ));
    }
    said.push(format!("machine {}", verdict_word(item.proposal)));
    text::dotted(said.iter().map(String::as_str))
}
