//! Jobs as the screen and the command line see them.

use crate::base::ids::JobId;

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobState {
    /// Waits for its turn.
    Queued,
    /// Has a thread.
    Running,
    /// A person must decide first; holds no thread.
    AwaitingReview,
    /// Every output is written.
    Done,
    /// Stopped with an error; can be retried.
    Failed,
    /// Stopped by a person; can be retried.
    Canceled,
}

impl JobState {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Running,
        Self::AwaitingReview,
        Self::Done,
        Self::Failed,
        Self::Canceled,
    ];

    /// Returns the lower-case name used in files and in the store.
    pub fn code(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::AwaitingReview => "awaiting-review",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// Reads [`JobState::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }
}

/// What is known of a job while it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct JobProgress {
    /// The job.
    pub job: JobId,
    /// Name of its stage.
    pub stage: String,
    /// Phase inside the stage, may be empty.
    pub phase: String,
    /// Units done in the phase.
    pub n_done: u64,
    /// Units in the phase, 0 while unknown.
    pub n_total: u64,
    /// Milliseconds since the phase began.
    pub elapsed_ms: u64,
}

impl JobProgress {
    /// Returns the units done per second, `None` before the first.
    pub fn rate_per_sec(&self) -> Option<f64> {
        (self.n_done > 0 && self.elapsed_ms > 0)
            .then(|| self.n_done as f64 * 1000.0 / self.elapsed_ms as f64)
    }

    /// Returns the seconds left in this phase at its mean rate so far.
    pub fn left_secs(&self) -> Option<f64> {
        let rate = self.rate_per_sec()?;
        (self.n_total >= self.n_done).then(|| (self.n_total - self.n_done) as f64 / rate)
    }
}
