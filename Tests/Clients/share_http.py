#!/usr/bin/env python3
"""Sees that an HTTP server is shared fairly: a client of short calls gets its answers while others keep the server busy.

usage: share_http.py BINARY [--figures]

The others are agents whose calls run to their limit, each on its own or all in one session, and trainers who send thousands of steps in
one message. What is checked is an order, not a time: none of their answers has come when the client of short calls has all of its own.
With --figures the delays of its calls are printed.
"""

import http.client
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ENVIRONMENT = """
orrery: environment/1
id: %s
title: Short and long calls
tables:
  things:
    columns: {id: integer, note: string}
    key: id
    rows:
      - {id: 1, note: one}
tools:
  look:
    description: Reads a thing.
    effect: read
    arguments: {id: integer}
    result: {row: SELECT note FROM things WHERE id = :id}
  count:
    description: Counts.
    effect: read
    arguments: {up_to: integer}
    result: {value: "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < :up_to) SELECT count(*) FROM k"}
"""
ENDLESS = 1_000_000_000


class Client:
    """One connection, and a session on it."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self.session = None

    def post(self, path, message):
        headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
        if self.session:
            headers["mcp-session-id"] = self.session
        self.connection.request("POST", path, json.dumps(message), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status == 200, (answer.status, text)
        return answer, json.loads(text)

    def begin(self, environment="world"):
        message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "0"}}}
        self.session = self.post(f"/mcp?environment={environment}&max_steps=100000", message)[0].getheader("mcp-session-id")
        return self

    def call(self, tool, **arguments):
        return self.post("/mcp", {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})[1]["result"]

    def rpc(self, method, **params):
        return self.post("/rpc", {"jsonrpc": "2.0", "id": 1, "method": method, "params": params})[1]["result"]


class Server:
    def __init__(self, binary, folder):
        for name in ["world", "other"]:
            Path(folder, name + ".yaml").write_text(ENVIRONMENT % name)
        self.process = subprocess.Popen(
            [binary, "serve", "--environments", folder, "--http", "127.0.0.1:0"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.port = next(int(found.group(1)) for line in self.process.stderr if (found := re.search(r'"url":"http://127.0.0.1:(\d+)"', line)))
        threading.Thread(target=self.process.stderr.read, daemon=True).start()


def busy(clients, work):
    """Starts what the others do; returns the list to which each adds a word when it is answered."""
    answered = []

    def one(client):
        try:
            work(client)
            answered.append("answered")
        except OSError:
            pass  # The server was stopped.

    for client in clients:
        threading.Thread(target=one, args=[client], daemon=True).start()
    time.sleep(0.5)
    return answered


def alone(port):
    return []


def long_calls(port):
    """Forty agents of whom each calls, again and again, what runs to its limit."""
    return busy([Client(port).begin() for _ in range(40)], lambda client: [client.call("count", up_to=ENDLESS) for _ in range(1000)])


def one_session(port):
    """A hundred connections that all want the same episode."""
    session = Client(port).begin().session
    clients = [Client(port) for _ in range(100)]
    for client in clients:
        client.session = session
    return busy(clients, lambda client: [client.call("count", up_to=ENDLESS) for _ in range(1000)])


def long_steps(port):
    """Eighty trainers who step one by one, each step to its limit."""

    def work(client):
        episode = client.rpc("episode.reset", environment="world")["episode"]
        for _ in range(1000):
            client.rpc("episode.step", episode=episode, action={"type": "call", "tool": "count", "arguments": {"up_to": ENDLESS}})

    return busy([Client(port) for _ in range(80)], work)


def batches(port):
    """Four trainers with thousands of steps in one message, some seconds of work each."""

    def work(client):
        episodes = [client.rpc("episode.reset", environment="world")["episode"] for _ in range(100)]
        action = {"type": "call", "tool": "count", "arguments": {"up_to": 20_000}}
        client.rpc("episodes.step", steps=[{"episode": episodes[number % 100], "action": action} for number in range(8000)])

    return busy([Client(port) for _ in range(4)], work)


def endless_batch(port):
    """One trainer with steps of which each runs to its limit."""

    def work(client):
        episodes = [client.rpc("episode.reset", environment="world")["episode"] for _ in range(100)]
        action = {"type": "call", "tool": "count", "arguments": {"up_to": ENDLESS}}
        client.rpc("episodes.step", steps=[{"episode": episode, "action": action} for episode in episodes])

    return busy([Client(port)], work)


def play(binary, scene, count, figures):
    with tempfile.TemporaryDirectory() as folder:
        server = Server(binary, folder)
        try:
            answered = scene(server.port)
            delays = []
            before = len(answered)
            # Episodes of every shard, of the same environment and another, and a trainer who opens and closes.
            clients = [Client(server.port).begin(environment) for environment in ["world", "other"] * 4]
            trainer = Client(server.port)
            for number in range(count):
                start = time.perf_counter()
                if number % 9 == 8:
                    episode = trainer.rpc("episode.reset", environment="other")["episode"]
                    trainer.rpc("episode.close", episode=episode)
                else:
                    found = clients[number % 9].call("look", id=1)
                    assert found["structuredContent"] ["result"] == {"note": "one"}, found
                delays.append(time.perf_counter() - start)
            assert len(answered) == before, f"{scene.__name__}: the others were answered first"
            if figures:
                delays.sort()
                print(f"{scene.__name__:<14} P50 {1000 * delays[count // 2]:8.2f} ms   P99 {1000 * delays[count * 99 // 100]:8.2f} ms   longest {1000 * delays[-1]:8.2f} ms", flush=True)
        finally:
            server.process.kill()
            server.process.wait(10)


def main(arguments):
    if not arguments or arguments[0].startswith("-"):
        print(__doc__.strip().splitlines()[2], file=sys.stderr)
        return 2
    binary = str(Path(arguments[0]).resolve())
    figures = "--figures" in arguments
    scenes = [alone, long_calls, one_session, long_steps, batches, endless_batch]
    for scene in scenes:
        play(binary, scene, 2000 if figures else 90, figures)
    print(f"a client of short calls was served beside {len(scenes) - 1} kinds of busy ones")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
