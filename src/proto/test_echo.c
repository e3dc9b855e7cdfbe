/*
 * Is:        tests of the echo cross-check and of prompts.
 * Is not:    a test against an element.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proto/echo.h"
#include "testing/test.h"

#define RAW(s) rd_of(s, sizeof(s) - 1)

static enum echo_state echo(const char *sent, struct rd output, size_t cut, size_t *used)
{
	struct echo e;
	struct rd part;
	enum echo_state state = ECHO_WAITING;
	size_t n;

	echo_init(&e);
	CHECK(echo_expect(&e, rd_str(sent)));
	*used = 0;
	while (state == ECHO_WAITING && rd_take(&output, output.len < cut ? output.len : cut, &part) && part.len) {
		state = echo_feed(&e, part, &n);
		*used += n;
	}
	return state;
}

TEST(echo_compares)
{
	size_t used;

	for (size_t cut = 1; cut < 100; cut += 98) {
		CHECK_INT(echo("show version", RAW("show version\r\nOsmoHLR"), cut, &used), ECHO_SAME);
		CHECK_U64(used, 14);
		CHECK_INT(echo("show version", RAW("\r\nshow\0 version\x1b[K\r\n"), cut, &used), ECHO_SAME);
		CHECK_INT(echo("show version", RAW("show subscribers"), cut, &used), ECHO_DIFFERS);
		CHECK_INT(echo("show version", RAW("show\r\n% Unknown"), cut, &used), ECHO_DIFFERS);
		CHECK_INT(echo("show version", RAW("show version all\r\n"), cut, &used), ECHO_DIFFERS);
		CHECK_INT(echo("show version", RAW("show ver"), cut, &used), ECHO_WAITING);
		CHECK_INT(echo("", RAW("\r\n"), cut, &used), ECHO_SAME);
	}
}

TEST(echo_tells_once)
{
	struct echo e;
	size_t used;

	echo_init(&e);
	CHECK_INT(echo_feed(&e, rd_str("asynchronous"), &used), ECHO_NOTHING);
	CHECK_U64(used, 0);
	CHECK(echo_expect(&e, rd_str("a")));
	CHECK_INT(echo_feed(&e, rd_str("a\r\nb"), &used), ECHO_SAME);
	CHECK_INT(echo_feed(&e, rd_str("c"), &used), ECHO_NOTHING);
}

static enum prompt_kind prompt(enum dialect d, struct rd output, const char *want)
{
	struct prompt p;
	struct rd got;

	prompt_init(&p);
	prompt_feed(&p, output);
	enum prompt_kind kind = prompt_is(&p, d, &got);
	if (kind != PROMPT_NONE)
		CHECK_RD(got, rd_str(want));
	return kind;
}

TEST(prompts)
{
	enum dialect osmo = DIALECT_OSMOCOM_VTY;

	CHECK_INT(prompt(osmo, RAW("x\r\nOsmoHLR> "), "OsmoHLR>"), PROMPT_READY);
	CHECK_INT(prompt(osmo, RAW("\r\nOsmoHLR(config-hlr)# "), "OsmoHLR(config-hlr)#"), PROMPT_READY);
	CHECK_INT(prompt(osmo, RAW("OsmoHLR(config)> "), ""), PROMPT_NONE);
	CHECK_INT(prompt(osmo, RAW("OsmoHLR# \r\n"), ""), PROMPT_NONE);
	CHECK_INT(prompt(osmo, RAW("not a prompt# "), ""), PROMPT_NONE);
	CHECK_INT(prompt(osmo, RAW("OsmoHLR# show"), ""), PROMPT_NONE);
	CHECK_INT(prompt(osmo, RAW("Password: "), "Password:"), PROMPT_PASSWORD);
	CHECK_INT(prompt(osmo, RAW(" --More-- "), " --More--"), PROMPT_MORE);
	CHECK_INT(prompt(osmo, RAW("\x1b[1mpe1#\x1b[0m "), "pe1#"), PROMPT_READY);
	CHECK_INT(prompt(osmo, RAW("garbage here\rpe1# "), ""), PROMPT_NONE);
	CHECK_INT(prompt(DIALECT_MML_AXE, RAW("<"), "<"), PROMPT_READY);
	CHECK_INT(prompt(DIALECT_GENERIC_LINE, RAW("router% "), "router%"), PROMPT_READY);
	CHECK_INT(prompt(DIALECT_GENERIC_LINE, RAW("login: "), "login:"), PROMPT_LOGIN);
	CHECK_INT(prompt(DIALECT_CISCO_LIKE, RAW("Proceed? [confirm]"), "Proceed? [confirm]"), PROMPT_CONFIRM);
}

TEST(dialect_names)
{
	enum dialect d;

	for (unsigned i = 0; i < DIALECTS; i++) {
		CHECK(dialect_of(rd_str(dialect_name((enum dialect)i)), &d));
		CHECK_INT(d, i);
	}
	CHECK(!dialect_of(rd_str("mml"), &d));
}
