//! Where networks are computed: an accelerator where the program was built for one and it answers, else
//! the processor.

use candle_core::{DType, Device};

/// Returns the device in force and its name.
///
/// `MERIDIAN_DEVICE=cpu` keeps to the processor.
pub fn pick() -> (Device, &'static str) {
    let only_cpu = std::env::var("MERIDIAN_DEVICE").is_ok_and(|v| v == "cpu");
    if !only_cpu {
        #[cfg(feature = "cuda")]
        if let Ok(device) = Device::new_cuda(0) {
            return (device, "CUDA");
        }
        #[cfg(feature = "metal")]
        if let Ok(device) = Device::new_metal(0) {
            return (device, "Metal");
        }
    }
    (Device::Cpu, "CPU")
}

/// Kinds of numbers to compute with, as the command line names them.
pub const KINDS: [&str; 3] = ["float32", "bfloat16", "float16"];

/// Returns the kind of numbers to compute with; the processor always computes in float32.
pub fn kind(name: &str, device: &Device) -> DType {
    match name {
        "bfloat16" if !device.is_cpu() => DType::BF16,
        "float16" if !device.is_cpu() => DType::F16,
        _ => DType::F32,
    }
}
