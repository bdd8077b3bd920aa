//! Turns a plan into an article: chooses facts, speakers and frames, and sets paragraphs.

use crate::article::{Article, Sentence, Statement};
use crate::bank::{Bank, NationBank, Topic};
use crate::calendar::Day;
use crate::cast::{Cast, Voice};
use crate::error::Error;
use crate::language::{Section, lower_first};
use crate::plan::{ArticlePlan, Set, StatementPlan};
use crate::random::{Deck, Random};
use crate::template::{Filled, Slot, Template};
use std::collections::BTreeMap;

/// Share of towns in the text that are the article's own town.
const OWN_PLACE_SHARE: f64 = 0.7;
/// Share of organizations in background sentences that are public bodies.
const PUBLIC_BODY_SHARE: f64 = 0.2;
/// Share of articles whose file leaves the date empty.
const UNDATED_SHARE: f64 = 0.02;
/// Of the quoted statements in common frames: shares said by a person and by an organization; the
/// rest is reported speech.
const PERSON_SHARE: f64 = 0.55;
const ORG_SHARE: f64 = 0.22;

/// Writes the articles of one nation.
pub(crate) struct Writer<'a> {
    bank: &'a Bank,
    nation: &'a NationBank,
    /// Everybody who speaks.
    pub(crate) cast: Cast,
    random: Random,
    claims: BTreeMap<(usize, usize, i8, bool), Deck>,
    titles: BTreeMap<usize, Deck>,
    oddments: Deck,
    places: Deck,
}

/// What the sentences of one article share.
struct Scene {
    day: Day,
    place: String,
    /// Share of towns named that are this one.
    own_place_share: f64,
    /// Who has made a statement.
    voices: Vec<Voice>,
    /// Statements it has made already.
    claims: Vec<String>,
}

impl<'a> Writer<'a> {
    /// Starts with a cast and nothing written.
    pub(crate) fn new(bank: &'a Bank, nation: &'a NationBank, cast: Cast, random: Random) -> Self {
        Self {
            bank,
            nation,
            cast,
            random,
            claims: BTreeMap::new(),
            titles: BTreeMap::new(),
            oddments: Deck::default(),
            places: Deck::default(),
        }
    }

    /// Writes an article.
    ///
    /// # Errors
    /// If nobody of the cast may say a statement.
    pub(crate) fn write(&mut self, plan: &ArticlePlan) -> Result<Article, Error> {
        let place_idx = self.places.deal(self.nation.places.len(), &mut self.random);
        let place = self.nation.places.get(place_idx).cloned();
        let mut scene = Scene {
            day: plan.day,
            place: place.unwrap_or_default(),
            own_place_share: OWN_PLACE_SHARE,
            voices: Vec::new(),
            claims: Vec::new(),
        };
        let bank = self.bank;
        let topic = plan
            .topic_idx
            .and_then(|idx| Some((idx, bank.topics.get(idx)?)));
        let (title, paragraphs, section) = if let Some((topic_idx, topic)) = topic {
            let n_titles = topic.titles.len();
            let deck = self.titles.entry(topic_idx).or_default();
            let title_idx = deck.deal(n_titles, &mut self.random);
            let title = self.fill_title(topic.titles.get(title_idx), &mut scene);
            let sentences = self.tell_topic(topic, &plan.statements, &mut scene)?;
            (title, self.set_paragraphs(sentences), topic.section())
        } else {
            let (title, paragraphs) = self.tell_oddments(&plan.statements, &mut scene)?;
            (title, paragraphs, Section::Magazine)
        };
        Ok(Article {
            topic_idx: plan.topic_idx,
            outlet_idx: plan.outlet_idx,
            day: plan.day,
            undated: self.random.chance(UNDATED_SHARE),
            place: scene.place,
            section,
            title,
            paragraphs,
            self_contradiction: plan.self_contradiction,
            copy_of: None,
        })
    }

    /// Copies an article with one sentence dropped or replaced.
    pub(crate) fn copy(&mut self, article: &Article, article_idx: usize) -> Article {
        const OTHER_OUTLET_SHARE: f64 = 0.6;
        const DROP_SHARE: f64 = 0.4;
        const N_DAYS_LATER: usize = 3;
        let mut copy = article.clone();
        copy.copy_of = Some(article_idx);
        copy.undated = false;
        copy.day = article.day.plus(self.random.below(N_DAYS_LATER + 1));
        if self.random.chance(OTHER_OUTLET_SHARE) {
            copy.outlet_idx = 1 - article.outlet_idx;
        }
        // The first sentence stays, and so does every statement.
        let mut spots = Vec::new();
        for (paragraph_idx, paragraph) in article.paragraphs.iter().enumerate() {
            for (sentence_idx, sentence) in paragraph.iter().enumerate() {
                let first = paragraph_idx == 0 && sentence_idx == 0;
                if !first && sentence.statement.is_none() {
                    spots.push((paragraph_idx, sentence_idx));
                }
            }
        }
        let drop = self.random.chance(DROP_SHARE);
        let Some((paragraph_idx, sentence_idx)) = self.random.pick(&spots).copied() else {
            return copy;
        };
        let other = self.another_sentence(article);
        if let Some(paragraph) = copy.paragraphs.get_mut(paragraph_idx) {
            // A paragraph may not become empty.
            if drop && paragraph.len() > 1 {
                paragraph.remove(sentence_idx);
            } else if let Some(sentence) = paragraph.get_mut(sentence_idx) {
                *sentence = other;
            }
        }
        copy
    }

    /// Finds a sentence that the article does not have.
    fn another_sentence(&mut self, article: &Article) -> Sentence {
        let scene = Scene {
            day: article.day,
            place: article.place.clone(),
            own_place_share: OWN_PLACE_SHARE,
            voices: Vec::new(),
            claims: Vec::new(),
        };
        let told: Vec<usize> = article
            .paragraphs
            .iter()
            .flatten()
            .filter_map(|sentence| sentence.fact_idx)
            .collect();
        let bank = self.bank;
        let topic = article.topic_idx.and_then(|idx| bank.topics.get(idx));
        let list = topic.map_or(&bank.common.connectors, |topic| &topic.facts);
        let fresh: Vec<usize> = (0..list.len()).filter(|idx| !told.contains(idx)).collect();
        let fact_idx = self.random.pick(&fresh).copied();
        Sentence {
            text: self.fill_plain(fact_idx.and_then(|idx| list.get(idx)), &scene),
            statement: None,
            fact_idx,
        }
    }

    /// Writes the sentences of an article with a topic.
    fn tell_topic(
        &mut self,
        topic: &Topic,
        plans: &[StatementPlan],
        scene: &mut Scene,
    ) -> Result<Vec<Sentence>, Error> {
        let n_sentences = self.random.within(7..=14);
        // Meetings and reports seldom fit between a recipe and its sauce.
        let n_connectors = if topic.values {
            [0, 0, 1, 1, 2][self.random.below(5)]
        } else {
            usize::from(self.random.chance(0.2))
        };
        let n_facts = n_sentences - plans.len() - n_connectors;
        let mut sentences = Vec::new();
        for fact_idx in self.random.sample(topic.facts.len(), n_facts) {
            sentences.push(Sentence {
                text: self.fill_plain(topic.facts.get(fact_idx), scene),
                statement: None,
                fact_idx: Some(fact_idx),
            });
        }
        self.glue(&mut sentences, n_connectors, scene);
        for plan in plans {
            let sentence = self.state(plan, scene)?;
            let at_end = plan.set == Set::Official && self.random.chance(0.5);
            let place = if at_end {
                sentences.len()
            } else {
                self.random.within(1..=sentences.len())
            };
            sentences.insert(place, sentence);
        }
        Ok(sentences)
    }

    /// Puts connectors between sentences, never first and no two side by side.
    fn glue(&mut self, sentences: &mut Vec<Sentence>, n: usize, scene: &Scene) {
        let connectors = &self.bank.common.connectors;
        let mut places = self.random.sample(sentences.len().saturating_sub(1), n);
        let chosen = self.random.sample(connectors.len(), n);
        // From behind, so that the places before stay what they were.
        places.sort_unstable_by(|a, b| b.cmp(a));
        for (place, connector_idx) in places.into_iter().zip(chosen) {
            let text = self.fill_plain(connectors.get(connector_idx), scene);
            sentences.insert(
                place + 1,
                Sentence {
                    text,
                    statement: None,
                    fact_idx: None,
                },
            );
        }
    }

    /// Writes an article of two or three stories that have nothing to do with each other.
    fn tell_oddments(
        &mut self,
        plans: &[StatementPlan],
        scene: &mut Scene,
    ) -> Result<(String, Vec<Vec<Sentence>>), Error> {
        let oddments = &self.bank.common.oddments;
        let n_stories = self.random.within(2..=3);
        let mut stories = Vec::new();
        while stories.len() < n_stories {
            let idx = self.oddments.deal(oddments.len(), &mut self.random);
            if !stories.contains(&idx) {
                stories.push(idx);
            }
        }
        let mut title = String::new();
        let mut paragraphs = Vec::new();
        for (nth, idx) in stories.into_iter().enumerate() {
            let Some(oddment) = oddments.get(idx) else {
                continue;
            };
            if nth == 0 {
                title = self.fill_title(Some(&oddment.title), scene);
            }
            let mut story = Vec::new();
            // Two stories are told in full, or the article would be too short.
            let n_told = if n_stories == 2 {
                4
            } else {
                self.random.within(3..=4)
            };
            for template in oddment.sentences.iter().take(n_told) {
                story.push(Sentence {
                    text: self.fill_plain(Some(template), scene),
                    statement: None,
                    fact_idx: None,
                });
            }
            if n_stories == 2 {
                let rest = story.split_off(story.len() / 2);
                paragraphs.push(story);
                paragraphs.push(rest);
            } else {
                paragraphs.push(story);
            }
        }
        for plan in plans {
            let sentence = self.state(plan, scene)?;
            let paragraph_idx = self.random.below(paragraphs.len());
            if let Some(paragraph) = paragraphs.get_mut(paragraph_idx) {
                paragraph.push(sentence);
            }
        }
        Ok((title, paragraphs))
    }

    /// Writes the sentence that holds a statement.
    fn state(&mut self, plan: &StatementPlan, scene: &mut Scene) -> Result<Sentence, Error> {
        let bank = self.bank;
        let topic = bank.topics.get(plan.topic_idx);
        let proposition = topic.and_then(|topic| topic.propositions.get(plan.proposition_idx));
        let (Some(topic), Some(proposition)) = (topic, proposition) else {
            return Err(Error::Corpus("a plan names an unknown proposition".into()));
        };
        let claim = self.choose_claim(
            plan,
            proposition.claims(plan.stance, plan.unlisted_text),
            scene,
        );
        let common = &bank.common;
        let (kind, frames) = match (plan.set, plan.unlisted_frame) {
            (Set::Official, false) => ("official", &common.official_frames),
            (Set::Official, true) => ("official", &common.official_frames_unlisted),
            (Set::Quoted, true) => ("quoted", &common.quoted_frames_unlisted),
            (Set::Quoted, false) if self.random.chance(PERSON_SHARE) => {
                ("quoted", &common.quoted_frames)
            }
            (Set::Quoted, false) if self.random.chance(ORG_SHARE / (1.0 - PERSON_SHARE)) => {
                ("quoted", &common.quoted_org_frames)
            }
            (Set::Quoted, false) => ("quoted", &common.indirect_frames),
        };
        let frame = self
            .random
            .pick(frames)
            .ok_or_else(|| Error::Corpus(format!("no {kind} frames")))?;
        let voice = if plan.set == Set::Quoted {
            let person = frame.has(Slot::Person);
            let voice = self
                .cast
                .ask(
                    &topic.id,
                    &proposition.id,
                    plan.stance,
                    person,
                    &scene.voices,
                    &mut self.random,
                )
                .ok_or_else(|| {
                    Error::Corpus(format!("nobody is left to speak on {}", proposition.id))
                })?;
            scene.voices.push(voice);
            Some(voice)
        } else {
            None
        };
        let filled = self.fill(frame, scene, voice, &claim);
        let span = filled
            .statement
            .ok_or_else(|| Error::Corpus(format!("no statement in {:?}", frame.source())))?;
        Ok(Sentence {
            text: filled.text,
            statement: Some(Statement {
                span,
                set: plan.set,
                voice,
                proposition: proposition.id.clone(),
                stance: plan.stance,
                dissent: plan.dissent,
                unlisted: plan.unlisted_text || plan.unlisted_frame,
            }),
            fact_idx: None,
        })
    }

    /// Chooses a statement's words, others than the article has used if there are any.
    fn choose_claim(
        &mut self,
        plan: &StatementPlan,
        claims: &[crate::bank::Claim],
        scene: &mut Scene,
    ) -> String {
        let key = (
            plan.topic_idx,
            plan.proposition_idx,
            plan.stance,
            plan.unlisted_text,
        );
        let deck = self.claims.entry(key).or_default();
        let mut words = String::new();
        for _ in 0..=claims.len() {
            let claim_idx = deck.deal(claims.len(), &mut self.random);
            claims
                .get(claim_idx)
                .map_or("", |claim| claim.words())
                .clone_into(&mut words);
            if !scene.claims.contains(&words) {
                break;
            }
        }
        scene.claims.push(words.clone());
        words
    }

    /// Splits sentences into three to five paragraphs of at least two sentences.
    fn set_paragraphs(&mut self, sentences: Vec<Sentence>) -> Vec<Vec<Sentence>> {
        let n = sentences.len();
        let n_paragraphs = self.random.within(3..=5).min(n / 2).max(1);
        let mut sizes = vec![2_usize.min(n / n_paragraphs); n_paragraphs];
        for _ in sizes.iter().sum::<usize>()..n {
            let lucky = self.random.below(n_paragraphs);
            if let Some(size) = sizes.get_mut(lucky) {
                *size += 1;
            }
        }
        let mut rest = sentences.into_iter();
        sizes
            .into_iter()
            .map(|size| rest.by_ref().take(size).collect())
            .collect()
    }

    /// Fills a sentence without a statement.
    fn fill_plain(&mut self, template: Option<&Template>, scene: &Scene) -> String {
        template.map_or_else(String::new, |template| {
            self.fill(template, scene, None, "").text
        })
    }

    /// Fills a headline; the town in it is the article's own.
    fn fill_title(&mut self, template: Option<&Template>, scene: &mut Scene) -> String {
        scene.own_place_share = 1.0;
        let title = self.fill_plain(template, scene);
        scene.own_place_share = OWN_PLACE_SHARE;
        title
    }

    /// Fills a sentence. With a voice, its person, role and organization are the speaker's.
    fn fill(
        &mut self,
        template: &Template,
        scene: &Scene,
        voice: Option<Voice>,
        claim: &str,
    ) -> Filled {
        let language = self.bank.language;
        let mut used: Vec<String> = Vec::new();
        let filled = template.fill(language, |slot, opens| {
            let fixed = match (slot, voice) {
                (Slot::Statement, _) => Some(claim.to_owned()),
                (Slot::StatementLower, _) => Some(lower_first(claim, &self.bank.names)),
                (Slot::Person | Slot::Role | Slot::Org, Some(voice)) => {
                    Some(self.introduce(voice, slot))
                }
                _ => None,
            };
            let words = fixed.unwrap_or_else(|| self.choose_words(slot, opens, scene, &used));
            used.push(words.clone());
            Ok::<_, std::convert::Infallible>(words)
        });
        let Ok(filled) = filled;
        filled
    }

    /// Gives a speaker's name, role or organization.
    fn introduce(&self, voice: Voice, slot: Slot) -> String {
        match voice {
            Voice::Org(idx) => self.cast.orgs.get(idx).cloned().unwrap_or_default(),
            Voice::Person(idx) => self
                .cast
                .people
                .get(idx)
                .map_or_else(String::new, |person| {
                    match slot {
                        Slot::Person => &person.name,
                        Slot::Role => &person.role,
                        _ => &person.org,
                    }
                    .clone()
                }),
        }
    }

    /// Chooses words for a gap; a sentence does not name the same thing twice.
    fn choose_words(&mut self, slot: Slot, opens: bool, scene: &Scene, used: &[String]) -> String {
        const TRIES: usize = 20;
        let mut words = String::new();
        for _ in 0..TRIES {
            words = self.draw_words(slot, opens, scene);
            if !used.contains(&words) {
                break;
            }
        }
        words
    }

    fn draw_words(&mut self, slot: Slot, opens: bool, scene: &Scene) -> String {
        let language = self.bank.language;
        let random = &mut self.random;
        match slot {
            Slot::Place if random.chance(scene.own_place_share) => scene.place.clone(),
            Slot::Place => random
                .pick(&self.nation.places)
                .cloned()
                .unwrap_or_default(),
            Slot::PlaceUpper => scene.place.to_uppercase(),
            // Public bodies have names that fit best as the subject of a sentence.
            Slot::Org if opens && random.chance(PUBLIC_BODY_SHARE) => {
                let body = random.pick(&self.nation.official_bodies);
                body.cloned().unwrap_or_default()
            }
            Slot::Org => random.pick(&self.cast.orgs).cloned().unwrap_or_default(),
            Slot::Person => random
                .pick(&self.cast.people)
                .map_or_else(String::new, |person| person.name.clone()),
            Slot::Num => random.within(12..=900).to_string(),
            // One percent would need the singular in some languages.
            Slot::Pct => random.within(2..=60).to_string(),
            Slot::Month => language.months()[random.below(12)].to_owned(),
            Slot::Year => (scene.day.year() - random.within(1..=6)).to_string(),
            Slot::Weekday => language.weekdays()[random.below(7)].to_owned(),
            Slot::Statement | Slot::StatementLower | Slot::Role => String::new(),
        }
    }
}
