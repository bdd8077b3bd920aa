//! The map: scatter of all documents, colored by a field, with labels, lines of density, filter by legend,
//! selection by outline and a time brush.

mod brush;
mod classes;
mod contours;
mod inspector;
pub(crate) mod label_paint;
pub(crate) mod labels;
mod layout;
mod legend;
pub(crate) mod outline;
mod paint;
mod painter;
#[cfg(test)]
pub(crate) mod sample;
mod saved;
pub(crate) mod source_maps;
mod state;
mod tools;
mod tooltip;

pub(crate) use brush::words as months_in_words;
pub use classes::ColorBy;
pub use inspector::{back_ui, inspector_ui};
pub use layout::MapLayout;
pub use paint::ui;
pub use state::MapState;
