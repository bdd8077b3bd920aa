//! Reads and writes matrices of 32-bit floats in NumPy's `.npy` layout, row after row.
//!
//! Only what the comparison needs: little-endian `f4`, two dimensions, C order. Anything else is
//! refused, never converted.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// A matrix, row after row.
pub struct Matrix {
    pub rows: usize,
    pub cols: usize,
    pub values: Vec<f32>,
}

/// Reads a matrix.
///
/// # Errors
/// If the file cannot be read or is not a C-order matrix of `f4`.
pub fn read(path: &Path) -> io::Result<Matrix> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let header = read_header(&mut file)?;
    if !header.contains("'<f4'") || !header.contains("'fortran_order': False") {
        return Err(refused("not little-endian 32-bit floats in C order"));
    }
    let (rows, cols) = shape(&header).ok_or_else(|| refused("not a matrix"))?;
    let n_values = rows
        .checked_mul(cols)
        .ok_or_else(|| refused("too large a shape"))?;
    let mut values = Vec::with_capacity(n_values);
    let mut row = vec![0_u8; cols * 4];
    for _ in 0..rows {
        file.read_exact(&mut row)?;
        values.extend(
            row.chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])),
        );
    }
    Ok(Matrix { rows, cols, values })
}

/// Writes a matrix.
///
/// # Errors
/// If the file cannot be written.
pub fn write(path: &Path, matrix: &Matrix) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut header = format!(
        "{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}",
        matrix.rows, matrix.cols
    );
    // Magic, version and length take 10 bytes; the values must begin at a multiple of 64.
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let length = u16::try_from(header.len()).map_err(|_| refused("too long a header"))?;
    file.write_all(MAGIC)?;
    file.write_all(&[1, 0])?;
    file.write_all(&length.to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    for value in &matrix.values {
        file.write_all(&value.to_le_bytes())?;
    }
    file.flush()
}

/// The dictionary at the file's start, as text. Version 1 counts its length in two bytes, later
/// versions in four.
fn read_header(file: &mut impl Read) -> io::Result<String> {
    let mut start = [0_u8; 8];
    file.read_exact(&mut start)?;
    if &start[..6] != MAGIC {
        return Err(refused("not an npy file"));
    }
    let length = if start[6] == 1 {
        let mut bytes = [0_u8; 2];
        file.read_exact(&mut bytes)?;
        usize::from(u16::from_le_bytes(bytes))
    } else {
        let mut bytes = [0_u8; 4];
        file.read_exact(&mut bytes)?;
        u32::from_le_bytes(bytes) as usize
    };
    let mut text = vec![0_u8; length];
    file.read_exact(&mut text)?;
    String::from_utf8(text).map_err(|_| refused("an unreadable header"))
}

/// Rows and columns from `'shape': (r, c)`.
fn shape(header: &str) -> Option<(usize, usize)> {
    let (_, rest) = header.split_once("'shape': (")?;
    let (inside, _) = rest.split_once(')')?;
    let sizes: Vec<usize> = inside
        .split(',')
        .map(str::trim)
        .filter(|size| !size.is_empty())
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    match sizes[..] {
        [rows, cols] => Some((rows, cols)),
        _ => None,
    }
}

fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
