"""
Is:        Frama-C WP over the files of tools/proofs.list: every goal valid, as many
           goals as before, and a planted bug makes a goal fail.
Is not:    the contracts, which stand in the headers.
Called by: tools/suite.py, tools/prove.
Owns:      a private home for why3, in the temporary folder.
Trust:     our own source; Frama-C, why3 and the provers.
"""
import concurrent.futures
import os
import re
import subprocess
import tempfile

from gates import cache

NAME = "prove"
ROOT = cache.ROOT
TIMEOUT, TIMEOUT_PLANTED = 20, 4
# Of each file's planted bugs, so many in every run; tools/prove tries them all.
PLANTED_EACH = 2
COMMAND = ["frama-c", "-cpp-extra-args=-Isrc", "-wp", "-wp-rte", "-wp-prover", "cvc4,z3", "-wp-par", "2"]
PROVED = re.compile(r"Proved goals:\s+(\d+) / (\d+)")


def read_list():
    """[(file, goals, [(function, old, new)])]"""
    rows = []
    with open(os.path.join(ROOT, "tools/proofs.list"), encoding="utf-8") as f:
        for line in f:
            if not line.strip() or line.startswith("#"):
                continue
            if line[0] not in " \t":
                path, goals = line.split()
                rows.append((path, int(goals), []))
            else:
                function, bug = line.strip().split(": ", 1)
                old, new = bug.split(" -> ")
                rows[-1][2].append((function, old, new))
    return rows


def wp(root, home, path, options):
    """(proved, goals, output) of one run of Frama-C."""
    # Frama-C finds relative files by PWD, not by its working directory.
    env = dict(os.environ, HOME=home, PWD=root, WHY3CONFIG=os.path.join(home, "why3.conf"),
               FRAMAC_WP_CACHE="none")
    done = subprocess.run(COMMAND + options + [path], cwd=root, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace")
    m = PROVED.search(done.stdout)
    return (int(m.group(1)), int(m.group(2)), done.stdout) if m else (0, 0, done.stdout)


def detect(home):
    subprocess.run(["why3", "config", "detect"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   env=dict(os.environ, HOME=home, WHY3CONFIG=os.path.join(home, "why3.conf")))


def prove(home, path, least):
    """Findings over one file."""
    k = cache.key("prove", COMMAND, TIMEOUT, least, cache.closure(ROOT, path))
    note = cache.known(k)
    if note is not None:
        return [], note
    proved, goals, text = wp(ROOT, home, path, ["-wp-timeout", str(TIMEOUT)])
    note = "%s %d/%d" % (path, proved, goals)
    found = []
    if proved < goals or goals == 0:
        failed = re.findall(r"\[(?:Failed|Timeout|Unknown)\] Goal (\S+)", text)
        found.append("%s: %d of %d goals proved; not %s" % (
            path, proved, goals, ", ".join(failed) or text.strip()[-300:]))
    elif goals < least:
        found.append("%s: %d goals; there were %d (tools/proofs.list): contracts went away" % (path, goals, least))
    else:
        cache.keep(k, note)
    return found, note


def replace_in(text, function, old, new):
    """`text` with `old` replaced once inside `function`, or None."""
    m = re.search(r"^[^\n;{}]*\b%s\([^;{}]*\)\n\{.*?^\}" % re.escape(function), text, re.M | re.S)
    if not m or old not in m.group(0):
        return None
    return text[:m.start()] + m.group(0).replace(old, new, 1) + text[m.end():]


def plant(home, path, function, old, new):
    """None when the planted bug makes a goal fail, else what is wrong."""
    title = "planted in %s: %s: %s -> %s" % (path, function, old, new)
    texts = dict(cache.closure(ROOT, path))
    k = cache.key("plant", COMMAND, TIMEOUT_PLANTED, function, old, new, sorted(texts.items()))
    if cache.known(k) is not None:
        return None
    planted = [(name, bug) for name in texts if (bug := replace_in(texts[name], function, old, new))]
    if len(planted) != 1:
        return title + ": the line to change is not there, or more than once"
    texts.update(planted)
    with tempfile.TemporaryDirectory() as where:
        for name, text in texts.items():
            os.makedirs(os.path.dirname(os.path.join(where, name)), exist_ok=True)
            with open(os.path.join(where, name), "w", encoding="utf-8") as f:
                f.write(text)
        proved, goals, text = wp(where, home, path, ["-wp-timeout", str(TIMEOUT_PLANTED), "-wp-fct", function])
    if goals == 0:
        return title + ": Frama-C did not get as far as a goal: " + text.strip()[-300:]
    if proved == goals:
        return title + ": every goal is still proved"
    cache.keep(k)
    return None


def each(work, rows):
    jobs = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as home, concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        detect(home)
        return list(pool.map(lambda row: work(home, *row), rows))


def run(_root, only=()):
    rows = [(p, n) for p, n, _ in read_list() if not only or p in only]
    results = each(prove, rows)
    return [f for found, _ in results for f in found], ", ".join(note for _, note in results)


def trial(only=(), most=PLANTED_EACH):
    rows = [(p, *bug) for p, _, bugs in read_list() for bug in bugs[:most] if not only or p in only]
    failures = [f for f in each(plant, rows) if f]
    return len(rows) - len(failures), failures


def main(only):
    unknown = set(only) - {p for p, _, _ in read_list()}
    if unknown:
        print("not in tools/proofs.list: " + ", ".join(sorted(unknown)))
        return 2
    found, note = run(ROOT, only)
    passed, failures = trial(only, None)
    for line in found + failures:
        print(line)
    print(note)
    print("%d passed, %d failed" % (passed + (not found), len(failures) + bool(found)))
    return 1 if found or failures else 0
