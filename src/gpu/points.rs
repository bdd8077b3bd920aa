//! Points of a map or graph: one instanced quad each. Twin of `shaders/points.wgsl`.

use bytemuck::{Pod, Zeroable};
use wgpu::util::DeviceExt as _;

use super::Mat3;
use super::raster::{self, Window};
use crate::base::cloud::Cloud;

/// Up to how many marks in sight are drawn on an adapter that is the processor itself.
pub const MARKS_IN_SOFTWARE: usize = 30_000;

/// Up to how many marks a card draws in every frame; more are counted into a picture there too. An NVIDIA
/// H200 drew a million in 10 ms at the 95th percentile and 6.1 million in 61 ms; counting these takes 24 ms
/// on two cores.
pub const MARKS_ON_CARD: usize = 2_000_000;

/// Tells whether `n` marks are uploaded once and drawn in every frame, wherever the view is.
pub fn draws_all(n: usize, in_software: bool) -> bool {
    let most = if in_software {
        MARKS_IN_SOFTWARE
    } else {
        MARKS_ON_CARD
    };
    n <= most
}

/// Groups (nations) in the color table.
pub const N_GROUPS: usize = 64;
/// Topics in the color table; later topics begin again at the first.
pub const N_TOPICS: usize = 960;
/// Topic bits of a point without topic.
const NO_TOPIC: u32 = 1023;

/// A point as it lies in the vertex buffer.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct PointInstance {
    /// Position in map units, y up.
    pub center_in_map: [f32; 2],
    /// Group, topic, outlier bit and mark; see [`class_bits`].
    pub class_bits: u32,
}

/// Packs what colors and shapes a point.
///
/// Bits 0–5 group, 6–15 topic (1023 for none), 16 outlier, 17–19 mark.
pub fn class_bits(group: u8, topic: Option<u32>, is_outlier: bool, mark: u8) -> u32 {
    let topic = topic.map_or(NO_TOPIC, |t| t % N_TOPICS as u32);
    u32::from(group & 63)
        | (topic << 6)
        | (u32::from(is_outlier) << 16)
        | (u32::from(mark & 7) << 17)
}

/// Collects the drawn points of a cloud that a window shows, with those whose mark reaches into it; `None`
/// if there are more than `limit`.
///
/// # Shapes
/// - `classes`: one for each point of the cloud, as [`super::raster::draw`] takes them; the class becomes
///   the group.
/// - `mark`: the number of a point's mark.
pub fn visible(
    cloud: &Cloud,
    classes: &[u8],
    mark: impl Fn(usize) -> u8,
    window: &Window,
    limit: usize,
) -> Option<Vec<PointInstance>> {
    let (lo, hi) = window.bounds();
    let reach = raster::MAX_DOT_PX / window.px_per_unit;
    let (lo, hi) = (lo.map(|v| v - reach), hi.map(|v| v + reach));
    let mut found = Vec::new();
    let mut too_many = false;
    cloud.runs((lo, hi), (hi[0] - lo[0]) / 24.0, |run| {
        for i in run {
            if too_many {
                return;
            }
            let (Some(p), Some(&class)) = (cloud.points().get(i), classes.get(i)) else {
                continue;
            };
            if class == raster::HIDDEN || (0..2).any(|a| p[a] < lo[a] || p[a] > hi[a]) {
                continue;
            }
            too_many = found.len() == limit;
            found.push(PointInstance {
                center_in_map: *p,
                class_bits: class_bits(class, None, class == 0, mark(i)),
            });
        }
    });
    (!too_many).then_some(found)
}

/// What a frame sets.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct PointsUniforms {
    /// From map units to ndc.
    pub ndc_from_map: Mat3,
    /// Size of the view in physical pixels.
    pub viewport_px: [f32; 2],
    /// Radius of a data point in physical pixels.
    pub radius_px: f32,
    /// Radius of a context point in physical pixels.
    pub context_radius_px: f32,
    /// Linear color of outliers and of what the filter leaves out; alpha 0 hides them.
    pub context_color: [f32; 4],
    /// 0 by group, 1 by topic.
    pub color_by: u32,
    /// 1 where the target stores sRGB values as they are.
    pub encode_gamma: u32,
    /// Points in the buffer.
    pub n_points: u32,
    /// Fills the last 16 bytes.
    pub pad: u32,
}

/// Linear colors of groups and topics, alpha apart; alpha 0 makes the members context.
#[derive(Clone, Debug, PartialEq)]
pub struct ColorTable {
    entries: Vec<[f32; 4]>,
}

impl Default for ColorTable {
    fn default() -> Self {
        Self {
            entries: vec![[0.0; 4]; N_GROUPS + N_TOPICS],
        }
    }
}

impl ColorTable {
    /// Sets a group's color.
    pub fn set_group(&mut self, group: usize, color: [f32; 4]) {
        self.entries[group % N_GROUPS] = color;
    }

    /// Sets a topic's color.
    pub fn set_topic(&mut self, topic: usize, color: [f32; 4]) {
        self.entries[N_GROUPS + topic % N_TOPICS] = color;
    }
}

/// The pipeline, made once.
pub struct PointsPipeline {
    pipeline: wgpu::RenderPipeline,
    layouts: [wgpu::BindGroupLayout; 3],
    passes: [wgpu::BindGroup; 2],
}

/// Points on the graphics card with the uniforms of their view.
pub struct PointsBuffer {
    vertices: wgpu::Buffer,
    n_points: u32,
    frame: (wgpu::Buffer, wgpu::BindGroup),
    table: (wgpu::Buffer, wgpu::BindGroup),
}

impl PointsPipeline {
    /// Makes the pipeline for a target of `format`.
    pub fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("points"),
            source: wgpu::ShaderSource::Wgsl(include_str!("../../shaders/points.wgsl").into()),
        });
        let layouts = ["points frame", "points table", "points pass"]
            .map(|l| super::uniform_layout(device, l));
        let pipeline = super::strip_pipeline(
            device,
            &super::Pass {
                label: "points",
                module: &module,
                layouts: &[&layouts[0], &layouts[1], &layouts[2]],
                buffers: &[Some(wgpu::VertexBufferLayout {
                    array_stride: size_of::<PointInstance>() as u64,
                    step_mode: wgpu::VertexStepMode::Instance,
                    attributes: &wgpu::vertex_attr_array![0 => Float32x2, 1 => Uint32],
                })],
                format,
            },
        );
        let passes = [0u32, 1].map(|layer| {
            let buffer = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some("points pass"),
                contents: bytemuck::bytes_of(&[layer, 0, 0, 0]),
                usage: wgpu::BufferUsages::UNIFORM,
            });
            device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("points pass"),
                layout: &layouts[2],
                entries: &[wgpu::BindGroupEntry {
                    binding: 0,
                    resource: buffer.as_entire_binding(),
                }],
            })
        });
        Self {
            pipeline,
            layouts,
            passes,
        }
    }

    /// Uploads points; done once per change of the data.
    pub fn upload(&self, device: &wgpu::Device, points: &[PointInstance]) -> PointsBuffer {
        let vertices = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("points"),
            contents: bytemuck::cast_slice(points),
            usage: wgpu::BufferUsages::VERTEX,
        });
        let n_table_bytes = ((N_GROUPS + N_TOPICS) * 16) as u64;
        PointsBuffer {
            vertices,
            n_points: points.len() as u32,
            frame: super::uniform(
                device,
                &self.layouts[0],
                "points frame",
                size_of::<PointsUniforms>() as u64,
            ),
            table: super::uniform(device, &self.layouts[1], "points table", n_table_bytes),
        }
    }

    /// Draws the context first and the data over it.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, points: &PointsBuffer) {
        if points.n_points == 0 {
            return;
        }
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &points.frame.1, &[]);
        pass.set_bind_group(1, &points.table.1, &[]);
        pass.set_vertex_buffer(0, points.vertices.slice(..));
        for layer in &self.passes {
            pass.set_bind_group(2, layer, &[]);
            pass.draw(0..4, 0..points.n_points);
        }
    }
}

impl PointsBuffer {
    /// Writes what the frame sets; nothing of the size of the data is copied.
    pub fn write_frame(&self, queue: &wgpu::Queue, uniforms: &PointsUniforms, table: &ColorTable) {
        queue.write_buffer(&self.frame.0, 0, bytemuck::bytes_of(uniforms));
        queue.write_buffer(&self.table.0, 0, bytemuck::cast_slice(&table.entries));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::offset_of;

    const SOURCE: &str = include_str!("../../shaders/points.wgsl");

    /// The CPU twin of the shader's `mark_distance_px`.
    fn mark_distance_px(mark: u32, p: [f32; 2], r: f32) -> f32 {
        let [x, y] = p;
        match mark {
            1 => (x.abs() - 0.86 * r).max(y.abs() - 0.86 * r),
            2 => (x.abs() * 0.866 + y * 0.5).max(-y) - 0.62 * r,
            3 => (x.abs() + y.abs()) * std::f32::consts::FRAC_1_SQRT_2 - 0.78 * r,
            4 => (x.abs() * 0.866 - y * 0.5).max(y) - 0.62 * r,
            5 => (x.abs().max(y.abs()) - r).max(x.abs().min(y.abs()) - 0.36 * r),
            _ => x.hypot(y) - r,
        }
    }

    #[test]
    fn offsets_equal_the_shader() {
        let (members, n_bytes) = super::super::tests::struct_offsets(SOURCE, "PointsUniforms");
        let rust = [
            offset_of!(PointsUniforms, ndc_from_map),
            offset_of!(PointsUniforms, viewport_px),
            offset_of!(PointsUniforms, radius_px),
            offset_of!(PointsUniforms, context_radius_px),
            offset_of!(PointsUniforms, context_color),
            offset_of!(PointsUniforms, color_by),
            offset_of!(PointsUniforms, encode_gamma),
            offset_of!(PointsUniforms, n_points),
            offset_of!(PointsUniforms, pad),
        ];
        let wgsl: Vec<usize> = members.iter().map(|m| m.1 as usize).collect();
        assert_eq!(wgsl, rust);
        assert_eq!(n_bytes as usize, size_of::<PointsUniforms>());
        assert_eq!(
            super::super::tests::struct_offsets(SOURCE, "ColorTable").1 as usize,
            (N_GROUPS + N_TOPICS) * 16
        );
        assert_eq!(
            super::super::tests::struct_offsets(SOURCE, "PassUniforms").1,
            16
        );
    }

    #[test]
    fn bits_do_not_overlap() {
        assert_eq!(class_bits(63, None, false, 0), 63 | (1023 << 6));
        assert_eq!(
            class_bits(0, Some(961), true, 5),
            (1 << 6) | (1 << 16) | (5 << 17)
        );
    }

    #[test]
    fn marks_hold_their_middle_and_stay_in_their_quad() {
        for mark in 0..6 {
            assert!(mark_distance_px(mark, [0.0, 0.0], 5.0) < 0.0, "mark {mark}");
            for corner in [[6.0, 6.0], [-6.0, 6.0], [6.0, -6.0], [-6.0, -6.0]] {
                assert!(mark_distance_px(mark, corner, 5.0) > 0.5, "mark {mark}");
            }
        }
    }
}
