"""
Is:        libFuzzer over every fuzz target for a few seconds each, from its corpus
           in tests/corpus/NAME; and one target that must be found crashing.
Is not:    the replay of the corpora, which every test run does.
Called by: tools/suite.py after build-fuzz, tools/fuzz.
Owns:      build-gates/fuzz/NAME: what the fuzzer learnt, and what it broke.
Trust:     our own targets.
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import tempfile

NAME = "fuzz"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build-fuzz")
LEARNT = os.path.join(ROOT, "build-gates", "fuzz")
SECONDS = int(os.environ.get("SLAGBOOM_FUZZ_SECONDS", "3"))
MUST_FAIL = "must-fail"
MUST_FAIL_SECONDS = 60


def targets():
    names = [os.path.basename(p)[len("fuzz-"):] for p in glob.glob(os.path.join(BUILD, "tests", "fuzz-*"))
             if os.path.isfile(p)]
    return sorted(n for n in names if n != MUST_FAIL)


def fuzz(name, seconds, learnt):
    """None, or what broke and where its input is."""
    os.makedirs(learnt, exist_ok=True)
    # The fuzzer writes into its first corpus only.
    corpora = [learnt] + [c for c in [os.path.join(ROOT, "tests", "corpus", name)] if os.path.isdir(c)]
    crash = os.path.join(learnt, "..", name + ".")
    env = dict(os.environ, UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1",
               ASAN_OPTIONS="detect_leaks=1:allocator_may_return_null=0")
    # A target asks for a dictionary by having one beside its corpus.
    words = os.path.join(ROOT, "tests", "corpus", name + ".dict")
    done = subprocess.run([os.path.join(BUILD, "tests", "fuzz-" + name), "-seed=20261122", "-max_total_time=%d" % seconds,
                           "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1", "-max_len=65536",
                           "-artifact_prefix=" + crash] +
                          (["-dict=" + words] if os.path.exists(words) else []) + corpora,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=env)
    if done.returncode == 0:
        return None
    m = re.search(r"Test unit written to (\S+)", done.stdout)
    what = re.findall(r"^(?:SUMMARY: .*|.*runtime error: .*)$", done.stdout, re.M)
    return "fuzz %s: %s; input: %s" % (
        name, re.sub(r"\S*/\.\./", "", what[0]) if what else "exit code %d: %s" % (done.returncode, done.stdout.strip()[-200:]),
        os.path.relpath(m.group(1), ROOT) if m else "none")


def each(names, seconds):
    jobs = len(os.sched_getaffinity(0))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        found = list(pool.map(lambda n: fuzz(n, seconds, os.path.join(LEARNT, n)), names))
    return [f for f in found if f]


def run(_root):
    names = targets()
    if not names:
        return ["build-fuzz has no fuzz targets"], None
    return each(names, SECONDS), "%d targets for %d s each" % (len(names), SECONDS)


def trial():
    """The fuzzer is alive: it finds the planted bug, and says where."""
    with tempfile.TemporaryDirectory() as where:
        found = fuzz(MUST_FAIL, MUST_FAIL_SECONDS, os.path.join(where, "learnt"))
        kept = glob.glob(os.path.join(where, MUST_FAIL + ".crash-*"))
    if found and "heap-buffer-overflow" in found and kept:
        return 1, []
    return 0, ["planted in fuzz_must_fail.c: not found in %d s (%s)" % (MUST_FAIL_SECONDS, found)]


def main(args):
    if len(args) not in (1, 2) or not args[-1].isdigit():
        print("usage: tools/fuzz [NAME] SECONDS")
        return 2
    if subprocess.run([os.path.join(ROOT, "tools", "build"), "fuzz"]).returncode != 0:
        return 1
    names = targets()
    if len(args) == 2 and args[0] not in names + [MUST_FAIL]:
        print("no target %s; there are: %s" % (args[0], " ".join(names)))
        return 2
    found = each([args[0]] if len(args) == 2 else names, int(args[-1]))
    for line in found:
        print(line)
    print("no crash" if not found else "%d targets crashed" % len(found))
    return 1 if found else 0
