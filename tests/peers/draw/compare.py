"""Compares how Meridian and its peers draw large maps, side by side, and prints a table for each size.

Run through `bash tests/peers/run draw`, which prepares all sides. All draw the same points with the
same dots on a view of 1280 × 800 along the same zoom path, whose formula stands in `zoom.py`. Writes
every figure to `target/peers/draw.json` (`draw-quick.json` with `--quick`), where a size keeps its
last result until it is run again, and pictures of the whole map and of its densest place to
`target/peers/draw`.
"""

import argparse
import signal
import statistics
import sys
import tempfile
import time
import traceback
from dataclasses import replace
from pathlib import Path

import browser
import data
import kept
import programs
import table
import zoom
from browser import ATLAS, DRIVERS, REGL, Job, Setting
from rounds import alternate
from settings import CORES, DOT, FRAMES, HEIGHT, PEERS, QUICK, SIZES, WIDTH, WORK

KNOWN = {"regl": REGL, "atlas": ATLAS}
# Embedding Atlas draws no smaller dots by itself.
ATLAS_SMALLEST = 5.0
# The settings of a peer are tried on this many points at most.
TRIED = 1_000_000


def main():
    args = _arguments()
    WORK.mkdir(parents=True, exist_ok=True)
    # So that a run that is told to stop takes its browser along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    machine = f"{programs.meridian_version()} on {kept.processor()}, {CORES} cores"
    print(f"{machine}, dots of {args.dot:g} px\n", flush=True)
    whole = True
    with tempfile.TemporaryDirectory(prefix="scratch-", dir=WORK) as scratch:
        settings = {}
        sizes = {"quick": QUICK} if args.quick else {name: SIZES[name] for name in args.only}
        for name, n in sizes.items():
            whole &= _compare(name, n, args, settings, Path(scratch))
    return 0 if whole else 1


def _arguments():
    parser = argparse.ArgumentParser(prog="tests/peers/run draw", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--only",
        type=_listed,
        default=list(SIZES),
        help=f"sizes, separated by commas, of {', '.join(SIZES)}; all if left out",
    )
    parser.add_argument(
        "--peers",
        type=_listed,
        default=list(KNOWN),
        help=f"peers, separated by commas, of {', '.join(KNOWN)}; all if left out",
    )
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} points, to try the scripts")
    parser.add_argument("--repeat", type=int, default=3, help="rounds (3)")
    parser.add_argument("--dot", type=float, default=DOT, help=f"diameter of a dot in pixels ({DOT:g})")
    parser.add_argument(
        "--budget", type=float, default=90, help="seconds for a peer's frames in one round (90)"
    )
    args = parser.parse_args()
    for given, known in ((args.only, SIZES), (args.peers, KNOWN)):
        unknown = [name for name in given if name not in known]
        if unknown:
            parser.error(f"unknown: {', '.join(unknown)}; known are {', '.join(known)}")
    return args


def _listed(text):
    return text.split(",")


def _compare(name, n, args, settings, scratch):
    """Runs one size, prints and keeps its table. Whether it ran to its end."""
    start = time.perf_counter()
    try:
        rows = _rows(n, args, settings, scratch)
    except Exception:
        traceback.print_exc()
        return False
    secs = time.perf_counter() - start
    print(f"## {name} ({secs:.0f} s)\n\n{table.markdown(rows)}\n", flush=True)
    _keep(name, rows, args)
    return True


def _rows(n, args, settings, scratch):
    for peer in (KNOWN[name] for name in args.peers):
        if peer not in settings:
            settings[peer] = _fastest(peer, min(n, TRIED), args, scratch)
    job = _job(n, args, scratch)
    picture = WORK / f"{n}-meridian-whole.png"
    sides = {
        "ours": lambda: programs.render(
            job.points, job.nations, picture, dot=job.dot, frames=FRAMES
        )
    }
    for peer, setting in settings.items():
        sides[peer] = lambda peer=peer, setting=setting: browser.draw(
            peer, setting, job, WORK / f"{n}-{peer.page}"
        )
    reports = alternate(args.repeat, sides)
    ours = reports.pop("ours")
    rows = []
    for peer, theirs in reports.items():
        rows += table.against(n, f"{peer.name} ({settings[peer]})", theirs, ours)
    if ATLAS in settings and args.dot < ATLAS_SMALLEST:
        # Once, for the record: what its users see.
        shipped = Setting(settings[ATLAS].driver, "shipped")
        report = browser.draw(ATLAS, shipped, job, WORK / f"{n}-{ATLAS.page}-shipped")
        rows += table.against(n, f"{ATLAS.name} ({shipped}: {ATLAS_SMALLEST:g} px)", [report], ours)[:1]
    return rows + table.targets(n, ours, judged=n == max(SIZES.values()))


def _job(n, args, scratch):
    points, nations = data.points(n)
    path = zoom.write(scratch / "path.json", points, FRAMES, WIDTH, HEIGHT)
    return Job(points, nations, path["frames"], args.dot, args.budget, fewest=6)


def _fastest(peer, n, args, scratch):
    """The setting of the peer that draws its frames in the least time; all are printed. The better of
    two rounds counts, since one may be disturbed."""
    job = replace(_job(n, args, scratch), budget_secs=0, fewest=5)

    def attempt(setting):
        picture = WORK / f"tried-{peer.page}-{setting.driver}-{setting.look}"
        try:
            return browser.draw(peer, setting, job, picture)
        except programs.Failed as failed:
            return failed

    settings = [Setting(driver, look) for driver in DRIVERS for look in peer.looks]
    sides = {setting: lambda setting=setting: attempt(setting) for setting in settings}
    best = {}
    for setting, reports in alternate(2, sides).items():
        failed = [report for report in reports if isinstance(report, programs.Failed)]
        if failed:
            print(f"tried {peer.name} ({setting}): {failed[0]}", flush=True)
            continue
        best[setting] = min(statistics.median(report["frame_ms"]) for report in reports)
        took = f"{best[setting]:.0f} ms a frame of {n:,} points"
        print(f"tried {peer.name} ({setting}): {took}, {reports[0]['adapter']}", flush=True)
    if not best:
        raise programs.Failed(f"{peer.name} cannot draw on this machine")
    print(flush=True)
    return min(best, key=best.get)


def _keep(name, rows, args):
    file = PEERS / ("draw-quick.json" if args.quick else "draw.json")
    entry = {
        "meridian": programs.meridian_version(),
        "repeat": args.repeat,
        "dot": args.dot,
        "rows": table.as_json(rows),
    }
    kept.keep(file, name, entry)


if __name__ == "__main__":
    sys.exit(main())
