//! One identity type per table, so that a bare integer never crosses a room.

/// Declares an id newtype over the database's row id.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

id!(
    /// Identity of a document (one article).
    DocId
);
id!(
    /// Identity of a topic (a cluster of documents).
    TopicId
);
id!(
    /// Identity of a value statement.
    StatementId
);
id!(
    /// Identity of a triple ⟨Q, S, RS⟩.
    TripleId
);
id!(
    /// Identity of an issue (one proposition within a nation).
    IssueId
);
id!(
    /// Identity of an edge of the conflict graph.
    EdgeId
);
id!(
    /// Identity of a reviewer's decision.
    DecisionId
);
id!(
    /// Identity of one immutable execution of a stage.
    RunId
);
id!(
    /// Identity of a stored job.
    JobId
);
id!(
    /// Identity of a step in the journal.
    StepId
);
id!(
    /// Identity of a sample of pairs that people judge.
    SampleId
);
id!(
    /// Identity of a pair of a sample.
    ItemId
);
id!(
    /// Identity of a judgment.
    JudgmentId
);
