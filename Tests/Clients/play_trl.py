#!/usr/bin/env python3
"""Trains with TRL's GRPOTrainer, on the CPU, by the snippets of docs/integrations.md.

usage: play_trl.py BINARY

The model is tiny and random, made here, with Qwen3's chat template. Its tokens are forced by scripts; all else is TRL's own: it makes the
environments, writes their tools into the prompts, parses the calls, makes them, and takes the rewards. Exit status 1 at the first thing that is not
as it should be.
"""

import json
import os
import re
import sys
import tempfile
import warnings
from pathlib import Path

os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"
warnings.simplefilter("ignore", FutureWarning)

import torch
import trl
from datasets import Dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LogitsProcessor, LogitsProcessorList, PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

from play_examples import ANSWER, EXAMPLES, LIBRARY, ROOT, SOLUTION, TASK

START, END = "<|im_start|>", "<|im_end|>"


def call(name, arguments):
    arguments = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return f'<tool_call>\n{{"name": "{name}", "arguments": {arguments}}}\n</tool_call>'


calls = [call(name, arguments) for name, arguments in SOLUTION]
submit = call("submit_answer", {"answer": ANSWER})
# The messages of each rollout of a group, what its tools say to that, and its reward. The first message tells the rollouts apart.
SCRIPTS = [
    (["First.\n" + calls[0], *calls[1:], submit, "Done."], ["20417", "email", "Emma", "102", "9001", "ended"], 1),
    (["At once.\n" + "\n".join([*calls, submit]), "Done."], ["20417", "email", "Emma", "102", "9001", "ended"], 1),
    (["More after the end.\n" + calls[-1], submit, calls[0], "Done."], ["9001", "ended", "episode_ended"], 1),
    (["A wrong answer.\n" + calls[-1], call("submit_answer", {"answer": "tomorrow"}), "Done."], ["9001", "ended"], 0),
    (["No answer.\n" + calls[-1], "It is done."], ["9001"], 0),
    (["Only words."], [], 0),
    (["Mistakes.\n" + call("fly", {}), call("get_member", {"member": 1}), call("get_member", {}), "<tool_call>{</tool_call>"],
     ["not found", "invalid_arguments", "invalid_arguments"], 0),
    (["Wild.\n" + call("get_member", '{"member_id": NaN}'), call("get_member", "[1]"), call("get_member", '{"self": 1}'), submit, "Done."],
     ["error", "error", "invalid_arguments", "ended"], 0),
]


class Forced(LogitsProcessor):
    def __init__(self, rows, prompt_length, pad):
        self.rows, self.prompt_length, self.pad = rows, prompt_length, pad

    def __call__(self, input_ids, scores):
        at = input_ids.shape[1] - self.prompt_length
        forced = torch.full_like(scores, -torch.inf)
        for number, row in enumerate(self.rows):
            forced[number, row[at] if at < len(row) else self.pad] = 0
        return forced


def force(model, tokenizer):
    """Has `generate` say what the scripts say. Which script and which of its messages are seen from the conversation so far."""
    generate = model.generate

    def scripted(input_ids, **options):
        rows = []
        for number, text in enumerate(tokenizer.batch_decode(input_ids)):
            turn = text.count(START + "assistant") - 1
            messages = next(script[0] for script in SCRIPTS if script[0][0] in text) if turn else SCRIPTS[number][0]
            rows.append(tokenizer.encode(messages[turn] + END))
        forced = LogitsProcessorList([Forced(rows, input_ids.shape[1], tokenizer.pad_token_id)])
        return generate(input_ids=input_ids, logits_processor=forced, **options)

    model.generate = scripted


def make_model(folder):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokenizer.train_from_iterator([Path(LIBRARY).read_text()], trainers.BpeTrainer(
        vocab_size=2000, special_tokens=["<|endoftext|>", START, END], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.add_tokens(["<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>"])
    whole = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END, pad_token="<|endoftext|>")
    whole.chat_template = (Path(trl.__file__).parent / "chat_templates/qwen3.jinja").read_text()
    whole.save_pretrained(folder)
    torch.manual_seed(7)
    Qwen3ForCausalLM(Qwen3Config(
        vocab_size=len(whole), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=1, num_key_value_heads=1, head_dim=16,
        eos_token_id=whole.eos_token_id, pad_token_id=whole.pad_token_id)).save_pretrained(folder)


def snippets():
    section = (ROOT / "docs/integrations.md").read_text().partition("\n## TRL\n")[2].partition("\n## ")[0]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


def replaced(text, changes):
    for old, new in changes.items():
        assert text.count(old) == 1, (old, text)
        text = text.replace(old, new)
    return text


def check(completions, rewards):
    for (messages, said, wanted), completion, reward in zip(SCRIPTS, completions, rewards, strict=True):
        results = [message["content"] for message in completion if message["role"] == "tool"]
        assert len(results) == len(said) and all(word in result for word, result in zip(said, results)), (messages, results)
        assert reward == wanted, (messages, reward)


def main(arguments):
    if len(arguments) != 1:
        print(__doc__.strip().splitlines()[2], file=sys.stderr)
        return 2
    os.chdir(ROOT)
    sys.path.insert(0, str(EXAMPLES))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "orrery").symlink_to(Path(arguments[0]).resolve())
        os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"
        make_model(f"{folder}/model")
        seen = []

        def watch(completions, environments, **row):
            seen.append((completions, [environment.get_reward() for environment in environments]))
            return [0.0] * len(completions)

        define, train = snippets()
        page = {"__name__": "__main__", "watch": watch}
        exec(define, page)
        options = f"output_dir={folder + '/out'!r}, max_steps=2, logging_steps=1, save_strategy='no', use_cpu=True, bf16=False, "
        train = replaced(train, {
            '"Qwen/Qwen3-4B"': repr(f"{folder}/model"), "GRPOConfig(": f"GRPOConfig({options}", "args=": "reward_funcs=[watch], args="})
        exec(train, page)
        trainer = page["trainer"]
        trainer.train_dataset = trainer.train_dataset.filter(lambda row: row["task"] == TASK)
        force(trainer.model, trainer.processing_class)
        before = trainer.model.lm_head.weight.clone()
        trainer.train()
        for completions, rewards in seen:  # the second step plays in the environments of the first
            check(completions, rewards)
        assert len(seen) == 2 and not torch.equal(before, trainer.model.lm_head.weight), "nothing was trained"
        steps = trainer.state.log_history[:2]
        assert [step["rewards/Library/mean"] for step in steps] == [3 / 8, 3 / 8] and all(step["grad_norm"] > 0 for step in steps), steps

        # Several environments are a dictionary, and the rows say which; each has its rewards to itself.
        seen.clear()
        page["Other"] = page["environment_class"]("Other", LIBRARY, environment="library")
        exec(replaced(train, {"environment_factory=Library": 'environment_factory={"one": Library, "other": Other}'}), page)
        trainer = page["trainer"]
        row = next(row for row in page["rows"](LIBRARY, "library") if row["task"] == TASK)
        trainer.train_dataset = Dataset.from_list([row | {"environment": "one"}, row | {"environment": "other"}])
        force(trainer.model, trainer.processing_class)
        trainer.train()
        for completions, rewards in seen:
            check(completions, rewards)
        means = [{name: step[f"rewards/{name}/mean"] for name in ("Library", "Other")} for step in trainer.state.log_history[:2]]
        assert sorted(means, key=str) == [{"Library": 3 / 8, "Other": None}, {"Library": None, "Other": 3 / 8}], means
    print(f"trl_environment.py: GRPOTrainer of trl {trl.__version__}, two steps with one environment and two with two, reward 1 and 0")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
