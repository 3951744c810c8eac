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
	rm -r mine/usr/lib/python*/encodings
	assay_run score suite.jsonl --samples s.jsonl --rootfs ./mine
	expect 4
	expect_stderr_has "cannot run /usr/bin/python3: exited: "
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

# ---- OCI ----

# blob FILE: puts it into layout/blobs and prints a descriptor for it.
blob() {
	local hash
	hash=$(sha256sum <"$1" | cut -d' ' -f1)
	mkdir -p layout/blobs/sha256
	cp "$1" "layout/blobs/sha256/$hash"
	jq -nc --arg type "$2" --arg digest "sha256:$hash" --argjson size "$(stat -c %s "$1")" \
		'{mediaType: $type, digest: $digest, size: $size}'
}

LAYER=application/vnd.oci.image.layer.v1.tar
MANIFEST=application/vnd.oci.image.manifest.v1+json

# layout_of LAYER ...: an OCI layout of one image of these archives; $manifest is its descriptor.
layout_of() {
	local layer layers=() config
	echo '{"architecture":"any","os":"linux"}' >config.json
	config=$(blob config.json application/vnd.oci.image.config.v1+json)
	for layer in "$@"; do
		layers+=("$(blob "$layer" "$LAYER")")
	done
	printf '%s\n' "${layers[@]}" | jq -sc --argjson config "$config" \
		'{schemaVersion: 2, config: $config, layers: .}' >manifest.json
	manifest=$(blob manifest.json "$MANIFEST")
	echo '{"imageLayoutVersion":"1.0.0"}' >layout/oci-layout
	jq -nc --argjson m "$manifest" '{schemaVersion: 2, manifests: [$m]}' >layout/index.json
}

# layer NAME FILE=TEXT ...: an archive NAME.tar of files.
layer() {
	local name=$1 pair
	shift
	for pair in "$@"; do
		mkdir -p "$name/$(dirname "${pair%%=*}")"
		printf %s "${pair#*=}" >"$name/${pair%%=*}"
	done
	tar -C "$name" -cf "$name.tar" .
}

@test "an OCI layout is unpacked, its layers one over the other" {
	cache
	layer one bin/a=1 bin/b=1 etc/old/x=1
	layer two bin/a=2 bin/.wh.b= etc/old/.wh..wh..opq= etc/old/y=2
	gzip two.tar
	layout_of one.tar two.tar.gz
	digest=$(assay image add layout --name both)
	[ "$digest" = "$(jq -r .digest <<<"$manifest")" ]
	root=$(assay image path both)
	[ "$(cd "$root" && find . -type f | sort | tr '\n' ' ')" = "./bin/a ./etc/old/y " ]
	[ "$(cat "$root/bin/a")" = 2 ]
	[ "$(assay image add oci:layout)" = "$digest" ]
}

@test "of several images the one for this machine is taken, and the one with the name" {
	cache
	layer one bin/a=1
	layout_of one.tar
	here=$(case $(uname -m) in x86_64) echo amd64 ;; aarch64) echo arm64 ;; *) uname -m ;; esac)
	jq -c --arg a "$here" '.manifests = [.manifests[0] + {platform: {os: "linux", architecture: "other"}},
		.manifests[0] + {platform: {os: "linux", architecture: $a}}]' layout/index.json >inner.json
	inner=$(blob inner.json application/vnd.oci.image.index.v1+json)
	jq -nc --argjson i "$inner" '{manifests: [$i + {annotations: {"org.opencontainers.image.ref.name": "x"}},
		$i + {annotations: {"org.opencontainers.image.ref.name": "y"}}]}' >layout/index.json
	[ "$(assay image add oci:layout:y)" = "$(jq -r .digest <<<"$manifest")" ]
	assay_run image add layout
	expect 3
	expect_stderr_has "several images"
	assay_run image add oci:layout:z
	expect 3
	expect_stderr_has "no image z"
}

@test "a blob that is not what its digest says is refused, and nothing stays" {
	cache
	layer one bin/a=1
	layer two bin/a=2
	layout_of one.tar two.tar
	hash=$(sha256sum <two.tar | cut -d' ' -f1)
	printf x >>"layout/blobs/sha256/$hash"
	assay_run image add layout
	expect 3
	expect_stderr_has "is another blob"
	[ "$(assay image list --json)" = "[]" ]
	[ -z "$(half_made)" ]
	rm "layout/blobs/sha256/$hash"
	mkfifo "layout/blobs/sha256/$hash"
	assay_run image add layout
	expect 3
	expect_stderr_has "no regular file"
}

@test "an OCI layout that is none is refused in one line" {
	cache
	layer one bin/a=1
	while IFS='|' read -r index why; do
		rm -rf layout
		layout_of one.tar
		echo "$index" >layout/index.json
		assay_run image add layout
		expect 3
		expect_stderr_has "$why"
		[ "$(wc -l <<<"$stderr")" -eq 1 ]
	done <<-'EOF2'
	{|index.json
	[]|no image
	{"manifests":[]}|no image
	{"manifests":[{"digest":"sha256:../../../../etc/passwd"}]}|no sha256
	{"manifests":[{"digest":7}]}|no sha256
	{"manifests":[{"digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000"}]}|cannot be read
	EOF2
}

@test "what umoci makes is unpacked as umoci does" {
	command -v umoci >/dev/null || skip_loudly "needs umoci"
	cache
	layer one bin/a=1 bin/b=1 usr/lib/deep/x=1
	ln -s usr/lib one/lib
	umoci init --layout made
	umoci new --image made:tag
	umoci insert --rootless --image made:tag one /
	mkdir more && echo 2 >more/new
	umoci insert --rootless --image made:tag more /lib/deep
	umoci insert --rootless --image made:tag --whiteout /bin/b
	umoci unpack --rootless --image made:tag bundle
	assay image add oci:made:tag --name made
	diff -r --no-dereference bundle/rootfs "$(assay image path made)"
	[ ! -e bundle/rootfs/bin/b ]
}

@test "what skopeo can copy is an image, and without skopeo that is told" {
	cache
	layer one bin/a=1
	layout_of one.tar
	assay=$(command -v assay)
	run --separate-stderr env PATH="$PWD" "$assay" image add oci-archive:image.tar
	expect 4
	expect_stderr_has "skopeo is not installed: apt-get install skopeo"
	[ -z "$(half_made)" ]
	command -v skopeo >/dev/null || skip_loudly "needs skopeo"
	skopeo copy --quiet oci:layout oci-archive:image.tar
	assay image add oci-archive:image.tar --name copied
	[ "$(cat "$(assay image path copied)/bin/a")" = 1 ]
	[ -z "$(half_made)" ]
}

# ---- hostile archives: from outside, with what tar itself can make ----

@test "devices and set-user-id bits of an archive stay out" {
	cache
	mkdir -p made/bin
	cp /bin/true made/bin/su
	chmod 6755 made/bin/su
	mkfifo made/fifo
	tar -C made -cf made.tar .
	# a device needs no root to be in an archive
	tar -cf device.tar -C / dev/null
	tar --concatenate -f made.tar device.tar
	assay_run image add made.tar --name made
	expect 0
	expect_stderr_has "2 devices, sockets or FIFOs of the image were left out"
	root=$(assay image path made)
	[ -z "$(find "$root" -perm /7000)" ]
	[ -z "$(find "$root" ! -type f ! -type d ! -type l)" ]
}

@test "a name that leaves the tree is refused, and nothing stays" {
	cache
	mkdir made
	echo x >made/x
	tar -C made -P --transform 's,x,../../../../escaped,' -cf made.tar x
	assay_run image add made.tar --name made
	expect 3
	expect_stderr_has "a name that leaves the tree"
	[ -z "$(find . -name escaped)" ]
	[ -z "$(half_made)" ]
	[ "$(assay image list --json)" = "[]" ]
}

@test "an archive that claims to be huge, or breaks off, is refused" {
	cache
	truncate -s 40G big
	tar --format=gnu -cf - big 2>/dev/null | head -c 1M >huge.tar
	assay_run image add huge.tar
	expect 3
	expect_stderr_has "larger than"
	head -c 5000000 "$tar" | gzip >cut.tgz
	assay_run image add cut.tgz
	expect 3
	expect_stderr_has "breaks off"
	gzip -c "$tar" | head -c 1000000 >cut.tgz
	assay_run image add cut.tgz
	expect 3
	[ -z "$(half_made)" ]
}

@test "what a killed command left is cleared away by the next" {
	cache
	mkfifo pipe
	mkdir slow
	printf '#!/bin/sh\nexec cat %s/pipe\n' "$PWD" >slow/gzip
	chmod +x slow/gzip
	gzip -c "$tar" >python.tgz
	PATH=$PWD/slow:$PATH assay image add python.tgz &
	pid=$!
	wait_for '[ -n "$(half_made)" ]'
	assay image add "$tar" --name other # which leaves alone what somebody makes
	[ -n "$(half_made)" ]
	kill -9 $pid
	wait $pid || true
	: >pipe # its gzip ends
	assay image remove other
	assay image add "$tar" --name other
	[ -z "$(half_made)" ]
}

# ---- recipes ----

# An mmdebstrap that notes how it was called and makes an archive of its own.
stub_mmdebstrap() {
	mkdir -p stub
	cat >stub/mmdebstrap <<-EOF2
	#!/bin/sh
	printf '%s\n' "\$@" >"$PWD/called"
	echo "\$SOURCE_DATE_EPOCH" >"$PWD/epoch"
	while [ "\$1" != -- ]; do shift; done
	cp "$tar" "\$3"
	EOF2
	chmod +x stub/mmdebstrap
	PATH=$PWD/stub:$PATH
}

@test "an image is built by a recipe and named after it" {
	cache
	stub_mmdebstrap
	cat >mine.yaml <<-'EOF2'
	about: an interpreter and a library
	release: bookworm
	packages: [python3, python3-numpy=1:1.24.2-1]
	EOF2
	[ "$(assay image build mine.yaml)" = "$(digest_of "$tar")" ]
	[ "$(assay image show mine | jq -c '[.built, .source]')" = '[true,"mine.yaml"]' ]
	grep -qx -- '--include=python3,python3-numpy=1:1.24.2-1' called
	[ "$(grep -A1 -x -e -- called | tail -1)" = bookworm ]
	[ "$(cat epoch)" -gt 0 ]
	assay image build mine.yaml --mirror http://localhost/debian --name other
	[ "$(tail -1 called)" = http://localhost/debian ]
	[ "$(assay image show other | jq -c .names)" = '["mine","other"]' ]
	[ -z "$(half_made)" ]
}

@test "a recipe that is none is refused with its line, and no command runs" {
	cache
	stub_mmdebstrap
	while IFS='|' read -r release packages more why; do
		printf 'release: %s\npackages: %s\n%s\n' "$release" "$packages" "$more" >bad.yaml
		assay_run image build bad.yaml
		expect 3
		[[ $stderr == "assay: bad.yaml"* ]]
		expect_stderr_has "$why"
	done <<-'EOF2'
	--hook|[a]||release
	bookworm|[]||packages
	bookworm|["--customize-hook=x"]||no package
	bookworm|["a,b"]||no package
	bookworm|[a]|customize-hook: x|customize-hook
	bookworm|[a]|variant: --x|variant
	bookworm|[a]|mirror: "deb [trusted=yes] http://x y z"|mirror
	EOF2
	[ ! -e called ]
}

@test "the shipped recipes are recipes" {
	cache
	stub_mmdebstrap
	for recipe in "$top"/containers/*.yaml; do
		rm -f called
		assay image build "$recipe"
		[ -s called ]
	done
}

@test "without mmdebstrap that is told" {
	cache
	printf 'release: bookworm\npackages: [a]\n' >mine.yaml
	assay=$(command -v assay)
	run --separate-stderr env PATH="$PWD" "$assay" image build mine.yaml
	expect 4
	expect_stderr_has "mmdebstrap is not installed: apt-get install mmdebstrap"
}

@test "image: help, and one line for each thing that is wrong" {
	cache
	assay_run image --help
	expect 0
	for verb in build add list show path remove; do
		grep -q "^  $verb" <<<"$output"
		assay image $verb --help | grep -q "usage: assay image $verb"
	done
	while IFS='|' read -r words want why; do
		# shellcheck disable=SC2086 # words
		assay_run image $words
		expect "$want"
		expect_stderr_has "$why"
		[ "$(wc -l <<<"$stderr")" -eq 1 ]
	done <<-'EOF2'
	|2|needs a verb
	paint|2|no verb paint
	add|2|usage: assay image add
	list more|2|usage: assay image list
	add missing.tar|3|missing.tar
	add .|3|--rootfs
	add x --name ../x|2|no name for an image
	add x --name .hidden|2|no name for an image
	show nothing|3|no image 'nothing' here
	remove abcdef|3|no image 'abcdef' here
	build missing.yaml|3|missing.yaml
	EOF2
}
