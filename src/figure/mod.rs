//! One description of a picture, painted by the window and written by reports.
//!
//! A [`Figure`] is plain data: marks in points, y down, with paints that name what they stand for, so
//! that light and dark are decided where it is painted. It knows no toolkit, no file and no measure of
//! real fonts; widths of text are estimates.

pub mod chart;
pub mod label;
pub mod mark;
pub mod palette;
pub mod scale;

pub use mark::{Anchor, Mark, Shape, Stroke, TextSize};
pub use palette::{Appearance, Hue, Paint, Rgb};

/// Where the numbers of a figure come from; stands under it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// What was counted, e.g. `n = 5,728 documents`.
    pub n: String,
    /// Filters in force, empty for none.
    pub filters: String,
    /// Content hash of the data, shortened by the caller if at all.
    pub data_hash: String,
    /// Seed.
    pub seed: Option<u64>,
    /// Version of the program.
    pub version: String,
}

impl Provenance {
    /// Writes it as one line, parts that are empty left out.
    pub fn line(&self) -> String {
        let mut parts = vec![self.n.clone(), self.filters.clone()];
        if !self.data_hash.is_empty() {
            parts.push(format!(
                "data {}",
                self.data_hash.get(..12).unwrap_or(&self.data_hash)
            ));
        }
        parts.extend(self.seed.map(|seed| format!("seed {seed}")));
        if !self.version.is_empty() {
            parts.push(format!("Meridian {}", self.version));
        }
        parts.retain(|p| !p.is_empty());
        parts.join(" · ")
    }
}

/// A picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    /// What it shows, in a few words.
    pub title: String,
    /// How to read it, in a sentence or two.
    pub caption: String,
    /// What it says to someone who cannot see it.
    pub description: String,
    /// Where its numbers come from.
    pub provenance: Provenance,
    /// Width of the drawing in points.
    pub width: f32,
    /// Height of the drawing in points, without title and caption.
    pub height: f32,
    /// Marks, the hindmost first.
    pub marks: Vec<Mark>,
}

impl Figure {
    /// Adds a mark in front of all others.
    pub fn push(&mut self, mark: Mark) {
        self.marks.push(mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provenance_leaves_empty_parts_out() {
        let p = Provenance {
            n: "n = 3".to_owned(),
            data_hash: "0123456789abcdef".to_owned(),
            seed: Some(42),
            ..Provenance::default()
        };
        assert_eq!(p.line(), "n = 3 · data 0123456789ab · seed 42");
        assert_eq!(Provenance::default().line(), "");
    }
}
