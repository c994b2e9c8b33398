"""What the Python peers share: the columns and bins of the tasks, and the protocol of measure.py.

A peer reads lines `TASK FILE...` and answers each with a line of JSON: CPU and wall seconds, contents of the histograms.
"""

import json
import sys
import time

LEPTON = ["pt", "eta", "phi", "mass", "charge"]
AXIS = ["pt", "eta", "phi"]


def of(collection, parts):
    return [f"{collection}_{part}" for part in parts]


COLUMNS = {
    1: ["MET_pt"],
    2: ["Jet_pt"],
    3: of("Jet", ["pt", "eta"]),
    4: ["Jet_pt", "MET_pt"],
    5: ["MET_pt", *of("Muon", LEPTON)],
    6: of("Jet", ["pt", "eta", "phi", "mass", "btag"]),
    7: of("Jet", AXIS) + of("Muon", AXIS) + of("Electron", AXIS),
    8: ["MET_pt", "MET_phi", *of("Muon", LEPTON), *of("Electron", LEPTON)],
}

BINS = 100
# Lower and upper end of each histogram.
RANGES = {1: [(0, 200)], 2: [(15, 60)], 3: [(15, 60)], 4: [(0, 200)], 5: [(0, 200)], 6: [(15, 40), (0, 1)], 7: [(15, 200)], 8: [(0, 200)]}


def serve(run):
    """Answers lines with `run(task, files)`, which returns the contents of the histograms, underflow first."""
    for line in sys.stdin:
        task, *files = line.split()
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            contents = run(int(task), files)
            took = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
            answer = took | {"histograms": [[int(n) for n in h] for h in contents]}
        except Exception as error:  # measure.py prints it, and goes on without this peer.
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
