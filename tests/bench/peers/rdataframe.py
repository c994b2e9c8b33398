"""RDataFrame from Python: expressions as text, which cling compiles. Protocol as in answer.py; argument: threads."""

import sys
import warnings

warnings.filterwarnings("ignore")

import ROOT

import answer

FUNCTIONS = r"""
#include <Math/Vector4D.h>
#include <cmath>
using Floats = const ROOT::RVec<float> &;
ROOT::RVec<ROOT::Math::XYZTVector> momenta(Floats pt, Floats eta, Floats phi, Floats mass) {
  ROOT::RVec<ROOT::Math::XYZTVector> p;
  for (size_t i = 0; i < pt.size(); i++) p.emplace_back(ROOT::Math::PtEtaPhiMVector(pt[i], eta[i], phi[i], mass[i]));
  return p;
}
ROOT::RVec<int> isolated(Floats eta, Floats phi, Floats pt, Floats etas, Floats phis) {
  ROOT::RVec<int> good(eta.size(), 1);
  for (size_t i = 0; i < eta.size(); i++)
    for (size_t j = 0; j < pt.size(); j++)
      if (pt[j] > 10 && ROOT::VecOps::DeltaR<double>(eta[i], etas[j], phi[i], phis[j]) < 0.4) good[i] = 0;
  return good;
}
double total(Floats pt) {
  double sum = 0;
  for (float x : pt) sum += x;
  return sum;
}
ROOT::RVec<double> masses(const ROOT::RVec<ROOT::Math::XYZTVector> &p, const ROOT::RVec<size_t> &a, const ROOT::RVec<size_t> &b) {
  ROOT::RVec<double> m;
  for (size_t i = 0; i < a.size(); i++) m.push_back((p[a[i]] + p[b[i]]).M());
  return m;
}
ROOT::RVec<size_t> three(const ROOT::RVec<ROOT::Math::XYZTVector> &p) {
  double nearest = INFINITY;
  ROOT::RVec<size_t> best{0, 1, 2};
  for (size_t i = 0; i < p.size(); i++)
    for (size_t j = i + 1; j < p.size(); j++) {
      const auto two = p[i] + p[j];
      for (size_t k = j + 1; k < p.size(); k++) {
        const double distance = std::abs((two + p[k]).M() - 172.5);
        if (distance < nearest) { nearest = distance; best = {i, j, k}; }
      }
    }
  return best;
}
int other(const ROOT::RVec<ROOT::Math::XYZTVector> &p, Floats pt, const ROOT::RVec<int> &charge, int muons) {
  double nearest = INFINITY;
  int a = -1, b = -1, best = -1;
  const int n = p.size();
  for (int i = 0; i < n; i++)
    for (int j = i + 1; j < n; j++) {
      if ((i < muons) != (j < muons) || charge[i] == charge[j]) continue;
      const double distance = std::abs((p[i] + p[j]).M() - 91.2);
      if (distance < nearest) { nearest = distance; a = i; b = j; }
    }
  for (int i = 0; a >= 0 && i < n; i++)
    if (i != a && i != b && (best < 0 || pt[i] > pt[best])) best = i;
  return best;
}
"""


def book(task, events):
    met, jet = ("h", "", 100, 0, 200), ("h", "", 100, 15, 60)
    if task == 1:
        return [events.Histo1D(met, "MET_pt")]
    if task == 2:
        return [events.Histo1D(jet, "Jet_pt")]
    if task == 3:
        return [events.Define("central", "Jet_pt[abs(Jet_eta) < 1]").Histo1D(jet, "central")]
    if task == 4:
        return [events.Filter("Sum(Jet_pt > 40) >= 2").Histo1D(met, "MET_pt")]
    if task == 5:
        pairs = (
            events.Filter("Muon_pt.size() >= 2")
            .Define("p", "momenta(Muon_pt, Muon_eta, Muon_phi, Muon_mass)")
            .Define("pair", "Combinations(Muon_pt, 2)")
            .Define("opposite", "Take(Muon_charge, pair[0]) != Take(Muon_charge, pair[1])")
            .Define("m", "masses(p, pair[0], pair[1])")
        )
        return [pairs.Filter("Any(opposite && m >= 60 && m < 120)").Histo1D(met, "MET_pt")]
    if task == 6:
        best = (
            events.Filter("Jet_pt.size() >= 3")
            .Define("p", "momenta(Jet_pt, Jet_eta, Jet_phi, Jet_mass)")
            .Define("best", "three(p)")
            .Define("pt", "(p[best[0]] + p[best[1]] + p[best[2]]).Pt()")
            .Define("btag", "Max(Take(Jet_btag, best))")
        )
        return [best.Histo1D(("h", "", 100, 15, 40), "pt"), best.Histo1D(("h", "", 100, 0, 1), "btag")]
    if task == 7:
        good = events.Define(
            "good",
            "Jet_pt > 30 && isolated(Jet_eta, Jet_phi, Muon_pt, Muon_eta, Muon_phi)"
            " && isolated(Jet_eta, Jet_phi, Electron_pt, Electron_eta, Electron_phi)",
        )
        return [good.Filter("Any(good)").Define("scalar_sum", "total(Jet_pt[good])").Histo1D(("h", "", 100, 15, 200), "scalar_sum")]
    leptons = events.Filter("Muon_pt.size() + Electron_pt.size() >= 3")
    for part in answer.LEPTON:
        leptons = leptons.Define(part, f"Concatenate(Muon_{part}, Electron_{part})")
    leptons = (
        leptons.Define("p", "momenta(pt, eta, phi, mass)")
        .Define("other", "other(p, pt, charge, Muon_pt.size())")
        .Filter("other >= 0")
        .Define("mt", "sqrt(2. * pt[other] * MET_pt * (1 - cos(double(MET_phi) - phi[other])))")
    )
    return [leptons.Histo1D(met, "mt")]


def run(task, files):
    histograms = book(task, ROOT.RDataFrame("Events", files))
    return [[h.GetBinContent(i) for i in range(answer.BINS + 2)] for h in histograms]


ROOT.gROOT.SetBatch(True)
ROOT.TH1.AddDirectory(False)
ROOT.gInterpreter.Declare(FUNCTIONS)
if int(sys.argv[1]) > 1:
    ROOT.EnableImplicitMT(int(sys.argv[1]))
answer.serve(run)
