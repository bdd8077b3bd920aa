//! Selections kept under a name, to be put back later: filter and selection as recipes.

use super::filter::Desk;

/// Selections kept at most.
pub const MAX_SAVED: usize = 200;

/// Letters of a name, at most.
pub const MAX_NAME_CHARS: usize = 80;

/// Corners of all outlines kept, at most. Written as JSON a corner takes up to 30 bytes, and a step of the
/// journal, which holds the list twice, at most a megabyte.
pub const MAX_CORNERS: usize = 12_000;

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
    /// The outlines have more corners than [`MAX_CORNERS`].
    #[error("the outlines of all saved selections have too many corners; delete one first")]
    ManyCorners,
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
    let corners = |s: &SavedSelection| s.desk.selection.n_corners();
    if saved.iter().map(corners).sum::<usize>() + corners(&new) > MAX_CORNERS {
        return Err(SaveError::ManyCorners);
    }
    saved.insert(0, SavedSelection { name, ..new });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::filter::{SelectMode, Selected};
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
        let outline = Selected::Outline(vec![[0.0; 2]; MAX_CORNERS + 1]);
        detailed.desk.selection.push(SelectMode::Replace, outline);
        saved.clear();
        assert_eq!(save(&mut saved, detailed), Err(SaveError::ManyCorners));
    }
}
