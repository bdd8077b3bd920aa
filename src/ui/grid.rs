//! Finds the point under the pointer among many, without looking at all of them.

use super::camera::bounds_of;

/// Points sorted into equal cells, to find the nearest one.
pub(crate) struct Grid {
    positions: Vec<[f32; 2]>,
    lo: [f32; 2],
    cells_per_unit: [f32; 2],
    n_cells: [usize; 2],
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Grid {
    /// Sorts points into about half as many cells.
    pub(crate) fn build(positions: &[[f32; 2]]) -> Self {
        let (lo, hi) = bounds_of(positions.iter().copied()).unwrap_or(([0.0; 2], [1.0; 2]));
        let side = ((positions.len() as f32 / 2.0).sqrt().ceil() as usize).clamp(1, 2048);
        let size = [(hi[0] - lo[0]).max(1e-6), (hi[1] - lo[1]).max(1e-6)];
        let mut grid = Self {
            positions: positions.to_vec(),
            lo,
            cells_per_unit: [side as f32 / size[0], side as f32 / size[1]],
            n_cells: [side, side],
            starts: vec![0; side * side + 1],
            items: vec![0; positions.len()],
        };
        let cells: Vec<usize> = positions.iter().map(|p| grid.cell_of(*p)).collect();
        for &c in &cells {
            if let Some(n) = grid.starts.get_mut(c + 1) {
                *n += 1;
            }
        }
        for c in 1..grid.starts.len() {
            let before = grid.starts.get(c - 1).copied().unwrap_or(0);
            if let Some(n) = grid.starts.get_mut(c) {
                *n += before;
            }
        }
        let mut next = grid.starts.clone();
        for (i, &c) in cells.iter().enumerate() {
            if let Some(slot) = next.get_mut(c) {
                if let Some(item) = grid.items.get_mut(*slot as usize) {
                    *item = i as u32;
                }
                *slot += 1;
            }
        }
        grid
    }

    fn axis_cell(&self, axis: usize, value: f32) -> usize {
        let (lo, scale, n) = match axis {
            0 => (self.lo[0], self.cells_per_unit[0], self.n_cells[0]),
            _ => (self.lo[1], self.cells_per_unit[1], self.n_cells[1]),
        };
        let cell = (value - lo) * scale;
        // A position that is not a number lands in the first cell and is never near.
        (cell.max(0.0) as usize).min(n - 1)
    }

    fn cell_of(&self, p: [f32; 2]) -> usize {
        self.axis_cell(1, p[1]) * self.n_cells[0] + self.axis_cell(0, p[0])
    }

    /// Returns the nearest accepted point within `radius`; of equally near ones the first.
    pub(crate) fn nearest(
        &self,
        p: [f32; 2],
        radius: f32,
        accept: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        let columns = self.axis_cell(0, p[0] - radius)..=self.axis_cell(0, p[0] + radius);
        let rows = self.axis_cell(1, p[1] - radius)..=self.axis_cell(1, p[1] + radius);
        let mut best: Option<(f32, u32)> = None;
        for row in rows {
            for column in columns.clone() {
                let c = row * self.n_cells[0] + column;
                let (Some(&from), Some(&to)) = (self.starts.get(c), self.starts.get(c + 1)) else {
                    continue;
                };
                for &i in self.items.get(from as usize..to as usize).unwrap_or(&[]) {
                    let Some(q) = self.positions.get(i as usize) else {
                        continue;
                    };
                    let d2 = (q[0] - p[0]).powi(2) + (q[1] - p[1]).powi(2);
                    let nearer = best.is_none_or(|(b, j)| d2 < b || (d2 <= b && i < j));
                    if d2 <= radius * radius && nearer && accept(i) {
                        best = Some((d2, i));
                    }
                }
            }
        }
        best.map(|b| b.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::seed::Seed;

    #[test]
    fn the_grid_agrees_with_a_search_through_all() {
        let mut random = Seed(3).stream("grid");
        let points: Vec<[f32; 2]> = (0..900)
            .map(|_| [random.next_normal() as f32, random.next_f64() as f32 * 3.0])
            .collect();
        let grid = Grid::build(&points);
        for _ in 0..200 {
            let p = [random.next_normal() as f32, random.next_f64() as f32 * 3.0];
            let radius = random.next_f64() as f32 * 0.3;
            let accept = |i: u32| !i.is_multiple_of(3);
            let slow = points
                .iter()
                .enumerate()
                .filter(|(i, _)| accept(*i as u32))
                .map(|(i, q)| ((q[0] - p[0]).powi(2) + (q[1] - p[1]).powi(2), i as u32))
                .filter(|(d2, _)| *d2 <= radius * radius)
                .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
                .map(|b| b.1);
            assert_eq!(grid.nearest(p, radius, accept), slow);
        }
    }
}
