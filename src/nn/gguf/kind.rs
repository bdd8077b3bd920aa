//! Kinds of numbers in a GGUF file: their names, which are read, whether blocks are sound, and tensors of
//! them. Places in the file are `header`'s.

use std::borrow::Cow;

use candle_core::Device;
use candle_core::quantized::{GgmlDType, QStorage, QTensor};

use super::super::error::NnError;

/// Names of ggml's kinds by number; those removed from ggml keep their old names.
///
/// # Source
/// `enum ggml_type` of ggml's `ggml.h`.
const NAMES: [&str; 42] = [
    "F32",
    "F16",
    "Q4_0",
    "Q4_1",
    "Q4_2",
    "Q4_3",
    "Q5_0",
    "Q5_1",
    "Q8_0",
    "Q8_1",
    "Q2_K",
    "Q3_K",
    "Q4_K",
    "Q5_K",
    "Q6_K",
    "Q8_K",
    "IQ2_XXS",
    "IQ2_XS",
    "IQ3_XXS",
    "IQ1_S",
    "IQ4_NL",
    "IQ3_S",
    "IQ2_S",
    "IQ4_XS",
    "I8",
    "I16",
    "I32",
    "I64",
    "F64",
    "IQ1_M",
    "BF16",
    "Q4_0_4_4",
    "Q4_0_4_8",
    "Q4_0_8_8",
    "TQ1_0",
    "TQ2_0",
    "IQ4_NL_4_4",
    "IQ4_NL_4_8",
    "IQ4_NL_8_8",
    "MXFP4",
    "NVFP4",
    "Q1_0",
];

/// What to take instead of a kind that is not read.
pub(super) const KNOWN: &str = "take a file with weights in F32, F16, BF16, Q8_0, Q6_K, Q5_K, Q4_K, Q3_K, Q2_K, Q5_1, Q5_0, Q4_1 or Q4_0";

/// Returns the name of a kind.
pub(super) fn name(number: u32) -> String {
    NAMES.get(number as usize).map_or_else(
        || format!("a kind with the number {number}"),
        |n| (*n).to_owned(),
    )
}

/// Returns the kind, if it is one that is read.
///
/// `Q8_1` and `Q8_K` are left out: they hold activations inside a product and stand in no file.
pub(super) fn read(number: u32) -> Option<GgmlDType> {
    Some(match number {
        0 => GgmlDType::F32,
        1 => GgmlDType::F16,
        2 => GgmlDType::Q4_0,
        3 => GgmlDType::Q4_1,
        6 => GgmlDType::Q5_0,
        7 => GgmlDType::Q5_1,
        8 => GgmlDType::Q8_0,
        10 => GgmlDType::Q2K,
        11 => GgmlDType::Q3K,
        12 => GgmlDType::Q4K,
        13 => GgmlDType::Q5K,
        14 => GgmlDType::Q6K,
        30 => GgmlDType::BF16,
        _ => return None,
    })
}

/// Where the float16 scales stand in a block, bytes from its beginning.
///
/// # Source
/// The block structs of ggml's `ggml-common.h`; candle lays them out the same way.
fn scales(kind: GgmlDType) -> &'static [usize] {
    match kind {
        GgmlDType::Q4_0 | GgmlDType::Q5_0 | GgmlDType::Q8_0 => &[0],
        GgmlDType::Q4_1 | GgmlDType::Q5_1 | GgmlDType::Q4K | GgmlDType::Q5K => &[0, 2],
        GgmlDType::Q2K => &[80, 82],
        GgmlDType::Q3K => &[108],
        GgmlDType::Q6K => &[208],
        _ => &[],
    }
}

/// Tells whether every number in these whole blocks is finite.
///
/// A quantized number is a scale times a small integer, plus another scale at most, and float16 times
/// such an integer stays far inside float32: the scales decide, so no block is unpacked for this.
pub(super) fn finite(kind: GgmlDType, bytes: &[u8]) -> bool {
    match kind {
        GgmlDType::F32 => {
            let (numbers, _) = bytes.as_chunks::<4>();
            numbers.iter().all(|b| f32::from_le_bytes(*b).is_finite())
        }
        GgmlDType::F16 => {
            let (numbers, _) = bytes.as_chunks::<2>();
            numbers.iter().all(|b| finite_f16(*b))
        }
        GgmlDType::BF16 => {
            let (numbers, _) = bytes.as_chunks::<2>();
            numbers
                .iter()
                .all(|b| half::bf16::from_le_bytes(*b).is_finite())
        }
        _ => bytes.chunks_exact(kind.type_size()).all(|block| {
            scales(kind)
                .iter()
                .all(|&at| finite_f16([block[at], block[at + 1]]))
        }),
    }
}

fn finite_f16(bytes: [u8; 2]) -> bool {
    half::f16::from_le_bytes(bytes).is_finite()
}

/// Makes a tensor of whole rows from their bytes.
///
/// # Shapes
/// - `bytes`: `rows` rows of `cols` numbers, aligned to 8 bytes less a multiple of the block's size.
///
/// # Errors
/// [`NnError::Compute`].
pub(super) fn rows(
    kind: GgmlDType,
    bytes: &[u8],
    rows: usize,
    cols: usize,
) -> Result<QTensor, NnError> {
    // `qtensor_from_ggml` would read past a slice that is too short; this one copies just the slice.
    let storage = QStorage::from_data(Cow::Borrowed(bytes), &Device::Cpu, kind)?;
    Ok(QTensor::new(storage, (rows, cols))?)
}

/// Unpacks one row to float32.
///
/// # Errors
/// [`NnError::Compute`].
pub(super) fn numbers(kind: GgmlDType, bytes: &[u8], n: usize) -> Result<Vec<f32>, NnError> {
    let row = rows(kind, bytes, 1, n)?.dequantize(&Device::Cpu)?;
    Ok(row.flatten_all()?.to_vec1()?)
}
