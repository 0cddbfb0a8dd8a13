/* Inside the readers of containers (PyTorch zips and tars, npz, joblib, MAR, NeMo, any archive). */
#pragma once
#include "scan/container/container.h"
#include "scan/modelfile/modelfile_int.h"

/* What the names in a container tell. */
struct aisp_names {
	size_t n, n_npy, n_py, n_pickles, n_code;
	bool torch_data, torch_version, torch_numbered, constants; /* data.pkl, version, data/0, constants.pkl */
	bool mar, nemo, tar_pickle, tar_storages, tar_tensors;
	bool listed; /* the container could be read at all */
};
struct aisp_names aisp_model__names_in(const struct aisp_input *in, enum aisp_container_form form);
/* data/0, archive/data/17 … */
bool aisp_model__is_torch_storage(struct aisp_slice name);
/* Looks at every member as a file of its own; tells what is odd about the container. `each` may be NULL: called for every member
 * first; true when it took care of it. */
void aisp_model__members(struct aisp_model_run *run, const struct aisp_input *in, enum aisp_container_form form,
                         bool (*each)(struct aisp_model_run *run, void *ctx, const struct aisp_container_member *m), void *ctx);
/* As aisp_model__pickle, with what PyTorch's storages say as facts; raw_tail: data without form follow the pickles. */
void aisp_model__torch_pickle(struct aisp_model_run *run, const struct aisp_input *in, struct aisp_slice where, bool raw_tail);
