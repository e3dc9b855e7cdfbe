/*
 * Is:        signed checkpoints on their way to be cosigned (contract in the header).
 * Is not:    the tree, the key or the network.
 * Called by: evidenced.
 * Owns:      as in the header.
 * Trust:     shipd may have been taken over.
 */
#include "proc/evidenced/publish.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/timefmt.h"
#include "evidence/mirror.h"
#include "evidence/split_view.h"
#include "evidence/subtree.h"
#include "evidence/tiler.h"
#include "os/clock.h"
#include "os/ipc.h"
#include "policy/sshsig.h"
#include "proc/child.h"
#include "proc/keyd/approval_check.h"
#include "proc/talk/key_proto.h"
#include "proc/talk/ship_proto.h"

enum { ROUND_MAX = KEY_NOTE_MAX + 16 * SHIP_LINES_MAX, PARTS_PER_TURN = 128 };
#define SIGNED_FILE "checkpoint.signed"
#define COSIGNED_FILE "checkpoint"
#define HALT_FILE "split-view"
#define SETTLED_FILE "split-view.settled"

static bool has_quorum_file(const struct publish *p)
{
	return p->config.has_policy && p->config.policy.quorum >= 0;
}

static void failed(struct publish *p, const char *doing, int err)
{
	p->calls->failed(p->ctx, doing, err);
}

static void say(const struct publish *p, enum event_id id)
{
	struct event e = { .id = id, .value = { { .bytes = rd_str(p->name) } } };

	child_event(&e);
}

/* A name for an event: those of a policy are any bytes. */
static struct rd event_name(struct rd name)
{
	return event_name_ok(name) ? name : rd_str("unnamed");
}

/* Talking to shipd. */

static void on_shipd_closed(void *ctx, int err)
{
	struct publish *p = ctx;

	if (err < 0)
		child_link_refused("shipd", ipc_refusal(p->shipd));
	ipc_free(&p->shipd);
	buf_reset(&p->upload);
	p->is_round_open = p->is_uploading = false;
}

/* False when it must be tried again later. A link that broke is closed by the loop. */
static bool send(struct publish *p, uint16_t type, struct rd body)
{
	return p->shipd && ipc_send(p->shipd, type, body) == 0;
}

/* From one tree to another; false when it cannot be told now. */
static bool send_proof(struct publish *p, uint64_t from, uint64_t to)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct merkle_proof proof;

	if (!p->tiler || from == 0 || to > p->tiler->size ||
	    merkle_prove_consistency(&p->tiler->source, from, to, &proof) != 0)
		return false;
	buf_init(&b, SHIP_PROOF_LEN);
	struct wr w = wr_to(&b);
	wr_ship_range(&w, from, to);
	wr_bytes(&w, rd_of(proof.h, proof.n * sizeof(proof.h[0])));
	return send(p, SHIP_PROOF, buf_rd(&b));
}

static void begin_round(struct publish *p)
{
	if (!p->shipd || p->is_halted || p->is_unlisted || p->is_round_open || p->latest_size == 0 ||
	    p->latest_size == p->round_size)
		return;
	/* Before it is asked for: most of them are where the last round ended. */
	(void)send_proof(p, p->round_size, p->latest_size);
	if (!send(p, SHIP_CHECKPOINT, buf_rd(&p->latest)))
		return; /* the next tick tries again */
	buf_reset(&p->round);
	if (!buf_put_rd(&p->round, buf_rd(&p->latest)))
		UNREACHABLE();
	p->round_size = p->latest_size;
	p->witnesses = 0;
	p->written_len = 0;
	p->is_mirrored = p->is_round_settled = false;
	p->is_round_open = true;
}

/* What the policy and the mirror still owe the round. */
static bool lacks_quorum(const struct publish *p)
{
	return has_quorum_file(p) && !tlog_policy_quorum(&p->config.policy, p->witnesses);
}

static bool lacks_mirror(const struct publish *p)
{
	return p->config.has_mirror && !p->is_mirrored;
}

static bool lacks_something(const struct publish *p)
{
	return lacks_quorum(p) || lacks_mirror(p);
}

/* What those who wait to be acknowledged wait for. */
static bool lacks_level(const struct publish *p)
{
	return (p->config.level >= SHIP_G1 && lacks_mirror(p)) || (p->config.level == SHIP_G2 && lacks_quorum(p));
}

static void end_round(struct publish *p)
{
	p->is_round_open = false;
	p->is_satisfied = !lacks_level(p);
	begin_round(p);
	if (!p->is_round_open)
		p->calls->ready(p->ctx);
}

/* The cosigned checkpoint, for all to read. */
static void write_cosigned(struct publish *p)
{
	int r;

	if (!has_quorum_file(p) || lacks_quorum(p) || p->written_len == p->round.len || p->round_size < p->file_size)
		return;
	r = disk_replace(p->disk, "tmp/cosigned", COSIGNED_FILE, buf_rd(&p->round));
	if (r < 0) {
		/* It only shows what is proved elsewhere: with a full disk it may wait. */
		if (r != -ENOSPC)
			failed(p, "publishing a cosigned checkpoint", r);
		return;
	}
	p->file_size = p->round_size;
	p->written_len = p->round.len;
}

static void met(struct publish *p)
{
	struct event e = { .id = EVENT_QUORUM_MET,
		.value = { { .bytes = rd_str(p->name) }, { .number = (int64_t)p->round_size } } };

	p->waits_since_ns = p->latest_size > p->round_size ? clock_mono_ns() : 0;
	if (p->said_lag)
		child_event(&e);
	p->said_lag = false;
}

/* Lines were added to the round. */
static void judge(struct publish *p)
{
	uint64_t before = publish_released(p);

	if (!lacks_quorum(p) && p->round_size > p->cosigned_size) {
		write_cosigned(p);
		p->cosigned_size = p->round_size;
	}
	if (p->is_mirrored && p->round_size > p->mirrored_size)
		p->mirrored_size = p->round_size;
	if (publish_released(p) > before)
		p->calls->released(p->ctx);
	if (lacks_something(p))
		return;
	met(p);
	end_round(p);
}

/* Cosignatures. */

/* The bit of a witness, or the mirror, that this line can be of: whether it is, and of
 * which the round has none yet. */
static bool signed_by(const struct note *n, const struct note_key *k)
{
	const struct note_sig *last = &n->sigs[n->n_sigs - 1];
	uint64_t time_s;

	return last->id == k->id && rd_is(&last->name, k->name) && note_check(n, k, &time_s) == NOTE_SIGNED && time_s > 0;
}

/* One line: kept when it is a good one that the round lacks, else forgotten. */
static void take_line(struct publish *p, struct rd line)
{
	size_t before = p->round.len;
	bool keep = false;
	struct note n;

	if (!buf_put_rd(&p->round, line) || !buf_put_u8(&p->round, '\n') || !note_parse(buf_rd(&p->round), &n)) {
		buf_cut(&p->round, before);
		return;
	}
	for (size_t i = 0; !keep && i < p->config.policy.n_witnesses; i++) {
		if (p->witnesses >> i & 1 || !signed_by(&n, &p->config.policy.witnesses[i]))
			continue;
		p->witnesses |= (uint64_t)1 << i;
		keep = true;
	}
	if (!keep && p->config.has_mirror && !p->is_mirrored && signed_by(&n, &p->config.mirror))
		keep = p->is_mirrored = true;
	if (!keep)
		buf_cut(&p->round, before);
}

static int on_cosigned(void *ctx, struct ipc_in *in)
{
	struct publish *p = ctx;
	struct rd line;
	uint64_t size;

	if (!rd_u64(&in->body, &size))
		return -EBADMSG;
	while (rd_until(&in->body, '\n', &line))
		if (size == p->round_size && !p->is_halted)
			take_line(p, line);
	if (in->body.len)
		return -EBADMSG;
	if (size == p->round_size && !p->is_halted)
		judge(p);
	return 0;
}

static int on_settled(void *ctx, struct ipc_in *in)
{
	struct publish *p = ctx;
	uint64_t size;

	if (!rd_u64(&in->body, &size))
		return -EBADMSG;
	if (size != p->round_size)
		return 0;
	write_cosigned(p); /* with the lines that came after the quorum */
	if (p->is_round_open)
		end_round(p);
	return 0;
}

/* What shipd asks for. */

static int not_now(struct publish *p)
{
	return send(p, SHIP_NOT_NOW, rd_of(NULL, 0)) ? 0 : -ENOBUFS;
}

static int on_ask_proof(void *ctx, struct ipc_in *in)
{
	struct publish *p = ctx;
	uint64_t from, to;

	if (!rd_ship_range(&in->body, &from, &to) || from == 0)
		return -EBADMSG;
	return send_proof(p, from, to) ? 0 : not_now(p);
}

/* As much of the upload as the link takes; the rest when it has drained. */
static void send_upload(struct publish *p)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd rest = buf_rd(&p->upload), part;

	/* Not all that fits: answers to other questions need their place too. */
	for (int n = 0; p->shipd && rest.len; n++) {
		if (n == PARTS_PER_TURN || !rd_take(&rest, rest.len < SHIP_PART_MAX ? rest.len : SHIP_PART_MAX, &part) ||
		    !send(p, SHIP_ENTRIES, part))
			return;
		buf_drop(&p->upload, part.len);
		rest = buf_rd(&p->upload);
	}
	buf_init(&b, SHIP_RANGE_LEN);
	struct wr w = wr_to(&b);
	wr_ship_range(&w, p->upload_from, p->upload_until);
	if (send(p, SHIP_ENTRIES_END, buf_rd(&b)))
		p->is_uploading = false;
}

static void on_shipd_drained(void *ctx)
{
	struct publish *p = ctx;

	if (p->is_uploading)
		send_upload(p);
}

/* The entries [from, until) of one bundle, with the proof of what they complete. */
static int put_package(struct publish *p, struct wr *w, uint64_t from, uint64_t to)
{
	AUTO(buf_done) struct buf bundle = { 0 };
	struct merkle_range covers = mirror_package_range(from, to);
	struct merkle_proof proof;
	struct rd all, entry, mine;
	size_t begin = 0;
	int r;

	buf_init(&bundle, BUNDLE_MAX);
	r = tiler_bundle(p->tiler, from, &bundle);
	if (r == 0)
		r = subtree_prove(&p->tiler->source, covers, to, &proof);
	all = buf_rd(&bundle);
	for (uint64_t i = covers.begin; r == 0 && i < covers.end; i++) {
		if (i == from)
			begin = bundle.len - all.len;
		if (!rd_part16(&all, ENTRY_MAX, &entry))
			r = -EUCLEAN;
	}
	mine = buf_rd(&bundle);
	if (r != 0 || !rd_slice(&mine, begin, bundle.len - all.len - begin, &mine))
		return r ? r : -EUCLEAN;
	wr_mirror_package(w, mine, &proof);
	return wr_ok(w) ? 0 : -ENOBUFS;
}

static int on_ask_entries(void *ctx, struct ipc_in *in)
{
	struct publish *p = ctx;
	struct wr w = wr_to(&p->upload);
	uint64_t from, to, at;
	int r = 0;

	if (!rd_ship_range(&in->body, &from, &to) || p->is_uploading)
		return -EBADMSG;
	if (!p->tiler || to > p->tiler->size)
		return not_now(p);
	buf_reset(&p->upload);
	at = from;
	for (int n = 0; r == 0 && at < to && n < MIRROR_PACKAGES_MAX && p->upload.len < MIRROR_ENTRIES_MAX; n++) {
		r = put_package(p, &w, at, to);
		at = mirror_package_range(at, to).end;
	}
	if (r == -ENOENT && !p->said_erased) {
		p->said_erased = true;
		(void)dprintf(STDERR_FILENO, "the mirror lacks records from %llu on, which were erased here: give it another mirror's copy\n",
		    (unsigned long long)from);
	}
	if (r != 0) {
		buf_reset(&p->upload);
		return not_now(p);
	}
	p->upload_from = from;
	p->upload_until = at;
	p->is_uploading = true;
	send_upload(p);
	return 0;
}

/* Contradictions. */

static void halt(struct publish *p)
{
	p->is_halted = true;
	p->is_round_open = false;
	if (!send(p, SHIP_HALT, rd_of(NULL, 0)))
		ipc_free(&p->shipd); /* cut off is halted too */
}

/* The proof stays on the disk: it is why nothing goes out, in every life from now on. */
static void keep_proof(struct publish *p, struct rd theirs)
{
	AUTO(buf_done) struct buf b = { 0 };
	int r;

	buf_init(&b, SHIP_EVIDENCE_MAX + 2 * ROUND_MAX);
	struct wr w = wr_to(&b);
	wr_split_view(&w, theirs, buf_rd(&p->latest));
	ASSERT(wr_ok(&w));
	r = disk_replace(p->disk, "tmp/split-view", HALT_FILE, buf_rd(&b));
	if (r < 0)
		failed(p, "keeping the proof of a split view", r);
}

/* True when our own key signed `raw`, whatever else is in it. */
static bool is_ours(const struct publish *p, struct rd raw, struct checkpoint *out)
{
	struct note mine, theirs;
	struct checkpoint c;
	uint64_t no_time;

	if (!note_parse(buf_rd(&p->latest), &mine) || !checkpoint_parse(mine.text, &c) || !note_parse(raw, &theirs) ||
	    !checkpoint_parse_claim(theirs.text, out) || !rd_equal(&c.origin, &out->origin))
		return false;
	for (size_t i = 0; i < p->config.policy.n_logs; i++) {
		const struct note_key *k = &p->config.policy.logs[i];
		if (rd_is(&c.origin, k->name) && note_check(&theirs, k, &no_time) == NOTE_SIGNED &&
		    note_check(&mine, k, &no_time) == NOTE_SIGNED)
			return true;
	}
	return false;
}

/* 1 when the tree has begun with `head`, 0 when not, or a negative errno. */
static int contains(struct publish *p, const struct merkle_head *head)
{
	struct hash root;

	if (head->size == 0)
		return 1;
	if (head->size > p->tiler->state.size)
		return 0;
	if (merkle_range_root(&p->tiler->source, (struct merkle_range){ 0, head->size }, &root) != 0)
		return -EIO;
	return hash_equal(&root, &head->root);
}

static int on_evidence(void *ctx, struct ipc_in *in)
{
	struct publish *p = ctx;
	struct rd name, note;
	struct checkpoint c;

	if (!rd_part8(&in->body, EVENT_NAME_MAX, &name) || !rd_take(&in->body, in->body.len, &note))
		return -EBADMSG;
	if (p->is_halted || !p->tiler || !is_ours(p, note, &c))
		return 0;
	if (c.head.size > p->tiler->state.size) {
		struct event e = { .id = EVENT_LOG_ROLLED_BACK, .value = { { .bytes = rd_str(p->name) },
			{ .number = (int64_t)p->tiler->state.size }, { .number = (int64_t)c.head.size },
			{ .bytes = event_name(name) } } };
		child_event(&e);
	} else {
		if (contains(p, &c.head) != 0)
			return 0; /* it is a part of this log: the witness is wrong; or nobody knows now */
		struct event e = { .id = EVENT_LOG_SPLIT_VIEW, .value = { { .bytes = rd_str(p->name) },
			{ .number = (int64_t)c.head.size }, { .bytes = event_name(name) } } };
		child_event(&e);
	}
	keep_proof(p, note);
	halt(p);
	return 0;
}

/* An officer's act. */

static int read_whole(struct disk *d, const char *path, struct buf *out)
{
	uint8_t *to;
	size_t n = 0;
	int fd = -1, r = disk_open(d, path, DISK_READ, &fd);

	if (r == 0 && !buf_space(out, buf_room(out), &to))
		r = -ENOBUFS;
	if (r == 0)
		r = disk_pread(d, fd, 0, to, buf_room(out), &n);
	disk_close(d, &fd);
	if (r == 0)
		buf_grew(out, n);
	return r == -ENOENT ? 0 : r;
}

static bool is_signed_by_somebody(struct rd text, struct rd signature)
{
	AUTO(buf_done) struct buf scratch = { 0 };
	struct sshsig s;

	buf_init(&scratch, SSHSIG_ARMOR_MAX);
	return sshsig_parse(signature, &scratch, &s) == 0 && rd_is(&s.name_space, SPLIT_VIEW_NAMESPACE) &&
	    approval_check(NULL, &s, text);
}

/* What contradicted us, as the file has it. */
static const char *read_theirs(struct publish *p, struct buf *file, struct checkpoint *out)
{
	struct rd note;

	if (read_whole(p->disk, HALT_FILE, file) != 0 || file->len == 0)
		return "the file split-view cannot be read";
	if (!split_view_theirs(buf_rd(file), &note))
		return "the file split-view is not as it was written";
	return is_ours(p, note, out) ? NULL : "the checkpoint in the file split-view is not signed with this log's key";
}

const char *publish_may_reopen(struct publish *p, struct rd text, struct rd signature, struct rd by, uint64_t *out_theirs)
{
	AUTO(buf_done) struct buf file = { 0 };
	struct checkpoint theirs;
	struct reopen r;
	const char *why;
	int has;

	if (!p->is_halted)
		return "nothing contradicts this log";
	if (!p->tiler || p->latest_size == 0)
		return "the log has signed nothing yet in this life: ask again in a second";
	buf_init(&file, SPLIT_VIEW_MAX);
	why = read_theirs(p, &file, &theirs);
	if (why)
		return why;
	if (!reopen_parse(text, &r) || !rd_equal(&r.by, &by) || !rd_equal(&r.origin, &theirs.origin) ||
	    r.theirs.size != theirs.head.size || !hash_equal(&r.theirs.root, &theirs.head.root))
		return "what was signed is not about this contradiction";
	if (!is_signed_by_somebody(text, signature))
		return "the signature is not over this text, or not for this purpose";
	has = contains(p, &theirs.head);
	if (has < 0)
		return "the log's tiles cannot be read";
	if (has == 0)
		return "this log does not contain what a witness holds: restore it from its mirror, or begin a new log";
	*out_theirs = theirs.head.size;
	return NULL;
}

int publish_reopen(struct publish *p)
{
	int r = disk_rename(p->disk, HALT_FILE, SETTLED_FILE);

	if (r == 0 || r == -ENOENT)
		r = disk_fsync_dir(p->disk, ".");
	if (r)
		return r;
	p->is_halted = false;
	p->round_size = 0; /* shipd forgot everything */
	if (p->shipd && !send(p, SHIP_GO_ON, rd_of(NULL, 0)))
		ipc_free(&p->shipd); /* a new link begins anew */
	begin_round(p);
	return 0;
}

static const struct ipc_row shipd_rows[] = {
	{ SHIP_ASK_PROOF, "ask-proof", 1 << 0, false, 0, SHIP_RANGE_LEN, on_ask_proof },
	{ SHIP_ASK_ENTRIES, "ask-entries", 1 << 0, false, 0, SHIP_RANGE_LEN, on_ask_entries },
	{ SHIP_COSIGNED, "cosigned", 1 << 0, false, 0, 8 + SHIP_LINES_MAX, on_cosigned },
	{ SHIP_SETTLED, "settled", 1 << 0, false, 0, 8, on_settled },
	{ SHIP_EVIDENCE, "evidence", 1 << 0, false, 0, 1 + EVENT_NAME_MAX + SHIP_EVIDENCE_MAX, on_evidence },
};
static const struct ipc_table shipd_table = { "evidenced-ship", shipd_rows, ARRAY_LEN(shipd_rows) };

int publish_linked(struct publish *p, int fd)
{
	int r;

	ipc_free(&p->shipd);
	buf_reset(&p->upload);
	p->is_round_open = p->is_uploading = false;
	p->round_size = 0; /* the new one has seen nothing */
	r = ipc_new(p->loop, fd, &shipd_table, p, on_shipd_closed, &p->shipd);
	if (r < 0)
		return r;
	ipc_on_drained(p->shipd, on_shipd_drained);
	if (p->is_halted)
		halt(p);
	begin_round(p);
	return 0;
}

/* Checkpoints as they are made. */

static void check_listed(struct publish *p)
{
	static struct tlog_judgement j; /* large */
	enum tlog_verdict v = tlog_policy_judge(&p->config.policy, buf_rd(&p->latest), &j);

	p->is_unlisted = v != TLOG_OK && v != TLOG_NO_QUORUM;
	if (p->is_unlisted)
		say(p, EVENT_LOG_UNLISTED);
}

void publish_signed(struct publish *p, uint64_t size, struct rd note)
{
	bool is_first = p->latest_size == 0;

	if (!p->config.has_policy && !p->config.has_mirror)
		return;
	buf_reset(&p->latest);
	if (!buf_put_rd(&p->latest, note))
		UNREACHABLE();
	p->latest_size = size;
	if (p->waits_since_ns == 0 && (has_quorum_file(p) || p->config.has_mirror))
		p->waits_since_ns = clock_mono_ns();
	if (is_first && p->config.has_policy)
		check_listed(p);
	begin_round(p);
}

uint64_t publish_released(const struct publish *p)
{
	uint64_t size = UINT64_MAX;

	if (p->config.level == SHIP_G2 && p->cosigned_size < size)
		size = p->cosigned_size;
	if (p->config.level >= SHIP_G1 && p->config.has_mirror && p->mirrored_size < size)
		size = p->mirrored_size;
	return size;
}

uint64_t publish_readable(const struct publish *p, uint64_t published)
{
	return p->is_halted ? 0 : has_quorum_file(p) ? p->file_size : published;
}

uint64_t publish_needed(const struct publish *p)
{
	return p->config.has_mirror ? p->mirrored_size : UINT64_MAX;
}

bool publish_is_due(const struct publish *p)
{
	return p->config.level != SHIP_G0 && p->shipd && !p->is_round_open && !p->is_halted && !p->is_unlisted &&
	    (p->is_satisfied || p->round_size == 0);
}

void publish_tick(struct publish *p, uint64_t now_ns)
{
	begin_round(p);
	if (p->waits_since_ns == 0 || p->said_lag || now_ns < p->waits_since_ns + p->config.lag_ns)
		return;
	p->said_lag = true;
	struct event e = { .id = EVENT_QUORUM_LAGS, .value = { { .bytes = rd_str(p->name) },
		{ .number = (int64_t)((now_ns - p->waits_since_ns) / NS_PER_S) } } };
	child_event(&e);
}

/* Life. */

int publish_prepare(struct publish *p, int dir_fd)
{
	return ship_config_read(dir_fd, "..", &p->config);
}

static uint64_t size_of(struct rd raw)
{
	struct checkpoint c;
	struct note n;

	return note_parse(raw, &n) && checkpoint_parse(n.text, &c) ? c.head.size : 0;
}

static int remove_scratch(struct disk *d)
{
	static const char *const names[] = { "tmp/cosigned", "tmp/split-view" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		int r = disk_unlink(d, names[i]);
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return 0;
}

/* What was published in the life before. */
static int read_files(struct publish *p)
{
	AUTO(buf_done) struct buf b = { 0 };
	int r;

	buf_init(&b, ROUND_MAX);
	r = read_whole(p->disk, HALT_FILE, &b);
	p->is_halted = r == 0 && b.len > 0;
	buf_reset(&b);
	if (r == 0 && has_quorum_file(p))
		r = read_whole(p->disk, COSIGNED_FILE, &b);
	p->file_size = size_of(buf_rd(&b));
	return r;
}

int publish_start(struct publish *p, const char *name, struct loop *l, struct disk *d,
    const struct publish_calls *calls, void *ctx)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint64_t size;
	int r;

	p->name = name;
	p->loop = l;
	p->disk = d;
	p->calls = calls;
	p->ctx = ctx;
	buf_init(&p->latest, KEY_NOTE_MAX);
	buf_init(&p->round, ROUND_MAX);
	buf_init(&p->upload, MIRROR_UPLOAD_MAX);
	buf_init(&b, KEY_NOTE_MAX);
	struct event e = { .id = EVENT_LOG_LEVEL,
		.value = { { .bytes = rd_str(ship_level_name(p->config.level)) }, { .bytes = rd_str(name) } } };
	child_event(&e);
	r = remove_scratch(d);
	if (r == 0)
		r = read_files(p);
	if (r == 0 && has_quorum_file(p))
		r = read_whole(d, SIGNED_FILE, &b);
	if (r < 0)
		return r;
	if (p->is_halted)
		say(p, EVENT_LOG_HALTED);
	size = size_of(buf_rd(&b));
	if (size)
		publish_signed(p, size, buf_rd(&b));
	return 0;
}

bool publish_has_quorum(const struct publish *p)
{
	return has_quorum_file(p);
}

bool publish_reads_tree(const struct publish *p)
{
	return p->config.has_policy || p->config.has_mirror;
}

void publish_set_tree(struct publish *p, struct tiler *t)
{
	p->tiler = t;
}

void publish_done(struct publish *p)
{
	ipc_free(&p->shipd);
	buf_done(&p->latest);
	buf_done(&p->round);
	buf_done(&p->upload);
	ship_config_done(&p->config);
}
