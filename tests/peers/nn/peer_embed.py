"""Embeds texts with sentence-transformers.

A job: `model`, `texts`, `out` (`.npy`), and as wanted `prompt_name`. The time is that of `encode` with
the library's own settings, after a few texts to warm it.
"""

import numpy as np
from sentence_transformers import SentenceTransformer

from peer import read_lines, serve, timed

N_WARM = 32


def do(job):
    model, load_secs = timed(lambda: SentenceTransformer(job["model"], device="cpu"))
    texts = [row["text"] for row in read_lines(job["texts"])]
    encode = lambda chosen: model.encode(
        chosen, prompt_name=job.get("prompt_name"), show_progress_bar=False
    )
    encode(texts[:N_WARM])
    vectors, secs = timed(lambda: encode(texts))
    assert vectors.dtype == np.float32
    np.save(job["out"], vectors)
    return {"secs": secs, "load_secs": load_secs}


if __name__ == "__main__":
    serve(do)
