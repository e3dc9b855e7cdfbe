/*
 * Is:        the gate and the edges of a room: started when needed, joined with those that
 *            they must talk to.
 * Is not:    what they say to each other.
 * Called by: door_room.c, door.c.
 * Owns:      nothing of its own.
 * Trust:     gate and edges may have been taken over.
 */
#include "proc/door/door_room_int.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "proc/broker_link.h"
#include "proc/child.h"
#include "proc/talk/gate_proto.h"

/* The room's first process, sshd, its half that talks, its half that is he, and what that starts. */
enum { DEPTH_MAX = 6, OURS_MAX = 1000 };

/* keyd speaks the ssh-agent protocol, a stream, to those that are brought to it. */
static int make_pair(enum door_peer peer, int *pair)
{
	if (peer != PEER_KEYD)
		return ipc_pair(pair);
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0 ? -errno : 0;
}

/* Joins `p` with a peer of the door's, which knows it as `name`. A peer that is not there
 * is missed by the newcomer, whose business that is. */
static int join(struct door_room *r, struct passing *p, enum door_peer peer, const char *name)
{
	struct ipc *to = r->world->peer[peer];
	int pair[2], e;

	if (!to)
		return 0;
	e = make_pair(peer, pair);
	if (e < 0)
		return e;
	e = passing_link(p, door_peer_names[peer], pair[0]);
	if (e < 0) {
		fd_close(&pair[1]);
		return e;
	}
	return broker_offer(to, name, pair[1]);
}

/* A gate says nothing on its link to the door. */
static const struct ipc_table gate_table = { "door", NULL, 0 };

static void on_gate_link_closed(void *ctx, int err)
{
	struct door_room *r = ctx;

	if (err < 0)
		child_link_refused(r->name, ipc_refusal(r->gate_link));
	ipc_free(&r->gate_link);
}

static int hand_over(struct door_room *r, struct room_listener *l)
{
	AUTO(buf_done) struct buf b = { 0 };
	int fd = l->fd, e;

	buf_init(&b, 4);
	struct wr w = wr_to(&b);
	wr_u8(&w, l->kind);
	wr_u16(&w, l->port);
	loop_unwatch(r->world->loop, &l->watch);
	l->fd = -1;
	e = ipc_send_fds(r->gate_link, GATE_ROOM, buf_rd(&b), &fd, 1);
	if (e == IPC_BUSY)
		fd_close(&fd);
	return e;
}

/* The door's own link to the gate: what there is to serve. */
static int give_room(struct door_room *r)
{
	struct rd hosts = buf_rd(&r->world->hosts);
	int pair[2], e = ipc_pair(pair);

	if (e < 0)
		return e;
	e = ipc_new(r->world->loop, pair[0], &gate_table, r, on_gate_link_closed, &r->gate_link);
	if (e < 0) {
		fd_close(&pair[1]);
		return e;
	}
	e = passing_link(&r->gate, "door", pair[1]);
	if (e == 0)
		e = ipc_send(r->gate_link, GATE_HOSTS, hosts);
	for (size_t i = 0; e == 0 && i < r->n_listeners; i++)
		if (r->listener[i].kind != ROOM_HOST_KEYS)
			e = hand_over(r, &r->listener[i]);
	return e;
}

/* deskd hears from us who is there: what a gate says of it, a gate that was taken over may say. */
static int tell_who_came(struct door_room *r)
{
	AUTO(buf_done) struct buf text = { 0 }, b = { 0 };
	struct ipc *deskd = r->world->peer[PEER_DESKD];

	buf_init(&text, 64);
	buf_init(&b, 256);
	struct wr t = wr_to(&text), w = wr_to(&b);
	wr_event_address(&t, rd_of(r->address, sizeof(r->address)));
	wr_part8(&w, rd_str(r->name));
	wr_part16(&w, buf_rd(&text));
	wr_u32(&w, r->round_trip_us);
	if (!wr_ok(&t) || !wr_ok(&w))
		return -ENOBUFS;
	return deskd ? ipc_send(deskd, DOOR_CAME, buf_rd(&b)) : 0;
}

void room_gate_start(struct door_room *r)
{
	struct passing_start s = { .row = process_find("gate"), .name = r->name, .libexec = r->world->libexec,
		.args = { r->name, r->world->grammars }, .root_fd = r->world->root_fd };
	char how[64];
	int e;

	if (r->state != ROOM_IS_OPEN || r->gate_was_up)
		return;
	r->gate_was_up = true;
	e = passing_start(&r->gate, &s);
	if (e == 0)
		e = tell_who_came(r);
	for (enum door_peer p = PEER_CORE; e == 0 && p <= PEER_DESKD; p++)
		e = join(r, &r->gate, p, r->name);
	if (e == 0)
		e = give_room(r);
	if (e != 0) {
		(void)snprintf(how, sizeof(how), "its gate cannot be started: %s", strerror(e < 0 ? -e : EAGAIN));
		room_tell_failed(r, how);
		door_room_end(r, how);
	}
}

/* Root, and those that processes and sshd's half before login have: none is an engineer's. */
static bool is_ours(uint64_t uid)
{
	return uid < PEOPLE_UID_MIN || (uid >= PROCESS_UID_BASE && uid < PROCESS_UID_BASE + OURS_MAX);
}

/* The user id of whoever is in there: of the first process below `pid` that is not ours. */
static bool uid_below(pid_t pid, unsigned depth, uint32_t *out)
{
	AUTO(buf_done) struct buf b = { 0 };
	char path[64];
	struct rd all, line, word;
	uint64_t v;

	buf_init(&b, 1 << 14);
	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (depth == 0 || fd_read_file(AT_FDCWD, path, &b) < 0)
		return false;
	for (all = buf_rd(&b); rd_until(&all, '\n', &line);)
		if (rd_word(&line, "Uid:\t") && rd_until(&line, '\t', &word) && text_u64(word, &v) && v <= UINT32_MAX && !is_ours(v)) {
			*out = (uint32_t)v;
			return true;
		}
	buf_reset(&b);
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	if (fd_read_file(AT_FDCWD, path, &b) < 0)
		return false;
	for (all = buf_rd(&b); rd_until(&all, ' ', &word);)
		if (text_u64(word, &v) && v <= INT32_MAX && uid_below((pid_t)v, depth - 1, out))
			return true;
	return false;
}

static const char *address_text(const struct door_room *r, char *out, size_t size)
{
	struct in6_addr a;

	memcpy(&a, r->address, sizeof(a));
	if (IN6_IS_ADDR_V4MAPPED(&a))
		return inet_ntop(AF_INET, &a.s6_addr[12], out, (socklen_t)size);
	return inet_ntop(AF_INET6, &a, out, (socklen_t)size);
}

void room_gate_who(struct door_room *r)
{
	AUTO(buf_done) struct buf b = { 0 };
	char address[INET6_ADDRSTRLEN];
	uint32_t uid;

	if (!r->gate_link || !r->logged_in || r->gate_knows_who || r->pid <= 0 || !uid_below(r->pid, DEPTH_MAX, &uid) ||
	    !address_text(r, address, sizeof(address)))
		return;
	buf_init(&b, 4 + 3 * (1 + GATE_WHO_TEXT_MAX));
	struct wr w = wr_to(&b);
	wr_u32(&w, uid);
	wr_part8(&w, rd_str(r->user));
	wr_part8(&w, rd_str(address));
	wr_part8(&w, rd_str(r->key));
	r->gate_knows_who = wr_ok(&w) && ipc_send(r->gate_link, GATE_WHO, buf_rd(&b)) == 0;
}

void room_gate_end(struct door_room *r, const char *how, bool he_left)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 2 + GATE_WHO_TEXT_MAX);
	struct wr w = wr_to(&b);
	wr_u8(&w, he_left);
	wr_part8(&w, rd_str(how));
	if (r->gate_link && wr_ok(&w) && ipc_send(r->gate_link, GATE_END, buf_rd(&b)) != 0)
		errno = EPIPE; /* the link's end says the same, without the reason */
	ipc_free(&r->gate_link);
}

/* Edges. */

static void on_edge_ended(void *ctx, struct passing *p, bool crashed)
{
	struct room_edge *edge = ctx;
	struct door_room *r = edge->room;

	for (size_t i = 0; i < ROOM_EDGES_MAX; i++)
		if (r->edge[i] == edge)
			r->edge[i] = NULL;
	passing_done(&edge->process);
	mem_free(&edge);
	/* One that has done its work is no reason to end the others. */
	if (crashed || r->state == ROOM_ENDS)
		room_process_ended(r, crashed);
}

/* Text of deskd's into an argument: cut would mean another, so too long is refused. */
static bool copy_text(struct rd text, char *out, size_t size)
{
	int n = snprintf(out, size, "%.*s", (int)text.len, (const char *)text.p);

	return n >= 0 && (size_t)n < size && strlen(out) == text.len;
}

static int start_edge(struct door_room *r, struct room_edge *edge, const struct door_edge *e, int *link)
{
	char name[PASSING_NAME_MAX], asset[DOOR_NAME_MAX + 1], protocol[DOOR_NAME_MAX + 1],
	    address[DOOR_ADDRESS_MAX + 1], host_keys[DOOR_HOST_KEYS_MAX + 1],
	    as_known[PASSING_NAME_MAX + 1 + DOOR_CREDENTIAL_MAX + 1];
	bool is_ssh = rd_is(&e->protocol, "ssh") || rd_is(&e->protocol, "ssh-legacy");
	struct passing_start s = { .row = process_find(is_ssh ? "edge-ssh" : "edge-line"), .name = name,
		.libexec = r->world->libexec, .args = { name, asset, protocol, address, edge->credential, host_keys },
		.root_fd = r->world->root_fd, .netns = r->world->elements_netns };
	int fd = *link, err;

	(void)snprintf(name, sizeof(name), "edge-%s-%u", r->name + strlen("gate-"), ++r->n_edges_ever % 10000);
	if (!s.row)
		return -ENOSYS;
	if (!copy_text(e->asset, asset, sizeof(asset)) || !copy_text(e->protocol, protocol, sizeof(protocol)) ||
	    !copy_text(e->address, address, sizeof(address)) ||
	    !copy_text(e->credential, edge->credential, sizeof(edge->credential)) ||
	    !copy_text(e->host_keys, host_keys, sizeof(host_keys)))
		return -EINVAL;
	err = passing_start(&edge->process, &s);
	if (err < 0)
		return err;
	*link = -1;
	err = passing_link(&edge->process, r->name, fd);
	(void)snprintf(as_known, sizeof(as_known), "%s %s", name, edge->credential);
	return err == 0 && edge->credential[0] ? join(r, &edge->process, PEER_KEYD, as_known) : err;
}

static struct door_room *find_open(struct door_world *w, struct rd gate)
{
	LIST_EACH(it, &w->rooms) {
		struct door_room *r = CONTAINER_OF(it, struct door_room, in);
		if (rd_is(&gate, r->name) && r->state == ROOM_IS_OPEN && passing_is_up(&r->gate))
			return r;
	}
	return NULL;
}

/* A link that nobody takes is closed, which tells its gate. */
void door_room_edge(struct door_world *w, const struct door_edge *e, int link)
{
	AUTO(fd_close) int fd = link;
	struct door_room *r = find_open(w, e->gate);
	char why[96];
	size_t slot = 0;
	int err;

	while (r && slot < ROOM_EDGES_MAX && r->edge[slot])
		slot++;
	if (!r || slot == ROOM_EDGES_MAX)
		return;
	struct room_edge *edge = mem_new(1, sizeof(*edge));
	edge->room = r;
	passing_init(&edge->process, w->loop, on_edge_ended, edge);
	err = start_edge(r, edge, e, &fd);
	if (err == 0) {
		r->edge[slot] = edge;
		return;
	}
	(void)snprintf(why, sizeof(why), "an edge cannot be started: %s", strerror(-err));
	room_tell_failed(r, why);
	passing_done(&edge->process);
	mem_free(&edge);
}
