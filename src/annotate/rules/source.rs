//! Who says a statement: a named person or organization, the outlet itself, or nobody named.
//!
//! Looks around the passage, nearest words first, and follows pronouns to the person named last. It
//! never invents a name: what it returns stands in the body.

use super::frames::{Body, Framed, Voice};
use super::lexicon::{Hit, Speech, lexicons};
use super::names;
use super::text::Kind;
use crate::annotate::answer::SourceVerdict;
use crate::base::language::Language;
use crate::base::sentences::Span;
use crate::base::words::is_stop_word;
use crate::domain::statement::Speaker;

/// Sentences looked back for the person a pronoun stands for.
const LOOK_BACK: usize = 4;

/// Judges the source of the statement at `passage`.
pub(crate) fn judge(language: Language, passage: Span, body: &str) -> SourceVerdict {
    let Some(lexicons) = lexicons(language) else {
        return SourceVerdict::Unattributed;
    };
    let body = Body::new(body, language, lexicons);
    let Some(at) = body
        .sentences
        .iter()
        .position(|s| s.start <= passage.start && passage.start < s.end)
    else {
        return SourceVerdict::Unattributed;
    };
    let Some(&sentence) = body.sentences.get(at) else {
        return SourceVerdict::Unattributed;
    };
    let framed = framed_at(&body, sentence, passage);
    let speaker = match framed.voice {
        Voice::Own => return SourceVerdict::Official,
        Voice::Indirect => {
            let speaker = framed
                .attribution
                .iter()
                .find_map(|&a| speaker_in(&body, a, at));
            if speaker.is_none() && !framed.attribution.iter().any(|&a| names_somebody(&body, a)) {
                // "To put it plainly", "本报认为": nobody else speaks.
                return SourceVerdict::Official;
            }
            speaker
        }
        Voice::Quoted(quote) => {
            let opened = sentence_at(&body, quote.open);
            let closed = sentence_at(&body, quote.close);
            let around = spans_around(&body, quote.open, quote.close);
            around
                .iter()
                .find_map(|&a| speaker_in(&body, a, opened))
                .or_else(|| next_door(&body, opened, closed))
                .or_else(|| around.iter().find_map(|&a| names::unlisted(&body, a)))
        }
    };
    speaker.map_or(SourceVerdict::Unattributed, SourceVerdict::Quoted)
}

/// Tells whether an attribution speaks of anybody but the outlet itself: an office, a pronoun, a name of
/// whatever kind, or any subject before the verb ("Critics say").
fn names_somebody(body: &Body<'_>, attribution: Span) -> bool {
    let tokens = body.tokens(attribution);
    let hits = body.lexicons.speech.find(&tokens);
    if hits.iter().any(|h| h.class == Speech::Outlet) {
        return false;
    }
    let is_subject = |verb: &Hit<Speech>| {
        let before = verb.first.checked_sub(1).and_then(|i| tokens.get(i));
        before.is_some_and(|t| t.kind == Kind::Word && !is_stop_word(&t.text, body.language))
    };
    hits.iter().any(|h| match h.class {
        Speech::Role | Speech::Pronoun | Speech::Org | Speech::Given => true,
        Speech::Verb => is_subject(h),
        _ => false,
    }) || names::unlisted(body, attribution).is_some()
}

fn framed_at(body: &Body<'_>, sentence: Span, passage: Span) -> Framed {
    let mut frames = body.frame(sentence);
    let middle = usize::midpoint(passage.start, passage.end.min(sentence.end));
    let at = frames
        .iter()
        .position(|f| f.claim.start <= middle && middle < f.claim.end)
        .unwrap_or(0);
    // A passage outside of every quotation of its sentence, e.g. a scare quote beside the claim.
    if at < frames.len()
        && body.quote_of(passage).is_some()
            == matches!(frames.get(at).map(|f| f.voice), Some(Voice::Quoted(_)))
    {
        return frames.swap_remove(at);
    }
    let voice = body.quote_of(passage).map_or(Voice::Own, Voice::Quoted);
    match voice {
        Voice::Quoted(_) => Framed {
            claim: passage,
            attribution: Vec::new(),
            voice,
        },
        _ => frames.into_iter().next().unwrap_or(Framed {
            claim: passage,
            attribution: Vec::new(),
            voice,
        }),
    }
}

fn sentence_at(body: &Body<'_>, at: usize) -> usize {
    body.sentences
        .iter()
        .position(|s| at < s.end)
        .unwrap_or(body.sentences.len().saturating_sub(1))
}

/// Words after a quotation in its last sentence, then words before it in its first.
fn spans_around(body: &Body<'_>, open: usize, close: usize) -> Vec<Span> {
    let mut out = Vec::new();
    if let Some(last) = body.sentences.get(sentence_at(body, close)) {
        let end = body
            .quotes
            .iter()
            .map(|q| q.open)
            .find(|&o| o > close && o < last.end)
            .unwrap_or(last.end);
        if close + 1 < end {
            out.push(Span {
                start: close + 1,
                end,
            });
        }
    }
    if let Some(first) = body.sentences.get(sentence_at(body, open)) {
        let start = body
            .quotes
            .iter()
            .map(|q| q.close + 1)
            .rfind(|&c| c <= open && c > first.start)
            .unwrap_or(first.start);
        if start < open {
            out.push(Span { start, end: open });
        }
    }
    out
}

/// Finds a speaker in an attribution, following a pronoun backward from sentence `at`.
fn speaker_in(body: &Body<'_>, attribution: Span, at: usize) -> Option<Speaker> {
    let tokens = body.tokens(attribution);
    let hits = body.lexicons.speech.find(&tokens);
    if let Some(speaker) = names::find(body, &tokens, &hits, false) {
        return Some(speaker);
    }
    let pronoun = hits.iter().any(|h| h.class == Speech::Pronoun);
    let role_alone = hits.iter().any(|h| h.class == Speech::Role);
    if pronoun || role_alone {
        named_before(body, at)
    } else {
        None
    }
}

fn named_before(body: &Body<'_>, at: usize) -> Option<Speaker> {
    (0..at).rev().take(LOOK_BACK).find_map(|i| {
        let span = *body.sentences.get(i)?;
        let tokens = body.tokens(span);
        let hits = body.lexicons.speech.find(&tokens);
        names::find(body, &tokens, &hits, true)
    })
}

/// A quotation that fills its sentences: the sentence after or before says whose it is.
fn next_door(body: &Body<'_>, opened: usize, closed: usize) -> Option<Speaker> {
    let speaks = |i: usize| -> Option<(Span, bool)> {
        let span = *body.sentences.get(i)?;
        let tokens = body.tokens(span);
        let hits = body.lexicons.speech.find(&tokens);
        // Chinese counts characters, and says office and name before the verb.
        let (verb_within, tail_within) = if body.language == Language::Zh {
            (36, 48)
        } else {
            (8, 18)
        };
        let early = hits
            .iter()
            .any(|h| h.class == Speech::Verb && h.first <= verb_within);
        let any = hits
            .iter()
            .any(|h| matches!(h.class, Speech::Verb | Speech::According));
        let ends_open = tokens.last().is_some_and(|t| t.is_mark(":："));
        let quoted = body
            .quotes
            .iter()
            .any(|q| q.open >= span.start && q.open < span.end);
        // After a quotation only a short tail speaks for it; before it, any sentence that leads in.
        let tail = i > closed && early && !quoted && tokens.len() <= tail_within;
        ((i > closed && tail) || (i < opened && (any || ends_open))).then_some((span, ends_open))
    };
    let next = speaks(closed + 1);
    let before = opened.checked_sub(1).and_then(speaks);
    // A lead-in that ends in a colon is surer than a tail.
    let order = match (next, before) {
        (_, Some((b, true))) | (None, Some((b, false))) => vec![b],
        (Some((n, _)), Some((b, false))) => vec![n, b],
        (Some((n, _)), None) => vec![n],
        (None, None) => Vec::new(),
    };
    order
        .into_iter()
        .find_map(|span| speaker_in(body, span, opened))
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
