"""Measures adlc, its peers and the floor on the eight tasks of the ADL functionality benchmark, in alternation.

    python3 tests/bench/measure.py [--events FILE] [--data FOLDER] [--rounds N] [--only PART,...] [--without PEER,...]

Makes the events (2 million, in target/bench, 3 GB; from examples/data/dy.parquet unless --events names others), builds adlc
and the programs in C++, installs the Python peers into target/bench/python unless ADL_BENCH_PYTHON names a Python that has
them, runs everything in alternation, prints tables, and writes the machine, the versions and every sample to
target/bench/results.json. Takes about 40 minutes. Peers that are not there are left out, and said to be.

A sample is the CPU time of one event loop in a process that has run the task before: for adlc without opening the file and
compiling the analysis, which have a table of their own, for the peers with opening the file and making their graph.
A round runs each peer once on each task and file; ratios are taken within a round, and what is printed are medians of nine
rounds.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from samples import Samples, difference, show_tasks, table, total

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
WORK = TARGET / "bench"
TASKS = range(1, 9)
CHAIN = 10
FILES = {
    "tree_zlib": "tree_zlib.root",
    "tree_lz4": "tree_lz4.root",
    "tree_zstd": "tree_zstd.root",
    "ntuple_zstd": "ntuple_zstd.root",
    "parquet_zstd": "parquet_zstd.parquet",
}
# What selective.py makes: here without its packages.
SELECTIVE = {"tree": "selective.root", "ntuple": "selective_ntuple.root", "parquet": "selective.parquet"}
ROOT_FILES = {"tree_zlib", "tree_lz4", "tree_zstd", "ntuple_zstd"}


class Peer:
    """A program that runs tasks when told to; `kinds` are the files that it reads."""

    def __init__(self, name, command, kinds, env=None):
        self.name, self.kinds, self.process = name, kinds, None
        self.command, self.env, self.log = [str(word) for word in command], env, WORK / f"{name}.log"

    def ask(self, task, files):
        self.send(task, files)
        return self.receive()

    def send(self, task, files):
        if self.process is None:
            log = open(self.log, "w")
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=self.env
            )
        self.process.stdin.write(f"{task} {' '.join(map(str, files))}\n")
        self.process.stdin.flush()

    def receive(self):
        while line := self.process.stdout.readline():
            if line.startswith("{"):
                answer = json.loads(line)
                if "error" in answer:
                    raise RuntimeError(f"{self.name}: {answer['error']}")
                return answer
        raise RuntimeError(f"{self.name} stopped: {self.log.read_text()[-500:]}")

    def stop(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()
            self.process = None


def run(*command, **more):
    return subprocess.run([str(word) for word in command], check=True, **more)


def output(*command):
    """What a command prints, or nothing if it cannot be run."""
    try:
        return subprocess.run([str(w) for w in command], check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def python():
    """A Python with the peers' packages."""
    if named := os.environ.get("ADL_BENCH_PYTHON"):
        return named
    folder, wanted = WORK / "python", BENCH / "requirements.txt"
    done = folder / "requirements.txt"
    if not done.exists() or done.read_text() != wanted.read_text():
        print(f"installing the packages of {wanted} into {folder}", flush=True)
        run(sys.executable, "-m", "venv", "--clear", folder)
        # The packages of ROOT are called pre-releases.
        run(folder / "bin/python", "-m", "pip", "install", "--quiet", "--pre", "--requirement", wanted)
        shutil.copy(wanted, done)
    return str(folder / "bin/python")


def build(interpreter, built):
    """Builds adlc and the programs in C++, unless they are `built`; the peers, and why some are not there."""
    if not built:
        run("cargo", "build", "--release", "--package", "adlc", "--package", "adl-bench", cwd=ROOT)
    bench = TARGET / "release/adl-bench"
    peers = [Peer("adlc", [bench, "adlc", 1], set(FILES)), Peer("floor", [bench, "floor"], ROOT_FILES)]
    absent = []

    def has(*modules):
        return subprocess.run([interpreter, "-c", f"import {', '.join(modules)}"], capture_output=True).returncode == 0

    def compiled(name, level, *options):
        program = WORK / name
        if built and program.exists():
            return program
        run("g++", "-std=c++17", level, BENCH / f"peers/{name}.cxx", "-o", program, *options)
        return program

    def peer(name, script, kinds, modules):
        if has(*modules):
            peers.append(Peer(name, [interpreter, BENCH / "peers" / script, 1], kinds))
        else:
            absent.append(f"{name}: {interpreter} does not have {', '.join(modules)}")

    if not shutil.which("g++"):
        absent.append("rdataframe, three_jets: there is no g++")
    else:
        compiled("three_jets", "-O3", "-march=native")
        where = output(interpreter, "-W", "ignore", "-c", "import os, ROOT; print(os.path.dirname(ROOT.__file__))")
        if where:
            libraries = "Core Imt RIO Net Hist ROOTVecOps Tree TreePlayer MathCore GenVector Thread ROOTNTuple ROOTDataFrame".split()
            places = [f"-I{where}/include", f"-L{where}/lib", f"-Wl,-rpath,{where}/lib", f"-Wl,-rpath-link,{where}/../root.libs"]
            program = compiled("rdataframe", "-O2", *places, "-pthread", *[f"-l{name}" for name in libraries])
            peers.append(Peer("rdataframe", [program, 1], ROOT_FILES))
    peer("rdataframe_jit", "rdataframe.py", ROOT_FILES, ["ROOT"])
    peer("awkward", "awkward_array.py", ROOT_FILES, ["uproot", "awkward", "vector"])
    peer("numba", "numba_loops.py", set(FILES), ["uproot", "pyarrow", "awkward", "numba"])
    peer("duckdb", "duckdb_queries.py", {"parquet_zstd"}, ["duckdb"])
    return peers, absent


def data(options, interpreter):
    """The folder with the files; made if they are not there."""
    folder = options.data or WORK / "data"
    missing = [name for name in FILES.values() if not (folder / name).exists()]
    if missing:
        run(interpreter, "-W", "ignore", BENCH / "events.py", options.events, folder)
    chains = WORK / "chain"
    shutil.rmtree(chains, ignore_errors=True)
    chains.mkdir(parents=True)
    for kind, name in FILES.items():
        for i in range(CHAIN):
            link = chains / f"{kind}_{i}{Path(name).suffix}"
            try:
                os.link((folder / name).resolve(), link)
            except OSError:  # Another file system.
                link.symlink_to((folder / name).resolve())
    return folder, chains


def tasks(part, chains_of, kinds, numbers, peers, rounds, samples, differ):
    """One event loop per task, file, peer and round. The first round is not kept: it loads libraries and files."""
    for kind in kinds:
        files, active = chains_of(kind), [p for p in peers if kind in p.kinds]
        for number in range(rounds + 1):
            print(f"\r{part} {kind}: round {number} of {rounds} ", end="", flush=True)
            for task in numbers:
                expected = None
                for peer in list(active):
                    try:
                        answer = peer.ask(task, files)
                    except RuntimeError as error:
                        print(f"\nleft out from here on: {error}", flush=True)
                        differ.append(f"{part} {kind} task {task}: {error}")
                        active.remove(peer)
                        continue
                    if number == 0:
                        expected = expected or answer["histograms"]
                        if moved := difference(expected, answer["histograms"]):
                            differ.append(f"{part} {kind} task {task}: {peer.name} and {active[0].name} differ by {moved} of {total(expected)} entries")
                    else:
                        samples.add(part, kind, task, peer.name, number, answer)
        for peer in active:
            peer.stop()
    print("\r" + " " * 60 + "\r", end="")


def three_jets(folder, rounds, samples):
    """What adlc takes for task 6 beyond decoding the columns, against the loop in C++."""
    bench, program = TARGET / "release/adl-bench", WORK / "three_jets"
    if not program.exists():
        return
    adlc, decode, loop = (Peer(name, command, set()) for name, command in [
        ("adlc", [bench, "adlc", 1]), ("decode", [bench, "decode"]), ("three_jets", [program])
    ])
    kinds = ["tree_lz4", "ntuple_zstd"]
    for kind in kinds:
        file, arrays = folder / FILES[kind], WORK / "three_jets.bin"
        run(bench, "arrays", file, arrays)
        for number in range(rounds + 1):
            whole, read, theirs = adlc.ask(6, [file]), decode.ask(6, [file]), loop.ask(6, [arrays])
            if number > 0:
                samples.add("compute", kind, 6, "adlc", number, {"cpu": whole["cpu"] - read["cpu"], "decode": read["cpu"]})
                samples.add("compute", kind, 6, "three_jets", number, theirs)
            elif moved := difference(whole["histograms"], theirs["histograms"]):
                print(f"not the same: three_jets and adlc differ by {moved} entries")
        arrays.unlink()
        for peer in (adlc, decode, loop):
            peer.stop()
    rows = [(name, [samples.median("compute", k, 6, name) for k in kinds]) for name in ("adlc", "three_jets")]
    rows.append(("adlc / three_jets", [samples.ratio("compute", k, 6, "adlc", "three_jets") for k in kinds]))
    table("Q6: CPU seconds beyond decoding the columns; three_jets is the loop in C++, g++ -O3 -march=native", kinds, rows)


def scaling(folder, rounds, samples):
    """How much faster two threads are than one, against two floors at once and one alone; by the clock."""
    bench = TARGET / "release/adl-bench"
    one, two = Peer("adlc", [bench, "adlc", 1], set()), Peer("adlc_2", [bench, "adlc", 2], set())
    floors = [Peer(f"floor_{i}", [bench, "floor"], set()) for i in range(2)]
    numbers, kinds = range(5, 9), ("tree_zstd", "ntuple_zstd")
    rows = []
    for kind in kinds:
        file = [folder / FILES[kind]]
        gains = {}
        for number in range(rounds + 1):
            for task in numbers:
                alone = floors[0].ask(task, file)["wall"]
                if number == 0:
                    floors[1].ask(task, file)  # Finds its blocks.
                for floor in floors:
                    floor.send(task, file)
                both = max(floor.receive()["wall"] for floor in floors)
                walls = [peer.ask(task, file)["wall"] for peer in (one, two)]
                if number > 0:
                    gain = {"floor": 2 * alone / both, "adlc": walls[0] / walls[1]}
                    samples.add("two threads", kind, task, "adlc", number, gain)
                    gains.setdefault(task, []).append(gain)
        for name in ("floor", "adlc"):
            rows.append((f"{kind}: {name}", [statistics.median(g[name] for g in gains[t]) for t in numbers]))
        rows.append(("  adlc / floor", [statistics.median(g["adlc"] / g["floor"] for g in gains[t]) for t in numbers]))
        for peer in (one, two, *floors):
            peer.stop()
    table("two threads: how many times faster than one (floor: two at once against one alone)", [f"Q{n}" for n in numbers], rows)


def start(folder, rounds, samples):
    """The whole process on a file of 1000 events, and its parts as --timings has them."""
    adlc, to = TARGET / "release/adlc", WORK / "out"
    rows = []
    for number in range(rounds + 1):
        for task in TASKS:
            shutil.rmtree(to, ignore_errors=True)
            command = [adlc, "run", ROOT / f"examples/benchmarks/task{task}.adl", folder / "small.root", "-j", 1, "-o", to, "--timings"]
            begin = time.perf_counter()
            process = subprocess.Popen([str(w) for w in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            report = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            wall = 1e3 * (time.perf_counter() - begin)
            if status != 0:
                raise SystemExit(report)
            parts = {line.rsplit(maxsplit=2)[0].strip(): float(line.split()[-2]) for line in report.splitlines() if line.endswith(" ms")}
            answer = {"whole": wall, "cpu": 1e3 * (usage.ru_utime + usage.ru_stime), "parts": parts}
            answer["before"] = parts["parse, open inputs, check"] + parts["lower, place, compile"]
            if number > 0:
                samples.add("start", "small", task, "adlc", number, answer)
    for name, key in (("whole process", "whole"), ("its CPU time", "cpu"), ("main to event loop", "before")):
        rows.append((name, [samples.median("start", "small", t, "adlc", key=key) for t in TASKS]))
    table("start: milliseconds by the clock, adlc run on the first 1000 events", [f"Q{n}" for n in TASKS], rows)


def memory(folder, chains, samples):
    """The most memory that a process of adlc has of its own; pages of the files that are mapped do not count."""
    adlc, to = TARGET / "release/adlc", WORK / "out"
    rows = []
    for kind, name in FILES.items():
        suffix = Path(name).suffix
        for label, files in ((kind, [folder / name]), (f"{kind} x {CHAIN}", [chains / f"{kind}_{i}{suffix}" for i in range(CHAIN)])):
            peaks = []
            for task in TASKS:
                shutil.rmtree(to, ignore_errors=True)
                command = [adlc, "run", ROOT / f"examples/benchmarks/task{task}.adl", *files, "-j", 1, "-o", to]
                process = subprocess.Popen([str(w) for w in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                own = 0
                while process.poll() is None:
                    own = max(own, anonymous(process.pid))
                    time.sleep(0.002)
                samples.add("memory", label, task, "adlc", 1, {"own": own})
                peaks.append(own / 1e6)
            rows.append((label, peaks))
    table("memory: most megabytes that the process has of its own, without mapped pages of the files", [f"Q{n}" for n in TASKS], rows)


def anonymous(process):
    """Bytes of memory that are not pages of a file (Linux)."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon"))


def selective(interpreter, rounds, samples):
    """An analysis that one event in 10,000 survives, with 40 columns behind its cut, against one that selects all events."""
    adlc, folder, to = TARGET / "release/adlc", WORK / "selective", WORK / "out"
    if not all((folder / name).exists() for name in SELECTIVE.values()):
        run(interpreter, "-W", "ignore", BENCH / "selective.py", folder)
    names, kinds = ("selective", "everything"), list(SELECTIVE)
    for number in range(rounds + 1):
        for kind in kinds:
            for name in names:
                shutil.rmtree(to, ignore_errors=True)
                command = [adlc, "run", folder / f"{name}.adl", folder / SELECTIVE[kind], "-j", 1, "-o", to]
                process = subprocess.Popen([str(w) for w in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                _, status, usage = os.wait4(process.pid, 0)
                if status != 0:
                    raise SystemExit(f"{name} fails on {kind}")
                if number > 0:
                    samples.add("selective", kind, 1, name, number, {"cpu": usage.ru_utime + usage.ru_stime})
    rows = [(name, [samples.median("selective", k, 1, name) for k in kinds]) for name in names]
    rows.append(("everything / selective", [samples.ratio("selective", k, 1, "everything", "selective") for k in kinds]))
    shares = []
    for kind in kinds:
        profile = json.loads(output(adlc, "profile", folder / "selective.adl", folder / SELECTIVE[kind], "--json"))
        behind = [c for c in profile["columns"] if c["column"] != "trigger"]
        shares.append(sum(c["skipped"] for c in behind) / sum(c["segments"] for c in behind))
    rows.append(("skipped behind the cut", shares))
    table("selective: CPU seconds of the whole process, 1M events, one in 10,000 survives, 40 columns behind the cut", kinds, rows)


def machine(interpreter):
    cpu = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    packages = "import importlib.metadata as m, json; print(json.dumps({d.metadata['Name']: d.version for d in m.distributions()}))"
    installed = json.loads(output(interpreter, "-c", packages) or "{}")
    wanted = [line.strip().lower() for line in (BENCH / "requirements.txt").read_text().splitlines() if line and line[0] != "#"]
    return {
        "cpu": cpu[0] if cpu else platform.processor(),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "system": platform.platform(),
        "adlc": output("git", "-C", ROOT, "describe", "--always", "--dirty"),
        "rustc": output("rustc", "--version"),
        "g++": output("g++", "--version").split("\n")[0],
        "python": output(interpreter, "--version"),
        "packages": {name: version for name, version in sorted(installed.items()) if name.lower() in wanted},
    }


PARTS = ("tasks", "chain", "compute", "start", "threads", "memory", "selective")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=Path, default=ROOT / "examples/data/dy.parquet", help="events that those measured with are made of")
    parser.add_argument("--data", type=Path, help="a folder with the files, made before")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", type=lambda text: text.split(","), default=PARTS, help=f"of {', '.join(PARTS)}")
    parser.add_argument("--files", type=lambda text: text.split(","), default=list(FILES), help=f"of {', '.join(FILES)}")
    parser.add_argument("--built", action="store_true", help="the programs are built")
    parser.add_argument("--without", type=lambda text: text.split(","), default=[], help="peers to leave out")
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    interpreter = python()
    peers, absent = build(interpreter, options.built)
    peers = [peer for peer in peers if peer.name not in options.without]
    folder, chains = data(options, interpreter)
    about, samples, differ = machine(interpreter), Samples(), []
    print(json.dumps(about, indent=1), flush=True)

    def one(kind):
        return [folder / FILES[kind]]

    def ten(kind):
        return [chains / f"{kind}_{i}{Path(FILES[kind]).suffix}" for i in range(CHAIN)]

    if "tasks" in options.only:
        tasks("tasks", one, options.files, TASKS, peers, options.rounds, samples, differ)
        show_tasks("tasks", options.files, TASKS, peers, samples)
    if "chain" in options.only:
        tasks("chain", ten, options.files, range(1, 5), peers, options.rounds, samples, differ)
        show_tasks("chain", options.files, range(1, 5), peers, samples)
    if "compute" in options.only:
        three_jets(folder, options.rounds, samples)
    if "start" in options.only:
        start(folder, options.rounds, samples)
    if "threads" in options.only:
        scaling(folder, options.rounds, samples)
    if "memory" in options.only:
        memory(folder, chains, samples)
    if "selective" in options.only:
        selective(interpreter, options.rounds, samples)
    for line in absent:
        print(f"not there: {line}")
    for line in differ:
        print(f"not the same: {line}")
    results = {"machine": about, "rounds": options.rounds, "absent": absent, "differ": differ, "samples": samples.all}
    (WORK / "results.json").write_text(json.dumps(results))
    print(f"all samples: {WORK / 'results.json'}")


if __name__ == "__main__":
    main()
