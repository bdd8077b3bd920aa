//! The tokenizer of a model: texts to tokens and back, and where a continuation begins.

use std::path::Path;

use super::error::NnError;

/// A model's tokenizer.
pub struct TextTokenizer {
    inner: tokenizers::Tokenizer,
    bos: Option<u32>,
    eos: Vec<u32>,
}

/// A context and its continuation as tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct Joint {
    /// All tokens, the context's first.
    pub ids: Vec<u32>,
    /// Tokens of the context, at least 1.
    pub n_context: usize,
    /// The continuation as it was encoded, with the blanks that stood at the context's end.
    pub continuation: String,
    /// For each token of the continuation, where it ends in [`Joint::continuation`], in characters.
    pub ends: Vec<u32>,
    /// The context alone gives the same tokens as the context within the whole.
    pub prefix_holds: bool,
}

/// Where a token stands in its text, in characters.
type CharSpan = (usize, usize);

impl Joint {
    /// Returns how many tokens are scored.
    pub fn n_scored(&self) -> usize {
        self.ids.len() - self.n_context
    }
}

impl TextTokenizer {
    /// Reads a folder's `tokenizer.json`.
    ///
    /// # Errors
    /// [`NnError::MissingFile`], [`NnError::Tokenizer`], or [`NnError::Vocabulary`] if it has more tokens
    /// than the model.
    pub fn read(
        folder: &Path,
        vocab: usize,
        bos: Option<u32>,
        eos: &[u32],
    ) -> Result<Self, NnError> {
        let path = folder.join("tokenizer.json");
        if !path.is_file() {
            return Err(NnError::MissingFile {
                name: "tokenizer.json".to_owned(),
                advice: "the fast tokenizer's file comes with the model; a slow one is converted by \
                         saving it with transformers' AutoTokenizer",
                folder: folder.to_owned(),
            });
        }
        let inner = tokenizers::Tokenizer::from_file(&path).map_err(|e| NnError::Tokenizer {
            reason: e.to_string(),
        })?;
        let n_tokens = inner
            .get_vocab(true)
            .into_values()
            .max()
            .map_or(0, |m| m as usize + 1);
        if n_tokens > vocab {
            return Err(NnError::Vocabulary { n_tokens, vocab });
        }
        if n_tokens == 0 {
            return Err(NnError::Tokenizer {
                reason: "it has no tokens".to_owned(),
            });
        }
        Ok(Self {
            inner,
            bos,
            eos: eos.to_vec(),
        })
    }

    fn encode_raw(&self, text: &str) -> Result<(Vec<u32>, Vec<CharSpan>), NnError> {
        let encoding =
            self.inner
                .encode_char_offsets(text, true)
                .map_err(|e| NnError::Tokenizer {
                    reason: e.to_string(),
                })?;
        let mut ids = encoding.get_ids().to_vec();
        let mut offsets = encoding.get_offsets().to_vec();
        // Some tokenizers close a text; nothing here is closed before it is said to be.
        while ids.last().is_some_and(|id| self.eos.contains(id)) && !text.is_empty() {
            ids.pop();
            offsets.pop();
        }
        Ok((ids, offsets))
    }

    /// Encodes a text, with the beginning of text as the tokenizer adds it and without an end.
    ///
    /// # Errors
    /// [`NnError::Tokenizer`].
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, NnError> {
        Ok(self.encode_raw(text)?.0)
    }

    /// Turns tokens into text, special ones left out.
    ///
    /// # Errors
    /// [`NnError::Tokenizer`].
    pub fn decode(&self, ids: &[u32]) -> Result<String, NnError> {
        self.inner
            .decode(ids, true)
            .map_err(|e| NnError::Tokenizer {
                reason: e.to_string(),
            })
    }

    /// Returns the tokens that end a text.
    pub fn eos(&self) -> &[u32] {
        &self.eos
    }

    /// Returns the number of tokens, special ones counted.
    pub fn n_tokens(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// Encodes a context and its continuation together and tells where the continuation begins.
    ///
    /// Blanks at the context's end move to the continuation first: word-initial tokens carry them. The
    /// whole is cut after as many tokens as the context alone has. An empty context is the beginning of
    /// text, or the end of one where the model has no beginning.
    ///
    /// # Errors
    /// [`NnError::Tokenizer`]; [`NnError::Nothing`] if the continuation has no token.
    ///
    /// # Source
    /// SPEC 8; lm-evaluation-harness 0.4 `TemplateLM._encode_pair`, which cuts the same way.
    pub fn join(&self, context: &str, continuation: &str) -> Result<Joint, NnError> {
        let kept = context.trim_end();
        let continuation = format!(
            "{}{continuation}",
            context.get(kept.len()..).unwrap_or_default()
        );
        let (context_ids, _) = self.encode_raw(kept)?;
        let (mut ids, offsets) = self.encode_raw(&format!("{kept}{continuation}"))?;
        let mut n_context = context_ids.len();
        let prefix_holds = ids.starts_with(&context_ids);
        let n_kept_chars = kept.chars().count();
        let mut ends: Vec<u32> = offsets
            .iter()
            .skip(n_context)
            .map(|(_, end)| end.saturating_sub(n_kept_chars) as u32)
            .collect();
        if n_context == 0 {
            let begin = self
                .bos
                .or_else(|| self.eos.first().copied())
                .ok_or_else(|| NnError::Tokenizer {
                    reason: "an empty context needs a token that begins or ends a text, and config.json names none"
                        .to_owned(),
                })?;
            ids.insert(0, begin);
            n_context = 1;
        }
        if ids.len() <= n_context {
            return Err(NnError::Nothing {
                what: "score in an item",
                advice: "its continuation is empty",
            });
        }
        // Ends never fall: the pieces of one character share its end.
        for i in 1..ends.len() {
            ends[i] = ends[i].max(ends[i - 1]);
        }
        Ok(Joint {
            ids,
            n_context,
            continuation,
            ends,
            prefix_holds,
        })
    }
}
