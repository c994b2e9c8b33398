"""Makes the events that measure.py measures with: a few real or simulated events, drawn again and again and smeared.

    events.py INPUT FOLDER [--events N]

INPUT is a ROOT or Parquet file in the layout of NanoAOD (`nJet`, `Jet_pt`, ...). Event i is one of its events, drawn at
random: turned around the beam by an angle, mirrored or not, with each pt, mass and energy scaled by a few per cent and each
direction moved a little. Multiplicities, charges and flags stay. Block k of 100,000 events depends on k only, so that a file
of fewer events has the first of them.

FOLDER then has the same events as trees that ROOT writes with its defaults for zlib, LZ4 and Zstandard, as an RNTuple that
ROOT's importer makes of a tree, and as Parquet; and `small.root`, a tree with the first 1000. Needs numpy, pyarrow, uproot,
awkward and ROOT.
"""

import argparse
import os
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import uproot

BLOCK = 100_000
SMALL = 1000
ROW_GROUP = 200_000
# 100 * algorithm + level, the defaults of ROOT.
CODECS = {"zlib": 101, "lz4": 404, "zstd": 505}
# Sample events have the b tags of NanoAODv12.
RENAMED = {"Jet_btagDeepFlavB": "Jet_btag"}
NEEDED = ["MET_pt", "MET_phi", "Jet_pt", "Jet_eta", "Jet_phi", "Jet_mass", "Jet_btag"]
NEEDED += [f"{c}_{x}" for c in ("Muon", "Electron") for x in ("pt", "eta", "phi", "mass", "charge")]


def read(path):
    """Columns by name: numbers of all events, or lists."""
    if path.suffix == ".parquet":
        table = pyarrow.parquet.read_table(path)
        columns = {name: ak.from_arrow(table[name]) for name in table.column_names}
    else:
        tree = uproot.open(path)["Events"]
        columns = {name: tree[name].array() for name in tree.keys()}
    columns = {RENAMED.get(name, name): ak.drop_none(ak.to_packed(column)) for name, column in columns.items()}
    lists = {name for name, column in columns.items() if column.ndim == 2}
    collections = {name.split("_")[0] for name in lists}
    good = [n for n in columns if columns[n].ndim == 1 and n[1:] not in collections or n in lists]
    if missing := [name for name in NEEDED if name not in good]:
        raise SystemExit(f"{path} does not have {', '.join(missing)}")
    return {name: columns[name] for name in good}


def smeared(name, values, random, turn, mirror):
    """New values of a column; `turn` and `mirror` are those of the event of each value."""
    if values.dtype not in (np.float32, np.float64):
        return values
    part = name.split("_")[-1]
    exact = ~np.isfinite(values) | (values == 0) | (values == -1) | (np.abs(values) >= 999)
    noise = random.standard_normal(len(values))
    if part == "phi":
        new = (values + turn + 0.02 * noise + np.pi) % (2 * np.pi) - np.pi
    elif part == "eta":
        new = mirror * (values + 0.02 * noise)
    elif part.startswith("btag"):
        new = np.clip(values + 0.01 * noise, 0, 1)
    else:
        new = values * np.exp(0.04 * noise)
    return np.where(exact, values, new).astype(values.dtype)


def block(columns, number, size):
    """Block `number`, cut to `size` events: columns by name, and the numbers of objects of each collection."""
    random = np.random.default_rng([20120, number])
    drawn = random.integers(0, len(next(iter(columns.values()))), BLOCK)
    turn, mirror = random.uniform(-np.pi, np.pi, BLOCK), random.choice([-1.0, 1.0], BLOCK)
    made, sizes = {}, {}
    for name, column in columns.items():
        if column.ndim == 1:
            values, owner = ak.to_numpy(column)[drawn], np.arange(BLOCK)
        else:
            picked = column[drawn]
            counts = ak.to_numpy(ak.num(picked))
            values, owner = ak.to_numpy(ak.flatten(picked)), np.repeat(np.arange(BLOCK), counts)
            sizes[name.split("_")[0]] = counts[:size]
        values = smeared(name, values, random, turn[owner], mirror[owner])
        made[name] = values[: np.searchsorted(owner, size)]
    return made, sizes


def generate(columns, events):
    parts = [block(columns, k, min(BLOCK, events - k * BLOCK)) for k in range(-(-events // BLOCK))]
    made = {name: np.concatenate([values[name] for values, _ in parts]) for name in columns}
    sizes = {name: np.concatenate([counts[name] for _, counts in parts]) for name in parts[0][1]}
    return made, sizes


WRITER = r"""
#include <TFile.h>
#include <TTree.h>
#include <cstring>
#include <memory>
#include <string>
#include <vector>
struct BenchWriter {
  struct Column { std::string name, leaf; const char *values; size_t width; const long long *starts; std::vector<char> entry; };
  std::vector<Column> columns;
  void add(const std::string &name, const std::string &leaf, size_t values, size_t width, size_t starts, size_t most) {
    columns.push_back({name, leaf, (const char *)values, width, (const long long *)starts, std::vector<char>(width * std::max<size_t>(most, 1))});
  }
  void write(const std::string &path, int compression, long long events) {
    TFile file(path.c_str(), "RECREATE", "", compression);
    auto tree = new TTree("Events", "Events");
    for (auto &c : columns) tree->Branch(c.name.c_str(), c.entry.data(), c.leaf.c_str());
    for (long long i = 0; i < events; i++) {
      for (auto &c : columns) {
        const long long first = c.starts ? c.starts[i] : i, end = c.starts ? c.starts[i + 1] : i + 1;
        std::memcpy(c.entry.data(), c.values + first * c.width, (end - first) * c.width);
      }
      tree->Fill();
    }
    file.Write();
  }
};
"""
LEAF = {"float32": "F", "float64": "D", "int8": "B", "uint8": "b", "int16": "S", "uint16": "s", "int32": "I", "uint32": "i", "int64": "L", "uint64": "l", "bool": "O"}


def starts_of(counts):
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def write_tree(path, made, sizes, compression, events):
    import ROOT

    if not hasattr(ROOT, "BenchWriter"):
        ROOT.gInterpreter.Declare(WRITER)
    writer, kept = ROOT.BenchWriter(), []
    # A counter is written before what it counts.
    for name, counts in sizes.items():
        kept.append(np.ascontiguousarray(counts, dtype=np.int32))
        writer.add(f"n{name}", f"n{name}/I", kept[-1].ctypes.data, 4, 0, 1)
    for name, values in made.items():
        collection, leaf = name.split("_")[0], LEAF[values.dtype.name]
        kept.append(np.ascontiguousarray(values))
        data, width = kept[-1].ctypes.data, values.dtype.itemsize
        if collection in sizes and len(values) != len(sizes[collection]) or "_" in name and collection in sizes:
            kept.append(starts_of(sizes[collection]))
            most = int(sizes[collection].max())
            writer.add(name, f"{name}[n{collection}]/{leaf}", data, width, kept[-1].ctypes.data, most)
        else:
            writer.add(name, f"{name}/{leaf}", data, width, 0, 1)
    writer.write(str(path), compression, events)


def write_ntuple(path, tree):
    import ROOT

    kind = ROOT.RNTupleImporter if hasattr(ROOT, "RNTupleImporter") else ROOT.Experimental.RNTupleImporter
    importer = kind.Create(str(tree), "Events", str(path))
    importer.SetIsQuiet(True)
    options = importer.GetWriteOptions()
    options.SetCompression(CODECS["zstd"])
    importer.SetWriteOptions(options)
    importer.Import()


def write_parquet(path, made, sizes, events):
    writer = None
    starts = {name: starts_of(counts) for name, counts in sizes.items()}
    for first in range(0, events, ROW_GROUP):
        end = min(first + ROW_GROUP, events)
        arrays = {f"n{name}": pa.array(counts[first:end].astype(np.int32)) for name, counts in sizes.items()}
        for name, values in made.items():
            collection = name.split("_")[0]
            if "_" in name and collection in sizes:
                offsets = starts[collection][first : end + 1]
                content = pa.array(values[offsets[0] : offsets[-1]])
                arrays[name] = pa.ListArray.from_arrays(pa.array((offsets - offsets[0]).astype(np.int32)), content)
            else:
                arrays[name] = pa.array(values[first:end])
        table = pa.table(arrays)
        writer = writer or pyarrow.parquet.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=ROW_GROUP)
    writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("input", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=2_000_000)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    made, sizes = generate(read(options.input), options.events)

    def write(name, how, *more):
        path = options.folder / name
        if path.exists():
            return
        part = path.with_name(f"part_{name}")
        how(part, *more)
        os.rename(part, path)
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB", flush=True)

    for codec, compression in CODECS.items():
        write(f"tree_{codec}.root", write_tree, made, sizes, compression, options.events)
    write("ntuple_zstd.root", write_ntuple, options.folder / "tree_zstd.root")
    write("parquet_zstd.parquet", write_parquet, made, sizes, options.events)
    write("small.root", write_tree, made, sizes, CODECS["zstd"], min(SMALL, options.events))


if __name__ == "__main__":
    main()
