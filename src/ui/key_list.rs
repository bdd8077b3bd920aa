//! The list of all keys over the window, made from the tables that the keys are heard by.

use egui::{Context, Key, Modal, Modifiers, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2};

use super::actions::Place;
use super::binding::take_key;
use super::theme::{self, Palette};
use super::widgets::{self, cell, title};

/// Width of a column in points: the longest action beside the longest key.
const COLUMN_WIDTH: f32 = 300.0;
const COLUMN_GAP: f32 = 28.0;
const MAX_COLUMNS: usize = 4;
const ROW_HEIGHT: f32 = 24.0;
const HEAD_HEIGHT: f32 = 40.0;
/// Height of the line below a key that says where it means something else.
const NOTE_HEIGHT: f32 = 15.0;
/// Room for a key, e.g. `Ctrl Shift Z`.
const KEY_WIDTH: f32 = 84.0;
/// How far a key scrolls.
const LINE_IN_POINTS: f32 = 72.0;
const PAGE_IN_POINTS: f32 = 360.0;

/// A place with name and key of its actions.
type Keys = (Place, Vec<(&'static str, &'static str)>);

/// The rows of a place.
type Rows = (Place, Vec<Row>);

/// An action with its key, and the views in which the key means an action of theirs.
struct Row {
    name: &'static str,
    key: &'static str,
    not_in: Vec<&'static str>,
}

impl Row {
    fn height(&self) -> f32 {
        let note = if self.not_in.is_empty() {
            0.0
        } else {
            NOTE_HEIGHT
        };
        ROW_HEIGHT + note
    }

    fn note(&self) -> String {
        format!("not in {}", self.not_in.join(", "))
    }
}

/// Makes the rows of each place; a view's own key comes before that of everywhere.
fn rows(all: &[Keys]) -> Vec<Rows> {
    let views_with = |wanted: &str| -> Vec<&'static str> {
        all.iter()
            .filter(|(place, keys)| {
                *place != Place::Everywhere && keys.iter().any(|(_, key)| *key == wanted)
            })
            .map(|(place, _)| place.name())
            .collect()
    };
    let row = |place: Place, (name, key): (&'static str, &'static str)| Row {
        name,
        key,
        not_in: if place == Place::Everywhere {
            views_with(key)
        } else {
            Vec::new()
        },
    };
    all.iter()
        .map(|(place, keys)| (*place, keys.iter().map(|k| row(*place, *k)).collect()))
        .collect()
}

/// Whether the list stands open, and how far it is to be scrolled.
#[derive(Debug, Default)]
pub(super) struct KeyList {
    open: bool,
    scroll: f32,
}

impl KeyList {
    /// Tells whether the list stands open.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// Opens the list, or closes it.
    pub(super) fn toggle(&mut self) {
        self.open = !self.open;
        self.scroll = 0.0;
    }

    /// Hears of the list's own keys; nothing else is heard while it stands open.
    pub(super) fn keys(&mut self, ctx: &Context) {
        for key in [Key::Escape, Key::Questionmark, Key::F1] {
            if take_key(ctx, Modifiers::NONE, key) {
                self.open = false;
            }
        }
        for (key, by) in [
            (Key::ArrowDown, LINE_IN_POINTS),
            (Key::ArrowUp, -LINE_IN_POINTS),
            (Key::PageDown, PAGE_IN_POINTS),
            (Key::PageUp, -PAGE_IN_POINTS),
        ] {
            if take_key(ctx, Modifiers::NONE, key) {
                self.scroll += by;
            }
        }
    }

    /// Draws the list over the window while it stands open.
    pub(super) fn ui(&mut self, ctx: &Context, all: &[Keys]) {
        if !self.open || all.is_empty() {
            return;
        }
        let p = Palette::of_window(ctx);
        let id = egui::Id::unique("all keys");
        let window = ctx.content_rect();
        let room = window.width() - 112.0;
        let n_columns = ((room + COLUMN_GAP) / (COLUMN_WIDTH + COLUMN_GAP))
            .floor()
            .clamp(1.0, MAX_COLUMNS as f32);
        let width =
            (n_columns * (COLUMN_WIDTH + COLUMN_GAP) - COLUMN_GAP).min(room.max(COLUMN_WIDTH));
        let frame = egui::Frame::NONE
            .fill(p.panel)
            .stroke(p.hair())
            .corner_radius(theme::CORNER + 2)
            .inner_margin(egui::Margin {
                left: 24,
                right: 12,
                top: 16,
                bottom: 12,
            });
        let shown = Modal::new(id)
            .area(Modal::default_area(id).accessible_name("All keys"))
            .backdrop_color(p.veil())
            .frame(frame)
            .show(ctx, |ui| {
                ui.set_width(width + 12.0);
                // An area remembers its last size; the list is as high as the window lets it be.
                ui.set_max_height(window.height() - 100.0);
                self.head_ui(ui, width);
                ui.add_space(4.0);
                let scroll = std::mem::take(&mut self.scroll);
                egui::ScrollArea::vertical()
                    .max_height((window.height() - 160.0).max(120.0))
                    .auto_shrink([false, true])
                    .show(ui, |ui| {
                        if scroll != 0.0 {
                            ui.scroll_with_delta(vec2(0.0, -scroll));
                        }
                        columns_ui(ui, &rows(all), n_columns as usize, width);
                    });
            });
        if shown.backdrop_response.clicked() {
            self.open = false;
        }
    }

    fn head_ui(&mut self, ui: &mut Ui, width: f32) {
        ui.allocate_ui_with_layout(
            vec2(width, 28.0),
            egui::Layout::left_to_right(egui::Align::Center),
            |ui| {
                title(ui, "All keys");
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let close = widgets::action_small(ui, "Close", "Close the keys", Some("Esc"));
                    if close.clicked() {
                        self.open = false;
                    }
                });
            },
        );
    }
}

fn height_of((_, rows): &Rows) -> f32 {
    HEAD_HEIGHT + rows.iter().map(Row::height).sum::<f32>()
}

/// Puts each place into the column that is the shortest so far; the order is kept from top to bottom.
fn arranged(all: &[Rows], n_columns: usize) -> Vec<Vec<&Rows>> {
    let mut columns = vec![(0.0, Vec::new()); n_columns.max(1)];
    for keys in all {
        let shortest = columns
            .iter_mut()
            .min_by(|a: &&mut (f32, _), b| a.0.total_cmp(&b.0));
        if let Some((height, column)) = shortest {
            *height += height_of(keys);
            column.push(keys);
        }
    }
    columns.into_iter().map(|(_, column)| column).collect()
}

fn columns_ui(ui: &mut Ui, all: &[Rows], n_columns: usize, width: f32) {
    let columns = arranged(all, n_columns);
    let height = columns
        .iter()
        .map(|c| c.iter().map(|k| height_of(k)).sum::<f32>())
        .fold(0.0, f32::max);
    let column_width = (width + COLUMN_GAP) / n_columns as f32 - COLUMN_GAP;
    let (area, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    for (i, column) in columns.into_iter().enumerate() {
        let left = area.left() + i as f32 * (column_width + COLUMN_GAP);
        let rect = Rect::from_min_size(
            egui::pos2(left, area.top()),
            vec2(column_width, area.height()),
        );
        let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(("keys", i)));
        child.spacing_mut().item_spacing.y = 0.0;
        for (place, rows) in column {
            place_ui(&mut child, *place, rows);
        }
    }
}

fn place_ui(ui: &mut Ui, place: Place, rows: &[Row]) {
    let p = Palette::of(ui);
    let (head, response) = widgets::words::row(ui, HEAD_HEIGHT, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, place.name()));
    let line = head.bottom() - 5.0;
    let words = Rect::from_min_max(
        egui::pos2(head.left(), head.top() + 8.0),
        egui::pos2(head.right(), line),
    );
    let strong = theme::strong(theme::BODY);
    let left = egui::Align2::LEFT_CENTER;
    cell(ui.painter(), words, left, place.name(), strong, p.ink);
    ui.painter().hline(head.x_range(), line, p.hair());
    for line in rows {
        let (name, key) = (line.name, line.key);
        let (row, response) = widgets::words::row(ui, ROW_HEIGHT, Sense::hover());
        response.widget_info(|| {
            let words = format!("{}: {name}, key {key}", place.name());
            WidgetInfo::labeled(Role::Label, true, words)
        });
        let body = theme::regular(theme::BODY);
        let cap = Rect::from_min_max(row.min, egui::pos2(row.left() + KEY_WIDTH, row.bottom()));
        widgets::button::key_cap_in(ui, cap, key);
        let words = Rect::from_min_max(egui::pos2(cap.right(), row.top()), row.max);
        let shown = cell(ui.painter(), words, left, name, body, p.ink);
        if shown.width() >= words.width() - 1.0 {
            response.on_hover_text(name);
        }
        if !line.not_in.is_empty() {
            let (row, response) = widgets::words::row(ui, NOTE_HEIGHT, Sense::hover());
            let note = line.note();
            response
                .widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name}: {note}")));
            // Close below the name it is about.
            let below = Rect::from_min_max(egui::pos2(cap.right(), row.top() - 4.0), row.max);
            let small = theme::regular(theme::CAPTION);
            cell(ui.painter(), below, left, &note, small, p.secondary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::View;

    #[test]
    fn columns_are_of_like_height_and_lose_no_place() {
        let row = || Row {
            name: "Do it",
            key: "K",
            not_in: Vec::new(),
        };
        let all: Vec<Rows> = [12, 9, 2, 11, 8, 4, 3]
            .into_iter()
            .zip(Place::all())
            .map(|(n, place)| (place, (0..n).map(|_| row()).collect()))
            .collect();
        for n_columns in 1..=4 {
            let columns = arranged(&all, n_columns);
            assert_eq!(columns.iter().map(Vec::len).sum::<usize>(), all.len());
            let heights: Vec<f32> = columns
                .iter()
                .map(|c| c.iter().map(|k| height_of(k)).sum())
                .collect();
            let (low, high) = heights
                .iter()
                .fold((f32::MAX, 0.0f32), |(l, h), &x| (l.min(x), h.max(x)));
            assert!(high - low < 330.0, "{heights:?}");
        }
        assert_eq!(arranged(&all, 2)[0][0].0, Place::Everywhere);
        assert_eq!(arranged(&all, 2)[1][0].0, Place::In(View::Start));
    }

    #[test]
    fn a_key_that_a_view_takes_says_so() {
        let all = [
            (Place::Everywhere, vec![("Undo", "Ctrl Z"), ("Theme", "D")]),
            (Place::In(View::Map), vec![("Fit", "F")]),
            (Place::In(View::Conflicts), vec![("Undo", "Ctrl Z")]),
        ];
        let rows = rows(&all);
        assert_eq!(rows[0].1[0].note(), "not in Conflicts");
        assert!(rows[0].1[1].not_in.is_empty());
        // The view's own key is what it says.
        assert!(rows[2].1[0].not_in.is_empty());
    }
}
