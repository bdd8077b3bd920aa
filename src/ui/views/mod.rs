//! The views, a folder each: `mod.rs` (entry), `state.rs` (what outlives a frame), `derive.rs` (pure:
//! snapshot in, things to draw out) and `paint.rs` (egui calls).

pub mod align;
pub mod conflicts;
mod folder;
pub mod jobs;
pub mod map;
mod nothing_yet;
pub mod results;
mod shares;
pub mod start;
pub mod topics;
pub mod verify;

/// Around a view that scrolls: the scroll bar keeps to the right edge, the last row runs to the bottom.
const MARGIN: egui::Margin = egui::Margin {
    left: 24,
    right: 12,
    top: 16,
    bottom: 0,
};
