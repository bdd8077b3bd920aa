//! Soft outlines around the places of a camp: rounded hulls of what stands together, strays left out.
//!
//! It draws nothing and knows no document.

/// Groups with less than this share of a camp get no outline of their own.
const LEAST_SHARE: f32 = 0.12;

/// Places in the tree that are longer apart than so many middling steps belong to different groups.
const FAR_STEPS: f32 = 4.0;

/// Places taken into account; of more, every so many-th: the outline does not change for it.
const MAX_PLACES: usize = 1500;

/// Corners of a full turn.
const N_TURN: usize = 24;

/// Returns closed outlines around the groups that places stand in, the largest group first.
///
/// # Shapes
/// - `pad`: how far an outline stays away from its places, in map units, above 0.
/// - returns: convex outlines, counterclockwise; none only where there is no finite place.
///
/// # Source
/// Our own: groups are what remains of the shortest tree over all places (Prim 1957) when its longest
/// steps are cut; the outline is the convex hull (Andrew 1979), widened by a disk.
///
/// # Cost
/// The square of the number of places, at most 1,500 of them: some milliseconds.
pub fn soft_hulls(places: &[[f32; 2]], pad: f32) -> Vec<Vec<[f32; 2]>> {
    let finite: Vec<[f32; 2]> = places
        .iter()
        .copied()
        .filter(|p| p[0].is_finite() && p[1].is_finite())
        .collect();
    let every = finite.len().div_ceil(MAX_PLACES).max(1);
    let taken: Vec<[f32; 2]> = finite.into_iter().step_by(every).collect();
    let mut groups = groups(&taken, pad);
    groups.sort_by_key(|g| (std::cmp::Reverse(g.len()), g.first().copied()));
    let least = (LEAST_SHARE * taken.len() as f32).max(2.0);
    let keeps = |(k, group): &(usize, Vec<usize>)| *k == 0 || group.len() as f32 >= least;
    groups
        .into_iter()
        .enumerate()
        .filter(keeps)
        .map(|(_, group)| {
            let of_group: Vec<[f32; 2]> = group.into_iter().map(|i| taken[i]).collect();
            widened(&convex(of_group), pad)
        })
        .collect()
}

/// Parts places where the shortest tree over them takes long steps.
fn groups(places: &[[f32; 2]], pad: f32) -> Vec<Vec<usize>> {
    let n = places.len();
    let mut reached = vec![(f32::INFINITY, 0usize); n];
    let mut is_in = vec![false; n];
    let mut steps: Vec<(f32, usize, usize)> = Vec::with_capacity(n);
    let mut at = 0;
    for _ in 1..n {
        is_in[at] = true;
        let mut next = (f32::INFINITY, n);
        for i in 0..n {
            if is_in[i] {
                continue;
            }
            let d = (places[i][0] - places[at][0]).hypot(places[i][1] - places[at][1]);
            if d < reached[i].0 {
                reached[i] = (d, at);
            }
            if reached[i].0 < next.0 || next.1 == n {
                next = (reached[i].0, i);
            }
        }
        steps.push((next.0, reached[next.1].1, next.1));
        at = next.1;
    }
    let mut lengths: Vec<f32> = steps.iter().map(|s| s.0).collect();
    lengths.sort_by(f32::total_cmp);
    let middling = lengths.get(lengths.len() / 2).copied().unwrap_or(0.0);
    let far = (FAR_STEPS * middling).max(4.0 * pad);
    // Steps come in the order of the tree: an earlier one never hangs on a later one.
    let mut group_of: Vec<usize> = (0..n).collect();
    for (length, from, to) in steps {
        if length <= far {
            group_of[to] = group_of[from];
        }
    }
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); n];
    for (i, group) in group_of.into_iter().enumerate() {
        out[group].push(i);
    }
    out.retain(|g| !g.is_empty());
    out
}

/// Returns the corners of the convex hull, counterclockwise; one or two places are their own.
fn convex(mut places: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    places.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    places.dedup();
    if places.len() < 3 {
        return places;
    }
    let turns_left = |a: [f32; 2], b: [f32; 2], c: [f32; 2]| {
        let wide = f64::from;
        (wide(b[0]) - wide(a[0])) * (wide(c[1]) - wide(a[1]))
            - (wide(b[1]) - wide(a[1])) * (wide(c[0]) - wide(a[0]))
            > 0.0
    };
    let mut hull: Vec<[f32; 2]> = Vec::new();
    for is_back in [false, true] {
        let begin = hull.len();
        let ordered: Box<dyn Iterator<Item = &[f32; 2]>> = if is_back {
            Box::new(places.iter().rev())
        } else {
            Box::new(places.iter())
        };
        for p in ordered {
            while hull.len() >= begin + 2
                && !turns_left(hull[hull.len() - 2], hull[hull.len() - 1], *p)
            {
                hull.pop();
            }
            hull.push(*p);
        }
        hull.pop();
    }
    hull
}

/// Widens a convex outline by a disk: its corners become arcs.
fn widened(corners: &[[f32; 2]], pad: f32) -> Vec<[f32; 2]> {
    let n = corners.len();
    // A polygon around the disk, so that the arcs' chords do not cut into it.
    let radius = pad / (std::f32::consts::PI / N_TURN as f32).cos();
    let on_disk = |p: [f32; 2], turn: f32| [p[0] + radius * turn.cos(), p[1] + radius * turn.sin()];
    let step = std::f32::consts::TAU / N_TURN as f32;
    if n < 2 {
        let around = |p: &[f32; 2]| (0..N_TURN).map(|k| on_disk(*p, k as f32 * step)).collect();
        return corners.first().map(around).unwrap_or_default();
    }
    let mut out = Vec::new();
    // The direction out of the side that ends in a corner, and of the one that begins there.
    let outward =
        |a: [f32; 2], b: [f32; 2]| (b[1] - a[1]).atan2(b[0] - a[0]) - 0.5 * std::f32::consts::PI;
    for (k, &p) in corners.iter().enumerate() {
        let from = outward(corners[(k + n - 1) % n], p);
        let to = outward(p, corners[(k + 1) % n]);
        let turn = (to - from).rem_euclid(std::f32::consts::TAU);
        let n_arc = (turn / step).ceil().max(1.0) as usize;
        for i in 0..=n_arc {
            out.push(on_disk(p, from + turn * i as f32 / n_arc as f32));
        }
    }
    out
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::cloud::Outline;
    use crate::base::seed::Seed;

    fn clump(n: usize, middle: [f32; 2], spread: f64, seed: u64) -> Vec<[f32; 2]> {
        let mut random = Seed(seed).stream("hull");
        (0..n)
            .map(|_| [0, 1].map(|k: usize| middle[k] + (spread * random.next_normal()) as f32))
            .collect()
    }

    #[test]
    fn an_outline_holds_its_places_and_some_air() {
        for n in [1, 2, 3, 9, 200] {
            let places = clump(n, [0.3, -0.2], 0.1, n as u64);
            let hulls = soft_hulls(&places, 0.05);
            assert!(!hulls.is_empty());
            let outlines: Vec<Outline> = hulls
                .into_iter()
                .map(|h| Outline::new(h).unwrap())
                .collect();
            let holds = |p: [f32; 2]| outlines.iter().any(|o| o.contains(p));
            let n_in = places.iter().filter(|p| holds(**p)).count();
            // All but a stray or two.
            assert!(n_in as f32 >= 0.9 * n as f32, "{n_in} of {n}");
            let kept: Vec<_> = places.iter().filter(|p| holds(**p)).collect();
            for p in kept {
                for k in 0..12 {
                    let turn = std::f32::consts::TAU * k as f32 / 12.0;
                    let r = 0.049;
                    assert!(holds([p[0] + r * turn.cos(), p[1] + r * turn.sin()]));
                }
            }
        }
    }

    #[test]
    fn strays_widen_nothing_and_two_clumps_are_two_outlines() {
        let mut places = clump(40, [0.0, 0.0], 0.05, 1);
        places.extend(clump(30, [2.0, 0.0], 0.05, 2));
        places.push([0.0, 9.0]);
        places.push([f32::NAN, 0.0]);
        let hulls = soft_hulls(&places, 0.02);
        assert_eq!(hulls.len(), 2);
        let highest = hulls
            .iter()
            .flatten()
            .map(|p| p[1])
            .fold(f32::MIN, f32::max);
        assert!(highest < 0.5, "{highest}");
        let reach = |h: &[[f32; 2]]| h.iter().map(|p| p[0]).fold(f32::MIN, f32::max);
        assert!(reach(&hulls[0]) < 0.5 && reach(&hulls[1]) > 1.5);
    }

    #[test]
    fn places_on_a_line_or_in_one_spot_have_an_outline() {
        let line: Vec<[f32; 2]> = (0..20).map(|i| [i as f32, 2.0 * i as f32]).collect();
        let hulls = soft_hulls(&line, 0.5);
        assert_eq!(hulls.len(), 1);
        let outline = Outline::new(hulls[0].clone()).unwrap();
        assert!(line.iter().all(|p| outline.contains(*p)));
        let spot = soft_hulls(&[[1.0, 1.0]; 7], 0.5);
        assert!(Outline::new(spot[0].clone()).unwrap().contains([1.2, 1.2]));
        assert!(soft_hulls(&[], 0.5).is_empty());
        assert!(soft_hulls(&[[f32::NAN, 1.0]], 0.5).is_empty());
    }

    #[test]
    fn as_many_as_there_may_be() {
        let places = clump(40_000, [0.0, 0.0], 0.3, 7);
        let hulls = soft_hulls(&places, 0.02);
        let outline = Outline::new(hulls[0].clone()).unwrap();
        let n_in = places.iter().filter(|p| outline.contains(**p)).count();
        assert!(n_in > 36_000, "{n_in}");
    }
}
