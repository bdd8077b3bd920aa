"""Pairs a second and peak memory of preference training, the model of 56 million parameters.

Ours is the whole of one pass: the reference's log-probabilities of every pair and all steps. TRL's is
that of the steps after the first, which warms it, with the reference computed anew in each step as is
its default; where it is computed before, its share for as many pairs is counted too. By default TRL
recomputes activations to save memory; the line without that is faster and larger.
"""

import statistics

import adapters
import items
import models
import programs
from dpo_loss import arguments
from peer import write_lines
from rounds import alternate
from table import faster, smaller

MODEL = "medium"
BATCH, ACCUMULATION = 2, 8
N_PROMPT, N_ANSWER = 128, 128
N_STEPS = 3
SETTINGS = {
    "as by default": {"checkpointing": True},
    "reference before": {"checkpointing": True, "precompute": True},
    "activations kept": {"checkpointing": False},
    "activations kept, reference before": {"checkpointing": False, "precompute": True},
}


def rows(options):
    adapters.ensure(["medium-zero"])
    accumulation, length = (2, 16) if options.quick else (ACCUMULATION, N_PROMPT)
    n_pairs = N_STEPS * BATCH * accumulation
    data = options.scratch / "pairs.jsonl"
    write_lines(data, items.word_pairs(n_pairs, length, length))
    job = {
        "model": models.folder(MODEL),
        "adapter": adapters.folder("medium-zero"),
        "data": data,
        "log": options.scratch / "theirs.jsonl",
        "loss": "sigmoid",
        "learning_rate": 5e-5,
        "batch": BATCH,
        "accumulation": accumulation,
    }
    sides = {
        what: lambda more=more: programs.peer("peer_dpo.py", [job | more])[0]
        for what, more in SETTINGS.items()
    }
    sides["ours"] = lambda: _ours(options, data, accumulation)
    # A round takes minutes for each side; two show whether the machine was quiet.
    made = alternate(min(options.repeat, 2), sides)
    return _lines(made, n_pairs, length, accumulation)


def _ours(options, data, accumulation):
    output = options.scratch / "ours"
    given = arguments(
        models.folder(MODEL), data, output, rate=5e-5, batch=BATCH, accumulation=accumulation
    )
    return programs.dpo(*given, "--init-adapter", adapters.folder("medium-zero"), "--epochs", 1)


def _lines(made, n_pairs, length, accumulation):
    name = programs.name("trl")
    what = f"DPO, 56 M, {BATCH} × {accumulation} pairs of 2 × {2 * length} tokens"
    ours = made["ours"]
    our_secs = [run.secs for run in ours]
    lines = []
    for setting in SETTINGS:
        secs = [_their_secs(run, n_pairs) for run in made[setting]]
        rate = faster(what, f"{name}, {setting}", n_pairs, "pairs", secs, our_secs, at_least=1)
        rate.figures["step_secs"] = [run.report["step_secs"] for run in made[setting]]
        memory = smaller(
            f"{what}: memory",
            f"{name}, {setting}",
            [run.peak_bytes for run in made[setting]],
            [run.peak_bytes for run in ours],
            at_most=1,
        )
        lines += [rate, memory]
    return lines


def _their_secs(run, n_pairs):
    """Seconds for all pairs, from those of the steps after the first."""
    steps = run.report["step_secs"]
    return statistics.mean(steps[1:]) * len(steps) + run.report["reference_secs"]
