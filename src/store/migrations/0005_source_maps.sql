-- Maps of one nation or outlet each. Parts are numbered from 0 within their run, topics within their part,
-- matches within their run. Positions and the topics' mean vectors lie in vector files: `part-N`, one row
-- for each document of `docs`, and `part-N-topics`.

CREATE TABLE part (
  run_id INTEGER NOT NULL REFERENCES run(id),
  number INTEGER NOT NULL,
  nation TEXT NOT NULL,
  -- Empty for all outlets of the nation.
  outlet TEXT NOT NULL,
  -- Identities, 8 bytes each, little-endian, rising.
  docs BLOB NOT NULL,
  -- The topic of each of them, 2 bytes each, little-endian; 65535 for none.
  topics BLOB NOT NULL,
  PRIMARY KEY (run_id, number)
);

CREATE TABLE part_topic (
  run_id INTEGER NOT NULL REFERENCES run(id),
  part INTEGER NOT NULL,
  number INTEGER NOT NULL,
  label TEXT NOT NULL,
  language TEXT NOT NULL,
  n_docs INTEGER NOT NULL,
  central_docs TEXT NOT NULL,
  PRIMARY KEY (run_id, part, number)
) WITHOUT ROWID;
CREATE TABLE part_term (
  run_id INTEGER NOT NULL REFERENCES run(id),
  part INTEGER NOT NULL,
  topic INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  term TEXT NOT NULL,
  weight REAL NOT NULL,
  PRIMARY KEY (run_id, part, topic, rank)
) WITHOUT ROWID;

CREATE TABLE part_match (
  run_id INTEGER NOT NULL REFERENCES run(id),
  number INTEGER NOT NULL,
  part_a INTEGER NOT NULL,
  topic_a INTEGER NOT NULL,
  part_b INTEGER NOT NULL,
  topic_b INTEGER NOT NULL,
  score REAL NOT NULL,
  vector REAL,
  words REAL,
  label REAL,
  reasons_json TEXT NOT NULL,
  PRIMARY KEY (run_id, number)
) WITHOUT ROWID;

-- Edits of topics belong to the assignments they were made on, however often these are described.
DROP INDEX journal_of_topics;
CREATE INDEX journal_of_assignments ON journal(assignment_run_id, id) WHERE op = 'do' AND kind = 'topics';
-- Whether a kind was ever recorded.
CREATE INDEX journal_by_kind ON journal(kind, id) WHERE op = 'do';

-- Verdicts on matches stand in the journal, below the run whose matches they are about.
CREATE INDEX journal_of_matches ON journal(run_id, id) WHERE op = 'do' AND kind = 'matches';
