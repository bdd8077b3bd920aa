//! How fast the conflict graph is laid out, drawn and pointed at.
//!
//! `cargo bench --bench graph -- [NODES LINKS]` (50,000 and 500,000 unless told) makes a graph of
//! communities with hubs, lays it out, draws the zoom path (see [`camera_path`]) into a picture of
//! 1280 × 800 without a window, as a view that moves and as one that rests, and picks links at random places.
//! It prints milliseconds and judges nothing.
#![expect(clippy::print_stdout, reason = "its output is a table")]

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use meridian::algo::graph_layout::layout;
use meridian::base::cloud::{Cloud, order};
use meridian::base::observe::Silent;
use meridian::base::seed::Seed;
use meridian::base::segments::{Segment, Segments};
use meridian::gpu::graph::{
    Drawn, GraphLook, N_HUES, N_LINK_CLASSES, NodeInstance, Stroke, draw, node_bits, shuffled,
};
use meridian::gpu::headless::Headless;
use meridian::gpu::picture::{PicturePipeline, PictureUniforms};
use meridian::gpu::raster::Window;
use meridian::gpu::{camera_path, ndc_from_map};

/// Frames of the path.
const N_FRAMES: usize = 120;

/// Places picked at.
const N_PICKS: usize = 2000;

/// One link in so many is a conflict.
const CONFLICT_EVERY: usize = 50;

const SIZE_PX: [u32; 2] = [1280, 800];

/// Communities of 60 with links to the next ones, to anywhere and to 40 hubs.
fn links(n_nodes: usize, n_links: usize) -> Vec<(u32, u32, f32)> {
    let mut random = Seed(1).stream("bench graph");
    let n_groups = (n_nodes / 60).max(1);
    let mut pairs = BTreeSet::new();
    for _ in 0..20 * n_links {
        if pairs.len() == n_links {
            break;
        }
        let a = random.below(n_nodes);
        let b = match random.below(10) {
            0 => random.below(n_nodes),
            1..=2 => (a / 60 + 1 + random.below(4)) % n_groups * 60 + random.below(60),
            3 => random.below(40) * (n_nodes / 40).max(1),
            _ => a / 60 * 60 + random.below(60),
        }
        .min(n_nodes.saturating_sub(1));
        if a != b {
            pairs.insert((a.min(b) as u32, a.max(b) as u32));
        }
    }
    pairs.into_iter().map(|(a, b)| (a, b, 1.0)).collect()
}

fn look() -> GraphLook {
    let mut strokes = [Stroke::default(); N_LINK_CLASSES];
    for (i, stroke) in strokes.iter_mut().take(4).enumerate() {
        *stroke = Stroke {
            color: [0.35, 0.33, 0.3, 0.05],
            width_px: 1,
            dash_px: [[0.0, 0.0], [12.0, 2.0], [2.0, 3.0], [5.0, 2.0]]
                .get(i)
                .copied()
                .unwrap_or_default(),
            is_over: false,
        };
    }
    if let Some(stroke) = strokes.get_mut(4) {
        *stroke = Stroke {
            color: [0.45, 0.02, 0.02, 0.4],
            width_px: 2,
            dash_px: [6.0, 4.0],
            is_over: true,
        };
    }
    let mut hues = [[0.0; 4]; N_HUES];
    if let Some(hue) = hues.get_mut(2) {
        *hue = [0.0, 0.17, 0.45, 0.95];
    }
    GraphLook {
        strokes,
        hues,
        ring: [0.0, 0.0, 0.0, 1.0],
        radius_px: 1.5,
        context_radius_px: 1.1,
        ring_px: 1.6,
    }
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(at.saturating_sub(1)).copied().unwrap_or(0.0)
}

fn row(what: &str, values: &[f64]) {
    println!(
        "{what:<44} {:>8.2} {:>8.2} {:>8.2}",
        quantile(values, 0.5),
        quantile(values, 0.95),
        quantile(values, 1.0)
    );
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let numbers: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|a| a.parse().ok())
        .collect();
    let n_nodes = numbers.first().copied().unwrap_or(50_000);
    let n_links = numbers.get(1).copied().unwrap_or(500_000);
    let links = links(n_nodes, n_links);
    println!("{n_nodes} nodes, {} links", links.len());
    let began = Instant::now();
    let places = layout(n_nodes, &links, Seed(4), 300, &Silent)?;
    println!("layout {:.2} s", began.elapsed().as_secs_f64());
    let at = |i: u32| places.get(i as usize).copied().unwrap_or_default();
    let segments: Vec<Segment> = links.iter().map(|l| [at(l.0), at(l.1)]).collect();
    let began = Instant::now();
    let index = Segments::new(&segments);
    println!("index over the links {:.1} ms\n", millis(began));
    println!(
        "{:<44} {:>8} {:>8} {:>8}",
        "milliseconds", "median", "p95", "worst"
    );
    let mut random = Seed(2).stream("picks");
    let picks: Vec<f64> = (0..N_PICKS)
        .map(|_| {
            let p = [0, 1].map(|_| (2.0 * random.next_f64() - 1.0) as f32);
            let began = Instant::now();
            std::hint::black_box(index.nearest(p, 0.012, |i| i % 7 != 0));
            millis(began)
        })
        .collect();
    row("pick of a link, 5 points around, all in sight", &picks);

    let n_over = segments.len() / CONFLICT_EVERY;
    let in_order: Vec<Segment> = shuffled(segments.len())
        .into_iter()
        .filter_map(|i| segments.get(i as usize).copied())
        .collect();
    let classes: Vec<u8> = (0..segments.len())
        .map(|i| if i < n_over { 4 } else { (i % 4) as u8 })
        .collect();
    let nodes: Vec<NodeInstance> = places
        .iter()
        .map(|p| NodeInstance {
            center_in_map: *p,
            bits: node_bits(2, 0, false),
        })
        .collect();
    let drawn = Drawn {
        links: &in_order,
        n_over,
        classes: &classes,
        nodes: &nodes,
    };
    let in_tree: Vec<[f32; 2]> = order(&places)
        .into_iter()
        .filter_map(|i| places.get(i as usize).copied())
        .collect();
    let path = camera_path::zoom(&Cloud::new(in_tree.into()), SIZE_PX, N_FRAMES);
    let headless = Headless::new()?;
    let target = headless.target(SIZE_PX)?;
    let pictures = PicturePipeline::new(&headless.device, Headless::FORMAT);
    let mut texture = pictures.texture(&headless.device, SIZE_PX);
    let never = AtomicBool::new(false);
    let look = look();
    let mut frame =
        |window: &Window, moving: bool| -> Result<(f64, f64), Box<dyn std::error::Error>> {
            let began = Instant::now();
            let made = draw(&drawn, window, &look, moving, &never).ok_or("stopped")?;
            let counted = millis(began);
            if texture.size_px() != made.picture.size_px {
                texture = pictures.texture(&headless.device, made.picture.size_px);
            }
            texture.write(&headless.queue, &made.picture);
            let (lo_in_map, hi_in_map) = window.bounds();
            let uniforms = PictureUniforms {
                ndc_from_map: ndc_from_map(
                    window.center_in_map,
                    window.px_per_unit,
                    SIZE_PX.map(|n| n as f32),
                ),
                lo_in_map,
                hi_in_map,
                decode_gamma: 0,
                pad: [0; 3],
            };
            texture.write_frame(&headless.queue, &uniforms);
            headless.frame(&target, [0.97, 0.96, 0.94, 1.0], |pass| {
                pictures.draw(pass, &texture, false);
            })?;
            Ok((counted, millis(began)))
        };
    for (what, moving) in [("moving", true), ("at rest, every link", false)] {
        let (mut counted, mut whole) = (Vec::new(), Vec::new());
        for window in &path {
            let (c, w) = frame(window, moving)?;
            counted.push(c);
            whole.push(w);
        }
        row(&format!("frame of the zoom path, {what}"), &whole);
        row("  of this counting", &counted);
    }
    println!("\non {}", headless.adapter);
    Ok(())
}
