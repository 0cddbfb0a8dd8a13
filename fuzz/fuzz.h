/* Fuzz targets: one file fuzz_NAME.c each with LLVMFuzzerTestOneInput, and seeds in corpus/NAME. With clang a target is a
 * libFuzzer program; with any other compiler, fuzz_main.c runs it over the files that it is given.
 *
 *   CC=clang CXX=clang++ meson setup build-fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false
 *   ninja -C build-fuzz && build-fuzz/fuzz/fuzz_json -max_total_time=60 /tmp/found fuzz/corpus/json
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise that must hold for every input. */
#define FUZZ_CHECK(ok)                                                                                                 \
	do {                                                                                                           \
		if (!(ok)) {                                                                                           \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #ok);                        \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)
