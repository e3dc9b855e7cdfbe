"""
Is:        the include rule: floors look only down, and includes come in order
           (own header, <system>, ours).
Is not:    the linker, which enforces the same on calls (linking.py).
Called by: tools/suite.py.
Owns:      nothing.
Trust:     our own source.
"""
import os
import re

from gates.source import HEAD, RANK, sources

NAME = "floors"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
# Headers that Meson makes; they stand in the build folder.
GENERATED = {"config.h"}


def allowed(src, target):
    """True when a file of `src` may include something of folder `target`."""
    if src.folder == target or (src.is_test and target == "testing"):
        return True
    if src.folder == "testing":
        return target == "base"
    if src.folder == "":        # bench/, tests/: above every floor
        return target in RANK
    return target in RANK and RANK[target] < RANK[src.folder]


def judge(root, src):
    beside = "" if src.folder else os.path.dirname(src.path)
    stem = src.name.rsplit(".", 1)[0]
    own = "%s/%s.h" % (src.folder, stem) if src.folder else stem + ".h"
    has_own = os.path.exists(os.path.join(root, "src", own))
    seen_ours = False
    for i, m in enumerate(INCLUDE.finditer(src.code)):
        ours, what = m.group(1) == '"', m.group(2)
        if what == own and not src.is_header:
            if i > 0:
                yield src.at(m.start(2), "its own header comes first")
            continue
        # A test, or one of several files behind a header, opens with that header.
        opens = (ours and i == 0 and not has_own and not src.is_header and
                 what.startswith(src.folder + "/"))
        if not ours:
            if seen_ours:
                yield src.at(m.start(2), "<%s> comes before our headers" % what)
            continue
        seen_ours = not opens
        # bench/ and tests/ are no floors: their headers stand beside the file.
        if beside and "/" not in what and os.path.exists(os.path.join(root, beside, what)):
            continue
        if what in GENERATED:
            continue
        if "/" not in what or not os.path.exists(os.path.join(root, "src", what)):
            yield src.at(m.start(2), '"%s" is not a header below src/; write "folder/file.h"' % what)
        elif not what.endswith((".h", ".def")):   # .def: a table, included as rows
            yield src.at(m.start(2), '"%s" is not a header' % what)
        elif not allowed(src, what.split("/")[0]):
            yield src.at(m.start(2), "%s may not include %s: floors look only down" % (
                src.folder, what))


def run(root):
    found = []
    for name in sorted(os.listdir(os.path.join(root, "src"))):
        if os.path.isdir(os.path.join(root, "src", name)) and name not in RANK and name != "testing":
            found.append("src/%s: a folder without a floor (tools/gates/source.py)" % name)
    for src in sources(root, ("src", "bench", "tests")):
        if src.folder in RANK or src.folder in ("", "testing"):
            found += judge(root, src)
    return found, None


def _c(body):
    return HEAD % "planted" + body


PLANTED = [
    ("an upward include", {"src/base/low.c": _c('#include "base/low.h"\n#include "os/mid.h"\n')},
     "base may not include os/mid.h"),
    ("an upward include from a header", {"src/base/x.h": _c('#pragma once\n#include "os/mid.h"\n')},
     "base may not include os/mid.h"),
    ("an upward include with spaces", {"src/base/x.c": _c('  #  include   "os/mid.h"\n')},
     "base may not include os/mid.h"),
    ("a sideways include", {"src/os/x.c": _c('#include "crypto/side.h"\n')},
     "os may not include crypto/side.h"),
    ("an upward include from a test", {"src/base/test_x.c": _c('#include "os/mid.h"\n')},
     "base may not include os/mid.h"),
    ("the harness in the product", {"src/base/x.c": _c('#include "testing/t.h"\n'),
                                    "src/testing/t.h": _c("#pragma once\n")},
     "base may not include testing/t.h"),
    ("own header second", {"src/base/low.c": _c('#include <stdio.h>\n#include "base/low.h"\n')},
     "its own header comes first"),
    ("a system header last", {"src/os/x.c": _c('#include "base/low.h"\n#include <stdio.h>\n')},
     "<stdio.h> comes before our headers"),
    ("a bare name", {"src/base/x.c": _c('#include "low.h"\n')}, "is not a header below src/"),
    ("a .c file", {"src/base/x.c": _c('#include "base/low.c"\n')}, "is not a header"),
    ("a folder without a floor", {"src/misc/x.c": _c("")}, "a folder without a floor"),
    ("the tested header first", {"src/base/test_low.c": _c('#include "base/low.h"\n\n#include <stdio.h>\n')}, ""),
    ("a header beside a benchmark", {"bench/x.c": _c('#include "x.h"\n\n#include <stdio.h>\n'),
                                     "bench/x.h": _c("#pragma once\n")}, ""),
    ("an include in a comment is none", {"src/base/x.c": _c('// #include "os/mid.h"\n')}, ""),
    ("a downward include", {"src/os/x.c": _c('#include <stdio.h>\n\n#include "base/low.h"\n')}, ""),
    ("a test and its harness", {"src/os/test_x.c": _c('#include "testing/t.h"\n'),
                                "src/testing/t.h": _c("#pragma once\n")}, ""),
]
