//! The engine's thread: takes tasks one after another and reports what came of them.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::builder::Builder;
use super::desk::{DeskSlot, DeskThread};
use super::offline_annotator;
use super::querier::Querier;
use crate::base::clock::SystemClock;
use crate::base::ids::{EdgeId, JobId};
use crate::base::lock::hold;
use crate::domain::alignment::Variant;
use crate::domain::conflict::Verdict;
use crate::domain::evaluation::Method;
use crate::jobs::{Desk, Engine, Hub, Outcome, Target};
use crate::stages::align::AlignmentPlan;
use crate::stages::evaluate::{EvaluationPlan, Judge, OnTop};
use crate::stages::import::ImportOptions;
use crate::stages::settings::WrittenSettings;
use crate::ui::{Notice, NoticeKind};

/// Tasks that may wait; the window refuses more with a message instead of waiting.
const MAX_WAITING: usize = 64;

/// How often the curve of a running training is read again.
const CURVE_EVERY: Duration = Duration::from_secs(2);

/// Something for the engine to do.
pub(super) enum Task {
    /// Opens a project for writing.
    Open(PathBuf),
    /// Makes a project and opens it.
    Create {
        /// Where.
        folder: PathBuf,
        /// `quick` or `paper`.
        preset: String,
    },
    /// Imports files one after another.
    Import(Vec<ImportOptions>),
    /// Goes on with the pipeline.
    Run,
    /// Makes the per-source maps.
    SourceMaps,
    /// Queues a failed job again.
    Retry(JobId),
    /// Adds a decision.
    Decide {
        /// The edge.
        edge: EdgeId,
        /// The verdict.
        verdict: Verdict,
        /// Who.
        reviewer: String,
        /// A remark.
        note: String,
    },
    /// Takes the reviewer's last decision back.
    Undo {
        /// Who.
        reviewer: String,
    },
    /// Takes the machine's proposals.
    Accept {
        /// All rounds, or the open one.
        all_rounds: bool,
    },
    /// Evaluates a model.
    Evaluate {
        /// Name or folder.
        model: String,
        /// Adapter on top.
        adapter: Option<PathBuf>,
        /// How.
        methods: Vec<Method>,
    },
    /// Trains a variant and evaluates it.
    Align {
        /// Name or folder.
        model: String,
        /// A2 or A3.
        variant: Variant,
    },
    /// Writes the report.
    Report {
        /// Where.
        folder: PathBuf,
    },
}

/// Sends tasks to the engine's thread and reads its notices.
pub(super) struct Worker {
    tasks: SyncSender<Task>,
    /// Progress and cancel of the running job.
    pub hub: Arc<Hub>,
    /// Edits beside the running job.
    pub desk: DeskThread,
    notices: Arc<Mutex<Vec<Notice>>>,
}

impl Worker {
    /// Starts the thread; `wake` is called when there is something to show.
    pub(super) fn start(
        builder: &Builder,
        querier: &Querier,
        wake: impl Fn() + Clone + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let (tasks, to_do) = sync_channel(MAX_WAITING);
        let notices: Arc<Mutex<Vec<Notice>>> = Arc::default();
        let desk = DeskThread::start(builder.handle(), Arc::clone(&notices), wake.clone())?;
        let slot = desk.slot();
        let of_hub = builder.handle();
        let shown = Mutex::new(Instant::now());
        let hub = Arc::new(Hub::new(move |progress| {
            // At the end of a job its results are there to be shown; a training shows its curve as it grows.
            let grows = progress.is_some_and(|p| p.stage == "align") && {
                let mut shown = hold(&shown);
                let due = shown.elapsed() > CURVE_EVERY;
                if due {
                    *shown = Instant::now();
                }
                due
            };
            if progress.is_none() || grows {
                of_hub.refresh();
            }
            wake();
        }));
        let readers = Readers {
            builder: builder.handle(),
            querier: querier.handle(),
        };
        let of_thread = (Arc::clone(&hub), Arc::clone(&notices), readers);
        thread::Builder::new()
            .name("meridian-engine".to_owned())
            .spawn(move || run(&to_do, &of_thread.0, &of_thread.1, &of_thread.2, &slot))?;
        Ok(Self {
            tasks,
            hub,
            desk,
            notices,
        })
    }

    /// Queues a task; tells when too many wait.
    pub(super) fn send(&self, task: Task) {
        if self.tasks.try_send(task).is_err() {
            push(
                &self.notices,
                NoticeKind::Problem,
                "too much is waiting already; let the running job finish first",
            );
        }
    }

    /// Takes the notices that came since.
    pub(super) fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut *hold(&self.notices))
    }
}

/// Adds a notice.
pub(super) fn push(notices: &Mutex<Vec<Notice>>, kind: NoticeKind, text: &str) {
    hold(notices).push(Notice {
        kind,
        text: text.to_owned(),
    });
}

/// Who reads the project beside the engine.
struct Readers {
    builder: Builder,
    querier: Querier,
}

impl Readers {
    /// Goes over to another project.
    fn open(&self, folder: &Path) {
        self.querier.open(Some(folder.to_owned()));
        self.builder.open(Some(folder.to_owned()));
    }
}

fn run(
    tasks: &Receiver<Task>,
    hub: &Hub,
    notices: &Mutex<Vec<Notice>>,
    readers: &Readers,
    desk: &DeskSlot,
) {
    let mut engine: Option<Engine> = None;
    while let Ok(task) = tasks.recv() {
        hub.rearm();
        match act(task, &mut engine, hub, readers, desk) {
            Ok(Some(text)) => push(notices, NoticeKind::Info, &text),
            Ok(None) => {}
            Err(error) => push(notices, NoticeKind::Problem, &error.to_string()),
        }
        readers.builder.refresh();
    }
}

fn act(
    task: Task,
    engine: &mut Option<Engine>,
    hub: &Hub,
    readers: &Readers,
    desk: &DeskSlot,
) -> anyhow::Result<Option<String>> {
    let put_desk = |of: Option<Desk>| *hold(desk) = of;
    match task {
        Task::Open(folder) => {
            // The old project's lock must go before another opens; the desk holds it as well.
            put_desk(None);
            *engine = None;
            let opened = Engine::open(&folder, offline_annotator(), Arc::new(SystemClock))?;
            put_desk(Some(opened.desk()?));
            readers.open(opened.store.folder());
            *engine = Some(opened);
            return Ok(None);
        }
        Task::Create { folder, preset } => {
            put_desk(None);
            *engine = None;
            let written = WrittenSettings {
                preset: Some(preset),
                ..WrittenSettings::default()
            };
            let made = Engine::create(
                &folder,
                &written,
                offline_annotator(),
                Arc::new(SystemClock),
            )?;
            put_desk(Some(made.desk()?));
            readers.open(made.store.folder());
            *engine = Some(made);
            return Ok(None);
        }
        _ => {}
    }
    let Some(engine) = engine.as_mut() else {
        anyhow::bail!("no project is open; make one or open one on the Start view");
    };
    Ok(match task {
        Task::Open(_) | Task::Create { .. } => None,
        Task::Import(files) => {
            let mut sentences = Vec::new();
            for options in files {
                sentences.push(engine.import(&options, hub)?.sentence());
            }
            Some(sentences.join(" · "))
        }
        Task::Run => told(engine.run(Target::End, hub)?),
        Task::SourceMaps => told(engine.run(Target::Only("source_maps"), hub)?),
        Task::Retry(job) => told(engine.retry(job, hub)?),
        Task::Decide {
            edge,
            verdict,
            reviewer,
            note,
        } => {
            engine.decide(edge, verdict, &reviewer, &note)?;
            None
        }
        Task::Undo { reviewer } => match engine.undo_decision(&reviewer)? {
            Some(_) => None,
            None => Some("nothing of yours in this round to take back".to_owned()),
        },
        Task::Accept { all_rounds } => {
            let (accepted, _) = engine.accept(all_rounds, hub)?;
            Some(format!(
                "the machine's proposals taken (rounds: {}): {} edges removed, {} kept",
                accepted.n_rounds, accepted.n_removed, accepted.n_kept
            ))
        }
        Task::Evaluate {
            model,
            adapter,
            methods,
        } => {
            let (model, folder) = engine.model_folder(model.trim());
            for method in methods {
                let plan = EvaluationPlan {
                    model: model.clone(),
                    folder: folder.clone(),
                    on_top: adapter.clone().map_or(OnTop::Nothing, OnTop::Adapter),
                    name: None,
                    method,
                    judge: Judge::Annotator,
                    n_trials: engine.settings.n_trials,
                };
                engine.evaluate(plan, hub)?;
            }
            None
        }
        Task::Align { model, variant } => {
            let (model, folder) = engine.model_folder(model.trim());
            let plan = AlignmentPlan {
                model,
                folder,
                variant,
            };
            engine.align_and_evaluate(&plan, hub)?;
            None
        }
        Task::Report { folder } => {
            let reader = engine.store.reader()?;
            let written = crate::stages::report::write(
                &reader,
                &engine.settings,
                engine.annotator_name(),
                None,
                &folder,
            )?;
            Some(format!("report written to {}", written.display()))
        }
    })
}

fn told(outcome: Outcome) -> Option<String> {
    match outcome {
        Outcome::Done => None,
        Outcome::AwaitingReview { round, n_open } => Some(format!(
            "round {round} waits for {n_open} decisions in Conflicts"
        )),
    }
}
