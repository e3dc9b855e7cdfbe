/*
 * Is:        the measurement of requests with approvals on the whole product: supervisor, deskd,
 *            keyd, evidenced and the rest as `slagboom up` starts them.
 * Is not:    a judge of the figures.
 * Called by: people, as root: SLAGBOOM_BUILD=$PWD/build-release taskset -c 0,1
 *            build-release/bench/bench-desk [RATE [SECONDS [DIRECTORY]]]
 * Owns:      a gate of its own in a new directory, which it starts and stops.
 * Trust:     no input.
 *
 * Each request is filed by an officer for an engineer, read by two others as they would sign it,
 * and approved by both with a signature that keyd checks; each of these four questions is a
 * connection, is recorded, and is answered when its record is durable. The clock of a request
 * starts when it was to begin, whether or not the load was on time.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "base/vec.h"
#include "crypto/ed25519.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "crypto/sha512.h"
#include "crypto/start.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/spawn.h"
#include "policy/sshsig.h"
#include "proc/talk/desk_officer.h"

enum { ENGINEERS = 4000, ASSETS = 8, REQUESTS_MAX = ENGINEERS * ASSETS, OFFICERS = 8, EACH_MAX = 7 /* one less than an account may: the desk sees an end later than we */, SLOTS = OFFICERS * EACH_MAX,
	MESSAGE_MAX = 16384, ANSWER_MAX = 1 << 16, POLICY_MAX = 1 << 20, AT_ONCE = 24, PROCESSES_MAX = 64 };

enum step { STEP_FREE, STEP_FILE, STEP_SHOW, STEP_FIRST, STEP_SECOND };

/* A request on its way. */
struct one {
	enum step step;
	int number, fd, officer; /* whose connection it is */
	char id[33];
	struct buf text, answer;
	uint64_t began_ns;
};

/* Accounts that every Debian has. */
static const uint32_t officer_uid[OFFICERS] = { 5, 6, 7, 8, 9, 10, 13, 33 };
static struct ed25519_key officer[OFFICERS];
static int n_open[OFFICERS];
static struct one slot[SLOTS];
static uint64_t took_ns[REQUESTS_MAX];
static int n_begun, n_done;
static char dir[256], state[300], socket_path[330];
static pid_t supervisor;
static const char *build;

/* The gate. */

static void put_blob(struct wr *w, struct rd key)
{
	wr_part32(w, rd_str("ssh-ed25519"));
	wr_part32(w, key);
}

static void put_policy(struct wr *w)
{
	wr_str(w, "operator \"K\" in NL\nsupplier m \"M\" in NL controlled-from NL\n");
	for (int i = 0; i < ENGINEERS; i++)
		wr_text(w, "engineer e%d of m screened-until 2099-01-01\n", i);
	for (int i = 0; i < OFFICERS; i++) {
		AUTO(buf_done) struct buf b = { 0 };
		buf_init(&b, 128);
		struct wr blob = wr_to(&b);
		put_blob(&blob, rd_of(officer[i].pub.b, ED25519_PUB_LEN));
		wr_text(w, "officer o%d role approver login \"#%u\" key \"ssh-ed25519 ", i, officer_uid[i]);
		wr_base64(w, buf_rd(&b), BASE64_PADDED);
		wr_str(w, "\"\n");
	}
	for (int i = 0; i < ASSETS; i++)
		wr_text(w, "asset h%d telnet 127.0.0.1:%d dialect osmocom-vty holds subscribers\n", i, 4000 + i);
	wr_str(w, "rule r\n    allow any to any\n    approved by 2 of approver\n    may read-config\n");
}

static int slagboom(const char *const *argv, pid_t *out_pid)
{
	const char *envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	char path[4096], log[300];
	int pidfd, status, out;
	pid_t pid;

	(void)snprintf(path, sizeof(path), "%s/src/cli/slagboom", build);
	(void)snprintf(log, sizeof(log), "%s/log", dir);
	out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	struct spawn run = { path, argv, envp, (const struct spawn_fd[]){ { out, 1 }, { out, 2 } }, 2 };
	ASSERT(out >= 0 && spawn(&run, &pid, &pidfd) == 0);
	fd_close(&pidfd);
	fd_close(&out);
	if (out_pid) {
		*out_pid = pid;
		return 0;
	}
	ASSERT(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void start(const char *where)
{
	AUTO(buf_done) struct buf policy = { 0 };
	char path[300];

	(void)snprintf(dir, sizeof(dir), "%s/slagboom-bench-XXXXXX", where);
	ASSERT(mkdtemp(dir) && chmod(dir, 0711) == 0);
	(void)snprintf(path, sizeof(path), "%s/policy", dir);
	(void)snprintf(state, sizeof(state), "%s/state", dir);
	(void)snprintf(socket_path, sizeof(socket_path), "%s/desk.socket", state);
	buf_init(&policy, POLICY_MAX);
	struct wr w = wr_to(&policy);
	put_policy(&w);
	ASSERT(wr_ok(&w) && fd_replace_file(AT_FDCWD, path, buf_rd(&policy), 0600) == 0);
	const char *up[] = { "slagboom", "up", "--foreground", "--dir", state, "--policy", path, "--listen", "none", NULL };
	const char *status[] = { "slagboom", "status", "--dir", state, NULL };
	(void)slagboom(up, &supervisor);
	for (int i = 0; i < 300; i++) {
		if (slagboom(status, NULL) == 0)
			return;
		usleep(100000);
	}
	(void)fprintf(stderr, "it does not come up: see %s/log\n", dir);
	exit(1);
}

static void stop(void)
{
	const char *down[] = { "slagboom", "down", "--dir", state, NULL }, *rm[] = { "rm", "-rf", dir, NULL }, *envp[] = { NULL };
	struct spawn run = { "/bin/rm", rm, envp, NULL, 0 };
	int pidfd;
	pid_t pid;

	(void)slagboom(down, NULL);
	(void)waitpid(supervisor, NULL, 0);
	ASSERT(spawn(&run, &pid, &pidfd) == 0 && waitpid(pid, NULL, 0) == pid);
	fd_close(&pidfd);
}

/* What its processes have used: the supervisor and what it started, by name. */

struct used { char name[32]; double s; };
struct usage { struct used of[PROCESSES_MAX]; int n; double all; };

static bool read_stat(int pid, struct used *u)
{
	unsigned long user, system;
	char path[64];
	FILE *f;
	int n;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return false;
	n = fscanf(f, "%*d (%31[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", u->name, &user, &system);
	(void)fclose(f);
	u->s = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
	return n == 3;
}

static struct usage use_now(void)
{
	struct usage u = { .n = 1 };
	char path[64];
	FILE *f;
	int pid;

	ASSERT(read_stat(supervisor, &u.of[0]));
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", supervisor, supervisor);
	f = fopen(path, "r");
	ASSERT(f);
	while (fscanf(f, "%d", &pid) == 1 && u.n < PROCESSES_MAX)
		u.n += read_stat(pid, &u.of[u.n]);
	(void)fclose(f);
	for (int i = 0; i < u.n; i++)
		u.all += u.of[i].s;
	return u;
}

static double use_since(const struct usage *before, const struct usage *now, const char *name)
{
	double s = 0;

	for (int i = 0; i < now->n && i < before->n; i++)
		if (strstr(now->of[i].name, name))
			s += now->of[i].s - before->of[i].s;
	return s;
}

/* Questions. */

/* What ssh-keygen -Y sign makes (PROTOCOL.sshsig). */
static void sign(int who, struct rd text, struct buf *out)
{
	AUTO(buf_done) struct buf to_sign = { 0 }, raw = { 0 }, inner = { 0 }, armor = { 0 };
	struct sshsig s = { .name_space = rd_str("grant@slagboom"), .hash = rd_str("sha512") };
	uint8_t hash[SHA512_LEN];
	struct ed25519_sig sig;
	struct rd rest, line;

	sha512_of(text, hash);
	buf_init(&to_sign, 1024);
	buf_init(&raw, 1024);
	buf_init(&inner, 256);
	buf_init(&armor, 2048);
	ASSERT(sshsig_signed(&s, rd_of(hash, SHA512_LEN), &to_sign));
	ed25519_sign(&officer[who], buf_rd(&to_sign), &sig);
	struct wr w = wr_to(&raw), i = wr_to(&inner), o = wr_to(out), a = wr_to(&armor);
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
	wr_base64(&a, buf_rd(&raw), BASE64_PADDED);
	wr_str(&o, "-----BEGIN SSH SIGNATURE-----\n");
	for (rest = buf_rd(&armor); rest.len && rd_take(&rest, rest.len < 70 ? rest.len : 70, &line); wr_str(&o, "\n"))
		wr_bytes(&o, line);
	wr_str(&o, "-----END SSH SIGNATURE-----\n");
	ASSERT(wr_ok(&w) && wr_ok(&i) && wr_ok(&o) && wr_ok(&a));
}

/* False: this officer has as many connections as an account may. */
static bool ask(struct one *r, int who, const struct officer_ask *q)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (n_open[who] == EACH_MAX)
		return false;
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%.107s", socket_path);
	r->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	ASSERT(r->fd >= 0 && seteuid(officer_uid[who]) == 0 && connect(r->fd, (struct sockaddr *)&a, sizeof(a)) == 0 && seteuid(0) == 0);
	n_open[who]++;
	r->officer = who;
	buf_init(&b, MESSAGE_MAX);
	struct wr w = wr_to(&b);
	wr_u16(&w, OFFICER_ASK);
	officer_ask_write(&w, q);
	ASSERT(wr_ok(&w) && fd_write_all(r->fd, buf_rd(&b)) == 0 && fd_set_nonblock(r->fd, true) == 0);
	buf_done(&r->answer);
	buf_init(&r->answer, ANSWER_MAX);
	return true;
}

/* True when the answer is whole. */
static bool is_answered(struct one *r)
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
		ASSERT(type == OFFICER_END && rd_u8(&body, &status));
		if (status != OFFICER_DONE) {
			(void)fprintf(stderr, "refused: %.*s\n", (int)r->answer.len, (const char *)buf_rd(&r->answer).p);
			exit(1);
		}
		fd_close(&r->fd);
		n_open[r->officer]--;
		return true;
	}
}

/* A member of the answer. */
static bool take(struct one *r, const char *key, struct buf *out)
{
	struct json_rd j = json_rd_of(buf_rd(&r->answer), JSON_ANY);
	struct json_token t;
	enum json_type type;

	while ((type = json_next(&j, &t)) != JSON_BAD && type != JSON_END)
		if (type == JSON_KEY && rd_is(&t.text, key))
			return (type = json_next(&j, &t)) == JSON_STRING ? json_unescape(&t, out) : type == JSON_TRUE;
	return false;
}

/* A request. */

static int officer_of(const struct one *r, int which)
{
	return (r->number + which) % OFFICERS;
}

static bool ask_step(struct one *r)
{
	AUTO(buf_done) struct buf signature = { 0 };
	char engineer[16], asset[8];
	struct officer_ask q = { .verb = VERB_SHOW, .n = 1, .arg = { rd_str(r->id) } };

	switch (r->step) {
	case STEP_FILE:
		(void)snprintf(engineer, sizeof(engineer), "e%d", r->number / ASSETS);
		(void)snprintf(asset, sizeof(asset), "h%d", r->number % ASSETS);
		q = (struct officer_ask){ .verb = VERB_REQUEST, .n = 6, .arg = { rd_str(engineer), rd_str(asset), rd_str("terminal"),
			rd_str("replace the card"), rd_str("CHG-1"), rd_str("192.0.2.7") } };
		return ask(r, officer_of(r, 0), &q);
	case STEP_SHOW:
		return ask(r, officer_of(r, 1), &q);
	case STEP_FIRST: case STEP_SECOND:
		buf_init(&signature, 2048);
		sign(officer_of(r, r->step == STEP_FIRST ? 1 : 2), buf_rd(&r->text), &signature);
		q = (struct officer_ask){ .verb = VERB_APPROVE, .n = 2, .arg = { rd_str(r->id), buf_rd(&signature) } };
		return ask(r, officer_of(r, r->step == STEP_FIRST ? 1 : 2), &q);
	case STEP_FREE:
		break;
	}
	return true;
}

static void end_one(struct one *r)
{
	ASSERT(take(r, "granted", NULL));
	took_ns[n_done++] = clock_mono_ns() - r->began_ns;
	r->step = STEP_FREE;
	buf_done(&r->text);
}

static void go_on(struct one *r)
{
	AUTO(buf_done) struct buf id = { 0 };

	if (r->step == STEP_FREE || (r->fd >= 0 && !is_answered(r)))
		return;
	if (r->answer.len == 0) {
		(void)ask_step(r); /* it could not be asked before */
		return;
	}
	switch (r->step) {
	case STEP_FILE:
		buf_init(&id, 64);
		ASSERT(take(r, "id", &id));
		(void)snprintf(r->id, sizeof(r->id), "%.*s", (int)id.len, (const char *)buf_rd(&id).p);
		break;
	case STEP_SHOW:
		buf_init(&r->text, MESSAGE_MAX);
		ASSERT(take(r, "grant", &r->text));
		break;
	case STEP_SECOND:
		end_one(r);
		return;
	case STEP_FIRST: case STEP_FREE:
		break;
	}
	r->step++;
	buf_reset(&r->answer);
	(void)ask_step(r);
}

static bool begin_one(uint64_t due_ns)
{
	for (int i = 0; i < SLOTS; i++) {
		struct one *r = &slot[i];
		if (r->step != STEP_FREE)
			continue;
		r->number = n_begun++;
		r->began_ns = due_ns;
		r->step = STEP_FILE;
		buf_reset(&r->answer);
		(void)ask_step(r);
		return true;
	}
	return false;
}

static void wait_for_answers(int ms)
{
	struct pollfd p[SLOTS];
	nfds_t n = 0;

	for (int i = 0; i < SLOTS; i++)
		if (slot[i].step != STEP_FREE && slot[i].fd >= 0)
			p[n++] = (struct pollfd){ .fd = slot[i].fd, .events = POLLIN };
	(void)poll(p, n, ms);
	for (int i = 0; i < SLOTS; i++)
		go_on(&slot[i]);
}

/* A table's row. */

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void report(const char *what, int first, double s, const struct usage *before)
{
	struct usage now = use_now();
	int n = n_done - first;
	const uint64_t *took = &took_ns[first];
	uint64_t median_ns, p99_ns, longest_ns;
	double each = n ? 1000.0 / n : 0;

	qsort(&took_ns[first], (size_t)n, sizeof(took_ns[0]), by_size);
	median_ns = n ? took[n / 2] : 0;
	p99_ns = n ? took[n * 99 / 100] : 0;
	longest_ns = n ? took[n - 1] : 0;
	(void)printf("| %-14s | %6d | %6.0f /s | %7.1f | %7.1f | %7.1f | %5.2f | %5.2f | %5.2f | %5.2f |\n", what, n, n / s,
	    (double)median_ns / 1e6, (double)p99_ns / 1e6, (double)longest_ns / 1e6,
	    (now.all - before->all) * each, use_since(before, &now, "deskd") * each, use_since(before, &now, "keyd") * each,
	    use_since(before, &now, "slagboom-ev") * each);
}

/* `rate` a second for `s` seconds, whatever comes back; rate 0: as many as AT_ONCE at a time. */
static void run(const char *what, int rate, int s)
{
	struct usage before = use_now();
	uint64_t began = clock_mono_ns(), end = began + (uint64_t)s * NS_PER_S, step = rate ? NS_PER_S / (uint64_t)rate : 0;
	int first = n_done, n = n_begun;

	for (uint64_t now = began; now < end || n_done < n_begun; now = clock_mono_ns()) {
		while (now < end && n_begun < REQUESTS_MAX && (rate ? began + (uint64_t)(n_begun - n) * step <= now :
		    n_begun - n_done < AT_ONCE) && begin_one(rate ? began + (uint64_t)(n_begun - n) * step : now))
			;
		wait_for_answers(1);
	}
	report(what, first, (double)(clock_mono_ns() - began) / 1e9, &before);
}

/* What one sync of this disk takes, the median of a few: everything waits for some of them. */
static double sync_ms(const char *where)
{
	enum { N = 101 };
	uint64_t took[N];
	char path[300];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/sync", where);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ASSERT(fd >= 0);
	for (int i = 0; i < N; i++) {
		uint64_t at = clock_mono_ns();
		ASSERT(pwrite(fd, "0123456789abcdef", 16, (off_t)i * 16) == 16 && fdatasync(fd) == 0);
		took[i] = clock_mono_ns() - at;
	}
	fd_close(&fd);
	qsort(took, N, sizeof(took[0]), by_size);
	uint64_t median_ns = took[N / 2];
	return (double)median_ns / 1e6;
}

int main(int argc, char **argv)
{
	int rate = argc > 1 ? atoi(argv[1]) : 200, s = argc > 2 ? atoi(argv[2]) : 30;
	char what[32];

	build = getenv("SLAGBOOM_BUILD");
	if (!build || geteuid() != 0 || rate <= 0 || s <= 0 || rate * s > REQUESTS_MAX * 3 / 4) {
		(void)fprintf(stderr, "usage, as root: SLAGBOOM_BUILD=... bench-desk [RATE [SECONDS [DIRECTORY]]]; officers are accounts\n");
		return 2;
	}
	crypto_start();
	for (int i = 0; i < OFFICERS; i++) {
		AUTO(secret_done) struct secret seed = { .p = NULL };
		secret_make(&seed, ED25519_SEED_LEN, random_system());
		ed25519_key_init(&officer[i], &seed);
	}
	for (int i = 0; i < SLOTS; i++)
		slot[i].fd = -1;
	start(argc > 3 ? argv[3] : "/tmp");
	(void)printf("requests with two approvals each; one sync of the disk: %.2f ms; processors: %ld\n\n", sync_ms(dir),
	    sysconf(_SC_NPROCESSORS_ONLN));
	(void)printf("| load           | grants |     rate | median  |   99 %%  | longest | CPU   | deskd | keyd  | evid. |\n"
		     "|----------------|-------:|---------:|---------|---------|---------|-------|-------|-------|-------|\n");
	(void)snprintf(what, sizeof(what), "%d a second", rate);
	run("warming up", rate, 2);
	run(what, rate, s);
	run("as it can", 0, 10);
	(void)printf("\ntimes and processor time of a grant in ms; of the processor all processes of the gate together, and three\n");
	stop();
	return 0;
}
