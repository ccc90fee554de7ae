#!/usr/bin/env python3
"""Runs the examples of docs/examples against the real binary.

usage: play_examples.py BINARY [EXAMPLE...]

Each plays the reference solution of a task for a reward of 1, and does nothing for a reward of 0; models are scripted. An example whose package
is not installed is skipped, and the output says so, unless it was asked for by name. Exit status 1 at the first thing that is not as it should be.
"""

import asyncio
import contextlib
import http.server
import importlib.metadata
import importlib.util
import inspect
import json
import os
import pickle
import re
import subprocess
import sys
import tempfile
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs/examples"
LIBRARY = str(ROOT / "EnvSpecs/library.yaml")
TASK, ANSWER = "lend_to_ana", "2025-03-31"
SOLUTION = [
    ("find_members", {"text": "Ana"}), ("get_member", {"member_id": 20417}), ("search_titles", {"text": "Emma"}),
    ("list_copies", {"title_id": 1}), ("lend_copy", {"copy_id": 102, "member_id": 20417}),
]

WILD = [  # what a model may write for JSON, and no server could take
    "{", "[" * 100_000, "[" * 100 + "]" * 100, "NaN", '{"member_id": 1e999}', '{"member_id": "\\ud800"}', '{"member_id": 1' + "0" * 400 + "}",
]
SCRIPTS = {
    "solution": [(tool, json.dumps(arguments)) for tool, arguments in SOLUTION], "nothing": [], "wild": [("get_member", text) for text in WILD],
}


def example(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def has(package):
    return importlib.util.find_spec(package) is not None


@contextlib.contextmanager
def http_server(binary):
    """`orrery serve --http` on a free port; its URL."""
    command = [binary, "serve", "--environments", LIBRARY, "--http", "127.0.0.1:0"]
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        yield next(found.group(1) for line in server.stderr if (found := re.search(r'"url":"(http://[^"]+)"', line)))
    finally:
        server.terminate()
    assert server.wait(10) == 0, "SIGTERM did not end the server in order"


class Model(http.server.BaseHTTPRequestHandler):
    """A model behind /v1/chat/completions. Its name is its script: what it does is known from how often it has spoken already."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        turn = sum(message["role"] == "assistant" for message in asked["messages"])
        tools = asked["model"].endswith("tools")
        steps = SCRIPTS[asked["model"].partition("-")[0]]
        message = {"role": "assistant", "content": None}
        if turn < len(steps):
            name, arguments = steps[turn]
            if tools:
                assert name in [tool["function"]["name"] for tool in asked["tools"]], asked["tools"]
                message["tool_calls"] = [{"id": f"call_{turn}", "type": "function", "function": {"name": name, "arguments": arguments}}]
            else:
                message["content"] = json.dumps({"type": "call_tool", "tool_name": name, "arguments": json.loads(arguments)})
        else:
            assert tools or "answer" in asked["messages"][0]["content"] and asked["messages"][0]["role"] == "system", asked["messages"][0]
            answer = ANSWER if steps else "nothing done"
            message["content"] = answer if tools else json.dumps({"type": "answer", "content": answer})
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if "tool_calls" in message else "stop"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        whole = {"id": "1", "object": "chat.completion", "created": 0, "model": asked["model"], "choices": [choice], "usage": usage}
        body, kind = json.dumps(whole).encode(), "application/json"
        if asked.get("stream"):  # all in one piece
            choice["delta"] = choice.pop("message")
            body, kind = f"data: {json.dumps(whole | {'object': 'chat.completion.chunk'})}\n\ndata: [DONE]\n\n".encode(), "text/event-stream"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@contextlib.contextmanager
def model_server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()


def gymnasium_env(binary):
    import gymnasium
    from gymnasium.utils.env_checker import check_env

    OrreryEnv = example("gymnasium_env").OrreryEnv
    gymnasium.register(
        "Orrery-v0", entry_point=lambda **options: OrreryEnv(LIBRARY, environment="library", binary=binary, **options))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        checked = gymnasium.make("Orrery-v0").unwrapped
        check_env(checked)
        checked.close()
    assert not caught, [str(warning.message) for warning in caught]
    env = OrreryEnv(LIBRARY, environment="library", task=TASK, binary=binary)
    observation, info = env.reset(seed=7)
    assert "Ana Sousa is at the desk" in json.loads(observation)["instruction"] and info["task"] == TASK, info
    for tool, arguments in SOLUTION:
        observation, reward, terminated, truncated, _ = env.step(json.dumps({"type": "call", "tool": tool, "arguments": arguments}))
        assert json.loads(observation)["type"] == "result" and not terminated and not truncated and reward == 0, observation
    for number, wrong in enumerate(["hello", "", '{"type": "think"}', '{"type": "answer", "content": NaN}'] + WILD):
        observation, reward, terminated, truncated, info = env.step(wrong)
        assert json.loads(observation)["code"] == "invalid_action" and not terminated and info["step"] == len(SOLUTION) + number + 1, observation
    assert env.step(json.dumps({"type": "answer", "content": ANSWER}))[1:4] == (1.0, True, False)
    env.reset(seed=7)
    assert env.step(json.dumps({"type": "answer", "content": "nothing done"}))[1] == 0
    envs = gymnasium.make_vec("Orrery-v0", num_envs=3, vectorization_mode="sync", process=env.process)
    assert len(envs.reset(seed=1)[0]) == 3
    envs.close()
    assert env._ask("server.stats")["live"] == 0 and env._ask("server.stats")["finished"] == 1, "an environment left its episode behind"
    env.process.kill()
    env.process.wait()
    try:
        raise AssertionError(env.step("hello"))
    except (RuntimeError, BrokenPipeError):
        pass  # the end of the server is not taken for a mistake of the agent
    env.close()
    env.close()
    print(f"gymnasium_env.py: check_env of gymnasium {gymnasium.__version__} without a warning, reward 1 and 0")


def trl_environment(binary):
    """TRL needs torch, so this does to the class what GRPOTrainer of TRL 1.16 does; play_trl.py runs the trainer itself."""
    module = example("trl_environment")
    Library = module.environment_class("Library", LIBRARY, environment="library", binary=binary)

    def methods(instance):
        names = [name for name, _ in inspect.getmembers(type(instance), predicate=inspect.isfunction)]
        assert "reset" in names and "get_reward" in names, names
        return {name: getattr(instance, name) for name in names if name not in ("reset", "get_reward") and not name.startswith("_")}

    environment = Library()
    tools = methods(environment)
    assert len(tools) == 13 and all(name == tool.__name__ for name, tool in tools.items()), tools
    assert not any(inspect.iscoroutinefunction(tool) for tool in tools.values())
    for tool in tools.values():
        signature = inspect.signature(tool)
        described = re.findall(r"^    (\w+): \S", tool.__doc__.partition("\n\nArgs:\n")[2].partition("\n\nReturns:")[0], re.MULTILINE)
        assert described == list(signature.parameters) and "self" not in described, (tool.__doc__, signature)
        assert all(parameter.annotation is not inspect.Parameter.empty for parameter in signature.parameters.values()), signature
    extra = ""
    if has("transformers"):
        from transformers.utils import get_json_schema

        schemas = {name: get_json_schema(tool)["function"] for name, tool in tools.items()}
        assert schemas["lend_copy"]["parameters"]["required"] == ["copy_id", "member_id"], schemas["lend_copy"]
        assert schemas["lend_copy"]["parameters"]["properties"]["copy_id"]["type"] == "integer", schemas["lend_copy"]
        assert schemas["search_titles"]["parameters"]["properties"]["kind"]["enum"] == ["book", "audiobook", "film"], schemas["search_titles"]
        assert "required" not in schemas["search_titles"]["parameters"], schemas["search_titles"]
        extra = f", schemas by transformers {importlib.metadata.version('transformers')}"
    row = next(row for row in module.rows(LIBRARY, "library", binary=binary) if row["task"] == TASK)
    for _ in range(2):  # instances are kept and reset again
        assert "Ana Sousa is at the desk" in row["prompt"][-1]["content"] + environment.reset(**row)
        for tool, arguments in SOLUTION:
            assert "error" not in json.loads(tools[tool](**arguments)), tool
        assert "invalid_arguments" in tools["get_member"](member="seven")
        assert environment.get_reward() == 0, "no answer yet"
        tools["submit_answer"](answer=ANSWER)
        assert environment.get_reward() == 1 and "episode_ended" in tools["get_member"](member_id=20417)
    environment.reset(**row)
    assert environment.get_reward() == 0, "nothing done"
    side_by_side = [Library() for _ in range(8)]
    for each in side_by_side:
        each.reset(**row)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda each: json.loads(methods(each)["lend_copy"](copy_id=102, member_id=20417))["loan_id"], side_by_side))
    assert found == [9001] * 8, found
    with tempfile.TemporaryDirectory() as folder:  # AsyncGRPOTrainer sends the class to another process
        made = f"environment_class('Library', {LIBRARY!r}, environment='library', binary={binary!r})"
        (Path(folder) / "played.py").write_text(f"from trl_environment import environment_class\n\nLibrary = {made}\n")
        sys.path[:0] = [folder, str(EXAMPLES)]
        import played

        assert pickle.loads(pickle.dumps(played.Library)) is played.Library
        del sys.path[:2]
    print(f"trl_environment.py: the introspection of TRL 1.16 imitated{extra}, reward 1 and 0")


def skyrl_env(binary):
    import skyrl_gym

    example_class = example("skyrl_env").OrreryEnv
    skyrl_gym.register(id="orrery", entry_point=example_class, kwargs={"paths": [LIBRARY], "environment": "library", "binary": binary})

    def begun(**extras):
        env = skyrl_gym.make("orrery", env_config={}, extras={"task": TASK, "max_turns": 30} | extras)
        prompt, _ = env.init([{"role": "user", "content": ""}])
        assert [message["role"] for message in prompt] == ["system", "user"] and "Ana Sousa is at the desk" in prompt[1]["content"], prompt
        return env

    env = begun()
    for tool, arguments in SOLUTION:
        call = json.dumps({"name": tool, "arguments": arguments})
        step = env.step(f"<think>Hm.</think>\n<tool_call>\n{call}\n</tool_call>")
        assert not step["done"] and step["reward"] == 0 and step["observations"][0]["content"].startswith("<tool_response>"), step
    for wrong, code in [
        ("Hm.", "no_action"), ("<tool_call>{</tool_call>", "unknown_tool"), ('<tool_call>{"name": "get_member"}</tool_call>', "invalid_arguments"),
    ]:
        step = env.step(wrong)
        assert code in step["observations"][0]["content"] and not step["done"], step
    for wild in WILD:
        step = env.step(f'<tool_call>{{"name": "get_member", "arguments": {wild}}}</tool_call>')
        assert "unknown_tool" in step["observations"][0]["content"], step
    step = env.step(f"It is due on <answer>{ANSWER}</answer>.")
    assert step["done"] and step["reward"] == 1 and step["observations"] == [] and env.get_metrics() == {"success": 1.0, "turns": 9 + len(WILD)}, step
    env.close()
    env = begun()
    calls = "".join(f'<tool_call>{json.dumps({"name": tool, "arguments": arguments})}</tool_call>' for tool, arguments in SOLUTION)
    assert env.step(f"{calls}<answer>{ANSWER}</answer>")["reward"] == 1, "calls and answer in one message"
    env.close()
    for extras in [{}, {"max_turns": 1}]:
        env = begun(**extras)
        step = env.step("<answer>nothing done</answer>" if not extras else "Hm.")
        assert step["done"] and step["reward"] == 0, step
        env.close()
    with ThreadPoolExecutor(8) as pool:
        envs = list(pool.map(lambda seed: begun(seed=seed), range(8)))
        assert [step["reward"] for step in pool.map(lambda env: env.step(f"{calls}<answer>{ANSWER}</answer>"), envs)] == [1] * 8
        list(pool.map(lambda env: env.close(), envs))
    print(f"skyrl_env.py: skyrl-gym {importlib.metadata.version('skyrl-gym')}, reward 1 and 0")


def agent_loop(binary):
    import openai

    module = example("agent_loop")
    with http_server(binary) as url, model_server() as models:
        client = openai.OpenAI(base_url=models, api_key="none")
        orrery = module.Orrery(url)
        reward, messages = module.play(orrery, client, "solution-tools", "library", TASK)
        assert reward == 1 and [message["role"] for message in messages[-3:]] == ["assistant", "tool", "assistant"], messages
        assert module.play(orrery, client, "nothing-tools", "library", TASK)[0] == 0
        reward, messages = module.play(orrery, client, "wild-tools", "library", TASK)
        refused = [json.loads(message["content"])["code"] for message in messages if message["role"] == "tool"]
        assert refused == ["invalid_arguments"] * len(WILD) and reward == 0, messages
        assert module.play(orrery, client, "solution-tools", "library", TASK, max_steps=3)[0] == 0, "out of steps"
        stats = orrery.request("server.stats")
        assert stats["live"] == stats["finished"] == 0, stats
        done = subprocess.run(
            [sys.executable, EXAMPLES / "agent_loop.py", url, "solution-tools", "library", TASK], capture_output=True, text=True, timeout=60,
            env=dict(os.environ, OPENAI_BASE_URL=models, OPENAI_API_KEY="none"))
        assert done.stdout == f"library {TASK}: reward 1.0, 6 turns\n", done
    print(f"agent_loop.py: openai {openai.__version__} and a scripted model, reward 1 and 0")


def verifiers_eval(binary):
    """vf-eval with its taskset `openenv`. It runs the model's side in a program of its own, whose packages uv fetches the first time."""
    page = (ROOT / "docs/integrations.md").read_text()
    assert re.search(r"```toml\n(.*?)```", page, re.DOTALL).group(1) in (EXAMPLES / "verifiers_eval.toml").read_text(), "the page has another file"
    tools = str(Path(sys.executable).parent)
    environment = dict(os.environ, OPENAI_API_KEY="none", PATH=f"{tools}:{os.environ['PATH']}")
    with http_server(binary) as url, model_server() as models, tempfile.TemporaryDirectory() as folder:
        def evaluate(name):
            command = [
                f"{tools}/vf-eval", "@", str(EXAMPLES / "verifiers_eval.toml"), "--env.taskset.base-url", f"{url}/envs/library",
                "--client.base-url", models, "--model", f"{name}-json", "--output-dir", folder, "--run.name", name, "--no-rich", "--no-push"]
            return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT, env=environment)

        wanted_rewards = {"solution": 1.0, "nothing": 0.0}
        with ThreadPoolExecutor(2) as pool:
            runs = list(pool.map(evaluate, wanted_rewards))
        for (name, wanted), done in zip(wanted_rewards.items(), runs):
            assert done.returncode == 0, done.stdout + done.stderr
            episodes = [json.loads(line) for line in Path(folder, name, "traces.jsonl").read_text().splitlines()]
            assert len(episodes) == 1 and episodes[0]["ok"], episodes
            trace = episodes[0]["traces"][0]
            assert trace["rewards"]["openenv_reward"]["score"] == wanted, trace["rewards"]
            assert len(trace["calls"]) == (len(SOLUTION) + 1 if wanted else 1), trace["calls"]
    print(f"verifiers_eval.toml: vf-eval of verifiers {importlib.metadata.version('verifiers')}, reward 1 and 0")


def desktop_mcp(binary):
    """The configuration of docs/integrations.md, as a desktop program would start it."""
    import mcp
    from mcp.client.stdio import stdio_client

    page = (ROOT / "docs/integrations.md").read_text()
    server = json.loads(re.search(r"```json\n(.*?)```", page, re.DOTALL).group(1))["mcpServers"]["library"]
    assert server["command"] == "orrery", server
    arguments = [argument.replace("/path/to", str(ROOT)) for argument in server["args"]]

    async def play(calls, answer, outcome):
        parameters = mcp.StdioServerParameters(command=binary, args=[*arguments, "--outcome", outcome])
        async with stdio_client(parameters) as streams, mcp.ClientSession(*streams) as session:
            await session.initialize()
            assert "Ana Sousa is at the desk" in (await session.get_prompt("task")).messages[0].content.text
            for tool, given in [*calls, ("submit_answer", {"answer": answer})]:
                assert not (await session.call_tool(tool, given)).model_dump().get("isError"), tool

    with tempfile.TemporaryDirectory() as folder:
        for calls, answer, wanted in [(SOLUTION, ANSWER, 1), ([], "nothing done", 0)]:
            outcome = Path(folder) / f"{wanted}.json"
            asyncio.run(play(calls, answer, str(outcome)))
            assert json.loads(outcome.read_text())["evaluation"]["reward"] == wanted, outcome.read_text()
    print(f"integrations.md: the configuration of MCP programs, by mcp {importlib.metadata.version('mcp')}, reward 1 and 0")


def missing_packages(script):
    """The packages that a script or the examples that it imports would not find."""
    missing = []
    for name in re.findall(r"^(?:from|import) (\w+)", script, re.MULTILINE):
        beside = EXAMPLES / f"{name}.py"
        missing += missing_packages(beside.read_text()) if beside.exists() else [] if has(name) else [name]
    return missing


def integrations_page(binary):
    """The Python of docs/integrations.md, as it stands there; blocks whose packages are missing are skipped."""
    import run_tutorial

    run, skipped = 0, []
    with http_server(binary) as url, tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "orrery").symlink_to(binary)
        environment = dict(os.environ, PATH=f"{folder}:{os.environ['PATH']}", PYTHONPATH=str(EXAMPLES))
        found = list(run_tutorial.blocks(ROOT / "docs/integrations.md"))
        for (kind, lines), (kind_after, expected) in zip(found, found[1:] + [(None, [])]):
            if kind != "python":
                continue
            if missing := missing_packages("\n".join(lines)):
                skipped += missing
                continue
            script = "\n".join(lines).replace("http://127.0.0.1:8000", url)
            done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, script + done.stderr
            assert kind_after == "text" and run_tutorial.pattern(expected).match(done.stdout), script + done.stdout
            run += 1
    assert run, "the page has no examples"
    print(f"integrations.md: {run} snippets" + (f"; skipped for want of {', '.join(dict.fromkeys(skipped))}" if skipped else ""))


PACKAGES = {
    gymnasium_env: "gymnasium", trl_environment: None, agent_loop: "openai", skyrl_env: "skyrl_gym", verifiers_eval: "verifiers",
    desktop_mcp: "mcp", integrations_page: None,
}


def main(arguments):
    if not arguments:
        print(__doc__.strip().splitlines()[2], file=sys.stderr)
        return 2
    binary, *names = arguments
    for run, package in PACKAGES.items():
        if names and run.__name__ not in names:
            continue
        if package is None or has(package) or names:
            run(str(Path(binary).resolve()))
        else:
            print(f"{run.__name__}: skipped, for the package {package} is not installed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
