//! What part of a plane a view shows: pan, zoom and fit, with y up.

use egui::{Pos2, Rect, Vec2, pos2, vec2};

use crate::base::cloud::Bounds;
use crate::gpu::{self, Mat3};

/// The part of a plane that a view shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// What is in the middle, in map units.
    pub center_in_map: [f32; 2],
    /// Points on screen per map unit.
    pub points_per_unit: f32,
}

impl Camera {
    /// Shows a box in the middle of a view with `margin` points around it.
    pub fn fit(bounds: Bounds, view: Rect, margin: f32) -> Self {
        let (lo, hi) = bounds;
        let size = [(hi[0] - lo[0]).max(1e-3), (hi[1] - lo[1]).max(1e-3)];
        let room = vec2(
            (view.width() - 2.0 * margin).max(20.0),
            (view.height() - 2.0 * margin).max(20.0),
        );
        Self {
            center_in_map: [0.5 * (lo[0] + hi[0]), 0.5 * (lo[1] + hi[1])],
            points_per_unit: (room.x / size[0]).min(room.y / size[1]),
        }
    }

    /// Returns where a map position stands on screen.
    pub fn screen_from_map(&self, view: Rect, p: [f32; 2]) -> Pos2 {
        pos2(
            view.center().x + (p[0] - self.center_in_map[0]) * self.points_per_unit,
            view.center().y - (p[1] - self.center_in_map[1]) * self.points_per_unit,
        )
    }

    /// Returns the map position under a point of the screen.
    pub fn map_from_screen(&self, view: Rect, at: Pos2) -> [f32; 2] {
        [
            self.center_in_map[0] + (at.x - view.center().x) / self.points_per_unit,
            self.center_in_map[1] - (at.y - view.center().y) / self.points_per_unit,
        ]
    }

    /// Moves what is shown along with the pointer.
    pub fn pan(&mut self, delta_in_points: Vec2) {
        self.center_in_map[0] -= delta_in_points.x / self.points_per_unit;
        self.center_in_map[1] += delta_in_points.y / self.points_per_unit;
    }

    /// Zooms by a factor so that what is under `at` stays there; kept within `range` points per unit.
    pub fn zoom_about(&mut self, view: Rect, at: Pos2, factor: f32, range: (f32, f32)) {
        let under = self.map_from_screen(view, at);
        self.points_per_unit = (self.points_per_unit * factor).clamp(range.0, range.1);
        let now = self.map_from_screen(view, at);
        self.center_in_map[0] += under[0] - now[0];
        self.center_in_map[1] += under[1] - now[1];
    }

    /// Returns the matrix for the shaders and the view's size in physical pixels.
    pub fn matrix(&self, view: Rect, pixels_per_point: f32) -> (Mat3, [f32; 2]) {
        let viewport_px = [
            view.width() * pixels_per_point,
            view.height() * pixels_per_point,
        ];
        let m = gpu::ndc_from_map(
            self.center_in_map,
            self.points_per_unit * pixels_per_point,
            viewport_px,
        );
        (m, viewport_px)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zoom_keeps_what_is_under_the_pointer() {
        let view = Rect::from_min_size(pos2(50.0, 20.0), vec2(400.0, 300.0));
        let mut camera = Camera::fit(([-2.0, -1.0], [4.0, 3.0]), view, 10.0);
        let at = pos2(133.0, 71.0);
        let before = camera.map_from_screen(view, at);
        camera.zoom_about(view, at, 2.5, (1e-3, 1e6));
        let after = camera.map_from_screen(view, at);
        assert!((before[0] - after[0]).abs() < 1e-4 && (before[1] - after[1]).abs() < 1e-4);
        let back = camera.screen_from_map(view, after);
        assert!((back - at).length() < 1e-2);
    }

    #[test]
    fn fit_shows_everything() {
        let view = Rect::from_min_size(pos2(0.0, 0.0), vec2(400.0, 300.0));
        let camera = Camera::fit(([-2.0, -1.0], [4.0, 3.0]), view, 10.0);
        for p in [[-2.0, -1.0], [4.0, 3.0]] {
            assert!(view.shrink(9.9).contains(camera.screen_from_map(view, p)));
        }
        // One point alone does not zoom without end.
        assert!(
            Camera::fit(([1.0, 1.0], [1.0, 1.0]), view, 10.0)
                .points_per_unit
                .is_finite()
        );
    }
}
