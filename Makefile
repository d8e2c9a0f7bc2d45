# A fresh machine needs Python 3.11 or later and make; everything else goes into .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
RUN ?= runs/data

.PHONY: env compile report test check notebooks-html clean
.DEFAULT_GOAL := report

env: .venv/installed  ## .venv with everything

.venv/installed: pyproject.toml setup.py
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "gapkit needs Python 3.11 or later: make PYTHON=…")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[notebooks,lint,dev]'
	touch $@

compile: env  ## compile again after an edit; what was edited runs as source until then (setup.py)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .

report: env  ## score data/ and write reports/report.html
	$(BIN)/gapkit score data -o $(RUN)
	$(BIN)/gapkit report $(RUN) -o reports/report.html

test: env  ## every test, notebooks included
	$(BIN)/gapkit score data -o $(RUN)
	GAPKIT_RUN=$(abspath $(RUN)) $(BIN)/python -m pytest --nbval-lax -p no:cacheprovider tests notebooks

check: env  ## before every commit
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(MAKE) test

notebooks-html: env  ## run the notebooks and export them to reports/
	$(BIN)/gapkit score data -o $(RUN)
	GAPKIT_RUN=$(abspath $(RUN)) $(BIN)/jupyter nbconvert --to html --execute --output-dir reports notebooks/*.ipynb

clean:
	rm -rf *.so gapkit/*.so gapkit/*/*.so .venv runs build dist .mypy_cache .ruff_cache .pytest_cache
