-- Search as one types. The words come folded and parted by spaces (`base::fold`, `store::search`), so the
-- tokenizer need only cut at spaces. `detail=none`: which document holds which word is kept, where in it is
-- not; phrases are looked up in the documents themselves, but for pairs of short words. The prefixes are what the first letters typed ask
-- for; longer ones are gathered from the words that begin so.
DROP TABLE document_search;
CREATE VIRTUAL TABLE document_search USING fts5(words, content='', detail=none, columnsize=0, prefix='1 2 3', tokenize='ascii');
-- Titles once more, so that what has the words in its title comes first.
CREATE VIRTUAL TABLE title_search USING fts5(words, content='', detail=none, columnsize=0, prefix='1 2 3', tokenize='ascii');
