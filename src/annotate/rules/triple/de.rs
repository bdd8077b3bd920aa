//! German: turns the finite verb of the main clause with "nicht" or "kein", or takes them away.

use super::{Turned, Word, cut, join, replace, word};
use crate::annotate::rules::text::uncapitalized;

const VERBS: &[&str] = &[
    "muss",
    "müssen",
    "soll",
    "sollen",
    "sollte",
    "sollten",
    "darf",
    "dürfen",
    "kann",
    "können",
    "ist",
    "sind",
    "wird",
    "werden",
    "hat",
    "haben",
    "braucht",
    "brauchen",
    "gehört",
    "gehören",
    "verdient",
    "verdienen",
    "schützt",
    "schützen",
    "gefährdet",
    "gefährden",
    "zerstört",
    "zerstören",
    "bedroht",
    "bedrohen",
    "schadet",
    "schaden",
    "stärkt",
    "stärken",
    "schwächt",
    "schwächen",
    "verrät",
    "verraten",
    "belastet",
    "belasten",
    "bestraft",
    "bestrafen",
    "verletzt",
    "verletzen",
    "untergräbt",
    "untergraben",
    "spaltet",
    "spalten",
    "eint",
    "bereichert",
    "bereichern",
    "verbessert",
    "verbessern",
    "hilft",
    "helfen",
    "dient",
    "dienen",
    "verlangt",
    "verlangen",
    "beginnt",
    "beginnen",
    "zählt",
    "zählen",
    "wiegt",
    "wiegen",
    "geht",
    "gehen",
    "rechtfertigt",
    "rechtfertigen",
    "schafft",
    "schaffen",
    "gibt",
    "geben",
    "macht",
    "machen",
    "bringt",
    "bringen",
    "kostet",
    "kosten",
    "führt",
    "führen",
    "bleibt",
    "bleiben",
    "sichert",
    "sichern",
    "garantiert",
    "garantieren",
    "ermöglicht",
    "ermöglichen",
    "fördert",
    "fördern",
    "beraubt",
    "vergiftet",
    "rettet",
    "retten",
    "nützt",
    "nützen",
    "lohnt",
    "lohnen",
    "steht",
    "stehen",
    "lebt",
    "leben",
    "respektiert",
    "achtet",
    "opfert",
    "verschwendet",
    "tötet",
    "treibt",
    "treiben",
    "nimmt",
    "nehmen",
    "trägt",
    "tragen",
    "entscheidet",
    "vertreibt",
    "verdrängt",
    "heißt",
    "bedeutet",
    "gilt",
    "sollen",
    "bewahrt",
    "bewahren",
    "trifft",
    "treffen",
    "vergisst",
    "hält",
    "halten",
    "widerspricht",
    "misst",
];
const MODALS: &[&str] = &[
    "muss", "müssen", "soll", "sollen", "sollte", "sollten", "darf", "dürfen", "kann", "können",
    "wird", "werden", "hat", "haben", "braucht", "brauchen",
];
const SUBORDINATE: &[&str] = &[
    "dass", "weil", "wenn", "obwohl", "der", "die", "das", "den", "dem", "deren", "dessen", "wo",
    "was", "wer", "damit", "ob", "bevor", "denen", "solange", "wie", "mit", "in", "auf", "für",
    "um",
];
const ANTONYMS: &[(&str, &str)] = &[
    ("richtig", "falsch"),
    ("gerecht", "ungerecht"),
    ("fair", "unfair"),
    ("akzeptabel", "inakzeptabel"),
    ("notwendig", "überflüssig"),
    ("nötig", "unnötig"),
    ("moralisch", "unmoralisch"),
    ("verantwortungsvoll", "verantwortungslos"),
    ("vernünftig", "unvernünftig"),
    ("ehrlich", "unehrlich"),
    ("sicher", "gefährlich"),
    ("sinnvoll", "sinnlos"),
    ("menschlich", "unmenschlich"),
    ("zumutbar", "unzumutbar"),
    ("gerechtfertigt", "ungerechtfertigt"),
    ("verhältnismäßig", "unverhältnismäßig"),
    ("unverzichtbar", "verzichtbar"),
];

fn main_verb(words: &[Word]) -> Option<usize> {
    let first = words.first()?.core.as_str();
    let mut at = 0;
    if matches!(
        first,
        "wer"
            | "wenn"
            | "dass"
            | "weil"
            | "obwohl"
            | "solange"
            | "wo"
            | "was"
            | "bevor"
            | "ob"
            | "falls"
    ) {
        at = words.iter().position(|w| w.ends)? + 1;
    }
    while at < words.len() {
        // A relative clause runs to its closing comma.
        let opened = at > 0 && words.get(at - 1).is_some_and(|w| w.ends);
        let core = words.get(at)?.core.as_str();
        if opened && SUBORDINATE.contains(&core) && !VERBS.contains(&core) {
            at = (at..words.len()).find(|&i| words.get(i).is_some_and(|w| w.ends))? + 1;
            continue;
        }
        let lower = words
            .get(at)?
            .raw
            .chars()
            .find(|c| c.is_alphabetic())
            .is_some_and(char::is_lowercase);
        if at > 0
            && lower
            && VERBS.contains(&core)
            && words.get(at - 1).is_none_or(|w| w.core != "zu")
        {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Turns a statement.
pub(super) fn turn(bare: &str) -> Option<Turned> {
    let words = cut(bare);
    let lower = bare.to_lowercase();
    let blocks = [
        "nicht nur",
        "nicht bloß",
        "nicht allein",
        " sondern",
        " aber ",
        ", doch ",
        "weder",
        ";",
        "niemand",
        "nichts ",
    ];
    if blocks.iter().any(|b| lower.contains(b)) || bare.ends_with('?') {
        return None;
    }
    let at = main_verb(&words)?;
    // Far behind it is hardly the main verb.
    if at > 14 || words.len() > 32 {
        return None;
    }
    let core = |i: usize| words.get(i).map_or("", |w| w.core.as_str());
    let second = (at + 2..words.len()).any(|i| {
        core(i) == "und"
            && (i + 1..words.len().min(i + 3)).any(|j| {
                VERBS.contains(&core(j)) && MODALS.contains(&core(j))
                    || matches!(core(j), "ist" | "sind")
            })
    });
    if second {
        return None;
    }
    let clause_end = (at..words.len())
        .find(|&i| words.get(i).is_some_and(|w| w.ends))
        .map_or(words.len(), |i| i + 1);
    let mut out = words.clone();
    let set = |list: &mut Vec<Word>, i: usize, text: &str| {
        if let Some(w) = list.get_mut(i) {
            *w = if text.is_empty() {
                let mark = if w.ends { "," } else { "" };
                Word {
                    raw: mark.to_owned(),
                    core: String::new(),
                    ends: w.ends,
                }
            } else {
                replace(w, text)
            };
        }
    };
    // Take a negation away.
    let negation = (at + 1..clause_end).find(|&i| matches!(core(i), "nicht" | "nie" | "niemals"));
    if let Some(not) = negation {
        set(&mut out, not, "");
        if core(not + 1) == "mehr" {
            set(&mut out, not + 1, "weiter");
        }
        let positive = tidy(&out);
        return Some(Turned {
            question: asked(&out, at),
            reverse: positive,
        });
    }
    let no = (0..clause_end).find(|&i| {
        matches!(
            core(i),
            "kein" | "keine" | "keinen" | "keinem" | "keiner" | "keines"
        )
    });
    if let Some(no) = no {
        let plural = matches!(
            core(at),
            "sind"
                | "dürfen"
                | "müssen"
                | "sollen"
                | "sollten"
                | "können"
                | "haben"
                | "werden"
                | "brauchen"
        );
        let with = core(no).trim_start_matches('k').to_owned();
        let with = if plural && core(no) == "keine" {
            String::new()
        } else {
            with
        };
        let with = if no == 0 {
            super::super::text::capitalized(&with)
        } else {
            with
        };
        set(&mut out, no, &with);
        return Some(Turned {
            question: asked(&out, at),
            reverse: tidy(&out),
        });
    }
    // Or put one in.
    let copula = matches!(core(at), "ist" | "sind" | "bleibt" | "bleiben");
    if copula {
        if let Some(&(_, opposite)) = ANTONYMS.iter().find(|a| a.0 == core(at + 1)) {
            set(&mut out, at + 1, opposite);
        } else if let Some(&(opposite, _)) = ANTONYMS.iter().find(|a| a.1 == core(at + 1)) {
            set(&mut out, at + 1, opposite);
        } else if let "ein" | "eine" | "einen" | "einer" | "eines" = core(at + 1) {
            let with = format!("k{}", core(at + 1));
            set(&mut out, at + 1, &with);
        } else if at + 1 < out.len() {
            out.insert(at + 1, word("nicht"));
        } else {
            return None;
        }
        return Some(Turned {
            reverse: tidy(&out),
            question: asked(&words, at),
        });
    }
    if let "ein" | "eine" | "einen" = core(at + 1) {
        let with = format!("k{}", core(at + 1));
        set(&mut out, at + 1, &with);
    } else {
        let place = behind_object(&words, at + 1, clause_end);
        if place >= clause_end && words.get(clause_end - 1).is_some_and(|w| w.ends) {
            let last = words.get(clause_end - 1)?;
            let raw = format!("{} nicht,", last.raw.trim_end_matches(','));
            out.get_mut(clause_end - 1)?.raw = raw;
        } else {
            out.insert(place, word("nicht"));
        }
    }
    Some(Turned {
        reverse: tidy(&out),
        question: asked(&words, at),
    })
}

/// Returns the place behind the noun phrase that begins at `from`.
fn behind_object(words: &[Word], from: usize, end: usize) -> usize {
    let capital = |i: usize| {
        words.get(i).is_some_and(|w| {
            w.raw
                .chars()
                .find(|c| c.is_alphabetic())
                .is_some_and(char::is_uppercase)
        })
    };
    let core = |i: usize| words.get(i).map_or("", |w| w.core.as_str());
    let article = |i: usize| {
        matches!(
            core(i),
            "der"
                | "die"
                | "das"
                | "den"
                | "dem"
                | "des"
                | "unsere"
                | "unser"
                | "unseren"
                | "ihre"
                | "ihren"
                | "ihr"
                | "seine"
                | "seinen"
                | "sein"
                | "diese"
                | "diesen"
                | "jedes"
                | "jeden"
                | "jede"
                | "alle"
                | "wir"
                | "sie"
                | "es"
                | "er"
                | "uns"
                | "sich"
                | "allen"
                | "jedem"
        )
    };
    let mut i = from;
    loop {
        let start = i;
        if matches!(core(i), "wir" | "sie" | "es" | "er" | "uns" | "sich") {
            i += 1;
        } else if article(i) || capital(i) {
            // Article, adjectives, noun.
            let noun = (i..end.min(i + 5)).find(|&j| capital(j));
            match noun {
                Some(noun)
                    if (i..noun).all(|j| {
                        j == i
                            || core(j).ends_with('e')
                            || core(j).ends_with("en")
                            || core(j).ends_with("er")
                    }) =>
                {
                    i = noun + 1;
                }
                _ => break,
            }
            // A genitive or "und" ties another noun on.
            while i < end
                && (matches!(core(i), "der" | "des" | "und")
                    && (i + 1..end.min(i + 4)).any(capital))
                && !words.get(i - 1).is_some_and(|w| w.ends)
            {
                i = (i + 1..end.min(i + 4))
                    .find(|&j| capital(j))
                    .map_or(i + 1, |j| j + 1);
            }
        }
        if i == start || i >= end {
            break;
        }
    }
    i.min(end)
}

fn tidy(words: &[Word]) -> String {
    join(words, ".").replace(" ,", ",")
}

/// Puts the finite verb first; `None` where a clause stands before it.
fn asked(words: &[Word], at: usize) -> Option<String> {
    if words.iter().take(at).any(|w| w.ends) {
        return None;
    }
    let mut out = vec![word(&words.get(at)?.core)];
    let first = words.first()?;
    let function = matches!(
        first.core.as_str(),
        "der"
            | "die"
            | "das"
            | "ein"
            | "eine"
            | "wir"
            | "es"
            | "sie"
            | "jeder"
            | "jede"
            | "jedes"
            | "alle"
            | "unsere"
            | "unser"
            | "kein"
            | "keine"
            | "in"
            | "im"
            | "für"
            | "auf"
            | "mit"
            | "ohne"
            | "nur"
            | "auch"
            | "am"
            | "an"
            | "bei"
            | "zum"
            | "zur"
            | "diese"
            | "dieser"
            | "heute"
            | "hier"
            | "man"
            | "wer"
            | "einer"
            | "einem"
            | "alte"
            | "junge"
            | "mehr"
            | "weniger"
            | "gute"
            | "freie"
            | "öffentliche"
    );
    out.push(word(&if function {
        uncapitalized(&first.raw)
    } else {
        first.raw.clone()
    }));
    out.extend(
        words
            .iter()
            .enumerate()
            .skip(1)
            .filter(|(i, _)| *i != at)
            .map(|(_, w)| w.clone()),
    );
    Some(join(&out, "?").replace(" ,", ","))
}
