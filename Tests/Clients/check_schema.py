#!/usr/bin/env python3
"""Checks that environments are valid by their JSON Schema, and that the schema finds mistakes.

usage: check_schema.py SCHEMA FILE...

Needs PyYAML and jsonschema. The exit status is 1 if a file is not valid, or if the schema accepts one of the mistakes below.
"""

import copy
import json
import math
import re
import sys

import jsonschema
import yaml

# Where it is there, the library that Orrery reads YAML with; the reader in Python refuses `[vet?]`.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAXIMUM_DEPTH = 256
MAXIMUM_NODES = 2_000_000


def core(text):
    """What a plain scalar means by YAML 1.2's core schema, as Orrery reads it: `yes` and `2025-01-01` are text, and so is 007."""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if re.fullmatch(r"[-+]?0[0-9]+.*", text):
        return text
    if re.fullmatch(r"[-+]?[0-9]+", text) and -(2**63) <= int(text) < 2**63:
        return int(text)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text


def plain(node, depth=0, count=None):
    """The value of a YAML node. Names are text as they are written: `null:` is the name null."""
    count = [0] if count is None else count
    count[0] += 1
    if depth > MAXIMUM_DEPTH or count[0] > MAXIMUM_NODES:
        raise ValueError("the file is nested too deeply or holds too much")
    if isinstance(node, yaml.ScalarNode):
        return node.value if node.style else core(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [plain(child, depth + 1, count) for child in node.value]
    result = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise ValueError(f"line {key.start_mark.line + 1}: a name that is not a plain word")
        if key.value in result:
            raise ValueError(f"line {key.start_mark.line + 1}: the name '{key.value}' occurs twice")
        result[key.value] = plain(value, depth + 1, count)
    return result


def parse(text):
    return plain(yaml.compose(text, Loader=LOADER))


def load(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return json.loads(text) if path.endswith(".json") else parse(text)


# A small environment that uses every part of the format.
SAMPLE = """
orrery: environment/1
id: sample
title: Sample
summary: Every part of the format once.
policy: {file: policy.md}
clock: {start: 2025-03-10T09:00:00Z, advance: 60}
actor: {table: people, key: 1}
sequences: {loan: {start: 9001}, hold: {format: "H-{00000}"}, receipt: {format: uuid}}
sources: {shop: {file: "${SHOP:-shop}/db.json"}}
tables:
  people:
    description: Who is there.
    columns:
      id: integer
      name: {type: string, min_length: 1, max_length: 80, unique: true, check: "name <> ''"}
      born: {type: date, null: true, default: null}
      role: {type: enum, values: [clerk, guest], default: guest, description: What they do.}
      score: {type: number, minimum: 0, maximum: 10.5, default: 1}
      boss: {type: integer, null: true, references: people.id}
    key: id
    unique: [name, [name, born]]
    checks: ["score >= 0", true]
    indexes: [role]
    rows: [{id: 1, name: Ada}]
  pairs:
    columns: {a: integer, b: integer, at: date-time}
    key: [a, b]
    references: [{columns: [a], table: people, to: [id]}]
    rows: {columns: [a, b, at], values: [[1, 2, 2025-03-10T09:00:00Z]]}
  more: {columns: {id: string}, key: id, rows: {csv: more.csv}}
  most: {columns: {id: string, yes: boolean, extra: json}, key: id, rows: {query: "SELECT 'a' AS id, 1 AS yes, :shop AS extra"}}
shapes: {person: {row: "SELECT * FROM people WHERE id = :id", omit_null: true, with: {n: {value: SELECT 1 AS n, types: {n: integer}}}}}
views:
  all: {object: {people: {rows: SELECT * FROM people}, names: {values: SELECT name FROM people}}}
  by_name: {keyed: "SELECT name, id, role FROM people"}
  scores: {pairs: "SELECT name, score FROM people"}
tools:
  look:
    description: Looks.
    effect: read
    arguments:
      id: {type: integer, minimum: 1, maximum: 9, default: 1}
      text: {type: string, required: false, null: true, min_length: 1, max_length: 9, pattern: "^a", format: email}
      ids: {type: list, items: integer, min_items: 1, max_items: 3, unique: true}
      of: {type: object, properties: {kind: {type: enum, values: [a, b]}, when: date}}
    result: {use: person}
  write:
    description: Writes.
    effect: write
    steps:
      - find: SELECT name FROM people WHERE id = 1
        else: {code: not_found, message: "There is no {now}.", details: [now]}
      - {require: true, else: {code: no, message: No.}}
      - {forbid: SELECT 1 AS one, else: {code: no, message: No.}}
      - next: {fresh: loan}
      - change: DELETE FROM people
tasks:
  first:
    instruction: Do it.
    facts: [Something.]
    difficulty: easy
    actor: 1
    solution: [{call: look, arguments: {id: 1}}, {message: Done.}, {answer: 3}]
    goal: reference
    answer: {type: number, value: 3, tolerance: 0.5, weight: 2}
  second:
    instruction: Do that.
    trivial: true
    solution: [{answer: {type: set, value: [1, 2]}}]
    goal:
      changes:
        - {table: people, op: insert, values: {id: {any: true}, name: {text: Bo}, role: {one_of: [clerk, guest]}, score: {within: [1, 2]}}}
        - {table: people, op: update, key: {id: 1}, values: {name: Bo}, weight: 2}
        - {table: people, op: delete, key: {id: 1}}
      allow: [{table: pairs, columns: [at]}]
      assertions: {one: SELECT 1, two: {sql: SELECT 1, weight: 2}}
      answer: {type: table, value: [[1, 2]], ordered: true}
"""

REMOVED = object()
COLUMN = "tables.people.columns.name"
TEXT = "tools.look.arguments.text"
STEP = "tools.write.steps"
GOAL = "tasks.second.goal"

# Where, and what is put there; each must make the sample invalid.
MISTAKES = [
    ("orrery", "environment/2"), ("orrery", REMOVED), ("id", "Not An Id"), ("id", REMOVED), ("title", 2024), ("title", REMOVED),
    ("tables", REMOVED), ("tables", []), ("tabels", {}), ("summary", None), ("policy.text", "x"), ("policy", 1),
    ("clock.start", "tomorrow"), ("clock.start", REMOVED), ("clock.advance", -1), ("clock.advance", 1.5), ("clock.zone", "UTC"),
    ("actor.key", REMOVED), ("actor.key", [1]), ("actor.row", 1), ("sequences.loan", 9001), ("sequences.loan.format", "L-000"),
    ("sequences.loan.start", -1), ("sequences.2nd", {}), ("sources.shop.file", REMOVED), ("sources.shop.url", "x"),
    ("tables.people.key", REMOVED), ("tables.people.key", []), ("tables.people.columns", REMOVED), ("tables.people.colums", {}),
    ("tables.two words", {"columns": {"a": "integer"}, "key": "a"}), ("tables.sqlite_x", {"columns": {"a": "integer"}, "key": "a"}),
    ("tables.people.columns.two words", "string"), ("tables.people.columns.id", "int"), ("tables.people.columns.id", "enum"),
    ("tables.people.columns.id", None), (COLUMN + ".type", REMOVED), (COLUMN + ".type", "text"), (COLUMN + ".nul", True),
    (COLUMN + ".null", "yes"), (COLUMN + ".minimum", 1), (COLUMN + ".values", ["a"]), (COLUMN + ".references", "people"),
    (COLUMN + ".references", "a.b.c"), (COLUMN + ".default", 1), (COLUMN + ".default", None), (COLUMN + ".min_length", -1),
    ("tables.people.columns.role.values", REMOVED), ("tables.people.columns.role.values", []),
    ("tables.people.columns.role.values", [1]), ("tables.people.columns.score.minimum", "0"),
    ("tables.people.columns.score.max_length", 3), ("tables.people.columns.score.default", "1"), ("tables.people.columns.born.default", "tomorrow"),
    ("tables.people.unique", "name"), ("tables.people.checks", "score >= 0"), ("tables.people.rows", "all"),
    ("tables.people.rows", [1]), ("tables.pairs.references.0.to", REMOVED), ("tables.pairs.rows.values", REMOVED),
    ("tables.pairs.rows.columns", REMOVED), ("tables.pairs.rows.csv", "x.csv"), ("tables.pairs.rows.values", [1]),
    ("tables.more.rows.file", "x"), ("shapes.person.rows", "SELECT 1"), ("shapes.person.row", REMOVED),
    ("shapes.person.types", {"n": "enum"}), ("shapes.person.types", {"n": "int"}), ("shapes.person.omit_nulls", True),
    ("views.all.with", {}), ("views.scores.omit_null", True), ("views.by_name.keyed", []),
    ("tools.look.description", REMOVED), ("tools.look.effect", REMOVED), ("tools.look.effect", "reads"), ("tools.look.returns", {}),
    ("tools.call_tool", {"description": "", "effect": "read"}), ("tools.2x", {"description": "", "effect": "read"}),
    ("tools.look.arguments", []), ("tools.look.arguments.id.type", REMOVED), ("tools.look.arguments.id", "int"),
    ("tools.look.arguments.id", "list"), ("tools.look.arguments.id.minimum", 1.5), ("tools.look.arguments.id.pattern", "x"),
    ("tools.look.arguments.id.required", True), ("tools.look.arguments.id.default", "x"), ("tools.look.arguments.id.default", None),
    (TEXT + ".minimum", 1), (TEXT + ".format", "mail"), (TEXT + ".values", ["x"]), (TEXT + ".items", "string"),
    (TEXT + ".max_length", -1), ("tools.look.arguments.ids.items", REMOVED), ("tools.look.arguments.ids.items.min", 3),
    ("tools.look.arguments.of.properties", REMOVED), ("tools.look.arguments.of.properties.kind.values", REMOVED),
    (STEP, {}), (STEP + ".0.require", True), (STEP + ".0.find", REMOVED), (STEP + ".0.otherwise", {}), (STEP + ".1.else", REMOVED),
    (STEP + ".2.else", REMOVED), (STEP + ".3.else", {"code": "no", "message": "No."}), (STEP + ".3.next", {}),
    (STEP + ".3.next", {"a": "loan", "b": "loan"}), (STEP + ".0.else.code", "Not Found"), (STEP + ".0.else.code", "unknown_tool"),
    (STEP + ".0.else.code", REMOVED), (STEP + ".0.else.message", REMOVED), (STEP + ".0.else.message", "no {name"),
    (STEP + ".0.else.details", "now"), ("tasks.First", {"instruction": "x", "goal": {}}), ("tasks.first.instruction", REMOVED),
    ("tasks.first.goal", REMOVED), ("tasks.first.goal", "solution"), ("tasks.first.goal", None), ("tasks.first.solution", REMOVED),
    ("tasks.first.facts", "x"), ("tasks.first.actor", [1]), ("tasks.first.difficulty", {}), ("tasks.first.trivial", 1),
    ("tasks.first.solution.0.message", "x"), ("tasks.first.solution.0.arguments", [1]), ("tasks.first.solution.1.arguments", {}),
    ("tasks.first.solution.2.answer", None), ("tasks.first.solution.2.answer", {"value": 1}),
    ("tasks.second.solution.0.answer.type", "bag"), ("tasks.first.answer.type", REMOVED), ("tasks.first.answer.value", REMOVED),
    ("tasks.first.answer.value", "3"), ("tasks.first.answer.ordered", True), ("tasks.first.answer.weight", 0),
    ("tasks.first.answer.tolerance", -1), (GOAL + ".answer.tolerance", 1), (GOAL + ".answer.value", [1]), (GOAL + ".change", []),
    (GOAL + ".changes", {}), (GOAL + ".changes.0.key", {"id": 1}), (GOAL + ".changes.0.op", "add"), (GOAL + ".changes.0.op", REMOVED),
    (GOAL + ".changes.0.values.id", {"some": 1}), (GOAL + ".changes.0.values.id", {"any": True, "text": "x"}),
    (GOAL + ".changes.0.values.id", {"any": False}), (GOAL + ".changes.0.values.id", {"within": [1]}),
    (GOAL + ".changes.1.key", REMOVED), (GOAL + ".changes.1.values", REMOVED), (GOAL + ".changes.2.values", {}),
    (GOAL + ".changes.1.weight", 0), (GOAL + ".allow.0.table", REMOVED), (GOAL + ".allow.0.rows", []),
    (GOAL + ".assertions.two.sql", REMOVED), (GOAL + ".assertions.one", []), ("tasks", []), ("tasks", {"file": "x", "import": "tau3"}),
    ("tasks", {"file": "x", "first": {}}),
]

# The same for what must stay valid.
VARIANTS = [
    ("policy", "Be kind."), ("actor.key", "ada"), ("sequences.loan", {}), ("tables.people.rows", []), ("tables.people.rows", REMOVED),
    ("tables.people.columns.name.null", True), ("tables.people.columns.null", "string"), ("tables.people.columns.score.default", 2),
    ("tools.look.arguments", None), ("tools.look.result", REMOVED), ("tools.look.arguments.id", "date-time"), ("tasks", None),
    ("tasks", {"file": "tasks.yaml"}), ("tasks", {"import": "tau2", "file": "tasks.json"}), ("tasks", REMOVED),
    ("tasks.file", {"instruction": "x", "goal": {}}), ("tasks.second.goal", {}), ("tasks.second.solution", REMOVED),
    ("tasks.first.solution.2.answer", [1, 2]), ("tasks.first.solution.2.answer", "text"), ("clock.start", "2025-03-10 09:00:00+01:00"),
    (GOAL + ".answer", {"type": "mentions", "value": "x"}), (GOAL + ".answer", {"type": "text", "value": ["a", "b"]}),
    (GOAL + ".changes.0.values.id", None), (GOAL + ".changes.0.values.id", [1]),
]


def changed(document, path, value, short=None):
    """The document with a value at a path. Where one member may stand for a mapping, `short` is its name."""
    result = copy.deepcopy(document)
    *parents, last = path.split(".")
    place = result
    for name in parents:
        name = int(name) if isinstance(place, list) else name
        if short and not isinstance(place[name], (dict, list)):
            place[name] = {short: place[name]}
        place = place[name]
    last = int(last) if isinstance(place, list) else last
    if value is REMOVED:
        del place[last]
    else:
        place[last] = value
    return result


def check(schema, paths, samples, short=None):
    """Checks files by a schema, and the schema by samples, each with its name, its text, mistakes in it, and what must stay valid.

    Prints what is found; the program ends with the status 1 if anything is wrong.
    """
    with open(schema, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failures = 0

    def fail(message):
        nonlocal failures
        failures += 1
        print(f"FAILED  {message}")

    for path in paths:
        try:
            document = load(path)
        except (ValueError, yaml.YAMLError) as error:
            fail(f"{path}: {error}")
            continue
        errors = sorted(validator.iter_errors(document), key=lambda error: [str(part) for part in error.absolute_path])
        for error in errors:
            deepest = jsonschema.exceptions.best_match([error])
            fail(f"{path}: {'.'.join(map(str, deepest.absolute_path))}: {deepest.message[:300]}")
        if not errors:
            print(f"ok  {path}")
    for name, text, mistakes, variants in samples:
        document = parse(text)
        for error in validator.iter_errors(document):
            fail(f"{name}: {'.'.join(map(str, error.absolute_path))}: {error.message[:300]}")
        for path, value in mistakes:
            if validator.is_valid(changed(document, path, value, short)):
                fail(f"a mistake is accepted: {path} {'removed' if value is REMOVED else json.dumps(value)}")
        for path, value in variants:
            for error in validator.iter_errors(changed(document, path, value, short)):
                fail(f"a variant is refused: {path} {'removed' if value is REMOVED else json.dumps(value)}: {error.message[:300]}")
    if failures:
        sys.exit(1)
    refused = sum(len(mistakes) for _, _, mistakes, _ in samples)
    print(f"ok  {refused} mistakes refused, {sum(len(variants) for _, _, _, variants in samples)} variants accepted")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    # `integer` is short for {type: integer}.
    check(sys.argv[1], sys.argv[2:], [("the sample", SAMPLE, MISTAKES, VARIANTS)], short="type")


if __name__ == "__main__":
    main()
