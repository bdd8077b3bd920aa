"""Adapters across programs: PEFT's read and merged by us, ours read by PEFT."""

from dataclasses import dataclass

import adapters
import dpo_loss
import items
import logps
import models
import programs
from peer import write_lines
from table import Row

N_ITEMS = 40
READ = (
    "list",
    "all-linear",
    "rslora",
    "patterns",
    "expression",
    "some-layers",
    "full-names",
    "mixture",
    "half",
)
MERGED = ("list", "patterns", "mixture", "half")
# Models to train on: every kind that differs in what an adapter sees.
TRAINED = ("small", "llama2", "qwen2-sharded", "qwen3", "mistral")
LEARNING_RATE = 5e-3
N_STEPS = 10
# A bfloat16 number has 8 bits, so that weights of 1 are 1/256 apart.
MOST_WEIGHTS_APART = {"float32": 1e-5, "bfloat16": 1 / 128, "float16": 1 / 1024}


@dataclass(frozen=True)
class Case:
    """An adapter on a model, and the files that both sides write."""

    name: str
    model: str
    adapter: object
    theirs: object
    ours: object


def rows(options):
    adapters.ensure(READ)
    models.ensure(TRAINED)
    file = options.scratch / "mixed.jsonl"
    write_lines(file, items.mixed(N_ITEMS))
    return [*_read_rows(options, file), *_merged_rows(options, file), *_written_rows(options, file)]


def _read_rows(options, file):
    """PEFT's adapters, scored by both."""
    cases = [_case(options, name, adapters.ALL[name].model, adapters.folder(name)) for name in READ]
    _score_by_peer(cases, file)
    lines = []
    for case in cases:
        what = f"PEFT's adapter `{case.name}` on {case.model}, read by us"
        lines.append(_scored(what, case, file))
    return lines


def _written_rows(options, file):
    """Our adapters after some steps, scored by both."""
    data = options.scratch / "pairs.jsonl"
    write_lines(data, items.pairs(N_STEPS * dpo_loss.BATCH * dpo_loss.ACCUMULATION))
    lines, cases = [], []
    for name in TRAINED:
        case = _case(options, f"trained-{name}", name, options.scratch / f"adapter-{name}")
        given = dpo_loss.arguments(models.folder(name), data, case.adapter, rate=LEARNING_RATE)
        try:
            programs.dpo(*given, "--epochs", 1)
            cases.append(case)
        except programs.Failed as error:
            lines.append(
                logps.failed(f"our adapter on {name}, read by PEFT", programs.name("peft"), error)
            )
    _score_by_peer(cases, file)
    return lines + [_scored(f"our adapter on {case.model}, read by PEFT", case, file) for case in cases]


def _merged_rows(options, file):
    """Full weights that we write, as transformers reads them, against what PEFT makes of the same."""
    lines, done = [], []
    peer = programs.name("peft")
    for name in MERGED:
        model, place = adapters.ALL[name].model, options.scratch / f"merged-{name}"
        what = f"merged: `{name}` into {model}"
        try:
            programs.merge(models.folder(model), adapters.folder(name), place)
            done.append((what, name, model, place))
        except programs.Failed as error:
            lines.append(logps.failed(what, peer, error))
    jobs = [
        {"model": models.folder(model), "adapter": adapters.folder(name), "merged": place}
        for _, name, model, place in done
    ]
    runs = programs.peer("peer_merge.py", jobs) if jobs else []
    for (what, name, model, place), run in zip(done, runs):
        most = MOST_WEIGHTS_APART[models.ALL[model].dtype]
        apart = run.report["weights_apart"]
        lines.append(
            Row(
                what,
                peer,
                f"weights up to {run.report['widest_weight']:.2f}",
                f"apart by {apart:.1e}",
                target=f"≤ {most:.0e}",
                holds=bool(apart <= most),
                figures=run.report,
            )
        )
    return lines


def _case(options, name, model, adapter):
    return Case(
        name,
        model,
        adapter,
        options.scratch / f"theirs-{name}.jsonl",
        options.scratch / f"ours-{name}.jsonl",
    )


def _score_by_peer(cases, file):
    jobs = [
        {"model": models.folder(c.model), "adapter": c.adapter, "items": file, "out": c.theirs}
        for c in cases
    ]
    if jobs:
        programs.peer("peer_score.py", jobs)


def _scored(what, case, file):
    peer = programs.name("peft")
    try:
        programs.score(models.folder(case.model), file, case.ours, adapter=case.adapter)
    except programs.Failed as error:
        return logps.failed(what, peer, error, f"≤ {logps.MOST_APART_NATS:.0e}")
    return logps.row(what, peer, logps.apart(case.theirs, case.ours), mean=None)
