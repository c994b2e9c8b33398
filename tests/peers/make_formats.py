"""Writes small files in the layouts of formats of which no real file is at hand, with random events.

    make_formats.py FOLDER

Branch names and units are those that the formats document: ATLAS Open Data of 2016, 2020 and 2025, ntuples of the ATLAS CP
algorithms, Delphes, k4SimDelphes, NanoAOD 15, DAOD_PHYSLITE as an RNTuple, and lists of
lists. The seed is fixed.
"""

import sys

import awkward as ak
import numpy as np
import uproot

EVENTS = 500
random = np.random.default_rng(15)


def numbers(mean):
    return random.poisson(mean, EVENTS)


def lists(sizes, draw, kind=np.float32):
    return ak.unflatten(draw(int(sizes.sum())).astype(kind), sizes)


def momenta(sizes, scale=1.0, energy=None, mass=None):
    """pt falling, eta, phi, and E or a mass."""
    pt = lists(sizes, lambda n: scale * (8 + random.exponential(40, n)))
    pt = pt[ak.argsort(pt, axis=1, ascending=False)]
    found = {"pt": pt, "eta": lists(sizes, lambda n: random.normal(0, 1.5, n))}
    found["phi"] = lists(sizes, lambda n: random.uniform(-np.pi, np.pi, n))
    m = lists(sizes, lambda n: scale * random.uniform(1, 15, n))
    if energy:
        found[energy] = ak.values_astype(np.sqrt((pt * np.cosh(found["eta"])) ** 2 + m**2), np.float32)
    if mass:
        found[mass] = m
    return found


def uniform(low, high):
    return lambda n: random.uniform(low, high, n)


def of(*values):
    return lambda n: random.choice(values, n)


def scalars(draw, kind=np.float32):
    return draw(EVENTS).astype(kind)


def write(path, tree, collections, events, counter="{}_n", field="{}_{}"):
    lists = {name: ak.zip(fields) for name, fields in collections.items()}
    branches = {name: ak.Array(values) for name, values in {**events, **lists}.items()}
    with uproot.recreate(path) as file:
        types = {name: array.type.content for name, array in branches.items()}
        file.mktree(tree, types, counter_name=counter.format, field_name=field.format)
        file[tree].extend(branches)


def atlas_od(folder):
    n, jets = numbers(2), numbers(4)
    leptons = momenta(n, 1000, energy="E")
    leptons |= {"charge": lists(n, of(-1, 1)), "type": lists(n, of(11, 13), np.uint32)}
    leptons |= {"ptcone30": lists(n, uniform(0, 5000)), "etcone20": lists(n, uniform(0, 5000))}
    found = momenta(jets, 1000, energy="E") | {"MV1": lists(jets, uniform(0, 1)), "jvf": lists(jets, uniform(0, 1))}
    events = {"runNumber": scalars(of(1), np.int32), "eventNumber": np.arange(EVENTS, dtype=np.int32)}
    events |= {"mcWeight": scalars(uniform(-1, 3)), "scaleFactor_PILEUP": scalars(uniform(0.8, 1.2))}
    events |= {"met_et": scalars(uniform(0, 90000)), "met_phi": scalars(uniform(-3, 3))}
    events |= {"trigE": scalars(of(0, 1), bool), "trigM": scalars(of(0, 1), bool)}
    write(f"{folder}/atlas_od.root", "mini", {"lep": leptons, "jet": found}, events)


def atlas_od_r2(folder):
    n, jets, photons, taus, wide = numbers(2), numbers(4), numbers(1), numbers(1), numbers(1)
    leptons = momenta(n, 1000, energy="E") | {"charge": lists(n, of(-1, 1), np.int32)}
    leptons |= {"type": lists(n, of(11, 13), np.uint32), "isTightID": lists(n, of(0, 1), bool)}
    leptons |= {"ptcone30": lists(n, uniform(0, 5000)), "etcone20": lists(n, uniform(0, 5000))}
    found = momenta(jets, 1000, energy="E") | {"MV2c10": lists(jets, uniform(-1, 1))}
    tau = momenta(taus, 1000, energy="E") | {"charge": lists(taus, of(-1, 1), np.int32)}
    large = momenta(wide, 4000, energy="E", mass="m") | {"D2": lists(wide, uniform(0, 3))}
    collections = {"lep": leptons, "jet": found, "tau": tau, "largeRjet": large}
    collections["photon"] = momenta(photons, 1000, energy="E") | {"isTightID": lists(photons, of(0, 1), bool)}
    events = {"runNumber": scalars(of(1), np.int32), "eventNumber": np.arange(EVENTS, dtype=np.int32)}
    events |= {"mcWeight": scalars(uniform(-1, 3)), "XSection": scalars(of(2.5)), "SumWeights": scalars(of(1e6))}
    events |= {"met_et": scalars(uniform(0, 90000)), "met_phi": scalars(uniform(-3, 3))}
    events |= {"trigE": scalars(of(0, 1), bool), "trigM": scalars(of(0, 1), bool)}
    write(f"{folder}/atlas_od_r2.root", "mini", collections, events)


def atlas_od_2025(folder):
    n, jets, photons, wide = numbers(2), numbers(4), numbers(1), numbers(1)
    leptons = momenta(n, energy="e") | {"charge": lists(n, of(-1, 1), np.int32)}
    leptons |= {"type": lists(n, of(11, 13), np.int32), "isTightID": lists(n, of(0, 1), bool)}
    leptons |= {"ptvarcone30": lists(n, uniform(0, 5)), "topoetcone20": lists(n, uniform(0, 5))}
    found = momenta(jets, energy="e") | {"btag_quantile": lists(jets, of(1, 2, 3, 4, 5), np.int32)}
    large = momenta(wide, 4, energy="e", mass="m") | {"D2": lists(wide, uniform(0, 3))}
    collections = {"lep": leptons, "jet": found, "largeRJet": large}
    collections["photon"] = momenta(photons, energy="e") | {"isTightID": lists(photons, of(0, 1), bool)}
    events = {"runNumber": scalars(of(1), np.int32), "eventNumber": np.arange(EVENTS, dtype=np.int64)}
    events |= {"mcWeight": scalars(uniform(-1, 3)), "xsec": scalars(of(2.5)), "kfac": scalars(of(1.1))}
    events |= {"filteff": scalars(of(0.5)), "sum_of_weights": scalars(of(1e6))}
    events |= {"met": scalars(uniform(0, 90)), "met_phi": scalars(uniform(-3, 3)), "trigM": scalars(of(0, 1), bool)}
    write(f"{folder}/atlas_od_2025.root", "analysis", collections, events)


def cp_ntuple(folder):
    sizes = {name: numbers(2) for name in ("el", "mu", "ph", "jet")}
    collections = {}
    for name, n in sizes.items():
        found = momenta(n, 1000, mass="m" if name == "jet" else None)
        found["pt_NOSYS"] = found.pop("pt")
        found["pt_SCALE__1up"] = ak.values_astype(found["pt_NOSYS"] * 1.02, np.float32)
        found["select_loose_NOSYS"] = lists(n, of(0, 1), np.int8)
        collections[name] = found
    for name in ("el", "mu"):
        collections[name]["charge"] = lists(sizes[name], of(-1, 1), np.int32)
    events = {"runNumber": scalars(of(1), np.uint32), "eventNumber": np.arange(EVENTS, dtype=np.uint64)}
    events |= {"lumiBlock": scalars(of(1), np.uint32), "mcChannelNumber": scalars(of(410470), np.uint32)}
    events |= {"weight_mc_NOSYS": scalars(uniform(-1, 3)), "weight_pileup_NOSYS": scalars(uniform(0.8, 1.2))}
    events |= {"met_met_NOSYS": scalars(uniform(0, 90000)), "met_phi_NOSYS": scalars(uniform(-3, 3))}
    events |= {"met_met_SCALE__1up": scalars(uniform(0, 90000))}
    events |= {"pass_SR_NOSYS": scalars(of(0, 1), bool), "trigPassed_HLT_e26_lhtight": scalars(of(0, 1), bool)}
    write(f"{folder}/cp_ntuple.root", "reco", collections, events, "n{}")


def delphes(folder):
    """Jets of which some are taus, of which there is none in the real file."""
    sizes = {"Electron": numbers(1), "Muon": numbers(1), "Jet": numbers(4), "Particle": numbers(5), "Tower": numbers(3)}
    sizes["EFlowTrack"] = numbers(3)
    sizes["Event"] = sizes["MissingET"] = sizes["ScalarHT"] = np.ones(EVENTS, int)
    collections = {name: {} for name in sizes}
    for name in ("Electron", "Muon", "Jet", "Particle"):
        o = momenta(sizes[name], mass="Mass" if name == "Jet" else None)
        collections[name] = {"PT": o["pt"], "Eta": o["eta"], "Phi": o["phi"]} | ({"Mass": o["Mass"]} if "Mass" in o else {})
        collections[name]["Charge"] = lists(sizes[name], of(-1, 1), np.int32)
    collections["Electron"]["IsolationVar"] = lists(sizes["Electron"], uniform(0, 0.5))
    collections["Jet"] |= {tag: lists(sizes["Jet"], of(0, 0, 1), np.uint32) for tag in ("BTag", "TauTag")}
    collections["Particle"] |= {"PID": lists(sizes["Particle"], of(11, -211, 211), np.int32)}
    collections["Particle"] |= {"Status": lists(sizes["Particle"], of(1, 2), np.int32)}
    collections["Particle"] |= {"Z": lists(sizes["Particle"], uniform(-100, 100))}
    collections["Tower"] = {"ET": lists(sizes["Tower"], uniform(0, 40)), "Eta": lists(sizes["Tower"], uniform(-4, 4))}
    collections["Tower"] |= {"Phi": lists(sizes["Tower"], uniform(-3, 3))}
    collections["EFlowTrack"] = {"Charge": lists(sizes["EFlowTrack"], of(-1, 1), np.int32)}
    one = np.ones(EVENTS, int)
    collections["Event"] = {"Number": lists(one, np.arange, np.int64), "Weight": lists(one, uniform(-1, 3))}
    collections["MissingET"] = {"MET": lists(one, uniform(0, 90)), "Phi": lists(one, uniform(-3, 3))}
    collections["ScalarHT"] = {"HT": lists(one, uniform(0, 900))}
    write(f"{folder}/delphes.root", "Delphes", collections, {}, "{}_size", "{}.{}")


def k4simdelphes(folder):
    """Momenta as components, and indices of the leptons in the order of pt."""
    sizes = {"ReconstructedParticles": numbers(8), "Jet": numbers(3), "Particle": numbers(5)}
    sizes["MissingET"] = sizes["EventHeader"] = np.ones(EVENTS, int)
    collections = {}
    for name, n in sizes.items():
        o = momenta(n, energy="energy", mass="mass")
        pt, eta, phi = o.pop("pt"), o.pop("eta"), o.pop("phi")
        o |= {"momentum.x": pt * np.cos(phi), "momentum.y": pt * np.sin(phi), "momentum.z": pt * np.sinh(eta)}
        o |= {"charge": lists(n, of(-1, 0, 1)), "PDG": lists(n, of(11, 13, 211), np.int32)}
        collections[name] = {field: ak.values_astype(values, np.float32) for field, values in o.items()}
        collections[name]["PDG"] = o["PDG"]
    collections["Particle"]["generatorStatus"] = lists(sizes["Particle"], of(1, 2), np.int32)
    header = {"eventNumber": lists(sizes["EventHeader"], np.arange, np.uint64)}
    header |= {"runNumber": lists(sizes["EventHeader"], of(1), np.uint32)}
    collections["EventHeader"] = header | {"weight": lists(sizes["EventHeader"], uniform(-1, 3), np.float64)}
    isolations = {}
    for name, first in (("Muon", 0), ("Electron", 3), ("Photon", 6)):
        n = np.minimum(random.integers(0, 3, EVENTS), np.maximum(sizes["ReconstructedParticles"] - first, 0))
        index = ak.values_astype(ak.local_index(lists(n, of(0)))[:, ::-1] + first, np.int32)
        collections[f"{name}_objIdx"] = {"index": index, "collectionID": ak.zeros_like(index)}
        isolations[f"{name}_IsolationVar"] = lists(n, uniform(0, 1))
    write(f"{folder}/k4simdelphes.root", "events", collections, isolations, "{}_", "{}.{}")


def nanoaod15(folder):
    """What version 15 has other than the versions before: PFMET, no jetId, Rho, small integers."""
    muons, jets, photons = numbers(2), numbers(4), numbers(1)
    mu = momenta(muons, mass="mass") | {"charge": lists(muons, of(-1, 1), np.int32)}
    mu |= {"jetIdx": lists(muons, of(-1, 0), np.int16), "mvaMuID_WP": lists(muons, of(0, 1, 2), np.uint8)}
    jet = momenta(jets, mass="mass") | {"btagUParTAK4B": lists(jets, uniform(0, 1))}
    jet |= {"hadronFlavour": lists(jets, of(0, 4, 5), np.uint8), "btagPNetB": lists(jets, uniform(0, 1))}
    collections = {"Muon": mu, "Jet": jet, "Photon": momenta(photons) | {"cutBased": lists(photons, of(0, 1), np.uint8)}}
    events = {"run": scalars(of(1), np.uint32), "luminosityBlock": scalars(of(1), np.uint32)}
    events |= {"event": np.arange(EVENTS, dtype=np.uint64), "genWeight": scalars(uniform(-1, 3))}
    for met in ("PFMET", "PuppiMET"):
        events |= {f"{met}_pt": scalars(uniform(0, 90)), f"{met}_phi": scalars(uniform(-3, 3))}
    events |= {"Rho_fixedGridRhoFastjetAll": scalars(uniform(0, 50)), "HLT_IsoMu24": scalars(of(0, 1), bool)}
    write(f"{folder}/nanoaod15.root", "Events", collections, events, "n{}")


def physlite_ntuple(folder):
    """In RNTuples a colon stands between collection and attribute; a link is a record of two numbers."""
    sizes = {name: numbers(mean) for name, mean in {"Electrons": 2, "Muons": 2, "Photons": 1, "TauJets": 1}.items()}
    sizes |= {"Jets": numbers(5), "LargeRJets": numbers(1)}
    found = {f"Analysis{name}": momenta(n, 1000, mass=None if name == "Muons" else "m") for name, n in sizes.items()}
    found["AnalysisLargeRJets"] = momenta(sizes["LargeRJets"], 6000, mass="m")
    for name in ("Electrons", "Muons", "TauJets"):
        found[f"Analysis{name}"]["charge"] = lists(sizes[name], of(-1, 1))
    iso = "ptvarcone30_Nonprompt_All_MaxWeightTTVALooseCone_pt1000"
    electrons, jets, wide = (found[f"Analysis{name}"] for name in ("Electrons", "Jets", "LargeRJets"))
    electrons |= {"DFCommonElectronsLHLoose": lists(sizes["Electrons"], of(0, 1), np.int8)}
    electrons |= {iso: lists(sizes["Electrons"], uniform(0, 8000))}
    found["AnalysisMuons"]["quality"] = lists(sizes["Muons"], of(0, 1, 2, 9, 17), np.uint8)
    found["AnalysisTauJets"]["JetDeepSetLoose"] = lists(sizes["TauJets"], of(0, 1), np.int8)
    jets |= {"NNJvtPass": lists(sizes["Jets"], of(0, 1, 1), np.int8)}
    jets |= {"HadronConeExclTruthLabelID": lists(sizes["Jets"], of(0, 4, 5), np.int32)}
    index = ak.values_astype(ak.local_index(jets["pt"])[:, ::-1], np.uint32)
    jets |= {"btaggingLink": ak.zip({"m_persKey": ak.full_like(index, 7), "m_persIndex": index})}
    wide |= {"Tau1_wta": lists(sizes["LargeRJets"], uniform(0.1, 1)), "Tau2_wta": lists(sizes["LargeRJets"], uniform(0, 1))}
    scores = {f"GN2v00_p{flavour}": lists(sizes["Jets"], uniform(0.01, 1)) for flavour in "bcu"}
    found |= {"BTagging_AntiKt4EMPFlow": scores}
    n, two = numbers(2), np.full(EVENTS, 2)
    found["TruthBottom"] = {p: lists(n, uniform(-90000, 90000)) for p in ("px", "py", "pz")}
    found["TruthBottom"]["m"] = lists(n, uniform(4000, 5000))
    found["MET_Core_AnalysisMET"] = {p: lists(two, uniform(-30000, 30000)) for p in ("mpx", "mpy")}
    found["MET_Core_AnalysisMET"]["sumet"] = lists(two, uniform(0, 90000))
    found["EventInfo"] = {"eventNumber": np.arange(EVENTS, dtype=np.uint64) * 700, "runNumber": scalars(of(1), np.uint32)}
    found["EventInfo"] |= {"lumiBlock": scalars(of(3), np.uint32), "mcChannelNumber": scalars(of(410470), np.uint32)}
    found["EventInfo"] |= {"averageInteractionsPerCrossing": scalars(uniform(0, 80))}
    columns = {f"{name}AuxDyn:{column}": ak.Array(v) for name, of_it in found.items() for column, v in of_it.items()}
    with uproot.recreate(f"{folder}/physlite_ntuple.root") as file:
        file.mkrntuple("EventData", columns)


def nested(folder):
    """Lists of lists of random lengths, some of them empty: in Parquet as lists of records with lists, in an RNTuple flat."""
    sizes = numbers(2)

    def inner(draw, kind):
        n = random.integers(0, 6, sizes.sum())
        return ak.unflatten(ak.unflatten(draw(n.sum()).astype(kind), n), sizes)

    ids = inner(of(1, 3, 5, 7), np.int32)
    pts = inner(uniform(1000, 60000), np.float32)
    charges = ak.values_astype(ak.where(pts > 30000, 1, -1), np.int8)
    weights = inner(uniform(-1, 3), np.float64)
    pt = lists(sizes, uniform(20, 90))
    jets = ak.zip({"pt": pt, "ids": ids, "parts": ak.zip({"pt": pts, "charge": charges})}, depth_limit=2)
    ak.to_parquet(ak.Array({"Jet": jets, "weights": weights}), f"{folder}/nested.parquet")
    columns = {"Jet_pt": pt, "Jet_ids": ids, "Jet_parts_pt": pts, "Jet_parts_charge": charges, "weights": weights}
    with uproot.recreate(f"{folder}/nested.root") as file:
        file.mkrntuple("Events", columns)


for make in (atlas_od, atlas_od_r2, atlas_od_2025, cp_ntuple, delphes, k4simdelphes, nanoaod15, physlite_ntuple, nested):
    make(sys.argv[1])
