/*
 * Is:        engineers' secrets for one-time codes: made, kept for the rooms, taken away.
 * Is not:    the check of a code: that is the stock PAM module's, in a room.
 * Called by: deskd, door, verbs.
 * Owns:      the directory otp, which rooms write to (door_proto.h), and the table otp.
 * Trust:     what a taken-over room has left in the directory is never read, only removed.
 *
 * A secret is in one file, otp/NAME/code, and in the one answer that shows it. The module notes
 * there which codes were used; so the file is written when somebody is enrolled, and never else.
 */
#pragma once

#include "base/def.h"
#include "base/rd.h"

struct question;

void otp_init(const char *origin);
/* Makes the directory, and removes whom the policy in force names no longer, or who has left. */
MUST_USE int otp_settle(void);
/* 1: it is gone, and recorded; 0: there was none; or what the disk says. */
int otp_forget(struct rd name, struct rd by, const char *why);

void verb_otp_enrol(struct question *q);
void verb_otp_remove(struct question *q);
void verb_otp_list(struct question *q);
