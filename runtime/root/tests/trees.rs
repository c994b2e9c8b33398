//! Trees and RNTuples that were written, as this crate, uproot and ROOT read them. The latter need `ADL_PYTHON`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::Command;

use adl_root::write::{Branch, Column, Directory, Error, FileWriter, Lists, NtupleWriter, Options, TreeWriter};
use adl_root::{Basket, BranchKind, Element, File, Ntuple, Scratch, Shape, Tree, Values};

const EVENTS: usize = 25_000;
const CLUSTER: usize = 4000;

fn branch(name: &str, element: Element, counter: Option<usize>) -> Branch {
    Branch { name: name.to_string(), element, lists: counter.map_or(Lists::None, Lists::Counted) }
}

fn branches() -> Vec<Branch> {
    use Element::*;
    let scalars = [Bool, I8, U8, I16, U16, I32, U32, I64, U64, F32, F64];
    let mut all: Vec<Branch> = scalars.iter().map(|e| branch(&format!("s_{}", e.name()), *e, None)).collect();
    all.push(branch("nJet", U32, None));
    let of = Some(all.len() - 1);
    all.extend(scalars.iter().map(|e| branch(&format!("Jet_{}", e.name()), *e, of)));
    all.push(branch("nMu", I32, None));
    let of = Some(all.len() - 1);
    all.push(branch("Mu_pt", F32, of));
    let nested = |e: &Element| Branch { name: format!("Tau_{}", e.name()), element: *e, lists: Lists::Nested };
    all.extend(scalars.iter().map(nested));
    all
}

/// The value of a branch at a place: of every sign and size that its type has.
fn number(place: usize, seed: usize) -> i64 {
    let mixed = (place as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(seed as u32 % 64);
    (mixed ^ (mixed >> 29)).cast_signed()
}

fn sizes(event: usize, most: usize) -> usize {
    if event.is_multiple_of(7) { 0 } else { event * event % (most + 1) }
}

/// The sizes of the lists in the lists of an event, of branches of both.
fn inner(event: usize) -> Vec<u32> {
    (0..sizes(event, 4)).map(|list| ((event + 3 * list) % 5) as u32).collect()
}

fn column<T>(element: Element, range: std::ops::Range<usize>, then: impl FnOnce(Values<'_>) -> T) -> T {
    let n = |p: usize| number(p, element.width());
    macro_rules! of {
        ($kind:ident, $type:ty) => {
            then(Values::$kind(&range.map(|p| n(p) as $type).collect::<Vec<$type>>()))
        };
    }
    match element {
        Element::Bool => then(Values::Bool(&range.map(|p| u8::from(n(p) % 2 == 0)).collect::<Vec<u8>>())),
        Element::I8 => of!(I8, i8),
        Element::U8 => of!(U8, u8),
        Element::I16 => of!(I16, i16),
        Element::U16 => of!(U16, u16),
        Element::I32 => of!(I32, i32),
        Element::U32 => of!(U32, u32),
        Element::I64 => of!(I64, i64),
        Element::U64 => of!(U64, u64),
        Element::F32 => of!(F32, f32),
        Element::F64 => of!(F64, f64),
    }
}

/// Calls `then` with the columns of some events, one after the other by recursion, since each borrows its values.
fn columns(
    branches: &[Branch],
    events: &std::ops::Range<usize>,
    done: &mut Vec<Column<'_>>,
    then: &mut dyn FnMut(&[Column<'_>]),
) {
    let Some(branch) = branches.get(done.len()) else { return then(done) };
    let counts = |most: usize| -> Vec<usize> { events.clone().map(|e| sizes(e, most)).collect() };
    let first = |most: usize| -> usize { (0..events.start).map(|e| sizes(e, most)).sum() };
    let go = |values: Column<'_>, done: &mut Vec<Column<'_>>, then: &mut dyn FnMut(&[Column<'_>])| {
        let mut longer: Vec<Column<'_>> = done.clone();
        longer.push(values);
        columns(branches, events, &mut longer, then);
    };
    let most = if branch.name.starts_with("Mu") || branch.name == "nMu" { 3 } else { 9 };
    match (branch.name.as_str(), branch.lists) {
        ("nJet", _) => go(Values::U32(&counts(most).iter().map(|n| *n as u32).collect::<Vec<_>>()).into(), done, then),
        ("nMu", _) => go(Values::I32(&counts(most).iter().map(|n| *n as i32).collect::<Vec<_>>()).into(), done, then),
        (_, Lists::None) => column(branch.element, events.clone(), |v| go(v.into(), done, then)),
        (_, Lists::Nested) => {
            let count = |events: std::ops::Range<usize>| events.flat_map(inner).sum::<u32>() as usize;
            let lists: Vec<u32> = events.clone().map(|e| inner(e).len() as u32).collect();
            let sizes: Vec<u32> = events.clone().flat_map(inner).collect();
            let from = count(0..events.start);
            column(branch.element, from..from + count(events.clone()), |values| {
                go(Column::Nested { lists: &lists, sizes: &sizes, values }, done, then)
            });
        }
        (_, Lists::Counted(_)) => {
            let from = first(most);
            let to = from + counts(most).iter().sum::<usize>();
            column(branch.element, from..to, |v| go(v.into(), done, then));
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Tree,
    Ntuple,
}

/// What is read.
enum Entries {
    Tree(Tree),
    Ntuple(Ntuple),
}

impl Entries {
    fn open(path: &Path, kind: Kind) -> Entries {
        let file = File::open(path).unwrap();
        match kind {
            Kind::Tree => Entries::Tree(file.tree("Events").unwrap()),
            Kind::Ntuple => Entries::Ntuple(file.ntuple("Events").unwrap()),
        }
    }

    fn entries(&self) -> u64 {
        match self {
            Entries::Tree(tree) => tree.entries(),
            Entries::Ntuple(ntuple) => ntuple.entries(),
        }
    }

    fn branch(&self, name: &str) -> &adl_root::Branch {
        match self {
            Entries::Tree(tree) => tree.branch(name),
            Entries::Ntuple(ntuple) => ntuple.branch(name),
        }
        .unwrap_or_else(|| panic!("no {name}"))
    }

    fn parts(&self, branch: &adl_root::Branch) -> Vec<Basket> {
        let mut scratch = Scratch::default();
        match self {
            Entries::Tree(tree) => {
                let n = tree.borders(branch.id).len() - 1;
                (0..n).map(|i| tree.read_basket(branch.id, i, &mut scratch).unwrap()).collect()
            }
            Entries::Ntuple(ntuple) => {
                let n = ntuple.borders().len() - 1;
                (0..n).map(|i| ntuple.read_basket(branch.id, i, &mut scratch).unwrap()).collect()
            }
        }
    }
}

fn write(path: &Path, kind: Kind, options: Options, events: usize) {
    let out = std::fs::File::create(path).unwrap();
    let mut file = FileWriter::with_options(out, options).unwrap();
    let all = branches();
    let title = "events of a test";
    let mut tree = TreeWriter::new(Directory::TOP, "Events", title, all.clone()).unwrap();
    let mut ntuple = NtupleWriter::new(Directory::TOP, "Events", title, all.clone()).unwrap();
    let mut begin = 0;
    while begin < events {
        let end = (begin + CLUSTER).min(events);
        columns(&all, &(begin..end), &mut Vec::new(), &mut |columns| match kind {
            Kind::Tree => tree.fill(&mut file, columns).unwrap(),
            Kind::Ntuple => ntuple.fill(&mut file, columns).unwrap(),
        });
        begin = end;
    }
    match kind {
        Kind::Tree => {
            assert_eq!(tree.entries(), events as u64);
            tree.finish(&mut file).unwrap();
        }
        Kind::Ntuple => {
            assert_eq!(ntuple.entries(), events as u64);
            ntuple.finish(&mut file).unwrap();
        }
    }
    file.finish().unwrap();
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn this_crate_reads_what_it_writes() {
    for kind in [Kind::Tree, Kind::Ntuple] {
        let path = |name: &str| path(&format!("{kind:?}-{name}.root"));
        for (name, options, events) in [
            ("own", Options::default(), EVENTS),
            ("plain", Options { compress: false, ..Options::default() }, EVENTS),
            ("few", Options::default(), 3),
            ("none", Options::default(), 0),
        ] {
            write(&path(name), kind, options, events);
            check_own(&Entries::open(&path(name), kind), kind, events);
        }
        let bytes = |name: &str| std::fs::read(path(name)).unwrap();
        write(&path("again"), kind, Options::default(), EVENTS);
        assert!(bytes("own") == bytes("again"), "equal contents give equal bytes");
        assert!(bytes("own").len() < bytes("plain").len());
    }
}

fn check_own(written: &Entries, kind: Kind, events: usize) {
    assert_eq!(written.entries(), events as u64);
    for wanted in branches() {
        let found = written.branch(&wanted.name);
        let BranchKind::Values { element, shape } = found.kind else { panic!("{:?}", found.kind) };
        // The sizes of lists are no numbers of their own in an RNTuple, and have no sign.
        let counts = wanted.name.starts_with('n');
        let stored = if counts && kind == Kind::Ntuple { Element::U32 } else { wanted.element };
        assert_eq!((found.path.as_str(), element), (wanted.name.as_str(), stored));
        let counter = wanted.counter().map(|c| written.branch(&branches()[c].name).id);
        match (counter, wanted.lists) {
            (_, Lists::Nested) => assert_eq!(shape, Shape::Nested),
            (None, _) => assert_eq!(shape, Shape::Scalar),
            (Some(counter), _) => assert_eq!(shape, Shape::Counted { counter, per: 1 }),
        }
        let most = if wanted.name.contains("Mu") { 3 } else { 9 };
        let mut place = 0;
        for read in written.parts(found) {
            let begin = read.first_entry() as usize;
            if let (Some(outer), Some(starts)) = (read.starts(), read.inner_starts()) {
                let sizes: Vec<u32> = (begin..begin + read.entries()).flat_map(inner).collect();
                let found = |starts: &[u32]| starts.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<u32>>();
                let lists = found(outer).into_iter().map(|n| n as usize);
                assert!(lists.eq((begin..begin + read.entries()).map(|e| inner(e).len())), "{}", wanted.name);
                assert_eq!(found(starts), sizes, "{}", wanted.name);
            } else if wanted.lists == Lists::Nested {
                panic!("{} has no lists of lists", wanted.name);
            }
            for entry in 0..read.entries() {
                let size = match (counter, counts) {
                    (Some(_), _) => (read.start(entry + 1) - read.start(entry)) as usize,
                    (None, true) => read.values().get_i64(entry).unwrap() as usize,
                    // One number each, or lists that were looked at above.
                    (None, false) => break,
                };
                assert_eq!(size, sizes(begin + entry, most), "{}", wanted.name);
            }
            if !counts {
                let range = place..place + read.len();
                column(wanted.element, range, |values| {
                    assert_eq!(format!("{:?}", read.values()), format!("{values:?}"))
                });
            }
            place += read.len();
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut file = FileWriter::new(std::io::Cursor::new(Vec::new())).unwrap();
    let tree = |branches: Vec<Branch>| TreeWriter::new(Directory::TOP, "t", "", branches);
    let twice = tree(vec![branch("a", Element::I32, None), branch("a", Element::F32, None)]);
    assert_eq!(twice.err().unwrap().to_string(), "tree \"t\" cannot be written: it has two branches \"a\"");
    for counter in [0, 1, 7] {
        let bad = tree(vec![branch("n", Element::F32, None), branch("x", Element::F32, Some(counter))]);
        assert!(matches!(bad, Err(Error::Tree { .. })), "counter {counter}");
    }
    let all = vec![branch("n", Element::I32, None), branch("x", Element::F32, Some(0))];
    let mut writer = tree(all).unwrap();
    let x = [1.0_f32, 2.0, 3.0];
    writer.fill(&mut file, &[Values::I32(&[1, 2]).into(), Values::F32(&x).into()]).unwrap();
    for columns in [
        vec![Values::I32(&[1, 2])],
        vec![Values::I32(&[1, 1]), Values::F32(&x)],
        vec![Values::I32(&[-1, 4]), Values::F32(&x)],
        vec![Values::U32(&[1, 2]), Values::F32(&x)],
        vec![Values::I32(&[1, 2]), Values::F64(&[1.0, 2.0, 3.0])],
    ] {
        let columns: Vec<Column<'_>> = columns.into_iter().map(Column::from).collect();
        assert!(matches!(writer.fill(&mut file, &columns), Err(Error::Tree { .. })), "{columns:?}");
    }
    let values = Values::F32(&x);
    let mut nested = tree(vec![Branch { lists: Lists::Nested, ..branch("x", Element::F32, None) }]).unwrap();
    for (lists, sizes) in [(&[2, 0][..], &[3][..]), (&[2], &[1, 1]), (&[1], &[4])] {
        let column = Column::Nested { lists, sizes, values };
        assert!(nested.fill(&mut file, &[column]).is_err(), "{column:?}");
        assert!(writer.fill(&mut file, &[Values::I32(&[3]).into(), column]).is_err(), "{column:?}");
    }
    assert!(nested.fill(&mut file, &[values.into()]).is_err());
    assert_eq!(writer.entries(), 2);
    writer.finish(&mut file).unwrap();
    assert!(matches!(file.text(Directory::TOP, "t", ""), Err(Error::Duplicate { .. })));
}

#[test]
fn fields_have_plain_names() {
    for name in ["", "Jet.PT", "a b", "a/b", "a\\b", "a\nb"] {
        let e = NtupleWriter::new(Directory::TOP, "t", "", vec![branch(name, Element::I32, None)]).err().unwrap();
        assert!(e.to_string().contains("cannot be the name of a field"), "{e}");
    }
}

fn check(kind: Kind, program: &str, package: &str) {
    let python = || Command::new(std::env::var_os("ADL_PYTHON").unwrap_or_else(|| "python3".into()));
    let there = python().args(["-c", &format!("import {package}, numpy")]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        println!("skipped: Python has no package {package} (see ADL_PYTHON)");
        return;
    }
    for compress in [true, false] {
        let path = path(&format!("{kind:?}-{program}-{compress}.root"));
        write(&path, kind, Options { compress, ..Options::default() }, EVENTS);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check_trees.py");
        let status =
            python().arg(script).arg(program).arg(format!("{kind:?}")).arg(&path).arg(EVENTS.to_string()).status();
        assert!(status.unwrap().success(), "{program} finds something else");
    }
}

#[test]
fn uproot_reads_trees() {
    check(Kind::Tree, "uproot", "uproot, awkward");
}

#[test]
fn uproot_reads_ntuples() {
    check(Kind::Ntuple, "uproot", "uproot, awkward");
}

#[test]
fn root_reads_trees() {
    check(Kind::Tree, "root", "ROOT");
}

#[test]
fn root_reads_ntuples() {
    check(Kind::Ntuple, "root", "ROOT");
}
