//! Real servers on this machine, where they are installed: nginx (http, https, tokens, certificates) and XRootD (root://
//! by `xrdcp`, and http). Also both when they go away in the middle and come back, or do not.

#![cfg(unix)]
#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use binary::{Bench, example};

/// A server and its folder, which go with this.
struct Daemon {
    folder: PathBuf,
    port: u16,
    command: Vec<String>,
    child: Option<Child>,
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// True if all programs are there; says which is not.
fn installed(programs: &[&str]) -> bool {
    let folders = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/usr/local/sbin";
    let is_there = |program: &&&str| folders.split(':').any(|folder| Path::new(folder).join(program).is_file());
    match programs.iter().find(|p| !is_there(p)) {
        Some(program) => println!("skipped: {program} is not installed"),
        None => return true,
    }
    false
}

/// A folder with the samples under `data/`, for servers of any user.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("adlc-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("data")).unwrap();
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o777)).unwrap();
    for name in ["dy.root", "ttbar.root", "dy.parquet"] {
        std::fs::copy(example(&format!("data/{name}")), folder.join("data").join(name)).unwrap();
    }
    folder
}

impl Daemon {
    fn start(folder: PathBuf, port: u16, command: Vec<String>) -> Daemon {
        let mut daemon = Daemon { folder, port, command, child: None };
        daemon.again();
        daemon
    }

    fn again(&mut self) {
        let log = std::fs::File::create(self.folder.join("log")).unwrap();
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]).current_dir(&self.folder).stdin(Stdio::null());
        command.stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(command.spawn().unwrap());
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(begin.elapsed() < Duration::from_secs(120), "{} does not listen: {}", self.command[0], log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// nginx as one process, so that it ends at once.
fn nginx(name: &str, server: &str) -> Daemon {
    let (folder, port) = (folder(name), free_port());
    let here = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {here}/{kind}; "))
        .collect();
    let server = server.replace("PORT", &port.to_string()).replace("HERE", &here.to_string());
    let config = format!(
        "daemon off; master_process off; pid {here}/pid; error_log stderr; events {{ worker_connections 64; }}\n\
         http {{ {temporary} access_log {here}/access; root {here}; {server} }}\n"
    );
    std::fs::write(folder.join("nginx.conf"), config).unwrap();
    let command = format!("/usr/sbin/nginx -p {here} -c {here}/nginx.conf -e stderr");
    Daemon::start(folder, port, command.split(' ').map(str::to_owned).collect())
}

fn xrootd(name: &str) -> (Daemon, u16) {
    let (folder, port, http) = (folder(name), free_port(), free_port());
    let here = folder.display();
    let admin = folder.join("admin");
    std::fs::create_dir(&admin).unwrap();
    std::fs::set_permissions(&admin, PermissionsExt::from_mode(0o777)).unwrap();
    let config = format!(
        "all.role server\nall.export /data\noss.localroot {here}\nall.adminpath {here}/admin\nall.pidpath {here}/admin\n\
         xrd.port {port}\nxrd.protocol http:{http} libXrdHttp.so\nxrd.network nodnr\n"
    );
    std::fs::write(folder.join("xrootd.cfg"), config).unwrap();
    // It does not run as root.
    let is_root = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&folder).unwrap()) == 0;
    let user = if is_root { " -R xrootd" } else { "" };
    let command = format!("xrootd -c {here}/xrootd.cfg{user}");
    (Daemon::start(folder, port, command.split(' ').map(str::to_owned).collect()), http)
}

/// The results of a local run, to compare with.
fn here(bench: &Bench, names: &[&str]) -> Vec<u8> {
    let mut arguments = vec!["run".to_string(), example("zmumu.adl")];
    arguments.extend(names.iter().map(|name| example(&format!("data/{name}"))));
    arguments.extend(["-q", "-o", "here"].map(str::to_owned));
    bench.succeeds(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    bench.bytes("here/histograms.json")
}

#[test]
fn nginx_over_http() {
    if !installed(&["nginx"]) {
        return;
    }
    let server = nginx("http", "server { listen 127.0.0.1:PORT; location /none/ { max_ranges 0; alias HERE/data/; } }");
    let bench = Bench::new("nginx-http");
    let zmumu = example("zmumu.adl");
    for name in ["dy.root", "dy.parquet"] {
        let expected = here(&bench, &[name]);
        // With ranges, and where the server is told to know none.
        for folder in ["data", "none"] {
            let url = format!("http://127.0.0.1:{}/{folder}/{name}", server.port);
            bench.succeeds(&["run", &zmumu, &url, "-q"]);
            assert!(bench.bytes("out/histograms.json") == expected, "{url}");
            let whole = bench.json("out/job.json")["remote"]["fetched_files"].as_u64().unwrap();
            assert_eq!(whole, u64::from(folder == "none"), "{url}");
        }
    }
    let missing = format!("http://127.0.0.1:{}/data/none.root", server.port);
    std::fs::remove_dir_all(bench.path("out")).unwrap();
    bench.fails(5, &["run", &zmumu, &missing], &["has no such file (404 Not Found)"]);
}

#[test]
fn nginx_goes_away_and_comes_back_or_not() {
    if !installed(&["nginx"]) {
        return;
    }
    let mut server = nginx("away", "server { listen 127.0.0.1:PORT; limit_rate 100k; }");
    let bench = Bench::new("nginx-away");
    let zmumu = example("zmumu.adl");
    let expected = here(&bench, &["dy.root", "ttbar.root"]);
    let urls = ["dy", "ttbar"].map(|name| format!("http://127.0.0.1:{}/data/{name}.root", server.port));
    for (comes_back, retries) in [(false, "1"), (true, "6")] {
        let mut command = bench.command();
        command.args(["run", &zmumu, &urls[0], &urls[1], "-q", "--retries", retries, "--timeout", "20"]);
        let run = command.stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(1200));
        server.stop();
        if comes_back {
            std::thread::sleep(Duration::from_millis(300));
            server.again();
        }
        let output = run.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        if comes_back {
            assert!(output.status.success(), "{said}");
            assert!(bench.bytes("out/histograms.json") == expected);
            assert!(bench.json("out/job.json")["remote"]["repeated"].as_u64().unwrap() > 0);
        } else {
            assert_eq!(output.status.code(), Some(5), "{said}");
            assert!(said.contains("cannot be read: ") && said.contains("attempts)"), "{said}");
            assert!(!bench.path("out").exists());
            server.again();
        }
    }
}

#[test]
fn nginx_over_https_with_a_token_and_a_certificate() {
    if !installed(&["nginx", "openssl"]) {
        return;
    }
    let bench = Bench::new("nginx-https");
    let openssl = |arguments: &str| {
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(&bench.folder).output().unwrap();
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    };
    std::fs::create_dir(bench.path("authorities")).unwrap();
    openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out authorities/ca.pem -days 2 -subj /CN=authority");
    bench.write("server.ext", "subjectAltName=IP:127.0.0.1\n");
    bench.write("user.ext", "extendedKeyUsage=clientAuth\n");
    for name in ["server", "user"] {
        openssl(&format!("req -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"));
        openssl(&format!(
            "x509 -req -in {name}.csr -CA authorities/ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile {name}.ext -out {name}.pem"
        ));
    }
    // As a proxy file has it: certificate, key, chain.
    bench
        .write("proxy", [bench.bytes("user.pem"), bench.bytes("user.key"), bench.bytes("authorities/ca.pem")].concat());
    let keys = bench.folder.display();
    let server = nginx(
        "https",
        &format!(
            "server {{ listen 127.0.0.1:PORT ssl; ssl_certificate {keys}/server.pem; ssl_certificate_key {keys}/server.key; \
             ssl_client_certificate {keys}/authorities/ca.pem; ssl_verify_client optional; \
             location /token/ {{ if ($http_authorization != \"Bearer sesame\") {{ return 401; }} alias HERE/data/; }} \
             location /proxy/ {{ if ($ssl_client_verify != SUCCESS) {{ return 403; }} alias HERE/data/; }} }}"
        ),
    );
    let zmumu = example("zmumu.adl");
    let expected = here(&bench, &["dy.root"]);
    let run = |place: &str, environment: &[(&str, &str)]| {
        let _ = std::fs::remove_dir_all(bench.path("out"));
        let url = format!("https://127.0.0.1:{}/{place}/dy.root", server.port);
        let output =
            bench.command().args(["run", &zmumu, &url, "-q"]).envs(environment.iter().copied()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            assert!(bench.bytes("out/histograms.json") == expected);
            return Ok(());
        }
        assert!(output.status.code() == Some(5) && !bench.path("out").exists(), "{said}");
        assert!(!said.contains("sesame"), "{said}");
        Err(said)
    };
    let authorities = ("X509_CERT_DIR", "authorities");
    let refused = |place, environment: &[(&str, &str)]| run(place, environment).unwrap_err();
    assert_eq!(run("token", &[authorities, ("BEARER_TOKEN", "sesame")]), Ok(()));
    assert_eq!(run("proxy", &[authorities, ("X509_USER_PROXY", "proxy")]), Ok(()));
    assert!(refused("data", &[]).contains("X509_CERT_DIR or SSL_CERT_FILE name the authorities"));
    assert!(refused("token", &[authorities]).contains("no token was found"));
    assert!(
        refused("token", &[authorities, ("BEARER_TOKEN", "sesame2")]).contains("the token of BEARER_TOKEN was shown")
    );
    assert!(refused("proxy", &[authorities]).contains("refuses access (403 Forbidden)"));
    assert!(refused("proxy", &[authorities, ("X509_USER_PROXY", "none")]).contains("X509_USER_PROXY, none: "));
}

#[test]
fn xrootd_by_its_command_and_over_http() {
    if !installed(&["xrootd", "xrdcp"]) {
        return;
    }
    let (mut server, http) = xrootd("xrootd");
    let bench = Bench::new("xrootd");
    let zmumu = example("zmumu.adl");
    let copy = "xrdcp -s -f {url} {path}";
    for name in ["dy.root", "dy.parquet"] {
        let expected = here(&bench, &[name]);
        let url = format!("root://127.0.0.1:{}//data/{name}", server.port);
        bench.succeeds(&["run", &zmumu, &url, "-q", "--fetch-cmd", copy]);
        assert!(bench.bytes("out/histograms.json") == expected, "{url}");
        assert_eq!(bench.json("out/job.json")["remote"]["fetched_files"], 1);
        let url = format!("http://127.0.0.1:{http}/data/{name}");
        bench.succeeds(&["run", &zmumu, &url, "-q"]);
        assert!(bench.bytes("out/histograms.json") == expected, "{url}");
        // This server answers a range that is the whole of a small file with the file, which then counts as fetched.
        assert!(bench.json("out/job.json")["remote"]["requests"].as_u64() >= Some(1), "{url}");
    }
    std::fs::remove_dir_all(bench.path("out")).unwrap();
    let missing = format!("root://127.0.0.1:{}//data/none.root", server.port);
    let arguments = ["run", &zmumu, &missing, "--fetch-cmd", copy, "--retries", "0"];
    bench.fails(5, &arguments, &["cannot be fetched: xrdcp failed", "[ERROR]", "(1 attempt)"]);
    let url = format!("http://127.0.0.1:{http}/data/dy.root");
    server.stop();
    bench.fails(5, &["run", &zmumu, &url, "--retries", "0"], &["cannot be read: ", "connection refused"]);
}
