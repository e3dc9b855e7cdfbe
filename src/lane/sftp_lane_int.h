/*
 * Is:        what the files of the SFTP lane share.
 * Is not:    for anybody else.
 * Called by: sftp_lane.c (requests), sftp_answer.c (answers), sftp_file.c (files).
 * Owns:      see struct sftp_lane.
 * Trust:     hostile from both sides.
 */
#pragma once

#include "base/buf.h"
#include "base/wr.h"
#include "lane/quarantine.h"
#include "lane/sftp_lane.h"
#include "proto/path.h"
#include "proto/sftp.h"

/* draft-ietf-secsh-filexfer-02 section 7 */
enum { FX_OK, FX_EOF, FX_NO_SUCH_FILE, FX_PERMISSION_DENIED, FX_FAILURE, FX_BAD_MESSAGE,
	FX_UNSUPPORTED = 8 };

enum file_kind { FILE_DIR, FILE_GET, FILE_PUT };

struct lane_handle {
	uint32_t number;               /* what the client knows it by */
	enum file_kind kind;
	struct buf path, remote;       /* clean path; the element's handle */
	uint32_t pflags;
	struct sftp_attrs open_attrs, end_attrs;
	uint64_t size;                 /* FSETSTAT before the first byte; with has_size */
	bool has_size;
	enum lane_why spoiled;         /* a write was refused: what came is not the file */
	struct quarantine q;
};

/* What an answer of the element is for. */
enum purpose { FOR_CLIENT, FOR_HOME, FOR_DIR, FOR_GET_OPEN, FOR_GET_READ,
	FOR_GET_CLOSE, FOR_PUT_OPEN, FOR_PUT_STEP, FOR_PUT_CLOSE };

struct waiting {
	uint32_t id, client_id;
	enum purpose purpose;
	uint64_t at;      /* FOR_GET_READ */
	uint32_t len;
};

/* One thing at a time keeps the client's requests waiting. */
enum job { JOB_NONE, JOB_HOME, JOB_ASK, JOB_GET, JOB_PUT, JOB_READ };
enum put_step { PUT_VET, PUT_OPEN, PUT_WRITE, PUT_ATTRS, PUT_CLOSE, PUT_CLOSED };

struct sftp_lane {
	struct sftp_lane_config config;
	struct sftp *match;            /* what we sent to the element */
	struct buf client_in, element_in, cwd, names, text, packet;
	struct vec waiting;            /* struct waiting */
	struct vec files;              /* struct lane_handle * */
	uint32_t next_id, next_handle, next_ask, next_quarantine;
	uint64_t total;
	bool greeted, over, behind;
	bool has_eof;                  /* the client's end, until its requests are through */

	enum job job;
	uint32_t client_id;            /* the request that the job will answer */
	struct lane_handle *file;
	enum put_step step;
	unsigned ahead, ahead_max;
	uint64_t next_at, eof_at;      /* JOB_GET */
	bool eof, too_large;
	uint32_t failed;               /* first bad status */
	uint64_t read_at;              /* JOB_READ */
	uint32_t read_len;

	uint32_t ask_id;               /* JOB_ASK: the request is still in front of client_in */
	bool answered, allowed;
	uint32_t hold_id;              /* the answer is still in front of element_in */
	bool holding, let;
};

void sftp_lane_end(struct sftp_lane *l, struct lane_orders *o, enum lane_why why);
void sftp_lane_to_client(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p);
void sftp_lane_status(struct sftp_lane *l, struct lane_orders *o, uint32_t client_id, uint32_t status,
    const char *text);
/* Sends `p` under an id of ours; `w` says what its answer is for. */
void sftp_lane_ask(struct sftp_lane *l, struct lane_orders *o, struct sftp_packet p, struct waiting w);
/* Refused, for the record, and answered with PERMISSION_DENIED. */
void sftp_lane_refuse(struct sftp_lane *l, struct lane_orders *o, uint32_t client_id, struct rd what,
    enum lane_why why);

/* NULL when there are too many. */
struct lane_handle *sftp_lane_handle_new(struct sftp_lane *l, enum file_kind kind, struct rd path);
struct lane_handle *sftp_lane_handle_of(const struct sftp_lane *l, struct rd handle);
void sftp_lane_handle_free(struct sftp_lane *l, struct lane_handle *f);
void sftp_lane_give_handle(struct sftp_lane *l, struct lane_orders *o, uint32_t client_id,
    const struct lane_handle *f);

/* Takes whole packets of the element, then the client's requests, as far as may be. */
void sftp_lane_go(struct sftp_lane *l, struct lane_orders *o);
/* One whole packet of the element. */
void sftp_lane_on_answer(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p);

void sftp_lane_open(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p, struct rd path);
void sftp_lane_read(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p, struct lane_handle *f);
void sftp_lane_write(struct sftp_lane *l, struct lane_orders *o, const struct sftp_packet *p, struct lane_handle *f);
void sftp_lane_close(struct sftp_lane *l, struct lane_orders *o, uint32_t client_id, struct lane_handle *f);
void sftp_lane_file_answer(struct sftp_lane *l, struct lane_orders *o, const struct waiting *w,
    const struct sftp_packet *p);
/* The answer to an ask about the file of the job; false when it is none. */
bool sftp_lane_file_verdict(struct sftp_lane *l, uint32_t id, bool allow, struct lane_orders *o);
