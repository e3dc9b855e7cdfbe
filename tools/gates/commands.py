"""
Is:        ./run and ./check themselves, tried in a copy of the tree whose path
           holds a space, with a Debian of our own making around them.
Is not:    the real thing from nothing, which is tools/chroot-check.
Called by: tools/suite.py.
Owns:      the copies, in the private temporary folder.
Trust:     our own scripts.
"""
import os
import shutil
import subprocess
import tempfile
import time

NAME = "commands"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPTS = ["run", "check", ".ci/run", "tools/setup.sh", "tools/install", "tools/build", "tools/chroot-check"]
# What a shell script may count on in a bare Debian.
BARE = ["sh", "cat", "date", "dirname", "grep", "head", "mkdir", "rm", "sed", "tail", "tr", "env"]

FAKES = {
    "dpkg-query": 'shift 2; for p in "$@"; do [ -e "$FAKE/missing/$p" ] || echo "$p installed"; done',
    "apt-get": 'echo "apt-get $*" >>"$FAKE/log"',
    "id": 'echo "${FAKE_UID:-0}"',
    "meson": 'mkdir -p "$2"; : >"$2/build.ninja"; echo "meson $*" >>"$FAKE/log"',
    "ninja": 'echo "ninja $*" >>"$FAKE/log"',
    "python3": 'echo "python3 $*"',
}
INSTALL = '#!/bin/sh\necho "install $*" >>"$FAKE/log"\nfor p in "$@"; do rm -f "$FAKE/missing/$p"; done\n'
SUDO = 'echo "sudo $*" >>"$FAKE/log"; [ "$1" = -n ] && exit 0; shift; exec env FAKE_UID=0 "$@"'


def script(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text if text.startswith("#!") else "#!/bin/sh\n" + text + "\n")
    os.chmod(path, 0o755)


class Machine:
    """A pretended Debian and a copy of our tree below "a tree"."""

    def __init__(self, where):
        self.where = where
        self.tree = os.path.join(where, "a tree")
        os.makedirs(os.path.join(self.tree, "tools"))
        os.makedirs(os.path.join(self.tree, "town"))
        os.makedirs(os.path.join(where, "bin"))
        os.makedirs(os.path.join(where, "missing"))
        for name in ["run", "check", "tools/setup.sh", "tools/packages", "tools/build"]:
            shutil.copy(os.path.join(ROOT, name), os.path.join(self.tree, name))
        script(os.path.join(self.tree, "tools/install"), INSTALL)
        for name, text in FAKES.items():
            self.have(name, text)
        for name in BARE:
            os.symlink(shutil.which(name, path="/usr/bin:/bin"), os.path.join(where, "bin", name))

    def have(self, name, text):
        script(os.path.join(self.where, "bin", name), text)

    def lack(self, *names):
        for name in names:
            open(os.path.join(self.where, "missing", name), "w").close()

    def run(self, command, *words, uid=0, cwd="/"):
        env = {"PATH": os.path.join(self.where, "bin"), "FAKE": self.where, "FAKE_UID": str(uid), "CI": "true",
               "HOME": "/nonexistent"}
        done = subprocess.run([os.path.join(self.tree, command), *words], cwd=cwd, env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        return done.returncode, done.stdout

    def log(self):
        try:
            with open(os.path.join(self.where, "log"), encoding="utf-8") as f:
                return f.read()
        except OSError:
            return ""


def nothing_missing_is_quick(m):
    code, _ = m.run("run")
    began = time.monotonic()
    again, text = m.run("run")
    assert code == 0 and again == 0, text
    assert "nothing is missing" in text and "apt-get" not in m.log() and "install" not in m.log(), text
    assert time.monotonic() - began < 5 and m.log().count("meson") == 1, m.log()


def nothing_to_run_is_said(m):
    code, text = m.run("run")
    assert code == 0 and "nothing to run yet" in text, text


def the_gate_is_started(m):
    m.run("run")
    os.makedirs(os.path.join(m.tree, "build-release/src/cli"))
    script(os.path.join(m.tree, "build-release/src/cli/slagboom"), 'echo "slagboom $* in $PWD"')
    script(os.path.join(m.tree, "town/demo"), 'echo "demo $*"')
    code, text = m.run("run")
    assert code == 0 and "/build-release/src/cli/slagboom %s/.run" % m.tree in text, text
    code, text = m.run("run", uid=1000)
    assert code == 0 and "needs root" in text and "slagboom up --foreground --dir %s/.run/gate" % m.tree in text, text
    code, text = m.run("run", "--bare", "--origin", "x")
    assert code == 0 and "slagboom up --foreground --dir %s/.run/gate --origin x" % m.tree in text, text


def root_installs_once(m):
    m.lack("meson", "ninja-build")
    code, text = m.run("run")
    assert code == 0 and m.log().count("install ") == 1 and "install meson ninja-build" in m.log(), text + m.log()
    code, text = m.run("run")
    assert "nothing is missing" in text, text


def sudo_is_asked_once(m):
    m.lack("meson")
    m.have("sudo", SUDO)
    code, text = m.run("run", uid=1000)
    assert code == 0 and m.log().count("install meson") == 2 and m.log().count("sudo -- ") == 1, text + m.log()


def without_root_the_line_is_said(m):
    m.lack("meson", "gcc")
    code, text = m.run("run", uid=1000)
    assert code != 0 and "apt-get update && apt-get install --no-install-recommends" in text, text
    assert "gcc" in text.splitlines()[-1] and "meson" in text.splitlines()[-1], text


def a_sudo_that_needs_a_password_does_not_hang(m):
    m.lack("gcc")
    m.have("sudo", '[ "$1" = -n ] && exit 1; sleep 50')
    code, text = m.run("check", uid=1000)
    assert code != 0 and "As root, run:" in text, text


def check_wants_more_than_run(m):
    m.lack("frama-c-base")
    code, text = m.run("run")
    assert code == 0 and "nothing is missing" in text, text
    code, text = m.run("check")
    assert code == 0 and "install frama-c-base" in m.log() and "suite.py" in text, text


def a_failed_build_is_a_failure(m):
    m.have("ninja", "echo 'x.c: error: planted'; exit 1")
    code, text = m.run("run")
    assert code != 0 and "planted" in text and "nothing to run" not in text, text


def a_moved_tree_builds_afresh(m):
    m.run("run")
    os.rename(m.tree, m.tree + " moved")
    m.tree += " moved"
    code, text = m.run("run")
    assert code == 0 and m.log().count("meson") == 2, text + m.log()


def another_system_is_told(m):
    os.remove(os.path.join(m.where, "bin", "dpkg-query"))
    code, text = m.run("run")
    assert code == 0 and "not Debian" in text, text


TRIALS = [nothing_missing_is_quick, nothing_to_run_is_said, the_gate_is_started, root_installs_once,
          sudo_is_asked_once, without_root_the_line_is_said, a_sudo_that_needs_a_password_does_not_hang,
          check_wants_more_than_run, a_failed_build_is_a_failure, a_moved_tree_builds_afresh,
          another_system_is_told]


def run(root):
    found = []
    for name in SCRIPTS:
        path = os.path.join(root, name)
        with open(path, encoding="utf-8") as f:
            first = f.readline().strip()
        shell = "bash" if "bash" in first else "sh"
        done = subprocess.run([shell, "-n", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            found.append("%s: %s" % (name, done.stdout.strip()))
        if not name.endswith(".sh") and not os.access(path, os.X_OK):
            found.append("%s: is not executable" % name)
    return found, None


def trial():
    passed, failures = 0, []
    for one in TRIALS:
        with tempfile.TemporaryDirectory() as where:
            try:
                one(Machine(where))
                passed += 1
            except (AssertionError, subprocess.TimeoutExpired) as e:
                failures.append("%s: %s" % (one.__name__.replace("_", " "), str(e).strip()[-600:]))
    return passed, failures
