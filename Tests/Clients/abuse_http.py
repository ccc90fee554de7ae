#!/usr/bin/env python3
"""Treats an HTTP server badly, and sees that it harms nobody else and that nothing is left behind.

usage: abuse_http.py BINARY [--sessions N]

Garbage, half requests, clients that vanish, wrong hosts and origins, bodies that are too large, sessions opened and dropped by the
thousand in every way, over requests and over sockets. Meanwhile and afterwards a well-behaved client is served; at the end memory and file descriptors are where they were.
At last SIGTERM ends the server, although a socket's client pings on and a connection has asked for nothing.
"""

import http.client
import json
import os
import random
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "0"}}}
CALL = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "get_member", "arguments": {"member_id": 20417}}}
WRITE = {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "extend_card", "arguments": {"member_id": 20455, "until": "2026-03-31"}}}


class Server:
    def __init__(self, binary):
        self.process = subprocess.Popen(
            [binary, "serve", "--environments", str(ROOT / "EnvSpecs/library.yaml"), "--http", "127.0.0.1:0", "--idle-seconds", "2"],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if found := re.search(r'"url":"http://127.0.0.1:(\d+)"', line):
                self.port = int(found.group(1))
                return
        raise AssertionError("the server did not start")

    def post(self, path, message, headers={}, connection=None):
        own = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        own.request("POST", path, body, {"content-type": "application/json", "accept": "application/json, text/event-stream", **headers})
        answer = own.getresponse()
        text = answer.read()
        if connection is None:
            own.close()
        return answer.status, dict(answer.getheaders()), text

    def session(self, connection=None):
        status, headers, text = self.post("/mcp?task=lend_to_ana", INITIALIZE, connection=connection)
        assert status == 200, (status, text)
        return headers["mcp-session-id"]

    def stats(self):
        return json.loads(self.post("/rpc", {"jsonrpc": "2.0", "id": 1, "method": "server.stats"})[2])["result"]

    @property
    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


def check(server):
    """A well-behaved client is served."""
    session = server.session()
    status, _, text = server.post("/mcp", CALL, {"mcp-session-id": session})
    assert status == 200 and b"Ana Sousa" in text, (status, text)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("DELETE", "/mcp", headers={"mcp-session-id": session})
    assert connection.getresponse().status == 200
    connection.close()


def raw(server, data, wait=0.05):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as own:
        own.sendall(data)
        own.settimeout(wait)
        try:
            return own.recv(65536)
        except (TimeoutError, ConnectionError):
            return b""


def misbehave(server):
    dice = random.Random(7)
    head = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    for data in [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x00" * 1000, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /healthz HTTP/1.1\r\n\r\n",
        head + b"Content-Length: 5\r\n\r\n{}", head + b"Content-Length: -1\r\n\r\n", head + b"Content-Length: 99999999999999999999\r\n\r\n",
        head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", head + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        head + b"X: " + b"a" * 200_000 + b"\r\n\r\n", head + b"".join(b"X%d: y\r\n" % i for i in range(5000)) + b"\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n", b"GET /episodes/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ] + [bytes(dice.randrange(256) for _ in range(dice.randrange(1, 2000))) for _ in range(100)]:
        raw(server, data)
    for data, expected in [
        (b"NONSENSE\r\n\r\n", b" 400 "), (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b" 400 "),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", b" 200 "),
        (b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE, b" 404 "), (b"GET /ws HTTP/1.1\r\nHost: evil.example\r\n" + UPGRADE, b" 421 "),
        (b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", b" 426 "),
    ]:
        answer = raw(server, data, wait=5)
        assert expected in answer, (data, answer)
    for body in [b"", b"{", b"[]", b"[1]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 5000, b'{"jsonrpc":"2.0","id":1,"method":"\\ud800"}', json.dumps([INITIALIZE] * 50).encode()]:
        for path in ["/mcp", "/rpc", "/episodes/e1/mcp", "/episodes//mcp", "/mcp?task=%ff&seed=1e9"]:
            status, _, _ = server.post(path, body)
            assert 200 <= status < 500, (path, body[:40], status)
    for headers, expected in [({"Host": "evil.example"}, 421), ({"Origin": "https://evil.example"}, 403), ({"mcp-session-id": "x" * 5000}, 404), ({"mcp-protocol-version": "\u00e9"}, 400), ({"content-type": "text/plain"}, 415), ({"accept": "text/html"}, 406)]:
        status, _, text = server.post("/mcp", INITIALIZE if "session" not in str(headers) else CALL, headers)
        assert status == expected, (headers, status, text)
    try:
        assert server.post("/rpc", b" " * (20 << 20))[0] == 413
    except (BrokenPipeError, ConnectionResetError):
        pass  # It hung up before the end.


def idle_and_slow(server):
    """Connections that say nothing or little, and one that reads nothing: others are served meanwhile."""
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(300)]
    for own in silent[:150]:
        own.sendall(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Le")
    session = server.session()
    greedy = socket.create_connection(("127.0.0.1", server.port))
    greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    body = json.dumps({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}).encode()
    request = (
        f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nmcp-session-id: {session}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
    greedy.settimeout(1)
    before = server.stats()["memory_bytes"]
    try:
        for _ in range(20_000):
            greedy.sendall(request)
    except (TimeoutError, ConnectionError):
        pass  # The server has stopped reading: it keeps no answers that nobody takes.
    held = server.stats()["memory_bytes"] - before
    assert held < 100 << 20, f"a client that reads nothing holds {held >> 20} MiB"
    for _ in range(20):
        check(server)
    for own in silent + [greedy]:
        own.close()


def frame(text, size=None):
    """A client's text frame; the mask is zero."""
    data = json.dumps(text).encode()
    size = len(data) if size is None else size
    return (bytes([0x81, 0x80 | size]) if size < 126 else b"\x81\xfe" + size.to_bytes(2)) + bytes(4) + data


def reset_connection(own):
    """Closes a connection without a farewell."""
    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    own.close()


RESET = {"type": "reset", "data": {"task": "lend_to_ana"}}
STEP = {"type": "step", "data": {"type": "call_tool", "tool_name": "get_member", "arguments": {"member_id": 20417}}}
CHANGE = {"type": "step", "data": {"type": "call_tool", "tool_name": "extend_card", "arguments": {"member_id": 20455, "until": "2026-03-31"}}}


class SocketClient:
    """A WebSocket by hand."""

    def __init__(self, server):
        self.own = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        self.own.sendall(
            b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n")
        self.file = self.own.makefile("rb")
        while (line := self.file.readline()) != b"\r\n":
            assert line, "the server hung up"

    def answer(self):
        head = self.file.read(2)
        size = head[1] if head[1] < 126 else int.from_bytes(self.file.read(2 if head[1] == 126 else 8))
        return self.file.read(size)

    def ask(self, message):
        self.own.sendall(frame(message))
        answer = self.answer()
        assert answer.startswith(b'{"type":"observation"'), answer
        return answer

    def drop(self, how):
        self.file.close()
        how(self.own)


def drop_socket(server, way, left):
    """Opens a socket and ends it in one of the ways in which sockets end."""
    client = SocketClient(server)
    if way == 0:  # without an episode
        return client.drop(reset_connection)
    client.ask(RESET)
    client.ask(STEP if way % 2 else CHANGE)
    if way == 1:  # as the protocol has it
        client.own.sendall(b"\x88\x80" + bytes(4))
        client.answer()
        client.drop(socket.socket.close)
    elif way == 2:
        client.own.sendall(frame({"type": "close"}))
        client.answer()
        client.drop(socket.socket.close)
    elif way == 3:
        client.drop(reset_connection)
    elif way == 4:  # in the middle of a frame
        client.own.sendall(frame(STEP, size=5000)[:40])
        client.drop(socket.socket.close)
    elif way == 5:  # while the answer is worked out
        client.own.sendall(frame(CHANGE))
        client.drop(reset_connection)
    else:  # never: the server has to see that nobody is there
        left.append(client)
        if len(left) > 300:
            left.pop(0).drop(socket.socket.close)


SOCKET_WAYS = 7


def drop_session(server, way, connection):
    """Opens a session and ends it in one of the ways in which sessions end; most are just left."""
    if way == 5:  # gone before it has begun
        own = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        body = json.dumps(INITIALIZE).encode()
        own.sendall(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        return reset_connection(own)
    session = server.session(connection)
    if way == 4:  # gone while the answer is worked out
        own = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        body = json.dumps(WRITE).encode()
        own.sendall(
            f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nmcp-session-id: {session}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        return reset_connection(own)
    if way > 0:
        server.post("/mcp", CALL if way == 1 else WRITE, {"mcp-session-id": session}, connection)
    if way == 3:
        connection.request("DELETE", "/mcp", headers={"mcp-session-id": session})
        connection.getresponse().read()


SESSION_WAYS = 6


def open_and_drop(server, count):
    """Sessions in every way in which they can end, half of them sockets."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    left = []
    for number in range(count):
        if number % 2:
            drop_socket(server, number // 2 % SOCKET_WAYS, left)
        else:
            drop_session(server, number // 2 % SESSION_WAYS, connection)
        if number % 500 == 499:
            connection.close()
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.close()
    return left


def end(server):
    """SIGTERM ends the server, whoever is connected."""
    silent = socket.create_connection(("127.0.0.1", server.port))
    kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    server.post("/rpc", {"jsonrpc": "2.0", "id": 1, "method": "server.info"}, connection=kept)
    client = SocketClient(server)
    client.ask(RESET)

    def ping():
        try:
            while True:
                client.own.sendall(b"\x89\x80" + bytes(4))
                time.sleep(0.1)
        except OSError:
            pass  # The server has ended.

    threading.Thread(target=ping, daemon=True).start()
    time.sleep(0.3)
    server.process.terminate()
    assert server.process.wait(10) == 0, "SIGTERM did not end the server in order"
    frames = b""
    try:
        while part := client.file.read1():
            frames += part
    except ConnectionResetError:
        pass  # A ping may have come after the last word.
    assert frames.endswith(b"\x88\x02\x03\xe9"), f"the socket was not told that the server goes away: {frames}"
    silent.close()
    kept.close()


def main(arguments):
    if not arguments or arguments[0].startswith("-"):
        print(__doc__.strip().splitlines()[2], file=sys.stderr)
        return 2
    count = int(arguments[arguments.index("--sessions") + 1]) if "--sessions" in arguments else 2000
    server = Server(str(Path(arguments[0]).resolve()))
    try:
        check(server)
        open_and_drop(server, 500)
        misbehave(server)
        check(server)
        time.sleep(4)
        descriptors, memory = server.descriptors, server.stats()["memory_bytes"]
        idle_and_slow(server)
        start = time.time()
        left = open_and_drop(server, count)
        seconds = time.time() - start
        time.sleep(5)
        for client in left:
            assert client.file.read() == b"", "a silent socket was not closed"
            client.drop(socket.socket.close)
        time.sleep(0.5)
        check(server)
        stats = server.stats()
        assert stats["live"] + stats["finished"] == 0, f"episodes were left: {stats}"
        assert server.descriptors <= descriptors + 2, f"{server.descriptors} file descriptors, {descriptors} before"
        grown = stats["memory_bytes"] - memory
        assert grown < 40 << 20, f"memory grew by {grown >> 20} MiB"
        print(f"{count} sessions in {seconds:.1f} s, none left; memory {memory >> 20} -> {stats['memory_bytes'] >> 20} MiB, descriptors {descriptors} -> {server.descriptors}")
        end(server)
    finally:
        server.process.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
