//! What differs from one language to the next: names of months and days, spacing, elision.

use std::collections::BTreeSet;

/// A language of the corpus.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
    /// French.
    Fr,
    /// German.
    De,
}

/// The part of a newspaper an article stands in; written as an extra column by some outlets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Section {
    /// Laws and offices.
    Politics,
    /// Money and trade.
    Economy,
    /// How people live together.
    Society,
    /// Games.
    Sport,
    /// Everything from around the corner.
    Local,
    /// Kitchen, stars, odd things.
    Magazine,
}

impl Language {
    /// Every language of the corpus.
    pub(crate) const ALL: [Self; 4] = [Self::Zh, Self::En, Self::Fr, Self::De];

    /// Gives the code, which is also the name of the bank's folder.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
            Self::Fr => "fr",
            Self::De => "de",
        }
    }

    /// Gives what stands between two sentences of a paragraph.
    pub(crate) fn sentence_gap(self) -> &'static str {
        if self == Self::Zh { "" } else { " " }
    }

    /// Gives what stands between the parts of a person's name, and which part comes first.
    pub(crate) fn full_name(self, given: &str, surname: &str) -> String {
        if self == Self::Zh {
            format!("{surname}{given}")
        } else {
            format!("{given} {surname}")
        }
    }

    /// Names the months.
    pub(crate) fn months(self) -> [&'static str; 12] {
        match self {
            Self::Zh => [
                "1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月",
                "12月",
            ],
            Self::En => [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
            Self::Fr => [
                "janvier",
                "février",
                "mars",
                "avril",
                "mai",
                "juin",
                "juillet",
                "août",
                "septembre",
                "octobre",
                "novembre",
                "décembre",
            ],
            Self::De => [
                "Januar",
                "Februar",
                "März",
                "April",
                "Mai",
                "Juni",
                "Juli",
                "August",
                "September",
                "Oktober",
                "November",
                "Dezember",
            ],
        }
    }

    /// Names the days of the week from Monday.
    pub(crate) fn weekdays(self) -> [&'static str; 7] {
        match self {
            Self::Zh => [
                "星期一",
                "星期二",
                "星期三",
                "星期四",
                "星期五",
                "星期六",
                "星期日",
            ],
            Self::En => [
                "Monday",
                "Tuesday",
                "Wednesday",
                "Thursday",
                "Friday",
                "Saturday",
                "Sunday",
            ],
            Self::Fr => [
                "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
            ],
            Self::De => [
                "Montag",
                "Dienstag",
                "Mittwoch",
                "Donnerstag",
                "Freitag",
                "Samstag",
                "Sonntag",
            ],
        }
    }

    /// Names a section of the newspaper.
    pub(crate) fn section(self, section: Section) -> &'static str {
        let names = match self {
            Self::Zh => ["时政", "财经", "社会", "体育", "本地", "副刊"],
            Self::En => [
                "Politics", "Economy", "Society", "Sport", "Local", "Magazine",
            ],
            Self::Fr => [
                "Politique",
                "Économie",
                "Société",
                "Sports",
                "Vie locale",
                "Magazine",
            ],
            Self::De => [
                "Politik",
                "Wirtschaft",
                "Gesellschaft",
                "Sport",
                "Lokales",
                "Magazin",
            ],
        };
        match section {
            Section::Politics => names[0],
            Section::Economy => names[1],
            Section::Society => names[2],
            Section::Sport => names[3],
            Section::Local => names[4],
            Section::Magazine => names[5],
        }
    }

    /// Appends `value` to `out`, with what the language does where two words meet.
    ///
    /// French joins *de* and *le* to *du*, and drops the vowel of *de* and *que* before another.
    /// German gives an organization its article after *von* and *bei*.
    /// Returns the position in `out` at which the (rest of the) value begins, in bytes.
    pub(crate) fn attach(self, out: &mut String, value: &str) -> usize {
        let value = match self {
            Self::Fr => join_french(out, value),
            Self::De => {
                join_german(out, value);
                value
            }
            Self::Zh | Self::En => value,
        };
        let start = out.len();
        out.push_str(value);
        start
    }
}

/// Mends the end of `out` for a following `value`; returns what is left of the value.
fn join_french<'a>(out: &mut String, value: &'a str) -> &'a str {
    const ARTICLES: [(&str, &str, &str); 8] = [
        ("de ", "le ", "du "),
        ("de ", "Le ", "du "),
        ("de ", "les ", "des "),
        ("de ", "Les ", "des "),
        ("à ", "le ", "au "),
        ("à ", "Le ", "au "),
        ("à ", "les ", "aux "),
        ("à ", "Les ", "aux "),
    ];
    for (before, article, joined) in ARTICLES {
        if ends_with_word(out, before)
            && let Some(rest) = value.strip_prefix(article)
        {
            out.truncate(out.len() - before.len());
            out.push_str(joined);
            return rest;
        }
    }
    if value.chars().next().is_some_and(is_french_vowel) {
        for word in ["de ", "que "] {
            // "Lorsque" and "parce que" end the same way and lose the vowel too.
            let joins = if word == "de " {
                ends_with_word(out, word)
            } else {
                out.ends_with(word)
            };
            if joins {
                out.truncate(out.len() - 2);
                out.push('’');
                break;
            }
        }
    }
    value
}

/// Puts the article of an organization behind *von* or *bei*: the bank has names without it.
fn join_german(out: &mut String, value: &str) {
    /// What the first word of a name may end in; `true` if it is feminine.
    const KINDS: [(&str, bool); 18] = [
        ("forum", false),
        ("stiftung", true),
        ("bund", false),
        ("netzwerk", false),
        ("institut", false),
        ("kreis", false),
        ("hochschule", true),
        ("kreistag", false),
        ("sozialwerk", false),
        ("initiative", true),
        ("verband", false),
        ("verein", false),
        ("beirat", false),
        ("akademie", true),
        ("zentrum", false),
        ("genossenschaft", true),
        ("bündnis", false),
        ("handwerksrat", false),
    ];
    let Some((head, _)) = value.split_once(' ') else {
        return;
    };
    let head = head.to_lowercase();
    let Some((_, feminine)) = KINDS.iter().find(|(end, _)| head.ends_with(end)) else {
        return;
    };
    for (word, joined) in [("von ", "vom "), ("bei ", "beim ")] {
        if ends_with_word(out, word) {
            if *feminine {
                out.push_str("der ");
            } else {
                out.truncate(out.len() - word.len());
                out.push_str(joined);
            }
            return;
        }
    }
}

fn ends_with_word(text: &str, word: &str) -> bool {
    text.strip_suffix(word).is_some_and(|head| {
        !head
            .chars()
            .next_back()
            .is_some_and(|c| c.is_alphanumeric() || c == '’' || c == '\'')
    })
}

fn is_french_vowel(c: char) -> bool {
    "aeiouyàâäéèêëîïôöùûœæ".contains(c.to_lowercase().next().unwrap_or(c))
}

/// Lower-cases the first letter, unless the first word is a name or an abbreviation.
pub(crate) fn lower_first(text: &str, names: &BTreeSet<String>) -> String {
    let word: String = text.chars().take_while(|c| c.is_alphanumeric()).collect();
    let n_upper = word.chars().filter(|c| c.is_uppercase()).count();
    if n_upper > 1 || names.contains(&word) {
        return text.to_owned();
    }
    let mut rest = text.chars();
    match rest.next() {
        Some(first) => first.to_lowercase().chain(rest).collect(),
        None => String::new(),
    }
}

/// Upper-cases the first letter if the text begins with one.
pub(crate) fn upper_first(text: &mut String) {
    if let Some(first) = text.chars().next() {
        let mut upper = first.to_uppercase();
        // A letter whose capital is two characters would move the statement's offsets.
        if let (Some(capital), None) = (upper.next(), upper.next())
            && capital != first
        {
            text.replace_range(..first.len_utf8(), capital.encode_utf8(&mut [0; 4]));
        }
    }
}

/// Finds the words that are written with a capital inside sentences and never without one.
pub(crate) fn proper_names<'a>(sentences: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let mut upper = BTreeSet::new();
    let mut lower = BTreeSet::new();
    for sentence in sentences {
        let words = sentence
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty());
        for (word_idx, word) in words.enumerate() {
            if word.chars().next().is_some_and(char::is_uppercase) {
                if word_idx > 0 {
                    upper.insert(word.to_owned());
                }
            } else {
                lower.insert(word.to_lowercase());
            }
        }
    }
    upper.retain(|word| !lower.contains(&word.to_lowercase()));
    upper
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_attach(language: Language, before: &str, value: &str, joined: &str) {
        let mut out = before.to_owned();
        let start = language.attach(&mut out, value);
        assert_eq!(out, joined);
        assert!(out.is_char_boundary(start));
    }

    #[test]
    fn words_join() {
        check_attach(Language::Fr, "près de ", "Le Havre", "près du Havre");
        check_attach(Language::Fr, "la ville de ", "Albi", "la ville d’Albi");
        check_attach(
            Language::Fr,
            "affirme que ",
            "il faut",
            "affirme qu’il faut",
        );
        check_attach(Language::Fr, "de mode ", "ancien", "de mode ancien");
        check_attach(Language::Fr, "à ", "Lyon", "à Lyon");
        check_attach(
            Language::De,
            "Rat bei ",
            "Stiftung Ost",
            "Rat bei der Stiftung Ost",
        );
        check_attach(
            Language::De,
            "von ",
            "Bürgerforum Ost",
            "vom Bürgerforum Ost",
        );
        check_attach(Language::De, "von ", "Elke Ostertag", "von Elke Ostertag");
        check_attach(Language::En, "de ", "Albi", "de Albi");
    }

    #[test]
    fn names_keep_their_capital() {
        let names = proper_names(["The mayor of Paris left.", "Parks are open."].into_iter());
        assert_eq!(
            lower_first("Paris needs parks", &names),
            "Paris needs parks"
        );
        assert_eq!(lower_first("Parks need care", &names), "parks need care");
        assert_eq!(lower_first("EU rules apply", &names), "EU rules apply");
    }
}
