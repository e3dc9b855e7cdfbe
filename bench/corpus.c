/*
 * Is:        made-up corpora for benchmarks of the inspector.
 * Is not:    random bytes: the mix of words, numbers and line lengths is that of
 *            manual pages, of daemons' logs, and of an export of subscribers.
 * Called by: bench/inspect.c.
 * Owns:      its random state.
 * Trust:     no input.
 */
#include "corpus.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/def.h"

static uint64_t state;

static uint64_t below(uint64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % n;
}

struct out {
	uint8_t *p;
	size_t n, at;
};

static bool put(struct out *o, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Appends a piece; false when the corpus is full. */
static bool put(struct out *o, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = (size_t)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n > o->n - o->at)
		n = o->n - o->at;
	memcpy(o->p + o->at, line, n);
	o->at += n;
	return o->at < o->n;
}

static const char *const words[] = {
	"the", "of", "to", "a", "is", "in", "that", "and", "file", "be", "option", "if", "for", "this", "with",
	"are", "not", "command", "name", "or", "as", "by", "which", "value", "from", "on", "an", "can", "it",
	"will", "directory", "default", "used", "system", "when", "process", "specified", "output", "may", "set",
	"see", "only", "all", "input", "user", "must", "function", "returns", "argument", "number", "error",
	"Signals", "EINVAL", "POSIX", "pattern", "kernel", "descriptor", "environment", "characters", "string",
};

void corpus_text(uint8_t *p, size_t n)
{
	struct out o = { p, n, 0 };
	size_t col = 7;

	state = 1;
	while (o.at < n) {
		const uint64_t r = below(1000);
		const size_t from = o.at;
		if (r < 4)
			(void)put(&o, "%u ", (unsigned)below(4096));
		else if (r < 8)
			(void)put(&o, "(%u), ", (unsigned)below(8) + 1);
		else if (r < 30)
			(void)put(&o, "--%s=%s ", words[below(ARRAY_LEN(words))], words[below(ARRAY_LEN(words))]);
		else if (r < 31)
			(void)put(&o, "Copyright (C) 2006-2022 ");
		else
			(void)put(&o, "%s%s", words[below(ARRAY_LEN(words))], below(12) ? " " : ", ");
		col += o.at - from;
		if (col > 72) {
			(void)put(&o, "%s\n       ", below(6) ? "" : "\n");
			col = 7;
		}
	}
}

static unsigned octet(void)
{
	return (unsigned)below(254) + 1;
}

void corpus_logs(uint8_t *p, size_t n)
{
	struct out o = { p, n, 0 };
	uint64_t t = 1700000000;
	bool more = true;

	state = 2;
	while (more) {
		const unsigned h = (unsigned)(t / 3600 % 24), m = (unsigned)(t / 60 % 60), s = (unsigned)(t % 60);
		t += below(3);
		switch (below(7)) {
		case 0:
			more = put(&o, "2026-03-%02u %02u:%02u:%02u,%03u INFO [main] org.apache.hadoop.mapreduce.v2.app: "
				       "Created MRAppMaster for appattempt_%u_%04u_000001\n", (unsigned)below(28) + 1,
				   h, m, s, (unsigned)below(1000), 1445144423u + (unsigned)below(9999),
				   (unsigned)below(9999));
			break;
		case 1:
			more = put(&o, "Jun %2u %02u:%02u:%02u combo sshd(pam_unix)[%u]: authentication failure; logname= "
				       "uid=0 euid=0 tty=NODEVssh ruser= rhost=%u.%u.%u.%u\n", (unsigned)below(28) + 1,
				   h, m, s, (unsigned)below(32768), octet(), octet(), octet(), octet());
			break;
		case 2:
			more = put(&o, "0811%02u %02u%02u%02u %u INFO dfs.DataNode$PacketResponder: PacketResponder %u for "
				       "block blk_%lld terminating\n", (unsigned)below(28) + 1, h, m, s,
				   (unsigned)below(999), (unsigned)below(3), (long long)(below(1ull << 62)) * 2 - (1ll << 62));
			break;
		case 3:
			more = put(&o, "%u.%u.%u.%u - - [%02u/Mar/2026:%02u:%02u:%02u +0100] \"GET /api/v1/items/%u "
				       "HTTP/1.1\" 200 %u \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"\n", octet(), octet(),
				   octet(), octet(), (unsigned)below(28) + 1, h, m, s, (unsigned)below(99999),
				   (unsigned)below(99999));
			break;
		case 4:
			more = put(&o, "nova-api.log 2026-05-16 %02u:%02u:%02u.%03u %u INFO nova.osapi "
				       "[req-%08x-%04x-%04x-%04x-%06x%06x %08x] status: 200 len: %u time: 0.%07u\n", h, m, s,
				   (unsigned)below(1000), (unsigned)below(32768), (unsigned)below(1ull << 32),
				   (unsigned)below(65536), (unsigned)below(65536), (unsigned)below(65536),
				   (unsigned)below(1 << 24), (unsigned)below(1 << 24), (unsigned)below(1ull << 32),
				   (unsigned)below(9999), (unsigned)below(9999999));
			break;
		case 5:
			more = put(&o, "[%02u:%02u:%02u] kernel: eth%u: link becomes ready, carrier 0x%08x flags UP,RUNNING\n",
				   h, m, s, (unsigned)below(4), (unsigned)below(1ull << 32));
			break;
		default:
			more = put(&o, "- %u 2026.06.03 R%02u-M%u-N%u-C:J%02u-U%02u RAS KERNEL INFO instruction cache "
				       "parity error corrected\n", 1717400000u + (unsigned)below(9999),
				   (unsigned)below(80), (unsigned)below(2), (unsigned)below(16), (unsigned)below(18),
				   (unsigned)below(12));
			break;
		}
	}
}

void corpus_dense(uint8_t *p, size_t n)
{
	struct out o = { p, n, 0 };
	bool more = true;

	state = 3;
	while (more) {
		const unsigned sub = (unsigned)below(90000000) + 10000000;
		switch (below(8)) {
		case 0:
			more = put(&o, "0612%06u\n", sub % 1000000);
			break;
		case 1:
			more = put(&o, "31612%06u\n", sub % 1000000);
			break;
		case 2:
			more = put(&o, "+31 6 %u\n", sub);
			break;
		case 3:
			more = put(&o, "2040801%u\n", sub);
			break;
		case 4:
			more = put(&o, "06-%u\n", sub);
			break;
		case 5:
			more = put(&o, "3569380%u\n", sub);
			break;
		case 6:
			more = put(&o, "user%u@mail.example.nl\n", sub % 10000);
			break;
		default:
			more = put(&o, "204080%09u\n", sub);
			break;
		}
	}
}
