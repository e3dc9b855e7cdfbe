"""
Is:        what every gate shares: the tree's files, C text with comments and
           strings blanked, and the trial of planted defects.
Is not:    a rule.
Called by: the gates beside it, tools/suite.py, tools/prove, tools/fuzz.
Owns:      a temporary folder per planted defect.
Trust:     our own source.

A gate is a module with
    NAME     what `./check NAME` calls it
    run(root) -> (findings, note): lines "path:line: what", and one line or None
    PLANTED  [(title, {path: text}, words of the finding)]: each is laid over a
             small clean tree and must be found; an empty string of words means
             that the text is sane and nothing may be found.
"""
import os
import re
import tempfile

# Lowest first. A folder may include itself and the rows below its own.
FLOORS = [
    ["base"],
    ["os", "crypto"],
    ["evidence", "index", "inspect", "policy", "proto"],
    ["lane"],
    ["proc"],
    ["cli"],
]
RANK = {name: i for i, row in enumerate(FLOORS) for name in row}

# The words with which a file says that it breaks a rule, and why (HOUSE rule zero).
RULE_ZERO = "Rule Zero"

# How a program or a part that only tests use says so in its opening comment.
NO_PRODUCT = "linked into any program of the product"

HEAD = """/*
 * Is:        %s.
 * Is not:    more.
 * Called by: nobody.
 * Owns:      nothing.
 * Trust:     no input.
 */
"""

TEXT_OR_COMMENT = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(text):
    """C text with comments emptied and strings emptied between their quotes;
    every line keeps its number. Include lines keep their names."""
    def emptied(m):
        s = m.group(0)
        if s[0] in "\"'":
            return s[0] + " " * (len(s) - 2) + s[0]
        return re.sub(r"[^\n]", " ", s)
    keep = {}
    for i, line in enumerate(text.split("\n")):
        if re.match(r"\s*#\s*include\b", line):
            keep[i] = line
    lines = TEXT_OR_COMMENT.sub(emptied, text).split("\n")
    for i, line in keep.items():
        lines[i] = line
    return "\n".join(lines)


class Source:
    """One .c or .h file below src/ (or bench/, tests/)."""

    def __init__(self, root, path):
        self.path = path
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as f:
            self.text = f.read()
        self.code = blank(self.text)
        self.lines = self.code.split("\n")
        parts = path.split("/")
        self.folder = parts[1] if parts[0] == "src" and len(parts) > 2 else ""
        self.name = parts[-1]
        self.is_header = self.name.endswith(".h")
        self.is_test = (self.folder == "testing" or parts[0] != "src" or
                        self.name.startswith(("test_", "fuzz_", "bench_")) or
                        NO_PRODUCT in self.text[:1000])

    def line_of(self, offset):
        return self.code.count("\n", 0, offset) + 1

    def at(self, offset, what):
        return "%s:%d: %s" % (self.path, self.line_of(offset), what)


def files(root, ends, below=("",)):
    """Paths relative to `root`, sorted, without builds and hidden folders."""
    found = []
    for top in below:
        for here, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = sorted(d for d in folders
                                if not d.startswith("build") and (d[0] != "." or d == ".ci"))
            for name in names:
                if name.endswith(ends):
                    found.append(os.path.relpath(os.path.join(here, name), root))
    return sorted(found)


def sources(root, below=("src",)):
    return [Source(root, p) for p in files(root, (".c", ".h"), below)]


CLEAN = {
    "src/base/README.md": "# base\n",
    "src/base/low.h": HEAD % "low" + "#pragma once\n\nint low_one(void);\n",
    "src/base/low.c": HEAD % "low" + '#include "base/low.h"\n\nint low_one(void)\n{\n\treturn 1;\n}\n',
    "src/os/README.md": "# os\n",
    "src/os/mid.h": HEAD % "mid" + "#pragma once\n\nint mid_one(void);\n",
    "src/crypto/README.md": "# crypto\n",
    "src/crypto/side.h": HEAD % "side" + "#pragma once\n\nint side_one(void);\n",
    "src/proto/README.md": "# proto\n",
    "README.md": "# A tree\n",
}


def lay(root, tree):
    for path, text in tree.items():
        full = os.path.join(root, path)
        if text is None:
            os.remove(full)
            continue
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as f:
            f.write(text)


def trial(gate):
    """Every planted defect of a gate, found or not: (passed, [failures])."""
    passed, failures = 0, []
    for title, tree, words in [("a clean tree", {}, "")] + gate.PLANTED:
        with tempfile.TemporaryDirectory() as root:
            lay(root, CLEAN)
            lay(root, tree)
            found, _ = gate.run(root)
        if words == "" and not found or words and any(words in f for f in found):
            passed += 1
        else:
            failures.append("planted in %s: %s: %s" % (
                gate.NAME, title, "found %s" % found if found else "not found"))
    return passed, failures
