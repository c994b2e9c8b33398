"""Computes chain.adl again, file by file, with uproot and awkward, and compares the sums with the results of adlc.

    check_chain.py FOLDER DATA.root...

FOLDER is the output of `adlc run chain.adl DATA.root...`. What a file does not have has the default that the analysis says;
the b tag is the first of two that a file has. Ends with a line that counts the comparisons; any difference is an error.
"""

import json
import sys

import awkward as ak
import numpy as np
import uproot

folder, *files = sys.argv[1:]
pt = np.zeros(42)
njets = np.zeros(12)
events = 0


def fill(histogram, values, low, width):
    """Adds counts, with underflow first and overflow last."""
    places = np.floor((np.asarray(values, dtype=np.float64) - low) / width).astype(int) + 1
    np.add.at(histogram, np.clip(places, 0, len(histogram) - 1), 1)


lacking = {"HLT_IsoMu24": [], "Jet_puId": []}
for name in files:
    tree = uproot.open(name)["Events"]
    jets = ak.zip({k: tree[f"Jet_{k}"].array() for k in ("pt", "jetId")})
    tag = tree["Jet_btagCMVA" if "Jet_btagCMVA" in tree else "Jet_btagDeepFlavB"].array()
    good = (jets.pt > 30) & (jets.jetId >= 2) & (ak.values_astype(tag, np.float64) > 0.1)
    if "Jet_puId" in tree:
        good = good & (tree["Jet_puId"].array() > 3)
    else:
        lacking["Jet_puId"].append(name)
    jets = jets[good]
    passes = ak.num(jets) >= 1
    if "HLT_IsoMu24" in tree:
        passes = passes | tree["HLT_IsoMu24"].array()
    else:
        lacking["HLT_IsoMu24"].append(name)
    events += int(ak.sum(passes))
    jets = jets[passes]
    fill(pt, ak.flatten(jets.pt), 0, 5)
    fill(njets, ak.num(jets), 0, 1)

with open(f"{folder}/cutflow.json") as file:
    rows = json.load(file)["regions"]["all"]
with open(f"{folder}/job.json") as file:
    defaults = json.load(file)["defaults"]
read = uproot.open(f"{folder}/histograms.root")
for what, found, expected in [
    ("events", rows[-1]["events"], events),
    ("pt", read["all/pt"].values(flow=True).tolist(), pt.tolist()),
    ("njets", read["all/njets"].values(flow=True).tolist(), njets.tolist()),
    ("defaults", {k: v["files"] for k, v in defaults.items()}, {k: v for k, v in lacking.items() if v}),
]:
    if found != expected:
        sys.exit(f"{what}: {found} instead of {expected}")
print(f"{len(files)} files: {1 + len(pt) + len(njets)} numbers agree, {events} events")
