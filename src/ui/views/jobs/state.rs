//! What the list of jobs remembers between frames, and what its keys do.

use egui::Key;

use crate::base::ids::JobId;
use crate::domain::job_progress::JobState;
use crate::snapshot::model::JobRow;
use crate::ui::binding::{Binding, Bound};
use crate::ui::{Command, Cx};

/// What the list of jobs remembers.
#[derive(Debug, Default)]
pub struct JobsState {
    pub(super) selected: Option<JobId>,
}

impl JobsState {
    /// Returns the job in the inspector.
    fn job<'a>(&self, cx: &Cx<'a>) -> Option<&'a JobRow> {
        let mut jobs = cx.input.snapshot.jobs.iter();
        jobs.find(|j| Some(j.id) == self.selected)
    }

    /// Puts the job `by` rows on into the inspector; the first one while there is none.
    fn step(&mut self, cx: &mut Cx<'_>, by: i64) {
        let jobs = &cx.input.snapshot.jobs;
        let at = jobs.iter().position(|j| Some(j.id) == self.selected);
        let last = jobs.len() as i64 - 1;
        let to = at.map_or(0, |i| (i as i64 + by).clamp(0, last));
        self.selected = jobs.get(to as usize).map(|j| j.id);
        cx.shared.inspector_open = true;
        cx.clear_doc();
    }
}

fn any(_: &JobsState, cx: &Cx<'_>) -> bool {
    !cx.input.snapshot.jobs.is_empty()
}

impl Bound for JobsState {
    const BINDINGS: &'static [Binding<Self>] = &[
        Binding::<Self>::plain("Next job", "↓", Key::ArrowDown, |jobs, _, cx| {
            jobs.step(cx, 1);
        })
        .when(any),
        Binding::<Self>::plain("Previous job", "↑", Key::ArrowUp, |jobs, _, cx| {
            jobs.step(cx, -1);
        })
        .when(any),
        Binding::<Self>::plain("Retry the job", "R", Key::R, |jobs, _, cx| {
            if let Some(job) = jobs.job(cx).map(|j| j.id) {
                cx.send(Command::RetryJob(job));
            }
        })
        .when(|jobs, cx| {
            let job = jobs.job(cx);
            job.is_some_and(|j| matches!(j.state, JobState::Failed | JobState::Canceled))
        }),
    ];
}
