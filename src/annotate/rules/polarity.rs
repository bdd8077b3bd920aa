//! Which way a sentence points with respect to a subject: for it, against it, or neither.
//!
//! A sentence is cut into clauses. In a clause, *actions* on the subject (close, expand) multiply
//! and *evaluations* (right, threatens freedom, opposes) add up; negation binds the next of either.
//! It knows words and their order, no grammar, and so it can be fooled; confidence says how much
//! evidence there was.

use super::lexicon::{Cue, Hit, lexicons};
use super::text::{Kind, Token, tokenize};
use crate::base::language::Language;

/// A sentence ready for every question about its direction.
pub(crate) struct Analyzed {
    /// Its language.
    pub(crate) language: Language,
    /// Its tokens.
    pub(crate) tokens: Vec<Token>,
    /// Its cues, one per place.
    pub(crate) hits: Vec<Hit<Cue>>,
    /// Its marks of claims, reports and doubt.
    pub(crate) marks: Vec<Hit<Cue>>,
}

/// Where a sentence points.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Orientation {
    /// Positive: for the subject. About 1 for one clear sign.
    pub(crate) score: f64,
    /// Sum of all signs without regard to direction.
    pub(crate) evidence: f64,
    /// A softening word was seen.
    pub(crate) hedged: bool,
}

/// Cuts a text and finds its cues.
pub(crate) fn analyze(text: &str, language: Language) -> Analyzed {
    let tokens = tokenize(text, language);
    let lexicons = lexicons(language);
    let found = lexicons.map(|l| l.cues.find(&tokens)).unwrap_or_default();
    let marks = lexicons.map(|l| l.marks.find(&tokens)).unwrap_or_default();
    // One direction per place: of several classes the one listed first in `rank` stays.
    let mut hits: Vec<Hit<Cue>> = Vec::with_capacity(found.len());
    for hit in found {
        match hits.last_mut() {
            Some(last) if last.first == hit.first => {
                if rank(hit.class) < rank(last.class) {
                    *last = hit;
                }
            }
            _ => hits.push(hit),
        }
    }
    Analyzed { language, tokens, hits, marks }
}

fn rank(cue: Cue) -> usize {
    const ORDER: [Cue; 18] = [
        Cue::Mask,
        Cue::MustNot,
        Cue::Prefer,
        Cue::Con,
        Cue::Pro,
        Cue::Harm,
        Cue::Cut,
        Cue::Help,
        Cue::Grow,
        Cue::Bad,
        Cue::Good,
        Cue::Without,
        Cue::Rather,
        Cue::Must,
        Cue::Nothing,
        Cue::Not,
        Cue::Ill,
        Cue::Value,
    ];
    ORDER.iter().position(|&c| c == cue).unwrap_or(ORDER.len())
}

/// Tells whether a cue points somewhere.
pub(crate) fn is_polar(cue: Cue) -> bool {
    matches!(
        cue,
        Cue::Good | Cue::Bad | Cue::Pro | Cue::Con | Cue::Help | Cue::Harm | Cue::Grow | Cue::Cut
    )
}

fn sign_of(cue: Cue) -> f64 {
    match cue {
        Cue::Bad | Cue::Con | Cue::Harm | Cue::Cut | Cue::Ill | Cue::Without => -1.0,
        _ => 1.0,
    }
}

/// A stretch of tokens judged on its own.
struct Clause {
    first: usize,
    after: usize,
    weight: f64,
    /// −1 behind "rather than".
    flip: f64,
}

fn clauses(a: &Analyzed) -> Vec<Clause> {
    let mut cuts: Vec<(usize, f64, f64)> = vec![(0, 1.0, 1.0)];
    for (i, token) in a.tokens.iter().enumerate() {
        if token.kind == Kind::Mark && ",;:.!?—–，。；：！？…".contains(token.text.as_str()) {
            cuts.push((i + 1, 1.0, 1.0));
        }
    }
    for hit in &a.hits {
        match hit.class {
            // Inside a clause ("while burning coal") it opens none.
            Cue::Concede if opens(a, hit.first) => cuts.push((hit.first, 0.3, 1.0)),
            Cue::But => cuts.push((hit.after, 1.4, 1.0)),
            Cue::Join => cuts.push((hit.after, 0.8, 1.0)),
            Cue::Rather => cuts.push((hit.after, 0.8, -1.0)),
            _ => {}
        }
    }
    for (i, token) in a.tokens.iter().enumerate() {
        // "is a disgrace and must go": a second predicate is judged on its own.
        let joins = matches!(token.text.as_str(), "and" | "und" | "et");
        let predicate = |h: &Hit<Cue>| {
            matches!(h.class, Cue::Must | Cue::MustNot) && (i + 1..i + 3).contains(&h.first)
        };
        if joins && a.hits.iter().any(predicate) {
            cuts.push((i + 1, 1.0, 1.0));
        }
    }
    cuts.sort_by_key(|c| c.0);
    let mut out: Vec<Clause> = Vec::new();
    for (at, cut) in cuts.iter().enumerate() {
        let after = cuts.get(at + 1).map_or(a.tokens.len(), |c| c.0);
        if after <= cut.0 {
            continue;
        }
        out.push(Clause { first: cut.0, after, weight: cut.1, flip: cut.2 });
    }
    out
}

fn opens(a: &Analyzed, at: usize) -> bool {
    at.checked_sub(1).and_then(|b| a.tokens.get(b)).is_none_or(|t| t.kind == Kind::Mark)
}

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

/// Points a sentence at a subject. `shared` tells which tokens name the subject.
pub(crate) fn orient(a: &Analyzed, shared: &dyn Fn(usize) -> bool) -> Orientation {
    let mut total = Orientation {
        hedged: a.marks.iter().any(|h| h.class == Cue::Hedge),
        ..Orientation::default()
    };
    // "Whoever closes the reactors, acts dishonestly": an action that nothing in its own clause
    // judges waits for the judgment of the next.
    let mut waiting: Option<(f64, f64)> = None;
    // "Es ist falsch, die Schule zu schließen": the judgment comes first.
    let mut judged: Option<f64> = None;
    for clause in clauses(a) {
        let names_subject = (clause.first..clause.after).any(shared);
        let mut c = judge(a, &clause, shared);
        let weight = clause.weight * clause.flip;
        if let Some((action, default)) = waiting.take() {
            if c.n_actions == 0 && !names_subject && (c.judges() || c.modal) {
                c.action *= action;
                c.n_actions += 1;
            } else {
                total.score += default;
            }
        }
        if let Some(evaluation) = judged.take() {
            if c.n_actions > 0 && !c.judges() {
                c.evaluation = evaluation;
            } else {
                total.score += 0.5 * evaluation;
            }
        }
        if a.language == Language::De && c.judges() && !names_subject && c.n_actions == 0 && clause.first == 0 {
            judged = Some(c.evaluation);
            total.evidence += c.evidence;
            continue;
        }
        if c.n_actions > 0 && names_subject && !c.judges() && !c.modal && c.n_bare == 0 {
            let (score, evidence) = c.finish(names_subject);
            waiting = Some((c.action, weight * score));
            total.evidence += clause.weight * evidence;
            continue;
        }
        let (mut score, evidence) = c.finish(names_subject);
        if clause.flip < 0.0 && names_subject {
            // "trees instead of parking": what is turned down, whatever else is praised.
            score = if score.abs() < 0.2 { 0.7 } else { score };
            total.score = total.score.min(0.2);
        }
        total.score += weight * score;
        total.evidence += clause.weight * evidence;
    }
    total.score += waiting.map_or(0.0, |w| w.1) + judged.map_or(0.0, |e| 0.5 * e);
    total
}

fn judge(a: &Analyzed, clause: &Clause, shared: &dyn Fn(usize) -> bool) -> Composed {
    let inside = |h: &&Hit<Cue>| h.first >= clause.first && h.first < clause.after;
    let mut items: Vec<Item> = Vec::new();
    let mut negators: Vec<(usize, usize, Cue)> = Vec::new();
    let (mut modal, mut allowed) = (false, false);
    for hit in a.hits.iter().filter(inside) {
        match hit.class {
            Cue::Must => modal = true,
            Cue::May => allowed = true,
            Cue::MustNot => {
                modal = true;
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
    let n_bare = negate(a, clause, &mut items, &negators, shared);
    let composed = compose(a, clause, &mut items, shared);
    let leads = composed.n_actions > 0
        && items.iter().any(|i| {
            matches!(i.cue, Cue::Grow | Cue::Cut) && !i.beside && i.first < clause.first + 3
                && clause.after > i.after + 3
        });
    Composed { n_bare, modal, allowed, leads, ..composed }
}

/// "ne … pas", "rien ne", "aucun … ne" deny once, not twice.
fn merge_french_negation(a: &Analyzed, negators: &mut Vec<(usize, usize, Cue)>) {
    let text = |i: usize| a.tokens.get(i).map_or("", |t| t.text.as_str());
    let ne: Vec<usize> = negators.iter().filter(|n| text(n.0) == "ne").map(|n| n.0).collect();
    let covers = |at: usize| {
        negators.iter().any(|n| n.2 == Cue::MustNot && n.0 < at && at < n.1 + 4)
            || ne.iter().any(|&p| (p < at && at - p <= 7) || (at < p && p - at <= 8))
    };
    let keep: Vec<bool> = negators.iter().map(|n| text(n.0) == "ne" || n.2 == Cue::MustNot || !covers(n.0)).collect();
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
        let window = if cue == Cue::Nothing { 40 } else { reach(a.language) };
        let strong = |i: &Item| is_polar(i.cue) || matches!(i.cue, Cue::Without | Cue::Prefer);
        let ahead = |i: &Item| i.first >= after && i.first < after + window;
        let weak = |i: &Item| {
            matches!(i.cue, Cue::Value | Cue::Ill) && !(i.first..i.after).any(shared)
        };
        let at = items
            .iter()
            .position(|i| strong(i) && ahead(i))
            .or_else(|| items.iter().position(|i| weak(i) && ahead(i) && i.first < after + 4))
            .or_else(|| {
                // "Wir akzeptieren das nicht": the negation closes the clause.
                let closes = a.language == Language::De && first + 3 >= clause.after;
                if closes { items.iter().rposition(|i| strong(i) && i.after <= first) } else { None }
            });
        match at.and_then(|at| items.get_mut(at)) {
            Some(item) => item.sign = -item.sign,
            None => n_bare += 1,
        }
    }
    n_bare
}

/// What a clause holds once verbs have met their objects.
#[derive(Default)]
struct Composed {
    evaluation: f64,
    evidence: f64,
    action: f64,
    n_actions: usize,
    harmful: bool,
    n_bare: usize,
    modal: bool,
    allowed: bool,
    /// The clause begins with its action: it is the subject of what follows.
    leads: bool,
}

/// Tokens after a verb in which its object is looked for.
const OBJECT_TOKENS: usize = 6;

fn compose(
    a: &Analyzed,
    clause: &Clause,
    items: &mut [Item],
    shared: &dyn Fn(usize) -> bool,
) -> Composed {
    let mut c = Composed { action: 1.0, ..Composed::default() };
    let in_clause_shared = (clause.first..clause.after).any(shared);
    let object_tokens = if a.language == Language::Zh { 9 } else { OBJECT_TOKENS };
    for at in 0..items.len() {
        let Some(item) = items.get(at) else { continue };
        if item.used || (item.beside && !touches(item, shared)) {
            continue;
        }
        let (cue, sign, weight, first, after) = (item.cue, item.sign, item.weight, item.first, item.after);
        let until = items
            .iter()
            .skip(at + 1)
            .find(|i| is_polar(i.cue) && !matches!(i.cue, Cue::Good | Cue::Bad) && i.first >= after)
            .map_or(clause.after, |i| i.first)
            .min(after + object_tokens)
            .min(clause.after);
        let preposition = (after + 1..until).find(|&i| is_preposition(a, i));
        let near = preposition.unwrap_or(until);
        let ends_clause = (after..clause.after)
            .filter(|&i| a.tokens.get(i).is_some_and(|t| t.kind == Kind::Word))
            .count()
            <= 2;
        // German infinitives and participles close the clause; their object stands before.
        let noun_follows =
            (after..clause.after).any(|i| a.tokens.get(i).is_some_and(|t| t.capital));
        let back = a.language == Language::De && ends_clause && !noun_follows;
        let (from, to) = if back { (first.saturating_sub(6).max(clause.first), first) } else { (after, if cue == Cue::Cut || cue == Cue::Grow { near.max(after + 1).min(until) } else { until }) };
        let passive = is_passive(a, clause, first, after);
        let shared_object = (from..to).any(shared) || (passive && (clause.first..first).any(shared));
        let object = items
            .iter()
            .position(|i| matches!(i.cue, Cue::Value | Cue::Ill) && i.first >= from && i.first < to && !(i.first..i.after).any(shared));
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
                } else if let Some(object) = predicate_object(items, cue, from, to) {
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
            }
            Cue::Without => {
                if (after..until).any(shared) {
                    c.action *= sign;
                    c.n_actions += 1;
                    c.harmful |= sign < 0.0;
                    c.evidence += 0.4;
                }
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
    for item in items.iter().filter(|i| !i.used && matches!(i.cue, Cue::Value | Cue::Ill)) {
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
        fits && !i.used && i.first >= from && i.first < to.min(from + 4)
    })
}

/// Tells whether a token is a preposition that ends an object.
pub(crate) fn is_preposition(a: &Analyzed, at: usize) -> bool {
    let word = a.tokens.get(at).map_or("", |t| t.text.as_str());
    match a.language {
        Language::En => matches!(word, "on" | "in" | "at" | "for" | "with" | "by" | "into" | "from" | "near" | "while"),
        Language::Fr => matches!(word, "à" | "dans" | "sur" | "pour" | "avec" | "en" | "chez" | "par" | "aux" | "au"),
        Language::De => matches!(word, "in" | "im" | "auf" | "an" | "am" | "bei" | "für" | "mit" | "aus" | "zu" | "zum" | "zur" | "durch"),
        Language::Zh | Language::Other => false,
    }
}

/// Tells whether the subject stands within two tokens of a quantifier.
fn touches(item: &Item, shared: &dyn Fn(usize) -> bool) -> bool {
    (item.after..item.after + 2).any(shared) || (item.first.saturating_sub(3)..item.first).any(shared)
}

fn is_passive(a: &Analyzed, clause: &Clause, first: usize, after: usize) -> bool {
    let has = |range: std::ops::Range<usize>, words: &[&str]| {
        a.tokens.get(range).unwrap_or(&[]).iter().any(|t| words.contains(&t.text.as_str()))
    };
    let near = first.saturating_sub(3).max(clause.first)..first;
    match a.language {
        Language::En => {
            let verb = a.tokens.get(first).map_or("", |t| t.text.as_str());
            (verb.ends_with("ed") || verb.ends_with("en") || verb.ends_with("wn") || verb.ends_with("lt"))
                && has(near, &["be", "been", "being", "is", "are", "was", "were"])
        }
        Language::Fr => has(near, &["est", "sont", "été", "être", "soit", "soient"]),
        Language::De => has(clause.first..clause.after.max(after), &["werden", "wird", "wurde", "worden", "würden"]),
        Language::Zh => has(near, &["被", "受", "遭"]),
        Language::Other => false,
    }
}

impl Composed {
    /// Tells whether anything in the clause judges.
    fn judges(&self) -> bool {
        self.evaluation.abs() >= 0.2
    }

    /// Returns score and evidence of the clause.
    fn finish(&self, names_subject: bool) -> (f64, f64) {
        let Self { modal, allowed, .. } = *self;
        let bare = if self.n_bare % 2 == 1 { -1.0 } else { 1.0 };
        let mut evidence = self.evidence;
        let mut evaluation = self.evaluation.clamp(-1.6, 1.6);
        if !self.judges() {
            let default = if self.harmful {
                -0.6 * bare
            } else if modal {
                0.9 * bare
            } else if allowed && self.n_actions > 0 {
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
        if names_subject { (score, evidence) } else { (0.5 * score, 0.5 * evidence) }
    }
}

/// Tells whether two sentences of nearly the same words point opposite ways: one more negation in
/// one of them, or a word against its antonym.
pub(crate) fn turned(a: &Analyzed, b: &Analyzed) -> bool {
    let n_negators = |x: &Analyzed| {
        let mut negators: Vec<(usize, usize, Cue)> = x
            .hits
            .iter()
            .filter(|h| matches!(h.class, Cue::Not | Cue::Nothing | Cue::MustNot))
            .map(|h| (h.first, h.after, h.class))
            .collect();
        if x.language == Language::Fr {
            merge_french_negation(x, &mut negators);
        }
        negators.len()
    };
    // Only words that the other sentence lacks can make the difference.
    let own_sign = |x: &Analyzed, other: &Analyzed| -> f64 {
        x.hits
            .iter()
            .filter(|h| is_polar(h.class))
            .filter(|h| {
                let words = x.tokens.get(h.first..h.after).unwrap_or(&[]);
                let longest = words.iter().max_by_key(|t| t.text.chars().count());
                if x.language == Language::Zh {
                    words.iter().any(|w| !other.tokens.iter().any(|t| t.text == w.text))
                } else {
                    longest.is_some_and(|l| !other.tokens.iter().any(|t| akin(&t.text, &l.text)))
                }
            })
            .map(|h| sign_of(h.class))
            .product()
    };
    let negations = if (n_negators(a) + n_negators(b)) % 2 == 1 { -1.0 } else { 1.0 };
    negations * own_sign(a, b) * own_sign(b, a) < 0.0
}

/// "protects" and "protect" are one word.
fn akin(a: &str, b: &str) -> bool {
    let n = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    n >= 4 && n + 3 >= a.chars().count().max(b.chars().count()) || a == b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, subject: &str, text: &str, sign: f64) {
        let a = analyze(text, language);
        let subject: Vec<String> = tokenize(subject, language).into_iter().map(|t| t.text).collect();
        let shared = |i: usize| a.tokens.get(i).is_some_and(|t| subject.contains(&t.text));
        let o = orient(&a, &shared);
        assert!(o.score * sign > 0.0, "{text}: {o:?}");
    }

    #[test]
    fn actions_multiply_and_evaluations_add() {
        let en = Language::En;
        check(en, "reactors", "The reactors should be kept running", 1.0);
        check(en, "reactors", "The reactors must be closed", -1.0);
        check(en, "reactors", "Closing the reactors would be wrong", 1.0);
        check(en, "reactors", "The reactors should not be closed", 1.0);
        check(en, "wolves", "Wolves threaten the livelihood of shepherds", -1.0);
        check(en, "wolves", "No one has the right to shoot wolves", 1.0);
    }

    #[test]
    fn negation_in_other_languages() {
        check(Language::De, "reaktoren", "Die Reaktoren dürfen nicht abgeschaltet werden", 1.0);
        check(Language::De, "reaktoren", "Wer Reaktoren abschaltet, handelt verantwortungslos", 1.0);
        check(Language::Fr, "loup", "Le loup ne doit pas être abattu", 1.0);
        check(Language::Fr, "loup", "Rien ne justifie l'abattage du loup", 1.0);
        check(Language::Zh, "老街", "老街不应被拆除", 1.0);
        check(Language::Zh, "老街", "拆除老街是错误的", 1.0);
        check(Language::Zh, "老街", "老街应当拆除", -1.0);
    }
}
