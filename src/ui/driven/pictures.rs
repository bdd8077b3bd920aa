//! The views as small pictures, light and dark, held against those in `tests/snapshots`.
//!
//! After a change that was meant, `UPDATE_SNAPSHOTS=1 bash tests/run pictures` makes the kept ones anew; they
//! are looked at before they are committed. Drawn with the toolkit's own fonts by the software adapter, so
//! that they are the same on every machine that has one.

use egui_kittest::{SnapshotOptions, SnapshotResults, try_image_snapshot_options};

use super::*;
use crate::gpu::headless::Headless;
use crate::ui::views::{map, verify};

/// Width and height of the pictures: the smallest window.
const SIZE: (f32, f32) = (900.0, 600.0);

/// Pixels that may differ beyond the toolkit's tolerance: rounding of a driver, not a moved line.
const MAX_DIFFERENT: usize = 60;

fn pictured(name: &str, snapshot: &Snapshot, view: View, keys: &[Key]) -> SnapshotResults {
    let mut results = SnapshotResults::new();
    let options = SnapshotOptions::new().max_failed_pixels(MAX_DIFFERENT);
    for dark in [false, true] {
        let choice = if dark {
            ThemeChoice::Dark
        } else {
            ThemeChoice::Light
        };
        let mut window = Window::new(snapshot.clone(), view, choice);
        // Counted, as where the adapter is the processor itself.
        window.bench.set_in_software(name.ends_with("counted"));
        let mut window = harness(window, SIZE, dark, true);
        window.set_render_cursor(false);
        window.run_ok();
        for &key in keys {
            window.key_press(key);
            window.run_ok();
        }
        let image = window.render().unwrap();
        let shade = if dark { "dark" } else { "light" };
        let name = format!("{name}_{shade}");
        results.add(try_image_snapshot_options(&image, name, &options));
    }
    results
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "a check that did not run says so loudly"
)]
fn every_view_looks_as_it_did() {
    if Headless::new().is_err() {
        eprintln!(
            "NO GRAPHICS ADAPTER: the pictures of the views were not compared; `bash tests/run` installs mesa-vulkan-drivers"
        );
        return;
    }
    let of_map = map::sample::snapshot(1400);
    let review = Snapshot {
        conflicts: vec![Arc::new(conflicts::sample(3))],
        verification: Arc::new(verify::invented::with(&[])),
        ..whole()
    };
    let crowd = Snapshot {
        conflicts: vec![Arc::new(conflicts::crowd())],
        ..whole()
    };
    let whole_graph = [Key::F];
    let mut all = SnapshotResults::new();
    let per_nation = [Key::S];
    // The whole graph, its links by kind, two hops around the flagged edge.
    let graph_keys = [Key::F, Key::T, Key::X, Key::X];
    let agreement = [Key::L];
    for (name, snapshot, view, keys) in [
        ("start", &review, View::Start, &[][..]),
        ("map", &of_map, View::Map, &[]),
        ("map_per_nation", &of_map, View::Map, &per_nation),
        ("topics", &of_map, View::Topics, &[]),
        ("conflicts", &review, View::Conflicts, &[]),
        ("conflicts_counted", &crowd, View::Conflicts, &whole_graph),
        ("conflicts_graph", &review, View::Conflicts, &graph_keys),
        ("verify", &review, View::Verify, &[]),
        ("verify_agreement", &review, View::Verify, &agreement),
        ("results", &review, View::Results, &[]),
        ("align", &review, View::Align, &[]),
        ("jobs", &review, View::Jobs, &[]),
    ] {
        all.extend(pictured(name, snapshot, view, keys));
    }
    all.unwrap();
}
