#!/usr/bin/env python3
"""Plays episodes with OpenEnv's stock clients, and lets OpenEnv's validator look at the server.

usage: play_openenv.py BINARY

Exit status 1 at the first thing that is not as it should be.
"""

import asyncio
import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import websockets
from openenv.cli._validation import validate_running_environment
from openenv.core import GenericEnvClient
from openenv.core.env_server.mcp_types import CallToolAction, CallToolObservation, ListToolsAction
from openenv.core.mcp_client import MCPToolClient

ROOT = Path(__file__).resolve().parents[2]
TASK = "lend_to_ana"
SOLUTION = [
    ("find_members", {"text": "Ana"}), ("get_member", {"member_id": 20417}), ("search_titles", {"text": "Emma"}),
    ("list_copies", {"title_id": 2}), ("lend_copy", {"copy_id": 102, "member_id": 20417}),
]


def call(tool, arguments):
    return {"type": "call_tool", "tool_name": tool, "arguments": arguments}


async def generic(url):
    """The client that most trainers use: everything over one socket."""
    async with GenericEnvClient(base_url=url) as client:
        tools = (await client.step({"type": "list_tools"})).observation["tools"]  # some ask before they reset
        assert len(tools) == 12 and all(tool["input_schema"]["type"] == "object" for tool in tools), tools
        begun = await client.reset(seed=7, task=TASK)
        assert "Ana Sousa is at the desk" in begun.observation["instruction"] and not begun.done, begun
        first = await client.state()
        assert first["step_count"] == 0 and first["task"] == TASK, first
        rewards = []
        for tool, arguments in SOLUTION:
            step = await client.step(call(tool, arguments))
            assert step.observation["error"] is None and step.observation["result"]["data"] is not None and not step.done, step
            rewards.append(step.reward)
        for tool, arguments, kind in [
            ("get_member", {"member_id": "seven"}, "invalid_args"), ("get_member", {"member_id": 1}, "execution_error"), ("no_such_tool", {}, "tool_not_found"),
        ]:
            step = await client.step(call(tool, arguments))
            assert step.observation["error"]["error_type"] == kind and step.observation["error"]["message"] and not step.done, step
        try:
            await client.step({"foo": 1})
            raise AssertionError("an action off the schema must be an error")
        except RuntimeError as error:
            assert "VALIDATION_ERROR" in str(error), error
        last = await client.step({"type": "answer", "content": "2025-03-31"})
        assert last.done and last.reward == 1 and sum(rewards) == 0, last
        # A reset begins another episode on the same connection; without a task the seed chooses one.
        await client.reset(seed=3)
        second = await client.state()
        assert second["episode_id"] != first["episode_id"] and second["task"] == "pay_then_lend", second


async def side_by_side(url):
    clients = [GenericEnvClient(base_url=url) for _ in range(20)]
    await asyncio.gather(*(client.connect() for client in clients))
    await asyncio.gather(*(client.reset(seed=1, task=TASK) for client in clients))
    await clients[0].step(call("get_member", {"member_id": 20417}))
    states = await asyncio.gather(*(client.state() for client in clients))
    assert [state["step_count"] for state in states] == [1] + [0] * 19 and len({state["episode_id"] for state in states}) == 20
    await asyncio.gather(*(client.close() for client in clients))


async def with_tools(url):
    """The client whose tools go over POST /mcp and whose resets go over a socket of the same session."""
    async with MCPToolClient(base_url=url) as client:
        assert "get_member" in [tool.name for tool in await client.list_tools()]
        await client.reset(seed=7, task=TASK)
        assert (await client.call_tool("get_member", member_id=20417))["name"] == "Ana Sousa"
        for name, arguments in [("get_member", {"member_id": "seven"}), ("get_member", {"member_id": 1}), ("no_such_tool", {})]:
            try:
                raise AssertionError(f"{name} gave {await client.call_tool(name, **arguments)}")
            except RuntimeError as error:
                assert "failed:" in str(error), error
        step = await client.step(CallToolAction(tool_name="get_member", arguments={"member_id": 20417}))
        assert isinstance(step.observation, CallToolObservation) and step.observation.error is None, step
        assert "get_member" in [tool.name for tool in (await client.step(ListToolsAction())).observation.tools]
        assert (await client.state()).step_count == 5
        socket = url.replace("http", "ws", 1) + "/ws?session_id="
        for session in [client._production_session_id, "nowhere"]:
            async with websockets.connect(socket + session) as other:
                assert json.loads(await other.recv())["data"]["code"] == "SESSION_ERROR"


async def bad_frames(url):
    async with websockets.connect(url.replace("http", "ws", 1) + "/ws") as socket:
        for frame, code in [
            ("not json", "INVALID_JSON"), ('{"type":"nope"}', "UNKNOWN_TYPE"), ('{"type":"step"}', "VALIDATION_ERROR"), ("[]", "VALIDATION_ERROR"),
            ('{"type":"reset","data":{"seed":"x"}}', "VALIDATION_ERROR"), ('{"type":"reset","data":{"task":"nope"}}', "EXECUTION_ERROR"),
            ('{"type":"step","data":{"type":"call_tool","tool_name":"get_member"}}', "EXECUTION_ERROR"),
        ]:
            await socket.send(frame)
            answer = json.loads(await socket.recv())
            assert answer["type"] == "error" and answer["data"]["code"] == code, (frame, answer)
        await socket.send('{"type":"close"}')
        try:
            raise AssertionError(await socket.recv())
        except websockets.ConnectionClosed as closed:
            assert closed.rcvd.code == 1000, closed


def main(arguments):
    if len(arguments) != 1:
        print(__doc__.strip().splitlines()[2], file=sys.stderr)
        return 2
    command = [str(Path(arguments[0]).resolve()), "serve", "--environments", str(ROOT / "EnvSpecs/library.yaml"), "--http", "127.0.0.1:0"]
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        url = next(found.group(1) for line in server.stderr if (found := re.search(r'"url":"(http://[^"]+)"', line)))
        for base in [url, url + "/envs/library"]:
            asyncio.run(generic(base))
            asyncio.run(side_by_side(base))
            asyncio.run(with_tools(base))
            asyncio.run(bad_frames(base))
            report = validate_running_environment(base)
            assert report["passed"], [criterion for criterion in report["criteria"] if not criterion["passed"]]
            print(f"OpenEnv at {base.removeprefix(url) or '/'}: GenericEnvClient, 20 side by side, MCPToolClient, openenv validate")
        with urllib.request.urlopen(url + "/metrics") as metrics:
            text = metrics.read().decode()
        assert "orrery_episodes_open 0\n" in text and "orrery_openenv_sessions 0\n" in text, "something was left behind"
    finally:
        server.terminate()
    assert server.wait(10) == 0, "SIGTERM did not end the server in order"
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
