//! One topic in the inspector: what can be done with it, its words, its screening, the documents closest to
//! its middle, its history; or a branch of the tree.

use std::sync::Arc;

use egui::{Align2, CornerRadius, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2};

use super::derive::{Counts, counts, history_words, verdict_words};
use super::edit::{Entry, largest};
use super::form::form_ui;
use super::state::{
    Show, TopicsState, merge, overrule, rename, select, selected, show_on_map, split,
};
use crate::domain::topic_edit::{HistoryLine, Standing};
use crate::snapshot::model::{Snapshot, TopicRow};
use crate::ui::document::doc_line_ui;
use crate::ui::theme::{self, Palette};
use crate::ui::views::shares::{Share, shares_ui};
use crate::ui::widgets::{self, Look, caption, section, title};
use crate::ui::{Cx, View, text};

/// Lines of the history of all topics.
const N_HISTORY: usize = 12;

/// Draws the inspector of the chosen topic.
pub fn inspector_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut TopicsState) {
    let snapshot = Arc::clone(cx.input.snapshot);
    let is_tree = state.show == Show::Tree && cx.shared.view == View::Topics;
    let branch = state.tree.branch;
    if let Some(branch) = branch.filter(|_| is_tree && cx.shared.selected_topic.is_none()) {
        branch_ui(ui, cx, state, &snapshot, branch);
        return;
    }
    let Some(topic) = selected(&snapshot, cx) else {
        state.form = None;
        section(ui, "Topic");
        caption(
            ui,
            "Choose a topic to see its words, its screening and the documents closest to its middle, and to edit it.",
        );
        history_ui(ui, cx, "Edits of topics", &snapshot.topic_history);
        reading_ui(ui);
        return;
    };
    // A form goes with the topic it is about.
    state.form.take_if(|f| f.topic != topic.number);
    section(ui, &format!("Topic {}", topic.number));
    let place = state.form.as_ref().map(|f| Place::of(&f.entry));
    if place == Some(Place::Title) {
        form_ui(ui, cx, state, topic);
    } else {
        title(ui, &topic.label);
    }
    let focus = cx.focus().cloned();
    let of = focus.as_ref().map(|f| (&*f.map, &*f.shown));
    let counts = counts(topic, &snapshot.nations, of);
    size_ui(ui, topic, &counts, focus.is_some());
    ui.add_space(8.0);
    actions_ui(ui, cx, state);
    if place == Some(Place::Actions) {
        form_ui(ui, cx, state, topic);
    }
    nations_ui(ui, &snapshot, topic, &counts);
    // A further list of words is a further line.
    word_chips_ui(ui, "Words by c-TF-IDF", &topic.terms);
    word_chips_ui(ui, "Words by maximal marginal relevance", &topic.mmr_terms);
    word_chips_ui(ui, "KeyBERT-style words", &topic.keybert_terms);
    verdict_ui(ui, cx, state, topic);
    section(ui, "Closest to its middle");
    let mut chosen = None;
    for doc in &topic.central_docs {
        if doc_line_ui(ui, doc) {
            chosen = Some(doc.id);
        }
    }
    if let Some(doc) = chosen {
        cx.select_doc(doc);
    }
    if snapshot.map.is_some() {
        ui.add_space(8.0);
        if widgets::action(ui, "Show on the map", Some("G"), Look::Plain, true).clicked() {
            show_on_map(cx, topic);
        }
    }
    history_ui(ui, cx, "History", &topic.history);
    reading_ui(ui);
}

/// Where in the inspector a form stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In place of the title.
    Title,
    /// Below the buttons.
    Actions,
    /// In place of the button that overrules.
    Verdict,
}

impl Place {
    fn of(entry: &Entry) -> Self {
        match entry {
            Entry::Rename { .. } => Self::Title,
            Entry::Merge { .. } | Entry::Split { .. } => Self::Actions,
            Entry::Overrule { .. } => Self::Verdict,
        }
    }
}

/// Says how large a topic is, and how much of it is shown.
fn size_ui(ui: &mut Ui, topic: &TopicRow, (n_docs, by_nation): &Counts, is_part: bool) {
    let n_nations = by_nation.iter().filter(|n| n.0 > 0).count();
    let nations = text::counted(n_nations, "nation", "nations");
    let all = text::counted(topic.n_docs, "document", "documents");
    let statements = text::counted(topic.n_statements, "statement", "statements");
    if is_part {
        let shown = format!("{} of {all} shown", text::count_of(*n_docs));
        caption(ui, &text::dotted([shown.as_str(), nations.as_str()]));
        caption(ui, &format!("{statements} in the whole topic"));
    } else {
        let words = [all.as_str(), statements.as_str(), nations.as_str()];
        caption(ui, &text::dotted(words));
    }
    if topic.n_docs_by_tags > 0 {
        let of = if is_part {
            format!("all {}", text::count_of(topic.n_docs))
        } else {
            "them".to_owned()
        };
        let n = text::count_of(topic.n_docs_by_tags);
        caption(ui, &format!("{n} of {of} outliers, placed by their tags"));
    }
}

fn actions_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut TopicsState) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(6.0);
        if widgets::action_named(
            ui,
            "Rename",
            "Rename the topic",
            Some("F2"),
            Look::Plain,
            true,
        )
        .clicked()
        {
            state.begin(cx, rename);
        }
        let name = "Merge other topics into it";
        if widgets::action_named(ui, "Merge", name, Some("M"), Look::Plain, true).clicked() {
            state.begin(cx, |_| merge());
        }
        let name = "Split selected documents off";
        if widgets::action_named(ui, "Split", name, Some("/"), Look::Plain, true).clicked() {
            state.begin(cx, |_| split());
        }
    });
}

fn nations_ui(ui: &mut Ui, snapshot: &Snapshot, topic: &TopicRow, (_, by_nation): &Counts) {
    section(ui, "Nations, corrected for corpus size");
    let shares: Vec<Share> = snapshot
        .nations
        .iter()
        .zip(by_nation)
        .map(|(count, (n_docs, share))| Share {
            nation: count.nation,
            words: format!("{} · {} %", text::count_of(*n_docs), text::percent(*share)),
            length: *share as f32,
        })
        .collect();
    shares_ui(ui, &shares);
    if topic.regrouped {
        caption(ui, "p: not tested since the edit");
    }
}

fn verdict_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut TopicsState, topic: &TopicRow) {
    let p = Palette::of(ui);
    section(ui, "Value-related");
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let word = if topic.value_related { "yes" } else { "no" };
        ui.label(
            egui::RichText::new(word)
                .font(theme::strong(theme::BODY))
                .color(p.ink),
        );
        let who = verdict_words(topic, &cx.input.snapshot.project.annotator);
        ui.label(egui::RichText::new(who).color(p.secondary));
    });
    if !topic.screen_reason.is_empty() {
        caption(ui, &topic.screen_reason);
    }
    if matches!(&state.form, Some(f) if Place::of(&f.entry) == Place::Verdict) {
        form_ui(ui, cx, state, topic);
        return;
    }
    let name = "Overrule whether it is value-related";
    if widgets::action_small(ui, "Overrule", name, Some("O")).clicked() {
        state.begin(cx, overrule);
    }
}

/// Draws edits, newest first.
fn history_ui(ui: &mut Ui, cx: &Cx<'_>, head: &str, lines: &[HistoryLine]) {
    if lines.is_empty() {
        return;
    }
    let p = Palette::of(ui);
    section(ui, head);
    for line in lines.iter().take(N_HISTORY) {
        let ink = if line.standing == Standing::InForce {
            p.ink
        } else {
            p.faint
        };
        let mut words = egui::RichText::new(&line.sentence).color(ink);
        if line.standing == Standing::Undone {
            words = words.strikethrough();
        }
        ui.add(egui::Label::new(words).wrap());
        let small = egui::RichText::new(history_words(line, cx.input.now_ms))
            .font(theme::regular(theme::CAPTION))
            .color(p.secondary);
        ui.add(egui::Label::new(small).wrap());
        ui.add_space(4.0);
    }
    match lines.len().checked_sub(N_HISTORY) {
        Some(n_more) if n_more > 0 => {
            caption(ui, &format!("and {n_more} before"));
        }
        _ => {}
    }
}

/// Draws a branch of the tree: its words, its topics, and the way to make them one.
fn branch_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut TopicsState,
    snapshot: &Snapshot,
    branch: usize,
) {
    let tree = &snapshot.topic_tree;
    let topics: Vec<&TopicRow> = tree
        .topics_of(branch)
        .iter()
        .filter_map(|n| snapshot.topic(*n))
        .collect();
    let (Some(join), Some(largest)) = (tree.joins.get(branch), largest(&topics)) else {
        state.tree.branch = None;
        return;
    };
    section(ui, "Branch of the tree");
    title(ui, &join.words);
    let n_docs = topics.iter().map(|t| t.n_docs).sum();
    caption(
        ui,
        &text::dotted([
            text::counted(topics.len(), "topic", "topics").as_str(),
            text::counted(n_docs, "document", "documents").as_str(),
            format!("distance {:.2}", join.height).as_str(),
        ]),
    );
    ui.add_space(8.0);
    let words = format!("Merge these {} topics", topics.len());
    if widgets::action(ui, &words, Some("B"), Look::Plain, true).clicked() {
        state.merge_branch(cx);
        return;
    }
    ui.add_space(4.0);
    caption(
        ui,
        &format!(
            "The largest, {} “{}”, keeps its number and label. Ctrl Z takes the merge back.",
            largest.number, largest.label
        ),
    );
    section(ui, "Topics");
    if let Some(number) = super::picker::list_ui(ui, &topics, "Open topic", |_| false)
        && let Some(topic) = snapshot.topic(number)
    {
        state.tree.branch = None;
        select(cx, topic);
    }
}

fn reading_ui(ui: &mut Ui) {
    section(ui, "Reading");
    caption(
        ui,
        "A cell is the nation's part of the topic if all corpora were equally large; a row sums to 100. \
         Entropy 1 means evenly spread, 0 one nation only; JSD is the divergence between nations in nats.",
    );
    caption(
        ui,
        "p comes from permuting nations: within outlet and month where an outlet writes for several nations, else \
         within months; it is corrected over topics (Benjamini-Hochberg). Where a nation has a language of its own, a \
         difference between nations is also one between languages.",
    );
}

fn word_chips_ui(ui: &mut Ui, head: &str, words: &[String]) {
    if words.is_empty() {
        return;
    }
    let p = Palette::of(ui);
    section(ui, head);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(6.0);
        for word in words.iter().take(12) {
            let galley = widgets::one_line(ui.painter(), word, theme::regular(12.0), p.ink, 200.0);
            let (rect, response) =
                ui.allocate_exact_size(galley.size() + vec2(18.0, 8.0), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, word));
            let stroke = Stroke::new(1.0, p.hairline);
            ui.painter()
                .rect_stroke(rect, CornerRadius::same(12), stroke, StrokeKind::Inside);
            ui.painter().galley(
                Align2::CENTER_CENTER
                    .align_size_within_rect(galley.size(), rect)
                    .min,
                galley,
                p.ink,
            );
        }
    });
}
