//! Random changes of texts, mostly of whole words: most results are nearly right, so that they reach far into the
//! compiler.

/// Signs, words and bytes that the seeds have seldom or never.
const PIECES: [&str; 66] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "|",
    "||",
    "&&",
    "][",
    "[]",
    "\"",
    "#",
    "?",
    ":",
    ",",
    "=",
    "==",
    "!=",
    "<",
    "=<",
    "~=",
    "~!",
    "!",
    "-",
    "+",
    "*",
    "**",
    "^",
    "/",
    "&",
    "<<",
    ">>",
    ".",
    "_",
    "-1",
    "0",
    "1e5",
    "1e999",
    ".5",
    "5.",
    "9223372036854775808",
    "1e-320",
    "nan",
    "\n",
    "\n  ",
    "\t",
    "\r\n",
    "é",
    "\u{a0}",
    "\0",
    "'",
    " ",
    " and ",
    " or ",
    " not ",
    " in ",
    " where ",
    "print ",
    "histo h, \"t\", 10, 0, 1, ",
    "comb(",
    "disjoint(",
    "sort ",
    "this",
    "hlt \"a\"",
    "descend",
];

/// A sequence of pseudo-random numbers that is the same everywhere (Knuth's MMIX generator).
pub struct Sequence(pub u64);

impl Sequence {
    /// The next number below `n`; 0 if there is none.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }

    fn of<'a>(&mut self, texts: &'a [String]) -> &'a str {
        let place = self.below(texts.len());
        texts.get(place).map_or("", String::as_str)
    }
}

/// A window of at most `longest` bytes of a seed, changed.
pub fn changed(seeds: &[String], longest: usize, random: &mut Sequence) -> String {
    let window = window(random.of(seeds), longest, random);
    let mut words: Vec<&str> = words(window);
    // The line of the edition goes, most of the time: each text is read in both.
    if words.first().is_some_and(|w| w.eq_ignore_ascii_case("adl")) && random.below(8) > 0 {
        let rest = words.iter().position(|w| *w == "\n").map_or(words.len(), |n| n + 1);
        words.drain(..rest);
    }
    for _ in 0..=random.below(6) {
        let at = random.below(words.len() + 1);
        let most = 1 << random.below(5);
        let end = (at + 1 + random.below(most)).min(words.len());
        let at = at.min(end);
        match random.below(9) {
            0 => drop(words.drain(at..end)),
            1 => drop(words.splice(at..at, [PIECES.get(random.below(PIECES.len())).copied().unwrap_or("")])),
            2 => {
                let copy: Vec<&str> = words.get(at..end).unwrap_or(&[]).to_vec();
                let to = random.below(words.len() + 1);
                drop(words.splice(to..to, copy));
            }
            3 => {
                let other = random.below(words.len());
                if at < words.len() {
                    words.swap(at, other);
                }
            }
            4 | 5 => {
                let other = self::window(random.of(seeds), longest, random);
                let other = self::words(other);
                let from = random.below(other.len());
                let to = (from + 1 + random.below(6)).min(other.len());
                let piece = other.get(from..to).unwrap_or(&[]).to_vec();
                drop(words.splice(at..end, piece));
            }
            6 => {
                let other = random.of(seeds);
                let line = other.lines().nth(random.below(other.lines().count())).unwrap_or("");
                let start = words.iter().take(at).rposition(|w| *w == "\n").unwrap_or(0);
                drop(words.splice(start..start, ["\n", line]));
            }
            7 => {
                let pair = [("(", ")"), ("[", "]"), ("{", "}"), ("|", "|"), ("f(", ")"), ("abs(", ")")];
                let (open, close) = pair.get(random.below(pair.len())).copied().unwrap_or(("", ""));
                let times = 1 + random.below(3);
                drop(words.splice(end..end, std::iter::repeat_n(close, times)));
                drop(words.splice(at..at, std::iter::repeat_n(open, times)));
            }
            _ => {
                let times = 1 + random.below(4);
                let copy: Vec<&str> = words.get(at..end).unwrap_or(&[]).to_vec();
                for _ in 0..times {
                    drop(words.splice(at..at, copy.iter().copied()));
                }
            }
        }
    }
    let mut text = words.concat();
    if random.below(16) == 0 {
        let mut bytes = text.into_bytes();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.below(256) as u8;
            }
        }
        text = String::from_utf8_lossy(&bytes).into_owned();
    }
    text
}

/// Whole lines, up to a number of bytes.
fn window<'t>(text: &'t str, longest: usize, random: &mut Sequence) -> &'t str {
    if text.len() <= longest {
        return text;
    }
    let mut starts: Vec<usize> = vec![0];
    starts.extend(text.match_indices('\n').map(|(n, _)| n + 1));
    let start = starts.get(random.below(starts.len())).copied().unwrap_or(0);
    let most = start + 20 + random.below(longest);
    let end = starts.iter().rev().find(|s| **s > start && **s <= most).copied().unwrap_or(text.len().min(most));
    text.get(start..end).unwrap_or("")
}

/// Words, blanks, line ends and signs.
fn words(text: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        '\n' => 0,
        ' ' | '\t' => 1,
        c if c.is_alphanumeric() || c == '_' => 2,
        _ => 3,
    };
    let mut words = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, c) in text.char_indices() {
        let here = kind(c);
        if before.is_some_and(|b| b != here || b == 0 || b == 3) {
            words.extend(text.get(start..at));
            start = at;
        }
        before = Some(here);
    }
    words.extend(text.get(start..).filter(|w| !w.is_empty()));
    words
}
