# Go, git and make are all that is needed: no other program, no server, no C compiler.
# `make help` lists the targets, `make` alone is what CI runs.

.DEFAULT_GOAL := check
.NOTPARALLEL:
.PHONY: help run test short check soak purego fx-versions fx-oldest lint vet fmt fmt-check race cover bench bench-diff fuzz golden examples docs tidy tidy-check

GO ?= go

# Each module is built on its own go.mod, as its users build it. go.work is for editors.
export GOWORK := off

modules := . $(sort $(patsubst %/,%,$(dir $(wildcard */go.mod */*/go.mod */*/*/go.mod */*/*/*/go.mod))))
test := $(GO) test -timeout 5m
tool := $(GO) tool -modfile=$(CURDIR)/tools/go.mod
bin := $(CURDIR)/bin

# $(call each,command) runs a command in every module, and says in which.
define each
@set -e; for module in $(modules); do \
	echo "$$module: $(1)"; (cd "$$module" && $(1)); \
done
endef

help: ## list the targets
	@while IFS= read -r line; do case "$$line" in \
		[a-z]*": "*"## "*) target="$${line%%:*}"; text="$${line#*\#\# }"; printf '%-12s %s\n' "$$target" "$$text" ;; \
	esac; done < Makefile

run: ## start the ordering example on embedded SQLite; it prints what to try
	@cd examples/ordering && CGO_ENABLED=0 $(GO) run .

test: ## the tests of every module
	$(call each,CGO_ENABLED=0 $(test) ./...)

short: ## the tests of the root module that are quick
	@$(test) -short ./...

check: fmt-check tidy-check lint test purego fx-oldest race examples ## all that must hold before a change is merged

purego: ## the tests of the core with all calls left to reflection
	@$(GO) test -tags purego ./di ./scopes ./hosting ./internal/plan ./internal/fxgraph ./internal/words

# $(call with-fx,versions) runs the tests of what knows how fx is built with other versions of it, each with its own
# dig. fx.Self is new in 1.22: no test can ask at run time whether it is there.
define with-fx
@set -e; dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; for fx in $(1); do \
	cp go.mod go.sum "$$dir"; \
	$(GO) mod edit -droprequire go.uber.org/dig -require "go.uber.org/fx@$$fx" "$$dir/go.mod"; \
	case "$$fx" in v1.20.*|v1.21.*) tags=before_fx122 ;; *) tags= ;; esac; \
	echo "fx $$fx:"; \
	$(test) -mod=mod -modfile="$$dir/go.mod" -tags "$$tags" ./internal/fxgraph ./di ./scopes ./lifecycle; \
	$(GO) list -mod=mod -modfile="$$dir/go.mod" -m go.uber.org/fx go.uber.org/dig; \
done
endef

newest = $$($(GO) list -mod=mod -m -f '{{.Version}}' go.uber.org/fx@latest)
fx_versions := v1.20.0 v1.20.1 v1.21.0 v1.21.1 v1.22.0 v1.22.2 v1.23.0 v1.24.0
fx-versions: ## the tests of the core with every fx from the oldest that works to the newest there is
	$(call with-fx,$(fx_versions) $(newest))

fx-oldest:
	@if $(GO) mod download "go.uber.org/fx@$(firstword $(fx_versions))"; then \
		$(MAKE) --no-print-directory fx-versions fx_versions=$(firstword $(fx_versions)) newest=; \
	else echo "fx-oldest: SKIPPED, the module proxy does not answer"; fi

race: ## the tests of every module under the race detector, in random order (needs a C compiler)
	@cc=$$($(GO) env CC); if ! command -v "$${cc%% *}" >/dev/null 2>&1; then \
		echo "race: SKIPPED, the race detector needs a C compiler and there is no $$cc"; \
	else \
		set -e; for module in $(modules); do \
			echo "$$module: $(test) -race -shuffle=on ./..."; \
			(cd "$$module" && CGO_ENABLED=1 $(test) -race -shuffle=on ./...); \
		done; \
	fi

lint: vet ## go vet, the analyzers of tools/vet, and staticcheck, in every module
	$(call each,$(tool) staticcheck ./...)

vet:
	@cd tools && $(GO) build -buildvcs=false -o $(bin)/vet ./vet
	$(call each,$(GO) vet ./... && $(GO) vet -vettool=$(bin)/vet ./...)

fmt: ## format every file
	@$(tool) gofumpt -w .

fmt-check:
	@files=$$($(tool) gofumpt -l .); \
	if [ -n "$$files" ]; then printf 'not formatted, run make fmt:\n%s\n' "$$files"; exit 1; fi

cover: ## how much of each package the tests reach, through all packages
	@mkdir -p $(bin)
	@$(test) -coverpkg=./... -coverprofile=$(bin)/cover.out ./...
	@$(GO) tool cover -func=$(bin)/cover.out

bench: ## measure against hand-written code; prints "ratio NAME VALUE"
	@cd benchmarks && $(GO) run .

BASE ?= main
benchmark := $(GO) test -run '^$$' -bench . -benchmem -count 10 ./...
bench-diff: ## compare the benchmarks with those of another revision: make bench-diff BASE=main
	@mkdir -p $(bin)
	@cd benchmarks && $(benchmark) > $(bin)/bench-new.txt
	@git worktree add --force --detach $(bin)/base $(BASE) && \
		(cd $(bin)/base/benchmarks && $(benchmark) > $(bin)/bench-base.txt); status=$$?; \
		git worktree remove --force $(bin)/base; exit $$status
	@$(tool) benchstat $(bin)/bench-base.txt $(bin)/bench-new.txt

FUZZTIME ?= 30s
fuzz: ## fuzz each target of the root module for FUZZTIME (30s)
	@$(GO) test -list '^Fuzz' ./... | { set -e; targets=; while read -r word package rest; do \
		case "$$word" in \
		Fuzz*) targets="$$targets $$word" ;; \
		ok) for target in $$targets; do \
				$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package"; \
			done; targets= ;; \
		esac; done; }

soak: ## kill the ordering example under load, for minutes, on SQLite and on the PostgreSQL of DATABASE_URL
	@cd examples/ordering && $(GO) test -timeout 30m -count 1 -v -run '^TestSoak$$' . -soak

golden: ## rewrite the golden files and show what changed
	@dirs=$$(git grep -lF 'berth/internal/golden"' -- '*_test.go' | while IFS= read -r file; do echo "./$${file%/*}"; done); \
	if [ -n "$$dirs" ]; then $(GO) test $$dirs -update; fi
	@git --no-pager diff --stat -- '*testdata*'

examples: ## run each program of examples/ for two seconds and stop it as an operator would
	@cd tools && $(GO) run ./examples

docs: ## check that code in Markdown is quoted from compiled files, and that links lead somewhere
	@$(GO) test ./internal/docs

tidy: ## go mod tidy in every module
	$(call each,$(GO) mod tidy)

tidy-check:
	$(call each,$(GO) mod tidy -diff)
