//! Looks whether the projects opened before still lie where they were, on a thread of its own: a folder
//! may lie on a disk that does not answer.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::base::lock::hold;
use crate::store::PROJECT_FILE;
use crate::ui::RecentProject;

/// Lists that may wait; the newest counts.
const MAX_WAITING: usize = 4;

/// The projects opened before, as they were seen last.
pub(super) struct Recent {
    wanted: SyncSender<Vec<String>>,
    seen: Arc<Mutex<Arc<Vec<RecentProject>>>>,
}

impl Recent {
    /// Starts the thread; `wake` is called when a list was looked at.
    pub(super) fn start(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (wanted, lists) = sync_channel(MAX_WAITING);
        let seen: Arc<Mutex<Arc<Vec<RecentProject>>>> = Arc::default();
        let of_thread = Arc::clone(&seen);
        thread::Builder::new()
            .name("meridian-recent".to_owned())
            .spawn(move || run(&lists, &of_thread, &wake))?;
        Ok(Self { wanted, seen })
    }

    /// Asks for a list to be looked at; until then a project counts as it was seen last, a new one as
    /// there.
    pub(super) fn look_at(&self, folders: &[String]) {
        let before = self.seen();
        put(&self.seen, folders, |folder| {
            let seen = before.iter().find(|r| r.folder == folder);
            seen.is_none_or(|r| r.is_there)
        });
        // A full queue has a list to look at anyway, and the next start looks again.
        drop(self.wanted.try_send(folders.to_vec()));
    }

    /// Returns the list.
    pub(super) fn seen(&self) -> Arc<Vec<RecentProject>> {
        Arc::clone(&hold(&self.seen))
    }
}

fn put(seen: &Mutex<Arc<Vec<RecentProject>>>, folders: &[String], is_there: impl Fn(&str) -> bool) {
    let list = folders
        .iter()
        .map(|folder| RecentProject {
            folder: folder.clone(),
            is_there: is_there(folder),
        })
        .collect();
    *hold(seen) = Arc::new(list);
}

fn run(
    lists: &Receiver<Vec<String>>,
    seen: &Mutex<Arc<Vec<RecentProject>>>,
    wake: &(impl Fn() + Send),
) {
    while let Ok(mut folders) = lists.recv() {
        while let Ok(newer) = lists.try_recv() {
            folders = newer;
        }
        put(seen, &folders, |folder| {
            Path::new(folder).join(PROJECT_FILE).is_file()
        });
        wake();
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    #[test]
    fn a_project_that_is_gone_is_told_from_one_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(PROJECT_FILE), "").unwrap();
        let there = folder.path().to_string_lossy().into_owned();
        let gone = format!("{there}/gone");
        let (told, heard) = sync_channel(1);
        let recent = Recent::start(move || told.send(()).unwrap()).unwrap();
        recent.look_at(&[there.clone(), gone]);
        heard.recv().unwrap();
        let seen: Vec<bool> = recent.seen().iter().map(|r| r.is_there).collect();
        assert_eq!(seen, [true, false]);
    }
}
