# SPDX-License-Identifier: Apache-2.0
# libassaybox as other programs meet it: installed below DESTDIR, found by pkg-config.

load helpers

setup_file() {
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export ROOT=$BATS_FILE_TMPDIR/root
	make -C "$top" install DESTDIR="$ROOT" >"$BATS_FILE_TMPDIR/install.log" 2>&1 || {
		cat "$BATS_FILE_TMPDIR/install.log"
		return 1
	}
	export LIB=$ROOT/usr/local/lib
	export PKG_CONFIG_SYSROOT_DIR=$ROOT PKG_CONFIG_LIBDIR=$LIB/pkgconfig
}

# What the header declares.
declared() {
	grep -oE '\bassaybox_[a-z_]+\(' "$ROOT/usr/local/include/assaybox.h" | tr -d '(' |
		while read -r name; do
			! grep -q "^ASSAYBOX_API.*\b$name(" "$ROOT/usr/local/include/assaybox.h" || echo "$name"
		done | sort -u
}

needs_boxes() {
	run "$ROOT/usr/local/bin/assay-box" run -- /bin/true
	[ "$status" -eq 0 ] || skip_loudly "no box can be made here: $output"
}

example_runs() {
	run --separate-stderr "$@"
	expect 0
	[ "${#lines[@]}" -eq 3 ]
	grep -q "^sum: exited: exited with status 0; .*; wrote '42'" <<<"$output"
	grep -q "^spin: cpu_limit: .*limit 0.3 s" <<<"$output"
	grep -q "^peek: exited: exited with status 1; .*; wrote ''" <<<"$output"
}

@test "the example is built with pkg-config and runs boxes" {
	needs_boxes
	# shellcheck disable=SC2046
	cc -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Werror -o box "$top/examples/box.c" \
		$(pkg-config --cflags --libs assaybox)
	readelf -d box | grep -q 'NEEDED.*libassaybox\.so\.0'
	LD_LIBRARY_PATH=$LIB ASSAY_BOX=$ROOT/usr/local/bin/assay-box example_runs ./box
}

@test "the example runs with the static library" {
	needs_boxes
	# shellcheck disable=SC2046
	cc -o box "$top/examples/box.c" $(pkg-config --cflags assaybox) "$LIB/libassaybox.a"
	[[ $(readelf -d box) != *libassaybox* ]]
	ASSAY_BOX=$ROOT/usr/local/bin/assay-box example_runs ./box
}

@test "both libraries export what the header declares, and nothing else" {
	declared >want
	[ "$(wc -l <want)" -gt 20 ]
	nm -D --defined-only --format=posix "$LIB/libassaybox.so" | awk '$2 != "A" { print $1 }' | sed 's/@.*//' | sort >shared
	nm -g --defined-only --format=posix "$LIB/libassaybox.a" | awk 'NF > 2 { print $1 }' | sort >static
	diff want shared
	diff want static
}

@test "a program whose names are ours links with the static library" {
	cat >clash.c <<-'END'
	#include <assaybox.h>
	int strbuf_add(void), xcalloc(void), box_start(void), loop_new(void);
	int strbuf_add(void) { return 1; }
	int xcalloc(void) { return 2; }
	int box_start(void) { return 3; }
	int loop_new(void) { return 4; }
	int main(void)
	{
		struct assaybox_spec *spec = assaybox_spec_new();

		assaybox_spec_arg(spec, "true");
		assaybox_spec_free(spec);
		return strbuf_add() + xcalloc() + box_start() + loop_new();
	}
	END
	# shellcheck disable=SC2046
	cc -o clash clash.c $(pkg-config --cflags assaybox) "$LIB/libassaybox.a"
	run ./clash
	[ "$status" -eq 10 ]
}

@test "the header needs nothing but the C library, in C and in C++" {
	[ "$(grep '#include <' "$ROOT/usr/local/include/assaybox.h" | grep -v '^ \*' | sort | tr '\n' ' ')" = \
		"#include <stddef.h> #include <stdint.h> " ]
	[ "$(grep -c '#include "' "$ROOT/usr/local/include/assaybox.h")" -eq 0 ]
	printf '#include <assaybox.h>\n#include <assaybox.h>\nint main(void) { return !assaybox_version(); }\n' >a.c
	# shellcheck disable=SC2046
	cc -std=c99 -Wall -Wextra -Wpedantic -Werror -fsyntax-only $(pkg-config --cflags assaybox) a.c
	command -v c++ >/dev/null || skip_loudly "there is no C++ compiler"
	# shellcheck disable=SC2046
	c++ -x c++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -o a a.c -x none $(pkg-config --cflags --libs assaybox)
	LD_LIBRARY_PATH=$LIB ./a
}

@test "names and versions of header, library and pkg-config file agree" {
	version=$(sed -n 's/^#define ASSAYBOX_VERSION "\(.*\)"/\1/p' "$ROOT/usr/local/include/assaybox.h")
	[ -n "$version" ]
	[ "$(pkg-config --modversion assaybox)" = "$version" ]
	[ "$(readlink "$LIB/libassaybox.so.0")" = "libassaybox.so.$version" ]
	[ "$(readlink "$LIB/libassaybox.so")" = libassaybox.so.0 ]
	readelf -d "$LIB/libassaybox.so" | grep -q 'SONAME.*\[libassaybox\.so\.0\]'
	[ "assay $version" = "$("$ROOT/usr/local/bin/assay" --version)" ]
	# Moved together with its folder.
	unset PKG_CONFIG_SYSROOT_DIR
	pkg-config --define-prefix --cflags assaybox | grep -q -- "-I$ROOT/usr/local/include"
}

@test "the server is looked for where it is installed, and a set-user-id program heeds no environment" {
	grep -qa '/usr/local/bin/assay-box' "$LIB/libassaybox.so"
	[ "$(id -u)" -eq 0 ] || skip_loudly "not root: cannot make a set-user-id program"
	[ ! -e /usr/local/bin/assay-box ] || skip_loudly "an assay-box is installed on this machine"
	# shellcheck disable=SC2046
	cc -o box "$top/examples/box.c" $(pkg-config --cflags assaybox) "$LIB/libassaybox.a"
	as_other() { setpriv --reuid=65534 --regid=65534 --clear-groups env ASSAY_BOX=/evil/program "$@"; }
	dir=$(mktemp -d)
	chmod 755 "$dir"
	install -m 755 box "$dir/plain"
	install -m 4755 box "$dir/setuid"
	! findmnt -no OPTIONS -T "$dir" | grep -qw nosuid || skip_loudly "mounted with nosuid: $dir"
	run as_other "$dir/plain"
	plain=$output
	run as_other "$dir/setuid"
	rm -rf "$dir"
	[[ $plain == *"/evil/program: No such file"* ]]
	[[ $output == *"/usr/local/bin/assay-box: No such file"* ]]
}

@test "serve --json runs from where it is installed" {
	needs_boxes
	run "$ROOT/usr/local/bin/assay-box" serve --json - <<<'{"id":1,"argv":["/bin/echo","hello"]}'
	expect 0
	[ "$(jq -r .result.stdout.head <<<"$output")" = hello ]
}

@test "uninstall takes away all that install made" {
	cp -a "$ROOT" copy
	make -C "$top" uninstall DESTDIR="$PWD/copy" >/dev/null
	[ -z "$(find copy ! -type d)" ]
}
