/*
 * Is:        tests of the body in which an element's terminal gets its modes.
 * Is not:    a test of libssh making one (tests/edges_ssh.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/edge/ssh_modes.h"

#include <dlfcn.h>

#include "testing/test.h"

/* What libssh 0.10.6 made of "vt220", 100 columns and 50 rows. */
static const uint8_t body[] = { 0, 0, 0, 5, 'v', 't', '2', '2', '0', 0, 0, 0, 100, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 1, 0 };
static const uint8_t modes[] = { 3, 0, 0, 0, 8, 0 };

static struct pty_request request(void)
{
	return (struct pty_request){ .term = "vt220", .cols = 100, .rows = 50, .modes = rd_of(modes, sizeof(modes)) };
}

static bool put(const uint8_t *p, size_t n, const struct pty_request *r, struct buf *out)
{
	bool ok;

	buf_init(out, 4096);
	ok = ssh_modes_put(rd_of(p, n), r, out);
	CHECK(ok || out->len == 0);
	return ok;
}

TEST(ssh_modes_leave_any_other_body_alone)
{
	struct pty_request r = request();

	for (size_t at = 0; at < sizeof(body); at++) {
		AUTO(buf_done) struct buf out = { 0 };
		uint8_t other[sizeof(body)];
		for (size_t i = 0; i < sizeof(body); i++)
			other[i] = body[i] ^ (i == at);
		CHECK(!put(other, sizeof(other), &r, &out));
	}
	for (size_t n = 0; n < sizeof(body); n++) {
		AUTO(buf_done) struct buf out = { 0 };
		CHECK(!put(body, n, &r, &out));
	}
}

TEST(ssh_modes_stand_in_the_place_of_the_empty_list)
{
	AUTO(buf_done) struct buf out = { 0 }, want = { 0 };
	struct pty_request r = request();

	CHECK(put(body, sizeof(body), &r, &out));
	buf_init(&want, 4096);
	CHECK(buf_put(&want, body, sizeof(body) - 5) && buf_put(&want, (const uint8_t[]){ 0, 0, 0, sizeof(modes) }, 4) &&
	    buf_put(&want, modes, sizeof(modes)));
	CHECK_RD(buf_rd(&out), buf_rd(&want));
}

/* The linker must have exported it, and nothing may stand before it. */
TEST(ssh_modes_have_the_function_that_libssh_calls)
{
	void *found = dlsym(RTLD_DEFAULT, "ssh_buffer_add_data"), *next = dlsym(RTLD_NEXT, "ssh_buffer_add_data");
	ssh_buffer b = ssh_buffer_new();

	CHECK_INT(ssh_modes_prepare(), 0);
	CHECK(found && next && found != next);
	CHECK(b && ssh_buffer_add_data(b, "abc", 3) == 0 && ssh_buffer_get_len(b) == 3);
	CHECK(ssh_buffer_add_data(b, NULL, 3) != 0);
	CHECK_RD(rd_of(ssh_buffer_get(b), 3), rd_str("abc"));
	ssh_buffer_free(b);
}
