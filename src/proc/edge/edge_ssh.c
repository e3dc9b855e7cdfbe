/*
 * Is:        the main of slagboom-edge-ssh: one channel of one connection to an element that
 *            speaks SSH, with libssh's client.
 * Is not:    a holder of private keys: keyd signs. No configuration or key file is read.
 * Called by: the door.
 * Owns:      libssh's session and channel.
 * Trust:     the element is hostile. libssh parses it, behind the belts.
 *
 * libssh runs only at top level, from step(): transfers from within its callbacks would be
 * nested and reorder bytes. Two of its habits would let memory grow: it takes more than the
 * window that it granted (checked here), and each of its reads grants a whole window anew,
 * however much it still holds (so a stream is read when all of it is taken, or not at all).
 * At most one window of a stream waits in libssh and one here.
 */
#include <errno.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/wr.h"
#include "crypto/secret.h"
#include "os/fd.h"
#include "proc/edge/edge.h"
#include "proc/edge/ssh_algorithms.h"
#include "proc/edge/ssh_library.h"
#include "proc/edge/ssh_modes.h"
#include "proto/sshsignal.h"

enum {
	POLLS_PER_ROUND = 16,     /* each reads 4 KiB; larger reads, tried, saved a twentieth */
	ROUNDS_PER_STEP = 8,
	WRITE_MAX = 128 * 1024,   /* between two looks at what came */
	BUFFERED_MAX = 4 << 20,   /* of one stream; more than any window of libssh's */
	PROMPTS_MAX = 8,
	KEY_LINE_MAX = 8192,
};

/* In this order. */
enum stage { STAGE_CONNECT, STAGE_NONE, STAGE_LOG_IN, STAGE_CHANNEL, STAGE_TTY, STAGE_ENV, STAGE_START, STAGE_RUN };

static struct {
	ssh_session session;
	ssh_channel channel;
	ssh_event event;
	int fd; /* libssh's own descriptor of the connection: it closes it when it likes */
	enum stage stage;
	char user[256];
	struct secret password; /* none: keyd signs */
	bool may_step;          /* the credential is there, or the asset has none */
	bool in_kbdint;
	unsigned n_prompts;
	uint32_t n_env; /* sent so far */
	bool is_legacy;
	bool has_other_modes; /* the terminal there, than were asked for */
	bool is_closed, has_status, by_signal, said_end, floods;
	size_t waits[2];    /* bytes of each stream in libssh */
	struct buf out[2];  /* and here, for the gate */
	uint32_t status;
} me = { .fd = -1 };

static struct ssh_channel_callbacks_struct on_channel;

/* After an error of the protocol libssh reads on, and keeps what it reads: such a connection is none. */
static bool is_up(void)
{
	return ssh_is_connected(me.session) && !(ssh_get_status(me.session) & SSH_CLOSED_ERROR);
}

static struct rd last_error(void)
{
	return rd_str(ssh_get_error(me.session));
}

/* The connection. */

/* The element's key as a line of text, "TYPE BASE64". */
static bool server_key(struct buf *line, struct buf *fingerprint)
{
	ssh_key key = NULL;
	char *text = NULL, *print = NULL;
	unsigned char *hash = NULL;
	size_t n = 0;
	bool ok = false;

	if (ssh_get_server_publickey(me.session, &key) == SSH_OK && ssh_pki_export_pubkey_base64(key, &text) == SSH_OK &&
	    ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &n) == 0 &&
	    (print = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, n))) {
		struct wr w = wr_to(line), f = wr_to(fingerprint);
		wr_str(&w, ssh_key_type_to_char(ssh_key_type(key)));
		if (ssh_key_type(key) == SSH_KEYTYPE_ECDSA_P256 || ssh_key_type(key) == SSH_KEYTYPE_ECDSA_P384 ||
		    ssh_key_type(key) == SSH_KEYTYPE_ECDSA_P521) {
			buf_reset(line);
			wr_str(&w, ssh_pki_key_ecdsa_name(key));
		}
		wr_str(&w, " ");
		wr_str(&w, text);
		wr_str(&f, print);
		ok = wr_ok(&w) && wr_ok(&f);
	}
	ssh_string_free_char(text);
	ssh_string_free_char(print);
	ssh_clean_pubkey_hash(&hash);
	ssh_key_free(key);
	return ok;
}

/* 0, or the failure was told. */
static int check_host_key(struct buf *fingerprint)
{
	AUTO(buf_done) struct buf line = { 0 }, detail = { 0 };

	buf_init(&line, KEY_LINE_MAX);
	buf_init(&detail, 512);
	buf_init(fingerprint, 128);
	if (!server_key(&line, fingerprint)) {
		edge_fail(EDGE_PROTOCOL, rd_str("its host key cannot be read"));
		return -EPROTO;
	}
	if (ssh_key_is_pinned(rd_str(edge.host_keys), buf_rd(&line)))
		return 0;
	struct wr w = wr_to(&detail);
	wr_bytes(&w, buf_rd(fingerprint));
	edge_fail_key(edge.host_keys[0] ? EDGE_HOST_KEY_CHANGED : EDGE_HOST_KEY_UNKNOWN, buf_rd(&detail), buf_rd(&line));
	return -EPROTO;
}

static struct buf fingerprint;

static int connect_stage(void)
{
	int r = ssh_connect(me.session);

	/* libssh makes the socket block once it is connected: then a peer that does not read
	 * would stop us. */
	if (fd_set_nonblock(edge.net_fd, true) < 0)
		return SSH_ERROR;
	if (r == SSH_OK && check_host_key(&fingerprint) < 0)
		return SSH_ERROR;
	return r;
}

/* Logging in. */

static int auth_result(int r)
{
	switch (r) {
	case SSH_AUTH_SUCCESS:
		return SSH_OK;
	case SSH_AUTH_AGAIN:
		return SSH_AGAIN;
	case SSH_AUTH_DENIED:
		edge_fail(EDGE_AUTH, rd_str(""));
		return SSH_ERROR;
	case SSH_AUTH_PARTIAL:
		edge_fail(EDGE_AUTH, rd_str("it wants a second proof besides"));
		return SSH_ERROR;
	default:
		return SSH_ERROR;
	}
}

/* Asked without any proof, the element says which proofs it takes. */
static int none_stage(void)
{
	int r;

	if (!edge.credential[0]) {
		edge_fail(EDGE_NO_CREDENTIAL, rd_str(""));
		return SSH_ERROR;
	}
	if (!me.password.p)
		return SSH_OK;
	r = ssh_userauth_none(me.session, NULL);
	if (r == SSH_AUTH_SUCCESS)
		return SSH_OK; /* it lets everybody in: the log-in below is then refused or not, as it likes */
	return r == SSH_AUTH_AGAIN ? SSH_AGAIN : r == SSH_AUTH_ERROR ? SSH_ERROR : SSH_OK;
}

/* Every prompt that is not shown is for the password; another is answered with nothing. */
static int answer_prompts(const char *password)
{
	int n = ssh_userauth_kbdint_getnprompts(me.session);

	if (n < 0 || (me.n_prompts += (unsigned)n + 1) > PROMPTS_MAX)
		return SSH_AUTH_DENIED;
	for (unsigned i = 0; i < (unsigned)n; i++) {
		char echo = 1;
		(void)ssh_userauth_kbdint_getprompt(me.session, i, &echo);
		if (ssh_userauth_kbdint_setanswer(me.session, i, echo ? "" : password) < 0)
			return SSH_AUTH_ERROR;
	}
	return SSH_AUTH_INFO;
}

static int kbdint(const char *password)
{
	int r;

	do {
		r = ssh_userauth_kbdint(me.session, NULL, NULL);
		if (r == SSH_AUTH_INFO)
			r = answer_prompts(password);
	} while (r == SSH_AUTH_INFO);
	return r;
}

/* Without keyd's key nothing was refused: what the element refuses, it refuses by the methods that it takes. */
static int sign_in(void)
{
	int r = ssh_userauth_agent(me.session, NULL);

	if (r == SSH_AUTH_DENIED && ssh_userauth_list(me.session, NULL) == 0) {
		edge_fail(EDGE_NO_CREDENTIAL, rd_str("keyd offers no key"));
		return SSH_ERROR;
	}
	return auth_result(r);
}

static int log_in_stage(void)
{
	const char *password = (const char *)me.password.p;
	int methods;

	if (!password)
		return sign_in();
	methods = ssh_userauth_list(me.session, NULL);
	me.in_kbdint = me.in_kbdint || !(methods & (int)SSH_AUTH_METHOD_PASSWORD);
	return auth_result(me.in_kbdint ? kbdint(password) : ssh_userauth_password(me.session, NULL, password));
}

/* The channel. */

static void on_exit_status(ssh_session s, ssh_channel c, int status, void *ctx)
{
	if (me.has_status)
		return;
	me.has_status = true;
	me.status = (uint32_t)status;
}

static void on_exit_signal(ssh_session s, ssh_channel c, const char *name, int core, const char *text,
    const char *lang, void *ctx)
{
	if (me.has_status)
		return;
	me.has_status = me.by_signal = true;
	me.status = sshsignal_number(rd_str(name ? name : ""));
}

/* Takes nothing: it is read at top level. */
static int on_data(ssh_session s, ssh_channel c, void *data, uint32_t len, int is_stderr, void *ctx)
{
	me.waits[is_stderr != 0] = len;
	me.floods = me.floods || len > BUFFERED_MAX;
	return 0;
}

static void on_channel_close(ssh_session s, ssh_channel c, void *ctx)
{
	me.is_closed = true;
}

/* An element has no business opening channels or asking for forwards: refused. */
static int on_message(ssh_session s, ssh_message m, void *ctx)
{
	return 1;
}

static int channel_stage(void)
{
	if (!me.channel) {
		secret_done(&me.password);
		me.channel = ssh_channel_new(me.session);
		if (!me.channel)
			return SSH_ERROR;
		on_channel = (struct ssh_channel_callbacks_struct){ .channel_data_function = on_data, .channel_exit_status_function = on_exit_status,
			.channel_exit_signal_function = on_exit_signal, .channel_close_function = on_channel_close };
		ssh_callbacks_init(&on_channel);
		if (ssh_set_channel_callbacks(me.channel, &on_channel) != SSH_OK)
			return SSH_ERROR;
	}
	return ssh_channel_open_session(me.channel);
}

/* A text of the gate's for libssh; edge_open_read has refused a NUL in it. */
static const char *c_text(struct rd r, struct buf *b)
{
	buf_init(b, EDGE_COMMAND_MAX + 1);
	return buf_put_rd(b, r) && buf_put_u8(b, 0) ? (const char *)buf_rd(b).p : "";
}

/* To standard error, which becomes a record; stdio would ask more than the belts allow. */
static void tell_other_modes(void)
{
	char text[160];

	(void)snprintf(text, sizeof(text), "libssh %s makes another request for a terminal than the one that is known: the modes "
	    "were left out\n", ssh_version(0));
	if (fd_write_all(STDERR_FILENO, rd_str(text)) < 0)
		errno = 0; /* nobody listens; the gate hears it with EDGE_READY */
}

static int tty_stage(void)
{
	AUTO(buf_done) struct buf term = { 0 };
	const struct edge_open *o = &edge.open;
	struct pty_request p = { .term = c_text(o->term, &term), .cols = o->cols ? o->cols : 80, .rows = o->rows ? o->rows : 24,
		.modes = o->modes };
	int r;

	if (!o->wants_tty)
		return SSH_OK;
	r = ssh_modes_request_pty(me.channel, &p);
	me.has_other_modes = !ssh_modes_were_sent();
	if (r == SSH_OK && me.has_other_modes)
		tell_other_modes();
	return r;
}

/* An element that does not take a variable goes without. */
static int env_stage(void)
{
	for (; me.n_env < edge.open.n_env; me.n_env++) {
		AUTO(buf_done) struct buf name = { 0 }, value = { 0 };
		struct rd text = edge.open.env[me.n_env], before;
		if (!rd_until(&text, '=', &before))
			return SSH_ERROR;
		int r = ssh_channel_request_env(me.channel, c_text(before, &name), c_text(text, &value));
		if (r == SSH_AGAIN)
			return r;
		if (!is_up())
			return SSH_ERROR;
	}
	return SSH_OK;
}

static int start_stage(void)
{
	AUTO(buf_done) struct buf command = { 0 };
	int r;

	if (edge.open.kind == EDGE_SHELL)
		r = ssh_channel_request_shell(me.channel);
	else if (edge.open.kind == EDGE_EXEC)
		r = ssh_channel_request_exec(me.channel, c_text(edge.open.command, &command));
	else
		r = ssh_channel_request_subsystem(me.channel, c_text(edge.open.command, &command));
	if (r == SSH_OK)
		r = ssh_event_add_session(me.event, me.session);
	return r;
}

static void tell_ready(void)
{
	AUTO(buf_done) struct buf text = { 0 };
	const char *banner = ssh_get_serverbanner(me.session);

	buf_init(&text, EDGE_TEXT_MAX);
	struct wr w = wr_to(&text);
	wr_str(&w, "host key ");
	wr_bytes(&w, buf_rd(&fingerprint));
	wr_str(&w, ", ");
	wr_ssh_banner(&w, rd_str(banner ? banner : ""));
	wr_text(&w, ", %s, %s", ssh_get_kex_algo(me.session), ssh_get_cipher_in(me.session));
	if (me.has_other_modes)
		wr_str(&w, ", without the terminal's modes");
	edge_ready(wr_ok(&w) ? buf_rd(&text) : rd_str("connected"), me.has_other_modes);
}

/* Transfers. */

static bool send_input(void)
{
	size_t sent = 0;

	/* A packet that waits in libssh is room that the element does not give. */
	while (edge.in.len && sent < WRITE_MAX && !(ssh_get_poll_flags(me.session) & SSH_WRITE_PENDING)) {
		struct rd r = buf_rd(&edge.in);
		uint32_t window = ssh_channel_window_size(me.channel), n = r.len < window ? (uint32_t)r.len : window;
		n = n < EDGE_DATA_MAX * 2 ? n : EDGE_DATA_MAX * 2;
		int wrote = n ? ssh_channel_write(me.channel, r.p, n) : 0;
		if (wrote <= 0)
			break; /* no window, a rekey, or an end that the next poll tells */
		buf_drop(&edge.in, (size_t)wrote);
		sent += (size_t)wrote;
	}
	if (sent)
		edge_took_input();
	if (edge.in_ended && !edge.in.len && !me.said_end && !me.is_closed)
		me.said_end = ssh_channel_send_eof(me.channel) == SSH_OK;
	return sent > 0;
}

static void give_output(uint8_t stream)
{
	struct buf *out = &me.out[stream];

	while (out->len && edge_has_room()) {
		struct rd r = buf_rd(out), part;
		if (!rd_take(&r, r.len < EDGE_DATA_MAX ? r.len : EDGE_DATA_MAX, &part))
			return;
		edge_output(stream, part);
		buf_drop(out, part.len);
	}
}

/* All that libssh has of a stream, once what was taken before is gone. */
static bool take_stream(uint8_t stream)
{
	size_t n = me.waits[stream];
	uint8_t *room;
	int took;

	give_output(stream);
	if (n == 0 || me.out[stream].len || !buf_space(&me.out[stream], n, &room))
		return false;
	took = ssh_channel_read_nonblocking(me.channel, room, (uint32_t)n, stream);
	if (took < 0)
		return false; /* the connection broke: so is told below */
	me.waits[stream] -= (size_t)took;
	buf_grew(&me.out[stream], (size_t)took);
	give_output(stream);
	return took > 0;
}

static bool has_output(void)
{
	return me.out[0].len || me.out[1].len || ((me.waits[0] || me.waits[1]) && is_up());
}

static bool poll_network(void)
{
	int i = 0;

	while (i < POLLS_PER_ROUND && !me.is_closed && !me.floods && is_up() && ssh_event_dopoll(me.event, 0) >= 0)
		i++;
	return i > 0;
}

/* True when something moved, so that more may. Input comes last: packets that it lets in are
 * seen by the next round, and nothing else looks at the network. */
static bool transfer(void)
{
	bool moved = poll_network();

	moved |= take_stream(0);
	moved |= take_stream(1);
	if (!me.is_closed && is_up())
		moved |= send_input();
	return moved;
}

static void finish(void)
{
	edge_output_end(0);
	edge_output_end(1);
	/* As OpenSSH's client: a channel that ends without a word is a failure. */
	edge_exit(me.by_signal, me.has_status ? me.status : 255);
}

static void run(void)
{
	bool moved = true;

	for (int i = 0; i < ROUNDS_PER_STEP && moved && !edge.is_over; i++)
		moved = transfer();
	if (edge.is_over)
		return;
	if (me.is_closed && !has_output())
		finish();
	else if (me.floods)
		edge_fail(EDGE_PROTOCOL, rd_str("it sends more than it was given room for"));
	else if (!me.is_closed && !is_up() && !has_output())
		edge_fail(ssh_is_connected(me.session) ? EDGE_PROTOCOL : EDGE_LOST, rd_str(""));
	else if (me.is_closed || !is_up())
		edge_want(0); /* the gate's room is all that is waited for */
	else
		edge_want((uint32_t)EPOLLIN | (moved || ssh_get_poll_flags(me.session) & SSH_WRITE_PENDING ? (uint32_t)EPOLLOUT : 0));
}

/* The stages, each until it is done. */

/* libssh's "no match for method" of the first messages: there is none that both have. */
static bool is_too_old(struct rd error)
{
	static const char text[] = "no match for method";
	struct rd part;

	for (size_t i = 0; rd_slice(&error, i, sizeof(text) - 1, &part); i++)
		if (rd_is(&part, text))
			return true;
	return false;
}

static void failed(enum stage at)
{
	enum edge_failure f = EDGE_PROTOCOL;

	if (at == STAGE_CONNECT && !me.is_legacy && is_too_old(last_error())) {
		edge_fail(f, rd_str("it has no sound algorithm; a policy can declare its asset legacy"));
		return;
	}
	if (at != STAGE_CONNECT && !is_up())
		f = EDGE_LOST;
	else if (at == STAGE_LOG_IN)
		f = EDGE_AUTH;
	edge_fail(f, last_error());
}

static void step(void)
{
	static int (*const stages[])(void) = { connect_stage, none_stage, log_in_stage, channel_stage, tty_stage, env_stage,
		start_stage };
	int r = SSH_OK;

	if (!me.may_step)
		return; /* the engineer's first bytes, or their end, may come before keyd's answer */
	while (r == SSH_OK && me.stage != STAGE_RUN) {
		r = stages[me.stage]();
		if (r == SSH_OK && ++me.stage == STAGE_RUN)
			tell_ready();
	}
	if (r == SSH_ERROR || r == SSH_EOF)
		failed(me.stage);
	else if (r == SSH_AGAIN)
		edge_want((uint32_t)EPOLLIN |
		    (ssh_get_poll_flags(me.session) & SSH_WRITE_PENDING ? (uint32_t)EPOLLOUT : 0));
	else
		run();
}

static void resize(uint16_t cols, uint16_t rows)
{
	if (edge.open.wants_tty && !me.is_closed)
		(void)ssh_channel_change_pty_size(me.channel, cols, rows); /* no answer is due */
	step();
}

static void send_signal(int number)
{
	const char *name = number > 0 ? sshsignal_name((uint32_t)number) : NULL;

	if (name && !me.is_closed)
		(void)ssh_channel_request_send_signal(me.channel, name);
	step();
}

/* The credential: its user, its password if it has one, else a key. */

static void on_password(int outcome, struct rd secret)
{
	int fd;

	if (outcome == 0) {
		secret_init(&me.password, AGENT_SECRET_MAX + 1);
		(void)!rd_copy(&secret, me.password.p, secret.len);
	} else {
		fd = edge_take_keys();
		if (fd < 0 || ssh_set_agent_socket(me.session, fd) != SSH_OK) {
			fd_close(&fd);
			edge_fail(EDGE_NO_CREDENTIAL, rd_str(""));
			return;
		}
	}
	me.may_step = true;
	step();
}

static void on_user(int outcome, struct rd secret)
{
	(void)snprintf(me.user, sizeof(me.user), "%.*s", (int)secret.len, (const char *)secret.p);
	if (outcome != 0 || !secret.len || ssh_options_set(me.session, SSH_OPTIONS_USER, me.user) < 0) {
		edge_fail(EDGE_NO_CREDENTIAL, rd_str(""));
		return;
	}
	edge_ask_secret(AGENT_SECRET_PASSWORD, on_password);
}

static void begin(void)
{
	if (edge.open.kind == EDGE_STREAM) {
		edge_fail(EDGE_PROTOCOL, rd_str("an SSH element has no plain stream"));
	} else if (edge.credential[0]) {
		edge_ask_secret(AGENT_SECRET_USER, on_user);
	} else {
		me.may_step = true;
		step(); /* as far as its host key, which an officer may want to see */
	}
}

/* Before the belts: the library, its tables, its options. */

static int set_options(void)
{
	static const int no = 0;
	bool legacy = me.is_legacy = strcmp(edge.protocol, "ssh-legacy") == 0;
	const struct ssh_algorithms *a = ssh_algorithms(legacy);
	char host_keys[512];
	int min_rsa = legacy ? 1024 : 2048;

	ssh_algorithms_host_keys(a, rd_str(edge.host_keys), host_keys, sizeof(host_keys));
	const struct {
		enum ssh_options_e what;
		const void *value;
	} options[] = {
		{ SSH_OPTIONS_PROCESS_CONFIG, &no }, { SSH_OPTIONS_FD, &me.fd }, { SSH_OPTIONS_SSH_DIR, "/" },
		{ SSH_OPTIONS_KNOWNHOSTS, "/none" }, { SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/none" },
		{ SSH_OPTIONS_USER, "nobody" }, { SSH_OPTIONS_COMPRESSION, "none" }, { SSH_OPTIONS_RSA_MIN_SIZE, &min_rsa },
		{ SSH_OPTIONS_KEY_EXCHANGE, a->kex }, { SSH_OPTIONS_HOSTKEYS, host_keys },
		{ SSH_OPTIONS_CIPHERS_C_S, a->ciphers }, { SSH_OPTIONS_CIPHERS_S_C, a->ciphers },
		{ SSH_OPTIONS_HMAC_C_S, a->macs }, { SSH_OPTIONS_HMAC_S_C, a->macs },
	};
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (ssh_options_set(me.session, options[i].what, options[i].value) < 0)
			return -EINVAL;
	return 0;
}

static int prepare(void)
{
	int r = ssh_library_check();

	if (r == 0)
		r = ssh_modes_prepare();
	if (r < 0)
		return r;
	buf_init(&me.out[0], 2 * BUFFERED_MAX);
	buf_init(&me.out[1], 2 * BUFFERED_MAX);
	if (ssh_init() != 0 || !(me.session = ssh_new()) || !(me.event = ssh_event_new()))
		return -ENOMEM;
	ssh_set_blocking(me.session, 0);
	ssh_set_message_callback(me.session, on_message, NULL);
	if (edge.net_fd < 0)
		return 0; /* which is told once there is a gate */
	me.fd = dup(edge.net_fd);
	if (me.fd < 0 || fd_set_cloexec(me.fd, true) < 0)
		return -errno;
	r = set_options();
	if (r < 0)
		(void)dprintf(STDERR_FILENO, "libssh refuses an option: %s\n", ssh_get_error(me.session));
	return r;
}

static void done(void)
{
	secret_done(&me.password);
	buf_done(&me.out[0]);
	buf_done(&me.out[1]);
	buf_done(&fingerprint);
	if (me.channel)
		ssh_channel_free(me.channel);
	if (me.event)
		ssh_event_free(me.event);
	if (me.session && ssh_is_connected(me.session))
		ssh_disconnect(me.session);
	ssh_free(me.session);
}

int main(int argc, char **argv)
{
	static const struct edge_protocol ssh = { .name = "edge-ssh", .prepare = prepare, .begin = begin, .step = step,
		.resize = resize, .signal = send_signal, .done = done };

	return edge_main(&ssh, argc, argv);
}
