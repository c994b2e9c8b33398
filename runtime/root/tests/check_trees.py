"""Reads a tree or an RNTuple that trees.rs wrote, with uproot or with ROOT, and compares every value.

    check_trees.py uproot|root Tree|Ntuple FILE.root EVENTS
"""

import sys
import warnings

import numpy as np

TYPES = {
    "bool": np.bool_,
    "i8": np.int8,
    "u8": np.uint8,
    "i16": np.int16,
    "u16": np.uint16,
    "i32": np.int32,
    "u32": np.uint32,
    "i64": np.int64,
    "u64": np.uint64,
    "f32": np.float32,
    "f64": np.float64,
}


def numbers(count, kind):
    """The same numbers as in trees.rs, as the type holds them."""
    dtype = np.dtype(TYPES[kind])
    seed = np.uint64(dtype.itemsize)
    with np.errstate(over="ignore"):
        mixed = (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed << seed) | (mixed >> (np.uint64(64) - seed))
    mixed = (mixed ^ (mixed >> np.uint64(29))).view(np.int64)
    return mixed % 2 == 0 if kind == "bool" else mixed.astype(dtype)


def sizes(events, most):
    event = np.arange(events)
    return np.where(event % 7 == 0, 0, event * event % (most + 1))


def inner(events):
    """The sizes of the lists of lists: of each event the number of its lists, and of each list that of its values."""
    lists = sizes(events, 4)
    event = np.repeat(np.arange(events), lists)
    place = np.arange(lists.sum()) - np.repeat(np.cumsum(lists) - lists, lists)
    return lists, (event + 3 * place) % 5


def expected(events, kind):
    jets, muons = sizes(events, 9), sizes(events, 3)
    # In an RNTuple the sizes of lists have no sign.
    count = np.int32 if kind == "Tree" else np.uint32
    columns = {"nJet": (None, jets.astype(np.uint32)), "nMu": (None, muons.astype(count))}
    for kind in TYPES:
        columns[f"s_{kind}"] = (None, numbers(events, kind))
        columns[f"Jet_{kind}"] = (jets, numbers(jets.sum(), kind))
        columns[f"Tau_{kind}"] = (inner(events), numbers(inner(events)[1].sum(), kind))
    columns["Mu_pt"] = (muons, numbers(muons.sum(), "f32"))
    return columns


def same(name, found, wanted):
    found = np.asarray(found)
    if found.dtype != wanted.dtype or not np.array_equal(found, wanted):
        sys.exit(f"{name}: {found.dtype} {found[:10]} instead of {wanted.dtype} {wanted[:10]}")


def with_uproot(kind, path, events):
    import awkward as ak
    import uproot

    tree = uproot.open(path)["Events"]
    columns = expected(events, kind)
    keys = {key for key in tree.keys() if not key.startswith("_collection")}
    title = tree.title if kind == "Tree" else tree.header.ntuple_description
    if tree.num_entries != events or keys != set(columns) or title != "events of a test":
        sys.exit(f"{tree.num_entries} entries of {tree.keys()}, {title}")
    for name, (lengths, values) in columns.items():
        found = tree[name].array()
        if isinstance(lengths, tuple):
            lengths, each = lengths
            same(f"{name}: sizes of lists", ak.to_numpy(ak.flatten(ak.num(found, axis=2))), each)
            same(f"{name}: sizes", ak.to_numpy(ak.num(found)), lengths)
            found = ak.flatten(found, axis=None)
        elif lengths is not None:
            same(f"{name}: sizes", ak.to_numpy(ak.num(found)), lengths)
            found = ak.flatten(found)
        elif kind == "Ntuple" and name in ("nJet", "nMu"):
            # uproot gives the sizes of lists as 64-bit numbers, whatever their field says.
            found = ak.values_astype(found, values.dtype)
        same(name, ak.to_numpy(found), values)


def with_root(kind, path, events):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ROOT

    ROOT.gErrorIgnoreLevel = ROOT.kWarning
    columns = expected(events, kind)
    if kind == "Tree":
        file = ROOT.TFile.Open(path)
        tree = file.Get("Events")
        if tree.GetEntries() != events or {b.GetName() for b in tree.GetListOfBranches()} != set(columns):
            sys.exit(f"{tree.GetEntries()} entries of {[b.GetName() for b in tree.GetListOfBranches()]}")
        if tree.GetLeaf("Jet_f32").GetLeafCount().GetName() != "nJet":
            sys.exit("the counter of Jet_f32 is not nJet")
    else:
        reader = ROOT.RNTupleReader.Open("Events", path)
        description = reader.GetDescriptor().GetDescription()
        if reader.GetNEntries() != events or description != "events of a test":
            sys.exit(f"{reader.GetNEntries()} entries, {description}")
    # In ROOT's own loop every event's values become one number that depends on each of them and on their order.
    ROOT.gInterpreter.Declare(
        "template <typename V> double folded(const V &v) { double t = 0; for (auto x : v) t = t / 2 + double(x); return t; }"
        "template <typename V> auto sizes(const V &v) { std::vector<double> n; for (auto &l : v) n.push_back(l.size()); return n; }"
        "template <typename V> auto all(const V &v)"
        "{ std::vector<double> a; for (auto &l : v) for (auto x : l) a.push_back(x); return a; }"
    )
    frame = ROOT.RDataFrame(tree) if kind == "Tree" else ROOT.RDataFrame("Events", path)
    names = []
    for name, (lengths, _) in columns.items():
        if isinstance(lengths, tuple):
            frame = frame.Define(f"of_{name}", f"folded(all({name}))").Define(f"size_{name}", f"folded(sizes({name}))")
            names.append(f"size_{name}")
        elif lengths is None:
            frame = frame.Define(f"of_{name}", f"double({name})")
        else:
            frame = frame.Define(f"of_{name}", f"folded({name})").Define(f"size_{name}", f"double({name}.size())")
            names.append(f"size_{name}")
        names.append(f"of_{name}")
    found = frame.AsNumpy(names)
    for name, (lengths, values) in columns.items():
        values = values.astype(np.float64)
        if isinstance(lengths, tuple):
            outer, each = lengths
            same(f"{name}: sizes", found[f"size_{name}"], folds(each.astype(np.float64), outer))
            values = folds(values, np.diff(np.concatenate([[0], np.cumsum(each)])[np.concatenate([[0], np.cumsum(outer)])]))
        elif lengths is not None:
            same(f"{name}: sizes", found[f"size_{name}"], lengths.astype(np.float64))
            values = folds(values, lengths)
        same(name, found[f"of_{name}"], values)


def folds(values, lengths):
    begins = np.concatenate([[0], np.cumsum(lengths)])
    return np.array([folded(values[a:b].tolist()) for a, b in zip(begins, begins[1:])])


def folded(values):
    total = 0.0
    for value in values:
        total = total / 2 + value
    return total


{"uproot": with_uproot, "root": with_root}[sys.argv[1]](sys.argv[2], sys.argv[3], int(sys.argv[4]))
