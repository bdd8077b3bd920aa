//! The inspector of the per-source maps: the list of matches, and one match with why it was proposed.

use egui::{Align2, Rect, Ui, pos2};

use super::super::state::MapState;
use super::derive::Link;
use super::state::Shown;
use crate::domain::source_map::MatchVerdict;
use crate::snapshot::model::source_maps::{MatchRow, PartMap, PartTopicRow};
use crate::ui::document::doc_line_ui;
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::widgets::{
    Look, action, action_named, caption, cell, fact_row, link_row, mark, section, title,
};
use crate::ui::{Command, Cx, text};

/// Words listed of a topic.
const N_WORDS: usize = 10;

/// Topics listed that no match holds, of each side.
const N_UNMATCHED: usize = 12;

/// Offers to make the maps where there are none that can be shown.
pub(in super::super) fn offer_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    section(ui, "Per-source maps");
    let words = match &cx.input.snapshot.source_maps {
        None => {
            "A map of its own for every nation, with the topics of every two of them matched. This takes about as long as the joint map."
        }
        Some(_) => {
            "Fewer than two nations or outlets had documents enough for a map of their own; Jobs lists why."
        }
    };
    caption(ui, words);
    ui.add_space(8.0);
    make_ui(ui, cx, "Make per-source maps");
}

fn make_ui(ui: &mut Ui, cx: &mut Cx<'_>, words: &str) {
    let enabled = cx.input.progress.is_none();
    if action(ui, words, None, Look::Plain, enabled).clicked() {
        cx.send(Command::MakeSourceMaps);
    }
}

/// Draws the inspector.
pub(in super::super) fn inspector_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut MapState) {
    let Some(shown) = state.sources.shown(cx) else {
        return;
    };
    let selected = state
        .sources
        .selected
        .and_then(|number| shown.links.iter().find(|l| l.number == number))
        .copied();
    match selected.and_then(|link| Some((link, shown.data.found(link.number)?))) {
        Some((link, found)) => match_ui(ui, cx, state, &shown, link, found),
        None => list_ui(ui, cx, state, &shown),
    }
}

fn topic(part: &PartMap, number: usize) -> Option<&PartTopicRow> {
    part.topics.get(number)
}

fn label(part: &PartMap, number: usize) -> &str {
    topic(part, number).map_or("", |t| t.label.as_str())
}

fn list_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut MapState, shown: &Shown) {
    let [left, right] = &shown.parts;
    section(ui, "Per-source maps");
    title(ui, &format!("{} and {}", left.name, right.name));
    let with = |verdict: Option<MatchVerdict>| -> Vec<Link> {
        let mut links: Vec<Link> = shown
            .links
            .iter()
            .filter(|l| l.verdict == verdict)
            .copied()
            .collect();
        links.sort_by(|a, b| b.score.total_cmp(&a.score));
        links
    };
    let open = with(None);
    let accepted = with(Some(MatchVerdict::Accepted));
    let refused = with(Some(MatchVerdict::Refused));
    caption(
        ui,
        &text::dotted([
            text::counted(shown.links.len(), "match", "matches").as_str(),
            format!("{} accepted", accepted.len()).as_str(),
            format!("{} refused", refused.len()).as_str(),
        ]),
    );
    if shown.data.out_of_date {
        ui.add_space(8.0);
        caption(
            ui,
            "These maps were made of documents or vectors that have changed since.",
        );
        ui.add_space(8.0);
        make_ui(ui, cx, "Make them again");
    }
    for (head, links) in [
        ("Proposed", open),
        ("Accepted", accepted),
        ("Refused", refused),
    ] {
        if links.is_empty() {
            continue;
        }
        section(ui, head);
        for link in links {
            if link_ui(ui, shown, &link) {
                state.sources.selected = Some(link.number);
            }
        }
    }
    for (side, part) in shown.parts.iter().enumerate() {
        let free: Vec<&PartTopicRow> = part
            .topics
            .iter()
            .enumerate()
            .filter(|(t, _)| {
                !shown
                    .links
                    .iter()
                    .any(|l| l.slot.is_some() && l.topics[side] == *t)
            })
            .map(|(_, row)| row)
            .collect();
        if free.is_empty() {
            continue;
        }
        section(ui, &format!("Only in {}", part.name));
        for row in free.iter().take(N_UNMATCHED) {
            fact_row(ui, &row.label, &text::count_of(row.n_docs));
        }
        if free.len() > N_UNMATCHED {
            caption(
                ui,
                &format!("and {} more", text::count_of(free.len() - N_UNMATCHED)),
            );
        }
    }
    ui.add_space(12.0);
    caption(
        ui,
        "Click a line or a row to see why two topics were matched; ↓ and ↑ go through them.",
    );
}

/// Draws a row of the list: both labels under each other, their color and the score.
fn link_ui(ui: &mut Ui, shown: &Shown, link: &Link) -> bool {
    let p = Palette::of(ui);
    let labels = [0, 1].map(|side| label(&shown.parts[side], link.topics[side]));
    let name = format!("Match {} with {}", labels[0], labels[1]);
    let (rect, response) = link_row(ui, 44.0, &name, false);
    let painter = ui.painter();
    let color = link.slot.map_or(p.faint, |slot| p.topic(slot));
    let score = cell(
        painter,
        rect,
        Align2::RIGHT_CENTER,
        &text::share(link.score),
        theme::regular(theme::BODY),
        p.secondary,
    );
    for (side, words) in labels.iter().enumerate() {
        let y = rect.top() + 12.0 + 20.0 * side as f32;
        let nation = shown.parts[side].name.nation;
        mark(
            painter,
            pos2(rect.left() + 5.0, y),
            Mark::of(nation),
            color,
            4.5,
        );
        let room = Rect::from_min_max(
            pos2(rect.left() + 18.0, y - 10.0),
            pos2(score.left() - 8.0, y + 10.0),
        );
        cell(
            painter,
            room,
            Align2::LEFT_CENTER,
            words,
            theme::regular(theme::BODY),
            if link.slot.is_some() {
                p.ink
            } else {
                p.secondary
            },
        );
    }
    response.clicked()
}

fn match_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut MapState,
    shown: &Shown,
    link: Link,
    found: &MatchRow,
) {
    section(ui, "Match");
    let labels = [0, 1].map(|side| label(&shown.parts[side], link.topics[side]));
    title(ui, &format!("{} — {}", labels[0], labels[1]));
    let state_words = match &found.ruling {
        None => "proposed, nobody has ruled on it".to_owned(),
        Some(ruling) => text::dotted([
            format!("{} by {}", ruling.verdict.code(), ruling.who).as_str(),
            text::ago(ruling.at_ms, cx.input.now_ms).as_str(),
        ]),
    };
    caption(ui, &state_words);
    ui.add_space(8.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for (verdict, words, key) in [
            (MatchVerdict::Accepted, "Accept", "Y"),
            (MatchVerdict::Refused, "Refuse", "N"),
        ] {
            let enabled = found.verdict() != Some(verdict);
            let look = if verdict == MatchVerdict::Accepted {
                Look::Primary
            } else {
                Look::Plain
            };
            let name = format!("{words} the match");
            if action_named(ui, words, &name, Some(key), look, enabled).clicked() {
                state.sources.rule(cx, verdict);
            }
        }
        let undo = cx.input.snapshot.journal.undo.clone();
        if let Some(what) = undo
            && action_named(
                ui,
                "Undo",
                &format!("Undo {what}"),
                Some("Ctrl Z"),
                Look::Plain,
                true,
            )
            .clicked()
        {
            cx.send(Command::Undo);
        }
    });
    section(ui, "Score");
    fact_row(ui, "Together", &text::share(found.found.score));
    let part = |x: Option<f64>| x.map_or_else(|| "nothing to compare".to_owned(), text::share);
    fact_row(ui, "Vectors", &part(found.found.vector));
    fact_row(ui, "Words", &part(found.found.words));
    fact_row(ui, "Labels", &part(found.found.label));
    if !found.found.reasons.is_empty() {
        ui.add_space(4.0);
        caption(
            ui,
            &format!("In common: {}", found.found.reasons.join(", ")),
        );
    }
    for side in [0, 1] {
        side_ui(ui, cx, &shown.parts[side], link.topics[side]);
    }
    ui.add_space(12.0);
    if action(ui, "All matches", Some("Esc"), Look::Plain, true).clicked() {
        state.sources.step_back();
    }
}

/// One of both topics: its words and the documents closest to its middle.
fn side_ui(ui: &mut Ui, cx: &mut Cx<'_>, part: &PartMap, number: usize) {
    let Some(of) = topic(part, number) else {
        return;
    };
    section(ui, &part.name.to_string());
    fact_row(
        ui,
        &of.label,
        &text::counted(of.n_docs, "document", "documents"),
    );
    ui.add_space(4.0);
    let words: Vec<&str> = of.words.iter().take(N_WORDS).map(String::as_str).collect();
    caption(ui, &words.join(", "));
    for doc in &of.central_docs {
        if doc_line_ui(ui, doc) {
            cx.select_doc(doc.id);
        }
    }
}
