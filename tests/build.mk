# SPDX-License-Identifier: MIT
# The tests' programs. Included with O, CC, CFLAGS and STATIC_LIB set.
#
#   $(O)/tests/GROUP/NAME    from tests/GROUP/NAME.c
#   $(O)/tests32/abi/NAME    the same sources of group abi, by a 32-bit caller

TEST_FLAGS := -std=gnu11 -Wall -Wextra -Werror -Wshadow -Wmissing-prototypes -O2 -g \
	-D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Iinclude/uapi -Iinclude -Itests/harness
TEST_HEADERS := $(wildcard tests/harness/*.h include/*.h include/uapi/linux/*.h)
TEST_HARNESS := $(wildcard tests/harness/*.c)
TEST_HARNESS_OBJ := $(TEST_HARNESS:%.c=$(O)/%.test.o)
TEST_HARNESS_OBJ32 := $(TEST_HARNESS:tests/%.c=$(O)/tests32/%.test.o)

TEST_PROGS := $(patsubst tests/%.c,$(O)/tests/%,\
	$(wildcard tests/abi/*.c tests/lib/*.c tests/interop/*.c tests/fault/*.c tests/virt/*.c \
		tests/security/*.c tests/race/*.c tests/failnth/*.c))
FUZZ_SRC := $(wildcard tests/fuzz/*.c)
TEST_PROGS += $(O)/tests/fuzz/dmaspan_fuzz
TEST_PROGS32 := $(patsubst tests/%.c,$(O)/tests32/%,$(wildcard tests/abi/*.c))

$(O)/tests/interop/io_uring: TEST_LIBS := -luring
$(O)/tests/virt/signals: TEST_LIBS := -lm
$(O)/tests/failnth/lib: TEST_LIBS := $(O)/lib/libdmaspan.a
$(O)/tests/failnth/lib: $(O)/lib/libdmaspan.a

$(O)/tests/harness/%.test.o: tests/harness/%.c $(TEST_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(TEST_FLAGS) -c -o $@ $<

$(O)/tests32/harness/%.test.o: tests/harness/%.c $(TEST_HEADERS)
	@mkdir -p $(@D)
	$(CC) -m32 $(TEST_FLAGS) -c -o $@ $<

$(O)/tests/lib/%: tests/lib/%.c $(TEST_HARNESS_OBJ) $(TEST_HEADERS) $(O)/lib/libdmaspan.a
	@mkdir -p $(@D)
	$(CC) $(TEST_FLAGS) -o $@ $< $(TEST_HARNESS_OBJ) $(O)/lib/libdmaspan.a -lpthread

$(O)/tests/fuzz/dmaspan_fuzz: $(FUZZ_SRC) tests/fuzz/fuzz.h $(TEST_HARNESS_OBJ) $(TEST_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(TEST_FLAGS) -o $@ $(FUZZ_SRC) $(TEST_HARNESS_OBJ) -lpthread -lrt

$(O)/tests/%: tests/%.c $(TEST_HARNESS_OBJ) $(TEST_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(TEST_FLAGS) -o $@ $< $(TEST_HARNESS_OBJ) $(TEST_LIBS) -lpthread

$(O)/tests32/%: tests/%.c $(TEST_HARNESS_OBJ32) $(TEST_HEADERS)
	@mkdir -p $(@D)
	$(CC) -m32 $(TEST_FLAGS) -o $@ $< $(TEST_HARNESS_OBJ32) -lpthread

# Kernel modules: clients of dmaspan_virt, and the kernel's dmatest where its source is: in the guests.
TEST_KMOD_SRC := $(wildcard tests/kmod/*.[ch] tests/kmod/Kbuild)
DMATEST_SRC := $(wildcard /usr/src/dmatest/dmatest.c)
TEST_KMOD := $(if $(wildcard $(KDIR)/Makefile),$(O)/tests/kmod/dmaspan_seeded.ko)

.PHONY: kmod
kmod: $(TEST_KMOD)

$(O)/tests/kmod/dmaspan_seeded.ko: $(TEST_KMOD_SRC) $(DMATEST_SRC)
	@mkdir -p $(@D)
	@find $(@D) -xtype l -delete
	$(Q)cp -sf $(addprefix $(CURDIR)/,$(TEST_KMOD_SRC)) $(@D)/
	$(Q)$(if $(DMATEST_SRC),cp $(DMATEST_SRC) $(@D)/,echo "dmatest is left out: there is no /usr/src/dmatest")
	$(Q)$(CLEAN_ENV) $(MAKE) -j$(shell nproc) -C $(KDIR) M=$(abspath $(@D)) modules
	@touch $@

# KUnit suites of the modules' own arithmetic: where the kernel has KUnit.
KUNIT_SRC := $(wildcard tests/kunit/*.[ch] tests/kunit/Kbuild)
KUNIT_MOD := $(if $(shell grep -sE '^CONFIG_KUNIT=[ym]' $(KDIR)/.config),$(O)/tests/kunit/dmaspan_kunit.ko)

.PHONY: kunit
kunit: $(KUNIT_MOD)

$(O)/tests/kunit/dmaspan_kunit.ko: $(KUNIT_SRC) $(O)/kernel/dmaspan.ko
	@mkdir -p $(@D)
	@find $(@D) -xtype l -delete
	$(Q)cp -sf $(addprefix $(CURDIR)/,$(KUNIT_SRC)) $(@D)/
	$(Q)$(CLEAN_ENV) $(MAKE) -j$(shell nproc) -C $(KDIR) M=$(abspath $(@D)) modules
	@touch $@
