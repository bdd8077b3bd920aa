//! Where wgpu meets egui: hands scenes and pictures to the graphics card once and draws them inside the
//! window.

use std::sync::Arc;

use egui::{Painter, Rect};
use egui_wgpu::{CallbackResources, CallbackTrait, RenderState, ScreenDescriptor, wgpu};

use crate::gpu::Mat3;
use crate::gpu::graph::{GraphLook, NodeInstance};
use crate::gpu::headless::is_software;
use crate::gpu::links::{LinkInstance, LinksBuffer, LinksPipeline, LinksUniforms};
use crate::gpu::marks::{MarksBuffer, MarksPipeline, MarksUniforms};
use crate::gpu::picture::{PicturePipeline, PictureTexture, PictureUniforms};
use crate::gpu::points::{ColorTable, PointInstance, PointsBuffer, PointsPipeline, PointsUniforms};
use crate::gpu::raster::Picture;

/// Scenes kept on the graphics card; the one unused longest goes first.
const MAX_SCENES: usize = 8;

/// Graphs kept on the graphics card: what was filtered before is seldom asked for again.
const MAX_GRAPHS: usize = 2;

/// Pictures kept on the graphics card, one for each place they are shown in.
const MAX_PICTURES: usize = 16;

/// What a view draws: never changed once it is made.
#[derive(Debug, Default)]
pub struct Scene {
    /// Points.
    pub points: Vec<PointInstance>,
}

/// What a frame sets of a scene.
#[derive(Clone, Debug)]
pub struct SceneFrame {
    /// Of the points; the encoding of the target is filled in here.
    pub points: PointsUniforms,
    /// Colors of the points.
    pub table: ColorTable,
}

impl SceneFrame {
    /// Makes the frame of points alone, in the colors of a table; context is a little smaller and not drawn.
    pub fn of_points(
        (ndc_from_map, viewport_px): (Mat3, [f32; 2]),
        radius_px: f32,
        table: ColorTable,
    ) -> Self {
        Self {
            points: PointsUniforms {
                ndc_from_map,
                viewport_px,
                radius_px,
                context_radius_px: 0.85 * radius_px,
                context_color: [0.0; 4],
                color_by: 0,
                encode_gamma: 0,
                n_points: 0,
                pad: 0,
            },
            table,
        }
    }
}

/// What the conflict graph draws: never changed once it is made.
#[derive(Debug, Default)]
pub struct GraphScene {
    /// Links, drawn under the nodes.
    pub links: Vec<LinkInstance>,
    /// Nodes.
    pub nodes: Vec<NodeInstance>,
}

/// What was handed to the graphics card, by what it was made of; the one unused longest comes first.
struct Uploads<S, U> {
    most: usize,
    kept: Vec<(Arc<S>, U)>,
}

impl<S, U> Uploads<S, U> {
    fn new(most: usize) -> Self {
        Self {
            most,
            kept: Vec::new(),
        }
    }

    /// Returns what belongs to a scene, uploading it where that was not done or is forgotten.
    fn of(&mut self, scene: &Arc<S>, upload: impl FnOnce() -> U) -> &U {
        let found = self.kept.iter().position(|(of, _)| Arc::ptr_eq(of, scene));
        let uploaded = match found {
            Some(i) => self.kept.remove(i),
            None => (Arc::clone(scene), upload()),
        };
        if self.kept.len() == self.most {
            self.kept.remove(0);
        }
        self.kept.push(uploaded);
        &self.kept[self.kept.len() - 1].1
    }

    fn get(&self, scene: &Arc<S>) -> Option<&U> {
        let mut kept = self.kept.iter();
        kept.find(|(of, _)| Arc::ptr_eq(of, scene)).map(|(_, u)| u)
    }
}

struct Rooms {
    points: PointsPipeline,
    links: LinksPipeline,
    marks: MarksPipeline,
    pictures: PicturePipeline,
    encode_gamma: u32,
    scenes: Uploads<Scene, PointsBuffer>,
    graphs: Uploads<GraphScene, (LinksBuffer, MarksBuffer)>,
    /// By place, the one unused longest first.
    shown: Vec<(u64, Arc<Picture>, PictureTexture)>,
}

/// Makes the pipelines; called once when the window opens.
pub fn install(state: &RenderState) {
    let format = state.target_format;
    let rooms = Rooms {
        points: PointsPipeline::new(&state.device, format),
        links: LinksPipeline::new(&state.device, format),
        marks: MarksPipeline::new(&state.device, format),
        pictures: PicturePipeline::new(&state.device, format),
        // egui prefers a target that stores sRGB values as they are and blends them so.
        encode_gamma: u32::from(!format.is_srgb()),
        scenes: Uploads::new(MAX_SCENES),
        graphs: Uploads::new(MAX_GRAPHS),
        shown: Vec::new(),
    };
    state.renderer.write().callback_resources.insert(rooms);
}

/// Tells whether a window's adapter computes on the processor.
pub fn in_software(state: &RenderState) -> bool {
    is_software(&state.adapter.get_info())
}

/// Draws a picture at its place on the map into a rectangle of the window; `place` tells the rectangles of
/// a frame apart, and `moved` tells that the picture does not lie pixel on pixel.
pub fn picture(
    painter: &Painter,
    rect: Rect,
    place: u64,
    picture: &Arc<Picture>,
    uniforms: PictureUniforms,
    moved: bool,
) {
    painter.add(egui_wgpu::Callback::new_paint_callback(
        rect,
        PictureCallback {
            place,
            picture: Arc::clone(picture),
            uniforms,
            moved,
        },
    ));
}

struct PictureCallback {
    place: u64,
    picture: Arc<Picture>,
    uniforms: PictureUniforms,
    moved: bool,
}

impl CallbackTrait for PictureCallback {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let Some(rooms) = resources.get_mut::<Rooms>() else {
            return Vec::new();
        };
        let found = rooms.shown.iter().position(|s| s.0 == self.place);
        let kept = found
            .map(|i| rooms.shown.remove(i))
            .filter(|(_, _, t)| t.size_px() == self.picture.size_px);
        let (texture, is_new) = if let Some((_, of, texture)) = kept {
            (texture, !Arc::ptr_eq(&of, &self.picture))
        } else {
            let texture = rooms.pictures.texture(device, self.picture.size_px);
            (texture, true)
        };
        if is_new {
            texture.write(queue, &self.picture);
        }
        let uniforms = PictureUniforms {
            decode_gamma: 1 - rooms.encode_gamma,
            ..self.uniforms
        };
        texture.write_frame(queue, &uniforms);
        rooms
            .shown
            .push((self.place, Arc::clone(&self.picture), texture));
        if rooms.shown.len() > MAX_PICTURES {
            rooms.shown.remove(0);
        }
        Vec::new()
    }

    fn paint(
        &self,
        _info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        let Some(rooms) = resources.get::<Rooms>() else {
            return;
        };
        if let Some((_, _, texture)) = rooms.shown.iter().find(|s| s.0 == self.place) {
            rooms.pictures.draw(pass, texture, self.moved);
        }
    }
}

/// Draws a scene into a rectangle of the window.
pub fn scene(painter: &Painter, rect: Rect, scene: &Arc<Scene>, frame: SceneFrame) {
    painter.add(egui_wgpu::Callback::new_paint_callback(
        rect,
        SceneCallback {
            scene: Arc::clone(scene),
            frame,
        },
    ));
}

struct SceneCallback {
    scene: Arc<Scene>,
    frame: SceneFrame,
}

impl CallbackTrait for SceneCallback {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let Some(rooms) = resources.get_mut::<Rooms>() else {
            return Vec::new();
        };
        let points = PointsUniforms {
            encode_gamma: rooms.encode_gamma,
            n_points: self.scene.points.len() as u32,
            ..self.frame.points
        };
        let upload = || rooms.points.upload(device, &self.scene.points);
        let buffer = rooms.scenes.of(&self.scene, upload);
        buffer.write_frame(queue, &points, &self.frame.table);
        Vec::new()
    }

    fn paint(
        &self,
        _info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        let Some(rooms) = resources.get::<Rooms>() else {
            return;
        };
        if let Some(buffer) = rooms.scenes.get(&self.scene) {
            rooms.points.draw(pass, buffer);
        }
    }
}

/// Draws the conflict graph into a rectangle of the window.
pub fn graph(
    painter: &Painter,
    rect: Rect,
    scene: &Arc<GraphScene>,
    matrix: (Mat3, [f32; 2]),
    look: GraphLook,
) {
    painter.add(egui_wgpu::Callback::new_paint_callback(
        rect,
        GraphCallback {
            scene: Arc::clone(scene),
            matrix,
            look,
        },
    ));
}

struct GraphCallback {
    scene: Arc<GraphScene>,
    matrix: (Mat3, [f32; 2]),
    look: GraphLook,
}

impl CallbackTrait for GraphCallback {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let Some(rooms) = resources.get_mut::<Rooms>() else {
            return Vec::new();
        };
        let encode_gamma = rooms.encode_gamma;
        let look = &self.look;
        let links = LinksUniforms {
            encode_gamma,
            ..LinksUniforms::new(self.matrix, &look.strokes)
        };
        let marks = MarksUniforms {
            ndc_from_map: self.matrix.0,
            viewport_px: self.matrix.1,
            radius_px: look.radius_px,
            context_radius_px: look.context_radius_px,
            ring_px: look.ring_px,
            encode_gamma,
            pad: [0; 2],
            ring: look.ring,
            hues: look.hues,
        };
        let upload = || {
            let of_links = rooms.links.upload(device, &self.scene.links);
            (of_links, rooms.marks.upload(device, &self.scene.nodes))
        };
        let (of_links, of_marks) = rooms.graphs.of(&self.scene, upload);
        of_links.write_frame(queue, &links);
        of_marks.write_frame(queue, &marks);
        Vec::new()
    }

    fn paint(
        &self,
        _info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        let Some(rooms) = resources.get::<Rooms>() else {
            return;
        };
        if let Some((links, marks)) = rooms.graphs.get(&self.scene) {
            rooms.links.draw(pass, links);
            rooms.marks.draw(pass, marks);
        }
    }
}
