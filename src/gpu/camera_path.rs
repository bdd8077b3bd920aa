//! A smooth way of the camera into the densest place and back, for measuring.

use super::raster::Window;
use crate::base::cloud::Cloud;

/// How far the path goes in: to one hundredth of the width.
const DEEPEST: f32 = 100.0;

/// Cells on a side of the grid whose fullest cell is the densest place.
const GRID: usize = 256;

/// Returns the window that shows all of a cloud, its box fitted without a margin but a hair, so that the
/// outermost points lie inside.
pub fn whole(cloud: &Cloud, size_px: [u32; 2]) -> Window {
    let (lo, hi) = cloud.bounds();
    let fit = |a: usize| size_px[a] as f32 / (hi[a] - lo[a]).max(f32::MIN_POSITIVE);
    Window {
        center_in_map: [0.5 * (lo[0] + hi[0]), 0.5 * (lo[1] + hi[1])],
        px_per_unit: (fit(0).min(fit(1)) * (1.0 - 1e-5)).min(f32::MAX),
        size_px,
    }
}

/// Returns the middle of the fullest cell of a grid of 256 × 256 over the square above the box's lower
/// corner; of equally full ones the first by rows.
pub fn densest(cloud: &Cloud) -> [f32; 2] {
    let (lo, hi) = cloud.bounds();
    let cell = (hi[0] - lo[0]).max(hi[1] - lo[1]).max(f32::MIN_POSITIVE) / GRID as f32;
    let mut counts = vec![0u32; GRID * GRID];
    for p in cloud.points() {
        let [x, y] = [0, 1].map(|a| (((p[a] - lo[a]) / cell) as usize).min(GRID - 1));
        counts[y * GRID + x] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    let at = counts.iter().position(|n| *n == most).unwrap_or(0);
    let middle = |k: usize| (k as f32 + 0.5) * cell;
    [lo[0] + middle(at % GRID), lo[1] + middle(at / GRID)]
}

/// Returns the windows of a way from the whole map to one hundredth of its width at the densest place and
/// back, in `n_frames` steps.
///
/// # Source
/// Our own: with u = (1 − cos 2πt)/2 the width is `W·100^(−u)`, and the middle goes along so that the
/// densest place moves steadily to the middle of the picture. `tests/peers/draw` has the same formula.
pub fn zoom(cloud: &Cloud, size_px: [u32; 2], n_frames: usize) -> Vec<Window> {
    let from = whole(cloud, size_px);
    let to = densest(cloud);
    (0..n_frames)
        .map(|i| {
            let t = i as f32 / n_frames.saturating_sub(1).max(1) as f32;
            let u = 0.5 * (1.0 - (std::f32::consts::TAU * t).cos());
            let shrink = DEEPEST.powf(-u);
            let along = (1.0 - shrink) / (1.0 - 1.0 / DEEPEST);
            Window {
                center_in_map: [0, 1]
                    .map(|a| from.center_in_map[a] + (to[a] - from.center_in_map[a]) * along),
                px_per_unit: from.px_per_unit / shrink,
                size_px,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_goes_in_and_comes_back() {
        let mut points = vec![[0.0, 0.0], [10.0, 4.0]];
        points.extend([[7.5, 1.0]; 9]);
        let cloud = Cloud::new(points.into());
        let path = zoom(&cloud, [1000, 500], 21);
        let (first, middle, last) = (path[0], path[10], path[20]);
        assert!((first.px_per_unit - 100.0).abs() < 1e-2);
        assert!((middle.px_per_unit - 10_000.0).abs() < 1.0);
        assert!((middle.center_in_map[0] - 7.5).abs() < 0.03);
        assert!((last.px_per_unit - first.px_per_unit).abs() < 1e-2);
        assert!((last.center_in_map[0] - 5.0).abs() < 1e-3);
    }
}
