# SPDX-License-Identifier: Apache-2.0
# assay doctor: what this machine can isolate.
load helpers

@test "doctor tells every layer, every level and the machine" {
	run --separate-stderr assay doctor
	[ "$status" -eq 0 ] || [ "$status" -eq 4 ]
	for word in user-ns net-ns seccomp landlock cgroup-memory standard strict python store; do
		grep -q -- "$word" <<<"$output"
	done
	[ "$(grep -c 'remedy:' <<<"$output")" -eq "$(grep -Ec '^  NO   [a-z-]+ {2,}' <<<"$output")" ]
}

@test "doctor speaks JSON" {
	run --separate-stderr assay doctor --json
	jq -e '.layers | length == 16' <<<"$output"
	jq -e '[.levels[].name] == ["reduced", "standard", "strict"]' <<<"$output"
	jq -e '.cpus >= 1' <<<"$output"
}

@test "doctor's exit status says whether runs are possible" {
	run --separate-stderr assay doctor --json
	holds=$(jq '.levels[] | select(.name == "standard").holds' <<<"$output")
	[ "$holds" = "$([ "$status" -eq 0 ] && echo true || echo false)" ]
}

@test "without the box server doctor says why, and exits 4" {
	ASSAY_BOX=/nonexistent run --separate-stderr assay doctor
	[ "$status" -eq 4 ]
	grep -q "/nonexistent" <<<"$output"
}

@test "doctor makes no store" {
	assay doctor >/dev/null || true
	[ ! -e "$ASSAY_STORE" ]
}
