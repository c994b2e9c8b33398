"""Makes the seeds of the fuzzers: the smallest files that show a layout each, mostly not compressed, so that a mutation
reaches what the bytes mean. `python3 seeds.py FOLDER`; needs ROOT 6.40 (`pip install --pre ROOT`), numpy and pyarrow."""

import os
import sys
import tempfile
from array import array

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import ROOT

ROOT.gROOT.SetBatch(True)
ROOT.gErrorIgnoreLevel = ROOT.kError
folder = os.path.abspath(sys.argv[1])
for kind in ("tree", "ntuple", "parquet", "lumi"):
    os.makedirs(os.path.join(folder, kind), exist_ok=True)
work = tempfile.mkdtemp()
os.chdir(work)
with open("classes.C", "w") as source:
    source.write("""
#include <vector>
#include "TLorentzVector.h"
#include "TRef.h"
#include "TRefArray.h"
#include "TObject.h"
#include "TString.h"
struct Hit { float e; short id; };
struct Particle { float pt; double cov[2]; Double32_t phi; std::vector<int> hits; };
struct Track : public TObject {
  int nh; float *h; /*[nh]*/ TString name; Hit hits[2]; std::vector<Hit> vh; std::string s; TRef ref; TRefArray refs;
  std::vector<std::vector<short>> deep; Double32_t d[2]; /*[0,16,8]*/ int last;
  Track() : nh(0), h(nullptr) {}
  ~Track() { delete[] h; }
  ClassDef(Track, 3)
};
#ifdef __ROOTCLING__
#pragma link C++ class Hit+;
#pragma link C++ class vector<Hit>+;
#pragma link C++ class Particle+;
#pragma link C++ class vector<Particle>+;
#pragma link C++ class Track+;
#endif
""")
ROOT.gROOT.ProcessLine(".L classes.C+O")

# Every reader knows these: without their descriptions the files are a tenth as long.
KNOWN = """TTree TNamed TObject TAttLine TAttFill TAttMarker TBranch TBranchElement TBranchObject TLeaf TLeafI TLeafF TLeafD TLeafB
TLeafO TLeafS TLeafL TLeafG TLeafC TLeafD32 TLeafF16 TLeafElement TLeafObject TList TSeqCollection TCollection TObjArray
TString TBranchRef TRefTable TNtuple TNtupleD TVirtualIndex TTreeIndex TDatime TDirectory TFile TIOFeatures ROOT::TIOFeatures
TFriendElement TArrayD TArrayI TArrayL64 TArray TStreamerInfo""".split()


def tree(name, compression, fill, basket=32000, title=""):
    file = ROOT.TFile(os.path.join(folder, "tree", name + ".root"), "RECREATE", "", compression)
    t = ROOT.TTree("t", title)
    keep = fill(t)
    for i in range(3):
        if keep:
            keep(i)
        t.Fill()
    t.Write()
    index = file.GetClassIndex()
    for known in KNOWN:
        cl = ROOT.TClass.GetClass(known)
        if cl:
            for info in cl.GetStreamerInfos():
                if info and info.GetNumber() < index.GetSize():
                    index[info.GetNumber()] = 0
    file.Close()
    print(name, os.path.getsize(os.path.join(folder, "tree", name + ".root")))


def scalars(t):
    values = [(array(code, [0]), letter) for code, letter in zip("bBhHiIqQfd", "BbSsIiLlFD")]
    for number, (value, letter) in enumerate(values):
        t.Branch(f"x{number}", value, f"x{number}/{letter}", 300)
    def set(i):
        for value, _ in values:
            value[0] = i
    return set


def counted(t):
    n, x, y = array("i", [0]), array("f", [0] * 8), array("d", [0] * 12)
    t.Branch("n", n, "n/I", 300)
    t.Branch("x", x, "x[n]/F", 300)
    t.Branch("y", y, "y[n][2]/D", 300)
    def set(i):
        n[0] = i
        for k in range(i):
            x[k] = 10 * i + k
    return set


def fixed(t):
    x = array("f", [0] * 6)
    t.Branch("x", x, "x[2][3]/F", 300)
    d = array("d", [1.5])
    t.Branch("d", d, "d/d[0,16,8]", 300)
    f = array("f", [2.5] * 2)
    t.Branch("f", f, "f[2]/f", 300)


def leaves(t):
    x = np.zeros(1, dtype=[("a", "f4"), ("b", "i4"), ("c", "f8")])
    t.Branch("l", x, "a/F:b/I:c/D", 300)


def text(t):
    c = array("b", [65, 66, 0])
    t.Branch("c", c, "c/C", 300)
    s = ROOT.std.string("abc")
    t.Branch("s", s, 300, 99)
    return lambda i: s


def vectors(t):
    v, w, b = ROOT.std.vector("float")(), ROOT.std.vector("vector<short>")(), ROOT.std.vector("bool")()
    for name, what in [("v", v), ("w", w), ("b", b)]:
        t.Branch(name, what, 300, 99)
    def set(i):
        for what in (v, b):
            what.clear()
        for k in range(i):
            v.push_back(k)
            b.push_back(k % 2 == 0)
        w.push_back(ROOT.std.vector("short")([1, 2]))
    return set


def lorentz(split):
    def fill(t):
        p = ROOT.TLorentzVector(1, 2, 3, 4)
        t.Branch("p", p, 300, split)
        return lambda i: p.SetPx(i)
    return fill


def particles(split):
    def fill(t):
        ps = ROOT.std.vector("Particle")()
        t.Branch("ps", ps, 300, split)
        def set(i):
            ps.clear()
            for k in range(i):
                p = ROOT.Particle()
                p.pt = k
                p.hits.push_back(k)
                ps.push_back(p)
        return set
    return fill


def track(split):
    def fill(t):
        p = ROOT.Track()
        p.name = "abc"
        p.s = "xy"
        h = ROOT.Hit()
        p.vh.push_back(h)
        p.deep.push_back(ROOT.std.vector("short")([1, 2]))
        t.Branch("p", p, 300, split)
        return lambda i: p.last
    return fill


def clones(split):
    def fill(t):
        array_of = ROOT.TClonesArray("TLorentzVector")
        t.Branch("ca", array_of, 300, split)
        def set(i):
            array_of.Clear()
            for k in range(i):
                array_of.ConstructedAt(k).SetPxPyPzE(1, 2, 3, 4)
        return set
    return fill


def sizes(t):
    features = ROOT.ROOT.TIOFeatures()
    features.Set("kGenerateOffsetMap")
    t.SetIOFeatures(features)
    return counted(t)


for name, compression in [("raw", 0), ("zlib", 101), ("lzma", 207), ("lz4", 404), ("zstd", 505)]:
    tree("counted_" + name, compression, counted)
tree("scalars", 0, scalars)
tree("fixed", 0, fixed)
tree("leaves", 0, leaves)
tree("text", 0, text)
tree("vectors", 0, vectors)
for split in (0, 99):
    tree(f"lorentz{split}", 0, lorentz(split))
    tree(f"particles{split}", 0, particles(split))
    tree(f"track{split}", 0, track(split))
    tree(f"clones{split}", 0, clones(split))
tree("generated", 0, sizes)

# Baskets that were flushed are records, the last ones are in the tree; a friend, a directory, two cycles.
file = ROOT.TFile(os.path.join(folder, "tree", "embedded.root"), "RECREATE", "", 0)
inside = file.mkdir("d")
inside.cd()
t = ROOT.TTree("t", "")
set = counted(t)
for i in range(4):
    set(i)
    t.Fill()
    if i == 1:
        t.FlushBaskets()
t.Write("", ROOT.TObject.kOverwrite)
t.Write()
index = file.GetClassIndex()
index.Reset()
file.Close()
print("embedded", os.path.getsize(os.path.join(folder, "tree", "embedded.root")))


def ntuple(name, compression, fields, fill=None, extend=None):
    path = os.path.join(folder, "ntuple", name + ".root")
    model = ROOT.RNTupleModel.Create()
    for kind, field in fields:
        model.MakeField[kind](field)
    options = ROOT.RNTupleWriteOptions()
    options.SetCompression(compression)
    with ROOT.RNTupleWriter.Recreate(model, "n", path, options) as writer:
        entry = writer.CreateEntry()
        for i in range(3):
            if fill:
                fill(entry, i)
            writer.Fill(entry)
            if i == 1:
                writer.CommitCluster()
    print(name, os.path.getsize(path))


def lists(entry, i):
    entry["v"] = ROOT.std.vector("float")([k + 0.5 for k in range(i)])
    entry["x"] = i


for name, compression in [("raw", 0), ("zlib", 101), ("lz4", 404), ("zstd", 505)]:
    ntuple("lists_" + name, compression, [("std::vector<float>", "v"), ("int", "x")], lists)
ntuple("numbers", 0, [(k, "x" + str(n)) for n, k in enumerate(["bool", "char", "std::int8_t", "std::uint8_t", "std::int16_t",
    "std::uint16_t", "std::int64_t", "std::uint64_t", "float", "double"])])
ntuple("arrays", 0, [("std::array<float,3>", "a"), ("std::bitset<12>", "b"), ("std::optional<int>", "o")])
ntuple("nested", 0, [("std::vector<std::vector<int>>", "w"), ("std::array<std::vector<short>,2>", "av")])
ntuple("text", 0, [("std::string", "s"), ("std::variant<int,float>", "va"), ("std::pair<int,float>", "p")])
ntuple("records", 0, [("std::vector<Hit>", "h"), ("Hit", "one")])

# Parquet: a layout each.
def table(name, columns, **options):
    path = os.path.join(folder, "parquet", name + ".parquet")
    pq.write_table(pa.table(columns), path, **{"compression": "none", "write_statistics": False, "store_schema": False, **options})
    print(name, os.path.getsize(path))

jagged = pa.array([[], [1.5], [2.5, 3.5]], pa.list_(pa.float32()))
for codec in ["none", "snappy", "gzip", "lz4", "zstd"]:
    table("jagged_" + codec, {"x": jagged}, compression=codec, use_dictionary=False)
deep = pa.array([[], [[1], []], [[2, 3], [4]]], pa.list_(pa.list_(pa.int32())))
records = pa.array([[], [{"n": [1]}], [{"n": []}, {"n": [2, 3]}]], pa.list_(pa.struct([("n", pa.list_(pa.int32()))])))
table("deep", {"x": deep}, use_dictionary=False)
table("deep_zstd", {"x": deep, "r": records}, compression="zstd", data_page_version="2.0")
table("plain", {"i": pa.array([1, 2, 3], pa.int32()), "b": pa.array([True, False, True])}, use_dictionary=False)
table("small", {"i": pa.array([1, 2, 3], pa.int8()), "u": pa.array([1, 2, 3], pa.uint16()), "l": pa.array([1, 2, 3], pa.uint64())}, use_dictionary=False)
table("dictionary", {"x": pa.array([1.5, 1.5, 2.5]), "k": pa.array([[1], [], [1, 1]])})
table("nulls", {"x": pa.array([1.5, None, 2.5]), "y": pa.array([None, [1.5, None], []])}, use_dictionary=False)
table("half", {"x": pa.array(np.array([1, 2, 3], np.float16))}, use_dictionary=False)
table("structs", {"p": pa.array([[{"a": 1.5, "b": 1}], [], [{"a": 2.5, "b": 2}]])}, use_dictionary=False)
table("text", {"s": pa.array(["a", "b", "c"]), "i": pa.array([1, 2, 3])})
table("delta", {"i": pa.array([1, 2, 3])}, use_dictionary=False, column_encoding={"i": "DELTA_BINARY_PACKED"})
table("split", {"x": pa.array([1.5, 2, 3], pa.float32())}, use_dictionary=False, column_encoding={"x": "BYTE_STREAM_SPLIT"})
table("v2", {"x": jagged}, use_dictionary=False, data_page_version="2.0", compression="zstd")
table("groups", {"x": jagged}, use_dictionary=False, row_group_size=2, write_page_index=True)
table("stored", {"x": jagged}, use_dictionary=False, store_schema=True)

for name, what in [("two", '{"297050": [[12, 137], [193, 776]]}'), ("many", '{"1":[[1,1]],\n "2":[], "3":[[1,2],[3,4]]}'),
                   ("none", "{}"), ("xml", "<lumi/>"), ("spaces", ' { "4294967295" : [ [ 0 , 4294967295 ] ] } ')]:
    with open(os.path.join(folder, "lumi", name + ".json"), "w") as f:
        f.write(what)
