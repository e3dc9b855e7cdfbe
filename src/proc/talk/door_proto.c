/*
 * Is:        the wire form of what deskd orders of the door.
 * Is not:    the door.
 * Called by: deskd, door.
 * Owns:      nothing.
 * Trust:     deskd is trusted; a wrong length is refused all the same.
 */
#include "proc/talk/door_proto.h"

/* gate | asset | protocol | address | credential | host_keys, each u16 length and bytes. */
void door_edge_write(struct wr *w, const struct door_edge *e)
{
	wr_part16(w, e->gate);
	wr_part16(w, e->asset);
	wr_part16(w, e->protocol);
	wr_part16(w, e->address);
	wr_part16(w, e->credential);
	wr_part16(w, e->host_keys);
}

bool door_edge_read(struct rd *r, struct door_edge *out)
{
	struct door_edge e = { .gate = { NULL, 0 } };
	struct rd t = *r;

	if (!rd_part16(&t, DOOR_NAME_MAX, &e.gate) || !rd_part16(&t, DOOR_NAME_MAX, &e.asset) ||
	    !rd_part16(&t, DOOR_NAME_MAX, &e.protocol) || !rd_part16(&t, DOOR_ADDRESS_MAX, &e.address) ||
	    !rd_part16(&t, DOOR_CREDENTIAL_MAX, &e.credential) || !rd_part16(&t, DOOR_HOST_KEYS_MAX, &e.host_keys))
		return false;
	*out = e;
	*r = t;
	return true;
}
