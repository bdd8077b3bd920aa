//! The thread that builds snapshots and reads results; only the newest request of each kind counts. What
//! answers the screen while it builds is asked of [`super::querier`].

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use super::offline_annotator;
use crate::base::ids::EdgeId;
use crate::base::lock::{hold, wait};
use crate::domain::journal::StepKind;
use crate::domain::review::filter::Rule;
use crate::jobs::read_settings;
use crate::snapshot::model::Snapshot;
use crate::snapshot::model::conflicts::{Looks, RuleEffect};
use crate::snapshot::model::results::{CellDetail, CellKey};
use crate::snapshot::{ConflictCache, MapCache, build, cell_detail, renew_review};
use crate::store::{Access, Store};

/// What is asked for; a newer request of a kind replaces the older.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a kind of request of its own, and any of them may stand at a time"
)]
struct Wanted {
    folder: Option<PathBuf>,
    snapshot: bool,
    journal: bool,
    review: bool,
    verification: bool,
    cell: Option<CellKey>,
    looks: Option<Vec<EdgeId>>,
    rule: Option<Tried>,
    closed: bool,
}

/// What is asked of a rule.
enum Tried {
    /// Nothing any more.
    LetGo,
    /// What it would do, as whose it is.
    Rule(Box<(Rule, String)>),
}

impl Wanted {
    fn is_idle(&self) -> bool {
        let reads = self.snapshot || self.journal || self.review || self.verification;
        let asks = self.cell.is_some() || self.looks.is_some() || self.rule.is_some();
        !(self.closed || reads || asks)
    }
}

/// What has been answered.
#[derive(Clone, Default)]
pub(super) struct Answers {
    /// The newest snapshot.
    pub snapshot: Arc<Snapshot>,
    /// The cell asked for last.
    pub cell: Option<Arc<CellDetail>>,
    /// The flagged edges asked for last, inside their cycles.
    pub looks: Arc<Looks>,
    /// What the rule asked about last would do.
    pub rule_effect: Option<Arc<RuleEffect>>,
    /// Why the newest request could not be answered.
    pub problem: Option<String>,
}

struct Shared {
    wanted: Mutex<Wanted>,
    changed: Condvar,
    answers: Mutex<Answers>,
    wake: Box<dyn Fn() + Send + Sync>,
}

/// Asks the builder's thread and reads its answers.
pub(super) struct Builder {
    shared: Arc<Shared>,
}

impl Builder {
    /// Starts the thread; `wake` is called after each answer.
    pub(super) fn start(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            wanted: Mutex::default(),
            changed: Condvar::new(),
            answers: Mutex::default(),
            wake: Box::new(wake),
        });
        let of_thread = Arc::clone(&shared);
        thread::Builder::new()
            .name("meridian-snapshot".to_owned())
            .spawn(move || run(&of_thread))?;
        Ok(Self { shared })
    }

    /// Hands out another handle to the same thread.
    pub(super) fn handle(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }

    fn want(&self, change: impl FnOnce(&mut Wanted)) {
        change(&mut hold(&self.shared.wanted));
        self.shared.changed.notify_one();
    }

    /// Asks for snapshots of another project, or of none.
    pub(super) fn open(&self, folder: Option<PathBuf>) {
        *hold(&self.shared.answers) = Answers::default();
        self.want(|w| {
            w.folder = folder;
            w.snapshot = true;
            w.cell = None;
            w.looks = None;
            w.rule = None;
        });
    }

    /// Asks for the items of a cell; `None` lets them go.
    pub(super) fn load_cell(&self, key: Option<CellKey>) {
        self.want(|w| w.cell = key);
        if key.is_none() {
            hold(&self.shared.answers).cell = None;
        }
    }

    /// Asks for a snapshot of the project as it is now.
    pub(super) fn refresh(&self) {
        self.want(|w| w.snapshot = true);
    }

    /// Asks for what can be taken back and done again; the rest of the snapshot stays as it is.
    pub(super) fn refresh_journal(&self) {
        self.want(|w| w.journal = true);
    }

    /// Asks for the conflict graphs and their review as they are now; the rest of the snapshot stays as it is.
    pub(super) fn refresh_review(&self) {
        self.want(|w| w.review = true);
    }

    /// Asks for flagged edges inside their cycles.
    pub(super) fn look_at(&self, edges: Vec<EdgeId>) {
        self.want(|w| w.looks = Some(edges));
    }

    /// Asks what a reviewer's rule would do; `None` lets the answer go.
    pub(super) fn try_rule(&self, rule: Option<(Rule, String)>) {
        let tried = rule.map_or(Tried::LetGo, |rule| Tried::Rule(Box::new(rule)));
        self.want(|w| w.rule = Some(tried));
    }

    /// Asks for samples and judgments; the rest of the snapshot stays as it is.
    pub(super) fn refresh_verification(&self) {
        self.want(|w| w.verification = true);
    }

    /// Ends the thread.
    pub(super) fn close(&self) {
        self.want(|w| w.closed = true);
    }

    /// Returns the newest answers; cheap, all of it is shared.
    pub(super) fn answers(&self) -> Answers {
        hold(&self.shared.answers).clone()
    }

    /// Takes the newest problem.
    pub(super) fn take_problem(&self) -> Option<String> {
        hold(&self.shared.answers).problem.take()
    }
}

fn run(shared: &Shared) {
    let mut store: Option<Store> = None;
    let mut conflicts = ConflictCache::default();
    let mut looked_at: Vec<EdgeId> = Vec::new();
    let mut tried: Option<Box<(Rule, String)>> = None;
    let mut maps = MapCache::default();
    let annotator = offline_annotator();
    loop {
        let wanted = {
            let mut wanted = hold(&shared.wanted);
            while wanted.is_idle() {
                wanted = wait(&shared.changed, wanted);
            }
            if wanted.closed {
                return;
            }
            let folder = wanted.folder.clone();
            let taken = std::mem::take(&mut *wanted);
            wanted.folder.clone_from(&folder);
            taken
        };
        let folder = wanted.folder;
        if store.as_ref().map(|s| s.folder().to_owned()) != folder {
            store = None;
            conflicts = ConflictCache::default();
            looked_at.clear();
            tried = None;
            maps = MapCache::default();
        }
        let result = (|| -> anyhow::Result<()> {
            let Some(folder) = folder else { return Ok(()) };
            let open = match store.take() {
                Some(open) => store.insert(open),
                None => store.insert(Store::open(&folder, Access::Read)?),
            };
            let put = |change: &mut dyn FnMut(&mut Answers)| {
                change(&mut hold(&shared.answers));
            };
            if wanted.snapshot {
                let settings = read_settings(open)?;
                let built = Arc::new(build(
                    open,
                    &settings,
                    annotator.name(),
                    &mut conflicts,
                    &mut maps,
                )?);
                put(&mut |a| a.snapshot = Arc::clone(&built));
            }
            if wanted.journal && !wanted.snapshot {
                let state = open.journal_state()?;
                let left = |kind| open.left_by(kind).map(|l| l.map(Arc::<str>::from));
                let (desk, saved) = (left(StepKind::Desk)?, left(StepKind::Saved)?);
                put(&mut |a| {
                    // Its large parts are shared, so that this copies some lists of a few hundred rows.
                    let mut renewed = (*a.snapshot).clone();
                    renewed.journal = state.clone();
                    renewed.desk.clone_from(&desk);
                    renewed.saved.clone_from(&saved);
                    a.snapshot = Arc::new(renewed);
                });
            }
            if wanted.review && !wanted.snapshot {
                let settings = read_settings(open)?;
                let before = Arc::clone(&hold(&shared.answers).snapshot);
                let renewed = renew_review(&before, open, &settings, &mut conflicts, &mut maps)?;
                let renewed = Arc::new(renewed);
                put(&mut |a| a.snapshot = Arc::clone(&renewed));
            }
            // What a verdict changes shows in the edge on show too.
            let changed = wanted.snapshot || wanted.review;
            let asked = wanted.looks.is_some();
            if let Some(edges) = wanted.looks {
                looked_at = edges;
            }
            if asked || (changed && !looked_at.is_empty()) {
                let looks = Arc::new(conflicts.looks(&looked_at));
                put(&mut |a| a.looks = Arc::clone(&looks));
            }
            let asked = wanted.rule.is_some();
            match wanted.rule {
                Some(Tried::Rule(rule)) => tried = Some(rule),
                Some(Tried::LetGo) => tried = None,
                None => {}
            }
            if asked || (changed && tried.is_some()) {
                let effect = tried.as_ref().and_then(|tried| {
                    let (rule, who) = &**tried;
                    conflicts.rule_effect(rule, who).map(Arc::new)
                });
                put(&mut |a| a.rule_effect.clone_from(&effect));
            }
            if wanted.verification && !wanted.snapshot {
                let read = maps.verification(open)?;
                put(&mut |a| {
                    let mut renewed = (*a.snapshot).clone();
                    renewed.verification = Arc::clone(&read);
                    a.snapshot = Arc::new(renewed);
                });
            }
            if let Some(key) = wanted.cell {
                let settings = read_settings(open)?;
                let found = cell_detail(open, &settings, key)?.map(Arc::new);
                put(&mut |a| a.cell.clone_from(&found));
            }
            Ok(())
        })();
        if let Err(error) = result {
            hold(&shared.answers).problem = Some(error.to_string());
        }
        (shared.wake)();
    }
}
