//! `NumPy`'s `.npy`: arrays of float32 and int64 in C order, read and written.
//!
//! Reads float64 and int32 too and converts them. It refuses other element types, Fortran order and
//! big-endian numbers, and says how to save such an array so that it can be read.
//!
//! # Source
//! `NumPy` Enhancement Proposal 1, format versions 1.0 to 3.0.

use std::io::{self, Read, Write};

use crate::base::matrix::Matrix;

const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// A header of an array without field names is a hundred bytes; more is another kind of array.
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// Bytes read at a time, so that a false shape cannot claim memory that the file does not fill.
const CHUNK_BYTES: usize = 1024 * 1024;

/// An array in C order.
#[derive(Clone, Debug, PartialEq)]
pub struct NpyArray<T> {
    /// Lengths of the dimensions, the slowest first.
    pub shape: Vec<usize>,
    /// Elements, the last dimension running fastest.
    pub values: Vec<T>,
}

/// An array that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum NpyError {
    /// The bytes could not be fetched or written.
    #[error("the array could not be read or written: {source}")]
    Io {
        /// What the system said.
        #[from]
        source: io::Error,
    },
    /// No `.npy` file.
    #[error("the file is no NumPy array (.npy); save it with numpy.save")]
    NotNpy,
    /// A header that does not say what it should.
    #[error("the array's header cannot be read: {header:?}")]
    BadHeader {
        /// The header's text.
        header: String,
    },
    /// Another element type or order.
    #[error(
        "the array must hold {wanted} numbers in C order; save it with numpy.save(path, numpy.ascontiguousarray(a, dtype=\"{wanted}\")); it holds {found:?}"
    )]
    OtherType {
        /// `"float32"` or `"int64"`.
        wanted: &'static str,
        /// `NumPy`'s name of what is there.
        found: String,
    },
    /// Fewer numbers than the header promises.
    #[error("the array ends early: {n_found} of {n_wanted} numbers are there")]
    Short {
        /// Numbers promised.
        n_wanted: usize,
        /// Numbers found.
        n_found: usize,
    },
    /// Neither one nor two dimensions.
    #[error("a matrix has two dimensions, this array has {n_dimensions}")]
    NotAMatrix {
        /// Dimensions found.
        n_dimensions: usize,
    },
}

/// Reads an array of float32, or of float64 rounded to float32.
///
/// # Errors
/// [`NpyError`].
pub fn read_f32(reader: impl Read) -> Result<NpyArray<f32>, NpyError> {
    read(reader, "float32", |kind| match kind {
        "<f4" => Some((4, |b: &[u8]| f32::from_le_bytes(fixed(b)))),
        "<f8" => Some((8, |b: &[u8]| f64::from_le_bytes(fixed(b)) as f32)),
        _ => None,
    })
}

/// Reads an array of int64, or of int32.
///
/// # Errors
/// [`NpyError`].
pub fn read_i64(reader: impl Read) -> Result<NpyArray<i64>, NpyError> {
    read(reader, "int64", |kind| match kind {
        "<i8" => Some((8, |b: &[u8]| i64::from_le_bytes(fixed(b)))),
        "<i4" => Some((4, |b: &[u8]| i64::from(i32::from_le_bytes(fixed(b))))),
        _ => None,
    })
}

/// Reads a matrix of float32; one dimension is one column.
///
/// # Errors
/// [`NpyError`], [`NpyError::NotAMatrix`] for three dimensions or more.
pub fn read_matrix(reader: impl Read) -> Result<Matrix<f32>, NpyError> {
    let array = read_f32(reader)?;
    let n_dimensions = array.shape.len();
    let (n_rows, n_cols) = match *array.shape {
        [n_rows] => (n_rows, 1),
        [n_rows, n_cols] => (n_rows, n_cols),
        _ => return Err(NpyError::NotAMatrix { n_dimensions }),
    };
    Matrix::from_values(n_rows, n_cols, array.values)
        .map_err(|_shape| NpyError::NotAMatrix { n_dimensions })
}

/// Writes float32 numbers.
///
/// # Errors
/// [`NpyError::Io`]; [`NpyError::Short`] if there are not as many values as the shape says.
pub fn write_f32(out: impl Write, shape: &[usize], values: &[f32]) -> Result<(), NpyError> {
    write(out, "<f4", shape, values, f32::to_le_bytes)
}

/// Writes int64 numbers.
///
/// # Errors
/// [`NpyError::Io`]; [`NpyError::Short`] if there are not as many values as the shape says.
pub fn write_i64(out: impl Write, shape: &[usize], values: &[i64]) -> Result<(), NpyError> {
    write(out, "<i8", shape, values, i64::to_le_bytes)
}

/// Writes a matrix of float32.
///
/// # Errors
/// [`NpyError::Io`].
pub fn write_matrix(out: impl Write, matrix: &Matrix<f32>) -> Result<(), NpyError> {
    write_f32(out, &[matrix.n_rows(), matrix.n_cols()], matrix.values())
}

/// Width of an element in bytes and how one is read.
type Element<T> = (usize, fn(&[u8]) -> T);

fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.iter_mut().zip(bytes).for_each(|(o, b)| *o = *b);
    out
}

fn read<T>(
    mut reader: impl Read,
    wanted: &'static str,
    element: impl Fn(&str) -> Option<Element<T>>,
) -> Result<NpyArray<T>, NpyError> {
    let header = read_header(&mut reader)?;
    let bad = || NpyError::BadHeader {
        header: header.clone(),
    };
    let kind = text_after(&header, "descr").ok_or_else(bad)?;
    let fortran = value_after(&header, "fortran_order")
        .ok_or_else(bad)?
        .starts_with("True");
    let shape = shape_of(&header).ok_or_else(bad)?;
    let Some((width_bytes, parse)) = element(kind).filter(|_| !fortran || shape.len() < 2) else {
        let order = if fortran { " in Fortran order" } else { "" };
        return Err(NpyError::OtherType {
            wanted,
            found: format!("{kind}{order}"),
        });
    };
    let n_wanted = shape
        .iter()
        .try_fold(1usize, |n, d| n.checked_mul(*d))
        .ok_or_else(bad)?;
    let n_bytes = n_wanted.checked_mul(width_bytes).ok_or_else(bad)?;
    let mut values = Vec::new();
    let mut chunk = vec![0; CHUNK_BYTES.min(n_bytes)];
    let mut n_left = n_bytes;
    while n_left > 0 {
        let room = chunk.get_mut(..n_left.min(CHUNK_BYTES)).unwrap_or(&mut []);
        let n_read = fill(&mut reader, room)?;
        let whole = room.get(..n_read).unwrap_or_default();
        values.extend(whole.chunks_exact(width_bytes).map(parse));
        if n_read < room.len() {
            let n_found = values.len();
            return Err(NpyError::Short { n_wanted, n_found });
        }
        n_left -= n_read;
    }
    Ok(NpyArray { shape, values })
}

/// Reads until the room is full or the file ends.
fn fill(reader: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    let mut n = 0;
    while let Some(rest) = room.get_mut(n..).filter(|r| !r.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(n_read) => n += n_read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(n)
}

fn read_header(reader: &mut impl Read) -> Result<String, NpyError> {
    let mut start = [0; 8];
    if fill(reader, &mut start)? < 8 || !start.starts_with(MAGIC) {
        return Err(NpyError::NotNpy);
    }
    let n_bytes = if start.get(6) == Some(&1) {
        let mut n = [0; 2];
        fill(reader, &mut n)?;
        usize::from(u16::from_le_bytes(n))
    } else {
        let mut n = [0; 4];
        fill(reader, &mut n)?;
        u32::from_le_bytes(n) as usize
    };
    if n_bytes > MAX_HEADER_BYTES {
        return Err(NpyError::NotNpy);
    }
    let mut header = vec![0; n_bytes];
    if fill(reader, &mut header)? < n_bytes {
        return Err(NpyError::NotNpy);
    }
    Ok(String::from_utf8_lossy(&header).trim().to_owned())
}

/// Returns what follows `'key':` in the header, which is a Python dictionary.
fn value_after<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let at = header
        .find(&format!("'{key}'"))
        .or_else(|| header.find(&format!("\"{key}\"")))?;
    let rest = header.get(at + key.len() + 2..)?;
    Some(rest.trim_start().strip_prefix(':')?.trim_start())
}

fn text_after<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let value = value_after(header, key)?;
    let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    value.get(1..)?.split(quote).next()
}

fn shape_of(header: &str) -> Option<Vec<usize>> {
    let inside = value_after(header, "shape")?
        .strip_prefix('(')?
        .split(')')
        .next()?;
    let parts = inside.split(',').map(str::trim).filter(|p| !p.is_empty());
    parts
        .map(|p| p.trim_end_matches('L').parse().ok())
        .collect()
}

fn write<T: Copy, const N: usize>(
    mut out: impl Write,
    kind: &str,
    shape: &[usize],
    values: &[T],
    bytes_of: impl Fn(T) -> [u8; N],
) -> Result<(), NpyError> {
    let n_wanted = shape.iter().product();
    if n_wanted != values.len() {
        let n_found = values.len();
        return Err(NpyError::Short { n_wanted, n_found });
    }
    let mut dims = shape
        .iter()
        .map(usize::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    if shape.len() == 1 {
        dims.push(',');
    }
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({dims}), }}");
    // The numbers begin at a multiple of 64 bytes, as `NumPy` writes them, so that files can be mapped.
    let n_before = MAGIC.len() + 4;
    let n_padding = (64 - (n_before + header.len() + 1) % 64) % 64;
    header.extend(std::iter::repeat_n(' ', n_padding));
    header.push('\n');
    out.write_all(MAGIC)?;
    out.write_all(&[1, 0])?;
    out.write_all(&(header.len() as u16).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    for part in values.chunks(CHUNK_BYTES / N) {
        let bytes: Vec<u8> = part.iter().flat_map(|v| bytes_of(*v)).collect();
        out.write_all(&bytes)?;
    }
    out.flush()?;
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Makes a file with any header.
    fn file(header: &str, version: u8, data: &[u8]) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend([version, 0]);
        if version == 1 {
            out.extend((header.len() as u16).to_le_bytes());
        } else {
            out.extend((header.len() as u32).to_le_bytes());
        }
        out.extend(header.as_bytes());
        out.extend(data);
        out
    }

    #[test]
    fn writes_what_numpy_writes() {
        let mut out = Vec::new();
        write_f32(&mut out, &[2, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        assert_eq!(out.len(), 128 + 24);
        assert!(out.starts_with(
            b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
        ));
        assert_eq!(out[127], b'\n');
    }

    #[test]
    fn reads_other_versions_and_widths() {
        let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n";
        let data: Vec<u8> = [1.5f64, -2.0]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        for version in [1, 2, 3] {
            assert_eq!(
                read_f32(&file(header, version, &data)[..]).unwrap(),
                NpyArray {
                    shape: vec![2],
                    values: vec![1.5, -2.0]
                }
            );
        }
        let header = "{\"shape\": (), \"descr\": \"<i4\", \"fortran_order\": False}";
        assert_eq!(
            read_i64(&file(header, 1, &(-7i32).to_le_bytes())[..])
                .unwrap()
                .values,
            [-7]
        );
    }

    #[test]
    fn refuses_with_advice() {
        let bytes = |kind: &str, fortran: &str, shape: &str| {
            file(
                &format!("{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': {shape}, }}"),
                1,
                &[0; 16],
            )
        };
        assert!(matches!(read_f32(&b"PAR1...."[..]), Err(NpyError::NotNpy)));
        assert!(matches!(
            read_f32(&bytes("<f4", "False", "(2, 3)")[..]),
            Err(NpyError::Short {
                n_wanted: 6,
                n_found: 4
            })
        ));
        assert!(matches!(
            read_f32(&bytes("<f4", "False", "(99999999999, 99999999999)")[..]),
            Err(NpyError::BadHeader { .. })
        ));
        assert!(matches!(
            read_f32(&bytes("<f4", "False", "(9999999999,)")[..]),
            Err(NpyError::Short { .. })
        ));
        assert!(matches!(
            read_matrix(&bytes("<f4", "False", "(1, 2, 2)")[..]),
            Err(NpyError::NotAMatrix { n_dimensions: 3 })
        ));
        for (kind, fortran) in [
            (">f4", "False"),
            ("<f2", "False"),
            ("<f4", "True"),
            ("|O", "False"),
        ] {
            let err = read_f32(&bytes(kind, fortran, "(2, 2)")[..]).unwrap_err();
            assert!(
                matches!(err, NpyError::OtherType { .. })
                    && err.to_string().contains("ascontiguousarray"),
                "{err}"
            );
        }
        assert!(matches!(
            write_f32(Vec::new(), &[3], &[1.0]),
            Err(NpyError::Short { .. })
        ));
    }

    proptest! {
        #[test]
        fn comes_back(values in proptest::collection::vec(-1e9f32..1e9, 0..60), ints in proptest::collection::vec(any::<i64>(), 0..60)) {
            let n = values.len() / 3;
            let matrix = Matrix::from_values(n, 3, values[..3 * n].to_vec()).unwrap();
            let mut out = Vec::new();
            write_matrix(&mut out, &matrix).unwrap();
            prop_assert_eq!(read_matrix(&out[..]).unwrap(), matrix);
            let mut out = Vec::new();
            write_i64(&mut out, &[ints.len()], &ints).unwrap();
            prop_assert_eq!(read_i64(&out[..]).unwrap().values, ints);
        }
    }
}
