/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON server, `assay-box serve --json`: a process in front of the box server, whose ordinary
 * client it is. Foreign bytes are parsed here, where no box is made and nothing is privileged.
 *
 * Theory of operation. A connection reads lines and makes jobs of them; jobs wait in the order in
 * which they came; as many run as `max_running` says, taken from the connections in turn. Every
 * line is answered by exactly one line. Events (bytes came, a box ended, the peer can take more)
 * only note what happened and call server_wake(); all that follows from them is done in one place,
 * on_wake(), so that no connection is freed while somebody has it in hand.
 *
 * Bounds: a connection that has `MAX_AHEAD` jobs, or too many bytes in jobs or in answers that its
 * peer does not read, is not read any further. One whose peer takes nothing for `stall_ms` is
 * dropped. Whatever becomes of a connection, its boxes are killed with it.
 */
#ifndef API_SERVE_H
#define API_SERVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "api/serve_request.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/strbuf.h"
#include "sandbox/box.h"

#define MAX_LINE        (16 << 20)
#define MAX_AHEAD       1024
#define MAX_AHEAD_BYTES (64 << 20)
#define MAX_UNSENT      (16 << 20)
#define MAX_CONNS       64

struct conn;

/* One box that was asked for. */
struct job {
	struct job *next;  /* in its connection's list */
	struct conn *conn; /* NULL: gone; the answer is for nobody */
	struct server *server;
	struct request request;
	size_t bytes; /* of the line that asked */
	long line;
	struct box_handle *handle; /* NULL: waits */
	struct box_limits limits;  /* with defaults */
};

struct conn {
	struct conn *next;
	struct server *server;
	int in, out;                             /* numbers of one socket, or of two files */
	struct loop_watch *in_watch, *out_watch; /* of a socket the first alone */
	uint32_t in_events, out_events;
	bool is_socket;
	bool in_is_plain, out_is_plain; /* a file: always ready, cannot be watched */
	struct strbuf input;            /* read, and not handled yet */
	size_t scanned;                 /* bytes of it that hold no end of line */
	bool is_skipping;               /* the rest of a line that was too long */
	bool is_eof;
	bool is_gone; /* to be freed; its boxes are killed */
	struct strbuf unsent;
	size_t sent;
	int64_t progress_ns; /* when the peer last took something, or had nothing to take */
	struct loop_timer *stall;
	long lines;
	struct job *waiting, **last_waiting; /* oldest first */
	struct job *running;
	int n_jobs;
	size_t job_bytes;
};

struct server {
	struct loop *loop;
	struct box_client *client;
	enum box_level level;
	int64_t max_running, stall_ms;
	int n_running, n_conns;
	struct conn *conns; /* the next to be served first */
	struct loop_timer *wake;
	int listener;
	struct loop_watch *listen_watch;
	bool is_listening; /* else there are enough connections */
	char *path;        /* of the socket; NULL: none */
	struct stat made;  /* the socket's */
	bool is_single;    /* on standard input and output: ends with its connection */
	bool is_broken;    /* whose peer was gone before its answers */
};

/* serve_main.c: what an event leads to happens soon, once. */
void server_wake(struct server *s);

/* serve_conn.c. `in` is the connection's from here on, even after an error, unless it is 0. */
int conn_add(struct server *s, int in, int out, struct err *err);
void conn_drop(struct conn *c);  /* kills its boxes; freed by on_wake() */
void conn_pump(struct conn *c);  /* handles lines that are there */
void conn_flush(struct conn *c); /* sends what the peer takes, watches what it waits for */
/* Is it over: dropped, or at its end with everything answered? */
bool conn_is_over(const struct conn *c);
void conn_free(struct conn *c);

/* serve_jobs.c */
void jobs_handle_line(struct conn *c, const char *line, size_t len);
void jobs_start(struct server *s); /* as many as may run */
void jobs_drop(struct conn *c);    /* of a connection that is gone */

/* serve_socket.c */
int socket_listen(struct server *s, const char *path, struct err *err);
void socket_resume(struct server *s); /* there is room for a connection again */
void socket_close(struct server *s);

#endif
