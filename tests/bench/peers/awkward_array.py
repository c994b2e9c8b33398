"""The tasks with awkward arrays and vector, as one would write them in coffea. Protocol as in answer.py."""

import awkward as ak
import numpy as np
import vector

import answer
from columns import parts

vector.register_awkward()


def histogram(values, low, high):
    values = np.asarray(ak.to_numpy(values), dtype=np.float64)
    bins = np.floor(answer.BINS * ((values - low) / (high - low)))
    return np.bincount(np.clip(bins, -1, answer.BINS).astype(np.int64) + 1, minlength=answer.BINS + 2)


def momenta(events, name, **more):
    parts = {part: ak.values_astype(events[f"{name}_{part}"], np.float64) for part in ("pt", "eta", "phi", "mass")}
    return ak.zip(parts | more, with_name="Momentum4D")


def chosen(events, mask):
    return {name: column[mask] for name, column in events.items()}


def isolated(eta, phi, events, name):
    hard = events[f"{name}_pt"] > 10
    etas, phis = (ak.values_astype(events[f"{name}_{part}"][hard], np.float64) for part in ("eta", "phi"))
    eta, etas = ak.unzip(ak.cartesian([eta, etas], nested=True))
    phi, phis = ak.unzip(ak.cartesian([phi, phis], nested=True))
    turned = (phi - phis + np.pi) % (2 * np.pi) - np.pi
    return ~ak.any((eta - etas) ** 2 + turned**2 < 0.4**2, axis=-1)


def values(task, e):
    """What the histograms of a task are filled with."""
    if task == 1:
        return [e["MET_pt"]]
    if task == 2:
        return [ak.flatten(e["Jet_pt"])]
    if task == 3:
        return [ak.flatten(e["Jet_pt"][abs(e["Jet_eta"]) < 1])]
    if task == 4:
        return [e["MET_pt"][ak.sum(e["Jet_pt"] > 40, axis=1) >= 2]]
    if task == 5:
        e = chosen(e, ak.num(e["Muon_pt"]) >= 2)
        a, b = ak.unzip(ak.combinations(momenta(e, "Muon", charge=e["Muon_charge"]), 2))
        opposite = a.charge != b.charge
        mass = (a[opposite] + b[opposite]).mass
        return [e["MET_pt"][ak.any((mass >= 60) & (mass < 120), axis=1)]]
    if task == 6:
        e = chosen(e, ak.num(e["Jet_pt"]) >= 3)
        p = momenta(e, "Jet")
        jets = ak.zip({"px": p.px, "py": p.py, "pz": p.pz, "E": p.E, "btag": e["Jet_btag"]}, with_name="Momentum4D")
        a, b, c = ak.unzip(ak.combinations(jets, 3))
        three = a + b + c
        best = ak.argmin(abs(three.mass - 172.5), axis=1, keepdims=True)
        btag = np.maximum(np.maximum(a.btag, b.btag), c.btag)
        return [ak.flatten(three[best].pt), ak.flatten(btag[best])]
    if task == 7:
        e = chosen(e, ak.any(e["Jet_pt"] > 30, axis=1))
        hard = e["Jet_pt"] > 30
        pt, eta, phi = (ak.values_astype(e[f"Jet_{part}"][hard], np.float64) for part in ("pt", "eta", "phi"))
        pt = pt[isolated(eta, phi, e, "Muon") & isolated(eta, phi, e, "Electron")]
        return [ak.sum(pt, axis=1)[ak.num(pt) > 0]]
    e = chosen(e, ak.num(e["Muon_pt"]) + ak.num(e["Electron_pt"]) >= 3)
    muons = momenta(e, "Muon", charge=e["Muon_charge"], flavour=ak.zeros_like(e["Muon_charge"]))
    electrons = momenta(e, "Electron", charge=e["Electron_charge"], flavour=ak.ones_like(e["Electron_charge"]))
    leptons = ak.with_name(ak.concatenate([muons, electrons], axis=1), "Momentum4D")
    i, j = ak.unzip(ak.argcombinations(leptons, 2))
    pair = (leptons[i].charge != leptons[j].charge) & (leptons[i].flavour == leptons[j].flavour)
    i, j = i[pair], j[pair]
    found = ak.num(i) > 0
    i, j, leptons, e = i[found], j[found], leptons[found], chosen(e, found)
    best = ak.argmin(abs((leptons[i] + leptons[j]).mass - 91.2), axis=1, keepdims=True)
    place = ak.local_index(leptons)
    others = leptons[(place != ak.flatten(i[best])) & (place != ak.flatten(j[best]))]
    hardest = ak.firsts(others[ak.argmax(others.pt, axis=1, keepdims=True)])
    met, phi = (ak.values_astype(e[name], np.float64) for name in ("MET_pt", "MET_phi"))
    return [np.sqrt(2 * hardest.pt * met * (1 - np.cos(phi - hardest.phi)))]


def run(task, files):
    ranges = answer.RANGES[task]
    contents = [np.zeros(answer.BINS + 2, dtype=np.int64) for _ in ranges]
    for events in parts(files, answer.COLUMNS[task]):
        for h, x, (low, high) in zip(contents, values(task, events), ranges):
            h += histogram(x, low, high)
    return contents


answer.serve(run)
