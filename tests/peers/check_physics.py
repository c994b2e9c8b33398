"""Computes the quantities of physics.adl again from the data, with numpy and with Lester's MT2, event by event.

    check_physics.py FOLDER DATA.root

FOLDER is the output of `adlc run physics.adl DATA.root`. Nothing here is written as in adlc: eigenvalues are numpy's,
megajets are the best of all divisions, hemispheres follow the text of the CMS Physics TDR II with four-vectors as
arrays, MT2 is PyPI's mt2 (C. G. Lester, B. Nachman, arXiv:1411.4312). Ends with a line that counts the comparisons; any
difference is an error.
"""

import math
import sys

import awkward as ak
import numpy as np
import pyarrow.parquet
import uproot

try:
    import mt2 as lester
except ImportError:
    lester = None

compared = 0


def equal(what, table, name, expected, tolerance=1e-9, least=1e-6):
    """Fails unless a column has these values: within a tolerance, or `least`; None is missing on both sides, and an
    ellipsis is not compared."""
    global compared
    for event, (found, wanted) in enumerate(zip(table[name].to_pylist(), expected, strict=True)):
        if wanted is ...:
            continue
        missing = wanted is None or math.isnan(wanted)
        if (found is None) != missing:
            sys.exit(f"{what} {name}, event {event}: {found} instead of {wanted}")
        if not missing and abs(found - wanted) > max(tolerance * abs(wanted), least):
            sys.exit(f"{what} {name}, event {event}: {found} instead of {wanted}")
        compared += 1


def four_momenta(events, name):
    """Rows of px, py, pz, energy for each event."""
    pt, eta, phi, mass = (ak.values_astype(events[f"{name}_{x}"], np.float64) for x in ("pt", "eta", "phi", "mass"))
    rows = []
    for t, e, f, m in zip(pt.to_list(), eta.to_list(), phi.to_list(), mass.to_list()):
        t, e, f, m = (np.array(x, dtype=float) for x in (t, e, f, m))
        z = t * np.sinh(e)
        rows.append(np.stack([t * np.cos(f), t * np.sin(f), z, np.sqrt(t * t + z * z + m * m)], axis=1))
    return rows


def pt(p):
    return math.hypot(p[0], p[1])


def mass2(p):
    return p[..., 3] ** 2 - (p[..., :3] ** 2).sum(axis=-1)


def mass(p):
    m2 = float(mass2(p))
    return math.copysign(math.sqrt(abs(m2)), m2)


def shapes(p):
    """Sphericity and aplanarity."""
    if len(p) < 2:
        return 0.0, 0.0
    small, middle, _ = np.linalg.eigvalsh(p[:, :3].T @ p[:, :3] / (p[:, :3] ** 2).sum())
    return 1.5 * (small + middle), 1.5 * small if len(p) > 2 else 0.0


def in_order(groups):
    return sorted(groups, key=pt, reverse=True)


def mass_of(groups, i):
    """None if there is no such group; an ellipsis if rounding decides which it is."""
    if i >= len(groups):
        return None
    if len(groups) == 2 and math.isclose(pt(groups[0]), pt(groups[1]), rel_tol=1e-12):
        return ...
    return mass(groups[i])


def megajets(p):
    if len(p) < 2:
        return list(p)
    masks = np.arange(1, 2 ** (len(p) - 1))
    second = (masks[:, None] >> np.arange(len(p) - 1)) & 1
    second = second.astype(float) @ p[1:]
    first = p.sum(axis=0) - second
    best = np.argmin(mass2(first) + mass2(second))
    return in_order([first[best], second[best]])


def hemispheres(p, seed, association):
    if len(p) < 2:
        return list(p)
    absolute = np.linalg.norm(p[:, :3], axis=1)
    pairs = [(i, j) for i in range(len(p)) for j in range(i + 1, len(p))]
    if seed == 1:
        a = int(np.argmax(absolute))
        eta = np.arcsinh(p[:, 2] / np.hypot(p[:, 0], p[:, 1]))
        phi = np.arctan2(p[:, 1], p[:, 0])
        r = np.hypot(eta - eta[a], (phi - phi[a] + np.pi) % (2 * np.pi) - np.pi)
        far = np.where(r > 0.5, r * absolute, 0)
        if far.max() <= 0:
            return []
        b = int(np.argmax(far))
    elif seed == 2:
        a, b = max(pairs, key=lambda ij: mass2(p[ij[0]] + p[ij[1]]))
    else:
        a, b = max(pairs, key=lambda ij: pt(p[ij[0]]) * pt(p[ij[1]]) - p[ij[0], :2] @ p[ij[1], :2])

    def distance(i, members):
        rest = p[[k for k in members if k != i]].sum(axis=0)
        if association == 1:
            whole = p[members].sum(axis=0)
            return -(p[i, :3] @ whole[:3]) / np.linalg.norm(whole[:3])
        added = rest[3] - rest[:3] @ p[i, :3] / absolute[i]
        return added if association == 2 else added * rest[3] / (rest[3] + p[i, 3]) ** 2

    groups = [[a], [b]]
    starts = [list(g) for g in groups]
    side = {i: int(distance(i, starts[1]) < distance(i, starts[0])) for i in range(len(p)) if i not in (a, b)}
    if association != 1:
        side = {i: int(not distance(i, starts[0]) < distance(i, starts[1])) for i in side}
    side |= {a: 0, b: 1}
    for _ in range(99):
        groups = [[i for i in range(len(p)) if side[i] == g] for g in (0, 1)]
        if association == 1:
            new = {i: int(distance(i, groups[1]) < distance(i, groups[0])) for i in side}
            if new == side:
                break
            side = new
        else:
            for i in sorted(side):
                to = int(not distance(i, groups[0]) < distance(i, groups[1]))
                if i not in (a, b) and to != side[i]:
                    side[i] = to
                    break
            else:
                break
    return in_order([p[[i for i in side if side[i] == g]].sum(axis=0) for g in (0, 1)])


def main():
    folder, data = sys.argv[1:]
    events = uproot.open(data)["Events"].arrays()
    jets, muons = four_momenta(events, "Jet"), four_momenta(events, "Muon")
    met = [
        np.array([t * math.cos(f), t * math.sin(f)])
        for t, f in zip(np.float64(events["MET_pt"]), np.float64(events["MET_phi"]))
    ]
    read = lambda name: pyarrow.parquet.read_table(f"{folder}/saved/all/{name}.parquet")

    table = read("shapes")
    equal("shapes", table, "HT", [sum(pt(j) for j in p) for p in jets])
    both = [shapes(p) for p in jets]
    equal("shapes", table, "sphericity", [s for s, _ in both], 0, 1e-7)
    equal("shapes", table, "aplanarity", [a for _, a in both], 0, 1e-7)

    table = read("razor")
    megas = [megajets(p) for p in jets]
    equal("razor", table, "n", [len(m) for m in megas])
    for i in (0, 1):
        equal("razor", table, f"pt{i}", [pt(m[i]) if i < len(m) else None for m in megas])
        equal("razor", table, f"mass{i}", [mass_of(m, i) for m in megas], 1e-9, 1e-4)

    def razor(m, x):
        if len(m) < 2:
            return None, None
        p = [np.linalg.norm(v[:3]) for v in m]
        mr = math.sqrt((p[0] + p[1]) ** 2 - (m[0][2] + m[1][2]) ** 2)
        mtr = math.sqrt((np.linalg.norm(x) * (pt(m[0]) + pt(m[1])) - x @ (m[0][:2] + m[1][:2])) / 2)
        return mr, mtr

    both = [razor(m, x) for m, x in zip(megas, met)]
    equal("razor", table, "MR", [mr for mr, _ in both])
    equal("razor", table, "MTR", [mtr for _, mtr in both])

    table = read("hemispheres")
    halves = {}
    for seed, association in ((1, 2), (2, 3), (3, 1)):
        halves[seed] = [hemispheres(p, seed, association) for p in jets]
        equal("hemispheres", table, f"n{seed}", [len(h) for h in halves[seed]])
        equal("hemispheres", table, f"pt{seed}", [pt(h[0]) if h else None for h in halves[seed]])
        equal("hemispheres", table, f"mass{seed}", [mass_of(h, 0) for h in halves[seed]], 1e-9, 1e-4)

    table = read("invisible")

    def two_taus(p, x):
        if len(p) < 2:
            return None
        a, b = np.linalg.solve(np.array([p[0][:2], p[1][:2]]).T, x)
        m2 = (1 + a) * (1 + b) * float(mass2(p[0] + p[1]))
        return math.copysign(math.sqrt(abs(m2)), m2)

    equal("invisible", table, "tautau", [two_taus(p, x) for p, x in zip(jets, met)], 1e-6, 1e-3)

    def transverse(p, x):
        if len(p) < 1:
            return None
        return math.sqrt(max(0, 2 * (pt(p[0]) * np.linalg.norm(x) - x @ p[0][:2])))

    equal("invisible", table, "mT", [transverse(p, x) for p, x in zip(muons, met)], 1e-9, 1e-4)
    if lester is None:
        print("skipped: the Python of ADL_PYTHON cannot import mt2")
    else:

        def mt2(pair, x, invisible):
            if len(pair) < 2:
                return None
            visible = [y for v in pair for y in (max(0.0, mass(v)), v[0], v[1])]
            found = float(lester.mt2(*visible, *x, invisible, invisible))
            # Of light particles it is known to some MeV only.
            return found if found > 1 else ...

        leading = [[m[0], j[0]] if len(m) and len(j) else [] for m, j in zip(muons, jets)]
        equal("invisible", table, "hemi", [mt2(h, x, 0.0) for h, x in zip(halves[2], met)], 1e-7, 1e-5)
        equal("invisible", table, "jets", [mt2(p[:2], x, 80.4) for p, x in zip(jets, met)], 1e-7, 1e-5)
        equal("invisible", table, "lepton", [mt2(p, x, 0.0) for p, x in zip(leading, met)], 1e-7, 1e-5)

    table = read("products")
    pairs = [p[:2, :3] if len(p) > 1 else None for p in jets]
    equal("products", table, "cross", [None if p is None else np.linalg.norm(np.cross(*p)) for p in pairs])
    equal("products", table, "dot", [None if p is None else p[0] @ p[1] for p in pairs], 1e-9, 1e-5)
    equal("products", table, "left", [8 * len(p) for p in jets])
    equal("products", table, "both", [len(p) & 6 for p in jets])
    print(f"counted: physics: {compared} values of {len(jets)} events")


main()
