/*
 * Is:        engineers' secrets for one-time codes (contract in the header).
 * Is not:    the check of a code.
 * Called by: deskd, door, verbs.
 * Owns:      the directory otp and the table otp.
 * Trust:     arguments are hostile text; rooms may have written to the directory.
 */
#include "proc/desk/otp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/vec.h"
#include "base/wr.h"
#include "crypto/random.h"
#include "os/disk.h"
#include "policy/scalar.h"
#include "proc/control.h"
#include "proc/desk/book.h"
#include "proc/desk/db.h"
#include "proc/desk/officers.h"
#include "proc/desk/world.h"

/* RFC 4226 section 4: at least 128 bits, better 160. A whole number of base32 groups. */
enum { RAW_LEN = 20, GROUP_LEN = 5, BASE32_LEN = 32, FILE_MAX = 256, URI_MAX = 1024 };

/* Behind the secret, as the module reads it. Codes of the step before and after are good too, for
 * telephones whose clock is not right; each once. */
static const char options[] = "\n\" RATE_LIMIT 3 30\n\" WINDOW_SIZE 3\n\" DISALLOW_REUSE\n\" TOTP_AUTH\n";

static struct {
	const char *origin;
	struct disk_dir disk;
} me;

void otp_init(const char *origin)
{
	me.origin = origin;
	disk_dir_init(&me.disk, CHILD_ROOT_FD);
}

/* RFC 4648 section 6; a length that needs no padding. */
static void put_base32(struct wr *w, struct rd raw)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	struct rd group;
	uint8_t c;

	while (rd_take(&raw, GROUP_LEN, &group)) {
		uint64_t bits = 0;
		while (rd_u8(&group, &c))
			bits = bits << 8 | c;
		for (int at = 8 * GROUP_LEN - 5; at >= 0; at -= 5)
			wr_u8(w, (uint8_t)alphabet[bits >> at & 31]);
	}
}

static void put_escaped(struct wr *w, struct rd text)
{
	uint8_t c;

	while (rd_u8(&text, &c)) {
		if (is_alnum(c) || c == '.' || c == '-' || c == '_')
			wr_u8(w, c);
		else
			wr_text(w, "%%%02X", c);
	}
}

/* As authenticators read it; what it does not say of RFC 6238 is its default, and theirs. */
static void put_uri(struct wr *w, struct rd name, struct rd secret)
{
	wr_str(w, "otpauth://totp/");
	put_escaped(w, rd_str(me.origin));
	wr_str(w, ":");
	put_escaped(w, name);
	wr_str(w, "?secret=");
	wr_bytes(w, secret);
	wr_str(w, "&issuer=");
	put_escaped(w, rd_str(me.origin));
}

static void path_of(char out[DISK_PATH_MAX], struct rd name, const char *file)
{
	if (snprintf(out, DISK_PATH_MAX, "otp/%.*s%s", (int)name.len, (const char *)name.p, file) >= DISK_PATH_MAX)
		out[0] = '\0'; /* which no file is called */
}

static int write_secret(struct rd name, struct rd secret)
{
	AUTO(buf_wipe) struct buf file = { 0 };
	char dir[DISK_PATH_MAX], scratch[DISK_PATH_MAX], path[DISK_PATH_MAX];
	int r;

	buf_init(&file, FILE_MAX);
	struct wr w = wr_to(&file);
	wr_bytes(&w, secret);
	wr_str(&w, options);
	path_of(dir, name, "");
	path_of(scratch, name, "/new");
	path_of(path, name, "/code");
	r = wr_ok(&w) ? disk_mkdir(&me.disk.disk, dir) : -ENOBUFS;
	if (r == 0)
		r = disk_fsync_dir(&me.disk.disk, "otp");
	return r == 0 ? disk_replace(&me.disk.disk, scratch, path, buf_rd(&file)) : r;
}

/* Removing. The module, or who has taken over a room, may have left more than we wrote. */

struct left { char name[DISK_PATH_MAX]; };

static void keep_name(void *ctx, const char *name)
{
	struct left *one;

	if (strlen(name) >= sizeof(one->name) - sizeof("otp/") - SCALAR_NAME_MAX - 1)
		return;
	one = vec_push(ctx);
	(void)snprintf(one->name, sizeof(one->name), "/%s", name);
}

static int remove_files(struct rd name)
{
	char path[DISK_PATH_MAX];
	struct vec left;
	int r;

	vec_init(&left, sizeof(struct left));
	path_of(path, name, "");
	r = disk_list(&me.disk.disk, path, keep_name, &left);
	for (size_t i = 0; i < left.n && r == 0; i++) {
		path_of(path, name, ((struct left *)vec_at(&left, i))->name);
		r = disk_unlink(&me.disk.disk, path);
	}
	vec_done(&left);
	path_of(path, name, "");
	if (r == 0)
		r = disk_rmdir(&me.disk.disk, path);
	if (r == 0)
		r = disk_fsync_dir(&me.disk.disk, "otp");
	return r == -ENOENT ? 0 : r;
}

static bool is_enrolled(struct rd name)
{
	return db_number(0, "SELECT 1 FROM otp WHERE name = ?1", "t", name) != 0;
}

int otp_forget(struct rd name, struct rd by, const char *why)
{
	struct book_about a = { .actor = by };
	struct event e = { .id = EVENT_OTP_REMOVED, .value = { { .bytes = by }, { .bytes = name }, { .bytes = rd_str(why) } } };
	int r;

	if (!is_enrolled(name))
		return 0;
	r = remove_files(name);
	if (r < 0) {
		(void)dprintf(STDERR_FILENO, "cannot remove the one-time codes of %.*s: %s\n", (int)name.len,
		    (const char *)name.p, strerror(-r));
		return r;
	}
	(void)db_run("DELETE FROM otp WHERE name = ?1", "t", name);
	(void)book_event(&a, &e);
	return 1;
}

struct person { char name[SCALAR_NAME_MAX + 1]; };

int otp_settle(void)
{
	struct sqlite3_stmt *s = db_query("SELECT name FROM otp", "");
	struct vec gone;
	int r = disk_mkdir(&me.disk.disk, "otp");

	vec_init(&gone, sizeof(struct person));
	while (db_step(s)) {
		struct rd name = db_bytes(s, 0);
		if (policy_engineer(world_now()->policy, name) < 0 || world_is_removed(name))
			(void)snprintf(((struct person *)vec_push(&gone))->name, SCALAR_NAME_MAX + 1, "%.*s", (int)name.len,
			    (const char *)name.p);
	}
	for (size_t i = 0; i < gone.n && r == 0; i++)
		(void)otp_forget(rd_str(((struct person *)vec_at(&gone, i))->name), rd_str("deskd"), "the policy in force has no such engineer");
	vec_done(&gone);
	return r;
}

/* Verbs. */

static bool person_of(struct question *q, struct rd *out)
{
	struct rd name = question_arg(q, 0);

	question_names(q, name);
	*out = name;
	if (policy_engineer(world_now()->policy, name) >= 0 && !world_is_removed(name))
		return true;
	question_refuse(q, "no engineer of the policy is called so, or he has left: slagboom roster");
	return false;
}

static void show(struct question *q, struct rd name, struct rd secret)
{
	AUTO(buf_wipe) struct buf uri = { 0 };

	buf_init(&uri, URI_MAX);
	struct wr w = wr_to(&uri), text = wr_to(&q->text);
	put_uri(&w, name, secret);
	json_object(&q->json);
	json_key(&q->json, "engineer");
	json_text(&q->json, name);
	json_key(&q->json, "secret");
	json_text(&q->json, secret);
	json_key(&q->json, "uri");
	json_text(&q->json, buf_rd(&uri));
	json_end(&q->json);
	wr_bytes(&text, buf_rd(&uri));
	wr_str(&text, "\nsecret: ");
	wr_bytes(&text, secret);
	wr_str(&text, "\nIt is not shown again. Bring it to him by a way on which only he sees it; codes of a secret before hold no more.\n");
}

void verb_otp_enrol(struct question *q)
{
	AUTO(buf_wipe) struct buf secret = { 0 };
	struct book_about a = { .actor = q->name };
	uint8_t raw[RAW_LEN];
	struct rd name;

	if (!person_of(q, &name))
		return;
	buf_init(&secret, BASE32_LEN);
	struct wr w = wr_to(&secret);
	random_fill(random_system(), raw, sizeof(raw));
	put_base32(&w, rd_of(raw, sizeof(raw)));
	mem_wipe(raw, sizeof(raw));
	if (!wr_ok(&w) || write_secret(name, buf_rd(&secret)) < 0) {
		question_refuse(q, "the desk cannot write the secret to its disk; what was before holds");
		return;
	}
	struct event e = { .id = EVENT_OTP_ENROLLED,
		.value = { { .number = is_enrolled(name) }, { .bytes = q->name }, { .bytes = name } } };
	(void)db_run("INSERT OR REPLACE INTO otp VALUES(?1, ?2, ?3)", "tti", name, q->name, world_clock());
	(void)book_event(&a, &e);
	show(q, name, buf_rd(&secret));
}

void verb_otp_remove(struct question *q)
{
	struct rd name;
	int r;

	if (!person_of(q, &name))
		return;
	r = otp_forget(name, q->name, "an administrator asked for it");
	if (r > 0)
		(void)!buf_put_str(&q->text, "removed: with --otp nobody comes in as him until he is enrolled again");
	else
		question_refuse(q, r == 0 ? "he has no one-time codes: slagboom otp list" : "the desk cannot remove it from its disk");
}

/* Everybody of the policy, so that it shows who is still without. */
void verb_otp_list(struct question *q)
{
	const struct policy *p = world_now()->policy;

	json_array(&q->json);
	for (uint32_t i = 0; i < p->n_engineers; i++) {
		AUTO(buf_done) struct buf by = { 0 }, when = { 0 };
		struct rd name = p->engineers[i].name;
		if (world_is_removed(name))
			continue;
		buf_init(&by, SCALAR_NAME_MAX);
		buf_init(&when, 64);
		bool has = db_get(&by, "SELECT by FROM otp WHERE name = ?1", "t", name) &&
		    scalar_put_instant(&when, db_number(0, "SELECT at FROM otp WHERE name = ?1", "t", name));
		json_object(&q->json);
		json_key(&q->json, "by");
		has ? json_text(&q->json, buf_rd(&by)) : json_null(&q->json);
		json_key(&q->json, "engineer");
		json_text(&q->json, name);
		json_key(&q->json, "enrolled");
		has ? json_text(&q->json, buf_rd(&when)) : json_null(&q->json);
		json_end(&q->json);
	}
	json_end(&q->json);
}
