//! Nodes of a graph: one instanced quad each, round or with a mark, some with a ring. Twin of
//! `shaders/marks.wgsl`.

use bytemuck::{Pod, Zeroable};
use wgpu::util::DeviceExt as _;

use super::Mat3;
use super::graph::{N_HUES, NodeInstance};

/// Below this radius in pixels every mark is round: its corners would not be seen.
const MIN_MARK_RADIUS_PX: f32 = 2.5;

/// What a frame sets.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct MarksUniforms {
    /// From map units to ndc.
    pub ndc_from_map: Mat3,
    /// Size of the view in physical pixels.
    pub viewport_px: [f32; 2],
    /// Radius of a node in physical pixels.
    pub radius_px: f32,
    /// Radius of a context node, hue 0, in physical pixels.
    pub context_radius_px: f32,
    /// Width of a ring in physical pixels.
    pub ring_px: f32,
    /// 1 where the target stores sRGB values as they are.
    pub encode_gamma: u32,
    /// Fills 16 bytes.
    pub pad: [u32; 2],
    /// Linear color of a ring, alpha apart.
    pub ring: [f32; 4],
    /// Linear colors by hue, alpha apart; alpha 0 draws nothing.
    pub hues: [[f32; 4]; N_HUES],
}

/// The pipeline, made once.
pub struct MarksPipeline {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
}

/// Nodes on the graphics card with the uniforms of their view.
pub struct MarksBuffer {
    vertices: wgpu::Buffer,
    n_marks: u32,
    frame: (wgpu::Buffer, wgpu::BindGroup),
}

impl MarksPipeline {
    /// Makes the pipeline for a target of `format`.
    pub fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("marks"),
            source: wgpu::ShaderSource::Wgsl(include_str!("../../shaders/marks.wgsl").into()),
        });
        let layout = super::uniform_layout(device, "marks frame");
        let pipeline = super::strip_pipeline(
            device,
            &super::Pass {
                label: "marks",
                module: &module,
                layouts: &[&layout],
                buffers: &[Some(wgpu::VertexBufferLayout {
                    array_stride: size_of::<NodeInstance>() as u64,
                    step_mode: wgpu::VertexStepMode::Instance,
                    attributes: &wgpu::vertex_attr_array![0 => Float32x2, 1 => Uint32],
                })],
                format,
            },
        );
        Self { pipeline, layout }
    }

    /// Uploads nodes; done once per change of the data.
    pub fn upload(&self, device: &wgpu::Device, nodes: &[NodeInstance]) -> MarksBuffer {
        let vertices = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("marks"),
            contents: bytemuck::cast_slice(nodes),
            usage: wgpu::BufferUsages::VERTEX,
        });
        MarksBuffer {
            vertices,
            n_marks: nodes.len() as u32,
            frame: super::uniform(
                device,
                &self.layout,
                "marks frame",
                size_of::<MarksUniforms>() as u64,
            ),
        }
    }

    /// Draws all nodes, the last on top.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, marks: &MarksBuffer) {
        if marks.n_marks == 0 {
            return;
        }
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &marks.frame.1, &[]);
        pass.set_vertex_buffer(0, marks.vertices.slice(..));
        pass.draw(0..4, 0..marks.n_marks);
    }
}

impl MarksBuffer {
    /// Writes what the frame sets.
    pub fn write_frame(&self, queue: &wgpu::Queue, uniforms: &MarksUniforms) {
        queue.write_buffer(&self.frame.0, 0, bytemuck::bytes_of(uniforms));
    }
}

/// Returns the share of a pixel that a mark covers; the CPU twin of the shader's.
///
/// # Units
/// `p` from the mark's middle to the pixel's, y up, and its radius, in pixels.
pub fn coverage(mark: u32, p: [f32; 2], radius: f32) -> f32 {
    let mark = if radius < MIN_MARK_RADIUS_PX { 0 } else { mark };
    (0.5 - distance_px(mark, p, radius)).clamp(0.0, 1.0)
}

/// Returns how far outside a mark a place is, below 0 inside; the CPU twin of the shader's `distance_px`.
fn distance_px(mark: u32, [x, y]: [f32; 2], r: f32) -> f32 {
    match mark {
        1 => x.abs().max(y.abs()) - 0.86 * r,
        2 => (x.abs() * 0.866 + y * 0.5).max(-y) - 0.62 * r,
        3 => (x.abs() + y.abs()) * std::f32::consts::FRAC_1_SQRT_2 - 0.78 * r,
        4 => (x.abs() * 0.866 - y * 0.5).max(y) - 0.62 * r,
        5 => (x.abs().max(y.abs()) - r).max(x.abs().min(y.abs()) - 0.36 * r),
        // A circle that is open inside: a thing that is no longer there.
        6 => (x.hypot(y) - 0.8 * r).abs() - 0.18 * r,
        _ => x.hypot(y) - r,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::offset_of;

    #[test]
    fn offsets_equal_the_shader() {
        let source = include_str!("../../shaders/marks.wgsl");
        let (members, n_bytes) = super::super::tests::struct_offsets(source, "MarksUniforms");
        let wgsl: Vec<usize> = members.iter().map(|m| m.1 as usize).collect();
        let pad = offset_of!(MarksUniforms, pad);
        let rust = [
            offset_of!(MarksUniforms, ndc_from_map),
            offset_of!(MarksUniforms, viewport_px),
            offset_of!(MarksUniforms, radius_px),
            offset_of!(MarksUniforms, context_radius_px),
            offset_of!(MarksUniforms, ring_px),
            offset_of!(MarksUniforms, encode_gamma),
            pad,
            pad + 4,
            offset_of!(MarksUniforms, ring),
            offset_of!(MarksUniforms, hues),
        ];
        assert_eq!(wgsl, rust);
        assert_eq!(n_bytes as usize, size_of::<MarksUniforms>());
    }

    #[test]
    fn marks_hold_their_middle_and_stay_in_their_quad() {
        for mark in 0..6 {
            assert!(distance_px(mark, [0.0, 0.0], 5.0) < 0.0, "mark {mark}");
        }
        assert!(distance_px(6, [0.0, 0.0], 5.0) > 0.0);
        for mark in 0..7 {
            for corner in [[6.0, 6.0], [-6.0, 6.0], [6.0, -6.0], [-6.0, -6.0]] {
                assert!(distance_px(mark, corner, 5.0) > 0.5, "mark {mark}");
            }
        }
        // A small one is round.
        assert_eq!(
            coverage(1, [1.0, 1.0], 2.0).to_bits(),
            coverage(0, [1.0, 1.0], 2.0).to_bits()
        );
    }
}
