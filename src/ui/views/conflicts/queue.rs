//! The inspector of the review: the queue, what removing would do, what was decided, proposals, rounds.

use egui::{Align2, Rect, Sense, Stroke, Ui, pos2, vec2};

use super::derive::{decides, dominant_words, n_decided, strip};
use super::state::{ConflictsState, Field};
use crate::domain::conflict::Verdict;
use crate::snapshot::model::conflicts::{ConflictData, QueueItem};
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::{self, Icon, Look, caption, cell, icon, link_row, progress_bar, section};
use crate::ui::{Command, Cx, text};

/// Rows of the queue shown without scrolling.
const N_QUEUE_ROWS: usize = 9;

/// Draws the inspector of the review.
pub fn inspector_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ConflictsState) {
    let Some(data) = state.data(cx) else {
        section(ui, "Review");
        caption(
            ui,
            "Flagged edges wait here once the conflict graph is built.",
        );
        return;
    };
    state.follow(&data);
    let n_done = n_decided(&data.queue, &state.pending);
    if data.queue.is_empty() {
        section(ui, "Queue");
        caption(ui, "Nothing waits for a verdict here.");
    } else {
        queue_ui(ui, state, &data, n_done);
    }
    round_ui(ui, cx, state, &data);
    if let Some((_, item)) = state.item(&data) {
        preview_ui(ui, &data, item);
    }
    decided_ui(ui, cx, state, &data);
    reviewer_ui(ui, cx, state);
}

fn queue_ui(ui: &mut Ui, state: &mut ConflictsState, data: &ConflictData, n_done: usize) {
    let p = Palette::of(ui);
    let round = data.round + 1;
    section(
        ui,
        &format!(
            "Queue · round {} of {} · {} of {} decided",
            round.min(data.n_rounds),
            data.n_rounds,
            n_done,
            data.queue.len()
        ),
    );
    let (rail, _) = widgets::words::row(ui, 3.0, Sense::hover());
    progress_bar(
        ui.painter(),
        rail,
        Some(n_done as f32 / data.queue.len().max(1) as f32),
        &p,
        0.0,
    );
    ui.add_space(6.0);
    let height = 33.0;
    let n_rows = data.queue.len().min(N_QUEUE_ROWS);
    let mut chosen = None;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        egui::ScrollArea::vertical()
            .id_salt(("queue", data.nation))
            .max_height(height * n_rows as f32)
            .auto_shrink([false, true])
            .show_rows(ui, height, data.queue.len(), |ui, range| {
                for idx in range {
                    let Some(item) = data.queue.get(idx) else {
                        continue;
                    };
                    let selected = Some(item.edge) == state.edge;
                    let proposition = data
                        .issues
                        .get(item.issue_idx as usize)
                        .map_or("", |i| i.proposition.as_str());
                    let (rect, response) = link_row(
                        ui,
                        height,
                        &format!("Flagged edge {} {proposition}", idx + 1),
                        selected,
                    );
                    queue_row(
                        ui,
                        rect,
                        item,
                        proposition,
                        state.verdict(item),
                        selected,
                        &p,
                    );
                    if response.clicked() {
                        chosen = Some(idx);
                    }
                }
            });
    });
    if let Some(idx) = chosen {
        state.revisit(data, idx);
    }
}

fn queue_row(
    ui: &Ui,
    rect: Rect,
    item: &QueueItem,
    words: &str,
    verdict: Option<Verdict>,
    selected: bool,
    p: &Palette,
) {
    let painter = ui.painter();
    let ink = if decides(verdict) { p.secondary } else { p.ink };
    let sign = Rect::from_min_size(rect.min, vec2(16.0, rect.height()));
    match verdict {
        Some(Verdict::Keep) => icon(painter, sign, Icon::Check, p.secondary),
        Some(Verdict::Remove) => icon(painter, sign, Icon::Cross, p.warning),
        Some(Verdict::NotSure) => {
            cell(
                painter,
                sign,
                Align2::CENTER_CENTER,
                "?",
                theme::strong(theme::BODY),
                p.secondary,
            );
        }
        _ => {}
    }
    let priority = Rect::from_min_max(pos2(rect.right() - 34.0, rect.top()), rect.max);
    cell(
        painter,
        priority,
        Align2::RIGHT_CENTER,
        &format!("{:.1}", item.priority),
        theme::regular(theme::BODY),
        ink,
    );
    let cycles = Rect::from_min_max(
        pos2(rect.right() - 116.0, rect.top()),
        pos2(rect.right() - 40.0, rect.bottom()),
    );
    let n = text::counted(
        usize::try_from(item.n_cycles).unwrap_or(usize::MAX),
        "cycle",
        "cycles",
    );
    let n_at = cell(
        painter,
        cycles,
        Align2::RIGHT_CENTER,
        &n,
        theme::regular(theme::BODY),
        p.secondary,
    );
    let left = if verdict.is_some() {
        sign.right() + 4.0
    } else {
        rect.left()
    };
    let name = Rect::from_min_max(
        pos2(left, rect.top()),
        pos2(n_at.left() - 8.0, rect.bottom()),
    );
    let font = if selected {
        theme::strong(theme::BODY)
    } else {
        theme::regular(theme::BODY)
    };
    cell(painter, name, Align2::LEFT_CENTER, words, font, ink);
}

fn round_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &ConflictsState, data: &ConflictData) {
    let all = &cx.input.snapshot.conflicts;
    let n_open: usize = all
        .iter()
        .map(|d| d.queue.len() - n_decided(&d.queue, &state.pending))
        .sum();
    let n_all: usize = all.iter().map(|d| d.queue.len()).sum();
    if n_all == 0 {
        return;
    }
    let idle = cx.input.progress.is_none();
    ui.add_space(10.0);
    if n_open == 0 {
        if widgets::action(
            ui,
            &format!("Close round {}", data.round + 1),
            None,
            Look::Primary,
            idle,
        )
        .clicked()
        {
            cx.send(Command::CloseRound);
        }
        caption(
            ui,
            "Applies the verdicts, recomputes stances and flags again.",
        );
        return;
    }
    ui.horizontal_wrapped(|ui| {
        if widgets::action_named(
            ui,
            "Accept this round",
            "Accept the machine's proposals of this round",
            None,
            Look::Plain,
            idle,
        )
        .clicked()
        {
            cx.send(Command::AcceptProposals { all_rounds: false });
        }
        if widgets::action_named(
            ui,
            "All rounds",
            "Accept the machine's proposals of all rounds",
            None,
            Look::Plain,
            idle,
        )
        .clicked()
        {
            cx.send(Command::AcceptProposals { all_rounds: true });
        }
    });
    caption(
        ui,
        &format!(
            "takes the machine's proposals for the {} without a verdict, in all nations",
            text::counted(n_open, "edge", "edges")
        ),
    );
}

fn preview_ui(ui: &mut Ui, data: &ConflictData, item: &QueueItem) {
    let p = Palette::of(ui);
    let preview = &item.preview;
    section(ui, "If removed");
    let line = |ui: &mut Ui, strong: &str, words: &str| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.label(
                egui::RichText::new(strong)
                    .font(theme::strong(theme::BODY))
                    .color(p.ink),
            );
            ui.label(egui::RichText::new(words).color(p.ink));
        });
    };
    let n_cycles = preview.n_cycles_broken + preview.n_cycles_left;
    if preview.n_cycles_broken == 0 && n_cycles > 0 {
        line(
            ui,
            &text::count(n_cycles),
            "conflict cycles remain: another edge links the same two documents",
        );
    } else {
        line(
            ui,
            &text::count(preview.n_cycles_broken),
            &format!(
                "of {} conflict cycles break, {} remain",
                text::count(n_cycles),
                text::count(preview.n_cycles_left)
            ),
        );
    }
    match preview.dropped.as_slice() {
        [] => caption(ui, "no statement is dropped"),
        [one] => ui.label(
            egui::RichText::new(format!(
                "statement {one} is dropped (half of its conflict edges gone)"
            ))
            .color(p.ink),
        ),
        many => ui.label(
            egui::RichText::new(format!("{} statements are dropped", many.len())).color(p.ink),
        ),
    };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(egui::RichText::new("dominant stance").color(p.ink));
        let change = format!(
            "{} → {}",
            text::signed(preview.dominant_before),
            text::signed(preview.dominant_after)
        );
        ui.label(
            egui::RichText::new(change)
                .font(theme::strong(theme::BODY))
                .color(p.ink),
        );
        ui.label(egui::RichText::new(dominant_words(preview.dominant_after)).color(p.secondary));
    });
    if let Some(issue) = data.issues.get(item.issue_idx as usize) {
        ui.add_space(6.0);
        let t = item.b.stance.value() * item.b.confidence;
        strip_ui(
            ui,
            &issue.stances,
            issue.dominant as f32,
            Some(t as f32),
            p.nation(data.nation),
        );
    }
}

/// Draws stances from −1 to 1 as dots, the dominant one as a line, the deviating one as a ring.
pub(super) fn strip_ui(
    ui: &mut Ui,
    stances: &[f32],
    dominant: f32,
    deviating: Option<f32>,
    color: egui::Color32,
) {
    let p = Palette::of(ui);
    let (rect, _) = widgets::words::row(ui, 44.0, Sense::hover());
    let painter = ui.painter();
    let band = Rect::from_min_max(
        pos2(rect.left() + 6.0, rect.top()),
        pos2(rect.right() - 6.0, rect.bottom() - 16.0),
    );
    let x_of = |s: f32| band.left() + 0.5 * (s.clamp(-1.0, 1.0) + 1.0) * band.width();
    let y = band.center().y;
    painter.hline(band.x_range(), y, Stroke::new(1.0, p.faint));
    painter.vline(x_of(dominant), y - 9.0..=y + 9.0, Stroke::new(1.5, p.ink));
    for [s, level] in strip(stances) {
        painter.circle_filled(
            pos2(x_of(s), y + level * 12.0),
            2.2,
            color.gamma_multiply(0.75),
        );
    }
    if let Some(s) = deviating {
        painter.circle(pos2(x_of(s), y), 4.5, p.panel, Stroke::new(2.0, p.warning));
    }
    let below = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 16.0), rect.max);
    cell(
        painter,
        below,
        Align2::LEFT_CENTER,
        "opposes",
        theme::regular(theme::CAPTION),
        p.secondary,
    );
    cell(
        painter,
        below,
        Align2::RIGHT_CENTER,
        "supports",
        theme::regular(theme::CAPTION),
        p.secondary,
    );
}

fn decided_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ConflictsState, data: &ConflictData) {
    let p = Palette::of(ui);
    section(ui, "Decided lately");
    if data.decisions.is_empty() && state.pending.is_empty() {
        caption(
            ui,
            "Nothing yet. K keeps, R removes, U is not sure, S skips.",
        );
        return;
    }
    for decision in data.decisions.iter().take(4) {
        let (rect, _) = widgets::words::row(ui, 22.0, Sense::hover());
        let word = match decision.verdict {
            Verdict::Keep => "Kept",
            Verdict::Remove => "Removed",
            Verdict::NotSure => "Not sure",
            Verdict::Undo => "Taken back",
        };
        let when = text::ago(decision.at_ms, cx.input.now_ms);
        let tail = text::dotted([decision.reviewer.as_str(), when.as_str()]);
        let end = cell(
            ui.painter(),
            rect,
            Align2::RIGHT_CENTER,
            &tail,
            theme::regular(12.0),
            p.secondary,
        );
        let left = Rect::from_min_max(rect.min, pos2(end.left() - 8.0, rect.bottom()));
        let words = text::dotted([word, decision.issue.as_str()]);
        cell(
            ui.painter(),
            left,
            Align2::LEFT_CENTER,
            &words,
            theme::regular(12.0),
            p.ink,
        );
    }
    if widgets::action_small(
        ui,
        "takes the last one back",
        "Undo the last verdict",
        Some("Ctrl Z"),
    )
    .clicked()
    {
        state.undo(cx);
    }
}

fn reviewer_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ConflictsState) {
    let p = Palette::of(ui);
    section(ui, "Reviewer");
    let name = state
        .reviewer
        .get_or_insert_with(|| cx.input.reviewer.to_owned());
    let response = ui
        .add(
            egui::TextEdit::singleline(name)
                .hint_text(egui::RichText::new("Your name").color(p.secondary))
                .margin(egui::Margin::symmetric(8, 6))
                .desired_width(ui.available_width() - 18.0),
        )
        .accessible_name("Reviewer");
    if response.lost_focus() && name.trim() != cx.input.reviewer {
        let name = name.trim().to_owned();
        cx.send(Command::SetReviewer(name));
    }
    if state.wants_field == Some(Field::Reviewer) {
        response.scroll_to_me(None);
    }
    state.focus_if_wanted(Field::Reviewer, &response);
}
