#!/usr/bin/env python3
"""Checks that domains, capabilities and lists of words are valid by their JSON Schema, and that the schema finds mistakes.

usage: check_domain_schema.py SCHEMA FOLDER...

Reads every file below the folders that begins, comments apart, with `orrery: domain/1`, `capability/1` or `words/1`.
Needs PyYAML and jsonschema. The exit status is 1 if a file is not valid, or if the schema accepts one of the mistakes below.
"""

import os
import re
import sys

from check_schema import REMOVED, check

KIND = re.compile(r"\ufeff?(?:\s*#.*\n)*\s*orrery:\s*[\"']?(?:domain|capability|words)/1\b")


def files(folder):
    """The paths of the files below a folder that the schema is for."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(place, name)
            if name.endswith((".yaml", ".yml")):
                with open(path, encoding="utf-8", errors="replace") as file:
                    if KIND.match(file.read()):
                        yield path


# Small files that use every part of the format; `orrery check` finds nothing wrong with the three together.
DOMAIN = """
orrery: domain/1
domain: sample
title: Sample
category: lending
summary: Every part of the format once.
setting: You work at the desk of a town library.
clock: {between: [2025-01-06, 2026-11-20], at: "08:00..10:30 by 15 minutes"}
currency: €
actor: clerk
focus: [member, loan]
parameters: {loan_limit: [2, 3], fine: {money: [0.5, 1]}, notice: {integer: [12, 24]}}
words:
  first: [Ada, Ben, Cleo, Dora, Emil, Fay, Gus, Hana, Ira, Jon, Kim, Lea]
  person: ["{first} Alder", "{first} Birch"]
  title: [Comets, Ferns, Harbours, Lichens, Moths, Otters, Rivers, Tides, 1984]
  remark: torn cover
entities:
  clerk: {person: true, attributes: {name: person}, described: "{name}", count: 2}
  branch:
    about: A place with shelves.
    plural: branches
    noun: branch library
    nouns: branch libraries
    attributes: {name: {enum: [north, south]}}
    described: ["the {name} branch"]
  member:
    person: true
    attributes:
      name: person
      email: {text: "{name|slug}@{first}.example", unique: true, label: e-mail, about: Where they are written to.}
      card: {code: "M-{00000}"}
      level: [basic, gold]
      height: {decimal: 1.5..2.0 by 0.01, unit: m, missing: 20}
      joined: {date: past 8 years on weekdays}
      seen: {datetime: "past 10 days, 09:00..16:30 by 30 minutes", missing: 40}
      balance: {money: 0..0, at_start: "sum(loan.fee for loan: loan.member = member)", new: 0}
      limit: {integer: 1..5 by 2, value: loan_limit}
      debt: {computed: balance * 2}
      barred: {boolean: 10, new: false}
    unique: [email, [name, joined]]
    rules: [balance >= 0]
    described: ["{name}", {say: "the newest {level} member", where: not barred, greatest: joined}]
    count: 6..9
    manage: {add: true, edit: [height], remove: true}
  loan:
    belongs to:
      borrower: member
      member: {entity: member, label: reader, about: Who has it., new: borrower}
      branch: branch?
      helper: {entity: clerk, missing: 40}
      twin: {entity: clerk, value: helper, missing: 10}
    attributes:
      title: {text: title}
      fee: {money: 0..20 by 0.05}
      due: {date: -30..14 days}
      back: {date: 3..21 days after due, missing: 50}
    lifecycle: {open: {weight: 6, when: due >= today}, late: {when: due < today}, returned: 3}
    described: ["{member}'s loan of {title}", {say: the dearest loan, least: fee}]
    count: 1..3 per member
  mark: {belongs to: [loan, "clerk?"], described: ["the mark on {loan}"], count: 0..1 per loan, manage: {edit: clerk}}
verbs:
  lend:
    about: Lends something.
    creates: loan
    given: {member: member, branch: "branch?", title: loan.title, due: {date: next 14 days}, kind: [a, b], until: {like: loan.due}}
    with: {borrower: member, fee: fine}
    let: {open: "count(loan as other: other.member = member and other is open)"}
    requires:
      - {that: open < loan_limit, else: limit_reached, say: "The limit is {loan_limit}.", report: {ask: how many are open, answer: open}}
      - {that: not member.barred, report: member.balance}
      - member.balance <= fine
    effects: ["member.balance += fine"]
    phrase: ["lend {title} to {member} until {due} or {until}, as {a kind}"]
  close:
    given: {loan: loan, note: "remark?"}
    requires: [loan is open or late]
    effects:
      - {set: loan.state = returned, when: loan is open}
      - {create: mark, with: {loan: loan}, as: sign, when: loan is late}
      - {delete: loan, when: loan is late}
      - {each: mark, as: other, where: other.loan = loan, do: [other.clerk = actor, {set: other.clerk = missing}, {delete: other}]}
    phrase: close {loan}
policies:
  late_return: {text: "Nothing is closed within {notice} hours.", forbids: close, when: loan.due < today, report: loan.due}
  gold: {text: Nothing is lent to basic members., forbids: lend, when: member.level = basic,
    report: {ask: which level it is, answer: member.level}}
questions:
  - {ask: "How much does {member} owe?", given: {member: member}, answer: member.balance}
  - ask: Which loans cost less than {amount}?
    given: {amount: {money: 1..5 by 1}}
    answer: {which: loan, as: other, where: other.fee < amount, show: other.title}
  - {ask: Who owes the most?, answer: {which: member, most: member.balance, show: member.name}}
  - {ask: Who owes the least?, answer: {which: member, least: member.balance, show: member.name}}
openers: ["{member} is on the phone."]
sometimes: [member.height, gold]
capabilities:
  - plain
  - sample: {on: member, words: first}
  - {sample: {on: loan}, sometimes: true}
  - {single: branch, sometimes: true}
"""

CAPABILITY = """
orrery: capability/1
capability: sample
about: Every part of the format once.
takes:
  {on: an entity, words: {is: a list of words, default: note_text}, verbs: {is: verbs, optional: true}, share: {is: a share, default: 50}}
parameters: {note_limit: [2, 3]}
words: {note_text: [call back, ring twice, handle with care]}
entities:
  <on>_note:
    belongs to: [<on>]
    attributes: {text: {text: <words>}, written: {date: past 60 days, new: today}, seen: {boolean: <share>, missing: <share>}}
    described: ["the note {text} on {<on>}", {say: "the latest note on {<on>}", greatest: written}]
    count: 0..2 per <on>
verbs:
  add_note_to_<on>:
    creates: <on>_note
    given: {<on>: <on>, text: <on>_note.text}
    with: {seen: false}
    requires: ["count(<on>_note: <on>_note.<on> = <on>) < note_limit"]
    phrase: ["add a note to {<on>}: {text}"]
policies:
  wordy_<on>: {text: No notes on these., forbids: add_note_to_<on>, when: "exists(<on>_note: <on>_note.<on> = <on>)"}
questions:
  - {ask: "How many notes does {<on>} have?", given: {<on>: <on>}, answer: "count(<on>_note: <on>_note.<on> = <on>)"}
openers: ["{<on>} is open."]
sometimes: [wordy_<on>]
extends:
  <on>: {attributes: {nick: {text: given, missing: 50}}, edit: [nick]}
extends verbs:
  <verbs>: {requires: [{that: exists(<on>_note), else: no_notes, say: There are none.}], effects: [delete <on>]}
"""

WORDS = """
orrery: words/1
words:
  given: [Ada, Ben, 7]
  whole: "{given} #"
"""

MEMBER = "entities.member"
ATTRIBUTE = MEMBER + ".attributes"
LOAN = "entities.loan"
HEIGHT = ATTRIBUTE + ".height"
LEND = "verbs.lend"
CLOSE = "verbs.close"
RULE = LEND + ".requires.0"
EFFECT = CLOSE + ".effects"

# Where, and what is put there; each must make the sample invalid.
DOMAIN_MISTAKES = [
    ("orrery", "domain/2"), ("orrery", REMOVED), ("domain", "My Sample"), ("domain", "now"), ("domain", "x" * 49), ("domain", REMOVED),
    ("title", 2024), ("category", REMOVED), ("summary", None), ("setting", ["x"]), ("entities", REMOVED), ("entities", []),
    ("verbs", REMOVED), ("verbz", {}), ("extends", {}), ("clock", None), ("clock.start", "2025-01-06"), ("clock.between", ["2025-01-06"]),
    ("clock.between", ["2025-01-06", "tomorrow"]), ("clock.at", "8:00..10:30"), ("clock.at", "08:00"), ("clock.at", 8), ("currency", 5),
    ("actor", ["clerk"]), ("focus", [1]), ("parameters.Limit", [1]), ("parameters.of", [1]), ("parameters.loan_limit", 2),
    ("parameters.loan_limit", []), ("parameters.loan_limit", [1.5]), ("parameters.fine.integer", [1]), ("parameters.fine", {}),
    ("parameters.fine.money", ["1"]), ("parameters.fine.text", ["a"]), ("words.First", ["Ada"]), ("words.first", []),
    ("words.first", [["Ada"]]), ("words.first", {"en": ["Ada"]}), ("words.first", None), ("entities.Shelf", {}),
    ("entities.<on>_shelf", {}), ("entities.is", {}), ("entities.shelf", None), (MEMBER + ".abuot", "x"), (MEMBER + ".person", "yes"),
    (MEMBER + ".noun", 5), (MEMBER + ".count", -1), (MEMBER + ".count", 1.5), (MEMBER + ".count", "some"), (MEMBER + ".count", "1 .. 3"),
    (MEMBER + ".count", "1..3 each loan"), (MEMBER + ".rules", "balance >= 0"), (MEMBER + ".rules", [""]), (MEMBER + ".unique", "email"),
    (MEMBER + ".unique", [[]]), (MEMBER + ".described", {"say": "x"}), (MEMBER + ".described.1.say", REMOVED),
    (MEMBER + ".described.1.least", "joined"), (MEMBER + ".described.1.wen", "barred"), (MEMBER + ".manage", ["add"]),
    (MEMBER + ".manage.delete", True), (MEMBER + ".manage.add", 1), (ATTRIBUTE, ["name"]), (ATTRIBUTE + ".Name", "person"),
    (ATTRIBUTE + ".not", "person"), (ATTRIBUTE + ".2nd", "person"), (ATTRIBUTE + ".name", 5), (ATTRIBUTE + ".name", None),
    (ATTRIBUTE + ".level", ["basic"]), (ATTRIBUTE + ".level", ["basic", "basic"]), (ATTRIBUTE + ".level", [1, 2]),
    (HEIGHT + ".decimal", REMOVED), (HEIGHT + ".integer", "1..2"), (HEIGHT + ".decimal", "1,5..2"), (HEIGHT + ".decimal", 2),
    (HEIGHT + ".missing", 101), (HEIGHT + ".missing", True), (HEIGHT + ".step", 1), (HEIGHT + ".unit", 5), (HEIGHT + ".value", []),
    (ATTRIBUTE + ".limit.integer", "0.5..2"), (ATTRIBUTE + ".limit.integer", 5), (ATTRIBUTE + ".balance.money", "0..5 by 0.001"),
    (ATTRIBUTE + ".balance.money", "0..5 by 0"), (ATTRIBUTE + ".joined.date", "last 8 years"),
    (ATTRIBUTE + ".joined.date", "past 0 days"), (ATTRIBUTE + ".joined.date", "next 2 fortnights"),
    (ATTRIBUTE + ".joined.date", "1..5 days after"), (ATTRIBUTE + ".seen.datetime", "past 9 days, 9:00..16:30"),
    (ATTRIBUTE + ".seen.datetime", "past 9 days, 09:00..24:00"), (ATTRIBUTE + ".barred.boolean", 101),
    (ATTRIBUTE + ".barred.boolean", True), (ATTRIBUTE + ".card.code", "M-000"), (ATTRIBUTE + ".card.code", "uuid"),
    (ATTRIBUTE + ".email.unique", "yes"), (ATTRIBUTE + ".debt.computed", None), (LOAN + ".belongs to", 5), (LOAN + ".belongs to", [5]),
    (LOAN + ".belongs to.Helper", "clerk"), (LOAN + ".belongs to.helper", ["clerk"]), (LOAN + ".belongs to.helper.entity", REMOVED),
    (LOAN + ".belongs to.helper.unique", True), (LOAN + ".lifecycle", ["open"]), (LOAN + ".lifecycle.Open", 1),
    (LOAN + ".lifecycle.missing", 1), (LOAN + ".lifecycle.lost", -1), (LOAN + ".lifecycle.lost", 1.5), (LOAN + ".lifecycle.lost", None),
    (LOAN + ".lifecycle.open.where", "true"), ("verbs.Close", {"effects": ["delete loan"], "phrase": "x"}),
    ("verbs.renew", {"given": {"loan": "loan"}, "phrase": "renew {loan}"}), (CLOSE + ".effects", []), (CLOSE + ".with", {"loan": "loan"}),
    (CLOSE + ".phrase", REMOVED), (CLOSE + ".phrase", []), (LEND + ".creates", ["loan"]), (LEND + ".given", ["member"]),
    (LEND + ".given.Member", "member"), (LEND + ".given.kind", ["a"]), (LEND + ".let", "open"), (LEND + ".requires", "true"),
    (LEND + ".requires", [["true"]]), (RULE + ".that", REMOVED), (RULE + ".else", "Limit Reached"), (RULE + ".else", "not"),
    (RULE + ".els", "x"), (RULE + ".report", {"answer": "open"}), (RULE + ".report", {"ask": "how many"}), (RULE + ".report.of", "x"),
    (EFFECT + ".0.delete", "loan"), (EFFECT + ".0.as", "x"), (EFFECT + ".0.set", 5), (EFFECT + ".1.create", REMOVED),
    (EFFECT + ".1.with", ["loan"]), (EFFECT + ".1.where", "true"), (EFFECT + ".2.with", {}), (EFFECT + ".3.when", "true"),
    (EFFECT + ".3.do", REMOVED), (EFFECT + ".3.do", []), (EFFECT + ".3.do", [{"create": "mark"}]), (EFFECT, [5]),
    (EFFECT, [{"when": "true"}]), ("policies.Gold", {"text": "x", "forbids": "lend", "when": "true"}), ("policies.gold.text", REMOVED),
    ("policies.gold.forbids", REMOVED), ("policies.gold.forbids", ["lend", "close"]), ("policies.gold.when", REMOVED),
    ("policies.gold.unless", "true"), ("questions", {}), ("questions.0.ask", REMOVED), ("questions.0.answer", REMOVED),
    ("questions.0.answer", ["member.balance"]), ("questions.0", "Who?"), ("questions.1.answer.show", REMOVED),
    ("questions.1.answer.which", REMOVED), ("questions.1.answer.from", "loan"), ("questions.2.answer.least", "member.balance"),
    ("openers", {"member": "x"}), ("sometimes", [5]), ("capabilities", {"plain": {}}), ("capabilities.0", 5),
    ("capabilities.1.single", "member"), ("capabilities.2.sometimes", "yes"), ("capabilities.2.sample", REMOVED),
    ("words.first", [""]), ("entities.sqlite_shelf", {}), (MEMBER + ".plural", "Members"), (MEMBER + ".plural", "sqlite_members"),
    (MEMBER + ".count", 0), (MEMBER + ".count", "0..0"), (MEMBER + ".count", 5000), (MEMBER + ".unique", [["name", "name"]]),
    (MEMBER + ".described", [""]), (ATTRIBUTE + ".level", ["basic", ""]), (ATTRIBUTE + ".debt.missing", 20),
    (ATTRIBUTE + ".debt.new", 0), (LEND + ".let.Now", "today"), (LEND + ".phrase", ""), (RULE + ".else", "unknown_tool"),
    (EFFECT + ".1.as", "Sign"), (EFFECT + ".3.as", "now"), ("questions.2.answer.as", "Other"),
]

# The same for what must stay valid.
DOMAIN_VARIANTS = [
    ("title", REMOVED), ("clock", {}), ("focus", "member"), ("words", None), ("words.truth", [True, False]), ("parameters", None),
    ("verbs", None), ("policies", REMOVED), ("entities.shelf", {}), (MEMBER + ".count", "4"), (MEMBER + ".described", []),
    (MEMBER + ".rules", []), (MEMBER + ".manage", {}), (ATTRIBUTE, None), (ATTRIBUTE + ".level", "first"),
    (ATTRIBUTE + ".joined.date", "next 14 days"), (ATTRIBUTE + ".joined.date", "-30..14 days"),
    (ATTRIBUTE + ".joined.date", "1..2 weeks before due"),
    (ATTRIBUTE + ".seen.datetime", "0..1 day after joined, 09:00..17:00 on weekdays"), (ATTRIBUTE + ".limit.integer", "-3..3"),
    (HEIGHT + ".decimal", "0.5..20.25 by 0.5"), (ATTRIBUTE + ".balance.money", "25..180 by 5"), (HEIGHT + ".missing", 0),
    (HEIGHT + ".new", 1.75), (LOAN + ".belongs to", "member"), (LOAN + ".lifecycle", None), (LOAN + ".lifecycle.open", {}),
    (LEND + ".given", None), (LEND + ".effects", REMOVED), (LEND + ".effects", []), (LEND + ".requires", [True]),
    (CLOSE + ".phrase", ["close {loan}"]), (EFFECT, ["delete loan"]), ("policies.gold.report", REMOVED), ("questions.0.answer", 5),
    ("openers", "{member} is here."), ("sometimes", "gold"), ("capabilities", []), ("capabilities.1", {"plain": None}),
    ("capabilities.1", {"sample": "member"}),
]

CAPABILITY_MISTAKES = [
    ("orrery", "capability/2"), ("capability", REMOVED), ("capability", "Sample"), ("takes", REMOVED), ("takes", ["on"]), ("takes.on", 5),
    ("takes.words.is", REMOVED), ("takes.words.optional", "yes"), ("takes.words.type", "text"), ("category", "testing"), ("clock", {}),
    ("entities.<on>_Note", {}), ("entities.<on", {}), ("extends", ["member"]), ("extends.<on>.unique", ["nick"]),
    ("extends.<on>.attributes.nick.text", REMOVED), ("extends.<on>.edit", 5), ("extends verbs.<verbs>.phrase", "x"),
    ("extends verbs.<verbs>.effects", "delete note"), ("extends verbs.<verbs>.requires.0.else", "No Notes"),
    ("entities.<on>_note.attributes.seen.boolean", "often"), ("extend", {}),
]
CAPABILITY_VARIANTS = [
    ("takes", {}), ("takes", None), ("about", REMOVED), ("extends", None), ("extends verbs", REMOVED), ("entities.<on>", {}),
    ("entities.<on>_note.count", "<count>"), ("entities.<on>_note.attributes.text", {"enum": "<words>"}),
    ("entities.<on>_note.attributes.written.date", "past <days> days"), ("extends verbs.<verbs>", {}),
]

WORDS_MISTAKES = [
    ("orrery", "words/2"), ("words", REMOVED), ("words", ["Ada"]), ("words.given", []), ("words.<given>", ["Ada"]), ("lists", {}),
]
WORDS_VARIANTS = [
    ("words", None), ("words", {}),
]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    paths = [path for folder in sys.argv[2:] for path in files(folder)]
    if not paths:
        sys.exit(f"there is no domain, capability or list of words below {', '.join(sys.argv[2:])}")
    check(
        sys.argv[1],
        paths,
        [
            ("the sample domain", DOMAIN, DOMAIN_MISTAKES, DOMAIN_VARIANTS),
            ("the sample capability", CAPABILITY, CAPABILITY_MISTAKES, CAPABILITY_VARIANTS),
            ("the sample words", WORDS, WORDS_MISTAKES, WORDS_VARIANTS),
        ],
    )


if __name__ == "__main__":
    main()
