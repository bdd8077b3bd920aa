//! Makes the Latin letters of a Chinese-Japanese-Korean font usable beside Western text.
//!
//! Where no other sans is installed, the Noto CJK collection has good Latin letters, but in its Chinese
//! faces the middle dot and the quotation marks are as wide as a Chinese character. Its Korean face has
//! them narrow. So that face's table of characters is cut down to Western ones in a copy of the file:
//! it goes first, and the Chinese face serves everything else. It reads no file and draws nothing.

/// Western letters and signs: Latin, Greek, punctuation, currency, arrows, mathematics.
const WESTERN: [(u32, u32); 7] = [
    (0x0020, 0x024F),
    (0x0370, 0x03FF),
    (0x1E00, 0x1EFF),
    (0x2000, 0x206F),
    (0x2070, 0x20CF),
    (0x2190, 0x21FF),
    (0x2200, 0x22FF),
];

fn be_u16(bytes: &[u8], at: usize) -> Option<u16> {
    let b = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes([*b.first()?, *b.get(1)?]))
}

fn be_u32(bytes: &[u8], at: usize) -> Option<u32> {
    let high = be_u16(bytes, at)?;
    let low = be_u16(bytes, at + 2)?;
    Some((u32::from(high) << 16) | u32::from(low))
}

/// Cuts the character table of face `index` of a font collection down to Western characters, in place.
///
/// Returns whether the file was understood; if not, it is as before. Other faces stay as they are.
///
/// # Source
/// OpenType 1.9: collection header, table directory, `cmap` format 12.
pub(super) fn keep_western(file: &mut Vec<u8>, index: u32) -> bool {
    let Some((record_at, groups)) = read_groups(file, index) else {
        return false;
    };
    let kept: Vec<[u32; 3]> = groups
        .into_iter()
        .flat_map(|[first, last, glyph]| {
            WESTERN.iter().filter_map(move |&(lo, hi)| {
                let (from, to) = (first.max(lo), last.min(hi));
                (from <= to).then_some([from, to, glyph + (from - first)])
            })
        })
        .collect();
    if kept.is_empty() {
        return false;
    }
    let mut table: Vec<u8> = Vec::new();
    // Version 0, one encoding record: Windows, full Unicode, 12 bytes in.
    for part in [0u16, 1, 3, 10, 0, 12] {
        table.extend(part.to_be_bytes());
    }
    table.extend(12u16.to_be_bytes());
    table.extend(0u16.to_be_bytes());
    let n = kept.len() as u32;
    for part in [16 + 12 * n, 0, n] {
        table.extend(part.to_be_bytes());
    }
    for part in kept.into_iter().flatten() {
        table.extend(part.to_be_bytes());
    }
    while !file.len().is_multiple_of(4) {
        file.push(0);
    }
    let offset = file.len() as u32;
    let length = table.len() as u32;
    file.extend(table);
    for (at, value) in [(record_at + 8, offset), (record_at + 12, length)] {
        if let Some(place) = file.get_mut(at..at + 4) {
            place.copy_from_slice(&value.to_be_bytes());
        }
    }
    true
}

/// Returns where the face's `cmap` record stands, and its groups: first and last character, first glyph.
fn read_groups(file: &[u8], index: u32) -> Option<(usize, Vec<[u32; 3]>)> {
    if file.get(..4)? != b"ttcf" || index >= be_u32(file, 8)? {
        return None;
    }
    let face = be_u32(file, 12 + 4 * index as usize)? as usize;
    let n_tables = be_u16(file, face + 4)? as usize;
    let record_at = (0..n_tables)
        .map(|k| face + 12 + 16 * k)
        .find(|&at| file.get(at..at + 4) == Some(b"cmap"))?;
    let cmap = be_u32(file, record_at + 8)? as usize;
    let n_encodings = be_u16(file, cmap + 2)? as usize;
    let subtable = (0..n_encodings)
        .filter_map(|k| {
            let at = cmap + 4 + 8 * k;
            let full = be_u16(file, at)? == 3 && be_u16(file, at + 2)? == 10;
            full.then_some(cmap + be_u32(file, at + 4)? as usize)
        })
        .find(|&at| be_u16(file, at) == Some(12))?;
    let n_groups = be_u32(file, subtable + 12)? as usize;
    let groups = (0..n_groups)
        .map(|g| {
            let at = subtable + 16 + 12 * g;
            Some([
                be_u32(file, at)?,
                be_u32(file, at + 4)?,
                be_u32(file, at + 8)?,
            ])
        })
        .collect::<Option<Vec<_>>>()?;
    Some((record_at, groups))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A collection of one face that has nothing but a character table.
    fn small_collection() -> Vec<u8> {
        let mut file = Vec::new();
        file.extend(b"ttcf");
        for v in [0x0001_0000u32, 1, 16, 0x0001_0000] {
            file.extend(v.to_be_bytes());
        }
        for v in [1u16, 0, 0, 0] {
            file.extend(v.to_be_bytes());
        }
        file.extend(b"cmap");
        for v in [0u32, 44, 52] {
            file.extend(v.to_be_bytes());
        }
        for v in [0u16, 1, 3, 10, 0, 12, 12, 0] {
            file.extend(v.to_be_bytes());
        }
        // Two groups: "A" to "Z", and three Chinese characters.
        for v in [40u32, 0, 2, 0x41, 0x5A, 34, 0x4E00, 0x4E02, 900] {
            file.extend(v.to_be_bytes());
        }
        file
    }

    #[test]
    fn only_western_characters_stay() {
        let mut file = small_collection();
        assert_eq!(read_groups(&file, 0).map(|g| g.1.len()), Some(2));
        assert!(keep_western(&mut file, 0));
        assert_eq!(
            read_groups(&file, 0).map(|g| g.1),
            Some(vec![[0x41, 0x5A, 34]])
        );
    }

    #[test]
    fn other_files_stay_as_they_are() {
        for bad in [Vec::new(), b"ttcf".to_vec(), vec![7u8; 400]] {
            let mut file = bad.clone();
            assert!(!keep_western(&mut file, 0));
            assert_eq!(file, bad);
        }
        let mut file = small_collection();
        assert!(!keep_western(&mut file, 3));
        for cut in 0..small_collection().len() {
            let mut file = small_collection();
            file.truncate(cut);
            assert!(!keep_western(&mut file, 0), "cut at {cut}");
        }
    }
}
