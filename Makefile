# `make` prints this help.
SHELL := /bin/sh
.DEFAULT_GOAL := help

# Where Swift builds; another folder keeps a build apart from the checkout.
SCRATCH ?= .build
CONFIGURATION ?= release
SWIFT_FLAGS := -c $(CONFIGURATION) --scratch-path $(SCRATCH) --explicit-target-dependency-import-check error
BIN := $(SCRATCH)/$(CONFIGURATION)
ELVES := $(BIN)/elves
PYTHON := /usr/bin/python3

# A build folder outside the checkout cannot be found by walking up from the executable.
export ELVES_POLICIES := $(CURDIR)/sandbox/policies
export ELVES_SDK := $(CURDIR)/sdk
export ELVES_BIN := $(abspath $(ELVES))

.PHONY: help deps build demo dev test test-swift test-python test-apps sdk-test sanitize bench soak lint format clean

help: ## Print this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## Install the Debian packages that are missing
	@.ci/install

build: deps ## Build elves and elves-sandbox (the first time takes about ten minutes)
	swift build $(SWIFT_FLAGS) --product elves
	sandbox/launcher/build.sh $(BIN)/elves-sandbox

demo: build ## Run the main job, end to end, in a scratch folder
	$(PYTHON) Tests/Demo/demo.py $(ELVES)

dev: build ## Keep a center, an agent and the example apps running
	$(ELVES) dev --http 127.0.0.1:8080 --app apps/apptest --app apps/hostinfo

test: test-python sdk-test test-apps test-swift ## Run all tests

test-swift: build
	swift test $(SWIFT_FLAGS) --disable-testable-imports --parallel

test-python: build
	$(PYTHON) -m unittest discover -s Tests/Fixtures/apps/hostile/tests
	ELVES_SANDBOX=$(abspath $(BIN))/elves-sandbox $(PYTHON) sandbox/tests/run.py
	$(PYTHON) sandbox/tests/builds.py
	ELVES_SANDBOX=$(abspath $(BIN))/elves-sandbox $(PYTHON) sandbox/attacks/run.py
	$(PYTHON) sandbox/attacks/languages/run.py
	$(PYTHON) Tests/V2Conformance/run.py

sdk-test: deps ## Judge every SDK by the protocol's fixtures, and run the SDKs' own tests
	$(PYTHON) sdk/conformance/run.py
	$(PYTHON) -m unittest discover -s sdk/conformance/tests
	$(PYTHON) -m unittest discover -s sdk/python/tests
	$(PYTHON) -m unittest discover -s sdk/shell/tests
	sdk/csharp/tests/run.sh
	swift test --package-path sdk/swift
	$(PYTHON) -m unittest discover -s sdk/swift/tests

test-apps: build ## Run the tests and the golden cases of the example apps
	for app in apptest hostinfo diskclean kernellog webcheck hosts; do \
	    $(PYTHON) -m unittest discover -s apps/$$app/tests || exit 1; \
	done
	swift test --package-path apps/backup
	for app in apptest hostinfo diskclean kernellog webcheck backup hosts; do \
	    echo "golden cases of $$app" && $(ELVES) app test apps/$$app || exit 1; \
	done

sanitize: deps ## Run the tests under the address and thread sanitizers (two builds of their own)
	.ci/sanitize $(SCRATCH)

bench: build ## Measure signed calls, stored tasks, workers in all languages and the launcher, against their floors
	$(ELVES) bench rt
	$(ELVES) bench queue
	$(ELVES) bench worker
	ELVES_SANDBOX=$(abspath $(BIN))/elves-sandbox $(PYTHON) sandbox/tests/bench.py

soak: build ## The long forms of the crash tests, and of fuzzing the launcher
	ELVES_SOAK=1 $(PYTHON) sandbox/tests/builds.py Fuzzed
	ELVES_SOAK=1 swift test $(SWIFT_FLAGS) --disable-testable-imports --filter IntegrationTests

lint: ## Check the format of the Swift sources
	swift format lint --strict --recursive --parallel Package.swift Sources Tests sdk/swift apps/backup \
	    sandbox/attacks/languages/swift

format: ## Format the Swift sources
	swift format --in-place --recursive --parallel Package.swift Sources Tests sdk/swift apps/backup \
	    sandbox/attacks/languages/swift

clean: ## Remove what was built
	rm -rf $(SCRATCH)
