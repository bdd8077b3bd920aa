// lines.wgsl: one quad per line segment, plain or dashed. Twin: src/gpu/lines.rs.
// In: map units (y up). Out: ndc. Half width in physical pixels, 0.25 to 16; lengths along a line are
// kept in pixels as 32-bit floats, exact enough for dashes up to 2^20 px.
// Colors: linear, alpha apart; blended premultiplied.

struct LinesUniforms {
    ndc_from_map: mat3x3<f32>,     // offset 0, 48 bytes
    viewport_px: vec2<f32>,        // offset 48
    half_width_px: f32,            // offset 56
    dash_px: f32,                  // offset 60; length of a dash and of a gap
    colors: array<vec4<f32>, 8>,   // offset 64, 128 bytes
    encode_gamma: u32,             // offset 192
    pad_a: u32,                    // offset 196
    pad_b: u32,                    // offset 200
    pad_c: u32,                    // offset 204; 208 bytes in all
}

@group(0) @binding(0) var<uniform> frame: LinesUniforms;

struct VsOut {
    @builtin(position) position: vec4<f32>,
    @location(0) along_px: f32,
    @location(1) across_px: f32,
    @location(2) @interpolate(flat) color: vec4<f32>,
    @location(3) @interpolate(flat) dashed: u32,
}

@vertex
fn vs_main(
    @builtin(vertex_index) corner_idx: u32,
    @location(0) a_in_map: vec2<f32>,
    @location(1) b_in_map: vec2<f32>,
    @location(2) class_bits: u32,
) -> VsOut {
    let half_viewport_px = 0.5 * frame.viewport_px;
    let a_px = (frame.ndc_from_map * vec3<f32>(a_in_map, 1.0)).xy * half_viewport_px;
    let b_px = (frame.ndc_from_map * vec3<f32>(b_in_map, 1.0)).xy * half_viewport_px;
    let length_px = max(distance(a_px, b_px), 1e-6);
    let dir = (b_px - a_px) / length_px;
    let normal = vec2<f32>(-dir.y, dir.x);
    let at_b = f32(corner_idx & 1u);
    let side = f32(corner_idx >> 1u) * 2.0 - 1.0;
    var out: VsOut;
    out.along_px = at_b * length_px;
    out.across_px = side * (frame.half_width_px + 1.0);
    let p_px = mix(a_px, b_px, at_b) + normal * out.across_px;
    out.position = vec4<f32>(p_px / half_viewport_px, 0.0, 1.0);
    out.color = frame.colors[class_bits & 7u];
    out.dashed = (class_bits >> 8u) & 1u;
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
    var coverage = clamp(frame.half_width_px + 0.5 - abs(in.across_px), 0.0, 1.0);
    if (in.dashed == 1u) {
        let phase = fract(in.along_px / (2.0 * frame.dash_px)) * 2.0;
        coverage = coverage * select(0.0, 1.0, phase < 1.0);
    }
    let alpha = in.color.a * coverage;
    let rgb = select(in.color.rgb, gamma_from_linear(in.color.rgb), frame.encode_gamma == 1u);
    return vec4<f32>(rgb * alpha, alpha);
}
