/*
 * Is:        the names of the rows that the command table is made of.
 * Is not:    their contents; each is in its own file.
 * Called by: command.c.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

struct command;

extern const struct command command_allow;
extern const struct command command_approve;
extern const struct command command_breakglass;
extern const struct command command_can;
extern const struct command command_check;
extern const struct command command_classify;
extern const struct command command_credential;
extern const struct command command_deny;
extern const struct command command_down;
extern const struct command command_element_key;
extern const struct command command_end;
extern const struct command command_explain;
extern const struct command command_fmt;
extern const struct command command_grants;
extern const struct command command_help;
extern const struct command command_hold;
extern const struct command command_host_key;
extern const struct command command_inspect;
extern const struct command command_judge;
extern const struct command command_log;
extern const struct command command_members;
extern const struct command command_play;
extern const struct command command_otp;
extern const struct command command_policy;
extern const struct command command_prove;
extern const struct command command_seen;
extern const struct command command_receipt;
extern const struct command command_request;
extern const struct command command_requests;
extern const struct command command_resume;
extern const struct command command_retention;
extern const struct command command_revoke;
extern const struct command command_roster;
extern const struct command command_sessions;
extern const struct command command_status;
extern const struct command command_ticket;
extern const struct command command_up;
extern const struct command command_mirror;
extern const struct command command_verify;
extern const struct command command_watch;
extern const struct command command_witness;
