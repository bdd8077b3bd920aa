//! The desk's thread: takes the edits a person makes at once, also while the engine's thread is at work.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use super::builder::Builder;
use super::worker::push;
use crate::base::ids::{EdgeId, RunId, SampleId, StatementId};
use crate::base::lock::hold;
use crate::domain::conflict::Verdict;
use crate::domain::journal::{Step, StepKind, Turn};
use crate::domain::review::filter::Rule;
use crate::domain::source_map::MatchVerdict;
use crate::domain::topic_edit::TopicEdit;
use crate::domain::verification::{Role, SamplePlan};
use crate::jobs::{Desk, Edits as _, Given, Reviews as _, Saying, Verifies as _};
use crate::ui::{Notice, NoticeKind, command};

/// Edits that may wait; each takes some milliseconds.
const MAX_WAITING: usize = 256;

/// Something to be done at once.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum DeskTask {
    /// Edits topics.
    EditTopics(TopicEdit),
    /// Accepts or refuses a match of topics.
    RuleMatch {
        /// The maps it was seen in.
        run: RunId,
        /// Its number.
        number: usize,
        /// The verdict.
        verdict: MatchVerdict,
    },
    /// Records a step of the window.
    Record {
        /// What it is about.
        kind: StepKind,
        /// What it was.
        sentence: String,
        /// What it holds.
        payload: String,
    },
    /// Adds a verdict on a flagged edge.
    Decide(command::Given),
    /// Takes a verdict of the reviewer back.
    UndoDecision {
        /// The edge.
        edge: EdgeId,
        /// It decided over what reviewers say.
        adjudicates: bool,
    },
    /// Decides on everything a rule is about.
    ApplyRule(Rule),
    /// Draws a sample of pairs and deals it out.
    DrawSample {
        /// What is asked for.
        plan: Box<SamplePlan>,
        /// The verified statements that a person picked.
        chosen: Vec<StatementId>,
    },
    /// Records a judgment of a pair.
    Judge(Box<Saying>),
    /// Takes a person's newest judgment of a sample back.
    UndoJudgment {
        /// The sample.
        sample: SampleId,
        /// Who.
        reviewer: String,
        /// As what.
        role: Role,
    },
    /// Takes the newest step back.
    Undo,
    /// Does the step again that was taken back last.
    Redo,
}

/// A task with who asks for it and in which project: one that was meant for a project closed since is
/// no edit of the next.
struct Asked {
    task: DeskTask,
    folder: PathBuf,
    who: String,
}

/// The desk of the open project; the engine's thread puts it here and takes it away.
pub(super) type DeskSlot = Arc<Mutex<Option<Desk>>>;

/// What the threads of one window share.
#[derive(Clone)]
struct Shared {
    desk: DeskSlot,
    notices: Arc<Mutex<Vec<Notice>>>,
    turned: Arc<Mutex<Vec<(Turn, Step)>>>,
    kept: Arc<Mutex<Vec<KeptSaved>>>,
    /// Edges on which a verdict was refused since.
    refused: Arc<Mutex<Vec<EdgeId>>>,
}

/// The saved selections as a project keeps them, after it refused a step of theirs.
pub(super) struct KeptSaved {
    /// The project.
    pub folder: PathBuf,
    /// The list.
    pub json: String,
}

/// Sends edits to the desk's thread and reads what came of them.
pub(super) struct DeskThread {
    tasks: SyncSender<Asked>,
    shared: Shared,
}

impl DeskThread {
    /// Starts the thread; `wake` is called after each edit.
    pub(super) fn start(
        builder: Builder,
        notices: Arc<Mutex<Vec<Notice>>>,
        wake: impl Fn() + Send + 'static,
    ) -> std::io::Result<Self> {
        let (tasks, to_do) = sync_channel(MAX_WAITING);
        let shared = Shared {
            desk: Arc::default(),
            notices,
            turned: Arc::default(),
            kept: Arc::default(),
            refused: Arc::default(),
        };
        let of_thread = shared.clone();
        thread::Builder::new()
            .name("meridian-desk".to_owned())
            .spawn(move || run(&to_do, &of_thread, &builder, &wake))?;
        Ok(Self { tasks, shared })
    }

    /// Returns the place of the open project's desk.
    pub(super) fn slot(&self) -> DeskSlot {
        Arc::clone(&self.shared.desk)
    }

    /// Queues an edit of a project and returns whether there was room; tells when too many wait.
    pub(super) fn send(&self, folder: &Path, who: &str, task: DeskTask) -> bool {
        let asked = Asked {
            task,
            folder: folder.to_owned(),
            who: who.to_owned(),
        };
        let has_room = self.tasks.try_send(asked).is_ok();
        if !has_room {
            push(
                &self.shared.notices,
                NoticeKind::Problem,
                "too many edits wait already; this one was not taken",
            );
        }
        has_room
    }

    /// Takes the steps that were taken back or done again since.
    pub(super) fn take_turned(&self) -> Vec<(Turn, Step)> {
        std::mem::take(&mut *hold(&self.shared.turned))
    }

    /// Takes the edges on which a verdict was refused since.
    pub(super) fn take_refused(&self) -> Vec<EdgeId> {
        std::mem::take(&mut *hold(&self.shared.refused))
    }

    /// Takes the lists of saved selections of which a step was refused since.
    pub(super) fn take_kept(&self) -> Vec<KeptSaved> {
        std::mem::take(&mut *hold(&self.shared.kept))
    }
}

fn run(tasks: &Receiver<Asked>, shared: &Shared, builder: &Builder, wake: &impl Fn()) {
    while let Ok(asked) = tasks.recv() {
        let of_saved = match &asked.task {
            DeskTask::Record {
                kind: StepKind::Saved,
                ..
            } => Some(asked.folder.clone()),
            _ => None,
        };
        let decided = match &asked.task {
            DeskTask::Decide(given) => Some(given.edge),
            DeskTask::UndoDecision { edge, .. } => Some(*edge),
            _ => None,
        };
        match act(asked, &shared.desk) {
            Ok(Done::Reviewed) => builder.refresh_review(),
            Ok(Done::Verified(remarks)) => {
                if !remarks.is_empty() {
                    push(&shared.notices, NoticeKind::Info, &remarks.join(" · "));
                }
                builder.refresh_verification();
            }
            Ok(Done::Stepped(turn, step)) => {
                // A step of the window changes nothing that a snapshot holds but the journal.
                match step.as_ref().map(|s| s.kind) {
                    Some(StepKind::Topics | StepKind::Matches) => builder.refresh(),
                    Some(StepKind::Desk | StepKind::Saved) => builder.refresh_journal(),
                    None => {}
                }
                hold(&shared.turned).extend(turn.zip(step));
            }
            Err(error) => {
                push(&shared.notices, NoticeKind::Problem, &error.to_string());
                // A window that shows a judgment which was refused shows what is in force again.
                builder.refresh_verification();
                // The window lists what it wanted to keep; it shall list what is kept.
                let kept = of_saved.and_then(|folder| kept_saved(folder, &shared.desk));
                hold(&shared.kept).extend(kept);
                hold(&shared.refused).extend(decided);
            }
        }
        wake();
    }
}

/// Returns the saved selections of a project, if that is still open.
fn kept_saved(folder: PathBuf, slot: &Mutex<Option<Desk>>) -> Option<KeptSaved> {
    let slot = hold(slot);
    let desk = slot.as_ref().filter(|d| d.store().folder() == folder)?;
    let left = desk.store().left_by(StepKind::Saved).ok()?;
    // Without a step nothing was ever saved.
    let json = left.unwrap_or_else(|| "[]".to_owned());
    Some(KeptSaved { folder, json })
}

/// What was done.
enum Done {
    /// A step of the journal, with its direction where it was no new one.
    Stepped(Option<Turn>, Option<Step>),
    /// A verdict of the review.
    Reviewed,
    /// Something of the verification, with what there is to say of it.
    Verified(Vec<String>),
}

fn act(asked: Asked, slot: &Mutex<Option<Desk>>) -> anyhow::Result<Done> {
    let mut slot = hold(slot);
    let desk = slot
        .as_mut()
        .filter(|desk| desk.store().folder() == asked.folder);
    let Some(desk) = desk else {
        anyhow::bail!("this project is not open for writing; the edit was not taken");
    };
    let who = asked.who.as_str();
    let (turn, step) = match asked.task {
        DeskTask::Decide(given) => {
            desk.decide_all(&[Given {
                spent_ms: given.spent_ms,
                adjudicates: given.adjudicates,
                ..Given::new(given.edge, given.verdict, who, &given.note)
            }])?;
            return Ok(Done::Reviewed);
        }
        DeskTask::UndoDecision { edge, adjudicates } => {
            let n = desk.decide_all(&[Given {
                adjudicates,
                ..Given::new(edge, Verdict::Undo, who, "")
            }])?;
            if n == 0 {
                anyhow::bail!("nothing of yours on this edge to take back");
            }
            return Ok(Done::Reviewed);
        }
        DeskTask::ApplyRule(rule) => {
            desk.apply_rule(&rule, who)?;
            return Ok(Done::Reviewed);
        }
        DeskTask::DrawSample { plan, chosen } => {
            let (_, remarks) = desk.draw_sample(*plan, &chosen, who)?;
            return Ok(Done::Verified(remarks));
        }
        DeskTask::Judge(saying) => {
            desk.judge_all(&[*saying])?;
            return Ok(Done::Verified(Vec::new()));
        }
        DeskTask::UndoJudgment {
            sample,
            reviewer,
            role,
        } => {
            desk.undo_judgment(sample, &reviewer, role)?;
            return Ok(Done::Verified(Vec::new()));
        }
        DeskTask::EditTopics(edit) => (None, Some(desk.edit_topics(&edit, who)?)),
        DeskTask::RuleMatch {
            run,
            number,
            verdict,
        } => (
            None,
            Some(desk.rule_match(Some(run), number, verdict, who)?),
        ),
        DeskTask::Record {
            kind,
            sentence,
            payload,
        } => (None, Some(desk.record(kind, &sentence, &payload, who)?)),
        DeskTask::Undo => (Some(Turn::Undone), desk.undo(who)?),
        DeskTask::Redo => (Some(Turn::Redone), desk.redo(who)?),
    };
    Ok(Done::Stepped(turn, step))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::app::offline_annotator;
    use crate::base::clock::SystemClock;
    use crate::jobs::Engine;
    use crate::stages::settings::WrittenSettings;

    #[test]
    fn edits_go_past_the_engine_and_only_to_their_project() {
        let home = tempfile::tempdir().unwrap();
        let project = home.path().join("p");
        let engine = Engine::create(
            &project,
            &WrittenSettings::default(),
            offline_annotator(),
            Arc::new(SystemClock),
        )
        .unwrap();
        let builder = Builder::start(|| {}).unwrap();
        let notices: Arc<Mutex<Vec<Notice>>> = Arc::default();
        let (woke, wakes) = sync_channel(8);
        let desk = DeskThread::start(builder.handle(), Arc::clone(&notices), move || {
            woke.send(()).unwrap();
        })
        .unwrap();
        *desk.slot().lock().unwrap() = Some(engine.desk().unwrap());
        let step = || DeskTask::Record {
            kind: StepKind::Desk,
            sentence: "filter by nation".to_owned(),
            payload: r#"{"before":[],"after":["CN"]}"#.to_owned(),
        };
        let wait = || wakes.recv_timeout(Duration::from_secs(30)).unwrap();
        desk.send(&project, "ada", step());
        wait();
        assert_eq!(engine.store.journal_state().unwrap().n_undo, 1);
        desk.send(&project, "ada", DeskTask::Undo);
        wait();
        let turned = desk.take_turned();
        assert_eq!(turned.len(), 1);
        assert_eq!(turned[0].0, Turn::Undone);
        assert_eq!(turned[0].1.sentence, "filter by nation");
        assert!(notices.lock().unwrap().is_empty());
        desk.send(&home.path().join("other"), "ada", step());
        wait();
        assert_eq!(notices.lock().unwrap().len(), 1);
        assert!(desk.take_kept().is_empty());
        // A list that is too long is refused, and the one in force comes back.
        let list = |of: &str| DeskTask::Record {
            kind: StepKind::Saved,
            sentence: "saving the selection a".to_owned(),
            payload: format!(r#"{{"before":[],"after":[{{"name":"{of}"}}]}}"#),
        };
        for (name, kept) in [("x".repeat(1 << 20), "[]"), ("a".to_owned(), "")] {
            desk.send(&project, "ada", list(&name));
            wait();
            let back: Vec<String> = desk.take_kept().into_iter().map(|k| k.json).collect();
            assert_eq!(back.concat(), kept);
        }
        desk.send(&project, "ada", list(&"x".repeat(1 << 20)));
        wait();
        assert_eq!(desk.take_kept()[0].json, r#"[{"name":"a"}]"#);
        desk.send(&project, "ada", DeskTask::Undo);
        wait();
        assert_eq!(engine.store.journal_state().unwrap().n_undo, 0);
        builder.close();
    }
}
