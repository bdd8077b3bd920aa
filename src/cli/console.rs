//! Standard output for results, standard error for progress and messages.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::base::ids::JobId;
use crate::base::lock::hold;
use crate::base::observe::{Cancelled, Observe};
use crate::domain::job_progress::{JobProgress, JobState};
use crate::jobs::{Hub, Watch};

/// Where a command writes.
pub(super) struct Console {
    hub: Arc<Hub>,
    bar: Arc<Mutex<Option<ProgressBar>>>,
    is_terminal: bool,
}

impl Console {
    /// Sets up progress on a terminal and Ctrl-C as a cancel of the running job.
    pub(super) fn new() -> Self {
        let bar: Arc<Mutex<Option<ProgressBar>>> = Arc::default();
        let shown = Arc::clone(&bar);
        let hub = Arc::new(Hub::new(move |progress| {
            if let (Some(p), Some(bar)) = (progress, hold(&shown).as_ref()) {
                draw(bar, p);
            }
        }));
        let to_cancel = Arc::clone(&hub);
        // Where no handler can be set, Ctrl-C ends the process as usual; the store survives that too.
        let handler = ctrlc::set_handler(move || to_cancel.cancel());
        drop(handler);
        Self {
            hub,
            bar,
            is_terminal: stderr().is_terminal(),
        }
    }

    /// Writes a result line to standard output.
    #[expect(
        clippy::unused_self,
        reason = "results and messages are written through one value"
    )]
    pub(super) fn result(&self, text: &str) {
        // A closed pipe is the reader's wish to hear no more.
        let written = writeln!(stdout().lock(), "{text}");
        drop(written);
    }

    /// Writes a message to standard error.
    pub(super) fn say(&self, text: &str) {
        self.above_bar(|| {
            let written = writeln!(stderr().lock(), "{text}");
            drop(written);
        });
    }

    /// Writes an error with its causes to standard error.
    pub(super) fn error(&self, error: &anyhow::Error) {
        let mut text = format!("meridian: {error}");
        for cause in error.chain().skip(1) {
            let cause = cause.to_string();
            // A transparent error repeats its cause; once is enough.
            if !text.ends_with(&cause) && !text.contains(&cause) {
                text.push_str(": ");
                text.push_str(&cause);
            }
        }
        self.say(&text);
    }

    fn above_bar(&self, write: impl FnOnce()) {
        match hold(&self.bar).as_ref() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

fn draw(bar: &ProgressBar, p: &JobProgress) {
    bar.set_length(p.n_total.max(1));
    bar.set_position(p.n_done);
    let left = p
        .left_secs()
        .map_or_else(String::new, |s| format!("{s:.0} s left"));
    bar.set_message(if p.phase.is_empty() {
        left
    } else {
        format!("{} {left}", p.phase)
    });
}

impl Observe for Console {
    fn step(&self, done: u64, total: u64) -> Result<(), Cancelled> {
        self.hub.step(done, total)
    }

    fn phase(&self, name: &str) {
        self.hub.phase(name);
    }
}

impl Watch for Console {
    fn begin(&self, job: JobId, stage: &str) {
        if self.is_terminal {
            let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr());
            if let Ok(style) =
                ProgressStyle::with_template("{prefix:<14} {bar:24} {pos}/{len} {elapsed} {msg}")
            {
                bar.set_style(style.progress_chars("━╸─"));
            }
            bar.set_prefix(stage.to_owned());
            bar.enable_steady_tick(Duration::from_millis(250));
            *hold(&self.bar) = Some(bar);
        } else {
            self.say(&format!("{stage} …"));
        }
        self.hub.begin(job, stage);
    }

    fn end(&self, state: JobState) {
        let stage = self.hub.progress().map_or_else(String::new, |p| p.stage);
        self.hub.end(state);
        if let Some(bar) = hold(&self.bar).take() {
            let secs = bar.elapsed().as_secs_f64();
            bar.finish_and_clear();
            let written = writeln!(
                stderr().lock(),
                "{stage:<14} {} in {secs:.1} s",
                state.code()
            );
            drop(written);
        }
    }
}
