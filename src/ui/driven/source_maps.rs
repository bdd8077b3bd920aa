//! Per-source maps driven by accessible name and keys over invented matches.

use super::*;
use crate::domain::source_map::MatchVerdict;
use crate::ui::views::map::{sample, source_maps};

fn with_maps() -> Snapshot {
    Snapshot {
        source_maps: Some(Arc::new(source_maps::sample::data())),
        ..sample::snapshot(1400)
    }
}

fn window() -> Harness<'static, Window> {
    let mut window = open(with_maps(), View::Map);
    key(&mut window, Key::M);
    window
}

fn ruled(number: usize, verdict: MatchVerdict) -> Vec<Command> {
    vec![Command::RuleMatch {
        run: RunId(17),
        number,
        verdict,
    }]
}

/// Puts a verdict into the snapshot, as the host does.
fn rule(window: &mut Harness<'_, Window>, number: usize, verdict: MatchVerdict) {
    let mut snapshot = (*window.state().snapshot).clone();
    let mut data = snapshot.source_maps.as_deref().unwrap().clone();
    source_maps::sample::rule(&mut data, number, verdict);
    snapshot.source_maps = Some(Arc::new(data));
    window.state_mut().snapshot = Arc::new(snapshot);
    window.run_ok();
}

#[test]
fn maps_are_offered_where_there_are_none_and_shown_where_there_are() {
    let mut window = open(sample::snapshot(1400), View::Map);
    key(&mut window, Key::M);
    assert!(window.query_by_label("Two maps side by side").is_none());
    let sent = press(&mut window, "Make per-source maps");
    assert_eq!(sent, vec![Command::MakeSourceMaps]);
    let mut window = open(with_maps(), View::Map);
    assert!(window.query_by_label("Make per-source maps").is_none());
    press(&mut window, "Show per-source maps");
    assert!(shows(&window, "China and United States"));
    assert!(shows(&window, "560 of 840 drawn, on two of 3 maps"));
    press(&mut window, "Show the joint map");
    assert!(window.query_by_label("Map of documents").is_some());
}

#[test]
fn a_match_opens_and_is_ruled_on_by_keys() {
    let mut window = window();
    assert!(shows(&window, "3 matches"));
    press(&mut window, "Match 煤电退出 with Coal exit");
    assert!(shows(&window, "煤电退出 — Coal exit"));
    assert!(shows(&window, "In common: coal, power plant"));
    let sent = key(&mut window, Key::Y);
    assert_eq!(sent, ruled(0, MatchVerdict::Accepted));
    rule(&mut window, 0, MatchVerdict::Accepted);
    // The next one that nobody ruled on is looked at.
    assert!(shows(&window, "住房租金 — Housing rents"));
    let sent = press(&mut window, "Refuse the match");
    assert_eq!(sent, ruled(1, MatchVerdict::Refused));
    rule(&mut window, 1, MatchVerdict::Refused);
    assert!(shows(&window, "数据保护 — Data protection"));
    key(&mut window, Key::Escape);
    assert!(shows(&window, "1 accepted"));
    assert!(shows(&window, "1 refused"));
    // A refused one stays in the list, and its topics are again of one map only.
    assert!(shows(&window, "Only in China"));
    press(&mut window, "Match 住房租金 with Housing rents");
    assert!(shows(&window, "refused by ada"));
    // The verdict in force cannot be given twice.
    assert!(key(&mut window, Key::N).is_empty());
    assert_eq!(key(&mut window, Key::Y), ruled(1, MatchVerdict::Accepted));
}

#[test]
fn arrows_go_through_the_matches() {
    let mut window = window();
    key(&mut window, Key::ArrowDown);
    assert!(shows(&window, "煤电退出 — Coal exit"));
    key(&mut window, Key::ArrowDown);
    assert!(shows(&window, "住房租金 — Housing rents"));
    key(&mut window, Key::ArrowUp);
    key(&mut window, Key::ArrowUp);
    assert!(shows(&window, "数据保护 — Data protection"));
}

#[test]
fn other_maps_are_chosen_and_change_places() {
    let mut window = window();
    press(&mut window, "Choose the right map");
    press(&mut window, "Show Germany on the right");
    assert!(shows(&window, "China and Germany"));
    assert!(shows(&window, "1 match "));
    press(&mut window, "Choose the right map");
    press(&mut window, "Show China on the right");
    assert!(shows(&window, "Germany and China"));
    press(&mut window, "Match Kohleausstieg with 煤电退出");
    assert_eq!(key(&mut window, Key::Y), ruled(3, MatchVerdict::Accepted));
}
