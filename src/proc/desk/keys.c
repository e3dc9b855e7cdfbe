/*
 * Is:        pinned host keys (contract in the header).
 * Is not:    the check.
 * Called by: sessions, officers.
 * Owns:      the tables host_key and host_key_seen.
 * Trust:     what is pinned comes from an officer; what was seen, from an element or from whoever
 *            stands before it, through a gate.
 */
#include "proc/desk/keys.h"

#include "base/text.h"
#include "crypto/sha256.h"
#include "policy/scalar.h"
#include "proc/desk/book.h"
#include "proc/desk/db.h"
#include "proc/desk/officers.h"
#include "proc/desk/world.h"

enum { BLOB_MAX = 4096 };

static bool has_key(struct rd asset)
{
	return db_number(0, "SELECT 1 FROM host_key WHERE asset = ?1", "t", asset) != 0;
}

bool keys_of(struct rd asset, struct buf *out)
{
	struct sqlite3_stmt *q = db_query("SELECT key FROM host_key WHERE asset = ?1", "t", asset);
	bool ok = true;

	while (ok && db_step(q)) {
		ok = buf_put_rd(out, db_bytes(q, 0)) && buf_put_u8(out, '\n');
		if (!ok)
			db_end(q);
	}
	return ok;
}

/* Of "TYPE BASE64": SHA-256 of its bytes, and as ssh-keygen -l prints it. */
static bool fingerprint_of(struct rd key, uint8_t hash[SHA256_LEN], struct buf *text)
{
	AUTO(buf_done) struct buf blob = { 0 };
	struct rd kind, base64;

	buf_init(&blob, BLOB_MAX);
	if (!rd_token(&key, &kind) || !rd_token(&key, &base64) || !text_base64(base64, BASE64_PADDED, &blob) || blob.len == 0)
		return false;
	sha256_of(buf_rd(&blob), hash);
	buf_init(text, 128);
	struct wr w = wr_to(text);
	wr_str(&w, "SHA256:");
	wr_base64(&w, rd_of(hash, SHA256_LEN), BASE64_BARE);
	return wr_ok(&w);
}

static bool is_fingerprint(struct rd key, struct rd fingerprint, uint8_t hash[SHA256_LEN])
{
	AUTO(buf_done) struct buf text = { 0 };
	struct rd made;

	if (!fingerprint_of(key, hash, &text))
		return false;
	made = buf_rd(&text);
	return rd_equal(&made, &fingerprint);
}

static struct book_about about(struct rd asset, struct rd by)
{
	return (struct book_about){ .actor = by, .asset = asset,
		.log = world_is_intercept(world_now(), asset) ? BOOK_INTERCEPT : BOOK_CORE };
}

void keys_seen(struct rd asset, struct rd key)
{
	AUTO(buf_done) struct buf print = { 0 };
	int64_t now = world_clock();
	uint8_t hash[SHA256_LEN];

	if (key.len > BLOB_MAX || !scalar_is_clean(key) || !fingerprint_of(key, hash, &print) ||
	    db_number(0, "SELECT 1 FROM host_key WHERE asset = ?1 AND key = ?2", "tt", asset, key))
		return;
	if (db_run("UPDATE host_key_seen SET last = ?3, times = times + 1 WHERE asset = ?1 AND key = ?2", "tti", asset, key, now))
		return;
	/* Somebody between us and the element could show another one each time: the oldest goes. */
	(void)db_run("DELETE FROM host_key_seen WHERE asset = ?1 AND key NOT IN (SELECT key FROM host_key_seen WHERE asset = ?1"
		     " ORDER BY last DESC, key LIMIT ?2)", "ti", asset, (int64_t)KEYS_SEEN_MAX - 1);
	(void)db_run("INSERT INTO host_key_seen VALUES(?1, ?2, ?3, ?3, 1)", "tti", asset, key, now);
	struct book_about a = about(asset, rd_of(NULL, 0));
	struct event e = { .id = EVENT_HOSTKEY_SEEN, .value = { { .bytes = rd_of(hash, SHA256_LEN) },
		{ .bytes = rd_str(has_key(asset) ? "changed" : "unknown") } } };
	(void)book_event(&a, &e);
}

/* The key with this fingerprint that the element showed. */
static bool find_seen(struct rd asset, struct rd fingerprint, struct buf *out)
{
	struct sqlite3_stmt *q = db_query("SELECT key FROM host_key_seen WHERE asset = ?1", "t", asset);
	uint8_t hash[SHA256_LEN];
	bool found = false;

	while (!found && db_step(q)) {
		found = is_fingerprint(db_bytes(q, 0), fingerprint, hash) && buf_put_rd(out, db_bytes(q, 0));
		if (found)
			db_end(q);
	}
	return found;
}

bool keys_accept(struct rd asset, struct rd key, struct rd fingerprint, struct rd by, const char **why, int64_t *out_event)
{
	AUTO(buf_done) struct buf seen = { 0 };
	uint8_t hash[SHA256_LEN];

	if (policy_asset(world_now()->policy, asset) < 0) {
		*why = "no asset of the policy is called so";
		return false;
	}
	buf_init(&seen, BLOB_MAX);
	if (key.len == 0 && find_seen(asset, fingerprint, &seen))
		key = buf_rd(&seen);
	if (key.len == 0) {
		*why = "the element has shown no key with this fingerprint: slagboom element-key lists them; or give it with --public FILE";
		return false;
	}
	if (key.len > BLOB_MAX || !scalar_is_clean(key) || !is_fingerprint(key, fingerprint, hash)) {
		*why = "the key does not have this fingerprint";
		return false;
	}
	(void)db_run("INSERT OR IGNORE INTO host_key VALUES(?1, ?2, ?3, ?4)", "ttti", asset, key, by, world_clock());
	(void)db_run("DELETE FROM host_key_seen WHERE asset = ?1 AND key = ?2", "tt", asset, key);
	struct book_about a = about(asset, by);
	struct event e = { .id = EVENT_HOSTKEY_ACCEPTED, .value = { { .bytes = rd_of(hash, SHA256_LEN) } } };
	*out_event = book_event(&a, &e);
	return true;
}

static void put_key(struct question *q, struct rd asset, struct rd key, const char *state, struct rd by, int64_t at, int64_t times)
{
	AUTO(buf_done) struct buf print = { 0 }, when = { 0 };
	uint8_t hash[SHA256_LEN];

	buf_init(&when, 64);
	if (!question_may_see(q, asset) || !fingerprint_of(key, hash, &print) || !scalar_put_instant(&when, at))
		return;
	json_object(&q->json);
	json_key(&q->json, "asset");
	json_text(&q->json, asset);
	json_key(&q->json, "at");
	json_text(&q->json, buf_rd(&when));
	json_key(&q->json, "by");
	json_text(&q->json, by);
	json_key(&q->json, "fingerprint");
	json_text(&q->json, buf_rd(&print));
	json_key(&q->json, "key");
	json_text(&q->json, key);
	json_key(&q->json, "state");
	json_str(&q->json, state);
	json_key(&q->json, "times");
	json_int(&q->json, times);
	json_end(&q->json);
}

void verb_host_keys(struct question *q)
{
	struct sqlite3_stmt *s = db_query("SELECT asset, key, last, times, EXISTS(SELECT 1 FROM host_key WHERE asset ="
	    " host_key_seen.asset) FROM host_key_seen ORDER BY last DESC, asset, key", "");

	json_array(&q->json);
	while (db_step(s))
		put_key(q, db_bytes(s, 0), db_bytes(s, 1), db_int(s, 4) ? "changed" : "unknown", rd_of(NULL, 0), db_int(s, 2), db_int(s, 3));
	s = db_query("SELECT asset, key, by, at FROM host_key ORDER BY asset, key", "");
	while (db_step(s))
		put_key(q, db_bytes(s, 0), db_bytes(s, 1), "accepted", db_bytes(s, 2), db_int(s, 3), 0);
	json_end(&q->json);
}
