/*
 * Is:        a conservative reader of exec commands (contracts in the header).
 * Is not:    a shell.
 * Called by: the exec lane.
 * Owns:      nothing.
 * Trust:     hostile text.
 */
#include "proto/sshexec.h"

#include "base/text.h"

enum quote { BARE, SINGLE, DOUBLE };

struct reader {
	struct sshexec *e;
	struct rd in;
	enum quote quote;
	bool in_word, is_shell;
	uint32_t word_at;
};

static bool is_one_of(uint8_t c, const char *set)
{
	for (; *set; set++)
		if ((uint8_t)*set == c)
			return true;
	return false;
}

/* A line end in quotes is a part of the word to sh, and to csh the end of the command. */
static void put(struct reader *r, uint8_t c)
{
	r->in_word = true;
	r->is_shell |= c == '\n' || c == '\r';
	if (r->e->n_text < SSHEXEC_LEN_MAX)
		r->e->text[r->e->n_text++] = c;
}

static bool end_word(struct reader *r)
{
	struct rd all = rd_of(r->e->text, r->e->n_text), word;

	if (!r->in_word)
		return true;
	r->in_word = false;
	if (r->e->n_words == SSHEXEC_WORDS_MAX ||
	    !rd_slice(&all, r->word_at, r->e->n_text - r->word_at, &word))
		return false;
	r->e->words[r->e->n_words++] = word;
	r->word_at = r->e->n_text;
	return true;
}

/* Outside quotes. False: not a command. */
static bool bare(struct reader *r, uint8_t c)
{
	uint8_t next;

	if (c == ' ' || c == '\t')
		return end_word(r);
	if (is_one_of(c, "'\"")) {
		r->quote = c == '"' ? DOUBLE : SINGLE;
		r->in_word = true;
		return true;
	}
	if (c == '\\') {
		if (!rd_u8(&r->in, &next) || next == '\n')
			return false;
		put(r, next);
		return true;
	}
	/* `#` begins a comment and `!` may mean history, `=` before the command is an assignment,
	 * a newline is a second command: all are the shell's business. */
	if (is_one_of(c, ";&|<>()$`#!^") || (c == '=' && r->e->n_words == 0))
		r->is_shell = true;
	if (is_one_of(c, "*?[]{}") || (c == '~' && !r->in_word))
		r->e->expands = true;
	put(r, c);
	return true;
}

static void in_quotes(struct reader *r, uint8_t c)
{
	uint8_t next;

	if (c == (r->quote == DOUBLE ? '"' : '\'')) {
		r->quote = BARE;
		return;
	}
	if (r->quote == DOUBLE && is_one_of(c, "$`!"))
		r->is_shell = true;
	if (r->quote == DOUBLE && c == '\\' && rd_at(&r->in, 0, &next) && is_one_of(next, "\\\"$`"))
		(void)!rd_u8(&r->in, &c);
	put(r, c);
}

static bool split(struct reader *r)
{
	uint8_t c;

	while (rd_u8(&r->in, &c)) {
		if (c == '\0' || c == 0x7f || (c < ' ' && c != '\t' && c != '\n' && c != '\r'))
			return false;
		if (r->quote != BARE)
			in_quotes(r, c);
		else if (!bare(r, c))
			return false;
	}
	return r->quote == BARE && end_word(r);
}

static bool word_is(const struct sshexec *e, unsigned i, const char *text)
{
	return i < e->n_words && rd_is(&e->words[i], text);
}

/* One cluster of scp's options, as -rp. */
static bool scp_options(struct sshexec *e, struct rd word, bool *sink, bool *source)
{
	uint8_t c;

	while (rd_u8(&word, &c)) {
		switch (c) {
		case 't':
			*sink = true;
			break;
		case 'f':
			*source = true;
			break;
		case 'r':
			e->recursive = true;
			break;
		case 'p':
			e->preserve = true;
			break;
		case 'd':
			e->to_directory = true;
			break;
		case 'v':
		case 'q':
			break;
		default:
			return false;
		}
	}
	return true;
}

static enum sshexec_kind scp_kind(struct sshexec *e)
{
	bool sink = false, source = false;
	unsigned i = 1;

	for (; i < e->n_words; i++) {
		struct rd word = e->words[i];
		if (rd_is(&word, "--")) {
			i++;
			break;
		}
		if (!rd_word(&word, "-") || word.len == 0)
			break;
		if (!scp_options(e, word, &sink, &source))
			return SSHEXEC_PLAIN;
	}
	e->first_path = i;
	if (sink == source || i == e->n_words || (sink && e->n_words - i != 1))
		return SSHEXEC_PLAIN;
	/* Getopt takes options after paths too: `scp -f x -S sh` must not look harmless. */
	for (unsigned k = i; k < e->n_words; k++) {
		struct rd word = e->words[k];
		if (rd_word(&word, "-") && !word_is(e, i - 1, "--"))
			return SSHEXEC_PLAIN;
	}
	return sink ? SSHEXEC_SCP_SINK : SSHEXEC_SCP_SOURCE;
}

static bool is_sftp_server(const struct sshexec *e)
{
	static const char *const known[] = { "internal-sftp", "/usr/lib/openssh/sftp-server",
		"/usr/libexec/openssh/sftp-server", "/usr/libexec/sftp-server", "/usr/lib/ssh/sftp-server",
		"/usr/lib/sftp-server", "/usr/lib/misc/sftp-server" };

	for (size_t i = 0; e->n_words == 1 && i < ARRAY_LEN(known); i++)
		if (word_is(e, 0, known[i]))
			return true;
	return false;
}

/* The shell at the other end reads their words once more, quoted or not. */
static bool is_read_twice(const struct sshexec *e)
{
	static const char *const known[] = { "eval", "trap", ".", "source", "alias", "command", "builtin", "compgen", "mapfile",
		"readarray" };

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (word_is(e, 0, known[i]))
			return true;
	return false;
}

static bool has_substitution(struct rd word)
{
	uint8_t c, next;

	while (rd_u8(&word, &c))
		if (c == '`' || (c == '$' && rd_at(&word, 0, &next) && next == '('))
			return true;
	return false;
}

/* What is part of a shell may take a word for a variable or a sum: in `printf -v 'a[$(id)]' x` bash runs
 * what stands in the brackets, and ksh does for a number. */
static bool is_sum(const struct sshexec *e)
{
	static const char *const known[] = { "printf", "test", "[", "read", "unset", "let", "declare", "typeset", "local", "readonly",
		"export", "integer", "float", "wait", "getopts", "exit", "return", "shift", "break", "continue", "set", "print", "kill",
		"ulimit", "umask", "sleep" };
	bool substitutes = false;

	for (unsigned i = 1; i < e->n_words; i++)
		substitutes |= has_substitution(e->words[i]);
	for (size_t i = 0; substitutes && i < ARRAY_LEN(known); i++)
		if (word_is(e, 0, known[i]))
			return true;
	return false;
}

static enum sshexec_kind kind_of(struct sshexec *e)
{
	if (e->n_words == 0 || e->words[0].len == 0)
		return SSHEXEC_BAD;
	if (is_read_twice(e) || is_sum(e))
		return SSHEXEC_SHELL;
	if (word_is(e, 0, "scp") || word_is(e, 0, "/usr/bin/scp"))
		return scp_kind(e);
	if (is_sftp_server(e))
		return SSHEXEC_SFTP_SERVER;
	if ((word_is(e, 0, "rsync") || word_is(e, 0, "/usr/bin/rsync")) && word_is(e, 1, "--server"))
		return SSHEXEC_RSYNC;
	return SSHEXEC_PLAIN;
}

void sshexec_parse(struct sshexec *out, struct rd command)
{
	struct reader r = { .e = out, .in = command };

	out->kind = SSHEXEC_BAD;
	out->recursive = out->preserve = out->to_directory = out->expands = false;
	out->n_words = out->first_path = out->n_text = 0;
	if (command.len > SSHEXEC_LEN_MAX || !text_is_utf8(command) || !split(&r)) {
		out->n_words = 0;
		return;
	}
	out->kind = r.is_shell ? SSHEXEC_SHELL : kind_of(out);
	/* Outside paths of a transfer, a pattern decides what runs. */
	if (out->expands && out->kind != SSHEXEC_SCP_SINK && out->kind != SSHEXEC_SCP_SOURCE)
		out->kind = SSHEXEC_SHELL;
}

const char *sshexec_kind_name(enum sshexec_kind kind)
{
	switch (kind) {
	case SSHEXEC_BAD:
		return "bad";
	case SSHEXEC_SHELL:
		return "shell";
	case SSHEXEC_PLAIN:
		return "plain";
	case SSHEXEC_SCP_SINK:
		return "scp-upload";
	case SSHEXEC_SCP_SOURCE:
		return "scp-download";
	case SSHEXEC_SFTP_SERVER:
		return "sftp";
	case SSHEXEC_RSYNC:
		return "rsync";
	}
	return "bad";
}
