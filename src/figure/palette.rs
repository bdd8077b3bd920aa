//! Every color of figures and reports, light and dark, and the scales made of them.
//!
//! The only place outside `ui/theme.rs` where a color is written down. A paint names what it stands
//! for; [`Paint::rgb`] turns it into a color once light or dark is known.

use std::sync::OnceLock;

use super::mark::Shape;
use crate::base::srgb::{byte, linear_of_byte};
use crate::domain::corpus::Nation;

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appearance {
    /// Ink on paper.
    Light,
    /// Paper on ink.
    Dark,
}

/// A color in sRGB, 8 bits a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    const fn hex_of(value: u32) -> Self {
        Self((value >> 16) as u8, (value >> 8) as u8, value as u8)
    }

    /// Writes it as `#RRGGBB`.
    pub fn hex(self) -> String {
        format!("#{:02X}{:02X}{:02X}", self.0, self.1, self.2)
    }

    /// Returns the light of red, green and blue, `0.0..=1.0`.
    pub fn linear(self) -> [f32; 3] {
        [self.0, self.1, self.2].map(|v| linear_of_byte(v) as f32)
    }

    /// Returns the relative luminance of WCAG 2, `0.0..=1.0`.
    pub fn luminance(self) -> f64 {
        0.2126 * linear_of_byte(self.0)
            + 0.7152 * linear_of_byte(self.1)
            + 0.0722 * linear_of_byte(self.2)
    }

    /// Returns the contrast ratio of WCAG 2, `1.0..=21.0`.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Mixes two colors evenly to the eye; `share` of the other.
    #[must_use]
    pub fn mix(self, other: Self, share: f64) -> Self {
        from_oklab(between(self.oklab(), other.oklab(), share))
    }

    /// Returns lightness and the two color axes of Oklab (Ottosson 2020).
    fn oklab(self) -> [f64; 3] {
        let (r, g, b) = (
            linear_of_byte(self.0),
            linear_of_byte(self.1),
            linear_of_byte(self.2),
        );
        let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
        let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
        let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
        [
            0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
            1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
            0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
        ]
    }
}

/// Returns the point at `share` of the way from one color to another.
fn between([l, a, b]: [f64; 3], [m, c, d]: [f64; 3], share: f64) -> [f64; 3] {
    [
        l + (m - l) * share,
        a + (c - a) * share,
        b + (d - b) * share,
    ]
}

fn from_oklab([lightness, a, b]: [f64; 3]) -> Rgb {
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    Rgb(
        byte(4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s),
        byte(-1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s),
        byte(-0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s),
    )
}

/// What a color stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hue {
    /// The page.
    Ground,
    /// A panel on it.
    Panel,
    /// A thin line.
    Hairline,
    /// Text and accent.
    Ink,
    /// Text that steps back.
    Secondary,
    /// Text that steps back further.
    Faint,
    /// Warning of a conflict.
    Conflict,
    /// Good news.
    Good,
    /// Outliers and whatever the filter leaves out.
    Noise,
    /// One of the five nations, or another by a color that repeats.
    Nation(Nation),
    /// One of many classes that are no nations, such as topics; repeats after eight.
    Series(u8),
}

impl Hue {
    /// Returns the color.
    pub fn rgb(self, appearance: Appearance) -> Rgb {
        let (light, dark) = match self {
            Self::Ground => (0xF7_F5F0, 0x13_1517),
            Self::Panel => (0xFF_FEFB, 0x1A_1D20),
            Self::Hairline => (0xE2_DED5, 0x2C_3035),
            Self::Ink => (0x1D_1B18, 0xEA_E7E0),
            Self::Secondary => (0x6F_6A61, 0x9C_988F),
            Self::Faint => (0xA8_A296, 0x66_645F),
            Self::Conflict => (0xB3_261E, 0xF2_8B82),
            Self::Good => (0x2E_6B4F, 0x7F_CBA4),
            Self::Noise => (0xBD_B8AE, 0x55_585B),
            Self::Nation(nation) => match nation.code() {
                "CN" => (0xD5_5E00, 0xF0_7B2E),
                "US" => (0x00_72B2, 0x4A_A3DF),
                "UK" => (0x00_9E73, 0x2C_C295),
                "FR" => (0xCC_79A7, 0xE3_9CC4),
                "DE" => (0xE6_9F00, 0xF2_B632),
                code => SERIES
                    .get(code.bytes().map(usize::from).sum::<usize>() % SERIES.len())
                    .copied()
                    .unwrap_or_default(),
            },
            Self::Series(i) => SERIES
                .get(usize::from(i) % SERIES.len())
                .copied()
                .unwrap_or_default(),
        };
        Rgb::hex_of(match appearance {
            Appearance::Light => light,
            Appearance::Dark => dark,
        })
    }

    /// Returns the name under which style sheets know it.
    pub fn name(self) -> String {
        match self {
            Self::Ground => "ground".to_owned(),
            Self::Panel => "panel".to_owned(),
            Self::Hairline => "hairline".to_owned(),
            Self::Ink => "ink".to_owned(),
            Self::Secondary => "secondary".to_owned(),
            Self::Faint => "faint".to_owned(),
            Self::Conflict => "conflict".to_owned(),
            Self::Good => "good".to_owned(),
            Self::Noise => "noise".to_owned(),
            Self::Nation(nation) => format!("n-{}", nation.code().to_ascii_lowercase()),
            Self::Series(i) => format!("s-{}", usize::from(i) % SERIES.len()),
        }
    }
}

/// Eight muted colors in light and dark that differ in lightness as well as in hue.
const SERIES: [(u32, u32); 8] = [
    (0x3B_5B8C, 0x8F_AEDD),
    (0xB0_6A3B, 0xDE_A67C),
    (0x5E_8C6A, 0x92_C29E),
    (0x8A_5A83, 0xC4_96BD),
    (0xA8_8F2E, 0xD9_C36B),
    (0x4F_8A94, 0x86_C0CA),
    (0x96_4B4B, 0xD6_8F8F),
    (0x6C_6F5A, 0xAD_B098),
];

/// Steps of the tints.
pub const N_TINTS: u8 = 24;
/// Steps of the sequential scale.
pub const N_SEQUENTIAL: u8 = 64;
/// Steps of the diverging scale on either side of zero.
pub const N_DIVERGING: i8 = 24;

/// A color by what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Paint {
    /// A hue as it is.
    Solid(Hue),
    /// A hue thinned with the panel's color; 0 is the panel, [`N_TINTS`] the hue.
    Tint(Hue, u8),
    /// Cream to navy, 0 to [`N_SEQUENTIAL`]; alike in light and dark, as the scale is data.
    Sequential(u8),
    /// Brown over white to blue, −[`N_DIVERGING`] to [`N_DIVERGING`]; the middle is exactly white, in
    /// dark the panel.
    Diverging(i8),
    /// Ink or paper, whichever reads better on the tint.
    OnTint(Hue, u8),
    /// Ink or paper, whichever reads better on the step.
    OnSequential(u8),
    /// Ink or paper, whichever reads better on the step.
    OnDiverging(i8),
}

impl From<Hue> for Paint {
    fn from(hue: Hue) -> Self {
        Self::Solid(hue)
    }
}

impl Paint {
    /// Makes a tint from a share in `0.0..=1.0`.
    pub fn tint(hue: Hue, share: f64) -> Self {
        Self::Tint(
            hue,
            (share.clamp(0.0, 1.0) * f64::from(N_TINTS)).round() as u8,
        )
    }

    /// Makes a step of the sequential scale from a share in `0.0..=1.0`.
    pub fn sequential(share: f64) -> Self {
        Self::Sequential((share.clamp(0.0, 1.0) * f64::from(N_SEQUENTIAL)).round() as u8)
    }

    /// Makes a step of the diverging scale from `-1.0..=1.0`; only zero itself is white.
    pub fn diverging(share: f64) -> Self {
        let step = (share.clamp(-1.0, 1.0) * f64::from(N_DIVERGING)).round() as i8;
        Self::Diverging(if step == 0 && share != 0.0 {
            share.signum() as i8
        } else {
            step
        })
    }

    /// Returns the paint of text on top of this one.
    #[must_use]
    pub fn on(self) -> Self {
        match self {
            Self::Solid(hue) => Self::OnTint(hue, N_TINTS),
            Self::Tint(hue, level) => Self::OnTint(hue, level),
            Self::Sequential(step) => Self::OnSequential(step),
            Self::Diverging(step) => Self::OnDiverging(step),
            other => other,
        }
    }

    /// Returns the color.
    pub fn rgb(self, appearance: Appearance) -> Rgb {
        match self {
            Self::Solid(hue) => hue.rgb(appearance),
            Self::Tint(hue, level) => Hue::Panel.rgb(appearance).mix(
                hue.rgb(appearance),
                f64::from(level.min(N_TINTS)) / f64::from(N_TINTS),
            ),
            Self::Sequential(step) => {
                let steps = sequential_steps();
                steps
                    .get(usize::from(step))
                    .or(steps.last())
                    .copied()
                    .unwrap_or(Rgb(0, 0, 0))
            }
            Self::Diverging(step) => diverging(step, appearance),
            Self::OnTint(hue, level) => readable_on(Self::Tint(hue, level).rgb(appearance)),
            Self::OnSequential(step) => readable_on(Self::Sequential(step).rgb(appearance)),
            Self::OnDiverging(step) => readable_on(Self::Diverging(step).rgb(appearance)),
        }
    }

    /// Returns the name under which style sheets know it.
    pub fn name(self) -> String {
        match self {
            Self::Solid(hue) => hue.name(),
            Self::Tint(hue, level) => format!("{}-{level}", hue.name()),
            Self::Sequential(step) => format!("q-{step}"),
            Self::Diverging(step) if step < 0 => format!("d-m{}", -i16::from(step)),
            Self::Diverging(step) => format!("d-{step}"),
            Self::OnTint(hue, level) => format!("on-{}-{level}", hue.name()),
            Self::OnSequential(step) => format!("on-q-{step}"),
            Self::OnDiverging(step) if step < 0 => format!("on-d-m{}", -i16::from(step)),
            Self::OnDiverging(step) => format!("on-d-{step}"),
        }
    }
}

/// Returns ink or paper, whichever has the higher contrast.
fn readable_on(under: Rgb) -> Rgb {
    let (ink, paper) = (
        Hue::Ink.rgb(Appearance::Light),
        Hue::Panel.rgb(Appearance::Light),
    );
    if under.contrast(ink) >= under.contrast(paper) {
        ink
    } else {
        paper
    }
}

/// Way points of the sequential scale from cream over green and teal to navy.
const SEQUENTIAL: [u32; 6] = [
    0xF1_EBDF, 0xD5_DFCB, 0x98_C2BC, 0x4C_8FA0, 0x2C_5F86, 0x24_3260,
];

/// Computes the sequential scale once: way points joined in Oklab and cut into steps of equal
/// length, so that equal differences look equal.
fn sequential_steps() -> &'static [Rgb] {
    static STEPS: OnceLock<Vec<Rgb>> = OnceLock::new();
    STEPS.get_or_init(|| {
        let stops: Vec<[f64; 3]> = SEQUENTIAL
            .iter()
            .map(|&hex| Rgb::hex_of(hex).oklab())
            .collect();
        let gap = |a: &[f64; 3], b: &[f64; 3]| -> f64 {
            a.iter()
                .zip(b)
                .map(|(x, y)| (x - y) * (x - y))
                .sum::<f64>()
                .sqrt()
        };
        let lengths: Vec<f64> = stops
            .iter()
            .zip(stops.iter().skip(1))
            .map(|(a, b)| gap(a, b))
            .collect();
        let whole: f64 = lengths.iter().sum();
        (0..=N_SEQUENTIAL)
            .map(|step| {
                let mut left = whole * f64::from(step) / f64::from(N_SEQUENTIAL);
                for ((a, b), &length) in stops.iter().zip(stops.iter().skip(1)).zip(&lengths) {
                    if left <= length {
                        return from_oklab(between(*a, *b, left / length));
                    }
                    left -= length;
                }
                Rgb::hex_of(0x24_3260)
            })
            .collect()
    })
}

fn diverging(step: i8, appearance: Appearance) -> Rgb {
    let middle = match appearance {
        Appearance::Light => Rgb(255, 255, 255),
        Appearance::Dark => Hue::Panel.rgb(Appearance::Dark),
    };
    let end = match (step < 0, appearance) {
        (true, Appearance::Light) => Rgb::hex_of(0x9A_4F12),
        (true, Appearance::Dark) => Rgb::hex_of(0xD9_8A4B),
        (false, Appearance::Light) => Rgb::hex_of(0x1F_5A86),
        (false, Appearance::Dark) => Rgb::hex_of(0x5F_A6D6),
    };
    middle.mix(
        end,
        f64::from(step.unsigned_abs().min(N_DIVERGING.unsigned_abs())) / f64::from(N_DIVERGING),
    )
}

/// Returns the second sign of a nation; nations beyond the five share the circle.
pub fn shape_of(nation: Nation) -> Shape {
    match nation.code() {
        "US" => Shape::Square,
        "UK" => Shape::TriangleUp,
        "FR" => Shape::Diamond,
        "DE" => Shape::TriangleDown,
        _ => Shape::Circle,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Appearance; 2] = [Appearance::Light, Appearance::Dark];

    #[test]
    fn sequential_steps_look_even_and_darken() {
        let steps = sequential_steps();
        assert_eq!(steps.len(), usize::from(N_SEQUENTIAL) + 1);
        let gaps: Vec<f64> = steps
            .iter()
            .zip(steps.iter().skip(1))
            .map(|(a, b)| {
                let (a, b) = (a.oklab(), b.oklab());
                assert!(b[0] < a[0], "lightness must fall");
                (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt()
            })
            .collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        // Rounding to 8 bits leaves some roughness.
        assert!(
            gaps.iter().all(|g| (g / mean - 1.0).abs() < 0.5),
            "{gaps:?}"
        );
    }

    #[test]
    fn diverging_is_white_only_at_zero() {
        assert_eq!(
            Paint::diverging(0.0).rgb(Appearance::Light),
            Rgb(255, 255, 255)
        );
        for share in [-1.0, -0.001, 0.001, 1.0] {
            assert_ne!(
                Paint::diverging(share).rgb(Appearance::Light),
                Rgb(255, 255, 255)
            );
        }
    }

    #[test]
    fn text_on_data_can_be_read() {
        for appearance in BOTH {
            let mut paints: Vec<Paint> = (0..=N_SEQUENTIAL).map(Paint::Sequential).collect();
            paints.extend((-N_DIVERGING..=N_DIVERGING).map(Paint::Diverging));
            for nation in Nation::FIVE {
                paints.extend((0..=N_TINTS).map(|level| Paint::Tint(Hue::Nation(nation), level)));
            }
            for paint in paints {
                let ratio = paint.rgb(appearance).contrast(paint.on().rgb(appearance));
                assert!(ratio >= 4.0, "{paint:?} {appearance:?} {ratio}");
            }
        }
    }

    #[test]
    fn text_on_the_page_can_be_read() {
        for appearance in BOTH {
            for ground in [Hue::Ground, Hue::Panel] {
                for (text, needed) in [
                    (Hue::Ink, 12.0),
                    (Hue::Secondary, 4.5),
                    (Hue::Conflict, 4.5),
                    (Hue::Good, 4.5),
                ] {
                    let ratio = text.rgb(appearance).contrast(ground.rgb(appearance));
                    assert!(
                        ratio >= needed,
                        "{text:?} on {ground:?} {appearance:?} {ratio}"
                    );
                }
            }
        }
    }

    #[test]
    fn hexadecimal_is_exact() {
        assert_eq!(
            Hue::Nation(Nation::FIVE[0]).rgb(Appearance::Light).hex(),
            "#D55E00"
        );
        let rgb = Rgb(12, 200, 99);
        assert_eq!(from_oklab(rgb.oklab()), rgb);
    }
}
