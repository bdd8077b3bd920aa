//! Links of a graph: one instanced quad per segment. Twin of `shaders/lines.wgsl`.

use bytemuck::{Pod, Zeroable};
use wgpu::util::DeviceExt as _;

use super::Mat3;

/// A segment as it lies in the vertex buffer.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct LineInstance {
    /// One end in map units, y up.
    pub a_in_map: [f32; 2],
    /// The other end.
    pub b_in_map: [f32; 2],
    /// Color in bits 0–2, dashed in bit 8.
    pub class_bits: u32,
}

/// Packs a segment's color (below 8) and whether it is dashed.
pub fn class_bits(color: u8, dashed: bool) -> u32 {
    u32::from(color & 7) | (u32::from(dashed) << 8)
}

/// What a frame sets.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct LinesUniforms {
    /// From map units to ndc.
    pub ndc_from_map: Mat3,
    /// Size of the view in physical pixels.
    pub viewport_px: [f32; 2],
    /// Half of a line's width in physical pixels.
    pub half_width_px: f32,
    /// Length of a dash and of a gap in physical pixels.
    pub dash_px: f32,
    /// Linear colors by class, alpha apart; alpha 0 draws nothing.
    pub colors: [[f32; 4]; 8],
    /// 1 where the target stores sRGB values as they are.
    pub encode_gamma: u32,
    /// Fills the last 16 bytes.
    pub pad: [u32; 3],
}

/// The pipeline, made once.
pub struct LinesPipeline {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
}

/// Segments on the graphics card with the uniforms of their view.
pub struct LinesBuffer {
    vertices: wgpu::Buffer,
    n_lines: u32,
    frame: (wgpu::Buffer, wgpu::BindGroup),
}

impl LinesPipeline {
    /// Makes the pipeline for a target of `format`.
    pub fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("lines"),
            source: wgpu::ShaderSource::Wgsl(include_str!("../../shaders/lines.wgsl").into()),
        });
        let layout = super::uniform_layout(device, "lines frame");
        let pipeline = super::strip_pipeline(
            device,
            &super::Pass {
                label: "lines",
                module: &module,
                layouts: &[&layout],
                buffers: &[Some(wgpu::VertexBufferLayout {
                    array_stride: size_of::<LineInstance>() as u64,
                    step_mode: wgpu::VertexStepMode::Instance,
                    attributes: &wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Uint32],
                })],
                format,
            },
        );
        Self { pipeline, layout }
    }

    /// Uploads segments; done once per change of the data.
    pub fn upload(&self, device: &wgpu::Device, lines: &[LineInstance]) -> LinesBuffer {
        let vertices = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("lines"),
            contents: bytemuck::cast_slice(lines),
            usage: wgpu::BufferUsages::VERTEX,
        });
        LinesBuffer {
            vertices,
            n_lines: lines.len() as u32,
            frame: super::uniform(
                device,
                &self.layout,
                "lines frame",
                size_of::<LinesUniforms>() as u64,
            ),
        }
    }

    /// Draws all segments.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, lines: &LinesBuffer) {
        if lines.n_lines == 0 {
            return;
        }
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &lines.frame.1, &[]);
        pass.set_vertex_buffer(0, lines.vertices.slice(..));
        pass.draw(0..4, 0..lines.n_lines);
    }
}

impl LinesBuffer {
    /// Writes what the frame sets.
    pub fn write_frame(&self, queue: &wgpu::Queue, uniforms: &LinesUniforms) {
        queue.write_buffer(&self.frame.0, 0, bytemuck::bytes_of(uniforms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::offset_of;

    #[test]
    fn offsets_equal_the_shader() {
        let source = include_str!("../../shaders/lines.wgsl");
        let (members, n_bytes) = super::super::tests::struct_offsets(source, "LinesUniforms");
        let wgsl: Vec<usize> = members.iter().take(6).map(|m| m.1 as usize).collect();
        let rust = [
            offset_of!(LinesUniforms, ndc_from_map),
            offset_of!(LinesUniforms, viewport_px),
            offset_of!(LinesUniforms, half_width_px),
            offset_of!(LinesUniforms, dash_px),
            offset_of!(LinesUniforms, colors),
            offset_of!(LinesUniforms, encode_gamma),
        ];
        assert_eq!(wgsl, rust);
        assert_eq!(n_bytes as usize, size_of::<LinesUniforms>());
    }

    /// The CPU twin of the shader's dash: the first half of each period is drawn.
    #[test]
    fn dashes_begin_with_ink() {
        let inked = |along_px: f32, dash_px: f32| (along_px / (2.0 * dash_px)).fract() * 2.0 < 1.0;
        assert!(inked(0.0, 4.0) && inked(3.9, 4.0) && !inked(4.1, 4.0) && inked(8.1, 4.0));
    }
}
