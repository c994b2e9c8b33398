"""How fast a jagged column is read, against uproot and pyarrow: peers.py FOLDER. Needs numpy, uproot, awkward, pyarrow.

Reads column `x` or `v` of each ROOT file of FOLDER (runtime/root/tests/data/make_large.py makes them), and of Parquet files with the
same values, which it writes there. Reader and peer take turns, one core each; of seven rounds the median of the ratios of CPU
times is printed, and MB/s of values of the medians. Build first: cargo build --release -p adl-runtime --example read_column
"""

import glob
import os
import resource
import statistics
import subprocess
import sys
import time

import awkward as ak
import numpy as np
import pyarrow
import pyarrow.parquet as pq
import uproot

ROUNDS = 7
PASSES = 4
here = os.path.dirname(os.path.abspath(__file__))
target = os.environ.get("CARGO_TARGET_DIR", os.path.join(here, "../../target"))
program = os.path.join(target, "release/examples/read_column")
pyarrow.set_cpu_count(1)
pyarrow.set_io_thread_count(1)


def ours(path, tree, column):
    """CPU time of a pass, without the start of the process, and its number of values."""
    start, _ = run(path, tree, column, 0)
    spent, values = run(path, tree, column, PASSES)
    return (spent - start) / PASSES, values // PASSES


def run(path, tree, column, passes):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run([program, path, tree, column, str(passes)], capture_output=True, text=True)
    if said.returncode:
        sys.exit(said.stdout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, int(said.stdout)


def theirs(read):
    begin = time.process_time()
    for _ in range(PASSES):
        read()
    return (time.process_time() - begin) / PASSES


def compare(name, column, path, tree, peer, read):
    read()
    rounds = []
    for _ in range(ROUNDS):
        mine, values = ours(path, tree, column)
        rounds.append((mine, theirs(read)))
    mine, other = (statistics.median(side) for side in zip(*rounds))
    ratio = statistics.median(b / a for a, b in rounds)
    size = values * 4 / 1e6
    print(f"{name:24} {column:8} {peer:8} {size / mine:8.0f} {size / other:8.0f} {ratio:8.2f}", flush=True)


folder = sys.argv[1]
wanted = sys.argv[2] if len(sys.argv) > 2 else ""
random = np.random.default_rng(7)
counts = random.integers(0, 12, 1_000_000)
values = np.round(random.exponential(30, counts.sum()) * 128).astype(np.float32) / 128
table = pyarrow.table({"x": ak.to_arrow(ak.unflatten(values, counts), extensionarray=False, list_to32=True)})
for codec in ("none", "snappy", "zstd"):
    for dictionary in (False, True):
        path = os.path.join(folder, f"{codec}{'_dictionary' if dictionary else ''}.parquet")
        if not os.path.exists(path):
            pq.write_table(table, path, compression=codec, use_dictionary=dictionary, row_group_size=100_000)

print(f"{'file':24} {'column':8} {'peer':8} {'MB/s':>8} {'theirs':>8} {'ratio':>8}")
for path in sorted(glob.glob(os.path.join(folder, "*.*"))):
    name = os.path.basename(path)
    if wanted not in name:
        continue
    if name.endswith(".parquet"):
        compare(name, "x", path, "", "pyarrow", lambda: pq.read_table(path, columns=["x"], use_threads=False))
    elif name.endswith(".root"):
        for column in ("v",) if "ntuple" in name else ("x", "v"):

            def read():
                with uproot.open(path, array_cache=None, object_cache=None) as file:
                    return file["t"][column].array() if "tree" in name else file["t"].arrays([column])

            compare(name, column, path, "t", "uproot", read)
