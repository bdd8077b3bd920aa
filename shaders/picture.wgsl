// picture.wgsl: a picture computed elsewhere, laid at its place on the map. Twin: src/gpu/picture.rs.
// In: map units (y up). Out: ndc. The texture holds sRGB-encoded color multiplied by alpha, each 0 to 1.

struct PictureUniforms {
    ndc_from_map: mat3x3<f32>, // offset 0, 48 bytes
    lo_in_map: vec2<f32>,      // offset 48; lower corner of the picture
    hi_in_map: vec2<f32>,      // offset 56; upper corner
    decode_gamma: u32,         // offset 64; 1 where the target encodes what it is given
    pad_a: u32,                // offset 68
    pad_b: u32,                // offset 72
    pad_c: u32,                // offset 76; 80 bytes in all
}

@group(0) @binding(0) var<uniform> frame: PictureUniforms;
@group(1) @binding(0) var texels: texture_2d<f32>;
@group(1) @binding(1) var texel_sampler: sampler;

struct VsOut {
    @builtin(position) position: vec4<f32>,
    @location(0) place: vec2<f32>,
}

@vertex
fn vs_main(@builtin(vertex_index) corner_idx: u32) -> VsOut {
    let corner = vec2<f32>(f32(corner_idx & 1u), f32(corner_idx >> 1u));
    let p_in_map = mix(frame.lo_in_map, frame.hi_in_map, corner);
    let p_in_ndc = frame.ndc_from_map * vec3<f32>(p_in_map, 1.0);
    var out: VsOut;
    out.position = vec4<f32>(p_in_ndc.xy, 0.0, 1.0);
    // Rows of the texture run from the top.
    out.place = vec2<f32>(corner.x, 1.0 - corner.y);
    return out;
}

fn linear_from_gamma(c: vec3<f32>) -> vec3<f32> {
    let low = c / 12.92;
    let high = pow((max(c, vec3<f32>(0.0)) + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, low, c <= vec3<f32>(0.04045));
}

@fragment
fn fs_main(in: VsOut) -> @location(0) vec4<f32> {
    let texel = textureSample(texels, texel_sampler, in.place);
    if (frame.decode_gamma == 0u) {
        return texel;
    }
    let alpha = max(texel.a, 1.0 / 255.0);
    return vec4<f32>(linear_from_gamma(texel.rgb / alpha) * texel.a, texel.a);
}
