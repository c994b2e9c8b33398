"""Makes the sample files beside this script. Needs ROOT 6.40 (`pip install --pre ROOT`).

Every value follows from the entry number i, so that tests/samples.rs needs no reference file:
n = i % 4 values per list, value k of entry i is 10 * i + k.
"""

import os
import shutil
import tempfile
from array import array

import ROOT

ROOT.gROOT.SetBatch(True)
here = os.path.dirname(os.path.abspath(__file__))

# Classes that are written split, or nested, need a compiled dictionary.
os.chdir(tempfile.mkdtemp())
with open("classes.C", "w") as source:
    source.write("""
#include <vector>
struct Particle { float pt; int charge; double cov[2]; Double32_t phi; std::vector<int> hits; };
struct Summary { int run; float met[3]; std::vector<float> weights; };
#ifdef __ROOTCLING__
#pragma link C++ class Particle+;
#pragma link C++ class Summary+;
#pragma link C++ class vector<Particle>+;
#pragma link C++ class vector<vector<short> >+;
#endif
""")
ROOT.gROOT.ProcessLine(".L classes.C+")

ROOT.gInterpreter.Declare("""
void fill_layouts(TTree *t, int entries) {
  bool o; char b; unsigned char ub; short s; unsigned short us; int i; unsigned u; Long64_t l; ULong64_t ul; float f; double d;
  long g;
  t->Branch("o", &o, "o/O"); t->Branch("b", &b, "b/B"); t->Branch("ub", &ub, "ub/b"); t->Branch("s", &s, "s/S");
  t->Branch("us", &us, "us/s"); t->Branch("i", &i, "i/I"); t->Branch("u", &u, "u/i"); t->Branch("l", &l, "l/L");
  t->Branch("ul", &ul, "ul/l"); t->Branch("f", &f, "f/F"); t->Branch("d", &d, "d/D"); t->Branch("g", &g, "g/G");
  float fixed[2][3]; t->Branch("fixed", fixed, "fixed[2][3]/F");
  int n; float x[4]; double y[4][2];
  t->Branch("n", &n, "n/I"); t->Branch("x", x, "x[n]/F"); t->Branch("y", y, "y[n][2]/D");
  struct { float a; int b[2]; short c; } list;
  t->Branch("list", &list, "a/F:b[2]/I:c/S");
  double r; float h; double m; float e;
  t->Branch("range", &r, "range/d[0,4096,16]"); t->Branch("half", &h, "half/f"); t->Branch("mantissa", &m, "mantissa/d[0,0,10]");
  t->Branch("plain32", &e, "plain32/f[0,0,0]"); 
  std::vector<float> vf; std::vector<bool> vb; std::vector<std::vector<short>> vv; std::set<int> si; ROOT::RVec<double> rv;
  std::vector<std::string> vs; std::vector<Double32_t> vd; std::string str;
  t->Branch("vf", &vf); t->Branch("vb", &vb); t->Branch("vv", &vv); t->Branch("si", &si); t->Branch("rv", &rv);
  t->Branch("vs", &vs); t->Branch("str", &str);
  char text[16]; t->Branch("text", text, "text/C");
  for (int k = 0; k < entries; ++k) {
    o = k % 2; b = -k % 100; ub = k % 256; s = -k; us = k; i = -1000 * k; u = 1000u * k; l = -(1LL << 40) * k; ul = (1ULL << 40) * k;
    f = 0.5f * k; d = 0.25 * k; g = -k;
    for (int j = 0; j < 6; ++j) fixed[j / 3][j % 3] = 10 * k + j;
    n = k % 4;
    vf.clear(); vb.clear(); vv.clear(); si.clear(); rv.clear(); vs.clear();
    for (int j = 0; j < n; ++j) {
      x[j] = 10 * k + j; y[j][0] = x[j]; y[j][1] = -x[j];
      vf.push_back(x[j]); vb.push_back(j % 2); vv.emplace_back(j, short(10 * k + j)); si.insert(10 * k + j); rv.push_back(x[j]);
      vs.push_back("text");
    }
    list = {float(k), {k, 2 * k}, short(-k)};
    r = k; h = k; m = k; e = k; str = "text"; snprintf(text, sizeof text, "e%d", k);
    t->Fill();
    if (k == 2 * entries / 3) t->FlushBaskets();
  }
  t->ResetBranchAddresses();
}

void fill_offsets(TTree *t, int entries, bool vectors) {
  int n; float x[4]; std::vector<int> v; char text[16]; std::vector<Particle> p; Summary sum;
  t->Branch("n", &n, "n/I", 300); t->Branch("x", x, "x[n]/F", 500); t->Branch("text", text, "text/C", 300);
  if (vectors) { t->Branch("v", &v, 700); t->Branch("p", &p, 900, 99); t->Branch("sum.", &sum, 900, 99); }
  for (int k = 0; k < entries; ++k) {
    n = k % 4; v.clear(); p.clear(); sum = {k, {1, 2, float(k)}, std::vector<float>(n, k)};
    for (int j = 0; j < n; ++j) {
      x[j] = 10 * k + j; v.push_back(10 * k + j);
      p.push_back({x[j], -j, {x[j], -x[j]}, x[j], {j}});
    }
    snprintf(text, sizeof text, "e%d", k);
    t->Fill();
  }
  t->ResetBranchAddresses();
}
""")


def layouts():
    """Every layout; baskets in records and in the tree record; a directory, two cycles, a TNtuple."""
    f = ROOT.TFile("layouts.root", "RECREATE", "", 509)
    t = ROOT.TTree("t", "all layouts")
    ROOT.fill_layouts(t, 60)
    t.Write()
    nt = ROOT.TNtuple("nt", "a tuple", "a:b")
    for k in range(5):
        nt.Fill(k, -k)
    nt.Write()
    f.mkdir("dir").mkdir("sub").cd()
    for entries in (3, 7):
        c = ROOT.TTree("cycles", "two cycles")
        v = array("i", [0])
        c.Branch("v", v, "v/I")
        for k in range(entries):
            v[0] = k
            c.Fill()
        c.Write()
    f.Close()


def offsets():
    """Entry offsets left out (kGenerateOffsetMap) or stored as sizes; many small baskets, some in the tree record."""
    f = ROOT.TFile("offsets.root", "RECREATE", "", 207)
    t = ROOT.TTree("t", "generated offsets")
    features = ROOT.TIOFeatures()
    features.Set("kGenerateOffsetMap")
    t.SetIOFeatures(features)
    t.SetAutoFlush(0)
    ROOT.fill_offsets(t, 160, True)
    t.Write()
    f.Close()


def unclosed():
    """A file whose writer died after an autosave: no list of keys, no class descriptions. Not compressed: see mutation.rs."""
    pid = os.fork()
    if pid == 0:
        f = ROOT.TFile("unclosed.root", "RECREATE", "", 0)
        t = ROOT.TTree("t", "autosaved")
        t.SetAutoFlush(0)
        ROOT.fill_offsets(t, 8, True)
        t.AutoSave()
        os._exit(0)
    os.waitpid(pid, 0)
    # The tree is in the file; what follows it is cut off.
    with open("unclosed.root", "rb") as written:
        end = written.read().find(b"\x05TList\x0cStreamerInfo") - 26
    os.truncate("unclosed.root", end)


layouts()
offsets()
unclosed()
# ROOT keeps in a file the path it was opened with: they were made under their names alone.
for name in ("layouts.root", "offsets.root", "unclosed.root"):
    shutil.move(name, os.path.join(here, name))
