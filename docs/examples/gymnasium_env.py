"""A Gymnasium environment over `orrery serve`: observations and actions are JSON texts.

    env = OrreryEnv("EnvSpecs/library.yaml", environment="library", task="lend_to_ana")
    observation, info = env.reset(seed=7)
    observation, reward, terminated, truncated, info = env.step('{"type": "call", "tool": "find_members", "arguments": {"text": "Ana"}}')

Actions are those of docs/protocol.md: {"type": "call", "tool", "arguments"}, {"type": "message", "content"}, {"type": "answer", "content"}. A text
that is no action is a mistake of the agent and counts as a step. Without a task each reset draws one. `process=other.process` shares a server.
"""

import json
import subprocess

import gymnasium


class Text(gymnasium.spaces.Text):
    """Any text: the space of Gymnasium knows only the characters that it is given."""

    def contains(self, x):
        return isinstance(x, str) and len(x) <= self.max_length


class OrreryEnv(gymnasium.Env):
    metadata = {"render_modes": ["ansi"], "render_fps": 1}

    def __init__(self, *paths, environment, task=None, max_steps=200, reward="binary", binary="orrery", process=None, render_mode=None):
        self.observation_space = Text(max_length=8 << 20, min_length=0)
        self.action_space = Text(max_length=1 << 20, min_length=0)
        self.render_mode, self.environment, self.task = render_mode, environment, task
        self.options = {"max_steps": max_steps, "reward": reward}
        self.episode, self.last, self.owns_process = None, "", process is None
        command = [binary, "serve", "--workers", "1"] + [word for path in paths for word in ("--environments", path)]
        self.process = process or subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.tasks = [task["id"] for task in self._ask("environments.describe", environment=environment)["tasks"]]

    def _ask(self, method, **params):
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n")
        self.process.stdin.flush()
        reply = json.loads(self.process.stdout.readline() or '{"error": {"message": "the server has ended", "data": {}}}')
        if "error" in reply:
            kind = ValueError if reply["error"]["data"].get("reason") in ("invalid_params", "parse_error") else RuntimeError
            raise kind(reply["error"]["message"])
        return reply["result"]

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        if self.episode:
            self._ask("episode.close", episode=self.episode)
        task = (options or {}).get("task", self.task) or self.tasks[int(self.np_random.integers(len(self.tasks)))]
        seed = int(self.np_random.integers(2**31)) if seed is None else seed
        begun = self._ask("episode.reset", environment=self.environment, task=task, seed=seed, options=self.options)
        self.episode = begun["episode"]
        self.last = json.dumps(begun["observation"], ensure_ascii=False)
        return self.last, begun["info"]

    def step(self, action):
        try:
            step = self._ask("episode.step", episode=self.episode, action=json.loads(action))
        except (ValueError, RecursionError) as error:  # no action: a call of no tool, so that it counts as a step
            step = self._ask("episode.step", episode=self.episode, action={"type": "call", "tool": "", "arguments": {}})
            step["observation"] = {"type": "error", "code": "invalid_action", "message": str(error), "details": {}}
        self.last = json.dumps(step["observation"], ensure_ascii=False)
        return self.last, float(step["reward"]), step["terminated"], step["truncated"], step["info"]

    def render(self):
        return self.last

    def close(self):
        if self.episode and self.process.poll() is None:
            self._ask("episode.close", episode=self.episode)
        self.episode = None
        if self.owns_process and self.process.poll() is None:
            self.process.stdin.close()  # the end of the input ends the server
            self.process.wait()
            self.process.stdout.close()
