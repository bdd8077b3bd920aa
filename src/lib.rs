//! Meridian: a workbench for people who study whose values language models carry.
//!
//! It takes news of several nations to *value statements*, shows where those statements conflict,
//! lets a person decide on every flagged conflict before anything is removed, measures how far language
//! models agree with them, aligns a model by preference training, and reports each step.
//! This page is the map of the program; each room's `mod.rs` begins with its own.
//!
//! # How data flows
//!
//! ```text
//! file -> formats -> stages::import -> store
//! store -> stages -> algo / annotate / nn -> store       (one run per stage and model, never overwritten)
//! click -> ui Command -> app -> jobs -> stages           (a stored job before a thread)
//! ui <- Arc<Snapshot> <- snapshot <- store               (built off the screen's thread)
//! store -> stages::report -> figure, report -> HTML, SVG, CSV
//! ```
//!
//! # Floors
//!
//! A room imports only from the rooms in its row; `tests/it/house_rules.rs` holds this.
//!
//! | Floor | Room | May import | Owns |
//! | --- | --- | --- | --- |
//! | 0 | [`base`] | – | blake3, jieba, stemmers, accents |
//! | 1 | [`domain`] | base | – |
//! | 2 | [`algo`] | base, domain | – |
//! | 2 | [`nn`] | base, domain | candle, tokenizers, safetensors, minijinja |
//! | 2 | [`gpu`] | base | wgpu, pollster |
//! | 2 | [`formats`] | base, domain | csv, flate2, zstd, encoding, png |
//! | 2 | [`figure`] | base, domain | – |
//! | 3 | [`store`] | base, domain | rusqlite, memmap2 |
//! | 3 | [`annotate`] | base, domain | – |
//! | 3 | [`report`] | base, domain, figure | – |
//! | 4 | [`stages`] | floors 0 to 3 except gpu | – |
//! | 5 | [`jobs`] | base, domain, store, annotate, stages | – |
//! | 5 | [`snapshot`] | base, domain, algo, store, stages | – |
//! | 6 | [`ui`] | base, domain, figure, gpu, snapshot | egui, `egui_plot` |
//! | 7 | [`app`], [`cli`] | all | eframe, rfd, clap, anyhow |
//!
//! Two rows are wider than a plain floor plan would have them. `snapshot` may call `stages`, because
//! the replay of the review's rounds must be one piece of code for pipeline and screen; it only reads.
//! `jobs` may name `annotate`, because it hands the annotator to the stages and asks it nothing.
//!
//! # What holds everywhere
//!
//! - `algo` is pure: values in, values out, no file, clock or global randomness; equal inputs,
//!   settings and seed give equal bytes at any thread count.
//! - One store, one writing process; a unit of work is one transaction; results are never overwritten.
//!   Edits that a person makes at once stand in a journal, are taken back and done again there, and
//!   need not wait for a job.
//! - People are a stage: nothing leaves the conflict graph without a stored decision.
//! - Offline is a first-class back end: every stage finishes with no network and no weights.

pub mod base;
pub mod domain;

pub mod algo;
pub mod figure;
pub mod formats;
pub mod gpu;
pub mod nn;

pub mod annotate;
pub mod report;
pub mod store;

pub mod stages;

pub mod jobs;
pub mod snapshot;

pub mod ui;

pub mod app;
pub mod cli;
