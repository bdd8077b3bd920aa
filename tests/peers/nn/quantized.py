"""GGUF files: what transformers and we read from them, and how fast one is scored.

transformers dequantizes a file when it loads it, so what is compared is the same numbers. llama.cpp
rounds activations too, which neither side does.
"""

import gguf_file
import items
import logps
import models
import programs
import score
from peer import write_lines
from rounds import alternate
from table import faster, smaller

N_ITEMS = 40
KINDS = ("F16", "Q8_0", "Q4_0", "Q4_K", "Q6_K")
FAST_KIND = "Q4_K"


def rows(options):
    sources = list(models.GGUF_SOURCES)
    models.ensure([*sources, score.MODEL])
    items_file = options.scratch / "mixed.jsonl"
    write_lines(items_file, items.mixed(N_ITEMS))
    cases = [(name, kind) for name in sources for kind in KINDS]
    theirs = {case: options.scratch / f"theirs-{'-'.join(case)}.jsonl" for case in cases}
    jobs = [
        {"model": models.folder(name), "gguf": file(name, kind), "items": items_file, "out": out}
        for (name, kind), out in theirs.items()
    ]
    programs.peer("peer_score.py", jobs)
    lines = [_row(options, *case, items_file, theirs[case]) for case in cases]
    return [*lines, *_rate(options)]


def file(name, kind):
    """The file of a model in a type, made once."""
    place = models.FOLDER / f"{name}-{kind}.gguf"
    if not place.exists():
        gguf_file.write(models.folder(name), place, kind)
    return place


def _row(options, name, kind, items_file, theirs):
    what = f"GGUF, {name} in {kind}"
    peer = f"{programs.name('transformers')}, dequantized"
    ours = options.scratch / f"ours-{name}-{kind}.jsonl"
    try:
        programs.score(file(name, kind), items_file, ours)
    except programs.Failed as error:
        return logps.failed(what, peer, error, f"≤ {logps.MOST_APART_NATS:.0e}")
    return logps.row(what, peer, logps.apart(theirs, ours))


def _rate(options):
    """The rate of one file against our own with the weights it was made from."""
    model, quantized = models.folder(score.MODEL), file(score.MODEL, FAST_KIND)
    items_file, n = score.triples(options, 32)
    out = {side: options.scratch / f"rate-{side}.jsonl" for side in ("whole", "quantized")}
    made = alternate(
        options.repeat,
        {
            "whole": lambda: programs.score(model, items_file, out["whole"]),
            "quantized": lambda: programs.score(quantized, items_file, out["quantized"]),
        },
    )
    what = f"{n} triples of 32 + {score.N_ANSWER} tokens, 56 M, {FAST_KIND}"
    secs = {side: [run.secs for run in runs] for side, runs in made.items()}
    peaks = {side: [run.peak_bytes for run in runs] for side, runs in made.items()}
    theirs = options.scratch / "rate-theirs.jsonl"
    job = {"model": model, "gguf": quantized, "items": items_file, "out": theirs}
    programs.peer("peer_score.py", [job])
    return [
        faster(what, "our float32", n, "triples", secs["whole"], secs["quantized"]),
        smaller(f"{what}: memory", "our float32", peaks["whole"], peaks["quantized"]),
        logps.row(
            f"{what}: agreement",
            f"{programs.name('transformers')}, dequantized",
            logps.apart(theirs, out["quantized"]),
        ),
    ]
