//! Verification by people: a sample is drawn and dealt out, judged blind and by key, rates and agreement are
//! told, disagreements adjudicated.

mod agreement;
mod derive;
mod form;
mod inspector;
mod judge;
mod paint;
mod state;

pub use inspector::inspector_ui;
pub use paint::ui;
pub use state::VerifyState;

#[cfg(test)]
pub(crate) mod invented;
