/*
 * Is:        officers' public keys, and whether a signature is one of theirs (contract in the header).
 * Is not:    who of them may approve what.
 * Called by: run.c.
 * Owns:      its text.
 * Trust:     texts and signatures are hostile.
 */
#include "cli/verify/officers.h"

#include "base/text.h"
#include "policy/approval.h"
#include "policy/sshsig.h"
#include "proc/keyd/approval_check.h"

enum { BLOB_MAX = 8192 };

void officers_done(struct officers *o)
{
	buf_done(&o->text);
}

/* One line, without its end; false when it is none. An empty one and a comment have no key. */
struct line {
	struct rd names, key;
};

static bool is_type(struct rd word)
{
	return rd_is(&word, "ssh-ed25519") || rd_is(&word, "sk-ssh-ed25519@openssh.com") || rd_is(&word, "ssh-rsa") ||
	    rd_is(&word, "ecdsa-sha2-nistp256") || rd_is(&word, "ecdsa-sha2-nistp384") || rd_is(&word, "ecdsa-sha2-nistp521") ||
	    rd_is(&word, "sk-ecdsa-sha2-nistp256@openssh.com");
}

static bool take(struct rd r, struct line *out)
{
	AUTO(buf_done) struct buf blob = { 0 };
	struct rd word, look = r;

	*out = (struct line){ .key = { NULL, 0 } };
	if (!rd_token(&look, &out->names) || rd_word(&r, "#"))
		return true;
	if (!rd_token(&look, &word))
		return false;
	if (rd_is(&word, "namespaces=\"" APPROVAL_NAMESPACE "\"") && !rd_token(&look, &word))
		return false;
	buf_init(&blob, BLOB_MAX);
	return is_type(word) && rd_token(&look, &out->key) && text_base64(out->key, BASE64_PADDED, &blob);
}

bool officers_parse(struct officers *o, struct rd text, size_t *out_line)
{
	struct line l;
	struct rd line;

	*out_line = 0;
	buf_init(&o->text, OFFICERS_TEXT_MAX + 1);
	if (!buf_put_rd(&o->text, text) || (text.len && !buf_put_u8(&o->text, '\n')))
		return false;
	for (text = buf_rd(&o->text); rd_until(&text, '\n', &line);) {
		++*out_line;
		if (!take(line, &l))
			return false;
		o->n += l.key.len > 0;
	}
	return true;
}

/* `name` is one of those before the commas. */
static bool has_name(struct rd names, const struct rd *name)
{
	struct rd one;

	while (rd_until(&names, ',', &one))
		if (rd_equal(&one, name))
			return true;
	return rd_equal(&names, name);
}

/* The file gives this key to him. */
static bool is_his(const struct officers *o, const struct rd *name, const struct rd *key_blob)
{
	struct rd text = buf_rd(&o->text), line;
	struct line l;

	while (rd_until(&text, '\n', &line)) {
		AUTO(buf_done) struct buf blob = { 0 };
		if (!take(line, &l) || l.key.len == 0 || !has_name(l.names, name))
			continue;
		buf_init(&blob, BLOB_MAX);
		if (!text_base64(l.key, BASE64_PADDED, &blob))
			continue;
		struct rd raw = buf_rd(&blob);
		if (rd_equal(&raw, key_blob))
			return true;
	}
	return false;
}

const char *officers_check(const struct officers *o, struct rd name, struct rd text, struct rd signature)
{
	AUTO(buf_done) struct buf scratch = { 0 };
	struct sshsig s;

	buf_init(&scratch, SSHSIG_ARMOR_MAX);
	if (sshsig_parse(signature, &scratch, &s) != 0)
		return "a signature that is none";
	if (!rd_is(&s.name_space, APPROVAL_NAMESPACE))
		return "a signature for another purpose";
	if (!is_his(o, &name, &s.key_blob))
		return "a signature by a key that this officer does not have";
	if (!sshsig_is_touched(&s))
		return "a signature by a hardware key that nobody touched";
	return approval_check(NULL, &s, text) ? NULL : "a signature that is not over this text";
}
