//! The window driven by accessible name.
