/*
 * Is:        a session's records (contracts in the header).
 * Is not:    the recorder or the sealer.
 * Called by: the gate's files.
 * Owns:      nothing.
 * Trust:     texts are hostile.
 */
#include "proc/gate/record.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "base/timefmt.h"
#include "evidence/event.h"
#include "inspect/verdict.h"
#include "os/clock.h"
#include "proc/evidenced/sealer.h"
#include "proc/gate/gate.h"
#include "proc/gate/look.h"
#include "proc/gate/state.h"
#include "proc/recorder.h"
#include "proto/sshexec.h"

static bool ask(struct session *s, const struct event *e, bool closing, uint64_t *out_token)
{
	struct record_ask a = { .closing = closing, .session = s->grant.session, .actor = rd_str(s->gate->engineer),
		.employer = rd_str(s->gate->supplier), .asset = s->grant.asset, .event = *e };

	return recorder_ask(s->recorder, &a, out_token);
}

static bool tell(struct session *s, const struct event *e)
{
	uint64_t token;

	return ask(s, e, false, &token);
}

/* Hostile text as a record may hold it: valid UTF-8, identifiers replaced, cut to what fits. */
static void clean(const struct session *s, struct rd text, struct buf *out)
{
	AUTO(buf_wipe) struct buf utf8 = { 0 }, redacted = { 0 };
	struct rd part, all;
	uint32_t rune;

	buf_init(&utf8, EVENT_TEXT_MAX);
	buf_init(&redacted, EVENT_TEXT_MAX);
	buf_init(out, EVENT_TEXT_MAX);
	struct wr w = wr_to(&utf8);
	while (text.len && utf8.len + 4 <= EVENT_TEXT_MAX) {
		part = text;
		if (rd_rune(&part, &rune)) {
			text = part;
			wr_rune(&w, rune < ' ' || rune == 0x7f ? ' ' : rune);
		} else {
			(void)!rd_skip(&text, 1);
			wr_str(&w, "?");
		}
	}
	if (!wr_ok(&w) || !inspect_redact(s->gate->plan, buf_rd(&utf8), &redacted))
		buf_reset(&redacted);
	all = buf_rd(&redacted);
	if ((redacted.len == 0 && utf8.len) || !text_is_utf8(all) || !buf_put_rd(out, all))
		(void)!buf_put_str(out, "{withheld}");
}

/* A FIELD_NAME out of text of ours or deskd's. */
static struct rd name(const char *text)
{
	struct rd r = rd_str(text);

	return event_name_ok(r) ? r : rd_str("-");
}

static const char *channel_of(const struct session *s)
{
	struct sshexec e;

	if (s->is_forward)
		return "forward";
	if (s->kind == SESSION_SHELL)
		return "shell";
	if (s->kind == SESSION_SUBSYSTEM)
		return rd_is(&s->command, "sftp") ? "sftp" : rd_is(&s->command, "netconf") ? "netconf" : "subsystem";
	sshexec_parse(&e, s->command);
	switch (e.kind) {
	case SSHEXEC_SCP_SINK:
	case SSHEXEC_SCP_SOURCE:
		return "scp";
	case SSHEXEC_SFTP_SERVER:
		return "sftp";
	case SSHEXEC_RSYNC:
		return "rsync";
	case SSHEXEC_BAD:
	case SSHEXEC_SHELL:
	case SSHEXEC_PLAIN:
		return "exec";
	}
	return "exec";
}

bool gate_record_opened(struct session *s)
{
	uint8_t address[EVENT_ADDRESS_LEN] = { 0 }, grant[16] = { 0 };
	struct event e = { .id = EVENT_SESSION_OPENED };

	(void)!event_address(buf_rd(&s->gate->address), address); /* unknown stays "::" */
	if (!text_hex(s->grant.grant, grant, sizeof(grant)))
		return false;
	e.value[0].bytes = rd_of(address, sizeof(address));
	e.value[1].bytes = rd_str(channel_of(s));
	e.value[2].bytes = rd_of(grant, sizeof(grant));
	e.value[3].bytes = s->grant.policy;
	e.value[4].bytes = rd_of(s->tape.rec.id, RECORDING_ID_LEN);
	e.value[5].bytes = event_name_ok(s->grant.rule) ? s->grant.rule : rd_str("-");
	return tell(s, &e);
}

static bool ask_segment(struct session *s, const struct sealed *d, uint64_t *out_token)
{
	struct event e = { .id = EVENT_SESSION_SEGMENT };

	e.value[0].number = (int64_t)d->bytes[FRAME_FROM_SUPPLIER];
	e.value[1].number = d->number;
	e.value[2].bytes = rd_of(s->tape.rec.id, RECORDING_ID_LEN);
	e.value[3].number = d->reel;
	e.value[4].number = (int64_t)d->sealed_len;
	e.value[5].bytes = rd_of(d->sum.b, sizeof(d->sum.b));
	e.value[6].number = (int64_t)d->bytes[FRAME_TO_SUPPLIER];
	e.value[7].number = (int64_t)d->bytes[FRAME_TO_SUPPLIER_STDERR];
	e.value[8].number = (int64_t)d->bytes[FRAME_WITHHELD_FROM_SUPPLIER];
	e.value[9].number = (int64_t)d->bytes[FRAME_WITHHELD];
	s->release.from_bytes += d->bytes[FRAME_FROM_SUPPLIER];
	s->release.to_bytes += d->bytes[FRAME_TO_SUPPLIER];
	s->release.stderr_bytes += d->bytes[FRAME_TO_SUPPLIER_STDERR];
	s->release.n_segments++;
	return ask(s, &e, false, out_token);
}

/* "imsi 2, msisdn 1": how many more than before, of each name. */
static void put_more(struct buf *out, const uint64_t *now, const uint64_t *before, size_t n, const char *(*name_of)(unsigned))
{
	struct wr w = wr_to(out);

	for (size_t i = 0; i < n; i++)
		if (now[i] > before[i])
			wr_text(&w, "%s%s %llu", out->len ? ", " : "", name_of((unsigned)i), (unsigned long long)(now[i] - before[i]));
}

static const char *kind_name(unsigned i)
{
	return scan_kind_name((enum scan_kind)i);
}

static const char *verdict_word(unsigned i)
{
	return verdict_name((enum exposure_verdict)i);
}

static const char *data_name(unsigned i)
{
	return data_class_name((enum data_class)i);
}

static bool is_more(const uint64_t *now, const uint64_t *before, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (now[i] > before[i])
			return true;
	return false;
}

/* What the output has shown since the last time, before it leaves. */
static bool tell_exposure(struct session *s)
{
	AUTO(buf_done) struct buf kinds = { 0 }, verdicts = { 0 }, data = { 0 };
	struct event e = { .id = EVENT_SESSION_EXPOSURE };
	struct inspect_figures f, *b = &s->exposed;
	uint64_t persons;

	if (!s->shown)
		return true;
	inspector_figures(s->shown, &f);
	if (!is_more(f.kind, b->kind, SCAN_KINDS) && !is_more(f.data, b->data, DATA_CLASSES) && f.persons <= b->persons)
		return true;
	/* Weak forms may turn out to be persons that were counted: never fewer. */
	persons = f.persons > b->persons ? f.persons - b->persons : 0;
	buf_init(&kinds, EVENT_TEXT_MAX);
	buf_init(&verdicts, EVENT_TEXT_MAX);
	buf_init(&data, EVENT_TEXT_MAX);
	put_more(&kinds, f.kind, b->kind, SCAN_KINDS, kind_name);
	put_more(&verdicts, f.verdict, b->verdict, VERDICTS, verdict_word);
	put_more(&data, f.data, b->data, DATA_CLASSES, data_name);
	e.value[0].bytes = buf_rd(&data);
	e.value[2].bytes = buf_rd(&kinds);
	e.value[3].number = (int64_t)(gate_look_masks(s) ? 0 : persons);
	e.value[4].number = (int64_t)(gate_look_masks(s) ? persons : 0);
	e.value[5].number = (int64_t)persons;
	e.value[7].bytes = buf_rd(&verdicts);
	*b = f;
	return tell(s, &e);
}

/* A segment and its record go to the disk at once, and the answer is read after both. So after
 * a power cut the last segment that a session's records name may not be whole, and only the
 * last: each is on the disk before the next is asked for. The verifier knows. */
static bool commit(struct session *s, struct group *g)
{
	struct sealed done;
	int r = sealer_sync(&s->tape);

	if (r == 0)
		r = sealer_append(&s->tape, clock_wall_ns() / NS_PER_S, &done);
	if (r == SEALER_NOTHING)
		return true;
	return r == 0 && ask_segment(s, &done, &g->token);
}

bool gate_record_segment(struct session *s, struct group *g)
{
	struct rd all = buf_rd(&g->bytes);
	int r;

	if (!tell_exposure(s))
		return false;
	sealer_expect(&s->tape, all.len);
	for (size_t i = 0; i < g->steps.n; i++) {
		const struct step *step = vec_at(&g->steps, i);
		struct frame f = { .kind = step->frame, .time_us = step->time_us };
		if (!rd_take(&all, step->len, &f.bytes))
			return false;
		if (!step->frame)
			continue;
		r = sealer_frame(&s->tape, &f);
		if (r == SEALER_FULL && commit(s, g))
			r = sealer_frame(&s->tape, &f);
		if (r != 0)
			return false;
	}
	if (!commit(s, g))
		return false;
	g->n_sealed = s->tape.n_appended;
	/* In bulk nothing waits here: the disk works while the next group fills. */
	if (s->release.n_flying > 1 || g->bytes.len >= RELEASE_BULK)
		sealer_start_sync(&s->tape);
	else if (sealer_sync(&s->tape) < 0)
		return false;
	/* Nothing but steps without a frame: they wait for what was asked before them. */
	if (g->token == 0)
		g->token = s->recorder->durable + s->recorder->n_queue;
	if (sealer_wants_reel(&s->tape) && !s->wants_reel) {
		s->wants_reel = true;
		return recorder_reel(s->recorder, s->tape.rec.id, s->tape.next_reel);
	}
	return true;
}

bool gate_record_command(struct session *s, const char *class, struct rd text)
{
	AUTO(buf_wipe) struct buf t = { 0 };
	struct event e = { .id = EVENT_SESSION_COMMAND };

	clean(s, text, &t);
	e.value[0].bytes = name(class);
	e.value[1].bytes = name(s->rule);
	e.value[2].bytes = buf_rd(&t);
	e.value[3].bytes = rd_str("allow");
	return tell(s, &e);
}

bool gate_record_refused(struct session *s, const char *class, struct rd text, const char *why)
{
	AUTO(buf_wipe) struct buf t = { 0 }, w = { 0 };
	struct event e = { .id = EVENT_SESSION_REFUSED };

	clean(s, text, &t);
	clean(s, rd_str(why), &w);
	e.value[0].bytes = name(class);
	e.value[1].bytes = buf_rd(&t);
	e.value[2].bytes = buf_rd(&w);
	s->counts.refused++;
	return tell(s, &e);
}

bool gate_record_finding(struct session *s, const char *why, struct rd detail)
{
	AUTO(buf_wipe) struct buf d = { 0 };
	struct event e = { .id = EVENT_SESSION_FINDING };

	clean(s, detail, &d);
	e.value[0].bytes = buf_rd(&d);
	e.value[1].bytes = name(why);
	return tell(s, &e);
}

static bool two(struct session *s, enum event_id id, const char *by, const char *why)
{
	AUTO(buf_wipe) struct buf w = { 0 };
	struct event e = { .id = id };

	clean(s, rd_str(why), &w);
	e.value[0].bytes = name(by);
	e.value[1].bytes = buf_rd(&w);
	return tell(s, &e);
}

bool gate_record_held(struct session *s, const char *by, const char *why)
{
	s->counts.held++;
	return two(s, EVENT_SESSION_HELD, by, why);
}

bool gate_record_resumed(struct session *s, const char *by, const char *why)
{
	return two(s, EVENT_SESSION_RESUMED, by, why);
}

bool gate_record_file(struct session *s, const struct lane_file *f, const char *verdict)
{
	AUTO(buf_wipe) struct buf path = { 0 };
	struct event e = { .id = EVENT_SESSION_FILE };

	clean(s, f->path, &path);
	e.value[0].bytes = rd_str(f->is_upload ? "upload" : "download");
	e.value[1].bytes = buf_rd(&path);
	e.value[2].bytes = f->sha256;
	e.value[3].number = (int64_t)f->size;
	e.value[4].bytes = rd_str(verdict);
	s->counts.files++;
	return tell(s, &e);
}

bool gate_record_closed(struct session *s, uint64_t *out_token)
{
	AUTO(buf_wipe) struct buf w = { 0 };
	struct event e = { .id = EVENT_SESSION_CLOSED };
	struct inspect_figures f = { .persons = 0 };

	/* After it every segment must be whole, whatever the power does; time may be up before an answer. */
	if (sealer_sync(&s->tape) < 0)
		return false;
	gate_look_figures(s, &f);
	if (f.unknown && !gate_record_finding(s, "membership-unknown", rd_str("some numbers were judged without tokend's answer")))
		return false;
	clean(s, rd_str(s->why), &w);
	e.value[0].number = f.at_least;
	e.value[1].bytes = name(s->by);
	e.value[2].number = (int64_t)f.ceiling;
	e.value[3].number = (int64_t)((loop_now_ns(s->gate->loop) - s->began_ns) / NS_PER_MS);
	e.value[4].number = (int64_t)s->release.from_bytes;
	e.value[5].number = (int64_t)f.persons;
	e.value[6].number = (int64_t)s->release.n_segments;
	e.value[7].number = (int64_t)f.opaque;
	e.value[8].number = (int64_t)s->release.to_bytes;
	e.value[9].number = (int64_t)s->release.stderr_bytes;
	e.value[10].bytes = buf_rd(&w);
	return ask(s, &e, true, out_token);
}
