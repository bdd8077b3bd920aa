// marks.wgsl: one quad per node of a graph, round or with a mark, some with a ring. Twin: src/gpu/marks.rs.
// In: map units (y up). Out: ndc. Radius and ring in physical pixels, together at most 24: with one pixel of
// smooth edge a quad is at most 2 · (24 + 1) = 50 px wide.
// Colors: linear, alpha apart; blended premultiplied.

struct MarksUniforms {
    ndc_from_map: mat3x3<f32>,   // offset 0, 48 bytes
    viewport_px: vec2<f32>,      // offset 48
    radius_px: f32,              // offset 56
    context_radius_px: f32,      // offset 60; of hue 0
    ring_px: f32,                // offset 64
    encode_gamma: u32,           // offset 68; 1 where the target stores sRGB values as they are
    pad_a: u32,                  // offset 72
    pad_b: u32,                  // offset 76
    ring: vec4<f32>,             // offset 80
    hues: array<vec4<f32>, 16>,  // offset 96, 256 bytes; 352 bytes in all
}

@group(0) @binding(0) var<uniform> frame: MarksUniforms;

const MIN_MARK_RADIUS_PX: f32 = 2.5;

struct VsOut {
    @builtin(position) position: vec4<f32>,
    @location(0) offset_px: vec2<f32>,
    @location(1) @interpolate(flat) color: vec4<f32>,
    @location(2) @interpolate(flat) mark: u32,
    @location(3) @interpolate(flat) radius_px: f32,
    @location(4) @interpolate(flat) ring_px: f32,
}

@vertex
fn vs_main(
    @builtin(vertex_index) corner_idx: u32,
    @location(0) center_in_map: vec2<f32>,
    @location(1) bits: u32,
) -> VsOut {
    var out: VsOut;
    let hue = bits & 15u;
    out.color = frame.hues[hue];
    out.mark = (bits >> 4u) & 7u;
    out.radius_px = select(frame.radius_px, frame.context_radius_px, hue == 0u);
    out.ring_px = select(0.0, frame.ring_px, ((bits >> 7u) & 1u) == 1u);
    let p_in_ndc = frame.ndc_from_map * vec3<f32>(center_in_map, 1.0);
    let corner = vec2<f32>(f32(corner_idx & 1u), f32(corner_idx >> 1u)) * 2.0 - 1.0;
    out.offset_px = corner * (out.radius_px + out.ring_px + 1.0);
    let offset_in_ndc = 2.0 * out.offset_px / frame.viewport_px;
    out.position = vec4<f32>(p_in_ndc.xy + offset_in_ndc, 0.0, 1.0);
    // A hue without alpha draws nothing: its quad goes outside the clip volume.
    if (out.color.a <= 0.0) {
        out.position = vec4<f32>(2.0, 2.0, 2.0, 1.0);
    }
    return out;
}

// Signed distance to the mark's edge in pixels, negative inside; y up.
fn distance_px(mark: u32, p: vec2<f32>, r: f32) -> f32 {
    let q = abs(p);
    switch mark {
        case 1u: { // square
            return max(q.x, q.y) - 0.86 * r;
        }
        case 2u: { // triangle, point up
            return max(q.x * 0.866 + p.y * 0.5, -p.y) - 0.62 * r;
        }
        case 3u: { // diamond
            return (q.x + q.y) * 0.70710678 - 0.78 * r;
        }
        case 4u: { // triangle, point down
            return max(q.x * 0.866 - p.y * 0.5, p.y) - 0.62 * r;
        }
        case 5u: { // plus
            return max(max(q.x, q.y) - r, min(q.x, q.y) - 0.36 * r);
        }
        case 6u: { // open circle: no longer there
            return abs(length(p) - 0.8 * r) - 0.18 * r;
        }
        default: {
            return length(p) - r;
        }
    }
}

fn gamma_from_linear(c: vec3<f32>) -> vec3<f32> {
    let low = c * 12.92;
    let high = 1.055 * pow(max(c, vec3<f32>(0.0)), vec3<f32>(1.0 / 2.4)) - 0.055;
    return select(high, low, c < vec3<f32>(0.0031308));
}

fn shown(color: vec4<f32>, coverage: f32) -> vec4<f32> {
    let alpha = color.a * coverage;
    let rgb = select(color.rgb, gamma_from_linear(color.rgb), frame.encode_gamma == 1u);
    return vec4<f32>(rgb * alpha, alpha);
}

// The share of a pixel that a mark of a radius covers.
fn coverage_of(mark: u32, p: vec2<f32>, radius_px: f32) -> f32 {
    let seen = select(0u, mark, radius_px >= MIN_MARK_RADIUS_PX);
    return clamp(0.5 - distance_px(seen, p, radius_px), 0.0, 1.0);
}

@fragment
fn fs_main(in: VsOut) -> @location(0) vec4<f32> {
    let mark = shown(in.color, coverage_of(in.mark, in.offset_px, in.radius_px));
    if (in.ring_px <= 0.0) {
        return mark;
    }
    let around = shown(frame.ring, coverage_of(in.mark, in.offset_px, in.radius_px + in.ring_px));
    return mark + around * (1.0 - mark.a);
}
