# SPDX-License-Identifier: Apache-2.0
# assay score: verdicts, numbers, files and what is shown where.
load helpers

# Two answers a task: one right, one wrong.
write_pair() {
	write_suite
	for task in one two three; do
		sample $task "return a + b"
		sample $task "return a - b"
	done >pair.jsonl
}

@test "right answers pass and wrong ones fail" {
	write_pair
	assay_run score suite.jsonl --samples pair.jsonl --results r.jsonl
	expect 0
	[ "$(jq -r .passed r.jsonl | tr '\n' ' ')" = "true false true false true false " ]
	[ "$(jq -r .status r.jsonl | sort | uniq -c | tr -s ' \n' ' ')" = " 3 passed 3 wrong_answer " ]
}

@test "results keep the lines of the samples, their order and their members" {
	write_pair
	jq -c '. + {mine: "kept", n: 1.50}' pair.jsonl >x.jsonl
	assay_run score suite.jsonl --samples x.jsonl --results r.jsonl
	expect 0
	diff <(jq -c '[.task_id, .completion, .mine, .n]' x.jsonl) \
		<(jq -c '[.task_id, .completion, .mine, .n]' r.jsonl)
}

@test "a gzip file is read whatever its name" {
	write_pair
	gzip -c pair.jsonl >zipped
	assay_run score suite.jsonl --samples zipped --json -
	expect 0
	jq -e . <<<"$output" >/dev/null
}

@test "--json - prints JSON and nothing else" {
	write_pair
	assay_run score suite.jsonl --samples pair.jsonl --json -
	expect 0
	[ -z "$stderr" ]
	[ "$(jq -s length <<<"$output")" -eq 1 ]
}

@test "--results - prints the lines and nothing else" {
	write_pair
	assay_run score suite.jsonl --samples pair.jsonl --results -
	expect 0
	[ "$(jq -s length <<<"$output")" -eq 6 ]
}

@test "--json FILE leaves the scorecard on stdout" {
	write_pair
	assay_run score suite.jsonl --samples pair.jsonl --json card.json
	expect 0
	[ -n "$output" ]
	jq -e . card.json >/dev/null
}

@test "report shows a run again: by @1, id and name, with the same numbers" {
	write_pair
	assay_run score suite.jsonl --samples pair.jsonl --name mine --json first.json
	expect 0
	id=$(assay runs --json | jq -r '.[0].id')
	for run in @1 "$id" "${id:0:8}" mine; do
		assay report "$run" --json again.json >/dev/null
		cmp first.json again.json
	done
}

@test "a scorecard fits into 60 columns, and into 40" {
	write_pair
	assay score suite.jsonl --samples pair.jsonl >/dev/null
	for columns in 60 40; do
		COLUMNS=$columns assay report @1 >out
		awk -v n=$columns 'length($0) > n { print; bad = 1 } END { exit bad }' out
	done
}

@test "runs lists the newest first" {
	write_pair
	assay score suite.jsonl --samples pair.jsonl --model first >/dev/null
	assay score suite.jsonl --samples pair.jsonl --model second >/dev/null
	assay_run runs
	expect 0
	[ "$(grep -c '' <<<"$output")" -eq 2 ]
	grep -q '^@1 .*second' <<<"$output"
	[ "$(assay runs --json | jq -r '.[].model' | tr '\n' ' ')" = "second first " ]
	[ "$(assay runs -n 1 | grep -c '')" -eq 1 ]
}

@test "the model is named after the samples file" {
	write_pair
	gzip -c pair.jsonl >gpt-x.jsonl.gz
	assay score suite.jsonl --samples gpt-x.jsonl.gz >/dev/null
	[ "$(assay runs --json | jq -r '.[0].model')" = gpt-x ]
}

@test "tasks without samples are counted in a warning" {
	write_suite
	sample one "return a + b" >x.jsonl
	assay_run score suite.jsonl --samples x.jsonl
	expect 0
	grep -q "warning: 1 of 3 tasks" <<<"$stderr"
	assay_run score suite.jsonl --samples x.jsonl -q
	expect 0
	[ -z "$stderr" ]
}

@test "a k that was asked for is reported" {
	write_pair
	assay_run score suite.jsonl --samples pair.jsonl --k 2,1
	expect 0
	grep -q "pass@1" <<<"$output"
	grep -q "pass@2" <<<"$output"
}

@test "an answer that never ends is stopped at its CPU limit" {
	write_suite
	sample one "while True: pass" >x.jsonl
	assay_run score suite.jsonl --samples x.jsonl --cpu 300ms --results r.jsonl -q
	expect 0
	[ "$(jq -r '.status, .outcome' r.jsonl | tr '\n' ' ')" = "time_limit failed " ]
}

@test "an answer that sleeps is stopped at its wall limit" {
	write_suite
	sample one "__import__('time').sleep(60)" >x.jsonl
	assay_run score suite.jsonl --samples x.jsonl --wall 1s --results r.jsonl -q
	expect 0
	[ "$(jq -r .status r.jsonl)" = time_limit ]
}

@test "an answer that takes too much memory is stopped at its limit" {
	write_suite
	sample one "return len(bytearray(400 << 20)) and a + b" >x.jsonl
	assay_run score suite.jsonl --samples x.jsonl --mem 100M --results r.jsonl -q
	expect 0
	[ "$(jq -r .status r.jsonl)" = memory_limit ]
}

@test "a task whose reference fails gives invalid samples, which are in no rate" {
	write_suite
	jq -c 'if .task_id == "t/two" then .canonical_solution = "    return 0\n" else . end' \
		suite.jsonl >broken.jsonl
	for task in one two three; do sample $task "return a + b"; done >x.jsonl
	assay_run score broken.jsonl --samples x.jsonl --results r.jsonl
	expect 0
	[ "$(jq -r .outcome r.jsonl | tr '\n' ' ')" = "passed invalid passed " ]
	[ "$(jq -r .status r.jsonl | sed -n 2p)" = task_error ]
}

@test "proofs of tasks are kept: a second run does not prove again" {
	write_pair
	assay score suite.jsonl --samples pair.jsonl >/dev/null
	before=$(/usr/bin/python3 -c 'import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute(
	"select count(*), max(made_ms) from proofs").fetchone())' "$ASSAY_STORE")
	assay score suite.jsonl --samples pair.jsonl --fresh >/dev/null
	after=$(/usr/bin/python3 -c 'import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute(
	"select count(*), max(made_ms) from proofs").fetchone())' "$ASSAY_STORE")
	[ "$before" = "$after" ]
	[[ $before == "(3, "* ]]
}

@test "no progress line in a pipe, and none in a dumb terminal" {
	write_pair
	assay_run score suite.jsonl --samples pair.jsonl
	expect 0
	[ -z "$stderr" ]
	command -v script >/dev/null || skip_loudly "script(1) is not there"
	TERM=dumb script -qec "assay score suite.jsonl --samples pair.jsonl" out </dev/null
	run grep -c $'\033' out
	[ "$output" = 0 ]
}

@test "on a terminal there is a progress line, and it is wiped at the end" {
	command -v script >/dev/null || skip_loudly "script(1) is not there"
	write_pair
	TERM=xterm script -qec "stty cols 60; assay score suite.jsonl --samples pair.jsonl" out \
		</dev/null >/dev/null
	grep -q 'scoring [0-9]*/6' out
	tr '\r' '\n' <out | grep -a scoring | sed 's/\x1b\[K//g' | awk 'length($0) > 60 { exit 1 }'
}

@test "NO_COLOR keeps colours off a terminal" {
	command -v script >/dev/null || skip_loudly "script(1) is not there"
	write_pair
	TERM=xterm NO_COLOR=1 script -qec "assay score suite.jsonl --samples pair.jsonl -q" out \
		</dev/null >/dev/null
	run grep -c $'\033\\[[0-9;]*m' out
	[ "$output" = 0 ]
}

@test "a reader that leaves early is not complained about" {
	write_pair
	run --separate-stderr bash -c \
		'set -o pipefail; assay score suite.jsonl --samples pair.jsonl | true'
	[ -z "$stderr" ]
	expect 0
}

@test "the sandbox server is found beside assay, whatever the current folder and PATH" {
	write_pair
	here=$PWD
	cd /
	PATH=/usr/bin:/bin run "$bin/assay" score "$here/suite.jsonl" --samples "$here/pair.jsonl" -q
	expect 0
}

@test "a store on a full disk stops the run with its reason" {
	[ "$(id -u)" -eq 0 ] || skip_loudly "a small file system needs root"
	mkdir small
	mount -t tmpfs -o size=128k none small 2>/dev/null || skip_loudly "tmpfs cannot be mounted here"
	write_suite
	for i in $(seq 40); do
		sample one "return a + b  # $i $(head -c 6000 /dev/urandom | base64 -w0)"
	done >big.jsonl
	run --separate-stderr timeout 60 "$bin/assay" score suite.jsonl --samples big.jsonl \
		--store small/store.db -q
	umount -l small
	expect 4
	grep -Eqi 'full|space' <<<"$stderr"
}

@test "public data: answers of a model are scored as their published verdicts" {
	needs_data HumanEval.jsonl.gz
	needs_data completions/gpt4o.jsonl.gz
	zcat "$shared/data/completions/gpt4o.jsonl.gz" | head -20 >x.jsonl
	assay_run score "$shared/data/HumanEval.jsonl.gz" --samples x.jsonl --results r.jsonl -q
	expect 0
	diff <(zcat "$shared/data/completions/gpt4o.results.jsonl.gz" | head -20 | jq -c '[.task_id, .passed]') \
		<(jq -c '[.task_id, .passed]' r.jsonl)
}
