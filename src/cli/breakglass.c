/*
 * Is:        `slagboom breakglass`: sealed codes for the day on which no approver can be reached.
 * Is not:    a way past the policy, or past the record.
 * Called by: slagboom.c.
 * Owns:      the files that it writes.
 * Trust:     the desk's answer; a secret file is the administrator's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/desk_client.h"
#include "cli/policy_json.h"
#include "crypto/random.h"
#include "crypto/start.h"
#include "evidence/age.h"
#include "os/fd.h"

enum { PASSWORD_MAX = 4096, FILE_MAX = 65536, CODE_MAX = 128, FILES = 3, FILE_NAME_MAX = 128 };

static const struct desk_column columns[] = {
	{ "id", "number" }, { "asset", "asset" }, { "first", "first" }, { "second", "second" }, { "state", "state" },
	{ "closed_by", "closed by" },
};

/* The files of one glass. */
struct glass {
	const struct args *a;
	const struct desk_answer *answer;
	const char *id;
	int dir;           /* where its files go */
	struct buf secret; /* the element's emergency password */
	char file[FILES][FILE_NAME_MAX];
	size_t n;
};

static void glass_done(struct glass *g)
{
	buf_wipe(&g->secret);
	fd_close(&g->dir);
}

static bool write_file(struct glass *g, const char *what, struct rd bytes)
{
	const char *to = args_option(g->a, "--to");
	char *name = g->file[g->n++];
	int r;

	(void)snprintf(name, FILE_NAME_MAX, "glass-%.8s-%s.age", g->id, what);
	r = fd_replace_file(g->dir, name, bytes, 0600);
	if (r < 0)
		command_complain(g->a, "--to DIR", "cannot write %s into %s: %s", name, to ? to : "this directory", strerror(-r));
	return r == 0;
}

/* What has to be there before the desk makes a glass, whose codes it tells once. */
static bool have_room(struct glass *g)
{
	const char *to = args_option(g->a, "--to"), *secret = args_option(g->a, "--secret");
	int r;

	g->dir = open(to ? to : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->dir < 0 || faccessat(g->dir, ".", W_OK, AT_EACCESS) < 0) {
		command_complain(g->a, "--to DIR", "cannot write into %s: %s", to ? to : "this directory", strerror(errno));
		return false;
	}
	buf_init(&g->secret, PASSWORD_MAX);
	r = secret ? fd_read_file(AT_FDCWD, secret, &g->secret) : 0;
	if (r < 0)
		command_complain(g->a, NULL, "cannot read %s: %s", secret, strerror(-r));
	return r == 0;
}

static bool write_code(struct glass *g, const char *member, const char *name)
{
	AUTO(buf_done) struct buf text = { 0 }, raw = { 0 };

	buf_init(&text, FILE_MAX);
	buf_init(&raw, FILE_MAX);
	return desk_member(g->answer->result, member, &text) && text_base64(buf_rd(&text), BASE64_PADDED, &raw) &&
	    write_file(g, name, buf_rd(&raw));
}

static bool seal(struct rd recipient, struct rd plain, struct buf *out)
{
	struct age_writer w;
	struct x25519_pub pub;
	bool ok;

	if (!age_recipient_parse(recipient, &pub) || !age_write_start(&w, &pub, 1, random_system(), out))
		return false;
	ok = age_write(&w, plain, out) && age_write_end(&w, out);
	age_writer_done(&w);
	return ok;
}

/* The element's own emergency password, for when nothing of ours runs: the first one's age
 * opens the outer layer, the second one's the inner. */
static bool write_secret(struct glass *g)
{
	AUTO(buf_done) struct buf inner = { 0 }, outer = { 0 }, first = { 0 }, second = { 0 };

	buf_init(&inner, FILE_MAX);
	buf_init(&outer, FILE_MAX);
	buf_init(&first, CODE_MAX);
	buf_init(&second, CODE_MAX);
	return desk_member(g->answer->result, "first_seal", &first) && desk_member(g->answer->result, "second_seal", &second) &&
	    seal(buf_rd(&second), buf_rd(&g->secret), &inner) && seal(buf_rd(&first), buf_rd(&inner), &outer) &&
	    write_file(g, "secret", buf_rd(&outer));
}

static bool print_files(const struct glass *g)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct json j;

	if (!args_has(g->a, "--json")) {
		for (size_t i = 0; i < g->n; i++)
			(void)printf("%s\n", g->file[i]);
		return printf("Give each his file; he opens it with his own age key, and keeps the code on paper in a sealed envelope.\n") > 0;
	}
	buf_init(&b, FILE_MAX);
	json_init(&j, &b);
	json_object(&j);
	json_key(&j, "files");
	json_array(&j);
	for (size_t i = 0; i < g->n; i++)
		json_str(&j, g->file[i]);
	json_end(&j);
	json_key(&j, "id");
	json_str(&j, g->id);
	json_end(&j);
	return policy_json_print(&j, &b);
}

static int prepare(const struct args *a)
{
	AUTO(desk_answer_done) struct desk_answer answer = { .fd = -1 };
	AUTO(buf_done) struct buf id = { 0 };
	AUTO(glass_done) struct glass g = { .a = a, .answer = &answer, .dir = -1 };
	const char *arg[] = { a->operand[1], a->operand[2], a->operand[3] };
	int r;

	if (!have_room(&g))
		return EXIT_USAGE;
	r = desk_ask(a, VERB_GLASS_PREPARE, arg, ARRAY_LEN(arg), rd_of(NULL, 0), &answer);
	if (r != EXIT_OK || answer.status != OFFICER_DONE)
		return r != EXIT_OK ? r : desk_print(a, &answer, NULL, 0, "");
	crypto_start();
	buf_init(&id, CODE_MAX);
	if (!desk_member(answer.result, "id", &id) || !buf_put_u8(&id, 0))
		return EXIT_FAILED;
	g.id = (const char *)buf_rd(&id).p;
	if (!write_code(&g, "first", arg[1]) || !write_code(&g, "second", arg[2]) ||
	    (args_has(a, "--secret") && !write_secret(&g)))
		return EXIT_FAILED;
	return print_files(&g) ? EXIT_OK : EXIT_FAILED;
}

static int open_glass(const struct args *a)
{
	char code[CODE_MAX] = "";
	const char *arg[] = { a->operand[1], code };

	(void)fprintf(stderr, "code: ");
	if (!fgets(code, sizeof(code), stdin)) {
		command_complain(a, NULL, "no code was given");
		return EXIT_USAGE;
	}
	code[strcspn(code, "\n")] = '\0';
	return desk_do(a, VERB_GLASS_BREAK, arg, ARRAY_LEN(arg), NULL, 0, "");
}

static int close_glass(const struct args *a)
{
	const char *arg[] = { a->operand[1], args_option(a, "--why") };

	if (!arg[1]) {
		command_complain(a, "--why TEXT", "say what was done under it, and when");
		return EXIT_USAGE;
	}
	return desk_do(a, VERB_GLASS_CLOSE, arg, ARRAY_LEN(arg), NULL, 0, "");
}

static int run(const struct args *a)
{
	const char *what = a->n_operands ? a->operand[0] : "list";

	if (strcmp(what, "list") == 0)
		return desk_do(a, VERB_GLASS_LIST, NULL, 0, columns, ARRAY_LEN(columns), "no glass was prepared");
	if (strcmp(what, "prepare") == 0 && a->n_operands == 4)
		return prepare(a);
	if (strcmp(what, "open") == 0 && a->n_operands == 2)
		return open_glass(a);
	if (strcmp(what, "close") == 0 && a->n_operands == 2)
		return close_glass(a);
	if (strcmp(what, "report") == 0 && a->n_operands == 2) {
		const char *arg[] = { a->operand[1], args_option(a, "--from"), args_option(a, "--until") };
		return desk_do(a, VERB_GLASS_REPORT, arg, ARRAY_LEN(arg), NULL, 0, "");
	}
	command_complain(a, "slagboom help breakglass", "list, prepare ASSET FIRST SECOND, open REQUEST, close NUMBER or report NUMBER");
	return EXIT_USAGE;
}

const struct command command_breakglass = {
	.name = "breakglass",
	.operands = "[list | prepare ASSET FIRST SECOND | open REQUEST | close NUMBER | report NUMBER]",
	.operands_max = 4,
	.summary = "let somebody in when no approver can be reached",
	.description = "prepare makes two codes for an asset, beforehand: each is sealed to one officer's age recipient and written to "
		       "a file that only he can open; the desk keeps hashes. FIRST and SECOND are officers with a `seal`.\n\n"
		       "open, from any account, reads a code from standard input. When both codes were given for one request that "
		       "waits, it is granted in the approvers' place, and the engineer goes on. Everything else of the policy "
		       "holds. A glass breaks once. What happened under it is NOT WATCHED until two officers have closed it.\n\n"
		       "When the gate itself is down, nobody gets through it: with --secret, prepare seals the element's own emergency "
		       "password so that both are needed to read it with age alone (age -d -i FIRST | age -d -i SECOND). report "
		       "tells the desk afterwards that this was used, and from when to when: nobody watched that, and no closing "
		       "changes it.",
	.examples = "  slagboom breakglass prepare hlr1 j.devries m.bakker --to /media/usb \\\n"
		    "      --secret hlr1.password\n"
		    "  slagboom breakglass open 3f9a2c <code.txt\n"
		    "  slagboom breakglass report 77aa01 --from 2026-11-23T02:10:00Z \\\n"
		    "      --until 2026-11-23T03:40:00Z\n"
		    "  slagboom breakglass close 77aa01 \\\n"
		    "      --why 'power failure in Utrecht, 02:10 to 03:40, card replaced'",
	.option = { OPTION_DIR, OPTION_KEY, { "--to", "DIR", "where the sealed files go; by default here" },
	    { "--secret", "FILE", "the element's emergency password, to be sealed to both" },
	    { "--why", "TEXT", "with close: what was done, one line" },
	    { "--from", "TIME", "with report: since when it was used, as in 2026-11-23T02:10:00Z" },
	    { "--until", "TIME", "with report: until when" }, OPTION_JSON },
	.run = run,
};
