/*
 * Is:        `slagboom host-key`: what the front door proves itself with.
 * Is not:    a way to the private half.
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     keyd.
 */
#include <stdio.h>

#include "base/wr.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/keys.h"
#include "proc/talk/credential_proto.h"

static void print(void *ctx, const struct key_row *row)
{
	const struct args *a = ctx;
	AUTO(buf_done) struct buf key = { 0 }, print = { 0 };

	buf_init(&key, 512);
	buf_init(&print, 128);
	struct wr k = wr_to(&key), p = wr_to(&print);
	wr_public_key(&k, row->public_key);
	wr_fingerprint(&p, row->public_key);
	if (args_has(a, "--json"))
		(void)printf("{\"fingerprint\":\"%.*s\",\"key\":\"%.*s\"}\n", (int)print.len, (const char *)buf_rd(&print).p,
		    (int)key.len, (const char *)buf_rd(&key).p);
	else
		(void)printf("%.*s slagboom\n%.*s\n", (int)key.len, (const char *)buf_rd(&key).p, (int)print.len,
		    (const char *)buf_rd(&print).p);
}

static int run(const struct args *a)
{
	struct args ours = *a;
	int r = keys_ask(a, CREDENTIAL_HOST_KEY, rd_of(NULL, 0), print, &ours);

	return r == 0 ? EXIT_OK : keys_failed(a, r, "host");
}

const struct command command_host_key = {
	.name = "host-key",
	.operands = "",
	.summary = "show the key that the front door proves itself with",
	.description = "Prints the public host key of the front door as a line for known_hosts, and its fingerprint as ssh "
		       "shows it to an engineer at the first connection. The key was made at the first start; its private "
		       "half is in keyd alone.",
	.examples = "  echo \"gate.example $(slagboom host-key | head -n 1)\" >>~/.ssh/known_hosts",
	.option = { OPTION_DIR, OPTION_JSON },
	.run = run,
};
