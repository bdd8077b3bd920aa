//! English: turns the first main modal, copula or known verb. Parses no grammar beyond that.

use super::{Turned, Word, cut, join, replace, word};
use crate::annotate::rules::lexicon::lexicons;
use crate::annotate::rules::text::{tokenize, uncapitalized};
use crate::base::language::Language;

const STARTERS: &[&str] = &[
    "who", "which", "that", "if", "when", "because", "while", "although", "where", "whose",
    "unless", "since", "whoever", "whether",
];
/// Verbs in their base form, for "does not …".
const VERBS: &[&str] = &[
    "protect",
    "threaten",
    "harm",
    "destroy",
    "belong",
    "deserve",
    "need",
    "owe",
    "save",
    "serve",
    "strengthen",
    "weaken",
    "betray",
    "burden",
    "punish",
    "violate",
    "undermine",
    "erode",
    "endanger",
    "damage",
    "ruin",
    "divide",
    "unite",
    "enrich",
    "improve",
    "help",
    "require",
    "demand",
    "depend",
    "begin",
    "end",
    "matter",
    "outweigh",
    "come",
    "justify",
    "create",
    "build",
    "give",
    "make",
    "keep",
    "bring",
    "hold",
    "lead",
    "mean",
    "remain",
    "preserve",
    "secure",
    "guarantee",
    "foster",
    "encourage",
    "invite",
    "reward",
    "rob",
    "deprive",
    "exploit",
    "neglect",
    "poison",
    "breed",
    "fuel",
    "drive",
    "turn",
    "show",
    "offer",
    "provide",
    "support",
    "oppose",
    "reject",
    "welcome",
    "respect",
    "honor",
    "honour",
    "count",
    "weigh",
    "work",
    "pay",
    "benefit",
    "start",
    "rest",
    "stand",
    "live",
    "grow",
    "teach",
    "prove",
    "earn",
    "merit",
    "outrank",
    "define",
    "insult",
    "mock",
    "feed",
    "heal",
    "bind",
    "connect",
    "contribute",
    "ensure",
    "promote",
    "allow",
    "ignore",
    "forget",
    "want",
    "carry",
    "trample",
    "silence",
    "stifle",
    "sacrifice",
    "waste",
    "squander",
    "kill",
    "solve",
    "fail",
    "take",
    "leave",
    "restore",
    "enable",
    "sustain",
    "spoil",
    "remind",
    "reduce",
    "raise",
    "lose",
];
const ANTONYMS: &[(&str, &str)] = &[
    ("right", "wrong"),
    ("fair", "unfair"),
    ("acceptable", "unacceptable"),
    ("legitimate", "illegitimate"),
    ("necessary", "unnecessary"),
    ("moral", "immoral"),
    ("justified", "unjustified"),
    ("responsible", "irresponsible"),
    ("reasonable", "unreasonable"),
    ("honest", "dishonest"),
    ("ethical", "unethical"),
    ("safe", "dangerous"),
    ("wise", "unwise"),
    ("worthwhile", "pointless"),
    ("essential", "dispensable"),
    ("humane", "inhumane"),
    ("useful", "useless"),
];

enum Verb {
    Modal,
    Copula,
    Have,
    Full { base: &'static str, third: bool },
}

fn kind_of(words: &[Word], at: usize) -> Option<Verb> {
    let core = words.get(at)?.core.as_str();
    // The month is no modal.
    if core == "may" && at > 0 && words.get(at)?.raw.starts_with('M') {
        return None;
    }
    let before = at
        .checked_sub(1)
        .and_then(|b| words.get(b))
        .map_or("", |w| w.core.as_str());
    match core {
        "should" | "must" | "ought" | "can" | "cannot" | "can't" | "could" | "may" | "might"
        | "will" | "won't" | "would" | "shouldn't" | "mustn't" | "shall" | "couldn't"
        | "wouldn't" => Some(Verb::Modal),
        "is" | "are" | "isn't" | "aren't" | "was" | "were" => Some(Verb::Copula),
        "has" | "have" => Some(Verb::Have),
        _ => {
            let after_to = matches!(
                before,
                "to" | "the"
                    | "a"
                    | "an"
                    | "of"
                    | "and"
                    | "not"
                    | "never"
                    | "our"
                    | "its"
                    | "their"
                    | "your"
                    | "for"
                    | ""
            );
            VERBS.iter().find_map(|&base| {
                if third_person(base) == core
                    && !matches!(
                        before,
                        "the" | "a" | "an" | "of" | "our" | "its" | "their" | ""
                    )
                {
                    return Some(Verb::Full { base, third: true });
                }
                let far = at.saturating_sub(6);
                let those = words
                    .get(far..at)
                    .unwrap_or(&[])
                    .iter()
                    .any(|w| w.core == "those");
                let plural = before.ends_with('s')
                    || those
                    || matches!(
                        before,
                        "we" | "they" | "people" | "children" | "women" | "men" | "workers"
                    );
                (base == core && plural && !after_to).then_some(Verb::Full { base, third: false })
            })
        }
    }
}

fn third_person(base: &str) -> String {
    if base.ends_with("sh") || base.ends_with("ch") || base.ends_with('s') || base.ends_with('x') {
        format!("{base}es")
    } else if base.ends_with('y') && !base.ends_with("ay") && !base.ends_with("oy") {
        format!("{}ies", base.trim_end_matches('y'))
    } else {
        format!("{base}s")
    }
}

/// Finds the main verb: not right behind "who" or "that", not inside a leading "if …," clause.
fn main_verb(words: &[Word]) -> Option<(usize, Verb)> {
    let mut at = 0;
    if words.first().is_some_and(|w| {
        matches!(
            w.core.as_str(),
            "if" | "when" | "because" | "while" | "although" | "where" | "unless" | "since"
        )
    }) {
        at = words.iter().position(|w| w.ends)? + 1;
    }
    while at < words.len() {
        let core_at =
            |i: Option<usize>| i.and_then(|i| words.get(i)).map_or("", |w| w.core.as_str());
        let behind_starter = STARTERS.contains(&core_at(at.checked_sub(1)))
            || (STARTERS.contains(&core_at(at.checked_sub(2)))
                && (matches!(
                    core_at(at.checked_sub(1)),
                    "only" | "never" | "always" | "once" | "we" | "they" | "it"
                ) || core_at(at.checked_sub(1)).ends_with("ly")));
        match kind_of(words, at) {
            Some(verb) if !behind_starter => return Some((at, verb)),
            _ => at += 1,
        }
    }
    None
}

/// Turns a statement.
pub(super) fn turn(bare: &str) -> Option<Turned> {
    let words = cut(bare);
    let first = words.first()?.core.as_str();
    if matches!(
        first,
        "no" | "nobody" | "nothing" | "none" | "neither" | "never" | "not" | "only"
    ) || bare.contains(" only ") && bare.contains(" not only ")
    {
        return None;
    }
    // A second assertion behind "but" or a semicolon would stand unturned.
    if words
        .iter()
        .any(|w| w.core == "but" || w.raw.ends_with(';'))
        || bare.ends_with('?')
    {
        return None;
    }
    let (at, verb) = main_verb(&words)?;
    // Far behind, or behind a verb this list does not know, it is hardly the main one.
    let unknown_before = words
        .iter()
        .take(at)
        .any(|w| w.core.len() > 4 && w.core.ends_with("ed"));
    if at > 13
        || words.len() > 30
        || (matches!(verb, Verb::Full { .. }) && (at > 9 || unknown_before))
    {
        return None;
    }
    // "… and must not be sold": a second finite verb in the main clause.
    let second = words.iter().enumerate().skip(at + 2).any(|(i, w)| {
        w.core == "and"
            && (i + 1..words.len().min(i + 3))
                .any(|j| matches!(kind_of(&words, j), Some(Verb::Modal | Verb::Copula)))
    });
    if second {
        return None;
    }
    let core = |i: usize| words.get(i).map_or("", |w| w.core.as_str());
    if matches!(core(at + 1), "not") && matches!(core(at + 2), "only" | "just" | "merely" | "least")
    {
        return None;
    }
    let mut out = words.clone();
    let mut asked = words.clone();
    let set = |list: &mut Vec<Word>, i: usize, text: &str| {
        if let Some(w) = list.get_mut(i) {
            *w = if text.is_empty() {
                word("")
            } else {
                replace(w, text)
            };
        }
    };
    let negated = matches!(core(at + 1), "not" | "never")
        || core(at).ends_with("n't")
        || core(at) == "cannot";
    let helper: String;
    match verb {
        Verb::Modal => {
            let plain = plain_modal(core(at));
            if negated {
                if core(at) == plain {
                    set(&mut out, at + 1, "");
                    set(&mut asked, at + 1, "");
                }
                let turned = if plain == "must" { "may" } else { plain };
                set(&mut out, at, turned);
            } else {
                match plain {
                    "must" => set(&mut out, at, "need not"),
                    "can" => set(&mut out, at, "cannot"),
                    _ => set(&mut out, at, &format!("{plain} not")),
                }
            }
            helper = if plain == "must" && negated {
                "may".to_owned()
            } else {
                plain.to_owned()
            };
            set(&mut asked, at, "");
        }
        Verb::Copula => {
            let plain = core(at).trim_end_matches("n't").to_owned();
            if negated {
                if core(at) == plain {
                    set(&mut out, at + 1, "");
                    set(&mut asked, at + 1, "");
                }
                set(&mut out, at, &plain);
            } else if core(at + 1) == "no" {
                if matches!(core(at + 2), "longer" | "more" | "less") {
                    return None;
                }
                let article = article_for(core(at + 2));
                let with = if plain == "are" || plain == "were" {
                    ""
                } else {
                    article
                };
                set(&mut out, at + 1, with);
                set(&mut asked, at + 1, with);
            } else if let Some(&(_, opposite)) = ANTONYMS.iter().find(|a| a.0 == core(at + 1)) {
                set(&mut out, at + 1, opposite);
            } else if let Some(&(opposite, _)) = ANTONYMS.iter().find(|a| a.1 == core(at + 1)) {
                set(&mut out, at + 1, opposite);
            } else {
                set(&mut out, at, &format!("{plain} not"));
            }
            helper = plain;
            set(&mut asked, at, "");
        }
        Verb::Have => {
            let third = core(at) == "has";
            let does = if third { "does" } else { "do" };
            match core(at + 1) {
                "no" => {
                    let article = article_for(core(at + 2));
                    set(&mut out, at + 1, article);
                    set(&mut asked, at + 1, article);
                    set(&mut asked, at, "have");
                }
                "to" | "a" | "an" | "the" | "every" => {
                    set(&mut out, at, &format!("{does} not have"));
                    set(&mut asked, at, "have");
                }
                _ => {
                    let with = if negated {
                        core(at).to_owned()
                    } else {
                        format!("{} not", core(at))
                    };
                    set(&mut out, at, &with);
                    if negated {
                        set(&mut out, at + 1, "");
                    }
                    return Some(Turned {
                        reverse: join(&out, "."),
                        question: None,
                    });
                }
            }
            helper = does.to_owned();
        }
        Verb::Full { base, third } => {
            let does = if third { "does" } else { "do" };
            if matches!(core(at.wrapping_sub(1)), "not" | "never") {
                return None;
            }
            set(&mut out, at, &format!("{does} not {base}"));
            set(&mut asked, at, base);
            helper = does.to_owned();
        }
    }
    Some(Turned {
        reverse: join(&out, "."),
        question: Some(question(&asked, at, &helper)),
    })
}

fn plain_modal(core: &str) -> &str {
    match core {
        "cannot" | "can't" => "can",
        "shouldn't" => "should",
        "mustn't" => "must",
        "won't" => "will",
        "couldn't" => "could",
        "wouldn't" => "would",
        other => other,
    }
}

fn article_for(next: &str) -> &'static str {
    if next.starts_with(['a', 'e', 'i', 'o', 'u'])
        && !next.starts_with("uni")
        && !next.starts_with("eu")
    {
        "an"
    } else {
        "a"
    }
}

/// Puts the helper before the subject, behind a leading phrase that ends in a comma.
fn question(words: &[Word], at: usize, helper: &str) -> String {
    let lead = words
        .iter()
        .take(at)
        .rposition(|w| w.ends)
        .map_or(0, |i| i + 1);
    // A comma in the subject itself ("Schools, clinics and …") is no lead.
    let first = words.first().map_or("", |w| w.core.as_str());
    let is_lead = matches!(
        first,
        "in" | "if"
            | "when"
            | "for"
            | "at"
            | "on"
            | "after"
            | "without"
            | "because"
            | "while"
            | "where"
            | "as"
            | "under"
            | "before"
            | "since"
    );
    let lead = if is_lead { lead } else { 0 };
    let mut out: Vec<Word> = words.iter().take(lead).cloned().collect();
    out.push(word(helper));
    let rest = words.iter().skip(lead).cloned().collect::<Vec<_>>();
    let mut rest = rest.into_iter();
    if let Some(first) = rest.next() {
        out.push(word(&if lead == 0 {
            lowered(&first.raw)
        } else {
            first.raw.clone()
        }));
    }
    out.extend(rest);
    join(&out, "?")
}

/// Writes the first letter small unless a name or acronym begins the text.
pub(super) fn lowered(text: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default();
    let second_capital = text
        .split_whitespace()
        .nth(1)
        .is_some_and(|w| w.chars().next().is_some_and(char::is_uppercase));
    let acronym = first.chars().filter(|c| c.is_uppercase()).count() > 1 || first == "I";
    let tokens = tokenize(first, Language::En);
    let nation = lexicons(Language::En).is_some_and(|l| {
        l.topics
            .find(&tokens)
            .iter()
            .any(|h| h.class.sort == "nation")
    });
    let common = ["the", "a", "an", "no", "every", "our"].contains(&first.to_lowercase().as_str());
    if !common && (second_capital || acronym || nation) {
        text.to_owned()
    } else {
        uncapitalized(text)
    }
}
