#!/usr/bin/env python3
"""Records what real programs write to a terminal, into tests/corpus/terminal.

usage: tools/record-terminal.py OUT_DIR

Each capture is the raw output of one program on a terminal of its own, driven by
scripted keys over a generated subscriber list. Names say the window: NAME-ROWSxCOLS.pty.
Captures are data: they are recorded once and committed, and tests only read them.
"""
import fcntl, os, pty, random, select, struct, sys, termios, time

random.seed(7)
PLANTED = ["316%08d" % random.randrange(10**8) for _ in range(40)]
WORDS = "attach detach paging location update cell sgsn vlr auth ok retry timeout".split()


def log_text(width=0):
    out = []
    for i, number in enumerate(PLANTED):
        words = " ".join(random.choice(WORDS) for _ in range(3 + width * (i % 7)))
        out.append("2026-03-%02d 10:%02d:07 hlr1 %s msisdn=%s state=%d" % (i % 28 + 1, i, words, number, i % 4))
    return "\n".join(out) + "\n"


def record(path, argv, keys, rows, cols, env=None, limit=24000):
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update({"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PS1": "$ ", "HOME": TMP, "LESSHISTFILE": "-", "SHELL": "/bin/sh"})
        os.environ.update(env or {})
        os.chdir(TMP)
        time.sleep(0.1)
        # A namespace of its own: no name and no process of the recording machine is shown.
        os.execvp("unshare", ["unshare", "-fpu", "--mount-proc", "sh", "-c", 'hostname hlr1; sleep 60 & sleep 61 & exec "$@"', "sh"] + argv)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
    out = b""

    def drain(seconds):
        nonlocal out
        end = time.time() + seconds
        while time.time() < end:
            ready, _, _ = select.select([fd], [], [], 0.05)
            if ready:
                try:
                    got = os.read(fd, 65536)
                except OSError:
                    return
                if not got:
                    return
                out += got

    drain(0.9)
    for key in keys:
        try:
            os.write(fd, key.encode())
        except OSError:
            break
        drain(0.35)
    drain(0.3)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    os.close(fd)
    with open(path, "wb") as f:
        f.write(out[:limit])
    print(path, len(out))


DIR = sys.argv[1]
TMP = "/tmp/home"
os.makedirs(TMP, exist_ok=True)
with open(os.path.join(TMP, "subs.log"), "w") as f:
    f.write(log_text())
with open(os.path.join(TMP, "wide.log"), "w") as f:
    f.write(log_text(4))
with open(os.path.join(TMP, "utf8.txt"), "w") as f:
    for n in PLANTED[:8]:
        f.write("naïve café 電話 %s été 📞 %s\n" % (n, n))
with open(os.path.join(TMP, "count.sh"), "w") as f:
    f.write("n=$(cat n 2>/dev/null || echo 31612340070); echo $((n+13)) > n; echo subscriber $n state 1; date +%s\n")
with open(os.path.join(DIR, "planted.txt"), "w") as f:
    f.write("\n".join(PLANTED) + "\n")

SPACE, DOWN = " ", "\x1b[B"
record(DIR + "/cat-24x80.pty", ["cat", "wide.log", "utf8.txt"], [], 24, 80)
record(DIR + "/cat-20x37.pty", ["cat", "wide.log"], [], 20, 37)
record(DIR + "/less-24x80.pty", ["less", "wide.log"], [SPACE, SPACE, "b", "j", "j", "k", "G", "g", "/sgsn\r", "n", "q"], 24, 80)
record(DIR + "/less-S-24x80.pty", ["less", "-S", "wide.log"], [SPACE, "\x1b[C", "\x1b[D", SPACE, "G", "q"], 24, 80)
record(DIR + "/more-24x80.pty", ["more", "wide.log"], [SPACE, SPACE, SPACE, SPACE], 24, 80)
record(DIR + "/vim-24x80.pty", ["vim", "-u", "NONE", "-N", "wide.log"], ["\x06", "\x06", "\x02", "dd", "u", ":set hls\r", "/[0-9]\r", "n", "n", "ihello\x1b", "5dd", "P", ":q!\r"], 24, 80)
record(DIR + "/vim-split-30x100.pty", ["vim", "-u", "NONE", "-N", "-o", "subs.log", "wide.log"], ["\x06", "\x17w", "\x06", ":vsplit\r", "\x04", "\x15", ":qa!\r"], 30, 100)
record(DIR + "/watch-24x80.pty", ["watch", "-n", "0.2", "-d", "sh", "count.sh"], [""] * 14, 24, 80)
record(DIR + "/top-24x80.pty", ["top", "-d", "0.4"], ["", "c", "", "M", "", "", "q"], 24, 80)
record(DIR + "/htop-24x80.pty", ["htop", "-d", "4"], ["", DOWN, DOWN, "", "\x1b[5~", "", "t", ""], 24, 80)
record(DIR + "/mc-24x80.pty", ["mc", "-c"], ["", DOWN, DOWN, "\x1bOR", "", SPACE, "\x1b[6~", "\x1b[21~", ""], 24, 80)
record(DIR + "/tmux-24x80.pty", ["tmux", "-L", "rec%d" % os.getpid(), "-f", "/dev/null", "new"], ["cat wide.log\r", "\x02%", "cat subs.log\r", "\x02\"", "\x02[", "\x02", "\x1b[5~", "q", "cat utf8.txt\r"], 24, 80)
record(DIR + "/shell-24x80.pty", ["bash", "--norc", "-i"], ["echo %s" % PLANTED[0], "\x1b[D" * 4, "\x7f", "7", "\x01", "\x05", "\r", "\x10", "\x7f\x7f\x7f", "\r", "clear\r", "cat subs.log\r", "\x12cat", "\r"], 24, 80)
os.system("tmux -L rec%d kill-server 2>/dev/null" % os.getpid())
