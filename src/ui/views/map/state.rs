//! What the map remembers between frames.

use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Weak};

use egui::{Context, Key, Modifiers};

use super::derive::MapScene;
use crate::snapshot::model::MapData;
use crate::ui::camera::Camera;
use crate::ui::paint::Scene;
use crate::ui::{Cx, Shared, text};

/// Prepared layouts that wait to be taken.
const N_PREPARED: usize = 1;
/// From how many documents a layout is prepared on a thread of its own.
const N_DOCS_IN_FRAME: usize = 60_000;

/// What color means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorBy {
    /// The nation.
    #[default]
    Nation,
    /// The topic.
    Topic,
}

/// What the map remembers.
#[derive(Default)]
pub struct MapState {
    pub(super) color_by: ColorBy,
    pub(super) hide_context: bool,
    pub(super) camera: Option<Camera>,
    pub(super) fitted_points_per_unit: f32,
    pub(super) wants_fit: bool,
    pub(super) zoom_steps: f32,
    pub(super) hovered: Option<u32>,
    pub(super) n_legend_shown: usize,
    source: Weak<MapData>,
    prepared: Option<Prepared>,
    pending: Option<Receiver<Prepared>>,
}

/// A layout ready to be drawn.
pub(super) struct Prepared {
    /// Counts, grid and bounds.
    pub(super) derived: MapScene,
    /// For the graphics card.
    pub(super) scene: Arc<Scene>,
}

impl Prepared {
    fn build(map: &MapData, n_topics: usize) -> Self {
        let mut derived = MapScene::build(map, n_topics);
        let scene = Arc::new(std::mem::take(&mut derived.scene));
        Self { derived, scene }
    }
}

impl MapState {
    /// Follows the snapshot: prepares a new layout once, large ones on a thread of their own.
    pub(crate) fn follow(&mut self, ctx: &Context, map: &Arc<MapData>, n_topics: usize) {
        if let Some(prepared) = self.pending.as_ref().and_then(|r| r.try_recv().ok()) {
            self.pending = None;
            self.prepared = Some(prepared);
        }
        if self.source.as_ptr() == Arc::as_ptr(map) {
            return;
        }
        // Another layout has another shape; the same documents with new topics keep the view.
        let other_shape = self
            .prepared
            .as_ref()
            .is_none_or(|p| p.scene.points.len() != map.docs.len());
        self.source = Arc::downgrade(map);
        self.hovered = None;
        if other_shape {
            self.camera = None;
        }
        if map.docs.len() <= N_DOCS_IN_FRAME {
            self.prepared = Some(Prepared::build(map, n_topics));
            return;
        }
        let (sender, receiver) = sync_channel(N_PREPARED);
        let (map, ctx) = (Arc::clone(map), ctx.clone());
        let spawned = std::thread::Builder::new()
            .name("map scene".to_owned())
            .spawn(move || {
                // Nobody waits any more when the receiver is gone: the newest request won.
                drop(sender.send(Prepared::build(&map, n_topics)));
                ctx.request_repaint();
            });
        self.pending = spawned.is_ok().then_some(receiver);
    }

    /// Returns the layout ready to be drawn.
    pub(super) fn prepared(&self) -> Option<&Prepared> {
        self.prepared.as_ref()
    }

    /// Hears of the map's keys.
    pub(crate) fn keys(&mut self, ctx: &Context, shared: &mut Shared) {
        let pressed = |key: Key| ctx.input_mut(|i| i.consume_key(Modifiers::NONE, key));
        if pressed(Key::N) {
            self.color_by = ColorBy::Nation;
        }
        if pressed(Key::T) {
            self.color_by = ColorBy::Topic;
        }
        if pressed(Key::F) {
            self.wants_fit = true;
        }
        if pressed(Key::H) {
            self.hide_context = !self.hide_context;
        }
        if pressed(Key::A) {
            shared.topics_only.clear();
            shared.nations_only.clear();
        }
        if pressed(Key::Plus) || pressed(Key::Equals) {
            self.zoom_steps += 1.0;
        }
        if pressed(Key::Minus) {
            self.zoom_steps -= 1.0;
        }
    }

    /// Says how many documents are drawn in color of how many.
    pub(crate) fn status(&self, cx: &Cx<'_>) -> String {
        let (Some(prepared), Some(map)) = (&self.prepared, &cx.input.snapshot.map) else {
            return String::new();
        };
        let n_all = map.docs.len();
        let (n_clustered, n_outliers) = n_drawn(prepared, map, cx.shared);
        let filtered = !cx.shared.topics_only.is_empty() || !cx.shared.nations_only.is_empty();
        if filtered {
            return format!(
                "{} of {} in the filter{}",
                text::count_of(n_clustered),
                text::count_of(n_all),
                if self.hide_context {
                    ", the rest hidden"
                } else {
                    ", the rest gray"
                }
            );
        }
        if self.hide_context {
            return format!(
                "{} of {} drawn, {} outliers hidden",
                text::count_of(n_clustered),
                text::count_of(n_all),
                text::count_of(n_outliers)
            );
        }
        format!(
            "{} of {} drawn",
            text::count_of(n_clustered + n_outliers),
            text::count_of(n_all)
        )
    }
}

/// Counts what the filter lets through: clustered documents, and outliers.
fn n_drawn(prepared: &Prepared, map: &MapData, shared: &Shared) -> (usize, usize) {
    prepared.derived.count(
        |n| map.nations.get(n).is_some_and(|&n| shared.shows(n)),
        |t| shared.topics_only.is_empty() || shared.topics_only.contains(&(t as u32)),
    )
}
