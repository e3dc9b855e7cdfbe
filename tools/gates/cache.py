"""
Is:        "this was found clean before": a gate's verdict by the hash of all that
           it read, so that a run repeats only what changed.
Is not:    a store of failures; those are looked at again.
Called by: tidy.py, tools/prove.
Owns:      build-gates/clean.
Trust:     our own files.
"""
import hashlib
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, "build-gates", "clean")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def closure(root, path):
    """`path` and every header of ours that it reaches, as (path, text)."""
    texts, todo = {}, [path]
    while todo:
        at = todo.pop()
        full = os.path.join(root, at)
        if at in texts or not os.path.exists(full):
            continue
        with open(full, encoding="utf-8", errors="replace") as f:
            texts[at] = f.read()
        todo += [os.path.join("src", name) for name in INCLUDE.findall(texts[at])]
    return sorted(texts.items())


def key(*parts):
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def known(k):
    """The note kept with a clean verdict, or None."""
    try:
        with open(os.path.join(FOLDER, k), encoding="utf-8") as f:
            return f.read()
    except OSError:
        return None


def keep(k, note=""):
    os.makedirs(FOLDER, exist_ok=True)
    temporary = os.path.join(FOLDER, "%s.%d" % (k, os.getpid()))
    with open(temporary, "w", encoding="utf-8") as f:
        f.write(note)
    os.replace(temporary, os.path.join(FOLDER, k))
