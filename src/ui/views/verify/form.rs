//! The form of a new sample: which pairs, how many, who judges, and each nation's verified statement.

use std::collections::BTreeMap;

use egui::{Align2, Rect, Ui, pos2, vec2};

use super::derive::holds;
use super::state::VerifyState;
use crate::base::ids::StatementId;
use crate::base::seed::Seed;
use crate::domain::corpus::Nation;
use crate::domain::verification::{N_PER_NATION, OVERLAP_SHARE, SampleKind, SamplePlan};
use crate::snapshot::model::verification::{Candidate, NationCandidates};
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::widgets::{self, Look, caption, cell, chip, link_row, mark, section, wrapped};
use crate::ui::{Cx, text};

/// Statements listed while one is picked.
const N_LISTED: usize = 40;

/// What was written into the form.
#[derive(Debug)]
pub(super) struct Form {
    kind: SampleKind,
    n_per_nation: String,
    /// Names separated by commas; `None` until somebody wrote one.
    reviewers: Option<String>,
    overlap_percent: String,
    /// Empty for no limit.
    n_per_reviewer: String,
    /// Empty for the project's.
    seed: String,
    chosen: BTreeMap<Nation, StatementId>,
    /// The nation whose verified statement is being picked, and the words searched for.
    picking: Option<(Nation, String)>,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            kind: SampleKind::Random,
            n_per_nation: N_PER_NATION.to_string(),
            reviewers: None,
            overlap_percent: format!("{:.0}", 100.0 * OVERLAP_SHARE),
            n_per_reviewer: String::new(),
            seed: String::new(),
            chosen: BTreeMap::new(),
            picking: None,
        }
    }
}

impl Form {
    /// Returns what the form asks for, or why that cannot be.
    pub(super) fn plan(&self, cx: &Cx<'_>) -> Result<(SamplePlan, Vec<StatementId>), String> {
        let verification = &cx.input.snapshot.verification;
        if verification.candidates.is_empty() {
            return Err("there are no statements yet".to_owned());
        }
        if self.kind == SampleKind::Within && !verification.has_issues {
            return Err(
                "no statements share an issue yet; run the pipeline through reduce".to_owned(),
            );
        }
        let number = |text: &str, what: &str| -> Result<usize, String> {
            let parsed: Result<usize, _> = text.trim().parse();
            parsed.map_err(|_not_a_number| format!("{what} is a whole number"))
        };
        let overlap: f64 = self.overlap_percent.trim().parse().map_err(
            |_not_a_number: std::num::ParseFloatError| {
                "the overlap is a number of percent".to_owned()
            },
        )?;
        let limit = self.n_per_reviewer.trim();
        let seed = self.seed.trim();
        let plan = SamplePlan {
            kind: self.kind,
            n_per_nation: number(&self.n_per_nation, "the number of pairs")?,
            reviewers: self
                .names(cx)
                .split(',')
                .filter(|n| !n.trim().is_empty())
                .map(str::to_owned)
                .collect(),
            overlap_share: overlap / 100.0,
            n_per_reviewer: if limit.is_empty() {
                None
            } else {
                Some(number(limit, "the limit for each reviewer")?)
            },
            anchors: BTreeMap::new(),
            seed: if seed.is_empty() {
                Seed(cx.input.snapshot.project.seed)
            } else {
                Seed(
                    seed.parse()
                        .map_err(|_not_a_number: std::num::ParseIntError| {
                            "a seed is a whole number".to_owned()
                        })?,
                )
            },
        };
        let plan = plan.check().map_err(|e| e.to_string())?;
        let chosen = match self.kind {
            SampleKind::Random => self.chosen.values().copied().collect(),
            SampleKind::Within => Vec::new(),
        };
        Ok((plan, chosen))
    }

    fn names(&self, cx: &Cx<'_>) -> String {
        let names = self.reviewers.as_deref();
        names.unwrap_or(cx.input.reviewer).to_owned()
    }
}

/// Draws the form of a new sample.
pub(super) fn form_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut VerifyState) {
    section(ui, "New sample");
    let verification = cx.input.snapshot.verification.clone();
    let form = &mut state.form;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        for kind in SampleKind::ALL {
            let on = form.kind == kind;
            if chip(ui, kind.name(), kind.name(), None, on, None).clicked() {
                form.kind = kind;
            }
        }
    });
    ui.add_space(6.0);
    caption(
        ui,
        match (form.kind, verification.is_after_reduction) {
            (SampleKind::Random, _) => {
                "Statements of each nation at random, each against one verified statement of the nation. Most will be unrelated."
            }
            (SampleKind::Within, true) => {
                "Pairs of statements on one issue, drawn of all there were before reduction and of what it left."
            }
            (SampleKind::Within, false) => {
                "Pairs of statements on one issue. No round of the reduction is closed yet, so there are none after it."
            }
        },
    );
    ui.add_space(10.0);
    let mut names = form.names(cx);
    let wide = ui.available_width();
    if field_ui(
        ui,
        "Reviewers, separated by commas",
        &mut names,
        wide.min(520.0),
    ) {
        form.reviewers = Some(names);
    }
    ui.add_space(6.0);
    let mut fields = [
        ("Pairs of each nation", &mut form.n_per_nation),
        ("Judged by all, %", &mut form.overlap_percent),
        ("At most for each reviewer", &mut form.n_per_reviewer),
        ("Seed", &mut form.seed),
    ];
    let n_abreast = if wide < 640.0 { 2 } else { fields.len() };
    for row in fields.chunks_mut(n_abreast) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 14.0;
            for (name, value) in row {
                field_ui(ui, name, value, 150.0);
            }
        });
        ui.add_space(4.0);
    }
    caption(
        ui,
        &format!(
            "What not all judge is dealt out in turn. Without a limit nothing is left over; without a seed it is the project’s, {}.",
            cx.input.snapshot.project.seed
        ),
    );
    ui.add_space(10.0);
    let plan = state.form.plan(cx);
    let ready = plan.is_ok();
    ui.horizontal_wrapped(|ui| {
        let look = Look::Primary;
        if widgets::action(ui, "Draw the sample", Some("Enter"), look, ready).clicked() {
            state.draw(cx);
        }
        if let Err(why) = plan {
            caption(ui, &why);
        }
    });
    if state.form.kind == SampleKind::Random {
        section(ui, "Verified statements");
        for nation in verification.candidates.iter() {
            anchor_ui(ui, &mut state.form, nation);
        }
    }
}

/// Draws a field below its name; returns whether it was written into.
fn field_ui(ui: &mut Ui, name: &str, value: &mut String, width: f32) -> bool {
    let p = Palette::of(ui);
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.label(
            egui::RichText::new(name)
                .font(theme::regular(theme::CAPTION))
                .color(p.secondary),
        );
        widgets::field(ui, value, name, "", width).changed()
    })
    .inner
}

/// Draws a nation's verified statement with why it is proposed, and the list to pick another from.
fn anchor_ui(ui: &mut Ui, form: &mut Form, of: &NationCandidates) {
    let p = Palette::of(ui);
    let nation = of.nation;
    let id = form.chosen.get(&nation).copied().unwrap_or(of.proposed);
    let found = of.statements.iter().find(|s| s.id == id);
    let claim = found.map_or("", |s| s.text.as_str());
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(14.0, 18.0), egui::Sense::hover());
        mark(
            ui.painter(),
            pos2(rect.left() + 5.0, rect.center().y),
            Mark::of(nation),
            p.nation(nation),
            4.5,
        );
        ui.label(
            egui::RichText::new(nation.name())
                .font(theme::strong(theme::BODY))
                .color(p.ink),
        );
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let is_open = form.picking.as_ref().is_some_and(|(n, _)| *n == nation);
            let words = if is_open { "close" } else { "pick another" };
            let name = format!("Pick the verified statement of {}", nation.name());
            if widgets::action_small(ui, words, &name, None).clicked() {
                form.picking = (!is_open).then(|| (nation, String::new()));
            }
        });
    });
    ui.add(egui::Label::new(egui::RichText::new(claim).color(p.ink)).wrap());
    let reason = if id == of.proposed {
        format!("Proposed: {}.", of.reason)
    } else {
        "Picked by hand.".to_owned()
    };
    caption(ui, &reason);
    picker_ui(ui, form, of);
    ui.add_space(10.0);
}

fn picker_ui(ui: &mut Ui, form: &mut Form, of: &NationCandidates) {
    let Some((_, words)) = form.picking.as_mut().filter(|(n, _)| *n == of.nation) else {
        return;
    };
    let name = format!("Words in a statement of {}", of.nation.name());
    field_ui(ui, &name, words, ui.available_width().min(520.0));
    let found: Vec<&Candidate> = of
        .statements
        .iter()
        .filter(|s| holds(&s.text, words))
        .collect();
    let more = if of.statements.len() < of.n_statements {
        format!(
            ", the most confident of {}; on the command line any can be named",
            text::count_of(of.n_statements)
        )
    } else {
        String::new()
    };
    let words = format!(
        "{} of {}{more}",
        text::counted(found.len(), "statement", "statements"),
        text::count_of(of.statements.len())
    );
    caption(ui, &words);
    let mut picked = None;
    egui::ScrollArea::vertical()
        .id_salt(("pick", of.nation))
        .max_height(220.0)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            ui.set_max_width(ui.available_width() - 14.0);
            ui.spacing_mut().item_spacing.y = 0.0;
            for candidate in found.iter().take(N_LISTED) {
                if candidate_ui(ui, candidate) {
                    picked = Some(candidate.id);
                }
            }
        });
    if let Some(id) = picked {
        form.chosen.insert(of.nation, id);
        form.picking = None;
    }
}

fn candidate_ui(ui: &mut Ui, candidate: &Candidate) -> bool {
    let p = Palette::of(ui);
    let width = ui.available_width() - 60.0;
    let font = theme::regular(theme::BODY);
    let galley = wrapped(ui.painter(), &candidate.text, font.clone(), p.ink, width, 2);
    let name = format!(
        "Verify against statement {}: {}",
        candidate.id, candidate.text
    );
    let (rect, response) = link_row(ui, galley.size().y + 10.0, &name, false);
    cell(
        ui.painter(),
        Rect::from_min_max(pos2(rect.right() - 48.0, rect.top()), rect.max),
        Align2::RIGHT_CENTER,
        &text::share(candidate.confidence),
        font,
        p.secondary,
    );
    ui.painter()
        .galley(rect.min + vec2(0.0, 5.0), galley, p.ink);
    response.clicked()
}
