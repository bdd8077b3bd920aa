//! How the map was left, to be found so again.

use super::classes::ColorBy;
use super::state::MapState;
use crate::ui::camera::Camera;

/// What of the map's state outlives the window.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches that do not hang together"
)]
pub struct MapLayout {
    /// Name of the layout of documents that the camera looks at.
    pub layout: String,
    /// What part of it is shown; `None` for all of it.
    pub camera: Option<Camera>,
    /// What colors.
    pub color_by: ColorBy,
    /// Whether gray context is hidden.
    pub hides_context: bool,
    /// Whether each nation has a map of its own.
    pub per_nation: bool,
    /// Whether lines of density are drawn.
    pub contours: bool,
    /// Whether the time brush stands open.
    pub brush_open: bool,
}

impl MapState {
    /// Returns how the map is arranged.
    pub(crate) fn layout(&self) -> MapLayout {
        MapLayout {
            layout: self.layout.clone(),
            camera: self.camera.filter(|_| !self.is_fitted),
            color_by: self.color_by.clone(),
            hides_context: self.hides_context,
            per_nation: self.per_nation,
            contours: self.contours.on,
            brush_open: self.brush.open,
        }
    }

    /// Arranges the map; the camera stays only if the documents are still laid out as they were, which the
    /// next frame with a map finds out.
    pub(crate) fn put_layout(&mut self, layout: MapLayout) {
        self.layout = layout.layout;
        self.is_fitted = false;
        self.camera = layout.camera.filter(|c| {
            let places = c.center_in_map.iter().all(|x| x.is_finite());
            places && c.points_per_unit.is_finite() && c.points_per_unit > 0.0
        });
        self.color_by = layout.color_by;
        self.hides_context = layout.hides_context;
        self.per_nation = layout.per_nation;
        self.contours.on = layout.contours;
        self.brush.open = layout.brush_open;
        self.look_again();
    }
}
