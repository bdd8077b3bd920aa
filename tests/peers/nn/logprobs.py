"""Log-probabilities of tokens by small models of every architecture, against transformers."""

import items
import logps
import models
import programs
from peer import write_lines

N_ITEMS = 60


def rows(options):
    chosen = list(models.DECODERS)
    models.ensure(chosen)
    file = options.scratch / "mixed.jsonl"
    write_lines(file, items.mixed(N_ITEMS))
    theirs = {name: options.scratch / f"theirs-{name}.jsonl" for name in chosen}
    jobs = [{"model": models.folder(name), "items": file, "out": theirs[name]} for name in chosen]
    programs.peer("peer_score.py", jobs)
    return [_row(options, name, file, theirs[name]) for name in chosen]


def _row(options, name, file, theirs):
    spec = models.DECODERS[name]
    tied = "tied" if spec.shape["tie_word_embeddings"] else "not tied"
    n_files = len(list(models.folder(name).glob("*.safetensors")))
    what = f"log-probabilities, {name}: {spec.dtype}, {tied}, {n_files} file{'s' if n_files > 1 else ''}"
    peer = programs.name("transformers")
    ours = options.scratch / f"ours-{name}.jsonl"
    try:
        programs.score(models.folder(name), file, ours)
    except programs.Failed as error:
        return logps.failed(what, peer, error, f"≤ {logps.MOST_APART_NATS:.0e}")
    return logps.row(what, peer, logps.apart(theirs, ours))
