"""Writes llama.tsv: logits of a small Llama network whose weights are made by a formula.

An independent twin of src/nn/decoder.rs in NumPy, float64. Run: python3 make.py > llama.tsv
"""

import numpy as np

V, H, I, L, NH, NKV, D = 50, 16, 24, 2, 4, 2, 4
EPS, THETA = 1e-5, 10000.0
FACTOR, LOW, HIGH, ORIGINAL = 8.0, 1.0, 4.0, 64

k = 0


def take(*shape):
    global k
    k += 1
    n = int(np.prod(shape))
    base = 1.0 if len(shape) == 1 else 0.0
    return np.float32(base + 0.3 * np.sin(k * 1.7 + np.arange(n) * 0.61)).astype(np.float64).reshape(shape)


def linear(n_in, n_out, bias):
    w = take(n_out, n_in)
    b = take(n_out) if bias else 0.0
    return lambda x: x @ w.T + b


embed = take(V, H)
layers = []
for _ in range(L):
    q, key, value = linear(H, NH * D, True), linear(H, NKV * D, True), linear(H, NKV * D, True)
    o, gate = linear(NH * D, H, True), linear(H, I, False)
    up, down = linear(H, I, False), linear(I, H, False)
    n1, n2 = take(H), take(H)
    layers.append((n1, n2, q, key, value, o, gate, up, down))
norm, head = take(H), take(V, H)

inv = 1.0 / THETA ** (np.arange(0, D, 2) / D)
wave = 2 * np.pi / inv
smooth = (ORIGINAL / wave - LOW) / (HIGH - LOW)
inv = np.where(
    wave < ORIGINAL / HIGH,
    inv,
    np.where(wave > ORIGINAL / LOW, inv / FACTOR, (1 - smooth) * inv / FACTOR + smooth * inv),
)


def rms(x, w):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + EPS) * w


def rope(x):  # heads x t x d
    t = x.shape[1]
    angle = np.arange(t)[:, None] * inv
    angle = np.concatenate([angle, angle], -1)
    half = D // 2
    rotated = np.concatenate([-x[..., half:], x[..., :half]], -1)
    return x * np.cos(angle) + rotated * np.sin(angle)


ids = (np.arange(12) * 7 + 3) % 50
x = embed[ids]
t = len(ids)
mask = np.where(np.arange(t)[None, :] > np.arange(t)[:, None], -np.inf, 0.0)
for n1, n2, q, key, value, o, gate, up, down in layers:
    y = rms(x, n1)
    split = lambda z, n: z.reshape(t, n, D).transpose(1, 0, 2)
    qh, kh, vh = rope(split(q(y), NH)), rope(split(key(y), NKV)), split(value(y), NKV)
    kh, vh = np.repeat(kh, NH // NKV, 0), np.repeat(vh, NH // NKV, 0)
    a = qh @ kh.transpose(0, 2, 1) / np.sqrt(D) + mask
    a = np.exp(a - a.max(-1, keepdims=True))
    a /= a.sum(-1, keepdims=True)
    x = x + o((a @ vh).transpose(1, 0, 2).reshape(t, NH * D))
    y = rms(x, n2)
    g = gate(y)
    x = x + down(g / (1 + np.exp(-g)) * up(y))
logits = rms(x, norm) @ head.T
print(f"# make.py, numpy {np.__version__}: logits of 12 tokens, one row each")
for row in logits:
    print("\t".join(f"{v:.7f}" for v in row))
