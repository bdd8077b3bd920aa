//! The map: every document as a point, its topics named, nothing left out without saying so.

mod derive;
mod inspector;
mod legend;
mod paint;
mod state;

pub use inspector::inspector_ui;
pub use paint::ui;
pub use state::{ColorBy, MapState};
