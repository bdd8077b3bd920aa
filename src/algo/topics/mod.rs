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

/// Returns the cosine of two vectors, `None` where one has no direction.
fn cosine(a: &[f32], b: &[f32]) -> Option<f64> {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(x, y)| f64::from(*x) * f64::from(*y))
            .sum()
    };
    let scale = (dot(a, a) * dot(b, b)).sqrt();
    (scale > 0.0 && scale.is_finite()).then(|| dot(a, b) / scale)
}

/// Lines of the golden files: a kind, then fields.
#[cfg(test)]
mod golden {
    /// Reads `kind<tab>field…` lines of one kind.
    pub(super) fn lines(text: &'static str, kind: &str) -> Vec<Vec<&'static str>> {
        text.lines()
            .filter_map(|l| l.strip_prefix(kind)?.strip_prefix('\t'))
            .map(|l| l.split('\t').collect())
            .collect()
    }
}
