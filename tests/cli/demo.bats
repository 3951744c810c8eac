# SPDX-License-Identifier: Apache-2.0
# assay demo: what a newcomer types first. It runs once for all tests of its output.
load helpers

setup_file() {
	export demo=$BATS_FILE_TMPDIR
	local bin=${ASSAY_BIN:-$BATS_TEST_DIRNAME/../../build/bin}
	mkdir "$demo/tmp" "$demo/home"
	cd "$demo"
	unset ASSAY_STORE XDG_DATA_HOME
	[[ $bin == /* ]] || bin=$BATS_TEST_DIRNAME/../../$bin
	COLUMNS=60 TMPDIR=$demo/tmp HOME=$demo/home "$bin/assay" demo --json cards.json >out 2>err
}

@test "the demo ranks three models" {
	for model in strong middle weak; do
		grep -Eq "^ *$model +[0-9.]+ %" "$demo/out"
	done
	[ ! -s "$demo/err" ]
}

@test "the demo leaves nothing behind" {
	[ -z "$(find "$demo/tmp" "$demo/home" -mindepth 1)" ]
}

@test "the strong model is better than the middle one, and that than the weak one" {
	[ "$(jq -r '[.[].run.model] | join(" ")' "$demo/cards.json")" = "strong middle weak" ]
	jq -e '[.[].pass_at_k[0].value] | .[0] > .[1] and .[1] > .[2]' "$demo/cards.json"
	jq -e 'all(.[]; .counts.invalid == 0)' "$demo/cards.json"
}

@test "the demo fits into 60 columns" {
	run awk 'length($0) > 60' "$demo/out"
	[ -z "$output" ]
}

@test "an interrupted demo leaves nothing behind, and --store keeps its runs" {
	mkdir tmp
	for store in "" "--store $ASSAY_STORE"; do
		# shellcheck disable=SC2086
		TMPDIR=$PWD/tmp assay demo $store >out 2>err 3>&- &
		pid=$!
		wait_for "[ -n \"\$(find tmp -name demo.db)\" ] || [ \"\$(stored)\" -ge 1 ]"
		kill -INT $pid
		wait $pid && code=0 || code=$?
		[ "$code" -eq 130 ]
		[ -z "$(find tmp -mindepth 1)" ]
	done
	[ "$(assay runs --json | jq -r '.[0].model')" = strong ]
}

@test "the demo takes no operand" {
	refuses 2 "no operand" demo something
}
