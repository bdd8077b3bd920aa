//! Nodes over the links: each a small stamp of its mark, made once for every quarter of a pixel it may be
//! off the middle of its own, and laid over what is there.

use super::{GraphLook, MAX_NODE_PX, N_HUES, NodeInstance};
use crate::base::srgb;
use crate::gpu::marks::coverage;
use crate::gpu::raster::Window;

use super::strokes::{TILE_PX, Tile};

/// Places within a pixel on each axis.
const N_SHIFTS: usize = 4;

/// Marks that there are.
const N_MARKS: usize = 8;

/// A mark and its ring, as shares of a pixel from 0 to 255.
struct Stamp {
    side: usize,
    /// Of the mark, and of the ring around it.
    shares: Vec<[u8; 2]>,
}

/// A node in sight.
struct Place {
    /// Upper left corner of its stamp.
    x: i32,
    y: i32,
    stamp: u16,
    hue: u8,
    is_ringed: bool,
}

/// Nodes of a picture by tile.
pub(super) struct Stamps {
    shapes: Vec<Stamp>,
    places: Vec<Place>,
    /// Nodes of each tile side by side, in their order.
    of_tile: Vec<u32>,
    starts: Vec<u32>,
    /// sRGB-encoded color and alpha, 0 to 255, by hue; the ring's is the last.
    colors: [[f32; 4]; N_HUES + 1],
}

fn stamp_idx(mark: usize, is_context: bool, is_ringed: bool, shift: [usize; 2]) -> usize {
    let look = (mark * 2 + usize::from(is_context)) * 2 + usize::from(is_ringed);
    (look * N_SHIFTS + shift[1]) * N_SHIFTS + shift[0]
}

impl Stamps {
    pub(super) fn new(nodes: &[NodeInstance], window: &Window, look: &GraphLook) -> Self {
        let encoded = |[r, g, b, a]: [f32; 4]| {
            let of = |v: f32| srgb::stored(f64::from(v)) as f32 * 255.0;
            [of(r), of(g), of(b), a]
        };
        let mut colors = [[0.0; 4]; N_HUES + 1];
        for (color, hue) in colors.iter_mut().zip(look.hues.iter().chain([&look.ring])) {
            *color = encoded(*hue);
        }
        let mut stamps = Vec::new();
        for i in 0..N_MARKS * 4 * N_SHIFTS * N_SHIFTS {
            let shift = [i % N_SHIFTS, i / N_SHIFTS % N_SHIFTS];
            let kind = i / (N_SHIFTS * N_SHIFTS);
            let (mark, is_context, is_ringed) = (kind / 4, kind / 2 % 2 == 1, kind % 2 == 1);
            debug_assert_eq!(stamp_idx(mark, is_context, is_ringed, shift), i);
            let radius = if is_context {
                look.context_radius_px
            } else {
                look.radius_px
            };
            let ring = if is_ringed { look.ring_px } else { 0.0 };
            stamps.push(Stamp::new(mark as u32, radius, ring, shift));
        }
        let tiles = window
            .size_px
            .map(|n| (n as usize).div_ceil(TILE_PX) as i32);
        let middle = window.size_px.map(|n| 0.5 * n as f32);
        let mut places = Vec::new();
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for node in nodes {
            let hue = (node.bits & 15) as u8;
            if colors[usize::from(hue)][3] <= 0.0 {
                continue;
            }
            let [cx, cy] = window.center_in_map;
            let x = (node.center_in_map[0] - cx) * window.px_per_unit + middle[0];
            let y = (cy - node.center_in_map[1]) * window.px_per_unit + middle[1];
            let far = |v: f32, k: usize| {
                !(v > -MAX_NODE_PX - 2.0 && v < window.size_px[k] as f32 + MAX_NODE_PX + 2.0)
            };
            if far(x, 0) || far(y, 1) {
                continue;
            }
            let mark = (node.bits >> 4 & 7) as usize;
            let is_ringed = node.bits >> 7 & 1 == 1;
            let quarter = |v: f32| (((v - v.floor()) * N_SHIFTS as f32) as usize).min(N_SHIFTS - 1);
            let at = stamp_idx(mark, hue == 0, is_ringed, [quarter(x), quarter(y)]);
            let half = (stamps[at].side / 2) as i32;
            let place = Place {
                x: x.floor() as i32 - half,
                y: y.floor() as i32 - half,
                stamp: at as u16,
                hue,
                is_ringed,
            };
            let side = stamps[at].side as i32;
            let i = places.len() as u32;
            let tile = TILE_PX as i32;
            let range = |from: i32, n: i32| {
                from.div_euclid(tile).max(0)..=(from + side - 1).div_euclid(tile).min(n - 1)
            };
            for row in range(place.y, tiles[1]) {
                for column in range(place.x, tiles[0]) {
                    pairs.push(((row * tiles[0] + column) as u32, i));
                }
            }
            places.push(place);
        }
        let mut starts = vec![0u32; (tiles[0] * tiles[1]) as usize + 1];
        for (tile, _) in &pairs {
            starts[*tile as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut of_tile = vec![0; pairs.len()];
        for (tile, i) in pairs {
            let at = &mut next[tile as usize];
            of_tile[*at as usize] = i;
            *at += 1;
        }
        Self {
            shapes: stamps,
            places,
            of_tile,
            starts,
            colors,
        }
    }

    /// Lays a tile's nodes over its pixels; `pixels` are the rows of the picture that the tile lies in.
    pub(super) fn tile(&self, at: usize, tile: &Tile, pixels: &mut [[u8; 4]], width: usize) {
        let run = self.starts[at] as usize..self.starts[at + 1] as usize;
        let (left, top) = (tile.left as i32, tile.top as i32);
        for &i in &self.of_tile[run] {
            let place = &self.places[i as usize];
            let stamp = &self.shapes[usize::from(place.stamp)];
            let side = stamp.side as i32;
            let color = self.colors[usize::from(place.hue)];
            let ring = self.colors[N_HUES];
            let rows = (top - place.y).max(0)..(top + tile.height as i32 - place.y).min(side);
            let columns = (left - place.x).max(0)..(left + tile.width as i32 - place.x).min(side);
            for y in rows {
                for x in columns.clone() {
                    let [mark, around] = stamp.shares[(y * side + x) as usize];
                    let pixel = (place.y + y - top) as usize * width + (place.x + x) as usize;
                    if place.is_ringed && around > 0 {
                        lay(&mut pixels[pixel], ring, around);
                    }
                    if mark > 0 {
                        lay(&mut pixels[pixel], color, mark);
                    }
                }
            }
        }
    }
}

/// Lays a color over a pixel.
fn lay(pixel: &mut [u8; 4], [r, g, b, alpha]: [f32; 4], share: u8) {
    let a = alpha * f32::from(share) / 255.0;
    for (old, new) in pixel.iter_mut().zip([r, g, b, 255.0]) {
        *old = (f32::from(*old) * (1.0 - a) + new * a + 0.5) as u8;
    }
}

impl Stamp {
    fn new(mark: u32, radius: f32, ring: f32, shift: [usize; 2]) -> Self {
        let reach = (radius + ring + 1.0).min(MAX_NODE_PX).ceil() as usize;
        let side = 2 * reach + 1;
        let middle = shift.map(|s| reach as f32 + (s as f32 + 0.5) / N_SHIFTS as f32);
        let shares = (0..side * side)
            .map(|i| {
                let x = (i % side) as f32 + 0.5 - middle[0];
                // Marks have y up.
                let y = middle[1] - (i / side) as f32 - 0.5;
                let byte = |share: f32| (share * 255.0 + 0.5) as u8;
                // The ring is the mark made larger; what lies under the mark is hidden by it.
                let around = if ring > 0.0 {
                    coverage(mark, [x, y], radius + ring)
                } else {
                    0.0
                };
                [byte(coverage(mark, [x, y], radius)), byte(around)]
            })
            .collect();
        Self { side, shares }
    }
}
