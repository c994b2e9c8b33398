"""Makes the events of the highly selective analysis that measure.py measures, and its text.

    selective.py FOLDER [--events N]

One event in 10,000 has `trigger`, and these are next to each other in two places, as the runs of a rare trigger are. Beside it
there are 20 numbers per event (x0 to x19) and 20 per jet (Jet_y0 to Jet_y19), of which the analysis fills a histogram each,
behind the trigger. FOLDER gets the same events as a tree, an RNTuple (both written by ROOT with its defaults for Zstandard)
and as Parquet; `selective.adl`, and `everything.adl`, which selects every event.
"""

import argparse
from pathlib import Path

import numpy as np

import events

NUMBERS = 20
FILES = {"tree": "selective.root", "ntuple": "selective_ntuple.root", "parquet": "selective.parquet"}


def generate(count):
    """Columns by name, and the sizes of the jets."""
    random = np.random.default_rng(7)
    jets = random.poisson(3, count).astype(np.int32)
    trigger = np.zeros(count, dtype=np.int32)
    clump = count // 20_000
    for first in (3 * count // 10, 7 * count // 10):
        trigger[first : first + clump] = 1
    # Of limited precision, as the columns of small formats are.
    values = lambda size: (random.integers(0, 4096, size) / np.float32(64)).astype(np.float32)
    made = {"trigger": trigger}
    made |= {f"x{i}": values(count) for i in range(NUMBERS)}
    made |= {f"Jet_y{i}": values(int(jets.sum())) for i in range(NUMBERS)}
    return made, {"Jet": jets}


def text(cut):
    fills = [f'  histo x{i}, "x{i}", 64, 0, 64, x{i}\n' for i in range(NUMBERS)]
    fills += [f'  histo y{i}, "y{i}", 64, 0, 64, Jet.y{i}\n' for i in range(NUMBERS)]
    return f"adl 2026\nregion rare\n  select {cut}\n" + "".join(fills)


def write_texts(folder):
    (folder / "selective.adl").write_text(text("trigger == 1"))
    (folder / "everything.adl").write_text(text("trigger >= 0"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    made, sizes = generate(options.events)
    tree, ntuple, parquet = (options.folder / name for name in FILES.values())
    events.write_tree(tree, made, sizes, events.CODECS["zstd"], options.events)
    events.write_ntuple(ntuple, tree)
    events.write_parquet(parquet, made, sizes, options.events)
    write_texts(options.folder)


if __name__ == "__main__":
    main()
