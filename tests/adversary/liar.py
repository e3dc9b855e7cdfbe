"""
Is:        an SSH server that lies: it lets everybody in, and then does one thing that no element may.
Is not:    an element.
Called by: hostile_element, as a program of its own: HOST-KEY WAY... prints "WAY PORT" for each.
Owns:      its sockets. It ends when its input does.
Trust:     whoever connects is the edge under test.
"""
import os
import socket
import sys
import threading
import time

import paramiko
from paramiko.common import cMSG_CHANNEL_CLOSE, cMSG_CHANNEL_DATA, cMSG_CHANNEL_EOF, cMSG_CHANNEL_OPEN, cMSG_CHANNEL_REQUEST
from paramiko.common import cMSG_CHANNEL_WINDOW_ADJUST, cMSG_GLOBAL_REQUEST, cMSG_IGNORE, cMSG_USERAUTH_BANNER

KEY, WAYS = paramiko.Ed25519Key(filename=sys.argv[1]), sys.argv[2:]
CHUNK = b"y\n" * 15000
ESCAPES = b"\x1b[2J\x1b]52;c;aGk=\x07\r\n\xe2\x80\xaeevil"


def message(kind, *fields):
    m = paramiko.Message()
    m.add_byte(kind)
    for f in fields:
        if isinstance(f, bool):
            m.add_boolean(f)
        elif isinstance(f, int):
            m.add_int(f)
        else:
            m.add_string(f)
    return m


class Server(paramiko.ServerInterface):
    def __init__(self, way, transport):
        self.way, self.transport = way, transport

    def send(self, *fields):
        self.transport._send_message(message(*fields))

    def forever(self, *fields):
        while self.transport.is_active():
            self.send(*fields)

    def get_allowed_auths(self, username):
        return "publickey"

    def check_auth_publickey(self, username, key):
        if self.way == "banner-flood":
            self.forever(cMSG_USERAUTH_BANNER, CHUNK, b"")
        return paramiko.AUTH_SUCCESSFUL

    def check_channel_request(self, kind, chanid):
        if self.way == "no-open":
            time.sleep(600)
        return paramiko.OPEN_SUCCEEDED

    def check_channel_pty_request(self, *_):
        return True

    def check_channel_shell_request(self, channel):
        return self.check_channel_exec_request(channel, b"")

    def check_channel_exec_request(self, channel, command):
        if self.way == "no-start":
            time.sleep(600)
        threading.Thread(target=self.lie, args=(channel,), daemon=True).start()
        return True

    def lie(self, channel):
        time.sleep(0.2)     # until the answer to the request has gone
        try:
            getattr(self, self.way.replace("-", "_"))(channel, channel.remote_chanid)
        except (OSError, EOFError, paramiko.SSHException):
            pass            # the edge has gone

    # ---- the ways ----

    def honest(self, channel, n):
        channel.sendall(b"an honest answer\n")
        channel.send_exit_status(0)
        channel.close()

    def past_the_window(self, channel, n):
        self.forever(cMSG_CHANNEL_DATA, n, CHUNK)

    def ignore_flood(self, channel, n):
        self.forever(cMSG_IGNORE, CHUNK)

    def flood_in_rekey(self, channel, n):
        """It begins new keys after a little, and does not keep to what may be said meanwhile."""
        self.transport.packetizer.REKEY_BYTES = 1 << 22
        self.forever(cMSG_IGNORE, CHUNK)

    def window_overflow(self, channel, n):
        for _ in range(200):
            self.send(cMSG_CHANNEL_WINDOW_ADJUST, n, 0xffffffff)
        self.honest(channel, n)

    def length_lie(self, channel, n):
        """A string that says it has two thousand million bytes."""
        m = message(cMSG_CHANNEL_DATA, n)
        m.add_int(0x7fffffff)
        self.transport._send_message(m)
        time.sleep(600)

    def other_channel(self, channel, n):
        for i in range(2000):
            self.send(cMSG_CHANNEL_DATA, n + 1 + i, b"for nobody")
        self.honest(channel, n)

    def after_the_end(self, channel, n):
        self.send(cMSG_CHANNEL_REQUEST, n, b"exit-status", False, 3)
        self.send(cMSG_CHANNEL_REQUEST, n, b"exit-status", False, 4)
        self.send(cMSG_CHANNEL_EOF, n)
        for _ in range(100):
            self.send(cMSG_CHANNEL_DATA, n, b"after the end\n")
        self.send(cMSG_CHANNEL_CLOSE, n)
        for _ in range(100):
            self.send(cMSG_CHANNEL_DATA, n, b"after the close\n")
        self.send(cMSG_CHANNEL_CLOSE, n)

    def opens(self, channel, n):
        for i, kind in enumerate((b"x11", b"forwarded-tcpip", b"auth-agent@openssh.com", b"session", b"tun@openssh.com") * 40):
            self.send(cMSG_CHANNEL_OPEN, kind, 1000 + i, 1 << 20, 1 << 15, b"127.0.0.1", 22, b"127.0.0.1", 23)
        for _ in range(200):
            self.send(cMSG_GLOBAL_REQUEST, b"tcpip-forward", True, b"", 22)
        self.honest(channel, n)

    def deaf(self, channel, n):
        """It reads nothing any more, and says nothing."""
        os.set_blocking(self.transport.sock.fileno(), True)
        self.transport.packetizer.read_message = lambda: time.sleep(600)
        time.sleep(600)

    def rekeys(self, channel, n):
        for _ in range(20):
            channel.sendall(b"between two keys\n" * 100)
            self.transport.renegotiate_keys()
        self.honest(channel, n)

    def last_words(self, channel, n):
        m = message(b"\x01", 2, ESCAPES, b"")
        self.transport._send_message(m)


def raw(way, sock):
    """What is no SSH from the first byte on."""
    try:
        if way == "slow-banner":
            for c in b"SSH-2.0-OpenSSH_9.2p1 " + b"x" * 600:
                sock.sendall(bytes([c]))
                time.sleep(1)
        if way == "line-flood":
            while True:
                sock.sendall(b"this is a line before the banner\r\n" * 1000)
        if way == "huge-packet":
            sock.sendall(b"SSH-2.0-x\r\n" + b"\x7f\xff\xff\xff" + b"\x00" * 60000)
            time.sleep(600)
    except OSError:
        pass
    sock.close()


def serve(way, sock):
    if way in ("slow-banner", "line-flood", "huge-packet"):
        raw(way, sock)
        return
    transport = paramiko.Transport(sock)
    transport.add_server_key(KEY)
    try:
        transport.start_server(server=Server(way, transport))
        while transport.is_active():
            channel = transport.accept(1)
            if channel:
                keep.append(channel)
    except (OSError, EOFError, paramiko.SSHException):
        pass


def listen(way, listener):
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=serve, args=(way, sock), daemon=True).start()


keep = []
for one in WAYS:
    at = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=listen, args=(one, at), daemon=True).start()
    print(one, at.getsockname()[1], flush=True)
sys.stdin.read()
os._exit(0)
