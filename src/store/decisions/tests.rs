//! Tests of the record: what a row says, every column tampered with, and projects from before the chain.

use rusqlite::Connection;

use super::*;
use crate::store::{Access, NewRun, PROJECT_FILE};

/// A project with two runs, two edges and their flags; returns the runs.
fn project(folder: &std::path::Path) -> (Store, [RunId; 2]) {
    let mut store = Store::create(folder).unwrap();
    let runs = [1, 2].map(|seed| {
        let new = NewRun {
            stage: "reduce",
            subject: "",
            stage_version: 1,
            params_json: r#"{"n_rounds":5}"#,
            seed,
            input_hash: "in",
        };
        store.begin_run(&new, 0).unwrap().id
    });
    store
        .connection
        .execute_batch(
            "PRAGMA foreign_keys = OFF;
             INSERT INTO edge(id, run_id, number, nation, a, b, kind, weight, agreement) VALUES
               (1, 1, 0, 'US', 1, 2, 'opposed', 0.5, -1.0), (2, 1, 1, 'US', 1, 3, 'opposed', 0.5, -1.0),
               (3, 2, 0, 'US', 1, 2, 'opposed', 0.5, -1.0);",
        )
        .unwrap();
    (store, runs)
}

fn row(edge: i64, verdict: Verdict, reviewer: &str, adjudicates: bool) -> NewDecision<'_> {
    NewDecision {
        edge: EdgeId(edge),
        round: 1,
        verdict,
        reviewer,
        note: "because",
        decided_ms: 1000 + edge,
        spent_ms: Some(2500),
        adjudicates,
        rule: "",
    }
}

fn add(store: &mut Store, run: RunId, rows: &[NewDecision<'_>]) {
    let added: Result<(), StoreError> = store.write(|unit| {
        for row in rows {
            unit.insert_decision(run, row)?;
        }
        Ok(())
    });
    added.unwrap();
}

/// Four rows of one run and one of another.
fn filled(folder: &std::path::Path) -> (Store, [RunId; 2]) {
    let (mut store, runs) = project(folder);
    add(
        &mut store,
        runs[0],
        &[
            row(1, Verdict::Keep, "Ada", false),
            row(1, Verdict::Remove, "Ben", false),
            row(1, Verdict::Undo, "Ada", false),
            NewDecision {
                rule: "US: keep",
                ..row(1, Verdict::Keep, "Ada", true)
            },
        ],
    );
    add(&mut store, runs[1], &[row(3, Verdict::Keep, "Ada", false)]);
    (store, runs)
}

#[test]
fn a_row_says_what_was_before() {
    let home = tempfile::tempdir().unwrap();
    let (store, [run, other]) = filled(&home.path().join("p"));
    let rows = store.decisions(run).unwrap();
    let said: Vec<_> = rows
        .iter()
        .map(|d| (d.reviewer.as_str(), d.before, d.after(), d.adjudicates))
        .collect();
    let (keep, remove) = (Some(Verdict::Keep), Some(Verdict::Remove));
    assert_eq!(
        said,
        [
            ("Ada", None, keep, false),
            ("Ben", None, remove, false),
            ("Ada", keep, None, false),
            // An adjudication is a channel of its own.
            ("Ada", None, keep, true),
        ]
    );
    assert_eq!(
        (rows[0].spent_ms, rows[3].rule.as_str()),
        (Some(2500), "US: keep")
    );
    let chains = store.check_chains().unwrap();
    assert!(chains.iter().all(|c| c.broken.is_none()), "{chains:?}");
    assert_eq!(chains[0].head, store.decision_head(run).unwrap());
    assert_eq!((chains[0].head.n_rows, chains[1].head.n_rows), (4, 1));
    assert_ne!(chains[0].head.head, chains[1].head.head);
    let hashes = store.decision_hashes(run).unwrap();
    assert_eq!(hashes.last(), Some(&chains[0].head.head));
    assert_eq!(chains[1].run, other);
}

#[test]
fn the_record_is_only_added_to() {
    let home = tempfile::tempdir().unwrap();
    let (store, _) = filled(&home.path().join("p"));
    for sql in ["UPDATE decision SET note = 'x'", "DELETE FROM decision"] {
        assert!(store.connection.execute_batch(sql).is_err(), "{sql}");
    }
}

#[test]
fn every_column_tampered_with_is_found() {
    // Row 2 of the record changed in one column, or rows taken out, put in or swapped.
    let by_column = [
        ("id", "7 WHERE id = 2"),
        ("id", "0 WHERE id = 2"),
        ("run_id", "2 WHERE id = 2"),
        ("run_id", "99 WHERE id = 2"),
        ("round", "2 WHERE id = 2"),
        ("edge_id", "2 WHERE id = 2"),
        ("verdict", "'keep' WHERE id = 2"),
        ("verdict", "'nonsense' WHERE id = 2"),
        ("verdict_before", "'keep' WHERE id = 2"),
        ("reviewer", "'Eve' WHERE id = 2"),
        ("note", "'' WHERE id = 2"),
        ("decided_ms", "1002 WHERE id = 2"),
        ("decided_ms", "'soon' WHERE id = 2"),
        ("spent_ms", "NULL WHERE id = 2"),
        ("adjudicates", "1 WHERE id = 2"),
        ("rule", "'x' WHERE id = 2"),
        ("hash", "'0' WHERE id = 2"),
        // The last row has no row after it that would tell.
        ("run_id", "2 WHERE id = 4"),
        ("hash", "'0' WHERE id = 4"),
        ("note", "'x' WHERE id = 4"),
    ];
    let mut attempts: Vec<String> = by_column
        .iter()
        .map(|(column, value)| format!("UPDATE decision SET {column} = {value}"))
        .collect();
    attempts.extend(
        [
            "DELETE FROM decision WHERE id = 1",
            "DELETE FROM decision WHERE id = 2",
            "DELETE FROM decision WHERE id = 4",
            "DELETE FROM decision WHERE run_id = 1",
            "DELETE FROM decision WHERE id = 4; UPDATE decision_chain SET n_rows = 3 WHERE run_id = 1",
            "INSERT INTO decision(run_id, round, edge_id, verdict, reviewer, note, decided_ms) VALUES (1, 1, 1, 'keep', 'Eve', '', 0)",
            "UPDATE decision_chain SET n_rows = 3 WHERE run_id = 1",
            "UPDATE decision_chain SET head = 'x' WHERE run_id = 1",
            "DELETE FROM decision_chain WHERE run_id = 1",
            "UPDATE run SET input_hash = 'out' WHERE id = 1",
            "UPDATE decision SET id = 9 WHERE id = 1; UPDATE decision SET id = 1 WHERE id = 2; UPDATE decision SET id = 2 WHERE id = 9",
        ]
        .map(str::to_owned),
    );
    // No column of the table is left out of the list above.
    let home = tempfile::tempdir().unwrap();
    let (store, _) = filled(&home.path().join("p"));
    let mut columns = store
        .connection
        .prepare("SELECT name FROM pragma_table_info('decision')")
        .unwrap();
    for column in columns.query_map([], |r| r.get::<_, String>(0)).unwrap() {
        let column = column.unwrap();
        assert!(
            by_column.iter().any(|(c, _)| *c == column),
            "{column} is not tried"
        );
    }
    for (i, sql) in attempts.iter().enumerate() {
        let folder = home.path().join(format!("tampered-{i}"));
        drop(filled(&folder));
        let by_hand = Connection::open(folder.join(PROJECT_FILE)).unwrap();
        by_hand
            .execute_batch(&format!(
                "PRAGMA foreign_keys = OFF; DROP TRIGGER decision_stays; DROP TRIGGER decision_remains; {sql}"
            ))
            .unwrap();
        drop(by_hand);
        let store = Store::open(&folder, Access::Read).unwrap();
        let chains = store.check_chains().unwrap();
        assert!(
            chains.iter().any(|c| c.broken.is_some()),
            "not found: {sql}"
        );
        if sql.ends_with("WHERE id = 2") && sql.contains("note") {
            let broken = chains[0].broken.clone().unwrap();
            assert_eq!(
                broken,
                ChainBreak::Row {
                    row: DecisionId(2),
                    number: 2
                }
            );
            assert!(
                broken.to_string().starts_with("decision 2 (number 2"),
                "{broken}"
            );
        }
    }
}
