"""Makes `arrays.root` with ROOT 6.40 (PyPI `ROOT`): arrays whose sizes are members of the objects of a collection, and maps; in a
tree that is not split and in one that is. The objects of entry k are made from q = 10 k + j, j < k % 4.

    python make_arrays.py
"""

import os
import shutil
import tempfile

import ROOT

here = os.path.dirname(os.path.abspath(__file__))
os.chdir(tempfile.mkdtemp())
with open("arrays.C", "w") as text:
    text.write(r"""
#include <TFile.h>
#include <TTree.h>
#include <map>
#include <vector>
struct Hits {
  int n = 0; float *e = nullptr; /*[n]*/ int m = 0; short *s = nullptr; /*[m]*/ Double32_t *d = nullptr; /*[n]*/ float tail = 0;
  Hits() {}
  Hits(int q) : n(q % 3), e(new float[3]), m(q % 2), s(new short[3]), d(new double[3]), tail(q + 0.5f) {
    for (int i = 0; i < 3; ++i) { e[i] = q + i; s[i] = -q - i; d[i] = 2 * q + i; }
  }
  Hits(const Hits &o) : Hits() { *this = o; }
  Hits &operator=(const Hits &o) {
    clear(); n = o.n; m = o.m; tail = o.tail;
    if (o.e) { e = new float[3]; s = new short[3]; d = new double[3];
      for (int i = 0; i < 3; ++i) { e[i] = o.e[i]; s[i] = o.s[i]; d[i] = o.d[i]; } }
    return *this;
  }
  void clear() { delete[] e; delete[] s; delete[] d; e = nullptr; s = nullptr; d = nullptr; }
  ~Hits() { clear(); }
};
#ifdef __CLING__
#pragma link C++ struct Hits+;
#pragma link C++ class vector<Hits>+;
#pragma link C++ class map<int,float>+;
#endif
void arrays() {
  TFile f("arrays.root", "RECREATE", "", 0);
  for (int split : {0, 99}) {
    TTree tree(split ? "split" : "unsplit", "arrays and maps");
    std::vector<Hits> hits, *phits = &hits; std::map<int, float> m, *pm = &m;
    tree.Branch("hits", &phits, 32000, split); tree.Branch("m", &pm, 32000, split);
    for (int k = 0; k < 8; ++k) {
      hits.clear(); m.clear();
      for (int j = 0; j < k % 4; ++j) { hits.emplace_back(10 * k + j); m[10 * k + j] = 0.5f * k; }
      tree.Fill();
    }
    tree.Write();
  }
}
""".replace("/*[", "//[").replace("]*/", "]\n"))
ROOT.gROOT.ProcessLine(".L arrays.C+")
ROOT.arrays()
shutil.move("arrays.root", os.path.join(here, "arrays.root"))
