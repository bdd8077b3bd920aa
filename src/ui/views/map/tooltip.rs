//! The card beside the pointer: headline, outlet, date and topic of the document under it.

use egui::{CornerRadius, Pos2, Rect, Stroke, StrokeKind, Ui, pos2, vec2};

use super::state::MapState;
use crate::domain::columns::Memberships;
use crate::snapshot::model::{DocLine, MapData, Snapshot};
use crate::ui::text;
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::widgets::{self, mark, one_line};

/// Draws the card of the document under the pointer.
pub(super) fn tooltip_ui(
    ui: &Ui,
    state: &MapState,
    map: &MapData,
    snapshot: &Snapshot,
    response: &egui::Response,
) {
    let (Some(row), Some(at)) = (state.hovered, response.hover_pos()) else {
        return;
    };
    let Some(doc) = map.doc_line(row) else { return };
    let topic = map.topic(row).and_then(|t| snapshot.topic(usize::from(t)));
    let by_tags = if map.flag(row, Memberships::BY_TAGS) {
        "by tags"
    } else {
        ""
    };
    let card = Card {
        doc: &doc,
        words: [topic.map_or("no topic", |t| t.label.as_str()), by_tags],
    };
    card_ui(ui, at, &card);
}

/// What the card says.
pub(super) struct Card<'a> {
    /// The document.
    pub(super) doc: &'a DocLine,
    /// What stands behind outlet and date.
    pub(super) words: [&'a str; 2],
}

/// Draws a card beside a point.
pub(super) fn card_ui(ui: &Ui, at: Pos2, card: &Card<'_>) {
    let doc = card.doc;
    let p = Palette::of(ui);
    let painter = ui.ctx().layer_painter(egui::LayerId::new(
        egui::Order::Tooltip,
        ui.scope_id().with("hovered document"),
    ));
    let head = widgets::wrapped(
        &painter,
        &doc.title,
        theme::strong(theme::BODY),
        p.ink,
        320.0,
        2,
    );
    let date = text::date(&doc.date);
    let [first, second] = card.words;
    let words = text::dotted([doc.source.as_str(), date.as_str(), first, second]);
    let below = one_line(
        &painter,
        &words,
        theme::regular(theme::CAPTION),
        p.secondary,
        320.0,
    );
    let size = vec2(
        head.size().x.max(below.size().x + 14.0) + 20.0,
        head.size().y + below.size().y + 18.0,
    );
    let screen = ui.ctx().content_rect();
    let mut min = at + vec2(14.0, 14.0);
    min.x = min.x.min(screen.right() - size.x - 8.0);
    if min.y + size.y > screen.bottom() - 40.0 {
        min.y = at.y - size.y - 10.0;
    }
    let card = Rect::from_min_size(min, size);
    painter.rect(
        card,
        CornerRadius::same(4),
        p.panel,
        Stroke::new(1.0, p.faint),
        StrokeKind::Inside,
    );
    let head_height = head.size().y;
    painter.galley(card.min + vec2(10.0, 7.0), head, p.ink);
    let y = card.top() + 11.0 + head_height;
    mark(
        &painter,
        pos2(card.left() + 14.0, y + 0.5 * below.size().y),
        Mark::of(doc.nation),
        p.nation(doc.nation),
        4.0,
    );
    painter.galley(pos2(card.left() + 24.0, y), below, p.secondary);
}
