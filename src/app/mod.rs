//! The conductor: owns the engine's thread, the snapshot's thread, the window and the settings.
//!
//! ```text
//! ui --Command--> host (drained in `logic`) --Task--> worker (engine, one thread)
//!                                           --DeskTask--> desk (edits at once, one thread)
//!                                           --Errand--> errands (what a frame needs of the disk, one thread)
//! ui <--Arc<Snapshot>-- builder (one thread, reads beside the writer) <--revision-- worker
//! ```
//!
//! The host never computes: what takes more than a moment is a task of the worker or a request to the
//! builder, of which only the newest counts.

mod builder;
mod desk;
mod desk_json;
mod dropped;
mod errands;
mod faces;
mod host;
mod layouts;
mod preferences;
mod querier;
mod recent;
mod searcher;
mod worker;

pub use preferences::data_folder;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use crate::annotate::Annotator;
use crate::annotate::rules::Rules;

/// Returns the annotator that needs no network and no weights.
pub fn offline_annotator() -> Arc<dyn Annotator> {
    Arc::new(Rules)
}

/// Finds the system's fonts for the window, a face with Chinese among them.
pub fn system_faces() -> crate::ui::Faces {
    faces::find()
}

/// The window cannot open.
#[derive(Debug, thiserror::Error)]
#[error("no window can be opened here ({cause}); {advice}")]
pub struct NoWindow {
    /// What stood in the way.
    pub cause: String,
    /// What to install or set.
    pub advice: &'static str,
}

/// Makes what runs inside a window of eframe's: [`run_window`] opens one around it, and a test drives it
/// without a screen. Preferences and layouts are kept in the folder `config`, `None` to keep none.
///
/// # Errors
/// A thread cannot be started.
pub fn program(
    cc: &eframe::CreationContext<'_>,
    project: Option<&Path>,
    config: Option<&Path>,
) -> anyhow::Result<Box<dyn eframe::App>> {
    Ok(Box::new(host::Host::new(cc, project, config)?))
}

/// Opens the window and returns when it is closed.
///
/// # Errors
/// [`NoWindow`] with the cause, also when the toolkit panics for want of a system library.
pub fn run_window(project: Option<&Path>) -> anyhow::Result<()> {
    if cfg!(target_os = "linux") && !has_display() {
        return Err(NoWindow {
            cause: "neither DISPLAY nor WAYLAND_DISPLAY is set".to_owned(),
            advice: "log in to a desktop, or start a virtual one such as `xvfb-run` (package xvfb)",
        }
        .into());
    }
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Meridian")
            .with_inner_size([1440.0, 900.0])
            .with_min_inner_size([900.0, 600.0]),
        renderer: eframe::Renderer::Wgpu,
        ..eframe::NativeOptions::default()
    };
    let project = project.map(Path::to_owned);
    let hook = std::panic::take_hook();
    // The toolkit panics where a library is missing; that becomes a sentence, not a trace.
    std::panic::set_hook(Box::new(|_| {}));
    let result = catch_unwind(AssertUnwindSafe(|| {
        eframe::run_native(
            "meridian",
            options,
            Box::new(move |cc| {
                let config = preferences::config_folder();
                Ok(program(cc, project.as_deref(), config.as_deref())?)
            }),
        )
    }));
    std::panic::set_hook(hook);
    let cause = match result {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
            .unwrap_or_else(|| "the toolkit gave no reason".to_owned()),
    };
    Err(NoWindow {
        advice: advice_for(&cause),
        cause,
    }
    .into())
}

fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()))
}

/// Names the Debian packages behind the causes met in practice.
fn advice_for(cause: &str) -> &'static str {
    let cause = cause.to_lowercase();
    if cause.contains("adapter") || cause.contains("wgpu") || cause.contains("vulkan") {
        "install a graphics driver; the software one is in the package mesa-vulkan-drivers"
    } else if cause.contains("x11")
        || cause.contains("xkb")
        || cause.contains("library")
        || cause.contains("xcursor")
    {
        "install the X libraries: libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0"
    } else {
        "check the display, and install mesa-vulkan-drivers libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_the_package() {
        assert!(advice_for("No suitable wgpu adapter found").contains("mesa-vulkan-drivers"));
        assert!(advice_for("libXcursor.so.1: cannot open shared library").contains("libxcursor1"));
    }
}
