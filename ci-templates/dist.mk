# dist.mk: the release files: source, and a binary tarball that brings its libraries. Included by the Makefile.
DIST     := build/dist
PLATFORM := linux-$(shell uname -m)
TARBALL  := hotfix-$(VERSION)-$(PLATFORM).tar.gz
# One folder, inside of what is unpacked (dist.sh makes it one for the hooks too): ../../lib of bin/ could be /tmp/lib, anybody's.
DLIB     := -Wl,--disable-new-dtags,-rpath,\$$$$ORIGIN/../lib/hotfix

.PHONY: dist dist-check bench-ci
dist: ## source and binary tarballs, SHA256SUMS and its signature, in build/dist (HOTFIX_MINISIGN_KEY=FILE; PIN=1 pins the templates)
	@+$(MAKE) --no-print-directory BUILD=build/dist-bin CFLAGS='-O2' LDFLAGS='$(DLIB)' all
	@+$(MAKE) --no-print-directory -s BUILD=build/dist-bin DESTDIR='$(abspath build/dist-bin)/stage/hotfix-$(VERSION)-$(PLATFORM)' PREFIX= install >/dev/null
	@ci-templates/dist.sh '$(VERSION)' '$(PLATFORM)' build/dist-bin/stage '$(DIST)' $(if $(PIN),pin)

bench-ci: all ## what a release adds to a CI job, against the same by hand (ROUNDS=9; the row of setup after `make dist`)
	@HOTFIX_BIN='$(abspath $(BIN))' python3 tests/bench/ci.py

dist-check: ## the binary tarball in a Debian 12 without development packages (root, debootstrap; some minutes)
	@tests/fresh/dist '$(DIST)/$(TARBALL)'
