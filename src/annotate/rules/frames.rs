//! Where a claim stands in its sentence and which words around it say who speaks.
//!
//! Finds quotations of the whole body and, in each sentence, the frame of indirect speech ("said
//! that", "selon", "laut", 表示). It names no speaker; `source` does.

use super::lexicon::{Hit, Lexicons, Speech};
use super::text::{Kind, Token, tokenize_chars};
use crate::base::language::{Language, is_han};
use crate::base::sentences::{Span, sentences};

/// A quotation: the characters between its marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    /// The opening mark.
    pub(crate) open: usize,
    /// The closing mark.
    pub(crate) close: usize,
}

/// How a claim is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    /// Between quotation marks.
    Quoted(Quote),
    /// In a frame of indirect speech.
    Indirect,
    /// In the outlet's own voice.
    Own,
}

/// A claim in its sentence.
#[derive(Clone, Debug)]
pub(crate) struct Framed {
    /// The claim, in characters of the body.
    pub(crate) claim: Span,
    /// Words outside of the claim that may name the speaker.
    pub(crate) attribution: Vec<Span>,
    /// How it is presented.
    pub(crate) voice: Voice,
}

/// A body cut into sentences, with its quotations.
pub(crate) struct Body<'a> {
    /// Its language.
    pub(crate) language: Language,
    /// Its word lists.
    pub(crate) lexicons: &'a Lexicons,
    /// Its characters.
    pub(crate) chars: Vec<char>,
    /// Its sentences in order.
    pub(crate) sentences: Vec<Span>,
    /// Its quotations in order.
    pub(crate) quotes: Vec<Quote>,
}

/// Characters a quotation may span; a longer one is a lost mark.
const QUOTE_CHARS: usize = 1_200;

impl<'a> Body<'a> {
    /// Cuts a body.
    pub(crate) fn new(body: &str, language: Language, lexicons: &'a Lexicons) -> Self {
        let chars: Vec<char> = body.chars().collect();
        let quotes = find_quotes(&chars, language);
        Self { language, lexicons, sentences: sentences(body), quotes, chars }
    }

    /// Returns the text under a span.
    pub(crate) fn text(&self, span: Span) -> String {
        self.chars.get(span.start..span.end).unwrap_or(&[]).iter().collect()
    }

    /// Cuts the text under a span into tokens; their offsets count in the body.
    pub(crate) fn tokens(&self, span: Span) -> Vec<Token> {
        let mut tokens =
            tokenize_chars(self.chars.get(span.start..span.end).unwrap_or(&[]), self.language);
        for token in &mut tokens {
            token.start += span.start;
            token.end += span.start;
        }
        tokens
    }

    /// Returns the quotation that holds most of a span.
    pub(crate) fn quote_of(&self, span: Span) -> Option<Quote> {
        let middle = usize::midpoint(span.start, span.end);
        self.quotes.iter().find(|q| q.open < middle && middle < q.close).copied()
    }

    /// Finds the claims of a sentence: its quotations, or the one outside of them.
    pub(crate) fn frame(&self, sentence: Span) -> Vec<Framed> {
        let mut out = Vec::new();
        for &quote in &self.quotes {
            let inner = Span {
                start: sentence.start.max(quote.open + 1),
                end: sentence.end.min(quote.close),
            };
            if inner.start >= inner.end {
                continue;
            }
            let claim = self.trim(inner);
            if self.is_claim_sized(claim, quote, sentence) {
                let attribution = self.around(quote, sentence);
                out.push(Framed { claim, attribution, voice: Voice::Quoted(quote) });
            }
        }
        if out.is_empty() {
            out.push(self.frame_indirect(sentence));
        }
        out
    }

    /// Words of the sentence before and after a quotation, the nearer end first.
    fn around(&self, quote: Quote, sentence: Span) -> Vec<Span> {
        let mut out = Vec::new();
        if quote.close + 1 < sentence.end {
            out.push(Span { start: quote.close + 1, end: sentence.end });
        }
        if quote.open > sentence.start {
            out.push(Span { start: sentence.start, end: quote.open });
        }
        out
    }

    /// A few quoted words inside a sentence are the sentence's own; a clause is a claim.
    fn is_claim_sized(&self, claim: Span, quote: Quote, sentence: Span) -> bool {
        let chars = self.chars.get(claim.start..claim.end).unwrap_or(&[]);
        let n_words = chars.split(|c| c.is_whitespace()).filter(|w| !w.is_empty()).count();
        let n_han = chars.iter().filter(|c| is_han(**c)).count();
        let long = if self.language == Language::Zh { n_han >= 8 } else { n_words >= 4 };
        if !long {
            return false;
        }
        let share = chars.len() as f64 / (sentence.end - sentence.start).max(1) as f64;
        let begins_sentence = chars.first().is_some_and(|c| c.is_uppercase() || is_han(*c));
        let before = self
            .chars
            .get(sentence.start..quote.open.max(sentence.start))
            .unwrap_or(&[])
            .iter()
            .rev()
            .find(|c| !c.is_whitespace());
        let introduced = before.is_none_or(|c| matches!(c, ':' | '：' | ',' | '，'));
        share >= 0.6 || (begins_sentence && (introduced || share >= 0.35)) || (introduced && n_words >= 6)
    }

    /// Cuts blanks, quotation marks and joints from both ends; keeps the final period.
    pub(crate) fn trim(&self, span: Span) -> Span {
        let Span { mut start, mut end } = span;
        let at = |i: usize| self.chars.get(i).copied().unwrap_or(' ');
        while start < end && (is_quote_mark(at(start)) || at(start).is_whitespace() || is_joint(at(start))) {
            start += 1;
        }
        while end > start
            && (is_quote_mark(at(end - 1)) || at(end - 1).is_whitespace() || is_joint(at(end - 1)))
        {
            end -= 1;
        }
        Span { start, end }
    }

    fn frame_indirect(&self, sentence: Span) -> Framed {
        let tokens = self.tokens(sentence);
        let hits = self.lexicons.speech.find(&tokens);
        let found = match self.language {
            Language::Zh => frame_zh(&tokens, &hits),
            _ => frame_spaced(&tokens, &hits, self.language),
        };
        let own = Framed { claim: self.trim(sentence), attribution: Vec::new(), voice: Voice::Own };
        let Some(found) = found else { return own };
        let span_of = |first: usize, after: usize| {
            let start = tokens.get(first)?.start;
            let end = tokens.get(after.checked_sub(1)?)?.end;
            (start < end).then_some(Span { start, end })
        };
        let claim = span_of(found.claim.0, found.claim.1).map(|s| self.trim(s));
        let attribution = span_of(found.attribution.0, found.attribution.1);
        match (claim, attribution) {
            (Some(claim), Some(attribution)) if claim.start < claim.end => {
                Framed { claim, attribution: vec![attribution], voice: Voice::Indirect }
            }
            _ => own,
        }
    }
}

fn is_joint(c: char) -> bool {
    matches!(c, ',' | ';' | ':' | '，' | '；' | '：' | '、' | '–' | '—' | '-')
}

fn is_quote_mark(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»' | '「' | '」' | '『' | '』' | '‘' | '’' | '\'' | '‚' | '‹' | '›')
}

/// Pairs quotation marks over the whole body.
fn find_quotes(chars: &[char], language: Language) -> Vec<Quote> {
    let mut out = Vec::new();
    let mut i = 0;
    let word = |at: Option<&char>| at.is_some_and(|c| c.is_alphanumeric());
    while let Some(&c) = chars.get(i) {
        let before_is_word = i > 0 && word(chars.get(i - 1));
        let closes: &[char] = match c {
            '“' => &['”', '“', '"'],
            '„' => &['“', '”', '"'],
            '«' => &['»'],
            // German books and some papers turn the guillemets around.
            '»' if language == Language::De => &['«'],
            '「' => &['」'],
            '『' => &['』'],
            '"' if !before_is_word => &['"', '”', '“'],
            '‘' | '‚' if !before_is_word => &['’', '‘'],
            '\'' if !before_is_word && word(chars.get(i + 1)) => &['\''],
            _ => &[],
        };
        let single = matches!(c, '‘' | '‚' | '\'');
        let limit = chars.len().min(i + QUOTE_CHARS);
        let close = (i + 1..limit).find(|&j| {
            chars.get(j).is_some_and(|x| closes.contains(x))
                && !(single && (word(chars.get(j + 1)) || chars.get(j - 1).is_some_and(|p| p.is_whitespace())))
        });
        match (closes.is_empty(), close) {
            (false, Some(close)) => {
                out.push(Quote { open: i, close });
                i = close + 1;
            }
            _ => i += 1,
        }
    }
    out
}

/// Token ranges of a claim and its attribution.
struct Ranges {
    claim: (usize, usize),
    attribution: (usize, usize),
}

/// Verbs that may take a claim without "that"; others ("called", "asked") need it.
const BARE_VERBS: &[&str] = &[
    "said", "says", "argued", "argues", "believes", "insisted", "insists", "added", "thinks", "warned", "warns", "maintains",
];

fn frame_spaced(tokens: &[Token], hits: &[Hit<Speech>], language: Language) -> Option<Ranges> {
    let n = tokens.len();
    let text = |i: usize| tokens.get(i).map_or("", |t| t.text.as_str());
    let comma_after = |from: usize| (from..n).find(|&i| text(i) == ",");
    let names_someone = |from: usize, to: usize| {
        hits.iter().any(|h| {
            h.first >= from
                && h.after <= to
                && matches!(h.class, Speech::Role | Speech::Org | Speech::Given | Speech::Pronoun)
        }) || (from.max(1)..to).any(|i| tokens.get(i).is_some_and(|t| t.capital))
    };
    // "According to X, CLAIM" and "CLAIM, according to X".
    for hit in hits.iter().filter(|h| h.class == Speech::According) {
        if hit.first <= 1 {
            if language == Language::De {
                // The verb follows at once ("Laut X muss der Staat …"): the sentence stays whole.
                let end = (hit.after..n.min(hit.after + 9))
                    .find(|&i| {
                        tokens.get(i).is_some_and(|t| !t.capital && t.kind == Kind::Word)
                            && !matches!(text(i), "der" | "die" | "des" | "dem" | "den" | "von" | "für" | "und" | "im")
                    })
                    .unwrap_or(n.min(hit.after + 6));
                return Some(Ranges { claim: (0, n), attribution: (hit.after, end) });
            }
            let comma = comma_after(hit.after).filter(|&c| n - c > 4)?;
            return Some(Ranges { claim: (comma + 1, n), attribution: (hit.after, comma) });
        }
        if language == Language::De && text(hit.first) == "zufolge" {
            return Some(Ranges { claim: (0, n), attribution: (0, hit.first) });
        }
        let joint = hit.first.checked_sub(1).filter(|&i| text(i) == "," && i >= 4);
        if let Some(joint) = joint {
            return Some(Ranges { claim: (0, joint), attribution: (hit.after, n) });
        }
    }
    let that: &[&str] = match language {
        Language::En => &["that"],
        Language::Fr => &["que"],
        _ => &["dass", "daß"],
    };
    for hit in hits.iter().filter(|h| h.class == Speech::Verb) {
        let (v, after) = (hit.first, hit.after);
        // "CLAIM, said X" / "CLAIM, X said": the verb stands within a few words of a comma.
        let comma = (0..v).rev().take(10).find(|&i| text(i) == ",");
        if let Some(comma) = comma {
            let gap = v - comma - 1;
            let inverted = gap <= 1 && names_someone(comma + 1, n.min(after + 9));
            let straight = gap > 1 && gap <= 8 && n - after <= 6 && names_someone(comma + 1, v + 1);
            let so = language == Language::De && text(v) == "so" && gap == 0 && names_someone(after, n);
            let last_part = n - comma <= 24 && !(after..n).any(|i| that.contains(&text(i)));
            if comma >= 4 && last_part && (inverted || straight || so) && (text(v) != "so" || so) {
                return Some(Ranges { claim: (0, comma), attribution: (comma + 1, n) });
            }
        }
        if text(v) == "so" {
            if v == 0 && language == Language::De {
                continue;
            }
            continue;
        }
        // "X said that CLAIM", "X: CLAIM".
        if v <= 16 && names_someone(0, v) || (v <= 16 && v > 0 && language != Language::De) {
            let opened = (after..n.min(after + 9)).find(|&i| {
                that.contains(&text(i)) && (language != Language::De || text(i.wrapping_sub(1)) == ",")
            });
            if let Some(opened) = opened.filter(|&o| n - o > 4) {
                return Some(Ranges { claim: (opened + 1, n), attribution: (0, opened) });
            }
            let colon = (after..n.min(after + 12)).find(|&i| text(i) == ":");
            if let Some(colon) = colon.filter(|&c| n - c > 4) {
                return Some(Ranges { claim: (colon + 1, n), attribution: (0, colon) });
            }
            if language == Language::De {
                // "X sagte, die Stadt müsse …"
                let comma = (after..n.min(after + 8)).find(|&i| text(i) == ",");
                let infinitive = comma.is_some_and(|c| (c..n).any(|i| text(i) == "zu"));
                if let Some(comma) = comma.filter(|&c| n - c > 4 && !infinitive) {
                    return Some(Ranges { claim: (comma + 1, n), attribution: (0, comma) });
                }
            }
            if language == Language::En && BARE_VERBS.contains(&text(v)) && names_someone(0, v) {
                let next = text(after);
                let goes_on = matches!(
                    next,
                    "the" | "a" | "an" | "it" | "we" | "they" | "he" | "she" | "no" | "every" | "there" | "such"
                        | "any" | "all" | "people" | "children" | "those" | "this" | "nobody" | "keeping" | "closing"
                        | "our" | "their" | "not"
                );
                if goes_on && n - after > 4 {
                    return Some(Ranges { claim: (after, n), attribution: (0, after) });
                }
            }
        }
    }
    None
}

fn frame_zh(tokens: &[Token], hits: &[Hit<Speech>]) -> Option<Ranges> {
    let n = tokens.len();
    let text = |i: usize| tokens.get(i).map_or("", |t| t.text.as_str());
    for hit in hits.iter().filter(|h| h.class == Speech::According && h.close > h.after) {
        // 在 X 看来，CLAIM
        let mark = text(hit.close);
        if matches!(mark, "，" | ",") && n - hit.close > 6 {
            return Some(Ranges { claim: (hit.close + 1, n), attribution: (hit.after, hit.close - 1) });
        }
    }
    for hit in hits.iter().filter(|h| h.class == Speech::Verb) {
        if hit.first < 1 || hit.first > 45 || n < hit.after + 6 {
            continue;
        }
        let mark = text(hit.after);
        let joined = matches!(mark, "，" | "：" | "," | ":");
        let before = hits.iter().any(|h| {
            h.after <= hit.first
                && matches!(h.class, Speech::Role | Speech::Org | Speech::Pronoun)
                && hit.first - h.first <= 40
        }) || hits.iter().any(|h| {
            // 李国强认为: a surname two or three characters before the verb.
            h.class == Speech::Given && matches!(hit.first - h.first.min(hit.first), 2 | 3)
        });
        let short_verb = hit.after - hit.first == 1;
        // A foreign name before "表示，" is in no list; being short and followed by a mark tells it.
        let bare_subject = joined && hit.first <= 14 && !short_verb;
        if (before && (joined || !short_verb)) || bare_subject {
            let from = if joined { hit.after + 1 } else { hit.after };
            return Some(Ranges { claim: (from, n), attribution: (0, hit.after) });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::lexicons;
    use super::*;

    fn check(language: Language, text: &str, claim: &str) {
        let Some(lexicons) = lexicons(language) else { return };
        let body = Body::new(text, language, lexicons);
        let claims: Vec<String> = body
            .sentences
            .iter()
            .flat_map(|&s| body.frame(s))
            .filter(|f| f.voice != Voice::Own)
            .map(|f| body.text(f.claim))
            .collect();
        assert!(claims.iter().any(|c| c == claim), "{text} -> {claims:?}");
    }

    #[test]
    fn finds_claims_in_english() {
        let en = Language::En;
        check(en, "“Water belongs to everyone,” said Mayor Ann Low.", "Water belongs to everyone");
        check(en, "Ann Low said on Monday that water belongs to everyone.", "water belongs to everyone.");
        check(en, "According to the Farmers' Union, the wolf must be shot.", "the wolf must be shot.");
        check(en, "The wolf has no place here, argues farmer Joe Hill.", "The wolf has no place here");
        check(en, "'Water belongs to everyone,' Ann Low said.", "Water belongs to everyone");
    }

    #[test]
    fn finds_claims_in_other_languages() {
        check(Language::Fr, "« L’eau est un bien commun », estime la maire Anne Roux.", "L’eau est un bien commun");
        check(Language::Fr, "Selon Anne Roux, l'eau est un bien commun.", "l'eau est un bien commun.");
        check(Language::Fr, "La maire Anne Roux affirme que l'eau est à tous.", "l'eau est à tous.");
        check(Language::De, "„Das Wasser gehört allen“, sagte Anna Weber.", "Das Wasser gehört allen");
        check(Language::De, "Anna Weber sagte, dass das Wasser allen gehören muss.", "das Wasser allen gehören muss.");
        check(Language::De, "Das Wasser gehört allen, betonte Anna Weber.", "Das Wasser gehört allen");
        check(Language::Zh, "村支书李国强说：“水应当属于所有的人。”", "水应当属于所有的人。");
        check(Language::Zh, "教授王敏认为，水应当属于所有的人。", "水应当属于所有的人。");
    }
}
