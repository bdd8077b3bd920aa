//! Bars of nations with a number beside each, for inspectors.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2};

use crate::domain::corpus::Nation;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::{self, bar, cell, one_line};

/// A nation with the words beside its bar and the bar's length.
pub(super) struct Share {
    /// The nation.
    pub(super) nation: Nation,
    /// What stands at the right.
    pub(super) words: String,
    /// Length in `0.0..=1.0`.
    pub(super) length: f32,
}

/// Draws the bars, their rails all of one length.
pub(super) fn shares_ui(ui: &mut Ui, shares: &[Share]) {
    let p = Palette::of(ui);
    let body = theme::regular(theme::BODY);
    let widest = shares
        .iter()
        .map(|s| {
            one_line(ui.painter(), &s.words, body.clone(), p.ink, 200.0)
                .size()
                .x
        })
        .fold(0.0, f32::max);
    for share in shares {
        let (rect, response) = widgets::words::row(ui, 20.0, Sense::hover());
        let name = format!("{} {}", share.nation.name(), share.words);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
        let painter = ui.painter();
        cell(
            painter,
            rect,
            Align2::LEFT_CENTER,
            share.nation.code(),
            body.clone(),
            p.ink,
        );
        cell(
            painter,
            rect,
            Align2::RIGHT_CENTER,
            &share.words,
            body.clone(),
            p.secondary,
        );
        let y = rect.center().y;
        let rail = Rect::from_min_max(
            pos2(rect.left() + 30.0, y - 3.5),
            pos2(rect.right() - widest - 10.0, y + 3.5),
        );
        bar(
            painter,
            rail,
            share.length,
            p.nation(share.nation),
            Some(p.hairline),
        );
    }
}
