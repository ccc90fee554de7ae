#!/usr/bin/env python3
"""Fuzzes the stdio protocol of `orrery serve`.

One server process gets valid requests and hostile ones, mixed and pipelined, on the environment EnvSpecs/library.yaml. An oracle that
knows only JSON and JSON-RPC predicts which responses every line must get; a model of the episodes predicts digests, step counts and
statuses; a second, undisturbed server says what known-good episodes must answer, byte by byte. See `Invariants` below.

    python3 Tests/Clients/fuzz_protocol.py .build/debug/orrery --seconds 60 --seed 7

The same seed gives the same input, whatever the machine's speed: `--seconds` only says when to stop. On failure the exit status is 1; the
seed, the iteration and the path of a reproduction are printed. A reproduction is fed to a server as it is:

    orrery serve --environments EnvSpecs/library.yaml --workers 3 < REPRODUCTION

Invariants
  1. Every request with an id gets exactly one response, with that id, in order; a notification gets none; every line that is no request
     gets one error with the id null.
  2. Every response is one line of valid UTF-8 and JSON, a valid JSON-RPC response, with one of the documented error codes.
  3. There is never an internal error or an environment_fault.
  4. The process neither ends nor stalls (20 seconds a response).
  5. A refused call leaves the digest as it was; steps are counted; an ended episode takes none.
  6. Known-good episodes give exactly what they give on a server of their own, also through snapshots and forks.
  7. When all episodes are closed, server.stats tells of none.
  8. Resident memory does not grow by more than 20 MB from the middle of the run to its end, with no episode open at either time
     (a long line makes buffers grow once; a leak goes on).
"""
from __future__ import annotations

import argparse
import base64
import collections
import hashlib
import json
import os
import queue
import random
import re
import subprocess
import sys
import tempfile
import threading
import time

LINE_LIMIT = 16 << 20
DEPTH_LIMIT = 64
VALUE_LIMIT = 1_000_000
BATCH_LIMIT = 10_000
MAX_EPISODES = 300
GROWTH_LIMIT = 20 << 20
EPOCH_BURSTS = 40

ERRORS = {
    -32700: "parse_error", -32600: "invalid_request", -32601: "method_not_found", -32602: "invalid_params",
    -32001: "unknown_environment", -32002: "unknown_task", -32003: "unknown_episode", -32004: "episode_ended",
    -32005: "capacity_reached", -32006: "environment_fault", -32007: "invalid_snapshot", -32008: "unknown_view", -32009: "no_task",
    -32010: "line_too_long",
}
METHODS = [
    "server.info", "server.stats", "environments.list", "environments.describe", "episode.reset", "episode.step", "episodes.step",
    "episode.snapshot", "episode.restore", "episode.fork", "episode.changes", "episode.evaluate", "episode.view", "episode.close",
]


class Failure(Exception):
    """An invariant does not hold. `kind` is a short word by which reproductions are recognised."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind = kind


# ---------------------------------------------------------------------------------------------------------------- strict JSON


class NotJSON(Exception):
    pass


def _unique(pairs):
    result = {}
    for name, value in pairs:
        if name in result:
            raise NotJSON("duplicate name")
        result[name] = value
    return result


def _constant(text):
    raise NotJSON(text)


def _float(text):
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise NotJSON("number out of range")
    return value


def _int(text):
    if len(text) > 18:
        if len(text) > 400:
            raise NotJSON("number out of range")
        value = int(text)
        return value if -(1 << 63) <= value < 1 << 63 else _float(text)
    return int(text)


def depth_of(data):
    """The deepest nesting of brackets outside strings."""
    deepest = depth = 0
    for token in re.finditer(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', data, re.S):
        first = token.group()[:1]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest


def count_values(value):
    total, waiting = 0, [value]
    while waiting:
        item = waiting.pop()
        total += 1
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return total


_SURROGATE = re.compile("[\ud800-\udfff]")


def strict_json(data, wire=True):
    """Parses JSON as RFC 8259 has it, with the server's limits."""
    if wire and data.count(b"[") + data.count(b"{") > DEPTH_LIMIT and depth_of(data) > DEPTH_LIMIT:
        raise NotJSON("too deep")
    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_constant, parse_float=_float, parse_int=_int)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError, ValueError) as error:
        raise NotJSON(str(error))
    if text[:1].isspace() and text[0] not in " \t\r\n":
        raise NotJSON("space")
    if b"\\u" in data and re.search(rb"\\u[dD][89a-fA-F]", data) and _has_surrogate(value):
        raise NotJSON("half a surrogate pair")
    if wire and len(data) > VALUE_LIMIT and count_values(value) > VALUE_LIMIT:
        raise NotJSON("too many values")
    return value


def _has_surrogate(value):
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            if _SURROGATE.search(item):
                return True
        elif isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return False


def dumps(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def request(id, method, params=None, **more):
    value = {"jsonrpc": "2.0"}
    if id is not None:
        value["id"] = id
    value["method"] = method
    if params is not None:
        value["params"] = params
    value.update(more)
    return value


# ---------------------------------------------------------------------------------------------------------------- the server


class Process:
    """A server, with threads that read and write so that neither side can block the other."""

    def __init__(self, binary, environment, workers, timeout, backtrace=True):
        self.timeout = timeout
        settings = dict(os.environ) if backtrace else dict(os.environ, SWIFT_BACKTRACE="enable=no")
        command = [binary, "serve", "--environments", environment, "--workers", str(workers), "--max-episodes", str(MAX_EPISODES)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=settings)
        self.lines = queue.Queue()
        self.outgoing = queue.Queue()
        self.errors = collections.deque(maxlen=200)
        for body in (self._read, self._write, self._read_errors):
            threading.Thread(target=body, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def _write(self):
        while True:
            data = self.outgoing.get()
            try:
                if data is None:
                    self.process.stdin.close()
                    return
                self.process.stdin.write(data)
                self.process.stdin.flush()
            except (BrokenPipeError, OSError, ValueError):
                return

    def _read_errors(self):
        for line in self.process.stderr:
            self.errors.append(line[:2000])

    def send(self, data):
        self.outgoing.put(data)

    def receive(self, what):
        try:
            line = self.lines.get(timeout=self.timeout)
        except queue.Empty:
            raise Failure("stall", f"no response within {self.timeout} seconds to {what}")
        if line is None:
            status = self.process.wait(timeout=self.timeout)
            time.sleep(0.3)  # until the last of the standard error is read
            said = b"".join(self.errors).decode("utf-8", "replace")
            fatal = next((text for text in said.splitlines() if "atal error" in text), "")
            raise Failure("death", f"the server ended with status {status} at {what}\n{fatal}\n--- its standard error:\n{said.split('Registers:')[0][:5000]}")
        if not line.endswith(b"\n"):
            raise Failure("shape", f"a response without line end: {line[:300]!r}")
        return line[:-1]

    def expect_silence(self):
        if not self.lines.empty():
            line = self.lines.get()
            if line is not None:
                raise Failure("extra", f"a response that nothing asked for: {line[:400]!r}")

    def end(self):
        """Closes the input; the server must end with status 0."""
        self.send(None)
        try:
            status = self.process.wait(timeout=self.timeout)
        except subprocess.TimeoutExpired:
            raise Failure("stall", "the server did not end with its input")
        if status != 0:
            raise Failure("death", f"the server ended with status {status} at the end of its input")

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def resident(self):
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


# ---------------------------------------------------------------------------------------------------------------- the oracle


class Expectation:
    """What one line of input must be answered with: nothing, one response, or a batch of them."""

    def __init__(self, kind, requests=(), code=None):
        self.kind = kind  # "none", "one", "batch", "error"
        self.requests = list(requests)  # (id or None for null, request or None)
        self.code = code
        self.notifications = []


def _expected_of(value):
    """For one element: (is answered, id, whether it is a request that is carried out)."""
    if not isinstance(value, dict):
        return True, None, False
    has_id = "id" in value
    id = value.get("id")
    if isinstance(id, (bool, list, dict)):
        return True, None, False
    if value.get("jsonrpc") != "2.0" or not isinstance(value.get("method"), str):
        return True, id, False
    return has_id, id, True


def expectation(line):
    if len(line) > LINE_LIMIT:
        return Expectation("error", code=-32010)
    if not line.strip(b" \t\r"):
        return Expectation("none")
    try:
        value = strict_json(line)
    except NotJSON:
        return Expectation("error", code=-32700)
    if isinstance(value, list):
        if not value or len(value) > BATCH_LIMIT:
            return Expectation("error", code=-32600)
        result = Expectation("batch")
        items = value
    else:
        result = Expectation("one")
        items = [value]
    for item in items:
        answered, id, valid = _expected_of(item)
        if answered:
            result.requests.append((id, item if valid else None))
        else:
            result.notifications.append(item)
            result.requests.append((Ellipsis, item))
    if all(id is Ellipsis for id, _ in result.requests):
        result.kind = "none"
    return result


def same_id(a, b):
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return float(a) == float(b) if isinstance(a, float) or isinstance(b, float) else a == b
    return type(a) is type(b) and a == b


class Known:
    """What the model knows of one open episode. None: not known."""

    def __init__(self, digest=None, step=None, status="running", forged=False):
        self.digest, self.step, self.status, self.forged = digest, step, status, forged

    def copy(self):
        return Known(self.digest, self.step, self.status, self.forged)


class Model:
    """The episodes as the responses have told of them."""

    def __init__(self):
        self.episodes = {}
        self.protected = set()  # the names of known-good episodes, which hostile input leaves alone
        self.snapshots = collections.OrderedDict()
        self.tainted = False
        self.greatest = 0
        self.codes = collections.Counter()
        self.answers = 0

    # -- one line

    def take(self, line, expected, what):
        """Checks the response to a line of input; returns the results by id."""
        try:
            value = strict_json(line, wire=False)
        except NotJSON as error:
            raise Failure("invalid-json", f"the response is not JSON ({error}): {clip(line)}\nto {what}")
        if expected.kind == "batch":
            if not isinstance(value, list):
                raise Failure("shape", f"a batch was answered with {clip(line)}\nto {what}")
            wanted = [pair for pair in expected.requests if pair[0] is not Ellipsis]
            if len(value) != len(wanted):
                raise Failure("batch", f"{len(wanted)} responses were due, {len(value)} came: {clip(line)}\nto {what}")
            position = 0
            for id, request in expected.requests:
                if id is Ellipsis:
                    self.notify(request)
                    continue
                self.one(value[position], id, request, None, what)
                position += 1
            return value
        if isinstance(value, list):
            raise Failure("shape", f"a single request was answered with a batch: {clip(line)}\nto {what}")
        id, request = expected.requests[0] if expected.requests else (None, None)
        self.one(value, id, request, expected.code, what)
        return value

    def one(self, value, id, request, code, what):
        if not isinstance(value, dict) or value.get("jsonrpc") != "2.0" or "id" not in value or len(value) != 3:
            raise Failure("shape", f"not a response: {clip(dumps(value))}\nto {what}")
        if not same_id(value["id"], id):
            raise Failure("id", f"the response has the id {value['id']!r:.200}, {id!r:.200} is due: {clip(dumps(value))}\nto {what}")
        if "error" in value:
            number = self.error(value["error"], what)
            if code is not None and number != code:
                raise Failure("code", f"the error {number} came where {code} is due: {clip(dumps(value))}\nto {what}")
            if request is not None:
                self.refused(request, number, what)
            elif code is None and number != -32600:
                raise Failure("code", f"the error {number} came where -32600 is due: {clip(dumps(value))}\nto {what}")
        elif "result" in value:
            if request is None:
                raise Failure("shape", f"a result where an error is due: {clip(dumps(value))}\nto {what}")
            self.carried_out(request, value["result"], what)
        else:
            raise Failure("shape", f"neither a result nor an error: {clip(dumps(value))}\nto {what}")

    def error(self, error, what, forged=False):
        if not isinstance(error, dict) or not isinstance(error.get("message"), str) or not error["message"]:
            raise Failure("shape", f"not an error object: {clip(dumps(error))}\nto {what}")
        number = error.get("code")
        if ERRORS.get(number) is None or error.get("data", {}).get("reason") != ERRORS[number]:
            raise Failure("code", f"an error that is not documented: {clip(dumps(error))}\nto {what}")
        self.codes[ERRORS[number]] += 1
        self.answers += 1
        if number == -32006 and not forged:
            self.fault = error["message"]
        return number

    # -- what requests mean

    def episode_of(self, request):
        params = request.get("params")
        name = params.get("episode") if isinstance(params, dict) else None
        return self.episodes.get(name) if isinstance(name, str) else None

    def notify(self, request):
        method, params = request["method"], request.get("params")
        if not isinstance(params, dict):
            return
        if method in ("episode.reset", "episode.restore", "episode.fork"):
            self.tainted = True
        names = [params.get("episode")]
        if isinstance(params.get("steps"), list):
            names += [step.get("episode") for step in params["steps"] if isinstance(step, dict)]
        for name in names:
            if isinstance(name, str) and name in self.episodes:
                known = self.episodes[name]
                known.digest = known.step = known.status = None
                if method == "episode.close":
                    self.tainted = True

    def refused(self, request, number, what):
        known = self.episode_of(request)
        if number == -32006 and not (known and known.forged):
            raise Failure("fault", f"environment_fault: {self.fault}\nto {what}")
        if number == -32006:
            known.status = "void"
        if number == -32003 and known is not None and not self.tainted:
            raise Failure("lost", f"an open episode is unknown\nto {what}")
        if number == -32004 and known is not None and known.status == "running":
            raise Failure("status", f"a running episode is said to have ended\nto {what}")

    def carried_out(self, request, result, what):
        self.answers += 1
        method, params = request["method"], request.get("params") or {}
        if method not in METHODS:
            raise Failure("shape", f"a result of a method that is none\nto {what}")
        if method == "episode.reset":
            self.opened(result["episode"], Known(result["info"]["digest"], 0), what)
            if result["info"]["step"] != 0 or not isinstance(result["observation"]["policy"], str):
                raise Failure("shape", f"not a reset's result: {clip(dumps(result))}\nto {what}")
        elif method == "episode.step":
            self.stepped(params["episode"], result, what)
        elif method == "episodes.step":
            self.many(params["steps"], result, what)
        elif method == "episode.fork":
            if len(result["episodes"]) != int(params["count"]):
                raise Failure("shape", f"not so many copies\nto {what}")
            for name in result["episodes"]:
                self.opened(name, self.known(params["episode"], what).copy(), what)
        elif method == "episode.snapshot":
            known = self.known(params["episode"], what)
            self.snapshots[result["snapshot"]] = known.copy()
            while len(self.snapshots) > 60:
                self.snapshots.popitem(last=False)
        elif method == "episode.restore":
            text = params["snapshot"]
            self.opened(result["episode"], self.snapshots[text].copy() if text in self.snapshots else Known(forged=True, status=None), what)
        elif method == "episode.changes":
            known = self.known(params["episode"], what)
            if known.digest is not None and known.digest != result["digest"]:
                raise Failure("digest", f"the digest is {result['digest']}, the last step said {known.digest}\nto {what}")
            known.digest = result["digest"]
        elif method == "episode.evaluate":
            self.known(params["episode"], what)
            if not isinstance(result["success"], bool) or not 0 <= result["progress"] <= 1:
                raise Failure("shape", f"not an evaluation: {clip(dumps(result))}\nto {what}")
        elif method == "episode.view":
            self.known(params["episode"], what)
            result["content"]
        elif method == "episode.close":
            self.known(params["episode"], what)
            del self.episodes[params["episode"]]
        elif method == "server.stats":
            self.check_counts(result, what)

    def known(self, name, what):
        if name not in self.episodes:
            if not self.tainted:
                raise Failure("ghost", f"an episode answers that is not open: {name!r}\nto {what}")
            self.episodes[name] = Known(status=None)
        return self.episodes[name]

    def opened(self, name, known, what):
        if not re.fullmatch(r"e[1-9][0-9]*", name) or name in self.episodes:
            raise Failure("shape", f"{name!r} cannot be the name of a new episode\nto {what}")
        self.greatest = max(self.greatest, int(name[1:]))
        self.episodes[name] = known

    def many(self, steps, result, what):
        if len(result["results"]) != len(steps):
            raise Failure("shape", f"{len(steps)} results were due, {len(result['results'])} came\nto {what}")
        for step, item in zip(steps, result["results"]):
            if "error" in item:
                number = self.error(item["error"], what)
                if len(item) != 1:
                    raise Failure("shape", f"an error with other members: {clip(dumps(item))}\nto {what}")
                if isinstance(step, dict):
                    self.refused({"params": step}, number, what)
            else:
                self.stepped(step["episode"], item, what)

    def stepped(self, name, result, what):
        known = self.known(name, what)
        if set(result) != {"observation", "reward", "terminated", "truncated", "info"}:
            raise Failure("shape", f"not a step's result: {clip(dumps(result))}\nto {what}")
        info, observation = result["info"], result["observation"]
        if not isinstance(result["reward"], (int, float)):
            if not known.forged:
                raise Failure("shape", f"the reward is no number: {clip(dumps(result))}\nto {what}")
        if known.status not in ("running", None):
            raise Failure("status", f"an episode that is {known.status} took a step\nto {what}")
        if known.step is not None and info["step"] != known.step + 1:
            raise Failure("status", f"step {info['step']} came after {known.step}\nto {what}")
        if observation["type"] == "error":
            self.codes["call: " + observation["code"]] += 1
            if not isinstance(observation["message"], str) or not isinstance(observation["details"], dict):
                raise Failure("shape", f"not an error's observation: {clip(dumps(result))}\nto {what}")
        if observation["type"] != "result" and known.digest is not None and known.digest != info["digest"]:
            raise Failure("digest", f"what was no call or was refused changed the digest: {clip(dumps(result))}\nto {what}")
        known.digest, known.step = info["digest"], info["step"]
        known.status = "terminated" if result["terminated"] else "truncated" if result["truncated"] else "running"

    def check_counts(self, result, what):
        if self.tainted or any(known.status is None for known in self.episodes.values()):
            return
        running = sum(known.status == "running" for known in self.episodes.values())
        if (result["live"], result["finished"]) != (running, len(self.episodes) - running):
            raise Failure(
                "stats", f"{running} episodes run and {len(self.episodes) - running} have ended, but server.stats says {clip(dumps(result))}\nto {what}")


def clip(data, most=700):
    text = data.decode("utf-8", "replace")
    return text if len(text) <= most else text[: most // 2] + f" ...({len(data)} bytes)... " + text[-most // 2:]


def exchange(process, model, lines, check=None):
    """Sends lines at once and checks the responses to them, in order."""
    process.send(b"".join(line + b"\n" for line in lines))
    for position, line in enumerate(lines):
        expected = expectation(line)
        what = clip(line)
        if expected.kind == "none":
            for _, item in expected.requests:
                model.notify(item)
            continue
        answer = process.receive(what)
        value = model.take(answer, expected, what)
        if check is not None:
            check(position, answer, value)
    # Whoever answered a notification, or twice, is found out by a last request of a known id.
    process.send(dumps(request("end", "server.info")) + b"\n")
    answer = process.receive("server.info")
    if not answer.startswith(b'{"jsonrpc":"2.0","id":"end","result":{"name":"orrery"'):
        raise Failure("extra", f"a response that nothing asked for: {clip(answer)}\nafter {clip(lines[-1])}")


# ---------------------------------------------------------------------------------------------------------------- known-good play


class Golden:
    """An episode with what a server of its own answers: for each operation the bytes of the result."""

    def __init__(self, reset, actions):
        self.reset = reset
        self.actions = actions
        self.results = []
        self.closing = []

    CLOSING = (("episode.changes", {}), ("episode.evaluate", {}), ("episode.view", {"view": "copies_by_state"}),
               ("episode.view", {"view": "borrowers"}), ("episode.snapshot", {}))


def result_bytes(answer):
    return answer[answer.index(b'"result":'):] if b'"result":' in answer else answer


def record(process, golden):
    def ask(method, params):
        process.send(dumps(request(1, method, params)) + b"\n")
        return process.receive(method)

    answer = ask("episode.reset", golden.reset)
    name = strict_json(answer)["result"]["episode"]
    golden.opening = re.sub(rb'"episode":"e\d+"', b"", result_bytes(answer), count=1)
    for action in golden.actions:
        golden.results.append(result_bytes(ask("episode.step", {"episode": name, "action": action})))
    for method, more in Golden.CLOSING:
        golden.closing.append(result_bytes(ask(method, dict(more, episode=name))))
    ask("episode.close", {"episode": name})


class Player:
    """Plays one golden episode on the disturbed server, a few requests a burst."""

    def __init__(self, golden, rng, protected):
        self.golden, self.rng, self.protected = golden, rng, protected
        self.name = None
        self.position = 0
        self.closed = False
        self.snapshot = None
        self.waiting = None

    def next(self, id):
        """The next request, and what to do with its answer."""
        if self.waiting:
            return None
        if self.name is None:
            self.waiting = "reset"
            return request(id, "episode.reset", self.golden.reset)
        if self.snapshot:
            self.waiting = "restore"
            return request(id, "episode.restore", {"snapshot": self.snapshot})
        chance = self.rng.random()
        if chance < 0.08:
            self.waiting = "snapshot"
            return request(id, "episode.snapshot", {"episode": self.name})
        if chance < 0.16:
            self.waiting = "fork"
            return request(id, "episode.fork", {"episode": self.name, "count": self.rng.choice([1, 1, 2])})
        if self.position < len(self.golden.actions):
            self.waiting = "step"
            action = self.golden.actions[self.position]
            if self.rng.random() < 0.3:
                return request(id, "episodes.step", {"steps": [{"episode": self.name, "action": action}]})
            return request(id, "episode.step", {"episode": self.name, "action": action})
        index = self.position - len(self.golden.actions)
        if index < len(Golden.CLOSING):
            self.waiting = "closing"
            method, more = Golden.CLOSING[index]
            return request(id, method, dict(more, episode=self.name))
        self.waiting = "close"
        return request(id, "episode.close", {"episode": self.name})

    def take(self, answer, value):
        waiting, self.waiting = self.waiting, None
        before = self.name
        if "error" in value:
            if value["error"]["code"] == -32005 and waiting in ("reset", "fork", "restore"):
                return
            raise Failure("golden", f"a known-good episode was refused: {clip(answer)}")
        result = value["result"]
        if waiting == "reset":
            self.name = result["episode"]
            self.same(re.sub(rb'"episode":"e\d+"', b"", result_bytes(answer), count=1), self.golden.opening)
        elif waiting == "step":
            if "results" in result:
                got = b'"result":' + result_bytes(answer)[len(b'"result":{"results":['):-3] + b"}"
            else:
                got = result_bytes(answer)
            self.same(got, self.golden.results[self.position])
            self.position += 1
        elif waiting == "closing":
            self.same(result_bytes(answer), self.golden.closing[self.position - len(self.golden.actions)])
            self.position += 1
        elif waiting == "snapshot":
            self.snapshot = result["snapshot"]
        elif waiting == "restore":
            self.name, self.snapshot = result["episode"], None
        elif waiting == "fork":
            self.name = result["episodes"][-1]
        elif waiting == "close":
            self.closed = True
        if self.name != before:
            # What it was forked or restored from stays open and is anybody's.
            self.protected.discard(before)
            self.protected.add(self.name)

    def same(self, got, wanted):
        if got != wanted:
            raise Failure("golden", f"a known-good episode differs\n   alone: {clip(wanted, 2000)}\n  beside: {clip(got, 2000)}")


# ---------------------------------------------------------------------------------------------------------------- the generator

NASTY_TEXT = [
    "", " ", "\0", "a\0b", "Ana\0", "\x01\x1f\x7f", "'", "''", '"', "\\", "`", "; DROP TABLE loans; --", "' OR '1'='1", "' OR 1=1 --", "Robert'); DROP TABLE members;--",
    "%", "_", "%%%%", "[a-z]*", "*" * 50, "a%" * 200, "%_" * 500, ":text", "?1", "$x", "@x", "{name}", "{member_id}", "null", "true", "NaN", "-0", "1e999",
    "\u00e9", "e\u0301", "\u0130", "\u00df", "\ufb01", "\u1e9e", "\u03a3\u03c2", "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\u202e", "\ufeff", "\ufffe", "\uffff", "\U0010ffff", "a" + "\u0301" * 300,
    "\u2028\u2029", "\x85", "\r\n", "\n", "\t", "x" * 10_000, "é" * 5_000, "0" * 400, "2025-02-30", "2025-03-10", "9999-12-31", "0000-00-00", "-2025-01-01", "2025-03-10T09:00:00Z",
    "2025-03-10T25:61:61Z", "+12025-01-01", "H-00031", "H-0003a", "H-00031\n", "H-\u0661\u0661\u0661\u0661\u0661", "{\"a\":1}", "[1,2,3]", "[" * 500, "SELECT * FROM members", "sqlite_master", "load_extension('x')", "<script>", "../../etc/passwd", "e1", "library",
]
NASTY_NUMBERS = [
    0, -0.0, 1, -1, 2, 10, 101, 102, 20417, 0.5, 1.0, 20417.0, 20417.5, 1e15, 1e16, 9007199254740993, 2**31 - 1, 2**31, -(2**31) - 1, 2**53, 2**63 - 1, -(2**63), 2**63, 2**64, -(2**63) - 1,
    1e18, 1e19, 9.223372036854775e18, 9.3e18, -9.3e18, 1e308, -1e308, 5e-324, 1e-320, 12345678901234567890123456789,
]
IDS = {
    "member_id": [20388, 20402, 20417, 20433, 20440, 20455, 20459, 20466, 20471, 20480, 20484, 1], "copy_id": list(range(100, 119)),
    "title_id": list(range(0, 13)), "loan_id": [8961, 8981, 8984, 8985, 8986, 8987, 8988, 8989, 8990, 8991, 8992, 9001, 9002],
    "hold_id": ["H-00031", "H-00034", "H-00036", "H-00037", "H-00038", "H-00040", "H-00041", "H-00042", "H-99999"],
    "charge_id": [671, 688, 690, 694, 695, 697, 699, 701, 702], "text": ["Ana", "an", "Emma", "Left", "Łuk", "a", "岸本", "zz"],
    "subject": ["fantasy", "classics", "FAMILY", "none"], "until": ["2026-03-31", "2025-12-31", "2027-03-10", "2024-01-01"], "due_before": ["2025-03-03", "2025-03-10", "2030-01-01"],
}


class Generator:
    """Makes lines of input. Everything follows from the seed and the responses."""

    def __init__(self, rng, model, tools, tasks, views, without):
        self.rng, self.model, self.tools, self.tasks, self.views, self.without = rng, model, tools, tasks, views, without
        self.serial = 0
        self.snapshots = []

    def id(self):
        self.serial += 1
        roll = self.rng.random()
        if roll < 0.8:
            return self.serial
        if roll < 0.9:
            return f"id-{self.serial}"
        return self.rng.choice([0, -1, 2**63 - 1, -(2**63), 1.5, 1e300, "", "\0", "\u2028", "\"\\", "é", "x" * 500, "\U0001f600", 2**53 + 1, 2**70])

    # -- values

    def json(self, depth=0):
        """Any JSON."""
        roll = self.rng.random()
        if roll < 0.25:
            return self.rng.choice(NASTY_TEXT)
        if roll < 0.5:
            return self.rng.choice(NASTY_NUMBERS)
        if roll < 0.65 or depth > 4:
            return self.rng.choice([None, True, False, [], {}])
        if roll < 0.85:
            return [self.json(depth + 1) for _ in range(self.rng.choice([0, 1, 2, 3, 8]))]
        return {self.rng.choice(NASTY_TEXT + ["type", "tool", "name", "content", "episode"]): self.json(depth + 1) for _ in range(self.rng.choice([0, 1, 2, 4]))}

    def huge_list(self):
        return self.rng.choice([
            lambda: [self.rng.randrange(8900, 9010) for _ in range(10_000)], lambda: list(range(10_000)), lambda: [0] * 10_000,
            lambda: ["x"] * 10_000, lambda: [[i] for i in range(10_000)], lambda: [i + 0.5 for i in range(10_000)],
            lambda: [694, 697] + list(range(10_000)), lambda: [{"a": i} for i in range(10_000)]])()

    def sane(self, name, schema):
        """A value that the schema of an argument accepts, as a rule."""
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = kind[0]
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        if kind == "array":
            base = name[:-1] if name.endswith("ids") else name
            return [self.sane(base, schema.get("items", {})) for _ in range(self.rng.choice([1, 1, 2, 3]))]
        if name in IDS and self.rng.random() < 0.95:
            return self.rng.choice(IDS[name])
        if kind == "boolean":
            return self.rng.random() < 0.5
        if kind in ("integer", "number"):
            return self.rng.randrange(0, 8)
        return self.rng.choice(NASTY_TEXT)

    def hostile(self, name, schema):
        roll = self.rng.random()
        if roll < 0.35:
            return self.rng.choice(NASTY_TEXT)
        if roll < 0.6:
            return self.rng.choice(NASTY_NUMBERS)
        if roll < 0.66:
            return self.huge_list()
        if roll < 0.75:
            base = name[:-1] if name.endswith("ids") else name
            return [self.sane(base, {}), self.json()]
        return self.json()

    def call(self, hostility):
        tool = self.rng.choice(self.tools)
        schema = tool["input_schema"]
        arguments = {}
        for name, part in schema.get("properties", {}).items():
            if name not in schema.get("required", []) and self.rng.random() < 0.5:
                continue
            arguments[name] = self.hostile(name, part) if self.rng.random() < hostility else self.sane(name, part)
        if self.rng.random() < hostility / 3:
            arguments[self.rng.choice(NASTY_TEXT)] = self.json()
        if self.rng.random() < hostility / 3 and arguments:
            arguments.pop(self.rng.choice(list(arguments)))
        name = tool["name"] if self.rng.random() > hostility / 5 else self.rng.choice(NASTY_TEXT + [tool["name"].upper(), tool["name"][:-1]])
        if self.rng.random() < hostility / 10:
            arguments = self.json()
        if self.rng.random() < 0.06:
            return {"type": "call", "tool": "call_tool", "arguments": {"name": name, "arguments": arguments}}
        if self.rng.random() < 0.03:
            return {"type": "call", "tool": "list_tools"}
        return {"type": "call", "tool": name, "arguments": arguments}

    def action(self, hostility):
        roll = self.rng.random()
        if roll < 0.9:
            return self.call(hostility)
        if roll < 0.95:
            return {"type": "message", "content": self.rng.choice(NASTY_TEXT)}
        if roll < 0.975:
            return {"type": "answer", "content": self.json() if hostility else self.rng.choice(["2025-03-31", 9.5, 2, "Mai"])}
        return self.json() if hostility else {"type": "message", "content": "hm"}

    def episode(self):
        names = [name for name in self.model.episodes if name not in self.model.protected]
        running = [name for name in names if self.model.episodes[name].status in ("running", None)]
        if running and self.rng.random() < 0.85:
            return self.rng.choice(running[-40:])
        if names and self.rng.random() < 0.6:
            return self.rng.choice(names)
        return self.rng.choice(["e0", "e1", "e999999999", "e-1", "e+1", "e01", "E1", "", "e", "e9223372036854775807", "e99999999999999999999999", "\0", "e1\0", "é1", "x" * 1000])

    # -- requests

    def method(self, hostility):
        """A method and its parameters."""
        rng = self.rng
        open_count = len(self.model.episodes)
        name = rng.choices(
            ["episode.step", "episodes.step", "episode.reset", "episode.fork", "episode.snapshot", "episode.restore", "episode.evaluate", "episode.view",
             "episode.changes", "episode.close", "server.stats", "server.info", "environments.list", "environments.describe"],
            [50, 8, 8 if open_count < 60 else 1, 4 if open_count < 80 else 0.2, 4, 4 if open_count < 80 else 0.5, 6, 5, 5, 3 if open_count < 30 else 25, 2, 1, 1, 0.4])[0]
        if name == "episode.step":
            return name, {"episode": self.episode(), "action": self.action(hostility)}
        if name == "episodes.step":
            count = rng.choice([0, 1, 2, 5, 20])
            steps = [{"episode": self.episode(), "action": self.action(hostility)} for _ in range(count)]
            if hostility and count and rng.random() < 0.4:
                steps[rng.randrange(count)] = self.json()
            return name, {"steps": steps}
        if name == "episode.reset":
            params = {"environment": "library"}
            if rng.random() < 0.7:
                params["task"] = rng.choice(self.tasks)
            if rng.random() < 0.7:
                params["seed"] = rng.randrange(0, 2**63)
            if rng.random() < 0.6:
                params["options"] = {"max_steps": rng.choice([1, 2, 3, 10, 100, 100_000]), "reward": rng.choice(["binary", "awm", "dense"]), "tools": rng.choice(["all", "meta"])}
            return name, params
        if name == "episode.fork":
            return name, {"episode": self.episode(), "count": rng.choice([1, 1, 2, 3, 5, 1000])}
        if name == "episode.restore":
            known = list(self.model.snapshots)
            return name, {"snapshot": rng.choice(known) if known else "AAAA"}
        if name == "episode.evaluate":
            params = {"episode": self.episode()}
            if rng.random() < 0.6:
                params["answer"] = self.json() if hostility or rng.random() < 0.3 else rng.choice([9.5, 2, "Mai", ["The Summer Book", "Cem Anos de Solidão"], "2025-03-31", "$9.50"])
            return name, params
        if name == "episode.view":
            return name, {"episode": self.episode(), "view": rng.choice(self.views)}
        if name == "environments.describe":
            return name, {"environment": "library"}
        if name == "environments.list":
            return name, {"offset": rng.choice([0, 1, 5]), "limit": rng.choice([0, 1, 100])}
        if name.startswith("server."):
            return name, rng.choice([None, {}])
        return name, {"episode": self.episode()}

    def valid(self):
        return request(self.id(), *self.method(0))

    def hostile_request(self):
        """A request whose JSON is good and whose content is not."""
        rng = self.rng
        value = request(self.id(), *self.method(rng.choice([0.3, 0.6, 1])))
        roll = rng.random()
        params = value.get("params")
        if roll < 0.45 or not isinstance(params, dict):
            return value
        if roll < 0.6 and params:
            params[rng.choice(list(params))] = self.json()
        elif roll < 0.66:
            params[rng.choice(NASTY_TEXT)] = self.json()
        elif roll < 0.71 and params:
            params.pop(rng.choice(list(params)))
        elif roll < 0.75:
            value["params"] = self.json()
        elif roll < 0.79:
            value["method"] = rng.choice(NASTY_TEXT + [value["method"].upper(), value["method"] + "x", "rpc.discover", "constructor"])
        elif roll < 0.83:
            value[rng.choice(["id", "jsonrpc", "method"])] = self.json()
        elif roll < 0.87:
            value[rng.choice(NASTY_TEXT)] = self.json()
        elif roll < 0.93 and value["method"] == "episode.reset":
            params["options"] = rng.choice([self.json(), {"max_steps": rng.choice(NASTY_NUMBERS)}, {"reward": rng.choice(NASTY_TEXT)}, {"tools": self.json()}, {rng.choice(NASTY_TEXT): 1}])
        else:
            for name in ("seed", "count", "offset", "limit", "task", "view", "environment", "answer"):
                if name in params and rng.random() < 0.7:
                    params[name] = rng.choice(NASTY_NUMBERS + NASTY_TEXT)
        return value

    def notification(self):
        rng = self.rng
        value = self.hostile_request() if rng.random() < 0.5 else self.valid()
        # Whoever opens an episode by a notification cannot know its name.
        while value.get("method") in ("episode.reset", "episode.restore", "episode.fork", "episode.close"):
            value = self.valid()
        value.pop("id", None)
        return value

    def element(self):
        roll = self.rng.random()
        if roll < 0.5:
            return self.valid()
        if roll < 0.75:
            return self.hostile_request()
        if roll < 0.88 and "notifications" not in self.without:
            return self.notification()
        return self.json()

    def batch(self):
        rng = self.rng
        roll = rng.random()
        if roll < 0.06:
            return []
        if roll < 0.12:
            return [self.batch()] if rng.random() < 0.5 else [[]]
        if roll < 0.2 and "notifications" not in self.without:
            return [self.notification() for _ in range(rng.choice([1, 2, 5]))]
        if roll < 0.24:
            return [request(i, "server.info") for i in range(rng.choice([1, 100, 1000]))]
        if roll < 0.26:
            return [1] * rng.choice([100, 3000, BATCH_LIMIT + 1])
        if roll < 0.3:
            return [request(self.id(), "server.stats"), self.valid(), request(self.id(), "server.stats")]
        return [self.element() for _ in range(rng.choice([1, 2, 3, 5, 20]))]

    def tampered(self):
        """A restore whose snapshot was changed on the way, or made by someone who can compute the checksum."""
        rng = self.rng
        known = list(self.model.snapshots)
        text = rng.choice(known) if known else "AAAA"
        roll = rng.random()
        if roll < 0.4 or not known:
            position = rng.randrange(len(text))
            text = rng.choice([
                text[:position], text[position:], text[:position] + rng.choice("A_-z09=+/ \0é") + text[position + 1:], text + "A", text + "=", text * 2, text[::-1], "", "A" * 17,
                text[:position] + text[position + 1:], text.lower(), rng.choice(NASTY_TEXT)])
            if text in self.model.snapshots:
                text += "AA"
            return request(self.id(), "episode.restore", {"snapshot": text})
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))[12:]
        state = json.loads(raw.decode())
        if "forgeries" not in self.without:
            self.forge(state)
        raw = dumps(state)
        if rng.random() < 0.1:
            raw = self.mutate(raw)
        text = base64.urlsafe_b64encode(hashlib.sha256(raw).digest()[:12] + raw).decode().rstrip("=")
        return request(self.id(), "episode.restore", {"snapshot": text})

    def forge(self, state):
        rng = self.rng
        name = rng.choice(list(state))
        if name in ("environment",) and rng.random() < 0.8:
            name = "changes"
        if name == "changes" and state["changes"] and rng.random() < 0.8:
            row = rng.choice(state["changes"])
            position = rng.randrange(4)
            row[position] = rng.choice([
                None, 0, 1, 6, -1, 7, 2**40, "", "AA", "AAAA", row[rng.randrange(4)], rng.choice(state["changes"])[position], self.json(),
                base64.urlsafe_b64encode(bytes(rng.randrange(256) for _ in range(rng.randrange(30)))).decode().rstrip("=")])
            if rng.random() < 0.2:
                state["changes"].append(list(row))
        elif name in ("step", "max_steps") or rng.random() < 0.2:
            state[name] = rng.choice(NASTY_NUMBERS)
        elif name == "counters" and isinstance(state["counters"], list):
            state["counters"] = [rng.choice([value, 2**63 - 1, -(2**63), -1, 0, 10**18]) for value in state["counters"]]
        elif name in ("potential", "seed"):
            state[name] = str(rng.choice([0, 2**64 - 1, 0x7FF0000000000000, 0x7FF8000000000000, 0xFFF0000000000000, 2**63, 2**64, -1]))
        elif name == "status":
            state[name] = rng.choice(["running", "terminated", "truncated", "void", "x"])
        elif name == "task":
            state[name] = rng.choice(self.tasks + [None, "x", 1])
        else:
            state[name] = self.json()

    # -- bytes

    def mutate(self, data):
        rng = self.rng
        data = bytearray(data)
        for _ in range(rng.choice([1, 1, 1, 2, 4])):
            if not data:
                break
            position = rng.randrange(len(data))
            roll = rng.random()
            if roll < 0.2:
                data[position] = rng.randrange(256)
            elif roll < 0.35:
                del data[position: position + rng.choice([1, 1, 2, 10])]
            elif roll < 0.5:
                data[position:position] = rng.choice([b"\0", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3", b"\"", b"\\", b"\\u", b"\\ud800", b"\\udc00\\ud800", b"\\u0000", b"{", b"}", b"[", b"]", b",", b":", b"1", b"-", b"e9", b".", b"\x0b", b"\xef\xbb\xbf", b"\xc2\x85", b"NaN", b"null", b"//", b"\x7f", b"\r", b"\t", b"\n"])
            elif roll < 0.6:
                data = data[:position]
            elif roll < 0.7:
                end = min(len(data), position + rng.randrange(1, 30))
                data[position:position] = data[position:end]
            elif roll < 0.8:
                data[position] ^= 1 << rng.randrange(8)
            elif roll < 0.9:
                other = rng.randrange(len(data))
                data[position], data[other] = data[other], data[position]
            else:
                data[position: position + 4] = bytes(rng.randrange(256) for _ in range(4))
        return bytes(data)

    def pathological(self):
        rng = self.rng
        depth = rng.choice([10, 62, 63, 64, 65, 66, 100, 1000, 50_000])
        episode = dumps(self.episode())
        texts = [
            lambda: b"[" * depth, b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth,
            lambda: b'{"jsonrpc":"2.0","id":7,"method":"episode.evaluate","params":{"episode":' + episode + b',"answer":' + b"[" * (depth - 2) + b"]" * (depth - 2) + b"}}",
            lambda: b'{"jsonrpc":"2.0","id":8,"method":"episode.step","params":{"episode":' + episode + b',"action":{"type":"call","tool":"get_member","arguments":{"member_id":' + b'{"a":' * (depth - 4) + b"0" + b"}" * (depth - 4) + b"}}}}",
            lambda: b'{"jsonrpc":"2.0","id":1,"id":2,"method":"server.info"}', b'{"jsonrpc":"2.0","id":1,"method":"server.info","method":"server.stats"}',
            lambda: b'{"jsonrpc":"2.0","id":1,"method":"server.info","params":{"a":1,"\\u0061":2}}', b'{"jsonrpc":"2.0","id":1e400,"method":"server.info"}',
            lambda: b'{"jsonrpc":"2.0","id":' + b"9" * rng.choice([19, 20, 300, 309, 400, 5000, 200_000]) + b',"method":"server.info"}',
            lambda: b'{"jsonrpc":"2.0","id":1e' + b"0" * 5000 + b'1,"method":"server.info"}', b'{"jsonrpc":"2.0","id":0.' + b"1" * 100_000 + b',"method":"server.info"}',
            lambda: b'{"jsonrpc":"2.0","id":-,"method":"server.info"}', b'{"jsonrpc":"2.0","id":01,"method":"server.info"}', b'{"jsonrpc":"2.0","id":1.,"method":"server.info"}',
            lambda: b'{"jsonrpc":"2.0","id":-0,"method":"server.info"}', b'{"jsonrpc":"2.0","id":1e-400,"method":"server.info"}', b'{"jsonrpc":"2.0","id":null,"method":"server.info"}',
            lambda: b'{"jsonrpc":"2.0","id":"\\ud800","method":"server.info"}', b'{"jsonrpc":"2.0","id":"\\ud83d\\ude00","method":"server.info"}', b'{"jsonrpc":"2.0","id":"\\udc00\\ud800","method":"server.info"}',
            lambda: b'{"jsonrpc":"2.0","id":"\xed\xa0\x80","method":"server.info"}', b'{"jsonrpc":"2.0","id":"\x00","method":"server.info"}', b'{"jsonrpc":"2.0","id":"\\u0000","method":"server.info"}',
            b"\x00", b"\x00" * 100, b"\xff\xfe", b"\xef\xbb\xbf{}", b"", b" ", b"\t\r", b"\x0c", b"\x0b", b"\xc2\xa0", b"null", b"true", b"1", b'""', b"{}", b"[]", b"[[]]", b"[1,2]", b"[null]", b'"\\u12"', b"tru", b"-", b"NaN", b"Infinity",
            lambda: b'{"jsonrpc":"2.0","id":3,"method":' + dumps("x" * rng.choice([81, 200, 201, 100_000])) + b"}",
            lambda: b'{"jsonrpc":"2.0","id":3,"method":"' + b"e" + b"\xcc\x81" * rng.choice([100, 50_000]) + b'"}',
            lambda: b'{"jsonrpc":"2.0","id":3,"method":"server.info","params":{' + b",".join(b'"k%d":%d' % (i, i) for i in range(rng.choice([20, 3000]))) + b"}}",
            lambda: b'{"jsonrpc":"2.0","id":3,"method":"episode.step","params":{"episode":' + episode + b',"action":{"type":"call","tool":"find_members","arguments":{' + b",".join(b'"k%d":%d' % (i, i) for i in range(rng.choice([20, 3000]))) + b"}}}}",
            lambda: dumps(request(self.id(), "episode.step", {"episode": self.episode(), "action": {"type": "call", "tool": "find_members", "arguments": {"text": rng.choice(["x", "é", "%", "\0", "\u0130", "a\u0301"]) * rng.choice([1000, 100_000])}}})),
            lambda: dumps(request(self.id(), "episode.step", {"episode": self.episode(), "action": {"type": "call", "tool": "search_titles", "arguments": {"text": "a" * 50_000, "subject": "b" * 50_000}}})),
            lambda: dumps(request(self.id(), "episode.step", {"episode": self.episode(), "action": {"type": "call", "tool": "cancel_hold", "arguments": {"hold_id": rng.choice(["H-", "H-0003", ""]) + rng.choice(["1", "\n", "\0"]) * rng.choice([1, 100_000])}}})),
            lambda: dumps(request(self.id(), "episode.step", {"episode": self.episode(), "action": {"type": "call", "tool": rng.choice(["take_payment", "renew_loans"]), "arguments": {"member_id": 20388, "charge_ids": self.huge_list(), "loan_ids": self.huge_list(), "method": "card"}}})),
            lambda: dumps(request(self.id(), "episode.step", {"episode": self.episode(), "action": {"type": "call", "tool": "take_payment", "arguments": {"member_id": 20388, "charge_ids": self.huge_list(), "method": "card"}}})),
            lambda: dumps(request(self.id(), "episodes.step", {"steps": [{"episode": self.episode(), "action": {"type": "message", "content": "x"}}] * rng.choice([1000, BATCH_LIMIT + 1])})),
            lambda: dumps(request(self.id(), "episode.evaluate", {"episode": self.episode(), "answer": self.huge_list()})),
            lambda: dumps(request(self.id(), "episode.evaluate", {"episode": self.episode(), "answer": rng.choice(["a, b; c\n", "1,", "é ", "$1,250.00", "2025-03-10", "\u0301"]) * 20_000})),
            lambda: dumps(request(self.id(), "episode.restore", {"snapshot": "A" * rng.choice([15, 16, 17, 100_000])})),
        ]
        text = rng.choice(texts)
        return text() if callable(text) else text

    def giant(self):
        """A line of many megabytes."""
        rng = self.rng
        episode = dumps(self.episode())
        step = b'{"jsonrpc":"2.0","id":5,"method":"episode.step","params":{"episode":' + episode + b',"action":'
        return rng.choice([
            lambda: b"x" * (LINE_LIMIT + 1), lambda: b"[" * (LINE_LIMIT + 100), lambda: b'"' + b"y" * (20 << 20), lambda: b"[" * 3_000_000,
            lambda: step + b'{"type":"message","content":"' + b"m" * (LINE_LIMIT - len(step) - 40) + b'"}}}',
            lambda: step + b'{"type":"call","tool":"find_members","arguments":{"text":"' + b"\xc3\xa9" * 4_000_000 + b'"}}}}',
            lambda: step + b'{"type":"call","tool":"find_members","arguments":{"text":"' + b"\\u0000" * 1_000_000 + b'"}}}}',
            lambda: step + b'{"type":"call","tool":"renew_loans","arguments":{"loan_ids":[' + b",".join(b"%d" % i for i in range(300_000)) + b"]}}}}",
            lambda: b"[" + b",".join([b"0"] * 1_100_000) + b"]", lambda: b" " * (LINE_LIMIT), lambda: b"\x00" * (2 << 20),
        ])()

    def touches_protected(self, line):
        """Whether a line names a known-good episode, or one that may become one before the line is read."""
        greatest = self.model.greatest
        return any(
            "e" + digits.decode() in self.model.protected or (len(digits) < 12 and greatest < int(digits) < greatest + 3000)
            for digits in re.findall(rb'"e(\d+)"', line))

    def lines(self):
        """One piece of input; a line feed inside a mutation makes two lines of it."""
        return [line for line in self.line().split(b"\n") if not self.touches_protected(line) and not self.is_left_out(line)]

    def is_left_out(self, line):
        """Whether a mutation made what `--without` excludes."""
        if "batches" not in self.without and "notifications" not in self.without:
            return False
        expected = expectation(line)
        return (expected.kind == "batch" and "batches" in self.without) or (bool(expected.notifications) and "notifications" in self.without)

    def line(self):
        rng = self.rng
        roll = rng.random()
        if roll < 0.46:
            return dumps(self.valid())
        if roll < 0.66:
            return dumps(self.hostile_request())
        if roll < 0.76:
            return self.mutate(dumps(self.valid() if rng.random() < 0.7 else self.hostile_request()))
        if roll < 0.8:
            return bytes(rng.choice([rng.randrange(256), rng.randrange(32, 127)]) for _ in range(rng.choice([1, 3, 20, 300])))
        if roll < 0.86:
            return dumps(self.valid()) if "batches" in self.without else dumps(self.batch())
        if roll < 0.9:
            return dumps(self.valid()) if "notifications" in self.without else dumps(self.notification())
        if roll < 0.94:
            return dumps(self.tampered())
        return self.pathological()


# ---------------------------------------------------------------------------------------------------------------- the run


class Run:
    def __init__(self, options):
        self.options = options
        self.rng = random.Random(f"orrery:{options.seed}")
        self.workers = options.workers or self.rng.choice([1, 2, 3, 5])
        self.model = Model()
        self.log = []  # bursts: lists of lines
        self.iteration = 0
        self.lines = 0
        self.resident = []
        self.process = None

    def start(self):
        options = self.options
        clean = Process(options.binary, options.environment, 1, options.timeout)
        try:
            clean.send(dumps(request(1, "environments.describe", {"environment": "library"})) + b"\n")
            world = strict_json(clean.receive("environments.describe"))["result"]
            self.generator = Generator(
                self.rng, self.model, world["tools"], [task["id"] for task in world["tasks"]], [view["name"] if isinstance(view, dict) else view for view in world["views"]], options.without)
            self.goldens = [self.make_golden() for _ in range(5)]
            for golden in self.goldens:
                record(clean, golden)
            clean.end()
        finally:
            clean.kill()
        self.process = Process(options.binary, options.environment, self.workers, options.timeout)

    def make_golden(self):
        generator = self.generator
        reset = {"environment": "library", "task": self.rng.choice(generator.tasks), "seed": self.rng.randrange(2**40),
                 "options": {"max_steps": 150, "reward": self.rng.choice(["binary", "dense"])}}
        actions = [generator.call(0.1) for _ in range(self.rng.choice([10, 30, 50]))]
        actions = [action for action in actions if isinstance(action["arguments"] if "arguments" in action else {}, dict) and len(dumps(action)) < 2000]
        if self.rng.random() < 0.5:
            actions.append({"type": "answer", "content": self.rng.choice(["2025-03-31", 9.5, 2, "Mai", [1]])})
        return Golden(reset, actions)

    def burst(self, lines, checks=None):
        self.log.append(lines)
        self.lines += len(lines)

        def check(position, answer, value):
            if checks and position in checks:
                checks[position].take(answer, value)

        exchange(self.process, self.model, lines, check)

    def epoch(self, number):
        rng, generator = self.rng, self.generator
        players = []
        for count in range(EPOCH_BURSTS):
            self.iteration += 1
            while len(players) < 4:
                players.append(Player(rng.choice(self.goldens), rng, self.model.protected))
            lines, checks = [], {}
            for _ in range(rng.choice([1, 2, 4, 8, 16])):
                if rng.random() < 0.3:
                    player = rng.choice(players)
                    wanted = player.next(self.iteration * 100 + len(lines))
                    if wanted is not None:
                        checks[len(lines)] = player
                        lines.append(dumps(wanted))
                        continue
                lines.extend(generator.lines())
            if number > 0 and "giants" not in self.options.without and rng.random() < 0.002:
                lines.append(generator.giant())
            self.burst(lines or [b""], checks)
            players = [player for player in players if not player.closed]
        self.close_all()

    def warm_up(self):
        """The largest of everything, so that later growth is a leak and no first use."""
        self.burst([dumps(request(1, "episode.reset", {"environment": "library"}))])
        if "giants" not in self.options.without:
            step = b'{"jsonrpc":"2.0","id":5,"method":"episode.step","params":{"episode":"e1","action":{"type":"message","content":"'
            self.burst([step + b"m" * (LINE_LIMIT - len(step) - 4) + b'"}}}'])
            self.burst([b"x" * (LINE_LIMIT + 1)])
            self.burst([b"[" + b",".join([b"0"] * 999_000) + b"]"])
        if "batches" not in self.options.without:
            self.burst([dumps([request(i, "server.info") for i in range(BATCH_LIMIT)])])

    def close_all(self):
        """Closes every episode, known and unknown, and asks that none is left."""
        names = list(self.model.episodes)
        self.burst([dumps(request(name, "episode.close", {"episode": name})) for name in names] or [b""])
        if self.model.tainted:
            self.model.episodes.clear()
            start = getattr(self, "swept", 1)
            for first in range(start, self.model.greatest + 50, 500):
                last = min(first + 500, self.model.greatest + 50)
                self.log.append([dumps(request(None, "episode.close", {"episode": f"e{i}"})) for i in range(first, last)])
                self.process.send(b"".join(line + b"\n" for line in self.log[-1]))
            self.model.tainted = False
        self.swept = self.model.greatest + 1
        self.model.protected.clear()
        self.model.snapshots.clear()
        results = []
        self.log.append([dumps(request("stats", "server.stats"))])
        exchange(self.process, self.model, self.log[-1], lambda position, answer, value: results.append(value["result"]))
        if results[0]["live"] or results[0]["finished"]:
            raise Failure("stats", f"all episodes are closed, but server.stats says {json.dumps(results[0])}")
        self.resident.append((time.monotonic(), self.process.resident()))

    def last_words(self):
        """A last line without its end is answered, and the end of the input ends the server."""
        self.process.send(dumps(request("last", "server.info")))
        self.process.send(None)
        answer = self.process.receive("the last line, which has no end")
        if b'"id":"last"' not in answer:
            raise Failure("extra", f"not the answer to the last line: {clip(answer)}")
        self.process.end()
        self.process.lines.get(timeout=5)
        said = b"".join(self.process.errors)
        if b"atal error" in said:
            raise Failure("death", said.decode("utf-8", "replace")[-3000:])

    def check_growth(self, start):
        end = self.resident[-1]
        middle = start + (end[0] - start) / 2
        base = next(value for when, value in self.resident if when >= middle)
        self.growth = end[1] - base
        if self.growth > GROWTH_LIMIT:
            curve = ", ".join(f"{value >> 20}" for _, value in self.resident[:: max(1, len(self.resident) // 20)])
            raise Failure("leak", f"resident memory grew by {self.growth >> 20} MB between the middle of the run and its end (MB by epoch: {curve})")

    def go(self):
        options = self.options
        start = time.monotonic()
        try:
            self.start()
            self.warm_up()
            self.close_all()
            begin = time.monotonic()
            number = 0
            while True:
                number += 1
                self.epoch(number)
                if options.iterations and self.iteration >= options.iterations:
                    break
                if not options.iterations and time.monotonic() - start > options.seconds and number >= 4:
                    break
            self.check_growth(begin)
            self.last_words()
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            if not isinstance(error, (KeyError, TypeError)):
                raise
            # The model took a response apart and something was not there.
            import traceback
            raise Failure("shape", f"a result is not of its shape: {traceback.format_exc()[-1500:]}")
        finally:
            if self.process:
                self.process.kill()


def replay(options, workers, bursts, deadline):
    """Feeds bursts to a fresh server; returns the kind of the failure, if there is one."""
    process = Process(options.binary, options.environment, workers, options.timeout, backtrace=False)
    model = Model()
    model.tainted = True  # names of episodes may come from parts that were left out
    try:
        for lines in bursts:
            if time.monotonic() > deadline:
                return None
            exchange(process, model, lines)
        process.end()
    except Failure as failure:
        return failure.kind
    except (KeyError, TypeError):
        return "shape"
    finally:
        process.kill()
    return None


def minimise(options, workers, bursts, kind, seconds=90):
    """Returns fewer bursts with the same kind of failure on a fresh server, or None where a fresh server does not fail."""
    deadline = time.monotonic() + seconds
    bursts = [lines for lines in bursts if lines]
    found, count = None, 1
    while found is None:
        tail = bursts[-count:]
        if replay(options, workers, tail, deadline) == kind:
            found = tail
        elif count >= len(bursts) or time.monotonic() > deadline:
            return None
        count *= 4
    flat = [(index, line) for index, lines in enumerate(found) for line in lines]

    def group(items):
        groups = collections.OrderedDict()
        for index, line in items:
            groups.setdefault(index, []).append(line)
        return list(groups.values())

    size = max(1, len(flat) // 2)
    while time.monotonic() < deadline:
        position, smaller = 0, False
        while position < len(flat) and time.monotonic() < deadline:
            rest = flat[:position] + flat[position + size:]
            if rest and replay(options, workers, group(rest), deadline) == kind:
                flat, smaller = rest, True
            else:
                position += size
        if size == 1 and not smaller:
            break
        size = max(1, size // 2)
    return group(flat)


def main():
    parser = argparse.ArgumentParser(description="Fuzzes the stdio protocol.")
    parser.add_argument("binary")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--iterations", type=int, help="stop after this many bursts instead, to the end of an epoch")
    parser.add_argument("--workers", type=int, help="the server's threads; chosen by the seed if left out")
    parser.add_argument("--environment", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "EnvSpecs", "library.yaml"))
    parser.add_argument("--timeout", type=float, default=20, help="seconds after which a response is overdue")
    parser.add_argument("--without", action="append", default=[], choices=["batches", "notifications", "forgeries", "giants"], help="leave a kind of input out")
    parser.add_argument("--verbose", action="store_true", help="count the errors by code")
    options = parser.parse_args()
    options.binary = os.path.abspath(options.binary) if os.sep in options.binary else options.binary
    run = Run(options)
    start = time.monotonic()
    try:
        run.go()
    except Failure as failure:
        print(f"FAILED [{failure.kind}]: {failure}")
        print(f"seed {options.seed}, iteration {run.iteration}, {run.workers} workers, {run.lines} lines sent")
        small = minimise(options, run.workers, run.log, failure.kind) if failure.kind not in ("golden", "leak") else None
        folder = tempfile.mkdtemp(prefix="orrery-fuzz-protocol-")
        path = os.path.join(folder, f"seed-{options.seed}.jsonl")
        with open(path, "wb") as file:
            for lines in small or run.log:
                file.writelines(line + b"\n" for line in lines)
        count = sum(map(len, small or run.log))
        print(f"reproduction ({'minimal' if small else 'all that was sent'}, {count} lines): {path}")
        if small and count <= 10:
            for lines in small:
                for line in lines:
                    print("   ", clip(line, 400))
        sys.exit(1)
    if options.verbose:
        for code, count in run.model.codes.most_common():
            print(f"{count:9d}  {code}")
    print(
        f"ok: seed {options.seed}, {run.iteration} bursts, {run.lines} lines, {run.model.answers} responses of {run.workers} workers in {time.monotonic() - start:.1f} s;"
        f" memory {run.resident[-1][1] >> 20} MB, {run.growth / (1 << 20):+.1f} MB over the last half")


if __name__ == "__main__":
    main()
