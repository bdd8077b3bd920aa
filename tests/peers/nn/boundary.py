"""Where the continuation begins, in 500 items of four languages, for three kinds of tokenizers."""

import items
import logps
import models
import programs
from peer import write_lines
from rule import Rule
from table import Row

N_ITEMS, N_ITEMS_QUICK = 500, 60
# A model for each kind of tokenizer.
MODELS = {
    "qwen2-sharded": "bytes, no begin token",
    "llama3": "bytes, begin token",
    "llama2": "pieces, begin token, blank in front",
}


def rows(options):
    models.ensure(MODELS)
    rules = {name: Rule(models.folder(name)) for name in MODELS}
    made = items.boundary(N_ITEMS_QUICK if options.quick else N_ITEMS, list(rules.values()))
    file = options.scratch / "boundary.jsonl"
    write_lines(file, made)
    theirs = {name: options.scratch / f"theirs-{name}.jsonl" for name in MODELS}
    jobs = [{"model": models.folder(name), "items": file, "out": theirs[name]} for name in MODELS]
    programs.peer("peer_score.py", jobs)
    return [_row(options, name, rules[name], made, file, theirs[name]) for name in MODELS]


def _row(options, name, rule, made, file, theirs):
    n_marked = sum(not rule.join(**item).is_prefix for item in made)
    what = f"boundary, {MODELS[name]}"
    peer = "rule of section 8 in Python"
    ours = options.scratch / f"ours-{name}.jsonl"
    try:
        programs.score(models.folder(name), file, ours)
    except programs.Failed as error:
        return logps.failed(what, peer, error, "all right")
    found = logps.apart(theirs, ours)
    holds = found.same_tokens and found.most_nats <= logps.MOST_APART_NATS
    wrong = found.n_other_counts + found.n_other_marks
    return Row(
        what,
        peer,
        f"{found.n_items} items, {n_marked} marked",
        f"{wrong} other; {found.shown()}",
        target="all right",
        holds=bool(holds),
        figures=vars(found) | {"n_marked": n_marked},
    )
