//! Frames of indirect speech: who said that, and where what was said begins and ends.

use crate::annotate::rules::lexicon::{Hit, Speech};
use crate::annotate::rules::text::{Kind, Token};
use crate::base::language::Language;

/// Token ranges of a claim and its attribution.
pub(super) struct Ranges {
    /// The claim.
    pub(super) claim: (usize, usize),
    /// Words that may name the speaker.
    pub(super) attribution: (usize, usize),
}

/// Verbs that may take a claim without "that"; others ("called", "asked") need it.
const BARE_VERBS: &[&str] = &[
    "said",
    "says",
    "argued",
    "argues",
    "believes",
    "insisted",
    "insists",
    "added",
    "thinks",
    "warned",
    "warns",
    "maintains",
];

/// Finds the frame in a language with spaces.
pub(super) fn spaced(tokens: &[Token], hits: &[Hit<Speech>], language: Language) -> Option<Ranges> {
    let n = tokens.len();
    let text = |i: usize| tokens.get(i).map_or("", |t| t.text.as_str());
    let comma_after = |from: usize| (from..n).find(|&i| text(i) == ",");
    let names_someone = |from: usize, to: usize| {
        hits.iter().any(|h| {
            h.first >= from
                && h.after <= to
                && matches!(
                    h.class,
                    Speech::Role | Speech::Org | Speech::Given | Speech::Pronoun
                )
        }) || (from.max(1)..to).any(|i| tokens.get(i).is_some_and(|t| t.capital))
    };
    // "According to X, CLAIM" and "CLAIM, according to X".
    for hit in hits.iter().filter(|h| h.class == Speech::According) {
        if hit.first <= 1 {
            if language == Language::De {
                // The verb follows at once ("Laut X muss der Staat …"): the sentence stays whole.
                let end = (hit.after..n.min(hit.after + 9))
                    .find(|&i| {
                        tokens
                            .get(i)
                            .is_some_and(|t| !t.capital && t.kind == Kind::Word)
                            && !matches!(
                                text(i),
                                "der"
                                    | "die"
                                    | "des"
                                    | "dem"
                                    | "den"
                                    | "von"
                                    | "für"
                                    | "und"
                                    | "im"
                            )
                    })
                    .unwrap_or(n.min(hit.after + 6));
                return Some(Ranges {
                    claim: (0, n),
                    attribution: (hit.after, end),
                });
            }
            let comma = comma_after(hit.after).filter(|&c| n - c > 4)?;
            return Some(Ranges {
                claim: (comma + 1, n),
                attribution: (hit.after, comma),
            });
        }
        if language == Language::De && text(hit.first) == "zufolge" {
            return Some(Ranges {
                claim: (0, n),
                attribution: (0, hit.first),
            });
        }
        let joint = hit
            .first
            .checked_sub(1)
            .filter(|&i| text(i) == "," && i >= 4);
        if let Some(joint) = joint {
            return Some(Ranges {
                claim: (0, joint),
                attribution: (hit.after, n),
            });
        }
    }
    let that: &[&str] = match language {
        Language::En => &["that"],
        Language::Fr => &["que"],
        _ => &["dass", "daß"],
    };
    for hit in hits.iter().filter(|h| h.class == Speech::Verb) {
        let (v, after) = (hit.first, hit.after);
        // "CLAIM, said X" / "CLAIM, X said": the verb stands within a few words of a comma.
        let comma = (0..v).rev().take(10).find(|&i| text(i) == ",");
        if let Some(comma) = comma {
            let gap = v - comma - 1;
            let inverted = gap <= 1 && names_someone(comma + 1, n.min(after + 9));
            let straight = gap > 1 && gap <= 8 && n - after <= 6 && names_someone(comma + 1, v + 1);
            let so =
                language == Language::De && text(v) == "so" && gap == 0 && names_someone(after, n);
            let last_part = n - comma <= 24 && !(after..n).any(|i| that.contains(&text(i)));
            if comma >= 4 && last_part && (inverted || straight || so) && (text(v) != "so" || so) {
                return Some(Ranges {
                    claim: (0, comma),
                    attribution: (comma + 1, n),
                });
            }
        }
        if text(v) == "so" {
            if v == 0 && language == Language::De {
                continue;
            }
            continue;
        }
        // "X said that CLAIM", "X: CLAIM".
        if v <= 16 && names_someone(0, v) || (v <= 16 && v > 0 && language != Language::De) {
            let opened = (after..n.min(after + 9)).find(|&i| {
                that.contains(&text(i))
                    && (language != Language::De || text(i.wrapping_sub(1)) == ",")
            });
            if let Some(opened) = opened.filter(|&o| n - o > 4) {
                return Some(Ranges {
                    claim: (opened + 1, n),
                    attribution: (0, opened),
                });
            }
            let colon = (after..n.min(after + 12)).find(|&i| text(i) == ":");
            if let Some(colon) = colon.filter(|&c| n - c > 4) {
                return Some(Ranges {
                    claim: (colon + 1, n),
                    attribution: (0, colon),
                });
            }
            if language == Language::De {
                // "X sagte, die Stadt müsse …"
                let comma = (after..n.min(after + 8)).find(|&i| text(i) == ",");
                let infinitive = comma.is_some_and(|c| (c..n).any(|i| text(i) == "zu"));
                if let Some(comma) = comma.filter(|&c| n - c > 4 && !infinitive) {
                    return Some(Ranges {
                        claim: (comma + 1, n),
                        attribution: (0, comma),
                    });
                }
            }
            if language == Language::En && BARE_VERBS.contains(&text(v)) && names_someone(0, v) {
                let next = text(after);
                let goes_on = matches!(
                    next,
                    "the"
                        | "a"
                        | "an"
                        | "it"
                        | "we"
                        | "they"
                        | "he"
                        | "she"
                        | "no"
                        | "every"
                        | "there"
                        | "such"
                        | "any"
                        | "all"
                        | "people"
                        | "children"
                        | "those"
                        | "this"
                        | "nobody"
                        | "keeping"
                        | "closing"
                        | "our"
                        | "their"
                        | "not"
                );
                if goes_on && n - after > 4 {
                    return Some(Ranges {
                        claim: (after, n),
                        attribution: (0, after),
                    });
                }
            }
        }
    }
    None
}

/// Finds the frame in Chinese.
pub(super) fn chinese(tokens: &[Token], hits: &[Hit<Speech>]) -> Option<Ranges> {
    let n = tokens.len();
    let text = |i: usize| tokens.get(i).map_or("", |t| t.text.as_str());
    for hit in hits
        .iter()
        .filter(|h| h.class == Speech::According && h.close > h.after)
    {
        // 在 X 看来，CLAIM
        let mark = text(hit.close);
        if matches!(mark, "，" | ",") && n - hit.close > 6 {
            return Some(Ranges {
                claim: (hit.close + 1, n),
                attribution: (hit.after, hit.close - 1),
            });
        }
    }
    for hit in hits.iter().filter(|h| h.class == Speech::Verb) {
        if hit.first < 1 || hit.first > 45 || n < hit.after + 6 {
            continue;
        }
        let mark = text(hit.after);
        let joined = matches!(mark, "，" | "：" | "," | ":");
        let before = hits.iter().any(|h| {
            h.after <= hit.first
                && matches!(h.class, Speech::Role | Speech::Org | Speech::Pronoun)
                && hit.first - h.first <= 40
        }) || hits.iter().any(|h| {
            // 李国强认为: a surname two or three characters before the verb.
            h.class == Speech::Given && matches!(hit.first - h.first.min(hit.first), 2 | 3)
        });
        let short_verb = hit.after - hit.first == 1;
        // A foreign name before "表示，" is in no list; being short and followed by a mark tells it.
        let bare_subject = joined && hit.first <= 14 && !short_verb;
        if (before && (joined || !short_verb)) || bare_subject {
            let from = if joined { hit.after + 1 } else { hit.after };
            return Some(Ranges {
                claim: (from, n),
                attribution: (0, hit.after),
            });
        }
    }
    None
}
