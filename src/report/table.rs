//! Tables as HTML, Markdown and CSV.
//!
//! A reader sees rounded numbers; CSV carries them in full.

use super::escape::{escape, lang_attribute};
use crate::figure::scale::{count_text, p_text, percent_text, real_text};

/// Where a column's cells stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// At the left: text.
    #[default]
    Left,
    /// At the right: numbers.
    Right,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its unit, may be empty; `%` for a column of [`Cell::Share`].
    pub unit: String,
    /// Where its cells stand.
    pub align: Align,
}

impl Column {
    /// Makes a column of text.
    pub fn text(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// Makes a column of numbers.
    pub fn number(name: impl Into<String>, unit: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            unit: unit.into(),
            align: Align::Right,
        }
    }
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A whole number.
    Count(u64),
    /// A real number shown with so many decimals.
    Real(f64, usize),
    /// A share of `0.0..=1.0`, shown as percent with so many decimals.
    Share(f64, usize),
    /// A p-value.
    P(f64),
    /// Nothing was measured.
    Missing,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Cell {
    fn from(n: usize) -> Self {
        Self::Count(n as u64)
    }
}

impl Cell {
    /// Writes it for a reader.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(n) => count_text(*n),
            Self::Real(value, decimals) => real_text(*value, *decimals),
            Self::Share(share, decimals) => percent_text(*share, *decimals),
            Self::P(p) => p_text(*p),
            Self::Missing => "–".to_owned(),
        }
    }

    /// Writes it for a machine: in full, a plain minus, nothing for what is missing.
    pub fn raw(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(n) => n.to_string(),
            Self::Real(v, _) | Self::Share(v, _) | Self::P(v) if v.is_finite() => v.to_string(),
            _ => String::new(),
        }
    }
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// How to read it, may be empty.
    pub caption: String,
    /// Columns; the first names the rows.
    pub columns: Vec<Column>,
    /// Rows; cells that are not given are missing, cells beyond the columns are not shown.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Returns a cell, missing where none was given.
    fn cell(row: &[Cell], column: usize) -> &Cell {
        row.get(column).unwrap_or(&Cell::Missing)
    }

    /// Writes it as an HTML table.
    pub fn to_html(&self) -> String {
        let mut out = String::from("<div class=\"table\"><table>");
        if !self.title.is_empty() || !self.caption.is_empty() {
            put!(out, "<caption><b>{}</b>", escape(&self.title));
            if !self.caption.is_empty() {
                put!(out, " {}", escape(&self.caption));
            }
            out.push_str("</caption>");
        }
        out.push_str("\n<thead><tr>");
        for column in &self.columns {
            put!(
                out,
                "<th scope=\"col\"{}>{}",
                class_of(column),
                escape(&column.name)
            );
            if !column.unit.is_empty() {
                put!(out, " <span class=\"unit\">{}</span>", escape(&column.unit));
            }
            out.push_str("</th>");
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        for row in &self.rows {
            out.push_str("<tr>");
            for (i, column) in self.columns.iter().enumerate() {
                let text = Self::cell(row, i).shown();
                let (open, close) = if i == 0 {
                    ("th scope=\"row\"", "th")
                } else {
                    ("td", "td")
                };
                put!(
                    out,
                    "<{open}{}{}>{}</{close}>",
                    class_of(column),
                    lang_attribute(&text),
                    escape(&text)
                );
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody></table></div>\n");
        out
    }

    /// Writes it as a Markdown table under its title.
    pub fn to_markdown(&self) -> String {
        let mut out = String::new();
        if !self.title.is_empty() {
            put_line!(
                out,
                "**{}** {}\n",
                markdown(&self.title),
                markdown(&self.caption)
            );
        }
        let heads: Vec<String> = self
            .columns
            .iter()
            .map(|c| {
                if c.unit.is_empty() {
                    markdown(&c.name)
                } else {
                    format!("{} ({})", markdown(&c.name), markdown(&c.unit))
                }
            })
            .collect();
        put_line!(out, "| {} |", heads.join(" | "));
        let rules: Vec<&str> = self
            .columns
            .iter()
            .map(|c| {
                if c.align == Align::Right {
                    "--:"
                } else {
                    ":--"
                }
            })
            .collect();
        put_line!(out, "| {} |", rules.join(" | "));
        for row in &self.rows {
            let cells: Vec<String> = (0..self.columns.len())
                .map(|i| markdown(&Self::cell(row, i).shown()))
                .collect();
            put_line!(out, "| {} |", cells.join(" | "));
        }
        out
    }

    /// Writes it as CSV (RFC 4180, lines end in CR LF), units in the head, `%` as `share`.
    ///
    /// A text that a spreadsheet would take for a formula gets an apostrophe before it.
    pub fn to_csv(&self) -> String {
        let mut out = String::new();
        let heads: Vec<String> = self
            .columns
            .iter()
            .map(|c| match c.unit.as_str() {
                "" => csv_field(&c.name),
                // Shares stand in full here, as parts of one.
                "%" => csv_field(&format!("{} [share]", c.name)),
                unit => csv_field(&format!("{} [{unit}]", c.name)),
            })
            .collect();
        out.push_str(&heads.join(","));
        out.push_str("\r\n");
        for row in &self.rows {
            let cells: Vec<String> = (0..self.columns.len())
                .map(|i| match Self::cell(row, i) {
                    Cell::Text(text) => csv_field(&inert(text)),
                    cell => cell.raw(),
                })
                .collect();
            out.push_str(&cells.join(","));
            out.push_str("\r\n");
        }
        out
    }
}

fn class_of(column: &Column) -> &'static str {
    match column.align {
        Align::Left => "",
        Align::Right => " class=\"num\"",
    }
}

/// Escapes what Markdown would read as structure or markup; a cell stays on one line.
fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Puts an apostrophe before text that a spreadsheet would run.
fn inert(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn csv_field(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        Table {
            title: "A <b> title".to_owned(),
            caption: String::new(),
            columns: vec![
                Column::text("Topic"),
                Column::number("n", ""),
                Column::number("part", "%"),
            ],
            rows: vec![
                vec![
                    "<script>alert(1)</script>".into(),
                    1284usize.into(),
                    Cell::Share(0.256, 1),
                ],
                vec!["农村 | \"a\", b".into(), Cell::Count(7)],
                vec!["=1+1".into(), Cell::Real(f64::NAN, 2), Cell::P(0.0001)],
            ],
        }
    }

    #[test]
    fn html_is_escaped_and_marked() {
        let html = sample().to_html();
        assert!(!html.contains("<script>") && html.contains("&lt;script&gt;"));
        assert!(
            html.contains("<th scope=\"row\" lang=\"zh\">农村")
                && html.contains("<th scope=\"col\" class=\"num\">n")
        );
        assert!(
            html.contains(">1,284<") && html.contains(">25.6\u{202f}%<") && html.contains(">–<")
        );
    }

    #[test]
    fn markdown_keeps_its_columns() {
        let text = sample().to_markdown();
        let rows: Vec<&str> = text.lines().filter(|l| l.starts_with('|')).collect();
        assert_eq!(rows.len(), 5);
        assert!(
            rows.iter()
                .all(|l| l.replace("\\|", "").matches('|').count() == 4),
            "{text}"
        );
        assert!(!text.contains("<script>"));
    }

    #[test]
    fn csv_carries_numbers_in_full() {
        let csv = sample().to_csv();
        let lines: Vec<&str> = csv.split("\r\n").collect();
        assert_eq!(lines[0], "Topic,n,part [share]");
        assert_eq!(lines[1], "<script>alert(1)</script>,1284,0.256");
        assert_eq!(lines[2], "\"农村 | \"\"a\"\", b\",7,");
        assert_eq!(lines[3], "'=1+1,,0.0001");
    }
}
