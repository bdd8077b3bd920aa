//! Small pieces that views are built of. They draw and answer clicks; they know no document.

pub mod button;
pub mod card;
pub mod chart;
pub mod field;
pub mod icon;
pub mod mark;
pub mod passage;
pub mod range;
pub mod table;
pub mod words;

pub use button::{
    Look, action, action_named, action_small, action_within, check_row, chip, key_cap, link_row,
};
pub use card::card;
pub use chart::{bar, progress_bar, sparkline};
pub use field::field;
pub use icon::{Icon, icon};
pub use mark::{mark, star};
pub use passage::passage;
pub use range::range;
pub use words::{caption, cell, empty, fact_row, line, one_line, section, title, wrapped};
