//! The tokenizer of a model: texts to tokens and back, and where a continuation begins.

use std::path::Path;

use super::chat::{ChatTemplate, read_notes};
use super::error::NnError;

/// A model's tokenizer.
pub struct TextTokenizer {
    inner: tokenizers::Tokenizer,
    bos: Option<u32>,
    eos: Vec<u32>,
    /// The token that closes a text in training.
    end: Option<u32>,
    chat: Option<ChatTemplate>,
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

/// Reads a folder's `tokenizer.json`.
///
/// # Errors
/// [`NnError::MissingFile`] or [`NnError::Tokenizer`].
pub(super) fn read_file(folder: &Path) -> Result<tokenizers::Tokenizer, NnError> {
    let path = folder.join("tokenizer.json");
    if !path.is_file() {
        return Err(NnError::MissingFile {
            name: "tokenizer.json".to_owned(),
            advice: "the fast tokenizer's file comes with the model; a slow one is converted by \
                     saving it with transformers' AutoTokenizer",
            folder: folder.to_owned(),
        });
    }
    tokenizers::Tokenizer::from_file(&path).map_err(|e| NnError::Tokenizer {
        reason: e.to_string(),
    })
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
        let inner = read_file(folder)?;
        let notes = read_notes(folder)?;
        let end = notes.eos.and_then(|token| inner.token_to_id(&token));
        let mut out = Self::new(inner, vocab, bos, eos)?;
        out.chat = notes.chat;
        // What the tokenizer names counts, and ends an answer as well.
        if let Some(end) = end {
            out.end = Some(end);
            if !out.eos.contains(&end) {
                out.eos.push(end);
            }
        }
        Ok(out)
    }

    /// Takes a tokenizer and checks that it fits a model.
    ///
    /// # Errors
    /// [`NnError::Tokenizer`], or [`NnError::Vocabulary`] if it has more tokens than the model.
    pub(super) fn new(
        inner: tokenizers::Tokenizer,
        vocab: usize,
        bos: Option<u32>,
        eos: &[u32],
    ) -> Result<Self, NnError> {
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
            end: eos.first().copied(),
            chat: None,
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

    /// Encodes a user's message with the model's chat template around it, ready for the answer.
    ///
    /// # Errors
    /// [`NnError::Setting`] if the model has no template; [`NnError::Tokenizer`].
    pub fn encode_chat(&self, message: &str) -> Result<Vec<u32>, NnError> {
        let chat = self.chat.as_ref().ok_or_else(|| NnError::Setting {
            name: "chat",
            expected: "left out: the model's folder has no chat template",
            value: "on".to_owned(),
        })?;
        // The template writes the special tokens itself.
        self.inner
            .encode_fast(chat.ask(message)?.as_str(), false)
            .map(|e| e.get_ids().to_vec())
            .map_err(|e| NnError::Tokenizer {
                reason: e.to_string(),
            })
    }

    /// Gives the tokenizer a chat template.
    pub(super) fn with_chat(mut self, chat: Option<ChatTemplate>) -> Self {
        self.chat = chat;
        self
    }

    /// Returns the token that closes a text in training.
    pub fn end(&self) -> Option<u32> {
        self.end
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
        let ends = ends_after(&offsets[n_context.min(offsets.len())..], kept);
        if n_context == 0 {
            ids.insert(0, self.begin()?);
            n_context = 1;
        }
        if ids.len() <= n_context {
            return Err(NnError::Nothing {
                what: "score in an item",
                advice: "its continuation is empty",
            });
        }
        Ok(Joint {
            ids,
            n_context,
            continuation,
            ends,
            prefix_holds,
        })
    }

    /// The token that stands for an empty context: the beginning of text, or the end of one.
    fn begin(&self) -> Result<u32, NnError> {
        self.bos
            .or_else(|| self.eos.first().copied())
            .ok_or_else(|| NnError::Tokenizer {
                reason: "an empty context needs a token that begins or ends a text, and config.json names none"
                    .to_owned(),
            })
    }

    /// Encodes a prompt with each of two answers, as preference training is used to.
    ///
    /// Prompt and answer are encoded together and nothing is moved between them. Both answers begin at
    /// the same place: where the tokens of the prompt alone first differ from those of either whole.
    ///
    /// # Errors
    /// [`NnError::Tokenizer`]; [`NnError::Nothing`] if an answer has no token.
    ///
    /// # Source
    /// TRL 1.16 `DPOTrainer`, read for where an answer begins.
    pub fn pair(&self, prompt: &str, answers: [&str; 2]) -> Result<[Joint; 2], NnError> {
        let (of_prompt, _) = self.encode_raw(prompt)?;
        let wholes = answers.map(|answer| self.encode_raw(&format!("{prompt}{answer}")));
        let [chosen, rejected] = wholes;
        let wholes = [chosen?, rejected?];
        let n_common = |ids: &[u32]| {
            of_prompt
                .iter()
                .zip(ids)
                .take_while(|(a, b)| a == b)
                .count()
        };
        let n_context = wholes
            .iter()
            .map(|(ids, _)| n_common(ids))
            .min()
            .unwrap_or(0);
        let mut joints = Vec::with_capacity(2);
        for ((mut ids, offsets), answer) in wholes.into_iter().zip(answers) {
            let ends = ends_after(&offsets[n_context..], prompt);
            if n_context == 0 {
                ids.insert(0, self.begin()?);
            }
            let n_context = n_context.max(1);
            if ids.len() <= n_context {
                return Err(NnError::Nothing {
                    what: "learn from a pair",
                    advice: "one of its answers is empty",
                });
            }
            joints.push(Joint {
                ids,
                n_context,
                continuation: answer.to_owned(),
                ends,
                prefix_holds: n_context == of_prompt.len(),
            });
        }
        let empty = |_| NnError::Nothing {
            what: "learn from a pair",
            advice: "it has no answers",
        };
        <[Joint; 2]>::try_from(joints).map_err(empty)
    }
}

/// Where tokens end after a context, in characters; never falling, since the pieces of one character share
/// its end.
fn ends_after(offsets: &[CharSpan], context: &str) -> Vec<u32> {
    let n_chars = context.chars().count();
    let mut last = 0;
    offsets
        .iter()
        .map(|(_, end)| {
            last = last.max(end.saturating_sub(n_chars) as u32);
            last
        })
        .collect()
}
