//! `meridian tool synth`: a project of made-up documents, to try the program at any size.
//!
//! Documents have a nation, an outlet, a date, a topic, words of it in the nation's language and a place on
//! the map; nothing is computed from their texts. Their topics, places and strengths are drawn, and the runs
//! that hold them say `synthetic`, so that nobody takes them for a finding. Equal arguments give equal
//! documents.

mod draw;
mod words;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, json};

use super::finish;
use super::timing::peak_bytes;
use crate::algo::topics::spread::spread;
use crate::base::clock::{Clock, SystemClock};
use crate::base::ids::{DocId, JobId};
use crate::base::matrix::Matrix;
use crate::base::observe::Observe;
use crate::base::seed::Seed;
use crate::cli::console::Console;
use crate::domain::corpus::Nation;
use crate::domain::job_progress::JobState;
use crate::domain::run::Run;
use crate::domain::topic::{Assignment, Screening, TermWeight};
use crate::jobs::{Engine, Watch as _};
use crate::stages::columns;
use crate::stages::settings::{Settings, WrittenSettings};
use crate::store::{
    ClusterRecord, ImportRecord, NewDocument, NewRun, NewTopic, ScreeningRecord, Store,
};
use draw::{Draw, Plan};
use words::Words;

/// Documents stored in one unit of work.
const N_IN_UNIT: usize = 50_000;

/// Documents kept as closest to a topic's middle.
const N_CENTRAL: usize = 12;

/// Arguments of `tool synth`.
#[derive(clap::Args)]
pub(in crate::cli) struct SynthArgs {
    /// Folder of the project to make
    project: PathBuf,
    /// Documents
    #[arg(long, default_value_t = 100_000)]
    documents: usize,
    /// Seed of everything drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Makes the project.
pub(super) fn synth(args: &SynthArgs, console: &Console) -> anyhow::Result<()> {
    anyhow::ensure!(
        (1..=u32::MAX as usize - 1).contains(&args.documents),
        "--documents takes 1 to {}",
        u32::MAX - 1
    );
    let began = Instant::now();
    let written = WrittenSettings {
        preset: Some("quick".to_owned()),
        seed: Some(args.seed),
        ..WrittenSettings::default()
    };
    Settings::check(&written)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let annotator = crate::app::offline_annotator();
    let mut engine = Engine::create(&args.project, &written, annotator, Arc::clone(&clock))?;
    let plan = Plan::new(args.documents, Seed(args.seed));
    console.begin(JobId(0), "documents");
    let made = documents(&mut engine.store, &plan, args.documents, console, &*clock)?;
    console.phase("runs");
    runs(&mut engine.store, &plan, &made, args.seed, &*clock)?;
    console.phase("columns");
    columns::write(&engine.store)?;
    console.end(JobState::Done);
    let mut summary = Map::new();
    summary.insert("documents".into(), args.documents.into());
    summary.insert("topics".into(), plan.topics.len().into());
    summary.insert("secs".into(), began.elapsed().as_secs_f64().into());
    let peak_mib = peak_bytes().map(|n| n as f64 / f64::from(1 << 20));
    summary.insert("peak_mib".into(), json!(peak_mib));
    let text = format!(
        "{} made-up documents on {} topics in {}",
        args.documents,
        plan.topics.len(),
        args.project.display()
    );
    finish(args.json, summary, &text, console);
    Ok(())
}

/// What was drawn of every document, in the order of their identities.
struct Made {
    positions: Vec<f32>,
    /// Topic, `u16::MAX` for outliers that no tag placed.
    topics: Vec<u16>,
    strengths: Vec<u8>,
    outliers: Vec<bool>,
    n_by_nation: Vec<usize>,
    /// Per topic and nation.
    n_by_topic: Vec<Vec<usize>>,
    /// Per topic its innermost documents with their distance.
    central: Vec<Vec<(f32, u32)>>,
}

fn documents(
    store: &mut Store,
    plan: &Plan,
    n: usize,
    console: &Console,
    clock: &dyn Clock,
) -> anyhow::Result<Made> {
    let words = Words::new();
    let n_topics = plan.topics.len();
    let mut made = Made {
        positions: Vec::with_capacity(2 * n),
        topics: Vec::with_capacity(n),
        strengths: Vec::with_capacity(n),
        outliers: Vec::with_capacity(n),
        n_by_nation: vec![0; Nation::FIVE.len()],
        n_by_topic: vec![vec![0; Nation::FIVE.len()]; n_topics],
        central: vec![Vec::new(); n_topics],
    };
    let record = ImportRecord {
        id: 0,
        name: "synthetic".to_owned(),
        nation: String::new(),
        content_hash: String::new(),
        column_map: "made up".to_owned(),
        n_rows: n as u64,
        n_docs: n as u64,
        n_bad: 0,
    };
    let now = clock.now_ms();
    let import = store.write(|unit| unit.begin_import(JobId(0), &record, now))?;
    let mut draw = Draw::new(plan);
    let mut at = 0;
    while at < n {
        let end = (at + N_IN_UNIT).min(n);
        console.step(at as u64, n as u64)?;
        store.write(|unit| -> anyhow::Result<()> {
            for i in at..end {
                let doc = draw.next();
                let (title, body) = words.article(&plan.topics[doc.topic], &doc, i);
                unit.insert_document(
                    import,
                    &NewDocument {
                        external_id: i.to_string(),
                        nation: Nation::FIVE[doc.nation],
                        source: words::source(doc.nation, doc.source).to_owned(),
                        language: words::language(doc.nation),
                        date: doc.date.clone(),
                        title,
                        body,
                        url: None,
                        place: None,
                        organization: None,
                        source_label: None,
                        extra_json: None,
                        line: i as u64 + 1,
                    },
                )?;
                made.take(i, &doc);
            }
            Ok(())
        })?;
        at = end;
    }
    store.write(|unit| unit.finish_import(import, &record))?;
    Ok(made)
}

impl Made {
    fn take(&mut self, i: usize, doc: &draw::Drawn) {
        self.positions.extend(doc.place);
        self.outliers.push(doc.is_outlier);
        self.strengths.push((doc.strength * 255.0) as u8);
        self.n_by_nation[doc.nation] += 1;
        if doc.has_topic {
            self.topics.push(doc.topic as u16);
            self.n_by_topic[doc.topic][doc.nation] += 1;
        } else {
            self.topics.push(u16::MAX);
        }
        if !doc.is_outlier {
            let central = &mut self.central[doc.topic];
            central.push((doc.distance, i as u32 + 1));
            if central.len() >= 4 * N_CENTRAL {
                keep_innermost(central);
            }
        }
    }
}

fn keep_innermost(central: &mut Vec<(f32, u32)>) {
    central.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    central.truncate(N_CENTRAL);
}

fn runs(
    store: &mut Store,
    plan: &Plan,
    made: &Made,
    seed: u64,
    clock: &dyn Clock,
) -> anyhow::Result<()> {
    let n = made.topics.len();
    let layout = begin(store, "layout", seed, clock)?;
    let positions = Matrix::from_values(n, 2, made.positions.clone())?;
    store.put_vectors(layout.id, "screen", &positions)?;
    end(store, &layout, clock)?;
    let cluster = begin(store, "cluster", seed, clock)?;
    let tags = begin(store, "tag_outliers", seed, clock)?;
    for first in (0..n).step_by(N_IN_UNIT) {
        let rows = first..(first + N_IN_UNIT).min(n);
        let topic = |i: usize| made.topics.get(i).copied().unwrap_or(u16::MAX);
        let outlier = |i: usize| made.outliers.get(i).copied().unwrap_or(false);
        let clusters: Vec<ClusterRecord> = rows
            .clone()
            .map(|i| {
                let strength = f32::from(made.strengths.get(i).copied().unwrap_or(0)) / 255.0;
                ClusterRecord {
                    doc: DocId(i as i64 + 1),
                    label: if outlier(i) { -1 } else { i32::from(topic(i)) },
                    membership: strength,
                    outlier_score: 1.0 - strength,
                }
            })
            .collect();
        let assignments: Vec<Assignment> = rows
            .filter(|i| topic(*i) != u16::MAX)
            .map(|i| Assignment {
                doc: DocId(i as i64 + 1),
                number: usize::from(topic(i)),
                by_tags: outlier(i),
                by_hand: false,
            })
            .collect();
        store.write(|unit| {
            unit.insert_clusters(cluster.id, &clusters)?;
            unit.insert_assignments(tags.id, &assignments)
        })?;
    }
    end(store, &cluster, clock)?;
    end(store, &tags, clock)?;
    let describe = begin(store, "describe", seed, clock)?;
    let screen = begin(store, "screen", seed, clock)?;
    store.write(|unit| -> anyhow::Result<()> {
        let mut screenings = Vec::new();
        for (number, topic) in plan.topics.iter().enumerate() {
            let spread = spread(&made.n_by_topic[number], &made.n_by_nation);
            let mut central = made.central[number].clone();
            keep_innermost(&mut central);
            unit.insert_topic(
                describe.id,
                &NewTopic {
                    number,
                    label: topic.label.clone(),
                    terms: topic
                        .terms
                        .iter()
                        .enumerate()
                        .map(|(k, term)| TermWeight {
                            term: term.clone(),
                            weight: 1.0 / (k + 2) as f64,
                        })
                        .collect(),
                    mmr_terms: topic.terms.iter().take(5).cloned().collect(),
                    keybert_terms: Vec::new(),
                    central_docs: central.iter().map(|c| DocId(i64::from(c.1))).collect(),
                    spread_entropy: spread.entropy,
                    divergence_nats: spread.divergence_nats,
                    p_value: None,
                },
            )?;
            screenings.push(ScreeningRecord {
                number,
                screening: Screening {
                    value_related: number % 3 != 2,
                    confidence: 0.5,
                    reason: "made up".to_owned(),
                    said_by: None,
                },
            });
        }
        unit.insert_screenings(screen.id, &screenings, &BTreeMap::new())?;
        Ok(())
    })?;
    end(store, &describe, clock)?;
    end(store, &screen, clock)
}

fn begin(store: &mut Store, stage: &str, seed: u64, clock: &dyn Clock) -> anyhow::Result<Run> {
    let new = NewRun {
        stage,
        subject: "",
        stage_version: 0,
        params_json: r#"{"synthetic":true}"#,
        seed,
        input_hash: "synthetic",
    };
    Ok(store.begin_run(&new, clock.now_ms())?)
}

fn end(store: &mut Store, run: &Run, clock: &dyn Clock) -> anyhow::Result<()> {
    let hash = store.run_hash(&run.stage, run.id)?;
    store.write(|unit| unit.finish_run(run, &hash, clock.now_ms()))?;
    Ok(())
}

/// Counts topics of each label, so that equal ones can be told apart.
type Labels = BTreeMap<String, usize>;
