//! The thread that answers the screen: an opened document, what the filter lets through, where that lies
//! dense. It changes nothing, the newest request of each kind wins, and a snapshot being built does not hold it up. Searches
//! have a thread of their own ([`super::searcher`]), which is started and asked here too.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, Weak};
use std::thread;

use super::searcher::Searcher;
use crate::algo::map::MapError;
use crate::base::bits::Bits;
use crate::base::ids::DocId;
use crate::base::lock::{hold, wait};
use crate::base::observe::{Cancelled, Observe, Silent};
use crate::domain::filter::Desk;
use crate::snapshot::contours::{Contours, ContoursKey, contours};
use crate::snapshot::model::{DocDetail, MapData, SearchHits};
use crate::snapshot::passing::{Focus, focus};
use crate::snapshot::{document_detail, search_all};
use crate::store::{Access, Store};

/// Filter, selection and words to be worked out on a map.
type Look = (Arc<MapData>, Box<Desk>, String);

/// Lines to be found on a map.
type Lines = (Arc<MapData>, ContoursKey);

/// What is asked for; a newer request of a kind replaces the older.
#[derive(Default)]
struct Wanted {
    folder: Option<PathBuf>,
    doc: Option<DocId>,
    focus: Option<Look>,
    contours: Option<Lines>,
    closed: bool,
}

/// What has been answered.
#[derive(Clone, Default)]
pub(super) struct Replies {
    /// The document asked for last.
    pub doc: Option<Arc<DocDetail>>,
    /// The filter asked for last.
    pub focus: Option<Arc<Focus>>,
    /// The lines asked for last.
    pub contours: Option<Arc<Contours>>,
    /// Why the newest request could not be answered.
    pub problem: Option<String>,
}

struct Shared {
    wanted: Mutex<Wanted>,
    changed: Condvar,
    replies: Mutex<Replies>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Shared {
    fn wanted(&self) -> std::sync::MutexGuard<'_, Wanted> {
        hold(&self.wanted)
    }

    fn replies(&self) -> std::sync::MutexGuard<'_, Replies> {
        hold(&self.replies)
    }
}

/// Asks the thread and reads its replies.
pub(super) struct Querier {
    shared: Arc<Shared>,
    searcher: Searcher,
}

impl Querier {
    /// Starts the thread; `wake` is called after each reply.
    pub(super) fn start(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(wake);
        let searcher = Searcher::start(Arc::clone(&wake))?;
        let shared = Arc::new(Shared {
            wanted: Mutex::default(),
            changed: Condvar::new(),
            replies: Mutex::default(),
            wake,
        });
        let of_thread = Arc::clone(&shared);
        thread::Builder::new()
            .name("meridian-query".to_owned())
            .spawn({
                let searcher = searcher.clone();
                move || run(&of_thread, &searcher)
            })?;
        Ok(Self { shared, searcher })
    }

    /// Hands out another handle to the same thread.
    pub(super) fn handle(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            searcher: self.searcher.clone(),
        }
    }

    fn want(&self, change: impl FnOnce(&mut Wanted)) {
        change(&mut self.shared.wanted());
        self.shared.changed.notify_one();
    }

    /// Answers about another project from now on, or about none.
    pub(super) fn open(&self, folder: Option<PathBuf>) {
        *self.shared.replies() = Replies::default();
        self.searcher.open(folder.clone());
        self.want(|w| {
            *w = Wanted {
                folder,
                ..Wanted::default()
            };
        });
    }

    /// Asks for a document.
    pub(super) fn load(&self, doc: DocId) {
        self.want(|w| w.doc = Some(doc));
    }

    /// Forgets the loaded document.
    pub(super) fn unload(&self) {
        self.want(|w| w.doc = None);
        self.shared.replies().doc = None;
    }

    /// Asks for a search; empty ends it.
    pub(super) fn search(&self, text: String) {
        self.searcher.search(text);
    }

    /// Returns what the search asked for last has found so far.
    pub(super) fn hits(&self) -> Option<Arc<SearchHits>> {
        self.searcher.hits()
    }

    /// Asks for what a desk lets through; an empty one needs no thread.
    pub(super) fn focus(&self, map: &Arc<MapData>, desk: Box<Desk>, words: String) {
        if desk.is_empty() && words.is_empty() {
            self.want(|w| w.focus = None);
            self.shared.replies().focus = None;
        } else {
            self.want(|w| w.focus = Some((Arc::clone(map), desk, words)));
        }
    }

    /// Asks for the lines of what a map shows by then, or lets them go.
    pub(super) fn contours(&self, of: Option<(&Arc<MapData>, ContoursKey)>) {
        if of.is_none() {
            self.shared.replies().contours = None;
        }
        self.want(|w| w.contours = of.map(|(map, key)| (Arc::clone(map), key)));
    }

    /// Ends the threads.
    pub(super) fn close(&self) {
        self.searcher.close();
        self.want(|w| w.closed = true);
    }

    /// Returns the newest replies; cheap, all of it is shared.
    pub(super) fn replies(&self) -> Replies {
        self.shared.replies().clone()
    }

    /// Takes the newest problem.
    pub(super) fn take_problem(&self) -> Option<String> {
        let problem = self.shared.replies().problem.take();
        problem.or_else(|| self.searcher.take_problem())
    }
}

/// The documents that hold some words, kept while map and words stay.
#[derive(Default)]
struct Found {
    map: Weak<MapData>,
    by_words: Vec<(String, Bits)>,
}

impl Found {
    /// Searches kept.
    const N_KEPT: usize = 8;

    fn rows(
        &mut self,
        store: &Store,
        searcher: &Searcher,
        map: &Arc<MapData>,
        words: &str,
    ) -> Option<Bits> {
        if self.map.as_ptr() != Arc::as_ptr(map) {
            self.map = Arc::downgrade(map);
            self.by_words.clear();
        }
        if let Some((_, kept)) = self.by_words.iter().find(|(w, _)| w == words) {
            return Some(kept.clone());
        }
        let mut bits = Bits::none(map.places.n_rows());
        // What the search field just found need not be searched for again.
        let hits = searcher
            .hits()
            .filter(|h| h.is_complete && h.query == words);
        let docs = match &hits {
            Some(hits) => hits.docs.clone(),
            None => search_all(store, words, &Silent, &mut |_| {}).ok()?,
        };
        for id in docs.iter() {
            if let Some(row) = map.places.row_of(id) {
                bits.insert(row);
            }
        }
        if self.by_words.len() == Self::N_KEPT {
            self.by_words.remove(0);
        }
        self.by_words.push((words.to_owned(), bits.clone()));
        Some(bits)
    }
}

/// Gives lines up as soon as something is asked for that they would keep waiting or that replaces them.
struct GivesWay<'a>(&'a Shared);

impl Observe for GivesWay<'_> {
    fn step(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
        let wanted = self.0.wanted();
        if wanted.closed || wanted.contours.is_some() || wanted.focus.is_some() {
            return Err(Cancelled);
        }
        Ok(())
    }
}

/// Finds lines and replies with them; those that gave way to something else wait for their turn again.
fn find_lines(shared: &Shared, (map, key): Lines) -> Result<(), MapError> {
    let focus = shared.replies().focus.clone();
    let focus = focus.filter(|f| f.narrows(&map));
    match contours(&map, focus.as_ref(), key, &GivesWay(shared)) {
        Ok(found) => {
            shared.replies().contours = Some(Arc::new(found));
            (shared.wake)();
        }
        Err(MapError::Cancelled(_)) => {
            let mut wanted = shared.wanted();
            if wanted.focus.is_some() {
                wanted.contours.get_or_insert((map, key));
            }
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

fn run(shared: &Shared, searcher: &Searcher) {
    let mut store: Option<Store> = None;
    let mut found = Found::default();
    loop {
        let (folder, doc, look, lines) = {
            let mut wanted = shared.wanted();
            while !(wanted.closed
                || wanted.doc.is_some()
                || wanted.focus.is_some()
                || wanted.contours.is_some())
            {
                wanted = wait(&shared.changed, wanted);
            }
            if wanted.closed {
                return;
            }
            (
                wanted.folder.clone(),
                wanted.doc.take(),
                wanted.focus.take(),
                wanted.contours.take(),
            )
        };
        if store.as_ref().map(|s| s.folder().to_owned()) != folder {
            store = None;
        }
        let result = (|| -> anyhow::Result<()> {
            let Some(folder) = folder else { return Ok(()) };
            let open = match store.take() {
                Some(open) => store.insert(open),
                None => store.insert(Store::open(&folder, Access::Read)?),
            };
            if let Some(id) = doc {
                let detail = document_detail(open, id)?.map(Arc::new);
                shared.replies().doc = detail;
                (shared.wake)();
            }
            if let Some((map, desk, words)) = look {
                let found = RefCell::new(&mut found);
                let find = |words: &str| found.borrow_mut().rows(open, searcher, &map, words);
                let worked_out = Arc::new(focus(&map, &desk, &words, &find));
                shared.replies().focus = Some(worked_out);
                (shared.wake)();
            }
            if let Some(lines) = lines {
                find_lines(shared, lines)?;
            }
            Ok(())
        })();
        if let Err(error) = result {
            shared.replies().problem = Some(error.to_string());
            (shared.wake)();
        }
    }
}
