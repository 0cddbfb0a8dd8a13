/* Terraform: a unified diff of the list of actions in the file that defines the statement, where the file is at hand. Only a plain list of texts is changed: what is computed stays. */
#include "base/fs.h"
#include "collect/content/content.h"
#include "govern/jit_int.h"
#include "govern/shown.h"
#include <fcntl.h>
#include <string.h>

enum { MAX_FILE = 4 << 20, CONTEXT = 3 };

struct span {
	size_t begin, end; /* bytes of "actions = [ … ]" from the begin of its first line to the end of its last, without its line end */
};

static size_t line_begin(struct aisp_slice t, size_t at)
{
	while (at > 0 && t.p[at - 1] != '\n')
		at--;
	return at;
}
static size_t line_end(struct aisp_slice t, size_t at)
{
	while (at < t.n && t.p[at] != '\n')
		at++;
	return at;
}

/* Every quoted text in the list is an action that the statement has; nothing else but commas, spaces, comments' absence. */
static bool is_plain(struct aisp_slice list)
{
	bool quoted = false;
	for (size_t i = 0; i < list.n; i++) {
		if (list.p[i] == '"')
			quoted = !quoted;
		else if (quoted ? list.p[i] == '$' || list.p[i] == '\\' : !strchr(", \t\r\n", list.p[i]))
			return false;
	}
	return !quoted;
}

/* The first list of actions behind the line where the statement's evidence is. */
static bool find_list(struct aisp_slice t, uint32_t line, struct span *ret, size_t *ret_open, size_t *ret_close)
{
	size_t at = 0;
	for (uint32_t i = 1; i < line && at < t.n; i++)
		at = line_end(t, at) + 1;
	static const char *const keys[] = {"actions", "Action", "\"Action\""};
	for (int tries = 0; at < t.n && tries < 400; tries++, at = line_end(t, at) + 1) {
		const struct aisp_slice text = aisp_slice_trim(aisp_slice_of(t.p + at, line_end(t, at) - at));
		for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
			struct aisp_slice rest = aisp_slice_starts(text, aisp_slice_z(keys[k])) ? aisp_slice_trim(aisp_slice_from(text, strlen(keys[k]))) : AISP_S("");
			if (!rest.n || (rest.p[0] != '=' && rest.p[0] != ':'))
				continue;
			rest = aisp_slice_trim(aisp_slice_from(rest, 1));
			if (!rest.n || rest.p[0] != '[')
				return false;
			*ret_open = (size_t)(rest.p - t.p) + 1;
			const size_t close = aisp_slice_chr(aisp_slice_from(t, *ret_open), ']');
			if (close == SIZE_MAX || close > 65536)
				return false;
			*ret_close = *ret_open + close;
			ret->begin = line_begin(t, at);
			ret->end = line_end(t, *ret_close);
			return is_plain(aisp_slice_of(t.p + *ret_open, close));
		}
	}
	return false;
}

static size_t count_lines(struct aisp_slice t)
{
	size_t n = t.n ? 1 : 0;
	for (size_t i = 0; i + 1 < t.n; i++)
		n += t.p[i] == '\n';
	return n;
}

static void put_lines(struct aisp_buf *b, char mark, struct aisp_slice text)
{
	struct aisp_slice line;
	while (text.n && aisp_slice_split(&text, '\n', &line)) {
		aisp_buf_putc(b, mark);
		aisp_buf_put(b, line);
		aisp_buf_putc(b, '\n');
	}
}

static void put_diff(struct aisp_buf *b, struct aisp_slice path, struct aisp_slice t, struct span s, struct aisp_slice with)
{
	size_t before = s.begin, after = s.end < t.n ? s.end + 1 : t.n;
	for (int i = 0; i < CONTEXT && before > 0; i++)
		before = line_begin(t, before - 1);
	for (int i = 0; i < CONTEXT && after < t.n; i++)
		after = line_end(t, after) < t.n ? line_end(t, after) + 1 : t.n;
	const struct aisp_slice head = aisp_slice_of(t.p + before, s.begin - before), old = aisp_slice_of(t.p + s.begin, s.end - s.begin);
	const struct aisp_slice tail = s.end + 1 < after ? aisp_slice_of(t.p + s.end + 1, after - s.end - 1) : AISP_S("");
	const size_t context = count_lines(head) + count_lines(tail), first = count_lines(aisp_slice_to(t, before)) + 1;
	aisp_buf_printf(b, "--- a/%.*s\n+++ b/%.*s\n@@ -%zu,%zu +%zu,%zu @@\n", AISP_FMT(path), AISP_FMT(path), first, context + count_lines(old), first, context + count_lines(with));
	put_lines(b, ' ', head);
	put_lines(b, '-', old);
	put_lines(b, '+', with);
	put_lines(b, ' ', tail);
}

/* The source of a node's evidence in this file; 0. */
static uint16_t source_of(const struct aisp_snapshot *s, aisp_node n, aisp_sym locator)
{
	for (unsigned i = 0; n && i < s->nodes[n].ev_n; i++)
		if (s->evidence[s->nodes[n].ev_at + i].locator == locator)
			return s->evidence[s->nodes[n].ev_at + i].source;
	return 0;
}

/* The folder that was scanned. A right is decided when all sources are joined, so its evidence is of no folder: the policy's is, or that of who has it or of what it is on. */
static struct aisp_slice root_of(const struct aisp_jit_out *o, const struct aisp_sedge *d, const struct aisp_evidence *ev)
{
	const struct aisp_snapshot *s = o->s;
	const size_t hash = aisp_slice_find(o->g->control, AISP_S("#/Statement"));
	uint16_t source = source_of(s, aisp_snapshot_find(s, aisp_slice_to(o->g->control, hash == SIZE_MAX ? o->g->control.n : hash)), ev->locator);
	source = source ? source : source_of(s, d->from, ev->locator);
	source = source ? source : source_of(s, d->to, ev->locator);
	source = source ? source : ev->source;
	return source && source <= s->n_sources ? aisp_snapshot_text(s, s->sources[source].target) : AISP_S("");
}

/* Do the lines that the diff would show hold what may be a secret? */
static int hides(const struct aisp_jit_out *o, struct aisp_slice path, struct aisp_slice t, struct span s, bool *ret)
{
	struct aisp_content_eye *eye = NULL;
	struct aisp_maker m = {.s = o->s, .eye = &eye, .err = o->err};
	const uint32_t first = (uint32_t)count_lines(aisp_slice_to(t, s.begin)) + 1, last = first + (uint32_t)count_lines(aisp_slice_of(t.p + s.begin, s.end - s.begin));
	const char *why = NULL;
	const int r = aisp_shown__hides(&m, path, t, first > CONTEXT ? first - CONTEXT : 1, last + CONTEXT + 1, &why);
	aisp_content_eye_free(eye);
	*ret = why != NULL;
	return r;
}

int aisp_jit__terraform(struct aisp_jit_out *o, const struct aisp_slice *actions, size_t n)
{
	const struct aisp_sedge *d = &o->s->edges[o->g->edges[0]];
	for (unsigned i = 0; i < d->ev_n; i++) {
		const struct aisp_evidence *ev = &o->s->evidence[d->ev_at + i];
		const struct aisp_slice path = aisp_snapshot_text(o->s, ev->locator), root = root_of(o, d, ev);
		if (!aisp_slice_ends(path, AISP_S(".tf")) || !root.n)
			continue;
		AISP_AUTOBUF struct aisp_buf full = {0}, text = {0}, with = {0}, diff = {0};
		struct span span;
		size_t open, close;
		aisp_buf_init(&full, 4096);
		aisp_buf_init(&text, MAX_FILE);
		aisp_buf_init(&with, 1 << 20);
		aisp_buf_init(&diff, 1 << 20);
		aisp_buf_printf(&full, "%.*s/%.*s", AISP_FMT(root), AISP_FMT(path));
		bool hidden = aisp_buf_check(&full, NULL) < 0 || aisp_fs_read(AT_FDCWD, full.p, true, MAX_FILE, &text, NULL) < 0 || !find_list(aisp_buf_slice(&text), ev->line, &span, &open, &close);
		int r = hidden ? 0 : hides(o, path, aisp_buf_slice(&text), span, &hidden);
		if (r < 0)
			return r;
		if (hidden) {
			aisp_jit__step(o, "- It is defined in %.*s:%u (Terraform): change the list of actions there, else the next apply puts it back.", AISP_FMT(path), ev->line);
			return 0;
		}
		aisp_buf_put(&with, aisp_slice_of(text.p + span.begin, open - span.begin));
		for (size_t k = 0; k < n; k++) {
			aisp_buf_printf(&with, "%s\"%.*s\"", k ? ", " : "", AISP_FMT(actions[k]));
		}
		aisp_buf_put(&with, aisp_slice_of(text.p + close, span.end - close));
		put_diff(&diff, path, aisp_buf_slice(&text), span, aisp_buf_slice(&with));
		r = aisp_buf_check(&diff, o->err);
		return r == 0 ? aisp_jit__file(o, "terraform.diff", aisp_buf_slice(&diff), "where it is defined; `git apply` or `patch -p1`, else the next apply puts it back") : r;
	}
	return 0;
}
