/*
 * Is:        the lane of command lines (contracts in the header).
 * Is not:    the grammars (proto).
 * Called by: the gate's process.
 * Owns:      the session's protocol state.
 * Trust:     hostile from both sides.
 */
#include "lane/line_lane.h"

#include "base/quote.h"
#include "base/text.h"
#include "base/wr.h"
#include "proto/echo.h"
#include "proto/line.h"
#include "proto/plain.h"
#include "proto/telnet.h"

enum state { LOGIN, READY, BUSY, ASKING, OVER };
enum { END_OF_INPUT = 4 }; /* Ctrl-D */

struct line_lane {
	struct line_lane_config config;
	enum state state;
	struct telnet element, engineer;
	struct line line;
	struct mml mml;
	struct echo echo;
	struct prompt prompt;
	struct buf keys;     /* typed, not yet edited */
	struct buf held;     /* output that the inspector holds */
	struct buf command;  /* the canonical command being judged */
	struct buf text;
	unsigned mode;
	bool mode_known, holding, pager;
	enum prompt_kind asks; /* READY: PROMPT_CONFIRM and PROMPT_PASSWORD wait for another line than a command */
	bool is_enabling;      /* BUSY: with a command that asks for the enable secret, and nothing else */
	bool gave_secret;      /* nothing has come behind a password yet */
	uint32_t id, ask_id, hold_id;
	unsigned n_secrets;
};

/* --- orders ------------------------------------------------------------------------------ */

static void end(struct line_lane *l, struct lane_orders *o, enum lane_why why)
{
	if (l->state != OVER)
		lane_order_add(o, (struct order){ .kind = ORDER_END, .why = why });
	l->state = OVER;
}

static void send(struct lane_orders *o, enum lane_side to, struct rd bytes)
{
	if (bytes.len)
		lane_order_add(o, (struct order){ .kind = ORDER_SEND, .to = to, .bytes = bytes });
}

/* Text of ours or of the editor, to the engineer's window. */
static void show(struct line_lane *l, struct lane_orders *o, struct rd text)
{
	AUTO(buf_done) struct buf wire = { 0 };

	if (!l->config.engineer_is_telnet) {
		send(o, LANE_ENGINEER, text);
		return;
	}
	buf_init(&wire, LANE_BYTES_MAX);
	if (telnet_escape(text, &wire))
		send(o, LANE_ENGINEER, buf_rd(&wire));
	else
		end(l, o, WHY_FULL);
}

static void to_element(struct line_lane *l, struct lane_orders *o, struct rd text)
{
	AUTO(buf_done) struct buf wire = { 0 };

	buf_init(&wire, LANE_FEED_MAX);
	if (l->config.element_is_telnet ? telnet_escape(text, &wire) : buf_put_rd(&wire, text))
		send(o, LANE_ELEMENT, buf_rd(&wire));
	else
		end(l, o, WHY_FULL);
}

static void redraw(struct line_lane *l, struct lane_orders *o)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, LANE_FEED_MAX);
	if (line_redraw(&l->line, &b))
		show(l, o, buf_rd(&b));
}

static void refuse(struct line_lane *l, struct lane_orders *o, struct rd what, enum lane_why why)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w = wr_to(&b);

	buf_init(&b, 8192);
	lane_order_add(o, (struct order){ .kind = ORDER_REFUSE, .bytes = what, .why = why });
	wr_str(&w, "% refused: ");
	lane_put_why(&w, o, why);
	wr_str(&w, "\r\n");
	if (wr_ok(&w))
		show(l, o, buf_rd(&b));
	if (l->config.mml)
		mml_reset(&l->mml); /* what followed on the line was meant to follow this */
	redraw(l, o);
}

/* --- commands ---------------------------------------------------------------------------- */

/* `enable`, as short as elements take it, or `super`; with a level or alone. */
static bool asks_for_enable(struct rd command)
{
	static const char *const words[] = { "en", "ena", "enab", "enabl", "enable", "super" };
	struct rd word = { 0 }, level = { 0 };
	uint64_t n;
	bool known = false;

	if (!rd_token(&command, &word))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		known |= rd_is(&word, words[i]);
	return known && (!rd_token(&command, &level) || (text_u64(level, &n) && command.len == 0));
}

static void send_command(struct line_lane *l, struct lane_orders *o)
{
	AUTO(buf_done) struct buf line = { 0 };
	struct rd command = buf_rd(&l->command);

	buf_init(&line, 2 * ECHO_TEXT_MAX);
	if (!echo_expect(&l->echo, command) || !buf_put_rd(&line, command) || !buf_put_str(&line, l->config.line_end)) {
		refuse(l, o, command, WHY_TOO_LONG);
		l->state = READY;
		return;
	}
	lane_order_add(o, (struct order){ .kind = ORDER_COMMAND, .to = LANE_ELEMENT, .bytes = command });
	to_element(l, o, buf_rd(&line));
	prompt_init(&l->prompt);
	l->is_enabling = !l->config.mml && asks_for_enable(command);
	l->state = l->state == OVER ? OVER : BUSY;
}

static void judge(struct line_lane *l, struct lane_orders *o, struct lane_command c)
{
	c.canonical = buf_rd(&l->command);
	if (l->mode_known)
		c.mode = vty_mode_name(l->config.vty, l->mode);
	if (c.is_switch)
		lane_order_add(o, (struct order){ .kind = ORDER_FINDING, .why = WHY_SWITCHES_TARGET,
		    .bytes = c.canonical });
	switch (l->config.hooks.judge(l->config.hooks.arg, &c)) {
	case LANE_ALLOW:
		send_command(l, o);
		return;
	case LANE_ASK:
		l->state = ASKING;
		l->ask_id = ++l->id;
		lane_order_add(o, (struct order){ .kind = ORDER_ASK, .id = l->ask_id, .bytes = c.canonical });
		return;
	case LANE_DENY:
		break;
	}
	refuse(l, o, c.canonical, WHY_NOT_GRANTED);
}

static enum lane_why vty_why(int rc)
{
	static const enum lane_why why[] = { [VTY_EMPTY] = WHY_NONE, [VTY_UNKNOWN] = WHY_UNKNOWN,
		[VTY_AMBIGUOUS] = WHY_AMBIGUOUS, [VTY_INCOMPLETE] = WHY_INCOMPLETE,
		[VTY_BAD_TEXT] = WHY_BAD_TEXT, [VTY_TOO_LONG] = WHY_TOO_LONG, [VTY_BAD_PIPE] = WHY_BAD_PIPE };

	ASSERT(rc > 0 && (size_t)rc < ARRAY_LEN(why));
	return why[rc];
}

static enum lane_why plain_why(int rc)
{
	static const enum lane_why why[] = { [PLAIN_EMPTY] = WHY_NONE, [PLAIN_BAD_TEXT] = WHY_BAD_TEXT,
		[PLAIN_BAD_PIPE] = WHY_BAD_PIPE, [PLAIN_TOO_LONG] = WHY_TOO_LONG, [PLAIN_SHELL] = WHY_NEEDS_SHELL };

	ASSERT(rc > 0 && (size_t)rc < ARRAY_LEN(why));
	return why[rc];
}

/* Shows the engineer what his abbreviation became. */
static void show_expansion(struct line_lane *l, struct lane_orders *o, struct rd typed)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd command = buf_rd(&l->command);
	struct wr w = wr_to(&b);

	buf_init(&b, 4 * ECHO_TEXT_MAX);
	if (rd_equal(&typed, &command))
		return;
	wr_str(&w, "= ");
	wr_quoted(&w, command, ECHO_TEXT_MAX);
	wr_str(&w, "\r\n");
	if (wr_ok(&w))
		show(l, o, buf_rd(&b));
}

static void on_vty_line(struct line_lane *l, struct lane_orders *o, struct rd line)
{
	struct vty_command cmd;
	int rc;

	if (!l->mode_known) {
		refuse(l, o, line, WHY_UNKNOWN_MODE);
		return;
	}
	rc = vty_expand(l->config.vty, l->mode, line, &l->command, &cmd);
	if (rc == VTY_EMPTY) {
		redraw(l, o);
		return;
	}
	if (rc) {
		refuse(l, o, line, vty_why(rc));
		return;
	}
	show_expansion(l, o, line);
	judge(l, o, (struct lane_command){ .has_range = false });
}

static void on_plain_line(struct line_lane *l, struct lane_orders *o, struct rd line)
{
	int rc = plain_expand(l->config.dialect, line, &l->command);

	if (rc == PLAIN_EMPTY)
		redraw(l, o);
	else if (rc)
		refuse(l, o, line, plain_why(rc));
	else
		judge(l, o, (struct lane_command){ .has_range = false });
}

static enum lane_why mml_why(int rc)
{
	return rc == MML_BAD ? WHY_UNKNOWN : rc == MML_TWICE ? WHY_TWICE : WHY_TOO_LONG;
}

/* The next whole MML command, if one is pending. */
static void next_mml(struct line_lane *l, struct lane_orders *o)
{
	static const struct mml_command none;
	struct mml_command *c = mem_new(1, sizeof(*c));
	int rc;

	*c = none;
	buf_reset(&l->command);
	rc = mml_next(&l->mml, c);
	if (rc && rc != MML_MORE)
		refuse(l, o, rd_str(""), mml_why(rc));
	else if (rc == 0 && c->has_secret)
		refuse(l, o, c->name, WHY_CARRIES_SECRET);
	else if (rc == 0 && !buf_put_rd(&l->command, c->canonical))
		refuse(l, o, c->name, WHY_TOO_LONG);
	else if (rc == 0)
		judge(l, o, (struct lane_command){ .is_switch = c->is_switch, .target = c->target,
		    .has_range = c->has_range });
	mem_wipe(c, sizeof(*c));
	mem_free(&c);
}

static void on_mml_line(struct line_lane *l, struct lane_orders *o, struct rd line)
{
	int rc = mml_add(&l->mml, line);

	if (rc)
		refuse(l, o, line, rc == MML_BAD ? WHY_BAD_TEXT : WHY_TOO_LONG);
	else
		next_mml(l, o);
}

/* A line typed at "(y/n)": only a yes or a no goes on. */
static void on_confirm(struct line_lane *l, struct lane_orders *o, struct rd line)
{
	if (!rd_is(&line, "y") && !rd_is(&line, "n") && !rd_is(&line, "yes") && !rd_is(&line, "no")) {
		refuse(l, o, line, WHY_NOT_CONFIRMED);
		return;
	}
	buf_reset(&l->command);
	if (buf_put_rd(&l->command, line))
		send_command(l, o);
}

/* A line typed where a password is asked for: an empty one leads away from there. */
static void on_password(struct line_lane *l, struct lane_orders *o, struct rd line)
{
	if (line.len) {
		refuse(l, o, rd_str("a password"), WHY_CARRIES_SECRET);
		return;
	}
	prompt_init(&l->prompt);
	to_element(l, o, rd_str(l->config.line_end));
	l->state = l->state == OVER ? OVER : BUSY;
}

static void on_line(struct line_lane *l, struct lane_orders *o, struct rd line)
{
	buf_reset(&l->command);
	if (l->asks == PROMPT_CONFIRM)
		on_confirm(l, o, line);
	else if (l->asks == PROMPT_PASSWORD)
		on_password(l, o, line);
	else if (l->config.mml)
		on_mml_line(l, o, line);
	else if (l->config.vty)
		on_vty_line(l, o, line);
	else
		on_plain_line(l, o, line);
}

/* --- the engineer's side ------------------------------------------------------------------- */

/* A pager wants one key: more, one line more, or enough. Behind the end of what is typed, which stays for
 * the prompt, there is nobody to press one: all is shown. */
static void pager_keys(struct line_lane *l, struct lane_orders *o)
{
	struct rd keys = buf_rd(&l->keys);
	uint8_t c;

	while (l->pager && rd_u8(&keys, &c)) {
		if (c != END_OF_INPUT)
			buf_drop(&l->keys, 1);
		if (c != END_OF_INPUT && c != ' ' && c != '\r' && c != 'q')
			continue;
		l->pager = false;
		prompt_init(&l->prompt);
		to_element(l, o, c == 'q' ? rd_str("q") : c == '\r' ? rd_str(l->config.line_end) : rd_str(" "));
	}
}

/* Edits what was typed, up to one line at a time, as long as the element is ready. */
static void edit(struct line_lane *l, struct lane_orders *o)
{
	while (l->state == READY && !l->holding && l->keys.len) {
		AUTO(buf_done) struct buf echo = { 0 }, line = { 0 };
		struct rd keys = buf_rd(&l->keys);
		buf_init(&echo, LANE_BYTES_MAX);
		buf_init(&line, LINE_BYTES_MAX);
		int rc = line_feed(&l->line, &keys, &echo, &line);
		buf_drop(&l->keys, l->keys.len - keys.len);
		show(l, o, buf_rd(&echo));
		if (rc == LINE_DONE)
			on_line(l, o, buf_rd(&line));
		else if (rc == LINE_INTERRUPT && l->config.mml)
			mml_reset(&l->mml);
		if (rc == LINE_INTERRUPT)
			redraw(l, o);
		else if (rc == LINE_END)
			end(l, o, WHY_LEFT);
		else if (rc == LINE_FULL)
			end(l, o, WHY_FULL);
	}
	if (l->pager)
		pager_keys(l, o);
}

static void from_engineer(struct line_lane *l, struct lane_orders *o, struct rd in)
{
	AUTO(buf_done) struct buf reply = { 0 };
	unsigned width = l->engineer.width;
	int rc = 0;

	buf_init(&reply, LANE_FEED_MAX);
	if (l->config.engineer_is_telnet)
		rc = telnet_feed(&l->engineer, in, &l->keys, &reply);
	else if (!buf_put_rd(&l->keys, in))
		rc = TELNET_FULL;
	send(o, LANE_ENGINEER, buf_rd(&reply));
	if (rc)
		end(l, o, rc == TELNET_FLOOD ? WHY_FLOOD : WHY_FULL);
	else if (l->engineer.width != width)
		line_lane_resize(l, l->engineer.width, l->engineer.height, o);
	edit(l, o);
}

/* --- the element's side ---------------------------------------------------------------------- */

static void give_secret(struct line_lane *l, struct lane_orders *o, enum lane_secret secret)
{
	if (++l->n_secrets > LANE_LOGINS_MAX * 2) {
		end(l, o, WHY_LOGIN_FAILED);
		return;
	}
	prompt_init(&l->prompt);
	l->gave_secret = secret != SECRET_USER;
	lane_order_add(o, (struct order){ .kind = ORDER_SECRET, .to = LANE_ELEMENT, .secret = secret });
}

static void on_ready(struct line_lane *l, struct lane_orders *o, struct rd prompt)
{
	if (l->config.vty)
		l->mode_known = vty_mode_of_prompt(l->config.vty, prompt, &l->mode);
	if (l->asks == PROMPT_PASSWORD)
		line_no_echo(&l->line, false);
	l->asks = PROMPT_NONE;
	l->state = READY;
	if (l->config.mml && mml_is_pending(&l->mml))
		next_mml(l, o);
}

/* The engineer's line answers a question of the element's, and is no command. */
static void on_question(struct line_lane *l, enum prompt_kind kind)
{
	line_no_echo(&l->line, kind == PROMPT_PASSWORD);
	l->asks = kind;
	l->state = READY;
}

/* What the element waits for now, if anything. A secret is for the log-in, and for the first thing that
 * is said behind the command that asks for it: whatever else prints the words of a prompt gets none. */
static void on_prompt(struct line_lane *l, struct lane_orders *o)
{
	struct rd prompt;
	enum prompt_kind kind = prompt_is(&l->prompt, l->config.dialect, &prompt);

	l->pager = kind == PROMPT_MORE && l->state == BUSY;
	if (l->state != LOGIN && l->state != BUSY && !(l->state == READY && l->asks && kind == PROMPT_READY))
		return; /* output while somebody types: prompts in it mean nothing, unless what looked like a question was none */
	line_prompt(&l->line, rd_of(l->prompt.tail, l->prompt.n));
	if (kind == PROMPT_LOGIN && l->state == LOGIN)
		give_secret(l, o, SECRET_USER);
	else if (kind == PROMPT_PASSWORD && l->state == LOGIN)
		give_secret(l, o, SECRET_PASSWORD);
	else if (kind == PROMPT_PASSWORD && l->is_enabling && l->prompt.n_lines == 0)
		give_secret(l, o, SECRET_ENABLE);
	else if (kind == PROMPT_READY)
		on_ready(l, o, prompt);
	else if ((kind == PROMPT_CONFIRM || kind == PROMPT_PASSWORD) && l->state == BUSY)
		on_question(l, kind);
}

/* On its line comes nothing behind a secret, or stars, which are not shown. */
static bool hides_secret(struct line_lane *l, struct rd *text)
{
	uint8_t c;

	while (l->gave_secret && rd_at(text, 0, &c)) {
		if (c > ' ' && c != '*')
			return false;
		l->gave_secret = c != '\r' && c != '\n';
		(void)!(l->gave_secret && rd_skip(text, 1));
	}
	return true;
}

/* The echo of our own line is not shown: the engineer has seen it. */
static struct rd check_echo(struct line_lane *l, struct lane_orders *o, struct rd text)
{
	size_t used = 0;
	enum echo_state state = echo_feed(&l->echo, text, &used);
	struct rd all = text;

	if (state == ECHO_DIFFERS) {
		lane_order_add(o, (struct order){ .kind = ORDER_FINDING, .why = WHY_ECHO_DIFFERS,
		    .bytes = buf_rd(&l->command) });
		return all;
	}
	(void)!rd_skip(&text, used);
	return text;
}

static void look(struct line_lane *l, struct lane_orders *o, struct rd text)
{
	AUTO(buf_done) struct buf out = { 0 };

	buf_init(&out, LANE_BYTES_MAX);
	switch (l->config.hooks.look(l->config.hooks.arg, text, &out)) {
	case LOOK_PASS:
		show(l, o, text);
		return;
	case LOOK_REPLACE:
		show(l, o, buf_rd(&out));
		return;
	case LOOK_HOLD:
		l->holding = true;
		l->hold_id = ++l->id;
		if (!buf_put_rd(&l->held, text))
			end(l, o, WHY_FULL);
		lane_order_add(o, (struct order){ .kind = ORDER_HOLD, .id = l->hold_id });
		return;
	case LOOK_REFUSE:
	case LOOK_END:
		break;
	}
	end(l, o, WHY_INSPECTOR);
}

static void output(struct line_lane *l, struct lane_orders *o, struct rd text)
{
	bool typing = l->state == READY || l->state == ASKING;

	if (!hides_secret(l, &text)) {
		end(l, o, WHY_SECRET_SHOWN);
		return;
	}
	text = check_echo(l, o, text);
	prompt_feed(&l->prompt, text);
	if (l->holding) {
		if (!buf_put_rd(&l->held, text))
			end(l, o, WHY_FULL);
	} else if (text.len) {
		look(l, o, text);
	}
	if (l->state == OVER)
		return;
	if (typing && text.len && l->line.n)
		redraw(l, o);
	on_prompt(l, o);
}

static void from_element(struct line_lane *l, struct lane_orders *o, struct rd in)
{
	AUTO(buf_done) struct buf reply = { 0 };
	int rc = 0;

	buf_init(&reply, LANE_FEED_MAX);
	buf_reset(&l->text);
	if (l->config.element_is_telnet)
		rc = telnet_feed(&l->element, in, &l->text, &reply);
	else if (!buf_put_rd(&l->text, in))
		rc = TELNET_FULL;
	send(o, LANE_ELEMENT, buf_rd(&reply));
	if (rc) {
		end(l, o, rc == TELNET_FLOOD ? WHY_FLOOD : WHY_FULL);
		return;
	}
	output(l, o, buf_rd(&l->text));
	edit(l, o);
}

/* --- the lane ---------------------------------------------------------------------------------- */

static unsigned help(void *arg, struct rd before, line_each each, void *each_arg)
{
	const struct line_lane *l = arg;

	return l->mode_known ? vty_candidates(l->config.vty, l->mode, before, each, each_arg) : 0;
}

struct line_lane *line_lane_new(const struct line_lane_config *config)
{
	struct line_lane *l = mem_new(1, sizeof(*l));
	struct line_help helper = { .ask = config->vty ? help : NULL, .ask_arg = l };

	ASSERT(config->hooks.judge && config->hooks.look && !(config->vty && config->mml));
	l->config = *config;
	l->config.line_end = config->line_end ? config->line_end : "\r";
	l->state = LOGIN;
	telnet_init(&l->element, TELNET_CLIENT, "xterm");
	telnet_init(&l->engineer, TELNET_SERVER, "");
	line_init(&l->line, helper);
	line_width(&l->line, config->width);
	echo_init(&l->echo);
	prompt_init(&l->prompt);
	if (config->mml)
		mml_init(&l->mml, config->mml);
	buf_init(&l->keys, LANE_KEYS_MAX);
	buf_init(&l->held, LANE_BYTES_MAX);
	buf_init(&l->command, 2 * ECHO_TEXT_MAX);
	buf_init(&l->text, LANE_FEED_MAX);
	return l;
}

void line_lane_free(struct line_lane **lp)
{
	struct line_lane *l = *lp;

	if (!l)
		return;
	line_done(&l->line);
	if (l->config.mml)
		mml_done(&l->mml);
	buf_wipe(&l->keys);
	buf_wipe(&l->held);
	buf_wipe(&l->command);
	buf_wipe(&l->text);
	mem_free(lp);
}

void line_lane_start(struct line_lane *l, struct lane_orders *o)
{
	AUTO(buf_done) struct buf reply = { 0 };

	buf_init(&reply, LANE_FEED_MAX);
	if (l->config.engineer_is_telnet && telnet_start(&l->engineer, &reply))
		end(l, o, WHY_FULL);
	send(o, LANE_ENGINEER, buf_rd(&reply));
	line_lane_resize(l, l->config.width, l->config.height, o);
}

size_t line_lane_room(const struct line_lane *l, enum lane_side side)
{
	size_t room = side == LANE_ENGINEER ? buf_room(&l->keys) : l->holding ? 0 : LANE_FEED_MAX;

	return l->state == OVER ? 0 : room < LANE_FEED_MAX ? room : LANE_FEED_MAX;
}

void line_lane_feed(struct line_lane *l, enum lane_side from, struct rd in, struct lane_orders *o)
{
	if (l->state == OVER)
		return;
	if (in.len > LANE_FEED_MAX)
		end(l, o, WHY_FULL);
	else if (from == LANE_ENGINEER)
		from_engineer(l, o, in);
	else
		from_element(l, o, in);
}

static void release(struct line_lane *l, struct lane_orders *o)
{
	l->holding = false;
	show(l, o, buf_rd(&l->held));
	buf_reset(&l->held);
}

void line_lane_answer(struct line_lane *l, uint32_t id, bool allow, struct lane_orders *o)
{
	if (l->state == OVER || id == 0)
		return;
	if (l->holding && id == l->hold_id) {
		if (allow)
			release(l, o);
		else
			end(l, o, WHY_INSPECTOR);
	} else if (l->state == ASKING && id == l->ask_id) {
		l->state = READY;
		if (allow)
			send_command(l, o);
		else
			refuse(l, o, buf_rd(&l->command), WHY_NOT_GRANTED);
	}
	edit(l, o);
}

void line_lane_resize(struct line_lane *l, unsigned width, unsigned height, struct lane_orders *o)
{
	AUTO(buf_done) struct buf reply = { 0 };

	buf_init(&reply, 64);
	line_width(&l->line, width);
	/* The element shall not wrap the echo: it is told a wide window. */
	if (l->config.element_is_telnet &&
	    telnet_resize(&l->element, 511, (uint16_t)(height > 60000 ? 60000 : height), &reply))
		end(l, o, WHY_FULL);
	send(o, LANE_ELEMENT, buf_rd(&reply));
}

bool line_lane_is_ready(const struct line_lane *l)
{
	return l->state == READY;
}
