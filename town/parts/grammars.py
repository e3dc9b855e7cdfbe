"""
Is:        the command references of the line elements, as they publish them themselves, in
           the files that the gate reads: NAME.xml of Osmocom, NAME.list of FRR.
Is not:    a reader of them.
Called by: town, once, when all elements answer; in the gate's network.
Owns:      DIR/grammars.
Trust:     the elements are as they were installed: nobody has been at them yet.
"""
import os
import re
import socket
import subprocess

from parts.people import write_new

OSMOCOM = {"hlr1": "osmo-hlr", "msc1": "osmo-msc", "bsc1": "osmo-bsc", "stp1": "osmo-stp"}
# How to come from one mode into the next.
FRR = {
    "pe1-bgpd": (2605, [("config", "configure terminal"), ("config-router", "router bgp 64512"),
                        ("config-router-af", "address-family ipv4 unicast")]),
    "pe1-zebra": (2601, [("config", "configure terminal"), ("config-if", "interface eth0")]),
}
PROMPT = re.compile(rb"(?:[>#]|[Pp]assword:) $")


class Vty:
    def __init__(self, port):
        self.s = socket.create_connection(("10.23.2.2", port), 10)
        self.until_prompt()

    def until_prompt(self):
        got = b""
        while not PROMPT.search(got[-200:]):
            more = self.s.recv(1 << 16)
            if not more:
                raise ConnectionError("it hung up")
            got += more
        return got.decode(errors="replace").replace("\r", "")

    def ask(self, line):
        self.s.sendall(line.encode() + b"\r\n")
        return self.until_prompt()


def _list(port, ways, password):
    v = Vty(port)
    v.ask(password)
    v.ask("terminal length 0")
    out = []
    for mode, words in [("view", None), ("enable", None), *ways]:
        if mode == "enable":
            v.ask("enable")
            v.ask(password)
        elif words:
            v.ask(words)
        lines = v.ask("list").split("\n")[1:-1]
        out += ["mode " + mode, *["    " + line.strip() for line in lines if line.strip()]]
    return "\n".join(out) + "\n"


def make(at, password):
    os.makedirs(at, mode=0o755, exist_ok=True)
    for name, program in OSMOCOM.items():
        path = os.path.join(at, name + ".xml")
        if not os.path.exists(path):
            text = subprocess.run([program, "--vty-ref-mode", "expert", "--vty-ref-xml"], check=True, cwd="/",
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()
            write_new(path, text, 0o644)
    for name, (port, ways) in FRR.items():
        path = os.path.join(at, name + ".list")
        if not os.path.exists(path):
            write_new(path, _list(port, ways, password), 0o644)
