# Every target is one command; `make` lists them.
.DEFAULT_GOAL := help
VERSION ?= dev
SEEDS ?= 200
SECONDS ?= 0
GOLANGCI := go tool -modfile=tools/go.mod golangci-lint

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## start the console with its sandbox on http://localhost:8080
	go run .

generate: ## write the Go code of the templ pages
	go tool templ generate -path views

lint: ## vet, golangci-lint (with the import rules of the house)
	go vet ./...
	$(GOLANGCI) run

test: ## all tests, as CI runs them
	go test -race -shuffle=on -timeout 20m ./...
	$(MAKE) chaos

CHAOS = 3
chaos: ## 100,000 contacts while Constant Contact misbehaves, without the race detector, which makes it slow: make chaos CHAOS="1 2 3"
	for seed in $(CHAOS); do WINNOW_CHAOS_SEED=$$seed go test -run 'TestManyContactsUnderChaos' -count=1 -v . || exit 1; done

fresh: ## fail when generated code or formatting is stale
	go tool templ generate -path views
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	go mod tidy -diff
	git diff --exit-code -- views

check: fresh lint test ## everything that must hold before a commit

static: ## build the program as images hold it, and fail when it needs a library of the system
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o winnow .
	@! ldd winnow || { echo "winnow is linked against the libraries above"; exit 1; }

bench: ## measure and print the figures of docs/benchmarks.md
	go test -run '^$$' -bench . -benchtime 1x -timeout 30m .
	go test -run '^$$' -bench 'Routes|Pages' -timeout 30m ./sandbox

soak: ## random histories and many contacts: make soak SEEDS=2000, or SECONDS=600
	WINNOW_SOAK=1 WINNOW_SOAK_SECONDS=$(SECONDS) go test -run 'TestHistories|TestManyContacts|TestAnOutage|TestAccountsOnOneKey|TestAnAccountInTrouble|TestAccountsTakeTurns' -rapid.checks=$(SEEDS) -timeout 24h -count=1 -v .

replicas: ## three replicas through freezes of minutes, kills, restarts and cut links, at full size
	WINNOW_SOAK=1 go test -run 'TestThreeReplicas|TestRenewalsRace' -timeout 1h -count=1 -v .

sweep: ## kill the program at every system call that lasts, and let the disk fail in many ways
	WINNOW_SWEEP=all go test -run 'Sweep' -timeout 2h -count=1 -v .

mutants: ## break the program on purpose and fail when no test notices
	go vet -tags mutants ./mutants
	go test -tags mutants -timeout 2h -count=1 -v ./mutants

.PHONY: help run generate lint test chaos fresh check static bench soak replicas sweep mutants
