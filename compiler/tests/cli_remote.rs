//! Remote inputs as users give them: results with the same bits as from a disk, nothing left when a server goes away,
//! no secret anywhere. `cli_servers.rs` does the same with real servers.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;
#[path = "../../runtime/tests/common/server.rs"]
mod server;

use binary::{Bench, example};
use server::{Act, Server};

const RESULTS: [&str; 2] = ["histograms.json", "cutflow.json"];

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(example(name)).unwrap()
}

#[test]
fn results_have_the_bits_of_local_ones() {
    let bench = Bench::new("remote-results");
    let zmumu = example("zmumu.adl");
    let (root, parquet) =
        (Server::start(bytes("data/dy.root"), |_| Act::Serve), Server::start(bytes("data/dy.parquet"), |_| Act::Serve));
    for (server, name) in [(&root, "data/dy.root"), (&parquet, "data/dy.parquet")] {
        bench.succeeds(&["run", &zmumu, &example(name), "-o", "here", "-q", "--chunk", "500"]);
        for threads in ["1", "3"] {
            let run = bench.succeeds(&[
                "run",
                &zmumu,
                &server.url(name),
                "-o",
                "there",
                "--chunk",
                "500",
                "-j",
                threads,
                "--timings",
            ]);
            for result in RESULTS {
                let (here, there) = (bench.bytes(&format!("here/{result}")), bench.bytes(&format!("there/{result}")));
                assert!(here == there, "{name}: another {result} from a server, {threads} threads");
            }
            let job = bench.json("there/job.json");
            assert_eq!(job["files"][0]["path"], server.url(name).as_str());
            let requests = job["remote"]["requests"].as_u64().unwrap();
            assert!((1..12).contains(&requests), "{requests} requests");
            assert!(run.err.contains("from servers") && run.err.contains(" requests"), "{}", run.err);
        }
    }
    let stats = bench.succeeds(&["schema", &root.url("x.root"), "--stats"]).out;
    assert!(stats.contains("tree Events, ") && stats.contains("tree Runs, 1 events"), "{stats}");
    let schema = bench.succeeds(&["schema", &root.url("x.root")]).out;
    assert!(schema.starts_with(&format!("{}: TTree, tree Events, ", root.url("x.root"))), "{schema}");
}

/// A file of eight times as many events in each format, and the requests that a task takes of each: those that open the file,
/// and a few for columns that are in many pieces all over it.
#[test]
fn a_task_takes_few_requests() {
    let bench = Bench::new("remote-requests");
    let copies: Vec<String> = (0..8).map(|i| format!("copy{i}.root")).collect();
    for copy in &copies {
        std::fs::copy(example("data/dy.root"), bench.path(copy)).unwrap();
    }
    let save =
        "adl 2026\nregion all\n  select MET >= 0\n  save tree root\n  save ntuple rntuple\n  save table parquet\n";
    bench.write("copy.adl", save);
    let run: Vec<&str> =
        ["run", "copy.adl", "-q", "-o", "big"].into_iter().chain(copies.iter().map(String::as_str)).collect();
    bench.succeeds(&run);
    for (file, most) in [("tree.root", 20), ("ntuple.root", 20), ("table.parquet", 8)] {
        let bytes = bench.bytes(&format!("big/saved/all/{file}"));
        let size = bytes.len() as u64;
        let server = Server::start(bytes, |_| Act::Serve);
        // Without the sixth, which needs a b tag.
        for task in [1, 2, 3, 4, 5, 7, 8] {
            let task_file = example(&format!("benchmarks/task{task}.adl"));
            bench.succeeds(&["run", &task_file, &server.url(file), "-q", "-j", "1"]);
            let remote = bench.json("out/job.json")["remote"].clone();
            let (requests, read) = (remote["requests"].as_u64().unwrap(), remote["bytes"].as_u64().unwrap());
            println!("{file} of {size} bytes, task {task}: {requests} requests, {read} bytes");
            assert!(requests <= most, "{file}, task {task}: {requests} requests");
            assert!(read < size, "{file}, task {task}: {read} bytes of {size}");
        }
    }
}

#[test]
fn copies_in_a_list_and_names_given_twice() {
    let bench = Bench::new("remote-copies");
    let zmumu = example("zmumu.adl");
    let bad = Server::start(bytes("data/dy.root"), |a| if a.number < 2 { Act::Serve } else { Act::Close });
    let good = Server::start(bytes("data/dy.root"), |_| Act::Serve);
    let name = format!("{}|{}", bad.url("a.root"), good.url("b.root"));
    bench.write("list.txt", format!("# both copies of one file\n{name}\nfile://{}\n", example("data/ttbar.root")));
    bench.succeeds(&["run", &zmumu, "@list.txt", "-q"]);
    bench.succeeds(&["run", &zmumu, &example("data/dy.root"), &example("data/ttbar.root"), "-q", "-o", "here"]);
    assert!(bench.bytes("out/histograms.json") == bench.bytes("here/histograms.json"));
    let twice = bench.adlc(&["run", &zmumu, &name, &good.url("b.root")]);
    assert_eq!(
        (twice.code, twice.err),
        (2, format!("error: {}: is given twice, before as {}\n", good.url("b.root"), bad.url("a.root")))
    );
}

#[test]
fn a_lost_input_leaves_no_result() {
    let bench = Bench::new("remote-lost");
    let zmumu = example("zmumu.adl");
    for last in [0, 1, 2] {
        let server =
            Server::start(bytes("data/dy.root"), move |a| if a.number < last { Act::Serve } else { Act::Close });
        let url = server.url("dy.root");
        let says = [&format!("error: {url}: cannot be read: "), "(2 attempts)"];
        bench.fails(5, &["run", &zmumu, &example("data/ttbar.root"), &url, "--retries", "1"], &says);
    }
    let wrong = Server::start(vec![], |_| Act::Status("404 Not Found", vec![]));
    bench.fails(5, &["run", &zmumu, &wrong.url("x.root")], &["has no such file (404 Not Found)"]);
    bench.fails(5, &["run", &zmumu, "root://h//x.root"], &["--fetch-cmd 'xrdcp -s {url} {path}'"]);
    bench.fails(
        2,
        &["run", &zmumu, "root://h//x.root", "--fetch-cmd", "xrdcp {url}"],
        &["does not say where {path} goes"],
    );
    let mixed = format!("{}|root://h//x.root", wrong.url("x.root"));
    bench.fails(5, &["run", &zmumu, &mixed], &["must be http or https, or none"]);
}

#[test]
fn secrets_stay_where_they_are() {
    let bench = Bench::new("remote-secrets");
    let zmumu = example("zmumu.adl");
    let server = Server::start(bytes("data/dy.root"), |a| match a.authorization.as_deref() {
        Some("Bearer open-sesame") => Act::Serve,
        _ => Act::Status("401 Unauthorized", vec![]),
    });
    bench.write("token", "open-sesame\n");
    let url = server.url("x.root?authz=open-barley");
    for (name, value) in [("BEARER_TOKEN", "open-sesame"), ("BEARER_TOKEN_FILE", "token")] {
        let mut command = bench.command();
        command.args(["run", &zmumu, &url, "--timings"]).env(name, value);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut said = [output.stdout, output.stderr].concat();
        for entry in std::fs::read_dir(bench.path("out")).unwrap() {
            said.extend(std::fs::read(entry.unwrap().path()).unwrap());
        }
        let said = String::from_utf8_lossy(&said);
        assert!(said.contains("x.root?authz=...") && !said.contains("sesame") && !said.contains("barley"));
        std::fs::remove_dir_all(bench.path("out")).unwrap();
    }
    let refused = bench.fails(5, &["run", &zmumu, &url], &["refuses access (401 Unauthorized)"]);
    assert!(!refused.err.contains("barley"), "{}", refused.err);
}
