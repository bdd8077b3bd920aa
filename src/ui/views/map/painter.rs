//! Makes what the map draws, off the screen's thread where it takes longer than a frame.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::classes::{ColorBy, Coloring};
use crate::gpu::aggregate::{self, Aggregate};
use crate::gpu::camera_path::whole;
use crate::gpu::points::{MARKS_IN_SOFTWARE, draws_all, visible};
use crate::gpu::raster::{self, Look, Picture, Window};
use crate::snapshot::model::MapData;
use crate::snapshot::passing::Focus;
use crate::ui::newest::{Newest, Work};
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

/// Asks for pictures and keeps the last one.
pub(super) type Painter = Newest<Kept>;

/// The colorings made last.
#[derive(Default)]
pub(super) struct Kept {
    coloring: Option<(ColoringJob, Arc<Coloring>)>,
    only: Vec<(u8, Arc<Vec<u8>>)>,
    /// All points of a nation, or of all, as marks.
    scenes: Vec<(Option<u8>, Arc<Scene>)>,
    /// Points gathered for moving, by the classes they were gathered with.
    gathered: Vec<(Arc<Vec<u8>>, Aggregate)>,
}

impl Work for Kept {
    type Job = PaintJob;
    type Answer = Painted;
    const THREAD: &'static str = "map painter";

    fn fits(painted: &Painted, job: &PaintJob) -> bool {
        painted.fits(job)
    }

    fn same(a: &PaintJob, b: &PaintJob) -> bool {
        a.coloring.same(&b.coloring)
            && a.panes == b.panes
            && a.look == b.look
            && a.moving == b.moving
    }

    fn is_small(job: &PaintJob) -> bool {
        job.coloring.map.places.n_rows() <= N_DOCS_IN_FRAME
    }

    /// Colors are worth finishing: only a picture of another window is given up.
    fn gives_way(asked: &PaintJob, newer: &PaintJob) -> bool {
        asked.coloring.same(&newer.coloring)
    }

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
}

impl Kept {
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
