"""
Is:        a bench for programs that nobody here wrote: one gate, a real sshd as its element, an
           engineer who is granted what such programs need, and the reader of the record.
Is not:    a test. What must be true stands in the programs beside it.
Called by: them, and tests/adversary.
Owns:      a temporary directory, and the gate, elements and clients that run in it.
Trust:     none in what clients and elements write: it is searched, never run.
"""
import hashlib
import os
import pwd
import signal
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [os.path.join(HERE, "../../e2e"), os.path.join(HERE, "../../../town")]
from parts import people                                                                    # noqa: E402
from stage import ENV, ROOT, Engineer, Stage, check, free_port, of, part, run, skip, total, wait  # noqa: E402,F401

# wei.zhang may do all that a client needs to; li.na besides what nobody can read; chen.jie only look.
POLICY = """
operator  "Kustnet B.V." in NL requires screening
site      here "The test" in NL network 127.0.0.0/8
supplier  meridian "Meridian Networks B.V." in NL controlled-from NL
engineer  wei.zhang "Zhang Wei" of meridian screened-until 2039-03-01 key "@wei.zhang@" %(keys)s
engineer  li.na     "Li Na" of meridian screened-until 2039-03-01 key "@li.na@"
engineer  chen.jie  "Chen Jie" of meridian screened-until 2039-03-01 key "@chen.jie@"
officer   j.devries "J. de Vries" role approver, watcher key "@j.devries@"
officer   k.visser  "K. Visser" role administrator key "@k.visser@"
officer   s.jansen  "S. Jansen" role keeper key "@s.jansen@" seal "@s.jansen.age@"
officer   t.mulder  "T. Mulder" role keeper key "@t.mulder@" seal "@t.mulder.age@"

%(assets)s

# Of a Linux machine everything is known here, so that what is refused is refused for what it is.
command   linux read-config "."

rule opaque
    allow    li.na to %(names)s
    from     site here
    during   daily 00:00-24:00 Europe/Amsterdam, at most 8h
    approved by approver
    may      read-config, shell-escape, file-get, file-put, opaque
    over     terminal, exec, data, file
    show     subscribers clear, at most 1000000
    opaque   at most 16GiB

rule everything
    allow    wei.zhang to %(names)s
    from     site here
    during   daily 00:00-24:00 Europe/Amsterdam, at most 8h
    approved by approver
    may      read-config, shell-escape, file-get, file-put
    over     terminal, exec, data, file
    show     subscribers clear, at most 1000000
    opaque   at most 16GiB

rule look
    allow    chen.jie to %(names)s
    from     site here
    during   daily 00:00-24:00 Europe/Amsterdam, at most 8h
    approved by approver
    may      read-config
    over     terminal, exec
    show     subscribers clear, at most 1000
    opaque   at most 1MiB
"""
SSHD = """
Port %(port)d
ListenAddress 127.0.0.1
HostKey %(dir)s/host
AuthorizedKeysFile %(dir)s/authorized
AuthenticationMethods publickey
PermitRootLogin yes
UsePAM no
StrictModes no
PidFile none
PermitUserEnvironment no
AcceptEnv *
Subsystem sftp /usr/lib/openssh/sftp-server
MaxStartups 500
MaxSessions 500
PrintMotd no
PrintLastLog no
LogLevel VERBOSE
"""


class Terminal(Engineer):
    """Any client on a terminal."""

    def __init__(self, bench, argv):
        self.name = argv[0]
        self.start(argv)
        bench.people.append(self)

    def shows(self, line, what):
        """Types a line; whether what it makes is shown. `what` must not stand in the line itself."""
        self.type(line)
        return self.until(what) is not None


class Bench(Stage):
    """`elements`: {name: port} of others than `box`, which is the sshd of this machine."""

    def __init__(self, build, elements=None, keys=(), up=()):
        super().__init__(build)
        os.mkdir(self.town_dir, 0o755)
        self.box, self.box_port, self.sshd, self.up = os.path.join(self.dir, "box"), free_port(), None, list(up)
        self.user = pwd.getpwuid(os.geteuid()).pw_name
        elements = {"box": self.box_port, **(elements or {})}
        text = POLICY % {"names": ", ".join(elements), "keys": " ".join('key "%s"' % k for k in keys), "assets": "\n".join(
            "asset %s ssh 127.0.0.1:%d dialect linux holds subscribers credential box" % e for e in elements.items())}
        people.policy(text, os.path.join(self.town_dir, "policy"), os.path.join(self.town_dir, "keys"))
        with open(os.path.join(self.town_dir, "members.csv"), "w", encoding="utf-8") as f:
            f.write("msisdn,imsi\n31635000001,204990000000001\n")
        self.make_box()

    def make_box(self):
        os.mkdir(self.box, 0o755)
        for name in ("host", "credential"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", os.path.join(self.box, name))
        os.rename(os.path.join(self.box, "credential.pub"), os.path.join(self.box, "authorized"))
        with open(os.path.join(self.box, "conf"), "w", encoding="utf-8") as f:
            f.write(SSHD % {"port": self.box_port, "dir": self.box})
        os.mkdir(self.at(""), 0o755)

    def at(self, *names):
        """A place at the element: the directory that it is asked about."""
        return os.path.join(self.box, "files", *names)

    def start_box(self):
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", 0o755, exist_ok=True)
        with open(os.path.join(self.box, "log"), "ab") as log:
            self.sshd = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", os.path.join(self.box, "conf")],
                                         stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=ENV)

    def where_elements_are(self):
        return self.up

    def equip_gate(self):
        code, text = self.slagboom_("credential", "add", "box", "--user", self.user, "--key", os.path.join(self.box, "credential"))
        if code:
            raise RuntimeError(text)
        self.accept("box", os.path.join(self.box, "host.pub"))
        self.known = os.path.join(self.dir, "known")
        code, text = self.slagboom_("host-key", "--json")
        self.host_key = run("ssh-keyscan", "-p", str(self.port), "-t", "ed25519", "127.0.0.1")[1].splitlines()[-1].split(" ", 1)[1]
        if code or self.host_key.split()[1] not in self.slagboom_("host-key")[1]:
            raise RuntimeError("the front door has another host key than the gate says: %s, %s" % (text, self.host_key))
        with open(self.known, "w", encoding="utf-8") as f:
            f.write("* %s\n" % self.host_key)

    def accept(self, asset, public):
        mark = run("ssh-keygen", "-lf", public)[1].split()[1]
        code, text = self.slagboom_("element-key", "accept", asset, mark, "--public", public, "--key", self.key("k.visser"))
        if code:
            raise RuntimeError(text)

    def grant(self, engineer, asset):
        """An officer files the request, and approves it."""
        code, text = self.officer("j.devries", "request", engineer, asset, "--purpose", "test of clients", "--ticket", "CHG-1",
                                  "--from", "127.0.0.1")
        number = self.request_of(engineer) if code == 0 else None
        if not number or self.approve(number, "j.devries")[0][0]:
            raise RuntimeError("no grant for %s: %s" % (engineer, text))

    def ssh(self, *words, who="wei.zhang", asset="box", options=(), client="ssh", stdin=b"", timeout=60, env=None):
        """One run of an OpenSSH client: (exit code, its output, its errors)."""
        argv = [client, *self.ssh_options(who), *options, "-p", str(self.port), "%s+%s@127.0.0.1" % (who, asset), *words]
        return self.client(argv, stdin, timeout, env)

    def ssh_options(self, who="wei.zhang"):
        return ["-F", "none", "-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=" + self.known, "-o", "BatchMode=yes",
                "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-i", self.key(who)]

    def client(self, argv, stdin=b"", timeout=60, env=None):
        try:
            done = subprocess.run(argv, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=timeout,
                                  env={**ENV, "HOME": self.dir, **(env or {})}, cwd=self.dir)
        except subprocess.TimeoutExpired as e:
            return -1, e.stdout or b"", (e.stderr or b"") + b"\nit did not end"
        return done.returncode, done.stdout, done.stderr

    def town(self, *words, **more):
        """There is no town here; `end` asks for it to be taken down."""
        if self.sshd:
            self.sshd.terminate()
            self.sshd.wait()
        return 0, ""


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


def sound(bench):
    """The gate is closed, and a stranger's program judges what it leaves."""
    check(bench.close_gate() == 0, "The gate closes in order.", bench.gate_log()[-800:])
    good = bench.verify_all()
    check(good[0] == 0, "slagboom-verify --records --sessions --recordings: sound.", good)
    return good[1]


def tell(story, needs=(), **how):
    """Runs a test on a bench of its own, and ends with the line that the test run reads."""
    build = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build-release")
    missing = [n for n in ("ssh", "ssh-keygen", "age-keygen", "sshd", *needs) if run("which", n)[0]]
    if missing:
        skip("not installed: " + ", ".join(missing))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    bench, began = Bench(os.path.abspath(build), **how), time.monotonic()
    os.chdir("/")
    try:
        bench.start_box()
        bench.open_gate()
        bench.equip_gate()
        story(bench)
    except Exception as e:      # whatever it is, the bench is taken down and it is told
        traceback.print_exc(file=sys.stdout)
        check(False, "the test came to its end", "%s: %s\n%s" % (type(e).__name__, e, bench.gate_log()[-1500:]))
    finally:
        bench.end()
    print("\nTold in %.0f s." % (time.monotonic() - began))
    print("%d passed, %d failed" % (total["passed"], total["failed"]))
    sys.exit(1 if total["failed"] or not total["passed"] else 0)
