// RDataFrame, compiled: the tasks as lambdas. Protocol as in answer.py; the number of threads is the argument.
//
// Opening the file and making the graph are part of the time; there is nothing for the interpreter to compile.
#include <Math/Vector4D.h>
#include <ROOT/RDataFrame.hxx>
#include <ROOT/RVec.hxx>
#include <TH1D.h>
#include <TROOT.h>

#include <cmath>
#include <ctime>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using Floats = const ROOT::RVec<float> &;
using Ints = const ROOT::RVec<int> &;
using Polar = ROOT::Math::PtEtaPhiMVector;
using Cartesian = ROOT::Math::XYZTVector;
using Histogram = ROOT::RDF::RResultPtr<TH1D>;

static std::vector<Histogram> book(int task, ROOT::RDataFrame &events) {
   const ROOT::RDF::TH1DModel met{"h", "", 100, 0, 200}, jet{"h", "", 100, 15, 60};
   switch (task) {
   case 1: return {events.Histo1D<float>(met, "MET_pt")};
   case 2: return {events.Histo1D<ROOT::RVec<float>>(jet, "Jet_pt")};
   case 3: {
      auto central = [](Floats pt, Floats eta) { return pt[abs(eta) < 1]; };
      return {events.Define("central", central, {"Jet_pt", "Jet_eta"}).Histo1D<ROOT::RVec<float>>(jet, "central")};
   }
   case 4: return {events.Filter([](Floats pt) { return Sum(pt > 40) >= 2; }, {"Jet_pt"}).Histo1D<float>(met, "MET_pt")};
   case 5: {
      auto pair = [](Floats pt, Floats eta, Floats phi, Floats mass, Ints charge) {
         for (size_t i = 0; i < pt.size(); i++)
            for (size_t j = i + 1; j < pt.size(); j++) {
               if (charge[i] == charge[j]) continue;
               const double m = (Polar(pt[i], eta[i], phi[i], mass[i]) + Polar(pt[j], eta[j], phi[j], mass[j])).M();
               if (m >= 60 && m < 120) return true;
            }
         return false;
      };
      return {events.Filter([](Floats pt) { return pt.size() >= 2; }, {"Muon_pt"})
                 .Filter(pair, {"Muon_pt", "Muon_eta", "Muon_phi", "Muon_mass", "Muon_charge"})
                 .Histo1D<float>(met, "MET_pt")};
   }
   case 6: {
      struct Best { double pt; float btag; };
      auto three = [](Floats pt, Floats eta, Floats phi, Floats mass, Floats btag) {
         std::vector<Cartesian> jets;
         for (size_t i = 0; i < pt.size(); i++) jets.emplace_back(Polar(pt[i], eta[i], phi[i], mass[i]));
         double nearest = INFINITY;
         Best best{};
         for (size_t i = 0; i < jets.size(); i++)
            for (size_t j = i + 1; j < jets.size(); j++) {
               const auto two = jets[i] + jets[j];
               for (size_t k = j + 1; k < jets.size(); k++) {
                  const auto sum = two + jets[k];
                  const double distance = std::abs(sum.M() - 172.5);
                  if (distance < nearest) {
                     nearest = distance;
                     best = {sum.Pt(), std::max({btag[i], btag[j], btag[k]})};
                  }
               }
            }
         return best;
      };
      auto all = events.Filter([](Floats pt) { return pt.size() >= 3; }, {"Jet_pt"})
                    .Define("best", three, {"Jet_pt", "Jet_eta", "Jet_phi", "Jet_mass", "Jet_btag"})
                    .Define("pt", [](const Best &b) { return b.pt; }, {"best"})
                    .Define("btag", [](const Best &b) { return b.btag; }, {"best"});
      return {all.Histo1D<double>({"h", "", 100, 15, 40}, "pt"), all.Histo1D<float>({"h", "", 100, 0, 1}, "btag")};
   }
   case 7: {
      auto near = [](float eta, float phi, Floats pt, Floats etas, Floats phis) {
         for (size_t i = 0; i < pt.size(); i++)
            if (pt[i] > 10 && ROOT::VecOps::DeltaR<double>(eta, etas[i], phi, phis[i]) < 0.4) return true;
         return false;
      };
      auto sum = [near](Floats pt, Floats eta, Floats phi, Floats mpt, Floats meta, Floats mphi, Floats ept, Floats eeta, Floats ephi) {
         double sum = -1;
         for (size_t i = 0; i < pt.size(); i++)
            if (pt[i] > 30 && !near(eta[i], phi[i], mpt, meta, mphi) && !near(eta[i], phi[i], ept, eeta, ephi))
               sum = std::max(sum, 0.) + pt[i];
         return sum;
      };
      return {events.Define("sum", sum,
                            {"Jet_pt", "Jet_eta", "Jet_phi", "Muon_pt", "Muon_eta", "Muon_phi", "Electron_pt", "Electron_eta", "Electron_phi"})
                 .Filter([](double sum) { return sum >= 0; }, {"sum"})
                 .Histo1D<double>({"h", "", 100, 15, 200}, "sum")};
   }
   default: {
      auto transverse = [](Floats mpt, Floats meta, Floats mphi, Floats mmass, Ints mcharge, Floats ept, Floats eeta, Floats ephi,
                           Floats emass, Ints echarge, float met, float metphi) {
         struct Lepton { Cartesian p; double pt, phi; int charge; };
         std::vector<Lepton> leptons;
         for (size_t i = 0; i < mpt.size(); i++) leptons.push_back({Cartesian(Polar(mpt[i], meta[i], mphi[i], mmass[i])), mpt[i], mphi[i], mcharge[i]});
         for (size_t i = 0; i < ept.size(); i++) leptons.push_back({Cartesian(Polar(ept[i], eeta[i], ephi[i], emass[i])), ept[i], ephi[i], echarge[i]});
         const size_t n = leptons.size(), muons = mpt.size();
         double nearest = INFINITY;
         size_t a = n, b = n, other = n;
         for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++) {
               if ((i < muons) != (j < muons) || leptons[i].charge == leptons[j].charge) continue;
               const double distance = std::abs((leptons[i].p + leptons[j].p).M() - 91.2);
               if (distance < nearest) { nearest = distance; a = i; b = j; }
            }
         if (a == n) return -1.;
         for (size_t i = 0; i < n; i++)
            if (i != a && i != b && (other == n || leptons[i].pt > leptons[other].pt)) other = i;
         return std::sqrt(2 * leptons[other].pt * met * (1 - std::cos(metphi - leptons[other].phi)));
      };
      return {events.Filter([](Floats muons, Floats electrons) { return muons.size() + electrons.size() >= 3; }, {"Muon_pt", "Electron_pt"})
                 .Define("mt", transverse,
                         {"Muon_pt", "Muon_eta", "Muon_phi", "Muon_mass", "Muon_charge", "Electron_pt", "Electron_eta", "Electron_phi",
                          "Electron_mass", "Electron_charge", "MET_pt", "MET_phi"})
                 .Filter([](double mt) { return mt >= 0; }, {"mt"})
                 .Histo1D<double>(met, "mt")};
   }
   }
}

static double clock(clockid_t id) {
   timespec t;
   clock_gettime(id, &t);
   return t.tv_sec + 1e-9 * t.tv_nsec;
}

int main(int argc, char **argv) {
   TH1::AddDirectory(false);
   const int threads = argc > 1 ? std::atoi(argv[1]) : 1;
   if (threads > 1) ROOT::EnableImplicitMT(threads);
   for (std::string line; std::getline(std::cin, line);) {
      std::istringstream words(line);
      int task = 0;
      words >> task;
      std::vector<std::string> files;
      for (std::string file; words >> file;) files.push_back(file);
      const double cpu = clock(CLOCK_PROCESS_CPUTIME_ID), wall = clock(CLOCK_MONOTONIC);
      ROOT::RDataFrame events("Events", files);
      auto histograms = book(task, events);
      for (auto &h : histograms) h->GetEntries();
      std::cout << "{\"cpu\": " << clock(CLOCK_PROCESS_CPUTIME_ID) - cpu << ", \"wall\": " << clock(CLOCK_MONOTONIC) - wall << ", \"histograms\": [";
      for (size_t k = 0; k < histograms.size(); k++) {
         std::cout << (k ? ", [" : "[");
         for (int bin = 0; bin < 102; bin++) std::cout << (bin ? ", " : "") << static_cast<long>(histograms[k]->GetBinContent(bin));
         std::cout << "]";
      }
      std::cout << "]}" << std::endl;
   }
}
