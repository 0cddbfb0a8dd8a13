/* Inside the Python-serialisation readers: what is known about a Python name. */
#pragma once
#include "scan/modelfile/modelfile_int.h"

enum aisp_callable_kind {
	AISP_NAME_HARMLESS,       /* makes data */
	AISP_NAME_DANGEROUS,      /* a row of the dangerous table, or leads there */
	AISP_NAME_LOADER,         /* loads the bytes it is given: harmless as they are */
	AISP_NAME_CODEC,          /* unpacks or decodes what it is given */
	AISP_NAME_CODE,           /* makes functions of code held in the file */
	AISP_NAME_LIBRARY_CLASS,  /* class of a well-known library */
	AISP_NAME_LIBRARY_FUNCTION,
	AISP_NAME_LIBRARY_RISKY,  /* … whose name says that it runs, loads or fetches */
	AISP_NAME_STANDARD_CLASS, /* of Python's library, on no list */
	AISP_NAME_STANDARD_FUNCTION,
	AISP_NAME_LOCAL_CLASS,    /* of a project or a library that is not known here */
	AISP_NAME_LOCAL_FUNCTION,
};
struct aisp_name {
	enum aisp_callable_kind kind;
	const char *why;       /* static; set when dangerous */
	const char *reference; /* static id or "" */
};
struct aisp_name aisp_model__name(struct aisp_slice module, struct aisp_slice qualname);

/* Names are separated by blanks; "*" is every name, also of modules below. A name also stands for what is below it ("Trace" for
 * "Trace.run"). */
struct aisp_name_row {
	const char *module, *names;
};
struct aisp_danger_row {
	const char *module, *names, *why, *reference;
};
extern const struct aisp_name_row aisp_model__harmless[], aisp_model__loaders[], aisp_model__codecs[], aisp_model__code_makers[];
extern const struct aisp_danger_row aisp_model__dangers[];
extern const char *const aisp_model__standard_modules, *const aisp_model__known_libraries;
/* Python 2 names: "old new" modules, and "module name module name". */
extern const struct aisp_name_row aisp_model__moved_modules[];
struct aisp_moved_row {
	const char *module, *name, *to_module, *to_name;
};
extern const struct aisp_moved_row aisp_model__moved_names[];
