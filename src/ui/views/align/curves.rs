//! Draws the curves of a training: rewards, loss, log-probability of the chosen answers.

use egui::{Color32, Ui, vec2};
use egui_plot::{GridMark, HoverPosition, Line, LineStyle, Plot, PlotPoints, Text};

use super::derive::{
    CurveChoice, NationChoice, choices, chosen_drift, drift_words, matching, mean_curve,
    round_step, seed_words, training_words,
};
use super::state::AlignState;
use crate::domain::alignment::TrainingStep;
use crate::snapshot::model::alignment::{AlignmentComparison, TrainingCurve, TrainingRow};
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::widgets::{caption, chip, section};
use crate::ui::{Cx, text};

const HEIGHT: f32 = 120.0;

/// A line of a plot.
struct Series {
    name: &'static str,
    color: Color32,
    points: Vec<[f64; 2]>,
}

/// Draws the curves of a training with what can be said of them.
pub(super) fn curves_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    state: &mut AlignState,
    training: &TrainingRow,
    shown: Option<&AlignmentComparison>,
) {
    let p = Palette::of(ui);
    let words = text::dotted([
        "Training",
        training.model.as_str(),
        format!("{} {}", training.variant.name(), training.variant.words()).as_str(),
        training_words(training).as_str(),
    ]);
    section(ui, &words);
    if training.curves.iter().all(|c| c.steps.is_empty()) {
        caption(ui, "No step has been taken yet.");
        return;
    }
    let (nations, seeds) = choices(training);
    if let NationChoice::One(n) = state.curves.nation
        && !nations.contains(&n)
    {
        state.curves.nation = NationChoice::All;
    }
    if state.curves.seed.is_some_and(|s| !seeds.contains(&s)) {
        state.curves.seed = None;
    }
    chips_ui(ui, cx, state, &nations, &seeds);
    ui.add_space(4.0);
    let curves = matching(training, state.curves);
    let series = |name, color, of: fn(&TrainingStep) -> f64| Series {
        name,
        color,
        points: mean_curve(&curves, of),
    };
    let rewards = vec![
        series("margin", p.ink, TrainingStep::margin),
        series("chosen", p.good, |s| s.reward_chosen),
        series("rejected", p.warning, |s| s.reward_rejected),
    ];
    let loss = vec![series("loss", p.ink, |s| s.loss_nats)];
    let logp = vec![
        series("chosen", p.good, |s| s.chosen_logp_nats),
        series("rejected", p.warning, |s| s.rejected_logp_nats),
    ];
    let width = ui.available_width();
    let gap = 24.0;
    if width > 720.0 {
        let first = (0.40 * (width - 2.0 * gap)).floor();
        let rest = (0.30 * (width - 2.0 * gap)).floor();
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            plot_ui(ui, "rewards", "rewards, by optimizer step", rewards, first);
            plot_ui(ui, "loss", "loss, nats", loss, rest);
            plot_ui(ui, "logp", "ln π of the answers, nats", logp, rest);
        });
    } else {
        plot_ui(ui, "rewards", "rewards, by optimizer step", rewards, width);
        let half = (0.5 * (width - gap)).floor();
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            plot_ui(ui, "loss", "loss, nats", loss, half);
            plot_ui(ui, "logp", "ln π of the answers, nats", logp, half);
        });
    }
    ui.add_space(4.0);
    notes_ui(ui, training, &curves, shown);
}

fn notes_ui(
    ui: &mut Ui,
    training: &TrainingRow,
    curves: &[&TrainingCurve],
    shown: Option<&AlignmentComparison>,
) {
    let n_last = curves.iter().map(|c| c.steps.len()).max().unwrap_or(0);
    let n_whole = curves.iter().filter(|c| c.steps.len() == n_last).count();
    let mean = if curves.len() < 2 {
        String::new()
    } else if n_whole == curves.len() {
        format!("Mean of {} adapters.", curves.len())
    } else {
        format!(
            "Mean of the adapters that reached a step: {} at the first, {n_whole} at the last.",
            curves.len()
        )
    };
    let drift = chosen_drift(curves).map_or(String::new(), drift_words);
    let sentence = [mean, drift].join(" ");
    caption(ui, sentence.trim());
    if !training.settings.is_empty() {
        caption(ui, &training.settings);
    }
    if let Some(shown) = shown.filter(|c| c.seed_differences.len() > 1) {
        caption(
            ui,
            &format!("A2 − A1, {}", seed_words(&shown.seed_differences)),
        );
    }
}

fn chips_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    state: &mut AlignState,
    nations: &[Option<crate::domain::corpus::Nation>],
    seeds: &[u64],
) {
    if nations.len() < 2 && seeds.len() < 2 {
        return;
    }
    let p = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        let all = state.curves == CurveChoice::default();
        if chip(ui, "Mean", "Curves: mean of all adapters", None, all, None).clicked() {
            state.curves = CurveChoice::default();
        }
        if nations.len() > 1 {
            ui.add_space(8.0);
            for &nation in nations {
                let on = state.curves.nation == NationChoice::One(nation);
                let (words, name, sign) = match nation {
                    Some(n) => {
                        let color = if cx.shared.shows(n) {
                            p.nation(n)
                        } else {
                            p.faint
                        };
                        (
                            n.code().to_owned(),
                            n.name().to_owned(),
                            Some((Mark::of(n), color)),
                        )
                    }
                    None => ("pooled".to_owned(), "all pooled".to_owned(), None),
                };
                if chip(ui, &words, &format!("Curves of {name}"), sign, on, None).clicked() {
                    state.curves.nation = if on {
                        NationChoice::All
                    } else {
                        NationChoice::One(nation)
                    };
                }
            }
        }
        if seeds.len() > 1 {
            ui.add_space(8.0);
            for &seed in seeds {
                let on = state.curves.seed == Some(seed);
                let words = format!("seed {seed}");
                if chip(ui, &words, &format!("Curves of {words}"), None, on, None).clicked() {
                    state.curves.seed = if on { None } else { Some(seed) };
                }
            }
        }
    });
}

/// Draws a small plot with its title above and the lines' names at their ends.
fn plot_ui(ui: &mut Ui, id: &str, head: &str, series: Vec<Series>, width: f32) {
    let p = Palette::of(ui);
    ui.vertical(|ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.label(
            egui::RichText::new(head)
                .font(theme::regular(theme::CAPTION))
                .color(p.secondary),
        );
        let last = series
            .iter()
            .filter_map(|s| s.points.last().map(|x| x[0]))
            .fold(1.0, f64::max);
        let labeled = series.len() > 1;
        // Names stand at the lines' ends; the axis takes its part of the width as well.
        let room = if labeled {
            1.0 + 60.0 / f64::from((width - 104.0).max(60.0))
        } else {
            1.02
        };
        let names: Vec<(&'static str, [f64; 2], Color32)> = series
            .iter()
            .filter_map(|s| Some((s.name, *s.points.last()?, s.color)))
            .collect();
        let low = series
            .iter()
            .flat_map(|s| &s.points)
            .map(|x| x[1])
            .fold(f64::INFINITY, f64::min);
        let high = series
            .iter()
            .flat_map(|s| &s.points)
            .map(|x| x[1])
            .fold(f64::NEG_INFINITY, f64::max);
        let pad = 0.08 * (high - low).max(1e-6);
        style_plot(ui, &p);
        let response = Plot::new(("training", id))
            .width(width)
            .height(HEIGHT)
            .allow_drag(false)
            .allow_zoom(false)
            .allow_scroll(false)
            .allow_boxed_zoom(false)
            .allow_axis_zoom_drag(false)
            .allow_double_click_reset(false)
            .show_background(false)
            .show_x(false)
            .show_y(false)
            .show_grid([false, true])
            .grid_color(p.hairline)
            .y_axis_min_width(32.0)
            .x_grid_spacer(move |_| marks(0.0, last, 4.0))
            .y_grid_spacer(move |_| marks(low - pad, high + pad, 5.0))
            .x_axis_formatter(|mark, _| {
                if mark.value < 0.5 {
                    String::new()
                } else {
                    format!("{:.0}", mark.value)
                }
            })
            .y_axis_formatter(|mark, _| axis_number(mark.value))
            .label_formatter(|at| match at {
                HoverPosition::NearDataPoint {
                    plot_name,
                    position,
                    ..
                } => Some(format!(
                    "{plot_name} {:.3}\nstep {:.0}",
                    position.y, position.x
                )),
                HoverPosition::Elsewhere { .. } => None,
            })
            .show(ui, |plot| {
                plot.set_plot_bounds_x(0.0..=last * room);
                plot.set_plot_bounds_y(low - pad..=high + pad);
                for s in series {
                    let line = Line::new(s.name, PlotPoints::from(s.points))
                        .color(s.color)
                        .width(if s.name == "margin" { 2.0 } else { 1.4 })
                        .style(LineStyle::Solid);
                    plot.line(line);
                }
                if labeled {
                    for (name, [x, y], color) in names {
                        let words = egui::RichText::new(name).font(theme::regular(theme::CAPTION));
                        let at = egui_plot::PlotPoint::new(x + 0.012 * last, y);
                        let text = Text::new(format!("{name} label"), at, words)
                            .color(color)
                            .anchor(egui::Align2::LEFT_CENTER)
                            .allow_hover(false);
                        plot.text(text);
                    }
                }
            });
        let words = format!("Curve of {head}");
        response
            .response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &words));
    });
}

/// Returns where numbers stand between two ends.
fn marks(low: f64, high: f64, n_at_most: f64) -> Vec<GridMark> {
    let step_size = round_step(high - low, n_at_most);
    let first = (low / step_size).ceil() as i64;
    let last = (high / step_size).floor() as i64;
    (first..=last)
        .map(|i| GridMark {
            value: i as f64 * step_size,
            step_size,
        })
        .collect()
}

fn axis_number(value: f64) -> String {
    let words = if value.abs() >= 9.95 {
        format!("{:.0}", value.abs())
    } else {
        format!("{:.1}", value.abs())
    };
    if value < 0.0 {
        format!("−{words}")
    } else {
        words
    }
}

/// Numbers at the axes are captions in the second voice.
fn style_plot(ui: &mut Ui, p: &Palette) {
    let style = ui.style_mut();
    style
        .text_styles
        .insert(egui::TextStyle::Body, theme::regular(theme::CAPTION));
    style.visuals.override_text_color = Some(p.secondary);
}
