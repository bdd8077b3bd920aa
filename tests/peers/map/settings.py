"""Where things lie and the settings that both sides share."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve()
PEERS = TARGET / "peers"
MERIDIAN = os.environ.get("MERIDIAN_BIN") or str(TARGET / "release" / "meridian")
MANIFOLDS = os.environ.get("MANIFOLDS_BIN") or str(PEERS / "manifolds" / "release" / "manifolds-peer")
NEWS = pathlib.Path(os.environ.get("MERIDIAN_NEWS") or ROOT.parent / "shared" / "data" / "news")

# The targets are stated for two cores, so no side gets more, however many the machine has.
THREADS = 2
WIDTH = 384
NEIGHBORS = 15
COMPONENTS = 5
MIN_DIST = 0.0
SEED = 42
MIN_CLUSTER_SIZE = 200


def epochs_for(n):
    """The number of epochs that umap-learn chooses by itself; Meridian chooses the same."""
    return 500 if n <= 10_000 else 200
