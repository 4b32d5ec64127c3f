# `make demo` and `make test` set everything up by themselves: Python 3.11 and make are enough.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
OUT := out

.PHONY: demo test lint soak bench clean

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "podplanner needs Python 3.11 or newer; name one with PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[notify,sign,dev]'
	@touch $@

# The main job on the embedded default: a pasted table becomes a checked, priced report, a need
# becomes a pod with its plan, the recorded drives of a sample pod are judged and the one to pull is
# named with its bay, a model is pushed to a store in a directory, tuned, pushed again and pulled
# back, and at last `podplanner demo` tells the whole way from pictures of cats to an answer.
demo: $(STAMP)
	@mkdir -p $(OUT)
	$(BIN)/podplanner bom import bom/pods/storage-pod-3.0.txt --title "Storage Pod 3.0" \
		-o $(OUT)/pod.toml --force
	@echo
	@# Status 1 says that the check found errors, and this list is known to have one.
	$(BIN)/podplanner bom check $(OUT)/pod.toml || [ $$? -eq 1 ]
	@echo
	$(BIN)/podplanner bom cost $(OUT)/pod.toml --drives 4TB@120
	@echo
	$(BIN)/podplanner bom report $(OUT)/pod.toml -o $(OUT)/pod.html --drives 4TB@120
	@echo
	$(BIN)/podplanner plan find --usable 50TB --read 1GB/s --nines 6 --top 1 -o $(OUT)/lab --force
	@echo
	$(BIN)/podplanner plan report $(OUT)/lab/design-1.toml -o $(OUT)/lab.html
	@echo
	@# Status 2 says that a drive is to be replaced, and the sample pod has one.
	$(BIN)/podplanner drive check --from lab-pod || [ $$? -eq 2 ]
	@echo
	$(BIN)/podplanner drive next --from lab-pod || [ $$? -eq 2 ]
	@echo
	$(BIN)/podplanner drive report --from lab-pod -o $(OUT)/drives.html
	@echo
	@rm -rf $(OUT)/store $(OUT)/model $(OUT)/pulled
	$(BIN)/podplanner store init $(OUT)/store
	$(BIN)/python examples/small_model.py $(OUT)/model
	$(BIN)/podplanner model push $(OUT)/model demo/small --store $(OUT)/store
	$(BIN)/python examples/small_model.py $(OUT)/model --tuned
	$(BIN)/podplanner model push $(OUT)/model demo/small --store $(OUT)/store --alias prod
	$(BIN)/podplanner model diff demo/small:1 demo/small:2 --store $(OUT)/store
	$(BIN)/podplanner model pull demo/small:prod $(OUT)/pulled --store $(OUT)/store
	diff -r $(OUT)/model $(OUT)/pulled && echo "pulled back, every byte the same"
	@echo
	$(BIN)/podplanner demo $(OUT)/demo --force --no-open
	@echo
	@echo "The report of the list:  file://$(abspath $(OUT))/pod.html"
	@echo "The plan of the new pod: file://$(abspath $(OUT))/lab.html"
	@echo "The drives of a pod:     file://$(abspath $(OUT))/drives.html"
	@echo "The whole way, told:     file://$(abspath $(OUT))/demo/story.html"

# Hundreds of tests start the command in a process of its own, which would compile it each time.
test: export PYTHONDONTWRITEBYTECODE =
test: $(STAMP) lint
	$(BIN)/python -m pytest -n auto

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The store under many processes that are killed, stopped and failed, STORE_RUNS of them; an engine
# killed ENGINE_KILLS times; each part of a cluster killed CLUSTER_ROUNDS times; and new examples for
# every property, SOAK_RUNS times over.
SOAK_RUNS ?= 20
STORE_RUNS ?= 1000
ENGINE_KILLS ?= 50
CLUSTER_ROUNDS ?= 1
soak: $(STAMP)
	$(BIN)/python tests/soak/engine_soak.py --kills $(ENGINE_KILLS)
	$(BIN)/python tests/soak/cluster_soak.py --rounds $(CLUSTER_ROUNDS)
	$(BIN)/python tests/soak/store_soak.py --runs $(STORE_RUNS)
	for run in $$(seq $(SOAK_RUNS)); do \
		HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest -q -n auto tests/property || exit 1; \
	done

bench: $(STAMP)
	$(BIN)/python bench/large_bill.py
	$(BIN)/python bench/simulation.py
	$(BIN)/python bench/find.py --searches
	$(BIN)/python bench/encoding.py
	$(BIN)/python bench/store --peers
	$(BIN)/python bench/s3_clients.py
	$(BIN)/python bench/s3
	@# These need the frameworks: $(BIN)/pip install -r tests/frameworks.txt
	$(BIN)/python bench/models load
	$(BIN)/python bench/models first
	$(BIN)/python bench/checkpoints.py

clean:
	rm -rf $(VENV) $(OUT) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
