//! Value statements of a body: one claim per sentence, where its score is high enough.
//!
//! The text of a statement is its passage with a capital at the start and a period at the end,
//! nothing else is changed. It rates claims by words, not by knowledge of the matter.

use super::frames::{Body, Framed, Voice};
use super::lexicon::lexicons;
use super::polarity::analyze;
use super::text::capitalized;
use super::value;
use crate::annotate::answer::{Extracted, Extraction};
use crate::base::language::Language;
use crate::base::sentences::Span;

/// What being said by somebody adds to a claim's score: reporters quote opinions, not figures.
const QUOTED_BONUS: f64 = 0.35;
/// The same for indirect speech, which also carries figures.
const INDIRECT_BONUS: f64 = 0.2;
/// What the outlet's own voice takes away: most of its sentences report.
const OWN_MALUS: f64 = 0.1;
/// Most statements taken from one body.
const MAX_STATEMENTS: usize = 12;

/// Extracts the value statements of a body.
pub(crate) fn extract(language: Language, body: &str) -> Extraction {
    let Some(lexicons) = lexicons(language) else {
        return Extraction::default();
    };
    let body = Body::new(body, language, lexicons);
    let mut found: Vec<(f64, Extracted)> = Vec::new();
    for &sentence in &body.sentences {
        let best = body
            .frame(sentence)
            .into_iter()
            .map(|framed| (score_of(&body, &framed), framed))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((score, framed)) = best.filter(|b| b.0 >= value::THRESHOLD) else {
            continue;
        };
        let framed = Framed {
            claim: without_lead_in(&body, &framed),
            ..framed
        };
        let text = finished(&body.text(framed.claim), language);
        let extracted = Extracted {
            text,
            passage: framed.claim,
            confidence: value::confidence(score),
        };
        found.push((score, extracted));
    }
    if found.len() > MAX_STATEMENTS {
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.truncate(MAX_STATEMENTS);
        found.sort_by_key(|f| f.1.passage.start);
    }
    Extraction(found.into_iter().map(|f| f.1).collect())
}

/// Words, or Chinese characters, before a colon that may be no more than a lead-in.
const LEAD_IN_WORDS: usize = 12;
/// How far the claim after a lead-in may score below the whole sentence.
const LEAD_IN_SLACK: f64 = 0.25;

/// Takes the lead-in off the outlet's own claim: in *One thing is clear: villages need schools* the
/// claim is what follows the colon.
fn without_lead_in(body: &Body<'_>, framed: &Framed) -> Span {
    let whole = framed.claim;
    if !matches!(framed.voice, Voice::Own) {
        return whole;
    }
    let text = body.text(whole);
    let chars: Vec<char> = text.chars().collect();
    let Some(colon) = chars.iter().position(|c| matches!(c, ':' | '：')) else {
        return whole;
    };
    let lead: String = chars.iter().take(colon).collect();
    let n_words = if body.language == Language::Zh {
        colon
    } else {
        lead.split_whitespace().count()
    };
    let after = chars
        .iter()
        .skip(colon + 1)
        .take_while(|c| c.is_whitespace())
        .count()
        + colon
        + 1;
    let claim = Span {
        start: whole.start + after,
        end: whole.end,
    };
    let score = |span: Span| value::score(&analyze(&body.text(span), body.language));
    if n_words <= LEAD_IN_WORDS
        && claim.start < claim.end
        && score(claim) + LEAD_IN_SLACK >= score(whole)
    {
        claim
    } else {
        whole
    }
}

fn score_of(body: &Body<'_>, framed: &Framed) -> f64 {
    let text = body.text(framed.claim);
    let score = value::score(&analyze(&text, body.language));
    match framed.voice {
        Voice::Quoted(_) => score + QUOTED_BONUS,
        Voice::Indirect => score + INDIRECT_BONUS,
        Voice::Own => score - OWN_MALUS,
    }
}

/// Gives a claim its capital and its period.
fn finished(claim: &str, language: Language) -> String {
    let mut text = capitalized(claim.trim());
    if !text.ends_with(['.', '!', '?', '。', '！', '？', '…']) {
        text.push(if language == Language::Zh { '。' } else { '.' });
    }
    text
}

#[cfg(test)]
#[path = "extract_tests.rs"]
mod tests;
