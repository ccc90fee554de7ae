"""Environments for TRL's GRPOTrainer, over `orrery serve`: a class whose methods are the tools.

    Library = environment_class("Library", "EnvSpecs/library.yaml", environment="library")
    trainer = GRPOTrainer(model=..., args=..., environment_factory=Library, train_dataset=Dataset.from_list(rows("EnvSpecs/library.yaml", "library")))

A row has `prompt`, `task` and, if you like, `seed`; `reset` returns the rules and the instruction, which TRL appends to the prompt. The
instances of a class share one server, which ends with the program. Mistakes are results of a tool and count as steps; what is no call that a server
could take (arguments that are no object, NaN) TRL answers itself.
"""

import functools
import inspect
import json
import subprocess
import sys
import threading
from typing import Any, Literal, Optional

END = "When everything is done, call submit_answer, once. The answer is what was asked for and nothing else; dates are YYYY-MM-DD."
ANSWER = {"properties": {"answer": {"type": "string", "description": "The answer."}}, "required": ["answer"]}


class Server:
    """A process, and requests to it that are answered one by one; threads may share it."""

    def __init__(self, binary, paths):
        command = [binary, "serve"] + [word for path in paths for word in ("--environments", path)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.lock = threading.Lock()

    def request(self, method, **params):
        line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n"
        with self.lock:
            self.process.stdin.write(line)
            self.process.stdin.flush()
            reply = json.loads(self.process.stdout.readline() or '{"error": {"message": "the server has ended"}}')
        if "error" in reply:
            raise RuntimeError(f"{method}: {reply['error']['message']}")
        return reply["result"]


server = functools.lru_cache(Server)


def hint(schema):
    """The type hint that says what a JSON Schema says, as far as hints can."""
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "enum" in schema:
        found = Literal[tuple(value for value in schema["enum"] if value is not None)]
    elif "array" in kinds:
        found = list[hint(schema.get("items", {}))]
    else:
        known = {"string": str, "integer": int, "number": float, "boolean": bool, "object": dict}
        found = next((known[kind] for kind in kinds if kind in known), Any)
    return Optional[found] if "null" in kinds else found


def method(name, description, schema, act):
    """A method with the name, the signature and the docstring that TRL makes a tool's schema of."""
    def tool(self, /, **arguments):
        return act(self, arguments)

    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)]
    required, lines = schema.get("required", []), []
    for key, schema in sorted(schema["properties"].items(), key=lambda item: item[0] not in required):
        default = inspect.Parameter.empty if key in required else schema.get("default")
        parameters.append(inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint(schema)))
        more = [f"{word}: {schema[word]}" for word in ("format", "pattern", "minimum", "maximum") if word in schema]
        said = schema.get("description") or key.replace("_", " ").capitalize() + "."
        lines.append(f"    {key}: {' '.join(said.split())}{' (' + ', '.join(more) + ')' if more else ''}")
    tool.__name__ = tool.__qualname__ = name
    tool.__signature__ = inspect.Signature(parameters, return_annotation=str)
    tool.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters[1:]} | {"return": str}
    arguments = "\n\nArgs:\n" + "\n".join(lines) if lines else ""
    tool.__doc__ = f"{' '.join(description.split())}{arguments}\n\nReturns:\n    The result as JSON."
    return tool


def call(name):
    return lambda self, arguments: self._step({"type": "call", "tool": name, "arguments": arguments})


def answer(self, arguments):
    return self._step({"type": "answer", "content": arguments.get("answer")})


class Environment:
    """What all environments have in common; the methods that are tools are those that do not begin with `_`."""

    def reset(self, *, task, seed=0, **row):
        if self._episode:
            self._server.request("episode.close", episode=self._episode)
        begun = self._server.request("episode.reset", environment=self._environment, task=task, seed=seed, options=self._options)
        self._episode, self._reward = begun["episode"], None
        return "\n\n".join(text.strip() for text in (begun["observation"]["policy"], END, begun["observation"]["instruction"]) if text)

    def get_reward(self):
        """The reward; of the state as it is, where the model stopped without an answer."""
        return self._server.request("episode.evaluate", episode=self._episode)["reward"] if self._reward is None else self._reward

    def _step(self, action):
        if self._reward is not None:
            return json.dumps({"type": "error", "code": "episode_ended", "message": "It is over."})
        step = self._server.request("episode.step", episode=self._episode, action=action)
        if step["terminated"] or step["truncated"]:
            self._reward = step["reward"]
        observation = step["observation"]
        return json.dumps(observation["content"] if observation["type"] == "result" else observation, ensure_ascii=False)


def environment_class(name, *paths, environment, max_steps=200, reward="binary", binary="orrery"):
    """A class to give to GRPOTrainer as environment_factory; TRL logs its rewards under `name`. `reward`: binary or awm."""
    shared = server(binary, paths)
    tools = shared.request("environments.describe", environment=environment)["tools"]
    members = {tool["name"]: method(tool["name"], tool["description"], tool["input_schema"], call(tool["name"])) for tool in tools}
    members["submit_answer"] = method("submit_answer", "Gives the final answer and ends the episode.", ANSWER, answer)
    if taken := [member for member in members if hasattr(Environment, member) or member.startswith("_")]:
        raise ValueError(f"TRL cannot have a tool named {taken[0]}")
    options = {"max_steps": max_steps, "reward": reward}
    common = {"_server": shared, "_environment": environment, "_options": options, "_episode": None, "_reward": None}
    common["__module__"] = sys._getframe(1).f_globals["__name__"]  # pickled by its name, as AsyncGRPOTrainer needs it: assign it to `name` there
    return type(name, (Environment,), members | common)


def rows(*paths_and_environment, seeds=1, binary="orrery"):
    """The rows of a dataset: every task, with as many seeds."""
    *paths, environment = paths_and_environment
    tasks = server(binary, tuple(paths)).request("environments.describe", environment=environment)["tasks"]
    return [{"prompt": [{"role": "user", "content": ""}], "task": task["id"], "seed": seed} for seed in range(seeds) for task in tasks]
