/*
 * Is:        tlog-witness over HTTP (contract in the header).
 * Is not:    the judgement, nor connections (httpd.h).
 * Called by: main.c.
 * Owns:      nothing.
 * Trust:     the network is hostile.
 */
#include "cli/witness/serve.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "cli/witness/httpd.h"
#include "crypto/sha256.h"
#include "os/clock.h"

enum { CONNECTIONS_MAX = 64, PER_ADDRESS_MAX = 16, OK = 200, NOT_FOUND = 404, NOT_ALLOWED = 405 };

struct serve {
	struct httpd *httpd;
	const struct witness *wi;
	struct store *store;
	const struct serve_calls *calls;
	void *ctx;
};

/* Closed without an answer: whether it happened is not known. */
static int poisoned(struct serve *s, int err)
{
	s->calls->poisoned(s->ctx, err);
	return err;
}

static int add_checkpoint(struct serve *s, struct rd body, struct httpd_reply *out)
{
	struct witness_answer a;
	int r = witness_add_checkpoint(s->wi, body, clock_wall_ns() / NS_PER_S, &out->body, &a);

	if (r < 0)
		return poisoned(s, r);
	if (a.log)
		s->calls->answered(s->ctx, &a);
	out->status = a.status;
	out->type = a.status == WITNESS_CONFLICT ? WITNESS_SIZE_TYPE : WITNESS_TEXT_TYPE;
	return 0;
}

static int get_checkpoint(struct serve *s, struct rd path, struct httpd_reply *out)
{
	uint8_t wanted[SHA256_LEN], is[SHA256_LEN];
	struct rd hex;

	out->status = NOT_FOUND;
	out->type = WITNESS_TEXT_TYPE;
	if (!rd_word(&path, "/") || !rd_until(&path, '/', &hex) || !rd_is(&path, "checkpoint") ||
	    !text_hex(hex, wanted, sizeof(wanted)))
		return 0;
	for (size_t i = 0; i < s->wi->n_logs; i++) {
		struct rd origin = rd_str(s->wi->logs[i].name);
		sha256_of(origin, is);
		if (memcmp(is, wanted, sizeof(is)) != 0)
			continue;
		int r = store_checkpoint(s->store, origin, &out->body);
		if (r < 0)
			return poisoned(s, r);
		out->status = r == STORE_NONE ? NOT_FOUND : OK;
		return 0;
	}
	return 0;
}

static int answer(void *ctx, const struct httpd_request *q, struct httpd_reply *out)
{
	struct serve *s = ctx;
	bool is_add = strcmp(q->url, "/add-checkpoint") == 0;

	out->type = WITNESS_TEXT_TYPE;
	out->status = NOT_ALLOWED;
	if (is_add && strcmp(q->method, "POST") == 0)
		return add_checkpoint(s, q->body, out);
	if (!is_add && (strcmp(q->method, "GET") == 0 || strcmp(q->method, "HEAD") == 0))
		return get_checkpoint(s, rd_str(q->url), out);
	return 0;
}

int serve_start(struct serve **out, int fd, struct loop *l, const struct witness *wi, struct store *store,
    const struct serve_calls *calls, void *ctx)
{
	struct serve *s = mem_new(1, sizeof(*s));
	struct httpd_calls http = { { WITNESS_REQUEST_MAX, WITNESS_NOTE_MAX, CONNECTIONS_MAX, PER_ADDRESS_MAX, HTTPD_HEADERS_NS }, answer, s };
	int r;

	*s = (struct serve){ .wi = wi, .store = store, .calls = calls, .ctx = ctx };
	r = httpd_start(&s->httpd, fd, l, &http);
	if (r < 0)
		serve_stop(&s);
	else
		*out = s;
	return r;
}

void serve_stop(struct serve **s)
{
	if (!*s)
		return;
	httpd_stop(&(*s)->httpd);
	mem_free(s);
}
