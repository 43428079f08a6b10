# SPDX-License-Identifier: GPL-2.0-only
#
# make run    build what is missing, boot, judge, print the verdict     (SERIES=none ARGS="--driver vim2m")
# make test   unit tests and guest tests, side by side                  (ARGS="-k splat")
# make soak   everything under 20 seeds, and 5 times on the real clock  (ARGS="--shard 1/4")
# make check  ruff, mypy --strict, shellcheck, checkpatch and unit tests: no kernel is built or booted
#
# make test-long  whole drivers, union graphs, a driver of somebody else's: what takes minutes each
# make test-outside  programs of others: long selftests, v4l2-compliance, GStreamer, Chromium on a report
# make test-ci  run the files of docs/guide/ci, line by line, in a bare Debian (root, debootstrap)
# make test-docs  run the commands whose output README and docs show: minutes
# make races    how many schedules it takes until a planted race is met (docs/explain/schedules.md)
# make docs     write what pages repeat of the code (make check compares)
# make profile  where a case's instructions go, by source folder and by function (ARGS=rga-copy)
# make reach    which functions and lines of drivers and their core guests execute (ARGS="rga-copy --missed '*/rga/*'")
# make coverage what unit tests run of rig/, by package; the data stay in build/coverage (ARGS="-k report")
# make bench    what things cost beside each other: medians and ratios, JSON in out/bench.json
#
# YES=1 installs missing Debian packages without asking.  make turns every failure into status 2;
# scripts call m2m-rig, whose exit statuses mean something.

PYTHON ?= python3
VENV := .venv/bin
# What "make run" judges: a bundled series, a directory of patches or an mbox.
SERIES ?= producer-fence

CHECKS := check-style check-types check-imports check-sources check-units

.PHONY: run test test-long test-outside test-ci test-history test-docs docs soak check $(CHECKS) coverage bench profile reach races setup setup-dev clean

run: setup
	@$(VENV)/m2m-rig run --series $(SERIES) $(ARGS)

test: setup-dev
	@$(VENV)/python -m pytest -n auto --dist loadscope $(ARGS)

test-long: setup-dev
	@$(VENV)/python -m pytest -n auto --dist loadscope -m long tests/guest $(ARGS)

# Real bugs of the past are put back, one after the other: is each seen as it is on record?
test-history: setup
	@$(VENV)/m2m-rig selfcheck --history $(ARGS)

test-outside: setup-dev
	@$(VENV)/python -m pytest -m outside tests/guest/test_outside.py tests/guest/test_clients.py tests/unit/report/test_browser.py $(ARGS)

soak: setup
	@$(VENV)/m2m-rig soak --series $(SERIES) $(ARGS)

test-ci: setup-dev
	@$(VENV)/python -m pytest -p no:xdist tests/ci $(ARGS)

# All at once; each is heard to its end, tells what it has to say in one piece, and is named if it
# fails.  Nothing that they start may take these flags of make's for its own.
check: setup-dev
	@$(MAKE) --no-print-directory --keep-going --jobs --output-sync=target $(CHECKS)

$(CHECKS): export MAKEFLAGS :=
check-style:
	@$(VENV)/ruff check rig tests setup.py
	@$(VENV)/ruff format --check rig tests setup.py

check-types:
	@$(VENV)/mypy

check-imports:
	@$(VENV)/lint-imports --no-cache

check-sources:
	@$(VENV)/python -m tests.tools.lint

check-units:
	@$(VENV)/python -m pytest -q -n auto --dist worksteal tests/unit $(ARGS)

test-docs: setup-dev
	@$(VENV)/python -m pytest -q -m long tests/guest/test_documents.py $(ARGS)

docs: setup-dev
	@$(VENV)/python -m tests.tools.made

coverage: setup-dev
	@$(VENV)/python -m tests.tools.coverage tests/unit $(ARGS)

bench: setup-dev
	@$(VENV)/python -m tests.tools.bench $(ARGS)

profile: setup-dev
	@$(VENV)/python -m tests.tools.profile $(ARGS)

reach: setup-dev
	@$(VENV)/python -m tests.tools.reach $(ARGS)

races: setup-dev
	@$(VENV)/python -m tests.tools.races $(ARGS)

setup:
	@$(PYTHON) -m rig.host.bootstrap $(if $(YES),--yes)

setup-dev:
	@$(PYTHON) -m rig.host.bootstrap $(if $(YES),--yes) --dev

clean:
	rm -rf .venv out build *.egg-info
