"""Scores items with transformers, and with PEFT where an adapter is named.

A job: `model`, `items`, `out`, and as wanted `adapter`, `gguf` (a file that takes the place of the
model's weights), `batch`, `device`, `dtype`. As its users do, items are sorted by length and read in
batches; all logits are made, and normalized in float32. The library has no rule for where a
continuation begins, so ours in Python cuts.
"""

import gc
import pathlib
import time

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from peer import read_lines, serve, timed, write_lines
from rule import Rule


def do(job):
    gc.collect()
    model, load_secs = timed(lambda: load(job).to(job.get("device", "cpu")))
    rule = Rule(job["model"])
    items = read_lines(job["items"])
    batch = job.get("batch", 16)
    with torch.inference_mode():
        score(model, rule, items[:batch], batch)
        start = time.perf_counter()
        joints, logps = score(model, rule, items, batch)
        secs = time.perf_counter() - start
    rows = [
        {"n_tokens": len(own), "token_logprobs": own, "context_is_prefix": joint.is_prefix}
        for joint, own in zip(joints, logps)
    ]
    write_lines(job["out"], rows)
    n_tokens = sum(len(joint.ids) for joint in joints)
    return {"secs": secs, "load_secs": load_secs, "items": len(items), "read_tokens": n_tokens}


def load(job):
    more = {}
    folder = pathlib.Path(job["model"])
    if "gguf" in job:
        # With the folder's own config: transformers takes neither the width of Qwen3's heads nor
        # Llama 3's rotary divisors from a GGUF file. All tensors are its own reading, dequantized.
        file = pathlib.Path(job["gguf"])
        more = {"gguf_file": file.name, "config": AutoConfig.from_pretrained(folder)}
        folder = file.parent
    dtype = getattr(torch, job.get("dtype", "float32"))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, **more)
    if "adapter" in job:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, job["adapter"])
    return model.eval()


def score(model, rule, items, n_batch):
    """The items as tokens, and the log-probabilities of their continuations' tokens."""
    joints = [rule.join(item["context"], item["continuation"]) for item in items]
    order = sorted(range(len(joints)), key=lambda i: len(joints[i].ids))
    logps = [None] * len(joints)
    for start in range(0, len(order), n_batch):
        chosen = order[start : start + n_batch]
        for i, own in zip(chosen, _batch(model, [joints[i] for i in chosen])):
            logps[i] = own
    return joints, logps


def _batch(model, joints):
    longest = max(len(joint.ids) for joint in joints)
    ids = torch.zeros((len(joints), longest), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, joint in enumerate(joints):
        ids[row, : len(joint.ids)] = torch.tensor(joint.ids)
        mask[row, : len(joint.ids)] = 1
    ids, mask = ids.to(model.device), mask.to(model.device)
    logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits
    logps = torch.log_softmax(logits.float(), dim=-1)
    taken = logps[:, :-1].gather(2, ids[:, 1:, None])[..., 0]
    return [
        taken[row, joint.n_context - 1 : len(joint.ids) - 1].tolist() for row, joint in enumerate(joints)
    ]


if __name__ == "__main__":
    serve(do)
