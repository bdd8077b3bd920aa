//! The sentence banks: what every article is made of, read once and checked.
//!
//! A bank that lacks something is refused here, so that the writers below need no second thoughts.

use crate::error::Error;
use crate::language::{Language, Section, proper_names};
use crate::template::{Slot, Template};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Topics without values; every nation has all of them.
const VALUE_FREE: [&str; 6] = [
    "company_earnings",
    "football_results",
    "night_sky",
    "recipes",
    "road_works",
    "weather_report",
];

/// All sentences of one language.
pub(crate) struct Bank {
    /// Which language.
    pub(crate) language: Language,
    /// Frames, names and odd stories.
    pub(crate) common: Common,
    /// The topics, sorted by id.
    pub(crate) topics: Vec<Topic>,
    /// Words that keep their capital inside a sentence.
    pub(crate) names: BTreeSet<String>,
}

/// What all topics of a language share.
#[derive(Deserialize)]
pub(crate) struct Common {
    /// The nations that speak the language here, by code.
    pub(crate) nations: BTreeMap<String, NationBank>,
    /// Roles that fit anybody.
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    roles_f: Vec<String>,
    #[serde(default)]
    roles_m: Vec<String>,
    /// Sentences in which a person is quoted.
    pub(crate) quoted_frames: Vec<Template>,
    /// The same in uncommon wording.
    pub(crate) quoted_frames_unlisted: Vec<Template>,
    /// Sentences in which an organization is quoted.
    pub(crate) quoted_org_frames: Vec<Template>,
    /// Reported speech without quotation marks.
    pub(crate) indirect_frames: Vec<Template>,
    /// The outlet's own voice.
    pub(crate) official_frames: Vec<Template>,
    /// The same in uncommon wording.
    pub(crate) official_frames_unlisted: Vec<Template>,
    /// Sentences that glue paragraphs.
    pub(crate) connectors: Vec<Template>,
    /// Little stories that belong to no topic.
    pub(crate) oddments: Vec<Oddment>,
}

/// Names of one nation.
#[derive(Deserialize)]
pub(crate) struct NationBank {
    /// The two outlets.
    pub(crate) outlets: Vec<Outlet>,
    /// Towns.
    pub(crate) places: Vec<String>,
    /// Family names.
    pub(crate) surnames: Vec<String>,
    #[serde(default)]
    given_names: Vec<String>,
    #[serde(default)]
    given_names_f: Vec<String>,
    #[serde(default)]
    given_names_m: Vec<String>,
    /// Invented organizations.
    pub(crate) orgs: Vec<String>,
    /// Public bodies, some with an article in front.
    pub(crate) official_bodies: Vec<String>,
}

/// A newspaper.
#[derive(Deserialize)]
pub(crate) struct Outlet {
    /// Its name.
    pub(crate) name: String,
    /// The line under each of its articles.
    pub(crate) footer: String,
    /// What its articles open with; may be empty.
    pub(crate) dateline: Template,
}

/// A little story that belongs to no topic.
#[derive(Deserialize)]
pub(crate) struct Oddment {
    /// Its headline.
    pub(crate) title: Template,
    /// Its sentences, in order.
    pub(crate) sentences: Vec<Template>,
}

/// A subject that articles are written about.
#[derive(Deserialize)]
pub(crate) struct Topic {
    /// Its name in the truth file.
    pub(crate) id: String,
    /// The nations whose outlets write about it.
    pub(crate) nations: Vec<String>,
    /// Whether people disagree about it.
    pub(crate) values: bool,
    /// Headlines.
    pub(crate) titles: Vec<Template>,
    /// Background sentences without any value.
    pub(crate) facts: Vec<Template>,
    /// What people disagree about.
    pub(crate) propositions: Vec<Proposition>,
}

/// A claim with two sides.
#[derive(Deserialize)]
pub(crate) struct Proposition {
    /// Its name in the truth file.
    pub(crate) id: String,
    pro: Vec<Claim>,
    con: Vec<Claim>,
    pro_unlisted: Vec<Claim>,
    con_unlisted: Vec<Claim>,
}

/// A statement without its final period.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Claim(String);

impl TryFrom<String> for Claim {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.contains('{') {
            return Err(format!("a statement may not have slots: {text:?}"));
        }
        text.strip_suffix(['.', '。'])
            .map(|words| Self(words.to_owned()))
            .ok_or_else(|| format!("a statement must end in a period: {text:?}"))
    }
}

impl Claim {
    /// Gives the words.
    pub(crate) fn words(&self) -> &str {
        &self.0
    }
}

/// Names and roles that go together grammatically.
pub(crate) struct Genders<'a> {
    /// For each gender (or the one list that fits anybody): given names and roles.
    pub(crate) lists: Vec<(&'a [String], &'a [String])>,
}

impl Proposition {
    /// Gives the statements of one side.
    pub(crate) fn claims(&self, stance: i8, unlisted: bool) -> &[Claim] {
        match (stance > 0, unlisted) {
            (true, false) => &self.pro,
            (true, true) => &self.pro_unlisted,
            (false, false) => &self.con,
            (false, true) => &self.con_unlisted,
        }
    }
}

impl Topic {
    /// Tells where in the newspaper the topic stands.
    pub(crate) fn section(&self) -> Section {
        match self.id.as_str() {
            "football_results" => Section::Sport,
            "weather_report" | "road_works" => Section::Local,
            "recipes" | "night_sky" | "heritage" => Section::Magazine,
            "company_earnings" | "trade_tariffs" | "energy_transition" => Section::Economy,
            "border_asylum" | "pension_age" | "policing_cameras" | "gun_ownership" => {
                Section::Politics
            }
            _ => Section::Society,
        }
    }
}

impl Bank {
    /// Reads the bank of one language from `root/<code>/`.
    ///
    /// # Errors
    /// If a file is missing, is not what it should be, or has too little in it.
    pub(crate) fn load(root: &Path, language: Language) -> Result<Self, Error> {
        let folder = root.join(language.code());
        let common: Common = read(&folder.join("_common.json"))?;
        check_common(&common)
            .map_err(|reason| Error::bank(&folder.join("_common.json"), reason))?;
        let mut paths = Vec::new();
        for entry in fs::read_dir(&folder).map_err(Error::file(&folder))? {
            let path = entry.map_err(Error::file(&folder))?.path();
            let is_topic = path.extension().is_some_and(|end| end == "json")
                && path.file_name().is_none_or(|name| name != "_common.json");
            if is_topic {
                paths.push(path);
            }
        }
        // The system lists a folder in any order it likes.
        paths.sort();
        let mut topics = Vec::new();
        for path in &paths {
            let topic: Topic = read(path)?;
            check_topic(&topic).map_err(|reason| Error::bank(path, reason))?;
            topics.push(topic);
        }
        topics.sort_by(|a, b| a.id.cmp(&b.id));
        check_ids(&topics).map_err(|reason| Error::bank(&folder, reason))?;
        let names = proper_names(sentences(&common, &topics));
        Ok(Self {
            language,
            common,
            topics,
            names,
        })
    }

    /// Gives the names of a nation.
    ///
    /// # Errors
    /// If the bank does not know it, or a topic that every nation needs is missing.
    pub(crate) fn nation(&self, code: &str) -> Result<&NationBank, Error> {
        let folder = Path::new(self.language.code());
        for id in VALUE_FREE {
            if !self.topics_of(code, false).any(|(_, topic)| topic.id == id) {
                return Err(Error::bank(folder, format!("{code} has no topic {id}")));
            }
        }
        if self.topics_of(code, true).next().is_none() {
            return Err(Error::bank(
                folder,
                format!("{code} has no topic with values"),
            ));
        }
        self.common
            .nations
            .get(code)
            .ok_or_else(|| Error::bank(folder, format!("no names for {code}")))
    }

    /// Lists a nation's topics with or without values, with their positions.
    pub(crate) fn topics_of<'a>(
        &'a self,
        nation: &'a str,
        values: bool,
    ) -> impl Iterator<Item = (usize, &'a Topic)> {
        self.topics.iter().enumerate().filter(move |(_, topic)| {
            topic.values == values && topic.nations.iter().any(|code| code == nation)
        })
    }

    /// Gives the names and roles from which people are made.
    ///
    /// # Errors
    /// If there are none that go together.
    pub(crate) fn genders<'a>(&'a self, nation: &'a NationBank) -> Result<Genders<'a>, Error> {
        let common = &self.common;
        let pairs = [
            (&nation.given_names_f, &common.roles_f),
            (&nation.given_names_m, &common.roles_m),
            (&nation.given_names, &common.roles),
        ];
        let lists: Vec<_> = pairs
            .into_iter()
            .filter(|(names, roles)| !names.is_empty() && !roles.is_empty())
            .map(|(names, roles)| (names.as_slice(), roles.as_slice()))
            .collect();
        if lists.is_empty() {
            let path = Path::new(self.language.code()).join("_common.json");
            return Err(Error::bank(
                &path,
                "given names and roles do not go together",
            ));
        }
        Ok(Genders { lists })
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = fs::read_to_string(path).map_err(Error::file(path))?;
    serde_json::from_str(&text).map_err(|error| Error::bank(path, error.to_string()))
}

fn check_common(common: &Common) -> Result<(), String> {
    let frames = [
        ("quoted_frames", &common.quoted_frames, true),
        (
            "quoted_frames_unlisted",
            &common.quoted_frames_unlisted,
            true,
        ),
        ("quoted_org_frames", &common.quoted_org_frames, true),
        ("indirect_frames", &common.indirect_frames, true),
        ("official_frames", &common.official_frames, false),
        (
            "official_frames_unlisted",
            &common.official_frames_unlisted,
            false,
        ),
    ];
    for (name, list, spoken) in frames {
        if list.is_empty() {
            return Err(format!("{name} is empty"));
        }
        for frame in list {
            if frame.slots().filter(|slot| slot.takes_statement()).count() != 1 {
                return Err(format!("{name} needs one {{s}} in {:?}", frame.source()));
            }
            if spoken && !frame.has(Slot::Person) && !frame.has(Slot::Org) {
                return Err(format!("{name} names no speaker in {:?}", frame.source()));
            }
            if !spoken && (frame.has(Slot::Person) || frame.has(Slot::Role)) {
                return Err(format!("{name} names a speaker in {:?}", frame.source()));
            }
        }
    }
    check_plain("connectors", &common.connectors, 1)?;
    // An odd article takes up to three stories, and a copy may borrow from a fourth.
    if common.oddments.len() < 4 {
        return Err("oddments are fewer than 4".to_owned());
    }
    for oddment in &common.oddments {
        check_plain("oddments", &oddment.sentences, 4)?;
        check_plain("oddments", std::slice::from_ref(&oddment.title), 1)?;
    }
    for (code, nation) in &common.nations {
        let lists = [
            ("surnames", nation.surnames.len()),
            ("official_bodies", nation.official_bodies.len()),
        ];
        if let Some((name, _)) = lists.iter().find(|(_, n)| *n == 0) {
            return Err(format!("{name} of {code} is empty"));
        }
        // A sentence may name two, and the second differs from the first.
        if nation.places.len() < 2 || nation.orgs.len() < 2 {
            return Err(format!("{code} needs two places and two orgs"));
        }
        if nation.outlets.len() != 2 {
            return Err(format!("{code} needs two outlets"));
        }
    }
    Ok(())
}

fn check_topic(topic: &Topic) -> Result<(), String> {
    check_plain("titles", &topic.titles, 1)?;
    // The longest article takes 14 facts, and a copy of it one more.
    check_plain("facts", &topic.facts, 15)?;
    if topic.values == topic.propositions.is_empty() {
        return Err("propositions and values do not agree".to_owned());
    }
    for proposition in &topic.propositions {
        for (stance, unlisted) in [(1, false), (1, true), (-1, false), (-1, true)] {
            if proposition.claims(stance, unlisted).is_empty() {
                return Err(format!("{} lacks statements", proposition.id));
            }
        }
    }
    Ok(())
}

fn check_plain(name: &str, list: &[Template], at_least: usize) -> Result<(), String> {
    if list.len() < at_least {
        return Err(format!("{name} has fewer than {at_least} sentences"));
    }
    match list.iter().find(|sentence| {
        sentence
            .slots()
            .any(|slot| slot.takes_statement() || slot == Slot::Role)
    }) {
        Some(odd) => Err(format!("{name} has a slot of frames in {:?}", odd.source())),
        None => Ok(()),
    }
}

/// The truth file names propositions without their topic, so no two may share an id.
fn check_ids(topics: &[Topic]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for topic in topics {
        for id in topic.propositions.iter().map(|p| &p.id).chain([&topic.id]) {
            if !seen.insert(id) {
                return Err(format!("the id {id} is used twice"));
            }
        }
    }
    Ok(())
}

fn sentences<'a>(common: &'a Common, topics: &'a [Topic]) -> impl Iterator<Item = &'a str> {
    let facts = topics.iter().flat_map(|topic| topic.facts.iter());
    let claims = topics
        .iter()
        .flat_map(|topic| topic.propositions.iter())
        .flat_map(|proposition| {
            [
                &proposition.pro,
                &proposition.con,
                &proposition.pro_unlisted,
                &proposition.con_unlisted,
            ]
        })
        .flatten();
    let odd = common.oddments.iter().flat_map(|odd| odd.sentences.iter());
    facts
        .chain(odd)
        .map(Template::source)
        .chain(claims.map(Claim::words))
}
