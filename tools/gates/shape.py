"""
Is:        the shape of files and folders: the five-line opening, the README,
           headers that are small and are headers.
Is not:    a judge of functions (metrics.py, tidy.py).
Called by: tools/suite.py.
Owns:      nothing.
Trust:     our own source.
"""
import os
import re

from gates.source import HEAD, RULE_ZERO, sources

NAME = "shape"
OPENING = ["Is:", "Is not:", "Called by:", "Owns:", "Trust:"]
HEADER_MAX = 150
README_MAX = 40
OURS_IN_HEADER_MAX = 6


def opening(src):
    """The first comment must be the first thing in the file and hold the five
    words in order, each with something after it."""
    if not src.text.startswith("/*"):
        return "does not open with the Is / Is not / Called by / Owns / Trust comment"
    at, comment = 0, src.text[:src.text.find("*/")]
    for word in OPENING:
        m = re.compile(r"^ \* %s[ \t]+\S" % re.escape(word), re.M).search(comment, at)
        if not m:
            return 'has no "%s" in its opening comment, or not in order' % word
        at = m.end()
    return None


def header(src):
    body = re.sub(r"^\s*#.*$", "", src.code, flags=re.M).strip()
    ours = re.findall(r'^\s*#\s*include\s*"', src.code, re.M)
    n_lines = src.text.count("\n")
    if "#pragma once" not in src.code and RULE_ZERO not in src.text:
        yield "%s:1: a header has #pragma once" % src.path
    if n_lines > HEADER_MAX and RULE_ZERO not in src.text:
        yield "%s:%d: a header of %d lines; %d at most" % (src.path, n_lines, n_lines, HEADER_MAX)
    if not body and ours:
        yield "%s:1: an umbrella header: it only includes" % src.path
    elif len(ours) > OURS_IN_HEADER_MAX:
        yield "%s:1: includes %d of our headers: declare structs forward" % (src.path, len(ours))


def run(root):
    found, folders = [], set()
    for src in sources(root, ("src", "bench")):
        bad = opening(src)
        if bad:
            found.append("%s:1: %s" % (src.path, bad))
        if src.is_header:
            found += header(src)
        for m in re.finditer(r"\btypedef\s+(struct|union|enum)\b[^;()]*[{;]", src.code):
            found.append(src.at(m.start(), "write `%s foo` without a typedef" % m.group(1)))
        folders.add("/".join(src.path.split("/")[:2 if src.folder else 1]))
    for folder in sorted(folders):
        readme = os.path.join(root, folder, "README.md")
        if not os.path.exists(readme):
            found.append("%s: a folder without a README.md" % folder)
            continue
        with open(readme, encoding="utf-8") as f:
            n = len(f.readlines())
        if n > README_MAX:
            found.append("%s/README.md:%d: %d lines; %d at most" % (folder, n, n, README_MAX))
    return found, None


_OK = HEAD % "planted"
PLANTED = [
    ("no opening comment", {"src/base/x.c": "int x;\n"}, "does not open with"),
    ("an opening without Trust", {"src/base/x.c": re.sub(r" \* Trust.*\n", "", _OK)}, 'no "Trust:"'),
    ("an opening with an empty Owns", {"src/base/x.c": re.sub(r"Owns: .*", "Owns:", _OK)}, 'no "Owns:"'),
    ("an opening after the code", {"src/base/x.c": "int x;\n" + _OK}, "does not open with"),
    ("a long header", {"src/base/x.h": _OK + "#pragma once\n" + "int x;\n" * 150}, "a header of"),
    ("a header read twice", {"src/base/x.h": _OK + "int x;\n"}, "#pragma once"),
    ("an umbrella header", {"src/base/all.h": _OK + '#pragma once\n#include "base/low.h"\n'}, "umbrella"),
    ("a typedef", {"src/base/x.c": _OK + "typedef struct { int a; } x_t;\n"}, "without a typedef"),
    ("no README", {"src/base/README.md": None}, "without a README.md"),
    ("a long README", {"src/base/README.md": "line\n" * 41}, "41 lines"),
    ("a function type that returns one", {"src/base/x.c": _OK + "typedef enum verdict fn(int);\n"}, ""),
    ("a function type", {"src/base/x.c": _OK + "typedef int fn(void);\n"}, ""),
]
