//! The tokenizer that a GGUF file's metadata describes, built so that it reads texts as the model's own
//! `tokenizer.json` does. Text in, tokens out; it knows no weights.

use tokenizers::models::bpe::{BPE, Merges, Vocab};
use tokenizers::processors::template::{SpecialToken, TemplateProcessing};
use tokenizers::{AddedToken, Tokenizer};

use super::super::error::NnError;
use super::header::{CONVERT_AGAIN, COPY_AGAIN, Header};
use super::{byte_level, sentence_piece};

/// Kinds of tokens, as `tokenizer.ggml.token_type` numbers them.
const NORMAL: i32 = 1;
const CONTROL: i32 = 3;
const USER_DEFINED: i32 = 4;
const UNUSED: i32 = 5;

/// Key of the kind of tokenizer.
const MODEL: &str = "tokenizer.ggml.model";

/// The key under which the template knows the beginning of text; no text of a token, as a token's
/// blanks and colons would be read as the template's own.
const BEGIN: &str = "begin";

/// Tokens that begin and end a text.
pub(super) struct Ends {
    /// Begins a text.
    pub(super) bos: Option<u32>,
    /// End a text or a turn of talk.
    pub(super) eos: Vec<u32>,
}

impl Ends {
    /// Reads them.
    ///
    /// # Errors
    /// [`NnError::Gguf`] where the file has something else in their place.
    pub(super) fn read(header: &Header, bytes: &[u8]) -> Result<Self, NnError> {
        let mut bos = header.token("tokenizer.ggml.bos_token_id")?;
        let mut eos = Vec::new();
        for name in ["eos", "eot", "eom"] {
            if let Some(id) = header.token(&format!("tokenizer.ggml.{name}_token_id"))?
                && !eos.contains(&id)
            {
                eos.push(id);
            }
        }
        // The places SentencePiece gives them, which old files leave unsaid.
        if header.text(bytes, MODEL)? == Some("llama") {
            bos = bos.or(Some(1));
            if eos.is_empty() {
                eos.push(2);
            }
        }
        Ok(Self { bos, eos })
    }
}

/// The tokens of a file, each with its kind.
pub(super) struct Pieces<'a> {
    texts: Vec<&'a str>,
    kinds: Vec<i32>,
}

impl<'a> Pieces<'a> {
    fn read(header: &Header, bytes: &'a [u8]) -> Result<Self, NnError> {
        let key = "tokenizer.ggml.tokens";
        let texts = header
            .texts(bytes, key)?
            .ok_or_else(|| header.missing(key))?;
        let kinds = header.integers(bytes, "tokenizer.ggml.token_type")?;
        let kinds = kinds.unwrap_or_else(|| vec![NORMAL; texts.len()]);
        if texts.is_empty() || kinds.len() != texts.len() {
            return Err(header.refuse(
                format!(
                    "it has {} tokens and {} kinds for them",
                    texts.len(),
                    kinds.len()
                ),
                COPY_AGAIN,
            ));
        }
        Ok(Self { texts, kinds })
    }

    /// Returns how many there are, unused ones counted.
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Returns the text of a token.
    pub(super) fn text(&self, id: u32) -> Option<&'a str> {
        self.texts.get(id as usize).copied()
    }

    /// Returns number, text and kind of the tokens in use.
    ///
    /// Unused ones pad the list to the embedding's rows; no `tokenizer.json` has them.
    fn used(&self) -> impl Iterator<Item = (u32, &'a str, i32)> {
        let numbered = self.texts.iter().zip(&self.kinds).zip(0..);
        numbered
            .map(|((text, kind), id)| (id, *text, *kind))
            .filter(|(_, _, kind)| *kind != UNUSED)
    }

    /// Returns number and text of the tokens that texts are made of: no control tokens, no bytes.
    pub(super) fn normal(&self) -> impl Iterator<Item = (u32, &'a str)> {
        self.used()
            .filter(|(_, _, kind)| *kind == NORMAL)
            .map(|(id, text, _)| (id, text))
    }

    /// Returns the vocabulary.
    ///
    /// # Errors
    /// [`NnError::Gguf`] if two tokens have the same text: which of them a text becomes is a guess.
    pub(super) fn vocabulary(&self, header: &Header) -> Result<Vocab, NnError> {
        let mut vocab = Vocab::default();
        for (id, text, _) in self.used() {
            if let Some(other) = vocab.insert(text.to_owned(), id) {
                return Err(header.refuse(
                    format!("its tokens {other} and {id} are the same text"),
                    CONVERT_AGAIN,
                ));
            }
        }
        Ok(vocab)
    }
}

/// Puts a vocabulary and its merges together after checking that every merge makes a token.
///
/// # Errors
/// [`NnError::Gguf`], [`NnError::Tokenizer`].
pub(super) fn merged(
    header: &Header,
    vocab: Vocab,
    merges: Merges,
    settle: impl FnOnce(tokenizers::models::bpe::BpeBuilder) -> tokenizers::models::bpe::BpeBuilder,
) -> Result<BPE, NnError> {
    // The library writes a merge's text into a buffer as long as the longest token, and panics beyond it.
    let makes_token = |(a, b): &(String, String)| {
        vocab.contains_key(a) && vocab.contains_key(b) && vocab.contains_key(&format!("{a}{b}"))
    };
    if let Some((a, b)) = merges.iter().find(|m| !makes_token(m)) {
        return Err(header.refuse(
            format!("it merges {a:?} and {b:?}, which gives no token"),
            COPY_AGAIN,
        ));
    }
    settle(BPE::builder().vocab_and_merges(vocab, merges))
        .build()
        .map_err(unusable)
}

/// Turns the library's error into ours.
pub(super) fn unusable(e: impl Into<tokenizers::Error>) -> NnError {
    NnError::Tokenizer {
        reason: e.into().to_string(),
    }
}

/// Builds the tokenizer.
///
/// # Errors
/// [`NnError::Gguf`], or [`NnError::Tokenizer`] where the library refuses.
pub(super) fn build(header: &Header, bytes: &[u8], ends: &Ends) -> Result<Tokenizer, NnError> {
    let model = header
        .text(bytes, MODEL)?
        .ok_or_else(|| header.missing(MODEL))?;
    let pieces = Pieces::read(header, bytes)?;
    let (mut tokenizer, begins) = match model {
        "gpt2" => byte_level::build(header, bytes, &pieces)?,
        "llama" => (sentence_piece::build(header, bytes, &pieces)?, true),
        other => {
            return Err(header.refuse(
                format!("its tokenizer is of kind {other}, and known are gpt2 and llama"),
                "take a plain model of the Llama or Qwen family",
            ));
        }
    };
    let marked = |wanted: i32| {
        pieces
            .used()
            .filter(move |(_, text, kind)| *kind == wanted && !text.is_empty())
            .map(move |(_, text, _)| {
                // Matched in the text as written, before blanks are replaced or letters composed.
                AddedToken::from(text, wanted == CONTROL).normalized(false)
            })
    };
    tokenizer
        .add_special_tokens(marked(CONTROL))
        .and_then(|_| tokenizer.add_tokens(marked(USER_DEFINED)))
        .map_err(unusable)?;
    for &id in ends.bos.iter().chain(&ends.eos) {
        if id as usize >= pieces.len() {
            return Err(header.refuse(
                format!(
                    "token {id} begins or ends a text, and there are {}",
                    pieces.len()
                ),
                COPY_AGAIN,
            ));
        }
    }
    if header
        .flag("tokenizer.ggml.add_bos_token")?
        .unwrap_or(begins)
    {
        let key = "tokenizer.ggml.bos_token_id";
        let bos = ends.bos.ok_or_else(|| header.missing(key))?;
        let text = pieces.text(bos).unwrap_or_default();
        tokenizer.with_post_processor(Some(begin_with(bos, text)?));
    }
    Ok(tokenizer)
}

/// Returns what puts a token before every text.
fn begin_with(bos: u32, text: &str) -> Result<TemplateProcessing, NnError> {
    let token = SpecialToken::new(BEGIN.to_owned(), vec![bos], vec![text.to_owned()]);
    TemplateProcessing::builder()
        .try_single(format!("{BEGIN} $A"))
        .map_err(unusable)?
        .try_pair(format!("{BEGIN} $A $B:1"))
        .map_err(unusable)?
        .special_tokens(vec![token.map_err(unusable)?])
        .build()
        .map_err(unusable)
}
