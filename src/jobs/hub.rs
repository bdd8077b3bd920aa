//! Progress kept in memory and the flag that cancels, shared between a job and who watches it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::base::ids::JobId;
use crate::base::lock::hold;
use crate::base::observe::{Cancelled, Observe};
use crate::domain::job_progress::{JobProgress, JobState};

/// Listens to jobs as they begin, go on and end.
pub trait Watch: Observe {
    /// A job begins.
    fn begin(&self, job: JobId, stage: &str);
    /// The job that began last has come to rest.
    fn end(&self, state: JobState);
    /// A stage's results are there already and nothing runs.
    fn up_to_date(&self, _stage: &str) {}
}

/// Least time between two wakings of the screen.
const WAKE_EVERY: Duration = Duration::from_millis(100);

/// Called with what is known of the running job.
type Wake = Box<dyn Fn(Option<&JobProgress>) + Send + Sync>;

struct Inner {
    progress: Option<JobProgress>,
    phase_began: Instant,
    woke: Instant,
}

/// The watch used by window and command line: remembers progress, wakes a listener, carries a cancel.
pub struct Hub {
    cancel: AtomicBool,
    inner: Mutex<Inner>,
    wake: Wake,
}

impl Hub {
    /// Makes a hub that calls `wake` at most ten times a second and at each begin and end.
    pub fn new(wake: impl Fn(Option<&JobProgress>) + Send + Sync + 'static) -> Self {
        let now = Instant::now();
        Self {
            cancel: AtomicBool::new(false),
            inner: Mutex::new(Inner {
                progress: None,
                phase_began: now,
                woke: now,
            }),
            wake: Box::new(wake),
        }
    }

    /// Asks the running job to stop.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::SeqCst);
    }

    /// Takes an earlier cancel back, before new work begins.
    pub fn rearm(&self) {
        self.cancel.store(false, Ordering::SeqCst);
    }

    /// Tells whether a cancel was asked for.
    pub fn canceled(&self) -> bool {
        self.cancel.load(Ordering::SeqCst)
    }

    /// Returns what is known of the running job.
    pub fn progress(&self) -> Option<JobProgress> {
        hold(&self.inner).progress.clone()
    }

    fn update(&self, urgent: bool, change: impl FnOnce(&mut Inner)) {
        let shown = {
            let mut inner = hold(&self.inner);
            change(&mut inner);
            let elapsed_ms = inner.phase_began.elapsed().as_millis() as u64;
            if let Some(p) = &mut inner.progress {
                p.elapsed_ms = elapsed_ms;
            }
            if !urgent && inner.woke.elapsed() < WAKE_EVERY {
                return;
            }
            inner.woke = Instant::now();
            inner.progress.clone()
        };
        (self.wake)(shown.as_ref());
    }
}

impl Observe for Hub {
    fn step(&self, done: u64, total: u64) -> Result<(), Cancelled> {
        if self.canceled() {
            return Err(Cancelled);
        }
        // A step without a total only asks for a cancel.
        if total > 0 {
            self.update(false, |inner| {
                if let Some(p) = &mut inner.progress {
                    p.n_done = done;
                    p.n_total = total;
                }
            });
        }
        Ok(())
    }

    fn phase(&self, name: &str) {
        self.update(true, |inner| {
            inner.phase_began = Instant::now();
            if let Some(p) = &mut inner.progress {
                name.clone_into(&mut p.phase);
                p.n_done = 0;
                p.n_total = 0;
            }
        });
    }
}

impl Watch for Hub {
    fn begin(&self, job: JobId, stage: &str) {
        self.update(true, |inner| {
            inner.phase_began = Instant::now();
            inner.progress = Some(JobProgress {
                job,
                stage: stage.to_owned(),
                phase: String::new(),
                n_done: 0,
                n_total: 0,
                elapsed_ms: 0,
            });
        });
    }

    fn end(&self, _state: JobState) {
        self.update(true, |inner| inner.progress = None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancel_reaches_the_next_step() {
        let hub = Hub::new(|_| {});
        hub.begin(JobId(1), "embed");
        assert_eq!(hub.step(1, 2), Ok(()));
        hub.cancel();
        assert_eq!(hub.step(2, 2), Err(Cancelled));
        hub.rearm();
        assert_eq!(hub.step(2, 2), Ok(()));
        assert_eq!(hub.progress().map(|p| (p.n_done, p.n_total)), Some((2, 2)));
        hub.end(JobState::Done);
        assert_eq!(hub.progress(), None);
    }
}
