// SPDX-License-Identifier: MIT
/* Trace events show no kernel pointers, root's as they are. */
#include "trace.h"
#include "user.h"
#include "virt.h"

static void events(bool on)
{
	trace_set("dmaspan", on);
	trace_set("dmaspan_virt", on);
}

/* All events of ours: a refusal, a finding, a channel that is closed too early */
static void cause_all(void)
{
	struct stream s;

	stream_open(&s, "source", PAGE);
	CHECK_ERRNO(do_unmap(s.node, 77), ENOENT);
	CHECK_ERRNO(stream_submit(&s, 2 * PAGE, 64, 1), EINVAL);
	memset(s.span.data, 1, PAGE);
	hand_over(&s.span, DMASPAN_SYNC_FOR_CPU, 0, PAGE);
	CHECK(stream_submit(&s, 0, 64, 2) == 0);
	stream_close(&s);
}

static void shows_no_pointers(void)
{
	static const char *const names[] = {
		"dmaspan_refused: virt0 unmap ", "dmaspan_refused: virt0 submit ",
		"dmaspan_abandoned: virt0 source ", "dmaspan_virt_finding: virt0 cpu-write ",
	};
	const char *text;

	findings_clear();
	trace_empty();
	events(true);
	cause_all();
	events(false);
	findings_clear();
	text = trace_text();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strstr(text, names[i]))
			test_fail(__FILE__, __LINE__, "no \"%s\" in %.800s", names[i], text);
	if (kernel_pointer(text))
		test_fail(__FILE__, __LINE__, "%.120s", kernel_pointer(text));
}

static const struct test_case cases[] = {
	CASE(shows_no_pointers),
};

int main(void)
{
	int ret;

	if (access(TRACING "events", F_OK))
		return test_skip_all("the kernel has no trace events");
	test_device(VIRT_NAME);
	ret = test_main(cases, ARRAY_SIZE(cases));
	/* A case that failed may have left them on. */
	events(false);
	return ret;
}
