# assay: one Makefile, no recursion but for the entry points that install dependencies first.
# `make help` lists the targets.
#
#   DEVELOPER=1  warnings are errors        SAN=1   address and undefined-behaviour sanitizers
#   COVER=1      coverage instrumentation   CC=...  gcc (default) or clang
#   V=1          print the commands
#   MUTANT=1     an assay-box that can leave a protection out, for check-mutation alone
#   BOX_SAN=1    with SAN=1: sanitizers in assay-box too (off: they do not survive its filter)
#
# Each combination of these has a build directory of its own, so switching costs no rebuild.
# Nothing but `find` and `nproc` runs while this file is read: a machine without a compiler can still
# `make demo` and `make check`, which install what is missing.

ifeq ($(origin CC),default)
CC := gcc
endif
PKG_CONFIG ?= pkg-config
PREFIX ?= /usr/local
prefix ?= $(PREFIX)
bindir ?= $(prefix)/bin
libdir ?= $(prefix)/lib
includedir ?= $(prefix)/include
pkgconfigdir ?= $(libdir)/pkgconfig
docdir ?= $(prefix)/share/doc/assay
INSTALL ?= install
OBJCOPY ?= objcopy
JOBS ?= $(shell nproc 2>/dev/null || echo 1)
FUZZ_SECONDS ?= 10
COVER_MIN ?= 80
MAKEFLAGS += --no-builtin-rules --no-print-directory
comma := ,
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $@)

VARIANT := $(if $(filter clang%,$(notdir $(CC))),clang,)$(if $(SAN),san,)$(if $(COVER),cover,)$(if $(FUZZ),fuzz,)$(if $(MUTANT),mutant,)
B := build$(if $(VARIANT),/$(VARIANT),)
OBJ := $(B)/obj
BIN := $(B)/bin
LOG := $(B)/test

# ---- flags -------------------------------------------------------------------------------------
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wformat=2 -Wvla -Wswitch-enum -Wno-missing-field-initializers -Wno-gnu -Wno-unknown-warning-option
ifeq ($(findstring clang,$(CC)),)
WARN := $(filter-out -Wno-gnu -Wno-unknown-warning-option,$(WARN)) -Wjump-misses-init -Wlogical-op -Wno-pedantic
endif
OPT ?= $(if $(COVER),-O0,$(if $(SAN)$(FUZZ),-O1,-O2))
FORTIFY := $(if $(SAN)$(COVER)$(FUZZ),0,2)
BASE_CFLAGS := -std=gnu17 $(OPT) -g -fno-strict-aliasing -ffp-contract=off -fstack-protector-strong -D_GNU_SOURCE \
	-D_FORTIFY_SOURCE=$(FORTIFY) $(WARN) $(if $(DEVELOPER),-Werror) $(if $(MUTANT),-DASSAY_MUTANT)
SANITIZE := -fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# The last two keep gcc from writing counters between clone and exec, where no file can be written.
COVERAGE := --coverage -fprofile-update=atomic $(addprefix -fno-builtin-,fork execl execlp execle execv execvp execve)
INSTRUMENT := $(strip $(if $(SAN)$(FUZZ),$(SANITIZE)) $(if $(FUZZ),-fsanitize=fuzzer-no-link) $(if $(COVER),$(COVERAGE)))
# ASan cannot live under the box's filter, so SAN=1 leaves assay-box plain unless BOX_SAN=1.
BOX_INSTRUMENT := $(strip $(if $(and $(SAN),$(BOX_SAN)),$(SANITIZE)) $(if $(COVER),$(COVERAGE)))

# Asked for once, when the first compiler line needs it.
DEPS := libseccomp libcap libcjson sqlite3 yaml-0.1 libcrypto zlib
BOX_DEPS := libseccomp libcap
once = $(eval $(1) := $(shell $(2)))$($(1))
PKG_CFLAGS = $(call once,PKG_CFLAGS,$(PKG_CONFIG) --cflags $(DEPS) 2>/dev/null)
PKG_LIBS = $(call once,PKG_LIBS,$(PKG_CONFIG) --libs $(filter-out $(BOX_DEPS),$(DEPS)) 2>/dev/null)
FRONT_LIBS = $(call once,FRONT_LIBS,$(PKG_CONFIG) --libs libcjson 2>/dev/null)
BOX_LIBS = $(call once,BOX_LIBS,$(PKG_CONFIG) --libs $(BOX_DEPS) libcrypto 2>/dev/null)

PLAIN_CFLAGS = $(BASE_CFLAGS) -I. $(PKG_CFLAGS) $(CFLAGS) $(CPPFLAGS)
COMPILE = $(CC) $(PLAIN_CFLAGS)
LINK = $(CC) $(BASE_CFLAGS) -Wl,-z,relro,-z,now $(LDFLAGS)

# ---- sources -----------------------------------------------------------------------------------
# base/ parts that assay-box needs too: no third-party library among them.
BASE_CORE := $(addprefix base/,alloc.c err.c strbuf.c strvec.c arena.c opt.c log.c clock.c fs.c loop.c utf8.c \
	suggest.c opt_help.c)
BASE_SRC := $(wildcard base/*.c)
# sandbox/ splits in two: what assay links (the client) and what assay-box is made of.
SANDBOX_SHARED := $(wildcard $(addprefix sandbox/,wire.c status.c layers.c rootfs_path.c result_json.c json_text.c cgroup_find.c \
	cpus.c pressure.c))
SANDBOX_CLIENT := $(wildcard sandbox/client.c)
# What its users ask instead of it; assay-box run has the parts that need no client.
BOX_CACHE := $(addprefix sandbox/,cache.c cache_key.c cache_entry.c)
BOX_SRC := $(filter-out $(SANDBOX_CLIENT) sandbox/cached.c,$(wildcard sandbox/*.c)) $(BASE_CORE) base/hash.c
ASSAY_SRC := $(BASE_SRC) $(SANDBOX_SHARED) $(SANDBOX_CLIENT) $(BOX_CACHE) sandbox/cached.c $(wildcard tasks/*.c graders/*.c harness/*/*.c)

# api/ is what other programs use: libassaybox, and assay-box-json, which serves JSON in front of assay-box.
BOXLIB_SRC := $(addprefix api/,assaybox.c spec.c result.c limits.c program.c) $(SANDBOX_CLIENT) $(SANDBOX_SHARED) \
	$(addprefix base/,alloc.c err.c strbuf.c strvec.c clock.c fs.c loop.c utf8.c)
BOXLIB_OBJ := $(patsubst %.c,$(B)/obj-pic/%.o,$(BOXLIB_SRC))
BOXLIB_VERSION = $(call once,BOXLIB_VERSION,sed -n 's/^\#define ASSAYBOX_VERSION "\(.*\)"/\1/p' api/assaybox.h)
BOXLIB_SONAME := libassaybox.so.0
FRONT_SRC := $(wildcard api/serve*.c) api/limits.c $(SANDBOX_CLIENT) $(SANDBOX_SHARED) $(BASE_CORE) \
	$(addprefix base/,json.c json_num.c json_scan.c json_write.c fields.c base64.c)

# What a warm template loads (sandbox/warm.h): position-independent, without sanitizers.
WARM_SRC := $(addprefix sandbox/,warm.c warm_text.c shoot.c child.c child_fds.c control.c root.c rootfs.c caps.c landlock.c filter_load.c clone.c cgroup_join.c wire.c status.c layers.c) \
	$(filter-out base/opt.c base/opt_help.c base/loop.c base/log.c,$(BASE_CORE))

# The attacks of `assay doctor`: one static program that needs nothing of the machine.
ATTACKS_SRC := $(wildcard sandbox/selftest/*.c)

# Files carried inside the program (base/embed.h): rebuilding follows them.
EMBEDDED := $(shell find graders tasks -type f ! -name '*.[ch]') sandbox/selftest/attacks.table

UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_PY := $(wildcard tests/unit/test_*.py)
UNIT_HELP := $(filter-out $(UNIT_SRC),$(wildcard tests/unit/*.c))
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
BENCH_SRC := $(wildcard tests/bench/*_bench.c)
BENCH_HELP := $(filter-out $(BENCH_SRC),$(wildcard tests/bench/*.c))
C_FILES := $(sort $(wildcard $(ASSAY_SRC) $(BOX_SRC) $(WARM_SRC) $(ATTACKS_SRC) api/*.c tests/*/*.c tests/bench/programs/*.c))
SOAK := $(addprefix $(BIN)/soak/,soak payload warm.py)
H_FILES := $(sort $(wildcard base/*.h sandbox/*.h sandbox/*/*.h api/*.h tasks/*.h graders/*.h harness/*/*.h tests/*/*.h))
EXAMPLES := $(wildcard examples/*.c)

objs = $(patsubst %.c,$(OBJ)/%.o,$(1))
BOX_OBJDIR := $(if $(INSTRUMENT),$(B)/obj-box$(if $(BOX_SAN),-san),$(OBJ))
BOX_OBJ := $(patsubst %.c,$(BOX_OBJDIR)/%.o,$(BOX_SRC))
ASSAY_OBJ := $(call objs,$(ASSAY_SRC))
# All parts of the programs but their main(); tests take what they need.
LIB := $(B)/libassay.a
LIB_OBJ := $(call objs,$(sort $(filter-out harness/cli/main.c sandbox/main.c api/serve_main.c,\
	$(ASSAY_SRC) $(BOX_SRC) $(BOXLIB_SRC) $(FRONT_SRC))))
UNIT_BIN := $(patsubst tests/unit/%.c,$(BIN)/unit/%,$(UNIT_SRC))
FUZZ_BIN := $(patsubst tests/fuzz/%.c,$(BIN)/fuzz/%,$(FUZZ_SRC))

# ---- programs ----------------------------------------------------------------------------------
.DEFAULT_GOAL := all
PROGRAMS := $(addprefix $(BIN)/,assay assay-box assay-warm.so assay-box-json assay-attacks)
all: $(PROGRAMS) boxlib ## build the programs and libassaybox

test-programs: all $(UNIT_BIN) $(FUZZ_BIN) $(SOAK) ## build the test programs too

bench-programs: all $(BENCH_SRC:tests/bench/%.c=$(BIN)/bench/%) $(BIN)/bench/nolibc $(BIN)/bench/sum

$(BIN)/assay: $(ASSAY_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(LINK) $(INSTRUMENT) -o $@ $^ $(PKG_LIBS) -lm $(LIBS)

$(BIN)/assay-box: $(BOX_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(LINK) $(BOX_INSTRUMENT) -o $@ $^ $(BOX_LIBS) $(LIBS)

$(BIN)/assay-warm.so: $(patsubst %.c,$(B)/obj-pic/%.o,$(wildcard $(WARM_SRC)))
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(LINK) -shared -Wl,-z,defs -o $@ $^ $(LIBS)

$(BIN)/assay-attacks: $(patsubst %.c,$(B)/obj-attacks/%.o,$(ATTACKS_SRC))
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(LINK) -static -s -o $@ $^

$(BIN)/assay-box-json: $(call objs,$(FRONT_SRC))
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(LINK) $(INSTRUMENT) -o $@ $^ $(FRONT_LIBS) -lm $(LIBS)

boxlib: $(B)/lib/libassaybox.so $(B)/lib/libassaybox.a

$(B)/lib/libassaybox.so: $(B)/lib/$(BOXLIB_SONAME)
	@ln -sf $(<F) $@

$(B)/lib/$(BOXLIB_SONAME): $(BOXLIB_OBJ) api/assaybox.map
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(LINK) -shared -Wl,-z,defs -Wl,-soname,$(@F) -Wl,--version-script=api/assaybox.map -o $@ $(BOXLIB_OBJ) $(LIBS)

# One object, in which all but the interface is local: no name of ours meets one of its user's.
$(B)/lib/libassaybox.a: $(BOXLIB_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(call say,AR)
	$(Q)$(CC) -r -nostdlib -o $(B)/lib/assaybox.o $^
	$(Q)$(OBJCOPY) --localize-hidden $(B)/lib/assaybox.o
	$(Q)$(AR) rcs $@ $(B)/lib/assaybox.o

# The library knows where its server is installed.
$(B)/obj-pic/api/program.o: DEFINES = -DASSAYBOX_PROGRAM='"$(bindir)/assay-box"'
$(B)/obj-pic/api/program.o: $(B)/bindir
$(B)/bindir: FORCE
	@mkdir -p $(@D)
	@echo '$(bindir)' | cmp -s - $@ || echo '$(bindir)' >$@

$(LIB): $(LIB_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(call say,AR)
	$(Q)$(AR) rcs $@ $^

$(BIN)/unit/%: $(OBJ)/tests/unit/%.o $(call objs,$(UNIT_HELP)) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(LINK) $(INSTRUMENT) -o $@ $^ $(PKG_LIBS) $(BOX_LIBS) -lcmocka -lm $(LIBS)

# A fuzzer is a libFuzzer program under FUZZ=1 (clang), else one that replays a corpus as TAP.
$(BIN)/fuzz/%: $(OBJ)/tests/fuzz/%.o $(if $(FUZZ),,$(OBJ)/tests/fuzz/replay.o) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(LINK) $(INSTRUMENT) $(if $(FUZZ),-fsanitize=fuzzer) -o $@ $^ $(PKG_LIBS) $(BOX_LIBS) -lm $(LIBS)

$(BIN)/bench/%: $(OBJ)/tests/bench/%.o $(call objs,$(BENCH_HELP)) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(LINK) $(INSTRUMENT) -o $@ $^ $(PKG_LIBS) $(BOX_LIBS) -lm $(LIBS)

# What the benchmarks launch: without a C library, and so without whatever else needs one.
$(BIN)/bench/nolibc: tests/bench/programs/nolibc.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) -std=gnu17 -Os -Wall -Wextra $(if $(DEVELOPER),-Werror) -ffreestanding -fno-stack-protector -fno-pie \
		-fno-asynchronous-unwind-tables -nostdlib -static -Wl,-e,start,--build-id=none,-z,noseparate-code -o $@ $<

$(BIN)/bench/sum: tests/bench/programs/sum.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(COMPILE) -o $@ $<

$(BIN)/soak/soak: $(call objs,$(addprefix tests/soak/,soak.c remains.c)) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(LINK) $(INSTRUMENT) -o $@ $^ $(PKG_LIBS) $(BOX_LIBS) -lm $(LIBS)

# Runs inside boxes: static, so that it needs nothing there, and never instrumented.
$(BIN)/soak/payload: tests/soak/payload.c
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(BASE_CFLAGS) $(CFLAGS) -static -o $@ $<

$(BIN)/soak/warm.py: tests/soak/warm.py
	@mkdir -p $(@D)
	@cp $< $@

$(B)/obj-pic/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) -fPIC -fvisibility=hidden $(DEFINES) -MMD -MP -c -o $@ $<

$(B)/obj-attacks/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

$(OBJ)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) $(INSTRUMENT) -MMD -MP -c -o $@ $<

ifneq ($(BOX_OBJDIR),$(OBJ))
$(BOX_OBJDIR)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) $(BOX_INSTRUMENT) -MMD -MP -c -o $@ $<
endif

# Changes when the compiler or its flags do, and then all objects are stale. -Werror does not count.
FLAGS_TEXT = $(filter-out -Werror,$(COMPILE) $(INSTRUMENT) $(LDFLAGS))
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGS_TEXT)' | cmp -s - $@ || echo '$(FLAGS_TEXT)' >$@

# Objects that embed files name them with .incbin, which dependency generation does not see.
$(call objs,$(shell grep -ls 'base/embed\.h' $(filter-out base/%,$(ASSAY_SRC)) /dev/null)): $(EMBEDDED)

# ---- entry points: dependencies first, then another make that may look for the compiler ----------
parallel = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

demo: ## install build dependencies if missing, build, show what assay does
	@tools/install-deps build
	@$(MAKE) $(parallel) all
	@$(BIN)/assay demo

check: ## install test dependencies if missing, build, run all tests, print their sum
	@tools/install-deps build test
	@$(MAKE) $(parallel) test-programs
	@rm -rf $(LOG)
	@SOAK_BOXES=$${SOAK_BOXES:-500} $(MAKE) -k -j1 $(CHECK_SUITES); tools/run-tests --sum $(LOG) $(CHECK_SUITES:check-%=%)

deps: ## install build dependencies (Debian packages)
	@tools/install-deps build

deps-test: ## install test dependencies too
	@tools/install-deps build test

# ---- tests -------------------------------------------------------------------------------------
# Every suite speaks TAP; tools/run-tests runs it, keeps logs in $(LOG) and counts. Tests find the
# programs by ASSAY_BIN (folder) and ASSAY_BOX, and optional data by ASSAY_SHARED.
CHECK_SUITES := check-tree check-unit check-cli check-attacks check-fuzz check-soak
RUN_TESTS = ASSAY_BIN=$(abspath $(BIN)) ASSAY_BOX=$(abspath $(BIN)/assay-box) tools/run-tests --log $(LOG)

check-unit: $(BIN)/assay-box $(BIN)/assay-box-json $(UNIT_BIN) ## unit tests
	@$(RUN_TESTS) --suite unit --jobs $(JOBS) -- $(UNIT_BIN) $(UNIT_PY)

# CLI_SKIP="warm large" leaves those files out, for runs that repeat what another has shown.
check-cli: all ## tests of the commands
	@$(RUN_TESTS) --suite cli --jobs $(JOBS) --prefix 'bats --tap' -- \
		$(filter-out $(CLI_SKIP:%=tests/cli/%.bats),$(wildcard tests/cli/*.bats))

check-attacks: all ## programs that try to get out or to cheat
	@$(RUN_TESTS) --suite attacks -- $(wildcard tests/attacks/run)

check-mutation: ## leave each layer of the sandbox out in turn: which attacks then succeed?
	@$(MAKE) $(parallel) MUTANT=1 all
	@ASSAY_BIN=$(abspath build/mutant/bin) tests/attacks/mutate

check-vm: ## the attacks on control groups of version 2, in a guest under qemu (not part of check)
	@tools/install-deps build vm
	@$(MAKE) $(parallel) all
	@$(RUN_TESTS) --suite vm --timeout 2400 -- tests/vm/run

check-soak: all $(SOAK) ## 10,000 boxes in a row and on two slots, a third hostile (SOAK_BOXES=500 in check)
	@$(RUN_TESTS) --suite soak -- tests/soak/run

check-fuzz: $(FUZZ_BIN) ## replay the fuzzers' corpora
	@$(RUN_TESTS) --suite fuzz --jobs $(JOBS) -- $(FUZZ_BIN)

check-tree: ## rules about the tree itself that tests rely on
	@$(RUN_TESTS) --suite tree --plain -- tools/check-layers

check-layers: ## who may include whom (docs/layers.txt)
	@tools/check-layers

check-text: ## sizes, SPDX lines, white space, paths of one machine
	@tools/check-text

check-headers: ## every header compiles alone, under gcc and clang
	@tools/check-headers $(JOBS) -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -I. $(PKG_CFLAGS) -- $(H_FILES)

fuzz: ## libFuzzer (clang), FUZZ_SECONDS=10 for each fuzzer
	@$(MAKE) $(parallel) CC=clang FUZZ=1 fuzz-run

fuzz-run: $(FUZZ_BIN)
	@tools/run-fuzzers $(FUZZ_SECONDS) $(B)/fuzz $(FUZZ_BIN)

cover: ## line coverage of our C by unit, cli and attack tests; fails under COVER_MIN=80 %
	@$(MAKE) $(parallel) CC=gcc COVER=1 all $(patsubst $(B)/%,build/cover/%,$(UNIT_BIN))
	@$(MAKE) -j1 CC=gcc COVER=1 cover-run

cover-run:
	@find $(B) -name '*.gcda' -delete
	@rm -rf $(LOG)
	@$(MAKE) -k -j1 check-unit check-cli check-attacks; tests=$$?; \
		tools/coverage $(B) $(COVER_MIN) && exit $$tests

bench: ## what a box, a case and a verdict cost, against others (BENCH="--quick --pin", HUMAN_EVAL_DIR=...)
	@tools/install-deps build bench
	@$(MAKE) $(parallel) bench-programs
	@ASSAY_BIN=$(abspath $(BIN)) ASSAY_BOX=$(abspath $(BIN)/assay-box) tests/bench/run $(BENCH)

check-promise: bench-programs ## is anything slower than docs/PERFORMANCE.md promises?
	@ASSAY_BIN=$(abspath $(BIN)) ASSAY_BOX=$(abspath $(BIN)/assay-box) tests/bench/run --check

# ---- lint --------------------------------------------------------------------------------------
SHELL_FILES = $(shell grep -slE '^\#!.*[/ ](ba|da)?sh$$' $(wildcard .ci/* tools/* tests/*/*) /dev/null)

lint: check-layers check-text check-headers tidy cppcheck format shellcheck ## all of the static checks

tidy: ## clang-tidy, one file a process
	@tools/tidy $(JOBS) -std=gnu17 -D_GNU_SOURCE -I. $(PKG_CFLAGS) -- $(C_FILES)

cppcheck:
	@cppcheck --quiet --error-exitcode=1 --std=c11 --language=c --platform=unix64 -D__x86_64__ -D_GNU_SOURCE -I. -j$(JOBS) \
		--enable=warning,performance,portability --inline-suppr --suppressions-list=tools/cppcheck.suppress \
		$(C_FILES)

format: ## does the code look as clang-format would have it
	@clang-format --dry-run -Werror $(C_FILES) $(H_FILES) $(EXAMPLES)

format-fix: ## rewrite it so
	@clang-format -i $(C_FILES) $(H_FILES) $(EXAMPLES)

shellcheck:
	@shellcheck $(SHELL_FILES)

# ---- install -----------------------------------------------------------------------------------
install: all ## to PREFIX=/usr/local, below DESTDIR
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(libdir)/assay $(DESTDIR)$(docdir)/examples \
		$(DESTDIR)$(includedir) $(DESTDIR)$(pkgconfigdir)
	$(INSTALL) -m 755 $(BIN)/assay $(BIN)/assay-box $(DESTDIR)$(bindir)
	$(INSTALL) -m 755 $(BIN)/assay-box-json $(DESTDIR)$(libdir)/assay
	$(INSTALL) -m 644 $(BIN)/assay-warm.so $(DESTDIR)$(libdir)/assay
	$(INSTALL) -m 755 $(BIN)/assay-attacks $(DESTDIR)$(libdir)/assay
	$(INSTALL) -m 644 $(wildcard containers/*.yaml) $(DESTDIR)$(docdir)
	$(INSTALL) -m 644 api/assaybox.h $(DESTDIR)$(includedir)
	$(INSTALL) -m 644 $(B)/lib/libassaybox.a $(DESTDIR)$(libdir)
	$(INSTALL) -m 755 $(B)/lib/$(BOXLIB_SONAME) $(DESTDIR)$(libdir)/libassaybox.so.$(BOXLIB_VERSION)
	ln -sf libassaybox.so.$(BOXLIB_VERSION) $(DESTDIR)$(libdir)/$(BOXLIB_SONAME)
	ln -sf $(BOXLIB_SONAME) $(DESTDIR)$(libdir)/libassaybox.so
	sed -e 's|@prefix@|$(prefix)|' -e 's|@libdir@|$(libdir:$(prefix)/%=$${prefix}/%)|' \
		-e 's|@includedir@|$(includedir:$(prefix)/%=$${prefix}/%)|' \
		-e 's|@version@|$(BOXLIB_VERSION)|' api/assaybox.pc.in >$(DESTDIR)$(pkgconfigdir)/assaybox.pc
	$(INSTALL) -m 644 README.md NEWS.md LICENSE $(wildcard docs/*.md) $(DESTDIR)$(docdir)
	$(INSTALL) -m 644 $(wildcard examples/*) $(DESTDIR)$(docdir)/examples

uninstall:
	rm -f $(DESTDIR)$(bindir)/assay $(DESTDIR)$(bindir)/assay-box $(DESTDIR)$(includedir)/assaybox.h \
		$(DESTDIR)$(libdir)/libassaybox.* $(DESTDIR)$(pkgconfigdir)/assaybox.pc
	rm -rf $(DESTDIR)$(libdir)/assay $(DESTDIR)$(docdir)

clean:
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 20

FORCE:
-include $(shell find build -name '*.d' 2>/dev/null)
.SECONDARY:
.DELETE_ON_ERROR:
.PHONY: all boxlib test-programs demo check deps deps-test check-unit check-cli check-attacks check-mutation check-vm check-fuzz check-soak \
	check-tree check-layers check-text check-headers fuzz fuzz-run cover cover-run bench bench-programs check-promise lint tidy cppcheck \
	format format-fix \
	shellcheck install uninstall clean help FORCE
