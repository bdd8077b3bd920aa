//! Edges that reviewers differ on, put before an adjudicator with what everyone said, and how far the
//! reviewers agree.

use std::sync::Arc;

use egui::{Ui, vec2};

use super::derive::verdict_word;
use super::lists::list;
use super::paint::{head_ui, item_ui};
use super::state::ConflictsState;
use crate::domain::review::Vote;
use crate::snapshot::model::conflicts::{ConflictData, PairRow, QueueItem};
use crate::ui::theme::Palette;
use crate::ui::widgets::table::{Column, Width, header, lay_out, text_row};
use crate::ui::widgets::{caption, chip};
use crate::ui::{Cx, text};

/// Draws the disagreement on show, or how far reviewers agree where there is none.
pub(super) fn disagreements_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut ConflictsState,
    data: &Arc<ConflictData>,
) {
    let on_show = state.item(data).filter(|(i, _)| state.places().contains(i));
    let on_show = on_show.map(|(i, item)| (i, item.clone()));
    if on_show.is_some() {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
            for (on, words) in [(false, "Edges"), (true, "How far reviewers agree")] {
                if chip(ui, words, words, None, state.shows_agreement == on, None).clicked() {
                    state.shows_agreement = on;
                }
            }
        });
        ui.add_space(6.0);
    }
    match on_show {
        Some((idx, item)) if !state.shows_agreement => {
            head_ui(ui, state, data, idx, &item);
            said_ui(ui, &item);
            item_ui(ui, cx, state, data);
        }
        _ => agreement_ui(ui, cx, on_show.is_some()),
    }
}

/// Draws what everyone said about an edge.
fn said_ui(ui: &mut Ui, item: &QueueItem) {
    let p = Palette::of(ui);
    let line = |vote: &Vote, verb: &str| {
        let reason = if vote.note.is_empty() {
            String::new()
        } else {
            format!(": “{}”", vote.note)
        };
        format!(
            "{} {verb}{}{reason}",
            vote.reviewer,
            verdict_word(vote.verdict)
        )
    };
    let people = item.votes.people.iter().map(|v| line(v, "says "));
    let over = item
        .votes
        .adjudication
        .iter()
        .map(|v| line(v, "adjudicates "));
    let said: Vec<String> = people.chain(over).collect();
    let words = text::dotted(said.iter().map(String::as_str));
    ui.label(egui::RichText::new(words).color(p.ink));
    caption(ui, "Your verdict here decides over theirs.");
}

/// Draws who reviewed and how far they agree.
fn agreement_ui(ui: &mut Ui, cx: &Cx<'_>, has_edges: bool) {
    let review = &cx.input.snapshot.review;
    let words = if has_edges {
        "Chance is taken off by Cohen's kappa; adjudications count as nobody's verdict."
    } else {
        "Reviewers differ on no edge here. Chance is taken off by Cohen's kappa."
    };
    list(ui, "How far reviewers agree", words, |ui| {
        if review.agreement.reviewers.is_empty() {
            caption(
                ui,
                "Nobody has decided yet. Set another reviewer with E, or let colleagues decide on their own copy and apply what they export.",
            );
            return;
        }
        reviewers_ui(ui, cx);
        ui.add_space(18.0);
        pairs_ui(ui, &review.pairs);
    });
}

fn reviewers_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let columns = [
        Column::plain("Reviewer", Width::Rest(104.0), false),
        Column::plain("keep", Width::Fixed(48.0), true),
        Column::plain("remove", Width::Fixed(56.0), true),
        Column::plain("not sure", Width::Fixed(60.0), true),
        Column::plain("adjudicated", Width::Fixed(76.0), true),
        Column::plain("time", Width::Fixed(76.0), true),
    ];
    let layout = lay_out(&columns, ui.cursor().left(), ui.available_width());
    header(ui, &columns, &layout, None);
    for r in &cx.input.snapshot.review.agreement.reviewers {
        text_row(ui, &columns, &layout, || {
            let time = if r.spent_ms > 0 {
                text::duration_ms(r.spent_ms)
            } else {
                "–".to_owned()
            };
            let [keep, remove, not_sure, adjudicated] =
                [r.n_keep, r.n_remove, r.n_not_sure, r.n_adjudicated].map(text::count_of);
            [
                r.reviewer.clone(),
                keep,
                remove,
                not_sure,
                adjudicated,
                time,
            ]
        });
    }
}

fn pairs_ui(ui: &mut Ui, pairs: &[PairRow]) {
    if pairs.is_empty() {
        caption(ui, "No two reviewers have decided on the same edge yet.");
        return;
    }
    let columns = [
        Column::plain("Reviewers", Width::Rest(110.0), false),
        Column::plain("on", Width::Rest(80.0), false),
        Column::plain("both", Width::Fixed(40.0), true),
        Column::plain("alike", Width::Fixed(44.0), true),
        Column::plain("kappa", Width::Fixed(150.0), true),
    ];
    let layout = lay_out(&columns, ui.cursor().left(), ui.available_width());
    header(ui, &columns, &layout, None);
    for pair in pairs {
        let response = text_row(ui, &columns, &layout, || pair_words(pair));
        if let Some(remark) = &pair.remark {
            response.on_hover_text(remark);
        }
    }
}

/// Says how two reviewers agree, a word for each column.
fn pair_words(pair: &PairRow) -> [String; 5] {
    let alike = if pair.n_both > 0 {
        text::share(pair.n_agree as f64 / pair.n_both as f64)
    } else {
        "–".to_owned()
    };
    let kappa = match pair.kappa {
        Some((kappa, Some((low, high)))) => format!(
            "{} [{}, {}]",
            text::signed(kappa),
            text::signed(low),
            text::signed(high)
        ),
        Some((kappa, None)) => text::signed(kappa),
        None => "undefined".to_owned(),
    };
    let on = pair.issue.as_deref().unwrap_or("all issues");
    [
        format!("{} and {}", pair.a, pair.b),
        on.to_owned(),
        text::count_of(pair.n_both),
        alike,
        kappa,
    ]
}
