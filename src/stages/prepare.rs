//! `prepare`: marks exact and near duplicates, and the text that recurs through a source.
//!
//! Nothing is deleted: a duplicate keeps its document and knows the first of its group; recurring
//! text (datelines, footers) stays in the body and is left out of vectors and words.

use std::collections::BTreeMap;

use super::settings::Settings;
use super::{Rest, Stage, StageCx, StageError, WHOLE};
use crate::algo::boilerplate::{BoilerplateSettings, SourceText, boilerplate_spans, without_spans};
use crate::algo::duplicates::{DuplicateSettings, find_duplicates};
use crate::annotate::Annotator;
use crate::base::ids::DocId;

/// The stage.
pub(super) struct Prepare;

impl Stage for Prepare {
    fn name(&self) -> &'static str {
        "prepare"
    }

    fn version(&self) -> u32 {
        1
    }

    fn reads(&self, _settings: &Settings) -> Vec<String> {
        Vec::new()
    }

    fn params(&self, _settings: &Settings, _annotator: &dyn Annotator) -> String {
        let (d, b) = (DuplicateSettings::default(), BoilerplateSettings::default());
        format!(
            r#"{{"min_jaccard":{:?},"recurring_share":{:?}}}"#,
            d.min_jaccard, b.min_share
        )
    }

    fn advance(&self, cx: &mut StageCx<'_>) -> Result<Rest, StageError> {
        if cx.whole_is_done()? {
            return Ok(Rest::Done);
        }
        let docs = cx.store.documents()?;
        let mut sources: BTreeMap<&str, usize> = BTreeMap::new();
        for doc in &docs {
            let next = sources.len();
            sources.entry(&doc.source).or_insert(next);
        }
        let texts: Vec<SourceText<'_>> = docs
            .iter()
            .map(|d| SourceText {
                source: sources.get(d.source.as_str()).copied().unwrap_or(0),
                text: &d.body,
            })
            .collect();
        let masks = boilerplate_spans(&texts, &BoilerplateSettings::default(), cx.observe)?;
        // Two articles that share no more than a footer are no copies.
        let bodies: Vec<String> = docs
            .iter()
            .zip(&masks)
            .map(|(d, spans)| without_spans(&d.body, spans))
            .collect();
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        let settings = DuplicateSettings {
            seed: cx.settings.seed,
            ..DuplicateSettings::default()
        };
        let firsts = find_duplicates(&bodies, &settings, cx.observe)?;
        let firsts: Vec<(DocId, DocId)> = docs
            .iter()
            .zip(&firsts)
            .filter_map(|(d, &first)| docs.get(first).map(|f| (d.id, f.id)))
            .collect();
        let masks: Vec<_> = docs
            .iter()
            .map(|d| d.id)
            .zip(masks)
            .filter(|(_, spans)| !spans.is_empty())
            .collect();
        let n_copies = firsts.iter().filter(|(d, f)| d != f).count();
        cx.store.write(|unit| {
            unit.insert_preparation(cx.run.id, &firsts, &masks)?;
            unit.put_measure(cx.run.id, "n_copies", n_copies as f64)?;
            unit.put_measure(cx.run.id, "n_masked_docs", masks.len() as f64)?;
            unit.finish_unit(cx.run.id, WHOLE)
        })?;
        Ok(Rest::Done)
    }
}
