//! Tests of the review on small random graphs: what holds after every step, two stores that took the same
//! decisions, packages that come back.

use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use proptest::prelude::*;

use super::super::desk::EditCx;
use super::*;
use crate::annotate::rules::Rules;
use crate::base::ids::{DocId, JobId, StatementId};
use crate::base::language::Language;
use crate::base::observe::{Cancelled, Observe, Silent};
use crate::base::seed::Seed;
use crate::base::sentences::Span;
use crate::domain::conflict::{ConflictEdge, EdgeKind, IssueMember, Stance};
use crate::domain::corpus::Nation;
use crate::domain::review::filter::{QueueFilter, RuleVerdict};
use crate::domain::run::Run;
use crate::domain::statement::{Speaker, SpeakerKind, StatementSet};
use crate::stages::reduce::package::{
    QueueChoice, chosen_flags, queue_lines, read_package, record_lines,
};
use crate::stages::reduce::{Replay, agreement, audit, effect};
use crate::stages::settings::{Settings, WrittenSettings};
use crate::stages::{Rest, Stage, StageCx, StageError, pipeline};
use crate::store::{
    Access, ImportRecord, IssueRecord, NewDocument, NewEdge, NewRun, NewStatement, SourceRecord,
};

/// Rounds of the projects here.
const N_ROUNDS: u32 = 3;

/// Counts up, so that no two decisions have one time.
#[derive(Default)]
struct Ticks(AtomicI64);

impl Clock for Ticks {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

/// Cancels at the n-th look.
struct CancelAt(AtomicU64);

impl Observe for CancelAt {
    fn step(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
        if self.0.fetch_sub(1, Ordering::SeqCst) == 1 {
            return Err(Cancelled);
        }
        Ok(())
    }
}

/// A project whose reduction has its issues and edges.
struct Bench {
    store: Store,
    settings: Settings,
    run: Run,
    clock: Ticks,
}

impl Edits for Bench {
    fn edit_cx(&mut self) -> EditCx<'_> {
        EditCx {
            store: &mut self.store,
            settings: &self.settings,
            clock: &self.clock,
        }
    }
}

impl Bench {
    /// Makes a project with a random graph of 14 statements, most of them on one side.
    fn new(folder: &Path, seed: u64) -> Self {
        let mut random = Seed(seed).stream("review bench");
        let mut store = Store::create(folder).unwrap();
        let settings = Settings::check(&WrittenSettings {
            n_rounds: Some(N_ROUNDS),
            ..WrittenSettings::default()
        })
        .unwrap();
        let [extract, source, reduce] = ["extract", "judge_source", "reduce"].map(|stage| {
            let new = NewRun {
                stage,
                subject: "",
                stage_version: 1,
                params_json: &format!(r#"{{"n_rounds":{N_ROUNDS}}}"#),
                seed,
                input_hash: "",
            };
            store.begin_run(&new, 0).unwrap()
        });
        let n = 14;
        let mut sides: Vec<(usize, Stance)> = Vec::new();
        for _ in 0..n {
            let stance = match random.below(4) {
                0 => Stance::ALL[random.below(2)],
                _ => Stance::ALL[3 + random.below(2)],
            };
            sides.push((random.below(2), stance));
        }
        let filled: Result<(), StoreError> = store.write(|unit| {
            let record = ImportRecord {
                id: 0,
                name: "made up".to_owned(),
                nation: "US".to_owned(),
                content_hash: String::new(),
                column_map: String::new(),
                n_rows: n,
                n_docs: n,
                n_bad: 0,
            };
            let import = unit.begin_import(JobId(0), &record, 0)?;
            for i in 0..n as i64 {
                unit.insert_document(import, &document(i))?;
                let text = format!("Statement {i}");
                let passage = Span { start: 0, end: 5 };
                unit.insert_statement(
                    extract.id,
                    &NewStatement {
                        number: i,
                        doc: DocId(i + 1),
                        text,
                        passage,
                        confidence: 1.0,
                    },
                )?;
                unit.insert_source(
                    source.id,
                    &SourceRecord {
                        statement: StatementId(i + 1),
                        set: StatementSet::Quoted,
                        speaker: Some(Speaker {
                            name: format!("Speaker {}", i % 3),
                            kind: SpeakerKind::Person,
                        }),
                    },
                )?;
            }
            for issue in 0..2 {
                let of_issue = sides.iter().enumerate().filter(|(_, s)| s.0 == issue);
                let members = of_issue
                    .map(|(i, (_, stance))| IssueMember {
                        statement: StatementId(i as i64 + 1),
                        stance: *stance,
                        confidence: 0.3 + 0.7 * random.next_f64(),
                    })
                    .collect();
                unit.insert_issue(
                    reduce.id,
                    &IssueRecord {
                        number: issue as i64,
                        nation: Nation::FIVE[1],
                        proposition: format!("Proposition {issue}"),
                        members,
                    },
                )?;
            }
            let mut edges = Vec::new();
            for (i, a) in sides.iter().enumerate() {
                for (j, b) in sides.iter().enumerate().skip(i + 1) {
                    let agreement = a.1.value() * b.1.value();
                    let kind = match (a.0 == b.0, agreement < 0.0) {
                        (true, true) => EdgeKind::Opposed,
                        (true, false) => EdgeKind::Shared,
                        (false, _) => EdgeKind::Semantic,
                    };
                    if random.next_f64() < 0.6 {
                        edges.push(NewEdge {
                            number: edges.len() as i64,
                            nation: Nation::FIVE[1],
                            a: StatementId(i as i64 + 1),
                            b: StatementId(j as i64 + 1),
                            kind,
                            weight: 0.1 + random.next_f64(),
                            agreement: if a.0 == b.0 { agreement } else { 0.0 },
                        });
                    }
                }
            }
            unit.insert_edges(reduce.id, &edges)?;
            for (run, hash) in [(&extract, "e"), (&source, "s")] {
                unit.finish_run(run, hash, 0)?;
            }
            // Issues and edges are there.
            unit.finish_unit(reduce.id, 0)?;
            unit.finish_unit(reduce.id, 1)
        });
        filled.unwrap();
        Self {
            store,
            settings,
            run: reduce,
            clock: Ticks::default(),
        }
    }

    /// Opens the project again, as after a crash.
    fn reopen(self) -> Self {
        let folder = self.store.folder().to_owned();
        drop(self.store);
        Self {
            store: Store::open(&folder, Access::Write).unwrap(),
            settings: self.settings,
            run: self.run,
            clock: self.clock,
        }
    }

    fn advance(&mut self, observe: &dyn Observe) -> Result<Rest, StageError> {
        let stages = pipeline();
        let reduce: &dyn Stage = stages
            .iter()
            .find(|s| s.name() == "reduce")
            .unwrap()
            .as_ref();
        reduce.advance(&mut StageCx {
            store: &mut self.store,
            settings: &self.settings,
            annotator: &Rules,
            observe,
            clock: &self.clock,
            run: &self.run,
        })
    }

    fn review(&self) -> Option<OpenReview> {
        OpenReview::read(&self.store).unwrap()
    }

    fn edge(&self, i: usize) -> Option<EdgeId> {
        let review = self.review()?;
        let i = i % review.flags.len();
        Some(review.flags[i].0.edge)
    }

    /// Nothing leaves the graph but by a decision in force, and the record is whole.
    fn check(&self) {
        let chains = self.store.check_chains().unwrap();
        assert!(chains.iter().all(|c| c.broken.is_none()), "{chains:?}");
        let decisions = self.store.decisions(self.run.id).unwrap();
        let verdicts: Vec<_> = (1..=N_ROUNDS)
            .map(|round| Votes::read(&decisions, round).verdicts())
            .collect();
        let goes_in = |edge: EdgeId, round: u32| {
            verdicts[round as usize - 1].get(&edge) == Some(&Verdict::Remove)
        };
        let replay = Replay::read(&self.store, self.run.id, &Silent).unwrap();
        let closed = replay.round() - 1;
        for (_, state, edges) in replay.states() {
            let live: BTreeSet<EdgeId> = state.live_edges().into_iter().collect();
            let minority: BTreeMap<StatementId, u32> = state.minority().into_iter().collect();
            for edge in edges.iter().filter(|e| !live.contains(&e.id)) {
                let decided = (1..=closed).any(|round| goes_in(edge.id, round));
                let with_statement =
                    minority.contains_key(&edge.a) || minority.contains_key(&edge.b);
                assert!(decided || with_statement, "{edge:?}");
            }
            for (&statement, &round) in &minority {
                let ends_there = |e: &&ConflictEdge| e.a == statement || e.b == statement;
                let mut of_statement = edges.iter().filter(ends_there);
                assert!(of_statement.any(|e| goes_in(e.id, round)), "{statement}");
            }
        }
    }

    fn check_audit(&self) {
        let audit = audit(&self.store).unwrap();
        assert!(audit.agrees, "{:?}", audit.differences);
        let n_rows = self.store.decisions(self.run.id).unwrap().len();
        assert_eq!(audit.n_decisions, n_rows);
    }

    /// The machine's proposals on what nobody spoke about, as `accept` takes them.
    fn accept(&mut self) {
        let Some(review) = self.review() else { return };
        let open: Vec<Given> = review
            .flags
            .iter()
            .filter(|(_, s)| *s == Standing::Open)
            .map(|(f, _)| Given::new(f.edge, f.proposal, MACHINE, ""))
            .collect();
        self.decide_all(&open).unwrap();
    }
}

fn document(i: i64) -> NewDocument {
    NewDocument {
        external_id: format!("doc-{i}"),
        nation: Nation::FIVE[1],
        source: "Daily".to_owned(),
        language: Language::En,
        date: None,
        title: format!("Title {i}"),
        body: format!("Words of article {i}."),
        url: None,
        place: None,
        organization: None,
        source_label: None,
        extra_json: None,
        line: i as u64 + 1,
    }
}

/// Something that happens to a project.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Reviewer, edge, verdict, whether it adjudicates.
    Decide(usize, usize, usize, bool),
    Undo(usize),
    Accept,
    /// Reviewer, verdict, least cycles.
    Rule(usize, usize, u64),
    Run,
    /// Stopped at the n-th look, then opened again.
    Crash(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (0..3usize, 0..40usize, 0..4usize, prop::bool::weighted(0.15))
            .prop_map(|(who, edge, verdict, adjudicates)| Act::Decide(who, edge, verdict, adjudicates)),
        2 => (0..3usize).prop_map(Act::Undo),
        1 => Just(Act::Accept),
        1 => (0..3usize, 0..3usize, 0..6u64).prop_map(|(who, verdict, cycles)| Act::Rule(who, verdict, cycles)),
        2 => Just(Act::Run),
        1 => (1..6u64).prop_map(Act::Crash),
    ]
}

const PEOPLE: [&str; 3] = ["Ada", "Ben", "Cem"];

fn take(mut bench: Bench, act: Act) -> Bench {
    match act {
        Act::Decide(who, edge, verdict, adjudicates) => {
            if let Some(edge) = bench.edge(edge) {
                let given = Given {
                    adjudicates,
                    spent_ms: Some(edge.0),
                    ..Given::new(edge, Verdict::ALL[verdict], PEOPLE[who], "")
                };
                bench.decide_all(&[given]).unwrap();
            }
        }
        Act::Undo(who) => {
            let had = bench
                .review()
                .and_then(|r| Some(r.votes.last_of(PEOPLE[who])?.0));
            assert_eq!(bench.undo_decision(PEOPLE[who]).unwrap(), had);
        }
        Act::Accept => bench.accept(),
        Act::Rule(who, verdict, min_cycles) => {
            let rule = Rule {
                filter: QueueFilter {
                    min_cycles,
                    ..QueueFilter::default()
                },
                verdict: RuleVerdict::ALL[verdict],
                only_open: true,
            };
            match bench.apply_rule(&rule, PEOPLE[who]) {
                Ok(_) | Err(JobsError::NothingToReview) => {}
                Err(error) => panic!("{error}"),
            }
        }
        Act::Run => {
            bench.advance(&Silent).unwrap();
        }
        Act::Crash(at) => {
            let stopped = bench.advance(&CancelAt(AtomicU64::new(at)));
            assert!(matches!(stopped, Ok(_) | Err(StageError::Cancelled)));
            bench = bench.reopen();
        }
    }
    bench
}

/// Brings a project to the end of its rounds: what is disputed is adjudicated, the rest accepted.
fn finish(bench: &mut Bench) {
    while bench.advance(&Silent).unwrap() != Rest::Done {
        let review = bench.review().unwrap();
        let disputed: Vec<Given> = review
            .flags
            .iter()
            .filter(|(_, s)| matches!(s, Standing::Disputed { .. }))
            .map(|(f, _)| Given {
                adjudicates: true,
                ..Given::new(f.edge, Verdict::Remove, "Dee", "")
            })
            .collect();
        bench.decide_all(&disputed).unwrap();
        bench.accept();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Whatever happens in whatever order, what left the graph left by a decision in force, and a store
    /// that takes the same rows without the detours is the same store.
    #[test]
    fn nothing_leaves_without_a_decision_and_the_record_says_it_all(
        seed in 0..1000u64,
        acts in prop::collection::vec(act(), 1..40),
    ) {
        let home = tempfile::tempdir().unwrap();
        let mut bench = Bench::new(&home.path().join("a"), seed);
        for act in acts {
            bench = take(bench, act);
            bench.check();
        }
        finish(&mut bench);
        bench.check();
        bench.check_audit();

        let rows = bench.store.decisions(bench.run.id).unwrap();
        let mut twin = Bench::new(&home.path().join("b"), seed);
        for round in 1..=N_ROUNDS {
            twin.advance(&Silent).unwrap();
            let given: Vec<Given> = rows
                .iter()
                .filter(|d| d.round == round)
                .map(|d| Given {
                    spent_ms: d.spent_ms,
                    adjudicates: d.adjudicates,
                    rule: d.rule.clone(),
                    ..Given::new(d.edge, d.verdict, &d.reviewer, &d.note)
                })
                .collect();
            if !given.is_empty() {
                prop_assert_eq!(twin.decide_all(&given).unwrap(), given.len());
            }
        }
        prop_assert_eq!(twin.advance(&Silent).unwrap(), Rest::Done);
        twin.check_audit();
        prop_assert_eq!(
            twin.store.content_hash().unwrap(),
            bench.store.content_hash().unwrap()
        );
    }
}

/// A bench that waits in its first round with two flags at least.
fn waiting(home: &Path) -> Bench {
    for seed in 0.. {
        let mut bench = Bench::new(&home.join(format!("p{seed}")), seed);
        bench.advance(&Silent).unwrap();
        if bench.review().is_some_and(|r| r.flags.len() >= 2) {
            return bench;
        }
    }
    unreachable!("seeds do not end");
}

#[test]
fn reviewers_who_differ_keep_the_round_open_until_somebody_adjudicates() {
    let home = tempfile::tempdir().unwrap();
    let mut bench = waiting(home.path());
    let n = bench.review().unwrap().flags.len();
    let edge = bench.edge(0).unwrap();
    for (who, verdict) in [("Ada", Verdict::Keep), (" Ben ", Verdict::Remove)] {
        let given = Given::new(edge, verdict, who, "");
        assert_eq!(bench.decide_all(&[given]).unwrap(), 1);
    }
    bench.accept();
    let review = bench.review().unwrap();
    assert_eq!(
        (review.n_open(), review.n_disputed(), review.n_unsettled()),
        (0, 1, 1)
    );
    assert_eq!(
        bench.advance(&Silent).unwrap(),
        Rest::AwaitingReview {
            round: 1,
            n_open: 1
        }
    );
    let record = agreement(&bench.store, bench.run.id).unwrap();
    assert_eq!(record.disagreements.len(), 1);
    assert_eq!(record.over_all[0].table, [[0, 1], [0, 0]]);
    // Cem adjudicates, changes his mind without saying that he adjudicates, and takes it back.
    let adjudication = |verdict| Given {
        adjudicates: true,
        ..Given::new(edge, verdict, "Cem", "")
    };
    bench.decide_all(&[adjudication(Verdict::Keep)]).unwrap();
    bench
        .decide_all(&[Given::new(edge, Verdict::Remove, "Cem", "")])
        .unwrap();
    let standing = |bench: &Bench| bench.review().unwrap().votes.standing(edge).words();
    assert_eq!(standing(&bench), "remove (adjudicated by Cem)");
    assert_eq!(bench.undo_decision("Cem").unwrap(), Some(edge));
    assert_eq!(bench.undo_decision("Cem").unwrap(), None);
    assert_eq!(standing(&bench), "disputed: Ada keep, Ben remove");
    bench.decide_all(&[adjudication(Verdict::Remove)]).unwrap();
    bench.advance(&Silent).unwrap();
    let rounds = bench.store.rounds(bench.run.id).unwrap();
    let first = rounds.iter().find(|r| r.round == 1).unwrap();
    assert!(first.closed && first.n_flagged == n && first.n_removed > 0);
    bench.check_audit();
}

#[test]
fn names_edges_and_rounds_are_checked_and_all_or_nothing_is_stored() {
    let home = tempfile::tempdir().unwrap();
    let mut bench = waiting(home.path());
    let edge = bench.edge(0).unwrap();
    let good = Given::new(edge, Verdict::Keep, "Ada", "");
    let unknown = Given::new(EdgeId(9999), Verdict::Keep, "Ada", "");
    let error = bench.decide_all(&[good.clone(), unknown]).unwrap_err();
    assert!(matches!(error, JobsError::NotFlagged { edge: 9999 }));
    let nobody = Given::new(edge, Verdict::Keep, "  ", "");
    let error = bench.decide_all(&[good.clone(), nobody]).unwrap_err();
    assert!(matches!(error, JobsError::Reviewer(_)));
    assert!(bench.store.decisions(bench.run.id).unwrap().is_empty());
    // Taking back what is not there leaves no row.
    let undo = Given::new(edge, Verdict::Undo, "Ada", "");
    assert_eq!(bench.decide_all(&[undo]).unwrap(), 0);
    finish(&mut bench);
    bench
        .store
        .write(|unit| unit.finish_run(&bench.run, "r", 0))
        .unwrap();
    assert!(matches!(
        bench.decide_all(&[good]),
        Err(JobsError::NothingToReview)
    ));
}

#[test]
fn a_rule_does_what_it_said_it_would() {
    let home = tempfile::tempdir().unwrap();
    let mut bench = waiting(home.path());
    // One edge is decided already; the rule is about the others.
    let edge = bench.edge(0).unwrap();
    bench
        .decide_all(&[Given::new(edge, Verdict::Keep, "Ada", "")])
        .unwrap();
    let rule = Rule {
        filter: QueueFilter::default(),
        verdict: RuleVerdict::Remove,
        only_open: true,
    };
    let review = bench.review().unwrap();
    let chosen = review.book(&bench.store).unwrap().chosen(&rule);
    assert_eq!(chosen.len(), review.flags.len() - 1);
    let replay = Replay::read(&bench.store, bench.run.id, &Silent).unwrap();
    let said = effect(
        &replay,
        &review.votes,
        &chosen.iter().copied().collect(),
        "Ada",
    );
    let nothing = effect(&replay, &review.votes, &BTreeMap::new(), "Ada");
    assert_eq!((said.n_removed, said.n_kept), (chosen.len(), 0));
    assert_eq!(
        nothing.cycles_left - nothing.cycles_broken,
        said.cycles_left + said.cycles_broken
    );
    assert!(nothing.dropped.is_empty() && nothing.dominants.is_empty());

    assert_eq!(bench.apply_rule(&rule, "Ben").unwrap(), chosen);
    let rows = bench.store.decisions(bench.run.id).unwrap();
    let of_rule = rows.iter().filter(|d| d.rule == "all edges: remove");
    assert_eq!(of_rule.count(), chosen.len());
    // A second time there is nothing that it means.
    assert!(bench.apply_rule(&rule, "Ben").unwrap().is_empty());
    bench.advance(&Silent).unwrap();
    let dropped: Vec<StatementId> = bench
        .store
        .dropped(bench.run.id)
        .unwrap()
        .into_iter()
        .map(|(s, _)| s)
        .collect();
    assert_eq!(dropped, said.dropped);
    let replay = Replay::read(&bench.store, bench.run.id, &Silent).unwrap();
    let left: u64 = replay.states().map(|(_, s, _)| s.n_cycles().0).sum();
    assert_eq!(left, said.cycles_left);
}

fn text_of(lines: &[serde_json::Value]) -> String {
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn a_package_goes_out_and_comes_back() {
    let home = tempfile::tempdir().unwrap();
    let mut bench = waiting(home.path());
    let queue = |bench: &Bench, choice: &QueueChoice| {
        let book = bench.review().unwrap().book(&bench.store).unwrap();
        queue_lines(&bench.store, &bench.run, &book, choice, &Silent).unwrap()
    };
    let for_ada = QueueChoice {
        reviewer: Some("Ada".to_owned()),
        blind: true,
        ..QueueChoice::default()
    };
    let mut lines = queue(&bench, &for_ada);
    let n = bench.review().unwrap().flags.len();
    assert_eq!(lines.len(), n);
    let first = &lines[0];
    assert_eq!(first["deviating"]["passage"], "Words");
    assert_eq!(first["statement"]["speaker"].as_str().unwrap().len(), 9);
    assert!(first["proposition"].as_str().unwrap().starts_with("Prop"));
    assert!(first.get("proposal").is_none() && first["verdict"].is_null());
    assert!(!first["example_cycles"][0].as_array().unwrap().is_empty());
    assert!(first["preview"]["cycles_broken"].as_u64().unwrap() > 0);
    // Ada fills in one line and sends the whole back, twice.
    lines[0]["verdict"] = "remove".into();
    lines[0]["note"] = "a side fact".into();
    let back = read_package(&text_of(&lines)).unwrap();
    let counts = |a: AppliedLines| (a.n_stored, a.n_there, a.n_blank);
    let applied = bench.apply_lines(&back, "unnamed", false).unwrap();
    assert_eq!(counts(applied), (1, 0, n - 1));
    let applied = bench.apply_lines(&back, "unnamed", false).unwrap();
    assert_eq!(counts(applied), (0, 1, n - 1));
    assert_eq!(queue(&bench, &for_ada).len(), n - 1);
    // Ben's package still asks about all, and he differs; the adjudicator's asks about that one edge.
    let edge = bench.edge(0).unwrap();
    let for_ben = QueueChoice {
        reviewer: Some("Ben".to_owned()),
        ..QueueChoice::default()
    };
    assert_eq!(queue(&bench, &for_ben).len(), n);
    let ben = format!("{{\"edge\": {edge}, \"verdict\": \"keep\"}}\n");
    let twice = read_package(&format!("{ben}{ben}")).unwrap();
    let applied = bench.apply_lines(&twice, "Ben", false).unwrap();
    assert_eq!(counts(applied), (1, 1, 0));
    let to_adjudicate = QueueChoice {
        to_adjudicate: true,
        ..QueueChoice::default()
    };
    let mut asked = queue(&bench, &to_adjudicate);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["votes"].as_array().unwrap().len(), 2);
    asked[0]["verdict"] = "keep".into();
    let back = read_package(&text_of(&asked)).unwrap();
    bench.apply_lines(&back, "Cem", false).unwrap();
    let standing = bench.review().unwrap().votes.standing(edge);
    assert_eq!(standing.words(), "keep (adjudicated by Cem)");

    // The whole record on a copy of the project, before and after the end, leads to the same store.
    finish(&mut bench);
    let record = text_of(&record_lines(&bench.store, &bench.run).unwrap());
    let record = read_package(&record).unwrap();
    let rows = bench.store.decisions(bench.run.id).unwrap().len();
    assert_eq!(record.len(), rows);
    let applied = bench.apply_lines(&record, "unnamed", false).unwrap();
    assert_eq!(counts(applied), (0, rows, 0));
    let mut copy = Bench::new(&home.path().join("copy"), bench.run.seed);
    for round in 1..=N_ROUNDS {
        copy.advance(&Silent).unwrap();
        let of_round: Vec<PackageLine> = record
            .iter()
            .filter(|l| l.round == Some(round))
            .cloned()
            .collect();
        let applied = copy.apply_lines(&of_round, "unnamed", false).unwrap();
        assert_eq!(applied.n_stored, of_round.len());
    }
    copy.advance(&Silent).unwrap();
    let hash = |bench: &Bench| bench.store.content_hash().unwrap();
    assert_eq!(hash(&copy), hash(&bench));
}

#[test]
fn what_a_package_gets_wrong_is_named_by_line_and_nothing_is_stored() {
    let home = tempfile::tempdir().unwrap();
    let mut bench = waiting(home.path());
    let edge = bench.edge(0).unwrap();
    let asked: BTreeSet<EdgeId> = bench
        .review()
        .unwrap()
        .flags
        .iter()
        .map(|(f, _)| f.edge)
        .collect();
    let edges = bench.store.edges(bench.run.id).unwrap();
    let other = edges.iter().find(|(_, e)| !asked.contains(&e.id)).unwrap();
    let text = [
        format!("{{\"edge\": {edge}, \"verdict\": \"keep\"}}"),
        "{\"edge\": 9999, \"verdict\": \"keep\"}".to_owned(),
        format!("{{\"edge\": {}, \"verdict\": \"keep\"}}", other.1.id),
        format!("{{\"edge\": {edge}, \"verdict\": \"keep\", \"round\": 2}}"),
        format!("{{\"edge\": {edge}, \"verdict\": \"keep\", \"reduction\": \"elsewhere\"}}"),
        format!("{{\"edge\": {edge}, \"verdict\": null, \"reduction\": \"elsewhere\"}}"),
    ];
    let lines = read_package(&text.join("\n")).unwrap();
    let error = bench.apply_lines(&lines, "Ada", false).unwrap_err();
    let JobsError::Package(PackageError { problems }) = &error else {
        panic!("{error}");
    };
    let numbers: Vec<usize> = problems.iter().map(|p| p.0).collect();
    assert_eq!(numbers, [2, 3, 4, 5], "{error}");
    assert!(bench.store.decisions(bench.run.id).unwrap().is_empty());
}

#[test]
fn a_share_of_the_queue_is_drawn_by_name_and_seed() {
    let home = tempfile::tempdir().unwrap();
    let bench = waiting(home.path());
    let book = bench.review().unwrap().book(&bench.store).unwrap();
    let drawn = |who: &str, share: f64, seed: u64| -> Vec<EdgeId> {
        let choice = QueueChoice {
            reviewer: Some(who.to_owned()),
            share: Some(share),
            seed,
            ..QueueChoice::default()
        };
        let flags = chosen_flags(&book, &choice);
        flags.into_iter().map(|f| f.edge).collect()
    };
    let n = book.flags.len();
    let half = drawn("Ada", 0.5, 42);
    assert_eq!(half.len(), n.div_ceil(2));
    assert_eq!(half, drawn("Ada", 0.5, 42));
    // In the order of the queue.
    let all: Vec<EdgeId> = book.flags.iter().map(|f| f.edge).collect();
    assert_eq!(drawn("Ben", 1.0, 1), all);
    let in_order: Vec<EdgeId> = all.iter().copied().filter(|e| half.contains(e)).collect();
    assert_eq!(in_order, half);
    let differ = (0..20).any(|seed| drawn("Ada", 0.5, seed) != half);
    assert!(differ || n < 2);
}
