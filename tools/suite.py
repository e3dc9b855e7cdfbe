"""
Is:        what ./check does once the packages are there: builds, tests, gates,
           one total.
Is not:    any rule: those are the gates.
Called by: ./check.
Owns:      a private temporary folder and every process that it starts.
Trust:     our own files.
"""
import contextlib
import ctypes
import fcntl
import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
START = float(os.environ.get("SLAGBOOM_START", time.time()))
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
SKIP = re.compile(r"^SKIP (.*)$", re.M)
TAIL = 40

BUILDS = [
    ("release", "with gcc, release (build-release)"),
    ("asan", "with clang, ASan and UBSan (build-asan)"),
    ("fuzz", "the fuzz targets with clang (build-fuzz)"),
]
# In this order; the quick ones first. Each is tools/gates/NAME.py.
GATES = ["floors", "shape", "bytes", "forbidden", "links", "metrics", "commands", "linking", "tidy",
         "prove", "fuzz", "package"]
# What a gate reads besides the source.
NEEDS = {"linking": ["release"], "tidy": ["asan"], "fuzz": ["fuzz"]}


def say(text):
    print("[%3d s] %s" % (time.time() - START, text), flush=True)


class Total:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.reasons = []

    def add(self, name, passed, failed, skipped, details=(), reasons=()):
        """One line for what ran, and its details when something failed."""
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        self.reasons += ["%s: %s" % (name, r) for r in reasons]
        for line in details:
            print("    " + line, flush=True)
        more = ", %d skipped" % skipped if skipped else ""
        say("%-5s %s: %d passed, %d failed%s" % ("FAIL" if failed else "ok", name, passed, failed, more))

    def finish(self):
        if self.skipped:
            print("%d skipped:" % self.skipped)
            for reason in self.reasons:
                print("    " + reason)
        print("%d passed, %d failed" % (self.passed, self.failed), flush=True)
        return 1 if self.failed or not self.passed else 0


def build(total, name, what):
    say("Building " + what)
    done = subprocess.run([os.path.join(ROOT, "tools/build"), name], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace")
    bad = done.returncode != 0
    total.add("build " + name, not bad, bad, 0, done.stdout.splitlines() if bad else ())
    return not bad


def tests_in(name, build_dir):
    out = subprocess.run(["meson", "introspect", "--tests", build_dir], stdout=subprocess.PIPE, text=True,
                         check=True).stdout
    return [t["name"] for t in json.loads(out)]


def tally(record):
    """One test program of Meson's log: (passed, failed, skipped, details, reasons)."""
    text = record.get("stdout", "") or ""
    err = record.get("stderr", "") or ""
    name = record["name"].split(" / ")[-1]
    sums = SUMMARY.findall(text)
    passed, failed, skipped = (int(n or 0) for n in sums[-1]) if sums else (0, 0, 0)
    reasons = ["%s: %s" % (name, r) for r in SKIP.findall(text)]
    skipped = max(skipped, len(reasons))    # not every script counts them in its last line
    if record["result"] == "SKIP" and not skipped:
        last = (text.strip().splitlines() or ["no reason given"])[-1]
        return 0, 0, 1, [], ["%s: %s" % (name, last)]
    if record["result"] == "OK":
        return (passed, failed, skipped, [], reasons) if sums else (1, 0, 0, [], [])
    details = ["%s: %s" % (name, record["result"])]
    lines = (text + err).splitlines()
    # What failed may stand far above the end.
    first = [i for i, line in enumerate(lines[:-TAIL]) if line.startswith("FAIL")]
    details += ["  " + line for i in first for line in lines[i:i + 3]]
    details += ["  " + line for line in lines[-TAIL:]]
    return passed, max(failed, 1), skipped, details, reasons


def meson_tests(total, name, only):
    build_dir = os.path.join(ROOT, "build-" + name)
    names = [n for n in tests_in(name, build_dir) if not only or n in only]
    if not names:
        return
    say("Testing in build-%s: %d programs" % (name, len(names)))
    log = os.path.join(build_dir, "meson-logs", "testlog.json")
    if os.path.exists(log):
        os.remove(log)
    # Most of the long ones wait for what they killed, so a small machine runs more than it has cores.
    jobs = max(4, len(os.sched_getaffinity(0)))
    ran = subprocess.run(["meson", "test", "-C", build_dir, "--no-rebuild", "--num-processes", str(jobs)] + (names if only else []),
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    sums, details, reasons = [0, 0, 0], [], []
    records = []
    if os.path.exists(log):
        with open(log, encoding="utf-8") as f:
            records = [json.loads(line) for line in f]
    for record in records:
        *counts, lines, why = tally(record)
        sums = [a + b for a, b in zip(sums, counts)]
        details += lines
        reasons += why
    if len(records) < len(names):
        sums[1] += len(names) - len(records)
        details += ["%d test programs did not report" % (len(names) - len(records))]
        details += ran.stdout.splitlines()[-TAIL:]
    total.add("tests " + name, *sums, details, reasons)


def gate(total, name):
    """The gate over the tree counts as one test, each planted defect as another."""
    module = importlib.import_module("gates." + name)
    found, note = module.run(ROOT)
    reasons = []
    if note and note.startswith("SKIP "):
        reasons, note = [note[5:]], None
    if note:
        say("      " + note)
    passed, failures = module.trial() if hasattr(module, "trial") else source().trial(module)
    total.add(name, passed + (not found and not reasons), len(failures) + bool(found), len(reasons),
              found + failures, reasons)


def source():
    return importlib.import_module("gates.source")


def git_status():
    try:
        out = subprocess.run(["git", "-C", ROOT, "status", "--porcelain"], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return out


def descendants():
    """Processes below our reaper but ourselves, by /proc: a daemon that detached
    itself is one of them."""
    parent = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid) as f:
                stat = f.read()
        except OSError:
            continue
        name, rest = stat[stat.index("(") + 1:stat.rindex(")")], stat[stat.rindex(")") + 2:].split()
        parent[int(pid)] = (int(rest[1]), name, rest[0])
    mine = {os.getppid()}
    grew = True
    while grew:
        more = {p for p, (up, _, _) in parent.items() if up in mine and p not in mine}
        grew = bool(more)
        mine |= more
    return {p: parent[p][1] for p in mine if p in parent and p not in (os.getpid(), os.getppid()) and parent[p][2] != "Z"}


def left_behind(total, before):
    """Nothing of ours may outlive the tests, in processes or in the tree."""
    for _ in range(20):     # what is ending may end
        if not descendants():
            break
        time.sleep(0.1)
    left = ["%s (process %d) was left running" % (n, p) for p, n in sorted(descendants().items())]
    after = git_status()
    dirt = [] if before is None or after == before else \
        ["the tests changed the tree: " + line for line in after.splitlines() if line not in before]
    total.add("left behind", 2 - bool(left) - bool(dirt), bool(left) + bool(dirt), 0, left + dirt)


def end_descendants():
    for sig in (signal.SIGTERM, signal.SIGKILL):
        for pid in descendants():
            try:
                os.kill(pid, sig)
            except OSError:
                pass
        if descendants():
            time.sleep(0.3)


def run_all(total):
    before = git_status()
    built = {name: build(total, name, what) for name, what in BUILDS}
    for name in ("release", "asan"):
        if built[name]:
            meson_tests(total, name, None)
    for name in GATES:
        if all(built[b] for b in NEEDS.get(name, [])):
            gate(total, name)
    left_behind(total, before)


def run_some(total, names):
    tests = set(names) - set(GATES)
    need = {b for n in names for b in NEEDS.get(n, [])} | ({"release", "asan"} if tests else set())
    built = {name: build(total, name, what) for name, what in BUILDS if name in need}
    if tests:
        known = {t for b in ("release", "asan") if built[b] for t in tests_in(b, os.path.join(ROOT, "build-" + b))}
        for unknown in sorted(tests - known) if all(built.values()) else ():
            total.add(unknown, 0, 1, 0, ["there is no test or gate of this name; ./check --list names them"])
        for b in ("release", "asan"):
            if built[b] and tests & known:
                meson_tests(total, b, tests & known)
    for name in GATES:
        if name in names and all(built.get(b) for b in NEEDS.get(name, [])):
            gate(total, name)


def list_names():
    print("gates: " + " ".join(GATES))
    build_dir = os.path.join(ROOT, "build-release")
    if os.path.exists(os.path.join(build_dir, "build.ninja")):
        print("tests: " + " ".join(sorted(tests_in("release", build_dir))))
    else:
        print("tests: known after the first build")


def main(names):
    if "--list" in names:
        list_names()
        return 0
    if any(n.startswith("-") for n in names):
        print("usage: ./check [--list] [NAME...]")
        return 2
    work = os.path.join(ROOT, "build-gates")
    os.makedirs(work, exist_ok=True)
    lock = open(os.path.join(work, "lock"), "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        say("Waiting for another ./check in this tree")
        fcntl.flock(lock, fcntl.LOCK_EX)
    signal.signal(signal.SIGTERM, stopped)
    sys.path.insert(0, os.path.join(ROOT, "tools"))
    # By number: a random name may be what the inspector takes for a subscriber's (stage.folder).
    temporary = os.path.join(tempfile.gettempdir(), "slagboom-check.%d" % os.getpid())
    shutil.rmtree(temporary, ignore_errors=True)    # of one that was killed, with the same number
    os.mkdir(temporary)
    os.chmod(temporary, 0o711)   # tests that drop to nobody must reach what they made
    os.environ.update(TMPDIR=temporary, LC_ALL="C.UTF-8",
                      ASAN_SYMBOLIZER_PATH="/usr/bin/llvm-symbolizer-14")
    tempfile.tempdir = temporary
    total = Total()
    try:
        (run_some(total, names) if names else run_all(total))
    finally:
        end_descendants()
        shutil.rmtree(temporary, ignore_errors=True)
    return total.finish()


def stopped(_signal, _frame):
    say("Stopped by SIGTERM; what was started is ended, and there is no verdict")
    sys.exit(143)


def under_a_reaper(work):
    """Runs `work` in a child, under a process that inherits and reaps whatever
    detaches itself: so that the dead are gone, and the living are seen."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)     # PR_SET_CHILD_SUBREAPER
    child = os.fork()
    if child == 0:
        try:
            code = work()
        except KeyboardInterrupt:
            code = 130
        except SystemExit as e:
            code = e.code
        sys.stdout.flush()
        os._exit(code)
    signal.signal(signal.SIGINT, signal.SIG_IGN)    # the terminal tells the child too

    def pass_on(*_):
        with contextlib.suppress(ProcessLookupError):   # it may have ended a moment ago
            os.kill(child, signal.SIGTERM)
    signal.signal(signal.SIGTERM, pass_on)
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            if code < 0:
                say("Killed by signal %d: there is no verdict" % -code)
            return code


if __name__ == "__main__":
    result = under_a_reaper(lambda: main(sys.argv[1:]))
    sys.exit(result if result >= 0 else 128 - result)
