//! Makes what the map draws, off the screen's thread where it takes longer than a frame; the newest request
//! wins, and the last answer stays on the screen until the next is there.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use egui::Context;

use super::classes::{ColorBy, Coloring};
use crate::base::lock::{hold, wait};
use crate::gpu::aggregate::{self, Aggregate};
use crate::gpu::camera_path::whole;
use crate::gpu::points::{MARKS_IN_SOFTWARE, draws_all, visible};
use crate::gpu::raster::{self, Look, Picture, Window};
use crate::snapshot::model::MapData;
use crate::snapshot::passing::Focus;
use crate::ui::paint::Scene;
use crate::ui::theme::Mark;

/// Up to how many documents everything is made within the frame that asks.
const N_DOCS_IN_FRAME: usize = 60_000;

/// What is colored how.
#[derive(Clone)]
pub(super) struct ColoringJob {
    pub(super) map: Arc<MapData>,
    pub(super) by: ColorBy,
    pub(super) focus: Option<Arc<Focus>>,
    pub(super) hides_context: bool,
    /// Labels of the topics by number.
    pub(super) labels: Arc<Vec<String>>,
}

impl ColoringJob {
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.map, &other.map)
            && self.by == other.by
            && self.hides_context == other.hides_context
            && Arc::ptr_eq(&self.labels, &other.labels)
            && match (&self.focus, &other.focus) {
                (Some(a), Some(b)) => Arc::ptr_eq(a, b),
                (None, None) => true,
                _ => false,
            }
    }
}

/// A part of the screen with a map in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pane {
    pub(super) window: Window,
    /// Index of the nation that is shown alone.
    pub(super) nation: Option<u8>,
}

/// Everything that a frame wants drawn.
#[derive(Clone)]
pub(super) struct PaintJob {
    pub(super) coloring: ColoringJob,
    pub(super) panes: Vec<Pane>,
    pub(super) look: Look,
    /// Whether the adapter is the processor itself.
    pub(super) in_software: bool,
    /// Whether the map is being moved: the picture may round places to less than half a pixel.
    pub(super) moving: bool,
}

/// What a pane draws.
#[derive(Clone)]
pub(super) enum Content {
    /// All points counted into a picture of the pane's window.
    Picture(Arc<Picture>),
    /// The points in the pane's window, or all of them.
    Marks { scene: Arc<Scene>, all: bool },
}

/// An answer.
#[derive(Clone)]
pub(super) struct Painted {
    job: PaintJob,
    pub(super) coloring: Arc<Coloring>,
    pub(super) panes: Vec<(Pane, Content)>,
}

impl Painted {
    /// Tells whether this is what is wanted.
    fn fits(&self, job: &PaintJob) -> bool {
        self.job.coloring.same(&job.coloring)
            && self.panes.len() == job.panes.len()
            && self
                .panes
                .iter()
                .zip(&job.panes)
                .all(|((mine, content), wanted)| {
                    match content {
                        // Marks are colored and moved by the frame that draws them.
                        Content::Marks { all: true, .. } => mine.nation == wanted.nation,
                        Content::Marks { all: false, .. } => mine == wanted,
                        Content::Picture(_) => {
                            // An exact picture serves while moving, not the other way round.
                            mine == wanted
                                && self.job.look == job.look
                                && (job.moving || !self.job.moving)
                        }
                    }
                })
    }
}

#[derive(Default)]
struct Slots {
    wanted: Option<(PaintJob, Arc<AtomicBool>)>,
    painted: Option<Painted>,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    slots: Mutex<Slots>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Slots> {
        hold(&self.slots)
    }
}

/// Asks for pictures and keeps the last one.
#[derive(Default)]
pub(super) struct Painter {
    shared: Option<Arc<Shared>>,
    asked: Option<PaintJob>,
    stop: Arc<AtomicBool>,
    last: Option<Painted>,
    /// What is kept between jobs that are done within the frame.
    kept: Kept,
}

/// The colorings made last.
#[derive(Default)]
struct Kept {
    coloring: Option<(ColoringJob, Arc<Coloring>)>,
    only: Vec<(u8, Arc<Vec<u8>>)>,
    /// All points of a nation, or of all, as marks.
    scenes: Vec<(Option<u8>, Arc<Scene>)>,
    /// Points gathered for moving, by the classes they were gathered with.
    gathered: Vec<(Arc<Vec<u8>>, Aggregate)>,
}

impl Painter {
    /// Returns the newest answer, which may be of an earlier request, and asks for what is wanted now.
    pub(super) fn paint(&mut self, ctx: &Context, job: PaintJob) -> Option<&Painted> {
        if let Some(shared) = &self.shared
            && let Some(painted) = shared.lock().painted.take()
        {
            self.last = Some(painted);
        }
        if self.last.as_ref().is_some_and(|p| p.fits(&job)) {
            self.asked = None;
            return self.last.as_ref();
        }
        if job.coloring.map.places.n_rows() <= N_DOCS_IN_FRAME {
            let never = AtomicBool::new(false);
            self.last = self.kept.work(&job, &never).or(self.last.take());
            return self.last.as_ref();
        }
        let same = |asked: &PaintJob| {
            asked.coloring.same(&job.coloring)
                && asked.panes == job.panes
                && asked.look == job.look
                && asked.moving == job.moving
        };
        if !self.asked.as_ref().is_some_and(same) {
            // Colors are worth finishing: only a picture of another window is given up.
            let same_colors = self
                .asked
                .as_ref()
                .is_some_and(|a| a.coloring.same(&job.coloring));
            if same_colors {
                self.stop.store(true, Ordering::Relaxed);
            }
            self.stop = Arc::default();
            self.asked = Some(job.clone());
            let stop = Arc::clone(&self.stop);
            let shared = self.shared.get_or_insert_with(|| start(ctx));
            shared.lock().wanted = Some((job, stop));
            shared.changed.notify_one();
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
        if let Some(shared) = &self.shared {
            shared.lock().closed = true;
            shared.changed.notify_one();
        }
    }
}

/// Starts the thread that makes pictures.
fn start(ctx: &Context) -> Arc<Shared> {
    let shared = Arc::new(Shared::default());
    let (of_thread, ctx) = (Arc::clone(&shared), ctx.clone());
    let spawned = std::thread::Builder::new()
        .name("map painter".to_owned())
        .spawn(move || {
            let mut kept = Kept::default();
            loop {
                let (job, stop) = {
                    let mut slots = of_thread.lock();
                    loop {
                        if slots.closed {
                            return;
                        }
                        match slots.wanted.take() {
                            Some(wanted) => break wanted,
                            None => {
                                slots = wait(&of_thread.changed, slots);
                            }
                        }
                    }
                };
                if let Some(painted) = kept.work(&job, &stop) {
                    of_thread.lock().painted = Some(painted);
                    ctx.request_repaint();
                }
            }
        });
    // Without a thread nothing is painted and the view goes on saying that it prepares; the system is out
    // of threads and has other troubles.
    drop(spawned);
    shared
}

impl Kept {
    /// Does a job; `None` if it was stopped.
    fn work(&mut self, job: &PaintJob, stop: &AtomicBool) -> Option<Painted> {
        let map = &job.coloring.map;
        let coloring = match &self.coloring {
            Some((of, kept)) if of.same(&job.coloring) => Arc::clone(kept),
            _ => {
                let c = &job.coloring;
                let focus = c.focus.as_deref();
                let made = Coloring::build(map, &c.by, &c.labels, focus, c.hides_context);
                let made = Arc::new(made);
                self.coloring = Some((c.clone(), Arc::clone(&made)));
                self.only.clear();
                self.scenes.clear();
                self.gathered.clear();
                made
            }
        };
        let mut panes = Vec::with_capacity(job.panes.len());
        for pane in &job.panes {
            let classes = match pane.nation {
                None => Arc::clone(&coloring.classes),
                Some(nation) => self.only(&coloring, map, nation),
            };
            panes.push((*pane, self.content(job, pane, &classes, stop)?));
        }
        Some(Painted {
            job: job.clone(),
            coloring,
            panes,
        })
    }

    /// Returns the points of these classes gathered into cells.
    fn gathered(&mut self, map: &MapData, classes: &Arc<Vec<u8>>) -> &Aggregate {
        let kept = self
            .gathered
            .iter()
            .position(|(of, _)| Arc::ptr_eq(of, classes));
        let at = kept.unwrap_or_else(|| {
            let made = Aggregate::new(&map.cloud, classes);
            self.gathered.push((Arc::clone(classes), made));
            self.gathered.len() - 1
        });
        &self.gathered[at].1
    }

    fn only(&mut self, coloring: &Coloring, map: &MapData, nation: u8) -> Arc<Vec<u8>> {
        if let Some((_, kept)) = self.only.iter().find(|(n, _)| *n == nation) {
            return Arc::clone(kept);
        }
        let made = Arc::new(coloring.only(map, nation));
        self.only.push((nation, Arc::clone(&made)));
        made
    }

    fn content(
        &mut self,
        job: &PaintJob,
        pane: &Pane,
        classes: &Arc<Vec<u8>>,
        stop: &AtomicBool,
    ) -> Option<Content> {
        let map = &job.coloring.map;
        let n = map.places.n_rows();
        let marks: Vec<u8> = map
            .places
            .nations
            .iter()
            .map(|n| Mark::of(*n).number())
            .collect();
        let mark = |row: usize| {
            let nation = map.places.nation_idx.get(row).copied().unwrap_or(0);
            marks.get(usize::from(nation)).copied().unwrap_or(0)
        };
        let gather = |window: &Window, limit: usize| {
            visible(&map.cloud, classes, mark, window, limit)
                .map(|points| Arc::new(Scene { points }))
        };
        if draws_all(n, job.in_software) {
            let kept = self.scenes.iter().find(|(of, _)| *of == pane.nation);
            if let Some((_, scene)) = kept {
                let scene = Arc::clone(scene);
                return Some(Content::Marks { scene, all: true });
            }
            let scene = gather(&whole(&map.cloud, [1000; 2]), n)?;
            self.scenes.push((pane.nation, Arc::clone(&scene)));
            return Some(Content::Marks { scene, all: true });
        }
        if let Some(scene) = gather(&pane.window, MARKS_IN_SOFTWARE) {
            return Some(Content::Marks { scene, all: false });
        }
        let gathered = (job.moving && n >= aggregate::LEAST_POINTS)
            .then(|| self.gathered(map, classes))
            .and_then(|a| a.points(pane.window.px_per_unit));
        let points = gathered.unwrap_or(raster::Points {
            cloud: &map.cloud,
            classes,
            weights: None,
        });
        raster::draw(&points, &pane.window, &job.look, stop)
            .map(|picture| Content::Picture(Arc::new(picture)))
    }
}
