//! What the map knows of its documents beside their places: how often each value occurs, and what evaluated
//! models said.

use rayon::prelude::*;

use crate::base::ids::RunId;
use crate::domain::columns::{Memberships, Places};
use crate::domain::statement::StatementSet;
use crate::snapshot::passing::flag_of;

/// Bars of the histogram of membership strength.
pub const N_STRENGTHS: usize = 32;

/// How many documents have each value that a filter can name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tallies {
    /// Index into [`Places::sources`] and number, the frequent first.
    pub sources: Vec<(usize, usize)>,
    /// Per field of [`Places::fields`], per value.
    pub fields: Vec<Vec<usize>>,
    /// Documents with a statement in each set, in the order of [`StatementSet::ALL`].
    pub sets: [usize; StatementSet::ALL.len()],
    /// Strengths of membership from 0 to 1 in equal steps, of documents with a topic of the clustering.
    pub strengths: [usize; N_STRENGTHS],
}

impl Tallies {
    /// Counts the values of all documents.
    pub fn of(places: &Places, members: &Memberships) -> Self {
        let by_source = of_codes(places.source_idx.values(), places.sources.len());
        let mut sources: Vec<(usize, usize)> = by_source.into_iter().enumerate().collect();
        sources.sort_by_key(|(i, n)| (std::cmp::Reverse(*n), *i));
        let flags = members.flags.values();
        let with = |flag: u8| flags.par_iter().filter(|f| **f & flag != 0).count();
        let of_clusters: Vec<u16> = flags
            .par_iter()
            .zip(members.strengths.values())
            .filter(|(f, _)| **f & Memberships::OUTLIER == 0)
            .map(|(_, s)| u16::from(*s) * N_STRENGTHS as u16 / 256)
            .collect();
        let mut strengths = [0; N_STRENGTHS];
        for (slot, n) in strengths
            .iter_mut()
            .zip(of_codes(&of_clusters, N_STRENGTHS))
        {
            *slot = n;
        }
        Self {
            sources,
            fields: places
                .fields
                .iter()
                .map(|f| of_codes(f.codes.values(), f.values.len()))
                .collect(),
            sets: StatementSet::ALL.map(|set| with(flag_of(set))),
            strengths,
        }
    }
}

/// Counts codes below `n_codes`.
fn of_codes(codes: &[u16], n_codes: usize) -> Vec<usize> {
    codes
        .par_chunks(1 << 16)
        .fold(
            || vec![0usize; n_codes],
            |mut counts, chunk| {
                for code in chunk {
                    if let Some(n) = counts.get_mut(usize::from(*code)) {
                        *n += 1;
                    }
                }
                counts
            },
        )
        .reduce(
            || vec![0; n_codes],
            |mut a, b| {
                for (x, y) in a.iter_mut().zip(b) {
                    *x += y;
                }
                a
            },
        )
}

/// What an evaluated model said of the statements of each document, one byte per row of the map.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelAgreement {
    /// The evaluation.
    pub run: RunId,
    /// The model and how it was asked, e.g. `Harbor, multiple choice`.
    pub name: String,
    /// Bits of [`ModelAgreement::AGREED`] and [`ModelAgreement::NOT_AGREED`]; none for a document without an
    /// item.
    pub bits: Vec<u8>,
}

impl ModelAgreement {
    /// The model sided with a statement of the document in a trial.
    pub const AGREED: u8 = 1;
    /// It did not in a trial: it sided with the reverse statement, or with neither.
    pub const NOT_AGREED: u8 = 2;
}
