# SPDX-License-Identifier: Apache-2.0
# Verdicts of warm starts are those of cold ones (--cold), sample by sample, over public data sets
# of reference solutions and of recorded answers of models. ALL_SAMPLES=1 takes every sample of the
# large ones, which takes many minutes, instead of some drawn with a seed.
load helpers

# prepare SUITE ANSWERS MOST: suite.jsonl and samples.jsonl from data sets; ANSWERS `reference` are
# the suite's own. HumanEval-X calls its check at the end of its tests and does not name its entry
# point; HumanEvalPlus compares numbers with the help of numpy, of which it needs one function.
prepare() {
	needs_data "$1"
	[ "$2" = reference ] || needs_data "$2"
	/usr/bin/python3 - "$shared/data/$1" "$2" "$shared/data/$2" "$3" <<-'EOF'
	import gzip, json, os, random, re, sys
	suite, name, answers, most = sys.argv[1:]
	NUMPY = """
	class np:
	    float32 = float64 = ndarray = float
	    def allclose(a, b, rtol, atol):
	        if isinstance(b, (list, tuple)):
	            return len(a) == len(b) and all(np.allclose(x, y, rtol, atol) for x, y in zip(a, b))
	        return abs(a - b) <= atol + rtol * abs(b)
	"""
	def lines(path):
	    with gzip.open(path, "rt", encoding="utf-8") as f:
	        return [json.loads(line) for line in f]
	tasks = lines(suite)
	with open("suite.jsonl", "w", encoding="utf-8") as out:
	    for t in tasks:
	        t["entry_point"] = t.get("entry_point") or re.findall(r"^def (\w+)", t["declaration"], re.M)[-1]
	        t["test"] = re.sub(r"\ncheck\(\w+\)\s*\Z", "\n", t["test"])
	        t["test"] = t["test"].replace("import numpy as np\n", re.sub("^\t+", "", NUMPY, flags=re.M))
	        out.write(json.dumps(t) + "\n")
	if name == "reference":
	    samples = [{"task_id": t["task_id"], "completion": t["canonical_solution"]} for t in tasks]
	else:
	    samples = lines(answers)
	if len(samples) > int(most) and not os.environ.get("ALL_SAMPLES"):
	    samples = random.Random(1640).sample(samples, int(most))
	with open("samples.jsonl", "w", encoding="utf-8") as out:
	    out.writelines(json.dumps(s) + "\n" for s in samples)
	EOF
}

# A store for all tests of this file: tasks are proved once warm and once cold. CPU time decides, on
# however busy a machine: the largest of HumanEvalPlus's tests take seconds of it.
score() {
	local how=$1
	shift
	ASSAY_STORE=$BATS_FILE_TMPDIR/$how.db assay_run score suite.jsonl --samples samples.jsonl \
		--results "$how.jsonl" --fresh -q --wall 60s "$@"
	expect 0
	# what the clock says differs from one run to the next, and so does how far an answer came by then
	jq -c '[.task_id, .status, .outcome, .protection, .reading] +
		(if .status == "time_limit" then [] else [.calls, .result] end)' "$how.jsonl" >"$how.verdicts"
}

median_peak() {
	jq -s 'map(.peak_bytes) | sort | .[length / 2 | floor]' "$1.jsonl"
}

check_identical() {
	prepare "${@:1:3}"
	score warm "${@:4}"
	score cold --cold "${@:4}"
	diff warm.verdicts cold.verdicts
	[ "$(grep -c '' warm.verdicts)" -eq "$(grep -c '' samples.jsonl)" ]
	[ "$(jq -r .outcome warm.jsonl | grep -c invalid)" -le 2 ]
	# a fork shares its template's memory, a cold start has its own: they were what they say
	[ "$(median_peak cold)" -gt "$(median_peak warm)" ]
}

@test "warm and cold agree on HumanEval's reference solutions" {
	check_identical HumanEval.jsonl.gz reference 164
}

@test "warm and cold agree on HumanEval-X's reference solutions in Python" {
	check_identical humaneval-x-python.jsonl.gz reference 164
}

@test "warm and cold agree on HumanEvalPlus's reference solutions" {
	check_identical HumanEvalPlus-OriginFmt.jsonl.gz reference 10 --cpu 30s
}

@test "warm and cold agree on answers of gpt4o" {
	check_identical HumanEval.jsonl.gz completions/gpt4o.jsonl.gz 164
}

@test "warm and cold agree on answers of gpt4o under HumanEvalPlus's tests" {
	check_identical HumanEvalPlus-OriginFmt.jsonl.gz completions/gpt4o.jsonl.gz 10 --cpu 30s
}

@test "warm and cold agree on whole programs of gpt4" {
	check_identical HumanEval.jsonl.gz completions/gpt4_whole_programs.jsonl.gz 164
}

@test "warm and cold agree on answers of mistral7b" {
	check_identical HumanEval.jsonl.gz completions/mistral7b_x10.jsonl.gz 120
}

@test "warm and cold agree on answers of codegen16b" {
	check_identical HumanEval.jsonl.gz completions/codegen16b_x100.jsonl.gz 120
}

@test "data sets in other languages are refused, which says that nothing of them was compared" {
	for language in cpp java js; do
		needs_data "humaneval-x-$language.jsonl.gz"
		head -1 <(zcat "$shared/data/humaneval-x-$language.jsonl.gz") |
			jq -c '.language = "'$language'" | .entry_point = "f"' >suite.jsonl
		jq -c '{task_id, completion: "x"}' suite.jsonl >samples.jsonl
		assay_run score suite.jsonl --samples samples.jsonl
		expect 3
	done
}

@test "a cold run and a warm one are two runs, and each says which it is" {
	write_suite
	sample one "return a + b" >samples.jsonl
	for how in "" --cold; do
		# shellcheck disable=SC2086
		assay_run score suite.jsonl --samples samples.jsonl $how --json "card${how:-warm}.json"
		expect 0
	done
	[ "$(assay runs --json | jq length)" -eq 2 ]
}

# What a program can see of its own process, an expression a line: all but what docs/formats.md names.
facts() {
	cat <<-'EOF'
	[l for l in open("/proc/self/status") if l[:6] in ("SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd")]
	[l.split() for l in open("/proc/self/status") if l[:3] in ("Cap", "Uid", "Gid", "NoN", "Sec", "Gro")]
	[l.split() for l in open("/proc/self/status") if l[:4] in ("Thre", "NSpi", "FDSi")]
	len(__import__("os").sched_getaffinity(0))
	[__import__("signal").getsignal(n) for n in (2, 13, 17, 25)]
	[__import__("resource").getrlimit(n) for n in range(8)]
	[__import__("resource").getrlimit(n) for n in range(8, 16)]
	sorted(__import__("os").listdir("/proc/self/fd"))
	[__import__("os").readlink("/proc/self/fd/%d" % n)[:5] for n in range(3)]
	sorted(__import__("os").environ.items())
	open("/proc/self/cmdline").read().split("\0")[:4]
	open("/proc/self/oom_score_adj").read()
	open("/proc/self/cgroup").read()
	open("/proc/self/limits").read()[800:]
	__import__("os").getcwd()
	__import__("os").umask(0o22)
	__import__("os").uname()[1]
	__import__("os").getpriority(0, 0)
	__import__("os").getpgid(0) == __import__("os").getpid()
	__import__("os").getsid(0) == __import__("os").getpid()
	__import__("os").getppid()
	sorted(__import__("os").listdir("/"))
	sorted(__import__("os").listdir("/work") + __import__("os").listdir("/tmp"))
	sorted(__import__("os").listdir("/dev"))
	sorted(p for p in __import__("os").listdir("/proc") if p.isdigit()) == [str(p) for p in (1, __import__("os").getpid())]
	len(open("/proc/self/mountinfo").readlines()) > 5
	__import__("sys").argv
	__import__("sys").path
	__import__("sys").flags
	__import__("sys").getrecursionlimit()
	__import__("sys").getswitchinterval()
	__import__("sys").dont_write_bytecode
	__import__("sys").stdin.encoding, __import__("sys").stdout.encoding, __import__("sys").getfilesystemencoding()
	__import__("sys").stdout.line_buffering, __import__("sys").stdin.read()
	__import__("locale").getlocale()
	__import__("gc").isenabled(), __import__("gc").get_threshold()
	sorted(globals())
	__name__, __import__("sys").modules.get("__main__") is not None
	[k for k in sorted(__import__("builtins").__dict__) if k.islower()][-40:]
	type(__builtins__).__name__
	__import__("threading").current_thread().name, __import__("threading").active_count()
	__import__("multiprocessing").get_start_method()
	__import__("decimal").getcontext()
	__import__("math").fsum([0.1] * 10), 0.1 + 0.2
	len({__import__("random").random() for _ in range(9)})
	(lambda f: f(f, 0))(lambda f, n: f(f, n + 1) if n < 700 else n)
	EOF
}

@test "warm and cold programs see the same of their process" {
	write_suite
	cat >fact.py <<-'EOF'
	import json, sys
	for i, line in enumerate(sys.stdin):
	    body = f"    raise RuntimeError(repr(({line.strip()}))[:180])\n"
	    print(json.dumps({"task_id": "t/one", "completion": body}))
	EOF
	facts | /usr/bin/python3 fact.py >samples.jsonl
	score warm
	score cold --cold
	diff warm.verdicts cold.verdicts
	[ "$(jq -r .status warm.jsonl | grep -c runtime_error)" -eq "$(facts | grep -c '')" ]
}
