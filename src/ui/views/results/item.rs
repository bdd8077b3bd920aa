//! One item in the inspector: question, both statements, the verdicts, token by token.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::derive::{FULL_TINT_NATS, flow, tint_share, token_letters, verdict_words};
use super::state::ResultsState;
use crate::domain::evaluation::Method;
use crate::snapshot::model::results::{CellDetail, CellItem, TokenScore};
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::{self, Look, caption, fact_row, section, title};
use crate::ui::{Cx, View, text};

/// Draws the item at a place of its cell.
pub(super) fn item_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut ResultsState,
    detail: &CellDetail,
    at: usize,
) {
    let Some(item) = detail.items.get(at) else {
        return;
    };
    let p = Palette::of(ui);
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let words = format!(
            "Item {} of {}",
            text::count_of(at + 1),
            text::count_of(detail.items.len())
        );
        let words = egui::RichText::new(words).font(theme::strong(theme::CAPTION));
        ui.label(words.color(p.secondary));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if widgets::action_small(ui, "Back", "Back to the cell's items", Some("Esc")).clicked()
            {
                state.item = None;
            }
        });
    });
    title(ui, &item.question);
    caption(
        ui,
        &text::dotted([item.topic.as_str(), item.language.name()]),
    );
    for (head, words) in [("S", &item.statement_text), ("RS", &item.reverse)] {
        section(ui, head);
        ui.add(egui::Label::new(egui::RichText::new(words).color(p.ink)).wrap());
    }
    section(ui, "Verdicts");
    for (i, verdict) in item.verdicts.iter().enumerate() {
        let words = verdict_words(detail.key.method, *verdict);
        fact_row(ui, &format!("Trial {}", i + 1), words);
    }
    if let Some((s, rs)) = item.perplexities {
        let words = format!("S {} · RS {}", text::perplexity(s), text::perplexity(rs));
        fact_row(ui, "Perplexity, trial 1", &words);
    }
    if let Some((s, rs)) = item.own_perplexities {
        let words = format!("S {} · RS {}", text::perplexity(s), text::perplexity(rs));
        fact_row(ui, "Its own words only", &words);
    }
    answers_ui(ui, item);
    tokens_section_ui(ui, detail.key.method, item);
    ui.add_space(12.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        if widgets::action_small(ui, "Previous", "Previous item", Some("P")).clicked() {
            state.step_item(detail, -1);
        }
        if widgets::action_small(ui, "Next", "Next item", Some("N")).clicked() {
            state.step_item(detail, 1);
        }
    });
    section(ui, "Same item elsewhere");
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        if widgets::action(ui, "Open the document", None, Look::Plain, true).clicked() {
            cx.select_doc(item.doc);
        }
        if cx.input.snapshot.map.is_some()
            && widgets::action(ui, "Show on the map", None, Look::Plain, true).clicked()
        {
            cx.select_doc(item.doc);
            cx.shared.view = View::Map;
        }
    });
}

fn answers_ui(ui: &mut Ui, item: &CellItem) {
    if item.answers.is_empty() {
        return;
    }
    let p = Palette::of(ui);
    section(ui, "The model's answers");
    for (i, answer) in item.answers.iter().enumerate() {
        let words = format!("{}  {answer}", i + 1);
        let words = egui::RichText::new(words).color(p.ink);
        ui.add(egui::Label::new(words).wrap().selectable(true));
        ui.add_space(4.0);
    }
}

fn tokens_section_ui(ui: &mut Ui, method: Method, item: &CellItem) {
    if item.statement_tokens.is_empty() && item.reverse_tokens.is_empty() {
        if method == Method::Mc {
            section(ui, "Token by token");
            caption(ui, "No tokens are stored for this item.");
        }
        return;
    }
    section(ui, "Token by token, trial 1");
    for (head, tokens) in [("S", &item.statement_tokens), ("RS", &item.reverse_tokens)] {
        let sum_nats: f64 = tokens.iter().map(|t| -t.logp_nats).sum();
        let words = format!(
            "{head} · {} · {sum_nats:.1} nats, {:.2} per box",
            text::counted(tokens.len(), "box", "boxes"),
            sum_nats / tokens.len().max(1) as f64
        );
        let p = Palette::of(ui);
        ui.label(
            egui::RichText::new(words)
                .font(theme::regular(theme::CAPTION))
                .color(p.secondary),
        );
        tokens_ui(ui, tokens, head);
        ui.add_space(8.0);
    }
    scale_ui(ui);
}

fn tokens_ui(ui: &mut Ui, tokens: &[TokenScore], salt: &str) {
    const LINE: f32 = 26.0;
    let p = Palette::of(ui);
    let width = ui.available_width();
    let painter = ui.painter().clone();
    let galleys: Vec<_> = tokens
        .iter()
        .map(|t| {
            let (letters, spaced) = token_letters(&t.text);
            let (_, ink) = p.diverging(-tint_share(t));
            let font = theme::regular(theme::BODY);
            (
                widgets::one_line(&painter, letters, font, ink, width - 8.0),
                spaced,
                ink,
            )
        })
        .collect();
    let boxes: Vec<(f32, bool)> = galleys
        .iter()
        .map(|(galley, spaced, _)| (galley.size().x + 8.0, *spaced))
        .collect();
    let places = flow(&boxes, width);
    let n_lines = places.last().map_or(0, |l| l.line + 1);
    let (area, _) = ui.allocate_exact_size(vec2(width, LINE * n_lines as f32), Sense::hover());
    for (i, (((galley, _, ink), place), token)) in
        galleys.into_iter().zip(places).zip(tokens).enumerate()
    {
        let size = vec2(galley.size().x + 8.0, LINE - 4.0);
        let corner = pos2(
            area.left() + place.left,
            area.top() + LINE * place.line as f32,
        );
        let rect = Rect::from_min_size(corner, size);
        let share = tint_share(token);
        let response = ui.interact(rect, ui.scope_id().with(("token", salt, i)), Sense::hover());
        let words = format!(
            "{} {:.2} nats, p {:.3}",
            token_letters(&token.text).0,
            -token.logp_nats,
            token.logp_nats.exp()
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
        painter.rect_filled(rect, 2.0, p.diverging(-share).0);
        let top = rect.center().y - 0.5 * galley.size().y;
        painter.galley(pos2(rect.left() + 4.0, top), galley, ink);
        response.on_hover_text(&words);
    }
}

fn scale_ui(ui: &mut Ui) {
    const N_STEPS: usize = 24;
    const WIDTH: f32 = 96.0;
    let p = Palette::of(ui);
    let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    let painter = ui.painter();
    let small = theme::regular(theme::CAPTION);
    let y = area.top() + 2.0;
    let end = widgets::words::line(
        painter,
        pos2(area.left(), y),
        "0",
        small.clone(),
        p.secondary,
        20.0,
    );
    let left = end + 6.0;
    let step = WIDTH / N_STEPS as f32;
    for i in 0..N_STEPS {
        let share = i as f64 / (N_STEPS - 1) as f64;
        let from = left + step * i as f32;
        let to = (from + step + 0.5).min(left + WIDTH);
        let rect = Rect::from_min_max(
            pos2(from, area.center().y - 4.0),
            pos2(to, area.center().y + 4.0),
        );
        painter.rect_filled(rect, 0.0, p.diverging(-share).0);
    }
    let words = format!("{FULL_TINT_NATS:.0} nats · darker: less expected");
    let at = pos2(left + WIDTH + 6.0, y);
    widgets::words::line(painter, at, &words, small, p.secondary, area.right() - at.x);
}
