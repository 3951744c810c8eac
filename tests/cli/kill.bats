# SPDX-License-Identifier: Apache-2.0
# kill -9 of each part at random moments of a run: nothing survives its owner, no failure is booked
# on the model, the run goes on to the same totals, and the machine has no remains.
load helpers

total=90

# Right and wrong by turns, each of which takes a moment.
write_slow() {
	write_suite
	for i in $(seq $((total / 6))); do
		for task in one two three; do
			sample $task "__import__('time').sleep(0.05); return a + b"
			sample $task "__import__('time').sleep(0.05); return a - b - $i"
		done
	done >slow.jsonl
	RANDOM=${KILL_SEED:-$$}
	echo "KILL_SEED=${KILL_SEED:-$$}"
	mounts_before=$(mounts)
}

start() {
	assay score suite.jsonl --samples slow.jsonl --jobs 2 "$@" >out 2>err 3>&- &
	pid=$!
}

# Not to wait for anything: it is the moment that is drawn.
random_moment() {
	sleep "0.$(printf %03d $((RANDOM % ${1:-600})))"
}

# A process and all below it, as NUMBER STARTED DEPTH; no later process shares the first two. With a
# seed and a depth, kills one of them that is that deep at most, and prints it alone.
tree() {
	/usr/bin/python3 - "$@" <<-'EOF'
	import os, random, sys
	def look(root):
	    parent, started = {}, {}
	    for pid in filter(str.isdigit, os.listdir("/proc")):
	        try:
	            fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
	        except OSError:
	            continue
	        parent[pid], started[pid] = fields[1], fields[19]
	    found, level = {}, {root} & set(parent)
	    while level:
	        found |= dict.fromkeys(level, 1 + max(found.values(), default=-1))
	        level = {p for p in parent if parent[p] in level and p not in found}
	    return [(p, started[p], found[p]) for p in sorted(found, key=int)]
	def kill(root, seed, depth):
	    draw = random.Random(seed)
	    while below := [p for p in look(root) if 1 <= p[2] <= depth]:
	        victim = draw.choice(below)
	        try:
	            os.kill(int(victim[0]), 9)
	            return [victim]
	        except OSError:  # it has ended meanwhile
	            pass
	    return []
	found = look(sys.argv[1]) if len(sys.argv) == 2 else kill(sys.argv[1], *map(int, sys.argv[2:]))
	for p in found:
	    print(*p)
	EOF
}

# are_gone FILE: is none of the processes listed there alive?
are_gone() {
	local number started rest depth
	while read -r number started depth; do
		read -r rest <"/proc/$number/stat" || continue
		rest=${rest##*) }
		# shellcheck disable=SC2086
		set -- $rest
		[ "${20}" != "$started" ] || [ "$1" = Z ] || return 1
	done 2>/dev/null <"$1"
}

groups_of() {
	find /sys/fs/cgroup -type d -name "assay-box.$1.*" 2>/dev/null
}

# Where the making of a box mounts something: were it not private, it would show there.
mounts() {
	awk '$5 ~ /^\/(new|old|scratch|work|box|proc|dev|usr|etc)($|\/)/ { print $5 }' /proc/self/mountinfo | sort
}

server_of() {
	ps -o pid= --ppid "$1" | head -1 | tr -d ' '
}

# No sample twice, none missing, none invalid, and the verdicts that a run in one piece gives.
check_whole() {
	assay_run score suite.jsonl --samples slow.jsonl --jobs 2 --results r.jsonl
	expect 0
	check_results
	[ "$(assay runs --json | jq -c '[.[].state]')" = '["done"]' ]
	[ "$(mounts)" = "$mounts_before" ]
}

check_results() {
	jq -r 'select(.status != "passed" and .status != "wrong_answer") | .result' r.jsonl
	[ "$(jq -s length r.jsonl)" -eq $total ]
	[ "$(jq -r .status r.jsonl | sort | uniq -c | tr -s ' \n' ' ')" = \
		" $((total / 2)) passed $((total / 2)) wrong_answer " ]
	[ "$(stored)" -eq $total ]
}

@test "the box server killed at random moments: exit status 4, nothing survives, the run goes on" {
	write_slow
	for round in 1 2 3 4; do
		start
		wait_for '[ -n "$(server_of $pid)" ]'
		server=$(server_of $pid)
		random_moment
		tree "$server" >family
		kill -9 "$server" || true
		wait $pid && code=0 || code=$?
		echo "round $round: $code, $(wc -l <family) processes, $(stored) stored: $(cat err)"
		[ "$code" -eq 4 ]
		[ "$(grep -c '^assay: ' err)" -ge 1 ]
		wait_for 'are_gone family'
		[ -z "$(groups_of "$server")" ]
	done
	check_whole
}

@test "assay killed at random moments: its server and all boxes end, the run goes on" {
	write_slow
	for round in 1 2 3 4; do
		start
		wait_for '[ -n "$(server_of $pid)" ]'
		server=$(server_of $pid)
		random_moment
		tree $pid >family
		kill -9 $pid
		wait $pid || true
		echo "round $round: $(wc -l <family) processes, $(stored) stored"
		wait_for 'are_gone family'
		[ -z "$(groups_of "$server")" ]
	done
	check_whole
}

@test "assay and its server killed at one moment: the next start removes what is left" {
	write_slow
	start
	wait_for_stored 4
	server=$(server_of $pid)
	tree $pid >family
	kill -9 $pid "$server"
	wait $pid || true
	wait_for 'are_gone family'
	check_whole
	[ -z "$(groups_of "$server")" ]
}

# Below the server: 1 a template's first process, 2 the template, 3 the first process of a box. Below
# that is the answer itself, and a signal that ends it may always be its own doing.
@test "templates and boxes killed at random moments: the same run ends with the same totals" {
	write_slow
	start --results r.jsonl
	wait_for '[ -n "$(server_of $pid)" ]'
	server=$(server_of $pid)
	for round in 1 2 3 4 5 6; do
		# one sample is judged twice at most: let it come through before the next kill
		before=$(stored)
		wait_for "[ \"\$(stored)\" -ge $((before + 4)) ]"
		random_moment 100
		tree "$server" $RANDOM 3 | tee -a killed
	done
	[ "$(grep -c '' killed)" -eq 6 ]
	wait $pid && code=0 || code=$?
	cat err
	[ "$code" -eq 0 ]
	check_results
	[ -z "$(groups_of "$server")" ]
	[ "$(mounts)" = "$mounts_before" ]
}

@test "assay-box run killed: its box ends with it, and the next start removes its groups" {
	mounts_before=$(mounts)
	for round in 1 2 3; do
		rm -f out
		assay-box run --wall 100s -- /bin/sh -c 'sleep 1000 & sleep 1000 & echo there; wait' \
			>out 2>&1 3>&- &
		pid=$!
		wait_for 'grep -qs there out'
		tree $pid >family
		[ "$(wc -l <family)" -ge 4 ]
		kill -9 $pid
		wait $pid || true
		wait_for 'are_gone family'
	done
	assay-box run -- /bin/true
	[ -z "$(groups_of $pid)" ]
	[ "$(mounts)" = "$mounts_before" ]
}

@test "a server in another pid namespace leaves the groups of a living one alone" {
	unshare --fork --pid --mount-proc true 2>/dev/null ||
		skip_loudly "no pid namespace can be made here"
	write_slow
	start --results r.jsonl
	wait_for_stored 2
	for round in 1 2 3; do
		unshare --fork --pid --mount-proc assay-box run -- /bin/true
	done
	wait $pid && code=0 || code=$?
	cat err
	[ "$code" -eq 0 ]
	check_results
}
