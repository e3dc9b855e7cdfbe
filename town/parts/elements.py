"""
Is:        the table of the town's elements: where each stands, how it is configured, filled
           and started.
Is not:    the starting (zone.py).
Called by: town, through `ZONES`.
Owns:      nothing.
Trust:     our own files.

`configure` and `fill` run inside the zone, where /town is its data and nothing else of
this machine can be written.
"""
import os
import signal
import sqlite3

from parts import linux, people
from parts.zone import listens

SUBSCRIBERS = 10000
ATTACHED = 24       # phones that are switched on
CONTEXTS = 400      # rows of the network function's own export

FRR_CAPS = (linux.CAP_NET_ADMIN, linux.CAP_NET_RAW, linux.CAP_SYS_ADMIN, linux.CAP_NET_BIND)


class Element:
    """One program. With a protocol it is an asset of the policy, at address:port."""

    def __init__(self, name, argv, address=None, port=None, protocol=None, dialect=None, *, credential=None, user=None,
                 caps=(), env=None, stop=signal.SIGTERM, ready=lambda: True):
        self.name, self.argv, self.address, self.port = name, argv, address, port
        self.protocol, self.dialect, self.credential, self.user = protocol, dialect, credential, user
        self.caps, self.env, self.stop_signal, self.ready = caps, env or {}, stop, ready

    def is_ready(self):
        return (self.port is None or listens(self.address, self.port)) and self.ready()


class Zone:
    """One network. `number` is the third byte of its addresses; .1 is the gate."""

    def __init__(self, name, number, elements, files, fill, places=()):
        self.name, self.elements, self.files, self.fill, self.places = name, elements, files, fill, places
        self.gate = "10.23.%d.1" % number
        self.addresses = sorted({e.address for e in elements if e.address})

    def configure(self, config):
        """Writes the files of town/conf anew, so that a new version of them counts."""
        for place in self.places:
            os.makedirs(place, exist_ok=True)
        for source, target in self.files.items():
            text = config.files[source]
            if isinstance(text, str):
                for key, value in config.words.items():
                    text = text.replace("@%s@" % key, value)
                text = text.encode()
            write(target, text, 0o600)


def write(path, data, mode=0o640):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    with os.fdopen(fd, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


# ---- core: the register of subscribers, the switch, signalling, and the phones ----------------

def fill_core(config, tool):
    db = "/town/hlr.db"
    for end in ("", "-wal", "-shm"):
        if os.path.exists(db + end):
            os.unlink(db + end)
    tool(["osmo-hlr-db-tool", "-l", db, "create"])
    with sqlite3.connect(db) as c:
        rows = people.subscribers(SUBSCRIBERS)
        c.executemany("INSERT INTO subscriber(id, imsi, msisdn, imei, nam_cs, nam_ps) VALUES (?, ?, ?, ?, 1, 1)",
                      [(s.id, s.imsi, s.msisdn, s.imei) for s in rows])
        c.executemany("INSERT INTO auc_3g(subscriber_id, algo_id_3g, k, opc, sqn, ind_bitlen) VALUES (?, 5, ?, ?, ?, 5)",
                      [(s.id, os.urandom(16).hex(), os.urandom(16).hex(), 32 * s.id) for s in rows])
    c.close()


CORE = Zone("core", 1, [
    Element("stp1", ["osmo-stp", "-c", "/town/etc/stp.cfg"], "10.23.1.4", 4239, "telnet", "osmocom-vty"),
    Element("hlr1", ["osmo-hlr", "-c", "/town/etc/hlr.cfg", "-l", "/town/hlr.db"], "10.23.1.2", 4258, "telnet",
            "osmocom-vty"),
    Element("msc1", ["osmo-msc", "-c", "/town/etc/msc.cfg"], "10.23.1.3", 4254, "telnet", "osmocom-vty",
            env={"LD_PRELOAD": "/town/lib/sctp.so"}),
    Element("bsc1", ["osmo-bsc", "-c", "/town/etc/bsc.cfg"], "10.23.1.5", 4242, "telnet", "osmocom-vty"),
    Element("phones", ["/usr/bin/python3", "-B", "/town/lib/phones.py", str(ATTACHED), "/run/phones.ready"],
            ready=lambda: os.path.exists("/run/phones.ready")),
], {"stp.cfg": "/town/etc/stp.cfg", "hlr.cfg": "/town/etc/hlr.cfg", "msc.cfg": "/town/etc/msc.cfg",
    "bsc.cfg": "/town/etc/bsc.cfg",
    "phones.py": "/town/lib/phones.py", "sctp.so": "/town/lib/sctp.so"}, fill_core)


# ---- pe1: a router at the edge of the network ------------------------------------------------

def frr(name, port, config, *more):
    return Element(name, ["/usr/lib/frr/" + name.split("-")[1], "-f", "/town/etc/" + config, "-A", "10.23.2.2", "-P",
                          str(port), "-u", "nfadmin", "-g", "nfadmin", "-i", "/run/%s.pid" % name,
                          "--vty_socket", "/run/frr", "-z", "/run/frr/zserv.api", "--log", "stdout", *more],
                   "10.23.2.2", port, "telnet", "frr", credential="pe1", caps=FRR_CAPS)


PE1 = Zone("pe1", 2, [
    frr("pe1-zebra", 2601, "zebra.conf"),
    frr("pe1-bgpd", 2605, "bgpd.conf", "-p", "1179", "-l", "127.0.0.1"),
], {"zebra.conf": "/town/etc/zebra.conf", "bgpd.conf": "/town/etc/bgpd.conf"}, lambda config, tool: None,
    places=("/run/frr", "/tmp/frr"))


# ---- amf1 and admf1: network functions that are Linux machines -----------------------------------

def fill_ssh(config, tool):
    os.makedirs("/town/home", exist_ok=True)


def fill_amf(config, tool):
    fill_ssh(config, tool)
    some = people.subscribers(CONTEXTS)
    write("/town/log/amf.log", "".join(
        "2026-11-%02d %02d:%02d:%02d AMF INFO registration accepted supi=imsi-%s tac=%06x\n"
        % (1 + i // 100 % 20, i // 60 % 24, i % 60, i * 7 % 60, some[i % CONTEXTS].imsi, i % 50) for i in range(4000)))
    write("/town/opt/amf/export/contexts.csv", "imsi,msisdn,imei,cell\n" + "".join(
        "%s,%s,%s,204-99-%04x\n" % (s.imsi, s.msisdn, s.imei, s.id % 700) for s in some))
    write("/town/opt/amf/etc/amf.yaml", config.files["amf.yaml"])


def fill_admf(config, tool):
    fill_ssh(config, tool)
    write("/town/opt/admf/tasks.csv", "warrant,number,from,until\n" + "".join(
        "2026-%04d,+%s,2026-10-01,2027-01-01\n" % (100 + s.id, s.msisdn) for s in people.subscribers(600)[::200]))


def sshd(name, address):
    return Element(name, ["/usr/sbin/sshd", "-D", "-e", "-f", "/town/etc/sshd_config", "-o", "ListenAddress=" + address],
                   address, 22, "ssh", "linux", credential=name, user="nfadmin")


def ssh_files(name):
    return {"sshd_config": "/town/etc/sshd_config", name + ".pub": "/town/etc/authorized_keys",
            name + ".host": "/town/etc/host_key"}


AMF1 = Zone("amf1", 3, [sshd("amf1", "10.23.3.2")], ssh_files("amf1"), fill_amf)
ADMF1 = Zone("admf1", 5, [sshd("admf1", "10.23.5.2")], ssh_files("admf1"), fill_admf)


# ---- crm: customers and call records ----------------------------------------------------------

def fill_crm(config, tool):
    tool(["rm", "-rf", "/town/pg"])
    tool(["initdb", "-D", "/town/pg", "-N", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--auth-local=trust",
          "--auth-host=scram-sha-256"])
    tool(["pg_ctl", "-D", "/town/pg", "-w", "-s", "-l", "/dev/null", "-o",
          "-c listen_addresses='' -c unix_socket_directories=/run -c fsync=off", "start"])
    try:
        tool(["psql", "-q", "-h", "/run", "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-v",
              "support=" + config.words["crm"], "-f", "/town/etc/crm.sql", "postgres"])
    finally:
        tool(["pg_ctl", "-D", "/town/pg", "-w", "-s", "-m", "fast", "stop"])
    tool(["sync", "-f", "/town/pg"])


def postgres_is_ready():
    """It listens before it has recovered, and says in this file when it has."""
    with open("/town/pg/postmaster.pid", encoding="ascii") as f:
        return f.read().rstrip().endswith("\nready")


CRM = Zone("crm", 4, [
    Element("crm", ["postgres", "-D", "/town/pg", "-c", "config_file=/town/etc/postgresql.conf"], "10.23.4.2", 5432,
            "postgres", "sql", credential="crm", user="support", stop=signal.SIGINT, ready=postgres_is_ready),
], {"postgresql.conf": "/town/etc/postgresql.conf", "pg_hba.conf": "/town/etc/pg_hba.conf",
    "crm.sql": "/town/etc/crm.sql"}, fill_crm)


# ---- udr: the directory of subscribers -------------------------------------------------------------

def fill_udr(config, tool):
    tool(["rm", "-rf", "/town/ldap"])
    os.makedirs("/town/ldap")
    text = ["dn: dc=udr,dc=kustnet\nobjectClass: dcObject\nobjectClass: organization\ndc: udr\no: Kustnet\n",
            "dn: ou=subscribers,dc=udr,dc=kustnet\nobjectClass: organizationalUnit\nou: subscribers\n",
            "dn: cn=support,dc=udr,dc=kustnet\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\n"
            "cn: support\nuserPassword: %s\n" % config.words["udr"]]
    for s in people.subscribers(SUBSCRIBERS):
        text.append("dn: imsi=%s,ou=subscribers,dc=udr,dc=kustnet\nobjectClass: udrSubscriber\nimsi: %s\nmsisdn: %s\n"
                    "encKi: %s\nservingMsc: 31635099%03d\nlastCell: 204-99-%04x-%04x\n"
                    % (s.imsi, s.imsi, s.msisdn, os.urandom(16).hex(), s.id % 8, s.id % 50, s.id % 700))
    tool(["slapadd", "-q", "-f", "/town/etc/slapd.conf"], "\n".join(text).encode())


UDR = Zone("udr", 6, [
    Element("udr", ["slapd", "-f", "/town/etc/slapd.conf", "-h", "ldap://10.23.6.2:389 ldapi://%2Frun%2Fldapi",
                    "-d", "stats"], "10.23.6.2", 389, "ldap", "ldap", credential="udr",
            user="cn=support,dc=udr,dc=kustnet"),
], {"slapd.conf": "/town/etc/slapd.conf", "udr.schema": "/town/etc/udr.schema"}, fill_udr)

ZONES = [CORE, PE1, AMF1, CRM, ADMF1, UDR]
