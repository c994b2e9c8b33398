"""The tasks as SQL on Parquet files. Protocol as in answer.py; argument: threads."""

import sys

import duckdb

import answer

SUM2 = "(a.{0} + b.{0}) ^ 2"
MASS2 = f"{SUM2.format('e')} - {SUM2.format('x')} - {SUM2.format('y')} - {SUM2.format('z')}"
CARTESIAN = "pt * cos(phi) x, pt * sin(phi) y, pt * sinh(eta) z, sqrt((pt * cosh(eta)) ^ 2 + mass ^ 2) e"


def objects(collection, columns, where="true"):
    """A row for each object, with its event and its place in it."""
    values = ", ".join(f"unnest({collection}_{c})::double {c}" for c in columns)
    return f"select event_number, generate_subscripts({collection}_pt, 1) place, {values} from events where {where}"


LEPTONS = "len(Muon_pt) + len(Electron_pt) >= 3"

VALUES = {
    1: "select MET_pt::double v0 from events",
    2: "select unnest(Jet_pt)::double v0 from events",
    3: f"select pt v0 from ({objects('Jet', ['pt', 'eta'])}) where abs(eta) < 1",
    4: "select MET_pt::double v0 from events where len(list_filter(Jet_pt, lambda x: x > 40)) >= 2",
    5: f"""with muons as materialized (select *, {CARTESIAN} from ({objects('Muon', answer.LEPTON, 'len(Muon_pt) >= 2')})),
        pairs as (select distinct event_number from muons a join muons b using (event_number)
            where a.place < b.place and a.charge <> b.charge and {MASS2} >= 3600 and {MASS2} < 14400)
        select MET_pt::double v0 from events semi join pairs using (event_number)""",
    6: f"""with jets as materialized (select *, {CARTESIAN}
            from ({objects('Jet', ['pt', 'eta', 'phi', 'mass', 'btag'], 'len(Jet_pt) >= 3')})),
        three as (select event_number, a.x + b.x + c.x x, a.y + b.y + c.y y, a.z + b.z + c.z z, a.e + b.e + c.e e,
                greatest(a.btag, b.btag, c.btag) btag
            from jets a join jets b using (event_number) join jets c using (event_number)
            where a.place < b.place and b.place < c.place),
        best as (select arg_min({{'pt': sqrt(x ^ 2 + y ^ 2), 'btag': btag}},
            abs(sqrt(greatest(e ^ 2 - x ^ 2 - y ^ 2 - z ^ 2, 0)) - 172.5)) best from three group by event_number)
        select best.pt v0, best.btag v1 from best""",
    7: f"""with jets as materialized (select * from ({objects('Jet', answer.AXIS)}) where pt > 30),
        leptons as (select * from ({objects('Muon', answer.AXIS)} union all {objects('Electron', answer.AXIS)}) where pt > 10),
        near as (select distinct event_number, jets.place from jets join leptons using (event_number)
            where (jets.eta - leptons.eta) ^ 2
                + least(abs(jets.phi - leptons.phi), 2 * pi() - abs(jets.phi - leptons.phi)) ^ 2 < 0.4 ^ 2)
        select sum(pt) v0 from jets anti join near using (event_number, place) group by event_number""",
    8: f"""with leptons as materialized (
            select *, 0 flavour, {CARTESIAN} from ({objects('Muon', answer.LEPTON, LEPTONS)}) union all
            select event_number, place + 1000 place, * exclude (event_number, place), 1 flavour, {CARTESIAN}
            from ({objects('Electron', answer.LEPTON, LEPTONS)})),
        best as (select event_number, arg_min({{'i': a.place, 'j': b.place}}, abs(sqrt(greatest({MASS2}, 0)) - 91.2)) pair
            from leptons a join leptons b using (event_number)
            where a.place < b.place and a.flavour = b.flavour and a.charge <> b.charge group by event_number),
        hardest as (select event_number, arg_max({{'pt': pt, 'phi': phi}}, pt) lepton from leptons join best using (event_number)
            where place <> pair.i and place <> pair.j group by event_number)
        select sqrt(2 * lepton.pt * MET_pt * (1 - cos(MET_phi::double - lepton.phi))) v0
        from events join hardest using (event_number)""",
}


def run(task, files):
    names = ", ".join(f"'{file}'" for file in files)
    connection.execute(
        f"""create or replace view events as select *, file_index * 1000000000 + file_row_number event_number
        from read_parquet([{names}], file_row_number = true) join (values {', '.join(f"('{f}', {i})" for i, f in enumerate(files))})
        names(filename, file_index) using (filename)"""
        if len(files) > 1
        else f"create or replace view events as select *, file_row_number event_number from read_parquet({names}, file_row_number = true)"
    )
    ranges = answer.RANGES[task]
    contents = [[0] * (answer.BINS + 2) for _ in ranges]
    bins = [
        f"case when v{k} < {low} then 0 when v{k} < {high} then 1 + floor({answer.BINS} * (v{k} - {low}) / {high - low})::int else {answer.BINS + 1} end"
        for k, (low, high) in enumerate(ranges)
    ]
    # The bins of all histograms at once: a row for each pair of bins that occurs.
    keys = ", ".join(f"{text} b{k}" for k, text in enumerate(bins))
    for *cells, number in connection.execute(f"select {keys}, count(*) from ({VALUES[task]}) group by all").fetchall():
        for content, cell in zip(contents, cells):
            content[cell] += number
    return contents


connection = duckdb.connect()
connection.execute(f"set threads = {int(sys.argv[1])}")
answer.serve(run)
