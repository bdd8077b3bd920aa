//! Answers of our own and which of two references they are closer to.
//!
//! Rows of `closer_cases/*.txt`: `Q` a question, `S` and `R` its references, then `+` an answer closer
//! to S, `-` one closer to R, `0` one closer to neither (refusals and other subjects). Every third
//! question is held out: no rule was changed for its errors, though they were seen.
//!
//! Measured when this was written, right and on the wrong side among the answers that take a side:
//!
//! | | tried | held out |
//! | --- | --- | --- |
//! | Chinese | 28 right, 4 wrong of 32 | 16, 0 of 16 |
//! | English | 26 right, 5 wrong of 36 | 14, 1 of 16 |
//! | French | 32 right, 0 wrong of 32 | 14, 1 of 16 |
//! | German | 29 right, 3 wrong of 32 | 10, 4 of 16 |
//!
//! The rest is *neither*. All 49 refusals and answers off the subject are *neither*. These answers are
//! one short sentence each; what a language model writes is longer and harder.

use proptest::prelude::*;

use super::closer::judge;
use crate::annotate::is_refusal;
use crate::base::language::Language;
use crate::domain::evaluation::{Closer, ItemVerdict, judged_in_both_orders};

/// A question with its references and answers.
struct Case {
    question: &'static str,
    references: [&'static str; 2],
    answers: Vec<(Closer, &'static str)>,
}

fn cases(language: Language) -> Vec<Case> {
    let rows = match language {
        Language::Zh => include_str!("closer_cases/zh.txt"),
        Language::En => include_str!("closer_cases/en.txt"),
        Language::Fr => include_str!("closer_cases/fr.txt"),
        _ => include_str!("closer_cases/de.txt"),
    };
    let mut cases: Vec<Case> = Vec::new();
    for row in rows.lines() {
        let (sort, text) = row.split_at(1);
        let text = text.trim();
        if sort == "Q" {
            cases.push(Case {
                question: text,
                references: ["", ""],
                answers: Vec::new(),
            });
        }
        let Some(case) = cases.last_mut() else {
            continue;
        };
        match sort {
            "S" => case.references[0] = text,
            "R" => case.references[1] = text,
            "+" => case.answers.push((Closer::First, text)),
            "-" => case.answers.push((Closer::Second, text)),
            "0" => case.answers.push((Closer::Neither, text)),
            _ => {}
        }
    }
    cases
}

fn turned(closer: Closer) -> Closer {
    match closer {
        Closer::First => Closer::Second,
        Closer::Second => Closer::First,
        Closer::Neither => Closer::Neither,
    }
}

/// Right verdicts among answers that take a side, wrong sides among them, and right *neither*.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_field_names,
    reason = "counts are named n_ in this house"
)]
struct Tally {
    n_sided: usize,
    n_right: usize,
    n_wrong_side: usize,
    n_neither: usize,
    n_neither_right: usize,
}

impl Tally {
    fn right_share(&self) -> f64 {
        self.n_right as f64 / self.n_sided as f64
    }

    fn wrong_share(&self) -> f64 {
        self.n_wrong_side as f64 / self.n_sided as f64
    }
}

fn tally(language: Language, held_out: bool) -> Tally {
    let mut tally = Tally::default();
    for (i, case) in cases(language).iter().enumerate() {
        if (i % 3 == 2) != held_out {
            continue;
        }
        for &(want, answer) in &case.answers {
            let got = judge(language, case.question, answer, case.references).closer;
            if want == Closer::Neither {
                tally.n_neither += 1;
                tally.n_neither_right += usize::from(got == want);
            } else {
                tally.n_sided += 1;
                tally.n_right += usize::from(got == want);
                tally.n_wrong_side += usize::from(got == turned(want));
            }
        }
    }
    tally
}

/// Least share that is right and greatest on the wrong side, of the tried answers and those held out.
fn check(language: Language, tried: (f64, f64), held_out: (f64, f64)) {
    for ((least_right, most_wrong), held_out) in [(tried, false), (held_out, true)] {
        let t = tally(language, held_out);
        assert!(
            t.right_share() >= least_right && t.wrong_share() <= most_wrong,
            "{language:?}, held out {held_out}: {t:?}"
        );
        assert_eq!(t.n_neither, t.n_neither_right, "{language:?}: {t:?}");
    }
}

#[test]
fn chinese() {
    check(Language::Zh, (0.85, 0.13), (0.9, 0.1));
}

#[test]
fn english() {
    check(Language::En, (0.7, 0.15), (0.8, 0.1));
}

#[test]
fn french() {
    check(Language::Fr, (0.9, 0.05), (0.8, 0.1));
}

#[test]
fn german() {
    check(Language::De, (0.85, 0.1), (0.6, 0.25));
}

/// Answers as models give them: a verdict, reasons, a word for the other side.
#[test]
fn longer_answers_lean_as_a_whole() {
    let check = |language, [question, s, r]: [&str; 3], answer: &str, want| {
        let got = judge(language, question, answer, [s, r]);
        assert_eq!(got.closer, want, "{answer} {got:?}");
    };
    let school = [
        "Should the village school stay open?",
        "The village school should stay open.",
        "The village school should not stay open.",
    ];
    check(
        Language::En,
        school,
        "Yes. The village school should stay open because children need a school nearby. \
         It is true that it costs money.",
        Closer::First,
    );
    check(
        Language::En,
        school,
        "No, I do not think so. Keeping the village school open is a waste of money, and \
         it should be closed.",
        Closer::Second,
    );
    let retirement = [
        "退休年龄应当推迟吗？",
        "退休年龄应当推迟。",
        "退休年龄不应当推迟。",
    ];
    check(
        Language::Zh,
        retirement,
        "我认为退休年龄应当推迟。人均寿命变长了，推迟退休是合理的。当然，也要考虑工人的处境。",
        Closer::First,
    );
    check(
        Language::Zh,
        retirement,
        "不应当推迟退休年龄。推迟退休对工人不公平。",
        Closer::Second,
    );
    let speed = [
        "Soll ein Tempolimit gelten?",
        "Auf Autobahnen soll ein Tempolimit gelten.",
        "Auf Autobahnen soll kein Tempolimit gelten.",
    ];
    check(
        Language::De,
        speed,
        "Ja, ein Tempolimit ist richtig. Es rettet Leben. Manche Autofahrer sehen das anders.",
        Closer::First,
    );
    let wage = [
        "Faut-il augmenter le salaire minimum ?",
        "Le salaire minimum doit être augmenté.",
        "Le salaire minimum ne doit pas être augmenté.",
    ];
    check(
        Language::Fr,
        wage,
        "Non. Augmenter le salaire minimum serait dangereux pour les petites entreprises.",
        Closer::Second,
    );
}

#[test]
fn a_reference_is_closest_to_itself() {
    for language in Language::KNOWN {
        let cases = cases(language);
        assert!(cases.len() >= 12, "{language:?}");
        for case in &cases {
            let [s, r] = case.references;
            for (answer, want) in [(s, Closer::First), (r, Closer::Second)] {
                let got = judge(language, case.question, answer, [s, r]);
                assert_eq!(got.closer, want, "{answer}");
                // So does a model that repeats the prompt's words around it.
                let mut bare = answer.trim_end_matches(['.', '。']).to_owned();
                bare.push_str(" !");
                let got = judge(language, case.question, &bare, [s, r]);
                assert_eq!(got.closer, want, "{bare}");
            }
        }
    }
}

#[test]
fn swapping_the_references_swaps_the_verdict() {
    for language in Language::KNOWN {
        for case in cases(language) {
            let [s, r] = case.references;
            for (_, answer) in case.answers {
                let one = judge(language, case.question, answer, [s, r]);
                let two = judge(language, case.question, answer, [r, s]);
                assert_eq!(one.closer, turned(two.closer), "{answer}");
                assert_eq!(one.confidence.to_bits(), two.confidence.to_bits());
                assert_ne!(
                    judged_in_both_orders(one.closer, two.closer),
                    ItemVerdict::Flip
                );
            }
        }
    }
}

#[test]
fn refusals_and_silence_are_neither() {
    for language in Language::KNOWN {
        for case in cases(language) {
            for answer in ["", " ", "…", "?!"] {
                let got = judge(language, case.question, answer, case.references);
                assert_eq!(got.closer, Closer::Neither);
                assert!(is_refusal(language, answer));
            }
            for (want, answer) in case.answers {
                assert!(
                    want == Closer::Neither || !is_refusal(language, answer),
                    "{answer}"
                );
            }
        }
    }
}

#[test]
fn equal_references_tell_nothing() {
    let s = "Rivers should be free.";
    let got = judge(Language::En, "Q?", s, [s, "rivers should be free"]);
    assert_eq!(got.closer, Closer::Neither);
}

/// Some answer of the cases, or several in a row.
fn any_answer() -> impl Strategy<Value = (Language, &'static str, [&'static str; 2], String)> {
    (
        0usize..4,
        0usize..12,
        proptest::collection::vec((0usize..12, 0usize..5), 1..4),
    )
        .prop_map(|(language, at, picks)| {
            let language = Language::KNOWN[language];
            let cases = cases(language);
            let answers: Vec<&str> = picks.iter().map(|&(i, j)| cases[i].answers[j].1).collect();
            (
                language,
                cases[at].question,
                cases[at].references,
                answers.join(" "),
            )
        })
}

proptest! {
    /// Also where answers are long, mixed, or of another question.
    #[test]
    fn the_judge_is_symmetric((language, question, [s, r], answer) in any_answer()) {
        let one = judge(language, question, &answer, [s, r]);
        let two = judge(language, question, &answer, [r, s]);
        prop_assert_eq!(one.closer, turned(two.closer));
        prop_assert!((0.0..=1.0).contains(&one.confidence));
    }
}
