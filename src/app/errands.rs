//! Goes to the disk for the window, on a thread of its own, so that no frame waits there: looks at what was
//! dropped or named, reads and keeps how the window is arranged.
//!
//! The projects opened before are looked at by [`super::recent`]: one that lies on a disk which does not
//! answer must not hold these up.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use super::dropped::{self, Dropped};
use super::layouts::Layouts;
use crate::base::lock::hold;
use crate::ui::Layout;

/// Errands that may wait; each takes some milliseconds.
const MAX_WAITING: usize = 64;

/// Something to go to the disk for.
pub(super) enum Errand {
    /// Looks whether a project lies in a folder.
    FindProject(String),
    /// Sorts what was dropped.
    Sort(Vec<String>),
    /// Reads how the window was left over the project in a folder.
    Read(String),
    /// Keeps how the window stands over the project in a folder.
    Keep(String, Box<Layout>),
}

/// What an errand brought.
pub(super) enum Found {
    /// A project, files, or neither.
    Paths(Dropped),
    /// How the window was left over the project in a folder, `None` if that is not known.
    Left(String, Option<Box<Layout>>),
}

/// Layouts until the window closes.
type LayoutsSlot = Mutex<Option<Layouts>>;

/// Sends errands and takes what they brought.
pub(super) struct Errands {
    queue: SyncSender<Errand>,
    found: Arc<Mutex<Vec<Found>>>,
    layouts: Arc<LayoutsSlot>,
}

impl Errands {
    /// Starts the thread; `wake` is called after each errand.
    pub(super) fn start(
        layouts: Layouts,
        wake: impl Fn() + Send + 'static,
    ) -> std::io::Result<Self> {
        let (queue, to_do) = sync_channel(MAX_WAITING);
        let found: Arc<Mutex<Vec<Found>>> = Arc::default();
        let layouts = Arc::new(Mutex::new(Some(layouts)));
        let of_thread = (Arc::clone(&found), Arc::clone(&layouts));
        thread::Builder::new()
            .name("meridian-errands".to_owned())
            .spawn(move || run(&to_do, &of_thread.0, &of_thread.1, &wake))?;
        Ok(Self {
            queue,
            found,
            layouts,
        })
    }

    /// Queues an errand; tells when too many wait and somebody looks for what this one brings. A layout
    /// that is not kept costs only the memory.
    pub(super) fn send(&self, errand: Errand) {
        let sent = self.queue.try_send(errand);
        if let Err(TrySendError::Full(Errand::FindProject(_) | Errand::Sort(_))) = sent {
            let text = "the disk has not answered yet; try again in a moment".to_owned();
            hold(&self.found).push(Found::Paths(Dropped::Neither(text)));
        }
    }

    /// Takes what came since.
    pub(super) fn take_found(&self) -> Vec<Found> {
        std::mem::take(&mut *hold(&self.found))
    }

    /// Takes the layouts away from the thread, so that what is written in place at the end is not
    /// overwritten by what still waits.
    pub(super) fn close(&self) -> Option<Layouts> {
        hold(&self.layouts).take()
    }
}

fn run(
    errands: &Receiver<Errand>,
    found: &Mutex<Vec<Found>>,
    layouts: &LayoutsSlot,
    wake: &impl Fn(),
) {
    while let Ok(errand) = errands.recv() {
        let brought = match errand {
            Errand::FindProject(folder) => Some(Found::Paths(dropped::find_project(&folder))),
            Errand::Sort(paths) => Some(Found::Paths(dropped::sort(&paths))),
            // The lock is held while the disk answers: only the end of the window waits for it, and it has to.
            Errand::Read(folder) => {
                let layouts = hold(layouts);
                let left = layouts.as_ref().and_then(|l| l.read(&folder));
                Some(Found::Left(folder, left.map(Box::new)))
            }
            Errand::Keep(folder, layout) => {
                if let Some(layouts) = hold(layouts).as_ref() {
                    layouts.write(&folder, &layout);
                }
                None
            }
        };
        if brought.is_some() {
            hold(found).extend(brought);
            wake();
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_kept_is_read_after_it_and_nothing_is_kept_after_the_end() {
        let home = tempfile::tempdir().unwrap();
        let (told, heard) = sync_channel(8);
        let layouts = Layouts::beside(Some(home.path()));
        let errands = Errands::start(layouts, move || told.send(()).unwrap()).unwrap();
        let read = || {
            errands.send(Errand::Read("a".to_owned()));
            heard.recv_timeout(Duration::from_secs(30)).unwrap();
            match errands.take_found().pop() {
                Some(Found::Left(folder, layout)) if folder == "a" => layout,
                _ => panic!("another answer"),
            }
        };
        let layout = || {
            Box::new(Layout {
                inspector_open: true,
                ..Layout::default()
            })
        };
        assert_eq!(read(), None);
        errands.send(Errand::Keep("a".to_owned(), layout()));
        assert_eq!(read(), Some(layout()));
        let at_the_end = errands.close().unwrap();
        errands.send(Errand::Keep("a".to_owned(), Box::default()));
        assert_eq!(read(), None);
        assert_eq!(at_the_end.read("a"), Some(*layout()));
    }

    #[test]
    fn a_project_that_is_named_is_looked_for() {
        let home = tempfile::tempdir().unwrap();
        let (told, heard) = sync_channel(8);
        let errands =
            Errands::start(Layouts::beside(None), move || told.send(()).unwrap()).unwrap();
        let folder = home.path().to_string_lossy().into_owned();
        let look = || {
            errands.send(Errand::FindProject(folder.clone()));
            heard.recv_timeout(Duration::from_secs(30)).unwrap();
            match errands.take_found().pop() {
                Some(Found::Paths(paths)) => paths,
                _ => panic!("another answer"),
            }
        };
        assert!(matches!(look(), Dropped::Neither(_)));
        std::fs::write(home.path().join(crate::store::PROJECT_FILE), "").unwrap();
        assert_eq!(look(), Dropped::Project(home.path().to_owned()));
    }
}
