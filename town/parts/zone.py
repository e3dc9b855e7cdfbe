"""
Is:        the first process of one zone: makes what its elements need, starts them,
           starts again what died, and stops them in the opposite order.
Is not:    the table of elements (elements.py).
Called by: holder.py, in the zone's network.
Owns:      every process of the zone: when it ends, the kernel ends them all.
Trust:     our own files; the elements are what engineers do their worst to.
"""
import os
import signal
import socket
import subprocess
import time

from parts import cage, linux

READY_S = 60
STOP_S = 15
AGAIN_S = 2
ENV = {"PATH": "/usr/lib/postgresql/15/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/town"}


class Zone:
    """`say(text)` goes to the log of the town, `tell(text)` to who waits for `up`."""

    def __init__(self, spec, config, say, tell):
        self.spec, self.config, self.say, self.tell = spec, config, say, tell
        self.pids = {}    # pid: element
        self.due = {}     # name of an element that died: when to start it again
        self.logs = {}
        self.stopping = False

    def run(self):
        linux.set_name("town-" + self.spec.name)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD, signal.SIGINT})
        for e in self.spec.elements:
            self.logs[e.name] = os.open(os.path.join(self.config.dir, "log", e.name + ".log"),
                                        os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        cage.enter(os.path.join(self.config.dir, "empty"), os.path.join(self.config.dir, "data", self.spec.name),
                   self.config.uid, self.spec.name)
        # One that nobody inside has, and that is good for nothing here, so that nobody inside
        # may look into this process, which knows the passwords of other elements.
        linux.keep_only([linux.CAP_NET_BIND] + [cap for e in self.spec.elements for cap in e.caps])
        os.umask(0o027)
        self.fill()
        for e in self.spec.elements:
            began = time.monotonic()
            self.start(e)
            self.wait_ready(e)
            self.tell("ready %s %.1f" % (e.name, time.monotonic() - began))
        self.tell("zone %s" % self.spec.name)
        self.keep()
        self.stop()

    def fill(self):
        """What the elements hold is made once. `filled` is written last, so that what was
        cut short is made afresh."""
        self.spec.configure(self.config)
        if not os.path.exists("/town/filled"):
            began = time.monotonic()
            self.spec.fill(self.config, self.tool)
            with open("/town/filled", "w", encoding="utf-8") as f:
                os.fsync(f.fileno())
            self.say("%s: filled in %.1f s" % (self.spec.name, time.monotonic() - began))

    def tool(self, argv, stdin=None):
        """A program that ends by itself; its complaint when it fails."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        done = subprocess.run(argv, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENV,
                              preexec_fn=lambda: self.child(()), check=False)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        if done.returncode:
            raise RuntimeError("%s: exit %d: %s" % (argv[0], done.returncode,
                                                    done.stdout.decode(errors="replace")[-800:]))
        return done.stdout

    def child(self, caps):
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        linux.pass_on(caps)

    def start(self, e):
        pid = os.fork()
        if pid == 0:
            try:
                os.setsid()
                null = os.open("/dev/null", os.O_RDONLY)
                os.dup2(null, 0)
                os.dup2(self.logs[e.name], 1)
                os.dup2(self.logs[e.name], 2)
                self.child(e.caps)
                os.execvpe(e.argv[0], e.argv, {**ENV, **e.env})
            except OSError as x:
                os.write(2, ("%s: %s\n" % (e.argv[0], x)).encode())
            os._exit(127)
        self.pids[pid] = e
        self.due.pop(e.name, None)

    def wait_ready(self, e):
        end = time.monotonic() + READY_S
        while True:
            self.reap()
            if e.is_ready():
                return
            if e.name in self.due:
                raise RuntimeError("%s ended as soon as it was started; see log/%s.log" % (e.name, e.name))
            if time.monotonic() > end:
                raise RuntimeError("%s does not answer after %d s; see log/%s.log" % (e.name, READY_S, e.name))
            time.sleep(0.02)

    def reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            e = self.pids.pop(pid, None)
            if e and not self.stopping:
                self.say("%s ended (%s); it is started again" % (e.name, describe(status)))
                self.due[e.name] = time.monotonic() + AGAIN_S

    def keep(self):
        while True:
            info = signal.sigtimedwait({signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}, AGAIN_S)
            if info and info.si_signo != signal.SIGCHLD:
                return
            self.reap()
            for e in self.spec.elements:
                if self.due.get(e.name, time.monotonic() + 1) <= time.monotonic():
                    self.start(e)

    def stop(self):
        self.stopping = True
        for e in reversed(self.spec.elements):
            for pid in [p for p, x in self.pids.items() if x is e]:
                os.kill(pid, e.stop_signal)
                self.wait_end(e, pid)

    def wait_end(self, e, pid):
        end = time.monotonic() + STOP_S
        while pid in self.pids and time.monotonic() < end:
            signal.sigtimedwait({signal.SIGCHLD}, 0.2)
            self.reap()
        if pid in self.pids:
            self.say("%s does not stop; it is killed" % e.name)
            os.kill(pid, signal.SIGKILL)


def describe(status):
    if os.WIFSIGNALED(status):
        return "signal %d" % os.WTERMSIG(status)
    return "exit %d" % os.WEXITSTATUS(status)


def listens(address, port):
    """True when somebody here listens there. Asks the kernel: a connection would stand in the
    element's log as one that no session explains."""
    raw = socket.inet_aton(address)[::-1].hex().upper()
    try:
        with open("/proc/net/tcp", encoding="ascii") as f:
            return any(line.split()[1] == "%s:%04X" % (raw, port) and line.split()[3] == "0A" for line in f)
    except OSError:
        return answers(address, port)


def answers(address, port):
    try:
        with socket.create_connection((address, port), 1):
            return True
    except OSError:
        return False
