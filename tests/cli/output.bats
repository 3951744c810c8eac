# SPDX-License-Identifier: Apache-2.0
# assay-box run: what a program prints, and files that come back.
load helpers

box_run() {
	run --separate-stderr assay-box run --json result.json "$@"
}

needs_boxes() {
	assay-box run -q -- /bin/true || skip_loudly "no box can be made here"
}

@test "output up to the limit is passed on and passes, and one byte more does not" {
	needs_boxes
	assay-box run --output 1M --json result.json -- /bin/sh -c 'head -c 1048576 /dev/zero' >out
	[ "$(stat -c %s out)" -eq 1048576 ]
	jq -e '.end == "exited" and .stdout.bytes == 1048576' result.json
	status=0
	assay-box run --output 1M --json result.json -- /bin/sh -c 'head -c 1048577 /dev/zero' >out 2>err || status=$?
	[ "$status" -eq 125 ]
	[ "$(stat -c %s out)" -eq 1048576 ]
	grep -qx 'assay-box: output_limit: 1048577 bytes of output (limit 1048576)' err
	jq -e '.end == "output_limit" and .exit_code == 0 and .stdout.bytes == 1048577' result.json
}

@test "the result has the head and the tail of a long output, and says what is between" {
	needs_boxes
	box_run --output 1M -- /bin/sh -c 'seq 3000000 | tee /dev/stderr; echo "last words"'
	expect 125
	seq 3000000 >all
	[ "$(jq '.stdout.bytes' result.json)" -eq $(($(stat -c %s all) + 11)) ]
	jq -e '.stdout | (.head | length) + (.tail | length) + .left_out == .bytes' result.json
	jq -j .stdout.head result.json | cmp -n 32768 - all
	jq -j .stdout.tail result.json | tail -n 1 | grep -qx "last words"
	jq -j .stderr.tail result.json | tail -n 1 | grep -qx "3000000"
}

@test "bytes that are no text are kept exactly, as base64" {
	needs_boxes
	box_run -- /bin/sh -c 'printf "\303\251 \360\237\230\200 \"\\\\\033\n"; printf "a\000\377" >&2'
	expect 0
	[ "$(jq -j .stdout.head result.json | od -An -tx1 | tr -d ' \n')" = c3a920f09f988020225c1b0a ]
	[ "$(jq -r .stderr.head_base64 result.json)" = YQD/ ]
	jq -e '.stderr | has("head") | not' result.json
	run ! env LC_ALL=C grep -q '[^ -~]' result.json
}

@test "without standard descriptors of its own a program runs all the same" {
	needs_boxes
	assay-box run --json result.json -- /bin/sh -c 'cat; echo out; echo err >&2' <&- >&- 2>&-
	jq -e '.end == "exited" and .exit_code == 0' result.json
	jq -e '.stdout.head == "out\n" and .stderr.head == "err\n"' result.json
}

@test "limits hold while nobody reads the output" {
	needs_boxes
	mkfifo fifo
	exec 9<>fifo
	status=0
	assay-box run -q --wall 200ms --json result.json -- /usr/bin/yes >fifo 9>&- &
	pid=$!
	for _ in $(seq 100); do # nobody reads: the result must come all the same
		[ ! -s result.json ] || break
		sleep 0.1
	done
	jq -e '.end == "output_limit" or .end == "wall_limit"' result.json
	kill -TERM "$pid" # it still waits for a reader, and gives up
	wait "$pid" || status=$?
	[ "$status" -eq 124 ] || [ "$status" -eq 125 ]
}

@test "declared files come back, and what does not is told by name" {
	needs_boxes
	box_run --out /work/a:a --out /tmp/b:sub --out /work/none:none --out /work/link:link -- \
		/bin/sh -c 'printf "one\000two" >a; echo two >/tmp/b; ln -s /etc/passwd link; exit 3'
	expect 3
	[ "$(od -An -c a | tr -d ' \n')" = 'one\0two' ]
	grep -qx two sub
	[ ! -e none ] && [ ! -e link ] && [ ! -L link ]
	jq -e '[.files[].state] == ["kept", "kept", "absent", "link"]' result.json
	jq -e '.files[2].path == "/work/none" and .files[0].bytes == 7' result.json
	grep -qx 'assay-box: /work/none was not brought back: absent' <<<"$stderr"
	grep -qx 'assay-box: /work/link was not brought back: link' <<<"$stderr"
}

@test "files that come back are bounded, each and together" {
	needs_boxes
	box_run -q --out-file-size 1000 --out-size 1500 --out /work/a:a --out /work/b:b --out /work/c:c --out /work/d:d -- \
		/bin/sh -c 'head -c 1000 /dev/zero >a; head -c 1001 /dev/zero >b; cp a c; head -c 500 a >d'
	expect 0
	jq -e '[.files[].state] == ["kept", "too_large", "no_room", "kept"]' result.json
	[ "$(stat -c %s a)" -eq 1000 ] && [ "$(stat -c %s d)" -eq 500 ]
}

@test "a file that cannot be asked for, or cannot be put anywhere, is one clear line" {
	needs_boxes
	for bad in /etc/passwd:x /work/../etc/passwd:x /work:x relative:x; do
		box_run --out "$bad" -- /bin/true
		expect 2
		grep -q "^assay-box: no file can be brought back from '" <<<"$stderr"
	done
	box_run --out /work/a -- /bin/true
	expect 2
	grep -qx 'assay-box: --out takes PATH:FILE' <<<"$stderr"
	box_run --out /work/a:no/such/folder/a -- /bin/sh -c 'echo a >a'
	expect 3
	grep -q "no/such/folder/a" <<<"$stderr"
}
