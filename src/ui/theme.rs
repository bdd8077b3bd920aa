//! Every color, size and font of the window; no other file names a color.
//!
//! Ink on paper: the accent is the ink itself, color belongs to data. Nations have fixed colors that
//! stay apart in color blindness and a mark as second sign. Fonts stand
//! in `fonts`.

use egui::{Color32, Context, CornerRadius, FontFamily, FontId, Id, Stroke, Ui};

use super::fonts;
use crate::base::srgb;
use crate::domain::corpus::Nation;
use crate::figure::palette::{Appearance, Paint};

pub use super::fonts::{FaceFile, Faces, shows_chinese};

/// Light, dark, or as the system has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeChoice {
    /// As the system has it.
    #[default]
    System,
    /// Paper.
    Light,
    /// Night.
    Dark,
}

impl ThemeChoice {
    /// Returns the lower-case name used in the settings file.
    pub fn code(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads [`ThemeChoice::code`].
    pub fn parse(code: &str) -> Option<Self> {
        [Self::System, Self::Light, Self::Dark]
            .into_iter()
            .find(|c| c.code() == code)
    }

    fn preference(self) -> egui::ThemePreference {
        match self {
            Self::System => egui::ThemePreference::System,
            Self::Light => egui::ThemePreference::Light,
            Self::Dark => egui::ThemePreference::Dark,
        }
    }
}

/// How the colors are shown: as they are, or as others see them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Vision {
    /// As they are.
    #[default]
    Full,
    /// As a deuteranope sees them.
    Deuteranopia,
    /// As a protanope sees them.
    Protanopia,
    /// As a gray print shows them.
    Grayscale,
}

impl Vision {
    /// Returns the next preview, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Full => Self::Deuteranopia,
            Self::Deuteranopia => Self::Protanopia,
            Self::Protanopia => Self::Grayscale,
            Self::Grayscale => Self::Full,
        }
    }

    /// Returns its name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "all colors",
            Self::Deuteranopia => "deuteranopia preview",
            Self::Protanopia => "protanopia preview",
            Self::Grayscale => "grayscale preview",
        }
    }

    /// Simulation in linear light.
    ///
    /// # Source
    /// Machado, Oliveira and Fernandes 2009, severity 1.0; grayscale by Rec. 709 luminance.
    fn apply(self, color: Color32) -> Color32 {
        let m: [[f32; 3]; 3] = match self {
            Self::Full => return color,
            Self::Deuteranopia => [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
            Self::Protanopia => [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
            Self::Grayscale => [[0.2126, 0.7152, 0.0722]; 3],
        };
        let [r, g, b, _] = linear(color);
        let [x, y, z] = m.map(|[mr, mg, mb]| mr * r + mg * g + mb * b);
        let seen = from_linear([x, y, z]);
        Color32::from_rgba_unmultiplied(seen.r(), seen.g(), seen.b(), color.a())
    }
}

/// The tokens of one theme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Palette {
    /// Dark theme.
    pub dark: bool,
    /// Preview of color vision.
    pub vision: Vision,
    /// Behind the view.
    pub ground: Color32,
    /// Bars, inspector, cards.
    pub panel: Color32,
    /// Hairlines.
    pub hairline: Color32,
    /// Ink and accent.
    pub ink: Color32,
    /// Second voice.
    pub secondary: Color32,
    /// Third voice, disabled, context points.
    pub faint: Color32,
    /// Warning of a conflict.
    pub warning: Color32,
    /// Good.
    pub good: Color32,
    /// Under a selected row.
    pub selected: Color32,
}

impl Palette {
    /// Returns the tokens of a theme under a preview of color vision.
    pub fn new(dark: bool, vision: Vision) -> Self {
        let t = |light: u32, night: u32| {
            let rgb = if dark { night } else { light };
            vision.apply(Color32::from_rgb(
                (rgb >> 16) as u8,
                (rgb >> 8) as u8,
                rgb as u8,
            ))
        };
        Self {
            dark,
            vision,
            ground: t(0xF7_F5F0, 0x13_1517),
            panel: t(0xFF_FEFB, 0x1A_1D20),
            hairline: t(0xE2_DED5, 0x2C_3035),
            ink: t(0x1D_1B18, 0xEA_E7E0),
            secondary: t(0x6F_6A61, 0x9C_988F),
            faint: t(0xA8_A296, 0x66_645F),
            warning: t(0xB3_261E, 0xF2_8B82),
            good: t(0x2E_6B4F, 0x7F_CBA4),
            selected: t(0xF1_EDE4, 0x25_292D),
        }
    }

    /// Returns the tokens in force in this part of the window.
    pub fn of(ui: &Ui) -> Self {
        Self::new(ui.visuals().dark_mode, vision(ui.ctx()))
    }

    /// Returns the tokens in force in the window as a whole.
    pub fn of_window(ctx: &Context) -> Self {
        Self::new(ctx.theme() == egui::Theme::Dark, vision(ctx))
    }

    /// Returns what is laid over the window behind a list or a target.
    pub fn veil(&self) -> Color32 {
        self.ground.gamma_multiply(0.72)
    }

    /// Returns a nation's fixed color.
    pub fn nation(&self, nation: Nation) -> Color32 {
        let (light, night) = match nation.code() {
            "CN" => (0xD5_5E00, 0xF0_7B2E),
            "US" => (0x00_72B2, 0x4A_A3DF),
            "UK" => (0x00_9E73, 0x2C_C295),
            "FR" => (0xCC_79A7, 0xE3_9CC4),
            "DE" => (0xE6_9F00, 0xF2_B632),
            // Any other nation: one of four further tones, by its letters.
            code => {
                let sum: u32 = code.bytes().map(u32::from).sum();
                match sum % 4 {
                    0 => (0x7A_5195, 0xB0_8FD0),
                    1 => (0x8C_6D31, 0xC9_A766),
                    2 => (0x4E_7A8A, 0x86_B8C9),
                    _ => (0x6B_7F2A, 0xA9_BF62),
                }
            }
        };
        let rgb: u32 = if self.dark { night } else { light };
        self.vision.apply(Color32::from_rgb(
            (rgb >> 16) as u8,
            (rgb >> 8) as u8,
            rgb as u8,
        ))
    }

    /// Returns the color of topic number `idx` (by size).
    ///
    /// Hues a golden angle apart in OKLCH, at three lightnesses, so that neighbors by size differ most.
    pub fn topic(&self, idx: usize) -> Color32 {
        let hue_deg = (29.0 + 137.507_76 * idx as f32) % 360.0;
        let step = [0.0, 0.085, -0.075][idx % 3];
        let lightness = if self.dark { 0.73 } else { 0.60 } + step;
        let chroma = if idx.is_multiple_of(2) { 0.120 } else { 0.090 };
        self.vision.apply(oklch(lightness, chroma, hue_deg))
    }

    /// Returns gray for outliers and what a filter leaves out.
    pub fn context(&self) -> Color32 {
        self.faint
            .gamma_multiply(if self.dark { 0.55 } else { 0.5 })
    }

    /// Returns the tint behind a number, `share` of the way from the panel to `color`.
    pub fn tint(&self, color: Color32, share: f32) -> Color32 {
        self.panel.lerp_to_gamma(color, share.clamp(0.0, 1.0))
    }

    /// Returns black or white ink, whichever reads better on `ground`.
    pub fn ink_on(&self, ground: Color32) -> Color32 {
        let [r, g, b, _] = linear(ground);
        let luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        let (paper, ink) = if self.dark {
            (self.ink, self.ground)
        } else {
            (self.panel, self.ink)
        };
        if luminance > 0.22 { ink } else { paper }
    }

    fn painted(&self, paint: Paint) -> Color32 {
        let appearance = if self.dark {
            Appearance::Dark
        } else {
            Appearance::Light
        };
        let rgb = paint.rgb(appearance);
        self.vision.apply(Color32::from_rgb(rgb.0, rgb.1, rgb.2))
    }

    /// Returns ground and ink of a rate: cream at 0 to navy at 1, the scale of the report's figures.
    pub fn sequential(&self, share: f64) -> (Color32, Color32) {
        let paint = Paint::sequential(share);
        (self.painted(paint), self.painted(paint.on()))
    }

    /// Returns ground and ink of a difference: brown at −1 over white to blue at 1.
    pub fn diverging(&self, share: f64) -> (Color32, Color32) {
        let paint = Paint::diverging(share);
        (self.painted(paint), self.painted(paint.on()))
    }

    /// Returns a color as it looks where a filter leaves it out.
    pub fn dimmed(&self, color: Color32) -> Color32 {
        self.ground.lerp_to_gamma(color, 0.18)
    }

    /// Returns the ground of a highlighted passage.
    pub fn highlight(&self, color: Color32) -> Color32 {
        self.panel
            .lerp_to_gamma(color, if self.dark { 0.32 } else { 0.20 })
    }

    /// Returns the hairline stroke.
    pub fn hair(&self) -> Stroke {
        Stroke::new(1.0, self.hairline)
    }
}

/// Returns linear red, green, blue and alpha of a color; alpha stays apart.
pub fn linear(color: Color32) -> [f32; 4] {
    let [r, g, b, a] = color.to_srgba_unmultiplied();
    let light = |v: u8| srgb::linear_of_byte(v) as f32;
    [light(r), light(g), light(b), f32::from(a) / 255.0]
}

fn from_linear(rgb: [f32; 3]) -> Color32 {
    let [r, g, b] = rgb.map(|light| srgb::byte(f64::from(light)));
    Color32::from_rgb(r, g, b)
}

/// OKLCH to sRGB.
///
/// # Source
/// Ottosson 2020, "A perceptual color space for image processing".
fn oklch(lightness: f32, chroma: f32, hue_deg: f32) -> Color32 {
    let (sin, cos) = hue_deg.to_radians().sin_cos();
    let (a, b) = (chroma * cos, chroma * sin);
    let l = (lightness + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let m = (lightness - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let s = (lightness - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    from_linear([
        4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
        -1.268_438 * l + 2.609_757_4 * m - 0.341_319_4 * s,
        -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
    ])
}

/// The second sign of a nation, beside its color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// CN
    Circle,
    /// US
    Square,
    /// UK
    TriangleUp,
    /// FR
    Diamond,
    /// DE
    TriangleDown,
    /// Any other.
    Plus,
}

impl Mark {
    /// Returns a nation's mark.
    pub fn of(nation: Nation) -> Self {
        match nation.code() {
            "CN" => Self::Circle,
            "US" => Self::Square,
            "UK" => Self::TriangleUp,
            "FR" => Self::Diamond,
            "DE" => Self::TriangleDown,
            _ => Self::Plus,
        }
    }

    /// Returns its number in the shader.
    pub fn number(self) -> u8 {
        match self {
            Self::Circle => 0,
            Self::Square => 1,
            Self::TriangleUp => 2,
            Self::Diamond => 3,
            Self::TriangleDown => 4,
            Self::Plus => 5,
        }
    }
}

/// No color at all.
pub const NOTHING: Color32 = Color32::TRANSPARENT;

/// Text: 13 points.
pub const BODY: f32 = 13.0;

/// Titles: 17 points.
pub const TITLE: f32 = 17.0;

/// Captions: 11 points.
pub const CAPTION: f32 = 11.0;

/// The one number of a card: 24 points.
pub const FIGURE: f32 = 24.0;

/// The grid everything stands on, in points.
pub const GRID: f32 = 4.0;

/// Corners of cards and buttons, in points.
pub const CORNER: u8 = 6;

/// Returns the regular face at a size.
pub fn regular(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// Returns the strong face at a size.
pub fn strong(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("strong".into()))
}

fn vision_id() -> Id {
    Id::unique("meridian color vision")
}

/// Returns the preview of color vision in force.
pub fn vision(ctx: &Context) -> Vision {
    ctx.data(|d| d.get_temp(vision_id())).unwrap_or_default()
}

/// Sets the preview of color vision.
pub fn set_vision(ctx: &Context, vision: Vision) {
    ctx.data_mut(|d| d.insert_temp(vision_id(), vision));
    install_styles(ctx, vision);
}

/// Sets the theme.
pub fn set_theme(ctx: &Context, choice: ThemeChoice) {
    ctx.set_theme(choice.preference());
}

/// Sets fonts, sizes, spacing and colors of both themes; called once when the window opens.
pub fn install(ctx: &Context, faces: &Faces, choice: ThemeChoice) {
    // Where the system says nothing, the window is paper.
    ctx.options_mut(|o| o.fallback_theme = egui::Theme::Light);
    fonts::install(ctx, faces);
    install_styles(ctx, vision(ctx));
    set_theme(ctx, choice);
}

fn install_styles(ctx: &Context, vision: Vision) {
    for dark in [false, true] {
        let p = Palette::new(dark, vision);
        let theme = if dark {
            egui::Theme::Dark
        } else {
            egui::Theme::Light
        };
        ctx.style_mut_of(theme, |style| {
            use egui::TextStyle;
            style.text_styles = [
                (TextStyle::Body, regular(BODY)),
                (TextStyle::Button, regular(BODY)),
                (TextStyle::Heading, strong(TITLE)),
                (TextStyle::Small, regular(CAPTION)),
                (TextStyle::Monospace, FontId::monospace(12.0)),
            ]
            .into();
            style.spacing.item_spacing = egui::vec2(2.0 * GRID, GRID);
            style.spacing.button_padding = egui::vec2(3.0 * GRID, GRID);
            style.spacing.interact_size.y = 6.0 * GRID;
            style.spacing.scroll = egui::style::ScrollStyle {
                // No rail: only the handle shows, in ink, and only where there is more to see.
                foreground_color: true,
                dormant_handle_opacity: 0.18,
                active_handle_opacity: 0.35,
                interact_handle_opacity: 0.6,
                dormant_background_opacity: 0.0,
                active_background_opacity: 0.0,
                interact_background_opacity: 0.0,
                ..egui::style::ScrollStyle::thin()
            };
            style.interaction.selectable_labels = false;
            style.interaction.tooltip_delay = 0.4;
            style.animation_time = 0.0;
            style.url_in_tooltip = false;
            let v = &mut style.visuals;
            v.dark_mode = dark;
            v.panel_fill = p.ground;
            v.window_fill = p.panel;
            v.window_stroke = p.hair();
            v.extreme_bg_color = p.panel;
            v.text_edit_bg_color = Some(p.panel);
            v.faint_bg_color = p.selected;
            v.code_bg_color = p.ground;
            v.hyperlink_color = p.ink;
            v.warn_fg_color = p.warning;
            v.error_fg_color = p.warning;
            v.weak_text_color = Some(p.secondary);
            v.selection.bg_fill = p.panel.lerp_to_gamma(p.ink, 0.18);
            v.selection.stroke = Stroke::new(1.0, p.ink);
            v.window_corner_radius = CornerRadius::same(CORNER);
            v.menu_corner_radius = CornerRadius::same(CORNER);
            v.popup_shadow = egui::Shadow {
                offset: [0, 4],
                blur: 16,
                spread: 0,
                color: Color32::from_black_alpha(if dark { 110 } else { 28 }),
            };
            v.window_shadow = v.popup_shadow;
            for w in [
                &mut v.widgets.noninteractive,
                &mut v.widgets.inactive,
                &mut v.widgets.hovered,
                &mut v.widgets.active,
                &mut v.widgets.open,
            ] {
                w.corner_radius = CornerRadius::same(CORNER - 1);
                w.expansion = 0.0;
                w.bg_stroke = p.hair();
                w.fg_stroke = Stroke::new(1.0, p.ink);
                w.bg_fill = p.panel;
                w.weak_bg_fill = p.panel;
            }
            v.widgets.hovered.bg_stroke = Stroke::new(1.0, p.faint);
            v.widgets.active.bg_stroke = Stroke::new(1.0, p.ink);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contrast(a: Color32, b: Color32) -> f32 {
        let lum = |c: Color32| {
            let [r, g, b, _] = linear(c);
            0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
        };
        let (x, y) = (lum(a), lum(b));
        x.max(y) / x.min(y)
    }

    #[test]
    fn text_can_be_read_in_both_themes() {
        for dark in [false, true] {
            let p = Palette::new(dark, Vision::Full);
            for ground in [p.ground, p.panel, p.selected] {
                assert!(contrast(p.ink, ground) > 10.0);
                assert!(
                    contrast(p.secondary, ground) > 4.5,
                    "{dark} {}",
                    contrast(p.secondary, ground)
                );
                assert!(contrast(p.warning, ground) > 4.5);
            }
            for idx in 0..40 {
                assert!(contrast(p.topic(idx), p.ground) > 2.0, "topic {idx}");
            }
        }
    }

    #[test]
    fn ink_reads_on_every_tint_of_a_nation() {
        for dark in [false, true] {
            let p = Palette::new(dark, Vision::Full);
            for nation in Nation::FIVE {
                for step in 0..=10 {
                    let ground = p.tint(p.nation(nation), step as f32 / 10.0);
                    assert!(
                        contrast(p.ink_on(ground), ground) > 3.0,
                        "{dark} {nation} {step}"
                    );
                }
            }
        }
    }

    #[test]
    fn numbers_read_on_every_step_of_the_scales() {
        for dark in [false, true] {
            let p = Palette::new(dark, Vision::Full);
            for step in 0..=20 {
                let share = f64::from(step) / 20.0;
                for (ground, ink) in [p.sequential(share), p.diverging(2.0 * share - 1.0)] {
                    assert!(contrast(ink, ground) > 4.0, "{dark} {step}");
                }
                assert!(contrast(p.secondary, p.dimmed(p.sequential(share).0)) > 3.0);
            }
        }
    }

    #[test]
    fn a_gray_print_is_gray() {
        let p = Palette::new(false, Vision::Grayscale);
        let c = p.nation(Nation::FIVE[0]);
        assert!(c.r() == c.g() && c.g() == c.b());
    }

    #[test]
    fn gamma_and_linear_are_inverse() {
        let c = Color32::from_rgb(12, 140, 250);
        let [r, g, b, _] = linear(c);
        assert_eq!(from_linear([r, g, b]), c);
    }
}
