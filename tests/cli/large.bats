# SPDX-License-Identifier: Apache-2.0
# The ends of the scale: a hundred thousand answers, one answer, a disk with no room for them.
load helpers

# One answer in 500 is code; the others are judged without a box.
write_many() {
	write_suite
	/usr/bin/python3 - "$1" <<-'EOF' >many.jsonl
	import json, sys
	for i in range(int(sys.argv[1])):
	    code = f"    return a {'+-'[i // 1000 % 2]} b  # {i}\n" if i % 500 == 0 else ""
	    print(json.dumps({"task_id": f"t/{('one', 'two', 'three')[i % 3]}", "completion": code}))
	EOF
}

peak_kib() {
	sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status"
}

@test "100,000 answers, interrupted in the midst: memory stays flat and each has one verdict" {
	! grep -q __asan_init "$bin/assay" || skip_loudly "AddressSanitizer keeps what is freed"
	write_many 100000
	assay score suite.jsonl --samples many.jsonl -q >out 2>err 3>&- &
	pid=$!
	wait_for_stored 20000
	peak=$(peak_kib $pid)
	kill -INT $pid
	wait $pid && code=0 || code=$?
	[ "$code" -eq 130 ]
	before=$(stored)
	[ "$before" -ge 20000 ]
	[ "$before" -lt 100000 ]
	echo "$peak KiB at most, $before verdicts"
	[ "$peak" -lt 65536 ]
	assay_run score suite.jsonl --samples many.jsonl -q --results r.jsonl
	expect 0
	[ "$(stored)" -eq 100000 ]
	[ "$(jq -r .status r.jsonl | sort | uniq -c | tr -s ' \n' ' ')" = \
		" 99800 no_code 100 passed 100 wrong_answer " ]
	diff <(jq -r .completion many.jsonl) <(jq -r .completion r.jsonl) >/dev/null
}

@test "one answer to one task: a scorecard without what it cannot tell" {
	write_suite
	head -1 suite.jsonl >one.jsonl
	for body in "return a + b" "return a - b"; do
		sample one "$body" >samples.jsonl
		assay_run score one.jsonl --samples samples.jsonl --json card.json
		expect 0
		jq -e . card.json >/dev/null
		! grep -qi 'nan\|inf' card.json <<<"$output"
	done
}

# in_small_disk SIZE COMMAND...: where $PWD/small is a disk of this size that only COMMAND sees.
in_small_disk() {
	mkdir -p small
	unshare --mount sh -ec '
		size=$1
		shift
		mount -t tmpfs -o "size=$size" none small
		exec "$@"' sh "$@"
}

needs_small_disk() {
	in_small_disk 64k true 2>/dev/null || skip_loudly "no small disk can be mounted here"
}

@test "a full disk loses no verdict that was stored, and with room the run goes on" {
	needs_small_disk
	write_suite
	for i in $(seq 480); do
		sample one "return a + b  # $i $(head -c 6000 /dev/urandom | base64 -w0)"
	done >big.jsonl
	cat >both.sh <<-'EOF'
	export ASSAY_STORE=$PWD/small/store.db
	assay score suite.jsonl --samples big.jsonl -q >out1 2>err1 && code=0 || code=$?
	cp small/store.db* .
	mount -o remount,size=64m small
	assay score suite.jsonl --samples big.jsonl --results r.jsonl >out2 2>err2 || exit
	exit $code
	EOF
	in_small_disk 2400k bash both.sh && code=0 || code=$?
	cat err1 err2
	[ "$code" -eq 4 ]
	grep -Eqi '^assay: .*(full|space)' err1
	[ "$(ASSAY_STORE=store.db stored)" -ge 1 ]
	grep -q "going on with an unfinished run" err2
	[ "$(jq -s 'map(select(.passed)) | length' r.jsonl)" -eq 480 ]
}

@test "results that do not fit on their disk leave none, and are written again from the store" {
	needs_small_disk
	write_suite
	for i in $(seq 20); do
		sample one "return a + b  # $i $(head -c 6000 /dev/urandom | base64 -w0)"
	done >big.jsonl
	cat >both.sh <<-'EOF'
	assay score suite.jsonl --samples big.jsonl -q --results small/r.jsonl 2>err && code=0 || code=$?
	ls -A small >left
	exit $code
	EOF
	in_small_disk 64k bash both.sh && code=0 || code=$?
	cat err
	[ "$code" -eq 4 ]
	[ ! -s left ]
	[ "$(assay runs --json | jq -r '.[0].state')" = "done" ]
	assay report @1 --results r.jsonl >/dev/null
	[ "$(jq -s length r.jsonl)" -eq 20 ]
}
