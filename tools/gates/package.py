"""
Is:        the Debian package: built twice, in two places, it has the same bytes; and it
           lives its whole life in an overlay of this system (packaging/try).
Is not:    a fresh Debian, which is tools/chroot-check.
Called by: tools/suite.py.
Owns:      the builds, in the private temporary folder.
Trust:     our own scripts.
"""
import hashlib
import os
import re
import shutil
import subprocess
import tempfile

NAME = "package"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)


def copy_of_tree(where):
    """What git tracks or would, as it stands now."""
    names = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                           stdout=subprocess.PIPE, check=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        at = os.path.join(ROOT, name)
        if os.path.exists(at):
            os.makedirs(os.path.dirname(os.path.join(where, name)), exist_ok=True)
            shutil.copy2(at, os.path.join(where, name), follow_symlinks=False)


def build(root, out, epoch):
    """The package's path, or what went wrong."""
    done = subprocess.run([os.path.join(root, "packaging/build"), out], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, env=dict(os.environ, SOURCE_DATE_EPOCH=str(epoch)))
    return (done.stdout.strip(), None) if done.returncode == 0 else (None, done.stdout)


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def run(root):
    with tempfile.TemporaryDirectory() as where:
        other = os.path.join(where, "another place", "tree")
        copy_of_tree(other)
        first, wrong = build(root, os.path.join(where, "a"), 1767225600)
        second, again = (None, None) if wrong else build(other, os.path.join(where, "b"), 1767225600)
        if wrong or again:
            return ["packaging/build: " + (wrong or again)], None
        found = [] if digest(first) == digest(second) else ["two builds of one source in two places differ"]
        tried = subprocess.run([os.path.join(root, "packaging/try"), first], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
        note = "%d bytes, SHA-256 %s twice" % (os.path.getsize(first), digest(first)[:16])
        if tried.returncode == 77:
            return found, "SKIP " + tried.stdout.strip()
        sums = SUMMARY.findall(tried.stdout)
        if tried.returncode or not sums:
            found += tried.stdout.splitlines()
        return found, note + "; its life in an overlay: %s steps" % (sums[-1][0] if sums else "no")


def trial():
    """The comparison sees one byte; the life sees a package that leaves a file behind, and
    one whose program does not start."""
    passed, failures = 0, []
    with tempfile.TemporaryDirectory() as where:
        a, b = os.path.join(where, "a"), os.path.join(where, "b")
        for path, text in ((a, b"same"), (b, b"sane")):
            with open(path, "wb") as f:
                f.write(text)
        if digest(a) == digest(b):
            failures.append("planted: a byte that differs was not seen")
        else:
            passed += 1
        spoilt = os.path.join(where, "spoilt")
        os.makedirs(os.path.join(spoilt, "DEBIAN"))
        with open(os.path.join(spoilt, "DEBIAN", "control"), "w", encoding="utf-8") as f:
            f.write("Package: slagboom\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.com>\nDescription: x\n")
        script = os.path.join(spoilt, "DEBIAN", "postinst")
        with open(script, "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\necho left >/etc/left-behind\n")
        os.chmod(script, 0o755)
        package = os.path.join(where, "spoilt.deb")
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", spoilt, package], check=True,
                       stdout=subprocess.DEVNULL)
        tried = subprocess.run([os.path.join(ROOT, "packaging/try"), package], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
        if tried.returncode == 77:
            return passed, failures
        for name in ("FAIL the program runs", "FAIL and nothing else"):
            if name in tried.stdout:
                passed += 1
            else:
                failures.append("planted: a spoilt package was not refused by \"%s\"" % name[5:])
    return passed, failures
