//! The content hash of a project: results and vectors without clocks, durations or paths.

use rusqlite::types::ValueRef;

use super::error::StoreError;
use super::open::Store;
use crate::base::hash::ContentHasher;
use crate::base::ids::RunId;
use crate::domain::topic_edit::Scope;

/// What each stage's run leaves behind: queries whose rows, in order, are its results.
/// Row ids never appear; statements, issues and edges are named by their number within their run.
const RESULTS: &[(&str, &[&str])] = &[
    (
        "prepare",
        &[
            "SELECT doc_id, first_id FROM duplicate WHERE run_id = ?1 ORDER BY doc_id",
            "SELECT doc_id, start_char, end_char FROM mask WHERE run_id = ?1 ORDER BY doc_id, start_char",
        ],
    ),
    ("embed", &[]),
    ("layout", &[]),
    (
        "cluster",
        &["SELECT doc_id, label, membership, outlier_score FROM cluster WHERE run_id = ?1 ORDER BY doc_id"],
    ),
    (
        "tag_outliers",
        &[
            "SELECT doc_id, aspect, tag FROM doc_tag WHERE run_id = ?1 ORDER BY doc_id, aspect, tag",
            "SELECT doc_id, number, by_tags FROM assignment WHERE run_id = ?1 ORDER BY doc_id",
        ],
    ),
    (
        "describe",
        &[
            "SELECT number, label, central_docs, entropy, divergence_nats, p_value FROM topic WHERE run_id = ?1 ORDER BY number",
            "SELECT t.number, w.kind, w.rank, w.term, w.weight FROM topic_term w JOIN topic t ON t.id = w.topic_id
             WHERE t.run_id = ?1 AND w.kind <> 'keybert' ORDER BY t.number, w.kind, w.rank",
        ],
    ),
    (
        "screen",
        &["SELECT number, value_related, confidence, reason FROM screening WHERE run_id = ?1 ORDER BY number"],
    ),
    (
        "extract",
        &["SELECT number, doc_id, text, start_char, end_char, confidence FROM statement WHERE run_id = ?1 ORDER BY number"],
    ),
    (
        "judge_source",
        &["SELECT s.number, a.statement_set, a.speaker, a.speaker_kind FROM attribution a JOIN statement s ON s.id = a.statement_id
           WHERE a.run_id = ?1 ORDER BY s.number"],
    ),
    (
        "triples",
        &["SELECT s.number, t.question, t.statement_text, t.reverse FROM triple t JOIN statement s ON s.id = t.statement_id
           WHERE t.run_id = ?1 ORDER BY s.number"],
    ),
    (
        "reduce",
        &[
            "SELECT number, nation, proposition FROM issue WHERE run_id = ?1 ORDER BY number",
            "SELECT i.number, s.number, m.stance, m.confidence FROM issue_member m JOIN issue i ON i.id = m.issue_id
             JOIN statement s ON s.id = m.statement_id WHERE i.run_id = ?1 ORDER BY i.number, s.number",
            "SELECT e.number, e.nation, a.number, b.number, e.kind, e.weight, e.agreement FROM edge e
             JOIN statement a ON a.id = e.a JOIN statement b ON b.id = e.b WHERE e.run_id = ?1 ORDER BY e.number",
            "SELECT f.round, e.number, s.number, f.n_cycles, f.priority, f.dominant, f.proposal FROM flag f
             JOIN edge e ON e.id = f.edge_id JOIN statement s ON s.id = f.deviating WHERE f.run_id = ?1 ORDER BY f.round, e.number",
            "SELECT d.round, e.number, d.verdict, d.reviewer, d.note FROM decision d JOIN edge e ON e.id = d.edge_id
             WHERE d.run_id = ?1 ORDER BY d.id",
            // What proposals that were taken as they were never have, so that these hash as ever.
            "SELECT d.round, e.number, d.adjudicates, d.rule FROM decision d JOIN edge e ON e.id = d.edge_id
             WHERE d.run_id = ?1 AND (d.rule <> '' OR (d.adjudicates AND d.reviewer <> 'machine')) ORDER BY d.id",
            "SELECT nation, round, n_flagged, n_removed, n_kept, n_dropped, n_conflict_left, closed FROM round
             WHERE run_id = ?1 ORDER BY nation, round",
            "SELECT s.number, x.round FROM dropped x JOIN statement s ON s.id = x.statement_id WHERE x.run_id = ?1 ORDER BY s.number",
        ],
    ),
    (
        "split",
        &["SELECT s.number, p.part, p.component FROM split_part p JOIN statement s ON s.id = p.statement_id
           WHERE p.run_id = ?1 ORDER BY s.number"],
    ),
    (
        "source_maps",
        &[
            "SELECT number, nation, outlet, docs, topics FROM part WHERE run_id = ?1 ORDER BY number",
            "SELECT part, number, label, language, n_docs, central_docs FROM part_topic WHERE run_id = ?1 ORDER BY part, number",
            "SELECT part, topic, rank, term, weight FROM part_term WHERE run_id = ?1 ORDER BY part, topic, rank",
            "SELECT number, part_a, topic_a, part_b, topic_b, score, vector, words, label, reasons_json FROM part_match
             WHERE run_id = ?1 ORDER BY number",
        ],
    ),
    (
        "evaluate",
        &[
            "SELECT name, base, variant, remark FROM run_model WHERE run_id = ?1",
            "SELECT o.method, o.trial, s.number, o.verdict FROM outcome o JOIN statement s ON s.id = o.statement_id
             WHERE o.run_id = ?1 ORDER BY o.method, o.trial, s.number",
            "SELECT t.method, t.trial, s.number, t.side, t.continuation, t.statement_from, t.logps, t.ends, t.prefix_holds
             FROM token_score t JOIN statement s ON s.id = t.statement_id WHERE t.run_id = ?1
             ORDER BY t.method, t.trial, s.number, t.side",
            "SELECT a.trial, s.number, a.answer, a.s_first, a.rs_first FROM judged_answer a
             JOIN statement s ON s.id = a.statement_id WHERE a.run_id = ?1 ORDER BY a.trial, s.number",
        ],
    ),
    (
        "align",
        &[
            "SELECT name, base, variant, remark FROM run_model WHERE run_id = ?1",
            "SELECT s.number, r.chosen, r.rejected FROM reference_logp r JOIN statement s ON s.id = r.statement_id
             WHERE r.run_id = ?1 ORDER BY s.number",
            "SELECT nation, seed, step, loss, reward_chosen, reward_rejected, accuracy, chosen_logp, rejected_logp,
             gradient_norm, learning_rate, n_tokens FROM training_step WHERE run_id = ?1 ORDER BY nation, seed, step",
            "SELECT nation, seed, content_hash FROM adapter WHERE run_id = ?1 ORDER BY nation, seed",
        ],
    ),
];

/// What a stage's run leaves for readers alone. No stage reads it, so that it is no part of the run's own
/// hash: with or without it, what was made of the run stays valid. A run that left none, as those of before
/// there was such a thing, adds nothing to the project's hash.
const FOR_READERS: &[(&str, &str)] = &[(
    "describe",
    "SELECT t.number, w.kind, w.rank, w.term FROM topic_term w JOIN topic t ON t.id = w.topic_id
     WHERE t.run_id = ?1 AND w.kind = 'keybert' ORDER BY t.number, w.rank",
)];

/// What people verified: samples, pairs, who judges them, and the record of judgments without its clock.
const VERIFIED: &[&str] = &[
    "SELECT kind, seed, n_per_nation, overlap_share, n_per_reviewer, is_after_reduction FROM verification_sample ORDER BY id",
    "SELECT i.sample_id, i.number, i.nation, a.number, b.number, i.is_before, i.is_after FROM verification_item i
     JOIN statement a ON a.id = i.anchor JOIN statement b ON b.id = i.other ORDER BY i.sample_id, i.number",
    "SELECT a.sample_id, a.reviewer, i.number FROM verification_assignment a JOIN verification_item i ON i.id = a.item_id
     ORDER BY a.sample_id, a.reviewer, a.place",
    "SELECT i.sample_id, i.number, j.reviewer, j.adjudicates, j.said, j.note FROM verification_judgment j
     JOIN verification_item i ON i.id = j.item_id ORDER BY j.id",
];

/// What an import leaves behind.
const CORPUS: &[&str] = &[
    "SELECT id, external_id, nation, source, language, date, title, body, url, place, organization, source_label, extra_json, line
     FROM document ORDER BY id",
    "SELECT import_id, line, reason FROM bad_row ORDER BY id",
];

impl Store {
    fn hash_rows(
        &self,
        hasher: &mut ContentHasher,
        sql: &str,
        run: Option<RunId>,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let n_columns = statement.column_count();
        let mut rows = match run {
            Some(run) => statement.query([run.0])?,
            None => statement.query([])?,
        };
        while let Some(row) = rows.next()? {
            for i in 0..n_columns {
                match row.get_ref(i)? {
                    ValueRef::Null => hasher.text("\u{0}null"),
                    ValueRef::Integer(n) => hasher.int(n),
                    ValueRef::Real(x) => hasher.real(x),
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => hasher.bytes(bytes),
                };
            }
        }
        Ok(())
    }

    /// Hashes the corpus: documents and rows set aside.
    ///
    /// # Errors
    /// The database's.
    pub fn corpus_hash(&self) -> Result<String, StoreError> {
        let mut hasher = ContentHasher::new();
        for sql in CORPUS {
            self.hash_rows(&mut hasher, sql, None)?;
        }
        Ok(hasher.finish())
    }

    /// Hashes what a run has stored so far, rows and vectors.
    ///
    /// # Errors
    /// The database's.
    pub fn run_hash(&self, stage: &str, run: RunId) -> Result<String, StoreError> {
        let mut hasher = ContentHasher::new();
        hasher.text(stage);
        for (_, queries) in RESULTS.iter().filter(|(name, _)| *name == stage) {
            for sql in *queries {
                self.hash_rows(&mut hasher, sql, Some(run))?;
            }
        }
        self.hash_rows(
            &mut hasher,
            "SELECT name, n_rows, n_cols, content_hash FROM vector_file WHERE run_id = ?1 ORDER BY name",
            Some(run),
        )?;
        self.hash_rows(
            &mut hasher,
            "SELECT name, value FROM measure WHERE run_id = ?1 ORDER BY name",
            Some(run),
        )?;
        self.hash_rows(
            &mut hasher,
            "SELECT stage, subject, reason FROM failure WHERE run_id = ?1 ORDER BY id",
            Some(run),
        )?;
        Ok(hasher.finish())
    }

    /// Hashes the whole project: corpus, the results in force of every stage, the edits of topics in force,
    /// the verdicts on matches in force, and what people verified.
    ///
    /// # Errors
    /// The database's.
    pub fn content_hash(&self) -> Result<String, StoreError> {
        let mut hasher = ContentHasher::new();
        hasher.text(&self.corpus_hash()?);
        for (stage, _) in RESULTS {
            let mut runs = self.current_runs_of(stage)?;
            // The reduction counts from its first round on, though it is not finished then.
            runs.extend(match *stage {
                "reduce" => self.newest_run(stage)?,
                _ => self.current_run(stage)?,
            });
            for run in runs {
                hasher.text(&run.subject).text(&run.params_json);
                hasher.int(run.seed as i64);
                hasher.text(&self.run_hash(stage, run.id)?);
                for (_, sql) in FOR_READERS.iter().filter(|(name, _)| name == stage) {
                    self.hash_rows(&mut hasher, sql, Some(run.id))?;
                }
            }
        }
        // A project that nobody edited hashes as one from before there were edits.
        if let Some(edits) = self.topic_edits_digest(Scope::All)? {
            hasher.text("topic edits").text(&edits);
        }
        if let Some(rulings) = self.rulings_digest()? {
            hasher.text("verdicts on matches").text(&rulings);
        }
        if self.verification_row()?.0 > 0 {
            hasher.text("verification");
            for sql in VERIFIED {
                self.hash_rows(&mut hasher, sql, None)?;
            }
        }
        Ok(hasher.finish())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::store::{NewRun, NewTopic};

    fn hashes(keybert_terms: &[&str]) -> (String, String, Vec<String>) {
        let home = tempfile::tempdir().unwrap();
        let mut store = Store::create(&home.path().join("p")).unwrap();
        let new = NewRun {
            stage: "describe",
            stage_version: 2,
            params_json: "{}",
            seed: 42,
            input_hash: "",
            subject: "",
        };
        let run = store.begin_run(&new, 0).unwrap();
        let words = |of: &[&str]| of.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let topic = NewTopic {
            number: 0,
            label: "Energy".to_owned(),
            terms: Vec::new(),
            mmr_terms: words(&["coal", "grid"]),
            keybert_terms: words(keybert_terms),
            central_docs: Vec::new(),
            spread_entropy: 0.5,
            divergence_nats: 0.1,
            p_value: None,
        };
        store
            .write(|unit| -> Result<(), StoreError> {
                unit.insert_topic(run.id, &topic)?;
                unit.finish_run(&run, "", 0)?;
                unit.show_run(&run)
            })
            .unwrap();
        let topics = store.raw_topics().unwrap();
        assert_eq!(topics[0].mmr_terms, ["coal", "grid"]);
        (
            store.run_hash("describe", run.id).unwrap(),
            store.content_hash().unwrap(),
            topics[0].keybert_terms.clone(),
        )
    }

    #[test]
    fn words_for_readers_count_for_the_project_but_not_for_the_stages_after() {
        let none = hashes(&[]);
        let some = hashes(&["solar", "coal"]);
        assert!(none.2.is_empty());
        assert_eq!(some.2, ["solar", "coal"]);
        assert_eq!(none.0, some.0);
        assert_ne!(none.1, some.1);
        assert_ne!(hashes(&["coal", "solar"]).1, some.1);
    }
}
