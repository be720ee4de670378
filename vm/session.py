# SPDX-License-Identifier: MIT
"""A running guest: its output, its requests, its end."""

import base64
import json
import os
import secrets
import selectors
import shlex
import signal
import subprocess
import sys
import time

BOOT_SECONDS = 240
UNPLUG_SECONDS = 60
QUIT_SECONDS = 10
CRASH_SECONDS = 2


class Ended(Exception):
    """The session is over; status is vm/run's own exit status."""

    def __init__(self, status, why=None):
        super().__init__(why)
        self.status = status
        self.why = why


class Stream:
    """Copies a port to a file descriptor until the guest's end mark."""

    def __init__(self, sock, target, mark):
        self.sock = sock
        self.target = target
        self.mark = mark
        self.held = b""
        self.done = False

    def feed(self, data):
        if self.done:
            return
        data = self.held + data
        end = data.find(self.mark)
        if end >= 0:
            self.done = True
            self.held = b""
            self._write(data[:end])
            return
        # The mark starts with its only kind of zero byte: nothing before the last one needs holding back.
        keep = data.rfind(b"\0", max(0, len(data) - len(self.mark) + 1))
        self.held = data[keep:] if keep >= 0 else b""
        self._write(data[:keep] if keep >= 0 else data)

    def flush(self):
        held, self.held = self.held, b""
        self._write(held)

    def _write(self, data):
        try:
            while data:
                data = data[os.write(self.target, data):]
        except BrokenPipeError:
            raise Ended(128 + signal.SIGPIPE) from None


class Lines:
    """Splits what a socket receives into lines."""

    def __init__(self, sock):
        self.sock = sock
        self.rest = b""

    def feed(self, data):
        *lines, self.rest = (self.rest + data).split(b"\n")
        return [line.decode(errors="replace") for line in lines]

    def send(self, text):
        self.sock.sendall(text.encode() + b"\n")


class Session:
    def __init__(self, process, socks, job, limit):
        self.process = process
        self.job = job
        self.limit = limit
        self.started = time.monotonic()
        self.mark = secrets.token_hex(16)
        mark = b"\0" + self.mark.encode() + b"\0"
        self.out = Stream(socks["out"], 1, mark)
        self.err = Stream(socks["err"], 2, mark)
        self.host = Lines(socks["host"])
        self.qmp = Lines(socks["qmp"])
        self.booted = False
        self.status = None
        self.request = None
        self.on_boot = lambda: None

    # What the guest asks for

    def answer(self, good, text=""):
        identity, self.request = self.request["id"], None
        text = " ".join(text.split())
        self.host.send(f"{identity} {'ok' if good else 'error'} {text}".rstrip())

    def ask(self, line):
        """One request: "ID WORD REST"."""
        identity, _, rest = line.partition(" ")
        word, _, rest = rest.partition(" ")
        self.request = {"id": identity, "word": word, "rest": rest, "until": None}
        if word == "job":
            self.booted = True
            self.on_boot()
            script = base64.b64encode(self.job.encode()).decode()
            self.answer(True, f"{self.mark} {int(self._one_target())} {script}")
        elif word == "exit":
            self.status = int(rest)
            self.answer(True)
        elif word == "device_add":
            self.execute("human-monitor-command", {"command-line": f"device_add {rest}"})
        elif word == "device_del":
            self.request["until"] = time.monotonic() + UNPLUG_SECONDS
            self.execute("device_del", {"id": rest})
        elif word == "qmp":
            try:
                command = json.loads(rest)
                self.execute(command["execute"], command.get("arguments", {}))
            except (ValueError, TypeError, KeyError, AttributeError):
                self.answer(False, "not a QMP command; give one like {\"execute\": \"query-status\"}")
        else:
            self.answer(False, "no such request; see vm-host --help")

    @staticmethod
    def _one_target():
        """Whether stdout and stderr go to the same place, so that their order can be kept."""
        out, err = os.fstat(1), os.fstat(2)
        return (out.st_dev, out.st_ino) == (err.st_dev, err.st_ino)

    def execute(self, command, arguments):
        message = {"execute": command, "arguments": arguments, "id": self.request["id"] if self.request else "own"}
        self.qmp.send(json.dumps(message))

    # What QEMU says

    def qmp_says(self, message):
        if "QMP" in message:
            self.execute("qmp_capabilities", {})
        elif message.get("event") in ("DEVICE_DELETED", "DEVICE_UNPLUG_GUEST_ERROR"):
            self.unplugged(message["event"], message["data"].get("device"))
        elif self.request and message.get("id") == self.request["id"]:
            self.qmp_replies(message)

    def unplugged(self, event, device):
        if self.request and self.request["word"] == "device_del" and self.request["rest"] == device:
            if event == "DEVICE_DELETED":
                self.answer(True)
            else:
                self.answer(False, "the guest refused to let go of it")

    def qmp_replies(self, message):
        word = self.request["word"]
        if "error" in message:
            self.answer(False, message["error"]["desc"])
        elif word == "device_add":
            self.answer(not message["return"].strip(), message["return"])
        elif word == "qmp":
            self.answer(True, json.dumps(message["return"]))

    # The loop

    def receive(self, key):
        try:
            data = key.fileobj.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            raise Ended(125, "the machine ended before the command did")
        if key.data in (self.out, self.err):
            key.data.feed(data)
        elif key.data is self.qmp:
            for line in self.qmp.feed(data):
                self.qmp_says(json.loads(line))
        else:
            for line in self.host.feed(data):
                self.ask(line)

    def check_time(self):
        now = time.monotonic()
        if self.request and self.request["until"] and now > self.request["until"]:
            self.answer(False, f"the guest did not let go of it in {UNPLUG_SECONDS} s")
        if now - self.started > self.limit and self.booted:
            raise Ended(124, f"the command did not end within {self.limit:g} s of power-on")
        if now - self.started > min(self.limit, BOOT_SECONDS) and not self.booted:
            raise Ended(125, f"the guest did not boot within {min(self.limit, BOOT_SECONDS):g} s")

    def run(self):
        """Serve the guest until its command has ended; return the command's status."""
        with selectors.DefaultSelector() as selector:
            for item in (self.out, self.err, self.host, self.qmp):
                selector.register(item.sock, selectors.EVENT_READ, item)
            try:
                while not (self.out.done and self.err.done):
                    for key, _ in selector.select(0.5):
                        self.receive(key)
                    self.check_time()
            finally:
                self.out.flush()
                self.err.flush()
        return self.status

    def crashed(self):
        """Whether QEMU ended by a signal of its own making; "timeout" ends as it did."""
        try:
            status = self.process.wait(CRASH_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        return status < 0 or status > 128

    def end(self):
        """End QEMU whatever state it is in; "timeout -k" sees to a QEMU that ignores the signal."""
        try:
            if self.status is not None:
                self.request = None
                self.execute("quit", {})
                self.process.wait(QUIT_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            pass
        finally:
            if self.process.poll() is None:
                self.process.terminate()
                self.process.wait()


def script(words, variables):
    """The shell script the guest runs for the words of a command line."""
    lines = ["echo 0 >/proc/$$/oom_score_adj"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    if len(words) == 1 and any(c.isspace() for c in words[0]):
        words = ["sh", "-c", words[0]]
    lines.append("exec " + shlex.join(words))
    return "\n".join(lines) + "\n"


def complain(text):
    print(f"vm/run: {text}", file=sys.stderr)
