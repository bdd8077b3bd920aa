//! `embed`: a vector for every document, by the built-in lexical embedder or by a Sentence-Transformers
//! folder.

use std::path::Path;

use super::corpus::Corpus;
use super::settings::Settings;
use super::{Rest, Stage, StageCx, StageError, WHOLE, names};
use crate::algo::lexical::{LexicalDoc, LexicalError, LexicalModel, LexicalSettings};
use crate::annotate::Annotator;
use crate::base::language::Language;
use crate::base::matrix::Matrix;
use crate::base::observe::Observe;
use crate::nn::device;
use crate::nn::encoder::Embedder;
use crate::store::{MappedMatrix, Store, StoreError};

/// Name of the documents' vectors.
const VECTORS: &str = "documents";

/// Maps the documents' vectors in force, a row for each by identity; `None` before embedding.
///
/// # Errors
/// The store's.
pub fn vectors_in_force(store: &Store) -> Result<Option<MappedMatrix>, StoreError> {
    match store.current_run("embed")? {
        Some(run) => store.vectors(run.id, VECTORS),
        None => Ok(None),
    }
}

/// The stage.
pub(super) struct Embed;

impl Stage for Embed {
    fn name(&self) -> &'static str {
        "embed"
    }

    fn version(&self) -> u32 {
        1
    }

    fn reads(&self, _settings: &Settings) -> Vec<String> {
        names(&["prepare"])
    }

    fn params(&self, settings: &Settings, _annotator: &dyn Annotator) -> String {
        match &settings.embedder {
            None => format!(
                r#"{{"chars":{},"dims":{},"embedder":"lexical"}}"#,
                settings.map_chars, settings.embedding_dims
            ),
            Some(folder) => serde_json::json!({
                "chars": settings.map_chars, "embedder": folder, "weights": stamp(folder),
            })
            .to_string(),
        }
    }

    fn advance(&self, cx: &mut StageCx<'_>) -> Result<Rest, StageError> {
        if cx.whole_is_done()? {
            return Ok(Rest::Done);
        }
        let corpus = Corpus::read(cx.store)?;
        let vectors = match &cx.settings.embedder {
            None => fit(cx, &corpus)?.1,
            Some(folder) => embed_by(folder, cx, &corpus)?,
        };
        cx.store.put_vectors(cx.run.id, VECTORS, &vectors)?;
        cx.store.write(|unit| unit.finish_unit(cx.run.id, WHOLE))?;
        Ok(Rest::Done)
    }
}

/// Length and time of a folder's weights, by which it is seen that others lie there now.
fn stamp(folder: &str) -> String {
    let file = Path::new(folder).join("model.safetensors");
    std::fs::metadata(file).map_or_else(
        |_| String::new(),
        |m| {
            let changed = m.modified().ok();
            let since = changed.and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
            format!("{} {}", m.len(), since.map_or(0, |s| s.as_secs()))
        },
    )
}

/// Places single words among the documents' vectors, by what embedded the documents.
pub(super) enum WordEmbedder {
    /// The lexical embedder, fitted to the corpus.
    Lexical(Box<LexicalModel>),
    /// A Sentence-Transformers folder.
    Folder(Box<Embedder>),
}

impl WordEmbedder {
    /// Makes it ready.
    pub(super) fn read(cx: &StageCx<'_>, corpus: &Corpus) -> Result<Self, StageError> {
        Ok(match &cx.settings.embedder {
            None => Self::Lexical(Box::new(fit(cx, corpus)?.0)),
            Some(folder) => {
                let (device, _) = device::pick();
                Self::Folder(Box::new(Embedder::load(Path::new(folder), &device)?))
            }
        })
    }

    /// Embeds words, each with its language.
    ///
    /// # Shapes
    /// - returns: one row for each word, as wide as a document's vector.
    pub(super) fn embed(
        &self,
        words: &[(Language, &str)],
        observe: &dyn Observe,
    ) -> Result<Matrix<f32>, StageError> {
        match self {
            Self::Lexical(model) => model.embed_many(words, observe).map_err(lexical_error),
            Self::Folder(embedder) => {
                let texts: Vec<String> = words.iter().map(|(_, w)| (*w).to_owned()).collect();
                Ok(embedder.embed(&texts, None, observe)?)
            }
        }
    }
}

/// Embeds title and text of every document by a Sentence-Transformers folder.
fn embed_by(folder: &str, cx: &StageCx<'_>, corpus: &Corpus) -> Result<Matrix<f32>, StageError> {
    let (device, _) = device::pick();
    let embedder = Embedder::load(Path::new(folder), &device)?;
    let texts: Vec<String> = corpus
        .docs
        .iter()
        .map(|d| format!("{}\n{}", d.title, corpus.text(d, cx.settings.map_chars)))
        .collect();
    Ok(embedder.embed(&texts, None, cx.observe)?)
}

/// Fits the lexical embedder to the corpus; equal corpora give equal models, so that a later stage can place
/// words in the space of the stored vectors.
fn fit(cx: &StageCx<'_>, corpus: &Corpus) -> Result<(LexicalModel, Matrix<f32>), StageError> {
    let texts: Vec<String> = corpus
        .docs
        .iter()
        .map(|d| corpus.text(d, cx.settings.map_chars))
        .collect();
    let docs: Vec<LexicalDoc<'_>> = corpus
        .docs
        .iter()
        .zip(&texts)
        .map(|(d, body)| LexicalDoc {
            language: d.language,
            title: &d.title,
            body,
        })
        .collect();
    let settings = LexicalSettings {
        n_dims: cx.settings.embedding_dims,
        seed: cx.settings.seed,
        ..LexicalSettings::default()
    };
    LexicalModel::fit(&docs, &settings, cx.observe).map_err(lexical_error)
}

/// Turns an error of the embedder into the stage's.
fn lexical_error(error: LexicalError) -> StageError {
    match error {
        LexicalError::Cancelled(_) => StageError::Cancelled,
        other => StageError::Compute {
            stage: "embed",
            reason: other.to_string(),
        },
    }
}

/// Reads the documents' vectors in force.
pub(super) fn document_vectors(store: &Store) -> Result<Matrix<f32>, StageError> {
    let nothing = StageError::Nothing {
        stage: "this stage",
        advice: "the documents have no vectors yet; run the stage `embed` first",
    };
    let Some(run) = store.current_run("embed")? else {
        return Err(nothing);
    };
    let vectors = store.vectors(run.id, VECTORS)?.ok_or(nothing)?;
    let n_docs = store.n_documents()?;
    if vectors.n_rows() == n_docs {
        Ok(vectors.to_matrix())
    } else {
        Err(StageError::Store(StoreError::Unreadable {
            what: "set of vectors for another number of documents; run the stage `embed` again",
            value: vectors.n_rows().to_string(),
        }))
    }
}
