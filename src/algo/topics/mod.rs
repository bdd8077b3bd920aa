//! What a cluster of documents is about: its words, their choice, its place among other topics, its
//! spread over nations and the tags that place documents which no cluster took.
//!
//! Everything here is values in, values out. It clusters nothing (`algo::map` does), asks no
//! annotator and writes no label.

pub mod ctfidf;
pub mod hierarchy;
pub mod keybert;
pub mod matching;
pub mod mmr;
pub mod spread;
mod tag_rounds;
mod tag_table;
pub mod tags;
pub mod vocabulary;
