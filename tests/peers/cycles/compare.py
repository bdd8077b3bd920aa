"""Compares the conflict engine with networkx and prints one table.

Run through `bash tests/peers/run cycles`, which prepares both sides. Writes every figure to
`target/peers/cycles.json` (`cycles-quick.json` with `--quick`).
"""

import argparse
import os
import pathlib
import statistics
import sys
import tempfile
import time

import networkx as nx

import graphs
import kept
import peer
import programs
from rounds import alternate
from rows import NONE, Row, as_json, markdown

PEERS = pathlib.Path(os.environ["CARGO_TARGET_DIR"]) / "peers"
PEER = f"networkx {nx.__version__}"
MOST_SECS = 10
MOST_GIB = 2
# Reading this much a link still sees whole neighborhoods away from the hubs.
CAP = 2_000


def main():
    args = _arguments()
    print(f"{programs.version()} on {kept.processor()}, 2 threads\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="scratch-", dir=PEERS) as scratch:
        scratch = pathlib.Path(scratch)
        rows = [_equal(scratch, 20 if args.quick else args.graphs)]
        rows.append(_side_by_side(scratch, args.repeat))
        rows += _big(scratch, args)
    print(f"## cycles\n\n{markdown(rows)}\n", flush=True)
    file = PEERS / ("cycles-quick.json" if args.quick else "cycles.json")
    entry = {"meridian": programs.version(), "repeat": args.repeat, "rows": as_json(rows)}
    kept.keep(file, "cycles", entry)
    return 1 if any(row.holds is False for row in rows) else 0


def _arguments():
    parser = argparse.ArgumentParser(prog="tests/peers/run cycles", description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the scripts")
    parser.add_argument("--repeat", type=int, default=3, help="rounds of the lines about time (3)")
    parser.add_argument("--graphs", type=int, default=200, help="random graphs compared (200)")
    return parser.parse_args()


def _equal(scratch, n_graphs):
    """Every count of every graph, for all ways to limit lengths."""
    n_links, n_cycles, wrong = 0, 0, []
    for seed in range(n_graphs):
        rows = graphs.varied(seed)
        table = scratch / "graph.csv"
        graphs.write(rows, table)
        links = graphs.merged(rows)
        longest, exact = 3 + seed % 3, (None, 5, 4, 3, None)[seed % 5]
        longest = 5 if exact else longest
        theirs, totals = peer.count(links, longest, exact)
        ours = programs.cycles(table, scratch / "counts.json", longest, exact).counts
        if not _same(ours, theirs, totals, links):
            wrong.append(seed)
        n_links += len(theirs)
        n_cycles += sum(totals[0].values())
    return Row(
        f"{n_graphs} random graphs: cycles and odd ones by length, through each of {n_links:,} conflict "
        f"links and distinct",
        PEER,
        f"{n_cycles:,} conflict cycles",
        "all equal" if not wrong else f"other on graphs {wrong[:5]}",
        target="equal",
        holds=not wrong,
        figures={"n_links": n_links, "n_cycles": n_cycles, "wrong": wrong},
    )


def _same(ours, theirs, totals, links):
    edges = {
        frozenset((str(e["u"]), str(e["v"]))): (e["cycles"], e["odd"], e["capped"])
        for e in ours["edges"]
    }
    expected = {
        frozenset(map(str, pair)): (cycles, odd, False) for pair, (cycles, odd) in theirs.items()
    }
    sums = ours["totals"]
    return (
        edges == expected
        and len(ours["edges"]) == len(expected)
        and (sums["cycles"], sums["odd"]) == totals
        and sums["links"] == len(links)
        and sums["conflict_links"] == len(expected)
    )


def _side_by_side(scratch, repeat):
    """A graph that both can do."""
    rows = graphs.large(**graphs.SMALL)
    table = scratch / "small.csv"
    graphs.write(rows, table)
    links = graphs.merged(rows)
    found = {}

    def theirs():
        start = time.perf_counter()
        found["theirs"] = peer.count(links, 5)
        return time.perf_counter() - start

    def ours():
        run = programs.cycles(table, scratch / "counts.json")
        found["ours"] = run.counts
        return run

    made = alternate(repeat, {"theirs": theirs, "ours": ours})
    their_secs = statistics.median(made["theirs"])
    our_secs = statistics.median(run.secs for run in made["ours"])
    wall_secs = statistics.median(run.wall_secs for run in made["ours"])
    same = _same(found["ours"], *found["theirs"], links)
    return Row(
        f"{graphs.SMALL['n_nodes']:,} nodes, {len(links):,} links, {graphs.SMALL['n_conflicts']} conflicts",
        PEER,
        f"{their_secs:.2f} s",
        f"{our_secs * 1e3:.1f} ms (process {wall_secs * 1e3:.0f} ms){'' if same else ', OTHER COUNTS'}",
        f"{their_secs / our_secs:.0f}",
        "equal",
        same,
        {"their_secs": made["theirs"], "our_secs": [run.secs for run in made["ours"]]},
    )


def _big(scratch, args):
    """The largest case, alone: no peer lists its cycles in a day."""
    sizes = dict(graphs.BIG)
    if args.quick:
        sizes = {"n_nodes": 10_000, "n_links": 100_000, "n_conflicts": 1_000, "n_hubs": 2, "hub_degree": 1_000}
    table = scratch / "big.csv"
    graphs.write(graphs.large(**sizes), table)
    lines = []
    what = f"{sizes['n_nodes']:,} nodes, {sizes['n_links']:,} links, {sizes['n_conflicts']:,} conflicts, "
    what += f"{sizes['n_hubs']} of degree {sizes['hub_degree']:,}"
    for name, options in (("exact", {}), ("only 5", {"exact": 5}), (f"cap {CAP:,}", {"cap": CAP})):
        runs = [
            programs.cycles(table, scratch / "counts.json", **options) for _ in range(args.repeat)
        ]
        wall_secs = statistics.median(run.wall_secs for run in runs)
        peak_gib = max(run.peak_bytes for run in runs) / 2**30
        totals = runs[-1].counts["totals"]
        lines.append(
            Row(
                f"{what}; {name}",
                NONE,
                NONE,
                f"process {wall_secs:.2f} s, {peak_gib:.2f} GiB; {sum(totals['cycles'].values()):,} distinct "
                f"conflict cycles, {totals['capped_links']:,} links capped",
                target=f"≤ {MOST_SECS} s, ≤ {MOST_GIB} GiB",
                holds=wall_secs <= MOST_SECS and peak_gib <= MOST_GIB,
                figures={"wall_secs": [run.wall_secs for run in runs], "totals": totals},
            )
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())
