#!/usr/bin/env python3
"""Runs the examples of pages for people and compares what they print.

usage: run_tutorial.py BINARY PAGE...

Two kinds of examples, both run in the repository's root with BINARY first on the path as `orrery`:

- a block ```python followed by a block ```text: the script's output must be the text;
- a block ```console: a line that begins with `$ ` is a command for the shell, and the lines below it are its output.

`…` in an expected output stands for any text on its line; a line that is `…` alone for any lines.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def pattern(expected):
    lines = [r"(?:.*\n)*?" if line.strip() == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n" for line in expected]
    return re.compile("".join(lines) + r"\Z")


def blocks(page):
    kind, lines = None, []
    for line in page.read_text(encoding="utf-8").splitlines():
        if kind is None and line.startswith("```") and line != "```":
            kind, lines = line[3:].strip(), []
        elif kind is not None and line.startswith("```"):
            yield kind, lines
            kind = None
        elif kind is not None:
            lines.append(line)


def examples(page):
    """Yields a command, its input and the lines that it must print."""
    script = None
    for kind, lines in blocks(page):
        if kind == "text" and script is not None:
            yield [sys.executable, "-"], "\n".join(script), lines
        script = lines if kind == "python" else None
        if kind == "console":
            starts = [i for i, line in enumerate(lines) if line.startswith("$ ")] + [len(lines)]
            for start, end in zip(starts, starts[1:]):
                yield ["sh", "-c", lines[start][2:]], None, [line for line in lines[start + 1:end]]


def main(arguments):
    if len(arguments) < 2:
        print(__doc__.strip().splitlines()[2], file=sys.stderr)
        return 2
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "orrery").symlink_to(Path(arguments[0]).resolve())
        environment = dict(os.environ, PATH=f"{folder}:{os.environ['PATH']}", NO_COLOR="1")
        for name in arguments[1:]:
            count = 0
            for command, script, expected in examples(Path(name)):
                if script is not None:
                    command = command + [str(Path(folder) / "orrery")]
                done = subprocess.run(
                    command, input=script, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
                count += 1
                wanted = expected[:]
                while wanted and not wanted[-1].strip():
                    wanted.pop()
                if not pattern(wanted).match(done.stdout.rstrip("\n") + "\n" if done.stdout else ""):
                    failures += 1
                    print(f"{name}: {command[-1][:100]}\nexpected:\n" + "\n".join(wanted) + f"\nprinted:\n{done.stdout}")
            print(f"{name}: {count} examples")
            if count == 0:
                failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
