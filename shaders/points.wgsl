// points.wgsl: one quad per point, round or with a nation's mark. Twin: src/gpu/points.rs.
// In: map units (y up). Out: ndc. Radius in physical pixels, 0.5 to 64: with one pixel of smooth edge
// a quad is at most 2 · (64 + 1) = 130 px wide, which half floats could still count.
// Colors: linear, alpha apart; blended premultiplied. An alpha of 0 in the table means "context".

struct PointsUniforms {
    ndc_from_map: mat3x3<f32>, // offset 0, 48 bytes
    viewport_px: vec2<f32>,    // offset 48
    radius_px: f32,            // offset 56
    context_radius_px: f32,    // offset 60
    context_color: vec4<f32>,  // offset 64, 16 bytes
    color_by: u32,             // offset 80; 0 group, 1 topic
    encode_gamma: u32,         // offset 84; 1 where the target stores sRGB values as they are
    n_points: u32,             // offset 88
    pad: u32,                  // offset 92; 96 bytes in all
}

struct ColorTable {
    // 64 groups (nations), then 960 topics; 16,384 bytes, the smallest limit of any adapter.
    entries: array<vec4<f32>, 1024>, // offset 0
}

struct PassUniforms {
    layer: u32, // offset 0; 0 draws the context, 1 the data; 16 bytes in all
    pad_a: u32, // offset 4
    pad_b: u32, // offset 8
    pad_c: u32, // offset 12
}

@group(0) @binding(0) var<uniform> frame: PointsUniforms;
@group(1) @binding(0) var<uniform> table: ColorTable;
@group(2) @binding(0) var<uniform> draw: PassUniforms;

const MIN_MARK_RADIUS_PX: f32 = 3.0;

struct VsOut {
    @builtin(position) position: vec4<f32>,
    @location(0) offset_px: vec2<f32>,
    @location(1) @interpolate(flat) color: vec4<f32>,
    @location(2) @interpolate(flat) mark: u32,
    @location(3) @interpolate(flat) radius_px: f32,
}

@vertex
fn vs_main(
    @builtin(vertex_index) corner_idx: u32,
    @location(0) center_in_map: vec2<f32>,
    @location(1) class_bits: u32,
) -> VsOut {
    let group_color = table.entries[class_bits & 63u];
    let topic_idx = min((class_bits >> 6u) & 1023u, 959u);
    let has_topic = ((class_bits >> 6u) & 1023u) < 960u;
    let topic_color = table.entries[64u + topic_idx];
    let is_outlier = ((class_bits >> 16u) & 1u) == 1u;
    let topic_on = !has_topic || topic_color.a > 0.0;
    let is_data = !is_outlier && group_color.a > 0.0 && topic_on;

    var out: VsOut;
    out.mark = (class_bits >> 17u) & 7u;
    out.color = select(group_color, topic_color, frame.color_by == 1u && has_topic);
    out.radius_px = frame.radius_px;
    if (!is_data) {
        out.color = frame.context_color;
        out.radius_px = frame.context_radius_px;
        out.mark = 0u;
    }
    let p_in_ndc = frame.ndc_from_map * vec3<f32>(center_in_map, 1.0);
    let corner = vec2<f32>(f32(corner_idx & 1u), f32(corner_idx >> 1u)) * 2.0 - 1.0;
    out.offset_px = corner * (out.radius_px + 1.0);
    let offset_in_ndc = 2.0 * out.offset_px / frame.viewport_px;
    out.position = vec4<f32>(p_in_ndc.xy + offset_in_ndc, 0.0, 1.0);
    // What belongs to the other layer goes outside the clip volume.
    if (is_data != (draw.layer == 1u)) {
        out.position = vec4<f32>(2.0, 2.0, 2.0, 1.0);
    }
    return out;
}

// Signed distance to the mark's edge in pixels, negative inside; y up.
fn mark_distance_px(mark: u32, p: vec2<f32>, r: f32) -> f32 {
    switch mark {
        case 1u: { // square
            let q = abs(p) - vec2<f32>(0.86 * r);
            return max(q.x, q.y);
        }
        case 2u: { // triangle, point up
            return max(abs(p.x) * 0.866 + p.y * 0.5, -p.y) - 0.62 * r;
        }
        case 3u: { // diamond
            return (abs(p.x) + abs(p.y)) * 0.7071 - 0.78 * r;
        }
        case 4u: { // triangle, point down
            return max(abs(p.x) * 0.866 - p.y * 0.5, p.y) - 0.62 * r;
        }
        case 5u: { // plus
            let q = abs(p);
            let bar = max(max(q.x, q.y) - r, min(q.x, q.y) - 0.36 * r);
            return bar;
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

@fragment
fn fs_main(in: VsOut) -> @location(0) vec4<f32> {
    let mark = select(0u, in.mark, in.radius_px >= MIN_MARK_RADIUS_PX);
    let coverage = clamp(0.5 - mark_distance_px(mark, in.offset_px, in.radius_px), 0.0, 1.0);
    let alpha = in.color.a * coverage;
    let rgb = select(in.color.rgb, gamma_from_linear(in.color.rgb), frame.encode_gamma == 1u);
    return vec4<f32>(rgb * alpha, alpha);
}
