//! The beginning of a compressed frame: a basket has the values first, and nobody may want what follows them. Not of zlib
//! and LZMA, whose checksums are at the end.
//!
//! All of these write the first `wanted` bytes of what `frame` holds to the beginning of `out`, which has room for the whole;
//! they may write more. None if the frame is damaged in that part, or cannot be decompressed in part.

use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer};

/// More than LZ4 (64 bytes) writes past the end of what it has decoded.
const OVERRUN: usize = 512;
/// Bytes that show whether they came so far.
const MARK: usize = 64;
/// What must follow the wanted bytes, so that LZ4 may stop behind them.
pub(crate) const ROOM: usize = OVERRUN + MARK;
/// Zstandard is decompressed by blocks of so much content at most.
pub(crate) const ZSTD_BLOCK: usize = 128 << 10;

/// The beginning of an LZ4 block. The library is given too little room: it ends when the next step, a run of bytes or a copy
/// of any length, does not fit, and has written all before; damage is told no better than that. The step that did not fit
/// has written nothing: if what is behind the wanted bytes, farther than a step writes past its end, has changed, that step
/// began behind them, and they are there. What is damaged before the mark does not reach it.
pub(crate) fn lz4(block: &[u8], out: &mut [u8], wanted: usize) -> Option<usize> {
    let mark = wanted + OVERRUN..wanted + OVERRUN + MARK;
    let room = out.get_mut(..wanted + ROOM)?;
    room.get_mut(mark.clone())?.fill(0xa5);
    let size = i32::try_from(room.len()).ok()?;
    let is_full = lz4::block::decompress_to_buffer(block, Some(size), room).is_err();
    let is_passed = room.get(mark)?.iter().any(|byte| *byte != 0xa5);
    (is_full && is_passed).then_some(wanted)
}

/// The beginning of a Zstandard frame. It is decompressed block by block.
pub(crate) fn zstd(context: &mut Option<DCtx<'static>>, frame: &[u8], out: &mut [u8], wanted: usize) -> Option<usize> {
    /// A frame of ROOT has less than 16 MiB: one that asks for a larger window is an attack.
    const WINDOW: DParameter = DParameter::WindowLogMax(24);
    if out.len() - wanted < ZSTD_BLOCK {
        return None;
    }
    let context = match context.take() {
        Some(ready) => context.insert(ready),
        None => {
            let mut new = DCtx::try_create()?;
            new.set_parameter(WINDOW).ok()?;
            context.insert(new)
        }
    };
    context.init().ok()?;
    let mut input = InBuffer::around(frame);
    let room = out.get_mut(..wanted)?;
    let mut output = OutBuffer::around(room);
    while output.pos() < wanted {
        let before = (input.pos(), output.pos());
        let left = context.decompress_stream(&mut output, &mut input).ok()?;
        if left == 0 || before == (input.pos(), output.pos()) {
            break;
        }
    }
    (output.pos() == wanted).then_some(wanted)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Numbers, what does not shrink, runs of one byte longer than any copy, and all of them in turn.
    fn samples() -> Vec<Vec<u8>> {
        let mut x = 1_u64;
        let mut random = move || {
            x = x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (x >> 33) as u32
        };
        let floats: Vec<u8> = (0..50_000).flat_map(|_| ((random() % 4000) as f32 / 64.0).to_be_bytes()).collect();
        let noise: Vec<u8> = (0..200_000).map(|_| random() as u8).collect();
        let runs: Vec<u8> = (0..300_000_u32).map(|i| (i / 9000) as u8).collect();
        // The mark's own bytes.
        let marks = vec![0xa5; 5000];
        let turns: Vec<u8> = [&floats[..20_000], &noise[..90_000], &runs[..50_000], &marks, &noise[..3000]].concat();
        vec![floats, noise, runs, marks, turns]
    }

    /// Of each sample many beginnings: `read` must give them, or say that it cannot; how many it gave.
    fn beginnings(
        pack: impl Fn(&[u8]) -> Vec<u8>,
        mut read: impl FnMut(&[u8], &mut [u8], usize) -> Option<usize>,
    ) -> usize {
        let mut given = 0;
        for sample in samples() {
            let frame = pack(&sample);
            for wanted in (1..sample.len()).step_by(4099) {
                let mut out = vec![0; sample.len()];
                if let Some(done) = read(&frame, &mut out, wanted) {
                    assert!(done >= wanted);
                    assert!(out[..wanted] == sample[..wanted], "{wanted} of {}", sample.len());
                    given += 1;
                }
            }
            // The end missing, and a bit of it wrong: an answer, whatever it is.
            let mut out = vec![0; sample.len()];
            read(&frame[..frame.len() / 3], &mut out, sample.len() / 2);
            let mut damaged = frame.clone();
            damaged[frame.len() / 3] ^= 4;
            read(&damaged, &mut out, sample.len() / 2);
        }
        given
    }

    #[test]
    fn lz4_begins_as_the_whole_does() {
        // Runs and noise are long steps.
        let given = beginnings(|sample| lz4::block::compress(sample, None, false).unwrap(), lz4);
        assert!(given > 40, "{given}");
    }

    #[test]
    fn zstd_begins_as_the_whole_does() {
        for level in [1, 5, 19] {
            let pack = |sample: &[u8]| {
                let mut packed = vec![0; sample.len() + 1000];
                let n = zstd_safe::compress(&mut packed[..], sample, level).unwrap();
                packed[..n].to_vec()
            };
            let mut state = None;
            let given = beginnings(pack, |frame, out, wanted| zstd(&mut state, frame, out, wanted));
            assert!(given > 60, "{given}");
        }
    }
}
