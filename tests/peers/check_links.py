"""Follows the links of links_*.adl again, and sums the numbers of numbers_*.adl, with uproot and plain loops.

    check_links.py FOLDER DATA.root

FOLDER is the output of `adlc run ANALYSIS DATA.root` for each of these. Ends with a line that counts
the comparisons; any difference is an error.
"""

import math
import pathlib
import sys

import pyarrow.parquet
import uproot

compared = 0


def same(what, found, wanted):
    global compared
    compared += 1
    if wanted is None or found is None:
        good = wanted is None and (found is None or math.isnan(found))
    else:
        good = found == wanted or abs(found - wanted) <= 1e-6 * max(1.0, abs(wanted))
    if not good:
        sys.exit(f"{what}: {found} instead of {wanted}")


def lists(table, name, expected):
    """Compares a column of lists with the values of each event."""
    for event, (found, wanted) in enumerate(zip(table[name].to_pylist(), expected, strict=True)):
        if len(found) != len(wanted):
            sys.exit(f"{name}, event {event}: {len(found)} instead of {len(wanted)}")
        for i, (f, w) in enumerate(zip(found, wanted)):
            same(f"{name}, event {event}, {i}", f, w)


def numbers(table, name, expected):
    for event, (found, wanted) in enumerate(zip(table[name].to_pylist(), expected, strict=True)):
        same(f"{name}, event {event}", found, wanted)


def behind(start, step):
    """All that lies behind an entry, the nearest first."""
    found, queue = [start], 0
    while queue < len(found):
        for other in step[found[queue]]:
            if other not in found:
                found.append(other)
        queue += 1
    return found[1:]


def at(values, index):
    return values[index] if 0 <= index < len(values) else None


def history(events, table):
    def column(name):
        return events[name].array().to_list()

    ids, pts, mothers = (column(f"GenPart_{x}") for x in ("pdgId", "pt", "genPartIdxMother"))
    result = {name: [] for name in ("above", "sumAbove", "first", "last", "children", "childrenPt", "below", "fromTop")}
    bottoms, grandchildren = [], []
    for pdg, pt, mother in zip(ids, pts, mothers):
        n = len(pdg)
        up = [[m] if 0 <= m < n else [] for m in mother]
        down = [[d for d in range(n) if up[d] == [i]] for i in range(n)]
        above, below = [behind(i, up) for i in range(n)], [behind(i, down) for i in range(n)]
        result["above"].append([len(a) for a in above])
        result["sumAbove"].append([sum(pdg[x] for x in a) for a in above])
        result["first"].append([pdg[u[0]] if u else 0 for u in up])
        result["last"].append([pdg[a[-1]] if a else None for a in above])
        result["children"].append([len(d) for d in down])
        result["childrenPt"].append([sum(pt[x] for x in d) for d in down])
        result["below"].append([len(b) for b in below])
        result["fromTop"].append([any(abs(pdg[x]) == 6 for x in a) for a in above])
        bottoms.append(sum(any(abs(pdg[x]) == 5 for x in a) for a in above))
        grandchildren.append(sum(pt[y] for d in down for x in d for y in down[x]))
    particles = table("particles")
    for name, expected in result.items():
        lists(particles, name, expected)
    whole = table("events")
    numbers(whole, "bottoms", bottoms)
    numbers(whole, "grandchildrenPt", grandchildren)


def objects(events, table):
    def column(name):
        return events[name].array().to_list()

    ids = column("GenPart_pdgId")
    jet, muon = {}, {}
    for x in ("pt", "eta", "phi", "muonIdx1", "muonIdx2", "electronIdx1", "electronIdx2", "genJetIdx"):
        jet[x] = column(f"Jet_{x}")
    for x in ("pt", "jetIdx", "genPartIdx"):
        muon[x] = column(f"Muon_{x}")
    gen = {x: column(f"GenJet_{x}") for x in ("eta", "phi")}
    electrons = [len(e) for e in column("Electron_pt")]
    leptons, muon_pt, distance, jet_pt, is_its, gen_id = [], [], [], [], [], []
    for e in range(len(ids)):
        n_mu, n_el = len(muon["pt"][e]), electrons[e]
        pairs = zip(*(jet[x][e] for x in ("muonIdx1", "muonIdx2", "electronIdx1", "electronIdx2")))
        leptons.append([(0 <= a < n_mu) + (0 <= b < n_mu) + (0 <= c < n_el) + (0 <= d < n_el) for a, b, c, d in pairs])
        muon_pt.append([at(muon["pt"][e], i) for i in jet["muonIdx1"][e]])
        far = []
        for i, index in enumerate(jet["genJetIdx"][e]):
            eta, phi = at(gen["eta"][e], index), at(gen["phi"][e], index)
            if eta is None:
                far.append(None)
                continue
            turn = (jet["phi"][e][i] - phi + math.pi) % (2 * math.pi) - math.pi
            far.append(math.hypot(jet["eta"][e][i] - eta, turn))
        distance.append(far)
        jet_pt.append([at(jet["pt"][e], i) for i in muon["jetIdx"][e]])
        back = [at(jet["muonIdx1"][e], i) for i in muon["jetIdx"][e]]
        is_its.append([None if b is None or not 0 <= b < n_mu else b == i for i, b in enumerate(back)])
        gen_id.append([at(ids[e], i) for i in muon["genPartIdx"][e]])
    jets, muons = table("jets"), table("muons")
    lists(jets, "leptons", leptons)
    lists(jets, "muonPt", muon_pt)
    lists(jets, "distance", distance)
    lists(muons, "jetPt", jet_pt)
    lists(muons, "isItsMuon", is_its)
    lists(muons, "genId", gen_id)


def relatives(events):
    """PDG numbers, and per particle the positions of mothers and of daughters, event by event."""
    def column(name):
        return events[name].array().to_list()

    keys = set(events.keys())
    if "Particle/Particle.PID" in keys:
        first = [column(f"Particle/Particle.{x}") for x in ("M1", "M2", "D1", "D2")]
        for pdg, m1, m2, d1, d2 in zip(column("Particle/Particle.PID"), *first):
            n = len(pdg)

            def between(a, b):
                if a < 0:
                    return []
                found = [a] if b < 0 else [a, b] if b < a else list(range(a, b + 1))
                return [x for x in found if x < n]

            yield pdg, [between(a, b) for a, b in zip(m1, m2)], [between(a, b) for a, b in zip(d1, d2)]
        return
    ends = [column(f"Particle/Particle.{x}") for x in ("parents_begin", "parents_end", "daughters_begin", "daughters_end")]
    up, down = (column(f"Particle#{i}/Particle#{i}.index") for i in (0, 1))
    for pdg, pb, pe, db, de, u, d in zip(column("Particle/Particle.PDG"), *ends, up, down):
        yield pdg, [u[a:b] for a, b in zip(pb, pe)], [d[a:b] for a, b in zip(db, de)]


def particles(events, table):
    names = "nMothers nDaughters sumMothers sumDaughters firstDaughter above sumAbove below thirdBelow".split()
    result = {name: [] for name in names}
    for pdg, up, down in relatives(events):
        n = len(pdg)
        above, below = [behind(i, up) for i in range(n)], [behind(i, down) for i in range(n)]
        result["nMothers"].append([len(u) for u in up])
        result["nDaughters"].append([len(d) for d in down])
        result["sumMothers"].append([sum(pdg[x] for x in u) for u in up])
        result["sumDaughters"].append([sum(pdg[x] for x in d) for d in down])
        result["firstDaughter"].append([pdg[d[0]] if d else 0 for d in down])
        result["above"].append([len(a) for a in above])
        result["sumAbove"].append([sum(pdg[x] for x in a) for a in above])
        result["below"].append([len(b) for b in below])
        result["thirdBelow"].append([pdg[b[2]] if len(b) > 2 else 0 for b in below])
    found = table("particles")
    for name, expected in result.items():
        lists(found, name, expected)


def weights(events, table):
    def column(name):
        return [[float(x) for x in event] for event in events[name].array().to_list()]

    pdf, scale, shower = (column(name) for name in ("LHEPdfWeight", "LHEScaleWeight", "PSWeight"))
    found = table("weights")
    numbers(found, "pdf", [max(x, default=-math.inf) for x in pdf])
    numbers(found, "spread", [sum((y - x[0]) ** 2 for y in x) for x in pdf])
    numbers(found, "nominal", [at(x, 4) for x in scale])
    numbers(found, "far", [at(x, 20) for x in scale])
    numbers(found, "n", [len(x) for x in shower])
    numbers(found, "some", [sum(x[1:4]) for x in scale])
    lists(table("scales"), "scale", scale)


def arrays(events, table):
    tau, fraction = (events[f"Jet/Jet.{x}[5]"].array().to_list() for x in ("Tau", "FracPt"))
    found = table("jets")
    lists(found, "first", [[t[0] for t in jets] for jets in tau])
    lists(found, "ratio", [[t[1] / t[0] if t[0] else None for t in jets] for jets in tau])
    lists(found, "fractions", [[sum(f) for f in jets] for jets in fraction])


def main():
    folder, data = sys.argv[1:]
    file = uproot.open(data)
    tree = next(name for name in ("Events", "Delphes", "events") if name in file)

    def table(name):
        return pyarrow.parquet.read_table(f"{folder}/saved/all/{name}.parquet")

    saved = {path.stem for path in pathlib.Path(folder, "saved", "all").glob("*.parquet")}
    if tree != "Events":
        check = particles if "particles" in saved else arrays
    else:
        check = history if "particles" in saved else weights if "weights" in saved else objects
    check(file[tree], table)
    print(f"counted: links: {compared} comparisons of {data.rsplit('/', 1)[-1]}")
    assert compared >= 50


main()
