//! The languages the offline rules speak, and how a text's language is told.

/// A language of the corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
    /// French.
    Fr,
    /// German.
    De,
    /// Any other; words are split at spaces and no lexicon applies.
    Other,
}

impl Language {
    /// The four languages with lexicons.
    pub const KNOWN: [Self; 4] = [Self::Zh, Self::En, Self::Fr, Self::De];

    /// Returns the ISO 639-1 code, `"und"` for [`Language::Other`].
    pub fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
            Self::Fr => "fr",
            Self::De => "de",
            Self::Other => "und",
        }
    }

    /// Reads a code such as `zh`, `zh-CN` or `EN`; unknown codes are [`Language::Other`].
    pub fn parse(code: &str) -> Self {
        match code.get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("zh") => Self::Zh,
            Some("en") => Self::En,
            Some("fr") => Self::Fr,
            Some("de") => Self::De,
            _ => Self::Other,
        }
    }

    /// Returns the language's English name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zh => "Chinese",
            Self::En => "English",
            Self::Fr => "French",
            Self::De => "German",
            Self::Other => "other",
        }
    }

    /// Tells the language of a text from its script and its most frequent function words.
    ///
    /// Looks at the first 2,000 characters. A tie or too little evidence is [`Language::Other`].
    pub fn detect(text: &str) -> Self {
        let head: String = text.chars().take(2000).collect();
        let n_han = head.chars().filter(|&c| is_han(c)).count();
        let n_letters = head.chars().filter(|c| c.is_alphabetic()).count();
        if n_letters == 0 {
            return Self::Other;
        }
        if n_han * 3 > n_letters {
            return Self::Zh;
        }
        let mut n_hits = [0usize; 3];
        for word in head.split(|c: char| !c.is_alphabetic()) {
            let word = word.to_lowercase();
            for (hits, list) in n_hits
                .iter_mut()
                .zip([FUNCTION_EN, FUNCTION_FR, FUNCTION_DE])
            {
                *hits += usize::from(list.contains(&word.as_str()));
            }
        }
        let best = n_hits.iter().copied().max().unwrap_or(0);
        if best == 0 || n_hits.iter().filter(|&&n| n == best).count() > 1 {
            return Self::Other;
        }
        match n_hits.iter().position(|&n| n == best) {
            Some(0) => Self::En,
            Some(1) => Self::Fr,
            Some(2) => Self::De,
            _ => Self::Other,
        }
    }
}

/// Tells whether a character is a Chinese ideograph.
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

const FUNCTION_EN: &[&str] = &[
    "the", "and", "of", "to", "is", "that", "was", "for", "with", "are", "has", "have", "by",
    "this", "from", "it", "be",
];
const FUNCTION_FR: &[&str] = &[
    "le", "la", "les", "et", "des", "du", "que", "est", "une", "dans", "pour", "qui", "sur", "pas",
    "au", "par", "ce",
];
const FUNCTION_DE: &[&str] = &[
    "der", "die", "das", "und", "ist", "nicht", "den", "von", "mit", "dem", "ein", "eine", "im",
    "auf", "für", "sich", "zu",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_four_languages() {
        assert_eq!(
            Language::detect("市政府昨天公布了新的住房计划。"),
            Language::Zh
        );
        assert_eq!(
            Language::detect("The council published the plan that was made for it."),
            Language::En
        );
        assert_eq!(
            Language::detect("Le conseil a publié le plan qui est dans la ville."),
            Language::Fr
        );
        assert_eq!(
            Language::detect("Der Rat hat den Plan für die Stadt nicht gezeigt."),
            Language::De
        );
        assert_eq!(Language::detect("12345 !!"), Language::Other);
    }
}
