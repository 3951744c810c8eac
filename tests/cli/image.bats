# SPDX-License-Identifier: Apache-2.0
# assay image, and root file systems in assay score and assay-box run.
load helpers

# python.tar: a root file system with an interpreter, of what this machine has; tiny/: one with a static
# program alone, if there is one.
setup_file() {
	local root=$BATS_FILE_TMPDIR/python python word
	python=$(readlink -f /usr/bin/python3)
	mkdir -p "$root/usr/bin" "$root/usr/lib" "$root/etc"
	cp "$python" "$root/usr/bin/"
	ln -s "${python##*/}" "$root/usr/bin/python3"
	for word in $(ldd "$python" "/usr/lib/${python##*/}"/lib-dynload/_{ctypes,json}*.so); do
		[[ $word == /* && $word != *: ]] || continue
		mkdir -p "$root/usr$(dirname "${word#/usr}")"
		cp "$word" "$root/usr${word#/usr}"
	done
	tar -C /usr/lib --exclude=test --exclude=__pycache__ --exclude='config-*' --exclude='*-packages' \
		-c "${python##*/}" | tar -C "$root/usr/lib" -x
	for word in bin lib lib64; do
		[ ! -d "$root/usr/$word" ] || ln -s "usr/$word" "$root/$word"
	done
	echo "theirs:x:0:0::/:/bin/sh" >"$root/etc/passwd"
	tar -C "$root" --sort=name --owner=0 --group=0 --mtime=@1000000000 -cf "$BATS_FILE_TMPDIR/python.tar" .
	[ ! -x /bin/busybox ] || make_tiny "$BATS_FILE_TMPDIR/tiny"
}

make_tiny() {
	mkdir -p "$1/bin" "$1/etc"
	cp /bin/busybox "$1/bin/"
	for word in sh cat ls id touch true; do
		ln -s busybox "$1/bin/$word"
	done
}

need_tiny() {
	if [ ! -x /bin/busybox ] || ldd /bin/busybox >/dev/null 2>&1; then
		skip_loudly "needs a static busybox (Debian: busybox-static)"
	fi
	tiny=$BATS_FILE_TMPDIR/tiny
}

# Each test has a cache of its own.
cache() {
	export XDG_CACHE_HOME=$PWD/cache
	python=$BATS_FILE_TMPDIR/python
	tar=$BATS_FILE_TMPDIR/python.tar
}

digest_of() {
	echo "sha256:$(sha256sum <"$1" | cut -d' ' -f1)"
}

# What is in the cache beside whole images and their names.
half_made() {
	find cache/assay/images -mindepth 1 -maxdepth 1 ! -name 'sha256-*' ! -name names
}

@test "an image is made of a tar archive, and known by its digest and its name" {
	cache
	assay_run image add "$tar" --name python
	expect 0
	[ "$output" = "$(digest_of "$tar")" ]
	assay_run image list --json
	expect 0
	[ "$(jq -r '.[0] | .digest, .names[0]' <<<"$output")" = "$(digest_of "$tar")"$'\npython' ]
	diff -r --no-dereference "$python" "$(assay image path python)"
	diff <(assay image path python) <(assay image path "$(digest_of "$tar" | cut -c8-20)")
}

@test "a second time it is found, and a name goes over to another image" {
	cache
	assay image add "$tar" --name one
	assay_run image add "$tar" --name two
	expect 0
	[ "$(assay image list --json | jq -c '[length, .[0].names]')" = '[1,["one","two"]]' ]
	gzip -c "$tar" >python.tgz
	assay image add python.tgz --name two
	[ "$(assay image show two | jq -r .digest)" = "$(digest_of python.tgz)" ]
	[ "$(assay image show one | jq -c .names)" = '["one"]' ]
	diff -r --no-dereference "$(assay image path one)" "$(assay image path two)"
}

@test "an image goes with its last name, or by its digest" {
	cache
	assay image add "$tar" --name one
	assay image add "$tar" --name two
	assay image remove one
	[ "$(assay image list --json | jq -c '.[0].names')" = '["two"]' ]
	assay image remove two
	[ "$(assay image list --json)" = "[]" ]
	assay image add "$tar" --name one
	assay image remove "$(digest_of "$tar")"
	[ -z "$(find cache/assay/images -mindepth 1 ! -name names)" ]
}

@test "an image that is in use is not removed" {
	cache
	assay image add "$tar" --name one
	exec 8<"$(assay image path one)"
	flock -s 8
	assay_run image remove one
	expect 3
	expect_stderr_is "assay: the image $(digest_of "$tar" | cut -c1-19) is in use"
	exec 8<&-
	assay image remove one
}

expect_stderr_is() {
	[ "$stderr" = "$1" ] || { echo "stderr: $stderr"; return 1; }
}

@test "samples are judged in an image as on the host, and the result says so" {
	cache
	write_suite
	for task in one two three; do
		sample $task "return a + b"
		sample $task "return a - b"
		sample $task "import os; return 3 if os.path.exists('/etc/alternatives') else a + b"
	done >s.jsonl
	digest=$(assay image add "$tar" --name python)
	assay_run score suite.jsonl --samples s.jsonl --rootfs python --results r.jsonl --json card.json
	expect 0
	[ "$(jq -r .status r.jsonl | sort | uniq -c | tr -s ' \n' ' ')" = " 6 passed 3 wrong_answer " ]
	[ "$(jq -r .rootfs r.jsonl | sort -u)" = "$digest" ]
	[ "$(jq -r .config.rootfs card.json)" = "$digest" ]
	grep -q "^rootfs *${digest:0:19}\$" <<<"$output"
}

@test "a run in another root is another run" {
	cache
	write_suite
	sample one "return a + b" >s.jsonl
	assay image add "$tar" --name python
	assay score suite.jsonl --samples s.jsonl --json host.json
	assay score suite.jsonl --samples s.jsonl --rootfs python --json image.json
	assay score suite.jsonl --samples s.jsonl --rootfs "$python" --json folder.json
	assay score suite.jsonl --samples s.jsonl --rootfs host --json again.json
	[ "$(cat host.json image.json folder.json | jq -r .run.key | sort -u | wc -l)" -eq 3 ]
	[ "$(cat host.json again.json | jq -r .run.key | sort -u | wc -l)" -eq 1 ]
	[ "$(jq -r '.config.rootfs | split(":")[0]' folder.json)" = listing ]
	[ "$(jq -r '.config.rootfs' host.json)" = null ]
}

@test "a folder that has changed is another root" {
	cache
	write_suite
	sample one "return a + b" >s.jsonl
	cp -a "$python" mine
	assay score suite.jsonl --samples s.jsonl --rootfs ./mine --json a.json
	echo more >>mine/etc/passwd
	assay score suite.jsonl --samples s.jsonl --rootfs ./mine --json b.json
	[ "$(cat a.json b.json | jq -r .config.rootfs | sort -u | wc -l)" -eq 2 ]
}

@test "a suite names its image, and the command line overrules it" {
	cache
	write_suite
	jq -c '. + {rootfs: "python"}' suite.jsonl >rooted.jsonl
	sample one "return a + b" >s.jsonl
	assay_run score rooted.jsonl --samples s.jsonl
	expect 3
	expect_stderr_has "no image 'python' here"
	digest=$(assay image add "$tar" --name python)
	assay score rooted.jsonl --samples s.jsonl --json - | jq -e --arg d "$digest" '.config.rootfs == $d'
	assay score rooted.jsonl --samples s.jsonl --rootfs host --json - | jq -e '.config.rootfs == null'
}

expect_stderr_has() {
	[[ $stderr == *"$1"* ]] || { echo "stderr: $stderr"; return 1; }
}

@test "a suite cannot name a folder, nor two images" {
	cache
	write_suite
	sample one "return a + b" >s.jsonl
	jq -c --arg dir "$python" '. + {rootfs: $dir}' suite.jsonl >folder.jsonl
	assay_run score folder.jsonl --samples s.jsonl
	expect 3
	expect_stderr_has "no image"
	jq -c '. + {rootfs: .task_id}' suite.jsonl >two.jsonl
	assay_run score two.jsonl --samples s.jsonl
	expect 3
	expect_stderr_has "two.jsonl:2: "
	expect_stderr_has "one root file system"
}

@test "an interpreter that cannot do the work is told before anything runs" {
	cache
	write_suite
	sample one "return a + b" >s.jsonl
	cp -a "$python" mine
	rm -r mine/usr/lib/python*/ctypes
	assay_run score suite.jsonl --samples s.jsonl --rootfs ./mine
	expect 4
	expect_stderr_has "ctypes"
}

@test "what is no root file system is told in one line" {
	cache
	write_suite
	sample one "return a + b" >s.jsonl
	mkdir -p empty nothing/bin
	touch file
	while IFS='|' read -r root why; do
		assay_run score suite.jsonl --samples s.jsonl --rootfs "$root"
		expect 3
		expect_stderr_has "$why"
		[ "$(wc -l <<<"$stderr")" -eq 1 ]
	done <<-'EOF2'
	./empty|it has neither bin nor usr/bin
	./nothing|has no /usr/bin/python3
	./file|Not a directory
	./missing|No such file
	missing|no image 'missing' here
	/|the host's own root
	EOF2
}

@test "a box has the files of its root file system and nothing of the host's" {
	need_tiny
	run assay-box run --rootfs "$tiny" --json r.json -- /bin/sh -c 'ls /; cat /etc/passwd; id -u; touch /work/a /tmp/a'
	expect 0
	[ "$(head -7 <<<"$output" | tr '\n' ' ')" = "bin box dev etc proc tmp work " ]
	[[ $output != *"/usr"* ]]
	[ "$(jq -r .rootfs r.json)" = "$tiny" ]
	for options in "" --stem; do
		# shellcheck disable=SC2086 # none or one
		run assay-box run $options --rootfs "$tiny" -- /bin/touch /etc/new
		[ "$status" -ne 0 ]
		[ ! -e "$tiny/etc/new" ]
	done
}

@test "a folder closed to others is a root file system all the same" {
	need_tiny
	mkdir closed
	cp -a "$tiny" closed/root
	chmod 700 closed
	run assay-box run --rootfs closed/root -- /bin/sh -c 'echo inside'
	[ "$output" = inside ]
}

@test "further folders are bound inside the root file system only" {
	need_tiny
	cp -a "$tiny" mine
	run assay-box run --rootfs mine --bind /usr/share -- /bin/ls /usr
	expect 0
	[ "$output" = share ]
	[ ! -e mine/usr ]
	# where the folder is wanted there is a link to the host
	outside=$(mktemp -d) # which anyone may walk to
	chmod 777 "$outside"
	ln -s "/old$outside" mine/usr
	run assay-box run --rootfs mine --bind /usr/share -- /bin/true
	left=$(ls "$outside")
	rmdir "$outside"
	expect 4
	[ -z "$left" ]
}

@test "too many entries at the top are refused" {
	need_tiny
	cp -a "$tiny" mine
	(cd mine && touch $(seq 300))
	run assay-box run --rootfs mine -- /bin/true
	expect 4
	[[ $output == *"more than 200 entries"* ]]
}
