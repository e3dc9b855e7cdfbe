/*
 * Is:        the level, the mirror and the witnesses (contract in the header).
 * Is not:    the policy of the gate.
 * Called by: evidenced, shipd.
 * Owns:      the text of the policy.
 * Trust:     files of our own state directory.
 */
#include "proc/ship/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/timefmt.h"
#include "os/fd.h"

#define LAG_NS (30ull * NS_PER_S)

static const char *const level_names[] = { "G0", "G1", "G2" };

const char *ship_level_name(enum ship_level l)
{
	return level_names[l];
}

/* A handler takes the rest of its line and returns what is wrong with it, or NULL. */

static const char *line_level(struct ship_config *c, struct rd *line)
{
	struct rd word;

	if (rd_token(line, &word))
		for (unsigned i = 0; i < ARRAY_LEN(level_names); i++)
			if (rd_is(&word, level_names[i])) {
				c->level = (enum ship_level)i;
				return NULL;
			}
	return "expected G0, G1 or G2";
}

static bool take_text(struct rd *line, char *out, size_t size)
{
	struct rd word;

	if (!rd_token(line, &word) || word.len >= size || !rd_copy(&word, (uint8_t *)out, word.len))
		return false;
	return true; /* the structure was zeroed */
}

static const char *line_mirror(struct ship_config *c, struct rd *line)
{
	struct rd word;

	if (!rd_token(line, &word) || !note_key_parse(word, &c->mirror) || c->mirror.alg != NOTE_COSIGNATURE)
		return "expected the vkey that `slagboom mirror` prints";
	if (!take_text(line, c->mirror_url, sizeof(c->mirror_url)))
		return "expected the mirror's URL";
	c->has_mirror = true;
	return NULL;
}

static const char *line_lag(struct ship_config *c, struct rd *line)
{
	struct rd word;

	return rd_token(line, &word) && time_duration(word, &c->lag_ns) && c->lag_ns > 0 ? NULL :
	    "expected a duration such as 30s";
}

static const char *line_authorities(struct ship_config *c, struct rd *line)
{
	return take_text(line, c->authorities, sizeof(c->authorities)) ? NULL : "expected a file";
}

static const struct {
	const char *word;
	const char *(*take)(struct ship_config *c, struct rd *line);
} words[] = {
	{ "level", line_level },
	{ "mirror", line_mirror },
	{ "lag", line_lag },
	{ "authorities", line_authorities },
};

static const char *take_line(struct ship_config *c, struct rd line, unsigned *seen)
{
	const char *wrong;
	struct rd word;

	if (!rd_token(&line, &word) || word.p[0] == '#')
		return NULL;
	for (unsigned i = 0; i < ARRAY_LEN(words); i++) {
		if (!rd_is(&word, words[i].word))
			continue;
		if (*seen & 1u << i)
			return "this was said already";
		*seen |= 1u << i;
		wrong = words[i].take(c, &line);
		return wrong ? wrong : rd_token(&line, &word) ? "too many words" : NULL;
	}
	return "expected level, mirror, lag or authorities";
}

static bool fail(struct ship_config_error *err, const char *file, size_t line, const char *what)
{
	*err = (struct ship_config_error){ file, line, what };
	return false;
}

static bool parse_conf(struct rd text, struct ship_config *c, struct ship_config_error *err)
{
	unsigned seen = 0;
	struct rd line;

	for (size_t n = 1; text.len; n++) {
		/* The last line may lack its LF: editors differ. */
		if (!rd_until(&text, '\n', &line)) {
			line = text;
			text.len = 0;
		}
		const char *wrong = memchr(line.p, 0, line.len) ? "a zero byte" : take_line(c, line, &seen);
		if (wrong)
			return fail(err, "evidence.conf", n, wrong);
	}
	return true;
}

/* What one file asks and the other does not give. */
static const char *find_gap(const struct ship_config *c)
{
	if (c->level == SHIP_G1 && !c->has_mirror)
		return "level G1 needs a mirror";
	if (c->level == SHIP_G2 && (!c->has_policy || c->policy.quorum < 0))
		return "level G2 needs a file of witnesses with a quorum";
	for (size_t i = 0; c->has_mirror && i < c->policy.n_witnesses; i++)
		if (hash_equal(&c->policy.witnesses[i].fingerprint, &c->mirror.fingerprint))
			return "the mirror's key is a witness's too";
	return NULL;
}

bool ship_config_parse(struct rd conf, struct rd policy, struct ship_config *out, struct ship_config_error *err)
{
	struct tlog_policy_error wrong;
	const char *gap;

	*out = (struct ship_config){ .lag_ns = LAG_NS, .policy = { .quorum = -1 } };
	buf_init(&out->policy_text, TLOG_POLICY_MAX);
	if (!buf_put_rd(&out->policy_text, policy))
		return fail(err, "witnesses", 0, "the file is too large");
	if (policy.len && !tlog_policy_parse(buf_rd(&out->policy_text), &out->policy, &wrong))
		return fail(err, "witnesses", wrong.line, wrong.what);
	out->has_policy = out->policy.n_witnesses > 0;
	if (!parse_conf(conf, out, err))
		return false;
	gap = find_gap(out);
	return gap ? fail(err, "evidence.conf", 0, gap) : true;
}

void ship_config_done(struct ship_config *c)
{
	buf_done(&c->policy_text);
}

static int read_one(int dir_fd, const char *where, const char *name, struct buf *out)
{
	char path[64];
	int r;

	(void)snprintf(path, sizeof(path), "%s/%s", where, name);
	r = fd_read_file(dir_fd, path, out);
	if (r < 0 && r != -ENOENT)
		(void)dprintf(STDERR_FILENO, "%s: %s\n", name, strerror(-r));
	return r == -ENOENT ? 0 : r;
}

int ship_config_read(int dir_fd, const char *where, struct ship_config *out)
{
	AUTO(buf_done) struct buf conf = { 0 };
	AUTO(buf_done) struct buf policy = { 0 };
	struct ship_config_error err;
	int r;

	buf_init(&conf, SHIP_CONFIG_MAX);
	buf_init(&policy, TLOG_POLICY_MAX);
	r = read_one(dir_fd, where, "evidence.conf", &conf);
	if (r == 0)
		r = read_one(dir_fd, where, "witnesses", &policy);
	if (r < 0)
		return r;
	if (ship_config_parse(buf_rd(&conf), buf_rd(&policy), out, &err))
		return 0;
	(void)dprintf(STDERR_FILENO, "%s:%zu: %s; correct the file and start again\n", err.file, err.line, err.what);
	ship_config_done(out);
	return -EINVAL;
}
