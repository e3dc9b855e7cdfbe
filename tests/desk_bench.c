/*
 * Is:        the measurement of the desk: requests, each with two signed approvals, until the
 *            session is let in.
 * Is not:    a judge of the figures.
 * Called by: people. usage: SLAGBOOM_BUILD=build-release build-release/bench/bench-desk, as root
 * Owns:      a stage (tests/desk_stage.h).
 * Trust:     no input.
 *
 * The real deskd on the disk of /tmp, with its commits synced; evidenced is scripted and
 * acknowledges at once; signatures are made here, and verified by deskd. This process and
 * deskd have a processor each, when it is started under taskset with two.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "desk_stage.h"

#include "base/assert.h"
#include "base/json.h"
#include "base/text.h"
#include "crypto/ed25519.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "crypto/sha512.h"
#include "crypto/start.h"
#include "os/clock.h"
#include "os/fd.h"
#include "policy/sshsig.h"
#include "proc/desk_officer.h"
#include "testing/test.h"

enum { GATES = 64, EACH = 8, REQUESTS = GATES * EACH, AT_ONCE = 28, OFFICERS = 8, UID_BASE = 1900100000, POLICY_MAX = 1 << 20,
	MESSAGE_MAX = 16384, TEXT_MAX = 8192 };

enum step { STEP_NONE, STEP_OPEN, STEP_SHOW, STEP_FIRST, STEP_SECOND, STEP_GRANTED, STEP_DONE };

struct one { enum step step; int fd; char id[9]; struct buf text, answer; uint64_t began, ended; };

static struct stage stage;
static struct ed25519_key officer[OFFICERS];
static struct one all[REQUESTS];
static const uint32_t officer_uid[OFFICERS] = { 5, 6, 7, 8, 9, 10, 13, 33 }; /* four pairs */

/* The first of the two officers who approve it. */
static int pair_of(const struct one *r)
{
	return (int)(r - all) % (OFFICERS / 2) * 2;
}

static void put_blob(struct wr *w, struct rd key)
{
	wr_part32(w, rd_str("ssh-ed25519"));
	wr_part32(w, key);
}

static void put_key(struct wr *w, struct rd key)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 128);
	struct wr blob = wr_to(&b);
	put_blob(&blob, key);
	wr_str(w, " key \"ssh-ed25519 ");
	wr_base64(w, buf_rd(&b), BASE64_PADDED);
	wr_str(w, "\"\n");
}

static void engineer_key(int i, uint8_t out[32])
{
	memset(out, i + 1, 32);
}

static const char *make_policy(struct buf *b)
{
	uint8_t key[32];

	buf_init(b, POLICY_MAX);
	struct wr w = wr_to(b);
	wr_str(&w, "operator \"K\" in NL\nsupplier m \"M\" in NL controlled-from NL\n");
	for (int i = 0; i < GATES; i++) {
		engineer_key(i, key);
		wr_text(&w, "engineer e%02d of m screened-until 2099-01-01", i);
		put_key(&w, rd_of(key, 32));
	}
	for (int i = 0; i < OFFICERS; i++) {
		wr_text(&w, "officer o%d role approver login \"#%u\"", i, officer_uid[i]);
		put_key(&w, rd_of(officer[i].pub.b, ED25519_PUB_LEN));
	}
	for (int i = 0; i < EACH; i++)
		wr_text(&w, "asset h%d telnet 127.0.0.1:%d dialect osmocom-vty holds subscribers\n", i, 4000 + i);
	wr_str(&w, "rule r\n    allow any to any\n    approved by 2 of approver\n    may read-config\n");
	wr_u8(&w, 0);
	ASSERT(wr_ok(&w));
	return (const char *)buf_rd(b).p;
}

/* What ssh-keygen -Y sign makes (PROTOCOL.sshsig). */
static void sign(int who, struct rd text, struct buf *out)
{
	AUTO(buf_done) struct buf to_sign = { 0 }, raw = { 0 }, inner = { 0 };
	struct sshsig s = { .name_space = rd_str("grant@slagboom"), .hash = rd_str("sha512") };
	uint8_t hash[SHA512_LEN];
	struct ed25519_sig sig;

	sha512_of(text, hash);
	buf_init(&to_sign, 1024);
	ASSERT(sshsig_signed(&s, rd_of(hash, SHA512_LEN), &to_sign));
	ed25519_sign(&officer[who], buf_rd(&to_sign), &sig);
	buf_init(&raw, 1024);
	buf_init(&inner, 256);
	struct wr w = wr_to(&raw), i = wr_to(&inner), o = wr_to(out);
	wr_str(&w, "SSHSIG");
	wr_u32(&w, 1);
	put_blob(&i, rd_of(officer[who].pub.b, ED25519_PUB_LEN));
	wr_part32(&w, buf_rd(&inner));
	wr_part32(&w, s.name_space);
	wr_part32(&w, rd_str(""));
	wr_part32(&w, s.hash);
	buf_reset(&inner);
	put_blob(&i, rd_of(sig.b, ED25519_SIG_LEN));
	wr_part32(&w, buf_rd(&inner));
	wr_str(&o, "-----BEGIN SSH SIGNATURE-----\n");
	AUTO(buf_done) struct buf armor = { 0 };
	buf_init(&armor, 2048);
	struct wr a = wr_to(&armor);
	wr_base64(&a, buf_rd(&raw), BASE64_PADDED);
	struct rd rest = buf_rd(&armor), line;
	while (rest.len && rd_take(&rest, rest.len < 70 ? rest.len : 70, &line)) {
		wr_bytes(&o, line);
		wr_str(&o, "\n");
	}
	wr_str(&o, "-----END SSH SIGNATURE-----\n");
	ASSERT(wr_ok(&w) && wr_ok(&i) && wr_ok(&o));
}

static void ask(struct one *r, int who, enum officer_verb verb, struct rd second)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct officer_ask q = { .verb = verb, .n = second.len ? 2 : 1, .arg = { rd_str(r->id), second } };

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s/desk.socket", stage.dir);
	r->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	ASSERT(r->fd >= 0 && seteuid(officer_uid[who]) == 0 && connect(r->fd, (struct sockaddr *)&a, sizeof(a)) == 0 && seteuid(0) == 0);
	buf_init(&b, MESSAGE_MAX);
	struct wr w = wr_to(&b);
	wr_u16(&w, OFFICER_ASK);
	officer_ask_write(&w, &q);
	ASSERT(wr_ok(&w) && fd_write_all(r->fd, buf_rd(&b)) == 0 && fd_set_nonblock(r->fd, true) == 0);
	buf_done(&r->answer);
	buf_init(&r->answer, 1 << 16);
}

/* True when the answer is whole. */
static bool answered(struct one *r)
{
	for (;;) {
		AUTO(buf_done) struct buf b = { 0 };
		uint16_t type;
		uint8_t status;
		buf_init(&b, MESSAGE_MAX);
		ssize_t n = fd_read(r->fd, &b);
		if (n == -EAGAIN)
			return false;
		struct rd body = buf_rd(&b);
		ASSERT(n > 0 && rd_u16(&body, &type));
		if (type == OFFICER_TEXT) {
			ASSERT(buf_put_rd(&r->answer, body));
			continue;
		}
		ASSERT(type == OFFICER_END && rd_u8(&body, &status) && status == OFFICER_DONE);
		fd_close(&r->fd);
		return true;
	}
}

/* The text to sign, out of the answer to VERB_SHOW. */
static void take_text(struct one *r)
{
	struct json_rd j = json_rd_of(buf_rd(&r->answer), JSON_ANY);
	struct json_token t;
	enum json_type type;

	buf_init(&r->text, TEXT_MAX);
	while ((type = json_next(&j, &t)) != JSON_BAD && type != JSON_END)
		if (type == JSON_KEY && rd_is(&t.text, "grant")) {
			ASSERT(json_next(&j, &t) == JSON_STRING && json_unescape(&t, &r->text));
			return;
		}
	ASSERT(!"no text");
}

static void approve(struct one *r, int who)
{
	AUTO(buf_done) struct buf signature = { 0 };

	buf_init(&signature, 2048);
	sign(who, buf_rd(&r->text), &signature);
	ask(r, who, VERB_APPROVE, buf_rd(&signature));
}

/* Messages to gates: "Request 0011aabb: ..." tells the number; GRANTED the end. */
static void take_messages(void)
{
	for (size_t i = 0; i < stage.messages.n; i++) {
		struct stage_message *m = vec_at(&stage.messages, i);
		struct rd r = buf_rd(&m->body), text, id;
		uint32_t n;
		if (m->to != STAGE_DOOR && rd_u32(&r, &n) && n > 0) {
			struct one *x = &all[m->to * EACH + (int)n - 1];
			if (m->type == DESK_TEXT && x->step == STEP_OPEN && rd_part16(&r, DESK_TEXT_MAX, &text) &&
			    rd_word(&text, "Request ") && rd_take(&text, 8, &id)) {
				ASSERT(rd_copy(&id, (uint8_t *)x->id, 8));
				x->step = STEP_SHOW;
				ask(x, pair_of(x), VERB_SHOW, rd_str(""));
			} else if (m->type == DESK_GRANTED) {
				x->step = STEP_DONE;
				x->ended = clock_mono_ns();
			} else {
				ASSERT(m->type == DESK_TEXT);
			}
		}
		stage_message_done(m);
	}
	stage.messages.n = 0;
}

static void go_on(struct one *r)
{
	if (r->fd < 0 || !answered(r))
		return;
	if (r->step == STEP_SHOW) {
		take_text(r);
		r->step = STEP_FIRST;
		approve(r, pair_of(r));
	} else if (r->step == STEP_FIRST) {
		r->step = STEP_SECOND;
		approve(r, pair_of(r) + 1);
	}
}

static void begin_one(int i)
{
	char asset[8];

	all[i].step = STEP_OPEN;
	all[i].fd = -1;
	all[i].began = clock_mono_ns();
	(void)snprintf(asset, sizeof(asset), "h%d", i % EACH);
	stage_open(&stage, i / EACH, (uint32_t)(i % EACH) + 1, asset, "replace the card", "CHG-1");
}

static void arrive(int i)
{
	AUTO(buf_done) struct buf b = { 0 };
	char login[16], line[256];
	uint8_t key[32];

	engineer_key(i, key);
	(void)snprintf(login, sizeof(login), "e%02d", i);
	buf_init(&b, 1024);
	struct wr w = wr_to(&b);
	put_key(&w, rd_of(key, 32));
	struct rd r = buf_rd(&b), text;
	ASSERT(rd_word(&r, " key \"") && rd_until(&r, '"', &text));
	(void)snprintf(line, sizeof(line), "%.*s", (int)text.len, (const char *)text.p);
	ASSERT(stage_gate(&stage) == i);
	stage_hello(&stage, i, login, "192.0.2.7", line, UID_BASE + (uint32_t)i);
}

static double cpu_s(pid_t pid)
{
	char path[64];
	unsigned long user = 0, system = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	ASSERT(f && fscanf(f, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) == 2);
	(void)fclose(f);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void report(uint64_t began, uint64_t ended, double cpu)
{
	static uint64_t took[REQUESTS];
	double s = (double)(ended - began) / 1e9;

	for (int i = 0; i < REQUESTS; i++)
		took[i] = all[i].ended - all[i].began;
	qsort(took, REQUESTS, sizeof(took[0]), by_size);
	uint64_t median_ns = took[REQUESTS / 2], p99_ns = took[REQUESTS * 99 / 100];
	double median = (double)median_ns / 1e6, worst = (double)p99_ns / 1e6;
	(void)printf("requests with two approvals each, until let in: %d in %.2f s, %.0f a second, %d at once\n", REQUESTS, s,
	    REQUESTS / s, AT_ONCE);
	(void)printf("from the request to the link: median %.2f ms, 99th %.2f ms; deskd used %.2f s of a processor\n",
	    median, worst, cpu);
}

TEST(requests_with_two_approvals)
{
	AUTO(buf_done) struct buf policy = { 0 };
	int n_begun = 0, n_done = 0;

	crypto_start();
	for (int i = 0; i < OFFICERS; i++) {
		AUTO(secret_done) struct secret seed = { .p = NULL };
		secret_make(&seed, ED25519_SEED_LEN, random_system());
		ed25519_key_init(&officer[i], &seed);
	}
	stage_init(&stage, make_policy(&policy));
	stage_start(&stage);
	for (int i = 0; i < GATES; i++)
		arrive(i);
	stage_pump(&stage, 500);
	for (size_t i = 0; i < stage.messages.n; i++)
		stage_message_done(vec_at(&stage.messages, i));
	stage.messages.n = 0;
	double cpu = cpu_s(stage.pid);
	uint64_t began = clock_mono_ns();
	while (n_done < REQUESTS) {
		while (n_begun < REQUESTS && n_begun - n_done < AT_ONCE)
			begin_one(n_begun++);
		stage_pump(&stage, 1);
		take_messages();
		n_done = 0;
		for (int i = 0; i < n_begun; i++) {
			go_on(&all[i]);
			n_done += all[i].step == STEP_DONE;
		}
	}
	report(began, clock_mono_ns(), cpu_s(stage.pid) - cpu);
	stage_done(&stage);
}
