/*
 * Is:        a log of a state directory as its owner reads it (contract in the header).
 * Is not:    the judgement of the whole log.
 * Called by: subcommands on the evidence.
 * Owns:      its descriptor and buffers.
 * Trust:     the log's files may have decayed or change underneath.
 */
#include "cli/log_source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "evidence/erasure.h"
#include "evidence/proof.h"
#include "evidence/record_data.h"
#include "evidence/tile.h"
#include "os/fd.h"

void log_source_done(struct log_source *s)
{
	prover_done(&s->prover);
	buf_done(&s->checkpoint);
	buf_done(&s->policy);
	fd_close(&s->disk.dirfd);
}

/* The policy for the pack: the file that was given, or the log's key alone. */
static int read_policy(struct log_source *s, const char *state, const char *policy)
{
	char path[PATH_MAX];
	AUTO(buf_done) struct buf key = { 0 };
	int r;

	if (policy)
		return fd_read_file(AT_FDCWD, policy, &s->policy);
	buf_init(&key, NOTE_VKEY_MAX + 1);
	(void)snprintf(path, sizeof(path), "%s/keys/log-%s.vkey", state, s->log);
	r = fd_read_file(AT_FDCWD, path, &key);
	struct wr w = wr_to(&s->policy);
	wr_str(&w, "log ");
	wr_bytes(&w, buf_rd(&key));
	wr_str(&w, "quorum none\n");
	return r < 0 ? r : wr_ok(&w) ? 0 : -EFBIG;
}

/* Who signed the checkpoint: a proof under one that nobody signed is worth nothing. */
static int judge_checkpoint(struct log_source *s)
{
	static struct tlog_policy policy;
	struct tlog_policy_error err = { 0 };
	struct tlog_judgement j;
	enum tlog_verdict v;

	if (!tlog_policy_parse(buf_rd(&s->policy), &policy, &err)) {
		command_complain(s->a, NULL, "the policy is wrong in line %zu: %s", err.line, err.what);
		return EXIT_USAGE;
	}
	v = tlog_policy_judge(&policy, buf_rd(&s->checkpoint), &j);
	if (v != TLOG_OK) {
		command_complain(s->a, NULL, "the log's checkpoint: %s", tlog_verdict_text(v));
		return EXIT_FAILED;
	}
	s->head = j.checkpoint.head;
	return EXIT_OK;
}

const char *log_source_name(const struct args *a)
{
	return args_has(a, "--log") ? args_option(a, "--log") : "core";
}

int log_source_name_check(const struct args *a)
{
	if (strcmp(log_source_name(a), "core") == 0 || strcmp(log_source_name(a), "intercept") == 0)
		return EXIT_OK;
	command_complain(a, NULL, "a log is core or intercept");
	return EXIT_USAGE;
}

int log_source_open(struct log_source *s, const struct args *a, const char *log, const char *policy)
{
	const char *state = args_state_dir(a);
	char path[PATH_MAX];
	int r;

	*s = (struct log_source){ .a = a, .log = log };
	buf_init(&s->checkpoint, NOTE_MAX);
	buf_init(&s->policy, TLOG_POLICY_MAX);
	(void)snprintf(path, sizeof(path), "%s/evidence-%s", state, log);
	disk_dir_init(&s->disk, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (s->disk.dirfd < 0) {
		command_complain(a, NULL, "cannot open %s: %s", path, strerror(errno));
		return EXIT_USAGE;
	}
	r = fd_read_file(s->disk.dirfd, "checkpoint", &s->checkpoint);
	if (r < 0)
		return command_failed(a, "cannot read the log's checkpoint", r);
	r = read_policy(s, state, policy);
	if (r < 0)
		return command_failed(a, "cannot read the policy, or the log's public key", r);
	r = judge_checkpoint(s);
	if (r == EXIT_OK)
		prover_init(&s->prover, &s->disk.disk, s->head.size);
	return r;
}

/* Bundle number `n` of the tree. */
static int read_bundle(struct log_source *s, uint64_t n, struct rd *out, uint16_t *out_n)
{
	uint64_t left = s->head.size - n * TILE_WIDTH;
	struct tile t = { n, (uint16_t)(left < TILE_WIDTH ? left : TILE_WIDTH), TILE_ENTRIES };
	uint16_t held;

	*out_n = t.width;
	return verify_read(&s->prover.log, t, BUNDLE_MAX, out, &held);
}

int log_source_walk(struct log_source *s, struct log_source_walk *w)
{
	struct record_view v;
	struct rd raw, entry;
	int r = 0;

	for (uint64_t n = 0; r == 0 && n * TILE_WIDTH < s->head.size; n++) {
		uint16_t width;
		r = read_bundle(s, n, &raw, &width);
		for (uint16_t i = 0; r == 0 && i < width && bundle_next(&raw, &entry); i++)
			if (record_read(entry, &v))
				r = w->each(w, &v, entry);
		r = r == -ENOENT ? 0 : r;
	}
	return r;
}

struct opening {
	struct log_source_walk walk;
	struct rd session;
	struct log_session *out;
};

static int is_opening(struct log_source_walk *self, const struct record_view *v, struct rd entry)
{
	struct opening *o = CONTAINER_OF(self, struct opening, walk);
	struct log_session *s = o->out;

	s->index = v->seq;
	return rd_is(&v->event, "session.opened") && rd_equal(&v->session, &o->session) &&
	    record_data_hex(v->data, "grant", s->grant, sizeof(s->grant)) &&
	    record_data_hex(v->data, "recording", s->recording, sizeof(s->recording)) &&
	    record_data_hex(v->data, "policy", s->policy, sizeof(s->policy));
}

int log_source_session(struct log_source *s, struct rd session, struct log_session *out)
{
	struct opening o = { .walk = { is_opening }, .session = session, .out = out };
	int r = log_source_walk(s, &o.walk);

	if (r == 1)
		return EXIT_OK;
	return r < 0 ? command_failed(s->a, "cannot read the log", r) :
		       command_failed(s->a, "no record opens this session: it began less than a second ago, was erased, or there was none", 0);
}

/* Its bundle is not there: who says why? */
static int say_erased(struct log_source *s, uint64_t index)
{
	AUTO(erasure_done) struct erasure e = { .gone = { .ranges = { 0 } } };
	uint64_t first = index - index % TILE_WIDTH;
	const struct erasure_range *r;
	int err;

	erasure_init(&e);
	err = erasure_learn(&e, &s->prover.log);
	if (err < 0)
		return command_failed(s->a, "cannot read the log's bundles", err);
	r = erasure_covers(&e, first, first + TILE_WIDTH);
	if (!r) {
		command_complain(s->a, "slagboom verify", "entry %llu is missing, and no record says that it was erased",
		    (unsigned long long)index);
		return EXIT_FAILED;
	}
	command_complain(s->a, NULL, "entry %llu was erased, as record %llu says; who kept it and its "
		"proof can prove it still", (unsigned long long)index, (unsigned long long)r->record);
	return EXIT_FAILED;
}

int log_source_prove(struct log_source *s, uint64_t index, struct buf *proof, struct buf *entry)
{
	struct merkle_proof path;
	struct hash leaf;
	int r = prover_entry(&s->prover, index, entry);

	if (r == 0)
		r = prover_path(&s->prover, index, &path);
	if (r == -ENOENT)
		return say_erased(s, index);
	if (r == -ERANGE) {
		command_complain(s->a, NULL, "entry %llu is not under the signed checkpoint yet: that has %llu entries",
		    (unsigned long long)index, (unsigned long long)s->head.size);
		return EXIT_FAILED;
	}
	if (r < 0)
		return command_failed(s->a, "cannot read the log's tiles", r);
	hash_leaf(buf_rd(entry), &leaf);
	if (!merkle_included(index, s->head.size, &leaf, &path, &s->head.root))
		return command_failed(s->a, "the log's files contradict its checkpoint; judge the log with slagboom verify", 0);
	struct wr w = wr_to(proof);
	wr_proof(&w, index, &path, buf_rd(&s->checkpoint));
	return wr_ok(&w) ? EXIT_OK : command_failed(s->a, "the proof does not fit", -EFBIG);
}
