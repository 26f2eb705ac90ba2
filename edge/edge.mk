# edge.mk: hotfix-edge, one binary made of kore's unmodified sources (Debian's package kore) and ours. Included by the Makefile.
KORE         ?= /usr/share/kore
KORE_VERSION := 4.1.0
KORE_PARTS   := accesslog auth buf config connection domain filemap fileref http json keymgr kore linux mem module msg net pool \
  runtime seccomp timer utils validator websocket worker
KORE_SOURCES := $(KORE_PARTS:%=$(KORE)/src/%.c)
KORE_OBJECTS := $(KORE_PARTS:%=$(O)/kore/%.o) $(O)/kore/version.o
# Kore's features change the layout of its structs: its sources and our glue are compiled with the same ones.
KORE_FLAGS   := -DKORE_SINGLE_BINARY
EDGE_CPPFLAGS := $(KORE_FLAGS)

KORE_GLUE  := $(wildcard $(addprefix edge/,app.c forgive.c gate.c sendfile.c tls.c peer.c life.c))
EDGE_GLUE  := $(KORE_GLUE:%.c=$(O)/%.o)
EDGE_PURE  := $(patsubst %.c,$(O)/%.o,$(filter-out $(KORE_GLUE),$(wildcard edge/*.c)))
# Of the room store: what signs links, and nothing that speaks with a bucket.
EDGE_STORE := $(addprefix $(O)/store/,place.o sigv4.o sigv4_canonical.o link_keys.o)
# Where our code takes kore's place: edge/gate.h, peer.h, sendfile.h and life.h say why. -rdynamic: kore finds hooks by dlsym.
EDGE_SEAMS := net_recv_queue net_recv_reset kore_connection_accept kore_platform_sendfile kore_fileref_release kore_log kore_worker_init \
  kore_worker_reap kore_worker_shutdown kore_timer_run shmget shmat shmctl
EDGE_LINK  := -rdynamic $(EDGE_SEAMS:%=-Wl,--wrap=%)

$(EDGE_GLUE): ALL_CFLAGS += $(KORE_FLAGS)

$(BIN)/hotfix-edge: $(EDGE_GLUE) $(KORE_OBJECTS) $(EDGE_PURE) $(EDGE_STORE) $(CORE) edge/edge.mk
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) $(EDGE_LINK) -o $@ $(filter %.o,$^) -lssl $(CORE_LIBS) -ldl

# Somebody else's sources: their warnings are not ours (-w).
$(O)/kore/%.o: $(KORE)/src/%.c $(O)/kore/platform.h
	$(call say,CC,$<)
	$(Q)$(CC) -std=c99 -w -D_GNU_SOURCE $(HARD) -fPIE -MMD -MP $(CFLAGS) -I$(KORE)/include/kore -I$(O)/kore $(KORE_FLAGS) \
	  -DPREFIX='"$(PREFIX)"' -c -o $@ $<

$(O)/kore/version.o: $(O)/kore/platform.h
	$(Q)echo 'const char *kore_version = "$(KORE_VERSION)";' | $(CC) $(HARD) -fPIE $(CFLAGS) -x c -c -o $@ -

# The map of system calls that kore's seccomp.c includes; made first, so this is where the version is looked at.
$(O)/kore/platform.h: $(KORE)/RELEASE
	@mkdir -p $(@D)
	@test "$$(cat $(KORE)/RELEASE)" = $(KORE_VERSION) || { \
	  echo "edge: the sources in $(KORE) are of kore $$(cat $(KORE)/RELEASE); hotfix-edge is made for $(KORE_VERSION) only" >&2; exit 1; }
	$(Q)sh $(KORE)/misc/linux-platform.sh > $@.new && mv $@.new $@

$(KORE)/RELEASE $(KORE_SOURCES):
	@test -e $@ || { echo "edge: $@ is missing: install Debian's package kore ($(KORE_VERSION))" >&2; exit 1; }
