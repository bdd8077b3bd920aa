//! What Alignment remembers between frames, and what its keys do.

use egui::{Context, Key, Modifiers};

use super::derive::{CurveChoice, case_at, comparison, methods, shown_cases};
use crate::base::ids::{JobId, StatementId};
use crate::domain::evaluation::Method;
use crate::snapshot::model::alignment::{AlignmentComparison, AlignmentData, Change};
use crate::ui::Cx;

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

    /// Hears of the view's keys.
    pub(crate) fn keys(&mut self, ctx: &Context, cx: &Cx<'_>) {
        let data = std::sync::Arc::clone(&cx.input.snapshot.alignment);
        let Some(shown) = self.comparison(&data) else {
            return;
        };
        let pressed = |key: Key| ctx.input_mut(|i| i.consume_key(Modifiers::NONE, key));
        if pressed(Key::M) {
            let all = methods(&data, &shown.model);
            let at = all.iter().position(|m| *m == shown.method);
            self.method = at.and_then(|i| all.iter().cycle().nth(i + 1).copied());
        }
        if pressed(Key::T) {
            self.as_table = !self.as_table;
        }
        let by = i64::from(pressed(Key::N)) - i64::from(pressed(Key::P));
        if by != 0 {
            self.step_case(cx, shown, by);
        }
    }
}
