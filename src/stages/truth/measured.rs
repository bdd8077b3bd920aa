//! The figures of a comparison with the truth, and how they are told.

use serde_json::{Value, json};

use crate::algo::stats::agreement::PrecisionRecall;

/// A share of right ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ratio {
    /// Right ones.
    pub n_right: usize,
    /// All.
    pub n: usize,
}

impl Ratio {
    /// Makes a ratio.
    pub fn new(n_right: usize, n: usize) -> Self {
        Self { n_right, n }
    }

    /// Counts one more.
    pub fn add(&mut self, right: bool) {
        self.n += 1;
        self.n_right += usize::from(right);
    }

    /// Returns the share, 0 of none.
    pub fn share(&self) -> f64 {
        self.n_right as f64 / self.n.max(1) as f64
    }
}

/// Conflict edges against planted contradictions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conflicts {
    /// Conflict edges between statements planted on two sides of one proposition.
    pub n_right: usize,
    /// Conflict edges.
    pub n_found: usize,
    /// Planted dissenting statements that such an edge reaches.
    pub reached: Ratio,
}

/// Topics of one nation against the planted ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NationTopics {
    /// The nation.
    pub nation: String,
    /// Documents with a planted topic.
    pub n_docs: usize,
    /// Adjusted Rand index of the clustering, noise as one cluster.
    pub ari_clusters: f64,
    /// Adjusted Rand index after outliers got a topic by their tags.
    pub ari_topics: f64,
}

/// All figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// Planted documents that were imported.
    pub imported: Ratio,
    /// Topics by nation.
    pub topics: Vec<NationTopics>,
    /// Topics of several languages that are one topic on the joint map.
    pub shared_topics: Ratio,
    /// Those that are not.
    pub split_topics: Vec<String>,
    /// Planted outliers against noise.
    pub outliers_found: PrecisionRecall,
    /// Statements.
    pub extraction: PrecisionRecall,
    /// Statements in unlisted phrases; nothing is known of false ones apart.
    pub extraction_unlisted: PrecisionRecall,
    /// Set of the statements found.
    pub set: Ratio,
    /// The same in unlisted phrases.
    pub set_unlisted: Ratio,
    /// Name of the speaker.
    pub speaker: Ratio,
    /// Issues made.
    pub n_issues: usize,
    /// Statements found that stand in an issue, and of these those with the issue's main proposition.
    pub in_issue: PrecisionRecall,
    /// Stance within issues.
    pub stance: Ratio,
    /// The same in unlisted phrases.
    pub stance_unlisted: Ratio,
    /// Agreement or not of pairs within issues.
    pub stance_pairs: Ratio,
    /// Conflict edges.
    pub conflicts: Conflicts,
    /// Conflict edges with an end in unlisted phrases.
    pub conflicts_unlisted: Conflicts,
    /// Dropped statements against planted dissent.
    pub dropped: PrecisionRecall,
    /// Planted dissent that was found and stands in an issue of its own proposition, and of it what such an
    /// edge reaches: the reduction alone, without what extraction missed.
    pub reached_in_issue: Ratio,
    /// The same, and of it what was dropped.
    pub dropped_in_issue: Ratio,
    /// Contested issues against propositions that were planted so; where these are not known, none.
    pub contested: Option<PrecisionRecall>,
}

impl Measured {
    /// Returns name, figure and base of every measure, in the order of the pipeline.
    pub fn rows(&self) -> Vec<(String, f64, String)> {
        let mut out = vec![ratio("planted articles imported", &self.imported)];
        for t in &self.topics {
            out.push((
                format!("topics {}: ARI, clusters", t.nation),
                t.ari_clusters,
                format!("{} documents", t.n_docs),
            ));
            out.push((
                format!("topics {}: ARI, after tagging", t.nation),
                t.ari_topics,
                format!("{} documents", t.n_docs),
            ));
        }
        out.push(ratio(
            "topics of several languages in one",
            &self.shared_topics,
        ));
        out.extend(found("outliers as noise", &self.outliers_found));
        out.extend(found("extraction", &self.extraction));
        let recall = |f: &PrecisionRecall| Ratio::new(f.n_both as usize, f.n_true as usize);
        parts(
            &mut out,
            "extraction: recall",
            recall(&self.extraction),
            recall(&self.extraction_unlisted),
        );
        out.push(ratio("set (quoted or official)", &self.set));
        parts(
            &mut out,
            "set (quoted or official)",
            self.set,
            self.set_unlisted,
        );
        out.push(ratio("speaker's name", &self.speaker));
        out.push(ratio("stance", &self.stance));
        parts(&mut out, "stance", self.stance, self.stance_unlisted);
        out.push(ratio("agreement of pairs in an issue", &self.stance_pairs));
        let (all, unlisted) = (&self.conflicts, &self.conflicts_unlisted);
        let precision = |c: &Conflicts| Ratio::new(c.n_right, c.n_found);
        out.push(ratio("conflict edges: precision", &precision(all)));
        parts(
            &mut out,
            "conflict edges: precision",
            precision(all),
            precision(unlisted),
        );
        out.push(ratio(
            "conflict edges: recall of planted contradictions",
            &all.reached,
        ));
        parts(
            &mut out,
            "conflict edges: recall of planted contradictions",
            all.reached,
            unlisted.reached,
        );
        out.extend(found(
            "dropped statements as planted dissent",
            &self.dropped,
        ));
        out.push(ratio(
            "conflict edges: recall of contradictions within an issue",
            &self.reached_in_issue,
        ));
        out.push(ratio(
            "dropped statements: recall of dissent within an issue",
            &self.dropped_in_issue,
        ));
        if let Some(contested) = &self.contested {
            out.extend(found("contested issues", contested));
        }
        out
    }

    /// Returns the figures as lines of text.
    pub fn lines(&self) -> Vec<String> {
        self.rows()
            .into_iter()
            .map(|(name, value, base)| format!("{name:<58} {value:.3}  {base}"))
            .collect()
    }

    /// Returns the figures as JSON.
    pub fn to_json(&self) -> Value {
        let rows: Vec<Value> = self
            .rows()
            .into_iter()
            .map(|(name, value, base)| json!({"measure": name, "value": value, "base": base}))
            .collect();
        json!({"measures": rows, "split_topics": self.split_topics, "issues": self.n_issues})
    }
}

/// Adds a measure over listed and over unlisted phrases apart.
fn parts(out: &mut Vec<(String, f64, String)>, name: &str, all: Ratio, unlisted: Ratio) {
    let listed = Ratio::new(all.n_right - unlisted.n_right, all.n - unlisted.n);
    out.push(ratio(&format!("{name}, listed phrases"), &listed));
    out.push(ratio(&format!("{name}, unlisted phrases"), &unlisted));
}

fn ratio(name: &str, r: &Ratio) -> (String, f64, String) {
    (
        name.to_owned(),
        r.share(),
        format!("{} of {}", r.n_right, r.n),
    )
}

fn found(name: &str, f: &PrecisionRecall) -> [(String, f64, String); 2] {
    [
        (
            format!("{name}: precision"),
            f.precision().unwrap_or(0.0),
            format!("{} of {}", f.n_both, f.n_found),
        ),
        (
            format!("{name}: recall"),
            f.recall().unwrap_or(0.0),
            format!("{} of {}", f.n_both, f.n_true),
        ),
    ]
}
