/*
 * Is:        tests of what keyd signs and gives over its links, with our own bytes and with
 *            the real ssh-add, ssh-keygen, ssh and sshd.
 * Is not:    a test of the protocol's parser (proto/test_agent.c).
 * Called by: the test run.
 * Owns:      a temporary directory per case; what it starts, it ends.
 * Trust:     no input.
 */
#include "proc/keyd/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "os/disk.h"
#include "os/fd.h"
#include "os/loop.h"
#include "os/spawn.h"
#include "proc/keyd/credential.h"
#include "proto/agent.h"
#include "testing/test.h"

enum { PATH_LEN = 128 };

static char dir[64];
static int dir_fd = -1;
static struct disk_dir disk;
static struct credential_store store;
static struct ed25519_key host, other;
static struct key_agents agents;
static struct loop *loop;
static struct loop_timer timer;
static unsigned n_used, n_refused;
static char last_why[EVENT_TEXT_MAX + 1];

static void on_event(const struct event *e)
{
	AUTO(buf_done) struct buf b = { 0 };

	/* It must be one that the supervisor takes. */
	buf_init(&b, 4096);
	struct wr w = wr_to(&b);
	event_encode(&w, e);
	CHECK(wr_ok(&w));
	n_used += e->id == EVENT_CREDENTIAL_USED;
	n_refused += e->id == EVENT_CREDENTIAL_REFUSED;
	if (e->id == EVENT_CREDENTIAL_REFUSED)
		(void)snprintf(last_why, sizeof(last_why), "%.*s", (int)e->value[2].bytes.len,
		    (const char *)e->value[2].bytes.p);
}

static void make_key(struct ed25519_key *k, uint8_t fill)
{
	AUTO(secret_done) struct secret seed = { .p = NULL };

	secret_init(&seed, ED25519_SEED_LEN);
	memset(seed.p, fill, seed.len);
	ed25519_key_init(k, &seed);
}

static void add(const char *name, enum credential_kind kind, const char *user)
{
	AUTO(buf_done) struct buf b = { 0 };
	static const uint8_t seed[ED25519_SEED_LEN] = { 42 };

	buf_init(&b, CREDENTIAL_BODY_MAX);
	struct wr w = wr_to(&b);
	if (kind == CREDENTIAL_KEY)
		credential_write_key(&w, rd_str(user), rd_of(seed, sizeof(seed)));
	else
		credential_write_password(&w, rd_str(user), rd_str("s3cret"), rd_str(""));
	CHECK_INT(credential_add(&store, rd_str(name), buf_rd(&b)), 0);
}

static void on_timer(void *ctx)
{
	loop_stop(loop, 0);
}

/* Lets the links work for a moment. */
static void turn(void)
{
	loop_timer_set(loop, &timer, 3000000);
	CHECK_INT(loop_run(loop), 0);
}

static void begin(const char *user)
{
	(void)snprintf(dir, sizeof(dir), "/tmp/slagboom-test-XXXXXX");
	CHECK(mkdtemp(dir));
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(dir_fd >= 0);
	disk_dir_init(&disk, dir_fd);
	CHECK_INT(credential_store_open(&store, &disk.disk), 0);
	add("hlr1", CREDENTIAL_KEY, user);
	add("msc", CREDENTIAL_PASSWORD, user);
	make_key(&host, 1);
	make_key(&other, 2);
	CHECK_INT(loop_new(&loop), 0);
	loop_timer_init(&timer, on_timer, NULL);
	key_agents_init(&agents, loop, &store, &host, on_event);
	n_used = n_refused = 0;
	last_why[0] = '\0';
}

static void remove_one(void *ctx, const char *name)
{
	CHECK(unlinkat(dir_fd, name, 0) == 0);
}

static void end(void)
{
	key_agents_done(&agents);
	CHECK_U64(agents.n_links, 0);
	loop_free(&loop);
	credential_store_close(&store);
	ed25519_key_done(&host);
	ed25519_key_done(&other);
	CHECK_INT(disk_list(&disk.disk, ".", remove_one, NULL), 0);
	fd_close(&dir_fd);
	CHECK(rmdir(dir) == 0);
}

static int join(const char *newcomer)
{
	int pair[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
	CHECK_INT(key_agents_join(&agents, rd_str(newcomer), pair[0]), 0);
	return pair[1];
}

/* Sends, lets it work, and reads what came; true when the link is still there. */
static bool talk(int fd, struct rd request, struct buf *out)
{
	ssize_t n;

	buf_reset(out);
	CHECK_INT(fd_write_all(fd, request), 0);
	turn();
	while ((n = fd_read(fd, out)) > 0)
		;
	return n == -EAGAIN;
}

static void blob_of(struct buf *b, const struct ed25519_key *k)
{
	buf_init(b, 64);
	struct wr w = wr_to(b);
	agent_write_ed25519_blob(&w, rd_of(k->pub.b, sizeof(k->pub.b)));
	CHECK(wr_ok(&w));
}

struct login {
	const char *user;
	const struct ed25519_key *key;
	uint8_t session;
};

static void write_login(struct buf *b, const struct login *l)
{
	AUTO(buf_done) struct buf blob = { 0 };
	uint8_t session[32];

	blob_of(&blob, l->key);
	memset(session, l->session, sizeof(session));
	buf_init(b, 4096);
	struct wr w = wr_to(b);
	wr_part32(&w, rd_of(session, sizeof(session)));
	wr_u8(&w, 50);
	wr_part32(&w, rd_str(l->user));
	wr_part32(&w, rd_str("ssh-connection"));
	wr_part32(&w, rd_str("publickey"));
	wr_u8(&w, 1);
	wr_part32(&w, rd_str("ssh-ed25519"));
	wr_part32(&w, buf_rd(&blob));
	CHECK(wr_ok(&w));
}

static void write_sign(struct buf *b, const struct ed25519_key *key, struct rd data, uint32_t flags)
{
	AUTO(buf_done) struct buf blob = { 0 };

	blob_of(&blob, key);
	buf_init(b, AGENT_WIRE_MAX);
	struct wr w = wr_to(b);
	size_t message = wr_open32(&w);
	wr_u8(&w, 13);
	wr_part32(&w, buf_rd(&blob));
	wr_part32(&w, data);
	wr_u32(&w, flags);
	wr_close32(&w, message);
	CHECK(wr_ok(&w));
}

/* True when it was signed, rightly. */
static bool is_signed(struct buf *answer, const struct ed25519_key *key, struct rd data)
{
	struct rd r = buf_rd(answer), message, signature, algorithm, raw;
	struct ed25519_sig sig;
	uint8_t type;

	CHECK(rd_part32(&r, AGENT_MESSAGE_MAX, &message) && r.len == 0 && rd_u8(&message, &type));
	if (type == 5)
		return false;
	CHECK(type == 14 && rd_part32(&message, 200, &signature) && message.len == 0);
	CHECK(rd_part32(&signature, 64, &algorithm) && rd_is(&algorithm, "ssh-ed25519"));
	CHECK(rd_part32(&signature, 64, &raw) && signature.len == 0 && rd_copy(&raw, sig.b, sizeof(sig.b)));
	CHECK(ed25519_verify(&key->pub, data, &sig));
	return true;
}

/* Asks over a link of its own; a refusal ends it and is one event. */
static bool ask(const char *newcomer, const struct ed25519_key *key, struct rd data, uint32_t flags)
{
	AUTO(buf_done) struct buf request = { 0 }, answer = { 0 };
	AUTO(fd_close) int fd = join(newcomer);
	unsigned before = n_refused;
	bool is_there, ok;

	buf_init(&answer, 4096);
	write_sign(&request, key, data, flags);
	is_there = talk(fd, buf_rd(&request), &answer);
	ok = is_signed(&answer, key, data);
	CHECK(ok == is_there && n_refused == before + !ok);
	return ok;
}

static const struct ed25519_key *hlr1(void)
{
	return &credential_find(&store, rd_str("hlr1"))->key;
}

static bool ask_login(struct login l)
{
	AUTO(buf_done) struct buf data = { 0 };

	write_login(&data, &l);
	return ask("edge-7 hlr1", l.key, buf_rd(&data), 0);
}

TEST(key_agent_is_no_oracle_for_edges)
{
	static const uint8_t hash[64] = { 9 };
	AUTO(buf_done) struct buf login = { 0 };

	begin("admin");
	CHECK(!ask_login((struct login){ "root", hlr1(), 1 }));
	CHECK(strstr(last_why, "another user"));
	CHECK(!ask_login((struct login){ "", hlr1(), 1 }));
	CHECK(!ask_login((struct login){ "admin", &other, 1 }));
	CHECK(strstr(last_why, "another key"));
	/* Exchange hashes, signed files, anything else. */
	for (size_t n = 0; n <= 64; n += 16)
		CHECK(!ask("edge-7 hlr1", hlr1(), rd_of(hash, n), 0));
	CHECK(strstr(last_why, "no login"));
	CHECK(!ask("edge-7 hlr1", hlr1(), rd_of("SSHSIG\0\0\0\4file", 14), 0));
	write_login(&login, &(struct login){ "admin", hlr1(), 1 });
	CHECK(!ask("edge-7 hlr1", hlr1(), buf_rd(&login), 2));
	CHECK(!ask("edge-7 hlr1", &host, buf_rd(&login), 0));
	CHECK(!ask("edge-7 msc", hlr1(), buf_rd(&login), 0));
	CHECK_U64(n_used, 0);
	end();
}

TEST(key_agent_signs_a_login)
{
	begin("admin");
	CHECK(ask_login((struct login){ "admin", hlr1(), 1 }));
	CHECK_U64(n_used, 1);
	end();
}

TEST(key_agent_link_is_for_one_connection)
{
	AUTO(buf_done) struct buf first = { 0 }, second = { 0 }, request = { 0 }, answer = { 0 };

	begin("admin");
	AUTO(fd_close) int fd = join("edge-7 hlr1");
	buf_init(&answer, 4096);
	write_login(&first, &(struct login){ "admin", hlr1(), 1 });
	write_login(&second, &(struct login){ "admin", hlr1(), 2 });
	write_sign(&request, hlr1(), buf_rd(&first), 0);
	CHECK(talk(fd, buf_rd(&request), &answer) && is_signed(&answer, hlr1(), buf_rd(&first)));
	CHECK(talk(fd, buf_rd(&request), &answer) && is_signed(&answer, hlr1(), buf_rd(&first)));
	buf_done(&request);
	write_sign(&request, hlr1(), buf_rd(&second), 0);
	CHECK(!talk(fd, buf_rd(&request), &answer) && !is_signed(&answer, hlr1(), buf_rd(&second)));
	CHECK(strstr(last_why, "second connection"));
	end();
}

TEST(key_agent_host_signs_exchange_hashes_alone)
{
	static const uint8_t hash[65] = { 9 };
	AUTO(buf_done) struct buf login = { 0 };

	begin("admin");
	for (size_t n = 0; n <= sizeof(hash); n++)
		CHECK(ask("host", &host, rd_of(hash, n), 0) == (n == 32 || n == 48 || n == 64));
	write_login(&login, &(struct login){ "admin", &host, 1 });
	CHECK(!ask("host", &host, buf_rd(&login), 0));
	CHECK(!ask("host", hlr1(), rd_of(hash, 32), 0));
	CHECK(!ask("host", &other, rd_of(hash, 32), 0));
	end();
}

static int ask_secret(int fd, enum agent_secret which, char *out, size_t size)
{
	AUTO(buf_done) struct buf request = { 0 }, answer = { 0 };
	struct rd r, secret = rd_str("");
	int rc;

	buf_init(&request, 100);
	buf_init(&answer, 4096);
	struct wr w = wr_to(&request);
	agent_ask_secret(&w, which);
	(void)!talk(fd, buf_rd(&request), &answer);
	r = buf_rd(&answer);
	rc = agent_answer_take(&r, &secret);
	(void)snprintf(out, size, "%.*s", (int)secret.len, (const char *)secret.p);
	return rc;
}

TEST(key_agent_secrets)
{
	char text[64];

	begin("admin");
	AUTO(fd_close) int msc = join("edge-7 msc"), key = join("edge-8 hlr1"), sshd = join("host");
	CHECK_INT(ask_secret(msc, AGENT_SECRET_USER, text, sizeof(text)), 0);
	CHECK_STR(text, "admin");
	CHECK_INT(ask_secret(msc, AGENT_SECRET_PASSWORD, text, sizeof(text)), 0);
	CHECK_STR(text, "s3cret");
	CHECK_INT(ask_secret(msc, AGENT_SECRET_PASSWORD, text, sizeof(text)), 0);
	CHECK_INT(ask_secret(msc, AGENT_SECRET_ENABLE, text, sizeof(text)), AGENT_REFUSED);
	CHECK_U64(n_used, 1);
	CHECK_U64(n_refused, 0);
	CHECK_INT(ask_secret(key, AGENT_SECRET_USER, text, sizeof(text)), 0);
	CHECK_STR(text, "admin");
	CHECK_INT(ask_secret(key, AGENT_SECRET_PASSWORD, text, sizeof(text)), AGENT_REFUSED);
	CHECK_INT(ask_secret(sshd, AGENT_SECRET_USER, text, sizeof(text)), AGENT_REFUSED);
	CHECK_U64(n_refused, 1);
	end();
}

TEST(key_agent_ends_bad_links)
{
	AUTO(buf_done) struct buf answer = { 0 };
	uint8_t junk[64];

	begin("admin");
	buf_init(&answer, 1 << 16);
	memset(junk, 0xff, sizeof(junk));
	AUTO(fd_close) int bad = join("edge-7 hlr1"), many = join("edge-8 hlr1");
	CHECK(!talk(bad, rd_of(junk, sizeof(junk)), &answer));
	CHECK_U64(n_refused, 1);
	CHECK_U64(answer.len, 0);
	bool is_there = true;
	for (int i = 0; i < 100 && is_there; i++)
		is_there = talk(many, rd_of("\0\0\0\1\x0b", 5), &answer);
	CHECK(!is_there && strstr(last_why, "too many"));
	CHECK_U64(agents.n_links, 0);
	end();
}

/* One that asks and never reads takes no memory and no time of ours. */
TEST(key_agent_drops_who_does_not_read)
{
	begin("admin");
	AUTO(fd_close) int fd = join("host");
	for (int i = 0; i < 100000 && agents.n_links; i++) {
		(void)!write(fd, "\0\0\0\1\x0b\0\0\0\1\x0b\0\0\0\1\x0b\0\0\0\1\x0b\0\0\0\1\x0b\0\0\0\1\x0b\0\0\0\1\x0b\0\0\0\1\x0b", 40);
		if (i % 50 == 0)
			turn();
	}
	CHECK_U64(agents.n_links, 0);
	end();
}

/* However many sessions engineers begin, each room's sshd still gets its host key. */
TEST(key_agent_edges_leave_room_for_hosts)
{
	AUTO(fd_close) int edge = -1;
	AUTO(fd_close) int sshd = -1;
	uint8_t byte;

	begin("operator");
	agents.n_links += KEY_AGENT_EDGES_MAX; /* as if so many were there */
	edge = join("edge-7 hlr1");
	CHECK_STR(last_why, "too many links");
	CHECK_INT((int)read(edge, &byte, 1), 0);
	sshd = join("host");
	CHECK_INT((int)n_refused, 1);
	CHECK_U64(agents.n_links, KEY_AGENT_EDGES_MAX + 1);
	agents.n_links -= KEY_AGENT_EDGES_MAX;
	end();
}

TEST(key_agent_names)
{
	static const char *const bad[] = { "", "edge-7", "edge-7 ", " hlr1", "hosts", "host ", "edge 7 hlr1", "edge-7 ../hlr1",
		"edge-7 hlr1 " };
	int pair[2];

	begin("admin");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
		CHECK_INT(key_agents_join(&agents, rd_str(bad[i]), pair[0]), -EINVAL);
		fd_close(&pair[1]);
	}
	AUTO(fd_close) int none = join("edge-7 nobody");
	CHECK(none >= 0);
	CHECK_U64(agents.n_links, 0);
	CHECK(strstr(last_why, "no such credential"));
	/* Removed while its link stands. */
	AUTO(fd_close) int gone = join("edge-7 msc");
	char text[16];
	CHECK_INT(credential_remove(&store, rd_str("msc")), 0);
	CHECK_INT(ask_secret(gone, AGENT_SECRET_PASSWORD, text, sizeof(text)), AGENT_REFUSED);
	CHECK_U64(agents.n_links, 0);
	end();
}

/* Against OpenSSH: a child serves two sockets, one as an edge's, one as sshd's. */

static pid_t server;

__attribute__((destructor)) static void leave_nothing(void)
{
	if (server > 0)
		(void)kill(server, SIGKILL);
}

struct door {
	int fd;
	const char *newcomer;
	struct loop_watch *watch;
};

static void on_connect(void *ctx, uint32_t events)
{
	struct door *d = ctx;
	int fd = accept4(d->fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0 && key_agents_join(&agents, rd_str(d->newcomer), fd) < 0)
		_exit(3);
}

static void open_door(struct door *d, const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s", dir, name);
	d->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(d->fd >= 0 && bind(d->fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(d->fd, 8) == 0);
	CHECK(chmod(a.sun_path, 0666) == 0);
}

static void ignore_event(const struct event *e)
{
}

static void serve(void)
{
	static struct door edge = { .newcomer = "edge-7 hlr1" }, sshd = { .newcomer = "host" };

	open_door(&edge, "edge");
	open_door(&sshd, "host");
	(void)fflush(NULL);
	server = fork();
	if (server == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		agents.event = ignore_event;
		/* The loop's descriptor is shared with the parent: one of its own. */
		if (loop_new(&agents.loop) < 0 ||
		    loop_watch(agents.loop, edge.fd, EPOLLIN, on_connect, &edge, &edge.watch) < 0 ||
		    loop_watch(agents.loop, sshd.fd, EPOLLIN, on_connect, &sshd, &sshd.watch) < 0)
			_exit(2);
		_exit(loop_run(agents.loop));
	}
	CHECK(server > 0);
	fd_close(&edge.fd);
	fd_close(&sshd.fd);
}

static void stop_serving(void)
{
	CHECK(kill(server, SIGKILL) == 0 && waitpid(server, NULL, 0) == server);
	server = 0;
}

/* Runs a shell line in `dir` with the edge's agent; its status, and its output. */
static int shell(struct buf *out, const char *line)
{
	char agent[PATH_LEN], home[PATH_LEN];
	const char *argv[] = { "sh", "-c", line, dir, NULL };
	const char *envp[] = { agent, home, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	int p[2], pidfd, status;
	pid_t pid;

	(void)snprintf(agent, sizeof(agent), "SSH_AUTH_SOCK=%s/edge", dir);
	(void)snprintf(home, sizeof(home), "D=%s", dir);
	CHECK(pipe2(p, O_CLOEXEC) == 0);
	struct spawn_fd fds[] = { { p[1], 1 }, { p[1], 2 } };
	struct spawn s = { "/bin/sh", argv, envp, fds, 2 };
	CHECK_INT(spawn(&s, &pid, &pidfd), 0);
	fd_close(&p[1]);
	buf_reset(out);
	while (fd_read(p[0], out) > 0)
		;
	fd_close(&p[0]);
	fd_close(&pidfd);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	CHECK(buf_put_u8(out, 0));
	return WEXITSTATUS(status);
}

static void write_public(const char *name, const struct ed25519_key *key)
{
	AUTO(buf_done) struct buf b = { 0 }, blob = { 0 };

	blob_of(&blob, key);
	buf_init(&b, 256);
	struct wr w = wr_to(&b);
	wr_str(&w, "ssh-ed25519 ");
	wr_base64(&w, buf_rd(&blob), BASE64_PADDED);
	wr_str(&w, "\n");
	CHECK(wr_ok(&w));
	CHECK_INT(fd_replace_file(dir_fd, name, buf_rd(&b), 0644), 0);
}

TEST(key_agent_with_ssh_add_and_ssh_keygen)
{
	AUTO(buf_done) struct buf out = { 0 };

	if (access("/usr/bin/ssh-add", X_OK) < 0)
		test_skip("openssh-client is not installed");
	begin("admin");
	buf_init(&out, 1 << 16);
	write_public("hlr1.pub", hlr1());
	serve();
	CHECK_INT(shell(&out, "ssh-add -L | cut -d' ' -f1,2 | diff - $D/hlr1.pub && ssh-add -l"), 0);
	CHECK(strstr((const char *)buf_rd(&out).p, "hlr1 (ED25519)"));
	/* Not to be changed, not to be used for anything but a login. */
	CHECK(shell(&out, "ssh-add -D") != 0);
	CHECK(shell(&out, "echo secret | ssh-add -x") != 0);
	CHECK(shell(&out, "ssh-keygen -q -t ed25519 -N '' -f $D/new && ssh-add $D/new; r=$?; rm $D/new $D/new.pub; exit $r") != 0);
	CHECK(shell(&out, "echo text | ssh-keygen -Y sign -n file -f $D/hlr1.pub") != 0);
	CHECK(shell(&out, "ssh-add -T $D/hlr1.pub") != 0);
	stop_serving();
	CHECK(shell(&out, "rm $D/edge $D/host") == 0);
	end();
}

/* ssh logs in with the credential's key at an sshd whose host key is keyd's. */
TEST(key_agent_with_ssh_and_sshd)
{
	AUTO(buf_done) struct buf out = { 0 };
	const char *user = "root";

	if (access("/usr/sbin/sshd", X_OK) < 0)
		test_skip("openssh-server is not installed");
	if (geteuid() != 0)
		test_skip("only root can start sshd for root");
	begin(user);
	buf_init(&out, 1 << 16);
	write_public("hlr1.pub", hlr1());
	write_public("host.pub", &host);
	CHECK(fchmodat(dir_fd, ".", 0755, 0) == 0);
	serve();
	static const char prepare[] = "mkdir -p -m 0755 /run/sshd && cp $D/hlr1.pub $D/keys && chmod 0600 $D/keys && "
		"printf '%s\\n' \"HostKey $D/host.pub\" \"HostKeyAgent $D/host\" \"AuthorizedKeysFile $D/keys\" "
		"'PermitRootLogin yes' 'UsePAM no' 'StrictModes no' 'PidFile none' >$D/conf && "
		"printf 'gate %s' \"$(cat $D/host.pub)\" >$D/known";
	CHECK_INT(shell(&out, prepare), 0);
	static const char run[] = "ssh -F none -o StrictHostKeyChecking=yes -o UserKnownHostsFile=$D/known "
		"-o HostKeyAlias=gate -o IdentityFile=$D/hlr1.pub -o IdentitiesOnly=yes -o BatchMode=yes "
		"-o 'ProxyCommand=/usr/sbin/sshd -i -f '$D/conf %s x 'echo logged in; exit 7'";
	char line[512];
	(void)snprintf(line, sizeof(line), run, "-l root");
	CHECK_INT(shell(&out, line), 7);
	CHECK(strstr((const char *)buf_rd(&out).p, "logged in"));
	/* As somebody else the signature itself is refused. */
	(void)snprintf(line, sizeof(line), run, "-l daemon");
	CHECK_INT(shell(&out, line), 255);
	stop_serving();
	CHECK(shell(&out, "rm $D/edge $D/host $D/keys $D/conf $D/known") == 0);
	end();
}
