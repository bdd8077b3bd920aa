-- Samples of pairs of statements, who judges which pair, and what they say of it. Statements are named by
-- identity: those of an earlier extraction stay in their table, so that a sample outlives a new one.

CREATE TABLE verification_sample (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  seed INTEGER NOT NULL,
  n_per_nation INTEGER NOT NULL,
  overlap_share REAL NOT NULL,
  -- NULL for no limit.
  n_per_reviewer INTEGER,
  -- Whether reduction had closed a round when it was drawn.
  is_after_reduction INTEGER NOT NULL,
  who TEXT NOT NULL,
  made_ms INTEGER NOT NULL
);
CREATE TABLE verification_reviewer (
  sample_id INTEGER NOT NULL REFERENCES verification_sample(id),
  place INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (sample_id, place)
) WITHOUT ROWID;
-- The verified statement of each nation.
CREATE TABLE verification_anchor (
  sample_id INTEGER NOT NULL REFERENCES verification_sample(id),
  nation TEXT NOT NULL,
  statement_id INTEGER NOT NULL REFERENCES statement(id),
  PRIMARY KEY (sample_id, nation)
) WITHOUT ROWID;
CREATE TABLE verification_item (
  id INTEGER PRIMARY KEY,
  sample_id INTEGER NOT NULL REFERENCES verification_sample(id),
  number INTEGER NOT NULL,
  nation TEXT NOT NULL,
  anchor INTEGER NOT NULL REFERENCES statement(id),
  other INTEGER NOT NULL REFERENCES statement(id),
  issue_id INTEGER REFERENCES issue(id),
  is_before INTEGER NOT NULL,
  is_after INTEGER NOT NULL,
  UNIQUE (sample_id, number)
);
-- Who judges what, in which order.
CREATE TABLE verification_assignment (
  sample_id INTEGER NOT NULL REFERENCES verification_sample(id),
  reviewer TEXT NOT NULL,
  place INTEGER NOT NULL,
  item_id INTEGER NOT NULL REFERENCES verification_item(id),
  PRIMARY KEY (sample_id, reviewer, place)
) WITHOUT ROWID;

-- Only ever added to; what is in force is the replay of its rows.
CREATE TABLE verification_judgment (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  item_id INTEGER NOT NULL REFERENCES verification_item(id),
  reviewer TEXT NOT NULL,
  -- 1 for the adjudicator's word, all judgments seen.
  adjudicates INTEGER NOT NULL,
  -- align, conflict, unrelated, or undo.
  said TEXT NOT NULL,
  note TEXT NOT NULL,
  spent_secs REAL,
  judged_ms INTEGER NOT NULL
);
CREATE INDEX verification_judgment_of ON verification_judgment(item_id, id);
CREATE TRIGGER verification_judgment_stays BEFORE UPDATE ON verification_judgment
BEGIN SELECT RAISE(ABORT, 'judgments are only added'); END;
CREATE TRIGGER verification_judgment_remains BEFORE DELETE ON verification_judgment
BEGIN SELECT RAISE(ABORT, 'judgments are only added'); END;

-- The source judgments of a statement, whatever run made them.
CREATE INDEX attribution_by_statement ON attribution(statement_id, run_id);
