//! The filter's list, the chip of the time, and the legend of what statements are, driven by accessible name.

use egui::Modifiers;

use super::*;
use crate::domain::statement::StatementSet;
use crate::ui::views::map::sample;

const N: usize = 1400;

fn window() -> Harness<'static, Window> {
    open(sample::snapshot(N), View::Map)
}

fn shown(harness: &Harness<'_, Window>) -> usize {
    harness.state().focus.as_ref().map_or(N, |f| f.shown.n)
}

fn filter_of<'a>(harness: &'a Harness<'_, Window>) -> &'a crate::domain::filter::Filter {
    &harness.state().bench.shared.desk.filter
}

/// Documents of the sample with any of some bits of their memberships.
fn n_flagged(harness: &Harness<'_, Window>, bits: u8) -> usize {
    let map = harness.state().snapshot.map.as_ref().unwrap();
    let flags = map.members.flags.values();
    flags.iter().filter(|f| **f & bits != 0).count()
}

fn open_list(harness: &mut Harness<'_, Window>) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run_ok();
}

#[test]
fn every_condition_has_a_door_in_the_list() {
    let mut window = window();
    assert!(!shows(&window, "Words in title or text"));
    open_list(&mut window);
    press(&mut window, "Filter by outlet Le Quai");
    assert_eq!(shown(&window), N / 2);
    // Both outlets are no condition.
    press(&mut window, "Filter by outlet The Alder Post");
    assert!(filter_of(&window).is_empty());
    press(&mut window, "Filter by outlet The Alder Post");
    press(&mut window, "All outlets");
    assert_eq!(shown(&window), N);
    press(&mut window, "Filter by the set quoted");
    let quoted = crate::domain::columns::Memberships::QUOTED;
    assert_eq!(shown(&window), n_flagged(&window, quoted));
    press(&mut window, "Filter by the set official");
    // The inspector says it too, with a way out.
    press(&mut window, "Let go of quoted or official");
    assert!(filter_of(&window).is_empty());
    press(&mut window, "Values of desk");
    press(&mut window, "Filter by desk home");
    assert_eq!(shown(&window), N / 2);
    press(&mut window, "Let all through");
    assert_eq!(shown(&window), N);
    key(&mut window, Key::Escape);
    assert!(!shows(&window, "Words in title or text"));
}

#[test]
fn the_handles_of_strength_move_by_keys() {
    let mut window = window();
    press(&mut window, "Filter documents");
    window.get_by_label("Greatest membership strength").focus();
    window.run_ok();
    for _ in 0..3 {
        key(&mut window, Key::ArrowLeft);
    }
    assert_eq!(filter_of(&window).strength, Some((0.0, 0.97)));
    let map = window.state().snapshot.map.clone().unwrap();
    let strengths = map.members.strengths.values();
    let n = strengths.iter().filter(|s| **s <= 247).count();
    assert!(n < N);
    assert_eq!(shown(&window), n);
    assert!(shows(&window, "Let go of membership 0.00 to 0.97"));
    for _ in 0..3 {
        key(&mut window, Key::ArrowRight);
    }
    assert_eq!(filter_of(&window).strength, None);
}

#[test]
fn words_filter_as_they_are_typed_and_are_one_step() {
    let mut window = window();
    open_list(&mut window);
    let field = window.get_by_label("Words in title or text");
    assert!(field.is_focused());
    for letter in ["q", "u", "ai"] {
        window
            .get_by_label("Words in title or text")
            .type_text(letter);
        window.run_ok();
    }
    assert_eq!(filter_of(&window).words, "quai");
    assert_eq!(window.state().done.len(), 0);
    key(&mut window, Key::Escape);
    assert!(!shows(&window, "Words in title or text"));
    assert_eq!(window.state().done.len(), 1);
    press(&mut window, "Let go of “quai”");
    assert!(filter_of(&window).is_empty());
}

#[test]
fn the_chip_of_the_time_opens_the_brush() {
    let mut window = open(sample::snapshot(N), View::Topics);
    press(&mut window, "Filter by time");
    assert_eq!(window.state().bench.view(), View::Map);
    assert!(shows(&window, "Time brush"));
}

#[test]
fn the_legend_of_sets_filters_and_that_of_a_model_is_read() {
    let mut window = window();
    press(&mut window, "Choose what colors");
    press(&mut window, "Color by set");
    press(&mut window, "Legend Official");
    assert_eq!(
        filter_of(&window).sets,
        [StatementSet::Official].into_iter().collect()
    );
    press(&mut window, "Legend Official");
    assert!(filter_of(&window).is_empty());
    press(&mut window, "Legend Quoted and official");
    assert!(filter_of(&window).is_empty());
    press(&mut window, "Choose what colors");
    press(&mut window, "Color by Harbor, multiple choice");
    for row in ["Legend Agrees", "Legend Mixed", "Legend Does not agree"] {
        press(&mut window, row);
    }
    assert!(filter_of(&window).is_empty());
    assert!(shows(&window, "Legend No item"));
}
