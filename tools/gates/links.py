"""
Is:        what a reader of the documents meets: links that lead somewhere, and
           nothing of the machine that the text was written on.
Is not:    a spelling check; web links are not followed.
Called by: tools/suite.py.
Owns:      nothing.
Trust:     our own files.
"""
import functools
import hashlib
import os
import re
import subprocess
import urllib.parse

from gates.source import files

NAME = "links"
LINK = re.compile(r"!?\[[^\]\n]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^ {0,3}\[[^\]\n]+\]:\s*<?(\S+?)>?\s*$", re.M)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)
INLINE = re.compile(r"`[^`\n]*`")
# A home, a workspace: paths that exist on one machine only.
MACHINE = re.compile(r"(?<![\w.~}*-])/(?:home|Users|work|workspace|builds)/[A-Za-z][\w-]*")
# Words of a contributor's workplace: hashed, so that this file does not say them.
WORD = re.compile(r"[a-z]{4,}")
PRIVATE = {
    "c857d09db23e", "c70eca6b0f88", "7d3194f79e64", "60965168ce76",
    "3ea125d0bff3", "a946b27fb498",
}
TEXT = (".md", ".c", ".h", ".py", ".sh", ".build", ".txt", ".html", ".js", ".css", ".list", ".conf")
BARE = ("run", "check", "Makefile", "LICENSE", "packages", "build", "install", "prove", "fuzz")


def anchors(text):
    """The names that headings of a Markdown text get."""
    seen = set()
    for m in re.finditer(r"^#{1,6}\s+(.*?)\s*#*$", FENCE.sub("", text), re.M):
        name = re.sub(r"[^\w\- ]", "", m.group(1).lower()).replace(" ", "-")
        seen.add(name)
    return seen


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as f:
        return f.read()


def hollow(m):
    return re.sub(r"[^\n]", " ", m.group(0))


def links(root, path):
    text = read(root, path)
    code_free = INLINE.sub(hollow, FENCE.sub(hollow, text))
    for pattern in (LINK, REFERENCE):
        for m in pattern.finditer(code_free):
            target = urllib.parse.unquote(m.group(1))
            where = "%s:%d" % (path, code_free.count("\n", 0, m.start()) + 1)
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            name, _, anchor = target.partition("#")
            full = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
            if name.startswith("/") or full.startswith(".."):
                yield "%s: the link %s leaves the tree" % (where, target)
            elif not os.path.exists(os.path.join(root, full)):
                yield "%s: the link %s leads nowhere" % (where, target)
            elif anchor and full.endswith(".md") and anchor not in anchors(read(root, full)):
                yield "%s: %s has no heading #%s" % (where, full, anchor)


def committed(root):
    """What git keeps or would keep; every file where there is no git."""
    try:
        out = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
        return sorted(p for p in out.split("\0") if p and os.path.isfile(os.path.join(root, p)))
    except (OSError, subprocess.CalledProcessError):
        return files(root, ("",))


@functools.lru_cache(maxsize=None)
def is_private(word):
    return hashlib.sha256(word.encode()).hexdigest()[:12] in PRIVATE


def private(root, path):
    for i, line in enumerate(read(root, path).split("\n"), 1):
        if len(line) > 2000:
            continue
        for m in MACHINE.finditer(line):
            yield "%s:%d: %s is a path of one machine" % (path, i, m.group(0))
        for word in WORD.findall(line.lower()):
            if is_private(word):
                yield "%s:%d: the word %s belongs to a workplace, not here" % (path, i, word)


def run(root):
    found = []
    for path in committed(root):
        if path.endswith(".md"):
            found += links(root, path)
        if os.path.basename(path).startswith(("test_", "fuzz_")):
            continue    # a protocol's paths are not this machine's
        if path.endswith(TEXT) or os.path.basename(path) in BARE:
            found += private(root, path)
    return found, None


_MD = "# Title\n\n## A part: the first\n\n"
PLANTED = [
    ("a dead link", {"a.md": "[x](docs/none.md)\n"}, "leads nowhere"),
    ("a dead link in a folder", {"docs/a.md": "[x](README.md)\n"}, "leads nowhere"),
    ("a dead reference", {"a.md": "[x][y]\n\n[y]: none.md\n"}, "leads nowhere"),
    ("a dead heading", {"a.md": _MD + "[x](#another)\n"}, "has no heading"),
    ("a link out of the tree", {"a.md": "[x](../README.md)\n"}, "leaves the tree"),
    ("a path of this machine", {"src/base/x.c": "/* see /" + "home/" + "jane/notes */\n"}, "a path of one machine"),
    ("a word of a workplace", {"a.md": "Made with Co" + "pilot.\n"}, "belongs to a workplace"),
    ("links that lead", {"a.md": _MD + "[x](README.md) [y](src/base) [z](#a-part-the-first) "
                                       "[w](https://example.org/none.md)\n"}, ""),
    ("a link in code", {"a.md": "```\n[x](none.md)\n```\n`[x](none.md)`\n"}, ""),
]
