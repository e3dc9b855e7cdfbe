"""
Is:        the root directory that a zone sees: Debian's programs, read-only; a few files
           of /etc; its own data as /town; and nothing else of this machine.
Is not:    about networks (holder.py) or elements (zone.py).
Called by: zone.py, as the first process of the zone's namespaces.
Owns:      mounts that no other process sees and that end with the zone.
Trust:     our own files.
"""
import errno
import os

from parts import linux

DEVICES = ["null", "zero", "full", "random", "urandom", "tty"]
FROM_ETC = ["alternatives", "ld.so.cache", "ldap/schema", "ssh/moduli"]
ETC = {
    "passwd": "nfadmin:x:{uid}:{uid}:network function:/town/home:/bin/bash\n"
              "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
    "group": "nfadmin:x:{uid}:\nfrrvty:x:{uid}:\nnogroup:x:65534:\n",
    "hosts": "127.0.0.1 localhost\n127.0.1.1 {name}\n",
    "hostname": "{name}\n",
    "frr/vtysh.conf": "",
    # Only who is in the zone already reaches the socket that vtysh talks to.
    "pam.d/frr": "auth sufficient pam_permit.so\naccount sufficient pam_permit.so\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}


def keep_to_ourselves(somewhere):
    """What is mounted from here on is seen by nobody else. Where this machine's "/" is a plain
    directory (a chroot), the mount to say it of lies above: it is reached by going up from
    outside `somewhere`, made the root for a moment, and left again."""
    try:
        linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
        return
    except OSError as e:
        if e.errno != errno.EINVAL:
            raise
    here = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    os.chroot(somewhere)
    os.fchdir(here)
    while not os.path.samefile(".", ".."):
        os.chdir("..")
    os.chroot(".")
    linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
    os.fchdir(here)
    os.chroot(".")
    os.close(here)


def _own_tmpfs(target, uid, mode="755"):
    os.makedirs(target, exist_ok=True)
    linux.mount("tmpfs", target, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "mode=%s,size=64m,uid=%d" % (mode, uid))


def _bind_over(source, target, read_only):
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8"):
            pass
    linux.bind(source, target, read_only)


def _programs(root):
    _bind_over("/usr", root + "/usr", True)
    for name in os.listdir("/"):
        at = "/" + name
        if name in ("bin", "sbin") or name.startswith("lib"):
            if os.path.islink(at):
                os.symlink(os.readlink(at), root + at)
            else:
                _bind_over(at, root + at, True)


def _etc(root, uid, name):
    for file, text in ETC.items():
        os.makedirs(os.path.dirname(root + "/etc/" + file), exist_ok=True)
        with open(root + "/etc/" + file, "w", encoding="utf-8") as f:
            f.write(text.format(uid=uid, name=name))
    for file in FROM_ETC:
        if os.path.exists("/etc/" + file):
            _bind_over("/etc/" + file, root + "/etc/" + file, True)


def _devices(root, uid):
    os.makedirs(root + "/dev/pts")
    for name in DEVICES:
        _bind_over("/dev/" + name, root + "/dev/" + name, False)
    linux.mount("devpts", root + "/dev/pts", "devpts", linux.MS_NOSUID | linux.MS_NOEXEC,
                "newinstance,ptmxmode=0666,mode=0600")
    os.symlink("pts/ptmx", root + "/dev/ptmx")
    os.symlink("/proc/self/fd", root + "/dev/fd")
    _own_tmpfs(root + "/dev/shm", uid)


def _proc(root):
    """A machine that hides parts of /proc lets an ordinary user mount no other: then
    the zone has none, which its elements can do without."""
    os.makedirs(root + "/proc")
    try:
        linux.mount("proc", root + "/proc", "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
    except OSError as e:
        if e.errno != errno.EPERM:
            raise


def enter(at, data, uid, name):
    """Makes `at`, an empty directory, the root of this process; `data` becomes /town."""
    _own_tmpfs(at, uid)
    _programs(at)
    _etc(at, uid, name)
    _devices(at, uid)
    _proc(at)
    _bind_over(data, at + "/town", False)
    for name in ("run", "tmp"):
        _own_tmpfs(at + "/" + name, uid)
    os.symlink("town/opt", at + "/opt")
    os.makedirs(at + "/var")
    for name, target in (("log", "../town/log"), ("run", "../run"), ("tmp", "../tmp")):
        os.symlink(target, at + "/var/" + name)
    linux.mount("", at, flags=linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV)
    os.chroot(at)
    os.chdir("/town")
