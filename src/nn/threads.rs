//! How the work of networks is spread over threads.
//!
//! Two ways, with the same numbers: small networks compute whole batches side by side, each on one
//! thread; large ones compute one batch at a time and spread every operation. An operation asks
//! [`map`], which spreads its parts unless it already runs within a batch beside others: a thread that
//! waits for parts would otherwise begin further batches and hold them all in memory.
#![expect(
    unsafe_code,
    reason = "candle takes this setting from the environment only, and setting a variable is unsafe where another thread reads it"
)]

use std::cell::Cell;

use rayon::prelude::*;

thread_local! {
    /// This thread computes a batch beside others.
    static BESIDE_OTHERS: Cell<bool> = const { Cell::new(false) };
}

/// Keeps candle from a second pool of threads.
///
/// Its own pool, whose workers wait by spinning, would fight rayon's for the processor: on two cores a
/// training step took 2.5 times as long. To be called first thing in `main`, before any thread exists.
/// A value that the user set stays.
pub fn keep_to_one_pool() {
    const NAME: &str = "CANDLE_NUM_THREADS";
    if std::env::var_os(NAME).is_none() {
        // SAFETY: called at the beginning of `main`, when this thread is the only one.
        unsafe { std::env::set_var(NAME, "1") };
    }
}

/// Marks this thread as computing one batch beside others, until dropped.
struct Beside(bool);

impl Beside {
    fn begin() -> Self {
        Self(BESIDE_OTHERS.replace(true))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        BESIDE_OTHERS.set(self.0);
    }
}

/// Computes items, side by side if `side_by_side`, else one after the other with spread operations;
/// results in order, the first error ends it.
///
/// # Errors
/// The first that `f` returns.
pub(super) fn batches<I: Sync, T: Send, E: Send>(
    items: &[I],
    side_by_side: bool,
    f: impl Fn(&I) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    if side_by_side && items.len() > 1 {
        items
            .par_iter()
            .map(|item| {
                let _beside = Beside::begin();
                f(item)
            })
            .collect()
    } else {
        items.iter().map(f).collect()
    }
}

/// Tells whether an operation may spread its parts.
pub(super) fn may_spread() -> bool {
    !BESIDE_OTHERS.get() && rayon::current_num_threads() > 1
}

/// Computes the parts `0..n` of an operation; results in order.
pub(super) fn map<T: Send>(n: usize, f: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    if n > 1 && may_spread() {
        (0..n).into_par_iter().map(f).collect()
    } else {
        (0..n).map(f).collect()
    }
}

/// Numbers below which an element-wise operation is not worth spreading.
const SPREAD_FROM: usize = 1 << 15;

/// Walks through rows of `width` numbers of `out` with their position, spread where it pays.
pub(super) fn rows(out: &mut [f32], width: usize, f: impl Fn(usize, &mut [f32]) + Sync + Send) {
    let width = width.max(1);
    if out.len() >= SPREAD_FROM && may_spread() {
        let per_task = (SPREAD_FROM / 4).div_ceil(width);
        out.par_chunks_mut(per_task * width)
            .enumerate()
            .for_each(|(task, part)| {
                for (i, row) in part.chunks_exact_mut(width).enumerate() {
                    f(task * per_task + i, row);
                }
            });
    } else {
        for (i, row) in out.chunks_exact_mut(width).enumerate() {
            f(i, row);
        }
    }
}

/// Works on each of the pieces, spread where there are several.
pub(super) fn each<T: Send>(pieces: Vec<T>, f: impl Fn(T) + Sync + Send) {
    if pieces.len() > 4 && may_spread() {
        pieces.into_par_iter().for_each(f);
    } else {
        pieces.into_iter().for_each(f);
    }
}
