//! Remote files: the same values as from a disk, whatever a server does that can be mended, and an error that says what
//! cannot. The server is a thread of the test.

#![allow(clippy::unwrap_used, clippy::panic)] // A test that cannot be run fails.

#[path = "common/server.rs"]
mod server;
#[path = "common/shared.rs"]
mod shared;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use adl_runtime::chain::open_all;
use adl_runtime::reader::{FileReader, ReadClass, ReadError, open};
use adl_runtime::remote::{Access, Patience, Template};
use server::{Act, Asked, Server};
use shared::read;

const PATIENCE: Patience =
    Patience { retries: 3, pause: Duration::from_millis(2), timeout: Duration::from_millis(1500) };

fn access() -> Arc<Access> {
    Access::new(PATIENCE, None, Box::new(|_| None))
}

fn with_token() -> Arc<Access> {
    Access::new(PATIENCE, None, Box::new(|name| (name == "BEARER_TOKEN").then(|| "sesame".to_string())))
}

fn with_command(command: &str) -> Arc<Access> {
    Access::new(PATIENCE, Some(Template::read(command).unwrap()), Box::new(|_| None))
}

fn sample(name: &str) -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("root/tests/data").join(name);
    if own.exists() { own } else { Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data").join(name) }
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(sample(name)).unwrap()
}

/// A column: its name, sizes and bits.
type Whole = (String, Vec<usize>, Vec<u64>);

/// Every column of a file; the first error.
fn whole(file: &dyn FileReader) -> Result<Vec<Whole>, ReadError> {
    let mut all = Vec::new();
    for (number, column) in file.schema().columns.iter().enumerate() {
        for segment in 0..file.borders(number).len().saturating_sub(1) {
            file.decode(number, segment, &mut Default::default())?;
        }
        if file.borders(number).len() > 1 {
            let read = read(file, &column.name).unwrap();
            let (sizes, values) = read.bits();
            all.push((column.name.clone(), sizes.to_vec(), values));
        }
    }
    Ok(all)
}

/// Asserts that a remote file has the values of a local one.
fn same(remote: &dyn FileReader, name: &str) {
    let local = open(&sample(name), None, &["Events"]).unwrap();
    assert_eq!((remote.size(), remote.uuid()), (local.size(), local.uuid()));
    let (here, there) = (whole(local.as_ref()).unwrap(), whole(remote).unwrap());
    assert!(here.len() > 10 && here == there, "{name}: other values from the server");
}

/// Opens and reads; the error.
fn refused(access: &Arc<Access>, name: &str) -> String {
    let error =
        access.open(Path::new(name), None, &["Events"]).and_then(|file| whole(file.as_ref()).map(|_| ())).unwrap_err();
    assert_eq!(error.class, ReadClass::Open, "{error}");
    error.to_string()
}

#[test]
fn values_are_those_of_the_file_here() {
    for name in ["dy.root", "dy.parquet", "dy_nested.parquet"] {
        let server = Server::start(bytes(name), |_| Act::Serve);
        let access = access();
        let file = access.open(Path::new(&server.url(name)), None, &["Events"]).unwrap();
        assert_eq!(file.path(), Path::new(&server.url(name)));
        assert!(file.is_remote());
        same(file.as_ref(), name);
        let (asked, total) = (server.asked(), access.total());
        assert_eq!((total.requests, total.repeated), (asked.len() as u64, 0));
        assert!(asked.iter().all(|a| a.authorization.is_none() && a.range.is_some()));
        // All of the file, each byte once.
        assert!(asked.len() < 8 && total.bytes <= file.size(), "{} requests, {} bytes", asked.len(), total.bytes);
    }
}

#[test]
fn what_is_announced_comes_in_few_requests() {
    for name in ["dy.root", "dy.parquet", "rntuple_chunked.root", "rntuple_fields.root"] {
        let server = Server::start(bytes(name), |_| Act::Serve);
        let access = access();
        let file = access.open(Path::new(&server.url(name)), None, &["Events", "t"]).unwrap();
        let opening = server.asked().len();
        file.rest();
        let segments: Vec<(usize, usize)> = (0..file.schema().columns.len())
            .flat_map(|column| (0..file.borders(column).len().saturating_sub(1)).map(move |segment| (column, segment)))
            .collect();
        assert!(file.announce(&segments));
        // Announcing again what is on its way asks for nothing.
        assert!(file.announce(&segments));
        let announced = server.log.clone();
        for (column, segment) in &segments {
            file.decode(*column, *segment, &mut Default::default()).unwrap();
        }
        let requests = announced.lock().unwrap().len() - opening;
        let pieces = segments.len();
        assert!(requests * 10 < pieces.max(20), "{name}: {requests} requests for {pieces} segments");
        let read: Vec<_> = announced.lock().unwrap().iter().skip(opening).filter_map(|a| a.range.clone()).collect();
        // What is announced is all that is read: no window of what nobody announced, which begins at a multiple of its size.
        assert!(read.iter().all(|range| range.start % (256 << 10) != 0), "{name}: {read:?}");
    }
}

#[test]
fn friends_are_on_the_server_of_their_tree() {
    let far = Arc::new(bytes("friends_far.root"));
    let act = move |a: &Asked| match a.path.contains("friends_far.root") {
        true => Act::ServeOther(far.clone()),
        false => Act::Serve,
    };
    let server = Server::start(bytes("friends.root"), act);
    let access = access();
    let open = |name: &str| access.open(Path::new(&server.url(name)), Some("t"), &[]).unwrap();
    let local = adl_runtime::reader::open(&sample("friends.root"), Some("t"), &[]).unwrap();
    let remote = open("a/friends.root?authz=barley");
    assert_eq!(whole(remote.as_ref()).unwrap(), whole(local.as_ref()).unwrap());
    assert!(remote.schema().column("alias.x").is_some());
    let friend = server.asked().into_iter().find(|a| a.path.contains("far")).unwrap();
    assert_eq!(friend.path, "/a/friends_far.root?authz=barley");
    // What is announced of a friend is read from its file.
    remote.rest();
    let before = server.asked().len();
    let column = remote.schema().columns.iter().position(|c| c.name == "alias.x").unwrap();
    assert!(remote.announce(&[(column, 0)]));
    remote.decode(column, 0, &mut Default::default()).unwrap();
    assert!(server.asked()[before..].iter().all(|a| a.path.contains("far")));
    // Without it, its columns say why they cannot be read.
    let alone = Server::start(bytes("friends.root"), |a| match a.path.contains("far") {
        true => Act::Status("404 Not Found", vec![]),
        false => Act::Serve,
    });
    let file = access.open(Path::new(&alone.url("friends.root")), Some("t"), &[]).unwrap();
    let column = file.schema().column("alias").unwrap();
    assert!(format!("{:?}", column.shape).contains("has no such file (404 Not Found)"), "{column:?}");
}

#[test]
fn texts_are_copied() {
    const TEXT: &str =
        "  0 7 1\n 1 4 0.5 0.5 30 5 3 1 1 0 0\n 2 6 0 1 20 0 0 0 0 0 0\n 0 8 1\n 1 2 1 1 10 0 -1 0 0 0 0\n";
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, TEXT.as_bytes()).unwrap();
    for (name, bytes) in [("a.lhco", TEXT.as_bytes().to_vec()), ("a.lhco.gz?x=1", packed.finish().unwrap())] {
        let server = Server::start(bytes.clone(), |_| Act::Serve);
        let file = access().open(Path::new(&server.url(name)), None, &[]).unwrap();
        assert_eq!((file.schema().format, file.schema().events, file.size()), ("LHCO", 2, bytes.len() as u64));
        assert_eq!(read(file.as_ref(), "Jet_pt").unwrap().bits().1, [30_f64.to_bits()]);
        assert_eq!(read(file.as_ref(), "Muon_charge").unwrap().bits().0, [0, 1]);
        let access = access();
        assert_eq!(access.trees(Path::new(&server.url(name))).unwrap(), [""]);
        let lost = Server::start(bytes, |a| if a.number == 0 { Act::Cut(3) } else { Act::Close });
        assert!(refused(&access, &lost.url(name)).contains("(4 attempts)"));
    }
}

#[test]
fn trees_are_listed() {
    let server = Server::start(bytes("dy.root"), |_| Act::Serve);
    assert_eq!(access().trees(Path::new(&server.url("dy.root"))).unwrap(), ["Events", "Runs"]);
    let whole = Server::start(bytes("dy.root"), |_| Act::Whole);
    assert_eq!(access().trees(Path::new(&whole.url("dy.root"))).unwrap(), ["Events", "Runs"]);
    let script = Script::new("trees", "cp \"${1#copy://}\" \"$2\"\n");
    let url = format!("copy://{}", sample("dy.root").display());
    assert_eq!(with_command(&script.command()).trees(Path::new(&url)).unwrap(), ["Events", "Runs"]);
}

#[test]
fn faults_that_pass_are_mended() {
    let acts: [fn(&Asked) -> Act; 8] = [
        |a| if a.number % 3 != 2 { Act::Status("503 Service Unavailable", vec![]) } else { Act::Serve },
        |a| if a.number.is_multiple_of(2) { Act::Close } else { Act::Serve },
        |a| if a.number.is_multiple_of(2) { Act::Cut(10_000) } else { Act::Serve },
        |a| if a.number.is_multiple_of(2) { Act::Cut(0) } else { Act::Serve },
        |a| if a.number == 1 { Act::Silent } else { Act::Serve },
        |a| if a.number < 2 { Act::Slow(Duration::from_millis(100)) } else { Act::Serve },
        |a| if a.number.is_multiple_of(2) { Act::Shifted } else { Act::Serve },
        |a| if a.number.is_multiple_of(2) { Act::Short } else { Act::Serve },
    ];
    for (number, act) in acts.into_iter().enumerate() {
        let server = Server::start(bytes("dy.root"), act);
        let access = access();
        let file = access.open(Path::new(&server.url("dy.root")), None, &["Events"]);
        let file = file.unwrap_or_else(|e| panic!("act {number}: {e}"));
        same(file.as_ref(), "dy.root");
        assert!(access.total().repeated > 0 || number == 5, "act {number}: nothing had to be repeated");
    }
}

#[test]
fn an_answer_that_breaks_off_is_continued_where_it_broke() {
    let server = Server::start(bytes("dy.root"), |a| if a.number == 1 { Act::Cut(1000) } else { Act::Serve });
    let file = access().open(Path::new(&server.url("dy.root")), None, &["Events"]).unwrap();
    same(file.as_ref(), "dy.root");
    let ranges: Vec<_> = server.asked().into_iter().filter_map(|a| a.range).collect();
    assert_eq!((ranges[2].start, ranges[2].end), (ranges[1].start + 1000, ranges[1].end));
}

#[test]
fn faults_that_stay_are_said() {
    let faults: [(Act, &str); 6] = [
        (Act::Status("404 Not Found", vec![]), "has no such file (404 Not Found) (1 attempt)"),
        (
            Act::Status("403 Forbidden", vec![]),
            "refuses access (403 Forbidden): no token was found (BEARER_TOKEN, BEARER_TOKEN_FILE), and there is no certificate (X509_USER_PROXY)",
        ),
        (Act::Status("500 Internal Server Error", vec![]), "answers 500 Internal Server Error (4 attempts)"),
        (Act::Close, "(4 attempts)"),
        (Act::Status("302 Found", vec!["Location: /again".to_string()]), "more than 8 redirections"),
        (Act::Status("302 Found", vec!["Location: ftp://x/y".to_string()]), "neither http nor https"),
    ];
    for (act, says) in faults {
        let server = Server::start(bytes("dy.root"), move |_| act.clone());
        let url = server.url("dy.root");
        let message = refused(&access(), &url);
        assert!(message.starts_with(&format!("{url}: ")) && message.contains(says), "{message}");
    }
    // Nobody listens there any more.
    let server = Server::start(vec![], |_| Act::Serve);
    server.stop();
    let message = refused(&access(), &server.url("x"));
    assert!(message.contains("connection refused (4 attempts)"), "{message}");
    // A page instead of a file, and nothing.
    for (page, says) in [(&b"<html>"[..], "is neither a ROOT nor a Parquet file"), (b"", "the file is empty (0 bytes)")]
    {
        let server = Server::start(page.to_vec(), |a| if a.range == Some(0..0) { Act::Whole } else { Act::Serve });
        let error = access().open(Path::new(&server.url("x")), None, &["Events"]).err().unwrap();
        assert_eq!((error.class, error.message.as_str()), (ReadClass::Corrupt, says));
    }
    let message = refused(&access(), "root://eos.example.org//x.root");
    assert!(message.contains("--fetch-cmd 'xrdcp -s {url} {path}'"), "{message}");
}

#[test]
fn a_server_that_goes_away_in_the_middle_is_an_error_at_every_place() {
    let requests = {
        let server = Server::start(bytes("dy.root"), |_| Act::Serve);
        whole(access().open(Path::new(&server.url("dy.root")), None, &["Events"]).unwrap().as_ref()).unwrap();
        server.asked().len()
    };
    assert!(requests >= 3, "{requests} requests are too few to go away between");
    for last in 0..requests {
        let server = Server::start(bytes("dy.root"), move |a| if a.number < last { Act::Serve } else { Act::Close });
        let message = refused(&access(), &server.url("dy.root"));
        assert!(message.contains("cannot be read: ") && message.contains("(4 attempts)"), "{message}");
    }
}

#[test]
fn after_a_failure_every_read_fails() {
    let gone = Arc::new(AtomicBool::new(false));
    let seen = gone.clone();
    let away = move |_: &Asked| if seen.load(Ordering::Acquire) { Act::Close } else { Act::Serve };
    let server = Server::start(bytes("dy.root"), away);
    let file = access().open(Path::new(&server.url("dy.root")), None, &["Events"]).unwrap();
    file.rest();
    gone.store(true, Ordering::Release);
    let column = (0..file.schema().columns.len()).find(|c| file.borders(*c).len() > 1).unwrap();
    let first = file.decode(column, 0, &mut Default::default()).unwrap_err();
    gone.store(false, Ordering::Release);
    let asked = server.asked().len();
    assert_eq!(file.decode(column, 0, &mut Default::default()).unwrap_err(), first);
    assert_eq!(server.asked().len(), asked);
}

#[test]
fn another_copy_takes_over_in_the_middle() {
    let number = Arc::new(AtomicUsize::new(0));
    let seen = number.clone();
    let bad = Server::start(bytes("dy.root"), move |_| match seen.fetch_add(1, Ordering::AcqRel) {
        0 => Act::Serve,
        1 => Act::Cut(5000),
        _ => Act::Status("404 Not Found", vec![]),
    });
    // The other copy is of another date: only its size and its first bytes must be the same.
    let good = Server::start(bytes("dy.root"), |_| Act::ServeAs("second"));
    let name = format!("{}|{}", bad.url("dy.root"), good.url("copy.root"));
    let access = access();
    let file = access.open(Path::new(&name), None, &["Events"]).unwrap();
    assert_eq!(file.path(), Path::new(&bad.url("dy.root")));
    same(file.as_ref(), "dy.root");
    assert!(bad.asked().len() >= 2 && good.asked().len() >= 2);
    // A copy that never answers costs its attempts and no more.
    bad.stop();
    same(access.open(Path::new(&name), None, &["Events"]).unwrap().as_ref(), "dy.root");
    good.stop();
    let message = refused(&access, &name);
    for part in ["no copy can be read: ", &bad.url("dy.root"), &good.url("copy.root"), "connection refused"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_copy_that_is_another_file_is_not_read() {
    for (other, says) in [
        (bytes("ttbar.root"), "is another file"),
        (
            {
                let mut same_size = bytes("dy.root");
                same_size[100..110].fill(7);
                same_size
            },
            "begins with other bytes",
        ),
    ] {
        let bad = Server::start(bytes("dy.root"), |a| if a.number == 0 { Act::Serve } else { Act::Close });
        let wrong = Server::start(other, |_| Act::Serve);
        let message = refused(&access(), &format!("{}|{}", bad.url("a"), wrong.url("b")));
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn a_file_that_changes_is_an_error() {
    let other = Arc::new(bytes("ttbar.root"));
    let acts: [(Act, &str); 2] =
        [(Act::ServeAs("second"), "its ETag is another now"), (Act::ServeOther(other), "bytes and has")];
    for (act, says) in acts {
        let server = Server::start(bytes("dy.root"), move |a| if a.number < 2 { Act::Serve } else { act.clone() });
        let copy = Server::start(bytes("dy.root"), |_| Act::Serve);
        let message = refused(&access(), &format!("{}|{}", server.url("dy.root"), copy.url("dy.root")));
        assert!(message.contains("the file was changed while it was read: ") && message.contains(says), "{message}");
    }
}

#[test]
fn a_server_without_ranges_sends_the_file_whole() {
    for name in ["dy.root", "dy.parquet"] {
        let server = Server::start(bytes(name), |_| Act::Whole);
        let access = access();
        let file = access.open(Path::new(&server.url(name)), None, &["Events"]).unwrap();
        same(file.as_ref(), name);
        let total = access.total();
        assert_eq!((server.asked().len(), total.fetched, total.bytes), (1, 1, file.size()));
    }
    // The first time it breaks off.
    let cut = Server::start(bytes("dy.root"), |a| if a.number == 0 { Act::CutWhole(300_000) } else { Act::Whole });
    let access = access();
    same(access.open(Path::new(&cut.url("dy.root")), None, &["Events"]).unwrap().as_ref(), "dy.root");
    assert_eq!((cut.asked().len(), access.total().repeated), (2, 1));
    let server = Server::start(bytes("dy.root"), |a| if a.number == 0 { Act::Serve } else { Act::Whole });
    assert!(refused(&access, &server.url("dy.root")).contains("sends the whole file instead of a part"));
}

#[test]
fn tokens_go_to_the_server_that_is_named_and_nowhere_else() {
    let elsewhere = Server::start(bytes("dy.root"), |_| Act::Serve);
    let to = elsewhere.url("moved.root");
    let here = Server::start(bytes("dy.root"), move |a| match a.path.as_str() {
        "/near.root" => Act::Status("307 Temporary Redirect", vec!["Location: dy.root".to_string()]),
        "/far.root" => Act::Status("302 Found", vec![format!("Location: {to}")]),
        _ => Act::Serve,
    });
    let access = with_token();
    for name in ["dy.root", "near.root", "far.root"] {
        same(access.open(Path::new(&here.url(name)), None, &["Events"]).unwrap().as_ref(), "dy.root");
    }
    let sesame = Some("Bearer sesame".to_string());
    assert!(here.asked().iter().all(|a| a.authorization == sesame));
    assert!(elsewhere.asked().len() >= 2 && elsewhere.asked().iter().all(|a| a.authorization.is_none()));
    // A redirection is followed once, not for every part.
    assert_eq!(here.asked().iter().filter(|a| a.path == "/far.root").count(), 1);
    // What is refused is said, without the token.
    let refusing = Server::start(vec![], |_| Act::Status("401 Unauthorized", vec![]));
    let message = refused(&access, &refusing.url("x"));
    assert!(message.contains("the token of BEARER_TOKEN was shown") && !message.contains("sesame"), "{message}");
    let to = refusing.url("x");
    let sending = Server::start(vec![], move |_| Act::Status("302 Found", vec![format!("Location: {to}")]));
    let message = refused(&access, &sending.url("x"));
    assert!(message.contains("the token was not sent: it is for 127.0.0.1:"), "{message}");
}

#[test]
fn tokens_are_not_sent_where_they_can_be_read() {
    let address = std::net::UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    let Some(address) = address.ok().map(|a| a.ip()).filter(|a| !a.is_loopback() && !a.is_unspecified()) else {
        println!("skipped: this machine has no address but the loopback");
        return;
    };
    let server = Server::at("0.0.0.0", bytes("dy.root"), |a| match a.path.as_str() {
        "/public.root" => Act::Serve,
        _ => Act::Status("401 Unauthorized", vec![]),
    });
    let url = |name: &str| format!("http://{address}:{}/{name}", server.port);
    same(with_token().open(Path::new(&url("public.root")), None, &["Events"]).unwrap().as_ref(), "dy.root");
    let message = refused(&with_token(), &url("private.root"));
    assert!(message.contains("the token was not sent, because http without s can be read on the way"), "{message}");
    assert!(server.asked().iter().all(|a| a.authorization.is_none()));
}

#[test]
fn names_in_messages_have_no_secrets() {
    let server = Server::start(vec![], |_| Act::Status("404 Not Found", vec![]));
    let message = refused(&access(), &server.url("x.root?authz=open-sesame&n=1"));
    assert!(
        message.starts_with(&server.url("x.root?authz=...&n=1: ")) && !message.contains("open-sesame"),
        "{message}"
    );
    assert!(server.asked()[0].path.contains("authz=open-sesame"));
    let message = refused(&access(), "http://me:open-sesame@127.0.0.1:1/x.root");
    assert!(!message.contains("open-sesame"), "{message}");
}

/// A script that stands for a copy program: `copy:///path` is copied from the path, as often as it has to be called first.
struct Script(PathBuf);

impl Script {
    fn new(name: &str, text: &str) -> Script {
        let folder = std::env::temp_dir().join(format!("adl-remote-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("copy.sh"), text).unwrap();
        Script(folder)
    }

    fn command(&self) -> String {
        format!("sh '{}' {{url}} {{path}}", self.0.join("copy.sh").display())
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_command_fetches_what_is_not_http() {
    let script = Script::new("fetch", "echo x >> \"$(dirname $0)/calls\"\ncp \"${1#copy://}\" \"$2\"\n");
    let calls = || std::fs::read_to_string(script.0.join("calls")).unwrap().lines().count();
    for (number, name) in ["dy.root", "dy.parquet"].into_iter().enumerate() {
        let access = with_command(&script.command());
        let url = format!("copy://{}", sample(name).display());
        let file = access.open(Path::new(&url), None, &["Events"]).unwrap();
        same(file.as_ref(), name);
        assert_eq!((calls(), access.total().fetched, access.total().bytes), (2 * number + 1, 1, file.size()));
        // After its last chunk it goes; who wants it again waits for it again.
        file.rest();
        same(file.as_ref(), name);
        assert_eq!(calls(), 2 * number + 2);
    }
}

#[test]
fn a_command_that_fails_is_repeated_and_then_quoted() {
    let flaky = "n=$(cat \"$(dirname $0)/n\" 2>/dev/null || echo 0)\necho $((n+1)) > \"$(dirname $0)/n\"\n\
                 [ $n -ge 2 ] || { echo part > \"$2\"; exit 7; }\ncp \"${1#copy://}\" \"$2\"\n";
    let script = Script::new("flaky", flaky);
    let access = with_command(&script.command());
    let url = format!("copy://{}", sample("dy.root").display());
    same(access.open(Path::new(&url), None, &["Events"]).unwrap().as_ref(), "dy.root");
    assert_eq!(access.total().repeated, 2);

    let script = Script::new("failing", "echo \"[ERROR] no route to $1\" >&2\necho more >&2\nexit 54\n");
    let message = refused(&with_command(&script.command()), "copy://h//x?authz=sesame");
    let says = "copy://h//x?authz=...: cannot be fetched: sh failed (exit status: 54): [ERROR] no route to \
                copy://h//x?authz=... more (4 attempts)";
    assert_eq!(message, says);
    let message = refused(&with_command("no-such-program {url} {path}"), "copy://h//x");
    assert_eq!(message, "copy://h//x: cannot be fetched: --fetch-cmd: there is no program no-such-program");
    let message = refused(&with_command("true {url} {path}"), "copy://h//x");
    assert!(message.contains("true ended well and left no file"), "{message}");
    // The next copy is tried.
    let script = Script::new("copies", "cp \"${1#copy://}\" \"$2\"\n");
    let name = format!("copy:///does/not/exist|copy://{}", sample("dy.root").display());
    same(with_command(&script.command()).open(Path::new(&name), None, &["Events"]).unwrap().as_ref(), "dy.root");
}

#[test]
fn a_fetched_file_that_changes_is_an_error() {
    let once = "if [ -e \"$(dirname $0)/once\" ]; then cp \"$(dirname ${1#copy://})/ttbar.root\" \"$2\"; else \
                cp \"${1#copy://}\" \"$2\"; fi\ntouch \"$(dirname $0)/once\"\n";
    let script = Script::new("changed", once);
    let url = format!("copy://{}", sample("dy.root").display());
    let file = with_command(&script.command()).open(Path::new(&url), None, &["Events"]).unwrap();
    same(file.as_ref(), "dy.root");
    file.rest();
    let error = whole(file.as_ref()).unwrap_err();
    assert_eq!(error.class, ReadClass::Open);
    assert!(error.message.contains("the file was changed while it was read"), "{error}");
}

#[test]
fn many_files_open_together_in_their_order() {
    let server = Server::start(bytes("dy.root"), |a| match a.path.as_str() {
        "/17" | "/23" => Act::Status("404 Not Found", vec![]),
        _ => Act::Slow(Duration::from_millis(10)),
    });
    let access = access();
    let open = move |name: &Path| access.open(name, None, &["Events"]);
    let names: Vec<PathBuf> = (0..17).map(|n| PathBuf::from(server.url(&n.to_string()))).collect();
    let files = open_all(&names, false, open.clone()).unwrap();
    assert!(files.iter().zip(&names).all(|(file, name)| file.path() == name) && files.len() == 17);
    let names: Vec<PathBuf> = (0..40).map(|n| PathBuf::from(server.url(&n.to_string()))).collect();
    let errors = open_all(&names, false, open).err().unwrap();
    assert_eq!(errors.iter().map(|e| &e.path).collect::<Vec<_>>(), [&names[17], &names[23]]);
}
