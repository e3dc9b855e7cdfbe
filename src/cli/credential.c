/*
 * Is:        `slagboom credential`: with what edges log in to elements.
 * Is not:    a keeper: secrets go from here to keyd, and nothing gives one back.
 * Called by: slagboom.c.
 * Owns:      the secret, while it is on its way.
 * Trust:     the caller's own files and keyboard.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/json.h"
#include "base/wr.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/keys.h"
#include "os/fd.h"
#include "proc/keyd/credential.h"
#include "proc/talk/credential_proto.h"
#include "proto/sshkey.h"

enum { LINE_MAX_LEN = 512 };

/* Printing. */

struct listing {
	const struct args *a;
	char last[CREDENTIAL_NAME_MAX + 1];
	unsigned n, n_page;
	struct json j;
	struct buf json;
};

static void text_row(const struct key_row *row)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 1024);
	struct wr w = wr_to(&b);
	if (row->public_key.len)
		wr_public_key(&w, row->public_key);
	(void)printf("%-20.*s  %-8s  %-*.*s%s%.*s\n", (int)row->name.len, (const char *)row->name.p,
	    row->kind == CREDENTIAL_KEY ? "key" : "password", b.len ? 16 : 0, (int)row->user.len,
	    (const char *)row->user.p, b.len ? "  " : "", (int)b.len, (const char *)buf_rd(&b).p);
}

static void json_row(struct json *j, const struct key_row *row)
{
	AUTO(buf_done) struct buf key = { 0 };

	buf_init(&key, 512);
	struct wr w = wr_to(&key);
	if (row->public_key.len)
		wr_public_key(&w, row->public_key);
	json_object(j);
	json_key(j, "key");
	json_text(j, buf_rd(&key));
	json_key(j, "kind");
	json_str(j, row->kind == CREDENTIAL_KEY ? "key" : "password");
	json_key(j, "name");
	json_text(j, row->name);
	json_key(j, "user");
	json_text(j, row->user);
	json_end(j);
}

static void on_row(void *ctx, const struct key_row *row)
{
	struct listing *l = ctx;

	l->n++;
	l->n_page++;
	(void)snprintf(l->last, sizeof(l->last), "%.*s", (int)row->name.len, (const char *)row->name.p);
	if (args_has(l->a, "--json"))
		json_row(&l->j, row);
	else
		text_row(row);
}

static int list(const struct args *a)
{
	struct listing l = { .a = a };
	int r;

	buf_init(&l.json, 1 << 20);
	json_init(&l.j, &l.json);
	json_array(&l.j);
	do {
		AUTO(buf_done) struct buf b = { 0 };
		buf_init(&b, 1 + CREDENTIAL_NAME_MAX);
		struct wr w = wr_to(&b);
		wr_part8(&w, rd_str(l.last));
		l.n_page = 0;
		r = keys_ask(a, CREDENTIAL_LIST, buf_rd(&b), on_row, &l);
	} while (r == 0 && l.n_page == CREDENTIAL_PAGE);
	json_end(&l.j);
	if (r == 0 && args_has(a, "--json") && json_ok(&l.j))
		(void)printf("%.*s\n", (int)l.json.len, (const char *)buf_rd(&l.json).p);
	else if (r == 0 && !l.n && !args_has(a, "--json"))
		(void)printf("no credentials\n");
	buf_done(&l.json);
	return r == 0 ? EXIT_OK : keys_failed(a, r, "");
}

/* Reading a secret. */

static void print_prompt(const char *what)
{
	if (isatty(STDIN_FILENO))
		(void)fprintf(stderr, "%s: ", what);
}

/* One line of standard input, not shown when it is typed. */
static int read_line(const char *what, struct buf *out)
{
	struct termios was, hidden;
	bool is_terminal = tcgetattr(STDIN_FILENO, &was) == 0;
	uint8_t c;
	ssize_t n;

	print_prompt(what);
	hidden = was;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	if (is_terminal && tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) < 0)
		return -errno;
	while ((n = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n')
		if (!buf_put_u8(out, c))
			n = -1, errno = E2BIG;
	if (is_terminal) {
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
		(void)fprintf(stderr, "\n");
	}
	return n < 0 ? -errno : 0;
}

static int read_passwords(const struct args *a, struct rd user, struct wr *w)
{
	AUTO(buf_wipe) struct buf password = { 0 };
	AUTO(buf_wipe) struct buf enable = { 0 };
	int r;

	buf_init(&password, CREDENTIAL_PASSWORD_MAX);
	buf_init(&enable, CREDENTIAL_PASSWORD_MAX);
	r = read_line("password", &password);
	if (r == 0 && args_has(a, "--enable"))
		r = read_line("enable password", &enable);
	if (r < 0)
		command_complain(a, NULL, "cannot read the password: %s", strerror(-r));
	credential_write_password(w, user, buf_rd(&password), buf_rd(&enable));
	return r;
}

static int read_key(const struct args *a, struct rd user, const char *path, struct wr *w)
{
	AUTO(buf_wipe) struct buf file = { 0 };
	AUTO(buf_wipe) struct buf scratch = { 0 };
	struct sshkey k;
	int r;

	buf_init(&file, SSHKEY_FILE_MAX);
	buf_init(&scratch, SSHKEY_FILE_MAX);
	r = fd_read_file(AT_FDCWD, path, &file);
	if (r < 0) {
		command_complain(a, NULL, "cannot read %s: %s", path, strerror(-r));
		return r;
	}
	switch (sshkey_read(buf_rd(&file), &scratch, &k)) {
	case SSHKEY_OK:
		credential_write_key(w, user, k.seed);
		return 0;
	case SSHKEY_ENCRYPTED:
		command_complain(a, "ssh-keygen -p -N '' -f COPY", "%s has a passphrase; remove it from a copy", path);
		return -EINVAL;
	case SSHKEY_OTHER_TYPE:
		command_complain(a, "slagboom credential add NAME --user USER --generate", "%s is not an Ed25519 key", path);
		return -EINVAL;
	case SSHKEY_BAD:
		break;
	}
	command_complain(a, NULL, "%s is not a private key file of OpenSSH", path);
	return -EINVAL;
}

/* Adding and removing. */

static int add(const struct args *a, const char *name)
{
	AUTO(buf_wipe) struct buf body = { 0 };
	AUTO(buf_wipe) struct buf b = { 0 };
	const char *user = args_option(a, "--user"), *file = args_option(a, "--key");
	bool generate = args_has(a, "--generate"), password = args_has(a, "--password");
	struct listing l = { .a = a };
	int r = 0;

	if ((file != NULL) + generate + password != 1 || (!user && !password) || (args_has(a, "--enable") && !password)) {
		command_complain(a, "slagboom help credential", "say one of --key FILE, --generate and --password, and --user USER");
		return EXIT_USAGE;
	}
	buf_init(&body, CREDENTIAL_BODY_MAX);
	buf_init(&b, 2 * CREDENTIAL_BODY_MAX);
	struct wr content = wr_to(&body), w = wr_to(&b);
	if (file)
		r = read_key(a, rd_str(user), file, &content);
	else if (password)
		r = read_passwords(a, rd_str(user ? user : ""), &content);
	if (r < 0)
		return EXIT_USAGE;
	wr_part8(&w, rd_str(name));
	if (generate)
		wr_part8(&w, rd_str(user));
	else
		wr_part16(&w, buf_rd(&body));
	if (!wr_ok(&content) || !wr_ok(&w) || strlen(name) > CREDENTIAL_NAME_MAX || (user && strlen(user) > CREDENTIAL_USER_MAX))
		return keys_failed(a, CREDENTIAL_BAD, name);
	buf_init(&l.json, 4096);
	json_init(&l.j, &l.json);
	r = keys_ask(a, generate ? CREDENTIAL_GENERATE : CREDENTIAL_ADD, buf_rd(&b), on_row, &l);
	if (r == 0 && args_has(a, "--json"))
		(void)printf("%.*s\n", (int)l.json.len, (const char *)buf_rd(&l.json).p);
	buf_done(&l.json);
	return r == 0 ? EXIT_OK : keys_failed(a, r, name);
}

static int forget(const struct args *a, const char *name)
{
	AUTO(buf_done) struct buf b = { 0 };
	int r;

	buf_init(&b, 1 + CREDENTIAL_NAME_MAX);
	struct wr w = wr_to(&b);
	wr_part8(&w, rd_str(name));
	if (!wr_ok(&w))
		return keys_failed(a, CREDENTIAL_UNKNOWN, name);
	r = keys_ask(a, CREDENTIAL_REMOVE, buf_rd(&b), NULL, NULL);
	return r == 0 ? EXIT_OK : keys_failed(a, r, name);
}

static int run(const struct args *a)
{
	const char *what = a->operand[0], *name = a->n_operands > 1 ? a->operand[1] : NULL;

	if (strcmp(what, "list") == 0 && !name)
		return list(a);
	if (strcmp(what, "add") == 0 && name)
		return add(a, name);
	if (strcmp(what, "remove") == 0 && name)
		return forget(a, name);
	command_complain(a, "slagboom help credential", "say list, add NAME, or remove NAME");
	return EXIT_USAGE;
}

const struct command command_credential = {
	.name = "credential",
	.operands = "list | add NAME | remove NAME",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "with what the gate logs in to elements",
	.description = "A credential is a private key or a password with its user, under a name that assets refer to in the "
		       "policy. It lives in keyd: an edge gets a login signed, or a password typed, for the one element "
		       "that it was started for, and no engineer ever sees either.\n\n"
		       "With --generate the key is made in keyd and never leaves it; what is printed is its public half, "
		       "for the element. With --key it comes from a private key file of OpenSSH without a passphrase "
		       "(Ed25519), which is better removed afterwards. With --password the password is asked for, or read "
		       "from standard input, a line each. Adding, removing and every use is a record.",
	.examples = "  slagboom credential add hlr1 --user root --generate\n"
		    "  slagboom credential add msc --user operator --password --enable\n"
		    "  slagboom credential list",
	.option = { { "--user", "USER", "as whom to log in to the element" },
		{ "--generate", NULL, "make a new key in keyd" },
		{ "--key", "FILE", "take the key from FILE" },
		{ "--password", NULL, "ask for a password" },
		{ "--enable", NULL, "ask for a second password, for privileged mode" }, OPTION_DIR, OPTION_JSON },
	.run = run,
};
