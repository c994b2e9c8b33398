//! The copies of one file on servers: read from one, from the next when it fails, again after a while when all fail.
//!
//! What is known of the file when it is opened - its size, its version on the server, its first bytes - must stay so.
//! Another copy may have another date; its size and first bytes (in a ROOT file with its UUID) must be the same.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Patience;
use super::request::{Answer, Client, Fault, Version};
use super::url::Url;

/// Bytes at the beginning that copies are compared by.
const HEAD: u64 = 512;
/// Pauses do not grow beyond this.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The copies of a file, of which at least one has answered.
#[derive(Debug)]
pub struct Copies {
    client: Arc<Client>,
    patience: Patience,
    all: Vec<Copy>,
    /// The copy that answered last.
    current: AtomicUsize,
    size: u64,
    head: Vec<u8>,
}

/// One copy.
#[derive(Debug)]
struct Copy {
    url: Url,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Where its URL led.
    at: Url,
    /// Its version, once it has answered.
    version: Option<Version>,
    /// Why it is not asked any more.
    gone: Option<String>,
    /// What went wrong last.
    last: String,
}

/// The first answer of a file.
pub enum Opened {
    /// It is read in parts; with its first bytes.
    Parts(Copies, Vec<u8>),
    /// The server does not know ranges and sends it whole.
    Whole(Answer),
}

impl Copy {
    fn new(url: Url) -> Copy {
        let state = State { at: url.clone(), version: None, gone: None, last: String::new() };
        Copy { url, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what went wrong; the pause that the server asks for.
    fn failed(&self, fault: Fault) -> Result<Option<Duration>, String> {
        let mut state = self.state();
        // A redirection may lead to another place the next time.
        state.at = self.url.clone();
        match fault {
            Fault::Again(reason, wait) => {
                state.last = reason;
                Ok(wait)
            }
            Fault::Gone(reason) => {
                state.last.clone_from(&reason);
                state.gone = Some(reason);
                Ok(None)
            }
            Fault::Changed(what) => Err(format!("the file was changed while it was read: {what}")),
        }
    }
}

impl Copies {
    /// Opens a file by its first `begin` bytes.
    ///
    /// # Errors
    /// Why no copy can be read, after all attempts, in words.
    pub fn open(client: Arc<Client>, patience: Patience, urls: &[Url], begin: u64) -> Result<Opened, String> {
        let all: Vec<Copy> = urls.iter().cloned().map(Copy::new).collect();
        let mut copies = Copies { client, patience, all, current: AtomicUsize::new(0), size: 0, head: Vec::new() };
        let mut whole = None;
        let mut first = Vec::new();
        let mut answered = None;
        copies.try_all(|number, copy| {
            let at = copy.state().at.clone();
            let answer = copies.client.ask(&copy.url, &at, &(0..begin))?;
            if answer.is_whole {
                whole = Some(answer);
                return Ok(());
            }
            let size = answer.size.unwrap_or(0);
            let (version, at) = (answer.version.clone(), answer.from.clone());
            let mut bytes = vec![0; usize::try_from(answer.range.end).unwrap_or(0)];
            answer.fill(&mut bytes, &copies.client.traffic).1?;
            first = bytes;
            answered = Some((number, size, version, at));
            Ok(())
        })?;
        if let Some(answer) = whole {
            return Ok(Opened::Whole(answer));
        }
        if let Some((number, size, version, at)) = answered {
            copies.size = size;
            copies.head = first.get(..first.len().min(HEAD as usize)).unwrap_or_default().to_vec();
            *copies.current.get_mut() = number;
            if let Some(copy) = copies.all.get(number) {
                let mut state = copy.state();
                (state.version, state.at) = (Some(version), at);
            }
        }
        Ok(Opened::Parts(copies, first))
    }

    /// The size of the file.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Bytes of the file.
    ///
    /// # Errors
    /// As [`Copies::open`]; and if the file is another one now.
    pub fn read(&self, range: Range<u64>) -> Result<Vec<u8>, String> {
        let len = usize::try_from(range.end.saturating_sub(range.start)).map_err(|e| e.to_string())?;
        let mut bytes = vec![0; len];
        let mut filled = 0;
        self.try_all(|number, copy| {
            // What came before a connection broke is kept: the next attempt goes on from there.
            let (came, outcome) =
                self.attempt(copy, range.start + filled as u64, bytes.get_mut(filled..).unwrap_or_default());
            filled += came;
            outcome?;
            self.current.store(number, Ordering::Relaxed);
            Ok(())
        })?;
        Ok(bytes)
    }

    /// Tries the copies in turn, the one that answered last first, and again after growing pauses.
    fn try_all(&self, mut attempt: impl FnMut(usize, &Copy) -> Result<(), Fault>) -> Result<(), String> {
        // Of this reading alone: others of the same copy go on beside it.
        let mut attempts = vec![0_u32; self.all.len()];
        for round in 0..=self.patience.retries {
            let mut asked_to_wait = None;
            let first = self.current.load(Ordering::Relaxed);
            for step in 0..self.all.len() {
                let number = (first + step) % self.all.len();
                let (Some(copy), Some(attempts)) = (self.all.get(number), attempts.get_mut(number)) else { continue };
                if copy.state().gone.is_some() {
                    continue;
                }
                match attempt(number, copy) {
                    Ok(()) => return Ok(()),
                    Err(fault) => {
                        *attempts += 1;
                        let wait = copy.failed(fault).map_err(|e| self.named(copy, &e))?;
                        asked_to_wait = asked_to_wait.max(wait);
                        self.client.traffic.repetition();
                    }
                }
            }
            if self.all.iter().all(|copy| copy.state().gone.is_some()) {
                break;
            }
            if round < self.patience.retries {
                std::thread::sleep(
                    self.patience.pause(round).max(asked_to_wait.unwrap_or_default()).min(LONGEST_PAUSE),
                );
            }
        }
        Err(self.failure(&attempts))
    }

    /// One attempt to fill `to`, not empty, from one copy; how many bytes came.
    fn attempt(&self, copy: &Copy, from: u64, to: &mut [u8]) -> (usize, Result<(), Fault>) {
        let known = copy.state().version.clone();
        let answer = match known {
            Some(version) => self.ask(copy, from..from + to.len() as u64, Some(&version)),
            None => self.greet(copy).and_then(|version| self.ask(copy, from..from + to.len() as u64, Some(&version))),
        };
        match answer {
            Ok(answer) => answer.fill(to, &self.client.traffic),
            Err(fault) => (0, Err(fault)),
        }
    }

    /// Checks that a copy that was not asked before is one of this file.
    fn greet(&self, copy: &Copy) -> Result<Version, Fault> {
        let answer = self.ask(copy, 0..self.head.len() as u64, None)?;
        let version = answer.version.clone();
        let mut head = vec![0; self.head.len()];
        answer.fill(&mut head, &self.client.traffic).1?;
        if head != self.head {
            return Err(Fault::Gone("this copy begins with other bytes than the one that was opened".to_string()));
        }
        copy.state().version = Some(version.clone());
        Ok(version)
    }

    /// Asks a copy for bytes of the file as it was opened.
    fn ask(&self, copy: &Copy, range: Range<u64>, version: Option<&Version>) -> Result<Answer, Fault> {
        let at = copy.state().at.clone();
        let answer = self.client.ask(&copy.url, &at, &range)?;
        let is_known = version.is_some();
        if let Some(size) = answer.size.filter(|size| *size != self.size) {
            let what = format!("it had {} bytes and has {size}", self.size);
            return Err(if is_known {
                Fault::Changed(what)
            } else {
                Fault::Gone(format!("this copy is another file: {what}"))
            });
        }
        if let Some(what) = version.and_then(|before| answer.version.differs(before)) {
            return Err(Fault::Changed(format!("{what} is another now")));
        }
        if answer.is_whole {
            return Err(Fault::Again(format!("{} sends the whole file instead of a part", copy.url.place()), None));
        }
        copy.state().at = answer.from.clone();
        Ok(answer)
    }

    /// A reason, with the copy in front if there are several.
    fn named(&self, copy: &Copy, reason: &str) -> String {
        if self.all.len() == 1 { reason.to_string() } else { format!("{}: {reason}", copy.url.shown()) }
    }

    /// Why no copy can be read, after so many attempts each; one that was given up before has none.
    fn failure(&self, attempts: &[u32]) -> String {
        let reason = |(copy, attempts): (&Copy, &u32)| {
            let state = copy.state();
            let times = match attempts {
                0 => String::new(),
                1 => " (1 attempt)".to_string(),
                n => format!(" ({n} attempts)"),
            };
            self.named(copy, &format!("cannot be read: {}{times}", state.gone.as_ref().unwrap_or(&state.last)))
        };
        let reasons: Vec<String> = self.all.iter().zip(attempts).map(reason).collect();
        match reasons.as_slice() {
            [one] => one.clone(),
            all => format!("no copy can be read: {}", all.join("; ")),
        }
    }
}
