"""Compares what adlc keeps of the tree `Runs` of NanoAOD files with what uproot reads in it.

    check_metadata.py FOLDER DATA.root

FOLDER is the output of `adlc run` on DATA.root. Sums over the entries of the tree are exact in both (math.fsum). Ends with
a line that counts the comparisons; any difference is an error.
"""

import json
import math
import sys

import uproot

folder, data = sys.argv[1:]
with open(f"{folder}/job.json") as file:
    found = json.load(file)["metadata"]["total"]
tree = uproot.open(data)["Runs"]


def column(name):
    """The column of this name, with an underscore at its end in some versions."""
    return next((tree[k].array(library="np").tolist() for k in (name, f"{name}_") if k in tree), None)


expected = {}
weights = column("genEventSumw")
for name, of in {"events": "genEventCount", "sumw": "genEventSumw", "sumw2": "genEventSumw2"}.items():
    values = column(of)
    if values is not None:
        expected[name] = math.fsum(values)
# These are stored as ratios to the sum of weights of the entry.
for name, of in {"sumwScale": "LHEScaleSumw", "sumwPdf": "LHEPdfSumw"}.items():
    values = column(of)
    if values is not None:
        products = [[v * w for v in entry] for entry, w in zip(values, weights)]
        expected[name] = [math.fsum(place) for place in zip(*products)]
if found != expected:
    sys.exit(f"{found} instead of {expected}")
numbers = sum(len(v) if isinstance(v, list) else 1 for v in expected.values())
print(f"{data}: {numbers} sums agree")
