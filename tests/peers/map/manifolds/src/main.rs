//! Lays out a matrix with the UMAP of manifolds-rs, to be compared with Meridian's.
//!
//! `manifolds-peer X.npy Y.npy [--optimizer adam_parallel|adam|sgd] [--search nndescent|exhaustive]
//! [--epochs 200] [--seed 42]`
//!
//! Prints one JSON object. `secs` is the time of the fit alone: Meridian's time, too, is without
//! reading and writing files. The number of threads is rayon's, so `RAYON_NUM_THREADS` sets it.
//! Everything that is not an option is fixed to the settings of the comparison.

mod npy;

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use manifolds_rs::prelude::{NearestNeighbourParams, UmapOptimParams};
use manifolds_rs::{UmapParams, umap};

const NEIGHBORS: usize = 15;
const COMPONENTS: usize = 5;
const MIN_DIST: f32 = 0.0;
const SPREAD: f32 = 1.0;

const USAGE: &str = "manifolds-peer X.npy Y.npy [--optimizer adam_parallel|adam|sgd] \
                     [--search nndescent|exhaustive] [--epochs 200] [--seed 42]";

struct Args {
    input: PathBuf,
    output: PathBuf,
    optimizer: String,
    search: String,
    epochs: usize,
    seed: usize,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("manifolds-peer: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let args = parse(env::args().skip(1))?;
    let x = npy::read(&args.input)?;
    let params = settings(&args);
    let start = Instant::now();
    let columns = umap((&x.values[..], x.rows, x.cols), None, &params, args.seed, 0)?;
    let secs = start.elapsed().as_secs_f64();
    npy::write(&args.output, &rows_of(&columns, x.rows))?;
    let curve = &params.optim_params;
    println!(
        "{{\"secs\": {secs:.6}, \"a\": {}, \"b\": {}}}",
        curve.a, curve.b
    );
    Ok(())
}

/// Reads the command line. An unknown optimizer or search is refused here, because the library
/// falls back to another one without an error.
fn parse(mut words: impl Iterator<Item = String>) -> Result<Args, Box<dyn Error>> {
    let mut args = Args {
        input: words.next().ok_or(USAGE)?.into(),
        output: words.next().ok_or(USAGE)?.into(),
        optimizer: "adam_parallel".to_owned(),
        search: "nndescent".to_owned(),
        epochs: 200,
        seed: 42,
    };
    while let Some(name) = words.next() {
        let value = words.next().ok_or(USAGE)?;
        match (name.as_str(), value.as_str()) {
            ("--optimizer", "adam_parallel" | "adam" | "sgd") => args.optimizer = value,
            ("--search", "nndescent" | "exhaustive") => args.search = value,
            ("--epochs", _) => args.epochs = value.parse()?,
            ("--seed", _) => args.seed = value.parse()?,
            _ => return Err(USAGE.into()),
        }
    }
    Ok(args)
}

/// The library's defaults, except for what the comparison fixes.
fn settings(args: &Args) -> UmapParams<f32> {
    UmapParams {
        n_dim: COMPONENTS,
        k: NEIGHBORS,
        optimiser: args.optimizer.clone(),
        ann_type: args.search.clone(),
        nn_params: NearestNeighbourParams {
            dist_metric: "cosine".to_owned(),
            ..NearestNeighbourParams::default()
        },
        optim_params: UmapOptimParams {
            n_epochs: args.epochs,
            ..UmapOptimParams::from_min_dist_spread(
                MIN_DIST, SPREAD, None, None, None, None, None, None, None,
            )
        },
        ..UmapParams::default()
    }
}

/// The library returns a list for each dimension; files hold a row for each point.
fn rows_of(columns: &[Vec<f32>], n_rows: usize) -> npy::Matrix {
    let values = (0..n_rows)
        .flat_map(|row| columns.iter().map(move |column| column[row]))
        .collect();
    npy::Matrix {
        rows: n_rows,
        cols: columns.len(),
        values,
    }
}
