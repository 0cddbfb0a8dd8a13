/* Zip: what is stored is handed out in place, and where two readers would see two things, both are handed out. */
#include "help.h"
#include <zlib.h>

static struct file stored(const char *name, const char *text)
{
	struct aisp_slice s = aisp_slice_z(text);

	return (struct file){.name = name, .packed = s, .size = (uint32_t)s.n, .crc = (uint32_t)crc32(0, (const unsigned char *)s.p, (unsigned)s.n)};
}

static void deflated(struct file *f, struct aisp_slice text, struct aisp_buf *to)
{
	z_stream z = {0};

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	size_t cap = deflateBound(&z, (unsigned long)text.n);
	char *p = aisp_buf_room(to, cap);
	z.next_in = (unsigned char *)(uintptr_t)text.p;
	z.avail_in = (unsigned)text.n;
	z.next_out = (unsigned char *)p;
	z.avail_out = (unsigned)cap;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	to->n += cap - z.avail_out;
	deflateEnd(&z);
	f->method = 8;
	f->packed = aisp_buf_slice(to);
	f->size = (uint32_t)text.n;
	f->crc = (uint32_t)crc32(0, (const unsigned char *)text.p, (unsigned)text.n);
}

static void plain(void **state)
{
	struct file f[] = {stored("a/data.pkl", "pickle"), stored("a/empty", ""), stored("a/b", "tensor")};
	struct aisp_buf AISP_AUTOBUF b = {0};
	struct seen s = {0};

	(void)state;
	zip_of(f, 3, &b);
	assert_int_equal(walk(&s, aisp_buf_slice(&b), NULL), 0);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.oddities, 0);
	assert_true(aisp_slice_eqz(s.v[0].name, "a/data.pkl") && aisp_slice_eqz(s.v[0].content, "pickle") && s.v[0].stored);
	assert_true(s.v[2].at > b.p && s.v[2].at < b.p + b.n); /* in place */
	seen_done(&s);
}

static void packed(void **state)
{
	struct file f[2] = {{.name = "x"}, stored("y", "yy")};
	struct aisp_buf AISP_AUTOBUF b = {0}, AISP_AUTOBUF p = {0}, AISP_AUTOBUF text = {0};
	struct seen s = {0};

	(void)state;
	for (int i = 0; i < 5000; i++)
		aisp_buf_printf(&text, "line %d\n", i);
	deflated(&f[0], aisp_buf_slice(&text), &p);
	zip_of(f, 2, &b);
	assert_int_equal(walk(&s, aisp_buf_slice(&b), NULL), 0);
	assert_true(aisp_slice_eq(s.v[0].content, aisp_buf_slice(&text)) && !s.v[0].stored);
	assert_int_equal(s.v[0].oddities, 0);
	/* A member over the limit is cut, and says so. */
	struct aisp_container_limits small = {.max_member = 1000};
	assert_int_equal(walk(&s, aisp_buf_slice(&b), &small), 0);
	assert_int_equal(s.v[0].content.n, 1000);
	assert_true(s.v[0].oddities & AISP_ODDITY(RATIO));
	/* All together over the limit ends the walk. */
	struct aisp_container_limits total = {.max_total = 10};
	f[1] = f[0];
	f[1].name = "z";
	aisp_buf_clear(&b);
	zip_of(f, 2, &b);
	assert_int_equal(walk(&s, aisp_buf_slice(&b), &total), AISP_E_LIMIT);
	seen_done(&s);
}

static void bomb(void **state)
{
	struct file f[1] = {{.name = "bomb"}};
	struct aisp_buf AISP_AUTOBUF b = {0}, AISP_AUTOBUF p = {0}, AISP_AUTOBUF text = {0};
	struct seen s = {0};
	struct aisp_container_limits limits = {.max_ratio = 100};

	(void)state;
	aisp_buf_fill(&text, 0, 20 << 20);
	deflated(&f[0], aisp_buf_slice(&text), &p);
	zip_of(f, 1, &b);
	assert_int_equal(walk(&s, aisp_buf_slice(&b), &limits), 0);
	assert_true(s.v[0].content.n < (4 << 20) && (s.v[0].oddities & AISP_ODDITY(RATIO)));
	seen_done(&s);
}

static void lies(void **state)
{
	struct aisp_buf AISP_AUTOBUF b = {0};
	struct seen s = {0};
	struct file f[] = {stored("notes.txt", "evil"), stored("b", "good")};

	(void)state;
	f[0].local_name = "m.pkl";
	zip_of(f, 2, &b);
	assert_int_equal(walk(&s, aisp_buf_slice(&b), NULL), 0);
	assert_int_equal(s.n, 3); /* both names, and the other member */
	assert_true(s.v[0].oddities & AISP_ODDITY(NAME_DIFFERS));
	assert_true(aisp_slice_eqz(s.v[0].content, "evil") && aisp_slice_eqz(s.v[1].content, "evil"));
	assert_false(aisp_slice_eq(s.v[0].name, s.v[1].name));
	assert_int_equal(s.v[2].oddities, 0);

	struct file g[] = {stored("a", "first"), stored("a", "second"), stored("hidden", "payload"), stored("../up", "x")};
	g[2].unlisted = true;
	g[0].crc ^= 1;
	g[1].flags = 1;
	aisp_buf_clear(&b);
	zip_of(g, 4, &b);
	assert_int_equal(walk(&s, aisp_buf_slice(&b), NULL), 0);
	assert_int_equal(s.n, 4);
	assert_true(s.v[0].oddities & AISP_ODDITY(BAD_CRC));
	assert_true((s.v[0].oddities & AISP_ODDITY(DUPLICATE)) && (s.v[1].oddities & AISP_ODDITY(DUPLICATE)));
	assert_true((s.v[1].oddities & AISP_ODDITY(ENCRYPTED)) && aisp_slice_eqz(s.v[1].content, "second"));
	assert_true((s.v[2].oddities & AISP_ODDITY(UNLISTED)) && aisp_slice_eqz(s.v[2].content, "payload"));
	assert_true(s.v[3].oddities & AISP_ODDITY(ESCAPES));
	seen_done(&s);
}

static void damaged(void **state)
{
	struct aisp_buf AISP_AUTOBUF b = {0}, AISP_AUTOBUF c = {0};
	struct seen s = {0};
	struct file f[] = {stored("a", "first"), stored("b", "second")};

	(void)state;
	zip_of(f, 2, &b);
	/* Without its directory, the local headers still tell. */
	size_t directory = aisp_slice_find(aisp_buf_slice(&b), aisp_slice_of("PK\1\2", 4));
	assert_int_equal(walk(&s, aisp_slice_to(aisp_buf_slice(&b), directory), NULL), 0);
	assert_int_equal(s.n, 2);
	assert_true(s.oddities & AISP_ODDITY(TRUNCATED));
	assert_true(s.v[1].oddities & AISP_ODDITY(UNLISTED));
	/* Something before and behind. */
	aisp_buf_fill(&c, '#', 300);
	aisp_buf_put(&c, aisp_buf_slice(&b));
	aisp_buf_fill(&c, '#', 30);
	assert_int_equal(walk(&s, aisp_buf_slice(&c), NULL), 0);
	assert_int_equal(s.n, 2);
	assert_true(s.oddities & AISP_ODDITY(PREFIXED));
	assert_true(s.oddities & AISP_ODDITY(TRAILING));
	assert_true(aisp_slice_eqz(s.v[1].content, "second"));
	/* Every cut-off file is bounded and gives no more members than there are. */
	for (size_t n = 0; n < b.n; n++) {
		int r = walk(&s, aisp_slice_to(aisp_buf_slice(&b), n), NULL);
		assert_true(r == 0 || r == AISP_E_PARSE);
		assert_true(s.n <= 3);
	}
	seen_done(&s);
}

static bool only_b(void *ctx, const struct aisp_container_member *m)
{
	(void)ctx;
	return aisp_slice_eqz(m->name, "b");
}

static void chosen(void **state)
{
	struct aisp_buf AISP_AUTOBUF b = {0};
	struct seen s = {.a = aisp_arena_new(0)};
	struct file f[] = {stored("a", "first"), stored("b", "second"), stored("c", "third")};
	uint64_t read = 0;

	(void)state;
	zip_of(f, 3, &b);
	struct aisp_input in = aisp_input_mem(aisp_buf_slice(&b));
	in.bytes_read = &read;
	assert_int_equal(aisp_container_each(&in, AISP_CONTAINER_ZIP, NULL, only_b, seen_sink, &s, NULL, &s.err), 0);
	assert_int_equal(s.n, 1);
	assert_true(aisp_slice_eqz(s.v[0].content, "second"));
	/* What the sink gives back ends the walk. */
	s.stop = 7;
	assert_int_equal(walk(&s, aisp_buf_slice(&b), NULL), 7);
	assert_int_equal(s.n, 1);
	struct aisp_container_limits two = {.max_members = 2};
	s.stop = 0;
	assert_int_equal(walk(&s, aisp_buf_slice(&b), &two), AISP_E_LIMIT);
	seen_done(&s);
}

/* Every allocation fails once: an error, or a member less that is not silently gone; and nothing leaks. */
static void memory(void **state)
{
	struct aisp_buf AISP_AUTOBUF b = {0}, AISP_AUTOBUF p = {0}, AISP_AUTOBUF text = {0};
	struct file f[2] = {{.name = "x"}, stored("y", "yy")};

	(void)state;
	aisp_buf_fill(&text, 'x', 300000);
	deflated(&f[0], aisp_buf_slice(&text), &p);
	zip_of(f, 2, &b);
	for (uint64_t n = 1; n < 500; n++) {
		size_t live = aisp_mem_live();
		struct seen s = {.a = aisp_arena_new(0)};
		aisp_fault_set(n, false);
		int r = walk(&s, aisp_buf_slice(&b), NULL);
		bool hit = aisp_fault_count() >= n;
		aisp_fault_set(0, false);
		assert_true(r == 0 || r == AISP_E_NOMEM || r == AISP_E_PARSE || r == AISP_E_IO);
		seen_done(&s);
		assert_int_equal(aisp_mem_live(), live);
		if (!hit)
			return;
	}
	fail();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(plain),   cmocka_unit_test(packed), cmocka_unit_test(bomb),  cmocka_unit_test(lies),
	                                   cmocka_unit_test(damaged), cmocka_unit_test(chosen), cmocka_unit_test(memory)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
