//! What the topics view remembers between frames, and its keys.

use std::sync::{Arc, Weak};

use egui::Key;

use super::derive::{Counts, SortKey, counts, order};
use super::edit::{Entry, Form, largest};
use super::layout::TopicsLayout;
use super::mover::Mover;
use super::over_time::HeatCache;
use super::picker::Found;
use super::tree_layout::TreeCache;
use crate::domain::topic_edit::TopicEdit;
use crate::snapshot::model::{Snapshot, TopicRow};
use crate::snapshot::passing::Counted;
use crate::ui::binding::{Binding, Bound};
use crate::ui::{Command, Cx, View};

/// How topics are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// A table of topics by nation.
    #[default]
    Matrix,
    /// The tree over topics.
    Tree,
    /// Topics by month.
    OverTime,
}

/// What the topics view remembers.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches that do not hang together"
)]
pub struct TopicsState {
    pub(super) show: Show,
    pub(super) sort: SortKey,
    pub(super) falls: bool,
    pub(super) value_only: bool,
    /// Over time: shares of a month's documents instead of counts.
    pub(super) by_share: bool,
    /// The edit being written.
    pub(super) form: Option<Form>,
    /// What the search of a merge finds.
    pub(super) found: Found,
    pub(super) mover: Mover,
    /// A step to the next or the previous topic, taken with the next frame.
    step: i32,
    /// Whether the chosen topic is to be scrolled to.
    pub(super) wants_row: bool,
    rows: Arc<Rows>,
    pub(super) tree: TreeCache,
    pub(super) heat: HeatCache,
}

/// The rows of the table in order, with what is counted in them.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Positions in `Snapshot::topics`.
    pub(super) order: Vec<usize>,
    /// Of every topic, by its position in `Snapshot::topics`.
    pub(super) counts: Vec<Counts>,
    topics: Weak<Vec<TopicRow>>,
    shown: Option<Weak<Counted>>,
    by: Option<(SortKey, bool, bool)>,
}

impl Default for TopicsState {
    fn default() -> Self {
        let TopicsLayout {
            show,
            sort,
            falls,
            value_only,
            by_share,
        } = TopicsLayout::default();
        Self {
            show,
            sort,
            falls,
            value_only,
            by_share,
            form: None,
            found: Found::default(),
            mover: Mover::default(),
            step: 0,
            wants_row: false,
            rows: Arc::default(),
            tree: TreeCache::default(),
            heat: HeatCache::default(),
        }
    }
}

/// Returns the topic in the inspector.
pub(super) fn selected<'a>(snapshot: &'a Snapshot, cx: &Cx<'_>) -> Option<&'a TopicRow> {
    let id = cx.shared.selected_topic?;
    snapshot.topics.iter().find(|t| t.id == id)
}

/// Puts a topic into the inspector.
pub(super) fn select(cx: &mut Cx<'_>, topic: &TopicRow) {
    cx.shared.selected_topic = Some(topic.id);
    cx.shared.inspector_open = true;
    cx.clear_doc();
}

/// Shows a topic on the map, the others gray.
pub(super) fn show_on_map(cx: &mut Cx<'_>, topic: &TopicRow) {
    if cx.input.snapshot.map.is_some()
        && let Ok(number) = u16::try_from(topic.number)
    {
        cx.shared.desk.filter.topics = [number].into();
        cx.shared.view = View::Map;
    }
}

/// Tells whether there are topics.
fn there(_: &TopicsState, cx: &Cx<'_>) -> bool {
    !cx.input.snapshot.topics.is_empty()
}

/// Tells whether a topic is chosen.
fn has_topic(_: &TopicsState, cx: &Cx<'_>) -> bool {
    selected(cx.input.snapshot, cx).is_some()
}

impl Bound for TopicsState {
    const BINDINGS: &'static [Binding<Self>] = &[
        Binding::<Self>::plain("Show topics as a matrix", "X", Key::X, |topics, _, _| {
            topics.show = Show::Matrix;
        })
        .when(there),
        Binding::<Self>::plain("Show topics as a tree", "E", Key::E, |topics, _, _| {
            topics.show = Show::Tree;
        })
        .when(there),
        Binding::<Self>::plain("Show topics over time", "W", Key::W, |topics, _, _| {
            topics.show = Show::OverTime;
        })
        .when(there),
        Binding::<Self>::plain(
            "Value-related topics only, or all",
            "R",
            Key::R,
            |topics, _, _| topics.value_only = !topics.value_only,
        )
        .when(there),
        Binding::<Self>::plain("Counts or shares over time", "S", Key::S, |topics, _, _| {
            topics.by_share = !topics.by_share;
        })
        .when(there),
        Binding::<Self>::plain("Rename the topic", "F2", Key::F2, |topics, _, cx| {
            topics.begin(cx, rename);
        })
        .when(has_topic),
        Binding::<Self>::plain(
            "Merge other topics into it",
            "M",
            Key::M,
            |topics, _, cx| topics.begin(cx, |_| merge()),
        )
        .when(has_topic),
        Binding::<Self>::plain(
            "Split selected documents off",
            "/",
            Key::Slash,
            |topics, _, cx| topics.begin(cx, |_| split()),
        )
        .when(has_topic),
        Binding::<Self>::plain(
            "Overrule whether it is value-related",
            "O",
            Key::O,
            |topics, _, cx| topics.begin(cx, overrule),
        )
        .when(has_topic),
        Binding::<Self>::plain("Show the topic on the map", "G", Key::G, |_, _, cx| {
            let snapshot = Arc::clone(cx.input.snapshot);
            if let Some(topic) = selected(&snapshot, cx) {
                show_on_map(cx, topic);
            }
        })
        .when(has_topic),
        Binding::<Self>::plain(
            "Merge the topics of the branch",
            "B",
            Key::B,
            |topics, _, cx| topics.merge_branch(cx),
        )
        .when(|topics, _| topics.show == Show::Tree && topics.tree.branch.is_some()),
        Binding::<Self>::plain("Next topic", "↓", Key::ArrowDown, |topics, _, _| {
            topics.step = 1;
        })
        .when(there),
        Binding::<Self>::plain("Previous topic", "↑", Key::ArrowUp, |topics, _, _| {
            topics.step = -1;
        })
        .when(there),
    ];
}

impl TopicsState {
    /// Begins to rename the topic in the inspector.
    pub(crate) fn begin_rename(&mut self, cx: &mut Cx<'_>) {
        self.begin(cx, rename);
    }

    /// Begins an edit of the topic in the inspector; a document there gives way.
    pub(super) fn begin(&mut self, cx: &mut Cx<'_>, entry: impl FnOnce(&TopicRow) -> Entry) {
        let snapshot = Arc::clone(cx.input.snapshot);
        let Some(topic) = selected(&snapshot, cx) else {
            return;
        };
        cx.clear_doc();
        cx.shared.inspector_open = true;
        self.tree.branch = None;
        self.form = Some(Form {
            topic: topic.number,
            entry: entry(topic),
            wants_focus: true,
        });
    }

    /// Makes the topics of the chosen branch one; the largest stays.
    pub(super) fn merge_branch(&mut self, cx: &mut Cx<'_>) {
        let snapshot = Arc::clone(cx.input.snapshot);
        let Some(branch) = self.tree.branch.take() else {
            return;
        };
        let topics: Vec<&TopicRow> = snapshot
            .topic_tree
            .topics_of(branch)
            .iter()
            .filter_map(|n| snapshot.topic(*n))
            .collect();
        let Some(largest) = largest(&topics) else {
            return;
        };
        let into = largest.number;
        let from = topics.iter().map(|t| t.number).filter(|n| *n != into);
        cx.send(Command::EditTopic(TopicEdit::Merge {
            into,
            from: from.collect(),
        }));
        select(cx, largest);
    }

    /// Gives up what is being written, else lets go of a branch of the tree; `false` if there is neither.
    pub(crate) fn step_back(&mut self, cx: &Cx<'_>) -> bool {
        if cx.shared.selected_doc.is_some() {
            return self.mover.close();
        }
        let view = cx.shared.view;
        matches!(view, View::Topics | View::Map) && self.form.take().is_some()
            || view == View::Topics && self.tree.branch.take().is_some()
    }

    /// Returns the rows to show; counts and sorts only when something changed.
    pub(super) fn rows(&mut self, cx: &Cx<'_>) -> Arc<Rows> {
        let snapshot = cx.input.snapshot;
        let shown = cx.focus().map(|f| &f.shown);
        let by = Some((self.sort, self.falls, self.value_only));
        let same_counts = self.rows.topics.as_ptr() == Arc::as_ptr(&snapshot.topics)
            && self.rows.shown.as_ref().map(Weak::as_ptr) == shown.map(Arc::as_ptr);
        if same_counts && self.rows.by == by {
            return Arc::clone(&self.rows);
        }
        let of = cx.focus().map(|f| (&*f.map, &*f.shown));
        let counts: Vec<Counts> = snapshot
            .topics
            .iter()
            .map(|t| counts(t, &snapshot.nations, of))
            .collect();
        self.rows = Arc::new(Rows {
            order: order(
                &snapshot.topics,
                &counts,
                self.sort,
                self.falls,
                self.value_only,
            ),
            counts,
            topics: Arc::downgrade(&snapshot.topics),
            shown: shown.map(Arc::downgrade),
            by,
        });
        Arc::clone(&self.rows)
    }

    /// Moves the choice up or down a list of topics, by position, where a key asked for it.
    pub(super) fn walk(&mut self, cx: &mut Cx<'_>, order: &[usize]) {
        let step = std::mem::take(&mut self.step);
        if step == 0 || order.is_empty() {
            return;
        }
        let snapshot = Arc::clone(cx.input.snapshot);
        let id = cx.shared.selected_topic;
        let now = order
            .iter()
            .position(|i| snapshot.topics.get(*i).map(|t| t.id) == id);
        let next = match now {
            None => 0,
            Some(at) => at.saturating_add_signed(step as isize).min(order.len() - 1),
        };
        if let Some(topic) = order.get(next).and_then(|i| snapshot.topics.get(*i)) {
            self.tree.branch = None;
            select(cx, topic);
            self.wants_row = true;
        }
    }

    /// Sorts by a column; a second click turns the order round.
    pub(super) fn sort_by(&mut self, key: SortKey) {
        if self.sort == key {
            self.falls = !self.falls;
        } else {
            self.sort = key;
            self.falls = key.falls_first();
        }
    }
}

/// A form with the label that the topic has.
pub(super) fn rename(topic: &TopicRow) -> Entry {
    Entry::Rename {
        label: topic.label.clone(),
    }
}

/// A form without a topic chosen yet.
pub(super) fn merge() -> Entry {
    Entry::Merge {
        search: String::new(),
        from: std::collections::BTreeSet::new(),
    }
}

/// A form without a label yet.
pub(super) fn split() -> Entry {
    Entry::Split {
        label: String::new(),
    }
}

/// A form with the opposite verdict.
pub(super) fn overrule(topic: &TopicRow) -> Entry {
    Entry::Overrule {
        value_related: !topic.value_related,
        reason: String::new(),
    }
}
