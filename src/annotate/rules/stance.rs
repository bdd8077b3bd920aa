//! Which side of a proposition a statement takes.
//!
//! Both are pointed at the words they share; equal directions support, unequal ones oppose. Without
//! shared words, concepts or any sign the answer is *neither*. It compares words, not arguments.

mod shared;

use shared::{Shared, shared};
pub(crate) use shared::{alike, content};

use super::lexicon::Cue;
use super::polarity::{Analyzed, Orientation, analyze, orient};
use crate::annotate::answer::StanceVerdict;
use crate::base::language::Language;
use crate::domain::conflict::Stance;

/// Pairs of words where saying one of the other's subject turns the side.
const PAIRS: &[(Language, &[&str], &[&str])] = &[
    (
        Language::En,
        &[
            "public",
            "publicly",
            "nationalised",
            "nationalized",
            "state-owned",
        ],
        &[
            "private",
            "privatised",
            "privatized",
            "privately",
            "privatisation",
            "privatization",
            "investors",
            "competition",
            "shareholders",
            "market",
        ],
    ),
    (
        Language::En,
        &["voluntary", "volunteers", "optional"],
        &["compulsory", "mandatory", "obligatory", "forced", "coerced"],
    ),
    (
        Language::En,
        &["free"],
        &["paid", "fee", "fees", "charge", "charges"],
    ),
    (
        Language::En,
        &["local"],
        &["central", "centralised", "centralized"],
    ),
    (
        Language::Fr,
        &["public", "publique", "publics", "publiques"],
        &[
            "privé",
            "privée",
            "privés",
            "privatisation",
            "privatiser",
            "actionnaires",
            "privées",
            "concurrence",
            "marché",
            "investisseurs",
        ],
    ),
    (
        Language::Fr,
        &["volontaire", "volontariat", "facultatif", "libre"],
        &["obligatoire", "obligatoires", "imposé", "contraint"],
    ),
    (
        Language::Fr,
        &["gratuit", "gratuite", "gratuité", "gratuits"],
        &["payant", "payante", "payants", "tarif"],
    ),
    (
        Language::De,
        &[
            "öffentlich",
            "öffentliche",
            "öffentlicher",
            "öffentlichen",
            "staatlich",
            "kommunal",
            "staatliche",
        ],
        &[
            "privat",
            "private",
            "privaten",
            "privatisierung",
            "privatisieren",
            "investoren",
            "wettbewerb",
            "aktionäre",
            "privater",
            "konzerne",
        ],
    ),
    (
        Language::De,
        &[
            "freiwillig",
            "freiwillige",
            "freiwilligkeit",
            "freiwilliger",
        ],
        &[
            "verpflichtend",
            "pflicht",
            "verpflichtende",
            "zwang",
            "gezwungen",
            "zwangsdienst",
        ],
    ),
    (
        Language::De,
        &["kostenlos", "kostenfrei", "gebührenfrei", "gratis"],
        &["kostenpflichtig", "gebühr", "gebühren", "eintritt"],
    ),
    (
        Language::Zh,
        &["公立", "国有", "公办", "公益"],
        &["私有", "私营", "民营化", "私有化", "商业化", "市场化"],
    ),
    (Language::Zh, &["自愿"], &["强制", "强迫", "硬性"]),
    (Language::Zh, &["免费"], &["收费", "付费", "涨价", "收门票"]),
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
    // "Handing it to shareholders is a betrayal" has turned by its verb already.
    if s.hits.iter().any(|h| h.class == Cue::Cut) {
        return false;
    }
    PAIRS
        .iter()
        .filter(|x| x.0 == p.language)
        .any(|&(_, one, other)| {
            let only = |a: &Analyzed, x: &[&str], y: &[&str]| has(a, x) && !has(a, y);
            (only(p, one, other) && only(s, other, one))
                || (only(p, other, one) && only(s, one, other))
        })
}

/// Below this a direction is no direction.
const FAINT: f64 = 0.08;
/// From this on a direction is clear.
const CLEAR: f64 = 0.4;

/// Judges the side a statement takes.
pub(crate) fn judge(language: Language, proposition: &str, statement: &str) -> StanceVerdict {
    let neither = |confidence: f64| StanceVerdict {
        stance: Stance::Neither,
        confidence,
    };
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
    let sign_p = if toward_p.score.abs() < FAINT {
        1.0
    } else {
        toward_p.score.signum()
    };
    if toward_s.score.abs() < FAINT {
        return neither(0.4);
    }
    let turned = if pair_turns(&p, &s) == common.turned {
        1.0
    } else {
        -1.0
    };
    let sign = sign_p * toward_s.score.signum() * turned;
    let strong = toward_s.score.abs() >= CLEAR && !toward_s.hedged;
    let side = match (sign > 0.0, strong) {
        (true, true) => Stance::Supports,
        (true, false) => Stance::LeansTowards,
        (false, true) => Stance::Opposes,
        (false, false) => Stance::LeansAgainst,
    };
    StanceVerdict {
        stance: side,
        confidence: confidence(&toward_s, &common),
    }
}

/// More signs that agree and more shared words make surer; signs that cancel make less sure.
fn confidence(o: &Orientation, common: &Shared) -> f64 {
    let agreement = (o.score.abs() / o.evidence.max(0.3)).min(1.0);
    let amount = 1.0 - (-o.evidence).exp();
    let overlap = 1.0 - 0.5f64.powi((common.n_words + common.n_concepts).min(8) as i32);
    let raw = 0.3 + 0.6 * agreement * amount * overlap;
    if o.hedged { raw * 0.8 } else { raw }.clamp(0.05, 0.95)
}
