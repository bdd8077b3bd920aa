//! When a label of the map is shown: a stretch of zoom for each, found once, so that labels never overlap
//! and neither panning nor a frame's chance makes one flicker.
//!
//! Coarse labels come first; a finer one appears as soon as there is room for it beside those that are
//! there, and stays from then on until its own finer ones take over.

/// A label that wants a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wish {
    /// Its middle in map units.
    pub(crate) anchor_in_map: [f32; 2],
    /// Half width and half height in points, air included.
    pub(crate) half: [f32; 2],
    /// The zoom from which it may be shown, in points per map unit.
    pub(crate) from: f32,
    /// The zoom at which it gives way to finer ones.
    pub(crate) until: f32,
}

/// The stretch of zoom in which a label is shown: from the first on, below the second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stretch {
    pub(crate) from: f32,
    pub(crate) until: f32,
}

impl Stretch {
    /// How strongly the label shows at a zoom: it comes and goes within a thirtieth of the zoom, 0 outside.
    pub(crate) fn strength(self, zoom: f32) -> f32 {
        const FADE: f32 = 0.03;
        let rise = ((zoom / self.from).ln() / FADE).clamp(0.0, 1.0);
        // A label that is there from the first zoom on need not come in.
        let rise = if self.from <= 0.0 { 1.0 } else { rise };
        let fall = if self.until.is_finite() {
            ((self.until / zoom).ln() / FADE).clamp(0.0, 1.0)
        } else {
            1.0
        };
        rise.min(fall)
    }
}

/// Finds each label's stretch, the important ones first; `None` for a label that never finds room.
///
/// # Cost
/// Every pair of labels is looked at a few times: 5 ms for a thousand labels.
pub(crate) fn stretches(wishes: &[Wish]) -> Vec<Option<Stretch>> {
    let mut out: Vec<Option<Stretch>> = Vec::with_capacity(wishes.len());
    for wish in wishes {
        // An earlier label that is in the way at any zoom, now or later, pushes this one behind the zoom at
        // which the two part or the other goes: a label must not go and come again.
        let from = out
            .iter()
            .zip(wishes)
            .filter_map(|(stretch, earlier)| {
                let s = (*stretch)?;
                let until = s.until.min(parting_zoom(wish, earlier));
                (until > s.from).then_some(until)
            })
            .fold(wish.from, f32::max);
        out.push((from.is_finite() && from < wish.until).then_some(Stretch {
            from,
            until: wish.until,
        }));
    }
    out
}

/// Returns the zoom from which two labels no longer touch.
fn parting_zoom(a: &Wish, b: &Wish) -> f32 {
    let on_axis = |k: usize| {
        let apart = (a.anchor_in_map[k] - b.anchor_in_map[k]).abs();
        if apart > 0.0 {
            (a.half[k] + b.half[k]) / apart
        } else {
            f32::INFINITY
        }
    };
    on_axis(0).min(on_axis(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::seed::Seed;

    fn wish(x: f32, y: f32, from: f32, until: f32) -> Wish {
        Wish {
            anchor_in_map: [x, y],
            half: [40.0, 9.0],
            from,
            until,
        }
    }

    #[test]
    fn labels_never_overlap_at_any_zoom() {
        let mut random = Seed(1).stream("labels");
        let mut at = |scale: f64| [0, 1].map(|_| (scale * random.next_normal()) as f32);
        let mut wishes = Vec::new();
        for level in 0..4 {
            let n = 5 * 4usize.pow(level);
            for _ in 0..n {
                let p = at(3.0);
                let from = if level == 0 {
                    0.0
                } else {
                    10.0 * 3f32.powi(level as i32)
                };
                let until = if level == 3 {
                    f32::INFINITY
                } else {
                    60.0 * 3f32.powi(level as i32)
                };
                wishes.push(wish(p[0], p[1], from, until));
            }
        }
        let found = stretches(&wishes);
        let mut most = 0;
        for step in 0..300 {
            let zoom = 3.0 * 1.03f32.powi(step);
            let shown: Vec<&Wish> = wishes
                .iter()
                .zip(&found)
                .filter(|(_, s)| s.is_some_and(|s| zoom >= s.from && zoom < s.until))
                .map(|(w, _)| w)
                .collect();
            most = most.max(shown.len());
            for (i, a) in shown.iter().enumerate() {
                for b in shown.iter().skip(i + 1) {
                    let clear = (0..2).any(|k| {
                        let apart = (a.anchor_in_map[k] - b.anchor_in_map[k]).abs() * zoom;
                        apart * 1.0001 >= a.half[k] + b.half[k]
                    });
                    assert!(clear, "zoom {zoom}: {a:?} {b:?}");
                }
            }
        }
        assert!(most > 60, "at most {most} labels at once");
    }

    #[test]
    fn a_finer_label_waits_until_the_coarse_one_goes() {
        let found = stretches(&[
            wish(0.0, 0.0, 0.0, 100.0),
            wish(0.1, 0.0, 20.0, f32::INFINITY),
            wish(5.0, 0.0, 20.0, f32::INFINITY),
            wish(5.0, 0.0, 20.0, 50.0),
        ]);
        // In the same place: when the coarse one goes.
        assert_eq!(found[1].map(|s| s.from), Some(100.0));
        // Far away: as soon as it likes.
        assert_eq!(found[2].map(|s| s.from), Some(20.0));
        // On top of one that stays: never.
        assert_eq!(found[3], None);
    }

    #[test]
    fn labels_come_and_go_softly() {
        let s = Stretch {
            from: 10.0,
            until: 100.0,
        };
        assert!(s.strength(9.9) <= 0.0 && s.strength(10.15) > 0.2 && s.strength(10.15) < 0.9);
        assert!((s.strength(30.0) - 1.0).abs() < 1e-6);
        assert!(s.strength(100.0) <= 0.0);
        let always = Stretch {
            from: 0.0,
            until: f32::INFINITY,
        };
        assert!((always.strength(1e-3) - 1.0).abs() < 1e-6);
    }
}
