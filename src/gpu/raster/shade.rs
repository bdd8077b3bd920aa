//! What color a pixel has that so many points of each class cover.

use super::{Look, N_CLASSES};
use crate::base::simd::{Kernel, dispatch};
use crate::base::srgb;

/// What the colors of a row of pixels follow from.
#[derive(Default)]
pub(super) struct Sums {
    /// Points of all classes, per pixel.
    total: Vec<u32>,
    /// Points of the class that has most.
    most: Vec<u32>,
    /// That class; of equals the first.
    lead: Vec<u32>,
}

impl Sums {
    /// Sums counts over classes.
    ///
    /// # Shapes
    /// - `counts`: class after class, `plane` numbers each, of which the first `n_pixels` are pixels.
    pub(super) fn add_up(
        &mut self,
        counts: &[u32],
        plane: usize,
        n_classes: usize,
        n_pixels: usize,
    ) {
        dispatch(Sum {
            counts,
            plane,
            n_classes,
            n_pixels,
            out: self,
        });
    }
}

/// Sums counts over classes.
struct Sum<'a> {
    counts: &'a [u32],
    /// Numbers of one class.
    plane: usize,
    n_classes: usize,
    n_pixels: usize,
    out: &'a mut Sums,
}

impl Kernel for Sum<'_> {
    type Out = ();

    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for sums in [&mut self.out.total, &mut self.out.most, &mut self.out.lead] {
            sums.clear();
            sums.resize(self.n_pixels, 0);
        }
        for class in 0..self.n_classes {
            let from = &self.counts[class * self.plane..][..self.n_pixels];
            let sums = self.out.total.iter_mut().zip(&mut self.out.most);
            for ((n, lead), (total, most)) in from.iter().zip(&mut self.out.lead).zip(sums) {
                *total += n;
                *lead = if n > most { class as u32 } else { *lead };
                *most = (*most).max(*n);
            }
        }
    }
}

/// Turns counts into colors.
pub(super) struct Shade {
    pub(super) n_classes: usize,
    classes: [[f32; 4]; N_CLASSES],
    /// Logarithm of the count that is as strong as can be.
    ln_full: f32,
    /// Strength by count, from 0, for the counts that are met often.
    strengths: Vec<f32>,
    /// sRGB-encoded value of a linear one in 1/4095.
    encoded: Vec<u8>,
    /// Finished colors of pixels with points of one class alone, by class and count, from 1.
    alone: Vec<[[u8; 4]; N_ALONE]>,
}

/// Counts of one class alone whose colors are worked out before.
const N_ALONE: usize = 64;

/// Counts whose strength is worked out before.
const N_STRENGTHS: usize = 4096;

impl Shade {
    pub(super) fn new(look: &Look, n_classes: usize) -> Self {
        let full = look.full_at.max(1.000_1).ln();
        let mut shade = Self {
            n_classes,
            classes: look.classes,
            ln_full: full,
            strengths: (0..N_STRENGTHS)
                .map(|n| ((n.max(1) as f32).ln() / full).min(1.0))
                .collect(),
            encoded: (0..4096)
                .map(|v| srgb::byte(f64::from(v) / 4095.0))
                .collect(),
            alone: Vec::new(),
        };
        let mut counts = [0; N_CLASSES];
        for class in 0..n_classes {
            let mut colors = [[0; 4]; N_ALONE];
            for (n, color) in colors.iter_mut().enumerate() {
                counts[class] = n as u32 + 1;
                *color = shade.mixed(&counts);
            }
            counts[class] = 0;
            shade.alone.push(colors);
        }
        shade
    }

    /// Colors the pixels of a row that begins at pixel `start` of the counts; returns how many are covered.
    pub(super) fn row(
        &self,
        sums: &Sums,
        counts: &[u32],
        plane: usize,
        start: usize,
        pixels: &mut [[u8; 4]],
    ) -> usize {
        let mut n_covered = 0;
        let mut of_pixel = [0u32; N_CLASSES];
        for (x, pixel) in (start..).zip(pixels) {
            let total = sums.total[x];
            if total == 0 {
                continue;
            }
            n_covered += 1;
            *pixel = if sums.most[x] == total && total as usize <= N_ALONE {
                self.alone[sums.lead[x] as usize][total as usize - 1]
            } else {
                for (class, n) in of_pixel.iter_mut().enumerate().take(self.n_classes) {
                    *n = counts[class * plane + x];
                }
                self.mixed(&of_pixel[..self.n_classes])
            };
        }
        n_covered
    }

    /// Returns the color of a pixel that so many points of each class cover.
    ///
    /// Data lie over context. Among the data the color leans to the class that leads: all classes mix in
    /// linear light by their counts, and the leading one is mixed in once more, so that a place with
    /// several nations shows grains of each instead of mud. More points make the pixel stronger, by the
    /// logarithm of their number; a single one keeps the strength of its class.
    pub(super) fn mixed(&self, n: &[u32]) -> [u8; 4] {
        let data = &n[1..];
        let total: u32 = data.iter().sum();
        let (mut rgb, mut alpha) = ([0.0f32; 3], 0.0f32);
        if total > 0 {
            let mut lead = 0;
            let mut least = 0.0;
            for (c, count) in data.iter().enumerate() {
                if *count > 0 {
                    let color = &self.classes[c + 1];
                    let share = *count as f32 / total as f32;
                    for (sum, v) in rgb.iter_mut().zip(color) {
                        *sum += share * v;
                    }
                    least += share * color[3];
                    if *count > data[lead] {
                        lead = c;
                    }
                }
            }
            for (v, of_lead) in rgb.iter_mut().zip(&self.classes[lead + 1]) {
                *v += LEAN * (of_lead - *v);
            }
            alpha = self.strength(least, total);
        }
        let mut out = rgb.map(|v| self.encode(v) * alpha);
        if n[0] > 0 && alpha < 1.0 {
            let context = &self.classes[0];
            let under = self.strength(context[3], n[0]) * (1.0 - alpha);
            for (v, of_context) in out.iter_mut().zip(context) {
                *v += self.encode(*of_context) * under;
            }
            alpha += under;
        }
        let byte = |v: f32| (v + 0.5) as u8;
        [
            byte(out[0]),
            byte(out[1]),
            byte(out[2]),
            byte(255.0 * alpha),
        ]
    }

    fn strength(&self, least: f32, n: u32) -> f32 {
        let along = match self.strengths.get(n as usize) {
            Some(along) => *along,
            None => ((n as f32).ln() / self.ln_full).min(1.0),
        };
        least + (1.0 - least) * along
    }

    fn encode(&self, linear: f32) -> f32 {
        f32::from(self.encoded[((linear.clamp(0.0, 1.0) * 4095.0) + 0.5) as usize])
    }
}

/// How far a pixel's color leans from the mixture of its points to the class that leads.
const LEAN: f32 = 0.55;
