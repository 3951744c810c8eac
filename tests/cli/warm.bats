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
		--results "$how.jsonl" --fresh -q --wall 5m "$@"
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
	check_identical HumanEvalPlus-OriginFmt.jsonl.gz reference 40 --cpu 30s
}

@test "warm and cold agree on answers of gpt4o" {
	check_identical HumanEval.jsonl.gz completions/gpt4o.jsonl.gz 164
}

@test "warm and cold agree on answers of gpt4o under HumanEvalPlus's tests" {
	check_identical HumanEvalPlus-OriginFmt.jsonl.gz completions/gpt4o.jsonl.gz 40 --cpu 30s
}

@test "warm and cold agree on whole programs of gpt4" {
	check_identical HumanEval.jsonl.gz completions/gpt4_whole_programs.jsonl.gz 164
}

@test "warm and cold agree on answers of mistral7b" {
	check_identical HumanEval.jsonl.gz completions/mistral7b_x10.jsonl.gz 300
}

@test "warm and cold agree on answers of codegen16b" {
	check_identical HumanEval.jsonl.gz completions/codegen16b_x100.jsonl.gz 300
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
