/*
 * Is:        signed checkpoints on their way to be cosigned (contract in the header).
 * Is not:    the tree, the key or the network.
 * Called by: evidenced.
 * Owns:      as in the header.
 * Trust:     shipd may have been taken over.
 */
#include "proc/evidenced/publish.h"

#include <errno.h>

#include "base/assert.h"
#include "base/timefmt.h"
#include "evidence/tiler.h"
#include "os/clock.h"
#include "os/ipc.h"
#include "proc/child.h"
#include "proc/talk/key_proto.h"
#include "proc/talk/ship_proto.h"

enum { ROUND_MAX = KEY_NOTE_MAX + 16 * SHIP_LINES_MAX };
#define SIGNED_FILE "checkpoint.signed"
#define SCRATCH "tmp/cosigned"
#define COSIGNED_FILE "checkpoint"

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

/* Talking to shipd. */

static void on_shipd_closed(void *ctx, int err)
{
	struct publish *p = ctx;

	if (err < 0)
		child_link_refused("shipd", ipc_refusal(p->shipd));
	ipc_free(&p->shipd);
	upload_forget(&p->upload);
	p->is_round_open = false;
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
	r = disk_replace(p->disk, SCRATCH, COSIGNED_FILE, buf_rd(&p->round));
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

static void on_shipd_drained(void *ctx)
{
	struct publish *p = ctx;

	if (p->shipd && p->upload.is_open)
		upload_send(&p->upload, p->shipd);
}

static int on_ask_entries(void *ctx, struct ipc_in *in)
{
	struct publish *p = ctx;
	uint64_t from, to;

	if (!rd_ship_range(&in->body, &from, &to) || p->upload.is_open)
		return -EBADMSG;
	if (!p->tiler || to > p->tiler->size || upload_make(&p->upload, p->tiler, from, to) != 0)
		return not_now(p);
	upload_send(&p->upload, p->shipd);
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

static int on_evidence(void *ctx, struct ipc_in *in)
{
	struct publish *p = ctx;
	struct rd who, note;
	int r;

	if (!rd_part8(&in->body, EVENT_NAME_MAX, &who) || !rd_take(&in->body, in->body.len, &note))
		return -EBADMSG;
	if (p->is_halted || !p->tiler)
		return 0;
	r = dispute_judge(&p->dispute, p->tiler, buf_rd(&p->latest), who, note);
	if (r < 0)
		failed(p, "keeping the proof of a split view", r);
	if (r != 0)
		halt(p);
	return 0;
}

/* An officer's act. */

const char *publish_may_reopen(struct publish *p, struct rd text, struct rd signature, struct rd by, uint64_t *out_theirs)
{
	if (!p->is_halted)
		return "nothing contradicts this log";
	if (!p->tiler || p->latest_size == 0)
		return "the log has signed nothing yet in this life: ask again in a second";
	return dispute_may_end(&p->dispute, p->tiler, buf_rd(&p->latest), text, signature, by, out_theirs);
}

int publish_reopen(struct publish *p)
{
	int r = dispute_end(&p->dispute);

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
	upload_forget(&p->upload);
	p->is_round_open = false;
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

/* What is not there, or larger than any of ours, is as good as empty. */
static int read_note(struct disk *d, const char *path, struct buf *out)
{
	int r = disk_read_file(d, path, out);

	return r == -ENOENT || r == -EFBIG ? 0 : r;
}

/* What was published in the life before. */
static int read_files(struct publish *p)
{
	AUTO(buf_done) struct buf b = { 0 };
	int r;

	buf_init(&b, ROUND_MAX);
	r = dispute_start(&p->dispute);
	p->is_halted = r == 1;
	if (r >= 0)
		r = disk_unlink(p->disk, SCRATCH);
	if ((r == 0 || r == -ENOENT) && has_quorum_file(p))
		r = read_note(p->disk, COSIGNED_FILE, &b);
	p->file_size = size_of(buf_rd(&b));
	return r == -ENOENT ? 0 : r;
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
	upload_init(&p->upload);
	p->dispute = (struct dispute){ name, &p->config.policy, d };
	buf_init(&b, KEY_NOTE_MAX);
	struct event e = { .id = EVENT_LOG_LEVEL,
		.value = { { .bytes = rd_str(ship_level_name(p->config.level)) }, { .bytes = rd_str(name) } } };
	child_event(&e);
	r = read_files(p);
	if (r == 0 && has_quorum_file(p))
		r = read_note(d, SIGNED_FILE, &b);
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
	upload_done(&p->upload);
	ship_config_done(&p->config);
}
