-- Evaluation and alignment of language models. Items are named by their statement: a triple is unique
-- to its statement within a run of `triples`.

-- What of several of its kind a run or job is about, e.g. the model's name; empty for the pipeline's own stages.
ALTER TABLE run ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN subject TEXT NOT NULL DEFAULT '';

-- The language model behind a run of `evaluate` or `align`.
CREATE TABLE run_model (
  run_id INTEGER PRIMARY KEY REFERENCES run(id),
  -- As shown.
  name TEXT NOT NULL,
  -- Name of the model under an adapter, the same as `name` without one.
  base TEXT NOT NULL,
  -- `cr-dpo` or `dpo-only` for adapters trained here, `adapter` for one from elsewhere, empty for none.
  variant TEXT NOT NULL,
  -- What the model says of itself; empty for most.
  remark TEXT NOT NULL
);

CREATE TABLE outcome (
  run_id INTEGER NOT NULL REFERENCES run(id),
  method TEXT NOT NULL,
  trial INTEGER NOT NULL,
  statement_id INTEGER NOT NULL REFERENCES statement(id),
  verdict TEXT NOT NULL,
  PRIMARY KEY (run_id, method, trial, statement_id)
) WITHOUT ROWID;

-- Log-probabilities of both continuations of an item, token by token.
CREATE TABLE token_score (
  run_id INTEGER NOT NULL REFERENCES run(id),
  method TEXT NOT NULL,
  trial INTEGER NOT NULL,
  statement_id INTEGER NOT NULL REFERENCES statement(id),
  -- 0: S or agree; 1: RS or disagree.
  side INTEGER NOT NULL,
  continuation TEXT NOT NULL,
  -- Character of the continuation at which the statement's own words begin.
  statement_from INTEGER NOT NULL,
  -- float32, little-endian, nats.
  logps BLOB NOT NULL,
  -- uint32, little-endian: where each token ends, in characters of the continuation.
  ends BLOB NOT NULL,
  prefix_holds INTEGER NOT NULL,
  PRIMARY KEY (run_id, method, trial, statement_id, side)
) WITHOUT ROWID;

-- The model's own answers with the judge's word in both orders.
CREATE TABLE judged_answer (
  run_id INTEGER NOT NULL REFERENCES run(id),
  trial INTEGER NOT NULL,
  statement_id INTEGER NOT NULL REFERENCES statement(id),
  answer TEXT NOT NULL,
  s_first TEXT NOT NULL,
  rs_first TEXT NOT NULL,
  PRIMARY KEY (run_id, trial, statement_id)
) WITHOUT ROWID;

-- Which items are trained on and which are held out.
CREATE TABLE split_part (
  run_id INTEGER NOT NULL REFERENCES run(id),
  statement_id INTEGER NOT NULL REFERENCES statement(id),
  part TEXT NOT NULL,
  component INTEGER NOT NULL,
  PRIMARY KEY (run_id, statement_id)
) WITHOUT ROWID;

-- The reference's log-probabilities of a training's items, computed once, nats.
CREATE TABLE reference_logp (
  run_id INTEGER NOT NULL REFERENCES run(id),
  statement_id INTEGER NOT NULL REFERENCES statement(id),
  chosen REAL NOT NULL,
  rejected REAL NOT NULL,
  PRIMARY KEY (run_id, statement_id)
) WITHOUT ROWID;

-- One row per optimizer step of one adapter; `nation` is empty where all are pooled.
CREATE TABLE training_step (
  run_id INTEGER NOT NULL REFERENCES run(id),
  nation TEXT NOT NULL,
  seed INTEGER NOT NULL,
  step INTEGER NOT NULL,
  loss REAL NOT NULL,
  reward_chosen REAL NOT NULL,
  reward_rejected REAL NOT NULL,
  accuracy REAL NOT NULL,
  chosen_logp REAL NOT NULL,
  rejected_logp REAL NOT NULL,
  gradient_norm REAL NOT NULL,
  learning_rate REAL NOT NULL,
  n_tokens INTEGER NOT NULL,
  PRIMARY KEY (run_id, nation, seed, step)
) WITHOUT ROWID;

-- A trained adapter; its files lie in the project's folder under `adapters`.
CREATE TABLE adapter (
  run_id INTEGER NOT NULL REFERENCES run(id),
  nation TEXT NOT NULL,
  seed INTEGER NOT NULL,
  content_hash TEXT NOT NULL,
  PRIMARY KEY (run_id, nation, seed)
) WITHOUT ROWID;
