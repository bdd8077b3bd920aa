//! Draws one pair at a time in large type, and three buttons: for the reviewer blind, for the adjudicator
//! with everyone's judgment.

use egui::{Align2, Rect, Sense, Ui, UiBuilder, pos2, vec2};

use super::derive::byline;
use super::state::{Field, OnShow, VerifyState, judge_as};
use crate::base::language::Language;
use crate::domain::verification::{Judgment, Role, SampleKind};
use crate::snapshot::model::verification::{PairCard, PairStatement, SampleData};
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::widgets::passage::{Marked, passage};
use crate::ui::widgets::{self, Look, caption, cell, chip, mark, progress_bar, title};
use crate::ui::{Cx, text};

/// Size of the claims: what is judged is read, not scanned.
const CLAIM: f32 = 19.0;

/// Size of the article around a claim.
const ARTICLE: f32 = 14.0;

/// Longest line in points: about ninety characters of a claim.
const MAX_WIDTH: f32 = 780.0;

/// Rows of the article shown at most.
const MAX_ROWS: usize = 9;

/// Room for the buttons.
const BUTTONS_HEIGHT: f32 = 48.0;

/// Draws the pairs of a reviewer.
pub(super) fn judge_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut VerifyState, data: &SampleData) {
    reviewers_ui(ui, cx, state, data);
    let Some(who) = state.reviewer(cx, data) else {
        title(ui, "Who judges at this window?");
        caption(
            ui,
            "Everyone judges alone: what the others say is not shown before all have finished.",
        );
        return;
    };
    let (n, n_judged) = state.progress(data, &who, Role::Reviewer);
    let Some(shown) = state.on_show(data, &who, Role::Reviewer) else {
        let head = if n == 0 {
            format!("No pair was dealt to {who}")
        } else {
            format!(
                "All {} of {who} are judged",
                text::counted(n, "pair", "pairs")
            )
        };
        title(ui, &head);
        caption(
            ui,
            "An arrow key brings pairs back; a new judgment replaces the old one and both stay in the record. Agreement tells rates.",
        );
        return;
    };
    progress_ui(ui, &shown, n, n_judged, &who);
    pair_ui(ui, cx, state, data, &shown, Role::Reviewer, &who);
}

/// Draws a chip for each reviewer; a single one needs none.
fn reviewers_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut VerifyState, data: &SampleData) {
    let all = &data.sample.plan.reviewers;
    if all.len() < 2 {
        return;
    }
    let now = state.reviewer(cx, data);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        for name in all {
            let on = now.as_deref() == Some(name);
            if chip(ui, name, &judge_as(name), None, on, None).clicked() {
                state.judge_as(name);
            }
        }
    });
    ui.add_space(6.0);
}

fn progress_ui(ui: &mut Ui, shown: &OnShow<'_>, n: usize, n_judged: usize, who: &str) {
    let p = Palette::of(ui);
    let nation = shown.card.item.nation;
    let words = text::dotted([
        nation.name(),
        format!("pair {} of {n}", shown.place + 1).as_str(),
        format!("{n_judged} judged").as_str(),
        format!("as {who}").as_str(),
    ]);
    let (row, response) = widgets::words::row(ui, 22.0, Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
    let painter = ui.painter();
    mark(
        painter,
        pos2(row.left() + 5.0, row.center().y),
        Mark::of(nation),
        p.nation(nation),
        4.5,
    );
    cell(
        painter,
        Rect::from_min_max(pos2(row.left() + 16.0, row.top()), row.max),
        Align2::LEFT_CENTER,
        &words,
        theme::regular(theme::BODY),
        p.secondary,
    );
    let (rail, response) = widgets::words::row(ui, 3.0, Sense::hover());
    response.widget_info(|| {
        let words = format!("{n_judged} of {n} pairs judged");
        egui::WidgetInfo::labeled(egui::Role::ProgressIndicator, true, words)
    });
    progress_bar(
        ui.painter(),
        rail,
        Some(n_judged as f32 / n.max(1) as f32),
        &p,
        0.0,
    );
    ui.add_space(12.0);
}

/// Draws a pair with its buttons at the bottom, where they stay from pair to pair.
fn pair_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut VerifyState,
    data: &SampleData,
    shown: &OnShow<'_>,
    role: Role,
    who: &str,
) {
    let card = shown.card;
    state.time(cx, card.item.id);
    let rest = ui.available_rect_before_wrap();
    let bottom = rest.bottom() - BUTTONS_HEIGHT;
    let text_area = Rect::from_min_max(rest.min, pos2(rest.right(), bottom - 8.0));
    let mut upper = ui.new_child(UiBuilder::new().max_rect(text_area).id_salt("pair"));
    egui::ScrollArea::vertical()
        .id_salt(("pair", card.item.id.0))
        .auto_shrink(false)
        .show(&mut upper, |ui| {
            ui.set_max_width((ui.available_width() - 14.0).min(MAX_WIDTH));
            statements_ui(ui, cx, data, card);
            if role == Role::Adjudicator {
                said_ui(ui, data, card);
            }
        });
    let area = Rect::from_min_max(pos2(rest.left(), bottom), rest.max);
    let mut lower = ui.new_child(UiBuilder::new().max_rect(area).id_salt("judgments"));
    let given = state.judgment(data, card.item.id, who, role);
    buttons_ui(&mut lower, cx, state, given);
}

fn statements_ui(ui: &mut Ui, cx: &mut Cx<'_>, data: &SampleData, card: &PairCard) {
    let (first, second) = match data.sample.plan.kind {
        SampleKind::Random => ("Verified statement", "Statement to judge"),
        SampleKind::Within => ("One statement", "The other"),
    };
    // Of two on one issue both articles count; the verified statement stands for itself.
    statement_ui(
        ui,
        cx,
        &card.anchor,
        first,
        data.sample.plan.kind == SampleKind::Within,
    );
    ui.add_space(10.0);
    let p = Palette::of(ui);
    let (line, _) = widgets::words::row(ui, 1.0, Sense::hover());
    ui.painter()
        .hline(line.x_range(), line.center().y, p.hair());
    ui.add_space(10.0);
    statement_ui(ui, cx, &card.other, second, true);
}

fn statement_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    statement: &PairStatement,
    head: &str,
    with_article: bool,
) {
    let p = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.label(
            egui::RichText::new(head)
                .font(theme::strong(theme::CAPTION))
                .color(p.secondary),
        );
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let name = format!("Open the document of “{}”", statement.text);
            if widgets::action_small(ui, "article", &name, None).clicked() {
                cx.select_doc(statement.doc);
            }
        });
    });
    ui.add_space(2.0);
    ui.add(
        egui::Label::new(
            egui::RichText::new(quoted(statement))
                .font(theme::strong(CLAIM))
                .color(p.ink),
        )
        .wrap(),
    );
    ui.add_space(2.0);
    caption(ui, &byline(statement));
    if with_article {
        ui.add_space(6.0);
        let marks = [Marked {
            span: statement.passage_in_context,
            ground: p.selected,
            ink: p.ink,
        }];
        let galley = passage(
            ui.painter(),
            &statement.context,
            &theme::regular(ARTICLE),
            p.secondary,
            &marks,
            ui.available_width(),
            MAX_ROWS,
        );
        ui.add(egui::Label::new(galley));
    }
}

/// Puts a claim into the quotation marks of its language.
fn quoted(statement: &PairStatement) -> String {
    let text = &statement.text;
    match statement.language {
        Language::De => format!("„{text}“"),
        Language::Fr => format!("« {text} »"),
        _ => format!("“{text}”"),
    }
}

fn buttons_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut VerifyState, given: Option<Judgment>) {
    let narrow = ui.available_width() < 560.0;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = if narrow { 4.0 } else { 8.0 };
        for (judgment, key) in Judgment::ALL.into_iter().zip(["A", "C", "U"]) {
            let look = if given == Some(judgment) {
                Look::Primary
            } else {
                Look::Plain
            };
            if widgets::action(ui, judgment.name(), Some(key), look, true).clicked() {
                state.judge(cx, judgment);
            }
        }
        let others = [
            ("Later", "Leave the pair for later", "S"),
            ("Undo", "Take the last judgment back", "Z"),
        ];
        let clicked = others.map(|(words, name, key)| {
            if narrow {
                return widgets::action_small(ui, words, name, Some(key)).clicked();
            }
            widgets::action_named(ui, words, name, Some(key), Look::Plain, true).clicked()
        });
        match clicked {
            [true, _] => state.skip(cx),
            [_, true] => state.undo(cx),
            [false, false] => {}
        }
        let width = (ui.available_width() - 8.0).min(300.0);
        if width > 90.0 {
            let note = widgets::field(ui, &mut state.note, "Note", "Note (W)", width);
            state.focus_if_wanted(Field::Note, &note);
        } else if state.wants_field == Some(Field::Note) {
            // No room for it: no key may be lost to it once there is.
            state.wants_field = None;
        }
    });
}

/// Draws the pairs that reviewers disagree on, with everyone's judgment.
pub(super) fn disagreements_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut VerifyState,
    data: &SampleData,
) {
    if !state.is_opened(data) {
        title(ui, "Not everyone has finished");
        let open: Vec<String> = data
            .progress
            .iter()
            .filter(|r| r.n_judged < r.n_dealt)
            .map(|r| format!("{} has {} to go", r.reviewer, r.n_dealt - r.n_judged))
            .collect();
        caption(ui, &format!("{}.", open.join(", ")));
        caption(
            ui,
            "Who sees the others’ judgments is no longer blind. Open them early only if that is meant.",
        );
        ui.add_space(8.0);
        let words = "Open the disagreements before all have finished";
        if widgets::action_named(ui, "Open them now", words, Some("O"), Look::Plain, true).clicked()
        {
            state.open_early(data);
        }
        return;
    }
    let who = state.adjudicator(cx);
    let (n, n_judged) = state.progress(data, &who, Role::Adjudicator);
    if n == 0 {
        title(ui, "No disagreement");
        caption(
            ui,
            if data.sample.plan.reviewers.len() < 2 {
                "One reviewer alone has nobody to disagree with."
            } else {
                "Everyone who judged the same pair said the same."
            },
        );
        return;
    }
    if who.is_empty() {
        title(ui, "Who adjudicates?");
        caption(
            ui,
            "The name stands beside each last word; the inspector has a field for it.",
        );
        return;
    }
    let Some(shown) = state.on_show(data, &who, Role::Adjudicator) else {
        title(
            ui,
            &format!(
                "All {} are settled",
                text::counted(n, "disagreement", "disagreements")
            ),
        );
        caption(
            ui,
            "An arrow key brings them back; a new last word replaces the old one and both stay in the record.",
        );
        return;
    };
    progress_ui(ui, &shown, n, n_judged, &who);
    pair_ui(ui, cx, state, data, &shown, Role::Adjudicator, &who);
}

/// Draws what each reviewer said of a pair.
fn said_ui(ui: &mut Ui, data: &SampleData, card: &PairCard) {
    let p = Palette::of(ui);
    widgets::section(ui, "What reviewers say");
    for judged in data.judgments.of_all(card.item.id) {
        let (row, response) = widgets::words::row(ui, 24.0, Sense::hover());
        let words = format!("{}: {}", judged.reviewer, judged.judgment.name());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
        let said = cell(
            ui.painter(),
            row,
            Align2::RIGHT_CENTER,
            judged.judgment.name(),
            theme::strong(theme::BODY),
            p.ink,
        );
        let name = Rect::from_min_max(row.min, pos2(said.left() - 12.0, row.bottom()));
        cell(
            ui.painter(),
            name,
            Align2::LEFT_CENTER,
            &judged.reviewer,
            theme::regular(theme::BODY),
            p.secondary,
        );
        if !judged.note.is_empty() {
            caption(ui, &format!("“{}”", judged.note));
        }
    }
    if let Some(last) = data.judgments.adjudicated(card.item.id) {
        caption(
            ui,
            &format!("{} decided: {}", last.reviewer, last.judgment.name()),
        );
    }
    if !card.proposition.is_empty() {
        caption(ui, &format!("On the issue “{}”", card.proposition));
    }
}
