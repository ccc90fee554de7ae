#!/usr/bin/env python3
"""Replays the τ² retail reference solutions and compares with what the reference implementation did.

usage: replay_tau2.py BINARY [DATA]

DATA is the folder with retail/expected.jsonl (default: $ORRERY_TAU2_DATA, else ../shared/data/tau2 beside the repository). Every
returned value, every refusal and every final state (the unrounded digest of the view `database`) must be the same, by the rules of
COMPARING.md there. Exits with 1 and the differences, or with 0 and "skipped" where the data are not there.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def canonical(value):
    if isinstance(value, dict):
        members = sorted((name, each) for name, each in value.items() if each is not None)
        return "{" + ",".join(json.dumps(name, ensure_ascii=False) + ":" + canonical(each) for name, each in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(each) for each in value) + "]"
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else repr(value)
    return json.dumps(value, ensure_ascii=False)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Server:
    def __init__(self, binary, data):
        command = [binary, "serve", "--environments", "EnvSpecs/tau2-retail.yaml"]
        environment = dict(os.environ, ORRERY_TAU2_DATA=str(data))
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def call(self, method, **params):
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        self.process.stdin.write((json.dumps(request) + "\n").encode())
        self.process.stdin.flush()
        response = json.loads(self.process.stdout.readline())
        if "error" in response:
            raise SystemExit(f"{method}: {response['error']}")
        return response["result"]


def is_same(call, observation):
    if not call["ok"]:
        return observation["type"] == "error" and observation["message"] == call["error"]
    if observation["type"] != "result":
        return False
    text = canonical(observation["content"])
    if "value" in call:
        return text == canonical(call["value"])
    return (digest(text), len(text)) == (call["value_sha256"], call["value_chars"])


def main(arguments):
    if not arguments:
        print(__doc__.strip().splitlines()[2], file=sys.stderr)
        return 2
    data = Path(arguments[1] if len(arguments) > 1 else os.environ.get("ORRERY_TAU2_DATA") or ROOT.parent / "shared/data/tau2")
    if not (data / "retail/expected.jsonl").exists():
        print(f"skipped: the τ² data are not at {data}; the README says how to get them")
        return 0
    server = Server(arguments[0], data)
    differences, tasks, calls = [], 0, 0
    for line in (data / "retail/expected.jsonl").open(encoding="utf-8"):
        task = json.loads(line)
        tasks += 1
        episode = server.call("episode.reset", environment="tau2-retail", task=task["id"])["episode"]
        for call in task["calls"]:
            calls += 1
            action = {"type": "call", "tool": call["name"], "arguments": call["arguments"]}
            observation = server.call("episode.step", episode=episode, action=action)["observation"]
            if not is_same(call, observation):
                differences.append(f"task {task['id']}: {call} gave {str(observation)[:300]}")
        state = digest(canonical(server.call("episode.view", episode=episode, view="database")["content"]))
        if state != task["state_sha256"]:
            differences.append(f"task {task['id']}: the final state differs")
        if not server.call("episode.evaluate", episode=episode)["success"]:
            differences.append(f"task {task['id']}: the goal is not met")
        server.call("episode.close", episode=episode)
    server.process.stdin.close()
    if server.process.wait() != 0:
        differences.append("the server left with an error")
    for difference in differences[:20]:
        print(difference)
    print(f"{tasks} tasks, {calls} calls, {len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
