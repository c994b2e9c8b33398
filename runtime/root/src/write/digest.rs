//! Identifiers from contents: ROOT gives every file and directory a UUID, and here equal contents give equal ones.

/// The 128-bit FNV-1a hash (Fowler, Noll, Vo; RFC 9923) of what was added, which is not meant against forgery.
pub(super) struct Digest(u128);

const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

impl Digest {
    pub(super) fn new() -> Digest {
        Digest(OFFSET)
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, &byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    }

    /// The UUID number `index` of the contents: version 8, for values of an own making (RFC 9562, section 5.8).
    pub(super) fn uuid(&self, index: usize) -> [u8; 16] {
        let mut digest = Digest(self.0);
        digest.add(&(index as u64).to_be_bytes());
        let mut uuid = digest.0.to_be_bytes();
        uuid[6] = uuid[6] & 0x0f | 0x80;
        uuid[8] = uuid[8] & 0x3f | 0x80;
        uuid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_published_values() {
        let mut digest = Digest::new();
        digest.add(b"a");
        assert_eq!(digest.0, 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
        digest.add(b"");
        assert_ne!(digest.uuid(0), digest.uuid(1));
    }
}
