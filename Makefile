# Every target sets up .venv when it is missing and passes ARGS on: make train ARGS="epochs=3 model=mlp"
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help install train eval reproduce assert report sweep test siege faults test-gpu test-fast lint check matrix smoke recipes \
  bench bench-sweep ui clean

# those that need no weights of another run; all fit two CPU cores
RECIPES := $(filter-out recipes/finetune/3% recipes/finetune/4%,$(wildcard recipes/*.yaml recipes/*/*.yaml))

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(READY): requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] < (3, 14) else "runner needs Python 3.11 to 3.13: make PYTHON=python3.12 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "setting up .venv: about 6 GB of packages, which takes some minutes; nothing is said until they are there"
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

install: $(READY)  ## set up .venv with the pinned packages

train: $(READY)  ## train a CNN on real digits, tracked and resumable
	$(BIN)/runner $(ARGS)

eval: $(READY)  ## measure the best weights of the newest run again
	$(BIN)/runner eval latest $(ARGS)

reproduce: $(READY)  ## train the newest run again, and compare bit for bit
	$(BIN)/runner reproduce latest $(ARGS)

assert: $(READY)  ## hold the newest run against expectations: ARGS="'test/accuracy>=0.97' 'seconds<600'"
	$(BIN)/runner assert latest $(or $(ARGS),'test/accuracy>=0.9')

report: $(READY)  ## write report.html of what was run or searched last
	$(BIN)/runner report latest $(ARGS)

sweep: $(READY)  ## search for a learning rate and a model; the same again goes on: ARGS="sweep.trials=24"
	$(BIN)/runner -m sweep=bayes sweep.name=sweep sweep.trials=12 epochs=9 model=mlp,cnn \
	  'optimizer.lr=tag(log,interval(1e-4,1e-1))' $(ARGS)

test: $(READY)  ## run all tests, on two cores
	$(BIN)/python -m pytest -m "not siege" --numprocesses 2 --dist loadfile $(ARGS)

siege: $(READY)  ## the long tests: kills at random, crashed servers, many trials in one process
	$(BIN)/python -m pytest -m siege $(ARGS)

faults: $(READY)  ## kills at any moment, full disks, odd places, planted mistakes; ARGS="--seed random" or --seed 7
	$(BIN)/python -m pytest tests/faults tests/sweep/test_kills.py $(ARGS)

test-gpu: $(READY)  ## the tests that need a GPU, on that of this machine; make test runs them on an emulated one
	$(BIN)/python -m pytest -m "gpu or gpus" $(ARGS)

test-fast: $(READY)  ## run the tests that take no more than seconds
	$(BIN)/python -m pytest -m "not slow and not siege" --numprocesses 2 --dist loadfile $(ARGS)

lint: $(READY)  ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: $(READY)  ## check every recipe and every choice of every group, without training
	$(BIN)/runner check --all $(ARGS)

matrix: $(READY)  ## two steps of every model on every dataset that it fits
	$(BIN)/runner matrix $(ARGS)

smoke: $(READY)  ## one batch of everything of every recipe
	for recipe in $(RECIPES); do $(BIN)/runner $$recipe debug=smoke epochs=1 $(ARGS) || exit; done

recipes: $(READY)  ## train every recipe; fails where one misses what its header promises
	for recipe in $(RECIPES); do echo "== $$recipe"; $(BIN)/runner $$recipe $(ARGS) || exit; done
	$(BIN)/runner recipes/finetune/1_pretrain.yaml hydra.run.dir=outputs/pretrained $(ARGS)
	for recipe in recipes/finetune/3_frozen.yaml recipes/finetune/4_discriminative.yaml; do echo "== $$recipe"; \
	  $(BIN)/runner $$recipe model.weights=outputs/pretrained/checkpoints/best.pt $(ARGS) || exit; done

bench: $(READY)  ## calls, time, inputs, start-up, scaling and GPUs beside a bare loop and the peers
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	$(BIN)/python -m benchmarks $(ARGS)

bench-sweep: $(READY)  ## what a trial costs, beside other engines; how good samplers and pruners are, beside Optuna's own
	$(BIN)/python -m benchmarks.sweep_engine $(ARGS)
	$(BIN)/python -m benchmarks --only quality $(ARGS)

ui: $(READY)  ## open the tracking store in a browser
	$(BIN)/runner ui $(ARGS)

clean:  ## remove .venv, caches and all outputs
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find outputs -mindepth 1 -not -name .gitignore -delete
