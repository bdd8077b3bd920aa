//! Words of a text in the four languages: segmentation, stems and stop words.
//!
//! Chinese is cut by `jieba`'s dictionary; spaced scripts at what is neither letter nor digit, as
//! scikit-learn's `CountVectorizer` does (lower case, two or more word characters). It judges nothing.

use std::sync::OnceLock;

use jieba_rs::Jieba;
use rust_stemmers::{Algorithm, Stemmer};

use super::language::{Language, is_han};

/// Returns the shared Chinese segmenter; its dictionary loads once.
pub fn segmenter() -> &'static Jieba {
    static JIEBA: OnceLock<Jieba> = OnceLock::new();
    JIEBA.get_or_init(Jieba::new)
}

/// Cuts a text into lower-case words.
///
/// Runs of Chinese are cut by dictionary and single characters dropped; other runs give words of two
/// or more letters or digits. Mixed text is handled run by run.
pub fn words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut han = String::new();
    let mut latin = String::new();
    // The whole text at once, since a letter's small form may depend on what follows it.
    for c in text.to_lowercase().chars().chain(std::iter::once(' ')) {
        if is_han(c) {
            flush_latin(&mut latin, &mut out);
            han.push(c);
        } else {
            flush_han(&mut han, &mut out);
            if c.is_alphanumeric() || c == '_' {
                latin.push(c);
            } else {
                flush_latin(&mut latin, &mut out);
            }
        }
    }
    out
}

fn flush_latin(run: &mut String, out: &mut Vec<String>) {
    if run.chars().count() >= 2 {
        out.push(std::mem::take(run));
    } else {
        run.clear();
    }
}

fn flush_han(run: &mut String, out: &mut Vec<String>) {
    if run.is_empty() {
        return;
    }
    for token in segmenter().cut(run, true) {
        if token.word.chars().count() >= 2 {
            out.push(token.word.to_owned());
        }
    }
    run.clear();
}

/// Returns the stem of a lower-case word; Chinese and unknown languages keep the word.
pub fn stem(word: &str, language: Language) -> String {
    static STEMMERS: OnceLock<[Stemmer; 3]> = OnceLock::new();
    let [en, fr, de] = STEMMERS.get_or_init(|| {
        [Algorithm::English, Algorithm::French, Algorithm::German].map(Stemmer::create)
    });
    match language {
        Language::En => en.stem(word).into_owned(),
        Language::Fr => fr.stem(word).into_owned(),
        Language::De => de.stem(word).into_owned(),
        Language::Zh | Language::Other => word.to_owned(),
    }
}

/// Tells whether a lower-case word is a function word of the language.
pub fn is_stop_word(word: &str, language: Language) -> bool {
    match language {
        Language::Zh => STOP_ZH.contains(&word),
        Language::En => STOP_EN.contains(&word),
        Language::Fr => STOP_FR.contains(&word),
        Language::De => STOP_DE.contains(&word),
        Language::Other => false,
    }
}

/// Cuts a text into stems without stop words and numbers: what topics and similarity are made of.
pub fn content_stems(text: &str, language: Language) -> Vec<String> {
    words(text)
        .into_iter()
        .filter(|w| !is_stop_word(w, language) && !w.chars().all(|c| c.is_ascii_digit()))
        .map(|w| stem(&w, language))
        .collect()
}

const STOP_ZH: &[&str] = &[
    "我们", "他们", "她们", "你们", "自己", "这个", "那个", "这些", "那些", "一个", "没有", "可以",
    "因为", "所以", "但是", "如果", "已经", "以及", "或者", "并且", "而且", "进行", "通过", "对于",
    "关于", "其中", "同时", "目前", "表示", "认为", "记者", "今天", "昨天", "今年", "去年", "日前",
    "一些", "不是", "就是", "还是", "什么", "怎么", "这样", "那样", "之后", "以来", "有关", "由于",
    "为了", "并不", "不会", "可能", "需要", "虽然", "然而", "他说", "她说", "报道", "消息", "方面",
];
const STOP_EN: &[&str] = &[
    "the", "and", "of", "to", "in", "is", "that", "it", "for", "on", "was", "with", "as", "be",
    "by", "at", "this", "are", "from", "or", "an", "have", "has", "had", "not", "but", "they",
    "their", "he", "she", "his", "her", "its", "we", "our", "you", "your", "who", "which", "will",
    "would", "can", "could", "there", "been", "were", "more", "than", "when", "what", "if",
    "about", "into", "also", "said", "says", "say", "one", "two", "out", "up", "no", "so", "do",
    "did", "does", "all", "some", "any", "other", "them", "these", "those", "over", "after",
    "before", "because", "while", "where", "how", "just", "only", "such", "may", "might", "most",
    "many", "much", "new", "like", "being", "through", "between", "against", "during", "very",
    "own", "both", "each", "then", "now", "even", "still", "him", "me", "my", "us", "too", "here",
    "under", "again", "told", "mr", "mrs", "ms", "year", "years", "should", "must", "don", "re",
    "ve", "ll", "didn", "isn", "doesn", "since", "per", "yet", "every", "another", "made", "make",
    "get", "got",
];
const STOP_FR: &[&str] = &[
    "le",
    "la",
    "les",
    "de",
    "des",
    "du",
    "un",
    "une",
    "et",
    "en",
    "à",
    "au",
    "aux",
    "que",
    "qui",
    "dans",
    "pour",
    "par",
    "sur",
    "pas",
    "ne",
    "est",
    "sont",
    "il",
    "elle",
    "ils",
    "elles",
    "on",
    "nous",
    "vous",
    "je",
    "tu",
    "ce",
    "cet",
    "cette",
    "ces",
    "se",
    "sa",
    "son",
    "ses",
    "leur",
    "leurs",
    "avec",
    "plus",
    "mais",
    "ou",
    "où",
    "été",
    "être",
    "avoir",
    "fait",
    "faire",
    "comme",
    "tout",
    "tous",
    "toute",
    "toutes",
    "y",
    "dont",
    "si",
    "sans",
    "sous",
    "entre",
    "après",
    "avant",
    "aussi",
    "même",
    "très",
    "bien",
    "peut",
    "deux",
    "selon",
    "ainsi",
    "alors",
    "car",
    "cela",
    "ça",
    "chez",
    "contre",
    "depuis",
    "donc",
    "encore",
    "lors",
    "moins",
    "non",
    "notre",
    "nos",
    "votre",
    "vos",
    "ont",
    "avait",
    "était",
    "sera",
    "ai",
    "as",
    "ans",
    "an",
    "jour",
    "jours",
    "lui",
    "me",
    "moi",
    "mon",
    "ma",
    "mes",
    "quand",
    "quelque",
    "quelques",
    "soit",
    "doit",
    "faut",
    "dit",
    "an",
    "années",
    "année",
    "qu",
    "c",
    "d",
    "l",
    "n",
    "s",
    "j",
    "m",
    "t",
    "ni",
    "autre",
    "autres",
    "chaque",
    "ici",
    "là",
    "déjà",
    "peu",
    "toujours",
    "jamais",
    "rien",
    "vers",
    "cependant",
    "afin",
    "eux",
    "étaient",
];
const STOP_DE: &[&str] = &[
    "der", "die", "das", "den", "dem", "des", "ein", "eine", "einer", "eines", "einem", "einen",
    "und", "oder", "aber", "ist", "sind", "war", "waren", "wird", "werden", "wurde", "wurden",
    "hat", "haben", "hatte", "hatten", "sein", "seine", "seiner", "seinen", "ihr", "ihre", "ihrer",
    "ihren", "ihrem", "er", "sie", "es", "wir", "ich", "man", "sich", "nicht", "kein", "keine",
    "keinen", "mit", "von", "vom", "zu", "zum", "zur", "im", "in", "am", "an", "auf", "aus", "bei",
    "beim", "bis", "durch", "für", "gegen", "nach", "über", "unter", "um", "vor", "wie", "als",
    "auch", "so", "noch", "nur", "schon", "dass", "daß", "wenn", "weil", "denn", "dann", "da",
    "hier", "dort", "mehr", "sehr", "was", "wer", "wo", "kann", "können", "könnte", "soll",
    "sollen", "sollte", "muss", "müssen", "will", "wollen", "würde", "würden", "dieser", "diese",
    "dieses", "diesem", "diesen", "jeder", "jede", "jedes", "alle", "allem", "allen", "aller",
    "andere", "anderen", "seit", "zwischen", "ohne", "während", "damit", "dabei", "dazu", "daran",
    "davon", "jedoch", "sowie", "etwa", "laut", "rund", "etwas", "immer", "wieder", "ab", "ja",
    "nein", "doch", "jetzt", "heute", "gestern", "jahr", "jahre", "jahren", "uhr", "sagte", "sagt",
    "ihm", "ihn", "uns", "unser", "unsere", "mich", "mir", "viele", "vielen", "gibt", "zwei",
    "drei", "selbst", "worden", "geht", "macht", "machen", "ganz", "gut", "neue", "neuen",
    "einmal", "erst", "zudem", "deren", "dessen", "bereits", "sei",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_mixed_text() {
        assert_eq!(words("COVID-19 in Köln"), ["covid", "19", "in", "köln"]);
        let zh = words("农村青年返乡创业 5G");
        assert!(
            zh.contains(&"农村".to_owned()) && zh.contains(&"5g".to_owned()),
            "{zh:?}"
        );
    }

    #[test]
    fn stems_and_stops() {
        assert_eq!(
            stem("reactors", Language::En),
            stem("reactor", Language::En)
        );
        assert_eq!(
            content_stems("The reactors were old", Language::En),
            ["reactor", "old"]
        );
    }
}
