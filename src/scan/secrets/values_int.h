/* Values that are no secrets although they stand where one would: placeholders, examples of documentation, references to variables,
 * words of code. Tables in values.c, shared by the rules and by the detection by context. */
#pragma once
#include "base/arena.h"
#include "base/slice.h"

/* True for what stands in for a secret: changeme, your_key_here, xxxx, <…>, ${VAR}, {{ … }}, %s, os.environ[…], AKIAIOSFODNN7EXAMPLE,
 * repeated or sequential characters, keys of public documentation. Linear in s, bounded (the first 4 KiB); the empty slice is one. */
bool aisp_secrets__placeholder(struct aisp_slice s);
/* The part of that which holds for values of an issuer's format too, where random characters may spell a word: known examples,
 * one character or a sequence over and over, brackets and references. What the rules use; narrower than _placeholder. */
bool aisp_secrets__example(struct aisp_slice s);
/* A whole value that everybody uses for tests and examples: "password", "postgres", "admin", "test1234" … (case ignored).
 * Real credentials of low worth; the caller decides. */
bool aisp_secrets__common_password(struct aisp_slice s);
/* A key of several lines without what is between them (line feeds, indentation, \n of a string, quotes): the same key in a PEM file, in
 * YAML and in JSON is one value. In the arena; what has one line, and what is no key then, is given back as it is. (check_cloud.c) */
struct aisp_slice aisp_secrets__key_body(struct aisp_arena *a, struct aisp_slice s);
