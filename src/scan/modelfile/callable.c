/* What a Python name does when it is called: exact lists first, then what a dotted name walks through, then what is known about the
 * library it belongs to.
 *
 * Not for: arguments; the pickle reader looks at them. Invariant: nothing is harmless because of its module alone, but for modules
 * that only compute.
 */
#include "scan/modelfile/callable_int.h"

enum { PARTS_MAX = 32, NAME_MAX_BYTES = 400 };

/* Is `word` among the blank-separated words of `list`? With `below`, "Trace" also stands for "Trace.run". */
static bool listed(const char *list, struct aisp_slice word, bool below)
{
	struct aisp_slice rest = aisp_slice_z(list), one;

	while (aisp_slice_split(&rest, ' ', &one)) {
		if (one.n == 0 || one.n > word.n || memcmp(one.p, word.p, one.n) != 0)
			continue;
		if (one.n == word.n || (below && word.p[one.n] == '.'))
			return true;
	}
	return false;
}

/* By name, or ("*") by module. */
static bool in_rows(const struct aisp_name_row *rows, struct aisp_slice module, struct aisp_slice name, bool by_module)
{
	for (; rows->module; rows++)
		if (aisp_slice_eqz(module, rows->module) && (strcmp(rows->names, "*") == 0 ? by_module : listed(rows->names, name, false)))
			return true;
	return false;
}

static const struct aisp_danger_row *danger_of(struct aisp_slice module, struct aisp_slice name)
{
	const struct aisp_danger_row *best = NULL;
	size_t length = 0;

	for (const struct aisp_danger_row *r = aisp_model__dangers; r->module; r++) {
		size_t n = strlen(r->module);
		if (n > module.n || memcmp(r->module, module.p, n) != 0 || n < length)
			continue;
		bool all = strcmp(r->names, "*") == 0;
		if (n == module.n ? all || listed(r->names, name, true) : all && module.p[n] == '.') {
			best = r;
			length = n;
		}
	}
	return best;
}

static bool is_word_of(const char *list, struct aisp_slice module)
{
	size_t dot = aisp_slice_chr(module, '.');

	return listed(list, dot == SIZE_MAX ? module : aisp_slice_to(module, dot), false);
}

/* "_Name", "Name": a class by the usual way of writing; also the suffixes of scipy's lower-case classes. */
static bool is_class_name(struct aisp_slice qualname)
{
	static const char *const suffixes[] = {"_matrix", "_array", "_gen", "_frozen", "_t"};
	size_t dot = aisp_slice_rchr(qualname, '.');
	struct aisp_slice last = dot == SIZE_MAX ? qualname : aisp_slice_from(qualname, dot + 1);
	size_t i = 0;

	while (i < last.n && last.p[i] == '_')
		i++;
	if (i < last.n && last.p[i] >= 'A' && last.p[i] <= 'Z') {
		/* ALL_CAPS functions do not exist; a method of a class is no class. */
		return true;
	}
	for (size_t k = 0; k < sizeof suffixes / sizeof *suffixes; k++)
		if (aisp_slice_ends(last, aisp_slice_z(suffixes[k])))
			return true;
	return false;
}

static bool rebuilds(struct aisp_slice name)
{
	static const char *const begins[] = {"_unpickle", "__pyx_unpickle_", "_reconstruct", "_rebuild", "_new_", "_recon", "rebuild", "unpickle_",
	                                     "_restore", "_from_pickle", "__newobj", "__setstate"};
	static const char *const ends[] = {"_unpickle", "_reconstruct", "_reconstructor", "_ctor", "_restore", "_unreduce", "_from_state"};

	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
		if (aisp_slice_starts(name, aisp_slice_z(begins[i])))
			return true;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (aisp_slice_ends(name, aisp_slice_z(ends[i])))
			return true;
	return false;
}

/* A library function whose name says that it does more than compute. */
static bool sounds_risky(struct aisp_slice name)
{
	static const char *const words[] = {"exec", "eval", "system", "popen", "spawn", "shell", "cmd", "command", "run", "import", "load", "open",
	                                    "download", "fetch", "url", "request", "read", "compile", "process", "install", "connect", "save",
	                                    "write", "delete", "remove", "unlink", "script", "call", "invoke", "apply_command", "pip", "launch",
	                                    "resolve", "getattr", "setattr", "locate", "from_pretrained", "file", "deserialize", "path", "shell"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (aisp_slice_findi(name, aisp_slice_z(words[i])) != SIZE_MAX)
			return true;
	return false;
}

/* Names that are the same thing wherever they were imported to. */
static const char *famous(struct aisp_slice last)
{
	static const struct {
		const char *names, *why;
	} rows[] = {
		{"system popen popen2 popen3 popen4 Popen check_output check_call getoutput getstatusoutput execv execve execvp execvpe execl execlp "
	         "spawnv spawnl spawnlp spawnvp posix_spawn posix_spawnp startfile",
	         "starts programs"},
		{"exec eval execfile runcode runsource run_code run_path run_module execWrapper runstring", "runs Python code"},
		{"__import__ import_module import_string", "imports modules by name"},
		{"urlopen urlretrieve", "opens network connections"},
		{"rmtree", "deletes files"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (listed(rows[i].names, last, false))
			return rows[i].why;
	return NULL;
}

static struct aisp_name dangerous(const char *why, const char *reference)
{
	return (struct aisp_name){AISP_NAME_DANGEROUS, why, reference};
}

static bool is_special(struct aisp_slice part)
{
	return part.n > 4 && part.p[0] == '_' && part.p[1] == '_' && part.p[part.n - 1] == '_' && part.p[part.n - 2] == '_' &&
	       !aisp_slice_eqz(part, "__main__") && !aisp_slice_eqz(part, "__newobj__") && !aisp_slice_eqz(part, "__newobj_ex__") &&
	       !aisp_slice_eqz(part, "__new__") && !aisp_slice_eqz(part, "__init__") && !aisp_slice_eqz(part, "__class__") &&
	       !aisp_slice_eqz(part, "__setstate__");
}

/* Each step of a dotted name: "_jit_internal:os.system" is os.system wherever it was reached from. */
static bool walk(struct aisp_slice qualname, struct aisp_name *ret)
{
	struct aisp_slice rest = qualname, part;
	bool dotted = aisp_slice_chr(qualname, '.') != SIZE_MAX;

	for (int i = 0; i < PARTS_MAX && aisp_slice_split(&rest, '.', &part); i++) {
		if (dotted && is_special(part)) {
			*ret = dangerous("walks through a special attribute to what the module does not offer itself", "");
			return true;
		}
		if (!rest.p || rest.n == 0)
			break;
		const struct aisp_danger_row *r = danger_of(part, rest);
		if (r && !in_rows(aisp_model__harmless, part, rest, false)) {
			*ret = dangerous(r->why, r->reference);
			return true;
		}
	}
	return false;
}

static struct aisp_name by_library(struct aisp_slice module, struct aisp_slice qualname, struct aisp_slice last)
{
	bool is_class = is_class_name(qualname), dotted = aisp_slice_chr(qualname, '.') != SIZE_MAX;

	if (is_word_of(aisp_model__standard_modules, module))
		return (struct aisp_name){is_class ? AISP_NAME_STANDARD_CLASS : AISP_NAME_STANDARD_FUNCTION, NULL, ""};
	if (is_word_of(aisp_model__known_libraries, module)) {
		if (is_class || (!dotted && rebuilds(last)))
			return (struct aisp_name){AISP_NAME_LIBRARY_CLASS, NULL, ""};
		return (struct aisp_name){sounds_risky(last) ? AISP_NAME_LIBRARY_RISKY : AISP_NAME_LIBRARY_FUNCTION, NULL, ""};
	}
	return (struct aisp_name){is_class ? AISP_NAME_LOCAL_CLASS : AISP_NAME_LOCAL_FUNCTION, NULL, ""};
}

/* Something of a listed class: an enum's value, another constructor, or a method that does more than make data. */
static struct aisp_name member(struct aisp_slice module, struct aisp_slice of, struct aisp_slice last)
{
	if (aisp_slice_starts(module, AISP_S("pathlib")) && !aisp_slice_starts(of, AISP_S("Pure")))
		return dangerous("opens or changes files", "");
	if (!is_class_name(last) && !rebuilds(last) && sounds_risky(last))
		return (struct aisp_name){AISP_NAME_LIBRARY_RISKY, NULL, ""};
	return (struct aisp_name){AISP_NAME_LIBRARY_CLASS, NULL, ""};
}

static void move(struct aisp_slice *module, struct aisp_slice *qualname)
{
	for (const struct aisp_moved_row *r = aisp_model__moved_names; r->module; r++)
		if (aisp_slice_eqz(*module, r->module) && aisp_slice_eqz(*qualname, r->name)) {
			*module = aisp_slice_z(r->to_module);
			*qualname = aisp_slice_z(r->to_name);
			return;
		}
	for (const struct aisp_name_row *r = aisp_model__moved_modules; r->module; r++)
		if (aisp_slice_eqz(*module, r->module)) {
			*module = aisp_slice_z(r->names);
			return;
		}
}

struct aisp_name aisp_model__name(struct aisp_slice module, struct aisp_slice qualname)
{
	static const char *const plain = " str bytes int float complex list dict set frozenset tuple bytearray bool range slice object ";
	struct aisp_name found;

	move(&module, &qualname);
	size_t first_dot = aisp_slice_chr(qualname, '.'), dot = aisp_slice_rchr(qualname, '.');
	struct aisp_slice first = first_dot == SIZE_MAX ? qualname : aisp_slice_to(qualname, first_dot);
	struct aisp_slice last = dot == SIZE_MAX ? qualname : aisp_slice_from(qualname, dot + 1);
	if (qualname.n > NAME_MAX_BYTES || module.n > NAME_MAX_BYTES)
		return dangerous("has a name too long to be one", "");
	if (in_rows(aisp_model__harmless, module, qualname, false))
		return (struct aisp_name){AISP_NAME_HARMLESS, NULL, ""};
	if (in_rows(aisp_model__loaders, module, qualname, true))
		return (struct aisp_name){AISP_NAME_LOADER, "unpickles other data", ""};
	if (in_rows(aisp_model__codecs, module, qualname, true))
		return (struct aisp_name){AISP_NAME_CODEC, NULL, ""};
	if (in_rows(aisp_model__code_makers, module, qualname, true))
		return (struct aisp_name){AISP_NAME_CODE, "makes functions of code held in the file", ""};
	const struct aisp_danger_row *r = danger_of(module, qualname);
	if (r)
		return dangerous(r->why, r->reference);
	if (walk(qualname, &found))
		return found;
	if (in_rows(aisp_model__harmless, module, qualname, true))
		return (struct aisp_name){AISP_NAME_HARMLESS, NULL, ""};
	/* Methods of Python's own types compute (format reads attributes, but calls nothing). */
	if (aisp_slice_eqz(module, "builtins") && dot != SIZE_MAX && listed(plain, first, false))
		return (struct aisp_name){AISP_NAME_HARMLESS, NULL, ""};
	/* A member of a listed class: an enum's value, or an alternative constructor. */
	if (dot != SIZE_MAX && first_dot == dot && in_rows(aisp_model__harmless, module, first, true) && !is_special(last))
		return member(module, first, last);
	const char *why = famous(last);
	if (why)
		return dangerous(why, "");
	return by_library(module, qualname, last);
}

enum aisp_callable aisp_model__callable(struct aisp_slice module, struct aisp_slice qualname, const char **ret_why)
{
	struct aisp_name n = aisp_model__name(module, qualname);

	switch (n.kind) {
	case AISP_NAME_HARMLESS:
	case AISP_NAME_LIBRARY_CLASS:
	case AISP_NAME_CODEC:
		return AISP_CALLABLE_HARMLESS;
	case AISP_NAME_DANGEROUS:
	case AISP_NAME_LOADER:
	case AISP_NAME_CODE:
		*ret_why = n.why;
		return AISP_CALLABLE_DANGEROUS;
	case AISP_NAME_LIBRARY_FUNCTION:
	case AISP_NAME_LIBRARY_RISKY:
	case AISP_NAME_STANDARD_CLASS:
	case AISP_NAME_STANDARD_FUNCTION:
	case AISP_NAME_LOCAL_CLASS:
	case AISP_NAME_LOCAL_FUNCTION:
		break;
	}
	return AISP_CALLABLE_UNKNOWN;
}
