# hotfix. `make help` lists the targets. Variables: BUILD, CC, CFLAGS, LDFLAGS, SAN, WERROR=1, V=1, T (a test), TIME, PREFIX, DESTDIR.
BUILD  ?= build
PREFIX ?= /usr/local
O      := $(BUILD)/obj
BIN    := $(BUILD)/bin
Q      := $(if $(V),,@)
say     = $(if $(V),,@printf '  %-5s %s\n' '$(1)' '$(2)')

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wpointer-arith -Wcast-qual -Wcast-align -Wwrite-strings -Wstrict-prototypes \
  -Wmissing-prototypes -Wold-style-definition -Wredundant-decls -Wundef -Wformat=2 -Wvla -Wswitch-enum -Wconversion \
  -Wnull-dereference -Wdouble-promotion -Wimplicit-fallthrough $(if $(WERROR),-Werror)
ifeq ($(findstring clang,$(CC)),)
WARN += -Wlogical-op -Wduplicated-cond -Wduplicated-branches
endif
CFLAGS ?= -O2 -g
ifdef SAN
HARD := -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer -DHF_SANITIZED=1
else
HARD := -fstack-protector-strong -fstack-clash-protection -fcf-protection -D_FORTIFY_SOURCE=2
HARDLD := -Wl,-z,relro,-z,now,-z,noexecstack
endif
ALL_CFLAGS  = -std=c11 -D_GNU_SOURCE -I. $(WARN) $(HARD) -fPIE -MMD -MP -DHF_VERSION='"$(VERSION)"' $(CFLAGS)
ALL_LDFLAGS = -pie $(HARD) $(HARDLD) $(LDFLAGS)
VERSION := 0.1.0

# A room is a folder; what signs is linked by the publisher alone; files that hold a main() are listed with their program.
room = $(patsubst %.c,$(O)/%.o,$(filter-out $(MAINS) core/sign.c,$(wildcard $(1)/*.c)))
MAINS := publisher/main.c hooks/pre_receive.c hooks/post_receive.c client/main.c
CORE      := $(call room,core)
SIGN      := $(O)/core/sign.o
BUILDER   := $(call room,builder)
HTTP      := $(patsubst %.c,$(O)/%.o,$(wildcard store/http*.c))
CURL_LOAD := $(O)/store/curl_load.o # in place of -lcurl: loads it for a bucket, and not for a folder
STORAGE   := $(filter-out $(HTTP) $(CURL_LOAD),$(call room,store))
PUBLISHER := $(call room,publisher)
HOOKS     := $(call room,hooks)
CLIENT    := $(call room,client)
# Of core, what a device needs. Who builds the client with another tool takes client/ without main.c, these, and store/http*.c.
CLIENT_CORE := $(patsubst %,$(O)/core/%.o,base64url buf decide digest durable err escape hex json jws key layout manifest manifest_parse \
  name question range range_expand range_parse rollout timestamp version)

CLIENT_LIBS  := -ljansson -lcrypto
CORE_LIBS    := -linih $(CLIENT_LIBS)
BUILDER_LIBS := -lgit2 -lzip -lutf8proc
STORE_LIBS   := -lexpat
HTTP_LIBS    := -lcurl

PROGRAMS := $(addprefix $(BIN)/,hotfix pre-receive post-receive hotfix-client hotfix-edge)

.DEFAULT_GOAL := all
.PHONY: all demo check lint asan fuzz fuzz-smoke install uninstall clean help deps
.SECONDARY:

all: $(PROGRAMS) $(BUILD)/lib/libhotfix-client.a ## the programs, in build/bin

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BIN)/hotfix: $(O)/publisher/main.o $(PUBLISHER) $(BUILDER) $(STORAGE) $(HTTP) $(CURL_LOAD) $(SIGN) $(CORE)
$(BIN)/pre-receive: $(O)/hooks/pre_receive.o $(HOOKS) $(PUBLISHER) $(BUILDER) $(STORAGE) $(HTTP) $(CURL_LOAD) $(SIGN) $(CORE)
$(BIN)/post-receive: $(O)/hooks/post_receive.o $(HOOKS) $(PUBLISHER) $(BUILDER) $(STORAGE) $(HTTP) $(CURL_LOAD) $(SIGN) $(CORE)
$(BIN)/hotfix $(BIN)/pre-receive $(BIN)/post-receive: LIBS = $(BUILDER_LIBS) $(STORE_LIBS) $(CORE_LIBS)
$(BIN)/hotfix-client: $(O)/client/main.o $(CLIENT) $(HTTP) $(CLIENT_CORE)
$(BIN)/hotfix-client: LIBS = $(HTTP_LIBS) $(CLIENT_LIBS)
$(BIN)/hotfix $(BIN)/pre-receive $(BIN)/post-receive $(BIN)/hotfix-client:
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# One object in which only the public calls are global: none of our other names can meet one of the app's.
CLIENT_CALLS := open close update begin confirm rollback status
OBJCOPY ?= objcopy
$(BUILD)/lib/libhotfix-client.a: $(CLIENT) $(HTTP) $(CLIENT_CORE) Makefile
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(LD) -r -o $(O)/hotfix-client.o $(filter %.o,$^) && \
	  $(OBJCOPY) $(CLIENT_CALLS:%=--keep-global-symbol=hf_client_%) $(O)/hotfix-client.o && ar rcs $@ $(O)/hotfix-client.o

include edge/edge.mk
include tests/tests.mk
include ci-templates/dist.mk

clean: ## removes build/
	$(Q)rm -rf build

help: ## this list
	@sed -nE 's/^([a-z0-9-]+):[^#]*## (.*)/\1|\2/p' Makefile tests/tests.mk ci-templates/dist.mk | awk -F'|' '{ printf "  %-15s %s\n", $$1, $$2 }'

-include $(shell find $(O) -name '*.d' 2>/dev/null)
