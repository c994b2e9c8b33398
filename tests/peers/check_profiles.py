"""Computes the analyses of profiles/*.adl again with uproot, awkward and numpy, from the names in the files.

    check_profiles.py ANALYSIS FOLDER DATA [ANALYSIS FOLDER DATA]...

FOLDER is the output of `adlc run profiles/ANALYSIS.adl DATA`. Every row of every cutflow (events, sum of weights, sum of
their squares) and every bin of every histogram is compared. Ends with a line that counts the comparisons; any difference
is an error.
"""

import json
import sys

import awkward as ak
import numpy as np
import uproot


np.seterr(all="ignore")


class Events:
    """The columns of a file by name, as uproot or awkward read them, in double precision."""

    def __init__(self, path, tree=None):
        if path.endswith(".parquet"):
            self.source = ak.from_parquet(path)
            self.number = len(self.source)
        else:
            file = uproot.open(path)
            self.source = file[tree or "Events"]
            self.number = self.source.num_entries

    def __call__(self, name):
        source = self.source
        if isinstance(source, ak.Array):
            # Nested layouts have a record per collection.
            if name not in source.fields:
                for field in name.split("_", 1):
                    source = source[field]
                return widened(source)
            return widened(source[name])
        return widened(source[name].array())

    def objects(self, prefix, names):
        """A record per object: `names` are fields of the same name, or pairs of field and column."""
        pairs = [name if isinstance(name, tuple) else (name, name) for name in names.split()]
        return ak.zip({field: self(f"{prefix}{column}") for field, column in pairs})

    def fields(self, **columns):
        """A record per object, fields by their columns."""
        return ak.zip({field: self(column) for field, column in columns.items()})


def widened(array):
    return ak.values_astype(array, np.float64) if "float32" in str(array.type) else array


class Region:
    """A cutflow and its histograms, event by event in arrays."""

    def __init__(self, events):
        self.passed = np.ones(events, bool)
        self.weight = np.ones(events)
        self.rows = []
        self.histograms = {}
        self.row()

    def row(self):
        weight = self.weight[self.passed]
        self.rows.append((len(weight), weight.sum(), (weight**2).sum()))

    def select(self, *masks):
        for mask in masks:
            self.passed = self.passed & plain(mask, False).astype(bool)
            self.row()
        return self

    def weigh(self, weight):
        self.weight = self.weight * plain(weight, np.nan)
        self.row()
        return self

    def fill(self, **histograms):
        for name, values in histograms.items():
            values, weight = ak.broadcast_arrays(ak.Array(values)[self.passed], self.weight[self.passed])
            kept = ~ak.is_none(values, axis=-1)
            values, weight = (np.asarray(ak.flatten(a[kept], axis=None), float) for a in (values, weight))
            # What is no number is missing.
            number = ~np.isnan(values)
            self.histograms[name] = values[number], weight[number]
        return self


def plain(values, missing):
    return ak.to_numpy(ak.fill_none(ak.Array(values), missing))


# Kinematics.


def dphi(a, b):
    return abs((a - b + np.pi) % (2 * np.pi) - np.pi)


def pairs(a, b):
    """All of b beside each of a."""
    return ak.unzip(ak.cartesian([a, b], nested=True))


def dr(a, b):
    """For each of a, to every b."""
    a, b = pairs(a, b)
    return np.hypot(a.eta - b.eta, dphi(a.phi, b.phi))


def away(a, b, distance):
    return a[ak.all(dr(a, b) >= distance, axis=-1)]


def cartesian(o):
    """px, py, pz, energy of objects with pt, eta, phi, mass."""
    px, py, pz = o.pt * np.cos(o.phi), o.pt * np.sin(o.phi), o.pt * np.sinh(o.eta)
    return px, py, pz, np.sqrt(px**2 + py**2 + pz**2 + o.mass**2)


def invariant(px, py, pz, e):
    m2 = e**2 - px**2 - py**2 - pz**2
    return np.sign(m2) * np.sqrt(abs(m2))


def pair(a, b):
    return [p + q for p, q in zip(cartesian(a), cartesian(b))]


def two(objects):
    """The first and the second, missing where there are fewer."""
    padded = ak.pad_none(objects, 2)
    return padded[:, 0], padded[:, 1]


def opposite(a, b):
    return a.charge * b.charge < 0


def transverse_mass(lepton, met, phi):
    return np.sqrt(2 * lepton.pt * met * (1 - np.cos(lepton.phi - phi)))


def by_pt(objects):
    return objects[ak.argsort(objects.pt, axis=1, ascending=False, stable=True)]


def bit(values, n):
    return (values >> n) % 2 == 1


def least(values):
    """The smallest of each event, infinite where there is none."""
    return ak.fill_none(ak.min(values, axis=-1), np.inf)


def count(mask):
    return ak.sum(mask, axis=-1)


P4 = "pt eta phi mass "


# One function for each analysis.


def nanoaod(path):
    e = Events(path)
    muons = e.objects("Muon_", P4 + "charge mediumId pfRelIso04_all dxy")
    muons = muons[(muons.pt > 5) & (abs(muons.eta) < 2.4) & muons.mediumId]
    muons = muons[muons.pfRelIso04_all < 0.4]
    electrons = e.objects("Electron_", P4 + "charge deltaEtaSC cutBased miniPFRelIso_all")
    good = (electrons.pt > 7) & (abs(electrons.eta + electrons.deltaEtaSC) < 2.5) & (electrons.cutBased >= 1)
    electrons = away(electrons[good], muons, 0.1)
    jets = e.objects("Jet_", P4 + "jetId btagDeepB")
    jets = jets[(jets.pt > 25) & (abs(jets.eta) < 2.4) & bit(jets.jetId, 1)]
    jets = away(away(jets, muons, 0.4), electrons, 0.4)
    common = ["pt", "eta", "phi", "mass", "charge"]
    leptons = by_pt(ak.concatenate([muons[common], electrons[common]], axis=1))
    met, phi = e("MET_pt"), e("MET_phi")

    inclusive = Region(e.number).fill(
        met=met,
        metPhi=phi,
        jetPt=jets.pt,
        jetMass=jets.mass,
        electronIso=electrons.miniPFRelIso_all,
        muonDxy=muons.dxy,
        rho=e("fixedGridRhoFastjetAll"),
        vertices=e("PV_npvs"),
    )
    first = ak.firsts(leptons)
    lepton = Region(e.number).select(e("Flag_goodVertices"), ak.num(leptons) >= 1, ak.num(jets) >= 1)
    lepton.fill(
        ht=ak.sum(jets.pt, axis=1),
        mT=transverse_mass(first, met, phi),
        tags=count(jets.btagDeepB > 0.4941),
        nearest=least(ak.fill_none(ak.firsts(dr(leptons[:, :1], jets)), [], axis=0)),
    )
    trigger = Region(e.number).select(e("HLT_IsoMu27")).fill(met=met)
    a, b = two(leptons)
    dilepton = Region(e.number).select(ak.num(leptons) >= 2, opposite(a, b))
    px, py, pz, energy = pair(a, b)
    dilepton.fill(mass=invariant(px, py, pz, energy), pt=np.hypot(px, py))
    return {"inclusive": inclusive, "lepton": lepton, "trigger": trigger, "dilepton": dilepton}


def nanoaod_gen(path):
    e = Events(path)
    particles = e.objects("GenPart_", "pt eta phi pdgId status statusFlags genPartIdxMother")
    ids = abs(particles.pdgId)
    leptons = particles[((ids == 11) | (ids == 13)) & (particles.status == 1)]
    leptons = leptons[bit(leptons.statusFlags, 0) | bit(leptons.statusFlags, 5)]
    mothers = leptons.genPartIdxMother[leptons.genPartIdxMother >= 0]
    mothers = abs(particles.pdgId[mothers])
    muons = e.objects("Muon_", "pt genPartIdx")
    muons = muons[muons.genPartIdx >= 0]
    jets = e.objects("Jet_", "pt eta phi hadronFlavour")
    weight = e("genWeight")

    simulated = Region(e.number).weigh(weight).select(ak.num(leptons) >= 1)
    simulated.fill(
        pt=leptons.pt,
        fromW=count((mothers == 11) | (mothers == 13) | (mothers == 24)),
        response=muons.pt / particles.pt[muons.genPartIdx],
        bjets=count((jets.pt > 20) & (jets.hadronFlavour == 5)),
        genMet=e("GenMET_pt"),
        pileup=e("Pileup_nTrueInt"),
        toGen=least(ak.flatten(dr(jets, e.objects("GenJet_", "pt eta phi")), axis=2)),
    )
    met = e("MET_pt")
    weighted = Region(e.number).weigh(weight).weigh(np.where(weight < 0, -1, 1)).select(met > 20).fill(met=met)
    return {"simulated": simulated, "weighted": weighted}


def cms_run1(path):
    e = Events(path)
    muons = e.objects("Muon_", P4 + "charge tightId pfRelIso04_all")
    muons = muons[(muons.pt > 5) & (abs(muons.eta) < 2.1) & muons.tightId]
    muons = muons[(muons.pfRelIso04_all >= 0) & (muons.pfRelIso04_all <= 0.3)]
    electrons = e.objects("Electron_", "pt cutBasedId dxy")
    electrons = electrons[(electrons.pt > 7) & electrons.cutBasedId & (abs(electrons.dxy) < 0.2)]
    jets = e.objects("Jet_", P4 + "puId btag")
    jets = away(jets[(jets.pt > 20) & jets.puId], muons, 0.4)
    taus = e.objects("Tau_", "mass charge idIsoTight")
    taus = taus[taus.idIsoTight & (abs(taus.charge) == 1)]
    met, phi = e("MET_pt"), e("MET_phi")

    inclusive = Region(e.number)
    inclusive.fill(met=met, sumEt=e("MET_sumet"), photons=e("Photon_pt"), tauMass=taus.mass)
    muon = Region(e.number).select(e("HLT_IsoMu24_eta2p1"), ak.num(muons) >= 1, ak.num(jets) >= 1)
    muon.fill(
        ht=ak.sum(jets.pt, axis=1),
        mT=transverse_mass(ak.firsts(muons), met, phi),
        tags=count(jets.btag > 0.7),
        dphi=dphi(jets.phi, phi),
    )
    dimuon = Region(e.number).select(ak.num(muons) >= 2, ak.sum(muons.charge, axis=1) == 0)
    dimuon.fill(mass=invariant(*pair(*two(muons))), electrons=ak.num(electrons))
    return {"inclusive": inclusive, "muon": muon, "dimuon": dimuon}


def delphes(path):
    e = Events(path, "Delphes")
    p3 = dict(pt="PT", eta="Eta", phi="Phi")

    def objects(name, **more):
        return e.fields(**{field: f"{name}.{column}" for field, column in {**p3, **more}.items()})

    every = objects("Electron", iso="IsolationVar")
    electrons = every[(every.pt > 10) & (abs(every.eta) < 2.5) & (every.iso < 0.2)]
    muons = objects("Muon")
    good = muons[(muons.pt > 10) & (abs(muons.eta) < 2.5)]
    all_jets = objects("Jet", mass="Mass", charge="Charge", btag="BTag", tautag="TauTag")
    taus = all_jets[all_jets.tautag != 0]
    jets = away(all_jets[(all_jets.pt > 20) & (abs(all_jets.eta) < 4.5)], electrons, 0.4)
    particles = objects("Particle", pdg="PID", status="Status", z="Z")
    stable = particles[(particles.status == 1) & (abs(particles.pdg) == 211) & (particles.pt > 0.5)]
    met, phi = e("MissingET.MET")[:, 0], e("MissingET.Phi")[:, 0]

    inclusive = Region(e.number).weigh(e("Event.Weight")[:, 0])
    inclusive.fill(
        met=met,
        metPhi=phi,
        ht=e("ScalarHT.HT")[:, 0],
        jetMass=jets.mass,
        electronEnergy=np.hypot(every.pt * np.cosh(every.eta), 0.000511),
        muonMass=ak.full_like(muons.pt, 0.105658),
        pions=stable.pt,
        vertex=stable.z,
        tracks=e("EFlowTrack.Charge"),
        towers=e("Tower.ET"),
    )
    some = Region(e.number).select(ak.num(jets) >= 2, met > 10)
    some.fill(
        mjj=invariant(*pair(*two(jets))),
        tags=count(jets.btag != 0),
        taus=ak.num(taus),
        tauPt=taus.pt,
        tauCharge=taus.charge,
        tauMass=taus.mass,
        toTau=least(ak.flatten(dr(taus, electrons), axis=2)),
        leptons=ak.num(electrons) + ak.num(good),
        dphi=least(dphi(jets.phi, phi)),
    )
    return {"inclusive": inclusive, "dijets": some}


def delphes_references(path):
    e = Events(path, "Delphes")
    mask = 0xFFFFFF

    def objects(name, **columns):
        return e.fields(id=f"{name}.fUniqueID", **{field: f"{name}.{column}" for field, column in columns.items()})

    # The first of two with one number counts; ids of different collections differ.
    angles = dict(eta="Eta", phi="Phi")
    flow = ("EFlowTrack", "PT"), ("EFlowPhoton", "ET"), ("EFlowNeutralHadron", "ET")
    flow = ak.concatenate([objects(name, pt=pt, **angles) for name, pt in flow], axis=1)
    particles = objects("Particle", pt="PT", px="Px", pdg="PID", charge="Charge", eta="Eta")

    def found(targets, references, event):
        """The targets of an event with these numbers, in their order; what is not there is left out."""
        known = {}
        for place, number in enumerate(targets.id[event]):
            known.setdefault(int(number) & mask, place)
        return [known[int(n)] for n in references if int(n) in known]

    def referred(targets, column):
        lists = e.source[column].array(library="np")
        places = [[found(targets, inner, event) for inner in lists[event]] for event in range(e.number)]
        return ak.Array([[[targets[event][p] for p in inner] for inner in outer] for event, outer in enumerate(places)])

    def one(targets, column):
        numbers = e.source[column].array().ref
        places = [[found(targets, [n], event)[0] for n in numbers[event]] for event in range(e.number)]
        return targets[ak.values_astype(ak.Array(places), np.int64)]

    jets = objects("Jet", pt="PT")
    parts = referred(flow, "Jet.Constituents")
    good = ak.num(parts, axis=2) >= 2
    inside = referred(particles, "GenJet.Constituents")
    track, muon = objects("Track", pt="PT", **angles), one(particles, "Muon.Particle")
    near = dr(track, track)
    same = ak.local_index(near, axis=1) == ak.local_index(near, axis=2)
    around = ak.sum(pairs(track, track)[1].pt[(near < 0.3) & ~same], axis=2)
    chosen = parts[good]

    inclusive = Region(e.number).fill(
        parts=ak.num(chosen, axis=2),
        first=chosen.pt[:, :, 0] / jets.pt[good],
        hard=ak.sum(chosen.pt > 1, axis=2),
        partEta=ak.flatten(parts.eta, axis=2),
        charged=ak.sum(inside.charge != 0, axis=2),
        pxOfParts=ak.sum(inside.px, axis=2),
        ratio=track.pt / one(particles, "Track.Particle").pt,
        muonParticle=muon.pdg,
        trackPt=track.pt,
        truth=ak.num(referred(particles, "Jet.Particles"), axis=2)[good],
        towers=ak.num(referred(particles, "Tower.Particles"), axis=2),
    )
    two_jets = ak.num(chosen) >= 2
    leading = ak.any(ak.fill_none(ak.firsts(chosen), [], axis=0).pt > 10, axis=1)
    some = Region(e.number).select(two_jets, leading).fill(around=around)
    return {"inclusive": inclusive, "two": some}


def treemaker(path):
    e = Events(path, "PreSelection")

    def objects(name, **more):
        p4 = dict(pt="fPt", eta="fEta", phi="fPhi", energy="fE")
        of = {field: f"{name}/{name}.fCoordinates.{column}" for field, column in p4.items()}
        return e.fields(**of, **{field: f"{name}_{column}" for field, column in more.items()})

    def momentum(o):
        return o.pt * np.cos(o.phi), o.pt * np.sin(o.phi), o.pt * np.sinh(o.eta), o.energy

    jets = objects("Jets", id="ID", csv="bJetTagDeepCSVBvsAll", flavour="hadronFlavor")
    jets = jets[(jets.pt > 30) & (abs(jets.eta) < 2.4) & jets.id]
    names = dict(sd="softDropMass", tau1="NsubjettinessTau1", tau2="NsubjettinessTau2")
    wide = objects("JetsAK8", **names)
    wide = wide[wide.pt > 200]
    muons = objects("Muons", medium="mediumID")
    muons = muons[(muons.pt > 5) & muons.medium]
    generated = objects("GenParticles", pdg="PdgId")
    ids = abs(generated.pdg)
    generated = generated[(ids == 4900101) | (ids == 6) | (ids == 5)]
    weight = e("Weight")

    inclusive = Region(e.number).weigh(weight)
    inclusive.fill(
        met=e("MET"),
        ht=e("HT"),
        metPhi=e("METPhi"),
        jetMass=invariant(*momentum(jets)),
        softDrop=wide.sd,
        tau21=wide.tau2 / wide.tau1,
        genPt=generated.pt,
        photons=e("Photons/Photons.fCoordinates.fPt"),
    )
    a, b = two(wide)
    some = Region(e.number).select(ak.num(wide) >= 2, ak.num(muons) == 0)
    some.fill(
        mjj=invariant(*(p + q for p, q in zip(momentum(a), momentum(b)))),
        tags=count(jets.csv > 0.4941),
        flavour=abs(jets.flavour),
        subjets=e("JetsAK8_subjets/JetsAK8_subjets.fCoordinates.fPt"),
    )
    return {"inclusive": inclusive, "wideJets": some}


def components(e, name, **columns):
    """Objects with px, py, pz, energy; pt, eta, phi from them."""
    o = e.fields(**{field: f"{name}{column}" for field, column in columns.items()})
    return with_angles(o)


def with_angles(o):
    o["pt"] = np.hypot(o.px, o.py)
    o["eta"] = np.arcsinh(o.pz / o.pt)
    o["phi"] = np.arctan2(o.py, o.px)
    return o


def of_components(o):
    return o.px, o.py, o.pz, o.energy


def summed(a, b):
    return [p + q for p, q in zip(of_components(a), of_components(b))]


def best_pair(objects, mass):
    """The pair of opposite charges nearest to a mass: px, py, pz, energy of each event, missing without one."""
    a, b = ak.unzip(ak.combinations(objects, 2))
    opposite = a.charge + b.charge == 0
    p = ak.zip(dict(zip(["px", "py", "pz", "energy"], summed(a[opposite], b[opposite]))))
    return ak.firsts(p[ak.argsort(abs(invariant(*of_components(p)) - mass), axis=1, stable=True)])


def hzz(path):
    e = Events(path, "events")
    names = dict(px="Px", py="Py", pz="Pz", energy="E")
    muons = components(e, "Muon_", charge="Charge", iso="Iso", **names)
    jets = components(e, "Jet_", id="ID", btag="btag", **names)
    electrons, missing = components(e, "Electron_", **names), (e("MET_px"), e("MET_py"))
    photons, events = e("Photon_E"), (e("EventWeight"), e("NPrimaryVertices"), e("triggerIsoMu24"))
    return of_hzz(e.number, muons, jets, electrons, photons, missing, *events)


def of_hzz(number, muons, jets, electrons, photons, missing, weight, vertices, trigger):
    muons = muons[(muons.pt > 10) & (abs(muons.eta) < 2.4)]
    muons = muons[muons.iso / muons.pt < 0.15]
    jets = jets[(jets.pt > 30) & jets.id]
    z = best_pair(muons, 91.1876)
    px, py = missing
    met, phi = np.hypot(px, py), np.arctan2(py, px)

    inclusive = Region(number).weigh(weight)
    inclusive.fill(
        met=met,
        metPhi=phi,
        electrons=electrons.pt,
        photons=photons,
        jetEta=jets.eta,
        jetMass=invariant(*of_components(jets)),
        vertices=vertices,
    )
    dimuon = Region(number).weigh(weight).select(trigger, ak.num(muons) >= 2, ~ak.is_none(z))
    dimuon.fill(
        mass=invariant(*of_components(z)),
        pt=np.hypot(z.px, z.py),
        y=0.5 * np.log((z.energy + z.pz) / (z.energy - z.pz)),
        tags=count(jets.btag > 1.74),
        mT=transverse_mass(ak.firsts(muons), met, phi),
    )
    return {"inclusive": inclusive, "dimuon": dimuon}


def hzz_objects(path):
    e = Events(path, "events")

    def objects(name, **more):
        p4 = e(f"{name}p4")
        p = dict(px=p4.fP.fX, py=p4.fP.fY, pz=p4.fP.fZ, energy=p4.fE)
        return with_angles(ak.zip({**p, **{field: e(f"{name}{column}") for field, column in more.items()}}))

    missing, events = e("MET"), (e("eventweight"), e("num_primaryvertex"), e("trigger_isomu24"))
    muons, jets = objects("muon", charge="q", iso="iso"), objects("jet", id="id", btag="btag")
    photons = e("photonp4").fE
    found = of_hzz(e.number, muons, jets, objects("electron"), photons, (missing.fX, missing.fY), *events)
    lepton, neutrino = e("MC_lepton"), e("MC_neutrino")
    found["generated"] = Region(e.number).fill(lepton=np.hypot(lepton.fX, lepton.fY), lost=neutrino.fZ)
    return found


def scouting(path):
    e = Events(path)
    muons = e.objects("ScoutingMuon_", "pt eta phi trk_dxy nValidPixelHits")
    muons = muons[(muons.pt > 3) & (abs(muons.eta) < 2.4)]
    muons = muons[(abs(muons.trk_dxy) < 0.2) & (muons.nValidPixelHits > 0)]
    jets = e.fields(**{f: f"ScoutingPFJet_{c}" for f, c in dict(pt="pt", eta="eta", phi="phi", mass="m").items()})
    jets = away(jets[(jets.pt > 20) & (abs(jets.eta) < 2.5)], muons, 0.4)
    wide = e.objects("ScoutingFatJet_", "pt msoftdrop tau1 tau2")
    wide = wide[wide.pt > 170]

    inclusive = Region(e.number).weigh(e("genWeight"))
    inclusive.fill(
        jets=jets.pt,
        jetMass=jets.mass,
        photons=e("ScoutingPhoton_pt"),
        electrons=e("ScoutingElectron_dz"),
        softDrop=wide.msoftdrop,
        tau21=wide.tau2 / wide.tau1,
    )
    a, b = two(jets)
    dijet = Region(e.number).select(ak.num(jets) >= 2, ak.num(muons) == 0)
    dijet.fill(mjj=invariant(*pair(a, b)), deta=abs(a.eta - b.eta), btag=e("ScoutingJet_particleNet_prob_b"))
    return {"inclusive": inclusive, "dijet": dijet}


def lhco(path):
    names = ["eta", "phi", "pt", "mass", "ntrk", "btag", "hadem"]
    events = []
    with open(path, encoding="ascii") as lines:
        for line in lines:
            fields = line.split()
            if not fields or fields[0].startswith("#"):
                continue
            if fields[0] == "0":
                events.append({"number": int(fields[1]), **{kind: [] for kind in "0123456"}})
            else:
                events[-1][fields[1]].append(dict(zip(names, map(float, fields[2:9]))))
    number = len(events)
    empty = ak.Array([[dict.fromkeys(names, 0.0)]])[:, :0]

    def objects(kind):
        found = ak.Array([event[kind] for event in events])
        return found if ak.sum(ak.num(found)) else ak.concatenate([empty] * number)

    photons, electrons, muons, taus, jets, missing = (objects(kind) for kind in "012346")
    same_as_delphes(path, photons, electrons, muons, taus, jets, missing)
    good = jets[(jets.pt > 30) & (abs(jets.eta) < 3)]
    leptons = by_pt(ak.concatenate([electrons, muons], axis=1))
    leptons = leptons[leptons.pt > 10]
    met = missing.pt[:, 0]

    inclusive = Region(number).fill(
        met=met,
        metPhi=missing.phi[:, 0],
        jetPt=good.pt,
        jetMass=good.mass,
        leptonPt=leptons.pt,
        charge=np.sign(leptons.ntrk),
        photons=photons.pt * np.cosh(photons.eta),
        taus=taus.ntrk,
        hadem=good.hadem,
    )
    dijet = Region(number).select(ak.num(good) >= 2, met > 10)
    dijet.fill(
        mjj=invariant(*pair(*two(good))),
        tags=count(good.btag > 0),
        tagged=count(jets.btag > 0),
        number=np.array([event["number"] for event in events]),
    )
    return {"inclusive": inclusive, "dijet": dijet}


def same_as_delphes(path, photons, electrons, muons, taus, jets, missing):
    """The file was made of these events: its numbers are theirs, rounded."""
    e = Events(path.replace("derived__delphes.lhco", "tmp_debug_RDataFrame__delphes.root"), "Delphes")
    tau = e("Jet.TauTag") != 0
    columns = [
        (photons, e("Photon.PT"), e("Photon.Eta")),
        (electrons, e("Electron.PT"), e("Electron.Eta")),
        (muons, e("Muon.PT"), e("Muon.Eta")),
        (taus, e("Jet.PT")[tau], e("Jet.Eta")[tau]),
        (jets, e("Jet.PT")[~tau], e("Jet.Eta")[~tau]),
        (missing, e("MissingET.MET"), ak.zeros_like(e("MissingET.MET"))),
    ]
    for found, pt, eta in columns:
        equal("LHCO and Delphes: numbers of objects", ak.num(found), ak.num(pt))
        near = (abs(found.pt - pt) < 0.00501) & (abs(found.eta - eta) < 0.000501)
        equal("LHCO and Delphes: momenta", ak.flatten(near), ak.flatten(ak.ones_like(pt)))


def fcc(path):
    e = Events(path, "events")
    names = {"px": "momentum.x", "py": "momentum.y", "pz": "momentum.z"}

    def objects(name, **more):
        return components(e, f"{name}/{name}.", **names, **more)

    particles = objects("ReconstructedParticles", energy="energy", charge="charge")

    def of_kind(name):
        found = particles[e(f"{name}#0/{name}#0.index")]
        found["p"] = np.sqrt(found.px**2 + found.py**2 + found.pz**2)
        return found

    muons, electrons, photons = (of_kind(name) for name in ("Muon", "Electron", "Photon"))
    muons, electrons, photons = muons[muons.p > 10], electrons[electrons.p > 10], photons[photons.energy > 2]
    jets = objects("Jet", energy="energy", mass="mass")
    cosine = jets.pz / np.sqrt(jets.pt**2 + jets.pz**2)
    jets = jets[(jets.energy > 10) & (abs(cosine) < 0.95)]
    generated = objects("Particle", pdg="PDG", status="generatorStatus", z="vertex.z")
    generated = generated[(abs(generated.pdg) == 13) & (generated.status == 1)]
    charged = particles[(particles.charge != 0) & (particles.pt > 0.5)]
    missing = e.fields(**{f: f"MissingET/MissingET.{c}" for f, c in {**names, "energy": "energy"}.items()})[:, 0]
    z = best_pair(muons, 91.1876)

    inclusive = Region(e.number).fill(
        muonPt=muons.pt,
        muonEta=muons.eta,
        muonPhi=muons.phi,
        photons=photons.energy,
        jets=jets.pt,
        jetMass=jets.mass,
        met=np.hypot(missing.px, missing.py),
        missing=missing.energy,
        electrons=ak.num(electrons),
        generated=np.arctan2(generated.pt, generated.pz),
        vertex=generated.z,
        charged=charged.pt,
    )
    dimuon = Region(e.number).select(ak.num(muons) >= 2, ~ak.is_none(z))
    dimuon.fill(
        mass=invariant(*of_components(z)),
        recoil=invariant(-z.px, -z.py, -z.pz, 240 - z.energy),
        leading=ak.firsts(muons.pt),
        nearest=least(ak.fill_none(ak.firsts(dr(muons[:, :1], generated)), [], axis=0)),
    )
    return {"inclusive": inclusive, "dimuon": dimuon}


def edm4hep(path):
    e = Events(path, "events")
    names = {"px": "momentum.x", "py": "momentum.y", "pz": "momentum.z"}
    reco, truth = "ReconstructedParticleCollection", "MCParticleCollection"
    particles = components(e, f"{reco}/{reco}.", energy="energy", mass="mass", pdg="PDG", **names)
    generated = components(e, f"{truth}/{truth}.", pdg="PDG", z="vertex.z", **names)
    generated = generated[generated.pt > 10]
    good = particles[particles.energy > 20]

    inclusive = Region(e.number).select(ak.num(good) >= 1)
    inclusive.fill(
        pt=good.pt,
        eta=good.eta,
        mass=good.mass,
        ids=generated.pdg,
        generatedPt=generated.pt,
        generatedEta=generated.eta,
        vertex=generated.z,
        number=e("EventHeader/EventHeader.eventNumber")[:, 0],
        weight=e("EventHeader/EventHeader.weight")[:, 0],
        muons=count(abs(particles.pdg) == 13),
    )
    return {"inclusive": inclusive}


def physlite(path):
    return of_physlite(Events(path, "CollectionTree"), ".")


def physlite_ntuple(path):
    return of_physlite(Events(path, "EventData"), ":")


def of_physlite(e, dot):
    """`dot` stands between the name of a collection and that of an attribute."""

    def column(name, attribute):
        return e(f"{name}AuxDyn{dot}{attribute}")

    def objects(name, p4="pt eta phi m", **more):
        """Energies and momenta in GeV; not those of `more`."""
        columns = {n: n for n in p4.split()}
        o = ak.zip({f: column(name, c) for f, c in {**columns, **more}.items()})
        for n in set(columns) & {"pt", "m", "px", "py", "pz", "e"}:
            o[n] = o[n] / 1000
        return o

    def massive(o, mass):
        o["mass"] = mass
        return o

    iso = "ptvarcone30_Nonprompt_All_MaxWeightTTVALooseCone_pt1000"
    every = objects("AnalysisElectrons", loose="DFCommonElectronsLHLoose", iso=iso)
    electrons = every[(every.pt > 10) & (abs(every.eta) < 2.47) & (every.loose == 1)]
    electrons = electrons[electrons.iso / 1000 / electrons.pt < 0.15]
    muons = objects("AnalysisMuons", "pt eta phi", quality="quality")
    muons = massive(muons[(muons.pt > 10) & (abs(muons.eta) < 2.5) & ((muons.quality & 7) <= 1)], 0.10565837)
    jets = objects("AnalysisJets", jvt="NNJvtPass", flavour="HadronConeExclTruthLabelID")
    if dot == ".":
        jets["link"] = column("AnalysisJets", "btaggingLink/AnalysisJetsAuxDyn.btaggingLink.m_persIndex")
    else:
        jets["link"] = column("AnalysisJets", "btaggingLink").m_persIndex
    tags = objects("BTagging_AntiKt4EMPFlow", "", b="GN2v00_pb", c="GN2v00_pc", u="GN2v00_pu")[jets.link]
    jets["score"] = np.log(tags.b / (0.1 * tags.c + 0.9 * tags.u))
    jets = massive(jets, jets.m)
    jets = away(jets[(jets.pt > 25) & (abs(jets.eta) < 2.5) & (jets.jvt == 1)], electrons, 0.2)
    taus = objects("AnalysisTauJets", loose="JetDeepSetLoose")
    taus = taus[(taus.pt > 20) & (taus.loose == 1)]
    bottom = objects("TruthBottom", "px py m")
    wide = objects("AnalysisLargeRJets", tau1="Tau1_wta", tau2="Tau2_wta")
    wide = wide[wide.pt > 200]

    px, py = (column("MET_Core_AnalysisMET", n)[:, 1] / 1000 for n in ("mpx", "mpy"))
    for chosen in (electrons, muons, jets):
        px = px - ak.sum(chosen.pt * np.cos(chosen.phi), axis=1)
        py = py - ak.sum(chosen.pt * np.sin(chosen.phi), axis=1)

    inclusive = Region(e.number).fill(
        met=np.hypot(px, py),
        metPhi=np.arctan2(py, px),
        electrons=electrons.pt,
        electronMass=every.m,
        muons=cartesian(muons)[3],
        photons=objects("AnalysisPhotons").pt,
        taus=taus.pt,
        jets=jets.mass,
        score=jets.score,
        truthBottom=np.hypot(bottom.px, bottom.py),
        truthMass=bottom.m,
        flavour=jets.flavour,
        soft=column("MET_Core_AnalysisMET", "sumet")[:, 1] / 1000,
        pileup=column("EventInfo", "averageInteractionsPerCrossing"),
        number=column("EventInfo", "eventNumber"),
        wide=wide.tau2 / wide.tau1,
    )
    some = Region(e.number).select(ak.num(jets) >= 2, count(jets.score > 1) >= 1)
    some.fill(mjj=invariant(*pair(*two(jets))), ht=ak.sum(jets.pt, axis=1))
    return {"inclusive": inclusive, "jets2": some}


def massive(e, name, energy, scale=1.0, **more):
    """Objects with pt, eta, phi and the mass from the energy, in GeV."""
    o = e.fields(pt=f"{name}_pt", eta=f"{name}_eta", phi=f"{name}_phi", energy=f"{name}_{energy}", **more)
    o["pt"], o["energy"] = o.pt / scale, o.energy / scale
    m2 = o.energy**2 - (o.pt * np.cosh(o.eta)) ** 2
    o["mass"] = np.sign(m2) * np.sqrt(abs(m2))
    return o


def open_data(path, tree, scale, energy, iso, tag, threshold, weight, trigger, extra=lambda e: {}, jvf=None):
    e = Events(path, tree)
    cones = dict(ptcone=f"lep_{iso[0]}", etcone=f"lep_{iso[1]}")
    leptons = massive(e, "lep", energy, scale, charge="lep_charge", kind="lep_type", **cones)
    electrons = leptons[(leptons.kind == 11) & (leptons.pt > 15) & (abs(leptons.eta) < 2.47)]
    electrons = electrons[electrons.ptcone / scale / electrons.pt < 0.1]
    muons = leptons[(leptons.kind == 13) & (leptons.pt > 15) & (abs(leptons.eta) < 2.5)]
    muons = muons[muons.etcone / scale < 3]
    every = massive(e, "jet", energy, scale, tag=f"jet_{tag}", **({"jvf": jvf} if jvf else {}))
    jets = every[every.pt > 25]
    if jvf:
        jets = jets[jets.jvf > 0.25]
    jets = away(jets, electrons, 0.2)
    met = e("met_et" if scale > 1 else "met") / scale
    inclusive = Region(e.number)
    for factor in weight(e):
        inclusive.weigh(factor)
    inclusive.fill(
        met=met,
        electrons=electrons.pt,
        muons=muons.energy,
        jetMass=jets.mass,
        ids=-11 * electrons.charge,
        tags=count(threshold(every.tag)),
        **extra(e),
    )
    some = Region(e.number)
    some.select(trigger(e), ak.num(electrons) + ak.num(muons) >= 1, ak.num(jets) >= 2)
    some.fill(
        mjj=invariant(*pair(*two(jets))),
        mT=transverse_mass(ak.firsts(muons), met, e("met_phi")),
        number=e("eventNumber"),
    )
    return {"inclusive": inclusive, "leptons": some}


def atlas_od(path):
    return open_data(
        path, "mini", 1000, "E", ("ptcone30", "etcone20"), "MV1", lambda tag: tag > 0.7892,
        lambda e: [e("mcWeight"), e("scaleFactor_PILEUP")], lambda e: e("trigE") | e("trigM"), jvf="jet_jvf",
    )  # fmt: skip


def atlas_od_r2(path):
    def extra(e):
        photons, wide = e.objects("photon_", "pt isTightID"), e.objects("largeRjet_", "m D2")
        taus = massive(e, "tau", "E", 1000)
        return dict(
            photons=photons.pt[photons.isTightID] / 1000, taus=taus.mass, wide=wide.m[wide.D2 < 1.5] / 1000
        )

    return open_data(
        path, "mini", 1000, "E", ("ptcone30", "etcone20"), "MV2c10", lambda tag: tag > 0.8244273,
        lambda e: [e("mcWeight") * e("XSection") / e("SumWeights")], lambda e: e("trigE") | e("trigM"), extra,
    )  # fmt: skip


def atlas_od_2025(path):
    def extra(e):
        photons, wide = e.objects("photon_", "pt isTightID"), e.objects("largeRJet_", "m D2")
        return dict(photons=photons.pt[photons.isTightID], wide=wide.m[wide.D2 < 1.5])

    return open_data(
        path, "analysis", 1, "e", ("ptvarcone30", "topoetcone20"), "btag_quantile", lambda tag: tag >= 3,
        lambda e: [e("mcWeight") * e("xsec") * e("kfac") * e("filteff") / e("sum_of_weights")],
        lambda e: e("trigM"), extra,
    )  # fmt: skip


def cp_ntuple(path):
    e = Events(path, "reco" if path.endswith("cp_ntuple.root") else "analysis")

    def objects(name, mass, **more):
        o = e.fields(pt=f"{name}_pt_NOSYS", eta=f"{name}_eta", phi=f"{name}_phi", **more)
        o["pt"] = o.pt / 1000
        o["mass"] = mass if isinstance(mass, float) else e(f"{name}_m") / 1000
        return o

    electrons = objects("el", 0.000511, charge="el_charge")
    electrons = electrons[(electrons.pt > 10) & (abs(electrons.eta) < 2.47)]
    muons = objects("mu", 0.10565837)
    muons = muons[(muons.pt > 10) & (abs(muons.eta) < 2.5)]
    jets = objects("jet", None)
    jets = away(jets[jets.pt > 20], electrons, 0.2)

    inclusive = Region(e.number).weigh(e("weight_mc_NOSYS")).weigh(e("weight_pileup_NOSYS"))
    inclusive.fill(
        met=e("met_met_NOSYS") / 1000,
        metPhi=e("met_phi_NOSYS"),
        electrons=electrons.pt,
        muons=cartesian(muons)[3],
        photons=e("ph_pt_NOSYS") / 1000,
        jetMass=jets.mass,
        charge=electrons.charge,
    )
    passed = Region(e.number).select(e("pass_SR_NOSYS"), e("trigPassed_HLT_e26_lhtight"), ak.num(jets) >= 1)
    passed.fill(ht=ak.sum(jets.pt, axis=1))
    return {"inclusive": inclusive, "passed": passed}


def cp_variation(path):
    e = Events(path, "reco")
    pt = e("el_pt_SCALE__1up")[e("el_select_loose_NOSYS") == 1] / 1000
    pt = pt[pt > 20]
    varied = Region(e.number).select(ak.num(pt) >= 1)
    varied.fill(pt=pt, nominal=e("el_pt_NOSYS") / 1000, met=e("met_met_SCALE__1up") / 1000)
    return {"varied": varied}


def k4simdelphes(path):
    e = Events(path, "events")
    names = {"px": "momentum.x", "py": "momentum.y", "pz": "momentum.z"}
    particles = components(e, "ReconstructedParticles.", energy="energy", charge="charge", **names)
    particles["p"] = np.sqrt(particles.px**2 + particles.py**2 + particles.pz**2)
    muons, electrons = particles[e("Muon_objIdx.index")], particles[e("Electron_objIdx.index")]
    muons = muons[(muons.p > 10) & (e("Muon_IsolationVar") < 0.3)]
    electrons = electrons[electrons.p > 10]
    jets = components(e, "Jet.", energy="energy", **names)
    generated = components(e, "Particle.", status="generatorStatus", **names)
    inclusive = Region(e.number).weigh(e("EventHeader.weight")[:, 0])
    inclusive.fill(
        met=np.hypot(e("MissingET.momentum.x")[:, 0], e("MissingET.momentum.y")[:, 0]),
        muons=muons.pt,
        charge=electrons.charge,
        jets=jets.eta[jets.energy > 20],
        generated=generated.pt[generated.status == 1],
    )
    dimuon = Region(e.number).select(ak.num(muons) >= 2)
    dimuon.fill(mass=invariant(*summed(*two(muons))), number=e("EventHeader.eventNumber")[:, 0])
    return {"inclusive": inclusive, "dimuon": dimuon}


def flat(path):
    e = Events(path)
    muons = e.objects("Muon_", P4 + "charge")
    muons = muons[(muons.pt > 10) & (abs(muons.eta) < 2.4)]
    a, b = two(muons)
    dimuon = Region(e.number).select(ak.num(muons) == 2, a.charge + b.charge == 0)
    dimuon.fill(mass=invariant(*pair(a, b)), pt=muons.pt)
    return {"dimuon": dimuon}


def small_dy(path):
    # uproot does not read the file without entry offsets, which has the same events.
    e = Events(path.replace("nooffsets", "withoffsets"), "tree")
    jets, muons = e.objects("Jet_", "pt jetId"), e.objects("Muon_", "pt charge")
    jets, muons = jets[(jets.pt > 30) & (jets.jetId > 0)], muons[muons.pt > 10]
    inclusive = Region(e.number).fill(met=e("MET_pt"), jets=jets.pt, number=ak.num(jets))
    a, b = two(muons)
    dimuon = Region(e.number).select(ak.num(muons) == 2, a.charge + b.charge == 0)
    dimuon.fill(pt=muons.pt, event=e("event"))
    return {"inclusive": inclusive, "dimuon": dimuon}


def zmumu(path):
    e = Events(path, "events")
    both = [e(f"{name}1") + e(f"{name}2") for name in ("px", "py", "pz", "E")]
    opposite = Region(e.number).select(e("Q1") * e("Q2") < 0, (e("pt1") > 20) & (e("pt2") > 20))
    opposite.fill(stored=e("M"), mass=invariant(*both), eta=e("eta1"), run=e("Run"))
    return {"opposite": opposite}


def poet(path):
    kinds = ["events", "electrons", "muons", "photons", "jets", "mets", "taus"]
    trees = {kind: Events(path, f"my{kind}/Events") for kind in kinds}
    muons = trees["muons"].objects("muon_", "pt eta ch tightid pfreliso04all")
    good = muons[(muons.pt > 5) & (abs(muons.eta) < 2.4) & (muons.tightid > 0.5)]
    electrons = trees["electrons"].objects("electron_", "pt e isLoose")
    electrons = electrons[(electrons.pt > 5) & electrons.isLoose]
    jets = trees["jets"].objects("jet_", P4 + "btag")
    jets = jets[(jets.pt > 20) & (abs(jets.eta) < 2.4)]
    taus = trees["taus"].objects("tau_", "pt iddecaymode")
    number = trees["events"].number

    inclusive = Region(number).weigh(trees["jets"]("btag_Weight"))
    inclusive.fill(
        met=trees["mets"]("met_pt")[:, 0],
        metPhi=trees["mets"]("met_phi")[:, 0],
        jets=jets.pt,
        jetMass=jets.mass,
        corrected=trees["jets"]("corr_jet_pt"),
        electrons=electrons.e,
        photons=trees["photons"]("photon_pt"),
        taus=taus.pt[taus.iddecaymode > 0.5],
        charge=muons.ch,
        isolation=muons.pfreliso04all,
        muons=ak.num(muons),
        anyMuons=trees["muons"]("numbermuon"),
        allTaus=ak.num(trees["taus"]("tau_pt")),
    )
    dijet = Region(number).select(ak.num(jets) >= 2)
    dijet.fill(
        mjj=invariant(*pair(*two(jets))),
        tags=count(jets.btag > 0.679),
        muons=ak.num(good),
        number=trees["events"]("luminosityBlock"),
    )
    return {"inclusive": inclusive, "dijet": dijet}


def nanoaod15(path):
    e = Events(path)
    muons = e.objects("Muon_", "pt phi mvaMuID_WP")
    muons = muons[(muons.pt > 10) & (muons.mvaMuID_WP >= 1)]
    jets = e.objects("Jet_", "pt btagUParTAK4B hadronFlavour")
    jets = jets[(jets.pt > 25) & (jets.btagUParTAK4B > 0.1272)]
    met, phi = e("PFMET_pt"), e("PFMET_phi")
    inclusive = Region(e.number).weigh(e("genWeight")).select(e("HLT_IsoMu24"))
    inclusive.fill(
        met=met,
        puppi=e("PuppiMET_pt"),
        metPhi=phi,
        rho=e("Rho_fixedGridRhoFastjetAll"),
        muons=muons.pt,
        photons=ak.zeros_like(e("Photon_pt")),
        jets=jets.hadronFlavour,
        mT=transverse_mass(ak.firsts(muons), met, phi),
    )
    return {"inclusive": inclusive}


def physlite_lists(path):
    e = Events(path, "CollectionTree")
    sums = e("AnalysisJetsAuxDyn.SumPtTrkPt500") / 1000
    inclusive = Region(e.number).fill(
        trackPt=ak.sum(sums, axis=2),
        fraction=sums[:, :, 0] / (e("AnalysisJetsAuxDyn.pt") / 1000),
        tracks=ak.max(e("AnalysisJetsAuxDyn.NumTrkPt500"), axis=2),
        electronTracks=ak.num(e("AnalysisElectronsAuxDyn.trackParticleLinks"), axis=2),
        vertexWeight=ak.flatten(e("InDetTrackParticlesAuxDyn.TTVA_AMVFWeights"), axis=2),
        calo=ak.flatten(e("METAssoc_AnalysisMETAux./METAssoc_AnalysisMETAux.calpx"), axis=2),
    )
    return {"inclusive": inclusive}


def nested(path):
    if path.endswith(".parquet"):
        events = ak.from_parquet(path)
        jet = events.Jet
        columns = [jet.ids, jet.parts.pt, jet.parts.charge, events.weights]
    else:
        events = uproot.open(path)["Events"]
        columns = [events[name].array() for name in ("Jet_ids", "Jet_parts_pt", "Jet_parts_charge", "weights")]
    ids, pts, charges, weights = (widened(column) for column in columns)
    pts = pts / 1000
    good = (ak.num(pts, axis=2) >= 2) & ak.any(ids == 5, axis=2) & (ak.sum(pts, axis=2) <= 120)
    first = ak.fill_none(ak.firsts(ak.fill_none(ak.firsts(weights), [], axis=0)), 1)
    third = ak.pad_none(pts, 3, axis=2)[:, :, 2]
    leading = ak.firsts(third)

    inclusive = Region(len(ids)).weigh(first)
    inclusive.fill(
        lead=ak.max(pts, axis=2)[good],
        charge=ak.sum(charges, axis=2)[good],
        third=third[good],
        parts=ak.flatten(pts, axis=2),
        size=ak.num(pts, axis=2),
        weights=ak.flatten(weights, axis=2),
        largest=ak.fill_none(ak.max(ak.flatten(weights, axis=2), axis=1), -np.inf),
    )
    some = Region(len(ids)).select(leading > 10, ak.sum(ak.flatten(weights, axis=2), axis=1) > 1)
    chosen = ak.firsts(ids[good])
    some.fill(id=ak.firsts(ak.fill_none(chosen, [], axis=0)))
    return {"inclusive": inclusive, "third": some}


def private_ntuple(path):
    e = Events(path, "mini/events")
    leptons = e.objects("lep_", "px py pz flav q iso")
    for component in ("px", "py", "pz"):
        leptons[component] = leptons[component] / 1000
    leptons["energy"] = e("lep_E") / 1000
    leptons["charge"] = leptons.q
    leptons = with_angles(leptons)
    muons = leptons[(leptons.flav == 13) & (leptons.iso < 0.15)]
    muons = muons[(muons.pt > 20) & (abs(muons.eta) < 2.4)]
    jets = e.objects("jet_", "et eta phi tagweight")
    jets = jets[(jets.et / 1000 > 30) & (abs(jets.eta) < 2.4) & (jets.tagweight > 0.2783)]
    jets = away(jets, muons, 0.4)
    z = best_pair(muons, 91.1876)
    met, weight = e("met_et") / 1000, e("mcWeight")

    dimuon = Region(e.number).weigh(weight).select(e("pass_mu24"), ak.num(muons) >= 2, ~ak.is_none(z))
    dimuon.fill(
        mass=invariant(*of_components(z)),
        met=met,
        mT=transverse_mass(ak.firsts(muons), met, e("met_dir")),
        tags=ak.num(jets),
        theory=e("theory") / weight,
    )
    return {"dimuon": dimuon}


# Comparison.

compared = 0


def equal(what, found, expected):
    global compared
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    if found.shape != expected.shape or not np.allclose(found, expected, rtol=1e-9, atol=1e-9):
        sys.exit(f"{what}: {found.tolist()} instead of {expected.tolist()}")
    compared += found.size


def binned(axis, values, weight):
    """Sums in the bins of an axis, with those below and above, from the edges."""
    if axis["type"] == "regular":
        width = (axis["upper"] - axis["lower"]) / axis["bins"]
        edges = axis["lower"] + width * np.arange(axis["bins"])
        edges = np.append(edges, axis["upper"])
    else:
        edges = np.array(axis["edges"])
    return np.bincount(np.digitize(values, edges), weight, len(edges) + 1)


def compare(analysis, folder, path):
    regions = globals()[analysis](path)
    with open(f"{folder}/cutflow.json", encoding="utf-8") as text:
        cutflows = json.load(text)["regions"]
    with open(f"{folder}/histograms.json", encoding="utf-8") as text:
        histograms = json.load(text)
    equal(f"{analysis}: regions", sorted(regions) == sorted(cutflows), True)
    expected = {f"{region}/{name}": h for region, r in regions.items() for name, h in r.histograms.items()}
    equal(f"{analysis}: histograms", sorted(expected) == sorted(histograms), True)
    for name, region in regions.items():
        rows = [(row["events"], row["sumw"], row["sumw2"]) for row in cutflows[name]]
        equal(f"{analysis}, {path}: cutflow of {name}", rows, region.rows)
    for name, (values, weight) in expected.items():
        what = f"{analysis}, {path}: {name}"
        (axis,) = histograms[name]["axes"]
        stored = histograms[name]["storage"]
        equal(what, stored["values"], binned(axis, values, weight))
        if "variances" in stored:
            equal(f"{what}, squares", stored["variances"], binned(axis, values, weight**2))
        equal(f"{what}, entries", histograms[name]["metadata"]["entries"], len(values))
    filled = sum(len(values) > 0 for values, _ in expected.values())
    print(f"{analysis}: {filled} of {len(expected)} histograms have entries in {path.rsplit('/', 1)[-1]}")


arguments = iter(sys.argv[1:])
for analysis, folder, path in zip(arguments, arguments, arguments):
    compare(analysis, folder, path)
print(f"{compared} numbers agree")
