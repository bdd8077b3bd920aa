//! Tokenizers over bytes, as GPT-2, Llama 3 and Qwen have them.

use tokenizers::normalizers::unicode::NFC;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{SplitDelimiterBehavior, Tokenizer};

use super::super::error::NnError;
use super::header::{CONVERT_AGAIN, COPY_AGAIN, Header};
use super::tokenizer::{Pieces, merged, unusable};

/// Key of the way texts are split into words.
const PRE: &str = "tokenizer.ggml.pre";

/// How Llama 3 splits texts.
///
/// # Source
/// `tokenizer.json` of Meta-Llama-3-8B.
const LLAMA3_WORDS: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// How Qwen 2, 2.5 and 3 split texts: as Llama 3 does, but every digit alone.
///
/// # Source
/// `tokenizer.json` of Qwen2-7B.
const QWEN2_WORDS: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// What is particular to a way of splitting.
struct Habit {
    /// The expression, or GPT-2's own.
    words: Option<&'static str>,
    /// Accents are joined with their letters first.
    composes: bool,
    /// A word that is a token stays whole, whatever its merges give.
    keeps_words: bool,
    /// A text begins with the beginning of text where the file does not say.
    begins: bool,
}

impl Habit {
    /// Finds the habit of a file.
    ///
    /// # Errors
    /// [`NnError::Gguf`]: without it, or with one that is not known, texts would be split in another
    /// way than in training, and every score would be off without a sign.
    ///
    /// # Source
    /// Names as in llama.cpp `llama-vocab.cpp`. Its `default` splits more finely than GPT-2, a guess for
    /// files without a name; we read `default` as GPT-2's, and refuse a file without one.
    fn read(header: &Header, bytes: &[u8]) -> Result<Self, NnError> {
        match header.text(bytes, PRE)? {
            Some("llama-bpe" | "llama3" | "llama-v3") => Ok(Self {
                words: Some(LLAMA3_WORDS),
                composes: false,
                keeps_words: true,
                begins: true,
            }),
            Some("qwen2") => Ok(Self {
                words: Some(QWEN2_WORDS),
                composes: true,
                keeps_words: false,
                begins: false,
            }),
            Some("default" | "gpt-2") => Ok(Self {
                words: None,
                composes: false,
                keeps_words: false,
                begins: false,
            }),
            Some(other) => Err(header.refuse(
                format!(
                    "its tokenizer splits texts as {other} does, and known are llama-bpe, qwen2 and gpt-2"
                ),
                "take a plain model of the Llama or Qwen family",
            )),
            None => Err(header.refuse(
                "it is too old to say how its tokenizer splits texts".to_owned(),
                CONVERT_AGAIN,
            )),
        }
    }
}

/// Builds the tokenizer, without added tokens, and tells whether texts begin with the beginning of
/// text where the file does not say.
///
/// # Errors
/// [`NnError::Gguf`], [`NnError::Tokenizer`].
pub(super) fn build(
    header: &Header,
    bytes: &[u8],
    pieces: &Pieces<'_>,
) -> Result<(Tokenizer, bool), NnError> {
    let habit = Habit::read(header, bytes)?;
    let vocab = pieces.vocabulary(header)?;
    let alphabet = ByteLevel::alphabet();
    let n_bytes = alphabet
        .iter()
        .filter(|c| vocab.contains_key(&c.to_string()))
        .count();
    if n_bytes < alphabet.len() {
        // A byte without token would vanish from the texts.
        return Err(header.refuse(
            format!("its tokens cover {n_bytes} of the {} bytes", alphabet.len()),
            CONVERT_AGAIN,
        ));
    }
    let key = "tokenizer.ggml.merges";
    let written = header
        .texts(bytes, key)?
        .ok_or_else(|| header.missing(key))?;
    let mut merges = Vec::with_capacity(written.len());
    for merge in written {
        // The first character belongs to the first piece even where it is a blank.
        let at = merge.char_indices().skip(1).find(|(_, c)| *c == ' ');
        let Some((a, b)) = at.and_then(|(at, _)| Some((merge.get(..at)?, merge.get(at + 1..)?)))
        else {
            return Err(header.refuse(format!("its merge {merge:?} is no pair"), COPY_AGAIN));
        };
        merges.push((a.to_owned(), b.to_owned()));
    }
    let model = merged(header, vocab, merges, |b| {
        b.ignore_merges(habit.keeps_words)
    })?;
    let mut tokenizer = Tokenizer::new(model);
    if habit.composes {
        tokenizer.with_normalizer(Some(NFC)).map_err(unusable)?;
    }
    let split: PreTokenizerWrapper = match habit.words {
        None => ByteLevel::new(false, true, true).into(),
        Some(words) => {
            let pattern = SplitPattern::Regex(words.to_owned());
            let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false);
            Sequence::new(vec![
                split.map_err(unusable)?.into(),
                ByteLevel::new(false, true, false).into(),
            ])
            .into()
        }
    };
    tokenizer
        .with_pre_tokenizer(Some(split))
        .with_decoder(Some(ByteLevel::default()));
    Ok((tokenizer, habit.begins))
}
