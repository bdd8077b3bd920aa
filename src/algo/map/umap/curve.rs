//! The curve that says how strongly two points of a layout belong together at a distance.
//! It only fits; the layout evaluates.

/// `1 / (1 + a·d^(2b))`, the belonging of two points at distance `d` in layout units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curve {
    /// Scale.
    pub a: f64,
    /// Steepness.
    pub b: f64,
}

/// Where the curve is compared with its target: as in umap-learn, 300 distances up to 3 spreads.
const N_DISTANCES: usize = 300;
/// Far more than the ten or so that the fit takes.
const MAX_STEPS: usize = 500;

/// Fits the curve to belonging that is full up to `min_dist` and then falls off over `spread`.
///
/// # Source
/// `find_ab_params` of umap-learn 0.5.12: least squares from `a = b = 1` by Levenberg and
/// Marquardt. Like that program's solver we go on until steps are lost in rounding.
pub fn fit_curve(spread: f64, min_dist: f64) -> Curve {
    let points: Vec<(f64, f64)> = (0..N_DISTANCES)
        .map(|i| {
            let x = 3.0 * spread * i as f64 / (N_DISTANCES - 1) as f64;
            let y = if x < min_dist {
                1.0
            } else {
                (-(x - min_dist) / spread).exp()
            };
            (x, y)
        })
        .collect();
    let loss = |curve: Curve| -> f64 {
        points
            .iter()
            .map(|&(x, y)| (curve.at(x) - y) * (curve.at(x) - y))
            .sum()
    };
    let mut curve = Curve { a: 1.0, b: 1.0 };
    let mut best = loss(curve);
    let mut damping = 1e-3;
    for _ in 0..MAX_STEPS {
        // Normal equations of the linearized problem, two unknowns.
        let (mut aa, mut ab, mut bb, mut ga, mut gb) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for &(x, y) in &points {
            let f = curve.at(x);
            let power = x.powf(2.0 * curve.b);
            let by_a = -power * f * f;
            let by_b = if x > 0.0 {
                -2.0 * curve.a * power * x.ln() * f * f
            } else {
                0.0
            };
            aa += by_a * by_a;
            ab += by_a * by_b;
            bb += by_b * by_b;
            ga += by_a * (y - f);
            gb += by_b * (y - f);
        }
        let (da, db) = (aa * (1.0 + damping), bb * (1.0 + damping));
        let det = da * db - ab * ab;
        let step = ((ga * db - gb * ab) / det, (gb * da - ga * ab) / det);
        let next = Curve {
            a: curve.a + step.0,
            b: curve.b + step.1,
        };
        let after = loss(next);
        if after < best && next.a > 0.0 && next.b > 0.0 {
            let small = step.0.abs() <= 1e-13 * next.a && step.1.abs() <= 1e-13 * next.b;
            (curve, best) = (next, after);
            damping *= 0.2;
            if small {
                break;
            }
        } else {
            damping *= 4.0;
            if damping > 1e12 {
                break;
            }
        }
    }
    curve
}

impl Curve {
    fn at(self, x: f64) -> f64 {
        1.0 / (1.0 + self.a * x.powf(2.0 * self.b))
    }
}
