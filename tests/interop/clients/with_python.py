"""
Is:        paramiko and asyncssh, used as their manuals say, one act a run.
Is not:    a test.
Called by: clients, as a program of its own: LIBRARY PORT USER KEY HOST-KEY ACT WORD...
Owns:      one connection.
Trust:     the server is the gate.
"""
import asyncio
import hashlib
import json
import struct
import sys

LIBRARY, PORT, USER, KEY, HOST_KEY, ACT, *WORDS = sys.argv[1:]
AT_ONCE = 32


def finish(code, out, err):
    sys.stdout.buffer.write(out)
    sys.stdout.flush()
    sys.stderr.buffer.write(err)
    sys.stderr.flush()
    sys.exit(code)


# ---- paramiko -----------------------------------------------------------------------------------

def paramiko_connect():
    import base64

    import paramiko
    c = paramiko.SSHClient()
    kind, blob = HOST_KEY.split()[:2]
    c.get_host_keys().add("[127.0.0.1]:%s" % PORT, kind, paramiko.Ed25519Key(data=base64.b64decode(blob)))
    c.connect("127.0.0.1", int(PORT), username=USER, key_filename=KEY, allow_agent=False, look_for_keys=False)
    return c


def paramiko_command(c, text):
    import threading
    into, out, err = c.exec_command(text)
    given = sys.stdin.buffer.read()

    def give():
        into.write(given)
        into.channel.shutdown_write()
    giver = threading.Thread(target=give)
    giver.start()
    got = out.read()
    giver.join()
    finish(out.channel.recv_exit_status(), got, err.read())


def packet(sftp, kind, *fields):
    """A request that the library has no word for: its answer."""
    import paramiko
    return sftp._request(kind, *fields) if isinstance(sftp, paramiko.SFTPClient) else None


def winscp(c, at, name):
    """What WinSCP does to a directory that it shows, a file that it takes, and one that it resumes."""
    import paramiko
    sftp = c.open_sftp()
    got = {"realpath": sftp.normalize(at), "names": sftp.listdir(at)}
    path = at + name
    got["size"] = sftp.stat(path).st_size
    got["lstat"] = sftp.lstat(path).st_size
    with sftp.open(path, "rb") as f:
        size, step = got["size"], 32768
        # readv sends all requests before it takes an answer; 32 of them at a time.
        parts, starts = [], list(range(0, size, step))
        for i in range(0, len(starts), AT_ONCE):
            parts += f.readv([(s, min(step, size - s)) for s in starts[i:i + AT_ONCE]])
    data = b"".join(parts)
    got["sha256"] = hashlib.sha256(data).hexdigest()
    half = len(data) // 2
    with sftp.open(path + ".up.filepart", "wb") as f:
        f.write(data[:half])
    with sftp.open(path + ".up.filepart", "r+b") as f:
        f.seek(sftp.stat(path + ".up.filepart").st_size)
        f.write(data[half:])
    sftp.rename(path + ".up.filepart", path + ".up")
    got["resumed"] = sftp.stat(path + ".up").st_size == len(data)
    try:
        packet(sftp, paramiko.sftp.CMD_EXTENDED, "nobody@knows.example", b"x")
        got["unknown"] = "taken"
    except OSError:
        got["unknown"] = "refused"
    try:
        packet(sftp, paramiko.sftp.CMD_EXTENDED, "statvfs@openssh.com", at)
        got["statvfs"] = "answered"
    except OSError:
        got["statvfs"] = "refused"
    got["alive"] = sftp.stat(path).st_size == len(data)
    finish(0, json.dumps(got).encode(), b"")


def with_paramiko():
    c = paramiko_connect()
    try:
        if ACT == "command":
            paramiko_command(c, *WORDS)
        elif ACT == "winscp":
            winscp(c, *WORDS)
        elif ACT == "upload":
            c.open_sftp().put(*WORDS)
        else:
            c.open_sftp().get(*WORDS)
    finally:
        c.close()


# ---- asyncssh -----------------------------------------------------------------------------------

async def with_asyncssh():
    import asyncssh
    known = asyncssh.import_known_hosts("[127.0.0.1]:%s %s\n" % (PORT, HOST_KEY))
    async with asyncssh.connect("127.0.0.1", int(PORT), username=USER, client_keys=[KEY], known_hosts=known, agent_path=None, config=None) as c:
        if ACT == "command":
            done = await c.run(WORDS[0], input=sys.stdin.buffer.read(), encoding=None)
            return done.exit_status, done.stdout, done.stderr
        async with c.start_sftp_client() as sftp:
            await (sftp.put(*WORDS) if ACT == "upload" else sftp.get(*WORDS))
        return 0, b"", b""


if LIBRARY == "paramiko":
    with_paramiko()
else:
    finish(*asyncio.run(with_asyncssh()))
