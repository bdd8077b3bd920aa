//! The picture of a graph, computed on the processor: how much of each pixel the links of each class cover,
//! the color that follows, and the nodes over it.
//!
//! Where no graphics hardware is at hand this draws half a million links in the time in which a software
//! driver draws some thousand. Coverage is counted in whole numbers, so the picture is the same at any
//! thread count and however it is divided into tiles. At rest every link is drawn; while the view moves,
//! plain links beyond a budget of pixels are thinned, evenly and always the same ones, those that are left
//! count for more, and the picture says how many there are. It knows no document and no theme: colors come
//! in linear.

mod shade;
mod stamps;
mod strokes;

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::raster::Window;
use crate::base::seed::Seed;
use crate::base::segments::Segment;
use shade::Shade;
use stamps::Stamps;
use strokes::{Bins, Tile};

/// Classes of links.
pub const N_LINK_CLASSES: usize = 32;

/// Colors of nodes; the first is context, drawn smaller.
pub const N_HUES: usize = 16;

/// The class of a link that is not drawn.
pub const HIDDEN: u8 = u8::MAX;

/// The widest link in pixels.
pub const MAX_WIDTH_PX: u32 = 6;

/// The largest node's radius in pixels, its ring included.
pub const MAX_NODE_PX: f32 = 24.0;

/// Pixels along links that a picture of a moving view may take; conflict links are all drawn besides.
const MOVING_BUDGET_PX: u64 = 1_800_000;

/// How the links of a class look.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stroke {
    /// Linear color; alpha is the strength of one link, 0 for a class that is not drawn.
    pub color: [f32; 4],
    /// Width in pixels, 1 to [`MAX_WIDTH_PX`].
    pub width_px: u32,
    /// Length of a dash and of the gap after it in pixels; no gap is a solid line.
    pub dash_px: [f32; 2],
    /// Whether it is drawn over the others.
    pub is_over: bool,
}

/// How a picture looks.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphLook {
    /// By class.
    pub strokes: [Stroke; N_LINK_CLASSES],
    /// Linear colors of the nodes by hue, the first for context; alpha 0 draws none.
    pub hues: [[f32; 4]; N_HUES],
    /// Linear color of the ring around a marked node.
    pub ring: [f32; 4],
    /// Radius of a node in pixels.
    pub radius_px: f32,
    /// Radius of a context node in pixels.
    pub context_radius_px: f32,
    /// Width of a ring in pixels.
    pub ring_px: f32,
}

/// A node as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct NodeInstance {
    /// Position in map units, y up.
    pub center_in_map: [f32; 2],
    /// Hue in bits 0–3, mark in bits 4–6, ring in bit 7; see [`node_bits`].
    pub bits: u32,
}

/// Packs what a node looks like.
pub fn node_bits(hue: u8, mark: u8, is_ringed: bool) -> u32 {
    u32::from(hue & 15) | (u32::from(mark & 7) << 4) | (u32::from(is_ringed) << 7)
}

/// What is drawn.
#[derive(Clone, Copy)]
pub struct Drawn<'a> {
    /// Links. Those from `n_over` on stand in no order (see [`shuffled`]): while the view moves, only the
    /// first of them may be drawn.
    pub links: &'a [Segment],
    /// Links at the beginning that are drawn in any case.
    pub n_over: usize,
    /// Class of each, below [`N_LINK_CLASSES`] or [`HIDDEN`].
    pub classes: &'a [u8],
    /// Nodes, the last on top.
    pub nodes: &'a [NodeInstance],
}

/// A computed picture of a graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraphPicture {
    /// The picture.
    pub picture: super::raster::Picture,
    /// Links drawn that reach into the window.
    pub n_drawn: usize,
    /// Share of the links from `n_over` on that was drawn, in thousandths: 1000 at rest.
    pub drawn_permille: u32,
}

/// Returns links in an order that says nothing about them, the same for as many.
pub fn shuffled(n: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    Seed(0).stream("links in no order").shuffle(&mut order);
    order
}

/// Links from which on a moving view is counted at half its size: shading every pixel takes longer there
/// than a frame has.
const HALVED_FROM: usize = 100_000;

/// What a view shows and how, at half its size: a moving picture is drawn twice as large as it was counted.
fn halved(window: &Window, look: &GraphLook) -> (Window, GraphLook) {
    let window = Window {
        px_per_unit: 0.5 * window.px_per_unit,
        size_px: window.size_px.map(|n| n.div_ceil(2)),
        ..*window
    };
    let strokes = look.strokes.map(|stroke| {
        let [r, g, b, a] = stroke.color;
        // A link cannot be less than a pixel wide; what it gains in width it loses in strength.
        let a = if stroke.width_px < 2 { 0.5 * a } else { a };
        Stroke {
            color: [r, g, b, a],
            width_px: stroke.width_px.div_ceil(2),
            dash_px: stroke.dash_px.map(|px| 0.5 * px),
            ..stroke
        }
    });
    let look = GraphLook {
        strokes,
        radius_px: 0.5 * look.radius_px,
        context_radius_px: 0.5 * look.context_radius_px,
        ring_px: 0.5 * look.ring_px,
        ..*look
    };
    (window, look)
}

/// Draws what `window` shows; `None` if `stop` was set meanwhile. A `moving` view may be thinned, and with
/// many links its picture has half the width and height of the window.
///
/// # Cost
/// Half a million links and 50,000 nodes on 1280 × 800 pixels and two cores: 120 ms at the median and 500 ms
/// at the 95th percentile of a zoom path; moving, at half the size, 18 and 29 ms.
pub fn draw(
    drawn: &Drawn<'_>,
    window: &Window,
    look: &GraphLook,
    moving: bool,
    stop: &AtomicBool,
) -> Option<GraphPicture> {
    let half = (moving && drawn.links.len() >= HALVED_FROM).then(|| halved(window, look));
    let (window, look) = half.as_ref().map_or((window, look), |(w, l)| (w, l));
    let [width, height] = window.size_px.map(|n| n as usize);
    if width == 0 || height == 0 {
        return Some(GraphPicture::default());
    }
    let budget = if moving { MOVING_BUDGET_PX } else { u64::MAX };
    let (bins, stamps) = rayon::join(
        || Bins::new(drawn, window, look, budget, stop),
        || Stamps::new(drawn.nodes, window, look),
    );
    let bins = bins?;
    let shade = Shade::new(look, &bins);
    let mut rgba = vec![[0u8; 4]; width * height];
    let n_columns = width.div_ceil(strokes::TILE_PX);
    let n_covered: usize = rgba
        .par_chunks_mut(width * strokes::TILE_PX)
        .enumerate()
        .map_init(
            || bins.room(),
            |counts, (row, pixels)| {
                let mut n_covered = 0;
                for column in 0..n_columns {
                    if stop.load(Ordering::Relaxed) {
                        return n_covered;
                    }
                    let left = column * strokes::TILE_PX;
                    let tile = Tile {
                        left,
                        top: row * strokes::TILE_PX,
                        width: strokes::TILE_PX.min(width - left),
                        height: pixels.len() / width,
                    };
                    let at = row * n_columns + column;
                    let used = bins.count(at, &tile, counts);
                    if used != 0 {
                        shade.tile(counts, used, &tile, pixels, width);
                    }
                    stamps.tile(at, &tile, pixels, width);
                    n_covered += (0..tile.height)
                        .map(|y| &pixels[y * width + left..][..tile.width])
                        .map(|line| line.iter().filter(|p| p[3] > 0).count())
                        .sum::<usize>();
                }
                n_covered
            },
        )
        .sum();
    if stop.load(Ordering::Relaxed) {
        return None;
    }
    Some(GraphPicture {
        picture: super::raster::Picture {
            size_px: window.size_px,
            rgba,
            n_covered,
        },
        n_drawn: bins.n_drawn,
        drawn_permille: (1000.0 * bins.share).ceil() as u32,
    })
}

#[cfg(test)]
mod tests;
