# Every target is one command; `make` lists them.
.DEFAULT_GOAL := help
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

fresh: ## fail when generated code or formatting is stale
	go tool templ generate -path views
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	go mod tidy -diff
	git diff --exit-code -- views

check: fresh lint test ## everything that must hold before a commit

bench: ## measure and print the figures of docs/benchmarks.md
	go test -run '^$$' -bench . -benchtime 1x -timeout 30m .
	go test -run '^$$' -bench 'Routes|Pages' -timeout 30m ./sandbox

.PHONY: help run generate lint test fresh check bench
