//! What the verification remembers between frames, and what its keys do.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use egui::{Key, Modifiers};

use super::derive::next_open;
use super::form::Form;
use crate::base::ids::{ItemId, SampleId};
use crate::domain::verification::{Judgment, Role};
use crate::snapshot::model::verification::{PairCard, SampleData, VerificationData};
use crate::ui::binding::{Binding, Bound};
use crate::ui::stopwatch::Stopwatch;
use crate::ui::{Command, Cx};

/// Which part of the verification is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tab {
    /// Samples, and a new one.
    #[default]
    Sample,
    /// One pair after the other.
    Judge,
    /// Rates and coefficients.
    Agreement,
    /// What reviewers say differently.
    Disagreements,
}

impl Tab {
    /// All parts with their names, in the order of the chips.
    pub(super) const ALL: [(Self, &'static str); 4] = [
        (Self::Sample, "Sample"),
        (Self::Judge, "Judge"),
        (Self::Agreement, "Agreement"),
        (Self::Disagreements, "Disagreements"),
    ];
}

/// A field of the verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// The remark on a judgment.
    Note,
    /// Who adjudicates.
    Adjudicator,
    /// Where tables go.
    Folder,
}

/// Judgments given or taken back in this window that the snapshot does not show yet; `None` for one that
/// was taken back.
type Pending = BTreeMap<(ItemId, String, Role), Option<Judgment>>;

/// What the verification remembers.
#[derive(Default)]
pub struct VerifyState {
    /// The part chosen; the first that has something to do where none is.
    tab: Option<Tab>,
    sample: Option<SampleId>,
    /// The reviewer of the preferences that this was of.
    of_reviewer: String,
    /// Who judges at this window; nobody until somebody says so, where several could.
    reviewer: Option<String>,
    /// Who adjudicates; the reviewer of the preferences where nobody wrote a name.
    pub(super) adjudicator: Option<String>,
    /// A field that a key puts the cursor into.
    pub(super) wants_field: Option<Field>,
    /// The remark on the judgment that comes next.
    pub(super) note: String,
    /// Where tables are written to.
    pub(super) folder: String,
    item: Option<ItemId>,
    disputed: Option<ItemId>,
    /// Samples whose disagreements somebody opened before all had finished.
    opened_early: Vec<SampleId>,
    pending: Pending,
    /// Pairs judged in this window, by the part they were judged in.
    history: Vec<(Role, ItemId)>,
    /// How long the pair on show has been before the reviewer.
    watch: Stopwatch,
    /// The pair that this is about.
    timed: Option<ItemId>,
    /// How many samples there were when one was asked for.
    waits_beyond: Option<usize>,
    pub(super) form: Form,
    source: Weak<VerificationData>,
}

/// What is judged now.
pub(super) struct OnShow<'a> {
    /// The pair.
    pub card: &'a PairCard,
    /// Its place among the reviewer's.
    pub place: usize,
}

impl VerifyState {
    /// Returns the part on screen.
    pub(super) fn tab(&self, cx: &Cx<'_>) -> Tab {
        let has_samples = !cx.input.snapshot.verification.samples.is_empty();
        match self.tab {
            _ if !has_samples => Tab::Sample,
            Some(tab) => tab,
            None => Tab::Judge,
        }
    }

    /// Opens a part.
    pub(super) fn open(&mut self, tab: Tab) {
        self.tab = Some(tab);
        self.begin_anew();
    }

    /// Another pair, or another person: neither note nor time goes over.
    fn begin_anew(&mut self) {
        self.timed = None;
        self.note.clear();
    }

    /// Returns the sample on screen: the one chosen, else the newest.
    pub(super) fn data(&self, cx: &Cx<'_>) -> Option<Arc<SampleData>> {
        let all = &cx.input.snapshot.verification.samples;
        all.iter()
            .find(|d| Some(d.sample.id) == self.sample)
            .or_else(|| all.first())
            .map(Arc::clone)
    }

    /// Chooses a sample.
    pub(super) fn choose_sample(&mut self, sample: SampleId) {
        if self.sample != Some(sample) {
            self.sample = Some(sample);
            (self.reviewer, self.item, self.disputed) = (None, None, None);
            self.history.clear();
            self.begin_anew();
        }
    }

    /// Follows the snapshot: judgments it shows leave `pending`, a sample that was asked for is opened.
    pub(super) fn follow(&mut self, cx: &Cx<'_>) {
        if self.of_reviewer != cx.input.reviewer {
            cx.input.reviewer.clone_into(&mut self.of_reviewer);
            self.begin_anew();
        }
        let verification = &cx.input.snapshot.verification;
        if self.source.as_ptr() == Arc::as_ptr(verification) {
            return;
        }
        self.source = Arc::downgrade(verification);
        let newest = verification.samples.first().map(|d| d.sample.id);
        if let Some(before) = self.waits_beyond
            && verification.samples.len() > before
        {
            self.waits_beyond = None;
            if let Some(newest) = newest {
                self.choose_sample(newest);
            }
            self.open(Tab::Judge);
        }
        let in_force = |item: ItemId, who: &str, role: Role| {
            let data = verification
                .samples
                .iter()
                .find(|d| d.card(item).is_some())?;
            let judged = match role {
                Role::Reviewer => data.judgments.of(item, who),
                Role::Adjudicator => data.judgments.adjudicated(item),
            };
            judged.map(|j| j.judgment)
        };
        self.pending
            .retain(|(item, who, role), given| in_force(*item, who, *role) != *given);
    }

    /// Returns who judges: the one chosen, the one of the preferences, or the only one there is.
    pub(super) fn reviewer(&self, cx: &Cx<'_>, data: &SampleData) -> Option<String> {
        let all = &data.sample.plan.reviewers;
        let known = |name: &str| all.iter().find(|r| *r == name).cloned();
        self.reviewer
            .as_deref()
            .and_then(known)
            .or_else(|| known(cx.input.reviewer))
            .or_else(|| match all.as_slice() {
                [one] => Some(one.clone()),
                _ => None,
            })
    }

    /// Chooses who judges.
    pub(super) fn judge_as(&mut self, reviewer: &str) {
        if self.reviewer.as_deref() != Some(reviewer) {
            self.reviewer = Some(reviewer.to_owned());
            self.item = None;
            self.history.retain(|(role, _)| *role != Role::Reviewer);
            self.begin_anew();
        }
    }

    /// Returns the adjudicator's name.
    pub(super) fn adjudicator(&self, cx: &Cx<'_>) -> String {
        let name = self.adjudicator.as_deref().unwrap_or(cx.input.reviewer);
        name.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Returns a judgment as this window has it: what was just given, else what the snapshot says.
    pub(super) fn judgment(
        &self,
        data: &SampleData,
        item: ItemId,
        who: &str,
        role: Role,
    ) -> Option<Judgment> {
        // Of adjudicators there is one word, whoever says it.
        let key = (
            item,
            if role == Role::Adjudicator { "" } else { who }.to_owned(),
            role,
        );
        if let Some(given) = self.pending.get(&key) {
            return *given;
        }
        let judged = match role {
            Role::Reviewer => data.judgments.of(item, who),
            Role::Adjudicator => data.judgments.adjudicated(item),
        };
        judged.map(|j| j.judgment)
    }

    fn put_pending(&mut self, item: ItemId, who: &str, role: Role, given: Option<Judgment>) {
        let who = if role == Role::Adjudicator { "" } else { who };
        self.pending.insert((item, who.to_owned(), role), given);
    }

    /// Lists the pairs that a reviewer judges, in order, or those to adjudicate.
    fn pairs<'a>(data: &'a SampleData, who: &str, role: Role) -> Vec<&'a PairCard> {
        match role {
            Role::Reviewer => data
                .dealt
                .get(who)
                .into_iter()
                .flatten()
                .filter_map(|i| data.cards.get(*i))
                .collect(),
            Role::Adjudicator => data.disputed().collect(),
        }
    }

    /// Returns the pair on show: the one chosen, else the first without a judgment; `None` where all have
    /// one and none was chosen.
    pub(super) fn on_show<'a>(
        &self,
        data: &'a SampleData,
        who: &str,
        role: Role,
    ) -> Option<OnShow<'a>> {
        let pairs = Self::pairs(data, who, role);
        let is_judged: Vec<bool> = pairs
            .iter()
            .map(|c| self.judgment(data, c.item.id, who, role).is_some())
            .collect();
        let chosen = match role {
            Role::Reviewer => self.item,
            Role::Adjudicator => self.disputed,
        };
        let place = pairs
            .iter()
            .position(|c| Some(c.item.id) == chosen)
            .or_else(|| next_open(&is_judged, pairs.len().wrapping_sub(1)))?;
        Some(OnShow {
            card: pairs.get(place)?,
            place,
        })
    }

    /// Counts a reviewer's pairs, and those of them judged.
    pub(super) fn progress(&self, data: &SampleData, who: &str, role: Role) -> (usize, usize) {
        let pairs = Self::pairs(data, who, role);
        let judged = pairs
            .iter()
            .filter(|c| self.judgment(data, c.item.id, who, role).is_some());
        (pairs.len(), judged.count())
    }

    /// Tells whether the disagreements may be looked at.
    pub(super) fn is_opened(&self, data: &SampleData) -> bool {
        data.is_finished || self.opened_early.contains(&data.sample.id)
    }

    /// Opens the disagreements before all have finished.
    pub(super) fn open_early(&mut self, data: &SampleData) {
        self.opened_early.push(data.sample.id);
    }

    /// Returns who judges in the part on screen, and as what.
    pub(super) fn judging(&self, cx: &Cx<'_>, data: &SampleData) -> Option<(String, Role)> {
        match self.tab(cx) {
            Tab::Judge => Some((self.reviewer(cx, data)?, Role::Reviewer)),
            Tab::Disagreements if self.is_opened(data) => {
                let name = self.adjudicator(cx);
                (!name.is_empty()).then_some((name, Role::Adjudicator))
            }
            _ => None,
        }
    }

    /// Begins to measure the time that a pair is looked at.
    pub(super) fn time(&mut self, cx: &Cx<'_>, item: ItemId) {
        if self.timed == Some(item) {
            self.watch.go_on(cx.input.now_ms);
        } else {
            self.timed = Some(item);
            self.watch.start(cx.input.now_ms);
        }
    }

    /// Hears that the view is not on screen: time does not count.
    pub(in crate::ui) fn rest(&mut self, now_ms: i64) {
        self.watch.rest(now_ms);
    }

    /// Records a judgment of the pair on show and goes on to the next.
    pub(super) fn judge(&mut self, cx: &mut Cx<'_>, judgment: Judgment) {
        let Some(data) = self.data(cx) else { return };
        let Some((who, role)) = self.judging(cx, &data) else {
            return;
        };
        let Some(shown) = self.on_show(&data, &who, role) else {
            return;
        };
        let item = shown.card.item.id;
        let spent_ms = self
            .watch
            .elapsed_ms(cx.input.now_ms)
            .filter(|_| self.timed == Some(item))
            .unwrap_or(0);
        cx.send(Command::Judge {
            item,
            reviewer: who.clone(),
            role,
            judgment,
            note: std::mem::take(&mut self.note).trim().to_owned(),
            spent_secs: (spent_ms as f64 / 100.0).round() / 10.0,
        });
        self.put_pending(item, &who, role, Some(judgment));
        self.history.push((role, item));
        self.go_on(&data, &who, role, shown.place);
    }

    /// Puts the next pair without a judgment on show.
    fn go_on(&mut self, data: &SampleData, who: &str, role: Role, from: usize) {
        let pairs = Self::pairs(data, who, role);
        let is_judged: Vec<bool> = pairs
            .iter()
            .map(|c| self.judgment(data, c.item.id, who, role).is_some())
            .collect();
        let next = next_open(&is_judged, from);
        let id = next.and_then(|i| pairs.get(i)).map(|c| c.item.id);
        self.show(role, id);
    }

    /// Puts a pair on show.
    pub(super) fn show(&mut self, role: Role, item: Option<ItemId>) {
        let on_show = match role {
            Role::Reviewer => &mut self.item,
            Role::Adjudicator => &mut self.disputed,
        };
        if *on_show != item {
            *on_show = item;
            self.begin_anew();
        }
    }

    /// Puts the cursor into a field that a key asked for, once it is drawn.
    pub(super) fn focus_if_wanted(&mut self, field: Field, response: &egui::Response) {
        if self.wants_field == Some(field) {
            self.wants_field = None;
            response.scroll_to_me(None);
            response.request_focus();
        }
    }

    /// Takes the answer of a file dialog: where tables go.
    pub(in crate::ui) fn picked(&mut self, paths: &[String]) {
        if let Some(folder) = paths.first() {
            self.folder.clone_from(folder);
        }
    }

    /// Returns where tables are written to: the folder chosen, else one in the project.
    pub(super) fn folder(&self, cx: &Cx<'_>) -> String {
        match self.folder.trim() {
            "" => {
                let project = cx.input.snapshot.project.folder.trim_end_matches('/');
                format!("{project}/verification")
            }
            chosen => chosen.to_owned(),
        }
    }

    /// Tells whether tables may be written now: they hold what everyone said.
    pub(super) fn may_export(&self, cx: &Cx<'_>, data: &SampleData) -> bool {
        self.is_opened(data) && cx.input.progress.is_none()
    }

    /// Writes judgments, rates and agreement of the sample on screen as tables.
    pub(super) fn export(&self, cx: &mut Cx<'_>) {
        if let Some(data) = self.data(cx) {
            let folder = self.folder(cx);
            cx.send(Command::ExportJudgments {
                sample: data.sample.id,
                folder,
            });
        }
    }

    /// Leaves the pair on show for later.
    pub(super) fn skip(&mut self, cx: &Cx<'_>) {
        if let Some(data) = self.data(cx)
            && let Some((who, role)) = self.judging(cx, &data)
            && let Some(shown) = self.on_show(&data, &who, role)
        {
            self.go_on(&data, &who, role, shown.place);
        }
    }

    /// Takes the last judgment back and shows its pair again.
    pub(super) fn undo(&mut self, cx: &mut Cx<'_>) {
        let Some(data) = self.data(cx) else { return };
        let Some((who, role)) = self.judging(cx, &data) else {
            return;
        };
        // After a restart the record knows what came last.
        let here = self.history.iter().rposition(|(r, _)| *r == role);
        let item = match here {
            Some(at) => Some(self.history.remove(at).1),
            None => data.judgments.newest_of(&who, role).map(|(item, _)| item),
        };
        let Some(item) = item else { return };
        cx.send(Command::UndoJudgment {
            sample: data.sample.id,
            reviewer: who.clone(),
            role,
        });
        self.put_pending(item, &who, role, None);
        self.show(role, Some(item));
        self.timed = None;
    }

    /// Goes `by` pairs on.
    fn step(&mut self, cx: &Cx<'_>, by: i64) {
        if let Some(data) = self.data(cx)
            && let Some((who, role)) = self.judging(cx, &data)
        {
            let pairs = Self::pairs(&data, &who, role);
            let at = self
                .on_show(&data, &who, role)
                .map_or(pairs.len() as i64, |s| s.place as i64);
            let to = (at + by).clamp(0, pairs.len() as i64 - 1).max(0) as usize;
            let id = pairs.get(to).map(|c| c.item.id);
            self.show(role, id);
        }
    }

    /// Tells whether a pair stands before somebody who may judge it.
    fn may_judge(&self, cx: &Cx<'_>) -> bool {
        self.data(cx).is_some_and(|data| {
            self.judging(cx, &data)
                .is_some_and(|(who, role)| self.on_show(&data, &who, role).is_some())
        })
    }

    /// Tells whether somebody judges, all judged or not.
    fn is_judging(&self, cx: &Cx<'_>) -> bool {
        self.data(cx)
            .is_some_and(|data| self.judging(cx, &data).is_some())
    }

    fn next_tab(&mut self, cx: &Cx<'_>) {
        let now = self.tab(cx);
        let at = Tab::ALL
            .iter()
            .position(|(tab, _)| *tab == now)
            .unwrap_or(0);
        let next = Tab::ALL.iter().cycle().nth(at + 1);
        self.open(next.map_or(Tab::Sample, |(tab, _)| *tab));
    }

    fn next_reviewer(&mut self, cx: &Cx<'_>) {
        let Some(data) = self.data(cx) else { return };
        let all = &data.sample.plan.reviewers;
        let now = self.reviewer(cx, &data);
        let next = match now.and_then(|n| all.iter().position(|r| *r == n)) {
            Some(at) => all.iter().cycle().nth(at + 1),
            None => all.first(),
        };
        if let Some(next) = next {
            self.judge_as(&next.clone());
        }
    }

    /// Asks for the sample that the form describes, if it describes one.
    pub(super) fn draw(&mut self, cx: &mut Cx<'_>) {
        let Ok((plan, chosen)) = self.form.plan(cx) else {
            return;
        };
        let samples = &cx.input.snapshot.verification.samples;
        self.waits_beyond = Some(samples.len());
        cx.send(Command::DrawSample {
            plan: Box::new(plan),
            chosen,
        });
    }
}

impl Bound for VerifyState {
    const BINDINGS: &'static [Binding<Self>] = &[
        Binding::<Self>::plain("Judge: they align", "A", Key::A, |verify, _, cx| {
            verify.judge(cx, Judgment::Align);
        })
        .once()
        .when(Self::may_judge),
        Binding::<Self>::plain("Judge: they conflict", "C", Key::C, |verify, _, cx| {
            verify.judge(cx, Judgment::Conflict);
        })
        .once()
        .when(Self::may_judge),
        Binding::<Self>::plain("Judge: they are unrelated", "U", Key::U, |verify, _, cx| {
            verify.judge(cx, Judgment::Unrelated);
        })
        .once()
        .when(Self::may_judge),
        Binding::<Self>::plain(
            "Take the last judgment back",
            "Z",
            Key::Z,
            |verify, _, cx| {
                verify.undo(cx);
            },
        )
        .or(Modifiers::COMMAND, Key::Z)
        .once()
        .when(Self::is_judging),
        Binding::<Self>::plain("Leave the pair for later", "S", Key::S, |verify, _, cx| {
            verify.skip(cx);
        })
        .once()
        .when(Self::may_judge),
        Binding::<Self>::plain("Write a note on the pair", "W", Key::W, |verify, _, _| {
            verify.wants_field = Some(Field::Note);
        })
        .when(Self::may_judge),
        Binding::<Self>::plain("Next pair", "↓", Key::ArrowDown, |verify, _, cx| {
            verify.step(cx, 1);
        })
        .when(Self::is_judging),
        Binding::<Self>::plain("Previous pair", "↑", Key::ArrowUp, |verify, _, cx| {
            verify.step(cx, -1);
        })
        .when(Self::is_judging),
        Binding::<Self>::plain(
            "Judge as the next reviewer",
            "R",
            Key::R,
            |verify, _, cx| {
                verify.next_reviewer(cx);
            },
        )
        .when(|verify, cx| {
            let several = |d: Arc<SampleData>| d.sample.plan.reviewers.len() > 1;
            verify.tab(cx) == Tab::Judge && verify.data(cx).is_some_and(several)
        }),
        Binding::<Self>::plain(
            "Next part of the verification",
            "L",
            Key::L,
            |verify, _, cx| {
                verify.next_tab(cx);
            },
        )
        .when(|_, cx| !cx.input.snapshot.verification.samples.is_empty()),
        Binding::<Self>::plain(
            "Write judgments and rates as CSV",
            "X",
            Key::X,
            |verify, _, cx| verify.export(cx),
        )
        .once()
        .when(|verify, cx| {
            let may = |d: Arc<SampleData>| verify.may_export(cx, &d);
            verify.tab(cx) == Tab::Agreement && verify.data(cx).is_some_and(may)
        }),
        Binding::<Self>::plain(
            "Name the folder of the tables",
            "F",
            Key::F,
            |verify, _, _| verify.wants_field = Some(Field::Folder),
        )
        .when(|verify, cx| verify.tab(cx) == Tab::Agreement),
        Binding::<Self>::plain("Draw the sample", "Enter", Key::Enter, |verify, _, cx| {
            verify.draw(cx);
        })
        .once()
        .when(|verify, cx| verify.tab(cx) == Tab::Sample && verify.form.plan(cx).is_ok()),
        Binding::<Self>::plain(
            "Open the disagreements before all have finished",
            "O",
            Key::O,
            |verify, _, cx| {
                if let Some(data) = verify.data(cx) {
                    verify.open_early(&data);
                }
            },
        )
        .when(|verify, cx| {
            let is_shut = |d: Arc<SampleData>| !verify.is_opened(&d);
            verify.tab(cx) == Tab::Disagreements && verify.data(cx).is_some_and(is_shut)
        }),
        Binding::<Self>::plain("Name the adjudicator", "E", Key::E, |verify, _, cx| {
            cx.shared.inspector_open = true;
            verify.wants_field = Some(Field::Adjudicator);
        })
        .when(|verify, cx| verify.tab(cx) == Tab::Disagreements),
    ];

    fn choices(&self, cx: &Cx<'_>) -> Vec<String> {
        let Some(data) = self.data(cx) else {
            return Vec::new();
        };
        let tabs = Tab::ALL.iter().map(|(_, name)| format!("Show {name}"));
        let reviewers = data.sample.plan.reviewers.iter().map(|r| judge_as(r));
        let samples = cx.input.snapshot.verification.samples.iter();
        tabs.chain(reviewers)
            .chain(samples.map(|d| open_sample(d.sample.id)))
            .collect()
    }

    fn choose(&mut self, name: &str, cx: &mut Cx<'_>) {
        let tab = name.strip_prefix("Show ");
        if let Some((tab, _)) = Tab::ALL.iter().find(|(_, name)| Some(*name) == tab) {
            self.open(*tab);
        }
        let Some(data) = self.data(cx) else { return };
        if let Some(reviewer) = data
            .sample
            .plan
            .reviewers
            .iter()
            .find(|r| judge_as(r) == name)
        {
            self.judge_as(reviewer);
            self.open(Tab::Judge);
        }
        let samples = &cx.input.snapshot.verification.samples;
        if let Some(found) = samples.iter().find(|d| open_sample(d.sample.id) == name) {
            self.choose_sample(found.sample.id);
        }
    }
}

/// Returns what the chip of a reviewer does.
pub(super) fn judge_as(reviewer: &str) -> String {
    format!("Judge as {reviewer}")
}

/// Returns what the row of a sample does.
pub(super) fn open_sample(sample: SampleId) -> String {
    format!("Open sample {sample}")
}
