"""Writes the files that examples/throughput.rs is measured with: make_large.py FOLDER. Needs ROOT (`pip install --pre ROOT`).

One million events with 5.5 values each: a counter, an array of that size, a scalar, and the same values as a vector.
"""

import sys

import ROOT

ROOT.gROOT.SetBatch(True)
ROOT.gInterpreter.Declare("""
void fill_large(TTree *t) {
  int n; float x[16]; float s; std::vector<float> v; TRandom3 random(7);
  t->Branch("n", &n, "n/I"); t->Branch("x", x, "x[n]/F"); t->Branch("s", &s, "s/F"); t->Branch("v", &v);
  for (int k = 0; k < 1000000; ++k) {
    n = random.Integer(12); s = random.Exp(30); v.clear();
    // 12 bits of mantissa, as NanoAOD keeps.
    for (int j = 0; j < n; ++j) { x[j] = std::ldexp(std::round(random.Exp(30) * 128), -7); v.push_back(x[j]); }
    t->Fill();
  }
  t->ResetBranchAddresses();
}
""")
for name, setting in (("none", 0), ("zlib", 101), ("lz4", 404), ("zstd", 505)):
    f = ROOT.TFile(f"{sys.argv[1]}/{name}.root", "RECREATE", "", setting)
    t = ROOT.TTree("t", "for the measure of speed")
    ROOT.fill_large(t)
    t.Write()
    f.Close()
