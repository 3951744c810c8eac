# SPDX-License-Identifier: Apache-2.0
# assay-box run --cache: the same again costs no box and no compiler.
load helpers

needs_boxes() {
	assay-box run -q -- /bin/true || skip_loudly "no box can be made here"
}

# Each test has a cache of its own.
cached() {
	export ASSAY_CACHE=$BATS_TEST_TMPDIR/cache
	run --separate-stderr assay-box run --cache --json result.json "$@"
}

is_cached() {
	jq -e ".is_cached == $1 and (.text | endswith(\"from the cache\")) == $1" result.json >/dev/null || {
		jq -c '{is_cached, text}' result.json
		return 1
	}
}

entries() {
	find cache/boxes -type f | wc -l
}

compile() {
	cached --file main.c:/work/a.c --out /work/prog:prog "$@" -- gcc -O2 -o prog a.c
}

needs_gcc() {
	needs_boxes
	[ -x /usr/bin/gcc ] || skip_loudly "there is no gcc"
	printf '#include <stdio.h>\nint main(void) { puts("one"); return 0; }\n' >main.c
}

@test "a program that was compiled before comes from the cache, bit by bit and executable" {
	needs_gcc
	compile
	expect 0
	is_cached false
	[ "$(./prog)" = one ]
	mv prog first
	compile
	expect 0
	is_cached true
	cmp first prog
	[ "$(stat -c %a first)" = "$(stat -c %a prog)" ]
	[ "$(./prog)" = one ]
}

@test "another source, option, limit or toolchain is compiled anew" {
	needs_gcc
	compile
	is_cached false
	for option in --mem=300M --wall=9s --toolchain=gcc-13 --env=LANG=C --isolation=reduced; do
		compile "$option"
		expect 0
		is_cached false
	done
	sed -i s/one/two/ main.c
	compile
	is_cached false
	[ "$(./prog)" = two ]
}

@test "what a compiler says of bad source is kept on demand only" {
	needs_gcc
	echo 'int main(void) { return x; }' >main.c
	for _ in 1 2; do
		compile
		expect 1
		is_cached false
	done
	compile --cache-failures
	is_cached false
	said=$stderr
	compile --cache-failures
	expect 1
	is_cached true
	[ "$stderr" = "$said" ]
	grep -q undeclared <<<"$stderr"
}

@test "output is told again, on the streams that it was on" {
	needs_boxes
	for _ in 1 2; do
		cached -- /bin/sh -c 'printf "a\0b"; head -c 4 /dev/urandom; echo warned >&2'
		expect 0
		[ "$stderr" = warned ]
	done
	is_cached true
	assay-box run --cache -- /bin/sh -c 'printf "a\0b"; head -c 4 /dev/urandom; echo warned >&2' >x 2>err
	assay-box run --cache -- /bin/sh -c 'printf "a\0b"; head -c 4 /dev/urandom; echo warned >&2' >y 2>>err
	cmp x y
	[ "$(stat -c %s x)" -eq 7 ]
}

@test "what cannot be told again is not kept: output too long, a limit, a signal" {
	needs_boxes
	for script in 'head -c 100000 /dev/zero' 'kill -9 $$' 'while :; do :; done'; do
		cached --cpu 200ms --cache-failures -- /bin/sh -c "$script"
		cached --cpu 200ms --cache-failures -- /bin/sh -c "$script"
		is_cached false
	done
	[ "$(entries)" -eq 0 ]
}

@test "a cached program has no input" {
	needs_boxes
	echo secret >in
	for _ in 1 2; do
		cached -- /bin/cat <in
		expect 0
		[ -z "$output" ]
	done
	is_cached true
}

@test "a damaged entry is compiled anew and replaced" {
	needs_gcc
	compile
	entry=$(find cache/boxes -type f)
	printf 'X' | dd of="$entry" bs=1 seek=9000 conv=notrunc status=none
	compile
	expect 0
	is_cached false
	[ "$(./prog)" = one ]
	truncate -s 100 "$entry"
	compile
	is_cached false
	compile
	is_cached true
}

@test "a folder of others is refused in one line" {
	needs_boxes
	mkdir -p cache/boxes
	chmod 777 cache/boxes
	cached -- /bin/true
	expect 3
	[[ $stderr == "assay-box: "*"cache/boxes: no folder for a cache: it must be your own, with mode 0700" ]]
	rmdir cache/boxes
	mkdir elsewhere
	ln -s ../elsewhere cache/boxes
	cached -- /bin/true
	expect 3
	[ -z "$(ls -A elsewhere)" ]
}

@test "a full disk costs the entry and not the run" {
	needs_gcc
	[ "$(id -u)" -eq 0 ] || skip_loudly "only root can mount a small disk here"
	mkdir cache
	# shellcheck disable=SC2016
	run --separate-stderr unshare -m --propagation private /bin/sh -c '
		mount -t tmpfs -o size=12k none cache && ASSAY_CACHE=$PWD/cache assay-box run --cache \
			--file main.c:/work/a.c --out /work/prog:prog -- gcc -O2 -o prog a.c &&
			find cache/boxes -type f | wc -l'
	expect 0
	[ "$output" = 0 ]
	[ "$stderr" = "assay-box: the result is not cached: cannot write: No space left on device" ]
	[ "$(./prog)" = one ]
}

@test "two at once write one entry" {
	needs_gcc
	export ASSAY_CACHE=$PWD/cache
	for i in 1 2 3 4; do
		assay-box run --cache --file main.c:/work/a.c --out "/work/prog:prog$i" -- gcc -O2 -o prog a.c &
	done
	wait
	for i in 1 2 3 4; do
		[ "$(./prog$i)" = one ]
	done
	[ "$(entries)" -eq 1 ]
}
