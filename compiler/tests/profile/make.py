"""Makes behind_ntuple.root and behind.parquet beside this script: the events that cli_profile.rs writes as a tree, and
lists; and lzma_ntuple.root, numbers that are slow to decompress.

Needs ROOT 6.40, numpy and pyarrow. Event i has the trigger if it is 3 * 1024 + 5 or 17 * 1024, near = 0.75 from event
10 * 1024 on and 0.25 before, and i * 7 % 16 / 16 as far, last and never; hits: i % 3 of these numbers.
"""

import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import ROOT

EVENTS = 40 * 1024
# Elements of a page, and entries of a cluster: less than ROOT and pyarrow take.
PAGE, CLUSTER = 4096, 30_000

os.chdir(os.path.dirname(os.path.abspath(__file__)))
at = np.arange(5 * EVENTS)  # More than one slice of Parquet.
columns = {
    "trigger": np.isin(at, [3 * 1024 + 5, 17 * 1024]).astype(np.int32),
    "far": (at * 7 % 16 / 16).astype(np.float32),
    "near": np.where(at < 10 * 1024, 0.25, 0.75).astype(np.float32),
}
columns["last"] = columns["never"] = columns["far"]

ROOT.gInterpreter.Declare(
    """
#include <ROOT/RNTupleModel.hxx>
#include <ROOT/RNTupleWriteOptions.hxx>
#include <ROOT/RNTupleWriter.hxx>
void write_behind(const char *path, long events, long page, long cluster) {
  auto model = ROOT::RNTupleModel::Create();
  auto trigger = model->MakeField<int>("trigger");
  auto far = model->MakeField<float>("far"); auto near = model->MakeField<float>("near");
  auto last = model->MakeField<float>("last"); auto never = model->MakeField<float>("never");
  auto hits = model->MakeField<std::vector<float>>("hits");
  ROOT::RNTupleWriteOptions options;
  options.SetCompression(505);
  options.SetInitialUnzippedPageSize(4 * page);
  options.SetMaxUnzippedPageSize(4 * page);
  auto writer = ROOT::RNTupleWriter::Recreate(std::move(model), "Events", path, options);
  for (long i = 0; i < events; i++) {
    *trigger = i == 3 * 1024 + 5 || i == 17 * 1024;
    *near = i < 10 * 1024 ? 0.25f : 0.75f;
    *far = *last = *never = float(i * 7 % 16 / 16.);
    hits->assign(i % 3, *far);
    writer->Fill();
    if (i + 1 == cluster) writer->CommitCluster();
  }
}
void write_lzma(const char *path, long events) {
  auto model = ROOT::RNTupleModel::Create();
  auto x = model->MakeField<float>("x");
  ROOT::RNTupleWriteOptions options;
  options.SetCompression(207);
  auto writer = ROOT::RNTupleWriter::Recreate(std::move(model), "Events", path, options);
  unsigned long state = 1;
  for (long i = 0; i < events; i++) {
    state = state * 6364136223846793005ul + 1442695040888963407ul;
    *x = float(state >> 40) / (1 << 24);
    writer->Fill();
  }
}
"""
)
ROOT.write_lzma("lzma_ntuple.root", 16 * 1024)
ROOT.write_behind("behind_ntuple.root", EVENTS, PAGE, CLUSTER)

offsets = np.concatenate([[0], np.cumsum(at % 3)]).astype(np.int32)
columns["hits"] = pa.ListArray.from_arrays(pa.array(offsets), pa.array(np.repeat(columns["far"], at % 3)))
options = {"compression": "zstd", "use_dictionary": False, "data_page_size": 4 * PAGE, "write_batch_size": 1024}
pyarrow.parquet.write_table(pa.table(columns), "behind.parquet", row_group_size=len(at), **options)
