//! The fields of a document, and the names that columns bear for them in four languages.
//!
//! It knows names only; what a column holds is looked at elsewhere.

use std::fmt;

/// A field of a document that a column can fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocField {
    /// Identity the source gave.
    Id,
    /// Nation code.
    Nation,
    /// Outlet.
    Source,
    /// Language code.
    Language,
    /// Date of publication.
    Date,
    /// Headline.
    Title,
    /// Text.
    Body,
    /// Address.
    Url,
    /// Place.
    Place,
    /// Organization.
    Organization,
    /// Topic label given by the source.
    Label,
}

impl DocField {
    /// All fields in order.
    pub const ALL: [Self; 11] = [
        Self::Id,
        Self::Nation,
        Self::Source,
        Self::Language,
        Self::Date,
        Self::Title,
        Self::Body,
        Self::Url,
        Self::Place,
        Self::Organization,
        Self::Label,
    ];

    /// Returns the name used in `--map`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Nation => "nation",
            Self::Source => "source",
            Self::Language => "language",
            Self::Date => "date",
            Self::Title => "title",
            Self::Body => "body",
            Self::Url => "url",
            Self::Place => "place",
            Self::Organization => "organization",
            Self::Label => "label",
        }
    }

    /// Reads [`DocField::code`]; `topic` is read as `label` and `text` as `body`.
    pub fn parse(code: &str) -> Option<Self> {
        match code {
            "topic" => Some(Self::Label),
            "text" => Some(Self::Body),
            _ => Self::ALL.into_iter().find(|f| f.code() == code),
        }
    }

    /// Returns how well a name of letters and digits tells this field; less is better.
    pub(super) fn rank_of(self, key: &str) -> Option<usize> {
        self.names().split(' ').position(|name| name == key)
    }

    /// Column names that mean this field, the most telling first, separated by blanks.
    fn names(self) -> &'static str {
        match self {
            Self::Id => {
                "id docid documentid articleid newsid guid uuid identifier identifiant \
                kennung artikelid 编号 文章编号 新闻编号 文档编号"
            }
            Self::Nation => {
                "nation country countrycode nationcode pays codepays land länderkürzel 国家 \
                国别"
            }
            Self::Source => {
                "source sourcename outlet publisher publication newspaper media medium \
                journal quelle zeitung éditeur editeur 来源 媒体 新闻来源 出处 报纸"
            }
            Self::Language => "language lang languagecode langue sprache 语言 语种",
            Self::Date => {
                "date published publishedat publishdate publicationdate pubdate datepublished \
                publisheddate datetime timestamp time created createdat datepublication \
                datedepublication datum veröffentlicht veröffentlichungsdatum \
                erscheinungsdatum 日期 发布日期 发布时间 发表时间 发表日期 时间"
            }
            Self::Title => {
                "title headline heading articletitle newstitle titre titel überschrift \
                ueberschrift schlagzeile 标题 题目 新闻标题 文章标题"
            }
            Self::Body => {
                "body text content fulltext articletext articlebody articlecontent maintext \
                bodytext rawtext rawnews news article story document texte corps contenu \
                texteintegral volltext inhalt artikel artikeltext beitrag 正文 内容 文本 \
                全文 新闻内容 文章内容 文章 新闻正文 新闻"
            }
            Self::Url => {
                "url link href uri weburl sourceurl articleurl permalink lien adresse 链接 \
                网址 原文链接"
            }
            Self::Place => "place location city dateline lieu ville ort stadt 地点 城市 地区",
            Self::Organization => {
                "organization organisation org institution organisme institut 机构 组织 单位"
            }
            Self::Label => {
                "topic label section category class subject topiclabel desk rubrique \
                catégorie categorie thème theme sujet ressort rubrik kategorie thema 类别 \
                分类 主题 栏目 话题 标签 频道"
            }
        }
    }
}

impl fmt::Display for DocField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Tells whether a text is a name that columns bear.
pub(super) fn is_known(name: &str) -> bool {
    let key = key_of(name);
    !key.is_empty() && DocField::ALL.iter().any(|f| f.rank_of(&key).is_some())
}

/// Writes a column's name in lower case with nothing but letters and digits.
pub(super) fn key_of(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
