"""Makes files with what ATLAS keeps of all events beside the selected ones, with ROOT 6.40 (PyPI `ROOT`).

    python make_metadata.py

`bookkeepers.root`: a tree of events and `MetaData` as in DAOD_PHYSLITE, with a split `CutBookkeepersAux.`;
`bookkeepers_ntuple.root`: the same as RNTuples; `booked.root`: a tree of events and histograms as in the ntuples of the CP
algorithms. Names are those of the formats, classes have as many members as are read.
"""

import os
import shutil
import tempfile

import ROOT

here = os.path.dirname(os.path.abspath(__file__))
os.chdir(tempfile.mkdtemp())
with open("keepers.C", "w") as text:
    text.write(r"""
#include <ROOT/RNTupleModel.hxx>
#include <ROOT/RNTupleWriter.hxx>
#include <TFile.h>
#include <TH1.h>
#include <TTree.h>
#include <string>
#include <vector>
namespace xAOD {
struct AuxContainerBase { int size; };
struct CutBookkeeperAuxContainer_v1 : AuxContainerBase {
  std::vector<std::string> name, description, inputStream; std::vector<int> cycle;
  std::vector<ULong64_t> nAcceptedEvents; std::vector<double> sumOfEventWeights, sumOfEventWeightsSquared;
  void clear() {
    name.clear(); description.clear(); inputStream.clear(); cycle.clear(); nAcceptedEvents.clear();
    sumOfEventWeights.clear(); sumOfEventWeightsSquared.clear();
  }
  void add(const char *n, const char *stream, int c, ULong64_t events, double sumw, double sumw2) {
    name.push_back(n); description.push_back("a cut"); inputStream.push_back(stream); cycle.push_back(c);
    nAcceptedEvents.push_back(events); sumOfEventWeights.push_back(sumw); sumOfEventWeightsSquared.push_back(sumw2);
  }
};
}
#ifdef __CLING__
#pragma link C++ struct xAOD::AuxContainerBase+;
#pragma link C++ struct xAOD::CutBookkeeperAuxContainer_v1+;
#endif
// Two entries, as files that were merged have.
void keep(xAOD::CutBookkeeperAuxContainer_v1 &k, int entry) {
  k.clear();
  if (entry == 1) return k.add("AllExecutedEvents", "StreamAOD", 1, 2000, -50.5, 75);
  k.add("AllExecutedEvents", "StreamRDO", 7, 1, 1, 1); k.add("PHYSLITEKernel", "StreamAOD", 3, 40, 10, 20);
  k.add("AllExecutedEvents", "StreamAOD", 0, 900, 90.5, 91); k.add("AllExecutedEvents", "StreamAOD", 3, 1000, 100.25, 200.5);
  k.add("AllExecutedEvents", "StreamDAOD_PHYSLITE", 1, 60, 6, 12);
}
void bookkeepers() {
  TFile f("bookkeepers.root", "RECREATE", "", 0);
  TTree events("CollectionTree", "events");
  ULong64_t number; UInt_t channel = 410470; std::vector<float> pt;
  events.Branch("EventInfoAuxDyn.eventNumber", &number, "eventNumber/l");
  events.Branch("EventInfoAuxDyn.mcChannelNumber", &channel, "mcChannelNumber/i");
  events.Branch("AnalysisElectronsAuxDyn.pt", &pt);
  for (number = 0; number < 5; ++number) {
    pt.clear();
    for (ULong64_t j = 0; j < number % 3; ++j) pt.push_back(10000 * (j + 1));
    events.Fill();
  }
  events.Write();
  TTree tree("MetaData", "MetaData");
  xAOD::CutBookkeeperAuxContainer_v1 keeper, *pkeeper = &keeper;
  tree.Branch("CutBookkeepersAux.", &pkeeper, 32000, 99);
  for (int entry = 0; entry < 2; ++entry) { keep(keeper, entry); tree.Fill(); }
  tree.Write();
}
void bookkeepers_ntuple() {
  using ROOT::RNTupleModel; using ROOT::RNTupleWriter;
  TFile f("bookkeepers_ntuple.root", "RECREATE");
  {
    auto model = RNTupleModel::Create();
    auto number = model->MakeField<std::uint64_t>("EventInfoAuxDyn:eventNumber");
    auto channel = model->MakeField<std::uint32_t>("EventInfoAuxDyn:mcChannelNumber");
    auto pt = model->MakeField<std::vector<float>>("AnalysisElectronsAuxDyn:pt");
    auto writer = RNTupleWriter::Append(std::move(model), "EventData", f);
    *channel = 410470;
    for (*number = 0; *number < 5; ++*number) {
      pt->clear();
      for (ULong64_t j = 0; j < *number % 3; ++j) pt->push_back(10000 * (j + 1));
      writer->Fill();
    }
  }
  auto model = RNTupleModel::Create();
  auto name = model->MakeField<std::vector<std::string>>("CutBookkeepersAux:name");
  auto stream = model->MakeField<std::vector<std::string>>("CutBookkeepersAux:inputStream");
  auto cycle = model->MakeField<std::vector<int>>("CutBookkeepersAux:cycle");
  auto events = model->MakeField<std::vector<std::uint64_t>>("CutBookkeepersAux:nAcceptedEvents");
  auto sumw = model->MakeField<std::vector<double>>("CutBookkeepersAux:sumOfEventWeights");
  auto sumw2 = model->MakeField<std::vector<double>>("CutBookkeepersAux:sumOfEventWeightsSquared");
  auto writer = RNTupleWriter::Append(std::move(model), "MetaData", f);
  for (int entry = 0; entry < 2; ++entry) {
    xAOD::CutBookkeeperAuxContainer_v1 k;
    keep(k, entry);
    *name = k.name; *stream = k.inputStream; *cycle = k.cycle; events->assign(k.nAcceptedEvents.begin(), k.nAcceptedEvents.end());
    *sumw = k.sumOfEventWeights; *sumw2 = k.sumOfEventWeightsSquared;
    writer->Fill();
  }
}
template <typename H> void book(const char *name, double events, double sumw, double sumw2) {
  H h(name, name, 3, 0, 3);
  h.GetXaxis()->SetBinLabel(1, "initial events"); h.GetXaxis()->SetBinLabel(2, "initial sum of weights");
  h.GetXaxis()->SetBinLabel(3, "initial sum of weights squared");
  h.SetBinContent(1, events); h.SetBinContent(2, sumw); h.SetBinContent(3, sumw2);
  h.Write();
}
void booked() {
  TFile f("booked.root", "RECREATE", "", 0);
  TTree tree("reco", "events");
  ULong64_t number; float weight; std::vector<float> pt;
  tree.Branch("eventNumber", &number, "eventNumber/l"); tree.Branch("weight_mc_NOSYS", &weight, "weight_mc_NOSYS/F");
  tree.Branch("el_pt_NOSYS", &pt);
  for (number = 0; number < 5; ++number) {
    weight = 0.5f * number; pt.clear();
    for (ULong64_t j = 0; j < number % 3; ++j) pt.push_back(10000 * (j + 1));
    tree.Fill();
  }
  tree.Write();
  book<TH1F>("CutBookkeeper_410470_284500_NOSYS", 1000, 100.25, 200.5);
  book<TH1D>("CutBookkeeper_410471_300000_NOSYS", 2000, -50.5, 75);
  book<TH1F>("CutBookkeeper_410470_284500_GEN_MUR05", 1000, 90, 180);
}
""")
ROOT.gROOT.ProcessLine(".L keepers.C+")
ROOT.bookkeepers()
ROOT.bookkeepers_ntuple()
ROOT.booked()
for made in ("bookkeepers.root", "bookkeepers_ntuple.root", "booked.root"):
    shutil.move(made, os.path.join(here, made))
