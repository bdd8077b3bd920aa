//! How long work reports progress and hears of a cancel, without knowing who listens.

/// The work was asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("canceled")]
pub struct Cancelled;

/// Listens to long work. Loops call [`Observe::step`] at least every 50 ms.
pub trait Observe: Sync {
    /// Reports `done` of `total` units of the phase now running.
    ///
    /// # Errors
    /// [`Cancelled`] if the work should stop now; the caller returns it upward.
    fn step(&self, done: u64, total: u64) -> Result<(), Cancelled>;

    /// Names the phase that begins now, e.g. `"neighbors"`.
    fn phase(&self, _name: &str) {}
}

/// Listens to nothing and never cancels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observe for Silent {
    fn step(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
        Ok(())
    }
}
