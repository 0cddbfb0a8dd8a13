/* The rows of options and commands, and the parser that reads argv by them. */
#include "cli/cli.h"
#include <stddef.h>

#define AT(field) offsetof(struct aisp_options, field)

const struct aisp_option aisp_option_rows[] = {
	/* global: every command takes these */
	{"format", 'f', AISP_OPT_TEXT, AT(format), "table|json|ndjson|sarif|opengraph|opengraph-schema|html", "how to print the answer (default: table)"},
	{"store", 's', AISP_OPT_TEXT, AT(store), "FILE", "where scans are kept (default: $AISP_STORE, else .aisp/aisp.db)"},
	{"quiet", 'q', AISP_OPT_FLAG, AT(quiet), NULL, "print no progress and no hints"},
	{"verbose", 'v', AISP_OPT_FLAG, AT(verbose), NULL, "say more on stderr about what is done"},
	{"no-color", 0, AISP_OPT_FLAG, AT(no_color), NULL, "no colours, also when stdout is a terminal (also: NO_COLOR)"},
	{"help", 'h', AISP_OPT_FLAG, AT(help), NULL, "print help for this command"},
	/* some commands */
	{"config", 'c', AISP_OPT_TEXT, AT(config), "FILE", "read targets and settings from this aisp.yaml (default: ./aisp.yaml when no target is named)"},
	{"output", 'o', AISP_OPT_TEXT, AT(output), "FILE", "write the answer to this file instead of stdout"},
	{"out", 0, AISP_OPT_TEXT, AT(out), "DIR", "folder for the capture; it must not exist or be empty"},
	{"fail-on", 0, AISP_OPT_TEXT, AT(fail_on), "info|low|medium|high|critical|never", "exit 1 when there is a finding of this severity or above (default: never)"},
	{"rules", 0, AISP_OPT_TEXT, AT(rules), "DIR", "further rules; one with the id of a built-in replaces it"},
	{"name", 0, AISP_OPT_TEXT, AT(name), "NAME", "name of the source, instead of one made from the target"},
	{"cluster", 0, AISP_OPT_TEXT, AT(cluster), "NAME", "name of the cluster that the manifests describe"},
	{"exclude", 0, AISP_OPT_LIST, AT(exclude), "PATTERN", "leave these paths out, as in .gitignore; may be repeated"},
	{"also-known-as", 0, AISP_OPT_LIST, AT(also_known_as), "HOST:PORT", "another name of the database server; may be repeated"},
	{"timeout", 0, AISP_OPT_INT, AT(timeout_s), "SECONDS", "give up on one source after this long (default: 600)"},
	{"only", 0, AISP_OPT_TEXT, AT(only), "LIST", "only these detectors: secrets, personal, model, instructions (with commas)"},
	{"verify", 0, AISP_OPT_TEXT, AT(verify), "ISSUERS", "ask these issuers (github,openai,…) whose their keys are: sends the keys there; 'list' says what is asked"},
	{"history", 0, AISP_OPT_FLAG, AT(history), NULL, "look into all commits that any reference leads to"},
	{"unreachable", 0, AISP_OPT_FLAG, AT(unreachable), NULL, "as --history, and objects that nothing leads to any more (deleted branches)"},
	{"ignored", 0, AISP_OPT_FLAG, AT(ignored), NULL, "also files that git ignores, and installed packages"},
	{"secret-rules", 0, AISP_OPT_LIST, AT(secret_rules), "FILE", "further rules for secrets, in gitleaks' format; may be repeated"},
	{"ignore-file", 0, AISP_OPT_TEXT, AT(ignore_file), "FILE", "accepted findings with reason and expiry (default: ./aisp-ignore.yaml when it is there)"},
	{"write-baseline", 0, AISP_OPT_TEXT, AT(write_baseline), "FILE", "write the findings that stand as such a file, and print none"},
	{"no-sandbox", 0, AISP_OPT_FLAG, AT(no_sandbox), NULL, "parse untrusted files without confining the process that does it"},
	{"from", 0, AISP_OPT_TEXT, AT(from), "REF", "start: an id, an alias or a unique part of a name"},
	{"to", 0, AISP_OPT_TEXT, AT(to), "REF", "target: an id, an alias or a unique part of a name"},
	{"mode", 'm', AISP_OPT_TEXT, AT(mode), "any|net|call|steer|read|write|act|read_via|write_via|may_call|may_read|may_write|may_act", "what is held at the target (default: read; read and write also show what is had through an agent)"},
	{"explain", 0, AISP_OPT_FLAG, AT(explain), NULL, "tell one decision statement by statement, for yes and for no: IDENTITY RESOURCE ACTION"},
	{"certain", 0, AISP_OPT_FLAG, AT(certain), NULL, "leave out what depends on a condition that is not known"},
	{"paths", 'k', AISP_OPT_INT, AT(paths), "N", "how many different paths to show (default: 3)"},
	{"limit", 'n', AISP_OPT_INT, AT(limit), "N", "print at most N rows; how many were left out is said (default: all)"},
	{"kind", 0, AISP_OPT_TEXT, AT(kind), "KIND", "only this kind or group (agent, model, table, ai, data …)"},
	{"severity", 0, AISP_OPT_TEXT, AT(severity), "info|low|medium|high|critical", "only this severity and above"},
	{"all", 'a', AISP_OPT_FLAG, AT(all), NULL, "also what is usually left out (columns, variables, files …)"},
	{"at", 0, AISP_OPT_TEXT, AT(at), "MOMENT", "as of this run or time: a run number, 2026-11-23 or 2026-11-23T10:00Z (default: the latest)"},
	{"remove", 0, AISP_OPT_LIST, AT(remove), "CONTROL", "take away what this control object carries, or the edge FROM,KIND,TO; may be repeated"},
	{"add", 0, AISP_OPT_LIST, AT(add), "FROM,KIND,TO", "add this edge; may be repeated"},
	{NULL, 0, AISP_OPT_FLAG, 0, NULL, NULL},
};
enum { GLOBAL_OPTIONS = 6 };

const struct aisp_command aisp_command_rows[] = {
	{"scan", "[TARGET…]", "collect, join, decide and store; print inventory, worst paths, findings and gaps",
	 "A target is a directory, file or git checkout, a capture, postgres://USER@HOST:PORT/DATABASE, aws:PROFILE (aws: is\n"
	 "the default chain of credentials) or kube:CONTEXT (kube: is the current one). Nothing that is inspected is run or\n"
	 "changed. A source that fails keeps its earlier facts, marked stale, and is named as a gap.\n"
	 "Targets that are not named again keep their facts. Without a target, ./aisp.yaml says what to scan.",
	 "config fail-on rules name cluster exclude also-known-as history unreachable secret-rules ignore-file timeout no-sandbox output limit",
	 "aisp scan .\naisp scan . postgres://aisp@db.example.com:5432/app\naisp scan . aws:audit kube:prod\naisp scan --config examples/support-bot/aisp.yaml --fail-on high", aisp_cmd_scan},
	{"capture", "TARGET --out DIR", "only fetch, for scanning elsewhere or later",
	 "Writes what the source answered into a folder that `aisp scan` reads like the source itself.",
	 "out name also-known-as timeout", "aisp capture postgres://aisp@db.example.com:5432/app --out app-capture", aisp_cmd_capture},
	{"assets", "", "list what was found", NULL, "kind all limit at output", "aisp assets --kind ai", aisp_cmd_assets},
	{"identities", "", "list who can act: people, roles, service accounts, workloads, agents", NULL, "kind limit at output", NULL, aisp_cmd_identities},
	{"findings", "", "list findings with their paths", "Findings are worked out on the stored facts with the rules of this program and --rules.",
	 "severity fail-on rules ignore-file write-baseline limit at output", "aisp findings --severity high --format sarif > aisp.sarif", aisp_cmd_findings},
	{"gaps", "", "list what could not be read, and why", NULL, "limit at output", NULL, aisp_cmd_gaps},
	{"access", "--to REF | --from REF | --explain IDENTITY RESOURCE ACTION", "who reaches it; what it reaches; why, or why not",
	 "--to lists every identity that holds the mode on the target, --from everything that the start reaches. Each answer\n"
	 "says certain or possible, direct or through an agent, and its shortest path with the evidence of every hop.\n--explain decides one action (AWS: s3:GetObject; Kubernetes: get, \"create exec\"; else read, write, call, act) and names every policy that was looked at.",
	 "to from mode certain explain limit at output",
	 "aisp access --to langchain_pg_embedding --format json\naisp access --from dev_reader\naisp access --explain role/app arn:aws:s3:::bucket/key s3:GetObject", aisp_cmd_access},
	{"path", "--from REF --to REF", "the paths between two things, explained", NULL, "from to mode certain paths at output",
	 "aisp path --from internet --to customers --mode read_via -k 5", aisp_cmd_path},
	{"what-if", "[--remove CONTROL]… [--add FROM,KIND,TO]…", "what access would change if edges were taken away or added",
	 "Prints who would lose or gain which access to sensitive assets. Control objects are those that paths name.",
	 "remove add mode at output limit", "aisp what-if --remove 'GRANT SELECT ON public.langchain_pg_embedding TO analyst'", aisp_cmd_whatif},
	{"diff", "[A [B]]", "what changed between two moments: assets, grants, paths",
	 "A and B are run numbers or times; without B the latest, without A the run before it.", "limit output", "aisp diff 2026-11-01", aisp_cmd_diff},
	{"inspect", "[PATH…]", "look for secrets, personal data, harmful model files and hidden instructions in files or git history",
	 "Runs the content detectors alone, in a confined process; nothing is stored and no value is printed. Exit code 1 when\n"
	 "something is at or above --fail-on, 3 when something could not be read.",
	 "only verify history unreachable ignored secret-rules fail-on timeout no-sandbox output",
	 "aisp inspect .\naisp inspect --history --only secrets --fail-on high .\naisp inspect --format json models/\naisp inspect --verify list", aisp_cmd_inspect},
	{"sql", "QUERY", "ask in SQL over the graph's read-only tables", "Tables: docs/reference-tables.md. Read-only; one statement.", "at timeout output",
	 "aisp sql \"SELECT name, confidence FROM node WHERE kind = 'model'\"", aisp_cmd_sql},
	{"rules", "[list|show ID|test]", "list, show and test the finding rules", NULL, "rules output", "aisp rules test --rules my-rules", aisp_cmd_rules},
	{"export", "--format FORMAT", "the whole graph in a format of others: opengraph, json, ndjson, sarif", NULL, "at output rules", "aisp export --format opengraph -o graph.json", aisp_cmd_export},
	{"report", "[-o FILE]", "write one self-contained HTML report (default: aisp-report.html)", NULL, "output at rules", NULL, aisp_cmd_report},
	{"runs", "", "list the scans in the store", NULL, "limit output", NULL, aisp_cmd_runs},
	{"version", "", "print the version", NULL, "", NULL, aisp_cmd_version},
	{"completion", "bash|zsh|fish", "print the completion script of a shell", NULL, "", "aisp completion bash > /etc/bash_completion.d/aisp", aisp_cmd_completion},
	{"man", "", "print the man page (roff)", NULL, "", "aisp man | man -l -", aisp_cmd_man},
	{"help", "[COMMAND]", "print help", NULL, "", NULL, aisp_cmd_help},
	{NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};

const struct aisp_command *aisp_command_find(const char *name)
{
	for (const struct aisp_command *c = aisp_command_rows; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

const struct aisp_option *aisp_option_find(struct aisp_slice name)
{
	for (const struct aisp_option *o = aisp_option_rows; o->name; o++)
		if (aisp_slice_eqz(name, o->name))
			return o;
	return NULL;
}

bool aisp_command_has(const struct aisp_command *c, const struct aisp_option *o)
{
	if (o < aisp_option_rows + GLOBAL_OPTIONS)
		return true;
	struct aisp_slice rest = aisp_slice_z(c->options), word;
	while (aisp_slice_split(&rest, ' ', &word))
		if (aisp_slice_eqz(word, o->name))
			return true;
	return false;
}

static const struct aisp_option *find_letter(char letter)
{
	for (const struct aisp_option *o = aisp_option_rows; o->name; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

/* A value that must be one of a|b|c when the row lists words. */
static int check_choice(const struct aisp_option *o, const char *value, struct aisp_err *err)
{
	if (!strchr(o->value, '|'))
		return 0;
	struct aisp_slice rest = aisp_slice_z(o->value), word;
	while (aisp_slice_split(&rest, '|', &word))
		if (aisp_slice_eqz(word, value))
			return 0;
	return aisp_fail(err, AISP_E_USAGE, "--%s takes one of %s, not '%s'", o->name, o->value, value);
}

static int store_value(const struct aisp_option *o, const char *value, struct aisp_options *ret, struct aisp_err *err)
{
	void *at = (char *)ret + o->at;
	int r = check_choice(o, value, err);
	if (r < 0)
		return r;
	if (o->type == AISP_OPT_TEXT) {
		*(const char **)at = value;
	} else if (o->type == AISP_OPT_INT) {
		int64_t i;
		if (!aisp_slice_i64(aisp_slice_z(value), &i) || i < 0)
			return aisp_fail(err, AISP_E_USAGE, "--%s takes a whole number, not '%s'", o->name, value);
		*(int64_t *)at = i;
	} else {
		AISP_VEC(const char *) *list = at;
		if (aisp_vec_push(list, value) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading the command line");
	}
	return 0;
}

struct cursor {
	const struct aisp_command *command;
	int argc, i;
	char **argv;
	struct aisp_options *o;
};

/* One option at argv[i], whose value is behind '=', attached to a letter, or the next word. */
static int parse_one(struct cursor *c, const struct aisp_option *o, const char *attached, struct aisp_err *err)
{
	if (!aisp_command_has(c->command, o))
		return aisp_fail(err, AISP_E_USAGE, "'aisp %s' has no option --%s; see 'aisp help %s'", c->command->name, o->name, c->command->name);
	if (o->type == AISP_OPT_FLAG) {
		if (attached)
			return aisp_fail(err, AISP_E_USAGE, "--%s takes no value", o->name);
		*(bool *)((char *)c->o + o->at) = true;
		return 0;
	}
	if (!attached && c->i + 1 >= c->argc)
		return aisp_fail(err, AISP_E_USAGE, "--%s needs a value: %s", o->name, o->value);
	return store_value(o, attached ? attached : c->argv[++c->i], c->o, err);
}

static int parse_word(struct cursor *c, struct aisp_err *err)
{
	const char *word = c->argv[c->i];
	if (word[0] == '-' && word[1] == '-') {
		struct aisp_slice name = aisp_slice_from(aisp_slice_z(word), 2);
		size_t eq = aisp_slice_chr(name, '=');
		const char *attached = eq != SIZE_MAX ? name.p + eq + 1 : NULL;
		const struct aisp_option *o = aisp_option_find(aisp_slice_to(name, eq));
		if (!o)
			return aisp_fail(err, AISP_E_USAGE, "unknown option '%s'; see 'aisp help %s'", word, c->command->name);
		return parse_one(c, o, attached, err);
	}
	if (word[0] == '-' && word[1]) {
		const struct aisp_option *o = find_letter(word[1]);
		if (!o || (o->type == AISP_OPT_FLAG && word[2]))
			return aisp_fail(err, AISP_E_USAGE, "unknown option '%s'; see 'aisp help %s'", word, c->command->name);
		return parse_one(c, o, word[2] ? word + 2 : NULL, err);
	}
	if (aisp_vec_push(&c->o->args, word) < 0)
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading the command line");
	return 0;
}

int aisp_options_parse(const struct aisp_command *command, int argc, char **argv, struct aisp_options *ret, struct aisp_err *err)
{
	struct cursor c = {command, argc, 0, argv, ret};
	for (; c.i < argc; c.i++) {
		if (strcmp(argv[c.i], "--") == 0) {
			for (c.i++; c.i < argc; c.i++)
				if (aisp_vec_push(&ret->args, (const char *)argv[c.i]) < 0)
					return aisp_fail(err, AISP_E_NOMEM, "out of memory while reading the command line");
			break;
		}
		int r = parse_word(&c, err);
		if (r < 0)
			return r;
	}
	return 0;
}

void aisp_options_done(struct aisp_options *o)
{
	aisp_vec_done(&o->remove);
	aisp_vec_done(&o->add);
	aisp_vec_done(&o->also_known_as);
	aisp_vec_done(&o->exclude);
	aisp_vec_done(&o->secret_rules);
	aisp_vec_done(&o->args);
}
