//! Measures every stage against what was planted in an example corpus (`truth.jsonl`).
//!
//! Nothing here feeds back into the pipeline. Figures are given over all planted statements and,
//! apart, over those written with phrases that the rules' author did not list.

mod measured;

pub use measured::{Measured, NationTopics, Ratio};

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::StageError;
use super::reduce::{is_disputed, rounds_one_by_one};
use crate::algo::stats::agreement::{PrecisionRecall, adjusted_rand};
use crate::base::ids::{DocId, IssueId, StatementId};
use crate::base::observe::Silent;
use crate::domain::conflict::ConflictEdge;
use crate::domain::corpus::Nation;
use crate::domain::statement::{Statement, StatementSet};
use crate::store::{Store, StoreError};

/// Why a truth file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TruthError {
    /// The file cannot be read.
    #[error("cannot read the truth file ({source}): {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A line is no truth.
    #[error("line {line} of the truth file cannot be read ({reason})")]
    Line {
        /// Line, from 1.
        line: usize,
        /// The parser's reason.
        reason: String,
    },
    /// The file of contested propositions is none.
    #[error("the contested propositions cannot be read ({reason}): {}", path.display())]
    Contested {
        /// The file.
        path: PathBuf,
        /// The parser's reason.
        reason: String,
    },
    /// The rounds cannot be replayed.
    #[error("the rounds cannot be measured ({0})")]
    Stage(#[from] StageError),
    /// The project's files refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Clone, Debug, Deserialize)]
struct TrueDoc {
    id: String,
    nation: String,
    language: String,
    topic: Option<String>,
    outlier: bool,
    #[serde(default)]
    statements: Vec<TrueStatement>,
}

#[derive(Clone, Debug, Deserialize)]
struct TrueStatement {
    start: usize,
    end: usize,
    set: String,
    speaker: Option<String>,
    proposition: String,
    stance: i32,
    dissent: bool,
    unlisted: bool,
}

/// A proposition of a nation on which both sides were planted about equally often.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Contested {
    nation: String,
    proposition: String,
}

/// The file beside the truth that names the contested propositions.
const CONTESTED_FILE: &str = "contested.json";

/// What was planted, article by article.
pub struct Truth {
    docs: Vec<TrueDoc>,
    /// Contested propositions; `None` where no file names them.
    contested: Option<BTreeSet<Contested>>,
}

/// Statements that were planted as dissent.
pub struct Dissent {
    /// Those that were found.
    found: BTreeSet<StatementId>,
    /// All that were planted, also those that were not found.
    n_planted: u64,
}

impl Dissent {
    /// Compares dropped statements with the planted dissent.
    pub fn against(&self, dropped: &[StatementId]) -> PrecisionRecall {
        let dropped: BTreeSet<StatementId> = dropped.iter().copied().collect();
        PrecisionRecall {
            n_true: self.n_planted,
            n_found: dropped.len() as u64,
            n_both: dropped.intersection(&self.found).count() as u64,
        }
    }
}

/// A found statement with the planted one it matches.
struct Match<'t> {
    found: Statement,
    truth: &'t TrueStatement,
}

impl Truth {
    /// Reads a truth file.
    ///
    /// # Errors
    /// [`TruthError`] names the first line that cannot be read.
    pub fn read(path: &Path) -> Result<Self, TruthError> {
        let text = fs::read_to_string(path).map_err(|source| TruthError::Io {
            path: path.to_owned(),
            source,
        })?;
        let docs = text
            .lines()
            .enumerate()
            .filter(|(_, l)| !l.trim().is_empty())
            .map(|(i, line)| {
                serde_json::from_str(line).map_err(|e| TruthError::Line {
                    line: i + 1,
                    reason: e.to_string(),
                })
            })
            .collect::<Result<_, _>>()?;
        let beside = path.with_file_name(CONTESTED_FILE);
        let contested = match fs::read_to_string(&beside) {
            Ok(text) => {
                let read: Result<Vec<Contested>, _> = serde_json::from_str(&text);
                let read = read.map_err(|e| TruthError::Contested {
                    reason: e.to_string(),
                    path: beside,
                })?;
                Some(read.into_iter().collect())
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => {
                return Err(TruthError::Io {
                    path: beside,
                    source,
                });
            }
        };
        Ok(Self { docs, contested })
    }

    /// Finds the statements of a project that were planted as dissent.
    ///
    /// # Errors
    /// The store's.
    pub fn dissent(&self, store: &Store) -> Result<Dissent, TruthError> {
        let planted = self.planted(store)?;
        let matches = measure_extraction(store, &planted, &mut Measured::default())?;
        let dissenting = matches.iter().filter(|m| m.truth.dissent);
        let statements = planted.values().flat_map(|d| &d.statements);
        Ok(Dissent {
            found: dissenting.map(|m| m.found.id).collect(),
            n_planted: statements.filter(|t| t.dissent).count() as u64,
        })
    }

    /// Documents of a project that were planted.
    fn planted(&self, store: &Store) -> Result<BTreeMap<DocId, &TrueDoc>, TruthError> {
        let ids: BTreeMap<(String, String), DocId> = store
            .documents()?
            .into_iter()
            .map(|d| ((d.nation.code().to_owned(), d.external_id), d.id))
            .collect();
        let planted = self.docs.iter().filter_map(|t| {
            ids.get(&(t.nation.clone(), t.id.clone()))
                .map(|id| (*id, t))
        });
        Ok(planted.collect())
    }

    /// Measures a project's results.
    ///
    /// # Errors
    /// The store's.
    pub fn measure(&self, store: &Store) -> Result<Measured, TruthError> {
        let mut measured = Measured::default();
        let planted = self.planted(store)?;
        measured.imported = Ratio::new(planted.len(), self.docs.len());
        self.measure_topics(store, &planted, &mut measured)?;
        let matches = measure_extraction(store, &planted, &mut measured)?;
        measure_sources(&matches, &mut measured);
        measure_conflicts(store, &planted, &matches, &mut measured)?;
        self.measure_contested(store, &matches, &mut measured)?;
        Ok(measured)
    }

    fn measure_topics(
        &self,
        store: &Store,
        planted: &BTreeMap<DocId, &TrueDoc>,
        measured: &mut Measured,
    ) -> Result<(), TruthError> {
        let clusters: BTreeMap<DocId, i32> = store
            .clusters()?
            .into_iter()
            .map(|c| (c.doc, c.label))
            .collect();
        let topics: BTreeMap<DocId, i32> = store
            .assignments()?
            .into_iter()
            .map(|a| (a.doc, a.number as i32))
            .collect();
        if clusters.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = self
            .docs
            .iter()
            .filter_map(|d| d.topic.as_deref())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let number = |topic: &str| names.binary_search(&topic).unwrap_or(0) as i32;
        let nations: BTreeSet<&str> = planted.values().map(|t| t.nation.as_str()).collect();
        for nation in nations {
            let of_nation: Vec<(i32, i32, i32)> = planted
                .iter()
                .filter(|(_, t)| t.nation == nation)
                .filter_map(|(id, t)| {
                    let planted = number(t.topic.as_deref()?);
                    let none = -1;
                    Some((
                        planted,
                        *clusters.get(id).unwrap_or(&none),
                        *topics.get(id).unwrap_or(&none),
                    ))
                })
                .collect();
            let truth: Vec<i32> = of_nation.iter().map(|x| x.0).collect();
            let by_cluster: Vec<i32> = of_nation.iter().map(|x| x.1).collect();
            let by_topic: Vec<i32> = of_nation.iter().map(|x| x.2).collect();
            measured.topics.push(NationTopics {
                nation: nation.to_owned(),
                n_docs: truth.len(),
                ari_clusters: adjusted_rand(&truth, &by_cluster).unwrap_or(0.0),
                ari_topics: adjusted_rand(&truth, &by_topic).unwrap_or(0.0),
            });
        }
        // The same topic in different languages: one topic is the commonest in each of them.
        let mut by_language: BTreeMap<&str, BTreeMap<&str, BTreeMap<i32, usize>>> = BTreeMap::new();
        for (id, t) in planted {
            let (Some(topic), Some(found)) = (t.topic.as_deref(), topics.get(id)) else {
                continue;
            };
            *by_language
                .entry(topic)
                .or_default()
                .entry(&t.language)
                .or_default()
                .entry(*found)
                .or_default() += 1;
        }
        for (topic, languages) in by_language.iter().filter(|(_, l)| l.len() > 1) {
            let commonest: Vec<i32> = languages
                .values()
                .filter_map(|counts| {
                    counts
                        .iter()
                        .max_by_key(|(t, n)| (**n, std::cmp::Reverse(**t)))
                        .map(|(t, _)| *t)
                })
                .collect();
            let first = commonest.first().copied().unwrap_or(-1);
            let n_same = commonest.iter().filter(|t| **t == first).count();
            let together = n_same == commonest.len();
            measured.shared_topics.add(together);
            if !together {
                measured.split_topics.push((*topic).to_owned());
            }
        }
        for (id, t) in planted {
            let is_noise = clusters.get(id).is_none_or(|c| *c < 0);
            measured.outliers_found.n_true += u64::from(t.outlier);
            measured.outliers_found.n_found += u64::from(is_noise);
            measured.outliers_found.n_both += u64::from(t.outlier && is_noise);
        }
        Ok(())
    }
}

impl Truth {
    /// Compares the issues that are contested now with the propositions planted so.
    ///
    /// Each planted proposition of a nation is judged by one issue, that with the most of its statements:
    /// small splinters of it are too few to say anything about balance.
    fn measure_contested(
        &self,
        store: &Store,
        matches: &[Match<'_>],
        measured: &mut Measured,
    ) -> Result<(), TruthError> {
        let (Some(contested), Some(run)) = (&self.contested, store.newest_run("reduce")?) else {
            return Ok(());
        };
        let by_id: BTreeMap<StatementId, &Match<'_>> =
            matches.iter().map(|m| (m.found.id, m)).collect();
        // Size and issue of the largest by nation and proposition; of equal ones the first.
        let mut largest: BTreeMap<Contested, (usize, Reverse<IssueId>)> = BTreeMap::new();
        for issue in store.issues(run.id)? {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for m in issue.members.iter().filter_map(|m| by_id.get(&m.statement)) {
                *counts.entry(&m.truth.proposition).or_default() += 1;
            }
            for (proposition, n) in counts {
                let key = Contested {
                    nation: issue.nation.code().to_owned(),
                    proposition: proposition.to_owned(),
                };
                let held = largest.entry(key).or_insert((n, Reverse(issue.id)));
                *held = (*held).max((n, Reverse(issue.id)));
            }
        }
        let rounds = rounds_one_by_one(store, run.id, &Silent)?;
        let Some(now) = rounds.last() else {
            return Ok(());
        };
        let mut found = PrecisionRecall {
            n_true: contested.len() as u64,
            ..PrecisionRecall::default()
        };
        for (key, (_, Reverse(issue))) in &largest {
            if now.issues.get(issue).is_some_and(is_disputed) {
                found.n_found += 1;
                found.n_both += u64::from(contested.contains(key));
            }
        }
        measured.contested = Some(found);
        Ok(())
    }
}

/// Matches found with planted statements of the same document by overlap.
fn measure_extraction<'t>(
    store: &Store,
    planted: &BTreeMap<DocId, &'t TrueDoc>,
    measured: &mut Measured,
) -> Result<Vec<Match<'t>>, TruthError> {
    let mut by_doc: BTreeMap<DocId, Vec<Statement>> = BTreeMap::new();
    for s in store.statements()? {
        if planted.contains_key(&s.doc) {
            by_doc.entry(s.doc).or_default().push(s);
        }
    }
    let mut matches = Vec::new();
    for (doc, truth) in planted {
        let mut found = by_doc.remove(doc).unwrap_or_default();
        measured.extraction.n_found += found.len() as u64;
        for t in &truth.statements {
            let at = found.iter().position(|f| overlaps(f, t));
            measured.extraction.n_true += 1;
            measured.extraction.n_both += u64::from(at.is_some());
            measured.extraction_unlisted.n_true += u64::from(t.unlisted);
            measured.extraction_unlisted.n_both += u64::from(t.unlisted && at.is_some());
            if let Some(at) = at {
                matches.push(Match {
                    found: found.remove(at),
                    truth: t,
                });
            }
        }
    }
    Ok(matches)
}

/// Tells whether more than half of the longer of the two passages is shared.
fn overlaps(found: &Statement, truth: &TrueStatement) -> bool {
    let start = found.passage.start.max(truth.start);
    let end = found.passage.end.min(truth.end);
    let longer = (found.passage.end - found.passage.start).max(truth.end - truth.start);
    end > start && 2 * (end - start) > longer
}

fn measure_sources(matches: &[Match<'_>], measured: &mut Measured) {
    for m in matches {
        let right = m.found.set.code() == m.truth.set;
        measured.set.add(right);
        if m.truth.unlisted {
            measured.set_unlisted.add(right);
        }
        if let (Some(name), StatementSet::Quoted) = (&m.truth.speaker, m.found.set) {
            let found = m.found.speaker.as_ref().map_or("", |s| s.name.as_str());
            measured
                .speaker
                .add(found.contains(name.as_str()) || (!found.is_empty() && name.contains(found)));
        }
    }
}

fn measure_conflicts(
    store: &Store,
    planted: &BTreeMap<DocId, &TrueDoc>,
    matches: &[Match<'_>],
    measured: &mut Measured,
) -> Result<(), TruthError> {
    let Some(run) = store.newest_run("reduce")? else {
        return Ok(());
    };
    let by_id: BTreeMap<StatementId, &Match<'_>> =
        matches.iter().map(|m| (m.found.id, m)).collect();
    let mut at_home: BTreeSet<StatementId> = BTreeSet::new();
    for issue in store.issues(run.id)? {
        let members: Vec<(&Match<'_>, f64)> = issue
            .members
            .iter()
            .filter_map(|m| by_id.get(&m.statement).map(|x| (*x, m.stance.value())))
            .collect();
        let main = main_proposition(members.iter().map(|(m, _)| *m));
        let own = members
            .iter()
            .filter(|(m, _)| Some(m.truth.proposition.as_str()) == main);
        at_home.extend(own.map(|(m, _)| m.found.id));
        measure_stances(&members, measured);
        measured.n_issues += 1;
    }
    measured.in_issue.n_true = matches.len() as u64;
    let edges: Vec<(Nation, ConflictEdge)> = store
        .edges(run.id)?
        .into_iter()
        .filter(|(_, e)| e.is_conflict())
        .collect();
    let opposed = |a: &Match<'_>, b: &Match<'_>| {
        a.truth.proposition == b.truth.proposition && a.truth.stance != b.truth.stance
    };
    let mut reached: BTreeSet<StatementId> = BTreeSet::new();
    for (_, edge) in &edges {
        let ends = (by_id.get(&edge.a), by_id.get(&edge.b));
        let right = matches!(ends, (Some(a), Some(b)) if opposed(a, b));
        measured.conflicts.n_found += 1;
        measured.conflicts.n_right += usize::from(right);
        if let (Some(a), Some(b), true) = (ends.0, ends.1, right) {
            reached.extend([a.found.id, b.found.id]);
            if a.truth.unlisted || b.truth.unlisted {
                measured.conflicts_unlisted.n_right += 1;
            }
        }
        if let (Some(a), Some(b)) = ends
            && (a.truth.unlisted || b.truth.unlisted)
        {
            measured.conflicts_unlisted.n_found += 1;
        }
    }
    let dropped: BTreeSet<StatementId> =
        store.dropped(run.id)?.into_iter().map(|(s, _)| s).collect();
    measured.dropped.n_found = dropped.len() as u64;
    // Every planted contradiction counts, also those whose statement was not found.
    let n_dissent = |unlisted: bool| {
        let statements = planted.values().flat_map(|d| &d.statements);
        statements
            .filter(|t| t.dissent && (t.unlisted || !unlisted))
            .count()
    };
    measured.conflicts.reached.n = n_dissent(false);
    measured.conflicts_unlisted.reached.n = n_dissent(true);
    measured.dropped.n_true = n_dissent(false) as u64;
    for m in matches.iter().filter(|m| m.truth.dissent) {
        let is_reached = usize::from(reached.contains(&m.found.id));
        measured.conflicts.reached.n_right += is_reached;
        if m.truth.unlisted {
            measured.conflicts_unlisted.reached.n_right += is_reached;
        }
        let is_dropped = dropped.contains(&m.found.id);
        measured.dropped.n_both += u64::from(is_dropped);
        if at_home.contains(&m.found.id) {
            measured.reached_in_issue.add(is_reached > 0);
            measured.dropped_in_issue.add(is_dropped);
        }
    }
    Ok(())
}

/// The proposition that most statements of an issue were planted on; of equal ones the first by name.
fn main_proposition<'m>(members: impl Iterator<Item = &'m Match<'m>>) -> Option<&'m str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for m in members {
        *counts.entry(&m.truth.proposition).or_default() += 1;
    }
    let most = counts
        .into_iter()
        .max_by_key(|&(name, n)| (n, Reverse(name)));
    most.map(|(name, _)| name)
}

/// Compares the stances of one issue with the planted ones.
///
/// The issue's proposition may be put the other way round than the planted one; of the two readings
/// the one that fits more members counts. Pairs, which need no such reading, are counted beside it.
fn measure_stances(members: &[(&Match<'_>, f64)], measured: &mut Measured) {
    let mut by_proposition: BTreeMap<&str, Vec<(&Match<'_>, f64)>> = BTreeMap::new();
    for (m, stance) in members {
        by_proposition
            .entry(&m.truth.proposition)
            .or_default()
            .push((m, *stance));
    }
    measured.in_issue.n_found += members.len() as u64;
    measured.in_issue.n_both += by_proposition.values().map(Vec::len).max().unwrap_or(0) as u64;
    let sign = |x: f64| if x == 0.0 { 0 } else { x.signum() as i32 };
    for of_proposition in by_proposition.values().filter(|v| v.len() > 1) {
        let n_straight = of_proposition
            .iter()
            .filter(|(m, s)| sign(*s) == m.truth.stance)
            .count();
        let n_turned = of_proposition
            .iter()
            .filter(|(m, s)| sign(*s) == -m.truth.stance)
            .count();
        let turn = if n_turned > n_straight { -1 } else { 1 };
        for (m, s) in of_proposition {
            let right = sign(*s) == turn * m.truth.stance;
            measured.stance.add(right);
            if m.truth.unlisted {
                measured.stance_unlisted.add(right);
            }
        }
        for (i, (a, sa)) in of_proposition.iter().enumerate() {
            for (b, sb) in of_proposition.iter().skip(i + 1) {
                measured
                    .stance_pairs
                    .add(sign(sa * sb) == a.truth.stance * b.truth.stance);
            }
        }
    }
}
