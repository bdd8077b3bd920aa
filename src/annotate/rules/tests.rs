//! Tests of the back end as a whole.

use super::*;
use crate::annotate::answer::{
    CloserVerdict, Extraction, SourceVerdict, StanceVerdict, TripleDraft,
};
use crate::annotate::{check_passage, check_triple};
use crate::domain::evaluation::Closer;

#[test]
fn every_task_answers_in_its_shape() {
    let rules = Rules;
    let body =
        "The council met on Monday. “No child should go to school hungry,” said teacher Ann Low.";
    let ask = |q: &Question<'_>| rules.answer(q).unwrap_or_default();
    let found = Extraction::parse_in(
        &ask(&Question::Extract {
            language: Language::En,
            title: "",
            body,
        }),
        body,
    );
    let found = found.map(|f| f.0).unwrap_or_default();
    assert_eq!(found.len(), 1);
    for one in &found {
        assert!(check_passage(body, one));
        let source = ask(&Question::Source {
            language: Language::En,
            statement: &one.text,
            passage: one.passage,
            body,
            outlet: "Daily",
        });
        let Ok(SourceVerdict::Quoted(speaker)) = SourceVerdict::parse(&source) else {
            panic!("{source}")
        };
        assert_eq!(speaker.name, "Ann Low");
        let triple = ask(&Question::Triple {
            language: Language::En,
            statement: &one.text,
        });
        let triple = TripleDraft::parse(&triple).unwrap_or_else(|e| panic!("{e}"));
        assert!(check_triple(Language::En, &triple.statement, &triple.reverse).ok);
    }
    let stance = ask(&Question::Stance {
        language: Language::De,
        proposition: "Die Schule soll geschlossen werden.",
        statement: "Die Schule darf nicht geschlossen werden.",
    });
    assert_eq!(
        StanceVerdict::parse(&stance).map(|s| s.stance).ok(),
        Some(Stance::Opposes)
    );
    for (answer, closer) in [
        ("The school must not be closed.", Closer::Second),
        ("", Closer::Neither),
    ] {
        let found = ask(&Question::Closer {
            language: Language::En,
            question: "Should the school be closed?",
            answer,
            first: "The school should be closed.",
            second: "The school should stay open.",
        });
        let found = CloserVerdict::parse(&found).map(|v| v.closer);
        assert_eq!(found.ok(), Some(closer), "{answer}");
    }
}

#[test]
fn empty_questions_are_refused() {
    let empty = Question::Triple {
        language: Language::En,
        statement: " ",
    };
    assert!(matches!(
        Rules.answer(&empty),
        Err(AnnotateError::Empty { .. })
    ));
    let no_reference = Question::Closer {
        language: Language::En,
        question: "Q?",
        answer: "A.",
        first: "S.",
        second: " ",
    };
    assert!(matches!(
        Rules.answer(&no_reference),
        Err(AnnotateError::Empty {
            field: "second",
            ..
        })
    ));
    let foreign = Question::Triple {
        language: Language::Other,
        statement: "12 345",
    };
    assert!(matches!(
        Rules.answer(&foreign),
        Err(AnnotateError::Language { .. })
    ));
}
