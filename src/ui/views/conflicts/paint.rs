//! Draws the conflict view: the proposition, both statements with their passages, the graph, the verdicts.

use std::sync::Arc;

use egui::{
    Align2, CornerRadius, Rect, Role, Sense, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::derive::{dominant_words, n_decided};
use super::graph::{GraphAnswer, GraphAsk, graph_ui};
use super::lists;
use super::state::{ConflictsState, Field, Tab, conflicts_of, shown};
use crate::domain::conflict::Verdict;
use crate::domain::statement::StatementSet;
use crate::snapshot::model::conflicts::{ConflictData, QueueItem, StatementCard};
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::views::nothing_yet::nothing_yet_ui;
use crate::ui::widgets::passage::{Marked, passage};
use crate::ui::widgets::{self, Look, caption, cell, chip, mark, title, wrapped};
use crate::ui::{Cx, text};

/// Draws the conflict view.
pub fn ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ConflictsState) {
    let Some(data) = state.data(cx) else {
        nothing_yet_ui(
            ui,
            cx,
            "No conflict graph yet",
            "The graph joins statements that share an issue, a topic, a place or a speaker. It needs the stages before it.",
            "Import documents first; their statements make the graph.",
        );
        return;
    };
    state.follow(&data);
    let margin = egui::Margin {
        left: 24,
        right: 24,
        top: 12,
        bottom: 12,
    };
    egui::Frame::NONE.inner_margin(margin).show(ui, |ui| {
        tabs_ui(ui, cx, state, &data);
        ui.add_space(8.0);
        match state.tab {
            Tab::Review => review_ui(ui, cx, state, &data),
            Tab::Contested => lists::contested_ui(ui, &data),
            Tab::Minority => lists::minority_ui(ui, cx, &data),
            Tab::Within => lists::within_ui(ui, cx, &data),
            Tab::Rounds => lists::rounds_ui(ui, &data),
        }
    });
}

fn tabs_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ConflictsState, data: &ConflictData) {
    let p = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        for other in shown(cx) {
            let n_open = other.queue.len() - n_decided(&other.queue, &state.pending);
            let words = if n_open > 0 {
                format!("{} {n_open}", other.nation)
            } else {
                other.nation.to_string()
            };
            let on = other.nation == data.nation;
            let sign = Some((Mark::of(other.nation), p.nation(other.nation)));
            if chip(ui, &words, &conflicts_of(other.nation), sign, on, None).clicked() {
                state.nation = Some(other.nation);
            }
        }
        ui.add_space(14.0);
        let n_contested = data.issues.iter().filter(|i| i.contested).count();
        for (tab, words) in Tab::ALL {
            let n = match tab {
                Tab::Review => data.queue.len(),
                Tab::Contested => n_contested,
                Tab::Minority => data.minority.len(),
                Tab::Within => data.self_contradictions.len(),
                Tab::Rounds => data.rounds.len(),
            };
            let label = format!("{words} {}", text::count_of(n));
            if chip(ui, &label, words, None, state.tab == tab, None).clicked() {
                state.tab = tab;
            }
        }
    });
}

fn review_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ConflictsState, data: &Arc<ConflictData>) {
    let found = state.item(data).map(|(i, q)| (i, q.clone()));
    match &found {
        Some((idx, item)) => head_ui(ui, data, *idx, item),
        None => nothing_flagged_ui(ui, cx, data),
    }
    let rest = ui.available_rect_before_wrap();
    let buttons_height = 44.0;
    let mut top = rest.top();
    if let Some((_, item)) = &found {
        let gap = 16.0;
        let width = 0.5 * (rest.width() - gap);
        let wanted = card_height(ui, &item.a, width).max(card_height(ui, &item.b, width));
        let height = wanted.min((0.36 * rest.height()).max(116.0));
        let left = Rect::from_min_size(pos2(rest.left(), top + 6.0), vec2(width, height));
        card_ui(ui, cx, &item.a, left, false);
        card_ui(
            ui,
            cx,
            &item.b,
            left.translate(vec2(width + gap, 0.0)),
            true,
        );
        top = left.bottom() + 8.0;
    }
    let bottom = rest.bottom() - if found.is_some() { buttons_height } else { 0.0 };
    let view = Rect::from_min_max(pos2(rest.left(), top), pos2(rest.right(), bottom));
    if view.height() > 40.0 {
        let item = found.as_ref().map(|(_, item)| item);
        let cycle = item.map_or(Vec::new(), |q| state.cycle(q).to_vec());
        let ask = GraphAsk {
            data,
            item,
            cycle: &cycle,
            cycle_idx: state.cycle_idx,
            issue: item.map(|q| q.issue_idx),
            shown_round: None,
        };
        match graph_ui(ui, cx, &mut state.graph, &ask, view) {
            Some(GraphAnswer::Item(idx)) => state.revisit(data, idx),
            Some(GraphAnswer::NextCycle) => {
                state.cycle_idx += 1;
                state.graph.look_at_cycle();
            }
            Some(GraphAnswer::Doc(_)) | None => {}
        }
    }
    if let Some((_, item)) = &found {
        let area = Rect::from_min_max(pos2(rest.left(), bottom + 6.0), rest.max);
        let mut child = ui.new_child(UiBuilder::new().max_rect(area).id_salt("verdicts"));
        verdicts_ui(&mut child, cx, state, data, item);
    }
}

fn head_ui(ui: &mut Ui, data: &ConflictData, idx: usize, item: &QueueItem) {
    let Some(issue) = data.issues.get(item.issue_idx as usize) else {
        return;
    };
    title(ui, &issue.proposition);
    caption(
        ui,
        &text::dotted([
            data.nation.code(),
            format!(
                "{} in {}",
                text::counted(issue.n_statements, "statement", "statements"),
                text::counted(issue.n_docs, "document", "documents")
            )
            .as_str(),
            format!(
                "dominant stance {}, {}",
                text::signed(issue.dominant),
                dominant_words(issue.dominant)
            )
            .as_str(),
            format!("flagged edge {} of {}", idx + 1, data.queue.len()).as_str(),
        ]),
    );
}

fn nothing_flagged_ui(ui: &mut Ui, cx: &mut Cx<'_>, data: &ConflictData) {
    title(ui, &format!("Nothing is flagged in {}", data.nation.name()));
    let n_open: usize = cx
        .input
        .snapshot
        .conflicts
        .iter()
        .map(|d| d.queue.iter().filter(|q| q.verdict.is_none()).count())
        .sum();
    let words = if data.round >= data.n_rounds {
        format!("all {} rounds are done", data.n_rounds)
    } else if data.round > 0 {
        format!(
            "round {} left nothing to flag: reduction is done",
            data.round
        )
    } else {
        "no conflict edge lies on a cycle and deviates from a dominant stance".to_owned()
    };
    let more = if n_open > 0 {
        "other nations still wait for a verdict"
    } else {
        "every nation is through"
    };
    caption(
        ui,
        &text::dotted([
            words.as_str(),
            format!(
                "{} conflict edges stay in the graph",
                text::count_of(data.n_conflict_edges)
            )
            .as_str(),
            more,
        ]),
    );
}

fn voice(card: &StatementCard) -> String {
    match (&card.speaker, card.set) {
        (Some(speaker), _) => speaker.name.clone(),
        (None, StatementSet::Official) => "the outlet's own voice".to_owned(),
        (None, _) => "nobody named".to_owned(),
    }
}

/// Returns the height at which a card shows all of its text, within reason.
fn card_height(ui: &Ui, card: &StatementCard, width: f32) -> f32 {
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

fn card_ui(ui: &mut Ui, cx: &mut Cx<'_>, card: &StatementCard, rect: Rect, deviates: bool) {
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
        let marks = [Marked {
            span: card.passage_in_context,
            ground: p.highlight(color),
            ink: p.ink,
        }];
        let galley = passage(
            &painter,
            &card.context,
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
    use crate::base::language::Language;
    let text = &card.text;
    match card.language {
        Language::De => format!("„{text}“"),
        Language::Fr => format!("« {text} »"),
        _ => format!("“{text}”"),
    }
}

fn verdicts_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut ConflictsState,
    data: &ConflictData,
    item: &QueueItem,
) {
    let p = Palette::of(ui);
    let given = state.verdict(item);
    let mut chosen = None;
    let mut skip = false;
    ui.horizontal(|ui| {
        for (verdict, words, key) in [
            (Verdict::Keep, "Keep", "K"),
            (Verdict::Remove, "Remove", "R"),
            (Verdict::NotSure, "Not sure", "U"),
        ] {
            let look = if given == Some(verdict) {
                Look::Primary
            } else {
                Look::Plain
            };
            if widgets::action(ui, words, Some(key), look, true).clicked() {
                chosen = Some(verdict);
            }
        }
        skip = widgets::action(ui, "Skip", Some("S"), Look::Plain, true).clicked();
        let width = (ui.available_width() - 230.0).min(280.0);
        if width > 90.0 {
            let response = ui
                .add(
                    egui::TextEdit::singleline(&mut state.note)
                        .hint_text(egui::RichText::new("Note").color(p.secondary))
                        .margin(egui::Margin::symmetric(8, 6))
                        .desired_width(width),
                )
                .accessible_name("Note");
            state.focus_if_wanted(Field::Note, &response);
        }
        if ui.available_width() < 190.0 {
            return;
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let shown = state.shows_proposal || given.is_some();
            let words = match item.proposal {
                _ if !shown => "machine's view hidden",
                Verdict::Keep => "machine: keep",
                Verdict::Remove => "machine: remove",
                Verdict::NotSure | Verdict::Undo => "machine: not sure",
            };
            if widgets::action_small(ui, words, "Show or hide the machine's proposal", Some("B"))
                .clicked()
            {
                state.shows_proposal = !state.shows_proposal;
            }
        });
    });
    if let Some(verdict) = chosen {
        state.decide(cx, data, verdict);
    } else if skip {
        state.skip(data);
    }
}
