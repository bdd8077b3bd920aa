//! What the conflict view remembers between frames, and what giving a verdict does.

use std::sync::{Arc, Weak};

use super::derive::{OnItsWay, Order, Pending, Reader, listed};
use super::graph::GraphState;
use super::lassos::Lassos;
use super::rule::RuleForm;
use crate::base::ids::EdgeId;
use crate::domain::conflict::Verdict;
use crate::domain::corpus::Nation;
use crate::domain::filter::Selection;
use crate::domain::review::ReviewState;
use crate::domain::review::filter::QueueFilter;
use crate::snapshot::model::NextStep;
use crate::snapshot::model::conflicts::{ConflictData, EdgeLook, QueueItem, ReviewData};
use crate::ui::command::Given;
use crate::ui::stopwatch::Stopwatch;
use crate::ui::{Command, Cx};

/// Items after the one on show whose cycles are looked up beforehand, so that the next appears at once.
const N_AHEAD: usize = 4;

/// Which part of the conflict view is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tab {
    /// The flagged edges.
    #[default]
    Review,
    /// Edges that reviewers differ on, and how far they agree.
    Disputed,
    /// Issues too even for a dominant stance.
    Contested,
    /// Statements that reduction dropped.
    Minority,
    /// Opposed statements inside one document.
    Within,
    /// What each round did, to step through.
    Rounds,
}

impl Tab {
    /// All parts with their names, in the order of the chips.
    pub(super) const ALL: [(Self, &'static str); 6] = [
        (Self::Review, "Review"),
        (Self::Disputed, "Disputed"),
        (Self::Contested, "Contested"),
        (Self::Minority, "Minority"),
        (Self::Within, "Within one document"),
        (Self::Rounds, "Rounds"),
    ];

    /// Tells whether flagged edges stand before the reviewer there.
    pub(super) fn decides(self) -> bool {
        matches!(self, Self::Review | Self::Disputed)
    }
}

/// A field of the review that a key puts the cursor into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// The remark on a verdict.
    Note,
    /// Who decides.
    Reviewer,
    /// The words of the filter.
    Words,
}

/// What stands open above the queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Form {
    /// Nothing.
    #[default]
    Closed,
    /// The filter of the queue.
    Filter,
    /// A rule over what the filter lets through.
    Rule(Box<RuleForm>),
}

/// How a person reviews.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct How {
    /// The machine's proposal and what others said show before the reviewer's own verdict.
    pub(super) sees_all: bool,
    /// Edges that others have decided come up as well.
    pub(super) doubles: bool,
}

/// What is listed, and of what it was listed.
#[derive(Default)]
struct Listing {
    source: Weak<ConflictData>,
    filter: QueueFilter,
    order: Order,
    disputed_only: bool,
    places: Vec<usize>,
}

/// What the conflict view remembers.
#[derive(Default)]
pub struct ConflictsState {
    pub(super) nation: Option<Nation>,
    pub(super) tab: Tab,
    pub(super) edge: Option<EdgeId>,
    pub(super) cycle_idx: usize,
    pub(super) note: String,
    pub(super) reviewer: Option<String>,
    pub(super) how: How,
    pub(super) filter: QueueFilter,
    pub(super) order: Order,
    pub(super) form: Form,
    /// Of the disagreements, the agreement of the reviewers is shown instead of the edges.
    pub(super) shows_agreement: bool,
    pub(super) pending: Pending,
    pub(super) graph: GraphState,
    lassos: Lassos,
    /// The host was asked about a rule that it still tries.
    tries_rule: bool,
    /// The closed round that the timeline shows; `None` for now.
    pub(super) shown_round: Option<u32>,
    /// The issue whose dominant stance the timeline follows in the graph.
    pub(super) shown_issue: Option<u32>,
    pub(super) wants_field: Option<Field>,
    /// The item on show was chosen by hand, so that a key may change its verdict.
    revisits: bool,
    /// How long the item on show has been before the reviewer.
    watch: Stopwatch,
    history: Vec<Given>,
    taken_back: Vec<Given>,
    listing: Listing,
    source: Weak<ConflictData>,
    review: Weak<ReviewData>,
    /// The nation and the round that were under review last.
    of: Option<(Nation, u32)>,
    /// Whose verdicts these are.
    of_reviewer: String,
    asked: (Weak<ConflictData>, Vec<EdgeId>),
}

/// Returns the graphs of the nations that the filter lets through; all where it leaves none.
pub(super) fn shown<'a>(cx: &Cx<'a>) -> Vec<&'a Arc<ConflictData>> {
    let all = &cx.input.snapshot.conflicts;
    let through: Vec<_> = all.iter().filter(|d| cx.shared.shows(d.nation)).collect();
    if through.is_empty() {
        all.iter().collect()
    } else {
        through
    }
}

impl ConflictsState {
    /// Returns who looks at the queue now.
    pub(super) fn reader<'a>(&'a self, cx: &Cx<'a>) -> Reader<'a> {
        Reader {
            name: cx.input.reviewer,
            pending: &self.pending,
            adjudicates: self.tab == Tab::Disputed,
            doubles: self.how.doubles,
        }
    }

    /// Returns the graph to show: the nation chosen, else the first with something that waits.
    pub(super) fn data(&self, cx: &Cx<'_>) -> Option<Arc<ConflictData>> {
        let all = shown(cx);
        let reader = self.reader(cx);
        all.iter()
            .find(|d| Some(d.nation) == self.nation)
            .or_else(|| all.iter().find(|d| d.queue.iter().any(|q| reader.waits(q))))
            .or_else(|| all.first())
            .map(|&d| Arc::clone(d))
    }

    /// Follows the snapshot: verdicts it shows leave `pending`, an item stands before the reviewer, and
    /// its cycles are asked for.
    pub(super) fn follow(&mut self, cx: &mut Cx<'_>, data: &Arc<ConflictData>) {
        if self.of_reviewer != cx.input.reviewer {
            // Another person begins blind and answers for no one else.
            cx.input.reviewer.clone_into(&mut self.of_reviewer);
            self.forget_verdicts();
            self.how = How::default();
            self.filter.states.clear();
        }
        // A snapshot may bring verdicts on another nation than the one on show.
        let review = &cx.input.snapshot.review;
        if self.review.as_ptr() != Arc::as_ptr(review) {
            self.review = Arc::downgrade(review);
            self.drop_shown(cx);
        }
        if self.source.as_ptr() != Arc::as_ptr(data) {
            self.source = Arc::downgrade(data);
            self.nation = Some(data.nation);
            let before = self.of.replace((data.nation, data.round));
            if before.is_some_and(|(_, round)| round != data.round) {
                self.forget_verdicts();
            }
            let other = before != self.of;
            let still_there = data.queue.iter().any(|q| Some(q.edge) == self.edge);
            if other {
                self.shown_round = None;
                self.shown_issue = None;
            }
            if other || !still_there {
                self.list(data);
                self.select_first(cx, data);
                self.graph.look_at_all();
            }
        }
        if self.tab.decides() {
            self.watch.go_on(cx.input.now_ms);
        } else {
            self.watch.rest(cx.input.now_ms);
        }
        // A rule is about the whole queue, not about what is disputed.
        if self.tab != Tab::Review && matches!(self.form, Form::Rule(_)) {
            self.form = Form::Closed;
        }
        let has_rule = matches!(self.form, Form::Rule(_));
        if std::mem::replace(&mut self.tries_rule, has_rule) && !has_rule {
            cx.send(Command::TryRule(None));
        }
        if self.hides_others(cx, data) {
            self.filter.states.retain(|state| !tells_verdict(*state));
        }
        let listed_anew = self.list(data);
        // What the filter leaves out stands no longer before the reviewer, unless it was asked for.
        if listed_anew && !self.revisits && self.place(data).is_none() {
            self.select_first(cx, data);
        }
        self.ask(cx, data);
    }

    /// Hears that the view is not on screen: time does not count.
    pub(in crate::ui) fn rest(&mut self, now_ms: i64) {
        self.watch.rest(now_ms);
    }

    /// Tells whether what others and the machine say is kept from the reviewer.
    pub(super) fn is_blind(&self) -> bool {
        !self.how.sees_all && self.tab != Tab::Disputed
    }

    /// Tells whether others, or the machine, have said something of this nation's edges that the reviewer must not
    /// know: its traces in counts, pictures and previews are kept back too.
    pub(super) fn hides_others(&self, cx: &Cx<'_>, data: &ConflictData) -> bool {
        let others_only = |q: &QueueItem| {
            let votes = &q.votes;
            let others = !votes.people.is_empty() || votes.adjudication.is_some();
            (others || votes.machine.is_some()) && votes.of(cx.input.reviewer).is_none()
        };
        self.is_blind() && data.queue.iter().any(others_only)
    }

    /// Opens the filter of the queue, or closes it.
    pub(super) fn toggle_filter(&mut self, cx: &mut Cx<'_>) {
        let is_open = self.form == Form::Filter;
        self.open_form(cx, if is_open { Form::Closed } else { Form::Filter });
        if !is_open {
            self.wants_field = Some(Field::Words);
        }
    }

    /// Opens a rule over the queue, or gives it up.
    pub(super) fn toggle_rule(&mut self, cx: &mut Cx<'_>) {
        let is_open = matches!(self.form, Form::Rule(_));
        let rule = Form::Rule(Box::default());
        self.open_form(cx, if is_open { Form::Closed } else { rule });
    }

    fn open_form(&mut self, cx: &mut Cx<'_>, form: Form) {
        cx.shared.inspector_open = true;
        cx.clear_doc();
        self.form = form;
    }

    /// Puts the first item that waits before the reviewer, else the first that is listed.
    fn select_first(&mut self, cx: &Cx<'_>, data: &ConflictData) {
        let last = self.listing.places.len().wrapping_sub(1);
        let next = self
            .reader(cx)
            .next(&data.queue, &self.listing.places, last);
        self.select_place(cx, data, next.unwrap_or(0));
    }

    /// Forgets a verdict on its way that the host refused: the snapshot says what is in force.
    pub(in crate::ui) fn forget_verdict(&mut self, edge: EdgeId) {
        self.pending.remove(&edge);
        self.history.retain(|given| given.edge != edge);
        self.taken_back.retain(|given| given.edge != edge);
    }

    /// Forgets all verdicts given in this window; they are of another round or somebody else's.
    fn forget_verdicts(&mut self) {
        self.pending.clear();
        self.history.clear();
        self.ruled();
    }

    /// Forgets verdicts on their way that the snapshot of any nation shows by now.
    fn drop_shown(&mut self, cx: &Cx<'_>) {
        if self.pending.is_empty() {
            return;
        }
        let me = cx.input.reviewer;
        for item in cx.input.snapshot.conflicts.iter().flat_map(|d| &d.queue) {
            let given = self.pending.get(&item.edge);
            if given.is_some_and(|g| g.is_shown(item, me)) {
                self.pending.remove(&item.edge);
            }
        }
    }

    /// Lists the queue anew where what is listed or how has changed, and tells whether it had.
    fn list(&mut self, data: &Arc<ConflictData>) -> bool {
        let disputed_only = self.tab == Tab::Disputed;
        let kept = &self.listing;
        if kept.source.as_ptr() == Arc::as_ptr(data)
            && kept.filter == self.filter
            && kept.order == self.order
            && kept.disputed_only == disputed_only
        {
            return false;
        }
        self.listing = Listing {
            source: Arc::downgrade(data),
            filter: self.filter.clone(),
            order: self.order,
            disputed_only,
            places: listed(data, &self.filter, self.order, disputed_only),
        };
        true
    }

    /// Returns the places in the queue that are listed, in order.
    pub(super) fn places(&self) -> &[usize] {
        &self.listing.places
    }

    /// Asks the host for the cycles of the item on show and of those that come next.
    fn ask(&mut self, cx: &mut Cx<'_>, data: &Arc<ConflictData>) {
        let edge_of = |&i: &usize| data.queue.get(i).map(|q| q.edge);
        let mut wanted: Vec<EdgeId> = self.edge.into_iter().collect();
        if let Some(at) = self.place(data) {
            let places = self.listing.places.iter().cycle().skip(at);
            let ahead = places.take(self.listing.places.len().min(1 + N_AHEAD));
            wanted.extend(ahead.filter_map(edge_of));
            // After a verdict comes the next that waits, wherever that is.
            let next = self.reader(cx).next(&data.queue, &self.listing.places, at);
            wanted.extend(next.and_then(|p| edge_of(self.listing.places.get(p)?)));
        }
        if wanted.is_empty() {
            return;
        }
        wanted.sort_unstable();
        wanted.dedup();
        let same = self.asked.0.as_ptr() == Arc::as_ptr(data) && self.asked.1 == wanted;
        if !same {
            self.asked = (Arc::downgrade(data), wanted.clone());
            cx.send(Command::LookAt(wanted));
        }
    }

    /// Puts an item of the queue before the reviewer.
    pub(super) fn select(&mut self, cx: &Cx<'_>, data: &ConflictData, idx: usize) {
        let edge = data.queue.get(idx).map(|q| q.edge);
        self.watch.start(cx.input.now_ms);
        self.edge = edge;
        self.cycle_idx = 0;
        self.graph.look_at_cycle();
        self.note.clear();
        self.revisits = false;
    }

    fn select_place(&mut self, cx: &Cx<'_>, data: &ConflictData, place: usize) {
        match self.listing.places.get(place) {
            Some(&idx) => self.select(cx, data, idx),
            None => self.edge = None,
        }
    }

    /// Returns the item before the reviewer with its place in the queue.
    pub(super) fn item<'a>(&self, data: &'a ConflictData) -> Option<(usize, &'a QueueItem)> {
        let mut queue = data.queue.iter().enumerate();
        queue.find(|(_, q)| Some(q.edge) == self.edge)
    }

    /// Returns the place of the item before the reviewer in what is listed.
    fn place(&self, data: &ConflictData) -> Option<usize> {
        let (idx, _) = self.item(data)?;
        self.listing.places.iter().position(|&i| i == idx)
    }

    /// Returns the cycle on show.
    pub(super) fn cycle<'a>(&self, look: &'a EdgeLook) -> &'a [u32] {
        let n = look.cycles.len().max(1);
        let cycle = look.cycles.get(self.cycle_idx % n);
        cycle.map_or(&[], Vec::as_slice)
    }

    /// Records a verdict on the item on show and goes on to the next.
    pub(super) fn decide(&mut self, cx: &mut Cx<'_>, data: &ConflictData, verdict: Verdict) {
        let Some((idx, item)) = self.item(data) else {
            return;
        };
        let given = Given {
            edge: item.edge,
            verdict,
            note: std::mem::take(&mut self.note).trim().to_owned(),
            spent_ms: self.watch.elapsed_ms(cx.input.now_ms),
            adjudicates: self.tab == Tab::Disputed,
        };
        self.taken_back.clear();
        self.give(cx, data, given, idx);
    }

    fn give(&mut self, cx: &mut Cx<'_>, data: &ConflictData, given: Given, idx: usize) {
        let on_its_way = OnItsWay {
            verdict: Some(given.verdict),
            adjudicates: given.adjudicates,
        };
        self.lassos.forget();
        self.pending.insert(given.edge, on_its_way);
        cx.send(Command::Decide(given.clone()));
        self.history.push(given);
        let places = &self.listing.places;
        let at = places.iter().position(|&i| i == idx).unwrap_or(0);
        let reader = self.reader(cx);
        let waits_elsewhere = || {
            let others = shown(cx).into_iter().filter(|d| d.nation != data.nation);
            others.flat_map(|d| &d.queue).any(|q| reader.waits(q))
        };
        let next = reader.next(&data.queue, places, at);
        if next.is_none() && waits_elsewhere() {
            self.nation = None;
            return;
        }
        let unsure = || reader.next_unsure(&data.queue, places, at);
        let next = next.or_else(unsure).and_then(|p| places.get(p).copied());
        if let Some(next) = next.filter(|&next| next != idx) {
            self.select(cx, data, next);
        }
    }

    /// Puts an item before the reviewer that may have its verdict already and may get another.
    pub(super) fn revisit(&mut self, cx: &Cx<'_>, data: &ConflictData, idx: usize) {
        self.select(cx, data, idx);
        self.revisits = true;
    }

    /// Goes on without a verdict.
    pub(super) fn skip(&mut self, cx: &Cx<'_>, data: &ConflictData) {
        let Some(at) = self.place(data) else {
            self.select_first(cx, data);
            return;
        };
        let places = &self.listing.places;
        let reader = self.reader(cx);
        let next = reader.next(&data.queue, places, at).filter(|&p| p != at);
        let next = next.unwrap_or((at + 1) % places.len().max(1));
        self.select_place(cx, data, next);
    }

    /// Returns what Undo would take back: the reviewer's newest verdict, given in this window or before it
    /// was opened, that is not being taken back already; with whether it adjudicates.
    pub(super) fn undoable(&self, cx: &Cx<'_>) -> Option<(EdgeId, bool)> {
        let on_its_way = |done: &&Given| {
            let given = self.pending.get(&done.edge);
            given.is_some_and(|g| g.verdict == Some(done.verdict))
        };
        if let Some(done) = self.history.iter().rev().find(on_its_way) {
            return Some((done.edge, done.adjudicates));
        }
        let me = cx.input.reviewer;
        let items = cx.input.snapshot.conflicts.iter().flat_map(|d| &d.queue);
        let own = items.filter(|q| !self.pending.contains_key(&q.edge));
        let own = own.flat_map(|q| {
            let over = q.votes.adjudication.as_ref();
            let over = over.filter(|v| v.reviewer == me).map(|v| (v, true));
            let said = q.votes.of(me).map(|v| (v, false));
            let both = said.into_iter().chain(over);
            both.map(|(v, adjudicates)| (v.decision, q.edge, adjudicates))
        });
        own.max().map(|(_, edge, adjudicates)| (edge, adjudicates))
    }

    /// Hears of a lasso: until the next verdict it is what Undo is about.
    pub(super) fn lassoed(&mut self, cx: &Cx<'_>, before: Selection) {
        let after = cx.shared.desk.selection.clone();
        self.lassos.draw(before, after);
    }

    /// Hears that a rule decided: what was taken back before is over, and so are the lassos.
    pub(super) fn ruled(&mut self) {
        self.taken_back.clear();
        self.lassos.forget();
    }

    /// Tells whether there is something to take back.
    pub(super) fn can_undo(&self, cx: &Cx<'_>) -> bool {
        self.lassos.stands(&cx.shared.desk.selection) || self.undoable(cx).is_some()
    }

    /// Takes back what was done last: a lasso, or the reviewer's last verdict, whose item is shown again.
    pub(super) fn undo(&mut self, cx: &mut Cx<'_>) {
        if self.lassos.undo(&mut cx.shared.desk.selection) {
            return;
        }
        let Some((edge, adjudicates)) = self.undoable(cx) else {
            return;
        };
        self.lassos.forget();
        cx.send(Command::UndoDecision { edge, adjudicates });
        let on_its_way = OnItsWay {
            verdict: None,
            adjudicates,
        };
        self.pending.insert(edge, on_its_way);
        let same = |d: &Given| d.edge == edge && d.adjudicates == adjudicates;
        if let Some(at) = self.history.iter().rposition(same) {
            self.taken_back.push(self.history.remove(at));
        }
        self.tab = if adjudicates {
            Tab::Disputed
        } else {
            Tab::Review
        };
        self.bring_up(cx, edge);
    }

    /// Does again what was taken back last: a lasso, or a verdict given in this window or before it was opened.
    pub(super) fn redo(&mut self, cx: &mut Cx<'_>) {
        if self.lassos.redo(&mut cx.shared.desk.selection) {
            return;
        }
        let given = match self.taken_back.pop() {
            Some(done) => Some(done),
            None => redoable(cx),
        };
        let Some(given) = given else { return };
        self.tab = if given.adjudicates {
            Tab::Disputed
        } else {
            Tab::Review
        };
        if let Some((data, idx)) = self.bring_up(cx, given.edge) {
            self.give(cx, &data, given, idx);
        }
    }

    /// Tells whether there is something to do again.
    pub(super) fn can_redo(&self, cx: &Cx<'_>) -> bool {
        self.lassos.is_back(&cx.shared.desk.selection)
            || !self.taken_back.is_empty()
            || (self.pending.is_empty() && redoable(cx).is_some())
    }

    /// Puts an item before the reviewer, of whatever nation it is.
    fn bring_up(&mut self, cx: &Cx<'_>, edge: EdgeId) -> Option<(Arc<ConflictData>, usize)> {
        let mut all = cx.input.snapshot.conflicts.iter();
        let (data, idx) =
            all.find_map(|d| Some((d, d.queue.iter().position(|q| q.edge == edge)?)))?;
        self.nation = Some(data.nation);
        self.of = Some((data.nation, data.round));
        if !self.tab.decides() {
            self.tab = Tab::Review;
        }
        self.shown_round = None;
        self.shows_agreement = false;
        self.list(data);
        self.revisit(cx, data, idx);
        Some((Arc::clone(data), idx))
    }

    /// Returns what part of the graph is shown.
    #[cfg(test)]
    pub(crate) fn camera(&self) -> Option<crate::ui::camera::Camera> {
        self.graph.camera()
    }

    /// Returns the flagged edge under review.
    #[cfg(test)]
    pub(crate) fn edge(&self) -> Option<EdgeId> {
        self.edge
    }

    /// Gives up what is begun in the graph or stands open above the queue; `false` if there is nothing.
    pub(crate) fn step_back(&mut self) -> bool {
        if self.form != Form::Closed {
            self.form = Form::Closed;
            return true;
        }
        self.graph.step_back()
    }

    /// Says how much of the graph is drawn.
    pub(crate) fn status(&self) -> String {
        if self.tab.decides() || self.tab == Tab::Rounds {
            self.graph.status()
        } else {
            String::new()
        }
    }

    /// Puts the cursor into a field that a key asked for, once it is drawn.
    pub(super) fn focus_if_wanted(&mut self, field: Field, response: &egui::Response) {
        if self.wants_field == Some(field) {
            self.wants_field = None;
            response.request_focus();
        }
    }

    /// Tells whether an item stands before the reviewer whose verdict may be given.
    pub(super) fn may_decide(&self, cx: &Cx<'_>) -> bool {
        let reader = self.reader(cx);
        let may = |data: &ConflictData| {
            // In the list of disputes only what is disputed, and only while it is on screen.
            if self.tab == Tab::Disputed && (self.shows_agreement || self.place(data).is_none()) {
                return false;
            }
            let verdict = |item: &QueueItem| reader.verdict(item);
            let open = |item: &QueueItem| {
                self.revisits || matches!(verdict(item), None | Some(Verdict::NotSure))
            };
            self.item(data).is_some_and(|(_, item)| open(item))
        };
        self.reviewed(cx).is_some_and(|data| may(&data))
    }

    /// Returns the graph under review; `None` while another list is open or nothing is flagged.
    pub(super) fn reviewed(&self, cx: &Cx<'_>) -> Option<Arc<ConflictData>> {
        self.data(cx)
            .filter(|data| self.tab.decides() && !data.queue.is_empty())
    }

    pub(super) fn decide_by_key(&mut self, cx: &mut Cx<'_>, verdict: Verdict) {
        if let Some(data) = self.data(cx) {
            self.decide(cx, &data, verdict);
        }
    }

    /// Goes `by` items on in what is listed.
    pub(super) fn step_item(&mut self, cx: &Cx<'_>, by: i64) {
        let Some(data) = self.data(cx) else { return };
        let last = self.listing.places.len() as i64 - 1;
        let at = self.place(&data).map_or(0, |at| at as i64 + by);
        if let Some(&idx) = self.listing.places.get(at.clamp(0, last.max(0)) as usize) {
            self.revisit(cx, &data, idx);
        }
    }

    /// Opens a part of the view.
    pub(super) fn open_tab(&mut self, cx: &Cx<'_>, tab: Tab) {
        if self.tab == tab {
            return;
        }
        self.tab = tab;
        self.shown_round = None;
        if tab == Tab::Disputed {
            // The nation with a dispute comes up.
            let disputes = |d: &ConflictData| d.queue.iter().any(|q| self.reader(cx).waits(q));
            if !self.data(cx).is_some_and(|d| disputes(&d)) {
                let elsewhere = shown(cx).into_iter().find(|d| disputes(d));
                self.nation = elsewhere.map_or(self.nation, |d| Some(d.nation));
            }
        }
        if let Some(data) = self.data(cx).filter(|_| tab.decides()) {
            self.of = Some((data.nation, data.round));
            self.list(&data);
            self.select_first(cx, &data);
        }
    }

    /// Goes on to the next list of the view, round and round.
    pub(super) fn next_tab(&mut self, cx: &Cx<'_>) {
        let at = Tab::ALL.iter().position(|(tab, _)| *tab == self.tab);
        let next = at.map_or(0, |i| (i + 1) % Tab::ALL.len());
        let next = Tab::ALL.get(next).map_or(Tab::Review, |(tab, _)| *tab);
        self.open_tab(cx, next);
    }

    /// Goes on to the next nation that has a graph, round and round.
    pub(super) fn next_nation(&mut self, cx: &Cx<'_>) {
        let all = shown(cx);
        let now = self.data(cx).map(|d| d.nation);
        let at = all.iter().position(|d| Some(d.nation) == now);
        let next = at.and_then(|i| all.iter().cycle().nth(i + 1));
        self.nation = next.map(|d| d.nation);
    }

    /// Steps the timeline `by` closed rounds on.
    pub(super) fn step_round(&mut self, data: &ConflictData, by: i64) {
        let last = i64::from(data.round);
        let at = self.shown_round.map_or(last, i64::from) + by;
        self.shown_round = Some(at.clamp(0, last) as u32);
    }
}

/// Tells whether a standing says what somebody decided.
pub(super) fn tells_verdict(state: ReviewState) -> bool {
    use ReviewState::{Kept, NotSure, Removed};
    matches!(state, Kept | NotSure | Removed)
}

/// Returns an item inside its cycles, once the host has looked it up.
pub(super) fn look<'a>(cx: &Cx<'a>, item: &QueueItem) -> Option<&'a Arc<EdgeLook>> {
    cx.input.looks.get(&item.edge)
}

/// Returns the verdict that the reviewer took back last, as the record has it.
fn redoable(cx: &Cx<'_>) -> Option<Given> {
    let redo = cx.input.snapshot.review.redo.get(cx.input.reviewer)?;
    Some(Given {
        edge: redo.edge,
        verdict: redo.verdict,
        note: redo.note.clone(),
        spent_ms: None,
        adjudicates: redo.adjudicates,
    })
}

/// Tells whether the round may be closed: everything flagged is settled and stored, and no job runs.
pub(super) fn closable(state: &ConflictsState, cx: &Cx<'_>) -> bool {
    let review = &cx.input.snapshot.review;
    let settled = review.n_flags > 0 && review.n_open + review.n_disputed == 0;
    // Where an earlier stage is out of date, a run would begin a new reduction and ask everything anew.
    let next = &cx.input.snapshot.next_step;
    let reduces = matches!(next, NextStep::Run { stage } if stage == "reduce");
    settled && reduces && state.pending.is_empty() && cx.input.progress.is_none()
}

/// Counts the flagged edges of all nations that the round waits for; `None` where nothing is flagged or a
/// job runs.
pub(super) fn n_waiting(state: &ConflictsState, cx: &Cx<'_>) -> Option<usize> {
    let all = &cx.input.snapshot.conflicts;
    let reader = state.reader(cx);
    let n_all: usize = all.iter().map(|d| d.queue.len()).sum();
    let n_done: usize = all.iter().map(|d| reader.n_settled(&d.queue)).sum();
    (n_all > 0 && cx.input.progress.is_none()).then_some(n_all - n_done)
}
