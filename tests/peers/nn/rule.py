"""Where a continuation begins, in tokens: section 8 of the specification, written a second time.

Blanks at the context's end move to the continuation. What is encoded is the whole text, with the
beginning of text as the tokenizer adds it and without an end. The continuation is all that follows
after as many tokens as the context has when it is encoded alone, also where those tokens are not how
the whole begins; such items are marked. Where the context leaves no token at all, what stands before
the continuation is the model's beginning of text, or its end of text where it has no beginning.
"""

import json
import pathlib
from dataclasses import dataclass

from tokenizers import Tokenizer


@dataclass(frozen=True)
class Joint:
    ids: list
    n_context: int
    is_prefix: bool

    @property
    def n_scored(self):
        return len(self.ids) - self.n_context


class Rule:
    """Applies the rule with the tokenizer and the special tokens of a model folder."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        config = json.loads((folder / "config.json").read_text())
        ends = config.get("eos_token_id")
        self.ends = ends if isinstance(ends, list) else [] if ends is None else [ends]
        begin = config.get("bos_token_id")
        self.before_nothing = self.ends[0] if begin is None and self.ends else begin

    def encode(self, text):
        ids = self.tokenizer.encode(text).ids
        while ids and ids[-1] in self.ends and text:
            ids = ids[:-1]
        return ids

    def join(self, context, continuation):
        kept = context.rstrip()
        alone = self.encode(kept)
        whole = self.encode(kept + context[len(kept) :] + continuation)
        is_prefix = whole[: len(alone)] == alone
        if not alone:
            return Joint([self.before_nothing, *whole], 1, is_prefix)
        return Joint(whole, len(alone), is_prefix)
