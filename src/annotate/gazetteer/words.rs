//! Words beside a name in English, French and German text that tell a place from something else.
//!
//! Lists only, each parted by blanks; [`latin`](super::latin) says what follows from them.

/// First names and titles: the word after them is a surname.
pub(super) const BEFORE_SURNAMES: &str = "adam alan albert alex alexander alice amy andrea andreas andrew angela anna anne \
    anthony antoine barbara ben bernard bill bob brian bruno carl carol caroline catherine \
    charles chris christian christine claire claude craig dan daniel david deborah denis \
    denzel donald doris edward elizabeth emma eric eva frank franz françois fred gary \
    george georg gérard hans harry heinz helen henri henry ian jack jacques james jan jane \
    janet jason jean jeff jeremy jesse jim joan joe johann john jonathan joseph julia \
    julian julie karen karl kate kevin klaus larry laura lisa louis luc lucy luke marc \
    maria marie mark martin mary matt matthew max michael michel michelle mike monika nancy \
    nick nicolas nicole olivier otto pascal patrick paul peter phil philip philippe pierre \
    rachel richard rob robert robin roger ron sam samantha sandra sarah scott sean simon \
    sophie stefan stephen steve steven stuart susan susanne sylvie terry thomas tim tom \
    tony ursula walter werner whitney william wolfgang yves mr mrs ms miss dr sir lord lady \
    dame judge justice senator sen rep gov herr herrn frau prof m mme mlle monsieur madame";

/// Words before a name that make another name of both.
pub(super) const PREFIXES: &str = "New San Santa Saint St Fort Port Mount Lake Nouvelle Neu";

/// Words after a name that make a newspaper, street, treaty or club of both.
pub(super) const AFTER_NO_PLACE: &str = "Times Post Tribune Globe Chronicle Herald Journal Inquirer Gazette Examiner Daily \
    Street Road Avenue Lane Drive Boulevard Agreement Accord Accords Treaty Protocol \
    Convention Conventions Declaration United Rovers Wanderers Athletic Albion FC Hilton \
    County Parish Analytica Broncos Nuggets Texans Astros Lakers Celtics Bulls Cowboys \
    Patriots Yankees Warriors Dodgers Eagles state Match Saint-Germain Straße Allee Platz \
    Abkommen Klimaabkommen Vertrag Konvention Konventionen Allgemeine Allgemeinen Rundschau \
    Zeitung Nachrichten Morgenpost Tageszeitung Würstchen Schnitzel Stadt-Anzeiger";

/// French and German words before *de* or *von* that speak of a treaty, a street or a station.
pub(super) const BEFORE_OF_NO_PLACE: &str = "accord accords traité protocole convention rue avenue boulevard place gare porte treaty \
    vertrag vertrags abkommen konvention";

/// Words before *of*, *de* or *von* that speak of a place.
pub(super) const BEFORE_OF_PLACE: &str = "city town mayor people university bishop archbishop outskirts suburb north south east \
    west port streets residents ville maire mairie métropole habitants préfet préfecture \
    tribunal université chu agglomération aéroport banlieue est ouest nord sud près autour \
    loin alentours région procureur procureure oberbürgermeister oberbürgermeisterin \
    bürgermeister bürgermeisterin stadt universität nähe umland";

/// Words after a doubtful name that speak of a place.
pub(super) const CUES_AFTER: &str = "City Council Airport residents Crown Magistrates Cathedral";

/// Regions that follow a city after a comma, by nation; the names are parted by bars.
pub(super) const REGIONS: &[(&str, &str)] = &[
    (
        "US",
        "Alabama|Ala|Alaska|Arizona|Ariz|Arkansas|Ark|California|Calif|Colorado|Colo|Connecticut|\
        Conn|Delaware|Florida|Fla|Georgia|Ga|Hawaii|Idaho|Illinois|Ill|Indiana|Ind|Iowa|Kansas|\
        Kan|Kentucky|Ky|Louisiana|La|Maine|Maryland|Md|Massachusetts|Mass|Michigan|Mich|\
        Minnesota|Minn|Mississippi|Miss|Missouri|Mo|Montana|Mont|Nebraska|Neb|Nevada|Nev|Ohio|\
        Oklahoma|Okla|Oregon|Ore|Pennsylvania|Pa|Tennessee|Tenn|Texas|Tex|Utah|Vermont|Vt|\
        Virginia|Va|Wisconsin|Wis|Wyoming|New Hampshire|New Jersey|New Mexico|North Carolina|\
        South Carolina|North Dakota|South Dakota|Rhode Island|West Virginia|Wyo|USA",
    ),
    (
        "GB",
        "UK|England|Wales|Scotland|Lancashire|Yorkshire|Berkshire|Somerset|Kent|Essex|Devon|\
        Surrey|Norfolk|Hampshire",
    ),
    ("CA", "Ontario|Ont|Alberta|Manitoba|Canada"),
    ("FR", "France"),
    ("DE", "Germany"),
];

/// Tells whether a list parted by `sign` has a word.
pub(super) fn has(list: &str, sign: char, word: &str) -> bool {
    !word.is_empty() && list.split(sign).any(|w| w == word)
}
