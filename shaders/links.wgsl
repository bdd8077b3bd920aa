// links.wgsl: one quad per link of a graph, plain or dashed. Twin: src/gpu/links.rs.
// In: map units (y up). Out: ndc. Half width in physical pixels, 0.5 to 3; lengths along a link are kept in
// pixels as 32-bit floats, exact enough for dashes up to 2^20 px.
// Colors: linear, alpha apart; blended premultiplied.

struct LinksUniforms {
    ndc_from_map: mat3x3<f32>,     // offset 0, 48 bytes
    viewport_px: vec2<f32>,        // offset 48
    encode_gamma: u32,             // offset 56; 1 where the target stores sRGB values as they are
    pad: u32,                      // offset 60
    colors: array<vec4<f32>, 32>,  // offset 64, 512 bytes
    shapes: array<vec4<f32>, 32>,  // offset 576, 512 bytes; half width, dash, gap, 0; 1088 bytes in all
}

@group(0) @binding(0) var<uniform> frame: LinksUniforms;

struct VsOut {
    @builtin(position) position: vec4<f32>,
    @location(0) along_px: f32,
    @location(1) across_px: f32,
    @location(2) @interpolate(flat) color: vec4<f32>,
    @location(3) @interpolate(flat) shape: vec4<f32>,
}

@vertex
fn vs_main(
    @builtin(vertex_index) corner_idx: u32,
    @location(0) a_in_map: vec2<f32>,
    @location(1) b_in_map: vec2<f32>,
    @location(2) class_idx: u32,
) -> VsOut {
    var out: VsOut;
    out.color = frame.colors[class_idx & 31u];
    out.shape = frame.shapes[class_idx & 31u];
    let half_viewport_px = 0.5 * frame.viewport_px;
    let a_px = (frame.ndc_from_map * vec3<f32>(a_in_map, 1.0)).xy * half_viewport_px;
    let b_px = (frame.ndc_from_map * vec3<f32>(b_in_map, 1.0)).xy * half_viewport_px;
    let length_px = max(distance(a_px, b_px), 1e-6);
    let dir = (b_px - a_px) / length_px;
    let normal = vec2<f32>(-dir.y, dir.x);
    let at_b = f32(corner_idx & 1u);
    let side = f32(corner_idx >> 1u) * 2.0 - 1.0;
    out.along_px = at_b * length_px;
    out.across_px = side * (out.shape.x + 1.0);
    let p_px = mix(a_px, b_px, at_b) + normal * out.across_px;
    out.position = vec4<f32>(p_px / half_viewport_px, 0.0, 1.0);
    // A color without alpha draws nothing: its quad goes outside the clip volume.
    if (out.color.a <= 0.0) {
        out.position = vec4<f32>(2.0, 2.0, 2.0, 1.0);
    }
    return out;
}

fn gamma_from_linear(c: vec3<f32>) -> vec3<f32> {
    let low = c * 12.92;
    let high = 1.055 * pow(max(c, vec3<f32>(0.0)), vec3<f32>(1.0 / 2.4)) - 0.055;
    return select(high, low, c < vec3<f32>(0.0031308));
}

@fragment
fn fs_main(in: VsOut) -> @location(0) vec4<f32> {
    var coverage = clamp(in.shape.x + 0.5 - abs(in.across_px), 0.0, 1.0);
    let period_px = in.shape.y + in.shape.z;
    if (in.shape.z > 0.0 && fract(in.along_px / period_px) * period_px >= in.shape.y) {
        coverage = 0.0;
    }
    let alpha = in.color.a * coverage;
    let rgb = select(in.color.rgb, gamma_from_linear(in.color.rgb), frame.encode_gamma == 1u);
    return vec4<f32>(rgb * alpha, alpha);
}
