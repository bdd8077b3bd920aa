//! Named places where a test makes the program die, always compiled in.
//!
//! `MERIDIAN_KILL_AT=name:n` aborts the process, as a power cut would, when the point `name` is
//! reached for the n-th time. Without the variable a point costs one comparison.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

struct Plan {
    name: String,
    left: AtomicU64,
}

/// Dies here if the plan says so.
pub fn kill_point(name: &str) {
    static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
    let plan = PLAN.get_or_init(|| {
        let text = std::env::var("MERIDIAN_KILL_AT").ok()?;
        let (name, n) = text.rsplit_once(':')?;
        Some(Plan {
            name: name.to_owned(),
            left: AtomicU64::new(n.parse().ok()?),
        })
    });
    if let Some(plan) = plan
        && plan.name == name
        && plan.left.fetch_sub(1, Ordering::SeqCst) == 1
    {
        std::process::abort();
    }
}
