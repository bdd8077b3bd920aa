//! The map: scatter of all documents, colored by a field, with labels, filter by legend, selection by
//! outline and a time brush.

mod brush;
mod classes;
mod inspector;
mod label_paint;
mod labels;
mod legend;
mod outline;
mod paint;
mod painter;
#[cfg(test)]
pub(crate) mod sample;
mod state;
mod tools;
mod tooltip;

pub(crate) use brush::words as months_in_words;
pub use classes::ColorBy;
pub use inspector::inspector_ui;
pub use paint::ui;
pub use state::MapState;
