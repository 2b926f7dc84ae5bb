# The commands of this project. `make help` lists them.
#
# Flags stand here and not in Package.swift, because SwiftPM refuses a dependency whose targets carry unsafe flags, and
# `Engine` and `Diagnostics` are to stay usable as libraries of other packages.
#
#   -c release         Optimised, tests too: a debug loop over pixels is about fifty times slower.
#   -Xcc -march=…      The machine code may use all of this machine's instructions. Swift takes its target CPU from Clang's
#                      flags; without this one, an x86-64 build has neither AVX2 nor FMA, and a fused multiply-add is one
#                      call of fmaf per number. The binary may not run on an older machine. To build one that runs on
#                      nearly every x86 since 2013 (AVX2, FMA): make MARCH=x86-64-v3. On 64-bit ARM both NEON and
#                      fused multiply-add are always there, so no flag is given.
#   -enable-testing    Lets tests see internal declarations in an optimised build. Given to every build, so that program
#                      and tests share one build folder; it costs no speed (21.3 s against 21.5 s of CPU time for the
#                      same training steps). `swift test` would add the flag once more, SwiftPM would see another command
#                      line and compile everything again: hence its --disable-testable-imports.

SWIFT ?= swift
ifeq ($(shell uname -m),x86_64)
MARCH ?= native
endif
# TIFF and HDF5 are read where their libraries are (scripts/setup.sh --all installs them); a build without one names the trait
# that it lacks.
TRAITS ?= $(shell { pkg-config --exists libtiff-4 && echo TIFF; pkg-config --exists hdf5 && echo HDF5; } | paste -sd,)
FLAGS = -c release $(if $(MARCH),-Xcc -march=$(MARCH)) -Xswiftc -enable-testing
FORMATS = $(if $(TRAITS),--traits $(TRAITS))

# Where the demo's report goes, and further options of the demo or the benchmarks: make demo OUT=here ARGS="--minutes 2"
OUT ?= out/demo
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo reports test test-fast fuzz check python-lint python-check bench calibrate notebooks notebooks-check docs build setup clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

demo: build ## Train on the photographs with three skip strategies and write the leakage report to out/demo
	.build/release/n2n-analyze demo --out "$(OUT)" $(ARGS)

reports: build ## Make the committed reports anew: demo, memorisation, captures, derivation (half an hour)
	scripts/reports.sh

test: setup ## Run all tests, optimised
	$(SWIFT) test $(FLAGS) $(FORMATS) --disable-testable-imports

test-fast: setup ## Run the tests of the modules, without those that start the program
	$(SWIFT) test $(FLAGS) $(FORMATS) --disable-testable-imports --skip CommandTests

fuzz: setup ## Read N2N_FUZZ damaged files of every format (100000 unless set): none may crash
	N2N_FUZZ=$${N2N_FUZZ:-100000} $(SWIFT) test $(FLAGS) $(FORMATS) --disable-testable-imports --filter FuzzTests

bench: build .build/bench-venv/installed ## Time everything beside PyTorch and NumPy; see Benchmarks/README.md
	$(SWIFT) build $(FLAGS) --package-path Benchmarks --scratch-path .build/benchmarks
	.build/bench-venv/bin/python Benchmarks/bench.py $(ARGS)

calibrate: build ## Measure false alarms, coverage and power of the checks; see Benchmarks/CALIBRATION.md
	$(SWIFT) build $(FLAGS) --package-path Benchmarks --scratch-path .build/benchmarks
	python3 Benchmarks/calibrate.py $(ARGS)

notebooks: build ## Run the notebooks in notebooks-md, and write their output and figures anew; ARGS=NAME for one
	python3 scripts/notebooks.py run $(ARGS)

notebooks-check: build ## Run the notebooks, and fail where what they quote is no longer what comes out
	python3 scripts/notebooks.py check $(ARGS)

docs: build ## Write documentation of both modules, manual pages and completions to .build/docs
	SWIFT="$(SWIFT)" scripts/docs.sh

.build/bench-venv/installed: Benchmarks/peers/requirements.txt
	python3 -m venv .build/bench-venv
	.build/bench-venv/bin/pip install --quiet --requirement $<
	touch $@

check: ## Lint the sources and the scripts; check the links of the documents, and that no modules depend on each other
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Examples \
		Benchmarks/Package.swift Benchmarks/Sources
	@if command -v shellcheck >/dev/null; then shellcheck scripts/*.sh .ci/run; \
	else echo "shellcheck is not installed: scripts were not checked"; fi
	scripts/check-links.sh
	scripts/check-layers.py
	@if command -v ruff >/dev/null && python3 -c 'import mypy, numpy' 2>/dev/null; then $(MAKE) python-lint; \
	else echo "ruff, mypy or NumPy is not installed: the Python package was not checked"; fi

python-lint:
	cd python && ruff check . && ruff format --check . && python3 -m mypy n2n_analyze

python-check: build python-lint ## Lint, type-check and test the Python package; PYTEST="-m 'not slow'" trains no network
	cd python && N2N_ANALYZE="$(CURDIR)/.build/release/n2n-analyze" python3 -m pytest $(PYTEST)

build: setup ## Build the program: .build/release/n2n-analyze
	$(SWIFT) build $(FLAGS) $(FORMATS) --product n2n-analyze
	@git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null >.build/release/n2n-analyze.commit \
		|| rm -f .build/release/n2n-analyze.commit

setup: ## Install the system packages that are missing (scripts/setup.sh --all: TIFF and HDF5, too)
	@scripts/setup.sh

clean: ## Remove everything that was built
	rm -rf .build
