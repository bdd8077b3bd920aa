//! Columns of a table with hairlines: widths, a header that sorts, cells by rectangle.

use egui::{Align2, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2};

use super::button::focus_ring;
use super::icon::{Icon, icon};
use super::words::cell;
use crate::ui::theme::{self, Palette};

/// How wide a column is.
#[derive(Clone, Copy, Debug)]
pub enum Width {
    /// Points.
    Fixed(f32),
    /// Shares what is left, at least this many points.
    Rest(f32),
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Title; empty for none.
    pub title: String,
    /// Accessible name of its header.
    pub name: String,
    /// How wide.
    pub width: Width,
    /// Numbers are right-aligned.
    pub right: bool,
    /// Whether a click on the header sorts.
    pub sorts: bool,
}

impl Column {
    /// Makes a column whose header sorts.
    pub fn sorting(title: &str, name: &str, width: Width, right: bool) -> Self {
        Self {
            title: title.to_owned(),
            name: format!("Sort by {name}"),
            width,
            right,
            sorts: true,
        }
    }

    /// Makes a column with a plain header.
    pub fn plain(title: &str, width: Width, right: bool) -> Self {
        Self {
            title: title.to_owned(),
            name: title.to_owned(),
            width,
            right,
            sorts: false,
        }
    }
}

/// Space between columns in points.
pub const GAP: f32 = 12.0;

/// Returns left edge and width of each column, from `left`, in `total` points.
pub fn lay_out(columns: &[Column], left: f32, total: f32) -> Vec<(f32, f32)> {
    let gaps = GAP * columns.len().saturating_sub(1) as f32;
    let (mut fixed, mut n_rest, mut least) = (0.0, 0usize, 0.0);
    for c in columns {
        match c.width {
            Width::Fixed(w) => fixed += w,
            Width::Rest(w) => {
                n_rest += 1;
                least += w;
            }
        }
    }
    let spare = (total - gaps - fixed - least).max(0.0) / n_rest.max(1) as f32;
    let mut x = left;
    columns
        .iter()
        .map(|c| {
            let w = match c.width {
                Width::Fixed(w) => w,
                Width::Rest(w) => w + spare,
            };
            let at = (x, w);
            x += w + GAP;
            at
        })
        .collect()
}

/// Returns the rectangle of column `i` in a row.
pub fn column_rect(layout: &[(f32, f32)], i: usize, row: Rect) -> Rect {
    let (x, w) = layout.get(i).copied().unwrap_or((row.left(), 0.0));
    Rect::from_min_size(pos2(x, row.top()), Vec2::new(w, row.height()))
}

/// Height of a row of words, in points.
const TEXT_ROW: f32 = 30.0;

/// Draws a row of words, each in its column, over a hairline; returns what hears of the pointer. `words` is
/// asked only where the row is in sight.
pub fn text_row<const N: usize>(
    ui: &mut Ui,
    columns: &[Column],
    layout: &[(f32, f32)],
    words: impl FnOnce() -> [String; N],
) -> Response {
    let p = Palette::of(ui);
    let (row, response) = super::words::row(ui, TEXT_ROW, Sense::hover());
    if ui.is_rect_visible(row) {
        let painter = ui.painter();
        for (i, (column, words)) in columns.iter().zip(words()).enumerate() {
            let side = if column.right {
                Align2::RIGHT_CENTER
            } else {
                Align2::LEFT_CENTER
            };
            let rect = column_rect(layout, i, row);
            let font = theme::regular(theme::BODY);
            cell(painter, rect, side, &words, font, p.ink);
        }
        painter.hline(row.x_range(), row.bottom() - 0.5, p.hair());
    }
    response
}

/// Draws the header; returns the column that was clicked.
///
/// `sorted` is the column in force and whether it falls.
pub fn header(
    ui: &mut Ui,
    columns: &[Column],
    layout: &[(f32, f32)],
    sorted: Option<(usize, bool)>,
) -> Option<usize> {
    let p = Palette::of(ui);
    let (row, _) = super::words::row(ui, 26.0, Sense::hover());
    let mut clicked = None;
    for (i, column) in columns.iter().enumerate() {
        if column.title.is_empty() {
            continue;
        }
        let rect = column_rect(layout, i, row);
        let active = sorted.filter(|s| s.0 == i);
        let ink = if active.is_some() { p.ink } else { p.secondary };
        let align = if column.right {
            Align2::RIGHT_CENTER
        } else {
            Align2::LEFT_CENTER
        };
        let at = cell(
            ui.painter(),
            rect,
            align,
            &column.title,
            theme::regular(theme::CAPTION),
            ink,
        );
        if let Some((_, falls)) = active {
            let x = if column.right {
                at.left() - 8.0
            } else {
                at.right() + 8.0
            };
            let arrow = Rect::from_center_size(pos2(x, rect.center().y), Vec2::splat(8.0));
            icon(
                ui.painter(),
                arrow,
                if falls { Icon::Down } else { Icon::Up },
                ink,
            );
        }
        if column.sorts {
            let response = ui.interact(rect, ui.scope_id().with(("header", i)), Sense::click());
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &column.name));
            focus_ring(ui, &response, rect);
            if response
                .on_hover_cursor(egui::CursorIcon::PointingHand)
                .clicked()
            {
                clicked = Some(i);
            }
        }
    }
    ui.painter()
        .hline(row.x_range(), row.bottom() - 0.5, p.hair());
    clicked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_the_width() {
        let columns = [
            Column::plain("a", Width::Fixed(50.0), false),
            Column::plain("b", Width::Rest(100.0), false),
            Column::plain("c", Width::Fixed(30.0), true),
        ];
        let at = lay_out(&columns, 10.0, 400.0);
        assert_eq!(at[0], (10.0, 50.0));
        assert!((at[2].0 + at[2].1 - 410.0).abs() < 1e-3);
        // Too narrow: the flexible column keeps its least width.
        assert!((lay_out(&columns, 0.0, 100.0)[1].1 - 100.0).abs() < 1e-3);
    }
}
