"""Losses of preference training, step by step, against TRL from the same start adapter.

`peer_dpo.py` says what TRL does. Both sides read the pairs in the file's order, without dropout.
"""

import adapters
import items
import models
import programs
from logps import failed
from peer import read_lines, write_lines
from rule import Rule
from settings import ALPHA, BETA, RANK
from table import NONE, Row

MODEL = "small"
LEARNING_RATE = 5e-4
BATCH, ACCUMULATION = 2, 2
N_PAIRS = 200
# Twice over the pairs is 100 steps, so that the second pass begins within them.
EPOCHS = 2
N_FIRST = 20
MOST_FIRST, MOST_EVER = 1e-3, 1e-2
SHORT_STEPS = 10
# Losses as `peer_dpo.py` names them, and with us. TRL's own ORPO has another likelihood term than ours.
SHORT = {
    "sigmoid": "sigmoid",
    "ipo": "ipo",
    "hinge": "hinge",
    "robust": "robust",
    "simpo": "simpo",
    "orpo-answer": "orpo",
    "orpo": "orpo",
}
NAMES = {"orpo-answer": "orpo, likelihood of the answer", "orpo": "orpo, likelihood of prompt and answer"}
WITHOUT_TARGET = ("orpo",)
METRICS = ("rewards/chosen", "rewards/rejected", "rewards/margins", "logps/chosen", "logps/rejected")
METRICS += ("grad_norm", "learning_rate")


def rows(options):
    adapters.ensure(["start-zero", "start-noise"])
    cases = _cases(options)
    jobs = [_job(case) for case in cases]
    programs.peer("peer_dpo.py", jobs)
    return [_row(options, case) for case in cases]


def _cases(options):
    plain, knotty = options.scratch / "pairs.jsonl", options.scratch / "knotty.jsonl"
    write_lines(plain, items.pairs(N_PAIRS))
    write_lines(
        knotty, items.knotty_pairs(SHORT_STEPS * BATCH * ACCUMULATION, [Rule(models.folder(MODEL))])
    )
    epochs = {"max_steps": 5} if options.quick else {"epochs": EPOCHS}
    short = {"max_steps": 2 if options.quick else SHORT_STEPS}
    noise = {"adapter": "start-noise", "data": plain, "loss": "sigmoid"}
    cases = [
        noise | epochs | {"what": "sigmoid, PEFT's start adapter", "adapter": "start-zero"},
        noise | epochs | {"what": "sigmoid, start adapter of noise"},
        *(noise | short | {"what": NAMES.get(loss, loss), "loss": loss} for loss in SHORT),
        noise | short | {"what": "sigmoid, answers cut within words and after newlines", "data": knotty},
    ]
    for i, case in enumerate(cases):
        case["target"] = case["loss"] not in WITHOUT_TARGET
        case["log"] = options.scratch / f"theirs-{i}.jsonl"
        case["output"] = options.scratch / f"ours-{i}"
    return cases


def _job(case):
    return {
        "model": models.folder(MODEL),
        "adapter": adapters.folder(case["adapter"]),
        "learning_rate": LEARNING_RATE,
        "batch": BATCH,
        "accumulation": ACCUMULATION,
        **{key: case[key] for key in ("data", "log", "loss", "epochs", "max_steps") if key in case},
    }


def arguments(
    model, data, output, *, loss="sigmoid", rate=LEARNING_RATE, batch=BATCH, accumulation=ACCUMULATION
):
    """Those of `tool dpo` that give the same training as `peer_dpo.py`."""
    made = ["--model", model, "--data", data, "--output", output, "--loss", loss]
    made += ["--learning-rate", rate, "--beta", BETA, "--batch", batch, "--accumulation", accumulation]
    made += ["--rank", RANK, "--alpha", ALPHA, "--schedule", "linear", "--warmup", 0]
    return [*made, "--no-shuffle"]


def _row(options, case):
    peer = f"{programs.name('trl')}, {programs.name('peft')}"
    what = f"DPO losses, {case['what']}"
    given = arguments(models.folder(MODEL), case["data"], case["output"], loss=SHORT[case["loss"]])
    given += ["--init-adapter", adapters.folder(case["adapter"]), "--epochs", case.get("epochs", 1)]
    given += ["--max-steps", case["max_steps"]] if "max_steps" in case else []
    try:
        programs.dpo(*given)
    except programs.Failed as error:
        return failed(what, peer, error)
    theirs, ours = read_lines(case["log"]), read_lines(case["output"] / "log.jsonl")
    assert len(theirs) == len(ours), f"{len(theirs)} and {len(ours)} steps"
    apart = {
        metric: [abs(a[metric] - b[metric]) for a, b in zip(theirs, ours) if metric in a and metric in b]
        for metric in ("loss", *METRICS)
    }
    first, ever = max(apart["loss"][:N_FIRST]), max(apart["loss"])
    margins, rates = (
        max(apart[metric], default=float("nan")) for metric in ("rewards/margins", "learning_rate")
    )
    return Row(
        what,
        peer,
        f"loss {theirs[0]['loss']:.4f} to {theirs[-1]['loss']:.4f} in {len(theirs)} steps",
        f"apart by {first:.1e} in the first {N_FIRST}, {ever:.1e} in all; "
        f"margins by {margins:.1e}, learning rates by {rates:.1e}",
        target=f"≤ {MOST_FIRST:.0e}, then ≤ {MOST_EVER:.0e}" if case["target"] else NONE,
        holds=bool(first <= MOST_FIRST and ever <= MOST_EVER) if case["target"] else None,
        figures={"apart": apart, "theirs": theirs, "ours": ours},
    )
