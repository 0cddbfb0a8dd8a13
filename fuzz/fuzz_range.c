/* Cutting a value out of a text (govern/range.h, range_hcl.h), and the diff that says so. Input: a line with the JSON pointer (JSON), a number and 'k' or '-' (block YAML), a number, 'y' and a
 * pointer (a document of YAML), or 'h' and a number (HCL: that block, and that item of each list), then the text. */
#include "fuzz_doc.h"
#include "govern/define.h"
#include "govern/range_hcl.h"

/* What the pointer names, if all keys on its way are there once; its parent. */
static const struct aisp_doc *find(const struct aisp_doc *d, struct aisp_slice pointer, const struct aisp_doc **parent)
{
	struct aisp_slice rest = aisp_slice_from(pointer, 1), token;
	while (d && aisp_slice_split(&rest, '/', &token)) {
		const struct aisp_doc *next = NULL;
		uint64_t i;
		*parent = d;
		if (d->type == AISP_DOC_ARR && aisp_slice_u64(token, &i) && i < d->n)
			next = &d->items[i];
		for (uint32_t k = 0; d->type == AISP_DOC_OBJ && k < d->n; k++)
			if (aisp_slice_eq(d->members[k].key, token)) {
				next = &d->members[k].value;
				break;
			}
		d = next;
	}
	return d;
}

static bool plain(struct aisp_slice text, struct aisp_slice pointer)
{
	for (size_t i = 0; i < pointer.n; i++)
		if (pointer.p[i] == '~' || pointer.p[i] == '\\' || pointer.p[i] == '"')
			return false;
	return aisp_slice_chr(text, '\\') == SIZE_MAX;
}

/* What git apply does with the one hunk of the diff. */
static void check_diff(struct aisp_slice before, struct aisp_slice after)
{
	struct aisp_buf diff = {0}, made = {0};
	struct aisp_slice rest, line, left = before;
	unsigned long from = 0;
	aisp_buf_init(&diff, 1u << 24);
	aisp_buf_init(&made, 1u << 24);
	FUZZ_CHECK(aisp_unified_diff(AISP_S("f"), before, after, &diff) == 0);
	FUZZ_CHECK((diff.n == 0) == aisp_slice_eq(before, after));
	rest = aisp_buf_slice(&diff);
	for (int i = 0; diff.n && i < 3; i++)
		aisp_slice_split(&rest, '\n', &line);
	if (diff.n) {
		FUZZ_CHECK(sscanf(line.p, "@@ -%lu", &from) == 1);
		for (unsigned long i = 1; i < from; i++) {
			const size_t end = aisp_slice_chr(left, '\n');
			FUZZ_CHECK(end != SIZE_MAX);
			aisp_buf_put(&made, aisp_slice_to(left, end + 1));
			left = aisp_slice_from(left, end + 1);
		}
	}
	while (rest.n) {
		const size_t end = aisp_slice_chr(rest, '\n');
		FUZZ_CHECK(end != SIZE_MAX && end > 0);
		const char mark = rest.p[0];
		struct aisp_slice whole = aisp_slice_of(rest.p + 1, end);
		rest = aisp_slice_from(rest, end + 1);
		if (rest.n && rest.p[0] == '\\') {
			whole.n--;
			rest = aisp_slice_from(rest, aisp_slice_chr(rest, '\n') + 1);
		}
		if (mark != '+') {
			FUZZ_CHECK(aisp_slice_starts(left, whole));
			left = aisp_slice_from(left, whole.n);
		}
		if (mark != '-')
			aisp_buf_put(&made, whole);
	}
	aisp_buf_put(&made, left);
	FUZZ_CHECK(aisp_slice_eq(aisp_buf_slice(&made), after));
	aisp_buf_done(&diff);
	aisp_buf_done(&made);
}

static void cut(struct aisp_slice text, const struct aisp_range *r, struct aisp_buf *out)
{
	FUZZ_CHECK(r->from < r->end && r->end <= text.n);
	aisp_buf_put(out, aisp_slice_to(text, r->from));
	aisp_buf_put(out, aisp_slice_from(text, r->end));
	check_diff(text, aisp_buf_slice(out));
}

static void json(struct aisp_arena *a, struct aisp_slice pointer, struct aisp_slice text)
{
	struct aisp_buf out = {0};
	struct aisp_range r;
	const struct aisp_doc *d = NULL, *left = NULL, *parent = NULL, *again = NULL;
	const bool found = aisp_range_json(text, pointer, &r);
	aisp_buf_init(&out, 1u << 24);
	if (found)
		cut(text, &r, &out);
	if (pointer.n > 1 && plain(text, pointer) && aisp_jsonc_parse(a, text, &fuzz_limits, &d, NULL) == 0 && find(d, pointer, &parent)) {
		FUZZ_CHECK(found);
		FUZZ_CHECK(aisp_jsonc_parse(a, aisp_buf_slice(&out), &fuzz_limits, &left, NULL) == 0);
		const size_t up = aisp_slice_rchr(pointer, '/');
		if (up)
			find(left, aisp_slice_to(pointer, up), &again);
		const struct aisp_doc *now = up ? find(left, aisp_slice_to(pointer, up), &again) : left;
		FUZZ_CHECK(now && now->type == parent->type && now->n <= parent->n);
		if (parent->type == AISP_DOC_ARR)
			FUZZ_CHECK(now->n + 1 == parent->n);
	}
	aisp_buf_done(&out);
}

/* What is left is read as before without the one thing. */
static void less(struct aisp_arena *a, struct aisp_slice text, const struct aisp_doc *before, struct aisp_range r)
{
	struct aisp_buf out = {0};
	const struct aisp_doc *after = NULL;
	aisp_buf_init(&out, 1u << 24);
	cut(text, &r, &out);
	/* letters in the middle are a byte order mark at the begin */
	if (aisp_slice_starts(aisp_buf_slice(&out), AISP_S("\xef\xbb\xbf")) == aisp_slice_starts(text, AISP_S("\xef\xbb\xbf"))) {
		FUZZ_CHECK(aisp_hcl_parse(a, aisp_buf_slice(&out), &fuzz_limits, &after, NULL) == 0);
		FUZZ_CHECK(aisp_define__one_less(before, after));
	}
	aisp_buf_done(&out);
}

static void hcl_list(struct aisp_arena *a, struct aisp_slice text, const struct aisp_doc *before, const struct aisp_hcl_part *p, const struct aisp_doc *list, uint64_t wanted)
{
	struct aisp_hcl_item it = {.before = SIZE_MAX, .behind = SIZE_MAX};
	struct aisp_range in;
	size_t at;
	if (list->type != AISP_DOC_ARR || !aisp_hcl_literal(text, p->inside, '[', &in) || aisp_hcl_count(text, in, false) == SIZE_MAX)
		return;
	FUZZ_CHECK(aisp_hcl_count(text, in, false) == list->n);
	at = in.from;
	for (uint64_t i = 0; aisp_hcl_item(text, in, false, &at, &it); i++)
		if (i == wanted)
			less(a, text, before, aisp_hcl_cut_item(text, &it));
}

static void hcl(struct aisp_arena *a, uint64_t wanted, struct aisp_slice text)
{
	const struct aisp_doc *before = NULL;
	struct aisp_hcl_part p;
	struct aisp_range r;
	size_t at = aisp_slice_starts(text, AISP_S("\xef\xbb\xbf")) ? 3 : 0;
	const struct aisp_range all = {at, text.n};
	uint64_t n = 0;
	const bool ok = aisp_hcl_parse(a, text, &fuzz_limits, &before, NULL) == 0;
	while (aisp_hcl_next(text, all, &at, &p))
		n++;
	aisp_hcl_mention(text, AISP_S("a.b"), (struct aisp_range){0, 0});
	if (!ok || at < text.n)
		return;
	FUZZ_CHECK(n == before->n);
	at = all.from;
	for (uint32_t i = 0; i < before->n && aisp_hcl_next(text, all, &at, &p); i++) {
		FUZZ_CHECK(aisp_slice_eq(p.name, before->members[i].key));
		if (!p.block)
			hcl_list(a, text, before, &p, &before->members[i].value, wanted);
		else if (i == wanted && aisp_hcl_cut_block(text, p.all, &r))
			less(a, text, before, r);
	}
}

/* A letter, and what is before and behind it. */
static bool other(struct aisp_slice head, struct aisp_slice text)
{
	const size_t y = aisp_slice_chr(head, 'y');
	struct aisp_buf out = {0};
	struct aisp_range r;
	uint64_t n;
	if (head.p[0] == 'h' && aisp_slice_u64(aisp_slice_from(head, 1), &n)) {
		struct aisp_arena *a = aisp_arena_new((size_t)64 << 20);
		hcl(a, n, text);
		aisp_arena_free(a);
		return true;
	}
	if (y == SIZE_MAX || !aisp_slice_u64(aisp_slice_to(head, y), &n))
		return false;
	aisp_buf_init(&out, 1u << 24);
	if (aisp_range_yaml_at(text, n, aisp_slice_from(head, y + 1), &r))
		cut(text, &r, &out);
	aisp_buf_done(&out);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aisp_slice text = aisp_slice_of((const char *)data, size), head;
	struct aisp_buf out = {0};
	struct aisp_range r;
	uint64_t line;
	if (!aisp_slice_split(&text, '\n', &head) || head.n < 2 || size > 65536)
		return 0;
	if (head.p[0] == '/') {
		struct aisp_arena *a = aisp_arena_new((size_t)64 << 20);
		json(a, head, text);
		aisp_arena_free(a);
	} else if (other(head, text)) {
		return 0;
	} else if (aisp_slice_u64(aisp_slice_to(head, head.n - 1), &line) && line <= UINT32_MAX) {
		aisp_buf_init(&out, 1u << 24);
		if (aisp_range_yaml(text, (uint32_t)line, head.p[head.n - 1] == '-', &r))
			cut(text, &r, &out);
		aisp_buf_done(&out);
	} else {
		check_diff(text, head);
	}
	return 0;
}
