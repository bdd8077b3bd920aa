//! What the graph remembers between frames, what a frame tells it, and what a person did in it.

use std::sync::{Arc, Weak};

use egui::Context;

use super::painter::Painter;
use super::scene::{Made, NodeColor};
use crate::domain::filter::Selection;
use crate::snapshot::model::conflicts::{ConflictData, ConflictGraph, Leaving, QueueItem};
use crate::ui::camera::Camera;
use crate::ui::text;
use crate::ui::views::map::labels::Stretch;
use crate::ui::views::map::outline::{Drawing, Tool};

/// A camera that has not moved for so long rests.
const REST_SECS: f64 = 0.12;

/// The most hops of a focus.
pub(in crate::ui::views::conflicts) const MOST_HOPS: u8 = 4;

/// What a frame tells the graph.
pub(in crate::ui::views::conflicts) struct GraphAsk<'a> {
    pub(in crate::ui::views::conflicts) data: &'a Arc<ConflictData>,
    /// The flagged edge under review, if one is.
    pub(in crate::ui::views::conflicts) item: Option<&'a QueueItem>,
    /// Its cycle on show: nodes, the two ends first; empty for none.
    pub(in crate::ui::views::conflicts) cycle: &'a [u32],
    /// Which one of its example cycles that is.
    pub(in crate::ui::views::conflicts) cycle_idx: usize,
    /// Cycles that can be shown one after another.
    pub(in crate::ui::views::conflicts) n_cycles: usize,
    /// Issue whose documents are looked at and whose camps are outlined.
    pub(in crate::ui::views::conflicts) issue: Option<u32>,
    /// The graph as it stood when this round was closed, 0 before the first; `None` as it is now.
    pub(in crate::ui::views::conflicts) shown_round: Option<u32>,
    /// Whether what the verdicts of the open round take out is shown as gone.
    pub(in crate::ui::views::conflicts) shows_leaving: bool,
}

impl GraphAsk<'_> {
    /// Returns what is shown as gone though the round is open.
    pub(super) fn leaving(&self) -> Arc<Leaving> {
        if self.shows_leaving && self.shown_round.is_none() {
            Arc::clone(&self.data.leaving)
        } else {
            Arc::default()
        }
    }
}

/// What a person did in the graph that the review hears of; a document is opened by the graph itself.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ui::views::conflicts) enum GraphAnswer {
    /// Chose the flagged edge at this place of the queue.
    Item(usize),
    /// Asked for the next cycle.
    NextCycle,
    /// Selected documents by a lasso; how the selection stood before.
    Selected(Box<Selection>),
}

/// What the pointer is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hovered {
    /// A document, by its index.
    Node(u32),
    /// A link, by its index.
    Link(u32),
}

/// Where the camera goes in the next frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum LookAt {
    /// Where it is.
    #[default]
    Same,
    /// To the cycle on show, or to everything where there is none.
    Cycle,
    /// To everything.
    All,
}

/// What the graph remembers.
#[derive(Default)]
pub(in crate::ui::views::conflicts) struct GraphState {
    pub(super) camera: Option<Camera>,
    pub(super) look_at: LookAt,
    pub(super) zoom_steps: f32,
    /// When the camera moved last, in the window's seconds.
    moved_at: Option<f64>,
    pub(super) hovered: Option<Hovered>,
    pub(super) tool: Tool,
    pub(super) drawing: Drawing,
    /// Hops around the flagged edge that are looked at, 0 for all of the graph.
    pub(super) hops: u8,
    pub(super) node_color: NodeColor,
    pub(super) colors_kinds: bool,
    pub(super) hides_camps: bool,
    pub(super) hides_context: bool,
    pub(super) painter: Painter,
    pub(super) labels: PlacedLabels,
    /// Height of the row of tools in the last frame; in a narrow view it is more than one.
    pub(super) tools_height: f32,
    /// Height of the legend in the last frame.
    pub(super) legend_height: f32,
    /// What was drawn last.
    drawn: Weak<Made>,
    /// The graph that all this is of.
    of: Weak<ConflictGraph>,
    nation: Option<crate::domain::corpus::Nation>,
}

/// When each name is shown; found again when the documents named or the scale of the letters change.
#[derive(Default)]
pub(super) struct PlacedLabels {
    /// Address of what was made; only compared.
    pub(super) of: Weak<Made>,
    pub(super) pixels_per_point: f32,
    pub(super) stretches: Vec<Option<Stretch>>,
}

impl GraphState {
    /// Looks at the cycle on show in the next frame.
    pub(in crate::ui::views::conflicts) fn look_at_cycle(&mut self) {
        self.look_at = LookAt::Cycle;
    }

    /// Shows the whole graph in the next frame.
    pub(in crate::ui::views::conflicts) fn look_at_all(&mut self) {
        self.look_at = LookAt::All;
    }

    /// Moves nearer or farther by steps.
    pub(in crate::ui::views::conflicts) fn zoom(&mut self, steps: f32) {
        self.zoom_steps += steps;
    }

    /// Looks only so many hops around the flagged edge; once more, at all.
    pub(in crate::ui::views::conflicts) fn toggle_hops(&mut self, hops: u8) {
        self.hops = if self.hops == hops {
            0
        } else {
            hops.min(MOST_HOPS)
        };
    }

    /// Goes on to the next number of hops: all, 1, 2, 3, 4.
    pub(in crate::ui::views::conflicts) fn next_hops(&mut self) {
        self.hops = (self.hops + 1) % (MOST_HOPS + 1);
    }

    /// Colors documents by the next thing: nation, outlet, camp.
    pub(in crate::ui::views::conflicts) fn next_node_color(&mut self) {
        self.node_color = self.node_color.next();
    }

    /// Colors links by kind, or by agreement.
    pub(in crate::ui::views::conflicts) fn next_link_color(&mut self) {
        self.colors_kinds = !self.colors_kinds;
    }

    /// Outlines the camps of the issue, or not.
    pub(in crate::ui::views::conflicts) fn toggle_camps(&mut self) {
        self.hides_camps = !self.hides_camps;
    }

    /// Hides what is not looked at, or shows it gray.
    pub(in crate::ui::views::conflicts) fn toggle_context(&mut self) {
        self.hides_context = !self.hides_context;
    }

    /// Takes the lasso, or puts it down.
    pub(in crate::ui::views::conflicts) fn toggle_lasso(&mut self) {
        self.drawing = Drawing::default();
        self.tool = if self.tool == Tool::Lasso {
            Tool::Move
        } else {
            Tool::Lasso
        };
    }

    /// Gives up the outline being drawn, else the lasso, else the focus; `false` if there is none.
    pub(in crate::ui::views::conflicts) fn step_back(&mut self) -> bool {
        if self.drawing.is_begun() {
            self.drawing = Drawing::default();
        } else if self.tool != Tool::Move {
            self.tool = Tool::Move;
        } else if self.hops > 0 {
            self.hops = 0;
        } else {
            return false;
        }
        true
    }

    /// Says how much is drawn of how much.
    pub(in crate::ui::views::conflicts) fn status(&self) -> String {
        let Some(painted) = self.painter.last() else {
            return String::new();
        };
        let made = &painted.made;
        let graph = &painted.job.wanted.data.graph;
        let n_all = text::count_of(graph.links.len());
        let links = if painted.drawn_permille < 1000 {
            let n_thinned = made.segments.len() - made.n_over;
            let n_drawn = made.n_over + n_thinned * painted.drawn_permille as usize / 1000;
            let n_drawn = text::count_of(n_drawn);
            format!("{n_drawn} of {n_all} links drawn while moving")
        } else {
            format!("{} of {n_all} links", text::count_of(made.n_links))
        };
        format!(
            "{} of {} documents · {links}",
            text::count_of(made.n_data),
            text::count_of(graph.nodes.len())
        )
    }

    /// Follows the snapshot: another nation begins with its own view, the same one keeps it.
    pub(super) fn follow(&mut self, data: &ConflictData) {
        if std::ptr::eq(self.of.as_ptr(), Arc::as_ptr(&data.graph)) {
            return;
        }
        self.of = Arc::downgrade(&data.graph);
        self.hovered = None;
        if self.nation != Some(data.nation) {
            self.nation = Some(data.nation);
            self.drawing = Drawing::default();
            if self.look_at == LookAt::Same {
                self.look_at = LookAt::Cycle;
            }
        }
    }

    /// Tells whether something else is drawn than in the last frame.
    pub(super) fn is_news(&mut self, made: &Arc<Made>) -> bool {
        let is_news = self.drawn.as_ptr() != Arc::as_ptr(made);
        if is_news {
            self.drawn = Arc::downgrade(made);
        }
        is_news
    }

    /// Remembers that the camera has just moved, and asks for a frame when it will have come to rest.
    pub(super) fn moved(&mut self, ctx: &Context) {
        self.moved_at = Some(ctx.input(|i| i.time));
        ctx.request_repaint_after_secs(REST_SECS as f32 + 0.01);
    }

    /// Tells whether the camera moves.
    pub(super) fn is_moving(&self, now_secs: f64) -> bool {
        self.moved_at.is_some_and(|at| now_secs - at < REST_SECS)
    }

    /// Returns what part of the graph is shown.
    #[cfg(test)]
    pub(in crate::ui::views::conflicts) fn camera(&self) -> Option<Camera> {
        self.camera
    }
}
