//! How items are put to a model, in the item's language; the texts stand in `assets/prompts/evaluation.tsv`.

use crate::base::language::Language;
use crate::domain::statement::Triple;

/// Our wordings, with their version in the first line.
const TEXTS: &str = include_str!("../../../assets/prompts/evaluation.tsv");

/// Wordings of the multiple choice and of agree/disagree.
pub(super) const N_WORDINGS: u32 = 3;

/// Version of the wordings, as the file says; part of every run's parameters.
pub(super) fn version() -> u32 {
    TEXTS
        .lines()
        .next()
        .and_then(|l| l.strip_prefix("# version "))
        .and_then(|v| v.trim().parse().ok())
        .unwrap_or(0)
}

/// Returns a wording; items of other languages are asked in English.
fn text(key: &str, language: Language) -> String {
    let find = |code: &str| {
        TEXTS.lines().find_map(|line| {
            let mut parts = line.splitn(3, '\t');
            (parts.next() == Some(key) && parts.next() == Some(code))
                .then(|| parts.next().unwrap_or_default().replace("\\n", "\n"))
        })
    };
    find(language.code())
        .or_else(|| find(Language::En.code()))
        .unwrap_or_default()
}

/// A context with two continuations, and where each one's own words begin, in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// What stands before.
    pub context: String,
    /// The continuation that sides with the statement.
    pub with: String,
    /// The one that sides against it.
    pub against: String,
    /// Character at which the words begin that differ.
    pub words_from: u32,
}

/// Puts an item as multiple choice.
pub(super) fn choice(triple: &Triple, language: Language, wording: u32) -> Choice {
    let lead = text(&format!("choice{wording}"), language);
    let before = lead.split("{s}").next().unwrap_or_default().chars().count();
    Choice {
        context: format!("{}\n", triple.question),
        with: lead.replace("{s}", &triple.statement_text),
        against: lead.replace("{s}", &triple.reverse),
        // The line's end moves from the context to the continuation.
        words_from: before as u32 + 1,
    }
}

/// Puts an item as agree or disagree.
pub(super) fn agree(triple: &Triple, language: Language, wording: u32) -> Choice {
    let context = text(&format!("agree{wording}"), language);
    Choice {
        context: context.replace("{s}", &triple.statement_text),
        with: text("yes", language),
        against: text("no", language),
        words_from: 0,
    }
}

/// The prompt after which a model answers in its own words.
pub(super) fn answer_prompt(question: &str, language: Language) -> String {
    let lead = text("choice1", language);
    let before = lead.split("{s}").next().unwrap_or_default();
    format!("{question}\n{}", before.trim_end())
}

/// What a training calls prompt and answers: the first wording of the multiple choice.
pub(in crate::stages) fn training_pair(
    triple: &Triple,
    language: Language,
) -> (String, String, String) {
    let choice = choice(triple, language, 1);
    (choice.context, choice.with, choice.against)
}

/// Asks a model as judge; it continues with ` A` or ` B`.
pub(super) fn judge_prompt(
    language: Language,
    question: &str,
    answer: &str,
    first: &str,
    second: &str,
) -> String {
    // Replaced in one pass, so that no text can be taken for a place to fill.
    let template = text("judge", language);
    let mut out = String::new();
    let mut rest = template.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(match name {
            "q" => question,
            "a" => answer,
            "first" => first,
            "second" => second,
            _ => "",
        });
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::{StatementId, TripleId};

    fn triple() -> Triple {
        Triple {
            id: TripleId(1),
            statement: StatementId(1),
            question: "Should trams be free?".to_owned(),
            statement_text: "Trams should be free.".to_owned(),
            reverse: "Trams should not be free.".to_owned(),
        }
    }

    #[test]
    fn every_wording_is_there_in_every_language() {
        assert!(version() >= 1);
        for language in Language::KNOWN {
            for wording in 1..=N_WORDINGS {
                let c = choice(&triple(), language, wording);
                assert!(c.with.ends_with("Trams should be free."), "{c:?}");
                let words: String = c.with.chars().skip(c.words_from as usize - 1).collect();
                assert_eq!(words, "Trams should be free.");
                let a = agree(&triple(), language, wording);
                assert!(a.context.contains("Trams should be free.") && a.with != a.against);
            }
            let judge = judge_prompt(language, "Q{a}", "A{first}", "F{second}", "S");
            for part in ["Q{a}", "A{first}", "F{second}"] {
                assert!(judge.contains(part), "{judge}");
            }
            assert!(!answer_prompt("Q?", language).ends_with(' '));
        }
    }
}
