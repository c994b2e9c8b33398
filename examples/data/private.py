"""Makes private.root from dy.root: its first 1000 events in the layout of an ntuple that somebody made for one analysis.

    python private.py

Written with uproot 5.7 and awkward 2.14. Momenta are in MeV; leptons have components, jets have not; electrons and muons
are one collection; the weights of the theory are a list of numbers, made up: 1 and +-5 %, +-10 % of the nominal weight.
"""

import awkward as ak
import numpy as np
import uproot

events = uproot.open("dy.root")["Events"].arrays(entry_stop=1000)


def f32(array):
    return ak.values_astype(array, np.float32)


def leptons(name, flavour, isolation):
    pt, eta, phi, mass = (events[f"{name}_{x}"] for x in ("pt", "eta", "phi", "mass"))
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    energy = np.sqrt(px**2 + py**2 + pz**2 + mass**2)
    charge = ak.values_astype(events[f"{name}_charge"], np.int32)
    momentum = {"px": f32(1000 * px), "py": f32(1000 * py), "pz": f32(1000 * pz), "E": f32(1000 * energy)}
    return ak.zip({**momentum, "q": charge, "flav": 0 * charge + flavour, "iso": events[f"{name}_{isolation}"]})


lep = ak.concatenate([leptons("Muon", 13, "pfRelIso04_all"), leptons("Electron", 11, "pfRelIso03_all")], axis=1)
jets = {"et": f32(1000 * events["Jet_pt"]), "eta": events["Jet_eta"], "phi": events["Jet_phi"]}
jets["tagweight"] = events["Jet_btagDeepFlavB"]
jet = ak.zip(jets)
theory = f32(events["genWeight"][:, np.newaxis] * np.array([[0.9, 0.95, 1.0, 1.05, 1.1]]))
scalars = {
    "runNumber": ak.values_astype(events["run"], np.int32),
    "eventNumber": ak.values_astype(events["event"], np.int64),
    "mcWeight": events["genWeight"],
    "met_et": f32(1000 * events["MET_pt"]),
    "met_dir": events["MET_phi"],
    "pass_mu24": events["HLT_IsoMu24"],
}

with uproot.recreate("private.root", compression=uproot.ZSTD(5)) as file:
    lists = {"lep": lep, "jet": jet, "theory": ak.from_regular(theory)}
    file.mktree(
        "mini/events",
        {name: array.type.content for name, array in {**scalars, **lists}.items()},
        counter_name=lambda counted: f"{counted}_n",
        field_name=lambda outer, inner: f"{outer}_{inner}",
    )
    file["mini/events"].extend({**scalars, **lists})
