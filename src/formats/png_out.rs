//! Pictures as PNG, over `Write`.

use std::io::Write;

/// The picture could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the picture cannot be written as PNG: {0}")]
pub struct PngError(#[from] png::EncodingError);

/// Writes a picture whose colors are not multiplied by alpha, sRGB-encoded, rows from the top.
///
/// # Errors
/// [`PngError`] if `out` refuses, or `rgba` is no picture of that size.
pub fn write(out: impl Write, size_px: [u32; 2], rgba: &[[u8; 4]]) -> Result<(), PngError> {
    let mut encoder = png::Encoder::new(out, size_px[0], size_px[1]);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(bytemuck::cast_slice(rgba))?;
    writer.finish()?;
    Ok(())
}
