-- Several reviewers on one project. A row says what its reviewer said before, how long it took, whether it
-- adjudicates, and which rule made it; rows are chained by hash, so that none changes unseen.

-- The reviewer's verdict on this edge and round before this row; NULL for none.
ALTER TABLE decision ADD COLUMN verdict_before TEXT;
-- Milliseconds spent on the edge; NULL where nobody measured.
ALTER TABLE decision ADD COLUMN spent_ms INTEGER;
-- 1: decides over what the reviewers say. Of the rows before there were several reviewers the newest of
-- an edge and round was in force, whoever it was by: that is what an adjudication is.
ALTER TABLE decision ADD COLUMN adjudicates INTEGER NOT NULL DEFAULT 1;
-- Words of the rule that made it; empty for a decision on this edge alone.
ALTER TABLE decision ADD COLUMN rule TEXT NOT NULL DEFAULT '';
-- Hash of the row before, of the same run, and of all that this row says.
ALTER TABLE decision ADD COLUMN hash TEXT NOT NULL DEFAULT '';

CREATE INDEX decision_of_edge ON decision(run_id, edge_id, round, id);

-- Where the chain of a run ends: its rows and the hash of the last one.
CREATE TABLE decision_chain (
  run_id INTEGER PRIMARY KEY REFERENCES run(id),
  n_rows INTEGER NOT NULL,
  head TEXT NOT NULL
);

-- The rows there are get their hashes now, once; then the trigger that keeps rows as they are comes back.
DROP TRIGGER decision_stays;
