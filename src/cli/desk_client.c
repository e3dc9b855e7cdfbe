/*
 * Is:        one question to the desk (contract in the header).
 * Is not:    deskd's side.
 * Called by: subcommands.
 * Owns:      the answer.
 * Trust:     the desk of this machine.
 */
#include "cli/desk_client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/quote.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/sign.h"
#include "os/fd.h"
#include "os/ipc.h"

enum { PATIENCE_MS = 20000, ANSWER_MAX = 10 << 20, CELL_MAX = 64, COLUMNS_MAX = 16, ROWS_MAX = 100000,
	DESK_UNSIGNED = 1 };

void desk_answer_done(struct desk_answer *a)
{
	buf_done(&a->json);
	buf_done(&a->text);
	fd_close(&a->fd);
}

static int send_message(int fd, uint16_t type, struct rd body)
{
	AUTO(buf_done) struct buf packet = { 0 };

	buf_init(&packet, IPC_MAX);
	struct wr w = wr_to(&packet);
	wr_u16(&w, type);
	wr_bytes(&w, body);
	return wr_ok(&w) ? fd_write_all(fd, buf_rd(&packet)) : -EMSGSIZE;
}

/* One packet and the descriptor beside it, if any. */
static int receive(int fd, struct buf *packet, int *out_fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = { 0 } };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t *room;
	ssize_t n;
	int r = poll(&p, 1, PATIENCE_MS);

	if (r <= 0)
		return r == 0 ? -ETIMEDOUT : -errno;
	if (!buf_space(packet, IPC_MAX, &room))
		return -ENOBUFS;
	struct iovec v = { room, IPC_MAX };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	if (n <= 0)
		return n == 0 ? -ECONNRESET : -errno;
	buf_grew(packet, (size_t)n);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int))) {
		fd_close(out_fd);
		memcpy(out_fd, CMSG_DATA(c), sizeof(int));
	}
	return 0;
}

/* The desk's words are signed only if they are what they should be. */
static bool may_sign(struct rd text)
{
	struct rd origin, nonce;

	return rd_word(&text, OFFICER_TEXT_BEGIN "origin ") && rd_until(&text, '\n', &origin) && rd_word(&text, "nonce ") &&
	    rd_until(&text, '\n', &nonce) && text.len == 0 && nonce.len == 64;
}

/* With --key: signs what the desk asks to sign. */
static int prove(const struct args *a, int fd)
{
	AUTO(buf_done) struct buf packet = { 0 }, signature = { 0 };
	const char *key = args_officer_key(a);
	uint16_t type;
	int none = -1, r;

	if (!key)
		return 0;
	buf_init(&packet, IPC_MAX);
	buf_init(&signature, OFFICER_PROOF_MAX);
	r = send_message(fd, OFFICER_WHO, rd_of(NULL, 0));
	if (r == 0)
		r = receive(fd, &packet, &none);
	fd_close(&none);
	struct rd text = buf_rd(&packet);
	if (r == 0 && (!rd_u16(&text, &type) || type != OFFICER_SIGN || !may_sign(text)))
		r = -EPROTO;
	if (r == 0)
		r = sign_with(a, key, OFFICER_NAMESPACE, text, &signature) < 0 ? DESK_UNSIGNED : 0;
	return r == 0 ? send_message(fd, OFFICER_PROOF, buf_rd(&signature)) : r;
}

static int send_question(int fd, enum officer_verb verb, const char *const *arg, size_t n, struct rd attachment)
{
	AUTO(buf_done) struct buf body = { 0 };
	struct officer_ask ask = { .verb = verb, .n = (uint32_t)n };
	int r = 0;

	for (size_t i = 0; i < n && i < OFFICER_ARGS_MAX; i++)
		ask.arg[i] = rd_str(arg[i] ? arg[i] : "");
	while (r == 0 && attachment.len) {
		struct rd part;
		if (!rd_take(&attachment, attachment.len > OFFICER_PART_MAX ? OFFICER_PART_MAX : attachment.len, &part))
			return -EINVAL;
		r = send_message(fd, OFFICER_PART, part);
	}
	buf_init(&body, IPC_BODY_MAX);
	struct wr w = wr_to(&body);
	officer_ask_write(&w, &ask);
	if (r == 0)
		r = wr_ok(&w) ? send_message(fd, OFFICER_ASK, buf_rd(&body)) : -EMSGSIZE;
	return r;
}

static int receive_answer(int fd, struct desk_answer *out)
{
	AUTO(buf_done) struct buf packet = { 0 };
	uint16_t type;
	uint8_t status;
	int r;

	buf_init(&packet, IPC_MAX);
	for (;;) {
		buf_reset(&packet);
		r = receive(fd, &packet, &out->fd);
		if (r < 0)
			return r;
		struct rd body = buf_rd(&packet);
		if (!rd_u16(&body, &type))
			return -EPROTO;
		if (type == OFFICER_TEXT && !buf_put_rd(&out->json, body))
			return -ENOBUFS;
		if (type != OFFICER_END)
			continue;
		if (!rd_u8(&body, &status) || status > OFFICER_NO_POLICY)
			return -EPROTO;
		out->status = (enum officer_status)status;
		return 0;
	}
}

/* The raw text of a member's value, and its token. */
static bool member(struct rd value, const char *key, struct json_token *t, enum json_type *type, struct rd *raw)
{
	struct json_rd j = json_rd_of(value, JSON_ANY);
	struct json_token k;

	if (json_next(&j, t) != JSON_OBJECT)
		return false;
	while (json_next(&j, &k) == JSON_KEY) {
		struct rd before = j.in;
		*type = json_next(&j, t);
		bool found = rd_is(&k.text, key);
		if (!json_skip(&j, *type))
			return false;
		/* The colon belongs to the key. */
		if (found && rd_slice(&before, 0, before.len - j.in.len, raw)) {
			(void)!rd_word(raw, ":");
			return true;
		}
	}
	return false;
}

bool desk_member(struct rd value, const char *key, struct buf *out)
{
	enum json_type type;
	struct json_token t;
	struct rd raw;

	if (!member(value, key, &t, &type, &raw))
		return false;
	if (type == JSON_STRING)
		return json_unescape(&t, out);
	return type != JSON_NULL && buf_put_rd(out, raw);
}

static bool take_apart(struct desk_answer *out)
{
	enum json_type type;
	struct json_token t;

	return member(buf_rd(&out->json), "result", &t, &type, &out->result) && desk_member(buf_rd(&out->json), "text", &out->text);
}

static int complain(const struct args *a, int err)
{
	int nobody = command_nobody(a, err);

	if (nobody != EXIT_OK)
		return nobody;
	if (err == -ETIMEDOUT)
		command_complain(a, "slagboom status", "the desk did not answer: it answers only what it could record");
	else
		command_complain(a, "slagboom status", "the desk did not answer: %s", strerror(-err));
	return EXIT_FAILED;
}

/* What the desk would hang up on. */
static bool can_be_asked(const struct args *a, const char *const *arg, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!arg[i] || (text_is_utf8(rd_str(arg[i])) && strlen(arg[i]) <= OFFICER_ARG_MAX))
			continue;
		command_complain(a, NULL, "a word of the command line is longer than %d bytes, or no UTF-8", OFFICER_ARG_MAX);
		return false;
	}
	return true;
}

int desk_ask(const struct args *a, enum officer_verb verb, const char *const *arg, size_t n, struct rd attachment,
    struct desk_answer *out)
{
	AUTO(fd_close) int fd = -1;
	int r;

	*out = (struct desk_answer){ .fd = -1 };
	if (!can_be_asked(a, arg, n))
		return EXIT_USAGE;
	r = client_connect(args_state_dir(a), "desk.socket", &fd);
	buf_init(&out->json, ANSWER_MAX);
	buf_init(&out->text, ANSWER_MAX);
	if (r == 0)
		r = prove(a, fd);
	if (r == DESK_UNSIGNED)
		return EXIT_USAGE; /* ssh-keygen has said why */
	if (r == 0)
		r = send_question(fd, verb, arg, n, attachment);
	/* Refused before all was sent: why, is in the answer. */
	if (r == 0 || r == -EPIPE)
		r = receive_answer(fd, out);
	if (r == 0 && !take_apart(out))
		r = -EPROTO;
	return r == 0 ? EXIT_OK : complain(a, r);
}

/* A table. */

/* What stands in a cell: how many columns of a terminal it takes. */
static size_t show_cell(struct rd row, const char *key, struct buf *shown)
{
	AUTO(buf_done) struct buf text = { 0 };
	struct wr w = wr_to(shown);
	size_t width = 0;
	struct rd all;
	uint32_t rune;

	buf_init(&text, 1 << 16);
	if (desk_member(row, key, &text) && text.len)
		wr_quoted(&w, buf_rd(&text), CELL_MAX);
	else
		wr_str(&w, "-");
	all = buf_rd(shown);
	while (rd_rune(&all, &rune))
		width += rune_width(rune);
	return width;
}

static void print_cell(struct rd row, const char *key, size_t width)
{
	AUTO(buf_done) struct buf shown = { 0 };

	buf_init(&shown, 1 << 18);
	size_t taken = show_cell(row, key, &shown);
	(void)printf("%.*s%*s  ", (int)shown.len, (const char *)buf_rd(&shown).p, taken < width ? (int)(width - taken) : 0, "");
}

static size_t cell_width(struct rd row, const char *key)
{
	AUTO(buf_done) struct buf shown = { 0 };

	buf_init(&shown, 1 << 18);
	return show_cell(row, key, &shown);
}

/* Takes the next object of an array. */
static bool next_row(struct json_rd *j, struct rd *out)
{
	struct rd before = j->in;
	struct json_token t;

	if (json_next(j, &t) != JSON_OBJECT || !json_skip(j, JSON_OBJECT) ||
	    !rd_slice(&before, 0, before.len - j->in.len, out))
		return false;
	(void)!rd_word(out, ",");
	return true;
}

/* How wide the terminal is that it goes to; 0 when it goes to none. */
static size_t terminal_width(void)
{
	struct winsize w = { 0 };

	return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

/* A row for a terminal that no row fits on: a line for each column. */
static void print_lines(struct rd row, const struct desk_column *columns, size_t n, size_t heading)
{
	for (size_t i = 0; i < n; i++) {
		(void)printf("%-*s  ", (int)heading, columns[i].heading);
		print_cell(row, columns[i].key, 0);
		(void)printf("\n");
	}
	(void)printf("\n");
}

static void print_rows(struct rd array, const struct desk_column *columns, size_t n, const size_t *width)
{
	size_t total = 0, heading = 0, most = terminal_width();
	struct json_rd j = json_rd_of(array, JSON_ANY);
	struct json_token t;
	struct rd row;

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(columns[i].heading);
		heading = len > heading ? len : heading;
		total += width[i] + 2;
	}
	for (size_t i = 0; i < n && (!most || total <= most + 2); i++)
		(void)printf("%-*s  %s", (int)width[i], columns[i].heading, i + 1 == n ? "\n" : "");
	(void)!json_next(&j, &t);
	while (next_row(&j, &row)) {
		if (most && total > most + 2) {
			print_lines(row, columns, n, heading);
			continue;
		}
		for (size_t i = 0; i < n; i++)
			print_cell(row, columns[i].key, width[i]);
		(void)printf("\n");
	}
}

static void print_table(struct rd array, const struct desk_column *columns, size_t n, const char *none)
{
	size_t width[COLUMNS_MAX], n_rows = 0;
	struct json_token t;
	struct rd row;

	for (size_t i = 0; i < n; i++)
		width[i] = strlen(columns[i].heading);
	struct json_rd j = json_rd_of(array, JSON_ANY);
	if (json_next(&j, &t) != JSON_ARRAY)
		return;
	for (; n_rows < ROWS_MAX && next_row(&j, &row); n_rows++)
		for (size_t i = 0; i < n; i++) {
			size_t one = cell_width(row, columns[i].key);
			width[i] = one > width[i] ? one : width[i];
		}
	if (n_rows == 0) {
		(void)printf("%s\n", none);
		return;
	}
	print_rows(array, columns, n, width);
}

static int exit_of(enum officer_status s)
{
	return s == OFFICER_DONE ? EXIT_OK : EXIT_FAILED;
}

int desk_print(const struct args *a, const struct desk_answer *answer, const struct desk_column *columns, size_t n,
    const char *none)
{
	if (args_has(a, "--json")) {
		(void)printf("%.*s\n", (int)answer->json.len, (const char *)buf_rd(&answer->json).p);
		return exit_of(answer->status);
	}
	if (answer->status == OFFICER_DONE && n)
		print_table(answer->result, columns, n, none);
	command_print_quoted(answer->status == OFFICER_DONE ? stdout : stderr, "", buf_rd(&answer->text));
	return exit_of(answer->status);
}

int desk_do(const struct args *a, enum officer_verb verb, const char *const *arg, size_t n,
    const struct desk_column *columns, size_t n_columns, const char *none)
{
	AUTO(desk_answer_done) struct desk_answer answer = { .fd = -1 };
	int r = desk_ask(a, verb, arg, n, rd_of(NULL, 0), &answer);

	return r == EXIT_OK ? desk_print(a, &answer, columns, n_columns, none) : r;
}
