//! Which column of a file is which field of a document, by name, by content or by word of the user.
//!
//! It makes no documents: nation, source, language and date stay text until the import parses them.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use super::column_profile::Profile;
use super::doc_field::DocField;
use super::records::{FieldValue, Record};

/// A mapping of columns that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// A part that is not `field=column`.
    #[error(
        "a column mapping is written field=column,field=column, e.g. title=headline,body=text; not {part:?}"
    )]
    NotAPair {
        /// The part given.
        part: String,
    },
    /// No field of that name.
    #[error(
        "unknown field in the column mapping; the fields are {}; not {field:?}",
        DocField::ALL.map(DocField::code).join(", ")
    )]
    UnknownField {
        /// The name given.
        field: String,
    },
    /// One field given twice.
    #[error("the column mapping names the field {field} twice")]
    FieldTwice {
        /// The field.
        field: DocField,
    },
    /// The file lacks the column.
    #[error(
        "the column mapping wants {field} from a column that the file does not have; its columns are {}; not {column:?}",
        quoted(columns)
    )]
    NoSuchColumn {
        /// The field to fill.
        field: DocField,
        /// The column named for it.
        column: String,
        /// Columns found.
        columns: Vec<String>,
    },
}

fn quoted(columns: &[String]) -> String {
    columns
        .iter()
        .map(|c| format!("\"{c}\""))
        .collect::<Vec<_>>()
        .join(", ")
}

/// One row as far as its columns tell; all text is trimmed and no text is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawDocument {
    /// Line of the file.
    pub line: u64,
    /// Identity the source gave.
    pub id: Option<String>,
    /// Nation code as written.
    pub nation: Option<String>,
    /// Outlet.
    pub source: Option<String>,
    /// Language code as written.
    pub language: Option<String>,
    /// Date as written; [`DateStyle::read`](super::DateStyle::read) reads it.
    pub date: Option<String>,
    /// Headline.
    pub title: Option<String>,
    /// Text with line feeds as its only line breaks.
    pub body: Option<String>,
    /// Address.
    pub url: Option<String>,
    /// Place.
    pub place: Option<String>,
    /// Organization.
    pub organization: Option<String>,
    /// Topic label given by the source.
    pub source_label: Option<String>,
    /// Every other column with a value, as a JSON object.
    pub extra_json: Option<String>,
}

impl RawDocument {
    fn field_mut(&mut self, field: DocField) -> &mut Option<String> {
        match field {
            DocField::Id => &mut self.id,
            DocField::Nation => &mut self.nation,
            DocField::Source => &mut self.source,
            DocField::Language => &mut self.language,
            DocField::Date => &mut self.date,
            DocField::Title => &mut self.title,
            DocField::Body => &mut self.body,
            DocField::Url => &mut self.url,
            DocField::Place => &mut self.place,
            DocField::Organization => &mut self.organization,
            DocField::Label => &mut self.source_label,
        }
    }
}

/// Which column fills which field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnMap {
    /// `None` says that no column fills the field, whatever its name.
    columns: BTreeMap<DocField, Option<String>>,
}

impl ColumnMap {
    /// Reads `title=headline,body=text`; `title=` says that no column is the title.
    ///
    /// # Errors
    /// [`ColumnError::NotAPair`], [`ColumnError::UnknownField`], [`ColumnError::FieldTwice`].
    pub fn parse(text: &str) -> Result<Self, ColumnError> {
        let mut map = Self::default();
        for part in text.split(',').filter(|p| !p.trim().is_empty()) {
            let (name, column) = part.split_once('=').ok_or_else(|| ColumnError::NotAPair {
                part: part.trim().to_owned(),
            })?;
            let name = name.trim().to_lowercase();
            let field = DocField::parse(&name).ok_or(ColumnError::UnknownField { field: name })?;
            let column = Some(column.trim().to_owned()).filter(|c| !c.is_empty());
            if map.columns.insert(field, column).is_some() {
                return Err(ColumnError::FieldTwice { field });
            }
        }
        Ok(map)
    }

    /// Guesses from the columns' names, and from their content where names tell nothing.
    ///
    /// `sample` are some rows of the file; a few hundred are enough. The most a file without names can
    /// tell: the longest text is the body, a text that is shorter and hardly repeated the title, short
    /// and repeated text the label.
    pub fn guess(columns: &[String], sample: &[Record]) -> Self {
        let mut map = Self::default();
        let profiles: Vec<Profile<'_>> = columns.iter().map(|c| Profile::of(c, sample)).collect();
        for field in DocField::ALL {
            let named = profiles
                .iter()
                .filter(|p| map.field_of(p.column).is_none())
                .filter_map(|p| {
                    let rank = field.rank_of(&p.key)?;
                    Some((p, rank))
                });
            // Of several columns called body, text or content the longest is meant; empty ones never.
            let chosen = if field == DocField::Body {
                named.max_by_key(|(p, rank)| (p.n_mean_chars, std::cmp::Reverse(*rank)))
            } else {
                named.min_by_key(|(p, rank)| (p.n_filled == 0 && !sample.is_empty(), *rank))
            };
            if let Some((profile, _)) = chosen {
                map.set(field, profile.column);
            }
        }
        map.guess_by_content(&profiles);
        map
    }

    fn guess_by_content(&mut self, profiles: &[Profile<'_>]) {
        let numbered = profiles
            .iter()
            .enumerate()
            .all(|(i, p)| p.column == (i + 1).to_string());
        self.fill(DocField::Url, profiles, |p| {
            p.all_urls.then_some(p.n_distinct)
        });
        self.fill(DocField::Date, profiles, |p| {
            p.mostly_dates.then_some(p.n_filled)
        });
        self.fill(DocField::Body, profiles, |p| {
            (p.n_mean_chars >= 40 && !p.all_urls).then_some(p.n_mean_chars)
        });
        if !numbered {
            return;
        }
        if profiles.len() == 1 {
            self.fill(DocField::Body, profiles, |p| Some(p.n_filled));
        }
        self.fill(DocField::Language, profiles, |p| {
            p.all_languages.then_some(p.n_filled)
        });
        self.fill(DocField::Nation, profiles, |p| {
            p.all_nations.then_some(p.n_filled)
        });
        self.fill(DocField::Label, profiles, |p| {
            let repeated = p.n_distinct * 2 <= p.n_filled && p.n_filled >= 4;
            (repeated && p.n_mean_chars <= 40).then_some(p.n_filled)
        });
        self.fill(DocField::Title, profiles, |p| {
            let varied = p.n_distinct * 10 >= p.n_filled * 8;
            (varied && p.has_words && (8..=240).contains(&p.n_mean_chars)).then_some(p.n_mean_chars)
        });
        self.fill(DocField::Id, profiles, |p| {
            let unique = p.n_distinct == p.n_filled && p.n_filled >= 2;
            (unique && !p.has_words && p.n_mean_chars <= 64).then_some(p.n_filled)
        });
    }

    /// Gives a field that has none the free column for which `score` is highest.
    fn fill(
        &mut self,
        field: DocField,
        profiles: &[Profile<'_>],
        score: impl Fn(&Profile<'_>) -> Option<usize>,
    ) {
        if self.columns.contains_key(&field) {
            return;
        }
        let best = profiles
            .iter()
            .filter(|p| p.n_filled > 0 && self.field_of(p.column).is_none())
            .filter_map(|p| Some((score(p)?, p.column)))
            .reduce(|best, other| if other.0 > best.0 { other } else { best });
        if let Some((_, column)) = best {
            self.set(field, column);
        }
    }

    /// Returns this map with every field of `other` taken from there.
    ///
    /// A column that `other` uses is taken from the field that had it here.
    #[must_use]
    pub fn overridden_by(mut self, other: &Self) -> Self {
        for (field, column) in &other.columns {
            self.columns.retain(|_, c| c.is_none() || c != column);
            self.columns.insert(*field, column.clone());
        }
        self
    }

    /// Checks that every column named is there.
    ///
    /// # Errors
    /// [`ColumnError::NoSuchColumn`], which lists the columns found.
    pub fn check(&self, columns: &[String]) -> Result<(), ColumnError> {
        match self
            .pairs()
            .find(|(_, column)| !columns.iter().any(|c| c == column))
        {
            None => Ok(()),
            Some((field, column)) => Err(ColumnError::NoSuchColumn {
                field,
                column: column.to_owned(),
                columns: columns.to_vec(),
            }),
        }
    }

    /// Fills a field from a column.
    pub fn set(&mut self, field: DocField, column: &str) {
        self.columns.insert(field, Some(column.to_owned()));
    }

    /// Returns the column that fills a field.
    pub fn column_of(&self, field: DocField) -> Option<&str> {
        self.columns.get(&field)?.as_deref()
    }

    /// Returns the first field that a column fills.
    pub fn field_of(&self, column: &str) -> Option<DocField> {
        self.pairs()
            .find(|(_, c)| *c == column)
            .map(|(field, _)| field)
    }

    /// Returns fields and their columns in the order of [`DocField::ALL`].
    pub fn pairs(&self) -> impl Iterator<Item = (DocField, &str)> {
        self.columns
            .iter()
            .filter_map(|(field, column)| Some((*field, column.as_deref()?)))
    }

    /// Sorts a row's values into fields; what has no field goes into `extra_json`.
    pub fn apply(&self, record: Record) -> RawDocument {
        let mut document = RawDocument {
            line: record.line,
            ..RawDocument::default()
        };
        let mut extra = Map::new();
        for (name, value) in record.fields {
            let mut used = false;
            for (field, _) in self.pairs().filter(|(_, column)| *column == name) {
                *document.field_mut(field) = text_of(&value);
                used = true;
            }
            if !used && !is_blank(&value) {
                let value = match value {
                    FieldValue::Text(text) => Value::String(text),
                    FieldValue::Json(value) => value,
                };
                extra.insert(name, value);
            }
        }
        document.extra_json = (!extra.is_empty()).then(|| Value::Object(extra).to_string());
        document
    }
}

impl fmt::Display for ColumnMap {
    /// Writes what [`ColumnMap::parse`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (field, column)) in self.columns.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            write!(
                f,
                "{comma}{field}={}",
                column.as_deref().unwrap_or_default()
            )?;
        }
        Ok(())
    }
}

fn is_blank(value: &FieldValue) -> bool {
    match value {
        FieldValue::Text(text) => text.trim().is_empty(),
        FieldValue::Json(value) => value.is_null(),
    }
}

/// Returns a value as text; paragraphs and names in a list are joined, one per line.
pub(super) fn text_of(value: &FieldValue) -> Option<String> {
    let text = match value {
        FieldValue::Text(text) => clean(text),
        FieldValue::Json(Value::Null) => return None,
        FieldValue::Json(Value::Array(items)) if items.iter().all(Value::is_string) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            clean(&items.join("\n"))
        }
        FieldValue::Json(other) => other.to_string(),
    };
    (!text.is_empty()).then_some(text)
}

/// Trims, makes every line break a line feed and drops NUL, which databases take for an end.
fn clean(text: &str) -> String {
    let text = text.trim().trim_matches('\u{feff}');
    if text.contains(['\r', '\0']) {
        text.replace("\r\n", "\n")
            .replace('\r', "\n")
            .replace('\0', "")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn columns(names: &[&str]) -> Vec<String> {
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    fn rows(names: &[&str], cells: &[&[&str]]) -> Vec<Record> {
        let record = |(i, row): (usize, &&[&str])| Record {
            line: i as u64 + 1,
            fields: names
                .iter()
                .zip(*row)
                .map(|(n, c)| ((*n).to_owned(), FieldValue::Text((*c).to_owned())))
                .collect(),
        };
        cells.iter().enumerate().map(record).collect()
    }

    #[track_caller]
    fn check_named(names: &[&str], map: &str) {
        assert_eq!(ColumnMap::guess(&columns(names), &[]).to_string(), map);
    }

    #[test]
    fn knows_names_in_four_languages() {
        check_named(
            &["id", "source", "url", "date", "title", "topic", "content"],
            "id=id,source=source,date=date,title=title,body=content,url=url,label=topic",
        );
        check_named(
            &["titre", "texte", "date", "url"],
            "date=date,title=titre,body=texte,url=url",
        );
        check_named(
            &["Titel", "Text", "Datum", "Quelle", "Rubrik"],
            "source=Quelle,date=Datum,title=Titel,body=Text,label=Rubrik",
        );
        check_named(
            &["标题", "正文", "日期", "来源", "栏目"],
            "source=来源,date=日期,title=标题,body=正文,label=栏目",
        );
        check_named(
            &["Article_Title", "Published At", "full-text"],
            "date=Published At,title=Article_Title,body=full-text",
        );
    }

    #[test]
    fn of_two_bodies_the_longer_is_meant() {
        let names = ["text", "content"];
        let sample = rows(
            &names,
            &[&["A short lead.", "A much longer story that goes on and on."]],
        );
        assert_eq!(
            ColumnMap::guess(&columns(&names), &sample).column_of(DocField::Body),
            Some("content")
        );
    }

    #[test]
    fn reads_content_where_names_are_missing() {
        let body = "The council met on Monday and spoke about the new bridge for hours. ".repeat(3);
        let names = ["1", "2", "3"];
        let sample = rows(
            &names,
            &[
                &["09.03.2021", "Bridge to be built", &body],
                &["10.03.2021", "School closes early", &body],
                &["11.03.2021", "Rain expected again", &body],
                &["12.03.2021", "Mayor opens market", &body],
            ],
        );
        assert_eq!(
            ColumnMap::guess(&columns(&names), &sample).to_string(),
            "date=1,title=2,body=3"
        );
        let sample = rows(
            &names[..2],
            &[
                &["Sport", &body],
                &["Web", &body],
                &["Sport", &body],
                &["Web", &body],
            ],
        );
        assert_eq!(
            ColumnMap::guess(&columns(&names[..2]), &sample).to_string(),
            "body=2,label=1"
        );
        let sample = rows(&names, &[&["17", "CN", &body], &["18", "CN", &body]]);
        assert_eq!(
            ColumnMap::guess(&columns(&names), &sample).to_string(),
            "id=1,nation=2,body=3"
        );
    }

    #[test]
    fn the_user_has_the_last_word() {
        let guessed = ColumnMap::guess(&columns(&["title", "text", "lead"]), &[]);
        let asked = ColumnMap::parse("title=lead, body=text,date=").unwrap();
        let map = guessed.overridden_by(&asked);
        assert_eq!(
            (
                map.column_of(DocField::Title),
                map.column_of(DocField::Body)
            ),
            (Some("lead"), Some("text"))
        );
        assert_eq!(ColumnMap::parse(&map.to_string()), Ok(map.clone()));
        let swapped = map.overridden_by(&ColumnMap::parse("title=text").unwrap());
        assert_eq!(
            (
                swapped.column_of(DocField::Title),
                swapped.column_of(DocField::Body)
            ),
            (Some("text"), None)
        );
    }

    #[test]
    fn wrong_mappings_are_told() {
        assert!(matches!(
            ColumnMap::parse("title"),
            Err(ColumnError::NotAPair { .. })
        ));
        assert!(matches!(
            ColumnMap::parse("heading=a"),
            Err(ColumnError::UnknownField { .. })
        ));
        assert!(matches!(
            ColumnMap::parse("title=a,title=b"),
            Err(ColumnError::FieldTwice { .. })
        ));
        let map = ColumnMap::parse("body=story").unwrap();
        let err = map
            .check(&columns(&["titre", "texte"]))
            .unwrap_err()
            .to_string();
        assert!(
            err.contains("\"titre\", \"texte\"") && err.ends_with("\"story\""),
            "{err}"
        );
        assert_eq!(map.check(&columns(&["story"])), Ok(()));
    }

    #[test]
    fn values_go_to_fields_and_the_rest_to_extra() {
        let fields = vec![
            (
                "title".to_owned(),
                FieldValue::Text("  A title\r\n".to_owned()),
            ),
            (
                "text".to_owned(),
                FieldValue::Json(serde_json::json!(["one", "two"])),
            ),
            ("id".to_owned(), FieldValue::Json(serde_json::json!(17))),
            ("date".to_owned(), FieldValue::Text(" ".to_owned())),
            (
                "n_shares".to_owned(),
                FieldValue::Json(serde_json::json!(3)),
            ),
            ("desk".to_owned(), FieldValue::Json(Value::Null)),
        ];
        let names: Vec<String> = fields.iter().map(|(n, _)| n.clone()).collect();
        let document = ColumnMap::guess(&names, &[]).apply(Record { line: 9, fields });
        assert_eq!(
            document,
            RawDocument {
                line: 9,
                id: Some("17".to_owned()),
                title: Some("A title".to_owned()),
                body: Some("one\ntwo".to_owned()),
                extra_json: Some("{\"n_shares\":3}".to_owned()),
                ..RawDocument::default()
            }
        );
    }

    proptest! {
        #[test]
        fn no_value_is_lost(cells in proptest::collection::vec("[a-zé中 0-9]{0,12}", 1..8)) {
            let names: Vec<String> = (1..=cells.len()).map(|i| i.to_string()).collect();
            let fields: Vec<_> = names.iter().cloned().zip(cells.iter().cloned().map(FieldValue::Text)).collect();
            let record = Record { line: 1, fields };
            let map = ColumnMap::guess(&names, std::slice::from_ref(&record));
            let document = format!("{:?}", map.apply(record));
            for cell in cells.iter().map(|c| c.trim()).filter(|c| !c.is_empty()) {
                prop_assert!(document.contains(cell));
            }
        }
    }
}
