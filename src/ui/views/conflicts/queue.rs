//! The inspector of the review: the queue, what removing would do, what was decided, proposals, rounds.

use std::sync::Arc;

use egui::{Align2, Rect, Sense, Ui, pos2, vec2};

use super::derive::{Order, dominant_words, verdict_word};
use super::rule::{filter_ui, rule_ui};
use super::state::{ConflictsState, Field, Form, Tab, closable, look, n_waiting};
use super::strip::strip_ui;
use crate::domain::conflict::Verdict;
use crate::domain::review::Standing;
use crate::snapshot::model::conflicts::{ConflictData, DecisionRow, QueueItem};
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::{self, Icon, Look, caption, cell, icon, link_row, progress_bar, section};
use crate::ui::{Command, Cx, text};

/// Rows of the queue shown without scrolling.
const N_QUEUE_ROWS: usize = 9;

/// Height of a row of the queue.
const QUEUE_ROW: f32 = 33.0;

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
    state.follow(cx, &data);
    if data.queue.is_empty() {
        section(ui, "Queue");
        caption(ui, "Nothing waits for a verdict here.");
    } else {
        queue_ui(ui, cx, state, &data);
    }
    let settled = n_waiting(state, cx) == Some(0);
    if settled {
        round_ui(ui, cx, state, &data);
    }
    if let Some((_, item)) = state.item(&data).filter(|_| state.tab.decides()) {
        preview_ui(ui, cx, state, &data, item);
    }
    decided_ui(ui, cx, state, &data);
    if !settled {
        round_ui(ui, cx, state, &data);
    }
    reviewer_ui(ui, cx, state);
}

fn queue_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ConflictsState, data: &Arc<ConflictData>) {
    let p = Palette::of(ui);
    let n_settled = state.reader(cx).n_settled(&data.queue);
    section(
        ui,
        &format!(
            "Queue · round {} of {} · {} of {} decided",
            (data.round + 1).min(data.n_rounds),
            data.n_rounds,
            text::count_of(n_settled),
            text::count_of(data.queue.len())
        ),
    );
    let (rail, _) = widgets::words::row(ui, 3.0, Sense::hover());
    progress_bar(
        ui.painter(),
        rail,
        Some(n_settled as f32 / data.queue.len().max(1) as f32),
        &p,
        0.0,
    );
    ui.add_space(4.0);
    tools_ui(ui, cx, state, data);
    match state.form {
        Form::Closed => {}
        Form::Filter => filter_ui(ui, cx, state, data),
        Form::Rule(_) => rule_ui(ui, cx, state, data),
    }
    let places = state.places().to_vec();
    if places.is_empty() {
        let words = match state.tab {
            Tab::Disputed => "Reviewers differ on no edge of this nation.",
            _ => "No flagged edge passes the filter.",
        };
        caption(ui, words);
        return;
    }
    heads_ui(ui, state);
    let n_rows = places.len().min(N_QUEUE_ROWS);
    let mut chosen = None;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        egui::ScrollArea::vertical()
            .id_salt(("queue", data.nation))
            .max_height(QUEUE_ROW * n_rows as f32)
            .auto_shrink([false, true])
            .show_rows(ui, QUEUE_ROW, places.len(), |ui, range| {
                let reader = state.reader(cx);
                for idx in range.filter_map(|place| places.get(place).copied()) {
                    let Some(item) = data.queue.get(idx) else {
                        continue;
                    };
                    let selected = Some(item.edge) == state.edge;
                    let issue = data.issues.get(item.issue_idx as usize);
                    let proposition = issue.map_or("", |i| i.proposition.as_str());
                    let (rect, response) = link_row(
                        ui,
                        QUEUE_ROW,
                        &format!("Flagged edge {} {proposition}", idx + 1),
                        selected,
                    );
                    let row = Row {
                        words: proposition,
                        verdict: reader.verdict(item),
                        settled: reader.is_settled(item),
                        selected,
                        order: state.order,
                    };
                    row.paint(ui, rect, item, &p);
                    if response.clicked() {
                        chosen = Some(idx);
                    }
                }
            });
    });
    if let Some(idx) = chosen {
        state.revisit(cx, data, idx);
    }
}

/// Names the numbers of the rows below.
fn heads_ui(ui: &mut Ui, state: &ConflictsState) {
    let p = Palette::of(ui);
    let (rect, _) = widgets::words::row(ui, 18.0, Sense::hover());
    let font = theme::regular(theme::CAPTION);
    let value = match state.order {
        Order::Priority => "priority",
        Order::LeastConfident => "confidence",
    };
    let at = cell(
        ui.painter(),
        rect,
        Align2::RIGHT_CENTER,
        value,
        font.clone(),
        p.secondary,
    );
    let right = (rect.right() - 46.0).min(at.left() - 10.0);
    let left = Rect::from_min_max(rect.min, pos2(right, rect.bottom()));
    cell(
        ui.painter(),
        left,
        Align2::RIGHT_CENTER,
        "cycles",
        font,
        p.secondary,
    );
}

/// Draws what narrows and orders the queue.
fn tools_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ConflictsState, data: &ConflictData) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(2.0, 2.0);
        let words = if state.filter.is_empty() {
            "filter".to_owned()
        } else {
            format!(
                "{} of {} pass",
                text::count_of(state.places().len()),
                text::count_of(data.queue.len())
            )
        };
        if widgets::action_small(ui, &words, "Filter the queue", Some("Q")).clicked() {
            state.toggle_filter(cx);
        }
        if state.tab == Tab::Review {
            let name = "Decide many edges by a rule";
            if widgets::action_small(ui, "rule", name, Some("P")).clicked() {
                state.toggle_rule(cx);
            }
            let words = if state.how.doubles {
                "all, also decided by others"
            } else {
                "only undecided"
            };
            let name = "Also review what others have decided";
            if widgets::action_small(ui, words, name, Some("J")).clicked() {
                state.how.doubles = !state.how.doubles;
            }
        }
        let words = match state.order {
            Order::Priority => "by priority",
            Order::LeastConfident => "least confident first",
        };
        let name = "Highest priority or least confident first";
        if widgets::action_small(ui, words, name, Some("Y")).clicked() {
            state.order = state.order.next();
        }
    });
}

/// A row of the queue.
struct Row<'a> {
    words: &'a str,
    verdict: Option<Verdict>,
    settled: bool,
    selected: bool,
    order: Order,
}

impl Row<'_> {
    fn paint(&self, ui: &Ui, rect: Rect, item: &QueueItem, p: &Palette) {
        let painter = ui.painter();
        let ink = if self.settled { p.secondary } else { p.ink };
        let sign = Rect::from_min_size(rect.min, vec2(16.0, rect.height()));
        let mut signed = true;
        match self.verdict {
            Some(Verdict::Keep) => icon(painter, sign, Icon::Check, p.secondary),
            Some(Verdict::Remove) => icon(painter, sign, Icon::Cross, p.warning),
            Some(Verdict::NotSure) => {
                let font = theme::strong(theme::BODY);
                cell(painter, sign, Align2::CENTER_CENTER, "?", font, p.secondary);
            }
            // Decided by others: that it is so is no secret, what it is stays one.
            _ if self.settled => {
                painter.circle_filled(sign.center(), 3.0, p.faint);
            }
            _ if matches!(item.standing, Standing::Disputed { .. }) => {
                let font = theme::strong(theme::BODY);
                cell(painter, sign, Align2::CENTER_CENTER, "≠", font, p.warning);
            }
            _ => signed = false,
        }
        let value = Rect::from_min_max(pos2(rect.right() - 40.0, rect.top()), rect.max);
        let number = match self.order {
            Order::Priority => format!("{:.1}", item.priority),
            Order::LeastConfident => text::share(item.b.confidence),
        };
        let font = theme::regular(theme::BODY);
        cell(painter, value, Align2::RIGHT_CENTER, &number, font, ink);
        let cycles = Rect::from_min_max(
            pos2(rect.right() - 110.0, rect.top()),
            pos2(rect.right() - 46.0, rect.bottom()),
        );
        let n = text::count(item.n_cycles);
        let font = theme::regular(theme::BODY);
        let n_at = cell(painter, cycles, Align2::RIGHT_CENTER, &n, font, p.secondary);
        let left = if signed {
            sign.right() + 4.0
        } else {
            rect.left()
        };
        let name = Rect::from_min_max(
            pos2(left, rect.top()),
            pos2(n_at.left() - 8.0, rect.bottom()),
        );
        let font = if self.selected {
            theme::strong(theme::BODY)
        } else {
            theme::regular(theme::BODY)
        };
        cell(painter, name, Align2::LEFT_CENTER, self.words, font, ink);
    }
}

fn round_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &ConflictsState, data: &ConflictData) {
    let review = &cx.input.snapshot.review;
    if review.n_flags == 0 {
        return;
    }
    let waiting = n_waiting(state, cx);
    let idle = waiting.is_some();
    ui.add_space(10.0);
    if waiting == Some(0) {
        let words = format!("Close round {}", data.round + 1);
        let idle = closable(state, cx);
        if widgets::action(ui, &words, Some("Ctrl Enter"), Look::Primary, idle).clicked() {
            cx.send(Command::CloseRound);
        }
        caption(
            ui,
            "Applies the verdicts, recomputes stances and flags again.",
        );
        return;
    }
    if review.n_disputed > 0 && review.n_open == 0 {
        caption(
            ui,
            &format!(
                "Reviewers differ on {}; an adjudication in Disagreements settles each.",
                text::counted(review.n_disputed, "edge", "edges")
            ),
        );
        return;
    }
    ui.horizontal_wrapped(|ui| {
        for (words, name, all_rounds) in [
            (
                "Accept this round",
                "Accept the machine's proposals of this round",
                false,
            ),
            (
                "All rounds",
                "Accept the machine's proposals of all rounds",
                true,
            ),
        ] {
            let button = widgets::action_named(ui, words, name, None, Look::Plain, idle);
            if button.clicked() {
                cx.send(Command::AcceptProposals { all_rounds });
            }
        }
    });
    caption(
        ui,
        &format!(
            "takes the machine's proposals for the {} without a verdict, in all nations",
            text::counted(review.n_open, "edge", "edges")
        ),
    );
}

/// Writes a line that begins with something strong.
pub(super) fn strong_line(ui: &mut Ui, strong: &str, words: &str) {
    let p = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let font = theme::strong(theme::BODY);
        ui.label(egui::RichText::new(strong).font(font).color(p.ink));
        ui.label(egui::RichText::new(words).color(p.ink));
    });
}

fn preview_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    state: &ConflictsState,
    data: &ConflictData,
    item: &QueueItem,
) {
    let p = Palette::of(ui);
    section(ui, "If removed");
    let Some(look) = look(cx, item) else {
        caption(ui, "counting the cycles …");
        return;
    };
    let preview = &look.preview;
    let (n_removed, n_first) = preview.removed_of;
    let hides_others = state.hides_others(cx, data);
    if preview.has_left && !hides_others {
        strong_line(
            ui,
            "Gone already",
            &format!(
                "with its statement: {} of its {} are removed by the verdicts given so far.",
                text::count_of(n_removed.saturating_sub(1)),
                text::counted(n_first, "conflict edge", "conflict edges")
            ),
        );
        caption(
            ui,
            "A verdict is still asked for; it counts if others are taken back.",
        );
        return;
    }
    let n_cycles = preview.n_cycles_broken + preview.n_cycles_left;
    let at_least = if preview.capped { "at least " } else { "" };
    if n_cycles == 0 {
        strong_line(
            ui,
            "no",
            "conflict cycle runs through it any more: earlier verdicts broke them",
        );
    } else if preview.n_cycles_broken == 0 {
        strong_line(
            ui,
            &text::count(n_cycles),
            "conflict cycles remain: another edge links the same two documents",
        );
    } else {
        strong_line(
            ui,
            &format!("{at_least}{}", text::count(preview.n_cycles_broken)),
            &format!(
                "of its {} conflict cycles break, {} remain",
                text::count(n_cycles),
                text::count(preview.n_cycles_left)
            ),
        );
    }
    let (broken, left) = preview.of_graph;
    caption(
        ui,
        &format!(
            "in the whole graph {at_least}{} break, {} remain",
            text::count(broken),
            text::count(left)
        ),
    );
    // What was removed so far, others may have removed.
    let so_far = (!hides_others).then(|| {
        format!(
            "{n_removed} of its {} removed",
            text::counted(n_first, "conflict edge", "conflict edges")
        )
    });
    if preview.dropped.is_empty() {
        let why = so_far.map_or_else(String::new, |so_far| format!(": {so_far} by then"));
        caption(ui, &format!("no statement is dropped{why}"));
    } else {
        let why = so_far.map_or_else(String::new, |so_far| format!(": {so_far}"));
        let words = format!("the deviating statement is dropped{why}");
        ui.label(egui::RichText::new(words).color(p.ink));
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(egui::RichText::new("dominant stance").color(p.ink));
        let change = format!(
            "{} to {}",
            text::signed(preview.dominant_before),
            text::signed(preview.dominant_after)
        );
        let font = theme::strong(theme::BODY);
        ui.label(egui::RichText::new(change).font(font).color(p.ink));
        ui.label(
            egui::RichText::new(dominant_words(
                preview.dominant_after,
                preview.contested_after,
            ))
            .color(p.secondary),
        );
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

fn decided_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ConflictsState, data: &ConflictData) {
    section(ui, "Decided lately");
    if data.decisions.is_empty() && state.pending.is_empty() {
        caption(
            ui,
            "Nothing yet. K keeps, R removes, U is not sure, S skips.",
        );
        return;
    }
    // What others said is theirs until the reviewer has spoken too.
    let blind = state.is_blind();
    let me = cx.input.reviewer;
    let own = |d: &&DecisionRow| !blind || d.reviewer == me || d.round <= data.round;
    let mut rows = data.decisions.iter().filter(own).take(4).peekable();
    if rows.peek().is_none() && state.pending.is_empty() {
        caption(
            ui,
            "Others decided last; what they said shows after your verdict.",
        );
    }
    for decision in rows {
        decision_row(ui, cx, decision);
    }
    let undo = "Undo the last verdict";
    if state.undoable(cx).is_some()
        && widgets::action_small(ui, "takes the last one back", undo, Some("Ctrl Z")).clicked()
    {
        state.undo(cx);
    }
}

fn decision_row(ui: &mut Ui, cx: &Cx<'_>, decision: &DecisionRow) {
    let p = Palette::of(ui);
    let (rect, response) = widgets::words::row(ui, 22.0, Sense::hover());
    let word = match decision.verdict {
        Verdict::Keep => "Kept",
        Verdict::Remove => "Removed",
        Verdict::NotSure => "Not sure",
        Verdict::Undo => "Taken back",
    };
    let spent = decision.spent_ms.map(text::duration_ms);
    let when = spent.unwrap_or_else(|| text::ago(decision.at_ms, cx.input.now_ms));
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
    let mut said = vec![
        format!(
            "{} in round {}",
            verdict_word(decision.verdict),
            decision.round
        ),
        text::ago(decision.at_ms, cx.input.now_ms),
    ];
    if decision.adjudicates {
        said.push("adjudication".to_owned());
    }
    if !decision.note.is_empty() {
        said.push(decision.note.clone());
    }
    response.on_hover_text(text::dotted(said.iter().map(String::as_str)));
}

fn reviewer_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ConflictsState) {
    section(ui, "Reviewer");
    let name = state
        .reviewer
        .get_or_insert_with(|| cx.input.reviewer.to_owned());
    let width = ui.available_width();
    let response = widgets::field(ui, name, "Reviewer", "Your name", width);
    if response.lost_focus() && name.trim() != cx.input.reviewer {
        let name = name.trim().to_owned();
        cx.send(Command::SetReviewer(name));
    }
    if state.wants_field == Some(Field::Reviewer) {
        response.scroll_to_me(None);
    }
    state.focus_if_wanted(Field::Reviewer, &response);
}
