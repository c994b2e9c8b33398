"""Compares the results of adlc on outputs.adl with what other programs read in them, and with what awkward computes.

    check_outputs.py FOLDER DATA.root

FOLDER is the output of `adlc run outputs.adl DATA.root`. Each histogram is read from histograms.json by hist (after
validation by uhi.schema), and from histograms.root by uproot and by ROOT, if it is installed; all must have equal
contents, errors, entries, means and titles. The selection is then computed again from the data with uproot and awkward,
and every bin compared. Ends with a line that counts the comparisons; any difference is an error.
"""

import csv
import json
import math
import subprocess
import sys
import warnings

import awkward as ak
import hist
import numpy as np
import pyarrow.parquet
import uhi.io.json
import uproot

compared = 0


def equal(what, found, expected, tolerance=0.0):
    """Fails unless both are equal: to the bit, or to a relative tolerance."""
    global compared
    found, expected = np.asarray(found), np.asarray(expected)
    same = found.shape == expected.shape
    if same and tolerance:
        same = np.allclose(found, expected, rtol=tolerance, atol=1e-12)
    elif same:
        same = np.array_equal(found, expected)
    if not same:
        sys.exit(f"{what}: {found.tolist()} instead of {expected.tolist()}")
    compared += found.size


def with_flow(h, values):
    """The array with flow bins on every axis, zeros where the axis has none: the layout of ROOT."""
    pads = [(0 if a.traits.underflow else 1, 0 if a.traits.overflow else 1) for a in h.axes]
    return np.pad(values, pads)


def check_with_uproot(name, h, read):
    title, entries = h.metadata_of_adlc["label"], h.metadata_of_adlc["entries"]
    equal(f"{name}: title", read.title, title)
    equal(f"{name}: entries", read.member("fEntries"), entries)
    for axis, letter in zip(h.axes, "xyz"):
        found = read.axis(letter)
        if isinstance(axis, hist.axis.StrCategory):
            equal(f"{name}: labels", found.labels(), list(axis))
        else:
            # Boost rounds the edges between the ends otherwise.
            equal(f"{name}: edges", found.edges(), axis.edges, 1e-14)
            equal(f"{name}: axis title", found.member("fTitle"), axis.label)
    # The mean of an empty bin is nothing to compare.
    if read.classname == "TProfile":
        filled = read.counts(flow=True) != 0
        equal(f"{name}: filled", h.counts(flow=True) != 0, filled)
        equal(f"{name}: means", h.values(flow=True)[filled], read.values(flow=True)[filled], 1e-14)
    else:
        equal(f"{name}: contents", with_flow(h, h.values(flow=True)), read.values(flow=True))
        equal(f"{name}: variances", with_flow(h, h.variances(flow=True)), read.variances(flow=True))


def check_with_root(name, h, read):
    equal(f"{name}: ROOT title", read.GetTitle(), h.metadata_of_adlc["label"])
    equal(f"{name}: ROOT entries", read.GetEntries(), h.metadata_of_adlc["entries"])
    shape = [axis.extent + (not axis.traits.underflow) + (not axis.traits.overflow) for axis in h.axes]
    profile = read.InheritsFrom("TProfile")
    contents, errors = np.zeros(shape), np.zeros(shape)
    for cell in np.ndindex(*shape):
        number = read.GetBin(*map(int, cell))
        contents[cell], errors[cell] = read.GetBinContent(number), read.GetBinError(number)
    if profile:
        filled = h.counts(flow=True) != 0
        equal(f"{name}: ROOT means", contents[filled], h.values(flow=True)[filled], 1e-14)
        # The error of a mean is that of the spread; ROOT divides by n where hist divides by n - 1.
        effective = np.array([read.GetBinEffectiveEntries(i) for i in range(shape[0])])
        enough = effective > 1.5
        deviations = "_sum_of_weighted_deltas_squared" if weighted(h) else "_sum_of_deltas_squared"
        variance = h.view(flow=True)[deviations][enough] / (sums(h) if weighted(h) else h.counts(flow=True))[enough]
        expected = np.sqrt(np.abs(variance) / effective[enough])
        equal(f"{name}: ROOT errors of means", errors[enough], expected, 1e-6)
    else:
        equal(f"{name}: ROOT contents", contents, with_flow(h, h.values(flow=True)))
        equal(f"{name}: ROOT errors", errors, np.sqrt(with_flow(h, h.variances(flow=True))))


def weighted(h):
    return h.storage_type is hist.storage.WeightedMean


def sums(h):
    return h.view(flow=True)["sum_of_weights"]


# The same selection, event by event in arrays.


def objects(events, name, fields):
    return ak.zip({field: widened(events[f"{name}_{field}"]) for field in fields})


def widened(array):
    return ak.values_astype(array, np.float64) if "float" in str(array.type) else array


def four_momentum(o):
    px, py, pz = o.pt * np.cos(o.phi), o.pt * np.sin(o.phi), o.pt * np.sinh(o.eta)
    return px, py, pz, np.sqrt(px**2 + py**2 + pz**2 + o.mass**2)


def computed(events):
    """All histograms again: name to (values per axis, weights, value that is averaged or None); and the cutflow."""
    weight = widened(events["genWeight"])
    muons = objects(events, "Muon", ["pt", "eta", "phi", "mass", "charge", "mediumId", "pfRelIso04_all"])
    good = muons[(muons.pt > 20) & (abs(muons.eta) < 2.4)]
    good = good[good.mediumId]
    good = good[good.pfRelIso04_all < 0.15]
    a, b = ak.unzip(ak.combinations(good, 2))
    opposite = a.charge + b.charge == 0
    a, b = a[opposite], b[opposite]
    px, py, pz, e = (p + q for p, q in zip(four_momentum(a), four_momentum(b)))
    pairs = ak.zip({"mass": np.sqrt(e**2 - px**2 - py**2 - pz**2), "pt": np.hypot(px, py), "a": a.pt, "b": b.pt})
    z = ak.firsts(pairs[ak.argsort(abs(pairs.mass - 91.1876), axis=1)])

    passed = np.ones(len(weight), bool)
    rows = [(passed, np.ones(len(weight))), (passed, weight)]
    for cut in [events["HLT_IsoMu24"], ak.num(good) >= 2, ~ak.is_none(z), (z.mass >= 60) & (z.mass <= 120)]:
        passed = passed & ak.to_numpy(ak.fill_none(cut, False))
        rows.append((passed, weight))
    w, z, met = weight[passed], z[passed], widened(events["MET_pt"])
    mass, pt = ak.to_numpy(z.mass), ak.to_numpy(z.pt)
    third = ak.to_numpy(ak.drop_none(ak.firsts(muons.pt[:, 2:])))
    ones = np.ones(len(weight))
    histograms = {
        "dimuon/mass": ([mass], w, None),
        "dimuon/narrow": ([mass], w, None),
        "dimuon/pt": ([pt], w, None),
        "dimuon/muonPt": ([np.concatenate([z.a, z.b])], np.concatenate([w, w]), None),
        "dimuon/plane": ([mass, pt], w, None),
        "dimuon/box": ([mass, pt, met[passed]], w, None),
        "dimuon/meanPt": ([mass], w, pt),
        "dimuon/bins": ([np.digitize(pt, [5, 20, 40])], w, None),
        "all/met": ([met], ones, None),
        "all/third": ([third], np.ones(len(third)), None),
        "all/bins": ([np.digitize(met, [40])[met >= 20]], ones[met >= 20], None),
        "all/jets": ([met], ones, ak.to_numpy(ak.num(events["Jet_pt"]))),
    }
    return histograms, {"dimuon": rows, "all": [(np.ones(len(weight), bool), ones)]}


def check_with_awkward(name, h, axes, weight, averaged):
    filled = hist.Hist(*h.axes, storage=h.storage_type())
    if isinstance(h.axes[0], hist.axis.StrCategory):
        axes = [[h.axes[0].value(int(i)) for i in axes[0]]]
    arguments = {} if averaged is None else {"sample": averaged}
    if h.storage_type is not hist.storage.Mean:
        arguments["weight"] = weight
    filled.fill(*axes, **arguments)
    equal(f"{name}: entries", h.metadata_of_adlc["entries"], len(weight))
    if averaged is None:
        equal(f"{name}: computed", h.values(flow=True), filled.values(flow=True))
        equal(f"{name}: computed variances", h.variances(flow=True), filled.variances(flow=True))
        return
    counts = filled.counts(flow=True)
    equal(f"{name}: computed counts", h.counts(flow=True), counts, 1e-12)
    # Boost's running mean is lost where a running sum of weights of both signs is 0.
    several = (counts > 1.5) & np.isfinite(filled.values(flow=True))
    equal(f"{name}: computed means", h.values(flow=True)[several], filled.values(flow=True)[several], 1e-9)
    if weighted(h):
        # Weights of both signs have no spread that the packages agree on.
        equal(f"{name}: computed sums", sums(h), sums(filled))
    else:
        spread = h.view(flow=True).variance[several], filled.view(flow=True).variance[several]
        equal(f"{name}: computed spread", *spread, 1e-6)


def check_saved(folder, events, passed):
    """The table of the selected events, as csv and as Parquet, against the arrays."""
    with open(f"{folder}/saved/dimuon/pairs.csv", encoding="utf-8", newline="") as text:
        header, *lines = csv.reader(text)
    table = pyarrow.parquet.read_table(f"{folder}/saved/dimuon/pairs2.parquet")
    equal("saved columns", header, table.column_names)
    equal("saved columns", header, ["mass", "mu", "MET", "third", "charge(Muon[2])", "nJet", "kind"])
    muon_pt = widened(events["Muon_pt"])[passed]
    third = ak.firsts(muon_pt[:, 2:])
    charge = ak.firsts(events["Muon_charge"][passed][:, 2:])
    expected = {
        "MET": widened(events["MET_pt"])[passed],
        "third": third,
        "charge(Muon[2])": charge,
        "nJet": ak.num(events["Jet_pt"])[passed],
    }
    for name, array in expected.items():
        values, number = ak.to_list(array), header.index(name)
        equal(f"saved {name}", [v is None for v in values], [v is None for v in table[name].to_pylist()])
        there = [v for v in values if v is not None]
        equal(f"saved {name}", [v for v in table[name].to_pylist() if v is not None], there)
        equal(f"saved {name} as text", [float(line[number]) for line in lines if line[number]], there)
        equal(f"saved {name} as text", [line[number] == "" for line in lines], [v is None for v in values])
    for number, name in enumerate(header):
        column = table[name].to_pylist()
        if name in ("mass", "nJet", "MET"):
            equal(f"{name}: csv and Parquet", [float(line[number]) for line in lines], column)
        elif name == "mu":
            equal(f"{name}: csv and Parquet", [[float(x) for x in line[number].split(" ")] for line in lines], column)
        elif name == "kind":
            equal(f"{name}: csv and Parquet", [line[number] for line in lines], column)
            equal(name, sorted(set(column)), ["more, it is said", "two"])
    return table


def same_column(what, before, after):
    """A copied column: sizes of its lists, type and values, to the bit."""
    if before.ndim > 1:
        equal(f"{what}: sizes", ak.to_numpy(ak.num(before)), ak.to_numpy(ak.num(after)))
        before, after = ak.flatten(before), ak.flatten(after)
    before, after = ak.to_numpy(before), ak.to_numpy(after)
    equal(f"{what}: type", str(after.dtype), str(before.dtype))
    equal(what, after, before)


def check_skim(folder, events, passed):
    """The skim of the selected events: every column, to the bit, and the sums of all events that were processed."""
    file = pyarrow.parquet.ParquetFile(f"{folder}/saved/dimuon/skim.parquet")
    table = ak.from_arrow(file.read())
    equal("skimmed columns", file.schema_arrow.names, events.fields)
    for name in events.fields:
        same_column(f"skimmed {name}", events[name][passed], table[name])
    weight = widened(events["genWeight"])
    kept = {key.decode(): value.decode() for key, value in file.metadata.metadata.items()}
    equal("skimmed from", int(kept["adlc.events"]), len(weight))
    equal("sum of weights", float(kept["adlc.sum.genWeight"]), math.fsum(weight))
    equal("sum of squared weights", float(kept["adlc.sum2.genWeight"]), math.fsum(weight**2))


def check_tree(folder, events, passed, table):
    """The skim of the selected events as a tree, and the table with one, as uproot and ROOT read them."""
    file = uproot.open(f"{folder}/saved/dimuon/tree.root")
    tree = file["Events"]
    equal("branches", sorted(tree.keys()), sorted(events.fields))
    for name in events.fields:
        same_column(f"tree {name}", events[name][passed], tree[name].array())
    weight = widened(events["genWeight"])
    origin = {name: array.tolist() for name, array in file["origin"].arrays(library="np").items()}
    expected = [[len(weight)], [math.fsum(weight)], [math.fsum(weight**2)]]
    equal("origin", [origin[name] for name in ("events", "sum_genWeight", "sum2_genWeight")], expected)
    rows = uproot.open(f"{folder}/saved/dimuon/pairs3.root")["pairs3"]
    equal("branches", rows.keys(), ["mass", "n_mu", "mu", "charge_Muon_2", "nJet", "MET_30"])
    equal("tree mass", rows["mass"].array(library="np"), table["mass"].to_numpy())
    equal("tree nJet", rows["nJet"].array(library="np"), table["nJet"].to_numpy())
    equal("tree mu", ak.to_list(rows["mu"].array()), table["mu"].to_pylist())
    equal("tree MET", rows["MET_30"].array(library="np"), table["MET"].to_numpy() > 30)
    charge = [float("nan") if c is None else c for c in table["charge(Muon[2])"].to_pylist()]
    equal("tree charge", np.nan_to_num(rows["charge_Muon_2"].array(library="np"), nan=99), np.nan_to_num(charge, nan=99))


def check_published(folder, file):
    """The published counts, as JSON and as histograms."""
    of = ["all events", "MET 20 to 40", "MET >= 40"]
    with open(f"{folder}/counts.json", encoding="utf-8") as text:
        regions = json.load(text)["regions"]
    equal("published", sorted(regions), ["all"])
    paper = regions["all"]["paper"]
    equal("published of", paper["of"], of)
    expected = {
        "est": ([6, 4.5, 1], [math.hypot(3.6, 1.5), 2.5, 1], [math.hypot(0.6, 1.5), 2.5, 0.5]),
        "obs": ([5, 3, 0], None, None),
    }
    equal("processes", sorted(paper["processes"]), sorted(expected))
    equal("published stat", paper["processes"]["est"]["stat"]["up"], [3.6, 2, 1])
    for name, (values, up, down) in expected.items():
        equal(f"published {name}", paper["processes"][name]["values"], values)
        read = file[f"all/paper/{name}"]
        equal(f"published {name}", read.axis().labels(), of)
        equal(f"published {name}", read.values(), values)
        for side, sizes in (("up", up), ("down", down)):
            if sizes is not None:
                equal(f"published {name} {side}", file[f"all/paper/{name}_{side}"].values(), sizes, 1e-14)


def mean_of(axes, weight, h):
    """The mean of the first axis' values inside all axes, which is not that of the bins."""
    ends = [(axis.edges[0], axis.edges[-1]) for axis in h.axes]
    inside = np.all([(low <= x) & (x < high) for x, (low, high) in zip(axes, ends)], axis=0)
    return math.fsum((axes[0] * weight)[inside]) / math.fsum(weight[inside])


def main(folder, data):
    path = f"{folder}/histograms.json"
    validation = subprocess.run([sys.executable, "-m", "uhi.schema", path], capture_output=True, text=True, check=False)
    if validation.returncode != 0:
        sys.exit(f"uhi.schema: {validation.stdout}{validation.stderr}")
    with open(path, encoding="utf-8") as text:
        stored = json.load(text, object_hook=uhi.io.json.object_hook)
    file = uproot.open(f"{folder}/histograms.root")
    names = {n for n, c in file.classnames(cycle=False).items() if c.startswith("T") and c != "TDirectory"}
    names = {n for n in names if not n.startswith("all/paper/")}
    equal("names", sorted(n for n in names if not n.endswith("/cutflow")), sorted(stored))

    root = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import ROOT

        root = ROOT.TFile.Open(f"{folder}/histograms.root")
    except ImportError:
        print("skipped: Python has no package ROOT (see ADL_PYTHON)")

    events = uproot.open(data)["Events"].arrays()
    histograms, cutflows = computed(events)
    equal("names", sorted(stored), sorted(histograms))
    for name, document in stored.items():
        h = hist.Hist(document)
        h.metadata_of_adlc = document["metadata"]
        axes, weight, averaged = histograms[name]
        check_with_uproot(name, h, file[name])
        check_with_awkward(name, h, axes, weight, averaged)
        if root:
            check_with_root(name, h, root.Get(name))
            if not isinstance(h.axes[0], hist.axis.StrCategory):
                equal(f"{name}: ROOT mean", root.Get(name).GetMean(), mean_of(axes, weight, h), 1e-12)

    with open(f"{folder}/cutflow.json", encoding="utf-8") as text:
        regions = json.load(text)["regions"]
    equal("regions", sorted(regions), sorted(cutflows))
    for region, rows in cutflows.items():
        found = regions[region]
        equal(f"{region}: rows", len(found), len(rows))
        for row, (passed, weight) in zip(found, rows):
            name = f"{region}: {row['text']}"
            equal(name, row["events"], int(passed.sum()))
            equal(f"{name}: weights", row["sumw"], math.fsum(weight[passed]))
            equal(f"{name}: squared weights", row["sumw2"], math.fsum(weight[passed] ** 2))
        in_root = file[f"{region}/cutflow"]
        equal(f"{region}: labels", in_root.axis().labels(), [row["text"] for row in found])
        equal(f"{region}: bins", in_root.values(), [row["sumw"] for row in found])

    check_published(folder, file)
    check_skim(folder, events, cutflows["dimuon"][-1][0])
    table = check_saved(folder, events, cutflows["dimuon"][-1][0])
    check_tree(folder, events, cutflows["dimuon"][-1][0], table)
    equal("saved mass", table["mass"].to_numpy(), histograms["dimuon/mass"][0][0], 1e-13)

    programs = "uproot, hist, uhi and awkward" + (", ROOT" if root else "")
    print(f"counted: peer checks: {len(stored)} histograms, {compared} numbers agree with {programs}")


main(*sys.argv[1:])
