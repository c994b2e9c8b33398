//! `Double32_t` and `Float16_t`: how many bytes a value takes and what they mean.
//!
//! The comment of the member, or the title of the leaf, has `[min,max,bits]` (`TStreamerElement::GetRange`).

/// How a reduced floating-point value is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Packing {
    /// A 32-bit integer `n`: the value is `n / factor + min`.
    Range { min: f64, factor: f64 },
    /// An exponent byte and 16 bits with sign and `bits` of mantissa.
    Mantissa { bits: u32 },
    /// A 32-bit float.
    Float,
}

impl Packing {
    /// Bytes per value in the file.
    pub(crate) fn width(self) -> usize {
        match self {
            Packing::Range { .. } | Packing::Float => 4,
            Packing::Mantissa { .. } => 3,
        }
    }
}

/// The packing of a `Double32_t` (`Float` without a range) or `Float16_t` (12 bits without one).
pub(crate) fn packing(title: &str, is_float16: bool) -> Result<Packing, String> {
    let default = if is_float16 { Packing::Mantissa { bits: 12 } } else { Packing::Float };
    let Some(range) = range(title) else {
        return Ok(default);
    };
    let mut parts = range.split(',').map(str::trim);
    let (Some(min), Some(max)) = (parts.next().and_then(limit), parts.next().and_then(limit)) else {
        return Err(format!("the range [{range}] is not understood"));
    };
    let bits = match parts.next().map(str::parse::<u32>) {
        Some(Ok(bits @ 2..=32)) => bits,
        // ROOT takes a number that makes no sense for 32.
        None | Some(_) => 32,
    };
    let steps = if bits < 32 { f64::from(1_u32 << bits) } else { f64::from(u32::MAX) };
    if min < max {
        return Ok(Packing::Range { min, factor: steps / (max - min) });
    }
    Ok(if bits < 15 { Packing::Mantissa { bits } } else { default })
}

/// The text in the first brackets that have a comma; the brackets before are dimensions.
fn range(title: &str) -> Option<&str> {
    title.split('[').skip(1).filter_map(|part| part.split_once(']')).map(|(inside, _)| inside).find(|i| i.contains(','))
}

/// A limit: a number, or a multiple of pi as ROOT spells it.
fn limit(text: &str) -> Option<f64> {
    use std::f64::consts::PI;
    let text = text.to_ascii_lowercase().replace(' ', "");
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.as_str()),
    };
    let value = match text {
        "pi" => PI,
        "2pi" | "2*pi" | "twopi" => 2.0 * PI,
        "pi/2" => PI / 2.0,
        "pi/4" => PI / 4.0,
        number => number.parse().ok().filter(|x: &f64| x.is_finite())?,
    };
    Some(sign * value)
}

/// Decodes values as `f64`; both packed types are exact in it.
pub(crate) fn unpack(bytes: &[u8], packing: Packing, mut push: impl FnMut(f64)) {
    match packing {
        Packing::Range { min, factor } => {
            bytes.as_chunks::<4>().0.iter().for_each(|b| push(f64::from(u32::from_be_bytes(*b)) / factor + min));
        }
        Packing::Float => bytes.as_chunks::<4>().0.iter().for_each(|b| push(f64::from(f32::from_be_bytes(*b)))),
        Packing::Mantissa { bits } => bytes.as_chunks::<3>().0.iter().for_each(|[exponent, m0, m1]| {
            let mantissa = u32::from(u16::from_be_bytes([*m0, *m1]));
            let kept = mantissa & ((1 << (bits + 1)) - 1);
            let word = u32::from(*exponent) << 23 | kept << (23 - bits);
            let value = f64::from(f32::from_bits(word));
            push(if mantissa & (1 << (bits + 1)) != 0 { -value } else { value });
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_titles() {
        assert_eq!(packing("x", false), Ok(Packing::Float));
        assert_eq!(packing("x", true), Ok(Packing::Mantissa { bits: 12 }));
        assert_eq!(packing("a[3]/d[0,8,3]", false), Ok(Packing::Range { min: 0.0, factor: 1.0 }));
        assert_eq!(packing("[0,0,8] comment", false), Ok(Packing::Mantissa { bits: 8 }));
        let pi = std::f64::consts::PI;
        assert_eq!(
            packing("[-pi,pi]", false),
            Ok(Packing::Range { min: -pi, factor: f64::from(u32::MAX) / (2.0 * pi) })
        );
        assert!(packing("[a,b]", false).is_err());
        assert_eq!(packing("[0,0,99]", false), Ok(Packing::Float));
    }

    #[test]
    fn truncated_mantissas() {
        let mut values = vec![];
        // 1.5 and -1.5: exponent 127, the highest of 12 mantissa bits, the sign in bit 13.
        let bytes = [127, 0b0000_1000, 0, 127, 0b0010_1000, 0];
        unpack(&bytes, Packing::Mantissa { bits: 12 }, |x| values.push(x));
        assert_eq!(values, [1.5, -1.5]);
    }
}
