"""
Is:        clang-tidy over every C file of the build: function size and a choice
           of bug-finding checks (.clang-tidy).
Is not:    a matter of taste; none of its checks is.
Called by: tools/suite.py, after build-asan.
Owns:      nothing; verdicts are kept by cache.py.
Trust:     our own source.
"""
import concurrent.futures
import json
import os
import re
import subprocess
import tempfile

from gates import cache
from gates.source import HEAD

NAME = "tidy"
TOOL = "clang-tidy-14"
ROOT = cache.ROOT
BUILD = os.path.join(ROOT, "build-asan")
ONCE = os.path.join(ROOT, "build-gates", "tidy")
FINDING = re.compile(r"^(.+?):(\d+):\d+: (?:error|warning): (.*)$")


def config():
    with open(os.path.join(ROOT, ".clang-tidy"), encoding="utf-8") as f:
        return f.read()


def commands():
    """(path below the root, compile command) of every C file in the build. A file that is
    compiled twice is looked at once: clang-tidy 14, given it twice in one process, no longer
    knows va_start the second time."""
    with open(os.path.join(BUILD, "compile_commands.json"), encoding="utf-8") as f:
        rows = json.load(f)
    seen = {}
    for row in rows:
        path = os.path.relpath(os.path.join(row["directory"], row["file"]), ROOT)
        if path.endswith(".c") and not path.startswith(("build", "..")):
            seen.setdefault(path, row)
    os.makedirs(ONCE, exist_ok=True)
    with open(os.path.join(ONCE, "compile_commands.json"), "w", encoding="utf-8") as f:
        json.dump(list(seen.values()), f)
    return sorted((path, row["command"]) for path, row in seen.items())


def look(path, command):
    """Findings in one file, from the cache or from clang-tidy."""
    k = cache.key(TOOL, config(), re.sub(r"-o \S+|-MF \S+|-MQ \S+", "", command), cache.closure(ROOT, path))
    if cache.known(k) is not None:
        return []
    done = subprocess.run([TOOL, "-quiet", "-p", ONCE, os.path.join(ROOT, path)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", cwd=ROOT)
    found = []
    for line in done.stdout.splitlines():
        m = FINDING.match(line)
        if m:
            at = os.path.relpath(os.path.join(BUILD, m.group(1)), ROOT)
            found.append("%s:%s: %s" % (at, m.group(2), m.group(3)))
    if done.returncode == 0 and not found:
        cache.keep(k)
    elif not found:
        found = ["%s: %s failed: %s" % (path, TOOL, done.stdout.strip()[-300:])]
    return found


def run(_root):
    jobs = len(os.sched_getaffinity(0))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        found = [f for fs in pool.map(lambda row: look(*row), commands()) for f in fs]
    return sorted(set(found)), None


def _f(body, params="void"):
    return HEAD % "planted" + "#include <string.h>\n\nint f(%s);\nint f(%s)\n{\n%s}\n" % (params, params, body)


PLANTED = [
    ("a function of more than 100 lines", _f("\tint a = 0;\n" + "\ta++;\n" * 100 + "\treturn a;\n"),
     "readability-function-size"),
    ("a null dereference", _f("\tint *p = 0;\n\treturn *p;\n"), "clang-analyzer-core.NullDereference"),
    ("a value never set", _f("\tint a;\n\treturn a + 1;\n"), "clang-analyzer-core"),
    ("two branches alike", _f("\tif (a)\n\t\treturn 1;\n\telse\n\t\treturn 1;\n", "int a"), "bugprone-branch-clone"),
    ("nothing", _f("\treturn 0;\n"), ""),
]


def trial():
    passed, failures = 0, []
    for title, text, words in PLANTED:
        with tempfile.TemporaryDirectory() as where:
            path = os.path.join(where, "planted.c")
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            done = subprocess.run([TOOL, "-quiet", "--config-file=" + os.path.join(ROOT, ".clang-tidy"), path,
                                   "--", "-w"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if (done.returncode == 0) if words == "" else (done.returncode != 0 and words in done.stdout):
            passed += 1
        else:
            failures.append("planted in tidy: %s: %s" % (title, done.stdout.strip()[-300:] or "not found"))
    return passed, failures
