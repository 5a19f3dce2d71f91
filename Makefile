# 'make help' lists the targets.
SHELL := /bin/bash

PREFIX ?= /opt/kata
DESTDIR ?=
CONFIGURATION ?= Debug

ARCH := $(shell uname -m)
RID := $(if $(filter aarch64,$(ARCH)),linux-arm64,linux-x64)
OUT := out
BIN := $(OUT)/bin
GUEST := $(OUT)/guest
HOST_BINARIES := containerd-shim-kata-v2 kata-runtime kata-agent-ctl
PUBLISH := dotnet publish -c Release -r $(RID) --nologo -v quiet

.DEFAULT_GOAL := build
.PHONY: help setup setup-demo setup-test build host agent kernel initrd image managed test check format demo bench install clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:
	@tools/setup.sh build
setup-demo:
	@tools/setup.sh demo
setup-test:
	@tools/setup.sh test

build: host initrd kernel ## Build host binaries into out/bin and guest assets into out/guest

host: setup
	@mkdir -p $(BIN)
	@$(PUBLISH) src/host/Kata.Shim -o $(OUT)/publish/shim
	@$(PUBLISH) src/host/Kata.Cli -o $(OUT)/publish/cli
	@$(PUBLISH) tools/Kata.AgentCtl -o $(OUT)/publish/agent-ctl
	@install -m 0755 $(OUT)/publish/shim/containerd-shim-kata-v2 $(OUT)/publish/cli/kata-runtime $(OUT)/publish/agent-ctl/kata-agent-ctl $(BIN)/

agent: setup
	@$(PUBLISH) src/guest/Kata.Agent.Host -o $(OUT)/publish/agent

initrd: agent
	@mkdir -p $(GUEST)
	@tools/osbuilder/initrd.sh $(OUT)/publish/agent/kata-agent $(GUEST)/kata-containers-initrd.img

kernel: setup
	@tools/packaging/kernel/build.sh build $(GUEST)

image: setup-demo
	@tools/test-image/build.sh $(OUT)/test-image

managed: setup
	@dotnet build Kata.slnx -c $(CONFIGURATION) --nologo -v quiet

test: setup-test build image managed ## Run every test; set up what they need first
	@CONFIGURATION=$(CONFIGURATION) tools/test.sh

check: managed ## Check formatting and architecture; quick, for before a commit
	@dotnet format Kata.slnx --verify-no-changes --no-restore
	@CONFIGURATION=$(CONFIGURATION) tools/test.sh Kata.Architecture.Tests

format:
	@dotnet format Kata.slnx --no-restore

demo: setup-demo build image ## Run a container from an image in a VM
	@tools/demo.sh

bench: setup-test build image ## Measure start, memory and throughput side by side
	@tools/bench.sh

install: build ## Install under DESTDIR/PREFIX
	@tools/install.sh "$(DESTDIR)" "$(PREFIX)"

clean: ## Remove everything that was built in the tree
	@rm -rf $(OUT)
	@find src tests tools fuzz bench -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} + 2>/dev/null || true
