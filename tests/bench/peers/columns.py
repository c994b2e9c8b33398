"""Columns of a file in parts of a few 100,000 events, as awkward arrays: ROOT by uproot, Parquet by pyarrow."""

import awkward as ak

PART = 400_000


def parts(files, names):
    for file in files:
        if file.endswith(".parquet"):
            import pyarrow.parquet

            events = pyarrow.parquet.ParquetFile(file)
            for group in range(events.metadata.num_row_groups):
                table = events.read_row_group(group, columns=names, use_threads=False)
                yield {name: ak.from_arrow(table[name]) for name in names}
        else:
            import uproot

            with uproot.open(file) as opened:
                tree = opened["Events"]
                for first in range(0, tree.num_entries, PART):
                    array = tree.arrays(names, entry_start=first, entry_stop=min(first + PART, tree.num_entries))
                    yield {name: array[name] for name in names}
