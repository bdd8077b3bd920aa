//! Drawing without a window: an adapter, a target of its own, and frames forced to completion.
//!
//! Serves tools and tests. It opens no file.

use std::sync::mpsc::sync_channel;

pub use wgpu::RenderPass;

/// Why nothing can be drawn.
#[derive(Debug, thiserror::Error)]
pub enum HeadlessError {
    /// There is no driver.
    #[error(
        "no graphics adapter; install a driver, e.g. Debian's mesa-vulkan-drivers, which draws on the processor: {reason}"
    )]
    NoAdapter {
        /// What the system says.
        reason: String,
    },
    /// The adapter refuses.
    #[error("the graphics adapter refuses to work: {reason}")]
    Refused {
        /// What it says.
        reason: String,
    },
    /// The picture is larger than textures may be.
    #[error("a picture may be at most {max_px} pixels wide and high here, not {width} × {height}")]
    TooLarge {
        /// Width asked for, in pixels.
        width: u32,
        /// Height asked for.
        height: u32,
        /// What the adapter allows.
        max_px: u32,
    },
}

/// Side of textures asked of the adapter, in pixels; all but the oldest have it.
const MAX_TEXTURE_PX: u32 = 8192;

/// Where pictures are drawn.
pub struct Headless {
    /// The device.
    pub device: wgpu::Device,
    /// Its queue.
    pub queue: wgpu::Queue,
    /// Name of the adapter with its kind, e.g. `llvmpipe (Vulkan, Cpu)`.
    pub adapter: String,
    /// Whether the adapter is the processor itself.
    pub is_software: bool,
    max_px: u32,
}

/// A picture drawn into.
pub struct Target {
    texture: wgpu::Texture,
    view: wgpu::TextureView,
    readback: wgpu::Buffer,
}

/// Tells whether an adapter computes on the processor.
pub fn is_software(info: &wgpu::AdapterInfo) -> bool {
    info.device_type == wgpu::DeviceType::Cpu
}

/// Returns the limits asked of an adapter: what every adapter of the last decade has, with larger textures
/// and buffers where it has them.
pub fn limits(adapter: &wgpu::Adapter) -> wgpu::Limits {
    let has = adapter.limits();
    wgpu::Limits {
        max_texture_dimension_2d: MAX_TEXTURE_PX.min(has.max_texture_dimension_2d),
        max_buffer_size: has.max_buffer_size,
        ..wgpu::Limits::downlevel_defaults().using_resolution(has)
    }
}

impl Headless {
    /// Finds the best adapter there is.
    ///
    /// # Errors
    /// [`HeadlessError`] if there is none or it refuses.
    pub fn new() -> Result<Self, HeadlessError> {
        let instance =
            wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..wgpu::RequestAdapterOptions::default()
        };
        let adapter = pollster::block_on(instance.request_adapter(&options)).map_err(|e| {
            HeadlessError::NoAdapter {
                reason: e.to_string(),
            }
        })?;
        let info = adapter.get_info();
        let required_limits = limits(&adapter);
        let max_px = required_limits.max_texture_dimension_2d;
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("headless"),
            required_limits,
            ..wgpu::DeviceDescriptor::default()
        }))
        .map_err(|e| HeadlessError::Refused {
            reason: e.to_string(),
        })?;
        Ok(Self {
            device,
            queue,
            adapter: format!("{} ({:?}, {:?})", info.name, info.backend, info.device_type),
            is_software: is_software(&info),
            max_px,
        })
    }

    /// The format of targets: sRGB values as they are, blended so.
    pub const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

    /// Makes a target.
    ///
    /// # Errors
    /// [`HeadlessError::TooLarge`].
    pub fn target(&self, size_px: [u32; 2]) -> Result<Target, HeadlessError> {
        let [width, height] = size_px.map(|n| n.max(1));
        if width.max(height) > self.max_px {
            return Err(HeadlessError::TooLarge {
                width,
                height,
                max_px: self.max_px,
            });
        }
        let texture = self.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("headless target"),
            size: wgpu::Extent3d {
                width,
                height,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: Self::FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let readback = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("headless readback"),
            size: u64::from(row_bytes(width)) * u64::from(height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        Ok(Target {
            texture,
            view,
            readback,
        })
    }

    /// Clears the target, lets `paint` draw, and waits until one pixel of the outcome has been copied.
    ///
    /// # Errors
    /// [`HeadlessError::Refused`] if the device was lost.
    pub fn frame(
        &self,
        target: &Target,
        clear: [f64; 4],
        paint: impl FnOnce(&mut wgpu::RenderPass<'_>),
    ) -> Result<(), HeadlessError> {
        self.submit(target, clear, paint, [1, 1])?;
        Ok(())
    }

    /// As [`Headless::frame`], and returns the picture: rows from the top, red, green, blue, alpha.
    ///
    /// # Errors
    /// As [`Headless::frame`].
    pub fn picture(
        &self,
        target: &Target,
        clear: [f64; 4],
        paint: impl FnOnce(&mut wgpu::RenderPass<'_>),
    ) -> Result<Vec<[u8; 4]>, HeadlessError> {
        let size = [target.texture.width(), target.texture.height()];
        self.submit(target, clear, paint, size)
    }

    fn submit(
        &self,
        target: &Target,
        clear: [f64; 4],
        paint: impl FnOnce(&mut wgpu::RenderPass<'_>),
        copied_px: [u32; 2],
    ) -> Result<Vec<[u8; 4]>, HeadlessError> {
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let [r, g, b, a] = clear;
            let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("headless"),
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view: &target.view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations {
                        load: wgpu::LoadOp::Clear(wgpu::Color { r, g, b, a }),
                        store: wgpu::StoreOp::Store,
                    },
                })],
                ..wgpu::RenderPassDescriptor::default()
            });
            paint(&mut pass);
        }
        let bytes_per_row = row_bytes(copied_px[0]);
        encoder.copy_texture_to_buffer(
            target.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &target.readback,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(bytes_per_row),
                    rows_per_image: None,
                },
            },
            wgpu::Extent3d {
                width: copied_px[0],
                height: copied_px[1],
                depth_or_array_layers: 1,
            },
        );
        self.queue.submit([encoder.finish()]);
        let refused = |reason: String| HeadlessError::Refused { reason };
        let (sender, mapped) = sync_channel(1);
        let n_bytes = u64::from(bytes_per_row) * u64::from(copied_px[1]);
        let part = target.readback.slice(0..n_bytes);
        part.map_async(wgpu::MapMode::Read, move |result| {
            // The receiver lives until the end of this function.
            drop(sender.send(result));
        });
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .map_err(|e| refused(e.to_string()))?;
        mapped
            .recv()
            .map_err(|e| refused(e.to_string()))?
            .map_err(|e| refused(e.to_string()))?;
        let view = part
            .get_mapped_range()
            .map_err(|e| refused(e.to_string()))?;
        let pixels = view
            .chunks_exact(bytes_per_row as usize)
            .flat_map(|row| {
                row.chunks_exact(4)
                    .take(copied_px[0] as usize)
                    .map(|p| [p[0], p[1], p[2], p[3]])
            })
            .collect();
        drop(view);
        target.readback.unmap();
        Ok(pixels)
    }
}

/// Bytes from one row of a copied texture to the next.
fn row_bytes(width: u32) -> u32 {
    (4 * width).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT)
}
