"""
Is:        calls that nobody makes: unbounded text, threads, shells, a second
           allocator; and, below proc/, logging, exiting and reading clocks.
Is not:    the sandbox, which forbids at run time.
Called by: tools/suite.py.
Owns:      the list of files that are the one place for a call.
Trust:     our own source.
"""
import re

from gates.source import HEAD, RANK, sources

NAME = "forbidden"

# (calls, where they may be, why not elsewhere). "Where" is a list of files or
# folders below src/; tests and the harness are free of the last three rows.
EVERYWHERE = [
    ("strcpy stpcpy strcat strncat sprintf vsprintf gets scanf fscanf", [],
     "unbounded: use buf and wr"),
    ("strtok strtok_r strsep", [], "changes its input: use rd_until"),
    ("atoi atol atoll atof", [], "no errors: read decimals with a limit (base/)"),
    ("system popen", [], "a shell: use the spawn of os/"),
    ("alloca", [], "unbounded stack"),
    ("pthread_create thrd_create", [], "no threads: one event loop"),
    ("signal", [], "use signalfd in the loop"),
    ("tmpnam tempnam mktemp", [], "a race: use mkstemp"),
    ("rand srand random srandom drand48", [], "randomness comes from crypto/"),
]
PRODUCT = [
    ("malloc calloc realloc reallocarray free strdup strndup", ["base/mem.c", "base/buf_grow.c"],
     "use mem_new and mem_free, which abort when memory runs out"),
    ("sscanf", [], "numbers without limits: use rd and text"),
]
BELOW_PROC = [
    ("perror syslog vsyslog warn warnx err errx vprintf printf puts putchar", [],
     "below proc/ nothing logs: return a code or an outcome"),
    ("exit _exit _Exit quick_exit abort", ["base/assert.c", "os"],
     "below proc/ nothing exits: return an error"),
    ("time clock_gettime gettimeofday getrandom getentropy", ["os", "crypto"],
     "time and randomness are passed in"),
]
TO_STDERR = re.compile(r"\b(?:fprintf|vfprintf|fputs|fputc|fwrite|dprintf|vdprintf|write)\s*\("
                       r"[^;]*\b(?:stderr|stdout|STDERR_FILENO|STDOUT_FILENO)\b")
TO_FD_2 = re.compile(r"\b(?:dprintf|write)\s*\(\s*[12]\s*,")

NO_HANDLER = re.compile(r"[^,()]*,\s*SIG_(?:DFL|IGN)\s*\)")

# A cleanup that would run over a variable that nothing was put into.
AUTO_BARE = re.compile(r"\bAUTO\s*\(\w+\)\s*[\w\s*]*?\b(\w+)\s*;")


def call(names):
    return re.compile(r"(?<![\w.>])(%s)\s*\(" % "|".join(names.split()))


EVERYWHERE_RE = [(call(n), w, y) for n, w, y in EVERYWHERE]
PRODUCT_RE = [(call(n), w, y) for n, w, y in PRODUCT]
BELOW_RE = [(call(n), w, y) for n, w, y in BELOW_PROC]


def judge(src):
    below = src.folder in RANK and RANK[src.folder] < RANK["proc"]
    rows = list(EVERYWHERE_RE)
    if not src.is_test:
        rows += PRODUCT_RE + (BELOW_RE if below else [])
    inside = src.path[len("src/"):] if src.path.startswith("src/") else ""
    for pattern, where, why in rows:
        if inside in where or src.folder in where:
            continue
        for m in pattern.finditer(src.code):
            if m.group(1) == "signal" and NO_HANDLER.match(src.code, m.end()):
                continue
            yield src.at(m.start(), "%s: %s" % (m.group(1), why))
    if below and not src.is_test and inside != "base/assert.c":
        for pattern in (TO_STDERR, TO_FD_2):
            for m in pattern.finditer(src.code):
                yield src.at(m.start(), "below proc/ nothing writes to standard output or error")
    for m in AUTO_BARE.finditer(src.code):
        body = src.code[m.end():src.code.find("\n}", m.end())]
        filled = re.search(r"&\s*%s\b" % m.group(1), body)
        leaves = re.search(r"\b(?:return|goto)\b", body)
        if leaves and (not filled or leaves.start() < filled.start()):
            yield src.at(m.start(), "AUTO %s has no value yet at the first return: write = { 0 }" % m.group(1))


def run(root):
    found = []
    for src in sources(root):
        found += judge(src)
    return found, None


def _f(body, path="src/proto/x.c"):
    return {path: HEAD % "planted" + "void f(void)\n{\n\t%s\n}\n" % body}


PLANTED = [
    ("a call of %s" % name, _f("%s(a, b);" % name), "%s:" % name)
    for names, _, _ in EVERYWHERE + PRODUCT + BELOW_PROC for name in names.split()
] + [
    ("a space before the bracket", _f("strcpy (a, b);"), "strcpy:"),
    ("strcpy in a test", _f("strcpy(a, b);", "src/proto/test_x.c"), "strcpy:"),
    ("a line to stderr", _f("(void)fprintf(stderr, \"x\");"), "standard output or error"),
    ("a line to descriptor 2", _f("(void)write(2, \"x\", 1);"), "standard output or error"),
    ("a line by fputs", _f("fputs(\"x\",\n\t    stderr);"), "standard output or error"),
    ("malloc in proc", _f("p = malloc(3);", "src/proc/x.c"), "malloc:"),
    ("malloc in a test", _f("p = malloc(3);", "src/proto/test_x.c"), ""),
    ("words that only look alike", _f("mem_free(&p);\n\tx->free(y);\n\tfclose(f);\n\tsqlite3_free(q);\n"
                                      "\treset_time(t);\n\tg(\"system(x)\"); /* strcpy(a, b) */"), ""),
    ("cleanup of garbage", _f("AUTO(buf_done) struct buf b;\n\n\tif (x)\n\t\treturn;\n\tbuf_init(&b, 3);"),
     "no value yet"),
    ("cleanup after init", _f("AUTO(buf_done) struct buf b;\n\n\tbuf_init(&b, 3);\n\tif (x)\n\t\treturn;"), ""),
    ("no handler at all", _f("(void)signal(s, SIG_DFL);", "src/os/x.c"), ""),
    ("proc logs and exits", {**_f("perror(p);\n\texit(1);", "src/proc/x.c"),
                             "src/proc/README.md": "# proc\n"}, ""),
    ("the child of a fork exits", _f("_exit(127);", "src/os/x.c"), ""),
    ("write to another descriptor", _f("n = write(fd, p, 2);"), ""),
]
