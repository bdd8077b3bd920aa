//! Tests of the answer readers: round trips and answers broken in every way a model breaks them.

use super::*;
use crate::domain::statement::SpeakerKind;

#[test]
fn answers_come_back_as_written() -> Result<(), AnswerError> {
    let tags = Tags(vec![Tag {
        aspect: Aspect::Heritage,
        tag: "dignity".to_owned(),
        explanation: "named twice".to_owned(),
    }]);
    assert_eq!(Tags::parse(&tags.to_json())?, tags);
    let label = Label {
        text: "water · law · rivers".to_owned(),
    };
    assert_eq!(Label::parse(&label.to_json())?, label);
    let screening = Screening {
        value_related: true,
        confidence: 0.8,
        reason: "rights".to_owned(),
    };
    assert_eq!(Screening::parse(&screening.to_json())?, screening);
    let found = Extraction(vec![Extracted {
        text: "水应当属于所有人。".to_owned(),
        passage: Span { start: 3, end: 11 },
        confidence: 0.5,
    }]);
    assert_eq!(Extraction::parse(&found.to_json())?, found);
    let verdict = ValueVerdict {
        is_value: false,
        confidence: 0.1,
        reason: String::new(),
    };
    assert_eq!(ValueVerdict::parse(&verdict.to_json())?, verdict);
    let speaker = Speaker {
        name: "Anna Weber".to_owned(),
        kind: SpeakerKind::Person,
    };
    for source in [
        SourceVerdict::Quoted(speaker),
        SourceVerdict::Official,
        SourceVerdict::Unattributed,
    ] {
        assert_eq!(SourceVerdict::parse(&source.to_json())?, source);
    }
    let triple = TripleDraft {
        question: "Q?".to_owned(),
        statement: "S.".to_owned(),
        reverse: "R.".to_owned(),
    };
    assert_eq!(TripleDraft::parse(&triple.to_json())?, triple);
    let proposition = PropositionDraft {
        text: "P.".to_owned(),
    };
    assert_eq!(
        PropositionDraft::parse(&proposition.to_json())?,
        proposition
    );
    for stance in Stance::ALL {
        let verdict = StanceVerdict {
            stance,
            confidence: 1.0,
        };
        assert_eq!(StanceVerdict::parse(&verdict.to_json())?, verdict);
    }
    for closer in Closer::ALL {
        let verdict = CloserVerdict {
            closer,
            confidence: 0.25,
        };
        assert_eq!(CloserVerdict::parse(&verdict.to_json())?, verdict);
    }
    Ok(())
}

#[test]
fn broken_answers_are_refused() {
    assert!(matches!(
        Tags::parse("tags: none"),
        Err(AnswerError::Shape { .. })
    ));
    assert!(matches!(
        Tags::parse(r#"{"tags":[{"aspect":"mood","tag":"x"}]}"#),
        Err(AnswerError::UnknownWord {
            field: "aspect",
            ..
        })
    ));
    assert!(matches!(
        Tags::parse(r#"{"tags":[{"aspect":"values","tag":" "}]}"#),
        Err(AnswerError::Empty { field: "tag" })
    ));
    assert!(matches!(
        Label::parse(r#"{"label":"one two three four five six"}"#),
        Err(AnswerError::LongLabel { n_words: 6, .. })
    ));
    assert!(matches!(
        Screening::parse(r#"{"value_related":true,"confidence":1.4}"#),
        Err(AnswerError::Confidence { .. })
    ));
    assert!(matches!(
        Screening::parse(r#"{"value_related":"yes","confidence":0.4}"#),
        Err(AnswerError::Shape { .. })
    ));
    assert!(matches!(
        ValueVerdict::parse(r#"{"is_value":true,"confidence":-0.1}"#),
        Err(AnswerError::Confidence { .. })
    ));
    assert!(matches!(
        SourceVerdict::parse(r#"{"source":"quoted"}"#),
        Err(AnswerError::Empty { field: "speaker" })
    ));
    assert!(matches!(
        SourceVerdict::parse(r#"{"source":"quoted","speaker":"A","kind":"robot"}"#),
        Err(AnswerError::UnknownWord { field: "kind", .. })
    ));
    assert!(matches!(
        SourceVerdict::parse(r#"{"source":"rumor"}"#),
        Err(AnswerError::UnknownWord {
            field: "source",
            ..
        })
    ));
    assert!(matches!(
        TripleDraft::parse(r#"{"question":"Q?","statement":"","reverse":"R"}"#),
        Err(AnswerError::Empty { field: "statement" })
    ));
    assert!(matches!(
        TripleDraft::parse(r#"{"question":"Q?","statement":"S"}"#),
        Err(AnswerError::Shape { .. })
    ));
    assert!(matches!(
        PropositionDraft::parse(r#"{"proposition":""}"#),
        Err(AnswerError::Empty { .. })
    ));
    assert!(matches!(
        StanceVerdict::parse(r#"{"stance":"strongly supports","confidence":0.4}"#),
        Err(AnswerError::UnknownWord {
            field: "stance",
            ..
        })
    ));
    assert!(matches!(
        StanceVerdict::parse(r#"{"stance":0.5,"confidence":0.4}"#),
        Err(AnswerError::Shape { .. })
    ));
    for word in ["First", "A", "both", ""] {
        assert!(matches!(
            CloserVerdict::parse(&format!(r#"{{"closer":"{word}","confidence":0.4}}"#)),
            Err(AnswerError::UnknownWord {
                field: "closer",
                ..
            })
        ));
    }
    assert!(matches!(
        CloserVerdict::parse(r#"{"closer":"first","confidence":2}"#),
        Err(AnswerError::Confidence { .. })
    ));
    assert!(matches!(
        CloserVerdict::parse(r#"{"closer":"first"}"#),
        Err(AnswerError::Shape { .. })
    ));
}

#[test]
fn passages_must_lie_in_the_body() {
    let body = "Das ist der Text.";
    let at = |start: usize, end: usize| {
        format!(r#"{{"statements":[{{"text":"x","start":{start},"end":{end},"confidence":0.5}}]}}"#)
    };
    assert!(Extraction::parse_in(&at(0, 17), body).is_ok());
    assert!(matches!(
        Extraction::parse_in(&at(0, 18), body),
        Err(AnswerError::Passage { .. })
    ));
    assert!(matches!(
        Extraction::parse(&at(4, 4)),
        Err(AnswerError::Passage { .. })
    ));
    let words = r#"{"statements":[{"text":"x","passage":"der Text","confidence":0.5}]}"#;
    let found = Extraction::parse_in(words, body)
        .ok()
        .and_then(|e| e.0.first().cloned());
    assert_eq!(found.map(|e| e.passage), Some(Span { start: 8, end: 16 }));
    assert!(matches!(
        Extraction::parse_in(words, "nothing"),
        Err(AnswerError::PassageAbsent { .. })
    ));
    assert!(matches!(
        Extraction::parse(words),
        Err(AnswerError::Empty { field: "passage" })
    ));
}
