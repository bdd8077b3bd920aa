//! A computed picture laid at its place on the map. Twin of `shaders/picture.wgsl`.
//!
//! While the map moves on, the last picture moves with it until the next one is there.

use bytemuck::{Pod, Zeroable};

use super::Mat3;
use super::raster::Picture;

/// What a frame sets.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct PictureUniforms {
    /// From map units to ndc.
    pub ndc_from_map: Mat3,
    /// Lower corner of the picture in map units.
    pub lo_in_map: [f32; 2],
    /// Its upper corner.
    pub hi_in_map: [f32; 2],
    /// 1 where the target encodes what it is given.
    pub decode_gamma: u32,
    /// Fills the last 16 bytes.
    pub pad: [u32; 3],
}

/// The pipeline, made once.
pub struct PicturePipeline {
    pipeline: wgpu::RenderPipeline,
    frame_layout: wgpu::BindGroupLayout,
    texture_layout: wgpu::BindGroupLayout,
    /// Nearest, linear.
    samplers: [wgpu::Sampler; 2],
}

/// A picture on the adapter; later pictures of the same size go into the same texture.
pub struct PictureTexture {
    texture: wgpu::Texture,
    /// For a picture that lies pixel on pixel, and for one that was moved.
    texels: [wgpu::BindGroup; 2],
    frame: (wgpu::Buffer, wgpu::BindGroup),
}

impl PicturePipeline {
    /// Makes the pipeline for a target of `format`.
    pub fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("picture"),
            source: wgpu::ShaderSource::Wgsl(include_str!("../../shaders/picture.wgsl").into()),
        });
        let frame_layout = super::uniform_layout(device, "picture frame");
        let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty,
            count: None,
        };
        let texture_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("picture texels"),
            entries: &[
                entry(
                    0,
                    wgpu::BindingType::Texture {
                        sample_type: wgpu::TextureSampleType::Float { filterable: true },
                        view_dimension: wgpu::TextureViewDimension::D2,
                        multisampled: false,
                    },
                ),
                entry(
                    1,
                    wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
                ),
            ],
        });
        let pipeline = super::strip_pipeline(
            device,
            &super::Pass {
                label: "picture",
                module: &module,
                layouts: &[&frame_layout, &texture_layout],
                buffers: &[],
                format,
            },
        );
        let samplers = [wgpu::FilterMode::Nearest, wgpu::FilterMode::Linear].map(|filter| {
            device.create_sampler(&wgpu::SamplerDescriptor {
                label: Some("picture"),
                mag_filter: filter,
                min_filter: filter,
                ..wgpu::SamplerDescriptor::default()
            })
        });
        Self {
            pipeline,
            frame_layout,
            texture_layout,
            samplers,
        }
    }

    /// Makes room for pictures of a size.
    pub fn texture(&self, device: &wgpu::Device, size_px: [u32; 2]) -> PictureTexture {
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("picture"),
            size: extent(size_px.map(|n| n.max(1))),
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let texels = [0, 1].map(|i: usize| {
            device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("picture texels"),
                layout: &self.texture_layout,
                entries: &[
                    wgpu::BindGroupEntry {
                        binding: 0,
                        resource: wgpu::BindingResource::TextureView(&view),
                    },
                    wgpu::BindGroupEntry {
                        binding: 1,
                        resource: wgpu::BindingResource::Sampler(&self.samplers[i]),
                    },
                ],
            })
        });
        PictureTexture {
            texture,
            texels,
            frame: super::uniform(
                device,
                &self.frame_layout,
                "picture frame",
                size_of::<PictureUniforms>() as u64,
            ),
        }
    }

    /// Draws the picture; `moved` smooths one that does not lie pixel on pixel.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, picture: &PictureTexture, moved: bool) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &picture.frame.1, &[]);
        pass.set_bind_group(1, &picture.texels[usize::from(moved)], &[]);
        pass.draw(0..4, 0..1);
    }
}

impl PictureTexture {
    /// Returns width and height in pixels.
    pub fn size_px(&self) -> [u32; 2] {
        [self.texture.width(), self.texture.height()]
    }

    /// Puts a picture of the texture's size in; others are left out.
    pub fn write(&self, queue: &wgpu::Queue, picture: &Picture) {
        if picture.size_px != self.size_px() {
            return;
        }
        queue.write_texture(
            self.texture.as_image_copy(),
            bytemuck::cast_slice(&picture.rgba),
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(4 * picture.size_px[0]),
                rows_per_image: None,
            },
            extent(picture.size_px),
        );
    }

    /// Writes what the frame sets.
    pub fn write_frame(&self, queue: &wgpu::Queue, uniforms: &PictureUniforms) {
        queue.write_buffer(&self.frame.0, 0, bytemuck::bytes_of(uniforms));
    }
}

fn extent(size_px: [u32; 2]) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width: size_px[0],
        height: size_px[1],
        depth_or_array_layers: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::offset_of;

    #[test]
    fn offsets_equal_the_shader() {
        let source = include_str!("../../shaders/picture.wgsl");
        let (members, n_bytes) = super::super::tests::struct_offsets(source, "PictureUniforms");
        let wgsl: Vec<usize> = members.iter().take(5).map(|m| m.1 as usize).collect();
        let rust = [
            offset_of!(PictureUniforms, ndc_from_map),
            offset_of!(PictureUniforms, lo_in_map),
            offset_of!(PictureUniforms, hi_in_map),
            offset_of!(PictureUniforms, decode_gamma),
            offset_of!(PictureUniforms, pad),
        ];
        assert_eq!(wgsl, rust);
        assert_eq!(n_bytes as usize, size_of::<PictureUniforms>());
    }
}
