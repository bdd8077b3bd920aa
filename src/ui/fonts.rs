//! The fonts of the window, from bytes that the host found. It reads no file.

use std::sync::Arc;

use egui::epaint::text::VariationCoords;
use egui::{Context, FontData, FontDefinitions, FontFamily, FontTweak};

use super::latin;
use super::theme::{BODY, regular};

/// A font file that the host found.
#[derive(Clone, Debug)]
pub struct FaceFile {
    /// A name of its own.
    pub name: String,
    /// The file's bytes, shared between faces.
    pub bytes: Arc<Vec<u8>>,
    /// Which face in a collection.
    pub index: u32,
    /// Weight to set on a variable font.
    pub weight: Option<f32>,
}

/// The faces to use, best first; what they lack comes from the toolkit's fonts.
///
/// The host looks for Noto Sans or Inter, and adds the Noto CJK collection for Chinese in any case.
#[derive(Clone, Debug, Default)]
pub struct Faces {
    /// For running text: e.g. Noto Sans, then Noto Sans CJK for Chinese.
    pub regular: Vec<FaceFile>,
    /// For titles, in the same order.
    pub strong: Vec<FaceFile>,
}

/// Korean face of the Noto CJK collection: its Western signs are narrow.
const NOTO_CJK_KOREAN: u32 = 1;

/// Simplified Chinese face of the Noto CJK collection.
const NOTO_CJK_CHINESE: u32 = 2;

/// Puts narrow Western letters before the Chinese ones where nothing else serves Latin text.
///
/// A list that begins with a face of the Noto CJK collection gets that collection's Korean face, cut
/// down to Western characters, in front.
fn with_narrow_latin(files: &[FaceFile]) -> Vec<FaceFile> {
    let mut files = files.to_vec();
    let Some(first) = files.first_mut().filter(|f| f.index == NOTO_CJK_CHINESE) else {
        return files;
    };
    let mut bytes = first.bytes.as_ref().clone();
    if !latin::keep_western(&mut bytes, NOTO_CJK_KOREAN) {
        return files;
    }
    // Both faces share one copy of the file; the untouched one goes when the host lets go of it.
    first.bytes = Arc::new(bytes);
    let narrow = FaceFile {
        name: format!("{} western", first.name),
        index: NOTO_CJK_KOREAN,
        ..first.clone()
    };
    files.insert(0, narrow);
    files
}

/// Hands the faces to the toolkit, its own behind them.
pub(super) fn install(ctx: &Context, faces: &Faces) {
    let mut fonts = FontDefinitions::default();
    let toolkit = fonts
        .families
        .get(&FontFamily::Proportional)
        .cloned()
        .unwrap_or_default();
    let mut add = |files: &[FaceFile], kind: &str| -> Vec<String> {
        files
            .iter()
            .map(|file| {
                let key = format!("{kind} {}", file.name);
                let bytes: Arc<Vec<u8>> = Arc::clone(&file.bytes);
                let mut data = FontData::from_blob(Arc::new(SharedBytes(bytes)), file.index);
                if let Some(weight) = file.weight {
                    data = data.tweak(FontTweak {
                        coords: VariationCoords::new([(b"wght", weight)]),
                        ..FontTweak::default()
                    });
                }
                fonts.font_data.insert(key.clone(), Arc::new(data));
                key
            })
            .collect()
    };
    let regular = add(&with_narrow_latin(&faces.regular), "regular");
    let strong_files = if faces.strong.is_empty() {
        &faces.regular
    } else {
        &faces.strong
    };
    let strong = add(&with_narrow_latin(strong_files), "strong");
    let with_toolkit =
        |own: Vec<String>| own.into_iter().chain(toolkit.clone()).collect::<Vec<_>>();
    fonts
        .families
        .insert(FontFamily::Proportional, with_toolkit(regular));
    fonts
        .families
        .insert(FontFamily::Name("strong".into()), with_toolkit(strong));
    ctx.set_fonts(fonts);
}

/// Bytes that several faces of one file share.
struct SharedBytes(Arc<Vec<u8>>);

impl AsRef<[u8]> for SharedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Tells whether some font at hand can show Chinese.
pub fn shows_chinese(ctx: &Context) -> bool {
    ctx.fonts_mut(|f| f.has_glyph(&regular(BODY), '汉'))
}
