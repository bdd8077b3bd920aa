//! One clause: negation meets what it denies, verbs meet their objects, and a score comes out.

use super::{Analyzed, Clause, is_polar, sign_of};
use crate::annotate::rules::lexicon::{Cue, Hit};
use crate::annotate::rules::text::Kind;
use crate::base::language::Language;

/// One cue with its direction after negation.
struct Item {
    cue: Cue,
    sign: f64,
    weight: f64,
    first: usize,
    after: usize,
    used: bool,
    /// A quantifier: counts only beside the subject.
    beside: bool,
}

/// Tokens a negation reaches forward.
fn reach(language: Language) -> usize {
    match language {
        Language::De => 40,
        Language::Zh => 9,
        _ => 6,
    }
}

/// Judges one clause.
pub(super) fn judge(a: &Analyzed, clause: &Clause, shared: &dyn Fn(usize) -> bool) -> Composed {
    let inside = |h: &&Hit<Cue>| h.first >= clause.first && h.first < clause.after;
    let mut items: Vec<Item> = Vec::new();
    let mut negators: Vec<(usize, usize, Cue)> = Vec::new();
    let mut modality = Modality::None;
    for hit in a.hits.iter().filter(inside) {
        match hit.class {
            Cue::Must => modality = Modality::Must,
            Cue::May if modality == Modality::None => modality = Modality::May,
            Cue::MustNot => {
                modality = Modality::Must;
                negators.push((hit.first, hit.after, Cue::MustNot));
            }
            // 没有学校的村庄: what is missing is the subject.
            Cue::Not
                if a.language == Language::Zh
                    && a.tokens.get(hit.first).is_some_and(|t| t.text == "没")
                    && (hit.after..hit.after + 2).any(shared) =>
            {
                items.push(Item {
                    cue: Cue::Without,
                    sign: -1.0,
                    weight: 0.4,
                    beside: false,
                    first: hit.first,
                    after: hit.after,
                    used: false,
                });
            }
            Cue::Not | Cue::Nothing => negators.push((hit.first, hit.after, hit.class)),
            cue if is_polar(cue)
                || matches!(cue, Cue::Value | Cue::Ill | Cue::Without | Cue::Prefer) =>
            {
                items.push(Item {
                    cue,
                    sign: sign_of(cue),
                    weight: hit.weight.max(0.25),
                    beside: hit.weight < 0.15,
                    first: hit.first,
                    after: hit.after,
                    used: false,
                });
            }
            _ => {}
        }
    }
    if a.language == Language::Fr {
        merge_french_negation(a, &mut negators);
    }
    items.retain(|i| !i.beside || touches(i, shared));
    let n_bare = negate(a, clause, &mut items, &negators, shared);
    let composed = compose(a, clause, &mut items, shared);
    let leads = composed.n_actions > 0
        && items.iter().any(|i| {
            matches!(i.cue, Cue::Grow | Cue::Cut)
                && !i.beside
                && i.first < clause.first + 3
                && clause.after > i.after + 3
        });
    Composed {
        n_bare,
        modality,
        leads,
        ..composed
    }
}

/// "ne … pas", "rien ne", "aucun … ne" deny once, not twice.
pub(super) fn merge_french_negation(a: &Analyzed, negators: &mut Vec<(usize, usize, Cue)>) {
    let text = |i: usize| a.tokens.get(i).map_or("", |t| t.text.as_str());
    let ne: Vec<usize> = negators
        .iter()
        .filter(|n| text(n.0) == "ne")
        .map(|n| n.0)
        .collect();
    let covers = |at: usize| {
        negators
            .iter()
            .any(|n| n.2 == Cue::MustNot && n.0 < at && at < n.1 + 4)
            || ne
                .iter()
                .any(|&p| (p < at && at - p <= 7) || (at < p && p - at <= 8))
    };
    let keep: Vec<bool> = negators
        .iter()
        .map(|n| text(n.0) == "ne" || n.2 == Cue::MustNot || !covers(n.0))
        .collect();
    let mut keep = keep.into_iter();
    negators.retain(|_| keep.next().unwrap_or(true));
    negators.dedup_by(|b, a| a.2 == Cue::MustNot && b.0 < a.1 + 5 && b.2 != Cue::MustNot);
}

/// Applies negations; returns how many found nothing to deny.
fn negate(
    a: &Analyzed,
    clause: &Clause,
    items: &mut [Item],
    negators: &[(usize, usize, Cue)],
    shared: &dyn Fn(usize) -> bool,
) -> usize {
    let mut n_bare = 0;
    for &(first, after, cue) in negators {
        let window = if cue == Cue::Nothing {
            40
        } else {
            reach(a.language)
        };
        let strong = |i: &Item| is_polar(i.cue) || matches!(i.cue, Cue::Without | Cue::Prefer);
        let ahead = |i: &Item| i.first >= after && i.first < after + window;
        let weak =
            |i: &Item| matches!(i.cue, Cue::Value | Cue::Ill) && !(i.first..i.after).any(shared);
        let at = items
            .iter()
            .position(|i| strong(i) && ahead(i))
            .or_else(|| {
                items
                    .iter()
                    .position(|i| weak(i) && ahead(i) && i.first < after + 4)
            })
            .or_else(|| {
                // "Wir akzeptieren das nicht": the negation closes the clause.
                let closes = a.language == Language::De && first + 3 >= clause.after;
                if closes {
                    items.iter().rposition(|i| strong(i) && i.after <= first)
                } else {
                    None
                }
            });
        match at.and_then(|at| items.get_mut(at)) {
            Some(item) => item.sign = -item.sign,
            None => n_bare += 1,
        }
    }
    n_bare
}

/// What a clause says of what ought to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Modality {
    /// Nothing.
    #[default]
    None,
    /// It may.
    May,
    /// It must.
    Must,
}

/// What a clause holds once verbs have met their objects.
#[derive(Default)]
pub(super) struct Composed {
    /// Sum of the evaluations.
    pub(super) evaluation: f64,
    /// The same without regard to direction.
    pub(super) evidence: f64,
    /// Product of the actions on the subject.
    pub(super) action: f64,
    /// How many there are.
    pub(super) n_actions: usize,
    /// One of them does harm.
    pub(super) harmful: bool,
    /// An action of the clause is that the subject is missing.
    pub(super) missing: bool,
    /// Negations that found nothing to deny.
    pub(super) n_bare: usize,
    /// What it says of what ought to be.
    pub(super) modality: Modality,
    /// The clause begins with its action: it is the subject of what follows.
    pub(super) leads: bool,
}

/// Tokens after a verb in which its object is looked for.
const OBJECT_TOKENS: usize = 6;

fn compose(
    a: &Analyzed,
    clause: &Clause,
    items: &mut [Item],
    shared: &dyn Fn(usize) -> bool,
) -> Composed {
    let mut c = Composed {
        action: 1.0,
        ..Composed::default()
    };
    let in_clause_shared = (clause.first..clause.after).any(shared);
    let object_tokens = if a.language == Language::Zh {
        9
    } else {
        OBJECT_TOKENS
    };
    for at in 0..items.len() {
        let Some(item) = items.get(at) else { continue };
        if item.used {
            continue;
        }
        let (cue, sign, weight, first, after) =
            (item.cue, item.sign, item.weight, item.first, item.after);
        let until = items
            .iter()
            .skip(at + 1)
            .find(|i| {
                let stops = matches!(i.cue, Cue::Without | Cue::Prefer)
                    || (is_polar(i.cue) && !matches!(i.cue, Cue::Good | Cue::Bad));
                stops && i.first >= after
            })
            .map_or(clause.after, |i| i.first)
            .min(after + object_tokens)
            .min(clause.after);
        let preposition = (after + 1..until).find(|&i| is_preposition(a, i));
        let near = preposition.unwrap_or(until);
        let reach = if a.language == Language::Zh { 9 } else { 4 };
        let ends_clause = (after..clause.after)
            .filter(|&i| a.tokens.get(i).is_some_and(|t| t.kind == Kind::Word))
            .count()
            <= 2;
        // German infinitives and participles close the clause; their object stands before.
        let noun_follows =
            (after..clause.after).any(|i| a.tokens.get(i).is_some_and(|t| t.capital));
        let back = a.language == Language::De && ends_clause && !noun_follows;
        let (from, to) = if back {
            (first.saturating_sub(6).max(clause.first), first)
        } else {
            (
                after,
                if cue == Cue::Cut || cue == Cue::Grow {
                    near.max(after + 1).min(until)
                } else {
                    until
                },
            )
        };
        let passive = is_passive(a, clause, first, after);
        let shared_object =
            (from..to).any(shared) || (passive && (clause.first..first).any(shared));
        let object = items.iter().position(|i| {
            matches!(i.cue, Cue::Value | Cue::Ill)
                && i.first >= from
                && i.first < to
                && !(i.first..i.after).any(shared)
        });
        match cue {
            Cue::Grow | Cue::Cut | Cue::Help | Cue::Harm | Cue::Pro | Cue::Con => {
                let effect = matches!(cue, Cue::Help | Cue::Harm);
                let action = matches!(cue, Cue::Grow | Cue::Cut);
                if (action && (shared_object || (in_clause_shared && object.is_none())))
                    || (effect && shared_object)
                {
                    c.action *= sign;
                    c.n_actions += 1;
                    c.evidence += 0.3;
                    c.harmful |= cue == Cue::Harm && sign < 0.0;
                } else if let Some(object) =
                    predicate_object(items, cue, from, to.min(from + reach))
                {
                    // "destroys a treasure", "against injustice".
                    let object_sign = items.get_mut(object).map_or(1.0, |o| {
                        o.used = true;
                        if cue == Cue::Harm { 1.0 } else { o.sign }
                    });
                    c.evaluation += sign * object_sign * weight.max(0.4);
                    c.evidence += weight.max(0.4);
                } else if let Some(object) = object {
                    let object_sign = items.get_mut(object).map_or(1.0, |o| {
                        o.used = true;
                        o.sign
                    });
                    c.evaluation += sign * object_sign * weight.max(0.4);
                    c.evidence += weight.max(0.4);
                } else if action {
                    c.action *= sign;
                    c.n_actions += 1;
                    c.evidence += 0.1;
                } else if cue != Cue::Help || weight >= 0.35 {
                    // "gives", "brings", "creates" say nothing without a valued object.
                    c.evaluation += sign * weight;
                    c.evidence += weight;
                }
            }
            Cue::Good | Cue::Bad => {
                c.evaluation += sign * weight;
                c.evidence += weight;
                // "an attack on basic rights": what is attacked does not count for it.
                if cue == Cue::Bad {
                    let taken = items.iter().position(|i| {
                        i.cue == Cue::Good
                            && i.first > after
                            && i.first <= after + 3
                            && (after.saturating_sub(1)..i.first).any(|j| is_aimed(a, j))
                    });
                    if let Some(taken) = taken.and_then(|t| items.get_mut(t)) {
                        taken.used = true;
                    }
                }
            }
            Cue::Without if (after..until).any(shared) => {
                c.action *= sign;
                c.n_actions += 1;
                c.harmful |= sign < 0.0;
                c.missing = true;
                c.evidence += 0.4;
            }
            Cue::Prefer => {
                let before = (clause.first..first).any(shared);
                let behind = (after..clause.after).any(shared);
                let side = if before || !behind { 1.0 } else { -1.0 };
                c.evaluation += sign * side * 0.7;
                c.evidence += 0.7;
            }
            _ => {}
        }
    }
    // Valued and feared things that no verb took: a faint sign of their own.
    for item in items
        .iter()
        .filter(|i| !i.used && matches!(i.cue, Cue::Value | Cue::Ill))
    {
        if !(item.first..item.after).any(shared) {
            c.evaluation += item.sign * 0.12;
            c.evidence += 0.05;
        }
    }
    c
}

/// Finds an approving or disapproving word that a verb takes for its object.
fn predicate_object(items: &[Item], cue: Cue, from: usize, to: usize) -> Option<usize> {
    items.iter().position(|i| {
        let fits = match cue {
            Cue::Harm | Cue::Con => matches!(i.cue, Cue::Good | Cue::Bad),
            Cue::Pro => i.cue == Cue::Bad,
            _ => false,
        };
        fits && !i.used && i.first >= from && i.first < to
    })
}

fn is_aimed(a: &Analyzed, at: usize) -> bool {
    let word = a.tokens.get(at).map_or("", |t| t.text.as_str());
    matches!(
        word,
        "on" | "against"
            | "to"
            | "of"
            | "auf"
            | "an"
            | "gegen"
            | "à"
            | "aux"
            | "contre"
            | "au"
            | "für"
    )
}

/// Tells whether a token is a preposition that ends an object.
pub(crate) fn is_preposition(a: &Analyzed, at: usize) -> bool {
    let word = a.tokens.get(at).map_or("", |t| t.text.as_str());
    match a.language {
        Language::En => matches!(
            word,
            "on" | "in" | "at" | "for" | "with" | "by" | "into" | "from" | "near" | "while"
        ),
        Language::Fr => matches!(
            word,
            "à" | "dans" | "sur" | "pour" | "avec" | "en" | "chez" | "par" | "aux" | "au"
        ),
        Language::De => matches!(
            word,
            "in" | "im"
                | "auf"
                | "an"
                | "am"
                | "bei"
                | "für"
                | "mit"
                | "aus"
                | "zu"
                | "zum"
                | "zur"
                | "durch"
        ),
        Language::Zh | Language::Other => false,
    }
}

/// Tells whether the subject stands within two tokens of a quantifier.
fn touches(item: &Item, shared: &dyn Fn(usize) -> bool) -> bool {
    (item.after..item.after + 2).any(shared)
        || (item.first.saturating_sub(3)..item.first).any(shared)
}

fn is_passive(a: &Analyzed, clause: &Clause, first: usize, after: usize) -> bool {
    let has = |range: std::ops::Range<usize>, words: &[&str]| {
        a.tokens
            .get(range)
            .unwrap_or(&[])
            .iter()
            .any(|t| words.contains(&t.text.as_str()))
    };
    let near = first.saturating_sub(3).max(clause.first)..first;
    match a.language {
        Language::En => {
            let verb = a.tokens.get(first).map_or("", |t| t.text.as_str());
            (verb.ends_with("ed")
                || verb.ends_with("en")
                || verb.ends_with("wn")
                || verb.ends_with("lt"))
                && has(near, &["be", "been", "being", "is", "are", "was", "were"])
        }
        Language::Fr => has(near, &["est", "sont", "été", "être", "soit", "soient"]),
        Language::De => has(
            clause.first..clause.after.max(after),
            &["werden", "wird", "wurde", "worden", "würden"],
        ),
        Language::Zh => has(near, &["被", "受", "遭"]),
        Language::Other => false,
    }
}

impl Composed {
    /// Tells whether anything in the clause judges.
    pub(super) fn judges(&self) -> bool {
        self.evaluation.abs() >= 0.2
    }

    /// Returns score and evidence of the clause.
    pub(super) fn finish(&self, names_subject: bool) -> (f64, f64) {
        let modal = self.modality == Modality::Must;
        let bare = if self.n_bare % 2 == 1 { -1.0 } else { 1.0 };
        let mut evidence = self.evidence;
        let mut evaluation = self.evaluation.clamp(-1.6, 1.6);
        if !self.judges() {
            let default = if self.harmful {
                -0.6 * bare
            } else if modal {
                0.9 * bare
            } else if self.modality == Modality::May && self.n_actions > 0 {
                0.5 * bare
            } else if bare < 0.0 {
                -0.5
            } else if self.leads {
                // "Closing the school would …": when the lists do not know what follows, it is
                // most often a picture of harm; praise uses plainer words.
                -0.3
            } else if self.n_actions > 0 {
                0.35
            } else {
                0.0
            };
            evaluation += default;
            evidence += if modal { 0.6 } else { 0.2 };
        } else if bare < 0.0 {
            evaluation -= 0.5;
            evidence += 0.2;
        }
        let score = self.action * evaluation;
        // A clause that does not name the subject most often still speaks of it, with less weight.
        if names_subject {
            (score, evidence)
        } else {
            (0.5 * score, 0.5 * evidence)
        }
    }
}
