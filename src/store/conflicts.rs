//! Issues, edges, flags, rounds and dropped statements of the reduction.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::documents::nation_of;
use super::error::StoreError;
use super::open::{Store, Unit};
use crate::base::ids::{EdgeId, IssueId, RunId, StatementId};
use crate::domain::conflict::{ConflictEdge, EdgeKind, Flag, Issue, IssueMember, Stance, Verdict};
use crate::domain::corpus::Nation;

/// An issue about to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct IssueRecord {
    /// Number within the run, from 0.
    pub number: i64,
    /// Whose issue.
    pub nation: Nation,
    /// The proposition P.
    pub proposition: String,
    /// Members with their stance.
    pub members: Vec<IssueMember>,
}

/// An edge about to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEdge {
    /// Number within the run, from 0.
    pub number: i64,
    /// Whose graph.
    pub nation: Nation,
    /// The end with the smaller id.
    pub a: StatementId,
    /// The other end.
    pub b: StatementId,
    /// Kind.
    pub kind: EdgeKind,
    /// Weight.
    pub weight: f64,
    /// Agreement.
    pub agreement: f64,
}

/// What one round did in one nation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundRecord {
    /// Whose graph.
    pub nation: Nation,
    /// Round, from 1.
    pub round: u32,
    /// Edges flagged.
    pub n_flagged: usize,
    /// Edges removed.
    pub n_removed: usize,
    /// Edges kept.
    pub n_kept: usize,
    /// Statements dropped.
    pub n_dropped: usize,
    /// Live conflict edges after it.
    pub n_conflict_left: usize,
    /// Whether it is closed.
    pub closed: bool,
}

impl Unit<'_> {
    /// Stores an issue with its members.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_issue(&self, run: RunId, issue: &IssueRecord) -> Result<IssueId, StoreError> {
        self.tx
            .prepare_cached(
                "INSERT INTO issue(run_id, number, nation, proposition) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                run.0,
                issue.number,
                issue.nation.code(),
                issue.proposition
            ])?;
        let id = self.tx.last_insert_rowid();
        let mut statement = self
            .tx
            .prepare_cached("INSERT INTO issue_member(issue_id, statement_id, stance, confidence) VALUES (?1, ?2, ?3, ?4)")?;
        for m in &issue.members {
            statement.execute(params![id, m.statement.0, m.stance.words(), m.confidence])?;
        }
        Ok(IssueId(id))
    }

    /// Stores edges.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_edges(&self, run: RunId, edges: &[NewEdge]) -> Result<(), StoreError> {
        let mut statement = self.tx.prepare_cached(
            "INSERT INTO edge(run_id, number, nation, a, b, kind, weight, agreement) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        for e in edges {
            statement.execute(params![
                run.0,
                e.number,
                e.nation.code(),
                e.a.0,
                e.b.0,
                e.kind.code(),
                e.weight,
                e.agreement
            ])?;
        }
        Ok(())
    }

    /// Stores the flags of a round.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_flags(&self, run: RunId, flags: &[Flag]) -> Result<(), StoreError> {
        let mut statement = self.tx.prepare_cached(
            "INSERT INTO flag(run_id, round, edge_id, deviating, n_cycles, priority, dominant, proposal)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        for f in flags {
            statement.execute(params![
                run.0,
                f.round,
                f.edge.0,
                f.deviating.0,
                f.n_cycles as i64,
                f.priority,
                f.dominant,
                f.proposal.code()
            ])?;
        }
        Ok(())
    }

    /// Stores what a round did in a nation, replacing what it said while it was open.
    ///
    /// # Errors
    /// The database's.
    pub fn put_round(&self, run: RunId, r: &RoundRecord) -> Result<(), StoreError> {
        self.tx.execute(
            "INSERT OR REPLACE INTO round(run_id, nation, round, n_flagged, n_removed, n_kept, n_dropped, n_conflict_left, closed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                run.0,
                r.nation.code(),
                r.round,
                r.n_flagged as i64,
                r.n_removed as i64,
                r.n_kept as i64,
                r.n_dropped as i64,
                r.n_conflict_left as i64,
                r.closed
            ],
        )?;
        Ok(())
    }

    /// Stores that a round dropped a statement.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_dropped(
        &self,
        run: RunId,
        statement: StatementId,
        round: u32,
    ) -> Result<(), StoreError> {
        self.tx.execute(
            "INSERT OR IGNORE INTO dropped(run_id, statement_id, round) VALUES (?1, ?2, ?3)",
            params![run.0, statement.0, round],
        )?;
        Ok(())
    }
}

pub(super) fn last_closed_round(connection: &Connection, run: RunId) -> Result<u32, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT COALESCE(MAX(round), 0) FROM round WHERE run_id = ?1 AND closed")?;
    Ok(statement.query_row([run.0], |r| r.get(0))?)
}

impl Store {
    /// Reads the issues of a reduction run in order.
    ///
    /// # Errors
    /// The database's.
    pub fn issues(&self, run: RunId) -> Result<Vec<Issue>, StoreError> {
        let mut members: BTreeMap<i64, Vec<IssueMember>> = BTreeMap::new();
        let mut statement = self.connection.prepare_cached(
            "SELECT m.issue_id, m.statement_id, m.stance, m.confidence FROM issue_member m JOIN issue i ON i.id = m.issue_id
             WHERE i.run_id = ?1 ORDER BY m.issue_id, m.statement_id",
        )?;
        for row in statement.query_map([run.0], |r| {
            Ok((
                r.get::<_, i64>(0)?,
                r.get::<_, i64>(1)?,
                r.get::<_, String>(2)?,
                r.get::<_, f64>(3)?,
            ))
        })? {
            let (issue, s, stance, confidence) = row?;
            members.entry(issue).or_default().push(IssueMember {
                statement: StatementId(s),
                stance: Stance::parse(&stance).ok_or(StoreError::Unreadable {
                    what: "stance",
                    value: stance,
                })?,
                confidence,
            });
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT id, nation, proposition FROM issue WHERE run_id = ?1 ORDER BY number",
        )?;
        let rows = statement.query_map([run.0], |r| {
            Ok((
                r.get::<_, i64>(0)?,
                r.get::<_, String>(1)?,
                r.get::<_, String>(2)?,
            ))
        })?;
        let mut out = Vec::new();
        for row in rows {
            let (id, nation, proposition) = row?;
            out.push(Issue {
                id: IssueId(id),
                nation: nation_of(&nation)?,
                proposition,
                members: members.remove(&id).unwrap_or_default(),
            });
        }
        Ok(out)
    }

    /// Reads the edges of a reduction run in order, with their nation.
    ///
    /// # Errors
    /// The database's.
    pub fn edges(&self, run: RunId) -> Result<Vec<(Nation, ConflictEdge)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, nation, a, b, kind, weight, agreement FROM edge WHERE run_id = ?1 ORDER BY number",
        )?;
        let rows = statement.query_map([run.0], |r| {
            let kind: String = r.get(4)?;
            Ok((
                r.get::<_, String>(1)?,
                ConflictEdge {
                    id: EdgeId(r.get(0)?),
                    a: StatementId(r.get(2)?),
                    b: StatementId(r.get(3)?),
                    kind: EdgeKind::parse(&kind).unwrap_or(EdgeKind::Semantic),
                    weight: r.get(5)?,
                    agreement: r.get(6)?,
                },
            ))
        })?;
        let mut out = Vec::new();
        for row in rows {
            let (nation, edge) = row?;
            out.push((nation_of(&nation)?, edge));
        }
        Ok(out)
    }

    /// Reads the flags of a reduction run by round and falling priority.
    ///
    /// # Errors
    /// The database's.
    pub fn flags(&self, run: RunId) -> Result<Vec<Flag>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT edge_id, round, deviating, n_cycles, priority, dominant, proposal FROM flag WHERE run_id = ?1
             ORDER BY round, priority DESC, edge_id",
        )?;
        let rows = statement.query_map([run.0], |r| {
            let proposal: String = r.get(6)?;
            Ok(Flag {
                edge: EdgeId(r.get(0)?),
                round: r.get(1)?,
                deviating: StatementId(r.get(2)?),
                n_cycles: r.get::<_, i64>(3)? as u64,
                priority: r.get(4)?,
                dominant: r.get(5)?,
                proposal: Verdict::parse(&proposal).unwrap_or(Verdict::Keep),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Counts the flags of a reduction run in all rounds.
    ///
    /// # Errors
    /// The database's.
    pub fn n_flags(&self, run: RunId) -> Result<usize, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT COUNT(*) FROM flag WHERE run_id = ?1")?;
        let n: i64 = statement.query_row([run.0], |r| r.get(0))?;
        Ok(n.max(0) as usize)
    }

    /// Returns the newest closed round of a reduction run, 0 before the first.
    ///
    /// # Errors
    /// The database's.
    pub fn last_closed_round(&self, run: RunId) -> Result<u32, StoreError> {
        last_closed_round(&self.connection, run)
    }

    /// Reads what the rounds of a reduction run did, by nation and round.
    ///
    /// # Errors
    /// The database's.
    pub fn rounds(&self, run: RunId) -> Result<Vec<RoundRecord>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT nation, round, n_flagged, n_removed, n_kept, n_dropped, n_conflict_left, closed FROM round
             WHERE run_id = ?1 ORDER BY nation, round",
        )?;
        let rows = statement.query_map([run.0], |r| {
            Ok((
                r.get::<_, String>(0)?,
                r.get::<_, u32>(1)?,
                [
                    r.get::<_, i64>(2)?,
                    r.get::<_, i64>(3)?,
                    r.get::<_, i64>(4)?,
                    r.get::<_, i64>(5)?,
                    r.get::<_, i64>(6)?,
                ],
                r.get::<_, bool>(7)?,
            ))
        })?;
        let mut out = Vec::new();
        for row in rows {
            let (nation, round, [flagged, removed, kept, dropped, left], closed) = row?;
            out.push(RoundRecord {
                nation: nation_of(&nation)?,
                round,
                n_flagged: flagged as usize,
                n_removed: removed as usize,
                n_kept: kept as usize,
                n_dropped: dropped as usize,
                n_conflict_left: left as usize,
                closed,
            });
        }
        Ok(out)
    }

    /// Reads the statements that a reduction run dropped, with the round, in order.
    ///
    /// # Errors
    /// The database's.
    pub fn dropped(&self, run: RunId) -> Result<Vec<(StatementId, u32)>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT statement_id, round FROM dropped WHERE run_id = ?1 ORDER BY round, statement_id")?;
        let rows = statement.query_map([run.0], |r| Ok((StatementId(r.get(0)?), r.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
