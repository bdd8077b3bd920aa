//! Two maps of one nation or outlet each, side by side; matched topics share a color and are joined by a line.

mod derive;
mod inspector;
mod labels;
mod lines;
mod paint;
#[cfg(test)]
pub(crate) mod sample;
mod state;

pub(super) use inspector::{inspector_ui, offer_ui};
pub(super) use paint::ui;
pub(super) use state::{SourceMapsState, can_show};
