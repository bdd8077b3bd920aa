"""Where things lie and the settings that all sides share."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve()
PEERS = TARGET / "peers"
WORK = PEERS / "draw"
MERIDIAN = os.environ.get("MERIDIAN_BIN") or str(TARGET / "release" / "meridian")
CHROMIUM = os.environ.get("CHROMIUM_BIN") or "chromium"

# The targets are stated for two cores, so no side gets more, however many the machine has.
CORES = 2
WIDTH, HEIGHT = 1280, 800
FRAMES = 60
# Diameter of a dot in pixels, where its smooth edge covers one half.
DOT = 2.0
# One color for each nation, the same on the pages of all peers.
COLORS = ("#4c78a8", "#e45756", "#54a24b", "#f2a900", "#8e5ea2")

QUICK = 100_000
SIZES = {"1m": 1_000_000, "6m": 6_100_000}
