"""Rows of a comparison, and the Markdown that shows them."""

from dataclasses import asdict, dataclass, field

HEADER = ("what", "peer", "peer's figure", "ours", "ratio", "target", "holds")
NONE = "–"


@dataclass
class Row:
    """One line. `holds` is None where the line has no target; `figures` go to the JSON file."""

    what: str
    peer: str
    theirs: str
    ours: str
    ratio: str = NONE
    target: str = NONE
    holds: bool | None = None
    figures: dict = field(default_factory=dict)

    def cells(self):
        verdict = {None: NONE, True: "yes", False: "**no**"}[self.holds]
        return (self.what, self.peer, self.theirs, self.ours, self.ratio, self.target, verdict)


def markdown(rows):
    lines = [HEADER, ["---"] * len(HEADER), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def as_json(rows):
    return [asdict(row) for row in rows]
