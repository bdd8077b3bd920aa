"""Runs Meridian as a process and reads what it reports about itself."""

import json
import os
import subprocess

from settings import CORES, HEIGHT, MERIDIAN, WIDTH


class Failed(Exception):
    """A program ended with an error; the message is the end of what it said."""


def on_two_cores():
    """Keeps the calling process and all it starts on the same two cores, whichever side it is."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def meridian_version():
    return _output([MERIDIAN, "--version"]).strip()


def render(points, nations, picture, *, dot, frames):
    """Meridian's report on the zoom path: `frame_ms` with `median` and `p95`, `exact_ms`,
    `first_frame_ms`, `peak_mib`, `covered_px`, `drawn`, `total`, `adapter`."""
    args = ["--labels", nations, "--width", WIDTH, "--height", HEIGHT, "--dot", dot]
    args += ["--frames", frames, "--path", "zoom", "--exact", "--json"]
    return json.loads(_output([MERIDIAN, "tool", "render", points, picture, *args]))


def _output(command):
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        preexec_fn=on_two_cores,
        env={**os.environ, "LP_NUM_THREADS": str(CORES)},
    )
    if done.returncode != 0:
        said = done.stderr.strip()[-500:]
        raise Failed(f"{' '.join(map(str, command))} ended with {done.returncode}: {said}")
    return done.stdout
