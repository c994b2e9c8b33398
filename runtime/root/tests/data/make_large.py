"""Writes the files that `cargo bench -p adl-root` measures with: make_large.py FOLDER. Needs ROOT (`pip install --pre ROOT`).

One million events with 5.5 values each. In the trees a counter, an array of that size, a scalar, and the same values as a
vector; in the RNTuples the vector and the scalar.
"""

import sys

import ROOT

ROOT.gROOT.SetBatch(True)
ROOT.gInterpreter.Declare("""
#include <ROOT/RNTupleModel.hxx>
#include <ROOT/RNTupleWriter.hxx>
#include <ROOT/RNTupleWriteOptions.hxx>
struct Event {
  int n; float x[16]; float s; std::vector<float> v; TRandom3 random{7};
  void next() {
    n = random.Integer(12); s = random.Exp(30); v.clear();
    // 12 bits of mantissa, as NanoAOD keeps.
    for (int j = 0; j < n; ++j) { x[j] = std::ldexp(std::round(random.Exp(30) * 128), -7); v.push_back(x[j]); }
  }
};
void fill_large(TTree *t) {
  Event e;
  t->Branch("n", &e.n, "n/I"); t->Branch("x", e.x, "x[n]/F"); t->Branch("s", &e.s, "s/F"); t->Branch("v", &e.v);
  for (int k = 0; k < 1000000; ++k) { e.next(); t->Fill(); }
  t->ResetBranchAddresses();
}
void fill_ntuple(const char *path, int setting) {
  Event e;
  auto model = ROOT::RNTupleModel::Create();
  auto v = model->MakeField<std::vector<float>>("v");
  auto s = model->MakeField<float>("s");
  ROOT::RNTupleWriteOptions options;
  options.SetCompression(setting);
  auto writer = ROOT::RNTupleWriter::Recreate(std::move(model), "t", path, options);
  for (int k = 0; k < 1000000; ++k) { e.next(); *v = e.v; *s = e.s; writer->Fill(); }
}
""")
for name, setting in (("none", 0), ("zlib", 101), ("lz4", 404), ("zstd", 505)):
    f = ROOT.TFile(f"{sys.argv[1]}/tree_{name}.root", "RECREATE", "", setting)
    t = ROOT.TTree("t", "for the measure of speed")
    ROOT.fill_large(t)
    t.Write()
    f.Close()
    ROOT.fill_ntuple(f"{sys.argv[1]}/ntuple_{name}.root", setting)
