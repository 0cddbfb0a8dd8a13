/* The program's entry: finds the command, parses its options, runs it, turns errors into messages and exit codes. */
#include "cli/cli.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static int print(const struct aisp_buf *out)
{
	const struct aisp_slice s = aisp_buf_slice(out);
	return fwrite(s.p ? s.p : "", 1, s.n, stdout) == s.n && fflush(stdout) == 0 ? AISP_EXIT_OK : AISP_EXIT_FAILED;
}

static int exit_of(int code)
{
	if (code >= 0)
		return code;
	return code == AISP_E_USAGE || code == AISP_E_AMBIGUOUS || code == AISP_E_NOTFOUND ? AISP_EXIT_USAGE : AISP_EXIT_FAILED;
}

static int run_command(const struct aisp_command *c, int argc, char **argv)
{
	struct aisp_options o = {0};
	struct aisp_err err = {0};
	AISP_AUTOBUF struct aisp_buf help = {0};
	int r = aisp_options_parse(c, argc, argv, &o, &err);
	const bool color = isatty(STDERR_FILENO) && !o.no_color && !getenv("NO_COLOR");
	aisp_log_setup(o.quiet ? AISP_LOG_WARN : o.verbose ? AISP_LOG_DEBUG : AISP_LOG_INFO, color);
	if (r == 0 && o.help) {
		aisp_buf_init(&help, 0);
		aisp_help_command(c, &help);
		r = print(&help);
	} else if (r == 0) {
		r = c->run(&o, &err);
	}
	if (r < 0)
		aisp_log(AISP_LOG_ERROR, "%s", err.msg);
	aisp_options_done(&o);
	return exit_of(r);
}

int main(int argc, char **argv)
{
	AISP_AUTOBUF struct aisp_buf help = {0};
	/* No core file: it could hold what was read. A closed pipe is a failed write, not a death. */
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	signal(SIGPIPE, SIG_IGN);
	aisp_buf_init(&help, 0);
	if (argc < 2) {
		aisp_help_all(&help);
		fwrite(help.p, 1, help.n, stderr);
		return AISP_EXIT_USAGE;
	}
	const char *word = argv[1];
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		word = "help";
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
		word = "version";
	const struct aisp_command *c = aisp_command_find(word);
	if (!c) {
		fprintf(stderr, "aisp: there is no command '%s'; see 'aisp help'\n", word);
		return AISP_EXIT_USAGE;
	}
	return run_command(c, argc - 2, argv + 2);
}
