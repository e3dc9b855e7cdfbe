/*
 * Is:        the exec lane (contracts in the header).
 * Is not:    the reader of commands (proto/sshexec.h).
 * Called by: the gate's process.
 * Owns:      the lane behind it.
 * Trust:     hostile from both sides.
 */
#include "lane/exec_lane.h"

#include "base/ascii.h"
#include "base/wr.h"
#include "lane/passage.h"
#include "lane/scp_lane.h"
#include "lane/sftp_lane.h"
#include "proto/path.h"
#include "proto/sshexec.h"

/* Above the ids of the lane behind: both ask. */
enum { OWN_IDS = 0x80000000 };

enum state { NEW, ASKING, RUNNING, OVER };

struct exec_lane {
	struct exec_lane_config config;
	enum state state;
	enum lane_act act;
	struct sshexec exec;
	struct buf canonical;
	struct passage out;
	struct sftp_lane *sftp;
	struct scp_lane *scp;
	uint32_t next_id, ask_id;
	bool was_told;               /* that input is not granted */
};

struct exec_lane *exec_lane_new(const struct exec_lane_config *config)
{
	struct exec_lane *l = mem_new(1, sizeof(*l));

	ASSERT(config->hooks.judge && config->hooks.look && config->hooks.look_file && config->hooks.judge_file);
	l->config = *config;
	l->next_id = OWN_IDS;
	buf_init(&l->canonical, 5 * SSHEXEC_LEN_MAX);
	passage_init(&l->out, &config->hooks);
	return l;
}

void exec_lane_free(struct exec_lane **lp)
{
	struct exec_lane *l = *lp;

	if (!l)
		return;
	sftp_lane_free(&l->sftp);
	scp_lane_free(&l->scp);
	passage_done(&l->out);
	buf_wipe(&l->canonical);
	mem_free(lp);
}

static void end(struct exec_lane *l, struct lane_orders *o, enum lane_why why)
{
	if (l->state != OVER)
		lane_order_add(o, (struct order){ .kind = ORDER_END, .why = why });
	l->state = OVER;
}

/* A refused command is told on stderr, and the channel ends. */
static void refuse(struct exec_lane *l, struct lane_orders *o, struct rd what, enum lane_why why)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w = wr_to(&b);

	buf_init(&b, 1024);
	lane_order_add(o, (struct order){ .kind = ORDER_REFUSE, .why = why, .bytes = what });
	wr_str(&w, "slagboom: refused: ");
	lane_put_why(&w, o, why);
	wr_str(&w, "\r\n");
	if (wr_ok(&w))
		lane_order_add(o, (struct order){ .kind = ORDER_SEND, .to = LANE_ENGINEER, .is_stderr = true,
		    .bytes = buf_rd(&b) });
	end(l, o, why);
}

/* --- what is sent ------------------------------------------------------------------------------- */

/* A shell gives these a meaning of their own when they stand bare and first. */
static bool is_reserved(struct rd word)
{
	static const char *const words[] = { "if", "then", "else", "elif", "fi", "do", "done", "case", "esac",
		"while", "until", "for", "in", "select", "function", "time", "coproc" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (rd_is(&word, words[i]))
			return true;
	return false;
}

/* What a shell takes for itself unless it is quoted. `X=1` in front of a command is an assignment; zsh looks
 * for a program behind an `=` in front, fish for a process behind a `%`. */
static bool is_bare(struct rd word, bool first)
{
	static const char also[] = "_-./:,@+=";
	uint8_t c;

	if (!rd_at(&word, 0, &c) || c == '=' || is_reserved(word))
		return false;
	while (rd_u8(&word, &c)) {
		bool ok = is_alnum(c);
		for (size_t i = 0; i < sizeof(also) - 1; i++)
			ok |= c == (uint8_t)also[i];
		if (!ok || (first && c == '='))
			return false;
	}
	return true;
}

/* For whichever shell is there: in quotes of this kind sh takes all as it is, but csh and tcsh act on `!`, and
 * fish on a backslash. A line end, on which csh acts as well, is in no word that comes here (sshexec.h). */
static bool put_word(struct buf *out, struct rd word)
{
	struct wr w = wr_to(out);
	bool first = out->len == 0;
	uint8_t c;

	wr_str(&w, first ? "" : " ");
	if (is_bare(word, first)) {
		wr_bytes(&w, word);
		return wr_ok(&w);
	}
	wr_u8(&w, '\'');
	while (rd_u8(&word, &c)) {
		if (c == '\'' || c == '!' || c == '\\')
			wr_text(&w, "'\\%c'", c);
		else
			wr_u8(&w, c);
	}
	wr_u8(&w, '\'');
	return wr_ok(&w);
}

static bool put_plain(struct exec_lane *l)
{
	for (unsigned i = 0; i < l->exec.n_words; i++)
		if (!put_word(&l->canonical, l->exec.words[i]))
			return false;
	return true;
}

static bool put_scp(struct exec_lane *l)
{
	const struct sshexec *e = &l->exec;
	struct wr w = wr_to(&l->canonical);

	wr_text(&w, "scp -%s%s%s%s --", e->recursive ? "r" : "", e->preserve ? "p" : "", e->to_directory ? "d" : "",
	    e->kind == SSHEXEC_SCP_SINK ? "t" : "f");
	for (unsigned i = e->first_path; i < e->n_words; i++)
		if (!put_word(&l->canonical, e->words[i]))
			return false;
	return wr_ok(&w);
}

/* --- starting ------------------------------------------------------------------------------------- */

static void run(struct exec_lane *l, struct lane_orders *o)
{
	l->state = RUNNING;
	lane_order_add(o, (struct order){ .kind = ORDER_COMMAND, .to = LANE_ELEMENT, .bytes = buf_rd(&l->canonical) });
	lane_order_add(o, (struct order){ .kind = ORDER_EXEC, .to = LANE_ELEMENT, .bytes = buf_rd(&l->canonical) });
	if (l->sftp || l->scp || l->config.input || l->act == ACT_OPAQUE)
		return;
	lane_order_add(o, (struct order){ .kind = ORDER_EOF, .to = LANE_ELEMENT });
}

static void judge(struct exec_lane *l, struct lane_orders *o, struct lane_command c)
{
	c.canonical = buf_rd(&l->canonical);
	l->act = c.act;
	switch (l->config.hooks.judge(l->config.hooks.arg, &c)) {
	case LANE_ALLOW:
		run(l, o);
		return;
	case LANE_ASK:
		l->state = ASKING;
		l->ask_id = ++l->next_id;
		lane_order_add(o, (struct order){ .kind = ORDER_ASK, .id = l->ask_id, .bytes = c.canonical });
		return;
	case LANE_DENY:
		break;
	}
	refuse(l, o, c.canonical, l->act == ACT_OPAQUE ? WHY_OPAQUE : l->act == ACT_SHELL ? WHY_NEEDS_SHELL :
	    WHY_NOT_GRANTED);
}

/* What a source is asked for is judged before it starts, and each file again. */
static void start_scp(struct exec_lane *l, struct lane_orders *o)
{
	AUTO(buf_done) struct buf path = { 0 };
	const struct sshexec *e = &l->exec;
	struct scp_lane_config config = { .is_upload = e->kind == SSHEXEC_SCP_SINK, .recursive = e->recursive,
		.to_directory = e->to_directory, .path = e->words[e->first_path], .file_max = l->config.file_max,
		.total_max = l->config.total_max, .hooks = l->config.hooks };

	buf_init(&path, 2 * PATH_LEN_MAX);
	if (e->expands || e->n_words - e->first_path != 1) {
		refuse(l, o, rd_of(e->text, e->n_text), e->expands ? WHY_NEEDS_SHELL : WHY_UNSUPPORTED);
		return;
	}
	l->scp = scp_lane_new(&config);
	if (!l->scp || !put_scp(l) || path_clean(rd_str(""), config.path, &path) == PATH_BAD)
		refuse(l, o, rd_of(e->text, e->n_text), WHY_BAD_TEXT);
	else if (config.is_upload)
		run(l, o); /* nothing is written before a file is judged */
	else
		judge(l, o, (struct lane_command){ .act = ACT_READ_FILE, .path = buf_rd(&path) });
}

void exec_lane_start_sftp(struct exec_lane *l, struct lane_orders *o)
{
	struct sftp_lane_config config = { l->config.file_max, l->config.total_max, l->config.hooks };

	ASSERT(l->state == NEW);
	l->sftp = sftp_lane_new(&config);
	l->state = RUNNING;
}

void exec_lane_start(struct exec_lane *l, struct rd command, struct lane_orders *o)
{
	ASSERT(l->state == NEW);
	sshexec_parse(&l->exec, command);
	switch (l->exec.kind) {
	case SSHEXEC_SCP_SINK:
	case SSHEXEC_SCP_SOURCE:
		start_scp(l, o);
		return;
	case SSHEXEC_SFTP_SERVER:
		exec_lane_start_sftp(l, o);
		if (put_plain(l))
			run(l, o); /* every operation is judged */
		return;
	case SSHEXEC_PLAIN:
	case SSHEXEC_RSYNC:
		if (put_plain(l))
			judge(l, o, (struct lane_command){ .act = l->exec.kind == SSHEXEC_RSYNC ? ACT_OPAQUE : ACT_EXEC });
		else
			refuse(l, o, command, WHY_TOO_LONG);
		return;
	case SSHEXEC_SHELL:
		if (buf_put_rd(&l->canonical, command))
			judge(l, o, (struct lane_command){ .act = ACT_SHELL });
		return;
	case SSHEXEC_BAD:
		break;
	}
	refuse(l, o, command.len > SSHEXEC_LEN_MAX ? rd_str("") : command, WHY_BAD_TEXT);
}

/* --- running ---------------------------------------------------------------------------------------- */

size_t exec_lane_room(const struct exec_lane *l, enum lane_side side)
{
	if (l->state != RUNNING || (side == LANE_ELEMENT && l->out.holding))
		return 0;
	return l->sftp ? sftp_lane_room(l->sftp, side) : l->scp ? scp_lane_room(l->scp, side) : LANE_FEED_MAX;
}

static void from_engineer(struct exec_lane *l, struct rd in, struct lane_orders *o)
{
	if (l->config.input || l->act == ACT_OPAQUE)
		lane_order_add(o, (struct order){ .kind = ORDER_SEND, .to = LANE_ELEMENT, .bytes = in });
	else if (!l->was_told)
		lane_order_add(o, (struct order){ .kind = ORDER_REFUSE, .why = WHY_NOT_GRANTED,
		    .bytes = rd_str("input to the command") });
	l->was_told = true;
}

void exec_lane_feed(struct exec_lane *l, enum lane_side from, bool is_stderr, struct rd in, struct lane_orders *o)
{
	if (l->state == OVER)
		return;
	if (in.len > exec_lane_room(l, from))
		end(l, o, WHY_FULL);
	else if (l->sftp && !is_stderr)
		sftp_lane_feed(l->sftp, from, in, o);
	else if (l->scp && !is_stderr)
		scp_lane_feed(l->scp, from, in, o);
	else if (from == LANE_ENGINEER && in.len)
		from_engineer(l, in, o);
	else if (in.len && !passage_put(&l->out, in, is_stderr, &l->next_id, o))
		end(l, o, WHY_INSPECTOR);
}

bool exec_lane_has_files(const struct exec_lane *l)
{
	return l->sftp || l->scp;
}

bool exec_lane_is_behind(const struct exec_lane *l)
{
	return l->sftp && l->state == RUNNING && sftp_lane_is_behind(l->sftp);
}

void exec_lane_eof(struct exec_lane *l, enum lane_side from, struct lane_orders *o)
{
	if (l->state != RUNNING)
		return;
	if (l->scp)
		scp_lane_eof(l->scp, from, o);
	else if (l->sftp && from == LANE_ENGINEER)
		sftp_lane_eof(l->sftp, o);
	else if (from == LANE_ELEMENT || l->config.input || l->act == ACT_OPAQUE)
		lane_order_add(o, (struct order){ .kind = ORDER_EOF, .to = from == LANE_ELEMENT ? LANE_ENGINEER : LANE_ELEMENT });
}

void exec_lane_answer(struct exec_lane *l, uint32_t id, bool allow, struct lane_orders *o)
{
	if (l->state == ASKING && id == l->ask_id) {
		if (allow)
			run(l, o);
		else
			refuse(l, o, buf_rd(&l->canonical), WHY_NOT_GRANTED);
	} else if (l->state == RUNNING && passage_answer(&l->out, id, allow, o)) {
		if (!allow)
			end(l, o, WHY_INSPECTOR);
	} else if (l->state == RUNNING && l->sftp) {
		sftp_lane_answer(l->sftp, id, allow, o);
	} else if (l->state == RUNNING && l->scp) {
		scp_lane_answer(l->scp, id, allow, o);
	}
}

void exec_lane_fetched(struct exec_lane *l, uint32_t id, struct rd bytes, struct lane_orders *o)
{
	if (l->state != RUNNING)
		return;
	if (l->sftp)
		sftp_lane_fetched(l->sftp, id, bytes, o);
	else if (l->scp)
		scp_lane_fetched(l->scp, id, bytes, o);
}
