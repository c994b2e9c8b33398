//! `adlc fmt` as its users see it: what it rewrites, lists and prints, and its exit codes.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;

use std::io::Write;
use std::process::Stdio;

use binary::Bench;

const LOOSE: &str = "adl 2026\nREGION  SR\n cut  MET>100  # high\n";
const TIDY: &str = "adl 2026\n\nregion SR\n  select MET > 100  # high\n";

#[test]
fn files_are_rewritten_and_listed() {
    let bench = Bench::new("fmt");
    bench.write("loose.adl", LOOSE);
    bench.write("tidy.adl", TIDY);
    assert_eq!(bench.succeeds(&["fmt", "loose.adl", "tidy.adl"]).out, "loose.adl\n");
    assert_eq!(bench.text("loose.adl"), TIDY);
    assert_eq!(bench.succeeds(&["fmt", "loose.adl", "tidy.adl"]).out, "");
    let mut names = bench.names();
    names.sort();
    assert_eq!(names, ["loose.adl", "tidy.adl"], "nothing is left behind");
}

#[test]
fn check_changes_nothing_and_fails() {
    let bench = Bench::new("fmt-check");
    bench.write("loose.adl", LOOSE);
    bench.write("tidy.adl", TIDY);
    let run = bench.fails(7, &["fmt", "--check", "tidy.adl", "loose.adl"], &[]);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("loose.adl\n", ""));
    assert_eq!(bench.text("loose.adl"), LOOSE);
    assert_eq!(bench.succeeds(&["fmt", "--check", "tidy.adl"]).out, "");
}

#[test]
fn stdout_and_stdin() {
    let bench = Bench::new("fmt-stdout");
    bench.write("loose.adl", LOOSE);
    assert_eq!(bench.succeeds(&["fmt", "--stdout", "loose.adl"]).out, TIDY);
    assert_eq!(bench.text("loose.adl"), LOOSE);
    let mut command = bench.command();
    let mut child = command.args(["fmt", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(LOOSE.as_bytes()).unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, TIDY.as_bytes());
}

#[test]
fn what_cannot_be_read_stays() {
    let bench = Bench::new("fmt-faulty");
    bench.write("faulty.adl", "adl 2026\nregion SR\n select  MET >\n");
    let run = bench.succeeds(&["fmt", "faulty.adl"]);
    assert_eq!(bench.text("faulty.adl"), "adl 2026\n\nregion SR\n  select  MET >\n");
    assert!(run.err.contains("faulty.adl: 1 statement cannot be read and is left as it is"), "{}", run.err);
    // Laid out, this would be another number of statements.
    let text = "adl legacy\nregon\nbin x -0t\n5\n";
    bench.write("merged.adl", text);
    let run = bench.succeeds(&["fmt", "merged.adl"]);
    assert_eq!(bench.text("merged.adl"), text);
    assert!(run.err.contains("cannot be read, so the file is left as it is"), "{}", run.err);
    bench.fails(3, &["fmt", "absent.adl"], &["absent.adl: there is no such file"]);
    bench.write("latin.adl", b"adl 2026\n# \xe9t\xe9\n");
    bench.fails(3, &["fmt", "latin.adl"], &["not UTF-8"]);
    bench.fails(2, &["fmt"], &["Usage"]);
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let bench = Bench::new("fmt-links");
    bench.write("loose.adl", LOOSE);
    std::fs::set_permissions(bench.path("loose.adl"), std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink("loose.adl", bench.path("link.adl")).unwrap();
    bench.succeeds(&["fmt", "link.adl"]);
    assert_eq!(bench.text("loose.adl"), TIDY);
    assert!(std::fs::symlink_metadata(bench.path("link.adl")).unwrap().is_symlink());
    assert_eq!(std::fs::metadata(bench.path("loose.adl")).unwrap().permissions().mode() & 0o777, 0o640);
    bench.write("fixed.adl", LOOSE);
    std::fs::set_permissions(bench.path("fixed.adl"), std::fs::Permissions::from_mode(0o440)).unwrap();
    bench.fails(8, &["fmt", "fixed.adl"], &["fixed.adl", "read-only"]);
    assert_eq!(bench.text("fixed.adl"), LOOSE);
}
