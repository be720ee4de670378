# SPDX-License-Identifier: MIT
# Of the kernel's log, between two marks, the lines that none of the files of known lines has:
#
#   dmesg --notime | awk -v from=MARK -v to=MARK -f strange.awk KNOWN... -
#
# Exit status 0: there are some; 1: none; 3: the first mark is not there any more.
#
# A warning with its trace is one report, known if what it warns of is; if another CPU's report begins in it, that line is
# not.

function known(line,    i) {
	for (i = 1; i <= patterns; i++)
		if (line ~ pattern[i])
			return 1
	return 0
}

# Not a warning's own second line, "WARNING: CPU: "
function begins_report(line) {
	return line ~ /^(BUG: |UBSAN: |Oops|INFO: |KASAN: |Kernel panic|general protection|DMA-API: )/ ||
		line ~ /^WARNING: (possible|suspicious|inconsistent|bad|held|lock|Nested)/
}

function flush(    i) {
	for (i = 1; i <= held; i++)
		if ((!report_known || begins_report(hold[i])) && !known(hold[i])) {
			print hold[i]
			strange = 1
		}
	last_known = report_known
	held = report_known = 0
}

FILENAME != "-" {
	if ($0 !~ /^(#|$)/)
		pattern[++patterns] = $0
	next
}
!begun { begun = index($0, from) == 1; next }
index($0, to) == 1 { ended = 1 }
ended { next }
/^-+\[ cut here \]-+$/ { flush() }
/^DMA-API: Mapped at:$/ { mapped = last_known }
!/^( |DMA-API: Mapped)/ { mapped = 0 }
mapped { next }
{ hold[++held] = $0 }
hold[1] ~ /cut here/ {
	report_known = report_known || (held == 2 && known($0))
	if (/^---\[ end trace /)
		flush()
	next
}
{ flush() }
END {
	flush()
	exit !begun ? 3 : !strange
}
