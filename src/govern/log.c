/* The append-only log: writing (the end of the file is all that is ever touched) and checking (one pass over the file). */
#include "govern/log_int.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/jw.h"
#include "base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

enum { HASH = crypto_generichash_BYTES, HEX = AISP_GOVLOG_HEX, SIGNED_EVERY = 256, LINE_MAX_BYTES = 1 << 20 };
static const char no_hash[] = "0000000000000000000000000000000000000000000000000000000000000000";
static const char tail[] = ",\"hash\":\"";

struct aisp_govlog {
	int fd;
	bool writes;
	char *path;
	uint64_t n, last_signed;
	char last[HEX + 1]; /* hash of the last entry */
	unsigned char key[crypto_sign_SECRETKEYBYTES], pub[crypto_sign_PUBLICKEYBYTES];
	struct aisp_buf line;
};

/* ---- Lines ---- */

static void hash_of(struct aisp_slice text, char ret[HEX + 1])
{
	unsigned char h[HASH];
	crypto_generichash(h, sizeof h, (const unsigned char *)text.p, text.n, NULL, 0);
	sodium_bin2hex(ret, HEX + 1, h, sizeof h);
}

/* Why the line is not an entry as we write it; NULL: it is. */
static const char *read_entry(struct aisp_arena *a, struct aisp_slice line, struct aisp_govlog__entry *ret)
{
	const struct aisp_doc *d;
	char expected[HEX + 1];
	const size_t end = sizeof tail - 1 + HEX + 2; /* ,"hash":"…"} */

	if (line.n <= end || !aisp_slice_starts(aisp_slice_from(line, line.n - end), aisp_slice_of(tail, sizeof tail - 1)) || !aisp_slice_ends(line, AISP_S("\"}")))
		return "it does not end in a hash";
	ret->hash = aisp_slice_of(line.p + line.n - 2 - HEX, HEX);
	hash_of(aisp_slice_to(line, line.n - end), expected);
	if (!aisp_slice_eqz(ret->hash, expected))
		return "its hash is not that of its text";
	if (aisp_json_parse(a, line, NULL, &d, NULL) < 0)
		return "it is not JSON";
	ret->n = (uint64_t)aisp_doc_int(aisp_doc_get(d, "n"), -1);
	ret->prev = aisp_doc_getstr(d, "prev");
	ret->at = aisp_doc_getstr(d, "at");
	ret->by = aisp_doc_getstr(d, "by");
	ret->kind = aisp_doc_getstr(d, "kind");
	ret->data = aisp_doc_get(d, "data");
	return ret->data && ret->data->type == AISP_DOC_OBJ && ret->kind.n ? NULL : "a part of it is missing";
}

struct reader {
	int fd;
	struct aisp_buf b;
	size_t at; /* where the next line begins */
};

static void reader_done(struct reader *r)
{
	if (r->fd >= 0)
		close(r->fd);
	aisp_buf_done(&r->b);
}

/* More bytes into the buffer, what was read taken out. 0: the end; negative: a failure. */
static ssize_t refill(struct reader *r)
{
	enum { CHUNK = 1 << 16 };
	if (r->at) {
		memmove(r->b.p, r->b.p + r->at, r->b.n - r->at);
		r->b.n -= r->at;
		r->at = 0;
	}
	char *room = aisp_buf_room(&r->b, CHUNK);
	const ssize_t n = room ? read(r->fd, room, CHUNK) : -1;
	if (n > 0)
		r->b.n += (size_t)n;
	return n;
}

/* The next line without its end: 1; 0 at the end of the file; negative: a failure. *torn: the last line has no end. */
static int next_line(struct reader *r, struct aisp_slice *ret, bool *torn)
{
	for (;;) {
		const struct aisp_slice rest = aisp_slice_of(r->b.p + r->at, r->b.n - r->at);
		const size_t end = rest.n ? aisp_slice_chr(rest, '\n') : SIZE_MAX;
		*torn = end == SIZE_MAX;
		if (!*torn || rest.n > LINE_MAX_BYTES) {
			*ret = aisp_slice_to(rest, *torn ? rest.n : end);
			r->at += *torn ? rest.n : end + 1;
			return 1;
		}
		const ssize_t n = refill(r);
		if (n < 0)
			return -1;
		if (n == 0) {
			*ret = aisp_slice_of(r->b.p + r->at, r->b.n - r->at);
			r->at = r->b.n;
			return ret->n > 0;
		}
	}
}

/* ---- Checking ---- */

static bool signature_holds(const struct aisp_govlog__entry *e, uint64_t n, struct aisp_slice prev, const unsigned char *pub)
{
	unsigned char sig[crypto_sign_BYTES];
	char said[128];
	const struct aisp_slice hex = aisp_doc_getstr(e->data, "signature");
	const int len = snprintf(said, sizeof said, "aisp-log-1 %llu %.*s", (unsigned long long)n, AISP_FMT(prev));
	size_t got = 0;
	return len > 0 && (size_t)len < sizeof said && sodium_hex2bin(sig, sizeof sig, hex.p, hex.n, NULL, &got, NULL) == 0 && got == sizeof sig &&
	       crypto_sign_verify_detached(sig, (const unsigned char *)said, (unsigned long long)len, pub) == 0;
}

static const char *follows(const struct aisp_govlog__entry *e, const struct aisp_govlog__state *so_far, unsigned char *pub, const unsigned char *expected)
{
	if (e->n != so_far->entries + 1)
		return "its number does not follow";
	if (!aisp_slice_eqz(e->prev, so_far->last))
		return "it does not follow the entry before";
	if (e->n == 1) {
		size_t got = 0;
		const struct aisp_slice hex = aisp_doc_getstr(e->data, "public_key");
		if (!aisp_slice_eqz(e->kind, "begin") || sodium_hex2bin(pub, crypto_sign_PUBLICKEYBYTES, hex.p, hex.n, NULL, &got, NULL) != 0 || got != crypto_sign_PUBLICKEYBYTES)
			return "the first entry has no public key";
		if (expected && memcmp(pub, expected, crypto_sign_PUBLICKEYBYTES) != 0)
			return "it is signed with another key than expected";
	}
	if (aisp_slice_eqz(e->kind, "checkpoint") && !signature_holds(e, e->n, e->prev, pub))
		return "its signature does not hold";
	return NULL;
}

void aisp_govlog__begin(struct aisp_govlog__state *st)
{
	*st = (struct aisp_govlog__state){0};
	memcpy(st->last, no_hash, sizeof no_hash);
}

const char *aisp_govlog__line(struct aisp_arena *a, struct aisp_slice line, bool torn, const unsigned char *expected, struct aisp_govlog__state *st, struct aisp_govlog__entry *ret)
{
	const char *why = torn ? "it was cut off" : line.n > LINE_MAX_BYTES ? "it is longer than an entry can be" : read_entry(a, line, ret);
	if (!why)
		why = follows(ret, st, st->pub, expected);
	if (why)
		return why;
	st->entries++;
	memcpy(st->last, ret->hash.p, HEX);
	st->last[HEX] = 0;
	return NULL;
}

/* Walks the file; f may be NULL. Stops at the first wrong entry. last: hash of the last good one. */
static int walk(const char *path, const unsigned char *expected, struct aisp_govlog_report *rep, char last[HEX + 1], unsigned char pub[crypto_sign_PUBLICKEYBYTES],
                int (*f)(void *, const struct aisp_govlog_entry *), void *ctx, struct aisp_err *err)
{
	AISP_CLEANUP(reader_done) struct reader r = {.fd = open(path, O_RDONLY | O_CLOEXEC)};
	struct aisp_arena *a = aisp_arena_new(0);
	struct aisp_govlog__state st;
	struct aisp_slice line;
	bool torn = false;
	int stop = 0, more = 0;

	*rep = (struct aisp_govlog_report){0};
	aisp_govlog__begin(&st);
	aisp_buf_init(&r.b, 4 * LINE_MAX_BYTES);
	if (!a || r.fd < 0) {
		aisp_arena_free(a);
		return a ? aisp_fail(err, aisp_code_from_errno(errno), "cannot read the log of decisions %s: %s", path, strerror(errno))
		         : aisp_fail(err, AISP_E_NOMEM, "out of memory while reading the log of decisions");
	}
	while (!stop && (more = next_line(&r, &line, &torn)) > 0) {
		struct aisp_govlog__entry e = {0};
		aisp_arena_reset(a);
		const char *why = aisp_govlog__line(a, line, torn, expected, &st, &e);
		if (why) {
			rep->wrong = rep->entries + 1;
			snprintf(rep->why, sizeof rep->why, "entry %llu: %s", (unsigned long long)rep->wrong, why);
			break;
		}
		rep->entries++;
		if (aisp_slice_eqz(e.kind, "checkpoint")) {
			rep->checkpoints++;
			rep->last_signed = e.n;
		}
		if (f) {
			char at[AISP_ISO_LEN + 1] = "";
			struct aisp_govlog_entry out = {.n = e.n, .by = e.by, .kind = e.kind, .hash = e.hash, .data = e.data};
			memcpy(at, e.at.p ? e.at.p : "", e.at.n < AISP_ISO_LEN ? e.at.n : AISP_ISO_LEN);
			if (aisp_clock_parse(at, &out.at_us) < 0)
				out.at_us = 0;
			stop = f(ctx, &out);
		}
	}
	memcpy(last, st.last, sizeof st.last);
	memcpy(pub, st.pub, sizeof st.pub);
	aisp_arena_free(a);
	return more < 0 ? aisp_fail(err, AISP_E_IO, "cannot read the log of decisions %s to its end", path) : stop < 0 ? stop : 0;
}

int aisp_govlog_verify(const char *path, const unsigned char *public_key, struct aisp_govlog_report *ret, struct aisp_err *err)
{
	char last[HEX + 1];
	unsigned char pub[crypto_sign_PUBLICKEYBYTES] = {0};
	return walk(path, public_key, ret, last, pub, NULL, NULL, err);
}

int aisp_govlog_each(struct aisp_govlog *l, int (*f)(void *ctx, const struct aisp_govlog_entry *e), void *ctx, struct aisp_err *err)
{
	struct aisp_govlog_report rep;
	char last[HEX + 1];
	unsigned char pub[crypto_sign_PUBLICKEYBYTES] = {0};
	const int r = walk(l->path, NULL, &rep, last, pub, f, ctx, err);
	return r < 0 || !rep.wrong ? r : aisp_fail(err, AISP_E_CONFLICT, "the log of decisions %s was changed: %s; `aisp audit verify` says more", l->path, rep.why);
}

/* ---- Writing ---- */

static int append(struct aisp_govlog *l, struct aisp_slice by, const char *kind, struct aisp_slice data, struct aisp_err *err)
{
	char at[AISP_ISO_LEN + 1], hash[HEX + 1];
	struct aisp_jw w;
	int r;

	aisp_buf_clear(&l->line);
	aisp_clock_iso(aisp_clock_now_us(), at);
	aisp_buf_printf(&l->line, "{\"n\":%llu,\"at\":\"%s\",\"by\":", (unsigned long long)l->n + 1, at);
	aisp_jw_init(&w, &l->line, false);
	aisp_jw_str(&w, by);
	aisp_buf_printf(&l->line, ",\"kind\":\"%s\",\"data\":%.*s,\"prev\":\"%s\"", kind, AISP_FMT(data), l->last);
	if ((r = aisp_buf_check(&l->line, err)) < 0)
		return r;
	if (l->line.n > LINE_MAX_BYTES - 128)
		return aisp_fail(err, AISP_E_LIMIT, "an entry of the log of decisions is larger than 1 MiB");
	hash_of(aisp_buf_slice(&l->line), hash);
	aisp_buf_printf(&l->line, "%s%s\"}\n", tail, hash);
	if ((r = aisp_buf_check(&l->line, err)) < 0)
		return r;
	const off_t end = lseek(l->fd, 0, SEEK_END);
	if (end < 0)
		return aisp_fail(err, AISP_E_IO, "cannot write the log of decisions %s: %s", l->path, strerror(errno));
	if ((r = aisp_fs_put(l->fd, aisp_buf_slice(&l->line), err)) < 0 || fsync(l->fd) < 0) {
		/* What is half there was never acknowledged. */
		if (ftruncate(l->fd, end) < 0)
			return aisp_fail(err, AISP_E_IO, "cannot write the log of decisions %s, nor take back what was half written: %s", l->path, strerror(errno));
		return r < 0 ? r : aisp_fail(err, AISP_E_IO, "cannot write the log of decisions %s: %s", l->path, strerror(errno));
	}
	l->n++;
	memcpy(l->last, hash, sizeof hash);
	return 0;
}

static int checkpoint(struct aisp_govlog *l, struct aisp_err *err)
{
	unsigned char sig[crypto_sign_BYTES];
	char said[128], data[2 * crypto_sign_BYTES + 32], hex[2 * crypto_sign_BYTES + 1];
	const int len = snprintf(said, sizeof said, "aisp-log-1 %llu %s", (unsigned long long)l->n + 1, l->last);

	crypto_sign_detached(sig, NULL, (const unsigned char *)said, (unsigned long long)len, l->key);
	sodium_bin2hex(hex, sizeof hex, sig, sizeof sig);
	const int n = snprintf(data, sizeof data, "{\"signature\":\"%s\"}", hex);
	const int r = append(l, AISP_S("aisp"), "checkpoint", aisp_slice_of(data, (size_t)n), err);
	if (r == 0)
		l->last_signed = l->n;
	return r;
}

int aisp_govlog_add(struct aisp_govlog *l, struct aisp_slice by, struct aisp_slice kind, struct aisp_slice data, uint64_t *ret_n, struct aisp_err *err)
{
	char name[64];
	int r;

	if (!l->writes || kind.n == 0 || kind.n >= sizeof name || data.n < 2 || data.p[0] != '{')
		return aisp_fail(err, AISP_E_INTERNAL, "an entry of the log of decisions has no kind or no object");
	for (size_t i = 0; i < kind.n; i++)
		if (!((kind.p[i] >= 'a' && kind.p[i] <= 'z') || kind.p[i] == '-'))
			return aisp_fail(err, AISP_E_INTERNAL, "a kind of entry is lower-case letters");
	memcpy(name, kind.p, kind.n);
	name[kind.n] = 0;
	if ((r = append(l, by, name, data, err)) < 0)
		return r;
	if (ret_n)
		*ret_n = l->n;
	return l->n - l->last_signed >= SIGNED_EVERY ? checkpoint(l, err) : 0;
}

/* The secret key beside the log; made when there is neither key nor log. */
static int load_key(struct aisp_govlog *l, bool may_make, struct aisp_err *err)
{
	AISP_AUTOBUF struct aisp_buf path = {0}, text = {0};
	struct aisp_err why = {0};
	int r;

	aisp_buf_printf(&path, "%s.key", l->path);
	if ((r = aisp_buf_check(&path, err)) < 0)
		return r;
	r = aisp_fs_read(AT_FDCWD, path.p, true, sizeof l->key, &text, &why);
	if (r == AISP_E_NOTFOUND && may_make) {
		crypto_sign_keypair(l->pub, l->key);
		return aisp_fs_write(path.p, aisp_slice_of((const char *)l->key, sizeof l->key), 0600, err);
	}
	if (r < 0)
		return aisp_fail(err, (enum aisp_code)r, "cannot read the key of the log of decisions %s: %s", path.p, why.msg);
	if (text.n != sizeof l->key)
		return aisp_fail(err, AISP_E_PARSE, "the key of the log of decisions %s has %zu bytes instead of %zu", path.p, text.n, sizeof l->key);
	memcpy(l->key, text.p, sizeof l->key);
	sodium_memzero(text.p, text.n);
	crypto_sign_ed25519_sk_to_pk(l->pub, l->key);
	return 0;
}

/* A kill in the middle of a write leaves a line without end, which nobody was told about. */
static int cut_torn(struct aisp_govlog *l, uint64_t *ret_cut, struct aisp_err *err)
{
	char block[4096];
	off_t end = lseek(l->fd, 0, SEEK_END), at = end;

	*ret_cut = 0;
	while (at > 0) {
		const size_t want = at > (off_t)sizeof block ? sizeof block : (size_t)at;
		if (pread(l->fd, block, want, at - (off_t)want) != (ssize_t)want)
			return aisp_fail(err, AISP_E_IO, "cannot read the log of decisions %s: %s", l->path, strerror(errno));
		size_t i = want;
		while (i && block[i - 1] != '\n')
			i--;
		at -= (off_t)(want - i);
		if (i)
			break;
	}
	if (end < 0 || (at < end && ftruncate(l->fd, at) < 0))
		return aisp_fail(err, AISP_E_IO, "cannot mend the log of decisions %s: %s", l->path, strerror(errno));
	*ret_cut = (uint64_t)(end - at);
	return 0;
}

static int begin(struct aisp_govlog *l, struct aisp_err *err)
{
	struct aisp_govlog_report rep;
	unsigned char pub[crypto_sign_PUBLICKEYBYTES] = {0};
	char data[128], hex[2 * crypto_sign_PUBLICKEYBYTES + 1];
	uint64_t cut;
	int r;

	if ((r = cut_torn(l, &cut, err)) < 0 || (r = walk(l->path, NULL, &rep, l->last, pub, NULL, NULL, err)) < 0)
		return r;
	if (rep.wrong)
		return aisp_fail(err, AISP_E_CONFLICT, "the log of decisions %s was changed: %s; nothing is added to it. `aisp audit verify` says more", l->path, rep.why);
	l->n = rep.entries;
	l->last_signed = rep.last_signed;
	if ((r = load_key(l, rep.entries == 0, err)) < 0)
		return r;
	if (rep.entries == 0) {
		sodium_bin2hex(hex, sizeof hex, l->pub, sizeof l->pub);
		const int n = snprintf(data, sizeof data, "{\"public_key\":\"%s\"}", hex);
		r = append(l, AISP_S("aisp"), "begin", aisp_slice_of(data, (size_t)n), err);
	} else if (memcmp(pub, l->pub, sizeof pub) != 0) {
		return aisp_fail(err, AISP_E_CONFLICT, "the key beside the log of decisions %s is not the one that the log began with", l->path);
	}
	if (r == 0 && cut) {
		const int n = snprintf(data, sizeof data, "{\"bytes\":%llu}", (unsigned long long)cut);
		r = append(l, AISP_S("aisp"), "torn", aisp_slice_of(data, (size_t)n), err);
	}
	return r;
}

int aisp_govlog_open(const char *path, bool write, struct aisp_govlog **ret, struct aisp_err *err)
{
	struct aisp_govlog *l = aisp_mem_zalloc(1, sizeof *l);
	int r = 0;

	if (!l || !(l->path = aisp_mem_alloc(strlen(path) + 1))) {
		aisp_mem_free(l);
		return aisp_fail(err, AISP_E_NOMEM, "out of memory while opening the log of decisions");
	}
	memcpy(l->path, path, strlen(path) + 1);
	l->writes = write;
	aisp_buf_init(&l->line, LINE_MAX_BYTES + 4096);
	l->fd = open(path, write ? O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW : O_RDONLY | O_CLOEXEC, 0600);
	if (sodium_init() < 0)
		r = aisp_fail(err, AISP_E_INTERNAL, "libsodium does not start");
	else if (l->fd < 0)
		r = aisp_fail(err, aisp_code_from_errno(errno), "cannot open the log of decisions %s: %s", path, strerror(errno));
	else if (write && flock(l->fd, LOCK_EX | LOCK_NB) < 0)
		r = aisp_fail(err, AISP_E_CONFLICT, "somebody else writes the log of decisions %s; try again", path);
	else if (write)
		r = begin(l, err);
	if (r < 0) {
		l->writes = false;
		aisp_govlog_close(l);
		return r;
	}
	*ret = l;
	return 0;
}

void aisp_govlog_close(struct aisp_govlog *l)
{
	if (!l)
		return;
	if (l->writes && l->n > l->last_signed)
		(void)checkpoint(l, NULL); /* the next one signs these entries too */
	if (l->fd >= 0)
		close(l->fd);
	sodium_memzero(l->key, sizeof l->key);
	aisp_buf_done(&l->line);
	aisp_mem_free(l->path);
	aisp_mem_free(l);
}
