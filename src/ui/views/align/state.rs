//! What Alignment remembers between frames, and what its keys do.

use std::sync::Arc;

use egui::Key;

use super::derive::{CurveChoice, case_at, comparison, methods, models, shown_cases};
use crate::base::ids::{JobId, StatementId};
use crate::domain::alignment::Variant;
use crate::domain::evaluation::Method;
use crate::domain::job_progress::JobState;
use crate::snapshot::model::alignment::{AlignmentComparison, AlignmentData, Change, TrainingRow};
use crate::ui::binding::{Binding, Bound};
use crate::ui::{Command, Cx};

/// What Alignment remembers.
#[derive(Debug, Default)]
pub struct AlignState {
    pub(super) model: Option<String>,
    pub(super) method: Option<Method>,
    pub(super) as_table: bool,
    pub(super) change: Option<Change>,
    pub(super) case: Option<StatementId>,
    pub(super) training: Option<JobId>,
    pub(super) curves: CurveChoice,
    pub(super) folder: String,
    /// A key asked for the cursor in the field of the folder.
    pub(super) wants_focus: bool,
}

impl AlignState {
    /// Takes the answer of a file dialog: the folder of a model.
    pub(crate) fn picked(&mut self, paths: &[String]) {
        self.folder = paths.first().cloned().unwrap_or_default();
    }

    /// Returns the comparison on show.
    pub(super) fn comparison<'a>(
        &self,
        data: &'a AlignmentData,
    ) -> Option<&'a AlignmentComparison> {
        comparison(data, self.model.as_deref(), self.method)
    }

    /// Goes `by` cases on, round and round.
    pub(super) fn step_case(&mut self, cx: &Cx<'_>, shown: &AlignmentComparison, by: i64) {
        let cases = shown_cases(shown, self.change, |n| cx.shared.shows(n));
        if cases.is_empty() {
            return;
        }
        let at = case_at(shown, &cases, self.case) as i64;
        let next = (at + by).rem_euclid(cases.len() as i64) as usize;
        self.case = cases
            .get(next)
            .and_then(|&i| shown.cases.get(i))
            .map(|c| c.statement);
    }

    /// Goes `by` cases on in the comparison on show.
    fn step_shown_case(&mut self, cx: &Cx<'_>, by: i64) {
        let data = Arc::clone(&cx.input.snapshot.alignment);
        if let Some(shown) = self.comparison(&data) {
            self.step_case(cx, shown, by);
        }
    }

    /// Shows the next method of the model on show.
    fn next_method(&mut self, cx: &Cx<'_>) {
        let data = Arc::clone(&cx.input.snapshot.alignment);
        if let Some(shown) = self.comparison(&data) {
            let all = methods(&data, &shown.model);
            let at = all.iter().position(|m| *m == shown.method);
            self.method = at.and_then(|i| all.iter().cycle().nth(i + 1).copied());
        }
    }

    /// Shows the next kind of case.
    fn next_change(&mut self) {
        let at = CHANGES.iter().position(|(_, c)| *c == self.change);
        let next = at.map_or(0, |i| (i + 1) % CHANGES.len());
        self.change = CHANGES.get(next).and_then(|(_, c)| *c);
    }
}

/// Kinds of cases with their names, in the order of the chips.
pub(super) const CHANGES: [(&str, Option<Change>); 3] = [
    ("All", None),
    ("Improved", Some(Change::Improved)),
    ("Worsened", Some(Change::Worsened)),
];

/// Tells whether before and after stand side by side.
fn compared(state: &AlignState, cx: &Cx<'_>) -> bool {
    state.comparison(&cx.input.snapshot.alignment).is_some()
}

impl Bound for AlignState {
    const BINDINGS: &'static [Binding<Self>] = &[
        Binding::<Self>::plain("Next method", "M", Key::M, |align, _, cx| {
            align.next_method(cx);
        })
        .when(compared),
        Binding::<Self>::plain("Chart or table", "T", Key::T, |align, _, _| {
            align.as_table = !align.as_table;
        })
        .when(compared),
        Binding::<Self>::plain("Next case", "N", Key::N, |align, _, cx| {
            align.step_shown_case(cx, 1);
        })
        .when(compared),
        Binding::<Self>::plain("Previous case", "P", Key::P, |align, _, cx| {
            align.step_shown_case(cx, -1);
        })
        .when(compared),
        Binding::<Self>::plain("Next kind of case", "C", Key::C, |align, _, _| {
            align.next_change();
        })
        .when(compared),
        Binding::<Self>::plain("Align a model of a folder", "E", Key::E, |align, _, cx| {
            cx.shared.inspector_open = true;
            cx.clear_doc();
            align.wants_focus = true;
        })
        .when(|_, cx| cx.input.snapshot.alignment.n_triples > 0),
    ];

    fn choices(&self, cx: &Cx<'_>) -> Vec<String> {
        let data = &cx.input.snapshot.alignment;
        let now = self.comparison(data).map(|c| c.model.as_str());
        let other = models(data).into_iter().filter(|m| Some(*m) != now);
        let mut all: Vec<String> = other.map(show_model).collect();
        if cx.input.progress.is_none() && data.n_triples > 0 {
            all.extend(trainable(data).map(|(model, variant)| train(model, variant)));
        }
        let turned = data.trainings.iter().filter_map(turn);
        all.extend(turned.map(|(name, _)| name));
        all
    }

    fn choose(&mut self, name: &str, cx: &mut Cx<'_>) {
        let data = Arc::clone(&cx.input.snapshot.alignment);
        if let Some(model) = models(&data).into_iter().find(|m| show_model(m) == name) {
            self.model = Some(model.to_owned());
        }
        let trained = trainable(&data).find(|(model, variant)| train(model, *variant) == name);
        if let Some((model, variant)) = trained {
            let model = model.to_owned();
            cx.send(Command::Align { model, variant });
        }
        let mut turned = data.trainings.iter().filter_map(turn);
        if let Some((_, command)) = turned.find(|(n, _)| n == name) {
            cx.send(command);
        }
    }
}

/// Lists what can be trained: every model that the project names, in every variant that trains.
fn trainable(data: &AlignmentData) -> impl Iterator<Item = (&str, Variant)> {
    data.models.iter().flat_map(|model| {
        let trained = Variant::ALL.into_iter().filter(|v| v.is_trained());
        trained.map(move |variant| (model.as_str(), variant))
    })
}

/// Returns what the button that trains a model does.
pub(super) fn train(model: &str, variant: Variant) -> String {
    format!("Train {} of {model}", variant.name())
}

/// Returns what the chip of a model does.
pub(super) fn show_model(model: &str) -> String {
    format!("Show the model {model}")
}

/// Returns what the button beside a training does, if it has one: pause it, or resume it.
pub(super) fn turn(training: &TrainingRow) -> Option<(String, Command)> {
    let (verb, command) = match training.state {
        JobState::Running | JobState::Queued => ("Pause", Command::CancelJob(training.job)),
        JobState::Failed | JobState::Canceled => ("Resume", Command::RetryJob(training.job)),
        _ => return None,
    };
    let name = format!(
        "{verb} the training {} of {}",
        training.variant.name(),
        training.model
    );
    Some((name, command))
}
