//! What the map remembers between frames.

use std::sync::{Arc, Weak};

use egui::{Context, Key, Modifiers};

use super::brush::BrushState;
use super::classes::ColorBy;
use super::contours::ContoursState;
use super::inspector::LargestTopics;
use super::labels::Stretch;
use super::outline::{Drawing, Tool};
use super::painter::Painter;
use super::saved::SavedState;
use super::source_maps::{SourceMapsState, can_show};
use crate::domain::source_map::MatchVerdict;
use crate::snapshot::model::{MapData, TopicRow};
use crate::ui::binding::{Binding, Bound};
use crate::ui::camera::Camera;
use crate::ui::{Command, Cx, View, text};

/// A camera that has not moved for so long rests.
const REST_SECS: f64 = 0.12;

/// What the map remembers.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches that do not hang together"
)]
pub struct MapState {
    pub(super) color_by: ColorBy,
    pub(super) hides_context: bool,
    pub(super) per_nation: bool,
    pub(super) camera: Option<Camera>,
    /// Whether the whole map is in sight and was not moved since.
    pub(super) is_fitted: bool,
    /// When the camera moved last, in the window's seconds.
    moved_at: Option<f64>,
    pub(super) wants_fit: bool,
    pub(super) zoom_steps: f32,
    pub(super) hovered: Option<usize>,
    pub(super) n_legend_shown: usize,
    /// Whether the chosen topic stands in the inspector in place of the map's figures.
    pub(super) topic_at_hand: bool,
    pub(super) tool: Tool,
    pub(super) drawing: Drawing,
    pub(super) brush: BrushState,
    pub(super) contours: ContoursState,
    pub(super) saved: SavedState,
    pub(super) largest_topics: LargestTopics,
    pub(super) sources: SourceMapsState,
    /// Height of the row of tools in the last frame; in a narrow view it is more than one.
    pub(super) tools_height: f32,
    pub(super) painter: Painter,
    pub(super) labels: PlacedLabels,
    /// Labels of the topics by number, and the rows they were taken from.
    topic_labels: (Weak<Vec<TopicRow>>, Arc<Vec<String>>),
    map: Weak<MapData>,
    /// Name of the layout that the camera looks at.
    pub(super) layout: String,
}

/// When each label of the map is shown; found again when the labels or the scale of the letters change.
#[derive(Default)]
pub(super) struct PlacedLabels {
    pub(super) of: Weak<MapData>,
    pub(super) pixels_per_point: f32,
    pub(super) stretches: Vec<Option<Stretch>>,
}

impl MapState {
    /// Follows the snapshot: another layout begins with the whole map, the same one keeps the view.
    pub(crate) fn follow(&mut self, cx: &Cx<'_>) {
        // Only what is drawn moves on; what stands still must not hold the journal up.
        let is_drawn = cx.shared.view == View::Map || cx.shared.beside.other == Some(View::Map);
        if !is_drawn || self.sources.is_on(cx) {
            self.brush.stop();
        }
        let Some(map) = &cx.input.snapshot.map else {
            return;
        };
        let topics = &cx.input.snapshot.topics;
        if self.topic_labels.0.as_ptr() != Arc::as_ptr(topics) {
            let n = topics.last().map_or(0, |t| t.number + 1);
            let mut labels = vec![String::new(); n];
            for topic in topics.iter() {
                if let Some(label) = labels.get_mut(topic.number) {
                    label.clone_from(&topic.label);
                }
            }
            // The same labels keep their address, so that nothing is colored again for nothing.
            if *self.topic_labels.1 != labels {
                self.topic_labels.1 = Arc::new(labels);
            }
            self.topic_labels.0 = Arc::downgrade(topics);
        }
        if self.map.as_ptr() == Arc::as_ptr(map) {
            return;
        }
        self.map = Arc::downgrade(map);
        self.hovered = None;
        if self.layout != map.layout {
            self.layout.clone_from(&map.layout);
            self.camera = None;
            self.drawing = Drawing::default();
        }
        if !ColorBy::all(map).contains(&self.color_by) {
            self.color_by = ColorBy::Nation;
        }
    }

    /// Looks at the map anew in the next frame: what was put back may not fit it.
    pub(super) fn look_again(&mut self) {
        self.map = Weak::new();
    }

    /// Tells whether the window of time wanders by itself.
    pub(crate) fn is_playing(&self) -> bool {
        self.brush.is_playing()
    }

    /// Opens the time brush, which stands under the joint map.
    pub(crate) fn open_brush(&mut self) {
        self.sources.turn_off();
        self.brush.open = true;
    }

    /// Returns what part of the map is shown.
    #[cfg(test)]
    pub(crate) fn camera(&self) -> Option<Camera> {
        self.camera
    }

    /// Tells whether every nation has a map of its own.
    #[cfg(test)]
    pub(crate) fn is_per_nation(&self) -> bool {
        self.per_nation
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

    pub(super) fn topic_labels(&self) -> &Arc<Vec<String>> {
        &self.topic_labels.1
    }

    /// Colors by another field; its legend begins at the top.
    pub(super) fn recolor(&mut self, by: ColorBy) {
        self.color_by = by;
        self.n_legend_shown = 0;
    }

    /// Shows one map for each nation, or one for all; either begins with the whole map.
    pub(super) fn toggle_per_nation(&mut self) {
        self.per_nation = !self.per_nation;
        self.wants_fit = true;
    }

    /// Takes a tool, or puts it down when it is in hand already.
    pub(super) fn pick_tool(&mut self, tool: Tool) {
        self.drawing = Drawing::default();
        self.tool = if self.tool == tool { Tool::Move } else { tool };
    }

    /// Gives up the outline being drawn, else the tool, else the selection; on per-source maps the match
    /// that is looked at. `false` if there is none.
    pub(crate) fn step_back(&mut self, cx: &mut Cx<'_>) -> bool {
        if self.sources.is_on(cx) && self.sources.step_back() {
            return true;
        }
        if self.drawing.is_begun() {
            self.drawing = Drawing::default();
        } else if self.tool != Tool::Move {
            self.tool = Tool::Move;
        } else if self.shows_topic(cx) {
            self.show_topic(false);
        } else if !cx.shared.desk.selection.is_empty() {
            cx.shared.desk.selection = crate::domain::filter::Selection::default();
        } else {
            return false;
        }
        true
    }

    /// Tells whether the chosen topic stands in the inspector.
    pub(crate) fn shows_topic(&self, cx: &Cx<'_>) -> bool {
        self.topic_at_hand && !self.sources.is_on(cx) && cx.shared.selected_topic.is_some()
    }

    /// Puts the chosen topic into the inspector, or the map's figures.
    pub(crate) fn show_topic(&mut self, at_hand: bool) {
        self.topic_at_hand = at_hand;
    }

    /// Says how many documents are drawn in color of how many.
    pub(crate) fn status(&self, cx: &Cx<'_>) -> String {
        if self.sources.is_on(cx) {
            return self.sources.status(cx);
        }
        let (Some(painted), Some(map)) = (self.painter.last(), &cx.input.snapshot.map) else {
            return String::new();
        };
        let n_all = text::count_of(map.places.n_rows());
        let coloring = &painted.coloring;
        let n_colored: usize = coloring.values.iter().map(|v| v.n).sum();
        let hidden = if self.hides_context { "hidden" } else { "gray" };
        if cx.focus().is_some() {
            return format!(
                "{} of {n_all} shown, the rest {hidden}",
                text::count_of(n_colored + coloring.n_context),
            );
        }
        if self.hides_context {
            return format!(
                "{} of {n_all} drawn, {} outliers hidden",
                text::count_of(n_colored),
                text::count_of(coloring.n_context)
            );
        }
        let n_drawn = text::count_of(n_colored + coloring.n_context);
        format!("{n_drawn} of {n_all} drawn")
    }
}

/// Tells whether there is a map, joint or not.
fn there(_: &MapState, cx: &Cx<'_>) -> bool {
    cx.input.snapshot.map.is_some()
}

/// Tells whether the joint map is what is shown.
fn joint(map: &MapState, cx: &Cx<'_>) -> bool {
    there(map, cx) && !map.sources.is_on(cx)
}

/// Tells whether per-source maps are what is shown.
fn parted(map: &MapState, cx: &Cx<'_>) -> bool {
    map.sources.is_on(cx)
}

/// Tells whether a match of per-source maps is looked at.
fn on_match(map: &MapState, cx: &Cx<'_>) -> bool {
    parted(map, cx) && map.sources.looks_at_match()
}

impl Bound for MapState {
    const BINDINGS: &'static [Binding<Self>] = &[
        Binding::<Self>::plain("Color by nation", "N", Key::N, |map, _, _| {
            map.recolor(ColorBy::Nation);
        })
        .when(joint),
        Binding::<Self>::plain("Color by topic", "T", Key::T, |map, _, _| {
            map.recolor(ColorBy::Topic);
        })
        .when(|map, cx| {
            let shown = cx.input.snapshot.map.as_ref();
            joint(map, cx) && shown.is_some_and(|m| m.n_topics > 0)
        }),
        Binding::<Self>::plain("Select by a lasso", "L", Key::L, |map, _, _| {
            map.pick_tool(Tool::Lasso);
        })
        .when(joint),
        Binding::<Self>::plain("Select by a polygon", "P", Key::P, |map, _, _| {
            map.pick_tool(Tool::Polygon);
        })
        .when(joint),
        Binding::<Self>::plain("Close the polygon", "Enter", Key::Enter, |map, ctx, cx| {
            if let Some(corners) = map.drawing.close_polygon() {
                super::outline::select(ctx, cx, corners);
            }
        })
        .when(|map, _| map.drawing.is_begun()),
        Binding::<Self>::plain("Select by a box", "B", Key::B, |map, _, _| {
            map.pick_tool(Tool::Box);
        })
        .when(joint),
        Binding::<Self>::plain("Fit the map to the view", "F", Key::F, |map, _, _| {
            map.wants_fit = true;
        })
        .when(there),
        Binding::<Self>::plain("Show or hide gray context", "H", Key::H, |map, _, _| {
            map.hides_context = !map.hides_context;
        })
        .when(joint),
        Binding::<Self>::plain("One map per nation, or one", "S", Key::S, |map, _, _| {
            map.toggle_per_nation();
        })
        .when(|map, cx| {
            let shown = cx.input.snapshot.map.as_ref();
            joint(map, cx) && shown.is_some_and(|m| m.places.nations.len() > 1)
        }),
        Binding::<Self>::plain("Show density contours", "C", Key::C, |map, _, _| {
            map.contours.on = !map.contours.on;
        })
        .when(joint),
        Binding::<Self>::plain("Save this selection", "K", Key::K, |map, _, cx| {
            map.show_topic(false);
            map.saved.begin(cx);
        })
        .when(|map, cx| joint(map, cx) && cx.focus().is_some()),
        Binding::<Self>::plain(
            "Per-source maps, or the joint map",
            "M",
            Key::M,
            |map, _, cx| {
                map.sources.toggle(cx);
            },
        )
        .when(|_, cx| can_show(cx)),
        Binding::<Self>::plain("Accept the match", "Y", Key::Y, |map, _, cx| {
            map.sources.rule(cx, MatchVerdict::Accepted);
        })
        .when(on_match),
        Binding::<Self>::plain("Refuse the match", "N", Key::N, |map, _, cx| {
            map.sources.rule(cx, MatchVerdict::Refused);
        })
        .when(on_match),
        Binding::<Self>::plain("Next match", "↓", Key::ArrowDown, |map, _, cx| {
            map.sources.walk(cx, 1);
        })
        .when(parted),
        Binding::<Self>::plain("Previous match", "↑", Key::ArrowUp, |map, _, cx| {
            map.sources.walk(cx, -1);
        })
        .when(parted),
        Binding::<Self>::unbound("Make per-source maps", |_, _, cx| {
            cx.send(Command::MakeSourceMaps);
        })
        .when(|map, cx| there(map, cx) && cx.input.progress.is_none()),
        Binding::<Self>::plain("Show the time brush", "Y", Key::Y, |map, _, cx| {
            map.brush.toggle(cx);
        })
        .when(has_months),
        Binding::<Self>::plain("Play through time", "Space", Key::Space, |map, _, cx| {
            map.brush.play_or_stop(cx);
        })
        .when(|map, cx| map.brush.open && has_months(map, cx)),
        Binding::<Self>::plain("Zoom in", "+", Key::Plus, |map, _, _| map.zoom_steps += 1.0)
            .or(Modifiers::NONE, Key::Equals)
            .when(there),
        Binding::<Self>::plain("Zoom out", "-", Key::Minus, |map, _, _| {
            map.zoom_steps -= 1.0;
        })
        .when(there),
    ];

    fn choices(&self, cx: &Cx<'_>) -> Vec<String> {
        if self.sources.is_on(cx) {
            return Vec::new();
        }
        // Nation and topic have keys.
        let keyed = |by: &ColorBy| matches!(by, ColorBy::Nation | ColorBy::Topic);
        let map = cx.input.snapshot.map.iter();
        map.flat_map(|m| ColorBy::all(m))
            .filter(|by| !keyed(by))
            .map(|by| by.action())
            .collect()
    }

    fn choose(&mut self, name: &str, cx: &mut Cx<'_>) {
        let map = cx.input.snapshot.map.iter();
        if let Some(by) = map
            .flat_map(|m| ColorBy::all(m))
            .find(|by| by.action() == name)
        {
            self.recolor(by);
        }
    }
}

fn has_months(map: &MapState, cx: &Cx<'_>) -> bool {
    let shown = cx.input.snapshot.map.as_ref();
    joint(map, cx) && shown.is_some_and(|m| m.months.n > 1)
}
