//! Names of persons and organizations in a few words around a claim.
//!
//! Persons are told by capitals, given names, offices and Chinese surnames; organizations by their
//! head words. It knows no list of real people.

mod han;

use super::frames::Body;
use super::lexicon::{Hit, Speech};
use super::text::{Kind, Token};
use crate::base::language::Language;
use crate::base::sentences::Span;
use crate::domain::statement::{Speaker, SpeakerKind};

/// Finds the speaker named in tokens, a person before an organization.
///
/// `loose` also takes two capitalized words that open a sentence: whom a pronoun may stand for.
pub(crate) fn find(
    body: &Body<'_>,
    tokens: &[Token],
    hits: &[Hit<Speech>],
    loose: bool,
) -> Option<Speaker> {
    let found = if body.language == Language::Zh {
        han::person(tokens, hits)
            .or_else(|| han::foreigner(tokens, hits))
            .map(|r| (r, SpeakerKind::Person))
            .or_else(|| han::organization(tokens, hits).map(|r| (r, SpeakerKind::Organization)))
    } else {
        spaced(tokens, hits, body.language)
            .or_else(|| {
                let opening = loose && body.language != Language::De;
                let run = capital_runs(tokens, hits)
                    .into_iter()
                    .find(|r| r.0 == 0 && (2..=4).contains(&r.1));
                run.filter(|_| opening).map(|r| (r, SpeakerKind::Person))
            })
            .or_else(|| lone_surname(body, tokens, hits).map(|r| (r, SpeakerKind::Person)))
    };
    let ((first, after), kind) = found?;
    let start = tokens.get(first)?.start;
    let end = tokens.get(after.checked_sub(1)?)?.end;
    let mut name = body.text(Span { start, end });
    if kind == SpeakerKind::Person && body.language != Language::Zh && !name.contains(' ') {
        name = full_name(body, &name).unwrap_or(name);
    }
    for suffix in ["'s", "’s", "'", "’"] {
        if name.ends_with(suffix) {
            name.truncate(name.len() - suffix.len());
        }
    }
    Some(Speaker { name, kind })
}

/// Finds a name of an unknown kind in an attribution that has a verb of speaking: the longest run of
/// capitalized words. Taken for an organization, whose head words no list holds all of.
pub(crate) fn unlisted(body: &Body<'_>, attribution: Span) -> Option<Speaker> {
    let tokens = body.tokens(attribution);
    let hits = body.lexicons.speech.find(&tokens);
    let speaks = hits
        .iter()
        .any(|h| matches!(h.class, Speech::Verb | Speech::According));
    if body.language == Language::Zh || !speaks {
        return None;
    }
    // German writes every noun with a capital: one alone names nobody.
    let least = if body.language == Language::De { 2 } else { 1 };
    let (first, after) = capital_runs(&tokens, &hits)
        .into_iter()
        .filter(|r| r.0 > 0 && r.1 - r.0 >= least)
        .max_by_key(|r| (r.1 - r.0, std::cmp::Reverse(r.0)))?;
    let start = tokens.get(first)?.start;
    let end = tokens.get(after.checked_sub(1)?)?.end;
    let name = body.text(Span { start, end });
    Some(Speaker {
        name,
        kind: SpeakerKind::Organization,
    })
}

/// "Low told reporters": one name beside a verb of speaking, given in full elsewhere.
fn lone_surname(body: &Body<'_>, tokens: &[Token], hits: &[Hit<Speech>]) -> Option<Range> {
    capital_runs(tokens, hits)
        .into_iter()
        .find(|&(first, after)| {
            let beside = hits
                .iter()
                .any(|h| h.class == Speech::Verb && (h.first == after || h.after == first));
            let word = tokens.get(first).map_or("", |t| t.text.as_str());
            after == first + 1 && beside && full_name(body, word).is_some()
        })
}

/// "Weber" after "Anna Weber" is Anna Weber.
fn full_name(body: &Body<'_>, surname: &str) -> Option<String> {
    let wanted = surname.to_lowercase();
    for &span in &body.sentences {
        let tokens = body.tokens(span);
        let hits = body.lexicons.speech.find(&tokens);
        for (i, token) in tokens.iter().enumerate().skip(1) {
            let has =
                |class: Speech, at: usize| hits.iter().any(|h| h.class == class && h.first == at);
            let opens = body.language != Language::De
                && tokens.get(i - 1).is_some_and(|t| t.capital)
                && ![Speech::NoName, Speech::Role, Speech::Org]
                    .iter()
                    .any(|&c| has(c, i - 1));
            if token.text == wanted && token.capital && (has(Speech::Given, i - 1) || opens) {
                let start = tokens.get(i - 1)?.start;
                return Some(body.text(Span {
                    start,
                    end: token.end,
                }));
            }
        }
    }
    None
}

type Range = (usize, usize);

fn covers(hits: &[Hit<Speech>], class: Speech, at: usize) -> bool {
    hits.iter()
        .any(|h| h.class == class && h.first <= at && at < h.after)
}

fn spaced(
    tokens: &[Token],
    hits: &[Hit<Speech>],
    language: Language,
) -> Option<(Range, SpeakerKind)> {
    let runs = capital_runs(tokens, hits);
    // The run nearest to a verb of speaking is asked first.
    let verbs: Vec<usize> = hits
        .iter()
        .filter(|h| h.class == Speech::Verb)
        .map(|h| h.first)
        .collect();
    let distance = |r: &Range| {
        verbs
            .iter()
            .map(|&v| {
                if v >= r.1 {
                    v - r.1
                } else {
                    (r.0).saturating_sub(v)
                }
            })
            .min()
            .unwrap_or(0)
    };
    let mut ordered = runs.clone();
    ordered.sort_by_key(|r| (distance(r), r.0));
    let person = ordered
        .iter()
        .find_map(|&r| person_in(tokens, hits, r, language));
    let org = ordered
        .iter()
        .find_map(|&r| organization_in(tokens, hits, r, language));
    match (person, org) {
        (Some(p), _) => Some((p, SpeakerKind::Person)),
        (None, Some(o)) => Some((o, SpeakerKind::Organization)),
        (None, None) => None,
    }
}

/// Capitalized words in a row, particles and hyphens between them included.
fn capital_runs(tokens: &[Token], hits: &[Hit<Speech>]) -> Vec<Range> {
    let mut runs = Vec::new();
    let mut i = 0;
    let name_word = |at: usize| {
        tokens
            .get(at)
            .is_some_and(|t| t.capital && t.kind == Kind::Word)
            && !covers(hits, Speech::NoName, at)
            && !(covers(hits, Speech::Pronoun, at) || covers(hits, Speech::Verb, at) && at == 0)
    };
    let particle = |at: usize| {
        tokens.get(at).is_some_and(|t| {
            matches!(
                t.text.as_str(),
                "de" | "du"
                    | "von"
                    | "van"
                    | "der"
                    | "den"
                    | "zu"
                    | "la"
                    | "le"
                    | "al"
                    | "bin"
                    | "el"
                    | "-"
                    | "."
                    | "o"
                    | "des"
                    | "af"
                    | "ter"
                    | "dos"
                    | "da"
            )
        })
    };
    // "Lowmoor Anglers' Association"
    let possessive = |at: usize| {
        let touches = |t: &Token| at > 0 && tokens.get(at - 1).is_some_and(|b| b.end == t.start);
        tokens
            .get(at)
            .is_some_and(|t| t.is_mark("'’") && touches(t))
    };
    // "Jan Holzner der Welt": a German article joins nothing.
    let is_article = |at: usize| {
        tokens
            .get(at)
            .is_some_and(|t| matches!(t.text.as_str(), "der" | "den" | "zu"))
    };
    while i < tokens.len() {
        if !name_word(i) {
            i += 1;
            continue;
        }
        let first = i;
        i += 1;
        loop {
            if name_word(i) {
                i += 1;
            } else if (possessive(i) || (particle(i) && joined(tokens, i) && !is_article(i)))
                && name_word(i + 1)
            {
                i += 2;
            } else if particle(i) && particle(i + 1) && name_word(i + 2) && i < first + 2 {
                i += 3;
            } else {
                break;
            }
        }
        runs.push((first, i));
    }
    runs
}

/// A period joins only initials ("J. Low"), a hyphen only words it touches.
fn joined(tokens: &[Token], at: usize) -> bool {
    let Some(token) = tokens.get(at) else {
        return false;
    };
    let before = at.checked_sub(1).and_then(|i| tokens.get(i));
    match token.text.as_str() {
        "." => before.is_some_and(|b| {
            b.end - b.start <= 2
                || matches!(
                    b.text.as_str(),
                    "dr" | "prof" | "mme" | "mrs" | "mr" | "st" | "rev" | "gov" | "sen" | "rep"
                )
        }),
        "-" => before.is_some_and(|b| b.end == token.start),
        _ => true,
    }
}

fn person_in(
    tokens: &[Token],
    hits: &[Hit<Speech>],
    run: Range,
    language: Language,
) -> Option<Range> {
    let (opens, after) = run;
    let mut first = opens;
    let role_before = |at: usize| {
        at.checked_sub(1)
            .is_some_and(|b| covers(hits, Speech::Role, b))
            || (at >= 2
                && tokens.get(at - 1).is_some_and(|t| t.text == ".")
                && covers(hits, Speech::Role, at - 2))
    };
    let mut had_role = role_before(first);
    // Offices at the head of the run are no part of the name; in German every noun has a capital.
    for at in opens..after {
        if covers(hits, Speech::Role, at)
            || (language == Language::De && is_german_role(tokens, at))
        {
            first = at + 1;
            had_role = true;
        } else if first == at
            && tokens
                .get(at)
                .is_some_and(|t| t.is_mark(".-") || !t.capital)
        {
            first = at + 1;
        }
    }
    let has_org = (first..after).any(|at| is_org(tokens, hits, at, language));
    if first >= after || has_org {
        return None;
    }
    let words: Vec<usize> = (first..after)
        .filter(|&i| tokens.get(i).is_some_and(|t| t.kind == Kind::Word))
        .collect();
    let given_at = words.iter().position(|&i| covers(hits, Speech::Given, i));
    if let Some(at) = given_at {
        // "Edouard Philippe" keeps its first word, "Intérieur Christophe Castaner" does not.
        let keeps = at == 0 || (at == 1 && words.len() == 2 && language != Language::De);
        let start = if keeps { first } else { *words.get(at)? };
        if after - start >= 2 || had_role {
            return Some((start, after.min(start + 5)));
        }
    }
    if had_role && words.len() <= 4 {
        return Some((first, after));
    }
    let near_verb = hits.iter().any(|h| {
        h.class == Speech::Verb
            && (h.first == after || h.after == first || (h.first > after && h.first - after <= 2))
    });
    // "Vieux-Port" is one word of two parts.
    let blank_inside = words
        .iter()
        .zip(words.iter().skip(1))
        .any(|(a, b)| a + 1 == *b);
    let plain = |i: &usize| tokens.get(*i).is_some_and(|t| t.text.chars().count() >= 2);
    // Outside of German two capitals next to a verb of speaking are a name.
    let sizes = 2..=4;
    if language != Language::De
        && sizes.contains(&words.len())
        && blank_inside
        && words.iter().all(plain)
    {
        let comma_next = tokens.get(after).is_none_or(|t| t.is_mark(",.")) || near_verb;
        return comma_next.then_some((first, after));
    }
    let noun = |i: &usize| {
        tokens.get(*i).is_some_and(|t| {
            ["en", "ung", "heit", "keit", "schaft", "er", "e"]
                .iter()
                .any(|e| t.text.ends_with(e))
        })
    };
    let nouns = words.first().is_some_and(noun);
    (language == Language::De && words.len() == 2 && near_verb && !nouns && words.iter().all(plain))
        .then_some((first, after))
}

/// "Landesumweltministerin", "Gewerkschaftschef": compounds whose end is an office.
fn is_german_role(tokens: &[Token], at: usize) -> bool {
    const ENDS: &[&str] = &[
        "minister",
        "ministerin",
        "präsident",
        "präsidentin",
        "leiter",
        "leiterin",
        "sprecher",
        "sprecherin",
        "chef",
        "chefin",
        "forscher",
        "forscherin",
        "meister",
        "meisterin",
        "lehrer",
        "lehrerin",
        "beauftragte",
        "beauftragter",
        "direktor",
        "direktorin",
        "rätin",
        "vorsitzende",
        "vorsitzender",
        "führer",
        "führerin",
        "arzt",
        "ärztin",
        "schützer",
        "schützerin",
        "pfleger",
        "pflegerin",
        "wirt",
        "wirtin",
        "anwalt",
        "anwältin",
        "historiker",
        "historikerin",
        "ökonom",
        "ökonomin",
        "rechtler",
        "rechtlerin",
        "wissenschaftler",
        "wissenschaftlerin",
        "bauer",
        "bäuerin",
        "richter",
        "richterin",
        "besitzer",
        "besitzerin",
        "unternehmer",
        "unternehmerin",
        "händler",
        "händlerin",
        "politiker",
        "politikerin",
        "experte",
        "expertin",
        "gründer",
        "gründerin",
        "vertreter",
        "vertreterin",
        "sekretär",
        "sekretärin",
        "professorin",
        "professor",
        "rätin",
    ];
    tokens
        .get(at)
        .is_some_and(|t| t.text.chars().count() > 7 && ENDS.iter().any(|e| t.text.ends_with(e)))
}

fn is_org(tokens: &[Token], hits: &[Hit<Speech>], at: usize, language: Language) -> bool {
    const ENDS: &[&str] = &[
        "verband",
        "verein",
        "bund",
        "kammer",
        "gewerkschaft",
        "stiftung",
        "ministerium",
        "behörde",
        "institut",
        "partei",
        "bündnis",
        "initiative",
        "zentrum",
        "gericht",
        "kirche",
        "universität",
        "gesellschaft",
        "genossenschaft",
        "vereinigung",
        "verwaltung",
        "kommission",
        "rat",
    ];
    let compound = language == Language::De
        && tokens.get(at).is_some_and(|t| {
            t.capital && t.text.chars().count() > 5 && ENDS.iter().any(|e| t.text.ends_with(e))
        });
    compound || covers(hits, Speech::Org, at)
}

fn organization_in(
    tokens: &[Token],
    hits: &[Hit<Speech>],
    run: Range,
    language: Language,
) -> Option<Range> {
    let (first, mut after) = run;
    let head = (first..after).find(|&at| is_org(tokens, hits, at, language))?;
    let capital = |at: usize| {
        tokens
            .get(at)
            .is_some_and(|t| t.capital && t.kind == Kind::Word)
            && !covers(hits, Speech::Verb, at)
    };
    let text = |at: usize| tokens.get(at).map_or("", |t| t.text.as_str());
    // What follows the head belongs to the name: "of Health", "des éleveurs de Bretagne", "der Polizei".
    loop {
        let link = text(after);
        let goes_on = match language {
            Language::En => {
                matches!(link, "of" | "for" | "and" | "the")
                    && (capital(after + 1) || (text(after + 1) == "the" && capital(after + 2)))
            }
            Language::Fr => matches!(
                link,
                "de" | "des" | "du" | "pour" | "la" | "le" | "les" | "et"
            ),
            _ => matches!(link, "der" | "für" | "und" | "des") && capital(after + 1),
        };
        if !goes_on || after - first > 9 {
            break;
        }
        let next_is_word = tokens.get(after + 1).is_some_and(|t| t.kind == Kind::Word)
            && !covers(hits, Speech::Verb, after + 1);
        if !next_is_word {
            break;
        }
        after += 2;
        while capital(after) {
            after += 1;
        }
    }
    // A lone head ("the Union") names nothing, a lone compound ("Mieterbund") does.
    let n_words = (first..after)
        .filter(|&i| tokens.get(i).is_some_and(|t| t.kind == Kind::Word))
        .count();
    let compound = language == Language::De && text(head).chars().count() > 9;
    let acronym = tokens.get(head).is_some_and(|t| t.end - t.start <= 6)
        && language == Language::Fr
        && !text(head).contains(' ');
    (n_words >= 2 || compound || acronym).then_some((first, after))
}
