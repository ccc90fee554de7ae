"""A Gymnasium environment over `orrery serve`: observations and actions are JSON texts.

    env = OrreryEnv("EnvSpecs/library.yaml", environment="library", task="lend_to_ana")
    observation, info = env.reset(seed=7)
    observation, reward, terminated, truncated, info = env.step('{"type": "call", "tool": "find_members", "arguments": {"text": "Ana"}}')

Actions are those of docs/protocol.md: {"type": "call", "tool", "arguments"}, {"type": "message", "content"}, {"type": "answer", "content"}. A text
that is no action is an observation that says so. Without a task each reset draws one.
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

    def __init__(self, *paths, environment, task=None, max_steps=200, reward="binary", binary="orrery", render_mode=None):
        self.observation_space = Text(max_length=8 << 20, min_length=0)
        self.action_space = Text(max_length=1 << 20, min_length=0)
        self.render_mode = render_mode
        self.environment, self.task = environment, task
        self.options = {"max_steps": max_steps, "reward": reward}
        self.episode, self.last = None, ""
        command = [binary, "serve", "--workers", "1"] + [word for path in paths for word in ("--environments", path)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        described = self._ask("environments.describe", environment=environment)["result"]
        self.tasks = [task["id"] for task in described["tasks"]]

    def _ask(self, method, **params):
        line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        if self.episode:
            self._ask("episode.close", episode=self.episode)
        task = (options or {}).get("task", self.task) or self.tasks[int(self.np_random.integers(len(self.tasks)))]
        seed = int(self.np_random.integers(2**31)) if seed is None else seed
        begun = self._ask("episode.reset", environment=self.environment, task=task, seed=seed, options=self.options)["result"]
        self.episode = begun["episode"]
        self.last = json.dumps(begun["observation"], ensure_ascii=False)
        return self.last, begun["info"]

    def step(self, action):
        try:
            reply = self._ask("episode.step", episode=self.episode, action=json.loads(action))
        except ValueError as error:
            reply = {"error": {"message": f"the action is not JSON: {error}"}}
        if "error" in reply:  # not an action: nothing has happened
            self.last = json.dumps({"type": "error", "code": "invalid_action", "message": reply["error"]["message"]})
            return self.last, 0.0, False, False, {}
        step = reply["result"]
        self.last = json.dumps(step["observation"], ensure_ascii=False)
        return self.last, float(step["reward"]), step["terminated"], step["truncated"], step["info"]

    def render(self):
        return self.last

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()  # the end of the input ends the server
            self.process.wait()
            self.process.stdout.close()
