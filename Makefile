# assay: one Makefile, no recursion. `make help` lists the targets.
#
#   DEVELOPER=1  warnings are errors        SAN=1   address and undefined-behaviour sanitizers
#   COVER=1      coverage instrumentation   CC=...  gcc (default) or clang
#
# Each combination of these has a build directory of its own, so switching costs no rebuild.

CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
PKG_CONFIG ?= pkg-config
prefix ?= /usr/local
MAKEFLAGS += --no-builtin-rules

VARIANT := $(if $(filter clang%,$(notdir $(CC))),clang,)$(if $(SAN),san,)$(if $(COVER),cover,)
B := build$(if $(VARIANT),/$(VARIANT),)
OBJ := $(B)/obj
BIN := $(B)/bin

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wformat=2 -Wvla -Wswitch-enum -Wno-gnu -Wno-unknown-warning-option
ifeq ($(findstring clang,$(CC)),)
WARN := $(filter-out -Wno-gnu -Wno-unknown-warning-option,$(WARN)) -Wjump-misses-init -Wlogical-op -Wno-pedantic
endif
OPT ?= -O2
BASE_CFLAGS := -std=gnu17 $(OPT) -g -fno-strict-aliasing -ffp-contract=off -fstack-protector-strong -D_GNU_SOURCE \
	-D_FORTIFY_SOURCE=$(if $(SAN)$(COVER),0,2) $(WARN) $(if $(DEVELOPER),-Werror)
INSTRUMENT := $(if $(SAN),-fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer) \
	$(if $(COVER),--coverage -fprofile-update=atomic)
comma := ,

DEPS := libseccomp libcap libcjson sqlite3 yaml-0.1 libcrypto zlib
BOX_DEPS := libseccomp libcap
PKG_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(DEPS) 2>/dev/null)
PKG_LIBS = $(shell $(PKG_CONFIG) --libs $(filter-out libseccomp libcap,$(DEPS)) 2>/dev/null)
BOX_LIBS = $(shell $(PKG_CONFIG) --libs $(BOX_DEPS) 2>/dev/null)

ALL_CFLAGS = $(BASE_CFLAGS) $(INSTRUMENT) -I. $(PKG_CFLAGS) $(CFLAGS) $(CPPFLAGS)
ALL_LDFLAGS = -Wl,-z,relro,-z,now $(LDFLAGS)

# ---- sources -----------------------------------------------------------------------------------
# base/ parts that assay-box needs too: no third-party library among them.
BASE_CORE := $(addprefix base/,alloc.c err.c strbuf.c strvec.c arena.c opt.c log.c clock.c fs.c loop.c)
BASE_SRC := $(wildcard base/*.c)
# sandbox/ splits in two: what assay links (the client) and what assay-box is made of.
SANDBOX_SHARED := $(wildcard sandbox/wire.c sandbox/status.c sandbox/layers.c)
SANDBOX_CLIENT := $(wildcard sandbox/client.c)
BOX_SRC := $(filter-out $(SANDBOX_CLIENT),$(wildcard sandbox/*.c)) $(BASE_CORE)
ASSAY_SRC := $(BASE_SRC) $(SANDBOX_SHARED) $(SANDBOX_CLIENT) $(wildcard tasks/*.c graders/*.c harness/*/*.c)
LIB_SRC := $(filter-out harness/cli/main.c,$(ASSAY_SRC))

# Files carried inside the program (base/embed.h): rebuilding follows them.
EMBEDDED := $(wildcard graders/python/*.py tasks/starter/*)

objs = $(patsubst %.c,$(OBJ)/%.o,$(1))
BOX_OBJ := $(call objs,$(BOX_SRC))
ASSAY_OBJ := $(call objs,$(ASSAY_SRC))
LIB_OBJ := $(call objs,$(LIB_SRC))
UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_BIN := $(patsubst tests/unit/%.c,$(BIN)/unit/%,$(UNIT_SRC))
UNIT_BOX_OBJ := $(call objs,$(filter-out sandbox/main.c $(BASE_CORE) $(SANDBOX_SHARED),$(BOX_SRC)))

# ---- programs ----------------------------------------------------------------------------------
.DEFAULT_GOAL := all
all: $(BIN)/assay $(BIN)/assay-box

$(BIN)/assay: $(ASSAY_OBJ)
	@mkdir -p $(@D)
	$(CC) $(BASE_CFLAGS) $(INSTRUMENT) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) -lm $(LIBS)

$(BIN)/assay-box: $(BOX_OBJ)
	@mkdir -p $(@D)
	$(CC) $(BASE_CFLAGS) $(INSTRUMENT) $(ALL_LDFLAGS) -o $@ $^ $(BOX_LIBS) $(LIBS)

$(OBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Objects that embed files name them with .incbin, which dependency generation does not see.
$(OBJ)/graders/assets.o $(OBJ)/tasks/starter.o: $(EMBEDDED)

$(BIN)/unit/%: $(OBJ)/tests/unit/%.o $(LIB_OBJ) $(UNIT_BOX_OBJ)
	@mkdir -p $(@D)
	$(CC) $(BASE_CFLAGS) $(INSTRUMENT) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) $(BOX_LIBS) -lcmocka -lm $(LIBS)

-include $(shell find build -name '*.d' 2>/dev/null)
.SECONDARY:
.PHONY: all
