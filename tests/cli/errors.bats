# SPDX-License-Identifier: Apache-2.0
# Broken input is refused before anything runs: one line that says what and why, and the exit status.
load helpers

# Seven good lines.
write_good() {
	write_suite
	for i in 1 2 3 4 5 6 7; do
		sample one "return a + b + $i - $i"
	done >good.jsonl
}

score() {
	local want=$1 pattern=$2
	shift 2
	refuses "$want" "$pattern" score suite.jsonl "$@"
	[ "$(stored)" -eq 0 ]
}

# ---- the command line

@test "an unknown command is refused" {
	refuses 2 "unknown command 'scroe'" scroe
}

@test "an unknown option is refused and the right one named" {
	refuses 2 "did you mean '--samples'" score x --sample y
	refuses 2 "unknown option" score x --no-such-option
}

@test "an option without its value is refused" {
	refuses 2 "needs a value" score x --samples
}

@test "a suite and samples are needed, and one suite only" {
	refuses 2 "SUITE is needed" score --samples x
	refuses 2 "samples FILE is missing" score starter
	refuses 2 "SUITE is needed" score starter other --samples x
}

@test "numbers, sizes and times out of range are refused" {
	refuses 2 "jobs" score starter --samples starter:weak --jobs 0
	refuses 2 "jobs" score starter --samples starter:weak --jobs many
	refuses 2 "mem" score starter --samples starter:weak --mem 12
	refuses 2 "mem" score starter --samples starter:weak --mem 1Q
	refuses 2 "wall" score starter --samples starter:weak --wall -1s
}

@test "an unknown level of isolation is refused" {
	refuses 2 "none" score starter --samples starter:weak --isolation none
}

@test "a list of k that is none is refused" {
	for k in 0 -1 1.5 x "" 1,,x 99999999999; do
		refuses 2 "k" score starter --samples starter:weak --k "$k"
	done
}

@test "k above the samples of a task is refused, with the largest that works" {
	write_good
	sample two "return a + b" >>good.jsonl
	score 2 "k = 5 .*t/two has 1.* works is 1" --samples good.jsonl --k 1,5
}

# ---- suites

@test "a suite that is not there is refused" {
	refuses 3 "nosuch.jsonl" score nosuch.jsonl --samples starter:weak
}

@test "a folder is neither a suite nor samples" {
	mkdir folder
	refuses 3 "folder.*directory" score folder --samples starter:weak
	write_good
	score 3 "folder.*directory" --samples folder
}

@test "a task without an entry point is refused with its line" {
	write_good
	jq -c 'if .task_id == "t/two" then del(.entry_point) else . end' suite.jsonl >x.jsonl
	refuses 3 "x.jsonl:2: .*entry_point" score x.jsonl --samples good.jsonl
}

@test "two tasks of one name are refused" {
	write_good
	cat suite.jsonl suite.jsonl >x.jsonl
	refuses 3 "x.jsonl:4: .*t/one" score x.jsonl --samples good.jsonl
}

@test "an empty suite is refused" {
	write_good
	: >x.jsonl
	refuses 3 "x.jsonl" score x.jsonl --samples good.jsonl
}

# ---- samples

@test "samples that are not there are refused" {
	write_good
	score 3 "nosuch.jsonl" --samples nosuch.jsonl
}

@test "an empty samples file is refused" {
	write_good
	: >empty.jsonl
	score 3 "empty.jsonl" --samples empty.jsonl
	printf '\n\n  \n' >blank.jsonl
	score 3 "blank.jsonl" --samples blank.jsonl
}

@test "bad JSON is refused with its line" {
	write_good
	sed '7s/.*/{"task_id": "t\/one", "completion": /' good.jsonl >x.jsonl
	score 3 "x.jsonl:7: .*JSON" --samples x.jsonl
}

@test "a task that is not in the suite is refused with its line" {
	write_good
	sample onee "return 1" >>good.jsonl
	score 3 "good.jsonl:8: .*t/onee" --samples good.jsonl
}

@test "a line without an answer is refused" {
	write_good
	echo '{"task_id": "t/one", "text": "x"}' >>good.jsonl
	score 3 "good.jsonl:8: .*answer" --samples good.jsonl
}

@test "two answers in a line are refused" {
	write_good
	echo '{"task_id": "t/one", "completion": "x", "solution": "y"}' >>good.jsonl
	score 3 "good.jsonl:8: .*two answers" --samples good.jsonl
}

@test "the same sample twice is refused" {
	write_good
	echo '{"task_id": "t/one", "completion": "x", "index": 3}' >>good.jsonl
	score 3 "good.jsonl:8: .*3" --samples good.jsonl
}

@test "a truncated gzip file is refused" {
	write_good
	gzip -k good.jsonl
	head -c $(($(stat -c %s good.jsonl.gz) - 12)) good.jsonl.gz >cut.jsonl.gz
	score 3 "cut.jsonl.gz" --samples cut.jsonl.gz
}

@test "a damaged gzip file is refused" {
	write_good
	gzip -k good.jsonl
	/usr/bin/python3 - <<-'EOF'
	data = bytearray(open("good.jsonl.gz", "rb").read())
	data[len(data) - 6] ^= 0xff
	open("bad.jsonl.gz", "wb").write(data)
	EOF
	score 3 "bad.jsonl.gz" --samples bad.jsonl.gz
}

@test "a pipe is refused, since samples are read twice" {
	write_good
	refuses 3 "read twice|more than once" score suite.jsonl --samples <(cat good.jsonl)
}

@test "samples without permission are refused" {
	[ "$(id -u)" -ne 0 ] || skip_loudly "root may read everything"
	write_good
	chmod 000 good.jsonl
	score 3 "good.jsonl.*ermission" --samples good.jsonl
}

# ---- places to write to

@test "results that cannot be written are refused before anything runs" {
	write_good
	score 3 "no/such/folder" --samples good.jsonl --results no/such/folder/r.jsonl
	score 3 "no/such/folder" --samples good.jsonl --json no/such/folder/r.json
	mkdir folder
	score 3 "folder" --samples good.jsonl --results folder
}

@test "results never replace the samples" {
	write_good
	cp good.jsonl kept
	score 2 "samples file" --samples good.jsonl --results good.jsonl
	ln good.jsonl link.jsonl
	score 2 "samples file" --samples good.jsonl --json link.jsonl
	cmp good.jsonl kept
}

@test "two outputs do not share one place" {
	write_good
	score 2 "both" --samples good.jsonl --results - --json -
	score 2 "both" --samples good.jsonl --results x --json x
	[ ! -e x ]
}

@test "a store that cannot be used is refused" {
	write_good
	mkdir folder
	refuses 3 "folder" score suite.jsonl --samples good.jsonl --store folder
	echo "this is no store" >text
	refuses 3 "text" score suite.jsonl --samples good.jsonl --store text
	[ "$(cat text)" = "this is no store" ]
}

# ---- runs

@test "a run that is not there is refused" {
	refuses 3 "" report @1
	refuses 3 "deadbeef" report deadbeef
	refuses 2 "RUN is needed" report
}

@test "an empty store lists nothing" {
	assay_run runs
	expect 0
	[ -z "$output$stderr" ]
	assay_run runs --json
	expect 0
	[ "$(jq length <<<"$output")" -eq 0 ]
}
