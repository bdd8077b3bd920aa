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

struct Rooms {
    points: PointsPipeline,
    links: LinksPipeline,
    marks: MarksPipeline,
    pictures: PicturePipeline,
    encode_gamma: u32,
    scenes: Vec<Uploaded>,
    graphs: Vec<(Arc<GraphScene>, LinksBuffer, MarksBuffer)>,
    /// By place, the one unused longest first.
    shown: Vec<(u64, Arc<Picture>, PictureTexture)>,
}

struct Uploaded {
    scene: Arc<Scene>,
    points: PointsBuffer,
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
        scenes: Vec::new(),
        graphs: Vec::new(),
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
        let found = rooms
            .scenes
            .iter()
            .position(|u| Arc::ptr_eq(&u.scene, &self.scene));
        let uploaded = match found {
            Some(i) => rooms.scenes.remove(i),
            None => Uploaded {
                scene: Arc::clone(&self.scene),
                points: rooms.points.upload(device, &self.scene.points),
            },
        };
        let points = PointsUniforms {
            encode_gamma: rooms.encode_gamma,
            n_points: self.scene.points.len() as u32,
            ..self.frame.points
        };
        uploaded
            .points
            .write_frame(queue, &points, &self.frame.table);
        rooms.scenes.push(uploaded);
        if rooms.scenes.len() > MAX_SCENES {
            rooms.scenes.remove(0);
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
        if let Some(uploaded) = rooms
            .scenes
            .iter()
            .find(|u| Arc::ptr_eq(&u.scene, &self.scene))
        {
            rooms.points.draw(pass, &uploaded.points);
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
        let is_it =
            |kept: &(Arc<GraphScene>, LinksBuffer, MarksBuffer)| Arc::ptr_eq(&kept.0, &self.scene);
        let uploaded = match rooms.graphs.iter().position(is_it) {
            Some(i) => rooms.graphs.remove(i),
            None => (
                Arc::clone(&self.scene),
                rooms.links.upload(device, &self.scene.links),
                rooms.marks.upload(device, &self.scene.nodes),
            ),
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
        uploaded.1.write_frame(queue, &links);
        uploaded.2.write_frame(queue, &marks);
        rooms.graphs.push(uploaded);
        if rooms.graphs.len() > MAX_GRAPHS {
            rooms.graphs.remove(0);
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
        let mut graphs = rooms.graphs.iter();
        if let Some((_, links, marks)) = graphs.find(|g| Arc::ptr_eq(&g.0, &self.scene)) {
            rooms.links.draw(pass, links);
            rooms.marks.draw(pass, marks);
        }
    }
}
