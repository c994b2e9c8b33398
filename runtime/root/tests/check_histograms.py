"""Checks a file of histograms against expected values: check_histograms.py (uproot|root) FILE EXPECTED.json

With uproot: titles, axes, labels, contents, errors, entries, statistics. With ROOT: the same through TH1's methods, and
against histograms that ROOT itself fills with the same entries; then hadd of the file with itself.
"""

import json
import math
import os
import subprocess
import sys
import tempfile


def equal(found, expected, what):
    assert found == expected, f"{what}: {found!r} instead of {expected!r}"


def close(found, expected, what, relative=1e-11):
    found, expected = list(found), list(expected)
    equal(len(found), len(expected), f"{what}: number of values")
    for i, (a, b) in enumerate(zip(found, expected)):
        same = math.isclose(a, b, rel_tol=relative, abs_tol=1e-9)
        assert same or (math.isnan(a) and math.isnan(b)), f"{what}[{i}]: {a} instead of {b}"


def edges_of(bins):
    if "edges" in bins:
        return bins["edges"]
    return [bins["lo"] + (bins["hi"] - bins["lo"]) / bins["n"] * i for i in range(bins["n"] + 1)]


def moments(stats, axis):
    """Mean and standard deviation along an axis from the sums of TH1::GetStats."""
    wx = [2, 4, 7][axis]
    if stats[0] == 0:
        return 0, 0
    mean = stats[wx] / stats[0]
    return mean, math.sqrt(abs(stats[wx + 1] / stats[0] - mean**2))


STATS = {
    "TH1D": "w w2 wx wx2",
    "TH2D": "w w2 wx wx2 wy wy2 wxy",
    "TH3D": "w w2 wx wx2 wy wy2 wxy wz wz2 wxz wyz",
    "TProfile": "w w2 wx wx2 wy wy2",
    "TProfile2D": "w w2 wx wx2 wy wy2 wxy wz wz2",
    "TProfile3D": "w w2 wx wx2 wy wy2 wxy wz wz2 wxz wyz wt wt2",
}


def check_with_uproot(path, expected):
    import uproot

    # Once with uproot's own models, once with models made from the file's descriptions of the classes.
    check_models_with_uproot(path, expected)
    described = ("TH1", "TH2", "TH3", "TProfile", "TAxis", "TAtt")
    models = {name: model for name, model in uproot.classes.items() if not name.startswith(described)}
    assert "TH1D" not in models and "TList" in models
    check_models_with_uproot(path, expected, custom_classes=models)


def check_models_with_uproot(path, expected, **options):
    import importlib.util

    import uproot

    have_hist = importlib.util.find_spec("hist") is not None
    if not have_hist:
        print("skipped: conversion to hist, which Python does not have")
    with uproot.open(path, **options) as file:
        classes = {key.split(";")[0]: name for key, name in file.classnames(recursive=True).items()}
        listed = {key for key, name in classes.items() if name != "TDirectory"}
        equal(listed, {e["path"] for e in expected}, "objects of the file")
        for e in expected:
            what = e["path"]
            equal(classes[what], e["class"], f"{what}: class")
            found = file[what]
            if e["class"] == "TObjString":
                equal(str(found), e["text"], what)
                continue
            equal(found.title, e["title"], f"{what}: title")
            for letter, a in zip("xyz", e["axes"]):
                axis = found.member(f"f{letter.upper()}axis")
                equal(axis.member("fTitle"), a["title"], f"{what}: {letter} title")
                equal(axis.labels(), a["bins"].get("labels"), f"{what}: {letter} labels")
                close(axis.edges(), edges_of(a["bins"]), f"{what}: {letter} edges")
            if len(e["axes"]) < 3:
                axis = found.member(["fYaxis", "fZaxis"][len(e["axes"]) - 1])
                equal(axis.member("fTitle"), e["content_title"], f"{what}: title of contents")
            equal(found.member("fNcells"), len(e["contents"]), f"{what}: cells")
            equal(found.member("fEntries"), e["entries"], f"{what}: entries")
            equal(list(found.bases[-1].bases[-1]) if "bin_entries" in e else list(found.bases[-1]), e["contents"], what)
            equal(list(found.member("fSumw2")), e["sumw2"], f"{what}: sumw2")
            stats = [found.member("fTsum" + name) for name in STATS[e["class"]].split()]
            equal(stats, e["stats"], f"{what}: statistics")
            if "bin_entries" in e:
                equal(list(found.member("fBinEntries")), e["bin_entries"], f"{what}: entries per bin")
                equal(list(found.member("fBinSumw2")), e["bin_sumw2"], f"{what}: w^2 per bin")
            else:
                # uproot numbers bins with the last axis fastest.
                close(found.values(flow=True).T.ravel(), e["contents"], f"{what}: values")
                close(found.variances(flow=True).T.ravel(), e["sumw2"], f"{what}: variances")
                if have_hist:
                    found.to_hist()
        streamers = set(file.file.streamers)
        for needed in {e["class"] for e in expected} | {"TH1", "TAxis", "THashList", "TObject"}:
            assert needed in streamers, f"the file does not describe {needed}"


def fill_with_root(ROOT, e):
    """The histogram as ROOT fills it."""
    from array import array

    arguments = []
    # A TH3D has no constructor that mixes equal bins and edges.
    mixed = len(e["axes"]) == 3
    for bins in (a["bins"] for a in e["axes"]):
        edges = edges_of(bins)
        if "edges" in bins or mixed:
            arguments += [len(edges) - 1, array("d", edges)]
        else:
            arguments += [bins["n"], bins["lo"], bins["hi"]]
    reference = getattr(ROOT, e["class"])("reference", "", *arguments)
    reference.SetDirectory(ROOT.nullptr)
    reference.Sumw2()
    for entry in e["fills"]:
        if "bin_entries" not in e:
            entry = entry[: len(e["axes"])] + entry[-1:]
        reference.Fill(*entry)
    return reference


def check_one_with_root(ROOT, found, e, scale):
    """Compares a histogram with expectations, `scale` times as many entries, and with ROOT's own."""
    from array import array

    what = f"{e['path']} ({scale})"
    equal(found.ClassName(), e["class"], f"{what}: class")
    equal(found.GetTitle(), e["title"], f"{what}: title")
    equal(found.GetDimension(), len(e["axes"]), f"{what}: dimension")
    axes = [found.GetXaxis(), found.GetYaxis(), found.GetZaxis()]
    for axis, a in zip(axes, e["axes"]):
        equal(axis.GetTitle(), a["title"], f"{what}: axis title")
        edges = edges_of(a["bins"])
        close([axis.GetBinLowEdge(i + 1) for i in range(len(edges))], edges, f"{what}: edges")
        equal(axis.IsVariableBinSize(), "edges" in a["bins"], f"{what}: variable bins")
        if "labels" in a["bins"]:
            labels = [axis.GetBinLabel(i + 1) for i in range(axis.GetNbins())]
            equal(labels, a["bins"]["labels"], f"{what}: labels")
            for i, label in enumerate(labels):
                equal(axis.FindFixBin(label), i + 1, f"{what}: bin of {label!r}")
        else:
            assert not axis.GetLabels(), f"{what}: has labels"
    if len(e["axes"]) < 3:
        equal(axes[len(e["axes"])].GetTitle(), e["content_title"], f"{what}: title of contents")
    cells = range(found.GetNcells())
    close([found.GetArray()[i] for i in cells], [scale * x for x in e["contents"]], what)
    close([found.GetSumw2()[i] for i in cells], [scale * x for x in e["sumw2"]], f"{what}: sumw2")
    equal(found.GetEntries(), scale * e["entries"], f"{what}: entries")
    stats = array("d", [0.0] * 20)
    found.GetStats(stats)
    close(stats[: len(e["stats"])], [scale * x for x in e["stats"]], f"{what}: statistics")
    for i in range(len(e["axes"])):
        mean, deviation = moments(e["stats"], i)
        close([found.GetMean(i + 1), found.GetStdDev(i + 1)], [mean, deviation], f"{what}: mean, deviation", 1e-7)
    if "bin_entries" in e:
        close([found.GetBinEntries(i) for i in cells], [scale * x for x in e["bin_entries"]], f"{what}: bin entries")
        close([found.GetBinSumw2()[i] for i in cells], [scale * x for x in e["bin_sumw2"]], f"{what}: bin sumw2")
    else:
        close([found.GetBinError(i) for i in cells], [math.sqrt(scale * x) for x in e["sumw2"]], f"{what}: errors")
    if scale != 1:
        return
    reference = fill_with_root(ROOT, e)
    equal(found.GetNcells(), reference.GetNcells(), f"{what}: cells against ROOT")
    for method in ["GetBinContent", "GetBinError"]:
        pair = [[getattr(h, method)(i) for i in cells] for h in (found, reference)]
        close(*pair, f"{what}: {method} against ROOT", 1e-7)
    own = array("d", [0.0] * 20)
    reference.GetStats(own)
    close(stats, own, f"{what}: statistics against ROOT")
    equal(found.GetEntries(), reference.GetEntries(), f"{what}: entries against ROOT")
    close([found.GetEffectiveEntries()], [reference.GetEffectiveEntries()], f"{what}: effective entries")


def check_descriptions(ROOT, file):
    """The file's descriptions of classes against ROOT's own."""
    described = [info for info in file.GetStreamerInfoList() if info.ClassName() == "TStreamerInfo"]
    assert len(described) > 10
    for info in described:
        own = ROOT.TClass.GetClass(info.GetName())
        equal(info.GetCheckSum(), own.GetCheckSum(), f"checksum of {info.GetName()}")
        if info.GetClassVersion() != own.GetClassVersion():
            equal((info.GetName(), info.GetClassVersion()), ("TAttMarker", 2), "an older class")
        pair = [
            [(e.ClassName(), e.GetName(), e.GetType(), e.GetTypeName()) for e in elements]
            for elements in (info.GetElements(), own.GetStreamerInfo().GetElements())
        ]
        if info.GetName() != "TString":
            equal(*pair, f"members of {info.GetName()}")


def check_with_root(path, expected):
    import ROOT

    ROOT.gROOT.SetBatch(True)
    ROOT.TH1.AddDirectory(False)
    with tempfile.TemporaryDirectory() as folder:
        merged = os.path.join(folder, "merged.root")
        merger = ROOT.TFileMerger(False)
        merger.SetPrintLevel(0)
        assert merger.OutputFile(merged, "RECREATE")
        for _ in range(2):
            assert merger.AddFile(path)
        assert merger.Merge(), "hadd failed"
        for name, scale in [(path, 1), (merged, 2)]:
            file = ROOT.TFile.Open(name)
            assert file and not file.IsZombie(), f"ROOT does not open {name}"
            assert not file.TestBit(ROOT.TFile.kRecovered), f"ROOT had to recover {name}"
            check_descriptions(ROOT, file)
            for e in expected:
                found = file.Get(e["path"])
                assert found, f"{e['path']} is not in {name}"
                if e["class"] == "TObjString":
                    equal(str(found.GetString()), e["text"], e["path"])
                else:
                    check_one_with_root(ROOT, found, e, scale)
            file.Close()


def without_complaints(arguments):
    """Runs this script again and looks at what ROOT has to say."""
    done = subprocess.run([sys.executable, "-W", "ignore", *arguments], capture_output=True, text=True)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    complaints = [line for line in done.stderr.splitlines() if line.startswith(("Warning", "Error", "SysError"))]
    assert done.returncode == 0 and not complaints, complaints


def main():
    program, path, expected = sys.argv[1:4]
    with open(expected, encoding="utf-8") as text:
        expected = json.load(text)
    if program == "uproot":
        check_with_uproot(path, expected)
    elif program == "root":
        without_complaints([sys.argv[0], "root-itself", *sys.argv[2:]])
    else:
        return check_with_root(path, expected)
    print(f"{program}: {len(expected)} objects as expected")


if __name__ == "__main__":
    main()
