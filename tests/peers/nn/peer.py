"""What every script of a peer does around its work.

A peer runs in a process of its own, so that its peak memory is its own and its threads are idle while
the other side works. `peer_*.py JOBS.json REPORTS.json` does a list of jobs and writes a report for
each. Reports go to a file, since the libraries print.
"""

import json
import pathlib
import resource
import sys
import time

from settings import THREADS


def peak_bytes():
    """The most memory this process has had at once.

    Linux's own mark is that of the program; what `getrusage` gives may be that of the parent, which
    this process was before it became the program.
    """
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def timed(call):
    """What `call` returns, and its seconds."""
    start = time.perf_counter()
    made = call()
    return made, time.perf_counter() - start


def serve(do):
    """Calls `do` with each job; what it returns, with the peak so far, is the job's report."""
    import torch

    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    jobs = json.loads(pathlib.Path(sys.argv[1]).read_text())
    reports = []
    for job in jobs:
        report = do(job)
        reports.append(report | {"peak_bytes": peak_bytes()})
    pathlib.Path(sys.argv[2]).write_text(json.dumps(reports))


def read_lines(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write_lines(path, rows):
    with open(path, "w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
