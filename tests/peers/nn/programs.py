"""Runs Meridian and the peers' scripts as processes and reads what they report about themselves."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version

from settings import MERIDIAN, THREADS, WORK

HERE = pathlib.Path(__file__).parent


class Failed(Exception):
    """A program ended with an error; the message is the end of what it said."""


@dataclass(frozen=True)
class Run:
    """`secs` is the work as the program reports it, with its model loaded; `wall_secs` the process."""

    secs: float
    wall_secs: float
    report: dict

    @property
    def peak_bytes(self):
        return self.report["peak_bytes"]


def meridian_version():
    return _output([MERIDIAN, "--version"]).strip()


def name(package):
    return f"{package} {version(package)}"


def embed(model, texts, out, prompt_name=None):
    options = [] if prompt_name is None else ["--prompt-name", prompt_name]
    return _tool("embed", "--model", model, texts, out, *options)


def score(model, items, out, adapter=None, dtype=None):
    options = [] if adapter is None else ["--adapter", adapter]
    options += [] if dtype is None else ["--dtype", dtype]
    return _tool("score", "--model", model, *options, items, out)


def merge(model, adapter, output):
    return _tool("merge", "--model", model, "--adapter", adapter, "--output", output)


def dpo(*options):
    return _tool("dpo", *options)


def dpo_command(*options):
    """The command itself, for those who want to end the process themselves."""
    return _command("dpo", *options)


def peer(script, jobs):
    """Does jobs in one process of a peer's script: a run for each job, in order."""
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        folder = pathlib.Path(folder)
        (folder / "jobs.json").write_text(json.dumps(jobs, default=str))
        start = time.perf_counter()
        _output([sys.executable, HERE / script, folder / "jobs.json", folder / "reports.json"])
        wall_secs = time.perf_counter() - start
        reports = json.loads((folder / "reports.json").read_text())
    return [Run(report["secs"], wall_secs, report) for report in reports]


def environment():
    """That of both sides: the same number of threads, and no word to the outside.

    How idle threads wait is left as the libraries have it, since that is what their users get.
    """
    threads = str(THREADS)
    return {
        **os.environ,
        "OMP_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TRL_EXPERIMENTAL_SILENCE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _command(tool, *args):
    return [str(word) for word in (MERIDIAN, "tool", tool, *args, "--threads", THREADS, "--json")]


def _tool(tool, *args):
    command = _command(tool, *args)
    start = time.perf_counter()
    text = _output(command)
    wall_secs = time.perf_counter() - start
    report = json.loads(text)
    return Run(report["secs"], wall_secs, report)


def _output(command):
    done = subprocess.run(
        [str(word) for word in command], env=environment(), capture_output=True, text=True
    )
    if done.returncode != 0:
        said = done.stderr.strip()[-1_500:]
        raise Failed(f"{' '.join(map(str, command))} ended with {done.returncode}: {said}")
    return done.stdout
