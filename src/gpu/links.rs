//! Links of a graph: one instanced quad per segment, each class with its color, width and dash. Twin of
//! `shaders/links.wgsl`.

use bytemuck::{Pod, Zeroable};
use wgpu::util::DeviceExt as _;

use super::Mat3;
use super::graph::{N_LINK_CLASSES, Stroke};

/// A segment as it lies in the vertex buffer.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct LinkInstance {
    /// One end in map units, y up.
    pub a_in_map: [f32; 2],
    /// The other end.
    pub b_in_map: [f32; 2],
    /// Class, below [`N_LINK_CLASSES`].
    pub class: u32,
}

/// What a frame sets.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct LinksUniforms {
    /// From map units to ndc.
    pub ndc_from_map: Mat3,
    /// Size of the view in physical pixels.
    pub viewport_px: [f32; 2],
    /// 1 where the target stores sRGB values as they are.
    pub encode_gamma: u32,
    /// Fills 16 bytes.
    pub pad: u32,
    /// Linear colors by class, alpha apart; alpha 0 draws nothing.
    pub colors: [[f32; 4]; N_LINK_CLASSES],
    /// By class, in physical pixels: half the width, length of a dash, length of the gap after it, 0.
    pub shapes: [[f32; 4]; N_LINK_CLASSES],
}

impl LinksUniforms {
    /// Sets what a view looks like.
    pub fn new(
        (ndc_from_map, viewport_px): (Mat3, [f32; 2]),
        strokes: &[Stroke; N_LINK_CLASSES],
    ) -> Self {
        Self {
            ndc_from_map,
            viewport_px,
            encode_gamma: 0,
            pad: 0,
            colors: strokes.map(|s| s.color),
            shapes: strokes.map(|s| [0.5 * s.width_px as f32, s.dash_px[0], s.dash_px[1], 0.0]),
        }
    }
}

/// The pipeline, made once.
pub struct LinksPipeline {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
}

/// Segments on the graphics card with the uniforms of their view.
pub struct LinksBuffer {
    vertices: wgpu::Buffer,
    n_links: u32,
    frame: (wgpu::Buffer, wgpu::BindGroup),
}

impl LinksPipeline {
    /// Makes the pipeline for a target of `format`.
    pub fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("links"),
            source: wgpu::ShaderSource::Wgsl(include_str!("../../shaders/links.wgsl").into()),
        });
        let layout = super::uniform_layout(device, "links frame");
        let pipeline = super::strip_pipeline(
            device,
            &super::Pass {
                label: "links",
                module: &module,
                layouts: &[&layout],
                buffers: &[Some(wgpu::VertexBufferLayout {
                    array_stride: size_of::<LinkInstance>() as u64,
                    step_mode: wgpu::VertexStepMode::Instance,
                    attributes: &wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Uint32],
                })],
                format,
            },
        );
        Self { pipeline, layout }
    }

    /// Uploads segments; done once per change of the data.
    pub fn upload(&self, device: &wgpu::Device, links: &[LinkInstance]) -> LinksBuffer {
        let vertices = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("links"),
            contents: bytemuck::cast_slice(links),
            usage: wgpu::BufferUsages::VERTEX,
        });
        LinksBuffer {
            vertices,
            n_links: links.len() as u32,
            frame: super::uniform(
                device,
                &self.layout,
                "links frame",
                size_of::<LinksUniforms>() as u64,
            ),
        }
    }

    /// Draws all segments, the last on top.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, links: &LinksBuffer) {
        if links.n_links == 0 {
            return;
        }
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &links.frame.1, &[]);
        pass.set_vertex_buffer(0, links.vertices.slice(..));
        pass.draw(0..4, 0..links.n_links);
    }
}

impl LinksBuffer {
    /// Writes what the frame sets.
    pub fn write_frame(&self, queue: &wgpu::Queue, uniforms: &LinksUniforms) {
        queue.write_buffer(&self.frame.0, 0, bytemuck::bytes_of(uniforms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::offset_of;

    #[test]
    fn offsets_equal_the_shader() {
        let source = include_str!("../../shaders/links.wgsl");
        let (members, n_bytes) = super::super::tests::struct_offsets(source, "LinksUniforms");
        let wgsl: Vec<usize> = members.iter().map(|m| m.1 as usize).collect();
        let rust = [
            offset_of!(LinksUniforms, ndc_from_map),
            offset_of!(LinksUniforms, viewport_px),
            offset_of!(LinksUniforms, encode_gamma),
            offset_of!(LinksUniforms, pad),
            offset_of!(LinksUniforms, colors),
            offset_of!(LinksUniforms, shapes),
        ];
        assert_eq!(wgsl, rust);
        assert_eq!(n_bytes as usize, size_of::<LinksUniforms>());
    }

    /// The CPU twin of the shader's dash: a dash first, then its gap.
    #[test]
    fn dashes_begin_with_ink() {
        let inked = |along_px: f32, dash: f32, gap: f32| {
            gap <= 0.0 || (along_px / (dash + gap)).fract() * (dash + gap) < dash
        };
        assert!(inked(0.0, 4.0, 2.0) && inked(3.9, 4.0, 2.0) && !inked(4.1, 4.0, 2.0));
        assert!(inked(6.1, 4.0, 2.0) && inked(5.0, 4.0, 0.0));
    }
}
