//! Drawing from plain slices: points, graphs and computed pictures.
//!
//! Pipelines are made once, buffers once per data change, and a frame writes uniforms only. Where the
//! adapter is the processor itself, millions of points are counted into a picture ([`raster`]) instead of
//! being drawn one by one, and so are the links of a graph ([`graph`]). This room knows no widget, no document and no color of its own: colors arrive
//! linear with their alpha apart.

pub mod aggregate;
pub mod camera_path;
pub mod graph;
pub mod headless;
pub mod links;
pub mod marks;
pub mod picture;
pub mod points;
pub mod raster;

/// A 3 × 3 matrix as WGSL lays it out: three columns, each padded to four numbers.
pub type Mat3 = [[f32; 4]; 3];

/// Makes `ndc_from_map` for a view that shows `center_in_map` in its middle.
///
/// # Units
/// `px_per_unit` physical pixels per map unit, `viewport_px` the size of the view; y is up in both spaces.
pub fn ndc_from_map(center_in_map: [f32; 2], px_per_unit: f32, viewport_px: [f32; 2]) -> Mat3 {
    let sx = 2.0 * px_per_unit / viewport_px[0].max(1.0);
    let sy = 2.0 * px_per_unit / viewport_px[1].max(1.0);
    [
        [sx, 0.0, 0.0, 0.0],
        [0.0, sy, 0.0, 0.0],
        [-center_in_map[0] * sx, -center_in_map[1] * sy, 1.0, 0.0],
    ]
}

/// Applies a matrix of [`ndc_from_map`] to a point; the CPU twin of the shaders' product.
pub fn transform(m: &Mat3, p: [f32; 2]) -> [f32; 2] {
    [
        m[0][0] * p[0] + m[1][0] * p[1] + m[2][0],
        m[0][1] * p[0] + m[1][1] * p[1] + m[2][1],
    ]
}

/// What a pass of four corners per instance is made of.
pub(crate) struct Pass<'a> {
    pub(crate) label: &'a str,
    pub(crate) module: &'a wgpu::ShaderModule,
    pub(crate) layouts: &'a [&'a wgpu::BindGroupLayout],
    pub(crate) buffers: &'a [Option<wgpu::VertexBufferLayout<'a>>],
    pub(crate) format: wgpu::TextureFormat,
}

/// Makes the pipeline of a pass.
pub(crate) fn strip_pipeline(device: &wgpu::Device, pass: &Pass<'_>) -> wgpu::RenderPipeline {
    let layouts: Vec<_> = pass.layouts.iter().map(|l| Some(*l)).collect();
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(pass.label),
        bind_group_layouts: &layouts,
        immediate_size: 0,
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(pass.label),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module: pass.module,
            entry_point: Some("vs_main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: pass.buffers,
        },
        primitive: wgpu::PrimitiveState {
            topology: wgpu::PrimitiveTopology::TriangleStrip,
            ..wgpu::PrimitiveState::default()
        },
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: pass.module,
            entry_point: Some("fs_main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(wgpu::ColorTargetState {
                format: pass.format,
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}

/// Makes a layout with one uniform buffer at binding 0.
pub(crate) fn uniform_layout(device: &wgpu::Device, label: &str) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some(label),
        entries: &[wgpu::BindGroupLayoutEntry {
            binding: 0,
            visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Uniform,
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        }],
    })
}

/// Makes a uniform buffer of `n_bytes` with its bind group.
pub(crate) fn uniform(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    label: &str,
    n_bytes: u64,
) -> (wgpu::Buffer, wgpu::BindGroup) {
    let buffer = device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: n_bytes,
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(label),
        layout,
        entries: &[wgpu::BindGroupEntry {
            binding: 0,
            resource: buffer.as_entire_binding(),
        }],
    });
    (buffer, group)
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a test fails by panic; the middle is exactly zero"
)]
pub(crate) mod tests {
    use super::*;
    use wgpu::naga;

    /// Parses and validates a shader and returns each struct's members with their offsets and its size.
    pub(crate) fn struct_offsets(source: &str, name: &str) -> (Vec<(String, u32)>, u32) {
        let module = naga::front::wgsl::parse_str(source).unwrap();
        naga::valid::Validator::new(
            naga::valid::ValidationFlags::all(),
            naga::valid::Capabilities::all(),
        )
        .validate(&module)
        .unwrap();
        let (_, ty) = module
            .types
            .iter()
            .find(|(_, ty)| ty.name.as_deref() == Some(name))
            .unwrap();
        let naga::TypeInner::Struct { members, span } = &ty.inner else {
            panic!("{name} is no struct");
        };
        let offsets = members
            .iter()
            .map(|m| (m.name.clone().unwrap_or_default(), m.offset))
            .collect();
        (offsets, *span)
    }

    #[test]
    fn the_middle_is_zero_and_y_is_up() {
        let m = ndc_from_map([3.0, -2.0], 10.0, [200.0, 100.0]);
        assert_eq!(transform(&m, [3.0, -2.0]), [0.0, 0.0]);
        let p = transform(&m, [13.0, 3.0]);
        assert!((p[0] - 1.0).abs() < 1e-6 && (p[1] - 1.0).abs() < 1e-6);
    }
}
