"""Makes the RNTuple samples beside this script. Needs ROOT 6.40 (`pip install --pre ROOT`).

Every value follows from the entry number i, so that tests/ntuples.rs needs no reference file:
n = i % 4 values per list, value k of entry i is 10 * i + k.
"""

import os
import shutil
import tempfile

import ROOT

ROOT.gROOT.SetBatch(True)
here = os.path.dirname(os.path.abspath(__file__))

os.chdir(tempfile.mkdtemp())
with open("classes.C", "w") as source:
    source.write("""
#include <ROOT/RField.hxx>
#include <ROOT/RFieldUtils.hxx>
#include <ROOT/RNTupleImporter.hxx>
#include <ROOT/RNTupleModel.hxx>
#include <ROOT/RNTupleWriteOptions.hxx>
#include <ROOT/RNTupleWriter.hxx>
#include <Rtypes.h>
#include <TFile.h>
#include <TTree.h>
#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <set>
#include <variant>
#include <vector>
enum class Kind : std::int16_t { kNone = -1, kSome = 300 };
struct Base { float mass; };
struct Particle : public Base { float pt; int charge; float cov[2]; Double32_t phi; std::vector<int> hits; Kind kind; };
struct Summary { int run; float met[3]; std::vector<float> weights; Base base; };
#ifdef __ROOTCLING__
#pragma link C++ enum Kind;
#pragma link C++ class Base+;
#pragma link C++ class Particle+;
#pragma link C++ class Summary+;
#pragma link C++ class std::vector<Particle>+;
#endif
using ROOT::RNTupleModel; using ROOT::RNTupleWriter; using ROOT::RNTupleWriteOptions;
using Column = ROOT::ENTupleColumnType;

template <typename T> void encode(RNTupleModel &model, const char *name, Column column, int bits = 0) {
  auto field = std::make_unique<ROOT::RField<T>>(name);
  if (column == Column::kReal32Trunc) field->SetTruncated(bits);
  else if (column == Column::kReal32Quant) field->SetQuantized(bits, std::pair<T, T>(-10, 790));
  else field->SetColumnRepresentatives({{column}});
  model.AddField(std::move(field));
}

void fields(const char *path, int compression, bool checksums, int entries, int clusters) {
  auto model = RNTupleModel::Create();
  model->SetDescription("every kind of field");
  auto o = model->MakeField<bool>("o"); auto b = model->MakeField<std::int8_t>("b"); auto ub = model->MakeField<std::uint8_t>("ub");
  auto c = model->MakeField<char>("c"); auto by = model->MakeField<std::byte>("by");
  auto s = model->MakeField<std::int16_t>("s"); auto us = model->MakeField<std::uint16_t>("us");
  auto i = model->MakeField<int>("i", "a whole number"); auto u = model->MakeField<unsigned>("u");
  auto l = model->MakeField<std::int64_t>("l"); auto ul = model->MakeField<std::uint64_t>("ul");
  auto f = model->MakeField<float>("f"); auto d = model->MakeField<double>("d");
  model->AddField(ROOT::RFieldBase::Create("d32", "Double32_t").Unwrap());
  encode<float>(*model, "half", Column::kReal16);
  encode<float>(*model, "trunc", Column::kReal32Trunc, 20);
  encode<float>(*model, "quant", Column::kReal32Quant, 13);
  encode<double>(*model, "dquant", Column::kReal32Quant, 30);
  encode<double>(*model, "narrow", Column::kReal32);
  auto vf = model->MakeField<std::vector<float>>("vf"); auto vb = model->MakeField<std::vector<bool>>("vb");
  auto rv = model->MakeField<ROOT::RVec<double>>("rv"); auto vv = model->MakeField<std::vector<std::vector<short>>>("vv");
  auto si = model->MakeField<std::set<int>>("si"); auto opt = model->MakeField<std::optional<float>>("opt");
  auto fixed = model->MakeField<std::array<float, 3>>("fixed"); auto square = model->MakeField<std::array<std::array<int, 2>, 3>>("square");
  auto va = model->MakeField<std::vector<std::array<float, 2>>>("va"); auto av = model->MakeField<std::array<std::vector<int>, 2>>("av");
  auto bits = model->MakeField<std::bitset<10>>("bits"); auto kind = model->MakeField<Kind>("kind");
  auto pair = model->MakeField<std::pair<int, float>>("pair");
  auto p = model->MakeField<std::vector<Particle>>("p"); auto sum = model->MakeField<Summary>("sum");
  auto bases = model->MakeField<std::array<Base, 2>>("bases");
  auto str = model->MakeField<std::string>("str"); auto vs = model->MakeField<std::vector<std::string>>("vs");
  auto var = model->MakeField<std::variant<int, float>>("var");
  auto project = [&](const char *name, const char *type, std::map<std::string, std::string> mapping) {
    auto field = ROOT::RFieldBase::Create(name, type).Unwrap();
    model->AddProjectedField(std::move(field), [=](const std::string &n) { return mapping.at(n); }).ThrowOnError();
  };
  project("np", "ROOT::RNTupleCardinality<std::uint32_t>", {{"np", "p"}});
  project("p_pt", "ROOT::RVec<float>", {{"p_pt", "p"}, {"p_pt._0", "p._0.pt"}});
  project("nlong", "ROOT::RNTupleCardinality<std::uint64_t>", {{"nlong", "vf"}});
  RNTupleWriteOptions options;
  options.SetCompression(compression);
  options.SetEnablePageChecksums(checksums);
  auto writer = RNTupleWriter::Recreate(std::move(model), "t", path, options);
  auto &entry = writer->GetModel().GetDefaultEntry();
  auto half = entry.GetPtr<float>("half"), trunc = entry.GetPtr<float>("trunc"), quant = entry.GetPtr<float>("quant");
  auto dquant = entry.GetPtr<double>("dquant"), narrow = entry.GetPtr<double>("narrow");
  auto d32 = entry.GetPtr<double>("d32");
  for (int k = 0; k < entries; ++k) {
    int n = k % 4;
    *o = k % 2; *b = -k % 100; *ub = k % 256; *c = k % 100; *by = std::byte(k % 200); *s = -k; *us = k; *i = -1000 * k; *u = 1000u * k;
    *l = -(1LL << 40) * k; *ul = (1ULL << 40) * k; *f = 0.5f * k; *d = 0.25 * k; *d32 = k; *half = 0.5f * k; *trunc = k; *quant = k;
    *dquant = k; *narrow = k;
    vf->clear(); vb->clear(); rv->clear(); vv->clear(); si->clear(); va->clear(); p->clear(); vs->clear(); opt->reset();
    for (int j = 0; j < n; ++j) {
      float v = 10 * k + j;
      vf->push_back(v); vb->push_back(j % 2); rv->push_back(v); vv->emplace_back(j, short(v)); si->insert(v); va->push_back({v, -v});
      Particle particle; particle.mass = 0.5f * v; particle.pt = v; particle.charge = -j; particle.cov[0] = v; particle.cov[1] = -v;
      particle.phi = v; particle.hits = std::vector<int>(j, k); particle.kind = j % 2 ? Kind::kSome : Kind::kNone;
      p->push_back(particle); vs->push_back("text");
    }
    if (k % 2) *opt = k;
    for (int j = 0; j < 3; ++j) { (*fixed)[j] = 10 * k + j; (*square)[j] = {10 * k + j, -j}; }
    (*av)[0] = std::vector<int>(n, k); (*av)[1] = {-k};
    *bits = std::bitset<10>(k); *kind = k % 2 ? Kind::kSome : Kind::kNone; *pair = {k, -0.5f * k};
    sum->run = k; sum->met[0] = 1; sum->met[1] = 2; sum->met[2] = k; sum->weights = std::vector<float>(n, k); sum->base.mass = -k;
    (*bases)[0].mass = k; (*bases)[1].mass = -k; *str = "text";
    if (k % 2) *var = k; else *var = 0.5f * k;
    writer->Fill();
    if ((k + 1) % ((entries + clusters - 1) / clusters) == 0) writer->CommitCluster();
  }
}

void extended(const char *path) {
  auto model = RNTupleModel::Create();
  auto i = model->MakeField<int>("i");
  auto field = std::make_unique<ROOT::RField<float>>("changing");
  field->SetColumnRepresentatives({{Column::kReal32}, {Column::kSplitReal32}, {Column::kReal16}});
  model->AddField(std::move(field));
  auto writer = RNTupleWriter::Recreate(std::move(model), "t", path);
  auto changing = writer->GetModel().GetDefaultEntry().GetPtr<float>("changing");
  std::shared_ptr<float> late; std::shared_ptr<std::vector<int>> lists; std::shared_ptr<std::array<short, 2>> fixed;
  std::shared_ptr<std::vector<Particle>> p;
  for (int k = 0; k < 60; ++k) {
    if (k == 15) {
      auto updater = writer->CreateModelUpdater();
      updater->BeginUpdate();
      late = updater->MakeField<float>("late"); fixed = updater->MakeField<std::array<short, 2>>("fixed");
      updater->CommitUpdate();
    }
    if (k == 40) {
      auto updater = writer->CreateModelUpdater();
      updater->BeginUpdate();
      lists = updater->MakeField<std::vector<int>>("lists"); p = updater->MakeField<std::vector<Particle>>("p");
      updater->CommitUpdate();
    }
    *i = k; *changing = k;
    if (late) { *late = k; *fixed = {short(k), short(-k)}; }
    if (lists) { *lists = std::vector<int>(k % 4, k); p->resize(k % 4); for (auto &one : *p) { one = Particle(); one.pt = k; } }
    writer->Fill();
    // Clusters of ten; a cluster group of each three.
    if (k % 10 == 9) {
      writer->CommitCluster(k % 30 == 29);
      auto &changed = const_cast<ROOT::RFieldBase &>(writer->GetModel().GetConstField("changing"));
      ROOT::Internal::RFieldRepresentationModifier::SetPrimaryColumnRepresentation(changed, (k / 10 + 1) % 3);
    }
  }
}

void tree(const char *path) {
  TFile file(path, "RECREATE");
  TTree t("t", "counted arrays");
  int n, m; float x[4]; short y[4]; bool z[4]; unsigned i;
  t.Branch("i", &i, "i/i"); t.Branch("nJet", &n, "nJet/I"); t.Branch("Jet_x", x, "Jet_x[nJet]/F"); t.Branch("Jet_y", y, "Jet_y[nJet]/S");
  t.Branch("nHit", &m, "nHit/I"); t.Branch("Hit_z", z, "Hit_z[nHit]/O");
  for (i = 0; i < 60; ++i) {
    n = i % 4; m = i % 3;
    for (int j = 0; j < n; ++j) { x[j] = 10 * i + j; y[j] = -j; }
    for (int j = 0; j < m; ++j) z[j] = j % 2;
    t.Fill();
  }
  t.Write();
}

void imported(const char *from, const char *path) {
  auto importer = ROOT::Experimental::RNTupleImporter::Create(from, "t", path);
  importer->SetIsQuiet(true);
  importer->SetConvertDotsInBranchNames(true);
  importer->Import();
}

void chunked(const char *path) {
  auto model = RNTupleModel::Create();
  auto x = model->MakeField<std::vector<double>>("x");
  RNTupleWriteOptions options;
  options.SetCompression(0);
  ROOT::Internal::RNTupleWriteOptionsManip::SetMaxKeySize(options, 4096);
  auto writer = RNTupleWriter::Recreate(std::move(model), "t", path, options);
  for (int k = 0; k < 60; ++k) {
    x->clear();
    for (int j = 0; j < 20; ++j) x->push_back(100 * k + j);
    writer->Fill();
  }
}
""")
if ROOT.gROOT.ProcessLine(".L classes.C+") != 0:
    raise SystemExit("classes.C does not compile")


ROOT.fields("fields.root", 505, True, 60, 3)
# As it is in memory, so that mutants get far: see mutation.rs.
ROOT.fields("plain.root", 0, False, 8, 2)
ROOT.extended("extended.root")
ROOT.tree("tree.root")
ROOT.imported("tree.root", "imported.root")
ROOT.chunked("chunked.root")
for name in ("fields", "plain", "extended", "imported", "chunked"):
    shutil.move(name + ".root", os.path.join(here, f"rntuple_{name}.root"))
