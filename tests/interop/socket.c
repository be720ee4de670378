// SPDX-License-Identifier: MIT
/* A buffer goes over a unix socket to a process that maps and uses it. */
#include <signal.h>
#include <sys/socket.h>

#include "harness.h"

struct peer {
	int socket;
	uint32_t kind;
};

static void tell(int socket)
{
	CHECK_EQ(send(socket, "+", 1, 0), 1);
}

static void hear(int socket)
{
	char byte;

	CHECK_EQ(recv(socket, &byte, 1, 0), 1);
}

/* Opens the device itself, plays what it is given, and writes an answer. */
static void play_for_others(void *arg)
{
	const struct peer *peer = arg;
	struct dmaspan_buffer_info info;
	struct span span;
	struct loop loop;

	span.node = node_open(O_RDWR);
	span.length = 2 * PAGE;
	span.fd = receive_fd(peer->socket);
	CHECK(span.fd >= 0);
	CHECK(do_buffer_info(span.node, span.fd, &info) == 0);
	CHECK_EQ(info.out_kind, peer->kind);
	CHECK_EQ(info.out_length, 2 * PAGE);
	span.data = view(span.fd, 2 * PAGE);
	CHECK(filled(span.data, PAGE, 1));
	CHECK(do_map(span.node, span.fd, DMASPAN_TO_DEVICE, &span.map) == 0);
	CHECK(do_channel_open(span.node, "tx", O_CLOEXEC, &loop.tx) == 0);
	loop.rx = -1;
	play(&loop, &span, 0, 512);
	fill(span.data + PAGE, PAGE, 2);
	tell(peer->socket);
	hear(peer->socket);
}

static void pass(uint32_t kind)
{
	struct peer peer = { .kind = kind };
	struct loop loop = { .tx = -1 };
	struct span out, in;
	int node, ends[2];
	pid_t pid;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	/* The other process shares nothing but the socket. */
	peer.socket = ends[1];
	pid = spawn(play_for_others, &peer);
	close(ends[1]);

	node = node_open(O_RDWR);
	span_open(&out, node, kind, DMASPAN_BIDIRECTIONAL, 2 * PAGE);
	span_open(&in, node, kind, DMASPAN_FROM_DEVICE, PAGE);
	fill(out.data, PAGE, 1);
	CHECK(send_fd(ends[0], out.fd) == 0);
	CHECK(do_channel_open(node, "rx", O_CLOEXEC, &loop.rx) == 0);
	hear(ends[0]);
	capture(&loop, &in, 0, 512);
	CHECK(filled(in.data, 512, 1));
	CHECK(filled(out.data + PAGE, PAGE, 2));
	tell(ends[0]);
	CHECK_EQ(reap(pid), 0);
	CHECK(filled(out.data + PAGE, PAGE, 2));
	close(loop.rx);
	span_close(&in);
	span_close(&out);
	close(ends[0]);
	close(node);
}

static void passes_cached(void)
{
	pass(DMASPAN_KIND_CACHED);
}

static void passes_coherent(void)
{
	pass(DMASPAN_KIND_COHERENT);
}

static void passes_wc(void)
{
	pass(DMASPAN_KIND_WC);
}

static void in_flight_in_the_socket(void)
{
	int node = node_open(O_RDWR), fd, ends[2], got;
	unsigned char *data;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	CHECK(do_alloc(node, 0, PAGE, &fd) == 0);
	data = view(fd, PAGE);
	fill(data, PAGE, 3);
	munmap(data, PAGE);
	CHECK(send_fd(ends[0], fd) == 0);
	CHECK(send_fd(ends[0], fd) == 0);
	close(fd);
	close(node);
	CHECK_EQ(used_bytes(), PAGE);
	got = receive_fd(ends[1]);
	CHECK(got >= 0);
	data = view(got, PAGE);
	CHECK(filled(data, PAGE, 3));
	munmap(data, PAGE);
	close(got);
	/* The second copy was never received. */
	CHECK_EQ(used_bytes(), PAGE);
	close(ends[0]);
	close(ends[1]);
	CHECK(used_becomes(0));
}

static void read_only_stays_so(void)
{
	int node = node_open(O_RDWR), fd, got, ends[2];
	struct dmaspan_map map;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	CHECK(do_alloc_flags(node, 0, 0, O_RDONLY | O_CLOEXEC, PAGE, &fd) == 0);
	CHECK(send_fd(ends[0], fd) == 0);
	got = receive_fd(ends[1]);
	CHECK(got >= 0);
	CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, got, 0), EACCES);
	CHECK_ERRNO(do_map(node, got, DMASPAN_FROM_DEVICE, &map), EACCES);
	close(got);
	close(fd);
	close(ends[0]);
	close(ends[1]);
	close(node);
}

static const struct test_case cases[] = {
	CASE(passes_cached),
	CASE(passes_coherent),
	CASE(passes_wc),
	CASE(in_flight_in_the_socket),
	CASE(read_only_stays_so),
};

TEST_MAIN(cases)
