//! The picture against a slow one that asks every link about every pixel.
#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

use super::*;
use crate::base::seed::Seed;
use crate::base::srgb;
use crate::gpu::headless::Headless;
use crate::gpu::links::{LinkInstance, LinksPipeline, LinksUniforms};
use crate::gpu::marks::{MarksPipeline, MarksUniforms};
use crate::gpu::ndc_from_map;

static NEVER: AtomicBool = AtomicBool::new(false);

fn look() -> GraphLook {
    let mut strokes = [Stroke::default(); N_LINK_CLASSES];
    let stroke = |color: [f32; 4], width_px, dash_px, is_over| Stroke {
        color,
        width_px,
        dash_px,
        is_over,
    };
    strokes[0] = stroke([0.3, 0.3, 0.3, 0.25], 1, [0.0, 0.0], false);
    strokes[3] = stroke([0.0, 0.2, 0.7, 0.5], 1, [6.0, 3.0], false);
    strokes[4] = stroke([0.1, 0.5, 0.1, 0.3], 3, [0.0, 0.0], false);
    strokes[31] = stroke([0.7, 0.0, 0.0, 0.8], 2, [5.0, 4.0], true);
    let mut hues = [[0.0; 4]; N_HUES];
    hues[0] = [0.4, 0.4, 0.4, 0.6];
    hues[1] = [0.8, 0.2, 0.0, 1.0];
    GraphLook {
        strokes,
        hues,
        ring: [0.0, 0.0, 0.0, 1.0],
        radius_px: 3.5,
        context_radius_px: 2.0,
        ring_px: 2.0,
    }
}

/// Links of all lengths and directions, many beyond the window.
fn sample(n: usize) -> (Vec<Segment>, Vec<u8>) {
    let mut random = Seed(12).stream("graph picture");
    let mut near = |scale: f64| [0, 1].map(|_| (scale * random.next_normal()) as f32);
    let links = (0..n)
        .map(|i| {
            let a = near(1.0);
            let d = near([0.01, 0.2, 1.0, 5.0][i % 4]);
            match i % 17 {
                0 => [a, [a[0] + d[0], a[1]]],
                1 => [a, [a[0], a[1] + d[1]]],
                2 => [a, [a[0] + d[0], a[1] + d[0]]],
                _ => [a, [a[0] + d[0], a[1] + d[1]]],
            }
        })
        .collect();
    let classes = (0..n).map(|i| [0, 3, 4, 31, HIDDEN, 7][i % 6]).collect();
    (links, classes)
}

/// Returns how much of a pixel a link covers, `0.0..=1.0`.
fn slow_share(link: &Segment, stroke: &Stroke, window: &Window, pixel: [usize; 2]) -> f64 {
    let px = |p: [f32; 2]| {
        let [cx, cy] = window.center_in_map.map(f64::from);
        let scale = f64::from(window.px_per_unit);
        [
            (f64::from(p[0]) - cx) * scale + 0.5 * f64::from(window.size_px[0]),
            (cy - f64::from(p[1])) * scale + 0.5 * f64::from(window.size_px[1]),
        ]
    };
    let (a, b) = (px(link[0]), px(link[1]));
    let d = [b[0] - a[0], b[1] - a[1]];
    let (u, v) = if d[1].abs() > d[0].abs() {
        (1, 0)
    } else {
        (0, 1)
    };
    let at = pixel[u] as f64 + 0.5;
    if !(a[u].min(b[u])..a[u].max(b[u])).contains(&at) {
        return 0.0;
    }
    let share = (at - a[u]) / d[u];
    let [dash, gap] = stroke.dash_px.map(f64::from);
    let along = share * d[0].hypot(d[1]);
    if gap > 0.0 && along.rem_euclid(dash + gap) >= dash {
        return 0.0;
    }
    let edge = a[v] + share * d[v] - 0.5 * f64::from(stroke.width_px);
    let (top, bottom) = (pixel[v] as f64, pixel[v] as f64 + 1.0);
    (bottom.min(edge + f64::from(stroke.width_px)) - top.max(edge)).max(0.0)
}

/// Draws links one by one, pixel by pixel.
fn slow_picture(
    links: &[Segment],
    classes: &[u8],
    window: &Window,
    look: &GraphLook,
) -> Vec<[f64; 4]> {
    let [width, height] = window.size_px.map(|n| n as usize);
    let mut out = Vec::new();
    for y in 0..height {
        for x in 0..width {
            // What passes through the links below and above, with the color of what does not.
            let mut groups = [([0.0f64; 3], 0.0f64); 2];
            for (link, class) in links.iter().zip(classes) {
                let Some(stroke) = look.strokes.get(usize::from(*class)) else {
                    continue;
                };
                let [r, g, b, alpha] = stroke.color;
                if alpha <= 0.0 {
                    continue;
                }
                let share = slow_share(link, stroke, window, [x, y]);
                let hides = -(1.0 - f64::from(alpha)).ln() * share;
                let (color, sum) = &mut groups[usize::from(stroke.is_over)];
                *sum += hides;
                for (c, v) in color.iter_mut().zip([r, g, b]) {
                    *c += hides * srgb::stored(f64::from(v)) * 255.0;
                }
            }
            let mut pixel = [0.0; 4];
            for (color, sum) in groups {
                if sum > 0.0 {
                    let alpha = 1.0 - (-sum).exp();
                    for (p, c) in pixel.iter_mut().zip(color) {
                        *p = *p * (1.0 - alpha) + c / sum * alpha;
                    }
                    pixel[3] = pixel[3] * (1.0 - alpha) + 255.0 * alpha;
                }
            }
            out.push(pixel);
        }
    }
    out
}

#[test]
fn every_link_covers_what_it_should() {
    let (links, classes) = sample(600);
    let drawn = Drawn {
        links: &links,
        n_over: 0,
        classes: &classes,
        nodes: &[],
    };
    for (center_in_map, px_per_unit, size_px) in [
        ([0.1, -0.2], 40.0, [150, 97]),
        ([0.0, 0.0], 900.0, [130, 64]),
        ([2.0, 1.0], 15.0, [65, 129]),
    ] {
        let window = Window {
            center_in_map,
            px_per_unit,
            size_px,
        };
        let found = draw(&drawn, &window, &look(), false, &NEVER).unwrap();
        assert_eq!(found.drawn_permille, 1000);
        let slow = slow_picture(&links, &classes, &window, &look());
        let mut n_off = 0;
        let mut n_inked = 0;
        for (fast, slow) in found.picture.rgba.iter().zip(&slow) {
            n_inked += usize::from(slow[3] > 1.0);
            let is_off = fast
                .iter()
                .zip(slow)
                .any(|(f, s)| (f64::from(*f) - s).abs() > 2.5);
            n_off += usize::from(is_off);
        }
        assert!(n_inked > 400, "{n_inked}");
        // Where a dash ends, the two may round to different pixels.
        assert!(n_off * 200 <= n_inked, "{n_off} of {n_inked} pixels");
    }
}

#[test]
fn a_moving_picture_leaves_out_evenly_and_says_so() {
    let mut random = Seed(3).stream("carpet");
    let mut place = || [0, 1].map(|_| random.next_f64() as f32);
    let links: Vec<Segment> = (0..60_000).map(|_| [place(), place()]).collect();
    let classes: Vec<u8> = (0..60_000).map(|i| if i < 600 { 31 } else { 0 }).collect();
    let drawn = Drawn {
        links: &links,
        n_over: 600,
        classes: &classes,
        nodes: &[],
    };
    let window = Window {
        center_in_map: [0.5, 0.5],
        px_per_unit: 600.0,
        size_px: [600, 600],
    };
    let mut faint = look();
    faint.strokes[0].color[3] = 0.002;
    let whole = draw(&drawn, &window, &faint, false, &NEVER).unwrap();
    let moving = draw(&drawn, &window, &faint, true, &NEVER).unwrap();
    assert_eq!(whole.n_drawn, 60_000);
    let share = f64::from(moving.drawn_permille) / 1000.0;
    assert!((0.03125..0.8).contains(&share), "{share}");
    let expected = 600.0 + 59_400.0 * share;
    assert!(
        (moving.n_drawn as f64 - expected).abs() < 80.0,
        "{}",
        moving.n_drawn
    );
    let mean = |p: &GraphPicture| {
        let sum: f64 = p.picture.rgba.iter().map(|p| f64::from(p[3])).sum();
        sum / p.picture.rgba.len() as f64
    };
    let ratio = mean(&moving) / mean(&whole);
    assert!((ratio - 1.0).abs() < 0.03, "{ratio}");
    // The same links are left out in every picture.
    assert_eq!(draw(&drawn, &window, &faint, true, &NEVER), Some(moving));
}

#[test]
fn nodes_lie_over_links_with_their_mark_and_ring() {
    let links = [[[-1.0, 0.0], [1.0, 0.0]]];
    let node = |x: f32, hue, mark, ringed| NodeInstance {
        center_in_map: [x, 0.0],
        bits: node_bits(hue, mark, ringed),
    };
    let nodes = [
        node(-0.5, 0, 0, false),
        node(0.0, 1, 1, false),
        node(0.5, 1, 0, true),
        node(0.8, 9, 0, true),
        node(f32::NAN, 1, 0, false),
        node(50.0, 1, 0, false),
    ];
    let drawn = Drawn {
        links: &links,
        n_over: 0,
        classes: &[0],
        nodes: &nodes,
    };
    let window = Window {
        center_in_map: [0.0, 0.0],
        px_per_unit: 60.0,
        size_px: [140, 40],
    };
    let picture = draw(&drawn, &window, &look(), false, &NEVER)
        .unwrap()
        .picture;
    let at = |x: usize, y: usize| picture.rgba[y * 140 + x];
    // The middle of a square, its corner and just beyond.
    assert_eq!(at(70, 20)[3], 255);
    assert_eq!(at(72, 18)[3], 255);
    assert_eq!(at(74, 20)[0], at(80, 20)[0]);
    // The ring is black and opaque, four pixels off the middle.
    assert_eq!(at(100, 15), [0, 0, 0, 255]);
    assert!(at(100, 18)[0] > 200);
    // Context is smaller and lets through; a hue without color draws nothing.
    assert!(at(40, 19)[3] > 140 && at(40, 19)[3] < 200);
    assert_eq!(at(40, 16)[3], 0);
    assert_eq!(at(118, 15)[3], 0);
}

#[test]
fn threads_and_stops() {
    let (links, classes) = sample(3000);
    let nodes: Vec<NodeInstance> = links
        .iter()
        .map(|l| NodeInstance {
            center_in_map: l[0],
            bits: node_bits(1, 2, false),
        })
        .collect();
    let drawn = Drawn {
        links: &links,
        n_over: 0,
        classes: &classes,
        nodes: &nodes,
    };
    let window = Window {
        center_in_map: [0.0, 0.0],
        px_per_unit: 80.0,
        size_px: [333, 222],
    };
    let of = |n| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n)
            .build()
            .unwrap();
        pool.install(|| draw(&drawn, &window, &look(), false, &NEVER))
    };
    assert_eq!(of(1), of(3));
    let stop = AtomicBool::new(true);
    assert_eq!(draw(&drawn, &window, &look(), false, &stop), None);
    let nothing = Window {
        size_px: [0, 10],
        ..window
    };
    assert!(
        draw(&drawn, &nothing, &look(), false, &NEVER)
            .unwrap()
            .picture
            .rgba
            .is_empty()
    );
}

/// Shader and processor draw the same links and nodes where neither has to round: lines along the axes that
/// cover whole pixels, nodes in the middle of quarters of a pixel.
#[test]
#[expect(
    clippy::print_stderr,
    reason = "a check that did not run says so loudly"
)]
fn a_card_draws_what_is_counted() {
    let Ok(headless) = Headless::new() else {
        eprintln!(
            "NO GRAPHICS ADAPTER: the graph's shaders were not compared; `bash tests/run` installs mesa-vulkan-drivers"
        );
        return;
    };
    let level = |y: f32, a: f32, b: f32| [[a, y], [b, y]];
    let links: Vec<Segment> = vec![
        level(20.5, -50.0, 50.0),
        level(15.5, -50.0, 50.0),
        level(10.5, 50.0, -50.0),
        [[-60.5, -30.0], [-60.5, 30.0]],
        [[60.0, 30.0], [60.0, -30.0]],
        level(4.0, -50.0, 50.0),
    ];
    let classes = [0u8, 3, 4, 3, 31, 31];
    let nodes: Vec<NodeInstance> = (0..14)
        .map(|i| NodeInstance {
            center_in_map: [-48.0 + 7.0 * i as f32 + 0.125, -12.0 - 0.375],
            bits: node_bits(u8::from(i % 3 > 0), (i % 7) as u8, i % 2 == 1),
        })
        .collect();
    let window = Window {
        center_in_map: [0.0, 0.0],
        px_per_unit: 1.0,
        size_px: [128, 64],
    };
    let look = look();
    let drawn = Drawn {
        links: &links,
        n_over: 0,
        classes: &classes,
        nodes: &nodes,
    };
    let counted = draw(&drawn, &window, &look, false, &NEVER).unwrap();
    let links_pipeline = LinksPipeline::new(&headless.device, Headless::FORMAT);
    let marks_pipeline = MarksPipeline::new(&headless.device, Headless::FORMAT);
    let instances: Vec<LinkInstance> = links
        .iter()
        .zip(classes)
        .map(|([a, b], class)| LinkInstance {
            a_in_map: *a,
            b_in_map: *b,
            class: u32::from(class),
        })
        .collect();
    let of_links = links_pipeline.upload(&headless.device, &instances);
    let of_nodes = marks_pipeline.upload(&headless.device, &nodes);
    let viewport_px = [128.0, 64.0];
    let matrix = ndc_from_map([0.0, 0.0], 1.0, viewport_px);
    let uniforms = LinksUniforms {
        encode_gamma: 1,
        ..LinksUniforms::new((matrix, viewport_px), &look.strokes)
    };
    of_links.write_frame(&headless.queue, &uniforms);
    of_nodes.write_frame(
        &headless.queue,
        &MarksUniforms {
            ndc_from_map: matrix,
            viewport_px,
            radius_px: look.radius_px,
            context_radius_px: look.context_radius_px,
            ring_px: look.ring_px,
            encode_gamma: 1,
            pad: [0; 2],
            ring: look.ring,
            hues: look.hues,
        },
    );
    let target = headless.target(window.size_px).unwrap();
    let shaded = headless
        .picture(&target, [0.0; 4], |pass| {
            links_pipeline.draw(pass, &of_links);
            marks_pipeline.draw(pass, &of_nodes);
        })
        .unwrap();
    let mut n_off = 0;
    let mut n_inked = 0;
    for (a, b) in shaded.iter().zip(&counted.picture.rgba) {
        n_inked += usize::from(b[3] > 0);
        n_off += usize::from(a.iter().zip(b).any(|(x, y)| x.abs_diff(*y) > 4));
    }
    assert!(n_inked > 800, "{n_inked}");
    assert!(n_off * 100 <= n_inked, "{n_off} of {n_inked} pixels");
}

#[test]
fn many_links_are_counted_at_half_the_size_while_they_move() {
    let (few, few_classes) = sample(HALVED_FROM - 1);
    let (many, many_classes) = sample(HALVED_FROM);
    let window = Window {
        center_in_map: [0.0, 0.0],
        px_per_unit: 40.0,
        size_px: [101, 60],
    };
    let size = |links: &[Segment], classes: &[u8], moving: bool| {
        let drawn = Drawn {
            links,
            n_over: 0,
            classes,
            nodes: &[],
        };
        let made = draw(&drawn, &window, &look(), moving, &NEVER).unwrap();
        made.picture.size_px
    };
    assert_eq!(size(&many, &many_classes, true), [51, 30]);
    assert_eq!(size(&many, &many_classes, false), window.size_px);
    assert_eq!(size(&few, &few_classes, true), window.size_px);
    // What it shows is the same part of the map, to half a pixel.
    let (half, _) = halved(&window, &look());
    let (lo, hi) = window.bounds();
    let (half_lo, half_hi) = half.bounds();
    for k in 0..2 {
        assert!((lo[k] - half_lo[k]).abs() <= 0.51 / window.px_per_unit);
        assert!((hi[k] - half_hi[k]).abs() <= 0.51 / window.px_per_unit);
    }
}
