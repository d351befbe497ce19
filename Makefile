.DEFAULT_GOAL := help
export CGO_ENABLED ?= 0

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: ## Start the populated demonstration
	go run ./cmd/amana demo

test: ## Run every test on SQLite
	go test -timeout 20m ./...

test-pg: ## Run the tests again on PostgreSQL (starts a throw-away server)
	eval "$$(scripts/postgres.sh start)" && go test ./kernel/... ./modules/... ./e2e/...

race: ## Run the concurrent packages under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race -short -timeout 20m ./kernel/store ./kernel/journal ./kernel/policy ./kernel/jobs ./kernel/blobs ./engines/tensor ./engines/plate

check: gen-check law vet test ## What must pass before a commit

vet:
	go vet ./...
	@test -z "$$(gofmt -l $$(git ls-files '*.go' | grep -v _templ.go))" || { gofmt -l $$(git ls-files '*.go' | grep -v _templ.go); exit 1; }

law: ## Check that every law reference exists and every article is cited
	go run ./packs/lawcheck

gen: ## Generate pages' code and the reference pages
	go tool templ generate
	go run ./packs/lawcheck -write
	go run ./docs/operate/flags

gen-check: ## Prove that what is generated is current
	@scripts/generated.sh

agent: ## Build and test the program beside a citizen's card (needs a C compiler)
	cd cmd/amana-card && CGO_ENABLED=1 go vet ./... && CGO_ENABLED=1 go test ./... && CGO_ENABLED=1 go build -o ../../.bin/amana-card .

onnx: ## Build and test the program that loads ONNX Runtime, an option for reading plates
	cd cmd/amana-onnx && go vet ./... && go test ./... && go build -trimpath -o ../../.bin/amana-onnx .

lint: ## Run the linters (builds them the first time)
	cd tools && go build -o ../.bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	.bin/golangci-lint run ./...

soak: ## Kill the service a hundred times, also while citizens sign in; try every card number on what an erasure left; a hundred thousand events in the citizens' logs
	AMANA_KILLS=100 AMANA_NUMBERS=all go test -run 'TestDeath|AcrossDeaths|TestEveryNumberIsTried' -timeout 120m ./e2e
	AMANA_KILLS=100 go test -run TestKilledAtAnyMoment -timeout 60m ./modules/trust
	AMANA_EVENTS=many go test -run TestEveryEventIsInTheLog -timeout 120m ./modules/citizens

bench: ## Print every measured figure beside its limit or peer
	go run ./cmd/amana bench

pictures: ## Make the pictures of the guide again
	go run ./docs/guide/pictures

.PHONY: help run test test-pg race check vet law gen gen-check agent onnx lint soak bench pictures
