//! The target that shows itself while files are held over the window.

use egui::{Area, Context, Order, Role, WidgetInfo, vec2};

use super::theme::{self, Palette};
use super::{text, widgets};

/// Draws the target while files are held over the window; the whole window takes them.
pub(super) fn drop_ui(ctx: &Context) {
    let names: Vec<String> = ctx.input(|i| {
        let name = |f: &egui::HoveredFile| {
            let name = f.path.as_ref().and_then(|p| p.file_name());
            name.map_or(String::new(), |n| n.to_string_lossy().into_owned())
        };
        i.raw.hovered_files.iter().map(name).collect()
    });
    if names.is_empty() {
        return;
    }
    let p = Palette::of_window(ctx);
    let window = ctx.content_rect();
    Area::new(egui::Id::unique("drop target"))
        .order(Order::Tooltip)
        .interactable(false)
        .fixed_pos(window.min)
        .show(ctx, |ui| {
            let (rect, response) = ui.allocate_exact_size(window.size(), egui::Sense::hover());
            response.widget_info(|| {
                WidgetInfo::labeled(Role::Label, true, format!("Drop {}", named(&names)))
            });
            ui.painter().rect_filled(rect, 0.0, p.veil());
            let card = egui::Rect::from_center_size(
                rect.center(),
                vec2(440.0f32.min(rect.width() - 48.0), 132.0),
            );
            let corner = theme::CORNER + 2;
            ui.painter().rect_filled(card, corner, p.panel);
            let edge = egui::Stroke::new(1.5, p.ink);
            let frame = card.shrink(8.0);
            let mut ring = vec![frame.left_top(), frame.right_top()];
            ring.extend([frame.right_bottom(), frame.left_bottom(), frame.left_top()]);
            ui.painter()
                .extend(egui::Shape::dashed_line(&ring, edge, 6.0, 5.0));
            let line = |y: f32, words: &str, font: egui::FontId, ink: egui::Color32| {
                let row = egui::Rect::from_center_size(
                    card.center() + vec2(0.0, y),
                    vec2(card.width() - 48.0, 20.0),
                );
                let middle = egui::Align2::CENTER_CENTER;
                widgets::cell(ui.painter(), row, middle, words, font, ink);
            };
            let strong = theme::strong(theme::TITLE);
            line(-26.0, &format!("Drop {}", named(&names)), strong, p.ink);
            let body = theme::regular(theme::BODY);
            line(
                6.0,
                "News files are listed for an import;",
                body.clone(),
                p.secondary,
            );
            line(
                26.0,
                "the folder of a project is opened.",
                body,
                p.secondary,
            );
        });
}

/// Names what is held: the one file, or how many.
fn named(names: &[String]) -> String {
    match names {
        [one] if !one.is_empty() => one.clone(),
        many => text::counted(many.len(), "file", "files"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_is_named_and_several_are_counted() {
        assert_eq!(named(&["cn.jsonl".to_owned()]), "cn.jsonl");
        assert_eq!(named(&[String::new()]), "1 file");
        assert_eq!(named(&["a".to_owned(), "b".to_owned()]), "2 files");
    }
}
