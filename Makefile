PYTHON ?= python3
VENV ?= .venv
# The TensorFlow to install; for a GPU, in a new environment: make install TENSORFLOW='tensorflow[and-cuda]==2.21.*'
TENSORFLOW ?=
PY = $(VENV)/bin/python
DEMO ?= demo
DEMO_PICTURES ?= 4000
DEMO_SEED ?= 0
DIST ?= dist
KILLS ?= 220
INPUTS ?= 10000
INSTALLED = $(VENV)/.installed

.PHONY: help install lock demo test test-long lint vulnerabilities docs wheel clean
help:
	@echo "make demo     install, then prepare, train, evaluate and report on synthetic faces"
	@echo "make test     the whole test suite"
	@echo "make test-long  kills and broken inputs by the thousand, in about an hour"
	@echo "make lint     ruff and mypy"
	@echo "make vulnerabilities  known ones of the packages in requirements.lock"
	@echo "make lock     requirements.lock anew, of requirements-dev.txt"
	@echo "make docs     the pages as a site, in docs/_build/html"
	@echo "make wheel    wheel and source distribution, in $(DIST)"
	@echo "make install  the virtual environment in $(VENV)"
	@echo "make clean    remove $(VENV), $(DEMO), $(DIST) and the site"

install: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "facedebias needs Python 3.11, 3.12 or 3.13; name one: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
ifeq ($(TENSORFLOW),)
	$(PY) -m pip install --quiet --require-hashes -r requirements.lock
else
	grep -v '^tensorflow\(-cpu\)\?=' requirements.txt > $(VENV)/requirements.txt
	cp requirements-dev.txt $(VENV)
	$(PY) -m pip install --quiet '$(TENSORFLOW)' -r $(VENV)/requirements-dev.txt
endif
	$(PY) -m pip install --quiet --no-deps --editable .
	@touch $@

# After a change of requirements*.txt: every package that they lead to, with the hashes of its files.
lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet uv==0.13.9
	$(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements-dev.txt --output-file requirements.lock
	rm -rf $(VENV)-lock

demo: install
	$(PY) -m facedebias.prepare --faces synthetic:$(DEMO_PICTURES) --nonfaces synthetic:$(DEMO_PICTURES) --skew --split train --output $(DEMO)/train.h5 --overwrite
	$(PY) -m facedebias.prepare --faces synthetic:3000 --nonfaces synthetic:3000 --skew --split test --output $(DEMO)/test.h5 --overwrite
	$(PY) train.py --data $(DEMO)/train.h5 --model classifier --sampler uniform --seed $(DEMO_SEED) --output $(DEMO)/classifier --overwrite
	$(PY) train.py --data $(DEMO)/train.h5 --model dbvae --seed $(DEMO_SEED) --output $(DEMO)/dbvae --overwrite
	$(PY) evaluate.py --model $(DEMO)/classifier --model $(DEMO)/dbvae --data $(DEMO)/test.h5 --groups skin --output $(DEMO)/report --overwrite
	@echo "pictures: $(DEMO)/train.h5, $(DEMO)/test.h5"
	@echo "models:   $(DEMO)/classifier/export, $(DEMO)/dbvae/export (SavedModels; run.json beside them)"
	@echo "report:   $(DEMO)/report/report.html (open it in a browser); beside it summary.md, results.json, ..."
	@echo "          one seed each; make demo DEMO_SEED=1 trains both with another"

test: install
	$(PY) -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --durations 25

# The last lines count kills survived, and inputs door by door. Both run before either fails.
test-long: install
	FACEDEBIAS_WORKERS=4 $(PY) -m pytest tests/training/distributed
	$(PY) -m tests.chaos.kills $(KILLS); kills=$$?; $(PY) -m tests.chaos $(INPUTS) && exit $$kills

lint: install
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

# Asks PyPI about every locked version; without it nothing is known, and that is said.
vulnerabilities: install
	$(PY) -m pip_audit --requirement requirements.lock --no-deps --disable-pip --progress-spinner off

docs: install
	$(PY) -m sphinx -W -b html docs docs/_build/html

wheel: install
	rm -rf $(DIST)
	$(PY) -m build --outdir $(DIST)

clean:
	rm -rf $(VENV) $(DEMO) $(DIST) build docs/_build
