-- Steps of a person that can be taken back and done again: edits of topics, and what stood on the desk
-- (filter, selection). Only ever added to; what is in force is the replay of its rows.

CREATE TABLE journal (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- 'do' is a step; 'undo' takes the newest step in force back, 'redo' does the last one taken back again.
  op TEXT NOT NULL CHECK (op IN ('do', 'undo', 'redo')),
  -- The step that an 'undo' or 'redo' means.
  step INTEGER REFERENCES journal(id),
  kind TEXT NOT NULL,
  -- Of a step: the newest step in force when it was done. The steps in force are the chain that hangs
  -- from the newest one, and those that can be done again the chain from the newest step of all down
  -- to it: the state is read from the last rows, whatever the journal's length.
  under INTEGER REFERENCES journal(id),
  -- Steps in force after this row.
  depth INTEGER NOT NULL,
  -- Of an edit of topics: the run of `describe` it belongs to, and that of the assignments it was made on.
  run_id INTEGER REFERENCES run(id),
  assignment_run_id INTEGER REFERENCES run(id),
  -- What the step did, to stand after "Undo".
  sentence TEXT NOT NULL,
  payload_json TEXT NOT NULL,
  who TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  CHECK ((op = 'do') = (step IS NULL))
);
CREATE INDEX journal_by_op ON journal(op, id);
CREATE INDEX journal_by_step ON journal(step, id) WHERE step IS NOT NULL;
CREATE INDEX journal_by_under ON journal(under, id) WHERE op = 'do';
CREATE INDEX journal_of_topics ON journal(run_id, id) WHERE op = 'do' AND kind = 'topics';
CREATE TRIGGER journal_stays BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
CREATE TRIGGER journal_remains BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
