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
	{"follow", 0, AISP_OPT_FLAG, AT(follow), NULL, "go on reading what is added to the files, until interrupted"},
	{"since", 0, AISP_OPT_TEXT, AT(since), "WHEN", "only what lies after this time, or this many days back"},
	{"accept", 0, AISP_OPT_FLAG, AT(accept), NULL, "the risk is taken, until --until, for --reason"},
	{"triage", 0, AISP_OPT_FLAG, AT(triage), NULL, "somebody has looked, and it stands"},
	{"false-positive", 0, AISP_OPT_FLAG, AT(false_positive), NULL, "what the finding says is not so"},
	{"reopen", 0, AISP_OPT_FLAG, AT(reopen), NULL, "take back what was decided"},
	{"until", 0, AISP_OPT_TEXT, AT(until), "DATE", "the decision holds until this day"},
	{"reason", 0, AISP_OPT_TEXT, AT(reason), "TEXT", "why; kept in the log"},
	{"by", 0, AISP_OPT_TEXT, AT(by), "WHO", "who decides (default: $AISP_USER, else the name that git or the system knows)"},
	{"claim", 0, AISP_OPT_FLAG, AT(claim), NULL, "it is mine, or of --to"},
	{"decline", 0, AISP_OPT_FLAG, AT(decline), NULL, "it is not mine"},
	{"escalate", 0, AISP_OPT_FLAG, AT(escalate), NULL, "let --to decide whose it is"},
	{"asset", 0, AISP_OPT_TEXT, AT(asset), "REF", "the asset whose access is reviewed"},
	{"due", 0, AISP_OPT_TEXT, AT(due), "DATE", "answers are expected until this day"},
	{"fail-on-overdue", 0, AISP_OPT_FLAG, AT(fail_on_overdue), NULL, "exit 1 when an item is overdue"},
	{"key", 0, AISP_OPT_TEXT, AT(key), "HEX", "the public key that the log must be signed with"},
	{"policies", 0, AISP_OPT_FLAG, AT(policies), NULL, "only what aisp.yaml forbids"},
	{"save", 0, AISP_OPT_TEXT, AT(save), "FILE", "write the plan to this file, for review and `aisp apply`"},
	{"keep", 0, AISP_OPT_LIST, AT(keep), "FROM,TO,MODE", "this use must go on working; may be repeated (observed uses are kept by themselves)"},
	{"price", 0, AISP_OPT_LIST, AT(price), "CONTROL=N", "what taking this control object away costs (default 1; 'never': not to be touched); may be repeated"},
	{"execute", 0, AISP_OPT_FLAG, AT(execute), NULL, "really do it; without, only what would be done is printed"},
	{"approve", 0, AISP_OPT_FLAG, AT(approve), NULL, "approve the plan as --by; somebody else than who made it"},
	{"force", 0, AISP_OPT_FLAG, AT(force), NULL, "also where a condition of the plan or a later change stands against it; needs --reason, and is logged"},
	{"with", 0, AISP_OPT_LIST, AT(with), "TARGET", "work with this connection or folder (postgres://…, aws:…, kube:…, DIR); may be repeated"},
	{"until-resolved", 0, AISP_OPT_LIST, AT(until_resolved), "FINDING", "keep it revoked until this finding is resolved; may be repeated"},
	{"place", 0, AISP_OPT_TEXT, AT(place), "PLACE", "where the credential is leaked: commit|notebook|prompt-log|mcp|vector-store, with :PATH or :TABLE"},
	{"watch", 0, AISP_OPT_INT, AT(watch), "SECONDS", "go on, looking again after this long"},
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
	{"findings", "", "list findings with their paths", "Findings are worked out on the stored facts with the rules of this program, --rules, and the policies of aisp.yaml.\n"
	 "What was accepted or rejected (aisp decide, aisp-ignore.yaml) is left out; --all shows it too, with its state.",
	 "severity fail-on rules ignore-file write-baseline policies config all limit at output", "aisp findings --severity high --format sarif > aisp.sarif", aisp_cmd_findings},
	{"gaps", "", "list what could not be read, and why", NULL, "limit at output", NULL, aisp_cmd_gaps},
	{"access", "--to REF | --from REF | --explain IDENTITY RESOURCE ACTION", "who reaches it; what it reaches; why, or why not",
	 "--to lists every identity that holds the mode on the target, --from everything that the start reaches. Each answer\n"
	 "says certain or possible, direct or through an agent, and its shortest path with the evidence of every hop.\n--explain decides one action (AWS: s3:GetObject; Kubernetes: get, \"create exec\"; else read, write, call, act) and names every policy that was looked at.",
	 "to from mode certain explain limit at output",
	 "aisp access --to langchain_pg_embedding --format json\naisp access --from dev_reader\naisp access --explain role/app arn:aws:s3:::bucket/key s3:GetObject", aisp_cmd_access},
	{"path", "--from REF --to REF", "the paths between two things, explained", NULL, "from to mode certain paths at output",
	 "aisp path --from internet --to customers --mode read_via -k 5", aisp_cmd_path},
	{"what-if", "[--remove CONTROL]… [--add FROM,KIND,TO]… | --policies DIR…", "what access would change if edges were taken away or added, or files were as proposed",
	 "Prints who would lose or gain which access to sensitive assets. Control objects are those that paths name.",
	 "remove add mode policies config name cluster timeout at output limit", "aisp what-if --remove 'GRANT SELECT ON public.langchain_pg_embedding TO analyst'\naisp what-if --policies pull-request/", aisp_cmd_whatif},
	{"diff", "[A [B]]", "what changed between two moments: assets, grants, paths",
	 "A and B are run numbers or times; without B the latest, without A the run before it.", "limit output", "aisp diff 2026-11-01", aisp_cmd_diff},
	{"inspect", "[PATH…]", "look for secrets, personal data, harmful model files and hidden instructions in files or git history",
	 "Runs the content detectors alone, in a confined process; nothing is stored and no value is printed. Exit code 1 when\n"
	 "something is at or above --fail-on, 3 when something could not be read.",
	 "only verify history unreachable ignored secret-rules fail-on timeout no-sandbox output",
	 "aisp inspect .\naisp inspect --history --only secrets --fail-on high .\naisp inspect --format json models/\naisp inspect --verify list", aisp_cmd_inspect},
	{"ingest", "FILE|DIR|-…", "add up what logs and traces say happened: who did what to what, how often, when",
	 "CloudTrail, Bedrock, Kubernetes audit, PostgreSQL, OpenTelemetry GenAI, LiteLLM, MCP, web server and flow logs, recognised by content; also .gz, .zst,\n"
	 ".bz2 and .xz. An event that comes twice counts once. Single events are not kept.",
	 "kind name follow output", "aisp ingest cloudtrail/\nkubectl logs audit | aisp ingest --kind kubernetes-audit -", aisp_cmd_ingest},
	{"usage", "[REF]", "granted beside used: what was used, what was not, and where nobody looked",
	 "With --out, writes for every standing grant on an AI path what to do about it: reduced policies, patches, eligibility requests.", "since kind all out rules config limit at output",
	 "aisp usage\naisp usage role/support-bot --since 90", aisp_cmd_usage},
	{"decide", "FINGERPRINT|RULE…", "triage, accept until a date, or reject findings; without an action, list what was decided",
	 "A decision cites the evidence that it was made on. When that changes, or its day has come, the finding opens again and says why.", "accept triage false-positive reopen until reason by config rules limit output",
	 "aisp decide 4f2a --accept --until 2027-01-31 --reason 'replaced in January'", aisp_cmd_decide},
	{"own", "[REF]", "who owns what, and on which evidence; claim, decline, escalate", NULL, "claim decline escalate to reason by kind all limit at output",
	 "aisp own\naisp own langchain_pg_embedding --claim --to team-data --reason 'ours since 2025'", aisp_cmd_own},
	{"review", "[new|ID|answer ID ITEM keep|reduce|remove|export ID]", "access reviews: who reaches an asset, and whether they should", NULL, "asset due mode reason by fail-on-overdue limit output",
	 "aisp review new --asset customers --due 2026-12-15\naisp review answer 1 3 remove --reason 'left the team'", aisp_cmd_review},
	{"audit", "verify|log", "check the log of decisions; print it", NULL, "key since limit output", "aisp audit verify", aisp_cmd_audit},
	{"plan", "[FINGERPRINT…] [--from REF --to REF]", "the smallest safe change that closes paths, as steps with undo and proof",
	 "Observed uses go on working, or their loss is listed and priced. Says whether the answer is proved to be the smallest.", "from to mode certain keep price save with until-resolved at by rules timeout output",
	 "aisp plan --from tenant:dev --to chat-endpoint --mode call --save plan.json", aisp_cmd_plan},
	{"apply", "PLAN", "carry out a plan, one step at a time, each checked before and after; a dry run without --execute",
	 "A step is done only when the object is still as planned. After it, facts are collected again and the path must be closed; else all is undone.", "with execute approve by reason timeout output",
	 "aisp apply plan.json --with postgres://admin@db.example.com:5432/app --execute", aisp_cmd_apply},
	{"undo", "PLAN|ID", "take back what a plan did, also after a kill; a dry run without --execute",
	 "What is undone, and how, is taken from the log of decisions, where it was written before each step. Refused while the findings that the plan names in --until-resolved are open.",
	 "with execute force by reason timeout output", "aisp undo plan.json --execute", aisp_cmd_undo},
	{"verify", "[PLAN|ID…]", "do closed paths hold? one that came back reopens its finding and names the change",
	 "Asks the latest scan about every plan that was applied and not taken back; with --watch, collects again each time. Exits 1 when a path came back or a use that was kept is lost.", "with by watch limit timeout output", "aisp verify --watch 3600", aisp_cmd_verify},
	{"drill", "leak --kind KIND --place PLACE | list | show ID | clean", "leak a harmless credential on purpose; measure detection, reach and containment",
	 "Plants a marked credential without rights beyond those named, watches for it, contains it, tries it before and after, and cleans up. KIND: postgres-role[:MEMBER_OF], aws-key, "
	 "kubernetes-token[:NAMESPACE], mock-key. PLACE: commit:REPO[:BRANCH], notebook:FILE, prompt-log:FILE, prompt-log:table=TABLE, mcp:FILE, vector-store:TABLE. --with also takes a log that shows "
	 "its use; --timeout is how long that is waited for (60). Without --execute nothing is touched. What a killed drill left is cleaned up by 'clean' and by the next drill.",
	 "kind place with execute by timeout output",
	 "aisp drill leak --kind postgres-role --place commit:. --with postgres://admin@localhost:5432/app --execute", aisp_cmd_drill},
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
	aisp_vec_done(&o->keep);
	aisp_vec_done(&o->price);
	aisp_vec_done(&o->with);
	aisp_vec_done(&o->until_resolved);
	aisp_vec_done(&o->args);
}
