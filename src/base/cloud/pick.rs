//! The point nearest to a place, exact however dense the points stand.

use super::{Bounds, Cloud, Outline, order};

/// Finds points that are kept elsewhere in an order of their own.
#[derive(Clone, Debug)]
pub struct Finder {
    cloud: Cloud,
    order: Vec<u32>,
}

impl Default for Finder {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl Finder {
    /// Indexes points; one that is not finite is never found.
    pub fn new(points: &[[f32; 2]]) -> Self {
        let order = order(points);
        let in_order: Vec<[f32; 2]> = order
            .iter()
            .filter_map(|i| points.get(*i as usize))
            .copied()
            .collect();
        Self {
            cloud: Cloud::new(in_order.into()),
            order,
        }
    }

    /// Returns the box around the points, `None` when there is none.
    pub fn bounds(&self) -> Option<Bounds> {
        (!self.order.is_empty()).then(|| self.cloud.bounds())
    }

    /// Returns the index of the nearest point within `radius`.
    pub fn nearest(&self, p: [f32; 2], radius: f32) -> Option<u32> {
        self.nearest_of(p, radius, |_| true)
    }

    /// Returns the index of the nearest accepted point within `radius`.
    pub fn nearest_of(
        &self,
        p: [f32; 2],
        radius: f32,
        accept: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        let of = |at: usize| self.order.get(at).copied();
        let at = self
            .cloud
            .nearest(p, radius, |at| of(at).is_some_and(&accept))?;
        of(at)
    }

    /// Returns the indices of the points inside an outline, ascending.
    pub fn inside(&self, outline: &Outline) -> Vec<u32> {
        let runs = self.cloud.inside(outline).runs;
        let mut found: Vec<u32> = runs
            .into_iter()
            .filter_map(|run| self.order.get(run))
            .flatten()
            .copied()
            .collect();
        found.sort_unstable();
        found
    }
}

impl Cloud {
    /// Returns the nearest accepted point within `radius`; of equally near ones the first in order.
    ///
    /// # Units
    /// `p` and `radius` in map units.
    ///
    /// # Cost
    /// Looks at the points of a square around `p`, nearest cells first by doubling: the square grows until
    /// it holds an accepted point, so that a dense place costs no more than a sparse one.
    pub fn nearest(
        &self,
        p: [f32; 2],
        radius: f32,
        accept: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        if !(radius > 0.0 && p[0].is_finite() && p[1].is_finite()) {
            return None;
        }
        let mut reach = radius / 64.0;
        loop {
            let last = reach >= radius;
            let reach_now = reach.min(radius);
            if let Some(found) = self.nearest_within(p, reach_now, &accept) {
                return Some(found);
            }
            if last {
                return None;
            }
            reach *= 4.0;
        }
    }

    fn nearest_within(
        &self,
        p: [f32; 2],
        reach: f32,
        accept: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let bounds = (p.map(|v| v - reach), p.map(|v| v + reach));
        let mut best: Option<(f32, usize)> = None;
        self.runs(bounds, reach, |run| {
            let from = run.start;
            for (k, q) in self.points.get(run).unwrap_or(&[]).iter().enumerate() {
                let (dx, dy) = (q[0] - p[0], q[1] - p[1]);
                let d2 = dx * dx + dy * dy;
                let i = from + k;
                let nearer = best.is_none_or(|(b, j)| d2 < b || (d2 <= b && i < j));
                if d2 <= reach * reach && nearer && accept(i) {
                    best = Some((d2, i));
                }
            }
        });
        best.map(|b| b.1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use crate::base::seed::Seed;

    #[test]
    fn it_agrees_with_a_search_through_all() {
        let cloud = sample(3000, 5);
        let mut random = Seed(6).stream("picks");
        for _ in 0..400 {
            let p = [0, 1].map(|_| (6.0 * random.next_f64() - 1.0) as f32);
            let radius = (random.next_f64() * 0.5) as f32;
            let accept = |i: usize| !i.is_multiple_of(3);
            let slow = cloud
                .points()
                .iter()
                .enumerate()
                .filter(|(i, _)| accept(*i))
                .map(|(i, q)| ((q[0] - p[0]).powi(2) + (q[1] - p[1]).powi(2), i))
                .filter(|(d2, _)| *d2 <= radius * radius)
                .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
                .map(|b| b.1);
            assert_eq!(cloud.nearest(p, radius, accept), slow);
        }
        let finder = super::Finder::new(&[[5.0, 5.0], [f32::NAN, 0.0], [0.0, 0.1]]);
        assert_eq!(finder.nearest([0.0, 0.0], 1.0), Some(2));
        assert_eq!(finder.nearest([5.2, 5.0], 1.0), Some(0));
        assert_eq!(finder.nearest([2.0, 2.0], 1.0), None);
        assert_eq!(cloud.nearest([0.0, 0.0], 0.0, |_| true), None);
        assert_eq!(cloud.nearest([f32::NAN, 0.0], 1.0, |_| true), None);
    }
}
