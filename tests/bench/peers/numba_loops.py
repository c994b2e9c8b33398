"""The tasks as loops that numba compiles, over flat arrays with offsets. Protocol as in answer.py."""

import awkward as ak
import numba
import numpy as np

import answer
from columns import parts

jit = numba.njit(nogil=True)


@jit
def fill(h, x, low, high):
    bins = len(h) - 2
    if x < low:
        h[0] += 1
    elif x < high:
        h[1 + int(bins * (x - low) / (high - low))] += 1
    else:
        h[bins + 1] += 1


@jit
def momentum(pt, eta, phi, mass):
    pt, eta, phi, mass = np.float64(pt), np.float64(eta), np.float64(phi), np.float64(mass)
    z = pt * np.sinh(eta)
    return pt * np.cos(phi), pt * np.sin(phi), z, np.sqrt(pt * pt + z * z + mass * mass)


@jit
def mass2(x, y, z, e):
    return e * e - x * x - y * y - z * z


@jit
def add(a, b):
    return a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]


@jit
def task1(h, met):
    for x in met:
        fill(h, x, 0.0, 200.0)


@jit
def task2(h, starts, pt):
    for x in pt:
        fill(h, x, 15.0, 60.0)


@jit
def task3(h, starts, pt, eta):
    for i in range(len(pt)):
        if abs(eta[i]) < 1:
            fill(h, pt[i], 15.0, 60.0)


@jit
def task4(h, starts, pt, met):
    for event in range(len(met)):
        hard = 0
        for i in range(starts[event], starts[event + 1]):
            hard += pt[i] > 40
        if hard >= 2:
            fill(h, met[event], 0.0, 200.0)


@jit
def task5(h, met, starts, pt, eta, phi, mass, charge):
    for event in range(len(met)):
        found = False
        first, end = starts[event], starts[event + 1]
        for i in range(first, end):
            for j in range(i + 1, end):
                if charge[i] != charge[j] and not found:
                    a, b = momentum(pt[i], eta[i], phi[i], mass[i]), momentum(pt[j], eta[j], phi[j], mass[j])
                    x, y, z, e = add(a, b)
                    found = 3600 <= mass2(x, y, z, e) < 14400
        if found:
            fill(h, met[event], 0.0, 200.0)


@jit
def task6(h_pt, h_btag, starts, pt, eta, phi, mass, btag):
    p = np.empty((256, 4))
    for event in range(len(starts) - 1):
        first, n = starts[event], starts[event + 1] - starts[event]
        if n < 3:
            continue
        for i in range(n):
            p[i, 0], p[i, 1], p[i, 2], p[i, 3] = momentum(pt[first + i], eta[first + i], phi[first + i], mass[first + i])
        nearest, best_pt, best_btag = np.inf, 0.0, 0.0
        for i in range(n):
            for j in range(i + 1, n):
                x2, y2, z2, e2 = add(p[i], p[j])
                for k in range(j + 1, n):
                    x, y, z, e = x2 + p[k, 0], y2 + p[k, 1], z2 + p[k, 2], e2 + p[k, 3]
                    distance = abs(np.sqrt(max(mass2(x, y, z, e), 0.0)) - 172.5)
                    if distance < nearest:
                        nearest, best_pt = distance, np.sqrt(x * x + y * y)
                        best_btag = max(btag[first + i], btag[first + j], btag[first + k])
        fill(h_pt, best_pt, 15.0, 40.0)
        fill(h_btag, best_btag, 0.0, 1.0)


@jit
def near(eta, phi, first, end, pt, etas, phis):
    for i in range(first, end):
        turned = abs(np.float64(phi) - phis[i])
        if turned > np.pi:
            turned = 2 * np.pi - turned
        if pt[i] > 10 and (np.float64(eta) - etas[i]) ** 2 + turned * turned < 0.4**2:
            return True
    return False


@jit
def task7(h, js, jpt, jeta, jphi, ms, mpt, meta, mphi, es, ept, eeta, ephi):
    for event in range(len(js) - 1):
        total, some = 0.0, False
        for j in range(js[event], js[event + 1]):
            if jpt[j] > 30 and not near(jeta[j], jphi[j], ms[event], ms[event + 1], mpt, meta, mphi):
                if not near(jeta[j], jphi[j], es[event], es[event + 1], ept, eeta, ephi):
                    total += jpt[j]
                    some = True
        if some:
            fill(h, total, 15.0, 200.0)


@jit
def task8(h, met, metphi, ms, mpt, meta, mphi, mmass, mcharge, es, ept, eeta, ephi, emass, echarge):
    p, pt, phi, charge = np.empty((256, 4)), np.empty(256), np.empty(256), np.empty(256, np.int32)
    for event in range(len(met)):
        muons = ms[event + 1] - ms[event]
        n = muons + es[event + 1] - es[event]
        if n < 3:
            continue
        for i in range(n):
            if i < muons:
                k = ms[event] + i
                pt[i], phi[i], charge[i], eta, mass = mpt[k], mphi[k], mcharge[k], meta[k], mmass[k]
            else:
                k = es[event] + i - muons
                pt[i], phi[i], charge[i], eta, mass = ept[k], ephi[k], echarge[k], eeta[k], emass[k]
            p[i, 0], p[i, 1], p[i, 2], p[i, 3] = momentum(pt[i], eta, phi[i], mass)
        nearest, a, b, other = np.inf, -1, -1, -1
        for i in range(n):
            for j in range(i + 1, n):
                if (i < muons) == (j < muons) and charge[i] != charge[j]:
                    x, y, z, e = add(p[i], p[j])
                    distance = abs(np.sqrt(max(mass2(x, y, z, e), 0.0)) - 91.2)
                    if distance < nearest:
                        nearest, a, b = distance, i, j
        if a < 0:
            continue
        for i in range(n):
            if i != a and i != b and (other < 0 or pt[i] > pt[other]):
                other = i
        fill(h, np.sqrt(2 * pt[other] * met[event] * (1 - np.cos(np.float64(metphi[event]) - phi[other]))), 0.0, 200.0)


LOOPS = {1: task1, 2: task2, 3: task3, 4: task4, 5: task5, 6: task6, 7: task7, 8: task8}


def flat(array):
    """Offsets and values of an array of lists."""
    array = ak.to_packed(array).layout
    while not hasattr(array, "offsets"):
        array = array.content
    content = array.content
    while hasattr(content, "content"):
        content = content.content
    return np.asarray(array.offsets.data), np.asarray(content.data)


def arguments(events):
    """The columns in their order; before the first of a collection, its offsets."""
    seen, found = set(), []
    for name, column in events.items():
        if column.ndim == 1:
            found.append(ak.to_numpy(column, allow_missing=False))
            continue
        offsets, values = flat(column)
        collection = name.split("_")[0]
        found += [values] if collection in seen else [offsets, values]
        seen.add(collection)
    return found


def run(task, files):
    contents = [np.zeros(answer.BINS + 2, dtype=np.int64) for _ in answer.RANGES[task]]
    for events in parts(files, answer.COLUMNS[task]):
        LOOPS[task](*contents, *arguments(events))
    return contents


answer.serve(run)
