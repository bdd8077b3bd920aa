//! Work off the screen's thread of which only the newest request counts; the last answer stays on the screen
//! until the next is there.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use egui::Context;

use crate::base::lock::{hold, wait, wait_for};

/// What makes answers, with what it keeps between them.
pub(crate) trait Work: Default + Send + 'static {
    /// What a frame asks for.
    type Job: Clone + Send + 'static;
    /// What comes of it.
    type Answer: Send + 'static;
    /// Name of the thread.
    const THREAD: &'static str;

    /// Does a job; `None` if it was stopped.
    fn work(&mut self, job: &Self::Job, stop: &AtomicBool) -> Option<Self::Answer>;

    /// Tells whether an answer, of whatever job, is what a job asks for.
    fn fits(answer: &Self::Answer, job: &Self::Job) -> bool;

    /// Tells whether two jobs ask for the same.
    fn same(a: &Self::Job, b: &Self::Job) -> bool;

    /// Tells whether a job takes so little that it is done within the frame that asks.
    fn is_small(job: &Self::Job) -> bool;

    /// Tells whether a job that is being done is given up for a newer one; else it is finished first.
    fn gives_way(asked: &Self::Job, newer: &Self::Job) -> bool;

    /// Returns how long a job waits for a newer one, and for the frame that asks, before all cores work on it.
    fn patience(_job: &Self::Job) -> Duration {
        Duration::ZERO
    }
}

struct Slots<W: Work> {
    wanted: Option<(W::Job, Arc<AtomicBool>)>,
    answer: Option<W::Answer>,
    closed: bool,
}

struct Desk<W: Work> {
    slots: Mutex<Slots<W>>,
    changed: Condvar,
}

/// Asks for work and keeps the last answer.
pub(crate) struct Newest<W: Work> {
    desk: Option<Arc<Desk<W>>>,
    asked: Option<W::Job>,
    stop: Arc<AtomicBool>,
    last: Option<W::Answer>,
    /// Does what is done within the frame.
    in_frame: W,
}

impl<W: Work> Default for Newest<W> {
    fn default() -> Self {
        Self {
            desk: None,
            asked: None,
            stop: Arc::default(),
            last: None,
            in_frame: W::default(),
        }
    }
}

impl<W: Work> Newest<W> {
    /// Returns the newest answer, which may be of an earlier request, and asks for what is wanted now.
    pub(crate) fn ask(&mut self, ctx: &Context, job: W::Job) -> Option<&W::Answer> {
        if let Some(desk) = &self.desk
            && let Some(answer) = hold(&desk.slots).answer.take()
        {
            self.last = Some(answer);
        }
        if self.last.as_ref().is_some_and(|a| W::fits(a, &job)) {
            self.asked = None;
            return self.last.as_ref();
        }
        if W::is_small(&job) {
            let never = AtomicBool::new(false);
            self.last = self.in_frame.work(&job, &never).or(self.last.take());
            return self.last.as_ref();
        }
        if !self.asked.as_ref().is_some_and(|a| W::same(a, &job)) {
            if self.asked.as_ref().is_some_and(|a| W::gives_way(a, &job)) {
                self.stop.store(true, Ordering::Relaxed);
            }
            self.stop = Arc::default();
            self.asked = Some(job.clone());
            let stop = Arc::clone(&self.stop);
            let desk = self.desk.get_or_insert_with(|| start(ctx));
            hold(&desk.slots).wanted = Some((job, stop));
            desk.changed.notify_one();
        }
        self.last.as_ref()
    }

    /// Returns the newest answer.
    pub(crate) fn last(&self) -> Option<&W::Answer> {
        self.last.as_ref()
    }
}

impl<W: Work> Drop for Newest<W> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(desk) = &self.desk {
            hold(&desk.slots).closed = true;
            desk.changed.notify_one();
        }
    }
}

/// Starts the thread that works.
fn start<W: Work>(ctx: &Context) -> Arc<Desk<W>> {
    let desk = Arc::new(Desk::<W> {
        slots: Mutex::new(Slots {
            wanted: None,
            answer: None,
            closed: false,
        }),
        changed: Condvar::new(),
    });
    let (of_thread, ctx) = (Arc::clone(&desk), ctx.clone());
    let spawned = std::thread::Builder::new()
        .name(W::THREAD.to_owned())
        .spawn(move || {
            let mut worker = W::default();
            loop {
                let Some((job, stop)) = next_job(&of_thread) else {
                    return;
                };
                if let Some(answer) = worker.work(&job, &stop) {
                    hold(&of_thread.slots).answer = Some(answer);
                    ctx.request_repaint();
                }
            }
        });
    // Without a thread nothing is answered and the view goes on saying that it prepares; the system is out
    // of threads and has other troubles.
    drop(spawned);
    desk
}

/// Waits for a job, and for as long as it has patience for a newer one; `None` once nobody asks any more.
fn next_job<W: Work>(desk: &Desk<W>) -> Option<(W::Job, Arc<AtomicBool>)> {
    let mut slots = hold(&desk.slots);
    let mut since = Instant::now();
    let mut seen: Option<Arc<AtomicBool>> = None;
    loop {
        if slots.closed {
            return None;
        }
        let left = slots.wanted.as_ref().map(|(job, stop)| {
            if !seen.as_ref().is_some_and(|s| Arc::ptr_eq(s, stop)) {
                seen = Some(Arc::clone(stop));
                since = Instant::now();
            }
            W::patience(job).saturating_sub(since.elapsed())
        });
        slots = match left {
            Some(Duration::ZERO) => return slots.wanted.take(),
            Some(left) => wait_for(&desk.changed, slots, left),
            None => wait(&desk.changed, slots),
        };
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    /// Squares numbers: small ones at once, even large ones for as long as nobody stops them; 51 only after a
    /// time in which 53 may come.
    #[derive(Default)]
    struct Squares;

    impl Work for Squares {
        type Job = u64;
        type Answer = (u64, u64);
        const THREAD: &'static str = "squares";

        fn work(&mut self, job: &u64, stop: &AtomicBool) -> Option<(u64, u64)> {
            while *job >= 100 && job.is_multiple_of(2) {
                if stop.load(Ordering::Relaxed) {
                    return None;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            Some((*job, job * job))
        }

        fn fits(answer: &(u64, u64), job: &u64) -> bool {
            answer.0 == *job
        }

        fn same(a: &u64, b: &u64) -> bool {
            a == b
        }

        fn is_small(job: &u64) -> bool {
            *job < 10
        }

        fn gives_way(asked: &u64, _newer: &u64) -> bool {
            *asked >= 100
        }

        fn patience(job: &u64) -> Duration {
            Duration::from_secs(if *job == 51 { 30 } else { 0 })
        }
    }

    /// Asks until the answer is there.
    #[track_caller]
    fn wait_until(squares: &mut Newest<Squares>, ctx: &Context, job: u64) {
        let began = Instant::now();
        while squares.ask(ctx, job) != Some(&(job, job * job)) {
            assert!(began.elapsed() < Duration::from_secs(20), "no answer");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn the_newest_request_wins_and_the_last_answer_stays() {
        let ctx = Context::default();
        let mut squares = Newest::<Squares>::default();
        assert_eq!(squares.ask(&ctx, 3), Some(&(3, 9)));
        // What never ends is given up for the next; meanwhile the last answer is there.
        assert_eq!(squares.ask(&ctx, 100), Some(&(3, 9)));
        wait_until(&mut squares, &ctx, 11);
        assert_eq!(squares.last(), Some(&(11, 121)));
        // What has patience is passed over where a newer request comes in time.
        assert_eq!(squares.ask(&ctx, 51), Some(&(11, 121)));
        wait_until(&mut squares, &ctx, 53);
        drop(squares);
    }
}
