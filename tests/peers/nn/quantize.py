"""Q4_K and Q6_K, which the `gguf` package can read but not write.

Plain rounding to the widest value of each block, without the search for better scales that llama.cpp
does: the files are for comparing how they are read, not for how well they fit.
"""

import gguf
import numpy as np

SUPER = 256


def quantize(weights, kind):
    """The bytes of a matrix of float32, rows apart. Rows must be whole blocks of `kind`."""
    own = {gguf.GGMLQuantizationType.Q4_K: _q4_k, gguf.GGMLQuantizationType.Q6_K: _q6_k}.get(kind)
    if own is None:
        return gguf.quantize(weights, kind)
    rows, width = weights.shape
    return own(weights.reshape(-1, SUPER)).reshape(rows, -1)


def _q4_k(blocks):
    """Eight parts of 32 numbers, each `scale · q − low` with q of 4 bits; scales and lows have 6 bits
    and share two factors of 16 bits."""
    n = len(blocks)
    parts = blocks.reshape(n, 8, 32)
    low = np.maximum(0, -parts.min(axis=2))
    scale = (parts.max(axis=2) + low) / 15
    factor, low_factor = _half(scale.max(axis=1) / 63), _half(low.max(axis=1) / 63)
    scale, low = _steps(scale, factor, 63), _steps(low, low_factor, 63)
    step = factor[:, None] * scale
    shifted = parts + (low_factor[:, None] * low)[:, :, None]
    q = _ratio(shifted, step[:, :, None]).clip(0, 15).astype(np.uint8)
    # Six bits of the first four; of the last four, the upper two bits go above those.
    packed = np.concatenate(
        [
            scale[:, :4] | (scale[:, 4:] >> 4) << 6,
            low[:, :4] | (low[:, 4:] >> 4) << 6,
            (scale[:, 4:] & 15) | (low[:, 4:] & 15) << 4,
        ],
        axis=1,
    )
    pairs = q.reshape(n, 4, 2, 32)
    nibbles = pairs[:, :, 0] | pairs[:, :, 1] << 4
    return np.concatenate([_bytes(factor), _bytes(low_factor), packed, nibbles.reshape(n, 128)], axis=1)


def _q6_k(blocks):
    """Sixteen parts of 16 numbers, each `scale · q` with q of 6 bits around zero; scales have 8 bits
    and share one factor of 16 bits."""
    n = len(blocks)
    parts = blocks.reshape(n, 16, 16)
    scale = np.abs(parts).max(axis=2) / 31
    factor = _half(scale.max(axis=1) / 127)
    scale = _steps(scale, factor, 127)
    step = factor[:, None] * scale
    q = (_ratio(parts, step[:, :, None]).clip(-32, 31) + 32).astype(np.uint8)
    # Each half of the block is four runs of 32: lower four bits in pairs, upper two bits together.
    runs = q.reshape(n, 2, 4, 32)
    lower = np.concatenate(
        [runs[:, :, 0] & 15 | (runs[:, :, 2] & 15) << 4, runs[:, :, 1] & 15 | (runs[:, :, 3] & 15) << 4],
        axis=2,
    )
    upper = runs >> 4
    upper = upper[:, :, 0] | upper[:, :, 1] << 2 | upper[:, :, 2] << 4 | upper[:, :, 3] << 6
    return np.concatenate(
        [
            lower.reshape(n, 128),
            upper.reshape(n, 64),
            scale.astype(np.int8).view(np.uint8),
            _bytes(factor),
        ],
        axis=1,
    )


def _half(values):
    """Rounded to 16 bits, as the file holds them."""
    return values.astype(np.float16).astype(np.float32)


def _bytes(values):
    return values.astype(np.float16)[:, None].view(np.uint8)


def _steps(values, factor, most):
    return _ratio(values, factor[:, None]).clip(0, most).astype(np.uint8)


def _ratio(values, step):
    """Rounded `values / step`, 0 where the step is 0."""
    return np.rint(np.divide(values, step, out=np.zeros_like(values), where=step != 0))
