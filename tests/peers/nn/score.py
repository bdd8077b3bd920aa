"""How fast triples are scored by a Llama of 56 million parameters, against transformers.

Both sides get the same items, two for each triple. The peer reads the question twice, as its users do,
and makes all logits. The time is from texts to log-probabilities, the model loaded.
"""

import items
import logps
import models
import programs
from peer import write_lines
from rounds import alternate
from table import faster, smaller

N_TRIPLES, N_TRIPLES_QUICK = 500, 16
N_ANSWER = 32
MODEL = "medium"


def rows(options):
    return _rows(options, n_question=32, at_least=1.5)


def long_rows(options):
    return _rows(options, n_question=96, at_least=2)


def triples(options, n_question):
    """The file of the items, and how many triples they are."""
    n = N_TRIPLES_QUICK if options.quick else N_TRIPLES
    file = options.scratch / f"triples-{n_question}.jsonl"
    if not file.exists():
        write_lines(file, items.triples(n, n_question, N_ANSWER))
    return file, n


def _rows(options, n_question, at_least):
    models.ensure([MODEL])
    model = models.folder(MODEL)
    file, n = triples(options, n_question)
    theirs, ours = options.scratch / "theirs.jsonl", options.scratch / "ours.jsonl"
    job = {"model": model, "items": file, "out": theirs, "batch": 16}
    made = alternate(
        options.repeat,
        {
            "ours": lambda: programs.score(model, file, ours),
            "theirs": lambda: programs.peer("peer_score.py", [job])[0],
        },
    )
    peer = programs.name("transformers")
    what = f"{n} triples of {n_question} + {N_ANSWER} tokens, 56 M, float32"
    rate = faster(
        what,
        peer,
        n,
        "triples",
        [r.secs for r in made["theirs"]],
        [r.secs for r in made["ours"]],
        at_least,
    )
    n_read = made["theirs"][0].report["read_tokens"]
    their_secs = min(r.secs for r in made["theirs"])
    rate.theirs += f" ({n_read / their_secs:,.0f} tokens/s)"
    rate.figures |= {"their_read_tokens": n_read, "ours": made["ours"][-1].report}
    peaks = {side: [run.peak_bytes for run in runs] for side, runs in made.items()}
    return [
        rate,
        smaller(f"{what}: memory", peer, peaks["theirs"], peaks["ours"]),
        logps.row(f"{what}: agreement", peer, logps.apart(theirs, ours)),
    ]
