//! Reading and writing of the answers' JSON. The serde twins stay here and are nobody else's.

use serde::{Deserialize, Serialize};

use super::{
    AnswerError, Aspect, CloserVerdict, Extracted, Extraction, Label, PropositionDraft, Screening,
    SourceVerdict, StanceVerdict, Tag, Tags, TripleDraft, ValueVerdict,
};
use crate::base::sentences::Span;
use crate::domain::conflict::Stance;
use crate::domain::evaluation::Closer;
use crate::domain::statement::{Speaker, SpeakerKind, StatementSet};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TagJson {
    aspect: String,
    tag: String,
    #[serde(default)]
    explanation: String,
}

#[derive(Serialize, Deserialize)]
struct TagsJson {
    tags: Vec<TagJson>,
}

#[derive(Serialize, Deserialize)]
struct LabelJson {
    label: String,
}

#[derive(Serialize, Deserialize)]
struct ScreeningJson {
    value_related: bool,
    confidence: f64,
    #[serde(default)]
    reason: String,
}

#[derive(Serialize, Deserialize)]
struct ExtractedJson {
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<usize>,
    /// Models copy words better than they count characters, so a passage may come as words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    passage: Option<String>,
    confidence: f64,
}

#[derive(Serialize, Deserialize)]
struct ExtractionJson {
    statements: Vec<ExtractedJson>,
}

#[derive(Serialize, Deserialize)]
struct ValueJson {
    is_value: bool,
    confidence: f64,
    #[serde(default)]
    reason: String,
}

#[derive(Serialize, Deserialize)]
struct SourceJson {
    source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    speaker: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct TripleJson {
    question: String,
    statement: String,
    reverse: String,
}

#[derive(Serialize, Deserialize)]
struct PropositionJson {
    proposition: String,
}

#[derive(Serialize, Deserialize)]
struct StanceJson {
    stance: String,
    confidence: f64,
}

#[derive(Serialize, Deserialize)]
struct CloserJson {
    closer: String,
    confidence: f64,
}

fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, AnswerError> {
    serde_json::from_str(json).map_err(|e| AnswerError::Shape {
        message: e.to_string(),
    })
}

/// Writes a twin. Strings, numbers and lists always have a JSON form, so the empty text on failure
/// is never seen; it would be refused by every reader.
fn write<T: Serialize>(twin: &T) -> String {
    serde_json::to_string(twin).unwrap_or_default()
}

fn filled(text: &str, field: &'static str) -> Result<String, AnswerError> {
    let text = text.trim();
    if text.is_empty() {
        Err(AnswerError::Empty { field })
    } else {
        Ok(text.to_owned())
    }
}

fn share(value: f64) -> Result<f64, AnswerError> {
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(AnswerError::Confidence { value })
    }
}

impl Tags {
    /// Reads `{"tags": [{"aspect", "tag", "explanation"}]}`.
    ///
    /// # Errors
    /// [`AnswerError`] on another shape, an unknown aspect or an empty tag.
    pub fn parse(json: &str) -> Result<Self, AnswerError> {
        let twin: TagsJson = read(json)?;
        let tag = |t: TagJson| {
            let aspect = Aspect::parse(&t.aspect).ok_or(AnswerError::UnknownWord {
                field: "aspect",
                word: t.aspect,
            })?;
            let explanation = t.explanation.trim().to_owned();
            Ok(Tag {
                aspect,
                tag: filled(&t.tag, "tag")?,
                explanation,
            })
        };
        twin.tags
            .into_iter()
            .map(tag)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Writes what [`Tags::parse`] reads.
    pub fn to_json(&self) -> String {
        let twin = |t: &Tag| TagJson {
            aspect: t.aspect.code().to_owned(),
            tag: t.tag.clone(),
            explanation: t.explanation.clone(),
        };
        write(&TagsJson {
            tags: self.0.iter().map(twin).collect(),
        })
    }
}

impl Label {
    /// Reads `{"label"}`. A middle dot is no word.
    ///
    /// # Errors
    /// [`AnswerError`] on another shape, an empty label or one of more than five words.
    pub fn parse(json: &str) -> Result<Self, AnswerError> {
        let twin: LabelJson = read(json)?;
        let text = filled(&twin.label, "label")?;
        let n_words = text.split_whitespace().filter(|w| *w != "·").count();
        if n_words > 5 {
            Err(AnswerError::LongLabel { n_words, text })
        } else {
            Ok(Self { text })
        }
    }

    /// Writes what [`Label::parse`] reads.
    pub fn to_json(&self) -> String {
        write(&LabelJson {
            label: self.text.clone(),
        })
    }
}

impl Screening {
    /// Reads `{"value_related", "confidence", "reason"}`.
    ///
    /// # Errors
    /// [`AnswerError`] on another shape or a confidence outside 0 to 1.
    pub fn parse(json: &str) -> Result<Self, AnswerError> {
        let twin: ScreeningJson = read(json)?;
        let (value_related, reason) = (twin.value_related, twin.reason.trim().to_owned());
        Ok(Self {
            value_related,
            confidence: share(twin.confidence)?,
            reason,
        })
    }

    /// Writes what [`Screening::parse`] reads.
    pub fn to_json(&self) -> String {
        write(&ScreeningJson {
            value_related: self.value_related,
            confidence: self.confidence,
            reason: self.reason.clone(),
        })
    }
}

impl Extraction {
    /// Reads `{"statements": [{"text", "start", "end", "confidence"}]}` with offsets in characters.
    ///
    /// # Errors
    /// [`AnswerError`] on another shape, an empty text, a missing or empty passage or a confidence
    /// outside 0 to 1. Whether passages lie in the body is [`Extraction::parse_in`]'s to say.
    pub fn parse(json: &str) -> Result<Self, AnswerError> {
        Self::read_with(json, None)
    }

    /// Reads like [`Extraction::parse`], and also passages given as `"passage"`, words of the body.
    ///
    /// # Errors
    /// As [`Extraction::parse`], and on passages that do not lie or stand in `body`.
    pub fn parse_in(json: &str, body: &str) -> Result<Self, AnswerError> {
        Self::read_with(json, Some(body))
    }

    fn read_with(json: &str, body: Option<&str>) -> Result<Self, AnswerError> {
        let twin: ExtractionJson = read(json)?;
        let n_chars = body.map_or(usize::MAX, |b| b.chars().count());
        let one = |e: ExtractedJson| {
            let text = filled(&e.text, "text")?;
            let confidence = share(e.confidence)?;
            let passage = match (e.start, e.end, e.passage, body) {
                (Some(start), Some(end), _, _) if start < end && end <= n_chars => {
                    Span { start, end }
                }
                (Some(start), Some(end), _, _) => {
                    return Err(AnswerError::Passage {
                        start,
                        end,
                        n_chars,
                    });
                }
                (None, None, Some(words), Some(body)) => {
                    let words = filled(&words, "passage")?;
                    find_words(body, &words).ok_or(AnswerError::PassageAbsent { text: words })?
                }
                _ => return Err(AnswerError::Empty { field: "passage" }),
            };
            Ok(Extracted {
                text,
                passage,
                confidence,
            })
        };
        twin.statements
            .into_iter()
            .map(one)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Writes what [`Extraction::parse`] reads.
    pub fn to_json(&self) -> String {
        let twin = |e: &Extracted| ExtractedJson {
            text: e.text.clone(),
            start: Some(e.passage.start),
            end: Some(e.passage.end),
            passage: None,
            confidence: e.confidence,
        };
        write(&ExtractionJson {
            statements: self.0.iter().map(twin).collect(),
        })
    }
}

fn find_words(body: &str, words: &str) -> Option<Span> {
    let byte = body.find(words)?;
    let start = body.get(..byte)?.chars().count();
    Some(Span {
        start,
        end: start + words.chars().count(),
    })
}

impl ValueVerdict {
    /// Reads `{"is_value", "confidence", "reason"}`.
    ///
    /// # Errors
    /// [`AnswerError`] on another shape or a confidence outside 0 to 1.
    pub fn parse(json: &str) -> Result<Self, AnswerError> {
        let twin: ValueJson = read(json)?;
        let (is_value, reason) = (twin.is_value, twin.reason.trim().to_owned());
        Ok(Self {
            is_value,
            confidence: share(twin.confidence)?,
            reason,
        })
    }

    /// Writes what [`ValueVerdict::parse`] reads.
    pub fn to_json(&self) -> String {
        write(&ValueJson {
            is_value: self.is_value,
            confidence: self.confidence,
            reason: self.reason.clone(),
        })
    }
}

impl SourceVerdict {
    /// Reads `{"source": "quoted" | "official" | "unattributed", "speaker", "kind"}`.
    ///
    /// # Errors
    /// [`AnswerError`] on another shape, an unknown source or kind, or a quotation without speaker.
    pub fn parse(json: &str) -> Result<Self, AnswerError> {
        let twin: SourceJson = read(json)?;
        match StatementSet::parse(&twin.source) {
            Some(StatementSet::Quoted) => {
                let name = filled(&twin.speaker.unwrap_or_default(), "speaker")?;
                let kind = match twin.kind.as_deref() {
                    Some("person") => SpeakerKind::Person,
                    Some("organization") => SpeakerKind::Organization,
                    other => {
                        let word = other.unwrap_or_default().to_owned();
                        return Err(AnswerError::UnknownWord {
                            field: "kind",
                            word,
                        });
                    }
                };
                Ok(Self::Quoted(Speaker { name, kind }))
            }
            Some(StatementSet::Official) => Ok(Self::Official),
            Some(StatementSet::Unattributed) => Ok(Self::Unattributed),
            None => Err(AnswerError::UnknownWord {
                field: "source",
                word: twin.source,
            }),
        }
    }

    /// Writes what [`SourceVerdict::parse`] reads.
    pub fn to_json(&self) -> String {
        let speaker = match self {
            Self::Quoted(speaker) => Some(speaker),
            Self::Official | Self::Unattributed => None,
        };
        let kind = |s: &Speaker| match s.kind {
            SpeakerKind::Person => "person".to_owned(),
            SpeakerKind::Organization => "organization".to_owned(),
        };
        write(&SourceJson {
            source: self.set().code().to_owned(),
            speaker: speaker.map(|s| s.name.clone()),
            kind: speaker.map(kind),
        })
    }
}

impl TripleDraft {
    /// Reads `{"question", "statement", "reverse"}`.
    ///
    /// # Errors
    /// [`AnswerError`] on another shape or an empty part.
    pub fn parse(json: &str) -> Result<Self, AnswerError> {
        let twin: TripleJson = read(json)?;
        Ok(Self {
            question: filled(&twin.question, "question")?,
            statement: filled(&twin.statement, "statement")?,
            reverse: filled(&twin.reverse, "reverse")?,
        })
    }

    /// Writes what [`TripleDraft::parse`] reads.
    pub fn to_json(&self) -> String {
        write(&TripleJson {
            question: self.question.clone(),
            statement: self.statement.clone(),
            reverse: self.reverse.clone(),
        })
    }
}

impl PropositionDraft {
    /// Reads `{"proposition"}`.
    ///
    /// # Errors
    /// [`AnswerError`] on another shape or an empty proposition.
    pub fn parse(json: &str) -> Result<Self, AnswerError> {
        let twin: PropositionJson = read(json)?;
        Ok(Self {
            text: filled(&twin.proposition, "proposition")?,
        })
    }

    /// Writes what [`PropositionDraft::parse`] reads.
    pub fn to_json(&self) -> String {
        write(&PropositionJson {
            proposition: self.text.clone(),
        })
    }
}

impl StanceVerdict {
    /// Reads `{"stance", "confidence"}` with the words of [`Stance::words`].
    ///
    /// # Errors
    /// [`AnswerError`] on another shape, an unknown stance or a confidence outside 0 to 1.
    pub fn parse(json: &str) -> Result<Self, AnswerError> {
        let twin: StanceJson = read(json)?;
        let stance = Stance::parse(&twin.stance).ok_or(AnswerError::UnknownWord {
            field: "stance",
            word: twin.stance,
        })?;
        Ok(Self {
            stance,
            confidence: share(twin.confidence)?,
        })
    }

    /// Writes what [`StanceVerdict::parse`] reads.
    pub fn to_json(&self) -> String {
        write(&StanceJson {
            stance: self.stance.words().to_owned(),
            confidence: self.confidence,
        })
    }
}

impl CloserVerdict {
    /// Reads `{"closer": "first" | "second" | "neither", "confidence"}`.
    ///
    /// # Errors
    /// [`AnswerError`] on another shape, another word or a confidence outside 0 to 1.
    pub fn parse(json: &str) -> Result<Self, AnswerError> {
        let twin: CloserJson = read(json)?;
        let closer = Closer::parse(&twin.closer).ok_or(AnswerError::UnknownWord {
            field: "closer",
            word: twin.closer,
        })?;
        Ok(Self {
            closer,
            confidence: share(twin.confidence)?,
        })
    }

    /// Writes what [`CloserVerdict::parse`] reads.
    pub fn to_json(&self) -> String {
        write(&CloserJson {
            closer: self.closer.code().to_owned(),
            confidence: self.confidence,
        })
    }
}
