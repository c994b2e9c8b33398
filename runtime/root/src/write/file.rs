//! The file: header, records one after another, lists of keys (`TFile`, `TDirectoryFile` version 5, `TFree`).

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::io::{BufWriter, Seek, Write};
use std::path::Path;

use super::Error;
use super::buffer::{Buffer, string};
use super::digest::Digest;
use super::histogram;
use super::model::{Histogram, Profile};
use super::options::Options;
use super::record::{Deflate, Head};

/// `fBEGIN`: where the first record begins.
pub(super) const BEGIN: u32 = 100;
/// The name that the file has inside; a path would make equal contents unequal.
pub(super) const FILE_NAME: &str = "histograms.root";
/// Bytes of a directory's record behind its key.
pub(super) const DIRECTORY_SIZE: u32 = 60;
/// From here on files have 64-bit positions (`TFile::kStartBigFile`).
pub(super) const LARGEST_FILE: u64 = 2_000_000_000;
/// Byte counts have 30 bits; ROOT's buffers hold 1 GB (`kMaxInt / 2`).
const LARGEST_OBJECT: usize = 0x3fff_ff00;

/// A directory of the file that is being written (`TDirectoryFile`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Directory(usize);

impl Directory {
    /// The top of the file.
    pub const TOP: Directory = Directory(0);
}

/// What is known of a directory until the file is finished.
pub(super) struct Folder {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) parent: usize,
    /// Where its record begins, and the bytes of key (and of the file's name and title) in front of its body.
    pub(super) seek: u32,
    pub(super) name_length: u32,
    /// The keys of its objects, one after another, as its list of keys has them.
    pub(super) keys: Vec<u8>,
    pub(super) count: u32,
    pub(super) names: HashSet<String>,
}

/// Writes a ROOT file (`TFile`) of at most 2 GB. Objects are written as they come; without [`FileWriter::finish`] the
/// file lacks its first bytes, and nothing takes it for a ROOT file.
pub struct FileWriter<W> {
    pub(super) out: W,
    pub(super) end: u64,
    pub(super) options: Options,
    pub(super) deflate: Option<Deflate>,
    pub(super) digest: Digest,
    pub(super) folders: Vec<Folder>,
    pub(super) paths: HashMap<String, usize>,
    pub(super) classes: BTreeSet<&'static str>,
}

impl FileWriter<BufWriter<fs::File>> {
    /// Creates the file, in place of one that is there.
    ///
    /// # Errors
    ///
    /// [`Error::Create`] with the path, or [`Error::Io`].
    pub fn create(path: &Path) -> Result<Self, Error> {
        let file = fs::File::create(path).map_err(|reason| Error::create(path, reason))?;
        FileWriter::new(BufWriter::new(file))
    }
}

impl<W: Write + Seek> FileWriter<W> {
    /// Writes to something that is empty, with the default options.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn new(out: W) -> Result<FileWriter<W>, Error> {
        FileWriter::with_options(out, Options::default())
    }

    /// Writes to something that is empty.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn with_options(mut out: W, options: Options) -> Result<FileWriter<W>, Error> {
        out.write_all(&[0; BEGIN as usize])?;
        let mut writer = FileWriter {
            out,
            end: u64::from(BEGIN),
            options,
            deflate: options.compress.then(Deflate::new),
            digest: Digest::new(),
            folders: Vec::new(),
            paths: HashMap::new(),
            classes: BTreeSet::new(),
        };
        let head = Head { class: "TFile", name: FILE_NAME, title: "", directory: 0 };
        let mut object = Vec::new();
        string(&mut object, FILE_NAME);
        string(&mut object, "");
        let name_length = u32::from(head.length()?) + object.len() as u32;
        object.resize(object.len() + DIRECTORY_SIZE as usize, 0);
        writer.append(&head, &object, false)?;
        writer.folders.push(Folder {
            path: String::new(),
            name: FILE_NAME.to_string(),
            parent: 0,
            seek: BEGIN,
            name_length,
            keys: Vec::new(),
            count: 0,
            names: HashSet::new(),
        });
        Ok(writer)
    }

    /// The directory of a path such as `SR/jets`, which is made, with those above it, where it is not there yet. The
    /// empty path is the top of the file.
    ///
    /// # Errors
    ///
    /// [`Error::Name`] for an empty part, [`Error::Duplicate`] where an object has that name,
    /// [`Error::FileTooLarge`], [`Error::Io`].
    pub fn directory(&mut self, path: &str) -> Result<Directory, Error> {
        let mut at = Directory::TOP;
        if path.is_empty() {
            return Ok(at);
        }
        let mut done = String::new();
        for name in path.split('/') {
            if !done.is_empty() {
                done.push('/');
            }
            done.push_str(name);
            at = match self.paths.get(&done) {
                Some(&known) => Directory(known),
                None => self.make_directory(at, name, &done)?,
            };
        }
        Ok(at)
    }

    /// Writes a histogram into a directory.
    ///
    /// # Errors
    ///
    /// [`Error::Histogram`] for one that contradicts itself, [`Error::Name`], [`Error::Duplicate`],
    /// [`Error::ObjectTooLarge`], [`Error::FileTooLarge`], [`Error::Io`].
    pub fn histogram(&mut self, directory: Directory, histogram: &Histogram) -> Result<(), Error> {
        histogram.check()?;
        let Some(class) = histogram.class() else {
            return Err(Error::histogram(&histogram.name, "ROOT has no class for it"));
        };
        let size = histogram.sumw.len().saturating_mul(16);
        let (name, title) = (&histogram.name, &histogram.title);
        self.object(directory, class, name, title, size, |buffer| {
            histogram::histogram(buffer, histogram);
        })
    }

    /// Writes a profile into a directory.
    ///
    /// # Errors
    ///
    /// As [`FileWriter::histogram`].
    pub fn profile(&mut self, directory: Directory, profile: &Profile) -> Result<(), Error> {
        profile.check()?;
        let Some(class) = profile.class() else {
            return Err(Error::histogram(&profile.name, "ROOT has no class for it"));
        };
        let size = profile.sumw.len().saturating_mul(32);
        let (name, title) = (&profile.name, &profile.title);
        self.object(directory, class, name, title, size, |buffer| {
            histogram::profile(buffer, profile);
        })
    }

    /// Writes a text (`TObjString` version 1) into a directory.
    ///
    /// # Errors
    ///
    /// [`Error::Name`], [`Error::Duplicate`], [`Error::ObjectTooLarge`], [`Error::FileTooLarge`], [`Error::Io`].
    pub fn text(&mut self, directory: Directory, name: &str, content: &str) -> Result<(), Error> {
        let title = "Collectable string class";
        self.object(directory, "TObjString", name, title, content.len(), |buffer| {
            histogram::obj_string(buffer, 0, content);
        })
    }

    fn make_directory(&mut self, parent: Directory, name: &str, path: &str) -> Result<Directory, Error> {
        let head = self.head(parent, "TDirectory", name, name)?;
        let seek = self.append_listed(parent, &head, &[0; DIRECTORY_SIZE as usize])?;
        self.paths.insert(path.to_string(), self.folders.len());
        self.folders.push(Folder {
            path: path.to_string(),
            name: name.to_string(),
            parent: parent.0,
            seek,
            name_length: u32::from(head.length()?),
            keys: Vec::new(),
            count: 0,
            names: HashSet::new(),
        });
        Ok(Directory(self.folders.len() - 1))
    }

    /// The head of a basket's record; it is not listed in its directory.
    pub(super) fn basket_head<'a>(
        &self,
        directory: Directory,
        branch: &'a str,
        tree: &'a str,
    ) -> Result<Head<'a>, Error> {
        let Some(folder) = self.folders.get(directory.0) else {
            return Err(Error::Name { name: tree.to_string(), reason: "its directory is one of another file" });
        };
        Ok(Head { class: "TBasket", name: branch, title: tree, directory: folder.seek })
    }

    /// Appends a basket: its key, the numbers that `TBasket` adds (size of the buffer, of an entry or of the offsets,
    /// entries, end of the values), and its data. Where it begins, and its bytes.
    pub(super) fn append_basket(
        &mut self,
        head: &Head<'_>,
        numbers: [u32; 4],
        data: &[u8],
    ) -> Result<(u32, u32), Error> {
        let mut tail = 3_u16.to_be_bytes().to_vec();
        tail.extend(numbers.iter().flat_map(|n| n.to_be_bytes()));
        tail.push(0);
        let too_large = || Error::FileTooLarge { name: head.name.to_string() };
        if data.len() > LARGEST_OBJECT {
            return Err(Error::ObjectTooLarge { name: head.name.to_string() });
        }
        let packed = self.deflate.as_mut().and_then(|deflate| deflate.pack(data));
        let stored = packed.unwrap_or(data);
        let seek = u32::try_from(self.end).map_err(|_| too_large())?;
        let (size, stored_size) = (data.len() as u32, stored.len() as u32);
        let mut key = head.key_with(tail.len() as u16, seek, size, stored_size, self.options.datime)?;
        key.extend(tail);
        let length = key.len() as u64 + stored.len() as u64;
        if self.end + length > LARGEST_FILE {
            return Err(too_large());
        }
        self.out.write_all(&key)?;
        self.out.write_all(stored)?;
        self.digest.add(&key);
        self.digest.add(stored);
        self.end += length;
        Ok((seek, length as u32))
    }

    /// Appends a record that is not listed in a directory, of a class that says no more than that (`RBlob`): pages and
    /// envelopes of an RNTuple, compressed by their own rules. Where its content begins.
    pub(super) fn append_blob(&mut self, ntuple: &str, content: &[u8]) -> Result<u64, Error> {
        if content.len() > LARGEST_OBJECT {
            return Err(Error::ObjectTooLarge { name: ntuple.to_string() });
        }
        let head = Head { class: "RBlob", name: "", title: "", directory: BEGIN };
        let (seek, key) = self.append(&head, content, false)?;
        Ok(u64::from(seek) + key.len() as u64)
    }

    /// Writes an object of roughly `size` bytes.
    pub(super) fn object(
        &mut self,
        directory: Directory,
        class: &'static str,
        name: &str,
        title: &str,
        size: usize,
        encode: impl FnOnce(&mut Buffer),
    ) -> Result<(), Error> {
        let head = self.head(directory, class, name, title)?;
        let too_large = || Error::ObjectTooLarge { name: name.to_string() };
        if size > LARGEST_OBJECT {
            return Err(too_large());
        }
        let mut buffer = Buffer::new(head.length()?);
        encode(&mut buffer);
        if buffer.bytes().len() > LARGEST_OBJECT {
            return Err(too_large());
        }
        self.append_listed(directory, &head, buffer.bytes())?;
        self.classes.insert(class);
        self.classes.extend(buffer.classes());
        Ok(())
    }

    /// The head of a new object, whose name is checked.
    fn head<'a>(&self, directory: Directory, class: &'a str, name: &'a str, title: &'a str) -> Result<Head<'a>, Error> {
        let refuse = |reason| Error::Name { name: name.to_string(), reason };
        let Some(folder) = self.folders.get(directory.0) else {
            return Err(refuse("its directory is one of another file"));
        };
        if name.is_empty() {
            return Err(refuse("it is empty"));
        }
        if name.contains(['/', ';', '\0']) {
            return Err(refuse("it contains / or ; or a zero byte"));
        }
        if folder.names.contains(name) {
            let path = match folder.path.as_str() {
                "" => name.to_string(),
                path => format!("{path}/{name}"),
            };
            return Err(Error::Duplicate { path });
        }
        Ok(Head { class, name, title, directory: folder.seek })
    }

    /// Appends a record and lists it in its directory; where it begins.
    fn append_listed(&mut self, directory: Directory, head: &Head<'_>, object: &[u8]) -> Result<u32, Error> {
        // Records of directories are patched at the end, so they must not be compressed: they are too small for it.
        let (seek, key) = self.append(head, object, true)?;
        if let Some(folder) = self.folders.get_mut(directory.0) {
            folder.keys.extend_from_slice(&key);
            folder.count += 1;
            folder.names.insert(head.name.to_string());
        }
        Ok(seek)
    }

    /// Appends a record; where it begins, and its key.
    pub(super) fn append(&mut self, head: &Head<'_>, object: &[u8], compress: bool) -> Result<(u32, Vec<u8>), Error> {
        let deflate = self.deflate.as_mut().filter(|_| compress);
        let packed = deflate.and_then(|deflate| deflate.pack(object));
        let stored = packed.unwrap_or(object);
        let too_large = || Error::FileTooLarge { name: head.name.to_string() };
        let numbers = (u32::try_from(self.end), u32::try_from(object.len()), u32::try_from(stored.len()));
        let (Ok(seek), Ok(size), Ok(stored_size)) = numbers else {
            return Err(too_large());
        };
        let length = u64::from(head.length()?) + u64::from(stored_size);
        if self.end + length > LARGEST_FILE {
            return Err(too_large());
        }
        let key = head.key(seek, size, stored_size, self.options.datime)?;
        self.out.write_all(&key)?;
        self.out.write_all(stored)?;
        self.digest.add(&key);
        self.digest.add(stored);
        self.end += length;
        Ok((seek, key))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Cursor;

    use super::*;

    #[test]
    fn refuses_what_would_pass_the_limits() {
        let mut writer = FileWriter::new(Cursor::new(Vec::new())).unwrap();
        writer.end = LARGEST_FILE - 50;
        let refused = writer.text(Directory::TOP, "a", "text").unwrap_err();
        let message = "the ROOT file would be larger than 2 GB with \"a\"";
        assert_eq!(refused.to_string(), message);
        assert_eq!(writer.end, LARGEST_FILE - 50);
        assert!(writer.finish().is_err());
    }

    #[test]
    fn refuses_objects_above_one_gigabyte_before_they_are_encoded() {
        let mut writer = FileWriter::new(Cursor::new(Vec::new())).unwrap();
        let size = LARGEST_OBJECT + 1;
        let refused = writer.object(Directory::TOP, "TObjString", "a", "", size, |_| {});
        let message = "\"a\" is larger than 1 GB, which ROOT cannot read";
        assert_eq!(refused.unwrap_err().to_string(), message);
    }
}
