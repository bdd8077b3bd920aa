//! `meridian tool ctfidf`: the words that set topics apart.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::json;

use super::{Timing, finish, read_lines, write_lines};
use crate::algo::topics::ctfidf::{CtfidfSettings, ctfidf, heaviest};
use crate::algo::topics::vocabulary::{LanguageText, MAX_WORDS, VocabularySettings, count_terms};
use crate::base::language::Language;
use crate::cli::console::Console;

/// Arguments of `tool ctfidf`.
#[derive(clap::Args)]
pub(in crate::cli) struct CtfidfArgs {
    /// Documents: JSON lines with `text` and `topic`, a whole number
    docs: PathBuf,
    /// Terms to write: JSON lines with `topic` and `terms`, heaviest first
    terms: PathBuf,
    /// Weigh by BM25
    #[arg(long)]
    bm25: bool,
    /// Take the square root of shares, so that frequent words weigh less
    #[arg(long)]
    reduce_frequent: bool,
    /// Words of a term, the fewest and the most
    #[arg(long, default_value = "1,1", value_name = "N,M", value_parser = parse_range)]
    ngrams: (usize, usize),
    /// Terms of each topic
    #[arg(long, default_value_t = 10)]
    top: usize,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

fn parse_range(text: &str) -> Result<(usize, usize), String> {
    let range = text.split_once(',').and_then(|(from, to)| {
        let from: usize = from.trim().parse().ok()?;
        Some((from, to.trim().parse().ok()?))
    });
    range
        .filter(|(from, to)| 1 <= *from && from <= to && *to <= MAX_WORDS)
        .ok_or_else(|| {
            format!(
                "give the fewest and the most words of a term, such as 1,2; at most {MAX_WORDS}"
            )
        })
}

#[derive(Deserialize)]
struct Line {
    text: String,
    topic: i64,
}

/// Weighs the terms.
///
/// # Source
/// `BERTopic` 0.17.4 joins the documents of a topic by blanks before it counts, so that the last
/// word of one and the first of the next make a pair; so do we here. The pipeline counts document by
/// document.
pub(super) fn weigh(args: &CtfidfArgs, console: &Console) -> anyhow::Result<()> {
    let lines: Vec<Line> = read_lines(&args.docs)?;
    let n_docs = lines.len();
    let mut by_topic: BTreeMap<i64, String> = BTreeMap::new();
    for line in lines {
        let text = by_topic.entry(line.topic).or_default();
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&line.text);
    }
    let texts: Vec<LanguageText<'_>> = by_topic
        .values()
        .map(|text| LanguageText {
            // Asked only by stop words and stems, which stay out of this.
            language: Language::Other,
            text,
        })
        .collect();
    let counted = VocabularySettings {
        n_words: args.ngrams,
        min_docs: 1,
        max_doc_share: 1.0,
        drops_stop_words: false,
        folds_stems: false,
    };
    let weighed = CtfidfSettings {
        bm25: args.bm25,
        reduce_frequent: args.reduce_frequent,
    };
    let work = |timing: &Timing<'_>| {
        let (vocabulary, counts) = count_terms(&texts, &counted, timing)?;
        Ok((ctfidf(&counts, weighed), vocabulary))
    };
    let ((weights, vocabulary), mut summary) =
        Timing::begin("topic words", console).run(None, work)?;
    let out: Vec<serde_json::Value> = by_topic
        .keys()
        .zip(&weights)
        .map(|(topic, weights)| {
            let terms: Vec<serde_json::Value> = heaviest(weights, args.top)
                .into_iter()
                .filter_map(|(term, weight)| {
                    Some(json!({"term": vocabulary.term(term)?, "weight": weight}))
                })
                .collect();
            json!({"topic": topic, "terms": terms})
        })
        .collect();
    write_lines(&args.terms, &out)?;
    summary.insert("documents".into(), n_docs.into());
    summary.insert("topics".into(), out.len().into());
    summary.insert("vocabulary".into(), vocabulary.len().into());
    let text = format!(
        "{} topics, {} terms; written to {}",
        out.len(),
        vocabulary.len(),
        args.terms.display()
    );
    finish(args.json, summary, &text, console);
    Ok(())
}
