# Developer commands, from a fresh clone. `make demo` and `make test` need Python 3.11 with venv, and
# an Internet connection the first time. They write only into this folder.

# First Python of a version that runs and can create environments. Pyenv's folders are searched,
# because its `python3.13` works only where that version is selected.
find_python = $(shell for python in python$(1) $(HOME)/.pyenv/versions/$(1).*/bin/python$(1); do \
	if "$$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then echo "$$python"; break; fi; done)

PIP := -m pip --disable-pip-version-check --quiet
PY := .venv/bin/python
BPY_STAMPS := .venv-bpy42/.installed .venv-bpy50/.installed .venv-bpy52/.installed

# For torch without CUDA: make TORCH_INDEX=<address of PyTorch's index of CPU wheels>
TORCH_INDEX ?=

.PHONY: demo greet rigs test test-unit test-slow test-full bench soak manual build lock lint \
	env env-blenders

# Animated characters from four prompts, pictures and a table of times, in out/demo/.
demo: greet .venv/.runtime
	@$(PY) tests/e2e/demo.py

greet:
	@echo "Anyframe demo: motions in Blender from four prompts, then pictures and a .blend file."
	@if [ .venv/.runtime -nt pyproject.toml ]; then echo "1/4 to 3/4 Installed already in .venv"; fi

# One generated walk on all kinds of rig: a picture in out/rigs/ and a table of errors.
rigs: env
	$(PY) tests/e2e/rig_matrix.py

# All tests but the slow ones; those that start no process and no Blender; the slow ones; all, with
# more examples of each property. tests/conftest.py says how many run at once, and which of them share a worker.
PYTEST := $(PY) -m pytest -n auto --dist loadgroup --no-loadscope-reorder

test: env env-blenders
	$(PYTEST)

test-unit: env
	$(PYTEST) tests/unit -m "not slow and not process"

# make test-slow TESTS=tests/blender
test-slow: env env-blenders
	$(PYTEST) $(TESTS) -m slow

test-full: env env-blenders
	$(PYTEST) -m "" --hypothesis-profile full

# Figures of the README, in docs/results/: start, memory and takes of the backend, quiet and under
# load (make bench PARTS=load), and requests and keys in Blender (make bench PARTS=blender).
bench: env
	$(PY) tests/e2e/bench.py $(PARTS)

# Memory of Blender and of its backend over 200 motions in a row.
soak: env
	$(PY) tests/e2e/soak.py

# Pictures of the manual, from a window of the newest Blender, and its tables of operators.
manual: env real-blender
	$(PY) -m pytest tests/gui/manual_pictures.py tests/blender/manual_tables.py

# Build dist/anyframe/ and its zip.
build: env
	$(PY) build_addon.py

# Hashed lists for *Set up*, after a pin in pyproject.toml has changed.
lock: .venv-lock/.installed
	.venv-lock/bin/python -m tools.lock_requirements

# Links let pyright follow the add-on's imports of backend.
lint: env
	$(PY) build_addon.py --link >/dev/null
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m pyright

# Newest Blender in a separate folder, for tests with windows; needs root on Debian.
.PHONY: real-blender
real-blender:
	python3 tools/real_blender.py setup

env: .venv/.installed

env-blenders: $(BPY_STAMPS)

# Environment of the demo; developer tools are added to the same folder below.
.venv/.runtime: pyproject.toml
	@python="$(call find_python,3.11)"; \
	if [ -z "$$python" ]; then \
		echo "Python 3.11 with venv was not found: install it (on Debian and Ubuntu" \
			"the packages python3.11 and python3.11-venv), then run make again." >&2; \
		exit 1; \
	fi; \
	"$$python" -m tests.e2e.runtime_environment $(if $(TORCH_INDEX),--torch-index "$(TORCH_INDEX)")
	@touch $@

.venv/.installed: .venv/.runtime
	$(PY) $(PIP) install -e '.[dev]'
	touch $@

.venv-lock/.installed: Makefile
	test -x .venv-lock/bin/python || $(call find_python,3.11) -m venv .venv-lock
	.venv-lock/bin/python $(PIP) install uv==0.13.9 packaging==26.4
	touch $@

.venv-bpy42/.installed: BPY = 4.2.23
.venv-bpy50/.installed: BPY = 5.0.1
.venv-bpy52/.installed: BPY = 5.2.3
.venv-bpy42/.installed .venv-bpy50/.installed: PYTHON_VERSION = 3.11
.venv-bpy52/.installed: PYTHON_VERSION = 3.13

# Without the right Python, the tests of that Blender are skipped with a message.
.venv-bpy%/.installed: Makefile
	@python="$(call find_python,$(PYTHON_VERSION))"; \
	if [ -z "$$python" ]; then \
		echo "Blender $(BPY) is skipped: its bpy needs Python $(PYTHON_VERSION)." >&2; \
	else \
		set -ex; \
		test -x $(@D)/bin/python || "$$python" -m venv $(@D); \
		$(@D)/bin/python $(PIP) install bpy==$(BPY); \
		touch $@; \
	fi
