"""Merges an adapter into its model with PEFT and compares a folder of merged weights with the outcome.

A job: `model`, `adapter`, `merged`, the folder to compare. Both are read in float32; a model that is
stored in 16 bits was merged before it was rounded, so its weights may lie half a step apart.
"""

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from peer import serve, timed


def do(job):
    base = AutoModelForCausalLM.from_pretrained(job["model"], dtype=torch.float32)
    merged, secs = timed(lambda: PeftModel.from_pretrained(base, job["adapter"]).merge_and_unload())
    theirs = merged.state_dict()
    ours = AutoModelForCausalLM.from_pretrained(job["merged"], dtype=torch.float32).state_dict()
    assert set(theirs) == set(ours), set(theirs) ^ set(ours)
    apart = max((theirs[name] - ours[name]).abs().max().item() for name in theirs)
    widest = max(tensor.abs().max().item() for tensor in theirs.values())
    return {"secs": secs, "weights_apart": apart, "widest_weight": widest}


if __name__ == "__main__":
    serve(do)
