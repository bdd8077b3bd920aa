//! Numbers and times as text on screen. It draws nothing.

/// Groups digits: `6100` is `6,100`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Groups digits of a length.
pub fn count_of(n: usize) -> String {
    count(n as u64)
}

/// A count with its noun, `1 document`, `2 documents`; an irregular plural is given whole.
pub fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", count_of(n), if n == 1 { one } else { many })
}

/// A share as two decimals without its zero: `.94`, `1.0`, `.00`.
pub fn share(x: f64) -> String {
    if !x.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{x:.2}");
    match text.as_str() {
        "1.00" => "1.0".to_owned(),
        t => t.strip_prefix('0').unwrap_or(t).to_owned(),
    }
}

/// Writes a number whose interest lies in its thousandths, e.g. a divergence: `.031`.
pub fn small_share(x: f64) -> String {
    let text = format!("{x:.3}");
    text.strip_prefix('0').map(str::to_owned).unwrap_or(text)
}

/// A p-value: `<.001`, `.002`, `.41`.
pub fn p_value(p: f64) -> String {
    if p < 0.001 {
        "<.001".to_owned()
    } else if p < 0.01 {
        format!("{p:.3}").trim_start_matches('0').to_owned()
    } else {
        share(p)
    }
}

/// A signed number with two decimals and a real minus: `+0.41`, `−0.30`.
pub fn signed(x: f64) -> String {
    let sign = if x < 0.0 { '−' } else { '+' };
    format!("{sign}{:.2}", x.abs())
}

/// A difference of shares in points with a real minus: `.095` is `+9.5`, `-.024` is `−2.4`.
pub fn points(difference: f64) -> String {
    let tenths = (difference * 1000.0).round() / 10.0;
    let sign = if tenths < 0.0 {
        "−"
    } else if tenths > 0.0 {
        "+"
    } else {
        ""
    };
    format!("{sign}{:.1}", tenths.abs())
}

/// A p-value with its sign of comparison: `p < .001`, `p = .002`.
pub fn p_words(p: f64) -> String {
    let value = p_value(p);
    match value.strip_prefix('<') {
        Some(bound) => format!("p < {bound}"),
        None => format!("p = {value}"),
    }
}

/// A perplexity: one decimal, grouped digits from a thousand on.
pub fn perplexity(x: f64) -> String {
    if !x.is_finite() {
        "∞".to_owned()
    } else if x < 999.95 {
        format!("{x:.1}")
    } else {
        count(x.round() as u64)
    }
}

/// A number of percent without the sign: `.252` is `25`.
pub fn percent(share: f64) -> String {
    format!("{:.0}", share * 100.0)
}

/// A duration: `0.4 s`, `12 s`, `3 min`, `2 h 05 min`.
pub fn duration_ms(ms: i64) -> String {
    let secs = ms as f64 / 1000.0;
    if secs < 9.95 {
        format!("{secs:.1} s")
    } else if secs < 99.5 {
        format!("{secs:.0} s")
    } else if secs < 3570.0 {
        format!("{:.0} min", secs / 60.0)
    } else {
        let minutes = (secs / 60.0).round() as i64;
        format!("{} h {:02} min", minutes / 60, minutes % 60)
    }
}

/// How long ago, in one or two words.
pub fn ago(at_ms: i64, now_ms: i64) -> String {
    let secs = (now_ms - at_ms).max(0) / 1000;
    match secs {
        0..=4 => "now".to_owned(),
        5..=59 => format!("{secs} s ago"),
        60..=3599 => format!("{} min ago", secs / 60),
        3600..=86_399 => format!("{} h ago", secs / 3600),
        _ => format!("{} d ago", secs / 86_400),
    }
}

/// A rate per second: `410/s`, `4.2/s`.
pub fn rate(per_sec: f64) -> String {
    if per_sec >= 10.0 {
        format!("{}/s", count(per_sec.round() as u64))
    } else {
        format!("{per_sec:.1}/s")
    }
}

/// An ISO date as people write it: `2023-03-14` is `14 March 2023`; other text stays.
pub fn date(iso: &str) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let mut parts = iso.split('-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let month = month
        .and_then(|m| m.parse::<usize>().ok())
        .and_then(|m| MONTHS.get(m.wrapping_sub(1)));
    match (year, month, day.and_then(|d| d.parse::<u32>().ok())) {
        (Some(y), Some(m), Some(d)) => format!("{d} {m} {y}"),
        (Some(y), Some(m), None) => format!("{m} {y}"),
        _ => iso.to_owned(),
    }
}

/// Joins what is there with a middle dot.
pub fn dotted<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for part in parts.into_iter().filter(|p| !p.is_empty()) {
        if !out.is_empty() {
            out.push_str(" · ");
        }
        out.push_str(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_in_print() {
        assert_eq!(count(6_100_214), "6,100,214");
        assert_eq!(count(42), "42");
        assert_eq!(share(0.944), ".94");
        assert_eq!(share(1.0), "1.0");
        assert_eq!(p_value(0.0004), "<.001");
        assert_eq!(p_value(0.0021), ".002");
        assert_eq!(p_value(0.41), ".41");
        assert_eq!(signed(-0.304), "−0.30");
        assert_eq!(points(0.0951), "+9.5");
        assert_eq!(points(-0.024), "−2.4");
        assert_eq!(points(-0.0001), "0.0");
        assert_eq!(p_words(0.0004), "p < .001");
        assert_eq!(p_words(0.21), "p = .21");
        assert_eq!(perplexity(14.21), "14.2");
        assert_eq!(perplexity(12_345.6), "12,346");
        assert_eq!(counted(1, "document", "documents"), "1 document");
    }

    #[test]
    fn times_read_as_people_say_them() {
        assert_eq!(duration_ms(400), "0.4 s");
        assert_eq!(duration_ms(65_000), "65 s");
        assert_eq!(duration_ms(7_500_000), "2 h 05 min");
        assert_eq!(ago(0, 180_000), "3 min ago");
        assert_eq!(date("2023-03-14"), "14 March 2023");
        assert_eq!(date("2023"), "2023");
        assert_eq!(date(""), "");
        assert_eq!(dotted(["a", "", "b"]), "a · b");
    }
}
