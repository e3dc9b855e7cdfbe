"""
Is:        the town's first process: a network of its own for each zone, each joined by
           one pair of interfaces to the gate's network, and nothing joined to any other.
Is not:    root's: it becomes an ordinary user before anything else runs.
Called by: town, which leaves it behind.
Owns:      all processes and namespaces of the town; they end with it.
Trust:     our own files.

    zone core 10.23.1.2 ── 10.23.1.1 ┐
    zone pe1  10.23.2.2 ── 10.23.2.1 ┤ the gate's network: this process, and
    zone amf1 10.23.3.2 ── 10.23.3.1 ┤ whoever enters it through /proc/PID/ns/net
    ...                              ┘ (no other interface, no forwarding)
"""
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import time

from parts import cage, linux
from parts.zone import Zone

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
STOP_S = 40


class Log:
    def __init__(self, path):
        self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)

    def say(self, text):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        os.write(self.fd, ("%s %s\n" % (stamp, text)).encode())


def _loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        ask = fcntl.ioctl(s, SIOCGIFFLAGS, struct.pack("16sH22x", b"lo", 0))
        flags = struct.unpack_from("16sH", ask)[1]
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags | IFF_UP))


def _ip(*words, fds=()):
    done = subprocess.run(["ip", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          pass_fds=fds, preexec_fn=lambda: linux.pass_on([linux.CAP_NET_ADMIN, linux.CAP_SYS_ADMIN]),
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    if done.returncode:
        raise RuntimeError("ip %s: %s" % (" ".join(words), done.stdout.strip()))


def _network_here():
    return os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


SETTINGS = {
    "ipv4/ip_forward": "0",
    "ipv4/ip_unprivileged_port_start": "0",    # an element listens where its kind listens
    "ipv6/conf/all/disable_ipv6": "1",
}


def _settings():
    for path, value in SETTINGS.items():
        at = "/proc/sys/net/" + path
        if os.path.exists(at):
            with open(at, "w", encoding="ascii") as f:
                f.write(value)


def make_networks(zones):
    """{zone: network}, and ours joined to each."""
    gate, made = _network_here(), {}
    _loopback_up()
    _settings()
    for n, z in enumerate(zones):
        linux.unshare(linux.NEWNET)
        made[z.name] = _network_here()
        _loopback_up()
        _settings()
        linux.setns(gate, linux.NEWNET)
        here = "zone%d" % n
        _ip("link", "add", here, "type", "veth", "peer", "name", "eth0",
            "netns", "/proc/self/fd/%d" % made[z.name], fds=(made[z.name],))
        _ip("address", "add", z.gate + "/24", "dev", here)
        _ip("link", "set", here, "up")
        linux.setns(made[z.name], linux.NEWNET)
        for address in z.addresses:
            _ip("address", "add", address + "/24", "dev", "eth0")
        _ip("link", "set", "eth0", "up")
        linux.setns(gate, linux.NEWNET)
    os.close(gate)
    return made


class Holder:
    """Who waits for `up` hears of each zone through `told`, and says through `go` that the town
    may stay; if he ends without that, it ends too."""

    def __init__(self, zones, config, told, go):
        self.zones, self.config, self.told, self.go = zones, config, told, go
        self.log = Log(os.path.join(config.dir, "log", "town.log"))
        self.pids = {}

    def tell(self, text):
        try:
            os.write(self.told, (text + "\n").encode())
        except OSError:
            pass    # nobody waits any more

    def run(self):
        linux.set_name("town")
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGHUP})
        cage.keep_to_ourselves(os.path.join(self.config.dir, "empty"))
        networks = make_networks(self.zones)
        for z in self.zones:
            self.pids[self.start(z, networks)] = z
        for fd in networks.values():
            os.close(fd)
        self.log.say("the town starts: " + ", ".join(z.name for z in self.zones))
        self.keep()
        self.stop()
        self.log.say("the town has stopped")

    def start(self, z, networks):
        """The process that stays here waits for the zone's first, which has the number 1."""
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            linux.setns(networks[z.name], linux.NEWNET)
            for fd in [self.go, *networks.values()]:
                os.close(fd)
            linux.unshare(linux.NEWNS | linux.NEWPID | linux.NEWIPC | linux.NEWUTS)
            socket.sethostname(z.name)
            first = os.fork()
            if first == 0:
                code = self.first_of(z)
            else:
                code = self.follow(first)
        except Exception as e:
            self.complain(z, e)
        os._exit(code)

    def first_of(self, z):
        try:
            Zone(z, self.config, self.log.say, self.tell).run()
            return 0
        except Exception as e:
            self.complain(z, e)
            return 1

    def complain(self, z, e):
        self.log.say("%s: %s" % (z.name, e))
        self.tell("failed %s: %s" % (z.name, e))

    @staticmethod
    def follow(first):
        while True:
            info = signal.sigwaitinfo({signal.SIGTERM, signal.SIGCHLD})
            if info.si_signo == signal.SIGTERM:
                os.kill(first, signal.SIGTERM)
            elif os.waitpid(first, os.WNOHANG)[0]:
                return 0

    def reap(self):
        while self.pids:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            z = self.pids.pop(pid, None)
            if z:
                self.log.say("zone %s has ended" % z.name)

    def keep(self):
        """Until told to stop, or a zone is lost."""
        while True:
            info = signal.sigtimedwait({signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}, 3600 if self.go is None else 0.2)
            if (info and info.si_signo != signal.SIGCHLD) or self.is_abandoned():
                return
            self.reap()
            if len(self.pids) < len(self.zones):
                self.log.say("a zone is lost, so the town stops")
                return

    def is_abandoned(self):
        if self.go is None or not select.select([self.go], [], [], 0)[0]:
            return False
        if not os.read(self.go, 2):
            self.log.say("who started the town has gone, so it stops")
            return True
        os.close(self.go)
        self.go = None
        return False

    def stop(self):
        for pid in self.pids:
            os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + STOP_S
        while self.pids and time.monotonic() < end:
            signal.sigtimedwait({signal.SIGCHLD}, 0.2)
            self.reap()
