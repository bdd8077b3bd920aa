//! Draws the two statements of a flagged edge side by side, each with its passage in its article.

use egui::{Align2, CornerRadius, Rect, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::base::language::Language;
use crate::base::sentences::Span;
use crate::domain::statement::StatementSet;
use crate::snapshot::model::conflicts::StatementCard;
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::widgets::passage::{Marked, passage};
use crate::ui::widgets::{self, cell, mark, wrapped};
use crate::ui::{Cx, text};

/// Rows of a card that is too low to show what stands before a passage.
const LOW_ROWS: usize = 4;

/// Characters before the passage that a low card shows.
const LEAD_CHARS: usize = 16;

/// Cuts the text before a passage, so that a low card shows the passage itself.
fn from_passage(context: &str, passage: Span) -> (String, Span) {
    let n_cut = passage.start.saturating_sub(LEAD_CHARS);
    if n_cut == 0 {
        return (context.to_owned(), passage);
    }
    let rest: String = context.chars().skip(n_cut).collect();
    let more = "… ";
    let place = |at: usize| at - n_cut + more.chars().count();
    let moved = Span {
        start: place(passage.start),
        end: place(passage.end),
    };
    (format!("{more}{rest}"), moved)
}

fn voice(card: &StatementCard) -> String {
    match (&card.speaker, card.set) {
        (Some(speaker), _) => speaker.name.clone(),
        (None, StatementSet::Official) => "the outlet's own voice".to_owned(),
        (None, _) => "nobody named".to_owned(),
    }
}

/// Returns the height at which a card shows all of its text, within reason.
pub(super) fn card_height(ui: &Ui, card: &StatementCard, width: f32) -> f32 {
    let p = Palette::of(ui);
    let inner = width - 32.0;
    let claim = wrapped(
        ui.painter(),
        &quoted(card),
        theme::strong(14.0),
        p.ink,
        inner,
        2,
    );
    let context = passage(
        ui.painter(),
        &card.context,
        &theme::regular(theme::BODY),
        p.ink,
        &[],
        inner,
        6,
    );
    24.0 + 32.0 + claim.size().y + context.size().y + 4.0
}

/// Draws a statement; a click opens its document.
pub(super) fn card_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    card: &StatementCard,
    rect: Rect,
    deviates: bool,
) {
    let p = Palette::of(ui);
    let response = ui.interact(
        rect,
        ui.scope_id().with(("statement", deviates)),
        Sense::click(),
    );
    response.widget_info(|| {
        WidgetInfo::labeled(
            Role::Button,
            true,
            format!("Open the document of “{}”", card.text),
        )
    });
    let stroke = if response.hovered() {
        egui::Stroke::new(1.0, p.faint)
    } else {
        p.hair()
    };
    ui.painter().rect(
        rect,
        CornerRadius::same(theme::CORNER + 2),
        p.panel,
        stroke,
        StrokeKind::Inside,
    );
    widgets::button::focus_ring(ui, &response, rect);
    let painter = ui.painter().with_clip_rect(rect.shrink(2.0));
    let inner = rect.shrink2(vec2(16.0, 12.0));
    let head = Rect::from_min_size(inner.min, vec2(inner.width(), 20.0));
    let stance = text::dotted([
        card.stance.words(),
        text::share(card.confidence).as_str(),
        if deviates { "deviates" } else { "" },
    ]);
    let (font, ink) = if deviates {
        (theme::strong(12.0), p.warning)
    } else {
        (theme::regular(12.0), p.secondary)
    };
    let side = cell(&painter, head, Align2::RIGHT_CENTER, &stance, font, ink);
    mark(
        &painter,
        pos2(head.left() + 5.0, head.center().y),
        Mark::of(card.doc.nation),
        p.nation(card.doc.nation),
        4.5,
    );
    let words = text::dotted([
        card.doc.source.as_str(),
        text::date(&card.doc.date).as_str(),
        voice(card).as_str(),
    ]);
    let byline = Rect::from_min_max(
        pos2(head.left() + 16.0, head.top()),
        pos2(side.left() - 10.0, head.bottom()),
    );
    cell(
        &painter,
        byline,
        Align2::LEFT_CENTER,
        &words,
        theme::regular(12.0),
        p.secondary,
    );
    let claim = wrapped(
        &painter,
        &quoted(card),
        theme::strong(14.0),
        p.ink,
        inner.width(),
        2,
    );
    let claim_height = claim.size().y;
    painter.galley(pos2(inner.left(), head.bottom() + 6.0), claim, p.ink);
    let top = head.bottom() + 12.0 + claim_height;
    let n_rows = ((inner.bottom() - top) / 19.0).floor().max(0.0) as usize;
    if n_rows > 0 {
        let color = if deviates {
            p.warning
        } else {
            p.nation(card.doc.nation)
        };
        let (context, span) = if n_rows <= LOW_ROWS {
            from_passage(&card.context, card.passage_in_context)
        } else {
            (card.context.clone(), card.passage_in_context)
        };
        let marks = [Marked {
            span,
            ground: p.highlight(color),
            ink: p.ink,
        }];
        let galley = passage(
            &painter,
            &context,
            &theme::regular(theme::BODY),
            p.secondary,
            &marks,
            inner.width(),
            n_rows,
        );
        painter.galley(pos2(inner.left(), top), galley, p.secondary);
    }
    if response
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .clicked()
    {
        cx.select_doc(card.doc.id);
    }
}

/// Puts a claim into the quotation marks of its language.
fn quoted(card: &StatementCard) -> String {
    let text = &card.text;
    match card.language {
        Language::De => format!("„{text}“"),
        Language::Fr => format!("« {text} »"),
        _ => format!("“{text}”"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_cut(before: usize, passage: &str, shown: &str) {
        let context = format!("{}{passage}，之后", "前".repeat(before));
        let span = Span {
            start: before,
            end: before + passage.chars().count(),
        };
        let (text, moved) = from_passage(&context, span);
        assert_eq!(moved.slice(&text), Some(passage));
        assert!(text.starts_with(shown), "{text}");
    }

    #[test]
    fn a_low_card_keeps_the_passage_in_its_place() {
        check_cut(0, "应当保护价值", "应当");
        check_cut(LEAD_CHARS, "应当保护价值", "前前");
        check_cut(LEAD_CHARS + 1, "应当保护价值", "… 前");
        check_cut(140, "应当保护价值", "… 前");
    }
}
