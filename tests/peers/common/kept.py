"""Keeps what a comparison measured, and says on which processor it ran."""

import json
import os
import platform
import time
from pathlib import Path


def keep(file, name, entry):
    """Puts the entry of one subject into a JSON file of all; the old one of that name goes."""
    kept = json.loads(file.read_text()) if file.exists() else {}
    kept[name] = {"processor": processor(), "at": time.strftime("%Y-%m-%d %H:%M"), **entry}
    part = file.with_suffix(".part")
    part.write_text(json.dumps(kept, indent=1, ensure_ascii=False, default=_plain))
    os.replace(part, file)


def processor():
    """The processor's name as the kernel gives it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _plain(value):
    """A number of numpy as a number, anything else as its words."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)
