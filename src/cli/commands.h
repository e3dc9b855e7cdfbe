/*
 * Is:        the names of the rows that the command table is made of.
 * Is not:    their contents; each is in its own file.
 * Called by: command.c.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

struct command;

extern const struct command command_approve;
extern const struct command command_can;
extern const struct command command_check;
extern const struct command command_classify;
extern const struct command command_credential;
extern const struct command command_deny;
extern const struct command command_down;
extern const struct command command_explain;
extern const struct command command_fmt;
extern const struct command command_grants;
extern const struct command command_help;
extern const struct command command_host_key;
extern const struct command command_inspect;
extern const struct command command_judge;
extern const struct command command_members;
extern const struct command command_play;
extern const struct command command_policy;
extern const struct command command_prove;
extern const struct command command_requests;
extern const struct command command_retention;
extern const struct command command_revoke;
extern const struct command command_status;
extern const struct command command_up;
extern const struct command command_mirror;
extern const struct command command_verify;
extern const struct command command_witness;
