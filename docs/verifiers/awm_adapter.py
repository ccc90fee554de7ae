"""Puts a verifier in the form of Agent World Model on trial:

    orrery validate EnvSpecs/library.yaml --task extend_then_wait \
        --verifier "python3 docs/verifiers/awm_adapter.py docs/verifiers/sound.py"

The file named last defines verify_task_completion(initial_db_path, final_db_path, final_answer), which returns
{"result": "complete"} or {"result": "others"}, or one of the two words. See docs/validation.md.
"""

import contextlib
import importlib.util
import json
import sys

request = json.load(sys.stdin)
spec = importlib.util.spec_from_file_location("verifier", sys.argv[1])
verifier = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verifier)

answer = request["answer"]
if answer is not None and not isinstance(answer, str):
    answer = json.dumps(answer, ensure_ascii=False)
with contextlib.redirect_stdout(sys.stderr):  # what it prints by the way is no verdict
    result = verifier.verify_task_completion(request["initial_db"], request["final_db"], answer)
print(json.dumps(result if isinstance(result, dict) else {"result": result}))
