/*
 * Is:        the test of the desk: the real deskd, command line and ssh-keygen, with scripted
 *            gates, door, evidenced and keyd.
 * Is not:    a test of decisions (src/policy) or of the real gate.
 * Called by: the test run; needs SLAGBOOM_BUILD, and root, since officers are accounts.
 *            SLAGBOOM_KILLS sets how often deskd is killed.
 * Owns:      a temporary directory per case, and one with keys.
 * Trust:     no input.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desk_stage.h"

#include "base/mem.h"
#include "base/text.h"
#include "os/fd.h"
#include "os/spawn.h"
#include "proc/desk/slices.h"
#include "proc/talk/desk_officer.h"
#include "proc/talk/desk_proto.h"
#include "proc/talk/door_proto.h"
#include "testing/test.h"

/* Accounts that every Debian has: ssh-keygen wants to know who runs it. */
enum { ANNA = 5, BART = 6, CARL = 7, DORA = 8, EVE = 9, FRITS = 10, STRANGER = 13, OUT_MAX = 1 << 20, DEFAULT_KILLS = 12,
	UID_FIRST = 1900100000 };

static const char *const key_names[] = { "anna", "bart", "carl", "dora", "eve", "frits", "wei", "lina", "lind", "nobody", "ines", "deep" };
static char key_dir[64];
static char public_key[ARRAY_LEN(key_names)][256];

static void run_program(const char *const *argv)
{
	const char *envp[] = { "PATH=/usr/bin:/bin", NULL };
	struct spawn run = { argv[0], argv, envp, NULL, 0 };
	int pidfd, status;
	pid_t pid;

	CHECK_INT(spawn(&run, &pid, &pidfd), 0);
	fd_close(&pidfd);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static const char *key_path(const char *name)
{
	static char path[2][128];
	static int which;

	which = !which;
	(void)snprintf(path[which], sizeof(path[which]), "%s/%s", key_dir, name);
	return path[which];
}

/* "ssh-ed25519 AAAA..." */
static const char *key_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(key_names); i++)
		if (strcmp(key_names[i], name) == 0)
			return public_key[i];
	test_fail(__FILE__, __LINE__, "no key is called %s", name);
}

static void read_public(size_t i)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd line, kind, blob;
	char path[160];

	(void)snprintf(path, sizeof(path), "%s.pub", key_path(key_names[i]));
	buf_init(&b, 1024);
	CHECK_INT(fd_read_file(AT_FDCWD, path, &b), 0);
	line = buf_rd(&b);
	CHECK(rd_token(&line, &kind) && rd_token(&line, &blob));
	(void)snprintf(public_key[i], sizeof(public_key[i]), "%.*s %.*s", (int)kind.len, (const char *)kind.p, (int)blob.len,
	    (const char *)blob.p);
}

static char recipient[2][80]; /* of anna and bart */

/* An age key, whose public half age-keygen writes into a comment. */
static void make_seal(size_t i)
{
	AUTO(buf_done) struct buf b = { 0 };
	char path[160];
	struct rd all, line;

	(void)snprintf(path, sizeof(path), "%s/age-%s", key_dir, key_names[i]);
	const char *argv[] = { "/usr/bin/age-keygen", "-o", path, NULL };
	run_program(argv);
	buf_init(&b, 4096);
	CHECK_INT(fd_read_file(AT_FDCWD, path, &b), 0);
	all = buf_rd(&b);
	while (rd_until(&all, '\n', &line))
		if (rd_word(&line, "# public key: "))
			(void)snprintf(recipient[i], sizeof(recipient[i]), "%.*s", (int)line.len, (const char *)line.p);
	CHECK(recipient[i][0]);
}

static void make_keys(void)
{
	if (key_dir[0])
		return;
	(void)snprintf(key_dir, sizeof(key_dir), "/tmp/slagboom-keys-XXXXXX");
	CHECK(mkdtemp(key_dir) && chmod(key_dir, 0711) == 0);
	for (size_t i = 0; i < ARRAY_LEN(key_names); i++) {
		const char *argv[] = { "/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key_path(key_names[i]), NULL };
		run_program(argv);
		/* Any officer may try any key: what counts is whose it is. */
		CHECK(chmod(key_path(key_names[i]), 0600) == 0);
		read_public(i);
	}
	make_seal(0);
	make_seal(1);
}

__attribute__((destructor)) static void leave_nothing(void)
{
	char path[160];

	for (size_t i = 0; key_dir[0] && i < ARRAY_LEN(key_names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", key_dir, key_names[i]);
		(void)unlink(path);
		(void)snprintf(path, sizeof(path), "%s/%s.pub", key_dir, key_names[i]);
		(void)unlink(path);
		(void)snprintf(path, sizeof(path), "%s/age-%s", key_dir, key_names[i]);
		(void)unlink(path);
	}
	if (key_dir[0])
		(void)rmdir(key_dir);
}

static const char *policy_text(const char *clear, const char *more)
{
	static char text[65536];
	int n;

	make_keys();
	n = snprintf(text, sizeof(text),
	    "operator \"Kustnet B.V.\" in NL adequate NL\n"
	    "supplier meridian \"Meridian Networks B.V.\" in NL controlled-from NL\n"
	    "supplier nordlink \"Nordlink AB\" in NL controlled-from NL\n"
	    "engineer wei.zhang of meridian screened-until 2099-01-01 key \"%s\"\n"
	    "engineer li.na of meridian screened-until 2099-01-01 key \"%s\"\n"
	    "engineer anna.lind of nordlink screened-until 2020-01-01 key \"%s\"\n"
	    "officer anna role approver, administrator login \"games\" key \"%s\" seal \"%s\"\n"
	    "officer bart role approver, administrator, watcher login \"#6\" key \"%s\" seal \"%s\"\n"
	    "officer carl role approver until 2020-01-01 login \"lp\" key \"%s\"\n"
	    "officer dora role approver of nordlink login \"#8\" key \"%s\"\n"
	    "officer eve role watcher login \"news\" key \"%s\"\n"
	    "officer frits role auditor login \"#10\" key \"%s\"\n"
	    "site lab in NL network 192.0.2.0/24\n"
	    "asset hlr1 telnet 127.0.0.1:4258 dialect osmocom-vty holds subscribers\n"
	    "asset crm postgres 127.0.0.1:5432 dialect sql holds customers\n"
	    "asset secret ssh 127.0.0.1:22 holds configuration\n"
	    "rule maintenance\n"
	    "    allow    meridian to hlr1\n"
	    "    from     site lab\n"
	    "    during   daily 00:00-24:00 Europe/Amsterdam, at most 4h\n"
	    "    approved by 2 of approver\n"
	    "    may      read-config, read-subscriber\n"
	    "    show     subscribers masked, at most %s clear\n"
	    "    opaque   at most 64KiB\n"
	    "rule support\n"
	    "    allow    nordlink to crm\n"
	    "    may      read-subscriber\n%s",
	    key_of("wei"), key_of("lina"), key_of("lind"), key_of("anna"), recipient[0], key_of("bart"), recipient[1], key_of("carl"), key_of("dora"),
	    key_of("eve"), key_of("frits"), clear, more);
	CHECK(n > 0 && (size_t)n < sizeof(text));
	return text;
}

static struct stage s;

static void begin(void)
{
	if (geteuid() != 0)
		test_skip("officers are accounts: this needs root");
	stage_init(&s, policy_text("20", ""));
	stage_start(&s);
}

/* The same with more of a policy. */
static void begin_with(const char *more)
{
	if (geteuid() != 0)
		test_skip("officers are accounts: this needs root");
	stage_init(&s, policy_text("20", more));
	stage_start(&s);
}

static void end(void)
{
	struct rd said = buf_rd(&s.spoken);

	CHECK_RD(said, rd_str(""));
	stage_done(&s);
}

/* An officer's command; its output is checked for `text`. */
#define CLI(uid, want, text, ...) \
	do { \
		static const char *const arg_[] = { __VA_ARGS__, NULL }; \
		cli(__LINE__, uid, want, text, arg_); \
	} while (0)

static struct buf last_out;

static void cli(int line, uint32_t uid, int want, const char *text, const char *const *arg)
{
	int got;

	buf_done(&last_out);
	buf_init(&last_out, OUT_MAX);
	got = stage_cli(&s, uid, &last_out, arg);
	CHECK(buf_put_u8(&last_out, 0));
	if (got != want || !strstr((const char *)buf_rd(&last_out).p, text))
		test_fail(__FILE__, line, "slagboom %s %s: status %d instead of %d, or no \"%s\": %s", arg[0], arg[1] ? arg[1] : "", got,
		    want, text, (const char *)buf_rd(&last_out).p);
}

/* The number of the only request in a state, as `grants --all` tells. */
static const char *request_number(const char *state)
{
	static char id[33];
	static const char *const arg[] = { "grants", "--all", "--json", NULL };
	char mark[64];
	const char *at, *text;

	cli(__LINE__, ANNA, 0, "\"ok\":true", arg);
	text = (const char *)buf_rd(&last_out).p;
	(void)snprintf(mark, sizeof(mark), "\"state\":\"%s\"", state);
	at = strstr(text, mark);
	if (!at)
		test_fail(__FILE__, __LINE__, "no request is %s: %s", state, text);
	/* Its id stands before its state. */
	const char *found = NULL;
	for (const char *p = text; (p = strstr(p, "\"id\":\"")) && p < at; p++)
		found = p;
	CHECK(found);
	(void)snprintf(id, sizeof(id), "%.32s", found + strlen("\"id\":\""));
	return id;
}

static bool is_state(const char *id, const char *state)
{
	const char *arg[] = { "grants", "--all", "--json", NULL };
	char mark[64];
	const char *at;

	cli(__LINE__, ANNA, 0, id, arg);
	at = strstr((const char *)buf_rd(&last_out).p, id);
	(void)snprintf(mark, sizeof(mark), "\"state\":\"%s\"", state);
	return at && strstr(at, "\"state\":") == strstr(at, mark);
}

/* `approve` of `id` from an account with a key; the key has to be the account's to read. */
static void approve(int line, uint32_t uid, const char *key, const char *id, int want, const char *text)
{
	const char *arg[] = { "approve", id, "--yes", "--key", key_path(key), NULL };

	CHECK(chown(key_path(key), uid, uid) == 0);
	cli(line, uid, want, text, arg);
}
#define APPROVE(...) approve(__LINE__, __VA_ARGS__)

/* The same with a signature made elsewhere: from an officer's account, by anybody's key. */
static void bring_as(int line, uint32_t reader, uint32_t uid, const char *key, const char *id, int want, const char *text)
{
	char path[2][160];
	const char *show[] = { "approve", id, "--text", NULL };
	FILE *f;

	(void)snprintf(path[0], sizeof(path[0]), "%s/brought", s.dir);
	(void)snprintf(path[1], sizeof(path[1]), "%s/brought.sig", s.dir);
	cli(line, reader, 0, "slagboom-grant/1", show);
	f = fopen(path[0], "w");
	CHECK(f && fwrite(buf_rd(&last_out).p, 1, last_out.len - 1, f) == last_out.len - 1 && fclose(f) == 0);
	CHECK(chown(key_path(key), 0, 0) == 0);
	const char *sign[] = { "/usr/bin/ssh-keygen", "-q", "-Y", "sign", "-n", "grant@slagboom", "-f", key_path(key), path[0], NULL };
	run_program(sign);
	CHECK(chmod(path[1], 0644) == 0);
	const char *arg[] = { "approve", id, "--signature", path[1], NULL };
	cli(line, uid, want, text, arg);
	CHECK(unlink(path[0]) == 0 && unlink(path[1]) == 0);
}
#define BRING(...) bring_as(__LINE__, ANNA, __VA_ARGS__)

static int arrive_as(const char *login, const char *key, uint32_t uid)
{
	int gate = stage_gate(&s);

	stage_hello(&s, gate, login, "192.0.2.7", key_of(key), uid);
	return gate;
}

/* li.na is the first by name: people are given their numbers in that order. */
enum { UID_LIND = UID_FIRST, UID_LINA, UID_WEI };

static int arrive(void)
{
	int gate = arrive_as("wei.zhang+hlr1", "wei", UID_WEI);
	struct stage_message m = stage_expect(&s, gate, DESK_KNOWN, false);

	stage_message_done(&m);
	return gate;
}

static void expect(int to, uint16_t type, const char *text)
{
	struct stage_message m = stage_expect(&s, to, type, true);

	CHECK(buf_put_u8(&m.body, 0));
	if (text) {
		struct rd r = buf_rd(&m.body);
		bool found = false;
		for (size_t i = 0; i + strlen(text) <= r.len && !found; i++) {
			struct rd part;
			CHECK(rd_slice(&r, i, strlen(text), &part));
			found = rd_is(&part, text);
		}
		if (!found)
			test_fail(__FILE__, __LINE__, "message %u does not say '%s'", type, text);
	}
	stage_message_done(&m);
}

static const char *const no_rule = "No rule of the operator lets you in there";

TEST(strangers_are_sent_away)
{
	begin();
	static const struct { const char *login, *key; uint32_t uid; } who[] = {
		{ "mallory", "wei", UID_WEI }, { "", "wei", UID_WEI }, { "wei.zhang", "lina", UID_WEI },
		{ "wei.zhang", "nobody", UID_WEI }, { "wei.zhang", "wei", UID_LINA }, { "wei.zhang", "wei", 0 },
		{ "anna", "anna", UID_WEI }, { "meridian", "wei", UID_WEI }, { "wei.zhang\nli.na", "wei", UID_WEI },
		{ "../wei.zhang", "wei", UID_WEI }, { "wei.zhang:hlr1", "wei", UID_WEI }, { "-wei.zhang", "wei", UID_WEI },
	};
	for (size_t i = 0; i < ARRAY_LEN(who); i++) {
		int gate = arrive_as(who[i].login, who[i].key, who[i].uid);
		expect(gate, DESK_UNKNOWN, "does not know you");
		stage_open(&s, gate, 1, "hlr1", "x", "CHG-1");
		CHECK(stage_is_closed(&s, gate)); /* who was refused says nothing more */
	}
	stage_until(&s, "engineer.unknown", (int)ARRAY_LEN(who));
	CHECK_INT(stage_n_events(&s, "request.made"), 0);
	end();
}

TEST(a_gate_that_breaks_the_protocol_loses_its_link)
{
	begin();
	int gate = stage_gate(&s);
	stage_open(&s, gate, 1, "hlr1", "x", "CHG-1"); /* before hello */
	CHECK(stage_is_closed(&s, gate));
	gate = arrive();
	stage_open(&s, gate, 0, "hlr1", "x", "CHG-1"); /* a session is numbered from 1 */
	CHECK(stage_is_closed(&s, gate));
	gate = arrive();
	stage_send(&s, gate, DESK_JUDGE, rd_str("short"));
	CHECK(stage_is_closed(&s, gate));
	gate = arrive();
	stage_hello(&s, gate, "li.na", "192.0.2.7", key_of("lina"), UID_LINA); /* twice */
	CHECK(stage_is_closed(&s, gate));
	end();
}

/* Nobody learns what there is: what he may not have and what does not exist is the same. */
TEST(what_is_not_permitted_and_what_does_not_exist_look_alike)
{
	begin();
	int gate = arrive();
	static const char *const assets[] = { "crm", "secret", "hlr9", "", "../x" };
	for (uint32_t i = 0; i < ARRAY_LEN(assets); i++) {
		stage_open(&s, gate, i + 1, assets[i], "x", "CHG-1");
		struct stage_message m = stage_expect(&s, gate, DESK_REFUSED, false);
		struct rd r = buf_rd(&m.body), text;
		uint32_t n;
		CHECK(rd_u32(&r, &n) && rd_part16(&r, DESK_TEXT_MAX, &text) && r.len == 0);
		CHECK_U64(n, i + 1);
		CHECK_RD(text, rd_str("No rule of the operator lets you in there, now and from where you are."));
		stage_message_done(&m);
	}
	/* From elsewhere, and with papers that are over. */
	gate = stage_gate(&s);
	stage_hello(&s, gate, "wei.zhang", "198.51.100.7", key_of("wei"), UID_WEI);
	stage_open(&s, gate, 1, "hlr1", "x", "CHG-1");
	expect(gate, DESK_REFUSED, no_rule);
	gate = arrive_as("anna.lind", "lind", UID_LIND);
	stage_open(&s, gate, 1, "crm", "x", "CHG-1");
	expect(gate, DESK_REFUSED, "screening");
	stage_open(&s, gate, 2, "secret", "x", "CHG-1"); /* which asks for more papers, and is not told apart by that */
	expect(gate, DESK_REFUSED, no_rule);
	stage_open(&s, gate, 3, "hlr9", "x", "CHG-1");
	expect(gate, DESK_REFUSED, no_rule);
	end();
}

static void send_purpose(int gate, const char *purpose, const char *ticket)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 4096);
	struct wr w = wr_to(&b);
	wr_u32(&w, 1);
	wr_part16(&w, rd_str(purpose));
	wr_part16(&w, rd_str(ticket));
	stage_send(&s, gate, DESK_PURPOSE, buf_rd(&b));
}

static uint8_t asked(int gate)
{
	struct stage_message m = stage_expect(&s, gate, DESK_ASKS, true);
	struct rd r = buf_rd(&m.body);
	uint32_t n;
	uint8_t what;

	CHECK(rd_u32(&r, &n) && rd_u8(&r, &what) && r.len == 0);
	stage_message_done(&m);
	return what;
}

static void leave(int gate, uint32_t n)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 8);
	struct wr w = wr_to(&b);
	wr_u32(&w, n);
	stage_send(&s, gate, DESK_LEAVE, buf_rd(&b));
}

TEST(purpose_and_ticket)
{
	begin();
	int gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "", "");
	CHECK_INT(asked(gate), 3);
	send_purpose(gate, "replace the card in rack 3", "");
	CHECK_INT(asked(gate), 2);
	send_purpose(gate, "", "0612345678"); /* a number is no ticket, and both are asked again */
	CHECK_INT(asked(gate), 3);
	send_purpose(gate, "why is +31 6 12 34 56 78 not reachable", "CHG-1");
	CHECK_INT(asked(gate), 3);
	send_purpose(gate, "two\nlines", "CHG-1");
	CHECK_INT(asked(gate), 3);
	send_purpose(gate, "replace the card in rack 3", "INC0012345");
	expect(gate, DESK_TEXT, "It goes on by itself when approved. Ctrl-C leaves.");
	CLI(ANNA, 0, "INC0012345", "requests");
	stage_until(&s, "request.made", 1);
	CHECK_INT(stage_n_events(&s, "desk.left"), 0);
	leave(gate, 1);
	stage_until(&s, "desk.left", 1);
	stage_open(&s, gate, 1, "hlr1", "replace the card in rack 3", "INC0012345"); /* its number is free again */
	expect(gate, DESK_TEXT, "0 of 2 approvals. Asked: anna, bart.");
	end();
}

static struct desk_granted granted_of(struct stage_message *m)
{
	struct desk_granted g;
	struct rd r = buf_rd(&m->body);
	uint32_t n;

	CHECK(rd_u32(&r, &n) && desk_granted_read(&r, &g) && r.len == 0 && m->fd >= 0);
	return g;
}

/* The last verdict's class and words. */
static char verdict_class[DESK_NAME_MAX + 1], verdict_text[DESK_REASON_MAX + 1];

static void keep_text(struct rd *r, char *out, size_t max)
{
	struct rd text;

	memset(out, 0, max + 1);
	CHECK(rd_part16(r, max, &text) && rd_copy(&text, (uint8_t *)out, text.len));
}

static uint8_t judge_range(int gate, const char *act, const char *command, bool has_range)
{
	AUTO(buf_done) struct buf b = { 0 };
	static uint32_t id;
	struct desk_judge j = { .id = ++id, .act = rd_str(act), .command = rd_str(command), .has_range = has_range };
	struct stage_message m;
	uint32_t n, got;
	uint8_t verdict;

	buf_init(&b, 16384);
	struct wr w = wr_to(&b);
	wr_u32(&w, 1);
	desk_judge_write(&w, &j);
	stage_send(&s, gate, DESK_JUDGE, buf_rd(&b));
	m = stage_expect(&s, gate, DESK_VERDICT, true);
	struct rd r = buf_rd(&m.body);
	CHECK(rd_u32(&r, &n) && rd_u32(&r, &got) && got == id && rd_u8(&r, &verdict));
	keep_text(&r, verdict_class, DESK_NAME_MAX);
	keep_text(&r, verdict_text, DESK_REASON_MAX);
	CHECK(r.len == 0);
	stage_message_done(&m);
	return verdict;
}

static uint8_t judge(int gate, const char *act, const char *command)
{
	return judge_range(gate, act, command, false);
}

static void send_counts(int gate, uint16_t type, uint64_t persons, uint64_t opaque)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct desk_counts c = { .persons = persons, .opaque = opaque, .ceiling = persons + 2 };

	buf_init(&b, 4096);
	struct wr w = wr_to(&b);
	wr_u32(&w, 1);
	desk_counts_write(&w, &c);
	if (type == DESK_CLOSED) {
		wr_part16(&w, rd_str("the engineer left"));
		wr_part16(&w, rd_str("engineer"));
		wr_u64(&w, 4711);
	}
	stage_send(&s, gate, type, buf_rd(&b));
}

static void ask_more(int gate, uint32_t n, uint64_t persons, uint64_t opaque)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 64);
	struct wr w = wr_to(&b);
	wr_u32(&w, n);
	wr_u8(&w, DESK_MORE_FILE);
	wr_u64(&w, persons);
	wr_u64(&w, opaque);
	stage_send(&s, gate, DESK_MORE, buf_rd(&b));
}

static struct slice raised(int gate, uint32_t n, uint64_t persons, uint64_t opaque)
{
	struct stage_message m;
	struct slice to = { 0, 0 };
	uint32_t got;
	uint8_t what;

	ask_more(gate, n, persons, opaque);
	m = stage_expect(&s, gate, DESK_RAISED, true);
	struct rd r = buf_rd(&m.body);
	CHECK(rd_u32(&r, &got) && got == n && rd_u8(&r, &what) && what == DESK_MORE_FILE && rd_u64(&r, &to.persons) &&
	    rd_u64(&r, &to.opaque) && r.len == 0);
	stage_message_done(&m);
	return to;
}

/* It asks to come to so much, and may then come to `to_persons` and `to_opaque`. */
static void check_raised(int gate, uint32_t n, uint64_t persons, uint64_t opaque, uint64_t to_persons, uint64_t to_opaque)
{
	const struct slice to = raised(gate, n, persons, opaque);

	CHECK_U64(to.persons, to_persons);
	CHECK_U64(to.opaque, to_opaque);
}

/* Asks, and has it approved by both; the gate has its link. */
static int admitted(void)
{
	int gate = arrive();
	struct stage_message m;

	stage_open(&s, gate, 1, "hlr1", "replace the card", "CHG-1");
	expect(gate, DESK_TEXT, "0 of 2");
	const char *id = request_number("waiting");
	APPROVE(ANNA, "anna", id, 0, "anna approved: 1 of 2");
	expect(gate, DESK_TEXT, "1 of 2 approvals. Asked: bart.");
	APPROVE(BART, "bart", id, 0, "it is granted");
	m = stage_expect(&s, gate, DESK_GRANTED, true);
	stage_message_done(&m);
	return gate;
}

TEST(two_approve_and_the_session_goes_on)
{
	begin();
	int gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "replace the card", "CHG-1");
	expect(gate, DESK_TEXT, "0 of 2");
	const char *id = request_number("waiting");
	APPROVE(ANNA, "anna", id, 0, "anna approved: 1 of 2");
	CHECK(!stage_has(&s, gate, DESK_GRANTED, 100));
	APPROVE(BART, "bart", id, 0, "bart approved: 2 of 2; it is granted");
	struct stage_message m = stage_expect(&s, gate, DESK_GRANTED, true), e = stage_expect(&s, STAGE_DOOR, DOOR_EDGE, true);
	struct desk_granted g = granted_of(&m);
	struct door_edge edge;
	struct rd r = buf_rd(&e.body);
	CHECK(door_edge_read(&r, &edge) && r.len == 0 && e.fd >= 0);
	CHECK_RD(edge.gate, rd_str("gate-0"));
	CHECK_RD(edge.address, rd_str("127.0.0.1:4258"));
	CHECK_RD(g.grant, rd_str(id));
	CHECK_RD(g.rule, rd_str("maintenance"));
	CHECK_U64(g.most_clear, 2); /* its slice */
	CHECK_U64(g.most_opaque, 8192);
	CHECK_U64(g.all_clear, 20);
	CHECK_U64(g.all_opaque, 65536);
	static const uint8_t no_hash[DESK_HASH_LEN];
	struct rd none = rd_of(no_hash, sizeof(no_hash));
	CHECK(g.policy.len == DESK_HASH_LEN && !rd_equal(&g.policy, &none));
	CHECK(g.mask && g.holds_subscribers && !g.is_intercept);
	/* The two ends are one link. */
	CHECK(write(m.fd, "x", 1) == 1);
	char c;
	CHECK(read(e.fd, &c, 1) == 1 && c == 'x');
	stage_message_done(&m);
	stage_message_done(&e);
	CHECK_INT(judge(gate, "line", "show running-config"), 1);
	CHECK_RD(rd_str(verdict_class), rd_str("read-config"));
	CHECK_RD(rd_str(verdict_text), rd_str("maintenance"));
	CHECK_INT(judge(gate, "line", "show subscriber imsi 999700000000042"), 0); /* credential too */
	CHECK_RD(rd_str(verdict_class), rd_str("credential"));
	CHECK_RD(rd_str(verdict_text),
	    rd_str("show subscriber imsi 999700000000042 is credential; your grant has read-config, read-subscriber"));
	CHECK_INT(judge(gate, "line", "make me a sandwich"), 0);
	CHECK_RD(rd_str(verdict_class), rd_str("unknown"));
	CHECK_RD(rd_str(verdict_text),
	    rd_str("make me a sandwich: no pattern of the policy knows it; your grant has read-config, read-subscriber"));
	/* Whatever he types, one line of bounded length comes back. */
	CHECK_INT(judge(gate, "line", "make \x1b[2J\r\n me"), 0);
	CHECK(!strpbrk(verdict_text, "\x1b\r\n"));
	char longest[4001];
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	CHECK_INT(judge(gate, "line", longest), 0);
	CHECK(strstr(verdict_text, "xxx...: no pattern"));
	/* Of a line that was not seen whole, what a shell is needed for; of a range, what many rows are. */
	CHECK_INT(judge_range(gate, "typed", "show version", true), 0);
	CHECK_RD(rd_str(verdict_class), rd_str("shell-escape"));
	CHECK_RD(rd_str(verdict_text), rd_str("show version, with keys that the gate cannot follow (Tab, arrows, a paste), is shell-escape; "
	    "your grant has read-config, read-subscriber"));
	CHECK_INT(judge_range(gate, "line", "show version", true), 0);
	CHECK_RD(rd_str(verdict_class), rd_str("bulk-export"));
	CHECK_INT(judge(gate, "line", "configure terminal"), 0);
	CHECK_INT(judge(gate, "shell", "id"), 0);
	CHECK_INT(judge(gate, "read-file", ""), 0);
	CHECK_INT(judge(gate, "fly", "show running-config"), 0);
	check_raised(gate, 1, 3, 100, 3 + 17 / 8, 8192);
	send_counts(gate, DESK_CLOSED, 3, 100);
	expect(gate, DESK_RECEIPT, "persons 3\nceiling 5\nopaque 100\n");
	stage_until(&s, "approval.given", 2);
	stage_until(&s, "grant.given", 1);
	stage_until(&s, "desk.receipt", 1);
	/* The grant stands: the next one is let in at once, with what is left. */
	stage_open(&s, gate, 2, "hlr1", "", "");
	m = stage_expect(&s, gate, DESK_GRANTED, true);
	g = granted_of(&m);
	CHECK_U64(g.most_clear, 17 / 8);
	CHECK_U64(g.most_opaque, 65436 / 8);
	stage_message_done(&m);
	/* Beside it, another has something too, and each gets what the other may not still use. */
	stage_open(&s, gate, 3, "hlr1", "", "");
	m = stage_expect(&s, gate, DESK_GRANTED, true);
	g = granted_of(&m);
	CHECK_U64(g.most_clear, 15 / 8);
	CHECK_U64(g.most_opaque, (65436 - 65436 / 8) / 8);
	stage_message_done(&m);
	check_raised(gate, 2, 17, 0, 2, 8179); /* one is the other's */
	check_raised(gate, 2, 16, 0, 16, 8179);
	check_raised(gate, 3, 2, 0, 1, 7157);
	check_raised(gate, 3, 1, 65436 - 8179, 1, 65436 - 8179);
	check_raised(gate, 2, 16, 8180, 16, 8179);
	end();
}

static int n_findings(void)
{
	return stage_n_events(&s, "approval.refused");
}

TEST(approvals_that_do_not_count)
{
	begin();
	int gate = arrive(), other = arrive_as("li.na", "lina", UID_LINA), before;
	char first[33], path[160];
	stage_open(&s, gate, 1, "hlr1", "replace the card", "CHG-1");
	expect(gate, DESK_TEXT, "0 of 2");
	(void)snprintf(first, sizeof(first), "%s", request_number("waiting"));
	BRING(ANNA, "wei", first, 1, "nobody approves for himself");
	BRING(ANNA, "lina", first, 1, "no supplier approves");
	BRING(ANNA, "lind", first, 1, "no supplier approves");
	BRING(ANNA, "dora", first, 1, "no supplier approves");
	BRING(ANNA, "carl", first, 1, "term is over");
	BRING(ANNA, "eve", first, 1, "roles do not approve");
	BRING(ANNA, "nobody", first, 1, "nobody has this key");
	CHECK_INT(n_findings(), 7);
	/* Who is no officer, or not one who may, does not come so far. */
	APPROVE(CARL, "carl", first, 1, "no officer's");
	APPROVE(DORA, "dora", first, 1, "no officer's");
	APPROVE(EVE, "eve", first, 1, "your roles do not give you this");
	APPROVE(FRITS, "frits", first, 1, "your roles do not give you this");
	APPROVE(STRANGER, "nobody", first, 1, "no officer's");
	APPROVE(ANNA, "wei", first, 1, "no officer's"); /* nor does a key that proves nobody */
	CLI(0, 1, "root is no officer", "requests");
	CHECK_INT(n_findings(), 7);
	CHECK(stage_n_events(&s, "officer.refused") == 7);
	/* Once each; and the same signature again is the same officer. */
	APPROVE(ANNA, "anna", first, 0, "1 of 2");
	APPROVE(ANNA, "anna", first, 1, "the same officer approved already");
	APPROVE(BART, "anna", first, 1, "the same officer approved already");
	/* Retargeted: made for the first, brought for the second; made for another purpose. */
	stage_open(&s, other, 1, "hlr1", "look around", "CHG-2");
	expect(other, DESK_TEXT, "0 of 2");
	const char *show[] = { "approve", first, "--text", NULL };
	cli(__LINE__, BART, 0, "slagboom-grant/1", show);
	before = n_findings();
	(void)snprintf(path, sizeof(path), "%s/grant", s.dir);
	FILE *f = fopen(path, "w");
	CHECK(f && fwrite(buf_rd(&last_out).p, 1, last_out.len - 1, f) == last_out.len - 1 && fclose(f) == 0);
	const char *sign[] = { "/usr/bin/ssh-keygen", "-q", "-Y", "sign", "-n", "grant@slagboom", "-f", key_path("bart"), path, NULL };
	CHECK(chown(key_path("bart"), 0, 0) == 0);
	run_program(sign);
	(void)snprintf(path, sizeof(path), "%s/grant.sig", s.dir);
	CHECK(chmod(path, 0644) == 0);
	static const char *const list[] = { "requests", "--json", NULL };
	cli(__LINE__, ANNA, 0, "\"asset\":\"hlr1\"", list);
	char second[33] = "";
	for (const char *p = (const char *)buf_rd(&last_out).p; (p = strstr(p, "\"id\":\"")); p++)
		if (strncmp(p + 6, first, 32) != 0)
			(void)snprintf(second, sizeof(second), "%.32s", p + 6);
	CHECK(second[0]);
	const char *bring[] = { "approve", second, "--signature", path, NULL };
	cli(__LINE__, BART, 1, "does not verify", bring);
	CHECK_INT(n_findings(), before + 1);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/grant", s.dir);
	const char *elsewhere[] = { "/usr/bin/ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", key_path("bart"), path, NULL };
	run_program(elsewhere);
	(void)snprintf(path, sizeof(path), "%s/grant.sig", s.dir);
	CHECK(chmod(path, 0644) == 0);
	bring[1] = first;
	cli(__LINE__, BART, 1, "for another purpose", bring);
	f = fopen(path, "w");
	CHECK(f && fputs("-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n", f) >= 0 && fclose(f) == 0);
	cli(__LINE__, BART, 1, "cannot be read", bring);
	CHECK(!stage_has(&s, gate, DESK_GRANTED, 50) && !stage_has(&s, other, DESK_GRANTED, 50));
	/* Denied is denied. */
	CLI(ANNA, 1, "no request or grant", "deny", "ffffffff", "--why", "x");
	const char *deny[] = { "deny", second, "--why", "not now", NULL };
	cli(__LINE__, ANNA, 0, "denied", deny);
	expect(other, DESK_REFUSED, "denied");
	APPROVE(BART, "bart", second, 1, "settled before");
	CHECK(is_state(first, "waiting"));
	end();
}

TEST(ends_reach_the_session)
{
	begin();
	int gate = admitted();
	char id[33];
	(void)snprintf(id, sizeof(id), "%s", request_number("granted"));
	const char *revoke[] = { "revoke", id, "--why", "wrong element", NULL };
	cli(__LINE__, EVE, 0, "revoked", revoke);
	expect(gate, DESK_END, "the grant has ended");
	send_counts(gate, DESK_CLOSED, 0, 0);
	expect(gate, DESK_RECEIPT, "ended-by desk");
	stage_open(&s, gate, 2, "hlr1", "", "");
	CHECK_INT(asked(gate), 3);
	stage_until(&s, "grant.ended", 1);
	end();
}

TEST(a_closed_ticket_and_a_leaver_end_it)
{
	begin();
	int gate = admitted();
	CLI(BART, 0, "0 requests and grants ended", "ticket", "closed", "CHG-2");
	CLI(EVE, 1, "your roles do not give you this", "ticket", "closed", "CHG-1");
	CLI(BART, 0, "1 requests and grants ended", "ticket", "closed", "CHG-1");
	expect(gate, DESK_END, "the grant has ended");
	send_counts(gate, DESK_CLOSED, 0, 0);
	expect(gate, DESK_RECEIPT, NULL);
	/* Somebody leaves: his room goes too, and he does not come back. */
	gate = admitted();
	CLI(BART, 2, "the record is owed a reason", "roster", "remove", "wei.zhang");
	CLI(BART, 1, "no engineer or officer", "roster", "remove", "mallory", "--why", "x");
	CLI(EVE, 1, "your roles", "roster", "remove", "wei.zhang", "--why", "x");
	CLI(BART, 1, "nobody removes himself", "roster", "remove", "bart", "--why", "x");
	/* A reason that no record can have. */
	char long_why[1026];
	memset(long_why, 'x', sizeof(long_why) - 1);
	long_why[sizeof(long_why) - 1] = '\0';
	for (size_t i = 0; i < 2; i++) {
		const char *remove[] = { "roster", "remove", "wei.zhang", "--why", i == 0 ? long_why : "left\ntoday", NULL };
		cli(__LINE__, BART, 1, "say why, in one line", remove);
	}
	CLI(BART, 2, "no UTF-8", "roster", "remove", "wei.zhang", "--why", "left\xff");
	CLI(BART, 0, "removed", "roster", "remove", "wei.zhang", "--why", "left today");
	expect(gate, DESK_END, "the grant has ended");
	expect(STAGE_DOOR, DOOR_CUT, "gate-0");
	gate = arrive_as("wei.zhang", "wei", UID_WEI);
	expect(gate, DESK_UNKNOWN, NULL);
	stage_until(&s, "roster.removed", 1);
	end();
}

/* An officer who leaves takes his approvals with him. */
TEST(an_officer_who_left_has_not_approved)
{
	begin();
	int gate = admitted();
	CLI(BART, 0, "removed", "roster", "remove", "anna", "--why", "left today");
	expect(gate, DESK_END, "the grant has ended");
	CLI(ANNA, 1, "no officer's", "requests");
	end();
}

/* Also where his approval was one of those that the last one adds up with. */
TEST(an_officer_who_left_does_not_count_with_those_who_stay)
{
	char more[512], id[33];
	(void)snprintf(more, sizeof(more), "officer gerda role administrator, approver login \"#13\" key \"%s\"\n",
	    (make_keys(), key_of("nobody")));
	begin_with(more);
	int gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "replace the card", "CHG-1");
	expect(gate, DESK_TEXT, "0 of 2");
	(void)snprintf(id, sizeof(id), "%s", request_number("waiting"));
	APPROVE(ANNA, "anna", id, 0, "1 of 2");
	CLI(STRANGER, 0, "removed", "roster", "remove", "anna", "--why", "left");
	CLI(BART, 0, "\"approvals\":0,", "requests", "--json");
	APPROVE(BART, "bart", id, 0, "1 of 2");
	CHECK_INT(stage_n_events(&s, "grant.given"), 0);
	APPROVE(STRANGER, "nobody", id, 0, "2 of 2; it is granted");
	expect(gate, DESK_GRANTED, "maintenance");
	end();
}

/* The officers whom a rule asks for are gone: nobody is let in by it, and who waits is told. */
TEST(a_rule_with_no_approvers_left)
{
	char id[33];
	begin_with("officer gerda role administrator login \"#13\"\n");
	int gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "replace the card", "CHG-1");
	expect(gate, DESK_TEXT, "Asked: anna, bart.");
	(void)snprintf(id, sizeof(id), "%s", request_number("waiting"));
	CLI(STRANGER, 0, "removed", "roster", "remove", "bart", "--why", "left");
	CLI(ANNA, 1, "nobody removes himself", "roster", "remove", "anna", "--why", "left");
	APPROVE(ANNA, "anna", id, 0, "1 of 2");
	expect(gate, DESK_TEXT, "Asked: nobody");
	BRING(ANNA, "bart", id, 1, "term is over");
	CLI(STRANGER, 0, "removed", "roster", "remove", "anna", "--why", "left");
	CHECK(!stage_has(&s, gate, DESK_GRANTED, 50));
	gate = arrive_as("li.na", "lina", UID_LINA);
	stage_open(&s, gate, 1, "hlr1", "look", "CHG-2");
	expect(gate, DESK_TEXT, "0 of 2 approvals. Asked: nobody");
	end();
}

static void write_policy(const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/new.policy", s.dir);
	f = fopen(path, "w");
	CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0 && chmod(path, 0644) == 0);
}

static const char *proposed_hash(void)
{
	static char hash[65];
	const char *text, *at;

	CLI(ANNA, 0, "proposed", "policy", "show", "--json");
	text = (const char *)buf_rd(&last_out).p;
	at = strstr(text, "\"hash\":\"");
	CHECK(at);
	(void)snprintf(hash, sizeof(hash), "%.64s", at + strlen("\"hash\":\""));
	return hash;
}

TEST(a_policy_needs_two_administrators_and_judges_who_is_in)
{
	begin();
	int gate = admitted(), waiting = arrive_as("li.na", "lina", UID_LINA);
	char path[128];
	stage_open(&s, waiting, 1, "hlr1", "look around", "CHG-7");
	expect(waiting, DESK_TEXT, "0 of 2");
	(void)snprintf(path, sizeof(path), "%s/new.policy", s.dir);
	const char *load[] = { "policy", "load", path, NULL };
	write_policy("operator \"K\n");
	cli(__LINE__, ANNA, 2, "has errors", load);
	write_policy(policy_text("20", ""));
	cli(__LINE__, ANNA, 1, "in force already", load);
	cli(__LINE__, EVE, 1, "your roles", load);
	write_policy(policy_text("20", "deny wei.zhang to hlr1\n"));
	cli(__LINE__, ANNA, 0, "newly refused", load);
	char hash[65];
	(void)snprintf(hash, sizeof(hash), "%s", proposed_hash());
	const char *confirm[] = { "policy", "confirm", hash, NULL };
	cli(__LINE__, ANNA, 1, "another administrator", confirm);
	CHECK(!stage_has(&s, gate, DESK_END, 50));
	cli(__LINE__, BART, 0, "in force", confirm);
	expect(gate, DESK_END, "the policy does not allow it any more");
	expect(waiting, DESK_REFUSED, "the policy changed");
	stage_until(&s, "policy.loaded", 2);
	stage_until(&s, "policy.proposed", 1);
	/* It is in force after a restart, whatever was first. */
	stage_kill(&s);
	stage_start(&s);
	gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "again", "CHG-1");
	expect(gate, DESK_REFUSED, no_rule);
	end();
}

/* What a library does for many only, the belts have to know too. */
TEST(many_engineers_and_many_hours)
{
	static char more[32768];
	char path[128];
	size_t n = 0;

	begin();
	for (int i = 0; i < 200; i++)
		n += (size_t)snprintf(more + n, sizeof(more) - n, "engineer x%d of meridian screened-until 2099-01-01\n", i);
	(void)snprintf(path, sizeof(path), "%s/new.policy", s.dir);
	const char *load[] = { "policy", "load", path, NULL };
	write_policy(policy_text("20", more));
	cli(__LINE__, ANNA, 0, "another administrator", load);
	const char *confirm[] = { "policy", "confirm", proposed_hash(), NULL };
	cli(__LINE__, BART, 0, "in force", confirm);
	(void)admitted();
	end();
}

/* A change is not smaller for being long; and the beginning of a hash is not the hash. */
TEST(a_change_too_long_to_show_says_so)
{
	char path[128], part[65];
	FILE *f;

	begin();
	(void)snprintf(path, sizeof(path), "%s/new.policy", s.dir);
	const char *load[] = { "policy", "load", path, NULL };
	write_policy(policy_text("20", ""));
	f = fopen(path, "a");
	CHECK(f);
	for (int i = 0; i < 20000; i++)
		CHECK(fprintf(f, "engineer x%d of meridian screened-until 2099-01-01\n", i) > 0);
	CHECK(fclose(f) == 0);
	cli(__LINE__, ANNA, 0, "... and more than can be shown here", load);
	CHECK(strstr((const char *)buf_rd(&last_out).p, "said anew:\n    engineer x0 of"));
	(void)snprintf(part, sizeof(part), "%.63s", proposed_hash());
	const char *confirm[] = { "policy", "confirm", part, NULL };
	cli(__LINE__, BART, 1, "all 64 digits", confirm);
	end();
}

/* What officers may write anywhere. */
static const char *odd_words(uint64_t which, const char *id)
{
	static char x_long[OFFICER_ARG_MAX + 1], accents[1400];
	static const char *const words[] = { "", "hlr1", "anna", "wei.zhang", "a\nb\x1b[2J", "2026-01-01T00:00:00Z", "terminal", "CHG-1",
		"\"{}[", "a b", "-", "000000", "secret", "support", "192.0.2.7", "all" };

	memset(x_long, 'x', sizeof(x_long) - 1);
	for (size_t i = 0; i + 2 < sizeof(accents); i += 2)
		(void)snprintf(accents + i, 3, "\xc3\xa9");
	return which == 0 ? id : which == 1 ? x_long : which == 2 ? accents : words[which % ARRAY_LEN(words)];
}

/* One question, and whatever comes of it. */
static void ask_oddly(enum officer_verb verb, const char *id)
{
	AUTO(buf_done) struct buf b = { 0 };
	AUTO(fd_close) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct officer_ask ask = { .verb = verb, .n = (uint32_t)test_below(OFFICER_ARGS_MAX + 1) };
	uint8_t in[2];

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s/desk.socket", s.dir);
	CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	for (uint32_t i = 0; i < ask.n; i++)
		ask.arg[i] = rd_str(odd_words(test_below(20), id));
	buf_init(&b, 1 << 16);
	struct wr w = wr_to(&b);
	wr_u16(&w, OFFICER_ASK);
	officer_ask_write(&w, &ask);
	CHECK(wr_ok(&w) && fd_write_all(fd, buf_rd(&b)) == 0);
	while (recv(fd, in, sizeof(in), 0) == sizeof(in) && !(in[0] == 0 && in[1] == OFFICER_END))
		;
}

/* Each verb, by one who may ask it all, with what it does not expect: the desk goes on. */
TEST(no_question_ends_the_desk)
{
	char more[512], id[33];
	int status = 0;

	make_keys();
	(void)snprintf(more, sizeof(more), "officer gerda role administrator, approver, watcher, keeper, intercept-officer login \"#13\" seal"
	    " \"%s\"\n", recipient[0]);
	begin_with(more);
	int gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "replace the card", "CHG-1");
	expect(gate, DESK_TEXT, "0 of 2");
	(void)snprintf(id, sizeof(id), "%s", request_number("waiting"));
	pid_t pid = fork();
	if (pid == 0) {
		if (setresgid(STRANGER, STRANGER, STRANGER) < 0 || setresuid(STRANGER, STRANGER, STRANGER) < 0)
			_exit(1);
		for (int i = 0; i < 10 * (VERB_N - 1); i++)
			ask_oddly((enum officer_verb)(1 + i % (VERB_N - 1)), id);
		_exit(0);
	}
	CHECK(pid > 0);
	while (waitpid(pid, &status, WNOHANG) == 0)
		stage_pump(&s, 5);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CLI(STRANGER, 0, "", "sessions");
	end();
}

/* Where no transfer is allowed nobody is shown, whatever an asset is said to hold. */
TEST(nobody_is_shown_without_a_transfer_basis)
{
	static const char rule[] = "supplier far \"Far Ltd\" in CN controlled-from CN%s\n"
	    "engineer jan.deep of far screened-until 2099-01-01 key \"%s\"\n"
	    "rule abroad\n    allow    far to secret\n    may      read-config\n    show     subscribers masked, at most 16 clear\n";
	static const uint64_t most[] = { 0, 16 };

	for (int i = 0; i < 2; i++) {
		char more[1024], id[33];
		make_keys();
		(void)snprintf(more, sizeof(more), rule, i ? " transfer-basis \"SCC 2026\"" : "", key_of("deep"));
		begin_with(more);
		int gate = arrive_as("jan.deep", "deep", UID_FIRST + 1);
		stage_open(&s, gate, 1, "secret", "replace the card", "CHG-1");
		expect(gate, DESK_TEXT, "0 of 1");
		(void)snprintf(id, sizeof(id), "%s", request_number("waiting"));
		APPROVE(ANNA, "anna", id, 0, "1 of 1");
		struct stage_message m = stage_expect(&s, gate, DESK_GRANTED, true);
		CHECK_U64(granted_of(&m).all_clear, most[i]);
		stage_message_done(&m);
		end();
	}
}

/* The session asks whether it may come to so many. */
static void send_over(int gate, uint64_t persons)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 256);
	struct wr w = wr_to(&b);
	wr_u32(&w, 1);
	wr_u8(&w, DESK_OVER_PERSONS);
	wr_u64(&w, persons);
	wr_u64(&w, 65536);
	wr_part16(&w, rd_str("21st"));
	stage_send(&s, gate, DESK_OVER, buf_rd(&b));
	stage_pump(&s, 50);
}

/* An officer's answer, and that it lets nobody more be shown than the rule. */
static void expect_limits(int gate, bool allowed, uint64_t most)
{
	struct stage_message m = stage_expect(&s, gate, DESK_LIMITS, true);
	struct rd r = buf_rd(&m.body);
	uint64_t persons;
	uint32_t n;
	uint8_t is;

	CHECK(rd_u32(&r, &n) && rd_u8(&r, &is) && is == allowed && rd_u64(&r, &persons) && persons == most);
	stage_message_done(&m);
}

TEST(counters_and_limits)
{
	begin();
	int gate = admitted();
	check_raised(gate, 1, 20, 65536, 20, 65536);
	send_counts(gate, DESK_COUNTS, 20, 65536);
	CHECK(!stage_has(&s, gate, DESK_END, 50));
	send_over(gate, 21);
	CLI(EVE, 0, "persons", "sessions");
	CLI(EVE, 0, "wei.zhang", "sessions", "--json");
	const char *at = strstr((const char *)buf_rd(&last_out).p, "\"id\":\"");
	char id[33];
	CHECK(at);
	(void)snprintf(id, sizeof(id), "%.32s", at + 6);
	const char *allow[] = { "allow", id, NULL }, *deny[] = { "allow", id, "--no", NULL }, *hold[] = { "hold", id, NULL }, *resume[] = { "resume", id, NULL },
		   *stop[] = { "end", id, "--why", "enough", NULL };
	cli(__LINE__, EVE, 1, "your roles", allow);
	cli(__LINE__, ANNA, 1, "no more left", allow);
	CLI(EVE, 0, "persons", "sessions"); /* it waits on */
	cli(__LINE__, ANNA, 0, "it does not", deny);
	expect_limits(gate, false, 20);
	send_over(gate, 20); /* what others gave back makes it so many, say */
	cli(__LINE__, ANNA, 0, "goes on", allow);
	expect_limits(gate, true, 20); /* never more */
	cli(__LINE__, ANNA, 1, "waits for no answer", allow);
	cli(__LINE__, FRITS, 1, "your roles", hold);
	cli(__LINE__, EVE, 0, "held", hold);
	expect(gate, DESK_HOLD, "eve");
	CHECK_INT(judge(gate, "line", "show running-config"), 0);
	cli(__LINE__, EVE, 0, "goes on", resume);
	expect(gate, DESK_HOLD, "eve");
	CHECK_INT(judge(gate, "line", "show running-config"), 1);
	cli(__LINE__, EVE, 0, "ended", stop);
	expect(gate, DESK_END, "enough");
	/* A gate that shows more than it was given, and one whose counters shrink. */
	send_counts(gate, DESK_CLOSED, 20, 65536);
	expect(gate, DESK_RECEIPT, "ended-by eve");
	stage_kill(&s);
	stage_start(&s);
	gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "", "");
	struct stage_message m = stage_expect(&s, gate, DESK_GRANTED, true);
	CHECK_U64(granted_of(&m).most_clear, 0); /* all of it was used */
	stage_message_done(&m);
	send_counts(gate, DESK_COUNTS, 1, 0);
	expect(gate, DESK_END, "more was shown than the grant allows");
	send_counts(gate, DESK_COUNTS, 0, 0);
	CHECK(stage_is_closed(&s, gate));
	end();
}

/* A room that is gone has shown all that it was allowed to: its slice, and no more of the grant. */
TEST(a_lost_session_counts_in_full)
{
	begin();
	int gate = admitted();
	check_raised(gate, 1, 12, 0, 13, 8192);
	fd_close(&s.gate[gate]);
	stage_pump(&s, 50);
	gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "", "");
	struct stage_message m = stage_expect(&s, gate, DESK_GRANTED, true);
	CHECK_U64(granted_of(&m).most_clear, 1);
	CHECK_U64(granted_of(&m).most_opaque, (65536 - 8192) / 8);
	stage_message_done(&m);
	check_raised(gate, 1, 8, 0, 1, 7168); /* of 20, 13 are gone */
	check_raised(gate, 1, 7, 65536 - 8192, 7, 65536 - 8192);
	/* And so when the desk itself was gone. */
	stage_kill(&s);
	stage_start(&s);
	gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "", "");
	m = stage_expect(&s, gate, DESK_GRANTED, true);
	CHECK_U64(granted_of(&m).most_clear, 0);
	CHECK_U64(granted_of(&m).most_opaque, 0);
	stage_message_done(&m);
	check_raised(gate, 1, 1, 1, 0, 0); /* who began masked stays so */
	end();
}

TEST(who_asks_for_more_gets_no_more_than_is_left)
{
	begin();
	int gate = admitted();
	check_raised(gate, 1, UINT64_MAX, 0, 2, 8192);
	check_raised(gate, 1, 0, UINT64_MAX, 2, 8192);
	check_raised(gate, 1, 0, 0, 2, 8192);
	check_raised(gate, 1, 21, 0, 2, 8192);
	/* Of none there is nothing to be raised, and what is more than was given ends it. */
	ask_more(gate, 7, 1, 1);
	CHECK(!stage_has(&s, gate, DESK_RAISED, 50));
	send_counts(gate, DESK_COUNTS, 3, 0);
	expect(gate, DESK_END, "more was shown than the grant allows");
	ask_more(gate, 1, 20, 0);
	CHECK(!stage_has(&s, gate, DESK_RAISED, 50));
	CHECK_INT(stage_n_events(&s, "desk.limit"), 0); /* no officer had to do with any of it */
	end();
}

/* Rooms open, ask, close and are lost in any order; a model beside them knows what each may show. */
TEST(never_more_than_the_grant_in_any_order)
{
	enum { ROOMS = 4, STEPS = 120 };
	struct { int gate; struct slice may; bool live; } room[ROOMS] = { { 0 } };
	struct slice gone = { 0, 0 };
	struct stage_message m;

	begin();
	room[0].gate = admitted();
	room[0].may = (struct slice){ 2, 8192 };
	room[0].live = true;
	for (int step = 0; step < STEPS; step++) {
		size_t i = test_random() % ROOMS;
		struct slice all = gone, used = { 0, 0 };
		uint64_t what = test_random() % 12;
		if (!room[i].live) {
			room[i].gate = arrive();
			stage_open(&s, room[i].gate, 1, "hlr1", "", "");
			m = stage_expect(&s, room[i].gate, DESK_GRANTED, true);
			struct desk_granted g = granted_of(&m);
			room[i].may = (struct slice){ g.most_clear, g.most_opaque };
			room[i].live = true;
			stage_message_done(&m);
		} else if (what < 8) {
			room[i].may = raised(room[i].gate, 1, room[i].may.persons + test_random() % 3, room[i].may.opaque + test_random() % 4000);
		} else {
			used = what == 11 ? room[i].may : (struct slice){ room[i].may.persons / 4, room[i].may.opaque / 4 };
			if (what != 11) {
				send_counts(room[i].gate, DESK_CLOSED, used.persons, used.opaque);
				expect(room[i].gate, DESK_RECEIPT, "persons");
			}
			fd_close(&s.gate[room[i].gate]);
			stage_pump(&s, 20);
			room[i].live = false;
			gone.persons += used.persons;
			gone.opaque += used.opaque;
			all = gone;
		}
		for (size_t k = 0; k < ROOMS; k++) {
			all.persons += room[k].live ? room[k].may.persons : 0;
			all.opaque += room[k].live ? room[k].may.opaque : 0;
		}
		CHECK(all.persons <= 20 && all.opaque <= 65536);
	}
	end();
}

TEST(an_officer_watches)
{
	begin();
	(void)admitted();
	CLI(EVE, 0, "wei.zhang", "sessions", "--json");
	const char *at = strstr((const char *)buf_rd(&last_out).p, "\"id\":\"");
	char id[33];
	CHECK(at);
	(void)snprintf(id, sizeof(id), "%.32s", at + 6);
	const char *watch[] = { "watch", id, NULL };
	cli(__LINE__, FRITS, 1, "your roles", watch);
	/* The gate's part: frames into the descriptor that comes, then its end. */
	s.on_watch = "\x02hello \x1b]52;c;aGk=\x07there\x1b[6n\n";
	cli(__LINE__, EVE, 0, "hello there", watch);
	CHECK(!strstr((const char *)buf_rd(&last_out).p, "]52") && !strstr((const char *)buf_rd(&last_out).p, "[6n"));
	end();
}

TEST(a_request_filed_beforehand)
{
	begin();
	CLI(ANNA, 1, "no engineer", "request", "mallory", "hlr1", "--purpose", "x", "--ticket", "CHG-1");
	CLI(ANNA, 1, "No rule", "request", "wei.zhang", "hlr1", "--purpose", "x", "--ticket", "CHG-1");
	CLI(EVE, 1, "your roles", "request", "wei.zhang", "hlr1", "--purpose", "x", "--ticket", "CHG-1");
	CLI(ANNA, 0, "0 of 2", "request", "wei.zhang", "hlr1", "--purpose", "x", "--ticket", "CHG-1", "--from", "192.0.2.9");
	const char *id = request_number("waiting");
	APPROVE(ANNA, "anna", id, 0, "1 of 2");
	APPROVE(BART, "bart", id, 0, "it is granted");
	int gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "", "");
	expect(gate, DESK_GRANTED, "maintenance");
	end();
}

/* Rules have no order: of those that would do, the strictest is asked by, wherever it stands;
 * who wants to come by another one names it. */
TEST(the_rule_that_a_request_is_made_by)
{
	begin_with("rule a-look\n    allow meridian to hlr1\n    may read-config\n");
	int gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "replace the card", "CHG-1");
	expect(gate, DESK_TEXT, "0 of 2");
	stage_open_by(&s, gate, 2, "hlr1", "read its version", "CHG-2", "a-look");
	expect(gate, DESK_TEXT, "0 of 1");
	stage_open_by(&s, gate, 3, "hlr1", "x", "CHG-3", "support"); /* not his */
	expect(gate, DESK_REFUSED, no_rule);
	stage_open_by(&s, gate, 4, "hlr1", "x", "CHG-3", "no-such-rule");
	expect(gate, DESK_REFUSED, no_rule);
	CLI(ANNA, 0, "a-look", "requests");
	CLI(ANNA, 0, "0 of 1", "request", "li.na", "hlr1", "--purpose", "look", "--ticket", "CHG-4", "--rule", "a-look");
	CLI(ANNA, 1, "No rule", "request", "li.na", "hlr1", "--purpose", "look", "--ticket", "CHG-4", "--rule", "maintenance");
	end();
}

#define COMPARTMENT \
	"asset admf ssh 127.0.0.1:23 compartment intercept\n" \
	"rule deep\n    allow meridian to admf\n    approved by 1 of approver, intercept-officer\n    may read-config\n"

/* What is of the intercept compartment, its own officers know of, and nobody else: not that there
 * is a request, nor a grant, nor a session, nor how many. */
TEST(need_to_know)
{
	char id[33], more[4096];
	make_keys();
	(void)snprintf(more, sizeof(more), COMPARTMENT "officer ines role intercept-officer login \"#13\" key \"%s\"\n"
	    "engineer jan.deep of meridian screened-until 2099-01-01 nda-until 2099-01-01 trained-until 2099-01-01 key \"%s\"\n",
	    key_of("ines"), key_of("deep"));
	begin_with(more);
	enum { INES = STRANGER };
	int gate = arrive_as("jan.deep", "deep", UID_FIRST + 1); /* after anna.lind */
	expect(gate, DESK_KNOWN, "jan.deep");
	stage_open(&s, gate, 1, "admf", "check a list", "LI-1");
	expect(gate, DESK_TEXT, "Asked: ines.");
	stage_until(&s, "request.made", 1);

	/* Approvers, watchers, auditors and administrators of all else see nothing of it. */
	static const uint32_t others[] = { ANNA, BART, EVE, FRITS };
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		static const char *const lists[][3] = { { "requests", "--json" }, { "grants", "--all", "--json" }, { "sessions", "--json" } };
		for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
			const char *arg[] = { lists[k][0], lists[k][1], lists[k][2], NULL };
			cli(__LINE__, others[i], 0, "\"result\":[]", arg);
		}
	}
	CLI(INES, 0, "jan.deep", "requests", "--json");
	const char *at = strstr((const char *)buf_rd(&last_out).p, "\"id\":\"");
	CHECK(at);
	(void)snprintf(id, sizeof(id), "%.32s", at + 6);
	const char *text[] = { "approve", id, "--text", NULL }, *deny[] = { "deny", id, "--why", "x", NULL },
		   *revoke[] = { "revoke", id, "--why", "x", NULL };
	/* With the whole number in hand it is as one that does not exist. */
	cli(__LINE__, ANNA, 1, "no request or grant", text);
	cli(__LINE__, ANNA, 1, "no request or grant", deny);
	APPROVE(ANNA, "anna", id, 1, "no request or grant");
	APPROVE(BART, "bart", id, 1, "no request or grant");
	CLI(ANNA, 0, "0 requests and grants ended", "ticket", "closed", "NO-1");
	CLI(ANNA, 1, "its own officers", "request", "jan.deep", "admf", "--purpose", "x", "--ticket", "LI-2");
	/* An approver's signature does not count, whoever brings it. */
	bring_as(__LINE__, INES, INES, "anna", id, 1, "roles do not approve");
	CHECK(!stage_has(&s, gate, DESK_GRANTED, 30));
	uint64_t core = s.n_asked[0];
	APPROVE(INES, "ines", id, 0, "it is granted");
	expect(gate, DESK_GRANTED, "deep");
	/* Not even the number of what was recorded in the core log tells: all of it is in the other. */
	CHECK_U64(s.n_asked[0], core);
	cli(__LINE__, BART, 1, "no request or grant", revoke);
	CLI(BART, 0, "\"result\":[]", "sessions", "--json");
	CLI(BART, 0, "\"last_session\":null,\"name\":\"jan.deep\"", "roster", "--json");
	CLI(INES, 0, "admf", "sessions");
	CLI(INES, 0, "admf", "sessions", "--json");
	at = strstr((const char *)buf_rd(&last_out).p, "\"id\":\"");
	CHECK(at);
	char session[33];
	(void)snprintf(session, sizeof(session), "%.32s", at + 6);
	const char *end_it[] = { "end", session, "--why", "x", NULL }, *hold[] = { "hold", session, NULL },
		   *watch[] = { "watch", session, NULL };
	cli(__LINE__, BART, 1, "no live session", end_it);
	cli(__LINE__, BART, 1, "no live session", hold);
	cli(__LINE__, EVE, 1, "no live session", watch);
	CLI(BART, 1, "its own officers", "breakglass", "prepare", "admf", "anna", "bart", "--to", "/tmp");
	CLI(BART, 0, "0 requests and grants ended", "ticket", "closed", "LI-1"); /* it ended, and he is not told */
	expect(gate, DESK_END, "the grant has ended");
	end();
}

/* keyd says whether a signature is good, or nobody does. */
TEST(no_signature_counts_without_keyd)
{
	char id[33];
	begin();
	int gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "replace the card", "CHG-1");
	expect(gate, DESK_TEXT, "0 of 2");
	(void)snprintf(id, sizeof(id), "%s", request_number("waiting"));
	APPROVE(ANNA, "anna", id, 0, "1 of 2");
	/* It is there and says nothing: nobody is answered, and nothing is done. */
	CHECK(kill(s.keyd_pid, SIGSTOP) == 0);
	s.cli_ms = 300;
	APPROVE(BART, "bart", id, -1, "");
	s.cli_ms = STAGE_PATIENCE_MS;
	stage_until(&s, "approval.given", 1);
	siginfo_t how;
	CHECK(kill(s.keyd_pid, SIGKILL) == 0 && waitid(P_PID, (id_t)s.keyd_pid, &how, WEXITED | WNOWAIT) == 0);
	stage_pump(&s, 100);
	APPROVE(BART, "bart", id, 1, "checks signatures is not there");
	CHECK(is_state(id, "waiting"));
	CHECK(!stage_has(&s, gate, DESK_GRANTED, 50));
	CHECK_INT(stage_n_events(&s, "approval.refused"), 0);
	/* All the rest of the desk goes on. */
	const char *deny[] = { "deny", id, "--why", "later", NULL };
	cli(__LINE__, BART, 0, "denied", deny);
	end();
}

/* Wei comes from an address, by the door's word; his gate says another, which nobody believes. */
static int come_from(const char *address, uint32_t round_trip_us)
{
	stage_came(&s, address, round_trip_us);
	int gate = stage_gate(&s);
	stage_hello(&s, gate, "wei.zhang", "192.0.2.7", key_of("wei"), UID_WEI);
	expect(gate, DESK_KNOWN, "wei.zhang");
	return gate;
}

static void put_countries(void)
{
	AUTO(mem_free) uint8_t *bytes = NULL;
	size_t n = test_file("tests/data/maxmind/GeoIP2-Country-Test.mmdb", &bytes);
	char path[160];
	AUTO(fd_close) int dir = -1;

	(void)snprintf(path, sizeof(path), "%s/desk", s.dir);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(dir >= 0 && fd_replace_file(dir, "country.mmdb", rd_of(bytes, n), 0644) == 0);
}

#define ABROAD \
	"site gothenburg in SE network 89.160.20.112/28 latency at most 60ms distance at least 900km\n" \
	"site leased in NL network 81.2.69.142/32\nsite pinned in NL network 198.51.100.9/32\n" \
	"asset core9 telnet 127.0.0.1:4259 dialect osmocom-vty holds configuration\n" \
	"rule abroad\n    allow meridian to core9\n    from SE\n    may read-config\n" \
	"rule home\n    allow meridian to core9\n    from NL\n    may read-config\n" \
	"rule anywhere\n    allow nordlink to core9\n    may read-alarms\n" \
	"deny meridian to core9\n    from CN\n"

/* Place is what claims agree on: the network that the policy knows, the operator's database of
 * countries, and how long light took. */
TEST(place_is_judged_from_claims)
{
	static const struct { const char *address; uint32_t round_trip_us; const char *rule, *place; } cases[] = {
		{ "89.160.20.113", 30000, "abroad", "place: SE, site gothenburg (confidence 100)" },
		{ "89.160.20.114", 9000, "abroad", "place: SE, site gothenburg" },
		{ "89.160.20.113", 0, "abroad", "place: SE, site gothenburg (confidence 90)" }, /* no round trip was seen */
		{ "198.51.100.9", 1000, "home", "place: NL, site pinned" }, /* the database knows nothing of it */
		/* Nearer than light allows, and farther than the policy does: whoever this is, he is not there. */
		{ "89.160.20.113", 8999, NULL, NULL }, { "89.160.20.113", 61000, NULL, NULL },
		{ "81.2.69.142", 1000, NULL, NULL },    /* a site in NL; the database says GB */
		{ "111.235.160.1", 90000, NULL, NULL }, /* the database alone says CN, which is no place: unknown, and denied */
		{ "10.1.2.3", 1000, NULL, NULL },       /* nothing is known: it may be CN, so the deny rule holds */
		{ "", 0, NULL, NULL }, { "not an address", 0, NULL, NULL },
	};

	if (geteuid() != 0)
		test_skip("officers are accounts: this needs root");
	stage_init(&s, policy_text("20", ABROAD));
	put_countries();
	stage_start(&s);
	for (uint32_t i = 0; i < ARRAY_LEN(cases); i++) {
		int gate = come_from(cases[i].address, cases[i].round_trip_us);
		stage_open(&s, gate, 1, "core9", "look", "CHG-1");
		if (!cases[i].rule) {
			expect(gate, DESK_REFUSED, no_rule);
			continue;
		}
		expect(gate, DESK_TEXT, "0 of 1");
		cli(__LINE__, ANNA, 0, cases[i].place, (const char *const[]){ "requests", "--json", NULL });
		char rule[64];
		(void)snprintf(rule, sizeof(rule), "\"rule\":\"%s\"", cases[i].rule);
		if (!strstr((const char *)buf_rd(&last_out).p, rule))
			test_fail(__FILE__, __LINE__, "case %u is not by %s: %s", i, cases[i].rule, (const char *)buf_rd(&last_out).p);
		const char *deny[] = { "deny", request_number("waiting"), "--why", "next", NULL };
		cli(__LINE__, ANNA, 0, "denied", deny);
	}
	stage_until(&s, "request.refused", 7);
	end();
}

TEST(a_host_key_is_pinned_by_its_fingerprint)
{
	begin();
	char path[160], fingerprint[128] = "";
	(void)snprintf(path, sizeof(path), "%s.pub", key_path("nobody"));
	const char *accept[] = { "element-key", "accept", "hlr1", "SHA256:AAAA", "--public", path, NULL };
	CHECK(chmod(path, 0644) == 0);
	cli(__LINE__, ANNA, 1, "does not have this fingerprint", accept);
	cli(__LINE__, EVE, 1, "your roles", accept);
	char line[256];
	(void)snprintf(line, sizeof(line), "/usr/bin/ssh-keygen -l -f %s", path);
	FILE *f = popen(line, "r");
	CHECK(f && fscanf(f, "%*s %127s", fingerprint) == 1 && pclose(f) == 0);
	accept[3] = fingerprint;
	cli(__LINE__, ANNA, 0, "accepted", accept);
	(void)admitted();
	expect(STAGE_DOOR, DOOR_EDGE, key_of("nobody"));
	end();
}

/* Leaves so many MiB of the desk's disk. */
static void fill_disk(int left_mib)
{
	static uint8_t some[1 << 20];
	char path[160];
	struct statfs f;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/desk/ballast", s.dir);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	while (fstatfs(fd, &f) == 0 && f.f_bavail * (uint64_t)f.f_bsize > (uint64_t)left_mib << 20) {
		uint64_t n = f.f_bavail * (uint64_t)f.f_bsize - ((uint64_t)left_mib << 20);
		if (write(fd, some, n < sizeof(some) ? n : sizeof(some)) <= 0)
			break;
	}
	fd_close(&fd);
}

static void free_disk(void)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/desk/ballast", s.dir);
	CHECK(unlink(path) == 0);
}

/* Nearly full: nothing new is granted, in words; what is granted goes on, and can be ended. */
TEST(a_disk_that_is_nearly_full)
{
	char id[33];
	if (geteuid() != 0)
		test_skip("officers are accounts: this needs root");
	stage_init_on(&s, policy_text("20", "rule crm2\n    allow meridian to crm\n    may read-subscriber\n"), 96);
	stage_start(&s);
	int gate = admitted();
	(void)snprintf(id, sizeof(id), "%s", request_number("granted"));
	stage_open(&s, gate, 2, "crm", "look", "CHG-2");
	expect(gate, DESK_TEXT, "0 of 1");
	fill_disk(16);
	stage_pump(&s, 2500);
	CHECK_INT(judge(gate, "line", "show running-config"), 1);
	stage_open(&s, gate, 3, "crm", "more", "CHG-3"); /* it waits already: that is nothing new */
	expect(gate, DESK_TEXT, "0 of 1");
	int other = arrive_as("li.na", "lina", UID_LINA);
	stage_open(&s, other, 1, "hlr1", "look", "CHG-2");
	expect(other, DESK_REFUSED, "no room left");
	CLI(ANNA, 0, "crm", "requests");
	const char *waiting = request_number("waiting");
	APPROVE(ANNA, "anna", waiting, 1, "nearly full");
	CLI(ANNA, 1, "nearly full", "request", "li.na", "hlr1", "--purpose", "x", "--ticket", "CHG-1", "--from", "192.0.2.9");
	const char *revoke[] = { "revoke", id, "--why", "the disk", NULL };
	cli(__LINE__, BART, 0, "revoked", revoke);
	expect(gate, DESK_END, "the grant has ended");
	free_disk();
	stage_pump(&s, 2500);
	APPROVE(ANNA, "anna", waiting, 0, "it is granted");
	end();
}

/* Quite full: nobody is told that anything was done. The desk ends, and is as it was when there is
 * room again. */
TEST(a_disk_that_is_full)
{
	char id[33];
	if (geteuid() != 0)
		test_skip("officers are accounts: this needs root");
	stage_init_on(&s, policy_text("20", ""), 64);
	stage_start(&s);
	(void)admitted();
	(void)snprintf(id, sizeof(id), "%s", request_number("granted"));
	fill_disk(0);
	const char *revoke[] = { "revoke", id, "--why", "the disk", NULL };
	s.cli_ms = 3000;
	bool refused = false;
	for (int i = 0; i < 200 && !refused; i++) {
		AUTO(buf_done) struct buf out = { 0 };
		static const char *const list[] = { "requests", NULL };
		buf_init(&out, OUT_MAX);
		refused = stage_cli(&s, ANNA, &out, list) != 0;
	}
	CHECK(refused);
	s.cli_ms = STAGE_PATIENCE_MS;
	stage_pump(&s, 500);
	CHECK(buf_put_u8(&s.spoken, 0));
	if (!strstr((const char *)buf_rd(&s.spoken).p, "nothing was granted"))
		test_fail(__FILE__, __LINE__, "deskd said: %s", (const char *)buf_rd(&s.spoken).p);
	buf_reset(&s.spoken);
	free_disk();
	stage_kill(&s);
	stage_start(&s);
	CHECK(is_state(id, "granted"));
	cli(__LINE__, BART, 0, "revoked", revoke);
	end();
}

/* What a gate says that the element showed. */
static void show_key(int gate, const char *key)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 4096);
	struct wr w = wr_to(&b);
	wr_u32(&w, 1);
	wr_part16(&w, rd_str(key));
	stage_send(&s, gate, DESK_HOST_KEY, buf_rd(&b));
	stage_pump(&s, 50);
}

/* A key that nobody has accepted, or another one than was: officers see it, and nothing else happens
 * until one of them has compared it. */
TEST(a_host_key_that_was_shown_waits_for_an_officer)
{
	char fingerprint[64], line[256];
	begin();
	CLI(EVE, 0, "no element has shown", "element-key");
	int gate = admitted();
	show_key(gate, "no key");
	show_key(gate, "ssh-ed25519 ????");
	show_key(gate, "");
	show_key(gate, "ssh-ed25519 AAAA\nssh-ed25519 BBBB");
	CHECK_INT(stage_n_events(&s, "hostkey.seen"), 0);
	show_key(gate, key_of("nobody"));
	show_key(gate, key_of("nobody")); /* told once */
	stage_until(&s, "hostkey.seen", 1);
	(void)snprintf(line, sizeof(line), "/usr/bin/ssh-keygen -l -f %s.pub", key_path("nobody"));
	FILE *f = popen(line, "r");
	CHECK(f && fscanf(f, "%*s %63s", fingerprint) == 1 && pclose(f) == 0);
	CLI(EVE, 0, "unknown", "element-key");
	CHECK(strstr((const char *)buf_rd(&last_out).p, fingerprint));
	const char *accept[] = { "element-key", "accept", "hlr1", fingerprint, NULL };
	cli(__LINE__, EVE, 1, "your roles", accept);
	accept[3] = "SHA256:AAAA";
	cli(__LINE__, ANNA, 1, "no key with this fingerprint", accept);
	accept[2] = "crm", accept[3] = fingerprint; /* not the element that showed it */
	cli(__LINE__, ANNA, 1, "no key with this fingerprint", accept);
	accept[2] = "hlr1";
	cli(__LINE__, ANNA, 0, "accepted", accept);
	CLI(EVE, 0, "\"state\":\"accepted\"", "element-key", "--json");
	CHECK(!strstr((const char *)buf_rd(&last_out).p, "unknown"));
	show_key(gate, key_of("nobody")); /* an edge that began before */
	stage_until(&s, "hostkey.seen", 1);
	show_key(gate, key_of("eve"));
	stage_until(&s, "hostkey.seen", 2);
	CLI(EVE, 0, "\"state\":\"changed\"", "element-key", "--json");
	/* A new one each time: a few are kept. */
	static const char *const more[] = { "anna", "bart", "carl", "dora", "frits", "wei" };
	for (size_t i = 0; i < ARRAY_LEN(more); i++)
		show_key(gate, key_of(more[i]));
	CLI(EVE, 0, "changed", "element-key");
	int n = 0;
	for (const char *p = (const char *)buf_rd(&last_out).p; (p = strstr(p, "changed")); p++)
		n++;
	CHECK_INT(n, 4);
	/* It waits through a restart. */
	stage_kill(&s);
	stage_start(&s);
	CLI(EVE, 0, "changed", "element-key");
	end();
}

/* What `age` makes of a sealed file; it is on standard output. */
static void unseal(const char *file, const char *key, char out[64])
{
	char line[512];
	FILE *f;

	(void)snprintf(line, sizeof(line), "/usr/bin/age -d -i %s/age-%s %s/glass/%s 2>&1", key_dir, key, s.dir, file);
	f = popen(line, "r");
	CHECK(f);
	out[0] = '\0';
	CHECK(fgets(out, 64, f));
	(void)pclose(f);
}

static void open_glass(int line, const char *id, const char *code, int want, const char *text)
{
	const char *arg[] = { "breakglass", "open", id, NULL };
	char typed[80];

	(void)snprintf(typed, sizeof(typed), "%s\n", code);
	s.input = typed;
	cli(line, STRANGER, want, text, arg);
	s.input = NULL;
}

TEST(a_glass_breaks_once_by_two_and_is_closed_by_two)
{
	char dir[128], first[64], second[64], name[64], other[64], id[33], glass[33];
	begin();
	(void)snprintf(dir, sizeof(dir), "%s/glass", s.dir);
	CHECK(mkdir(dir, 0700) == 0 && chmod(dir, 0777) == 0);
	const char *prepare[] = { "breakglass", "prepare", "hlr1", "anna", "anna", "--to", dir, NULL };
	cli(__LINE__, ANNA, 1, "two officers", prepare);
	/* Nothing is made whose codes, told once, would have no place. */
	const char *in_vain[] = { "breakglass", "prepare", "hlr1", "anna", "bart", "--to", dir, "--secret", "/nowhere", NULL };
	cli(__LINE__, ANNA, 2, "cannot read /nowhere", in_vain);
	in_vain[6] = "/nowhere";
	cli(__LINE__, ANNA, 2, "cannot write into /nowhere", in_vain);
	in_vain[6] = "/";
	cli(__LINE__, ANNA, 2, "cannot write into /", in_vain);
	CHECK_INT(stage_n_events(&s, "breakglass.prepared"), 0);
	prepare[4] = "eve"; /* has no seal */
	cli(__LINE__, ANNA, 1, "two officers", prepare);
	prepare[4] = "bart";
	cli(__LINE__, EVE, 1, "your roles", prepare);
	cli(__LINE__, ANNA, 0, "glass-", prepare);
	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn((const char *)buf_rd(&last_out).p, "\n"), (const char *)buf_rd(&last_out).p);
	(void)snprintf(other, sizeof(other), "%.14s-bart.age", name);
	unseal(name, "bart", first); /* not his */
	CHECK(strstr(first, "age:"));
	unseal(name, "anna", first);
	unseal(other, "bart", second);
	CHECK_U64(strlen(first), 32);
	CHECK_U64(strlen(second), 32);
	/* The desk keeps no code. */
	char line[256];
	(void)snprintf(line, sizeof(line), "grep -rqa -e %s -e %s %s/desk", first, second, s.dir);
	CHECK(system(line) != 0);

	int gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "power failure", "CHG-9");
	expect(gate, DESK_TEXT, "0 of 2");
	(void)snprintf(id, sizeof(id), "%s", request_number("waiting"));
	open_glass(__LINE__, id, "00000000000000000000000000000000", 1, "no glass has this code");
	open_glass(__LINE__, "ffffffff", first, 1, "no request of this number");
	open_glass(__LINE__, id, first, 0, "the other one's code");
	open_glass(__LINE__, id, first, 0, "the other one's code"); /* the same twice is one */
	CHECK(!stage_has(&s, gate, DESK_GRANTED, 50));
	open_glass(__LINE__, id, second, 0, "the glass is broken");
	expect(gate, DESK_GRANTED, "maintenance");
	CHECK_INT(judge(gate, "line", "show running-config"), 1);
	CHECK_INT(judge(gate, "line", "configure terminal"), 0); /* the policy holds */
	stage_until(&s, "breakglass.opened", 1);
	stage_until(&s, "breakglass.refused", 2);
	CHECK_INT(stage_n_events(&s, "approval.given"), 0);
	open_glass(__LINE__, id, second, 1, "a code works once");
	CLI(FRITS, 0, "broken", "breakglass", "--json");
	const char *at = strstr((const char *)buf_rd(&last_out).p, "\"id\":\"");
	CHECK(at);
	(void)snprintf(glass, sizeof(glass), "%.32s", at + 6);
	const char *shut[] = { "breakglass", "close", glass, "--why", "card replaced, 02:10 to 03:40", NULL };
	cli(__LINE__, STRANGER, 1, "no officer's", shut);
	cli(__LINE__, FRITS, 0, "one of two", shut);
	cli(__LINE__, FRITS, 1, "a second officer", shut);
	cli(__LINE__, EVE, 0, "closed", shut);
	cli(__LINE__, EVE, 1, "no broken glass", shut);
	stage_until(&s, "breakglass.closed", 2);
	end();
}

/* The number of the only glass in a state. */
static const char *glass_number(const char *state)
{
	static char id[33];
	static const char *const list[] = { "breakglass", "--json", NULL };
	char mark[64];

	cli(__LINE__, FRITS, 0, "\"ok\":true", list);
	(void)snprintf(mark, sizeof(mark), "\"state\":\"%s\"", state);
	const char *text = (const char *)buf_rd(&last_out).p, *at = strstr(text, mark), *found = NULL;
	for (const char *p = text; at && (p = strstr(p, "\"id\":\"")) && p < at; p++)
		found = p;
	if (!found)
		test_fail(__FILE__, __LINE__, "no glass is %s: %s", state, text);
	(void)snprintf(id, sizeof(id), "%.32s", found + 6);
	return id;
}

static void restart(void)
{
	stage_kill(&s);
	stage_start(&s);
}

/* Two files of a new glass, as `prepare` names them; the secret beside them where there is one. */
static void prepare_glass(const char *secret, char first[64], char second[64], char sealed[64])
{
	char dir[128];
	(void)snprintf(dir, sizeof(dir), "%s/glass", s.dir);
	CHECK((mkdir(dir, 0700) == 0 || access(dir, F_OK) == 0) && chown(dir, ANNA, ANNA) == 0);
	const char *prepare[] = { "breakglass", "prepare", "hlr1", "anna", "bart", "--to", dir, secret ? "--secret" : NULL, secret, NULL };
	cli(__LINE__, ANNA, 0, "glass-", prepare);
	(void)snprintf(first, 64, "%.14s-anna.age", (const char *)buf_rd(&last_out).p);
	(void)snprintf(second, 64, "%.14s-bart.age", (const char *)buf_rd(&last_out).p);
	(void)snprintf(sealed, 64, "%.14s-secret.age", (const char *)buf_rd(&last_out).p);
}

/* A code is its officer's: it goes with him, also where half of the glass is broken. */
TEST(a_glass_goes_with_either_of_its_officers)
{
	char files[3][64], first[64], second[64], id[33];

	begin_with("officer gerda role administrator login \"#13\"\n");
	prepare_glass(NULL, files[0], files[1], files[2]);
	unseal(files[0], "anna", first);
	unseal(files[1], "bart", second);
	int gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "power failure", "CHG-9");
	expect(gate, DESK_TEXT, "0 of 2");
	(void)snprintf(id, sizeof(id), "%s", request_number("waiting"));
	open_glass(__LINE__, id, first, 0, "the other one's code");
	CLI(STRANGER, 0, "removed", "roster", "remove", "anna", "--why", "left");
	open_glass(__LINE__, id, second, 1, "is no officer any more");
	open_glass(__LINE__, id, first, 1, "is no officer any more");
	CHECK(!stage_has(&s, gate, DESK_GRANTED, 50));
	stage_until(&s, "breakglass.refused", 2);
	CHECK_INT(stage_n_events(&s, "breakglass.opened"), 0);
	end();
}

/* deskd is killed after each step: what was done is done, and nothing is done twice. */
TEST(a_glass_is_broken_and_closed_whenever_the_desk_is_killed)
{
	char files[3][64], first[64], second[64], id[33], glass[33];
	begin();
	prepare_glass(NULL, files[0], files[1], files[2]);
	unseal(files[0], "anna", first);
	unseal(files[1], "bart", second);
	int gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "power failure", "CHG-9");
	expect(gate, DESK_TEXT, "0 of 2");
	(void)snprintf(id, sizeof(id), "%s", request_number("waiting"));
	restart();
	open_glass(__LINE__, id, first, 0, "the other one's code");
	restart();
	CHECK(is_state(id, "waiting")); /* one is not two */
	open_glass(__LINE__, id, second, 0, "the glass is broken");
	restart();
	CHECK(is_state(id, "granted"));
	gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "", "");
	expect(gate, DESK_GRANTED, "maintenance");
	/* Another request, by the same two: not again. */
	int other = arrive_as("li.na", "lina", UID_LINA);
	stage_open(&s, other, 1, "hlr1", "me too", "CHG-9");
	expect(other, DESK_TEXT, "0 of 2");
	char id2[33];
	(void)snprintf(id2, sizeof(id2), "%s", request_number("waiting"));
	open_glass(__LINE__, id2, first, 1, "a code works once");
	open_glass(__LINE__, id2, second, 1, "a code works once");
	(void)snprintf(glass, sizeof(glass), "%s", glass_number("broken"));
	const char *shut[] = { "breakglass", "close", glass, "--why", "card replaced", NULL };
	cli(__LINE__, FRITS, 0, "one of two", shut);
	restart();
	cli(__LINE__, FRITS, 1, "a second officer", shut);
	CHECK(strcmp(glass_number("broken"), glass) == 0);
	cli(__LINE__, EVE, 0, "closed", shut);
	restart();
	cli(__LINE__, EVE, 1, "no broken glass", shut);
	/* A record may stand twice after a kill (book.h), never not at all. */
	CHECK(stage_n_events(&s, "breakglass.opened") >= 1);
	CHECK(stage_n_events(&s, "breakglass.refused") >= 2);
	CHECK(stage_n_events(&s, "breakglass.closed") >= 2);
	end();
}

/* Runs `age` on the sealed password: with the first one's key, and what comes of it with the second's. */
static bool open_secret(const char *file, const char *first, const char *second)
{
	char line[640], text[64] = "";
	FILE *f;

	(void)snprintf(line, sizeof(line), "/usr/bin/age -d -i %s/age-%s %s/glass/%s 2>/dev/null | /usr/bin/age -d -i %s/age-%s 2>/dev/null",
	    key_dir, first, s.dir, file, key_dir, second);
	f = popen(line, "r");
	CHECK(f);
	bool ok = fgets(text, sizeof(text), f) && strcmp(text, "hunter2-of-hlr1\n") == 0;
	(void)pclose(f);
	return ok;
}

/* Nothing of ours runs: two people, age, and the envelope are enough. Afterwards they say from when to
 * when, and two officers close it; nobody watched that time, whatever they write. */
TEST(a_glass_works_without_the_desk)
{
	char files[3][64], path[160], glass[33];
	begin();
	(void)snprintf(path, sizeof(path), "%s/password", s.dir);
	FILE *f = fopen(path, "w");
	CHECK(f && fputs("hunter2-of-hlr1\n", f) >= 0 && fclose(f) == 0 && chmod(path, 0644) == 0);
	prepare_glass(path, files[0], files[1], files[2]);
	(void)snprintf(glass, sizeof(glass), "%s", glass_number("sealed"));
	CHECK(unlink(path) == 0);
	stage_kill(&s);
	CHECK(!open_secret(files[2], "anna", "anna"));
	CHECK(!open_secret(files[2], "bart", "bart"));
	CHECK(!open_secret(files[2], "bart", "anna"));
	CHECK(open_secret(files[2], "anna", "bart"));
	stage_start(&s);
	const char *report[] = { "breakglass", "report", glass, "--from", "2026-11-20T02:10:00Z", "--until", "2026-11-20T03:40:00Z", NULL };
	const char *bare[] = { "breakglass", "report", glass, NULL };
	cli(__LINE__, FRITS, 1, "from when to when", bare);
	report[4] = "2026-11-20T03:40:00Z"; /* nothing lies between */
	cli(__LINE__, FRITS, 1, "from when to when", report);
	report[6] = "2096-11-20T03:40:00Z"; /* it is not over yet */
	cli(__LINE__, FRITS, 1, "from when to when", report);
	report[4] = "2020-11-20T02:10:00Z", report[6] = "2020-11-20T03:40:00Z";
	cli(__LINE__, STRANGER, 1, "no officer's", report);
	cli(__LINE__, FRITS, 0, "NOT WATCHED", report);
	cli(__LINE__, FRITS, 1, "no unbroken glass", report);
	stage_until(&s, "breakglass.reported", 1);
	const char *shut[] = { "breakglass", "close", glass, "--why", "card replaced by hand", NULL };
	cli(__LINE__, FRITS, 0, "one of two", shut);
	cli(__LINE__, BART, 0, "closed", shut);
	end();
}

/* The clock is moved under a desk that starts anew. */
TEST(time_ends_requests_and_grants)
{
	begin();
	int gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "replace the card", "CHG-1");
	expect(gate, DESK_TEXT, "0 of 2");
	char id[33];
	(void)snprintf(id, sizeof(id), "%s", request_number("waiting"));
	APPROVE(ANNA, "anna", id, 0, "1 of 2");
	stage_kill(&s);
	s.shift_s = 29 * 60;
	stage_start(&s);
	stage_pump(&s, 1500);
	CHECK(is_state(id, "waiting"));
	stage_kill(&s);
	s.shift_s = 31 * 60;
	stage_start(&s);
	APPROVE(BART, "bart", id, 1, "");
	stage_until(&s, "request.over", 1);
	CHECK(is_state(id, "over"));
	stage_kill(&s);
	s.shift_s = 0;
	stage_start(&s);
	/* A clock that goes back brings nothing back. */
	APPROVE(BART, "bart", id, 1, "settled before");
	gate = admitted();
	stage_kill(&s);
	s.shift_s = 5 * 3600;
	stage_start(&s);
	gate = arrive();
	stage_open(&s, gate, 1, "hlr1", "", "");
	CHECK_INT(asked(gate), 3);
	end();
}

/* Runs slagboom-verify on a receipt. */
static int verify(const char *key, const char *receipt)
{
	char program[4096];
	const char *argv[] = { program, "--key", key, "--receipt", receipt, NULL }, *envp[] = { NULL };
	int pidfd, status;
	pid_t pid;

	(void)snprintf(program, sizeof(program), "%s/src/cli/verify/slagboom-verify", s.build);
	struct spawn run = { argv[0], argv, envp, NULL, 0 };
	CHECK_INT(spawn(&run, &pid, &pidfd), 0);
	fd_close(&pidfd);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void read_line(const char *path, char *out, size_t size)
{
	FILE *f = fopen(path, "r");

	CHECK(f && fgets(out, (int)size, f) && fclose(f) == 0);
	out[strcspn(out, "\n")] = '\0';
}

TEST(a_receipt_verifies_without_us)
{
	char path[160], key[512], other[512], id[33];
	begin();
	int gate = admitted();
	CLI(EVE, 0, "wei.zhang", "sessions", "--json");
	const char *at = strstr((const char *)buf_rd(&last_out).p, "\"id\":\"");
	CHECK(at);
	(void)snprintf(id, sizeof(id), "%.32s", at + 6);
	send_counts(gate, DESK_CLOSED, 3, 100);
	expect(gate, DESK_RECEIPT, "slagboom-receipt/1\ngate test.example/gate\n");
	const char *show[] = { "receipt", "--bare", id, NULL };
	cli(__LINE__, FRITS, 0, "record 4711\n", show);
	AUTO(buf_done) struct buf text = { 0 };
	buf_init(&text, 65536);
	struct rd whole = buf_rd(&last_out), part;
	CHECK(rd_slice(&whole, 0, whole.len - 1, &part) && buf_put_rd(&text, part));
	(void)snprintf(path, sizeof(path), "%s/keys/receipts.vkey", s.dir);
	read_line(path, key, sizeof(key));
	(void)snprintf(path, sizeof(path), "%s/keys/log-core.vkey", s.dir);
	read_line(path, other, sizeof(other));
	(void)snprintf(path, sizeof(path), "%s/receipt", s.dir);
	CHECK_INT(fd_replace_file(AT_FDCWD, path, buf_rd(&text), 0600), 0);
	CHECK_INT(verify(key, path), 0);
	CHECK_INT(verify(other, path), 1);
	CHECK_INT(verify("nonsense", path), 2);
	/* Every byte of it counts. */
	for (size_t i = 0; i < text.len; i += 7) {
		AUTO(buf_done) struct buf bad = { 0 };
		uint8_t c;
		buf_init(&bad, 65536);
		struct rd all = buf_rd(&text);
		CHECK(buf_put_rd(&bad, all) && rd_at(&all, i, &c));
		c ^= 1;
		CHECK(buf_patch(&bad, i, &c, 1));
		CHECK_INT(fd_replace_file(AT_FDCWD, path, buf_rd(&bad), 0600), 0);
		CHECK_INT(verify(key, path), 1);
	}
	end();
}

static void kill_at(int64_t acks)
{
	stage_init(&s, policy_text("20", ""));
	stage_start(&s);
	int gate = arrive();
	char id[33];
	stage_open(&s, gate, 1, "hlr1", "replace the card", "CHG-1");
	expect(gate, DESK_TEXT, "0 of 2");
	(void)snprintf(id, sizeof(id), "%s", request_number("waiting"));
	s.deaf_after = acks;
	/* Deaf, or at any moment: the command is given up, and deskd killed with it. */
	s.cli_ms = acks >= 0 ? 400 : 1 + (int)test_below(60);
	const char *arg[] = { "approve", id, "--yes", "--key", NULL, NULL };
	static const struct { const char *key; uint32_t uid; } who[] = { { "anna", ANNA }, { "bart", BART } };
	bool answered[2] = { false, false };
	for (int i = 0; i < 2 && !s.is_deaf; i++) {
		AUTO(buf_done) struct buf out = { 0 };
		buf_init(&out, OUT_MAX);
		arg[4] = key_path(who[i].key);
		CHECK(chown(arg[4], who[i].uid, who[i].uid) == 0);
		/* A deaf record answers nobody: the command waits, and is given up. */
		answered[i] = stage_cli(&s, who[i].uid, &out, arg) == 0;
	}
	bool was_granted = stage_has(&s, gate, DESK_GRANTED, acks >= 0 ? 20 : 0);
	CHECK(!was_granted || (stage_n_events(&s, "approval.given") >= 2 && stage_n_events(&s, "grant.given") >= 1));
	stage_kill(&s);
	s.is_deaf = false;
	s.deaf_after = -1;
	s.cli_ms = STAGE_PATIENCE_MS;
	stage_start(&s);
	stage_pump(&s, 100);
	/* What was answered is there, and in the record. */
	static const char *const all[] = { "grants", "--all", "--json", NULL };
	cli(__LINE__, ANNA, 0, id, all);
	bool is_granted = is_state(id, "granted");
	const char *text = (const char *)buf_rd(&last_out).p;
	int have = strstr(text, "\"approvals\":2") ? 2 : strstr(text, "\"approvals\":1") ? 1 : 0;
	CHECK(have >= answered[0] + answered[1]);
	CHECK(is_granted == (have == 2));
	CHECK(!is_granted || stage_n_events(&s, "grant.given") >= 1);
	CHECK(stage_n_events(&s, "approval.given") >= have);
	stage_done(&s);
}

/* Whatever it had recorded when it was killed. */
TEST(killed_at_every_step_of_an_approval)
{
	const char *text = getenv("SLAGBOOM_KILLS");
	int n = text ? atoi(text) : DEFAULT_KILLS;

	if (geteuid() != 0)
		test_skip("officers are accounts: this needs root");
	for (int i = 0; i < n; i++) {
		kill_at(i);
		kill_at(-1);
	}
}
