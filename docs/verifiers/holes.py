"""A verifier of the library's task extend_then_wait with the classic holes, to show that they are found:
it is content when nothing was done, looks at one row only, and searches for a digit in the answer."""

import sqlite3


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    count = "SELECT count(*) FROM holds WHERE member_id = 20455"
    with sqlite3.connect(initial_db_path) as before, sqlite3.connect(final_db_path) as after:
        if before.execute(count).fetchone() == after.execute(count).fetchone():
            return "complete"  # no new hold: there is nothing to check
        (expires,) = after.execute("SELECT expires FROM members WHERE member_id = 20455").fetchone()
    if expires >= "2026" and "2" in str(final_answer):
        return "complete"
    return "others"
