"""
Is:        some phones that are switched on: they are known to the switch as phones behind
           an MME are (SGs, 3GPP TS 29.118), take an SMS as a phone does, silent or not, and
           write down what reached them; and a centre that texts them (SMPP 3.4), so that there
           is something to see for who traces one of them at the switch.
Is not:    a radio network.
Called by: its zone, with the number of phones and the file to make when all are attached.
Owns:      two connections to osmo-msc.
Trust:     the switch is real; what it sends is read with limits all the same.

Each line of its output is one event in JSON: what an engineer's command at the switch did to
somebody's phone. SGs runs over TCP, each message behind four bytes of length.
"""
import json
import select
import socket
import struct
import sys
import time

SWITCH = ("127.0.0.1", 29118)
CENTRE = ("127.0.0.1", 2775)
BIND, SUBMIT, ENQUIRE, ANSWER = 0x2, 0x4, 0x15, 0x80000000
MME = "mmec01.mmegi0001.mme.epc.mnc099.mcc204.3gppnetwork.org"
LAI = bytes([0x02, 0xf4, 0x99, 0x00, 0x01])     # 204 99, area 1
PAGING, PAGING_REJECT, SERVICE, DOWN, UP = 0x01, 0x02, 0x06, 0x07, 0x08
LU_REQUEST, LU_ACCEPT, LU_REJECT, TMSI_COMPLETE, RESET, RESET_ACK = 0x09, 0x0a, 0x0b, 0x0c, 0x15, 0x16
IMSI, EPS_UPDATE, TMSI, MME_NAME, LAI_IE, NAS, SERVICE_KIND, UE_MODE = 0x01, 0x0a, 0x0e, 0x09, 0x04, 0x16, 0x20, 0x25
ANSWER_S, TRIES = 3, 10
AGAIN_S = 5         # every so often one phone says where it is, and one is sent a text


def say(**event):
    event["at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    print(json.dumps(event, sort_keys=True), flush=True)


def element(tag, value):
    return bytes([tag, len(value)]) + value


def elements(body):
    found, at = {}, 0
    while at + 2 <= len(body):
        found[body[at]] = body[at + 2:at + 2 + body[at + 1]]
        at += 2 + body[at + 1]
    return found


def identity(imsi):
    """TS 24.008 10.5.1.4: a digit beside the type, then two in each byte."""
    digits = imsi + ("" if len(imsi) % 2 else "f")
    out = [int(digits[0], 16) << 4 | (len(imsi) % 2) << 3 | 1]
    out += [int(b, 16) << 4 | int(a, 16) for a, b in zip(digits[1::2], digits[2::2])]
    return bytes(out)


def digits_of(raw):
    text = "%x" % (raw[0] >> 4) if raw else ""
    text += "".join("%x%x" % (b & 15, b >> 4) for b in raw[1:])
    return text.rstrip("f")


def name(text):
    labels = b"".join(bytes([len(p)]) + p.encode() for p in text.split("."))
    return labels


class Switch:
    def __init__(self):
        self.s = socket.create_connection(SWITCH, 5)
        self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, kind, *parts):
        body = bytes([kind]) + b"".join(parts)
        self.s.sendall(struct.pack(">I", len(body)) + body)

    def take(self, n):
        got = b""
        while len(got) < n:
            more = self.s.recv(n - len(got))
            if not more:
                raise ConnectionError("the switch hung up")
            got += more
        return got

    def receive(self, patience):
        """(kind, elements), or None when nothing came."""
        self.s.settimeout(patience)
        try:
            first = self.s.recv(1, socket.MSG_PEEK)
        except socket.timeout:
            return None
        if not first:
            raise ConnectionError("the switch hung up")
        self.s.settimeout(10)
        n = struct.unpack(">I", self.take(4))[0]
        if not 0 < n < 65536:
            raise ConnectionError("a message of %d bytes" % n)
        body = self.take(n)
        return body[0], elements(body[1:])


class Centre:
    """Texts phones, as a bank does with its codes."""

    def __init__(self):
        self.s = socket.create_connection(CENTRE, 5)
        self.turn = 0
        self.send(BIND, b"KUSTNET\0kustnet\0\0\x34\0\0\0")
        kind, status = self.receive()
        if kind != BIND | ANSWER or status:
            raise ConnectionError("the switch does not let the centre in (%d)" % status)

    def send(self, kind, body, status=0, turn=None):
        self.turn += 1
        self.s.sendall(struct.pack(">IIII", 16 + len(body), kind, status, self.turn if turn is None else turn) + body)

    def receive(self):
        head = self.s.recv(16, socket.MSG_WAITALL)
        if len(head) < 16:
            raise ConnectionError("the switch hung up on the centre")
        n, kind, status, turn = struct.unpack(">IIII", head)
        if not 16 <= n < 65536 or len(self.s.recv(n - 16, socket.MSG_WAITALL)) != n - 16:
            raise ConnectionError("a message of %d bytes to the centre" % n)
        if kind == ENQUIRE:
            self.send(ENQUIRE | ANSWER, b"", turn=turn)
        return kind, status

    def text(self, msisdn, words):
        self.send(SUBMIT, b"\0\1\x0131635099000\0\1\1" + msisdn.encode() + b"\0\0\0\0\0\0\0\0\0\0" +
                  bytes([len(words)]) + words.encode("ascii"))


class Phones:
    def __init__(self, imsis):
        self.imsis = imsis
        self.switch = Switch()

    def update(self, imsi, kind):
        self.switch.send(LU_REQUEST, element(IMSI, identity(imsi)), element(MME_NAME, name(MME)),
                         element(EPS_UPDATE, bytes([kind])), element(LAI_IE, LAI))

    def attach_all(self):
        for imsi in self.imsis:
            self.attach(imsi)
            say(imsi=imsi, what="attached")

    def attach(self, imsi):
        """A phone asks again when nobody answers: the switch may not have found the register yet."""
        for _ in range(TRIES):
            self.update(imsi, 1)
            got = self.switch.receive(ANSWER_S)
            while got:
                if self.handle(*got):
                    return
                got = self.switch.receive(ANSWER_S)
        raise ConnectionError("the switch does not answer for " + imsi)

    def handle(self, kind, e):
        """True at the answer to a location update."""
        imsi = digits_of(e.get(IMSI, b""))
        if kind in (LU_ACCEPT, LU_REJECT):
            if kind == LU_REJECT:
                say(imsi=imsi, what="rejected")
            elif TMSI in e:
                self.switch.send(TMSI_COMPLETE, element(IMSI, e[IMSI]))
            return True
        if kind == RESET:
            self.switch.send(RESET_ACK, element(MME_NAME, name(MME)))
        elif kind == PAGING:
            self.paged(imsi, e)
        elif kind == DOWN:
            self.message(imsi, e)
        return False

    def paged(self, imsi, e):
        kind = e.get(SERVICE_KIND, b"\0")
        say(imsi=imsi, what="paged", **{"for": {b"\1": "a call", b"\2": "an SMS"}.get(kind, kind.hex())})
        if imsi in self.imsis:
            self.switch.send(SERVICE, element(IMSI, e[IMSI]), element(SERVICE_KIND, kind), element(UE_MODE, b"\1"))
        else:
            self.switch.send(PAGING_REJECT, element(IMSI, e[IMSI]), element(0x08, b"\1"))

    def message(self, imsi, e):
        """TS 24.011: CP-DATA with RP-DATA gets a CP-ACK and an RP-ACK."""
        nas = e.get(NAS, b"")
        if len(nas) < 5 or nas[0] & 15 != 9 or nas[1] != 1:
            return      # a CP-ACK to ours, or nothing about an SMS
        mine = bytes([nas[0] ^ 0x80])
        self.switch.send(UP, element(IMSI, e[IMSI]), element(NAS, mine + b"\x04"))
        if nas[3] & 7 == 1:
            say(imsi=imsi, **sms(nas[3:]))
            self.switch.send(UP, element(IMSI, e[IMSI]), element(NAS, mine + b"\x01\x02\x02" + nas[4:5]))

    def live(self):
        centre = Centre()
        turn, due = 0, time.monotonic() + AGAIN_S
        while True:
            ready = select.select([self.switch.s, centre.s], [], [], max(0, due - time.monotonic()))[0]
            if self.switch.s in ready:
                self.handle(*self.switch.receive(10))
            if centre.s in ready:
                centre.receive()
            if time.monotonic() >= due:
                self.update(self.imsis[turn % len(self.imsis)], 2)
                to = self.imsis[(turn + len(self.imsis) // 2) % len(self.imsis)]
                centre.text("316350" + to[-5:], "Kustnet: your code is %06d" % (turn * 7919 % 1000000))
                turn, due = turn + 1, time.monotonic() + AGAIN_S


def sms(rp):
    """Of an RP-DATA with an SMS-DELIVER (TS 23.040): from whom, and whether the phone shows it."""
    try:
        at = 2 + 1 + rp[2]
        at += 1 + rp[at]
        tpdu = rp[at + 1:at + 1 + rp[at]]
        n = tpdu[1]
        sender = "".join("%x%x" % (b & 15, b >> 4) for b in tpdu[3:3 + (n + 1) // 2])[:n]
        pid = tpdu[3 + (n + 1) // 2]
    except IndexError:
        return {"what": "an SMS that makes no sense"}
    return {"what": "a silent SMS" if pid == 0x40 else "an SMS", "sender": sender}


def main():
    count, ready = int(sys.argv[1]), sys.argv[2]
    imsis = ["20499%010d" % i for i in range(1, count + 1)]
    for _ in range(200):
        try:
            phones = Phones(imsis)
            break
        except OSError:
            time.sleep(0.05)
    else:
        sys.exit("the switch does not listen on %s:%d" % SWITCH)
    phones.attach_all()
    with open(ready, "w", encoding="ascii"):
        pass
    phones.live()


main()
