# SPDX-License-Identifier: MIT
# The front door. Everything built goes below $(O).
O ?= build/host
KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build
PREFIX ?= /usr/local
VERSION := 0.1.0
SOVERSION := 0

# The kernel's build takes O= and the like from its caller.
CLEAN_ENV := env -u MAKEFLAGS -u MAKELEVEL -u MAKEOVERRIDES

# V=1 shows the commands.
Q := $(if $(V),,@)

CC ?= gcc
CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Werror -Wmissing-prototypes -Wshadow
# uapi first: include/linux/dmaspan.h is the header for drivers.
CPPFLAGS_ALL := -Iinclude/uapi -Iinclude -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 \
	-DDMASPAN_VERSION='"$(VERSION)"'
CFLAGS_ALL := -std=gnu11 $(WARN) $(CFLAGS)

LIB_SRC := $(wildcard lib/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(O)/%.o)
CLI_SRC := $(wildcard cli/*.c)
CLI_OBJ := $(CLI_SRC:%.c=$(O)/%.o)
EXAMPLES := $(patsubst %.c,$(O)/%,$(wildcard examples/*.c))
HEADERS := $(wildcard include/*.h include/*/*.h include/*/*/*.h lib/*.h cli/*.h)
KERNEL_SRC := $(wildcard kernel/*.[ch] kernel/Kbuild kernel/*/*.[ch] kernel/*/Kbuild)

STATIC_LIB := $(O)/lib/libdmaspan.a
SHARED_LIB := $(O)/lib/libdmaspan.so.$(VERSION)
CLI := $(O)/cli/dmaspan

.PHONY: all user modules examples tests test-build clean install uninstall \
	install-user install-dkms demo check check-debug coverage fuzz fuzz-lib mutants bench lint
all: user modules
test-build: all examples tests

-include tests/build.mk tests/bench/build.mk tests/fuzz/lib/build.mk
tests: $(TEST_PROGS) $(TEST_PROGS32) $(TEST_KMOD) $(KUNIT_MOD) $(BENCH_PROGS)
user: $(STATIC_LIB) $(SHARED_LIB) $(CLI)
examples: $(EXAMPLES)
modules: $(O)/kernel/dmaspan.ko

$(O)/%.o: %.c $(HEADERS)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -fPIC -c -o $@ $<

$(STATIC_LIB): $(LIB_OBJ)
	@rm -f $@
	@echo "  AR      $@"
	$(Q)$(AR) rcs $@ $^

$(SHARED_LIB): $(LIB_OBJ) lib/libdmaspan.map
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -shared -Wl,-soname,libdmaspan.so.$(SOVERSION) \
		-Wl,--version-script=lib/libdmaspan.map -o $@ $(LIB_OBJ)
	$(Q)ln -sf $(@F) $(@D)/libdmaspan.so.$(SOVERSION)
	$(Q)ln -sf $(@F) $(@D)/libdmaspan.so

$(CLI): $(CLI_OBJ) $(STATIC_LIB)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^

$(O)/examples/%: examples/%.c $(STATIC_LIB) $(HEADERS)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -o $@ $< $(STATIC_LIB)

# The kernel's build writes beside its sources: it is given links to them.
$(O)/kernel/dmaspan.ko: $(KERNEL_SRC) $(wildcard include/linux/*.h include/uapi/linux/*.h)
	@mkdir -p $(O)
	@rm -rf $(O)/include
	@find $(O)/kernel -xtype l -delete 2>/dev/null || true
	$(Q)cp -rsf $(CURDIR)/kernel $(CURDIR)/include $(O)/
	$(Q)$(CLEAN_ENV) $(MAKE) -j$(shell nproc) -C $(KDIR) M=$(abspath $(O))/kernel $(KFLAGS) modules
	@touch $@

demo:
	scripts/demo

check:
	scripts/check

check-debug:
	scripts/check --debug

coverage:
	scripts/coverage

fuzz:
	scripts/fuzz

mutants:
	scripts/mutants

bench:
	scripts/bench

lint:
	scripts/lint

INSTALL ?= install
BINDIR := $(DESTDIR)$(PREFIX)/bin
LIBDIR := $(PREFIX)/lib
INCLUDEDIR := $(PREFIX)/include
SHARE := $(DESTDIR)$(PREFIX)/share
UDEV := $(DESTDIR)/usr/lib/udev/rules.d
DKMS_SRC := $(DESTDIR)/usr/src/dmaspan-$(VERSION)
MAN1 := $(wildcard man/*.1)
MAN3 := $(wildcard man/*.3)
MAN4 := $(wildcard man/*.4)

install: install-user install-dkms

install-user: user
	$(INSTALL) -d $(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)/linux \
		$(SHARE)/man/man1 $(SHARE)/man/man3 $(SHARE)/man/man4 \
		$(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions $(UDEV)
	$(INSTALL) -m 755 $(CLI) $(BINDIR)/dmaspan
	$(INSTALL) -m 644 $(STATIC_LIB) $(DESTDIR)$(LIBDIR)/
	$(INSTALL) -m 755 $(SHARED_LIB) $(DESTDIR)$(LIBDIR)/
	ln -sf $(notdir $(SHARED_LIB)) $(DESTDIR)$(LIBDIR)/libdmaspan.so.$(SOVERSION)
	ln -sf $(notdir $(SHARED_LIB)) $(DESTDIR)$(LIBDIR)/libdmaspan.so
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
		-e 's|@VERSION@|$(VERSION)|' lib/libdmaspan.pc.in \
		>$(DESTDIR)$(LIBDIR)/pkgconfig/libdmaspan.pc
	$(INSTALL) -m 644 include/dmaspan.h $(DESTDIR)$(INCLUDEDIR)/
	$(INSTALL) -m 644 include/uapi/linux/dmaspan.h $(DESTDIR)$(INCLUDEDIR)/linux/
	$(INSTALL) -m 644 $(MAN1) $(SHARE)/man/man1/
	$(INSTALL) -m 644 $(MAN3) $(SHARE)/man/man3/
	$(INSTALL) -m 644 $(MAN4) $(SHARE)/man/man4/
	$(INSTALL) -m 644 cli/completion/dmaspan.bash $(SHARE)/bash-completion/completions/dmaspan
	$(INSTALL) -m 644 cli/completion/_dmaspan $(SHARE)/zsh/site-functions/_dmaspan
	$(INSTALL) -m 644 packaging/60-dmaspan.rules $(UDEV)/
	[ -n "$(DESTDIR)" ] || ldconfig

# With DESTDIR the sources are only laid out: dkms acts on the running system.
install-dkms:
	rm -rf $(DKMS_SRC)
	$(INSTALL) -d $(DKMS_SRC)
	cp -r kernel include $(DKMS_SRC)/
	sed 's|@VERSION@|$(VERSION)|' packaging/dkms.conf.in >$(DKMS_SRC)/dkms.conf
	[ -n "$(DESTDIR)" ] || { dkms add dmaspan/$(VERSION) && \
		$(CLEAN_ENV) dkms install dmaspan/$(VERSION) -k $(KVER); }

uninstall:
	[ -n "$(DESTDIR)" ] || ! command -v dkms >/dev/null || \
		dkms remove dmaspan/$(VERSION) --all || true
	rm -rf $(DKMS_SRC)
	rm -f $(BINDIR)/dmaspan $(DESTDIR)$(LIBDIR)/libdmaspan.* \
		$(DESTDIR)$(LIBDIR)/pkgconfig/libdmaspan.pc \
		$(DESTDIR)$(INCLUDEDIR)/dmaspan.h $(DESTDIR)$(INCLUDEDIR)/linux/dmaspan.h \
		$(MAN1:man/%=$(SHARE)/man/man1/%) $(MAN3:man/%=$(SHARE)/man/man3/%) \
		$(MAN4:man/%=$(SHARE)/man/man4/%) \
		$(SHARE)/bash-completion/completions/dmaspan \
		$(SHARE)/zsh/site-functions/_dmaspan $(UDEV)/60-dmaspan.rules
	[ -n "$(DESTDIR)" ] || ldconfig

clean:
	rm -rf build
