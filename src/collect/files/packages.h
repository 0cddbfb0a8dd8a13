/* Package manifests and lock files: which AI libraries a component declares and which versions are locked. Ecosystems: PyPI,
 * npm, Go, Maven (also Gradle), NuGet, Cargo, RubyGems, Composer. Only packages that are rows of packages_rows.c become nodes.
 *
 *   component ─DEPENDS_ON▶ library (pkg:pypi/langchain); properties of the edge: version (locked), wanted (declared)
 *
 * A library is an inventory fact; that code uses a model is said by the code, never by a lock file.
 */
#pragma once
#include "base/doc.h"
#include "collect/files/emit.h"

struct aisp_package_row {
	const char *ecosystem; /* purl type: "pypi", "npm", "golang", "maven", "nuget", "cargo", "gem", "composer" */
	const char *name;      /* as the ecosystem normalises it; with * at the end: a prefix */
	const char *role;      /* "model api", "agent framework", "vector store", "mcp", "inference", "training", "observability" */
};
extern const struct aisp_package_row aisp_package_rows[];
extern const size_t aisp_package_row_count;

enum aisp_package_form {
	AISP_PACKAGES_NONE,
	AISP_PACKAGES_REQUIREMENTS, /* requirements*.txt, constraints.txt */
	AISP_PACKAGES_PYPROJECT,
	AISP_PACKAGES_TOML_LOCK,    /* poetry.lock, uv.lock, pdm.lock, pylock.toml, Cargo.lock */
	AISP_PACKAGES_PIPFILE,
	AISP_PACKAGES_PIPFILE_LOCK,
	AISP_PACKAGES_CONDA,
	AISP_PACKAGES_NPM,          /* package.json */
	AISP_PACKAGES_NPM_LOCK,     /* package-lock.json, npm-shrinkwrap.json */
	AISP_PACKAGES_YARN_LOCK,
	AISP_PACKAGES_PNPM_LOCK,
	AISP_PACKAGES_GO_MOD,
	AISP_PACKAGES_CARGO,
	AISP_PACKAGES_POM,
	AISP_PACKAGES_GRADLE,
	AISP_PACKAGES_CATALOG,      /* libs.versions.toml */
	AISP_PACKAGES_CSPROJ,       /* *.csproj, Directory.Packages.props */
	AISP_PACKAGES_NUGET_LOCK,
	AISP_PACKAGES_GEMFILE,
	AISP_PACKAGES_GEMFILE_LOCK,
	AISP_PACKAGES_COMPOSER,
	AISP_PACKAGES_COMPOSER_LOCK,
};
enum aisp_package_form aisp_packages_form(struct aisp_slice path);
/* Which document form the file is to be parsed in first (an enum aisp_doc_form); NONE: it is read as text. */
unsigned aisp_packages_doc_form(enum aisp_package_form form);
/* `doc` for forms that are documents, `text` for the others. */
void aisp_packages_add(struct aisp_emit *e, struct aisp_slice path, enum aisp_package_form form, const struct aisp_doc *doc, struct aisp_slice text);
