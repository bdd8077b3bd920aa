//! Words of the made-up documents: concepts of the lexicon in the language of each nation.

use super::Labels;
use super::draw::{Drawn, Topic};
use crate::base::language::Language;
use crate::base::seed::{Random, mix};

/// The lexicon: a concept a row, its words in Chinese, English, French and German.
const CONCEPTS: &str = include_str!("../../../../assets/lexicon/concepts.tsv");

/// Invented outlets by nation, in the order of the five.
const SOURCES: [&[&str]; 5] = [
    &["河畔日报", "新桥晚报", "高原新闻", "海潮周刊", "东岭电讯"],
    &[
        "Cedar Herald",
        "The Plains Ledger",
        "Harbor Times",
        "Union Dispatch",
    ],
    &["The Alder Post", "Thames Observer", "Northern Courier"],
    &["Le Quai", "La Gazette du Lac", "Le Phare du Midi"],
    &["Rheinische Rundschau", "Anzeiger am Fluss", "Nordblatt"],
];

/// Lays words into a headline or a sentence; `{0}` to `{2}` are the topic's words.
const FRAMES: [(&[&str], &[&str]); 4] = [
    (
        &[
            "{0}与{1}：{2}之争",
            "{1}新规引发{0}讨论",
            "关于{0}，各方谈{2}",
        ],
        &[
            "有关{0}的消息周二公布。",
            "{1}方面表示，{2}应当得到重视。",
            "专家认为{0}和{1}密切相关。",
            "居民对{2}看法不一。",
        ],
    ),
    (
        &[
            "What {0} means for {1}",
            "{0} and {1}: the dispute over {2}",
            "New figures on {2} divide {0}",
        ],
        &[
            "The report on {0} was published on Tuesday.",
            "Those in charge of {1} said that {2} must come first.",
            "Critics of {0} called for more {1}.",
            "Neighbors disagree about {2}.",
        ],
    ),
    (
        &[
            "{0} : ce que change {1}",
            "Entre {0} et {1}, le débat sur {2}",
            "{2}, une question de {0}",
        ],
        &[
            "Le rapport sur {0} a paru mardi.",
            "Les responsables de {1} estiment que {2} passe avant tout.",
            "Les critiques de {0} demandent plus de {1}.",
            "Les habitants sont partagés sur {2}.",
        ],
    ),
    (
        &[
            "{0} und {1}: Streit um {2}",
            "Was {0} für {1} bedeutet",
            "Neue Zahlen zu {2}",
        ],
        &[
            "Der Bericht über {0} erschien am Dienstag.",
            "Zuständige für {1} sagten, {2} gehe vor.",
            "Kritiker von {0} fordern mehr {1}.",
            "Anwohner streiten über {2}.",
        ],
    ),
];

/// Words by concept and language.
pub(super) struct Words {
    concepts: Vec<[Vec<&'static str>; 4]>,
}

fn concepts() -> impl Iterator<Item = (&'static str, [Vec<&'static str>; 4])> {
    CONCEPTS.lines().skip(1).filter_map(|line| {
        let mut columns = line.split('\t');
        let name = columns.next()?;
        let mut by_language: [Vec<&'static str>; 4] = Default::default();
        for words in &mut by_language {
            *words = columns
                .next()?
                .split('|')
                .filter(|w| !w.is_empty())
                .collect();
        }
        by_language
            .iter()
            .all(|w| !w.is_empty())
            .then_some((name, by_language))
    })
}

/// Which language a nation's documents are in, as a column of the lexicon.
fn column(nation: usize) -> usize {
    [0, 1, 1, 2, 3].get(nation).copied().unwrap_or(1)
}

pub(super) fn language(nation: usize) -> Language {
    Language::KNOWN
        .get(column(nation))
        .copied()
        .unwrap_or(Language::En)
}

pub(super) fn n_sources(nation: usize) -> usize {
    SOURCES.get(nation).map_or(1, |s| s.len())
}

pub(super) fn source(nation: usize, source: usize) -> &'static str {
    SOURCES
        .get(nation)
        .and_then(|s| s.get(source))
        .copied()
        .unwrap_or("Synthetic")
}

/// Draws a topic's concepts; topics of a region share their first. Returns label, words and concepts.
pub(super) fn topic(
    number: usize,
    n_regions: usize,
    random: &mut Random,
    labels: &mut Labels,
) -> (String, Vec<String>, Vec<usize>) {
    let all: Vec<(&str, [Vec<&str>; 4])> = concepts().collect();
    let n = all.len();
    let region = (number % n_regions * 37) % n;
    let mut chosen = vec![region];
    while chosen.len() < 5.min(n) {
        let next = random.below(n);
        if !chosen.contains(&next) {
            chosen.push(next);
        }
    }
    let english = |c: usize| {
        all.get(c)
            .and_then(|(_, w)| w[1].first())
            .copied()
            .unwrap_or("")
    };
    let mut label = format!("{}, {}", english(chosen[0]), english(chosen[1]));
    if let Some(first) = label.get(..1).map(str::to_uppercase) {
        label.replace_range(..1, &first);
    }
    let n_before = labels.entry(label.clone()).or_default();
    *n_before += 1;
    if *n_before > 1 {
        label = format!("{label} {n_before}");
    }
    let terms = chosen
        .iter()
        .filter_map(|c| all.get(*c))
        .flat_map(|(_, w)| [1, 0, 2, 3].into_iter().filter_map(|l| w[l].first()))
        .map(|w| (*w).to_owned())
        .take(15)
        .collect();
    (label, terms, chosen)
}

impl Words {
    pub(super) fn new() -> Self {
        Self {
            concepts: concepts().map(|c| c.1).collect(),
        }
    }

    /// Returns headline and text of a document.
    pub(super) fn article(&self, topic: &Topic, doc: &Drawn, number: usize) -> (String, String) {
        let language = column(doc.nation);
        let mut dice = doc.dice;
        let mut roll = |n: usize| {
            dice = mix(dice.wrapping_add(0x9e37_79b9_7f4a_7c15));
            (dice % n.max(1) as u64) as usize
        };
        let word = |k: usize, roll: &mut dyn FnMut(usize) -> usize| -> &'static str {
            // Now and then a word that has nothing to do with the topic.
            let concept = if k > 0 && roll(8) == 0 {
                roll(self.concepts.len())
            } else {
                topic.concepts.get(k).copied().unwrap_or(0)
            };
            let words = self.concepts.get(concept).map(|c| &c[language]);
            words
                .and_then(|w| w.get(roll(w.len())))
                .copied()
                .unwrap_or("")
        };
        let (heads, sentences) = FRAMES[language];
        let fill = |frame: &str, roll: &mut dyn FnMut(usize) -> usize| {
            let first = roll(2);
            frame
                .replace("{0}", word(first, roll))
                .replace("{1}", word(2, roll))
                .replace("{2}", word(3 + first % 2, roll))
        };
        let head = heads[roll(heads.len())];
        let mut title = fill(head, &mut roll);
        if let Some(first) = title.chars().next() {
            let upper: String = first.to_uppercase().collect();
            title.replace_range(..first.len_utf8(), &upper);
        }
        let mut body = String::new();
        for _ in 0..2 + roll(2) {
            let sentence = sentences[roll(sentences.len())];
            body.push_str(&fill(sentence, &mut roll));
            if language != 0 {
                body.push(' ');
            }
        }
        // No two documents are the same to the letter.
        body.extend(["(", &number.to_string(), ")"]);
        (title, body)
    }
}
