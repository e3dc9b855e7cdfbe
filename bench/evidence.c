/*
 * Is:        durable records per second, and how long each waited, at an offered load
 *            and an injected sync delay: our log beside SQLite in one run.
 * Is not:    a test; it judges nothing.
 * Called by: hand (make bench).
 * Owns:      a directory below the one given; removed at the end.
 * Trust:     no input.
 *
 * usage: bench-evidence DIR [SECONDS]
 *
 * Load is open-loop: record i comes at i / rate, whether or not the store keeps up,
 * and its latency runs from then until it is durable. The log is driven as evidenced
 * would: append what has come, commit, acknowledge; a second process derives tiles,
 * settles and publishes once a second. SQLite (WAL, synchronous=FULL) puts what has
 * come into one transaction. The delay is added to every sync of every process.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "evidence/log.h"
#include "evidence/tiler.h"
#include "testing/latency.h"

enum { RECORD_LEN = 200, N_RECORDS = 4096 };

struct load {
	uint64_t rate, delay_ns, seconds;
	enum shelf_sync how;
	uint64_t step; /* entries that go into the tree at a time, in one loop with commits; 0: another process does */
};

struct result {
	uint64_t n, took_ns, n_commits;
	struct latency latency;
};

static uint64_t delay_ns; /* added to every sync */
static uint8_t pool[N_RECORDS][RECORD_LEN];

static uint64_t now(void)
{
	struct timespec t;

	ASSERT(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void rest(uint64_t ns)
{
	struct timespec t = { .tv_sec = (time_t)(ns / 1000000000u),
		.tv_nsec = (long)(ns % 1000000000u) };

	while (ns && nanosleep(&t, &t) < 0)
		;
}

/* These stand before the C library's, for SQLite's calls too. */
int fdatasync(int fd);
int fdatasync(int fd)
{
	int r = (int)syscall(SYS_fdatasync, fd);

	rest(delay_ns);
	return r;
}

int fsync(int fd);
int fsync(int fd)
{
	int r = (int)syscall(SYS_fsync, fd);

	rest(delay_ns);
	return r;
}

int syncfs(int fd);
int syncfs(int fd)
{
	int r = (int)syscall(SYS_syncfs, fd);

	rest(delay_ns);
	return r;
}

static void must(int r, const char *what)
{
	if (r == 0)
		return;
	(void)fprintf(stderr, "%s: %d\n", what, r);
	exit(1);
}

static struct rd record(uint64_t i)
{
	return rd_of(pool[i % N_RECORDS], RECORD_LEN);
}

/* When record i comes, and how many have come by `t`. */
static uint64_t due_ns(const struct load *l, uint64_t i)
{
	return (uint64_t)((__uint128_t)i * 1000000000u / l->rate);
}

static uint64_t have_come(const struct load *l, uint64_t t)
{
	return (uint64_t)((__uint128_t)t * l->rate / 1000000000u);
}

/* Records [from, to) became durable at `t`. */
static void note(struct result *r, const struct load *l, uint64_t from, uint64_t to, uint64_t t)
{
	for (uint64_t i = from; i < to; i++)
		latency_add(&r->latency, t - due_ns(l, i));
	r->n = to;
	r->took_ns = t;
	r->n_commits++;
}

/* ---- the disk alone ---- */

/* Back to back overwrites of 20,000 bytes of a file that has its room: what the disk
 * gives at this moment, beside which the rest is to be read. */
static void bench_disk(const char *dir, const struct load *l, struct result *r)
{
	enum { LEN = 20480, FILE_LEN = 16 << 20 };
	uint8_t *zeros = mem_new(FILE_LEN, 1);
	uint64_t start, end = l->seconds * 1000000000u, before, t;
	char path[512];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/raw", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ASSERT(fd >= 0 && pwrite(fd, zeros, FILE_LEN, 0) == FILE_LEN && fdatasync(fd) == 0);
	start = now();
	for (before = start; before - start < end; before = t) {
		off_t off = (off_t)(r->n_commits * LEN % (FILE_LEN - LEN));
		ASSERT(pwrite(fd, zeros, LEN, off) == LEN && fdatasync(fd) == 0);
		t = now();
		latency_add(&r->latency, t - before);
		r->n_commits++;
	}
	r->n = r->n_commits * LEN / RECORD_LEN;
	r->took_ns = before - start;
	(void)close(fd);
	mem_free(&zeros);
}

/* ---- our log ---- */

/* The second process: reads durable indexes, writes published ones. */
static void derive(struct disk *d, const struct load *l, int in, int out)
{
	static struct tiler t;
	struct wal_fault f;
	struct tree_state s;
	uint64_t durable = 0, last = now();

	must(tiler_open(&t, d, l->how, &f), "tiler_open");
	for (;;) {
		uint64_t v;
		ssize_t n = read(in, &v, sizeof(v));
		if (n == 0)
			_exit(0);
		if (n == (ssize_t)sizeof(v))
			durable = v;
		else
			rest(200000);
		must(tiler_step(&t, durable, 20000, &f), "tiler_step");
		if (now() - last < 1000000000u)
			continue;
		last = now();
		must(tiler_settle(&t, &s), "tiler_settle");
		must(tiler_publish(&t, rd_str("as if signed\n")), "tiler_publish");
		if (write(out, &t.published, sizeof(t.published)) < 0)
			_exit(1);
	}
}

static void commit_all(struct log *log, const struct load *l, struct result *r, int in, int out)
{
	uint64_t start = now(), end = l->seconds * 1000000000u, i, durable = 0, published;

	while (now() - start < end) {
		uint64_t come = have_come(l, now() - start);
		int full = 0;
		while (log->wal.next < come && !full)
			full = log_append(log, record(log->wal.next), false, 0, &i);
		if (full == LOG_NO_ROOM && log->wal.group_n == 0)
			must(log_idle(log), "log_idle");
		if (log->wal.group_n == 0) {
			must(log_idle(log), "log_idle");
			continue;
		}
		must(log_commit(log), "log_commit");
		note(r, l, durable, log_durable(log), now() - start);
		durable = log_durable(log);
		if (write(out, &durable, sizeof(durable)) < 0 && errno != EAGAIN)
			exit(1);
		if (log_is_short(log) && log_idle(log) < 0)
			exit(1);
		if (read(in, &published, sizeof(published)) == (ssize_t)sizeof(published))
			must(log_published(log, published), "log_published");
	}
}

/* As evidenced did it before: every 100 ms up to 8192 entries at a time go into the tree
 * between commits, and once a second it is settled and published there. */
static void commit_and_derive(struct log *log, struct disk *d, const struct load *l, struct result *r)
{
	static struct tiler t;
	struct wal_fault f;
	struct tree_state s;
	uint64_t start = now(), end = l->seconds * 1000000000u, i, durable = 0, tick = start, last = start;

	must(tiler_open(&t, d, l->how, &f), "tiler_open");
	while (now() - start < end) {
		uint64_t come = have_come(l, now() - start);
		int full = 0;
		while (log->wal.next < come && !full)
			full = log_append(log, record(log->wal.next), false, 0, &i);
		if (log->wal.group_n == 0) {
			must(log_idle(log), "log_idle");
		} else {
			must(log_commit(log), "log_commit");
			note(r, l, durable, log_durable(log), now() - start);
			durable = log_durable(log);
			if (log_is_short(log) && log_idle(log) < 0)
				exit(1);
		}
		if (now() < tick)
			continue;
		must(tiler_step(&t, durable, l->step, &f), "tiler_step");
		tick = t.size < durable ? 0 : now() + 100000000u;
		if (now() - last < 1000000000u)
			continue;
		last = now();
		must(tiler_settle(&t, &s), "tiler_settle");
		must(tiler_publish(&t, rd_str("as if signed\n")), "tiler_publish");
		must(log_published(log, t.published), "log_published");
	}
	tiler_done(&t);
}

static void bench_log(const char *dir, const struct load *l, struct result *r)
{
	static const uint8_t id[WAL_ID_LEN] = "for a benchmark, not random";
	struct log_config c = log_defaults();
	struct wal_fault f = { .why = "" };
	struct disk_dir d;
	struct log log;
	int to[2], from[2];
	pid_t child;

	c.spares = 8; /* 512 MiB: two seconds of 1,000,000 a second */
	disk_dir_init(&d, open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	delay_ns = 0;
	must(log_create(&d.disk, &c, id, &f), "log_create");
	must(log_open(&log, &d.disk, &c, &f), "log_open");
	while (log.wal.n_spares < c.spares)
		must(log_idle(&log), "log_idle");
	delay_ns = l->delay_ns;
	if (l->step) {
		commit_and_derive(&log, &d.disk, l, r);
		log_done(&log);
		(void)close(d.dirfd);
		return;
	}
	ASSERT(pipe2(to, O_NONBLOCK) == 0 && pipe2(from, O_NONBLOCK) == 0);
	child = fork();
	if (child == 0) {
		(void)close(to[1]);
		derive(&d.disk, l, to[0], from[1]);
	}
	(void)close(to[0]);
	commit_all(&log, l, r, from[0], to[1]);
	(void)close(to[1]);
	(void)close(from[0]);
	(void)close(from[1]);
	ASSERT(waitpid(child, NULL, 0) == child);
	log_done(&log);
	(void)close(d.dirfd);
}

/* ---- SQLite ---- */

static void sql(sqlite3 *db, const char *text)
{
	must(sqlite3_exec(db, text, NULL, NULL, NULL), text);
}

static void bench_sqlite(const char *dir, const struct load *l, struct result *r)
{
	char path[512];
	sqlite3 *db;
	sqlite3_stmt *insert;
	uint64_t start, end = l->seconds * 1000000000u, next = 0;

	(void)snprintf(path, sizeof(path), "%s/db", dir);
	delay_ns = 0;
	must(sqlite3_open(path, &db), "sqlite3_open");
	sql(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
		"CREATE TABLE record(id INTEGER PRIMARY KEY, bytes BLOB)");
	must(sqlite3_prepare_v2(db, "INSERT INTO record VALUES(?,?)", -1, &insert, NULL),
	    "prepare");
	delay_ns = l->delay_ns;
	start = now();
	while (now() - start < end) {
		uint64_t come = have_come(l, now() - start), first = next;
		if (come == next)
			continue;
		sql(db, "BEGIN");
		for (; next < come && next - first < 20000; next++) {
			(void)sqlite3_bind_int64(insert, 1, (sqlite3_int64)next);
			(void)sqlite3_bind_blob(insert, 2, record(next).p, RECORD_LEN,
			    SQLITE_STATIC);
			ASSERT(sqlite3_step(insert) == SQLITE_DONE);
			(void)sqlite3_reset(insert);
		}
		sql(db, "COMMIT");
		note(r, l, first, next, now() - start);
	}
	(void)sqlite3_finalize(insert);
	(void)sqlite3_close(db);
}

/* ---- the table ---- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	return remove(path);
}

static void run(const char *what, const char *base, const struct load *l,
    void bench(const char *, const struct load *, struct result *))
{
	struct result *r = mem_new(1, sizeof(*r));
	char dir[400];

	(void)snprintf(dir, sizeof(dir), "%s/bench-evidence-XXXXXX", base);
	ASSERT(mkdtemp(dir) != NULL);
	bench(dir, l, r);
	printf("%8" PRIu64 "  %4.0f ms  %-18s %9.0f  %8.2f  %8.2f  %8.2f  %8.0f\n", l->rate,
	    (double)l->delay_ns / 1e6, what, (double)r->n * 1e9 / (double)r->took_ns,
	    (double)latency_at(&r->latency, 0.5) / 1e6,
	    (double)latency_at(&r->latency, 0.99) / 1e6, (double)r->latency.max_ns / 1e6,
	    (double)r->n / (double)r->n_commits);
	if (nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		(void)fprintf(stderr, "%s stays\n", dir);
	mem_free(&r);
}

int main(int argc, char **argv)
{
	static const uint64_t rates[] = { 100000, 500000, 1000000 }, delays[] = { 0, 1, 5 };
	struct load l = { .seconds = argc > 2 ? strtoull(argv[2], NULL, 10) : 4 };

	if (argc < 2) {
		(void)fprintf(stderr, "usage: bench-evidence DIR [SECONDS]\n");
		return 2;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < N_RECORDS; i++)
		for (size_t k = 0; k < RECORD_LEN; k++)
			pool[i][k] = (uint8_t)('a' + (i * 31 + k * k * 7 + i * k) % 26);
	printf("%8s  %7s  %-18s %9s  %8s  %8s  %8s  %8s\n", "offered", "+sync", "store", "durable/s",
	    "p50 ms", "p99 ms", "max ms", "a commit");
	for (size_t d = 0; d < ARRAY_LEN(delays); d++) {
		l.delay_ns = delays[d] * 1000000u;
		l.rate = 0;
		run("the disk alone", argv[1], &l, bench_disk);
		for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
			l.rate = rates[i];
			l.how = SHELF_SYNCFS;
			run("slagboom, syncfs", argv[1], &l, bench_log);
			l.how = SHELF_FSYNC_EACH;
			run("slagboom, fsync", argv[1], &l, bench_log);
			l.how = SHELF_FEW_EACH;
			l.step = 8192;
			run("one loop", argv[1], &l, bench_log);
			l.step = 256;
			run("one loop, slices", argv[1], &l, bench_log);
			l.step = 0;
			run("sqlite WAL FULL", argv[1], &l, bench_sqlite);
		}
	}
	return 0;
}
