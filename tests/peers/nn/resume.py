"""A training that is killed again and again and taken up each time, against one left alone.

There is no peer: the numbers must be the same to the last digit. Only the rate of tokens, which the
clock decides, may differ.
"""

import json
import random
import shutil
import subprocess
import time

import items
import models
import programs
from dpo_loss import arguments
from peer import write_lines
from settings import SEED
from table import Row

MODEL = "small"
N_PAIRS = 120
EPOCHS = 4
BATCH, ACCUMULATION = 2, 2
N_KILLS = 6
ROUNDS = 3
# Fields of the log that measure the machine and not the training.
OF_THE_CLOCK = {"tokens_per_second", "secs", "step_secs", "wall_secs"}
WHOLE = ("adapter_model.safetensors", "adapter_config.json")


def rows(options):
    models.ensure([MODEL])
    data = options.scratch / "pairs.jsonl"
    write_lines(data, items.pairs(N_PAIRS))
    epochs = 1 if options.quick else EPOCHS
    left_alone, secs = _left_alone(options, data, epochs)
    made = [
        _killed(options, data, epochs, secs, number) for number in range(1 if options.quick else ROUNDS)
    ]
    n_kills = sum(kills for _, kills in made)
    differing = [what for place, _ in made for what in _differences(left_alone, place)]
    n_steps = len(_log(left_alone))
    return [
        Row(
            f"DPO of {n_steps} steps killed at random moments and resumed",
            "an uninterrupted run",
            f"{len(made)} runs, killed {n_kills} times",
            ", ".join(sorted(set(differing))) or "the same log and the same bytes",
            target="the same",
            holds=not differing,
            figures={"kills": [kills for _, kills in made], "differing": differing},
        )
    ]


def _given(data, output, epochs):
    given = arguments(models.folder(MODEL), data, output, batch=BATCH, accumulation=ACCUMULATION)
    # Shuffled, since the order is part of what must be taken up again.
    given.remove("--no-shuffle")
    return [*given, "--epochs", epochs, "--seed", 7]


def _left_alone(options, data, epochs):
    output = options.scratch / "left-alone"
    run = programs.dpo(*_given(data, output, epochs))
    return output, run.wall_secs


def _killed(options, data, epochs, secs, number):
    """The folder of a training that was killed up to `N_KILLS` times, and how often it was."""
    moments = random.Random(SEED + number)
    output = options.scratch / f"killed-{number}"
    shutil.rmtree(output, ignore_errors=True)
    command = programs.dpo_command(*_given(data, output, epochs), "--resume")
    kills = 0
    for attempt in range(N_KILLS + 1):
        process = subprocess.Popen(
            command,
            env=programs.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        # Now and then early, before anything was written; most often later.
        patience = secs * moments.choice((0.1, 0.3, 0.5, 0.7)) * moments.uniform(0.5, 1.5)
        if attempt < N_KILLS and not _ends_within(process, patience):
            process.kill()
            kills += 1
        _, said = process.communicate()
        if process.returncode == 0:
            break
        if process.returncode > 0:
            raise programs.Failed(f"resuming ended with {process.returncode}: {said[-500:]}")
    return output, kills


def _ends_within(process, secs):
    until = time.monotonic() + secs
    while time.monotonic() < until:
        if process.poll() is not None:
            return True
        time.sleep(0.01)
    return False


def _differences(left_alone, place):
    """What differs, by name. Numbers are compared as they are written."""
    differing = [
        name for name in WHOLE if (left_alone / name).read_bytes() != (place / name).read_bytes()
    ]
    first, second = _log(left_alone), _log(place)
    if len(first) != len(second):
        differing.append(f"{len(second)} lines in the log instead of {len(first)}")
    for a, b in zip(first, second):
        differing += [
            f"`{key}` in the log" for key in a if key not in OF_THE_CLOCK and a[key] != b.get(key)
        ]
    return differing


def _log(folder):
    lines = (folder / "log.jsonl").read_text().splitlines()
    return [json.loads(line, parse_float=str, parse_int=str) for line in lines]
