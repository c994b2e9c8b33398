"""Compares the lists of lists in skims with those of their input, as uproot and pyarrow read them.

    check_skims.py FOLDER DATA LEAST [FOLDER DATA LEAST ...]

FOLDER is the output of `adlc run skims.adl DATA`, or of skims_nested.adl, which selects events. Every column of lists of
lists that a skim has must be in the file too, with the same type and values to the bit, and there must be at least LEAST
of them in each skim. Ends with a line that counts the columns; any difference is an error.
"""

import sys

import awkward as ak
import numpy as np
import uproot

compared = 0


def columns_of(path, tree=None):
    """Functions that read the columns of a file, by the names that adlc has for them."""
    if path.endswith(".parquet"):
        return dict(flat(ak.from_parquet(path), ""))
    file = uproot.open(path)
    if tree is None:
        tree = next(name for name, kind in file.classnames().items() if "TTree" in kind or "RNTuple" in kind)
    tree = file[tree]
    return {name.split("/")[-1]: tree[name].array for name in tree.keys() if "_collection" not in name}


def flat(array, prefix):
    for field in array.fields:
        name, inside = f"{prefix}{field}", array[field]
        if inside.fields:
            yield from flat(inside, f"{name}_")
        else:
            yield name, lambda inside=inside: inside


def numbers(array):
    """The type, and the sizes and values of lists of lists; none of what else there is."""
    if array.ndim != 3 or "string" in str(array.type) or "{" in str(array.type):
        return None
    flat = np.asarray(ak.flatten(array, axis=None))
    return str(flat.dtype), ak.num(array).tolist(), ak.flatten(ak.num(array, axis=2)).tolist(), flat.tobytes()


def of_input(columns, name):
    """A column, or a member of the objects that one holds."""
    if name in columns:
        return columns[name]()
    holders = [held for held in columns if name.startswith(f"{held}_")]
    for held in sorted(holders, key=len, reverse=True):
        array, field = columns[held](), name[len(held) + 1 :]
        if field in array.fields:
            return array[field]
    sys.exit(f"there is no {name}")


def check(folder, data, least):
    global compared
    before = columns_of(data)
    mask = slice(None)
    if "weights" in before:
        mask = ak.num(before["weights"]()) >= 2
    # Dots, of which RNTuples have none in names, are underscores.
    before = {name.replace(".", "_"): read for name, read in before.items()}
    for name, tree in (("tree.root", None), ("ntuple.root", None), ("flat.parquet", None)):
        found = 0
        for column, read in columns_of(f"{folder}/saved/some/{name}", tree).items():
            values = numbers(read())
            if values is None:
                continue
            found += 1
            column = column.replace(".", "_")
            wanted = numbers(of_input(before, column)[mask])
            if values != wanted:
                sys.exit(f"{data}: {column} of {name} is {values[:3]} instead of {wanted[:3]}")
        if found < least:
            sys.exit(f"{data}: {name} has {found} columns of lists of lists, not {least}")
        compared += found


for arguments in zip(sys.argv[1::3], sys.argv[2::3], sys.argv[3::3]):
    check(*arguments[:2], int(arguments[2]))
print(f"{compared} columns of lists of lists are the same")
