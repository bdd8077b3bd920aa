//! Colors by what a document's statements are: the sets they belong to, and whether a model agrees with them.

use super::{Field, Hue, Target, value};
use crate::domain::columns::Memberships;
use crate::domain::statement::StatementSet;
use crate::snapshot::model::{MapData, ModelAgreement};

/// What documents with statements are told apart by. A document may have statements of several sets: *quoted*
/// and *official* both count, and *unattributed* gives way to either, because it only says that neither is
/// known.
const SETS: [(&str, Target); 4] = [
    ("Quoted", Target::Set(StatementSet::Quoted)),
    ("Official", Target::Set(StatementSet::Official)),
    ("Quoted and official", Target::None),
    ("Unattributed only", Target::Set(StatementSet::Unattributed)),
];

pub(super) fn set_hues() -> Vec<Hue> {
    (0..SETS.len()).map(Hue::Slot).collect()
}

pub(super) fn sets(map: &MapData) -> Field<'_> {
    Field {
        values: SETS
            .into_iter()
            .enumerate()
            .map(|(i, (name, target))| value(name.to_owned(), i as u8 + 1, target))
            .collect(),
        of_row: Box::new(|row| {
            let has = |flag: u8| map.flag(row, flag);
            match (has(Memberships::QUOTED), has(Memberships::OFFICIAL)) {
                (true, false) => Some(0),
                (false, true) => Some(1),
                (true, true) => Some(2),
                (false, false) => has(Memberships::UNATTRIBUTED).then_some(3),
            }
        }),
    }
}

/// Agrees with all items of a document in all trials, with some, with none.
const AGREEMENT: [(&str, Hue); 3] = [
    ("Agrees", Hue::Sides(0.85)),
    ("Mixed", Hue::Rest),
    ("Does not agree", Hue::Sides(-0.85)),
];

pub(super) fn agreement_hues() -> Vec<Hue> {
    AGREEMENT.into_iter().map(|(_, hue)| hue).collect()
}

pub(super) fn agreement(of: &ModelAgreement) -> Field<'_> {
    const MIXED: u8 = ModelAgreement::AGREED | ModelAgreement::NOT_AGREED;
    Field {
        values: AGREEMENT
            .into_iter()
            .enumerate()
            .map(|(i, (name, _))| value(name.to_owned(), i as u8 + 1, Target::None))
            .collect(),
        of_row: Box::new(|row| match of.bits.get(row)? & MIXED {
            ModelAgreement::AGREED => Some(0),
            MIXED => Some(1),
            ModelAgreement::NOT_AGREED => Some(2),
            _ => None,
        }),
    }
}
