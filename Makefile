.DEFAULT_GOAL := help
GOLANGCI := v2.15.0
REDOCLY := 2.77.0
VALE := v3.22.0
ACTIONLINT := v1.7.12
GORELEASER := v2.15.1
SYFT := v1.57.1
COSIGN := v3.1.3
BIN := .cache/bin

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

.PHONY: build
build: ## both commands into bin/
	CGO_ENABLED=0 go build -trimpath -o bin/ ./cmd/...

.PHONY: demo
demo: ## the gateway in front of a built-in simulator
	go run ./cmd/gateway demo

.PHONY: check
check: ## what CI runs: every test
	scripts/test

.PHONY: generate
generate: ## the code that api/openapi.yaml makes
	scripts/generate

.PHONY: lint lint-go lint-contract lint-workflows lint-words lint-links
lint: lint-go lint-contract lint-workflows lint-words lint-links ## all linters; lint-go, -contract, -workflows, -words, -links: one (needs Node)

lint-go: $(BIN)/golangci-lint-$(GOLANGCI)
	$< run ./...
	cd client && ../$< run ./...
	cd client/conformance && ../../$< run ./...

lint-contract:
	npx --yes @redocly/cli@$(REDOCLY) lint api/openapi.yaml

lint-workflows: $(BIN)/actionlint-$(ACTIONLINT)
	$<

TEXTS := README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md docs deploy clients/typescript/README.md
lint-words: $(BIN)/vale-$(VALE)
	$< --glob='!**/{*_test.go,testdata/**}' $(TEXTS) api/openapi.yaml internal cmd

LINKS := .cache/words/node_modules
lint-links: $(LINKS)/.bin/remark
	$< --frail --quiet --no-stdout --use "./$(LINKS)/remark-validate-links/index.js=repository:'rocket-gateway/rocket-gateway'" $(TEXTS) bench

$(LINKS)/.bin/remark: tools/words/package-lock.json
	mkdir -p .cache/words && cp tools/words/package.json tools/words/package-lock.json tools/words/.npmrc .cache/words
	npm ci --prefix .cache/words && touch $@

# The tools are built from modules, for which the checksum database vouches. NAME-VERSION is the file, NAME a link to it.
$(BIN)/golangci-lint-$(GOLANGCI): MODULE := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
$(BIN)/actionlint-$(ACTIONLINT): MODULE := github.com/rhysd/actionlint/cmd/actionlint
$(BIN)/vale-$(VALE): MODULE := github.com/vale-cli/vale/v3/cmd/vale
$(BIN)/goreleaser-$(GORELEASER): MODULE := github.com/goreleaser/goreleaser/v2
$(BIN)/syft-$(SYFT): MODULE := github.com/anchore/syft/cmd/syft
$(BIN)/cosign-$(COSIGN): MODULE := github.com/sigstore/cosign/v3/cmd/cosign
$(BIN)/helm: tools/helm/go.mod
	CGO_ENABLED=0 go build -modfile=$< -o $@ helm.sh/helm/v4/cmd/helm
$(BIN)/%:
	GOBIN=$(CURDIR)/$(BIN) go install $(MODULE)@v$(lastword $(subst -v, ,$*))
	cd $(BIN) && mv $(firstword $(subst -v, ,$*)) $* && ln -sf $* $(firstword $(subst -v, ,$*))

.PHONY: release-tools snapshot
release-tools: $(BIN)/goreleaser-$(GORELEASER) $(BIN)/syft-$(SYFT) $(BIN)/cosign-$(COSIGN) $(BIN)/helm # what the workflow of a release runs
snapshot: $(BIN)/goreleaser-$(GORELEASER) $(BIN)/syft-$(SYFT) ## the archives that a release of this commit would have, into dist/, unsigned
	$< check
	PATH="$(CURDIR)/$(BIN):$$PATH" GORELEASER_CURRENT_TAG=$$(git describe --tags --abbrev=0 --match 'v*' || echo v0.0.0) \
	  $< release --snapshot --clean --skip=sign # without the tags client/v… of the Go client

ROW ?=
SEED ?=
.PHONY: chaos
chaos: ## break real processes under load and print a table; ROW='regexp' selects rows, SEED=n repeats random choices
	@go test -c -tags chaos -o .cache/chaos.test ./internal/e2e
	@cd internal/e2e && ../../.cache/chaos.test -test.run '^TestChaos$$' -test.timeout 30m -row '$(ROW)' $(if $(SEED),-seed $(SEED))

CHECKS ?= 2000
.PHONY: nightly
nightly: ## property tests and models with a random seed, which it prints, and many cases; SEED=n repeats one, CHECKS=n sets how many
	@seed=$${SEED:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}; echo "SEED=$$seed CHECKS=$(CHECKS)"; \
	  TEST_SEED=$$seed TEST_CHECKS=$(CHECKS) go test -count=1 -timeout 3h \
	    $$(grep -rlE 'testkit\.Check' --include='*_test.go' . | xargs -n1 dirname | sort -u)

BENCH_FLAGS ?=
.PHONY: bench
bench: bench-all bench-week bench-pictures ## everything in bench/RESULTS.md, in about 25 minutes (needs two processors, wrk, nginx with http-js, varnishd, redis-server)

.PHONY: bench-all bench-hits bench-redis bench-open bench-mix bench-cold bench-entries bench-replicas bench-bodies bench-connections bench-trend
bench-hits: ## warm hits beside other servers; bench-redis, -open, -mix, -cold, -entries, -replicas, -bodies, -connections, -trend: other sections
bench-all bench-hits bench-redis bench-open bench-mix bench-cold bench-entries bench-replicas bench-bodies bench-connections bench-trend: build
	@go build -o bin/bench ./bench && ulimit -n $$(ulimit -Hn) && taskset -c 0 bin/bench $(BENCH_FLAGS) $(filter-out all,$(@:bench-%=%))

.PHONY: bench-week
bench-week: ## a week of requests to Rocket with different caches, in virtual time
	GOGC=400 go test ./bench -run '^TestWeek$$' -count=1 -timeout 1h -week=results

.PHONY: bench-pictures
bench-pictures: ## the pictures of the samples in bench/results
	go run -C bench/plot . ../results
	@go build -o bin/bench ./bench && bin/bench report

.PHONY: profile
profile: ## a CPU profile of the gateway under hits, .cache/hits.pprof (needs wrk and curl)
	scripts/profile

.PHONY: dashboard-picture
dashboard-picture: ## docs/dashboard.svg, from two minutes of real gateways under load that a real Prometheus scrapes
	go test ./internal/e2e -run '^TestMonitoring$$' -count=1 -picture=$(CURDIR)/docs/dashboard.svg

.PHONY: console-picture
console-picture: ## docs/console.png, from recorded metrics of a real gateway, in Chromium
	go test ./internal/console -run '^TestPicture$$' -count=1 -picture=$(CURDIR)/docs/console.png

.PHONY: fuzz
fuzz: ## every fuzz target for half a minute
	@grep -rlE '^func Fuzz' --include='*_test.go' . | while read -r file; do \
	  grep -oE '^func Fuzz\w+' $$file | sed 's/func //' | while read -r target; do \
	    echo "$$target in $$(dirname $$file)"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime 30s ./$$(dirname $$file) | tail -1; \
	  done; done

.PHONY: image
image: ## the gateway's image
	docker build -t rocket-gateway --build-arg VERSION=$$(git describe --tags --match 'v*' --always --dirty) \
	  --build-arg REVISION=$$(git rev-parse HEAD) .

.PHONY: compose-test
compose-test: ## docker-compose.yml under load, while replicas die
	scripts/test-compose
