//! The one engine: every change of the store is a stored job with progress, cancel, retry and resume.
//!
//! A job is a row before it has a thread. The engine takes stages one after another: it names the
//! run a stage would write (stage, version, parameters, seed, hash of what it reads), shows that run
//! if it is there already, and else lets the stage work. A crash loses no more than the unit of work
//! that was open; the next start puts the job back into the queue and the stage skips finished units.
//! A panic inside a stage becomes its job's error. Edits that a person makes at once, also beside a
//! running job, are no jobs; see [`Edits`]. This room knows no screen: who watches hands in a [`Watch`].

mod desk;
mod engine;
mod hub;
mod models;
mod optional;
mod review;
mod verification;

pub use desk::{Desk, EditCx, Edits};
pub use engine::{
    Engine, JobsError, Outcome, PipelineState, StageStatus, Target, read_settings, stage_statuses,
};
pub use hub::{Hub, Watch};
pub use review::{Accepted, AppliedLines, Given, OpenReview, Reviews};
pub use verification::{Saying, Verifies};
