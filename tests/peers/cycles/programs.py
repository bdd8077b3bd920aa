"""Runs Meridian and reads what it wrote and what it reports about itself."""

import json
import os
import subprocess
import time
from dataclasses import dataclass

MERIDIAN = os.environ["MERIDIAN_BIN"]


class Failed(Exception):
    """A program ended with an error; the message is the end of what it said."""


@dataclass(frozen=True)
class Run:
    """`wall_secs` is the whole process, with reading and writing of files; `peak_bytes` what it held."""

    counts: dict
    secs: float
    wall_secs: float
    peak_bytes: int


def version():
    return _output([MERIDIAN, "--version"]).strip()


def cycles(table, counts, longest=5, exact=None, cap=None, threads=2):
    command = [MERIDIAN, "tool", "cycles", table, counts, "--max-length", longest]
    command += ["--threads", threads, "--json"]
    command += ["--exact-length", exact] if exact else []
    command += ["--cap", cap] if cap else []
    start = time.perf_counter()
    report = json.loads(_output(command))
    wall_secs = time.perf_counter() - start
    with open(counts, encoding="utf-8") as text:
        return Run(json.load(text), report["secs"], wall_secs, report["peak_bytes"])


def _output(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        said = done.stderr.strip()[-500:]
        raise Failed(f"{' '.join(map(str, command))} ended with {done.returncode}: {said}")
    return done.stdout
