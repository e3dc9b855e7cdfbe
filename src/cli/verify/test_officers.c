/*
 * Is:        officers' keys and the signatures of approvals: taken for the officer, the text and the
 *            purpose alone.
 * Is not:    a test of the cryptography (proc/keyd/test_approval_check.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "cli/verify/officers.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "policy/sshsig.h"
#include "testing/test.h"

static struct buf armour, message, key;

static void get(const char *name, struct buf *out)
{
	AUTO(mem_free) uint8_t *bytes = NULL;
	char path[128];
	size_t n;

	(void)snprintf(path, sizeof(path), "tests/vectors/sshsig/%s", name);
	n = test_file(path, &bytes);
	buf_init(out, 1 << 16);
	CHECK(buf_put(out, bytes, n));
}

static void begin(void)
{
	AUTO(buf_done) struct buf scratch = { 0 };
	struct sshsig s;

	if (armour.len)
		return;
	get("ed25519.sig", &armour);
	get("message", &message);
	buf_init(&scratch, SSHSIG_ARMOR_MAX);
	CHECK_INT(sshsig_parse(buf_rd(&armour), &scratch, &s), 0);
	buf_init(&key, 1024);
	struct wr w = wr_to(&key);
	wr_base64(&w, s.key_blob, BASE64_PADDED);
	CHECK(wr_ok(&w));
}

/* The file with one line, in which % is the key. */
static const char *check(const char *line, const char *name, struct rd text, struct rd signature, size_t *out_bad)
{
	AUTO(officers_done) struct officers o = { .n = 0 };
	char all[2048];
	size_t at = 0;
	const char *why;

	begin();
	for (; *line; line++)
		at += (size_t)(*line == '%' ? snprintf(&all[at], sizeof(all) - at, "%.*s", (int)key.len, (const char *)buf_rd(&key).p) :
					      snprintf(&all[at], sizeof(all) - at, "%c", *line));
	if (!officers_parse(&o, rd_of(all, at), out_bad))
		return "bad line";
	why = officers_check(&o, rd_str(name), text, signature);
	return why ? why : "";
}

static const char *of(const char *line, const char *name)
{
	size_t bad;

	begin();
	return check(line, name, buf_rd(&message), buf_rd(&armour), &bad);
}

#define NOT_HIS "a signature by a key that this officer does not have"

TEST(a_signature_counts_for_who_has_the_key)
{
	CHECK_STR(of("anna ssh-ed25519 %\n", "anna"), "");
	CHECK_STR(of("# officers\n\nbart,anna namespaces=\"grant@slagboom\" ssh-ed25519 % of the desk", "anna"), "");
	CHECK_STR(of("anna ssh-ed25519 %\n", "bart"), NOT_HIS);
	CHECK_STR(of("anna ssh-ed25519 %\n", "ann"), NOT_HIS);
	CHECK_STR(of("anna ssh-ed25519 %\n", ""), NOT_HIS);
	CHECK_STR(of("#anna ssh-ed25519 %\n", "anna"), NOT_HIS);
	CHECK_STR(of("anna ssh-ed25519 AAAA\nbart ssh-ed25519 %\n", "anna"), NOT_HIS);
	CHECK_STR(of("", "anna"), NOT_HIS);
}

TEST(lines_that_may_say_more_are_refused)
{
	size_t bad = 0;

	CHECK_STR(of("anna namespaces=\"file\" ssh-ed25519 %\n", "anna"), "bad line");
	CHECK_STR(of("anna valid-before=\"20200101\" ssh-ed25519 %\n", "anna"), "bad line");
	CHECK_STR(of("anna cert-authority ssh-ed25519 %\n", "anna"), "bad line");
	CHECK_STR(of("anna ssh-ed25519\n", "anna"), "bad line");
	CHECK_STR(of("anna ssh-ed25519 !!!\n", "anna"), "bad line");
	begin();
	CHECK_STR(check("anna ssh-ed25519 %\n\nx\n", "anna", buf_rd(&message), buf_rd(&armour), &bad), "bad line");
	CHECK_U64(bad, 3);
}

TEST(it_counts_for_its_text_alone)
{
	struct rd text, cut;
	size_t bad;

	begin();
	text = buf_rd(&message);
	CHECK(rd_slice(&text, 0, text.len - 1, &cut));
	CHECK_STR(check("anna ssh-ed25519 %\n", "anna", cut, buf_rd(&armour), &bad), "a signature that is not over this text");
	CHECK_STR(check("anna ssh-ed25519 %\n", "anna", text, rd_str("no signature"), &bad), "a signature that is none");
}
