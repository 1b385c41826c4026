# Every target installs its missing tools with scripts/setup.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

WHIPPET := cargo run -q --locked -p whippet-cli --
# Builds all programs and tests of the workspace. If cargo built only one package, it would enable fewer features in the
# dependencies, and would have to compile them again.
BUILD := cargo build --locked --workspace --bins --tests
# Builds Relay with its GraphQL schema. examples/bookshelf also uses GraphQL, so $(BUILD) has already compiled the
# dependencies with the features that GraphQL needs. cargo compiles only Relay again.
WITH_GRAPHQL := --features relay/graphql
WASM := wasm32-unknown-unknown
# Runs cargo with the toolchain that builds for wasm32.
WASM_CARGO := . .tools/env; $${WHIPPET_TOOLCHAIN:+env RUSTUP_TOOLCHAIN=$$WHIPPET_TOOLCHAIN} cargo

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: dev
dev: ## Serve the Worker at http://127.0.0.1:8787 (PORT=…), with wrangler
	@scripts/setup wasm node curl
	@exec scripts/dev

.PHONY: spin
spin: ## Serve the Spin component at http://127.0.0.1:3000 (PORT=…, STATE=…), with spin or crates/spin-host
	@scripts/setup wasm node curl
	. .tools/env; $(WHIPPET) build spin --release --locked
	@exec scripts/spin

.PHONY: run
run: ## Serve natively at http://127.0.0.1:8787 (PORT=…, DATABASE=…)
	@exec scripts/run

# `make test` and `make lint` run the program `whippet` that the build of the whole workspace has created. wrangler.toml
# and scripts/check-size read its path from the variable WHIPPET.
test lint: export WHIPPET := $(abspath $(or $(CARGO_TARGET_DIR),target))/debug/whippet

.PHONY: test
test: ## Run all tests: unit tests, doc tests, the tests of each host, and the tests in a browser
	@scripts/setup wasm node python curl graphql
	$(BUILD)
	scripts/build-apps
	cargo test --locked --workspace $(WITH_GRAPHQL) --test relay-graphql
	. .tools/env; scripts/alongside scripts/prebuild cargo test --locked --workspace
	. .tools/env; node --test tests/workerd/*.test.mjs
	. .tools/env; node --test tests/graphql/*.test.mjs
	scripts/test-browser

.PHONY: test-browser
test-browser: ## Test /docs, /graphiql and /_whippet/outbox, and run the in-process suites, in headless Chromium; fail if native tests are missing there
	@scripts/setup wasm node browser graphql
	scripts/test-browser

.PHONY: fuzz
fuzz: ## Fuzz the parsers (SECONDS_EACH=20) and all operations of the server (EXAMPLES=30); SEED=… repeats a run
	@scripts/setup python curl
	scripts/fuzz
	scripts/fuzz-api

.PHONY: fuzz-api
fuzz-api: ## Send generated requests to all operations of the servers (EXAMPLES=30); SEED=… repeats a run
	@scripts/setup python curl
	scripts/fuzz-api

.PHONY: soak
soak: ## Run the model of the outbox with 200,000 schedules, and kill a server under load 200 times
	MODEL_SCHEDULES=200000 cargo test --locked --release -p whippet --test core model
	cargo build --locked --bins
	KILLS=200 cargo test --locked --test hosts -- native::kills_under_load native::stops_under_load

.PHONY: coverage
coverage: ## Report the lines that the in-process suites cover
	@scripts/setup coverage
	scripts/coverage

.PHONY: mutants
mutants: ## Make small changes to crates/whippet/src, and report those that no test detects (FILES="tasks/retry.rs …")
	@scripts/setup mutants
	scripts/mutants $(FILES)

.PHONY: lint
lint: ## Check the format, the lints for each host, the migrations, the documentation, crate boundaries, lock files, sizes, imports, openapi.json and schema.graphql
	@scripts/setup wasm node
	cargo fmt --all --check
	scripts/check-boundaries
	scripts/check-locks
	scripts/alongside scripts/setup-checks $(BUILD)
	$(WHIPPET) migrate check
	$(WHIPPET) migrate check --dir examples/hello/migrations
	$(WHIPPET) migrate check --dir examples/probe/migrations
	$(WHIPPET) migrate check --dir examples/notes/migrations
	$(WHIPPET) migrate check --dir examples/bookshelf/migrations
	scripts/alongside scripts/check-size cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked --workspace --all-targets $(WITH_GRAPHQL) -- -D warnings
	$(WASM_CARGO) clippy --locked --target $(WASM) --lib -p whippet -p relay -p probe -p notes -p bookshelf --features cloudflare,whippet/jwt,relay/graphql -- -D warnings
	$(WASM_CARGO) clippy --locked --target $(WASM) --lib -p whippet -p relay -p probe -p notes -p bookshelf --features spin,whippet/jwt,relay/graphql -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --locked --no-deps --workspace --lib
	. .tools/env; scripts/check-openapi
	. .tools/env; scripts/check-graphql

.PHONY: openapi
openapi: ## Write openapi.json of Relay and of examples/notes, which are generated from their handlers
	cargo run -q --locked -p relay -- openapi >openapi.new
	mv openapi.new openapi.json
	cargo run -q --locked -p notes -- openapi >openapi.new
	mv openapi.new examples/notes/openapi.json

.PHONY: graphql
graphql: ## Write schema.graphql of Relay and of examples/bookshelf
	$(WHIPPET) graphql export -p relay --features graphql --locked
	$(WHIPPET) graphql export -p bookshelf --locked --out examples/bookshelf/schema.graphql

.PHONY: build
build: ## Build the bundle for Cloudflare Workers and the component for Spin, and print their sizes
	@scripts/setup wasm node
	. .tools/env; $(WHIPPET) build cloudflare --release --locked
	. .tools/env; $(WHIPPET) build spin --release --locked

.PHONY: bench
bench: ## Compare CPU time with other apps on workerd, on Spin and natively (about 45 min; BENCH_ROUNDS=12)
	@scripts/setup wasm node bench
	. .tools/env; node bench/run.mjs

.PHONY: bench-quick
bench-quick: ## Compare CPU time with raw JavaScript and Hono on workerd (under 4 min)
	@scripts/setup wasm node bench
	. .tools/env; BENCH_ROUNDS=3 node bench/run.mjs raw hono whippet

.PHONY: clean
clean: ## Remove build output; keep tools, keys and databases
	cargo clean
	rm -rf build examples/*/build tests/graphql/build fuzz/target .wrangler/tmp bench/axum-worker/build bench/axum-worker/target
