/*
 * Is:        the things that slagboom-verify does.
 * Is not:    the command line, nor what is printed.
 * Called by: main.c.
 * Owns:      nothing.
 * Trust:     every file that it is pointed at is hostile.
 */
#include "cli/verify/run.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "cli/verify/files.h"
#include "cli/verify/jobs.h"
#include "cli/verify/officers.h"
#include "crypto/random.h"
#include "evidence/chain.h"
#include "evidence/erasure.h"
#include "evidence/recordings.h"
#include "os/fd.h"
#include "os/disk.h"

enum { PACK_READ_LEN = 1 << 16 };

bool run_policy(const char *path, const char *vkey, struct buf *text, struct tlog_policy *out)
{
	struct tlog_policy_error err = { 0 };
	struct note_key key;
	int e;

	if (!path) {
		if (!note_key_parse(rd_str(vkey), &key)) {
			(void)!report_trouble("this is not a vkey (the line in a file such as log-core.vkey: --key \"$(cat FILE)\"):", vkey, 0);
			return false;
		}
		tlog_policy_log_only(&key, out);
		return true;
	}
	e = file_read(AT_FDCWD, path, text);
	if (e) {
		(void)!report_trouble("cannot read the policy", path, e);
		return false;
	}
	if (tlog_policy_parse(buf_rd(text), out, &err))
		return true;
	(void)fprintf(stderr, "slagboom-verify: the policy is wrong in line %zu: %s\n", err.line,
	    err.what);
	return false;
}

enum outcome run_proof(const struct options *o, const struct tlog_policy *p)
{
	AUTO(buf_done) struct buf raw = { 0 }, entry = { 0 };
	struct report r = { .is_proof = true, .policy = p };
	struct proof proof;
	struct hash leaf;
	int e;

	buf_init(&raw, PROOF_MAX);
	buf_init(&entry, ENTRY_MAX);
	e = file_read(AT_FDCWD, o->proof, &raw);
	if (e)
		return report_trouble("cannot read the proof", o->proof, e);
	e = file_read(AT_FDCWD, o->entry, &entry);
	if (e)
		return report_trouble("cannot read the entry", o->entry, e);
	/* A proof that is none proves nothing: that is a judgement. */
	if (proof_parse(buf_rd(&raw), &proof)) {
		hash_leaf(buf_rd(&entry), &leaf);
		r.proof_index = proof.index;
		r.proof = proof_judge(&proof, &leaf, p, &r.signed_how, &r.judgement);
	}
	return report_print(&r, o->json);
}

/* Whose signatures are looked at. */
struct signers {
	struct pack_listener listener;
	struct officers officers;
};

static const char *hear_approval(struct pack_listener *self, const struct signed_approval *a, struct rd text)
{
	struct signers *s = CONTAINER_OF(self, struct signers, listener);

	return officers_check(&s->officers, rd_str(a->actor), text, buf_rd(&a->signature));
}

static void signers_done(struct signers *s)
{
	officers_done(&s->officers);
}

/* False when they cannot be used, which is then said. */
static bool read_officers(const char *path, struct signers *out)
{
	AUTO(buf_done) struct buf text = { 0 };
	size_t line = 0;
	int e;

	buf_init(&text, OFFICERS_TEXT_MAX);
	e = file_read(AT_FDCWD, path, &text);
	if (e) {
		(void)!report_trouble("cannot read the officers' keys", path, e);
		return false;
	}
	if (officers_parse(&out->officers, buf_rd(&text), &line))
		return true;
	(void)fprintf(stderr, "slagboom-verify: the officers' keys are wrong in line %zu\n", line);
	return false;
}

enum outcome run_pack(const struct options *o, const struct tlog_policy *p)
{
	static struct pack_judge judge; /* with a policy inside: too large for a stack */
	AUTO(signers_done) struct signers signers = { .listener = { hear_approval } };
	AUTO(chain_done) struct chain sessions = { .next = 0 };
	AUTO(fd_close) int fd = open(o->pack, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	AUTO(buf_done) struct buf part = { 0 };
	uint64_t seed[2];
	enum outcome out;
	ssize_t n;

	random_seed(seed);
	chain_excerpt_init(&sessions, seed);
	if (fd < 0)
		return report_trouble("cannot read the pack", o->pack, -errno);
	buf_init(&part, PACK_READ_LEN);
	if (o->officers && !read_officers(o->officers, &signers))
		return OUTCOME_NOT_JUDGED;
	pack_judge_init(&judge, p);
	judge.listener = o->officers ? &signers.listener : NULL;
	judge.then = &sessions.check;
	do {
		buf_reset(&part);
		n = fd_read(fd, &part);
	} while (n > 0 && pack_judge_take(&judge, buf_rd(&part)));
	if (n < 0)
		out = report_trouble("cannot read the pack", o->pack, (int)n);
	else
		out = report_pack(&judge, &sessions, p != NULL, o->json);
	pack_judge_done(&judge);
	return out;
}

struct progress {
	struct verify_progress p;
	time_t last;
};

static int show_progress(struct verify_progress *self, const struct verify_tree *t, uint64_t size)
{
	struct progress *p = CONTAINER_OF(self, struct progress, p);
	time_t now = time(NULL);

	if (now != p->last)
		(void)fprintf(stderr, "%llu of %llu entries\n",
		    (unsigned long long)t->n_spans * VERIFY_SPAN, (unsigned long long)size);
	p->last = now;
	return 0;
}

/* The files, by as many processes as there is work for. */
static int judge_files(const struct options *o, struct verify_job *job, struct verify_fault *f)
{
	struct progress progress = { { show_progress }, 0 };
	uint64_t n_spans = job->log.size / VERIFY_SPAN;
	long n = o->sessions || o->recordings ? 1 : o->jobs ? (long)o->jobs : sysconf(_SC_NPROCESSORS_ONLN);
	struct jobs jobs = { .n = 0 };
	int e = 0;

	if (o->progress)
		job->progress = &progress.p;
	n = n > JOBS_MAX ? JOBS_MAX : n;
	if (n_spans > job->tree.n_spans && n_spans - job->tree.n_spans < (uint64_t)n)
		n = (long)(n_spans - job->tree.n_spans);
	if (n > 1 && n_spans > job->tree.n_spans) {
		e = jobs_start(&jobs, &job->log, job->tree.n_spans, (unsigned)n);
		job->source = &jobs.source;
	}
	if (!e)
		e = verify_all(job, f);
	jobs_done(&jobs);
	job->source = NULL; /* both were in this frame */
	job->progress = NULL;
	return e;
}

/* The kept checkpoint: signed by the log, witnessed or not. */
static enum tlog_verdict read_known(const struct options *o, const struct tlog_policy *p,
    struct merkle_head *out, int *out_errno)
{
	AUTO(buf_done) struct buf raw = { 0 };
	struct tlog_judgement j;
	enum tlog_verdict v;

	buf_init(&raw, NOTE_MAX);
	*out_errno = file_read(AT_FDCWD, o->known, &raw);
	if (*out_errno)
		return TLOG_MALFORMED;
	v = tlog_policy_judge(p, buf_rd(&raw), &j);
	*out = j.checkpoint.head;
	return v == TLOG_NO_QUORUM ? TLOG_OK : v;
}

/* What entries say, besides being in the tree. */
struct contents {
	struct chain chain;
	struct recordings recordings;
	struct recordings_listener listener;
	struct erasure erasure;
	struct report *report;
};

static void note_bad(struct recordings_listener *self, const struct recording_fault *f)
{
	struct contents *c = CONTAINER_OF(self, struct contents, listener);

	if (c->report->n_bad < REPORT_BAD_MAX)
		c->report->bad[c->report->n_bad++] = *f;
}

static void contents_init(struct contents *c, const struct options *o, struct report *r)
{
	uint64_t seed[2];

	random_seed(seed);
	*c = (struct contents){ .listener = { note_bad }, .report = r };
	chain_init(&c->chain, seed);
	recordings_init(&c->recordings, seed);
	erasure_init(&c->erasure);
	c->recordings.chain = &c->chain;
	r->erasure = &c->erasure;
	if (o->recordings)
		c->chain.then = &c->recordings.check;
}

static void contents_done(struct contents *c)
{
	chain_done(&c->chain);
	recordings_done(&c->recordings);
	erasure_done(&c->erasure);
}

static struct verify_check *check_of(struct contents *c, const struct options *o)
{
	if (o->sessions || o->recordings)
		return &c->chain.check;
	return o->records ? chain_records() : NULL;
}

/* The log is sound: now its sessions are counted and the reels looked at. */
static int judge_contents(struct contents *c, const struct options *o)
{
	struct chain_rest rest = chain_rest(&c->chain);
	struct report *r = c->report;
	struct disk_dir disk;
	int dir, e;

	if (!o->sessions && !o->recordings)
		return 0;
	r->has_sessions = true;
	r->n_sessions = c->chain.sessions.n;
	r->n_lost = c->chain.n_lost;
	r->n_open = rest.n_open;
	r->n_headless = c->chain.n_headless;
	r->n_endless = rest.n_endless;
	if (!o->recordings)
		return 0;
	dir = open(o->recordings, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	disk_dir_init(&disk, dir);
	e = recordings_judge(&c->recordings, &disk.disk, &c->listener, &r->recordings);
	(void)close(dir);
	r->has_recordings = e == 0;
	return e;
}

/* What was known before this run: checkpoints, and the state to go on from. */
struct before {
	struct merkle_head known;
	struct saved_state state;
};

/* Fills the job with what was known before. False when that cannot be used, which is
 * then said. */
static bool recall(const struct options *o, struct report *r, struct before *b,
    struct verify_job *job)
{
	int e = 0;

	if (o->known) {
		if (read_known(o, r->policy, &b->known, &e) != TLOG_OK) {
			(void)!report_trouble("not a checkpoint of this log:", o->known, e);
			return false;
		}
		job->known = &b->known;
	}
	e = o->resume ? state_read(o->resume, &b->state) : -ENOENT;
	if (e == -ENOENT)
		return true;
	if (e || !rd_is(&r->judgement.checkpoint.origin, b->state.origin)) {
		(void)!report_trouble("no state of this log:", o->resume, e);
		return false;
	}
	job->tree = b->state.tree;
	r->resumed_from = job->tree.n_spans * VERIFY_SPAN;
	/* What was verified before is known, unless a later one is given. */
	if (!job->known || job->known->size < b->state.head.size)
		job->known = &b->state.head;
	return true;
}

static int keep_state(const struct options *o, struct rd origin, const struct verify_job *job)
{
	struct saved_state done = { .head = job->head, .tree = job->tree };

	ASSERT(origin.len < sizeof(done.origin) &&
	    rd_copy(&origin, (uint8_t *)done.origin, origin.len));
	return state_write(o->resume, &done);
}

static enum outcome judge_signed(const struct options *o, int dir, struct contents *c)
{
	struct report *r = c->report;
	struct verify_job job = { .head = r->judgement.checkpoint.head };
	struct before before = { .known = { 0 } };
	struct disk_dir disk;
	int e;

	verify_tree_init(&job.tree);
	if (!recall(o, r, &before, &job))
		return OUTCOME_NOT_JUDGED;
	contents_init(c, o, r);
	disk_dir_init(&disk, dir);
	verify_log_init(&job.log, &disk.disk, job.head.size, check_of(c, o));
	if (job.log.check) { /* whose records are looked at, they may say what was erased */
		job.erasure = &c->erasure;
		job.log.may_be_gone = true;
	}
	e = judge_files(o, &job, &r->fault);
	verify_log_done(&job.log);
	if (e)
		return report_trouble("cannot judge", o->log, e);
	r->has_fault = true;
	e = r->fault.kind == VERIFY_SOUND ? judge_contents(c, o) : 0;
	if (e)
		return report_trouble("cannot read the recordings in", o->recordings, e);
	e = o->resume && r->fault.kind == VERIFY_SOUND ?
	    keep_state(o, r->judgement.checkpoint.origin, &job) : 0;
	return e ? report_trouble("cannot write", o->resume, e) : report_print(r, o->json);
}

enum outcome run_log(const struct options *o, const struct tlog_policy *p)
{
	AUTO(buf_done) struct buf note = { 0 };
	struct report r = { .policy = p };
	AUTO(contents_done) struct contents contents = { .report = &r };
	int dir = open(o->log, O_RDONLY | O_DIRECTORY | O_CLOEXEC), e;
	enum outcome out;

	buf_init(&note, NOTE_MAX);
	if (dir < 0)
		return report_trouble("cannot open", o->log, -errno);
	e = o->checkpoint ? file_read(AT_FDCWD, o->checkpoint, &note) :
	    file_read(dir, "checkpoint", &note);
	if (e) {
		(void)close(dir);
		return e == -ENOENT && !o->checkpoint ?
		    report_trouble("no checkpoint is in it, so this is no log (a log is a directory such as evidence-core):", o->log, 0) :
		    report_trouble("cannot read the checkpoint of", o->checkpoint ? o->checkpoint : o->log, e);
	}
	r.signed_how = tlog_policy_judge(p, buf_rd(&note), &r.judgement);
	out = r.signed_how == TLOG_OK ? judge_signed(o, dir, &contents) : report_print(&r, o->json);
	(void)close(dir);
	return out;
}
