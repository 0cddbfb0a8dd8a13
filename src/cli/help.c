/* Help, man page and completions, all written from the rows of options.c. */
#include "cli/cli.h"

void aisp_help_all(struct aisp_buf *out)
{
	aisp_buf_printf(out, "aisp %s: AI assets, who can really reach which data over which path, and what to do about it\n\n", aisp_version);
	aisp_buf_putz(out, "Usage: aisp COMMAND [OPTION…] [ARGUMENT…]\n\nCommands:\n");
	for (const struct aisp_command *c = aisp_command_rows; c->name; c++)
		aisp_buf_printf(out, "  %-12s %s\n", c->name, c->summary);
	aisp_buf_putz(out, "\nStart here:   aisp scan .\nOne command:  aisp help COMMAND\n"
			   "Exit codes:   0 fine, 1 findings at or above --fail-on, 2 wrong usage, 3 incomplete, 4 failed\n");
}

static void put_option(struct aisp_buf *out, const struct aisp_option *o)
{
	AISP_AUTOBUF struct aisp_buf left = {0};
	aisp_buf_init(&left, 0);
	if (o->letter)
		aisp_buf_printf(&left, "  -%c, --%s", o->letter, o->name);
	else
		aisp_buf_printf(&left, "      --%s", o->name);
	bool words = o->value && strchr(o->value, '|');
	if (o->value)
		aisp_buf_printf(&left, " %s", words ? "WORD" : o->value);
	aisp_buf_printf(out, "%-28s %s\n", left.p ? left.p : "", o->help);
	if (words)
		aisp_buf_printf(out, "%-28s WORD is one of %s\n", "", o->value);
}

void aisp_help_command(const struct aisp_command *c, struct aisp_buf *out)
{
	aisp_buf_printf(out, "aisp %s: %s\n\nUsage: aisp %s [OPTION…] %s\n", c->name, c->summary, c->name, c->usage);
	if (c->text)
		aisp_buf_printf(out, "\n%s\n", c->text);
	aisp_buf_putz(out, "\nOptions:\n");
	for (const struct aisp_option *o = aisp_option_rows; o->name; o++)
		if (aisp_command_has(c, o))
			put_option(out, o);
	if (c->examples)
		aisp_buf_printf(out, "\nExamples:\n");
	struct aisp_slice rest = aisp_slice_z(c->examples), line;
	while (c->examples && aisp_slice_split(&rest, '\n', &line))
		aisp_buf_printf(out, "  %.*s\n", AISP_FMT(line));
}

/* Text for roff: a line must not begin with a dot or quote; backslashes and hyphens are escaped. */
static void put_roff(struct aisp_buf *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		if ((p == text || p[-1] == '\n') && (*p == '.' || *p == '\''))
			aisp_buf_putz(out, "\\&");
		if (*p == '\\')
			aisp_buf_putz(out, "\\e");
		else if (*p == '-')
			aisp_buf_putz(out, "\\-");
		else
			aisp_buf_putc(out, *p);
	}
}

static void man_options(struct aisp_buf *out, const struct aisp_command *c)
{
	for (const struct aisp_option *o = aisp_option_rows; o->name; o++) {
		const bool global = aisp_command_has(&(struct aisp_command){.options = ""}, o);
		if (c ? global || !aisp_command_has(c, o) : !global)
			continue;
		aisp_buf_putz(out, ".TP\n");
		if (o->letter)
			aisp_buf_printf(out, "\\fB\\-%c\\fR, ", o->letter);
		aisp_buf_putz(out, "\\fB\\-\\-");
		put_roff(out, o->name);
		aisp_buf_putz(out, "\\fR");
		if (o->value) {
			aisp_buf_putz(out, " \\fI");
			put_roff(out, o->value);
			aisp_buf_putz(out, "\\fR");
		}
		aisp_buf_putc(out, '\n');
		put_roff(out, o->help);
		aisp_buf_putc(out, '\n');
	}
}

void aisp_help_man(struct aisp_buf *out)
{
	aisp_buf_printf(out, ".TH AISP 1 \"\" \"aisp %s\" \"User Commands\"\n.SH NAME\naisp \\- AI security posture management\n", aisp_version);
	aisp_buf_putz(out, ".SH SYNOPSIS\n.B aisp\n\\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]\n.SH DESCRIPTION\n"
			   "Finds AI assets and the identities around them, decides which identity can really reach which data over which\n"
			   "path, and turns that into findings with evidence.\n.SH COMMANDS\n");
	for (const struct aisp_command *c = aisp_command_rows; c->name; c++) {
		aisp_buf_putz(out, ".SS aisp ");
		put_roff(out, c->name);
		aisp_buf_putc(out, ' ');
		put_roff(out, c->usage);
		aisp_buf_putc(out, '\n');
		put_roff(out, c->summary);
		aisp_buf_putz(out, ".\n");
		if (c->text) {
			aisp_buf_putz(out, ".PP\n");
			put_roff(out, c->text);
			aisp_buf_putc(out, '\n');
		}
		man_options(out, c);
		if (c->examples) {
			aisp_buf_putz(out, ".PP\n.nf\n.RS\n");
			put_roff(out, c->examples);
			aisp_buf_putz(out, "\n.RE\n.fi\n");
		}
	}
	aisp_buf_putz(out, ".SH OPTIONS\nEvery command takes:\n");
	man_options(out, NULL);
	aisp_buf_putz(out, ".SH EXIT STATUS\n.TP\n0\nfine\n.TP\n1\nfindings at or above \\fB\\-\\-fail\\-on\\fR\n.TP\n2\nwrong usage or configuration\n"
			   ".TP\n3\nthe scan was incomplete; the gaps are listed\n.TP\n4\nfailed\n"
			   ".SH ENVIRONMENT\n.TP\n.B AISP_STORE\nwhere scans are kept\n.TP\n.B NO_COLOR\nno colours\n.TP\n.B AISP_JOBS\nnumber of threads\n");
}

/* Commands and the options of each as shell words. */
static void put_words(struct aisp_buf *out, const struct aisp_command *c)
{
	for (const struct aisp_option *o = aisp_option_rows; o->name; o++)
		if (aisp_command_has(c, o))
			aisp_buf_printf(out, "%s--%s", o == aisp_option_rows ? "" : " ", o->name);
}

static void completion_bash(struct aisp_buf *out)
{
	aisp_buf_putz(out, "# bash completion for aisp\n_aisp() {\n  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
			   "  COMPREPLY=()\n  if ((COMP_CWORD == 1)); then\n    COMPREPLY=($(compgen -W \"");
	for (const struct aisp_command *c = aisp_command_rows; c->name; c++)
		aisp_buf_printf(out, "%s%s", c == aisp_command_rows ? "" : " ", c->name);
	aisp_buf_putz(out, "\" -- \"$cur\")); return\n  fi\n  case $prev in\n");
	for (const struct aisp_option *o = aisp_option_rows; o->name; o++) {
		if (!o->value || !strchr(o->value, '|'))
			continue;
		aisp_buf_printf(out, "    --%s) COMPREPLY=($(compgen -W \"", o->name);
		for (const char *p = o->value; *p; p++)
			aisp_buf_putc(out, *p == '|' ? ' ' : *p);
		aisp_buf_putz(out, "\" -- \"$cur\")); return;;\n");
	}
	aisp_buf_putz(out, "    --store|--config|--output|-o|-c|-s) COMPREPLY=($(compgen -f -- \"$cur\")); return;;\n"
			   "    --out|--rules) COMPREPLY=($(compgen -d -- \"$cur\")); return;;\n  esac\n"
			   "  if [[ $cur == -* ]]; then\n    case ${COMP_WORDS[1]} in\n");
	for (const struct aisp_command *c = aisp_command_rows; c->name; c++) {
		aisp_buf_printf(out, "      %s) COMPREPLY=($(compgen -W \"", c->name);
		put_words(out, c);
		aisp_buf_putz(out, "\" -- \"$cur\"));;\n");
	}
	aisp_buf_putz(out, "    esac\n    return\n  fi\n  case ${COMP_WORDS[1]} in\n"
			   "    completion) COMPREPLY=($(compgen -W \"bash zsh fish\" -- \"$cur\"));;\n"
			   "    rules) COMPREPLY=($(compgen -W \"list show test\" -- \"$cur\"));;\n"
			   "    help) COMPREPLY=($(compgen -W \"");
	for (const struct aisp_command *c = aisp_command_rows; c->name; c++)
		aisp_buf_printf(out, "%s%s", c == aisp_command_rows ? "" : " ", c->name);
	aisp_buf_putz(out, "\" -- \"$cur\"));;\n    *) COMPREPLY=($(compgen -f -- \"$cur\"));;\n  esac\n}\ncomplete -o filenames -F _aisp aisp\n");
}

/* Single quotes for zsh and fish; brackets and colons that zsh's _arguments reads are escaped. */
static void put_quoted(struct aisp_buf *out, const char *text, bool zsh)
{
	for (const char *p = text; *p; p++) {
		if (*p == '\'')
			aisp_buf_putz(out, zsh ? "'\\''" : "\\'");
		else if (zsh && (*p == '[' || *p == ']' || *p == ':'))
			aisp_buf_printf(out, "\\%c", *p);
		else
			aisp_buf_putc(out, *p);
	}
}

static void zsh_option(struct aisp_buf *out, const struct aisp_option *o)
{
	aisp_buf_printf(out, " \\\n        '%s--%s[", o->type == AISP_OPT_LIST ? "*" : "", o->name);
	put_quoted(out, o->help, true);
	aisp_buf_putz(out, "]");
	if (o->value && strchr(o->value, '|')) {
		aisp_buf_printf(out, ":%s:(", o->name);
		for (const char *p = o->value; *p; p++)
			aisp_buf_putc(out, *p == '|' ? ' ' : *p);
		aisp_buf_putc(out, ')');
	} else if (o->value) {
		aisp_buf_printf(out, ":%s:%s", o->name, strcmp(o->value, "FILE") == 0 ? "_files" : strcmp(o->value, "DIR") == 0 ? "_files -/" : " ");
	}
	aisp_buf_putc(out, '\'');
}

static void completion_zsh(struct aisp_buf *out)
{
	aisp_buf_putz(out, "#compdef aisp\n_aisp() {\n  local -a commands\n  commands=(\n");
	for (const struct aisp_command *c = aisp_command_rows; c->name; c++) {
		aisp_buf_printf(out, "    '%s:", c->name);
		put_quoted(out, c->summary, true);
		aisp_buf_putz(out, "'\n");
	}
	aisp_buf_putz(out, "  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
			   "  local command=$words[2]\n  shift words; (( CURRENT-- ))\n  case $command in\n");
	for (const struct aisp_command *c = aisp_command_rows; c->name; c++) {
		aisp_buf_printf(out, "    %s) _arguments", c->name);
		for (const struct aisp_option *o = aisp_option_rows; o->name; o++)
			if (aisp_command_has(c, o))
				zsh_option(out, o);
		aisp_buf_putz(out, " \\\n        '*:argument:_files' ;;\n");
	}
	aisp_buf_putz(out, "  esac\n}\n_aisp \"$@\"\n");
}

static void completion_fish(struct aisp_buf *out)
{
	aisp_buf_putz(out, "# fish completion for aisp\n");
	for (const struct aisp_command *c = aisp_command_rows; c->name; c++) {
		aisp_buf_printf(out, "complete -c aisp -n __fish_use_subcommand -f -a %s -d '", c->name);
		put_quoted(out, c->summary, false);
		aisp_buf_putz(out, "'\n");
		for (const struct aisp_option *o = aisp_option_rows; o->name; o++) {
			if (!aisp_command_has(c, o))
				continue;
			aisp_buf_printf(out, "complete -c aisp -n '__fish_seen_subcommand_from %s' -l %s", c->name, o->name);
			if (o->letter)
				aisp_buf_printf(out, " -s %c", o->letter);
			if (o->value && strchr(o->value, '|')) {
				aisp_buf_putz(out, " -x -a '");
				for (const char *p = o->value; *p; p++)
					aisp_buf_putc(out, *p == '|' ? ' ' : *p);
				aisp_buf_putc(out, '\'');
			} else if (o->value) {
				aisp_buf_putz(out, " -r");
			}
			aisp_buf_putz(out, " -d '");
			put_quoted(out, o->help, false);
			aisp_buf_putz(out, "'\n");
		}
	}
}

int aisp_help_completion(const char *shell, struct aisp_buf *out, struct aisp_err *err)
{
	if (strcmp(shell, "bash") == 0)
		completion_bash(out);
	else if (strcmp(shell, "zsh") == 0)
		completion_zsh(out);
	else if (strcmp(shell, "fish") == 0)
		completion_fish(out);
	else
		return aisp_fail(err, AISP_E_USAGE, "there are completions for bash, zsh and fish, not for '%s'", shell);
	return 0;
}
