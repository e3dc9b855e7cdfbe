/*
 * Is:        fuzzing of what a room's configuration is made of: u8 length and ports, u16 length
 *            and hosts, the rest keyd's answer. Nothing adds a line.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "proc/door/room_config.h"
#include "proc/edge/host_keys.h"
#include "proc/talk/door_proto.h"
#include "testing/fuzz.h"

static size_t n_lines(struct rd r)
{
	struct rd line;
	size_t n = 0;

	while (rd_until(&r, '\n', &line))
		n++;
	ASSERT(r.len == 0);
	return n;
}

static size_t config_lines(const struct room_config *c)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, ROOM_CONFIG_MAX);
	struct wr w = wr_to(&b);
	room_config_write(&w, c);
	return wr_ok(&w) ? n_lines(buf_rd(&b)) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf keys = { 0 };
	struct rd in = rd_of(data, size), ports = { NULL, 0 }, hosts = { NULL, 0 };
	uint16_t port[ROOM_PORTS_MAX];
	int n;

	buf_init(&keys, ROOM_HOST_KEYS_MAX);
	if (!rd_part8(&in, 255, &ports) || !rd_part16(&in, ROOM_HOSTS_MAX, &hosts))
		return 0;
	struct wr w = wr_to(&keys);
	if (host_keys_read(in, &w) != 0)
		buf_reset(&keys);
	n = room_ports(ports, port);
	struct room_config c = { .ports = port, .n_ports = n > 0 ? (size_t)n : 0 };
	size_t plain = config_lines(&c);
	c.hosts = hosts;
	c.host_keys = buf_rd(&keys);
	size_t got = config_lines(&c);
	ASSERT(got == 0 || got == plain + n_lines(buf_rd(&keys)));
	return 0;
}
