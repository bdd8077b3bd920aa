//! The map: every document as a point, its topics named, nothing left out without saying so.

mod derive;
mod paint;
mod state;

pub use paint::{inspector_ui, ui};
pub use state::{ColorBy, MapState};
