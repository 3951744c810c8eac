/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fuzzer as an ordinary program: gives it every file of its corpus and prints TAP. The name of
 * the program, fuzz_NAME, tells the folder, tests/fuzz/corpus/NAME below the current one; paths as
 * arguments replay those files instead. A fault ends the program, which counts as a failure since
 * fewer tests are seen than planned.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_FILE (16 << 20)

/* A block of exactly `size` bytes, so that ASan sees a read past its end. */
static uint8_t *read_file(const char *path, size_t *ret_size)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return NULL;
	uint8_t *buffer = malloc(MAX_FILE);
	if (!buffer)
		abort();
	size_t n = fread(buffer, 1, MAX_FILE, f);
	(void)fclose(f);
	uint8_t *exact = malloc(n ? n : 1);
	if (!exact)
		abort();
	memcpy(exact, buffer, n);
	free(buffer);
	*ret_size = n;
	return exact;
}

static void replay(int number, const char *path)
{
	size_t size;
	uint8_t *data = read_file(path, &size);
	if (data)
		(void)LLVMFuzzerTestOneInput(data, size);
	printf("%s %d - takes %s\n", data ? "ok" : "not ok", number, path);
	(void)fflush(stdout);
	free(data);
}

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		printf("1..%d\n", argc - 1);
		for (int i = 1; i < argc; i++)
			replay(i, argv[i]);
		return 0;
	}
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];
	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	char dir[256];
	(void)snprintf(dir, sizeof(dir), "tests/fuzz/corpus/%s", name);
	struct dirent **entries;
	int n = scandir(dir, &entries, is_file, alphasort);
	printf("1..%d\n", n > 0 ? n : 0);
	for (int i = 0; i < n; i++) {
		char path[600];
		(void)snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		replay(i + 1, path);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return n > 0 ? 0 : 1;
}
