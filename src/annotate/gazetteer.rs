//! Places of the world and where a text names them: countries, capitals and large cities, in four
//! languages, with coordinates.
//!
//! The table is `assets/gazetteer.tsv`. It holds the 193 members and two observers of the United
//! Nations with their capitals, and some 690 cities, dense in China, the United States, the United
//! Kingdom, France and the German-speaking countries. It knows no street, region or river, tells no
//! person from a place better than the words around a name do, and judges no border.

mod han;
mod latin;
mod words;

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::base::language::Language;
use crate::base::sentences::Span;
use crate::domain::corpus::Nation;

/// The table as text.
const TABLE: &str = include_str!("../../assets/gazetteer.tsv");

/// Mean radius of the Earth.
const EARTH_RADIUS_KM: f64 = 6371.0;

/// Position of a place in the built-in table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceIdx(pub u32);

/// What kind of place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceKind {
    /// A member or observer of the United Nations.
    Country,
    /// The capital of one.
    Capital,
    /// Another city.
    City,
}

/// One place.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Kind.
    pub kind: PlaceKind,
    /// Code of ISO 3166-1, two letters; `GB` for the United Kingdom.
    pub iso: &'static str,
    /// Latitude, north positive; of a country somewhere near its middle.
    pub lat_deg: f64,
    /// Longitude, east positive.
    pub lon_deg: f64,
    /// First name in each of [`Language::KNOWN`].
    names: [&'static str; 4],
}

impl Place {
    /// Returns the usual name in a language, the English one for [`Language::Other`].
    pub fn name(&self, language: Language) -> &'static str {
        let at = Language::KNOWN.iter().position(|l| *l == language);
        let [_, english, ..] = self.names;
        at.and_then(|i| self.names.get(i))
            .copied()
            .unwrap_or(english)
    }

    /// Returns the nation, where the program knows the code.
    pub fn nation(&self) -> Option<Nation> {
        Nation::parse(self.iso).ok()
    }
}

/// One place named in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaceMention {
    /// The place.
    pub place: PlaceIdx,
    /// Where it is named, in characters.
    pub span: Span,
    /// Its kind.
    pub kind: PlaceKind,
}

/// One name of a place, ready to be compared.
#[derive(Debug)]
struct Name {
    chars: Vec<char>,
    place: PlaceIdx,
    /// The word means something else too and needs a word of place beside it.
    ambiguous: bool,
}

/// Names by their first character (Chinese) or their first word in lower case, the longest first.
type NameIndex<K> = HashMap<K, Vec<Name>>;

/// The table of places with its names indexed for search.
#[derive(Debug)]
pub struct Gazetteer {
    places: Vec<Place>,
    chinese: NameIndex<char>,
    english: NameIndex<String>,
    french: NameIndex<String>,
    german: NameIndex<String>,
    nowhere: Place,
}

impl Gazetteer {
    /// Returns the built-in table; it is read once.
    pub fn built_in() -> &'static Self {
        static BUILT_IN: OnceLock<Gazetteer> = OnceLock::new();
        BUILT_IN.get_or_init(|| Self::read(TABLE))
    }

    /// Reads the table. A line that is none is passed over; the tests see that there is no such line.
    fn read(table: &'static str) -> Self {
        let mut places = Vec::new();
        let mut chinese: NameIndex<char> = HashMap::new();
        let mut latin: [NameIndex<String>; 3] = [HashMap::new(), HashMap::new(), HashMap::new()];
        for line in table.lines() {
            let Some((place, columns)) = parse_line(line) else {
                continue;
            };
            let idx = PlaceIdx(u32::try_from(places.len()).unwrap_or(u32::MAX));
            let [zh, columns @ ..] = columns;
            for name in names_of(zh, idx) {
                if let Some(first) = name.chars.first() {
                    chinese.entry(*first).or_default().push(name);
                }
            }
            for (index, column) in latin.iter_mut().zip(columns) {
                for name in names_of(column, idx) {
                    let key = latin::first_word(&name.chars);
                    index.entry(key).or_default().push(name);
                }
            }
            places.push(place);
        }
        longest_first(&mut chinese);
        latin.iter_mut().for_each(longest_first);
        let [english, french, german] = latin;
        Self {
            places,
            chinese,
            english,
            french,
            german,
            nowhere: Place {
                kind: PlaceKind::City,
                iso: "",
                lat_deg: 0.0,
                lon_deg: 0.0,
                names: [""; 4],
            },
        }
    }

    /// Returns all places in the table's order.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// Returns a place; for a position outside the table one without a name at 0° 0°.
    pub fn place(&self, idx: PlaceIdx) -> &Place {
        self.places.get(idx.0 as usize).unwrap_or(&self.nowhere)
    }

    /// Finds the places that a text names, in order, without overlap, the longest names first.
    ///
    /// A word that means something else too (Nice, Reading, Essen, 开封) counts only where the words
    /// around it speak of a place. Of several places of one name the one in `nation` is meant, else
    /// the first of the table, which is the better known.
    pub fn find_places(
        &self,
        language: Language,
        nation: Option<Nation>,
        text: &str,
    ) -> Vec<PlaceMention> {
        let found = match language {
            Language::Zh => han::find(self, nation, text),
            Language::Fr => latin::find(self, &self.french, language, nation, text),
            Language::De => latin::find(self, &self.german, language, nation, text),
            Language::En | Language::Other => {
                latin::find(self, &self.english, Language::En, nation, text)
            }
        };
        found
            .into_iter()
            .map(|(place, span)| PlaceMention {
                place,
                span,
                kind: self.place(place).kind,
            })
            .collect()
    }

    /// Picks among places of one name.
    fn pick<'a>(
        &self,
        nation: Option<Nation>,
        mut same: impl Iterator<Item = &'a Name> + Clone,
    ) -> Option<&'a Name> {
        let at_home = |name: &&Name| nation.is_some() && self.place(name.place).nation() == nation;
        same.clone().find(at_home).or_else(|| same.next())
    }
}

/// Returns the distance along the Earth's surface.
///
/// # Units
/// Kilometers.
///
/// # Source
/// The haversine formula on a sphere of 6,371 km; within 0.6 % of the ellipsoid.
pub fn distance_km(a: &Place, b: &Place) -> f64 {
    let (lat_a, lat_b) = (a.lat_deg.to_radians(), b.lat_deg.to_radians());
    let half_lat = (lat_b - lat_a) / 2.0;
    let half_lon = (b.lon_deg - a.lon_deg).to_radians() / 2.0;
    let h = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lon.sin().powi(2);
    2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
}

/// Reads one line into a place and its four columns of names.
fn parse_line(line: &'static str) -> Option<(Place, [&'static str; 4])> {
    if line.starts_with('#') {
        return None;
    }
    let mut cells = line.split('\t');
    let kind = match cells.next()? {
        "country" => PlaceKind::Country,
        "capital" => PlaceKind::Capital,
        "city" => PlaceKind::City,
        _ => return None,
    };
    let iso = cells.next()?;
    let lat_deg = cells.next()?.parse().ok()?;
    let lon_deg = cells.next()?.parse().ok()?;
    let (zh, en) = (cells.next()?, cells.next()?);
    let mut or_english = || cells.next().filter(|c| !c.is_empty()).unwrap_or(en);
    let columns = [zh, en, or_english(), or_english()];
    let names = columns.map(|c| {
        c.split('|')
            .next()
            .unwrap_or_default()
            .trim_start_matches('?')
    });
    let place = Place {
        kind,
        iso,
        lat_deg,
        lon_deg,
        names,
    };
    Some((place, columns))
}

fn names_of(column: &'static str, place: PlaceIdx) -> impl Iterator<Item = Name> {
    column
        .split('|')
        .filter(|n| !n.is_empty())
        .map(move |name| Name {
            chars: name.trim_start_matches('?').chars().collect(),
            place,
            ambiguous: name.starts_with('?'),
        })
}

fn longest_first<K>(index: &mut NameIndex<K>) {
    // Each list is put in order by itself; the order of the lists plays no part.
    #[expect(
        clippy::iter_over_hash_type,
        reason = "every list is sorted for itself"
    )]
    for names in index.values_mut() {
        names.sort_by_key(|n| (std::cmp::Reverse(n.chars.len()), n.place));
    }
}

#[cfg(test)]
mod tests;
