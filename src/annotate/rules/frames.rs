//! Where a claim stands in its sentence and which words around it say who speaks.
//!
//! Finds quotations of the whole body and, in each sentence, the frame of indirect speech ("said
//! that", "selon", "laut", 表示). It names no speaker; `source` does.

mod indirect;

use super::lexicon::Lexicons;
use super::text::{Token, tokenize_chars};
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
        Self {
            language,
            lexicons,
            sentences: sentences(body),
            quotes,
            chars,
        }
    }

    /// Returns the text under a span.
    pub(crate) fn text(&self, span: Span) -> String {
        self.chars
            .get(span.start..span.end)
            .unwrap_or(&[])
            .iter()
            .collect()
    }

    /// Cuts the text under a span into tokens; their offsets count in the body.
    pub(crate) fn tokens(&self, span: Span) -> Vec<Token> {
        let mut tokens = tokenize_chars(
            self.chars.get(span.start..span.end).unwrap_or(&[]),
            self.language,
        );
        for token in &mut tokens {
            token.start += span.start;
            token.end += span.start;
        }
        tokens
    }

    /// Returns the quotation that holds most of a span.
    pub(crate) fn quote_of(&self, span: Span) -> Option<Quote> {
        let middle = usize::midpoint(span.start, span.end);
        self.quotes
            .iter()
            .find(|q| q.open < middle && middle < q.close)
            .copied()
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
                let attribution = around(quote, sentence);
                out.push(Framed {
                    claim,
                    attribution,
                    voice: Voice::Quoted(quote),
                });
            }
        }
        if out.is_empty() {
            out.push(self.frame_indirect(sentence));
        }
        out
    }

    /// A few quoted words inside a sentence are the sentence's own; a clause is a claim.
    fn is_claim_sized(&self, claim: Span, quote: Quote, sentence: Span) -> bool {
        let chars = self.chars.get(claim.start..claim.end).unwrap_or(&[]);
        let n_words = chars
            .split(|c| c.is_whitespace())
            .filter(|w| !w.is_empty())
            .count();
        let n_han = chars.iter().filter(|c| is_han(**c)).count();
        let long = if self.language == Language::Zh {
            n_han >= 8
        } else {
            n_words >= 4
        };
        if !long {
            return false;
        }
        let share = chars.len() as f64 / (sentence.end - sentence.start).max(1) as f64;
        let begins_sentence = chars
            .first()
            .is_some_and(|c| c.is_uppercase() || is_han(*c));
        let before = self
            .chars
            .get(sentence.start..quote.open.max(sentence.start))
            .unwrap_or(&[])
            .iter()
            .rev()
            .find(|c| !c.is_whitespace());
        let introduced = before.is_none_or(|c| matches!(c, ':' | '：' | ',' | '，'));
        share >= 0.6
            || (begins_sentence && (introduced || share >= 0.35))
            || (introduced && n_words >= 6)
    }

    /// Cuts blanks, quotation marks and joints from both ends; keeps the final period.
    pub(crate) fn trim(&self, span: Span) -> Span {
        let Span { mut start, mut end } = span;
        let at = |i: usize| self.chars.get(i).copied().unwrap_or(' ');
        while start < end
            && (is_quote_mark(at(start)) || at(start).is_whitespace() || is_joint(at(start)))
        {
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
            Language::Zh => indirect::chinese(&tokens, &hits),
            _ => indirect::spaced(&tokens, &hits, self.language),
        };
        let own = Framed {
            claim: self.trim(sentence),
            attribution: Vec::new(),
            voice: Voice::Own,
        };
        let Some(found) = found else { return own };
        let span_of = |first: usize, after: usize| {
            let start = tokens.get(first)?.start;
            let end = tokens.get(after.checked_sub(1)?)?.end;
            (start < end).then_some(Span { start, end })
        };
        let claim = span_of(found.claim.0, found.claim.1).map(|s| self.trim(s));
        let attribution = span_of(found.attribution.0, found.attribution.1);
        match (claim, attribution) {
            (Some(claim), Some(attribution)) if claim.start < claim.end => Framed {
                claim,
                attribution: vec![attribution],
                voice: Voice::Indirect,
            },
            _ => own,
        }
    }
}

/// Words of the sentence before and after a quotation, the nearer end first.
fn around(quote: Quote, sentence: Span) -> Vec<Span> {
    let mut out = Vec::new();
    if quote.close + 1 < sentence.end {
        out.push(Span {
            start: quote.close + 1,
            end: sentence.end,
        });
    }
    if quote.open > sentence.start {
        out.push(Span {
            start: sentence.start,
            end: quote.open,
        });
    }
    out
}

fn is_joint(c: char) -> bool {
    matches!(
        c,
        ',' | ';' | ':' | '，' | '；' | '：' | '、' | '–' | '—' | '-'
    )
}

fn is_quote_mark(c: char) -> bool {
    matches!(
        c,
        '"' | '“'
            | '”'
            | '„'
            | '«'
            | '»'
            | '「'
            | '」'
            | '『'
            | '』'
            | '‘'
            | '’'
            | '\''
            | '‚'
            | '‹'
            | '›'
    )
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
                && !(single
                    && (word(chars.get(j + 1))
                        || chars.get(j - 1).is_some_and(|p| p.is_whitespace())))
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

#[cfg(test)]
mod tests;
