"""An environment for SkyRL (skyrl-gym) over `orrery serve`: the model writes its tool calls as text.

    from skyrl_gym.envs import register
    register(id="orrery", entry_point="skyrl_env:OrreryEnv", kwargs={"paths": ["EnvSpecs/library.yaml"], "environment": "library"})

A row of the dataset has `prompt` (ignored: `init` writes the conversation), `env_class: orrery`, `task` and, if you like, `seed`. The model calls
tools by <tool_call>{"name": ..., "arguments": {...}}</tool_call> and ends by <answer>...</answer>. All environments of a process share a server.
"""

import functools
import json
import re
import subprocess
import threading

from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput

FORMAT = """Call tools by <tool_call>{"name": NAME, "arguments": {...}}</tool_call>, as many as you like in a message. When everything is done, \
write <answer>...</answer> with what was asked for and nothing else; dates are YYYY-MM-DD."""
NO_CALL = {"type": "call", "tool": "", "arguments": {}}


class Server:
    """A process, and requests to it that are answered one by one; SkyRL steps environments in threads."""

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
            kind = ValueError if reply["error"].get("data", {}).get("reason") in ("invalid_params", "parse_error") else RuntimeError
            raise kind(f"{method}: {reply['error']['message']}")
        return reply["result"]


making = threading.Lock()
cached = functools.lru_cache(Server)


def server(binary, paths):
    with making:  # two threads must not start two
        return cached(binary, tuple(paths))


def actions_of(text):
    """The actions in a message of the model: calls, then the answer; words alone are a message. A bad call is a call of no tool."""
    actions = []
    for body in re.findall(r"<tool_call>(.*?)</tool_call>", text, re.DOTALL):
        try:
            call = json.loads(body)
            actions.append({"type": "call", "tool": str(call["name"]), "arguments": call.get("arguments", {})})
        except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
            actions.append(NO_CALL)
    if answer := re.search(r"<answer>(.*?)</answer>", text, re.DOTALL):
        actions.append({"type": "answer", "content": answer.group(1).strip()})
    return actions or [{"type": "message", "content": text}]


class OrreryEnv(BaseTextEnv):
    def __init__(self, env_config=None, extras={}, *, paths, environment, max_steps=200, binary="orrery"):
        super().__init__()
        self.max_turns = extras.get("max_turns", max_steps)
        self.server = server(binary, paths)
        begun = self.server.request(
            "episode.reset", environment=environment, task=extras["task"], seed=int(extras.get("seed", 0)), options={"max_steps": max_steps})
        self.episode, self.first, self.success = begun["episode"], begun["observation"], False

    def init(self, prompt):
        tools = "\n".join(
            json.dumps({"name": tool["name"], "description": tool["description"], "parameters": tool["input_schema"]}, ensure_ascii=False)
            for tool in self.first["tools"])
        system = "\n\n".join(part.strip() for part in (self.first["policy"], FORMAT, tools) if part)
        return [{"role": "system", "content": system}, {"role": "user", "content": self.first["instruction"]}], {}

    def step(self, action):
        self.turns += 1
        reward, done, seen = 0.0, False, []
        for each in actions_of(action):
            try:
                step = self.server.request("episode.step", episode=self.episode, action=each)
            except ValueError:  # JSON, but none that the server takes
                step = self.server.request("episode.step", episode=self.episode, action=NO_CALL)
            reward += step["reward"]
            observation = step["observation"]
            if observation["type"] == "delivered":
                observation = {"type": "error", "code": "no_action", "message": "Call a tool or give the answer."}
            seen.append(json.dumps(observation.get("content", observation), ensure_ascii=False))
            done = step["terminated"] or step["truncated"]
            if done:
                break
        if not done and self.turns >= self.max_turns:  # out of turns: what the state is worth without an answer
            reward, done = reward + self.server.request("episode.evaluate", episode=self.episode)["reward"], True
        self.success = done and reward == 1
        content = "\n".join(f"<tool_response>{text}</tool_response>" for text in seen)
        observations = [] if done else [{"role": "user", "content": content}]
        return BaseTextEnvStepOutput(observations=observations, reward=float(reward), done=done, metadata={})

    def get_metrics(self):
        return {"success": float(self.success), "turns": self.turns}

    def close(self):
        if self.episode:
            self.server.request("episode.close", episode=self.episode)
            self.episode = None
