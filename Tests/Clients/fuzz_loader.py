#!/usr/bin/env python3
"""Fuzzes the loader: mutates EnvSpecs/library.yaml and runs `orrery check` on every mutant.

    python3 Tests/Clients/fuzz_loader.py .build/debug/orrery --seconds 60 --seed 7

Mutant N of a seed is always the same (`--only N` makes and checks just that one). On failure the exit status is 1; the seed, the iteration
and the path of the mutant are printed.

Invariants
  1. The exit status is 0 or 1, never a signal, within 10 seconds and 1 GB of memory.
  2. Status 1 comes with at least one line FILE:LINE:COLUMN: error: MESSAGE, and every such line's LINE is within the file.
  3. Nothing printed speaks of a fatal error.
"""
from __future__ import annotations

import argparse
import concurrent.futures
import copy
import datetime
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time

import yaml

TIME_LIMIT = 10
MEMORY_LIMIT = 1 << 30

SCALARS = [
    "", "~", "null", "true", "false", "yes", "0", "-1", "1", "0.5", "-0.0", "1e400", "1e-400", ".inf", "-.inf", ".nan", "0x7f", "0o17", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
    "99999999999999999999999999", "1e18", "2025-03-10", "2025-02-30", "0000-00-00", "9999-12-31", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2025-03-10T09:00:00Z", "2025-03-10T09:00:00+14:00",
    "\"\"", "''", "\"\\0\"", "\"\\ud800\"", "\"\\x00\"", "\"\\U0010ffff\"", "'a''b'", "\"a\\nb\"", "[]", "{}", "[[]]", "{a: }", "[1, 2", "{a: 1", "- x", "? x", ": x", "&a x", "*a", "*nowhere", "<<", "!!binary AAAA", "!!str 1", "!!int x", "!x y", "|", ">", "|2", "|-", "%YAML 1.1",
    "...", "---", "@x", "`x`", "#x", "x #y", "x: y", "a: b: c", "é", "e\u0301", "\ufeff", "\u2028", "\x85", "\x07", "\x7f", "x" * 5000, "[" * 300, "{a: " * 300, "${HOME}", "${NOWHERE}", "${NOWHERE:-x}", "${", "${}", "${A:-${B}}", "/dev/null", ".", "..", "/", "nowhere.csv", "library.yaml",
    "integer", "string", "number", "boolean", "date", "date-time", "enum", "json", "list", "object", "uuid", "read", "write", "destructive", "reference", "text", "set", "table", "mentions", "members", "loans", "copies.copy_id", "members.member_id", "loan_id", ":now", ":today", ":actor", ":nope", "actor", "now",
    "{any: true}", "{one_of: []}", "{within: [1]}", "{within: [b, a]}", "{text: 1}", "{type: list}", "{type: list, items: {type: list, items: string}}", "{type: object, properties: {}}", "{type: enum, values: []}", "{type: enum, values: [a, a]}",
    "{format: uuid}", "{format: \"{0}\"}", "{format: \"{000000000000000000000000000000}\"}", "{format: \"{}{}\"}", "{start: 9223372036854775807}", "{start: -9223372036854775808}", "{start: 9001, format: \"{0\"}",
    "{file: nowhere.json}", "{file: /dev/null}", "{csv: /dev/null}", "{query: SELECT 1}", "{columns: [a], values: [[1, 2]]}", "{import: tau2, file: library.yaml}",
    "^(a+)+$", "(", "[", "a{1000000}", "(?<=a)b", "\\\\", "(a|a|a|a)*b", "((((((((((a*)*)*)*)*)*)*)*)*)*b",
]
SQL = [
    "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "NULL", "(", ")", ",", ";", "'", "\"", "--", "/*", "*/", "=", "<", ">", "||", ":x", ":today", ":member_id", "?1", "$y", "@z", "*", "count(*)", "1", "0", "'a'", "x'00'", "x'ff'", "1e999", "-9223372036854775808", "GROUP BY 1", "ORDER BY 99", "LIMIT -1", "LIMIT 0",
    "UNION ALL SELECT 1", "JOIN", "LEFT JOIN", "CROSS JOIN loans", "CROSS JOIN loans CROSS JOIN copies CROSS JOIN charges CROSS JOIN holds CROSS JOIN titles", "DELETE FROM loans", "DROP TABLE loans", "PRAGMA user_version", "ATTACH 'x' AS y", "VACUUM", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT x",
    "INSERT INTO loans DEFAULT VALUES", "UPDATE loans SET due = NULL", "REPLACE INTO staff VALUES (1, 'x', 'manager')", "CREATE TABLE x (y)", "RETURNING *", "ON CONFLICT DO NOTHING", "EXPLAIN", "EXPLAIN QUERY PLAN", "random()", "randomblob(9)", "zeroblob(2000000000)", "zeroblob(100)", "printf('%.*c', 100000000, 'x')", "hex(zeroblob(1000000))",
    "replace(hex(zeroblob(100000)), '0', hex(zeroblob(1000)))", "group_concat(name, hex(zeroblob(1000)))", "abs(-9223372036854775808)", "9223372036854775807 + 1", "1 / 0", "1 % 0", "datetime('now', 'localtime')", "date(:today, '+99999999 days')", "julianday('x')", "strftime('%f', 1e300)", "json('x')", "json_extract('{', '$')", "json_each('x')", "json_group_object(NULL, 1)",
    "fold(1)", "fold(NULL)", "fold(x'ff')", "fold(hex(zeroblob(100000)))", "arithmetic('1/0')", "arithmetic('" + "(" * 5000 + "')", "arithmetic('" + "-" * 20000 + "1')", "arithmetic('1e999')", "arithmetic(NULL)", "round_half_even(1e300, 400)", "round_half_even(1.5, -400)", "round_half_even(0.5, 9223372036854775807)", "round_half_even(NULL, NULL)", "round_half_even('x', 1)",
    "number_text(1e999)", "number_text('x')", "number_text(NULL)", "load_extension('x')", "writefile('x', 'y')", "readfile('/etc/passwd')", "sqlite_version()", "changes()", "last_insert_rowid()", "CURRENT_TIMESTAMP", "rowid", "sqlite_master", "sqlite_schema", "pragma_table_info('loans')", "MATCH", "GLOB", "REGEXP", "LIKE '%' ESCAPE ''", "likelihood(1, 2)", "RAISE(ABORT, 'x')",
    "(WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r)", "(WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r WHERE n < 0)", "(SELECT", "EXISTS (", "CASE WHEN", "END", "CAST(", "AS TEXT)", "OVER ()", "PARTITION BY", "COLLATE NOCASE", "COLLATE x", "IN ()", "IS NOT", "[x]", "`y`", "\0", "é", "\ufeff",
]
WHOLE = [
    b"", b"\n", b"\xef\xbb\xbf", b"\x00", b"\xff\xfe", b"---\n", b"...\n", b"- a\n", b"a\n", b"[]", b"{}", b"{", b"[", b"\"", b"'", b"&a", b"&a [*a]", b"&a {b: *a}", b"? \n", b"%", b"%TAG ! x\n", b"\t", b"orrery", b"orrery:", b"orrery: environment/1", b"orrery: environment/1\n",
    b"orrery: environment/2\nid: x\n", b"orrery: environment/1\nid: x\ntitle: y\ntables: {}\n", b"orrery: environment/1\nid: x\ntitle: y\ntables: {t: {}}\n", b"orrery: environment/1\nid: x\ntitle: y\ntables: {t: {columns: {}, key: []}}\n",
    b"orrery: environment/1\r\nid: x\r\ntitle: y\r\ntables: {t: {columns: {a: integer}, key: a}}\r\n", b"orrery: environment/1\nid: x\ntitle: y\ntables: {t: {columns: {a: integer}, key: a}}\n--- \nfoo: bar\n",
    b"orrery: environment/1\nid: x\ntitle: y\ntables: &t {t: *t}\n", b"[" * 100_000, b"{a: " * 100_000, b"- " * 100_000, b"? " * 50_000, b"&a " * 1000, b"[" * 5000 + b"]" * 5000, b"{\"orrery\":" * 50_000, b"\"" + b"\\u0000" * 10000 + b"\"",
    b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: &h [*g,*g,*g,*g,*g,*g,*g,*g,*g]\norrery: environment/1\nid: x\ntitle: y\ntables: *h\n",
    b"orrery: environment/1\nid: x\ntitle: y\npolicy: {file: .}\ntables: {t: {columns: {a: integer}, key: a}}\n",
    
    b"orrery: environment/1\nid: x\ntitle: y\ntables: {t: {columns: {a: integer}, key: a, rows: {csv: .}}}\n", 
    b"orrery: environment/1\nid: x\ntitle: y\ntables: {t: {columns: {a: integer}, key: a, rows: {query: \"WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM r) SELECT a FROM r\"}}}\n",
    b"orrery: environment/1\nid: x\ntitle: y\ntables: {t: {columns: {a: integer}, key: a, rows: {query: \"WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM r) SELECT max(a) AS a FROM r\"}}}\n",
    b"orrery: environment/1\nid: x\ntitle: y\ntables: {t: {columns: {a: string}, key: a, checks: [\"length(replace(hex(zeroblob(100000)), '0', hex(zeroblob(5000)))) > 0\"], rows: [{a: x}]}}\n",
    b"orrery: environment/1\nid: x\ntitle: y\nclock: {start: 9999-12-31T23:59:59Z, advance: 9223372036854775807}\ntables: {t: {columns: {a: integer}, key: a}}\ntools: {n: {description: d, effect: read, result: {value: \"SELECT :now AS n\"}}}\ntasks: {k: {instruction: i, solution: [{call: n}, {call: n}, {call: n}, {answer: 1}], goal: reference}}\n",
    b"orrery: environment/1\nid: x\ntitle: y\nsequences: {s: {start: 9223372036854775807}}\ntables: {t: {columns: {a: integer}, key: a}}\ntools: {n: {description: d, effect: write, steps: [{next: {b: s}}, {change: \"INSERT INTO t (a) VALUES (:b)\"}]}}\ntasks: {k: {instruction: i, solution: [{call: n}, {call: n}], goal: reference}}\n",
    b"orrery: environment/1\nid: x\ntitle: y\nsequences: {s: {start: -9223372036854775808, format: \"{0}\"}}\ntables: {t: {columns: {a: string}, key: a}}\ntools: {n: {description: d, effect: write, steps: [{next: {b: s}}, {change: \"INSERT INTO t (a) VALUES (:b)\"}]}}\ntasks: {k: {instruction: i, solution: [{call: n}, {call: n}], goal: reference}}\n",
    b"orrery: environment/1\nid: x\ntitle: y\ntables: {t: {columns: {a: integer}, key: a}}\ntools: {n: {description: d, effect: read, arguments: {s: {type: string, pattern: \"^(a+)+$\"}}, result: {value: \"SELECT :s AS s\"}}}\ntasks: {k: {instruction: i, solution: [{call: n, arguments: {s: " + b"a" * 60 + b"!}}], goal: {changes: []}, trivial: true}}\n",
    b"orrery: environment/1\nid: x\ntitle: y\nshapes: {a: {use: b}, b: {use: a}}\nviews: {v: {use: a}}\ntables: {t: {columns: {a: integer}, key: a}}\n", b"orrery: environment/1\nid: x\ntitle: y\nshapes: {a: {object: {x: {use: a}}}}\nviews: {v: {use: a}}\ntables: {t: {columns: {a: integer}, key: a}}\n",
    b"orrery: environment/1\nid: x\ntitle: y\nshapes: {a: {row: SELECT 1 AS b, with: {c: {use: a}}}}\nviews: {v: {use: a}}\ntables: {t: {columns: {a: integer}, key: a}}\n",
    b"orrery: environment/1\nid: x\ntitle: y\ntables:\n  a: {columns: {i: integer, j: {type: integer, references: b.i}}, key: i}\n  b: {columns: {i: integer, j: {type: integer, references: a.i}}, key: i}\n",
]


class JSONNode:
    """Structural mutations of the environment as JSON."""

    def __init__(self, rng):
        self.rng = rng

    @staticmethod
    def paths(value, path=()):
        yield path
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, child in items:
            yield from JSONNode.paths(child, path + (key,))

    @staticmethod
    def at(value, path):
        for key in path:
            value = value[key]
        return value

    def other(self, value):
        """A node of another type, or a wild one of the same."""
        rng = self.rng
        choices = [
            None, True, False, 0, -1, 1, 2**63 - 1, -(2**63), 2**64, 0.5, -0.0, 1e300, 5e-324, "", "x", "\0", "é", "e\u0301", "a" * 3000, "SELECT 1", "SELECT", [], {}, [[]], [None], [1, "a", None], {"": 1}, {"x": None}, {"type": "integer"}, {"any": True}, {"sql": "SELECT 1", "weight": 1e308},
            {"file": "/dev/null"}, {"query": "SELECT 1"}, {"use": "owed"}, {"type": "list"}, {"value": "SELECT 1"}, {"type": "number", "value": 1e308, "tolerance": 1e308}, {"type": "table", "value": [[1]], "ordered": True}, {"type": "set", "value": []},
        ]
        roll = rng.random()
        if roll < 0.7:
            return rng.choice(choices)
        if isinstance(value, dict):
            return rng.choice([list(value), list(value.values()), json.dumps(value), {key: None for key in value}])
        if isinstance(value, list):
            return rng.choice([value * 2, value[::-1], [value], {str(i): item for i, item in enumerate(value)}, value[:1] * 300])
        return rng.choice([[value], {"x": value}, str(value), rng.choice(SQL), (str(value) + " " + rng.choice(SQL))])

    def mutate(self, value):
        rng = self.rng
        value = copy.deepcopy(value)
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            paths = list(self.paths(value))
            # Rows are many and much alike: a path is chosen by its depth first.
            depth = rng.randrange(1, 9)
            path = rng.choice([path for path in paths if len(path) == depth] or paths[1:] or [()])
            if not path:
                return self.other(value)
            parent, key = self.at(value, path[:-1]), path[-1]
            roll = rng.random()
            if roll < 0.5:
                parent[key] = self.other(parent[key])
            elif roll < 0.65:
                del parent[key]
            elif roll < 0.75 and isinstance(parent, list):
                parent.insert(rng.randrange(len(parent) + 1), copy.deepcopy(parent[key]))
            elif roll < 0.88:
                parent[key] = copy.deepcopy(self.at(value, rng.choice(paths)))
            elif isinstance(parent, dict):
                new = rng.choice(["", "x", "a.b", "_x", "now", "actor", "rowid", "SELECT", "a b", "a\"b", "é", "\0", "x" * 2000, rng.choice([str(path[-1]) for path in paths if path])])
                items = [(new if name == key else name, item) for name, item in parent.items()]
                parent.clear()
                parent.update(items)
        return value


class Mutator:
    def __init__(self, text, mutants_only):
        self.text = text
        self.mutants_only = mutants_only
        self.tree = json.loads(json.dumps(yaml.load(text, Loader=yaml.BaseLoader)))
        # BaseLoader gives strings only; the other one gives numbers and dates, of which the dates become text again.
        def plain(value):
            return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime.datetime) else value.isoformat()
        self.typed = json.loads(json.dumps(yaml.safe_load(text), default=plain))
        self.words = sorted(set(re.findall(r"[A-Za-z_][A-Za-z_0-9]*", text)))

    def mutant(self, seed, number):
        """(name of the file, bytes)."""
        if not self.mutants_only and number < len(WHOLE):
            return ("environment.yaml", WHOLE[number])
        rng = random.Random(f"loader:{seed}:{number}")
        roll = rng.random()
        if roll < 0.35:
            value = JSONNode(rng).mutate(self.typed if rng.random() < 0.9 else self.tree)
            indent = rng.choice([None, 1])
            data = json.dumps(value, ensure_ascii=rng.random() < 0.3, indent=indent).encode("utf-8", "surrogatepass")
            if rng.random() < 0.05:
                data = self.noise(rng, data)
            return ("environment.json" if rng.random() < 0.9 else "environment.yaml", data)
        if roll < 0.45:
            # The same mutations, written as YAML by another hand.
            value = JSONNode(rng).mutate(self.typed)
            return ("environment.yaml", yaml.safe_dump(value, allow_unicode=True, sort_keys=False, default_flow_style=rng.choice([None, False, True]), width=rng.choice([40, 1000])).encode("utf-8", "surrogatepass"))
        lines = self.text.split("\n")
        for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
            self.change(rng, lines)
        data = "\n".join(lines).encode("utf-8", "surrogatepass")
        if rng.random() < 0.12:
            data = self.noise(rng, data)
        return ("environment.yaml", data)

    def change(self, rng, lines):
        if not lines:
            return
        i = rng.randrange(len(lines))
        roll = rng.random()
        if roll < 0.08:
            del lines[i: i + rng.choice([1, 1, 1, 2, 5, 30])]
        elif roll < 0.14:
            lines[i:i] = lines[i: i + rng.choice([1, 1, 2, 10])]
        elif roll < 0.2:
            j = rng.randrange(len(lines))
            lines[i], lines[j] = lines[j], lines[i]
        elif roll < 0.28:
            lines[i] = rng.choice([" " + lines[i], "  " + lines[i], lines[i][1:], lines[i][2:], lines[i].lstrip(), "\t" + lines[i], "    " + lines[i]])
        elif roll < 0.4:
            # A token becomes another word of the file.
            tokens = list(re.finditer(r"[A-Za-z_0-9]+|[^\sA-Za-z_0-9]", lines[i]))
            if tokens:
                token = rng.choice(tokens)
                new = rng.choice([rng.choice(self.words), rng.choice(self.words), rng.choice(SCALARS), "", token.group() * 2, rng.choice("{}[],:&*#?|-<>=!%@'\"")])
                lines[i] = lines[i][: token.start()] + new + lines[i][token.end():]
        elif roll < 0.6:
            # A value becomes another.
            match = re.match(r"^(\s*(?:- )?[^:#]+: ?)(.*)$", lines[i])
            if match:
                inner = list(re.finditer(r"(?<=: )[^,{}\[\]]+", match.group(2)))
                if inner and rng.random() < 0.7:
                    part = rng.choice(inner)
                    rest = match.group(2)
                    lines[i] = match.group(1) + rest[: part.start()] + rng.choice(SCALARS) + rest[part.end():]
                else:
                    lines[i] = match.group(1) + rng.choice(SCALARS)
        elif roll < 0.85:
            # SQL: a token is replaced, added or lost in a line that has some.
            candidates = [k for k, line in enumerate(lines) if re.search(r"\b(SELECT|FROM|WHERE|UPDATE|INSERT|DELETE|VALUES|JOIN|checks|check)\b|require:", line)]
            if candidates:
                k = rng.choice(candidates)
                tokens = list(re.finditer(r":?[A-Za-z_0-9]+|'[^']*'|[^\s]", lines[k]))
                token = rng.choice(tokens[1:] or tokens)
                new = rng.choice([rng.choice(SQL), rng.choice(SQL), "", token.group() + " " + rng.choice(SQL), ":" + rng.choice(self.words), rng.choice(self.words)])
                lines[k] = lines[k][: token.start()] + new + lines[k][token.end():]
        elif roll < 0.9:
            lines.insert(i, (len(lines[i]) - len(lines[i].lstrip())) * " " + rng.choice(self.words) + ": " + rng.choice(SCALARS))
        elif roll < 0.95:
            a, b = sorted((rng.randrange(len(lines)), rng.randrange(len(lines))))
            block = lines[a: min(b, a + 30)]
            del lines[a: a + len(block)]
            where = rng.randrange(len(lines) + 1)
            lines[where:where] = block
        else:
            del lines[i:]

    def noise(self, rng, data):
        data = bytearray(data)
        for _ in range(rng.choice([1, 1, 2, 5])):
            i = rng.randrange(len(data) + 1)
            roll = rng.random()
            if roll < 0.4 and i < len(data):
                data[i] = rng.randrange(256)
            elif roll < 0.7:
                data[i:i] = rng.choice([b"\0", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xc2\x85", b"\xe2\x80\xa8", b"\x1b", b"\r", b"\t", b"\"", b"'", b"{", b"[", b"&x ", b"*x ", b"\\", b"\n"])
            elif i < len(data):
                data[i] ^= 1 << rng.randrange(8)
        return bytes(data)


ERROR = re.compile(rb"^(.*?):(\d+):(\d+): error: .", re.M)


def check(binary, path, data):
    """What is wrong with how the program took a file; None if nothing."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen([binary, "check", path], stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        timer = threading.Timer(TIME_LIMIT, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        timer.cancel()
        took = time.monotonic() - start
        output.seek(0)
        errors.seek(0)
        said, complained = output.read(1 << 22), errors.read(1 << 22)
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
    text = (said + b"\n--- standard error:\n" + complained).decode("utf-8", "replace").split("\nRegisters:")[0]
    shown = text if len(text) < 5000 else text[:1500] + "\n...\n" + text[-3500:]
    if took >= TIME_LIMIT:
        return "hang", f"no end within {TIME_LIMIT} seconds\n{shown}"
    if code not in (0, 1):
        return "death", f"exit status {code}\n{shown}"
    if b"Fatal error" in said or b"Fatal error" in complained:
        return "death", f"a fatal error\n{shown}"
    if usage.ru_maxrss * 1024 > MEMORY_LIMIT:
        return "memory", f"{usage.ru_maxrss >> 10} MB of memory\n{shown}"
    found = list(ERROR.finditer(said + b"\n" + complained))
    if code == 1 and not found:
        return "no-place", f"no line FILE:LINE:COLUMN: error:\n{shown}"
    if code == 0 and found:
        return "status", f"status 0 with errors\n{shown}"
    lines = 1 + data.count(b"\n") + data.count(b"\r") + data.count(b"\xc2\x85") + data.count(b"\xe2\x80\xa8") + data.count(b"\xe2\x80\xa9")
    for match in found:
        # Mistakes may also stand in files that the environment names.
        if match.group(1) == path.encode() and not 1 <= int(match.group(2)) <= lines:
            return "line", f"a place outside the file, which has {lines} lines: {match.group().decode('utf-8', 'replace')}\n{shown}"
    try:
        said.decode("utf-8")
    except UnicodeDecodeError:
        return "utf-8", f"the output is not UTF-8\n{shown}"
    return None


def minimise(binary, folder, name, data, kind, seconds=60):
    """Removes lines while the failure stays."""
    deadline = time.monotonic() + seconds
    lines = data.split(b"\n")
    os.makedirs(os.path.join(folder, "smaller"), exist_ok=True)
    path = os.path.join(folder, "smaller", name)
    size = max(1, len(lines) // 2)
    while time.monotonic() < deadline:
        position, smaller = 0, False
        while position < len(lines) and time.monotonic() < deadline:
            rest = lines[:position] + lines[position + size:]
            candidate = b"\n".join(rest)
            with open(path, "wb") as file:
                file.write(candidate)
            failure = check(binary, path, candidate)
            if failure and failure[0] == kind:
                lines, smaller = rest, True
            else:
                position += size
        if size == 1 and not smaller:
            break
        size = max(1, size // 2)
    with open(path, "wb") as file:
        file.write(b"\n".join(lines))
    return path


def main():
    parser = argparse.ArgumentParser(description="Fuzzes the loader.")
    parser.add_argument("binary")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--iterations", type=int, help="stop after this many mutants instead")
    parser.add_argument("--only", type=int, help="check just this mutant, and leave it where it can be looked at")
    parser.add_argument("--environment", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "EnvSpecs", "library.yaml"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--keep-going", action="store_true", help="do not stop at the first failure; print each kind once, by its first lines")
    parser.add_argument("--mutants-only", action="store_true", help="leave out the hand-made files that come first")
    options = parser.parse_args()
    binary = os.path.abspath(options.binary) if os.sep in options.binary else options.binary
    os.environ["SWIFT_BACKTRACE"] = os.environ.get("SWIFT_BACKTRACE", "color=no")
    with open(options.environment, encoding="utf-8") as file:
        mutator = Mutator(file.read(), options.mutants_only)
    folder = tempfile.mkdtemp(prefix="orrery-fuzz-loader-")
    start = time.monotonic()
    good = [0, 0]

    def one(number):
        name, data = mutator.mutant(options.seed, number)
        own = os.path.join(folder, str(number))
        os.mkdir(own)
        path = os.path.join(own, name)
        with open(path, "wb") as file:
            file.write(data)
        return number, name, data, path, check(binary, path, data)

    failures = {}
    count = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        if options.only is not None:
            numbers = [options.only]
        else:
            numbers = range(options.iterations) if options.iterations else range(10**9)
        numbers = iter(numbers)
        waiting = []
        while True:
            ending = (options.only is None and not options.iterations and time.monotonic() - start > options.seconds) or (failures and not options.keep_going)
            while not ending and len(waiting) < 2 * options.jobs:
                number = next(numbers, None)
                if number is None:
                    break
                waiting.append(pool.submit(one, number))
            if not waiting:
                break
            # In order, so that the first failure is the same every time.
            number, name, data, path, failure = waiting.pop(0).result()
            count += 1
            if failure:
                place = re.search(r"at (\S+\.swift:\d+)", failure[1])
                signature = (failure[0], place.group(1) if place else re.sub(r"\d+|/\S*", "#", failure[1])[:90])
                if signature not in failures:
                    failures[signature] = (number, name, data, path, failure)
                    print(f"FAILED [{failure[0]}] at mutant {number} of seed {options.seed}: {failure[1]}\nthe mutant: {path}\n", flush=True)
                    continue
            if options.only is None:
                os.unlink(path)
                os.rmdir(os.path.dirname(path))
    for number, name, data, path, failure in failures.values():
        small = minimise(binary, os.path.dirname(path), name, data, failure[0], 5 if options.keep_going else 60)
        print(f"reproduction: seed {options.seed}, iteration {number}, [{failure[0]}]: {binary} check {small}")
    if failures:
        sys.exit(1)
    if options.only is None:
        os.rmdir(folder)
    print(f"ok: seed {options.seed}, {count} mutants in {time.monotonic() - start:.1f} s")


if __name__ == "__main__":
    main()
