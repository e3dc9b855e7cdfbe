/*
 * Is:        `slagboom prove`: entries of a log with their proofs, as files or as a pack.
 * Is not:    their judgement (`slagboom verify`).
 * Called by: slagboom.c.
 * Owns:      the files that it writes.
 * Trust:     the log's files may have decayed or change underneath: each proof is judged
 *            before it is written.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/timefmt.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/log_source.h"
#include "crypto/sha256.h"
#include "evidence/pack.h"
#include "evidence/proof.h"
#include "evidence/prover.h"
#include "evidence/record.h"
#include "evidence/record_data.h"
#include "os/clock.h"
#include "os/disk.h"
#include "os/fd.h"

enum { INDICES_MAX = 65536, PACK_MAX = 1 << 30 };

static int write_files(struct log_source *s, const uint64_t *index, size_t n)
{
	const char *out = args_has(s->a, "--out") ? args_option(s->a, "--out") : ".";
	AUTO(fd_close) int dir = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = dir < 0 ? command_failed(s->a, "cannot open the directory of --out", -errno) : EXIT_OK;

	for (size_t i = 0; r == EXIT_OK && i < n; i++) {
		AUTO(buf_done) struct buf proof = { 0 }, entry = { 0 };
		char name[64];
		int e;
		buf_init(&proof, PROOF_MAX);
		buf_init(&entry, RECORD_MAX);
		r = log_source_prove(s, index[i], &proof, &entry);
		if (r)
			break;
		(void)snprintf(name, sizeof(name), "%llu.json", (unsigned long long)index[i]);
		e = fd_replace_file(dir, name, buf_rd(&entry), 0644);
		(void)snprintf(name, sizeof(name), "%llu.tlog-proof", (unsigned long long)index[i]);
		if (e == 0)
			e = fd_replace_file(dir, name, buf_rd(&proof), 0644);
		r = e < 0 ? command_failed(s->a, "cannot write", e) : EXIT_OK;
	}
	return r;
}

/* What officers signed, out of the records that go into the pack. */
static int find_signed(struct log_source *s, const uint64_t *index, size_t n, struct pack_signed *out)
{
	AUTO(buf_done) struct buf entry = { 0 };
	const char *why = NULL;
	struct record_view v;

	buf_init(&entry, RECORD_MAX);
	for (size_t i = 0; !why && i < n; i++) {
		buf_reset(&entry);
		/* What cannot be read is complained of when it is proved. */
		if (prover_entry(&s->prover, index[i], &entry) == 0 && record_read(buf_rd(&entry), &v))
			why = pack_signed_note(out, &v);
	}
	return why ? command_failed(s->a, why, 0) : EXIT_OK;
}

static int write_pack(struct log_source *s, const uint64_t *index, size_t n, const char *path)
{
	AUTO(buf_done) struct buf b = { 0 };
	AUTO(pack_signed_done) struct pack_signed signs = { .requests = { 0 } };
	uint64_t now_s = clock_wall_ns() / NS_PER_S;
	int r, e;

	buf_init(&b, PACK_MAX);
	pack_signed_init(&signs);
	r = find_signed(s, index, n, &signs);
	struct wr w = wr_to(&b);
	wr_pack_head(&w, n, pack_signed_count(&signs), now_s, buf_rd(&s->policy), buf_rd(&s->checkpoint));
	for (size_t i = 0; r == EXIT_OK && i < n; i++) {
		AUTO(buf_done) struct buf proof = { 0 }, entry = { 0 };
		buf_init(&proof, PROOF_MAX);
		buf_init(&entry, RECORD_MAX);
		r = log_source_prove(s, index[i], &proof, &entry);
		if (r == EXIT_OK)
			wr_pack_record(&w, index[i], now_s, buf_rd(&proof), buf_rd(&entry));
	}
	wr_pack_approvals(&w, now_s, &signs);
	wr_pack_end(&w);
	if (r)
		return r;
	if (!wr_ok(&w))
		return command_failed(s->a, "the pack would be too large", -EFBIG);
	e = fd_replace_file(AT_FDCWD, path, buf_rd(&b), 0644);
	return e < 0 ? command_failed(s->a, "cannot write the pack", e) : EXIT_OK;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Numbers and ranges A-B, sorted, each once. 0: something is wrong with them. */
static size_t read_indices(const struct args *a, uint64_t *out)
{
	size_t n = 0, kept = 0;

	for (int i = 0; i < a->n_operands; i++) {
		struct rd r = rd_str(a->operand[i]), first;
		uint64_t from, to;
		bool is_range = rd_until(&r, '-', &first);
		if (!text_u64(is_range ? first : r, &from) || !text_u64(r, &to) || to < from || to - from >= INDICES_MAX - n)
			return 0;
		for (uint64_t k = from; k <= to; k++)
			out[n++] = k;
	}
	qsort(out, n, sizeof(*out), by_number);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || out[kept - 1] != out[i])
			out[kept++] = out[i];
	return kept;
}

/* All that belongs to a session: its own records, and those of its request, its approvals, its
 * grant, its policy, its recording, and holds on it. */
struct selection {
	struct log_source_walk walk;
	struct rd session; /* hex */
	uint8_t id[RECORD_ID_LEN];
	struct log_session said;
	uint64_t *index;
	size_t n;
};

static bool is_hex(const struct record_view *v, const char *key, const uint8_t *want, size_t n)
{
	uint8_t got[SHA256_LEN];

	return n <= sizeof(got) && record_data_hex(v->data, key, got, n) && memcmp(got, want, n) == 0;
}

static bool belongs(const struct selection *s, const struct record_view *v, struct rd entry)
{
	if (v->session.len)
		return rd_equal(&v->session, &s->session);
	if (rd_is(&v->event, "policy.loaded"))
		return is_hex(v, "policy", s->said.policy, sizeof(s->said.policy));
	/* The receipt names the session in its text alone. */
	if (rd_is(&v->event, "desk.receipt"))
		return memmem(entry.p, entry.len, s->session.p, s->session.len) != NULL;
	return is_hex(v, "grant", s->said.grant, sizeof(s->said.grant)) || is_hex(v, "recording", s->said.recording, sizeof(s->said.recording)) ||
	    is_hex(v, "held", s->id, sizeof(s->id));
}

static int select_one(struct log_source_walk *self, const struct record_view *v, struct rd entry)
{
	struct selection *s = CONTAINER_OF(self, struct selection, walk);

	if (!belongs(s, v, entry))
		return 0;
	if (s->n == INDICES_MAX)
		return -E2BIG;
	s->index[s->n++] = v->seq;
	return 0;
}

static int select_session(struct log_source *s, const char *session, uint64_t *index, size_t *out_n)
{
	struct selection sel = { .walk = { select_one }, .session = rd_str(session), .index = index };
	int r;

	if (!text_hex(sel.session, sel.id, sizeof(sel.id))) {
		command_complain(s->a, NULL, "a session has 32 hex digits, as in its records");
		return EXIT_USAGE;
	}
	r = log_source_session(s, sel.session, &sel.said);
	if (r)
		return r;
	r = log_source_walk(s, &sel.walk);
	*out_n = sel.n;
	return r < 0 ? command_failed(s->a, "cannot take the session's records", r) : EXIT_OK;
}

static int run(const struct args *a)
{
	AUTO(log_source_done) struct log_source s = { .disk = { .dirfd = -1 } };
	static uint64_t index[INDICES_MAX];
	bool by_session = args_has(a, "--session");
	size_t n = by_session ? 0 : read_indices(a, index);
	int r;

	if (by_session && a->n_operands) {
		command_complain(a, NULL, "give either --session or INDEX");
		return EXIT_USAGE;
	}
	if (n == 0 && !by_session) {
		command_complain(a, NULL, "an INDEX is a number or a range such as 10-20, at most %d together", INDICES_MAX);
		return EXIT_USAGE;
	}
	r = log_source_open(&s, a, log_source_name(a), args_option(a, "--policy"));
	if (r == EXIT_OK && by_session)
		r = select_session(&s, args_option(a, "--session"), index, &n);
	if (r)
		return r;
	return args_has(a, "--pack") ? write_pack(&s, index, n, args_option(a, "--pack")) : write_files(&s, index, n);
}

const struct command command_prove = {
	.name = "prove",
	.operands = "[INDEX...]",
	.operands_min = 0,
	.operands_max = INDICES_MAX,
	.summary = "give records out with proofs that they are in the log",
	.description = "For each index (the \"seq\" of a record) two files: INDEX.json, the record byte for byte, and "
		       "INDEX.tlog-proof, which shows with the signed checkpoint inside that the record stands at that "
		       "place of the log. With --pack all of them go into one file. An INDEX may be a range, 10-20.\n\n"
		       "--session takes the place of indices: the records of one session from its opening to its end, and those of "
		       "its request, approvals, grant, policy, receipt and recording. What officers signed is in the pack as files "
		       "too, byte for byte: approval/INDEX.text and approval/INDEX.sig, for ssh-keygen -Y verify.\n\n"
		       "Whoever gets them needs slagboom verify, or any other program that reads C2SP tlog-proofs, and "
		       "the log's public key.",
	.examples = "  slagboom prove 4711\n"
		    "  slagboom verify --key \"$(cat log-core.vkey)\" 4711.tlog-proof\n"
		    "  slagboom prove --pack case-12.pack 4700-4790 5012\n"
		    "  slagboom prove --pack case-12.pack --session 3f9a2c0011223344556677889900aabb",
	.option = { { "--log", "NAME", "core (by default) or intercept" },
	    { "--out", "DIR", "where the files go; by default here" },
	    { "--pack", "FILE", "one file for all of them" },
	    { "--session", "ID", "all that belongs to one session" },
	    { "--policy", "FILE", "who must have signed: a tlog-policy file; goes into the pack" },
	    OPTION_DIR },
	.run = run,
};
