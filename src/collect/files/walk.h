/* Walking a folder: which files are there, in one fixed order, as git would list them (tracked, or not ignored).
 *
 * Never leaves the root: symbolic links are not followed (what they lead to inside the root is found by its own name),
 * .git is not entered, pipes and devices are passed over. What could not be looked at is a gap.
 *
 * Rules: `git ls-files -co --exclude-standard`, but for core.excludesFile, links, and folders of installed packages
 * (node_modules, .venv, …), which are passed over whether ignored or not.
 */
#pragma once
#include "base/arena.h"
#include "base/vec.h"
#include "collect/files/ignore.h"

struct aisp_walk_file {
	struct aisp_slice path; /* relative to the root, bytes as the file system has them */
	uint64_t size;
};
struct aisp_walk_gap {
	struct aisp_slice path;
	enum aisp_code why;
	struct aisp_slice detail;
};
struct aisp_walk_options {
	const struct aisp_slice *exclude; /* gitignore patterns, stronger than all others */
	size_t n_exclude;
	uint32_t max_depth; /* 0 = 64 */
	size_t max_files;   /* 0 = 1,000,000 */
	bool everything;    /* also what git ignores, and installed packages */
};
struct aisp_walk {
	struct aisp_arena *a; /* borrowed: paths live there */
	AISP_VEC(struct aisp_walk_file) files; /* in byte order of path */
	AISP_VEC(struct aisp_walk_gap) gaps;
	uint64_t ignored, links, special, packages; /* entries passed over: ignored by git's rules, links, pipes and devices,
	                                               folders of installed packages */
};

/* Lists the folder behind root_fd (kept open by the caller). Gaps are no failure. AISP_E_NOMEM, AISP_E_IO. */
int aisp_walk_run(struct aisp_walk *w, struct aisp_arena *a, int root_fd, const struct aisp_walk_options *o,
                  struct aisp_err *err);
void aisp_walk_done(struct aisp_walk *w);

/* The paths in a git index (versions 2 to 4) that are files, relative to the top of the repository. AISP_E_PARSE,
 * AISP_E_NOMEM. Format: https://git-scm.com/docs/index-format */
struct aisp_paths {
	struct aisp_slice *v;
	size_t n;
};
int aisp_gitindex_parse(struct aisp_arena *a, struct aisp_slice bytes, struct aisp_paths *ret, struct aisp_err *err);
