#!/usr/bin/env python3
"""Replays the examples of protocol pages against a real server.

usage: replay_examples.py BINARY PAGE...

A fenced block with the info string `jsonl protocol` holds lines that begin with `> ` (sent) or `< ` (received). The blocks of
a page run in order in one process, `BINARY serve --environments EnvSpecs/library.yaml`, started in the repository's root.
Lines that are sent without a reply between them go out in one write. A received line must be equal byte for byte, but for `…`,
which stands for any text; in a sent line `…` is the text that the last `…` of the reply before it stood for. At the end the
server must have nothing more to say and leave with status 0.

Exits with 1 and every difference; prints the number of exchanges checked.
"""

import queue
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 60
SHOWN_CHARACTERS = 240


class Mismatch(Exception):
    pass


def examples(page):
    """Yields the lines of every run of sent lines, and the replies to them with their line numbers."""
    inside, sent, expected = False, [], []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if not inside:
            inside = line.strip() == "```jsonl protocol"
        elif line.startswith("```"):
            inside = False
        elif line.startswith("> "):
            if expected:
                yield sent, expected
                sent, expected = [], []
            sent.append(line[2:])
        elif line.startswith("< "):
            if not sent:
                raise Mismatch(f"{page}:{number}: a reply before anything was sent")
            expected.append((number, line[2:]))
        elif line:
            raise Mismatch(f"{page}:{number}: a line of an example begins with '> ' or '< '")
    if inside:
        raise Mismatch(f"{page}: the last block is not closed")
    if sent:
        yield sent, expected


def compare(pattern, line):
    """Returns the difference and what the last `…` stands for.

    The difference is None if the line fits, otherwise what is expected and what is there, both from the first difference on.
    """
    pieces = pattern.split("…")
    if len(pieces) == 1:
        common = next((i for i, (a, b) in enumerate(zip(pattern, line)) if a != b), min(len(pattern), len(line)))
        return None if pattern == line else (pattern[common:], line[common:]), ""
    position, last = 0, ""
    for index, piece in enumerate(pieces):
        if index == 0:
            found = 0 if line.startswith(piece) else -1
        elif index == len(pieces) - 1:
            found = len(line) - len(piece) if line.endswith(piece) and len(line) - len(piece) >= position else -1
        else:
            found = line.find(piece, position)
        if found < 0:
            length = len(piece)
            while length and not (line.startswith(piece[:length]) if index == 0 else line.find(piece[:length], position) >= 0):
                length -= 1
            place = 0 if index == 0 else line.find(piece[:length], position)
            return (piece[length:] + ("" if index == len(pieces) - 1 else "…"), line[place + length:]), ""
        last = line[position:found]
        position = found + len(piece)
    return None, last


def shown(text):
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + f" [and {len(text) - SHOWN_CHARACTERS} more]"


def replay(binary, page):
    command = [binary, "serve", "--environments", "EnvSpecs/library.yaml"]
    server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines, complaints = queue.Queue(), []

    def read():
        for line in server.stdout:
            lines.put(line)
        lines.put(None)

    threads = [threading.Thread(target=read, daemon=True)]
    threads.append(threading.Thread(target=lambda: complaints.extend(server.stderr), daemon=True))
    for thread in threads:
        thread.start()

    def receive(place, wanted):
        try:
            line = lines.get(timeout=TIMEOUT_SECONDS)
        except queue.Empty:
            raise Mismatch(f"{place}: no line came within {TIMEOUT_SECONDS} seconds; expected\n  {shown(wanted)}")
        if line is None:
            server.wait()
            log = b"".join(complaints[-20:]).decode(errors="replace")
            raise Mismatch(f"{place}: the server ended with status {server.returncode}; expected\n  {shown(wanted)}\n{log}")
        return line.decode("utf-8").rstrip("\n")

    count, last, faults = 0, "", []
    try:
        for sent, expected in examples(page):
            try:
                server.stdin.write("".join(line.replace("…", last) + "\n" for line in sent).encode("utf-8"))
                server.stdin.flush()
            except BrokenPipeError:
                pass  # The reply that is missing says more.
            for number, wanted in expected:
                line = receive(f"{page}:{number}", wanted)
                fault, text = compare(wanted, line)
                last = text or last
                if fault:
                    faults.append(
                        f"{page}:{number}: another reply\n  sent:     {shown(sent[-1])}\n  received: {shown(line)}\n"
                        f"from the first difference on\n- {shown(fault[0])!r}\n+ {shown(fault[1])!r}")
            count += len(sent)
        server.stdin.close()
        rest = lines.get(timeout=TIMEOUT_SECONDS)
        if rest is not None:
            raise Mismatch(f"{page}: the server says more than the page:\n+ {shown(rest.decode('utf-8', 'replace'))!r}")
        if server.wait(timeout=TIMEOUT_SECONDS) != 0:
            raise Mismatch(f"{page}: the server left with status {server.returncode} at the end of its input")
    except queue.Empty:
        raise Mismatch(f"{page}: the server does not end with its input")
    finally:
        server.kill()
        server.wait()
    if faults:
        raise Mismatch("\n".join(faults))
    if count == 0:
        raise Mismatch(f"{page}: the page has no examples")
    return count


def main(arguments):
    if len(arguments) < 2:
        print(__doc__.strip().splitlines()[2], file=sys.stderr)
        return 2
    status, total = 0, 0
    for page in arguments[1:]:
        try:
            count = replay(str(Path(arguments[0]).resolve()), Path(page))
            total += count
            print(f"{page}: {count} exchanges")
        except Mismatch as mismatch:
            status = 1
            print(mismatch, file=sys.stderr)
    print(f"{total} exchanges checked")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
