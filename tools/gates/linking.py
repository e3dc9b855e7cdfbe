"""
Is:        the floors as the linker sees them: each test and fuzz program links
           its own floor and those below, and an upward call does not link.
Is not:    the include rule (floors.py).
Called by: tools/suite.py, after build-release.
Owns:      objects in the private temporary folder.
Trust:     our own build.
"""
import glob
import json
import os
import re
import shlex
import subprocess
import tempfile

from gates.source import FLOORS, RANK

NAME = "linking"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build-release")
LIBRARY = re.compile(r"(?:^|/)src/(\w+)/lib\w+\.a$")


def output(args, cwd=BUILD):
    return subprocess.run(args, cwd=cwd, stdout=subprocess.PIPE, text=True, check=True).stdout


def programs():
    """(folder, name, words of the link command) of every test and fuzz program."""
    for t in json.loads(output(["meson", "introspect", "--targets", BUILD])):
        if t["type"] != "executable" or not t["name"].startswith(("test-", "fuzz-")):
            continue
        srcs = [s for group in t["target_sources"] for s in group.get("sources", [])]
        m = re.search(r"/src/(\w+)/", srcs[0]) if srcs else None
        if not m or m.group(1) not in RANK:
            continue
        name = os.path.relpath(t["filename"][0], BUILD)
        yield m.group(1), name, shlex.split(output(["ninja", "-t", "commands", name]).splitlines()[-1])


def below(folder, other):
    return other in (folder, "testing") or RANK.get(other, 99) < RANK[folder]


def run(_root):
    found = []
    for folder, name, command in programs():
        for word in command:
            m = LIBRARY.search(word)
            if m and not below(folder, m.group(1)):
                found.append("%s: a program of %s links %s, which is not below it" % (
                    name, folder, m.group(1)))
    return found, None


def one_symbol(library):
    """A function that the library gives, or None."""
    for line in output(["nm", "--defined-only", "--extern-only", library]).splitlines():
        parts = line.split()
        if len(parts) == 3 and parts[1] == "T":
            return parts[2]
    return None


def link(command, symbols, where):
    """The test's own link line with a planted object that calls `symbols`."""
    source, obj = os.path.join(where, "planted.c"), os.path.join(where, "planted.o")
    with open(source, "w", encoding="utf-8") as f:
        f.write("".join("void %s(void);\n" % s for s in symbols))
        f.write("void planted(void);\nvoid planted(void)\n{\n%s}\n" % "".join("\t%s();\n" % s for s in symbols))
    subprocess.run(["gcc", "-c", "-o", obj, source], check=True)
    words = list(command)
    words[words.index("-o") + 1] = os.path.join(where, "planted")
    done = subprocess.run(words[:1] + [obj] + words[1:], cwd=BUILD, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def trial():
    """Per folder: a planted call into each folder above or beside it must not
    link, and the same program without the call must."""
    symbols = {}
    for row in FLOORS:
        for folder in row:
            for library in glob.glob(os.path.join(BUILD, "src", folder, "lib*.a")):
                symbols[folder] = one_symbol(library) or symbols.get(folder)
    first = {}
    for folder, name, command in programs():
        first.setdefault(folder, (name, command))
    passed, failures = 0, []
    for folder, (name, command) in sorted(first.items()):
        upward = [s for other, s in symbols.items() if s and not below(folder, other)]
        # The lowest word of a tree with one floor: a function that nobody has.
        upward = upward or ["planted_upward_call"]
        with tempfile.TemporaryDirectory() as where:
            code, text = link(command, [], where)
            if code != 0:
                failures.append("%s does not link again: %s" % (name, text[-300:]))
                continue
            code, text = link(command, upward, where)
        missing = [s for s in upward if "undefined reference to `%s'" % s not in text]
        passed += len(upward) - len(missing)
        failures += ["planted in %s: a call of %s links" % (folder, s) for s in missing]
    return passed, failures
