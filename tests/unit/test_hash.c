/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes: known digests, and fields that cannot run into each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/hash.h"

static void known_texts_have_their_known_digests(void **state)
{
	/* FIPS 180-2, appendix B, and the empty text. */
	static const struct {
		const char *text, *hex;
	} cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t digest[HASH_SIZE];
		char hex[HASH_HEX];

		hash_of(cases[i].text, strlen(cases[i].text), digest);
		hash_to_hex(digest, hex);
		assert_string_equal(hex, cases[i].hex);
	}
}

static void bytes_may_come_in_pieces(void **state)
{
	struct hash h;
	char hex[HASH_HEX];

	(void)state;
	hash_init(&h);
	hash_bytes(&h, "a", 1);
	hash_bytes(&h, NULL, 0);
	hash_bytes(&h, "bc", 2);
	hash_final_hex(&h, hex);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	hash_release(&h);
}

static void fields_are_length_and_data(void **state)
{
	static const char layout[] = "\0\0\0\0\0\0\0\2ab"
				     "\0\0\0\0\0\0\0\0"
				     "\xff\xff\xff\xff\xff\xff\xff\xff"
				     "\0\0\0\0\0\0\0\x8\1\2\3\4\5\6\7\x8";
	uint8_t expected[HASH_SIZE], digest[HASH_SIZE];
	struct hash h;

	(void)state;
	hash_of(layout, sizeof(layout) - 1, expected);
	hash_init(&h);
	hash_str(&h, "ab");
	hash_str(&h, "");
	hash_str(&h, NULL);
	hash_u64(&h, 0x0102030405060708);
	hash_final(&h, digest);
	assert_memory_equal(digest, expected, HASH_SIZE);
}

static void digest_of_pair(const char *a, const char *b, uint8_t out[HASH_SIZE])
{
	struct hash h;

	hash_init(&h);
	hash_str(&h, a);
	hash_str(&h, b);
	hash_final(&h, out);
}

static void different_fields_have_different_digests(void **state)
{
	static const char *const pairs[][2] = {
		{ "ab", "c" }, { "a", "bc" }, { "abc", "" }, { "", "abc" }, { "abc", NULL },
	};
	uint8_t digests[ARRAY_SIZE(pairs)][HASH_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		digest_of_pair(pairs[i][0], pairs[i][1], digests[i]);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(digests[i], digests[j], HASH_SIZE);
	}
}

static void a_hash_may_be_given_up(void **state)
{
	struct hash h;

	(void)state;
	hash_init(&h);
	hash_str(&h, "never finished");
	hash_release(&h);
	hash_release(&h);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_texts_have_their_known_digests),
		cmocka_unit_test(bytes_may_come_in_pieces),
		cmocka_unit_test(fields_are_length_and_data),
		cmocka_unit_test(different_fields_have_different_digests),
		cmocka_unit_test(a_hash_may_be_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
