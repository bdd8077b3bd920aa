//! How many threads candle may start of its own.
#![expect(
    unsafe_code,
    reason = "candle takes this setting from the environment only, and setting a variable is unsafe where another thread reads it"
)]

/// Keeps candle from a second pool of threads.
///
/// Batches are computed side by side on rayon's threads; candle's own pool, whose workers wait by
/// spinning, would fight them for the processor: on two cores a training step took 2.5 times as long.
/// To be called first thing in `main`, before any thread exists. A value that the user set stays.
pub fn keep_to_one_pool() {
    const NAME: &str = "CANDLE_NUM_THREADS";
    if std::env::var_os(NAME).is_none() {
        // SAFETY: called at the beginning of `main`, when this thread is the only one.
        unsafe { std::env::set_var(NAME, "1") };
    }
}
