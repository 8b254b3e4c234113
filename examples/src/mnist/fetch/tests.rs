use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use flate2::{Compression, write::GzEncoder};

use super::*;

/// `abc`, with its checksum as FIPS 180-2 gives it in its first example.
const ABC: Known = Known {
    name: "abc",
    bytes: 3,
    sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A server on this machine that answers everything with the same, and counts.
struct Mirror {
    address: String,
    asked: Arc<AtomicUsize>,
}

impl Mirror {
    fn serving(status: &'static str, body: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/mnist/", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let request = lines.next().unwrap().unwrap();
                assert!(request.starts_with("GET /mnist/abc.gz "), "{request}");
                while !lines.next().unwrap().unwrap().is_empty() {}
                count.fetch_add(1, Ordering::SeqCst);
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                // The client may have hung up: a body too long is not read to its end.
                let _ = stream.write_all(&[head.as_bytes(), &body].concat());
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Without the proxy that the environment may ask for: it would not know this machine's own servers.
fn fetcher(cache: Option<&Path>, mirrors: &[&Mirror]) -> Fetcher {
    Fetcher {
        cache: cache.map(Path::to_owned),
        mirrors: mirrors.iter().map(|mirror| mirror.address.clone()).collect(),
        agent: Agent::new_with_config(config().proxy(None).build()),
    }
}

#[test]
fn downloads_once_then_reads_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("layercake").join("mnist");
    let mirror = Mirror::serving("200 OK", gzip(b"abc"));
    let fetcher = fetcher(Some(&cache), &[&mirror]);
    assert_eq!(fetcher.file(&ABC).unwrap(), b"abc");
    assert_eq!(fetcher.file(&ABC).unwrap(), b"abc");
    assert_eq!(mirror.asked(), 1);
    let kept: Vec<_> = fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(kept, ["abc.gz"]);
}

#[test]
fn a_corrupt_cache_is_downloaded_again() {
    let cache = tempfile::tempdir().unwrap();
    let mirror = Mirror::serving("200 OK", gzip(b"abc"));
    let fetcher = fetcher(Some(cache.path()), &[&mirror]);
    let path = cache.path().join("abc.gz");
    for (times, broken) in [&b""[..], b"abd", &gzip(b"abd"), &gzip(b"abc")[..9]].iter().enumerate() {
        fs::write(&path, broken).unwrap();
        assert_eq!(fetcher.file(&ABC).unwrap(), b"abc");
        assert_eq!(fs::read(&path).unwrap(), gzip(b"abc"));
        assert_eq!(mirror.asked(), times + 1);
    }
}

#[test]
fn the_next_mirror_is_asked_when_one_fails() {
    let good = Mirror::serving("200 OK", b"abc".to_vec());
    let endless = vec![0; 1 << 20];
    for (status, body) in [
        ("404 Not Found", Vec::new()),
        ("200 OK", gzip(b"abd")),
        ("200 OK", gzip(&endless)),
        ("200 OK", endless),
        ("200 OK", b"<html>".to_vec()),
    ] {
        let bad = Mirror::serving(status, body);
        assert_eq!(fetcher(None, &[&bad, &good]).file(&ABC).unwrap(), b"abc");
        assert_eq!(bad.asked(), 1);
        let error = fetcher(None, &[&bad]).file(&ABC).unwrap_err();
        assert!(error.to_string().starts_with(&bad.address), "{error}");
    }
    assert_eq!(good.asked(), 5);
}

#[test]
fn no_network_is_told_soon() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", gone.local_addr().unwrap());
    drop(gone);
    let mut fetcher = fetcher(None, &[]);
    fetcher.mirrors = vec![address, "http://mirror.invalid/".to_owned()];
    let start = Instant::now();
    let error = fetcher.file(&ABC).unwrap_err();
    assert!(matches!(error, FetchError::Http { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[test]
fn a_cache_that_cannot_be_written_is_no_hindrance() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let mirror = Mirror::serving("200 OK", gzip(b"abc"));
    assert_eq!(fetcher(Some(&file.join("mnist")), &[&mirror]).file(&ABC).unwrap(), b"abc");
}
