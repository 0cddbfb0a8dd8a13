# The front door. Meson builds; this file only names what people do.
#
#   make            build build/aisp (release)
#   make demo       set up what is missing, build, scan examples/support-bot, write the HTML report
#   make check      set up what the tests need, build with warnings as errors, run every test
#   make check-oracles   the long differential runs (PostgreSQL, AWS, Kubernetes' RBAC and network policies; an hour)
#   make check-live      black-box tests against real servers and a real browser
#   make torture    every allocation and I/O call fails, once and persistently
#   make fuzz       10 minutes per parser (FUZZ_SECONDS=600)
#   make bench      figures against peers → build/bench.json
#   make accuracy   precision and recall on labelled corpora, beside other tools → build/accuracy.json
#   make golden     rewrites the golden files (read the diff before you commit it)
#   make style      layers, function length, complexity, file length, banned calls
SHELL := /bin/bash
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 600
.DELETE_ON_ERROR:
.PHONY: all demo check check-unit check-blackbox check-oracles check-live check-sanitizers torture fuzz fuzz-short bench accuracy golden style install clean setup setup-test

all: build/build.ninja
	ninja -C build

setup:
	@tools/setup build

setup-test:
	@tools/setup build test

build/build.ninja: | setup
	meson setup build --buildtype=release

demo: all
	@tools/demo

build-check/build.ninja: | setup-test
	meson setup build-check --buildtype=debugoptimized -Dtests=true -Dfuzz=true -Dwerror_all=true

check: setup-test all build-check/build.ninja
	@tools/check

check-unit: build-check/build.ninja
	ninja -C build-check && meson test -C build-check --print-errorlogs

check-sanitizers: setup-test
	@tools/check-sanitizers

check-oracles: setup-test all build-check/build.ninja
	@tools/check-oracles 1000
	@tools/check-oracles-aws 1000000
	@BUILD=build-check tools/check-oracles-k8s 1000000
	@AISP_BUILD=build-check tools/check-oracles-netpol 8000

check-live: setup-test all
	AISP_LIVE_BUILD=yes AISP_KILLS=100 .venv/bin/python -m pytest -q tests/blackbox

torture: build-check/build.ninja
	ninja -C build-check && meson test -C build-check --suite torture --print-errorlogs -t 10

fuzz: setup-test
	@tools/fuzz $(FUZZ_SECONDS)

accuracy: setup-test all build-check/build.ninja
	ninja -C build-check
	.venv/bin/python tests/accuracy/run --peers

bench: setup-test
	@tools/bench

golden: build-check/build.ninja
	ninja -C build-check && AISP_GOLDEN=update meson test -C build-check --print-errorlogs; git --no-pager diff --stat -- tests examples

style: setup-test
	@tools/style

install: all
	meson install -C build

clean:
	rm -rf build build-check build-asan build-fuzz build-clang build-bench
