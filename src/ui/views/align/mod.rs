//! Alignment: rates before and after, one question before and after, the trainings and their curves.

mod case;
mod chart;
mod curves;
mod derive;
mod inspector;
mod paint;
mod state;
mod table;

pub use derive::status;
pub use inspector::inspector_ui;
pub use paint::ui;
pub use state::AlignState;

#[cfg(test)]
pub(crate) use derive::tests::sample;
