/* Pickles: with and without the protocol opcode in front. */
#include "fuzz_model.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t with[65536];

	fuzz_scan_model(data, size, "model.pkl");
	if (size + 2 <= sizeof with) {
		with[0] = 0x80;
		with[1] = 4;
		memcpy(with + 2, data, size);
		fuzz_scan_model(with, size + 2, "model.pkl");
	}
	return 0;
}
