//! What evaluated models said, document by document, kept while evaluations and places stay.

use std::sync::{Arc, Weak};

use super::model::ModelAgreement;
use crate::base::ids::RunId;
use crate::domain::columns::Places;
use crate::stages::results::{Evaluation, Findings};

/// Evaluations that the map can be colored by: the newest. Each takes a byte per document.
const MAX_MODELS: usize = 8;

/// What was worked out last, for which places and runs.
#[derive(Default)]
pub(super) struct AgreementCache {
    of: (Weak<Places>, Vec<RunId>),
    kept: Arc<Vec<ModelAgreement>>,
}

impl AgreementCache {
    /// Returns the newest evaluations in force by document; the same again while they stay.
    pub(super) fn read(
        &mut self,
        places: &Arc<Places>,
        findings: &Findings,
    ) -> Arc<Vec<ModelAgreement>> {
        let mut runs: Vec<RunId> = findings.evaluations.iter().map(|e| e.run.id).collect();
        runs.sort_unstable_by_key(|run| std::cmp::Reverse(*run));
        runs.truncate(MAX_MODELS);
        // What a finished run says never changes.
        if self.of.0.as_ptr() != Arc::as_ptr(places) || self.of.1 != runs {
            let in_order = findings.evaluations.iter();
            let made = in_order
                .filter(|e| runs.contains(&e.run.id))
                .map(|e| agreement(e, findings, places));
            self.kept = Arc::new(made.collect());
            self.of = (Arc::downgrade(places), runs);
        }
        Arc::clone(&self.kept)
    }
}

fn agreement(evaluation: &Evaluation, findings: &Findings, places: &Places) -> ModelAgreement {
    let mut bits = vec![0; places.n_rows()];
    for (id, verdicts) in &evaluation.verdicts {
        let row = findings.items.get(id).and_then(|i| places.row_of(i.doc));
        let Some(slot) = row.and_then(|row| bits.get_mut(row)) else {
            continue;
        };
        for verdict in verdicts {
            *slot |= if verdict.is_right() {
                ModelAgreement::AGREED
            } else {
                ModelAgreement::NOT_AGREED
            };
        }
    }
    ModelAgreement {
        run: evaluation.run.id,
        name: format!("{}, {}", evaluation.model.name, evaluation.method.words()),
        bits,
    }
}
