"""
Is:        the byte rule: input is touched through rd, buf and wr alone. Elsewhere
           no pointer arithmetic over bytes, no copy of a computed length, no
           cast of bytes to a struct or to a wider integer.
Is not:    a C parser. Bytes are `uint8_t *`, `unsigned char *`, `void *`, the
           field `p` of a reader, and a `char *` made from one of these. Other
           `char *` are the programmer's own text.
Called by: tools/suite.py.
Owns:      the list of files that may break the rule.
Trust:     our own source.
"""
import re

from gates.source import HEAD, RULE_ZERO, sources

NAME = "bytes"

# The files that the rule is made of.
INSIDE = {"src/base/%s.%s" % (n, e) for n in ("rd", "rd_inline", "buf", "buf_inline", "buf_grow", "wr", "bytes", "mem", "def")
          for e in "ch"}

# Measured hot loops and system interfaces that hand out packed structs. Each
# says `Rule Zero` in its opening comment; the reason stands here too.
EXCEPTIONS = {
    "src/inspect/anchor_algebra.h": "the scanner's inner loop: masks of 64 bytes at a time",
    "src/inspect/anchor_avx2.c": "the same for AVX2: loads 32 bytes",
    "src/inspect/anchor_avx512.c": "the same for AVX-512: loads 64 bytes",
    "src/inspect/word_algebra.h": "the word finder's inner loop, as anchor_algebra.h",
    "src/inspect/grid_row.c": "moves whole cells of its own rows",
    "src/inspect/masks.c": "every byte of text passes here: loads 16 bytes",
    "src/inspect/run.c": "the cost of a terminal: loads 16 bytes",
    "src/base/crc32c.c": "a checksum of every write: eight bytes at a time by instruction",
    "src/os/ipc.c": "descriptors travel in a cmsghdr, whose place and length are computed",
}

# Places that were there before the rule was checked: path and how many at most. A file
# that has more fails. There are none left.
OWED = {}

COPY = re.compile(r"\b(bytes_copy|memcpy|memmove|mempcpy|bcopy|strncpy|stpncpy|wmemcpy)\s*\(")
# What a length may consist of: sizes and constants known to the compiler.
FIXED = re.compile(r"^(?:sizeof\s*\([^()]*(?:\([^()]*\)[^()]*)*\)|sizeof\s+[\w.\[\]>*-]+|ARRAY_LEN\s*\([^()]*\)"
                   r"|[A-Z][A-Z0-9_]*|0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*|\(\s*size_t\s*\)|[\s()*+-])+$")
# Elements of an array of our own: their size is no byte.
ELEMENTS = re.compile(r"\bsizeof\b(?!\s*\(\s*(?:char|uint8_t|unsigned char)\s*\))")
SIZEOF = re.compile(r"\bsizeof\s*\((?:[^()]|\([^()]*\))*\)")
CAST = re.compile(r"\(\s*(?:const\s+)?(struct\s+\w+|u?int(?:16|32|64)_t|size_t|__m\d+i)\s*(?:const\s*)?\*\s*(?:const\s*)?\)\s*"
                  r"(?=[\w(&*])(?!(?:NULL|0)\b)")
# A generic address that the kernel takes: a whole variable, seen as another type.
SOCKADDR = re.compile(r"\(\s*(?:const\s+)?struct\s+sockaddr\s*\*\s*\)\s*&\s*\w+(?:\s*(?:\.|->)\s*\w+)*\s*[,)]")
FIELD = re.compile(r"(?:(?:\+\+|--)\s*\w+(?:(?:\.|->)\w+)*(?:\.|->)p\b(?!\s*[\w(])"
                   r"|\b\w+(?:\[[^\]]*\])?(?:\.|->)p\s*(?:\+\+|--|\+=|-=|\+(?!\+)|-(?![->]))"
                   r"|(?<!&)&\s*\w+(?:(?:\.|->)\w+)*(?:\.|->)p\s*\[)")
DECLARED = (r"\b%s(?:uint8_t|unsigned\s+char|void)\s+(?:const\s*)?\*\s*"
            r"(?:const\s+|restrict\s+)*(\w+)\s*(?=[,;=)])")
BYTES = re.compile(DECLARED % r"(?:const\s+)?")
# Folders that hand outputs to the kernel and to libraries: only what is const is input.
CONST_BYTES = re.compile(DECLARED % r"const\s+")
MACHINE_SIDE = {"os", "crypto"}
FROM_BYTES = re.compile(r"\bchar\s*\*\s*(?:const\s+)?(\w+)\s*=\s*\(\s*(?:const\s+)?(?:unsigned\s+)?char\s*\*\s*\)"
                        r"[^;]*(?:\.|->)p\b")
OPERAND = re.compile(r"[&(\s]*(\w+(?:(?:\.|->)\w+)*)(?![\w(])")
AS_BYTES = r"\b(?:char|uint8_t|unsigned\s+char)\s+(?:const\s*)?(?:\*\s*(?:const\s+|restrict\s+)*%s\b|%s\s*\[)"
# One function: from a brace in the first column's line to the closing one.
FUNCTION = re.compile(r"^[A-Za-z_][^;{}=]*\)\s*\n?\{.*?^\}", re.M | re.S)


def arguments(code, start):
    """The texts of a call's arguments; `start` is just after the bracket."""
    depth, args, at = 0, [], start
    for i in range(start, len(code)):
        c = code[i]
        if c in "([{":
            depth += 1
        elif c in ")]}":
            if depth == 0:
                args.append(code[at:i].strip())
                return args
            depth -= 1
        elif c == "," and depth == 0:
            args.append(code[at:i].strip())
            at = i + 1
    return args


def copies(src):
    for m in COPY.finditer(src.code):
        if m.group(1) == "bytes_copy" and src.folder == "base":
            continue    # the trusted copy, for its own floor
        args = arguments(src.code, m.end())
        if len(args) == 3 and not FIXED.match(args[2]) and not (
                ELEMENTS.search(args[2]) and "*" in SIZEOF.sub("S", args[2])):
            yield src.at(m.start(), "%s of a computed length (%s): use rd_copy, buf_put or wr" % (
                m.group(1), " ".join(args[2].split())))


def is_bytes(src, at):
    """True when what is cast at `at` is bytes: a reader's pointer, or a name that
    its function declares as bytes or text. Addresses from calls, of objects and
    behind `void *` are typed by who made them."""
    m = OPERAND.match(src.code, at)
    if not m:
        return False
    if re.search(r"(?:\.|->)p$", m.group(1)):
        return True
    start = src.code.rfind("\n}", 0, at) + 1
    return bool(re.search(AS_BYTES % ((re.escape(m.group(1)),) * 2), src.code[start:at]))


def casts(src):
    for m in CAST.finditer(src.code):
        if SOCKADDR.match(src.code, m.start()) or not is_bytes(src, m.end()):
            continue
        yield src.at(m.start(), "a cast of bytes to %s *: read the fields with rd" % m.group(1))


def arithmetic(src):
    for m in FIELD.finditer(src.code):
        yield src.at(m.start(), "arithmetic on a reader's pointer (%s): use rd" % m.group(0).strip())
    declared = CONST_BYTES if src.folder in MACHINE_SIDE else BYTES
    for f in FUNCTION.finditer(src.code):
        body = f.group(0)
        names = set(declared.findall(body)) | set(FROM_BYTES.findall(body))
        if not names:
            continue
        one = "(?:%s)" % "|".join(sorted(names))
        walk = re.compile(r"(?<![\w.>])%s\s*(?:\+\+|--|\+=|-=|\+(?!\+)|-(?![->]))|(?:\+\+|--)\s*%s\b(?!\s*[.(]|->)"
                          r"|(?<!&)&\s*%s\s*\[" % (one, one, one))
        for m in walk.finditer(body):
            yield src.at(f.start() + m.start(), "pointer arithmetic over bytes (%s): use rd" %
                         m.group(0).strip())


def run(root):
    found, owed = [], 0
    for src in sources(root):
        if src.is_test or src.path in INSIDE:
            continue
        if src.path in EXCEPTIONS:
            if RULE_ZERO not in src.text:
                found.append('%s:1: breaks the byte rule and does not say "%s"' % (src.path, RULE_ZERO))
            continue
        here = list(copies(src)) + list(casts(src)) + list(arithmetic(src))
        owed += len(here)
        if len(here) > OWED.get(src.path, 0):
            found += here
    return found, "%d places in %d files still break the byte rule (OWED in tools/gates/bytes.py)" % (
        owed, len(OWED)) if owed else None


def _f(body, params="struct rd *r, const uint8_t *in, size_t n"):
    return {"src/proto/x.c": HEAD % "planted" + "int f(%s)\n{\n\t%s\n}\n" % (params, body)}


PLANTED = [
    ("memcpy of a length from outside", _f("memcpy(out, in, n);"), "memcpy of a computed length (n)"),
    ("memcpy over two lines", _f("memcpy(out, in,\n\t    n - 1);"), "memcpy of a computed length"),
    ("memmove of a field", _f("memmove(out, x, r->len);"), "memmove of a computed length"),
    ("memcpy of a sum with a size", _f("memcpy(out, x, n + sizeof(*x));"), "memcpy of a computed length"),
    ("memcpy of n bytes, dressed up", _f("memcpy(out, x, n * sizeof(uint8_t));"), "memcpy of a computed length"),
    ("a struct over a raw array", _f("uint8_t raw[9];\n\th = (struct hdr *)raw;"), "cast of bytes to struct hdr"),
    ("a struct over a reader", _f("h = (const struct hdr *)r->p;"), "cast of bytes to struct hdr"),
    ("elements of our own array", _f("memmove(a->row, a->row, (n - 1) * sizeof(a->row[0]));"), ""),
    ("an element of a container", _f("*(uint32_t *)vec_push(v) = 3;\n\tx = ((struct t *)ctx)->n;", "void *ctx"), ""),
    ("the trusted copy elsewhere", _f("bytes_copy(out, in, n);"), "bytes_copy of a computed length"),
    ("a struct over bytes", _f("struct hdr *h = (struct hdr *)in;"), "cast of bytes to struct hdr"),
    ("a const struct over bytes", _f("h = (const struct hdr *)&in[4];"), "cast of bytes to struct hdr"),
    ("an integer over bytes", _f("v = *(const uint32_t *)in;"), "cast of bytes to uint32_t"),
    ("a sockaddr out of the middle", _f("g((struct sockaddr *)&in[4], 3);"), "cast of bytes to struct sockaddr"),
    ("a reader's pointer moved", _f("r->p += 4;"), "arithmetic on a reader's pointer"),
    ("a reader's pointer stepped", _f("c = *r->p++;"), "arithmetic on a reader's pointer"),
    ("a reader's pointer offset", _f("g(r->p + n);"), "arithmetic on a reader's pointer"),
    ("an address in the middle", _f("g(&r->p[n]);"), "arithmetic on a reader's pointer"),
    ("a parameter stepped", _f("while (n--)\n\t\tc = *in++;"), "pointer arithmetic over bytes"),
    ("a parameter offset", _f("g(in + 4, n - 4);"), "pointer arithmetic over bytes"),
    ("a local walked", _f("const uint8_t *q = in;\n\tq += n;"), "pointer arithmetic over bytes"),
    ("the address of an element", _f("g(&in[4]);"), "pointer arithmetic over bytes"),
    ("bytes dressed as text", _f("const char *s = (const char *)r->p;\n\ts++;"), "pointer arithmetic over bytes"),
    ("void arithmetic", _f("g(v + 1);", "void *v"), "pointer arithmetic over bytes"),
    ("fixed copies", _f("memcpy(out, in, sizeof(out));\n\tmemcpy(a, b, 16);\n\tmemcpy(a, b, HASH_LEN);\n"
                        "\tmemcpy(a, b, sizeof(x->y[0]) * 2);"), ""),
    ("tests of elements", _f("return n && r->p[0] == 3 && in[1] == 4;"), ""),
    ("an output of the kernel's side", {"src/os/x.c": HEAD % "planted" +
                                        "int f(uint8_t *out)\n{\n\treturn g(out + 4);\n}\n"}, ""),
    ("an input there", {"src/os/x.c": HEAD % "planted" +
                        "int f(const uint8_t *in)\n{\n\treturn g(in + 4);\n}\n"}, "pointer arithmetic over bytes"),
    ("a container of pointers", _f("t = *(struct timer **)vec_at(v, n);"), ""),
    ("a socket address", _f("return bind(fd, (struct sockaddr *)&sa, sizeof(sa));"), ""),
    ("numbers named like bytes elsewhere", _f("size_t at = n + 1;\n\tat++;\n\treturn in[n] + 1;"), ""),
    ("text of the programmer", _f("const char *s = name;\n\tif (*s == '-')\n\t\ts++;"), ""),
    ("a callback's argument", _f("struct loop *l = arg;\n\tl->n += 1;\n\tl->port++;\n\tx = l->p ? 1 : 0;",
                                 "void *arg"), ""),
    ("a product and a comment", _f("/* in + 4 */\n\tint p = a.p * 2;\n\tg(\"in + 4\");"), ""),
]
