//! Turns bytes into UTF-8, whatever encoding they came in, with bounded memory.
//!
//! It refuses files that are no text and text that no encoding explains. Single bytes that do not
//! decode pass through as the byte `FF`, which is never UTF-8, so that the row holding them can be
//! told from its neighbors and the rest of the file stays usable.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

use super::compression::{Compression, Unpacked};
use super::error::FormatError;

/// Bytes looked at before the encoding and the kind of a file are decided.
pub const HEAD_BYTES: usize = 512 * 1024;
/// Bytes fetched at a time.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// Stands for input that did not decode; it occurs in no UTF-8 text.
const MARKER: u8 = 0xff;

enum State {
    /// Nothing but ASCII has come, so the encoding is still open.
    Ascii,
    /// Passed through; rows are checked one by one.
    Utf8,
    /// Any other encoding.
    Other(Box<Decoder>),
    /// All text is out; a decoder must not be asked again.
    Finished,
}

/// A source of UTF-8 text, chunk by chunk.
pub struct TextSource<'r> {
    bytes: Unpacked<'r>,
    /// Fetched but not yet decoded.
    waiting: Vec<u8>,
    ended: bool,
    state: State,
    encoding: &'static str,
}

impl<'r> TextSource<'r> {
    /// Fetches the file's beginning and decides its encoding, or takes the one named.
    ///
    /// # Errors
    /// [`FormatError::Empty`], [`FormatError::NotText`], [`FormatError::UnknownEncoding`],
    /// [`FormatError::Undecodable`] and the errors of [`Unpacked::read_some`].
    pub fn open(bytes: Unpacked<'r>, label: Option<&str>) -> Result<Self, FormatError> {
        let mut source = Self {
            bytes,
            waiting: Vec::new(),
            ended: false,
            state: State::Ascii,
            encoding: UTF_8.name(),
        };
        source.fetch(HEAD_BYTES)?;
        if source.waiting.is_empty() {
            return Err(FormatError::Empty);
        }
        if let Some(seems) = other_kind(&source.waiting) {
            return Err(FormatError::NotText { seems });
        }
        if let Some(label) = label {
            let encoding = Encoding::for_label(label.trim().as_bytes()).ok_or_else(|| {
                FormatError::UnknownEncoding {
                    label: label.to_owned(),
                }
            })?;
            source.take(encoding, true);
        } else if let Some((encoding, n_bom)) = Encoding::for_bom(&source.waiting) {
            source.waiting.drain(..n_bom);
            source.take(encoding, false);
        } else if let Some(encoding) = wide_encoding(&source.waiting) {
            source.take(encoding, false);
        } else if looks_binary(&source.waiting) {
            return Err(FormatError::NotText {
                seems: "binary data",
            });
        } else if !source.waiting.is_ascii() {
            source.decide()?;
        }
        Ok(source)
    }

    /// Returns the name of the encoding, e.g. `"UTF-8"` or `"gb18030"`.
    pub fn encoding(&self) -> &'static str {
        self.encoding
    }

    /// Returns how the file is packed.
    pub fn compression(&self) -> Compression {
        self.bytes.compression()
    }

    /// Appends the next piece of text; `false` is the end of the file.
    ///
    /// # Errors
    /// As [`TextSource::open`], where the first letter outside ASCII comes late.
    pub fn append(&mut self, out: &mut Vec<u8>) -> Result<bool, FormatError> {
        if self.waiting.is_empty() {
            self.fetch(CHUNK_BYTES)?;
        }
        if matches!(self.state, State::Ascii) {
            let n_ascii = self.waiting.iter().take_while(|b| b.is_ascii()).count();
            out.extend(self.waiting.drain(..n_ascii));
            if self.waiting.is_empty() {
                return Ok(n_ascii > 0);
            }
            // The first letter that tells encodings apart: look at what surrounds it.
            self.fetch(CHUNK_BYTES)?;
            self.decide()?;
        }
        let last = self.ended;
        let n_before = out.len();
        match &mut self.state {
            State::Finished => return Ok(false),
            State::Ascii | State::Utf8 => out.append(&mut self.waiting),
            State::Other(decoder) => {
                if self.waiting.is_empty() && !last {
                    return Ok(true);
                }
                decode(decoder, &self.waiting, last, out);
                self.waiting.clear();
                if last {
                    self.state = State::Finished;
                }
            }
        }
        Ok(out.len() > n_before || !last)
    }

    /// Fetches until `n_wanted` bytes wait or the file ends.
    fn fetch(&mut self, n_wanted: usize) -> Result<(), FormatError> {
        while self.waiting.len() < n_wanted && !self.ended {
            let n_held = self.waiting.len();
            self.waiting.resize((n_held + CHUNK_BYTES).min(n_wanted), 0);
            let room = self.waiting.get_mut(n_held..).unwrap_or(&mut []);
            let read = self.bytes.read_some(room);
            let n_read = *read.as_ref().unwrap_or(&0);
            self.waiting.truncate(n_held + n_read);
            read?;
            self.ended = n_read == 0;
        }
        Ok(())
    }

    fn take(&mut self, encoding: &'static Encoding, may_have_bom: bool) {
        self.encoding = encoding.name();
        self.state = if encoding == UTF_8 {
            if may_have_bom && self.waiting.starts_with(b"\xef\xbb\xbf") {
                self.waiting.drain(..3);
            }
            State::Utf8
        } else if may_have_bom {
            State::Other(Box::new(encoding.new_decoder_with_bom_removal()))
        } else {
            State::Other(Box::new(encoding.new_decoder_without_bom_handling()))
        };
    }

    /// Decides between UTF-8 and the older encodings from what waits.
    fn decide(&mut self) -> Result<(), FormatError> {
        if mostly_utf8(&self.waiting, self.ended) {
            self.take(UTF_8, false);
            return Ok(());
        }
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
        detector.feed(&self.waiting, self.ended);
        let guess = detector.guess(None, Utf8Detection::Deny);
        // GB18030 holds GBK and the rarer characters too.
        let guess = if guess == GBK { GB18030 } else { guess };
        let mut tried = vec![UTF_8.name().to_owned()];
        for encoding in [guess, GB18030] {
            if decodes(encoding, &self.waiting) {
                self.take(encoding, false);
                return Ok(());
            }
            if !tried.iter().any(|t| t == encoding.name()) {
                tried.push(encoding.name().to_owned());
            }
        }
        Err(FormatError::Undecodable { tried })
    }
}

fn decode(decoder: &mut Decoder, mut bytes: &[u8], last: bool, out: &mut Vec<u8>) {
    let mut room = [0u8; 8192];
    loop {
        let (result, n_read, n_written) =
            decoder.decode_to_utf8_without_replacement(bytes, &mut room, last);
        out.extend_from_slice(room.get(..n_written).unwrap_or_default());
        bytes = bytes.get(n_read..).unwrap_or_default();
        match result {
            DecoderResult::InputEmpty => return,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => out.push(MARKER),
        }
    }
}

/// Tells whether an encoding explains nearly all letters outside ASCII.
fn decodes(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let mut n_wide = 0usize;
    let mut n_wrong = 0usize;
    for c in text.chars().filter(|c| !c.is_ascii()) {
        n_wide += 1;
        // Control characters of the upper range stand for bytes that an encoding leaves open.
        n_wrong += usize::from(c == char::REPLACEMENT_CHARACTER || c.is_control());
    }
    n_wrong * 20 <= n_wide
}

/// Tells whether a text is UTF-8 up to a few damaged places.
///
/// Older encodings read as UTF-8 are wrong nearly wherever they leave ASCII, so that it is enough to
/// compare right places with wrong ones, and lines with lines.
fn mostly_utf8(bytes: &[u8], complete: bool) -> bool {
    let (mut n_right, mut n_wrong) = (0usize, 0usize);
    let (mut n_right_lines, mut n_wrong_lines) = (0usize, 0usize);
    let mut lines = bytes.split(|&b| b == b'\n').peekable();
    while let Some(line) = lines.next() {
        if line.is_ascii() {
            continue;
        }
        let cut_off = lines.peek().is_none() && !complete;
        let mut n_wrong_here = 0;
        for chunk in line.utf8_chunks() {
            n_right += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
            n_wrong_here += usize::from(!chunk.invalid().is_empty());
        }
        if cut_off && n_wrong_here == 1 {
            // The piece may end inside a letter.
            n_wrong_here = 0;
        }
        n_wrong += n_wrong_here;
        n_right_lines += usize::from(n_wrong_here == 0);
        n_wrong_lines += usize::from(n_wrong_here > 0);
    }
    n_wrong == 0 || n_right_lines > n_wrong_lines || n_right >= 4 * n_wrong
}

/// Tells UTF-16 without a byte order mark by the zero bytes beside ASCII letters.
fn wide_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let n_pairs = bytes.len() / 2;
    let zeros = |at: usize| {
        bytes
            .iter()
            .skip(at)
            .step_by(2)
            .filter(|&&b| b == 0)
            .count()
    };
    let (n_first, n_second) = (zeros(0), zeros(1));
    // Even Chinese text in JSON or CSV has commas, quotes and line breaks: one in fifty at least.
    let enough = |n: usize| n >= 2 && n * 50 >= n_pairs;
    if enough(n_second) && n_first * 20 <= n_second {
        Some(UTF_16LE)
    } else if enough(n_first) && n_second * 20 <= n_first {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Tells whether more than one byte in a thousand is a control character that text does not have.
fn looks_binary(bytes: &[u8]) -> bool {
    let n_control = bytes
        .iter()
        .filter(|&&b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b))
        .count();
    n_control > bytes.len() / 1000
}

/// Names the kind of a file that is no text, from its first bytes.
fn other_kind(head: &[u8]) -> Option<&'static str> {
    const KINDS: &[(&[u8], &str)] = &[
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"GIF8", "a GIF picture"),
        (b"%PDF-", "a PDF document"),
        (
            b"PK\x03\x04",
            "a ZIP archive or an Office document (xlsx, docx)",
        ),
        (b"PK\x05\x06", "an empty ZIP archive"),
        (b"\xd0\xcf\x11\xe0", "an old Office document (xls, doc)"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"PAR1", "a Parquet table"),
        (b"ARROW1", "an Arrow table"),
        (b"\x93NUMPY", "a NumPy array"),
        (b"\x7fELF", "a program"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"\xfd7zXZ\0", "an xz archive"),
        (b"BZh", "a bzip2 archive"),
        (b"\x1f\x8b", "an archive inside an archive"),
        (b"\x28\xb5\x2f\xfd", "an archive inside an archive"),
        (b"{\\rtf", "an RTF document"),
        (b"<!DOCTYPE html", "a web page"),
        (b"<!doctype html", "a web page"),
        (b"<html", "a web page"),
        (b"<?xml", "an XML document"),
    ];
    let starts = |magic: &[u8]| head.starts_with(magic);
    if head.get(257..262) == Some(b"ustar") {
        return Some("a tar archive");
    }
    KINDS
        .iter()
        .find(|(magic, _)| starts(magic))
        .map(|&(_, name)| name)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Decodes a whole file; the marker shows as a replacement character.
    fn read(bytes: &[u8], label: Option<&str>) -> Result<(String, &'static str), FormatError> {
        let mut source = TextSource::open(Unpacked::open(Box::new(bytes))?, label)?;
        let mut out = Vec::new();
        while source.append(&mut out)? {}
        Ok((
            String::from_utf8_lossy(&out).into_owned(),
            source.encoding(),
        ))
    }

    const CHINESE: &str = "新闻,标题\n市政府昨天公布了新的住房计划，居民可以在网上提出意见。\n";
    const FRENCH: &str = "titre;texte\nÉcole fermée;Les élèves de l'école sont restés à la maison, a déclaré le préfet.\n";

    fn utf16(text: &str, big: bool, bom: bool) -> Vec<u8> {
        let mark = if bom { "\u{feff}" } else { "" };
        format!("{mark}{text}")
            .encode_utf16()
            .flat_map(|u| {
                if big {
                    u.to_be_bytes()
                } else {
                    u.to_le_bytes()
                }
            })
            .collect()
    }

    #[track_caller]
    fn check_detected(bytes: &[u8], text: &str, encoding: &str) {
        assert_eq!(
            read(bytes, None).unwrap(),
            (
                text.to_owned(),
                Encoding::for_label(encoding.as_bytes()).unwrap().name()
            )
        );
    }

    #[test]
    fn detects_encodings() {
        for text in [CHINESE, FRENCH] {
            check_detected(text.as_bytes(), text, "utf-8");
            check_detected(format!("\u{feff}{text}").as_bytes(), text, "utf-8");
            for (big, name) in [(false, "utf-16le"), (true, "utf-16be")] {
                check_detected(&utf16(text, big, true), text, name);
                check_detected(&utf16(text, big, false), text, name);
            }
        }
        let chinese = CHINESE.repeat(4);
        check_detected(&GB18030.encode(&chinese).0, &chinese, "gb18030");
        let french = FRENCH.repeat(4);
        check_detected(
            &encoding_rs::WINDOWS_1252.encode(&french).0,
            &french,
            "windows-1252",
        );
    }

    #[test]
    fn a_late_first_accent_still_decides() {
        let text = format!(
            "{}{FRENCH}",
            "only plain words in this line\n".repeat(40_000)
        );
        check_detected(
            &encoding_rs::WINDOWS_1252.encode(&text).0,
            &text,
            "windows-1252",
        );
        check_detected(text.as_bytes(), &text, "utf-8");
    }

    #[test]
    fn a_named_encoding_is_used() {
        let bytes = GB18030.encode(CHINESE).0.into_owned();
        assert_eq!(read(&bytes, Some("GB2312")).unwrap().0, CHINESE);
        assert_eq!(
            read(format!("\u{feff}{FRENCH}").as_bytes(), Some("utf8"))
                .unwrap()
                .0,
            FRENCH
        );
        assert!(matches!(
            read(b"a", Some("klingon")),
            Err(FormatError::UnknownEncoding { .. })
        ));
    }

    #[test]
    fn damaged_bytes_stay_local() {
        let mut bytes = FRENCH.repeat(5).into_bytes();
        let at = bytes.len() / 2;
        bytes.insert(at, 0xe9);
        bytes.insert(at + 1, b' ');
        let (text, name) = read(&bytes, None).unwrap();
        assert_eq!(name, "UTF-8");
        assert_eq!(text.matches('\u{fffd}').count(), 1);
    }

    #[test]
    fn refuses_what_is_no_text() {
        let mut noise = vec![0u8; 4000];
        for (i, b) in noise.iter_mut().enumerate() {
            *b = (i.wrapping_mul(2_654_435_761) >> 7) as u8;
        }
        for bytes in [
            &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..],
            b"%PDF-1.7\n",
            b"PK\x03\x04rest",
            b"SQLite format 3\0....",
            &noise,
        ] {
            assert!(matches!(
                read(bytes, None),
                Err(FormatError::NotText { .. })
            ));
        }
        assert!(matches!(read(b"", None), Err(FormatError::Empty)));
    }

    #[test]
    fn undecodable_text_names_what_was_tried() {
        // Bytes that windows-1252 leaves open and no Chinese encoding pairs up.
        let bytes = b"word \x81 \x8d \x8f \x90 \x9d \xff word\n".repeat(50);
        match read(&bytes, None) {
            Err(e @ FormatError::Undecodable { .. }) => {
                assert!(e.to_string().contains("--encoding"), "{e}");
            }
            other => panic!("{other:?}"),
        }
    }

    proptest! {
        #[test]
        fn any_utf8_text_comes_back(text in "[a-z,\"é中\u{1f600}\n]{1,300}") {
            prop_assert_eq!(read(text.as_bytes(), Some("utf-8")).unwrap().0, text.clone());
            prop_assert_eq!(read(&utf16(&text, false, true), None).unwrap().0, text);
        }
    }
}
