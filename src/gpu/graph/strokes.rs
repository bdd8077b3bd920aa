//! Links as strokes: which pixels they cover and how much of each, sorted into tiles.
//!
//! A stroke walks the columns (or the rows, where it is steep) whose middles lie between its ends and covers
//! in each a stretch as long as it is wide around its own middle; a link shorter than a pixel may miss all of
//! them, in the mean as often as its length says. Places across are whole numbers of 2⁻³² pixels, so that a
//! stroke is the same in whatever tile it is drawn.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::{Drawn, GraphLook, HIDDEN, MAX_WIDTH_PX, N_LINK_CLASSES};
use crate::base::segments::Segment;
use crate::gpu::raster::Window;

/// Side of a tile in pixels: the counts of a class stay in the first cache.
pub(super) const TILE_PX: usize = 64;

/// Pixels around a tile that its strokes may touch: their width and one for rounding.
const MARGIN: usize = MAX_WIDTH_PX as usize + 2;

/// Numbers in a row of a tile's counts.
pub(super) const STRIDE: usize = TILE_PX + 2 * MARGIN;

/// Numbers of a class in a tile's counts: a power of two, so that a masked place is always inside.
pub(super) const PLANE: usize = 1 << 13;

const _: () = assert!(STRIDE * STRIDE <= PLANE, "a tile's counts fit");

/// What a wholly covered pixel counts.
pub(super) const WHOLE: u32 = 256;

/// Links that a thread takes at once.
const CHUNK: usize = 1 << 13;

/// One link in so many is measured before a moving picture is drawn.
const SAMPLED: usize = 16;

/// The most that a link counts for when others are left out: with this, half a million links on one pixel
/// still fit into 32 bits (2¹⁹ · 256 · 32 = 2³²).
const MAX_WEIGHT: f64 = 32.0;

/// 2³².
const ONE: f64 = 4_294_967_296.0;

/// A rectangle of the picture.
pub(super) struct Tile {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// A link in pixels.
#[derive(Clone, Copy)]
struct Walk {
    /// First and last pixel along, the last not included.
    from: i32,
    to: i32,
    /// Where its upper (or left) edge is in the first pixel, in 2⁻³² pixels.
    edge: i64,
    /// How far the edge moves with every pixel along.
    slope: i64,
    /// Where in its dash it begins, and how far it goes on with every pixel; 2³² are a dash and a gap.
    phase: u32,
    phase_step: u32,
    slot: u8,
    is_steep: bool,
    /// Whether others like it are left out, so that it counts for more.
    is_thinned: bool,
}

/// The strokes of some links with the tiles they reach into.
struct Part {
    walks: Vec<Walk>,
    /// Strokes of each tile side by side.
    of_tile: Vec<u32>,
    /// Where each tile's strokes begin, and the number of all.
    starts: Vec<u32>,
    n_tiles: [usize; 2],
    /// Tile and stroke, until they are sorted.
    pairs: Vec<(u32, u32)>,
}

/// A class in use.
#[derive(Clone, Copy, Default)]
struct Slot {
    width_px: u32,
    /// Share of a dash with its gap that is ink, in 2⁻³²; 0 for a solid line.
    ink: u32,
    period_px: f32,
}

/// All strokes of a picture, by tile.
pub(super) struct Bins {
    parts: Vec<Part>,
    slots: Vec<Slot>,
    /// The classes in use, one for each slot.
    pub(super) classes: Vec<usize>,
    /// What a pixel wholly covered by a thinned link counts.
    weight: u32,
    /// Share of the plain links that is drawn.
    pub(super) share: f64,
    /// Links drawn that reach into the window.
    pub(super) n_drawn: usize,
}

/// How map units become pixels.
#[derive(Clone, Copy)]
struct View {
    center: [f64; 2],
    scale: f64,
    middle: [f64; 2],
    size: [f64; 2],
}

impl View {
    fn new(window: &Window) -> Self {
        let size = window.size_px.map(f64::from);
        Self {
            center: window.center_in_map.map(f64::from),
            scale: f64::from(window.px_per_unit),
            middle: size.map(|s| 0.5 * s),
            size,
        }
    }

    /// Returns a place in pixels from the upper left corner.
    fn px(&self, p: [f32; 2]) -> [f64; 2] {
        [
            (f64::from(p[0]) - self.center[0]) * self.scale + self.middle[0],
            (self.center[1] - f64::from(p[1])) * self.scale + self.middle[1],
        ]
    }
}

impl Bins {
    /// Sorts the links in sight into tiles; `None` if `stop` was set.
    pub(super) fn new(
        drawn: &Drawn<'_>,
        window: &Window,
        look: &GraphLook,
        budget_px: u64,
        stop: &AtomicBool,
    ) -> Option<Self> {
        let mut slot_of = [HIDDEN; N_LINK_CLASSES];
        let mut slots: Vec<Slot> = Vec::new();
        let mut classes = Vec::new();
        for (class, stroke) in look.strokes.iter().enumerate() {
            if stroke.color[3] <= 0.0 {
                continue;
            }
            slot_of[class] = slots.len() as u8;
            classes.push(class);
            let [dash, gap] = stroke.dash_px;
            let is_dashed = gap > 0.0 && dash > 0.0;
            slots.push(Slot {
                width_px: stroke.width_px.clamp(1, MAX_WIDTH_PX),
                ink: if is_dashed {
                    (f64::from(dash) / f64::from(dash + gap) * ONE) as u32
                } else {
                    0
                },
                period_px: (dash + gap).max(1.0),
            });
        }
        let view = View::new(window);
        let of_class = |class: u8| {
            let slot = slot_of.get(usize::from(class)).copied()?;
            Some((slot, slots.get(usize::from(slot))?))
        };
        let n_over = drawn.n_over.min(drawn.links.len());
        let share = if budget_px == u64::MAX {
            1.0
        } else {
            // The links stand in no order, so the first of them are like all.
            let n = (drawn.links.len() - n_over).div_ceil(SAMPLED);
            let length_px = |(link, class): (&Segment, &u8)| {
                let (_, slot) = of_class(*class)?;
                let walk = walk(link, 0, slot, &view)?;
                Some((walk.to - walk.from) as u64)
            };
            let sampled_px: u64 = drawn.links[n_over..][..n]
                .par_iter()
                .zip(&drawn.classes[n_over..][..n])
                .filter_map(length_px)
                .sum();
            let wanted = budget_px as f64 / (sampled_px * SAMPLED as u64).max(1) as f64;
            wanted.clamp(1.0 / MAX_WEIGHT, 1.0)
        };
        let n_taken = n_over + ((drawn.links.len() - n_over) as f64 * share).ceil() as usize;
        let tiles = window.size_px.map(|n| (n as usize).div_ceil(TILE_PX));
        let parts: Vec<Part> = drawn.links[..n_taken]
            .par_chunks(CHUNK)
            .zip(drawn.classes.par_chunks(CHUNK))
            .enumerate()
            .map(|(chunk, (links, classes))| {
                let mut part = Part::new(tiles);
                if stop.load(Ordering::Relaxed) {
                    return part;
                }
                for (i, (link, class)) in links.iter().zip(classes).enumerate() {
                    if let Some((slot_idx, slot)) = of_class(*class)
                        && let Some(mut walk) = walk(link, slot_idx, slot, &view)
                    {
                        walk.is_thinned = share < 1.0 && chunk * CHUNK + i >= n_over;
                        part.push(walk, slot.width_px);
                    }
                }
                part.sort();
                part
            })
            .collect();
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        Some(Self {
            n_drawn: parts.iter().map(|p| p.walks.len()).sum(),
            parts,
            slots,
            classes,
            weight: (f64::from(WHOLE) / share).round() as u32,
            share,
        })
    }

    /// Makes room for the counts of a tile.
    pub(super) fn room(&self) -> Vec<u32> {
        vec![0; PLANE * self.slots.len()]
    }

    /// Counts how much of each pixel of a tile the strokes of each slot cover; returns the slots that have
    /// any there, a bit each. The counts of the others are left as they were.
    pub(super) fn count(&self, at: usize, tile: &Tile, counts: &mut [u32]) -> u32 {
        let (counts, _) = counts.as_chunks_mut::<PLANE>();
        let corner = [tile.left as i32, tile.top as i32];
        let mut used = 0u32;
        for part in &self.parts {
            let of_tile = part.starts[at] as usize..part.starts[at + 1] as usize;
            for &i in &part.of_tile[of_tile] {
                let walk = &part.walks[i as usize];
                let slot = usize::from(walk.slot);
                if used >> slot & 1 == 0 {
                    used |= 1 << slot;
                    counts[slot].fill(0);
                }
                self.stroke(walk, self.slots[slot], corner, &mut counts[slot]);
            }
        }
        used
    }

    /// Adds a stroke to the counts of a tile.
    fn stroke(&self, walk: &Walk, slot: Slot, corner: [i32; 2], plane: &mut [u32; PLANE]) {
        let (along, across) = if walk.is_steep {
            (corner[1], corner[0])
        } else {
            (corner[0], corner[1])
        };
        let margin = MARGIN as i32;
        let size = TILE_PX as i32;
        let mut from = walk.from.max(along);
        let mut to = walk.to.min(along + size);
        // Where its edge is inside the tile or so near above that it reaches in. The division may be off by a
        // step; the margin has room for that.
        let lo = (i64::from(across) - i64::from(slot.width_px)) << 32;
        let hi = i64::from(across + size) << 32;
        if walk.slope == 0 {
            if walk.edge < lo || walk.edge >= hi {
                return;
            }
        } else {
            let per = 1.0 / walk.slope as f64;
            let (a, b) = ((lo - walk.edge) as f64 * per, (hi - walk.edge) as f64 * per);
            let (first, last) = if per > 0.0 { (a, b) } else { (b, a) };
            // No picture is so large; a link that is nearly level goes on for longer.
            let steps = |v: f64| v.ceil().clamp(-1e8, 1e8) as i32;
            from = from.max(walk.from + steps(first));
            to = to.min(walk.from + steps(last));
        }
        if from >= to {
            return;
        }
        let skipped = from - walk.from;
        let (step, side) = if walk.is_steep {
            (STRIDE, 1)
        } else {
            (1, STRIDE)
        };
        let run = Run {
            n: (to - from) as usize,
            at: (from - along + margin) as usize * step,
            step,
            side,
            edge: walk.edge + walk.slope * i64::from(skipped) - (i64::from(across - margin) << 32),
            slope: walk.slope,
            phase: walk
                .phase
                .wrapping_add(walk.phase_step.wrapping_mul(skipped as u32)),
            phase_step: walk.phase_step,
            ink: slot.ink,
            weight: if walk.is_thinned { self.weight } else { WHOLE },
            n_whole: slot.width_px as usize - 1,
        };
        match (slot.ink > 0, slot.width_px > 1) {
            (false, false) => run.ink::<false, false>(plane),
            (true, false) => run.ink::<true, false>(plane),
            (false, true) => run.ink::<false, true>(plane),
            (true, true) => run.ink::<true, true>(plane),
        }
    }
}

/// A stroke inside one tile.
struct Run {
    n: usize,
    /// Place of the first column (or row), and how far the next one and the next pixel across are.
    at: usize,
    step: usize,
    side: usize,
    edge: i64,
    slope: i64,
    phase: u32,
    phase_step: u32,
    ink: u32,
    weight: u32,
    n_whole: usize,
}

impl Run {
    /// Counts its pixels.
    #[inline]
    fn ink<const DASHED: bool, const WIDE: bool>(self, plane: &mut [u32; PLANE]) {
        let Self {
            mut at,
            mut edge,
            mut phase,
            ..
        } = self;
        for _ in 0..self.n {
            if !DASHED || phase < self.ink {
                let mut cell = at + (edge >> 32) as usize * self.side;
                let share = ((edge as u32 >> 24) * self.weight) >> 8;
                plane[cell & (PLANE - 1)] += self.weight - share;
                if WIDE {
                    for _ in 0..self.n_whole {
                        cell += self.side;
                        plane[cell & (PLANE - 1)] += self.weight;
                    }
                }
                plane[(cell + self.side) & (PLANE - 1)] += share;
            }
            edge += self.slope;
            if DASHED {
                phase = phase.wrapping_add(self.phase_step);
            }
            at += self.step;
        }
    }
}

/// Turns a link into a stroke; `None` where it reaches no pixel.
fn walk(link: &Segment, slot_idx: u8, slot: &Slot, view: &View) -> Option<Walk> {
    let (a, b) = (view.px(link[0]), view.px(link[1]));
    let reach = f64::from(slot.width_px);
    for k in 0..2 {
        if a[k].max(b[k]) < -reach || a[k].min(b[k]) > view.size[k] + reach {
            return None;
        }
    }
    let d = [b[0] - a[0], b[1] - a[1]];
    let is_steep = d[1].abs() > d[0].abs();
    let (u, v) = if is_steep { (1, 0) } else { (0, 1) };
    let (first, last) = if d[u] >= 0.0 { (a, b) } else { (b, a) };
    let from = (first[u] - 0.5).ceil().max(0.0);
    let to = (last[u] - 0.5).ceil().min(view.size[u]);
    // What is not a number reaches no pixel either.
    if from.partial_cmp(&to) != Some(std::cmp::Ordering::Less) {
        return None;
    }
    let slope = d[v] / d[u];
    let edge = first[v] + (from + 0.5 - first[u]) * slope - 0.5 * f64::from(slot.width_px);
    let end = edge + (to - from - 1.0) * slope;
    if edge.max(end) < -reach || edge.min(end) > view.size[v] {
        return None;
    }
    let per_step = (1.0 + slope * slope).sqrt();
    // The dash begins at the link's first end, whichever way it runs.
    let (mut phase, mut phase_step) = (0.0, 0.0);
    if slot.ink > 0 {
        let period = f64::from(slot.period_px);
        let along = (from + 0.5 - a[u]) * d[u].signum() * per_step;
        phase = (along / period).rem_euclid(1.0);
        phase_step = (per_step / period * d[u].signum()).rem_euclid(1.0);
    }
    Some(Walk {
        from: from as i32,
        to: to as i32,
        edge: (edge * ONE) as i64,
        slope: (slope * ONE) as i64,
        phase: (phase * ONE) as u32,
        phase_step: (phase_step * ONE) as u32,
        slot: slot_idx,
        is_steep,
        is_thinned: false,
    })
}

impl Part {
    fn new(n_tiles: [usize; 2]) -> Self {
        Self {
            walks: Vec::new(),
            of_tile: Vec::new(),
            starts: vec![0; n_tiles[0] * n_tiles[1] + 1],
            n_tiles,
            pairs: Vec::new(),
        }
    }

    /// Takes a stroke with the tiles it may reach into.
    fn push(&mut self, walk: Walk, width_px: u32) {
        let [n_columns, n_rows] = self.n_tiles;
        let i = self.walks.len() as u32;
        let n_across = if walk.is_steep { n_columns } else { n_rows } as i64;
        let tile = TILE_PX as i32;
        for along in walk.from / tile..=(walk.to - 1) / tile {
            let from = walk.from.max(along * tile);
            let to = walk.to.min((along + 1) * tile);
            let at = |k: i32| (walk.edge + walk.slope * i64::from(k - walk.from)) >> 32;
            let (p, q) = (at(from), at(to - 1));
            let first = p.min(q).div_euclid(i64::from(tile)).max(0);
            let last = (p.max(q) + i64::from(width_px)).div_euclid(i64::from(tile));
            for across in first..=last.min(n_across - 1) {
                let (column, row) = if walk.is_steep {
                    (across as usize, along as usize)
                } else {
                    (along as usize, across as usize)
                };
                let tile = row * n_columns + column;
                self.starts[tile + 1] += 1;
                self.pairs.push((tile as u32, i));
            }
        }
        self.walks.push(walk);
    }

    /// Sorts the strokes by tile.
    fn sort(&mut self) {
        for i in 1..self.starts.len() {
            self.starts[i] += self.starts[i - 1];
        }
        let mut next = self.starts.clone();
        self.of_tile = vec![0; self.pairs.len()];
        for (tile, i) in std::mem::take(&mut self.pairs) {
            let at = &mut next[tile as usize];
            self.of_tile[*at as usize] = i;
            *at += 1;
        }
    }
}

/// Returns where a tile's pixel stands in the counts of a class.
pub(super) fn cell(x: usize, y: usize) -> usize {
    (y + MARGIN) * STRIDE + x + MARGIN
}
