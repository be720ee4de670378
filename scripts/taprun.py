# SPDX-License-Identifier: MIT
"""What scripts/check leaves of its runs: NAME.status, the exit status, beside NAME.tap and NAME.out, all that was said."""
import re

RESULT = re.compile(r"(not )?ok\b\s*\d*\s*-?\s*(.*)")
COUNT = re.compile(r"# count: (\w+) (\d+)$")
SHOWN = 12
SHOWN_OF_DEAD = 50


class Run:
    """
    One run. results: (good, name, lines said before it) each; a skip is a part of the name. counts: (name, number).
    A run that left no results, or failed without a failed test, is a failed test itself.
    """

    def __init__(self, status_file):
        self.name = status_file.stem
        self.output = status_file.with_suffix(".out")
        self.results = []
        self.counts = []
        said = []
        for line in text_lines(status_file.with_suffix(".tap")):
            result = RESULT.match(line)
            count = COUNT.match(line)
            if result:
                self.results.append((not result[1], result[2], said[-SHOWN:]))
                said = []
            elif count:
                self.counts.append((count[1], int(count[2])))
            elif line.startswith("#"):
                said.append(line)
        status = int(status_file.read_text(encoding="ascii"))
        if not self.results or (status and all(good for good, _, _ in self.results)):
            self.results.append((False, f"the run ended with status {status}",
                                 text_lines(self.output)[-SHOWN_OF_DEAD:]))

    def tally(self):
        """How many passed, failed and were skipped"""
        failed = sum(not good for good, _, _ in self.results)
        skipped = sum(good and "# SKIP" in name for good, name, _ in self.results)
        return {"passed": len(self.results) - failed - skipped, "failed": failed, "skipped": skipped}


def text_lines(path):
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []


def runs_in(directory):
    return [Run(status_file) for status_file in sorted(directory.glob("*.status"))]
