/* ~/.aws/config and ~/.aws/credentials: sections with settings (https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html).
 *
 * "[profile x]", "[default]", "[sso-session x]", "[services x]"; "key = value", a comment only behind a blank; indented lines under an empty value are
 * settings of their own that nobody here asks for.
 */
#include "collect/aws/live_int.h"

enum { FILE_MAX = 4 << 20, SETTINGS_MAX = 100000 };

static bool is_comment(struct aisp_slice line)
{
	return line.n == 0 || line.p[0] == '#' || line.p[0] == ';';
}

/* "[profile \"a b\"]": kind and name. False when the line is none. */
static bool read_section(struct aisp_slice line, bool is_credentials, struct aisp_slice *kind, struct aisp_slice *name)
{
	size_t end = aisp_slice_chr(line, ']');
	struct aisp_slice inside, word;

	if (line.p[0] != '[' || end == SIZE_MAX)
		return false;
	inside = aisp_slice_trim(aisp_slice_to(aisp_slice_from(line, 1), end - 1));
	size_t blank = 0;
	while (blank < inside.n && inside.p[blank] != ' ' && inside.p[blank] != '\t')
		blank++;
	word = aisp_slice_to(inside, blank);
	*kind = AISP_S("profile");
	*name = inside;
	if (is_credentials)
		return true;
	if (blank < inside.n) {
		*kind = word;
		*name = aisp_slice_trim(aisp_slice_from(inside, blank));
		if (name->n >= 2 && (name->p[0] == '"' || name->p[0] == '\'') && name->p[name->n - 1] == name->p[0])
			*name = aisp_slice_of(name->p + 1, name->n - 2);
	} else if (!aisp_slice_eqz(inside, "default")) {
		*kind = AISP_S("?"); /* a profile needs the word in this file */
	}
	return true;
}

/* Without " # comment" or " ; comment". */
static struct aisp_slice cut_comment(struct aisp_slice value)
{
	for (size_t i = 1; i < value.n; i++)
		if ((value.p[i] == '#' || value.p[i] == ';') && (value.p[i - 1] == ' ' || value.p[i - 1] == '\t'))
			return aisp_slice_trim(aisp_slice_to(value, i));
	return value;
}

int aisp_aws__profiles_parse(struct aisp_slice text, bool is_credentials, struct aisp_aws_profiles *p, struct aisp_err *err)
{
	struct aisp_slice line, kind = AISP_S("?"), section = {0};

	if (text.n > FILE_MAX)
		return aisp_fail(err, AISP_E_LIMIT, "the file is longer than %d MiB", FILE_MAX >> 20);
	while (text.n && aisp_slice_split(&text, '\n', &line)) {
		const bool indented = line.n && (line.p[0] == ' ' || line.p[0] == '\t');
		line = aisp_slice_trim(line);
		if (is_comment(line))
			continue;
		size_t equal = aisp_slice_chr(line, '=');
		if (!indented && read_section(line, is_credentials, &kind, &section)) {
			/* the section alone counts too: a profile may be empty */
			equal = 0;
		} else if (indented || equal == SIZE_MAX || equal == 0) {
			continue;
		}
		struct aisp_aws_setting s = {.kind = kind, .section = section};
		if (equal) {
			s.key = aisp_slice_trim(aisp_slice_to(line, equal));
			s.value = cut_comment(aisp_slice_trim(aisp_slice_from(line, equal + 1)));
		}
		if (p->all.n >= SETTINGS_MAX)
			return aisp_fail(err, AISP_E_LIMIT, "more than %d settings", SETTINGS_MAX);
		if (aisp_vec_push(&p->all, s) < 0)
			return aisp_fail(err, AISP_E_NOMEM, "out of memory for profiles");
	}
	return 0;
}

struct aisp_slice aisp_aws__profile_get(const struct aisp_aws_profiles *p, const char *kind, struct aisp_slice section, const char *key)
{
	for (size_t i = p->all.n; i > 0; i--) {
		const struct aisp_aws_setting *s = &p->all.v[i - 1];
		if (aisp_slice_eqi(s->key, aisp_slice_z(key)) && aisp_slice_eq(s->section, section) && aisp_slice_eqz(s->kind, kind))
			return s->value;
	}
	return (struct aisp_slice){0};
}

bool aisp_aws__profile_is(const struct aisp_aws_profiles *p, const char *kind, struct aisp_slice section)
{
	for (size_t i = 0; i < p->all.n; i++)
		if (aisp_slice_eq(p->all.v[i].section, section) && aisp_slice_eqz(p->all.v[i].kind, kind))
			return true;
	return false;
}
