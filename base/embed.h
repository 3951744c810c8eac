/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files carried inside the program.
 *
 *   EMBED(asset_driver_py, "graders/python/driver.py");
 *
 * declares `extern const char asset_driver_py[]` (NUL-terminated) and `asset_driver_py_size`
 * (without the NUL), both made by the assembler from the file, whose path is relative to the top of
 * the tree.
 */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H

/*
 * NOLINTBEGIN(bugprone-macro-parentheses): parentheses would break the assembler's text and the
 * name
 */
#define EMBED(name, path)                                                                          \
	__asm__(".section .rodata\n"                                                               \
		".global " #name "\n"                                                              \
		".balign 16\n" #name ":\n"                                                         \
		".incbin \"" path "\"\n"                                                           \
		"1:\n"                                                                             \
		".byte 0\n"                                                                        \
		".global " #name "_size\n"                                                         \
		".balign 8\n" #name "_size:\n"                                                     \
		".quad 1b - " #name "\n"                                                           \
		".previous\n");                                                                    \
	extern const char name[];                                                                  \
	extern const unsigned long name##_size
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
