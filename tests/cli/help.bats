# SPDX-License-Identifier: Apache-2.0
# Help is made from tables: every command has it, it fits, and it goes to stdout.
load helpers

commands() {
	assay help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

@test "assay help lists the commands with a line each" {
	assay_run help
	expect 0
	[ -z "$stderr" ]
	for word in score report runs demo doctor version help; do
		grep -Eq "^  $word +[a-z]" <<<"$output"
	done
}

@test "every command has --help, -h and assay help COMMAND, all the same" {
	local n=0
	for command in $(commands); do
		assay "$command" --help >long
		assay "$command" -h >short
		assay help "$command" >named
		cmp long short
		cmp long named
		grep -q "^usage: assay $command" long
		grep -q -- "--help" long
		n=$((n + 1))
	done
	[ "$n" -ge 7 ]
}

@test "the list of commands fits into 60 columns, help of a command into 80" {
	assay help >short
	run awk 'length($0) > 60' short
	[ -z "$output" ]
	for command in $(commands); do
		assay help "$command"
	done >long
	run awk 'length($0) > 80' long
	[ -z "$output" ]
}

@test "--help wins over operands that are missing" {
	assay_run score --help
	expect 0
	assay_run report -h
	expect 0
}

@test "assay alone shows the commands and exits 2" {
	assay_run
	expect 2
	grep -q "^usage: assay COMMAND" <<<"$output"
}

@test "assay --help and --version are what people type" {
	assay_run --help
	expect 0
	grep -q "^Commands:" <<<"$output"
	assay_run --version
	expect 0
	[[ $output == "assay "[0-9]* ]]
	assay_run version
	expect 0
}

@test "the name under which assay was started does not matter" {
	ln -s "$bin/assay" other-name
	run --separate-stderr ./other-name help score
	expect 0
	grep -q "^usage: assay score" <<<"$output"
}

@test "help into a closed pipe ends quietly" {
	run --separate-stderr bash -c 'set -o pipefail; assay help score | true'
	[ -z "$stderr" ]
	expect 0
}

@test "output that cannot be written is an error" {
	[ -w /dev/full ] || skip_loudly "no /dev/full"
	run --separate-stderr bash -c 'assay help >/dev/full'
	expect 4
	[[ $stderr == "assay: "* ]]
	run --separate-stderr bash -c 'assay help score >/dev/full'
	expect 4
}

@test "closed standard streams are no reason to crash" {
	run bash -c 'assay help <&- 2>&-'
	expect 0
}
