// Modules named by path inside the package, not by number: the same source gives the same bytes in any folder, which is
// what lets the built front end be committed and compared.
module.exports = { optimization: { moduleIds: 'named', chunkIds: 'named' } };
