"""Makes adapters with PEFT: `adapters.py FOLDER [--only NAME,...]`.

PEFT's own start is a second matrix of zeros, which changes nothing; here it is noise, wide enough to
move log-probabilities by nats, unless the adapter's use is to begin a training.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import zlib
from dataclasses import dataclass, field

import models
from settings import ALPHA, LINEAR, RANK, SEED, WORK


@dataclass(frozen=True)
class Adapter:
    """An adapter to make: the model it is for, and what is set in PEFT's `LoraConfig`."""

    model: str
    settings: dict = field(default_factory=dict)
    noise: float = 0.3


ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
ALL = {
    "list": Adapter("llama3", dict(target_modules=["q_proj", "v_proj", "down_proj"])),
    "all-linear": Adapter("llama2", dict(target_modules="all-linear")),
    "rslora": Adapter("qwen2-sharded", dict(use_rslora=True)),
    "patterns": Adapter(
        "qwen3",
        dict(
            rank_pattern={"q_proj": 4, r"layers\.1\.mlp\.down_proj": 2},
            alpha_pattern={"v_proj": 5, r"layers\.2\.self_attn\.q_proj": 32},
        ),
    ),
    "expression": Adapter(
        "mistral", dict(target_modules=r".*\.layers\.(0|2)\.(self_attn\.(q|v)_proj|mlp\.up_proj)")
    ),
    "some-layers": Adapter("llama-bias", dict(layers_to_transform=[1])),
    "full-names": Adapter(
        "qwen3-tied",
        dict(target_modules=["model.layers.0.self_attn.k_proj", "model.layers.2.mlp.gate_proj"]),
    ),
    "mixture": Adapter("mixtral", dict(target_modules=ATTENTION)),
    "half": Adapter("llama3-old", dict(target_modules=list(LINEAR))),
    "start-zero": Adapter("small", noise=0.0),
    "start-noise": Adapter("small", noise=0.02),
    "medium-zero": Adapter("medium", noise=0.0),
    "large-zero": Adapter("large", noise=0.0),
}


def folder(name):
    return WORK / f"adapters-v{models.VERSION}" / name


def ensure(names):
    """Makes the adapters and models that are not there."""
    models.ensure([ALL[name].model for name in names])
    missing = [name for name in names if not folder(name).is_dir()]
    if missing:
        command = [sys.executable, __file__, WORK, "--only", ",".join(missing)]
        subprocess.run([str(word) for word in command], check=True, stdout=sys.stderr)


def make(name, place):
    import numpy as np
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    spec = ALL[name]
    config = LoraConfig(
        **dict(r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, bias="none", task_type="CAUSAL_LM")
        | dict(target_modules=list(LINEAR))
        | spec.settings
    )
    torch.manual_seed(SEED)
    base = AutoModelForCausalLM.from_pretrained(models.folder(spec.model), dtype=torch.float32)
    model = get_peft_model(base, config)
    with torch.no_grad():
        for parameter_name, tensor in model.named_parameters():
            if "lora_B" in parameter_name and spec.noise:
                rng = np.random.default_rng([SEED, zlib.crc32(parameter_name.encode())])
                noise = rng.standard_normal(tuple(tensor.shape), dtype=np.float32)
                tensor.copy_(spec.noise / tensor.shape[1] ** 0.5 * torch.from_numpy(noise))
    part = place.with_name(f"{name}.part")
    shutil.rmtree(part, ignore_errors=True)
    model.save_pretrained(part)
    os.replace(part, place)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path, help="the work folder, with its models")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(ALL))
    args = parser.parse_args()
    for name in args.only:
        place = args.folder / f"adapters-v{models.VERSION}" / name
        if not place.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
            make(name, place)
            print(place, flush=True)


if __name__ == "__main__":
    main()
