"""Where things lie and the settings that both sides share."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve()
WORK = pathlib.Path(os.environ.get("MERIDIAN_PEERS_WORK") or TARGET / "peers" / "nn").resolve()
MERIDIAN = os.environ.get("MERIDIAN_BIN") or str(TARGET / "release" / "meridian")
NEWS = pathlib.Path(os.environ.get("MERIDIAN_NEWS") or ROOT.parent / "shared" / "data" / "news")

# The targets are stated for two cores, so no side gets more, however many the machine has.
THREADS = int(os.environ.get("MERIDIAN_PEERS_THREADS") or 2)
SEED = 20_240_601

# Adapters: LLaMA-Factory's defaults, all linear layers.
RANK = 8
ALPHA = 16
LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
BETA = 0.1
