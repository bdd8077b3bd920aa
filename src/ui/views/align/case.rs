//! Draws one question before and after: answers side by side with what changed, or perplexities.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat};
use egui::{
    Align2, Color32, CornerRadius, Galley, Painter, Rect, Sense, StrokeKind, Ui, UiBuilder, pos2,
    vec2,
};

use super::derive::{case_at, shown_cases};
use super::state::{AlignState, CHANGES};
use crate::base::sentences::Span;
use crate::snapshot::model::alignment::{AlignmentComparison, CaseAnswer, CaseRow, Change};
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::widgets::passage::{Marked, passage};
use crate::ui::widgets::{self, caption, cell, chip, mark, section, wrapped};
use crate::ui::{Cx, text};

/// Space between the card's edge and its words.
const PAD: f32 = 16.0;

/// Draws the chosen case with its neighbors at hand.
pub(super) fn case_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    state: &mut AlignState,
    shown: &AlignmentComparison,
) {
    if shown.cases.is_empty() {
        return;
    }
    let cases = shown_cases(shown, state.change, |n| cx.shared.shows(n));
    let at = case_at(shown, &cases, state.case);
    let head = "One question, before and after";
    if ui.available_width() > 700.0 {
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let p = Palette::of(ui);
            let words = egui::RichText::new(head).font(theme::strong(theme::CAPTION));
            ui.label(words.color(p.secondary));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                steps_ui(ui, cx, state, shown, (at, cases.len()), true);
                ui.add_space(8.0);
                changes_ui(ui, cx, state, shown, true);
            });
        });
    } else {
        section(ui, head);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
            changes_ui(ui, cx, state, shown, false);
            steps_ui(ui, cx, state, shown, (at, cases.len()), false);
        });
    }
    ui.add_space(4.0);
    match cases.get(at).and_then(|&i| shown.cases.get(i)) {
        Some(case) => card_ui(ui, case),
        None => {
            caption(
                ui,
                "No item of the nations that the filter shows changed so.",
            );
        }
    }
}

/// Draws the chips of what happened; `backward` where they are laid out from right to left.
fn changes_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    state: &mut AlignState,
    shown: &AlignmentComparison,
    backward: bool,
) {
    let mut all = CHANGES;
    if backward {
        all.reverse();
    }
    for (words, change) in all {
        let n = shown_cases(shown, change, |n| cx.shared.shows(n)).len();
        let label = format!("{words} {}", text::count_of(n));
        let name = format!("Show cases: {}", words.to_lowercase());
        if chip(ui, &label, &name, None, state.change == change, None).clicked() {
            state.change = change;
        }
    }
}

/// Draws the way to the neighbors; `backward` where it is laid out from right to left.
fn steps_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    state: &mut AlignState,
    shown: &AlignmentComparison,
    (at, n_cases): (usize, usize),
    backward: bool,
) {
    let words = if n_cases == 0 {
        "none".to_owned()
    } else {
        format!("{} of {}", text::count_of(at + 1), text::count_of(n_cases))
    };
    if backward {
        caption(ui, &words);
    }
    let mut both = [("Previous", "P", -1), ("Next", "N", 1)];
    if backward {
        both.reverse();
    }
    for (words, key, by) in both {
        let name = format!("{words} case");
        if widgets::action_small(ui, words, &name, Some(key)).clicked() {
            state.step_case(cx, shown, by);
        }
    }
    if !backward {
        caption(ui, &words);
    }
}

fn card_ui(ui: &mut Ui, case: &CaseRow) {
    let p = Palette::of(ui);
    let width = ui.available_width();
    let inner = width - 2.0 * PAD;
    let painter = ui.painter().clone();
    let body = theme::regular(theme::BODY);
    let question = wrapped(
        &painter,
        &case.question,
        theme::strong(15.0),
        p.ink,
        inner,
        4,
    );
    let side_by_side = inner > 460.0;
    let column = if side_by_side {
        0.5 * (inner - 24.0)
    } else {
        inner
    };
    let sides: Vec<Side> = [
        ("before", &case.before, p.warning),
        ("after", &case.after, p.good),
    ]
    .into_iter()
    .map(|(name, answer, tint)| Side::lay_out(&painter, name, answer, tint, column, &p))
    .collect();
    let references: Vec<Arc<Galley>> = [("S", &case.statement_text), ("RS", &case.reverse)]
        .into_iter()
        .map(|(name, words)| {
            let line = format!("{name}  {words}");
            wrapped(
                &painter,
                &line,
                theme::regular(12.0),
                p.secondary,
                column,
                4,
            )
        })
        .collect();
    let stack = |heights: Vec<f32>| -> f32 {
        if side_by_side {
            heights.into_iter().fold(0.0, f32::max)
        } else {
            heights.iter().sum::<f32>() + 12.0 * heights.len().saturating_sub(1) as f32
        }
    };
    let sides_height = stack(sides.iter().map(Side::height).collect());
    let references_height = stack(references.iter().map(|g| g.size().y).collect());
    let height =
        PAD + 20.0 + 4.0 + question.size().y + 12.0 + sides_height + 12.0 + references_height + PAD;
    let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    painter.rect(
        rect,
        CornerRadius::same(theme::CORNER + 2),
        p.panel,
        p.hair(),
        StrokeKind::Inside,
    );
    let mut y = rect.top() + PAD;
    let left = rect.left() + PAD;
    let line = Rect::from_min_size(pos2(left, y), vec2(inner, 20.0));
    mark(
        &painter,
        pos2(left + 5.0, line.center().y),
        Mark::of(case.nation),
        p.nation(case.nation),
        5.0,
    );
    let words = text::dotted([
        format!("Q {}", case.statement).as_str(),
        if case.topic.is_empty() { "" } else { "topic" },
    ]);
    let words = if case.topic.is_empty() {
        words
    } else {
        format!("{words} {}", case.topic)
    };
    let rest = Rect::from_min_max(pos2(left + 18.0, line.top()), line.max);
    cell(
        &painter,
        rest,
        Align2::LEFT_CENTER,
        &words,
        body,
        p.secondary,
    );
    let (words, ink) = match case.change {
        Change::Improved => ("improved", p.good),
        Change::Worsened => ("worsened", p.warning),
    };
    cell(
        &painter,
        line,
        Align2::RIGHT_CENTER,
        words,
        theme::strong(12.0),
        ink,
    );
    y += 24.0;
    let question_height = question.size().y;
    painter.galley(pos2(left, y), question, p.ink);
    y += question_height + 12.0;
    let mut x = left;
    let top = y;
    for side in &sides {
        side.draw(&painter, pos2(x, y), &p);
        if side_by_side {
            x += column + 24.0;
        } else {
            y += side.height() + 12.0;
        }
    }
    y = top + sides_height + 12.0;
    x = left;
    for galley in references {
        let step = galley.size().y + 12.0;
        painter.galley(pos2(x, y), galley, p.secondary);
        if side_by_side {
            x += column + 24.0;
        } else {
            y += step;
        }
    }
    // The card is drawn as a whole; its words are there for readers of the screen as well.
    let builder = UiBuilder::new()
        .max_rect(rect)
        .id_salt("case words")
        .sense(Sense::hover());
    let response = ui.new_child(builder).response();
    let words = format!(
        "{} Before: {}. After: {}.",
        case.question, case.before.verdict, case.after.verdict
    );
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
}

/// One of the two states, laid out.
struct Side {
    head: Arc<Galley>,
    lines: Vec<Arc<Galley>>,
    ink: Color32,
}

impl Side {
    fn lay_out(
        painter: &Painter,
        name: &str,
        answer: &CaseAnswer,
        tint: Color32,
        width: f32,
        p: &Palette,
    ) -> Self {
        let ink = if answer.right { p.good } else { p.warning };
        let head = text::dotted([name, answer.verdict.as_str()]);
        let small = theme::regular(12.0);
        let head = wrapped(painter, &head, small, ink, width, 2);
        let mut lines = Vec::new();
        if let Some(words) = &answer.answer {
            let marks: Vec<Marked> = answer
                .changed
                .iter()
                .map(|&(start, end)| Marked {
                    span: Span { start, end },
                    ground: p.highlight(tint),
                    ink: p.ink,
                })
                .collect();
            lines.push(passage(
                painter,
                words,
                &theme::regular(theme::BODY),
                p.ink,
                &marks,
                width,
                12,
            ));
        }
        if let Some((s, rs)) = answer.perplexities {
            lines.push(perplexities(painter, s, rs, p));
        }
        Self { head, lines, ink }
    }

    fn height(&self) -> f32 {
        self.head.size().y + self.lines.iter().map(|g| g.size().y + 4.0).sum::<f32>()
    }

    fn draw(&self, painter: &Painter, at: egui::Pos2, p: &Palette) {
        painter.galley(at, Arc::clone(&self.head), self.ink);
        let mut y = at.y + self.head.size().y + 4.0;
        for line in &self.lines {
            painter.galley(pos2(at.x, y), Arc::clone(line), p.ink);
            y += line.size().y + 4.0;
        }
    }
}

/// Lays both perplexities out; the one that the model prefers is strong.
fn perplexities(painter: &Painter, s: f64, rs: f64, p: &Palette) -> Arc<Galley> {
    let mut job = LayoutJob::default();
    let mut add = |words: &str, font, ink| {
        job.append(words, 0.0, TextFormat::simple(font, ink));
    };
    let body = || theme::regular(theme::BODY);
    add("perplexity", body(), p.secondary);
    for (name, value, preferred) in [("S", s, s < rs), ("RS", rs, rs < s)] {
        add(&format!("   {name} "), body(), p.secondary);
        let font = if preferred {
            theme::strong(theme::BODY)
        } else {
            body()
        };
        add(&text::perplexity(value), font, p.ink);
    }
    painter.layout_job(job)
}
