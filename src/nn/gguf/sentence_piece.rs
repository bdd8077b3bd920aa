//! Tokenizers over pieces with scores, as Llama 2 and Mistral have them.

use tokenizers::Tokenizer;
use tokenizers::decoders::DecoderWrapper;
use tokenizers::decoders::byte_fallback::ByteFallback;
use tokenizers::decoders::fuse::Fuse;
use tokenizers::decoders::sequence::Sequence as Decoders;
use tokenizers::decoders::strip::Strip;
use tokenizers::models::bpe::Merges;
use tokenizers::normalizers::{NormalizerWrapper, Prepend, Replace, Sequence};

use super::super::error::NnError;
use super::header::{COPY_AGAIN, Header};
use super::tokenizer::{Pieces, merged, unusable};

/// Stands for a blank within pieces.
const BLANK: &str = "▁";

/// Builds the tokenizer, without added tokens.
///
/// # Errors
/// [`NnError::Gguf`], [`NnError::Tokenizer`].
///
/// # Source
/// `LlamaConverter` of transformers' `convert_slow_tokenizer.py` (legacy form, which Llama 2 and
/// Mistral 7B were published with): no words, the whole text is one. Gives the tokens of
/// sentencepiece 0.2.3; transformers' own reading of GGUF files loses a blank at a text's beginning.
pub(super) fn build(
    header: &Header,
    bytes: &[u8],
    pieces: &Pieces<'_>,
) -> Result<Tokenizer, NnError> {
    let key = "tokenizer.ggml.scores";
    let scores = header
        .numbers(bytes, key)?
        .ok_or_else(|| header.missing(key))?;
    if scores.len() != pieces.len() {
        return Err(header.refuse(
            format!("it has {} tokens and {} scores", pieces.len(), scores.len()),
            COPY_AGAIN,
        ));
    }
    let key = "tokenizer.ggml.unknown_token_id";
    let unknown = header.token(key)?.unwrap_or(0);
    let vocab = pieces.vocabulary(header)?;
    let unknown = pieces.text(unknown).filter(|t| vocab.contains_key(*t));
    let unknown = unknown.ok_or_else(|| header.missing(key))?.to_owned();
    let merges = merges(pieces, &scores);
    let model = merged(header, vocab, merges, |b| {
        b.unk_token(unknown).fuse_unk(true).byte_fallback(true)
    })?;
    let prefix = header.flag("tokenizer.ggml.add_space_prefix")? != Some(false);
    let mut normal: Vec<NormalizerWrapper> = Vec::new();
    let mut decode: Vec<DecoderWrapper> = vec![
        Replace::new(BLANK, " ").map_err(unusable)?.into(),
        ByteFallback::new().into(),
        Fuse::new().into(),
    ];
    if prefix {
        normal.push(Prepend::new(BLANK.to_owned()).into());
        decode.push(Strip::new(' ', 1, 0).into());
    }
    normal.push(Replace::new(" ", BLANK).map_err(unusable)?.into());
    let mut tokenizer = Tokenizer::new(model);
    tokenizer
        .with_normalizer(Some(Sequence::new(normal)))
        .map_err(unusable)?
        .with_decoder(Some(Decoders::new(decode)));
    Ok(tokenizer)
}

/// Finds the merges that lead to the pieces: each way to cut a piece into two others, the best piece
/// first.
///
/// # Source
/// `generate_merges` of transformers 5.23: pieces of equal score by the longer left part, then in the
/// file's order; cuts of one piece likewise. Unlike there, control tokens and bytes take no part, as no
/// text is merged into them.
fn merges(pieces: &Pieces<'_>, scores: &[f32]) -> Merges {
    let known: std::collections::HashMap<&str, u32> =
        pieces.normal().map(|(id, text)| (text, id)).collect();
    let mut found = Vec::new();
    for (id, piece) in pieces.normal() {
        let score = scores.get(id as usize).copied().unwrap_or_default();
        let from = found.len();
        for (n_left, (at, _)) in piece.char_indices().enumerate().skip(1) {
            let (left, right) = piece.split_at(at);
            if let (Some(&l), Some(&r)) = (known.get(left), known.get(right)) {
                let n_right = right.chars().count();
                found.push((score, n_left, n_right, (l, r), (left, right)));
            }
        }
        found[from..].sort_by_key(|f| f.3);
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)).then(b.2.cmp(&a.2)));
    found
        .into_iter()
        .map(|f| (f.4.0.to_owned(), f.4.1.to_owned()))
        .collect()
}
