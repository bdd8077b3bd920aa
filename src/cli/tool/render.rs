//! `meridian tool render`: the map's picture without a window, and how long its frames take.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::Context;
use serde_json::{Map, json};

use super::timing::peak_bytes;
use super::{arrays, finish, write_whole};
use crate::base::cloud::{Cloud, order};
use crate::base::observe::Observe as _;
use crate::cli::console::Console;
use crate::domain::corpus::Nation;
use crate::figure::palette::{Appearance, Hue, Rgb};
use crate::formats::{npy, png_out};
use crate::gpu::aggregate::{self, Aggregate};
use crate::gpu::headless::{Headless, RenderPass, Target};
use crate::gpu::picture::{PicturePipeline, PictureTexture, PictureUniforms};
use crate::gpu::points::{self, ColorTable, PointsBuffer, PointsPipeline, PointsUniforms};
use crate::gpu::raster::{self, Look, N_CLASSES, Window};
use crate::gpu::{camera_path, ndc_from_map};

/// Arguments of `tool render`.
#[derive(clap::Args)]
pub(in crate::cli) struct RenderArgs {
    /// Points: float32 `.npy`, n × 2
    points: PathBuf,
    /// Picture to write
    out: PathBuf,
    /// Class of each point, which colors it: int64 `.npy`, n; below 0 is drawn gray, classes from 15 on share colors
    #[arg(long, value_name = "L.npy")]
    labels: Option<PathBuf>,
    /// Width of the picture in pixels
    #[arg(long, default_value_t = 1280)]
    width: u32,
    /// Height of the picture in pixels
    #[arg(long, default_value_t = 800)]
    height: u32,
    /// Diameter of a dot in pixels, 1 to 9
    #[arg(long, value_name = "PX", default_value_t = 1.0)]
    dot: f32,
    /// Frames to draw and time before the picture is written
    #[arg(long, value_name = "N", default_value_t = 0)]
    frames: usize,
    /// Where the frames go
    #[arg(long, default_value = "still")]
    path: PathArg,
    /// Time the exact picture alone as well
    #[arg(long)]
    exact: bool,
    /// Draw for a dark ground
    #[arg(long)]
    dark: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum PathArg {
    /// Every frame shows the whole map
    Still,
    /// From the whole map to one hundredth of its width at the densest place and back
    Zoom,
}

/// Points with their colors, ready to be drawn.
struct Scatter {
    cloud: Cloud,
    classes: Vec<u8>,
    aggregate: Option<Aggregate>,
    colors: [[f32; 4]; N_CLASSES],
    ground: [f64; 4],
    dot_px: f32,
    n_total: usize,
}

/// Draws and times.
pub(super) fn render(args: &RenderArgs, console: &Console) -> anyhow::Result<()> {
    anyhow::ensure!(
        (1.0..=raster::MAX_DOT_PX).contains(&args.dot),
        "--dot takes 1 to {} pixels",
        raster::MAX_DOT_PX
    );
    let began = Instant::now();
    let mut scatter = Scatter::read(args)?;
    let size_px = [args.width, args.height];
    let mut stage = Stage::new(size_px)?;
    let whole = camera_path::whole(&scatter.cloud, size_px);
    stage.frame(&scatter, &whole, false)?;
    let first_frame_ms = millis(began);
    let windows = match args.path {
        PathArg::Still => vec![whole; args.frames],
        PathArg::Zoom => camera_path::zoom(&scatter.cloud, size_px, args.frames),
    };
    if scatter.cloud.points().len() >= aggregate::LEAST_POINTS {
        scatter.aggregate = Some(Aggregate::new(&scatter.cloud, &scatter.classes));
    }
    let mut frame_ms = Vec::new();
    stage.counting_ms.clear();
    for (i, window) in windows.iter().enumerate() {
        let began = Instant::now();
        stage.frame(&scatter, window, true)?;
        frame_ms.push(millis(began));
        console.step(i as u64 + 1, windows.len() as u64)?;
    }
    // What a person waits for after the last movement: everything counted afresh, on the screen.
    let exact_ms = args
        .exact
        .then(|| {
            let began = Instant::now();
            stage.frame(&scatter, &whole, false).map(|()| millis(began))
        })
        .transpose()?;
    let picture = scatter.picture(&whole, false);
    let n_drawn = raster::n_drawn(&scatter.cloud, &scatter.classes, &whole);
    let pixels = stage.read(&scatter, &whole)?;
    write_whole(&args.out, |out| Ok(png_out::write(out, size_px, &pixels)?))?;
    let mut summary = Map::new();
    let (median, p95) = (quantile(&mut frame_ms, 0.5), quantile(&mut frame_ms, 0.95));
    summary.insert("frame_ms".into(), json!({"median": median, "p95": p95}));
    let counting_ms = quantile(&mut stage.counting_ms, 0.5);
    summary.insert("counting_ms".into(), counting_ms.into());
    summary.insert("frames".into(), windows.len().into());
    summary.insert("exact_ms".into(), exact_ms.into());
    summary.insert("first_frame_ms".into(), first_frame_ms.into());
    summary.insert("adapter".into(), stage.headless.adapter.clone().into());
    summary.insert("covered_px".into(), picture.n_covered.into());
    summary.insert("drawn".into(), n_drawn.into());
    summary.insert("total".into(), scatter.n_total.into());
    let peak_mib = peak_bytes().map(|n| n as f64 / f64::from(1 << 20));
    summary.insert("peak_mib".into(), peak_mib.into());
    let text = format!(
        "{} of {} points drawn on {}, first frame after {first_frame_ms:.0} ms; written to {}",
        n_drawn,
        scatter.n_total,
        stage.headless.adapter,
        args.out.display()
    );
    finish(args.json, summary, &text, console);
    Ok(())
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let at = (share * values.len() as f64).ceil() as usize;
    values.get(at.saturating_sub(1)).copied()
}

impl Scatter {
    fn read(args: &RenderArgs) -> anyhow::Result<Self> {
        let matrix = arrays::read(&args.points)?;
        anyhow::ensure!(
            matrix.n_cols() == 2,
            "points need two columns, these have {}: {}",
            matrix.n_cols(),
            args.points.display()
        );
        let points: &[[f32; 2]] = bytemuck::cast_slice(matrix.values());
        let labels = match &args.labels {
            Some(path) => read_labels(path, points.len())?,
            None => vec![0; points.len()],
        };
        let order = order(points);
        anyhow::ensure!(
            !order.is_empty(),
            "there is no point with finite coordinates: {}",
            args.points.display()
        );
        let at = |i: &u32| *i as usize;
        let in_order: Vec<[f32; 2]> = order
            .iter()
            .filter_map(|i| points.get(at(i)))
            .copied()
            .collect();
        let classes = order
            .iter()
            .filter_map(|i| labels.get(at(i)))
            .map(|label| {
                let n_colors = N_CLASSES as i64 - 1;
                if *label < 0 {
                    0
                } else {
                    (label % n_colors) as u8 + 1
                }
            })
            .collect();
        let (colors, ground) = colors(args.dark);
        Ok(Self {
            cloud: Cloud::new(in_order.into()),
            classes,
            aggregate: None,
            colors,
            ground,
            dot_px: args.dot,
            n_total: points.len(),
        })
    }

    fn look(&self, window: &Window) -> Look {
        let full_at = raster::full_at(&self.cloud, window.px_per_unit, self.dot_px);
        let least = raster::least_strength(full_at);
        let mut classes = self.colors;
        for color in &mut classes {
            color[3] *= least;
        }
        Look {
            dot_px: self.dot_px,
            classes,
            full_at,
        }
    }

    /// Counts the points in sight; moving, by cells finer than a pixel where there are many.
    fn picture(&self, window: &Window, moving: bool) -> raster::Picture {
        let never = AtomicBool::new(false);
        let look = self.look(window);
        let gathered = self
            .aggregate
            .as_ref()
            .filter(|_| moving)
            .and_then(|a| a.points(window.px_per_unit));
        let points = gathered.unwrap_or(raster::Points {
            cloud: &self.cloud,
            classes: &self.classes,
            weights: None,
        });
        raster::draw(&points, window, &look, &never).unwrap_or_default()
    }
}

fn read_labels(path: &Path, n: usize) -> anyhow::Result<Vec<i64>> {
    let shown = path.display();
    let file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
    let labels =
        npy::read_i64(BufReader::new(file)).with_context(|| format!("cannot read {shown}"))?;
    anyhow::ensure!(
        labels.values.len() == n,
        "there are {n} points and {} labels: {shown}",
        labels.values.len()
    );
    Ok(labels.values)
}

/// Linear colors of the classes, context first, and the ground.
fn colors(dark: bool) -> ([[f32; 4]; N_CLASSES], [f64; 4]) {
    let appearance = if dark {
        Appearance::Dark
    } else {
        Appearance::Light
    };
    let linear = |rgb: Rgb, strength: f32| {
        let [r, g, b] = rgb.linear();
        [r, g, b, strength]
    };
    let nations = Nation::FIVE.map(Hue::Nation);
    let series = (0..N_CLASSES as u8).map(Hue::Series);
    let mut colors = [[0.0; 4]; N_CLASSES];
    colors[0] = linear(Hue::Noise.rgb(appearance), 0.6);
    for (color, hue) in colors
        .iter_mut()
        .skip(1)
        .zip(nations.into_iter().chain(series))
    {
        *color = linear(hue.rgb(appearance), 1.0);
    }
    let ground = Hue::Ground.rgb(appearance);
    let share = |v: u8| f64::from(v) / 255.0;
    (
        colors,
        [share(ground.0), share(ground.1), share(ground.2), 1.0],
    )
}

/// Where frames are drawn.
struct Stage {
    headless: Headless,
    target: Target,
    points: PointsPipeline,
    pictures: PicturePipeline,
    texture: PictureTexture,
    /// All points, once they are on an adapter with memory of its own.
    all: Option<PointsBuffer>,
    size_px: [u32; 2],
    /// What each frame spent on counting points into its picture.
    counting_ms: Vec<f64>,
}

/// How a frame draws.
enum Way {
    /// The counted picture.
    Picture,
    /// The points in sight as marks.
    Marks(PointsBuffer),
    /// Every point as a mark.
    All,
}

impl Stage {
    fn new(size_px: [u32; 2]) -> anyhow::Result<Self> {
        let headless = Headless::new()?;
        let target = headless.target(size_px)?;
        let pictures = PicturePipeline::new(&headless.device, Headless::FORMAT);
        let texture = pictures.texture(&headless.device, size_px);
        Ok(Self {
            target,
            points: PointsPipeline::new(&headless.device, Headless::FORMAT),
            pictures,
            texture,
            all: None,
            headless,
            size_px,
            counting_ms: Vec::new(),
        })
    }

    /// Draws a frame and waits until it is there.
    fn frame(&mut self, scatter: &Scatter, window: &Window, moving: bool) -> anyhow::Result<()> {
        let way = self.prepare(scatter, window, moving);
        let frame = self
            .headless
            .frame(&self.target, scatter.ground, |pass| self.paint(&way, pass));
        Ok(frame?)
    }

    /// Draws a frame and returns its pixels.
    fn read(&mut self, scatter: &Scatter, window: &Window) -> anyhow::Result<Vec<[u8; 4]>> {
        let way = self.prepare(scatter, window, false);
        let picture = self
            .headless
            .picture(&self.target, scatter.ground, |pass| self.paint(&way, pass));
        Ok(picture?)
    }

    fn prepare(&mut self, scatter: &Scatter, window: &Window, moving: bool) -> Way {
        let (device, queue) = (&self.headless.device, &self.headless.queue);
        let draws_all = points::draws_all(scatter.cloud.points().len(), self.headless.is_software);
        let limit = if draws_all {
            usize::MAX
        } else {
            points::MARKS_IN_SOFTWARE
        };
        let marks = |window: &Window| {
            points::visible(&scatter.cloud, &scatter.classes, |_| 0, window, limit)
                .map(|instances| self.points.upload(device, &instances))
        };
        let ndc_from_map = ndc_from_map(
            window.center_in_map,
            window.px_per_unit,
            window.size_px.map(|n| n as f32),
        );
        let look = scatter.look(window);
        let way = if draws_all {
            if self.all.is_none() {
                self.all = marks(&camera_path::whole(&scatter.cloud, self.size_px));
            }
            Way::All
        } else {
            marks(window).map_or(Way::Picture, Way::Marks)
        };
        let buffer = match &way {
            Way::Picture => {
                let began = Instant::now();
                let picture = scatter.picture(window, moving);
                self.counting_ms.push(millis(began));
                self.texture.write(queue, &picture);
                let (lo_in_map, hi_in_map) = window.bounds();
                let uniforms = PictureUniforms {
                    ndc_from_map,
                    lo_in_map,
                    hi_in_map,
                    decode_gamma: 0,
                    pad: [0; 3],
                };
                self.texture.write_frame(queue, &uniforms);
                return way;
            }
            Way::Marks(buffer) => Some(buffer),
            Way::All => self.all.as_ref(),
        };
        if let Some(buffer) = buffer {
            let mut table = ColorTable::default();
            for (class, color) in look.classes.iter().enumerate().skip(1) {
                table.set_group(class, *color);
            }
            let uniforms = PointsUniforms {
                ndc_from_map,
                viewport_px: window.size_px.map(|n| n as f32),
                radius_px: 0.5 * scatter.dot_px,
                context_radius_px: 0.5 * scatter.dot_px,
                context_color: look.classes[0],
                color_by: 0,
                encode_gamma: 1,
                n_points: 0,
                pad: 0,
            };
            buffer.write_frame(queue, &uniforms, &table);
        }
        way
    }

    fn paint(&self, way: &Way, pass: &mut RenderPass<'_>) {
        match way {
            Way::Picture => self.pictures.draw(pass, &self.texture, false),
            Way::Marks(buffer) => self.points.draw(pass, buffer),
            Way::All => {
                if let Some(buffer) = &self.all {
                    self.points.draw(pass, buffer);
                }
            }
        }
    }
}
