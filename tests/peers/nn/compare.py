"""Compares the neural engine with its peers, side by side, and prints a table for each subject.

Run through `bash tests/peers/run nn`, which prepares both sides. Writes every figure to
`target/peers/nn/nn.json` (`nn-quick.json` with `--quick`), where a subject keeps its last result until
it is run again.
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
from settings import THREADS, WORK

# Subject, the file that holds its rows, and the function that makes them.
SUBJECTS = {
    "embed": ("embed", "rows"),
    "logprobs": ("logprobs", "rows"),
    "boundary": ("boundary", "rows"),
    "score": ("score", "rows"),
    "score-long": ("score", "long_rows"),
    "gguf": ("quantized", "rows"),
    "dpo-loss": ("dpo_loss", "rows"),
    "peft": ("peft_", "rows"),
    "dpo-speed": ("dpo_speed", "rows"),
    "resume": ("resume", "rows"),
    "gpu": ("gpu", "rows"),
}
# Needs what most machines lack, so it runs when it is asked for.
ON_REQUEST = {"gpu"}


@dataclass(frozen=True)
class Options:
    """What every subject needs to know: rounds of the lines about time, and a folder for files of
    this subject in this run only."""

    quick: bool
    repeat: int
    scratch: pathlib.Path


def main():
    args = _arguments()
    WORK.mkdir(parents=True, exist_ok=True)
    print(f"{programs.meridian_version()} on {kept.processor()}, {THREADS} threads\n", flush=True)
    whole = True
    for subject in args.only:
        with tempfile.TemporaryDirectory(prefix="scratch-", dir=WORK) as scratch:
            whole &= _compare(subject, Options(args.quick, args.repeat, pathlib.Path(scratch)))
    return 0 if whole else 1


def _arguments():
    parser = argparse.ArgumentParser(prog="tests/peers/run nn", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--only",
        type=lambda text: text.split(","),
        default=[subject for subject in SUBJECTS if subject not in ON_REQUEST],
        help=f"subjects, separated by commas, of {', '.join(SUBJECTS)}; all but gpu if left out",
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the scripts")
    parser.add_argument("--repeat", type=int, default=3, help="rounds of the lines about time (3)")
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
    file = WORK / ("nn-quick.json" if options.quick else "nn.json")
    entry = {
        "meridian": programs.meridian_version(),
        "repeat": options.repeat,
        "rows": table.as_json(rows),
    }
    kept.keep(file, subject, entry)


if __name__ == "__main__":
    sys.exit(main())
