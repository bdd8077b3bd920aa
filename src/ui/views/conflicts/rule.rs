//! The filter of the queue, and rules that decide on everything it lets through.

use std::sync::Arc;

use egui::{Ui, vec2};

use super::queue::strong_line;
use super::state::{ConflictsState, Field, Form, tells_verdict};
use crate::domain::conflict::EdgeKind;
use crate::domain::review::ReviewState;
use crate::domain::review::filter::{QueueFilter, Rule, RuleVerdict};
use crate::snapshot::model::conflicts::{ConflictData, QueueItem, RuleEffect};
use crate::ui::widgets::{self, Look, caption, chip, range};
use crate::ui::{Command, Cx, text};

/// Steps of the histogram of confidences.
const N_BARS: usize = 20;

/// A rule being made; what it is about is the filter of the queue.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RuleForm {
    verdict: RuleVerdict,
    /// Also edges that have a verdict.
    overrules: bool,
    /// In every nation, not only the one on show.
    all_nations: bool,
    /// What the host was asked to work out.
    asked: Option<Rule>,
}

impl Default for RuleForm {
    /// The machine's proposals, for what nobody decided on, in the nation on show.
    fn default() -> Self {
        Self {
            verdict: RuleVerdict::Proposal,
            overrules: false,
            all_nations: false,
            asked: None,
        }
    }
}

impl RuleForm {
    fn rule(&self, filter: &QueueFilter, data: &ConflictData) -> Rule {
        let mut filter = filter.clone();
        if !self.all_nations {
            filter.nations.insert(data.nation);
        }
        Rule {
            filter,
            verdict: self.verdict,
            only_open: !self.overrules,
        }
    }
}

/// Puts a value into a set or takes it out.
fn toggle<T: Ord>(set: &mut std::collections::BTreeSet<T>, value: T) {
    if !set.remove(&value) {
        set.insert(value);
    }
}

/// Draws the filter of the queue.
pub(super) fn filter_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut ConflictsState,
    data: &ConflictData,
) {
    conditions_ui(ui, cx, state, data);
    ui.horizontal_wrapped(|ui| {
        let can = !state.filter.is_empty();
        let name = "Take the queue's filter away";
        if widgets::action_named(ui, "Clear", name, None, Look::Plain, can).clicked() {
            state.filter = QueueFilter::default();
        }
        if widgets::action_named(ui, "Done", "Close the filter", None, Look::Plain, true).clicked()
        {
            state.form = Form::Closed;
        }
    });
    ui.add_space(6.0);
}

fn conditions_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut ConflictsState, data: &ConflictData) {
    ui.add_space(4.0);
    let width = ui.available_width();
    let hint = "Words of the issue or the statements";
    let words = &mut state.filter.words;
    let words = widgets::field(ui, words, "Words of flagged edges", hint, width);
    state.focus_if_wanted(Field::Words, &words);
    let speaker = &mut state.filter.speaker;
    widgets::field(ui, speaker, "Speaker of flagged edges", "Speaker", width);
    let item = state.item(data).map(|(_, item)| item);
    let issue = item.and_then(|item| data.issues.get(item.issue_idx as usize));
    let statement = item.map(|item| item.b.text.clone());
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        if let Some(issue) = issue {
            let on = state.filter.issues.contains(&issue.id);
            let name = "Only edges of this issue";
            if chip(ui, "this issue", name, None, on, None).clicked() {
                toggle(&mut state.filter.issues, issue.id);
            }
        }
        // One statement that was misread is flagged again and again: its edges are decided together.
        if let Some(statement) = statement {
            let on = state.filter.words == statement;
            let name = "Only edges with this deviating statement";
            if chip(ui, "this statement", name, None, on, None).clicked() {
                state.filter.words = if on { String::new() } else { statement };
            }
        }
        for kind in EdgeKind::ALL {
            let n = data.queue.iter().filter(|q| q.kind == kind).count();
            let on = state.filter.kinds.contains(&kind);
            if n == 0 && !on {
                continue;
            }
            let words = format!("{} {}", kind.code(), text::count_of(n));
            let name = format!("Only {} edges", kind.code());
            if chip(ui, &words, &name, None, on, None).clicked() {
                toggle(&mut state.filter.kinds, kind);
            }
        }
        // How many others kept or removed, and which, is theirs while the reviewer is blind.
        let hides_verdicts = state.hides_others(cx, data);
        for standing in ReviewState::ALL {
            if hides_verdicts && tells_verdict(standing) {
                continue;
            }
            let of_state = |q: &&QueueItem| q.standing.state() == standing;
            let n = data.queue.iter().filter(of_state).count();
            let on = state.filter.states.contains(&standing);
            if n == 0 && !on {
                continue;
            }
            let words = format!("{} {}", standing.code(), text::count_of(n));
            let name = format!("Only {} edges", standing.code());
            if chip(ui, &words, &name, None, on, None).clicked() {
                toggle(&mut state.filter.states, standing);
            }
        }
        let me = cx.input.reviewer;
        if !me.is_empty() {
            let on = state.filter.unjudged_by.as_deref() == Some(me);
            let name = "Only edges without a verdict of mine";
            if chip(ui, "not mine yet", name, None, on, None).clicked() {
                state.filter.unjudged_by = (!on).then(|| me.to_owned());
            }
        }
        for reviewer in &cx.input.snapshot.review.agreement.reviewers {
            let on = state.filter.judged_by.as_deref() == Some(&*reviewer.reviewer);
            let words = format!("by {}", reviewer.reviewer);
            let name = format!("Only edges that {} judged", reviewer.reviewer);
            if chip(ui, &words, &name, None, on, None).clicked() {
                state.filter.judged_by = (!on).then(|| reviewer.reviewer.clone());
            }
        }
    });
    let mut bars = [0usize; N_BARS];
    for item in &data.queue {
        let at = (item.b.confidence * N_BARS as f64) as usize;
        if let Some(bar) = bars.get_mut(at.min(N_BARS - 1)) {
            *bar += 1;
        }
    }
    let (lo, hi) = state.filter.confidence.unwrap_or((0.0, 1.0));
    caption(
        ui,
        &format!(
            "confidence of the deviating stance {} to {}",
            text::share(lo),
            text::share(hi)
        ),
    );
    let names = ["Least confidence", "Greatest confidence"];
    if let Some((lo, hi)) = range(ui, (lo as f32, hi as f32), &bars, names) {
        let whole = lo <= 0.0 && hi >= 1.0;
        state.filter.confidence = (!whole).then_some((f64::from(lo), f64::from(hi)));
    }
}

/// Draws a rule over what the filter lets through, with what it would do.
pub(super) fn rule_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut ConflictsState,
    data: &Arc<ConflictData>,
) {
    let Form::Rule(mut form) = std::mem::take(&mut state.form) else {
        return;
    };
    conditions_ui(ui, cx, state, data);
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        for (verdict, words, name) in [
            (RuleVerdict::Keep, "keep", "The rule keeps"),
            (RuleVerdict::Remove, "remove", "The rule removes"),
            (
                RuleVerdict::Proposal,
                "as the machine proposes",
                "The rule takes the machine's proposals",
            ),
        ] {
            if chip(ui, words, name, None, form.verdict == verdict, None).clicked() {
                form.verdict = verdict;
            }
        }
        let name = "The rule also decides on what has a verdict";
        if chip(ui, "also decided ones", name, None, form.overrules, None).clicked() {
            form.overrules = !form.overrules;
        }
        let name = "The rule holds in all nations";
        if chip(ui, "all nations", name, None, form.all_nations, None).clicked() {
            form.all_nations = !form.all_nations;
        }
    });
    let rule = form.rule(&state.filter, data);
    if form.asked.as_ref() != Some(&rule) {
        form.asked = Some(rule.clone());
        cx.send(Command::TryRule(Some(rule.clone())));
    }
    let effect = cx.input.rule_effect.filter(|e| e.rule == rule);
    let n = effect.map_or(0, |e| e.n_chosen);
    match effect {
        None => {
            caption(ui, "working out what it would do …");
        }
        Some(effect) => effect_ui(ui, effect),
    }
    let mut next = Form::Rule(form);
    ui.horizontal_wrapped(|ui| {
        let words = format!("Decide {}", text::counted(n, "edge", "edges"));
        let name = "Apply the rule";
        if widgets::action_named(ui, &words, name, None, Look::Primary, n > 0).clicked() && n > 0 {
            cx.send(Command::ApplyRule(rule));
            state.ruled();
            next = Form::Closed;
        }
        if widgets::action_named(ui, "Cancel", "Give the rule up", None, Look::Plain, true)
            .clicked()
        {
            next = Form::Closed;
        }
    });
    state.form = next;
    ui.add_space(6.0);
}

fn effect_ui(ui: &mut Ui, effect: &RuleEffect) {
    strong_line(
        ui,
        &text::count_of(effect.n_removed),
        &format!("removed, {} kept", text::count_of(effect.n_kept)),
    );
    if effect.n_disputed > 0 {
        strong_line(
            ui,
            &text::count_of(effect.n_disputed),
            "would stand against another reviewer and wait for an adjudication",
        );
    }
    let at_least = if effect.capped { "at least " } else { "" };
    caption(
        ui,
        &format!(
            "{at_least}{} conflict cycles break, {} remain",
            text::count(effect.cycles_broken),
            text::count(effect.cycles_left)
        ),
    );
    caption(
        ui,
        &format!(
            "{} would be dropped",
            text::counted(effect.n_dropped, "statement", "statements")
        ),
    );
    for (proposition, before, after) in effect.dominants.iter().take(4) {
        caption(
            ui,
            &format!(
                "{} to {}: {proposition}",
                text::signed(*before),
                text::signed(*after)
            ),
        );
    }
    if effect.dominants.len() > 4 {
        caption(
            ui,
            &format!(
                "and {} more dominant stances move",
                effect.dominants.len() - 4
            ),
        );
    }
}
