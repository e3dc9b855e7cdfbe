/*
 * Is:        the main of slagboom-door: the port, limits, and a room for each connection.
 * Is not:    a reader of what clients send: it holds their sockets only until a room has them.
 * Called by: the supervisor.
 * Owns:      the listening sockets, the pool of rooms.
 * Trust:     deskd and keyd. Rooms, gates and edges may have been taken over.
 *
 * usage: slagboom-door listen=ADDRESS:PORT... [elements-netns=PATH] [grammars=PATH] [otp=yes]
 *        [limits=WAITING-EACH,OPEN-EACH,WAITING,OPEN] (source.h)
 *
 * It stays root where it is, and in the machine's network: it makes namespaces and accepts.
 * Nothing is accepted before deskd has said who exists (DOOR_ROOM) and keyd which host keys.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "crypto/random.h"
#include "crypto/start.h"
#include "os/clock.h"
#include "os/fd.h"
#include "proc/broker_link.h"
#include "proc/child.h"
#include "proc/control.h"
#include "proc/door/door_room.h"
#include "proc/door/turned_away.h"
#include "proc/edge/host_keys.h"
#include "proc/table.h"

/* Each room needs about ten descriptors of the door's (table.c). */
enum { ROOMS_MAX = PROCESS_ROOMS_MAX };
enum { PORTS_MAX = 4, SPARE_ROOMS = 2, BACKLOG = 256, FAILED_ROOMS_MAX = 5, ACCEPTS_PER_TURN = 16 };
#define RETRY_NS (2ull * NS_PER_S)
#define STOP_PATIENCE_NS (4ull * NS_PER_S + NS_PER_S / 2)

static struct source_limits limits = { .waiting_each = 32, .open_each = 256, .waiting = 128, .open = 1200 };

struct port {
	int fd;
	struct loop_watch *watch;
};

static struct door {
	struct door_world w;
	struct port port[PORTS_MAX];
	size_t n_ports;
	/* Asking keyd for the host keys. */
	int ask_fd;
	struct loop_watch *ask_watch;
	struct buf answer;
	struct loop_timer retry, stop_timer;
	bool stopping;
	struct farewell farewell;
	struct turned_away turned_away;
} door = { .ask_fd = -1, .w = { .etc_fd = -1, .root_fd = CHILD_ROOT_FD } };

/* The pool. */

static bool is_open(void)
{
	return door.w.etc_fd >= 0 && door.w.host_keys.len > 0 && !door.stopping;
}

static void on_port(void *ctx, uint32_t events);

static void watch_ports(void)
{
	for (size_t i = 0; i < door.n_ports; i++) {
		struct port *p = &door.port[i];
		if (!is_open())
			loop_unwatch(door.w.loop, &p->watch);
		else if (!p->watch && loop_watch(door.w.loop, p->fd, EPOLLIN, on_port, p, &p->watch) < 0)
			child_exit(1);
	}
}

/* Rooms that cannot be made are not tried for ever in a row. */
static void fill_pool(void)
{
	while (is_open() && door.w.n_failed_in_row < FAILED_ROOMS_MAX && door_room_n_spare(&door.w) < SPARE_ROOMS)
		if (!door_room_new(&door.w))
			door.w.n_failed_in_row++;
	if (door.w.n_failed_in_row >= FAILED_ROOMS_MAX)
		loop_timer_set(door.w.loop, &door.retry, RETRY_NS);
}

static void on_changed(void)
{
	if (door_room_find_waiting(&door.w))
		door.w.n_failed_in_row = 0;
	if (door.stopping && door_room_n(&door.w) == 0)
		child_exit(0);
	fill_pool();
}

/* Accepting. */

/* The socket address as the 16 bytes of a FIELD_ADDRESS. */
static void to_address(const struct sockaddr_storage *a, uint8_t *out)
{
	static const uint8_t mapped[12] = { [10] = 0xff, 0xff };
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (a->ss_family == AF_INET) {
		memcpy(&v4, a, sizeof(v4));
		struct buf b;
		buf_init(&b, EVENT_ADDRESS_LEN);
		ASSERT(buf_put(&b, mapped, sizeof(mapped)) && buf_put(&b, (const uint8_t *)&v4.sin_addr, sizeof(v4.sin_addr)));
		struct rd r = buf_rd(&b);
		ASSERT(rd_copy(&r, out, EVENT_ADDRESS_LEN));
		buf_done(&b);
		return;
	}
	memcpy(&v6, a, sizeof(v6));
	memcpy(out, &v6.sin6_addr, EVENT_ADDRESS_LEN);
}

static void admit(int fd, const struct sockaddr_storage *a)
{
	uint8_t address[EVENT_ADDRESS_LEN];
	enum source_answer answer;
	struct door_room *room;
	struct source *from;

	to_address(a, address);
	answer = source_enter(&door.w.sources, address, clock_mono_ns(), &from);
	if (answer != SOURCE_ADMITTED) {
		turned_away_add(&door.turned_away, fd, address, answer);
		return;
	}
	room = door_room_find_waiting(&door.w);
	if (!room)
		room = door_room_new(&door.w);
	if (!room) {
		source_left(&door.w.sources, from, true);
		fd_close(&fd);
		return;
	}
	door_room_admit(room, fd, address, from);
	fill_pool();
}

static void on_port(void *ctx, uint32_t events)
{
	const struct port *p = ctx;
	struct sockaddr_storage a = { 0 };

	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		socklen_t n = sizeof(a);
		int fd = accept4(p->fd, (struct sockaddr *)&a, &n, SOCK_CLOEXEC);
		if (fd < 0)
			return; /* nobody, gone again, or no descriptors: the port stays watched */
		admit(fd, &a);
	}
}

/* keyd: which host keys are there? */

static void stop_asking(void)
{
	loop_unwatch(door.w.loop, &door.ask_watch);
	fd_close(&door.ask_fd);
	buf_reset(&door.answer);
}

static void on_answer(void *ctx, uint32_t events)
{
	ssize_t n = fd_read(door.ask_fd, &door.answer);
	AUTO(buf_done) struct buf keys = { 0 };
	int r;

	if (n == -EAGAIN)
		return;
	buf_init(&keys, ROOM_HOST_KEYS_MAX);
	struct wr w = wr_to(&keys);
	r = n > 0 ? host_keys_read(buf_rd(&door.answer), &w) : -EPIPE;
	if (r == HOST_KEYS_MORE)
		return;
	stop_asking();
	if (r < 0) {
		child_link_refused("keyd", "no list of the front door's host keys");
		loop_timer_set(door.w.loop, &door.retry, RETRY_NS);
		return;
	}
	buf_reset(&door.w.host_keys);
	if (!buf_put_rd(&door.w.host_keys, buf_rd(&keys)))
		UNREACHABLE();
	watch_ports();
	fill_pool();
}

static int ask_host_keys(void)
{
	AUTO(buf_done) struct buf b = { 0 };
	int pair[2], r;

	stop_asking();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	door.ask_fd = pair[0];
	r = broker_offer(door.w.peer[PEER_KEYD], "host", pair[1]);
	buf_init(&b, 16);
	struct wr w = wr_to(&b);
	host_keys_ask(&w);
	if (r == 0)
		r = fd_write_all(door.ask_fd, buf_rd(&b));
	return r == 0 ? loop_watch(door.w.loop, door.ask_fd, EPOLLIN, on_answer, NULL, &door.ask_watch) : r;
}

static void on_retry(void *ctx)
{
	door.w.n_failed_in_row = 0;
	if (door.w.peer[PEER_KEYD] && door.w.host_keys.len == 0 && ask_host_keys() < 0)
		loop_timer_set(door.w.loop, &door.retry, RETRY_NS);
	fill_pool();
}

/* deskd. */

static int read_hosts(void)
{
	buf_reset(&door.w.hosts);
	return fd_read_file(door.w.etc_fd, "hosts", &door.w.hosts);
}

/* Rooms bind it by its path, since a mount of another namespace cannot be bound, and compare
 * what they found with the descriptor. */
static int on_room(void *ctx, struct ipc_in *in)
{
	char link[64];
	ssize_t n;
	int r;

	fd_close(&door.w.etc_fd);
	door.w.etc_fd = in->fd[0];
	in->fd[0] = -1;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", door.w.etc_fd);
	n = readlink(link, door.w.etc_path, sizeof(door.w.etc_path) - 1);
	r = n < 0 ? -errno : read_hosts();
	if (r < 0) {
		child_link_refused("deskd", "its directory for rooms cannot be read");
		fd_close(&door.w.etc_fd);
	} else {
		door.w.etc_path[n] = '\0';
	}
	door_room_end_spare(&door.w);
	watch_ports();
	fill_pool();
	return 0;
}

static int on_edge(void *ctx, struct ipc_in *in)
{
	struct door_edge e;
	int fd = in->fd[0];

	if (!door_edge_read(&in->body, &e))
		return -EBADMSG;
	in->fd[0] = -1;
	door_room_edge(&door.w, &e, fd);
	return 0;
}

static int on_cut(void *ctx, struct ipc_in *in)
{
	struct rd gate;

	if (!rd_part8(&in->body, DOOR_NAME_MAX, &gate))
		return -EBADMSG;
	door_room_cut(&door.w, gate);
	return 0;
}

/* Links. */

static const struct ipc_row desk_rows[] = {
	{ DOOR_ROOM, "room", 1 << 0, false, 1, 0, on_room },
	{ DOOR_EDGE, "edge", 1 << 0, false, 1, IPC_BODY_MAX, on_edge },
	{ DOOR_CUT, "cut", 1 << 0, false, 0, 1 + DOOR_NAME_MAX, on_cut },
};
static const struct ipc_table desk_table = { "door", desk_rows, ARRAY_LEN(desk_rows) };
/* The others only take newcomers. */
static const struct ipc_table silent_table = { "door", NULL, 0 };

static void on_peer_closed(void *ctx, int err)
{
	struct ipc **peer = ctx;

	if (err == -EPROTO || err == -EBADMSG)
		child_link_refused(door_peer_names[peer - door.w.peer], ipc_refusal(*peer));
	ipc_free(peer);
}

static int linked(void *ctx, struct rd name, int fd)
{
	int r;

	for (size_t i = 0; i < PEERS; i++) {
		struct ipc **peer = &door.w.peer[i];
		if (!rd_is(&name, door_peer_names[i]))
			continue;
		ipc_free(peer);
		r = ipc_new(door.w.loop, fd, i == PEER_DESKD ? &desk_table : &silent_table, peer, on_peer_closed, peer);
		return r == 0 && i == PEER_KEYD ? ask_host_keys() : r;
	}
	fd_close(&fd);
	return -EBADMSG;
}

/* Start and end. */

static int split_address(const char *text, struct sockaddr_storage *out, socklen_t *out_len)
{
	struct rd all = rd_str(text), host;
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	char copy[64];
	uint64_t port;
	bool is_v6 = rd_word(&all, "[");

	if (!rd_until(&all, is_v6 ? ']' : ':', &host) || (is_v6 && !rd_word(&all, ":")) || !text_u64(all, &port) ||
	    port > UINT16_MAX)
		return -EINVAL;
	if (snprintf(copy, sizeof(copy), "%.*s", (int)host.len, (const char *)host.p) >= (int)sizeof(copy) ||
	    inet_pton(is_v6 ? AF_INET6 : AF_INET, copy, is_v6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr) != 1)
		return -EINVAL;
	v6.sin6_port = v4.sin_port = htons((uint16_t)port);
	*out_len = is_v6 ? sizeof(v6) : sizeof(v4);
	if (is_v6)
		memcpy(out, &v6, sizeof(v6));
	else
		memcpy(out, &v4, sizeof(v4));
	return 0;
}

static int open_port(const char *text)
{
	struct sockaddr_storage a = { 0 };
	int yes = 1, r;
	socklen_t n;

	if (door.n_ports == PORTS_MAX)
		return -E2BIG;
	r = split_address(text, &a, &n);
	if (r < 0)
		return r;
	int fd = socket(a.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	door.port[door.n_ports++].fd = fd;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	    (a.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) < 0) ||
	    bind(fd, (struct sockaddr *)&a, n) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	return 0;
}

static int find_libexec(void)
{
	ssize_t n = readlink("/proc/self/exe", door.w.libexec, sizeof(door.w.libexec) - 1);
	char *slash;

	if (n < 0)
		return -errno;
	door.w.libexec[n] = '\0';
	slash = strrchr(door.w.libexec, '/');
	if (!slash)
		return -ENOENT;
	*slash = '\0';
	return 0;
}

static bool take_number(struct rd *r, bool last, unsigned *out)
{
	struct rd word = *r;
	uint64_t v;

	if ((!last && !rd_until(r, ',', &word)) || !text_u64(word, &v) || v == 0 || v > ROOMS_MAX)
		return false;
	*out = (unsigned)v;
	return true;
}

static int take_limits(struct rd text)
{
	struct source_limits l;

	if (!take_number(&text, false, &l.waiting_each) || !take_number(&text, false, &l.open_each) ||
	    !take_number(&text, false, &l.waiting) || !take_number(&text, true, &l.open))
		return -EINVAL;
	limits = l;
	return 0;
}

static int take_option(const char *text)
{
	struct rd all = rd_str(text), name;

	if (all.len == 0)
		return 0; /* the word that the supervisor gives everybody */
	if (!rd_until(&all, '=', &name))
		return -EINVAL;
	const char *value = text + name.len + 1;
	if (rd_is(&name, "listen"))
		return rd_is(&all, "none") ? 0 : open_port(value);
	if (rd_is(&name, "limits"))
		return take_limits(all);
	if (rd_is(&name, "otp") && rd_is(&all, "yes")) {
		door.w.has_otp = true;
		return 0;
	}
	if (rd_is(&name, "grammars")) {
		door.w.grammars = value;
		return 0;
	}
	if (rd_is(&name, "elements-netns")) {
		door.w.elements_netns = open(value, O_RDONLY | O_CLOEXEC);
		return door.w.elements_netns < 0 ? -errno : 0;
	}
	return -EINVAL;
}

static int prepare(void *ctx, int dir_fd)
{
	const char *const *argv = ctx;
	int r = find_libexec();

	crypto_start();
	if (geteuid() != 0) {
		door.w.uid = getuid();
		door.w.gid = getgid();
	}
	for (size_t i = 1; r == 0 && argv[i]; i++) {
		r = take_option(argv[i]);
		if (r < 0)
			(void)dprintf(STDERR_FILENO, "%s: %s\n", argv[i],
			    r == -EINVAL ? "want listen=ADDRESS:PORT, elements-netns=PATH, grammars=PATH, otp=yes or limits=N,N,N,N"
			    : strerror(-r));
	}
	if (r == 0 && door.w.has_otp && door.w.uid) {
		(void)dprintf(STDERR_FILENO, "otp=yes: PAM needs root; without it use keys that verify a person (sk-)\n");
		return -EPERM;
	}
	return r;
}

static void tell_ports(void)
{
	for (size_t i = 0; i < door.n_ports; i++) {
		struct sockaddr_storage a = { 0 };
		socklen_t n = sizeof(a);
		uint8_t address[EVENT_ADDRESS_LEN];
		if (getsockname(door.port[i].fd, (struct sockaddr *)&a, &n) < 0)
			continue;
		to_address(&a, address);
		/* sin_port and sin6_port stand at the same place (RFC 3493 section 3.3). */
		struct sockaddr_in in;
		memcpy(&in, &a, sizeof(in));
		struct event e = { .id = EVENT_DOOR_LISTENING,
			.value = { { .bytes = rd_of(address, sizeof(address)) }, { .number = ntohs(in.sin_port) } } };
		child_event(&e);
	}
}

static void on_stop_patience(void *ctx)
{
	child_exit(0);
}

static int start(void *ctx, struct loop *l)
{
	uint64_t seed[2];

	random_seed(seed);
	door.w.loop = l;
	door.w.changed = on_changed;
	list_init(&door.w.rooms);
	sources_init(&door.w.sources, &limits, seed);
	farewell_init(&door.farewell, l);
	turned_away_init(&door.turned_away, l, &door.farewell);
	buf_init(&door.w.host_keys, ROOM_HOST_KEYS_MAX);
	buf_init(&door.w.hosts, ROOM_HOSTS_MAX);
	buf_init(&door.answer, HOST_KEYS_ANSWER_MAX + 4);
	loop_timer_init(&door.retry, on_retry, NULL);
	loop_timer_init(&door.stop_timer, on_stop_patience, NULL);
	tell_ports();
	return 0;
}

static void stop(void *ctx)
{
	door.stopping = true;
	watch_ports();
	for (size_t i = 0; i < door.n_ports; i++)
		fd_close(&door.port[i].fd);
	loop_timer_set(door.w.loop, &door.stop_timer, STOP_PATIENCE_NS);
	door_room_end_all(&door.w, "the operator stopped the gateway");
	on_changed();
}

static void done(void *ctx)
{
	if (!door.w.loop)
		return;
	door_room_free_all(&door.w);
	for (size_t i = 0; i < PEERS; i++)
		ipc_free(&door.w.peer[i]);
	stop_asking();
	sources_done(&door.w.sources);
	farewell_done(&door.farewell);
	buf_done(&door.w.host_keys);
	buf_done(&door.w.hosts);
	buf_done(&door.answer);
}

int main(int argc, char **argv)
{
	struct child me = { .name = "door", .prepare = prepare, .start = start, .linked = linked, .stop = stop,
		.done = done, .ctx = argv };

	return child_main(&me);
}
