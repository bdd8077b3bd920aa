"""Compares two files of scored items, and makes the lines about them."""

import statistics
from dataclasses import dataclass

from peer import read_lines
from table import NONE, Row

MOST_APART_NATS = 1e-3
MOST_MEAN_APART_NATS = 1e-4


@dataclass(frozen=True)
class Apart:
    """How far the log-probabilities of both sides lie apart, in nats, over the tokens of all items on
    which they agree what is scored; and on how many they do not."""

    n_items: int
    n_tokens: int
    n_other_counts: int
    n_other_marks: int
    most_nats: float
    mean_nats: float

    @property
    def same_tokens(self):
        return self.n_other_counts == self.n_other_marks == 0

    def shown(self):
        text = f"apart by {self.most_nats:.1e}, mean {self.mean_nats:.1e}"
        if self.n_other_counts or self.n_other_marks:
            text += f"; {self.n_other_counts} other counts, {self.n_other_marks} other marks"
        return text


def apart(their_file, our_file):
    theirs, ours = read_lines(their_file), read_lines(our_file)
    assert len(theirs) == len(ours), f"{len(theirs)} and {len(ours)} items"
    differences, other_counts, other_marks = [], 0, 0
    for their, our in zip(theirs, ours):
        assert our["n_tokens"] == len(our["token_logprobs"]), "other numbers of tokens in one line"
        other_marks += their["context_is_prefix"] != our["context_is_prefix"]
        if their["n_tokens"] != our["n_tokens"]:
            other_counts += 1
            continue
        differences += [abs(a - b) for a, b in zip(their["token_logprobs"], our["token_logprobs"])]
    return Apart(
        len(theirs),
        len(differences),
        other_counts,
        other_marks,
        max(differences, default=float("nan")),
        statistics.fmean(differences) if differences else float("nan"),
    )


def row(what, peer, found, most=MOST_APART_NATS, mean=MOST_MEAN_APART_NATS):
    """A line about agreement; without `most` it has no target."""
    targets = [f"≤ {most:.0e} nat a token"] if most is not None else []
    targets += [f"≤ {mean:.0e} in the mean"] if most is not None and mean is not None else []
    holds = found.same_tokens and found.most_nats <= (most or 0)
    holds = holds and (mean is None or found.mean_nats <= mean)
    return Row(
        what,
        peer,
        f"{found.n_items:,} items, {found.n_tokens:,} tokens",
        found.shown(),
        target=", ".join(targets) or NONE,
        holds=bool(holds) if most is not None else None,
        figures=vars(found),
    )


def failed(what, peer, error, target=NONE):
    """A line for what one side could not do at all; it does not stop the lines after it."""
    reason = str(error).strip().splitlines()[-1][-200:].replace("|", "/")
    return Row(what, peer, NONE, f"failed: {reason}", target=target, holds=False)
