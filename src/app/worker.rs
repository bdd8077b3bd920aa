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
use crate::base::ids::{JobId, SampleId};
use crate::base::lock::hold;
use crate::domain::alignment::Variant;
use crate::domain::evaluation::Method;
use crate::jobs::{Engine, Hub, JobsError, Outcome, Target};
use crate::stages::align::AlignmentPlan;
use crate::stages::evaluate::{EvaluationPlan, Judge, OnTop};
use crate::stages::import::ImportOptions;
use crate::stages::settings::WrittenSettings;
use crate::stages::verification::{Verification, export};
use crate::ui::{Notice, NoticeKind};

/// Tasks that may wait; the window refuses more with a message instead of waiting.
const MAX_WAITING: usize = 64;

/// How often the curve of a running training is read again.
const CURVE_EVERY: Duration = Duration::from_secs(2);

/// Something for the engine to do.
pub(super) enum Task {
    /// Goes over to a project and opens it for writing.
    Open(Project),
    /// Imports files one after another.
    Import(Vec<ImportOptions>),
    /// Goes on with the pipeline.
    Run,
    /// Makes the per-source maps.
    SourceMaps,
    /// Queues a failed job again.
    Retry(JobId),
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
    /// Writes judgments, rates and agreement of a sample as tables.
    ExportJudgments {
        /// The sample.
        sample: SampleId,
        /// Where.
        folder: PathBuf,
    },
}

/// A project to go over to.
pub(super) enum Project {
    /// One that is there.
    There(PathBuf),
    /// One to be made.
    New {
        /// Where.
        folder: PathBuf,
        /// `quick` or `paper`.
        preset: String,
    },
}

impl Project {
    /// Returns its folder.
    pub(super) fn folder(&self) -> &Path {
        match self {
            Self::There(folder) | Self::New { folder, .. } => folder,
        }
    }

    fn open(&self) -> Result<Engine, JobsError> {
        let (annotator, clock) = (offline_annotator(), Arc::new(SystemClock));
        match self {
            Self::There(folder) => Engine::open(folder, annotator, clock),
            Self::New { folder, preset } => {
                let written = WrittenSettings {
                    preset: Some(preset.clone()),
                    ..WrittenSettings::default()
                };
                Engine::create(folder, &written, annotator, clock)
            }
        }
    }
}

/// What the engine's thread has to tell.
#[derive(Default)]
struct Told {
    notices: Arc<Mutex<Vec<Notice>>>,
    /// For each project that was to be gone over to its folder, `None` where that failed.
    opened: Mutex<Vec<Option<PathBuf>>>,
}

/// Sends tasks to the engine's thread and reads what came of them.
pub(super) struct Worker {
    tasks: SyncSender<Task>,
    /// Progress and cancel of the running job.
    pub hub: Arc<Hub>,
    /// Edits beside the running job.
    pub desk: DeskThread,
    told: Arc<Told>,
}

impl Worker {
    /// Starts the thread; `wake` is called when there is something to show.
    pub(super) fn start(
        builder: &Builder,
        querier: &Querier,
        wake: impl Fn() + Clone + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let (tasks, to_do) = sync_channel(MAX_WAITING);
        let told: Arc<Told> = Arc::default();
        let desk = DeskThread::start(builder.handle(), Arc::clone(&told.notices), wake.clone())?;
        let of_hub = builder.handle();
        let shown = Mutex::new(Instant::now());
        let wake_of_thread = wake.clone();
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
        let beside = Beside {
            builder: builder.handle(),
            querier: querier.handle(),
            desk: desk.slot(),
        };
        let of_thread = (Arc::clone(&hub), Arc::clone(&told), wake_of_thread);
        thread::Builder::new()
            .name("meridian-engine".to_owned())
            .spawn(move || run(&to_do, &of_thread.0, &of_thread.1, &beside, &of_thread.2))?;
        Ok(Self {
            tasks,
            hub,
            desk,
            told,
        })
    }

    /// Queues a task; tells when too many wait.
    pub(super) fn send(&self, task: Task) {
        self.queue(task);
    }

    /// Asks for another project and returns whether [`Self::take_opened`] will answer; tells when too
    /// many tasks wait.
    pub(super) fn open(&self, project: Project) -> bool {
        self.queue(Task::Open(project))
    }

    fn queue(&self, task: Task) -> bool {
        let has_room = self.tasks.try_send(task).is_ok();
        if !has_room {
            push(
                &self.told.notices,
                NoticeKind::Problem,
                "too much is waiting already; let the running job finish first",
            );
        }
        has_room
    }

    /// Takes the notices that came since.
    pub(super) fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut *hold(&self.told.notices))
    }

    /// Takes what came of the projects asked for: the folder of each, `None` where the one before stayed.
    pub(super) fn take_opened(&self) -> Vec<Option<PathBuf>> {
        std::mem::take(&mut *hold(&self.told.opened))
    }
}

/// Adds a notice.
pub(super) fn push(notices: &Mutex<Vec<Notice>>, kind: NoticeKind, text: &str) {
    hold(notices).push(Notice {
        kind,
        text: text.to_owned(),
    });
}

/// Who reads and edits the project beside the engine.
struct Beside {
    builder: Builder,
    querier: Querier,
    desk: DeskSlot,
}

impl Beside {
    /// Reads another project from now on, or the same one anew.
    fn read(&self, folder: &Path) {
        self.querier.open(Some(folder.to_owned()));
        self.builder.open(Some(folder.to_owned()));
    }
}

fn run(tasks: &Receiver<Task>, hub: &Hub, told: &Told, beside: &Beside, wake: &impl Fn()) {
    let mut engine: Option<Engine> = None;
    while let Ok(task) = tasks.recv() {
        hub.rearm();
        let result = match task {
            Task::Open(project) => {
                let result = go_over(&project, &mut engine, beside);
                // Only now: an edit that comes before this is meant for the project that was left.
                hold(&told.opened).push(result.as_ref().ok().cloned());
                result.map(|_| None)
            }
            task => act(task, engine.as_mut(), hub),
        };
        match result {
            Ok(Some(text)) => push(&told.notices, NoticeKind::Info, &text),
            Ok(None) => {}
            Err(error) => push(&told.notices, NoticeKind::Problem, &error.to_string()),
        }
        beside.builder.refresh();
        wake();
    }
}

/// Opens or makes a project, and lets go of the one before only then; returns the folder as the engine
/// names it.
fn go_over(
    project: &Project,
    engine: &mut Option<Engine>,
    beside: &Beside,
) -> anyhow::Result<PathBuf> {
    if let (Project::There(folder), Some(open)) = (project, engine.as_ref())
        && is_same(open.store.folder(), folder)
    {
        // It would be refused by the lock that this window holds.
        beside.read(open.store.folder());
        return Ok(open.store.folder().to_owned());
    }
    let opened = project.open().and_then(|new| Ok((new.desk()?, new)));
    let (desk, new) = opened.map_err(|error| {
        let folder = project.folder();
        let name = folder.file_name().unwrap_or(folder.as_os_str());
        anyhow::anyhow!("{} was not opened: {error}", name.display())
    })?;
    let folder = new.store.folder().to_owned();
    *hold(&beside.desk) = Some(desk);
    beside.read(&folder);
    *engine = Some(new);
    Ok(folder)
}

/// Tells whether two paths lead to one folder.
fn is_same(a: &Path, b: &Path) -> bool {
    let found = |path: &Path| std::fs::canonicalize(path).ok();
    a == b || found(a).zip(found(b)).is_some_and(|(a, b)| a == b)
}

fn act(task: Task, engine: Option<&mut Engine>, hub: &Hub) -> anyhow::Result<Option<String>> {
    let Some(engine) = engine else {
        anyhow::bail!("no project is open; make one or open one on the Start view");
    };
    Ok(match task {
        // The thread's loop has gone over to it.
        Task::Open(_) => None,
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
        Task::ExportJudgments { sample, folder } => {
            let reader = engine.store.reader()?;
            let verification = Verification::read(&reader, Some(sample))?;
            let file = folder.join(format!("judgments-{sample}.csv"));
            let summary = export::write(&reader, &verification, &file)?;
            Some(format!(
                "judgments written to {}, rates and agreement to {}",
                file.display(),
                summary.display()
            ))
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    #[test]
    fn a_project_stays_open_until_another_is() {
        let home = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|name| home.path().join(name));
        let new = |folder: &Path| Project::New {
            folder: folder.to_owned(),
            preset: "quick".to_owned(),
        };
        let elsewhere = new(&b).open().unwrap();
        let (woke, wakes) = sync_channel(64);
        let builder = Builder::start(|| {}).unwrap();
        let querier = Querier::start(|| {}).unwrap();
        let worker = Worker::start(&builder, &querier, move || {
            woke.try_send(()).ok();
        })
        .unwrap();
        let go_over = |project| {
            assert!(worker.open(project));
            wakes.recv_timeout(Duration::from_secs(30)).unwrap();
            worker.take_opened()
        };
        let there = |folder: &Path| Project::There(folder.to_owned());
        let is_on_desk = |folder: &Path| {
            let slot = worker.desk.slot();
            let desk = hold(&slot);
            desk.as_ref().unwrap().store().folder() == folder
        };
        assert_eq!(go_over(there(&home.path().join("none"))), [None]);
        assert_eq!(worker.take_notices().len(), 1);
        assert_eq!(go_over(new(&a)), [Some(a.clone())]);
        // Another window has it.
        assert_eq!(go_over(there(&b)), [None]);
        let told = worker.take_notices();
        assert_eq!(told.len(), 1);
        assert!(told[0].text.starts_with("b was not opened"), "{told:?}");
        assert!(is_on_desk(&a));
        // Neither its own lock nor another way to it stands against opening it again.
        let way_round = home.path().join("a").join("..").join("a");
        assert_eq!(go_over(there(&a)), [Some(a.clone())]);
        assert_eq!(go_over(there(&way_round)), [Some(a.clone())]);
        drop(elsewhere);
        assert_eq!(go_over(there(&b)), [Some(b.clone())]);
        assert!(is_on_desk(&b));
        assert!(worker.take_notices().is_empty());
        // The lock of the project that was left is free.
        assert!(there(&a).open().is_ok());
        builder.close();
        querier.close();
    }
}
