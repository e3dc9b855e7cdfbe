"""
Is:        the whole gate, from the front door to the edge, before elements that are OpenSSH's own
           sshd on loopback; and a reader of what it recorded.
Is not:    a test, or the town (tests/e2e/stage.py, whose reading of the record and whose officers
           are used here).
Called by: the tests beside it; a Whole() is theirs to use in a `with`.
Owns:      a temporary directory, the elements and the gate in it; stopped by their pids.
Trust:     none in what elements and clients write.

Root is not needed; as root each element's sshd is told to take root's key.
"""
import getpass
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
import stage  # noqa: E402
from stage import check, free_port, of, part, run, skip, wait  # noqa: E402,F401

ENGINEERS, OFFICERS, KEEPERS = ("wei.zhang", "li.na"), ("j.devries", "m.bakker", "k.visser"), ("s.jansen", "t.mulder")
USER = getpass.getuser()

POLICY = """\
operator  "Kustnet B.V." in NL adequate NL requires screening
site      here "Here" in NL network 127.0.0.0/8
supplier  meridian "Meridian Networks B.V." in NL controlled-from NL
engineer  wei.zhang of meridian screened-until 2099-01-01 key "@wei.zhang@"
engineer  li.na     of meridian screened-until 2099-01-01 key "@li.na@"
officer   j.devries role approver, watcher key "@j.devries@"
officer   m.bakker  role approver, watcher key "@m.bakker@"
officer   k.visser  role administrator key "@k.visser@"
officer   s.jansen  role keeper, auditor key "@s.jansen@" seal "@s.jansen.age@"
officer   t.mulder  role keeper, auditor key "@t.mulder@" seal "@t.mulder.age@"
%s
"""
SSHD = """\
Port %(port)d
ListenAddress 127.0.0.1
HostKey %(dir)s/host_key
AuthorizedKeysFile %(dir)s/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PidFile none
PrintMotd no
PrintLastLog no
MaxStartups 200
MaxSessions 100
AcceptEnv LANG LC_* SLAGBOOM_*
SetEnv HOME=%(dir)s
Subsystem sftp /usr/lib/openssh/sftp-server
LogLevel VERBOSE
%(more)s
"""


# sshd gives root's sessions no signals: an sshd that knows somebody else, in mounts of its own.
KNOWS_TESTER = """{ cat /etc/passwd; echo tester:x:65534:65534::/:/bin/bash; } >$0/passwd &&
    mount --bind $0/passwd /etc/passwd && exec /usr/sbin/sshd -D -e -f $0/sshd_config"""


class Element:
    """An sshd of this machine on a port of its own; `files` is where its data is. Its user is who runs
    the test, or "tester"."""

    def __init__(self, whole, name, more="", key_type="ed25519", user=USER):
        self.name, self.port, self.user = name, free_port(), user
        self.dir, self.files = os.path.join(whole.dir, name), os.path.join(whole.dir, name, "files")
        os.makedirs(self.files)
        if key_type:
            make_key(os.path.join(self.dir, "host_key"), key_type)
        shutil.copy(whole.key(name) + ".pub", os.path.join(self.dir, "authorized_keys"))
        with open(os.path.join(self.dir, "sshd_config"), "w", encoding="utf-8") as f:
            f.write(SSHD % {"port": self.port, "dir": self.dir, "more": more})
        os.makedirs("/run/sshd", exist_ok=True)
        self.log_path = os.path.join(self.dir, "log")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", os.path.join(self.dir, "sshd_config")] if user == USER else
                                            [os.path.join(whole.build, "tests/in-mounts"), "/bin/sh", "-c", KNOWS_TESTER, self.dir],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        if not wait(lambda: "listening on" in self.log()):
            raise RuntimeError("the element %s does not come up: %s" % (name, self.log()))

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def path(self, name):
        return os.path.join(self.files, name)

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def write(self, name, data, mode=0o644):
        with open(self.path(name), "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        os.chmod(self.path(name), mode)

    def all_files(self):
        """Every name below its data, whatever it is."""
        return sorted(os.path.relpath(os.path.join(base, n), self.files) for base, dirs, files in os.walk(self.files)
                      for n in dirs + files)

    def running(self, command):
        """A process with exactly this command line runs below its sshd."""
        return bool(run("ps", "--no-headers", "-o", "pid", "-C", command.split()[0])[1].strip()) and command in [
            line.strip() for line in run("ps", "-e", "-o", "args=")[1].splitlines()]

    def end(self):
        self.process.terminate()
        self.process.wait()


class Switch:
    """A switch with a prompt, that remembers what it was told."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.told, self.n = self.socket.getsockname()[1], b"", 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                c = self.socket.accept()[0]
            except OSError:
                return
            self.n += 1
            threading.Thread(target=self.talk, args=(c,), daemon=True).start()

    def talk(self, c):
        c.sendall(b"sw1>")
        while True:
            try:
                more = c.recv(4096)
            except OSError:
                return
            if not more:
                return
            self.told += more
            if b"\r" in more or b"\n" in more:
                c.sendall(more.replace(b"\0", b"") + b"\nVersion 12.1 of nothing\r\nsw1>")
            else:
                c.sendall(more)

    def close(self):
        self.socket.close()


def said(err):
    """Without what a sanitizer says when a program of ours starts in a room, where it cannot read its own name."""
    return b"".join(line for line in err.splitlines(True) if b"WARNING: reading executable name failed" not in line)


def make_key(path, kind="ed25519"):
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", path], check=True, stdin=subprocess.DEVNULL)


class Whole(stage.Stage):
    """`policy` is what follows the people: assets, as "asset e1 ssh @e1@ ...", and rules. A word
    @NAME@ of an asset is the address of the element of that name, which is started."""

    def __init__(self, build, policy, elements=("e1",), **options):
        self.build = os.path.realpath(build)
        self.slagboom = os.path.join(self.build, "src/cli/slagboom")
        self.verifier = os.path.join(self.build, "src/cli/verify/slagboom-verify")
        self.dir = stage.folder("slagboom-whole-", options.get("within"))
        self.town_dir, self.state = self.dir, os.path.join(self.dir, "state")
        self.port, self.gate, self.people, self.up_words = free_port(), None, [], options.get("up", [])
        self.element, self.clients = {}, []
        if options.get("state_room"):
            self.small_disk(options["state_room"])
        os.mkdir(os.path.join(self.dir, "keys"), 0o700)
        for name in ENGINEERS + OFFICERS + KEEPERS + tuple(elements):
            make_key(self.key(name))
        for name in KEEPERS:
            run("age-keygen", "-o", self.key(name) + ".age")
        for name in elements:
            self.element[name] = Element(self, name, *options.get(name, ()))
        self.write_policy(policy)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def public(self, name):
        if name in self.element:
            return "127.0.0.1:%d" % self.element[name].port
        with open(self.key(name) if name.endswith(".age") else self.key(name) + ".pub", encoding="utf-8") as f:
            text = f.read()
        return re.search(r"age1\w+", text).group() if name.endswith(".age") else " ".join(text.split()[:2])

    def write_policy(self, policy):
        with open(os.path.join(self.dir, "policy"), "w", encoding="utf-8") as f:
            f.write(re.sub(r"@([a-z0-9.]+)@", lambda m: self.public(m.group(1)), POLICY % policy))

    # ---- the gate ----

    def open_gate(self):
        first = [] if os.path.exists(os.path.join(self.state, "desk")) else ["--origin", "gate1.kustnet.example", "--policy", os.path.join(self.dir, "policy")]
        with open(os.path.join(self.dir, "gate.log"), "ab") as log:
            self.gate = subprocess.Popen([self.slagboom, "up", "--foreground", "--dir", self.state, "--listen",
                                          "127.0.0.1:%d" % self.port, *self.up_words, *first],
                                         stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=stage.ENV, cwd="/")
        up = wait(lambda: self.gate.poll() is not None or self.door_answers(), 60)
        if not up or self.gate.poll() is not None:
            raise RuntimeError("the gate does not come up: " + self.gate_log()[-2000:])
        if first:
            self.equip_gate()

    def equip_gate(self):
        for name, e in self.element.items():
            done = [self.slagboom_("credential", "add", name, "--user", e.user, "--key", self.key(name))]
            host = os.path.join(e.dir, "host_key.pub")
            mark = run("ssh-keygen", "-lf", host)[1].split()[1]
            done.append(self.slagboom_("element-key", "accept", name, mark, "--public", host, "--key", self.key("k.visser")))
            for code, text in done:
                if code:
                    raise RuntimeError("equip: " + text)

    # ---- an engineer's programs ----

    def options(self, name="wei.zhang", tool="ssh"):
        return ["-F", "none", "-i", self.key(name), "-P" if tool in ("scp", "sftp") else "-p", str(self.port),
                *[w for o in ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "IdentitiesOnly=yes", "SendEnv=LANG LC_* SLAGBOOM_*") for w in ("-o", o)]]

    def start(self, tool, *words, name="wei.zhang", **more):
        """The client `tool` of this machine; a Popen."""
        env = {**stage.ENV, "HOME": self.dir, "SSH_AUTH_SOCK": "", "SLAGBOOM_PURPOSE": "replace the card in rack 3", "SLAGBOOM_TICKET": "CHG-1234", **more.pop("env", {})}
        more = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": self.dir, **more}
        self.clients.append(subprocess.Popen([tool, *self.options(name, tool), *words], env=env, **more))
        return self.clients[-1]

    def client(self, tool, *words, timeout=60, stdin=None, **more):
        """(exit code, output, errors) of a client that ends by itself."""
        p = self.start(tool, *words, **({"stdin": subprocess.PIPE} if stdin is not None else {}), **more)
        try:
            out, err = p.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            p.kill()
            out, err = p.communicate()
            return 124, out, err + b"(killed: it did not end)"
        return p.returncode, out, said(err)

    def ssh(self, *words, **more):
        return self.client("ssh", "wei.zhang@127.0.0.1", *words, **more)

    def at(self, asset, path="", name="wei.zhang"):
        return "%s+%s@127.0.0.1:%s" % (name, asset, path)

    def grant(self, asset="e1", name="wei.zhang", officers=("j.devries",)):
        """Asks by a first session and has it approved: the grant stands for those that follow."""
        p = self.start("ssh", name + "@127.0.0.1", asset, "true", name=name)
        number = self.request_of(name)
        if not number:
            raise RuntimeError("no request came: %s" % (p.communicate(timeout=20),))
        for code, text in self.approve(number, *officers):
            if code:
                raise RuntimeError("approve: " + text)
        p.wait(20)

    # ---- afterwards ----

    def sessions_closed(self, n):
        """Waits for that many closing records; what there is then."""
        wait(lambda: len(of(self.records(), "session.closed")) >= n)
        return self.records()

    def opened_recording(self, session, form="--raw"):
        """What both keepers see of one session's recording."""
        recording = of(self.records(), "session.opened", session=session)[0]["data"]["recording"]
        done = subprocess.run([self.slagboom, "play", os.path.join(self.log_dir(), "recordings", recording), form, "--key",
                               self.key("s.jansen") + ".age", "--key", self.key("t.mulder") + ".age"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=stage.ENV, check=False)
        if done.returncode:
            raise RuntimeError("play: " + done.stderr.decode())
        return done.stdout

    def end(self):
        for p in self.clients:
            if p.poll() is None:
                p.kill()
                p.wait()
        for e in self.people:
            e.leave()
        self.close_gate()
        for e in self.element.values():
            e.end()
        if os.environ.get("SLAGBOOM_KEEP"):
            print("kept: " + self.dir)
        else:
            run("umount", "-l", self.state)
            shutil.rmtree(self.dir, ignore_errors=True)


def tell(*tests, needs=()):
    """Runs the tests of a file, each with the build, and ends with the line that the test run reads.
    usage: FILE BUILD [NAME...]"""
    build, only = sys.argv[1], sys.argv[2:]
    missing = [n for n in ("ssh", "sftp", "scp", "age-keygen", "/usr/sbin/sshd", *needs) if not shutil.which(n)]
    if missing:
        skip("not installed: " + ", ".join(missing))
    if os.geteuid() != 0:
        skip("sshd lets in others than the one who started it only as root, and so does the door")
    build = os.path.realpath(build)
    os.chdir("/")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    began = time.monotonic()
    for test in tests:
        if only and test.__name__ not in only:
            continue
        part(test.__name__.replace("_", " "))
        try:
            test(build)
        except Exception as e:  # whatever it is, it is told, and the next begins
            traceback.print_exc(file=sys.stdout)
            check(False, "it went to its end", "%s: %s" % (type(e).__name__, e))
    print("\nIn %.0f s." % (time.monotonic() - began))
    print("%d passed, %d failed" % (stage.total["passed"], stage.total["failed"]))
    sys.exit(1 if stage.total["failed"] or not stage.total["passed"] else 0)
