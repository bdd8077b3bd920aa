//! How many rows the results in force have.

use super::error::StoreError;
use super::open::Store;

/// Name and query of each count; `?1` is the run in force of the named stage.
const COUNTS: &[(&str, &str, &str)] = &[
    (
        "topics",
        "describe",
        "SELECT COUNT(*) FROM topic WHERE run_id = ?1",
    ),
    (
        "outliers",
        "cluster",
        "SELECT COUNT(*) FROM cluster WHERE run_id = ?1 AND label < 0",
    ),
    (
        "assigned_by_tags",
        "tag_outliers",
        "SELECT COUNT(*) FROM assignment WHERE run_id = ?1 AND by_tags",
    ),
    (
        "value_topics",
        "screen",
        "SELECT COUNT(*) FROM screening WHERE run_id = ?1 AND value_related",
    ),
    (
        "statements",
        "extract",
        "SELECT COUNT(*) FROM statement WHERE run_id = ?1",
    ),
    (
        "quoted",
        "judge_source",
        "SELECT COUNT(*) FROM attribution WHERE run_id = ?1 AND statement_set = 'quoted'",
    ),
    (
        "official",
        "judge_source",
        "SELECT COUNT(*) FROM attribution WHERE run_id = ?1 AND statement_set = 'official'",
    ),
    (
        "unattributed",
        "judge_source",
        "SELECT COUNT(*) FROM attribution WHERE run_id = ?1 AND statement_set = 'unattributed'",
    ),
    (
        "triples",
        "triples",
        "SELECT COUNT(*) FROM triple WHERE run_id = ?1",
    ),
    (
        "issues",
        "reduce",
        "SELECT COUNT(*) FROM issue WHERE run_id = ?1",
    ),
    (
        "edges",
        "reduce",
        "SELECT COUNT(*) FROM edge WHERE run_id = ?1",
    ),
    (
        "conflict_edges",
        "reduce",
        "SELECT COUNT(*) FROM edge WHERE run_id = ?1 AND agreement <= -0.25",
    ),
    (
        "flags",
        "reduce",
        "SELECT COUNT(*) FROM flag WHERE run_id = ?1",
    ),
    (
        "decisions",
        "reduce",
        "SELECT COUNT(*) FROM decision WHERE run_id = ?1",
    ),
    (
        "dropped",
        "reduce",
        "SELECT COUNT(*) FROM dropped WHERE run_id = ?1",
    ),
];

impl Store {
    /// Counts documents, rows set aside and the results in force, in the order of the pipeline.
    ///
    /// # Errors
    /// The database's.
    pub fn counts(&self) -> Result<Vec<(&'static str, u64)>, StoreError> {
        let one = |sql: &str| -> Result<u64, StoreError> {
            Ok(self.connection.query_row(sql, [], |r| r.get::<_, i64>(0))? as u64)
        };
        let mut out = vec![
            ("documents", one("SELECT COUNT(*) FROM document")?),
            ("set_aside", one("SELECT COUNT(*) FROM bad_row")?),
            ("imports", one("SELECT COUNT(*) FROM import_file")?),
        ];
        for (name, stage, sql) in COUNTS {
            // The reduction counts from its first round on, though it is not finished then.
            let run = if *stage == "reduce" {
                self.newest_run(stage)?
            } else {
                self.current_run(stage)?
            };
            let n = match run {
                Some(run) => {
                    self.connection
                        .prepare_cached(sql)?
                        .query_row([run.id.0], |r| r.get::<_, i64>(0))? as u64
                }
                None => 0,
            };
            out.push((name, n));
        }
        self.count_edited(&mut out)?;
        let evaluations = self.model_runs("evaluate")?;
        let mut models: Vec<&str> = evaluations.iter().map(|(_, m)| m.name.as_str()).collect();
        models.sort_unstable();
        models.dedup();
        let alignments = self.current_runs_of("align")?;
        let mut n_adapters = 0;
        for run in &alignments {
            n_adapters += self.adapters(run.id)?.len() as u64;
        }
        out.push(("models_evaluated", models.len() as u64));
        out.push(("evaluations", evaluations.len() as u64));
        out.push(("alignments", alignments.len() as u64));
        out.push(("adapters", n_adapters));
        Ok(out)
    }
    /// Counts topics again where a person edited them.
    fn count_edited(&self, out: &mut [(&'static str, u64)]) -> Result<(), StoreError> {
        if self.topic_steps()?.is_empty() {
            return Ok(());
        }
        let topics = self.topics()?;
        let n_value = topics
            .iter()
            .filter(|t| t.screening.as_ref().is_some_and(|s| s.value_related))
            .count();
        let n_by_tags = self.assignments()?.iter().filter(|a| a.by_tags).count();
        for (name, n) in out {
            *n = match *name {
                "topics" => topics.len(),
                "value_topics" => n_value,
                "assigned_by_tags" => n_by_tags,
                _ => continue,
            } as u64;
        }
        Ok(())
    }
}
