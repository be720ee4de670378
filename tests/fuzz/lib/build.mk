# SPDX-License-Identifier: MIT
# Fuzzing of what the library and the tool parse: make O=build/fuzz-lib fuzz-lib-programs, with clang.
#
# A target takes from the archive what it does not define itself: so one may bring its own ioctl.c, or include a source.
CLANG ?= clang
FUZZ_FLAGS := -g -O1 -std=gnu11 -Wall -Wextra -Werror -fno-omit-frame-pointer -fno-sanitize-recover=all
FUZZ_PARTS := $(patsubst %.c,$(O)/fuzz/%.o,$(LIB_SRC) $(filter-out cli/main.c,$(CLI_SRC)))
FUZZ_PROGS := $(patsubst tests/fuzz/lib/%.c,$(O)/fuzz/%,$(wildcard tests/fuzz/lib/*.c))

.PHONY: fuzz-lib fuzz-lib-programs
fuzz-lib-programs: $(FUZZ_PROGS)

fuzz-lib:
	scripts/fuzz-lib

$(O)/fuzz/%.o: %.c $(HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(CPPFLAGS_ALL) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<

$(O)/fuzz/parts.a: $(FUZZ_PARTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(O)/fuzz/%: tests/fuzz/lib/%.c tests/fuzz/lib/fuzz.h $(O)/fuzz/parts.a
	$(CLANG) $(CPPFLAGS_ALL) $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined -o $@ $< $(O)/fuzz/parts.a
