//! Names of the legacy edition: the spellings that CutLang and adl2tnm read, and what they are called in edition 2026
//! (language reference, 4.1 to 4.4).

use super::World;
use crate::source::Span;

/// What a function of the legacy edition is called in 2026; the key is in lower case.
const FUNCTIONS: &[(&str, &str)] = &[
    ("pt", "pt"),
    ("eta", "eta"),
    ("phi", "phi"),
    ("px", "px"),
    ("py", "py"),
    ("pz", "pz"),
    ("p", "p"),
    ("m", "mass"),
    ("mass", "mass"),
    ("e", "energy"),
    ("energy", "energy"),
    ("q", "charge"),
    ("charge", "charge"),
    ("theta", "theta"),
    ("rap", "rapidity"),
    ("dr", "dR"),
    ("dphi", "dphi"),
    ("deta", "deta"),
    ("cross", "Cross"),
    ("dot", "Dot"),
    ("size", "size"),
    ("count", "size"),
    ("numof", "size"),
    ("n", "size"),
    ("sum", "sum"),
    ("add", "sum"),
    ("min", "min"),
    ("max", "max"),
    ("ave", "mean"),
    ("avg", "mean"),
    ("any", "any"),
    ("anyof", "any"),
    ("all", "all"),
    ("allof", "all"),
    ("abs", "abs"),
    ("sqrt", "sqrt"),
    ("exp", "exp"),
    ("log", "log"),
    ("sin", "sin"),
    ("cos", "cos"),
    ("tan", "tan"),
    ("sinh", "sinh"),
    ("cosh", "cosh"),
    ("tanh", "tanh"),
    ("hstep", "hstep"),
    ("delta", "delta"),
    ("union", "union"),
    ("sort", "sort"),
    ("fht", "HT"),
    ("fmt", "mT"),
    ("fmt2", "MT2"),
    ("fmr", "MR"),
    ("fmtr", "MTR"),
    ("fmtautau", "MTauTau"),
    ("faplanarity", "aplanarity"),
    ("aplanarity", "aplanarity"),
    ("fsphericity", "sphericity"),
    ("sphericity", "sphericity"),
    ("fmegajets", "megajets"),
    ("fhemisphere", "hemispheres"),
];

/// CutLang's words for the collections of any input, in lower case (language reference, 4.4), and what inputs call them.
const PARTICLES: &[(&str, &[&str])] = &[
    ("ele", &["Electron", "Electrons"]),
    ("electron", &["Electron", "Electrons"]),
    ("muo", &["Muon", "Muons"]),
    ("muon", &["Muon", "Muons"]),
    ("tau", &["Tau", "Taus"]),
    ("pho", &["Photon", "Photons"]),
    ("photon", &["Photon", "Photons"]),
    ("jet", &["Jet", "Jets"]),
    ("fjet", &["FatJet", "FatJets"]),
    ("fatjet", &["FatJet", "FatJets"]),
    ("gen", &["GenPart", "Particle", "GenParticle"]),
    ("trk", &["Track", "Tracks"]),
    ("metlv", &["MET", "MissingET", "PuppiMET"]),
    ("missinget", &["MET", "MissingET", "PuppiMET"]),
    ("met", &["MET", "MissingET", "PuppiMET"]),
];

/// CutLang's words for numbers of the event, in lower case, which it reads in any case (language reference, 4.2).
const EVENT_WORDS: &[(&str, &str)] =
    &[("eventno", "EventNo"), ("runno", "RunNo"), ("lbno", "LBNo"), ("metsig", "METsig")];

/// CutLang's words for attributes that are called otherwise, in lower case (language reference, 4.1).
const ATTRIBUTE_WORDS: &[(&str, &str)] =
    &[("medium", "isMedium"), ("loose", "isLoose"), ("btagger", "bTagger"), ("ed0", "edxy")];

/// Functions whose argument is a whole collection.
const OF_COLLECTIONS: &[&str] = &[
    "size",
    "sum",
    "min",
    "max",
    "mean",
    "any",
    "all",
    "count",
    "product",
    "argmin",
    "argmax",
    "union",
    "sort",
    "HT",
    "MR",
    "MTR",
    "aplanarity",
    "sphericity",
    "megajets",
    "hemispheres",
    "members",
    "defined",
];

/// Attributes of all objects.
const ATTRIBUTES: &[&str] =
    &["pt", "eta", "phi", "mass", "energy", "px", "py", "pz", "p", "charge", "theta", "rapidity"];

/// Words for a condition that holds, and for one that does not.
#[must_use]
pub fn constant(word: &str) -> Option<&'static str> {
    match word.to_ascii_lowercase().as_str() {
        "all" => Some("true"),
        "none" => Some("false"),
        _ => None,
    }
}

/// CutLang's word for a number of the event, as the profiles spell it.
#[must_use]
pub fn event_word(word: &str) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    EVENT_WORDS.iter().find(|(token, _)| *token == lower).map(|(_, name)| *name)
}

/// True for a function of one object, or of the sum of several: an attribute that all objects have.
#[must_use]
pub fn is_of_one(word: &str) -> bool {
    function(word).is_some_and(|name| ATTRIBUTES.contains(&name))
}

/// True for an older name of a function, or one in other case than CutLang's own.
#[must_use]
pub fn is_older(word: &str) -> bool {
    let older = ["n", "count", "numof", "avg", "anyof", "allof", "add"];
    older.iter().any(|w| w.eq_ignore_ascii_case(word)) || ["PT", "Pt"].contains(&word)
}

/// True for a function that takes a collection as a whole.
#[must_use]
pub fn is_of_collections(function: &str) -> bool {
    OF_COLLECTIONS.contains(&function)
}

/// The 2026 name of a function of the language.
#[must_use]
pub fn function(word: &str) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    FUNCTIONS.iter().find(|(old, _)| *old == lower).map(|(_, new)| *new)
}

/// `jets_1`, `jets_-1`, `jets_`: a name and what follows its last underscore.
#[must_use]
pub fn underscore(word: &str) -> Option<(&str, Option<i64>)> {
    let (left, right) = word.rsplit_once('_')?;
    if right.is_empty() {
        return Some((left, None));
    }
    let digits = right.strip_prefix('-').unwrap_or(right);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    right.parse().ok().map(|n| (left, Some(n)))
}

impl World<'_> {
    /// The collection a name stands for: a block's own name, or the name of the input's collection; the missing momentum
    /// is none.
    #[must_use]
    pub fn collection(&self, word: &str) -> Option<String> {
        if self.vectors.contains(word) {
            return None;
        }
        if self.objects.contains_key(word) {
            return Some(word.to_owned());
        }
        if self.defines.contains_key(word) {
            return None;
        }
        let word = self.input_name(word)?;
        let target = self.binding.aliases.get(&word).unwrap_or(&word);
        let is_collection = self.binding.sources.contains_key(target) || self.binding.objects.contains_key(target);
        is_collection.then(|| target.clone())
    }

    /// A name of the input as the schema spells it: exactly, in other case of its letters, or by CutLang's word.
    #[must_use]
    pub fn input_name(&self, word: &str) -> Option<String> {
        let known = |w: &str| {
            self.binding.sources.contains_key(w)
                || self.binding.objects.contains_key(w)
                || self.binding.aliases.contains_key(w)
                || self.binding.event.contains_key(w)
                || self.binding.transverse.contains(w)
                || self.binding.singles.contains_key(w)
        };
        if known(word) {
            return Some(word.to_owned());
        }
        let names = self.binding.sources.keys().chain(self.binding.objects.keys());
        let names = names.chain(self.binding.aliases.keys()).chain(&self.binding.transverse);
        let mut same = names.filter(|n| n.eq_ignore_ascii_case(word));
        if let Some(same) = same.next() {
            return Some(same.clone());
        }
        let lower = word.to_ascii_lowercase();
        let (_, words) = PARTICLES.iter().find(|(token, _)| *token == lower)?;
        words.iter().find(|w| known(w)).map(|w| (*w).to_owned())
    }

    /// A name as edition 2026 spells it: the text's own as they are, those of the input as its schema has them.
    #[must_use]
    pub(super) fn spelling(&self, word: &str) -> String {
        let input = if self.is_users(word) { None } else { self.input_name(word) };
        input.unwrap_or_else(|| word.to_owned())
    }

    /// True if a word names the block's own collection, in any spelling.
    #[must_use]
    pub(super) fn is_own(&self, word: &str, own: &[String]) -> bool {
        own.iter().any(|o| o == word) || self.collection(word).is_some_and(|c| own.contains(&c))
    }

    /// True for a name of what an event has one of, such as the missing momentum: not a collection.
    #[must_use]
    pub fn is_vector(&self, word: &str) -> bool {
        if self.vectors.contains(word) {
            return true;
        }
        if self.objects.contains_key(word) || self.defines.contains_key(word) {
            return false;
        }
        let Some(word) = self.input_name(word) else { return false };
        let target = self.binding.aliases.get(&word).unwrap_or(&word);
        let is_record = self.binding.is_record(target) && !self.binding.sources.contains_key(target);
        self.binding.transverse.contains(target) || is_record
    }

    /// True if the text itself defines the name.
    #[must_use]
    pub fn is_users(&self, word: &str) -> bool {
        self.objects.contains_key(word)
            || self.defines.contains_key(word)
            || self.regions.contains_key(word)
            || self.tables.contains(word)
            || self.vectors.contains(word)
    }

    /// The 2026 name of an attribute: a column of the input as it is spelt there, or an attribute of the language.
    #[must_use]
    pub fn attribute(&self, word: &str) -> String {
        if self.attributes.contains_key(word) {
            return word.to_owned();
        }
        let canonical = function(word).filter(|name| ATTRIBUTES.contains(name));
        if let Some(name) = canonical {
            return name.to_owned();
        }
        // `FatJet_msoftdrop(ak8[0])`: the full name of a column.
        for source in self.binding.sources.values() {
            for (attribute, (column, _)) in &source.attributes {
                if column == word {
                    return attribute.clone();
                }
            }
        }
        let lower = word.to_ascii_lowercase();
        if let Some((_, name)) = ATTRIBUTE_WORDS.iter().find(|(token, _)| *token == lower)
            && self.attributes.contains_key(*name)
        {
            return (*name).to_owned();
        }
        // Lower case first: `bTag` is the profile's `btag` rather than the column `BTag` from which it is made.
        let same = self.attributes.keys().rev().find(|name| name.eq_ignore_ascii_case(word));
        same.cloned().unwrap_or_else(|| word.to_owned())
    }

    /// True for a word that is an attribute of some object of the input, or of all.
    #[must_use]
    pub fn is_attribute(&self, word: &str) -> bool {
        let name = self.attribute(word);
        self.attributes.contains_key(&name) || ATTRIBUTES.contains(&name.as_str())
    }

    /// Remembers a form of the legacy edition, for one note per form.
    pub fn saw(&mut self, form: super::error::Form, span: Span) {
        let entry = self.forms.entry(form).or_insert((span, 0));
        entry.1 += 1;
    }
}
