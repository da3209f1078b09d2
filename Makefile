# SPDX-License-Identifier: Apache-2.0
# Needs Python >= 3.11 and make. Every target makes .venv by itself, once, and again only when
# pyproject.toml or constraints.txt has changed. Choose another Python with `make demo PYTHON=…`.

.DEFAULT_GOAL := help
SHELL  := /bin/bash
VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	command -v $$p >/dev/null 2>&1 \
	&& $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo $$p; exit; }; done)
PIP    := $(BIN)/python -m pip --disable-pip-version-check
# Tests in two processes, whole files at a time; `make test JOBS=0` runs them in one.
JOBS   ?= 2
# A lost one is not replaced: the run ends, and says what it was at.
XDIST  := $(if $(filter 0,$(JOBS)),,-n $(JOBS) --dist loadfile --max-worker-restart 0)
USUAL  := not slow and not gpu and not host_krita and not host_gimp
# Libraries choose their kernels by the processor. These make them choose as they do on others, and the tests whose
# numbers depend on kernels (not on drawing, files, processes or panels) are run again.
KERNELS := ATEN_CPU_CAPABILITY=default,ONEDNN_MAX_CPU_ISA=SSE41 ATEN_CPU_CAPABILITY=avx2,ONEDNN_MAX_CPU_ISA=AVX2
DRAWING := $(foreach one,scenes world heads_world canvas files warp,--ignore-glob='*/test_$(one)*')
NUMERIC := tests/engine tests/parity tests/lab $(DRAWING)
OUT    ?= out/demo
# Paint programs that host-tools installs and test-hosts runs in. GIMP's needs root rights even when it is there.
HOSTS  ?= krita gimp
ONLY_krita      := host_krita and not host_gimp
ONLY_gimp       := host_gimp and not host_krita
ONLY_krita_gimp := host_krita or host_gimp
ONLY_gimp_krita := $(ONLY_krita_gimp)
# Minutes of work on the denoiser in `make train`, at half size and in all, and of two processors on the generator of
# heads: they decide how good these get.
COARSE  ?= 60
MINUTES ?= 180
HEADS   ?= 72
TRAINING = server.lab.training
TRAIN    = $(BIN)/python -m $(TRAINING)

.PHONY: help demo test check test-numeric test-quality test-nightly host-tools test-hosts \
	test-hosts-debian13 zips docs train bench format clean

help:  ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 24

demo: $(VENV)/.stamp-run  ## raise the sun, grow the mountain: pictures in out/demo
	@$(BIN)/pullbrush demo --overwrite --out $(OUT)

test: $(VENV)/.stamp-dev  ## everything that must always hold, without network or GPU
	@$(BIN)/python -m pytest $(XDIST) -m "$(USUAL)"

check: $(VENV)/.stamp-dev  ## ruff, pyright, import contracts, license headers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/pyright
	@for one in plugin_krita plugin_gimp; do \
	  ln -sfn ../../protocol $$one/pullbrush/protocol && $(BIN)/pyright -p $$one && \
	  (cd $$one && $(abspath $(BIN))/lint-imports --no-cache --config importlinter.toml) || exit 1; done
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q -p no:cacheprovider -m "$(USUAL)" tests/checks

test-numeric: $(VENV)/.stamp-dev  ## the engine's and the trainings' numbers by the kernels of other processors
	@failed=; for one in $(KERNELS); do echo "--- $$one"; \
	  env $${one//,/ } $(BIN)/python -m pytest $(XDIST) -m "$(USUAL)" $(NUMERIC) || failed="$$failed $$one"; done; \
	  [ -z "$$failed" ] || { echo "failed under$$failed" >&2; exit 1; }

test-quality: $(VENV)/.stamp-dev  ## edits on many held-out scenes, against the true answer
	@$(BIN)/python -m pytest $(XDIST) --timeout 3600 -m "quality" tests/quality

test-nightly: $(VENV)/.stamp-dev  ## everything slow, all tests by other kernels, 20 000 random examples of hostile input
	@PULLBRUSH_HYPOTHESIS=nightly $(BIN)/python -m pytest $(XDIST) --timeout 14400 -m "fuzz"
	@$(BIN)/python -m pytest $(XDIST) --timeout 7200 -m "slow or quality"
	@$(MAKE) --no-print-directory test-numeric NUMERIC=tests

host-tools: $(VENV)/.stamp-dev  ## what test-hosts needs (Debian and Ubuntu, as root): Krita, and a Debian 13 with GIMP 3
	@bash tests/hosts/install.sh $$($(BIN)/python tests/hosts/needs.py $(HOSTS))
ifneq ($(filter gimp,$(HOSTS)),)
	@bash tests/hosts/debian13.sh make gimp $$($(BIN)/python tests/hosts/needs.py debian13) || \
		{ echo "Without GIMP: make host-tools HOSTS=krita, make test-hosts HOSTS=krita" >&2; exit 3; }
endif

test-hosts: $(VENV)/.stamp-dev  ## inside the real Krita and the real GIMP 3, on screens of their own; HOSTS=krita or HOSTS=gimp: one
	@$(BIN)/python -m pytest -m "$(or $(ONLY_$(subst $() ,_,$(strip $(HOSTS)))),$(error HOSTS is krita, gimp or both))" tests/hosts

test-hosts-debian13: $(VENV)/.stamp-dev  ## inside Krita 5.2 of Debian 13: nightly (as root; minutes to make it, once)
	@PATH="$(abspath $(BIN)):$$PATH" bash tests/hosts/krita_debian13.sh $(OPTIONS)

zips: $(VENV)/.stamp-run  ## the plug-ins as paint programs import them, in dist/
	@$(BIN)/python -m server.cli.installing.plugin_zip dist

docs: $(VENV)/.stamp-dev  ## the documentation site, in site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet && echo "site/index.html"

train: $(VENV)/.stamp-run  ## train the bundled models again, from nothing (hours)
	@$(TRAIN).autoencoder --minutes 30
	@for size in 128x128:16000 256x256:16000 320x192:1000 192x320:1000 384x256:1000; do \
	  shape=$${size%%:*}; \
	  $(TRAIN).latents --width $${shape%%x*} --height $${shape##*x} --count $${size##*:} && \
	  $(TRAIN).latents --width $${shape%%x*} --height $${shape##*x} --first 1000000 --count 256 || exit 1; \
	done
	@$(TRAIN).denoiser --sizes 128x128 --minutes $(COARSE) --cool 0
	@$(TRAIN).denoiser --sizes 256x256:10,320x192,192x320,384x256 --minutes $(MINUTES)
	@$(TRAIN).decoder --minutes 30
	@$(TRAIN).export
	@$(TRAIN).fewstep.train --teacher server/engine/models/bundled/scenes --minutes 25
	@$(BIN)/python -m server.lab.evaluate.judge.train
	@$(TRAIN).gan.store --count 48000
	@OMP_NUM_THREADS=1 $(BIN)/python -m torch.distributed.run --standalone --nproc-per-node 2 -m -- \
	  $(TRAINING).gan.fit --minutes $(HEADS) --batch 10
	@$(TRAIN).gan.encoder --minutes 7
	@$(TRAIN).gan.export --to server/engine/models/bundled/heads-gan

bench: $(VENV)/.stamp-run  ## transport, edits, live drags and the model, as JSON in out/
	@mkdir -p out
	@$(BIN)/pullbrush bench transport --overwrite --json out/bench-transport.json
	@$(BIN)/pullbrush bench edits --overwrite --json out/bench-edits.json
	@$(BIN)/pullbrush bench draggan --model heads-gan --overwrite --json out/bench-draggan.json
	@$(BIN)/pullbrush bench model --prompts 100 --overwrite --shaped 8 --processes 2 --sheet out/samples.png --json out/bench-model.json

format: $(VENV)/.stamp-dev  ## put the sources into the project's format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

clean:  ## remove what was built (not .venv)
	@rm -rf out site build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then echo "Pullbrush needs Python 3.11 or newer, and none was found." \
		"Install one, or name it: make demo PYTHON=/path/to/python3.11" >&2; exit 2; fi
	@$(PYTHON) -m venv $(VENV) || { echo "This Python cannot make a virtual environment." \
		"On Debian and Ubuntu: apt install python3-venv" >&2; rm -rf $(VENV); exit 2; }

# torch first: it is the big one, and the build that your index offers (or that you put into
# .venv before) decides between CPU and GPU.
$(VENV)/.stamp-run: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Setting up $(VENV) (once) …"
	@$(PIP) install --quiet -c constraints.txt torch
	@$(PIP) install --quiet -c constraints.txt -e .
	@touch $@

$(VENV)/.stamp-dev: $(VENV)/.stamp-run
	@$(PIP) install --quiet -c constraints.txt -e ".[dev,docs]"
	@touch $@
