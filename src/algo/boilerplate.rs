//! Text that a source repeats in many documents: datelines, footers, notices.
//!
//! It finds the places; it changes no text that is stored. What counts is repetition alone, so that no
//! list of phrases is kept for any outlet.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use crate::base::language::is_han;
use crate::base::observe::{Cancelled, Observe};
use crate::base::sentences::{Span, sentences};

/// A text with its source.
#[derive(Clone, Copy, Debug)]
pub struct SourceText<'a> {
    /// Number of the outlet.
    pub source: usize,
    /// Text.
    pub text: &'a str,
}

/// How boilerplate is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoilerplateSettings {
    /// Share of a source's documents above which repeated text is boilerplate.
    pub min_share: f64,
    /// Documents a piece must stand in.
    pub min_docs: usize,
    /// Documents a source must have; in fewer a share means little.
    pub min_source_docs: usize,
    /// Characters at the beginning and at the end that are compared piece by piece.
    pub edge_chars: usize,
}

impl Default for BoilerplateSettings {
    fn default() -> Self {
        Self {
            min_share: 0.3,
            min_docs: 3,
            min_source_docs: 20,
            edge_chars: 60,
        }
    }
}

/// Weight a repeated beginning of a line inside the text must have: more, as there are many lines.
const MIN_LINE_WEIGHT: usize = 12;
/// Normalized characters by which lines are first told apart; only frequent ones are looked at closely.
const LINE_KEY_CHARS: usize = 8;
/// Letters and digits a repeated sentence must have; below it stand lone quotation marks and numbers.
const MIN_SENTENCE_WEIGHT: usize = 4;
/// Weight a piece at the edge must have: an ideograph counts 2, another letter or digit 1. Below it
/// stand beginnings that many texts share by chance, such as "The ".
const MIN_EDGE_WEIGHT: usize = 8;
/// Texts read between two looks at a cancel.
const CHUNK_DOCS: usize = 128;
/// Stands for an address; a character that texts do not use.
const ADDRESS: char = '\u{e000}';

/// Finds the boilerplate of every document.
///
/// Four kinds of piece are compared within a source: whole sentences, the beginnings of lines, the
/// beginning and the end of the text; of the last three the longest shared piece counts. Before comparing, blanks are dropped, letters made small,
/// runs of digits become one 0 and an address one sign: dates, times and links differ without
/// meaning.
///
/// # Shapes
/// - returns: for each document its spans in order, apart from each other.
///
/// # Units
/// Characters, as everywhere.
///
/// # Errors
/// [`Cancelled`] if the observer asks for it.
pub fn boilerplate_spans(
    docs: &[SourceText<'_>],
    settings: &BoilerplateSettings,
    observe: &dyn Observe,
) -> Result<Vec<Vec<Span>>, Cancelled> {
    observe.phase("boilerplate");
    let mut pieces: Vec<Pieces> = Vec::with_capacity(docs.len());
    for chunk in docs.chunks(CHUNK_DOCS) {
        observe.step(pieces.len() as u64, docs.len() as u64)?;
        pieces.par_extend(
            chunk
                .par_iter()
                .map(|d| Pieces::new(d.text, settings.edge_chars)),
        );
    }
    let mut by_source: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (i, doc) in docs.iter().enumerate() {
        by_source.entry(doc.source).or_default().push(i);
    }
    let mut spans = vec![Vec::new(); docs.len()];
    for members in by_source
        .into_values()
        .filter(|m| m.len() >= settings.min_source_docs)
    {
        // "over 30 %": strictly more.
        let above = (settings.min_share * members.len() as f64).floor() as usize + 1;
        let common = Common::new(
            &members,
            &pieces,
            above.max(settings.min_docs),
            settings.edge_chars,
        );
        let found: Vec<Vec<Span>> = members
            .par_iter()
            .map(|&i| common.spans(&pieces[i]))
            .collect();
        for (&i, own) in members.iter().zip(found) {
            spans[i] = merged(own);
        }
    }
    observe.step(docs.len() as u64, docs.len() as u64)?;
    Ok(spans)
}

/// Returns the text without the spans, a blank in place of each.
pub fn without_spans(text: &str, spans: &[Span]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut next = 0;
    for (i, c) in text.chars().enumerate() {
        while spans.get(next).is_some_and(|s| s.end <= i) {
            next += 1;
        }
        match spans.get(next) {
            Some(span) if span.start == i => out.push(' '),
            Some(span) if span.start < i => {}
            _ => out.push(c),
        }
    }
    out
}

/// A normalized character and the stretch of the text it stands for.
#[derive(Clone, Copy)]
struct Normal {
    c: char,
    span: Span,
}

/// What of a text is compared.
struct Pieces {
    sentences: Vec<(String, Span)>,
    /// Beginnings of the lines.
    lines: Vec<Vec<Normal>>,
    head: Vec<Normal>,
    /// Last character first.
    tail: Vec<Normal>,
}

impl Pieces {
    fn new(text: &str, edge_chars: usize) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let normal = normalize(&chars);
        let sentences = sentences(text)
            .into_iter()
            .map(|span| {
                let from = normal.partition_point(|n| n.span.start < span.start);
                let to = normal.partition_point(|n| n.span.start < span.end);
                (
                    normal[from..to.max(from)].iter().map(|n| n.c).collect(),
                    span,
                )
            })
            .collect();
        let mut lines = Vec::new();
        let mut start = 0;
        for line in chars.split(|&c| c == '\n') {
            let from = normal.partition_point(|n| n.span.start < start);
            let to = normal.partition_point(|n| n.span.start < start + line.len());
            if to >= from + LINE_KEY_CHARS {
                lines.push(normal[from..to.min(from + edge_chars + 1)].to_vec());
            }
            start += line.len() + 1;
        }
        let head = normal.iter().take(edge_chars + 1).copied().collect();
        let tail = normal.iter().rev().take(edge_chars + 1).copied().collect();
        Self {
            sentences,
            lines,
            head,
            tail,
        }
    }
}

/// Drops blanks, folds case, turns runs of digits into one 0 and addresses into one sign.
fn normalize(chars: &[char]) -> Vec<Normal> {
    let mut out: Vec<Normal> = Vec::with_capacity(chars.len());
    let mut i = 0;
    while i < chars.len() {
        let start = i;
        let c = chars[i];
        if c.is_whitespace() {
            i += 1;
            continue;
        }
        let folded = if is_address(&chars[i..]) {
            while i < chars.len() && !chars[i].is_whitespace() && !")>]}\"，。）".contains(chars[i])
            {
                i += 1;
            }
            ADDRESS
        } else if c.is_numeric() {
            while i < chars.len() && chars[i].is_numeric() {
                i += 1;
            }
            '0'
        } else {
            i += 1;
            c.to_lowercase().next().unwrap_or(c)
        };
        out.push(Normal {
            c: folded,
            span: Span { start, end: i },
        });
    }
    out
}

fn is_address(rest: &[char]) -> bool {
    ["http://", "https://", "www."].iter().any(|p| {
        rest.len() > p.len()
            && p.chars()
                .zip(rest)
                .all(|(a, b)| a == b.to_ascii_lowercase())
    })
}

/// The pieces that a source repeats.
struct Common {
    /// Characters of an edge that are compared; one more is kept to see where a word ends.
    edge_chars: usize,
    sentences: HashSet<String>,
    lines: HashSet<String>,
    heads: HashSet<String>,
    tails: HashSet<String>,
}

impl Common {
    fn new(members: &[usize], pieces: &[Pieces], needed: usize, edge_chars: usize) -> Self {
        let mut n_of_sentence: HashMap<&str, usize> = HashMap::new();
        let mut n_of_head: HashMap<String, usize> = HashMap::new();
        let mut n_of_tail: HashMap<String, usize> = HashMap::new();
        let mut n_of_key: HashMap<String, usize> = HashMap::new();
        for &i in members {
            let own: HashSet<&str> = pieces[i]
                .sentences
                .iter()
                .map(|(s, _)| s.as_str())
                .collect();
            #[expect(
                clippy::iter_over_hash_type,
                reason = "counts do not depend on the order"
            )]
            for sentence in own {
                *n_of_sentence.entry(sentence).or_insert(0) += 1;
            }
            let keys: BTreeSet<String> = pieces[i].lines.iter().map(|l| line_key(l)).collect();
            for key in keys {
                *n_of_key.entry(key).or_insert(0) += 1;
            }
            count_beginnings(&pieces[i].head, &mut n_of_head);
            count_beginnings(&pieces[i].tail, &mut n_of_tail);
        }
        let mut n_of_line: HashMap<String, usize> = HashMap::new();
        for &i in members {
            let mut own: HashMap<String, usize> = HashMap::new();
            for line in &pieces[i].lines {
                if n_of_key.get(&line_key(line)).is_some_and(|n| *n >= needed) {
                    count_beginnings(line, &mut own);
                }
            }
            for piece in own.into_keys() {
                *n_of_line.entry(piece).or_insert(0) += 1;
            }
        }
        let often = |counts: HashMap<String, usize>| -> HashSet<String> {
            counts
                .into_iter()
                .filter(|(_, n)| *n >= needed)
                .map(|(piece, _)| piece)
                .collect()
        };
        Self {
            edge_chars,
            sentences: n_of_sentence
                .into_iter()
                .filter(|(s, n)| *n >= needed && weight_of(s.chars()) >= MIN_SENTENCE_WEIGHT)
                .map(|(s, _)| s.to_owned())
                .collect(),
            lines: often(n_of_line),
            heads: often(n_of_head),
            tails: often(n_of_tail),
        }
    }

    fn spans(&self, own: &Pieces) -> Vec<Span> {
        let mut spans: Vec<Span> = own
            .sentences
            .iter()
            .filter(|(sentence, _)| self.sentences.contains(sentence))
            .map(|(_, span)| *span)
            .collect();
        for line in &own.lines {
            spans.extend(edge_span(
                line,
                &self.lines,
                MIN_LINE_WEIGHT,
                self.edge_chars,
            ));
        }
        spans.extend(edge_span(
            &own.head,
            &self.heads,
            MIN_EDGE_WEIGHT,
            self.edge_chars,
        ));
        spans.extend(edge_span(
            &own.tail,
            &self.tails,
            MIN_EDGE_WEIGHT,
            self.edge_chars,
        ));
        spans
    }
}

/// Weighs a piece: an ideograph counts 2, another letter or digit 1.
fn weight_of(chars: impl Iterator<Item = char>) -> usize {
    chars
        .map(|c| {
            if is_han(c) {
                2
            } else {
                usize::from(c.is_alphanumeric())
            }
        })
        .sum()
}

fn line_key(line: &[Normal]) -> String {
    line.iter().take(LINE_KEY_CHARS).map(|n| n.c).collect()
}

fn count_beginnings(edge: &[Normal], counts: &mut HashMap<String, usize>) {
    let mut piece = String::new();
    for n in edge {
        piece.push(n.c);
        *counts.entry(piece.clone()).or_insert(0) += 1;
    }
}

/// Finds the longest repeated piece that begins at the edge, is heavy enough and cuts no word.
fn edge_span(
    edge: &[Normal],
    common: &HashSet<String>,
    min_weight: usize,
    edge_chars: usize,
) -> Option<Span> {
    let mut piece = String::new();
    let mut weight = 0;
    let mut best: Option<Span> = None;
    for (i, n) in edge.iter().enumerate().take(edge_chars) {
        piece.push(n.c);
        if !common.contains(&piece) {
            break;
        }
        weight += weight_of(std::iter::once(n.c));
        // Blanks are gone from the normal form, so a gap between spans is a boundary too.
        let ends_word = !n.c.is_alphanumeric()
            || edge.get(i + 1).is_none_or(|next| {
                !next.c.is_alphanumeric()
                    || next.span.start > n.span.end
                    || next.span.end < n.span.start
            });
        // At the end of a text the piece grows backward; the sentence before it keeps its period.
        let is_period_before =
            n.span.start < edge.first().map_or(0, |f| f.span.start) && ".。!！?？".contains(n.c);
        if weight >= min_weight && ends_word && !is_period_before {
            let first = edge.first().map_or(n.span, |f| f.span);
            best = Some(Span {
                start: first.start.min(n.span.start),
                end: first.end.max(n.span.end),
            });
        }
    }
    best
}

/// Sorts spans and joins those that touch.
fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut out: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match out.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => out.push(span),
        }
    }
    out
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::observe::Silent;

    /// Masks the texts of one source.
    fn mask(texts: &[String]) -> Vec<String> {
        let docs: Vec<SourceText<'_>> = texts
            .iter()
            .map(|text| SourceText { source: 1, text })
            .collect();
        let spans = boilerplate_spans(&docs, &BoilerplateSettings::default(), &Silent).unwrap();
        texts
            .iter()
            .zip(spans)
            .map(|(t, s)| without_spans(t, &s).trim().to_owned())
            .collect()
    }

    /// A word that no other number gives.
    fn name(i: usize) -> String {
        let letter = |n: usize| char::from(b'a' + (n % 26) as u8);
        [
            letter(i),
            letter(i / 3 + 7),
            letter(i * 7 + 1),
            letter(i / 26),
        ]
        .iter()
        .collect()
    }

    #[test]
    fn masks_a_dateline_with_changing_dates() {
        let texts: Vec<String> = (0..40)
            .map(|i| {
                format!(
                    "NORDHAFEN, {} May (NPA) - {} met {}.",
                    i % 28 + 1,
                    name(i),
                    name(i + 5)
                )
            })
            .collect();
        assert_eq!(mask(&texts)[3], format!("{} met {}.", name(3), name(8)));
    }

    #[test]
    fn masks_a_chinese_prefix_within_a_sentence() {
        let texts: Vec<String> = (0..30)
            .map(|i| format!("远方台消息\n（晚间播报）：会议讨论了{}。", name(i)))
            .collect();
        assert_eq!(mask(&texts)[0], format!("会议讨论了{}。", name(0)));
    }

    #[test]
    fn masks_footers_with_addresses_and_repeated_sentences() {
        let texts: Vec<String> = (0..30)
            .map(|i| {
                let notice = if i % 2 == 0 {
                    " Sign up for our letter here."
                } else {
                    ""
                };
                format!(
                    "{} spoke.{notice} {} left {}.\n[Read](https://example.org/{i}/{}.html)",
                    name(i),
                    name(i + 1),
                    name(i + 2),
                    name(i)
                )
            })
            .collect();
        let masked = mask(&texts);
        assert!(
            !masked[0].contains("Sign up") && !masked[0].contains("Read"),
            "{}",
            masked[0]
        );
        assert!(masked[0].contains("spoke.") && masked[0].contains("left "));
    }

    #[test]
    fn masks_repeated_beginnings_of_lines() {
        let texts: Vec<String> = (0..30)
            .map(|i| {
                format!(
                    "{} left.\n\nPicture rights held by {}\n\nThen {} spoke.",
                    name(i),
                    name(i + 3),
                    name(i + 4)
                )
            })
            .collect();
        assert_eq!(
            mask(&texts)[2].replace('\n', ""),
            format!("{} left.  {}Then {} spoke.", name(2), name(5), name(6))
        );
    }

    #[test]
    fn leaves_chance_and_small_sources_alone() {
        let texts: Vec<String> = (0..40)
            .map(|i| format!("The {} is {}.", name(i), name(i + 9)))
            .collect();
        assert_eq!(mask(&texts), texts);
        let few: Vec<String> = (0..19)
            .map(|i| format!("NORDHAFEN (NPA) - {} spoke.", name(i)))
            .collect();
        assert_eq!(mask(&few), few);
    }

    #[test]
    fn needs_more_than_the_share() {
        let texts = |n_with: usize| -> Vec<String> {
            (0..40)
                .map(|i| {
                    if i < n_with {
                        format!("Ran {}. All rights kept.", name(i))
                    } else {
                        format!("Ran {}.", name(i))
                    }
                })
                .collect()
        };
        // 12 of 40 are exactly 30 %: not over it.
        assert_eq!(mask(&texts(12)), texts(12));
        assert_eq!(mask(&texts(13))[0], format!("Ran {}.", name(0)));
    }

    #[test]
    fn whole_texts_may_be_boilerplate() {
        let texts = vec!["No entry today.".to_owned(); 25];
        assert!(mask(&texts).iter().all(String::is_empty));
        assert!(mask(&[]).is_empty());
    }
}
