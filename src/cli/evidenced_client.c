/*
 * Is:        one question to the evidenced of a log (contract in the header).
 * Is not:    see the header.
 * Called by: retention.c, log.c.
 * Owns:      nothing.
 * Trust:     see the header.
 */
#include "cli/evidenced_client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/log_source.h"
#include "os/ipc.h"
#include "proc/talk/retention_proto.h"

static int print_json(bool done, struct rd text)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct json j;

	buf_init(&b, 8 * IPC_MAX);
	json_init(&j, &b);
	json_object(&j);
	json_key(&j, "done");
	json_bool(&j, done);
	json_key(&j, "text");
	json_text(&j, text);
	json_end(&j);
	if (!json_ok(&j))
		return EXIT_FAILED;
	(void)printf("%.*s\n", (int)b.len, (const char *)buf_rd(&b).p);
	return done ? EXIT_OK : EXIT_FAILED;
}

static int print_answer(const struct args *a, struct rd answer, bool as_json)
{
	uint16_t type;

	if (!rd_u16(&answer, &type) || (type != RETENTION_DONE && type != RETENTION_NO) || !text_is_utf8(answer)) {
		command_complain(a, "slagboom status", "evidenced gave an answer that is none");
		return EXIT_FAILED;
	}
	if (as_json)
		return print_json(type == RETENTION_DONE, answer);
	if (type == RETENTION_DONE) {
		command_print_quoted(stdout, "", answer);
		return EXIT_OK;
	}
	command_complain(a, NULL, "%.*s", (int)answer.len, (const char *)answer.p);
	return EXIT_FAILED;
}

int evidenced_ask(const struct args *a, struct rd request, int patience_ms, bool as_json)
{
	AUTO(buf_done) struct buf answer = { 0 };
	int r, nobody;

	buf_init(&answer, IPC_MAX);
	r = client_retention(args_state_dir(a), log_source_name(a), request, patience_ms, &answer);
	nobody = command_nobody(a, r);
	if (nobody != EXIT_OK)
		return nobody;
	if (r < 0) {
		command_complain(a, "slagboom status", "no answer: %s",
		    r == -ECONNRESET || r == -EPIPE ? "evidenced is not ready, or busy with another" : strerror(-r));
		return EXIT_FAILED;
	}
	return print_answer(a, buf_rd(&answer), as_json);
}
