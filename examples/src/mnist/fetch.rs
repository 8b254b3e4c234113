//! MNIST from the public mirrors, and the cache of what they gave.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy;
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use thiserror::Error;
use ureq::Agent;

use super::files::{Files, NAMES};
use crate::progress;

/// Where MNIST is served. Plain HTTP will do, and spares the build a TLS library: what arrives counts only if it has
/// the checksum below.
const MIRRORS: [&str; 2] =
    ["http://ossci-datasets.s3.amazonaws.com/mnist/", "http://storage.googleapis.com/cvdf-datasets/mnist/"];

/// The files as they are decompressed, in the order of [`NAMES`].
const KNOWN: [Known; 4] = [
    Known {
        name: NAMES[0],
        bytes: 47_040_016,
        sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    },
    Known {
        name: NAMES[1],
        bytes: 60_008,
        sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
    Known {
        name: NAMES[2],
        bytes: 7_840_016,
        sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    Known {
        name: NAMES[3],
        bytes: 10_008,
        sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
];

/// A compressed file may be this much larger than its content, if compression did not help.
const GZIP_OVERHEAD: u64 = 64 << 10;

/// A file of which the content is known beforehand.
struct Known {
    name: &'static str,
    /// Size when decompressed.
    bytes: u64,
    /// Checksum when decompressed: other copies may be compressed otherwise.
    sha256: &'static str,
}

/// Why a file could not be had.
#[derive(Debug, Error)]
pub(super) enum FetchError {
    #[error("{url}: {source}")]
    Http { url: String, source: ureq::Error },
    #[error("{place}: {source}")]
    Read { place: String, source: io::Error },
    #[error("{place}: not the file it should be: its {what} differs")]
    Corrupt { place: String, what: &'static str },
    #[error("{0}")]
    Unfit(#[from] super::DataError),
    #[error("no mirror to ask")]
    NoMirror,
}

/// Fetches MNIST's files.
pub(super) struct Fetcher {
    /// Where files are kept; `None` if the system has no place for that.
    cache: Option<PathBuf>,
    /// Addresses, each ending in a slash, to which a file's name is appended.
    mirrors: Vec<String>,
    agent: Agent,
}

impl Fetcher {
    /// From the public mirrors to the user's cache folder.
    pub(super) fn new() -> Self {
        let cache = etcetera::choose_base_strategy().ok();
        Self {
            cache: cache.map(|folders| folders.cache_dir().join("layercake").join("mnist")),
            mirrors: MIRRORS.map(str::to_owned).to_vec(),
            agent: Agent::new_with_config(config().build()),
        }
    }

    /// All four files, from the cache as far as it holds them.
    pub(super) fn fetch(&self) -> Result<Files, FetchError> {
        let files = KNOWN.iter().map(|file| self.file(file)).collect::<Result<Vec<_>, _>>()?;
        let files = std::array::from_fn(|index| files[index].as_slice());
        Ok(Files::in_memory(files)?)
    }

    /// A file's content, from the cache or else from the first mirror that has it.
    fn file(&self, file: &Known) -> Result<Vec<u8>, FetchError> {
        if let Some(content) = self.cached(file) {
            return Ok(content);
        }
        let mut failure = FetchError::NoMirror;
        for mirror in &self.mirrors {
            let url = format!("{mirror}{}.gz", file.name);
            match self.download(file, &url).and_then(|stored| Ok((file.content(&stored, &url)?, stored))) {
                Ok((content, stored)) => {
                    self.keep(file, &stored);
                    return Ok(content);
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    fn download(&self, file: &Known, url: &str) -> Result<Vec<u8>, FetchError> {
        let mut response =
            self.agent.get(url).call().map_err(|source| FetchError::Http { url: url.to_owned(), source })?;
        let body = response.body_mut();
        let bar = progress::bytes(body.content_length().unwrap_or(file.bytes), file.name);
        let stored = file.stored(bar.wrap_read(body.as_reader()), url);
        bar.finish_and_clear();
        stored
    }

    fn path(&self, file: &Known) -> Option<PathBuf> {
        Some(self.cache.as_ref()?.join(format!("{}.gz", file.name)))
    }

    /// The file's content if the cache holds it. A file that is there but broken is told of.
    fn cached(&self, file: &Known) -> Option<Vec<u8>> {
        let path = self.path(file)?;
        let place = path.display().to_string();
        let content = match File::open(&path) {
            Ok(reader) => file.stored(reader, &place).and_then(|stored| file.content(&stored, &place)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(source) => Err(FetchError::Read { place, source }),
        };
        content.inspect_err(|error| eprintln!("{error}; downloading it again")).ok()
    }

    /// Puts the file into the cache, or says why not: training goes on without.
    fn keep(&self, file: &Known, stored: &[u8]) {
        if let Some(path) = self.path(file)
            && let Err(error) = write_whole(&path, stored)
        {
            eprintln!("{}: could not be kept for the next time: {error}", path.display());
        }
    }
}

/// Short waits: without a network the user should not wait for long to be told so. A slow download may go on as long
/// as something arrives.
fn config() -> ureq::config::ConfigBuilder<ureq::typestate::AgentScope> {
    Agent::config_builder()
        .timeout_resolve(Some(Duration::from_secs(2)))
        .timeout_connect(Some(Duration::from_secs(3)))
        .timeout_recv_response(Some(Duration::from_secs(5)))
        .timeout_per_read(Some(Duration::from_secs(10)))
        .timeout_global(Some(Duration::from_secs(600)))
}

/// Writes a file so that it is there whole or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().expect("a file in the cache folder");
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

impl Known {
    /// Reads the file as it is stored or sent, no further than it can be long.
    fn stored(&self, reader: impl Read, place: &str) -> Result<Vec<u8>, FetchError> {
        let limit = self.bytes + GZIP_OVERHEAD;
        self.read(reader, limit, place)
    }

    /// Decompresses what is stored, and checks that it is what it should be. Some servers decompress by themselves:
    /// then it is taken as it is.
    fn content(&self, stored: &[u8], place: &str) -> Result<Vec<u8>, FetchError> {
        let content = if stored.starts_with(&[0x1f, 0x8b]) {
            self.read(MultiGzDecoder::new(stored), self.bytes, place)?
        } else {
            stored.to_vec()
        };
        let what = if content.len() as u64 != self.bytes {
            "size"
        } else if hex(&Sha256::digest(&content)) != self.sha256 {
            "SHA-256 checksum"
        } else {
            return Ok(content);
        };
        Err(FetchError::Corrupt { place: place.to_owned(), what })
    }

    fn read(&self, reader: impl Read, limit: u64, place: &str) -> Result<Vec<u8>, FetchError> {
        let mut bytes = Vec::new();
        match reader.take(limit + 1).read_to_end(&mut bytes) {
            Ok(_) if bytes.len() as u64 > limit => {
                Err(FetchError::Corrupt { place: place.to_owned(), what: "size" })
            }
            Ok(_) => Ok(bytes),
            Err(source) => Err(FetchError::Read { place: place.to_owned(), source }),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
