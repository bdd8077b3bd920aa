//! Pairs of statements judged in the window by keys, over a real project.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use meridian::annotate::rules::Rules;
use meridian::base::clock::SystemClock;
use meridian::base::seed::Seed;
use meridian::domain::verification::{Judgment, SampleKind, SamplePlan, Standing};
use meridian::jobs::{Engine, Hub, Target, Verifies as _};
use meridian::stages::verification::Verification;
use meridian::ui::View;

use crate::host::{Host, window};
use crate::support::{can_draw, folder, small_project};

#[test]
fn pairs_are_judged_by_keys_down_to_the_store() {
    if !can_draw() {
        return;
    }
    let home = folder();
    let project = small_project(home.path(), 60);
    let open =
        || Engine::open(&project, Arc::new(Rules), Arc::new(SystemClock)).expect("the project");
    let mut engine = open();
    engine
        .run(Target::To("judge_source"), &Hub::new(|_| {}))
        .expect("a run");
    let plan = SamplePlan {
        kind: SampleKind::Random,
        n_per_nation: 3,
        reviewers: vec!["tester".to_owned(), "bo".to_owned()],
        overlap_share: 1.0,
        n_per_reviewer: None,
        anchors: BTreeMap::new(),
        seed: Seed(11),
    };
    let (sample, _) = engine.draw_sample(plan, &[], "tester").expect("a sample");
    let standing = |engine: &Engine| {
        let v = Verification::read(&engine.store, Some(sample)).expect("the sample");
        let judged = v.items.iter().map(|i| v.judgments.standing(i.id));
        (judged.collect::<Vec<_>>(), v.is_finished())
    };
    let [a, c, l, r, u, z] = {
        use egui::Key::{A, C, L, R, U, Z};
        [A, C, L, R, U, Z]
    };
    let keys = |window: &mut Harness<'_, Host>, keys: &[egui::Key]| {
        for key in keys {
            window.key_press(*key);
            window.run_ok();
        }
    };
    let mut first = window(Some(engine), false);
    first.state_mut().bench.open_view(View::Verify);
    first.run_ok();
    keys(&mut first, &[a, c, z, u, u]);
    // The window closes with three of six judged; the next one goes on from there.
    drop(first);
    let engine = open();
    let (before, finished) = standing(&engine);
    let judged = before.iter().filter(|s| s.judgment().is_some()).count();
    assert_eq!((judged, finished), (3, false));
    let mut second = window(Some(engine), false);
    second.state_mut().bench.open_view(View::Verify);
    second.run_ok();
    keys(&mut second, &[c, a, u]);
    assert!(
        second
            .query_by_label("All 6 pairs of tester are judged")
            .is_some()
    );
    keys(&mut second, &[r, a, u, c, c, a, u]);
    let (after, finished) = standing(second.state().engine.as_ref().expect("an engine"));
    assert!(finished, "{:?}", second.state().done);
    let disputed = after.iter().filter(|s| **s == Standing::Disputed).count();
    assert!(disputed > 0, "{after:?}");
    keys(&mut second, &[l, l]);
    keys(&mut second, &vec![u; disputed]);
    let (last, _) = standing(second.state().engine.as_ref().expect("an engine"));
    let adjudicated = |s: &&Standing| **s == Standing::Adjudicated(Judgment::Unrelated);
    assert_eq!(
        last.iter().filter(adjudicated).count(),
        disputed,
        "{last:?}"
    );
    assert!(last.iter().all(|s| s.judgment().is_some()));
}
