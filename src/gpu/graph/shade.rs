//! The color of a pixel that links cover.
//!
//! Every link lets the share 1 − alpha of what is under it through, so n of them let (1 − alpha)ⁿ through:
//! the more there are the stronger, whatever their order. Classes mix by how much they hide. Those drawn
//! over the others hide them in the same way. This is what drawing one link after another with its alpha
//! comes to, but for the order, and but for pixels covered in part: half a link lets the root of what a
//! whole one lets through, a little less than the mean.

use super::strokes::{Bins, PLANE, TILE_PX, Tile, WHOLE, cell};
use super::{GraphLook, N_LINK_CLASSES};
use crate::base::srgb;

/// Steps of the table of e^(−x).
const N_STEPS: usize = 2048;

/// Its steps for 1 of x: the table ends at e^(−8), a twelfth of a step of a byte.
const STEPS_PER_ONE: f32 = 256.0;

/// Colors of the classes in use.
pub(super) struct Shade {
    /// By slot: what a count of one hides, as −ln of what it lets through; and sRGB-encoded color.
    under: Vec<(usize, f32, [f32; 3])>,
    over: Vec<(usize, f32, [f32; 3])>,
    /// e^(−x) by steps.
    passes: Vec<f32>,
}

impl Shade {
    pub(super) fn new(look: &GraphLook, bins: &Bins) -> Self {
        let (mut under, mut over) = (Vec::new(), Vec::new());
        for (slot, class) in bins.classes.iter().enumerate() {
            let stroke = &look.strokes[*class % N_LINK_CLASSES];
            let [r, g, b, alpha] = stroke.color;
            let hides = -(1.0 - alpha.min(0.999)).ln() / WHOLE as f32;
            let color = [r, g, b].map(|v| srgb::stored(f64::from(v)) as f32 * 255.0);
            if stroke.is_over {
                over.push((slot, hides, color));
            } else {
                under.push((slot, hides, color));
            }
        }
        let passes = (0..=N_STEPS)
            .map(|i| (-(i as f32) / STEPS_PER_ONE).exp())
            .collect();
        Self {
            under,
            over,
            passes,
        }
    }

    /// Colors a tile of which some slots were counted; `pixels` are the rows of the picture that the tile
    /// lies in.
    pub(super) fn tile(
        &self,
        counts: &[u32],
        used: u32,
        tile: &Tile,
        pixels: &mut [[u8; 4]],
        width: usize,
    ) {
        let (counts, _) = counts.as_chunks::<PLANE>();
        let mut low = Sums::default();
        let mut high = Sums::default();
        for y in 0..tile.height {
            low.add_up(&self.under, counts, used, y);
            high.add_up(&self.over, counts, used, y);
            let line = &mut pixels[y * width + tile.left..][..tile.width];
            for (x, pixel) in line.iter_mut().enumerate() {
                if low.hides[x] + high.hides[x] > 0.0 {
                    *pixel = self.mixed(low.at(x), high.at(x));
                }
            }
        }
    }

    fn mixed(&self, low: ([f32; 3], f32), high: ([f32; 3], f32)) -> [u8; 4] {
        let pass = |hides: f32| {
            let at = (hides * STEPS_PER_ONE + 0.5) as usize;
            self.passes[at.min(N_STEPS)]
        };
        let (low_passes, high_passes) = (pass(low.1), pass(high.1));
        let of_low = (1.0 - low_passes) * high_passes / low.1.max(1e-12);
        let of_high = (1.0 - high_passes) / high.1.max(1e-12);
        let alpha = 1.0 - low_passes * high_passes;
        let channel = |k: usize| low.0[k] * of_low + high.0[k] * of_high;
        let byte = |v: f32| (v + 0.5) as u8;
        [
            byte(channel(0)),
            byte(channel(1)),
            byte(channel(2)),
            byte(alpha * 255.0),
        ]
    }
}

/// What some classes hide along a row of a tile, and that times their color.
struct Sums {
    hides: [f32; TILE_PX],
    color: [[f32; TILE_PX]; 3],
    is_empty: bool,
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            hides: [0.0; TILE_PX],
            color: [[0.0; TILE_PX]; 3],
            is_empty: true,
        }
    }
}

impl Sums {
    fn add_up(
        &mut self,
        of: &[(usize, f32, [f32; 3])],
        counts: &[[u32; PLANE]],
        used: u32,
        y: usize,
    ) {
        if !self.is_empty {
            *self = Self::default();
        }
        for (slot, per_count, rgb) in of {
            if used >> slot & 1 == 0 {
                continue;
            }
            self.is_empty = false;
            // Without a branch, so that the loops become vectors.
            let row = &counts[*slot][cell(0, y)..][..TILE_PX];
            for (x, n) in row.iter().enumerate() {
                self.hides[x] += *n as f32 * per_count;
            }
            for (sum, v) in self.color.iter_mut().zip(rgb) {
                let per = per_count * v;
                for (x, n) in row.iter().enumerate() {
                    sum[x] += *n as f32 * per;
                }
            }
        }
    }

    fn at(&self, x: usize) -> ([f32; 3], f32) {
        ([0, 1, 2].map(|k: usize| self.color[k][x]), self.hides[x])
    }
}
