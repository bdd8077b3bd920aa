//! The thread that searches while one types; only the newest search counts.
//!
//! A thread of its own, since a search must not wait for a snapshot that is being built. It reads
//! through a connection of its own and writes nothing.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::base::lock::{hold, wait};
use crate::base::observe::{Cancelled, Observe};
use crate::snapshot::model::SearchHits;
use crate::snapshot::{search, search_all};
use crate::store::{Access, Store};

/// How often the growing set of found documents is shown.
const SHOW_EVERY: Duration = Duration::from_millis(100);

/// What is asked for.
#[derive(Default)]
struct Asked {
    folder: Option<PathBuf>,
    text: Option<String>,
    closed: bool,
}

/// What has been found for the newest search.
#[derive(Default)]
struct Found {
    hits: Option<Arc<SearchHits>>,
    problem: Option<String>,
}

struct Shared {
    asked: Mutex<Asked>,
    changed: Condvar,
    /// Rises with each request; a search that was begun in an earlier turn is over.
    turn: AtomicU64,
    found: Mutex<Found>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

/// Asks the searching thread and reads what it found.
#[derive(Clone)]
pub(super) struct Searcher {
    shared: Arc<Shared>,
}

impl Searcher {
    /// Starts the thread; `wake` is called whenever there is more to show.
    pub(super) fn start(wake: Arc<dyn Fn() + Send + Sync>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            asked: Mutex::default(),
            changed: Condvar::new(),
            turn: AtomicU64::new(0),
            found: Mutex::default(),
            wake,
        });
        let of_thread = Arc::clone(&shared);
        thread::Builder::new()
            .name("meridian-search".to_owned())
            .spawn(move || run(&of_thread))?;
        Ok(Self { shared })
    }

    fn ask(&self, change: impl FnOnce(&mut Asked)) {
        let mut asked = hold(&self.shared.asked);
        change(&mut asked);
        self.shared.turn.fetch_add(1, Ordering::SeqCst);
        if asked.text.is_none() {
            *hold(&self.shared.found) = Found::default();
        }
        drop(asked);
        self.shared.changed.notify_one();
    }

    /// Searches another project from now on, or none.
    pub(super) fn open(&self, folder: Option<PathBuf>) {
        self.ask(|a| {
            a.folder = folder;
            a.text = None;
        });
    }

    /// Searches; empty ends the search.
    pub(super) fn search(&self, text: String) {
        self.ask(|a| a.text = (!text.trim().is_empty()).then_some(text));
    }

    /// Ends the thread.
    pub(super) fn close(&self) {
        self.ask(|a| {
            a.text = None;
            a.closed = true;
        });
    }

    /// Returns what has been found so far.
    pub(super) fn hits(&self) -> Option<Arc<SearchHits>> {
        hold(&self.shared.found).hits.clone()
    }

    /// Takes the reason why the newest search failed.
    pub(super) fn take_problem(&self) -> Option<String> {
        hold(&self.shared.found).problem.take()
    }
}

/// Cancels a search as soon as something newer is asked.
struct Newest<'a> {
    shared: &'a Shared,
    turn: u64,
}

impl Newest<'_> {
    /// Shows what was found, unless something newer was asked meanwhile.
    fn show(&self, change: impl FnOnce(&mut Found)) {
        let mut found = hold(&self.shared.found);
        if self.shared.turn.load(Ordering::SeqCst) == self.turn {
            change(&mut found);
            drop(found);
            (self.shared.wake)();
        }
    }
}

impl Observe for Newest<'_> {
    fn step(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
        if self.shared.turn.load(Ordering::SeqCst) == self.turn {
            Ok(())
        } else {
            Err(Cancelled)
        }
    }
}

fn run(shared: &Shared) {
    let mut open: Option<(PathBuf, Store)> = None;
    let mut answered = 0;
    loop {
        let (folder, text, turn) = {
            let mut asked = hold(&shared.asked);
            while shared.turn.load(Ordering::SeqCst) == answered && !asked.closed {
                asked = wait(&shared.changed, asked);
            }
            if asked.closed {
                return;
            }
            let turn = shared.turn.load(Ordering::SeqCst);
            (asked.folder.clone(), asked.text.clone(), turn)
        };
        answered = turn;
        // A closed project is let go of even when nothing is searched.
        open = open.filter(|(at, _)| Some(at) == folder.as_ref());
        let (Some(folder), Some(text)) = (folder, text) else {
            continue;
        };
        let newest = Newest { shared, turn };
        if let Err(error) = answer(&mut open, &folder, &text, &newest)
            && newest.step(0, 0).is_ok()
        {
            newest.show(|f| f.problem = Some(error.to_string()));
        }
    }
}

fn answer(
    open: &mut Option<(PathBuf, Store)>,
    folder: &Path,
    text: &str,
    newest: &Newest<'_>,
) -> anyhow::Result<()> {
    let (_, store) = match open.take() {
        Some(still) => open.insert(still),
        None => open.insert((folder.to_owned(), Store::open(folder, Access::Read)?)),
    };
    let first = search(store, text, newest)?;
    newest.show(|f| f.hits = Some(Arc::new(first.clone())));
    if first.is_complete {
        return Ok(());
    }
    let with = |docs, is_complete| {
        let mut hits = first.clone();
        hits.docs = docs;
        hits.n_total = hits.docs.len();
        hits.is_complete = is_complete;
        Arc::new(hits)
    };
    let mut shown = Instant::now();
    let all = search_all(store, text, newest, &mut |docs| {
        // The first page may reach further than the walk has; a number that falls would puzzle.
        if shown.elapsed() >= SHOW_EVERY && docs.len() > first.n_total {
            shown = Instant::now();
            newest.show(|f| f.hits = Some(with(docs.clone(), false)));
        }
    })?;
    newest.show(|f| f.hits = Some(with(all, true)));
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use std::sync::mpsc::{Receiver, sync_channel};

    use super::*;

    fn started() -> (Searcher, Receiver<()>) {
        let (tell, told) = sync_channel(64);
        // A full channel has told already.
        let wake = move || {
            tell.try_send(()).ok();
        };
        (Searcher::start(Arc::new(wake)).unwrap(), told)
    }

    const PATIENCE: Duration = Duration::from_secs(20);

    #[test]
    fn the_newest_search_is_answered() {
        let home = tempfile::tempdir().unwrap();
        drop(Store::create(home.path()).unwrap());
        let (searcher, told) = started();
        searcher.open(Some(home.path().to_owned()));
        for text in ["a", "ab", "abc"] {
            searcher.search(text.to_owned());
        }
        while searcher.hits().is_none_or(|h| h.query != "abc") {
            told.recv_timeout(PATIENCE).unwrap();
        }
        let hits = searcher.hits().unwrap();
        assert!(hits.is_complete && hits.n_total == 0);
        searcher.search(" ".to_owned());
        assert!(searcher.hits().is_none());
        searcher.close();
    }

    #[test]
    fn a_missing_project_is_a_problem() {
        let home = tempfile::tempdir().unwrap();
        let (searcher, told) = started();
        searcher.open(Some(home.path().to_owned()));
        searcher.search("a".to_owned());
        told.recv_timeout(PATIENCE).unwrap();
        assert!(searcher.take_problem().unwrap().contains("project.sqlite"));
        searcher.close();
    }
}
