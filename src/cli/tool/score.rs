//! `meridian tool score`: the log-probability of every token of given continuations.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::{ModelArgs, Timing, finish, load, read_lines, write_lines};
use crate::base::hash::ContentHasher;
use crate::base::lock::hold;
use crate::cli::console::Console;
use crate::nn::NnError;
use crate::nn::peft;
use crate::nn::score::{Adapted, ScoreItem, Scored};
use crate::nn::tokenizer::Joint;

/// Arguments of `tool score`.
#[derive(clap::Args)]
pub(in crate::cli) struct ScoreArgs {
    #[command(flatten)]
    model: ModelArgs,
    /// Folder of a PEFT adapter
    #[arg(long, value_name = "DIR")]
    adapter: Option<PathBuf>,
    /// JSON lines with `context` and `continuation`
    items: PathBuf,
    /// JSON lines to write: `n_tokens`, `sum_logprob`, `token_logprobs`, `perplexity`
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct Line {
    context: String,
    continuation: String,
}

/// Scores the items.
pub(super) fn score(args: &ScoreArgs, console: &Console) -> anyhow::Result<()> {
    let lines: Vec<Line> = read_lines(&args.items)?;
    let loaded = load(&args.model, args.adapter.as_deref())?;
    let items: Vec<ScoreItem> = lines
        .into_iter()
        .map(|l| ScoreItem {
            context: l.context,
            continuation: l.continuation,
        })
        .collect();
    let adapted = Adapted {
        model: &loaded.model,
        adapter: loaded.adapter.as_ref(),
    };
    let of_adapter = args
        .adapter
        .as_deref()
        .map(peft::adapter_fingerprint)
        .transpose()?;
    let work = |timing: &Timing<'_>| {
        let joints = adapted.joints(&items)?;
        let digest = digest(&joints, &loaded.model.fingerprint, of_adapter.as_deref());
        let kept = Kept::open(&args.out, &digest)?;
        let finished = |batch: &[(usize, Vec<f32>)]| kept.add(batch);
        let logps = adapted.score_joints(&joints, &kept.known, timing, &finished)?;
        Ok((joints, logps, kept))
    };
    let ((joints, logps, kept), mut summary) =
        Timing::begin("scoring", console).run(args.model.threads, work)?;
    let n_known = kept.known.len();
    let scored: Vec<Scored> = joints
        .into_iter()
        .zip(logps)
        .map(|(joint, logps)| Scored::new(joint, logps))
        .collect();
    let out: Vec<serde_json::Value> = scored
        .iter()
        .map(|s| {
            serde_json::json!({
                "n_tokens": s.logps_nats.len(),
                "sum_logprob": s.sum_nats(),
                "token_logprobs": s.logps_nats,
                "perplexity": s.perplexity(),
                "context_is_prefix": s.prefix_holds,
            })
        })
        .collect();
    write_lines(&args.out, &out)?;
    kept.remove();
    let n_tokens: usize = scored.iter().map(|s| s.logps_nats.len()).sum();
    loaded.describe(&mut summary);
    let secs = summary.get("secs").and_then(serde_json::Value::as_f64);
    let per_sec = |n: usize| secs.map(|s| n as f64 / s.max(1e-9));
    summary.insert("tokens_per_second".into(), per_sec(n_tokens).into());
    summary.insert(
        "items_per_second".into(),
        per_sec(scored.len() - n_known).into(),
    );
    summary.insert("items".into(), scored.len().into());
    summary.insert("resumed_items".into(), n_known.into());
    summary.insert("tokens".into(), n_tokens.into());
    let text = format!(
        "{} items, {n_tokens} tokens; written to {}",
        scored.len(),
        args.out.display()
    );
    finish(args.json, summary, &text, console);
    Ok(())
}

/// Hashes everything that the scores depend on.
fn digest(joints: &[Joint], model: &str, adapter: Option<&str>) -> String {
    let mut h = ContentHasher::new();
    h.text(model).text(adapter.unwrap_or_default());
    for joint in joints {
        h.bytes(bytemuck::cast_slice(&joint.ids))
            .int(joint.n_context as i64);
    }
    h.finish()
}

/// What a run that was stopped has finished already: a file beside the output, one line for each item.
struct Kept {
    path: PathBuf,
    known: Vec<(usize, Vec<f32>)>,
    file: Mutex<File>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    digest: String,
}

#[derive(Serialize, Deserialize)]
struct KeptItem {
    item: usize,
    token_logprobs: Vec<f32>,
}

impl Kept {
    /// Takes up the file if it belongs to the same work, else begins it anew.
    fn open(out: &Path, digest: &str) -> anyhow::Result<Self> {
        let mut name = out.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let path = out.with_file_name(name);
        let known = Self::read(&path, digest).unwrap_or_default();
        let cannot = || format!("cannot write {}", path.display());
        let head = Head {
            digest: digest.to_owned(),
        };
        // Written anew beside its place, so that a line cut short by a crash does not stay.
        let beside = path.with_extension("partial.tmp");
        let mut file = File::create(&beside).with_context(cannot)?;
        writeln!(file, "{}", serde_json::to_string(&head)?).with_context(cannot)?;
        let kept = Self {
            path: path.clone(),
            known,
            file: Mutex::new(file),
        };
        kept.add(&kept.known)?;
        fs::rename(&beside, &path).with_context(cannot)?;
        Ok(kept)
    }

    fn read(path: &Path, digest: &str) -> Option<Vec<(usize, Vec<f32>)>> {
        let mut lines = BufReader::new(File::open(path).ok()?).lines();
        let head: Head = serde_json::from_str(&lines.next()?.ok()?).ok()?;
        if head.digest != digest {
            return None;
        }
        let items = lines
            .map_while(Result::ok)
            .map_while(|line| serde_json::from_str::<KeptItem>(&line).ok());
        Some(items.map(|i| (i.item, i.token_logprobs)).collect())
    }

    /// Adds a finished batch.
    fn add(&self, batch: &[(usize, Vec<f32>)]) -> Result<(), NnError> {
        let mut text = String::new();
        for (item, logps) in batch {
            let line = KeptItem {
                item: *item,
                token_logprobs: logps.clone(),
            };
            text.push_str(&serde_json::to_string(&line).unwrap_or_default());
            text.push('\n');
        }
        let mut file = hold(&self.file);
        file.write_all(text.as_bytes())
            .map_err(|source| NnError::Io {
                what: "write",
                path: self.path.clone(),
                source,
            })
    }

    /// Removes the file once all is written.
    fn remove(&self) {
        // One that stays is read and found complete the next time.
        drop(fs::remove_file(&self.path));
    }
}
