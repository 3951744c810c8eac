# SPDX-License-Identifier: Apache-2.0
#
# What all tests of commands share. They run the real programs, each test in a folder and with a
# store of its own. ASSAY_BIN names the folder of the programs (build/bin by default),
# ASSAY_SHARED that of public data sets, which are not part of the project.

bats_require_minimum_version 1.5.0

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	bin=${ASSAY_BIN:-$top/build/bin}
	[[ $bin == /* ]] || bin=$top/$bin
	shared=${ASSAY_SHARED:-$top/../shared}
	PATH=$bin:$PATH
	export ASSAY_STORE=$BATS_TEST_TMPDIR/store.db
	unset NO_COLOR COLUMNS ASSAY_BOX XDG_DATA_HOME
	cd "$BATS_TEST_TMPDIR" || return 1
}

# Skips, and says so where nobody can overlook it.
skip_loudly() {
	echo "SKIP: $*" >&3
	skip "$*"
}

needs_data() {
	[ -r "$shared/data/$1" ] || skip_loudly "the data set $1 is not there"
}

# Runs assay with stdout in $output and stderr in $stderr.
assay_run() {
	run --separate-stderr assay "$@"
}

# expect STATUS: shows what came instead.
expect() {
	[ "$status" -eq "$1" ] && return
	printf 'status %s instead of %s\nstdout: %s\nstderr: %s\n' "$status" "$1" "$output" "$stderr"
	return 1
}

# refuses STATUS PATTERN ARGUMENT...: exactly one line on stderr, `assay: what: why`, that matches
# the extended regular expression; nothing on stdout.
refuses() {
	local want=$1 pattern=$2
	shift 2
	assay_run "$@"
	expect "$want" || return 1
	[ -z "$output" ] || { echo "stdout is not empty: $output"; return 1; }
	[ "$(grep -c '' <<<"$stderr")" -eq 1 ] || { echo "not one line: $stderr"; return 1; }
	[[ $stderr == "assay: "* ]] || { echo "no prefix: $stderr"; return 1; }
	grep -Eq -- "$pattern" <<<"$stderr" || { echo "does not match $pattern: $stderr"; return 1; }
}

# A suite of three tasks.
write_suite() {
	local id name
	for id in one two three; do
		name=add_$id
		jq -nc --arg id "t/$id" --arg name "$name" '{
			task_id: $id,
			prompt: "def \($name)(a, b):\n    \"\"\"The sum of a and b.\"\"\"\n",
			entry_point: $name,
			canonical_solution: "    return a + b\n",
			test: "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(-1, 1) == 0\n"
		}'
	done >suite.jsonl
}

# sample TASK BODY: a line of a samples file. BODY is indented by four spaces.
sample() {
	jq -nc --arg id "t/$1" --arg body "    $2"$'\n' '{task_id: $id, completion: $body}'
}

# The number of verdicts that are stored, whoever else uses the store.
stored() {
	/usr/bin/python3 - "$ASSAY_STORE" <<-'EOF'
	import sqlite3, sys
	try:
	    db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
	    print(db.execute("select count(*) from samples").fetchone()[0])
	except sqlite3.Error:
	    print(0)
	EOF
}

# wait_for COMMAND: until it succeeds, at most half a minute.
wait_for() {
	local i
	for ((i = 0; i < 300; i++)); do
		eval "$1" && return
		sleep 0.1
	done
	echo "never came true: $1"
	return 1
}

wait_for_stored() {
	wait_for "[ \"\$(stored)\" -ge $1 ]"
}

