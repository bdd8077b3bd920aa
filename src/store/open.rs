//! Making, opening, locking and migrating a project.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};

use super::error::StoreError;
use super::{decisions, search};
use crate::base::ids::StepId;
use crate::base::kill_point::kill_point;

/// Name of the database inside a project's folder.
pub const PROJECT_FILE: &str = "project.sqlite";

/// Marks a file as ours: "MERI" as `SQLite`'s application id.
const APPLICATION_ID: i32 = 0x4d45_5249;

/// How long a statement waits for another connection's transaction.
const BUSY_WAIT: Duration = Duration::from_secs(10);

/// Work on a project inside the transaction of a migration.
type Step = fn(&Transaction<'_>) -> Result<(), StoreError>;

/// A step from one layout to the next.
struct Migration {
    sql: &'static str,
    /// What no statement can do, in the same transaction.
    then: Option<Step>,
}

impl Migration {
    const fn of(sql: &'static str) -> Self {
        Self { sql, then: None }
    }
}

/// Each entry brings a project from layout `i` to layout `i + 1`; an entry is never changed once released.
const MIGRATIONS: &[Migration] = &[
    Migration::of(include_str!("migrations/0001_first.sql")),
    Migration::of(include_str!("migrations/0002_models.sql")),
    Migration::of(include_str!("migrations/0003_journal.sql")),
    Migration {
        sql: include_str!("migrations/0004_search.sql"),
        then: Some(search::index_all),
    },
    Migration::of(include_str!("migrations/0005_source_maps.sql")),
    Migration {
        sql: include_str!("migrations/0006_reviews.sql"),
        then: Some(decisions::chain_all),
    },
    Migration::of(include_str!("migrations/0007_verification.sql")),
];

/// What a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read beside a writer.
    Read,
    /// Hold the project's lock and write.
    Write,
}

/// One unit of work: an open transaction. What is written through it is stored whole or not at all.
pub struct Unit<'c> {
    pub(super) tx: Transaction<'c>,
}

/// An open project.
pub struct Store {
    pub(super) connection: Connection,
    folder: PathBuf,
    /// Held open while writing; the system drops the lock with the process.
    lock: Option<Arc<File>>,
    /// Edits of topics that work of some length keeps to, in order.
    pub(super) pinned_edits: Option<Vec<StepId>>,
}

impl Store {
    /// Makes a new, empty project and opens it for writing.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`] if the folder holds a project, [`StoreError::Io`] if it cannot be made.
    pub fn create(folder: &Path) -> Result<Self, StoreError> {
        if folder.join(PROJECT_FILE).exists() {
            return Err(StoreError::AlreadyThere {
                folder: folder.to_owned(),
            });
        }
        fs::create_dir_all(folder.join("vectors")).map_err(|source| StoreError::Io {
            what: "make the project's folder",
            path: folder.to_owned(),
            source,
        })?;
        let lock = lock(folder)?;
        let connection = Connection::open(folder.join(PROJECT_FILE))?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        Self::finish_open(connection, folder, Access::Write, Some(Arc::new(lock)))
    }

    /// Opens a project.
    ///
    /// # Errors
    /// [`StoreError::NotAProject`], [`StoreError::Foreign`], [`StoreError::TooNew`] or, for writing,
    /// [`StoreError::Locked`].
    pub fn open(folder: &Path, access: Access) -> Result<Self, StoreError> {
        let file = folder.join(PROJECT_FILE);
        if !file.is_file() {
            return Err(StoreError::NotAProject {
                folder: folder.to_owned(),
            });
        }
        let lock = match access {
            Access::Write => Some(Arc::new(lock(folder)?)),
            Access::Read => None,
        };
        // A reader opens read-write too: WAL needs its shared-memory file; `query_only` keeps it honest.
        let connection = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_WRITE)
            .or_else(|_| Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY))?;
        let foreign = || StoreError::Foreign {
            folder: folder.to_owned(),
        };
        // What cannot even be asked is no database at all.
        let id: Result<i32, _> =
            connection.pragma_query_value(None, "application_id", |r| r.get(0));
        if !matches!(id, Ok(APPLICATION_ID)) {
            return Err(foreign());
        }
        Self::finish_open(connection, folder, access, lock)
    }

    fn finish_open(
        connection: Connection,
        folder: &Path,
        access: Access,
        lock: Option<Arc<File>>,
    ) -> Result<Self, StoreError> {
        connection.busy_timeout(BUSY_WAIT)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.set_prepared_statement_cache_capacity(128);
        let mut store = Self {
            connection,
            folder: folder.to_owned(),
            lock,
            pinned_edits: None,
        };
        let known = MIGRATIONS.len() as u32;
        let found: u32 = store
            .connection
            .pragma_query_value(None, "user_version", |r| r.get(0))?;
        if found > known {
            return Err(StoreError::TooNew { found, known });
        }
        if found < known && access == Access::Read {
            // A project of an older layout is brought up to date once, then read.
            drop(store);
            drop(Self::open(folder, Access::Write)?);
            return Self::open(folder, Access::Read);
        }
        match access {
            Access::Write => {
                store
                    .connection
                    .pragma_update(None, "journal_mode", "wal")?;
                store
                    .connection
                    .pragma_update(None, "synchronous", "normal")?;
                // Lets a test make a full disk; harmless elsewhere.
                if let Some(n) = std::env::var("MERIDIAN_MAX_PAGES")
                    .ok()
                    .and_then(|v| v.parse::<i64>().ok())
                {
                    store.connection.pragma_update(None, "max_page_count", n)?;
                }
                store.migrate(found)?;
            }
            Access::Read => store.connection.pragma_update(None, "query_only", true)?,
        }
        Ok(store)
    }

    fn migrate(&mut self, found: u32) -> Result<(), StoreError> {
        for (i, migration) in MIGRATIONS.iter().enumerate().skip(found as usize) {
            let tx = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Exclusive)?;
            tx.execute_batch(migration.sql)?;
            if let Some(then) = migration.then {
                then(&tx)?;
            }
            tx.pragma_update(None, "user_version", i as u32 + 1)?;
            tx.commit()?;
        }
        Ok(())
    }

    /// Opens a second connection that only reads.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn reader(&self) -> Result<Self, StoreError> {
        Self::open(&self.folder, Access::Read)
    }

    /// Opens a second connection that writes beside this one, under the same lock: short edits need
    /// not wait for a job, since a job holds the database only from the beginning to the end of a
    /// unit of work. The lock stays as long as any of the two is open.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if this connection only reads; the database's.
    pub fn second_writer(&self) -> Result<Self, StoreError> {
        let Some(lock) = &self.lock else {
            return Err(StoreError::Locked {
                folder: self.folder.clone(),
            });
        };
        let connection = Connection::open_with_flags(
            self.folder.join(PROJECT_FILE),
            OpenFlags::SQLITE_OPEN_READ_WRITE,
        )?;
        Self::finish_open(
            connection,
            &self.folder,
            Access::Write,
            Some(Arc::clone(lock)),
        )
    }

    /// Returns the project's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs one unit of work as one transaction and raises the revision.
    ///
    /// An error drops the transaction: nothing of the unit is stored.
    ///
    /// # Errors
    /// The unit's own error, or the database's.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        unit: impl FnOnce(&Unit<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let db = |e: rusqlite::Error| E::from(StoreError::from(e));
        let tx = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(db)?;
        let unit_of_work = Unit { tx };
        let out = unit(&unit_of_work)?;
        let tx = unit_of_work.tx;
        tx.execute(
            "INSERT INTO meta(key, value) VALUES ('revision', '1')
             ON CONFLICT(key) DO UPDATE SET value = CAST(value AS INTEGER) + 1",
            [],
        )
        .map_err(db)?;
        kill_point("before-commit");
        tx.commit().map_err(db)?;
        kill_point("after-commit");
        Ok(out)
    }

    /// Returns the number of commits so far; everything that caches keys on it.
    ///
    /// # Errors
    /// The database's.
    pub fn revision(&self) -> Result<u64, StoreError> {
        Ok(self
            .meta("revision")?
            .and_then(|v| v.parse().ok())
            .unwrap_or(0))
    }

    /// Reads a named value of the project.
    ///
    /// # Errors
    /// The database's.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
            .query_row([key], |r| r.get(0))
            .optional()?)
    }

    /// Writes named values of the project.
    ///
    /// # Errors
    /// The database's.
    pub fn set_meta(&mut self, pairs: &[(&str, &str)]) -> Result<(), StoreError> {
        self.write(|unit| {
            for (key, value) in pairs {
                unit.set_meta(key, value)?;
            }
            Ok(())
        })
    }
}

impl Unit<'_> {
    /// Writes a named value of the project.
    ///
    /// # Errors
    /// The database's.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.tx.execute(
            "INSERT INTO meta(key, value) VALUES (?1, ?2) ON CONFLICT(key) DO UPDATE SET value = ?2",
            [key, value],
        )?;
        Ok(())
    }
}

fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join("project.lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| StoreError::Io {
            what: "open the project's lock",
            path: path.clone(),
            source,
        })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(StoreError::Locked {
            folder: folder.to_owned(),
        }),
        Err(fs::TryLockError::Error(source)) => Err(StoreError::Io {
            what: "lock the project",
            path,
            source,
        }),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::observe::Silent;

    /// Makes a project of an older layout, with what `fill` puts into it.
    fn old_project(layout: usize, fill: &str) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let connection = Connection::open(home.path().join(PROJECT_FILE)).unwrap();
        connection
            .pragma_update(None, "application_id", APPLICATION_ID)
            .unwrap();
        for migration in &MIGRATIONS[..layout] {
            connection.execute_batch(migration.sql).unwrap();
        }
        connection
            .pragma_update(None, "user_version", layout as u32)
            .unwrap();
        connection.execute_batch(fill).unwrap();
        home
    }

    #[test]
    fn a_project_of_the_first_layout_is_read() {
        let home = old_project(
            1,
            "INSERT INTO run(stage, stage_version, params_json, seed, input_hash, started_ms) VALUES ('embed', 1, '{}', 42, '', 0)",
        );
        let store = Store::open(home.path(), Access::Read).unwrap();
        let run = store.newest_run("embed").unwrap().unwrap();
        assert_eq!((run.slot().as_str(), run.seed), ("embed", 42));
        assert!(store.model_runs("evaluate").unwrap().is_empty());
    }

    #[test]
    fn documents_of_an_old_project_are_found() {
        let home = old_project(
            2,
            "INSERT INTO import_file VALUES (1, 1, 'a', '', '', '', 2, 2, 0, 0);
             INSERT INTO document(id, external_id, nation, source, language, title, body, import_id, line)
             VALUES (4, 'a', 'FR', 's', 'fr', 'Une élection', 'Le vote', 1, 1), (9, 'b', 'CN', 's', 'zh', '城市', '国家安全', 1, 2);
             INSERT INTO document_search(rowid, words) VALUES (4, 'une election le vote'), (9, '城市 国家 家安 安全')",
        );
        let store = Store::open(home.path(), Access::Read).unwrap();
        let find = |text: &str| -> Vec<(i64, bool)> {
            let query = super::search::SearchQuery::parse(text);
            let found = store.search_first(&query, 9, &Silent).unwrap();
            found.iter().map(|f| (f.doc.0, f.in_title)).collect()
        };
        assert_eq!(find("ELECT"), [(4, true)]);
        assert_eq!(find("vote"), [(4, false)]);
        assert_eq!(find("全"), [(9, false)]);
        // Once: a second opening finds the index as it is.
        drop(store);
        let again = Store::open(home.path(), Access::Write).unwrap();
        let query = super::search::SearchQuery::parse("le vote");
        assert_eq!(again.search_all(&query, &Silent, &mut |_| {}).unwrap(), 1);
    }

    #[test]
    fn decisions_of_an_old_project_are_chained_and_keep_their_meaning() {
        use crate::base::ids::{EdgeId, RunId};
        use crate::domain::conflict::Verdict;
        use crate::domain::review::Votes;
        use crate::store::NewDecision;
        let home = old_project(
            5,
            "PRAGMA foreign_keys = OFF;
             INSERT INTO run(id, stage, stage_version, params_json, seed, input_hash, started_ms) VALUES (3, 'reduce', 1, '{}', 42, '', 0);
             INSERT INTO decision(run_id, round, edge_id, verdict, reviewer, note, decided_ms) VALUES
               (3, 1, 1, 'keep', 'Ada', '', 5), (3, 1, 1, 'remove', 'Ben', 'so', 6), (3, 1, 1, 'undo', 'Ada', '', 7),
               (3, 1, 1, 'keep', 'Ada', '', 8), (3, 1, 2, 'remove', 'machine', '', 9)",
        );
        let run = RunId(3);
        let is_whole = |store: &Store| {
            let chains = store.check_chains().unwrap();
            chains.len() == 1 && chains.iter().all(|c| c.broken.is_none())
        };
        let stays = |store: &Store| {
            let sql = "UPDATE decision SET note = 'x'";
            store.connection.execute_batch(sql).is_err()
        };
        let store = Store::open(home.path(), Access::Read).unwrap();
        let rows = store.decisions(run).unwrap();
        assert!(
            rows.iter()
                .all(|d| d.adjudicates && d.rule.is_empty() && d.spent_ms.is_none())
        );
        let before: Vec<_> = rows.iter().map(|d| d.before).collect();
        assert_eq!(before, [None, None, Some(Verdict::Keep), None, None]);
        // The newest was in force, whoever it was by.
        let standing = |n_rows: usize, edge: i64| {
            let votes = Votes::read(&rows[..n_rows], 1);
            votes.standing(EdgeId(edge)).words()
        };
        assert_eq!(standing(2, 1), "remove (adjudicated by Ben)");
        assert_eq!(standing(3, 1), "open");
        assert_eq!(standing(5, 1), "keep (adjudicated by Ada)");
        assert_eq!(standing(5, 2), "remove (adjudicated by machine)");
        assert!(is_whole(&store) && stays(&store));
        drop(store);
        // New rows hang on the old ones; a second opening finds the chain as it is.
        let mut store = Store::open(home.path(), Access::Write).unwrap();
        store
            .connection
            .pragma_update(None, "foreign_keys", false)
            .unwrap();
        let new = NewDecision {
            edge: EdgeId(2),
            round: 1,
            verdict: Verdict::Keep,
            reviewer: "Ada",
            note: "",
            decided_ms: 10,
            spent_ms: None,
            adjudicates: false,
            rule: "",
        };
        store.write(|unit| unit.insert_decision(run, &new)).unwrap();
        assert!(is_whole(&store) && stays(&store));
        assert_eq!(store.decision_head(run).unwrap().n_rows, 6);
    }
}
