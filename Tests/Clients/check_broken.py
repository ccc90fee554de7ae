#!/usr/bin/env python3
"""Checks that `orrery check` reports the mistakes of broken environments: all of them, where they are, and nothing else.

usage: check_broken.py BINARY FOLDER

Each .yaml or .json file of the folder is an environment or a domain with mistakes; a folder in it that has a words.yaml holds domains
with the words and capabilities that they share, and is checked as a whole. What must be reported stands beside each mistake, in a
comment at the end of its line, `# error: COLUMN: part of the message`, or `-- error: ...` inside SQL; several on a line follow one
another. Where no comment can stand, a file NAME.expected beside NAME holds lines `LINE:COLUMN: part of the message`, with
`FILE:` before the line for a mistake in another file; the place `*:*` stands for any in the file. Columns count characters from 1.
"""

import concurrent.futures
import os
import re
import subprocess
import sys

ENDINGS = (".yaml", ".json")
SECONDS = 60  # A query of rows that never ends is stopped after some twenty.
COMMENT = re.compile(r"(?:#|--) error: (\d+): ")
LINE = re.compile(r"(?:([^:]+):)?(\d+|\*):(\d+|\*): (.+)")
ANY = 0
REPORT = re.compile(r"(.+?):(\d+):(\d+): error: (.*)")


def expectations(path):
    """The mistakes of a file or folder: (file, line, column, part of the message)."""
    if os.path.isdir(path):
        below = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
        return [mistake for each in sorted(below) if each.endswith(ENDINGS) for mistake in expectations(each)]
    folder, own = os.path.split(path)
    found = []
    if os.path.exists(path + ".expected"):
        with open(path + ".expected", encoding="utf-8") as file:
            for line in filter(None, map(str.strip, file)):
                match = LINE.fullmatch(line)
                if not match:
                    sys.exit(f"{path}.expected: not LINE:COLUMN: part of the message: {line}")
                other, row, column, text = match.groups()
                found.append((os.path.join(folder, other or own), int(row.replace("*", "0")), int(column.replace("*", "0")), text))
        return found
    with open(path, encoding="utf-8") as file:
        for row, line in enumerate(file, 1):
            parts = COMMENT.split(line.rstrip("\n"))
            for column, text in zip(parts[1::2], parts[2::2]):
                found.append((path, row, int(column), text.strip()))
    return found


def check(binary, path):
    """What is wrong with the report on a file, as lines of text."""
    wanted = expectations(path)
    if not wanted:
        return ["nothing is expected of it: write the mistakes down"]
    try:
        result = subprocess.run([binary, "check", path], capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return [f"takes longer than {SECONDS} s"]
    faults = []
    if result.returncode != 1:
        how = f"ended by signal {-result.returncode}" if result.returncode < 0 else f"exit status {result.returncode}"
        faults.append(f"{how}, not exit status 1")
        if result.returncode not in (0, 1):
            faults.append("standard error ends: " + result.stderr.decode(errors="replace")[-400:].strip())
    reported = []
    for line in result.stdout.decode(errors="replace").splitlines():
        match = REPORT.fullmatch(line)
        if match:
            file, row, column, text = match.groups()
            reported.append((file, int(row), int(column), text))
        else:
            faults.append(f"not a diagnostic: {line[:300]}")

    def same(want, have, exact):
        return (
            os.path.realpath(want[0]) == os.path.realpath(have[0])
            and want[1] in (have[1], ANY)
            and (want[2] in (have[2], ANY) or not exact)
            and want[3] in have[3]
        )

    # First what fits wholly, then what is the same mistake in another place or in other words.
    def pair(test, say):
        for want in wanted[:]:
            have = next((have for have in reported if test(want, have)), None)
            if have:
                wanted.remove(want)
                reported.remove(have)
                say(want, have)

    def place(entry):
        name = "" if os.path.realpath(entry[0]) == os.path.realpath(path) else entry[0] + ":"
        return f"{name}{entry[1]}:{entry[2]}"

    def misplaced(want, have):
        faults.append(f"wrong place: {place(have)}, not {place(want)}: {have[3][:300]}")

    def misworded(want, have):
        faults.append(f"other words: {place(want)}: '{want[3]}' expected, got: {have[3][:300]}")

    pair(lambda want, have: same(want, have, True), lambda want, have: None)
    pair(lambda want, have: same(want, have, False), misplaced)
    pair(lambda want, have: want[3] in have[3], misplaced)
    pair(lambda want, have: want[1:3] == have[1:3] and os.path.realpath(want[0]) == os.path.realpath(have[0]), misworded)
    faults += [f"missing: {place(want)}: {want[3]}" for want in wanted]
    faults += [f"too much: {place(have)}: {have[3][:300]}" for have in reported]
    return faults


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    binary, folder = sys.argv[1:]
    paths = []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.endswith(ENDINGS) or os.path.exists(os.path.join(path, "words.yaml")):
            paths.append(path)
    if not paths:
        sys.exit(f"there is no environment in {folder}")
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for path, faults in zip(paths, pool.map(lambda path: check(binary, path), paths)):
            if faults:
                failures += 1
                print(f"FAILED  {path}")
                for fault in faults:
                    print(f"        {fault}")
            else:
                print(f"ok  {path}")
    print(f"{len(paths) - failures} of {len(paths)} are reported as they should be")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
