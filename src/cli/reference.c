/*
 * Is:        reference documents that are made from our tables.
 * Is not:    the tables.
 * Called by: `slagboom help --document NAME`.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "cli/reference.h"

#include <seccomp.h>
#include <string.h>

#include "base/ascii.h"
#include "base/json.h"
#include "base/mem.h"
#include "evidence/event.h"
#include "proc/table.h"

static void put_event(struct wr *w, const struct event_row *row)
{
	wr_text(w, "\n## %s\n\n*%s.* %c%s.\n\n", row->name, event_severity_name(row->severity),
	    to_upper((uint8_t)row->meaning[0]), row->meaning + 1);
	for (size_t i = 0; i < EVENT_FIELDS_MAX && row->field[i].type; i++)
		wr_text(w, "- `%s`: %s\n", row->field[i].name, event_type_name(row->field[i].type));
	wr_text(w, "%s    %s\n", row->field[0].type ? "\n" : "", row->console);
}

static void write_events(struct wr *w)
{
	wr_str(w, "# Events\n\nMade from the table in `src/evidence/events.def` by `slagboom help --document events`; do "
		  "not edit. Each event can become a record, with these fields in its `data`; the last line is what the "
		  "console prints.\n\nField types: `int` 0 to 2^53-1, its unit in its name; `bool`; `name` at most 64 of "
		  "`A-Za-z0-9._@+:/-`; `text` UTF-8 of at most 1,024 bytes; `id` 16 and `hash` 32 bytes in hex; `tags` of "
		  "the private index, 16 bytes each in hex; `signed` text kept to the byte, at most 6,144 bytes, since its signature "
		  "must verify. Names refuse, and texts lose, every run of more than six "
		  "digits.\n");
	for (unsigned id = 1; id < EVENT_N; id++)
		put_event(w, event_row(id));
}

static void put_calls(struct wr *w, const struct process *p)
{
	for (size_t list = 0; list < CALL_LISTS_MAX && p->calls[list]; list++) {
		for (size_t i = 0; i < p->n_calls[list]; i++) {
			char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, p->calls[list][i].nr);
			wr_text(w, "%s%s%s", list + i ? " " : "", name ? name : "?", p->calls[list][i].n_args ? "*" : "");
			mem_free(&name);
		}
	}
}

static void put_process(struct wr *w, const struct process *p)
{
	wr_text(w, "\n## %s\n\n%s.\n\n", p->name, p->meaning);
	if (p->stays)
		wr_text(w, "- program `slagboom-%s`, stays root, in the machine's files and network\n", p->program);
	else
		wr_text(w, "- program `slagboom-%s`, user %u as root\n- root directory: %s\n", p->program,
		    PROCESS_UID_BASE + p->uid_offset, p->root == ROOT_DATA ? "its own data" : "empty");
	if (p->dir)
		wr_text(w, "- data: `%s`%s\n", p->dir, p->root == ROOT_EMPTY ? ", read only while it starts" : "");
	wr_text(w, "- at most %llu MiB of address space, %llu descriptors, %s\n", (unsigned long long)(p->memory_max >> 20),
	    (unsigned long long)p->fds_max, p->stays ? "and children" : "no child");
	if (!p->stays)
		wr_text(w, "- network: %s\n", p->keeps_net ? "connects out, with TCP, to the ports that were configured" : "none");
	wr_str(w, "- talks to: supervisor");
	for (size_t i = 0; i < process_n_links; i++) {
		if (strcmp(process_links[i].a, p->name) == 0)
			wr_text(w, ", %s", process_links[i].b);
		else if (strcmp(process_links[i].b, p->name) == 0 && strcmp(process_links[i].a, "supervisor") != 0)
			wr_text(w, ", %s", process_links[i].a);
	}
	for (size_t i = 0; i < TELLS_MAX && p->tells[i]; i++)
		wr_text(w, "%s`%s`", i ? ", " : "\n- may tell of `link.refused` and what begins with ", p->tells[i]);
	wr_str(w, p->stays ? "\n- system calls that kill it and whatever it starts (`*`: only with certain arguments): "
			   : "\n- system calls (`*`: only with certain arguments): ");
	put_calls(w, p);
	wr_str(w, "\n");
}

static void write_processes(struct wr *w)
{
	wr_str(w, "# Processes\n\nMade from the table in `src/proc/table.c` by `slagboom help --document processes`; do not "
		  "edit. What each belt holds off is in [THREATS.md](THREATS.md).\n\n## supervisor\n\nStarts, watches, "
		  "joins and stops all the others; parses nothing from outside. It keeps its user and its files, since it "
		  "must make directories and start programs, and a filter of system calls would be inherited. It gives up "
		  "what none of them needs: looking into other processes, and changing the kernel.\n");
	for (size_t i = 0; i < process_n; i++)
		put_process(w, &process_table[i]);
}

/* JSON Schema 2020-12: the envelope, and the data of each event. */

static void put_type(struct json *j, enum event_type t)
{
	json_object(j);
	if (t == FIELD_TAGS) {
		json_key(j, "items");
		json_object(j);
		json_key(j, "pattern");
		json_str(j, "^[0-9a-f]{32}$");
		json_key(j, "type");
		json_str(j, "string");
		json_end(j);
	}
	if (t == FIELD_INT) {
		json_key(j, "maximum");
		json_int(j, JSON_INT_MAX);
		json_key(j, "minimum");
		json_int(j, 0);
	}
	if (t == FIELD_NAME || t == FIELD_ID || t == FIELD_HASH) {
		json_key(j, "pattern");
		json_str(j, t == FIELD_ID ? "^[0-9a-f]{32}$" : t == FIELD_HASH ? "^[0-9a-f]{64}$" : "^[A-Za-z0-9._@+:/-]{0,64}$");
	}
	if (t == FIELD_ADDRESS) {
		json_key(j, "pattern");
		json_str(j, "^[0-9a-f.:]{2,45}$");
	}
	json_key(j, "type");
	json_str(j, t == FIELD_INT ? "integer" : t == FIELD_BOOL ? "boolean" : t == FIELD_TAGS ? "array" : "string");
	json_end(j);
}

static void put_data(struct json *j, const struct event_row *row)
{
	json_object(j);
	json_key(j, "additionalProperties");
	json_bool(j, false);
	json_key(j, "properties");
	json_object(j);
	for (size_t i = 0; i < EVENT_FIELDS_MAX && row->field[i].type; i++) {
		json_key(j, row->field[i].name);
		put_type(j, row->field[i].type);
	}
	json_end(j);
	json_key(j, "required");
	json_array(j);
	for (size_t i = 0; i < EVENT_FIELDS_MAX && row->field[i].type; i++)
		json_str(j, row->field[i].name);
	json_end(j);
	json_end(j);
}

static void put_variant(struct json *j, const struct event_row *row)
{
	json_object(j);
	json_key(j, "description");
	json_str(j, row->meaning);
	json_key(j, "properties");
	json_object(j);
	json_key(j, "data");
	put_data(j, row);
	json_key(j, "event");
	json_object(j);
	json_key(j, "const");
	json_str(j, row->name);
	json_end(j);
	json_end(j);
	json_end(j);
}

static void write_schema(struct wr *w)
{
	static const char *const members[] = { "actor", "asset", "clock", "data", "employer", "event", "mono_us", "prev",
		"seq", "session", "severity", "time", "v" };
	struct json j;

	json_init(&j, w->b);
	json_object(&j);
	json_key(&j, "$schema");
	json_str(&j, "https://json-schema.org/draft/2020-12/schema");
	json_key(&j, "oneOf");
	json_array(&j);
	for (unsigned id = 1; id < EVENT_N; id++)
		put_variant(&j, event_row(id));
	json_end(&j);
	json_key(&j, "required");
	json_array(&j);
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		json_str(&j, members[i]);
	json_end(&j);
	json_key(&j, "title");
	json_str(&j, "A record of Slagboom");
	json_key(&j, "type");
	json_str(&j, "object");
	json_end(&j);
	wr_str(w, "\n");
	w->failed = w->failed || !json_ok(&j);
}

bool reference_write(struct wr *w, const char *name)
{
	if (strcmp(name, "events") == 0)
		write_events(w);
	else if (strcmp(name, "processes") == 0)
		write_processes(w);
	else if (strcmp(name, "record-schema") == 0)
		write_schema(w);
	else
		return false;
	return wr_ok(w);
}
