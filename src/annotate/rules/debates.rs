//! Which side a sentence takes in a public debate whose usual arguments are listed.
//!
//! General words of praise and blame do not say that *waste for future generations* speaks against
//! nuclear power; `assets/lexicon/debates.*.tsv` do, by hand, for some dozens of debates in each of the
//! four languages. A list of alternatives that many cues share has a name there. A sentence on no listed debate, or with as much for as against, gets no answer here.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::annotate::answer::StanceVerdict;
use crate::base::language::Language;
use crate::domain::conflict::Stance;

/// A cue: parts that must all occur, each with its alternatives, and parts that must not.
struct Cue {
    wanted: Vec<Vec<Part>>,
    barred: Vec<Vec<Part>>,
}

/// A piece of text looked for.
enum Part {
    /// Anywhere in the text: Chinese.
    InText(String),
    /// At the beginning of a word.
    Prefix(String),
    /// A whole word.
    Word(String),
    /// Anywhere in a word: German compounds.
    InWord(String),
}

/// One debate with what recognizes it and what speaks for and against its standard proposition.
struct Debate {
    name: String,
    subject: Vec<Cue>,
    pro: Vec<Cue>,
    con: Vec<Cue>,
}

/// The side a sentence takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Taken {
    /// Number of the debate in its language's list.
    pub(super) debate: usize,
    /// Weight of what speaks for and against.
    pub(super) pro: f64,
    /// Weight of what speaks against.
    pub(super) con: f64,
}

impl Taken {
    /// Returns −1, 0 or 1.
    pub(super) fn sign(self) -> f64 {
        if self.pro > self.con {
            1.0
        } else if self.pro < self.con {
            -1.0
        } else {
            0.0
        }
    }

    /// Returns how one-sided the evidence is, `0.0..=1.0`.
    pub(super) fn clearness(self) -> f64 {
        let sum = self.pro + self.con;
        if sum > 0.0 {
            (self.pro - self.con).abs() / (sum + 1.0)
        } else {
            0.0
        }
    }
}

/// Finds the debate a sentence belongs to and the side it takes.
pub(super) fn taken(language: Language, sentence: &str) -> Option<Taken> {
    let debates = debates_of(language)?;
    let text = sentence.to_lowercase().replace('’', "'");
    let words: Vec<&str> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|w| !w.is_empty())
        .collect();
    let mut best: Option<(f64, Taken)> = None;
    for (number, debate) in debates.iter().enumerate() {
        let subject = weigh(&debate.subject, &text, &words);
        if subject == 0.0 {
            continue;
        }
        let (pro, con) = (
            weigh(&debate.pro, &text, &words),
            weigh(&debate.con, &text, &words),
        );
        let score = 2.0 * subject + pro + con;
        // Of equal scores the debate listed first counts.
        if best.is_none_or(|(b, _)| score > b) {
            let taken = Taken {
                debate: number,
                pro,
                con,
            };
            best = Some((score, taken));
        }
    }
    best.map(|(_, taken)| taken)
}

/// Letters and digits in small letters: what is left of a sentence without its dress.
fn plain(sentence: &str) -> String {
    sentence
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// How one-sided the listed arguments of a sentence must be for a full stance.
const CLEAR_SIDE: f64 = 0.4;

/// Judges two sentences of which both take a side in a listed debate, or that are the same sentence. Of
/// different debates neither speaks on the other.
pub(super) fn judge(
    language: Language,
    proposition: &str,
    statement: &str,
) -> Option<StanceVerdict> {
    if plain(proposition) == plain(statement) {
        return Some(StanceVerdict {
            stance: Stance::Supports,
            confidence: 0.95,
        });
    }
    let (p, s) = (taken(language, proposition)?, taken(language, statement)?);
    let (for_p, for_s) = (p.sign(), s.sign());
    if for_p == 0.0 || for_s == 0.0 {
        return None;
    }
    if p.debate != s.debate {
        return Some(StanceVerdict {
            stance: Stance::Neither,
            confidence: 0.6,
        });
    }
    let side = match (for_p * for_s > 0.0, s.clearness() >= CLEAR_SIDE) {
        (true, true) => Stance::Supports,
        (true, false) => Stance::LeansTowards,
        (false, true) => Stance::Opposes,
        (false, false) => Stance::LeansAgainst,
    };
    Some(StanceVerdict {
        stance: side,
        confidence: 0.5 + 0.45 * p.clearness().min(s.clearness()),
    })
}

/// Adds the weights of the cues that occur: the square of a cue's parts, since several parts together
/// say much more than one.
fn weigh(cues: &[Cue], text: &str, words: &[&str]) -> f64 {
    let occurs = |alternatives: &Vec<Part>| alternatives.iter().any(|p| p.occurs(text, words));
    cues.iter()
        .filter(|c| c.wanted.iter().all(occurs) && !c.barred.iter().any(occurs))
        .map(|c| (c.wanted.len() * c.wanted.len()) as f64)
        .sum()
}

impl Part {
    fn parse(part: &str, language: Language) -> Self {
        if language == Language::Zh {
            Self::InText(part.to_owned())
        } else if let Some(inner) = part.strip_prefix('*') {
            Self::InWord(inner.to_owned())
        } else if let Some(word) = part.strip_suffix('$') {
            Self::Word(word.to_owned())
        } else {
            Self::Prefix(part.to_owned())
        }
    }

    fn occurs(&self, text: &str, words: &[&str]) -> bool {
        match self {
            Self::InText(part) => text.contains(part.as_str()),
            Self::Prefix(part) => words.iter().any(|w| w.starts_with(part.as_str())),
            Self::Word(part) => words.contains(&part.as_str()),
            Self::InWord(part) => words.iter().any(|w| w.contains(part.as_str())),
        }
    }
}

/// Named lists of alternatives.
type Lists<'t> = BTreeMap<&'t str, &'t str>;

fn parse_cue(text: &str, lists: &Lists<'_>, language: Language) -> Cue {
    let mut cue = Cue {
        wanted: Vec::new(),
        barred: Vec::new(),
    };
    for part in text.split_whitespace() {
        let (list, part) = match part.strip_prefix('-') {
            Some(rest) => (&mut cue.barred, rest),
            None => (&mut cue.wanted, part),
        };
        let alternatives = lists.get(part).copied().unwrap_or(part);
        list.push(
            alternatives
                .split('/')
                .map(|p| Part::parse(p, language))
                .collect(),
        );
    }
    cue
}

fn parse(table: &str, language: Language) -> Vec<Debate> {
    let lists: Lists<'_> = table
        .lines()
        .filter(|l| l.starts_with('@'))
        .filter_map(|l| l.split_once('\t'))
        .collect();
    let mut out: Vec<Debate> = Vec::new();
    for line in table.lines().filter(|l| !l.starts_with(['#', '@'])) {
        let mut columns = line.split('\t');
        let (Some(name), Some(kind), Some(cue)) = (columns.next(), columns.next(), columns.next())
        else {
            continue;
        };
        let at = out.iter().position(|d| d.name == name).unwrap_or_else(|| {
            out.push(Debate {
                name: name.to_owned(),
                subject: Vec::new(),
                pro: Vec::new(),
                con: Vec::new(),
            });
            out.len() - 1
        });
        if let Some(debate) = out.get_mut(at) {
            let list = match kind {
                "subject" => &mut debate.subject,
                "pro" => &mut debate.pro,
                _ => &mut debate.con,
            };
            list.push(parse_cue(cue, &lists, language));
        }
    }
    out
}

fn debates_of(language: Language) -> Option<&'static [Debate]> {
    static DEBATES: OnceLock<[Vec<Debate>; 4]> = OnceLock::new();
    let all = DEBATES.get_or_init(|| {
        [
            parse(
                include_str!("../../../assets/lexicon/debates.zh.tsv"),
                Language::Zh,
            ),
            parse(
                include_str!("../../../assets/lexicon/debates.en.tsv"),
                Language::En,
            ),
            parse(
                include_str!("../../../assets/lexicon/debates.fr.tsv"),
                Language::Fr,
            ),
            parse(
                include_str!("../../../assets/lexicon/debates.de.tsv"),
                Language::De,
            ),
        ]
    });
    let at = Language::KNOWN.iter().position(|l| *l == language)?;
    all.get(at).map(Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_reads_whole() {
        for (table, language) in [
            (
                include_str!("../../../assets/lexicon/debates.zh.tsv"),
                Language::Zh,
            ),
            (
                include_str!("../../../assets/lexicon/debates.en.tsv"),
                Language::En,
            ),
            (
                include_str!("../../../assets/lexicon/debates.fr.tsv"),
                Language::Fr,
            ),
            (
                include_str!("../../../assets/lexicon/debates.de.tsv"),
                Language::De,
            ),
        ] {
            let lines = table
                .lines()
                .filter(|l| !l.is_empty() && !l.starts_with(['#', '@']));
            for line in lines {
                let columns: Vec<&str> = line.split('\t').collect();
                let kind = columns.get(1).copied().unwrap_or("");
                assert!(
                    columns.len() == 3 && ["subject", "pro", "con"].contains(&kind),
                    "{line}"
                );
                let cue = parse_cue(columns[2], &Lists::new(), language);
                assert!(
                    (1..=3).contains(&cue.wanted.len()),
                    "a cue has one to three parts: {line}"
                );
            }
            for debate in parse(table, language) {
                assert!(
                    !debate.subject.is_empty() && !debate.pro.is_empty() && !debate.con.is_empty(),
                    "{}",
                    debate.name
                );
            }
        }
    }

    #[test]
    fn no_debate_no_answer() {
        assert_eq!(
            taken(Language::En, "The weather was fine in the morning."),
            None
        );
        assert_eq!(taken(Language::Other, "anything"), None);
    }
}
