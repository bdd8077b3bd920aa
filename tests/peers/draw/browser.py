"""Runs a peer's page in Chromium, out of sight, and takes what it reports about itself.

Pages and points come from a server of our own on the loopback address; the page sends its pictures
and figures back to it. The browser needs no other connection and gets flags that keep it from
trying any.
"""

import http.server
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from programs import Failed, on_two_cores
from settings import CHROMIUM, COLORS, CORES, HEIGHT, WIDTH, WORK

PAGES = WORK / "pages"
LONGEST_SECS = 1_800
# A picture in which more of the points cannot be found is wrong, and its time means nothing. Faint
# points may escape the eye; none did so far.
MOST_MISSING = 0.001

FLAGS = (
    "--no-sandbox",
    "--no-first-run",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    # A frame of millions of points drawn by the processor takes longer than its watchdog allows, and
    # nobody is looking at the window.
    "--disable-gpu-watchdog",
    "--disable-hang-monitor",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--force-device-scale-factor=1",
    f"--window-size={WIDTH},{HEIGHT + 200}",
)


@dataclass(frozen=True)
class Driver:
    """A way in which Chromium can draw WebGL."""

    flags: tuple
    needs_display: bool = False


# Chromium's own software renderer, and Mesa, which draws on the graphics card where there is one and by
# llvmpipe elsewhere. Mesa wants a display, for which a virtual one will do: without one Chromium gets
# only OpenGL ES from it, which cuts the positions of regl-scatterplot to 16 bits.
DRIVERS = {
    "SwiftShader": Driver(
        ("--headless", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
    ),
    "Mesa": Driver(
        ("--ozone-platform=x11", "--use-gl=angle", "--use-angle=gl", "--ignore-gpu-blocklist"),
        needs_display=True,
    ),
}


@dataclass(frozen=True)
class Peer:
    """A program, the page that drives it, and the looks it can draw points with."""

    name: str
    page: str
    looks: tuple


@dataclass(frozen=True)
class Setting:
    driver: str
    look: str

    def __str__(self):
        return f"{self.look}, {self.driver}"


@dataclass(frozen=True)
class Job:
    """What is drawn. `budget_secs` is for the frames of the path; at least `fewest` are drawn."""

    points: object
    nations: object
    views: list
    dot: float
    budget_secs: float
    fewest: int


REGL = Peer("regl-scatterplot 1.16.0", "regl", ("circles", "squares"))
ATLAS = Peer("Embedding Atlas 0.23.0", "atlas", ("dots",))


def draw(peer, setting, job, pictures):
    """The page's report, with `peak_bytes` of the browser's processes. Pictures of the whole map and
    of its densest place go to files whose names begin with `pictures`."""
    xy = np.load(job.points)
    files = {
        "/x": np.ascontiguousarray(xy[:, 0]),
        "/y": np.ascontiguousarray(xy[:, 1]),
        "/nation": np.load(job.nations).astype(np.uint8),
        "/job.json": json.dumps(
            {
                "n": len(xy),
                "width": WIDTH,
                "height": HEIGHT,
                "dot": job.dot,
                "look": setting.look,
                "colors": COLORS,
                "views": job.views,
                "budget_ms": 1_000 * job.budget_secs,
                "fewest": job.fewest,
            }
        ).encode(),
        "/": (PAGES / "page.html").read_bytes(),
        "/page.js": (PAGES / f"{peer.page}.js").read_bytes(),
    }
    del xy
    finished, got = threading.Event(), {}

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = files.get(self.path)
            self.send_response(200 if body is not None else 404)
            body = memoryview(b"" if body is None else body).cast("B")
            kind = {"/": "text/html", "/page.js": "text/javascript"}.get(self.path)
            self.send_header("Content-Type", kind or "application/octet-stream")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.startswith("/picture/"):
                name = {"/picture/whole": "whole", "/picture/dense": "dense"}[self.path]
                pictures.with_name(f"{pictures.name}-{name}.png").write_bytes(body)
            else:
                got.update(json.loads(body))
            self.send_response(204)
            self.end_headers()
            if self.path == "/result":
                finished.set()

        def log_message(self, *_):
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/"
        peak_bytes, said = _browse(url, DRIVERS[setting.driver], finished)
    finally:
        server.shutdown()
        server.server_close()
    if "frame_ms" not in got:
        raise Failed(f"{peer.name} ({setting}): {got.get('error') or said}")
    if got["drawn"] != files["/nation"].size:
        raise Failed(f"{peer.name} ({setting}) drew {got['drawn']} of {files['/nation'].size} points")
    if got["missing"] > MOST_MISSING:
        astray = f"{got['missing']:.1%} of the points are not where they belong"
        raise Failed(f"{peer.name} ({setting}): {astray}")
    return got | {"peak_bytes": peak_bytes}


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Connections break when the browser is ended; what matters is whether it had finished."""


def _browse(url, driver, finished):
    """Keeps a fresh browser on the page until it has finished; the largest memory seen, and the end
    of what the browser said."""
    profile = tempfile.mkdtemp(prefix="browser-", dir=WORK)
    log = WORK / "browser.log"
    try:
        with log.open("wb") as said, _display(driver.needs_display) as display:
            browser = subprocess.Popen(
                [CHROMIUM, *FLAGS, *driver.flags, f"--user-data-dir={profile}", url],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
                preexec_fn=on_two_cores,
                env={**os.environ, **display, "HOME": profile, "LP_NUM_THREADS": str(CORES)},
            )
            peak, seen, until = 0, set(), time.monotonic() + LONGEST_SECS
            try:
                while not finished.wait(1.0) and browser.poll() is None and time.monotonic() < until:
                    tree = _tree(browser.pid)
                    seen |= tree
                    peak = max(peak, sum(map(_memory, tree)))
            finally:
                _end(browser, seen)
        end = log.read_text(errors="replace")[-500:]
        return peak, end if time.monotonic() < until else f"not finished after {LONGEST_SECS} s; {end}"
    finally:
        shutil.rmtree(profile, ignore_errors=True)


@contextmanager
def _display(needed):
    """The variable that names a virtual display, where one is needed; nobody sees the windows."""
    if not needed:
        yield {}
        return
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{WIDTH}x{HEIGHT + 200}x24", "-nolisten", "tcp"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(write,),
    )
    os.close(write)
    try:
        with os.fdopen(read) as number:
            yield {"DISPLAY": f":{number.readline().strip()}"}
    finally:
        server.terminate()
        server.wait()


def _tree(root):
    """The process and all that descend from it."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as stat:
                    # The name, in brackets, may hold blanks.
                    parents[int(entry)] = int(stat.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
    tree, more = set(), {root}
    while more:
        tree |= more
        more = {pid for pid, parent in parents.items() if parent in more} - tree
    return tree


def _memory(pid):
    """A process's share of the memory: pages of its own, and of pages that it shares with others its
    part. The browser's processes share so much that resident sizes would add up to nearly twice what
    they take together."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii", errors="replace") as rollup:
            for line in rollup:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def _end(browser, seen):
    """Ends the browser and those of its processes that are still its own."""
    for pid in (_tree(browser.pid) | seen) - {browser.pid}:
        try:
            if os.getsid(pid) == browser.pid:
                os.kill(pid, signal.SIGKILL)
        except OSError:
            continue
    browser.kill()
    browser.wait()
