//! One topic in the inspector: its words, its screening, the documents closest to its middle.

use std::sync::Arc;

use egui::{Align2, CornerRadius, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2};

use crate::ui::document::doc_line_ui;
use crate::ui::theme::{self, Palette};
use crate::ui::views::shares::{Share, shares_ui};
use crate::ui::widgets::{self, Look, caption, section, title};
use crate::ui::{Cx, View, text};

/// Draws the inspector of the chosen topic.
pub fn inspector_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let p = Palette::of(ui);
    let snapshot = Arc::clone(cx.input.snapshot);
    let found = snapshot
        .topics
        .iter()
        .enumerate()
        .find(|(_, t)| Some(t.id) == cx.shared.selected_topic);
    let Some((idx, topic)) = found else {
        section(ui, "Topic");
        caption(
            ui,
            "Choose a row to see a topic's words, its screening and the documents closest to its middle.",
        );
        reading_ui(ui);
        return;
    };
    section(ui, &format!("Topic {}", idx + 1));
    title(ui, &topic.label);
    let n_nations = topic.by_nation.iter().filter(|n| n.0 > 0).count();
    caption(
        ui,
        &text::dotted([
            text::counted(topic.n_docs, "document", "documents").as_str(),
            text::counted(topic.n_statements, "statement", "statements").as_str(),
            text::counted(n_nations, "nation", "nations").as_str(),
        ]),
    );
    if topic.n_docs_by_tags > 0 {
        caption(
            ui,
            &format!(
                "{} of them outliers, placed by their tags",
                text::count_of(topic.n_docs_by_tags)
            ),
        );
    }
    ui.add_space(8.0);
    if snapshot.map.is_some()
        && widgets::action(ui, "Show on the map", None, Look::Plain, true).clicked()
    {
        cx.shared.desk.filter.topics = [topic.number as u16].into();
        cx.shared.view = View::Map;
    }
    section(ui, "Nations, corrected for corpus size");
    let shares: Vec<Share> = snapshot
        .nations
        .iter()
        .zip(&topic.by_nation)
        .map(|(count, (n_docs, share))| Share {
            nation: count.nation,
            words: format!("{} · {} %", text::count_of(*n_docs), text::percent(*share)),
            length: *share as f32,
        })
        .collect();
    shares_ui(ui, &shares);
    word_chips_ui(ui, "Words by c-TF-IDF", &topic.terms);
    word_chips_ui(ui, "Words by maximal marginal relevance", &topic.mmr_terms);
    section(ui, "Value-related");
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let word = if topic.value_related { "yes" } else { "no" };
        ui.label(
            egui::RichText::new(word)
                .font(theme::strong(theme::BODY))
                .color(p.ink),
        );
        let who = text::dotted([
            snapshot.project.annotator.as_str(),
            text::share(topic.screen_confidence).as_str(),
        ]);
        ui.label(egui::RichText::new(who).color(p.secondary));
    });
    if !topic.screen_reason.is_empty() {
        caption(ui, &topic.screen_reason);
    }
    section(ui, "Closest to its middle");
    let mut chosen = None;
    for doc in &topic.central_docs {
        if doc_line_ui(ui, doc) {
            chosen = Some(doc.id);
        }
    }
    if let Some(doc) = chosen {
        cx.select_doc(doc);
    }
    reading_ui(ui);
}

fn reading_ui(ui: &mut Ui) {
    section(ui, "Reading");
    caption(
        ui,
        "A cell is the nation's part of the topic if all corpora were equally large; a row sums to 100. \
         Entropy 1 means evenly spread, 0 one nation only; JSD is the divergence between nations in nats.",
    );
    caption(
        ui,
        "p comes from permuting nations: within outlet and month where an outlet writes for several nations, else \
         within months; it is corrected over topics (Benjamini-Hochberg). Where a nation has a language of its own, a \
         difference between nations is also one between languages.",
    );
}

fn word_chips_ui(ui: &mut Ui, head: &str, words: &[String]) {
    if words.is_empty() {
        return;
    }
    let p = Palette::of(ui);
    section(ui, head);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(6.0);
        for word in words.iter().take(12) {
            let galley = widgets::one_line(ui.painter(), word, theme::regular(12.0), p.ink, 200.0);
            let (rect, response) =
                ui.allocate_exact_size(galley.size() + vec2(18.0, 8.0), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, word));
            let stroke = Stroke::new(1.0, p.hairline);
            ui.painter()
                .rect_stroke(rect, CornerRadius::same(12), stroke, StrokeKind::Inside);
            ui.painter().galley(
                Align2::CENTER_CENTER
                    .align_size_within_rect(galley.size(), rect)
                    .min,
                galley,
                p.ink,
            );
        }
    });
}
