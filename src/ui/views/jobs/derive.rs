//! Pure part of the list of jobs: words for states, parameters as lines, reasons counted.

use crate::domain::job_progress::JobState;
use crate::snapshot::model::FailureRow;

/// Says a state in words.
pub(super) fn state_words(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "queued",
        JobState::Running => "running",
        JobState::AwaitingReview => "your turn",
        JobState::Done => "done",
        JobState::Failed => "failed",
        JobState::Canceled => "canceled",
    }
}

/// Splits the JSON text of flat parameters into names and values; other text stays one line.
///
/// The text is our own canonical form, so a split at top-level commas is enough; it is no JSON parser.
pub(super) fn param_lines(json: &str) -> Vec<(String, String)> {
    let Some(inner) = json
        .trim()
        .strip_prefix('{')
        .and_then(|t| t.strip_suffix('}'))
    else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    let (mut depth, mut quoted, mut escaped, mut from) = (0i32, false, false, 0);
    let mut push = |part: &str| {
        if let Some((name, value)) = part.split_once(':') {
            let clean = |t: &str| t.trim().trim_matches('"').replace("\\\"", "\"");
            lines.push((clean(name).replace('_', " "), clean(value)));
        }
    };
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                push(inner.get(from..at).unwrap_or(""));
                from = at + 1;
            }
            _ => {}
        }
    }
    push(inner.get(from..).unwrap_or(""));
    lines
}

/// Counts failures by stage, in order of first appearance.
pub(super) fn failures_by_stage(failures: &[FailureRow]) -> Vec<(String, usize)> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for failure in failures {
        match counts.iter_mut().find(|c| c.0 == failure.stage) {
            Some(count) => count.1 += 1,
            None => counts.push((failure.stage.clone(), 1)),
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_become_lines() {
        let lines = param_lines(
            r#"{"n_neighbors":15,"metric":"cosine, plain","list":[1,2],"x":{"a":1,"b":2}}"#,
        );
        let names: Vec<&str> = lines.iter().map(|l| l.0.as_str()).collect();
        assert_eq!(names, ["n neighbors", "metric", "list", "x"]);
        assert_eq!(lines[1].1, "cosine, plain");
        assert_eq!(lines[2].1, "[1,2]");
        assert!(param_lines("{}").is_empty());
        assert!(param_lines("not json").is_empty());
    }

    #[test]
    fn failures_are_counted_by_stage() {
        let row = |stage: &str| FailureRow {
            stage: stage.to_owned(),
            subject: String::new(),
            reason: String::new(),
        };
        assert_eq!(
            failures_by_stage(&[row("import"), row("extract"), row("import")]),
            [("import".to_owned(), 2), ("extract".to_owned(), 1)]
        );
    }
}
