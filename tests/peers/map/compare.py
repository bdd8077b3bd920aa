"""Compares the map engine with its peers, side by side, and prints a table for each subject.

Run through `bash tests/peers/run map`, which prepares both sides. Writes every figure to
`target/peers/map.json` (`map-quick.json` with `--quick`), where a subject keeps its last result
until it is run again.
"""

import argparse
import pathlib
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from importlib import import_module

import kept
import programs
import table
from settings import PEERS, SEED, THREADS

# Subject, the file that holds its rows, and the function that makes them.
SUBJECTS = {
    "knn": ("knn", "rows"),
    "umap": ("umap_", "rows"),
    "threads": ("threads", "rows"),
    "transform": ("transform", "rows"),
    "hdbscan": ("hdbscan_", "rows"),
    "hdbscan-large": ("hdbscan_", "large_rows"),
    "ctfidf": ("ctfidf", "rows"),
    "quality": ("quality", "rows"),
    "large": ("large", "rows"),
}
# A million rows take a quarter of an hour and 2 GB of disk.
ONLY_WHEN_ASKED = {"large"}


@dataclass(frozen=True)
class Options:
    """What every subject needs to know: rounds of the fast lines about time, seeds of the lines
    about quality, rows of the lines about real passages, and a folder for files of this run only."""

    quick: bool
    repeat: int
    seeds: range
    passages: int
    scratch: pathlib.Path


def main():
    args = _arguments()
    PEERS.mkdir(parents=True, exist_ok=True)
    print(f"{programs.meridian_version()} on {kept.processor()}, {THREADS} threads\n", flush=True)
    whole = True
    with tempfile.TemporaryDirectory(prefix="scratch-", dir=PEERS) as scratch:
        seeds = range(SEED, SEED + args.seeds)
        passages = min(args.passages, 1_500) if args.quick else args.passages
        options = Options(args.quick, args.repeat, seeds, passages, pathlib.Path(scratch))
        for subject in args.only:
            whole &= _compare(subject, options)
    return 0 if whole else 1


def _arguments():
    parser = argparse.ArgumentParser(prog="tests/peers/run map", description=__doc__.split("\n")[0])
    usual = [subject for subject in SUBJECTS if subject not in ONLY_WHEN_ASKED]
    parser.add_argument(
        "--only",
        type=lambda text: text.split(","),
        default=usual,
        help=f"subjects, separated by commas, of {', '.join(SUBJECTS)}; all but large if left out",
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the scripts")
    parser.add_argument("--repeat", type=int, default=3, help="rounds of the fast lines (3)")
    parser.add_argument("--seeds", type=int, default=3, help="seeds of the lines about quality (3)")
    parser.add_argument(
        "--passages",
        type=int,
        default=50_000,
        help="rows of the lines about real passages, 0 for none (50000); embedding them takes longest",
    )
    args = parser.parse_args()
    unknown = [subject for subject in args.only if subject not in SUBJECTS]
    if unknown:
        parser.error(f"no such subject: {', '.join(unknown)}")
    return args


def _compare(subject, options):
    """Runs one subject, prints and keeps its table. Whether it ran to its end.

    A subject that fails does not stop the others, and its last result is kept.
    """
    start = time.perf_counter()
    try:
        file, function = SUBJECTS[subject]
        rows = getattr(import_module(file), function)(options)
    except Exception:
        traceback.print_exc()
        return False
    secs = time.perf_counter() - start
    print(f"## {subject} ({secs:.0f} s)\n\n{table.markdown(rows)}\n", flush=True)
    _keep(subject, rows, options)
    return True


def _keep(subject, rows, options):
    file = PEERS / ("map-quick.json" if options.quick else "map.json")
    entry = {
        "meridian": programs.meridian_version(),
        "repeat": options.repeat,
        "seeds": list(options.seeds),
        "rows": table.as_json(rows),
    }
    kept.keep(file, subject, entry)


if __name__ == "__main__":
    sys.exit(main())
