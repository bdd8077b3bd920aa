//! Makes what the graph draws, off the screen's thread where it takes longer than a frame; the newest
//! request wins, and the last answer stays on the screen until the next is there.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use egui::Context;

use super::scene::{Made, Wanted};
use crate::base::lock::{hold, wait};
use crate::gpu::graph::{self, Drawn, GraphLook};
use crate::gpu::raster::{Picture, Window};
use crate::ui::paint::GraphScene;

/// Up to how many documents and links together everything is made within the frame that asks.
const N_IN_FRAME: usize = 8_000;

/// Up to how many links and documents are drawn as marks where the adapter is the processor itself.
const N_MARKS_IN_SOFTWARE: usize = 2_500;

/// Everything that a frame wants drawn.
#[derive(Clone)]
pub(super) struct Job {
    pub(super) wanted: Wanted,
    pub(super) window: Window,
    pub(super) look: GraphLook,
    /// Whether the adapter is the processor itself.
    pub(super) in_software: bool,
    /// Whether the view is being moved: links may be thinned.
    pub(super) moving: bool,
}

impl Job {
    fn same(&self, other: &Self) -> bool {
        self.wanted.same(&other.wanted)
            && self.window == other.window
            && self.look == other.look
            && self.moving == other.moving
    }
}

/// What is drawn.
#[derive(Clone)]
pub(super) enum Content {
    /// Everything counted into a picture of a window.
    Picture(Arc<Picture>),
    /// Every link and document as a mark; the frame that draws them colors and moves them.
    Marks(Arc<GraphScene>),
}

/// An answer.
#[derive(Clone)]
pub(super) struct Painted {
    pub(super) job: Job,
    pub(super) made: Arc<Made>,
    pub(super) content: Content,
    /// Share of the plain links that is drawn, in thousandths.
    pub(super) drawn_permille: u32,
}

impl Painted {
    /// Tells whether this is what is wanted.
    fn fits(&self, job: &Job) -> bool {
        self.job.wanted.same(&job.wanted)
            && match self.content {
                Content::Marks(_) => true,
                // A whole picture serves while moving, not the other way round.
                Content::Picture(_) => {
                    self.job.window == job.window
                        && self.job.look == job.look
                        && (job.moving || self.drawn_permille == 1000)
                }
            }
    }
}

#[derive(Default)]
struct Slots {
    wanted: Option<(Job, Arc<AtomicBool>)>,
    painted: Option<Painted>,
    closed: bool,
}

#[derive(Default)]
struct Desk {
    slots: Mutex<Slots>,
    changed: Condvar,
}

/// Asks for pictures and keeps the last one.
#[derive(Default)]
pub(super) struct Painter {
    desk: Option<Arc<Desk>>,
    asked: Option<Job>,
    stop: Arc<AtomicBool>,
    last: Option<Painted>,
    kept: Kept,
}

impl Painter {
    /// Returns the newest answer, which may be of an earlier request, and asks for what is wanted now.
    pub(super) fn paint(&mut self, ctx: &Context, job: Job) -> Option<&Painted> {
        if let Some(desk) = &self.desk
            && let Some(painted) = hold(&desk.slots).painted.take()
        {
            self.last = Some(painted);
        }
        if self.last.as_ref().is_some_and(|p| p.fits(&job)) {
            self.asked = None;
            return self.last.as_ref();
        }
        let graph = &job.wanted.data.graph;
        if graph.nodes.len() + graph.links.len() <= N_IN_FRAME {
            let never = AtomicBool::new(false);
            self.last = self.kept.work(&job, &never).or(self.last.take());
            return self.last.as_ref();
        }
        if !self.asked.as_ref().is_some_and(|asked| asked.same(&job)) {
            // What is drawn is worth finishing: only a picture of another window is given up, and while the
            // view moves not even that, or none would ever be there.
            let same_scene = self
                .asked
                .as_ref()
                .is_some_and(|a| a.wanted.same(&job.wanted) && !a.moving);
            if same_scene {
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
    pub(super) fn last(&self) -> Option<&Painted> {
        self.last.as_ref()
    }
}

impl Drop for Painter {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(desk) = &self.desk {
            hold(&desk.slots).closed = true;
            desk.changed.notify_one();
        }
    }
}

/// Starts the thread that makes pictures.
fn start(ctx: &Context) -> Arc<Desk> {
    let desk = Arc::new(Desk::default());
    let (of_thread, ctx) = (Arc::clone(&desk), ctx.clone());
    let spawned = std::thread::Builder::new()
        .name("graph painter".to_owned())
        .spawn(move || {
            let mut kept = Kept::default();
            loop {
                let (job, stop) = {
                    let mut slots = hold(&of_thread.slots);
                    loop {
                        if slots.closed {
                            return;
                        }
                        match slots.wanted.take() {
                            Some(wanted) => break wanted,
                            None => slots = wait(&of_thread.changed, slots),
                        }
                    }
                };
                if let Some(painted) = kept.work(&job, &stop) {
                    hold(&of_thread.slots).painted = Some(painted);
                    ctx.request_repaint();
                }
            }
        });
    // Without a thread nothing is painted and the view goes on saying that it prepares; the system is out
    // of threads and has other troubles.
    drop(spawned);
    desk
}

/// What was made last.
#[derive(Default)]
struct Kept {
    made: Option<(Wanted, Arc<Made>)>,
    scene: Option<Arc<GraphScene>>,
}

impl Kept {
    /// Does a job; `None` if it was stopped.
    fn work(&mut self, job: &Job, stop: &AtomicBool) -> Option<Painted> {
        let made = match &self.made {
            Some((of, made)) if of.same(&job.wanted) => Arc::clone(made),
            _ => {
                let made = Arc::new(Made::new(&job.wanted));
                self.made = Some((job.wanted.clone(), Arc::clone(&made)));
                self.scene = None;
                made
            }
        };
        let n_marks = made.segments.len() + made.nodes.len();
        if !job.in_software || n_marks <= N_MARKS_IN_SOFTWARE {
            let scene = self.scene.get_or_insert_with(|| Arc::new(made.scene()));
            return Some(Painted {
                job: job.clone(),
                content: Content::Marks(Arc::clone(scene)),
                made,
                drawn_permille: 1000,
            });
        }
        let drawn = Drawn {
            links: &made.segments,
            n_over: made.n_over,
            classes: &made.classes,
            nodes: &made.nodes,
        };
        let drawn = graph::draw(&drawn, &job.window, &job.look, job.moving, stop)?;
        Some(Painted {
            job: job.clone(),
            content: Content::Picture(Arc::new(drawn.picture)),
            made,
            drawn_permille: drawn.drawn_permille,
        })
    }
}
