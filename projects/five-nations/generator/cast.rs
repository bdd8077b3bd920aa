//! The people and organizations of a nation, who says what, and that nobody changes sides.

use crate::bank::{Bank, NationBank};
use crate::error::Error;
use crate::random::Random;
use std::collections::{BTreeMap, BTreeSet};

/// How many people speak in a nation's articles; few enough that they come back.
const N_PEOPLE: usize = 60;
/// How many organizations they belong to.
const N_ORGS: usize = 24;
/// How many people are usually asked about one topic.
const N_PANEL: usize = 16;

/// Somebody who speaks in articles.
pub(crate) struct Person {
    /// Full name.
    pub(crate) name: String,
    /// What the person is, in the right gender.
    pub(crate) role: String,
    /// The organization, as in the bank.
    pub(crate) org: String,
}

/// Who makes a statement.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Voice {
    /// A person, by position in the cast.
    Person(usize),
    /// An organization, by position in the cast.
    Org(usize),
}

/// All voices of a nation and the sides they have taken.
pub(crate) struct Cast {
    /// The people.
    pub(crate) people: Vec<Person>,
    /// The organizations.
    pub(crate) orgs: Vec<String>,
    panels: BTreeMap<String, Vec<usize>>,
    sides: BTreeMap<(Voice, String), i8>,
}

impl Cast {
    /// Makes a nation's cast.
    ///
    /// # Errors
    /// If the bank has no names and roles that go together.
    pub(crate) fn new(
        bank: &Bank,
        nation: &NationBank,
        random: &mut Random,
    ) -> Result<Self, Error> {
        let genders = bank.genders(nation)?;
        let orgs: Vec<String> = random
            .sample(nation.orgs.len(), N_ORGS)
            .into_iter()
            .filter_map(|idx| nation.orgs.get(idx).cloned())
            .collect();
        let mut people = Vec::new();
        let mut taken = BTreeSet::new();
        // A short list of names may not give sixty different people; it gives what it can.
        for attempt in 0..N_PEOPLE * 20 {
            if people.len() == N_PEOPLE {
                break;
            }
            let Some((given_names, roles)) = genders.lists.get(attempt % genders.lists.len())
            else {
                continue;
            };
            let (Some(given), Some(surname), Some(role), Some(org)) = (
                random.pick(given_names),
                random.pick(&nation.surnames),
                random.pick(roles),
                orgs.get(people.len() % orgs.len()),
            ) else {
                continue;
            };
            let name = bank.language.full_name(given, surname);
            if taken.insert(name.clone()) {
                people.push(Person {
                    name,
                    role: role.clone(),
                    org: org.clone(),
                });
            }
        }
        let panels = bank
            .topics
            .iter()
            .map(|topic| (topic.id.clone(), random.sample(people.len(), N_PANEL)))
            .collect();
        Ok(Self {
            people,
            orgs,
            panels,
            sides: BTreeMap::new(),
        })
    }

    /// Finds a voice that may take this side, and notes that it did.
    ///
    /// `used` are the voices the article has heard already; they are asked again only if nobody
    /// else is free. Gives none if everybody stands on the other side.
    pub(crate) fn ask(
        &mut self,
        topic: &str,
        proposition: &str,
        stance: i8,
        person: bool,
        used: &[Voice],
        random: &mut Random,
    ) -> Option<Voice> {
        let everybody: Vec<Voice> = if person {
            (0..self.people.len()).map(Voice::Person).collect()
        } else {
            (0..self.orgs.len()).map(Voice::Org).collect()
        };
        let panel: Vec<Voice> = if person {
            let panel = self.panels.get(topic);
            panel
                .into_iter()
                .flatten()
                .map(|idx| Voice::Person(*idx))
                .collect()
        } else {
            Vec::new()
        };
        let free = |voices: &[Voice], fresh: bool| -> Vec<Voice> {
            voices
                .iter()
                .copied()
                .filter(|voice| {
                    let side = self.sides.get(&(*voice, proposition.to_owned()));
                    side.is_none_or(|side| *side == stance) && !(fresh && used.contains(voice))
                })
                .collect()
        };
        let voice = [
            free(&panel, true),
            free(&everybody, true),
            free(&everybody, false),
        ]
        .iter()
        .find_map(|voices| random.pick(voices).copied())?;
        self.sides.insert((voice, proposition.to_owned()), stance);
        Some(voice)
    }
}
