#!/usr/bin/env python3
"""Reads the log of an HTTP server to which unfriendly clients have talked: each line is JSON, none is forged, and no token is in it.

usage: read_log.py BINARY
"""

import base64
import json
import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TRAINER, AGENT = "trainer-0123456789abcdef", "agent-0123456789abcdef"
INITIALIZE = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "0"}}})
FORGED = '"}\n{"time":"2000-01-01T00:00:00.000Z","level":"error","event":"forged"}\n'


def talk(port, data):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as own:
        own.sendall(data)
        own.settimeout(1)
        try:
            return own.recv(65536)
        except (TimeoutError, ConnectionError):
            return b""


def request(line, headers="", body=""):
    return f"{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(body)}\r\n{headers}\r\n{body}".encode()


def main(arguments):
    if len(arguments) != 1:
        print(__doc__.strip().splitlines()[2], file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        for name, token in [("trainer", TRAINER), ("agent", AGENT)]:
            Path(folder, name).write_text(token + "\n")
        process = subprocess.Popen(
            [str(Path(arguments[0]).resolve()), "serve", "--environments", str(ROOT / "EnvSpecs/library.yaml"), "--http", "127.0.0.1:0", "--log-level", "debug",
             "--trainer-token-file", f"{folder}/trainer", "--agent-token-file", f"{folder}/agent"],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        lines = []
        for line in process.stderr:
            lines.append(line)
            if found := re.search(r'"url":"http://127.0.0.1:(\d+)"', line):
                port = int(found.group(1))
                break
        agent, trainer = f"Authorization: Bearer {AGENT}\r\n", f"Authorization: Bearer {TRAINER}\r\n"
        json_type = "Content-Type: application/json\r\n"
        begun = talk(port, request("POST /mcp?task=lend_to_ana", agent + json_type, INITIALIZE))
        session = re.search(rb"mcp-session-id: (\w+)", begun, re.IGNORECASE).group(1).decode()
        assert b" 401 " in talk(port, request("POST /rpc", agent, "{}"))
        talk(port, request("GET /" + TRAINER, trainer))
        talk(port, request(f"GET /metrics?token={TRAINER}&session={session}", trainer))
        talk(port, request("POST /mcp", agent + json_type + f"mcp-session-id: {session}\r\nUser-Agent: {FORGED!r}\r\n", '{"jsonrpc":"2.0","id":2,"method":"tools/list"}'))
        for raw in [FORGED, FORGED.replace("\n", "\r\n"), FORGED.replace("\n", "%0a").replace(" ", ""), "\u2028\u0085\x1b[2J\udcff"]:
            raw = raw.encode("utf-8", "surrogateescape")
            talk(port, b"POST /episodes/" + raw + b"/mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n" + json_type.encode() + agent.encode() + b"\r\n{}")
            talk(port, b"GET /metrics HTTP/1.1\r\nHost: " + raw + b"\r\n\r\n")
            talk(port, b"GET /" + raw + b" HTTP/1.1\r\nHost: localhost\r\nX: " + raw + b"\r\n\r\n")
        key = base64.b64encode(b"0123456789abcdef").decode()
        assert b" 101 " in talk(port, request("GET /ws", trainer + f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"))
        process.terminate()
        lines += process.stderr.readlines()
        assert process.wait(10) == 0
    text = "".join(lines)
    for secret in [TRAINER, AGENT, session]:
        assert secret not in text, "a token is in the log"
    events = [json.loads(line) for line in lines]
    for event in events:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["time"]) and event["level"] in ["debug", "info", "warning", "error"], event
        assert event["event"] != "forged", event
    seen = [event["event"] for event in events]
    assert seen[1] == "listening" and seen[-1] == "stopped", seen
    for event in ["request", "refused", "socket opened", "socket closed"]:
        assert event in seen, f"{event} is not in the log: {seen}"
    assert any(event.get("door") == "mcp" and event.get("episode") == "e1" and event["status"] == 200 for event in events), text
    print(f"{len(events)} lines of log, all JSON, none forged, and no token")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
