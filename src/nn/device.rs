//! Where networks are computed: an accelerator where the program was built for one and it answers, else
//! the processor.

use candle_core::Device;

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
