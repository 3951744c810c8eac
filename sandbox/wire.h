/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets between the client and the box server: SOCK_SEQPACKET, one request or answer a packet,
 * descriptors beside it. Both ends come from one build; the greeting proves it. Unpacking still
 * checks every bound.
 */
#ifndef SANDBOX_WIRE_H
#define SANDBOX_WIRE_H

#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "sandbox/box.h"
#include "sandbox/layers.h"

#define WIRE_MAX_PACKET (128u << 10)
/* Descriptors of one packet: standard ones and groups of a clone (8), and the spec's. */
#define WIRE_MAX_FDS   (8 + BOX_MAX_FDS + BOX_MAX_FILES)
#define WIRE_SERVER_FD 3 /* the socket's number in the server */

enum wire_type { WIRE_HELLO = 1, WIRE_START, WIRE_KILL, WIRE_RESULT, WIRE_TEMPLATE };

struct wire_head {
	uint32_t type;
	uint32_t size; /* of the whole packet */
	uint64_t id;   /* of the box */
};

struct wire_hello {
	struct wire_head head;
	uint32_t version;
	uint32_t result_size; /* sizeof(struct box_result) */
	uint32_t layers;
	char why[LAYER_COUNT][LAYER_WHY];
};
#define WIRE_VERSION 1

struct wire_result {
	struct wire_head head;
	struct box_result
		result; /* out and err travel as memory files: flags tell which are there */
	uint32_t has_out, has_err;
	uint32_t n_outs; /* behind this: wire_pack_outs() */
};

/* A packet and its descriptors; the descriptors are not owned unless the packet was received. */
struct packet {
	struct strbuf data;
	int fds[WIRE_MAX_FDS];
	int n_fds;
};
void packet_release(struct packet *p);   /* memory only */
void packet_close_fds(struct packet *p); /* descriptors of a received packet that were not taken */

/* ERR_USAGE or ERR_INPUT where the spec is beyond the format's bounds. */
int wire_pack_start(const struct box_spec *spec, uint64_t id, struct packet *p, struct err *err);
/* The spec's descriptors point into p->fds, which stays their owner. */
int wire_unpack_start(const struct packet *p, struct box_spec *spec, struct err *err);

/* The files that were brought back, behind what is in the packet, with copies of descriptors. */
void wire_pack_outs(const struct box_result *r, struct packet *p);
/* Takes them from byte `at` and descriptor `fd_at` on, into r->outs (fresh), until the end. */
int wire_unpack_outs(struct packet *p, size_t at, int fd_at, int n, struct box_result *r);

/* 1 sent, 0 would block, -1 error. MSG_DONTWAIT where `wait` is false. */
int packet_send(int sock, const struct packet *p, bool wait, struct err *err);
/* 1 received, 0 nothing there now, -1 error; the end of the stream is an error with sys_errno
 * EPIPE. */
int packet_receive(int sock, bool wait, struct packet *p, struct err *err);

#endif
