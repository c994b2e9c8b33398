#!/usr/bin/env python3
r"""Make the sample events of the examples: 13 TeV pp collisions in the NanoAOD layout.

    python3 generate.py [OUT]        writes OUT/{dy,ttbar}.{root,parquet} and OUT/dy_nested.parquet; OUT is this folder

    pip install pythia8mc==8.317.2 fastjet==3.5.2.0 uproot==5.7.7 awkward==2.14.0 vector==1.9.0 numpy==2.4.6 \
                pyarrow==26.0.1

The seeds are fixed: the same versions give the same events (a ROOT file also holds a date and a unique identifier).

Events: leading-order Pythia 8 with its default tune, shower, multiple interactions and hadronisation; no pile-up.
Detector: every visible particle is smeared by a Gaussian, then the objects are made from the smeared particles.
    electrons and muons, isolated or not; dxy and dz [cm] from the true production vertex and a resolution
    anti-kT R = 0.4 jets, leptons included; b-tag score drawn from the true flavour (README.md)
    MET: minus the sum of the smeared particles, and a noise that grows with PV_npvs (drawn, Poisson with mean 25)
Weights: genWeight = +s or -s; the sign is drawn, as if from a next-to-leading-order generator: negative for 15 % of
    dy and 25 % of ttbar, whatever the event is like; s is such that the mean genWeight is the cross section in pb, up
    to the fluctuation of the signs.
Skim: dy keeps the events with an electron or muon, ttbar keeps all. Runs counts all generated events, so the
    normalisation of dy is cross section * luminosity / Runs.genEventSumw, never the sum over Events.
Types are those of NanoAODv12; floats are rounded to 8 to 12 mantissa bits, as CMS does.
"""
import os
import sys

import awkward as ak
import fastjet
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pythia8mc
import uproot
import vector

vector.register_awkward()

# process: settings, generated events, seed, fraction of negative weights
PROCESSES = {
    "dy": (["WeakSingleBoson:ffbar2gmZ = on", "PhaseSpace:mHatMin = 50", "23:onMode = off", "23:onIfAny = 11 13 15"],
           5000, 20261, 0.15),
    "ttbar": (["Top:gg2ttbar = on", "Top:qqbar2ttbar = on"], 2000, 20262, 0.25),
}
COMPRESSION = {"dy": uproot.ZLIB(9), "ttbar": uproot.ZSTD(19)}
BATCH = 500      # events generated together
CLUSTER = 1000   # events per basket and per row group
CHARGED = [11, 13, 211, 321, 2212, 3112, 3222, 3312, 3334]
LEPTONS = range(11, 17)
# mantissa bits kept, by attribute
BITS = dict(eta=12, phi=12, dxy=10, dz=10, mass=10, pfRelIso03_all=8, pfRelIso04_all=8, btagDeepFlavB=10)


def generate(name):
    """(Events, Runs): dicts of column or collection name to array."""
    settings, count, seed, negative = PROCESSES[name]
    pythia = pythia8mc.Pythia("", False)
    for line in ["Beams:eCM = 13000", "Random:setSeed = on", f"Random:seed = {seed}", "Print:quiet = on",
                 "ParticleDecays:limitTau0 = on", "ParticleDecays:tau0Max = 10"] + settings:
        pythia.readString(line)
    pythia.init()
    rng = np.random.default_rng(seed)
    batches = [simulate(pythia.nextBatch(BATCH).prt, rng) for _ in range(count // BATCH)]
    events = {key: ak.concatenate([b[key] for b in batches]) for key in batches[0]}

    cross_section = 1e9 * pythia.infoPython().sigmaGen()
    sign = np.where(rng.random(count) < negative, -1, 1)
    weight = rounded(sign * cross_section / (1 - 2 * negative), 10)
    number = np.arange(count)
    events = {"run": np.ones(count, "u4"), "luminosityBlock": (1 + number // 200).astype("u4"),
              "event": (1 + number).astype("u8"), "genWeight": weight} | events
    total = weight.astype("f8")
    runs = {"run": np.ones(1, "u4"), "genEventCount": np.array([count], "i8"),
            "genEventSumw": np.array([total.sum()]), "genEventSumw2": np.array([(total**2).sum()])}
    if name == "dy":
        keep = ak.num(events["Electron"]) + ak.num(events["Muon"]) > 0
        events = {key: array[keep] for key, array in events.items()}
    return events, runs


def simulate(truth, rng):
    """The detector's view of a batch of generated events."""
    seen = detect(truth, rng)
    is_lepton = one_of(abs(seen.id), [11, 13])
    electron, muon = electrons(seen, ~is_lepton, rng), muons(seen, ~is_lepton, rng)
    vertices = np.maximum(rng.poisson(25, len(truth)), 1)
    x, y = (-np.asarray(ak.sum(p, axis=1)) + 2 * np.sqrt(vertices) * rng.standard_normal(len(truth))
            for p in (seen.px, seen.py))
    muon_fires = ak.any((muon.pt > 24) & muon.tightId & (muon.pfRelIso04_all < 0.15), axis=1)
    electron_fires = ak.any((electron.pt > 27) & (electron.cutBased == 4), axis=1)
    out = {"PV_npvs": vertices.astype("u1"), "MET_pt": np.hypot(x, y), "MET_phi": np.arctan2(y, x),
           "MET_sumEt": np.asarray(ak.sum(seen.pt, axis=1)),
           "HLT_IsoMu24": np.asarray(muon_fires) & (rng.random(len(truth)) < 0.92),
           "HLT_Ele27_WPTight_Gsf": np.asarray(electron_fires) & (rng.random(len(truth)) < 0.88),
           "Electron": electron, "Muon": muon, "Jet": jets(truth, seen, is_lepton, rng), "GenPart": hard_process(truth)}
    return {key: compact(key, array) for key, array in out.items()}


def draw(sample, like, *parameters):
    """One random number per element of a jagged array."""
    return ak.unflatten(sample(*parameters, size=int(ak.count(like))), ak.num(like))


def detect(truth, rng):
    """Visible particles with a smeared momentum and an unsmeared direction; dxy and dz in cm."""
    kind, eta = abs(truth.id), abs(truth.p.eta)
    charged = one_of(kind, CHARGED)
    visible = (truth.status > 0) & ~one_of(kind, [12, 14, 16]) & (eta < np.where(kind == 13, 2.4, 5.0))
    visible = visible & ak.where(charged, truth.p.pt > 0.4, truth.p.e > 0.8)
    truth, kind, eta, charged = truth[visible], kind[visible], eta[visible], charged[visible]
    p = truth.p
    tracker, calorimeter = np.hypot(0.01, 2e-4 * p.pt), np.hypot(1 / np.sqrt(p.e), 0.05)
    width = ak.where(charged & (eta < 2.5), tracker, calorimeter)
    width = ak.where((kind == 11) | (kind == 22), np.hypot(0.1 / np.sqrt(p.e), 0.01), width)
    scale = np.maximum(1 + width * draw(rng.normal, p.pt, 0, 1), 0.05)
    vertex = ak.fill_none(truth.vProd, {"px": 0.0, "py": 0.0, "pz": 0.0, "e": 0.0}, axis=-1)   # mm
    along, across = (vertex.px * p.px + vertex.py * p.py) / p.pt, (vertex.py * p.px - vertex.px * p.py) / p.pt
    return ak.zip(dict(px=p.px * scale, py=p.py * scale, pz=p.pz * scale, E=np.hypot(p.p * scale, truth.m), id=truth.id,
                       dxy=across / 10, dz=(vertex.pz - along * p.pz / p.pt) / 10), with_name="Momentum4D")


def leptons(seen, pdg, mass, min_pt, max_eta, efficiency, rng):
    """The attributes electrons and muons share, and the smeared particles they are made of."""
    lepton = seen[(abs(seen.id) == pdg) & (seen.pt > min_pt) & (abs(seen.eta) < max_eta)]
    lepton = lepton[draw(rng.uniform, lepton.pt, 0, 1) < efficiency]
    lepton = lepton[ak.argsort(lepton.pt, ascending=False)]
    return lepton, dict(pt=lepton.pt, eta=lepton.eta, phi=lepton.phi, mass=ak.full_like(lepton.pt, mass),
                        charge=ak.values_astype(-np.sign(lepton.id), "i4"),
                        dxy=lepton.dxy + draw(rng.normal, lepton.pt, 0, 0.003),
                        dz=lepton.dz + draw(rng.normal, lepton.pt, 0, 0.006))


def isolation(lepton, others, cone, rng):
    """Relative isolation: the pt of the others in the cone, and what pile-up would leave."""
    one, other = ak.unzip(ak.cartesian([lepton, others], nested=True))
    inside = ak.sum(ak.where(one.deltaR(other) < cone, other.pt, 0.0), axis=-1)
    return np.maximum(inside + draw(rng.normal, lepton.pt, 0, 2 * cone), 0) / lepton.pt


def electrons(seen, soft, rng):
    lepton, shared = leptons(seen, 11, 0.000511, 5, 2.5, 0.90, rng)
    iso = isolation(lepton, seen[soft], 0.3, rng)
    passed = sum(ak.values_astype(iso < cut, "i4") for cut in (0.5, 0.2, 0.1, 0.06))
    shower = ak.where(draw(rng.uniform, iso, 0, 1) < 0.85, 4, 2)
    return ak.zip(shared | dict(pfRelIso03_all=iso, cutBased=ak.values_astype(np.minimum(passed, shower), "u1")))


def muons(seen, soft, rng):
    lepton, shared = leptons(seen, 13, 0.105658, 3, 2.4, 0.96, rng)
    luck = draw(rng.uniform, lepton.pt, 0, 1)
    tight = (luck < 0.96) & (abs(shared["dxy"]) < 0.2) & (abs(shared["dz"]) < 0.5)
    iso = isolation(lepton, seen[soft], 0.4, rng)
    return ak.zip(shared | dict(pfRelIso04_all=iso, mediumId=luck < 0.99, tightId=tight))


def jets(truth, seen, is_lepton, rng):
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, 0.4)
    found = fastjet.ClusterSequence(seen, definition).inclusive_jets(min_pt=10)
    correction = 1.01 + 2 / np.hypot(found.px, found.py)   # for what is not seen: the W -> qq peak stands at 80 GeV
    jet = ak.zip({key: found[key] * correction for key in ("px", "py", "pz", "E")}, with_name="Momentum4D")
    jet = jet[(jet.pt > 15) & (abs(jet.eta) < 4.7)]
    jet = jet[ak.argsort(jet.pt, ascending=False)]
    flavour = ak.where(touches(jet, hadrons(truth, 5)), 5, ak.where(touches(jet, hadrons(truth, 4)), 4, 0))
    score = draw(rng.beta, jet.pt, 0.4, 10)
    score = ak.where(flavour == 4, draw(rng.beta, jet.pt, 0.6, 3.5), score)
    score = ak.where(flavour == 5, draw(rng.beta, jet.pt, 0.8, 0.4), score)
    tight = ak.where(touches(jet, seen[is_lepton], 0.8), 2, 6)   # bit 1 tight, bit 2 tight with a lepton veto
    tight = ak.where(draw(rng.uniform, jet.pt, 0, 1) < 0.995, tight, 0)
    return ak.zip(dict(pt=jet.pt, eta=jet.eta, phi=jet.phi, mass=jet.mass,
                       btagDeepFlavB=ak.where(abs(jet.eta) < 2.5, score, -1.0),
                       jetId=ak.values_astype(tight, "u1"), hadronFlavour=ak.values_astype(flavour, "u1")))


def hadrons(truth, quark):
    """Momenta of the hadrons that hold a heavy quark: 4 charm, 5 bottom."""
    digits = abs(truth.id) % 10000
    heavy = (digits // 1000 == quark) | ((digits // 1000 == 0) & (digits // 100 == quark))
    return truth.p[heavy & (truth.p.pt > 5)]


def touches(jet, others, share=0.0):
    """Whether a jet has one of the others, with at least this share of its pt, within R = 0.4."""
    one, other = ak.unzip(ak.cartesian([jet, others], nested=True))
    return ak.any((one.deltaR(other) < 0.4) & (other.pt > share * one.pt), axis=-1)


def one_of(array, values):
    return ak.unflatten(np.isin(ak.to_numpy(ak.flatten(array)), values), ak.num(array))


def hard_process(truth):
    """GenPart: hard process, last copies of t, W, Z, and the prompt leptons, each with its nearest stored ancestor."""
    counts, places, mothers, codes = [], [], [], []
    offset = 0
    flat = [ak.to_numpy(ak.flatten(truth[key])) for key in ("id", "status", "mother1", "daughter1")]
    for size in ak.num(truth):
        pid, status, mother, daughter = (column[offset:offset + size] for column in flat)
        kind = abs(pid)
        last = (status > 0) | (pid[daughter] != pid)

        def prompt(i):
            while kind[i] in LEPTONS:
                i = mother[i]
            return kind[i] in (23, 24)

        hard = (20 < abs(status)) & (abs(status) < 30)
        final = last & (np.isin(kind, [6, 23, 24]) | (np.isin(kind, LEPTONS) & ((status > 0) | (kind == 15))))
        kept = [i for i in np.nonzero(hard | final)[0] if hard[i] or kind[i] not in LEPTONS or prompt(i)]
        position = {int(i): k for k, i in enumerate(kept)}
        for i in kept:
            up = mother[i]
            while up > 0 and up not in position:
                up = mother[up]
            mothers.append(position.get(int(up), -1))
            codes.append(1 if status[i] > 0 else 2 if kind[i] == 15 and last[i] else abs(status[i]))
        counts.append(len(kept))
        places.extend(offset + i for i in kept)
        offset += size
    p, mass, pid = (ak.flatten(column)[places] for column in (truth.p, truth.m, truth.id))
    beam = p.pt < 1e-6   # an incoming parton: no direction across the beam, eta out of range
    return ak.unflatten(ak.zip(dict(
        pt=ak.where(beam, 0, p.pt), eta=ak.where(beam, 2e4 * np.sign(p.pz), p.eta), phi=ak.where(beam, 0, p.phi),
        mass=ak.where(mass > 10, mass, 0), pdgId=ak.values_astype(pid, "i4"), status=np.array(codes, "i4"),
        genPartIdxMother=np.array(mothers, "i2"))), counts)


def compact(name, array):
    """Floats as rounded 32-bit floats."""
    if isinstance(array, ak.Array) and array.fields:
        return ak.zip({key: compact(f"{name}_{key}", array[key]) for key in array.fields})
    attribute = name.split("_", 1)[-1]
    bits = 8 if name.startswith("GenPart") else BITS.get(attribute, 10)
    if isinstance(array, np.ndarray):
        return rounded(array, bits) if array.dtype.kind == "f" else array
    values = ak.to_numpy(ak.flatten(array))
    return ak.unflatten(rounded(values, bits), ak.num(array)) if values.dtype.kind == "f" else array


def rounded(values, bits):
    """32-bit floats rounded to a number of mantissa bits (ties away from zero)."""
    drop = np.uint32(23 - bits)
    pattern = np.asarray(values, "f4").view("u4")
    return ((pattern + (np.uint32(1) << (drop - np.uint32(1)))) >> drop << drop).view("f4")


def write_root(path, events, runs, compression):
    """TTrees Events and Runs; one counter per collection, shared by its arrays."""
    types = {key: array.type.content if isinstance(array, ak.Array) and array.fields else np.asarray(array).dtype
             for key, array in events.items()}
    with uproot.recreate(path, compression=compression) as file:
        tree = file.mktree("Events", types, title="Events")
        for start in range(0, len(events["run"]), CLUSTER):
            tree.extend({key: array[start:start + CLUSTER] for key, array in events.items()})
        file.mktree("Runs", {key: array.dtype for key, array in runs.items()}, title="Runs").extend(runs)


def write_parquet(path, events, runs, nested):
    """Columns Muon_pt: list<float>, or with nested Muon: list<struct<pt: float, ...>>; Runs as file metadata."""
    columns = {}
    for key, array in events.items():
        if not (isinstance(array, ak.Array) and array.fields):
            columns[key] = pa.array(np.asarray(array))
            continue
        offsets = pa.array(np.concatenate([[0], np.cumsum(ak.to_numpy(ak.num(array)))]).astype("i4"))
        flat = {name: pa.array(ak.to_numpy(ak.flatten(array[name]))) for name in array.fields}
        if nested:
            objects = pa.StructArray.from_arrays(list(flat.values()), list(flat))
            columns[key] = pa.ListArray.from_arrays(offsets, objects)
        else:
            columns[f"n{key}"] = pa.array(ak.to_numpy(ak.num(array)).astype("i4"))
            columns |= {f"{key}_{name}": pa.ListArray.from_arrays(offsets, values) for name, values in flat.items()}
    table = pa.table(columns)
    options = dict(compression="zstd", compression_level=19, store_schema=False)
    with pq.ParquetWriter(path, table.schema, **options) as file:
        file.write_table(table, row_group_size=CLUSTER)
        file.add_key_value_metadata({key: str(value[0]) for key, value in runs.items()})


def report(name, events, runs):
    """Numbers to look at: they must be those of the physics."""
    weight = np.asarray(events["genWeight"], "f8")
    count, total = runs["genEventCount"][0], runs["genEventSumw"][0]
    print(f"{name}: {count} generated, {len(weight)} stored, {np.mean(weight < 0):.3f} of them negative")
    print(f"  sum of weights: {total:.10g} generated, {weight.sum():.10g} stored; mean {total / count:.5g} pb")
    number = 0
    for key, iso in (("Electron", "pfRelIso03_all"), ("Muon", "pfRelIso04_all")):
        lepton = events[key][(events[key].pt > 20) & (events[key][iso] < 0.15)]
        number = number + np.asarray(ak.num(lepton))
        four = ak.zip({k: lepton[k] for k in ("pt", "eta", "phi", "mass", "charge")}, with_name="Momentum4D")
        pair = four[(ak.num(four) == 2) & (ak.sum(four.charge, axis=1) == 0)]
        mass = np.asarray((pair[:, 0] + pair[:, 1]).mass)
        peak = np.histogram(mass, 20, (81, 101))[0].argmax() + 81.5
        print(f"  isolated {key} of 20 GeV: mean pt {ak.mean(lepton.pt):.1f}; opposite-sign pairs {len(mass)}, "
              f"in 81..101 GeV {np.sum(abs(mass - 91) < 10)}, median {np.median(mass):.2f}, highest bin {peak}")
    shares = (np.mean(number == 0), np.mean(number == 1), np.mean(number > 1))
    print("  share of events with 0, 1, 2 or more of these leptons:", *(f"{share:.3f}" for share in shares))
    jet = events["Jet"]
    clean = jet[(jet.pt > 30) & (abs(jet.eta) < 2.4) & (jet.jetId == 6)]
    print(f"  jets: {ak.mean(ak.num(jet)):.2f} of 15 GeV; {ak.mean(ak.num(clean)):.2f} of 30 GeV, central, no lepton; "
          f"{ak.mean(ak.sum(clean.hadronFlavour == 5, axis=1)):.2f} of these b")
    tagged = {flavour: clean.btagDeepFlavB[clean.hadronFlavour == flavour] > 0.2783 for flavour in (5, 4, 0)}
    print("  b-tag above 0.2783, b c light:", *(f"{ak.mean(flag):.3f}" for flag in tagged.values()))
    print(f"  MET: mean {np.mean(events['MET_pt']):.1f} GeV; HLT_IsoMu24 {np.mean(events['HLT_IsoMu24']):.3f}, "
          f"HLT_Ele27_WPTight_Gsf {np.mean(events['HLT_Ele27_WPTight_Gsf']):.3f}")


def main():
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    for name in PROCESSES:
        events, runs = generate(name)
        report(name, events, runs)
        write_root(f"{out}/{name}.root", events, runs, COMPRESSION[name])
        write_parquet(f"{out}/{name}.parquet", events, runs, nested=False)
        if name == "dy":
            write_parquet(f"{out}/{name}_nested.parquet", events, runs, nested=True)
    for file in sorted(os.listdir(out)):
        if file.endswith((".root", ".parquet")):
            print(f"{file}: {os.path.getsize(f'{out}/{file}')} bytes")


if __name__ == "__main__":
    main()
