"""
Is:        the bill of materials of the package, as SPDX 2.3 JSON: our programs with their
           hashes, and every Debian package that they are linked with or run, by version.
Is not:    a licence opinion on those packages; theirs stand in their own copyright files.
Called by: packaging/build, with the paths of the programs on standard input.
Owns:      nothing.
Trust:     the package database of the machine that builds.

usage: sbom.py STAGE VERSION BUILD < PATHS
"""
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys

# A function of each archive that may be linked in, so that ldd does not name it.
ARCHIVES = {"SHA256_Update": "libssl-dev", "nettle_ecdsa_verify": "nettle-dev", "__gmpz_powm": "libgmp-dev",
            "sodium_init": "libsodium-dev", "__libc_start_main": "libc6-dev"}


def output(*words):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def package_of(path):
    """The Debian package that owns a file; a library may be owned by its path in /usr or in /."""
    for name in (path, os.path.realpath(path), re.sub("^/usr", "", os.path.realpath(path))):
        found = output("dpkg-query", "-S", name)
        if found:
            return found.splitlines()[0].split(":")[0]
    return None


def linked(program):
    for line in output("ldd", program).splitlines():
        found = re.search(r"=> (/\S+)|^\s*(/\S+)", line)
        if found:
            name = package_of(found.group(1) or found.group(2))
            if name:
                yield name


def linked_in(build, name):
    """By the symbols of the program before it was stripped."""
    for base, _, files in os.walk(build):
        if name in files:
            defined = re.findall(r"^[0-9a-f]+ [TtWi] (\w+)", output("nm", os.path.join(base, name)), re.M)
            return sorted(ARCHIVES[s] for s in set(defined) & set(ARCHIVES))
    return []


def spdx_id(text):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", text)


def main(stage, version, build):
    epoch = int(os.environ["SOURCE_DATE_EPOCH"])
    root = {"SPDXID": "SPDXRef-slagboom", "name": "slagboom", "versionInfo": version, "licenseConcluded": "Apache-2.0",
            "licenseDeclared": "Apache-2.0", "copyrightText": "NOASSERTION", "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False}
    packages, files, relations = {}, [], []
    for path in sys.stdin.read().split("\n"):
        if not path:
            continue
        name = os.path.relpath(path, stage)
        with open(path, "rb") as f:
            digest = hashlib.sha256(f.read()).hexdigest()
        files.append({"SPDXID": spdx_id("File-" + name), "fileName": "./" + name, "copyrightText": "NOASSERTION",
                      "licenseConcluded": "Apache-2.0", "checksums": [{"algorithm": "SHA256", "checksumValue": digest}]})
        relations.append(("SPDXRef-slagboom", "CONTAINS", spdx_id("File-" + name)))
        for kind, names in (("STATIC_LINK", linked_in(build, os.path.basename(path))), ("DYNAMIC_LINK", sorted(set(linked(path))))):
            for one in names:
                packages[one] = output("dpkg-query", "-W", "-f", "${Version}", one)
                relations.append((spdx_id("File-" + name), kind, spdx_id("Package-" + one)))
    if not files or not packages:
        sys.exit("sbom.py: no program, or no library, was found")
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "slagboom-" + version,
        "documentNamespace": "https://slagboom.example/spdx/slagboom-%s-%d" % (version, epoch),
        "creationInfo": {"created": datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                         "creators": ["Tool: slagboom packaging/sbom.py"]},
        "documentDescribes": ["SPDXRef-slagboom"],
        "packages": [root] + [
            {"SPDXID": spdx_id("Package-" + name), "name": name, "versionInfo": its, "downloadLocation": "NOASSERTION",
             "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
             "copyrightText": "NOASSERTION", "supplier": "Organization: Debian",
             "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                               "referenceLocator": "pkg:deb/debian/%s@%s?distro=bookworm" % (name, its)}]}
            for name, its in sorted(packages.items())],
        "files": files,
        "relationships": [{"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b}
                          for a, kind, b in sorted(set(relations))],
    }
    json.dump(document, sys.stdout, indent=1, sort_keys=True)
    print()


main(*sys.argv[1:4])
