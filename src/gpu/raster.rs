//! The picture of millions of points, computed on the processor: how many points of each class cover each
//! pixel, and the color that follows from the counts.
//!
//! Where no graphics hardware is at hand this draws 6 million points in the time in which a software
//! driver draws some ten thousand quads; exported pictures use it everywhere, so that they do not depend
//! on a driver. Counts are exact: no point is left out, and no class hides another. It knows no widget and
//! no theme: colors come in linear.

mod shade;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rayon::prelude::*;
use shade::{Shade, Sums};

use crate::base::cloud::Cloud;
use crate::base::simd::{Kernel, dispatch};

/// Classes of points; class 0 is context, drawn under the others.
pub const N_CLASSES: usize = 16;

/// The class of a point that is not drawn.
pub const HIDDEN: u8 = 255;

/// Side of a tile in pixels: the counts of six classes stay in the first cache, those of 16 in the second.
const TILE_PX: usize = 32;

/// Cells of the tree are walked from this size on: larger ones bring in points beside the tile.
const LEAST_CELL_PX: f32 = 4.0;

/// Cells of the tree are walked up to this size.
const LARGEST_CELL_PX: f32 = 32.0;

/// Points that make a cell worth finding: with fewer, finding cells costs more than points beside the tile.
const N_IN_CELL: f32 = 64.0;

/// Points whose pixels are found in one go, without a branch, before they are counted one by one.
const BLOCK: usize = 256;

/// The largest dot; larger ones are marks, and few enough to be drawn as such.
pub const MAX_DOT_PX: f32 = 9.0;

/// What part of the plane a picture shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Map position of the picture's middle.
    pub center_in_map: [f32; 2],
    /// Pixels per map unit, above 0.
    pub px_per_unit: f32,
    /// Width and height in pixels.
    pub size_px: [u32; 2],
}

impl Window {
    /// Returns the rectangle of the map that the picture shows: lower corner, upper corner.
    pub fn bounds(&self) -> ([f32; 2], [f32; 2]) {
        let half = self.size_px.map(|n| 0.5 * n as f32 / self.px_per_unit);
        (
            [
                self.center_in_map[0] - half[0],
                self.center_in_map[1] - half[1],
            ],
            [
                self.center_in_map[0] + half[0],
                self.center_in_map[1] + half[1],
            ],
        )
    }
}

/// How counts become colors.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Diameter of a dot in pixels, 1 to [`MAX_DOT_PX`]: it covers the pixel it lies in and those whose
    /// middle is within half a diameter of that pixel's.
    pub dot_px: f32,
    /// Linear color of each class; alpha is the strength of a single point, `0.0..=1.0`.
    pub classes: [[f32; 4]; N_CLASSES],
    /// Points in a pixel from which it is as strong as can be, at least 1.
    pub full_at: f32,
}

/// Returns the count from which a pixel is as strong as can be, for dots of a size at a scale.
///
/// Four times the points that share a square of a dot's size with a middling point; it follows from the
/// scale alone, so that no place changes its strength while the map is moved.
pub fn full_at(cloud: &Cloud, px_per_unit: f32, dot_px: f32) -> f32 {
    4.0 * cloud.crowd(dot_px.max(1.0) / px_per_unit.max(f32::MIN_POSITIVE))
}

/// Returns the strength of a single point where pixels are full at a count: strong where points are few,
/// never so weak that a lonely one is overlooked.
pub fn least_strength(full_at: f32) -> f32 {
    (1.0 - 0.13 * full_at.max(1.0).ln()).clamp(0.4, 0.85)
}

/// Points to be drawn.
#[derive(Clone, Copy)]
pub struct Points<'a> {
    /// Where they are.
    pub cloud: &'a Cloud,
    /// Class of each, below [`N_CLASSES`] or [`HIDDEN`].
    pub classes: &'a [u8],
    /// How many each stands for; `None` for one.
    pub weights: Option<&'a [u32]>,
}

/// A computed picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// Width and height in pixels.
    pub size_px: [u32; 2],
    /// Red, green, blue, alpha; rows from the top; sRGB-encoded, then multiplied by alpha.
    pub rgba: Vec<[u8; 4]>,
    /// Pixels covered by at least one of them.
    pub n_covered: usize,
}

/// How many points of each class cover each pixel of a small rectangle; the slow and plain way is a test.
struct Counts {
    /// Width and height with the margin that dots from outside need.
    size: [usize; 2],
    /// Class after class, per pixel; each class has one more, for what lies beside the rectangle.
    n: Vec<u32>,
}

impl Counts {
    /// Numbers of one class.
    fn plane(&self) -> usize {
        self.size[0] * self.size[1] + 1
    }
}

/// What a thread keeps between tiles.
struct Scratch {
    counts: Counts,
    /// The counts after every dot covered its pixels, class after class, without margin.
    spread: Vec<u32>,
    sums: Sums,
}

/// Draws all points that `window` shows; `None` if `stop` was set meanwhile.
///
/// # Cost
/// For 6.1 million points on 1280 × 800 pixels and two cores about 40 ms; a set `stop` is heard within
/// one row of tiles, 2 ms.
pub fn draw(
    points: &Points<'_>,
    window: &Window,
    look: &Look,
    stop: &AtomicBool,
) -> Option<Picture> {
    let cloud = points.cloud;
    let [width, height] = window.size_px.map(|n| n as usize);
    let mut rgba = vec![[0u8; 4]; width * height];
    if width == 0 || height == 0 {
        return Some(Picture::default());
    }
    let shade = Shade::new(look, classes_in_use(look));
    let k = shade.n_classes;
    let stencil = Stencil::new(look.dot_px);
    let mut cell_px = LEAST_CELL_PX;
    while cell_px < LARGEST_CELL_PX && cloud.crowd(cell_px / window.px_per_unit) < N_IN_CELL {
        cell_px *= 2.0;
    }
    let cells = Cells {
        points,
        n_classes: k,
        cell_px,
    };
    let n_covered = AtomicUsize::new(0);
    rgba.par_chunks_mut(width * TILE_PX)
        .enumerate()
        .for_each_init(
            || Scratch {
                counts: Counts {
                    size: [0; 2],
                    n: Vec::new(),
                },
                spread: Vec::new(),
                sums: Sums::default(),
            },
            |scratch, (row, pixels)| {
                let rows = pixels.len() / width;
                for left in (0..width).step_by(TILE_PX) {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let tile = Tile {
                        left,
                        top: row * TILE_PX,
                        width: TILE_PX.min(width - left),
                        height: rows,
                    };
                    if !count(&cells, window, &tile, &stencil, &mut scratch.counts) {
                        continue;
                    }
                    // A dot of one pixel is where it is counted.
                    let (counts, plane) = if stencil.reach == 0 {
                        (&scratch.counts.n, scratch.counts.plane())
                    } else {
                        let plane = stencil.spread(&scratch.counts, k, &mut scratch.spread);
                        (&scratch.spread, plane)
                    };
                    let sums = &mut scratch.sums;
                    sums.add_up(counts, plane, k, tile.width * tile.height);
                    let mut covered = 0;
                    for y in 0..tile.height {
                        let to = &mut pixels[y * width + left..][..tile.width];
                        covered += shade.row(sums, counts, plane, y * tile.width, to);
                    }
                    n_covered.fetch_add(covered, Ordering::Relaxed);
                }
            },
        );
    if stop.load(Ordering::Relaxed) {
        return None;
    }
    Some(Picture {
        size_px: window.size_px,
        rgba,
        n_covered: n_covered.into_inner(),
    })
}

/// Counts the points that `window` shows and that are not hidden.
pub fn n_drawn(cloud: &Cloud, classes: &[u8], window: &Window) -> usize {
    let mut n = 0;
    let (lo, hi) = window.bounds();
    cloud.runs((lo, hi), (hi[0] - lo[0]) / 64.0, |run| {
        let points = cloud.points().get(run.clone()).unwrap_or(&[]);
        let theirs = classes.get(run).unwrap_or(&[]);
        for (p, class) in points.iter().zip(theirs) {
            let inside = (0..2).all(|a| p[a] >= lo[a] && p[a] <= hi[a]);
            n += usize::from(inside && *class != HIDDEN);
        }
    });
    n
}

/// The number of classes up to the last that has a color.
fn classes_in_use(look: &Look) -> usize {
    look.classes
        .iter()
        .rposition(|c| c[3] > 0.0)
        .map_or(1, |last| last + 1)
}

struct Tile {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

/// The points and how they are walked.
struct Cells<'a> {
    points: &'a Points<'a>,
    n_classes: usize,
    cell_px: f32,
}

/// Counts the points of a tile and its margin; tells whether there may be any.
fn count(
    cells: &Cells<'_>,
    window: &Window,
    tile: &Tile,
    stencil: &Stencil,
    counts: &mut Counts,
) -> bool {
    let margin = stencil.reach;
    let k = cells.n_classes;
    counts.size = [tile.width + 2 * margin, tile.height + 2 * margin];
    let plane = counts.plane();
    counts.n.clear();
    counts.n.resize(plane * k, 0);
    let scale = window.px_per_unit;
    let [cx, cy] = window.center_in_map;
    // Pixels from the tile's upper left corner, margin included; y down.
    let ox = 0.5 * window.size_px[0] as f32 - tile.left as f32 + margin as f32;
    let oy = 0.5 * window.size_px[1] as f32 - tile.top as f32 + margin as f32;
    let (w, h) = (counts.size[0] as f32, counts.size[1] as f32);
    let lo = [cx - ox / scale, cy - (h - oy) / scale];
    let hi = [cx + (w - ox) / scale, cy + oy / scale];
    let Points {
        cloud,
        classes,
        weights,
    } = *cells.points;
    let points = cloud.points();
    let mut any = false;
    let frame = Frame {
        middle: [cx, cy],
        scale,
        origin: [ox, oy],
        size: [w, h],
        beside: (plane - 1) as f32,
    };
    let mut pixels = [0u32; BLOCK];
    cloud.runs((lo, hi), cells.cell_px / scale, |run| {
        any = true;
        let mut at = run.start;
        let some = points.get(run.clone()).unwrap_or(&[]);
        let theirs = classes.get(run).unwrap_or(&[]);
        for (some, theirs) in some.chunks(BLOCK).zip(theirs.chunks(BLOCK)) {
            dispatch(Pixels {
                frame,
                points: some,
                out: &mut pixels,
            });
            let places = pixels.iter().zip(theirs);
            match weights.and_then(|w| w.get(at..at + some.len())) {
                None => {
                    for (pixel, class) in places {
                        let c = usize::from(*class);
                        if c < k {
                            counts.n[c * plane + *pixel as usize] += 1;
                        }
                    }
                }
                Some(weights) => {
                    for ((pixel, class), weight) in places.zip(weights) {
                        let c = usize::from(*class);
                        if c < k {
                            counts.n[c * plane + *pixel as usize] += weight;
                        }
                    }
                }
            }
            at += some.len();
        }
    });
    any
}

/// How map units become pixels of a tile.
#[derive(Clone, Copy)]
struct Frame {
    middle: [f32; 2],
    scale: f32,
    /// Of the middle, in pixels from the tile's corner.
    origin: [f32; 2],
    size: [f32; 2],
    /// The pixel of what lies beside the tile.
    beside: f32,
}

/// Finds each point's pixel.
struct Pixels<'a> {
    frame: Frame,
    points: &'a [[f32; 2]],
    out: &'a mut [u32; BLOCK],
}

impl Kernel for Pixels<'_> {
    type Out = ();

    // Whole numbers are found in floating point, where all counts of a tile are exact (below 2²³), because
    // casts that hold for every float do not become vectors. Nothing is fused: the picture is the same on
    // machines with and without AVX2.
    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[expect(
        clippy::needless_bitwise_bool,
        reason = "a lazy operator is a branch, and branches do not become vectors"
    )]
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let f = self.frame;
        for (p, out) in self.points.iter().zip(self.out) {
            let x = (p[0] - f.middle[0]) * f.scale + f.origin[0];
            let y = (f.middle[1] - p[1]) * f.scale + f.origin[1];
            let inside = (x >= 0.0) & (y >= 0.0) & (x < f.size[0]) & (y < f.size[1]);
            let at = floor(y) * f.size[0] + floor(x);
            let at = if inside { at } else { f.beside };
            *out = (at + WHOLE).to_bits() & 0x007f_ffff;
        }
    }
}

/// 2²³: added to a smaller whole number, it leaves the number in the last bits.
const WHOLE: f32 = 8_388_608.0;

/// Returns the largest whole number that is not above `x`, for values below 2²².
#[inline(always)]
fn floor(x: f32) -> f32 {
    const ROUND: f32 = 1.5 * WHOLE;
    let near = (x + ROUND) - ROUND;
    if near > x { near - 1.0 } else { near }
}

/// The pixels that a dot covers around its own.
struct Stencil {
    reach: usize,
    /// Per row from −reach to reach: how far the dot reaches to each side.
    half_widths: Vec<usize>,
}

impl Stencil {
    fn new(dot_px: f32) -> Self {
        let radius = 0.5 * dot_px.clamp(1.0, MAX_DOT_PX);
        let reach = radius as usize;
        let half_widths = (0..=2 * reach)
            .map(|row| {
                let dy = row as f32 - reach as f32;
                (radius * radius - dy * dy).max(0.0).sqrt() as usize
            })
            .collect();
        Self { reach, half_widths }
    }

    /// Adds up the dots that cover each pixel inside the margin; returns the numbers of one class.
    fn spread(&self, counts: &Counts, n_classes: usize, out: &mut Vec<u32>) -> usize {
        let plane = (counts.size[0] - 2 * self.reach) * (counts.size[1] - 2 * self.reach);
        out.clear();
        out.resize(plane * n_classes, 0);
        dispatch(Spread {
            stencil: self,
            counts,
            plane,
            out,
        });
        plane
    }
}

/// Adds up dots.
struct Spread<'a> {
    stencil: &'a Stencil,
    counts: &'a Counts,
    plane: usize,
    out: &'a mut [u32],
}

impl Kernel for Spread<'_> {
    type Out = ();

    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let stride = self.counts.size[0];
        let reach = self.stencil.reach;
        let width = stride - 2 * reach;
        let planes = self.counts.n.chunks_exact(self.counts.plane());
        for (from, to) in planes.zip(self.out.chunks_exact_mut(self.plane)) {
            for (y, to) in to.chunks_exact_mut(width).enumerate() {
                for (row, half) in self.stencil.half_widths.iter().enumerate() {
                    let from = &from[(y + row) * stride..][..stride];
                    for x in reach - half..=reach + half {
                        for (sum, n) in to.iter_mut().zip(&from[x..][..width]) {
                            *sum += n;
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::cloud::order;
    use crate::base::seed::Seed;

    fn look(dot_px: f32, full_at: f32) -> Look {
        let mut classes = [[0.0; 4]; N_CLASSES];
        classes[0] = [0.4, 0.4, 0.4, 0.3];
        classes[1] = [0.8, 0.1, 0.0, 0.6];
        classes[2] = [0.0, 0.2, 0.7, 0.6];
        classes[3] = [0.0, 0.5, 0.2, 0.6];
        Look {
            dot_px,
            classes,
            full_at,
        }
    }

    fn all<'a>(cloud: &'a Cloud, classes: &'a [u8]) -> Points<'a> {
        Points {
            cloud,
            classes,
            weights: None,
        }
    }

    #[test]
    fn a_weight_counts_as_so_many_points() {
        let (cloud, classes) = sample(2000);
        let mut twice: Vec<[f32; 2]> = Vec::new();
        let mut of_twice = Vec::new();
        for (p, c) in cloud.points().iter().zip(&classes) {
            twice.extend([*p; 3]);
            of_twice.extend([*c; 3]);
        }
        let thrice = Cloud::new(twice.into());
        let window = Window {
            center_in_map: [0.0, 0.0],
            px_per_unit: 30.0,
            size_px: [150, 100],
        };
        let never = AtomicBool::new(false);
        let weighted = Points {
            weights: Some(&[3; 2000]),
            ..all(&cloud, &classes)
        };
        assert_eq!(
            draw(&weighted, &window, &look(2.0, 50.0), &never),
            draw(&all(&thrice, &of_twice), &window, &look(2.0, 50.0), &never)
        );
    }

    fn sample(n: usize) -> (Cloud, Vec<u8>) {
        let mut random = Seed(4).stream("raster");
        let points: Vec<[f32; 2]> = (0..n)
            .map(|i| {
                let spread = if i % 9 == 0 { 2.0 } else { 0.1 };
                [0, 1].map(|_| (spread * random.next_normal()) as f32)
            })
            .collect();
        let cloud = Cloud::new(
            order(&points)
                .iter()
                .map(|i| points[*i as usize])
                .collect::<Vec<_>>()
                .into(),
        );
        let classes = (0..n)
            .map(|i| match i % 6 {
                5 => HIDDEN,
                c => (c % 4) as u8,
            })
            .collect();
        (cloud, classes)
    }

    /// Draws every point's dot on its own, pixel by pixel.
    fn slow_counts(cloud: &Cloud, classes: &[u8], window: &Window, dot_px: f32) -> Vec<[u32; 4]> {
        let [w, h] = window.size_px.map(|n| n as i64);
        let mut out = vec![[0u32; 4]; (w * h) as usize];
        let radius = 0.5 * dot_px;
        let reach = radius.ceil() as i64;
        for (p, class) in cloud.points().iter().zip(classes) {
            if *class == HIDDEN {
                continue;
            }
            let at =
                |d: f32, size: i64| (d * window.px_per_unit + 0.5 * size as f32).floor() as i64;
            let x = at(p[0] - window.center_in_map[0], w);
            let y = at(window.center_in_map[1] - p[1], h);
            for dy in -reach..=reach {
                for dx in -reach..=reach {
                    let near = ((dx * dx + dy * dy) as f32) <= radius * radius;
                    let (px, py) = (x + dx, y + dy);
                    if (near || (dx, dy) == (0, 0)) && (0..w).contains(&px) && (0..h).contains(&py)
                    {
                        out[(py * w + px) as usize][usize::from(*class)] += 1;
                    }
                }
            }
        }
        out
    }

    #[test]
    fn every_dot_is_counted_in_every_pixel_it_covers() {
        let (cloud, classes) = sample(6000);
        let never = AtomicBool::new(false);
        for (dot_px, px_per_unit, size_px) in [
            (1.0, 60.0, [200, 130]),
            (2.0, 60.0, [129, 64]),
            (3.0, 400.0, [150, 150]),
            (4.5, 25.0, [65, 200]),
            (9.0, 900.0, [100, 70]),
        ] {
            let window = Window {
                center_in_map: [0.07, -0.03],
                px_per_unit,
                size_px,
            };
            let look = look(dot_px, 20.0);
            let picture = draw(&all(&cloud, &classes), &window, &look, &never).unwrap();
            let counts = slow_counts(&cloud, &classes, &window, dot_px);
            let shade = Shade::new(&look, 4);
            let mut n_covered = 0;
            for (i, (n, pixel)) in counts.iter().zip(&picture.rgba).enumerate() {
                let covered = n.iter().any(|n| *n > 0);
                n_covered += usize::from(covered);
                let expected = if covered { shade.mixed(n) } else { [0; 4] };
                assert_eq!(*pixel, expected, "dot {dot_px}, pixel {i}, counts {n:?}");
            }
            assert_eq!(picture.n_covered, n_covered);
            let (lo, hi) = window.bounds();
            let inside = cloud
                .points()
                .iter()
                .zip(&classes)
                .filter(|(p, c)| **c != HIDDEN && (0..2).all(|a| p[a] > lo[a] && p[a] < hi[a]))
                .count();
            assert_eq!(n_drawn(&cloud, &classes, &window), inside);
        }
    }

    #[test]
    fn a_lonely_point_is_seen_at_every_zoom() {
        let mut points = vec![[0.0f32, 0.0]; 5000];
        points.push([9.0, 9.0]);
        let cloud = Cloud::new(
            order(&points)
                .iter()
                .map(|i| points[*i as usize])
                .collect::<Vec<_>>()
                .into(),
        );
        let classes = vec![0u8; 5001];
        for px_per_unit in [1.0, 7.3, 31.0] {
            let window = Window {
                center_in_map: [4.5, 4.5],
                px_per_unit,
                size_px: [300, 300],
            };
            let picture = draw(
                &all(&cloud, &classes),
                &window,
                &look(1.0, 5000.0),
                &AtomicBool::new(false),
            )
            .unwrap();
            assert_eq!(n_drawn(&cloud, &classes, &window), 5001);
            let mut seen: Vec<u8> = picture
                .rgba
                .iter()
                .map(|p| p[3])
                .filter(|a| *a > 0)
                .collect();
            seen.sort_unstable();
            assert_eq!(seen.len(), 2);
            // As strong as its class says, however crowded the other place is.
            assert_eq!(seen, [77, 255]);
        }
    }

    #[test]
    fn colors_follow_the_counts() {
        let look = look(1.0, 100.0);
        let shade = Shade::new(&look, 4);
        let alpha = |n: [u32; 4]| shade.mixed(&n)[3];
        assert_eq!(alpha([0, 1, 0, 0]), 153);
        assert!(alpha([0, 5, 0, 0]) > 153 && alpha([0, 50, 0, 0]) > alpha([0, 5, 0, 0]));
        assert_eq!(alpha([0, 100, 0, 0]), 255);
        // Alone the class keeps its color; in a mixture the leading one shows.
        let [r, g, b, a] = shade.mixed(&[0, 200, 0, 0]).map(i32::from);
        assert!(
            a == 255 && (r - 231).abs() < 3 && (g - 89).abs() < 3 && b == 0,
            "{r} {g} {b}"
        );
        let [r, _, b, _] = shade.mixed(&[0, 60, 40, 0]);
        assert!(r > b);
        let [r, _, b, _] = shade.mixed(&[0, 40, 60, 0]);
        assert!(b > r);
        // Context shows where there is room for it and never over strong data.
        assert_eq!(shade.mixed(&[9, 100, 0, 0]), shade.mixed(&[0, 100, 0, 0]));
        assert!(alpha([9, 1, 0, 0]) > alpha([0, 1, 0, 0]));
    }

    #[test]
    fn threads_and_stops() {
        let (cloud, classes) = sample(3000);
        let window = Window {
            center_in_map: [0.0, 0.0],
            px_per_unit: 50.0,
            size_px: [333, 222],
        };
        let of = |n| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n)
                .build()
                .unwrap();
            pool.install(|| {
                draw(
                    &all(&cloud, &classes),
                    &window,
                    &look(2.0, 9.0),
                    &AtomicBool::new(false),
                )
            })
        };
        assert_eq!(of(1), of(3));
        assert_eq!(
            draw(
                &all(&cloud, &classes),
                &window,
                &look(2.0, 9.0),
                &AtomicBool::new(true)
            ),
            None
        );
        let nothing = Window {
            size_px: [0, 10],
            ..window
        };
        let drawn = draw(
            &all(&cloud, &classes),
            &nothing,
            &look(2.0, 9.0),
            &AtomicBool::new(false),
        )
        .unwrap();
        assert!(drawn.rgba.is_empty());
    }
}
