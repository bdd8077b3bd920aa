//! Learns a byte-level tokenizer from texts and writes it as `tokenizer.json`.
//!
//! Equal texts give equal bytes: the learner breaks ties by token number, and counting words is a sum.

use std::path::Path;

use tokenizers::models::bpe::{BPE, BpeTrainerBuilder};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, Tokenizer, TokenizerBuilder};

use super::error::NnError;

/// Begins a text.
pub const BEGIN: &str = "<|begin|>";

/// Ends a text.
pub const END: &str = "<|end|>";

/// Number of [`BEGIN`].
pub const BEGIN_ID: u32 = 0;

/// Number of [`END`].
pub const END_ID: u32 = 1;

/// Learns a tokenizer of `vocab` tokens and writes it into a folder.
///
/// # Errors
/// [`NnError::Tokenizer`] or [`NnError::Io`].
pub fn learn(texts: &[String], vocab: usize, folder: &Path) -> Result<(), NnError> {
    let refuse = |e: tokenizers::Error| NnError::Tokenizer {
        reason: e.to_string(),
    };
    let mut learner = BpeTrainerBuilder::new()
        .show_progress(false)
        .vocab_size(vocab)
        .min_frequency(2)
        .special_tokens(vec![
            AddedToken::from(BEGIN, true),
            AddedToken::from(END, true),
        ])
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    let mut built = TokenizerBuilder::new()
        .with_model(BPE::default())
        .with_normalizer(None::<tokenizers::normalizers::NormalizerWrapper>)
        .with_pre_tokenizer(Some(ByteLevel::new(false, true, true)))
        .with_post_processor(None::<TemplateProcessing>)
        .with_decoder(Some(ByteLevel::default()))
        .build()
        .map_err(refuse)?;
    built
        .train(&mut learner, texts.iter().map(String::as_str))
        .map_err(refuse)?;
    let begins = TemplateProcessing::builder()
        .try_single(format!("{BEGIN} $A"))
        .map_err(|e| refuse(e.into()))?
        .try_pair(format!("{BEGIN} $A $B"))
        .map_err(|e| refuse(e.into()))?
        .special_tokens(vec![(BEGIN, BEGIN_ID)])
        .build()
        .map_err(|e| refuse(e.into()))?;
    let mut tokenizer: Tokenizer = built.into();
    tokenizer.with_post_processor(Some(begins));
    let json = tokenizer.to_string(false).map_err(refuse)?;
    super::files::write_whole(&folder.join("tokenizer.json"), json.as_bytes())
}
