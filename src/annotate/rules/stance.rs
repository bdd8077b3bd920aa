//! Which side of a proposition a statement takes.
//!
//! Both are pointed at the words they share; equal directions support, unequal ones oppose. Without
//! shared words, concepts or any sign the answer is *neither*. It compares words, not arguments.

use std::collections::BTreeSet;

use super::lexicon::{Cue, lexicons};
use super::polarity::{Analyzed, Orientation, analyze, is_polar, is_preposition, orient};
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
#[derive(Default)]
struct Shared {
    left: BTreeSet<usize>,
    right: BTreeSet<usize>,
    n_words: usize,
    n_concepts: usize,
    /// The two name different sides of one concept, one of them feared: rents and homes.
    turned: bool,
}

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
    let modal = p.hits.iter().find(|h| matches!(h.class, Cue::Must | Cue::MustNot));
    let verb = |h: &&super::lexicon::Hit<Cue>| {
        matches!(h.class, Cue::Grow | Cue::Cut | Cue::Help | Cue::Harm | Cue::Pro | Cue::Con) && h.weight >= 0.15
    };
    let text = |i: usize| p.tokens.get(i).map_or("", |t| t.text.as_str());
    let (from, subject_end) = modal.map_or((0, n), |m| (m.after, m.first));
    if let Some(verb) = p.hits.iter().filter(verb).find(|h| h.first >= from) {
        let stop = |at: usize, to: usize| (at..to).find(|&i| is_preposition(p, i)).unwrap_or(to);
        let passive = match p.language {
            Language::En => (from..verb.first).any(|i| matches!(text(i), "be" | "been" | "remain" | "stay")),
            Language::Fr => (from..verb.first).any(|i| matches!(text(i), "être" | "rester" | "pouvoir" | "se")),
            Language::De => (from..n).any(|i| matches!(text(i), "werden" | "bleiben" | "sein" | "dürfen")),
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

fn shared(p: &Analyzed, s: &Analyzed) -> Shared {
    let (left_words, right_words) = (content(p), content(s));
    let focus = focus(p, &left_words);
    let topics = |a: &Analyzed| {
        let mut hits = lexicons(p.language).map(|l| l.topics.find(&a.tokens)).unwrap_or_default();
        hits.retain(|h| h.class.sort == "topic");
        hits
    };
    let (left_topics, right_topics) = (topics(p), topics(s));
    // What the proposition is about comes first, its other words only where that is not met.
    let mut out = Shared::default();
    for in_focus in [true, false] {
        let chosen = |first: usize| !in_focus || focus.contains(&first);
        for l in left_words.iter().filter(|w| !w.polar && chosen(w.first)) {
            if GENERIC.contains(&l.stem.as_str()) {
                continue;
            }
            for r in right_words.iter().filter(|w| !w.polar && alike(&l.stem, &w.stem, p.language)) {
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
            a.hits.iter().any(|h| is_polar(h.class) && h.first <= i && i < h.after && h.after - h.first == 1)
        };
        let feared = |a: &Analyzed, first: usize| a.hits.iter().any(|h| h.class == Cue::Ill && h.first == first);
        for l in left_topics.iter().filter(|l| (l.first..l.after).any(chosen)) {
            for r in right_topics.iter().filter(|r| r.class.name == l.class.name) {
                out.left.extend((l.first..l.after).filter(|&i| !polar(p, i)));
                out.right.extend((r.first..r.after).filter(|&i| !polar(s, i)));
                out.n_concepts += 1;
                out.turned |= feared(p, l.first) && !feared(s, r.first);
            }
        }
        if out.n_concepts > 0 {
            return out;
        }
    }
    // Last resort: words that are both cue and subject ("the ban", 保护).
    for l in left_words.iter().filter(|w| w.polar && w.stem.chars().count() >= 5) {
        out.n_words += right_words.iter().filter(|w| w.polar && w.stem == l.stem).count();
    }
    out
}

/// Pairs of words where saying one of the other's subject turns the side.
const PAIRS: &[(Language, &[&str], &[&str])] = &[
    (Language::En, &["public", "publicly", "nationalised", "nationalized", "state-owned"], &["private", "privatised", "privatized", "privately", "privatisation", "privatization", "investors", "competition", "shareholders", "market"]),
    (Language::En, &["voluntary", "volunteers", "optional"], &["compulsory", "mandatory", "obligatory", "forced", "coerced"]),
    (Language::En, &["free"], &["paid", "fee", "fees", "charge", "charges"]),
    (Language::En, &["local"], &["central", "centralised", "centralized"]),
    (Language::Fr, &["public", "publique", "publics", "publiques"], &["privé", "privée", "privés", "privatisation", "privatiser", "actionnaires", "privées", "concurrence", "marché", "investisseurs"]),
    (Language::Fr, &["volontaire", "volontariat", "facultatif", "libre"], &["obligatoire", "obligatoires", "imposé", "contraint"]),
    (Language::Fr, &["gratuit", "gratuite", "gratuité", "gratuits"], &["payant", "payante", "payants", "tarif"]),
    (Language::De, &["öffentlich", "öffentliche", "öffentlicher", "öffentlichen", "staatlich", "kommunal", "staatliche"], &["privat", "private", "privaten", "privatisierung", "privatisieren", "investoren", "wettbewerb", "aktionäre", "privater", "konzerne"]),
    (Language::De, &["freiwillig", "freiwillige", "freiwilligkeit", "freiwilliger"], &["verpflichtend", "pflicht", "verpflichtende", "zwang", "gezwungen", "zwangsdienst"]),
    (Language::De, &["kostenlos", "kostenfrei", "gebührenfrei", "gratis"], &["kostenpflichtig", "gebühr", "gebühren", "eintritt"]),
    (Language::Zh, &["公立", "国有", "公办", "公益"], &["私有", "私营", "民营化", "私有化", "商业化", "市场化"]),
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
    if plain(proposition) == plain(statement) {
        return StanceVerdict { side: Side::Supports, confidence: 0.95 };
    }
    if let Some(verdict) = judge_by_debate(language, proposition, statement) {
        return verdict;
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
    let turned = if pair_turns(&p, &s) != common.turned { -1.0 } else { 1.0 };
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

/// Letters and digits in small letters: what is left of a sentence without its dress.
fn plain(sentence: &str) -> String {
    sentence.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Judges two sentences of which both take a side in a listed debate. Of different debates neither
/// speaks on the other.
fn judge_by_debate(language: Language, proposition: &str, statement: &str) -> Option<StanceVerdict> {
    let (p, s) = (debates::taken(language, proposition)?, debates::taken(language, statement)?);
    let sign = p.sign() * s.sign();
    if p.debate != s.debate {
        return (sign != 0.0).then_some(StanceVerdict { side: Side::Neither, confidence: 0.6 });
    }
    let clear = s.clearness() >= CLEAR_SIDE;
    let side = match (sign, clear) {
        (sign, _) if sign == 0.0 => return None,
        (sign, true) if sign > 0.0 => Side::Supports,
        (sign, false) if sign > 0.0 => Side::LeansTowards,
        (_, true) => Side::Opposes,
        (_, false) => Side::LeansAgainst,
    };
    Some(StanceVerdict { side, confidence: 0.5 + 0.45 * p.clearness().min(s.clearness()) })
}

/// How one-sided the listed arguments of a sentence must be for a full stance.
const CLEAR_SIDE: f64 = 0.4;

/// More signs that agree and more shared words make surer; signs that cancel make less sure.
fn confidence(o: &Orientation, common: &Shared) -> f64 {
    let agreement = (o.score.abs() / o.evidence.max(0.3)).min(1.0);
    let amount = 1.0 - (-o.evidence).exp();
    let overlap = 1.0 - 0.5f64.powi((common.n_words + common.n_concepts).min(8) as i32);
    let raw = 0.3 + 0.6 * agreement * amount * overlap;
    if o.hedged { raw * 0.8 } else { raw }.clamp(0.05, 0.95)
}
