//! What the corpus knows about itself: the truth that an analysis is measured against.

use crate::article::{Article, Body, Statement};
use crate::bank::Bank;
use crate::cast::{Cast, Voice};
use crate::error::Error;
use crate::plan::Set;
use serde::Serialize;

/// The truth about one article.
#[derive(Serialize)]
pub(crate) struct Truth {
    /// The id in the file, or file stem and row number.
    pub(crate) id: String,
    /// The nation's code.
    pub(crate) nation: &'static str,
    /// The outlet.
    pub(crate) source: String,
    /// The language's code.
    pub(crate) language: &'static str,
    /// The topic's id; none for outliers.
    pub(crate) topic: Option<String>,
    /// Whether its topic has values, or, for an outlier, whether it carries a statement.
    pub(crate) values: bool,
    /// Whether it belongs to no topic.
    pub(crate) outlier: bool,
    /// The article it copies.
    pub(crate) duplicate_of: Option<String>,
    /// Whether it holds both sides of one proposition.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) self_contradiction: bool,
    /// Its statements in order.
    pub(crate) statements: Vec<TrueStatement>,
}

/// The truth about one statement.
#[derive(Serialize)]
pub(crate) struct TrueStatement {
    /// Its own words as they stand in the body.
    pub(crate) text: String,
    /// Where they begin, in characters.
    pub(crate) start: usize,
    /// Where they end.
    pub(crate) end: usize,
    /// `quoted` or `official`.
    pub(crate) set: &'static str,
    /// Who speaks.
    pub(crate) speaker: Option<String>,
    /// `person` or `organization`.
    pub(crate) speaker_kind: Option<&'static str>,
    /// The proposition's id.
    pub(crate) proposition: String,
    /// 1 for the proposition, -1 against it.
    pub(crate) stance: i8,
    /// Whether it stands against the nation's majority.
    pub(crate) dissent: bool,
    /// Whether its wording or its frame is uncommon.
    pub(crate) unlisted: bool,
}

/// A row that no import should take.
#[derive(Serialize)]
pub(crate) struct Broken {
    /// The file, below the project folder.
    pub(crate) file: String,
    /// The line at which the row begins, from 1.
    pub(crate) line: usize,
    /// The row's number from 1, the header not counted.
    pub(crate) row: usize,
    /// What is wrong.
    pub(crate) why: &'static str,
}

/// A proposition on which a nation has no majority.
#[derive(Serialize)]
pub(crate) struct Contested {
    /// The nation's code.
    pub(crate) nation: &'static str,
    /// The proposition's id.
    pub(crate) proposition: String,
}

/// Tells the truth about an article; `id`s are given for it and for what it copies.
///
/// # Errors
/// If an offset does not lead to its statement.
pub(crate) fn tell(
    bank: &Bank,
    nation: &'static str,
    source: &str,
    cast: &Cast,
    article: &Article,
    body: &Body,
    (id, duplicate_of): (&str, Option<&str>),
) -> Result<Truth, Error> {
    let topic = article.topic_idx.and_then(|idx| bank.topics.get(idx));
    let letters: Vec<char> = body.text.chars().collect();
    let mut statements = Vec::new();
    for (span, statement) in &body.statements {
        let words = letters.get(span.clone()).filter(|words| !words.is_empty());
        let text: String = words
            .ok_or_else(|| Error::Corpus(format!("a statement lies outside its body in {id}")))?
            .iter()
            .collect();
        let (speaker, speaker_kind) = speaker(cast, statement);
        statements.push(TrueStatement {
            text,
            start: span.start,
            end: span.end,
            set: match statement.set {
                Set::Quoted => "quoted",
                Set::Official => "official",
            },
            speaker,
            speaker_kind,
            proposition: statement.proposition.clone(),
            stance: statement.stance,
            dissent: statement.dissent,
            unlisted: statement.unlisted,
        });
    }
    Ok(Truth {
        id: id.to_owned(),
        nation,
        source: source.to_owned(),
        language: bank.language.code(),
        topic: topic.map(|topic| topic.id.clone()),
        values: topic.map_or(!statements.is_empty(), |topic| topic.values),
        outlier: topic.is_none(),
        duplicate_of: duplicate_of.map(str::to_owned),
        self_contradiction: article.self_contradiction,
        statements,
    })
}

fn speaker(cast: &Cast, statement: &Statement) -> (Option<String>, Option<&'static str>) {
    match statement.voice {
        Some(Voice::Person(idx)) => (
            cast.people.get(idx).map(|person| person.name.clone()),
            Some("person"),
        ),
        Some(Voice::Org(idx)) => (cast.orgs.get(idx).cloned(), Some("organization")),
        None => (None, None),
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field over by reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}
