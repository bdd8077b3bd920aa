//! How long each part of a tool's work took, how much memory it needed and how soon it would have
//! heard of a cancel.

use std::sync::Mutex;
use std::time::Instant;

use serde_json::{Map, Value, json};

use crate::base::ids::JobId;
use crate::base::lock::hold;
use crate::base::observe::{Cancelled, Observe};
use crate::cli::console::Console;
use crate::domain::job_progress::JobState;
use crate::jobs::Watch;

/// Passes progress on to the console and remembers when each phase began.
pub(super) struct Timing<'a> {
    console: &'a Console,
    inner: Mutex<Inner>,
}

struct Inner {
    began: Instant,
    phases: Vec<(String, Instant)>,
    stepped: Instant,
    /// The longest time between two steps, and the phase it ended in.
    longest_gap: (f64, String),
}

impl<'a> Timing<'a> {
    /// Begins to show progress of the work named `name`.
    pub(super) fn begin(name: &str, console: &'a Console) -> Self {
        // A tool's work is no job of a project; the number is not shown.
        console.begin(JobId(0), name);
        let now = Instant::now();
        Self {
            console,
            inner: Mutex::new(Inner {
                began: now,
                phases: Vec::new(),
                stepped: now,
                longest_gap: (0.0, String::new()),
            }),
        }
    }

    /// Does the work on so many threads, or on one for each core.
    pub(super) fn run<T: Send>(
        self,
        n_threads: Option<usize>,
        work: impl FnOnce(&Self) -> anyhow::Result<T> + Send,
    ) -> anyhow::Result<(T, Map<String, Value>)> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads.unwrap_or(0))
            .thread_name(|i| format!("tool {i}"))
            .build()?;
        let done = pool.install(|| {
            // Threads and files are ready; what counts begins here.
            let mut inner = self.lock();
            inner.began = Instant::now();
            inner.stepped = inner.began;
            drop(inner);
            work(&self)
        });
        self.console.end(match &done {
            Ok(_) => JobState::Done,
            Err(error) if super::is_cancel(error) => JobState::Canceled,
            Err(_) => JobState::Failed,
        });
        Ok((done?, self.summary(pool.current_num_threads())))
    }

    fn summary(&self, n_threads: usize) -> Map<String, Value> {
        let now = Instant::now();
        let inner = self.lock();
        let ends = inner.phases.iter().skip(1).map(|(_, at)| *at);
        let phases: Vec<Value> = inner
            .phases
            .iter()
            .zip(ends.chain(std::iter::once(now)))
            .map(|((name, from), to)| json!({"name": name, "secs": (to - *from).as_secs_f64()}))
            .collect();
        let mut out = Map::new();
        out.insert("secs".into(), json!((now - inner.began).as_secs_f64()));
        out.insert("phases".into(), json!(phases));
        out.insert("peak_bytes".into(), json!(peak_bytes()));
        out.insert("longest_step_secs".into(), json!(inner.longest_gap.0));
        out.insert("longest_step_phase".into(), json!(inner.longest_gap.1));
        out.insert("threads".into(), json!(n_threads));
        out
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        hold(&self.inner)
    }
}

impl Observe for Timing<'_> {
    fn step(&self, done: u64, total: u64) -> Result<(), Cancelled> {
        let now = Instant::now();
        let mut inner = self.lock();
        let gap_secs = (now - inner.stepped).as_secs_f64();
        if gap_secs > inner.longest_gap.0 {
            let phase = inner
                .phases
                .last()
                .map_or_else(String::new, |p| p.0.clone());
            inner.longest_gap = (gap_secs, phase);
        }
        inner.stepped = now;
        drop(inner);
        self.console.step(done, total)
    }

    fn phase(&self, name: &str) {
        self.lock().phases.push((name.to_owned(), Instant::now()));
        self.console.phase(name);
    }
}

/// Returns the most memory this process has held, where the system tells.
pub(super) fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}
