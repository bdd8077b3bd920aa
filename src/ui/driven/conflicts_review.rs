//! The review driven by keys and accessible names while snapshots come late and bring others' verdicts.

use super::*;
use crate::base::ids::EdgeId;
use crate::domain::conflict::Verdict;
use crate::snapshot::model::conflicts::{ConflictData, Leaving, ReviewData};
use crate::ui::views::conflicts::{sample, voted};

fn open_on(data: ConflictData) -> Harness<'static, Window> {
    let snapshot = Snapshot {
        conflicts: vec![Arc::new(data)],
        ..whole()
    };
    open(snapshot, View::Conflicts)
}

/// Puts the graph in as the next snapshot has it.
fn renew(window: &mut Harness<'_, Window>, change: impl FnOnce(&mut ConflictData)) {
    let mut snapshot = (*window.state().snapshot).clone();
    let mut data = (*snapshot.conflicts[0]).clone();
    change(&mut data);
    snapshot.conflicts = vec![Arc::new(data)];
    window.state_mut().snapshot = Arc::new(snapshot);
    window.run_ok();
}

fn edge(window: &Harness<'_, Window>) -> Option<i64> {
    window.state().bench.conflicts.edge().map(|e| e.0)
}

fn decided(sent: &[Command]) -> Vec<(i64, Verdict)> {
    let given = sent.iter().filter_map(|c| match c {
        Command::Decide(given) => Some((given.edge.0, given.verdict)),
        _ => None,
    });
    given.collect()
}

#[test]
fn what_stands_before_the_reviewer_stays_when_snapshots_come() {
    let mut window = open_on(sample(5));
    key(&mut window, Key::S);
    assert_eq!(edge(&window), Some(1));
    window.get_by_label("Note").focus();
    window.run_ok();
    window.get_by_label("Note").type_text("half a rea");
    window.run_ok();
    for _ in 0..3 {
        renew(&mut window, |_| {});
        assert_eq!(edge(&window), Some(1));
    }
    assert_eq!(
        window.get_by_label("Note").value().as_deref(),
        Some("half a rea")
    );
}

#[test]
fn a_verdict_counts_before_the_snapshot_shows_it() {
    let mut window = open_on(sample(3));
    assert_eq!(decided(&key(&mut window, Key::K)), [(0, Verdict::Keep)]);
    assert_eq!(edge(&window), Some(1));
    // An older snapshot comes in between; then the one with the verdict.
    renew(&mut window, |_| {});
    assert!(shows(&window, "1 of 3 decided"));
    renew(&mut window, |data| {
        voted(data, 0, &[("tester", Verdict::Keep)]);
    });
    assert!(shows(&window, "1 of 3 decided"));
    assert_eq!(edge(&window), Some(1));
    // It can be taken back, and that names the edge.
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    window.run_ok();
    let undo = Command::UndoDecision {
        edge: EdgeId(0),
        adjudicates: false,
    };
    assert!(window.state().sent.contains(&undo));
    assert!(shows(&window, "0 of 3 decided"));
    assert_eq!(edge(&window), Some(0));
}

#[test]
fn an_unsure_edge_comes_back_and_takes_a_verdict() {
    let mut window = open_on(sample(2));
    assert_eq!(decided(&key(&mut window, Key::U)), [(0, Verdict::NotSure)]);
    assert_eq!(decided(&key(&mut window, Key::R)), [(1, Verdict::Remove)]);
    assert_eq!(edge(&window), Some(0));
    assert_eq!(decided(&key(&mut window, Key::K)), [(0, Verdict::Keep)]);
}

#[test]
fn what_others_say_shows_after_ones_own_verdict() {
    let mut data = sample(2);
    voted(&mut data, 0, &[("Ada", Verdict::Remove)]);
    let mut window = open_on(data);
    // Ada has decided on the first: it does not wait.
    assert_eq!(edge(&window), Some(1));
    key(&mut window, Key::J);
    key(&mut window, Key::ArrowUp);
    assert_eq!(edge(&window), Some(0));
    assert!(shows(&window, "blind") && !shows(&window, "Ada remove"));
    key(&mut window, Key::K);
    key(&mut window, Key::ArrowUp);
    assert!(shows(&window, "Ada remove"));
    // Who comes next is blind again.
    window.state_mut().reviewer = "Ben".to_owned();
    window.run_ok();
    assert!(shows(&window, "blind") && !shows(&window, "Ada remove"));
}

#[test]
fn a_filter_takes_what_it_leaves_out_from_the_reviewer() {
    let mut data = sample(3);
    for (item, confidence) in data.queue.iter_mut().zip([0.9, 0.5, 0.6]) {
        Arc::make_mut(&mut item.b).confidence = confidence;
        Arc::make_mut(&mut item.b).text = format!("reply of {confidence}");
    }
    let mut window = open_on(data);
    key(&mut window, Key::Q);
    window
        .get_by_label("Words of flagged edges")
        .type_text("reply of 0.6");
    window.run_ok();
    assert_eq!(edge(&window), Some(2));
    assert!(shows(&window, "1 of 1 that the filter lets through"));
    window
        .get_by_label("Words of flagged edges")
        .type_text(" zebra");
    window.run_ok();
    assert_eq!(edge(&window), None);
    assert!(shows(&window, "Nothing passes the filter"));
    press(&mut window, "Take the queue's filter away");
    assert_eq!(edge(&window), Some(0));
}

#[test]
fn a_held_key_decides_once() {
    let mut window = open_on(sample(3));
    let press = |pressed| egui::Event::Key {
        key: Key::K,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    };
    // The toolkit calls a second press without a release a repetition.
    for _ in 0..3 {
        window.input_mut().events.push(press(true));
        window.step();
    }
    assert_eq!(decided(&window.state().sent), [(0, Verdict::Keep)]);
    window.input_mut().events.push(press(false));
    window.step();
    window.input_mut().events.push(press(true));
    window.step();
    assert_eq!(decided(&window.state().sent).len(), 2);
}

#[test]
fn time_in_another_view_is_no_time_on_the_edge() {
    let mut window = open_on(sample(3));
    let go = |window: &mut Harness<'_, Window>, view: View, ms: i64| {
        window.state_mut().bench.open_view(view);
        window.run_ok();
        window.state_mut().now_ms += ms;
        window.run_ok();
    };
    go(&mut window, View::Conflicts, 2000);
    go(&mut window, View::Jobs, 60_000);
    go(&mut window, View::Conflicts, 1500);
    // Another list of the view is another place as well.
    key(&mut window, Key::L);
    key(&mut window, Key::L);
    assert!(shows(&window, "Contested"));
    window.state_mut().now_ms += 9000;
    for _ in 0..4 {
        key(&mut window, Key::L);
    }
    let sent = key(&mut window, Key::R);
    let [Command::Decide(given), ..] = &sent[..] else {
        panic!("{sent:?}");
    };
    // The list of disputes, on the way, has nothing to show: the edge was not before the reviewer.
    assert_eq!((given.edge, given.spent_ms), (EdgeId(0), Some(0)));
    window.state_mut().now_ms += 700;
    go(&mut window, View::Jobs, 5000);
    go(&mut window, View::Conflicts, 300);
    let sent = key(&mut window, Key::R);
    assert!(matches!(&sent[..], [Command::Decide(g), ..] if g.spent_ms == Some(1000)));
}

#[test]
fn a_refused_verdict_takes_no_other_with_it() {
    let mut window = open_on(sample(3));
    key(&mut window, Key::K);
    key(&mut window, Key::R);
    assert!(shows(&window, "2 of 3 decided"));
    window.state_mut().bench.forget_verdict(EdgeId(0));
    window.run_ok();
    assert!(shows(&window, "1 of 3 decided"));
    // What Undo takes back is the one that still stands.
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    window.run_ok();
    assert!(window.state().sent.contains(&Command::UndoDecision {
        edge: EdgeId(1),
        adjudicates: false,
    }));
}

#[test]
fn a_rule_stays_with_the_queue_and_the_filter_keeps_verdicts_secret() {
    let mut data = sample(4);
    voted(&mut data, 0, &[("Ada", Verdict::Remove)]);
    voted(&mut data, 1, &[("tester", Verdict::Keep)]);
    let mut window = open_on(data);
    key(&mut window, Key::P);
    assert!(shows(&window, "The rule takes the machine's proposals"));
    // Ada's verdict is hers: no chip counts what was removed, until the reviewer wants to see all.
    assert!(shows(&window, "Only open edges") && !shows(&window, "Only removed edges"));
    key(&mut window, Key::B);
    assert!(shows(&window, "Only removed edges") && shows(&window, "Only kept edges"));
    key(&mut window, Key::L);
    assert!(!shows(&window, "The rule takes the machine's proposals"));
    assert!(window.state().sent.contains(&Command::TryRule(None)));
}

#[test]
fn a_verdict_is_stored_whatever_nation_is_on_show_by_then() {
    let mut french = sample(1);
    french.nation = Nation::FIVE[3];
    french.queue[0].edge = EdgeId(70);
    voted(&mut french, 0, &[("tester", Verdict::Keep)]);
    let (french, mut american) = (Arc::new(french), sample(1));
    let mut snapshot = Snapshot {
        conflicts: vec![Arc::new(american.clone()), Arc::clone(&french)],
        next_step: NextStep::Run {
            stage: "reduce".to_owned(),
        },
        ..whole()
    };
    let mut window = open(snapshot.clone(), View::Conflicts);
    assert_eq!(decided(&key(&mut window, Key::R)), [(0, Verdict::Remove)]);
    key(&mut window, Key::N);
    // The next snapshot brings the verdict; the nation on show stays the very same.
    voted(&mut american, 0, &[("tester", Verdict::Remove)]);
    snapshot.conflicts = vec![Arc::new(american), french];
    snapshot.review = Arc::new(ReviewData {
        round: 1,
        n_flags: 2,
        ..ReviewData::default()
    });
    window.state_mut().snapshot = Arc::new(snapshot);
    window.run_ok();
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::Enter);
    window.run_ok();
    assert!(window.state().sent.contains(&Command::CloseRound));
}

#[test]
fn a_blind_reviewer_sees_no_trace_of_what_others_removed() {
    let mut data = sample(3);
    let leaving = Leaving {
        nodes: Vec::new(),
        links: vec![0],
    };
    data.leaving = Arc::new(leaving);
    voted(&mut data, 0, &[("Ada", Verdict::Remove)]);
    let mut window = open_on(data);
    assert!(shows(&window, "14 of 15 links"));
    key(&mut window, Key::B);
    assert!(shows(&window, "13 of 15 links"));
    // Once the reviewer has spoken too, it is no secret.
    key(&mut window, Key::B);
    renew(&mut window, |data| {
        let both = [("Ada", Verdict::Remove), ("tester", Verdict::Remove)];
        voted(data, 0, &both);
    });
    assert!(shows(&window, "13 of 15 links"));
}
