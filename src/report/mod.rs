//! Reports: text, tables and figures as HTML, SVG, Markdown and CSV.
//!
//! Pure: values in, text out. It opens no file, fetches nothing and needs no display. Every text from
//! outside is escaped where it is written, never before.

/// Adds formatted text to a string.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => { $out.push_str(&format!($($arg)*)) };
}

/// Adds formatted text and a line's end to a string.
macro_rules! put_line {
    ($out:expr, $($arg:tt)*) => {{
        $out.push_str(&format!($($arg)*));
        $out.push('\n');
    }};
}

mod escape;
pub mod html;
mod style;
pub mod svg;
pub mod table;

pub use html::html_page;
pub use svg::standalone_svg;
pub use table::{Align, Cell, Column, Table};

use crate::figure::Figure;

/// A report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Its title.
    pub title: String,
    /// What it is about, in one line.
    pub subtitle: String,
    /// Names and values that stand at its head: counts, seed, annotator.
    pub facts: Vec<(String, String)>,
    /// Its sections in order.
    pub sections: Vec<Section>,
    /// The last line: versions, hashes.
    pub colophon: String,
}

/// A section of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// Its title.
    pub title: String,
    /// What stands in it, in order.
    pub blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Running text.
    Paragraph(String),
    /// A remark on how to read what stands around it.
    Note(String),
    /// A picture.
    Figure(Figure),
    /// A table.
    Table(Table),
}

impl Section {
    /// Begins a section.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            blocks: Vec::new(),
        }
    }

    /// Adds running text.
    #[must_use]
    pub fn paragraph(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Paragraph(text.into()));
        self
    }

    /// Adds a remark.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Note(text.into()));
        self
    }

    /// Adds a picture.
    #[must_use]
    pub fn figure(mut self, figure: Figure) -> Self {
        self.blocks.push(Block::Figure(figure));
        self
    }

    /// Adds a table.
    #[must_use]
    pub fn table(mut self, table: Table) -> Self {
        self.blocks.push(Block::Table(table));
        self
    }
}
