//! What a nation's articles will be about, and who contradicts whom, before a word is written.
//!
//! Stances are dealt out over the whole nation at once: only so do the planted contradictions reach
//! their share in every proposition.

use crate::bank::Bank;
use crate::calendar::{Day, N_DAYS};
use crate::random::{Deck, Random};
use std::collections::{BTreeMap, BTreeSet};

/// Share of articles that copy another one.
const DUPLICATE_SHARE: f64 = 0.04;
/// Share of articles that belong to no topic.
const OUTLIER_SHARE: f64 = 0.15;
/// Share of articles in topics without values.
const VALUE_FREE_SHARE: f64 = 0.24;
/// Share of outliers that carry one value statement.
const OUTLIER_STATEMENT_SHARE: f64 = 0.25;
/// Share of a proposition's statements that stand against the nation's majority.
const DISSENT_SHARE: f64 = 0.08;
/// From this many statements on, a proposition has at least [`MIN_DISSENT`] against it. The corpus
/// promises it from 12 on; copies, which are not planned yet, may add the last two.
const DISSENT_FLOOR_FROM: usize = 10;
const MIN_DISSENT: usize = 2;
/// Propositions per nation without a majority.
const N_CONTESTED: usize = 2;
/// Number of statements in twenty articles of a topic with values: 10 % none, 1.6 else on average.
const STATEMENT_DECK: [usize; 20] = [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3];
/// Of twenty statements, this many are quoted; the others are the outlet's own.
const QUOTED_OF_20: usize = 11;

/// Whose words a statement is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Set {
    /// A person's or an organization's, direct or reported.
    Quoted,
    /// The outlet's own.
    Official,
}

/// A statement to be written.
#[derive(Clone, Debug)]
pub(crate) struct StatementPlan {
    /// Topic, by position in the bank.
    pub(crate) topic_idx: usize,
    /// Proposition, by position in the topic.
    pub(crate) proposition_idx: usize,
    /// Whose words.
    pub(crate) set: Set,
    /// 1 for the proposition, -1 against it.
    pub(crate) stance: i8,
    /// Whether it stands against the nation's majority.
    pub(crate) dissent: bool,
    /// Whether the statement itself is worded uncommonly.
    pub(crate) unlisted_text: bool,
    /// Whether its frame is.
    pub(crate) unlisted_frame: bool,
}

/// An article to be written.
#[derive(Clone, Debug)]
pub(crate) struct ArticlePlan {
    /// Topic, by position in the bank; none for outliers.
    pub(crate) topic_idx: Option<usize>,
    /// Outlet, by position in the nation.
    pub(crate) outlet_idx: usize,
    /// When it appears.
    pub(crate) day: Day,
    /// Its statements.
    pub(crate) statements: Vec<StatementPlan>,
    /// Whether it holds both sides of one proposition.
    pub(crate) self_contradiction: bool,
}

/// A nation's articles.
pub(crate) struct NationPlan {
    /// The articles, copies not among them.
    pub(crate) articles: Vec<ArticlePlan>,
    /// How many copies are still to be made.
    pub(crate) n_duplicates: usize,
    /// Propositions without a majority: topic and proposition, by position.
    pub(crate) contested: Vec<(usize, usize)>,
}

/// The side that most statements of a nation take, by nation and proposition id.
pub(crate) type Majorities = BTreeMap<(String, String), i8>;

/// Draws each nation's majority side of each proposition.
///
/// Nations that share a proposition often disagree about it.
pub(crate) fn draw_majorities(
    banks: &[Bank],
    nations: impl Iterator<Item = &'static str>,
    seed: u64,
) -> Majorities {
    const OTHER_SIDE_SHARE: f64 = 0.6;
    let mut random = Random::new(seed, "majorities");
    // Dealt, not tossed: a nation that is against nearly everything would read oddly.
    let mut signs = Deck::default();
    let mut last: BTreeMap<String, i8> = BTreeMap::new();
    let mut majorities = Majorities::new();
    for nation in nations {
        for bank in banks {
            for (_, topic) in bank.topics_of(nation, true) {
                for proposition in &topic.propositions {
                    let side = match last.get(&proposition.id) {
                        Some(side) if random.chance(OTHER_SIDE_SHARE) => -side,
                        Some(side) => *side,
                        None if signs.deal(2, &mut random) == 0 => -1,
                        None => 1,
                    };
                    last.insert(proposition.id.clone(), side);
                    majorities.insert((nation.to_owned(), proposition.id.clone()), side);
                }
            }
        }
    }
    majorities
}

/// Plans all articles of a nation.
pub(crate) fn plan_nation(
    bank: &Bank,
    nation: &str,
    n_articles: usize,
    n_self_contradictions: usize,
    majorities: &Majorities,
    random: &mut Random,
) -> NationPlan {
    let share = |n: usize, of_all: f64| (n as f64 * of_all).round() as usize;
    let n_duplicates = share(n_articles, DUPLICATE_SHARE);
    let n_originals = n_articles - n_duplicates;
    let n_outliers = share(n_originals, OUTLIER_SHARE);
    let n_value_free = share(n_originals, VALUE_FREE_SHARE);
    let n_valued = n_originals - n_outliers - n_value_free;

    let valued: Vec<usize> = bank.topics_of(nation, true).map(|(idx, _)| idx).collect();
    let value_free: Vec<usize> = bank.topics_of(nation, false).map(|(idx, _)| idx).collect();
    let mut dealer = Dealer::default();
    let mut articles = Vec::new();
    for topic_idx in spread(&valued, n_valued, random) {
        let n = dealer.n_statements(random);
        let statements = dealer.statements(bank, topic_idx, n, random);
        articles.push(article(Some(topic_idx), statements, random));
    }
    for topic_idx in spread(&value_free, n_value_free, random) {
        articles.push(article(Some(topic_idx), Vec::new(), random));
    }
    let n_speaking = share(n_outliers, OUTLIER_STATEMENT_SHARE);
    for outlier_idx in 0..n_outliers {
        let topic_idx = random.pick(&valued).copied();
        let statements = match topic_idx {
            Some(topic_idx) if outlier_idx < n_speaking => {
                dealer.statements(bank, topic_idx, 1, random)
            }
            _ => Vec::new(),
        };
        articles.push(article(None, statements, random));
    }
    random.shuffle(&mut articles);

    let contested = draw_contested(bank, &valued, random);
    plant_self_contradictions(&mut articles, &contested, n_self_contradictions, random);
    let majority = |topic_idx: usize, proposition_idx: usize| {
        let topic = bank.topics.get(topic_idx);
        let proposition = topic.and_then(|topic| topic.propositions.get(proposition_idx));
        proposition
            .and_then(|p| majorities.get(&(nation.to_owned(), p.id.clone())))
            .copied()
            .unwrap_or(1)
    };
    deal_stances(&mut articles, &contested, majority, random);
    NationPlan {
        articles,
        n_duplicates,
        contested,
    }
}

fn article(
    topic_idx: Option<usize>,
    statements: Vec<StatementPlan>,
    random: &mut Random,
) -> ArticlePlan {
    ArticlePlan {
        topic_idx,
        outlet_idx: random.below(2),
        day: Day::new(random.below(N_DAYS)),
        statements,
        self_contradiction: false,
    }
}

/// Gives each topic its part of `n` articles: not quite equal parts, but none small.
fn spread(topics: &[usize], n: usize, random: &mut Random) -> Vec<usize> {
    let weights: Vec<usize> = topics.iter().map(|_| random.within(80..=120)).collect();
    let total: usize = weights.iter().sum();
    let mut parts = Vec::with_capacity(n);
    let mut before = 0;
    for (topic_idx, weight) in topics.iter().zip(weights) {
        let after = before + weight;
        let n_part = n * after / total - n * before / total;
        parts.extend(std::iter::repeat_n(*topic_idx, n_part));
        before = after;
    }
    parts
}

/// Deals what must come out even over a nation.
#[derive(Default)]
struct Dealer {
    counts: Deck,
    sets: Deck,
    wording: Deck,
    propositions: BTreeMap<usize, Deck>,
}

impl Dealer {
    fn n_statements(&mut self, random: &mut Random) -> usize {
        let card = self.counts.deal(STATEMENT_DECK.len(), random);
        STATEMENT_DECK.get(card).copied().unwrap_or(1)
    }

    /// Plans `n` statements on a topic; stances are dealt later.
    fn statements(
        &mut self,
        bank: &Bank,
        topic_idx: usize,
        n: usize,
        random: &mut Random,
    ) -> Vec<StatementPlan> {
        const SAME_PROPOSITION_SHARE: f64 = 0.35;
        let n_propositions = bank
            .topics
            .get(topic_idx)
            .map_or(0, |topic| topic.propositions.len());
        let deck = self.propositions.entry(topic_idx).or_default();
        let first = deck.deal(n_propositions, random);
        let mut statements = Vec::new();
        for idx in 0..n {
            let proposition_idx = match idx {
                1 if !random.chance(SAME_PROPOSITION_SHARE) => (first + 1) % n_propositions,
                // The third joins either side, so that three statements are on both.
                2 => (first + random.below(2)) % n_propositions,
                _ => first,
            };
            let set = if self.sets.deal(20, random) < QUOTED_OF_20 {
                Set::Quoted
            } else {
                Set::Official
            };
            // A quarter is unlisted: 10 of 40 cards, by text, by frame or by both.
            let card = self.wording.deal(40, random);
            statements.push(StatementPlan {
                topic_idx,
                proposition_idx,
                set,
                stance: 1,
                dissent: false,
                unlisted_text: card < 7,
                unlisted_frame: (5..10).contains(&card),
            });
        }
        statements
    }
}

/// Picks propositions of different topics that stay without a majority.
fn draw_contested(bank: &Bank, valued: &[usize], random: &mut Random) -> Vec<(usize, usize)> {
    let mut contested: Vec<(usize, usize)> = random
        .sample(valued.len(), N_CONTESTED)
        .into_iter()
        .filter_map(|idx| valued.get(idx).copied())
        .map(|topic_idx| {
            let topic = bank.topics.get(topic_idx);
            let n_propositions = topic.map_or(1, |topic| topic.propositions.len());
            (topic_idx, random.below(n_propositions))
        })
        .collect();
    contested.sort_unstable();
    contested
}

/// Chooses articles that will contradict themselves, each in a topic of its own.
fn plant_self_contradictions(
    articles: &mut [ArticlePlan],
    contested: &[(usize, usize)],
    n: usize,
    random: &mut Random,
) {
    let mut topics: BTreeSet<usize> = contested.iter().map(|(topic_idx, _)| *topic_idx).collect();
    let mut n_planted = 0;
    for article_idx in random.sample(articles.len(), articles.len()) {
        let Some(article) = articles.get_mut(article_idx) else {
            continue;
        };
        let Some(topic_idx) = article.topic_idx else {
            continue;
        };
        if n_planted == n {
            return;
        }
        if article.statements.len() != 2 || !topics.insert(topic_idx) {
            continue;
        }
        // Both in one voice, for it is one set that contradicts itself, and in common words.
        let set = if n_planted % 3 == 1 {
            Set::Quoted
        } else {
            Set::Official
        };
        let proposition_idx = article.statements.first().map_or(0, |s| s.proposition_idx);
        for statement in &mut article.statements {
            statement.proposition_idx = proposition_idx;
            statement.set = set;
            statement.unlisted_text = false;
            statement.unlisted_frame = false;
        }
        article.self_contradiction = true;
        n_planted += 1;
    }
}

/// Decides every statement's side.
fn deal_stances(
    articles: &mut [ArticlePlan],
    contested: &[(usize, usize)],
    majority: impl Fn(usize, usize) -> i8,
    random: &mut Random,
) {
    // All statements that one article makes on one proposition take one side.
    let mut groups: BTreeMap<(usize, usize), BTreeMap<usize, usize>> = BTreeMap::new();
    for (article_idx, article) in articles.iter().enumerate() {
        for statement in &article.statements {
            let key = (statement.topic_idx, statement.proposition_idx);
            *groups
                .entry(key)
                .or_default()
                .entry(article_idx)
                .or_default() += 1;
        }
    }
    for (key, group) in groups {
        let side = majority(key.0, key.1);
        let n_statements: usize = group.values().sum();
        let mut members: Vec<(usize, usize)> = group.into_iter().collect();
        random.shuffle(&mut members);
        // Small groups first: a large one could overshoot the share.
        members.sort_by_key(|(_, size)| *size);
        let is_contested = contested.contains(&key);
        let floor = if n_statements >= DISSENT_FLOOR_FROM {
            MIN_DISSENT
        } else {
            0
        };
        let wanted = if is_contested {
            n_statements / 2
        } else {
            floor.max((n_statements as f64 * DISSENT_SHARE).round() as usize)
        };
        let n_split = members
            .iter()
            .filter(|(idx, _)| articles.get(*idx).is_some_and(|a| a.self_contradiction))
            .count();
        let mut n_other = n_split;
        for (article_idx, size) in members {
            let Some(article) = articles.get_mut(article_idx) else {
                continue;
            };
            let split = article.self_contradiction;
            let other = !split && n_other + size <= wanted;
            if other {
                n_other += size;
            }
            let mut own = article
                .statements
                .iter_mut()
                .filter(|s| (s.topic_idx, s.proposition_idx) == key);
            // A document that contradicts itself first says what most say, then the opposite.
            for (nth, statement) in own.by_ref().enumerate() {
                let against = other || (split && nth > 0);
                statement.stance = if against { -side } else { side };
                statement.dissent = against && !is_contested;
            }
        }
    }
}
