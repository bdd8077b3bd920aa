"""Rates of scoring and of preference training on a GPU, against transformers and TRL on the same one.

Needs a Meridian built with `--features cuda`. The model of 56 million parameters computes in float32,
that of 1.1 billion in bfloat16. The peer scores in batches of 64 with all logits, as its users do.
"""

import statistics
import sys

import adapters
import items
import logps
import models
import programs
from dpo_loss import arguments
from peer import write_lines
from rounds import alternate
from table import NONE, Row, faster

CASES = [("medium", "56 M", "float32", 2_000), ("large", "1.1 B", "bfloat16", 1_000)]
N_STEPS = 6


def rows(options):
    import torch

    if not torch.cuda.is_available():
        return [Row("GPU", "–", "–", "there is none here")]
    name = torch.cuda.get_device_name(0)
    made = []
    for model, size, dtype, n in CASES:
        models.ensure([model])
        what = f"{size}, {dtype}, {name}"
        for n_question in (32, 96):
            made += _kept(what, lambda: _score(options, model, what, dtype, n, n_question))
        made += _kept(what, lambda: _dpo(options, model, what, dtype))
    return made


def _kept(what, lines):
    """Time on a GPU is dear: one line that fails leaves the others, and each is shown at once."""
    try:
        made = lines()
    except Exception as error:
        made = [Row(what, NONE, NONE, f"failed: {str(error)[-300:]}", holds=False)]
    print("\n".join(" | ".join(row.cells()) for row in made), file=sys.stderr, flush=True)
    return made


def _score(options, model, what, dtype, n, n_question):
    file = options.scratch / f"triples-{model}-{n_question}.jsonl"
    write_lines(file, items.triples(n, n_question, 32))
    theirs, ours = options.scratch / "theirs.jsonl", options.scratch / "ours.jsonl"
    job = {"model": models.folder(model), "items": file, "out": theirs, "batch": 64}
    job |= {"device": "cuda", "dtype": dtype}
    sides = {
        "ours": lambda: programs.score(models.folder(model), file, ours, dtype=dtype),
        "theirs": lambda: programs.peer("peer_score.py", [job])[0],
    }
    made = alternate(options.repeat, sides)
    assert made["ours"][0].report["device"] == "CUDA", made["ours"][0].report
    peer = programs.name("transformers")
    what = f"{n} triples of {n_question} + 32 tokens, {what}"
    secs = {side: [run.secs for run in runs] for side, runs in made.items()}
    return [
        faster(what, peer, n, "triples", secs["theirs"], secs["ours"]),
        # In 16 bits both sides round, each in its own order, so there is nothing to be equal to.
        logps.row(
            f"{what}: agreement",
            peer,
            logps.apart(theirs, ours),
            most=logps.MOST_APART_NATS if dtype == "float32" else None,
        ),
    ]


def _dpo(options, model, what, dtype):
    adapter = f"{model}-zero"
    adapters.ensure([adapter])
    batch, accumulation = 8, 2
    n = N_STEPS * batch * accumulation
    data = options.scratch / f"pairs-{model}.jsonl"
    write_lines(data, items.word_pairs(n, 128, 128))
    output = options.scratch / f"trained-{model}"
    given = arguments(
        models.folder(model), data, output, rate=5e-5, batch=batch, accumulation=accumulation
    )
    given += ["--init-adapter", adapters.folder(adapter), "--epochs", 1, "--dtype", dtype]
    job = {
        "model": models.folder(model),
        "adapter": adapters.folder(adapter),
        "data": data,
        "log": options.scratch / "theirs-log.jsonl",
        "loss": "sigmoid",
        "learning_rate": 5e-5,
        "batch": batch,
        "accumulation": accumulation,
        "device": "cuda",
        "dtype": dtype,
        "checkpointing": False,
    }
    made = alternate(
        options.repeat,
        {
            "ours": lambda: programs.dpo(*given),
            "theirs": lambda: programs.peer("peer_dpo.py", [job])[0],
        },
    )
    # TRL's first steps warm it up.
    theirs = [statistics.median(run.report["step_secs"][2:]) * N_STEPS for run in made["theirs"]]
    ours = [run.secs for run in made["ours"]]
    peer = f"{programs.name('trl')}, activations kept"
    what = f"DPO, {batch} × {accumulation} pairs of 2 × 256 tokens, {what}"
    return [faster(what, peer, n, "pairs", theirs, ours)]
