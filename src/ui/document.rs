//! A document in the inspector: its text with the passages marked, its statements, its lineage.

use std::sync::Arc;

use egui::{Align2, Ui, pos2};

use crate::domain::statement::SpeakerKind;
use crate::snapshot::model::{DocDetail, DocLine, DocStatement, Snapshot, StatementLine, TopicRow};

use super::theme::{self, Mark, Palette};
use super::views::topics::{self, TopicsState};
use super::widgets::passage::{Marked, passage};
use super::widgets::{self, Look, caption, cell, link_row, mark, section, title};
use super::{Command, Cx, View, text};

/// Draws a row that stands for a document; tells whether it was clicked.
pub(super) fn doc_line_ui(ui: &mut Ui, doc: &DocLine) -> bool {
    let p = Palette::of(ui);
    let (rect, response) = link_row(ui, 46.0, &format!("Open {}", doc.title), false);
    if ui.is_rect_visible(rect) {
        let painter = ui.painter();
        let top = egui::Rect::from_min_max(
            pos2(rect.left(), rect.top() + 4.0),
            pos2(rect.right(), rect.center().y + 1.0),
        );
        cell(
            painter,
            top,
            Align2::LEFT_CENTER,
            &doc.title,
            theme::regular(theme::BODY),
            p.ink,
        );
        let y = rect.center().y + 9.0;
        mark(
            painter,
            pos2(rect.left() + 4.5, y),
            Mark::of(doc.nation),
            p.nation(doc.nation),
            4.0,
        );
        let below = egui::Rect::from_min_max(
            pos2(rect.left() + 14.0, y - 8.0),
            pos2(rect.right(), y + 8.0),
        );
        let words = text::dotted([doc.source.as_str(), text::date(&doc.date).as_str()]);
        cell(
            painter,
            below,
            Align2::LEFT_CENTER,
            &words,
            theme::regular(theme::CAPTION),
            p.secondary,
        );
    }
    response.clicked()
}

/// Draws nation, outlet and date in one line.
pub(super) fn byline_ui(ui: &mut Ui, doc: &DocLine, more: &str) {
    let p = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let (rect, _) = ui.allocate_exact_size(egui::vec2(10.0, 16.0), egui::Sense::hover());
        mark(
            ui.painter(),
            rect.center(),
            Mark::of(doc.nation),
            p.nation(doc.nation),
            4.5,
        );
        caption(
            ui,
            &text::dotted([doc.source.as_str(), text::date(&doc.date).as_str(), more]),
        );
    });
}

/// Says set, speaker and side of a statement in one line.
pub(super) fn statement_voice(line: &StatementLine) -> String {
    let who = line
        .speaker
        .as_ref()
        .map_or(String::new(), |s| match s.kind {
            SpeakerKind::Person => s.name.clone(),
            SpeakerKind::Organization => format!("{} (organization)", s.name),
        });
    let side = line.stance.as_ref().map_or(String::new(), |(stance, on)| {
        format!("{} “{on}”", stance.words())
    });
    text::dotted([line.set.name(), who.as_str(), side.as_str()])
}

fn statement_ui(ui: &mut Ui, statement: &DocStatement) {
    let p = Palette::of(ui);
    ui.label(egui::RichText::new(&statement.line.text).color(p.ink));
    caption(ui, &statement_voice(&statement.line));
    if statement.dropped {
        ui.label(egui::RichText::new("dropped by reduction: in Minority").color(p.warning));
    }
    if let Some((question, reverse)) = &statement.triple {
        caption(ui, &format!("Q  {question}"));
        caption(ui, &format!("RS  {reverse}"));
    }
    ui.add_space(6.0);
}

/// Returns the topic that holds a document now, which may be another than when it was loaded.
fn topic_now<'s>(snapshot: &'s Snapshot, doc: &DocDetail) -> Option<&'s TopicRow> {
    let on_map = snapshot
        .map
        .as_ref()
        .and_then(|map| Some((map, map.places.row_of(doc.line.id)?)));
    let number = match on_map {
        Some((map, row)) => map.topic(row).map(usize::from),
        None => doc.topic,
    };
    snapshot.topic(number?)
}

/// Draws the selected document.
pub(super) fn document_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut TopicsState) {
    let p = Palette::of(ui);
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let words = egui::RichText::new("Document").font(theme::strong(theme::CAPTION));
        ui.label(words.color(p.secondary));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if widgets::action_small(ui, "Close", "Close the document", Some("Esc")).clicked() {
                cx.clear_doc();
            }
        });
    });
    let wanted = cx.shared.selected_doc;
    let Some(doc) = cx.input.doc.filter(|d| Some(d.line.id) == wanted) else {
        caption(ui, "Loading …");
        return;
    };
    title(ui, &doc.line.title);
    byline_ui(ui, &doc.line, doc.language.name());
    let snapshot = Arc::clone(cx.input.snapshot);
    let topic = topic_now(&snapshot, doc);
    if let Some(topic) = topic {
        ui.add_space(4.0);
        let words = if doc.is_outlier {
            format!("{} (by tags)", topic.label)
        } else {
            topic.label.clone()
        };
        if widgets::chip(
            ui,
            &words,
            &format!("Open topic {}", topic.label),
            None,
            false,
            None,
        )
        .clicked()
        {
            cx.shared.selected_topic = Some(topic.id);
            cx.shared.view = View::Topics;
            cx.clear_doc();
        }
    } else if doc.is_outlier {
        caption(ui, "outlier: no topic holds it");
    }
    topics::move_ui(ui, cx, state, doc.line.id, (topic, doc.topic));
    section(ui, "Text");
    let color = p.nation(doc.line.nation);
    let marks: Vec<Marked> = doc
        .statements
        .iter()
        .map(|s| Marked {
            span: s.passage,
            ground: p.highlight(if s.dropped { p.warning } else { color }),
            ink: p.ink,
        })
        .collect();
    let galley = passage(
        ui.painter(),
        &doc.body,
        &theme::regular(theme::BODY),
        p.ink,
        &marks,
        ui.available_width(),
        usize::MAX,
    );
    ui.add(egui::Label::new(galley).selectable(true));
    if let Some(url) = doc.url.as_ref().filter(|u| u.starts_with("http")) {
        ui.add_space(4.0);
        if ui
            .link(egui::RichText::new(url).color(p.secondary))
            .clicked()
        {
            cx.send(Command::OpenUrl(url.clone()));
        }
    }
    if !doc.statements.is_empty() {
        let n = doc.statements.len();
        section(ui, if n == 1 { "Statement" } else { "Statements" });
        for statement in &doc.statements {
            statement_ui(ui, statement);
        }
    }
    if !doc.lineage.is_empty() {
        section(ui, "Lineage");
        caption(ui, &doc.lineage.join(" → "));
    }
    if !doc.duplicates.is_empty() {
        section(ui, "Near-duplicates");
        for other in &doc.duplicates {
            if doc_line_ui(ui, other) {
                cx.select_doc(other.id);
            }
        }
    }
    ui.add_space(12.0);
    let on_map = cx.input.snapshot.map.is_some() && cx.shared.view != View::Map;
    if on_map && widgets::action(ui, "Show on the map", None, Look::Plain, true).clicked() {
        cx.shared.view = View::Map;
    }
}
