/* What the readers of model formats share: bounded reading, small text helpers, and the judgement of paths, code in data and
 * payloads where nothing should be.
 */
#include "base/buf.h"
#include "base/doc.h"
#include "scan/modelfile/fmt.h"
#include <stdarg.h>

bool aisp_model__read(struct aisp_model_run *run, const struct aisp_input *in, uint64_t at, void *to, size_t n)
{
	struct aisp_err err = {0};
	int r;

	if (at > in->size || n > in->size - at)
		return false;
	r = aisp_input_read(in, at, to, n, &err);
	if (r < 0 && r != AISP_E_PARSE && run)
		aisp_model__partial(run, "could not be read at %llu", (unsigned long long)at);
	return r == 0;
}

struct aisp_slice aisp_model__bytes(struct aisp_model_run *run, const struct aisp_input *in, uint64_t at, uint64_t n)
{
	if (at >= in->size || n == 0)
		return aisp_slice_of(NULL, 0);
	return aisp_model__take(run, in, at, (size_t)n);
}

struct aisp_slice aisp_model__all(struct aisp_model_run *run, const struct aisp_input *in, uint64_t max)
{
	if (in->size > max)
		aisp_model__partial(run, "only the first %llu of %llu bytes were read", (unsigned long long)max,
		                    (unsigned long long)in->size);
	return aisp_model__bytes(run, in, 0, max);
}

struct aisp_slice aisp_model__text(struct aisp_model_run *run, const char *fmt, ...)
{
	struct aisp_buf b;
	struct aisp_slice s;
	va_list ap;

	aisp_buf_init(&b, 64 << 10);
	va_start(ap, fmt);
	aisp_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	s = aisp_arena_dup(run->a, aisp_buf_slice(&b));
	if (b.bad == AISP_E_NOMEM || !s.p)
		run->bad = AISP_E_NOMEM;
	aisp_buf_done(&b);
	return s.p ? s : AISP_S("");
}

struct aisp_slice aisp_model__join(struct aisp_model_run *run, struct aisp_slice a, struct aisp_slice b)
{
	if (!a.n)
		return b;
	if (!b.n)
		return a;
	return aisp_model__text(run, "%.*s/%.*s", AISP_FMT(aisp_slice_to(a, 1000)), AISP_FMT(aisp_slice_to(b, 1000)));
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

struct aisp_slice aisp_model__base64(struct aisp_model_run *run, struct aisp_slice text)
{
	struct aisp_slice none = {0};
	char *p = aisp_arena_alloc(run->a, text.n / 4 * 3 + 4);
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t n = 0;

	if (!p)
		return none;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		int d = base64_digit(c);

		if (c == '\n' || c == '\r' || c == ' ' || c == '=')
			continue;
		if (d < 0)
			return none;
		acc = acc << 6 | (uint32_t)d;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			p[n++] = (char)(unsigned char)(acc >> bits & 0xff);
		}
	}
	return aisp_slice_of(p, n);
}

void aisp_model__fact_u64(struct aisp_model_run *run, const char *key, uint64_t value)
{
	aisp_model__fact(run, key, aisp_model__text(run, "%llu", (unsigned long long)value));
}

bool aisp_model__contains(struct aisp_slice s, const char *needle)
{
	return aisp_slice_findi(s, aisp_slice_z(needle)) != SIZE_MAX;
}

bool aisp_model__prefixed(struct aisp_slice s, const char *prefix)
{
	return aisp_slice_starts(s, aisp_slice_z(prefix));
}

bool aisp_model__suffixed_i(struct aisp_slice s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.n >= n && aisp_slice_eqi(aisp_slice_from(s, s.n - n), aisp_slice_z(suffix));
}

bool aisp_model__one_of(struct aisp_slice s, const char *const *words)
{
	for (; *words; words++)
		if (aisp_slice_eqz(s, *words))
			return true;
	return false;
}

const struct aisp_doc *aisp_model__json(struct aisp_model_run *run, struct aisp_slice text)
{
	static const struct aisp_doc_limits limits = {.max_bytes = 128u << 20, .max_depth = 512, .max_values = 8000000};
	const struct aisp_doc *d = NULL;
	int r;

	if (!text.n)
		return NULL;
	r = aisp_json_parse(run->a, text, &limits, &d, &run->err);
	if (r == AISP_E_NOMEM)
		run->bad = r;
	else if (r == AISP_E_LIMIT)
		aisp_model__partial(run, "the JSON is too large or too deep to read");
	return d;
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

enum aisp_path_kind aisp_model__path_kind(struct aisp_slice path)
{
	size_t scheme = aisp_slice_find(path, AISP_S("://"));
	struct aisp_slice rest = path, part;

	if (scheme != SIZE_MAX && scheme > 0 && scheme < 16)
		return AISP_PATH_URL;
	if (path.n && (path.p[0] == '/' || path.p[0] == '\\' || path.p[0] == '~'))
		return AISP_PATH_ABSOLUTE;
	if (path.n >= 2 && path.p[1] == ':' && is_alpha(path.p[0]))
		return AISP_PATH_ABSOLUTE;
	while (aisp_slice_split(&rest, '/', &part)) {
		struct aisp_slice sub = part, piece;

		while (aisp_slice_split(&sub, '\\', &piece))
			if (aisp_slice_eqz(piece, ".."))
				return AISP_PATH_ESCAPES;
	}
	return AISP_PATH_PLAIN;
}

bool aisp_model__path_sensitive(struct aisp_slice path)
{
	static const char *const seen[] = {"/etc/", "/proc/", "/root/", "/var/run/", ".ssh/", "id_rsa", ".aws/", ".kube/", ".bashrc",
	                                   ".netrc", ".env", "authorized_keys", "system32", "crontab", "cron.d", ".git/config",
	                                   ".docker/", "/dev/", ".bash_history", "/boot/", "windows\\", "/sys/", NULL};

	for (const char *const *s = seen; *s; s++)
		if (aisp_model__contains(path, *s))
			return true;
	return false;
}

const char *aisp_model__code_hint(struct aisp_slice text)
{
	/* Columns: what must be there, what must be there too, its name */
	static const struct {
		const char *a, *b, *name;
	} hints[] = {
	    {"os.system(", "", "os.system"},
	    {"subprocess.", "(", "subprocess"},
	    {"__import__(", "", "__import__"},
	    {"os.popen(", "", "os.popen"},
	    {"eval(", "import", "eval"},
	    {"exec(", "import", "exec"},
	    {"exec(", "base64", "exec of base64"},
	    {"eval(", "base64", "eval of base64"},
	    {"exec(", "compile(", "exec of compiled code"},
	    {"builtins.exec", "", "exec"},
	    {"curl ", "| sh", "curl | sh"},
	    {"curl ", "|sh", "curl | sh"},
	    {"curl ", "| bash", "curl | bash"},
	    {"curl ", "|bash", "curl | bash"},
	    {"wget ", "| sh", "wget | sh"},
	    {"wget ", "| bash", "wget | bash"},
	    {"/dev/tcp/", "", "a reverse shell"},
	    {"bash -i", "", "a reverse shell"},
	    {"nc -e", "", "a reverse shell"},
	    {"powershell", "-e", "powershell"},
	    {"cmd.exe /c", "", "cmd.exe"},
	    {"rm -rf /", "", "rm -rf"},
	    {"socket.socket(", "", "a socket"},
	    {"pickle.loads(", "", "pickle.loads"},
	    {"<script", "</script", "a script element"},
	    {"Runtime.getRuntime().exec", "", "Runtime.exec"},
	    {"ProcessBuilder", "start()", "ProcessBuilder"},
	    {"system2(", "", "system2"},
	};

	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		if (aisp_model__contains(text, hints[i].a) && (!*hints[i].b || aisp_model__contains(text, hints[i].b)))
			return hints[i].name;
	return NULL;
}

/* A pickle begins with PROTO 2..5 and ends with STOP; or has the lines of protocol 0 that import something. */
static bool looks_pickle(struct aisp_slice s)
{
	const unsigned char *b = (const unsigned char *)s.p;

	if (s.n >= 4 && b[0] == 0x80 && b[1] >= 2 && b[1] <= 5 && (b[2] == 0x95 || memchr("}])(Kc\x8c\x58\x43NJ]", b[2], 13)))
		return true;
	if (s.n >= 8 && b[0] == 'c' && is_alpha(s.p[1])) {
		size_t nl = aisp_slice_chr(aisp_slice_to(s, 200), '\n');
		size_t next = nl == SIZE_MAX ? SIZE_MAX : aisp_slice_chr(aisp_slice_from(aisp_slice_to(s, 400), nl + 1), '\n');

		for (size_t i = 1; nl != SIZE_MAX && i < nl; i++)
			if (!is_alpha(s.p[i]) && s.p[i] != '_' && s.p[i] != '.' && (s.p[i] < '0' || s.p[i] > '9'))
				return false;
		return next != SIZE_MAX && next > 0;
	}
	return false;
}

const char *aisp_model__payload_kind(struct aisp_slice s)
{
	static const struct {
		const char *magic;
		size_t n;
		const char *name;
	} kinds[] = {
	    {"PK\x03\x04", 4, "zip"},       {"PK\x05\x06", 4, "zip"},
	    {"\x7f" "ELF", 4, "elf"},       {"MZ", 2, "exe"},
	    {"#!/", 3, "script"},           {"#! /", 4, "script"},
	    {"\xcf\xfa\xed\xfe", 4, "macho"}, {"\xca\xfe\xba\xbe", 4, "class or macho"},
	    {"Rar!", 4, "rar"},             {"7z\xbc\xaf", 4, "7z"},
	    {"\x1f\x8b\x08", 3, "gzip"},    {"<?php", 5, "script"},
	    {"GGUF", 4, "gguf"},            {"%PDF-", 5, "pdf"},
	    {"\x89HDF\r\n", 6, "hdf5"},     {"<script", 7, "script"},
	    {"<html", 5, "html"},           {"import os", 9, "script"},
	    {"\xfd" "7zXZ", 5, "xz"},       {"BZh", 3, "bzip2"},
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (s.n > kinds[i].n && memcmp(s.p, kinds[i].magic, kinds[i].n) == 0)
			return kinds[i].name;
	return looks_pickle(s) ? "pickle" : NULL;
}
