# SPDX-License-Identifier: Apache-2.0
# assay doctor: what this machine can isolate.
load helpers

@test "doctor tells every layer, every level and the machine" {
	run --separate-stderr assay doctor --quick
	[ "$status" -eq 0 ] || [ "$status" -eq 4 ]
	for word in user-ns net-ns seccomp landlock cgroup-memory proc standard strict python store; do
		grep -q -- "$word" <<<"$output"
	done
	[ "$(grep -c 'remedy:' <<<"$output")" -eq "$(grep -Ec '^  MISSING  [a-z-]+ {2,}' <<<"$output")" ]
	! grep -q attacks <<<"$output"
}

@test "doctor tries its attacks, and none succeeds" {
	run --separate-stderr assay doctor --json
	jq -c '.selftest.attacks[] | select(.verdict == "broken")' <<<"$output"
	jq -e '.selftest.broken == 0 and .selftest.why == null' <<<"$output"
	jq -e '.selftest.seconds < 60' <<<"$output"
	jq -e '.selftest | .held + .skipped == (.attacks | length)' <<<"$output"
	holds=$(jq '[.levels[] | select(.holds)] | length' <<<"$output")
	if [ "$holds" -eq 0 ]; then
		skip_loudly "no box can be made here"
	fi
	jq -e '.selftest.held >= 20' <<<"$output"
	jq -e 'all(.selftest.attacks[]; .verdict == "held" or (.why | length) > 0)' <<<"$output"
}

@test "doctor's text fits 60 columns" {
	run --separate-stderr assay doctor
	grep -q 'attacks tried here' <<<"$output" || grep -q 'no box can be made' <<<"$output"
	[ "$(LC_ALL=C.UTF-8 awk 'length > 60' <<<"$output")" = "" ]
}

# What this machine has, with another program of attacks in place of ours.
with_attacks() {
	mkdir -p prefix
	cp "$bin"/assay "$bin"/assay-box "$bin"/assay-warm.so prefix/
	printf '#!/bin/sh\n%s\n' "$1" >prefix/assay-attacks
	chmod 755 prefix/assay-attacks
}

@test "an attack that succeeds is shown, and doctor exits 4" {
	with_attacks 'case $1 in ns_net) echo REACHED the moon ;; esac'
	run --separate-stderr prefix/assay doctor
	grep -q 'attacks tried here' <<<"$output" || skip_loudly "no box can be made here"
	[ "$status" -eq 4 ]
	grep -q 'BROKEN   ns_net' <<<"$output"
	grep -q 'REACHED the moon' <<<"$output"
	grep -q 'attacks have succeeded' <<<"$output"
}

@test "an attack that ends otherwise than it must is not held" {
	with_attacks 'exit 3'
	run --separate-stderr prefix/assay doctor --json
	jq -e '.selftest' <<<"$output" || skip_loudly "no box can be made here"
	[ "$status" -eq 4 ]
	jq -e '[.selftest.attacks[] | select(.name == "tcp").verdict] == ["broken"]' <<<"$output"
}

@test "what an attack cannot try is counted and told with its reason" {
	with_attacks 'echo SKIP the moon is down'
	run --separate-stderr prefix/assay doctor --json
	jq -e '.selftest' <<<"$output" || skip_loudly "no box can be made here"
	jq -e '.selftest.held == 1 and .selftest.skipped > 20' <<<"$output"
	jq -e '.selftest.attacks[0].why == "the moon is down"' <<<"$output"
}

@test "without its attacks doctor says so, and exits 4" {
	with_attacks ''
	rm prefix/assay-attacks
	run --separate-stderr prefix/assay doctor
	[ "$status" -eq 4 ]
	grep -q 'not installed' <<<"$output" || grep -q 'no box can be made' <<<"$output"
}

@test "installed programs find the attacks where they are installed" {
	mkdir -p usr/bin usr/lib/assay
	cp "$bin"/assay "$bin"/assay-box usr/bin/
	cp "$bin"/assay-warm.so "$bin"/assay-attacks usr/lib/assay/
	run --separate-stderr usr/bin/assay doctor --json
	jq -e '.selftest' <<<"$output" || skip_loudly "no box can be made here"
	jq -e '.selftest.held >= 20' <<<"$output"
}

@test "doctor leaves nothing behind" {
	TMPDIR=$PWD assay doctor >/dev/null || true
	[ -z "$(find . -name 'assay-doctor*')" ]
}

@test "doctor speaks JSON" {
	run --separate-stderr assay doctor --json --quick
	jq -e '.layers | length == 17' <<<"$output"
	jq -e '[.levels[].name] == ["reduced", "standard", "strict"]' <<<"$output"
	jq -e '.level as $l | ["none", "reduced", "standard", "strict"] | index($l)' <<<"$output"
	jq -e '.cpus >= 1' <<<"$output"
	jq -e '.selftest == null' <<<"$output"
}

@test "doctor's exit status says whether runs are possible" {
	run --separate-stderr assay doctor --json --quick
	holds=$(jq '.levels[] | select(.name == "standard").holds' <<<"$output")
	[ "$holds" = "$([ "$status" -eq 0 ] && echo true || echo false)" ]
}

@test "without the box server doctor says why, and exits 4" {
	ASSAY_BOX=/nonexistent run --separate-stderr assay doctor
	[ "$status" -eq 4 ]
	grep -q "/nonexistent" <<<"$output"
}

@test "doctor makes no store" {
	assay doctor --quick >/dev/null || true
	[ ! -e "$ASSAY_STORE" ]
}
