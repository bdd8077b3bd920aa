//! Sentences with slots, such as `{place}`, and how they are filled.
//!
//! An unknown slot is an error when the bank is read, never a brace in an article.

use crate::language::{Language, upper_first};
use serde::Deserialize;
use std::ops::Range;

/// A gap in a sentence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Slot {
    /// The statement without its final period.
    Statement,
    /// The same with its first letter lower-cased.
    StatementLower,
    /// A person's full name.
    Person,
    /// What the person is.
    Role,
    /// An organization.
    Org,
    /// A town.
    Place,
    /// A town in capitals, for datelines.
    PlaceUpper,
    /// A count from 12 to 900.
    Num,
    /// A percentage up to 60, without its sign.
    Pct,
    /// The name of a month.
    Month,
    /// A year before that of the article.
    Year,
    /// The name of a weekday.
    Weekday,
}

impl Slot {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "s" => Self::Statement,
            "s_lower" => Self::StatementLower,
            "person" => Self::Person,
            "role" => Self::Role,
            "org" => Self::Org,
            "place" => Self::Place,
            "PLACE" => Self::PlaceUpper,
            "num" => Self::Num,
            "pct" => Self::Pct,
            "month" => Self::Month,
            "year" => Self::Year,
            "weekday" => Self::Weekday,
            _ => return None,
        })
    }

    /// Tells whether this gap takes a statement.
    pub(crate) fn takes_statement(self) -> bool {
        matches!(self, Self::Statement | Self::StatementLower)
    }
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Slot(Slot),
}

/// A sentence with gaps.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Template {
    source: String,
    parts: Vec<Part>,
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(source: String) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = source.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (name, tail) = after
                .split_once('}')
                .ok_or_else(|| format!("brace is not closed in {source:?}"))?;
            let slot = Slot::parse(name)
                .ok_or_else(|| format!("unknown slot {{{name}}} in {source:?}"))?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Slot(slot));
            rest = tail;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { source, parts })
    }
}

/// A filled sentence.
pub(crate) struct Filled {
    /// The sentence.
    pub(crate) text: String,
    /// Where the statement's own words stand in it, in characters.
    pub(crate) statement: Option<Range<usize>>,
}

impl Template {
    /// Gives the sentence as the bank has it.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Lists the gaps in order.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.parts.iter().filter_map(|part| match part {
            Part::Slot(slot) => Some(*slot),
            Part::Text(_) => None,
        })
    }

    /// Tells whether the sentence has this gap.
    pub(crate) fn has(&self, slot: Slot) -> bool {
        self.slots().any(|other| other == slot)
    }

    /// Fills each gap with what `value` gives; its second argument says whether the gap opens the
    /// sentence.
    ///
    /// # Errors
    /// Whatever `value` answers.
    pub(crate) fn fill<E>(
        &self,
        language: Language,
        mut value: impl FnMut(Slot, bool) -> Result<String, E>,
    ) -> Result<Filled, E> {
        let mut text = String::new();
        let mut statement = None;
        for part in &self.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Slot(slot) => {
                    let words = value(*slot, text.is_empty())?;
                    let start = language.attach(&mut text, &words);
                    if slot.takes_statement() {
                        statement = Some(start..text.len());
                    }
                }
            }
        }
        upper_first(&mut text);
        let in_chars = |byte_idx: usize| text.get(..byte_idx).map_or(0, |s| s.chars().count());
        let statement =
            statement.map(|range: Range<usize>| in_chars(range.start)..in_chars(range.end));
        Ok(Filled { text, statement })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_found_in_characters() -> Result<(), String> {
        let template = Template::try_from("« {s} », dit {person}.".to_owned())?;
        let filled = template.fill(Language::Fr, |slot, _| {
            Ok::<_, String>(
                if slot == Slot::Statement {
                    "É bé"
                } else {
                    "Zoé"
                }
                .to_owned(),
            )
        })?;
        assert_eq!(filled.text, "« É bé », dit Zoé.");
        assert_eq!(filled.statement, Some(2..6));
        Ok(())
    }

    #[test]
    fn an_unknown_slot_is_refused() {
        assert!(Template::try_from("In {city}.".to_owned()).is_err());
        assert!(Template::try_from("In {place.".to_owned()).is_err());
    }
}
