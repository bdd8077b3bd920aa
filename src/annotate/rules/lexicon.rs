//! Reads the word lists of `assets/lexicon/` and finds their entries in tokens.
//!
//! One file per language and purpose: *cues* (what makes a claim and which way it points), *speech*
//! (who talks, and words of office) and *topics* (what news are about). A line is
//! `class <tab> weight <tab> entry | entry | …`; a word ending in `*` stands for all its endings, `~`
//! for up to six words. Longer entries win over shorter ones at the same place. It decides nothing.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::text::{Kind, Token, tokenize};
use crate::base::language::{Language, is_han};

/// What a cue does to a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cue {
    /// Says what ought to be: must, should.
    Must,
    /// Allows: may, darf.
    May,
    /// Forbids in one word: cannot, 不得.
    MustNot,
    /// Denies what follows: not, pas.
    Not,
    /// Denies over the whole clause: no, kein, nothing.
    Nothing,
    /// Looks like another cue and is none: not only.
    Mask,
    /// Approving predicate: right, fair.
    Good,
    /// Disapproving predicate: wrong, scandal.
    Bad,
    /// Something people hold dear: freedom, jobs.
    Value,
    /// Something people fear: violence, poverty.
    Ill,
    /// Takes sides for: support, welcome.
    Pro,
    /// Takes sides against: oppose, warn of.
    Con,
    /// Does its object good: protect, save.
    Help,
    /// Does its object harm: threaten, betray.
    Harm,
    /// Makes more of its object: expand, keep, allow.
    Grow,
    /// Makes less of its object: cut, close, ban.
    Cut,
    /// What follows is missing: without.
    Without,
    /// What follows is turned down: rather than.
    Rather,
    /// What precedes outweighs what follows: more important than.
    Prefer,
    /// Softens: perhaps.
    Hedge,
    /// Marks a claim and points nowhere: a question of.
    Claim,
    /// Marks a report: percent, announced.
    Fact,
    /// Belongs to sport, weather, recipes and the like.
    Noise,
    /// Joins a clause that is set aside: although.
    Concede,
    /// Joins a clause that counts most: but.
    But,
    /// Joins a clause: because, who, if.
    Join,
}

impl Cue {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "must" => Self::Must,
            "may" => Self::May,
            "mustnot" => Self::MustNot,
            "not" => Self::Not,
            "nothing" => Self::Nothing,
            "mask" => Self::Mask,
            "good" => Self::Good,
            "bad" => Self::Bad,
            "value" => Self::Value,
            "ill" => Self::Ill,
            "pro" => Self::Pro,
            "con" => Self::Con,
            "help" => Self::Help,
            "harm" => Self::Harm,
            "grow" => Self::Grow,
            "cut" => Self::Cut,
            "without" => Self::Without,
            "rather" => Self::Rather,
            "prefer" => Self::Prefer,
            "hedge" => Self::Hedge,
            "claim" => Self::Claim,
            "fact" => Self::Fact,
            "noise" => Self::Noise,
            "concede" => Self::Concede,
            "but" => Self::But,
            "join" => Self::Join,
            _ => return None,
        })
    }
}

/// A word of speaking, office or organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Speech {
    /// said, erklärte, 表示.
    Verb,
    /// according to, selon, laut, 据.
    According,
    /// mayor, ministre, 主任.
    Role,
    /// Association, Verband, 协会.
    Org,
    /// A given name, or a Chinese surname.
    Given,
    /// Capitalized without being a name: Monday, Die.
    NoName,
    /// she, elle, 他: the person last named.
    Pronoun,
    /// The outlet itself: this newspaper.
    Outlet,
}

impl Speech {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "verb" => Self::Verb,
            "according" => Self::According,
            "role" => Self::Role,
            "org" => Self::Org,
            "given" => Self::Given,
            "noname" => Self::NoName,
            "pronoun" => Self::Pronoun,
            "outlet" => Self::Outlet,
            _ => return None,
        })
    }
}

/// A concept of the topic lists: what it is and the aspect it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Concept {
    /// Aspect of the tag: `topic`, `value`, `action`, `nation`, `heritage`, or `noise`.
    pub(crate) sort: &'static str,
    /// Name of the concept, the same in all languages.
    pub(crate) name: &'static str,
}

impl Concept {
    fn parse(word: &'static str) -> Option<Self> {
        let (sort, name) = word.split_once(':')?;
        let known = matches!(
            sort,
            "topic" | "value" | "action" | "nation" | "heritage" | "noise"
        );
        known.then_some(Self { sort, name })
    }
}

#[derive(Debug)]
enum Part {
    Exact(String),
    Prefix(String),
    Gap,
}

impl Part {
    fn accepts(&self, token: &Token) -> bool {
        match self {
            Self::Exact(word) => token.text == *word,
            Self::Prefix(word) => token.kind == Kind::Word && token.text.starts_with(word.as_str()),
            Self::Gap => false,
        }
    }

    fn n_chars(&self) -> usize {
        match self {
            Self::Exact(word) => word.len() + 1,
            Self::Prefix(word) => word.len(),
            Self::Gap => 0,
        }
    }
}

#[derive(Debug)]
struct Entry<C> {
    class: C,
    weight: f64,
    parts: Vec<Part>,
    n_chars: usize,
}

/// An entry found in tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit<C> {
    /// Its class.
    pub(crate) class: C,
    /// Its weight.
    pub(crate) weight: f64,
    /// First token.
    pub(crate) first: usize,
    /// One past the last token; of an entry with a gap, one past its last word before the gap.
    pub(crate) after: usize,
    /// One past the last token of all, the gap included.
    pub(crate) close: usize,
    /// First token of the words behind the last gap; `close` where there is no gap.
    pub(crate) tail: usize,
}

/// The word lists of one language and purpose.
#[derive(Debug)]
pub(crate) struct Lexicon<C> {
    entries: Vec<Entry<C>>,
    exact: HashMap<String, Vec<usize>>,
    prefix: HashMap<String, Vec<usize>>,
}

/// Words a gap may span.
const GAP_TOKENS: usize = 6;
/// Ideographs a gap may span.
const GAP_IDEOGRAPHS: usize = 14;

impl<C: Copy> Lexicon<C> {
    fn read(
        file: &'static str,
        language: Language,
        class: impl Fn(&'static str) -> Option<C>,
        keep: impl Fn(C) -> bool,
    ) -> (Self, Vec<&'static str>) {
        let (entries, exact, prefix) = (Vec::new(), HashMap::new(), HashMap::new());
        let mut lexicon = Self {
            entries,
            exact,
            prefix,
        };
        let mut bad_lines = Vec::new();
        for line in file
            .lines()
            .filter(|l| !l.trim().is_empty() && !l.starts_with('#'))
        {
            let mut fields = line.splitn(3, '\t');
            let parsed = (
                fields.next().and_then(&class),
                fields.next().map(str::parse),
                fields.next(),
            );
            let (Some(class), Some(Ok(weight)), Some(list)) = parsed else {
                bad_lines.push(line);
                continue;
            };
            if !keep(class) {
                continue;
            }
            for entry in list.split('|').map(str::trim).filter(|e| !e.is_empty()) {
                lexicon.add(entry, class, weight, language);
            }
        }
        (lexicon, bad_lines)
    }

    fn add(&mut self, text: &str, class: C, weight: f64, language: Language) {
        let mut parts: Vec<Part> = Vec::new();
        for token in tokenize(text, language) {
            match (token.text.as_str(), parts.last_mut()) {
                ("*", Some(last)) => {
                    if let Part::Exact(word) = last {
                        *last = Part::Prefix(std::mem::take(word));
                    }
                }
                ("~", _) => parts.push(Part::Gap),
                _ => parts.push(Part::Exact(token.text)),
            }
        }
        let at = self.entries.len();
        match parts.first() {
            Some(Part::Exact(word)) => self.exact.entry(word.clone()).or_default().push(at),
            Some(Part::Prefix(word)) => self.prefix.entry(word.clone()).or_default().push(at),
            _ => return,
        }
        let n_chars = parts.iter().map(Part::n_chars).sum();
        self.entries.push(Entry {
            class,
            weight,
            parts,
            n_chars,
        });
    }

    /// Finds all entries, the longest at each place, left to right.
    pub(crate) fn find(&self, tokens: &[Token]) -> Vec<Hit<C>> {
        let mut hits: Vec<Hit<C>> = Vec::new();
        let mut i = 0;
        while i < tokens.len() {
            let mut best: Vec<(usize, Hit<C>)> = Vec::new();
            self.each_at(tokens, i, |n_chars, hit| {
                let longest = best.first().map_or(0, |b| b.0);
                if n_chars > longest {
                    best.clear();
                }
                if n_chars >= longest {
                    best.push((n_chars, hit));
                }
            });
            i = best
                .iter()
                .map(|(_, hit)| hit.after)
                .min()
                .unwrap_or(i + 1)
                .max(i + 1);
            hits.extend(best.into_iter().map(|(_, hit)| hit));
        }
        hits
    }

    fn each_at(&self, tokens: &[Token], i: usize, mut take: impl FnMut(usize, Hit<C>)) {
        let Some(token) = tokens.get(i) else { return };
        let mut try_list = |list: Option<&Vec<usize>>| {
            for entry in list
                .into_iter()
                .flatten()
                .filter_map(|&at| self.entries.get(at))
            {
                if let Some((after, close, tail)) = matches_at(&entry.parts, tokens, i) {
                    let (class, weight) = (entry.class, entry.weight);
                    take(
                        entry.n_chars,
                        Hit {
                            class,
                            weight,
                            first: i,
                            after,
                            close,
                            tail,
                        },
                    );
                }
            }
        };
        try_list(self.exact.get(&token.text));
        if token.kind == Kind::Word {
            for (byte, c) in token.text.char_indices() {
                let to = byte + c.len_utf8();
                try_list(token.text.get(..to).and_then(|p| self.prefix.get(p)));
            }
        }
    }
}

/// Returns where the words before a gap end, where everything ends, and where the last part begins.
fn matches_at(parts: &[Part], tokens: &[Token], first: usize) -> Option<(usize, usize, usize)> {
    let mut at = first;
    let mut after = None;
    let mut tail = None;
    let mut in_gap = false;
    for part in parts {
        if matches!(part, Part::Gap) {
            after = after.or(Some(at));
            in_gap = true;
        } else if in_gap {
            let window = tokens.get(at..)?;
            let han = tokens.get(first)?.text.chars().all(is_han);
            let until = window
                .iter()
                .take(if han { GAP_IDEOGRAPHS } else { GAP_TOKENS } + 1);
            let n = until
                .take_while(|t| t.kind != Kind::Mark)
                .position(|t| part.accepts(t))?;
            tail = Some(at + n);
            at += n + 1;
            in_gap = false;
        } else {
            part.accepts(tokens.get(at)?).then_some(())?;
            at += 1;
        }
    }
    Some((after.unwrap_or(at), at, tail.unwrap_or(at)))
}

/// The three lexicons of one language.
#[derive(Debug)]
pub(crate) struct Lexicons {
    /// What points somewhere.
    pub(crate) cues: Lexicon<Cue>,
    /// What marks claims and reports. A list of its own: "is not" marks a claim and must not hide
    /// the "not" in it.
    pub(crate) marks: Lexicon<Cue>,
    /// Who talks.
    pub(crate) speech: Lexicon<Speech>,
    /// What it is about.
    pub(crate) topics: Lexicon<Concept>,
}

type Files = [&'static str; 3];
const ZH: Files = [
    include_str!("../../../assets/lexicon/cues.zh.tsv"),
    include_str!("../../../assets/lexicon/speech.zh.tsv"),
    include_str!("../../../assets/lexicon/topics.zh.tsv"),
];
const EN: Files = [
    include_str!("../../../assets/lexicon/cues.en.tsv"),
    include_str!("../../../assets/lexicon/speech.en.tsv"),
    include_str!("../../../assets/lexicon/topics.en.tsv"),
];
const FR: Files = [
    include_str!("../../../assets/lexicon/cues.fr.tsv"),
    include_str!("../../../assets/lexicon/speech.fr.tsv"),
    include_str!("../../../assets/lexicon/topics.fr.tsv"),
];
const DE: Files = [
    include_str!("../../../assets/lexicon/cues.de.tsv"),
    include_str!("../../../assets/lexicon/speech.de.tsv"),
    include_str!("../../../assets/lexicon/topics.de.tsv"),
];

/// Returns the lexicons of a language, `None` for [`Language::Other`]. Each is read once.
pub(crate) fn lexicons(language: Language) -> Option<&'static Lexicons> {
    static ALL: [OnceLock<Lexicons>; 4] = [
        OnceLock::new(),
        OnceLock::new(),
        OnceLock::new(),
        OnceLock::new(),
    ];
    let [zh, en, fr, de] = &ALL;
    let (cell, files) = match language {
        Language::Zh => (zh, ZH),
        Language::En => (en, EN),
        Language::Fr => (fr, FR),
        Language::De => (de, DE),
        Language::Other => return None,
    };
    Some(cell.get_or_init(|| read_files(files, language).0))
}

fn read_files(files: Files, language: Language) -> (Lexicons, Vec<&'static str>) {
    let [cues, speech, topics] = files;
    let is_mark = |c: Cue| matches!(c, Cue::Claim | Cue::Fact | Cue::Noise | Cue::Hedge);
    let (marks, _) = Lexicon::read(cues, language, Cue::parse, is_mark);
    let (cues, mut bad_lines) = Lexicon::read(cues, language, Cue::parse, |c| !is_mark(c));
    let (speech, bad) = Lexicon::read(speech, language, Speech::parse, |_| true);
    bad_lines.extend(bad);
    let (topics, bad) = Lexicon::read(topics, language, Concept::parse, |_| true);
    bad_lines.extend(bad);
    (
        Lexicons {
            cues,
            marks,
            speech,
            topics,
        },
        bad_lines,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read() {
        for (files, language) in [
            (ZH, Language::Zh),
            (EN, Language::En),
            (FR, Language::Fr),
            (DE, Language::De),
        ] {
            let (lexicons, bad_lines) = read_files(files, language);
            assert_eq!(bad_lines, Vec::<&str>::new(), "{language:?}");
            assert!(lexicons.cues.entries.len() > 300, "{language:?}");
        }
    }

    #[test]
    fn longest_wins_and_gaps_close() {
        let file = "good\t1\tright | not only right\nbad\t1\tlehn* ~ ab | wrong*";
        let (lexicon, bad_lines) = Lexicon::read(file, Language::De, Cue::parse, |_| true);
        assert!(bad_lines.is_empty());
        let tokens = tokenize(
            "not only right, wir lehnen das klar ab: wrongly",
            Language::De,
        );
        let found: Vec<(Cue, usize, usize)> = lexicon
            .find(&tokens)
            .iter()
            .map(|h| (h.class, h.first, h.close))
            .collect();
        assert_eq!(
            found,
            [(Cue::Good, 0, 3), (Cue::Bad, 5, 9), (Cue::Bad, 10, 11)]
        );
    }
}
