"""
Is:        the system calls that Python's library lacks: namespaces, mounts, capabilities.
Is not:    an order of calls; cage.py has that.
Called by: cage.py, holder.py.
Owns:      nothing.
Trust:     our own arguments.
"""
import ctypes
import os
import struct

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    1, 2, 4, 8, 32, 4096, 16384, 1 << 18)
PR_SET_KEEPCAPS, PR_SET_NAME, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 8, 15, 38, 47
CAP_NET_BIND, CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN = 10, 12, 13, 21
CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name, *args):
    ctypes.set_errno(0)
    if getattr(_libc, name)(*args) < 0:
        code = ctypes.get_errno()
        raise OSError(code, "%s: %s" % (name, os.strerror(code)))


def unshare(flags):
    _call("unshare", ctypes.c_int(flags))


def setns(fd, kind):
    _call("setns", ctypes.c_int(fd), ctypes.c_int(kind))


def mount(source, target, kind=None, flags=0, data=None):
    try:
        _call("mount", os.fsencode(source), os.fsencode(target), kind and kind.encode(),
              ctypes.c_ulong(flags), data and data.encode())
    except OSError as e:
        raise OSError(e.errno, "mounting %s: %s" % (target, os.strerror(e.errno))) from None


def bind(source, target, read_only):
    """The source at the target; never with set-uid programs or devices of its own."""
    mount(source, target, flags=MS_BIND | MS_REC)
    mount("", target, flags=MS_BIND | MS_REMOUNT | MS_NOSUID | (MS_RDONLY | MS_NODEV if read_only else 0))


def prctl(option, *args):
    _call("prctl", ctypes.c_int(option), *[ctypes.c_ulong(a) for a in (*args, 0, 0, 0, 0)[:4]])


def set_name(name):
    _call("prctl", ctypes.c_int(PR_SET_NAME), ctypes.c_char_p(name.encode()[:15]))


def _capabilities(mask=(1 << 64) - 1):
    """Makes effective and inheritable all that is permitted and in `mask`, and gives up the rest."""
    header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
    data = ctypes.create_string_buffer(24)
    _call("capget", header, data)
    _, p0, _, _, p1, _ = struct.unpack("=6I", data.raw)
    low, high = p0 & mask & 0xffffffff, p1 & mask >> 32
    _call("capset", header, struct.pack("=6I", low, low, low, high, high, high))


def become(uid):
    """From root to `uid` without losing the capabilities of this process."""
    prctl(PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    _capabilities()


def keep_only(caps):
    _capabilities(sum(1 << cap for cap in set(caps)))


def pass_on(caps):
    """Between fork and exec: the program keeps these capabilities and no other, and can
    gain none."""
    _capabilities()
    for cap in caps:
        prctl(PR_CAP_AMBIENT, 2, cap)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
