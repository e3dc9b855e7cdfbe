/*
 * Is:        tlog-mirror over HTTP (contract in the header).
 * Is not:    what is kept.
 * Called by: main.c.
 * Owns:      nothing.
 * Trust:     the network is hostile.
 */
#include "cli/mirror/serve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "cli/witness/httpd.h"
#include "crypto/sha256.h"
#include "evidence/checkpoint.h"
#include "evidence/cosignature.h"
#include "evidence/tile.h"
#include "os/clock.h"

enum { CONNECTIONS_MAX = 16, PER_ADDRESS_MAX = 8, OK = 200, NOT_FOUND = 404, NOT_ALLOWED = 405 };
#define HOUSEKEEPING_NS (5ull * NS_PER_MS)

struct serve {
	struct httpd *httpd;
	struct serve_of of;
	struct loop *loop;
	struct loop_timer housekeeping;
};

static int poisoned(struct serve *s, const struct store *st, int err)
{
	s->of.poisoned(st->why, err);
	return err;
}

static struct store *find(const struct serve *s, struct rd origin)
{
	for (size_t i = 0; i < s->of.who->n_logs; i++)
		if (rd_is(&origin, s->of.stores[i].origin))
			return &s->of.stores[i];
	return NULL;
}

/* add-checkpoint: the witness's judgement, and no signature: what it writes in its place is
 * not one, is not stored and is not sent. */
static int sign_nothing(struct witness_signer *self, struct rd message, struct ed25519_sig *out)
{
	*out = (struct ed25519_sig){ .b = { 0 } };
	return 0;
}

static struct rd origin_of(struct rd raw)
{
	struct witness_request q;
	struct checkpoint c;
	struct note n;

	return witness_request_parse(raw, &q) && note_parse(q.checkpoint, &n) && checkpoint_parse_claim(n.text, &c)
	    ? c.origin : rd_of("", 0);
}

static int add_checkpoint(struct serve *s, struct rd body, struct httpd_reply *out)
{
	struct store *st = find(s, origin_of(body));
	struct witness_signer nobody = { sign_nothing };
	struct witness_answer a;
	struct witness wi = { &s->of.who->key, s->of.who->logs, s->of.who->n_logs, st ? &st->pending : NULL, &nobody };
	int r;

	out->status = origin_of(body).len ? WITNESS_UNKNOWN_LOG : WITNESS_MALFORMED;
	if (!st)
		return 0;
	r = witness_add_checkpoint(&wi, body, clock_wall_ns() / NS_PER_S, &out->body, &a);
	if (r < 0 && r != -ENOSPC && r != -EDQUOT)
		return poisoned(s, st, r);
	if (r < 0) /* the disk is full: nothing was taken */
		a.status = (enum witness_status)STORE_BUSY;
	if (a.status == WITNESS_CONFLICT)
		out->type = WITNESS_SIZE_TYPE;
	else
		buf_reset(&out->body);
	out->status = a.status;
	return 0;
}

/* add-entries */

/* Our line over the checkpoint that we have whole; the answer, and what is published. */
static int sign(struct serve *s, struct store *st, struct httpd_reply *out)
{
	AUTO(buf_done) struct buf message = { 0 };
	AUTO(buf_done) struct buf blob = { 0 };
	uint64_t time_s = clock_wall_ns() / NS_PER_S;
	struct ed25519_sig sig;
	struct note n;

	buf_init(&message, WITNESS_NOTE_MAX);
	buf_init(&blob, COSIGNATURE_BLOB_LEN);
	if (!note_parse(buf_rd(&st->note), &n))
		UNREACHABLE();
	struct wr w = wr_to(&message), b = wr_to(&blob), o = wr_to(&out->body);
	wr_cosignature_message(&w, time_s, n.text);
	ed25519_sign(&s->of.who->seed_key, buf_rd(&message), &sig);
	wr_cosignature_blob(&b, time_s, &sig);
	wr_note_sig(&o, &s->of.who->key, buf_rd(&blob));
	buf_reset(&message);
	w = wr_to(&message);
	wr_bytes(&w, buf_rd(&st->note));
	wr_bytes(&w, buf_rd(&out->body));
	ASSERT(wr_ok(&w) && wr_ok(&b) && wr_ok(&o));
	return store_publish(st, buf_rd(&message));
}

static void on_housekeeping(void *ctx)
{
	struct serve *s = ctx;
	bool more, any = false;

	for (size_t i = 0; i < s->of.who->n_logs; i++) {
		int r = store_idle(&s->of.stores[i], &more);
		if (r < 0) {
			s->of.poisoned("housekeeping", r);
			return;
		}
		any |= more;
	}
	if (any)
		loop_timer_set(s->loop, &s->housekeeping, HOUSEKEEPING_NS);
}

static int add_entries(struct serve *s, struct rd body, struct httpd_reply *out)
{
	struct mirror_upload u;
	struct mirror_info info;
	struct store *st;
	int r;

	out->status = STORE_MALFORMED;
	if (!mirror_upload_parse(body, &u))
		return 0;
	st = find(s, u.origin);
	out->status = NOT_FOUND;
	if (!st)
		return 0;
	r = store_upload(st, &u, &info);
	if (!loop_timer_is_set(&s->housekeeping))
		loop_timer_set(s->loop, &s->housekeeping, HOUSEKEEPING_NS);
	out->status = (unsigned)r;
	if (r == STORE_WHOLE)
		r = sign(s, st, out);
	if (r < 0)
		return poisoned(s, st, r);
	if (r == STORE_PART || r == STORE_CONFLICT) {
		struct wr w = wr_to(&out->body);
		wr_mirror_info(&w, &info);
		out->type = MIRROR_INFO_TYPE;
	}
	return 0;
}

/* Reading. */

static int get(struct serve *s, struct rd path, struct httpd_reply *out)
{
	uint8_t wanted[SHA256_LEN], is[SHA256_LEN];
	char file[TILE_PATH_MAX];
	struct tile tile;
	struct rd hex;
	int r;

	out->status = NOT_FOUND;
	if (!rd_word(&path, "/") || !rd_until(&path, '/', &hex) || !text_hex(hex, wanted, sizeof(wanted)))
		return 0;
	if (rd_is(&path, "checkpoint")) {
		(void)snprintf(file, sizeof(file), "checkpoint");
	} else if (tile_path_parse(path, &tile)) {
		tile_path(tile, file);
		out->type = MIRROR_UPLOAD_TYPE;
	} else {
		return 0;
	}
	for (size_t i = 0; i < s->of.who->n_logs; i++) {
		struct store *st = &s->of.stores[i];
		sha256_of(rd_str(st->origin), is);
		if (memcmp(is, wanted, sizeof(is)) != 0)
			continue;
		r = disk_read_file(&st->disk.disk, file, &out->body);
		out->status = r == 0 ? OK : r == -ENOENT ? NOT_FOUND : STORE_BUSY;
		return 0;
	}
	return 0;
}

static int answer(void *ctx, const struct httpd_request *q, struct httpd_reply *out)
{
	struct serve *s = ctx;
	bool is_checkpoint = strcmp(q->url, "/add-checkpoint") == 0, is_entries = strcmp(q->url, "/add-entries") == 0;

	out->type = WITNESS_TEXT_TYPE;
	out->status = NOT_ALLOWED;
	if (is_checkpoint || is_entries) {
		if (strcmp(q->method, "POST") != 0)
			return 0;
		return is_checkpoint ? add_checkpoint(s, q->body, out) : add_entries(s, q->body, out);
	}
	if (strcmp(q->method, "GET") == 0 || strcmp(q->method, "HEAD") == 0)
		return get(s, rd_str(q->url), out);
	return 0;
}

int serve_start(struct serve **out, int fd, struct loop *l, const struct serve_of *of)
{
	struct serve *s = mem_new(1, sizeof(*s));
	struct httpd_calls http = { { MIRROR_UPLOAD_MAX, BUNDLE_MAX, CONNECTIONS_MAX, PER_ADDRESS_MAX, HTTPD_HEADERS_NS }, answer, s };
	int r;

	*s = (struct serve){ .of = *of, .loop = l };
	loop_timer_init(&s->housekeeping, on_housekeeping, s);
	r = httpd_start(&s->httpd, fd, l, &http);
	if (r < 0) {
		serve_stop(&s);
		return r;
	}
	loop_timer_set(l, &s->housekeeping, 0);
	*out = s;
	return 0;
}

void serve_stop(struct serve **s)
{
	if (!*s)
		return;
	httpd_stop(&(*s)->httpd);
	loop_timer_clear((*s)->loop, &(*s)->housekeeping);
	mem_free(s);
}
