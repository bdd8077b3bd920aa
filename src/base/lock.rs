//! Locks that outlive a panic: what they guard here is whole after every statement, so that a thread that
//! died with one in its hands leaves nothing half done.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Takes a lock.
pub fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets go of a lock until something changed, and takes it again.
pub fn wait<'a, T>(changed: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    changed.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// Lets go of a lock until something changed or a time is over, and takes it again.
pub fn wait_for<'a, T>(
    changed: &Condvar,
    guard: MutexGuard<'a, T>,
    most: Duration,
) -> MutexGuard<'a, T> {
    let (guard, _) = changed
        .wait_timeout(guard, most)
        .unwrap_or_else(PoisonError::into_inner);
    guard
}
