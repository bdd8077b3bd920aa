//! Closed lines of equal height through a grid: marching squares, its pieces joined.
//!
//! Knows numbers on a grid and no points; what the heights mean is the caller's matter.

use super::ClosedLine;
use crate::base::matrix::Matrix;

/// Lines keep this far from a cell's corners, in cells: a corner of exactly the line's height would
/// otherwise let two lines touch, or one line cross itself.
const CORNER_GAP: f32 = 1.0 / 256.0;

/// No line leaves from this place.
const NONE: u32 = u32::MAX;

/// Traces the border of what is at least `height`.
///
/// # Shapes
/// - `values`: `rows × columns` nodes, below `height` all around the rim, so that every line closes.
/// - returns: lines in order of their lowest, then leftmost start; none crosses itself or another.
///
/// # Source
/// Lorensen and Cline 1987 in two dimensions. In a cell with two opposite corners inside, the mean of
/// the four decides whether they join.
pub(super) fn trace(
    values: &Matrix<f32>,
    height: f32,
    origin: [f64; 2],
    cell: f64,
) -> Vec<ClosedLine> {
    let (n_rows, n_cols) = (values.n_rows(), values.n_cols());
    // A line crosses the side between two nodes at most once. A side is named by its lower or left node:
    // 2·node toward the right neighbor, 2·node + 1 toward the upper. `after` leads from a crossing to the
    // next one of its line.
    let mut after = vec![NONE; 2 * n_rows * n_cols];
    for row in 0..n_rows.saturating_sub(1) {
        let (low, high) = (values.row(row), values.row(row + 1));
        for col in 0..n_cols.saturating_sub(1) {
            // Corners counterclockwise from the lower left.
            let corners = [low[col], low[col + 1], high[col + 1], high[col]];
            let inside = corners.map(|v| v >= height);
            if inside.iter().all(|i| *i == inside[0]) {
                continue;
            }
            let node = row * n_cols + col;
            let sides = [
                2 * node,
                2 * (node + 1) + 1,
                2 * (node + n_cols),
                2 * node + 1,
            ];
            let n_inside = inside.iter().filter(|i| **i).count();
            let is_saddle = n_inside == 2 && inside[0] == inside[2];
            let joined = is_saddle && corners.iter().sum::<f32>() / 4.0 >= height;
            for k in 0..4 {
                // With the inside on its left, a piece begins on a side where walking around the cell
                // counterclockwise leads out of the inside, and ends on one where that leads in.
                if !inside[k] || inside[(k + 1) % 4] {
                    continue;
                }
                let end = if joined {
                    // Around the outer corner that follows.
                    (k + 1) % 4
                } else {
                    // Back around the run of inner corners that ends here.
                    let mut back = (k + 3) % 4;
                    while inside[back] {
                        back = (back + 3) % 4;
                    }
                    back
                };
                after[sides[k]] = sides[end] as u32;
            }
        }
    }
    let place = |side: usize| -> [f32; 2] {
        let node = side / 2;
        let (row, col) = (node / n_cols, node % n_cols);
        let is_upward = side % 2 == 1;
        let a = values.row(row)[col];
        let b = if is_upward {
            values.row(row + 1)[col]
        } else {
            values.row(row)[col + 1]
        };
        let along = f64::from(((height - a) / (b - a)).clamp(CORNER_GAP, 1.0 - CORNER_GAP));
        let (u, v) = if is_upward {
            (col as f64, row as f64 + along)
        } else {
            (col as f64 + along, row as f64)
        };
        [(origin[0] + u * cell) as f32, (origin[1] + v * cell) as f32]
    };
    let mut lines = Vec::new();
    for start in 0..after.len() {
        let mut points = Vec::new();
        let mut at = start;
        while let Some(next) = after.get(at).copied().filter(|n| *n != NONE) {
            points.push(place(at));
            after[at] = NONE;
            at = next as usize;
        }
        if points.len() > 2 {
            lines.push(ClosedLine {
                is_hole: twice_area(&points) < 0.0,
                points_in_map: points,
            });
        }
    }
    lines
}

/// Twice the area inside, negative for a clockwise line.
pub(super) fn twice_area(points: &[[f32; 2]]) -> f64 {
    let Some(first) = points.first() else {
        return 0.0;
    };
    // About the first corner, since far-off maps would cancel their digits.
    let off = |p: &[f32; 2]| {
        (
            f64::from(p[0]) - f64::from(first[0]),
            f64::from(p[1]) - f64::from(first[1]),
        )
    };
    points
        .iter()
        .zip(points.iter().cycle().skip(1))
        .map(|(p, q)| {
            let ((px, py), (qx, qy)) = (off(p), off(q));
            px * qy - qx * py
        })
        .sum()
}
