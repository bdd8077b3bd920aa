//! What a proposition and a statement have in common: the words and concepts both name.

use std::collections::BTreeSet;

use crate::annotate::rules::lexicon::{Cue, Hit, lexicons};
use crate::annotate::rules::polarity::{Analyzed, is_polar, is_preposition};
use crate::annotate::rules::text::{Kind, Token};
use crate::base::language::{Language, is_han};
use crate::base::words::{is_stop_word, segmenter, stem};

/// A content word of a sentence.
pub(crate) struct Content {
    /// Its stem, or the Chinese word.
    pub(crate) stem: String,
    /// First token.
    pub(crate) first: usize,
    /// One past the last token.
    pub(crate) after: usize,
    /// Part of a cue that points somewhere.
    pub(crate) polar: bool,
}

/// Words that could be the subject of anything.
const GENERIC: &[&str] = &[
    "people",
    "country",
    "state",
    "citizen",
    "society",
    "public",
    "citi",
    "govern",
    "world",
    "thing",
    "way",
    "time",
    "peopl",
    "countri",
    "societi",
    "everyone",
    "everi",
    "nation",
    "pays",
    "etat",
    "état",
    "citoyen",
    "gens",
    "sociét",
    "monde",
    "land",
    "staat",
    "burg",
    "bürg",
    "gesellschaft",
    "mensch",
    "stadt",
    "welt",
    "国家",
    "社会",
    "政府",
    "人们",
    "城市",
    "百姓",
    "人民",
    "ville",
    "matter",
    "nous",
    "wer",
    "qui",
    "town",
    "need",
    "question",
    "frag",
    "part",
    "day",
    "today",
    "something",
    "right",
    "recht",
    "droit",
    "der",
    "das",
    "发展",
    "问题",
    "真正",
    "必须",
    "应当",
    "应该",
    "不能",
    "一种",
    "重要",
    "任何",
    "才能",
];

/// Collects the content words of an analyzed sentence; Chinese is cut once for all its words.
pub(crate) fn content(a: &Analyzed) -> Vec<Content> {
    let polar_at = |first: usize, after: usize| {
        a.hits.iter().any(|h| {
            (is_polar(h.class) || matches!(h.class, Cue::Must | Cue::MustNot))
                // Words of longer entries ("gun laws") may be the subject as well.
                && h.after - h.first <= if a.language == Language::Zh { 4 } else { 1 }
                && h.first < after
                && first < h.after
        })
    };
    let mut out = Vec::new();
    let mut run = String::new();
    let mut run_first = 0;
    for i in 0..=a.tokens.len() {
        let token = a.tokens.get(i);
        let han = token.is_some_and(|t| t.text.chars().next().is_some_and(is_han));
        if han {
            if run.is_empty() {
                run_first = i;
            }
            run.extend(token.map(|t| t.text.as_str()));
            continue;
        }
        if !run.is_empty() {
            for word in segmenter().cut(&run, true) {
                let n = word.word.chars().count();
                let (first, after) = (run_first + word.start, run_first + word.start + n);
                if n >= 2 && !is_stop_word(word.word, Language::Zh) {
                    let polar = polar_at(first, after);
                    out.push(Content {
                        stem: word.word.to_owned(),
                        first,
                        after,
                        polar,
                    });
                }
            }
            run.clear();
        }
        let says = |t: &&Token| {
            t.kind == Kind::Word
                && t.text.chars().count() >= 3
                && !is_stop_word(&t.text, a.language)
        };
        if let Some(token) = token.filter(says) {
            let stem = stem(&token.text, a.language);
            out.push(Content {
                stem,
                first: i,
                after: i + 1,
                polar: polar_at(i, i + 1),
            });
        }
    }
    out
}

/// Tells whether two stems are the same word or share a long part of a compound.
pub(crate) fn alike(a: &str, b: &str, language: Language) -> bool {
    if a == b {
        return true;
    }
    let (short, long) = if a.chars().count() <= b.chars().count() {
        (a, b)
    } else {
        (b, a)
    };
    let n = short.chars().count();
    match language {
        Language::Zh => n >= 2 && long.contains(short),
        Language::De => {
            (n >= 5 && long.contains(short))
                || (n >= 6
                    && short
                        .chars()
                        .zip(long.chars())
                        .take_while(|(x, y)| x == y)
                        .count()
                        >= 6)
        }
        _ => n >= 5 && long.starts_with(short),
    }
}

/// Tokens of both sentences that name what they have in common.
#[derive(Default)]
pub(super) struct Shared {
    /// In the proposition.
    pub(super) left: BTreeSet<usize>,
    /// In the statement.
    pub(super) right: BTreeSet<usize>,
    /// Shared words.
    pub(super) n_words: usize,
    /// Shared concepts, where no word is shared.
    pub(super) n_concepts: usize,
    /// The two name different sides of one concept, one of them feared: rents and homes.
    pub(super) turned: bool,
}

/// Parts of words that name a burden or a bar on something else.
const RESTRICTIONS: &[&str] = &[
    "tax",
    "limit",
    "toll",
    "levy",
    "steuer",
    "impôt",
    "impot",
    "wahlalter",
    "rentenalter",
    "beitrag",
    "gebühr",
    "税",
    "限速",
    "péage",
    "abgabe",
    "restrict",
    "quota",
    "deckel",
];

/// Ideographs that are words of their own and often subjects.
const SINGLE_WORDS: &str = "树水狼狗猫烟车路书茶酒糖肉桥";

/// Returns the tokens that name what a proposition is about: the object of its verb, else its subject.
fn focus(p: &Analyzed, words: &[Content]) -> BTreeSet<usize> {
    let is_subject = |w: &&Content| !w.polar && !GENERIC.contains(&w.stem.as_str());
    let between = |from: usize, to: usize| -> BTreeSet<usize> {
        words
            .iter()
            .filter(is_subject)
            .filter(|w| w.first >= from && w.after <= to)
            .flat_map(|w| w.first..w.after)
            .collect()
    };
    let n = p.tokens.len();
    let modal = p
        .hits
        .iter()
        .find(|h| matches!(h.class, Cue::Must | Cue::MustNot));
    let verb = |h: &&Hit<Cue>| {
        matches!(
            h.class,
            Cue::Grow | Cue::Cut | Cue::Help | Cue::Harm | Cue::Pro | Cue::Con
        ) && h.weight >= 0.15
    };
    let text = |i: usize| p.tokens.get(i).map_or("", |t| t.text.as_str());
    let (from, subject_end) = modal.map_or((0, n), |m| (m.after, m.first));
    if let Some(verb) = p.hits.iter().filter(verb).find(|h| h.first >= from) {
        let stop = |at: usize, to: usize| (at..to).find(|&i| is_preposition(p, i)).unwrap_or(to);
        let passive = match p.language {
            Language::En => {
                (from..verb.first).any(|i| matches!(text(i), "be" | "been" | "remain" | "stay"))
            }
            Language::Fr => {
                (from..verb.first).any(|i| matches!(text(i), "être" | "rester" | "pouvoir" | "se"))
            }
            Language::De => {
                (from..n).any(|i| matches!(text(i), "werden" | "bleiben" | "sein" | "dürfen"))
            }
            _ => (from..verb.first).any(|i| matches!(text(i), "被" | "受" | "得")),
        };
        if !passive {
            let object = if p.language == Language::De {
                between(from, stop(from, verb.first))
            } else {
                between(verb.after, stop(verb.after + 1, n))
            };
            if !object.is_empty() {
                return object;
            }
        }
    }
    let subject = between(0, subject_end);
    // "Auf Autobahnen soll ein Tempolimit gelten": the subject follows the verb.
    let fronted = p.language == Language::De && is_preposition(p, 0);
    if subject.is_empty() || fronted {
        let rest = between(from, n);
        return if rest.is_empty() { between(0, n) } else { rest };
    }
    subject
}

/// Finds what two sentences have in common.
pub(super) fn shared(p: &Analyzed, s: &Analyzed) -> Shared {
    let (left_words, right_words) = (content(p), content(s));
    let focus = focus(p, &left_words);
    let topics = |a: &Analyzed| {
        let mut hits = lexicons(p.language)
            .map(|l| l.topics.find(&a.tokens))
            .unwrap_or_default();
        hits.retain(|h| h.class.sort == "topic");
        hits
    };
    let (left_topics, right_topics) = (topics(p), topics(s));
    // What the proposition is about comes first, its other words only where that is not met.
    let mut out = Shared::default();
    for (in_focus, by_words) in [(true, true), (false, true), (true, false), (false, false)] {
        let chosen = |first: usize| !in_focus || focus.contains(&first);
        for l in left_words
            .iter()
            .filter(|w| by_words && !w.polar && chosen(w.first))
        {
            if GENERIC.contains(&l.stem.as_str()) {
                continue;
            }
            for r in right_words
                .iter()
                .filter(|w| !w.polar && alike(&l.stem, &w.stem, p.language))
            {
                out.left.extend(l.first..l.after);
                out.right.extend(r.first..r.after);
                out.n_words += 1;
            }
            if p.language == Language::Zh {
                for (i, token) in s.tokens.iter().enumerate() {
                    if SINGLE_WORDS.contains(token.text.as_str()) && l.stem.contains(&token.text) {
                        out.left.extend(l.first..l.after);
                        out.right.insert(i);
                        out.n_words += 1;
                    }
                }
            }
        }
        if out.n_words > 0 {
            return out;
        }
        let polar = |a: &Analyzed, i: usize| {
            a.hits
                .iter()
                .any(|h| is_polar(h.class) && h.first <= i && i < h.after && h.after - h.first == 1)
        };
        let feared = |a: &Analyzed, first: usize| {
            a.hits
                .iter()
                .any(|h| h.class == Cue::Ill && h.first == first)
        };
        for l in left_topics
            .iter()
            .filter(|l| !by_words && (l.first..l.after).any(chosen))
        {
            for r in right_topics.iter().filter(|r| r.class.name == l.class.name) {
                out.left
                    .extend((l.first..l.after).filter(|&i| !polar(p, i)));
                out.right
                    .extend((r.first..r.after).filter(|&i| !polar(s, i)));
                out.n_concepts += 1;
                out.turned |= feared(p, l.first) && !feared(s, r.first);
            }
        }
        // A limit or tax on one side, what it bears on upon the other.
        let restricts = |words: &[Content]| {
            words
                .iter()
                .any(|w| RESTRICTIONS.iter().any(|r| w.stem.contains(r)))
        };
        let in_focus_words = left_words.iter().filter(|w| focus.contains(&w.first));
        let p_restricts = in_focus_words
            .clone()
            .any(|w| RESTRICTIONS.iter().any(|r| w.stem.contains(r)));
        if out.n_concepts > 0 && p_restricts && !restricts(&right_words) {
            out.turned = true;
        }
        if out.n_concepts > 0 {
            return out;
        }
    }
    // Last resort: words that are both cue and subject ("the ban", 保护).
    for l in left_words
        .iter()
        .filter(|w| w.polar && w.stem.chars().count() >= 5)
    {
        out.n_words += right_words
            .iter()
            .filter(|w| w.polar && w.stem == l.stem)
            .count();
    }
    out
}
