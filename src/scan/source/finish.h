/* What the files finish*.c share; private to this folder. */
#pragma once
#include "scan/source/eval.h"

bool aisp_source__is_true(const struct sval *v);
/* Hit `from` goes on as `into`. */
void aisp_source__merge(struct program *P, uint32_t from, uint32_t into);
/* Relates every hit of these kinds (bits K(…)) in a value. */
#define K(k) (1u << AISP_SOURCE_##k)
void aisp_source__related(struct program *P, uint32_t from, const struct sval *v, enum aisp_source_role r, unsigned kinds, unsigned depth);
/* The prompts in the role "prompt" and in messages. */
void aisp_source__finish_prompts(struct program *P, uint32_t hit);
/* The tools in a value; with `functions` a plain function is one. */
void aisp_source__finish_tools(struct program *P, uint32_t agent, const struct sval *v, bool functions, unsigned depth);
/* Does the value say that there are tools at all? */
bool aisp_source__some_tools(const struct sval *v);
/* The models in a value given as llm. */
void aisp_source__finish_llm(struct program *P, uint32_t agent, const struct sval *v, unsigned depth);
void aisp_source__finish_model(struct program *P, uint32_t hit);
