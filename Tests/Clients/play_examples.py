#!/usr/bin/env python3
"""Runs the examples of docs/examples against the real binary.

usage: play_examples.py BINARY

Exit status 1 at the first thing that is not as it should be.
"""

import importlib.util
import json
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = str(ROOT / "EnvSpecs/library.yaml")
SOLUTION = [
    ("find_members", {"text": "Ana"}), ("get_member", {"member_id": 20417}), ("search_titles", {"text": "Emma"}),
    ("list_copies", {"title_id": 2}), ("lend_copy", {"copy_id": 102, "member_id": 20417}),
]


def example(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs/examples" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
    env = OrreryEnv(LIBRARY, environment="library", task="lend_to_ana", binary=binary)
    observation, info = env.reset(seed=7)
    assert "Ana Sousa is at the desk" in json.loads(observation)["instruction"] and info["task"] == "lend_to_ana", info
    for tool, arguments in SOLUTION:
        observation, reward, terminated, truncated, _ = env.step(json.dumps({"type": "call", "tool": tool, "arguments": arguments}))
        assert json.loads(observation)["type"] == "result" and not terminated and not truncated and reward == 0, observation
    assert json.loads(env.step("hello")[0])["code"] == "invalid_action"
    assert env.step(json.dumps({"type": "answer", "content": "2025-03-31"}))[1:4] == (1.0, True, False)
    env.reset(seed=7)
    assert env.step(json.dumps({"type": "answer", "content": "nothing done"}))[1] == 0
    env.close()
    env.close()
    envs = gymnasium.make_vec("Orrery-v0", num_envs=3, vectorization_mode="sync")
    assert len(envs.reset(seed=1)[0]) == 3
    envs.close()
    print(f"docs/examples/gymnasium_env.py: check_env of gymnasium {gymnasium.__version__} without a warning, reward 1")


def main(arguments):
    if len(arguments) != 1:
        print(__doc__.strip().splitlines()[2], file=sys.stderr)
        return 2
    gymnasium_env(str(Path(arguments[0]).resolve()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
