//! Unpacks gzip and zstd, told apart from plain bytes by their first bytes and not by a name.
//!
//! It refuses no content; what is inside is judged by [`encoding`](super::encoding).

use std::fmt;
use std::io::{self, BufReader, Cursor, Read};

use super::error::FormatError;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    Plain,
    /// RFC 1952; several members one after the other are one file.
    Gzip,
    /// RFC 8878; several frames one after the other are one file.
    Zstd,
}

impl Compression {
    /// Tells the packing from the first four bytes of a file.
    pub fn detect(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A frame, or a skippable frame as parallel packers write it.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

/// A reader of the unpacked bytes.
pub struct Unpacked<'r> {
    compression: Compression,
    inner: Box<dyn Read + 'r>,
}

impl<'r> Unpacked<'r> {
    /// Looks at the first bytes and sets up the unpacker.
    ///
    /// # Errors
    /// [`FormatError::Read`] if the first bytes cannot be read.
    pub fn open(mut reader: Box<dyn Read + 'r>) -> Result<Self, FormatError> {
        let mut head = Vec::with_capacity(4);
        reader
            .by_ref()
            .take(4)
            .read_to_end(&mut head)
            .map_err(|source| FormatError::Read { source })?;
        let compression = Compression::detect(&head);
        let whole = Cursor::new(head).chain(reader);
        let inner: Box<dyn Read + 'r> = match compression {
            Compression::Plain => Box::new(whole),
            Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(whole))),
            Compression::Zstd => Box::new(
                zstd::stream::read::Decoder::new(whole)
                    .map_err(|source| FormatError::Read { source })?,
            ),
        };
        Ok(Self { compression, inner })
    }

    /// Returns how the file is packed.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Reads some unpacked bytes; 0 is the end.
    ///
    /// # Errors
    /// [`FormatError::TruncatedArchive`], [`FormatError::CorruptArchive`] or [`FormatError::Read`].
    pub fn read_some(&mut self, into: &mut [u8]) -> Result<usize, FormatError> {
        loop {
            match self.inner.read(into) {
                Ok(n) => return Ok(n),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(self.fault(e)),
            }
        }
    }

    fn fault(&self, source: io::Error) -> FormatError {
        let compression = self.compression;
        match (compression, source.kind()) {
            (Compression::Plain, _) => FormatError::Read { source },
            (_, io::ErrorKind::UnexpectedEof) => FormatError::TruncatedArchive { compression },
            // The unpackers report damage by these kinds; errors of the disk keep their own.
            (
                _,
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other,
            ) if source.raw_os_error().is_none() => FormatError::CorruptArchive {
                compression,
                message: source.to_string(),
            },
            _ => FormatError::Read { source },
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    fn unpack(bytes: &[u8]) -> Result<Vec<u8>, FormatError> {
        let mut unpacked = Unpacked::open(Box::new(bytes))?;
        let mut out = Vec::new();
        let mut chunk = [0; 1000];
        loop {
            match unpacked.read_some(&mut chunk)? {
                0 => return Ok(out),
                n => out.extend_from_slice(&chunk[..n]),
            }
        }
    }

    #[test]
    fn unpacks_each_kind() {
        let text = "a line of text\n".repeat(3000).into_bytes();
        assert_eq!(unpack(&text).unwrap(), text);
        assert_eq!(unpack(&gzip(&text)).unwrap(), text);
        assert_eq!(
            unpack(&zstd::encode_all(&text[..], 3).unwrap()).unwrap(),
            text
        );
        assert_eq!(unpack(b"").unwrap(), b"");
        assert_eq!(unpack(b"ab").unwrap(), b"ab");
    }

    #[test]
    fn several_members_are_one_file() {
        let mut two = gzip(b"first ");
        two.extend(gzip(b"second"));
        assert_eq!(unpack(&two).unwrap(), b"first second");
        let mut frames = zstd::encode_all(&b"first "[..], 3).unwrap();
        frames.extend(zstd::encode_all(&b"second"[..], 3).unwrap());
        assert_eq!(unpack(&frames).unwrap(), b"first second");
    }

    #[test]
    fn a_cut_archive_says_so() {
        let text: Vec<u8> = (0..60_000u32)
            .flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes())
            .collect();
        for packed in [gzip(&text), zstd::encode_all(&text[..], 3).unwrap()] {
            for n_kept in [6, packed.len() / 2, packed.len() - 3] {
                let err = unpack(&packed[..n_kept]).unwrap_err();
                assert!(
                    matches!(err, FormatError::TruncatedArchive { .. }),
                    "{n_kept}: {err}"
                );
            }
        }
    }

    #[test]
    fn a_damaged_archive_says_so() {
        let text = "a line of text\n".repeat(3000).into_bytes();
        let mut packed = gzip(&text);
        let n = packed.len();
        packed[n - 6] ^= 0xff;
        let err = unpack(&packed).unwrap_err();
        assert!(matches!(err, FormatError::CorruptArchive { .. }), "{err}");
    }
}
