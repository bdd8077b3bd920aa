//! The topics view driven by accessible name and keys: edits are sent, the table follows them.

use super::*;
use crate::domain::filter::{Filter, SelectMode, Selected};
use crate::domain::topic_edit::{HistoryLine, Standing, TopicEdit};
use crate::snapshot::model::TopicRow;
use crate::ui::views::map::sample;

const N: usize = 1400;

fn window() -> Harness<'static, Window> {
    open(sample::snapshot(N), View::Topics)
}

fn has(harness: &Harness<'_, Window>, name: &str) -> bool {
    harness.query_all_by_label(name).next().is_some()
}

fn choose(harness: &mut Harness<'_, Window>, name: &str) {
    harness
        .get_all_by_label(name)
        .next()
        .unwrap()
        .click_accesskit();
    harness.run_ok();
}

fn write(harness: &mut Harness<'_, Window>, name: &str, words: &str) {
    harness.get_by_label(name).type_text(words);
    harness.run_ok();
}

/// The edits among what was sent.
fn edits(sent: Vec<Command>) -> Vec<TopicEdit> {
    sent.into_iter()
        .filter_map(|c| match c {
            Command::EditTopic(edit) => Some(edit),
            _ => None,
        })
        .collect()
}

/// Puts other rows into the snapshot, as the next one would bring them.
fn change(harness: &mut Harness<'_, Window>, change: impl FnOnce(&mut Vec<TopicRow>)) {
    let window = harness.state_mut();
    let mut snapshot = (*window.snapshot).clone();
    let mut topics = (*snapshot.topics).clone();
    change(&mut topics);
    snapshot.topics = Arc::new(topics);
    window.snapshot = Arc::new(snapshot);
    harness.run_ok();
}

#[test]
fn f2_renames_and_escape_gives_up() {
    let mut window = window();
    choose(&mut window, "Topic Border control");
    assert!(shows(&window, "Topic 1"));
    key(&mut window, Key::F2);
    assert!(has(&window, "Label of the topic"));
    // Escape lets go of the field and of the form, and of nothing else.
    assert_eq!(key(&mut window, Key::Escape), vec![]);
    assert!(!has(&window, "Label of the topic"));
    key(&mut window, Key::F2);
    write(&mut window, "Label of the topic", " and asylum");
    let sent = key(&mut window, Key::Enter);
    let label = "Border control and asylum".to_owned();
    assert_eq!(edits(sent), [TopicEdit::Rename { topic: 1, label }]);
    assert!(!has(&window, "Label of the topic"));
}

#[test]
fn a_label_too_long_says_so_and_is_not_sent() {
    let mut window = window();
    choose(&mut window, "Topic 乡村振兴");
    press(&mut window, "Rename the topic");
    write(&mut window, "Label of the topic", &"长".repeat(100));
    assert!(shows(
        &window,
        "A label has at most 80 characters, this one has 104"
    ));
    assert!(edits(key(&mut window, Key::Enter)).is_empty());
    assert!(has(&window, "Label of the topic"));
}

#[test]
fn two_topics_are_merged_and_the_table_shrinks() {
    let mut window = window();
    choose(&mut window, "Topic Energy transition");
    key(&mut window, Key::M);
    let n_docs = |window: &Harness<'_, Window>, i: usize| window.state().snapshot.topics[i].n_docs;
    let together = n_docs(&window, 0) + n_docs(&window, 5);
    // The first Enter takes what the words mean, the second confirms.
    write(&mut window, "Topics to merge", "hous");
    assert!(edits(key(&mut window, Key::Enter)).is_empty());
    assert!(shows(
        &window,
        &format!("With 5 “Housing”: {together} documents together")
    ));
    let sent = key(&mut window, Key::Enter);
    let from = vec![5];
    assert_eq!(edits(sent), [TopicEdit::Merge { into: 0, from }]);
    assert!(has(&window, "Topic Housing"));
    change(&mut window, |topics| {
        let gone = topics.pop().unwrap();
        topics[0].n_docs += gone.n_docs;
    });
    assert!(!has(&window, "Topic Housing"));
    assert!(shows(&window, "5 topics"));
}

#[test]
fn merging_by_click_takes_several_and_lets_go_again() {
    let mut window = window();
    choose(&mut window, "Topic Energy transition");
    press(&mut window, "Merge other topics into it");
    press(&mut window, "Merge 3 乡村振兴");
    press(&mut window, "Merge 1 Border control");
    press(&mut window, "Merge 4 Data protection");
    press(&mut window, "Merge 1 Border control");
    let sent = press(&mut window, "Merge the chosen topics");
    let from = vec![3, 4];
    assert_eq!(edits(sent), [TopicEdit::Merge { into: 0, from }]);
}

#[test]
fn a_split_takes_what_is_selected_of_the_topic() {
    let mut window = window();
    choose(&mut window, "Topic Pension reform");
    key(&mut window, Key::Slash);
    assert!(shows(&window, "Nothing is selected"));
    let nation = window.state().snapshot.nations[0].nation;
    let of_nation = Filter {
        nations: [nation].into(),
        ..Filter::default()
    };
    let selection = &mut window.state_mut().bench.shared.desk.selection;
    selection.layout = "places-1".to_owned();
    selection.push(SelectMode::Replace, Selected::Passing(Box::new(of_nation)));
    window.run_ok();
    let n = window.state().focus.as_ref().unwrap().shown.n_of_topic(2);
    assert!(shows(&window, &format!("{n} of its")));
    write(&mut window, "Label of the new topic", "Rente");
    let sent = edits(key(&mut window, Key::Enter));
    let [TopicEdit::Split { topic, docs, label }] = sent.as_slice() else {
        panic!("{sent:?}");
    };
    assert_eq!((*topic, docs.len(), label.as_str()), (2, n, "Rente"));
}

#[test]
fn a_person_overrules_with_a_reason() {
    let mut window = window();
    choose(&mut window, "Topic Border control");
    key(&mut window, Key::O);
    write(&mut window, "Reason of the verdict", "asks who belongs");
    let sent = key(&mut window, Key::Enter);
    assert_eq!(
        edits(sent),
        [TopicEdit::Overrule {
            topic: 1,
            value_related: true,
            reason: "asks who belongs".to_owned(),
        }]
    );
    change(&mut window, |topics| {
        let row = &mut topics[1];
        row.value_related = true;
        row.screened_by = Some("ada".to_owned());
        row.overruled = Some(false);
        row.regrouped = true;
        row.p_value = None;
        row.history = vec![HistoryLine {
            at_ms: 1_700_000_000_000,
            who: "ada".to_owned(),
            sentence: "verdict on 1 as value-related".to_owned(),
            standing: Standing::Undone,
        }];
    });
    assert!(shows(&window, "said by ada"));
    assert!(shows(&window, "p: not tested since the edit"));
    assert!(shows(&window, "verdict on 1 as value-related"));
    assert!(shows(&window, "ada · now · undone"));
}

#[test]
fn the_tree_opens_and_a_branch_is_merged() {
    let mut window = window();
    press(&mut window, "Show topics as a tree");
    assert!(shows(&window, "Ward's tree"));
    press(&mut window, "Branch of 4 topics: coal · asylum");
    let sent = press(&mut window, "Merge these 4 topics");
    let topics = &window.state().snapshot.topics;
    let largest = topics
        .iter()
        .take(4)
        .rev()
        .max_by_key(|t| t.n_docs)
        .unwrap();
    let into = largest.number;
    let from = [0, 3, 1, 2].into_iter().filter(|n| *n != into).collect();
    assert_eq!(edits(sent), [TopicEdit::Merge { into, from }]);
    // Arrow keys follow the order on screen.
    choose(&mut window, "Topic Energy transition");
    key(&mut window, Key::ArrowDown);
    assert!(shows(&window, "Topic 3"));
    key(&mut window, Key::X);
    key(&mut window, Key::E);
    assert!(shows(&window, "Ward's tree"));
}

#[test]
fn topics_over_time_open_and_follow_the_filter() {
    let mut window = window();
    press(&mut window, "Show topics over time");
    assert!(shows(&window, "Legend: documents per month"));
    assert!(has(&window, "All dated documents 1,400"));
    press(&mut window, "Filter China");
    assert!(has(&window, "All dated documents 280"));
    press(&mut window, "Share of a month's documents");
    assert!(shows(&window, "Legend: share of the documents of a month"));
    key(&mut window, Key::S);
    assert!(shows(&window, "Legend: documents per month"));
}

#[test]
fn the_table_sorts_by_what_is_shown() {
    let mut window = window();
    let top = |window: &Harness<'_, Window>, topic: usize| {
        let label = &window.state().snapshot.topics[topic].label;
        window.get_by_label(&format!("Topic {label}")).rect().top()
    };
    for only in [5, 2] {
        window.state_mut().bench.shared.desk.filter.topics = [only as u16].into();
        window.run_ok();
        let others = (0..sample::N_TOPICS).filter(|t| *t != only);
        assert!(
            others
                .into_iter()
                .all(|t| top(&window, only) < top(&window, t))
        );
    }
    assert!(shows(&window, "are the whole corpus'"));
}

#[test]
fn a_document_is_moved_to_another_topic() {
    let mut window = window();
    let map = window.state().snapshot.map.clone().unwrap();
    let row = (0..N).find(|r| map.topic(*r) == Some(1)).unwrap();
    let line = map.doc_line(row).unwrap();
    let doc = line.id;
    window.state_mut().doc = Some(Arc::new(DocDetail {
        line,
        language: crate::base::language::Language::En,
        body: "Text.".to_owned(),
        url: None,
        topic: Some(1),
        is_outlier: false,
        statements: Vec::new(),
        lineage: Vec::new(),
        duplicates: Vec::new(),
    }));
    window.state_mut().bench.shared.selected_doc = Some(doc);
    window.run_ok();
    press(&mut window, "Move the document to another topic");
    key(&mut window, Key::Escape);
    assert!(!has(&window, "Topic to move the document to"));
    press(&mut window, "Move the document to another topic");
    write(&mut window, "Topic to move the document to", "pension");
    let docs = vec![doc];
    let to = Some(2);
    assert_eq!(
        edits(key(&mut window, Key::Enter)),
        [TopicEdit::MoveDocs { docs, to }]
    );
    press(&mut window, "Move the document to another topic");
    let sent = press(&mut window, "Move to no topic");
    let (docs, to) = (vec![doc], None);
    assert_eq!(edits(sent), [TopicEdit::MoveDocs { docs, to }]);
}
