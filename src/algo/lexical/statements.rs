//! Vectors for short value statements, so that those about one subject lie near each other.
//!
//! Opposed statements are about the same subject, so words that only say for or against (negation,
//! modal verbs, verbs of support and ban) are taken out first. Which side a statement takes is not
//! told here, and statements of different languages meet only by their concepts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use rayon::prelude::*;

use super::lexicon::{ContentWord, content_words, count_chinese, count_spaced};
use super::model::stack;
use super::sparse::normalize;
use crate::base::language::{Language, is_han};
use crate::base::matrix::Matrix;
use crate::base::seed::mix;
use crate::base::words::stem;

/// Cosine from which average linkage takes two groups of statements for one subject.
///
/// Chosen on 192 invented statements, four on each of twelve subjects in each of four languages: from
/// 0.12 to 0.18 the groups hardly change and are nearly pure (homogeneity 0.95); below, near subjects run
/// together, above 0.20 one subject falls apart.
pub const STATEMENT_GROUP_COSINE: f32 = 0.16;

/// Width of the vectors. Features are spread over it by two signed hashes each, which keeps cosines
/// within about ±0.03 of those of the endless vector.
const N_DIMS: usize = 1024;
const N_HASHES: u64 = 2;
/// Letters of a character n-gram in spaced scripts; Chinese takes 2.
const GRAM_LETTERS: usize = 4;

/// What a feature is; keeps equal strings of different kinds apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Stem,
    Gram,
    Concept,
}

impl Kind {
    /// Each kind has the same weight in a statement's vector: stems say most, n-grams catch compounds
    /// and forms that stems miss, concepts catch other words for the same thing.
    const ALL: [Self; 3] = [Self::Stem, Self::Gram, Self::Concept];
}

type Counts = BTreeMap<(Kind, String), f32>;

/// Embeds statements by their subjects.
///
/// Weights are learned from the statements given, so pass all that are to be compared (those of one
/// language).
///
/// # Shapes
/// - returns: `m × 1024`, rows of length 1, or 0 for a statement without any content word.
pub fn statement_vectors(texts: &[(Language, &str)]) -> Matrix<f32> {
    let counted: Vec<Counts> = texts
        .par_iter()
        .map(|&(language, text)| count(language, text))
        .collect();
    let mut n_with: BTreeMap<&(Kind, String), u32> = BTreeMap::new();
    for counts in &counted {
        for feature in counts.keys() {
            *n_with.entry(feature).or_insert(0) += 1;
        }
    }
    let m = texts.len() as f32;
    let idf = |feature: &(Kind, String)| {
        let docs = n_with.get(feature).copied().unwrap_or(0) as f32;
        ((1.0 + m) / (1.0 + docs)).ln() + 1.0
    };
    let rows = counted
        .par_iter()
        .map(|counts| {
            let mut row = vec![0.0f32; N_DIMS];
            for kind in Kind::ALL {
                let mut block = vec![0.0f32; N_DIMS];
                for (feature, n) in counts.iter().filter(|((k, _), _)| *k == kind) {
                    spread(feature, (1.0 + n.max(0.4).ln()) * idf(feature), &mut block);
                }
                normalize(&mut block);
                for (x, b) in row.iter_mut().zip(block) {
                    *x += b;
                }
            }
            normalize(&mut row);
            row
        })
        .collect();
    stack(rows, N_DIMS)
}

fn spread(feature: &(Kind, String), value: f32, row: &mut [f32]) {
    let (kind, text) = feature;
    let mut key: u64 = mix(*kind as u64);
    for byte in text.bytes() {
        key = (key ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    for hash in 0..N_HASHES {
        let bits = mix(key ^ mix(hash));
        let at = (bits % row.len() as u64) as usize;
        row[at] += if bits >> 63 == 0 { value } else { -value };
    }
}

fn count(language: Language, text: &str) -> Counts {
    let mut counts = Counts::new();
    let mut add =
        |kind: Kind, feature: String, n: f32| *counts.entry((kind, feature)).or_insert(0.0) += n;
    let bare = if language == Language::Zh {
        without_stance_zh(text)
    } else {
        text.to_owned()
    };
    let content: Vec<ContentWord> = content_words(language, &bare)
        .into_iter()
        .filter(|w| !is_stance_word(language, w))
        .collect();
    let concepts = if language == Language::Zh {
        let han: Vec<char> = bare.chars().collect();
        for pair in han.windows(2).filter(|p| p.iter().all(|&c| is_han(c))) {
            add(Kind::Gram, pair.iter().collect(), 1.0);
        }
        count_chinese(&bare)
    } else {
        for word in &content {
            let letters: Vec<char> = word.stem.chars().collect();
            for gram in letters.windows(GRAM_LETTERS) {
                add(Kind::Gram, gram.iter().collect(), 1.0);
            }
        }
        count_spaced(language, &content)
    };
    for (concept, n) in concepts {
        add(Kind::Concept, concept.to_string(), n);
    }
    for word in content {
        add(Kind::Stem, word.stem, 1.0);
    }
    counts
}

/// Tells whether a word only says for, against, how much or who says so.
fn is_stance_word(language: Language, word: &ContentWord) -> bool {
    static STEMS: OnceLock<[BTreeSet<String>; 3]> = OnceLock::new();
    let [en, fr, de] = STEMS.get_or_init(|| {
        [
            (Language::En, STANCE_EN),
            (Language::Fr, STANCE_FR),
            (Language::De, STANCE_DE),
        ]
        .map(|(language, list)| list.iter().map(|w| stem(w, language)).collect())
    });
    match language {
        Language::En => en.contains(&word.stem),
        Language::Fr => fr.contains(&word.stem),
        Language::De => de.contains(&word.stem),
        Language::Zh | Language::Other => false,
    }
}

/// Cuts stance words out of Chinese text, leaving a space so that no new pair of characters arises.
fn without_stance_zh(text: &str) -> String {
    STANCE_ZH
        .iter()
        .fold(text.to_owned(), |text, word| text.replace(word, " "))
}

/// Longer words first, since each is cut out in turn.
const STANCE_ZH: &[&str] = &[
    "不应该",
    "不应当",
    "不可以",
    "不需要",
    "不允许",
    "没有必要",
    "有必要",
    "应该",
    "应当",
    "必须",
    "不应",
    "不能",
    "不得",
    "不必",
    "不要",
    "不该",
    "可以",
    "需要",
    "允许",
    "禁止",
    "支持",
    "反对",
    "赞成",
    "主张",
    "认为",
    "要求",
    "呼吁",
    "强调",
    "建议",
    "指出",
    "不是",
    "没有",
    "而不是",
    "而是",
    "更加",
    "十分",
    "非常",
    "正确",
    "错误",
    "合理",
    "值得",
    "绝不",
    "从不",
    "永远",
];
const STANCE_EN: &[&str] = &[
    "not",
    "no",
    "never",
    "nor",
    "neither",
    "none",
    "cannot",
    "without",
    "should",
    "must",
    "ought",
    "shall",
    "need",
    "needs",
    "may",
    "might",
    "can",
    "could",
    "would",
    "right",
    "wrong",
    "good",
    "bad",
    "better",
    "best",
    "worse",
    "important",
    "necessary",
    "unnecessary",
    "allow",
    "allowed",
    "permit",
    "forbid",
    "forbidden",
    "ban",
    "banned",
    "prohibit",
    "support",
    "oppose",
    "favor",
    "reject",
    "accept",
    "acceptable",
    "unacceptable",
    "deserve",
    "deserves",
    "believe",
    "think",
    "argue",
    "insist",
    "claim",
    "demand",
    "want",
    "warn",
    "remain",
    "stay",
    "keep",
    "continue",
    "stop",
    "end",
    "always",
    "deny",
    "refuse",
    "justified",
    "unjustified",
    "legitimate",
    "let",
    "far",
    "enough",
    "rather",
    "instead",
];
const STANCE_FR: &[&str] = &[
    "non",
    "jamais",
    "aucun",
    "aucune",
    "ni",
    "sans",
    "doit",
    "doivent",
    "devrait",
    "devraient",
    "devoir",
    "faut",
    "faudrait",
    "peut",
    "peuvent",
    "pouvoir",
    "pourrait",
    "bon",
    "bonne",
    "mauvais",
    "mauvaise",
    "mieux",
    "juste",
    "injuste",
    "nécessaire",
    "inutile",
    "important",
    "permettre",
    "permis",
    "autoriser",
    "autorisé",
    "interdire",
    "interdit",
    "interdite",
    "soutenir",
    "opposer",
    "refuser",
    "rejeter",
    "accepter",
    "acceptable",
    "inacceptable",
    "mériter",
    "mérite",
    "croire",
    "penser",
    "estimer",
    "juger",
    "affirmer",
    "exiger",
    "réclamer",
    "demander",
    "vouloir",
    "veut",
    "rester",
    "continuer",
    "cesser",
    "toujours",
    "nier",
    "justifié",
    "légitime",
    "laisser",
    "assez",
    "plutôt",
    "favorable",
    "hostile",
];
const STANCE_DE: &[&str] = &[
    "nicht",
    "nie",
    "niemals",
    "kein",
    "keine",
    "keinen",
    "keiner",
    "keinem",
    "weder",
    "ohne",
    "soll",
    "sollen",
    "sollte",
    "sollten",
    "muss",
    "müssen",
    "müsste",
    "darf",
    "dürfen",
    "dürfe",
    "kann",
    "können",
    "könne",
    "möge",
    "richtig",
    "falsch",
    "gut",
    "schlecht",
    "besser",
    "wichtig",
    "nötig",
    "notwendig",
    "unnötig",
    "erlauben",
    "erlaubt",
    "zulassen",
    "zulässig",
    "verbieten",
    "verboten",
    "verbot",
    "unterstützen",
    "ablehnen",
    "befürworten",
    "akzeptieren",
    "akzeptabel",
    "inakzeptabel",
    "verdienen",
    "verdient",
    "glauben",
    "meinen",
    "finden",
    "fordern",
    "verlangen",
    "wollen",
    "will",
    "bleiben",
    "behalten",
    "weiter",
    "beenden",
    "aufhören",
    "immer",
    "leugnen",
    "gerecht",
    "ungerecht",
    "gerechtfertigt",
    "legitim",
    "lassen",
    "genug",
    "lieber",
    "statt",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algo::lexical::sparse::dot;

    fn check(language: Language, for_it: &str, against: &str, other: &str) {
        let rows = statement_vectors(&[(language, for_it), (language, against), (language, other)]);
        let near = dot(rows.row(0), rows.row(1));
        let far = dot(rows.row(0), rows.row(2)).max(dot(rows.row(1), rows.row(2)));
        assert!(
            near > STATEMENT_GROUP_COSINE && near > far + 0.1,
            "{for_it}: near {near}, far {far}"
        );
    }

    #[test]
    fn opposed_statements_share_a_subject() {
        check(
            Language::En,
            "Landlords must not raise rents by more than inflation.",
            "Rents should be free to follow the market.",
            "Wolves that kill sheep may be shot.",
        );
        check(
            Language::De,
            "Windräder dürfen nicht im Wald gebaut werden.",
            "Auch im Wald sollen Windkraftanlagen stehen dürfen.",
            "Die Schule soll Noten abschaffen.",
        );
        check(
            Language::Fr,
            "Les écoles doivent interdire le téléphone.",
            "Les élèves peuvent garder leur téléphone à l'école.",
            "La chasse au loup doit rester interdite.",
        );
        check(
            Language::Zh,
            "学校应该禁止学生使用手机。",
            "学生可以在学校使用手机。",
            "退休年龄不应该推迟。",
        );
    }

    #[test]
    fn nothing_gives_zero() {
        assert_eq!(statement_vectors(&[]).n_rows(), 0);
        let rows = statement_vectors(&[(Language::En, "It should not.")]);
        assert!(dot(rows.row(0), rows.row(0)) < 1e-6);
    }
}
