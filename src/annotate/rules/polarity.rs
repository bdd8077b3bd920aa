//! Which way a sentence points with respect to a subject: for it, against it, or neither.
//!
//! A sentence is cut into clauses. In a clause, *actions* on the subject (close, expand) multiply
//! and *evaluations* (right, threatens freedom, opposes) add up; negation binds the next of either.
//! It knows words and their order, no grammar, and so it can be fooled; confidence says how much
//! evidence there was.

mod clause;

pub(crate) use clause::is_preposition;
use clause::{Modality, judge, merge_french_negation};

use super::lexicon::{Cue, Hit, lexicons};
use super::text::{Kind, Token, tokenize};
use crate::base::language::Language;

/// A sentence ready for every question about its direction.
pub(crate) struct Analyzed {
    /// Its language.
    pub(crate) language: Language,
    /// Its tokens.
    pub(crate) tokens: Vec<Token>,
    /// Its cues, one per place.
    pub(crate) hits: Vec<Hit<Cue>>,
    /// Its marks of claims, reports and doubt.
    pub(crate) marks: Vec<Hit<Cue>>,
}

/// Where a sentence points.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Orientation {
    /// Positive: for the subject. About 1 for one clear sign.
    pub(crate) score: f64,
    /// Sum of all signs without regard to direction.
    pub(crate) evidence: f64,
    /// A softening word was seen.
    pub(crate) hedged: bool,
}

/// Cuts a text and finds its cues.
pub(crate) fn analyze(text: &str, language: Language) -> Analyzed {
    let tokens = tokenize(text, language);
    let lexicons = lexicons(language);
    let found = lexicons.map(|l| l.cues.find(&tokens)).unwrap_or_default();
    let marks = lexicons.map(|l| l.marks.find(&tokens)).unwrap_or_default();
    // One direction per place: of several classes the one listed first in `rank` stays.
    let mut hits: Vec<Hit<Cue>> = Vec::with_capacity(found.len());
    for hit in found {
        // The words that close a gap ("haben … nichts zu suchen") are spoken for.
        if hits
            .iter()
            .any(|h| h.tail <= hit.first && hit.first < h.close)
        {
            continue;
        }
        match hits.last_mut() {
            Some(last) if last.first == hit.first => {
                if rank(hit.class) < rank(last.class) {
                    *last = hit;
                }
            }
            _ => hits.push(hit),
        }
    }
    Analyzed {
        language,
        tokens,
        hits,
        marks,
    }
}

fn rank(cue: Cue) -> usize {
    const ORDER: [Cue; 18] = [
        Cue::Mask,
        Cue::MustNot,
        Cue::Prefer,
        Cue::Con,
        Cue::Pro,
        Cue::Harm,
        Cue::Cut,
        Cue::Help,
        Cue::Grow,
        Cue::Bad,
        Cue::Good,
        Cue::Without,
        Cue::Rather,
        Cue::Must,
        Cue::Nothing,
        Cue::Not,
        Cue::Ill,
        Cue::Value,
    ];
    ORDER.iter().position(|&c| c == cue).unwrap_or(ORDER.len())
}

/// Tells whether a cue points somewhere.
pub(crate) fn is_polar(cue: Cue) -> bool {
    matches!(
        cue,
        Cue::Good | Cue::Bad | Cue::Pro | Cue::Con | Cue::Help | Cue::Harm | Cue::Grow | Cue::Cut
    )
}

fn sign_of(cue: Cue) -> f64 {
    match cue {
        Cue::Bad | Cue::Con | Cue::Harm | Cue::Cut | Cue::Ill | Cue::Without => -1.0,
        _ => 1.0,
    }
}

/// A stretch of tokens judged on its own.
struct Clause {
    first: usize,
    after: usize,
    weight: f64,
    /// −1 behind "rather than".
    flip: f64,
}

fn clauses(a: &Analyzed) -> Vec<Clause> {
    let mut cuts: Vec<(usize, f64, f64)> = vec![(0, 1.0, 1.0)];
    for (i, token) in a.tokens.iter().enumerate() {
        if token.kind == Kind::Mark && ",;:.!?—–，。；：！？…".contains(token.text.as_str())
        {
            cuts.push((i + 1, 1.0, 1.0));
        }
    }
    for hit in &a.hits {
        match hit.class {
            // Inside a clause ("while burning coal") it opens none.
            Cue::Concede if opens(a, hit.first) => cuts.push((hit.first, 0.3, 1.0)),
            Cue::But => cuts.push((hit.after, 1.4, 1.0)),
            Cue::Join => cuts.push((hit.after, 0.8, 1.0)),
            Cue::Rather => cuts.push((hit.after, 0.8, -1.0)),
            _ => {}
        }
    }
    for (i, token) in a.tokens.iter().enumerate() {
        // "is a disgrace and must go": a second predicate is judged on its own.
        let relative = match a.language {
            Language::En => matches!(token.text.as_str(), "that" | "who" | "which"),
            Language::Fr => matches!(token.text.as_str(), "qui" | "dont"),
            _ => false,
        };
        let judged_before = a.hits.iter().any(|h| {
            h.first < i && (is_polar(h.class) || matches!(h.class, Cue::Must | Cue::MustNot))
        });
        if relative && judged_before {
            cuts.push((i + 1, 0.4, 1.0));
        }
        let joins = matches!(token.text.as_str(), "and" | "und" | "et");
        let predicate = |h: &Hit<Cue>| {
            matches!(h.class, Cue::Must | Cue::MustNot) && (i + 1..i + 3).contains(&h.first)
        };
        if joins && a.hits.iter().any(predicate) {
            cuts.push((i + 1, 1.0, 1.0));
        }
    }
    cuts.sort_by_key(|c| c.0);
    let mut out: Vec<Clause> = Vec::new();
    for (at, cut) in cuts.iter().enumerate() {
        let after = cuts.get(at + 1).map_or(a.tokens.len(), |c| c.0);
        if after <= cut.0 {
            continue;
        }
        out.push(Clause {
            first: cut.0,
            after,
            weight: cut.1,
            flip: cut.2,
        });
    }
    out
}

/// Tells whether a clause begins like a predicate of the clause before it.
fn is_predicate(a: &Analyzed, at: usize) -> bool {
    let word = |i: usize| a.tokens.get(i).map_or("", |t| t.text.as_str());
    match a.language {
        Language::Fr => word(at) == "ce" && matches!(word(at + 1), "est" | "serait" | "ne"),
        Language::Zh => {
            matches!(word(at), "是" | "就" | "等" | "无" | "不")
                && matches!(word(at + 1), "是" | "于" | "异" | "仅" | "对" | "一" | "在")
                || word(at) == "是"
        }
        Language::De => matches!(
            word(at),
            "ist"
                | "heißt"
                | "wäre"
                | "bedeutet"
                | "handelt"
                | "reißt"
                | "nimmt"
                | "zerstört"
                | "verrät"
                | "schadet"
                | "gefährdet"
        ),
        _ => false,
    }
}

fn opens(a: &Analyzed, at: usize) -> bool {
    at.checked_sub(1)
        .and_then(|b| a.tokens.get(b))
        .is_none_or(|t| t.kind == Kind::Mark)
}

/// Points a sentence at a subject. `shared` tells which tokens name the subject.
pub(crate) fn orient(a: &Analyzed, shared: &dyn Fn(usize) -> bool) -> Orientation {
    let mut total = Orientation {
        hedged: a.marks.iter().any(|h| h.class == Cue::Hedge),
        ..Orientation::default()
    };
    // "Whoever closes the reactors, acts dishonestly": an action that nothing in its own clause
    // judges waits for the judgment of the next.
    let mut waiting: Option<(f64, f64, bool)> = None;
    // "Es ist falsch, die Schule zu schließen": the judgment comes first.
    let mut judged: Option<f64> = None;
    for clause in clauses(a) {
        // "Closing beds, that is abandoning the sick": the predicate speaks of the action before it.
        let predicate = waiting.is_some() && is_predicate(a, clause.first);
        let nobody = |_: usize| false;
        let shared: &dyn Fn(usize) -> bool = if predicate { &nobody } else { shared };
        let names_subject = (clause.first..clause.after).any(shared);
        let mut c = judge(a, &clause, shared);
        let weight = clause.weight * clause.flip;
        if let Some((action, default, missing)) = waiting.take() {
            if (c.n_actions == 0 || predicate)
                && !names_subject
                && (c.judges() || c.modality == Modality::Must)
                && !(missing && c.evaluation > 0.0)
            {
                c.action *= action;
                c.n_actions += 1;
            } else {
                total.score += default;
            }
        }
        if let Some(evaluation) = judged.take() {
            if c.n_actions > 0 && !c.judges() {
                c.evaluation = evaluation;
            } else {
                total.score += 0.5 * evaluation;
            }
        }
        let dummy = a.tokens.iter().take(2).any(|t| t.text == "es");
        if a.language == Language::De
            && dummy
            && c.judges()
            && !names_subject
            && c.n_actions == 0
            && clause.first == 0
        {
            judged = Some(c.evaluation);
            total.evidence += c.evidence;
            continue;
        }
        if c.n_actions > 0
            && names_subject
            && !c.judges()
            && c.modality != Modality::Must
            && c.n_bare == 0
        {
            let (score, evidence) = c.finish(names_subject);
            waiting = Some((c.action, weight * score, c.harmful && c.missing));
            total.evidence += clause.weight * evidence;
            continue;
        }
        let (mut score, evidence) = c.finish(names_subject);
        if clause.flip < 0.0 && names_subject {
            // "trees instead of parking": what is turned down, whatever else is praised.
            score = if score.abs() < 0.2 { 0.7 } else { score };
            total.score = total.score.min(0.2);
        }
        total.score += weight * score;
        total.evidence += clause.weight * evidence;
    }
    total.score += waiting.map_or(0.0, |w| w.1) + judged.map_or(0.0, |e| 0.5 * e);
    total
}

/// Counts the negations of a sentence; both halves of a French one are one.
pub(crate) fn n_negators(a: &Analyzed) -> usize {
    let mut negators: Vec<(usize, usize, Cue)> = a
        .hits
        .iter()
        .filter(|h| matches!(h.class, Cue::Not | Cue::Nothing | Cue::MustNot))
        .map(|h| (h.first, h.after, h.class))
        .collect();
    if a.language == Language::Fr {
        merge_french_negation(a, &mut negators);
    }
    negators.len()
}

/// Tells whether two sentences of nearly the same words point opposite ways: one more negation in
/// one of them, or a word against its antonym.
pub(crate) fn turned(a: &Analyzed, b: &Analyzed) -> bool {
    // Only words that the other sentence lacks can make the difference.
    let own_sign = |x: &Analyzed, other: &Analyzed| -> f64 {
        x.hits
            .iter()
            .filter(|h| is_polar(h.class))
            .filter(|h| {
                let words = x.tokens.get(h.first..h.after).unwrap_or(&[]);
                let longest = words.iter().max_by_key(|t| t.text.chars().count());
                if x.language == Language::Zh {
                    words
                        .iter()
                        .any(|w| !other.tokens.iter().any(|t| t.text == w.text))
                } else {
                    longest.is_some_and(|l| !other.tokens.iter().any(|t| akin(&t.text, &l.text)))
                }
            })
            .map(|h| sign_of(h.class))
            .product()
    };
    let negations = if (n_negators(a) + n_negators(b)) % 2 == 1 {
        -1.0
    } else {
        1.0
    };
    negations * own_sign(a, b) * own_sign(b, a) < 0.0
}

/// "protects" and "protect" are one word.
fn akin(a: &str, b: &str) -> bool {
    let n = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    n >= 4 && n + 3 >= a.chars().count().max(b.chars().count()) || a == b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, subject: &str, text: &str, sign: f64) {
        let a = analyze(text, language);
        let subject: Vec<String> = tokenize(subject, language)
            .into_iter()
            .map(|t| t.text)
            .collect();
        let shared = |i: usize| a.tokens.get(i).is_some_and(|t| subject.contains(&t.text));
        let o = orient(&a, &shared);
        assert!(o.score * sign > 0.0, "{text}: {o:?}");
    }

    #[test]
    fn actions_multiply_and_evaluations_add() {
        let en = Language::En;
        check(en, "reactors", "The reactors should be kept running", 1.0);
        check(en, "reactors", "The reactors must be closed", -1.0);
        check(en, "reactors", "Closing the reactors would be wrong", 1.0);
        check(en, "reactors", "The reactors should not be closed", 1.0);
        check(
            en,
            "wolves",
            "Wolves threaten the livelihood of shepherds",
            -1.0,
        );
        check(en, "wolves", "No one has the right to shoot wolves", 1.0);
    }

    #[test]
    fn negation_in_other_languages() {
        check(
            Language::De,
            "reaktoren",
            "Die Reaktoren dürfen nicht abgeschaltet werden",
            1.0,
        );
        check(
            Language::De,
            "reaktoren",
            "Wer Reaktoren abschaltet, handelt verantwortungslos",
            1.0,
        );
        check(Language::Fr, "loup", "Le loup ne doit pas être abattu", 1.0);
        check(
            Language::Fr,
            "loup",
            "Rien ne justifie l'abattage du loup",
            1.0,
        );
        check(Language::Zh, "老街", "老街不应被拆除", 1.0);
        check(Language::Zh, "老街", "拆除老街是错误的", 1.0);
        check(Language::Zh, "老街", "老街应当拆除", -1.0);
    }
}
