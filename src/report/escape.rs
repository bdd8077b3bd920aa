//! Text made safe for HTML, SVG and XML.

use crate::base::language::is_han;

/// Escapes text for elements and quoted attributes of HTML and XML.
///
/// Characters that XML forbids are dropped: a news text may hold them, a file must open.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(c),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

/// Returns ` lang="zh"` for text in Chinese, so that fonts and screen readers choose well.
pub(super) fn lang_attribute(text: &str) -> &'static str {
    let n_han = text.chars().filter(|&c| is_han(c)).count();
    if n_han * 3 > text.chars().filter(|c| c.is_alphabetic()).count() && n_han > 0 {
        " lang=\"zh\""
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_through() {
        assert_eq!(
            escape("<script>\"a\" & 'b'\u{0}\u{1b}</script>"),
            "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;"
        );
        assert_eq!(lang_attribute("农村青年 5G"), " lang=\"zh\"");
        assert_eq!(lang_attribute("plain"), "");
    }
}
