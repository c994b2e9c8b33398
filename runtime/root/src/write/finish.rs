//! The end of a file: lists of keys, descriptions of classes, free space, and then the header and the records of
//! directories, whose bytes were left out until all positions are known.

use std::io::{Seek, SeekFrom, Write};

use super::Error;
use super::buffer::Buffer;
use super::file::{BEGIN, DIRECTORY_SIZE, FILE_NAME, FileWriter, Folder, LARGEST_FILE};
use super::record::{Deflate, Head};
use super::streamer;

/// `fVersion`: the ROOT version whose layouts are written, 6.24/00.
const VERSION: u32 = 62400;

impl<W: Write + Seek> FileWriter<W> {
    /// Completes the file and hands back what it was written to, flushed.
    ///
    /// # Errors
    ///
    /// [`Error::FileTooLarge`], [`Error::Io`].
    pub fn finish(mut self) -> Result<W, Error> {
        let lists = self.append_key_lists()?;
        let (info_seek, info_length) = self.append_streamers()?;
        let (free_seek, free_length) = self.append_free()?;
        for (index, (folder, list)) in self.folders.iter().zip(&lists).enumerate() {
            let place = u64::from(folder.seek) + u64::from(folder.name_length);
            let body = self.directory_body(index, folder, *list);
            self.out.seek(SeekFrom::Start(place))?;
            self.out.write_all(&body)?;
        }
        let top = self.folders.first().map_or(0, |top| top.name_length);
        let end = u32::try_from(self.end).unwrap_or(u32::MAX);
        let mut header = b"root".to_vec();
        for number in [VERSION, BEGIN, end, free_seek, free_length, 1, top] {
            header.extend(number.to_be_bytes());
        }
        // fUnits: positions have 4 bytes.
        header.push(4);
        let compression = self.deflate.as_ref().map_or(0, |_| Deflate::SETTINGS);
        for number in [compression, info_seek, info_length] {
            header.extend(number.to_be_bytes());
        }
        header.extend(1_u16.to_be_bytes());
        header.extend(self.digest.uuid(0));
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&header)?;
        self.out.seek(SeekFrom::Start(self.end))?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// The list of keys of every directory: where it begins and its length.
    fn append_key_lists(&mut self) -> Result<Vec<(u32, u32)>, Error> {
        let mut lists = Vec::with_capacity(self.folders.len());
        for index in 0..self.folders.len() {
            let Some(folder) = self.folders.get_mut(index) else {
                break;
            };
            let mut body = folder.count.to_be_bytes().to_vec();
            body.append(&mut folder.keys);
            let (name, seek) = (folder.name.clone(), folder.seek);
            let head = Head {
                class: if index == 0 { "TFile" } else { "TDirectory" },
                name: &name,
                title: if index == 0 { "" } else { &name },
                directory: seek,
            };
            let (seek, key) = self.append(&head, &body, false)?;
            lists.push((seek, (key.len() + body.len()) as u32));
        }
        Ok(lists)
    }

    /// The descriptions of the classes: where they begin and their length.
    fn append_streamers(&mut self) -> Result<(u32, u32), Error> {
        let head = Head { class: "TList", name: "StreamerInfo", title: "Doubly linked list", directory: BEGIN };
        let mut buffer = Buffer::new(head.length()?);
        streamer::encode(&mut buffer, &self.classes);
        let (seek, _) = self.append(&head, buffer.bytes(), true)?;
        let length = self.end - u64::from(seek);
        Ok((seek, u32::try_from(length).unwrap_or(u32::MAX)))
    }

    /// The list of free space (`TFree` version 1), which is what lies behind the end: where it begins and its length.
    fn append_free(&mut self) -> Result<(u32, u32), Error> {
        const SIZE: u32 = 10;
        let head = Head { class: "TFile", name: FILE_NAME, title: "", directory: BEGIN };
        let length = u32::from(head.length()?) + SIZE;
        let end = u32::try_from(self.end + u64::from(length)).unwrap_or(u32::MAX);
        let mut body = 1_u16.to_be_bytes().to_vec();
        body.extend(end.to_be_bytes());
        body.extend((LARGEST_FILE as u32).to_be_bytes());
        let (seek, _) = self.append(&head, &body, false)?;
        Ok((seek, length))
    }

    /// The body of a directory's record (`TDirectoryFile::FillBuffer`).
    fn directory_body(&self, index: usize, folder: &Folder, list: (u32, u32)) -> Vec<u8> {
        let parent = match index {
            0 => 0,
            _ => self.folders.get(folder.parent).map_or(0, |p| p.seek),
        };
        let (keys_seek, keys_length) = list;
        let datime = self.options.datime.bits();
        let mut body = 5_u16.to_be_bytes().to_vec();
        for number in [datime, datime, keys_length, folder.name_length, folder.seek, parent, keys_seek] {
            body.extend(number.to_be_bytes());
        }
        body.extend(1_u16.to_be_bytes());
        body.extend(self.digest.uuid(index));
        // Room for the longer positions of a file that grows beyond 2 GB.
        body.resize(DIRECTORY_SIZE as usize, 0);
        body
    }
}
