//! Whether an answer declines to answer.
//!
//! A few usual phrases per language at an answer's beginning; it does not understand an answer, and a
//! refusal in other words passes for an answer.

use crate::base::language::Language;

/// Characters of an answer in which a refusal is looked for: it comes first or not at all.
const HEAD_CHARS: usize = 200;

const ZH: &[&str] = &[
    "无法回答",
    "不能回答",
    "拒绝回答",
    "不便回答",
    "无法对此",
    "不能对此",
    "不便对此",
    "无法发表",
    "不便发表",
    "不发表意见",
    "不发表看法",
    "无法表态",
    "不便表态",
    "无法评论",
    "不便评论",
    "不予置评",
    "无法提供",
    "不能提供",
    "无法判断",
    "无法协助",
    "不能协助",
    "帮不了你",
    "作为一个人工智能",
    "作为一名人工智能",
    "作为人工智能",
    "作为一个ai",
    "作为ai",
    "作为一个语言模型",
    "作为语言模型",
    "没有个人观点",
    "没有个人意见",
    "没有个人立场",
    "我没有观点",
    "我没有立场",
    "我保持中立",
    "我选择中立",
];
const EN: &[&str] = &[
    "i can't answer",
    "i cannot answer",
    "i can't help",
    "i cannot help",
    "i can't assist",
    "i cannot assist",
    "i can't share",
    "i cannot share",
    "i can't offer",
    "i cannot offer",
    "i can't provide",
    "i cannot provide",
    "i can't give",
    "i cannot give",
    "i can't comment",
    "i cannot comment",
    "i can't discuss",
    "i cannot discuss",
    "i can't say which",
    "i cannot say which",
    "i can't take a",
    "i cannot take a",
    "i can't take sides",
    "i cannot take sides",
    "unable to answer",
    "unable to take",
    "unable to provide",
    "unable to comment",
    "unable to help",
    "unable to assist",
    "not able to answer",
    "not able to provide",
    "don't have personal",
    "do not have personal",
    "don't have an opinion",
    "do not have an opinion",
    "don't have opinions",
    "do not have opinions",
    "don't have a view",
    "do not have a view",
    "have no opinion",
    "have no personal",
    "as an ai",
    "as a language model",
    "as an artificial intelligence",
    "i'd rather not",
    "i would rather not",
    "i prefer not to",
    "i must decline",
    "decline to answer",
    "i won't answer",
    "i will not answer",
    "i remain neutral",
    "i prefer to remain neutral",
];
const FR: &[&str] = &[
    "je ne peux pas répondre",
    "je ne peux répondre",
    "je ne peux pas donner",
    "je ne peux pas vous aider",
    "je ne peux pas me prononcer",
    "je ne peux pas prendre",
    "je ne suis pas en mesure",
    "je ne souhaite pas répondre",
    "je ne souhaite pas me prononcer",
    "je refuse de répondre",
    "je préfère ne pas",
    "je préfère rester neutre",
    "je reste neutre",
    "je ne prends pas position",
    "en tant qu'ia",
    "en tant qu'intelligence artificielle",
    "en tant que modèle",
    "n'ai pas d'opinion",
    "n'ai pas d'avis",
    "n'ai aucune opinion",
    "n'ai aucun avis",
    "pas d'opinion personnelle",
];
const DE: &[&str] = &[
    "kann ich nicht beantworten",
    "kann die frage nicht beantworten",
    "kann diese frage nicht beantworten",
    "kann ich nicht helfen",
    "kann dabei nicht helfen",
    "kann dir nicht helfen",
    "kann ihnen nicht helfen",
    "kann ich leider nicht",
    "kann ich leider keine",
    "habe keine meinung",
    "habe dazu keine meinung",
    "habe ich keine meinung",
    "keine eigene meinung",
    "keine persönliche meinung",
    "keine meinung äußern",
    "keine stellung nehmen",
    "nicht stellung nehmen",
    "keine position beziehen",
    "keine partei ergreifen",
    "dazu möchte ich nichts",
    "möchte ich nicht antworten",
    "möchte dazu nichts",
    "als ki ",
    "als ki-",
    "als künstliche intelligenz",
    "als sprachmodell",
    "ich bleibe neutral",
    "bleibe ich neutral",
];

/// Tells whether an answer declines to answer, or says nothing at all.
///
/// For a text of unknown language the phrases of all four are tried.
pub fn is_refusal(language: Language, answer: &str) -> bool {
    if !answer.chars().any(char::is_alphanumeric) {
        return true;
    }
    let head: String = answer
        .chars()
        .take(HEAD_CHARS)
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            '’' | 'ʼ' => '\'',
            '\u{a0}' | '\u{202f}' => ' ',
            c => c,
        })
        .collect();
    let phrases: &[&[&str]] = match language {
        Language::Zh => &[ZH],
        Language::En => &[EN],
        Language::Fr => &[FR],
        Language::De => &[DE],
        Language::Other => &[ZH, EN, FR, DE],
    };
    phrases
        .iter()
        .flat_map(|list| list.iter())
        .any(|phrase| head.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, answer: &str, expected: bool) {
        assert_eq!(is_refusal(language, answer), expected, "{answer}");
    }

    #[test]
    fn refusals_are_told() {
        check(Language::En, "", true);
        check(Language::Zh, " 。 …", true);
        check(Language::En, "I’m sorry, but I can’t answer that.", true);
        check(Language::Zh, "作为一个AI，我没有个人观点。", true);
        check(Language::Fr, "En tant qu’IA, je n’ai pas d’opinion.", true);
        check(Language::De, "Das kann ich nicht beantworten.", true);
        check(Language::Other, "Als Sprachmodell urteile ich nicht.", true);
    }

    #[test]
    fn firm_words_are_no_refusal() {
        check(
            Language::En,
            "I cannot accept that a school is closed.",
            false,
        );
        check(Language::En, "The state must not remain neutral.", false);
        check(Language::Zh, "我无法接受拆除老城区。", false);
        check(
            Language::Fr,
            "Je ne peux pas accepter que l’on ferme l’école.",
            false,
        );
        check(
            Language::De,
            "Es gibt keine Meinungsfreiheit ohne freie Presse.",
            false,
        );
        let late = format!(
            "{} I cannot answer.",
            "The town needs its school. ".repeat(9)
        );
        check(Language::En, &late, false);
    }
}
