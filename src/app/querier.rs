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
use crate::base::observe::{Cancelled, Observe};
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

/// How often each kind was asked for or let go of: an answer to an earlier turn comes too late.
#[derive(Clone, Copy, Default)]
struct Turns {
    doc: u64,
    focus: u64,
    contours: u64,
}

/// What is asked for; a newer request of a kind replaces the older.
#[derive(Default)]
struct Wanted {
    turns: Turns,
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

    /// Where both locks are held, this one is taken second.
    fn replies(&self) -> std::sync::MutexGuard<'_, Replies> {
        hold(&self.replies)
    }

    /// Answers, unless something newer was asked or it was let go of meanwhile.
    fn reply(&self, is_newest: impl Fn(&Turns) -> bool, change: impl FnOnce(&mut Replies)) {
        let wanted = self.wanted();
        if is_newest(&wanted.turns) {
            change(&mut self.replies());
            drop(wanted);
            (self.wake)();
        }
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

    fn want(&self, change: impl FnOnce(&mut Wanted, &mut Replies)) {
        let mut wanted = self.shared.wanted();
        change(&mut wanted, &mut self.shared.replies());
        drop(wanted);
        self.shared.changed.notify_one();
    }

    /// Answers about another project from now on, or about none.
    pub(super) fn open(&self, folder: Option<PathBuf>) {
        self.searcher.open(folder.clone());
        self.want(|w, replies| {
            *w = Wanted {
                turns: Turns {
                    doc: w.turns.doc + 1,
                    focus: w.turns.focus + 1,
                    contours: w.turns.contours + 1,
                },
                folder,
                ..Wanted::default()
            };
            *replies = Replies::default();
        });
    }

    /// Asks for a document.
    pub(super) fn load(&self, doc: DocId) {
        self.want(|w, _| {
            w.turns.doc += 1;
            w.doc = Some(doc);
        });
    }

    /// Forgets the loaded document.
    pub(super) fn unload(&self) {
        self.want(|w, replies| {
            w.turns.doc += 1;
            w.doc = None;
            replies.doc = None;
        });
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
        self.want(|w, replies| {
            w.turns.focus += 1;
            if desk.is_empty() && words.is_empty() {
                w.focus = None;
                replies.focus = None;
            } else {
                w.focus = Some((Arc::clone(map), desk, words));
            }
        });
    }

    /// Asks for the lines of what a map shows by then, or lets them go.
    pub(super) fn contours(&self, of: Option<(&Arc<MapData>, ContoursKey)>) {
        self.want(|w, replies| {
            w.turns.contours += 1;
            if of.is_none() {
                replies.contours = None;
            }
            w.contours = of.map(|(map, key)| (Arc::clone(map), key));
        });
    }

    /// Ends the threads.
    pub(super) fn close(&self) {
        self.searcher.close();
        self.want(|w, _| w.closed = true);
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
    /// Whether what the search field found may be of an earlier state of the project.
    old_hits: bool,
    /// Why the last search failed.
    problem: Option<String>,
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
        observe: &dyn Observe,
    ) -> Bits {
        if self.map.as_ptr() != Arc::as_ptr(map) {
            // The map at hand when the project was opened is the first.
            self.old_hits |= self.map.strong_count() > 0;
            self.map = Arc::downgrade(map);
            self.by_words.clear();
        }
        if let Some((_, kept)) = self.by_words.iter().find(|(w, _)| w == words) {
            return kept.clone();
        }
        let mut bits = Bits::none(map.places.n_rows());
        // What the search field just found need not be searched for again.
        let hits = searcher
            .hits()
            .filter(|h| h.is_complete && h.query == words && !self.old_hits);
        let docs = match &hits {
            Some(hits) => hits.docs.clone(),
            None => match search_all(store, words, observe, &mut |_| {}) {
                Ok(docs) => docs,
                Err(error) => {
                    // What cannot be looked for lets nothing through, and says why.
                    self.problem = Some(error.to_string());
                    return bits;
                }
            },
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
        bits
    }
}

/// Gives lines up as soon as something is asked for that they would keep waiting or that replaces them.
struct GivesWay<'a>(&'a Shared, Turns);

impl Observe for GivesWay<'_> {
    fn step(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
        let GivesWay(shared, turns) = self;
        let wanted = shared.wanted();
        let waits = wanted.closed || wanted.doc.is_some() || wanted.focus.is_some();
        if waits || wanted.turns.contours != turns.contours {
            return Err(Cancelled);
        }
        Ok(())
    }
}

/// Gives a filter up as soon as another is asked for.
struct NewestFilter<'a>(&'a Shared, Turns);

impl Observe for NewestFilter<'_> {
    fn step(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
        let NewestFilter(shared, turns) = self;
        let wanted = shared.wanted();
        if wanted.closed || wanted.turns.focus != turns.focus {
            return Err(Cancelled);
        }
        Ok(())
    }
}

/// Finds lines and replies with them; those that gave way to something else wait for their turn again.
fn find_lines(shared: &Shared, turns: Turns, (map, key): Lines) -> Result<(), MapError> {
    let focus = shared.replies().focus.clone();
    let focus = focus.filter(|f| f.narrows(&map));
    match contours(&map, focus.as_ref(), key, &GivesWay(shared, turns)) {
        Ok(found) => shared.reply(
            |t| t.contours == turns.contours,
            |replies| replies.contours = Some(Arc::new(found)),
        ),
        Err(MapError::Cancelled(_)) => {
            let mut wanted = shared.wanted();
            if wanted.turns.contours == turns.contours {
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
        let (folder, turns, doc, look, lines) = {
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
                wanted.turns,
                wanted.doc.take(),
                wanted.focus.take(),
                wanted.contours.take(),
            )
        };
        if store.as_ref().map(|s| s.folder().to_owned()) != folder {
            store = None;
            found = Found::default();
        }
        let result = (|| -> anyhow::Result<()> {
            let Some(folder) = folder else { return Ok(()) };
            let open = match store.take() {
                Some(open) => store.insert(open),
                None => store.insert(Store::open(&folder, Access::Read)?),
            };
            if let Some(id) = doc {
                let detail = document_detail(open, id)?.map(Arc::new);
                shared.reply(|t| t.doc == turns.doc, |replies| replies.doc = detail);
            }
            if let Some((map, desk, words)) = look {
                let found = RefCell::new(&mut found);
                let newest = NewestFilter(shared, turns);
                let find = |words: &str| {
                    let mut found = found.borrow_mut();
                    Some(found.rows(open, searcher, &map, words, &newest))
                };
                let worked_out = Arc::new(focus(&map, &desk, &words, &find));
                let problem = found.borrow_mut().problem.take();
                shared.reply(
                    |t| t.focus == turns.focus,
                    |replies| {
                        replies.focus = Some(worked_out);
                        replies.problem = problem.or(replies.problem.take());
                    },
                );
            }
            if let Some(lines) = lines {
                find_lines(shared, turns, lines)?;
            }
            Ok(())
        })();
        if let Err(error) = result {
            shared.replies().problem = Some(error.to_string());
            (shared.wake)();
        }
    }
}
