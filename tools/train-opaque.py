#!/usr/bin/env python3
"""Makes src/inspect/opaque_model.c from ordinary text.

usage: tools/train-opaque.py FILE... > src/inspect/opaque_model.c

Costs are quarter bits, one printable character each, '#' for zero and 14 bits at most
('[' , which keeps quotes and backslashes out of the strings). A character costs what
its class costs after the two classes before it, and what it costs within its class.
The committed model was trained on the manual pages of Debian 12's base system, on this
tree's sources and documents, and on generated logs (tools/train-opaque.py --logs).
"""
import math, random, sys

N, ZERO, CAP = 32, ord("#"), 56
GROUPS = ["e", "a", "i", "o", "u", "t", "n", "r", "s", "l", "d", "c", "m", "p", "bfgh", "kvwy", "jqxz",
          "AEIOU", "TNRSLDCMP", "BFGHKVWY", "JQXZ", "0123456789", " \t", "\n\r", ".,", "-_", ":;=", "/", "\"'()[]<>{}"]


def class_of(c):
    for k, group in enumerate(GROUPS):
        if chr(c) in group:
            return k
    return 29 if 0x20 < c < 0x7f else 30 if c < 0x80 else 31


def logs():
    random.seed(3)
    words = "attach detach paging location update request answer timeout session cell handover error ok retry user connect from to state active idle warning info".split()
    for i in range(60000):
        kind = i % 6
        text = " ".join(random.choice(words) for _ in range(random.randrange(3, 9)))
        n = random.randrange(10**random.randrange(1, 12))
        if kind == 0:
            print("2026-%02d-%02d %02d:%02d:%02d.%03d hlr%d[%d]: %s" % (i % 12 + 1, i % 28 + 1, i % 24, i % 60, i % 60, i % 1000, i % 9, n % 65536, text))
        elif kind == 1:
            print("msisdn=316%08d imsi=20408%010d state=%d %s" % (random.randrange(10**8), random.randrange(10**10), i % 5, text))
        elif kind == 2:
            print('{"id":%d,"name":"%s","session":"%08x-%04x-%04x","ok":true}' % (n, text.replace(" ", "_"), random.randrange(2**32), random.randrange(65536), random.randrange(65536)))
        elif kind == 3:
            print("%d.%d.%d.%d - - [10/Mar/2026] \"GET /api/v1/%s/%d HTTP/1.1\" 200 %d" % (n % 256, i % 256, i % 199, i % 251, text.split()[0], n, n % 99999))
        elif kind == 4:
            print(";".join(str(random.randrange(10**random.randrange(1, 9))) for _ in range(8)))
        else:
            print("%-20s %10d %6.2f%% %s" % (text.split()[0], n, n % 100, text))


if sys.argv[1:] == ["--logs"]:
    logs()
    sys.exit()

cls = [class_of(c) for c in range(256)]
three, two, pairs, one, count = {}, {}, {}, [0] * N, [0] * 256
for path in sys.argv[1:]:
    data = open(path, "rb").read()
    k = [cls[c] for c in data]
    for c in data:
        count[c] += 1
    for x, y, z in zip(k, k[1:], k[2:]):
        three[x, y, z] = three.get((x, y, z), 0) + 1
        two[x, y] = two.get((x, y), 0) + 1
        pairs[y, z] = pairs.get((y, z), 0) + 1
        one[y] += 1


def level(bits):
    return chr(ZERO + max(0, min(CAP, round(bits * 4))))


def cost(x, y, z):
    back = (pairs.get((y, z), 0) + 0.05) / (one[y] + 0.05 * N)
    return -math.log2((three.get((x, y, z), 0) + 4 * back) / (two.get((x, y), 0) + 4))


def within(c):
    k = cls[c]
    if k == 31:
        return 5        # valid UTF-8 of other scripts is text
    if k == 30:
        return 5
    same = [d for d in range(256) if cls[d] == k]
    return -math.log2((count[c] + 1) / (sum(count[d] for d in same) + len(same)))


def array(name, size, chars):
    print("const char %s[%s + 1] =" % (name, size))
    for i in range(0, len(chars), 96):
        print('    "%s"' % chars[i:i + 96].replace("??", '?""?') + (";" if i + 96 >= len(chars) else ""))


print("""/*
 * Is:        the numbers of the opaque model. Made by tools/train-opaque.py; not edited.
 * Is not:    text of anybody: counts of classes of three characters, rounded.
 * Called by: opaque.c.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "inspect/opaque.h"
""")
array("opaque_class", "256", "".join(chr(ZERO + k) for k in cls))
print()
array("opaque_within", "256", "".join(level(within(c)) for c in range(256)))
print()
array("opaque_model", "OPAQUE_CLASSES * OPAQUE_CLASSES * OPAQUE_CLASSES",
      "".join(level(cost(x, y, z)) for x in range(N) for y in range(N) for z in range(N)))
