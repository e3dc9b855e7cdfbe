"""
Is:        the stage of the stories: one town of real elements, one gate before it, engineers on
           terminals, officers with their keys; and a reader of the record.
Is not:    a test. What must be true stands in the stories.
Called by: the stories beside it.
Owns:      a temporary directory, and the town, the gate and the clients that run in it.
Trust:     none in what engineers and elements write: it is searched, never run.
"""
import base64
import fcntl
import json
import os
import pty
import random
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
TOWN = os.path.join(ROOT, "town", "town")
ENV = dict(os.environ, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin", HOME="/nonexistent", LC_ALL="C.UTF-8", TERM="xterm")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b[=>78]")
SSH = ["ssh", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
       "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"]
WAIT_S = 20
PROMPT = re.compile(r"(?:^|\n)(?:Osmo(?:HLR|MSC|BSC|STP)|pe1)(?:\([a-z0-9-]+\))?[>#] ?$")
SECRETS = re.compile(r"316350\d{5}|20499\d{10}|35999900\d{6}")
CONSOLE = """
import re, socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
s.settimeout(20)
def until():
    got = b""
    while not re.search(rb"(?:[>#]|assword:) $", got):
        more = s.recv(1 << 16)
        if not more:
            break
        got += more
    return got.decode(errors="replace").replace("\\r", "")
until()
for line in sys.argv[3:]:
    s.sendall(line.encode() + b"\\r\\n")
    sys.stdout.write(until())
"""

total = {"passed": 0, "failed": 0}


def check(good, what, seen=""):
    """A sentence of the story; with what was seen in its place where it is not true."""
    total["passed" if good else "failed"] += 1
    print("%s %s" % ("  " if good else "FAIL line %d:" % sys._getframe(1).f_lineno, what), flush=True)
    if not good and seen != "":
        print("     seen: %s" % str(seen)[-1500:], flush=True)
    return good


def part(title):
    print("\n%s" % title, flush=True)


def skip(why):
    print("SKIP " + why)
    sys.exit(77)


def run(*argv, stdin=None, timeout=60, env=None):
    """(exit code, what it printed)."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=timeout,
                          env={**ENV, **(env or {})}, input=stdin, stdin=subprocess.DEVNULL if stdin is None else None)
    return done.returncode, done.stdout.decode(errors="replace")


def wait(true, seconds=WAIT_S, every=0.05):
    """Asks until it is true; what it said last."""
    end = time.monotonic() + seconds
    while True:
        said = true()
        if said or time.monotonic() > end:
            return said
        time.sleep(every)


PORTS, HELD = range(20000, 32000), []   # below those that the kernel gives to clients


def free_port():
    """A port of loopback that nobody listens on, and that no other of these tests takes until we end: whoever has
    its name has it (rig_free_port of tests/edge_rig.c does the same)."""
    for port in random.SystemRandom().sample(PORTS, len(PORTS)):
        name, listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), socket.socket()
        with listener:
            try:
                name.bind("\0slagboom-test-port-%d" % port)
                listener.bind(("127.0.0.1", port))
            except OSError:
                name.close()
                continue
        HELD.append(name)
        return port
    raise RuntimeError("no port is free")


def children(pid):
    found = []
    try:
        for thread in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, thread), encoding="ascii") as f:
                found += [int(p) for p in f.read().split()]
    except OSError:
        pass    # it ended while we looked
    return found


def tree(*roots):
    """The processes and all below them."""
    found, look = [], list(roots)
    while look:
        found.append(look.pop())
        look += children(found[-1])
    return found


def stat(pid):
    """(name, state, words after it) of /proc/PID/stat; None when it is gone."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as f:
            name, _, rest = f.read().partition("(")[2].rpartition(")")
    except OSError:
        return None
    words = rest.split()
    return name, words[0], words


def folder(prefix, within=None):
    """A new directory, whose name the inspector takes for nothing: while it knows no members it
    counts what may be a number of the plan in another dress (letters a to j, base 36), as a
    name of tempfile.mkdtemp is once in eight times."""
    while True:
        name = prefix + "".join(random.choices("kmnprtuvwxy", k=8))
        path = os.path.join(within or tempfile.gettempdir(), name)
        try:
            os.mkdir(path)
            os.chmod(path, 0o711)   # officers and elements have accounts of their own
            return path
        except FileExistsError:
            pass


class Engineer:
    """Somebody at a terminal, with the ssh client of this machine and nothing of ours."""

    def __init__(self, stage, name, asset, source="127.0.0.1", words=(), terminal=True):
        self.name = name
        self.start(SSH + (["-tt"] if terminal else []) + ["-b", source, "-i", stage.key(name), "-p", str(stage.port), *words,
                                                          name + "@127.0.0.1", *asset.split()])

    def start(self, argv):
        """Any client, on a terminal of 60 lines."""
        self.seen, self.at, self.code = "", 0, None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], argv, ENV)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))

    def pump(self, seconds):
        """What comes within this time is added to what was seen; False at the end of it all."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            more = os.read(self.fd, 65536)
        except OSError:
            more = b""
        if not more:
            if self.code is None:
                self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            return False
        self.seen += ESCAPE.sub("", more.decode(errors="replace")).replace("\r", "")
        return True

    def until(self, what, seconds=WAIT_S):
        """Waits until something new matches; what was new, or None."""
        end = time.monotonic() + seconds
        pattern = what if hasattr(what, "search") else re.compile(re.escape(what))
        while True:
            found = pattern.search(self.seen, self.at)
            if found:
                new, self.at = self.seen[self.at:found.end()], found.end()
                return new
            if time.monotonic() > end or not self.pump(max(0, min(0.2, end - time.monotonic()))) and \
                    not pattern.search(self.seen, self.at):
                return None

    def type(self, line, end="\r"):
        try:
            os.write(self.fd, (line + end).encode())
        except OSError:
            pass    # the terminal is gone; what was seen says why

    def ask(self, line, seconds=WAIT_S):
        """A line and what came of it, up to the element's next prompt; "" when nothing did."""
        self.at = len(self.seen)
        self.type(line)
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.pump(0.1):
            if "\n" in self.seen[self.at:] and PROMPT.search(self.seen, self.at):
                break
        return self.seen[self.at:]

    def over(self, seconds=WAIT_S):
        """Waits until the client has ended; True when it has."""
        end = time.monotonic() + seconds
        while self.code is None and time.monotonic() < end and self.pump(max(0, min(0.2, end - time.monotonic()))):
            pass
        return self.code is not None

    def leave(self):
        if self.code is None:
            os.kill(self.pid, signal.SIGTERM)
            if not self.over(5):
                os.kill(self.pid, signal.SIGKILL)
                self.over(5)
        os.close(self.fd)


class Stage:
    def __init__(self, build, room=None):
        self.build = os.path.realpath(build)
        self.slagboom = os.path.join(self.build, "src/cli/slagboom")
        self.verifier = os.path.join(self.build, "src/cli/verify/slagboom-verify")
        self.sctp = os.path.join(self.build, "town/libtown-sctp.so")
        self.dir = folder("slagboom-story-")
        self.town_dir, self.state = os.path.join(self.dir, "town"), os.path.join(self.dir, "state")
        self.port, self.gate, self.people = free_port(), None, []
        self.up_words = []      # more options of `slagboom up`
        if room:
            self.small_disk(room)

    def small_disk(self, room):
        """The gate's directory on a disk of its own, which only this story sees and which goes
        when it ends."""
        sys.path.insert(0, os.path.join(ROOT, "town"))
        from parts import cage, linux
        linux.unshare(linux.NEWNS)
        os.mkdir(self.state)
        cage.keep_to_ourselves(self.state)
        linux.mount("story", self.state, "tmpfs", 0, "mode=0755,size=" + room)

    # ---- the town ----

    def town(self, *words, **more):
        return run(TOWN, words[0], self.town_dir, *words[1:], **more)

    def at_element(self, zone, *argv):
        """A command of the element's own operator, in its place."""
        return self.town("exec", zone, *argv)[1]

    def console(self, element, *lines):
        """What the element itself answers, asked from its own side and not through the gate."""
        with open(os.path.join(self.town_dir, "town.json"), encoding="utf-8") as f:
            e = [e for e in json.load(f)["elements"] if e["name"] == element][0]
        return self.town("exec", "gate", "/usr/bin/python3", "-c", CONSOLE, e["address"], str(e["port"]), *lines)[1]

    def element_log(self, name):
        with open(os.path.join(self.town_dir, "log", name + ".log"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def key(self, name):
        return os.path.join(self.town_dir, "keys", name)

    def told(self, name):
        with open(os.path.join(self.town_dir, "credentials", name), encoding="utf-8") as f:
            return f.read()

    # ---- the gate ----

    def open_gate(self):
        with open(os.path.join(self.town_dir, "town.json"), encoding="utf-8") as f:
            netns = json.load(f)["netns"]
        log = open(os.path.join(self.dir, "gate.log"), "ab")
        first = [] if os.path.exists(os.path.join(self.state, "desk")) else ["--origin", "gate1.kustnet.example", "--policy",
                                                       os.path.join(self.town_dir, "policy")]
        self.gate = subprocess.Popen([self.slagboom, "up", "--foreground", "--dir", self.state, "--elements-netns", netns, "--grammars",
                                      os.path.join(self.town_dir, "grammars"), "--listen", "127.0.0.1:%d" % self.port, *self.up_words, *first],
                                     stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=ENV, cwd="/")
        log.close()
        up = wait(lambda: self.gate.poll() is not None or self.door_answers(), 60)
        if not up or self.gate.poll() is not None:
            raise RuntimeError("the gate does not come up: " + self.gate_log()[-2000:])
        code, text = self.slagboom_("members", "load", os.path.join(self.town_dir, "members.csv"))
        if code:
            raise RuntimeError("members: " + text)

    def door_answers(self):
        """It is well but for what `slagboom status` complains of, and its own door listens."""
        code, text = self.slagboom_("status")
        if code not in (0, 5) or not re.search("^door +ready ", text, re.M):
            return False
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as s:
                return s.recv(4) == b"SSH-"
        except OSError:
            return False

    def equip_gate(self):
        """What an administrator does once: passwords and keys of elements, their host keys."""
        word = self.told("pe1").strip()
        done = [self.slagboom_("credential", "add", "pe1", "--user", "pe1", "--password", "--enable",
                               stdin=("%s\n%s\n" % (word, word)).encode()),
                self.slagboom_("credential", "add", "amf1", "--user", "nfadmin", "--key",
                               os.path.join(self.town_dir, "credentials", "amf1"))]
        public = os.path.join(self.town_dir, "credentials", "amf1.host.pub")
        mark = run("ssh-keygen", "-lf", public)[1].split()[1]
        done.append(self.slagboom_("element-key", "accept", "amf1", mark, "--public", public, "--key", self.key("k.visser")))
        for code, text in done:
            if code:
                raise RuntimeError("equip: " + text)

    def close_gate(self):
        if self.gate and self.gate.poll() is None:
            self.gate.terminate()
            try:
                self.gate.wait(30)
            except subprocess.TimeoutExpired:
                self.gate.kill()
                self.gate.wait()
        code, self.gate = self.gate.returncode if self.gate else None, None
        return code

    def processes(self):
        """The gate's: the supervisor and all below it."""
        return [pid for pid in tree(self.gate.pid) if (stat(pid) or ("", "Z"))[1] != "Z"]

    def pid_of(self, process):
        """By what the supervisor says now: it starts again what ended."""
        return int(re.findall(r" %s ready, pid (\d+)" % re.escape(process), self.gate_log())[-1])

    def gate_log(self):
        with open(os.path.join(self.dir, "gate.log"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def slagboom_(self, *words, **more):
        return run(self.slagboom, *words, "--dir", self.state, **more)

    # ---- people ----

    def comes(self, name, asset, **more):
        self.people.append(Engineer(self, name, asset, **more))
        return self.people[-1]

    def officer(self, name, *words):
        """An officer's command, with his own key."""
        return self.slagboom_(*words, "--key", self.key(name))

    def listed(self, what, officer="j.devries"):
        code, text = self.officer(officer, what, "--json")
        return json.loads(text).get("result", []) if code == 0 else []

    def request_of(self, engineer):
        """The number of what he waits for."""
        found = wait(lambda: [r for r in self.listed("requests") if r["engineer"] == engineer])
        return found[0]["id"] if found else None

    def approve(self, number, *officers):
        return [self.officer(o, "approve", number, "--yes") for o in officers]

    def session_of(self, engineer):
        found = wait(lambda: [s for s in self.listed("sessions") if s["engineer"] == engineer])
        return found[0]["id"] if found else None

    def admitted(self, name, asset, officers=("j.devries", "m.bakker"), why="replace the card in rack 3", ticket="CHG-1234", prompt=PROMPT, **more):
        """An engineer who asked, was approved, and stands before the element's prompt."""
        e = self.comes(name, asset, **more)
        self.ask_for(e, why, ticket)
        number = self.request_of(name)
        if not number:
            raise RuntimeError("%s asked for %s and there is no request: %s" % (name, asset, e.seen))
        self.approve(number, *officers)
        if not e.until(prompt):
            raise RuntimeError("%s did not reach %s: %s" % (name, asset, e.seen[-1500:]))
        return e

    def again(self, name, asset, prompt=PROMPT):
        """An engineer whose grant still holds, and who need not ask."""
        e = self.comes(name, asset)
        if not e.until(prompt):
            raise RuntimeError("%s did not come back to %s: %s" % (name, asset, e.seen[-1500:]))
        return e

    def ask_for(self, e, why="replace the card in rack 3", ticket="CHG-1234"):
        e.until("purpose: ")
        e.type(why)
        e.until("ticket: ")
        e.type(ticket)

    # ---- the record ----

    def log_dir(self, name="core"):
        return os.path.join(self.state, "evidence-" + name)

    def vkey(self, name="log-core"):
        with open(os.path.join(self.state, "keys", name + ".vkey"), encoding="utf-8") as f:
            return f.read().strip()

    def records(self, name="core"):
        return records_of(self.log_dir(name))

    def verify(self, *words, log=None):
        return run(self.verifier, "--key", self.vkey(), *words, log or self.log_dir())

    def verify_all(self, log=None):
        log = log or self.log_dir()
        return self.verify("--records", "--sessions", "--recordings", os.path.join(log, "recordings"), log=log)

    # ---- ends ----

    def end(self):
        for e in self.people:
            e.leave()
        self.close_gate()
        self.town("down")
        run("umount", "-l", self.state)
        shutil.rmtree(self.dir, ignore_errors=True)


def records_of(log):
    """Every record in the signed tree, read as C2SP tlog-tiles says: bundles of entries, each
    after its length in two bytes."""
    if not os.path.exists(os.path.join(log, "checkpoint")):
        return []       # nothing was ever recorded in it
    with open(os.path.join(log, "checkpoint"), encoding="utf-8") as f:
        size = int(f.read().split("\n")[1])
    out = []
    for n in range((size + 255) // 256):
        width, at = min(256, size - n * 256), 0
        group = ("x%03d/" % (n // 1000) if n >= 1000 else "") + "%03d" % (n % 1000)
        data = bundle_of(os.path.join(log, "tile/entries", group), width)
        for _ in range(width):
            length = int.from_bytes(data[at:at + 2], "big")
            out.append(json.loads(data[at + 2:at + 2 + length]))
            at += 2 + length
    return out


def bundle_of(full, width):
    """A bundle of at least this width: when the full one has come since, the others are gone."""
    for name in (["%s.p/%d" % (full, width)] if width < 256 else []) + [full]:
        try:
            with open(name, "rb") as f:
                return f.read()
        except FileNotFoundError:
            missing = name
    raise FileNotFoundError(missing)


def of(records, event, **fields):
    return [r for r in records if r["event"] == event and all(r.get(k, r["data"].get(k)) == v for k, v in fields.items())]


def in_the_clear(at, numbers):
    """Files below `at` that hold one of these numbers as text, in hex or in base64."""
    needles = {}
    for n in numbers:
        b = n.encode()
        needles[b] = needles[b.hex().encode()] = needles[b.hex().upper().encode()] = n
        for shift in range(3):    # what base64 makes of it wherever it stands
            text = base64.b64encode(b"\0" * shift + b)
            needles[text[(0, 2, 3)[shift]:len(text) - 4]] = n
    found = []
    for base, _, files in os.walk(at):
        for name in files:
            path = os.path.join(base, name)
            if not os.path.isfile(path) or os.path.islink(path):
                continue
            with open(path, "rb") as f:
                data = f.read()
            found += ["%s: %s" % (path, n) for needle, n in needles.items() if needle in data]
    return found


def tell(story, needs=(), room=None, up_words=()):
    """Runs a story on a stage of its own, and ends with the line that the test run reads."""
    build = (sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build-release"))
    if os.geteuid() != 0:
        skip("the elements stand in networks of their own, and the gate enters them: run it as root")
    path = ENV["PATH"]
    missing = [n for n in ("ssh", "ssh-keygen", "age", "tar", *needs) if not shutil.which(n, path=path)]
    if missing:
        skip("not installed: " + ", ".join(missing))
    os.chdir("/")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    stage, began = Stage(build, room), time.monotonic()
    stage.up_words = list(up_words)
    try:
        code, text = stage.town("up", "--sctp", stage.sctp, timeout=200)
        if "not installed" in text:
            skip(text.strip().splitlines()[0])
        if code:
            raise RuntimeError("the town does not come up: " + text[-1500:] +
                               "".join(stage.element_log(name)[-1500:] for name in re.findall(r"see log/(\S+)\.log", text)))
        stage.open_gate()
        stage.equip_gate()
        story(stage)
    except Exception as e:      # whatever it is, the stage is taken down and it is told
        import traceback
        traceback.print_exc(file=sys.stdout)
        check(False, "the story was told to its end", "%s: %s\n%s" % (type(e).__name__, e, stage.gate_log()[-1500:] if stage.gate else ""))
    finally:
        stage.end()
    print("\nTold in %.0f s." % (time.monotonic() - began))
    print("%d passed, %d failed" % (total["passed"], total["failed"]))
    sys.exit(1 if total["failed"] or not total["passed"] else 0)
