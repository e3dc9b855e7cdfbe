"""
Is:        who there is in the town: subscribers; engineers, officers and keepers with
           their keys; and the passwords and keys that elements ask for.
Is not:    the policy (town.policy), which only gets the public keys.
Called by: town, elements.py.
Owns:      DIR/keys and DIR/credentials.
Trust:     our own files.

Nobody has these numbers: +31 6 350 is a range that no operator holds, and 204 99 is no
network. They are Dutch in form, so that they are looked at as a Dutch operator's would be.
"""
import collections
import os
import re
import secrets
import subprocess

Subscriber = collections.namedtuple("Subscriber", "id imsi msisdn imei")
KEY_OF = re.compile(r'"@([a-z.]+)@"')
LOGIN = re.compile(r'^officer\s+(\S+).*?\blogin "#(\d+)"', re.M)
PASSWORDS = ["crm", "udr", "pe1"]
SSH_KEYS = ["amf1", "admf1"]


def subscribers(n):
    return [Subscriber(i, "20499%010d" % i, "316350%05d" % i, "35999900%06d" % i) for i in range(1, n + 1)]


def _private_dir(path, mode=0o700):
    os.makedirs(path, exist_ok=True)
    os.chmod(path, mode)


def write_new(path, text, mode=0o600):
    fd = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    with os.fdopen(fd, "w", encoding="utf-8") as f:
        f.write(text)
        f.flush()
        os.fsync(f.fileno())
    os.rename(path + ".new", path)


def _ssh_key(path, comment):
    """Made once; the public half."""
    if not os.path.exists(path + ".pub"):
        if os.path.exists(path):
            os.unlink(path)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path], check=True,
                       stdin=subprocess.DEVNULL)
    with open(path + ".pub", encoding="utf-8") as f:
        return " ".join(f.read().split()[:2])


def credentials(at):
    """{name: password, or public key} of what elements ask for; the secrets are below `at`."""
    _private_dir(at)
    words = {}
    for name in PASSWORDS:
        path = os.path.join(at, name)
        if not os.path.exists(path):
            write_new(path, secrets.token_hex(12) + "\n")
        with open(path, encoding="utf-8") as f:
            words[name] = f.read().strip()
    for name in SSH_KEYS:
        words[name] = _ssh_key(os.path.join(at, name), name)
    return words


def host_keys(at):
    """{element: (private, public)} of the network functions, so that their public keys can be
    pinned before anybody has seen them."""
    found = {}
    for name in SSH_KEYS:
        path = os.path.join(at, name + ".host")
        public = _ssh_key(path, "")
        with open(path, encoding="utf-8") as f:
            found[name] = (f.read(), public)
    return found


def _age_key(path):
    if not os.path.exists(path):
        if os.path.exists(path + ".new"):
            os.unlink(path + ".new")
        subprocess.run(["age-keygen", "-o", path + ".new"], check=True, stderr=subprocess.DEVNULL)
        os.rename(path + ".new", path)
    return subprocess.run(["age-keygen", "-y", path], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def policy(template, at, keys):
    """Makes a key for everybody whom the template names, and the policy with the public ones
    at `at`, unless it is there: then an administrator may have changed it. An officer whose
    account is a number has his key there, and nobody else has."""
    _private_dir(keys, 0o711)
    public = {name: _age_key(os.path.join(keys, name)) if name.endswith(".age")
              else _ssh_key(os.path.join(keys, name), name) for name in KEY_OF.findall(template)}
    if os.geteuid() == 0:
        for name, uid in LOGIN.findall(template):
            for path in (os.path.join(keys, name), os.path.join(keys, name + ".age")):
                if os.path.exists(path):
                    os.chown(path, int(uid), int(uid))
    if not os.path.exists(at):
        write_new(at, KEY_OF.sub(lambda m: '"%s"' % public[m.group(1)], template))


def members(path, n):
    if not os.path.exists(path):
        write_new(path, "msisdn,imsi\n" + "".join("%s,%s\n" % (s.msisdn, s.imsi) for s in subscribers(n)))
