//! What the list of jobs remembers between frames.

use crate::base::ids::JobId;

/// What the list of jobs remembers.
#[derive(Debug, Default)]
pub struct JobsState {
    pub(super) selected: Option<JobId>,
}
