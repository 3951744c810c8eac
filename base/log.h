/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Remarks for people on standard error: "assay: warning: ...". Only cli/ decides the level;
 * libraries return errors and do not print (STYLE 17), so in libraries use log_debug() alone.
 * Control characters in arguments are escaped before they reach a terminal or a CI log.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

void log_set_level(enum log_level level);
void log_set_program(const char *name); /* the prefix; "assay" by default */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
