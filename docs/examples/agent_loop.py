#!/usr/bin/env python3
"""An agent loop: a model behind an OpenAI-compatible API plays tasks of `orrery serve --http`.

usage: agent_loop.py ORRERY MODEL ENVIRONMENT TASK...

ORRERY is the server's URL, such as http://127.0.0.1:8000. The package `openai` reads OPENAI_BASE_URL and OPENAI_API_KEY; any server that
speaks /v1/chat/completions with tools will do (vLLM, SGLang, llama.cpp). The model's last message is its answer.
"""

import json
import sys
import urllib.request

END = "When everything is done, reply with the answer that was asked for and nothing else; dates are YYYY-MM-DD."


class Orrery:
    def __init__(self, url, token=None):
        self.url, self.headers = url + "/rpc", {"Authorization": f"Bearer {token}"} if token else {}

    def request(self, method, **params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url, body, self.headers)) as answer:
            reply = json.load(answer)
        if "error" in reply:
            kind = ValueError if reply["error"]["data"]["reason"] in ("invalid_params", "parse_error") else RuntimeError
            raise kind(f"{method}: {reply['error']['message']}")
        return reply["result"]


def function(tool):
    return {"type": "function", "function": {"name": tool["name"], "description": tool["description"], "parameters": tool["input_schema"]}}


def call(orrery, episode, tool, text):
    """Calls a tool with what the model wrote. What is no JSON, or none that the server takes, is sent as a text, which the tool refuses."""
    action = {"type": "call", "tool": tool}
    try:
        return orrery.request("episode.step", episode=episode, action=action | {"arguments": json.loads(text or "{}")})
    except (ValueError, RecursionError):
        return orrery.request("episode.step", episode=episode, action=action | {"arguments": text.encode(errors="replace").decode()})


def play(orrery, client, model, environment, task, seed=0, max_steps=50):
    """Plays one episode and returns its reward and the conversation. `client` is an openai.OpenAI, or anything that has its chat.completions."""
    begun = orrery.request("episode.reset", environment=environment, task=task, seed=seed, options={"max_steps": max_steps})
    episode, observation = begun["episode"], begun["observation"]
    tools = [function(tool) for tool in observation["tools"]]
    system = "\n\n".join(text.strip() for text in (observation["policy"], END) if text)
    messages = [{"role": "system", "content": system}, {"role": "user", "content": observation["instruction"]}]
    try:
        while True:
            message = client.chat.completions.create(model=model, messages=messages, tools=tools).choices[0].message
            messages.append(message.model_dump(exclude_none=True))
            if not message.tool_calls:
                answer = {"type": "answer", "content": (message.content or "").strip()}
                return orrery.request("episode.step", episode=episode, action=answer)["reward"], messages
            for made in message.tool_calls:
                step = call(orrery, episode, made.function.name, made.function.arguments)
                seen = step["observation"]
                content = json.dumps(seen["content"] if seen["type"] == "result" else seen, ensure_ascii=False)
                messages.append({"role": "tool", "tool_call_id": made.id, "content": content})
                if step["terminated"] or step["truncated"]:
                    return step["reward"], messages
    finally:
        orrery.request("episode.close", episode=episode)


def main(arguments):
    if len(arguments) < 4:
        print(__doc__.strip().splitlines()[2], file=sys.stderr)
        return 2
    import openai

    url, model, environment, *tasks = arguments
    for task in tasks:
        reward, messages = play(Orrery(url), openai.OpenAI(), model, environment, task)
        print(f"{environment} {task}: reward {reward}, {sum(message['role'] == 'assistant' for message in messages)} turns")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
