//! The one integration test binary: whole commands, crashes, bad input, the window, and house rules.

mod bad_input;
mod crash;
mod example;
mod house_rules;
mod support;
mod window;
