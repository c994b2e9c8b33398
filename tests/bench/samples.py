"""The samples of measure.py: medians and paired ratios of them, and the tables that it prints."""

import statistics


class Samples:
    """All samples; medians and paired ratios of them."""

    def __init__(self):
        self.all = []

    def add(self, part, kind, task, peer, number, answer):
        kept = {key: value for key, value in answer.items() if key != "histograms"}
        self.all.append({"part": part, "file": kind, "task": task, "peer": peer, "round": number} | kept)

    def values(self, part, kind, task, peer, key="cpu"):
        wanted = (part, kind, task, peer)
        found = [s for s in self.all if (s["part"], s["file"], s["task"], s["peer"]) == wanted]
        return {s["round"]: s[key] for s in found if s.get(key) is not None}

    def median(self, *wanted, **key):
        values = list(self.values(*wanted, **key).values())
        return statistics.median(values) if values else None

    def ratio(self, part, kind, task, above, below):
        """The median over rounds of one peer's time to another's."""
        a, b = self.values(part, kind, task, above), self.values(part, kind, task, below)
        ratios = [a[n] / b[n] for n in a if n in b]
        return statistics.median(ratios) if ratios else None


def total(histograms):
    return int(sum(map(sum, histograms)))


def difference(ours, theirs):
    """Entries that are in another bin, or nowhere."""
    return int(max(abs(total(ours) - total(theirs)), sum(abs(a - b) for p, q in zip(ours, theirs) for a, b in zip(p, q)) / 2 + 0.5))


def mean(values):
    values = [v for v in values if v]
    return statistics.geometric_mean(values) if values else None


def table(title, columns, rows):
    """A table with a column of names; numbers that are not there are left out."""
    if not rows:
        return
    print(title)
    names = max(len(name) for name, _ in rows) + 2
    wide = max(8, *(len(column) + 2 for column in columns))
    print(" " * names + "".join(column.rjust(wide) for column in columns))
    for name, values in rows:
        texts = ["" if v is None else f"{v:.3g}" for v in values]
        print(name.ljust(names) + "".join(text.rjust(wide) for text in texts))
    print(flush=True)


def show_tasks(part, kinds, numbers, peers, samples):
    for kind in kinds:
        names = [p.name for p in peers if samples.median(part, kind, numbers[0], p.name) is not None]
        columns = [f"Q{n}" for n in numbers]
        rows = []
        for name in names:
            medians = [samples.median(part, kind, n, name) for n in numbers]
            rows.append((name, medians + [float(sum(m or 0 for m in medians))]))
        table(f"{part}, {kind}: CPU seconds of the event loop, one thread", columns + ["sum"], rows)
        rows = []
        if "floor" in names:
            ratios = [samples.ratio(part, kind, n, "adlc", "floor") for n in numbers]
            rows.append(("adlc / floor", ratios + [mean(ratios)]))
        for name in names:
            if name not in ("adlc", "floor"):
                ratios = [samples.ratio(part, kind, n, name, "adlc") for n in numbers]
                rows.append((f"{name} / adlc", ratios + [mean(ratios)]))
        table("ratios", columns + ["mean"], rows)
