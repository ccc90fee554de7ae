#!/usr/bin/env python3
"""Plays episodes with the stock MCP client, over both transports and in every revision that it speaks.

usage: play_mcp.py BINARY

The package `mcp` decides the generation: 1.x speaks the revisions that begin with `initialize`, 2.x those and 2026-07-28. Exit status 1
at the first thing that is not as it should be.
"""

import asyncio
import contextlib
import importlib.metadata
import json
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import mcp

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = str(ROOT / "EnvSpecs" / "library.yaml")
TASK = "lend_to_ana"
IS_OLD = importlib.metadata.version("mcp").startswith("1.")
Fault = mcp.McpError if IS_OLD else mcp.MCPError


def field(thing, name):
    """A field of a result: 1.x spells them in camelCase, 2.x in snake_case."""
    return getattr(thing, name if hasattr(thing, name) else re.sub("[A-Z]", lambda m: "_" + m.group().lower(), name))


async def code_of(call):
    try:
        answer = await call
    except Fault as fault:
        return fault.error.code
    raise AssertionError(f"an error was expected, not {answer}")


async def look_around(client):
    """Everything that a client may ask besides calling tools of the task."""
    tools = (await client.list_tools()).tools
    assert len(tools) == 13 and len({tool.name for tool in tools}) == 13, tools
    for tool in tools:
        assert field(tool, "inputSchema")["type"] == "object", tool
        assert tool.annotations is not None and field(tool.annotations, "readOnlyHint") is not None, tool
        assert (field(tool, "outputSchema") or {"type": "object"})["type"] == "object", tool
    # The client itself holds structured content against the tool's schema.
    found = await client.call_tool("get_member", {"member_id": 20417})
    assert not field(found, "isError"), found
    structured = field(found, "structuredContent")
    assert structured["result"]["name"] == "Ana Sousa" and json.loads(found.content[0].text) == structured, found
    for wrong in [{"member_id": "seven"}, {"member_id": 1}, {}]:
        refused = await client.call_tool("get_member", wrong)
        assert field(refused, "isError") and json.loads(refused.content[0].text)["message"], refused
    assert await code_of(client.call_tool("no_such_tool", {})) == -32602
    prompt = (await client.list_prompts()).prompts[0]
    assert "Ana Sousa is at the desk" in (await client.get_prompt(prompt.name)).messages[0].content.text
    assert await code_of(client.get_prompt("no_such_prompt")) == -32602
    uris = [str(resource.uri) for resource in (await client.list_resources()).resources]
    assert uris == ["orrery://library/policy", "orrery://library/instruction"], uris
    read = client.read_resource
    address = (lambda uri: __import__("pydantic").AnyUrl(uri)) if IS_OLD else str
    assert "Never lend to a member" in (await read(address(uris[0]))).contents[0].text
    assert await code_of(read(address("orrery://library/solution"))) in (-32002, -32602)
    assert not field(await client.list_resource_templates(), "resourceTemplates")


async def play(client):
    """The task's reference solution."""
    for tool, arguments in [
        ("find_members", {"text": "Ana"}), ("get_member", {"member_id": 20417}), ("search_titles", {"text": "Emma"}),
        ("list_copies", {"title_id": 2}), ("lend_copy", {"copy_id": 102, "member_id": 20417}),
    ]:
        done = await client.call_tool(tool, arguments)
        assert not field(done, "isError"), (tool, done)
    assert not field(await client.call_tool("submit_answer", {"answer": "2025-03-31"}), "isError")
    after = await client.call_tool("get_member", {"member_id": 20417})
    assert field(after, "isError") and json.loads(after.content[0].text)["code"] == "episode_ended", after


def modes():
    """How clients connect, and the revision that comes of it where the server offers all."""
    return [(None, "2025-11-25")] if IS_OLD else [("auto", "2026-07-28"), ("legacy", "2025-11-25"), ("2026-07-28", "2026-07-28")]


@contextlib.asynccontextmanager
async def connected(target, mode):
    """A client: to a command's standard streams or to a URL."""
    if IS_OLD:
        from mcp.client.stdio import stdio_client
        from mcp.client.streamable_http import streamable_http_client

        transport = streamable_http_client(target) if isinstance(target, str) else stdio_client(target)
        async with transport as streams, mcp.ClientSession(streams[0], streams[1]) as session:
            session.revision = (await session.initialize()).protocolVersion
            yield session
    else:
        async with mcp.Client(target, mode=mode) as client:
            client.revision = client.protocol_version
            yield client


async def over_streams(binary):
    for mode, revision in modes():
        with tempfile.TemporaryDirectory() as folder:
            outcome = Path(folder) / "outcome.json"
            command = mcp.StdioServerParameters(
                command=binary, args=["mcp", LIBRARY, "--task", TASK, "--outcome", str(outcome)])
            async with connected(command, mode) as client:
                assert client.revision == revision, client.revision
                await look_around(client)
                await play(client)
            evaluation = json.loads(outcome.read_text())["evaluation"]
            assert evaluation["reward"] == 1 and evaluation["success"], evaluation
        print(f"mcp {importlib.metadata.version('mcp')}, standard streams, {mode or 'initialize'}: {revision}, reward 1")


class Server:
    """`orrery serve --http` on a free port."""

    def __init__(self, binary):
        self.process = subprocess.Popen(
            [binary, "serve", "--environments", LIBRARY, "--http", "127.0.0.1:0"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if found := re.search(r'"url":"(http://[^"]+)"', line):
                self.url = found.group(1)
                return
        raise AssertionError("the server did not start")

    def rpc(self, method, **params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + "/rpc", body)) as answer:
            return json.load(answer)["result"]

    def stop(self):
        self.process.terminate()
        assert self.process.wait(10) == 0, "SIGTERM did not end the server in order"


async def over_http(binary):
    server = Server(binary)
    try:
        # A session is an episode: 2026-07-28 has none, so that its clients are sent back to initialize.
        for mode, _ in modes():
            if mode == "2026-07-28":
                continue
            async with connected(f"{server.url}/mcp?environment=library&task={TASK}&seed=5", mode) as client:
                assert client.revision == "2025-11-25", client.revision
                await look_around(client)
                await play(client)
            print(f"mcp {importlib.metadata.version('mcp')}, /mcp, {mode or 'initialize'}: 2025-11-25")
        assert server.rpc("server.stats")["live"] == 0, "a session left its episode behind"
        # An episode that a trainer opens, plays through the agent's client and evaluates.
        for mode, revision in modes():
            episode = server.rpc("episode.reset", environment="library", task=TASK, seed=5)["episode"]
            async with connected(f"{server.url}/episodes/{episode}/mcp", mode) as client:
                assert client.revision == revision, client.revision
                await look_around(client)
                await play(client)
            assert server.rpc("episode.evaluate", episode=episode)["reward"] == 1
            server.rpc("episode.close", episode=episode)
            print(f"mcp {importlib.metadata.version('mcp')}, /episodes/ID/mcp, {mode or 'initialize'}: {revision}, reward 1")
    finally:
        server.stop()


def main(arguments):
    if len(arguments) != 1:
        print(__doc__.strip().splitlines()[2], file=sys.stderr)
        return 2
    binary = str(Path(arguments[0]).resolve())
    asyncio.run(over_streams(binary))
    asyncio.run(over_http(binary))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
