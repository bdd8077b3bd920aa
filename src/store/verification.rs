//! Samples of pairs, who judges them, and the record of judgments.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, params};

use super::documents::nation_of;
use super::error::StoreError;
use super::open::{Store, Unit};
use crate::base::ids::{DocId, IssueId, ItemId, JudgmentId, SampleId, StatementId};
use crate::base::language::Language;
use crate::base::seed::Seed;
use crate::base::sentences::Span;
use crate::domain::corpus::Nation;
use crate::domain::verification::{Item, JudgmentRow, Role, Said, Sample, SampleKind, SamplePlan};

/// A pair about to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewItem {
    /// Nation of both.
    pub nation: Nation,
    /// The statement that is compared with.
    pub anchor: StatementId,
    /// The statement that is judged.
    pub other: StatementId,
    /// The issue they share.
    pub issue: Option<IssueId>,
    /// Drawn before reduction.
    pub is_before: bool,
    /// Drawn of what reduction left.
    pub is_after: bool,
}

/// A sample about to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSample {
    /// What was asked for, with the verified statements that were chosen.
    pub plan: SamplePlan,
    /// Whether reduction has closed a round.
    pub is_after_reduction: bool,
    /// The pairs in order.
    pub items: Vec<NewItem>,
    /// For each reviewer of the plan the positions in `items`, in the order of judging.
    pub dealt: Vec<Vec<usize>>,
}

/// A judgment about to be added to the record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NewJudgment<'a> {
    /// The pair.
    pub item: ItemId,
    /// Who.
    pub reviewer: &'a str,
    /// As what.
    pub role: Role,
    /// What.
    pub said: Said,
    /// A remark, may be empty.
    pub note: &'a str,
    /// How long the item was looked at, seconds.
    pub spent_secs: Option<f64>,
    /// When, in milliseconds since 1970.
    pub judged_ms: i64,
}

/// A statement of a sample with where it stands, whatever run found it.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedStatement {
    /// Identity.
    pub id: StatementId,
    /// Its document.
    pub doc: DocId,
    /// The claim.
    pub text: String,
    /// Language of its document.
    pub language: Language,
    /// Its passage in the document's body, in characters.
    pub passage: Span,
    /// Who said it, as the newest source judgment has it.
    pub speaker: Option<String>,
    /// The outlet.
    pub source: String,
    /// Date as ISO text, empty where unknown.
    pub date: String,
    /// Headline.
    pub title: String,
    /// Text of the document.
    pub body: String,
}

impl Unit<'_> {
    /// Stores a sample with its pairs and who judges them.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_sample(
        &self,
        new: &NewSample,
        who: &str,
        made_ms: i64,
    ) -> Result<SampleId, StoreError> {
        let plan = &new.plan;
        self.tx.execute(
            "INSERT INTO verification_sample(kind, seed, n_per_nation, overlap_share, n_per_reviewer, is_after_reduction, who, made_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                plan.kind.code(),
                plan.seed.0 as i64,
                plan.n_per_nation as i64,
                plan.overlap_share,
                plan.n_per_reviewer.map(|n| n as i64),
                new.is_after_reduction,
                who,
                made_ms
            ],
        )?;
        let sample = self.tx.last_insert_rowid();
        let mut insert = self.tx.prepare_cached(
            "INSERT INTO verification_anchor(sample_id, nation, statement_id) VALUES (?1, ?2, ?3)",
        )?;
        for (nation, statement) in &plan.anchors {
            insert.execute(params![sample, nation.code(), statement.0])?;
        }
        let mut insert = self.tx.prepare_cached(
            "INSERT INTO verification_item(sample_id, number, nation, anchor, other, issue_id, is_before, is_after)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        let mut ids = Vec::with_capacity(new.items.len());
        for (number, item) in new.items.iter().enumerate() {
            insert.execute(params![
                sample,
                number as i64,
                item.nation.code(),
                item.anchor.0,
                item.other.0,
                item.issue.map(|i| i.0),
                item.is_before,
                item.is_after
            ])?;
            ids.push(self.tx.last_insert_rowid());
        }
        let mut insert_reviewer = self.tx.prepare_cached(
            "INSERT INTO verification_reviewer(sample_id, place, name) VALUES (?1, ?2, ?3)",
        )?;
        let mut insert = self.tx.prepare_cached(
            "INSERT INTO verification_assignment(sample_id, reviewer, place, item_id) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (place, name) in plan.reviewers.iter().enumerate() {
            insert_reviewer.execute(params![sample, place as i64, name])?;
            let of_reviewer = new.dealt.get(place).map_or(&[][..], Vec::as_slice);
            for (place, idx) in of_reviewer.iter().enumerate() {
                if let Some(id) = ids.get(*idx) {
                    insert.execute(params![sample, name, place as i64, id])?;
                }
            }
        }
        Ok(SampleId(sample))
    }

    /// Adds a judgment to the record.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_judgment(&self, new: &NewJudgment<'_>) -> Result<JudgmentId, StoreError> {
        self.tx
            .prepare_cached(
                "INSERT INTO verification_judgment(item_id, reviewer, adjudicates, said, note, spent_secs, judged_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                new.item.0,
                new.reviewer,
                new.role == Role::Adjudicator,
                new.said.code(),
                new.note,
                new.spent_secs,
                new.judged_ms
            ])?;
        Ok(JudgmentId(self.tx.last_insert_rowid()))
    }
}

impl Store {
    /// Reads all samples, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn samples(&self) -> Result<Vec<Sample>, StoreError> {
        let mut names: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        let mut select = self.connection.prepare_cached(
            "SELECT sample_id, name FROM verification_reviewer ORDER BY sample_id, place",
        )?;
        for row in select.query_map([], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?)))? {
            let (sample, name) = row?;
            names.entry(sample).or_default().push(name);
        }
        let mut anchors: BTreeMap<i64, BTreeMap<Nation, StatementId>> = BTreeMap::new();
        let mut select = self
            .connection
            .prepare_cached("SELECT sample_id, nation, statement_id FROM verification_anchor")?;
        for row in select.query_map([], |r| {
            Ok((
                r.get::<_, i64>(0)?,
                r.get::<_, String>(1)?,
                StatementId(r.get(2)?),
            ))
        })? {
            let (sample, nation, statement) = row?;
            let of_sample = anchors.entry(sample).or_default();
            of_sample.insert(nation_of(&nation)?, statement);
        }
        let mut select = self.connection.prepare_cached(
            "SELECT id, kind, seed, n_per_nation, overlap_share, n_per_reviewer, is_after_reduction, who, made_ms
             FROM verification_sample ORDER BY id DESC",
        )?;
        let rows = select.query_map([], |r| {
            let id: i64 = r.get(0)?;
            let sample = Sample {
                id: SampleId(id),
                plan: SamplePlan {
                    kind: SampleKind::Random,
                    n_per_nation: r.get::<_, i64>(3)? as usize,
                    reviewers: names.remove(&id).unwrap_or_default(),
                    overlap_share: r.get(4)?,
                    n_per_reviewer: r.get::<_, Option<i64>>(5)?.map(|n| n as usize),
                    anchors: anchors.remove(&id).unwrap_or_default(),
                    seed: Seed(r.get::<_, i64>(2)? as u64),
                },
                is_after_reduction: r.get(6)?,
                who: r.get(7)?,
                made_ms: r.get(8)?,
            };
            Ok((sample, r.get::<_, String>(1)?))
        })?;
        let mut out = Vec::new();
        for row in rows {
            let (mut sample, kind) = row?;
            sample.plan.kind = SampleKind::parse(&kind).ok_or(StoreError::Unreadable {
                what: "kind of sample",
                value: kind,
            })?;
            out.push(sample);
        }
        Ok(out)
    }

    /// Reads the pairs of a sample in order, each with who judges it.
    ///
    /// # Errors
    /// The database's.
    pub fn sample_items(&self, sample: SampleId) -> Result<Vec<Item>, StoreError> {
        let mut of_item: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        let mut select = self.connection.prepare_cached(
            "SELECT a.item_id, a.reviewer FROM verification_assignment a
             JOIN verification_reviewer r ON r.sample_id = a.sample_id AND r.name = a.reviewer
             WHERE a.sample_id = ?1 ORDER BY a.item_id, r.place",
        )?;
        for row in select.query_map([sample.0], |r| Ok((r.get::<_, i64>(0)?, r.get(1)?)))? {
            let (item, reviewer) = row?;
            of_item.entry(item).or_default().push(reviewer);
        }
        let mut select = self.connection.prepare_cached(
            "SELECT id, number, nation, anchor, other, issue_id, is_before, is_after FROM verification_item
             WHERE sample_id = ?1 ORDER BY number",
        )?;
        let rows = select.query_map([sample.0], |r| {
            let id: i64 = r.get(0)?;
            let item = Item {
                id: ItemId(id),
                number: r.get::<_, i64>(1)? as usize,
                nation: Nation::FIVE[0],
                anchor: StatementId(r.get(3)?),
                other: StatementId(r.get(4)?),
                issue: r.get::<_, Option<i64>>(5)?.map(IssueId),
                is_before: r.get(6)?,
                is_after: r.get(7)?,
                reviewers: of_item.remove(&id).unwrap_or_default(),
            };
            Ok((item, r.get::<_, String>(2)?))
        })?;
        let mut out = Vec::new();
        for row in rows {
            let (mut item, nation) = row?;
            item.nation = nation_of(&nation)?;
            out.push(item);
        }
        Ok(out)
    }

    /// Reads a reviewer's pairs of a sample in the order of judging.
    ///
    /// # Errors
    /// The database's.
    pub fn dealt_to(&self, sample: SampleId, reviewer: &str) -> Result<Vec<ItemId>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT item_id FROM verification_assignment WHERE sample_id = ?1 AND reviewer = ?2 ORDER BY place",
        )?;
        let rows = select.query_map(params![sample.0, reviewer], |r| r.get(0).map(ItemId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reads the record of a sample's judgments, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub fn judgments(&self, sample: SampleId) -> Result<Vec<JudgmentRow>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT j.id, j.item_id, j.reviewer, j.adjudicates, j.said, j.note, j.spent_secs, j.judged_ms
             FROM verification_judgment j JOIN verification_item i ON i.id = j.item_id
             WHERE i.sample_id = ?1 ORDER BY j.id",
        )?;
        let rows = select.query_map([sample.0], |r| {
            let row = JudgmentRow {
                id: JudgmentId(r.get(0)?),
                item: ItemId(r.get(1)?),
                reviewer: r.get(2)?,
                role: if r.get(3)? {
                    Role::Adjudicator
                } else {
                    Role::Reviewer
                },
                said: Said::Undo,
                note: r.get(5)?,
                spent_secs: r.get(6)?,
                judged_ms: r.get(7)?,
            };
            Ok((row, r.get::<_, String>(4)?))
        })?;
        let mut out = Vec::new();
        for row in rows {
            let (mut row, said) = row?;
            row.said = Said::parse(&said).ok_or(StoreError::Unreadable {
                what: "judgment",
                value: said,
            })?;
            out.push(row);
        }
        Ok(out)
    }

    /// Returns the sample that a pair belongs to.
    ///
    /// # Errors
    /// The database's.
    pub fn sample_of(&self, item: ItemId) -> Result<Option<SampleId>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT sample_id FROM verification_item WHERE id = ?1")?
            .query_row([item.0], |r| r.get(0).map(SampleId))
            .optional()?)
    }

    /// Reads the statements of a sample's pairs and their articles, also those of an earlier extraction.
    ///
    /// # Errors
    /// The database's.
    pub fn sample_statements(
        &self,
        sample: SampleId,
    ) -> Result<BTreeMap<StatementId, JudgedStatement>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT s.id, s.doc_id, s.text, d.language, s.start_char, s.end_char,
                    (SELECT a.speaker FROM attribution a WHERE a.statement_id = s.id ORDER BY a.run_id DESC LIMIT 1),
                    d.source, COALESCE(d.date, ''), d.title, d.body
             FROM statement s JOIN document d ON d.id = s.doc_id
             WHERE s.id IN (SELECT anchor FROM verification_item WHERE sample_id = ?1
                            UNION SELECT other FROM verification_item WHERE sample_id = ?1)",
        )?;
        let rows = select.query_map([sample.0], |r| {
            let id = StatementId(r.get(0)?);
            Ok((
                id,
                JudgedStatement {
                    id,
                    doc: DocId(r.get(1)?),
                    text: r.get(2)?,
                    language: Language::parse(&r.get::<_, String>(3)?),
                    passage: Span {
                        start: r.get::<_, i64>(4)? as usize,
                        end: r.get::<_, i64>(5)? as usize,
                    },
                    speaker: r.get(6)?,
                    source: r.get(7)?,
                    date: r.get(8)?,
                    title: r.get(9)?,
                    body: r.get(10)?,
                },
            ))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reads what issues propose, whatever run found them.
    ///
    /// # Errors
    /// The database's.
    pub fn propositions(
        &self,
        of: impl Iterator<Item = IssueId>,
    ) -> Result<BTreeMap<IssueId, String>, StoreError> {
        let mut select = self
            .connection
            .prepare_cached("SELECT proposition FROM issue WHERE id = ?1")?;
        let mut out = BTreeMap::new();
        for issue in of {
            if let std::collections::btree_map::Entry::Vacant(entry) = out.entry(issue) {
                entry.insert(select.query_row([issue.0], |r| r.get(0))?);
            }
        }
        Ok(out)
    }

    /// Counts the rows of the record and the samples: what did not move, nobody judged.
    ///
    /// # Errors
    /// The database's.
    pub fn verification_row(&self) -> Result<(i64, i64), StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT (SELECT COALESCE(MAX(id), 0) FROM verification_sample),
                        (SELECT COALESCE(MAX(id), 0) FROM verification_judgment)",
            )?
            .query_row([], |r| Ok((r.get(0)?, r.get(1)?)))?)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::domain::verification::{Judgment, Judgments, Standing};

    const CN: Nation = Nation::FIVE[0];
    const FR: Nation = Nation::FIVE[3];

    /// A project with two documents and four statements of one run of `extract`.
    fn project() -> (tempfile::TempDir, Store) {
        let home = tempfile::tempdir().unwrap();
        let store = Store::create(&home.path().join("p")).unwrap();
        store
            .connection
            .execute_batch(
                "INSERT INTO import_file VALUES (1, 1, 'a', '', '', '', 2, 2, 0, 0);
                 INSERT INTO document(id, external_id, nation, source, language, title, body, import_id, line)
                 VALUES (4, 'a', 'FR', 's', 'fr', 'Titre', 'Le vote est un droit.', 1, 1),
                        (9, 'b', 'CN', 's', 'zh', '标题', '国家应当保护环境。', 1, 2);
                 INSERT INTO run(id, stage, stage_version, params_json, seed, input_hash, started_ms)
                 VALUES (1, 'extract', 1, '{}', 42, '', 0), (2, 'judge_source', 1, '{}', 42, '', 0);
                 INSERT INTO statement(id, run_id, number, doc_id, text, start_char, end_char, confidence)
                 VALUES (11, 1, 0, 4, 'Le vote est un droit.', 0, 21, 0.9), (12, 1, 1, 4, 'Autre', 0, 2, 0.8),
                        (13, 1, 2, 9, '国家应当保护环境', 0, 8, 0.7), (14, 1, 3, 9, '环境', 6, 8, 0.6);
                 INSERT INTO attribution VALUES (2, 12, 'quoted', 'Marie Curie', 'person')",
            )
            .unwrap();
        (home, store)
    }

    fn new_sample() -> NewSample {
        let item = |nation, anchor, other| NewItem {
            nation,
            anchor: StatementId(anchor),
            other: StatementId(other),
            issue: None,
            is_before: true,
            is_after: false,
        };
        NewSample {
            plan: SamplePlan {
                kind: SampleKind::Random,
                n_per_nation: 100,
                reviewers: vec!["ada".to_owned(), "陈伟".to_owned()],
                overlap_share: 0.25,
                n_per_reviewer: Some(7),
                anchors: BTreeMap::from([(CN, StatementId(13)), (FR, StatementId(11))]),
                // Above what the database's whole numbers hold.
                seed: Seed(u64::MAX - 3),
            },
            is_after_reduction: true,
            items: vec![item(CN, 13, 14), item(FR, 11, 12)],
            dealt: vec![vec![1, 0], vec![1]],
        }
    }

    fn insert(store: &mut Store) -> SampleId {
        store
            .write(|unit| unit.insert_sample(&new_sample(), "ada", 5))
            .unwrap()
    }

    fn judge(store: &mut Store, item: ItemId, reviewer: &str, role: Role, said: Said) {
        let new = NewJudgment {
            item,
            reviewer,
            role,
            said,
            note: "so",
            spent_secs: Some(2.5),
            judged_ms: 9,
        };
        store.write(|unit| unit.insert_judgment(&new)).unwrap();
    }

    #[test]
    fn a_sample_comes_back_after_reopening() {
        let (home, mut store) = project();
        let empty = store.content_hash().unwrap();
        let first = insert(&mut store);
        let second = insert(&mut store);
        let hash = store.content_hash().unwrap();
        assert_ne!(hash, empty);
        drop(store);
        let store = Store::open(&home.path().join("p"), super::super::Access::Read).unwrap();
        assert_eq!(store.content_hash().unwrap(), hash);
        let samples = store.samples().unwrap();
        let ids: Vec<SampleId> = samples.iter().map(|s| s.id).collect();
        assert_eq!(ids, [second, first]);
        assert_eq!(samples[0].plan, new_sample().plan);
        assert_eq!((samples[0].who.as_str(), samples[0].made_ms), ("ada", 5));
        let items = store.sample_items(second).unwrap();
        assert_eq!(items[0].reviewers, ["ada"]);
        assert_eq!(items[1].reviewers, ["ada", "陈伟"]);
        assert_eq!((items[1].nation, items[1].other), (FR, StatementId(12)));
        let order = store.dealt_to(second, "ada").unwrap();
        assert_eq!(order, [items[1].id, items[0].id]);
        assert_eq!(store.sample_of(items[0].id).unwrap(), Some(second));
        assert_eq!(store.sample_of(ItemId(99)).unwrap(), None);
    }

    #[test]
    fn judgments_are_only_added_and_replay_to_what_is_in_force() {
        let (_home, mut store) = project();
        let sample = insert(&mut store);
        let item = store.sample_items(sample).unwrap()[1].id;
        let before = store.content_hash().unwrap();
        let said = Said::Judged(Judgment::Conflict);
        judge(&mut store, item, "ada", Role::Reviewer, said);
        judge(
            &mut store,
            item,
            "陈伟",
            Role::Reviewer,
            Said::Judged(Judgment::Align),
        );
        judge(&mut store, item, "dora", Role::Adjudicator, said);
        judge(&mut store, item, "陈伟", Role::Reviewer, Said::Undo);
        assert_ne!(store.content_hash().unwrap(), before);
        let rows = store.judgments(sample).unwrap();
        assert_eq!(rows.len(), 4);
        assert_eq!(
            (rows[2].role, rows[3].said),
            (Role::Adjudicator, Said::Undo)
        );
        assert_eq!(
            (rows[0].note.as_str(), rows[0].spent_secs),
            ("so", Some(2.5))
        );
        let standing = Judgments::replay(&rows).standing(item);
        assert_eq!(standing, Standing::Agreed(Judgment::Conflict));
        for sql in [
            "UPDATE verification_judgment SET said = 'align'",
            "DELETE FROM verification_judgment",
        ] {
            assert!(store.connection.execute(sql, []).is_err(), "{sql}");
        }
    }

    #[test]
    fn statements_stand_with_their_article_whatever_run_found_them() {
        let (_home, mut store) = project();
        let sample = insert(&mut store);
        // No run of `extract` is in force, and still the pairs can be read.
        assert!(store.statements().unwrap().is_empty());
        let found = store.sample_statements(sample).unwrap();
        assert_eq!(found.len(), 4);
        let other = &found[&StatementId(12)];
        assert_eq!(other.speaker.as_deref(), Some("Marie Curie"));
        assert_eq!((other.title.as_str(), other.doc), ("Titre", DocId(4)));
        let chinese = &found[&StatementId(13)];
        assert_eq!(
            chinese.passage.slice(&chinese.body),
            Some("国家应当保护环境")
        );
    }
}
