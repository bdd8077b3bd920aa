// Stands in for the database client that Embedding Atlas can fetch its points with. The comparison
// hands it arrays, so nothing here is ever called.
const none = () => {
  throw new Error('the comparison has no database');
};
export { none as coordinator, none as isSelection, none as makeClient };
