/*
 * Is:        the link to the door (contract in the header).
 * Is not:    the rooms' own talk.
 * Called by: deskd, sessions, rooms, change.
 * Owns:      the link and the directory of rooms.
 * Trust:     the door.
 *
 * Each policy gets a new directory, room-N; the door holds the one before as long as rooms
 * stand in it, so it is taken away only at the next change but one.
 */
#include "proc/desk/door.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"
#include "os/disk.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "policy/compile.h"
#include "policy/scalar.h"
#include "proc/broker.h"
#include "proc/child.h"
#include "proc/control.h"
#include "proc/desk/db.h"
#include "proc/desk/otp.h"
#include "proc/desk/rooms.h"
#include "proc/desk/world.h"
#include "proc/talk/door_proto.h"

enum { FILE_MAX = 16 << 20, PATH_LEN = 160, HOST_LAST = 254, LINE_LEN_MAX = 16 + DOOR_NAME_MAX + 1 };
#define SSH_PORT "22"

static struct {
	struct loop *loop;
	struct ipc *link;
	struct disk_dir disk;
	uint64_t n_rooms; /* directories made in this life */
} me;

bool door_uid(struct rd engineer, uint32_t *out)
{
	int64_t uid = db_number(-1, "SELECT uid FROM account WHERE name = ?1", "t", engineer);

	if (uid < 0)
		return false;
	*out = (uint32_t)uid;
	return true;
}

static uint32_t give_uid(struct rd engineer)
{
	uint32_t uid;

	if (door_uid(engineer, &uid))
		return uid;
	uid = (uint32_t)db_number(DOOR_UID_BASE, "SELECT max(uid) + 1 FROM account", "");
	uid = uid < DOOR_UID_BASE ? DOOR_UID_BASE : uid;
	(void)db_run("INSERT INTO account VALUES(?1, ?2)", "ti", engineer, (int64_t)uid);
	return uid;
}

/* Rooms run as other users, and sshd reads keys as the one who logs in: all may read. */
static int put_file(const char *path, const struct buf *b)
{
	AUTO(fd_close) int fd = -1;
	int r = disk_open(&me.disk.disk, path, DISK_CREATE, &fd);

	if (r == 0)
		r = disk_pwrite(&me.disk.disk, fd, buf_rd(b), 0);
	return r < 0 ? r : fchmod(fd, 0644) < 0 ? -errno : 0;
}

static int make_dir(const char *path)
{
	AUTO(fd_close) int fd = -1;
	int r = disk_mkdir(&me.disk.disk, path);

	if (r == 0)
		r = disk_open(&me.disk.disk, path, DISK_READ, &fd);
	return r < 0 ? r : fchmod(fd, 0755) < 0 ? -errno : 0;
}

/* Protocols that have a lane, and one that takes a forward. */
static bool takes_forwards(const struct asset *a)
{
	return a->protocol == PROTOCOL_TELNET;
}

/* SSH inside SSH cannot be read: who asks for it (`ssh -J`) gets words, from an address of its own. */
static bool gives_words(const struct asset *a)
{
	return a->protocol == PROTOCOL_SSH;
}

static struct rd port_of(const struct asset *a)
{
	struct rd host, rest = a->address;

	while (rd_until(&rest, ':', &host))
		;
	return rest;
}

static void put_target(struct wr *w, struct rd name, struct rd port)
{
	wr_str(w, ",permitopen=\"");
	wr_bytes(w, name);
	wr_str(w, ":");
	wr_bytes(w, port);
	wr_str(w, "\"");
}

static void put_options(struct wr *w, const struct world *world, uint32_t engineer)
{
	const struct policy *p = world->policy;

	wr_str(w, "restrict,pty,port-forwarding");
	for (uint32_t i = 0; i < p->n_assets; i++) {
		const struct asset *a = &p->assets[i];
		struct rd port = port_of(a);
		if ((!takes_forwards(a) && !gives_words(a)) || !world_may_reach(world, engineer, i))
			continue;
		put_target(w, a->name, port);
		if (!rd_is(&port, SSH_PORT))
			put_target(w, a->name, rd_str(SSH_PORT));
	}
}

/* authorized_keys: his keys, and his supplier's authorities for certificates in his name.
 * A forward to nothing that he may reach is none: without permitopen it is not permitted. */
static void put_keys(struct wr *w, const struct world *world, uint32_t engineer)
{
	AUTO(buf_done) struct buf b = { 0 };
	const struct policy *p = world->policy;
	const struct engineer *e = &p->engineers[engineer];
	struct span cas = p->suppliers[e->supplier].cas;

	buf_init(&b, FILE_MAX);
	struct wr options = wr_to(&b);
	put_options(&options, world, engineer);
	struct rd text = buf_rd(&b), rest = text;
	if (rd_word(&rest, "restrict,pty,port-forwarding") && rest.len == 0)
		text = rd_str("restrict,pty");
	for (uint32_t i = 0; i < e->keys.n; i++) {
		wr_bytes(w, text);
		wr_str(w, " ");
		wr_bytes(w, p->keys[e->keys.at + i]);
		wr_str(w, "\n");
	}
	for (uint32_t i = 0; i < cas.n; i++) {
		wr_bytes(w, text);
		wr_str(w, ",cert-authority,principals=\"");
		wr_bytes(w, e->name);
		wr_str(w, "\" ");
		wr_bytes(w, p->keys[cas.at + i]);
		wr_str(w, "\n");
	}
	w->failed = w->failed || !wr_ok(&options);
}

static int put_home(const char *room, const struct world *w, uint32_t engineer)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd name = w->policy->engineers[engineer].name;
	char path[PATH_LEN];
	int r;

	buf_init(&b, FILE_MAX);
	struct wr out = wr_to(&b);
	put_keys(&out, w, engineer);
	if (!wr_ok(&out))
		return -ENOBUFS;
	(void)snprintf(path, sizeof(path), "%s/home/%.*s", room, (int)name.len, (const char *)name.p);
	r = make_dir(path);
	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), "%s/home/%.*s/keys", room, (int)name.len, (const char *)name.p);
	return put_file(path, &b);
}

struct person { struct rd name; uint32_t index; };

static int by_name(const void *a, const void *b)
{
	return scalar_compare(((const struct person *)a)->name, ((const struct person *)b)->name);
}

static int put_people(const char *room, const struct world *w)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct vec sorted;
	char path[PATH_LEN];
	int r = 0;

	vec_init(&sorted, sizeof(struct person));
	for (uint32_t i = 0; i < w->policy->n_engineers; i++) {
		struct rd name = w->policy->engineers[i].name;
		if (!world_is_removed(name))
			*(struct person *)vec_push(&sorted) = (struct person){ name, i };
	}
	if (sorted.n)
		qsort(sorted.items, sorted.n, sizeof(struct person), by_name);
	buf_init(&b, FILE_MAX);
	struct wr out = wr_to(&b);
	for (size_t i = 0; i < sorted.n && r == 0; i++) {
		const struct person *p = vec_at(&sorted, i);
		wr_bytes(&out, p->name);
		wr_text(&out, " %u\n", give_uid(p->name));
		r = put_home(room, w, p->index);
	}
	vec_done(&sorted);
	(void)snprintf(path, sizeof(path), "%s/people", room);
	return r < 0 ? r : wr_ok(&out) ? put_file(path, &b) : -ENOBUFS;
}

static bool has_line(const struct buf *b, struct rd line)
{
	struct rd all = buf_rd(b), one;

	while (rd_until(&all, '\n', &one))
		if (rd_equal(&one, &line))
			return true;
	return false;
}

/* The hosts and ports of a room, as they are written. */
struct hosts {
	struct buf hosts, ports;
	uint32_t n, n_ports;
};

static void put_port(struct hosts *h, struct rd port)
{
	struct wr w = wr_to(&h->ports);

	if (h->n_ports == ROOM_PORTS_MAX || has_line(&h->ports, port))
		return;
	h->n_ports++;
	wr_bytes(&w, port);
	wr_str(&w, "\n");
}

/* An address of loopback for each of them, and their ports, as long as there is room: the rest is
 * reached by name, not by a forward. */
static void put_hosts_of(struct hosts *h, const struct policy *p, bool (*is_it)(const struct asset *), unsigned net)
{
	struct wr w = wr_to(&h->hosts);

	for (uint32_t a = 0, n = 0; a < p->n_assets; a++) {
		if (!is_it(&p->assets[a]) || h->n == ROOM_ASSETS_MAX || h->hosts.len + LINE_LEN_MAX > ROOM_HOSTS_MAX)
			continue;
		wr_text(&w, "127.%u.%u.%u ", net, n / HOST_LAST, n % HOST_LAST + 1);
		wr_bytes(&w, p->assets[a].name);
		wr_str(&w, "\n");
		put_port(h, port_of(&p->assets[a]));
		h->n++;
		n++;
	}
}

static int put_hosts(const char *room, const struct policy *p)
{
	struct hosts h = { .n = 0 };
	char path[PATH_LEN];
	int r;

	buf_init(&h.hosts, FILE_MAX);
	buf_init(&h.ports, FILE_MAX);
	put_hosts_of(&h, p, takes_forwards, 1);
	put_port(&h, rd_str(SSH_PORT));
	put_hosts_of(&h, p, gives_words, 2);
	(void)snprintf(path, sizeof(path), "%s/hosts", room);
	r = put_file(path, &h.hosts);
	(void)snprintf(path, sizeof(path), "%s/ports", room);
	if (r == 0)
		r = put_file(path, &h.ports);
	buf_done(&h.hosts);
	buf_done(&h.ports);
	return r;
}

/* Taking an old directory away. */

struct homes { struct vec list; };
struct home { char text[SCALAR_NAME_MAX + 1]; };

static void keep_name(void *ctx, const char *name)
{
	struct homes *n = ctx;
	struct home *one;

	if (strlen(name) > SCALAR_NAME_MAX)
		return;
	one = vec_push(&n->list);
	(void)snprintf(one->text, sizeof(one->text), "%s", name);
}

static void remove_home(const char *room)
{
	struct homes n;
	char path[PATH_LEN];

	vec_init(&n.list, sizeof(struct home));
	(void)snprintf(path, sizeof(path), "%s/home", room);
	(void)!disk_list(&me.disk.disk, path, keep_name, &n);
	for (size_t i = 0; i < n.list.n; i++) {
		const struct home *one = vec_at(&n.list, i);
		(void)snprintf(path, sizeof(path), "%s/home/%s/keys", room, one->text);
		(void)!disk_unlink(&me.disk.disk, path);
		(void)snprintf(path, sizeof(path), "%s/home/%s", room, one->text);
		(void)!disk_rmdir(&me.disk.disk, path);
	}
	(void)snprintf(path, sizeof(path), "%s/home", room);
	(void)!disk_rmdir(&me.disk.disk, path);
	vec_done(&n.list);
}

/* What of it is not there is no error. */
static void remove_room(const char *room)
{
	static const char *const files[] = { "people", "hosts", "ports" };
	char path[PATH_LEN];

	remove_home(room);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", room, files[i]);
		(void)!disk_unlink(&me.disk.disk, path);
	}
	(void)!disk_rmdir(&me.disk.disk, room);
}

static int make_room(const char *room, const struct world *w)
{
	char path[PATH_LEN];
	int r;

	remove_room(room);
	(void)snprintf(path, sizeof(path), "%s/home", room);
	r = make_dir(room);
	if (r == 0)
		r = make_dir(path);
	if (r == 0)
		r = put_people(room, w);
	return r == 0 ? put_hosts(room, w->policy) : r;
}

static void send_room(const char *room)
{
	int fd;

	if (!me.link || disk_open(&me.disk.disk, room, DISK_READ, &fd) < 0)
		return;
	if (ipc_send_fds(me.link, DOOR_ROOM, rd_of(NULL, 0), &fd, 1) == IPC_BUSY)
		fd_close(&fd); /* it does not read: it is about to be started anew */
}

void door_policy_changed(void)
{
	char room[32], old[32];
	int r;

	if (!world_now())
		return;
	(void)snprintf(room, sizeof(room), "room-%llu", (unsigned long long)(me.n_rooms % 3));
	(void)snprintf(old, sizeof(old), "room-%llu", (unsigned long long)((me.n_rooms + 1) % 3));
	me.n_rooms++;
	r = otp_settle();
	if (r == 0)
		r = make_room(room, world_now());
	if (r < 0)
		(void)dprintf(STDERR_FILENO, "cannot write the rooms' directory: %s; new rooms see the one before\n", strerror(-r));
	else
		send_room(room);
	remove_room(old);
}

/* The link. */

static int on_broker(void *ctx, struct ipc_in *in)
{
	struct rd name, gate;
	int fd = in->fd[0];

	if (!rd_part8(&in->body, EVENT_NAME_MAX, &name))
		return -EBADMSG;
	gate = name;
	if (!rd_word(&name, "gate-"))
		return -EBADMSG;
	in->fd[0] = -1;
	return rooms_linked(gate, fd);
}

static int on_came(void *ctx, struct ipc_in *in)
{
	struct rd gate, address;
	uint32_t round_trip_us;

	if (!rd_part8(&in->body, ROOM_NAME_MAX, &gate) || !rd_part16(&in->body, ROOM_ADDRESS_MAX, &address) ||
	    !rd_u32(&in->body, &round_trip_us))
		return -EBADMSG;
	rooms_came(gate, address, round_trip_us);
	return 0;
}

static const struct ipc_row rows[] = {
	{ BROKER_LINK, "link", 1 << 0, false, 1, 1 + EVENT_NAME_MAX, on_broker },
	{ DOOR_CAME, "came", 1 << 0, false, 0, 1 + ROOM_NAME_MAX + 2 + ROOM_ADDRESS_MAX + 4, on_came },
};
static const struct ipc_table table = { "desk-door", rows, ARRAY_LEN(rows) };

static void on_closed(void *ctx, int err)
{
	if (err < 0)
		child_link_refused("door", ipc_refusal(me.link));
	ipc_free(&me.link);
}

void door_init(struct loop *l)
{
	me.loop = l;
	disk_dir_init(&me.disk, CHILD_ROOT_FD);
}

void door_done(void)
{
	ipc_free(&me.link);
}

int door_linked(int fd)
{
	int r;

	ipc_free(&me.link);
	r = ipc_new(me.loop, fd, &table, NULL, on_closed, &me.link);
	if (r == 0)
		door_policy_changed();
	return r;
}

bool door_edge(struct rd gate, const struct asset *a, struct rd host_keys, int fd)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct door_edge e = { .gate = gate, .asset = a->name, .protocol = rd_str(a->is_legacy ? "ssh-legacy" : policy_protocols[a->protocol]),
		.address = a->address, .credential = a->credential, .host_keys = host_keys };

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	door_edge_write(&w, &e);
	if (me.link && wr_ok(&w) && ipc_send_fds(me.link, DOOR_EDGE, buf_rd(&b), &fd, 1) != IPC_BUSY)
		return true;
	fd_close(&fd);
	return false;
}

void door_cut(struct rd gate)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 256);
	struct wr w = wr_to(&b);
	wr_part8(&w, gate);
	if (!me.link || ipc_send(me.link, DOOR_CUT, buf_rd(&b)) != 0)
		ipc_free(&me.link); /* without the door its rooms end by themselves */
}
