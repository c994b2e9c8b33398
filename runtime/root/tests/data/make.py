"""Makes the sample files beside this script. Needs ROOT 6.40 (`pip install --pre ROOT`).

Every value follows from the entry number i, so that tests/samples.rs needs no reference file:
n = i % 4 values per list, value k of entry i is 10 * i + k.
"""

import os
import shutil
import struct
import tempfile
from array import array

import ROOT

ROOT.gROOT.SetBatch(True)
here = os.path.dirname(os.path.abspath(__file__))

# Classes that are written split, or nested, need a compiled dictionary.
os.chdir(tempfile.mkdtemp())
with open("classes.C", "w") as source:
    source.write("""
#include <array>
#include <map>
#include <string>
#include <vector>
#include "Math/Vector4D.h"
#include "TArrayF.h"
#include "TClonesArray.h"
#include "TLorentzVector.h"
#include "TRef.h"
#include "TRefArray.h"
struct Particle { float pt; int charge; double cov[2]; Double32_t phi; std::vector<int> hits; };
struct Summary { int run; float met[3]; std::vector<float> weights; };
struct Hit { float e; short id; };
struct Track : public TObject {
  float pt; int nh; float *h; /*[nh]*/ TString name; std::vector<float> vf; TLorentzVector p4; Hit hits[2];
  std::array<float, 3> arr; Double32_t d[2]; /*[0,16,8]*/ std::vector<Hit> vh; std::string s; double tail; TArrayF ta;
  std::map<int, float> m; int last; std::vector<std::vector<std::vector<short>>> deep; TRef ref; TRefArray refs;
  std::vector<Double32_t> vd;
  Track() : nh(0), h(nullptr) {}
  ~Track() { delete[] h; }
  ClassDef(Track, 3)
};
struct Base { int b; };
struct Plain : public Base {
  int n; std::vector<int> hits; std::string label; TLorentzVector p4; std::array<short, 2> arr; std::vector<Hit> vh;
  Hit one; Hit two[2]; ROOT::Math::PtEtaPhiMVector lv; std::vector<std::vector<int>> vv; std::vector<bool> vb; TRef r;
};
#ifdef __ROOTCLING__
#pragma link C++ class Particle+;
#pragma link C++ class Summary+;
#pragma link C++ class vector<Particle>+;
#pragma link C++ class vector<vector<short> >+;
#pragma link C++ class Hit+;
#pragma link C++ class Track+;
#pragma link C++ class Base+;
#pragma link C++ class Plain+;
#pragma link C++ class vector<Hit>+;
#pragma link C++ class vector<Plain>+;
#pragma link C++ class vector<TLorentzVector>+;
#pragma link C++ class vector<vector<Hit> >+;
#pragma link C++ class vector<pair<int,float> >+;
#pragma link C++ class vector<ROOT::Math::PtEtaPhiMVector>+;
#pragma link C++ class vector<vector<vector<short> > >+;
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

# The objects of entry k are made from q = 10 * k + j, j < k % 4; those that an entry has one of, from k.
ROOT.gInterpreter.Declare(r"""
void make(Track &t, int q) {
  t.pt = q + 0.5; t.nh = q % 3; delete[] t.h; t.h = new float[t.nh + 1];
  for (int i = 0; i < t.nh; ++i) t.h[i] = 100 * q + i;
  t.name = TString::Format("t%d", q); t.vf.assign(q % 2 + 1, q + 0.25); t.p4.SetPxPyPzE(q, q + 1, q + 2, q + 3);
  t.hits[0] = {q + 0.5f, short(q)}; t.hits[1] = {q + 0.75f, short(q + 1)}; t.arr = {float(q), 2.f * q, 3.f * q};
  t.d[0] = q % 16; t.d[1] = 1; t.vh.assign(q % 3, Hit{q + 0.5f, short(7 * q)}); t.s = std::string(q % 4, 'x');
  t.tail = q * 1.5; t.ta.Set(q % 3);
  for (int i = 0; i < q % 3; ++i) t.ta[i] = q + i;
  t.m.clear(); t.m[q] = 2 * q; t.last = -q;
  t.deep.assign(q % 2 + 1, std::vector<std::vector<short>>(2, std::vector<short>(q % 3, q))); t.vd.assign(q % 2, q);
}
void make(Plain &p, int q) {
  p.b = 3 * q; p.n = q; p.hits.assign(q % 3, q); p.label = std::string(q % 3, 'a'); p.p4.SetPxPyPzE(q, q + 1, q + 2, q + 3);
  p.arr = {short(q), short(-q)}; p.vh.assign(q % 2, Hit{q + 1.f, short(q)}); p.one = {q + .5f, short(q)};
  p.two[0] = {1.f * q, 1}; p.two[1] = {2.f * q, 2}; p.lv.SetCoordinates(q, 1, 2, 3);
  p.vv.assign(q % 3, std::vector<int>(2, q)); p.vb.assign(q % 3, true);
}
void fill_objects(TTree *t, int entries, int split) {
  TClonesArray clones("Track"), lorentz("TLorentzVector"), *pclones = &clones, *plorentz = &lorentz;
  std::vector<TLorentzVector> vlv; std::vector<ROOT::Math::PtEtaPhiMVector> vpe; std::vector<Plain> vp; std::vector<Hit> vh;
  std::vector<std::vector<Hit>> vvh; std::vector<std::pair<int, float>> vpair; std::array<float, 3> arr;
  Track track, *ptrack = &track; Plain pl; TLorentzVector lv, *plv = &lv; ROOT::Math::PtEtaPhiMVector pe;
  std::vector<std::vector<std::vector<short>>> deep; TRefArray refs, *prefs = &refs; TRef ref, *pref = &ref; std::string str;
  t->Branch("clones", &pclones, 32000, split); t->Branch("lorentz", &plorentz, 32000, split); t->Branch("vlv", &vlv, 32000, split);
  t->Branch("vpe", &vpe, 32000, split); t->Branch("vp", &vp, 32000, split); t->Branch("vh", &vh, 32000, split);
  t->Branch("vvh", &vvh, 32000, split); t->Branch("vpair", &vpair, 32000, split); t->Branch("arr", &arr, 32000, split);
  t->Branch("track.", &ptrack, 32000, split); t->Branch("pl.", &pl, 32000, split); t->Branch("lv", &plv, 32000, split);
  t->Branch("pe.", &pe, 32000, split); t->Branch("deep", &deep, 32000, split); t->Branch("refs", &prefs, 32000, split);
  t->Branch("ref", &pref, 32000, split); t->Branch("str", &str);
  for (int k = 0; k < entries; ++k) {
    clones.Clear(); lorentz.Clear(); vlv.clear(); vpe.clear(); vp.clear(); vh.clear(); vvh.clear(); vpair.clear(); deep.clear();
    refs.Clear();
    make(track, k); make(pl, k); arr = {float(k), 2.f * k, 3.f * k}; lv.SetPxPyPzE(k, k + 1, k + 2, k + 3); pe.SetCoordinates(k, 1, 2, 3);
    str = "text";
    for (int j = 0; j < k % 4; ++j) {
      int q = 10 * k + j;
      make(*(Track *)clones.ConstructedAt(j), q); ((TLorentzVector *)lorentz.ConstructedAt(j))->SetPxPyPzE(q, q + 1, q + 2, q + 3);
      vlv.emplace_back(q, q + 1, q + 2, q + 3); vpe.emplace_back(q, 1, 2, 3); vp.emplace_back(); make(vp.back(), q);
      vh.push_back({float(q), short(j)}); vvh.emplace_back(j, Hit{float(q), short(j)}); vpair.emplace_back(q, 0.5f * q);
      deep.emplace_back(2, std::vector<short>(j, q)); refs.Add(clones[j]); ref = clones[j];
    }
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


def objects():
    """Objects that are not split, and what stands unsplit in split ones."""
    f = ROOT.TFile("objects.root", "RECREATE", "", 209)
    for name, split in (("unsplit", 0), ("split", 99)):
        t = ROOT.TTree(name, "objects")
        ROOT.fill_objects(t, 6, split)
        t.Write()
    f.Close()


def friends():
    """A tree with friends, in its file and in another; trees of one name in directories."""
    def tree(name, branch, factor):
        t = ROOT.TTree(name, "friends")
        v = array("f", [0])
        t.Branch(branch, v, branch + "/F")
        for k in range(5):
            v[0] = factor * k
            t.Fill()
        return t

    f = ROOT.TFile("friends_far.root", "RECREATE", "", 209)
    tree("far", "x", 5).Write()
    f.Close()
    f = ROOT.TFile("friends.root", "RECREATE", "", 209)
    for folder, factor in (("mya", 1), ("myb", 2)):
        f.mkdir(folder).cd()
        tree("Events", f"{folder}_x", factor).Write()
    f.cd()
    other = tree("other", "x", 3)
    other.Write()
    t = tree("t", "x", 4)
    t.AddFriend("other")
    t.AddFriend("alias = far", "friends_far.root")
    t.Write()
    f.Close()


def big():
    """A file of 5 GB, nearly all of it a hole: kept as its pieces, each with position and size in front."""
    f = ROOT.TFile("big.root", "RECREATE", "", 209)
    t = ROOT.TTree("t", "before and behind a hole")
    t.SetAutoFlush(0)
    v = array("i", [0])
    t.Branch("v", v, "v/I")
    for k in range(100):
        if k == 50:
            t.FlushBaskets()
            f.GetListOfFree().Last().SetFirst(5_000_000_000)
            f.SetEND(5_000_000_000)
        v[0] = k
        t.Fill()
    f.mkdir("dir").cd()
    n = ROOT.TNtuple("n", "in a directory behind the hole", "x")
    for k in range(5):
        n.Fill(k)
    n.Write()
    f.cd()
    t.Write()
    f.Close()
    with open("big.root", "rb") as big, open("big.pieces", "wb") as pieces:
        at, end = 0, os.fstat(big.fileno()).st_size
        while at < end:
            at = os.lseek(big.fileno(), at, os.SEEK_DATA)
            to = os.lseek(big.fileno(), at, os.SEEK_HOLE)
            big.seek(at)
            data = big.read(to - at)
            if to < end:
                data = data.rstrip(b"\0")
            pieces.write(struct.pack(">QQ", at, len(data)) + data)
            at = to
    os.remove("big.root")

layouts()
offsets()
unclosed()
objects()
friends()
big()
# ROOT keeps in a file the path it was opened with: they were made under their names alone.
for name in ("layouts.root", "offsets.root", "unclosed.root", "objects.root", "friends.root", "friends_far.root", "big.pieces"):
    shutil.move(name, os.path.join(here, name))
