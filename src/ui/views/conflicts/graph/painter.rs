//! Makes what the graph draws, off the screen's thread where it takes longer than a frame.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::scene::{Made, Wanted};
use crate::gpu::graph::{self, Drawn, GraphLook};
use crate::gpu::raster::{Picture, Window};
use crate::ui::newest::{Newest, Work};
use crate::ui::paint::GraphScene;

/// Up to how many documents and links together everything is made within the frame that asks.
const N_IN_FRAME: usize = 8_000;

/// Up to how many links and documents are drawn as marks where the adapter is the processor itself.
const N_MARKS_IN_SOFTWARE: usize = 2_500;

/// Up to how many links a picture is begun at once also where the processor draws the window.
const N_LINKS_AT_ONCE: usize = 100_000;

/// How long a picture of more waits.
const PATIENCE: Duration = Duration::from_millis(120);

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

/// Asks for pictures and keeps the last one.
pub(super) type Painter = Newest<Kept>;

/// What was made last.
#[derive(Default)]
pub(super) struct Kept {
    made: Option<(Wanted, Arc<Made>)>,
    scene: Option<Arc<GraphScene>>,
}

impl Work for Kept {
    type Job = Job;
    type Answer = Painted;
    const THREAD: &'static str = "graph painter";

    fn fits(painted: &Painted, job: &Job) -> bool {
        painted.fits(job)
    }

    fn same(a: &Job, b: &Job) -> bool {
        a.same(b)
    }

    fn is_small(job: &Job) -> bool {
        let graph = &job.wanted.data.graph;
        graph.nodes.len() + graph.links.len() <= N_IN_FRAME
    }

    /// What is drawn is worth finishing: only a picture of another window is given up, and while the view
    /// moves not even that, or none would ever be there.
    fn gives_way(asked: &Job, newer: &Job) -> bool {
        asked.wanted.same(&newer.wanted) && !asked.moving
    }

    /// Where the processor draws the window too, the words of the next flagged edge come before its picture,
    /// and whoever decides fast is not held up by pictures of what is past.
    fn patience(job: &Job) -> Duration {
        let is_large = job.wanted.data.graph.links.len() > N_LINKS_AT_ONCE;
        if job.in_software && is_large && !job.moving {
            PATIENCE
        } else {
            Duration::ZERO
        }
    }

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
