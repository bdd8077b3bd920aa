//! What a text or a topic is about: tags, labels and the screening of topics.
//!
//! Concepts come from the topic lists, the rest from frequent words. It reads no meaning.

use std::collections::BTreeMap;

use super::lexicon::{Concept, lexicons};
use super::polarity::analyze;
use super::text::{Kind, Token, capitalized, head, tokenize};
use super::value::score;
use crate::annotate::answer::{Aspect, Label, Screening, Tag, Tags};
use crate::base::language::Language;
use crate::base::sentences::sentences;
use crate::base::words::{is_stop_word, stem, words};

/// Most tags of one aspect.
const TAGS_PER_ASPECT: usize = 4;
/// Characters of a body that tags are made from.
const TAG_CHARS: usize = 3_000;

/// Tags a document in five aspects.
pub(crate) fn tags(language: Language, title: &str, text: &str) -> Tags {
    let mut out = Vec::new();
    let text = head(text, TAG_CHARS);
    let (title_tokens, tokens) = (tokenize(title, language), tokenize(text, language));
    let mut counts: BTreeMap<Concept, usize> = BTreeMap::new();
    if let Some(lexicons) = lexicons(language) {
        // A word of the headline counts as three of the body.
        for (tokens, n) in [(&title_tokens, 3), (&tokens, 1)] {
            for hit in lexicons.topics.find(tokens) {
                *counts.entry(hit.class).or_default() += n;
            }
        }
    }
    for (sort, aspect) in [
        ("value", Aspect::Values),
        ("nation", Aspect::Entities),
        ("action", Aspect::Actions),
        ("topic", Aspect::Topics),
        ("noise", Aspect::Topics),
        ("heritage", Aspect::Heritage),
    ] {
        let floor = if sort == "nation" { 1 } else { 2 };
        let mut found: Vec<(usize, &'static str)> = counts
            .iter()
            .filter(|(c, n)| c.sort == sort && **n >= floor)
            .map(|(c, n)| (*n, c.name))
            .collect();
        found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        for (n, name) in found.into_iter().take(TAGS_PER_ASPECT) {
            out.push(Tag {
                aspect,
                tag: name.to_owned(),
                explanation: format!("{n} words of the list"),
            });
        }
    }
    for (name, n) in capital_names(&tokens, text, language) {
        let tag = name.to_lowercase();
        out.push(Tag {
            aspect: Aspect::Entities,
            tag,
            explanation: format!("named {n} times"),
        });
    }
    for (word, n) in salient(title, text, language) {
        out.push(Tag {
            aspect: Aspect::Topics,
            tag: word,
            explanation: format!("said {n} times"),
        });
    }
    // Equal tags of one aspect (a list's concept and a frequent word) are given once.
    let mut seen: Vec<(Aspect, String)> = Vec::new();
    out.retain(|t| {
        let key = (t.aspect, t.tag.clone());
        let new = !seen.contains(&key);
        seen.push(key);
        new
    });
    Tags(out)
}

/// Names of two or more capitalized words that come at least twice; German is left out, where every
/// noun has a capital.
fn capital_names(tokens: &[Token], text: &str, language: Language) -> Vec<(String, usize)> {
    if matches!(language, Language::Zh | Language::De) {
        return Vec::new();
    }
    let chars: Vec<char> = text.chars().collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut i = 0;
    while i < tokens.len() {
        let is_name = |at: usize| {
            tokens.get(at).is_some_and(|t| {
                t.capital && t.kind == Kind::Word && !is_stop_word(&t.text, language)
            })
        };
        let mut after = i;
        while is_name(after) {
            after += 1;
        }
        let ends = (i + 2..=i + 4)
            .contains(&after)
            .then(|| (tokens.get(i), tokens.get(after - 1)));
        if let Some((Some(a), Some(b))) = ends {
            let name: String = chars.get(a.start..b.end).unwrap_or(&[]).iter().collect();
            *counts.entry(name).or_default() += 1;
        }
        i = after.max(i + 1);
    }
    let mut found: Vec<(String, usize)> = counts.into_iter().filter(|c| c.1 >= 2).collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(2);
    found
}

/// Frequent content words, those of the headline first.
fn salient(title: &str, text: &str, language: Language) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for (text, n) in [(title, 3), (text, 1)] {
        for word in words(text) {
            let short = if language == Language::Zh { 2 } else { 4 };
            if word.chars().count() < short
                || is_stop_word(&word, language)
                || word.chars().any(|c| c.is_ascii_digit())
            {
                continue;
            }
            let entry = counts.entry(stem(&word, language)).or_insert((0, word));
            entry.0 += n;
        }
    }
    let mut found: Vec<(String, usize)> = counts
        .into_values()
        .filter(|c| c.0 >= 4)
        .map(|(n, word)| (word, n))
        .collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(3);
    found
}

/// Names a topic by its two or three heaviest words that say different things.
pub(crate) fn label(language: Language, terms: &[String], samples: &[String]) -> Label {
    let mut chosen: Vec<String> = Vec::new();
    let spelled: BTreeMap<String, String> = spellings(samples, language);
    for term in terms {
        let term = term.trim();
        let n_words = term.split_whitespace().count();
        let taken: usize = chosen.iter().map(|c| c.split_whitespace().count()).sum();
        let too_short = term.chars().count() < if language == Language::Zh { 2 } else { 3 };
        let number = term
            .chars()
            .all(|c| c.is_ascii_digit() || c.is_whitespace());
        if too_short || number || is_stop_word(term, language) || taken + n_words > 5 {
            continue;
        }
        if chosen.iter().any(|c| near_duplicate(c, term, language)) {
            continue;
        }
        let shown = spelled
            .get(&term.to_lowercase())
            .cloned()
            .unwrap_or_else(|| term.to_owned());
        chosen.push(shown);
        if chosen.len() == 3 {
            break;
        }
    }
    if chosen.is_empty() {
        chosen.extend(
            terms
                .iter()
                .map(|t| t.trim().to_owned())
                .find(|t| !t.is_empty()),
        );
    }
    let text = if chosen.is_empty() {
        "…".to_owned()
    } else {
        chosen.join(" · ")
    };
    Label {
        text: capitalized(&text),
    }
}

/// How samples write words that never stand in lower case there: nouns in German, names elsewhere.
fn spellings(samples: &[String], language: Language) -> BTreeMap<String, String> {
    let mut out: BTreeMap<String, Option<String>> = BTreeMap::new();
    if language == Language::Zh {
        return BTreeMap::new();
    }
    for sample in samples.iter().take(20) {
        let mut opens = true;
        for raw in head(sample, 1_500).split_whitespace() {
            let word = raw.trim_matches(|c: char| !c.is_alphanumeric());
            if word.is_empty() {
                continue;
            }
            let capital = word.chars().next().is_some_and(char::is_uppercase);
            let shout = word.chars().count() > 5 && !word.chars().any(char::is_lowercase);
            let entry = out
                .entry(word.to_lowercase())
                .or_insert_with(|| (capital && !opens && !shout).then(|| word.to_owned()));
            if !capital {
                *entry = None;
            }
            opens = raw.ends_with(['.', '!', '?', ':']);
        }
    }
    out.into_iter()
        .filter_map(|(k, v)| v.map(|v| (k, v)))
        .collect()
}

fn near_duplicate(a: &str, b: &str, language: Language) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    if a.contains(&b) || b.contains(&a) {
        return true;
    }
    let stems =
        |t: &str| -> Vec<String> { t.split_whitespace().map(|w| stem(w, language)).collect() };
    let (a, b) = (stems(&a), stems(&b));
    // "wolf" and "wolves", "Miete" and "Mieter" have stems of their own.
    let close = |x: &str, y: &str| {
        let n = x.chars().zip(y.chars()).take_while(|(p, q)| p == q).count();
        language != Language::Zh && n >= 3 && n + 2 >= x.chars().count().max(y.chars().count())
    };
    a.iter().any(|x| b.iter().any(|y| close(x, y)))
}

/// Samples read, and characters of each.
const SCREEN_SAMPLES: usize = 8;
const SCREEN_CHARS: usize = 800;

/// How much the doubt speaks for a topic.
const DOUBT: f64 = 0.15;

/// Judges whether a topic is value-related.
pub(crate) fn screen(terms: &[String], label: &str, samples: &[(Language, String)]) -> Screening {
    let mut subject = 0.0;
    let mut noise = 0.0;
    let mut counts: BTreeMap<Concept, f64> = BTreeMap::new();
    let mut count = |tokens: &[Token], language: Language, weight: f64| {
        for hit in lexicons(language)
            .map(|l| l.topics.find(tokens))
            .unwrap_or_default()
        {
            match hit.class.sort {
                "noise" => noise += weight,
                "topic" | "value" | "heritage" => subject += weight,
                _ => continue,
            }
            *counts.entry(hit.class).or_default() += weight;
        }
    };
    // Terms may come from any language; each language's list is asked, and at best one answers.
    for (at, term) in terms.iter().take(12).enumerate() {
        let weight = if at < 4 { 1.5 } else { 1.0 };
        for language in languages_of(term, samples) {
            count(&tokenize(term, language), language, weight);
        }
    }
    for language in languages_of(label, samples) {
        count(&tokenize(label, language), language, 1.0);
    }
    let (mut n_sentences, mut claims) = (0.0f64, 0.0f64);
    for (language, sample) in samples.iter().take(SCREEN_SAMPLES) {
        let text = head(sample, SCREEN_CHARS);
        let tokens = tokenize(text, *language);
        let n_tokens = tokens.len().max(40) as f64;
        count(&tokens, *language, 40.0 / n_tokens);
        for sentence in sentences(text) {
            let Some(sentence) = sentence.slice(text) else {
                continue;
            };
            let value = score(&analyze(sentence, *language));
            n_sentences += 1.0;
            claims += value.clamp(0.0, 1.5);
        }
    }
    let claim_share = if n_sentences > 0.0 {
        claims / n_sentences
    } else {
        0.35
    };
    let evidence =
        0.5 * (1.0 + subject).ln() + 1.2 * (claim_share - 0.3) - 0.85 * (1.0 + noise).ln();
    // A doubtful topic is let through: its statements are filtered one by one later on.
    let evidence = evidence + DOUBT;
    let value_related = evidence > 0.0;
    let confidence = (0.5 + 0.45 * (1.5 * evidence.abs()).tanh()).clamp(0.5, 0.95);
    let mut top: Vec<(&Concept, &f64)> = counts.iter().collect();
    top.sort_by(|a, b| b.1.total_cmp(a.1).then_with(|| a.0.name.cmp(b.0.name)));
    let named: Vec<&str> = top.iter().take(3).map(|c| c.0.name).collect();
    let about = if named.is_empty() {
        "no listed subject".to_owned()
    } else {
        named.join(", ")
    };
    let reason = format!("offline rules: {about}; claims per sentence {claim_share:.2}");
    Screening {
        value_related,
        confidence,
        reason,
    }
}

fn languages_of(text: &str, samples: &[(Language, String)]) -> Vec<Language> {
    if text.chars().any(crate::base::language::is_han) {
        return vec![Language::Zh];
    }
    let mut out: Vec<Language> = samples
        .iter()
        .map(|s| s.0)
        .filter(|l| !matches!(l, Language::Zh | Language::Other))
        .collect();
    out.sort_unstable();
    out.dedup();
    if out.is_empty() {
        vec![Language::En, Language::Fr, Language::De]
    } else {
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_screen(terms: &[&str], language: Language, sample: &str, expected: bool) {
        let terms: Vec<String> = terms.iter().map(|&t| t.to_owned()).collect();
        let verdict = screen(&terms, "", &[(language, sample.to_owned())]);
        assert_eq!(verdict.value_related, expected, "{terms:?} {verdict:?}");
    }

    #[test]
    fn screens_topics() {
        check_screen(
            &["reactors", "nuclear", "energy"],
            Language::En,
            "The state must decide about reactors. Energy is a right.",
            true,
        );
        check_screen(
            &["goal", "league", "coach", "striker"],
            Language::En,
            "The striker scored twice. The coach was happy.",
            false,
        );
        check_screen(
            &["regen", "schauer", "grad", "wetter"],
            Language::De,
            "Am Montag fallen Schauer bei 12 Grad.",
            false,
        );
        check_screen(
            &["wohnung", "miete", "mieter"],
            Language::De,
            "Wohnen ist ein Grundrecht. Mieter brauchen Schutz.",
            true,
        );
        check_screen(
            &["recette", "four", "beurre", "farine"],
            Language::Fr,
            "Préchauffez le four et mélangez la farine.",
            false,
        );
        check_screen(
            &["école", "laïcité", "élèves"],
            Language::Fr,
            "L'école doit rester un lieu de liberté.",
            true,
        );
        check_screen(
            &["股市", "指数", "收盘", "股价"],
            Language::Zh,
            "沪指收盘上涨，成交额增加。",
            false,
        );
        check_screen(
            &["养老", "老人", "社区"],
            Language::Zh,
            "老人应当得到尊重，养老是全社会的责任。",
            true,
        );
    }

    #[test]
    fn labels_are_short_and_varied() {
        let terms = [
            "wolf",
            "wolves",
            "shepherds",
            "sheep farming",
            "alps",
            "2024",
        ]
        .map(str::to_owned);
        let l = label(Language::En, &terms, &[]);
        assert_eq!(l.text, "Wolf · shepherds · sheep farming");
        let terms = ["养老", "社区养老", "老人", "服务"].map(str::to_owned);
        assert_eq!(label(Language::Zh, &terms, &[]).text, "养老 · 老人 · 服务");
        let german = ["windkraft".to_owned(), "dorf".to_owned()];
        let samples = ["Im Streit um Windkraft bleibt das Dorf gespalten.".to_owned()];
        assert_eq!(
            label(Language::De, &german, &samples).text,
            "Windkraft · Dorf"
        );
        assert!(!label(Language::En, &[], &[]).text.is_empty());
    }

    #[test]
    fn tags_name_subjects() {
        let t = tags(
            Language::En,
            "Council to close village school",
            "The village school has 40 pupils. Parents say the school must stay. It is a question of justice and fairness.",
        );
        let has =
            |aspect: Aspect, tag: &str| t.0.iter().any(|x| x.aspect == aspect && x.tag == tag);
        assert!(
            has(Aspect::Topics, "schools") && has(Aspect::Topics, "rural life"),
            "{t:?}"
        );
        assert!(has(Aspect::Values, "justice"), "{t:?}");
    }
}
