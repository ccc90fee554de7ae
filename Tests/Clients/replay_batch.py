#!/usr/bin/env python3
"""Replays every reference solution of a batch over the stdio protocol: each must earn 1, and doing nothing 0.

usage: replay_batch.py BINARY FOLDER [FOLDER ...]

The solutions are read from the environments' files; nothing of Orrery but the server's lines is used. Exit status 1 if any task fails.
"""

import json
import subprocess
import sys
import threading
from pathlib import Path


def tasks(folder):
    """(environment, task, actions of its solution) for every task below a folder."""
    for path in sorted(Path(folder).glob("*.json")):
        document = json.loads(path.read_bytes())
        if not str(document.get("orrery", "")).startswith("environment/"):
            continue
        for task, definition in document["tasks"].items():
            actions = []
            for step in definition["solution"]:
                if "call" in step:
                    actions.append({"type": "call", "tool": step["call"], "arguments": step.get("arguments", {})})
                else:
                    answer = step["answer"]
                    actions.append({"type": "answer", "content": answer["value"] if isinstance(answer, dict) else answer})
            if not actions or actions[-1]["type"] != "answer":
                actions.append({"type": "answer", "content": "done"})
            yield document["id"], task, actions


class Server:
    """A server to which requests are written ahead, and whose replies are read in order."""

    def __init__(self, binary, folders):
        options = [word for folder in folders for word in ("--environments", folder)]
        self.process = subprocess.Popen([binary, "serve", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def exchange(self, requests):
        """The results of requests, in their order."""
        lines = [json.dumps({"jsonrpc": "2.0", "id": n, "method": method, "params": params}) for n, (method, params) in enumerate(requests)]

        def write():
            self.process.stdin.write(("\n".join(lines) + "\n").encode())
            self.process.stdin.flush()

        writer = threading.Thread(target=write)
        writer.start()
        replies = [json.loads(self.process.stdout.readline()) for _ in lines]
        writer.join()
        for (method, params), reply in zip(requests, replies):
            if "error" in reply:
                sys.exit(f"{method} {json.dumps(params)[:200]}: {reply['error']}")
        return [reply["result"] for reply in replies]


def play(server, all_tasks, idle):
    """The reward of every task: of its solution, or of answering at once."""
    episodes = server.exchange([("episode.reset", {"environment": e, "task": t, "seed": 0}) for e, t, _ in all_tasks])
    names = [episode["episode"] for episode in episodes]
    requests = []
    ends = []
    for name, (_, _, actions) in zip(names, all_tasks):
        for action in [{"type": "answer", "content": "done"}] if idle else actions:
            requests.append(("episode.step", {"episode": name, "action": action}))
        ends.append(len(requests) - 1)
    results = server.exchange(requests)
    rewards = [results[end]["reward"] for end in ends]
    for end, (environment, task, _) in zip(ends, all_tasks):
        if not results[end]["terminated"]:
            sys.exit(f"{environment} {task} has not ended")
    server.exchange([("episode.close", {"episode": name}) for name in names])
    return rewards


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    binary, folders = sys.argv[1], sys.argv[2:]
    everything = [task for folder in folders for task in tasks(folder)]
    if not everything:
        sys.exit("there are no tasks")
    server = Server(binary, folders)
    failures = 0
    calls = 0
    for start in range(0, len(everything), 500):
        part = everything[start : start + 500]
        calls += sum(len(actions) - 1 for _, _, actions in part)
        for idle, wanted in ((False, 1.0), (True, 0.0)):
            for (environment, task, _), reward in zip(part, play(server, part, idle)):
                if reward != wanted:
                    failures += 1
                    print(f"FAILED  {environment} {task}: {'doing nothing' if idle else 'the solution'} earns {reward}")
    server.process.stdin.close()
    server.process.wait()
    if failures:
        sys.exit(1)
    environments = len({environment for environment, _, _ in everything})
    print(f"ok  {len(everything)} tasks of {environments} environments, {calls} calls: every solution earns 1, doing nothing 0")


if __name__ == "__main__":
    main()
