/* AWS control objects in Terraform's language: statements of data sources, of jsonencode(), of JSON in heredocs and files; attachments and memberships. All files of the module's folder are
 * read: a data source may stand in another, and what refers to a block must not be left without it. Nothing is evaluated: count, for_each, dynamic blocks and computed lists are left to
 * people.
 */
#include "base/fs.h"
#include "base/mem.h"
#include "govern/define.h"
#include "govern/range_hcl.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>

enum { MOST_FILES = 200, MOST_FILE = 1 << 20, MOST_ALL = 16 << 20 };

struct tf_file {
	struct aisp_slice name, text; /* below the root */
};
struct block {
	const struct tf_file *file;
	struct aisp_hcl_part part;
};
struct tf {
	struct aisp_maker *m;
	struct aisp_where *w;
	struct aisp_defined d;
	struct aisp_slice dir, type, label; /* of the resource */
	struct tf_file *files;
	size_t n;
	struct block own;
};

static const struct aisp_range nowhere = {0, 0};

/* ---- The module ---- */

static int by_name(const void *x, const void *y)
{
	return aisp_slice_cmp(((const struct tf_file *)x)->name, ((const struct tf_file *)y)->name);
}

static struct aisp_slice read_text(struct tf *t, struct aisp_slice name)
{
	AISP_AUTOBUF struct aisp_buf text = {0};
	struct aisp_err none = {0};
	const struct aisp_slice path = aisp_step__fmt(t->m, "%.*s/%.*s%c", AISP_FMT(t->w->root), AISP_FMT(name), 0);
	aisp_buf_init(&text, MOST_FILE + 1);
	if (!path.p || aisp_fs_read(AT_FDCWD, path.p, true, MOST_FILE, &text, &none) < 0 || !aisp_slice_is_utf8(aisp_buf_slice(&text)))
		return (struct aisp_slice){0};
	return aisp_arena_dup(t->m->a, aisp_buf_slice(&text));
}

/* False: not all of it could be read. */
static bool load(struct tf *t)
{
	const struct aisp_slice folder = aisp_step__fmt(t->m, "%.*s/%.*s%c", AISP_FMT(t->w->root), AISP_FMT(t->dir), 0);
	DIR *d = folder.p ? opendir(folder.p) : NULL;
	size_t bytes = 0;
	bool ok = d != NULL;
	t->files = aisp_arena_zalloc(t->m->a, MOST_FILES, sizeof *t->files);
	for (struct dirent *e; ok && t->files && (e = readdir(d));) {
		const struct aisp_slice base = aisp_slice_z(e->d_name);
		if (!aisp_slice_ends(base, AISP_S(".tf")) && !aisp_slice_ends(base, AISP_S(".tofu")) && !aisp_slice_ends(base, AISP_S(".tf.json")))
			continue;
		ok = t->n < MOST_FILES;
		if (!ok)
			break;
		struct tf_file *f = &t->files[t->n++];
		f->name = t->dir.n ? aisp_step__fmt(t->m, "%.*s/%s", AISP_FMT(t->dir), e->d_name) : aisp_step__fmt(t->m, "%s", e->d_name);
		f->text = read_text(t, f->name);
		bytes += f->text.n;
		ok = f->text.p && bytes <= MOST_ALL;
	}
	if (d)
		closedir(d);
	if (t->n)
		qsort(t->files, t->n, sizeof *t->files, by_name);
	return ok && t->files;
}

static bool is_json(const struct tf_file *f)
{
	return aisp_slice_ends(f->name, AISP_S(".json"));
}

/* How many blocks have this address in the module; the first of them. */
static size_t find_block(const struct tf *t, const char *kind, struct aisp_slice type, struct aisp_slice label, struct block *ret)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct tf_file *f = &t->files[i];
		struct aisp_hcl_part p;
		size_t at = aisp_slice_starts(f->text, AISP_S("\xef\xbb\xbf")) ? 3 : 0;
		const struct aisp_range all = {at, f->text.n};
		while (!is_json(f) && aisp_hcl_next(f->text, all, &at, &p))
			if (p.block && p.n_labels == 2 && aisp_slice_eqz(p.name, kind) && aisp_slice_eq(p.labels[0], type) && aisp_slice_eq(p.labels[1], label) && n++ == 0)
				*ret = (struct block){f, p};
	}
	return n;
}

static uint32_t line_of(struct aisp_slice s, size_t at)
{
	uint32_t n = 1;
	for (size_t i = 0; i < at && i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

/* Does anything in the module name this, but for a stretch of one file? */
static const struct tf_file *mention(const struct tf *t, struct aisp_slice word, const struct tf_file *own, struct aisp_range except, size_t *ret_at)
{
	for (size_t i = 0; i < t->n; i++) {
		*ret_at = aisp_hcl_mention(t->files[i].text, word, &t->files[i] == own ? except : nowhere);
		if (*ret_at != SIZE_MAX)
			return &t->files[i];
	}
	return NULL;
}

static struct aisp_slice piece(const struct tf_file *f, struct aisp_range r)
{
	return aisp_slice_of(f->text.p + r.from, r.end - r.from);
}

/* What makes a block many or none. */
static const char *repeated(const struct tf_file *f, struct aisp_range body, const char *dynamic)
{
	struct aisp_hcl_part p;
	size_t at = body.from;
	while (aisp_hcl_next(f->text, body, &at, &p)) {
		if (!p.block && aisp_slice_eqz(p.name, "count"))
			return "it has count: there may be several of it, or none";
		if (!p.block && aisp_slice_eqz(p.name, "for_each"))
			return "it has for_each: there may be several of it, or none";
		if (p.block && aisp_slice_eqz(p.name, "dynamic") && p.n_labels == 1 && aisp_slice_eqz(p.labels[0], dynamic))
			return "it has dynamic blocks: which of them it is, is only known when Terraform runs";
	}
	return at < body.end ? "it is not plain Terraform" : NULL;
}

/* ---- Cutting ---- */

/* The cut is in this file; with `check` what is read after it must be the same but for one thing. */
static int cut(struct tf *t, const struct tf_file *f, struct aisp_range r, bool check)
{
	const struct aisp_doc *before = NULL, *after = NULL;
	const struct aisp_slice left = aisp_define__without(t->m, f->text, r);
	if (!left.p)
		return aisp_step__nomem(t->m);
	if (aisp_hcl_parse(t->m->a, f->text, NULL, &before, NULL) < 0 || aisp_hcl_parse(t->m->a, left, NULL, &after, NULL) < 0 || (check && !aisp_define__one_less(before, after)))
		return aisp_define__none(t->m, t->w, "%.*s.%.*s is not written so that it can be cut out and all else stays", AISP_FMT(t->type), AISP_FMT(t->label));
	t->w->name = f->name;
	t->w->line = line_of(f->text, r.from);
	t->w->cut = r;
	t->w->size = f->text.n;
	t->w->known = true;
	return 0;
}

static int cut_block(struct tf *t, const struct tf_file *f, struct aisp_range block)
{
	struct aisp_range r;
	if (!aisp_hcl_cut_block(f->text, block, &r))
		return aisp_define__none(t->m, t->w, "the block shares its lines with others");
	return cut(t, f, r, true);
}

/* The whole resource: what it gave is all that it was for. */
static int whole(struct tf *t, const char *why)
{
	static const char *const types[] = {"aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy", "aws_iam_policy", "aws_s3_bucket_policy", "aws_sqs_queue_policy", "aws_sns_topic_policy",
					    "aws_secretsmanager_secret_policy", "aws_iam_role_policy_attachment", "aws_iam_user_policy_attachment", "aws_iam_group_policy_attachment",
					    "aws_iam_policy_attachment", "aws_iam_user_group_membership", "aws_iam_group_membership"};
	const struct aisp_slice address = aisp_step__fmt(t->m, "%.*s.%.*s", AISP_FMT(t->type), AISP_FMT(t->label));
	bool known = false;
	size_t at = 0;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		known |= aisp_slice_eqz(t->type, types[i]);
	if (!known)
		return aisp_define__none(t->m, t->w, "%s of %.*s, which must have one", why, AISP_FMT(address));
	const struct tf_file *f = mention(t, address, t->own.file, t->own.part.all, &at);
	if (f)
		return aisp_define__none(t->m, t->w, "%s of %.*s, and %.*s:%u refers to that", why, AISP_FMT(address), AISP_FMT(f->name), line_of(f->text, at));
	int r = cut_block(t, t->own.file, t->own.part.all);
	if (r == 0 && t->w->known)
		r = aisp_step__note(t->m, "the patch takes the whole resource %.*s out: %s", AISP_FMT(address), why);
	return r;
}

/* ---- Documents ---- */

struct document {
	const struct tf_file *file;
	struct aisp_range value; /* the expression that is the policy */
	size_t count;            /* statements */
	struct aisp_range one;   /* the bytes of the statement */
	struct aisp_range cut;
	bool block, text;        /* a block of a data source; JSON as text */
};

/* "data.aws_iam_policy_document.NAME.json" */
static int from_data(struct tf *t, struct document *doc, struct aisp_slice name)
{
	const struct aisp_slice address = aisp_step__fmt(t->m, "data.aws_iam_policy_document.%.*s", AISP_FMT(name));
	static const char *const merged[] = {"source_policy_documents", "override_policy_documents", "source_json", "override_json"};
	struct block b;
	struct aisp_hcl_part p;
	size_t at;
	if (find_block(t, "data", AISP_S("aws_iam_policy_document"), name, &b) != 1)
		return aisp_define__none(t->m, t->w, "%.*s is not there once in its folder", AISP_FMT(address));
	const char *why = repeated(b.file, b.part.inside, "statement");
	for (size_t i = 0; !why && i < sizeof merged / sizeof *merged; i++)
		if (aisp_hcl_only(b.file->text, b.part.inside, merged[i], &p))
			why = "it is merged with other documents";
	if (why)
		return aisp_define__none(t->m, t->w, "%.*s: %s", AISP_FMT(address), why);
	const struct tf_file *other = mention(t, address, doc->file, doc->value, &at);
	if (other)
		return aisp_define__none(t->m, t->w, "%.*s is used at %.*s:%u, too, which would lose the statement with it", AISP_FMT(address), AISP_FMT(other->name), line_of(other->text, at));
	doc->file = b.file;
	doc->block = true;
	at = b.part.inside.from;
	while (aisp_hcl_next(b.file->text, b.part.inside, &at, &p))
		if (p.block && aisp_slice_eqz(p.name, "statement") && doc->count++ == t->d.n)
			doc->one = p.all;
	return 1;
}

static int from_json(struct tf *t, struct document *doc, struct aisp_slice text, size_t offset)
{
	const struct aisp_doc *before = NULL, *after = NULL, *st;
	const struct aisp_slice pointer = aisp_step__fmt(t->m, "/Statement/%llu", (unsigned long long)t->d.n);
	if (aisp_json_parse(t->m->a, text, NULL, &before, NULL) < 0 || !(st = aisp_doc_get(before, "Statement")))
		return aisp_define__none(t->m, t->w, "the policy is not plain JSON");
	doc->text = true;
	doc->count = st->type == AISP_DOC_ARR ? st->n : 1;
	doc->one = doc->cut = (struct aisp_range){offset, offset + text.n};
	if (st->type != AISP_DOC_ARR)
		return 1;
	struct aisp_range r;
	const struct aisp_slice left = aisp_range_json(text, pointer, &r) ? aisp_define__without(t->m, text, r) : (struct aisp_slice){0};
	if (!left.p || aisp_json_parse(t->m->a, left, NULL, &after, NULL) < 0 || !aisp_define__one_less(before, after))
		return aisp_define__none(t->m, t->w, "statement %llu is not written so that it can be cut out and all else stays", (unsigned long long)t->d.n + 1);
	doc->one = doc->cut = (struct aisp_range){offset + r.from, offset + r.end};
	return 1;
}

/* "${…}" as so many x: inside JSON texts they change nothing. False: a directive, or one without end. */
static bool mask(struct aisp_slice s, char *p)
{
	memcpy(p, s.p, s.n);
	for (size_t i = 0; i + 1 < s.n; i++) {
		if ((s.p[i] == '$' || s.p[i] == '%') && s.p[i + 1] == s.p[i] && i + 2 < s.n && s.p[i + 2] == '{') {
			i += 2;
			continue;
		}
		if (s.p[i + 1] != '{' || (s.p[i] != '$' && s.p[i] != '%'))
			continue;
		if (s.p[i] == '%')
			return false;
		size_t open = 0, k = i + 1;
		while (k < s.n) {
			const size_t next = aisp_hcl_piece(s, k);
			if (next == SIZE_MAX)
				return false;
			open += s.p[k] == '{';
			open -= s.p[k] == '}';
			k = next;
			if (open == 0)
				break;
		}
		if (open)
			return false;
		memset(p + i, 'x', k - i);
		i = k - 1;
	}
	return true;
}

static int from_heredoc(struct tf *t, struct document *doc)
{
	const struct aisp_slice all = piece(doc->file, doc->value);
	const size_t first = aisp_slice_chr(all, '\n'), last = aisp_slice_rchr(all, '\n');
	if (first == SIZE_MAX || last <= first)
		return aisp_define__none(t->m, t->w, "the heredoc is empty");
	const struct aisp_slice text = aisp_slice_of(all.p + first + 1, last - first);
	char *masked = aisp_arena_alloc(t->m->a, text.n + 1);
	if (!masked)
		return aisp_step__nomem(t->m);
	if (!mask(text, masked))
		return aisp_define__none(t->m, t->w, "the heredoc has directives or interpolations that only Terraform can follow");
	return from_json(t, doc, aisp_slice_of(masked, text.n), doc->value.from + first + 1);
}

static int from_jsonencode(struct tf *t, struct document *doc, struct aisp_range inner)
{
	const struct aisp_slice s = doc->file->text;
	struct aisp_hcl_item it = {.before = SIZE_MAX, .behind = SIZE_MAX};
	struct aisp_range body, list, statements = {0, 0};
	size_t at, n = 0;
	if (!aisp_hcl_literal(s, inner, '{', &body))
		return aisp_define__none(t->m, t->w, "what jsonencode() is given is computed");
	at = body.from;
	while (aisp_hcl_item(s, body, true, &at, &it))
		if (aisp_slice_eqz(it.key, "Statement")) {
			statements = it.value;
			n++;
		}
	if (at != body.end || n != 1)
		return aisp_define__none(t->m, t->w, "what jsonencode() is given is not plain");
	doc->one = doc->cut = statements;
	doc->count = 1;
	if (aisp_hcl_literal(s, statements, '{', &list))
		return 1;
	if (!aisp_hcl_literal(s, statements, '[', &list))
		return aisp_define__none(t->m, t->w, "the list of statements is computed");
	doc->count = aisp_hcl_count(s, list, false);
	it = (struct aisp_hcl_item){.before = SIZE_MAX, .behind = SIZE_MAX};
	at = list.from;
	for (uint64_t i = 0; i <= t->d.n && aisp_hcl_item(s, list, false, &at, &it); i++)
		if (i == t->d.n) {
			doc->one = it.all;
			doc->cut = aisp_hcl_cut_item(s, &it);
		}
	return 1;
}

/* file("${path.module}/x.json"), read by nothing else in the module. */
static int from_file(struct tf *t, struct document *doc, struct aisp_range inner)
{
	struct aisp_slice path = piece(doc->file, inner), text;
	size_t at;
	if (path.n < 3 || path.p[0] != '"' || aisp_hcl_piece(path, 0) != path.n)
		return aisp_define__none(t->m, t->w, "which file it reads is computed");
	path = aisp_slice_of(path.p + 1, path.n - 2);
	if (aisp_slice_starts(path, AISP_S("${path.module}/")))
		path = aisp_slice_from(path, 15);
	else if (aisp_slice_starts(path, AISP_S("./")))
		path = aisp_slice_from(path, 2);
	if (!path.n || path.p[0] == '/' || aisp_slice_find(path, AISP_S("${")) != SIZE_MAX || aisp_slice_find(path, AISP_S("..")) != SIZE_MAX)
		return aisp_define__none(t->m, t->w, "which file it reads is computed");
	const struct tf_file *other = mention(t, aisp_slice_basename(path), doc->file, doc->value, &at);
	if (other)
		return aisp_define__none(t->m, t->w, "%.*s is used at %.*s:%u, too, which would lose the statement with it", AISP_FMT(path), AISP_FMT(other->name), line_of(other->text, at));
	path = t->dir.n ? aisp_step__fmt(t->m, "%.*s/%.*s", AISP_FMT(t->dir), AISP_FMT(path)) : aisp_arena_dup(t->m->a, path);
	text = read_text(t, path);
	struct tf_file *f = aisp_arena_zalloc(t->m->a, 1, sizeof *f);
	if (!f || !path.p)
		return aisp_step__nomem(t->m);
	if (!text.p)
		return aisp_define__none(t->m, t->w, "%.*s cannot be read", AISP_FMT(path));
	*f = (struct tf_file){path, text};
	doc->file = f;
	return from_json(t, doc, text, 0);
}

/* 1: read; 0: not, and the note says why. */
static int read_document(struct tf *t, struct document *doc)
{
	const struct aisp_slice value = piece(doc->file, doc->value), data = AISP_S("data.aws_iam_policy_document.");
	struct aisp_range inner;
	if (aisp_slice_starts(value, data) && aisp_slice_ends(value, AISP_S(".json")) && value.n > data.n + 5) {
		const struct aisp_slice name = aisp_slice_of(value.p + data.n, value.n - data.n - 5);
		if (aisp_slice_chr(name, '.') == SIZE_MAX && aisp_slice_chr(name, '[') == SIZE_MAX)
			return from_data(t, doc, name);
	}
	if (aisp_slice_starts(value, AISP_S("<<")))
		return from_heredoc(t, doc);
	if (aisp_hcl_call(doc->file->text, doc->value, "jsonencode", &inner))
		return from_jsonencode(t, doc, inner);
	if (aisp_hcl_call(doc->file->text, doc->value, "file", &inner))
		return from_file(t, doc, inner);
	return aisp_define__none(t->m, t->w, "the policy of %.*s.%.*s is computed or one quoted text", AISP_FMT(t->type), AISP_FMT(t->label));
}

/* The policy block of a role: of the last one Terraform would no longer look after inline policies at all, and the policy would stay. */
static int last_inline(struct tf *t, struct aisp_range block)
{
	const struct tf_file *f = t->own.file;
	struct aisp_hcl_part p;
	size_t at = t->own.part.inside.from, n = 0;
	while (aisp_hcl_next(f->text, t->own.part.inside, &at, &p))
		n += p.block && aisp_slice_eqz(p.name, "inline_policy");
	if (n < 2)
		return aisp_define__none(t->m, t->w, "it is the only inline_policy of %.*s.%.*s: without one Terraform leaves the policy where it is; write an empty inline_policy {} instead", AISP_FMT(t->type),
					 AISP_FMT(t->label));
	const int r = cut_block(t, f, block);
	return r == 0 && t->w->known ? aisp_step__note(t->m, "the patch takes the whole inline_policy %.*s out", AISP_FMT(t->d.name)) : r;
}

/* The inline_policy of this name. */
static bool find_inline(struct tf *t, struct aisp_hcl_part *ret)
{
	const struct tf_file *f = t->own.file;
	const struct aisp_slice wanted = aisp_step__fmt(t->m, "\"%.*s\"", AISP_FMT(t->d.name));
	struct aisp_hcl_part p, name;
	size_t at = t->own.part.inside.from, n = 0;
	while (aisp_hcl_next(f->text, t->own.part.inside, &at, &p))
		if (p.block && aisp_slice_eqz(p.name, "inline_policy") && aisp_hcl_only(f->text, p.inside, "name", &name) == 1 && aisp_slice_eq(piece(f, name.inside), wanted)) {
			*ret = p;
			n++;
		}
	return n == 1;
}

static int statement(struct tf *t)
{
	struct aisp_hcl_part attr, within = t->own.part;
	const bool nested = t->d.form == AISP_DEFINE_INLINE && aisp_slice_eqz(t->type, "aws_iam_role");
	bool all = false;
	if (nested && !find_inline(t, &within))
		return aisp_define__none(t->m, t->w, "%.*s.%.*s has no inline_policy of this name", AISP_FMT(t->type), AISP_FMT(t->label));
	if (aisp_hcl_only(t->own.file->text, within.inside, t->d.form == AISP_DEFINE_TRUST ? "assume_role_policy" : "policy", &attr) != 1 || attr.block)
		return aisp_define__none(t->m, t->w, "%.*s.%.*s has no policy in it any more", AISP_FMT(t->type), AISP_FMT(t->label));
	struct document doc = {.file = t->own.file, .value = attr.inside};
	int r = read_document(t, &doc);
	if (r <= 0)
		return r;
	if (t->d.n >= doc.count || doc.count == SIZE_MAX)
		return aisp_define__none(t->m, t->w, "it has another number of statements than what was read");
	const char *why = aisp_define__compare(t->m, &t->d, doc.count, piece(doc.file, doc.one), &all);
	if (why)
		return aisp_define__none(t->m, t->w, "%s", why);
	if (all)
		return nested ? last_inline(t, within.all) : whole(t, doc.count > 1 ? "these are all statements" : "it is the only statement");
	if (doc.block)
		return cut_block(t, doc.file, doc.one);
	if (doc.file == t->own.file)
		return cut(t, doc.file, doc.cut, !doc.text);
	t->w->name = doc.file->name;
	t->w->line = line_of(doc.file->text, doc.cut.from);
	t->w->cut = doc.cut;
	t->w->size = doc.file->text.n;
	t->w->known = true;
	return 0;
}

/* ---- Attachments and memberships ---- */

/* Does this expression denote the thing with this ARN: as text, or by reference to a resource of the module with a name as text? */
static bool denotes(const struct tf *t, struct aisp_slice expr, struct aisp_slice arn)
{
	const struct aisp_slice last = aisp_slice_basename(arn);
	struct aisp_slice rest = expr, type, label;
	struct block b;
	struct aisp_hcl_part name;
	if (expr.n > 2 && expr.p[0] == '"') {
		const struct aisp_slice text = aisp_slice_of(expr.p + 1, expr.n - 2);
		return aisp_slice_eq(text, last) || aisp_slice_eq(text, arn);
	}
	if (!aisp_slice_split(&rest, '.', &type) || !rest.p || !aisp_slice_split(&rest, '.', &label) || !rest.p || aisp_slice_chr(rest, '.') != SIZE_MAX || find_block(t, "resource", type, label, &b) != 1)
		return false;
	if (aisp_hcl_only(b.file->text, b.part.inside, "name", &name) != 1)
		return aisp_slice_eq(label, last);
	const struct aisp_slice text = piece(b.file, name.inside);
	return text.n > 2 && text.p[0] == '"' && aisp_slice_eq(aisp_slice_of(text.p + 1, text.n - 2), last);
}

/* The item of a list attribute that denotes the thing. alone: nothing else is in it, and the resource is there for it only. */
static int from_list(struct tf *t, const char *attribute, struct aisp_slice arn, bool alone)
{
	const struct tf_file *f = t->own.file;
	struct aisp_hcl_part attr;
	struct aisp_hcl_item it = {.before = SIZE_MAX, .behind = SIZE_MAX}, found = {0};
	struct aisp_range list;
	size_t at, n = 0;
	if (aisp_hcl_only(f->text, t->own.part.inside, attribute, &attr) != 1 || attr.block || !aisp_hcl_literal(f->text, attr.inside, '[', &list))
		return aisp_define__none(t->m, t->w, "%s of %.*s.%.*s is computed, or not there", attribute, AISP_FMT(t->type), AISP_FMT(t->label));
	const size_t count = aisp_hcl_count(f->text, list, false);
	at = list.from;
	while (aisp_hcl_item(f->text, list, false, &at, &it))
		if (denotes(t, piece(f, it.all), arn)) {
			found = it;
			n++;
		}
	if (n != 1 || count == SIZE_MAX)
		return aisp_define__none(t->m, t->w, "which item of %s of %.*s.%.*s it is, is not sure", attribute, AISP_FMT(t->type), AISP_FMT(t->label));
	if (alone && count == 1)
		return whole(t, "it is the only item");
	return cut(t, f, aisp_hcl_cut_item(f->text, &found), true);
}

/* Are the other lists of an aws_iam_policy_attachment not there? */
static bool no_other(const struct tf *t, const char *own)
{
	static const char *const lists[] = {"roles", "users", "groups"};
	struct aisp_hcl_part p;
	for (size_t i = 0; i < 3; i++)
		if (strcmp(lists[i], own) != 0 && aisp_hcl_only(t->own.file->text, t->own.part.inside, lists[i], &p))
			return false;
	return true;
}

static int attached(struct tf *t)
{
	const struct aisp_slice who = t->d.who;
	const char *list = aisp_slice_find(who, AISP_S(":role/")) != SIZE_MAX ? "roles" : aisp_slice_find(who, AISP_S(":user/")) != SIZE_MAX ? "users" : "groups";
	if (aisp_slice_eqz(t->type, "aws_iam_policy_attachment"))
		return from_list(t, list, who, no_other(t, list));
	if (aisp_slice_eqz(t->type, "aws_iam_role"))
		return from_list(t, "managed_policy_arns", t->d.policy, false);
	if (aisp_slice_eqz(t->type, "aws_iam_user_group_membership"))
		return from_list(t, "groups", t->d.policy, true);
	if (aisp_slice_eqz(t->type, "aws_iam_group_membership"))
		return from_list(t, "users", who, true);
	if (aisp_slice_ends(t->type, AISP_S("_policy_attachment")))
		return whole(t, "it is the attachment");
	return aisp_define__none(t->m, t->w, "%.*s.%.*s is none of the known attachments", AISP_FMT(t->type), AISP_FMT(t->label));
}

int aisp_define__terraform(struct aisp_maker *m, struct aisp_where *w)
{
	struct tf t = {.m = m, .w = w, .dir = aisp_slice_dirname(w->name)};
	struct aisp_slice rest = w->at;
	const size_t slash = aisp_slice_chr(rest, '/');
	if (slash != SIZE_MAX)
		rest = aisp_slice_to(rest, slash);
	if (!aisp_define__read(m, &t.d) || !aisp_slice_split(&rest, '.', &t.type) || !rest.p)
		return 0;
	t.label = rest;
	if (!load(&t))
		return aisp_define__none(m, w, "its folder cannot be read as a whole, so what else refers to it is not known");
	if (find_block(&t, "resource", t.type, t.label, &t.own) != 1)
		return aisp_define__none(m, w, "%.*s.%.*s is not there once in its folder", AISP_FMT(t.type), AISP_FMT(t.label));
	const char *why = repeated(t.own.file, t.own.part.inside, t.d.form == AISP_DEFINE_INLINE ? "inline_policy" : "");
	if (why)
		return aisp_define__none(m, w, "%.*s.%.*s: %s", AISP_FMT(t.type), AISP_FMT(t.label), why);
	const int r = t.d.form == AISP_DEFINE_ATTACHED || t.d.form == AISP_DEFINE_GROUP ? attached(&t) : statement(&t);
	if (w->known) {
		m->step->definition = w->name;
		m->step->definition_line = w->line;
	}
	return r;
}
