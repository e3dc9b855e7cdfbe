/*
 * Is:        where the records of an answer come from: a log directory or a pack, judged in the
 *            same pass that reads it, so that nothing can change in between.
 * Is not:    the answer.
 * Called by: seen.c.
 * Owns:      the files that it has open.
 * Trust:     hostile logs and packs.
 */
#include "cli/seen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/log_source.h"
#include "crypto/random.h"
#include "evidence/chain.h"
#include "evidence/erasure.h"
#include "evidence/pack.h"
#include "evidence/record.h"
#include "evidence/tlog_policy.h"
#include "evidence/verify_tree.h"
#include "os/disk.h"
#include "os/fd.h"

enum { READ_LEN = 1 << 16, TRIES = 5 };

struct reader {
	struct verify_check check;
	struct coverage *c;
};

static const char *take_entry(struct verify_check *self, uint64_t index, struct rd entry)
{
	struct reader *r = CONTAINER_OF(self, struct reader, check);
	struct record_view v;

	if (!record_read(entry, &v))
		return "not a record in canonical form";
	coverage_take(r->c, &v);
	return NULL;
}

static void take_gone(struct verify_check *self, uint64_t first, uint64_t end)
{
	coverage_gone(CONTAINER_OF(self, struct reader, check)->c, end);
}

static int complain(const struct args *a, const char *what, const char *path, int e)
{
	command_complain(a, NULL, "%s %s%s%s", what, path, e < 0 ? ": " : "", e < 0 ? strerror(-e) : "");
	return e < 0 ? EXIT_USAGE : EXIT_FAILED;
}

/* By whose signature: the options, or the key beside a state directory's log. */
static int read_policy(const struct args *a, const char *key_file, struct buf *text, struct tlog_policy *out)
{
	struct tlog_policy_error err = { 0 };
	AUTO(buf_done) struct buf file = { 0 };
	struct rd all, line = rd_of(NULL, 0);
	struct note_key key;
	int r;

	buf_init(&file, NOTE_VKEY_MAX + 1);
	if (args_has(a, "--policy")) {
		r = fd_read_file(AT_FDCWD, args_option(a, "--policy"), text);
		if (r < 0)
			return complain(a, "cannot read", args_option(a, "--policy"), r);
		if (tlog_policy_parse(buf_rd(text), out, &err))
			return EXIT_OK;
		command_complain(a, NULL, "the policy is wrong in line %zu: %s", err.line, err.what);
		return EXIT_USAGE;
	}
	if (args_has(a, "--key")) {
		line = rd_str(args_option(a, "--key"));
	} else if (key_file) {
		r = fd_read_file(AT_FDCWD, key_file, &file);
		if (r < 0)
			return complain(a, "cannot read", key_file, r);
		all = buf_rd(&file);
		if (!rd_until(&all, '\n', &line))
			line = all;
	}
	if (line.len == 0) {
		command_complain(a, "slagboom seen --key VKEY ...", "by whose key? The record's own word is not enough");
		return EXIT_USAGE;
	}
	/* The key borrows its name from the text. */
	if (!buf_put_rd(text, line) || !note_key_parse(buf_rd(text), &key)) {
		command_complain(a, "--key \"$(cat log-core.vkey)\"", "this is not a vkey: %.*s", (int)line.len, (const char *)line.p);
		return EXIT_USAGE;
	}
	tlog_policy_log_only(&key, out);
	return EXIT_OK;
}

static void note_source(const struct tlog_judgement *j, bool is_pack, struct seen_source *out)
{
	struct rd origin = j->checkpoint.origin;

	*out = (struct seen_source){ .size = j->checkpoint.head.size, .is_pack = is_pack };
	memcpy(out->root, j->checkpoint.head.root.b, sizeof(out->root));
	(void)!rd_copy(&origin, (uint8_t *)out->origin, origin.len < NOTE_NAME_MAX ? origin.len : NOTE_NAME_MAX);
}

static int unsound(const struct args *a, const struct verify_fault *f, const char *path)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd text;

	buf_init(&b, 1024);
	struct wr w = wr_to(&b);
	wr_verify_fault(&w, f);
	text = buf_rd(&b);
	command_complain(a, "slagboom verify DIR", "%s is NOT SOUND, so it answers nothing: %.*s", path, (int)text.len, (const char *)text.p);
	return EXIT_FAILED;
}

static int judge_tree(struct disk *d, const struct tlog_judgement *j, struct coverage *c, struct verify_fault *f)
{
	AUTO(chain_done) struct chain chain = { .next = 0 };
	AUTO(erasure_done) struct erasure erasure;
	struct reader reader = { { take_entry, take_gone }, c };
	struct verify_job job = { .head = j->checkpoint.head, .erasure = &erasure };
	uint64_t seed[2] = { 0 };
	int r;

	erasure_init(&erasure);
	random_seed(seed);
	chain_init(&chain, seed);
	chain.then = &reader.check;
	verify_tree_init(&job.tree);
	verify_log_init(&job.log, d, job.head.size, &chain.check);
	job.log.may_be_gone = true;
	r = verify_all(&job, f);
	verify_log_done(&job.log);
	return r;
}

/* The checkpoint of now, and all below it. */
static int judge_once(const struct args *a, struct disk_dir *disk, const struct tlog_policy *policy, const char *path,
    struct coverage *c, struct seen_source *out, struct verify_fault *f)
{
	AUTO(buf_done) struct buf note = { 0 };
	struct tlog_judgement j;
	enum tlog_verdict v;
	int r;

	buf_init(&note, NOTE_MAX);
	r = fd_read_file(disk->dirfd, "checkpoint", &note);
	if (r == -ENOENT) {
		command_complain(a, "--record DIR/evidence-core", "%s has no checkpoint, so it is no log", path);
		return EXIT_USAGE;
	}
	if (r < 0)
		return complain(a, "cannot read the checkpoint in", path, r);
	v = tlog_policy_judge(policy, buf_rd(&note), &j);
	if (v != TLOG_OK) {
		command_complain(a, NULL, "%s is NOT SOUND, so it answers nothing: %s", path, tlog_verdict_text(v));
		return EXIT_FAILED;
	}
	note_source(&j, false, out);
	r = judge_tree(&disk->disk, &j, c, f);
	return r < 0 ? complain(a, "cannot judge", path, r) : EXIT_OK;
}

/* A log that is being written may lose a partial tile to a larger one while it is read: then
 * there is a newer checkpoint, too, and all begins again. */
static int read_log(const struct args *a, const char *path, const struct tlog_policy *policy, struct coverage *c, struct seen_source *out)
{
	struct verify_fault f = { .kind = VERIFY_SOUND };
	struct coverage_question q = c->q;
	struct disk_dir disk;
	uint64_t seed[2];
	int r = EXIT_OK;

	disk_dir_init(&disk, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (disk.dirfd < 0)
		return complain(a, "cannot open", path, -errno);
	for (int i = 0; i < TRIES; i++) {
		r = judge_once(a, &disk, policy, path, c, out, &f);
		if (r != EXIT_OK || f.kind != VERIFY_MISSING)
			break;
		random_seed(seed);
		coverage_done(c);
		coverage_init(c, &q, seed);
	}
	fd_close(&disk.dirfd);
	return r != EXIT_OK ? r : f.kind == VERIFY_SOUND ? EXIT_OK : unsound(a, &f, path);
}

static int read_pack(const struct args *a, const char *path, const struct tlog_policy *policy, struct coverage *c, struct seen_source *out)
{
	static struct pack_judge judge; /* with a policy inside: too large for a stack */
	AUTO(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	AUTO(buf_done) struct buf part = { 0 };
	struct reader reader = { { take_entry, NULL }, c };
	int r = EXIT_OK;
	ssize_t n;

	if (fd < 0)
		return complain(a, "cannot read", path, -errno);
	buf_init(&part, READ_LEN);
	pack_judge_init(&judge, policy);
	judge.then = &reader.check;
	do {
		buf_reset(&part);
		n = fd_read(fd, &part);
	} while (n > 0 && pack_judge_take(&judge, buf_rd(&part)));
	if (n < 0) {
		r = complain(a, "cannot read", path, (int)n);
	} else if (!pack_judge_end(&judge)) {
		command_complain(a, "slagboom verify PACK", "%s is NOT SOUND, so it answers nothing: %s", path, judge.why);
		r = EXIT_FAILED;
	} else {
		note_source(&judge.judgement, true, out);
	}
	pack_judge_done(&judge);
	return r;
}

int seen_read(const struct args *a, struct coverage *c, struct seen_source *out)
{
	static struct tlog_policy policy;
	const char *given = args_option(a, "--record"), *log = log_source_name(a);
	AUTO(buf_done) struct buf text = { 0 };
	char path[PATH_MAX], key[PATH_MAX];
	struct stat st;
	int r;

	buf_init(&text, TLOG_POLICY_MAX);
	(void)snprintf(path, sizeof(path), "%s/evidence-%s", args_state_dir(a), log);
	(void)snprintf(key, sizeof(key), "%s/keys/log-%s.vkey", args_state_dir(a), log);
	r = read_policy(a, given ? NULL : key, &text, &policy);
	if (r != EXIT_OK)
		return r;
	if (given && stat(given, &st) < 0)
		return complain(a, "cannot read", given, -errno);
	r = given && !S_ISDIR(st.st_mode) ? read_pack(a, given, &policy, c, out) : read_log(a, given ? given : path, &policy, c, out);
	if (r == EXIT_OK)
		coverage_end(c);
	return r;
}
