//! Draws the tree over topics: branches at the left, a row for each topic at the right.

use egui::{Align2, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::derive::Counts;
use super::paint::MAX_WIDTH;
use super::state::{Rows, TopicsState, select};
use super::tree_layout::{Leaves, TreeLayout};
use crate::snapshot::model::topics::{Branch, Likeness, MAX_IN_TREE, TopicTree};
use crate::snapshot::model::{Snapshot, TopicRow};
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::button::focus_ring;
use crate::ui::widgets::{self, Icon, caption, cell, icon};
use crate::ui::{Cx, text};

const ROW_HEIGHT: f32 = 30.0;

/// Radius of the dot that stands for a join.
const DOT: f32 = 3.5;

/// A branch shorter than this carries no words, in points.
const WORDS_FROM: f32 = 84.0;

/// Where the columns of the tree stand, in points.
#[derive(Clone, Copy)]
struct Columns {
    /// The root and the leaves.
    branches: (f32, f32),
    sign: f32,
    label: (f32, f32),
    n: (f32, f32),
    nations: (f32, f32),
}

impl Columns {
    fn new(left: f32, width: f32) -> Self {
        const GAP: f32 = 12.0;
        const N: f32 = 50.0;
        const SIGN: f32 = 18.0;
        let strip = (0.16 * width).clamp(84.0, 200.0);
        let label = (0.27 * width).clamp(120.0, 340.0);
        let right = left + width;
        let nations = (right - strip, right);
        let n = (nations.0 - GAP - N, nations.0 - GAP);
        let label = (n.0 - GAP - label, n.0 - GAP);
        let sign = label.0 - SIGN;
        Self {
            branches: (left + DOT + 1.0, sign - 4.0),
            sign,
            label,
            n,
            nations,
        }
    }

    fn rect((from, to): (f32, f32), row: Rect) -> Rect {
        Rect::from_min_max(pos2(from, row.top()), pos2(to, row.bottom()))
    }

    /// Returns where a height stands.
    fn x(&self, layout: &TreeLayout, height: f64) -> f32 {
        let (root, leaves) = self.branches;
        leaves - layout.depth(height) * (leaves - root)
    }
}

/// Draws the tree.
pub(super) fn tree_ui(ui: &mut Ui, cx: &mut Cx<'_>, snapshot: &Snapshot, state: &mut TopicsState) {
    let tree = &snapshot.topic_tree;
    if let Some(n) = tree.n_too_many {
        let (n, most) = (text::count_of(n), text::count_of(MAX_IN_TREE));
        let reason = format!("Too many topics for a tree: {n}, at most {most}.");
        caption(ui, &reason);
        return;
    }
    if tree.joins.is_empty() {
        caption(ui, "A tree needs at least two topics.");
        return;
    }
    let layout = state.tree.layout(tree);
    let rows = state.rows(cx);
    let leaves = state.tree.leaves(tree, &snapshot.topics);
    state.walk(cx, &leaves.order);
    caption(
        ui,
        match tree.by {
            Likeness::Documents => {
                "Ward's tree over 1 − cosine of the vectors of each topic's central documents. A dot stands for the topics right of it."
            }
            Likeness::Words => {
                "Ward's tree over 1 − cosine of the 15 heaviest words of each topic. A dot stands for the topics right of it."
            }
        },
    );
    let width = (ui.available_width() - 22.0).clamp(460.0, MAX_WIDTH);
    egui::ScrollArea::horizontal()
        .auto_shrink(false)
        .show(ui, |ui| {
            // The scroll bar stands beside the tree, not on it.
            ui.set_width(width + 14.0);
            let columns = Columns::new(ui.cursor().left(), width);
            header_ui(ui, &columns, tree);
            rows_ui(
                ui,
                cx,
                snapshot,
                state,
                (&rows, &leaves),
                (&columns, &layout, width),
            );
        });
}

/// Draws the rows in sight with the branches before them.
fn rows_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    snapshot: &Snapshot,
    state: &mut TopicsState,
    (rows, leaves): (&Rows, &Leaves),
    (columns, layout, width): (&Columns, &TreeLayout, f32),
) {
    let tree = &snapshot.topic_tree;
    let wants_row = std::mem::take(&mut state.wants_row);
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show_viewport(ui, |ui, viewport| {
            let size = vec2(width, tree.leaves.len() as f32 * ROW_HEIGHT);
            let (area, _) = ui.allocate_exact_size(size, Sense::hover());
            let first = (viewport.top() / ROW_HEIGHT).floor().max(0.0) as usize;
            let last = (viewport.bottom() / ROW_HEIGHT).ceil().max(0.0) as usize;
            draw_branch_ground(ui, tree, state.tree.branch, (area, columns, layout));
            let row_at = |at: usize| {
                let top = area.top() + at as f32 * ROW_HEIGHT;
                Rect::from_min_size(pos2(area.left(), top), vec2(width, ROW_HEIGHT))
            };
            let topic_at = |position: &Option<usize>| snapshot.topics.get((*position)?);
            if wants_row {
                let chosen = |p: &Option<usize>| {
                    topic_at(p).is_some_and(|t| cx.shared.selected_topic == Some(t.id))
                };
                if let Some(at) = leaves.positions.iter().position(chosen) {
                    // A narrow place: the tree does not move sideways for it.
                    let place = Rect::from_min_size(row_at(at).min, vec2(10.0, ROW_HEIGHT));
                    ui.scroll_to_rect(place, None);
                }
            }
            let in_sight = leaves.positions.iter().enumerate().take(last).skip(first);
            for (at, position) in in_sight {
                let counts = position.and_then(|p| rows.counts.get(p));
                let (Some(topic), Some(counts)) = (topic_at(position), counts) else {
                    continue;
                };
                let row = row_at(at);
                if leaf_ui(ui, cx, state, snapshot, (topic, counts), (row, columns)) {
                    state.tree.branch = None;
                    select(cx, topic);
                }
            }
            joins_ui(ui, cx, state, tree, (area, columns, layout), first..last);
        });
}

fn header_ui(ui: &mut Ui, columns: &Columns, tree: &TopicTree) {
    let p = Palette::of(ui);
    let (row, _) = widgets::words::row(ui, 26.0, Sense::hover());
    let small = theme::regular(theme::CAPTION);
    let painter = ui.painter();
    let top = tree.joins.last().map_or(0.0, |j| j.height);
    let branches = Columns::rect(columns.branches, row);
    for (align, words) in [
        (Align2::LEFT_CENTER, format!("{top:.2} distance")),
        (Align2::RIGHT_CENTER, "0".to_owned()),
    ] {
        cell(painter, branches, align, &words, small.clone(), p.secondary);
    }
    for (at, align, words) in [
        (columns.label, Align2::LEFT_CENTER, "Topic"),
        (columns.n, Align2::RIGHT_CENTER, "n"),
        (columns.nations, Align2::LEFT_CENTER, "nations"),
    ] {
        let at = Columns::rect(at, row);
        cell(painter, at, align, words, small.clone(), p.secondary);
    }
    let line = row.left()..=columns.nations.1;
    painter.hline(line, row.bottom() - 0.5, p.hair());
}

/// Where the tree stands and how.
type Frame<'a> = (Rect, &'a Columns, &'a TreeLayout);

/// Puts a ground behind the chosen branch.
fn draw_branch_ground(
    ui: &Ui,
    tree: &TopicTree,
    branch: Option<usize>,
    (area, columns, layout): Frame<'_>,
) {
    let Some(join) = branch.and_then(|b| tree.joins.get(b)) else {
        return;
    };
    let p = Palette::of(ui);
    let y = |row: usize| area.top() + row as f32 * ROW_HEIGHT;
    let ground = Rect::from_min_max(
        pos2(columns.x(layout, join.height), y(join.span.start)),
        pos2(columns.nations.1 + 8.0, y(join.span.end)),
    );
    ui.painter().rect_filled(ground, 2.0, p.selected);
}

/// Draws the row of a topic; tells whether it was clicked.
fn leaf_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    state: &TopicsState,
    snapshot: &Snapshot,
    (topic, (n_docs, by_nation)): (&TopicRow, &Counts),
    (row, columns): (Rect, &Columns),
) -> bool {
    let p = Palette::of(ui);
    let selected = state.tree.branch.is_none() && cx.shared.selected_topic == Some(topic.id);
    let at = Rect::from_min_max(
        pos2(columns.sign - 2.0, row.top()),
        pos2(columns.nations.1 + 8.0, row.bottom()),
    );
    let id = ui.scope_id().with(("leaf", topic.number));
    let response = ui.interact(at, id, Sense::click());
    let name = format!("Topic {}", topic.label);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &name));
    if selected || response.hovered() {
        let share = if selected { 1.0 } else { 0.5 };
        ui.painter()
            .rect_filled(at, 0.0, p.selected.gamma_multiply(share));
    }
    focus_ring(ui, &response, at.shrink(2.0));
    let painter = ui.painter();
    let left_out = state.value_only && !topic.value_related;
    let ink = if left_out { p.faint } else { p.ink };
    let (sign, sign_ink) = if topic.value_related {
        (Icon::Check, ink)
    } else {
        (Icon::Ring, p.faint)
    };
    let sign_at = Columns::rect((columns.sign, columns.label.0), row);
    icon(painter, sign_at, sign, sign_ink);
    let font = if selected {
        theme::strong(theme::BODY)
    } else {
        theme::regular(theme::BODY)
    };
    let label = Columns::rect(columns.label, row);
    cell(painter, label, Align2::LEFT_CENTER, &topic.label, font, ink);
    let n_words = text::count_of(*n_docs);
    let n = Columns::rect(columns.n, row);
    let body = theme::regular(theme::BODY);
    cell(painter, n, Align2::RIGHT_CENTER, &n_words, body, ink);
    let strip = Columns::rect(columns.nations, row).shrink2(vec2(0.0, 8.0));
    strip_ui(ui, cx, snapshot, by_nation, strip);
    response
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .clicked()
}

/// Draws the shares of nations side by side, with the nation's letters where there is room.
fn strip_ui(ui: &Ui, cx: &Cx<'_>, snapshot: &Snapshot, by_nation: &[(usize, f64)], strip: Rect) {
    let p = Palette::of(ui);
    let painter = ui.painter();
    let mut x = strip.left();
    for (count, (_, share)) in snapshot.nations.iter().zip(by_nation) {
        let width = strip.width() * *share as f32;
        let part = Rect::from_min_size(pos2(x, strip.top()), vec2(width, strip.height()));
        x += width;
        let color = if cx.shared.shows(count.nation) {
            p.nation(count.nation)
        } else {
            p.dimmed(p.nation(count.nation))
        };
        painter.rect_filled(part, 0.0, color);
        // A hairline of the ground, or neighbors of like lightness run into each other.
        painter.vline(part.right(), part.y_range(), Stroke::new(1.0, p.ground));
        if width > 20.0 {
            cell(
                painter,
                part,
                Align2::CENTER_CENTER,
                count.nation.code(),
                theme::regular(theme::CAPTION),
                p.ink_on(color),
            );
        }
    }
}

/// Draws the branches in sight and hears of clicks on their dots.
fn joins_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut TopicsState,
    tree: &TopicTree,
    (area, columns, layout): Frame<'_>,
    visible: std::ops::Range<usize>,
) {
    let p = Palette::of(ui);
    let y = |branch: Branch| area.top() + layout.middle(branch) * ROW_HEIGHT;
    let x = |branch: Branch| match branch {
        Branch::Leaf(_) => columns.branches.1,
        Branch::Join(at) => {
            let height = tree.joins.get(at).map_or(0.0, |j| j.height);
            columns.x(layout, height)
        }
    };
    for (at, join) in tree.joins.iter().enumerate() {
        if join.span.end <= visible.start || join.span.start >= visible.end {
            continue;
        }
        let here = pos2(x(Branch::Join(at)), y(Branch::Join(at)));
        let [upper, lower] = join.branches;
        let stroke = Stroke::new(1.2, p.faint);
        ui.painter().vline(here.x, y(upper)..=y(lower), stroke);
        for branch in [upper, lower] {
            ui.painter().hline(here.x..=x(branch), y(branch), stroke);
        }
        let parent = layout.parents.get(at).copied().flatten();
        let from = parent.map_or(columns.branches.0, |above| x(Branch::Join(above)));
        let room = here.x - from - 8.0;
        if room > WORDS_FROM {
            let words = Rect::from_min_max(
                pos2(from + 4.0, here.y - 15.0),
                pos2(here.x - 4.0, here.y - 1.0),
            );
            cell(
                ui.painter(),
                words,
                Align2::LEFT_CENTER,
                &join.words,
                theme::regular(theme::CAPTION),
                p.secondary,
            );
        }
        let dot = Rect::from_center_size(here, Vec2::splat(4.0 * DOT));
        let id = ui.scope_id().with(("join", at));
        let response = ui.interact(dot, id, Sense::click());
        let n = text::counted(join.span.len(), "topic", "topics");
        let name = format!("Branch of {n}: {}", join.words);
        let chosen = state.tree.branch == Some(at);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
        focus_ring(ui, &response, dot);
        let lit = chosen || response.hovered();
        let fill = if lit { p.ink } else { p.panel };
        let rim = Stroke::new(1.2, if lit { p.ink } else { p.secondary });
        ui.painter().circle(here, DOT, fill, rim);
        if response
            .on_hover_cursor(egui::CursorIcon::PointingHand)
            .on_hover_text(name)
            .clicked()
        {
            state.tree.branch = Some(at);
            cx.shared.selected_topic = None;
            cx.shared.inspector_open = true;
            cx.clear_doc();
        }
    }
}
