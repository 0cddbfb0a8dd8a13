/* Tar: ustar, GNU long names, pax, and what stands behind the end. */
#include "help.h"

static void header(struct aisp_buf *b, const char *name, char type, size_t size)
{
	char h[512] = {0};
	unsigned sum = 256;

	memcpy(h, name, strlen(name) < 100 ? strlen(name) : 100);
	for (size_t i = 0; i < 11; i++) /* octal, eleven digits */
		h[134 - i] = (char)('0' + (size >> (3 * i) & 7));
	h[156] = type;
	memcpy(h + 257, "ustar\0" "00", 8);
	for (size_t i = 0; i < sizeof h; i++)
		sum += i >= 148 && i < 156 ? 0 : (unsigned char)h[i];
	for (size_t i = 0; i < 6; i++)
		h[153 - i] = (char)('0' + (sum >> (3 * i) & 7));
	aisp_buf_put(b, aisp_slice_of(h, sizeof h));
}

static void member(struct aisp_buf *b, const char *name, char type, const char *content)
{
	size_t n = strlen(content);

	header(b, name, type, n);
	aisp_buf_putz(b, content);
	aisp_buf_fill(b, 0, (512 - n % 512) % 512);
}

static void plain(void **state)
{
	struct aisp_buf AISP_AUTOBUF b = {0};
	struct seen s = {0};

	(void)state;
	member(&b, "a", '0', "first");
	member(&b, "dir/", '5', "");
	member(&b, "../up", '0', "second");
	member(&b, "link", '2', "");
	aisp_buf_fill(&b, 0, 1024);
	assert_int_equal(walk(&s, aisp_buf_slice(&b), NULL), 0);
	assert_int_equal(s.n, 3);
	assert_true(aisp_slice_eqz(s.v[0].content, "first") && s.v[0].oddities == 0 && s.v[0].stored);
	assert_true(s.v[1].oddities & AISP_ODDITY(ESCAPES));
	assert_true((s.v[2].oddities & AISP_ODDITY(LINK)) && s.v[2].content.n == 0);
	assert_false(s.oddities & AISP_ODDITY(TRUNCATED));
	/* Behind the end marker: some readers go on there. */
	member(&b, "behind", '0', "third");
	assert_int_equal(walk(&s, aisp_buf_slice(&b), NULL), 0);
	assert_int_equal(s.n, 4);
	assert_true((s.v[3].oddities & AISP_ODDITY(UNLISTED)) && aisp_slice_eqz(s.v[3].content, "third"));
	seen_done(&s);
}

static void names(void **state)
{
	struct aisp_buf AISP_AUTOBUF b = {0}, AISP_AUTOBUF lengthy = {0};
	struct seen s = {0};

	(void)state;
	aisp_buf_fill(&lengthy, 'n', 300);
	member(&b, "././@LongLink", 'L', lengthy.p);
	member(&b, "short", '0', "gnu");
	member(&b, "PaxHeader", 'x', "18 path=pax/name\n\n10 size=3\n");
	member(&b, "short", '0', "pax");
	member(&b, "third", '0', "x");
	aisp_buf_fill(&b, 0, 1024);
	assert_int_equal(walk(&s, aisp_buf_slice(&b), NULL), 0);
	assert_int_equal(s.n, 3);
	assert_true(aisp_slice_eq(s.v[0].name, aisp_buf_slice(&lengthy)) && aisp_slice_eqz(s.v[0].content, "gnu"));
	assert_true(aisp_slice_starts(s.v[1].name, AISP_S("pax/name")));
	assert_true(aisp_slice_eqz(s.v[2].name, "third")); /* a record is for one member */
	seen_done(&s);
}

static void damaged(void **state)
{
	struct aisp_buf AISP_AUTOBUF b = {0};
	struct seen s = {0};

	(void)state;
	member(&b, "a", '0', "first");
	aisp_buf_fill(&b, 'X', 512); /* no header */
	member(&b, "b", '0', "second");
	assert_int_equal(walk(&s, aisp_buf_slice(&b), NULL), 0);
	assert_int_equal(s.n, 2);
	assert_true(aisp_slice_eqz(s.v[1].content, "second"));
	header(&b, "cut", '0', 1000000);
	assert_int_equal(walk(&s, aisp_buf_slice(&b), NULL), 0);
	assert_int_equal(s.n, 3);
	assert_true(s.v[2].oddities & AISP_ODDITY(TRUNCATED));
	b.p[200] ^= 1; /* the first sum is wrong: no tar at all */
	struct aisp_input in = aisp_input_mem(aisp_buf_slice(&b));
	assert_int_equal(aisp_container_detect(&in), AISP_CONTAINER_NONE);
	seen_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(plain), cmocka_unit_test(names), cmocka_unit_test(damaged)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
