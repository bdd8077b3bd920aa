//! The one integration test binary: whole commands, crashes, bad input, the window, and house rules.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on should say why and stop"
)]
#![expect(
    clippy::print_stderr,
    reason = "a test that could not run must say so loudly"
)]

mod bad_input;
mod crash;
mod engines;
mod example;
mod explore;
mod host;
mod house_rules;
mod models;
mod review;
mod review_window;
mod source_maps;
mod support;
mod tools;
mod topics;
mod verify;
mod verify_window;
mod window;
