/*
 * Is:        offsets of time zones (contract in the header).
 * Is not:    a reader of their format.
 * Called by: policy_files.
 * Owns:      the bytes of the zones that were asked for.
 * Trust:     names come from a policy.
 */
#include "cli/zone_files.h"

#include <fcntl.h>
#include <stdio.h>

#include "os/fd.h"

#define ZONE_DIR "/usr/share/zoneinfo"

/* An unknown zone is kept too, so that it is looked for once. */
static const struct zone_file *read_zone(struct zone_files *z, struct rd name)
{
	struct zone_file *f = &z->at[z->n];
	AUTO(fd_close) int dir = -1;

	if (z->n == ZONE_FILES_MAX || name.len >= sizeof(f->name))
		return NULL;
	z->n++;
	(void)snprintf(f->name, sizeof(f->name), "%.*s", (int)name.len, (const char *)name.p);
	buf_init(&f->bytes, ZONE_FILE_MAX);
	dir = open(ZONE_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);
	f->is_known = dir >= 0 && fd_read_beneath(dir, f->name, &f->bytes) == 0 &&
	    zone_parse(buf_rd(&f->bytes), &f->zone) == 0;
	return f;
}

bool zone_files_offset(void *ctx, struct rd zone, int64_t at, int32_t *out)
{
	struct zone_files *z = ctx;
	const struct zone_file *f = NULL;

	for (uint32_t i = 0; i < z->n && !f; i++)
		if (rd_is(&zone, z->at[i].name))
			f = &z->at[i];
	if (!f)
		f = read_zone(z, zone);
	if (!f || !f->is_known)
		return false;
	*out = zone_offset(&f->zone, at);
	return true;
}

void zone_files_done(struct zone_files *z)
{
	for (uint32_t i = 0; i < z->n; i++)
		buf_done(&z->at[i].bytes);
	z->n = 0;
}
