/*
 * Is:        what a line of sshd's log tells.
 * Is not:    proof of anything.
 * Called by: door_room.c.
 * Owns:      nothing.
 * Trust:     hostile.
 *
 * A template is text with {captures}. {m}ethod and {k}ey are words; {u}ser and {t}arget are
 * whatever stands before the last place where the rest of the template's next text occurs, so
 * that a name cannot pass for the end of its line; {*} is anything, and kept nowhere.
 */
#include "proc/door/sshd_log.h"

static const struct row {
	const char *template;
	enum sshd_said said;
} rows[] = {
	{ "Accepted {m} for {u} from {*} ssh2: {*} {k}", SSHD_ACCEPTED },
	{ "Accepted {m} for {u} from {*}", SSHD_ACCEPTED },
	{ "Failed {m} for invalid user {u} from {*}", SSHD_FAILED },
	{ "Failed {m} for {u} from {*}", SSHD_FAILED },
	{ "Invalid user {u} from {*}", SSHD_NO_SUCH_USER },
	{ "PAM: {*} for illegal user {u} from {*}", SSHD_FAILED },
	{ "PAM: {*} for {u} from {*}", SSHD_FAILED },
	{ "User {u} not allowed because {*}", SSHD_NO_SUCH_USER },
	{ "error: maximum authentication attempts exceeded for invalid user {u} from {*}", SSHD_TOO_MANY_TRIES },
	{ "error: maximum authentication attempts exceeded for {u} from {*}", SSHD_TOO_MANY_TRIES },
	{ "fatal: Timeout before authentication for {*}", SSHD_TOO_LATE },
	{ "fatal: privsep_preauth: preauth child terminated by signal {*}", SSHD_CRASHED },
	{ "Received request from {*} to connect to host {t}, but the request was denied.", SSHD_REFUSED_LOCAL },
	{ "refused local port forward: originator {*}, target {t}", SSHD_REFUSED_LOCAL },
	{ "Received request from {*} to remote forward to host {t}, but the request was denied.", SSHD_REFUSED_REMOTE },
	{ "refused streamlocal port forward: originator {*}, target {t}", SSHD_REFUSED_SOCKET },
	/* What LogVerbose adds (room_config.c): file, function and process stand in front. */
	{ "serverloop.c:server_request_direct_streamlocal():{*} refused streamlocal port forward: originator {*}, target {t}",
	    SSHD_REFUSED_SOCKET },
	{ "debug1: serverloop.c:server_request_direct_streamlocal():{*}", SSHD_NOISE },
	{ "debug1: serverloop.c:server_input_global_request():{*}: streamlocal-forward listen path {t}", SSHD_REFUSED_SOCKET },
	{ "debug1: serverloop.c:server_input_global_request():{*}: tcpip-forward listen {t}", SSHD_REFUSED_REMOTE },
	{ "debug1: serverloop.c:server_input_global_request():{*}", SSHD_NOISE },
	{ "debug1: session.c:session_auth_agent_req():{*}: agent forwarding disabled", SSHD_REFUSED_AGENT },
	{ "debug1: session.c:session_input_channel_req():{*} req x11-req", SSHD_REFUSED_X11 },
	{ "debug1: session.c:session_input_channel_req():{*}", SSHD_NOISE },
	{ "debug1: serverloop.c:server_input_channel_open():{*}: ctype tun@openssh.com {*}", SSHD_REFUSED_TUNNEL },
	{ "debug1: serverloop.c:server_input_channel_open():{*}", SSHD_NOISE },
	{ "Accepted key {*}", SSHD_NOISE },
	{ "Accepted certificate {*}", SSHD_NOISE },
	{ "Postponed {*}", SSHD_NOISE },
	{ "Partial {*}", SSHD_NOISE },
	{ "Connection from {*}", SSHD_NOISE },
	{ "Connection closed by {*}", SSHD_NOISE },
	{ "Connection reset by {*}", SSHD_NOISE },
	{ "Received disconnect from {*}", SSHD_NOISE },
	{ "Disconnected from {*}", SSHD_NOISE },
	{ "Disconnecting {*}", SSHD_NOISE },
	{ "User child is on pid {*}", SSHD_NOISE },
	{ "Starting session: {*}", SSHD_NOISE },
	{ "Close session: {*}", SSHD_NOISE },
	{ "Transferred: {*}", SSHD_NOISE },
	{ "Closing connection to {*}", SSHD_NOISE },
	/* There is no such file in a room; the record has the login. */
	{ "lastlog_openseek: {*}", SSHD_NOISE },
	{ "syslogin_perform_logout: {*}", SSHD_NOISE },
};

/* The rest of the template up to its next capture, which it then stands at. */
static struct rd next_text(struct rd *template)
{
	struct rd text, all = *template;
	uint8_t c;
	size_t n = 0;

	while (rd_at(&all, n, &c) && c != '{')
		n++;
	(void)!rd_take(template, n, &text);
	return text;
}

/* Where `text` begins in `r`: the first time, or the last. */
static bool find(struct rd r, struct rd text, bool last, size_t *out)
{
	bool found = false;
	struct rd here;

	for (size_t i = 0; i + text.len <= r.len && (last || !found); i++) {
		if (!rd_slice(&r, i, text.len, &here) || !rd_equal(&here, &text))
			continue;
		*out = i;
		found = true;
	}
	return found;
}

static void keep(struct sshd_line *out, uint8_t what, struct rd bytes)
{
	if (what == 'm')
		out->method = bytes;
	else if (what == 'u')
		out->user = bytes;
	else if (what == 'k')
		out->key = bytes;
	else if (what == 't')
		out->target = bytes;
}

/* One capture: everything up to the template's next text, or to the end. */
static bool capture(struct rd *line, struct rd *template, struct sshd_line *out)
{
	uint8_t what = 0, c;
	struct rd text, bytes;
	size_t n = line->len;

	if (!rd_skip(template, 1) || !rd_u8(template, &what) || !rd_skip(template, 1))
		return false;
	text = next_text(template);
	if (text.len && !find(*line, text, what == 'u' || what == 't', &n))
		return false;
	if (!rd_take(line, n, &bytes) || !rd_skip(line, text.len))
		return false;
	if (what == 'm' || what == 'k')
		for (size_t i = 0; rd_at(&bytes, i, &c); i++)
			if (c == ' ')
				return false;
	keep(out, what, bytes);
	return true;
}

static bool match(struct rd line, const struct row *row, struct sshd_line *out)
{
	struct rd template = rd_str(row->template), text = next_text(&template), head;
	struct sshd_line l = { .said = row->said };

	if (!rd_take(&line, text.len, &head) || !rd_equal(&head, &text))
		return false;
	while (template.len)
		if (!capture(&line, &template, &l))
			return false;
	if (line.len)
		return false;
	*out = l;
	return true;
}

/* "\r" ends sshd's lines on standard error; " [preauth]" says which half spoke. */
static struct rd trim(struct rd line, bool *out_half)
{
	static const char half[] = " [preauth]";
	struct rd tail;
	uint8_t c;

	if (line.len && rd_at(&line, line.len - 1, &c) && c == '\r')
		line.len--;
	*out_half = line.len >= sizeof(half) - 1 &&
	    rd_slice(&line, line.len - (sizeof(half) - 1), sizeof(half) - 1, &tail) && rd_is(&tail, half);
	if (*out_half)
		line.len -= sizeof(half) - 1;
	return line;
}

struct sshd_line sshd_log_read(struct rd line)
{
	struct sshd_line l = { .said = SSHD_UNKNOWN };
	bool before_login;
	size_t i = 0;

	line = trim(line, &before_login);
	while (i < ARRAY_LEN(rows) && !match(line, &rows[i], &l))
		i++;
	l.before_login = before_login;
	return l;
}

const char *sshd_refused_kind(enum sshd_said s)
{
	switch (s) {
	case SSHD_REFUSED_LOCAL:
		return "local";
	case SSHD_REFUSED_REMOTE:
		return "remote";
	case SSHD_REFUSED_SOCKET:
		return "unix-socket";
	case SSHD_REFUSED_AGENT:
		return "agent";
	case SSHD_REFUSED_X11:
		return "x11";
	case SSHD_REFUSED_TUNNEL:
		return "tunnel";
	case SSHD_UNKNOWN:
	case SSHD_NOISE:
	case SSHD_ACCEPTED:
	case SSHD_FAILED:
	case SSHD_NO_SUCH_USER:
	case SSHD_TOO_MANY_TRIES:
	case SSHD_TOO_LATE:
	case SSHD_CRASHED:
	case SSHD_SAIDS:
		break;
	}
	return NULL;
}
