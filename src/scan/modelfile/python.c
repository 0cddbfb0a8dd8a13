/* Python text and marshalled code inside model files: TorchScript sources, code of Lambda layers, sources in fx graphs. Words are
 * looked at outside of comments and strings; nothing is evaluated.
 */
#include "scan/modelfile/callable_int.h"
#include "base/buf.h"

enum { WORD_MAX = 128 };

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static bool one_of(struct aisp_slice word, const char *words)
{
	struct aisp_slice rest = aisp_slice_z(words), one;

	while (aisp_slice_split(&rest, ' ', &one))
		if (aisp_slice_eq(one, word))
			return true;
	return false;
}

/* ---- source ---- */

/* Operators of PyTorch that reach files from TorchScript. */
static bool file_operator(struct aisp_slice word)
{
	static const char *const tails[] = {"aten.from_file", "aten.save", "torch.from_file", "torch.save", "torch.load", "ops.image.read_file",
	                                    "ops.image.write_file", "prim.PythonOp", "ops.load_library", "aten._test_serialization_subcmul", "aten.load"};

	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
		if (aisp_slice_ends(word, aisp_slice_z(tails[i])))
			return true;
	return false;
}

static bool dangerous_word(struct aisp_slice word, bool imported, const char **ret_why)
{
	size_t dot = aisp_slice_rchr(word, '.');
	struct aisp_slice module = dot == SIZE_MAX ? AISP_S("builtins") : aisp_slice_to(word, dot);
	struct aisp_slice name = dot == SIZE_MAX ? word : aisp_slice_from(word, dot + 1);

	if (imported) {
		module = word;
		name = AISP_S("anything");
	}
	if (aisp_slice_starts(word, AISP_S("torch")) || aisp_slice_starts(word, AISP_S("__torch__")) || aisp_slice_starts(word, AISP_S("ops.")))
		return false;
	struct aisp_name n = aisp_model__name(module, name);
	*ret_why = n.why;
	return n.kind == AISP_NAME_DANGEROUS;
}

/* Past a string literal that begins at i; triple quotes too. */
static size_t skip_string(struct aisp_slice s, size_t i)
{
	char quote = s.p[i];
	bool triple = i + 2 < s.n && s.p[i + 1] == quote && s.p[i + 2] == quote;

	for (i += triple ? 3 : 1; i < s.n; i++) {
		if (s.p[i] == '\\') {
			i++;
			continue;
		}
		if (!triple && s.p[i] == '\n')
			return i;
		if (s.p[i] == quote && (!triple || (i + 2 < s.n && s.p[i + 1] == quote && s.p[i + 2] == quote)))
			return i + (triple ? 3 : 1);
	}
	return s.n;
}

static struct aisp_slice line_at(struct aisp_slice s, size_t i)
{
	size_t from = i, to = i;

	while (from > 0 && s.p[from - 1] != '\n' && i - from < 120)
		from--;
	while (to < s.n && s.p[to] != '\n' && to - from < 180)
		to++;
	return aisp_slice_trim(aisp_slice_of(s.p + from, to - from));
}

struct reading {
	bool imports, defines; /* the words before were import, from; def, class */
};

static void one_word(struct aisp_model_run *run, struct aisp_slice where, uint64_t offset, struct aisp_slice s, size_t i, size_t end,
                     struct reading *now)
{
	struct aisp_slice word = aisp_slice_of(s.p + i, end - i);
	bool call = end < s.n && s.p[end] == '(' && !now->defines;
	const char *why = NULL;

	now->defines = one_of(word, "def class");
	if (one_of(word, "import from"))
		now->imports = true;
	else if (word.n < WORD_MAX && file_operator(word))
		aisp_model__issue(run, "python-file", AISP_MODEL_HIGH, where, offset + i, line_at(s, i),
		                  "the code reads or writes files when it runs", "");
	else if (word.n < WORD_MAX && (call || now->imports) && dangerous_word(word, now->imports && !call, &why))
		aisp_model__issue(run, now->imports ? "python-import" : "python-call", now->imports ? AISP_MODEL_MEDIUM : AISP_MODEL_HIGH, where,
		                  offset + i, line_at(s, i), why, "");
}

static void source(struct aisp_model_run *run, struct aisp_slice where, uint64_t offset, struct aisp_slice s)
{
	struct reading now = {0};

	for (size_t i = 0; i < s.n && aisp_model__go_on(run);) {
		if (s.p[i] == '#') {
			size_t line = aisp_slice_chr(aisp_slice_from(s, i), '\n');
			i = line == SIZE_MAX ? s.n : i + line;
			continue;
		}
		if (s.p[i] == '\'' || s.p[i] == '"') {
			i = skip_string(s, i);
			continue;
		}
		if (s.p[i] == '\n')
			now.imports = false;
		size_t end = i;
		while (end < s.n && is_word(s.p[end]))
			end++;
		if (end > i)
			one_word(run, where, offset, s, i, end, &now);
		i = end > i ? end : i + 1;
	}
}

/* ---- marshalled code ---- */

static void marshalled(struct aisp_model_run *run, struct aisp_slice where, uint64_t offset, struct aisp_slice s)
{
	static const char *const words = "system popen Popen subprocess exec eval execfile __import__ import_module socket urlopen urlretrieve "
	                                 "check_output check_call getoutput ctypes rmtree os posix builtins compile requests pty spawn marshal";
	struct aisp_buf AISP_AUTOBUF found = {0};
	size_t n = 0;

	for (size_t i = 0; i < s.n && aisp_model__go_on(run);) {
		size_t end = i;
		while (end < s.n && is_word(s.p[end]))
			end++;
		/* The byte before may be a length that looks like a letter. */
		for (size_t from = i; end > from && from < i + 2; from++) {
			struct aisp_slice word = aisp_slice_of(s.p + from, end - from);
			if (word.n < 20 && one_of(word, words) && aisp_slice_find(aisp_buf_slice(&found), word) == SIZE_MAX && n++ < 10) {
				aisp_buf_putz(&found, found.n ? ", " : "");
				aisp_buf_put(&found, word);
			}
		}
		i = end > i ? end : i + 1;
	}
	if (found.n && !found.bad)
		aisp_model__issue(run, "python-code", AISP_MODEL_HIGH, where, offset, aisp_buf_slice(&found),
		                  "compiled code in the file uses these names when it runs", "");
	else
		aisp_model__issue(run, "python-code", AISP_MODEL_MEDIUM, where, offset, AISP_S("marshalled code"),
		                  "compiled code in the file runs when it is used", "");
}

void aisp_model__python(struct aisp_model_run *run, struct aisp_slice where, uint64_t offset, struct aisp_slice text)
{
	size_t odd = 0, n = text.n < 4096 ? text.n : 4096;

	for (size_t i = 0; i < n; i++)
		odd += (unsigned char)text.p[i] < 9 || (text.p[i] > 13 && text.p[i] < 32);
	if (odd > n / 50)
		marshalled(run, where, offset, text);
	else
		source(run, where, offset, text);
}
