//! Which side of a proposition a statement takes.
//!
//! Both are pointed at the words they share; equal directions support, unequal ones oppose. Without
//! shared words, concepts or any sign the answer is *neither*. It compares words, not arguments.

use std::collections::BTreeSet;

use super::lexicon::lexicons;
use super::polarity::{Analyzed, Orientation, analyze, is_polar, orient};
use super::text::Kind;
use crate::annotate::answer::{Side, StanceVerdict};
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
    "people", "country", "state", "citizen", "society", "public", "citi", "govern", "world", "thing", "way", "time", "peopl",
    "countri", "societi", "everyone", "everi", "nation", "pays", "etat", "état", "citoyen", "gens", "sociét", "monde", "land",
    "staat", "burg", "bürg", "gesellschaft", "mensch", "stadt", "welt", "国家", "社会", "政府", "人们", "城市", "百姓", "人民",
    "ville", "matter", "nous", "wer", "qui", "town", "need", "question", "frag", "part", "day", "today", "something", "right",
    "recht", "droit", "der", "das", "发展", "问题", "真正", "必须", "应当", "应该", "不能", "一种", "重要", "任何", "才能",
];

/// Collects the content words of an analyzed sentence; Chinese is cut once for all its words.
pub(crate) fn content(a: &Analyzed) -> Vec<Content> {
    let polar_at = |first: usize, after: usize| {
        a.hits.iter().any(|h| {
            (is_polar(h.class) || matches!(h.class, super::lexicon::Cue::Must | super::lexicon::Cue::MustNot))
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
                    out.push(Content { stem: word.word.to_owned(), first, after, polar });
                }
            }
            run.clear();
        }
        if let Some(token) = token.filter(|t| t.kind == Kind::Word) {
            if token.text.chars().count() >= 3 && !is_stop_word(&token.text, a.language) {
                let stem = stem(&token.text, a.language);
                out.push(Content { stem, first: i, after: i + 1, polar: polar_at(i, i + 1) });
            }
        }
    }
    out
}

/// Tells whether two stems are the same word or share a long part of a compound.
fn alike(a: &str, b: &str, language: Language) -> bool {
    if a == b {
        return true;
    }
    let (short, long) = if a.chars().count() <= b.chars().count() { (a, b) } else { (b, a) };
    let n = short.chars().count();
    match language {
        Language::Zh => n >= 2 && long.contains(short),
        Language::De => {
            (n >= 5 && long.contains(short))
                || (n >= 6 && short.chars().zip(long.chars()).take_while(|(x, y)| x == y).count() >= 6)
        }
        _ => n >= 5 && long.starts_with(short),
    }
}

/// Tokens of both sentences that name what they have in common.
struct Shared {
    left: BTreeSet<usize>,
    right: BTreeSet<usize>,
    n_words: usize,
    n_concepts: usize,
}

fn shared(p: &Analyzed, s: &Analyzed) -> Shared {
    let (left_words, right_words) = (content(p), content(s));
    let mut out = Shared { left: BTreeSet::new(), right: BTreeSet::new(), n_words: 0, n_concepts: 0 };
    for l in left_words.iter().filter(|w| !w.polar && !GENERIC.contains(&w.stem.as_str())) {
        for r in right_words.iter().filter(|w| !w.polar && alike(&l.stem, &w.stem, p.language)) {
            out.left.extend(l.first..l.after);
            out.right.extend(r.first..r.after);
            out.n_words += 1;
        }
    }
    let Some(lexicons) = lexicons(p.language) else { return out };
    let topics = |a: &Analyzed| {
        let mut hits = lexicons.topics.find(&a.tokens);
        hits.retain(|h| h.class.sort == "topic");
        hits
    };
    let (left_topics, right_topics) = (topics(p), topics(s));
    for l in &left_topics {
        for r in right_topics.iter().filter(|r| r.class.name == l.class.name) {
            let polar = |a: &Analyzed, i: usize| {
                a.hits.iter().any(|h| {
                    is_polar(h.class) && h.first <= i && i < h.after && h.after - h.first == 1
                })
            };
            out.left.extend((l.first..l.after).filter(|&i| !polar(p, i)));
            out.right.extend((r.first..r.after).filter(|&i| !polar(s, i)));
            out.n_concepts += 1;
        }
    }
    if out.right.is_empty() || out.left.is_empty() {
        // Last resort: words that are both cue and subject ("the ban", 保护).
        for l in left_words.iter().filter(|w| w.polar) {
            for _ in right_words.iter().filter(|w| w.polar && w.stem == l.stem && w.stem.chars().count() >= 5) {
                out.n_words += 1;
            }
        }
    }
    out
}

/// Pairs of words where saying one of the other's subject turns the side.
const PAIRS: &[(Language, &[&str], &[&str])] = &[
    (Language::En, &["public", "publicly", "nationalised", "nationalized", "state-owned"], &["private", "privatised", "privatized", "privately", "privatisation", "privatization", "investors"]),
    (Language::En, &["voluntary", "volunteers", "optional"], &["compulsory", "mandatory", "obligatory", "forced", "coerced"]),
    (Language::En, &["free"], &["paid", "fee", "fees", "charge", "charges"]),
    (Language::En, &["local"], &["central", "centralised", "centralized"]),
    (Language::Fr, &["public", "publique", "publics", "publiques"], &["privé", "privée", "privés", "privatisation", "privatiser", "actionnaires"]),
    (Language::Fr, &["volontaire", "volontariat", "facultatif", "libre"], &["obligatoire", "obligatoires", "imposé", "contraint"]),
    (Language::Fr, &["gratuit", "gratuite", "gratuité", "gratuits"], &["payant", "payante", "payants", "tarif"]),
    (Language::De, &["öffentlich", "öffentliche", "öffentlicher", "öffentlichen", "staatlich", "kommunal", "staatliche"], &["privat", "private", "privaten", "privatisierung", "privatisieren", "investoren"]),
    (Language::De, &["freiwillig", "freiwillige", "freiwilligkeit", "freiwilliger"], &["verpflichtend", "pflicht", "verpflichtende", "zwang", "gezwungen", "zwangsdienst"]),
    (Language::De, &["kostenlos", "kostenfrei", "gebührenfrei", "gratis"], &["kostenpflichtig", "gebühr", "gebühren", "eintritt"]),
    (Language::Zh, &["公立", "国有", "公办", "公益"], &["私有", "私营", "民营化", "私有化", "商业化"]),
    (Language::Zh, &["自愿"], &["强制", "强迫", "硬性"]),
    (Language::Zh, &["免费"], &["收费", "付费", "涨价"]),
];

fn pair_turns(p: &Analyzed, s: &Analyzed) -> bool {
    let has = |a: &Analyzed, words: &[&str]| {
        if a.language == Language::Zh {
            let text: String = a.tokens.iter().map(|t| t.text.as_str()).collect();
            words.iter().any(|w| text.contains(w))
        } else {
            a.tokens.iter().any(|t| words.contains(&t.text.as_str()))
        }
    };
    PAIRS.iter().filter(|x| x.0 == p.language).any(|&(_, one, other)| {
        let only = |a: &Analyzed, x: &[&str], y: &[&str]| has(a, x) && !has(a, y);
        (only(p, one, other) && only(s, other, one)) || (only(p, other, one) && only(s, one, other))
    })
}

/// Below this a direction is no direction.
const FAINT: f64 = 0.08;
/// From this on a direction is clear.
const CLEAR: f64 = 0.4;

/// Judges the side a statement takes.
pub(crate) fn judge(language: Language, proposition: &str, statement: &str) -> StanceVerdict {
    let neither = |confidence: f64| StanceVerdict { side: Side::Neither, confidence };
    if language == Language::Other {
        return neither(0.1);
    }
    let (p, s) = (analyze(proposition, language), analyze(statement, language));
    let common = shared(&p, &s);
    if common.n_words + common.n_concepts == 0 {
        return neither(0.6);
    }
    let toward_p = orient(&p, &|i| common.left.contains(&i));
    let toward_s = orient(&s, &|i| common.right.contains(&i));
    let sign_p = if toward_p.score.abs() < FAINT { 1.0 } else { toward_p.score.signum() };
    if toward_s.score.abs() < FAINT {
        return neither(0.4);
    }
    let turned = if pair_turns(&p, &s) { -1.0 } else { 1.0 };
    let sign = sign_p * toward_s.score.signum() * turned;
    let strong = toward_s.score.abs() >= CLEAR && !toward_s.hedged;
    let side = match (sign > 0.0, strong) {
        (true, true) => Side::Supports,
        (true, false) => Side::LeansTowards,
        (false, true) => Side::Opposes,
        (false, false) => Side::LeansAgainst,
    };
    StanceVerdict { side, confidence: confidence(&toward_s, &common) }
}

/// More signs that agree and more shared words make surer; signs that cancel make less sure.
fn confidence(o: &Orientation, common: &Shared) -> f64 {
    let agreement = (o.score.abs() / o.evidence.max(0.3)).min(1.0);
    let amount = 1.0 - (-o.evidence).exp();
    let overlap = 1.0 - 0.5f64.powi((common.n_words + common.n_concepts).min(8) as i32);
    let raw = 0.3 + 0.6 * agreement * amount * overlap;
    if o.hedged { raw * 0.8 } else { raw }.clamp(0.05, 0.95)
}
