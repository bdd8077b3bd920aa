//! Clauses that oppose a thing everybody calls bad: they take no side on the matter beside it.
//!
//! *We reject protectionism and keep our markets open* is no word against open markets. Such clauses
//! are left out before general words are weighed. It knows a few verbs and things, not who fights whom.

use crate::base::language::Language;

/// Words of fighting, and bad things that are fought, by language; beginnings of words, Chinese anywhere.
type Lists = (&'static [&'static str], &'static [&'static str]);

const ZH: Lists = (
    &[
        "反对",
        "不赞同",
        "抵制",
        "遏制",
        "打击",
        "防范",
        "杜绝",
        "惩治",
        "整治",
        "查处",
    ],
    &[
        "霸凌",
        "霸权",
        "霸道",
        "强权",
        "保护主义",
        "单边",
        "贸易战",
        "脱钩",
        "断链",
        "腐败",
        "犯罪",
        "恐怖",
        "分裂",
        "歧视",
        "暴力",
        "污染",
        "造假",
        "违法",
        "冷战",
        "干涉",
        "滥用",
        "政治化",
        "武器化",
        "诈骗",
        "网赌",
        "毒品",
        "形式主义",
        "浪费",
    ],
);
const EN: Lists = (
    &[
        "fight", "fought", "combat", "against", "oppos", "reject", "condemn", "denounc", "end",
        "stop", "resist",
    ],
    &[
        "corruption",
        "terror",
        "racis",
        "violence",
        "hate",
        "hatred",
        "discriminat",
        "crime",
        "criminal",
        "protectionis",
        "poverty",
        "extremis",
        "antisemit",
        "fraud",
        "abuse",
        "trafficking",
        "disinformation",
    ],
);
const FR: Lists = (
    &[
        "lutt", "contre", "combat", "rejet", "condamn", "dénonc", "refus",
    ],
    &[
        "corruption",
        "terroris",
        "racis",
        "violence",
        "haine",
        "discriminat",
        "crime",
        "protectionnis",
        "pauvreté",
        "extrémis",
        "antisémit",
        "fraude",
        "casseurs",
        "désinformation",
    ],
);
const DE: Lists = (
    &["bekämpf", "gegen", "ablehn", "verurteil", "kampf"],
    &[
        "korruption",
        "terror",
        "rassis",
        "gewalt",
        "hass",
        "diskriminier",
        "kriminal",
        "protektionis",
        "armut",
        "extremis",
        "antisemit",
        "betrug",
        "missbrauch",
        "desinformation",
    ],
);

fn ends_clause(c: char) -> bool {
    matches!(
        c,
        '，' | '；' | '。' | ',' | ';' | '.' | '!' | '?' | '！' | '？' | '、'
    )
}

/// Returns the sentence without its clauses that fight a bad thing; as it was where nothing else is left.
pub(super) fn without_fights(language: Language, sentence: &str) -> String {
    let (fights, things) = match language {
        Language::Zh => ZH,
        Language::En => EN,
        Language::Fr => FR,
        Language::De => DE,
        Language::Other => return sentence.to_owned(),
    };
    let names = |clause: &str, list: &[&str]| {
        if language == Language::Zh {
            list.iter().any(|w| clause.contains(w))
        } else {
            let clause = clause.to_lowercase();
            clause
                .split(|c: char| !c.is_alphanumeric())
                .any(|word| list.iter().any(|w| word.starts_with(w)))
        }
    };
    let kept: String = sentence
        .split_inclusive(ends_clause)
        .filter(|clause| !(names(clause, fights) && names(clause, things)))
        .collect();
    let kept = kept.trim();
    if kept.chars().filter(|c| c.is_alphanumeric()).count() < 4 {
        sentence.to_owned()
    } else {
        kept.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, sentence: &str, expected: &str) {
        assert_eq!(without_fights(language, sentence), expected);
    }

    #[test]
    fn fights_against_bad_things_are_left_out() {
        check(
            Language::Zh,
            "要坚持对外开放，共同反对单边霸凌行径，维护自由贸易。",
            "要坚持对外开放，维护自由贸易。",
        );
        check(
            Language::En,
            "We reject protectionism, and our markets stay open.",
            "and our markets stay open.",
        );
        check(
            Language::De,
            "Märkte bleiben offen.",
            "Märkte bleiben offen.",
        );
    }

    #[test]
    fn a_sentence_that_is_all_fight_stays() {
        check(
            Language::En,
            "We must fight corruption.",
            "We must fight corruption.",
        );
        check(
            Language::Fr,
            "Il faut lutter contre la fraude.",
            "Il faut lutter contre la fraude.",
        );
    }
}
