"""
Is:        one line that says where the house stands: function lengths, file
           lengths, header lengths, beside what we aim at.
Is not:    a target to be met by splitting what belongs together; it fails only
           far above the aims.
Called by: tools/suite.py.
Owns:      nothing.
Trust:     our own source.
"""
import json
import subprocess

from gates.source import HEAD, RULE_ZERO, sources

NAME = "metrics"
FUNCTION_AIM, FILE_AIM, LONGEST_AIM, HEADER_AIM = 40, 250, 100, 150
FUNCTION_MAX, FILE_MAX, P90_MAX = 100, 800, 41


def functions(root, paths):
    """(lines, name, path, first line) of every function."""
    if not paths:
        return []
    out = subprocess.run(["ctags", "--output-format=json", "--fields=+ne", "--c-kinds=f",
                          "--langmap=C:.c.h", "-f", "-"] + paths,
                         cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                         check=True).stdout
    tags = [json.loads(line) for line in out.splitlines()]
    return [(t["end"] - t["line"] + 1, t["name"], t["path"], t["line"]) for t in tags if "end" in t]


def at_share(sizes, share):
    return sorted(sizes)[min(len(sizes) - 1, int(len(sizes) * share))] if sizes else 0


def run(root):
    srcs = [s for s in sources(root) if not s.is_test]
    length = {s.path: s.text.count("\n") for s in srcs}
    zero = {s.path for s in srcs if RULE_ZERO in s.text}
    funcs = functions(root, [s.path for s in srcs])
    found = ["%s:%d: %s is %d lines long; %d at most" % (path, line, name, n, FUNCTION_MAX)
             for n, name, path, line in sorted(funcs, reverse=True) if n > FUNCTION_MAX]
    found += ["%s:%d: a file of %d lines; split at %d" % (p, n, n, FILE_MAX)
              for p, n in length.items() if n > FILE_MAX and p not in zero]
    p90 = at_share([f[0] for f in funcs], 0.9)
    if len(funcs) >= 100 and p90 > P90_MAX:
        found.append("src: nine in ten functions are under %d lines; should be %d" % (p90, P90_MAX))
    longest = max(funcs, default=(0, "none", "", 0))
    heads = max(((n, p) for p, n in length.items() if p.endswith(".h")), default=(0, "none"))
    bodies = [n for p, n in length.items() if p.endswith(".c")]
    note = ("p90 function %d lines (aim %d), median file %d (aim %d), longest function %d %s (aim %d), "
            "longest header %d %s (aim %d); %d functions, %d lines" % (
                p90, FUNCTION_AIM, at_share(bodies, 0.5), FILE_AIM, longest[0], longest[1], LONGEST_AIM,
                heads[0], heads[1], HEADER_AIM, len(funcs), sum(length.values())))
    return found, note


def _long(n):
    return "int f(int a)\n{\n" + "\ta++;\n" * n + "\treturn a;\n}\n"


PLANTED = [
    ("a function of 101 lines", {"src/proto/x.c": HEAD % "planted" + _long(97)}, "f is 101 lines long"),
    ("a file of 900 lines", {"src/proto/x.c": HEAD % "planted" + "int x;\n" * 900}, "a file of"),
    ("a function of 99 lines", {"src/proto/x.c": HEAD % "planted" + _long(95)}, ""),
]
