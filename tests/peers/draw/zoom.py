"""The zoom path: from the whole map into its fullest place, a hundred times nearer, and back.

With F frames, for frame i of 0 … F−1 (all in 64-bit floats):

    u(i) = (1 − cos(2π i / (F − 1))) / 2                 0 at both ends, 1 in the middle
    w(i) = W · 100^(−u)                                  visible width in map units
    c(i) = whole + (dense − whole) · (1 − 100^(−u)) / (1 − 1/100)

`W` is the width that shows the whole map: with dx × dy the bounding box of the points and a view of
1280 × 800 pixels, W = max(dx, dy · 1280 / 800), without a margin; the visible height is
w · 800 / 1280. `whole` is the middle of the bounding box. `dense` is the middle of the fullest cell
of a 256 × 256 grid over the square of side max(dx, dy) whose lower corner is that of the bounding
box. A point lies in column floor((x − x_min) / side · 256), at most 255, and its row follows from y
in the same way; of cells equally full the one with the lowest row · 256 + column counts. y is up.
"""

import json
import math

import numpy as np

ZOOM = 100.0
CELLS = 256


def write(file, points_file, frames, width_px, height_px):
    """Writes the path as JSON for the pages of the peers, and returns it."""
    xy = np.load(points_file, mmap_mode="r")
    low = xy.min(axis=0).astype(np.float64)
    high = xy.max(axis=0).astype(np.float64)
    dx, dy = high - low
    width = max(dx, dy * width_px / height_px)
    whole = (low + high) / 2
    side = max(dx, dy)
    cells = np.minimum(((xy - low) / side * CELLS).astype(np.int64), CELLS - 1)
    fullest = int(np.bincount(cells[:, 1] * CELLS + cells[:, 0], minlength=CELLS**2).argmax())
    dense = low + (np.array([fullest % CELLS, fullest // CELLS]) + 0.5) * side / CELLS

    def view(i):
        u = (1 - math.cos(2 * math.pi * i / (frames - 1))) / 2
        scale = ZOOM**-u
        x, y = whole + (dense - whole) * (1 - scale) / (1 - 1 / ZOOM)
        return {"x": float(x), "y": float(y), "width": float(width * scale)}

    path = {
        "whole": {"x": float(whole[0]), "y": float(whole[1]), "width": float(width)},
        "dense": {"x": float(dense[0]), "y": float(dense[1])},
        "frames": [view(i) for i in range(frames)],
    }
    file.write_text(json.dumps(path, indent=1))
    return path
