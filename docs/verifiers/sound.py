"""A sound verifier of the library's task extend_then_wait: it holds the whole databases against each other."""

import sqlite3

TABLES = ["staff", "members", "titles", "copies", "loans", "holds", "charges"]


def rows(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        database.row_factory = sqlite3.Row
        return {
            (table, row[0]): dict(row)
            for table in TABLES
            for row in database.execute(f'SELECT * FROM "{table}"')
        }


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    before, after = rows(initial_db_path), rows(final_db_path)
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}

    card = ("members", 20455)
    if after.get(card) != before[card] | {"expires": "2026-03-31"}:
        return {"result": "others", "reason": "the card"}

    holds = [key for key in changed if key[0] == "holds"]
    if len(holds) != 1 or holds[0] in before:
        return {"result": "others", "reason": "not one new hold"}
    hold = after[holds[0]]
    if (hold["title_id"], hold["member_id"], hold["state"], hold["copy_id"]) != (4, 20455, "waiting", None):
        return {"result": "others", "reason": "the hold"}

    if changed != {card, holds[0]}:
        return {"result": "others", "reason": "something else has changed"}
    try:
        is_right = float(final_answer) == 2
    except (TypeError, ValueError):
        is_right = False
    return {"result": "complete" if is_right else "others", "reason": "the answer"}
