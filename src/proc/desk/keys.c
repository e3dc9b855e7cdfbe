/*
 * Is:        pinned host keys (contract in the header).
 * Is not:    the check.
 * Called by: sessions, officers.
 * Owns:      the table host_key.
 * Trust:     keys come from an officer.
 */
#include "proc/desk/keys.h"

#include "base/text.h"
#include "crypto/sha256.h"
#include "proc/desk/book.h"
#include "proc/desk/db.h"
#include "proc/desk/world.h"

enum { BLOB_MAX = 4096 };

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

/* SHA-256 of the key's bytes, when `fingerprint` is it. */
static bool is_fingerprint(struct rd key, struct rd fingerprint, uint8_t hash[SHA256_LEN])
{
	AUTO(buf_done) struct buf blob = { 0 }, text = { 0 };
	struct rd kind, base64, made;

	buf_init(&blob, BLOB_MAX);
	buf_init(&text, 128);
	if (!rd_token(&key, &kind) || !rd_token(&key, &base64) || !text_base64(base64, BASE64_PADDED, &blob))
		return false;
	sha256_of(buf_rd(&blob), hash);
	struct wr w = wr_to(&text);
	wr_str(&w, "SHA256:");
	wr_base64(&w, rd_of(hash, SHA256_LEN), BASE64_BARE);
	made = buf_rd(&text);
	return rd_equal(&made, &fingerprint);
}

bool keys_accept(struct rd asset, struct rd key, struct rd fingerprint, struct rd by, const char **why, int64_t *out_event)
{
	const struct world *w = world_now();
	uint8_t hash[SHA256_LEN];
	int a = policy_asset(w->policy, asset);

	if (a < 0) {
		*why = "no asset of the policy is called so";
		return false;
	}
	if (key.len > BLOB_MAX || !is_fingerprint(key, fingerprint, hash)) {
		*why = "the key does not have this fingerprint";
		return false;
	}
	(void)db_run("INSERT OR IGNORE INTO host_key VALUES(?1, ?2, ?3, ?4)", "ttti", asset, key, by, world_clock());
	struct book_about about = { .actor = by, .asset = asset,
		.log = w->policy->assets[a].intercept ? BOOK_INTERCEPT : BOOK_CORE };
	struct event e = { .id = EVENT_HOSTKEY_ACCEPTED, .value = { { .bytes = rd_of(hash, SHA256_LEN) } } };
	*out_event = book_event(&about, &e);
	return true;
}
