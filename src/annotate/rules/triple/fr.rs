//! French: puts "ne … pas" around the main verb or takes it away.

use super::{Turned, Word, cut, join, replace, word};
use crate::annotate::rules::lexicon::lexicons;
use crate::annotate::rules::text::{tokenize, uncapitalized};
use crate::base::language::Language;

const VERBS: &[&str] = &[
    "doit",
    "doivent",
    "devrait",
    "devraient",
    "faut",
    "faudrait",
    "peut",
    "peuvent",
    "est",
    "sont",
    "a",
    "ont",
    "devons",
    "pouvons",
    "protège",
    "protègent",
    "menace",
    "menacent",
    "détruit",
    "détruisent",
    "mérite",
    "méritent",
    "appartient",
    "appartiennent",
    "sauve",
    "sauvent",
    "sert",
    "servent",
    "renforce",
    "renforcent",
    "affaiblit",
    "affaiblissent",
    "trahit",
    "trahissent",
    "nuit",
    "nuisent",
    "punit",
    "punissent",
    "viole",
    "violent",
    "ruine",
    "ruinent",
    "divise",
    "divisent",
    "unit",
    "unissent",
    "enrichit",
    "enrichissent",
    "améliore",
    "améliorent",
    "aide",
    "aident",
    "exige",
    "exigent",
    "dépend",
    "dépendent",
    "commence",
    "commencent",
    "compte",
    "comptent",
    "passe",
    "passent",
    "vaut",
    "valent",
    "justifie",
    "justifient",
    "crée",
    "créent",
    "donne",
    "donnent",
    "rend",
    "rendent",
    "garde",
    "coûte",
    "coûtent",
    "mène",
    "mènent",
    "reste",
    "restent",
    "garantit",
    "garantissent",
    "permet",
    "permettent",
    "favorise",
    "favorisent",
    "abandonne",
    "abandonnent",
    "prive",
    "privent",
    "empoisonne",
    "met",
    "mettent",
    "offre",
    "offrent",
    "soutient",
    "soutiennent",
    "respecte",
    "respectent",
    "pèse",
    "pèsent",
    "prime",
    "priment",
    "repose",
    "reposent",
    "fait",
    "font",
    "contribue",
    "contribuent",
    "assure",
    "assurent",
    "oublie",
    "sacrifie",
    "sacrifient",
    "gaspille",
    "tue",
    "tuent",
    "suffit",
    "relève",
    "relèvent",
    "condamne",
    "condamnent",
    "profite",
    "profitent",
    "pénalise",
    "pénalisent",
    "transmet",
    "relie",
    "porte",
    "portent",
    "bafoue",
    "constitue",
    "constituent",
    "représente",
    "représentent",
    "devient",
    "deviennent",
    "étouffe",
    "creuse",
    "creusent",
    "nourrit",
    "incarne",
    "demande",
    "demandent",
    "exclut",
    "excluent",
    "préserve",
    "préservent",
    "gagne",
    "gagnent",
    "vient",
    "sera",
    "seront",
    "serait",
    "seraient",
    "aura",
    "auront",
    "convient",
    "importe",
];
const STARTERS: &[&str] = &[
    "qui", "que", "si", "dont", "parce", "quand", "lorsque", "où", "puisque", "tant",
];

fn verb_at(words: &[Word], at: usize) -> bool {
    let Some(w) = words.get(at) else { return false };
    let before = at
        .checked_sub(1)
        .and_then(|b| words.get(b))
        .map_or("", |w| w.core.as_str());
    // "une aide", "la menace" and "à" are no verbs.
    let article = matches!(
        before,
        "la" | "le"
            | "une"
            | "un"
            | "les"
            | "des"
            | "cette"
            | "ce"
            | "sa"
            | "son"
            | "leur"
            | "notre"
            | "de"
            | "en"
            | "aux"
            | "du"
    );
    VERBS.contains(&bare_verb(&w.core)) && !article
}

/// "n'est" and "s'oppose" hold a verb behind their apostrophe.
fn bare_verb(core: &str) -> &str {
    core.strip_prefix("n'")
        .or_else(|| core.strip_prefix("c'"))
        .unwrap_or(core)
}

fn main_verb(words: &[Word]) -> Option<usize> {
    let mut at = 0;
    if words.first().is_some_and(|w| {
        matches!(
            w.core.as_str(),
            "si" | "quand" | "lorsque" | "parce" | "quiconque" | "quoique"
        )
    }) {
        at = words.iter().position(|w| w.ends).map_or(0, |i| i + 1);
    }
    (at..words.len()).find(|&i| {
        let core = |i: Option<usize>| i.and_then(|i| words.get(i)).map_or("", |w| w.core.as_str());
        let direct = i.checked_sub(1);
        let behind = STARTERS.contains(&core(direct))
            || (matches!(core(direct), "ne" | "se" | "nous")
                && STARTERS.contains(&core(i.checked_sub(2))))
            || core(Some(i)).starts_with("n'") && STARTERS.contains(&core(direct));
        verb_at(words, i) && !behind
    })
}

/// Turns a statement.
pub(super) fn turn(bare: &str) -> Option<Turned> {
    let words = cut(bare);
    let lower = bare.to_lowercase();
    let blocks = [
        "non seulement",
        "pas seulement",
        " mais ",
        "aucun",
        "rien ne",
        "nul ne",
        "personne ne",
        " ni ",
        ";",
    ];
    if blocks.iter().any(|b| lower.contains(b)) || lower.starts_with("nul ") || bare.ends_with('?')
    {
        return None;
    }
    let at = main_verb(&words)?;
    // Far behind it is hardly the main verb.
    if at > 14 || words.len() > 32 {
        return None;
    }
    let core = |i: usize| words.get(i).map_or("", |w| w.core.as_str());
    let second = (at + 2..words.len())
        .any(|i| core(i) == "et" && (i + 1..words.len().min(i + 3)).any(|j| verb_at(&words, j)));
    if second {
        return None;
    }
    let mut out = words.clone();
    let set = |list: &mut Vec<Word>, i: usize, text: &str| {
        if let Some(w) = list.get_mut(i) {
            *w = if text.is_empty() {
                word("")
            } else {
                replace(w, text)
            };
        }
    };
    let ne_at = (at.saturating_sub(2)..at).find(|&i| core(i) == "ne");
    let elided = core(at).starts_with("n'");
    if ne_at.is_some() || elided {
        let pas = (at + 1..words.len().min(at + 4))
            .find(|&i| matches!(core(i), "pas" | "plus" | "jamais"))?;
        if core(pas + 1).starts_with("que") || core(pas + 1).starts_with("qu'") {
            return None;
        }
        if let Some(ne) = ne_at {
            set(&mut out, ne, "");
        } else if let Some(verb) = core(at).strip_prefix("n'") {
            let raw = if core(at.wrapping_sub(1)) == "ce" && verb == "est" {
                "est"
            } else {
                verb
            };
            set(&mut out, at, raw);
        }
        if core(pas) == "jamais" && core(at) == "doit" {
            set(&mut out, at, "peut");
        }
        set(&mut out, pas, "");
        // "n'est pas de bon" and the like keep their article; "pas d'aide" would need another.
        if matches!(core(pas + 1), "de") || core(pas + 1).starts_with("d'") {
            return None;
        }
        let reverse = join(&out, ".");
        let question = asked(&reverse);
        return Some(Turned {
            reverse,
            question: Some(question),
        });
    }
    let verb = words.get(at)?;
    if verb.core.starts_with("c'") {
        let negated = verb
            .raw
            .replace("C'est", "Ce n'est pas")
            .replace("c'est", "ce n'est pas")
            .replace("C’est", "Ce n’est pas")
            .replace("c’est", "ce n’est pas");
        out.get_mut(at)?.raw = negated;
    } else {
        let raw = verb.raw.clone();
        let vowel = verb
            .core
            .starts_with(['a', 'e', 'i', 'o', 'u', 'é', 'è', 'ê', 'h', 'â']);
        let head = if vowel {
            format!("n'{raw}")
        } else {
            format!("ne {raw}")
        };
        let mark = raw.ends_with(',');
        let with = if mark {
            format!("{} pas,", head.trim_end_matches(','))
        } else {
            format!("{head} pas")
        };
        out.get_mut(at)?.raw = with;
        // A reflexive or object pronoun stands between: "ne se vend pas".
        let before = core(at.wrapping_sub(1)).to_owned();
        if matches!(before.as_str(), "se" | "lui" | "y" | "en") {
            set(&mut out, at - 1, &format!("ne {before}"));
            out.get_mut(at)?.raw = format!("{raw} pas");
        }
    }
    let question = asked(bare);
    Some(Turned {
        reverse: join(&out, "."),
        question: Some(question),
    })
}

fn asked(positive: &str) -> String {
    let bare = positive.trim_end_matches(['.', ' ']);
    if let Some(rest) = bare.strip_prefix("Il faut ") {
        return format!("Faut-il {rest} ?");
    }
    let that = that(bare);
    format!("Est-ce {that} ?")
}

/// Puts "que" before a sentence, elided where a vowel follows.
pub(super) fn that(bare: &str) -> String {
    let first = bare.split_whitespace().next().unwrap_or_default();
    let tokens = tokenize(first, Language::Fr);
    let nation = lexicons(Language::Fr).is_some_and(|l| {
        l.topics
            .find(&tokens)
            .iter()
            .any(|h| h.class.sort == "nation")
    });
    let acronym = first.chars().filter(|c| c.is_uppercase()).count() > 1;
    let second_capital = bare
        .split_whitespace()
        .nth(1)
        .is_some_and(|w| w.chars().next().is_some_and(char::is_uppercase));
    let article = matches!(
        first.to_lowercase().as_str(),
        "la" | "le" | "les" | "un" | "une" | "notre" | "ce" | "cette" | "nos"
    );
    let text = if !article && (nation || acronym || second_capital) {
        bare.to_owned()
    } else {
        uncapitalized(bare)
    };
    let vowel = text
        .to_lowercase()
        .starts_with(['a', 'e', 'i', 'o', 'u', 'é', 'è', 'ê', 'â', 'î']);
    if vowel {
        format!("qu'{text}")
    } else {
        format!("que {text}")
    }
}
