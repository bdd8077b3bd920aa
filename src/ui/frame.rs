//! What surrounds the views: top bar, notices, rail, inspector panel, status bar.

use egui::{
    Align, Align2, Frame, Layout, Margin, Panel, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};

use super::everywhere::{Action, Everywhere};
use super::filter::FilterState;
use super::palette::{PaletteState, crumb_arrow};
use super::theme::{self, Mark, Palette, Vision};
use super::widgets::{self, Icon, Look, cell, chip, icon, progress_bar};
use super::{Command, Cx, NoticeKind, View, text};

/// Nations that get a chip of their own; a project with more filters by the legend of the map.
const MAX_CHIPS: usize = 8;

fn icon_button(ui: &mut Ui, which: Icon, name: &str, on: bool) -> egui::Response {
    let p = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(28.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, on, name));
    if response.hovered() {
        ui.painter().rect_filled(rect, 4.0, p.selected);
    }
    widgets::button::focus_ring(ui, &response, rect);
    icon(
        ui.painter(),
        rect,
        which,
        if on { p.ink } else { p.secondary },
    );
    response.on_hover_text(name)
}

/// Draws the top bar: project and view, nation chips, time, filter, search, keys, light and dark, inspector.
pub(super) fn top_bar_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    palette: &mut PaletteState,
    everywhere: &mut Everywhere,
    filter: &mut FilterState,
) {
    let p = Palette::of(ui);
    let panel = Panel::top("top bar").exact_size(44.0).frame(
        Frame::NONE
            .fill(p.panel)
            .inner_margin(Margin::symmetric(16, 0)),
    );
    panel.show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            let wide = ui.available_width() > 1000.0;
            ui.label(
                egui::RichText::new("Meridian")
                    .font(theme::strong(14.0))
                    .color(p.ink),
            );
            ui.add_space(4.0);
            // The right side is laid out first: the project's name takes what is left.
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let inspector = icon_button(
                    ui,
                    Icon::Inspector,
                    "Show or hide the inspector (I)",
                    cx.shared.inspector_open,
                );
                if inspector.clicked() {
                    cx.shared.inspector_open = !cx.shared.inspector_open;
                }
                if icon_button(ui, Icon::Theme, "Light or dark (D)", true).clicked() {
                    everywhere.want(Action::ToggleTheme);
                }
                if icon_button(ui, Icon::Keys, "Show all keys (?)", true).clicked() {
                    everywhere.want(Action::ToggleKeys);
                }
                palette.field_ui(ui, cx, if wide { 244.0 } else { 140.0 });
                ui.spacing_mut().item_spacing.x = if wide { 8.0 } else { 4.0 };
                filter.chips_ui(ui, cx, everywhere, wide);
                nation_chips_ui(ui, cx);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| crumbs_ui(ui, cx));
            });
        });
    });
}

fn crumbs_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.x = 4.0;
    let mut crumbs: Vec<String> = Vec::new();
    if cx.input.project_open {
        crumbs.push(cx.input.snapshot.project.name.clone());
        crumbs.push(cx.shared.view.name().to_lowercase());
    } else {
        crumbs.push("no project open".to_owned());
    }
    if !cx.shared.desk.filter.nations.is_empty() {
        let codes: Vec<&str> = cx
            .shared
            .desk
            .filter
            .nations
            .iter()
            .map(crate::domain::corpus::Nation::code)
            .collect();
        crumbs.push(codes.join(" "));
    }
    if theme::vision(ui.ctx()) != Vision::Full {
        crumbs.push(theme::vision(ui.ctx()).name().to_owned());
    }
    for (i, crumb) in crumbs.iter().enumerate() {
        if i > 0 {
            crumb_arrow(ui);
        }
        ui.add(egui::Label::new(egui::RichText::new(crumb).color(p.secondary)).truncate());
    }
}

fn nation_chips_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let p = Palette::of(ui);
    let n = cx.input.snapshot.nations.len();
    if !(2..=MAX_CHIPS).contains(&n) || ui.available_width() < 420.0 {
        return;
    }
    ui.add_space(4.0);
    // From right to left, so the last nation comes first.
    for count in cx.input.snapshot.nations.iter().rev() {
        let nation = count.nation;
        let shown = cx.shared.shows(nation);
        let color = if shown { p.nation(nation) } else { p.faint };
        let on = cx.shared.desk.filter.nations.contains(&nation);
        let name = format!("Filter {}", nation.name());
        if chip(
            ui,
            nation.code(),
            &name,
            Some((Mark::of(nation), color)),
            on,
            None,
        )
        .clicked()
        {
            cx.shared.toggle_nation(nation, n);
        }
    }
}

/// Draws messages under the top bar.
pub(super) fn notices_ui(ui: &mut Ui, cx: &mut Cx<'_>, chinese_missing: bool) {
    let p = Palette::of(ui);
    let has_chinese = cx
        .input
        .snapshot
        .nations
        .iter()
        .any(|n| n.nation.code() == "CN");
    let mut lines: Vec<(NoticeKind, String, bool)> = Vec::new();
    if let Some(notice) = cx.input.notice {
        lines.push((notice.kind, notice.text.clone(), true));
    }
    if chinese_missing && has_chinese {
        let words = "This system has no font for Chinese. Install one, e.g. the package fonts-noto-cjk, and open the window again.";
        lines.push((NoticeKind::Info, words.to_owned(), false));
    }
    for (i, (kind, words, dismissible)) in lines.into_iter().enumerate() {
        Panel::top(("notice", i))
            .frame(
                Frame::NONE
                    .fill(p.selected)
                    .inner_margin(Margin::symmetric(16, 8)),
            )
            .show(ui, |ui| {
                let size = vec2(ui.available_width(), 32.0);
                ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
                    let ink = if kind == NoticeKind::Problem {
                        p.warning
                    } else {
                        p.ink
                    };
                    let width = ui.available_width() - if dismissible { 160.0 } else { 0.0 };
                    ui.scope(|ui| {
                        ui.set_max_width(width.max(100.0));
                        ui.add(egui::Label::new(egui::RichText::new(&words).color(ink)).wrap());
                    });
                    if dismissible {
                        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                            if widgets::action(ui, "Dismiss", Some("Ctrl D"), Look::Plain, true)
                                .clicked()
                            {
                                cx.send(Command::DismissNotice);
                            }
                        });
                    }
                });
            });
    }
}

/// Draws the rail of views; returns where the button of each stands.
pub(super) fn rail_ui(ui: &mut Ui, cx: &mut Cx<'_>) -> Vec<Rect> {
    let p = Palette::of(ui);
    let mut buttons = Vec::with_capacity(View::ALL.len());
    Panel::left("rail")
        .resizable(false)
        .exact_size(72.0)
        .frame(
            Frame::NONE
                .fill(p.panel)
                .inner_margin(Margin::symmetric(0, 8)),
        )
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (i, view) in View::ALL.into_iter().enumerate() {
                let (rect, response) =
                    ui.allocate_exact_size(vec2(72.0, 56.0), Sense::click_and_drag());
                buttons.push(rect);
                let on = cx.shared.view == view;
                response.widget_info(|| WidgetInfo::selected(Role::Button, true, on, view.name()));
                let ink = if on || response.hovered() {
                    p.ink
                } else {
                    p.secondary
                };
                if on || cx.shared.neighbor() == Some(view) {
                    let edge =
                        Rect::from_min_size(pos2(rect.left(), rect.top() + 10.0), vec2(3.0, 36.0));
                    ui.painter()
                        .rect_filled(edge, 0.0, if on { p.ink } else { p.faint });
                }
                cx.drag_from_rail(view, &response);
                widgets::button::focus_ring(ui, &response, rect.shrink(6.0));
                let top = Rect::from_min_max(rect.min, pos2(rect.right(), rect.top() + 36.0));
                let which = match view {
                    View::Start => Icon::Start,
                    View::Map => Icon::Map,
                    View::Topics => Icon::Topics,
                    View::Conflicts => Icon::Conflicts,
                    View::Verify => Icon::Verify,
                    View::Results => Icon::Results,
                    View::Align => Icon::Align,
                    View::Jobs => Icon::Jobs,
                };
                icon(ui.painter(), top, which, ink);
                let font = if on {
                    theme::strong(theme::CAPTION)
                } else {
                    theme::regular(theme::CAPTION)
                };
                let words = Rect::from_min_max(pos2(rect.left(), rect.top() + 32.0), rect.max);
                cell(
                    ui.painter(),
                    words.shrink2(vec2(2.0, 4.0)),
                    Align2::CENTER_CENTER,
                    view.name(),
                    font,
                    ink,
                );
                let key = i + 1;
                let name = view.name();
                let words = if cx.opens_beside(view) {
                    format!("{name}, key {key}; Ctrl {key} or a drag into the view opens it beside")
                } else {
                    format!("{name}, key {key}")
                };
                let clicked = response
                    .on_hover_text(words)
                    .on_hover_cursor(egui::CursorIcon::PointingHand)
                    .clicked();
                if clicked {
                    cx.shared.view = view;
                }
            }
        });
    buttons
}

/// Widest inspector that a narrow window begins with.
const MAX_NARROW: f32 = 320.0;

/// Draws the inspector's panel around its contents and returns its width. A panel of a new `number` is as
/// wide as asked for; from then on the toolkit remembers.
pub(super) fn inspector_ui(
    ui: &mut Ui,
    number: u32,
    width: Option<f32>,
    contents: impl FnOnce(&mut Ui),
) -> f32 {
    let p = Palette::of(ui);
    let narrow = ui.available_width() < 1000.0;
    let begins_at = if narrow {
        width.map_or(264.0, |w| w.min(MAX_NARROW))
    } else {
        width.unwrap_or(336.0)
    };
    let shown = Panel::right(("inspector", narrow, number))
        .resizable(true)
        .default_size(begins_at)
        .size_range(220.0..=620.0)
        .frame(Frame::NONE.fill(p.panel).inner_margin(Margin {
            left: 16,
            right: 4,
            top: 8,
            bottom: 0,
        }))
        .show(ui, |ui| {
            egui::ScrollArea::vertical()
                .auto_shrink(false)
                .show(ui, |ui| {
                    Frame::NONE
                        .inner_margin(Margin {
                            left: 0,
                            right: 12,
                            top: 0,
                            bottom: 16,
                        })
                        .show(ui, contents);
                });
        });
    shown.response.rect.width()
}

/// Draws the status bar: the running job at the left, totals at the right.
pub(super) fn status_bar_ui(ui: &mut Ui, cx: &mut Cx<'_>, drawn: &str) {
    let p = Palette::of(ui);
    Panel::bottom("status bar")
        .exact_size(32.0)
        .frame(
            Frame::NONE
                .fill(p.panel)
                .inner_margin(Margin::symmetric(16, 0)),
        )
        .show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let secondary = |words: String| {
                        egui::RichText::new(words)
                            .font(theme::regular(12.0))
                            .color(p.secondary)
                    };
                    if cx.input.project_open {
                        ui.label(secondary(format!(
                            "seed {}",
                            cx.input.snapshot.project.seed
                        )));
                        ui.add_space(8.0);
                        let totals = totals_text(cx, drawn);
                        let busy = cx.input.progress.is_some();
                        if ui.available_width() > if busy { 900.0 } else { 420.0 } {
                            ui.label(secondary(totals));
                        }
                    }
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| job_ui(ui, cx));
                });
            });
        });
}

fn totals_text(cx: &Cx<'_>, drawn: &str) -> String {
    let t = &cx.input.snapshot.totals;
    if !drawn.is_empty() {
        return drawn.to_owned();
    }
    if cx.shared.view == View::Conflicts && t.n_edges > 0 {
        return text::dotted([
            text::counted(t.n_docs, "document", "documents").as_str(),
            text::counted(t.n_edges, "edge", "edges").as_str(),
            text::counted(t.n_conflict_edges, "conflict edge", "conflict edges").as_str(),
        ]);
    }
    text::dotted([
        text::counted(t.n_docs, "document", "documents").as_str(),
        text::counted(t.n_statements, "statement", "statements").as_str(),
    ])
}

fn job_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let p = Palette::of(ui);
    let small = |words: &str| {
        egui::RichText::new(words)
            .font(theme::regular(12.0))
            .color(p.secondary)
    };
    let Some(job) = cx.input.progress else {
        ui.label(small("Nothing is running"));
        return;
    };
    let wide = ui.available_width() > 560.0;
    ui.label(small(&text::dotted([
        job.stage.as_str(),
        job.phase.as_str(),
    ])));
    let (rect, response) =
        ui.allocate_exact_size(vec2(if wide { 180.0 } else { 80.0 }, 4.0), Sense::hover());
    let share = (job.n_total > 0).then(|| job.n_done as f32 / job.n_total as f32);
    response.widget_info(|| {
        WidgetInfo::labeled(
            Role::ProgressIndicator,
            true,
            format!("{} progress", job.stage),
        )
    });
    progress_bar(ui.painter(), rect, share, &p, ui.input(|i| i.time));
    if share.is_none() {
        ui.ctx().request_repaint_after_secs(0.1);
    }
    let mut words = if job.n_total > 0 {
        format!(
            "{} of {}",
            text::count(job.n_done),
            text::count(job.n_total)
        )
    } else if job.n_done > 0 {
        text::count(job.n_done)
    } else {
        String::new()
    };
    if let Some(rate) = job.rate_per_sec().filter(|_| wide) {
        words = format!("{words} · {}", text::rate(rate));
    }
    if let Some(left) = job.left_secs().filter(|_| job.n_total > 0) {
        words = format!(
            "{words} · {} left",
            text::duration_ms((left * 1000.0) as i64)
        );
    }
    ui.label(small(&words));
    widgets::key_cap(ui, "Esc");
    let cancel = ui
        .add(egui::Button::new(small("cancel")).frame(false))
        .accessible_name("Cancel the running job");
    if cancel.clicked() {
        cx.send(Command::CancelJob(job.job));
    }
}
