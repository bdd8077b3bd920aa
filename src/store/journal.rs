//! The journal: steps of a person, taken back and done again, as rows that are only added.
//!
//! Each step remembers the one it was done upon, and each row how many are in force after it. So the
//! state is read from the last rows by index, however long the journal has grown, and is the same after
//! a restart.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::error::StoreError;
use super::open::{Store, Unit};
use crate::base::ids::{RunId, StepId};
use crate::domain::journal::{JournalState, MAX_UNDO, Step, StepKind};
use crate::domain::topic_edit::Clustering;

/// Where the journal stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Head {
    /// The newest step in force.
    top: Option<i64>,
    /// Steps in force.
    depth: usize,
    /// Steps that can be done again.
    n_redo: usize,
}

impl Head {
    fn read(connection: &Connection) -> Result<Self, StoreError> {
        let last: Option<(i64, String, Option<i64>, i64)> = connection
            .prepare_cached("SELECT id, op, step, depth FROM journal ORDER BY id DESC LIMIT 1")?
            .query_row([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))
            .optional()?;
        let Some((id, op, step, depth)) = last else {
            return Ok(Self::default());
        };
        let top = match (op.as_str(), step) {
            ("undo", Some(step)) => connection
                .prepare_cached("SELECT under FROM journal WHERE id = ?1")?
                .query_row([step], |r| r.get::<_, Option<i64>>(0))?,
            ("redo", Some(step)) => Some(step),
            _ => Some(id),
        };
        // The newest step of all hangs from the newest in force: a new step lets go of what was undone.
        let deepest: i64 = connection
            .prepare_cached("SELECT depth FROM journal WHERE op = 'do' ORDER BY id DESC LIMIT 1")?
            .query_row([], |r| r.get(0))?;
        Ok(Self {
            top,
            depth: depth as usize,
            n_redo: (deepest - depth).max(0) as usize,
        })
    }

    fn n_undo(self) -> usize {
        self.depth.min(MAX_UNDO.saturating_sub(self.n_redo))
    }

    /// The step that an undo takes back.
    fn to_undo(self, connection: &Connection) -> Result<Option<Step>, StoreError> {
        match self.top {
            Some(id) if self.n_undo() > 0 => step(connection, id),
            _ => Ok(None),
        }
    }

    /// The step that a redo does again.
    fn to_redo(self, connection: &Connection) -> Result<Option<Step>, StoreError> {
        if self.n_redo == 0 {
            return Ok(None);
        }
        // Of several steps done upon the same one, all but the last were let go.
        let id: Option<i64> = connection
            .prepare_cached("SELECT MAX(id) FROM journal WHERE op = 'do' AND under IS ?1")?
            .query_row([self.top], |r| r.get(0))?;
        id.map_or(Ok(None), |id| step(connection, id))
    }
}

const STEP_COLUMNS: &str = "id, kind, sentence, payload_json, who, at_ms";

/// A step's row with its kind still as text.
fn step_from(r: &Row<'_>) -> rusqlite::Result<(Step, String)> {
    Ok((
        Step {
            id: StepId(r.get(0)?),
            kind: StepKind::Desk,
            sentence: r.get(2)?,
            payload_json: r.get(3)?,
            who: r.get(4)?,
            at_ms: r.get(5)?,
        },
        r.get(1)?,
    ))
}

fn step(connection: &Connection, id: i64) -> Result<Option<Step>, StoreError> {
    let found = connection
        .prepare_cached(&format!("SELECT {STEP_COLUMNS} FROM journal WHERE id = ?1"))?
        .query_row([id], step_from)
        .optional()?;
    let Some((step, kind)) = found else {
        return Ok(None);
    };
    let kind = StepKind::parse(&kind).ok_or(StoreError::Unreadable {
        what: "kind of step",
        value: kind,
    })?;
    Ok(Some(Step { kind, ..step }))
}

/// The runs that a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOf {
    /// An edit of topics belongs to a clustering.
    Clustering(Clustering),
    /// A verdict on a match belongs to a run of `source_maps`.
    SourceMaps(RunId),
}

/// A step about to be added to the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewStep<'a> {
    /// What it is about.
    pub kind: StepKind,
    /// What it belongs to; `None` for a step of the desk.
    pub of: Option<StepOf>,
    /// What it did, to stand after "Undo".
    pub sentence: &'a str,
    /// What it holds, as JSON text.
    pub payload_json: &'a str,
    /// Who did it.
    pub who: &'a str,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

impl Unit<'_> {
    /// Adds a step; those that were taken back can no longer be done again.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_step(&self, new: &NewStep<'_>) -> Result<Step, StoreError> {
        let head = Head::read(&self.tx)?;
        let (run, assignments) = match new.of {
            Some(StepOf::Clustering(of)) => (Some(of.topics.0), Some(of.assignments.0)),
            Some(StepOf::SourceMaps(run)) => (Some(run.0), None),
            None => (None, None),
        };
        self.tx
            .prepare_cached(
                "INSERT INTO journal(op, kind, under, depth, run_id, assignment_run_id, sentence, payload_json, who, at_ms)
                 VALUES ('do', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                new.kind.code(),
                head.top,
                head.depth as i64 + 1,
                run,
                assignments,
                new.sentence,
                new.payload_json,
                new.who,
                new.at_ms
            ])?;
        Ok(Step {
            id: StepId(self.tx.last_insert_rowid()),
            kind: new.kind,
            sentence: new.sentence.to_owned(),
            payload_json: new.payload_json.to_owned(),
            who: new.who.to_owned(),
            at_ms: new.at_ms,
        })
    }

    /// Takes the newest step in force back and returns it, `None` if there is none or it lies more than
    /// [`MAX_UNDO`] steps back.
    ///
    /// # Errors
    /// The database's.
    pub fn undo_step(&self, who: &str, at_ms: i64) -> Result<Option<Step>, StoreError> {
        let head = Head::read(&self.tx)?;
        let step = head.to_undo(&self.tx)?;
        if let Some(step) = &step {
            self.turn("undo", step, head.depth as i64 - 1, who, at_ms)?;
        }
        Ok(step)
    }

    /// Does the step again that was taken back last and returns it, `None` if there is none.
    ///
    /// # Errors
    /// The database's.
    pub fn redo_step(&self, who: &str, at_ms: i64) -> Result<Option<Step>, StoreError> {
        let head = Head::read(&self.tx)?;
        let step = head.to_redo(&self.tx)?;
        if let Some(step) = &step {
            self.turn("redo", step, head.depth as i64 + 1, who, at_ms)?;
        }
        Ok(step)
    }

    fn turn(
        &self,
        op: &str,
        step: &Step,
        depth: i64,
        who: &str,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        self.tx
            .prepare_cached(
                "INSERT INTO journal(op, step, kind, depth, sentence, payload_json, who, at_ms)
                 VALUES (?1, ?2, ?3, ?4, '', '', ?5, ?6)",
            )?
            .execute(params![op, step.id.0, step.kind.code(), depth, who, at_ms])?;
        Ok(())
    }

    /// Returns the last row of the journal, 0 for none: what has not moved, nobody has edited.
    ///
    /// # Errors
    /// The database's.
    pub fn journal_row(&self) -> Result<i64, StoreError> {
        journal_row(&self.tx)
    }
}

fn journal_row(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT COALESCE(MAX(id), 0) FROM journal")?
        .query_row([], |r| r.get(0))?)
}

impl Store {
    /// Returns the last row of the journal, 0 for none.
    ///
    /// # Errors
    /// The database's.
    pub fn journal_row(&self) -> Result<i64, StoreError> {
        journal_row(&self.connection)
    }

    /// Tells what can be taken back and done again.
    ///
    /// # Errors
    /// The database's.
    ///
    /// # Cost
    /// A handful of rows found by index, whatever the journal's length.
    pub fn journal_state(&self) -> Result<JournalState, StoreError> {
        let head = Head::read(&self.connection)?;
        Ok(JournalState {
            n_undo: head.n_undo(),
            n_redo: head.n_redo,
            undo: head.to_undo(&self.connection)?.map(|s| s.sentence),
            redo: head.to_redo(&self.connection)?.map(|s| s.sentence),
        })
    }

    /// Returns what the newest step in force of a kind left, as JSON text; `None` while nothing was
    /// recorded or all of it was taken back. Asked of steps whose payload has `after`.
    ///
    /// # Errors
    /// The database's.
    ///
    /// # Cost
    /// A row for each step of another kind upon it; none where the kind was never recorded.
    pub fn left_by(&self, kind: StepKind) -> Result<Option<String>, StoreError> {
        let was_recorded = self
            .connection
            .prepare_cached("SELECT 1 FROM journal WHERE op = 'do' AND kind = ?1 LIMIT 1")?
            .exists([kind.code()])?;
        if !was_recorded {
            return Ok(None);
        }
        let head = Head::read(&self.connection)?;
        let found: Option<Option<String>> = self
            .connection
            .prepare_cached(
                "WITH RECURSIVE chain(id, kind, under) AS (
                   SELECT id, kind, under FROM journal WHERE id = ?1
                   UNION ALL
                   SELECT j.id, j.kind, j.under FROM chain c JOIN journal j ON j.id = c.under WHERE c.kind <> ?2)
                 SELECT j.payload_json -> '$.after' FROM chain c JOIN journal j ON j.id = c.id WHERE c.kind = ?2",
            )?
            .query_row(params![head.top, kind.code()], |r| r.get(0))
            .optional()?;
        Ok(found.flatten())
    }

    /// Tells whether text is what a step of the window holds: a JSON object with `before` and `after`.
    ///
    /// # Errors
    /// The database's.
    pub fn is_desk_payload(&self, payload_json: &str) -> Result<bool, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT CASE WHEN json_valid(?1) THEN json_type(?1, '$.before') IS NOT NULL
                 AND json_type(?1, '$.after') IS NOT NULL ELSE 0 END",
            )?
            .query_row([payload_json], |r| r.get(0))?)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    fn project() -> (tempfile::TempDir, Store) {
        let home = tempfile::tempdir().unwrap();
        let store = Store::create(&home.path().join("p")).unwrap();
        (home, store)
    }

    fn act(
        store: &mut Store,
        f: impl FnOnce(&Unit<'_>) -> Result<Option<Step>, StoreError>,
    ) -> Option<i64> {
        store.write(|unit| f(unit)).unwrap().map(|s| s.id.0)
    }

    fn add(store: &mut Store, kind: StepKind, sentence: &str) -> i64 {
        let payload = format!(r#"{{"before":null,"after":"{sentence}"}}"#);
        act(store, |unit| {
            unit.insert_step(&NewStep {
                kind,
                of: None,
                sentence,
                payload_json: &payload,
                who: "ada",
                at_ms: 0,
            })
            .map(Some)
        })
        .unwrap()
    }

    /// The definition: a stack of done steps and one of undone ones.
    #[derive(Default)]
    struct Replay {
        done: Vec<i64>,
        undone: Vec<i64>,
    }

    impl Replay {
        fn read(store: &Store) -> Self {
            let mut replay = Self::default();
            let mut select = store
                .connection
                .prepare("SELECT id, op, step FROM journal ORDER BY id")
                .unwrap();
            let rows = select
                .query_map([], |r| {
                    Ok((
                        r.get::<_, i64>(0)?,
                        r.get::<_, String>(1)?,
                        r.get::<_, Option<i64>>(2)?,
                    ))
                })
                .unwrap();
            for row in rows {
                let (id, op, step) = row.unwrap();
                match op.as_str() {
                    "do" => {
                        replay.done.push(id);
                        replay.undone.clear();
                    }
                    "undo" => {
                        assert_eq!(replay.done.pop(), step);
                        replay.undone.extend(step);
                    }
                    _ => {
                        assert_eq!(replay.undone.pop(), step);
                        replay.done.extend(step);
                    }
                }
            }
            replay
        }

        fn check(store: &Store) {
            let replay = Self::read(store);
            let head = Head::read(&store.connection).unwrap();
            assert_eq!(head.top, replay.done.last().copied());
            assert_eq!(head.depth, replay.done.len());
            assert_eq!(head.n_redo, replay.undone.len());
            let redo = head.to_redo(&store.connection).unwrap().map(|s| s.id.0);
            assert_eq!(redo, replay.undone.last().copied());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        /// The state read from the last rows is that of the full replay.
        #[test]
        fn the_state_is_the_replay(ops in proptest::collection::vec(0..3u8, 0..60)) {
            let (_home, mut store) = project();
            for op in ops {
                match op {
                    0 => { add(&mut store, StepKind::Desk, "step"); }
                    1 => { act(&mut store, |u| u.undo_step("ada", 0)); }
                    _ => { act(&mut store, |u| u.redo_step("ada", 0)); }
                }
                Replay::check(&store);
            }
        }
    }

    #[test]
    fn what_is_undone_stays_undone_after_reopening() {
        let (home, mut store) = project();
        add(&mut store, StepKind::Desk, "first");
        let second = add(&mut store, StepKind::Desk, "second");
        assert_eq!(
            store.left_by(StepKind::Desk).unwrap().as_deref(),
            Some(r#""second""#)
        );
        assert_eq!(act(&mut store, |u| u.undo_step("ada", 0)), Some(second));
        drop(store);
        let mut store = Store::open(&home.path().join("p"), super::super::Access::Write).unwrap();
        assert_eq!(
            store.left_by(StepKind::Desk).unwrap().as_deref(),
            Some(r#""first""#)
        );
        let state = store.journal_state().unwrap();
        assert_eq!(
            (
                state.n_undo,
                state.n_redo,
                state.undo.as_deref(),
                state.redo.as_deref()
            ),
            (1, 1, Some("first"), Some("second"))
        );
        assert_eq!(act(&mut store, |u| u.redo_step("ada", 0)), Some(second));
        assert_eq!(act(&mut store, |u| u.redo_step("ada", 0)), None);
    }

    #[test]
    fn the_desk_is_found_under_edits_of_topics() {
        let (_home, mut store) = project();
        assert_eq!(store.left_by(StepKind::Desk).unwrap(), None);
        add(&mut store, StepKind::Topics, "merge");
        assert_eq!(store.left_by(StepKind::Desk).unwrap(), None);
        add(&mut store, StepKind::Desk, "filter");
        add(&mut store, StepKind::Topics, "split");
        assert_eq!(
            store.left_by(StepKind::Desk).unwrap().as_deref(),
            Some(r#""filter""#)
        );
        assert_eq!(store.left_by(StepKind::Saved).unwrap(), None);
        add(&mut store, StepKind::Saved, "saved");
        add(&mut store, StepKind::Desk, "selection");
        let left = |kind| store.left_by(kind).unwrap();
        assert_eq!(left(StepKind::Desk).as_deref(), Some(r#""selection""#));
        assert_eq!(left(StepKind::Saved).as_deref(), Some(r#""saved""#));
    }

    #[test]
    fn the_journal_is_only_added_to() {
        let (_home, mut store) = project();
        add(&mut store, StepKind::Desk, "step");
        for sql in ["UPDATE journal SET who = 'eve'", "DELETE FROM journal"] {
            assert!(store.connection.execute(sql, []).is_err(), "{sql}");
        }
    }

    #[test]
    fn payloads_of_the_desk_have_before_and_after() {
        let (_home, store) = project();
        for (text, fits) in [
            (r#"{"before":null,"after":{"nations":["CN"]}}"#, true),
            (r#"{"after":1}"#, false),
            ("[1]", false),
            ("{", false),
        ] {
            assert_eq!(store.is_desk_payload(text).unwrap(), fits, "{text}");
        }
    }

    #[test]
    fn a_thousand_steps_go_back_and_a_long_journal_is_read_at_once() {
        const N_STEPS: usize = 100_000;
        let (_home, mut store) = project();
        store
            .write(|unit| {
                for i in 0..N_STEPS as i64 {
                    let kind = if i % 10 == 0 {
                        StepKind::Topics
                    } else {
                        StepKind::Desk
                    };
                    unit.insert_step(&NewStep {
                        kind,
                        of: None,
                        sentence: "step",
                        payload_json: r#"{"before":1,"after":2}"#,
                        who: "ada",
                        at_ms: i,
                    })?;
                }
                Ok::<_, StoreError>(())
            })
            .unwrap();
        let began = Instant::now();
        assert_eq!(store.journal_state().unwrap().n_undo, MAX_UNDO);
        assert!(store.left_by(StepKind::Desk).unwrap().is_some());
        assert!(
            began.elapsed() < Duration::from_millis(100),
            "{:?}",
            began.elapsed()
        );
        store
            .write(|unit| {
                for i in 0..MAX_UNDO {
                    assert!(unit.undo_step("ada", 0)?.is_some(), "{i}");
                }
                assert_eq!(unit.undo_step("ada", 0)?, None);
                Ok::<_, StoreError>(())
            })
            .unwrap();
        let state = store.journal_state().unwrap();
        assert_eq!(
            (state.n_undo, state.n_redo, state.undo),
            (0, MAX_UNDO, None)
        );
        assert_eq!(
            act(&mut store, |u| u.redo_step("ada", 0)),
            Some((N_STEPS - MAX_UNDO + 1) as i64)
        );
        Replay::check(&store);
    }
}
