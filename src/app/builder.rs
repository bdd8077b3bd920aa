//! The thread that builds snapshots and answers queries; only the newest request of each kind counts.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use super::offline_annotator;
use crate::base::ids::DocId;
use crate::jobs::read_settings;
use crate::snapshot::model::results::{CellDetail, CellKey};
use crate::snapshot::model::{DocDetail, SearchHits, Snapshot};
use crate::snapshot::{LayoutCache, build, cell_detail, document_detail, search};
use crate::store::{Access, Store};

/// What is asked for; a newer request of a kind replaces the older.
#[derive(Default)]
struct Wanted {
    folder: Option<PathBuf>,
    snapshot: bool,
    doc: Option<DocId>,
    search: Option<String>,
    cell: Option<CellKey>,
    closed: bool,
}

/// What has been answered.
#[derive(Clone, Default)]
pub(super) struct Answers {
    /// The newest snapshot.
    pub snapshot: Arc<Snapshot>,
    /// The document asked for last.
    pub doc: Option<Arc<DocDetail>>,
    /// Hits of the search asked for last.
    pub search: Option<Arc<SearchHits>>,
    /// The cell asked for last.
    pub cell: Option<Arc<CellDetail>>,
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
        change(
            &mut self
                .shared
                .wanted
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        self.shared.changed.notify_one();
    }

    /// Asks for snapshots of another project, or of none.
    pub(super) fn open(&self, folder: Option<PathBuf>) {
        *self
            .shared
            .answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Answers::default();
        self.want(|w| {
            w.folder = folder;
            w.snapshot = true;
            w.doc = None;
            w.search = None;
            w.cell = None;
        });
    }

    /// Asks for the items of a cell; `None` lets them go.
    pub(super) fn load_cell(&self, key: Option<CellKey>) {
        self.want(|w| w.cell = key);
        if key.is_none() {
            self.shared
                .answers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .cell = None;
        }
    }

    /// Asks for a snapshot of the project as it is now.
    pub(super) fn refresh(&self) {
        self.want(|w| w.snapshot = true);
    }

    /// Asks for a document.
    pub(super) fn load(&self, doc: DocId) {
        self.want(|w| w.doc = Some(doc));
    }

    /// Forgets the loaded document.
    pub(super) fn unload(&self) {
        self.want(|w| w.doc = None);
        self.shared
            .answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .doc = None;
    }

    /// Asks for a search; empty ends it.
    pub(super) fn search(&self, query: String) {
        if query.trim().is_empty() {
            self.want(|w| w.search = None);
            self.shared
                .answers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .search = None;
        } else {
            self.want(|w| w.search = Some(query));
        }
    }

    /// Ends the thread.
    pub(super) fn close(&self) {
        self.want(|w| w.closed = true);
    }

    /// Returns the newest answers; cheap, all of it is shared.
    pub(super) fn answers(&self) -> Answers {
        self.shared
            .answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Takes the newest problem.
    pub(super) fn take_problem(&self) -> Option<String> {
        self.shared
            .answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .problem
            .take()
    }
}

fn run(shared: &Shared) {
    let mut store: Option<Store> = None;
    let mut layouts = LayoutCache::default();
    let annotator = offline_annotator();
    loop {
        let (folder, snapshot, doc, query, cell) = {
            let mut wanted = shared.wanted.lock().unwrap_or_else(PoisonError::into_inner);
            while !(wanted.closed
                || wanted.snapshot
                || wanted.doc.is_some()
                || wanted.search.is_some()
                || wanted.cell.is_some())
            {
                wanted = shared
                    .changed
                    .wait(wanted)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            if wanted.closed {
                return;
            }
            (
                wanted.folder.clone(),
                std::mem::take(&mut wanted.snapshot),
                wanted.doc.take(),
                wanted.search.take(),
                wanted.cell.take(),
            )
        };
        if store.as_ref().map(|s| s.folder().to_owned()) != folder {
            store = None;
            layouts = LayoutCache::default();
        }
        let result = (|| -> anyhow::Result<()> {
            let Some(folder) = folder else { return Ok(()) };
            let open = match store.take() {
                Some(open) => store.insert(open),
                None => store.insert(Store::open(&folder, Access::Read)?),
            };
            let put = |change: &mut dyn FnMut(&mut Answers)| {
                change(
                    &mut shared
                        .answers
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner),
                );
            };
            if snapshot {
                let settings = read_settings(open)?;
                let built = Arc::new(build(open, &settings, annotator.name(), &mut layouts)?);
                put(&mut |a| a.snapshot = Arc::clone(&built));
            }
            if let Some(id) = doc {
                let found = document_detail(open, id)?.map(Arc::new);
                put(&mut |a| a.doc.clone_from(&found));
            }
            if let Some(query) = query {
                let found = Arc::new(search(open, &query)?);
                put(&mut |a| a.search = Some(Arc::clone(&found)));
            }
            if let Some(key) = cell {
                let settings = read_settings(open)?;
                let found = cell_detail(open, &settings, key)?.map(Arc::new);
                put(&mut |a| a.cell.clone_from(&found));
            }
            Ok(())
        })();
        if let Err(error) = result {
            shared
                .answers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .problem = Some(error.to_string());
        }
        (shared.wake)();
    }
}
