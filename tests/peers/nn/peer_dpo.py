"""Trains an adapter with TRL.

A job: `model`, `adapter` (PEFT's folder to begin from), `data`, `log`, `loss`, `learning_rate`,
`batch`, `accumulation`, `epochs` or `max_steps`, and as wanted `precompute`, `checkpointing`, `output`,
`device`, `dtype`.

What TRL 1.16.0 does, read from its source, with transformers 5.23.0:

- *Tokens (DPO).* The end token's text is appended to both answers unless they end with it. The prompt
  is encoded alone, and prompt + answer together, as one string each, both with the special tokens that
  the tokenizer adds by itself; nothing is stripped or moved. The answer begins where the tokens of the
  prompt alone and of the whole first differ, and at the same place for both answers: the shorter of the
  two common beginnings. Where a token spans the border, the prompt's last tokens fall away and the
  joint token is scored as the answer's first. A newline at a prompt's end stays with the prompt as long
  as its token does, while section 8 of the specification moves it to the answer. Above `max_length`
  (1,024) the end is cut off; here it is None.
- *Tokens (CPO, ORPO).* Encoded without special tokens; the answer is what follows after as many tokens
  as the prompt has alone, one token earlier if those are not how the whole begins. The begin token is
  put in front wherever the tokenizer has one, and the end token is appended, as numbers.
- *Reference.* A model handed over with an adapter on it gets a frozen copy of that adapter as its
  reference. A model handed over with a `peft_config` gets a fresh adapter and the model without adapter
  as its reference, computed anew in each step, or once before with `precompute_ref_log_probs`. Here it
  is the second, and the start adapter's matrices are put in place of the fresh ones afterwards.
- *Loss.* Summed over an answer's tokens with its end token (`ipo`: mean over them), averaged over the
  pairs of a micro-batch. The trainer divides that by the number of micro-batches in the step, so the
  gradient, and the loss in the log, is the mean over micro-batches of means over pairs. Rewards and
  log-probabilities in the log are means over micro-batches too. `rewards/*` is β times the difference
  to the reference, also for `ipo`; for CPO and ORPO it is β times the mean log-probability itself.
- *simpo* (CPO): −ln σ(β (mean chosen − mean rejected − γ/β)), γ 0.5 by default, plus `cpo_alpha` (1 by
  default) times a likelihood term. Here `cpo_alpha` is 0 and γ is half of β.
- *orpo*: the likelihood term is a mean over all tokens of prompts and chosen answers of a micro-batch,
  minus β times the mean of ln σ(log odds ratio) of the answers' mean log-probabilities.
  `orpo-answer`, ours, is the same with the mean over pairs of the chosen answers' tokens only.
- *Rate.* Step k of n, from 0, is taken with rate · (n − k) / n: the first with the whole rate, the last
  with a n-th of it, none with 0. The log shows the rate the step was taken with.
- *Optimizer.* Fused AdamW without decay by default; gradients above the norm of 1 are multiplied by
  1 / (norm + 1e-6). `grad_norm` in the log is that before.
- *By default* TRL trains in bfloat16 and recomputes activations (`gradient_checkpointing`); the first is
  off here, the second as the job says.
"""

import pathlib
import tempfile
import time

import torch
from datasets import Dataset
from peft import LoraConfig, set_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl import DPOConfig, DPOTrainer
from trl.experimental.cpo import CPOConfig, CPOTrainer
from trl.experimental.orpo import ORPOConfig, ORPOTrainer

from peer import read_lines, serve, write_lines
from settings import BETA

WRONG_LABELS_SHARE = 0.1


class Clock(TrainerCallback):
    """Notes when each optimizer step ends."""

    def __init__(self):
        self.times = []

    def on_train_begin(self, args, state, control, **kwargs):
        self.times.append(time.perf_counter())

    def on_step_end(self, args, state, control, **kwargs):
        self.times.append(time.perf_counter())


class TimedDpo(DPOTrainer):
    """Notes how long the reference takes where it is computed before."""

    reference_secs = 0.0

    def _precompute_ref_logps(self, *args):
        start = time.perf_counter()
        made = super()._precompute_ref_logps(*args)
        self.reference_secs = time.perf_counter() - start
        return made


class OrpoOfAnswers(ORPOTrainer):
    """ORPO whose likelihood term looks at the answers only."""

    def concatenated_forward(self, model, batch):
        chosen, rejected, *logits, _ = super().concatenated_forward(model, batch)
        return chosen, rejected, *logits, -chosen.mean()


def do(job):
    start = time.perf_counter()
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        trainer = _trainer(job, folder, clock)
        load_secs = time.perf_counter() - start
        trainer.train()
    steps = [row for row in trainer.state.log_history if "loss" in row]
    write_lines(job["log"], steps)
    if "output" in job:
        trainer.model.save_pretrained(job["output"])
    step_secs = [after - before for before, after in zip(clock.times, clock.times[1:])]
    reference_secs = getattr(trainer, "reference_secs", 0.0)
    return {
        "secs": sum(step_secs),
        "load_secs": load_secs,
        "step_secs": step_secs,
        "reference_secs": reference_secs,
    }


def _trainer(job, folder, clock):
    kind, config, more = {
        "simpo": (CPOTrainer, CPOConfig, dict(loss_type="simpo", cpo_alpha=0.0, simpo_gamma=BETA / 2)),
        "orpo": (ORPOTrainer, ORPOConfig, {}),
        "orpo-answer": (OrpoOfAnswers, ORPOConfig, {}),
    }.get(job["loss"]) or (
        TimedDpo,
        DPOConfig,
        dict(
            loss_type=[job["loss"]],
            label_smoothing=WRONG_LABELS_SHARE if job["loss"] == "robust" else 0.0,
            precompute_ref_log_probs=job.get("precompute", False),
            max_length=None,
        ),
    )
    args = config(
        output_dir=folder,
        per_device_train_batch_size=job["batch"],
        gradient_accumulation_steps=job["accumulation"],
        num_train_epochs=job.get("epochs", 1),
        max_steps=job.get("max_steps", -1),
        learning_rate=job["learning_rate"],
        lr_scheduler_type="linear",
        warmup_steps=0,
        weight_decay=0.0,
        max_grad_norm=1.0,
        beta=BETA,
        gradient_checkpointing=job.get("checkpointing", False),
        train_sampling_strategy="sequential",
        use_cpu=job.get("device", "cpu") == "cpu",
        bf16=job.get("dtype") == "bfloat16",
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        **more,
    )
    adapter = pathlib.Path(job["adapter"])
    lora = LoraConfig.from_pretrained(adapter)
    lora.inference_mode = False
    trainer = kind(
        model=AutoModelForCausalLM.from_pretrained(
            job["model"], dtype=getattr(torch, job.get("dtype", "float32"))
        ),
        args=args,
        train_dataset=Dataset.from_list(read_lines(job["data"])),
        processing_class=AutoTokenizer.from_pretrained(job["model"]),
        peft_config=lora,
        callbacks=[clock],
    )
    matrices = load_file(adapter / "adapter_model.safetensors")
    left = set_peft_model_state_dict(trainer.model, matrices)
    assert not left.unexpected_keys, left.unexpected_keys
    return trainer


if __name__ == "__main__":
    serve(do)
