#!/usr/bin/env python3
"""Loads the doors of HTTP from another process, beside a FastAPI + SQLAlchemy + fastapi-mcp server of the same tools, in one run.

usage: http_load.py BINARY [--sessions 2000] [--seconds 8]

Every session makes the same three reading calls in turn. The load on requests is made by wrk (a Debian package), one thread; that on sockets
by a loop of our own, which takes more of the machine. Needs the packages of Benchmarks/peers/requirements.txt.
"""

import datetime
import http.client
import json
import os
import re
import selectors
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
CALLS = [("find_members", {"text": "an"}), ("get_member", {"member_id": 20417}), ("list_copies", {"title_id": 2})]

LUA = """
local lines, n = {}, 0
for line in io.lines(os.getenv("REQUESTS")) do n = n + 1; lines[n] = line end
local at, id = 0, 10
wrk.method = "POST"
function request()
    at = at % n + 1
    local session, body = lines[at]:match("^(%S*)\\t(.*)$")
    local headers = {["content-type"] = "application/json", ["accept"] = "application/json, text/event-stream"}
    if session ~= "-" then headers["mcp-session-id"] = session; headers["mcp-protocol-version"] = "2025-11-25" end
    id = id + 1
    return wrk.format(nil, nil, headers, (body:gsub('"id": 2', '"id": ' .. id, 1)))
end
"""


def post(port, path, message, session=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    if session:
        headers |= {"mcp-session-id": session, "mcp-protocol-version": "2025-11-25"}
    connection.request("POST", path, json.dumps(message), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    if text.startswith(("event:", "data:")):
        text = text.split("data:", 1)[1]
    return answer, json.loads(text) if text.strip() else None


def sessions(port, count, query=""):
    tokens = []
    for number in range(count):
        answer, body = post(port, "/mcp" + query, {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "load", "version": "0"}}})
        assert answer.status == 200, body
        tokens.append(answer.getheader("mcp-session-id"))
        post(port, "/mcp", {"jsonrpc": "2.0", "method": "notifications/initialized"}, tokens[-1])
    return tokens


def tool_call(tool, arguments):
    return {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def load(folder, port, path, requests, connections, seconds):
    """Runs wrk; returns calls a second, and the 50th and 99th percentile in milliseconds."""
    script, lines = Path(folder) / "load.lua", Path(folder) / "requests.tsv"
    script.write_text(LUA)
    lines.write_text("".join(f"{session or '-'}\t{json.dumps(message)}\n" for session, message in requests))
    run = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency", "-s", str(script), f"http://127.0.0.1:{port}{path}"],
        capture_output=True, text=True, env=os.environ | {"REQUESTS": str(lines)})
    text = run.stdout
    if "Non-2xx" in text:
        raise AssertionError("some calls were refused:\n" + text)
    rate = float(re.search(r"Requests/sec:\s*([\d.]+)", text).group(1))

    def percentile(which):
        value, unit = re.search(rf"{which}%\s+([\d.]+)(us|ms|s)\b", text).groups()
        return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]

    return rate, percentile(50), percentile(99)


def frame(message):
    """A client's text frame. The mask is zero, which spares the loop the masking."""
    data = json.dumps(message).encode()
    size = len(data)
    return (bytes([0x81, 0x80 | size]) if size < 126 else b"\x81\xfe" + size.to_bytes(2)) + bytes(4) + data


class Socket:
    """One socket to OpenEnv's door, with at most one frame on its way."""

    def __init__(self, port):
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.connection.sendall(
            b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n")
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.connection.recv(1)
        assert b" 101 " in head, head
        self.received = b""
        self.turn = 0
        self.connection.sendall(frame({"type": "reset", "data": {"task": "lend_to_ana", "max_steps": 100000}}))
        while not (answer := self.answer()):
            pass
        assert answer.startswith(b'{"type":"observation"'), answer

    def answer(self):
        """The answer's text, if all of it is there."""
        self.received += self.connection.recv(65536)
        if len(self.received) < 2:
            return None
        head, size = 2, self.received[1]
        if size >= 126:
            head += 2 if size == 126 else 8
            size = int.from_bytes(self.received[2:head])
        if len(self.received) < head + size:
            return None
        text, self.received = self.received[head:head + size], b""
        return text

    def step(self, frames):
        self.connection.send(frames[self.turn % len(frames)])
        self.turn += 1
        self.sent = time.perf_counter()


def load_sockets(port, count, seconds):
    """Lets sockets step, each as fast as it is answered; returns the same as load()."""
    frames = [frame({"type": "step", "data": {"type": "call_tool", "tool_name": tool, "arguments": arguments}}) for tool, arguments in CALLS]
    sockets = [Socket(port) for _ in range(count)]
    selector = selectors.DefaultSelector()
    for own in sockets:
        selector.register(own.connection, selectors.EVENT_READ, own)
    delays = []
    start = time.perf_counter()
    for own in sockets:
        own.step(frames)
    while time.perf_counter() - start < seconds:
        for key, _ in selector.select(1):
            answer = key.data.answer()
            if answer is None:
                continue
            delays.append(time.perf_counter() - key.data.sent)
            assert b'"error":null' in answer, answer
            key.data.step(frames)
    rate = len(delays) / (time.perf_counter() - start)
    for own in sockets:
        own.connection.close()
    delays.sort()
    return rate, 1000 * delays[len(delays) // 2], 1000 * delays[len(delays) * 99 // 100]


def show(what, figures):
    print(f"{what:<58} {figures[0]:>9,.0f} calls/s   P50 {figures[1]:>8.2f} ms   P99 {figures[2]:>8.2f} ms", flush=True)


def orrery(binary, folder, count, seconds):
    command = [binary, "serve", "--environments", str(ROOT / "EnvSpecs/library.yaml"), "--http", "127.0.0.1:0"]
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        port = next(int(found.group(1)) for line in server.stderr if (found := re.search(r'"url":"http://127.0.0.1:(\d+)"', line)))
        tokens = sessions(port, count, "?task=lend_to_ana&max_steps=100000")
        calls = [(token, tool_call(*CALLS[turn])) for turn in range(3) for token in tokens]
        _, body = post(port, "/mcp", calls[count][1], tokens[0])
        expected = body["result"]["structuredContent"]["result"]
        figures = load(folder, port, "/mcp", calls, count, seconds)
        show(f"Orrery, /mcp, {count} sessions on as many connections", figures)
        few = load(folder, port, "/mcp", calls[:64] + calls[count:count + 64] + calls[2 * count:2 * count + 64], 64, seconds)
        show("Orrery, /mcp, 64 sessions on as many connections", few)
        episodes = [post(port, "/rpc", {"jsonrpc": "2.0", "id": 1, "method": "episode.reset", "params": {
            "environment": "library", "task": "lend_to_ana", "options": {"max_steps": 100000}}})[1]["result"]["episode"] for _ in range(count)]
        steps = [(None, {"jsonrpc": "2.0", "id": 2, "method": "episode.step", "params": {
            "episode": episode, "action": {"type": "call", "tool": tool, "arguments": arguments}}}) for tool, arguments in CALLS for episode in episodes]
        show(f"Orrery, /rpc, {count} episodes on as many connections", load(folder, port, "/rpc", steps, count, seconds))
        show(f"Orrery, /ws, {count} sockets", load_sockets(port, count, seconds))
        show("Orrery, /ws, 64 sockets", load_sockets(port, 64, seconds))
        memory = int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{server.pid}/status").read_text()).group(1)) >> 10
        print(f"{'':58} {memory} MiB with {2 * count} open episodes, after as many as {count} more on sockets")
        return few, expected
    finally:
        server.terminate()
        server.wait(10)


def fill(binary, path):
    """The library's initial rows as an SQLite file."""
    source = ROOT / "EnvSpecs/library.yaml"
    schema = subprocess.run([binary, "describe", str(source), "--schema"], capture_output=True, text=True, check=True).stdout

    def stored(value):
        if isinstance(value, (list, dict)):
            return json.dumps(value)
        return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime.datetime) else value.isoformat() if isinstance(value, datetime.date) else value

    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(schema)
        for name, table in yaml.safe_load(source.read_text(encoding="utf-8"))["tables"].items():
            rows = table.get("rows", [])
            if isinstance(rows, dict):
                rows = [dict(zip(rows["columns"], values)) for values in rows["values"]]
            for row in rows:
                names = ", ".join(row)
                connection.execute(
                    f"INSERT INTO {name} ({names}) VALUES ({', '.join('?' * len(row))})", [stored(value) for value in row.values()])
    connection.close()


def peer(binary, folder, seconds, expected):
    database = Path(folder) / "library.db"
    fill(binary, database)
    port = 8765
    # One process: Agent World Model's servers have one each, and fastapi-mcp keeps its sessions in the process.
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "library_server:app", "--port", str(port), "--log-level", "error"], cwd=ROOT / "Benchmarks/peers",
        env=os.environ | {"ORRERY_PEER_DB": str(database)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                tokens = sessions(port, 1)
                break
            except OSError:
                time.sleep(0.2)
        tokens += sessions(port, 63)
        _, body = post(port, "/mcp", tool_call(*CALLS[1]), tokens[0])
        found = json.loads(body["result"]["content"][0]["text"])
        assert found == expected, f"the peer's tools do not do the same:\n{found}\n{expected}"
        calls = [(token, tool_call(*call)) for call in CALLS for token in tokens]
        figures = load(folder, port, "/mcp", calls, 64, seconds)
        show("FastAPI + SQLAlchemy + fastapi-mcp, /mcp, 64 sessions", figures)
        return figures
    finally:
        server.kill()
        server.wait(20)


def main(arguments):
    if not arguments or arguments[0].startswith("-"):
        print(__doc__.strip().splitlines()[2], file=sys.stderr)
        return 2

    def option(name, value):
        return int(arguments[arguments.index(name) + 1]) if name in arguments else value

    binary = str(Path(arguments[0]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        ours, expected = orrery(binary, folder, option("--sessions", 2000), option("--seconds", 8))
        theirs = peer(binary, folder, option("--seconds", 8), expected)
    print(f"{ours[0] / theirs[0]:.0f} times the peer's calls a second over MCP, on 64 connections")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
