# What a change must pass: .ci/run. A module is any folder with a go.mod.

MODULES  := $(shell scripts/modules.sh)
PUBLIC   := $(shell scripts/modules.sh public)
PACKAGES := $(MODULES:%=%/...)
BENCHED   = $(shell grep -rl --include='*_test.go' '^func Benchmark' . | xargs -n1 dirname | sort -u)
LINT     := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
VULN     := go run golang.org/x/vuln/cmd/govulncheck@v1.9.0

.PHONY: test test-all setup lint fmt tidy tidy-check generate generate-check api-diff install-check vulncheck bench-smoke bench bench-quick \
	races races-quick mutants prove

test: setup ## every module's tests with the race detector
	@scripts/test.sh

test-all: setup ## the same, each store's suite again with the other drivers, servers and settings it knows, Valkey, PostgreSQL 18, linux/arm64
	scripts/check-cross.sh linux/arm64
	@ATOMICSESSION_TEST_ALL=1 scripts/test.sh

setup: ## Debian packages that the tests need, if any is missing
	@scripts/setup.sh

lint: ## .golangci.yml, who may import whom, that no change is dropped, and that everything builds on other systems
	scripts/check-imports.sh
	scripts/check-cross.sh
	$(LINT) run $(PACKAGES)
	go run ./vet/cmd/atomicsessionvet work

fmt: ## format every file
	$(LINT) fmt

tidy: ## go.mod and go.sum of every module, go.work
	scripts/tidy.sh

tidy-check: ## fails if make tidy would change anything
	scripts/check-copy.sh "make tidy" scripts/tidy.sh

generate: ## generated files, among them the pictures and charts of the documentation
	go generate work

generate-check: ## fails if make generate would change anything
	scripts/check-copy.sh "make generate" go generate work

api-diff: ## how the API differs from the last tag; fails on a break that the changelog does not know
	scripts/api-diff.sh

install-check: ## a release of a copy of the tree: users can install it
	scripts/check-release.sh

vulncheck: ## known vulnerabilities in what is released, from a database that it fetches
	set -e; for module in $(PUBLIC); do GOWORK=off $(VULN) -C $$module ./...; done

bench-smoke: setup ## every benchmark once: it still runs
	go test -vet=off -run='^$$' -bench=. -benchtime=1x $(BENCHED)

bench: setup ## side by side with other libraries, half an hour: internal/bench/results.json, docs/benchmarks.md, its charts
	cd internal/bench && go run . -json results.json -docs ../../docs

bench-quick: setup ## a little of that, about a minute: it still runs; writes nothing
	cd internal/bench && timeout 300 go run . -quick

races: ## session libraries of six languages, about half an hour: internal/races/results.json, docs/races.md, its charts
	scripts/setup.sh internal/bench internal/races/setups/*/
	set -e; for install in internal/races/setups/*/install.sh; do $$install; done
	cd internal/races && go run . -json results.json -docs ../../docs

races-quick: setup ## a sample of that, those in Go alone: it still runs; writes nothing
	cd internal/races && timeout 300 go run . -quick -only go/

mutants: setup ## faults put back, one at a time: the model of browsers must find those in the root module, internal/proof those in the stores
	go test -tags=mutants -vet=off -count=1 -run=TestMutants ./internal/browsers
	cd internal/proof && go test -tags=mutants -vet=off -count=1 -timeout=30m -run=TestPlanted .

prove: setup ## every store judged at length, two hours or more: internal/proof/results.json, docs/proof.md
	cd internal/proof && go test -count=1 -timeout=6h . -prove -write
	cd internal/proof && go test -tags=mutants -vet=off -count=1 -timeout=30m -run=TestPlanted . -write
