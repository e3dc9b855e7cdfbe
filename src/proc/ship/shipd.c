/*
 * Is:        the main of slagboom-shipd: brings checkpoints to the witnesses, and records
 *            to the mirror; the only process of the evidence with a network.
 * Is not:    believed: evidenced verifies what it brings (publish.h).
 * Called by: the supervisor.
 * Owns:      connections that go out.
 * Trust:     witnesses and mirrors are hostile.
 *
 * usage: slagboom-shipd ""
 *
 * Names are looked up before the belts go on, and connections go to the ports that were
 * configured alone. Where a name had no address it starts anew after a minute.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "crypto/start.h"
#include "os/fd.h"
#include "proc/child.h"
#include "proc/ship/config.h"
#include "proc/ship/http.h"
#include "proc/ship/log.h"
#include "proc/table.h"

#define UNRESOLVED_NS (60ull * NS_PER_S)
enum { N_LOGS = 2, AUTHORITIES_MAX = 4 << 20 };
static const char system_authorities[] = "/etc/ssl/certs/ca-certificates.crt";

struct target {
	struct http_place place;
	const struct note_key *key;
	char name[EVENT_NAME_MAX + 1];
	bool is_mirror;
};

static struct shipd {
	struct ship_config config;
	struct target target[SHIP_TALKS_MAX];
	size_t n_targets;
	uint16_t ports[SHIP_TALKS_MAX];
	struct process_reach reach;
	bool is_unresolved;
	struct http *http;
	struct loop *loop;
	struct ship_log log[N_LOGS];
	struct loop_timer anew;
} me;

static const char *const log_names[N_LOGS] = { "evidenced-core", "evidenced-intercept" };

/* Before the belts. */

static int add_target(const char *url, const struct note_key *key, struct rd name, bool is_mirror)
{
	struct target *t = &me.target[me.n_targets];
	const char *wrong = http_place_parse(url, &t->place);

	if (wrong) {
		(void)dprintf(STDERR_FILENO, "%s: %s; correct the file of witnesses or evidence.conf\n", url, wrong);
		return -EINVAL;
	}
	t->key = key;
	t->is_mirror = is_mirror;
	if (event_name_ok(name) && name.len)
		(void)snprintf(t->name, sizeof(t->name), "%.*s", (int)name.len, (const char *)name.p);
	else
		(void)snprintf(t->name, sizeof(t->name), "witness-%zu", me.n_targets + 1);
	if (!http_place_resolve(&t->place))
		me.is_unresolved = true;
	me.ports[me.n_targets++] = t->place.port;
	return 0;
}

/* The name of a witness in the policy: its unit's. */
static struct rd name_of(size_t witness)
{
	for (size_t i = 0; i < me.config.policy.n_units; i++)
		if (me.config.policy.units[i].witness == (int)witness)
			return me.config.policy.units[i].name;
	return rd_of(NULL, 0);
}

static int add_targets(void)
{
	char url[SHIP_URL_MAX];
	int r = 0;

	for (size_t i = 0; r == 0 && i < me.config.policy.n_witnesses; i++) {
		struct rd text = me.config.policy.witness_url[i];
		if (text.len == 0)
			continue; /* somebody else brings its cosignatures */
		if (text.len >= sizeof(url)) {
			(void)dprintf(STDERR_FILENO, "witnesses: a URL is longer than %d bytes\n", SHIP_URL_MAX - 1);
			return -EINVAL;
		}
		(void)snprintf(url, sizeof(url), "%.*s", (int)text.len, (const char *)text.p);
		r = add_target(url, &me.config.policy.witnesses[i], name_of(i), false);
	}
	if (r == 0 && me.config.has_mirror)
		r = add_target(me.config.mirror_url, &me.config.mirror, rd_str("mirror"), true);
	return r;
}

static int read_authorities(struct buf *out)
{
	const char *file = me.config.authorities[0] ? me.config.authorities : system_authorities;
	bool is_needed = false;
	int r;

	for (size_t i = 0; i < me.n_targets; i++)
		is_needed |= me.target[i].place.is_https;
	if (!is_needed)
		return 0;
	r = fd_read_file(AT_FDCWD, file, out);
	if (r < 0)
		(void)dprintf(STDERR_FILENO, "%s: %s; https needs it, or `authorities FILE` in evidence.conf\n", file, strerror(-r));
	return r;
}

static int prepare(void *ctx, int dir_fd)
{
	AUTO(buf_done) struct buf authorities = { 0 };
	int r = ship_config_read(dir_fd, "..", &me.config);

	crypto_start();
	tzset(); /* libcurl looks at a certificate's dates, which would open a file behind the belts */
	buf_init(&authorities, AUTHORITIES_MAX);
	if (r == 0)
		r = add_targets();
	me.reach = (struct process_reach){ me.ports, me.n_targets };
	if (r == 0)
		r = read_authorities(&authorities);
	if (r == 0 && me.n_targets > 0)
		r = http_new(&me.http, buf_rd(&authorities));
	return r;
}

/* Life. */

static void on_anew(void *ctx)
{
	child_exit(1);
}

static int start(void *ctx, struct loop *l)
{
	me.loop = l;
	loop_timer_init(&me.anew, on_anew, NULL);
	if (me.http)
		http_start(me.http, l);
	for (size_t i = 0; i < N_LOGS; i++) {
		struct ship_log *g = &me.log[i];
		ship_log_init(g, log_names[i], l);
		for (size_t k = 0; k < me.n_targets; k++) {
			struct ship_talk *t = &g->talk[g->n_talks++];
			talk_init(t, g, me.http, &me.target[k].place, me.target[k].key);
			t->is_mirror = me.target[k].is_mirror;
			(void)snprintf(t->name, sizeof(t->name), "%s", me.target[k].name);
		}
	}
	if (me.is_unresolved)
		loop_timer_set(l, &me.anew, UNRESOLVED_NS);
	return 0;
}

static int linked(void *ctx, struct rd peer, int fd)
{
	for (size_t i = 0; i < N_LOGS; i++)
		if (rd_is(&peer, log_names[i]))
			return ship_log_linked(&me.log[i], fd);
	fd_close(&fd);
	return -EINVAL;
}

static void done(void *ctx)
{
	for (size_t i = 0; i < N_LOGS; i++)
		ship_log_done(&me.log[i]);
	http_free(&me.http);
	ship_config_done(&me.config);
}

int main(int argc, char **argv)
{
	static const struct child child = { .name = "shipd", .prepare = prepare, .start = start, .linked = linked,
		.done = done, .reach = &me.reach };

	return child_main(&child);
}
