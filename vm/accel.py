# SPDX-License-Identifier: MIT
"""Which accelerator QEMU can be trusted with on this machine."""

import os
import shutil
import subprocess
import sys

PROBE_SECONDS = 10


def _key(qemu, guest):
    name = os.path.basename(guest).partition("-")[0]
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as boot:
        return f"{boot.read().strip()} {os.stat(qemu).st_mtime_ns} {name}"


def _boots_under_kvm(qemu, guest):
    """Boot the guest's kernel as far as its initramfs.

    Only its own power-off ends it well: without -no-reboot a crash reboots until the limit.
    """
    command = ["timeout", "-k", "2", str(PROBE_SECONDS), qemu, "-machine", "q35", "-accel", "kvm",
               "-cpu", "max", "-m", "512M", "-nic", "none", "-display", "none", "-monitor", "none",
               "-kernel", os.path.join(guest, "vmlinuz"), "-initrd", os.path.join(guest, "initramfs"),
               "-append", "quiet dmaspan.probe"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=PROBE_SECONDS + 10, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def choose(guest):
    """Return "kvm" or "tcg"; a trial's result is kept until the machine or QEMU changes."""
    forced = os.environ.get("DMASPAN_ACCEL")
    if forced:
        if forced not in ("kvm", "tcg"):
            sys.exit(f"vm/run: DMASPAN_ACCEL is '{forced}'; it must be kvm or tcg")
        return forced
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    qemu = shutil.which("qemu-system-x86_64")
    key = _key(qemu, guest)
    kept = os.path.join(os.path.dirname(guest), "accel")
    try:
        with open(kept, encoding="ascii") as file:
            for line in file:
                known, _, verdict = line.strip().rpartition(" ")
                if known == key:
                    return verdict
    except FileNotFoundError:
        pass
    print(f"vm/run: trying KVM once (at most {PROBE_SECONDS} s)", file=sys.stderr)
    verdict = "kvm" if _boots_under_kvm(qemu, guest) else "tcg"
    print(f"vm/run: using {verdict} from now on", file=sys.stderr)
    with open(kept, "a", encoding="ascii") as file:
        file.write(f"{key} {verdict}\n")
    return verdict
