#!/bin/sh
# SPDX-License-Identifier: MIT
# KUnit: tests/kunit/, one case of TAP for each of theirs.  timeout: 60
set -u
module=$DMASPAN_O/tests/kunit/dmaspan_kunit.ko
mark="dmaspan-tests: mark kunit"

# It may be built not to run anything by itself (7.2).
options=enable=1
! modinfo -p kunit 2>/dev/null | grep -q '^autorun:' || options="$options autorun=1"
# shellcheck disable=SC2086 # a list
if [ ! -e "$module" ] || ! modprobe kunit $options 2>/dev/null; then
	echo "1..0 # SKIP the kernel has no KUnit"
	exit 77
fi
echo "$mark" >/dev/kmsg
if ! insmod "$module"; then
	echo "1..1"
	echo "not ok 1 - load"
	exit 1
fi

# From the log: debugfs keeps 500 characters of a case's results. Their cases are indented, and what failed is said
# before: "    not ok 3 - name", "    # name: why"
dmesg --notime | sed "1,/^$mark\$/d" | awk '
	/^    # Subtest: / { suite = $3; sub(/^dmaspan_/, "", suite); next }
	/^    (not )?ok [0-9]/ {
		line = substr($0, 5)
		good = line ~ /^ok/
		sub(/^(not )?ok [0-9]+ (- )?/, "", line)
		print (good ? "ok " : "not ok ") ++n " - " suite ": " line
		next
	}
	/^    1\.\.[0-9]+$/ { planned += substr($0, 8); next }
	/^(not )?ok / || /KTAP version/ || /^1\.\./ { next }
	{ print ($0 ~ /^#/ ? "" : "# ") $0 }
	END {
		print "# count: kunit_cases " n + 0
		print "1.." (planned ? planned : 1)
	}'
rmmod dmaspan_kunit
