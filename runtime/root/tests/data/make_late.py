"""Makes `late.root` with ROOT 6.40 (PyPI `ROOT`): branches that a tree got after its first entries (`TBranch::SetFirstEntry`), as
those who write events to many trees do for objects that come late.

    python make_late.py
"""

import os
import shutil
import tempfile

import ROOT

here = os.path.dirname(os.path.abspath(__file__))
os.chdir(tempfile.mkdtemp())
with open("late.C", "w") as text:
    text.write(r"""
#include <TFile.h>
#include <TTree.h>
#include <string>
#include <vector>
#ifdef __CLING__
#pragma link C++ class vector<vector<int> >+;
#endif
void late() {
  TFile f("late.root", "RECREATE", "", 101);
  TTree tree("t", "branches that came late");
  int n, i, m; float x, xs[4], fixed[2]; double d; std::vector<float> v; std::vector<std::vector<int>> vv; std::string s;
  tree.SetAutoFlush(0);
  tree.Branch("n", &n);
  for (n = 0; n < 20000; ++n) tree.Fill();
  for (auto branch : {tree.Branch("x", &x), tree.Branch("d", &d), tree.Branch("i", &i), tree.Branch("m", &m, "m/I"),
                      tree.Branch("xs", xs, "xs[m]/F"), tree.Branch("fixed", fixed, "fixed[2]/F"), tree.Branch("v", &v),
                      tree.Branch("vv", &vv), tree.Branch("s", &s)})
    branch->SetFirstEntry(20000);
  for (; n < 20030; ++n) {
    x = n; d = -n; i = n; m = n % 4; v.clear(); vv.clear(); fixed[0] = n; fixed[1] = 2 * n; s = "late";
    for (int j = 0; j < m; ++j) { xs[j] = n + j; v.push_back(n + j); vv.emplace_back(j, n); }
    tree.Fill();
    if (n == 20010) tree.FlushBaskets();
  }
  tree.Write();
}
""")
ROOT.gROOT.ProcessLine(".L late.C+")
ROOT.late()
shutil.move("late.root", os.path.join(here, "late.root"))
