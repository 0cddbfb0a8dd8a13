/* Where control objects are defined: parts of HCL by their bytes, values of YAML by pointer, attachments in Terraform. Statements are tested on the program (tests/blackbox/test_plan_terraform.py). */
#include "base/fs.h"
#include "base/mem.h"
#include "govern/define.h"
#include "govern/range_hcl.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static void text_is(struct aisp_slice s, struct aisp_range cut, const char *want)
{
	char got[2048];
	snprintf(got, sizeof got, "%.*s%.*s", (int)cut.from, s.p, (int)(s.n - cut.end), s.p + cut.end);
	assert_string_equal(got, want);
}

static void test_parts(void **state)
{
	const struct aisp_slice s = AISP_S("# a\na = 1 // x\n\"b\" = <<-E\n }\n E\nr \"t\" n { /* } */ x = \"${f(\"}\")}\" }\nc = [1,\n 2] # y");
	static const char *const names[] = {"a", "b", "r", "c"}, *const inside[] = {"1", "<<-E\n }\n E", " /* } */ x = \"${f(\"}\")}\" ", "[1,\n 2]"};
	struct aisp_hcl_part p;
	size_t at = 0, n = 0;
	(void)state;
	for (; aisp_hcl_next(s, (struct aisp_range){0, s.n}, &at, &p); n++) {
		assert_true(n < 4 && aisp_slice_eqz(p.name, names[n]));
		assert_true(aisp_slice_eqz(aisp_slice_of(s.p + p.inside.from, p.inside.end - p.inside.from), inside[n]));
		assert_int_equal(p.block, n == 2);
		assert_true(n != 2 || (p.n_labels == 2 && aisp_slice_eqz(p.labels[0], "t") && aisp_slice_eqz(p.labels[1], "n")));
	}
	assert_int_equal(n, 4);
	assert_int_equal(at, s.n);
	assert_int_equal(aisp_hcl_only(AISP_S("a = 1\na = 2\n"), (struct aisp_range){0, 12}, "a", &p), 2);
	assert_int_equal(aisp_hcl_only(AISP_S("a = 1\n} b"), (struct aisp_range){0, 9}, "a", &p), 2);
}

static void item_goes(const char *text, size_t n, const char *want)
{
	const struct aisp_slice s = aisp_slice_z(text);
	const size_t open = aisp_slice_chr(s, '['), close = aisp_slice_rchr(s, ']');
	struct aisp_hcl_item it = {.before = SIZE_MAX, .behind = SIZE_MAX};
	struct aisp_range in;
	size_t at;
	assert_true(aisp_hcl_literal(s, (struct aisp_range){open, close + 1}, '[', &in));
	at = in.from;
	for (size_t i = 0; i <= n; i++)
		assert_true(aisp_hcl_item(s, in, false, &at, &it));
	text_is(s, aisp_hcl_cut_item(s, &it), want);
}

static void test_items(void **state)
{
	struct aisp_range in;
	(void)state;
	item_goes("x = [a, b, c]", 0, "x = [b, c]");
	item_goes("x = [a, b, c]", 1, "x = [a, c]");
	item_goes("x = [a, b, c]", 2, "x = [a, b]");
	item_goes("x = [a, b, ]", 1, "x = [a, ]");
	item_goes("x = [a]", 0, "x = []");
	item_goes("x = [\n  a, # the first\n  # of b\n  b\n]\n", 0, "x = [\n  # of b\n  b\n]\n");
	item_goes("x = [\n  a, # the first\n  # of b\n  b # b\n]\n", 1, "x = [\n  a, # the first\n  # of b\n]\n");
	item_goes("x = [{\n  a = 1 }, {\n  b = 2\n}]\n", 0, "x = [{\n  b = 2\n}]\n");
	item_goes("x = [{\n  a = 1 }, {\n  b = 2\n}]\n", 1, "x = [{\n  a = 1 }]\n");
	item_goes("x = [a, /* of b */ b]", 1, "x = [a, /* of b */ ]");
	assert_false(aisp_hcl_literal(AISP_S("[for a in b : a]"), (struct aisp_range){0, 16}, '[', &in));
	assert_false(aisp_hcl_literal(AISP_S("[a][0]"), (struct aisp_range){0, 6}, '[', &in));
	assert_true(aisp_hcl_literal(AISP_S("{for = 1}"), (struct aisp_range){0, 9}, '{', &in));
}

static void test_mentions(void **state)
{
	const struct aisp_range none = {0, 0};
	(void)state;
	assert_int_equal(aisp_hcl_mention(AISP_S("a = t.n"), AISP_S("t.n"), none), 4);
	assert_int_equal(aisp_hcl_mention(AISP_S("a = \"${t.n.arn}\""), AISP_S("t.n"), none), 7);
	assert_true(aisp_hcl_mention(AISP_S("a = t.name # t.n\n/* t.n */ b = data.t.n + xt.n"), AISP_S("t.n"), none) == SIZE_MAX);
	assert_true(aisp_hcl_mention(AISP_S("t.n"), AISP_S("t.n"), (struct aisp_range){0, 3}) == SIZE_MAX);
	assert_int_equal(aisp_hcl_mention(AISP_S("# x\nt.n"), AISP_S("t.n"), none), 4);
}

static void yaml_goes(const char *text, size_t document, const char *pointer, const char *want)
{
	struct aisp_range r;
	const bool ok = aisp_range_yaml_at(aisp_slice_z(text), document, aisp_slice_z(pointer), &r);
	assert_int_equal(ok, want != NULL);
	if (want)
		text_is(aisp_slice_z(text), r, want);
}

static void test_yaml(void **state)
{
	(void)state;
	yaml_goes("a: [{x: 1}, {y: 2}] # c\n", 0, "/a/0", "a: [{y: 2}] # c\n");
	yaml_goes("a: [{x: 1}, {y: 2}] # c\n", 0, "/a/1", "a: [{x: 1}] # c\n");
	yaml_goes("a: [{x: 1}, {y: 2}]\n", 0, "/a/1/y", "a: [{x: 1}, {}]\n");
	yaml_goes("{\xc3\xa4: 1, b: {c: 2}}\n", 0, "/b", "{\xc3\xa4: 1}\n");
	yaml_goes("a: [\n  one, # 1\n  two # 2\n]\n", 0, "/a/0", "a: [\n  two # 2\n]\n");
	yaml_goes("a: [\n  one, # 1\n  two, # 2\n]\n", 0, "/a/1", "a: [\n  one, # 1\n]\n");
	yaml_goes("- {a: 1}\n- {a: 2}\n", 0, "/1", "- {a: 1}\n");
	yaml_goes("-\n  # of a\n  a: 1\n- b: 2\n", 0, "/0", "- b: 2\n");
	yaml_goes("a: 1\n---\na: 2\nb: 3\n", 1, "/a", "a: 1\n---\nb: 3\n");
	yaml_goes("a: 1\n---\na: 2\nb: 3\n", 1, "/c", NULL);
	yaml_goes("- a: 1\n  b: 2\n", 0, "/0/a", NULL);              /* in the line of the dash */
	yaml_goes("x: &p [1, 2]\ny: *p\n", 0, "/x", NULL);           /* used below */
	yaml_goes("x: &p [1, 2]\ny: *p\n", 0, "/y/0", NULL);         /* another's */
	yaml_goes("x: &p [1, 2]\ny: *p\n", 0, "/y", "x: &p [1, 2]\n");
	yaml_goes("a: 1\na: 2\n", 0, "/a", NULL);
	yaml_goes("a: [", 0, "/a", NULL);
	yaml_goes("", 0, "/a", NULL);
}

struct folder {
	char path[64];
	struct aisp_arena *a;
};

static void put(const struct folder *f, const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", f->path, name);
	assert_int_equal(aisp_fs_write(path, aisp_slice_z(text), 0600, NULL), 0);
}

/* want: the file without it; NULL: no patch, and the note has these words. */
static void goes(const char *text, const char *at, const char *control, const char *want, const char *note)
{
	struct folder f = {.path = "/tmp/aisp-define-XXXXXX", .a = aisp_arena_new(0)};
	assert_non_null(mkdtemp(f.path));
	put(&f, "main.tf", text);
	put(&f, "more.tf", "resource \"aws_iam_group\" \"readers\" {\n  name = \"the-readers\"\n}\nresource \"aws_iam_policy\" \"p\" {\n  name = \"data\"\n}\n");
	const struct aisp_slice c = aisp_slice_z(control);
	struct aisp_step st = {.control = c};
	struct aisp_err err = {0};
	struct aisp_maker m = {.a = f.a, .step = &st, .controls = &c, .n_controls = 1, .err = &err};
	struct aisp_where w = {.root = aisp_slice_z(f.path), .name = AISP_S("main.tf"), .at = aisp_slice_z(at)};
	assert_int_equal(aisp_define__file(&m, &w), 0);
	assert_int_equal(w.known, want != NULL);
	if (want)
		text_is(aisp_slice_z(text), w.cut, want);
	if (note)
		assert_true(aisp_slice_find(st.note, aisp_slice_z(note)) != SIZE_MAX);
	char path[128];
	snprintf(path, sizeof path, "%s/main.tf", f.path);
	unlink(path);
	snprintf(path, sizeof path, "%s/more.tf", f.path);
	unlink(path);
	rmdir(f.path);
	aisp_arena_free(f.a);
}

#define ROLE "arn:aws:iam::1:role/bot#attached/arn:aws:iam::1:policy/data"
#define GROUP "arn:aws:iam::1:user/ann#group/arn:aws:iam::1:group/the-readers"

static void test_attachments(void **state)
{
	(void)state;
	goes("# kept\nresource \"aws_iam_role_policy_attachment\" \"x\" {\n  role = \"bot\"\n  policy_arn = \"y\"\n}\n\nlocals {}\n", "aws_iam_role_policy_attachment.x", ROLE, "# kept\n\nlocals {}\n",
	     "the whole resource aws_iam_role_policy_attachment.x");
	goes("resource \"aws_iam_role_policy_attachment\" \"x\" {\n  role = \"bot\"\n}\nresource \"a\" \"b\" {\n  depends_on = [aws_iam_role_policy_attachment.x]\n}\n", "aws_iam_role_policy_attachment.x", ROLE, NULL,
	     "main.tf:5 refers to that");
	goes("resource \"aws_iam_role_policy_attachment\" \"x\" {\n  for_each = toset([])\n  role = \"bot\"\n}\n", "aws_iam_role_policy_attachment.x", ROLE, NULL, "for_each");
	goes("resource \"aws_iam_role_policy_attachment\" \"y\" {\n  role = \"bot\"\n}\n", "aws_iam_role_policy_attachment.x", ROLE, NULL, "not there once");
	goes("resource \"aws_iam_policy_attachment\" \"x\" {\n  roles = [\"next\", \"bot\"]\n}\n", "aws_iam_policy_attachment.x", ROLE, "resource \"aws_iam_policy_attachment\" \"x\" {\n  roles = [\"next\"]\n}\n", NULL);
	goes("resource \"aws_iam_policy_attachment\" \"x\" {\n  roles = [\"bot\"]\n  users = [\"ann\"]\n}\n", "aws_iam_policy_attachment.x", ROLE,
	     "resource \"aws_iam_policy_attachment\" \"x\" {\n  roles = []\n  users = [\"ann\"]\n}\n", NULL);
	goes("resource \"aws_iam_policy_attachment\" \"x\" {\n  roles = [\"bot\"]\n}\n", "aws_iam_policy_attachment.x", ROLE, "", NULL);
	goes("resource \"aws_iam_policy_attachment\" \"x\" {\n  roles = [var.bot, \"next\"]\n}\n", "aws_iam_policy_attachment.x", ROLE, NULL, "is not sure");
	goes("resource \"aws_iam_policy_attachment\" \"x\" {\n  roles = concat([\"bot\"], [])\n}\n", "aws_iam_policy_attachment.x", ROLE, NULL, "is computed");
	goes("resource \"aws_iam_role\" \"x\" {\n  managed_policy_arns = [\n    aws_iam_policy.p.arn, # data\n    \"z\",\n  ]\n}\n", "aws_iam_role.x/ManagedPolicyArns/0", ROLE,
	     "resource \"aws_iam_role\" \"x\" {\n  managed_policy_arns = [\n    \"z\",\n  ]\n}\n", NULL);
	goes("resource \"aws_iam_user_group_membership\" \"x\" {\n  groups = [aws_iam_group.readers.name, \"b\"]\n}\n", "aws_iam_user_group_membership.x", GROUP,
	     "resource \"aws_iam_user_group_membership\" \"x\" {\n  groups = [\"b\"]\n}\n", NULL);
	goes("resource \"aws_iam_group_membership\" \"x\" {\n  users = [\"ann\"]\n}\n", "aws_iam_group_membership.x", GROUP, "", NULL);
	goes("resource \"aws_iam_group_membership\" \"x\" {\n  users = [\"ann\"]\n}", "aws_iam_group_membership.x", GROUP, "", NULL);
}

static void test_json(void **state)
{
	struct aisp_range r;
	const struct aisp_slice s = AISP_S("{\"a\":[{\"b\":[1]},{\"c\":{\"d\":[]}},2]}");
	(void)state;
	assert_true(aisp_range_json(s, AISP_S("/a/1"), &r)); /* no blank between ':' and a bracket */
	text_is(s, r, "{\"a\":[{\"b\":[1]},2]}");
	assert_true(aisp_range_json(s, AISP_S("/a/0"), &r));
	text_is(s, r, "{\"a\":[{\"c\":{\"d\":[]}},2]}");
}

/* One thing less, at any depth. */
static void test_one_less(void **state)
{
	static const struct {
		const char *before, *after;
		bool is;
	} cases[] = {
		{"[1,2,3]", "[1,3]", true}, {"[1,2,3]", "[1,2,3]", false}, {"[1,2,3]", "[3,2]", false}, {"[1,2,3]", "[1]", false}, {"{\"a\":[1,1],\"b\":2}", "{\"a\":[1],\"b\":2}", true},
		{"{\"a\":[1,1],\"b\":2}", "{\"a\":[1]}", false}, {"{\"a\":[1]}", "{\"a\":null}", true}, {"{\"a\":[1,2]}", "{\"a\":null}", false}, {"{\"a\":1,\"b\":2}", "{\"b\":2}", true},
		{"{\"a\":1,\"b\":2}", "{\"b\":1}", false}, {"[[1,2],[3,4]]", "[[1],[3]]", false}, {"[[1],[2]]", "[[2]]", true}, {"[1.5,true,\"x\"]", "[1.5,true]", true}, {"[1.5,true,\"x\"]", "[1.5,false]", false},
	};
	struct aisp_arena *a = aisp_arena_new(0);
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct aisp_doc *x = NULL, *y = NULL;
		assert_int_equal(aisp_json_parse(a, aisp_slice_z(cases[i].before), NULL, &x, NULL), 0);
		assert_int_equal(aisp_json_parse(a, aisp_slice_z(cases[i].after), NULL, &y, NULL), 0);
		assert_int_equal(aisp_define__one_less(x, y), cases[i].is);
	}
	aisp_arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_parts), cmocka_unit_test(test_items), cmocka_unit_test(test_mentions), cmocka_unit_test(test_yaml), cmocka_unit_test(test_attachments),
					    cmocka_unit_test(test_json), cmocka_unit_test(test_one_less)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
