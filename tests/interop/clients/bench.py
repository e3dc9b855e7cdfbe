"""
Is:        the rig of the whole gate (tests/whole/rig.py) as a bench for programs that nobody here
           wrote: an element, an engineer who is granted what such programs need, and the host key known.
Is not:    a test. What must be true stands in the programs beside it.
Called by: them, and tests/adversary.
Owns:      what the rig owns.
Trust:     none in what clients and elements write: it is searched, never run.
"""
import hashlib
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../whole"))
from rig import ROOT, Whole, check, free_port, of, part, run, skip, stage, tell, wait       # noqa: E402,F401

# Of a Linux machine everything is known here, so that what is refused is refused for what it is. wei.zhang
# may do all that a client needs to on `box` and only look on `shut`; li.na besides what nobody can read.
RULES = """
asset     box ssh @box@ dialect linux holds subscribers credential box
asset     shut ssh @box@ dialect linux holds subscribers credential box
%s
command   linux read-config "."

rule opaque
    allow    li.na to box
    during   daily 00:00-24:00 Europe/Amsterdam, at most 8h
    approved by approver
    may      read-config, shell-escape, file-get, file-put, opaque
    over     terminal, exec, data, file
    show     subscribers clear, at most 1000000
    opaque   at most 16GiB

rule everything
    allow    wei.zhang to box
    during   daily 00:00-24:00 Europe/Amsterdam, at most 8h
    approved by approver
    may      read-config, shell-escape, file-get, file-put
    over     terminal, exec, data, file
    show     subscribers clear, at most 1000000
    opaque   at most 16GiB

rule look
    allow    wei.zhang to shut
    during   daily 00:00-24:00 Europe/Amsterdam, at most 8h
    approved by approver
    may      read-config
    over     terminal, exec
    show     subscribers clear, at most 1000
    opaque   at most 1MiB
%s
"""


class Terminal(stage.Engineer):
    """Any client on a terminal."""

    def __init__(self, bench, argv):
        self.name = argv[0]
        self.start(argv)
        bench.people.append(self)

    def shows(self, line, what):
        """Types a line; whether what it makes is shown. `what` must not stand in the line itself."""
        self.type(line)
        return self.until(what) is not None


class Bench(Whole):
    """`assets` and `rules` are lines of the policy; `box` are lines for the element's sshd."""

    def __init__(self, build, assets="", rules="", box="AcceptEnv *", **more):
        super().__init__(build, RULES % (assets, rules), ("box",), box=(box,), **more)
        self.box, self.who = self.element["box"], "wei.zhang+box"

    def __enter__(self):
        self.open_gate()
        code, text = self.slagboom_("members", "load", stdin=b"msisdn,imsi\n31635000001,204990000000001\n")
        if code:
            raise RuntimeError(text)
        self.accept("shut", os.path.join(self.box.dir, "host_key.pub"))
        seen = run("ssh-keyscan", "-p", str(self.port), "-t", "ed25519", "127.0.0.1")[1].splitlines()[-1]
        self.host_key = seen.split(" ", 1)[1]
        if self.host_key.split()[1] not in self.slagboom_("host-key")[1]:
            raise RuntimeError("the front door has another host key than the gate says: " + seen)
        self.known = os.path.join(self.dir, "known")
        with open(self.known, "w", encoding="utf-8") as f:
            f.write("* %s\n" % self.host_key)
        for asset in ("box", "shut"):
            self.approved(asset)
        return self

    def accept(self, asset, public):
        mark = run("ssh-keygen", "-lf", public)[1].split()[1]
        code, text = self.slagboom_("element-key", "accept", asset, mark, "--public", public, "--key", self.key("k.visser"))
        if code:
            raise RuntimeError(text)

    def approved(self, asset, name="wei.zhang"):
        """A grant that stands before he comes."""
        code, text = self.officer("j.devries", "request", name, asset, "--purpose", "a test", "--ticket", "CHG-1234", "--from", "127.0.0.1")
        number = self.request_of(name) if code == 0 else None
        if not number or self.approve(number, "j.devries")[0][0]:
            raise RuntimeError("no grant for %s on %s: %s" % (name, asset, text))

    def there(self, *names):
        """A place at the element, where it is asked about."""
        return os.path.join(self.box.files, *names)

    def trust(self, name="wei.zhang"):
        """An OpenSSH client's options, the host key known."""
        return ["-F", "none", "-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=" + self.known, "-o", "BatchMode=yes",
                "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-i", self.key(name)]

    def does(self, argv, stdin=b"", timeout=60, env=None, alone=True):
        """One run of any client: (exit code, its output, its errors). It begins when who came before has left: what
        a session may still show counts as shown for another of the same grant."""
        wait(lambda: not self.listed("sessions"), 5 if alone else 0)
        try:
            done = subprocess.run(argv, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=timeout,
                                  env={**stage.ENV, "HOME": self.dir, **(env or {})}, cwd=self.dir)
        except subprocess.TimeoutExpired as e:
            return 124, e.stdout or b"", (e.stderr or b"") + b"\n(killed: it did not end)"
        return done.returncode, done.stdout, done.stderr

    def says(self, *words, who=None, options=(), client="ssh", **more):
        """The same of an OpenSSH client with a command."""
        who = who or self.who
        return self.does([client, *self.trust(who.split("+")[0]), *options, "-p", str(self.port), who + "@127.0.0.1", *words], **more)

    def recorded(self, event, seconds=10, **fields):
        """Such records, once there are any; the tree is less than a second behind."""
        return wait(lambda: of(self.records(), event, **fields), seconds)

    def is_sound(self):
        """All have left, the gate is closed, and another program judges what it leaves."""
        wait(lambda: len(of(self.records(), "session.opened")) == len(of(self.records(), "session.closed")))
        check(self.close_gate() == 0, "The gate closes in order.", self.gate_log()[-800:])
        good = self.verify_all()
        check(good[0] == 0, "slagboom-verify --records --sessions --recordings: sound.", good)
        return good[1]


def sha256(path_or_bytes):
    if isinstance(path_or_bytes, str):
        with open(path_or_bytes, "rb") as f:
            path_or_bytes = f.read()
    return hashlib.sha256(path_or_bytes).hexdigest()


def make_file(path, size, seed=b"x"):
    """Text without any number: a file that the inspector lets through as it is."""
    line = hashlib.sha256(seed).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop")).encode() + b"\n"
    with open(path, "wb") as f:
        f.write((line * (size // len(line) + 1))[:size])
    return path
