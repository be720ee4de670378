// SPDX-License-Identifier: MIT
/* MSG_ZEROCOPY over loopback TCP from a buffer's view; what arrives is compared. */
#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "harness.h"

#define LENGTH	(512 * KIB)

struct receiver {
	int socket;
	size_t length;
	unsigned int seed;
};

static void receive(void *arg)
{
	const struct receiver *r = arg;
	unsigned char *data = malloc(r->length);
	size_t got = 0;
	ssize_t n;

	CHECK(data);
	while ((n = recv(r->socket, data + got, r->length - got, 0)) > 0)
		got += (size_t)n;
	CHECK_EQ(got, r->length);
	CHECK(filled(data, r->length, r->seed));
}

static void connect_ends(int *one, int *two)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t length = sizeof(address);

	CHECK(listener >= 0);
	CHECK(bind(listener, (void *)&address, length) == 0);
	CHECK(listen(listener, 1) == 0);
	CHECK(getsockname(listener, (void *)&address, &length) == 0);
	*one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(connect(*one, (void *)&address, length) == 0);
	*two = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	CHECK(*two >= 0);
	close(listener);
}

/* Notices of sends that no longer use the memory; -1: none in time */
static int notices(int socket)
{
	char control[128];
	struct msghdr message = {
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct pollfd pfd = { .fd = socket };
	struct sock_extended_err *error;
	struct cmsghdr *part;

	if (poll(&pfd, 1, WAIT_MS) != 1 || recvmsg(socket, &message, MSG_ERRQUEUE) < 0)
		return -1;
	part = CMSG_FIRSTHDR(&message);
	CHECK(part);
	error = (void *)CMSG_DATA(part);
	CHECK_EQ(error->ee_errno, 0);
	CHECK_EQ(error->ee_origin, SO_EE_ORIGIN_ZEROCOPY);
	return (int)(error->ee_data - error->ee_info + 1);
}

static int send_all(int socket, const unsigned char *data)
{
	int sends = 0;

	for (size_t sent = 0; sent < LENGTH; sends++) {
		ssize_t n = send(socket, data + sent, LENGTH - sent, MSG_ZEROCOPY);

		if (n < 0)
			test_fail(__FILE__, __LINE__, "send: %s", strerror(errno));
		sent += (size_t)n;
	}
	return sends;
}

static void kind_arrives(uint32_t kind)
{
	int node = node_open(O_RDWR), fd, out, in, on = 1, sends, told;
	struct receiver receiver = { .length = LENGTH, .seed = kind + 1 };
	unsigned char *data;
	pid_t pid;

	CHECK(do_alloc(node, kind, LENGTH, &fd) == 0);
	data = view(fd, LENGTH);
	fill(data, LENGTH, kind + 1);
	connect_ends(&out, &in);
	CHECK(setsockopt(out, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)) == 0);
	receiver.socket = in;
	pid = spawn(receive, &receiver);
	sends = send_all(out, data);
	for (int left = sends; left > 0; left -= told) {
		told = notices(out);
		CHECK(told > 0);
	}
	shutdown(out, SHUT_WR);
	CHECK_EQ(reap(pid), 0);
	close(out);
	close(in);
	munmap(data, LENGTH);
	close(fd);
	close(node);
}

static void arrives_cached(void)
{
	kind_arrives(DMASPAN_KIND_CACHED);
}

static void arrives_coherent(void)
{
	if (is_bounce())
		test_skip("coherent memory is the device's own");
	kind_arrives(DMASPAN_KIND_COHERENT);
}

static void device_memory_is_refused(void)
{
	int node = node_open(O_RDWR), fd, out, in, on = 1;
	void *data;

	CHECK(do_alloc(node, DMASPAN_KIND_WC, 8 * PAGE, &fd) == 0);
	data = view(fd, 8 * PAGE);
	connect_ends(&out, &in);
	CHECK(setsockopt(out, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)) == 0);
	CHECK_ERRNO(send(out, data, 8 * PAGE, MSG_ZEROCOPY), EFAULT);
	close(out);
	close(in);
	munmap(data, 8 * PAGE);
	close(fd);
	close(node);
}

static const struct test_case cases[] = {
	CASE(arrives_cached),
	CASE(arrives_coherent),
	CASE(device_memory_is_refused),
};

TEST_MAIN(cases)
