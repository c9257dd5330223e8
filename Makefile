# `make run` and `make test` set up what they lack, in .venv; docs/install.md has the rest.

# Give the CPU-only build of torch with TORCH=cpu, pip's choice with TORCH=default; otherwise it may ask.
TORCH ?= ask
# Passed on: `make run ARGS="--port 9000"`, `make test ARGS="-k citations"`.
ARGS ?=

bin := .venv/bin
set_up = python=$$(sh setup/python.sh $(PYTHON)) && "$$python" -m setup.install --torch $(TORCH)

define check
	@printf '\n== %s ==\n' '$(1)'
	@$(2)
endef

.PHONY: help run test install bench constraints clean

help:
	@echo 'make run          start the desk in the browser'
	@echo 'make test         format, lint, types, layers, tests'
	@echo 'make install      only set up .venv (TORCH=cpu: the CPU-only torch; PYTHON=...: another Python)'
	@echo 'make bench        list the measurements; make bench NAME=... takes one'
	@echo 'make constraints  take the newest versions that pyproject.toml allows, and pin them'
	@echo 'make clean        remove .venv and everything that was built'

run:
	@$(set_up)
	@exec $(bin)/refdesk run $(ARGS)

test:
	@$(set_up) --extra dev
	$(call check,Format,$(bin)/ruff format --check .)
	$(call check,Lint,$(bin)/ruff check .)
	$(call check,Types,$(bin)/mypy)
	$(call check,Layers,$(bin)/lint-imports)
	$(call check,Tests,$(bin)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS))

install:
	@$(set_up)

bench:
ifdef NAME
	@$(set_up) --extra dev
	@exec $(bin)/python -m benchmarks.$(NAME) $(ARGS)
else
	@ls benchmarks | sed -n 's/^\([a-z].*\)\.py$$/make bench NAME=\1/p'
endif

constraints:
	@$(set_up) --extra dev --extra postgres --latest
	@$(bin)/python -m setup.constraints

clean:
	rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
