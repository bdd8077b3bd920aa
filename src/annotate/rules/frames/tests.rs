//! Tests of quotations and frames of indirect speech.

use super::super::lexicon::lexicons;
use super::*;

fn check(language: Language, text: &str, claim: &str) {
    let Some(lexicons) = lexicons(language) else {
        return;
    };
    let body = Body::new(text, language, lexicons);
    let claims: Vec<String> = body
        .sentences
        .iter()
        .flat_map(|&s| body.frame(s))
        .filter(|f| f.voice != Voice::Own)
        .map(|f| body.text(f.claim))
        .collect();
    assert!(claims.iter().any(|c| c == claim), "{text} -> {claims:?}");
}

#[test]
fn finds_claims_in_english() {
    let en = Language::En;
    check(
        en,
        "“Water belongs to everyone,” said Mayor Ann Low.",
        "Water belongs to everyone",
    );
    check(
        en,
        "Ann Low said on Monday that water belongs to everyone.",
        "water belongs to everyone.",
    );
    check(
        en,
        "According to the Farmers' Union, the wolf must be shot.",
        "the wolf must be shot.",
    );
    check(
        en,
        "The wolf has no place here, argues farmer Joe Hill.",
        "The wolf has no place here",
    );
    check(
        en,
        "'Water belongs to everyone,' Ann Low said.",
        "Water belongs to everyone",
    );
}

#[test]
fn finds_claims_in_other_languages() {
    check(
        Language::Fr,
        "« L’eau est un bien commun », estime la maire Anne Roux.",
        "L’eau est un bien commun",
    );
    check(
        Language::Fr,
        "Selon Anne Roux, l'eau est un bien commun.",
        "l'eau est un bien commun.",
    );
    check(
        Language::Fr,
        "La maire Anne Roux affirme que l'eau est à tous.",
        "l'eau est à tous.",
    );
    check(
        Language::De,
        "„Das Wasser gehört allen“, sagte Anna Weber.",
        "Das Wasser gehört allen",
    );
    check(
        Language::De,
        "Anna Weber sagte, dass das Wasser allen gehören muss.",
        "das Wasser allen gehören muss.",
    );
    check(
        Language::De,
        "Das Wasser gehört allen, betonte Anna Weber.",
        "Das Wasser gehört allen",
    );
    check(
        Language::Zh,
        "村支书李国强说：“水应当属于所有的人。”",
        "水应当属于所有的人。",
    );
    check(
        Language::Zh,
        "教授王敏认为，水应当属于所有的人。",
        "水应当属于所有的人。",
    );
}
