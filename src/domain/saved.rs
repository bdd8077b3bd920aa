//! Selections kept under a name, to be put back later: filter and selection as recipes.

use super::filter::{Desk, Filter, Selected};

/// Selections kept at most.
pub const MAX_SAVED: usize = 200;

/// Letters of a name, at most.
pub const MAX_NAME_CHARS: usize = 80;

/// Bytes of the whole list written as JSON, at most, estimated from above. A step of the journal holds the
/// list twice, before and after, and has room for 1 MiB.
pub const MAX_BYTES: usize = 500_000;

/// Bytes of a selection without what the constants below count, with its name at its longest: it may be
/// renamed, and each letter escaped.
const FRAME_BYTES: usize = 160 + 6 * MAX_NAME_CHARS;

/// Bytes of a filter that names nothing but days, sets and strength.
const FILTER_BYTES: usize = 256;

/// Bytes of a step of a selection without its outline or filter.
const STEP_BYTES: usize = 64;

/// Bytes of a corner: two numbers of up to 18 characters.
const CORNER_BYTES: usize = 40;

/// Bytes of a document's number with the comma after it.
const NAMED_BYTES: usize = 12;

/// Bytes of a nation's or a topic's code with what stands around it.
const CODE_BYTES: usize = 8;

/// A filter and a selection under a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SavedSelection {
    /// Its name, of one line; no other has the same.
    pub name: String,
    /// What was let through and selected.
    pub desk: Desk,
    /// Documents it held when it was saved.
    pub n_docs: usize,
}

/// Why a selection is not kept, or not under this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SaveError {
    /// There is nothing but blanks.
    #[error("a name is needed")]
    NoName,
    /// The name is longer than [`MAX_NAME_CHARS`].
    #[error("the name has {n_chars} letters, at most {MAX_NAME_CHARS} are kept")]
    LongName {
        /// Its letters.
        n_chars: usize,
    },
    /// Another one has the name.
    #[error("there is one of this name already")]
    Taken,
    /// [`MAX_SAVED`] are kept.
    #[error("{MAX_SAVED} selections are saved already")]
    Full,
    /// The list would take more than [`MAX_BYTES`].
    #[error("the saved selections together name too much; delete one first")]
    Large,
}

/// Returns a name as it is kept: in one line, without blanks around it.
///
/// # Errors
/// [`SaveError::NoName`], [`SaveError::LongName`], [`SaveError::Taken`] by another than the one at `at`.
pub fn checked_name(
    saved: &[SavedSelection],
    at: Option<usize>,
    name: &str,
) -> Result<String, SaveError> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let n_chars = name.chars().count();
    if n_chars == 0 {
        return Err(SaveError::NoName);
    }
    if n_chars > MAX_NAME_CHARS {
        return Err(SaveError::LongName { n_chars });
    }
    let taken = |(i, s): (usize, &SavedSelection)| at != Some(i) && s.name == name;
    if saved.iter().enumerate().any(taken) {
        return Err(SaveError::Taken);
    }
    Ok(name)
}

/// Keeps a selection, the newest first.
///
/// # Errors
/// [`SaveError`]; nothing is kept then.
pub fn save(saved: &mut Vec<SavedSelection>, new: SavedSelection) -> Result<(), SaveError> {
    let name = checked_name(saved, None, &new.name)?;
    if saved.len() >= MAX_SAVED {
        return Err(SaveError::Full);
    }
    if saved.iter().chain([&new]).map(n_bytes).sum::<usize>() > MAX_BYTES {
        return Err(SaveError::Large);
    }
    saved.insert(0, SavedSelection { name, ..new });
    Ok(())
}

/// Estimates from above how many bytes a selection takes as JSON.
fn n_bytes(of: &SavedSelection) -> usize {
    let selection = &of.desk.selection;
    let passing = selection.steps.iter().filter_map(|(_, what)| match what {
        Selected::Outline(_) | Selected::Docs(_) => None,
        Selected::Passing(filter) => Some(&**filter),
    });
    let filters = passing.chain([&of.desk.filter]);
    FRAME_BYTES
        + n_bytes_of_text(&selection.layout)
        + selection.steps.len() * STEP_BYTES
        + selection.n_corners() * CORNER_BYTES
        + selection.n_named() * NAMED_BYTES
        + filters.map(n_bytes_of_filter).sum::<usize>()
}

fn n_bytes_of_filter(filter: &Filter) -> usize {
    let names = filter.sources.iter().chain([&filter.words]);
    let fields = filter.fields.iter().flat_map(|(name, on)| {
        // The list of a field's values has brackets of its own.
        on.iter().chain([name]).map(|t| n_bytes_of_text(t) + 3)
    });
    FILTER_BYTES
        + (filter.nations.len() + filter.topics.len()) * CODE_BYTES
        + names.map(|t| n_bytes_of_text(t)).sum::<usize>()
        + fields.sum::<usize>()
}

/// Counts a text with its quotes, what is escaped in it, and a mark after it.
fn n_bytes_of_text(text: &str) -> usize {
    let escaped = |b: u8| match b {
        0..0x20 => 6,
        b'"' | b'\\' => 2,
        _ => 1,
    };
    3 + text.bytes().map(escaped).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::super::filter::SelectMode;
    use super::*;

    fn named(name: &str) -> SavedSelection {
        SavedSelection {
            name: name.to_owned(),
            ..SavedSelection::default()
        }
    }

    #[test]
    fn names_are_short_lines_of_their_own() {
        let mut saved = Vec::new();
        assert_eq!(save(&mut saved, named("  coal\nand  grid ")), Ok(()));
        assert_eq!(
            saved.first().map(|s| s.name.as_str()),
            Some("coal and grid")
        );
        assert_eq!(save(&mut saved, named(" \t")), Err(SaveError::NoName));
        assert_eq!(
            save(&mut saved, named("coal and grid")),
            Err(SaveError::Taken)
        );
        // Its own name is free to it.
        assert!(checked_name(&saved, Some(0), "coal and grid").is_ok());
        let long = "农".repeat(MAX_NAME_CHARS);
        assert_eq!(save(&mut saved, named(&long)), Ok(()));
        let n_chars = MAX_NAME_CHARS + 1;
        assert_eq!(
            save(&mut saved, named(&format!("{long}x"))),
            Err(SaveError::LongName { n_chars })
        );
        assert_eq!(saved.len(), 2);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut saved: Vec<_> = (0..MAX_SAVED).map(|i| named(&i.to_string())).collect();
        assert_eq!(save(&mut saved, named("one more")), Err(SaveError::Full));
        let mut detailed = named("detailed");
        let outline = Selected::Outline(vec![[0.0; 2]; MAX_BYTES / CORNER_BYTES]);
        detailed.desk.selection.push(SelectMode::Replace, outline);
        let mut wordy = named("wordy");
        wordy.desk.filter.sources = (0..MAX_BYTES / 4).map(|i| i.to_string()).collect();
        let mut half = named("half");
        half.desk.filter.words = "x".repeat(MAX_BYTES / 2);
        let other_half = SavedSelection {
            name: "other half".to_owned(),
            ..half.clone()
        };
        saved.clear();
        assert_eq!(save(&mut saved, detailed), Err(SaveError::Large));
        assert_eq!(save(&mut saved, wordy), Err(SaveError::Large));
        assert_eq!(save(&mut saved, half), Ok(()));
        assert_eq!(save(&mut saved, other_half), Err(SaveError::Large));
        assert_eq!(saved.len(), 1);
    }
}
