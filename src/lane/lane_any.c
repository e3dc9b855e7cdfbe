/*
 * Is:        one interface over the lanes (contracts in the header).
 * Is not:    a lane.
 * Called by: the gate's process.
 * Owns:      the lane behind it.
 * Trust:     hostile from both sides.
 */
#include "lane/lane_any.h"

#include "lane/exec_lane.h"
#include "lane/line_lane.h"
#include "lane/shell_lane.h"

static struct line_lane *line_of(const struct lane_any_config *c)
{
	struct line_lane_config config = { .dialect = c->dialect, .vty = c->vty, .mml = c->mml,
		.element_is_telnet = c->element_is_telnet, .engineer_is_telnet = c->engineer_is_telnet,
		.width = c->width, .height = c->height, .line_end = c->line_end, .hooks = c->hooks };

	return line_lane_new(&config);
}

void lane_any_init(struct lane_any *l, const struct lane_any_config *c)
{
	struct shell_lane_config shell = { .guard = c->guard, .keys = c->keys, .hooks = c->hooks };
	struct exec_lane_config exec = { .input = c->input, .file_max = c->file_max, .total_max = c->total_max,
		.hooks = c->hooks };

	*l = (struct lane_any){ .kind = c->kind };
	switch (c->kind) {
	case LANE_LINE:
		l->line = line_of(c);
		return;
	case LANE_SHELL:
		l->shell = shell_lane_new(&shell);
		return;
	case LANE_EXEC:
	case LANE_SFTP:
		l->exec = exec_lane_new(&exec);
		return;
	}
}

void lane_any_done(struct lane_any *l)
{
	line_lane_free(&l->line);
	shell_lane_free(&l->shell);
	exec_lane_free(&l->exec);
}

void lane_any_start(struct lane_any *l, struct rd command, struct lane_orders *o)
{
	if (l->line)
		line_lane_start(l->line, o);
	else if (l->kind == LANE_EXEC)
		exec_lane_start(l->exec, command, o);
	else if (l->kind == LANE_SFTP)
		exec_lane_start_sftp(l->exec, o);
}

size_t lane_any_room(const struct lane_any *l, enum lane_side side)
{
	size_t room = 0;

	if (l->line)
		room = line_lane_room(l->line, side);
	else if (l->shell)
		room = shell_lane_room(l->shell, side);
	else if (l->exec)
		room = exec_lane_is_behind(l->exec) ? 0 : exec_lane_room(l->exec, side);
	return room < LANE_FEED_MAX ? room : LANE_FEED_MAX;
}

bool lane_any_is_behind(const struct lane_any *l)
{
	return l->exec && exec_lane_is_behind(l->exec);
}

const char *lane_any_word(const struct lane_any *l)
{
	return l->line ? "line" : l->shell ? "typed" : lane_any_has_files(l) ? "file" : "exec";
}

bool lane_any_has_files(const struct lane_any *l)
{
	return l->exec && exec_lane_has_files(l->exec);
}

void lane_any_feed(struct lane_any *l, enum lane_side from, bool is_stderr, struct rd in, struct lane_orders *o)
{
	if (l->line)
		line_lane_feed(l->line, from, in, o);
	else if (l->shell)
		shell_lane_feed(l->shell, from, in, o);
	else if (l->exec)
		exec_lane_feed(l->exec, from, is_stderr, in, o);
}

void lane_any_eof(struct lane_any *l, enum lane_side from, struct lane_orders *o)
{
	if (l->line && from == LANE_ENGINEER)
		line_lane_feed(l->line, from, rd_str("\x04"), o); /* as at his keyboard: on an empty line he leaves */
	else if (l->line)
		lane_order_add(o, (struct order){ .kind = ORDER_EOF, .to = LANE_ENGINEER });
	else if (l->shell)
		shell_lane_eof(l->shell, from, o);
	else if (l->exec)
		exec_lane_eof(l->exec, from, o);
}

void lane_any_answer(struct lane_any *l, uint32_t id, bool allow, struct lane_orders *o)
{
	if (l->line)
		line_lane_answer(l->line, id, allow, o);
	else if (l->shell)
		shell_lane_answer(l->shell, id, allow, o);
	else if (l->exec)
		exec_lane_answer(l->exec, id, allow, o);
}

void lane_any_fetched(struct lane_any *l, uint32_t id, struct rd bytes, struct lane_orders *o)
{
	if (l->exec)
		exec_lane_fetched(l->exec, id, bytes, o);
}

bool lane_any_resize(struct lane_any *l, unsigned width, unsigned height, struct lane_orders *o)
{
	if (l->line)
		line_lane_resize(l->line, width, height, o);
	return l->line != NULL;
}
