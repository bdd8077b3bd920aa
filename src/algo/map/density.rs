//! Where the points of a map lie dense: a smoothed density and the lines that enclose given shares of
//! its mass.
//!
//! Lines are closed, in map units, and the same at any thread count. Nothing is drawn here, and no
//! cluster is found: a line says where points lie, not what belongs together.

mod lines;

use rayon::prelude::*;

use super::MapError;
use crate::base::matrix::Matrix;
use crate::base::observe::Observe;

/// Nodes of the grid along its longer side, at most.
pub const MAX_SIDE: usize = 512;
/// Cells that padding and rounding may take of [`MAX_SIDE`].
const SPARE_CELLS: f64 = 12.0;
/// How far the kernel reaches, in bandwidths; what lies beyond is 0.03 % of a kernel's mass.
const REACH: f64 = 4.0;
/// Cells to a bandwidth, at most: linear interpolation is then off by 0.2 % of a kernel's height.
const CELLS_PER_BANDWIDTH: f64 = 8.0;
/// Bandwidth of points that all lie on one spot, where nothing else tells one, in map units.
const LONE_BANDWIDTH: f64 = 1.0;
/// Points that are binned together, and the most groups: groups are fixed, so that sums are too.
const GROUP_POINTS: usize = 1 << 17;
const MAX_GROUPS: usize = 8;

/// What a line encloses a share of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShareOf {
    /// The smoothed mass, part of which lies where no point is.
    #[default]
    SmoothedMass,
    /// The weight of the points themselves, to a cell of the grid.
    Points,
}

/// How the density is smoothed and which lines are wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct DensitySettings {
    /// Standard deviation of the kernel, in map units; `None` takes Scott's rule along each axis.
    pub bandwidth_in_map: Option<f64>,
    /// Shares that lines shall enclose, each above 0 and below 1.
    pub mass_shares: Vec<f64>,
    /// What they are shares of.
    pub share_of: ShareOf,
}

impl Default for DensitySettings {
    fn default() -> Self {
        Self {
            bandwidth_in_map: None,
            mass_shares: vec![0.25, 0.5, 0.75, 0.95],
            share_of: ShareOf::default(),
        }
    }
}

/// A closed line: its last point is joined to its first, which is not repeated.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedLine {
    /// Corners, in map units, the denser side on the left (y up): counterclockwise around a hill.
    pub points_in_map: Vec<[f32; 2]>,
    /// Whether the line is the rim of a hollow in a hill, whose inside is not part of the region.
    pub is_hole: bool,
}

/// The region of highest density that holds a share of the mass or of the points.
#[derive(Clone, Debug, PartialEq)]
pub struct Contour {
    /// The share that was asked for.
    pub mass_share: f64,
    /// The share of the points' own weight inside. Where the smoothed mass was asked for, it is above
    /// `mass_share` if smoothing moves much mass out of narrow hills.
    pub weight_share: f64,
    /// Density on the line, per square map unit; all densities together are 1.
    pub density: f64,
    /// The region's border; to fill it, fill the lines by the even-odd rule.
    pub lines: Vec<ClosedLine>,
}

/// A density on a grid of square cells, with its contours.
#[derive(Clone, Debug, PartialEq)]
pub struct Density {
    /// Density at the grid's nodes, per square map unit: rows by rising y, columns by rising x.
    pub values: Matrix<f32>,
    /// Place of the first node, in map units.
    pub origin_in_map: [f64; 2],
    /// Distance of neighboring nodes, in map units.
    pub cell_in_map: f64,
    /// Standard deviations of the kernel along x and y, in map units.
    pub bandwidth_in_map: [f64; 2],
    /// One contour per share asked for, in that order.
    pub contours: Vec<Contour>,
}

impl Density {
    /// Returns the density at a place, per square map unit; 0 outside of the grid.
    pub fn at(&self, p_in_map: [f32; 2]) -> f64 {
        let (n_rows, n_cols) = (self.values.n_rows(), self.values.n_cols());
        let u = (f64::from(p_in_map[0]) - self.origin_in_map[0]) / self.cell_in_map;
        let v = (f64::from(p_in_map[1]) - self.origin_in_map[1]) / self.cell_in_map;
        if !(u >= 0.0 && v >= 0.0 && u < n_cols as f64 - 1.0 && v < n_rows as f64 - 1.0) {
            return 0.0;
        }
        let (i, j) = (u as usize, v as usize);
        let (a, b) = (u - i as f64, v - j as f64);
        let (low, high) = (self.values.row(j), self.values.row(j + 1));
        let mix = |row: &[f32]| f64::from(row[i]) * (1.0 - a) + f64::from(row[i + 1]) * a;
        mix(low) * (1.0 - b) + mix(high) * b
    }
}

/// Smooths points to a density and draws the lines around its densest regions.
///
/// # Shapes
/// - `points_in_map`: `n` places.
/// - `weights`: `n` weights, not negative; `None` weighs all alike.
/// - returns: a grid of at most 512 × 512 nodes. Without points, or without weight, the grid is empty
///   and no contour has a line.
///
/// # Errors
/// [`MapError::NotFinite`], [`MapError::RowsDiffer`], [`MapError::Setting`] for a share, a bandwidth or
/// a weight out of range, [`MapError::Cancelled`].
///
/// # Source
/// Gaussian kernel density with Scott's rule (Scott 1992), σ·n^(−1/6) along each axis: equals
/// `scipy.stats.gaussian_kde` 1.17 (also its weights) where x and y are uncorrelated; unlike it the
/// kernel is never turned, so that a cell of the grid is all that two passes need. Points are binned
/// linearly to the grid's nodes. Regions of highest density after Hyndman 1996: over the smoothed mass,
/// or over the points by the quantiles of their densities, as he estimates it.
/// A bandwidth narrower than a cell is raised to one.
///
/// # Cost
/// O(n) for the grid, the rest by the grid alone.
pub fn density(
    points_in_map: &[[f32; 2]],
    weights: Option<&[f32]>,
    settings: &DensitySettings,
    observe: &dyn Observe,
) -> Result<Density, MapError> {
    check(points_in_map, weights, settings)?;
    observe.phase("density");
    observe.step(0, 4)?;
    let spread = Spread::measure(points_in_map, weights);
    let nothing = |&mass_share: &f64| Contour {
        mass_share,
        weight_share: 0.0,
        density: 0.0,
        lines: Vec::new(),
    };
    if spread.weight <= 0.0 {
        return Ok(Density {
            values: Matrix::filled(0, 0, 0.0),
            origin_in_map: [0.0; 2],
            cell_in_map: 1.0,
            bandwidth_in_map: [0.0; 2],
            contours: settings.mass_shares.iter().map(nothing).collect(),
        });
    }
    let grid = Grid::around(&spread, settings.bandwidth_in_map);
    let mass = grid.bin(points_in_map, weights, spread.weight);
    observe.step(1, 4)?;
    let values = grid.blur(&mass);
    observe.step(2, 4)?;
    let heights = thresholds(&values, &mass, settings);
    observe.step(3, 4)?;
    let contours = settings
        .mass_shares
        .par_iter()
        .zip(heights)
        .map(|(&mass_share, (density, weight_share))| Contour {
            mass_share,
            weight_share,
            density: f64::from(density),
            lines: lines::trace(&values, density, grid.origin, grid.cell),
        })
        .collect();
    observe.step(4, 4)?;
    Ok(Density {
        values,
        origin_in_map: grid.origin,
        cell_in_map: grid.cell,
        bandwidth_in_map: grid.bandwidth,
        contours,
    })
}

fn check(
    points: &[[f32; 2]],
    weights: Option<&[f32]>,
    settings: &DensitySettings,
) -> Result<(), MapError> {
    let bad = |name, value, wanted| {
        Err(MapError::Setting {
            name,
            value,
            wanted,
        })
    };
    if let Some(&share) = settings
        .mass_shares
        .iter()
        .find(|s| !(**s > 0.0 && **s < 1.0))
    {
        return bad("mass_shares", share, "above 0 and below 1");
    }
    if let Some(h) = settings.bandwidth_in_map
        && !(h > 0.0 && h.is_finite())
    {
        return bad("bandwidth_in_map", h, "above 0");
    }
    let at = points
        .par_iter()
        .position_first(|p| !(p[0].is_finite() && p[1].is_finite()));
    if let Some(row_idx) = at {
        return Err(MapError::NotFinite {
            row_idx,
            col_idx: usize::from(points[row_idx][0].is_finite()),
        });
    }
    if let Some(weights) = weights {
        if weights.len() != points.len() {
            return Err(MapError::RowsDiffer {
                n_rows: weights.len(),
                n_rows_other: points.len(),
            });
        }
        if let Some(&w) = weights.iter().find(|w| !(**w >= 0.0 && w.is_finite())) {
            return bad("weights", f64::from(w), "finite and not negative");
        }
    }
    Ok(())
}

/// Where the weight lies, and how wide.
struct Spread {
    weight: f64,
    low: [f64; 2],
    high: [f64; 2],
    /// Standard deviation along each axis.
    deviation: [f64; 2],
    /// (Σw)²/Σw²: as many equal points as would tell as much.
    n_effective: f64,
}

impl Spread {
    fn measure(points: &[[f32; 2]], weights: Option<&[f32]>) -> Self {
        let parts: Vec<Moments> = groups(points.len())
            .into_par_iter()
            .map(|group| {
                let mut m = Moments::default();
                for i in group {
                    m.add(points[i], weights.map_or(1.0, |w| f64::from(w[i])));
                }
                m
            })
            .collect();
        let all = parts
            .into_iter()
            .fold(Moments::default(), |a, b| a.joined(&b));
        // Divided by Σw − Σw²/Σw, the unbiased rule for weights that say how reliable a point is.
        let denominator = all.weight - all.squares / all.weight;
        let deviation = all.about.map(|s| {
            if denominator > 0.0 {
                (s / denominator).max(0.0).sqrt()
            } else {
                0.0
            }
        });
        Self {
            weight: all.weight,
            low: all.low,
            high: all.high,
            deviation,
            n_effective: all.weight * all.weight / all.squares,
        }
    }

    /// Scott's rule along each axis; an axis without any width takes the other's bandwidth.
    fn scott(&self) -> [f64; 2] {
        let scale = self.n_effective.powf(-1.0 / 6.0);
        let [x, y] = self.deviation.map(|s| s * scale);
        match (x > 0.0, y > 0.0) {
            (true, true) => [x, y],
            (true, false) => [x, x],
            (false, true) => [y, y],
            (false, false) => [LONE_BANDWIDTH; 2],
        }
    }
}

/// Running sums of weighted points, shifted by their mean so that far-off maps lose nothing.
struct Moments {
    weight: f64,
    squares: f64,
    mean: [f64; 2],
    about: [f64; 2],
    low: [f64; 2],
    high: [f64; 2],
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            weight: 0.0,
            squares: 0.0,
            mean: [0.0; 2],
            about: [0.0; 2],
            low: [f64::INFINITY; 2],
            high: [f64::NEG_INFINITY; 2],
        }
    }
}

impl Moments {
    fn add(&mut self, point: [f32; 2], weight: f64) {
        if weight <= 0.0 {
            return;
        }
        self.weight += weight;
        self.squares += weight * weight;
        for a in [0, 1] {
            let x = f64::from(point[a]);
            let off = x - self.mean[a];
            self.mean[a] += off * weight / self.weight;
            self.about[a] += weight * off * (x - self.mean[a]);
            self.low[a] = self.low[a].min(x);
            self.high[a] = self.high[a].max(x);
        }
    }

    /// Joins the sums of two parts (Chan, Golub and `LeVeque` 1979).
    fn joined(mut self, other: &Self) -> Self {
        if other.weight <= 0.0 {
            return self;
        }
        let weight = self.weight + other.weight;
        for a in [0, 1] {
            let off = other.mean[a] - self.mean[a];
            self.about[a] += other.about[a] + off * off * self.weight * other.weight / weight;
            self.mean[a] += off * other.weight / weight;
            self.low[a] = self.low[a].min(other.low[a]);
            self.high[a] = self.high[a].max(other.high[a]);
        }
        self.weight = weight;
        self.squares += other.squares;
        self
    }
}

/// Cuts `0..n` into groups whose number and size depend on `n` alone.
fn groups(n: usize) -> Vec<std::ops::Range<usize>> {
    let n_groups = n.div_ceil(GROUP_POINTS).clamp(1, MAX_GROUPS);
    let size = n.div_ceil(n_groups).max(1);
    (0..n)
        .step_by(size)
        .map(|from| from..(from + size).min(n))
        .collect()
}

/// Nodes in square cells around all points, with room for the kernel at every side.
struct Grid {
    origin: [f64; 2],
    cell: f64,
    n_cols: usize,
    n_rows: usize,
    bandwidth: [f64; 2],
}

impl Grid {
    fn around(spread: &Spread, bandwidth_in_map: Option<f64>) -> Self {
        let wanted = bandwidth_in_map.map_or_else(|| spread.scott(), |h| [h; 2]);
        let extent = [0, 1].map(|a| spread.high[a] - spread.low[a]);
        let n_cells = MAX_SIDE as f64 - SPARE_CELLS;
        let mut cell = wanted[0].min(wanted[1]) / CELLS_PER_BANDWIDTH;
        for a in [0, 1] {
            // Once as asked, once with the kernel raised to a cell.
            cell = cell
                .max((extent[a] + 2.0 * REACH * wanted[a]) / n_cells)
                .max(extent[a] / (n_cells - 2.0 * REACH));
        }
        let bandwidth = wanted.map(|h| h.max(cell));
        let pad = bandwidth.map(|h| reach_cells(h / cell) as f64 + 2.0);
        let n_nodes = |a: usize| (extent[a] / cell + 2.0 * pad[a]).ceil() as usize + 1;
        Self {
            origin: [0, 1].map(|a| spread.low[a] - pad[a] * cell),
            cell,
            n_cols: n_nodes(0),
            n_rows: n_nodes(1),
            bandwidth,
        }
    }

    /// Shares each point's weight among the four nodes around it; the sum is 1.
    fn bin(&self, points: &[[f32; 2]], weights: Option<&[f32]>, weight: f64) -> Vec<f32> {
        let n = self.n_cols * self.n_rows;
        let parts: Vec<Vec<f64>> = groups(points.len())
            .into_par_iter()
            .map(|group| {
                let mut mass = vec![0.0f64; n];
                for i in group {
                    let w = weights.map_or(1.0, |w| f64::from(w[i]));
                    if w <= 0.0 {
                        // Its place may lie outside of the grid.
                        continue;
                    }
                    let u = (f64::from(points[i][0]) - self.origin[0]) / self.cell;
                    let v = (f64::from(points[i][1]) - self.origin[1]) / self.cell;
                    let (col, row) = (u as usize, v as usize);
                    let (a, b) = (u - col as f64, v - row as f64);
                    let at = row * self.n_cols + col;
                    mass[at] += w * (1.0 - a) * (1.0 - b);
                    mass[at + 1] += w * a * (1.0 - b);
                    mass[at + self.n_cols] += w * (1.0 - a) * b;
                    mass[at + self.n_cols + 1] += w * a * b;
                }
                mass
            })
            .collect();
        (0..n)
            .into_par_iter()
            .map(|i| (parts.iter().map(|p| p[i]).sum::<f64>() / weight) as f32)
            .collect()
    }

    /// Smooths along rows, then along columns, and scales to density per square map unit.
    fn blur(&self, mass: &[f32]) -> Matrix<f32> {
        let along_x = kernel(self.bandwidth[0] / self.cell);
        let along_y = kernel(self.bandwidth[1] / self.cell);
        let n_cols = self.n_cols;
        let mut rows = vec![0.0f32; mass.len()];
        rows.par_chunks_mut(n_cols)
            .zip(mass.par_chunks(n_cols))
            .for_each(|(out, row)| {
                // An empty row stays empty; most of a map's rows at the rim are.
                if row.iter().any(|m| *m > 0.0) {
                    convolve(out, row, &along_x);
                }
            });
        let reach = along_y.len() / 2;
        let scale = (1.0 / (self.cell * self.cell)) as f32;
        let mut out = Matrix::filled(self.n_rows, n_cols, 0.0f32);
        out.values_mut()
            .par_chunks_mut(n_cols)
            .enumerate()
            .for_each(|(j, out)| {
                for (k, w) in along_y.iter().enumerate() {
                    let Some(from) = (j + k).checked_sub(reach).filter(|r| *r < self.n_rows) else {
                        continue;
                    };
                    for (o, x) in out.iter_mut().zip(&rows[from * n_cols..]) {
                        *o += w * x;
                    }
                }
                for o in out {
                    *o *= scale;
                }
            });
        out
    }
}

fn reach_cells(bandwidth_cells: f64) -> usize {
    (REACH * bandwidth_cells).ceil() as usize
}

/// Gaussian weights at whole distances, with sum 1.
///
/// Linear binning widens what it bins; at one cell to a bandwidth that is a twelfth of the variance,
/// and the eye does not tell.
fn kernel(bandwidth_cells: f64) -> Vec<f32> {
    let reach = reach_cells(bandwidth_cells) as i64;
    let weights: Vec<f64> = (-reach..=reach)
        .map(|k| (-0.5 * (k as f64 / bandwidth_cells).powi(2)).exp())
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|w| (w / sum) as f32).collect()
}

/// Adds the row, shifted by every distance of the kernel, to `out`.
fn convolve(out: &mut [f32], row: &[f32], kernel: &[f32]) {
    let reach = kernel.len() / 2;
    for (k, w) in kernel.iter().enumerate() {
        // The kernel is even, so its sides need not be told apart.
        let (to, from) = if k < reach {
            (0, reach - k)
        } else {
            (k - reach, 0)
        };
        if to.max(from) >= row.len() {
            continue;
        }
        for (o, x) in out[to..].iter_mut().zip(&row[from..]) {
            *o += w * x;
        }
    }
}

/// Finds for each share the density above which so much of the mass or of the points lies, and the share
/// of the points' own weight there.
fn thresholds(values: &Matrix<f32>, mass: &[f32], settings: &DensitySettings) -> Vec<(f32, f64)> {
    let shares = &settings.mass_shares;
    let mut order: Vec<(f32, f32)> = values
        .values()
        .iter()
        .zip(mass)
        .filter(|(v, _)| **v > 0.0)
        .map(|(&v, &m)| (v, m))
        .collect();
    order.par_sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    let counted = |v: f32, m: f32| match settings.share_of {
        ShareOf::SmoothedMass => f64::from(v),
        ShareOf::Points => f64::from(m),
    };
    let whole: f64 = order.iter().map(|(v, m)| counted(*v, *m)).sum();
    let mut found = vec![(0.0, 0.0); shares.len()];
    let mut by_share: Vec<usize> = (0..shares.len()).collect();
    by_share.sort_by(|&a, &b| shares[a].total_cmp(&shares[b]));
    let mut next = by_share.into_iter().peekable();
    let (mut inside, mut weight, mut before) = (0.0f64, 0.0f64, f32::INFINITY);
    for (v, m) in order {
        // A node stands for the cell around it, half of which is inside when the line meets the node.
        let half = inside + counted(v, m) / 2.0;
        while let Some(&at) = next.peek()
            && half >= shares[at] * whole
        {
            let height = if before.is_finite() {
                v + (before - v) / 2.0
            } else {
                v * (1.0 - f32::EPSILON)
            };
            found[at] = (height, weight);
            next.next();
        }
        inside += counted(v, m);
        weight += f64::from(m);
        before = v;
    }
    for at in next {
        found[at] = (before, weight);
    }
    found
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests;
