# Two commands do everything on a fresh Debian machine with a Swift 6.3 toolchain:
#
#   make run     build in release, generate a batch of environments, play every task of it, and put rewards to the test, visibly
#   make test    run every test
#
# and for development: make bench, make bench-http, make sample, make format, make lint, make fuzz, make trainers

SWIFT ?= swift
PYTHON ?= python3
RELEASE := .build/release/orrery
DEBUG := .build/debug/orrery
VENV := .build/venv
VENV_MCP2 := .build/venv-mcp2
VENV_VERIFIERS := .build/venv-verifiers
VENV_TRL := .build/venv-trl
VENV_PEERS := .build/venv-peers
BATCH := .build/batch
SECONDS ?= 60

.PHONY: run sample test bench bench-http fuzz format lint clients trainers debug release packages

run: release
	@rm -rf $(BATCH)
	@echo
	$(RELEASE) generate --count 100 --seed 7 --out $(BATCH)
	@echo
	$(RELEASE) report $(BATCH)
	@echo
	$(RELEASE) run $(BATCH) | tail -n 25
	@echo
	$(RELEASE) run $(BATCH) --policy noop | tail -n 1
	@echo
	$(RELEASE) validate GeneratedEnvs/sample
	@echo
	$(RELEASE) run EnvSpecs/library.yaml
	@echo
	@if $(RELEASE) check EnvSpecs/tau2-retail.yaml >/dev/null 2>&1; then \
		echo "$(RELEASE) run EnvSpecs/tau2-retail.yaml | tail -n 2"; \
		$(RELEASE) run EnvSpecs/tau2-retail.yaml | tail -n 2; \
	else \
		echo "tau2-retail is left out: its data are not here (see README.md)"; \
	fi

# The committed batch, after a change of the generator or of a domain.
sample: release
	rm -rf GeneratedEnvs/sample
	$(RELEASE) generate --out GeneratedEnvs/sample

test: debug clients
	$(SWIFT) test --skip-build

# The system's SQLite with its headers; installed only where it is missing.
packages:
	@test -e /usr/include/sqlite3.h || { echo "installing libsqlite3-dev"; apt-get update -qq && apt-get install -y -qq libsqlite3-dev; }

release: packages
	$(SWIFT) build -c release --product orrery

debug: packages
	$(SWIFT) build --build-tests

$(VENV)/ready: Tests/Clients/requirements.txt
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { apt-get update -qq && apt-get install -y -qq python3-venv; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r Tests/Clients/requirements.txt
	@touch $@

# The two generations of the mcp package cannot live together.
$(VENV_MCP2)/ready: Tests/Clients/requirements-mcp2.txt $(VENV)/ready
	$(PYTHON) -m venv $(VENV_MCP2)
	$(VENV_MCP2)/bin/pip install --quiet --disable-pip-version-check -r Tests/Clients/requirements-mcp2.txt
	@touch $@

# uv does not read pip's configuration, nor trust the system's certificates unless told to.
export UV_SYSTEM_CERTS = 1

# verifiers pins a third generation of mcp, and many packages: uv, which it needs anyway, takes seconds where pip takes a minute.
$(VENV_VERIFIERS)/ready: Tests/Clients/requirements-verifiers.txt $(VENV)/ready
	$(PYTHON) -m venv $(VENV_VERIFIERS)
	$(VENV_VERIFIERS)/bin/pip install --quiet --disable-pip-version-check $$(grep ^uv== Tests/Clients/requirements-verifiers.txt)
	$(VENV_VERIFIERS)/bin/uv pip install --quiet --python $(VENV_VERIFIERS)/bin/python -r Tests/Clients/requirements-verifiers.txt
	@touch $@

# What a stranger's program sees: the real binary, spoken to by Python.
clients: debug $(VENV)/ready $(VENV_MCP2)/ready
	$(VENV)/bin/python Tests/Clients/replay_examples.py $(DEBUG) docs/protocol.md
	$(VENV)/bin/python Tests/Clients/run_tutorial.py $(DEBUG) docs/tutorial-python.md docs/validation.md docs/serving.md README.md
	$(VENV)/bin/python Tests/Clients/check_schema.py docs/environment.schema.json EnvSpecs/library.yaml EnvSpecs/tau2-retail.yaml
	$(VENV)/bin/python Tests/Clients/check_domain_schema.py docs/domain.schema.json EnvSpecs
	$(VENV)/bin/python Tests/Clients/check_broken.py $(DEBUG) Tests/Broken
	$(VENV)/bin/python Tests/Clients/replay_tau2.py $(DEBUG)
	@rm -rf $(BATCH)-test && $(DEBUG) generate --count 49 --seed 11 --out $(BATCH)-test
	$(VENV)/bin/python Tests/Clients/replay_batch.py $(DEBUG) GeneratedEnvs/sample $(BATCH)-test
	$(VENV)/bin/python Tests/Clients/play_mcp.py $(DEBUG)
	$(VENV_MCP2)/bin/python Tests/Clients/play_mcp.py $(DEBUG)
	$(VENV)/bin/python Tests/Clients/play_openenv.py $(DEBUG)
	$(VENV)/bin/python Tests/Clients/play_examples.py $(DEBUG) gymnasium_env trl_environment agent_loop skyrl_env desktop_mcp integrations_page
	$(VENV_MCP2)/bin/python Tests/Clients/play_examples.py $(DEBUG) desktop_mcp integrations_page
	@if $(MAKE) --silent $(VENV_VERIFIERS)/ready; then \
		$(VENV_VERIFIERS)/bin/python Tests/Clients/play_examples.py $(DEBUG) verifiers_eval integrations_page; \
	else \
		echo "the example for verifiers is left out: uv cannot fetch its packages here"; \
	fi
	$(VENV)/bin/python Tests/Clients/abuse_http.py $(DEBUG)
	$(VENV)/bin/python Tests/Clients/share_http.py $(DEBUG)
	$(VENV)/bin/python Tests/Clients/read_log.py $(DEBUG)
	$(VENV)/bin/python Tests/Clients/fuzz_protocol.py $(DEBUG) --seconds 10
	$(VENV)/bin/python Tests/Clients/fuzz_loader.py $(DEBUG) --seconds 10

$(VENV_TRL)/ready: Tests/Clients/requirements-trl.txt $(VENV)/ready
	$(PYTHON) -m venv $(VENV_TRL)
	$(VENV_TRL)/bin/pip install --quiet --disable-pip-version-check -r Tests/Clients/requirements-trl.txt
	@touch $@

# The trainers too heavy for every day: torch and more, from several hundred MB to several GB.
trainers: release $(VENV_TRL)/ready
	$(VENV_TRL)/bin/python Tests/Clients/play_trl.py $(RELEASE)

fuzz: release $(VENV)/ready
	$(VENV)/bin/python Tests/Clients/fuzz_protocol.py $(RELEASE) --seconds $(SECONDS)
	$(VENV)/bin/python Tests/Clients/fuzz_loader.py $(RELEASE) --seconds $(SECONDS)

bench: release
	$(SWIFT) build -c release --product orrery-bench
	@echo
	.build/release/orrery-bench EnvSpecs/library.yaml $(RELEASE)
	@echo
	@if $(RELEASE) check EnvSpecs/tau2-retail.yaml >/dev/null 2>&1; then \
		.build/release/orrery-bench EnvSpecs/tau2-retail.yaml $(RELEASE); \
	else \
		echo "tau2-retail is left out: its data are not here (see README.md)"; \
	fi

$(VENV_PEERS)/ready: Benchmarks/peers/requirements.txt $(VENV)/ready
	$(PYTHON) -m venv $(VENV_PEERS)
	$(VENV_PEERS)/bin/pip install --quiet --disable-pip-version-check -r Benchmarks/peers/requirements.txt
	@touch $@

# The doors of HTTP under load, beside a FastAPI server of the same tools.
bench-http: release $(VENV_PEERS)/ready
	@command -v wrk >/dev/null || { apt-get update -qq && apt-get install -y -qq wrk; }
	$(VENV_PEERS)/bin/python Benchmarks/http_load.py $(RELEASE)

format:
	$(SWIFT) format --in-place --recursive --parallel Sources Tests Benchmarks Package.swift

lint:
	$(SWIFT) format lint --strict --recursive --parallel Sources Tests Benchmarks Package.swift
