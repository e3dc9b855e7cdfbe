"""
Is:        the ground that load stands on: elements that are stock sshd, a jump host that is too,
           and a gate before them with one standing grant for each engineer; and what their
           processes cost.
Is not:    a test or a measurement.
Called by: kills, crowd and flood beside it, bench/ssh.
Owns:      a temporary directory, and what it started, by pid.
Trust:     no input.
"""
import copy
import json
import os
import shutil
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "e2e"))
from stage import ENV, SSH as STAGE_SSH, children, folder, free_port, records_of, run, stat, tree, wait   # noqa: E402,F401

CIPHER = "aes256-gcm@openssh.com"
SSH = STAGE_SSH + ["-o", "PasswordAuthentication=no", "-c", CIPHER]
TICKS = os.sysconf("SC_CLK_TCK")
NEEDS = ("ssh", "ssh-keygen", "sshd", "age-keygen")

# Words of ours, which the element's shell finds in its PATH, and the rest of what is typed at it.
POLICY = """
operator  "Kustnet B.V." in NL
site      here "This machine" in NL network 127.0.0.0/8
supplier  meridian "Meridian Networks B.V." in NL
%(engineers)s
officer   j.devries "J. de Vries" role approver, watcher key "%(j.devries)s"
officer   k.visser  "K. Visser" role administrator key "%(k.visser)s"
officer   s.jansen  "S. Jansen" role keeper key "%(s.jansen)s" seal "%(s.jansen.age)s"
officer   t.mulder  "T. Mulder" role keeper key "%(t.mulder)s" seal "%(t.mulder.age)s"
asset     el ssh 127.0.0.1:%(port)d dialect linux holds configuration credential el
command   linux read-config "^(true|cat|yes|date|stay)$"
command   linux read-config "^(head|pump|sleep|cat) [-_a-z0-9./ ]*$"
rule all
    allow    meridian to el
    from     site here
    during   daily 00:00-24:00 Europe/Amsterdam, at most 8h
    approved by approver
    may      read-config, shell-escape, file-get, file-put, opaque
    over     terminal, exec, file
    show     subscribers masked
    opaque   at most 4000GiB
"""


def must(*argv, **more):
    code, text = run(*argv, **{"timeout": 120, **more})
    if code:
        raise RuntimeError("%s: exit %d: %s" % (" ".join(argv), code, text[-2000:]))
    return text


# ---- what processes cost ------------------------------------------------------------------------------

def cpu_s(*roots):
    """Seconds of CPU of these trees until now, with those of them that ended and were waited for."""
    total = 0
    for pid in tree(*roots):
        s = stat(pid)
        total += sum(int(w) for w in s[2][11:15]) if s else 0
    return total / TICKS


def pss_kb(pids):
    """{name: kilobytes} of memory, pages that are shared counted in parts."""
    found = {}
    for pid in pids:
        s = stat(pid)
        try:
            with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as f:
                for line in f:
                    if line.startswith("Pss:"):
                        found[s[0]] = found.get(s[0], 0) + int(line.split()[1])
        except (OSError, TypeError):
            pass    # it ended
    return found


def switches(pids):
    """How often they were woken, so far."""
    total = 0
    for pid in pids:
        try:
            with open("/proc/%d/status" % pid, encoding="ascii", errors="replace") as f:
                total += sum(int(line.split()[1]) for line in f if "voluntary_ctxt_switches" in line)
        except OSError:
            pass
    return total


def end_process(p, seconds=30):
    if p and p.poll() is None:
        p.terminate()
        try:
            p.wait(seconds)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()


# ---- the ground -----------------------------------------------------------------------------------

class Ground:
    def __init__(self, build, at=None, engineers=1, words=None):
        self.slagboom = os.path.join(os.path.realpath(build), "src/cli/slagboom")
        self.verifier = os.path.join(os.path.realpath(build), "src/cli/verify/slagboom-verify")
        self.dir = folder("slagboom-load-", at)
        self.state, self.gate, self.sshd, self.jump = os.path.join(self.dir, "state"), None, None, None
        self.engineers = ["wei.zhang"] + ["e%d" % i for i in range(1, engineers)]
        self.public = {}
        for name in self.engineers + ["j.devries", "k.visser", "s.jansen", "t.mulder", "el", "host"]:
            must("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", self.at(name))
            with open(self.at(name + ".pub"), encoding="ascii") as f:
                self.public[name] = f.read().strip()
        for name in ("s.jansen.age", "t.mulder.age"):
            must("age-keygen", "-o", self.at(name))
            self.public[name] = must("age-keygen", "-y", self.at(name)).strip()
        self.words(words or {})
        self.port = free_port()

    def at(self, *names):
        return os.path.join(self.dir, *names)

    def words(self, words):
        """Programs that the element has besides its own."""
        os.mkdir(self.at("bin"))
        for name, text in words.items():
            with open(self.at("bin", name), "w", encoding="utf-8") as f:
                f.write(text)
            os.chmod(self.at("bin", name), 0o755)

    def start_sshd(self, name, keys, forwards):
        port = free_port()
        with open(self.at(name + ".keys"), "w", encoding="ascii") as f:
            f.write("".join(self.public[k] + "\n" for k in keys))
        with open(self.at(name + ".conf"), "w", encoding="ascii") as f:
            f.write("Port %d\nListenAddress 127.0.0.1\nHostKey %s\nAuthorizedKeysFile %s\nUsePAM no\nStrictModes no\nPidFile none\n"
                    "PermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nSubsystem sftp internal-sftp\n"
                    "AllowTcpForwarding %s\nX11Forwarding no\nPrintMotd no\nPrintLastLog no\nUseDNS no\nLogLevel ERROR\n"
                    "MaxStartups 2000\nMaxSessions 100\nSetEnv PATH=%s:/usr/bin:/bin\n"
                    % (port, self.at("host"), self.at(name + ".keys"), "yes" if forwards else "no", self.at("bin")))
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        log = open(self.at(name + ".log"), "ab")
        p = subprocess.Popen([shutil.which("sshd", path=ENV["PATH"]), "-D", "-e", "-f", self.at(name + ".conf")], env=ENV,
                             stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        if not wait(lambda: answers(port) or p.poll() is not None) or p.poll() is not None:
            raise RuntimeError("the sshd of %s does not come up: %s" % (name, open(self.at(name + ".log"), encoding="utf-8").read()))
        return p, port

    def start_elements(self):
        self.sshd, self.element_port = self.start_sshd("el", ["el", "wei.zhang"], False)
        self.jump, self.jump_port = self.start_sshd("jump", ["wei.zhang"], True)

    def write_policy(self):
        people = "\n".join('engineer  %s of meridian screened-until 2090-01-01 nda-until 2090-01-01 trained-until 2090-01-01 key "%s"'
                           % (name, self.public[name]) for name in self.engineers)
        with open(self.at("policy"), "w", encoding="utf-8") as f:
            f.write(POLICY.lstrip() % dict(self.public, engineers=people, port=self.element_port))

    def start_gate(self, limits="1200,1200,1200,1200"):
        self.write_policy()
        log = open(self.at("gate.log"), "ab")
        first = [] if os.path.exists(os.path.join(self.state, "desk")) else ["--origin", "gate1.kustnet.example", "--policy",
                                                                           self.at("policy")]
        self.gate = subprocess.Popen([self.slagboom, "up", "--foreground", "--dir", self.state, "--listen", "127.0.0.1:%d" % self.port,
                                      "--door-limits", limits, *first], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=ENV, cwd="/")
        log.close()
        if not wait(lambda: self.gate.poll() is not None or self.is_well() and answers(self.port), 60) or self.gate.poll() is not None:
            raise RuntimeError("the gate does not come up: " + self.gate_log()[-2000:])

    def equip_gate(self):
        """What an administrator does once; and a request for each engineer, approved."""
        self.do("credential", "add", "el", "--user", "root", "--key", self.at("el"))
        mark = must("ssh-keygen", "-lf", self.at("host.pub")).split()[1]
        self.do("element-key", "accept", "el", mark, "--public", self.at("host.pub"), "--key", self.at("k.visser"))
        for name in self.engineers:
            self.do("request", name, "el", "--purpose", "load", "--ticket", "CHG-1", "--from", "127.0.0.1", "--over", "exec", "--key",
                    self.at("j.devries"))
        for r in json.loads(self.do("requests", "--json", "--key", self.at("j.devries")))["result"]:
            self.do("approve", r["id"], "--yes", "--key", self.at("j.devries"))

    def up(self):
        self.start_elements()
        self.start_gate()
        self.equip_gate()

    def another(self, build):
        """A gate of another build before the same elements, with the same keys."""
        g = copy.copy(self)
        g.slagboom = os.path.join(os.path.realpath(build), "src/cli/slagboom")
        g.state, g.port, g.gate = self.at("state-2"), free_port(), None
        g.start_gate()
        g.equip_gate()
        return g

    def do(self, *words, **more):
        return must(self.slagboom, *words, "--dir", self.state, **more)

    def is_well(self):
        return run(self.slagboom, "status", "--dir", self.state)[0] == 0

    def gate_log(self):
        with open(self.at("gate.log"), encoding="utf-8", errors="replace") as f:
            return f.read()

    # ---- ways in ----

    def direct(self, *options, port=None):
        return SSH + ["-i", self.at("wei.zhang"), "-p", str(port or self.element_port), *options, "root@127.0.0.1"]

    def jumping(self, *options, port=None):
        """As ssh -J, which would not pass the cipher on to the first of its two connections."""
        first = " ".join(SSH + ["-i", self.at("wei.zhang"), "-p", str(port or self.jump_port), "-W", "%h:%p", "root@127.0.0.1"])
        return self.direct("-o", "ProxyCommand=" + first, *options)

    def gated(self, *options, port=None, engineer="wei.zhang"):
        return SSH + ["-i", self.at(engineer), "-p", str(port or self.port), *options, engineer + "+el@127.0.0.1"]

    # ---- the record ----

    def log_dir(self):
        return os.path.join(self.state, "evidence-core")

    def verify(self):
        with open(os.path.join(self.state, "keys/log-core.vkey"), encoding="utf-8") as f:
            key = f.read().strip()
        return run(self.verifier, "--key", key, "--records", "--sessions", "--recordings", os.path.join(self.log_dir(), "recordings"),
                   self.log_dir(), timeout=600)

    def records(self):
        return records_of(self.log_dir())

    def close_gate(self):
        end_process(self.gate)

    def end(self, keep=False):
        for p in (self.gate, self.jump, self.sshd):
            end_process(p)
        if not keep:
            shutil.rmtree(self.dir, ignore_errors=True)


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as s:
            s.settimeout(2)
            return s.recv(4) == b"SSH-"
    except OSError:
        return False


def unfit():
    """Why this machine cannot carry it, or None."""
    if os.geteuid() != 0:
        return "the front door makes rooms: run it as root"
    missing = [n for n in NEEDS if not shutil.which(n, path=ENV["PATH"])]
    return "not installed: " + ", ".join(missing) if missing else None


def stop_on_signals():
    """SIGTERM ends by way of `finally`."""
    def leave(_signal, _frame):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, leave)
