-- First layout of a project file. Runs are immutable: a row below a run is only ever added.
-- `number` columns count from 0 within their run, in the order of work; content hashes use them
-- instead of row ids, so that equal results hash alike whatever happened before.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE import_file (
  id INTEGER PRIMARY KEY,
  -- The job that stored it: a job cut off after its transaction is known to be done. No foreign key,
  -- since jobs may be cleaned up one day and files stay.
  job_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  nation TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  column_map TEXT NOT NULL,
  n_rows INTEGER NOT NULL,
  n_docs INTEGER NOT NULL,
  n_bad INTEGER NOT NULL,
  imported_ms INTEGER NOT NULL
);

CREATE TABLE document (
  id INTEGER PRIMARY KEY,
  external_id TEXT NOT NULL,
  nation TEXT NOT NULL,
  source TEXT NOT NULL,
  language TEXT NOT NULL,
  date TEXT,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  url TEXT,
  place TEXT,
  organization TEXT,
  source_label TEXT,
  extra_json TEXT,
  import_id INTEGER NOT NULL REFERENCES import_file(id),
  line INTEGER NOT NULL,
  UNIQUE (nation, source, external_id)
);
CREATE VIRTUAL TABLE document_search USING fts5(words, content='', tokenize="unicode61 remove_diacritics 2");

CREATE TABLE bad_row (
  id INTEGER PRIMARY KEY,
  import_id INTEGER NOT NULL REFERENCES import_file(id),
  line INTEGER NOT NULL,
  reason TEXT NOT NULL
);

CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  stage TEXT NOT NULL,
  stage_version INTEGER NOT NULL,
  params_json TEXT NOT NULL,
  seed INTEGER NOT NULL,
  input_hash TEXT NOT NULL,
  output_hash TEXT,
  started_ms INTEGER NOT NULL,
  finished_ms INTEGER
);
CREATE INDEX run_by_stage ON run(stage, id);

CREATE TABLE job (
  id INTEGER PRIMARY KEY,
  stage TEXT NOT NULL,
  state TEXT NOT NULL,
  run_id INTEGER REFERENCES run(id),
  params_json TEXT NOT NULL,
  seed INTEGER NOT NULL,
  stage_version INTEGER NOT NULL,
  queued_ms INTEGER NOT NULL,
  started_ms INTEGER,
  finished_ms INTEGER,
  n_attempts INTEGER NOT NULL DEFAULT 0,
  message TEXT NOT NULL DEFAULT ''
);

CREATE TABLE failure (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run(id),
  stage TEXT NOT NULL,
  subject TEXT NOT NULL,
  reason TEXT NOT NULL
);

CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  what TEXT NOT NULL,
  detail TEXT NOT NULL
);

CREATE TABLE vector_file (
  run_id INTEGER NOT NULL REFERENCES run(id),
  name TEXT NOT NULL,
  n_rows INTEGER NOT NULL,
  n_cols INTEGER NOT NULL,
  content_hash TEXT NOT NULL,
  PRIMARY KEY (run_id, name)
) WITHOUT ROWID;

-- A measured number of a run, e.g. trustworthiness.
CREATE TABLE measure (
  run_id INTEGER NOT NULL REFERENCES run(id),
  name TEXT NOT NULL,
  value REAL NOT NULL,
  PRIMARY KEY (run_id, name)
) WITHOUT ROWID;

CREATE TABLE duplicate (
  run_id INTEGER NOT NULL REFERENCES run(id),
  doc_id INTEGER NOT NULL REFERENCES document(id),
  first_id INTEGER NOT NULL REFERENCES document(id),
  PRIMARY KEY (run_id, doc_id)
) WITHOUT ROWID;

-- Text that recurs through a source, left out of vectors and words.
CREATE TABLE mask (
  run_id INTEGER NOT NULL REFERENCES run(id),
  doc_id INTEGER NOT NULL REFERENCES document(id),
  start_char INTEGER NOT NULL,
  end_char INTEGER NOT NULL,
  PRIMARY KEY (run_id, doc_id, start_char)
) WITHOUT ROWID;

CREATE TABLE cluster (
  run_id INTEGER NOT NULL REFERENCES run(id),
  doc_id INTEGER NOT NULL REFERENCES document(id),
  label INTEGER NOT NULL,
  membership REAL NOT NULL,
  outlier_score REAL NOT NULL,
  PRIMARY KEY (run_id, doc_id)
) WITHOUT ROWID;

CREATE TABLE doc_tag (
  run_id INTEGER NOT NULL REFERENCES run(id),
  doc_id INTEGER NOT NULL REFERENCES document(id),
  aspect TEXT NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY (run_id, doc_id, aspect, tag)
) WITHOUT ROWID;

-- The topic of every document after tagging; no row means none.
CREATE TABLE assignment (
  run_id INTEGER NOT NULL REFERENCES run(id),
  doc_id INTEGER NOT NULL REFERENCES document(id),
  number INTEGER NOT NULL,
  by_tags INTEGER NOT NULL,
  PRIMARY KEY (run_id, doc_id)
) WITHOUT ROWID;

CREATE TABLE topic (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run(id),
  number INTEGER NOT NULL,
  label TEXT NOT NULL,
  central_docs TEXT NOT NULL,
  entropy REAL NOT NULL,
  divergence_nats REAL NOT NULL,
  p_value REAL,
  UNIQUE (run_id, number)
);
CREATE TABLE topic_term (
  topic_id INTEGER NOT NULL REFERENCES topic(id),
  kind TEXT NOT NULL,
  rank INTEGER NOT NULL,
  term TEXT NOT NULL,
  weight REAL NOT NULL,
  PRIMARY KEY (topic_id, kind, rank)
) WITHOUT ROWID;

CREATE TABLE screening (
  run_id INTEGER NOT NULL REFERENCES run(id),
  number INTEGER NOT NULL,
  value_related INTEGER NOT NULL,
  confidence REAL NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (run_id, number)
) WITHOUT ROWID;

-- Raw answers of the annotator, one per different question.
CREATE TABLE answer (
  key TEXT PRIMARY KEY,
  task TEXT NOT NULL,
  annotator TEXT NOT NULL,
  json TEXT NOT NULL
) WITHOUT ROWID;

-- Which units of a run are done, for resuming.
CREATE TABLE unit (
  run_id INTEGER NOT NULL REFERENCES run(id),
  number INTEGER NOT NULL,
  PRIMARY KEY (run_id, number)
) WITHOUT ROWID;

CREATE TABLE statement (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run(id),
  number INTEGER NOT NULL,
  doc_id INTEGER NOT NULL REFERENCES document(id),
  text TEXT NOT NULL,
  start_char INTEGER NOT NULL,
  end_char INTEGER NOT NULL,
  confidence REAL NOT NULL,
  UNIQUE (run_id, number)
);
CREATE INDEX statement_by_doc ON statement(run_id, doc_id);

CREATE TABLE attribution (
  run_id INTEGER NOT NULL REFERENCES run(id),
  statement_id INTEGER NOT NULL REFERENCES statement(id),
  statement_set TEXT NOT NULL,
  speaker TEXT,
  speaker_kind TEXT,
  PRIMARY KEY (run_id, statement_id)
) WITHOUT ROWID;

CREATE TABLE triple (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run(id),
  statement_id INTEGER NOT NULL REFERENCES statement(id),
  question TEXT NOT NULL,
  statement_text TEXT NOT NULL,
  reverse TEXT NOT NULL,
  UNIQUE (run_id, statement_id)
);

CREATE TABLE issue (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run(id),
  number INTEGER NOT NULL,
  nation TEXT NOT NULL,
  proposition TEXT NOT NULL,
  UNIQUE (run_id, number)
);
CREATE TABLE issue_member (
  issue_id INTEGER NOT NULL REFERENCES issue(id),
  statement_id INTEGER NOT NULL REFERENCES statement(id),
  stance TEXT NOT NULL,
  confidence REAL NOT NULL,
  PRIMARY KEY (issue_id, statement_id)
) WITHOUT ROWID;

CREATE TABLE edge (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run(id),
  number INTEGER NOT NULL,
  nation TEXT NOT NULL,
  a INTEGER NOT NULL REFERENCES statement(id),
  b INTEGER NOT NULL REFERENCES statement(id),
  kind TEXT NOT NULL,
  weight REAL NOT NULL,
  agreement REAL NOT NULL,
  UNIQUE (run_id, number)
);

CREATE TABLE flag (
  run_id INTEGER NOT NULL REFERENCES run(id),
  round INTEGER NOT NULL,
  edge_id INTEGER NOT NULL REFERENCES edge(id),
  deviating INTEGER NOT NULL REFERENCES statement(id),
  n_cycles INTEGER NOT NULL,
  priority REAL NOT NULL,
  dominant REAL NOT NULL,
  proposal TEXT NOT NULL,
  PRIMARY KEY (run_id, round, edge_id)
) WITHOUT ROWID;

-- Only ever added to; the newest row of an edge and round is the verdict in force.
CREATE TABLE decision (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id INTEGER NOT NULL REFERENCES run(id),
  round INTEGER NOT NULL,
  edge_id INTEGER NOT NULL REFERENCES edge(id),
  verdict TEXT NOT NULL,
  reviewer TEXT NOT NULL,
  note TEXT NOT NULL,
  decided_ms INTEGER NOT NULL
);
CREATE TRIGGER decision_stays BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, 'decisions are only added'); END;
CREATE TRIGGER decision_remains BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, 'decisions are only added'); END;

CREATE TABLE round (
  run_id INTEGER NOT NULL REFERENCES run(id),
  nation TEXT NOT NULL,
  round INTEGER NOT NULL,
  n_flagged INTEGER NOT NULL,
  n_removed INTEGER NOT NULL,
  n_kept INTEGER NOT NULL,
  n_dropped INTEGER NOT NULL,
  n_conflict_left INTEGER NOT NULL,
  closed INTEGER NOT NULL,
  PRIMARY KEY (run_id, nation, round)
) WITHOUT ROWID;

CREATE TABLE dropped (
  run_id INTEGER NOT NULL REFERENCES run(id),
  statement_id INTEGER NOT NULL REFERENCES statement(id),
  round INTEGER NOT NULL,
  PRIMARY KEY (run_id, statement_id)
) WITHOUT ROWID;
